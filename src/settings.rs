//! All settings with their origin. Flags outrank the environment, then the profile, the file, the defaults.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::api::{BaseUrl, Endpoint, Guidance, Model, RequestPath, ResponseFormat};
use crate::cards::{Catalog, Dialect, Models, ResolveError, ServiceCard};
use crate::color::ColorWhen;
use crate::config::{ConfigFile, RawValue, ServiceName, Setting, SuccessorRule};
use crate::duration::{format_duration, parse_timeout};
use crate::edit::{IfExists, MetadataRule};
use crate::env::Env;
use crate::journal::AnswerLimit;
use crate::money::{CostLimit, Usd};
use crate::picture::RegionContext;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Flag,
    /// An environment variable.
    Variable(&'static str),
    Profile {
        name: String,
        /// From 1.
        line: usize,
    },
    /// The top of the configuration file.
    File {
        /// From 1.
        line: usize,
    },
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag => f.write_str("command line"),
            Origin::Variable(name) => f.write_str(name),
            Origin::Profile { name, line } => write!(f, "profile {name}, line {line}"),
            Origin::File { line } => write!(f, "config.toml, line {line}"),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// The settings on the command line.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    pub profile: Option<String>,
    pub service: Option<ServiceName>,
    pub base_url: Option<BaseUrl>,
    pub model: Option<Model>,
    pub timeout: Option<Duration>,
    pub connect_timeout: Option<Duration>,
    pub retries: Option<u32>,
    pub response_format: Option<ResponseFormat>,
    pub watermark: Option<bool>,
    pub guidance_scale: Option<Guidance>,
    pub if_exists: Option<IfExists>,
    pub metadata: Option<MetadataRule>,
    pub region_context: Option<RegionContext>,
    pub limits: LimitFlags,
    pub color: Option<ColorWhen>,
}

/// The limits of spending on the command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct LimitFlags {
    pub max_cost: Option<CostLimit>,
    pub max_cost_per_day: Option<CostLimit>,
    pub confirm_above: Option<CostLimit>,
}

/// A setting's value and where it came from.
#[derive(Debug)]
struct Sourced<T> {
    /// `None` if the service or the command decides.
    value: Option<T>,
    /// The value as it is listed: as the user wrote it.
    text: Option<String>,
    origin: Origin,
}

/// All settings, resolved.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The profile in use.
    pub profile: Option<String>,
    /// The service, and its models.
    pub models: Models,
    pub base_url: BaseUrl,
    /// The path of requests, if it is not that of the cards.
    pub path: Option<RequestPath>,
    /// The model that the user chose.
    pub model: Option<Model>,
    /// Whether a default model that the service has withdrawn is replaced by its successor.
    pub replaces_withdrawn: bool,
    /// How long to wait for an answer.
    pub timeout: Duration,
    pub connect_timeout: Duration,
    /// How often to retry what certainly cost nothing.
    pub retries: u32,
    /// `None` leaves it to the service.
    pub response_format: Option<ResponseFormat>,
    /// `None` leaves it to the service.
    pub watermark: Option<bool>,
    /// `None` leaves it to the model.
    pub guidance_scale: Option<Guidance>,
    /// `None` means that it depends on whether the user chose the output's name.
    pub if_exists: Option<IfExists>,
    /// `None` means that it depends on the result.
    pub metadata: Option<MetadataRule>,
    /// How much around a region is uploaded. `None` is the default.
    pub region_context: Option<RegionContext>,
    /// How much the answer store holds.
    pub answer_limit: AnswerLimit,
    /// What may be spent.
    pub limits: SpendingLimits,
    pub color: ColorWhen,
    /// The words of the command that prints the key.
    pub api_key_command: Option<Vec<String>>,
    /// Whether the default key may be used: only if the profile sets no `base_url`.
    pub may_use_default_key: bool,
    rows: Vec<Row>,
}

/// What may be spent. `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpendingLimits {
    /// The most that the edits of a run may cost.
    pub max_cost: Option<Usd>,
    /// The most that all edits of a local calendar day may cost.
    pub max_cost_per_day: Option<Usd>,
    /// The expected price of a run above which a person has to agree.
    pub confirm_above: Option<Usd>,
}

impl SpendingLimits {
    /// Whether anything depends on the price of an edit.
    pub fn need_price(self) -> bool {
        self != SpendingLimits::default()
    }

    /// Returns the flag of the first limit that cannot be kept without a price, if there is one.
    pub fn flag(self) -> Option<&'static str> {
        match self {
            SpendingLimits { max_cost: Some(_), .. } => Some("--max-cost"),
            SpendingLimits { max_cost_per_day: Some(_), .. } => Some("--max-cost-per-day"),
            _ => None,
        }
    }
}

/// A line of `config list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub setting: Setting,
    /// `None` if the service or the command decides.
    pub value: Option<String>,
    pub origin: Origin,
}

/// Why settings cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A variable holds an invalid value.
    #[error("{variable}: {what}")]
    Variable {
        variable: &'static str,
        /// What the setting accepts.
        what: String,
    },
    /// The service has no usable card.
    #[error(transparent)]
    Service(#[from] ResolveError),
    /// The card of the service names an address that cannot be used.
    #[error("the card of {service}: {what}")]
    Card { service: String, what: String },
    /// The profile is not in the file.
    #[error("no profile `{name}` in {}", .path.display())]
    NoProfile {
        name: String,
        path: PathBuf,
        /// The names of all profiles in the file.
        known: Vec<String>,
    },
}

impl Settings {
    /// Resolves all settings.
    ///
    /// # Errors
    /// Fails if a variable holds an invalid value, or the profile or the service does not exist. The values in the file
    /// were checked when it was read.
    pub fn resolve(
        flags: &Flags,
        env: &Env,
        file: &ConfigFile,
        catalog: Catalog,
    ) -> Result<Settings, SettingsError> {
        let mut resolver =
            Resolver { env, file, profile: None, rows: Vec::with_capacity(Setting::ALL.len()) };
        let profile = resolver.profile(flags.profile.as_ref())?;
        let duration = |flag: Option<Duration>| flag.map(|duration| (duration, format_duration(duration)));
        let (models, base_url) = resolver.service(flags, catalog)?;
        let default_timeout = models.service().timeout.map(Duration::from_secs);
        let mut settings = Settings {
            models,
            base_url,
            path: resolver.optional(Setting::Path, None)?,
            model: resolver.optional(Setting::Model, flags.model.as_ref())?,
            replaces_withdrawn: resolver.required::<SuccessorRule>(Setting::Successor, None)?
                == SuccessorRule::Auto,
            timeout: resolver.timeout(duration(flags.timeout), default_timeout)?,
            connect_timeout: resolver.duration(Setting::ConnectTimeout, duration(flags.connect_timeout))?,
            retries: resolver.required(Setting::Retries, flags.retries.as_ref())?,
            response_format: resolver.optional(Setting::ResponseFormat, flags.response_format.as_ref())?,
            watermark: resolver.optional(Setting::Watermark, flags.watermark.as_ref())?,
            guidance_scale: resolver.optional(Setting::GuidanceScale, flags.guidance_scale.as_ref())?,
            if_exists: resolver.optional(Setting::IfExists, flags.if_exists.as_ref())?,
            metadata: resolver.optional(Setting::Metadata, flags.metadata.as_ref())?,
            region_context: resolver.optional(Setting::RegionContext, flags.region_context.as_ref())?,
            answer_limit: resolver.required(Setting::AnswerStore, None)?,
            limits: resolver.limits(flags.limits)?,
            color: resolver.required(Setting::Color, flags.color.as_ref())?,
            api_key_command: resolver.command(),
            may_use_default_key: match &resolver.profile {
                Some(profile) => file.in_profile(profile, Setting::BaseUrl).is_none(),
                None => true,
            },
            profile: resolver.profile.clone(),
            rows: Vec::new(),
        };
        resolver.list(Setting::Profile, profile);
        let default = [
            (Setting::Model, settings.model_name().map(str::to_owned)),
            (Setting::Path, Some(settings.endpoint().path.to_string())),
        ];
        for (setting, value) in default {
            let rows = resolver.rows.iter_mut().filter(|row| row.setting == setting && row.value.is_none());
            rows.for_each(|row| row.value.clone_from(&value));
        }
        settings.rows = resolver.rows;
        Ok(settings)
    }

    /// Returns the address of requests to a model with the first of the service's dialects. It identifies jobs.
    pub fn endpoint(&self) -> Endpoint {
        let service = self.models.service();
        let dialects = [Dialect::ImagesJson, Dialect::ImagesMultipart, Dialect::Queue];
        let path = dialects.into_iter().find_map(|dialect| service.path(dialect)).unwrap_or("/");
        let path = self.path.clone().unwrap_or_else(|| RequestPath::of_card(path));
        Endpoint { base: self.base_url.clone(), path }
    }

    /// Returns the name of the model to use: the user's choice, or else the service's default. `None` if there is
    /// neither.
    pub fn model_name(&self) -> Option<&str> {
        let default = || self.models.service().default_model.as_deref();
        self.model.as_ref().map(Model::as_str).or_else(default)
    }

    /// Returns every setting with its value and its origin.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// Finds values in the layers, and lists each setting that it resolves.
struct Resolver<'a> {
    env: &'a Env,
    file: &'a ConfigFile,
    profile: Option<String>,
    rows: Vec<Row>,
}

impl Resolver<'_> {
    /// Resolves which profile is in use; all other settings depend on it.
    fn profile(&mut self, flag: Option<&String>) -> Result<Sourced<String>, SettingsError> {
        let flag = flag.map(|name| (name.clone(), name.clone()));
        let found = self.find(Setting::Profile, flag, |text| Ok(text.to_owned()))?;
        if let Some(name) = &found.value
            && !self.file.profiles().any(|known| known == name)
        {
            return Err(SettingsError::NoProfile {
                name: name.clone(),
                path: self.file.path().to_owned(),
                known: self.file.profiles().map(str::to_owned).collect(),
            });
        }
        self.profile.clone_from(&found.value);
        Ok(found)
    }

    /// Resolves the service and its address. A base URL selects the service whose address it is.
    fn service(&mut self, flags: &Flags, catalog: Catalog) -> Result<(Models, BaseUrl), SettingsError> {
        let named: Option<ServiceName> = self.optional(Setting::Service, flags.service.as_ref())?;
        let address: Option<BaseUrl> = self.optional(Setting::BaseUrl, flags.base_url.as_ref())?;
        let card = match (&named, &address) {
            (Some(name), _) => catalog.service(name.as_str())?,
            (None, Some(address)) => match catalog.service_at(&address.to_string())? {
                Some(card) => card,
                None => catalog.service(ServiceName::DEFAULT)?,
            },
            (None, None) => catalog.service(ServiceName::DEFAULT)?,
        };
        let usual = card_address(&card)?;
        let defaults = [(Setting::Service, card.name.clone()), (Setting::BaseUrl, usual.to_string())];
        for row in &mut self.rows {
            if let Some((_, value)) = defaults.iter().find(|(setting, _)| *setting == row.setting) {
                row.value.get_or_insert_with(|| value.clone());
            }
        }
        let is_elsewhere = address.as_ref().is_some_and(|address| *address != usual);
        let address = address.unwrap_or(usual);
        let card = card.at(address.is_on_this_machine());
        Ok((Models::new(catalog, card, is_elsewhere), address))
    }

    /// Resolves the longest time for an answer, whose default depends on the service.
    fn timeout(
        &mut self,
        flag: Option<(Duration, String)>,
        default: Option<Duration>,
    ) -> Result<Duration, SettingsError> {
        let mut found = self.find(Setting::Timeout, flag, parse_timeout)?;
        if let (Origin::Default, Some(default)) = (&found.origin, default) {
            (found.value, found.text) = (Some(default), Some(format_duration(default)));
        }
        self.list(Setting::Timeout, found).ok_or_else(|| no_value(Setting::Timeout))
    }

    fn limits(&mut self, flags: LimitFlags) -> Result<SpendingLimits, SettingsError> {
        let mut limit = |setting, flag: Option<CostLimit>| -> Result<Option<Usd>, SettingsError> {
            Ok(self.optional(setting, flag.as_ref())?.and_then(CostLimit::amount))
        };
        Ok(SpendingLimits {
            max_cost: limit(Setting::MaxCost, flags.max_cost)?,
            max_cost_per_day: limit(Setting::MaxCostPerDay, flags.max_cost_per_day)?,
            confirm_above: limit(Setting::ConfirmAbove, flags.confirm_above)?,
        })
    }

    fn required<T>(&mut self, setting: Setting, flag: Option<&T>) -> Result<T, SettingsError>
    where
        T: Clone + ToString + FromStr<Err: ToString>,
    {
        self.optional(setting, flag)?.ok_or_else(|| no_value(setting))
    }

    fn optional<T>(&mut self, setting: Setting, flag: Option<&T>) -> Result<Option<T>, SettingsError>
    where
        T: Clone + ToString + FromStr<Err: ToString>,
    {
        let flag = flag.map(|value| (value.clone(), value.to_string()));
        let found =
            self.find(setting, flag, |text| text.trim().parse().map_err(|error: T::Err| error.to_string()))?;
        Ok(self.list(setting, found))
    }

    fn duration(
        &mut self,
        setting: Setting,
        flag: Option<(Duration, String)>,
    ) -> Result<Duration, SettingsError> {
        let found = self.find(setting, flag, parse_timeout)?;
        self.list(setting, found).ok_or_else(|| no_value(setting))
    }

    fn command(&mut self) -> Option<Vec<String>> {
        let (value, origin) = match self.in_file(Setting::ApiKeyCommand) {
            Some((RawValue::List(words), origin)) => (Some(words), origin),
            _ => (None, Origin::Default),
        };
        // The other words of a command may be private.
        let text = value.as_ref().map(|words| format!("{} …", words.first().map_or("", String::as_str)));
        self.list(Setting::ApiKeyCommand, Sourced { value, text, origin })
    }

    fn list<T>(&mut self, setting: Setting, found: Sourced<T>) -> Option<T> {
        self.rows.push(Row { setting, value: found.text, origin: found.origin });
        found.value
    }

    /// Returns the value of the first layer that has one. `flag` is the value on the command line with its text.
    fn find<T>(
        &self,
        setting: Setting,
        flag: Option<(T, String)>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Sourced<T>, SettingsError> {
        if let Some((value, text)) = flag {
            return Ok(Sourced { value: Some(value), text: Some(text), origin: Origin::Flag });
        }
        let (text, origin) = if let Some(variable) = setting.variable()
            && let Some(text) = self.env.var(variable)
        {
            (text, Origin::Variable(variable))
        } else if let Some((RawValue::Text(text), origin)) = self.in_file(setting) {
            (text, origin)
        } else if let Some(text) = setting.default() {
            (text.to_owned(), Origin::Default)
        } else {
            return Ok(Sourced { value: None, text: None, origin: Origin::Default });
        };
        let variable = setting.variable().unwrap_or(setting.name());
        let value = parse(&text).map_err(|what| SettingsError::Variable { variable, what })?;
        Ok(Sourced { value: Some(value), text: Some(text), origin })
    }

    fn in_file(&self, setting: Setting) -> Option<(RawValue, Origin)> {
        if let Some(name) = &self.profile
            && let Some(entry) = self.file.in_profile(name, setting)
        {
            return Some((entry.raw.clone(), Origin::Profile { name: name.clone(), line: entry.line }));
        }
        self.file.top(setting).map(|entry| (entry.raw.clone(), Origin::File { line: entry.line }))
    }
}

fn card_address(card: &ServiceCard) -> Result<BaseUrl, SettingsError> {
    card.base_url.parse().map_err(|error: <BaseUrl as FromStr>::Err| SettingsError::Card {
        service: card.name.clone(),
        what: error.to_string(),
    })
}

/// A required setting has a default, so this is never seen; a test checks that all defaults are valid.
fn no_value(setting: Setting) -> SettingsError {
    SettingsError::Variable { variable: setting.name(), what: "has no value".into() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file(text: &str) -> ConfigFile {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        fs::write(&path, text).unwrap();
        ConfigFile::load(&path).unwrap()
    }

    fn resolve(flags: &Flags, env: &Env, file: &ConfigFile) -> Result<Settings, SettingsError> {
        Settings::resolve(flags, env, file, Catalog::built_in())
    }

    #[test]
    fn a_service_brings_its_address_and_an_address_its_service() {
        let of = |text: &str| {
            let settings = resolve(&Flags::default(), &Env::default(), &file(text)).unwrap();
            (settings.models.service().name.clone(), settings.base_url.to_string())
        };
        let default = ("aimlapi".to_owned(), "https://api.aimlapi.com".to_owned());
        assert_eq!(of(""), default);
        assert_eq!(of("base_url = \"https://api.aimlapi.com/\"\n"), default);
        assert_eq!(
            of("base_url = \"http://127.0.0.1:9\"\n"),
            ("aimlapi".into(), "http://127.0.0.1:9".into())
        );
    }

    #[test]
    fn a_server_that_costs_nothing_must_be_on_this_machine() {
        let is_free = |text: &str| {
            let settings = resolve(&Flags::default(), &Env::default(), &file(text)).unwrap();
            settings.models.service().is_free()
        };
        assert!(is_free("service = \"local\"\n"));
        assert!(is_free("service = \"local\"\nbase_url = \"http://localhost:1\"\n"));
        assert!(!is_free("service = \"local\"\nbase_url = \"https://images.example\"\n"));
    }

    #[test]
    fn another_host_may_have_any_model_and_the_service_only_its_own() {
        let finds = |text: &str, model: &str| {
            let settings = resolve(&Flags::default(), &Env::default(), &file(text)).unwrap();
            settings.models.find(model).is_ok()
        };
        assert!(finds("", "bytedance/seedream-5-0-pro"));
        assert!(!finds("", "unheard/of"));
        assert!(finds("base_url = \"https://images.example\"\n", "unheard/of"));
    }

    fn origin(settings: &Settings, setting: Setting) -> (Option<String>, Origin) {
        let row = settings.rows().iter().find(|row| row.setting == setting).unwrap();
        (row.value.clone(), row.origin.clone())
    }

    #[test]
    fn each_layer_overrides_the_ones_below_it() {
        let file = file("model = \"file\"\nprofile = \"p\"\n[profiles.p]\nmodel = \"profile\"\n");
        let model = |flag: Option<&str>, env: &[(&str, &str)], file: &ConfigFile| {
            let flags = Flags { model: flag.map(|name| name.parse().unwrap()), ..Flags::default() };
            let settings = resolve(&flags, &Env::with_vars(env.iter().copied()), file).unwrap();
            (settings.model_name().unwrap().to_owned(), origin(&settings, Setting::Model).1)
        };
        let env = [("SEEDEDIT_MODEL", "env")];
        assert_eq!(model(Some("flag"), &env, &file), ("flag".into(), Origin::Flag));
        assert_eq!(model(None, &env, &file), ("env".into(), Origin::Variable("SEEDEDIT_MODEL")));
        assert_eq!(
            model(None, &[], &file),
            ("profile".into(), Origin::Profile { name: "p".into(), line: 4 })
        );
        let bare = super::tests::file("model = \"file\"\n");
        assert_eq!(model(None, &[], &bare), ("file".into(), Origin::File { line: 1 }));
        assert_eq!(
            model(None, &[], &super::tests::file("")),
            ("bytedance/seededit-3.0-i2i".into(), Origin::Default)
        );
    }

    #[test]
    fn an_invalid_variable_is_named() {
        let env = Env::with_vars([("SEEDEDIT_BASE_URL", "http://api.example")]);
        let error = resolve(&Flags::default(), &env, &file("")).unwrap_err();
        assert!(error.to_string().starts_with("SEEDEDIT_BASE_URL: "), "{error}");
    }

    #[test]
    fn a_profile_must_exist() {
        let flags = Flags { profile: Some("nope".into()), ..Flags::default() };
        assert!(matches!(
            resolve(&flags, &Env::default(), &file("[profiles.a]\n")),
            Err(SettingsError::NoProfile { .. })
        ));
    }

    #[test]
    fn a_profile_with_its_own_service_does_not_use_the_default_key() {
        let file =
            file("[profiles.ark]\nbase_url = \"https://ark.example\"\n[profiles.fast]\ntimeout = \"1m\"\n");
        let uses_default_key = |profile: &str| {
            let flags = Flags { profile: Some(profile.into()), ..Flags::default() };
            resolve(&flags, &Env::default(), &file).unwrap().may_use_default_key
        };
        assert!(!uses_default_key("ark"));
        assert!(uses_default_key("fast"));
    }
}

//! All settings with their origin. Flags outrank the environment, then the profile, the file, the defaults.

mod resolver;
mod spending_limits;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::api::{BaseUrl, Endpoint, Guidance, Model, RequestPath, ResponseFormat};
use crate::cards::{Catalog, Dialect, Models, ResolveError};
use crate::color::ColorWhen;
use crate::config::{ConfigFile, ServiceName, Setting, SuccessorRule};
use crate::duration::format_duration;
use crate::edit::{IfExists, MetadataRule};
use crate::env::Env;
use crate::journal::AnswerLimit;
use crate::picture::RegionContext;

use self::resolver::Resolver;
pub use self::spending_limits::{LimitFlags, LimitSources, SpendingLimits};

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
        let mut resolver = Resolver::new(env, file);
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

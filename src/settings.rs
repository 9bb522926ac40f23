//! All settings with their origin. Flags outrank the environment, then the profile, the file, the defaults.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::api::{BaseUrl, Guidance, Model, RequestPath, ResponseFormat};
use crate::color::ColorWhen;
use crate::config::{ConfigFile, RawValue, Setting};
use crate::duration::{format_duration, parse_timeout};
use crate::edit::IfExists;
use crate::env::Env;

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
    pub base_url: Option<BaseUrl>,
    pub model: Option<Model>,
    pub timeout: Option<Duration>,
    pub connect_timeout: Option<Duration>,
    pub retries: Option<u32>,
    pub response_format: Option<ResponseFormat>,
    pub watermark: Option<bool>,
    pub guidance_scale: Option<Guidance>,
    pub if_exists: Option<IfExists>,
    pub color: Option<ColorWhen>,
}

/// All settings, resolved.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The profile in use.
    pub profile: Option<String>,
    /// The service.
    pub base_url: BaseUrl,
    /// Where on it generations are asked for.
    pub path: RequestPath,
    /// The model.
    pub model: Model,
    /// How long to wait for an answer.
    pub timeout: Duration,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How often to try again what certainly cost nothing.
    pub retries: u32,
    /// How results are handed over; none leaves it to the service.
    pub response_format: Option<ResponseFormat>,
    /// The watermark; none leaves it to the service.
    pub watermark: Option<bool>,
    /// The guidance; none leaves it to the model.
    pub guidance_scale: Option<Guidance>,
    /// What to do when the output exists; none leaves it to who made the name.
    pub if_exists: Option<IfExists>,
    /// When to use colour.
    pub color: ColorWhen,
    /// The command that prints the key.
    pub api_key_command: Option<Vec<String>>,
    /// Whether the key for every day may be used: the profile speaks to no service of its own.
    pub may_use_default_key: bool,
    rows: Vec<Row>,
}

/// A line of `config list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which setting.
    pub setting: Setting,
    /// Its value; none where the service or the command decides.
    pub value: Option<String>,
    /// Where it came from.
    pub origin: Origin,
}

/// Why settings cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A variable holds something that its setting does not take.
    #[error("{variable}: {what}")]
    Variable {
        /// Which variable.
        variable: &'static str,
        /// What the setting takes.
        what: String,
    },
    /// A profile that is not in the file.
    #[error("no profile `{name}` in {}", .path.display())]
    NoProfile {
        /// The name.
        name: String,
        /// The file.
        path: PathBuf,
        /// The profiles there are.
        known: Vec<String>,
    },
}

impl Settings {
    /// Resolves every setting.
    ///
    /// # Errors
    /// When a variable holds what its setting does not take, or the profile does not exist. The
    /// file's values have been checked when it was read.
    pub fn resolve(flags: &Flags, env: &Env, file: &ConfigFile) -> Result<Settings, SettingsError> {
        let resolver = Resolver::new(flags, env, file)?;
        let mut rows = Vec::with_capacity(Setting::ALL.len());
        for setting in Setting::ALL {
            rows.push(resolver.row(setting)?);
        }
        let text = |setting: Setting| -> Option<&str> {
            rows.iter().find(|row| row.setting == setting).and_then(|row| row.value.as_deref())
        };
        // Every value was checked by the rule of its setting, so what does not parse is a bug that
        // the test of the defaults would show; such a value falls back to none.
        fn parsed<T: std::str::FromStr>(text: Option<&str>) -> Option<T> {
            text?.parse().ok()
        }
        let missing = |setting: Setting| SettingsError::Variable {
            variable: setting.variable().unwrap_or(setting.name()),
            what: "has no value".into(),
        };
        let required = |setting: Setting| text(setting).ok_or_else(|| missing(setting));
        let duration =
            |setting| required(setting).and_then(|t| parse_timeout(t).map_err(|_| missing(setting)));
        let (api_key_command, _) = resolver.find(Setting::ApiKeyCommand)?;
        Ok(Settings {
            base_url: parsed(text(Setting::BaseUrl)).ok_or_else(|| missing(Setting::BaseUrl))?,
            path: parsed(text(Setting::Path)).ok_or_else(|| missing(Setting::Path))?,
            model: parsed(text(Setting::Model)).ok_or_else(|| missing(Setting::Model))?,
            timeout: duration(Setting::Timeout)?,
            connect_timeout: duration(Setting::ConnectTimeout)?,
            retries: parsed(text(Setting::Retries)).ok_or_else(|| missing(Setting::Retries))?,
            response_format: parsed(text(Setting::ResponseFormat)),
            watermark: parsed(text(Setting::Watermark)),
            guidance_scale: parsed(text(Setting::GuidanceScale)),
            if_exists: parsed(text(Setting::IfExists)),
            color: parsed(text(Setting::Color)).unwrap_or(ColorWhen::Auto),
            api_key_command: match api_key_command {
                Some(RawValue::List(words)) => Some(words),
                _ => None,
            },
            may_use_default_key: match &resolver.profile {
                Some(profile) => file.in_profile(profile, Setting::BaseUrl).is_none(),
                None => true,
            },
            profile: resolver.profile.clone(),
            rows,
        })
    }

    /// Every setting with its value and where it came from.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

struct Resolver<'a> {
    flags: &'a Flags,
    env: &'a Env,
    file: &'a ConfigFile,
    profile: Option<String>,
}

impl<'a> Resolver<'a> {
    fn new(flags: &'a Flags, env: &'a Env, file: &'a ConfigFile) -> Result<Resolver<'a>, SettingsError> {
        let mut resolver = Resolver { flags, env, file, profile: None };
        let (profile, _) = resolver.find(Setting::Profile)?;
        if let Some(RawValue::Text(name)) = profile {
            if !file.profiles().any(|known| known == name) {
                let known = file.profiles().map(str::to_owned).collect();
                return Err(SettingsError::NoProfile { name, path: file.path().to_owned(), known });
            }
            resolver.profile = Some(name);
        }
        Ok(resolver)
    }

    fn row(&self, setting: Setting) -> Result<Row, SettingsError> {
        let (raw, origin) = self.find(setting)?;
        // A command's words may hold something private; that there is one is enough.
        let value = raw.map(|raw| match raw {
            RawValue::List(words) => format!("{} …", words.first().map_or("", String::as_str)),
            RawValue::Text(text) => text,
        });
        Ok(Row { setting, value, origin })
    }

    /// The first layer that has a value, and which one that was.
    fn find(&self, setting: Setting) -> Result<(Option<RawValue>, Origin), SettingsError> {
        if let Some(text) = self.flag(setting) {
            return Ok((Some(RawValue::Text(text)), Origin::Flag));
        }
        if let Some(variable) = setting.variable()
            && let Some(text) = self.env.var(variable)
        {
            let raw = RawValue::Text(text);
            setting.check(&raw).map_err(|what| SettingsError::Variable { variable, what })?;
            return Ok((Some(raw), Origin::Variable(variable)));
        }
        if let Some(profile) = &self.profile
            && let Some(entry) = self.file.in_profile(profile, setting)
        {
            return Ok((
                Some(entry.raw.clone()),
                Origin::Profile { name: profile.clone(), line: entry.line },
            ));
        }
        if let Some(entry) = self.file.top(setting) {
            return Ok((Some(entry.raw.clone()), Origin::File { line: entry.line }));
        }
        Ok((setting.default().map(|text| RawValue::Text(text.to_owned())), Origin::Default))
    }

    fn flag(&self, setting: Setting) -> Option<String> {
        let flags = self.flags;
        match setting {
            Setting::Profile => flags.profile.clone(),
            Setting::BaseUrl => flags.base_url.as_ref().map(ToString::to_string),
            Setting::Model => flags.model.as_ref().map(ToString::to_string),
            Setting::Timeout => flags.timeout.map(format_duration),
            Setting::ConnectTimeout => flags.connect_timeout.map(format_duration),
            Setting::Retries => flags.retries.map(|retries| retries.to_string()),
            Setting::ResponseFormat => flags.response_format.map(|format| format.to_string()),
            Setting::Watermark => flags.watermark.map(|watermark| watermark.to_string()),
            Setting::GuidanceScale => flags.guidance_scale.map(|scale| scale.to_string()),
            Setting::IfExists => flags.if_exists.map(|rule| rule.to_string()),
            Setting::Color => flags.color.map(|when| when.to_string()),
            Setting::Path | Setting::ApiKeyCommand => None,
        }
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

    fn origin(settings: &Settings, setting: Setting) -> (Option<String>, Origin) {
        let row = settings.rows().iter().find(|row| row.setting == setting).unwrap();
        (row.value.clone(), row.origin.clone())
    }

    #[test]
    fn each_layer_gives_way_to_the_one_above_it() {
        let file = file("model = \"file\"\nprofile = \"p\"\n[profiles.p]\nmodel = \"profile\"\n");
        let model = |flag: Option<&str>, env: &[(&str, &str)], file: &ConfigFile| {
            let flags = Flags { model: flag.map(|name| name.parse().unwrap()), ..Flags::default() };
            let settings = Settings::resolve(&flags, &Env::with_vars(env.iter().copied()), file).unwrap();
            (settings.model.to_string(), origin(&settings, Setting::Model).1)
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
        assert_eq!(model(None, &[], &super::tests::file("")), (Model::DEFAULT.into(), Origin::Default));
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let env = Env::with_vars([("SEEDEDIT_BASE_URL", "http://api.example")]);
        let error = Settings::resolve(&Flags::default(), &env, &file("")).unwrap_err();
        assert!(error.to_string().starts_with("SEEDEDIT_BASE_URL: "), "{error}");
    }

    #[test]
    fn a_profile_must_exist() {
        let flags = Flags { profile: Some("nope".into()), ..Flags::default() };
        assert!(matches!(
            Settings::resolve(&flags, &Env::default(), &file("[profiles.a]\n")),
            Err(SettingsError::NoProfile { .. })
        ));
    }

    #[test]
    fn a_profile_with_a_service_of_its_own_does_not_share_the_key() {
        let file =
            file("[profiles.ark]\nbase_url = \"https://ark.example\"\n[profiles.fast]\ntimeout = \"1m\"\n");
        let shares = |profile: &str| {
            let flags = Flags { profile: Some(profile.into()), ..Flags::default() };
            Settings::resolve(&flags, &Env::default(), &file).unwrap().may_use_default_key
        };
        assert!(!shares("ark"));
        assert!(shares("fast"));
    }
}

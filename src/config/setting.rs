//! Every setting there is: its name, its default, its variable, and what it takes.

use std::fmt;
use std::str::FromStr;

use crate::api::{BaseUrl, Guidance, Model, RequestPath, ResponseFormat};
use crate::duration::parse_timeout;
use crate::edit::IfExists;

/// A setting that can be kept in the configuration file, at its top or in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// The service's base URL
    BaseUrl,
    /// Where on the base URL generations are asked for
    Path,
    /// The model's name at the service
    Model,
    /// How long to wait for an answer
    Timeout,
    /// How long to wait for a connection
    ConnectTimeout,
    /// How often to try again what certainly cost nothing
    Retries,
    /// `url` or `b64_json`
    ResponseFormat,
    /// Whether the service puts an invisible watermark on results
    Watermark,
    /// How closely the prompt is followed, 1 to 10
    GuidanceScale,
    /// What to do when the output exists
    IfExists,
    /// When to use colour
    Color,
    /// A command that prints the key: a list of its words
    ApiKeyCommand,
    /// The profile to use when none is named
    Profile,
}

/// A setting's value as it stands in a file or a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawValue {
    /// A text, or a number or switch as text.
    Text(String),
    /// A list of texts.
    List(Vec<String>),
}

impl fmt::Display for RawValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RawValue::Text(text) => f.write_str(text),
            RawValue::List(words) => write!(f, "{words:?}"),
        }
    }
}

impl Setting {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Setting; 13] = [
        Setting::BaseUrl,
        Setting::Path,
        Setting::Model,
        Setting::Timeout,
        Setting::ConnectTimeout,
        Setting::Retries,
        Setting::ResponseFormat,
        Setting::Watermark,
        Setting::GuidanceScale,
        Setting::IfExists,
        Setting::Color,
        Setting::ApiKeyCommand,
        Setting::Profile,
    ];

    /// The key in the file.
    pub fn name(self) -> &'static str {
        match self {
            Setting::BaseUrl => "base_url",
            Setting::Path => "path",
            Setting::Model => "model",
            Setting::Timeout => "timeout",
            Setting::ConnectTimeout => "connect_timeout",
            Setting::Retries => "retries",
            Setting::ResponseFormat => "response_format",
            Setting::Watermark => "watermark",
            Setting::GuidanceScale => "guidance_scale",
            Setting::IfExists => "if_exists",
            Setting::Color => "color",
            Setting::ApiKeyCommand => "api_key_command",
            Setting::Profile => "profile",
        }
    }

    /// The setting of that name.
    pub fn from_name(name: &str) -> Option<Setting> {
        Self::ALL.into_iter().find(|setting| setting.name() == name)
    }

    /// The variable that sets it, where there is one.
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Setting::BaseUrl => Some("SEEDEDIT_BASE_URL"),
            Setting::Model => Some("SEEDEDIT_MODEL"),
            Setting::Profile => Some("SEEDEDIT_PROFILE"),
            _ => None,
        }
    }

    /// What it is when nobody says anything; none means that the service or the command decides.
    pub fn default(self) -> Option<&'static str> {
        match self {
            Setting::BaseUrl => Some(BaseUrl::DEFAULT),
            Setting::Path => Some(RequestPath::DEFAULT),
            Setting::Model => Some(Model::DEFAULT),
            // Generations of over a minute are normal.
            Setting::Timeout => Some("5m"),
            Setting::ConnectTimeout => Some("10s"),
            // Four attempts in all.
            Setting::Retries => Some("3"),
            Setting::Color => Some("auto"),
            _ => None,
        }
    }

    /// Whether `raw` is a value that it takes.
    ///
    /// # Errors
    /// Says what it takes.
    pub fn check(self, raw: &RawValue) -> Result<(), String> {
        fn parses<T: std::str::FromStr>(text: &str) -> Result<(), String>
        where
            T::Err: fmt::Display,
        {
            text.parse::<T>().map(drop).map_err(|error| error.to_string())
        }
        let text = match (self, raw) {
            (Setting::ApiKeyCommand, RawValue::List(words)) if !words.is_empty() => return Ok(()),
            (Setting::ApiKeyCommand, _) => {
                return Err(
                    "takes a list with the command's words, like [\"pass\", \"show\", \"aimlapi\"]".into()
                );
            }
            (_, RawValue::List(_)) => return Err("takes one value, not a list".into()),
            (_, RawValue::Text(text)) => text,
        };
        match self {
            Setting::BaseUrl => parses::<BaseUrl>(text),
            Setting::Path => parses::<RequestPath>(text),
            Setting::Model => parses::<Model>(text),
            Setting::Timeout | Setting::ConnectTimeout => parse_timeout(text).map(drop),
            Setting::Retries => parse_retries(text).map(drop),
            Setting::ResponseFormat => parses::<ResponseFormat>(text),
            Setting::Watermark => parses::<bool>(text).map_err(|_| "takes true or false".into()),
            Setting::GuidanceScale => parses::<Guidance>(text),
            Setting::IfExists => parses::<IfExists>(text),
            Setting::Color => parses::<crate::color::ColorWhen>(text),
            Setting::Profile if text.is_empty() => Err("takes the name of a profile".into()),
            Setting::Profile => Ok(()),
            Setting::ApiKeyCommand => Ok(()),
        }
    }
}

impl FromStr for Setting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Setting::from_name(text).ok_or_else(|| format!("no setting `{text}`"))
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Reads a number of retries: 0 to 20.
///
/// # Errors
/// Says what it takes.
pub fn parse_retries(text: &str) -> Result<u32, String> {
    match text.trim().parse() {
        Ok(retries) if retries <= 20 => Ok(retries),
        _ => Err("takes a whole number from 0 to 20".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_that_the_setting_takes() {
        for setting in Setting::ALL {
            if let Some(default) = setting.default() {
                assert_eq!(setting.check(&RawValue::Text(default.into())), Ok(()), "{setting}");
            }
        }
    }

    #[test]
    fn every_setting_is_found_by_its_name() {
        for setting in Setting::ALL {
            assert_eq!(Setting::from_name(setting.name()), Some(setting));
        }
    }

    #[test]
    fn a_command_is_a_list_of_words_and_nothing_else() {
        assert!(Setting::ApiKeyCommand.check(&RawValue::Text("pass show x".into())).is_err());
        assert!(Setting::ApiKeyCommand.check(&RawValue::List(vec![])).is_err());
        assert!(Setting::ApiKeyCommand.check(&RawValue::List(vec!["pass".into()])).is_ok());
        assert!(Setting::Model.check(&RawValue::List(vec!["x".into()])).is_err());
    }
}

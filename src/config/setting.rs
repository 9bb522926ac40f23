//! All settings: name, default, environment variable, and accepted values.

use std::fmt;
use std::str::FromStr;

use crate::api::{BaseUrl, Guidance, Model, RequestPath, ResponseFormat};
use crate::duration::parse_timeout;
use crate::edit::{IfExists, MetadataRule};
use crate::journal::AnswerLimit;
use crate::money::CostLimit;
use crate::picture::RegionContext;

/// A setting in the configuration file, at its top or in a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// The name of the service.
    Service,
    /// Where the service is, if not at its usual address.
    BaseUrl,
    /// The path below the base URL to which generations are posted.
    Path,
    Model,
    /// Whether a default model that the service has withdrawn is replaced: `auto` or `off`.
    Successor,
    /// How long to wait for an answer.
    Timeout,
    ConnectTimeout,
    /// How often to retry what certainly cost nothing.
    Retries,
    ResponseFormat,
    /// Whether the service adds an invisible watermark.
    Watermark,
    GuidanceScale,
    IfExists,
    /// What results keep of the metadata of their picture.
    Metadata,
    /// How much around a region is uploaded.
    RegionContext,
    /// How much the answer store holds.
    AnswerStore,
    /// What the edits of a run may cost.
    MaxCost,
    /// What the edits of a local calendar day may cost.
    MaxCostPerDay,
    /// The expected price above which a run asks first.
    ConfirmAbove,
    Color,
    /// A command that prints the key, as a list of its words.
    ApiKeyCommand,
    /// The default profile.
    Profile,
}

/// A value as it is written in a file or a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawValue {
    /// A string, or a number or boolean as text.
    Text(String),
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
    /// All settings, in the order in which they are listed.
    pub const ALL: [Setting; 21] = [
        Setting::Service,
        Setting::BaseUrl,
        Setting::Path,
        Setting::Model,
        Setting::Successor,
        Setting::Timeout,
        Setting::ConnectTimeout,
        Setting::Retries,
        Setting::ResponseFormat,
        Setting::Watermark,
        Setting::GuidanceScale,
        Setting::IfExists,
        Setting::Metadata,
        Setting::RegionContext,
        Setting::AnswerStore,
        Setting::MaxCost,
        Setting::MaxCostPerDay,
        Setting::ConfirmAbove,
        Setting::Color,
        Setting::ApiKeyCommand,
        Setting::Profile,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Setting::Service => "service",
            Setting::BaseUrl => "base_url",
            Setting::Path => "path",
            Setting::Model => "model",
            Setting::Successor => "successor",
            Setting::Timeout => "timeout",
            Setting::ConnectTimeout => "connect_timeout",
            Setting::Retries => "retries",
            Setting::ResponseFormat => "response_format",
            Setting::Watermark => "watermark",
            Setting::GuidanceScale => "guidance_scale",
            Setting::IfExists => "if_exists",
            Setting::Metadata => "metadata",
            Setting::RegionContext => "region_context",
            Setting::AnswerStore => "answer_store",
            Setting::MaxCost => "max_cost",
            Setting::MaxCostPerDay => "max_cost_per_day",
            Setting::ConfirmAbove => "confirm_above",
            Setting::Color => "color",
            Setting::ApiKeyCommand => "api_key_command",
            Setting::Profile => "profile",
        }
    }

    pub fn from_name(name: &str) -> Option<Setting> {
        Self::ALL.into_iter().find(|setting| setting.name() == name)
    }

    /// Returns the environment variable that sets it, if there is one.
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Setting::Service => Some("SEEDEDIT_SERVICE"),
            Setting::BaseUrl => Some("SEEDEDIT_BASE_URL"),
            Setting::Model => Some("SEEDEDIT_MODEL"),
            Setting::MaxCost => Some("SEEDEDIT_MAX_COST"),
            Setting::MaxCostPerDay => Some("SEEDEDIT_MAX_COST_PER_DAY"),
            Setting::ConfirmAbove => Some("SEEDEDIT_CONFIRM_ABOVE"),
            Setting::Profile => Some("SEEDEDIT_PROFILE"),
            _ => None,
        }
    }

    /// Returns the default. `None` means that the service's card, the service or the command decides.
    pub fn default(self) -> Option<&'static str> {
        match self {
            // A generation often takes more than a minute.
            Setting::Timeout => Some("5m"),
            Setting::ConnectTimeout => Some("10s"),
            // Four attempts in all.
            Setting::Retries => Some("3"),
            Setting::Successor | Setting::Color => Some("auto"),
            // Several thousand answers.
            Setting::AnswerStore => Some("1 GB"),
            _ => None,
        }
    }

    /// Checks that `raw` is valid for this setting.
    ///
    /// # Errors
    /// Returns what the setting accepts.
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
                    "must be a list of the command's words, such as [\"pass\", \"show\", \"aimlapi\"]".into(),
                );
            }
            (_, RawValue::List(_)) => return Err("must be one value, not a list".into()),
            (_, RawValue::Text(text)) => text,
        };
        match self {
            Setting::Service => parses::<ServiceName>(text),
            Setting::BaseUrl => parses::<BaseUrl>(text),
            Setting::Path => parses::<RequestPath>(text),
            Setting::Model => parses::<Model>(text),
            Setting::Successor => parses::<SuccessorRule>(text),
            Setting::Timeout | Setting::ConnectTimeout => parse_timeout(text).map(drop),
            Setting::Retries => parse_retries(text).map(drop),
            Setting::ResponseFormat => parses::<ResponseFormat>(text),
            Setting::Watermark => parses::<bool>(text).map_err(|_| "must be true or false".into()),
            Setting::GuidanceScale => parses::<Guidance>(text),
            Setting::IfExists => parses::<IfExists>(text),
            Setting::Metadata => parses::<MetadataRule>(text),
            Setting::RegionContext => parses::<RegionContext>(text),
            Setting::AnswerStore => parses::<AnswerLimit>(text),
            Setting::MaxCost | Setting::MaxCostPerDay | Setting::ConfirmAbove => parses::<CostLimit>(text),
            Setting::Color => parses::<crate::color::ColorWhen>(text),
            Setting::Profile if text.is_empty() => Err("must be the name of a profile".into()),
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

/// The name of a service's card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceName(String);

impl ServiceName {
    /// The service that is used if none is chosen.
    pub const DEFAULT: &str = "aimlapi";

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ServiceName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if text.is_empty() || text.starts_with('.') || !text.chars().all(is_name) {
            return Err("must be the name of a service, such as `openai`");
        }
        Ok(ServiceName(text.to_owned()))
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What happens to a default model that the service has withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuccessorRule {
    /// Its successor is used.
    Auto,
    /// The edit fails.
    Off,
}

impl FromStr for SuccessorRule {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "auto" => Ok(SuccessorRule::Auto),
            "off" => Ok(SuccessorRule::Off),
            _ => Err("must be `auto` or `off`"),
        }
    }
}

impl fmt::Display for SuccessorRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SuccessorRule::Auto => "auto",
            SuccessorRule::Off => "off",
        })
    }
}

/// Parses a number of retries, 0 to 20.
pub fn parse_retries(text: &str) -> Result<u32, String> {
    match text.trim().parse() {
        Ok(retries) if retries <= 20 => Ok(retries),
        _ => Err("must be a whole number from 0 to 20".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_valid() {
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
    fn a_command_must_be_a_list_of_words() {
        assert!(Setting::ApiKeyCommand.check(&RawValue::Text("pass show x".into())).is_err());
        assert!(Setting::ApiKeyCommand.check(&RawValue::List(vec![])).is_err());
        assert!(Setting::ApiKeyCommand.check(&RawValue::List(vec!["pass".into()])).is_ok());
        assert!(Setting::Model.check(&RawValue::List(vec!["x".into()])).is_err());
    }
}

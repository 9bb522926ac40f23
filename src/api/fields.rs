//! The values a request is made of, each with the rule it must keep.

use std::fmt;
use std::str::FromStr;

/// A value that the service would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Nothing, or only white space.
    #[error("the prompt is empty")]
    EmptyPrompt,
    /// Outside of [`Seed::MIN`] to [`Seed::MAX`], or not a whole number.
    #[error(
        "a seed is a whole number from {} to {} (without one, one is drawn and reported)",
        Seed::MIN,
        Seed::MAX
    )]
    Seed,
    /// Outside of 1 to 10, or not a number.
    #[error("a guidance scale is a number from 1 to 10")]
    Guidance,
    /// Empty, or with a character that no model name has.
    #[error("a model name is letters, digits and any of - _ . : /")]
    Model,
    /// Not a known name.
    #[error("a response format is `url` or `b64_json`")]
    ResponseFormat,
    /// Not a path on the base URL.
    #[error("a request path starts with `/` and has no spaces, `?` or `#`")]
    RequestPath,
}

/// The instruction, never empty; white space around it is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt(String);

impl Prompt {
    /// The text that is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Prompt {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(FieldError::EmptyPrompt);
        }
        Ok(Prompt(text.to_owned()))
    }
}

/// The number that makes a result repeatable: same seed, prompt, picture and model version, same result.
///
/// The service also takes −1 for "any"; that is not a seed here, since it could not be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(u32);

impl Seed {
    /// The smallest seed.
    pub const MIN: u32 = 0;
    /// The largest seed the service takes: 2³¹ − 1.
    pub const MAX: u32 = i32::MAX as u32;

    /// The number that is sent.
    pub fn value(self) -> u32 {
        self.0
    }
}

impl FromStr for Seed {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().parse() {
            Ok(value) if value <= Self::MAX => Ok(Seed(value)),
            _ => Err(FieldError::Seed),
        }
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How closely the prompt is followed, 1 to 10. The model's own default is 5.5.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guidance(f64);

impl Guidance {
    /// The number that is sent.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl FromStr for Guidance {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().parse::<f64>() {
            Ok(value) if (1.0..=10.0).contains(&value) => Ok(Guidance(value)),
            _ => Err(FieldError::Guidance),
        }
    }
}

impl fmt::Display for Guidance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The model's name at the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model(String);

impl Model {
    /// SeedEdit 3.0's name at the AI/ML API.
    pub const DEFAULT: &str = "bytedance/seededit-3.0-i2i";

    /// The name that is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Model {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let known = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
        if text.is_empty() || !text.chars().all(known) {
            return Err(FieldError::Model);
        }
        Ok(Model(text.to_owned()))
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the result is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ResponseFormat {
    /// As a link that is valid for a day: it can be fetched again
    Url,
    /// Inside the answer, as Base64
    #[value(name = "b64_json")]
    B64Json,
}

impl ResponseFormat {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            ResponseFormat::Url => "url",
            ResponseFormat::B64Json => "b64_json",
        }
    }
}

impl FromStr for ResponseFormat {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "url" => Ok(ResponseFormat::Url),
            "b64_json" => Ok(ResponseFormat::B64Json),
            _ => Err(FieldError::ResponseFormat),
        }
    }
}

impl fmt::Display for ResponseFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How the size of the result is chosen. The service knows one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SizeRule {
    /// The nearest ratio of the model's table, about one megapixel
    Adaptive,
}

impl SizeRule {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            SizeRule::Adaptive => "adaptive",
        }
    }
}

/// Where on the base URL generations are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestPath(String);

impl RequestPath {
    /// The AI/ML API's path.
    pub const DEFAULT: &str = "/v1/images/generations";

    /// The path, with its leading slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestPath {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let breaks = |c: char| c.is_whitespace() || c.is_control() || "?#\\".contains(c);
        if !text.starts_with('/') || text.contains(breaks) {
            return Err(FieldError::RequestPath);
        }
        Ok(RequestPath(text.to_owned()))
    }
}

impl fmt::Display for RequestPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_of_white_space_is_empty() {
        assert_eq!(" \n\t".parse::<Prompt>(), Err(FieldError::EmptyPrompt));
        assert_eq!(" add a bird\n".parse::<Prompt>().unwrap().as_str(), "add a bird");
    }

    #[test]
    fn a_seed_ends_where_the_services_range_ends() {
        assert_eq!("2147483647".parse::<Seed>().unwrap().value(), Seed::MAX);
        assert_eq!("2147483648".parse::<Seed>(), Err(FieldError::Seed));
        assert_eq!("-1".parse::<Seed>(), Err(FieldError::Seed));
    }

    #[test]
    fn guidance_takes_one_to_ten_and_nothing_else() {
        for good in ["1", "10", "5.5"] {
            assert!(good.parse::<Guidance>().is_ok(), "{good}");
        }
        for bad in ["0.99", "10.01", "NaN", "inf", "-1", "", "five"] {
            assert_eq!(bad.parse::<Guidance>(), Err(FieldError::Guidance), "{bad}");
        }
    }

    #[test]
    fn a_model_name_cannot_smuggle_json_or_lines() {
        assert!(Model::DEFAULT.parse::<Model>().is_ok());
        for bad in ["", "a b", "a\"b", "a\nb"] {
            assert_eq!(bad.parse::<Model>(), Err(FieldError::Model), "{bad:?}");
        }
    }
}

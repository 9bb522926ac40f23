//! The fields of a request, each a type that enforces its rule.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::cards::{ModelCard, ServiceCard};
use crate::hidden::{is_hidden, is_joiner};

/// Longer than any name that a service uses, in characters.
const MAX_MODEL_LENGTH: usize = 200;

/// Why a value is not valid; the service would refuse it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Empty, or nothing that can be seen.
    #[error("the prompt is empty")]
    EmptyPrompt,
    #[error(
        "a seed must be a whole number from {} to {} (if you give none, a random one is used and reported)",
        Seed::MIN,
        Seed::MAX
    )]
    Seed,
    #[error("a guidance scale must be a number from 0 to {}", Guidance::MAX)]
    Guidance,
    #[error(
        "a model name may only contain letters, digits and - _ . : /, at most {MAX_MODEL_LENGTH} of them; each part between \
         slashes starts with a letter or a digit, and a link, an address or a path is no name"
    )]
    Model,
    #[error("a response format must be `url` or `b64_json`")]
    ResponseFormat,
    #[error("a request path must start with `/` and must not contain spaces, `?` or `#`")]
    RequestPath,
}

/// The prompt, without surrounding white space; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt(String);

impl Prompt {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether nothing shows that a character is there.
fn is_invisible(c: char) -> bool {
    // The last ones are soft hyphens and variation selectors, which are fine beside others.
    c.is_whitespace() || is_hidden(c) || is_joiner(c) || matches!(c, '\u{ad}' | '\u{fe00}'..='\u{fe0f}')
}

impl fmt::Display for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Prompt {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.chars().all(is_invisible) {
            return Err(FieldError::EmptyPrompt);
        }
        Ok(Prompt(text.to_owned()))
    }
}

/// The seed. The same seed, prompt, picture and model version give the same result.
///
/// The service also accepts −1 for "random". It is not accepted here, because such a result could not be
/// repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Seed(u32);

impl Seed {
    /// The smallest seed.
    pub const FIRST: Seed = Seed(0);
    pub const MIN: u32 = 0;
    /// The service's maximum: 2³¹ − 1.
    pub const MAX: u32 = i32::MAX as u32;

    pub fn value(self) -> u32 {
        self.0
    }

    /// The seed of a later variation; `None` if it would be too large.
    pub fn plus(self, variation: u32) -> Option<Seed> {
        self.0.checked_add(variation)?.try_into().ok()
    }
}

impl TryFrom<u32> for Seed {
    type Error = FieldError;

    fn try_from(value: u32) -> Result<Self, Self::Error> {
        if value <= Self::MAX { Ok(Seed(value)) } else { Err(FieldError::Seed) }
    }
}

impl From<Seed> for u32 {
    fn from(seed: Seed) -> u32 {
        seed.0
    }
}

impl FromStr for Seed {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse::<u32>().map_err(|_| FieldError::Seed)?.try_into()
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How closely the model follows the prompt. Each model has its own range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Guidance(f64);

impl Guidance {
    /// More than any model takes.
    pub const MAX: f64 = 100.0;

    pub fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Guidance {
    type Error = FieldError;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        if (0.0..=Self::MAX).contains(&value) { Ok(Guidance(value)) } else { Err(FieldError::Guidance) }
    }
}

impl From<Guidance> for f64 {
    fn from(guidance: Guidance) -> f64 {
        guidance.0
    }
}

impl FromStr for Guidance {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse::<f64>().map_err(|_| FieldError::Guidance)?.try_into()
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
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Model {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let known = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
        // A service that is not known would be asked for anything: a flag without its value, a link, or a path.
        let is_name = !is_link(text) && !has_host(text) && text.split('/').all(is_part_of_name);
        if !is_name || text.len() > MAX_MODEL_LENGTH || !text.chars().all(known) {
            return Err(FieldError::Model);
        }
        Ok(Model(text.to_owned()))
    }
}

/// Whether it begins like a link, a data URI or the name of a file.
fn is_link(text: &str) -> bool {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    ["http", "https", "data", "file"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
}

/// Whether a part before the last one has a port. In the last part, a colon begins a version or a tag.
fn has_host(text: &str) -> bool {
    text.rsplit_once('/').is_some_and(|(before, _)| before.contains(':'))
}

fn is_part_of_name(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_alphanumeric())
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the service returns results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseFormat {
    /// A link that is valid for a day, so the result can be downloaded again.
    Url,
    /// Base64 inside the answer.
    B64Json,
}

impl ResponseFormat {
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

/// The path below the base URL to which generations are posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestPath(String);

impl RequestPath {
    /// Returns the path of requests to a model.
    pub fn of_model(card: &ModelCard, service: &ServiceCard) -> RequestPath {
        let path = card.path.as_deref().or_else(|| service.path(card.dialect)).unwrap_or("/");
        RequestPath::of_card(&path.replace("{model}", &card.id))
    }

    /// Creates the path of a card. A slash is added in front if there is none.
    pub fn of_card(path: &str) -> RequestPath {
        RequestPath(format!("/{}", path.trim_start_matches('/')))
    }

    /// Returns the path with its leading slash.
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
    fn a_prompt_that_nobody_can_see_is_empty() {
        for text in ["", " \n\t", "\u{200b}\u{2060}", "\u{feff} \u{e0041}"] {
            assert_eq!(text.parse::<Prompt>(), Err(FieldError::EmptyPrompt), "{text:?}");
        }
        assert_eq!(" add a bird\n".parse::<Prompt>().unwrap().as_str(), "add a bird");
    }

    #[test]
    fn a_seed_must_be_in_the_range_of_the_service() {
        assert_eq!("2147483647".parse::<Seed>().unwrap().value(), Seed::MAX);
        assert_eq!("2147483648".parse::<Seed>(), Err(FieldError::Seed));
        assert_eq!("-1".parse::<Seed>(), Err(FieldError::Seed));
    }

    #[test]
    fn a_guidance_scale_must_be_a_number_that_some_model_could_take() {
        for good in ["0", "0.5", "20", "5.5"] {
            assert!(good.parse::<Guidance>().is_ok(), "{good}");
        }
        for bad in ["100.01", "NaN", "inf", "-1", "", "five"] {
            assert_eq!(bad.parse::<Guidance>(), Err(FieldError::Guidance), "{bad}");
        }
    }

    #[test]
    fn a_model_name_cannot_contain_quotes_or_line_breaks() {
        assert!("maker/model-3.0".parse::<Model>().is_ok());
        for bad in ["", "a b", "a\"b", "a\nb", "-m", "--sandbox", "https://example.com/model"] {
            assert_eq!(bad.parse::<Model>(), Err(FieldError::Model), "{bad:?}");
        }
    }

    #[test]
    fn an_address_a_link_or_a_path_is_no_model_name() {
        for good in ["name:tag", "maker/name:1.0", "hf.co/maker/name:Q4_K_M", "4o", "a/b/c-d"] {
            assert!(good.parse::<Model>().is_ok(), "{good}");
        }
        for bad in [
            "127.0.0.1:9/x",
            "localhost:80/a/b",
            "data:x",
            "HTTP:x",
            "../../etc/passwd",
            "/etc/passwd",
            "a/../b",
            "./a",
            "a//b",
            "a/",
            ".hidden",
            ":tag",
        ] {
            assert_eq!(bad.parse::<Model>(), Err(FieldError::Model), "{bad}");
        }
    }

    #[test]
    fn every_model_of_a_card_has_a_name_that_can_be_given() {
        let catalog = crate::cards::Catalog::built_in();
        for service in catalog.service_names() {
            for card in catalog.models(&service).unwrap() {
                for name in std::iter::once(&card.id).chain(&card.aliases) {
                    assert!(name.parse::<Model>().is_ok(), "{service}: {name}");
                }
            }
        }
    }
}

//! A value together with the text that it was given as.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A value that is parsed once, and the text that it was parsed from.
///
/// The value is sent to the service. The text identifies the job: a prompt with spaces around it has always been hashed
/// with them, although they are not sent. Serialized as the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Given<T> {
    text: String,
    value: T,
}

impl<T> Given<T> {
    /// Creates a value with a text that need not be valid.
    #[cfg(test)]
    pub(super) fn with_text(text: &str, value: T) -> Given<T> {
        Given { text: text.to_owned(), value }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn value(&self) -> &T {
        &self.value
    }
}

/// A value without the text that it was given as, for example a setting. Its own text takes that place.
impl<T: fmt::Display> From<T> for Given<T> {
    fn from(value: T) -> Given<T> {
        Given { text: value.to_string(), value }
    }
}

impl<T: FromStr> FromStr for Given<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Given { text: text.to_owned(), value: text.parse()? })
    }
}

impl<T> Serialize for Given<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Prompt;

    #[test]
    fn a_prompt_keeps_the_spaces_around_it_as_text_and_not_as_value() {
        let given: Given<Prompt> = " at night ".parse().unwrap();
        assert_eq!((given.text(), given.value().as_str()), (" at night ", "at night"));
        let stored = serde_json::to_string(&given).unwrap();
        assert_eq!(stored, "\" at night \"");
        assert_eq!(serde_json::from_str::<Given<Prompt>>(&stored).unwrap(), given);
        assert!(serde_json::from_str::<Given<Prompt>>("\" \"").is_err());
    }

    #[test]
    fn a_value_of_a_setting_has_its_own_text() {
        let prompt: Prompt = " at night ".parse().unwrap();
        assert_eq!(Given::from(prompt).text(), "at night");
    }
}

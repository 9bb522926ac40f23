//! Prompts with the columns of a row: `{color} curtains`.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::api::{FieldError, Prompt};
use crate::braces::{self, Part, UnpairedBrace};
use crate::edit::{MissingColumn, text_of};

use super::super::given::Given;
use super::missing_value::stands_for_nothing;

/// A prompt for all rows, with fields in braces that name columns. `{{` and `}}` stand for braces.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptTemplate(Vec<Part>);

/// Why a text is not such a prompt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptTemplateError {
    #[error("the prompt: {0}")]
    Brace(#[from] UnpairedBrace),
    #[error(transparent)]
    Prompt(#[from] FieldError),
    /// `{}`
    #[error("the prompt: `{{}}` names no column; write `{{{{` or `}}}}` for the character itself")]
    NoName,
}

/// Why a row has no prompt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FillError {
    #[error("the prompt: {0}")]
    Column(#[from] MissingColumn),
    /// Programs write it for a missing value.
    #[error("the prompt: the value of {{{name}}} is `{value}`, which programs write for a missing value")]
    Missing { name: String, value: String },
    #[error(transparent)]
    Prompt(#[from] FieldError),
}

impl PromptTemplate {
    /// Returns the prompt of a row with these values.
    ///
    /// # Errors
    /// If the row has no value for a field.
    pub(super) fn fill(&self, columns: &Map<String, Value>) -> Result<Given<Prompt>, FillError> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(literal) => text.push_str(literal),
                // A cell of a spreadsheet may end with a space that nobody sees.
                Part::Field(name) => match text_of(columns, name)?.trim() {
                    value if stands_for_nothing(value) => {
                        return Err(FillError::Missing { name: name.clone(), value: value.to_owned() });
                    }
                    value => text.push_str(value),
                },
            }
        }
        Ok(Given::from(text.parse::<Prompt>()?))
    }
}

impl FromStr for PromptTemplate {
    type Err = PromptTemplateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = braces::parse(text.parse::<Prompt>()?.as_str())?;
        if parts.contains(&Part::Field(String::new())) {
            return Err(PromptTemplateError::NoName);
        }
        Ok(PromptTemplate(parts))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fill(template: &str) -> Result<String, String> {
        let Value::Object(columns) = json!({"color": "red ", "n": 2, "odd": "{x}", "none": "#REF!"}) else {
            panic!()
        };
        let template: PromptTemplate =
            template.parse().map_err(|error: PromptTemplateError| error.to_string())?;
        template.fill(&columns).map(|prompt| prompt.text().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn fields_are_replaced_and_doubled_braces_are_braces() {
        assert_eq!(fill(" {n} {color} curtains "), Ok("2 red curtains".into()));
        assert_eq!(fill("a {{sign}} that says {odd}"), Ok("a {sign} that says {x}".into()));
        assert_eq!(fill("at night"), Ok("at night".into()));
    }

    #[test]
    fn what_cannot_be_filled_in_is_explained() {
        let missing = "the prompt: the value of {none} is `#REF!`, which programs write for a missing value";
        assert_eq!(fill("{none} curtains"), Err(missing.into()));
        assert_eq!(
            fill("{colour}"),
            Err("the prompt: the row has no value for {colour}; did you mean {color}?".into())
        );
        assert!(fill("{color").unwrap_err().contains("has no partner"));
        assert!(fill("{}").unwrap_err().contains("names no column"));
        assert_eq!(fill(" "), Err("the prompt is empty".into()));
    }
}

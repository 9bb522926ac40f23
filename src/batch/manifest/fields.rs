//! The values of a row by their names, taken one after the other, and the faults found in them.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::api::Prompt;
use crate::cards::Models;
use crate::error_chain::shortened;
use crate::secret::redact_links;

use super::super::given::Given;
use super::prompt_template::PromptTemplate;
use super::row::{is_misspelt, misspelt, text};
use super::{Fault, Row};

/// The most characters of a value that a message shows.
const MOST: usize = 60;

/// The values of a row that were not used yet, and the faults found so far.
pub(super) struct Fields {
    pub(super) values: Map<String, Value>,
    pub(super) line: Option<u64>,
    pub(super) faults: Vec<Fault>,
    has_checked_names: bool,
}

impl Fields {
    pub(super) fn of(Row { line, values, faults, has_checked_names }: Row) -> Fields {
        Fields { values, line: Some(line), faults, has_checked_names }
    }

    /// Adds a fault if the row is for another service. A run has one, because it has one key, one budget and one rate limit.
    pub(super) fn ensure_service(&mut self, models: &Models) {
        let Some(wanted) = self.take("service", "a string", text) else { return };
        let service = models.service();
        if !wanted.trim().eq_ignore_ascii_case(&service.name) {
            let message = format!("service: the row is for `{wanted}`, and this run uses `{}`", service.name);
            let hint = "put the rows of each service into a manifest of their own, and run it with --service";
            self.faults.push(Fault { hint: Some(hint.into()), ..Fault::new(self.line, message) });
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values.get(name).is_some_and(|value| !value.is_null())
    }

    /// Like [`Fields::take`], and parses the text. An error is a fault.
    pub(super) fn parse<T: FromStr<Err: Display>>(
        &mut self,
        name: &str,
        expected: &str,
        text: impl FnOnce(&Value) -> Option<String>,
    ) -> Option<T> {
        let (value, text) = self.take_with_value(name, expected, text)?;
        self.valid(name, text.parse(), &value)
    }

    /// Fills in a prompt of the command line. An error is a fault.
    pub(super) fn fill(&mut self, template: &PromptTemplate) -> Option<Given<Prompt>> {
        let filled = template.fill(&self.values);
        self.ok(filled)
    }

    /// Parses all texts of a field. Each error is a fault.
    pub(super) fn parse_all<T: FromStr<Err: Display>>(&mut self, name: &str, texts: &[String]) -> Vec<T> {
        texts.iter().filter_map(|text| self.valid(name, text.parse(), &Value::String(text.clone()))).collect()
    }

    /// Like [`Fields::take`], and converts the value. An error is a fault.
    pub(super) fn convert<V, T: TryFrom<V, Error: Display>>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<V>,
    ) -> Option<T> {
        let (value, read) = self.take_with_value(name, expected, read)?;
        self.valid(name, T::try_from(read), &value)
    }

    /// An error that names its field, and its value if that helps, is a fault.
    pub(super) fn ok<T>(&mut self, result: Result<T, impl Display>) -> Option<T> {
        result.map_err(|error| self.faults.push(Fault::new(self.line, error.to_string()))).ok()
    }

    /// An error about the value of a field, which the error names, is a fault.
    pub(super) fn ok_in<T>(&mut self, name: &str, result: Result<T, impl Display>) -> Option<T> {
        self.valid(name, result, &Value::Null)
    }

    /// An error about the value of a field is a fault that names both.
    fn valid<T>(&mut self, name: &str, result: Result<T, impl Display>, value: &Value) -> Option<T> {
        let start = format!("{name}: ");
        result
            .map_err(|error| {
                let error = error.to_string();
                let error = error.strip_prefix(&start).unwrap_or(&error);
                self.faults.push(Fault::new(self.line, found(&format!("{start}{error}"), value)));
            })
            .ok()
    }

    /// Removes and returns a value. Returns `None` if it is missing or null, or not what was `expected`, which is a
    /// fault.
    pub(super) fn take<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        self.take_with_value(name, expected, parse).map(|(_, parsed)| parsed)
    }

    fn take_with_value<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<(Value, T)> {
        let value = self.values.remove(name).filter(|value| !value.is_null())?;
        match parse(&value) {
            Some(parsed) => Some((value, parsed)),
            None => {
                let message = found(&format!("{name}: expected {expected}"), &value);
                self.faults.push(Fault::new(self.line, message));
                None
            }
        }
    }

    /// Adds a fault about a missing value, unless its name is misspelt or another fault explains its absence.
    pub(super) fn report_missing(&mut self, name: &str, message: &str) {
        let start = format!("{name}: ");
        let is_misspelt = self.values.keys().any(|key| is_misspelt(key, name));
        if !is_misspelt && !self.faults.iter().any(|fault| fault.message.starts_with(&start)) {
            self.faults.push(Fault::new(self.line, message));
        }
    }

    /// Removes and returns the values that are not fields. A name that resembles a field is a fault.
    pub(super) fn own_columns(&mut self) -> Map<String, Value> {
        let columns = std::mem::take(&mut self.values);
        if !self.has_checked_names {
            self.faults.extend(columns.keys().filter_map(|name| misspelt("field", name, self.line)));
        }
        columns
    }
}

/// Adds the value that was found to a message, shortened, unless the message quotes it or nobody could see it.
pub(super) fn found(message: &str, value: &Value) -> String {
    let text = match value {
        Value::Null => return message.to_owned(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    if text.is_empty() || message.contains(&format!("`{text}`")) {
        return message.to_owned();
    }
    // Links can contain secrets.
    let shown = match value {
        Value::String(text) => Value::from(shortened(&redact_links(text), MOST)).to_string(),
        _ => shortened(&redact_links(&text), MOST),
    };
    format!("{message}, found {shown}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_shown_as_it_was_written_and_shortened() {
        let shown = |value: Value| found("m", &value);
        assert_eq!(shown(json!("yes")), "m, found \"yes\"");
        assert_eq!(shown(json!(1.5)), "m, found 1.5");
        assert_eq!(shown(json!(["a", 1])), "m, found [\"a\",1]");
        assert_eq!(shown(json!("x".repeat(100))), format!("m, found \"{}…\"", "x".repeat(MOST)));
        assert_eq!(shown(json!("https://h.example/a?sig=s")), "m, found \"https://h.example/a?…\"");
        assert_eq!(shown(json!("  ")), "m");
        assert_eq!(found("no model `gpt`", &json!("gpt")), "no model `gpt`");
    }
}

//! The values of a row.

use csv::StringRecord;
use serde_json::{Map, Value};

use super::super::field::{self, Kind};
use super::super::fields::found;
use super::super::missing_value::stands_for_nothing;
use super::super::{Fault, Row};
use super::dialect::Dialect;

/// Returns a row with the values by their names, typed as in JSON. A value that cannot be read is a fault of it.
pub(super) fn row_of(columns: &[Option<String>], record: &StringRecord, dialect: &Dialect, line: u64) -> Row {
    let (mut values, mut faults) = (Map::new(), Vec::new());
    for (column, value) in columns.iter().zip(record).filter(|(_, value)| !value.is_empty()) {
        match column {
            Some(name) if is_prompt(name) && stands_for_nothing(value) => {
                let message =
                    format!("{name}: is `{}`, which programs write for a missing value", value.trim());
                let hint = "empty the cell, or describe the edit".to_owned();
                faults.push(Fault { hint: Some(hint), ..Fault::new(Some(line), message) });
            }
            Some(name) => match typed(name, value, dialect) {
                Ok(typed) => drop(values.insert(name.clone(), typed)),
                Err(malformed) => faults.push(malformed.fault(value, line)),
            },
            None if value.trim().is_empty() => {}
            None => {
                let hint = "name the column in the first row, or empty it";
                let message = format!("`{}` is in a column without a name", value.trim());
                faults.push(Fault { hint: Some(hint.into()), ..Fault::new(Some(line), message) });
            }
        }
    }
    Row { line, values, faults, has_checked_names: true }
}

fn is_prompt(column: &str) -> bool {
    matches!(column, "prompt" | "then" | "negative_prompt")
}

/// Parses a number, a Boolean or a list of strings; everything else stays text.
fn typed(name: &str, value: &str, dialect: &Dialect) -> Result<Value, NotAPrompt> {
    let text = || Value::String(value.to_owned());
    let json = |value: &str| serde_json::from_str(value.trim());
    Ok(match field::kind(name) {
        Kind::Text => text(),
        // Nobody sees the spaces around a name in a cell.
        Kind::Path => Value::String(value.trim().to_owned()),
        Kind::Word => Value::String(value.trim().to_ascii_lowercase()),
        // A spreadsheet that writes an exponent has left out digits.
        Kind::Count if value.contains(['e', 'E']) => text(),
        Kind::Count => json(without_zero_decimals(value)).unwrap_or_else(|_| text()),
        // Where a comma is the decimal mark, it does not separate values.
        Kind::Decimal if dialect.delimiter != b',' => {
            json(&value.replacen(',', ".", 1)).unwrap_or_else(|_| text())
        }
        Kind::Decimal => json(value).unwrap_or_else(|_| text()),
        Kind::Switch => switch(value).map_or_else(|| json(value).unwrap_or_else(|_| text()), Value::Bool),
        Kind::Prompts => steps(value)?,
        // A path that is no list stays text, and a list with a mistake is not the path of a file.
        Kind::Paths if value.trim_start().starts_with('[') => {
            serde_json::from_str(value).unwrap_or_else(|_| text())
        }
        Kind::Paths => Value::String(value.trim().to_owned()),
    })
}

/// Removes decimals that are all zero from a number: a spreadsheet writes them if the cell shows them.
fn without_zero_decimals(value: &str) -> &str {
    match value.trim().split_once(['.', ',']) {
        Some((whole, decimals)) if !decimals.is_empty() && decimals.bytes().all(|digit| digit == b'0') => {
            // In `1,000`, the comma or point may separate thousands.
            if decimals.len() == 3 { value } else { whole }
        }
        _ => value,
    }
}

/// Parses a Boolean as spreadsheets write it: in English, German, French, Spanish or Italian, or as a number if the cell
/// is not formatted as a Boolean.
fn switch(value: &str) -> Option<bool> {
    match value.trim().to_uppercase().as_str() {
        "TRUE" | "WAHR" | "VRAI" | "VERDADERO" | "VERO" | "YES" | "1" => Some(true),
        "FALSE" | "FALSCH" | "FAUX" | "FALSO" | "NO" | "0" => Some(false),
        _ => None,
    }
}

/// Parses the prompts of further steps. As text, JSON with a mistake in it would be a prompt that nobody meant, and that
/// is paid for.
fn steps(value: &str) -> Result<Value, NotAPrompt> {
    const BYTE_ORDER_MARK: char = '\u{feff}';
    let visible = value.trim_start_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK);
    match visible.chars().next() {
        Some('[' | '{') if value.contains(BYTE_ORDER_MARK) => Err(NotAPrompt::AfterByteOrderMark),
        Some('[') => {
            let list = serde_json::from_str(value).map_err(|_| NotAPrompt::MalformedList)?;
            let is_missing = |step: &Value| step.as_str().is_some_and(stands_for_nothing);
            let has_missing = matches!(&list, Value::Array(steps) if steps.iter().any(is_missing));
            if has_missing { Err(NotAPrompt::MissingStep) } else { Ok(list) }
        }
        Some('{') => Err(NotAPrompt::Object),
        _ => Ok(Value::String(value.to_owned())),
    }
}

/// A value of `then` that is neither a prompt nor a list of prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NotAPrompt {
    /// It begins like a list and is none.
    MalformedList,
    Object,
    /// A step is what programs write for a missing value.
    MissingStep,
    /// JSON after an invisible character, with which it would be text.
    AfterByteOrderMark,
}

impl NotAPrompt {
    fn fault(self, value: &str, line: u64) -> Fault {
        let (message, hint) = match self {
            NotAPrompt::MalformedList => (
                "then: begins with `[`, but is not a list of strings",
                "write a list as [\"first\", \"second\"]; put a prompt that begins with `[` into such a list",
            ),
            NotAPrompt::Object => (
                "then: begins with `{`; expected a prompt, or a list of strings",
                "write a list as [\"first\", \"second\"]; put a prompt that begins with `{` into such a list",
            ),
            NotAPrompt::MissingStep => (
                "then: has a step that programs write for a missing value",
                "leave it out, or describe the edit",
            ),
            NotAPrompt::AfterByteOrderMark => (
                "then: begins with a byte order mark, which is invisible; expected a prompt, or a list of strings",
                "remove the character U+FEFF from the start of the cell",
            ),
        };
        let message = found(message, &Value::from(value));
        Fault { hint: Some(hint.into()), ..Fault::new(Some(line), message) }
    }
}

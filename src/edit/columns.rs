//! The values of a row by the names of their columns.

use serde_json::{Map, Value};

use crate::suggest::{closest, normalized};

/// Returns the text of a column for a prompt or a file name. Case does not count in names, and `-` and spaces count as
/// `_`, unless a column has exactly this name.
///
/// # Errors
/// If there is no such column, or it has no value that is a text, a number, `true` or `false`.
pub fn text_of(columns: &Map<String, Value>, name: &str) -> Result<String, MissingColumn> {
    let similar = || {
        let name = normalized(name);
        columns.iter().find(|(key, _)| normalized(key) == name).map(|(_, value)| value)
    };
    let Some(value) = columns.get(name).or_else(similar) else {
        let meant = closest(name, columns.keys().map(String::as_str)).map(str::to_owned);
        return Err(MissingColumn::NoColumn { name: name.to_owned(), meant });
    };
    match value {
        Value::String(text) if !text.trim().is_empty() => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null | Value::String(_) => Err(MissingColumn::Empty(name.to_owned())),
        Value::Array(_) | Value::Object(_) => Err(MissingColumn::NotText(name.to_owned())),
    }
}

/// A column that a text needs and a row does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MissingColumn {
    #[error("the row has no value for {{{name}}}{}", meant.as_ref().map_or_else(String::new, |meant| format!("; did you mean {{{meant}}}?")))]
    NoColumn {
        name: String,
        /// The column of the row that was probably meant.
        meant: Option<String>,
    },
    #[error("the row has no value for {{{0}}}: it is empty")]
    Empty(String),
    #[error("the value for {{{0}}} is neither a text nor a number")]
    NotText(String),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_column_is_found_by_its_name_in_any_spelling() {
        let Value::Object(columns) =
            json!({"Wall Color": "red", "size": 7, "new": true, "gone": " ", "l": []})
        else {
            panic!()
        };
        let text = |name: &str| text_of(&columns, name).map_err(|error| error.to_string());
        assert_eq!(text("Wall Color"), Ok("red".into()));
        assert_eq!(text("wall_color"), Ok("red".into()));
        assert_eq!((text("size"), text("new")), (Ok("7".into()), Ok("true".into())));
        assert_eq!(text("gone"), Err("the row has no value for {gone}: it is empty".into()));
        assert_eq!(text("l"), Err("the value for {l} is neither a text nor a number".into()));
        assert_eq!(text("sise"), Err("the row has no value for {sise}; did you mean {size}?".into()));
        assert_eq!(text("x"), Err("the row has no value for {x}".into()));
    }
}

//! Checks the arguments of a call against the schema that clients are given, and says what is wrong in plain words.

use serde_json::{Map, Value};

use crate::error_chain;
use crate::secret::without_queries;
use crate::suggest::did_you_mean;

use super::tools::Tool;

/// The longest value that a message repeats, in characters.
const MAX_SHOWN: usize = 60;

/// Checks that the arguments are those of a tool: each is known, of its type and within its limits, and none is missing.
///
/// # Errors
/// Everything that is wrong, as fragments of one sentence.
pub(super) fn ensure_fit(tool: Tool, arguments: &Map<String, Value>) -> Result<(), String> {
    let (properties, required) = tool.properties();
    let known = properties.as_object().cloned().unwrap_or_default();
    let mut faults = Vec::new();
    for (name, value) in arguments {
        match known.get(name) {
            None => {
                let meant = did_you_mean(name, known.keys().map(String::as_str));
                let names: Vec<String> = known.keys().map(|name| format!("`{name}`")).collect();
                let all = if meant.is_empty() { format!("; it takes {}", names.join(", ")) } else { meant };
                faults.push(format!("there is no argument `{}`{all}", shortened(name)));
            }
            Some(schema) if !fits(value, schema) => {
                faults.push(format!("`{name}` is {}, and has to be {}", shown(value), expected(schema)));
            }
            Some(_) => {}
        }
    }
    for name in required.iter().filter(|name| !arguments.contains_key(**name)) {
        faults.push(format!("`{name}` is missing; it has to be {}", expected(&known[*name])));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(format!("arguments of {}: {}", tool.name(), faults.join("; ")))
    }
}

/// Whether a value is what a schema asks for. It knows the keywords that the schemas of the tools use.
fn fits(value: &Value, schema: &Value) -> bool {
    let is_in_range = |number: f64| {
        let limit = |name: &str| schema[name].as_f64();
        limit("minimum").is_none_or(|least| number >= least)
            && limit("maximum").is_none_or(|most| number <= most)
    };
    match schema["type"].as_str() {
        Some("string") => {
            value.is_string() && schema["enum"].as_array().is_none_or(|values| values.contains(value))
        }
        Some("boolean") => value.is_boolean(),
        Some("number") => value.as_f64().is_some_and(is_in_range),
        Some("integer") => (value.is_u64() || value.is_i64()) && value.as_f64().is_some_and(is_in_range),
        Some("array") => value.as_array().is_some_and(|items| {
            items.iter().all(|item| fits(item, &schema["items"]))
                && schema["maxItems"].as_u64().is_none_or(|most| items.len() as u64 <= most)
        }),
        _ => false,
    }
}

/// Says what a schema asks for.
fn expected(schema: &Value) -> String {
    let range = match (&schema["minimum"], &schema["maximum"]) {
        (Value::Null, _) => String::new(),
        (least, Value::Null) => format!(" of at least {least}"),
        (least, most) => format!(" from {least} to {most}"),
    };
    match schema["type"].as_str() {
        Some("string") => match schema["enum"].as_array() {
            Some(values) => {
                let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                format!("one of {}", values.join(", "))
            }
            None => "a text".to_owned(),
        },
        Some("boolean") => "true or false".to_owned(),
        Some("number") => format!("a number{range}"),
        Some("integer") => format!("a whole number{range}"),
        _ => match schema["maxItems"].as_u64() {
            Some(most) => format!("a list of at most {most} texts"),
            None => "a list of texts".to_owned(),
        },
    }
}

/// A value as a message repeats it: as JSON, shortened.
fn shown(value: &Value) -> String {
    let text = shortened(&without_queries(value.to_string()));
    match value {
        Value::Array(_) => format!("the list {text}"),
        Value::Object(_) => format!("the object {text}"),
        _ => text,
    }
}

/// A text as a message repeats it: at most [`MAX_SHOWN`] characters.
pub(super) fn shortened(text: &str) -> String {
    error_chain::shortened(text, MAX_SHOWN)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(tool: Tool, arguments: &Value) -> String {
        ensure_fit(tool, arguments.as_object().unwrap()).unwrap_err()
    }

    #[test]
    fn a_wrong_argument_is_named_with_what_was_given_and_what_is_expected() {
        let edit = |name: &str, value: Value| {
            let mut arguments = json!({"picture": "a", "prompt": "b"});
            arguments[name] = value;
            fault(Tool::Edit, &arguments)
        };
        for (name, value, expected) in [
            ("picture", json!(1), "`picture` is 1, and has to be a text"),
            ("prompt", json!(["x"]), r#"`prompt` is the list ["x"], and has to be a text"#),
            ("accept_usd", json!("1"), r#"`accept_usd` is "1", and has to be a number of at least 0"#),
            ("accept_usd", json!(-1), "`accept_usd` is -1, and has to be a number of at least 0"),
            ("seed", json!(1.5), "`seed` is 1.5, and has to be a whole number from 0 to 4294967295"),
            ("seed", json!(4_294_967_296_u64), "`seed` is 4294967296, and has to be a whole number from 0"),
            ("preserve", json!("yes"), r#"`preserve` is "yes", and has to be true or false"#),
            ("format", json!("bmp"), r#"`format` is "bmp", and has to be one of jpeg, png, webp"#),
            (
                "references",
                json!("a.png"),
                r#"`references` is "a.png", and has to be a list of at most 16 texts"#,
            ),
            (
                "references",
                json!(["a.png", 5]),
                r#"`references` is the list ["a.png",5], and has to be a list"#,
            ),
            ("mask", json!({"path": "a"}), r#"`mask` is the object {"path":"a"}, and has to be a text"#),
            ("sise", json!("1K"), "there is no argument `sise`; did you mean `size`?"),
            (
                "other",
                json!(1),
                "there is no argument `other`; it takes `accept_usd`, `format`, `mask`, `model`",
            ),
        ] {
            let found = edit(name, value);
            assert!(found.contains(expected), "no {expected:?} in {found}");
        }
        let all = fault(Tool::Edit, &json!({"picture": 1, "sise": "1K"}));
        assert!(
            all.contains("`picture` is 1") && all.contains("`size`") && all.contains("`prompt` is missing"),
            "{all}"
        );
    }

    #[test]
    fn a_long_value_is_shortened() {
        let found = fault(Tool::History, &json!({"limit": "x".repeat(10_000)}));
        assert!(found.len() < 300 && found.contains("from 1 to 200"), "{found}");
    }
}

//! Checks values against a JSON Schema: as much of draft 2020-12 as our schemas use. A keyword that it does not know is an
//! error, so that none is ignored.

use serde_json::Value;

/// Keywords that say nothing about whether a value is valid.
const ANNOTATIONS: [&str; 8] =
    ["$schema", "$defs", "title", "description", "default", "x-position", "x-short", "$comment"];

/// Returns what is wrong with a value; nothing if it is valid.
pub(crate) fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, schema, value, "", &mut found);
    found
}

fn is_valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let mut found = Vec::new();
    check(root, schema, value, "", &mut found);
    found.is_empty()
}

fn check(root: &Value, schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    for (keyword, rule) in schema.as_object().unwrap_or_else(|| panic!("{place}: no schema: {schema}")) {
        let mut expect = |is_met: bool| {
            if !is_met {
                found.push(format!("{place}: {value} does not meet \"{keyword}\": {rule}"));
            }
        };
        let list = || rule.as_array().unwrap();
        match keyword.as_str() {
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                let target = root.pointer(pointer).unwrap_or_else(|| panic!("no {rule}"));
                check(root, target, value, place, found);
            }
            "anyOf" => expect(list().iter().any(|schema| is_valid(root, schema, value))),
            "allOf" => list().iter().for_each(|schema| check(root, schema, value, place, found)),
            "not" => expect(!is_valid(root, rule, value)),
            "const" => expect(rule == value),
            "enum" => expect(list().contains(value)),
            "minimum" => expect(value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap())),
            "maximum" => expect(value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap())),
            "type" => {
                let types = if let Value::Array(types) = rule { types.clone() } else { vec![rule.clone()] };
                expect(types.iter().any(|name| has_type(name.as_str().unwrap(), value)));
            }
            "required" => {
                if let Value::Object(fields) = value {
                    for name in list() {
                        let is_there = fields.contains_key(name.as_str().unwrap());
                        if !is_there {
                            found.push(format!("{place}: {name} is missing"));
                        }
                    }
                }
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        check(root, schema, value, &format!("{place}.{name}"), found);
                    }
                }
            }
            "additionalProperties" => {
                assert_eq!(rule, &Value::Bool(false), "{place}");
                let known = &schema["properties"];
                for name in value.as_object().into_iter().flat_map(|fields| fields.keys()) {
                    if known.get(name).is_none() {
                        found.push(format!("{place}: unexpected {name}"));
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, item, &format!("{place}[{index}]"), found);
                }
            }
            other => assert!(ANNOTATIONS.contains(&other), "{place}: the keyword {other} is not known"),
        }
    }
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        other => panic!("no type {other}"),
    }
}

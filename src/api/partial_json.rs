//! JSON that was cut off.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Parses a text up to its first error. Each complete value is in its place, and a string that was cut off is null.
/// Returns null if the text is not JSON.
pub(super) fn parse_start(text: &[u8]) -> Value {
    let mut found = Value::Null;
    // What was parsed before an error is in `found`.
    Place(&mut found).deserialize(&mut serde_json::Deserializer::from_slice(text)).ok();
    found
}

/// Where a value goes as soon as it is parsed. An array or object that was cut off goes there, too.
struct Place<'a>(&'a mut Value);

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Place<'_> {
    fn set<E>(self, value: impl Into<Value>) -> Result<(), E> {
        *self.0 = value.into();
        Ok(())
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.set(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.set(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.set(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.set(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.set(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.set(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        *self.0 = Value::Array(Vec::new());
        let Value::Array(items) = self.0 else { return Ok(()) };
        loop {
            let mut item = Value::Null;
            let parsed = array.next_element_seed(Place(&mut item));
            if !matches!(parsed, Ok(None)) {
                items.push(item);
            }
            if parsed?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        *self.0 = Value::Object(Map::new());
        let Value::Object(fields) = self.0 else { return Ok(()) };
        while let Some(name) = object.next_key::<String>()? {
            let mut field = Value::Null;
            let parsed = object.next_value_seed(Place(&mut field));
            fields.insert(name, field);
            parsed?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn complete_json_is_parsed_as_usual() {
        for text in [
            r#"{"a":[1,-2,0.5,true,null,"x\n",{"b":{}},[]],"a2":"é"}"#,
            "[]",
            "7",
            r#""x""#,
            r#"{"a":1,"a":{"b":2}}"#,
        ] {
            assert_eq!(parse_start(text.as_bytes()), serde_json::from_str::<Value>(text).unwrap(), "{text}");
        }
    }

    #[test]
    fn everything_before_the_cut_is_kept() {
        for (text, found) in [
            (
                r#"{"data":[{"url":"a"},{"b64_json":null,"url":"b"#,
                json!({"data": [{"url": "a"}, {"b64_json": null, "url": null}]}),
            ),
            (r#"{"data":[{"url":"a","#, json!({"data": [{"url": "a"}]})),
            (r#"{"images":["a","b"#, json!({"images": ["a", null]})),
            (r#"{"image":"a","me"#, json!({"image": "a"})),
            (r#"{"data":[1],"meta":1e999,"images":[]}"#, json!({"data": [1], "meta": null})),
            ("<html>", Value::Null),
            ("", Value::Null),
        ] {
            assert_eq!(parse_start(text.as_bytes()), found, "{text}");
        }
    }
}

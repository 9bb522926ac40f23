//! One JSON object a line.

use std::fmt;
use std::io::{BufRead, Read};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{Broken, Fault, MAX_ROW_BYTES, Row};

/// The rows of a stream; blank lines are none.
pub(super) fn rows(mut stream: impl BufRead) -> impl Iterator<Item = Result<Row, Broken>> {
    let mut line = 0;
    let mut text = Vec::new();
    std::iter::from_fn(move || {
        loop {
            line += 1;
            text.clear();
            match stream.by_ref().take(MAX_ROW_BYTES + 1).read_until(b'\n', &mut text) {
                Ok(0) => return None,
                Ok(_) if text.len() as u64 > MAX_ROW_BYTES => {
                    let what = format!("the row is longer than {} MiB", MAX_ROW_BYTES >> 20);
                    return Some(Err(Broken::Rest(Fault::new(Some(line), what))));
                }
                Ok(_) if text.trim_ascii().is_empty() => {}
                Ok(_) => return Some(read(&text, line)),
                Err(error) => {
                    let what = format!("cannot be read: {error}");
                    return Some(Err(Broken::Rest(Fault::new(Some(line), what))));
                }
            }
        }
    })
}

fn read(text: &[u8], line: u64) -> Result<Row, Broken> {
    let fault = |what: String| Broken::Row(Fault::new(Some(line), what));
    match serde_json::from_slice(text) {
        Ok(Object { values, twice }) => Ok(Row { line, values, twice }),
        Err(error) if error.is_data() => Err(fault("not a JSON object".into())),
        // The line that the parser counts is always the first.
        Err(error) => {
            let told = error.to_string();
            let what = told.rsplit_once(" at line ").map_or(told.as_str(), |(what, _)| what);
            Err(fault(format!("not JSON: {what} (column {})", error.column())))
        }
    }
}

/// An object with the names that it has more than once, of which a map would keep the last without a word.
struct Object {
    values: Map<String, Value>,
    twice: Vec<String>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

/// Takes the members of an object one by one.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object, A::Error> {
        let mut object = Object { values: Map::new(), twice: Vec::new() };
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            if object.values.insert(name.clone(), value).is_some() && !object.twice.contains(&name) {
                object.twice.push(name);
            }
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &[u8]) -> Vec<String> {
        rows(text)
            .map(|row| match row {
                Ok(row) => format!("{} {}", row.line, Value::Object(row.values)),
                Err(Broken::Row(fault) | Broken::Rest(fault)) => {
                    format!("{} fault: {}", fault.line.unwrap(), fault.what)
                }
            })
            .collect()
    }

    #[test]
    fn every_row_has_its_line_and_blank_ones_are_none() {
        assert_eq!(told(b"{\"a\":1}\r\n\n  \n{\"b\":2}"), [r#"1 {"a":1}"#, r#"4 {"b":2}"#]);
    }

    #[test]
    fn a_fault_does_not_hide_the_rows_after_it() {
        let found = told(b"{\"a\":}\n[1]\n\xff\n{}");
        assert_eq!(found.len(), 4);
        assert!(found[0].starts_with("1 fault: not JSON: expected value (column"), "{found:?}");
        assert_eq!(found[1], "2 fault: not a JSON object");
        assert!(found[2].starts_with("3 fault: not JSON"));
        assert_eq!(found[3], "4 {}");
    }

    #[test]
    fn a_name_that_stands_there_twice_is_told_once() {
        let row = rows(&br#"{"a":1,"b":2,"a":3,"a":4}"#[..]).next();
        assert!(matches!(row, Some(Ok(row)) if row.twice == ["a"] && row.values.len() == 2));
    }

    #[test]
    fn a_line_without_end_ends_the_reading() {
        let endless = std::io::BufReader::new(std::io::repeat(b' '));
        let found = rows(endless).next();
        assert!(
            matches!(found, Some(Err(Broken::Rest(fault))) if fault.what == "the row is longer than 16 MiB")
        );
    }
}

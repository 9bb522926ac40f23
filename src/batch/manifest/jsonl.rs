//! Parses manifests with one JSON object per line.

use std::fmt;
use std::io::{BufRead, Read};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::error_chain::io_reason;

use super::field;
use super::{Fault, MAX_ROW_BYTES, ParseError, Row};

/// Returns the rows of a stream. Blank lines are skipped.
pub(super) fn rows(mut stream: impl BufRead) -> impl Iterator<Item = Result<Row, ParseError>> {
    let mut line = 0;
    let mut text = Vec::new();
    std::iter::from_fn(move || {
        loop {
            line += 1;
            text.clear();
            match stream.by_ref().take(MAX_ROW_BYTES + 1).read_until(b'\n', &mut text) {
                Ok(0) => return None,
                Ok(_) if text.len() as u64 > MAX_ROW_BYTES => {
                    let message = format!("the row is longer than {} MiB", MAX_ROW_BYTES >> 20);
                    return Some(Err(ParseError::Fatal(Fault::new(Some(line), message))));
                }
                Ok(_) if text.trim_ascii().is_empty() => {}
                Ok(_) => return Some(parse(&text, line)),
                Err(error) => {
                    let message = format!("cannot be read: {}", io_reason(&error));
                    return Some(Err(ParseError::Fatal(Fault::new(Some(line), message))));
                }
            }
        }
    })
}

fn parse(text: &[u8], line: u64) -> Result<Row, ParseError> {
    let fault = |message: String| ParseError::Row(Fault::new(Some(line), message));
    match serde_json::from_slice(text) {
        Ok(Object { values, duplicates }) => {
            let fault = |name| Fault::new(Some(line), format!("{name}: given more than once"));
            let faults = duplicates.into_iter().map(fault).collect();
            Ok(Row { line, values, faults, has_checked_names: false })
        }
        Err(error) if error.is_data() => Err(fault("not a JSON object".into())),
        // The parser sees one line, so its line number is always 1.
        Err(_) if std::str::from_utf8(text).is_err() => Err(fault("not JSON: it is not UTF-8 text".into())),
        Err(error) if error.is_eof() => {
            Err(fault("not JSON: the line ends too early; a row is an object in braces, on one line".into()))
        }
        Err(error) => {
            let column = error.column();
            Err(fault(format!("not JSON: {}", found_at(text, column))))
        }
    }
}

/// Describes what the JSON of a line has where the parser stopped. Its own words name tokens, not characters.
fn found_at(text: &[u8], column: usize) -> String {
    let text = String::from_utf8_lossy(text);
    // The column is the number of bytes up to and with the character.
    let found = text.get(column.saturating_sub(1)..).and_then(|rest| rest.chars().next());
    match found {
        Some(c) if c.is_control() => {
            format!("column {column} is a control character, which has to be escaped")
        }
        Some(c @ ('\'' | '‘' | '’' | '“' | '”')) => {
            format!("`{c}` at column {column} is unexpected; texts are in straight double quotes")
        }
        Some(c) => format!("`{c}` at column {column} is unexpected; a quote or a comma may be missing"),
        None => "the object is not complete".into(),
    }
}

/// A JSON object and its duplicate names. A map alone would silently keep the last value of a name.
struct Object {
    values: Map<String, Value>,
    duplicates: Vec<String>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object, A::Error> {
        let mut object = Object { values: Map::new(), duplicates: Vec::new() };
        while let Some((key, value)) = members.next_entry::<String, Value>()? {
            let name = field::of_key(&key).map_or(key, str::to_owned);
            if object.values.insert(name.clone(), value).is_some() && !object.duplicates.contains(&name) {
                object.duplicates.push(name);
            }
        }
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &[u8]) -> Vec<String> {
        rows(text)
            .map(|row| match row {
                Ok(row) => format!("{} {}", row.line, Value::Object(row.values)),
                Err(ParseError::Row(fault) | ParseError::Fatal(fault)) => {
                    format!("{} fault: {}", fault.line.unwrap(), fault.message)
                }
            })
            .collect()
    }

    #[test]
    fn every_row_has_its_line_and_blank_lines_are_skipped() {
        assert_eq!(parsed(b"{\"a\":1}\r\n\n  \n{\"b\":2}"), [r#"1 {"a":1}"#, r#"4 {"b":2}"#]);
    }

    #[test]
    fn a_fault_does_not_hide_the_rows_after_it() {
        let found = parsed(b"{\"a\":}\n[1]\n\xff\n{}");
        assert_eq!(found.len(), 4);
        assert_eq!(
            found[0],
            "1 fault: not JSON: `}` at column 6 is unexpected; a quote or a comma may be missing"
        );
        assert_eq!(found[1], "2 fault: not a JSON object");
        assert_eq!(found[2], "3 fault: not JSON: it is not UTF-8 text");
        let cut = parsed(b"{\"a\": 1\n");
        assert_eq!(
            cut,
            ["1 fault: not JSON: the line ends too early; a row is an object in braces, on one line"]
        );
        assert_eq!(found[3], "4 {}");
    }

    #[test]
    fn a_duplicate_name_is_reported_once() {
        let row = rows(&br#"{"a":1,"b":2,"a":3,"a":4}"#[..]).next();
        let Some(Ok(row)) = row else { panic!("no row") };
        let faults: Vec<&str> = row.faults.iter().map(|fault| fault.message.as_str()).collect();
        assert_eq!((faults, row.values.len()), (vec!["a: given more than once"], 2));
    }

    /// A stream that cannot be read.
    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::from_raw_os_error(2))
        }
    }

    #[test]
    fn a_read_error_is_reported_without_its_code() {
        let found = rows(std::io::BufReader::new(Broken)).next();
        let Some(Err(ParseError::Fatal(fault))) = found else { panic!("not fatal") };
        assert_eq!(fault.message, "cannot be read: no such file or directory");
    }

    #[test]
    fn a_line_without_end_ends_the_reading() {
        let endless = std::io::BufReader::new(std::io::repeat(b' '));
        let found = rows(endless).next();
        assert!(
            matches!(found, Some(Err(ParseError::Fatal(fault))) if fault.message == "the row is longer than 16 MiB")
        );
    }
}

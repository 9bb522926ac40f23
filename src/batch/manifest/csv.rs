//! RFC 4180 with a header.

use std::cell::Cell;
use std::collections::HashSet;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::{Broken, Fault, MAX_ROW_BYTES, Row, Rows, row};

/// The rows of a stream; empty values are left out.
pub(super) fn rows<'a>(mut stream: impl BufRead + 'a) -> Rows<'a> {
    // The library takes the second half of a CRLF for the beginning of the next row, and counts it there.
    let late = match stream.fill_buf() {
        Ok(begin) => {
            u64::from(begin.split(|byte| *byte == b'\n').next().is_some_and(|line| line.ends_with(b"\r")))
        }
        Err(_) => 0,
    };
    let left = Rc::new(Cell::new(MAX_ROW_BYTES));
    let broken = Rc::new(Cell::new(None));
    let quotes = Quotes { at: At::Beginning, line: 1, opened: 1, broken: Rc::clone(&broken) };
    let bounded = Bounded { stream, left: Rc::clone(&left), quotes };
    let mut reader = ReaderBuilder::new().from_reader(bounded);
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => return Box::new(std::iter::once(Err(Broken::Rest(Fault::new(Some(1), told(&error)))))),
    };
    let unknown: Vec<_> = header
        .iter()
        .filter(|name| !row::FIELDS.contains(name))
        .map(|name| row::unknown("column", name))
        .collect();
    let mut seen = HashSet::new();
    let twice = header
        .iter()
        .filter(|name| !seen.insert(*name))
        .map(|name| format!("the column `{name}` occurs twice"));
    let faults: Vec<_> = unknown.into_iter().chain(twice).collect();
    if !faults.is_empty() {
        let faults = faults.into_iter().map(|what| Err(Broken::Row(Fault::new(Some(1), what))));
        return Box::new(faults.collect::<Vec<_>>().into_iter());
    }
    let mut record = StringRecord::new();
    Box::new(std::iter::from_fn(move || {
        left.set(MAX_ROW_BYTES);
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line) + late;
                let breaks = record.iter().flat_map(str::bytes).filter(|byte| *byte == b'\n').count() as u64;
                // All of the row was read, and more, so that what is wrong with its quotes is known.
                if let Some(opened) = broken.get().filter(|opened| (line..=line + breaks).contains(opened)) {
                    let what = "the quote opened on this line is not closed at the end of its value";
                    return Some(Err(Broken::Rest(Fault::new(Some(opened), what))));
                }
                Some(Ok(Row { line, values: values(&header, &record), twice: Vec::new() }))
            }
            Err(error) => {
                let line = error.position().map_or(line, csv::Position::line) + late;
                let fault = Fault::new(Some(line), told(&error));
                Some(Err(if error.is_io_error() { Broken::Rest(fault) } else { Broken::Row(fault) }))
            }
        }
    }))
}

fn told(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the header has {expected_len} columns, but the row has {len}")
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8 text".into(),
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    }
}

/// The values by their names, as JSON would have them: numbers and truths where they are some.
fn values(header: &StringRecord, record: &StringRecord) -> Map<String, Value> {
    let named = header.iter().zip(record.iter()).filter(|(_, value)| !value.is_empty());
    named.map(|(name, value)| (name.to_owned(), typed(name, value))).collect()
}

fn typed(name: &str, value: &str) -> Value {
    let json = match name {
        "seed" | "count" | "guidance_scale" | "watermark" => value.trim(),
        "then" if value.trim_start().starts_with('[') => value,
        _ => return Value::String(value.to_owned()),
    };
    serde_json::from_str(json).unwrap_or_else(|_| Value::String(value.to_owned()))
}

/// A stream of which only so much may be read before the allowance is renewed: a quote that is never
/// closed would make one row of all the rest.
struct Bounded<R> {
    stream: R,
    left: Rc<Cell<u64>>,
    quotes: Quotes,
}

/// Watches the quotes of a stream, of which the library makes something whatever they are: rows of which one
/// has a quote too few would become one, with an instruction that nobody meant.
struct Quotes {
    at: At,
    /// The line that is read, from 1.
    line: u64,
    /// The line of the last quote that was opened.
    opened: u64,
    /// The line of the first that was not closed before a comma, a line's end or the end of all.
    broken: Rc<Cell<Option<u64>>>,
}

impl Quotes {
    /// Sees the next bytes; none are the end.
    fn see(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let after = self.at.after(*byte);
            match (self.at, after) {
                (At::Beginning, At::Quoted) => self.opened = self.line,
                (At::Quote, At::Plain) => self.note_broken(),
                _ => {}
            }
            self.line += u64::from(*byte == b'\n');
            self.at = after;
        }
        if bytes.is_empty() && self.at == At::Quoted {
            self.note_broken();
        }
    }

    fn note_broken(&mut self) {
        self.broken.set(self.broken.get().or(Some(self.opened)));
    }
}

/// Where in a record a byte stands, as RFC 4180 has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the beginning of a value.
    Beginning,
    /// In a value without quotes, where one means nothing.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote within quotes: it ends them, unless another follows.
    Quote,
}

impl At {
    fn after(self, byte: u8) -> At {
        match (self, byte) {
            (At::Quoted, b'"') => At::Quote,
            (At::Quoted, _) | (At::Beginning | At::Quote, b'"') => At::Quoted,
            (_, b',' | b'\r' | b'\n') => At::Beginning,
            _ => At::Plain,
        }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(into)?;
        if !into.is_empty() {
            self.quotes.see(into.get(..read).unwrap_or_default());
        }
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => {
                let mb = MAX_ROW_BYTES >> 20;
                return Err(io::Error::other(format!(
                    "the row is longer than {mb} MiB; is a quote not closed?"
                )));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<Result<(u64, Value), String>> {
        rows(text.as_bytes())
            .map(|row| match row {
                Ok(row) => Ok((row.line, Value::Object(row.values))),
                Err(Broken::Row(fault) | Broken::Rest(fault)) => {
                    Err(format!("{}: {}", fault.line.unwrap(), fault.what))
                }
            })
            .collect()
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_in_their_values() {
        let found = found("image,prompt,seed\r\na.png,\"say \"\"hi\"\", twice\nor not\",7\r\nb.png,x,\r\n");
        assert_eq!(
            found,
            [
                Ok((
                    2,
                    serde_json::json!({"image": "a.png", "prompt": "say \"hi\", twice\nor not", "seed": 7})
                )),
                Ok((4, serde_json::json!({"image": "b.png", "prompt": "x"}))),
            ]
        );
    }

    #[test]
    fn a_column_that_means_nothing_is_a_fault_of_the_header() {
        let found = found("image,promt\na.png,x\n");
        assert_eq!(found, [Err("1: unknown column `promt`; did you mean `prompt`?".to_owned())]);
    }

    #[test]
    fn a_column_that_is_there_twice_is_a_fault_of_the_header() {
        let found = found("image,prompt,image\na.png,x,b.png\n");
        assert_eq!(found, [Err("1: the column `image` occurs twice".to_owned())]);
    }

    #[test]
    fn a_row_of_another_length_is_named_and_the_next_is_read() {
        let found = found("image,prompt\na.png\nb.png,x\n");
        assert_eq!(found[0], Err("2: the header has 2 columns, but the row has 1".into()));
        assert_eq!(found[1].as_ref().unwrap().0, 3);
    }

    #[test]
    fn several_steps_are_a_json_list_and_one_is_itself() {
        let found = found("image,then\na,\"[\"\"x\"\",\"\"y\"\"]\"\nb,z\n");
        assert_eq!(found[0].as_ref().unwrap().1["then"], serde_json::json!(["x", "y"]));
        assert_eq!(found[1].as_ref().unwrap().1["then"], serde_json::json!("z"));
    }

    #[test]
    fn a_quote_that_is_never_closed_swallows_no_rows() {
        let never = Err("3: the quote opened on this line is not closed at the end of its value".to_owned());
        for broken in ["b,\"y\nc,z\n", "b,\"y\nc,\"z\"\n", "b,\"", "b,\"y\"z\nc,w\n", "b,\"y\r\nc,z\r\n"] {
            let found = found(&format!("image,prompt\na,x\n{broken}"));
            assert_eq!(found.get(1), Some(&never), "{broken}");
        }
        assert_eq!(found("image,prompt\r\na,x\r\nb,\"y\r\nc,z\r\n")[1], never);
        for whole in ["a,\"x\"", "a,5\" wide\n", "a,\"\"\"x\"\"\"\n", "\"a\",\"x,\n\""] {
            assert!(found(&format!("image,prompt\n{whole}"))[0].is_ok(), "{whole}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_the_reading_before_memory_does() {
        let endless = io::BufReader::new(b"image,prompt\na,\"".chain(io::repeat(b'x')));
        let found = rows(endless).next();
        assert!(matches!(found, Some(Err(Broken::Rest(fault))) if fault.what.contains("quote")));
    }
}

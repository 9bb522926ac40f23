//! Lines of standard input, none of which can fill the memory.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead, ErrorKind, Read};

use rmcp::model::RequestId;
use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};

use super::ids::is_too_long;

/// The longest message, in bytes. A prompt has at most a few thousand, and pictures are named, not sent.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// How much of the end of a longer message is searched for its id, in bytes.
const TAIL_BYTES: usize = 4 << 10;

/// A line.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// Without its end.
    Complete(Vec<u8>),
    /// It is longer than a message may be. The id of its request, if that is in the first [`MAX_BYTES`] or at the end.
    TooLong(Option<RequestId>),
}

/// Reads the next line. `None` at the end of the input, also if the last line is not complete.
///
/// # Errors
/// If the input cannot be read.
pub(super) fn read_line(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let ended = read_until_newline(input, &mut line)?;
    if ended {
        line.pop();
        return Ok(Some(Line::Complete(line)));
    }
    if line.len() < MAX_BYTES {
        return Ok(None);
    }
    let found = FoundId::in_message(&line).id;
    line.drain(..line.len() - TAIL_BYTES);
    let mut rest = RestOfLine { input, is_at_end: false };
    let tail = tail(line, &mut rest)?;
    Ok(rest.is_at_end.then(|| Line::TooLong(found.or_else(|| id_at_end(&tail)))))
}

/// Appends to `line`, up to the end of the line or the longest message. Returns whether the line ends.
fn read_until_newline(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    let limit = MAX_BYTES as u64;
    input.by_ref().take(limit).read_until(b'\n', line)?;
    Ok(line.last() == Some(&b'\n'))
}

/// Reads the rest of a line after `tail`. Returns the last [`TAIL_BYTES`] of both.
fn tail(mut tail: Vec<u8>, rest: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut buffer = [0; 2 * TAIL_BYTES];
    loop {
        let count = rest.read(&mut buffer)?;
        if count == 0 {
            return Ok(tail);
        }
        tail.extend_from_slice(&buffer[..count]);
        tail.drain(..tail.len().saturating_sub(TAIL_BYTES));
    }
}

/// The id of a message that is read without its other fields, however deep they are or large their numbers.
#[derive(Debug, Default, PartialEq)]
pub(super) struct FoundId {
    pub(super) id: Option<RequestId>,
    /// Whether the message is complete, and nothing follows it.
    pub(super) is_complete: bool,
}

impl FoundId {
    /// Looks for the id in a message, or in the beginning of one.
    pub(super) fn in_message(text: &[u8]) -> FoundId {
        let (mut id, mut json) = (None, serde_json::Deserializer::from_slice(text));
        let is_complete = json.deserialize_map(IdVisitor(&mut id)).is_ok() && json.end().is_ok();
        FoundId { id: id.filter(|id| !is_too_long(id)), is_complete }
    }
}

/// Finds the id in the end of a message: what follows a comma, with `{` before it, has to be a complete object.
///
/// A quotation mark within a text is escaped, so a name with one before it is never found in a text. An object within the
/// message would be followed by more.
fn id_at_end(tail: &[u8]) -> Option<RequestId> {
    const NAME: &[u8] = b"\"id\"";
    let starts = (0..tail.len()).rev().filter(|start| tail[*start..].starts_with(NAME));
    let follows_comma = |start: &usize| tail[..*start].trim_ascii_end().ends_with(b",");
    starts.filter(follows_comma).find_map(|start| {
        let found = FoundId::in_message(&[b"{", &tail[start..]].concat());
        found.id.filter(|_| found.is_complete)
    })
}

/// Reads the fields of a message, and keeps the first `id`.
struct IdVisitor<'a>(&'a mut Option<RequestId>);

impl<'de> Visitor<'de> for IdVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(name) = fields.next_key::<Cow<'de, str>>()? {
            if name == "id" && self.0.is_none() {
                *self.0 = Some(fields.next_value()?);
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The input up to the end of the line.
struct RestOfLine<'a, R> {
    input: &'a mut R,
    is_at_end: bool,
}

impl<R: BufRead> Read for RestOfLine<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_at_end || buffer.is_empty() {
            return Ok(0);
        }
        let available = loop {
            match self.input.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                available => break available?,
            }
        };
        let count = available.len().min(buffer.len());
        let found = available[..count].iter().position(|byte| *byte == b'\n');
        let count = found.unwrap_or(count);
        buffer[..count].copy_from_slice(&available[..count]);
        self.is_at_end = found.is_some();
        self.input.consume(count + usize::from(self.is_at_end));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};

    use super::*;

    fn lines(text: impl Into<Vec<u8>>) -> Vec<Line> {
        let mut input = BufReader::with_capacity(7, Cursor::new(text.into()));
        std::iter::from_fn(|| read_line(&mut input).unwrap()).collect()
    }

    fn complete(text: &str) -> Line {
        Line::Complete(text.as_bytes().to_vec())
    }

    #[test]
    fn lines_end_with_a_newline_and_an_unfinished_one_is_none() {
        assert_eq!(lines("a\n\nbc\r\nd"), [complete("a"), complete(""), complete("bc\r")]);
        assert_eq!(lines(""), []);
    }

    #[test]
    fn the_id_of_a_long_line_is_found_at_its_start_and_at_its_end() {
        let long = "x".repeat(MAX_BYTES);
        let texts = [
            (format!(r#"{{"id":7,"params":{{"id":1,"prompt":"{long}"}}}}"#), Some(RequestId::Number(7))),
            (
                format!(r#"{{"params":{{"id":1,"prompt":"{long}"}},"id":"a"}}"#),
                Some(RequestId::String("a".into())),
            ),
            (
                format!(
                    r#"{{"params":{{"prompt":"{long}{long}"}}, "id" : 5 , "jsonrpc":"2.0", "x":[{{"id":6}}]}} "#
                ),
                Some(RequestId::Number(5)),
            ),
            // Not the id of the message: within an object, in a text, or neither at the start nor at the end.
            (format!(r#"{{"params":{{"prompt":"{long}","id":1}}}}"#), None),
            (format!(r#"{{"params":"{long},\"id\":1}}"}}"#), None),
            (format!(r#"{{"a":"{long}","id":1,"b":"{long}"}}"#), None),
            (format!(r#"{{"id":"{long}"}}"#), None),
            (format!(r#"{{"params":"{long}"}}"#), None),
            (long.clone(), None),
            ("[".repeat(2 * MAX_BYTES), None),
        ];
        for (text, id) in texts {
            assert_eq!(lines(format!("{text}\nnext\n")), [Line::TooLong(id), complete("next")]);
            // The input ends in the middle of it.
            assert_eq!(lines(text), []);
        }
    }

    #[test]
    fn the_id_of_a_message_that_cannot_be_kept_is_found() {
        let deep = format!("{}{}", "[".repeat(9_000), "]".repeat(9_000));
        for value in ["1e999", deep.as_str()] {
            let found = FoundId::in_message(format!(r#"{{"id":7,"params":{value}}}"#).as_bytes());
            assert_eq!(found, FoundId { id: Some(RequestId::Number(7)), is_complete: true });
        }
        for text in [r#"{"id":7,"params":"#, r#"{"id":7} x"#] {
            assert!(!FoundId::in_message(text.as_bytes()).is_complete, "{text}");
        }
    }

    #[test]
    fn a_line_of_the_longest_length_is_read() {
        let longest = "x".repeat(MAX_BYTES - 1);
        assert_eq!(lines(format!("{longest}\n")), [complete(&longest)]);
        assert_eq!(lines(format!("{longest}y\n")), [Line::TooLong(None)]);
    }
}

//! Lines of standard input, none of which can fill the memory.

use std::io::{self, BufRead, ErrorKind, Read};

use rmcp::model::RequestId;
use serde::Deserialize;

/// The longest message, in bytes. A prompt has at most a few thousand, and pictures are named, not sent.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// How much of a longer message is searched for its id, which may be at its end.
const MAX_SEARCHED_BYTES: u64 = 32 << 20;

/// A line.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// Without its end.
    Complete(Vec<u8>),
    /// It is longer than a message may be. The id of its request, if that was found.
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
    let mut rest = RestOfLine { input, is_at_end: false };
    let id = find_id(line.as_slice().chain(&mut rest).take(MAX_SEARCHED_BYTES));
    drop(line);
    io::copy(&mut rest, &mut io::sink())?;
    Ok(rest.is_at_end.then_some(Line::TooLong(id)))
}

/// Appends to `line`, up to the end of the line or the longest message. Returns whether the line ends.
fn read_until_newline(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    let limit = MAX_BYTES as u64;
    input.by_ref().take(limit).read_until(b'\n', line)?;
    Ok(line.last() == Some(&b'\n'))
}

/// What of a message is read if it is too long.
#[derive(Deserialize)]
struct OnlyId {
    id: RequestId,
}

/// Finds the id without keeping anything else.
fn find_id(message: impl Read) -> Option<RequestId> {
    serde_json::from_reader::<_, OnlyId>(message).ok().map(|found| found.id)
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
    fn a_line_of_the_longest_length_is_read() {
        let longest = "x".repeat(MAX_BYTES - 1);
        assert_eq!(lines(format!("{longest}\n")), [complete(&longest)]);
        assert_eq!(lines(format!("{longest}y\n")), [Line::TooLong(None)]);
    }
}

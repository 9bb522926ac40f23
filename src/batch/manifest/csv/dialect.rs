//! How a CSV file separates its values. Spreadsheets choose that by the language of their user.

use std::io::{self, BufRead, Read};

use csv::ReaderBuilder;

use super::super::{MAX_ROW_BYTES, field};

/// What separates values, most usual first.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// The line of the header, from 1: a line may precede it that names the delimiter.
    pub(super) first_line: u64,
    pub(super) ends_with_crlf: bool,
}

impl Dialect {
    /// Finds the dialect of a stream. Returns the stream from its header on.
    ///
    /// # Errors
    /// Fails if the stream cannot be read.
    pub(super) fn detect<'a>(mut stream: Box<dyn BufRead + 'a>) -> io::Result<(Dialect, Box<dyn Read + 'a>)> {
        let mut header = read_record(&mut stream)?;
        let named = named_delimiter(&header);
        if named.is_some() {
            header = read_record(&mut stream)?;
        }
        let dialect = Dialect {
            delimiter: named.unwrap_or_else(|| likely_delimiter(&header)),
            first_line: if named.is_some() { 2 } else { 1 },
            ends_with_crlf: header.ends_with(b"\r\n"),
        };
        Ok((dialect, Box::new(io::Cursor::new(header).chain(stream))))
    }
}

/// Reads a record with the line break at its end. Line breaks between quotes are part of it.
fn read_record(stream: &mut dyn BufRead) -> io::Result<Vec<u8>> {
    let mut record = Vec::new();
    let mut stream = stream.take(MAX_ROW_BYTES);
    loop {
        let count = stream.read_until(b'\n', &mut record)?;
        let quotes = record.iter().filter(|byte| **byte == b'"').count();
        if count == 0 || quotes % 2 == 0 {
            return Ok(record);
        }
    }
}

/// The delimiter that a first line `sep=;` names, as Excel understands it.
fn named_delimiter(line: &[u8]) -> Option<u8> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', delimiter] if [s, e, p].map(u8::to_ascii_lowercase) == *b"sep" => {
            Some(*delimiter).filter(u8::is_ascii)
        }
        _ => None,
    }
}

/// The delimiter with which the header names most fields. A header with no field is divided into most columns.
fn likely_delimiter(header: &[u8]) -> u8 {
    let rank = |delimiter: u8| {
        let mut reader = ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(header);
        let names = reader.records().next().and_then(Result::ok).unwrap_or_default();
        (names.iter().filter(|name| field::of_header(name).is_some()).count(), names.len())
    };
    // Of several, `max_by_key` returns the last.
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| rank(*delimiter)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> char {
        let (dialect, _) = Dialect::detect(Box::new(text.as_bytes())).unwrap();
        char::from(dialect.delimiter)
    }

    #[test]
    fn the_header_tells_the_delimiter() {
        assert_eq!(delimiter("image,prompt\na;b,c;d\n"), ',');
        assert_eq!(delimiter("Image;Prompt\n"), ';');
        assert_eq!(delimiter("image\tprompt\n"), '\t');
        assert_eq!(delimiter("image\n"), ',');
        assert_eq!(delimiter("image,\"size; color; price; a; b\",prompt\n"), ',');
        assert_eq!(delimiter("image;\"width, height, depth\"\n"), ';');
        assert_eq!(delimiter("a;b\n"), ';');
        assert_eq!(delimiter(""), ',');
    }

    #[test]
    fn a_first_line_may_name_it() {
        let named = |text: &str| {
            let (dialect, mut rest) = Dialect::detect(Box::new(text.as_bytes())).unwrap();
            let mut text = String::new();
            rest.read_to_string(&mut text).unwrap();
            (char::from(dialect.delimiter), dialect.first_line, text)
        };
        assert_eq!(named("sep=;\r\nimage,x;prompt\n"), (';', 2, "image,x;prompt\n".into()));
        assert_eq!(named("\"SEP=\t\"\nimage\tprompt"), ('\t', 2, "image\tprompt".into()));
        assert_eq!(named("sep=,,\nx"), (',', 1, "sep=,,\nx".into()));
    }
}

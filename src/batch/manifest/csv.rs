//! Parses manifests in CSV: RFC 4180 with a header, and its variants that spreadsheets write.

mod cells;
mod dialect;
mod header;
mod quotes;

use std::cell::Cell;
use std::io::{self, BufRead};
use std::rc::Rc;

use csv::{ReaderBuilder, StringRecord};

use crate::error_chain::io_reason;

use self::cells::row_of;
use self::dialect::Dialect;
use self::header::Header;
use self::quotes::{BoundedReader, QuoteChecker};
use super::{Fault, MAX_ROW_BYTES, ParseError, Rows};

/// Returns the rows of a stream, without their empty values. Rows without any value are skipped: spreadsheets write them.
pub(super) fn rows<'a>(stream: Box<dyn BufRead + 'a>) -> Rows<'a> {
    let failed = |error: &io::Error| -> Rows<'a> {
        let fault = Fault::new(Some(1), io_reason(error));
        Box::new(std::iter::once(Err(ParseError::Fatal(fault))))
    };
    let (dialect, stream) = match Dialect::detect(stream) {
        Ok(found) => found,
        Err(error) => return failed(&error),
    };
    let first_line = dialect.first_line;
    let allowance = Rc::new(Cell::new(MAX_ROW_BYTES));
    let unclosed = Rc::new(Cell::new(None));
    let quotes = QuoteChecker::new(dialect.delimiter, first_line, Rc::clone(&unclosed));
    let bounded = BoundedReader::new(stream, Rc::clone(&allowance), quotes);
    let mut reader = ReaderBuilder::new().delimiter(dialect.delimiter).from_reader(bounded);
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            let fault = describe(&error, Some(first_line));
            return Box::new(std::iter::once(Err(ParseError::Fatal(fault))));
        }
    };
    let Header { columns, faults, names_pictures } = Header::of(&header, first_line);
    let faults = faults.into_iter().map(|fault| Err(ParseError::Row(fault)));
    // Without the names of pictures, each row would only have the same fault.
    if !names_pictures {
        return Box::new(faults);
    }
    // After a CRLF, the library counts the LF as part of the next row, so its line numbers are one too low.
    let line_offset = first_line - 1 + u64::from(dialect.ends_with_crlf);
    let mut record = StringRecord::new();
    Box::new(faults.chain(std::iter::from_fn(move || {
        loop {
            allowance.set(MAX_ROW_BYTES);
            let line = reader.position().line();
            match reader.read_record(&mut record) {
                Ok(false) => return None,
                Ok(true) => {
                    let line = record.position().map_or(line, csv::Position::line) + line_offset;
                    let breaks =
                        record.iter().flat_map(str::bytes).filter(|byte| *byte == b'\n').count() as u64;
                    // The library has read the whole row and more, so the checker has seen all its quotes.
                    let is_here = |opened: &u64| (line..=line + breaks).contains(opened);
                    if let Some(opened) = unclosed.get().filter(is_here) {
                        let message = "the quote opened on this line is not closed at the end of its value";
                        return Some(Err(ParseError::Fatal(Fault::new(Some(opened), message))));
                    }
                    if record.iter().all(|value| value.trim().is_empty()) {
                        continue;
                    }
                    return Some(Ok(row_of(&columns, &record, &dialect, line)));
                }
                Err(error) => {
                    let line = error.position().map_or(line, csv::Position::line) + line_offset;
                    let fault = describe(&error, Some(line));
                    return Some(Err(if error.is_io_error() {
                        ParseError::Fatal(fault)
                    } else {
                        ParseError::Row(fault)
                    }));
                }
            }
        }
    })))
}

fn describe(error: &csv::Error, line: Option<u64>) -> Fault {
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the header has {expected_len} columns, but the row has {len}")
        }
        csv::ErrorKind::Utf8 { .. } => {
            let hint = "if it is a table, save it again as CSV with the encoding UTF-8";
            return Fault { hint: Some(hint.into()), ..Fault::new(line, "not UTF-8 text") };
        }
        csv::ErrorKind::Io(error) => io_reason(error),
        _ => error.to_string(),
    };
    Fault::new(line, message)
}

#[cfg(test)]
mod tests;

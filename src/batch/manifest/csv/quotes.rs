//! Quotes that are not closed, and rows without an end.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::super::MAX_ROW_BYTES;

/// Limits the bytes that may be read for a row: if a quote is not closed, the rest of the file is one row.
pub(super) struct BoundedReader<R> {
    stream: R,
    /// The bytes that may still be read. Every row renews it.
    allowance: Rc<Cell<u64>>,
    quotes: QuoteChecker,
}

/// Finds quotes that are not closed. The library accepts them, and would merge rows into one with a prompt that nobody
/// wrote.
pub(super) struct QuoteChecker {
    delimiter: u8,
    state: QuoteState,
    /// The current line, from 1.
    line: u64,
    /// The line of the last opening quote.
    opened: u64,
    /// The line of the first opening quote that was not closed before a delimiter, a line break or the end of the file.
    unclosed: Rc<Cell<Option<u64>>>,
}

impl QuoteChecker {
    /// A checker of a stream that begins at a line.
    pub(super) fn new(delimiter: u8, line: u64, unclosed: Rc<Cell<Option<u64>>>) -> QuoteChecker {
        QuoteChecker { delimiter, state: QuoteState::ValueStart, line, opened: line, unclosed }
    }

    /// Checks the next bytes. An empty slice is the end of the file.
    fn check(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let next = self.state.next(*byte, self.delimiter);
            match (self.state, next) {
                (QuoteState::ValueStart, QuoteState::Quoted) => self.opened = self.line,
                (QuoteState::QuoteInQuoted, QuoteState::Unquoted) => self.record_unclosed(),
                _ => {}
            }
            self.line += u64::from(*byte == b'\n');
            self.state = next;
        }
        if bytes.is_empty() && self.state == QuoteState::Quoted {
            self.record_unclosed();
        }
    }

    fn record_unclosed(&mut self) {
        self.unclosed.set(self.unclosed.get().or(Some(self.opened)));
    }
}

/// The position of a byte in a record, by RFC 4180.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QuoteState {
    /// Before the first byte of a value.
    ValueStart,
    /// In a value that does not start with a quote; further quotes have no meaning.
    Unquoted,
    /// Between quotes.
    Quoted,
    /// After a quote between quotes. It closes the value, unless another quote follows.
    QuoteInQuoted,
}

impl QuoteState {
    fn next(self, byte: u8, delimiter: u8) -> QuoteState {
        match (self, byte) {
            (QuoteState::Quoted, b'"') => QuoteState::QuoteInQuoted,
            (QuoteState::Quoted, _) | (QuoteState::ValueStart | QuoteState::QuoteInQuoted, b'"') => {
                QuoteState::Quoted
            }
            (_, b'\r' | b'\n') => QuoteState::ValueStart,
            (_, byte) if byte == delimiter => QuoteState::ValueStart,
            _ => QuoteState::Unquoted,
        }
    }
}

impl<R> BoundedReader<R> {
    pub(super) fn new(stream: R, allowance: Rc<Cell<u64>>, quotes: QuoteChecker) -> BoundedReader<R> {
        BoundedReader { stream, allowance, quotes }
    }
}

impl<R: Read> Read for BoundedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        if !buffer.is_empty() {
            self.quotes.check(buffer.get(..count).unwrap_or_default());
        }
        match self.allowance.get().checked_sub(count as u64) {
            Some(rest) => self.allowance.set(rest),
            None => {
                let mib = MAX_ROW_BYTES >> 20;
                return Err(io::Error::other(format!(
                    "the row is longer than {mib} MiB; is a quote not closed?"
                )));
            }
        }
        Ok(count)
    }
}

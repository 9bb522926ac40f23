//! Parses manifests in CSV: RFC 4180 with a header, and its variants that spreadsheets write.

use std::cell::Cell;
use std::collections::HashSet;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use crate::error_chain::io_reason;

use super::csv_dialect::Dialect;
use super::field::{self, Kind};
use super::fields::found;
use super::{Fault, MAX_ROW_BYTES, ParseError, Row, Rows, row};

/// The most columns of a table: spreadsheets have no more.
const MAX_COLUMNS: usize = 16_384;

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
    let quotes = QuoteChecker {
        delimiter: dialect.delimiter,
        state: QuoteState::ValueStart,
        line: first_line,
        opened: first_line,
        unclosed: Rc::clone(&unclosed),
    };
    let bounded = BoundedReader { stream, allowance: Rc::clone(&allowance), quotes };
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

/// The first row.
struct Header {
    /// The name of each column: a field, or the user's own name; `None` for a column without a name, which spreadsheets write
    /// behind the last one.
    columns: Vec<Option<String>>,
    faults: Vec<Fault>,
    /// Whether a column is named `image`, or probably meant to be.
    names_pictures: bool,
}

impl Header {
    fn of(header: &StringRecord, line: u64) -> Header {
        if header.len() > MAX_COLUMNS {
            let message = format!("{} columns; at most {MAX_COLUMNS} are read", header.len());
            let faults = vec![Fault::new(Some(line), message)];
            return Header { columns: Vec::new(), faults, names_pictures: false };
        }
        let columns: Vec<Option<String>> = header
            .iter()
            .map(|header| match field::of_header(header) {
                Some(field) => Some(field.to_owned()),
                None => Some(header.trim().to_owned()).filter(|name| !name.is_empty()),
            })
            .collect();
        let names = || columns.iter().flatten();
        let misspelt = names()
            .filter(|name| field::of_key(name).is_none())
            .filter_map(|name| row::misspelt("column", name, Some(line)));
        let mut seen = HashSet::new();
        let duplicates = names()
            .filter(|name| !seen.insert(*name))
            .map(|name| Fault::new(Some(line), format!("the column `{name}` occurs twice")));
        let mut faults: Vec<Fault> = misspelt.chain(duplicates).collect();
        let names_pictures = names().any(|name| name == "image" || row::is_misspelt(name, "image"));
        if !names_pictures && names().next().is_some() {
            let hint = "the first row has the names of the columns, such as image,prompt".to_owned();
            faults.push(Fault { hint: Some(hint), ..Fault::new(Some(line), "no column is named `image`") });
        }
        Header { columns, faults, names_pictures }
    }
}

/// Returns a row with the values by their names, typed as in JSON. A value that cannot be read is a fault of it.
fn row_of(columns: &[Option<String>], record: &StringRecord, dialect: &Dialect, line: u64) -> Row {
    let (mut values, mut faults) = (Map::new(), Vec::new());
    for (column, value) in columns.iter().zip(record).filter(|(_, value)| !value.is_empty()) {
        match column {
            Some(name) if is_prompt(name) && stands_for_nothing(value) => {
                let message =
                    format!("{name}: is `{}`, which programs write for a missing value", value.trim());
                let hint = "empty the cell, or describe the edit".to_owned();
                faults.push(Fault { hint: Some(hint), ..Fault::new(Some(line), message) });
            }
            Some(name) => match typed(name, value, dialect) {
                Ok(typed) => drop(values.insert(name.clone(), typed)),
                Err(malformed) => faults.push(malformed.fault(value, line)),
            },
            None if value.trim().is_empty() => {}
            None => {
                let hint = "name the column in the first row, or empty it";
                let message = format!("`{}` is in a column without a name", value.trim());
                faults.push(Fault { hint: Some(hint.into()), ..Fault::new(Some(line), message) });
            }
        }
    }
    Row { line, values, faults, has_checked_names: true }
}

fn is_prompt(column: &str) -> bool {
    matches!(column, "prompt" | "then")
}

/// Whether it is what databases, statistics programs and spreadsheets write for a value that is missing or could not be
/// computed. As a prompt, it would be paid for.
fn stands_for_nothing(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    matches!(value.as_str(), "null" | "none" | "nan" | "n/a" | "<na>" | "nil" | "undefined")
        || matches!(value.as_str(), "#n/a" | "#ref!" | "#value!" | "#name?" | "#div/0!" | "#num!" | "#null!")
        || value.strip_prefix("err:").is_some_and(|code| code.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Parses a number, a Boolean or a list of strings; everything else stays text.
fn typed(name: &str, value: &str, dialect: &Dialect) -> Result<Value, NotAPrompt> {
    let text = || Value::String(value.to_owned());
    let json = |value: &str| serde_json::from_str(value.trim());
    Ok(match field::kind(name) {
        Kind::Text => text(),
        Kind::Word => Value::String(value.trim().to_ascii_lowercase()),
        Kind::Count => json(without_zero_decimals(value)).unwrap_or_else(|_| text()),
        // Where a comma is the decimal mark, it does not separate values.
        Kind::Decimal if dialect.delimiter != b',' => {
            json(&value.replacen(',', ".", 1)).unwrap_or_else(|_| text())
        }
        Kind::Decimal => json(value).unwrap_or_else(|_| text()),
        Kind::Switch => switch(value).map_or_else(|| json(value).unwrap_or_else(|_| text()), Value::Bool),
        Kind::Prompts => steps(value)?,
        // A path that is no list stays text, and a list with a mistake is not the path of a file.
        Kind::Paths if value.trim_start().starts_with('[') => {
            serde_json::from_str(value).unwrap_or_else(|_| text())
        }
        Kind::Paths => text(),
    })
}

/// Removes decimals that are all zero from a number: a spreadsheet writes them if the cell shows them.
fn without_zero_decimals(value: &str) -> &str {
    match value.trim().split_once(['.', ',']) {
        Some((whole, decimals)) if !decimals.is_empty() && decimals.bytes().all(|digit| digit == b'0') => {
            // In `1,000`, the comma or point may separate thousands.
            if decimals.len() == 3 { value } else { whole }
        }
        _ => value,
    }
}

/// Parses a Boolean as spreadsheets write it: in English, German, French, Spanish or Italian, or as a number if the cell
/// is not formatted as a Boolean.
fn switch(value: &str) -> Option<bool> {
    match value.trim().to_uppercase().as_str() {
        "TRUE" | "WAHR" | "VRAI" | "VERDADERO" | "VERO" | "YES" | "1" => Some(true),
        "FALSE" | "FALSCH" | "FAUX" | "FALSO" | "NO" | "0" => Some(false),
        _ => None,
    }
}

/// Parses the prompts of further steps. As text, JSON with a mistake in it would be a prompt that nobody meant, and that
/// is paid for.
fn steps(value: &str) -> Result<Value, NotAPrompt> {
    const BYTE_ORDER_MARK: char = '\u{feff}';
    let visible = value.trim_start_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK);
    match visible.chars().next() {
        Some('[' | '{') if value.contains(BYTE_ORDER_MARK) => Err(NotAPrompt::AfterByteOrderMark),
        Some('[') => serde_json::from_str(value).map_err(|_| NotAPrompt::MalformedList),
        Some('{') => Err(NotAPrompt::Object),
        _ => Ok(Value::String(value.to_owned())),
    }
}

/// A value of `then` that is neither a prompt nor a list of prompts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NotAPrompt {
    /// It begins like a list and is none.
    MalformedList,
    Object,
    /// JSON after an invisible character, with which it would be text.
    AfterByteOrderMark,
}

impl NotAPrompt {
    fn fault(self, value: &str, line: u64) -> Fault {
        let (message, hint) = match self {
            NotAPrompt::MalformedList => (
                "then: begins with `[`, but is not a list of strings",
                "write a list as [\"first\", \"second\"]; put a prompt that begins with `[` into such a list",
            ),
            NotAPrompt::Object => (
                "then: begins with `{`; expected a prompt, or a list of strings",
                "write a list as [\"first\", \"second\"]; put a prompt that begins with `{` into such a list",
            ),
            NotAPrompt::AfterByteOrderMark => (
                "then: begins with a byte order mark, which is invisible; expected a prompt, or a list of strings",
                "remove the character U+FEFF from the start of the cell",
            ),
        };
        let message = found(message, &Value::from(value));
        Fault { hint: Some(hint.into()), ..Fault::new(Some(line), message) }
    }
}

/// Limits the bytes that may be read for a row: if a quote is not closed, the rest of the file is one row.
struct BoundedReader<R> {
    stream: R,
    /// The bytes that may still be read. Every row renews it.
    allowance: Rc<Cell<u64>>,
    quotes: QuoteChecker,
}

/// Finds quotes that are not closed. The library accepts them, and would merge rows into one with a prompt that nobody
/// wrote.
struct QuoteChecker {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<Result<(u64, Value), String>> {
        rows(Box::new(text.as_bytes()))
            .map(|row| {
                let fault = match row {
                    Ok(mut row) => match row.faults.pop() {
                        None => return Ok((row.line, Value::Object(row.values))),
                        Some(fault) => fault,
                    },
                    Err(ParseError::Row(fault) | ParseError::Fatal(fault)) => fault,
                };
                Err(format!("{}: {}", fault.line.unwrap(), fault.message))
            })
            .collect()
    }

    #[test]
    fn quotes_commas_and_line_breaks_stay_in_their_values() {
        let found = parsed("image,prompt,seed\r\na.png,\"say \"\"hi\"\", twice\nor not\",7\r\nb.png,x,\r\n");
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

    /// A stream that fails after its first bytes.
    struct Broken(&'static [u8]);

    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Err(io::Error::from_raw_os_error(2));
            }
            self.0.read(buffer)
        }
    }

    #[test]
    fn a_read_error_is_reported_without_its_code() {
        let row = rows(Box::new(io::BufReader::new(Broken(b"image,prompt\n")))).next();
        assert!(
            matches!(row, Some(Err(ParseError::Fatal(fault))) if fault.message == "no such file or directory")
        );
    }

    #[test]
    fn an_unknown_column_is_a_fault_of_the_header_and_the_rows_are_read_all_the_same() {
        let found = parsed("image,promt\na.png,x\nb.png,y,z\n");
        assert_eq!(
            found,
            [
                Err("1: unknown column `promt`; did you mean `prompt`?".to_owned()),
                Ok((2, serde_json::json!({"image": "a.png", "promt": "x"}))),
                Err("3: the header has 2 columns, but the row has 3".to_owned()),
            ]
        );
        assert_eq!(parsed("imgae,prompt\na.png,x\n").len(), 2);
    }

    #[test]
    fn a_table_without_names_of_columns_is_a_fault() {
        let fault = [Err("1: no column is named `image`".to_owned())];
        assert_eq!(parsed("a.png,add a bird\n"), fault);
        assert_eq!(parsed("a.png;add a bird\nb.png;add a boat\n"), fault);
        assert_eq!(parsed("image\n"), []);
        assert_eq!(parsed("\n"), []);
    }

    #[test]
    fn a_table_with_more_columns_than_a_spreadsheet_has_is_a_fault() {
        let header = |columns: usize| format!("image{}\n", ",".repeat(columns - 1));
        assert_eq!(parsed(&header(MAX_COLUMNS)), []);
        let fault = format!("1: {} columns; at most {MAX_COLUMNS} are read", MAX_COLUMNS + 1);
        assert_eq!(parsed(&header(MAX_COLUMNS + 1)), [Err(fault)]);
    }

    #[test]
    fn what_spreadsheets_write_is_read() {
        let expected = [
            Ok((
                2,
                serde_json::json!({"image": "a.png", "prompt": "x; y\nz", "guidance_scale": 2.5, "preserve": true,
                                      "SKU": "007", "keep_size": false}),
            )),
            Ok((5, serde_json::json!({"image": "b.png", "prompt": "w", "SKU": "1,5"}))),
        ];
        let table = |sep: char, point: char| {
            format!(
                "Image{sep} PROMPT {sep}Guidance-Scale{sep}preserve{sep}SKU{sep}Keep Size{sep}{sep}\r\n\
                 a.png{sep}\"x; y\nz\"{sep}\"2{point}5\"{sep}WAHR{sep}007{sep}False{sep}{sep}\r\n\
                 {}\r\n\
                 b.png{sep}w{sep}{sep}{sep}\"1,5\"{sep}{sep}{sep}\r\n",
                sep.to_string().repeat(7)
            )
        };
        assert_eq!(parsed(&table(',', '.')), expected);
        assert_eq!(parsed(&table(';', ',')), expected);
        assert_eq!(parsed(&table('\t', ',')), expected);
        let named = format!("sep=;\r\n{}", table(';', '.'));
        let lines: Vec<u64> = parsed(&named).into_iter().map(|row| row.unwrap().0).collect();
        assert_eq!(lines, [3, 6]);
    }

    #[test]
    fn cells_shown_as_numbers_are_whole_numbers_and_switches() {
        let found = parsed("image;seed;quality;preserve;keep_size;SKU\na;8,00;80.0;1;0;1,0\n");
        let expected = serde_json::json!({
            "image": "a", "seed": 8, "quality": 80, "preserve": true, "keep_size": false, "SKU": "1,0",
        });
        assert_eq!(found[0].as_ref().unwrap().1, expected);
        // Some decimals mean something, and so may a separator of thousands.
        let found = parsed("image;seed\na;8,50\nb;8,000\n");
        let seeds: Vec<_> = found.iter().map(|row| &row.as_ref().unwrap().1["seed"]).collect();
        assert_eq!(seeds, ["8,50", "8,000"]);
    }

    #[test]
    fn a_value_without_a_column_is_a_fault_and_a_decimal_comma_needs_another_delimiter() {
        assert_eq!(parsed("image,\na,b\n"), [Err("2: `b` is in a column without a name".to_owned())]);
        let found = parsed("image,feather\na,\"2,5\"\n");
        assert_eq!(found[0].as_ref().unwrap().1["feather"], "2,5");
    }

    #[test]
    fn a_duplicate_column_is_a_fault_of_the_header() {
        let found = parsed("image,prompt,image\na.png,x,b.png\n");
        assert_eq!(found[0], Err("1: the column `image` occurs twice".to_owned()));
        assert_eq!(found.len(), 2, "the row is checked, too");
    }

    #[test]
    fn a_row_with_too_few_columns_is_a_fault_and_the_next_row_is_read() {
        let found = parsed("image,prompt\na.png\nb.png,x\n");
        assert_eq!(found[0], Err("2: the header has 2 columns, but the row has 1".into()));
        assert_eq!(found[1].as_ref().unwrap().0, 3);
    }

    #[test]
    fn several_steps_are_a_json_list_and_one_is_plain_text() {
        let found = parsed("image,then\na,\"[\"\"x\"\",\"\"y\"\"]\"\nb,z\n");
        assert_eq!(found[0].as_ref().unwrap().1["then"], serde_json::json!(["x", "y"]));
        assert_eq!(found[1].as_ref().unwrap().1["then"], serde_json::json!("z"));
    }

    #[test]
    fn a_malformed_list_is_a_fault_of_its_row_and_never_a_prompt() {
        for list in ["[\"\"a\"\", \"\"b\"\"", "[a, b]", " [", "[\"\"a\"\"] b"] {
            let found = parsed(&format!("image,then\na,\"{list}\"\nb,z\n"));
            let fault = found[0].as_ref().unwrap_err();
            let start = "2: then: begins with `[`, but is not a list of strings";
            assert!(fault.starts_with(start), "{list}: {fault}");
            assert!(found[1].is_ok());
        }
        let found = parsed("image,then\na,\"[\"\"[sic] a\"\"]\"\n");
        assert_eq!(found[0].as_ref().unwrap().1["then"], serde_json::json!(["[sic] a"]));
    }

    #[test]
    fn json_that_is_not_a_list_is_a_fault_of_its_row_and_never_a_prompt() {
        for (cell, message) in [
            (" null ", "is `null`, which programs write for a missing value"),
            ("{}", "begins with `{`; expected a prompt"),
            ("\"{\"\"prompt\"\": \"\"x\"\"}\"", "begins with `{`; expected a prompt"),
            ("\u{feff}[]", "begins with a byte order mark"),
            ("\" \u{feff}[\"\"x\"\"]\"", "begins with a byte order mark"),
        ] {
            let found = parsed(&format!("image,then\na,z\nb,{cell}\n"));
            let fault = found[1].as_ref().unwrap_err();
            assert!(fault.starts_with(&format!("3: then: {message}")), "{cell}: {fault}");
            assert!(found[0].is_ok());
        }
        for prompt in ["nullify it", "add a { brace", "\u{feff}x"] {
            let found = parsed(&format!("image,then\na,{prompt}\n"));
            assert_eq!(found[0].as_ref().unwrap().1["then"], serde_json::json!(prompt));
        }
    }

    #[test]
    fn what_programs_write_for_a_missing_value_is_no_prompt() {
        for cell in ["NULL", "None", " nan", "#REF!", "#N/A", "Err:502", "<NA>"] {
            for column in ["prompt", "then"] {
                let found = parsed(&format!("image,{column}\na,{cell}\n"));
                let expected =
                    format!("2: {column}: is `{}`, which programs write for a missing value", cell.trim());
                assert_eq!(found[0].as_ref().unwrap_err(), &expected);
            }
        }
        for prompt in ["none of the people", "null island at night", "err: red"] {
            assert!(parsed(&format!("image,prompt\na,{prompt}\n"))[0].is_ok());
        }
    }

    #[test]
    fn an_unclosed_quote_does_not_merge_rows() {
        let unclosed =
            Err("3: the quote opened on this line is not closed at the end of its value".to_owned());
        for rows in ["b,\"y\nc,z\n", "b,\"y\nc,\"z\"\n", "b,\"", "b,\"y\"z\nc,w\n", "b,\"y\r\nc,z\r\n"] {
            let found = parsed(&format!("image,prompt\na,x\n{rows}"));
            assert_eq!(found.get(1), Some(&unclosed), "{rows}");
        }
        assert_eq!(parsed("image,prompt\r\na,x\r\nb,\"y\r\nc,z\r\n")[1], unclosed);
        for whole in ["a,\"x\"", "a,5\" wide\n", "a,\"\"\"x\"\"\"\n", "\"a\",\"x,\n\""] {
            assert!(parsed(&format!("image,prompt\n{whole}"))[0].is_ok(), "{whole}");
        }
    }

    #[test]
    fn an_unclosed_quote_cannot_use_up_the_memory() {
        let endless = io::BufReader::new(b"image,prompt\na,\"".chain(io::repeat(b'x')));
        let found = rows(Box::new(endless)).next();
        assert!(matches!(found, Some(Err(ParseError::Fatal(fault))) if fault.message.contains("quote")));
    }
}

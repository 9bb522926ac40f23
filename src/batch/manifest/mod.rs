//! Reading a manifest: rows one by one, each with its line, in constant memory.
//!
//! `jsonl` and `csv` turn bytes into rows of named values; `row` turns those into wishes.

mod csv;
mod jsonl;
mod row;

use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::job_spec::{JobSpec, Picture};

pub use row::Defaults;

/// The longest row: a picture of 10 MB as a data URI, and then some.
const MAX_ROW_BYTES: u64 = 16 << 20;

/// How a manifest is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One JSON object a line.
    Jsonl,
    /// RFC 4180, with a header.
    Csv,
}

/// Something wrong in a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, from 1; none where it is not about one.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// What to do about it, where that is worth saying.
    pub hint: Option<String>,
}

impl Fault {
    /// One of a line, without a hint.
    pub fn new(line: Option<u64>, what: impl Into<String>) -> Fault {
        Fault { line, what: what.into(), hint: None }
    }
}

/// A row as it is written: its line, and its values by their names.
struct Row {
    line: u64,
    values: Map<String, Value>,
    /// The names that stand there more than once.
    twice: Vec<String>,
}

/// A row that cannot be a wish.
#[derive(Debug, Default)]
pub struct Rejected {
    /// The line, from 1; none where it is not about one.
    pub line: Option<u64>,
    /// Everything that is wrong with it, but for its picture, at which nobody has looked.
    pub faults: Vec<Fault>,
    /// That picture, if it names one.
    pub picture: Option<Picture>,
}

impl From<Fault> for Rejected {
    fn from(fault: Fault) -> Rejected {
        Rejected { line: fault.line, faults: vec![fault], picture: None }
    }
}

/// The rows of a manifest, in order. An error says whether later rows can still be read.
type Rows<'a> = Box<dyn Iterator<Item = Result<Row, Broken>> + 'a>;

/// Why a row cannot be read.
enum Broken {
    /// Only this row is wrong.
    Row(Fault),
    /// Where later rows begin cannot be told either.
    Rest(Fault),
}

/// A manifest that is being read.
pub struct Manifest<'a> {
    rows: Rows<'a>,
    defaults: &'a Defaults,
    ended: bool,
}

impl<'a> Manifest<'a> {
    /// Reads from `stream`, in the form that the name says, else that the first character does: `{` begins
    /// JSON.
    ///
    /// # Errors
    /// As the stream gives them.
    pub fn new(stream: impl Read + 'a, name: Option<&PathBuf>, defaults: &'a Defaults) -> io::Result<Self> {
        let mut stream = BufReader::new(stream);
        skip_byte_order_mark(&mut stream)?;
        let extension = name.and_then(|name| name.extension()).map(|end| end.to_ascii_lowercase());
        let form = match extension.as_deref().and_then(|end| end.to_str()) {
            Some("csv") => Form::Csv,
            Some("jsonl" | "ndjson" | "json") => Form::Jsonl,
            _ => guess(&mut stream)?,
        };
        let rows: Rows<'a> = match form {
            Form::Jsonl => Box::new(jsonl::rows(stream)),
            Form::Csv => csv::rows(stream),
        };
        Ok(Manifest { rows, defaults, ended: false })
    }
}

impl Iterator for Manifest<'_> {
    /// A wish, or what is wrong with its row.
    type Item = Result<JobSpec, Rejected>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        Some(match self.rows.next()? {
            Ok(row) => row::wish(row, self.defaults),
            Err(Broken::Row(fault)) => Err(fault.into()),
            Err(Broken::Rest(fault)) => {
                self.ended = true;
                Err(fault.into())
            }
        })
    }
}

/// Some editors begin a text with one.
fn skip_byte_order_mark(stream: &mut impl BufRead) -> io::Result<()> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    // A buffer that holds less than three bytes of a file that has more is not a thing that a first read
    // of one does; of a pipe it may, and then a mark is a fault of the first row.
    if stream.fill_buf()?.starts_with(MARK) {
        stream.consume(MARK.len());
    }
    Ok(())
}

fn guess(stream: &mut impl BufRead) -> io::Result<Form> {
    let begin = stream.fill_buf()?.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(if begin.is_none_or(|byte| *byte == b'{') { Form::Jsonl } else { Form::Csv })
}

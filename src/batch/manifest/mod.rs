//! Reads a manifest row by row, in constant memory.
//!
//! `encoding` decodes the text, and `jsonl` and `csv` parse rows of named values. `field` lists the names that mean
//! something, and `row` turns the `fields` of a row into specifications. A `prompt_template` is filled in
//! from the values of a row.

mod csv;
mod encoding;
mod field;
mod fields;
mod jsonl;
mod missing_value;
mod prompt_template;
mod row;

use std::io::{self, BufRead, Read};
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::job_spec::{JobSpec, PictureRef};
use super::spec_error::SpecError;

use encoding::decoded;

pub use prompt_template::PromptTemplate;
pub use row::Defaults;

/// The longest row, in bytes: a picture of 10 MB as a data URI, and room for the rest.
const MAX_ROW_BYTES: u64 = 16 << 20;

/// The format of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// One JSON object per line.
    Jsonl,
    /// A table with a header.
    Csv,
}

/// A fault of a manifest, or of the plan that is built from it.
#[derive(Debug)]
pub struct Fault {
    /// The line, from 1; `None` if it is not about one.
    pub line: Option<u64>,
    /// The name of the picture to edit, if it is known.
    pub input: Option<String>,
    pub message: String,
    /// The next action; `None` if there is none, or if it follows from `cause`.
    pub hint: Option<String>,
    /// The error of a picture or of its options that is the fault.
    pub cause: Option<SpecError>,
}

impl Fault {
    /// Creates a fault without a hint.
    pub fn new(line: Option<u64>, message: impl Into<String>) -> Fault {
        Fault { line, input: None, message: message.into(), hint: None, cause: None }
    }

    /// Names the picture to edit.
    #[must_use]
    pub fn of(self, input: Option<String>) -> Fault {
        Fault { input, ..self }
    }
}

/// A row as it was parsed.
struct Row {
    line: u64,
    /// Its values by their names.
    values: Map<String, Value>,
    /// What is wrong with the way in which it is written.
    faults: Vec<Fault>,
    /// Whether the names of its values were checked for all rows at once.
    has_checked_names: bool,
}

/// A row with faults.
#[derive(Debug, Default)]
pub struct Rejected {
    /// The line, from 1; `None` if it is not about one.
    pub line: Option<u64>,
    /// All its faults, except those of the picture, which was not read yet.
    pub faults: Vec<Fault>,
    /// The picture, if the row names one.
    pub picture: Option<PictureRef>,
}

impl From<Fault> for Rejected {
    fn from(fault: Fault) -> Rejected {
        Rejected { line: fault.line, faults: vec![fault], picture: None }
    }
}

/// The rows of a manifest, in order.
type Rows<'a> = Box<dyn Iterator<Item = Result<Row, ParseError>> + 'a>;

/// Why a row cannot be parsed.
enum ParseError {
    /// Later rows can still be parsed.
    Row(Fault),
    /// Later rows cannot be parsed, because it is not known where they begin.
    Fatal(Fault),
}

/// Iterates over the rows of a manifest.
pub struct Manifest<'a> {
    rows: Rows<'a>,
    defaults: &'a Defaults,
    has_ended: bool,
}

impl<'a> Manifest<'a> {
    /// Reads a manifest from `stream`. The extension of `name` decides the format; without a known extension, the
    /// first character does: `{` starts JSON.
    ///
    /// # Errors
    /// Fails if the stream cannot be read.
    pub fn new(stream: impl Read + 'a, name: Option<&PathBuf>, defaults: &'a Defaults) -> io::Result<Self> {
        let mut stream = decoded(stream)?;
        let extension = name.and_then(|name| name.extension()).map(|end| end.to_ascii_lowercase());
        let format = match extension.as_deref().and_then(|end| end.to_str()) {
            Some("csv" | "tsv" | "tab") => Format::Csv,
            Some("jsonl" | "ndjson" | "json") => Format::Jsonl,
            _ => detect_format(&mut stream)?,
        };
        let rows: Rows<'a> = match format {
            Format::Jsonl => Box::new(jsonl::rows(stream)),
            Format::Csv => csv::rows(stream),
        };
        Ok(Manifest { rows, defaults, has_ended: false })
    }
}

impl Iterator for Manifest<'_> {
    type Item = Result<JobSpec, Rejected>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        Some(match self.rows.next()? {
            Ok(row) => row::job_spec(row, self.defaults),
            Err(ParseError::Row(fault)) => Err(fault.into()),
            Err(ParseError::Fatal(fault)) => {
                self.has_ended = true;
                Err(fault.into())
            }
        })
    }
}

fn detect_format(stream: &mut impl BufRead) -> io::Result<Format> {
    let first = stream.fill_buf()?.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(if first.is_none_or(|byte| *byte == b'{') { Format::Jsonl } else { Format::Csv })
}

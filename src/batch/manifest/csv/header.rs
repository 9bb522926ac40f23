//! The first row of a table.

use std::collections::HashSet;

use csv::StringRecord;

use super::super::{Fault, field, row};

/// The most columns of a table: spreadsheets have no more.
pub(super) const MAX_COLUMNS: usize = 16_384;

/// The first row.
pub(super) struct Header {
    /// The name of each column: a field, or the user's own name; `None` for a column without a name, which spreadsheets write
    /// behind the last one.
    pub(super) columns: Vec<Option<String>>,
    pub(super) faults: Vec<Fault>,
    /// Whether a column is named `image`, or probably meant to be.
    pub(super) names_pictures: bool,
}

impl Header {
    pub(super) fn of(header: &StringRecord, line: u64) -> Header {
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

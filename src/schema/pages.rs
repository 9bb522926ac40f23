//! The documentation of the records.

use std::fmt::Write as _;

use super::RECORDS;
use super::field::{Field, Kind};

const START: &str = "\
# Records of --json

With `--json`, standard output has one of these objects on each line; [scripts and CI](scripts-and-ci.md#json) explains them.
`seededit schema` prints the same as JSON Schema, with the arguments of each command. This page is made from it.

A field is there unless it says that it is absent, and has a value unless it says that it is `null`.
";

/// Returns the page that documents all records, in Markdown.
pub fn page() -> String {
    let mut page = START.to_owned();
    for record in RECORDS {
        let commands: Vec<String> = record.commands.iter().map(|command| format!("`{command}`")).collect();
        // Writing to a string cannot fail.
        write!(page, "\n## {}\n\n{}: {}.\n\n", record.name, commands.join(", "), record.about).ok();
        page.push_str("| field | value | meaning |\n| --- | --- | --- |\n");
        rows(record.fields, "", &mut page);
    }
    page
}

fn rows(fields: &[Field], above: &str, page: &mut String) {
    for field in fields {
        let name = format!("{above}{}", field.name);
        let mut value = match field.kind {
            Kind::Choice(values) => {
                values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
            }
            kind => kind.name().to_owned(),
        };
        if field.is_nullable {
            value.push_str(", or `null`");
        }
        if field.is_optional {
            value.push_str(", or absent");
        }
        writeln!(page, "| `{name}` | {value} | {} |", field.about).ok();
        if let Some(below) = field.kind.fields() {
            let mark = if matches!(field.kind, Kind::List(_)) { "[]" } else { "" };
            rows(below, &format!("{name}{mark}."), page);
        }
    }
}

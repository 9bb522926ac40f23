//! Generated file names: a template and its fields.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::MAIN_SEPARATOR;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A file name with fields: `{stem}-edited.{ext}`. `{{` and `}}` stand for braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTemplate(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
}

/// A field of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// The picture's name without its extension.
    Stem,
    /// The seed.
    Seed,
    /// The number of the variation, from 1.
    Number,
    /// The extension of the result's format.
    Extension,
    /// The local date on which the job started: `2026-01-31`.
    Date,
    /// The id of the job.
    Job,
}

impl Field {
    /// The fields by name. The number has a second name for help texts, where `{n}` would become a line break.
    const ALL: [(&'static str, Field); 7] = [
        ("stem", Field::Stem),
        ("seed", Field::Seed),
        ("n", Field::Number),
        ("number", Field::Number),
        ("ext", Field::Extension),
        ("date", Field::Date),
        ("job", Field::Job),
    ];
}

/// The values of the fields for one result.
#[derive(Debug, Clone)]
pub struct NameFields<'a> {
    /// `{stem}`
    pub stem: OsString,
    /// `{seed}`
    pub seed: u32,
    /// `{n}`; `None` for a single result, whose number is 1.
    pub number: Option<u32>,
    /// When the job started, for `{date}`. The local date is looked up only if a name has it: the time zone takes
    /// about a millisecond to read.
    pub started: Timestamp,
    /// `{job}`
    pub job: &'a str,
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace without its partner.
    #[error("a `{{` or `}}` has no partner; write `{{{{` or `}}}}` for the character itself")]
    Brace,
    /// No such field.
    #[error("there is no {{{0}}}; there are {{stem}}, {{seed}}, {{number}}, {{ext}}, {{date}} and {{job}}")]
    Field(String),
    /// No field that differs between results.
    #[error("every result would have the same name; put {{stem}}, {{seed}}, {{number}} or {{job}} in it")]
    Constant,
    /// A directory in the name.
    #[error("a name cannot contain a directory; choose one with -d")]
    Directory,
}

impl NameTemplate {
    /// The default template: `{stem}-edited.{ext}`, with the number before the extension if there are `several` results.
    pub fn default_for(several: bool) -> NameTemplate {
        let mut parts = vec![Part::Field(Field::Stem), Part::Text("-edited".into())];
        if several {
            parts.extend([Part::Text("-".into()), Part::Field(Field::Number)]);
        }
        parts.extend([Part::Text(".".into()), Part::Field(Field::Extension)]);
        NameTemplate(parts)
    }

    /// Whether the template has `{ext}`. Otherwise its own extension selects the format.
    pub fn has_extension(&self) -> bool {
        self.0.contains(&Part::Field(Field::Extension))
    }

    /// Fills in the fields for one result, with `extension` for `{ext}`.
    pub fn fill(&self, fields: &NameFields<'_>, extension: &str) -> OsString {
        let mut name = OsString::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => name.push(text),
                Part::Field(Field::Stem) => name.push(&fields.stem),
                Part::Field(Field::Seed) => name.push(fields.seed.to_string()),
                Part::Field(Field::Number) => name.push(fields.number.unwrap_or(1).to_string()),
                Part::Field(Field::Extension) => name.push(extension),
                Part::Field(Field::Date) => name.push(local_date(fields.started)),
                Part::Field(Field::Job) => name.push(fields.job),
            }
        }
        name
    }
}

/// The date on which a time is in the system's time zone: `2026-01-31`.
fn local_date(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).date().to_string()
}

impl FromStr for NameTemplate {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains(['/', MAIN_SEPARATOR]) {
            return Err(TemplateError::Directory);
        }
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '{' | '}' if rest.peek() == Some(&c) => {
                    rest.next();
                    literal.push(c);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some(c) => name.push(c),
                            None => return Err(TemplateError::Brace),
                        }
                    }
                    let field = Field::ALL.iter().find(|(known, _)| *known == name);
                    let Some((_, field)) = field else { return Err(TemplateError::Field(name)) };
                    if !literal.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Field(*field));
                }
                '}' => return Err(TemplateError::Brace),
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        let is_distinguishing = |part: &Part| matches!(part, Part::Field(field) if !matches!(field, Field::Extension | Field::Date));
        if parts.iter().any(is_distinguishing) {
            Ok(NameTemplate(parts))
        } else {
            Err(TemplateError::Constant)
        }
    }
}

impl fmt::Display for NameTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}"))?,
                Part::Field(field) => {
                    let known = Field::ALL.iter().find(|(_, known)| known == field);
                    write!(f, "{{{}}}", known.map_or("", |(name, _)| name))?;
                }
            }
        }
        Ok(())
    }
}

/// Inserts `mark` before the extension: `b.jpg` with `-2` becomes `b-2.jpg`.
pub(super) fn before_extension(name: &OsStr, mark: &str) -> OsString {
    let name = std::path::Path::new(name);
    let mut marked = name.file_stem().unwrap_or_default().to_owned();
    marked.push(mark);
    if let Some(extension) = name.extension() {
        marked.push(".");
        marked.push(extension);
    }
    marked
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fill(template: &str, number: Option<u32>) -> String {
        let fields = NameFields {
            stem: "cat.final".into(),
            seed: 41,
            number,
            started: jiff::civil::date(2026, 1, 31).to_zoned(TimeZone::system()).unwrap().timestamp(),
            job: "0abc",
        };
        template.parse::<NameTemplate>().unwrap().fill(&fields, "jpg").into_string().unwrap()
    }

    #[test]
    fn fields_are_filled_in_and_other_text_is_kept() {
        assert_eq!(fill("{stem}-{seed}.{ext}", None), "cat.final-41.jpg");
        assert_eq!(fill("{date} {job} {n}.png", Some(3)), "2026-01-31 0abc 3.png");
        assert_eq!(fill("{{{stem}}}.{ext}", None), "{cat.final}.jpg");
        assert_eq!((fill("{n}", None), fill("{number}", Some(7))), ("1".into(), "7".into()));
    }

    #[test]
    fn invalid_templates_are_refused() {
        let refused = |text: &str| text.parse::<NameTemplate>().unwrap_err();
        assert_eq!(refused("{stem"), TemplateError::Brace);
        assert_eq!(refused("stem}"), TemplateError::Brace);
        assert_eq!(refused("{name}.jpg"), TemplateError::Field("name".into()));
        assert_eq!(refused("{}.jpg"), TemplateError::Field(String::new()));
        assert_eq!(refused("../{stem}.jpg"), TemplateError::Directory);
        assert_eq!(refused("out.{ext}"), TemplateError::Constant);
        assert_eq!(refused(""), TemplateError::Constant);
    }

    #[test]
    fn the_default_name_has_a_number_only_for_several_results() {
        assert_eq!(NameTemplate::default_for(false).to_string(), "{stem}-edited.{ext}");
        assert_eq!(NameTemplate::default_for(true).to_string(), "{stem}-edited-{n}.{ext}");
    }

    proptest! {
        #[test]
        fn a_displayed_template_can_be_parsed(text in "([a-z{}.-]|\\{stem\\}|\\{n\\}){0,12}") {
            if let Ok(template) = text.parse::<NameTemplate>() {
                prop_assert_eq!(template.to_string().parse::<NameTemplate>().unwrap(), template);
            }
        }
    }
}

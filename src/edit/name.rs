//! Generated file names: a template and its fields.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{MAIN_SEPARATOR, Path};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::braces::{self, UnpairedBrace};

use super::columns::MissingColumn;
use super::source::Source;

/// A file name with fields: `{stem}-edited.{ext}`. `{{` and `}}` stand for braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTemplate(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(Field),
    /// A column of the row, in a batch.
    Column(String),
}

/// A field of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// The picture's name without its extension.
    Stem,
    /// The picture's name.
    Name,
    /// The extension of the picture's name; empty if it has none.
    InputExtension,
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
    const ALL: [(&'static str, Field); 9] = [
        ("stem", Field::Stem),
        ("name", Field::Name),
        ("ext_in", Field::InputExtension),
        ("seed", Field::Seed),
        ("n", Field::Number),
        ("number", Field::Number),
        ("ext", Field::Extension),
        ("date", Field::Date),
        ("job", Field::Job),
    ];
}

/// The values of the fields for one result.
#[derive(Clone)]
pub struct NameFields<'a> {
    /// The picture, for `{stem}`, `{name}` and `{ext_in}`.
    pub source: &'a Source,
    /// `{seed}`
    pub seed: u32,
    /// `{n}`; `None` for a single result, whose number is 1.
    pub number: Option<u32>,
    /// When the job started, for `{date}`. The local date is looked up only if a name has it: the time zone takes
    /// about a millisecond to read.
    pub started: Timestamp,
    /// `{job}`
    pub job: &'a str,
    /// Returns the value of a column of the row.
    pub column: &'a dyn Fn(&str) -> Result<String, MissingColumn>,
}

/// The columns of a picture that is not from a manifest: none.
///
/// # Errors
/// Always.
pub fn no_columns(name: &str) -> Result<String, MissingColumn> {
    Err(MissingColumn::NoColumn { name: name.to_owned(), meant: None })
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A brace without its partner.
    #[error(transparent)]
    Brace(#[from] UnpairedBrace),
    /// No such field.
    #[error(
        "there is no {{{0}}}; there are {{stem}}, {{name}}, {{seed}}, {{number}}, {{ext}}, {{ext_in}}, {{date}} and {{job}}, and \
         in a batch the columns of the row"
    )]
    Field(String),
    /// No field that differs between results.
    #[error(
        "every result would have the same name; put {{stem}}, {{name}}, {{seed}}, {{number}} or {{job}} in it"
    )]
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

    /// The template for the result of a picture that has a default name itself: with `photo-edited.jpg` and
    /// `photo-edited-2.jpg`, the name is `photo-edited` again, to which a number is added. `None` for other pictures.
    pub fn continuing(picture: &Path) -> Option<NameTemplate> {
        let stem = picture.file_stem()?.to_str()?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let name = match stem.rsplit_once("-edited")? {
            (_, "") => stem,
            (start, number) if number.strip_prefix('-').is_some_and(is_number) => {
                stem.get(..start.len() + "-edited".len())?
            }
            _ => return None,
        };
        let end = [Part::Text(".".into()), Part::Field(Field::Extension)];
        Some(NameTemplate([Part::Text(name.to_owned())].into_iter().chain(end).collect()))
    }

    /// Whether the template has `{ext}`. Otherwise its own extension selects the format.
    pub fn has_extension(&self) -> bool {
        self.0.contains(&Part::Field(Field::Extension))
    }

    /// Ensures that the template needs no columns, which only the rows of a batch have.
    ///
    /// # Errors
    /// [`TemplateError::Field`] with the first column.
    pub fn ensure_without_columns(&self) -> Result<(), TemplateError> {
        let column = self.0.iter().find_map(|part| match part {
            Part::Column(name) => Some(name.clone()),
            Part::Text(_) | Part::Field(_) => None,
        });
        column.map_or(Ok(()), |name| Err(TemplateError::Field(name)))
    }

    /// Fills in the fields for one result, with `extension` for `{ext}`.
    ///
    /// # Errors
    /// If the row has no value for a column.
    pub fn fill(&self, fields: &NameFields<'_>, extension: &str) -> Result<OsString, MissingColumn> {
        let mut name = OsString::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => name.push(text),
                Part::Column(column) => name.push(file_name_part(&(fields.column)(column)?)),
                Part::Field(Field::Stem) => name.push(fields.source.stem()),
                Part::Field(Field::Name) => name.push(fields.source.file_name()),
                Part::Field(Field::InputExtension) => name.push(fields.source.extension()),
                Part::Field(Field::Seed) => name.push(fields.seed.to_string()),
                Part::Field(Field::Number) => name.push(fields.number.unwrap_or(1).to_string()),
                Part::Field(Field::Extension) => name.push(extension),
                Part::Field(Field::Date) => name.push(local_date(fields.started)),
                Part::Field(Field::Job) => name.push(fields.job),
            }
        }
        Ok(name)
    }
}

/// Returns a value of a row as a part of a file name: what separates directories, or no system allows in names, becomes
/// `-`.
fn file_name_part(value: &str) -> String {
    let is_unsafe = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let safe: String = value.trim().chars().map(|c| if is_unsafe(c) { '-' } else { c }).collect();
    // A leading dot would hide the file.
    let visible = safe.trim_start_matches('.');
    if visible.is_empty() && !safe.is_empty() { "-".into() } else { visible.to_owned() }
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
        let part = |part| match part {
            braces::Part::Text(text) => Ok(Part::Text(text)),
            braces::Part::Field(name) => match Field::ALL.iter().find(|(known, _)| *known == name) {
                Some((_, field)) => Ok(Part::Field(*field)),
                None if name.trim().is_empty() => Err(TemplateError::Field(name)),
                None => Ok(Part::Column(name)),
            },
        };
        let parts: Vec<Part> = braces::parse(text)?.into_iter().map(part).collect::<Result<_, _>>()?;
        let is_distinguishing = |part: &Part| match part {
            Part::Text(_) | Part::Field(Field::Extension | Field::InputExtension | Field::Date) => false,
            Part::Field(_) | Part::Column(_) => true,
        };
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
                Part::Column(name) => write!(f, "{{{name}}}")?,
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
        let value = |name: &str| match name {
            "sku" => Ok(" ../a\\b:7 ".to_owned()),
            "dots" => Ok("..".to_owned()),
            name => no_columns(name),
        };
        let source = Source::File("d/cat.final.PNG".into());
        let fields = NameFields {
            source: &source,
            seed: 41,
            number,
            started: jiff::civil::date(2026, 1, 31).to_zoned(TimeZone::system()).unwrap().timestamp(),
            job: "0abc",
            column: &value,
        };
        let filled = template.parse::<NameTemplate>().unwrap().fill(&fields, "jpg");
        filled.map_or_else(|error| error.to_string(), |name| name.into_string().unwrap())
    }

    #[test]
    fn fields_are_filled_in_and_other_text_is_kept() {
        assert_eq!(fill("{stem}-{seed}.{ext}", None), "cat.final-41.jpg");
        assert_eq!(fill("{date} {job} {n}.png", Some(3)), "2026-01-31 0abc 3.png");
        assert_eq!(fill("{{{stem}}}.{ext}", None), "{cat.final}.jpg");
        assert_eq!(fill("{name}-{ext_in}.{ext}", None), "cat.final.PNG-PNG.jpg");
        assert_eq!((fill("{n}", None), fill("{number}", Some(7))), ("1".into(), "7".into()));
    }

    #[test]
    fn a_column_is_filled_in_and_cannot_leave_the_directory() {
        assert_eq!(fill("{sku}.{ext}", None), "-a-b-7.jpg");
        assert_eq!(fill("{dots}.{ext}", None), "-.jpg");
        assert_eq!(fill("{gone}.{ext}", None), "the row has no value for {gone}");
        let template: NameTemplate = "{stem}-{sku}.{ext}".parse().unwrap();
        assert_eq!(template.ensure_without_columns(), Err(TemplateError::Field("sku".into())));
    }

    #[test]
    fn invalid_templates_are_refused() {
        let refused = |text: &str| text.parse::<NameTemplate>().unwrap_err();
        assert_eq!(refused("{stem"), TemplateError::Brace(UnpairedBrace));
        assert_eq!(refused("stem}"), TemplateError::Brace(UnpairedBrace));
        assert_eq!(refused("{ext_in}.jpg"), TemplateError::Constant);
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

    #[test]
    fn a_default_name_is_continued_with_the_same_start() {
        let name = |picture: &str| NameTemplate::continuing(Path::new(picture)).map(|name| name.to_string());
        for picture in ["d/photo-edited.jpg", "photo-edited-2.png", "photo-edited-10"] {
            assert_eq!(name(picture).as_deref(), Some("photo-edited.{ext}"), "{picture}");
        }
        assert_eq!(name("a-edited-2-edited.jpg").as_deref(), Some("a-edited-2-edited.{ext}"));
        for other in
            ["photo.jpg", "photo-edited-x.jpg", "photo-edited-", "unedited.jpg", "photo-editedly.jpg"]
        {
            assert_eq!(name(other), None, "{other}");
        }
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

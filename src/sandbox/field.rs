//! The fields of a request: what each may contain, and the check of a request against them.
//!
//! The tables in `models` consist of these. Whatever a table does not name is refused.

use serde_json::{Map, Value};

use super::input::{InputLimits, PictureInput};
use super::size::{Sides, TextSize};

/// A field that a model documents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) is_required: bool,
    pub(super) rule: Rule,
}

/// A field that every request must have.
pub(super) const fn required(name: &'static str, rule: Rule) -> Field {
    Field { name, is_required: true, rule }
}

/// A field that a request may have.
pub(super) const fn optional(name: &'static str, rule: Rule) -> Field {
    Field { name, is_required: false, rule }
}

/// The values that a field accepts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// Text that is not empty, of at most this many characters.
    Prompt(usize),
    /// Text of at most this many characters.
    Text(usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number of this range.
    Integer(i64, i64),
    /// A number of this range.
    Number(f64, f64),
    /// One of these numbers.
    Choice(&'static [i64]),
    Flag,
    /// `{"width", "height"}`, or one of the words.
    Size(Sides, &'static [&'static str]),
    /// One of these words, or `WIDTHxHEIGHT` within these bounds.
    SizeText(&'static [&'static str], Option<TextSize>),
    /// A picture.
    Picture(InputLimits),
    /// A list of 1 to this many pictures.
    Pictures(usize, InputLimits),
    /// A list of 0 to this many pictures.
    MaybePictures(usize, InputLimits),
    /// A list of 1 or more pictures.
    AtLeastOnePicture(InputLimits),
    /// A picture, or a list of 1 to this many.
    OneOrMore(usize, InputLimits),
    /// At most this many of `{"path", "scale"}`, with scales from 0 to 4.
    Loras(usize),
    /// An object with this optional field, a word.
    ObjectWithWord(&'static str, &'static [&'static str]),
    /// An object with this optional field, a whole number of the range.
    ObjectWithInteger(&'static str, i64, i64),
}

/// No limit on the length of a text: the documentation states none.
pub(super) const ANY_LENGTH: usize = usize::MAX;

/// Any whole number: the documentation states no range.
pub(super) const ANY_INTEGER: Rule = Rule::Integer(i64::MIN, i64::MAX);

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldError {
    pub(super) field: String,
    pub(super) kind: FieldErrorKind,
    pub(super) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldErrorKind {
    Missing,
    Invalid,
    Unknown,
}

impl FieldError {
    pub(super) fn invalid(field: &str, message: impl Into<String>) -> FieldError {
        FieldError { field: field.to_owned(), kind: FieldErrorKind::Invalid, message: message.into() }
    }

    pub(super) fn missing(field: &str) -> FieldError {
        let message = "required".to_owned();
        FieldError { field: field.to_owned(), kind: FieldErrorKind::Missing, message }
    }

    pub(super) fn unknown(field: &str) -> FieldError {
        let message = "unknown field".to_owned();
        FieldError { field: field.to_owned(), kind: FieldErrorKind::Unknown, message }
    }
}

/// The values of a request that follows its table.
#[derive(Debug, Default)]
pub(super) struct Values {
    values: Map<String, Value>,
    pictures: Vec<(&'static str, Vec<PictureInput>)>,
}

impl Values {
    /// Checks `given` against `fields`. The errors name every problem, in the order of the table, and then the
    /// unknown fields.
    pub(super) fn check(fields: &[Field], mut given: Map<String, Value>) -> Result<Values, Vec<FieldError>> {
        let mut values = Values::default();
        let mut errors = Vec::new();
        for field in fields {
            let Some(value) = given.remove(field.name) else {
                if field.is_required {
                    errors.push(FieldError::missing(field.name));
                }
                continue;
            };
            if let Err(message) = values.accept(field, value) {
                errors.push(FieldError::invalid(field.name, message));
            }
        }
        errors.extend(given.keys().map(|name| FieldError::unknown(name)));
        if errors.is_empty() { Ok(values) } else { Err(errors) }
    }

    fn accept(&mut self, field: &Field, value: Value) -> Result<(), String> {
        match field.rule {
            Rule::Picture(limits) => {
                let picture = PictureInput::parse(&value, limits)?;
                self.pictures.push((field.name, vec![picture]));
            }
            Rule::Pictures(most, limits) => {
                self.pictures.push((field.name, pictures(&value, 1, most, limits)?));
            }
            Rule::AtLeastOnePicture(limits) => {
                self.pictures.push((field.name, pictures(&value, 1, usize::MAX, limits)?));
            }
            Rule::MaybePictures(most, limits) => {
                self.pictures.push((field.name, pictures(&value, 0, most, limits)?));
            }
            Rule::OneOrMore(most, limits) => {
                let pictures = match &value {
                    Value::Array(_) => pictures(&value, 1, most, limits)?,
                    value => vec![PictureInput::parse(value, limits)?],
                };
                self.pictures.push((field.name, pictures));
            }
            rule => {
                rule.check(&value)?;
                self.values.insert(field.name.to_owned(), value);
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// Takes the pictures of a field; none if the request does not have it.
    pub(super) fn take_pictures(&mut self, name: &str) -> Vec<PictureInput> {
        let at = self.pictures.iter().position(|(field, _)| *field == name);
        at.map(|at| self.pictures.remove(at).1).unwrap_or_default()
    }
}

impl Rule {
    /// Checks a value that is not a picture.
    fn check(self, value: &Value) -> Result<(), String> {
        match self {
            Rule::Prompt(most) => {
                let text = text(value, most)?;
                if text.trim().is_empty() { Err("must not be empty".to_owned()) } else { Ok(()) }
            }
            Rule::Text(most) => text(value, most).map(drop),
            Rule::Word(words) => word(value, words),
            Rule::Integer(least, most) => integer(value, least, most),
            Rule::Number(least, most) => match value.as_f64() {
                Some(number) if (least..=most).contains(&number) => Ok(()),
                _ => Err(format!("expected a number from {least} to {most}")),
            },
            Rule::Choice(numbers) => match value.as_i64() {
                Some(number) if numbers.contains(&number) => Ok(()),
                _ => {
                    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
                    Err(format!("expected {}", numbers.join(" or ")))
                }
            },
            Rule::Flag if value.is_boolean() => Ok(()),
            Rule::Flag => Err("expected true or false".to_owned()),
            Rule::Size(sides, words) => match value {
                Value::Object(_) => sides.check(value),
                Value::String(_) => word(value, words),
                _ => Err("expected a word or an object with width and height".to_owned()),
            },
            Rule::SizeText(words, bounds) => size_text(value, words, bounds),
            Rule::Loras(most) => loras(value, most),
            Rule::ObjectWithWord(name, words) => member(value, name, |value| word(value, words)),
            Rule::ObjectWithInteger(name, least, most) => {
                member(value, name, |value| integer(value, least, most))
            }
            Rule::AtLeastOnePicture(_)
            | Rule::Picture(_)
            | Rule::Pictures(..)
            | Rule::MaybePictures(..)
            | Rule::OneOrMore(..) => Ok(()),
        }
    }
}

fn text(value: &Value, most: usize) -> Result<&str, String> {
    let text = value.as_str().ok_or("expected a string")?;
    if text.chars().count() > most {
        return Err(format!("expected at most {most} characters"));
    }
    Ok(text)
}

fn word(value: &Value, words: &[&str]) -> Result<(), String> {
    let text = text(value, ANY_LENGTH)?;
    if words.contains(&text) { Ok(()) } else { Err(format!("expected {}", words.join(" or "))) }
}

fn integer(value: &Value, least: i64, most: i64) -> Result<(), String> {
    match value.as_i64() {
        Some(number) if (least..=most).contains(&number) => Ok(()),
        _ if (least, most) == (i64::MIN, i64::MAX) => Err("expected an integer".to_owned()),
        _ if most == i64::MAX => Err(format!("expected an integer of at least {least}")),
        _ => Err(format!("expected an integer from {least} to {most}")),
    }
}

fn size_text(value: &Value, words: &[&str], bounds: Option<TextSize>) -> Result<(), String> {
    let text = text(value, ANY_LENGTH)?;
    match bounds {
        _ if words.contains(&text) => Ok(()),
        Some(bounds) => bounds.check(text),
        None => Err(format!("expected {}", words.join(" or "))),
    }
}

fn pictures(
    value: &Value,
    least: usize,
    most: usize,
    limits: InputLimits,
) -> Result<Vec<PictureInput>, String> {
    let Some(list) = value.as_array().filter(|list| (least..=most).contains(&list.len())) else {
        return Err(match most {
            usize::MAX => format!("expected a list of at least {least} pictures"),
            most => format!("expected a list of {least} to {most} pictures"),
        });
    };
    list.iter().map(|picture| PictureInput::parse(picture, limits)).collect()
}

fn loras(value: &Value, most: usize) -> Result<(), String> {
    let Some(list) = value.as_array().filter(|list| list.len() <= most) else {
        return Err(format!("expected a list of at most {most}"));
    };
    for lora in list {
        let lora = lora.as_object().ok_or("expected objects")?;
        for (name, value) in lora {
            match (name.as_str(), value) {
                ("path", Value::String(_)) => {}
                ("scale", Value::Number(scale))
                    if scale.as_f64().is_some_and(|scale| (0.0..=4.0).contains(&scale)) => {}
                _ => return Err(format!("{name}: expected a path as text and a scale from 0 to 4")),
            }
        }
        if !lora.contains_key("path") {
            return Err("path: required".to_owned());
        }
    }
    Ok(())
}

/// Checks an object that may have one member.
fn member(value: &Value, name: &str, check: impl Fn(&Value) -> Result<(), String>) -> Result<(), String> {
    let object = value.as_object().ok_or("expected an object")?;
    for (key, value) in object {
        if key != name {
            return Err(format!("{key}: unknown field"));
        }
        check(value).map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

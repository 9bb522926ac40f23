//! A row of named values as a wish.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::edit::Source;
use crate::suggest::closest;

use super::super::job_spec::{JobSpec, Picture};
use super::{Fault, Rejected, Row};

/// What a row may say.
pub(super) const FIELDS: [&str; 10] =
    ["image", "prompt", "output", "id", "seed", "guidance_scale", "watermark", "model", "count", "then"];

/// What holds where a row says nothing.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// The directory that relative paths begin at: the manifest's.
    pub base: PathBuf,
    /// The instruction.
    pub prompt: Option<String>,
    /// Further steps.
    pub then: Vec<String>,
    /// The model.
    pub model: String,
    /// The seed.
    pub seed: Option<u32>,
    /// The guidance.
    pub guidance_scale: Option<f64>,
    /// The watermark.
    pub watermark: Option<bool>,
    /// How many variations.
    pub count: u32,
    /// The directory of results whose names are made.
    pub directory: Option<PathBuf>,
}

/// The wish of a row, or everything that is wrong with it.
pub(super) fn wish(row: Row, defaults: &Defaults) -> Result<JobSpec, Rejected> {
    let line = Some(row.line);
    let mut fields = Fields { values: row.values, line, faults: Vec::new() };
    for name in row.twice {
        fields.faults.push(Fault::new(line, format!("{name}: given more than once")));
    }
    let picture = fields.take("image", "a string", text).map(|text| picture(&text, &defaults.base));
    let picture = match picture {
        Some(Ok(picture)) => Some(picture),
        Some(Err(what)) => {
            fields.faults.push(Fault::new(line, format!("image: {what}")));
            None
        }
        None => {
            fields.miss("image", "the row names no picture");
            None
        }
    };
    let prompt = fields.take("prompt", "a string", text).or_else(|| defaults.prompt.clone());
    if prompt.is_none() {
        fields.miss("prompt", "the row has no prompt, and no -p gives one for all rows");
    }
    let then = fields.take("then", "a string or a list of strings", texts);
    let output = fields.take("output", "a string", text).map(|text| output(&text, &defaults.base));
    let seed = fields.take("seed", "a whole number from 0 to 2147483647", whole);
    let guidance = fields.take("guidance_scale", "a number from 1 to 10", Value::as_f64);
    let watermark = fields.take("watermark", "true or false", Value::as_bool);
    let count = fields.take("count", "a whole number from 1 to 1000", whole);
    let model = fields.take("model", "a string", text);
    let id = fields.take("id", "a string or a whole number", name);
    if output.as_deref() == Some("-".as_ref()) {
        fields.faults.push(Fault::new(line, "output: a row cannot write to standard output"));
    }
    fields.ensure_nothing_left();
    let wish = JobSpec {
        line,
        // What is missing has been told; something in its place lets the rest be looked at.
        picture: picture.clone().unwrap_or(Picture::Stdin),
        prompt: prompt.unwrap_or_else(|| "-".into()),
        then: then.unwrap_or_else(|| defaults.then.clone()),
        model: model.unwrap_or_else(|| defaults.model.clone()),
        seed: seed.or(defaults.seed),
        guidance_scale: guidance.or(defaults.guidance_scale),
        watermark: watermark.or(defaults.watermark),
        count: count.unwrap_or(defaults.count),
        output,
        directory: defaults.directory.clone().map(PathBuf::into_os_string),
        id,
    };
    let mut faults = fields.faults;
    faults.extend(wish.faults().iter().map(|error| Fault::new(line, error.to_string())));
    if faults.is_empty() { Ok(wish) } else { Err(Rejected { line, faults, picture }) }
}

/// Returns the message about a `field` or `column` with an unknown name.
pub(super) fn unknown(kind: &str, name: &str) -> String {
    match closest(name, FIELDS) {
        Some(meant) => format!("unknown {kind} `{name}`; did you mean `{meant}`?"),
        None => format!("unknown {kind} `{name}`; the {kind}s are {}", FIELDS.join(", ")),
    }
}

/// The values of a row, taken out one by one.
struct Fields {
    values: Map<String, Value>,
    line: Option<u64>,
    faults: Vec<Fault>,
}

impl Fields {
    /// A value; none where it is missing or null, or, with a fault, not what was `expected`.
    fn take<T>(&mut self, name: &str, expected: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
        let value = self.values.remove(name).filter(|value| !value.is_null())?;
        let read = read(&value);
        if read.is_none() {
            self.faults.push(Fault::new(self.line, format!("{name}: expected {expected}")));
        }
        read
    }

    /// Adds a fault about a missing value, unless it is misspelt or another fault explains its absence.
    fn miss(&mut self, name: &str, what: &str) {
        let start = format!("{name}: ");
        let is_misspelt = self.values.keys().any(|key| closest(key, FIELDS) == Some(name));
        if !is_misspelt && !self.faults.iter().any(|fault| fault.what.starts_with(&start)) {
            self.faults.push(Fault::new(self.line, what));
        }
    }

    fn ensure_nothing_left(&mut self) {
        for name in self.values.keys() {
            self.faults.push(Fault::new(self.line, unknown("field", name)));
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        one => text(one).map(|text| vec![text]),
    }
}

fn whole(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

/// Ids are often numbers.
fn name(value: &Value) -> Option<String> {
    text(value).or_else(|| value.as_i64().map(|number| number.to_string()))
}

fn picture(text: &str, base: &Path) -> Result<Picture, String> {
    if text.is_empty() {
        return Err("is empty".into());
    }
    match Source::parse(text.as_ref()) {
        Ok(Source::Stdin) => Err("a row cannot read its picture from standard input".into()),
        Ok(source) => Ok(Picture::read(&source, base)),
        Err(error) => Err(error.to_string()),
    }
}

/// A path from the manifest's directory; one that ends like a directory goes on to do so.
fn output(text: &str, base: &Path) -> OsString {
    if text == "-" {
        return text.into();
    }
    base.join(text).into_os_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn defaults() -> Defaults {
        Defaults {
            base: "dir".into(),
            prompt: None,
            then: Vec::new(),
            model: "m".into(),
            seed: None,
            guidance_scale: None,
            watermark: Some(false),
            count: 1,
            directory: Some("out".into()),
        }
    }

    fn read(values: Value, defaults: &Defaults) -> Result<JobSpec, Vec<String>> {
        let Value::Object(values) = values else { panic!("{values}") };
        wish(Row { line: 3, values, twice: Vec::new() }, defaults)
            .map_err(|rejected| rejected.faults.into_iter().map(|fault| fault.what).collect())
    }

    #[test]
    fn a_row_comes_before_the_defaults_and_its_paths_begin_at_the_manifest() {
        let row = json!({"image": "a.png", "prompt": "x", "output": "o/", "seed": 3, "count": 2, "id": 7,
                         "then": ["y"], "watermark": true, "model": "n", "guidance_scale": 4});
        let wish = read(row, &defaults()).unwrap();
        assert_eq!(wish.picture, Picture::File("dir/a.png".into()));
        assert_eq!(wish.output, Some("dir/o/".into()));
        assert_eq!((wish.seed, wish.count, wish.id.as_deref()), (Some(3), 2, Some("7")));
        assert_eq!((wish.model.as_str(), wish.watermark, wish.then), ("n", Some(true), vec!["y".to_owned()]));
        let plain = read(json!({"image": "/a.png"}), &Defaults { prompt: Some("p".into()), ..defaults() });
        let plain = plain.unwrap();
        assert_eq!((plain.prompt.as_str(), plain.model.as_str(), plain.watermark), ("p", "m", Some(false)));
        assert_eq!((plain.picture, plain.directory), (Picture::File("/a.png".into()), Some("out".into())));
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let row = json!({"image": 1, "seed": -1, "watermark": "yes", "promt": "x", "count": 1.5});
        let found = read(row, &defaults()).unwrap_err();
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(found.iter().any(|what| what == "unknown field `promt`; did you mean `prompt`?"));
        assert!(found.iter().any(|what| what == "image: expected a string"));
    }

    #[test]
    fn a_row_needs_a_prompt_and_a_misspelt_one_is_one_fault() {
        let found = read(json!({"image": "a.png"}), &defaults()).unwrap_err();
        assert_eq!(found, ["the row has no prompt, and no -p gives one for all rows"]);
        let found = read(json!({"image": "a.png", "promt": "x"}), &defaults()).unwrap_err();
        assert_eq!(found, ["unknown field `promt`; did you mean `prompt`?"]);
        let found = read(json!({"image": "a.png", "prompt": "x", "zoom": 2}), &defaults()).unwrap_err();
        assert_eq!(found, [format!("unknown field `zoom`; the fields are {}", FIELDS.join(", "))]);
    }

    #[test]
    fn streams_are_not_for_rows() {
        let found = read(json!({"image": "-", "prompt": "x", "output": "-"}), &defaults()).unwrap_err();
        assert_eq!(found.len(), 2, "{found:?}");
    }
}

//! Turns a parsed row into a job specification.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::api::{FieldError, Guidance, Model, Prompt, Seed};
use crate::cards::{Models, ResolveError};
use crate::edit::{OwnPictures, Reference, Source};
use crate::suggest::{closest, did_you_mean_any, normalized};

use super::super::given::Given;
use super::super::job_spec::{JobSpec, JobSpecError, PictureRef, validate};
use super::super::row_options::{RowMask, RowOptions};
use super::field;
use super::fields::{Fields, found};
use super::prompt_template::PromptTemplate;
use super::{Fault, Rejected, Row};

/// The values for fields that a row does not have.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// The directory of the manifest, where relative paths start.
    pub base: PathBuf,
    pub prompt: Option<PromptTemplate>,
    /// The prompts of further steps.
    pub then: Vec<PromptTemplate>,
    pub model: Given<Model>,
    /// The default model that `model` replaces, if it does.
    pub replaces: Option<Given<Model>>,
    /// Whether the successor of `model` may replace it.
    pub is_replaceable: bool,
    /// The models that a row can name.
    pub models: Models,
    pub seed: Option<Seed>,
    pub guidance_scale: Option<Guidance>,
    pub watermark: Option<bool>,
    /// The number of variations.
    pub count: u32,
    /// The directory for results with generated names.
    pub directory: Option<PathBuf>,
    /// The pictures that are sent with each picture to edit.
    pub references: Vec<Reference>,
}

/// Returns the specification of a row, or all its faults.
pub(super) fn job_spec(row: Row, defaults: &Defaults) -> Result<JobSpec, Rejected> {
    let line = Some(row.line);
    let mut fields = Fields::of(row);
    // Their fields can name any column, so they are filled in before a value is taken.
    let given_prompt = if fields.has("prompt") { None } else { defaults.prompt.as_ref() };
    let filled_prompt = given_prompt.map(|template| fields.fill(template));
    let filled_steps: Option<Vec<Given<Prompt>>> = (!fields.has("then"))
        .then(|| defaults.then.iter().filter_map(|template| fields.fill(template)).collect());
    let picture = fields.take("image", "a string", text).map(|text| picture(&text, &defaults.base));
    let picture = match picture {
        Some(Ok(picture)) => Some(picture),
        Some(Err(reason)) => {
            fields.faults.push(Fault::new(line, format!("image: {reason}")));
            None
        }
        None => {
            fields.report_missing("image", "the row names no picture");
            None
        }
    };
    let prompt = match filled_prompt {
        Some(filled) => filled,
        None => {
            if !fields.has("prompt") {
                fields.report_missing("prompt", "the row has no prompt, and no -p gives one for all rows");
            }
            fields.parse("prompt", "a string", text)
        }
    };
    let then = match filled_steps {
        Some(filled) => filled,
        None => {
            let prompts = fields.take("then", "a string or a list of strings", texts);
            fields.parse_all("then", &prompts.unwrap_or_default())
        }
    };
    let references = fields.take("references", "a string or a list of strings", texts);
    let references: Option<Vec<Reference>> = references
        .map(|paths| paths.iter().filter_map(|path| fields.ok(reference(path, &defaults.base))).collect());
    let output = fields.take("output", "a string", text);
    if output.as_deref() == Some("") {
        fields
            .faults
            .push(Fault::new(line, "output: is empty; name a file, or leave it out for a generated name"));
    }
    let output = output.map(|text| output_path(&text, &defaults.base));
    let seed = fields.convert("seed", "a whole number from 0 to 2147483647", whole_number);
    let guidance = fields.convert("guidance_scale", "a number", Value::as_f64);
    let watermark = fields.take("watermark", "true or false", Value::as_bool);
    let count = fields.take("count", "a whole number from 1 to 1000", whole_number);
    let model = fields
        .parse("model", "a string", text)
        .and_then(|model| fields.ok_in("model", full_name(model, &defaults.models)));
    let id = fields.take("id", "a string or a whole number", id_text);
    if output.as_deref() == Some("-".as_ref()) {
        fields.faults.push(Fault::new(line, "output: a row cannot write to standard output"));
    }
    let options = options(&mut fields, &defaults.base);
    fields.ensure_service(&defaults.models);
    let columns = fields.own_columns();
    let (seed, count) = (seed.or(defaults.seed), count.unwrap_or(defaults.count));
    let mut faults = fields.faults;
    for error in validate(count, seed, id.as_deref()) {
        let message = match &error {
            JobSpecError::Count => found(&error.to_string(), &Value::from(count)),
            JobSpecError::Id => found(&error.to_string(), &Value::from(id.clone())),
            JobSpecError::Seeds { .. } => format!("seed: {error}"),
            _ => error.to_string(),
        };
        faults.push(Fault::new(line, message));
    }
    match (picture, prompt) {
        (Some(picture), Some(prompt)) if faults.is_empty() => Ok(JobSpec {
            line,
            picture,
            prompt,
            then,
            replaces: if model.is_none() { defaults.replaces.clone() } else { None },
            is_replaceable: model.is_none() && defaults.is_replaceable,
            model: model.unwrap_or_else(|| defaults.model.clone()),
            seed,
            guidance_scale: guidance.or(defaults.guidance_scale),
            watermark: watermark.or(defaults.watermark),
            count,
            output,
            directory: defaults.directory.clone().map(PathBuf::into_os_string),
            id,
            references: references.unwrap_or_else(|| defaults.references.clone()),
            options,
            columns,
            // A row names its picture, so nothing else can be meant.
            own: OwnPictures::Edit,
        }),
        (picture, _) => Err(Rejected { line, faults, picture }),
    }
}

/// Removes and returns what a row asks for in place of the flags.
fn options(fields: &mut Fields, base: &Path) -> RowOptions {
    let mask = fields.take("mask", "a string", text);
    let from_alpha = fields.take("mask_from", "brightness or alpha", |value| match value.as_str()? {
        "brightness" => Some(false),
        "alpha" => Some(true),
        _ => None,
    });
    let is_inverted = fields.take("mask_invert", "true or false", Value::as_bool);
    let mask = match mask {
        Some(path) if path.is_empty() || path.contains("://") => {
            let message = found("mask: expected the path of a file", &Value::from(path));
            fields.faults.push(Fault::new(fields.line, message));
            None
        }
        Some(path) => Some(RowMask::Unread {
            path: base.join(path),
            from_alpha,
            is_inverted: is_inverted.unwrap_or_default(),
        }),
        None if from_alpha.is_some() || is_inverted.is_some() => {
            fields.faults.push(Fault::new(fields.line, "mask_from and mask_invert: the row has no mask"));
            None
        }
        None => None,
    };
    RowOptions {
        mask,
        region: fields.parse("region", "a string", text),
        region_context: fields.parse(
            "region_context",
            "a number of pixels, or a string such as 25%",
            length_text,
        ),
        preserve: fields.take("preserve", "true or false", Value::as_bool),
        keep_size: fields.take("keep_size", "true or false", Value::as_bool),
        threshold: fields.take("threshold", "a number from 1 to 255", |value| number(value, 1.0, 255.0)),
        feather: fields.take("feather", "a number from 0 to 1000", |value| number(value, 0.0, 1000.0)),
        keeps_alpha: fields.take("alpha", "keep", |value| (value.as_str()? == "keep").then_some(true)),
        page: fields
            .take("page", "a whole number from 1", |value| whole_number(value).filter(|page| *page > 0)),
        pads: fields.take("fit", "convert or pad", |value| match value.as_str()? {
            "convert" => Some(false),
            "pad" => Some(true),
            _ => None,
        }),
        keep_metadata: fields.take("keep_metadata", "true or false", Value::as_bool),
        metadata: fields.parse("metadata", "keep, safe or none", text),
        record: fields.take("record", "true or false", Value::as_bool),
        keep_times: fields.take("keep_times", "true or false", Value::as_bool),
        format: fields.parse("format", "jpeg, png or webp", text),
        quality: fields.take("quality", "a whole number from 1 to 100", |value| {
            let quality = u8::try_from(whole_number(value)?).ok()?;
            (1..=100).contains(&quality).then_some(quality)
        }),
        if_exists: fields.parse("if_exists", "fail, overwrite, rename or skip", text),
        size: fields.parse("size", "a string", text),
        negative_prompt: fields
            .take("negative_prompt", "a string", text)
            .filter(|text| !text.trim().is_empty()),
    }
}

/// Replaces a short name or an alias of a model by its id.
///
/// # Errors
/// If no model has this name.
pub(crate) fn full_name(model: Given<Model>, models: &Models) -> Result<Given<Model>, ModelError> {
    let card = models.find(model.value().as_str())?;
    if card.id == model.value().as_str() { Ok(model) } else { Ok(card.id.parse()?) }
}

/// A name that leads to no model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("{source}{}", advice(source))]
    Resolve {
        #[from]
        source: ResolveError,
    },
    #[error(transparent)]
    Field(#[from] FieldError),
}

/// Returns the end of the message about a model that was not found: which one may be meant, or who has it.
fn advice(error: &ResolveError) -> String {
    match error {
        ResolveError::NoModel { elsewhere, .. } if !elsewhere.is_empty() => {
            format!("; it is a model of {}", elsewhere.join(" and of "))
        }
        ResolveError::NoModel { suggestions, .. } if !suggestions.is_empty() => {
            format!("; {}", did_you_mean_any(suggestions))
        }
        _ => String::new(),
    }
}

/// Returns the fault of a `field` or `column` that resembles one of ours. Any other name belongs to the user, as does
/// one that begins with `x_`.
pub(super) fn misspelt(kind: &str, name: &str, line: Option<u64>) -> Option<Fault> {
    if is_own(name) {
        return None;
    }
    let meant = closest(name, field::names())?;
    let hint = format!("if the {kind} is your own, begin its name with x_");
    Some(Fault {
        hint: Some(hint),
        ..Fault::new(line, format!("unknown {kind} `{name}`; did you mean `{meant}`?"))
    })
}

/// Whether a name resembles this field more than any other.
pub(super) fn is_misspelt(name: &str, field: &str) -> bool {
    !is_own(name) && closest(name, field::names()) == Some(field)
}

/// Whether a name says that it is the user's own.
fn is_own(name: &str) -> bool {
    normalized(name).starts_with("x_")
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A length in pixels may be a number.
fn length_text(value: &Value) -> Option<String> {
    text(value).or_else(|| value.as_u64().map(|pixels| pixels.to_string()))
}

fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        one => text(one).map(|text| vec![text]),
    }
}

fn number(value: &Value, least: f64, most: f64) -> Option<f32> {
    value.as_f64().filter(|number| (least..=most).contains(number)).map(|number| number as f32)
}

fn whole_number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

/// Ids are often numbers.
fn id_text(value: &Value) -> Option<String> {
    text(value).or_else(|| value.as_i64().map(|number| number.to_string()))
}

fn picture(text: &str, base: &Path) -> Result<PictureRef, String> {
    if text.is_empty() {
        return Err("is empty".into());
    }
    match Source::parse(text.as_ref()) {
        Ok(Source::Stdin) => Err("a row cannot read its picture from standard input".into()),
        Ok(source) => Ok(PictureRef::new(&source, base)),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns the reference at a path, relative to the directory of the manifest.
fn reference(text: &str, base: &Path) -> Result<Reference, &'static str> {
    match text {
        "" => Err("references: a path is empty"),
        // A link can contain secrets, so it is not shown.
        _ if text.contains("://") => Err("references: a reference cannot be a link; download it first"),
        path => Ok(Reference::new(&base.join(path))),
    }
}

/// Returns an output path, relative to the directory of the manifest. A trailing separator, which marks a directory,
/// is kept.
fn output_path(text: &str, base: &Path) -> OsString {
    if text == "-" {
        return text.into();
    }
    base.join(text).into_os_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cards::Catalog;

    fn defaults() -> Defaults {
        Defaults {
            base: "dir".into(),
            prompt: None,
            then: Vec::new(),
            model: "m".parse().unwrap(),
            replaces: None,
            is_replaceable: true,
            models: models(),
            seed: None,
            guidance_scale: None,
            watermark: Some(false),
            count: 1,
            directory: Some("out".into()),
            references: Vec::new(),
        }
    }

    fn models() -> Models {
        let catalog = Catalog::built_in();
        let service = catalog.service("aimlapi").unwrap();
        Models::new(catalog, service, true)
    }

    fn read(values: Value, defaults: &Defaults) -> Result<JobSpec, Vec<String>> {
        let Value::Object(values) = values else { panic!("{values}") };
        job_spec(Row { line: 3, values, faults: Vec::new(), has_checked_names: false }, defaults)
            .map_err(|rejected| rejected.faults.into_iter().map(|fault| fault.message).collect())
    }

    #[test]
    fn a_row_overrides_the_defaults_and_its_paths_start_at_the_manifest() {
        let row = json!({"image": "a.png", "prompt": "x", "output": "o/", "seed": 3, "count": 2, "id": 7,
                         "then": ["y"], "watermark": true, "model": "n", "guidance_scale": 4});
        let spec = read(row, &defaults()).unwrap();
        assert_eq!(spec.picture, PictureRef::File("dir/a.png".into()));
        assert_eq!(spec.output, Some("dir/o/".into()));
        assert_eq!((spec.seed.map(Seed::value), spec.count, spec.id.as_deref()), (Some(3), 2, Some("7")));
        assert_eq!((spec.model.text(), spec.watermark, spec.then[0].text()), ("n", Some(true), "y"));
        let plain = read(json!({"image": "/a.png"}), &Defaults { prompt: "p".parse().ok(), ..defaults() });
        let plain = plain.unwrap();
        assert_eq!((plain.prompt.text(), plain.model.text(), plain.watermark), ("p", "m", Some(false)));
        assert_eq!((plain.picture, plain.directory), (PictureRef::File("/a.png".into()), Some("out".into())));
    }

    #[test]
    fn all_faults_of_a_row_are_reported_at_once() {
        let row = json!({"image": 1, "seed": -1, "watermark": "yes", "promt": "x", "count": 1.5});
        let found = read(row, &defaults()).unwrap_err();
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(found.iter().any(|message| message == "unknown field `promt`; did you mean `prompt`?"));
        assert!(found.iter().any(|message| message == "image: expected a string, found 1"));
        assert!(found.contains(&"watermark: expected true or false, found \"yes\"".to_owned()), "{found:?}");
    }

    #[test]
    fn values_that_the_service_would_refuse_are_faults() {
        for (field, value, expected) in [
            ("prompt", json!(" "), "prompt: the prompt is empty"),
            ("then", json!(["y", ""]), "then: the prompt is empty"),
            (
                "guidance_scale",
                json!(-1),
                "guidance_scale: a guidance scale must be a number from 0 to 100, found -1",
            ),
            ("seed", json!(2147483648u32), "seed: a seed must be a whole number from 0 to 2147483647"),
            ("model", json!("a b"), "model: a model name may only contain"),
            ("count", json!(0), "count: expected a whole number from 1 to 1000, found 0"),
            ("format", json!("bmp"), "format: takes jpeg, png or webp, found \"bmp\""),
            ("threshold", json!(900), "threshold: expected a number from 1 to 255, found 900"),
        ] {
            let mut row = json!({"image": "a.png", "prompt": "x"});
            row[field] = value;
            let found = read(row, &defaults()).unwrap_err();
            assert!(matches!(&found[..], [only] if only.starts_with(expected)), "{field}: {found:?}");
        }
    }

    #[test]
    fn a_mistyped_model_gets_the_same_suggestion_as_in_edit() {
        let here = Defaults { models: Models::built_in("aimlapi").unwrap(), ..defaults() };
        let found =
            |model: &str| read(json!({"image": "a.png", "prompt": "x", "model": model}), &here).unwrap_err();
        let message =
            "model: no model `gpt` at aimlapi; did you mean `openai/gpt-image-1` or `openai/gpt-image-2`?";
        assert_eq!(found("gpt"), [message]);
        assert_eq!(found("sd-server"), ["model: no model `sd-server` at aimlapi; it is a model of local"]);
    }

    #[test]
    fn a_row_needs_a_prompt_and_a_misspelt_one_is_one_fault() {
        let found = read(json!({"image": "a.png"}), &defaults()).unwrap_err();
        assert_eq!(found, ["the row has no prompt, and no -p gives one for all rows"]);
        let found = read(json!({"image": "a.png", "promt": "x"}), &defaults()).unwrap_err();
        assert_eq!(found, ["unknown field `promt`; did you mean `prompt`?"]);
    }

    #[test]
    fn other_names_are_columns_of_the_user_and_those_that_resemble_fields_are_faults() {
        let row = json!({"image": "a.png", "prompt": "x", "SKU": "0042", "x_promt": 1, "zoom": [2]});
        let spec = read(row, &defaults()).unwrap();
        assert_eq!(Value::Object(spec.columns), json!({"SKU": "0042", "x_promt": 1, "zoom": [2]}));
        let found = read(json!({"image": "a.png", "prompt": "x", "Count": 2}), &defaults()).unwrap_err();
        assert_eq!(found, ["unknown field `Count`; did you mean `count`?"]);
    }

    #[test]
    fn the_prompt_of_all_rows_is_filled_in_from_their_values() {
        let with = |prompt: &str, then: &str| Defaults {
            prompt: prompt.parse().ok(),
            then: vec![then.parse().unwrap()],
            ..defaults()
        };
        let filled = with("{color} curtains for {id}", "at {time}");
        let row = json!({"image": "a.png", "color": "red", "time": "night", "id": 7});
        let spec = read(row, &filled).unwrap();
        assert_eq!((spec.prompt.text(), spec.then[0].text()), ("red curtains for 7", "at night"));
        let own = json!({"image": "a.png", "prompt": "a {sign}", "then": "{x}", "id": 7});
        let spec = read(own, &filled).unwrap();
        assert_eq!((spec.prompt.text(), spec.then[0].text()), ("a {sign}", "{x}"));
        let found = read(json!({"image": "a.png", "colour": "red", "id": 7}), &filled).unwrap_err();
        assert_eq!(
            found,
            [
                "the prompt: the row has no value for {color}; did you mean {colour}?",
                "the prompt: the row has no value for {time}"
            ]
        );
    }

    #[test]
    fn an_empty_output_is_explained() {
        let found = read(json!({"image": "a.png", "prompt": "x", "output": ""}), &defaults()).unwrap_err();
        assert_eq!(found, ["output: is empty; name a file, or leave it out for a generated name"]);
    }

    #[test]
    fn a_row_cannot_use_standard_input_or_output() {
        let found = read(json!({"image": "-", "prompt": "x", "output": "-"}), &defaults()).unwrap_err();
        assert_eq!(found.len(), 2, "{found:?}");
    }
}

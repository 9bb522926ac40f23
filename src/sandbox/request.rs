//! Parses a generation request as strictly as the service documents it.

use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use serde_json::{Map, Value};

use super::problem::Problem;
use seededit_picture::{Format, Header, Size};

/// The only model that is served.
pub(super) const MODEL: &str = "bytedance/seededit-3.0-i2i";

/// The model's limits of an input picture.
const MAX_BYTES: usize = 10 * 1024 * 1024;
const MAX_PIXELS: u64 = 6000 * 6000;
const MIN_SIDE_EXCLUSIVE: u32 = 14;
const MAX_RATIO: u64 = 3;

/// The model's range of seeds. -1 selects a random one.
const SEEDS: RangeInclusive<i64> = -1..=2_147_483_647;

/// A valid generation request.
#[derive(Debug)]
pub(super) struct GenerationRequest {
    pub(super) image: ImageInput,
    pub(super) prompt: String,
    /// From 0 to 2147483647, never -1.
    pub(super) seed: i64,
    pub(super) response_format: ResponseFormat,
}

/// The picture to edit.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ImageInput {
    Bytes(Vec<u8>),
    Url(String),
}

/// The form in which the result is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResponseFormat {
    Url,
    Base64,
}

impl GenerationRequest {
    /// Parses the body of a request. The error lists every problem, not only the first.
    pub(super) fn parse(body: &[u8]) -> Result<GenerationRequest, Problem> {
        let given = match serde_json::from_slice(body) {
            Ok(Value::Object(given)) => given,
            Ok(_) => return Err(Problem::body("expected a JSON object")),
            Err(error) => return Err(Problem::body(&format!("not JSON: {error}"))),
        };
        let mut fields = FieldReader { given, errors: Vec::new() };
        let model = fields.required("model", text);
        let image = fields.required("image", input);
        let prompt = fields.required("prompt", non_empty_text);
        fields.optional("size", |value| one_of(value, &["adaptive"]));
        let format = fields.optional("response_format", |value| one_of(value, &["url", "b64_json"]));
        let seed = fields.optional("seed", seed);
        fields.optional("guidance_scale", guidance);
        fields.optional("watermark", boolean);
        let errors = fields.finish();

        if let Some(model) = model.filter(|model| model != MODEL) {
            return Err(Problem::no_such_model(&model));
        }
        let (Some(image), Some(prompt), true) = (image, prompt, errors.is_empty()) else {
            return Err(Problem::body(&errors.join("; ")));
        };
        let response_format = match format.as_deref() {
            Some("b64_json") => ResponseFormat::Base64,
            _ => ResponseFormat::Url,
        };
        let seed = seed.filter(|&seed| seed >= 0);
        let seed = seed.unwrap_or_else(|| i64::from(fastrand::i32(0..)));
        Ok(GenerationRequest { image, prompt, seed, response_format })
    }

    /// Checks the content type.
    pub(super) fn ensure_json(content_type: Option<&str>) -> Result<(), Problem> {
        let essence = content_type.and_then(|value| value.split(';').next()).map(str::trim);
        match essence {
            Some(essence) if essence.eq_ignore_ascii_case("application/json") => Ok(()),
            _ => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "Body validation error! Content-Type: expected application/json",
            )),
        }
    }
}

/// The fields of a request, each taken once.
struct FieldReader {
    given: Map<String, Value>,
    errors: Vec<String>,
}

impl FieldReader {
    fn optional<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        let value = self.given.remove(name)?;
        read(&value).map_err(|error| self.errors.push(format!("{name}: {error}"))).ok()
    }

    fn required<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        if !self.given.contains_key(name) {
            self.errors.push(format!("{name}: required"));
        }
        self.optional(name, read)
    }

    fn finish(mut self) -> Vec<String> {
        self.errors.extend(self.given.keys().map(|name| format!("{name}: unknown field")));
        self.errors
    }
}

fn text(value: &Value) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| "expected a string".to_owned())
}

fn non_empty_text(value: &Value) -> Result<String, String> {
    let text = text(value)?;
    if text.trim().is_empty() { Err("must not be empty".to_owned()) } else { Ok(text) }
}

fn one_of(value: &Value, allowed: &[&str]) -> Result<String, String> {
    let text = text(value)?;
    if allowed.contains(&text.as_str()) {
        Ok(text)
    } else {
        Err(format!("expected {}", allowed.join(" or ")))
    }
}

fn seed(value: &Value) -> Result<i64, String> {
    value
        .as_i64()
        .filter(|seed| SEEDS.contains(seed))
        .ok_or_else(|| "expected an integer from -1 to 2147483647".to_owned())
}

fn guidance(value: &Value) -> Result<f64, String> {
    value
        .as_f64()
        .filter(|scale| (1.0..=10.0).contains(scale))
        .ok_or_else(|| "expected a number from 1 to 10".to_owned())
}

fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "expected true or false".to_owned())
}

fn input(value: &Value) -> Result<ImageInput, String> {
    let text = value.as_str().ok_or("expected a string")?;
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(ImageInput::Url(text.to_owned()));
    }
    let data = text.strip_prefix("data:image/").ok_or("expected a URL or a data URI")?;
    let (format, base64) = data.split_once(";base64,").ok_or("expected ;base64, in a data URI")?;
    if !matches!(format, "png" | "jpeg") {
        return Err("the data URI's format is neither png nor jpeg, in lower case".to_owned());
    }
    let bytes = STANDARD.decode(base64).map_err(|error| format!("bad Base64: {error}"))?;
    ensure_accepted(format, &bytes)?;
    Ok(ImageInput::Bytes(bytes))
}

fn ensure_accepted(format: &str, bytes: &[u8]) -> Result<(), String> {
    if bytes.len() > MAX_BYTES {
        return Err("the image is larger than 10 MB".to_owned());
    }
    match Format::sniff(bytes) {
        Some(found) if found.name() == format => {}
        Some(found) => return Err(format!("declared as {format}, but it is {}", found.name())),
        None => return Err(format!("declared as {format}, but it is not an image")),
    }
    let Size { width, height } = Header::read(bytes).map_err(|error| error.to_string())?.size;
    if width <= MIN_SIDE_EXCLUSIVE || height <= MIN_SIDE_EXCLUSIVE {
        return Err("width and height must exceed 14 px".to_owned());
    }
    let (width, height) = (u64::from(width), u64::from(height));
    if width * height > MAX_PIXELS {
        return Err("the image is larger than 36 megapixels".to_owned());
    }
    if width > height * MAX_RATIO || height > width * MAX_RATIO {
        return Err("the aspect ratio is beyond 1:3 or 3:1".to_owned());
    }
    Ok(())
}

//! The JSON dialect of the default host: `POST /v1/images/generations`.

use hyper::StatusCode;
use seededit_picture::Format;
use serde_json::{Map, Value};

use super::credits::Credits;
use super::field::{FieldError, Values};
use super::host::Host;
use super::models::{self, Model};
use super::problem::Problem;
use super::request::{Delivery, GenerationRequest, random_seed};
use super::size::TargetSize;

/// The fields that hold the picture to edit, in the order in which they are looked for.
const PICTURE_FIELDS: [&str; 3] = ["image", "image_url", "image_urls"];

/// Parses the body of a request. The error lists every problem, not only the first.
pub(super) fn parse(body: &[u8], configured_price: Credits) -> Result<GenerationRequest, Problem> {
    let mut given = object(body)?;
    let mut errors = Vec::new();
    let model = match given.remove("model") {
        Some(Value::String(id)) => models::find(&id).ok_or_else(|| Problem::no_such_model(&id))?,
        Some(_) => {
            errors.push(FieldError::invalid("model", "expected a string"));
            models::SEEDEDIT
        }
        None => {
            errors.push(FieldError::missing("model"));
            models::SEEDEDIT
        }
    };
    let values = Values::check(model.fields, given);
    match values {
        Ok(mut values) if errors.is_empty() => request(model, &mut values, configured_price),
        values => {
            errors.extend(values.err().unwrap_or_default());
            Err(Problem::fields(&errors))
        }
    }
}

/// Reads the body as a JSON object.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(given)) => Ok(given),
        Ok(_) => Err(Problem::body("expected a JSON object")),
        Err(error) => Err(Problem::body(&format!("not JSON: {error}"))),
    }
}

/// The model that a body asks for, if it can be read.
pub(super) fn model_of(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("model")?.as_str().map(str::to_owned)
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

fn request(
    model: &Model,
    values: &mut Values,
    configured_price: Credits,
) -> Result<GenerationRequest, Problem> {
    let prompt = values.text("prompt").unwrap_or_default().to_owned();
    let is_edit = !has_type(model) || values.text("type") == Some("image_edit");
    let picture = PICTURE_FIELDS.iter().find_map(|name| values.take_pictures(name).into_iter().next());
    if !model.fields.iter().any(|field| field.is_required && field.name == "prompt")
        && prompt.trim().is_empty()
        && values.take_pictures("reference_image_url").is_empty()
    {
        let error = FieldError::invalid("prompt", "needed without reference_image_url");
        return Err(Problem::fields(&[error]));
    }
    Ok(GenerationRequest {
        host: Host::Default,
        model: model.id.to_owned(),
        picture: picture.filter(|_| is_edit),
        mask: None,
        prompt,
        seed: values.integer("seed").filter(|seed| *seed >= 0).unwrap_or_else(random_seed),
        count: values.integer("num_images").and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        size: TargetSize::of_request(values, model.size, model.sides()),
        format: output_format(values).unwrap_or(model.format),
        is_marked: false,
        delivery: delivery(values),
        answer: model.answer,
        extra: Map::new(),
        price: model.price.credits(configured_price),
    })
}

/// Whether the model makes a new picture unless `type` asks for an edit.
fn has_type(model: &Model) -> bool {
    model.fields.iter().any(|field| field.name == "type")
}

/// The requested format of the result.
pub(super) fn output_format(values: &Values) -> Option<Format> {
    Format::from_extension(values.text("output_format")?)
}

/// The form in which the result is requested: three fields can say so.
pub(super) fn delivery(values: &Values) -> Delivery {
    let as_bytes = values.text("response_format") == Some("b64_json")
        || values.flag("convert_base64_to_url") == Some(false);
    match values.flag("sync_mode") {
        _ if as_bytes => Delivery::Base64,
        Some(true) => Delivery::DataUri,
        _ => Delivery::Url,
    }
}

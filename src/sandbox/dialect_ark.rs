//! The JSON dialect of the maker's own hosts: `POST /api/v3/images/generations`.

use serde_json::{Map, Value, json};

use super::credits::Credits;
use super::dialect_json::{delivery, object, output_format};
use super::field::{FieldError, Values};
use super::host::Host;
use super::models::ark::{self, ArkModel, Status};
use super::models::{AnswerForm, ItemForm, LinkForm};
use super::problem::Problem;
use super::request::{GenerationRequest, random_seed};
use super::size::{DefaultSize, TargetSize};

/// References and results together are at most this many.
const MAX_PICTURES: usize = 15;

/// Parses the body of a request. The error lists every problem, not only the first.
pub(super) fn parse(body: &[u8]) -> Result<GenerationRequest, Problem> {
    let mut given = object(body)?;
    let model = match given.remove("model") {
        Some(Value::String(id)) => (ark::find(&id).ok_or_else(|| Problem::no_such_model(&id))?, id),
        Some(_) => return Err(Problem::fields(&[FieldError::invalid("model", "expected a string")])),
        None => return Err(Problem::fields(&[FieldError::missing("model")])),
    };
    let (model, id) = model;
    let mut values = Values::check(model.fields, given).map_err(|errors| Problem::fields(&errors))?;
    request(model, id, &mut values).map_err(|error| Problem::fields(&[error]))
}

fn request(model: &ArkModel, id: String, values: &mut Values) -> Result<GenerationRequest, FieldError> {
    let pictures = values.take_pictures("image");
    if values.flag("stream") == Some(true) {
        return Err(FieldError::invalid("stream", "the sandbox does not send events"));
    }
    let count = match values.text("sequential_image_generation") {
        Some("auto") => {
            let options = values.get("sequential_image_generation_options");
            options.and_then(|options| options["max_images"].as_u64()).unwrap_or(1)
        }
        _ => 1,
    };
    if usize::try_from(count).unwrap_or(usize::MAX).saturating_add(pictures.len()) > MAX_PICTURES {
        let message = format!("expected at most {MAX_PICTURES} pictures, in the request and of results");
        return Err(FieldError::invalid("sequential_image_generation_options", message));
    }
    let references = pictures.len();
    let picture = pictures.into_iter().next();
    let size = TargetSize::of_request(values, DefaultSize::InputShape(model.pixels), None);
    let pixels = size.for_request(picture.as_ref()).pixels();
    let format = output_format(values).unwrap_or(model.format);
    // About one token for 256 pixels.
    let tokens = count * pixels / 256;
    let extra = Map::from_iter([
        ("model".to_owned(), json!(id)),
        (
            "usage".to_owned(),
            json!({
                "input_images": references,
                "generated_images": count,
                "output_tokens": tokens,
                "total_tokens": tokens,
            }),
        ),
    ]);
    Ok(GenerationRequest {
        host: Host::Ark,
        model: id,
        picture,
        mask: None,
        prompt: values.text("prompt").unwrap_or_default().to_owned(),
        seed: random_seed(),
        count: u32::try_from(count).unwrap_or(1),
        size,
        format,
        is_marked: values.flag("watermark") != Some(false),
        delivery: delivery(values),
        answer: AnswerForm {
            item: ItemForm::Ark,
            created: true,
            meta: false,
            link: LinkForm::Signed,
            ..AnswerForm::PLAIN
        },
        extra,
        price: Credits(model.price.credits(pixels, references)),
    })
}

/// `GET /api/v3/models`, which also lists models that are no longer served.
pub(super) fn models() -> Value {
    let rows: Vec<Value> = ark::MODELS
        .iter()
        .map(|model| {
            let mut row = json!({"id": model.id, "object": "model", "domain": "ImageGeneration"});
            if model.status == Status::Shutdown {
                row["status"] = json!("Shutdown");
            }
            row
        })
        .collect();
    json!({"object": "list", "data": rows})
}

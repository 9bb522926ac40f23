//! The inputs of fal's models: a flat JSON object, without the model, which is in the path.

use serde_json::{Map, json};

use super::credits::Credits;
use super::dialect_json::{delivery, object, output_format};
use super::field::Values;
use super::host::Host;
use super::models::ark::SMALL_PIXELS;
use super::models::fal::FalModel;
use super::models::{AnswerForm, ItemForm, Lists};
use super::problem::Problem;
use super::request::{GenerationRequest, random_seed};
use super::size::TargetSize;

/// Of more pictures, only the last ones are used.
const USED_PICTURES: usize = 10;

/// Parses the body of a request to `model`. The error lists every problem, not only the first.
pub(super) fn parse(model: &FalModel, body: &[u8]) -> Result<GenerationRequest, Problem> {
    let mut values = Values::check(model.fields, object(body)?).map_err(|errors| Problem::fields(&errors))?;
    let mut pictures = values.take_pictures("image_url");
    pictures.extend(values.take_pictures("image_urls"));
    let unused = pictures.len().saturating_sub(USED_PICTURES);
    let picture = pictures.into_iter().nth(unused);
    let size = TargetSize::of_request(&values, model.size, None);
    let seed = values.integer("seed").filter(|seed| *seed >= 0).unwrap_or_else(random_seed);
    let pixels = size.for_request(picture.as_ref()).pixels();
    let (small, large) = model.prices;
    Ok(GenerationRequest {
        host: Host::Fal,
        model: model.id.to_owned(),
        picture,
        mask: None,
        prompt: values.text("prompt").unwrap_or_default().to_owned(),
        seed,
        count: values.integer("num_images").and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        size,
        format: output_format(&values).unwrap_or(model.format),
        is_marked: false,
        delivery: delivery(&values),
        answer: AnswerForm {
            lists: if model.is_single { Lists::Image } else { Lists::Images },
            item: ItemForm::File,
            meta: false,
            ..AnswerForm::PLAIN
        },
        extra: Map::from_iter([("seed".to_owned(), json!(seed))]),
        price: Credits(if pixels <= SMALL_PIXELS { small } else { large }),
    })
}

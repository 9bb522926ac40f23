//! The form dialect: `POST /v1/images/edits`, of the default host, of OpenAI and of servers that one runs oneself.

use hyper::body::Bytes;
use seededit_picture::{Format, Header, Size};
use serde_json::{Map, Value, json};

use super::dialect_json::{delivery, output_format};
use super::field::{Field, FieldError, Rule, Values};
use super::host::Host;
use super::input::{InputLimits, PictureInput};
use super::mask::{MaskInput, Selection};
use super::models::edits::{
    EditModel, LOCAL, MAX_MASK_BYTES, MAX_PICTURE_BYTES, MAX_PICTURES, MODELS, OPENAI_DEFAULT,
};
use super::models::{AnswerForm, ItemForm};
use super::multipart::Part;
use super::paint;
use super::problem::Problem;
use super::request::{Delivery, GenerationRequest, random_seed};
use super::size::TargetSize;

/// The names by which the client knows servers on the user's machine. They take a key, and need none.
const LOCAL_SERVERS: [&str; 4] = ["llama-swap", "sd-server", "sglang", "vllm-omni"];

/// The host that a form is meant for: OpenAI's own ids have no maker in front, and only a server on the user's
/// machine needs no key.
pub(super) fn host_of(model: Option<&str>, has_key: bool) -> Host {
    match model {
        _ if !has_key => Host::Local,
        Some(model) if LOCAL_SERVERS.contains(&model) => Host::Local,
        Some(model) if model.contains('/') => Host::Default,
        _ => Host::OpenAi,
    }
}

/// The model that a form names.
pub(super) fn model_of(parts: &[Part]) -> Option<String> {
    let part = parts.iter().find(|part| part.name == "model")?;
    Some(String::from_utf8_lossy(&part.body).into_owned())
}

/// Reads a form. The error lists every problem, not only the first.
pub(super) fn parse(host: Host, parts: Vec<Part>) -> Result<GenerationRequest, Problem> {
    let model = model_for(host, model_of(&parts).as_deref())?;
    let mut errors = Vec::new();
    let (mut texts, mut pictures, mut masks) = (Map::new(), Vec::new(), Vec::new());
    for part in parts {
        match part.name.as_str() {
            "image" | "image[]" => pictures.push(part),
            "mask" => masks.push(part),
            // The name that one of the servers has for it.
            "mask_image" if host == Host::Local => masks.push(part),
            "model" => {}
            name => {
                let field = model.fields.iter().find(|field| field.name == name);
                let value = field_value(field, &part.body);
                if texts.insert(name.to_owned(), value).is_some() {
                    errors.push(FieldError::invalid(name, "given twice"));
                }
            }
        }
    }
    if host == Host::Local {
        texts.retain(|name, _| model.fields.iter().any(|field| field.name == name));
    }
    check_pictures(host, &pictures, &mut errors);
    let picture = pictures.first().map(|part| part.body.clone()).unwrap_or_default();
    if let Some(error) = masks.first().and_then(|mask| mask_error(host, mask, &picture)) {
        errors.push(FieldError::invalid("mask", error));
    }
    if masks.len() > 1 {
        errors.push(FieldError::invalid("mask", "given twice"));
    }
    match Values::check(model.fields, texts) {
        Ok(values) if errors.is_empty() => Ok(request(model, &values, picture, masks.pop())),
        values => {
            errors.extend(values.err().unwrap_or_default());
            Err(Problem::fields(&errors))
        }
    }
}

fn model_for(host: Host, named: Option<&str>) -> Result<&'static EditModel, Problem> {
    let id = match (host, named) {
        (Host::Local, _) => return Ok(LOCAL),
        (Host::OpenAi, None) => OPENAI_DEFAULT,
        (_, None) => return Err(Problem::fields(&[FieldError::missing("model")])),
        (_, Some(id)) => id,
    };
    MODELS.iter().find(|model| model.host == host && model.id == id).ok_or_else(|| Problem::no_such_model(id))
}

/// The text of a field as a value of the type that its rule expects, so that one check fits both dialects.
fn field_value(field: Option<&Field>, body: &[u8]) -> Value {
    let Ok(text) = std::str::from_utf8(body) else {
        return Value::Null;
    };
    let typed = match field.map(|field| field.rule) {
        Some(Rule::Integer(..)) => text.parse::<i64>().ok().map(Value::from),
        Some(Rule::Flag) => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    typed.unwrap_or_else(|| json!(text))
}

fn check_pictures(host: Host, pictures: &[Part], errors: &mut Vec<FieldError>) {
    if pictures.is_empty() {
        errors.push(FieldError::missing("image"));
    }
    if pictures.len() > MAX_PICTURES {
        errors.push(FieldError::invalid("image", format!("expected at most {MAX_PICTURES} pictures")));
    }
    if pictures.iter().filter(|part| part.name == "image").count() > 1 && host == Host::OpenAi {
        errors.push(FieldError::invalid("image", "given twice; a list is named image[]"));
    }
    let error = pictures.iter().find_map(|part| picture_error(host, part));
    errors.extend(error.map(|error| FieldError::invalid("image", error)));
}

fn picture_error(host: Host, part: &Part) -> Option<String> {
    if part.file_name.is_none() {
        return Some("expected a file".to_owned());
    }
    if part.body.len() >= MAX_PICTURE_BYTES {
        return Some("the image is not smaller than 50 MB".to_owned());
    }
    let found = Format::sniff(&part.body);
    if host == Host::Local {
        return found.is_none().then(|| "not an image".to_owned());
    }
    let declared = part.content_type.as_deref().unwrap_or("application/octet-stream");
    match declared.strip_prefix("image/") {
        Some(format @ ("png" | "jpeg" | "webp")) => InputLimits::NONE.check(format, &part.body).err(),
        _ => Some(format!("unsupported mimetype ('{declared}')")),
    }
}

/// Why a mask cannot be used. It has the picture's size; OpenAI takes a PNG with an alpha channel.
fn mask_error(host: Host, mask: &Part, picture: &Bytes) -> Option<String> {
    if mask.file_name.is_none() {
        return Some("expected a file".to_owned());
    }
    if mask.body.len() >= MAX_MASK_BYTES {
        return Some("the mask is not smaller than 4 MB".to_owned());
    }
    if Format::sniff(&mask.body) != Some(Format::Png) {
        return Some("the mask is not a PNG".to_owned());
    }
    let size = |bytes: &[u8]| Header::read(bytes).ok().map(|header| header.size);
    if let (Some(own), Some(of_picture)) = (size(&mask.body), size(picture))
        && own != of_picture
    {
        return Some(format!("the mask is {own}, and the image is {of_picture}"));
    }
    match paint::decode(&mask.body) {
        Ok(decoded) if decoded.color().has_alpha() || host == Host::Local => None,
        Ok(_) => Some("the mask has no alpha channel".to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

fn request(model: &EditModel, values: &Values, picture: Bytes, mask: Option<Part>) -> GenerationRequest {
    let size = TargetSize::of_request(values, model.size, None);
    let format = output_format(values).unwrap_or(Format::Png);
    let input = Header::read(&picture).map(|header| header.size);
    let word = |name: &str, default: &str| json!(values.text(name).unwrap_or(default));
    let mut extra = Map::new();
    if model.host == Host::OpenAi {
        let Size { width, height } = size.for_input(input.unwrap_or(Size { width: 1024, height: 1024 }));
        extra.insert("background".to_owned(), word("background", "opaque"));
        extra.insert("quality".to_owned(), word("quality", "high"));
        extra.insert("size".to_owned(), json!(format!("{width}x{height}")));
        extra.insert(
            "usage".to_owned(),
            json!({
                "input_tokens": 388,
                "input_tokens_details": {"image_tokens": 323, "text_tokens": 65},
                "output_tokens": 4160,
                "total_tokens": 4548,
            }),
        );
    }
    if model.host != Host::Default {
        extra.insert("output_format".to_owned(), json!(format.name()));
    }
    let (item, created, meta, delivery) = match model.host {
        Host::Default => (ItemForm::Plain, true, true, delivery(values)),
        _ => (ItemForm::Bare, true, false, Delivery::Base64),
    };
    GenerationRequest {
        host: model.host,
        model: model.id.to_owned(),
        picture: Some(PictureInput::Bytes(picture)),
        mask: mask.map(|mask| MaskInput {
            bytes: mask.body,
            selection: match model.host {
                Host::Local => Selection::White,
                _ => Selection::Transparent,
            },
        }),
        prompt: values.text("prompt").unwrap_or_default().to_owned(),
        seed: random_seed(),
        count: values.integer("n").and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        size,
        format,
        is_marked: false,
        delivery,
        answer: AnswerForm { item, created, meta, ..AnswerForm::PLAIN },
        extra,
        price: model.price.credits(super::credits::Credits::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_of_ones_own_may_be_sent_a_key() {
        for name in LOCAL_SERVERS {
            assert_eq!(host_of(Some(name), true), Host::Local);
        }
        assert_eq!(host_of(Some("gpt-image-2"), true), Host::OpenAi);
        assert_eq!(host_of(Some("openai/gpt-image-2"), true), Host::Default);
        assert_eq!(host_of(Some("gpt-image-2"), false), Host::Local);
    }
}

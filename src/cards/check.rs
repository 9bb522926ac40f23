//! What every card has to keep, besides its syntax.
//!
//! A card is a file that a user may have copied from elsewhere. What it says decides what is sent and what a budget
//! counts with, so that a slip must not show up as a refused or unexpectedly expensive request.

use std::collections::BTreeMap;

use crate::dialect::Dialect;
use crate::model::{IntegerField, ModelCard, NumberField, Price};
use crate::service::ServiceCard;
use crate::size::Form;

/// Fields that `[extra]` must not have, even if the card has no other use for them: the program fills them from what is
/// asked, or they ask for several results, which are charged and not saved.
const RESERVED: [&str; 14] = [
    "model",
    "prompt",
    "image",
    "images",
    "image_url",
    "image_urls",
    "mask",
    "seed",
    "size",
    "n",
    "num_images",
    "num_outputs",
    "max_images",
    "stream",
];

/// Headers that the program or the connection sets.
const SET_HEADERS: [&str; 22] = [
    "accept",
    "accept-encoding",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "host",
    "if-range",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-seededit-area",
];

/// The formats that an answer can be asked for.
const OUTPUT_FORMATS: [&str; 3] = ["jpeg", "png", "webp"];

/// Checks a service's card.
///
/// # Errors
/// Returns what is wrong: the key, and the reason.
pub(crate) fn service(card: &ServiceCard) -> Result<(), String> {
    card.input.ensure_valid()?;
    for (key, name) in
        [("request_id_header", &card.request_id_header), ("queue_id_header", &card.queue_id_header)]
    {
        let Some(name) = name else { continue };
        if !is_header_name(name) {
            return Err(format!("`{key}` is not the name of a header: {name:?}"));
        }
        if key == "request_id_header" && SET_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(format!("`{key}` names a header that has another use: `{name}`"));
        }
    }
    for (dialect, path) in &card.paths {
        let dialects = [Dialect::ImagesJson, Dialect::ImagesMultipart, Dialect::Queue].map(Dialect::name);
        if !dialects.contains(&dialect.as_str()) {
            return Err(format!("`paths` has an unknown key `{dialect}`: it takes {}", dialects.join(", ")));
        }
        ensure_path(&format!("paths.{dialect}"), path)?;
    }
    let is_zero = |key: &str| Err(format!("`{key}` must be at least 1"));
    match (card.timeout, card.link_hours) {
        (Some(0), _) => is_zero("timeout"),
        (_, 0) => is_zero("link_hours"),
        _ => Ok(()),
    }
}

/// Checks a model's card. `is_free` returns whether its service charges nothing; `None` if the service has no card.
///
/// # Errors
/// Returns what is wrong: the key, and the reason.
pub(crate) fn model(card: &ModelCard, is_free: impl Fn() -> Option<bool>) -> Result<(), String> {
    if let Some(limits) = &card.input {
        limits.ensure_valid()?;
    }
    if let Some(path) = &card.path {
        ensure_path("path", path)?;
    }
    if card.image.max == 0 {
        return Err("`image.max` must be at least 1: the picture to edit counts".into());
    }
    for (key, max) in [
        ("prompt.max", card.prompt.max),
        ("negative_prompt.max", card.negative_prompt.as_ref().and_then(|field| field.max)),
    ] {
        if max == Some(0) {
            return Err(format!("`{key}` must be at least 1"));
        }
    }
    card.seed.as_ref().map_or(Ok(()), seeds)?;
    card.guidance.as_ref().map_or(Ok(()), guidance)?;
    if let Some(field) = &card.output_format {
        if field.values.is_empty() {
            return Err("`output_format.values` is empty".into());
        }
        if let Some(other) = field.values.iter().find(|value| !OUTPUT_FORMATS.contains(&value.as_str())) {
            return Err(format!(
                "`output_format.values` has {other:?}: it takes {}",
                OUTPUT_FORMATS.join(", ")
            ));
        }
    }
    fields(card)?;
    card.price.as_ref().map_or(Ok(()), |found| price(found, is_free))
}

fn seeds(field: &IntegerField) -> Result<(), String> {
    if field.min > field.max { Err(range("seed", field.min, field.max)) } else { Ok(()) }
}

fn guidance(field: &NumberField) -> Result<(), String> {
    // TOML has `nan` and `inf`.
    if !field.min.is_finite() || !field.max.is_finite() || field.min > field.max {
        return Err(range("guidance", field.min, field.max));
    }
    match field.default {
        Some(default) if !(field.min..=field.max).contains(&default) => {
            Err(format!("`guidance.default` is {default}, which is not from {} to {}", field.min, field.max))
        }
        _ => Ok(()),
    }
}

fn range(key: &str, min: impl std::fmt::Display, max: impl std::fmt::Display) -> String {
    format!("`{key}` has no value: `min` is {min} and `max` is {max}")
}

/// Checks that no field has two meanings, and that `[extra]` sets nothing that the program sets.
fn fields(card: &ModelCard) -> Result<(), String> {
    let mut meanings: BTreeMap<&str, &str> = BTreeMap::new();
    let size: Vec<(&str, &str)> = match &card.size.form {
        Form::None => Vec::new(),
        Form::Tier(tiers) => vec![("size.field", &tiers.field)],
        Form::Word { field, .. }
        | Form::Exact { field, .. }
        | Form::List { field, .. }
        | Form::Preset { field, .. } => vec![("size.field", field)],
        Form::Ratio { field, tiers, .. } => {
            let tiers = tiers.as_ref().map(|tiers| ("size.tier_field", tiers.field.as_str()));
            [("size.field", field.as_str())].into_iter().chain(tiers).collect()
        }
    };
    let parts = [
        ("image.references", card.image.references.as_deref()),
        ("prompt.field", Some(card.prompt.field.as_str())),
        ("seed.field", card.seed.as_ref().map(|field| field.field.as_str())),
        ("guidance.field", card.guidance.as_ref().map(|field| field.field.as_str())),
        ("watermark.field", card.watermark.as_ref().map(|field| field.field.as_str())),
        ("negative_prompt.field", card.negative_prompt.as_ref().map(|field| field.field.as_str())),
        ("output_format.field", card.output_format.as_ref().map(|field| field.field.as_str())),
        ("mask.field", card.mask.as_ref().map(|field| field.field.as_str())),
        ("answer.field", card.answer.as_ref().map(|field| field.field.as_str())),
    ];
    let parts = parts.into_iter().filter_map(|(key, field)| Some((key, field?)));
    for (key, field) in [("image.field", card.image.field.as_str())].into_iter().chain(parts).chain(size) {
        if field.is_empty() {
            return Err(format!("`{key}` is empty"));
        }
        if field == "model" {
            return Err(format!("`{key}` is `model`, which holds the name of the model"));
        }
        if let Some(other) = meanings.insert(field, key) {
            return Err(format!("`{key}` and `{other}` are the same field, `{field}`"));
        }
    }
    for field in card.extra.keys() {
        if let Some(key) = meanings.get(field.as_str()) {
            return Err(format!("`extra.{field}` would replace `{key}`"));
        }
        if RESERVED.contains(&field.as_str()) {
            return Err(format!("`extra.{field}` is not allowed: the request itself decides it"));
        }
    }
    Ok(())
}

fn price(price: &Price, is_free: impl Fn() -> Option<bool>) -> Result<(), String> {
    let larger = price.larger.iter().map(|larger| ("price.larger.usd", larger.usd));
    let all = [("price.usd", price.usd)].into_iter().chain(larger);
    for (key, usd) in all.chain([("price.reference_usd", price.reference_usd)]) {
        if !usd.is_finite() || usd < 0.0 {
            return Err(format!("`{key}` is {usd}, which is not a price"));
        }
        if usd == 0.0 && key != "price.reference_usd" && is_free() == Some(false) {
            return Err(format!(
                "`{key}` is 0, and the service is not free: leave the price out if it is unknown"
            ));
        }
    }
    if !is_date(&price.date) {
        return Err(format!("`price.date` is {:?}, not YYYY-MM-DD, YYYY-MM or YYYY", price.date));
    }
    if price.larger.is_sorted_by(|one, next| one.above_pixels < next.above_pixels) {
        Ok(())
    } else {
        Err("`price.larger` is not in ascending order".into())
    }
}

/// Whether a text is a year, with a month and a day or without.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths = parts.iter().map(|part| part.len());
    (1..=3).contains(&parts.len())
        && lengths.eq([4, 2, 2].into_iter().take(parts.len()))
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a text is the name of a header: a token of RFC 9110.
fn is_header_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Checks that a path can follow a base URL.
fn ensure_path(key: &str, path: &str) -> Result<(), String> {
    let is_path = path.starts_with('/') && !path.chars().any(|c| c.is_control() || c.is_whitespace());
    if is_path { Ok(()) } else { Err(format!("`{key}` must begin with a slash and have no spaces")) }
}

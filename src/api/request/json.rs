//! Requests in JSON, with pictures as data URIs or links.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::cards::ImageShape;
use crate::pages::Pages;

use super::body::{Body, BodyBuilder};
use super::pictures::{Picture, PictureField, PictureFile};

pub(super) const CONTENT_TYPE: &str = "application/json";

/// Encodes a request.
///
/// Each picture is encoded in place, in memory that grows to the exact size of what it holds. A 10 MB picture becomes a
/// body of 13.4 MB, and neither is ever copied.
pub(super) fn encode(fields: Map<String, Value>, pictures: Vec<PictureField<'_, Picture>>) -> Body {
    let mut body = BodyBuilder::new(encode_in_place);
    body.text("{");
    for field in pictures {
        let (open, close) = if is_array(&field) { ("[", "],") } else { ("", ",") };
        body.text(&format!("{}:{open}", json!(field.name)));
        for (index, picture) in field.pictures.into_iter().enumerate() {
            if index > 0 {
                body.text(",");
            }
            match picture {
                Picture::Link(url) => body.text(&json!(url.as_str()).to_string()),
                Picture::File(PictureFile { media_type, bytes }) => {
                    // Base64 needs no escaping in JSON.
                    body.text(&format!("\"data:{media_type};base64,"));
                    body.file(bytes);
                    body.text("\"");
                }
            }
        }
        body.text(close);
    }
    let fields = Value::Object(fields).to_string();
    body.text(fields.strip_prefix('{').unwrap_or(&fields));
    body.build(CONTENT_TYPE)
}

/// Adds the pictures to the fields, as texts for display.
pub(super) fn preview(fields: &mut Map<String, Value>, pictures: Vec<PictureField<'_, String>>) {
    for field in pictures {
        let is_array = is_array(&field);
        let mut texts = field.pictures.into_iter().map(Value::String);
        let value = if is_array { texts.collect() } else { texts.next().unwrap_or_default() };
        fields.insert(field.name.to_owned(), value);
    }
}

fn is_array<T>(field: &PictureField<'_, T>) -> bool {
    field.shape == ImageShape::Array || field.pictures.len() > 1
}

/// Replaces `bytes` by `head`, their Base64 and `tail`, in the same memory.
///
/// The raw bytes are first moved to the end of the space for the encoded ones, which are then written from its
/// start. After n groups, 4n bytes are written and 3n are read. Reading starts ahead by a third of the raw
/// length, so writing never overtakes it.
fn encode_in_place(mut bytes: Pages, head: &[u8], tail: &[u8]) -> Pages {
    /// A multiple of three, so that only the last chunk is padded.
    const CHUNK: usize = 3 * 1024;
    let raw = bytes.len();
    let encoded = raw.div_ceil(3) * 4;
    let end = head.len() + encoded;
    bytes.resize(end + tail.len());
    bytes.copy_within(..raw, end - raw);
    bytes[..head.len()].copy_from_slice(head);
    let (mut read, mut written) = (end - raw, head.len());
    let mut chunk = [0; CHUNK];
    while read < end {
        let length = CHUNK.min(end - read);
        chunk[..length].copy_from_slice(&bytes[read..read + length]);
        read += length;
        // This can only fail for lack of space, which was computed above.
        written += STANDARD.encode_slice(&chunk[..length], &mut bytes[written..end]).unwrap_or_default();
    }
    bytes[end..].copy_from_slice(tail);
    bytes
}

//! Requests as forms, with pictures as files.

use serde_json::{Map, Value};

use crate::cards::ImageShape;
use crate::pages::Pages;

use super::body::{Body, BodyBuilder};
use super::pictures::{Picture, PictureField, PictureFile};

pub(super) const CONTENT_TYPE: &str = "multipart/form-data";

/// Encodes a request.
///
/// The parts around a picture are written into its memory, in which it is moved once.
pub(super) fn encode(fields: &Map<String, Value>, pictures: Vec<PictureField<'_, Picture>>) -> Body {
    encode_with(&boundary(), fields, pictures)
}

/// Returns a line that does not occur in any part: 128 random bits are in no picture by chance, and nobody who draws one
/// can know them.
fn boundary() -> String {
    format!("seededit-{:032x}", fastrand::u128(..))
}

fn encode_with(
    boundary: &str,
    fields: &Map<String, Value>,
    pictures: Vec<PictureField<'_, Picture>>,
) -> Body {
    let mut body = BodyBuilder::new(frame_in_place);
    let mut separator = format!("--{boundary}\r\n");
    for (name, value) in fields {
        body.text(&separator);
        body.text(&format!("Content-Disposition: form-data; name=\"{}\"\r\n\r\n", quoted(name)));
        body.text(&text(value));
        separator = format!("\r\n--{boundary}\r\n");
    }
    for field in pictures {
        let name = part_name(&field);
        for picture in field.pictures {
            body.text(&separator);
            match picture {
                Picture::File(PictureFile { media_type, bytes }) => {
                    body.text(&format!(
                        "Content-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\
                         Content-Type: {media_type}\r\n\r\n",
                        quoted(&name),
                        file_name(media_type),
                    ));
                    body.file(bytes);
                }
                // A form has files only; a link is downloaded before.
                Picture::Link(url) => {
                    body.text(&format!("Content-Disposition: form-data; name=\"{}\"\r\n\r\n", quoted(&name)));
                    body.text(url.as_str());
                }
            }
            separator = format!("\r\n--{boundary}\r\n");
        }
    }
    body.text(&format!("\r\n--{boundary}--\r\n"));
    body.build(format!("{CONTENT_TYPE}; boundary={boundary}"))
}

/// Adds the pictures to the fields, as texts for display.
pub(super) fn preview(fields: &mut Map<String, Value>, pictures: Vec<PictureField<'_, String>>) {
    for field in pictures {
        let name = part_name(&field);
        let mut texts = field.pictures.into_iter().map(Value::String);
        let value = if texts.len() > 1 { texts.collect() } else { texts.next().unwrap_or_default() };
        fields.insert(name, value);
    }
}

/// Returns the text of a field in a form.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // Numbers and words are the same in JSON. Cards of forms have no objects.
        value => value.to_string(),
    }
}

fn part_name<T>(field: &PictureField<'_, T>) -> String {
    let is_list = field.shape == ImageShape::Array && field.pictures.len() > 1;
    format!("{}{}", field.name, if is_list { "[]" } else { "" })
}

/// Returns the name of a file. The name of the user's file is not sent.
fn file_name(media_type: &str) -> String {
    format!("image.{}", media_type.strip_prefix("image/").unwrap_or("bin"))
}

/// Escapes a name in a header, as browsers do.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// Adds `head` and `tail` to `bytes`, in the same memory.
fn frame_in_place(mut bytes: Pages, head: &[u8], tail: &[u8]) -> Pages {
    let raw = bytes.len();
    let end = head.len() + raw;
    bytes.resize(end + tail.len());
    bytes.copy_within(..raw, head.len());
    bytes[..head.len()].copy_from_slice(head);
    bytes[end..].copy_from_slice(tail);
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn file(bytes: &[u8]) -> Picture {
        Picture::File(PictureFile { media_type: "image/png", bytes: bytes.into() })
    }

    fn field(shape: ImageShape, pictures: Vec<Picture>) -> PictureField<'static, Picture> {
        PictureField { name: "image", shape, pictures }
    }

    fn sent(body: &Body) -> Vec<u8> {
        body.chunks().flat_map(|chunk| chunk.iter().copied()).collect()
    }

    fn fields() -> Map<String, Value> {
        json!({"n": 2, "prompt": "say \"hi\"\nö", "stream": false}).as_object().unwrap().clone()
    }

    #[test]
    fn a_form_is_these_bytes() {
        let body = encode_with("B", &fields(), vec![field(ImageShape::Array, vec![file(b"\0PNG\r\n")])]);
        assert_eq!(body.content_type(), "multipart/form-data; boundary=B");
        assert_eq!(
            String::from_utf8(sent(&body)).unwrap(),
            "--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n2\r\n\
             --B\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nsay \"hi\"\nö\r\n\
             --B\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\nfalse\r\n\
             --B\r\nContent-Disposition: form-data; name=\"image\"; filename=\"image.png\"\r\n\
             Content-Type: image/png\r\n\r\n\0PNG\r\n\r\n--B--\r\n"
        );
    }

    #[test]
    fn several_pictures_are_a_list_or_repeat_the_field_as_the_card_says() {
        let names = |shape| {
            let body = encode_with("B", &Map::new(), vec![field(shape, vec![file(b"1"), file(b"2")])]);
            let text = String::from_utf8(sent(&body)).unwrap();
            text.split("; name=").skip(1).map(|rest| rest.split(';').next().unwrap().to_owned()).collect()
        };
        let [array, single, either]: [Vec<String>; 3] =
            [ImageShape::Array, ImageShape::Single, ImageShape::SingleOrArray].map(names);
        assert_eq!(array, ["\"image[]\""; 2]);
        assert_eq!(single, ["\"image\""; 2]);
        assert_eq!(either, single);
    }

    #[test]
    fn a_name_cannot_end_its_header() {
        assert_eq!(quoted("a\"\r\nb"), "a%22%0D%0Ab");
    }

    #[test]
    fn every_form_has_its_own_boundary_of_allowed_characters() {
        let boundaries = [boundary(), boundary()];
        assert_ne!(boundaries[0], boundaries[1]);
        for boundary in boundaries {
            assert!(boundary.len() <= 70);
            assert!(boundary.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
        }
    }

    proptest! {
        #[test]
        fn pictures_of_any_bytes_arrive_unchanged(pictures in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 1..4)) {
            let files = pictures.iter().map(|bytes| file(bytes)).collect();
            let body = encode(&fields(), vec![field(ImageShape::Array, files)]);
            let boundary = body.content_type().split_once("boundary=").unwrap().1;
            let sent = sent(&body);
            let delimiter = format!("\r\n--{boundary}");
            let mut rest = sent.as_slice();
            let mut bodies = Vec::new();
            while let Some(at) = rest.windows(delimiter.len()).position(|found| found == delimiter.as_bytes()) {
                let part = &rest[..at];
                let head = part.windows(4).position(|found| found == b"\r\n\r\n").unwrap();
                bodies.push(part[head + 4..].to_vec());
                rest = &rest[at + delimiter.len()..];
            }
            prop_assert_eq!(rest, b"--\r\n");
            prop_assert_eq!(&bodies[3..], &pictures[..]);
        }
    }
}

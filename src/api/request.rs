//! The request body of a generation.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use url::Url;

use crate::pages::Pages;

use super::fields::{Guidance, Model, Prompt, ResponseFormat, Seed, SizeRule};

/// The fields of a request except the picture. Fields that are `None` are not sent.
#[derive(Debug, Clone)]
pub struct Generation {
    pub model: Model,
    pub prompt: Prompt,
    /// Always sent, so that every result can be repeated.
    pub seed: Seed,
    pub guidance_scale: Option<Guidance>,
    /// Whether to add the invisible watermark. The default differs between hosts.
    pub watermark: Option<bool>,
    pub response_format: Option<ResponseFormat>,
    pub size: Option<SizeRule>,
}

/// The picture in a request.
#[derive(Debug)]
pub enum ImageField {
    /// The bytes of the file, sent as a data URI.
    Bytes {
        /// The true MIME type in lower case, such as `image/jpeg`.
        media_type: &'static str,
        /// The file. Its memory is reused for the body.
        bytes: Pages,
    },
    /// A link that the service downloads itself.
    Link(Url),
}

/// The JSON of a request, ready to be sent any number of times.
#[derive(Clone)]
pub struct Body(Bytes);

impl Generation {
    /// Returns all fields except `image`.
    fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("model".into(), json!(self.model.as_str()));
        fields.insert("prompt".into(), json!(self.prompt.as_str()));
        fields.insert("seed".into(), json!(self.seed.value()));
        let optional = [
            ("guidance_scale", self.guidance_scale.map(|scale| json!(scale.value()))),
            ("watermark", self.watermark.map(Value::Bool)),
            ("response_format", self.response_format.map(|format| json!(format.as_str()))),
            ("size", self.size.map(|size| json!(size.as_str()))),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                fields.insert(name.into(), value);
            }
        }
        fields
    }

    /// Encodes the whole request.
    ///
    /// The picture is encoded in place, in memory that grows to the exact size of the body. A 10 MB picture
    /// becomes a body of 13.4 MB, and neither is ever copied.
    pub fn body(&self, image: ImageField) -> Body {
        let mut fields = self.fields();
        match image {
            ImageField::Link(url) => {
                fields.insert("image".into(), json!(url.as_str()));
                Body(Value::Object(fields).to_string().into())
            }
            ImageField::Bytes { media_type, bytes } => {
                // Base64 needs no escaping in JSON.
                let head = format!("{{\"image\":\"data:{media_type};base64,");
                let tail = Value::Object(fields).to_string().replacen('{', "\",", 1);
                Body(Bytes::from_owner(encode_in_place(bytes, head.as_bytes(), tail.as_bytes())))
            }
        }
    }

    /// Returns the request for display, with `image` in place of the picture.
    pub fn preview(&self, image: &str) -> Value {
        let mut shown = Map::new();
        shown.insert("image".into(), json!(image));
        shown.extend(self.fields());
        Value::Object(shown)
    }
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

impl Body {
    /// Returns the length in bytes.
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Always false: a request has at least one field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the bytes, shared without a copy.
    pub(super) fn bytes(&self) -> Bytes {
        self.0.clone()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.0.len())
    }
}

/// The progress of a transfer, shared between the thread that transfers and the one that displays it.
#[derive(Debug, Clone, Default)]
pub struct TransferProgress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    total: AtomicU64,
}

impl TransferProgress {
    /// Restarts at zero of `total` bytes; a `total` of 0 means that it is unknown.
    pub fn start(&self, total: u64) {
        self.0.done.store(0, Ordering::Relaxed);
        self.0.total.store(total, Ordering::Relaxed);
    }

    /// Adds transferred bytes.
    pub fn add(&self, bytes: u64) {
        self.0.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns the number of bytes transferred so far.
    pub fn done(&self) -> u64 {
        self.0.done.load(Ordering::Relaxed)
    }

    /// Returns the number of bytes in all, or 0 if it is unknown.
    pub fn total(&self) -> u64 {
        self.0.total.load(Ordering::Relaxed)
    }
}

/// A reader of a request body that counts the bytes read.
pub(super) struct CountingReader {
    bytes: io::Cursor<Bytes>,
    transfer: TransferProgress,
}

impl CountingReader {
    /// Reads `body` and counts in `transfer`.
    pub(super) fn new(body: &Body, transfer: TransferProgress) -> CountingReader {
        CountingReader { bytes: io::Cursor::new(body.bytes()), transfer }
    }
}

impl Read for CountingReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(into)?;
        self.transfer.add(read as u64);
        Ok(read)
    }
}

/// The `X-Client-Request-Id` of one attempt. It finds a call in the usage log if its answer was never seen.
///
/// The service allows 1 to 128 characters of `A–Z a–z 0–9 . _ : -`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// Creates the id of the `attempt`-th POST (from 1) of a job. Job ids are random, so no other process
    /// creates the same one.
    pub fn new(job: &str, attempt: u32) -> RequestId {
        debug_assert!(job.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        RequestId(format!("seededit-{job}-{attempt}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn generation() -> Generation {
        Generation {
            model: "bytedance/seededit-3.0-i2i".parse().unwrap(),
            prompt: "say \"hi\"".parse().unwrap(),
            seed: "41".parse().unwrap(),
            guidance_scale: None,
            watermark: None,
            response_format: None,
            size: None,
        }
    }

    fn parsed(body: &Body) -> Value {
        serde_json::from_slice(&body.bytes()).unwrap()
    }

    #[test]
    fn only_given_fields_and_the_seed_are_sent() {
        let body = generation().body(ImageField::Bytes { media_type: "image/png", bytes: b"abc"[..].into() });
        assert_eq!(
            parsed(&body),
            json!({
                "model": "bytedance/seededit-3.0-i2i",
                "image": "data:image/png;base64,YWJj",
                "prompt": "say \"hi\"",
                "seed": 41,
            })
        );
    }

    #[test]
    fn every_option_has_the_services_name() {
        let generation = Generation {
            guidance_scale: Some("7.5".parse().unwrap()),
            watermark: Some(false),
            response_format: Some(ResponseFormat::B64Json),
            size: Some(SizeRule::Adaptive),
            ..generation()
        };
        let url = Url::parse("https://host.example/a\"b.png?x=1").unwrap();
        let body = parsed(&generation.body(ImageField::Link(url.clone())));
        assert_eq!(body["guidance_scale"], json!(7.5));
        assert_eq!(body["watermark"], json!(false));
        assert_eq!(body["response_format"], json!("b64_json"));
        assert_eq!(body["size"], json!("adaptive"));
        assert_eq!(body["image"], json!(url.as_str()));
    }

    proptest! {
        #[test]
        fn a_picture_of_any_length_is_encoded_unchanged(length in 0usize..20_000, seed: u64) {
            let mut picture = vec![0; length];
            fastrand::Rng::with_seed(seed).fill(&mut picture);
            let body = generation().body(ImageField::Bytes { media_type: "image/jpeg", bytes: picture.as_slice().into() });
            let sent = parsed(&body);
            let data = sent["image"].as_str().unwrap().strip_prefix("data:image/jpeg;base64,").unwrap();
            prop_assert_eq!(STANDARD.decode(data).unwrap(), picture);
        }
    }

    #[test]
    fn each_attempt_has_its_own_request_id_in_the_allowed_alphabet() {
        let ids = [RequestId::new("01hq3k9", 1), RequestId::new("01hq3k9", 2)];
        assert_ne!(ids[0], ids[1]);
        for id in ids {
            assert!(id.as_str().len() <= 128);
            assert!(id.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b)));
        }
    }

    #[test]
    fn reading_a_body_counts_its_bytes() {
        let body = generation().body(ImageField::Bytes { media_type: "image/png", bytes: b"abc"[..].into() });
        let transfer = TransferProgress::default();
        transfer.start(body.len());
        let mut sent = Vec::new();
        CountingReader::new(&body, transfer.clone()).read_to_end(&mut sent).unwrap();
        assert_eq!(transfer.done(), body.len());
        assert_eq!(sent, body.bytes());
    }
}

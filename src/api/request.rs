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

use crate::cards::{Dialect, ImageShape, ModelCard, Parameters, SizeRequest, Solution};
use crate::pages::Pages;
use crate::picture::Size;

use super::fields::{Guidance, Prompt, RequestPath, ResponseFormat, Seed};

/// What is asked of a model, except for the picture.
#[derive(Debug, Clone)]
pub struct Generation {
    pub card: Arc<ModelCard>,
    /// The path below the base URL.
    pub path: RequestPath,
    pub prompt: Prompt,
    /// Sent to models that take one, so that every result can be repeated. For others it is the number of the variation.
    pub seed: Seed,
    pub guidance_scale: Option<Guidance>,
    /// Whether to add the invisible watermark. `None` asks for none: the defaults of services differ.
    pub watermark: Option<bool>,
    pub response_format: Option<ResponseFormat>,
    pub size: Option<SizeRequest>,
    pub negative_prompt: Option<String>,
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
    /// Returns the id of the model.
    pub fn model(&self) -> &str {
        &self.card.id
    }

    /// Returns the seed as it is sent. `None` if the model takes none.
    pub fn sent_seed(&self) -> Option<u32> {
        let field = self.card.seed.as_ref()?;
        Some(self.seed.value().clamp(field.min, field.max))
    }

    /// Returns what is asked for, with this seed.
    pub fn parameters(&self, seed: Option<Seed>) -> Parameters {
        Parameters {
            seed: seed.map(Seed::value),
            guidance: self.guidance_scale.map(Guidance::value),
            watermark: self.watermark,
            negative_prompt: self.negative_prompt.clone(),
            inline: self.response_format.map(|format| format == ResponseFormat::B64Json),
            size: self.size.clone(),
            ..Parameters::default()
        }
    }

    /// Finds the size to ask for, for an upload of this upright size. Without an upload, the size is left to the model
    /// unless one is requested.
    ///
    /// A request that the model cannot fulfil was refused by [`Parameters::check`], whatever the upload is; here it would
    /// be left to the model.
    pub fn solve_size(&self, upload: Option<Size>) -> Solution {
        /// A shape for requests that do not depend on the upload.
        const ANY: Size = Size { width: 1024, height: 1024 };
        match (upload, &self.size) {
            (None, None) => Solution::left_to_model(),
            (upload, request) => {
                let solution = self.card.size.solve(upload.unwrap_or(ANY), request.as_ref());
                solution.unwrap_or_else(|_| Solution::left_to_model())
            }
        }
    }

    /// Returns all fields except the picture.
    fn fields(&self, upload: Option<Size>) -> Map<String, Value> {
        let parameters = Parameters { seed: self.sent_seed(), ..self.parameters(None) };
        let mut fields = parameters.fields(self.prompt.as_str(), &self.card);
        fields.extend(self.solve_size(upload).fields);
        // A queue has the model in its path.
        if self.card.dialect != Dialect::Queue {
            fields.insert("model".into(), json!(self.model()));
        }
        fields
    }

    /// Encodes the whole request. `upload` is the upright size of the picture, if it is known.
    ///
    /// The picture is encoded in place, in memory that grows to the exact size of the body. A 10 MB picture
    /// becomes a body of 13.4 MB, and neither is ever copied.
    pub fn body(&self, image: ImageField, upload: Option<Size>) -> Body {
        let mut fields = self.fields(upload);
        match image {
            ImageField::Link(url) => {
                fields.insert(self.card.image.field.clone(), self.in_shape(json!(url.as_str())));
                Body(Value::Object(fields).to_string().into())
            }
            ImageField::Bytes { media_type, bytes } => {
                // Base64 needs no escaping in JSON.
                let (open, close) = if self.is_in_array() { ("[", "]") } else { ("", "") };
                let head = format!("{{{}:{open}\"data:{media_type};base64,", json!(self.card.image.field));
                let tail = Value::Object(fields).to_string().replacen('{', &format!("\"{close},"), 1);
                Body(Bytes::from_owner(encode_in_place(bytes, head.as_bytes(), tail.as_bytes())))
            }
        }
    }

    /// Returns the request for display, with `image` in place of the picture.
    pub fn preview(&self, image: &str, upload: Option<Size>) -> Value {
        let mut shown = self.fields(upload);
        shown.insert(self.card.image.field.clone(), self.in_shape(json!(image)));
        Value::Object(shown)
    }

    fn is_in_array(&self) -> bool {
        self.card.image.shape == ImageShape::Array
    }

    fn in_shape(&self, picture: Value) -> Value {
        if self.is_in_array() { json!([picture]) } else { picture }
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
    use crate::cards::Catalog;

    fn generation() -> Generation {
        generation_of("bytedance/seededit-3.0-i2i")
    }

    fn generation_of(model: &str) -> Generation {
        Generation {
            card: Catalog::built_in().model("aimlapi", model).unwrap().into(),
            path: "/v1/images/generations".parse().unwrap(),
            prompt: "say \"hi\"".parse().unwrap(),
            seed: "41".parse().unwrap(),
            guidance_scale: None,
            watermark: None,
            response_format: None,
            size: None,
            negative_prompt: None,
        }
    }

    fn picture(media_type: &'static str) -> ImageField {
        ImageField::Bytes { media_type, bytes: b"abc"[..].into() }
    }

    fn parsed(body: &Body) -> Value {
        serde_json::from_slice(&body.bytes()).unwrap()
    }

    #[test]
    fn only_given_fields_and_the_seed_are_sent_and_no_watermark_is_asked_for() {
        let body = generation().body(picture("image/png"), None);
        assert_eq!(
            parsed(&body),
            json!({
                "model": "bytedance/seededit-3.0-i2i",
                "image": "data:image/png;base64,YWJj",
                "prompt": "say \"hi\"",
                "seed": 41,
                "watermark": false,
            })
        );
    }

    #[test]
    fn every_option_has_the_services_name() {
        let generation = Generation {
            guidance_scale: Some("7.5".parse().unwrap()),
            watermark: Some(true),
            response_format: Some(ResponseFormat::B64Json),
            size: "adaptive".parse().ok(),
            ..generation()
        };
        let url = Url::parse("https://host.example/a\"b.png?x=1").unwrap();
        let body = parsed(&generation.body(ImageField::Link(url.clone()), None));
        assert_eq!(body["guidance_scale"], json!(7.5));
        assert_eq!(body["watermark"], json!(true));
        assert_eq!(body["response_format"], json!("b64_json"));
        assert_eq!(body["size"], json!("adaptive"));
        assert_eq!(body["image"], json!(url.as_str()));
    }

    #[test]
    fn another_model_gets_its_own_fields_and_the_size_of_the_picture() {
        let photo = Size { width: 1024, height: 768 };
        let body = generation_of("flux-2-edit").body(picture("image/jpeg"), Some(photo));
        assert_eq!(
            parsed(&body),
            json!({
                "model": "blackforestlabs/flux-2-edit",
                "image_urls": ["data:image/jpeg;base64,YWJj"],
                "prompt": "say \"hi\"",
                "seed": 41,
                "image_size": {"width": 1024, "height": 768},
            })
        );
    }

    #[test]
    fn a_seed_is_brought_into_the_range_of_the_model() {
        let generation = Generation { seed: "0".parse().unwrap(), ..generation_of("flux-2-edit") };
        assert_eq!(generation.sent_seed(), Some(1));
    }

    #[test]
    fn a_link_goes_where_the_picture_would() {
        let url = Url::parse("https://host.example/a.png").unwrap();
        let body = generation_of("flux-2-edit").body(ImageField::Link(url.clone()), None);
        assert_eq!(parsed(&body)["image_urls"], json!([url.as_str()]));
        assert_eq!(parsed(&body).get("image_size"), None);
    }

    proptest! {
        #[test]
        fn a_picture_of_any_length_is_encoded_unchanged(length in 0usize..20_000, seed: u64) {
            let mut picture = vec![0; length];
            fastrand::Rng::with_seed(seed).fill(&mut picture);
            let body = generation().body(ImageField::Bytes { media_type: "image/jpeg", bytes: picture.as_slice().into() }, None);
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
        let body = generation().body(picture("image/png"), None);
        let transfer = TransferProgress::default();
        transfer.start(body.len());
        let mut sent = Vec::new();
        CountingReader::new(&body, transfer.clone()).read_to_end(&mut sent).unwrap();
        assert_eq!(transfer.done(), body.len());
        assert_eq!(sent, body.bytes());
    }
}

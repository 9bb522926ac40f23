//! What is asked of a model. `json` and `multipart` encode it, with the pictures in the fields that `pictures` finds, as a
//! `body`.

mod body;
mod json;
mod multipart;
mod pictures;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::cards::{Dialect, ModelCard, Parameters, SizeRequest, Solution};
use crate::picture::{Format, Size};

use super::fields::{Guidance, Prompt, RequestPath, ResponseFormat, Seed};

pub use body::{Body, TransferProgress};
pub use pictures::{Picture, PictureFile, Pictures};

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
    /// The number of pictures besides the one to edit.
    pub references: usize,
    /// The format of the result to ask for. Models that do not offer it are not asked.
    pub output_format: Option<Format>,
}

/// A request for display.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    pub content_type: &'static str,
    /// All fields, with texts in place of pictures.
    pub fields: Map<String, Value>,
}

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
            references: self.references,
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
        let output_format = self.output_format.map(|format| format.name().to_owned());
        let is_offered = |format: &String| {
            self.card.output_format.as_ref().is_some_and(|field| field.values.contains(format))
        };
        let parameters = Parameters {
            seed: self.sent_seed(),
            output_format: output_format.filter(is_offered),
            ..self.parameters(None)
        };
        let mut fields = parameters.fields(self.prompt.as_str(), &self.card);
        fields.extend(self.solve_size(upload).fields);
        // A queue has the model in its path.
        if self.card.dialect != Dialect::Queue {
            fields.insert("model".into(), json!(self.model()));
        }
        fields
    }

    /// Encodes the whole request. `upload` is the upright size of the picture, if it is known.
    pub fn body(&self, pictures: Pictures, upload: Option<Size>) -> Body {
        let fields = self.fields(upload);
        let pictures = pictures.by_field(&self.card);
        match self.card.dialect {
            Dialect::ImagesJson | Dialect::Queue => json::encode(fields, pictures),
            Dialect::ImagesMultipart => multipart::encode(&fields, pictures),
        }
    }

    /// Returns the request for display, with texts in place of the pictures.
    pub fn preview(&self, pictures: Pictures<String>, upload: Option<Size>) -> Preview {
        let mut fields = self.fields(upload);
        let pictures = pictures.by_field(&self.card);
        let content_type = match self.card.dialect {
            Dialect::ImagesJson | Dialect::Queue => {
                json::preview(&mut fields, pictures);
                json::CONTENT_TYPE
            }
            Dialect::ImagesMultipart => {
                multipart::preview(&mut fields, pictures);
                multipart::CONTENT_TYPE
            }
        };
        Preview { content_type, fields }
    }
}

impl Preview {
    /// Returns the text that a form has for a value.
    pub fn text(value: &Value) -> String {
        multipart::text(value)
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
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;
    use url::Url;

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
            references: 0,
            output_format: None,
        }
    }

    fn picture(media_type: &'static str) -> Pictures {
        Pictures::only(Picture::File(PictureFile { media_type, bytes: b"abc"[..].into() }))
    }

    fn link(url: &Url) -> Pictures {
        Pictures::only(Picture::Link(url.clone()))
    }

    fn sent(body: &Body) -> Vec<u8> {
        body.chunks().flat_map(|chunk| chunk.iter().copied()).collect()
    }

    fn parsed(body: &Body) -> Value {
        assert_eq!(body.content_type(), "application/json");
        serde_json::from_slice(&sent(body)).unwrap()
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
        let body = parsed(&generation.body(link(&url), None));
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
        let body = generation_of("flux-2-edit").body(link(&url), None);
        assert_eq!(parsed(&body)["image_urls"], json!([url.as_str()]));
        assert_eq!(parsed(&body).get("image_size"), None);
    }

    proptest! {
        #[test]
        fn a_picture_of_any_length_is_encoded_unchanged(length in 0usize..20_000, seed: u64) {
            let mut picture = vec![0; length];
            fastrand::Rng::with_seed(seed).fill(&mut picture);
            let body = generation().body(Pictures::only(Picture::File(PictureFile { media_type: "image/jpeg", bytes: picture.as_slice().into() })), None);
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
    fn a_model_that_takes_forms_gets_its_fields_as_texts() {
        let photo = Size { width: 1500, height: 1000 };
        let body = generation_of("gpt-image-2").body(picture("image/png"), Some(photo));
        assert!(body.content_type().starts_with("multipart/form-data; boundary="));
        let text = String::from_utf8(sent(&body)).unwrap();
        for part in [
            "name=\"model\"\r\n\r\nopenai/gpt-image-2\r\n",
            "name=\"prompt\"\r\n\r\nsay \"hi\"\r\n",
            "name=\"size\"\r\n\r\n1536x1024\r\n",
            "name=\"image\"; filename=\"image.png\"\r\nContent-Type: image/png\r\n\r\nabc\r\n",
        ] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
        assert_eq!(text.matches("Content-Disposition").count(), 4, "{text}");
    }

    #[test]
    fn a_preview_has_the_fields_of_the_request() {
        let shown = |model: &str| generation_of(model).preview(Pictures::only("PICTURE".into()), None);
        let json = shown("flux-2-edit");
        assert_eq!(json.content_type, "application/json");
        assert_eq!(json.fields["image_urls"], json!(["PICTURE"]));
        let form = shown("gpt-image-2");
        assert_eq!(form.content_type, "multipart/form-data");
        assert_eq!(form.fields["image"], json!("PICTURE"));
    }
}

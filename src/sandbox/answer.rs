//! The answer to a charged generation, with the faults that occur after the charge.

use std::future::pending;
use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzEncoder;
use hyper::body::Bytes;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use seededit_picture::Size;
use serde_json::{Map, Value, json};

use super::call::{CallIds, Reset};
use super::credits::Credits;
use super::downloads::media_type;
use super::faults::AfterCharge;
use super::faulty_body::FaultyBody;
use super::host::Host;
use super::ids;
use super::models::{AnswerForm, ItemForm, Lists};
use super::problem;
use super::request::Delivery;

/// A generation that was executed and charged.
#[derive(Debug)]
pub(super) struct ChargedGeneration {
    pub(super) host: Host,
    /// Members of the answer that only this host or model has.
    pub(super) extra: Map<String, Value>,
    pub(super) call: CallIds,
    pub(super) created: Timestamp,
    pub(super) price: Credits,
    pub(super) delivery: Delivery,
    pub(super) form: AnswerForm,
    pub(super) prompt: String,
    pub(super) seed: i64,
    /// At least one.
    pub(super) pictures: Vec<ResultPicture>,
}

/// A result that was stored.
#[derive(Debug)]
pub(super) struct ResultPicture {
    pub(super) link: String,
    pub(super) file_name: String,
    pub(super) picture: Bytes,
    pub(super) size: Size,
}

/// Answers as documented, or with a fault.
pub(super) async fn answer(
    generation: &ChargedGeneration,
    fault: Option<AfterCharge>,
) -> Result<Response<FaultyBody>, Reset> {
    let mut answer = Answer::new(generation);
    let Some(fault) = fault else {
        return Ok(answer.complete());
    };
    let has_meta = generation.host == Host::Default;
    match fault {
        AfterCharge::Reset => return Err(Reset),
        AfterCharge::Stall => return pending().await,
        AfterCharge::Cut(bytes) => {
            return Ok(answer.response().map(|body| FaultyBody::cut(&body, bytes)));
        }
        AfterCharge::Gateway(status) => return Ok(problem::gateway_page(status)),
        AfterCharge::Html => return Ok(problem::gateway_page(StatusCode::OK)),
        AfterCharge::Endless => return Ok(answer.endless()),
        AfterCharge::Gzip => return Ok(answer.gzipped()),
        AfterCharge::NoMeta => answer.remove("meta"),
        AfterCharge::NullMeta | AfterCharge::TokensUsed | AfterCharge::NoPrice if !has_meta => {
            answer.drop_price_headers();
            answer.remove("usage");
        }
        AfterCharge::NullMeta => answer.set("meta", Value::Null),
        AfterCharge::TokensUsed => {
            answer.drop_price_headers();
            answer.set("meta", json!({"usage": {"tokens_used": generation.price.0}}));
        }
        AfterCharge::NoPrice => {
            answer.drop_price_headers();
            answer.set("meta", json!({"usage": null}));
        }
        AfterCharge::Several(count) => {
            let items = generation.items(generation.delivery);
            answer.set_lists(items.into_iter().cycle().take(count).collect());
        }
        AfterCharge::EmptyData => answer.set_lists(Vec::new()),
        AfterCharge::NullData => answer.null_lists(),
        AfterCharge::Inline => answer.set_lists(generation.items(Delivery::Base64)),
        AfterCharge::Status201 => answer.status = StatusCode::CREATED,
    }
    Ok(answer.complete())
}

impl ChargedGeneration {
    fn items(&self, delivery: Delivery) -> Vec<Value> {
        self.pictures.iter().map(|picture| picture.item(self.form.item, delivery)).collect()
    }
}

impl ResultPicture {
    fn item(&self, form: ItemForm, delivery: Delivery) -> Value {
        let media_type = media_type(&self.picture);
        let base64 = || STANDARD.encode(&self.picture);
        let mut item = match (delivery, form) {
            (Delivery::Base64, ItemForm::Bare | ItemForm::Ark) => json!({"b64_json": base64()}),
            (Delivery::Base64, _) => json!({"url": null, "b64_json": base64()}),
            (Delivery::Url, ItemForm::Bare | ItemForm::Ark | ItemForm::File) => json!({"url": self.link}),
            (Delivery::Url, _) => json!({"url": self.link, "b64_json": null}),
            (Delivery::DataUri, _) => json!({"url": format!("data:{media_type};base64,{}", base64())}),
        };
        let Size { width, height } = self.size;
        let more = match form {
            ItemForm::Plain | ItemForm::Bare => json!({}),
            ItemForm::Sized => json!({"size": format!("{width}x{height}")}),
            ItemForm::Ark => json!({
                "size": format!("{width}x{height}"),
                "output_format": media_type.trim_start_matches("image/"),
            }),
            ItemForm::Typed => json!({"mime_type": media_type}),
            ItemForm::Reviewed => {
                json!({"request_id": format!("rsid-{}", ids::random()), "content_violation": false})
            }
            ItemForm::File => json!({
                "content_type": media_type,
                "file_name": self.file_name,
                "file_size": self.picture.len(),
                "width": width,
                "height": height,
            }),
        };
        if let (Value::Object(item), Value::Object(more)) = (&mut item, more) {
            item.extend(more);
        }
        item
    }
}

/// An answer before it is sent.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Map<String, Value>,
    lists: Lists,
}

const CREDITS_HEADER: &str = "x-aimlapi-credits-used";
const USD_HEADER: &str = "x-aimlapi-usd-spent";

impl Answer {
    /// The documented answer.
    fn new(generation: &ChargedGeneration) -> Answer {
        let (credits, usd) = (generation.price.0, generation.price.usd());
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        generation.host.add_ids(&generation.call, &mut headers);
        if generation.host == Host::Default {
            headers.insert(CREDITS_HEADER, HeaderValue::from(credits));
            if let Ok(usd) = HeaderValue::from_str(&usd.to_string()) {
                headers.insert(USD_HEADER, usd);
            }
        }
        if generation.host == Host::Fal {
            headers.insert("x-fal-billable-units", HeaderValue::from(generation.pictures.len()));
        }
        let form = generation.form;
        let mut answer =
            Answer { status: StatusCode::OK, headers, body: generation.extra.clone(), lists: form.lists };
        if form.created {
            answer.set("created", json!(generation.created.as_second()));
        }
        answer.set_lists(generation.items(generation.delivery));
        if form.fal {
            answer.set("seed", json!(generation.seed));
            answer.set("prompt", json!(generation.prompt));
            answer.set("has_nsfw_concepts", json!(vec![false; generation.pictures.len()]));
            answer.set("timings", json!({"inference": 1.5}));
        }
        if form.meta {
            answer.set("meta", json!({"usage": {"credits_used": credits, "usd_spent": usd}}));
        }
        answer
    }

    /// Replaces the results.
    fn set_lists(&mut self, items: Vec<Value>) {
        if matches!(self.lists, Lists::Data | Lists::Both) {
            self.set("data", items.clone().into());
        }
        if self.lists == Lists::Image {
            self.set("image", items.into_iter().next().unwrap_or_default());
        } else if matches!(self.lists, Lists::Images | Lists::Both) {
            self.set("images", items.into());
        }
    }

    fn null_lists(&mut self) {
        for name in ["data", "images", "image"] {
            if self.body.contains_key(name) {
                self.set(name, Value::Null);
            }
        }
    }

    fn set(&mut self, name: &str, value: Value) {
        self.body.insert(name.to_owned(), value);
    }

    fn remove(&mut self, name: &str) {
        self.body.remove(name);
    }

    fn drop_price_headers(&mut self) {
        self.headers.remove(CREDITS_HEADER);
        self.headers.remove(USD_HEADER);
    }

    /// The answer with its `Content-Length`.
    fn response(self) -> Response<Bytes> {
        let body = Bytes::from(Value::Object(self.body).to_string());
        let length = HeaderValue::from(body.len());
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response.headers_mut().insert(CONTENT_LENGTH, length);
        response
    }

    fn complete(self) -> Response<FaultyBody> {
        self.response().map(FaultyBody::whole)
    }

    /// Everything except the closing brace, then spaces, so that the answer is never complete.
    fn endless(self) -> Response<FaultyBody> {
        let mut response = self.response();
        response.headers_mut().remove(CONTENT_LENGTH);
        response.map(|body| FaultyBody::endless(body.slice(..body.len().saturating_sub(1))))
    }

    fn gzipped(self) -> Response<FaultyBody> {
        let mut response = self.response();
        let mut packed = Vec::new();
        if GzEncoder::new(&response.body()[..], Compression::fast()).read_to_end(&mut packed).is_ok() {
            let headers = response.headers_mut();
            headers.insert(CONTENT_LENGTH, HeaderValue::from(packed.len()));
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            *response.body_mut() = packed.into();
        }
        response.map(FaultyBody::whole)
    }
}

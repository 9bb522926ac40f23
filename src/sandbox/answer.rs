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
use serde_json::{Map, Value, json};

use super::call::{CallIds, Reset};
use super::credits::Credits;
use super::faults::AfterCharge;
use super::faulty_body::FaultyBody;
use super::problem;
use super::request::ResponseFormat;

/// A generation that was executed and charged.
#[derive(Debug)]
pub(super) struct ChargedGeneration {
    pub(super) call: CallIds,
    pub(super) created: Timestamp,
    pub(super) price: Credits,
    pub(super) response_format: ResponseFormat,
    pub(super) link: String,
    pub(super) picture: Bytes,
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
            answer.set("data", vec![generation.item(generation.response_format); count].into())
        }
        AfterCharge::EmptyData => answer.set("data", json!([])),
        AfterCharge::NullData => answer.set("data", Value::Null),
        AfterCharge::Inline => answer.set("data", json!([generation.item(ResponseFormat::Base64)])),
        AfterCharge::Status201 => answer.status = StatusCode::CREATED,
    }
    Ok(answer.complete())
}

impl ChargedGeneration {
    fn item(&self, response_format: ResponseFormat) -> Value {
        match response_format {
            ResponseFormat::Url => json!({"url": self.link, "b64_json": null}),
            ResponseFormat::Base64 => json!({"url": null, "b64_json": STANDARD.encode(&self.picture)}),
        }
    }
}

/// An answer before it is sent.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Map<String, Value>,
}

const CREDITS_HEADER: &str = "x-aimlapi-credits-used";
const USD_HEADER: &str = "x-aimlapi-usd-spent";

impl Answer {
    /// The documented answer.
    fn new(generation: &ChargedGeneration) -> Answer {
        let (credits, usd) = (generation.price.0, generation.price.usd());
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        generation.call.add_to(&mut headers);
        headers.insert(CREDITS_HEADER, HeaderValue::from(credits));
        if let Ok(usd) = HeaderValue::from_str(&usd.to_string()) {
            headers.insert(USD_HEADER, usd);
        }
        let body = Map::from_iter([
            ("created".to_owned(), json!(generation.created.as_second())),
            ("data".to_owned(), json!([generation.item(generation.response_format)])),
            ("meta".to_owned(), json!({"usage": {"credits_used": credits, "usd_spent": usd}})),
        ]);
        Answer { status: StatusCode::OK, headers, body }
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

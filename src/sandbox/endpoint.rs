//! The endpoints that generate pictures: where they are, and which host and dialect a request to them is in.

use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};

use super::field::FieldError;
use super::host::Host;
use super::models::fal::{self, FalModel};
use super::multipart::{self, Part};
use super::problem::Problem;
use super::request::GenerationRequest;
use super::service::Service;
use super::{dialect_ark, dialect_json, dialect_multipart, dialect_queue};

/// An endpoint that generates pictures.
#[derive(Debug, Clone, Copy)]
pub(super) enum Endpoint {
    /// `/v1/images/generations`
    Json,
    /// `/v1/images/edits`
    Edits,
    /// `/api/v3/images/generations`
    Ark,
    /// `/{model id}`
    Queue(&'static FalModel),
}

const MB: usize = 1024 * 1024;

impl Endpoint {
    /// The endpoint at a path.
    pub(super) fn at(path: &str) -> Option<Endpoint> {
        Some(match path {
            "/v1/images/generations" => Endpoint::Json,
            "/v1/images/edits" | "/images/edits" => Endpoint::Edits,
            "/api/v3/images/generations" => Endpoint::Ark,
            _ => Endpoint::Queue(fal::find(path.strip_prefix('/')?)?),
        })
    }

    /// The maximum size of a request body in bytes. The hosts document none. A longer body is read to its end and
    /// discarded, so that the client can read the refusal.
    pub(super) fn max_body(self) -> usize {
        match self {
            // Enough for a picture of 10 MB in Base64.
            Endpoint::Json => 20 * MB,
            Endpoint::Edits | Endpoint::Ark | Endpoint::Queue(_) => 64 * MB,
        }
    }

    /// Finds out which host a request is meant for. `body` is `None` if it is too long.
    pub(super) fn open(self, headers: &HeaderMap, body: Option<Vec<u8>>) -> Opened {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let limit = self.max_body() / MB;
        let too_long = || Problem::body(&format!("the request is larger than {limit} MB"));
        match self {
            Endpoint::Json | Endpoint::Ark | Endpoint::Queue(_) => {
                let (host, model) = match self {
                    Endpoint::Queue(model) => (Host::Fal, Some(model.id.to_owned())),
                    Endpoint::Ark => (Host::Ark, body.as_deref().and_then(dialect_json::model_of)),
                    _ => (Host::Default, body.as_deref().and_then(dialect_json::model_of)),
                };
                let body = dialect_json::ensure_json(content_type)
                    .and_then(|()| body.ok_or_else(too_long))
                    .map(|body| match self {
                        Endpoint::Queue(model) => Body::Inputs(model, body),
                        _ => Body::Json(body),
                    });
                Opened { host, model, body }
            }
            Endpoint::Edits => {
                let form = content_type
                    .and_then(multipart::boundary)
                    .ok_or_else(|| {
                        let expected = "expected multipart/form-data with a boundary";
                        Problem::fields(&[FieldError::invalid("Content-Type", expected)])
                    })
                    .and_then(|boundary| {
                        multipart::parse(&Bytes::from(body.ok_or_else(too_long)?), boundary)
                            .map_err(|error| Problem::body(&error))
                    });
                let model = form.as_deref().ok().and_then(dialect_multipart::model_of);
                let host = dialect_multipart::host_of(model.as_deref(), headers.contains_key(AUTHORIZATION));
                Opened { host, model, body: form.map(Body::Form) }
            }
        }
    }
}

/// A request whose host is known.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) host: Host,
    /// The model that it names, known or not.
    pub(super) model: Option<String>,
    body: Result<Body, Problem>,
}

#[derive(Debug)]
enum Body {
    Json(Vec<u8>),
    Form(Vec<Part>),
    /// The inputs of a model of fal.
    Inputs(&'static FalModel, Vec<u8>),
}

impl Opened {
    /// Checks the key and every field, before anything is drawn.
    pub(super) fn validate(
        self,
        service: &Service,
        headers: &HeaderMap,
    ) -> Result<GenerationRequest, Problem> {
        service.authenticate(self.host, headers)?;
        match self.body? {
            Body::Json(body) if self.host == Host::Ark => dialect_ark::parse(&body),
            Body::Json(body) => dialect_json::parse(&body, service.options.price),
            Body::Inputs(model, body) => dialect_queue::parse(model, &body),
            Body::Form(parts) => dialect_multipart::parse(self.host, parts),
        }
    }
}

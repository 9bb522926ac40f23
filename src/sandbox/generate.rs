//! `POST /v1/images/generations`, from the request to the charge.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::{Request, Response, StatusCode};
use jiff::Timestamp;
use tokio::task::spawn_blocking;

use seededit_base::digest::sha256;

use super::answer::{self, ChargedGeneration};
use super::call::{CallIds, Reset};
use super::faults::{AfterCharge, BeforeCharge};
use super::faulty_body::FaultyBody;
use super::ids;
use super::ledger::Charge;
use super::links::LinkError;
use super::paint::{self, Source};
use super::problem::Problem;
use super::refusal::{self, Refusal};
use super::request::{GenerationRequest, ImageInput};
use super::service::Service;
use super::visible::VisibleArea;

/// The maximum size of a request body, enough for a picture of 10 MB in Base64. The service does not document
/// one. A longer body is read to its end and discarded, so that the client can read the refusal.
const MAX_BODY: usize = 20 * 1024 * 1024;

/// Answers a generation request.
///
/// A request that was read completely is executed and charged even if the client disconnects, as at the
/// service.
pub(super) async fn generate(
    service: Arc<Service>,
    request: Request<Incoming>,
) -> Result<Response<FaultyBody>, Reset> {
    let (head, body) = request.into_parts();
    let call = CallIds::from_headers(&head.headers);
    service.ledger().record_request(call.client_request_id.clone());
    let fault = service.faults().before_charge();
    if fault == Some(BeforeCharge::ResetEarly) {
        return Err(Reset);
    }
    let body = read(body).await.map_err(|_| Reset)?;

    let work = execute(Arc::clone(&service), call.clone(), fault, head.headers, body);
    let outcome = tokio::spawn(work)
        .await
        .unwrap_or_else(|_| Err(Problem::server_error(StatusCode::INTERNAL_SERVER_ERROR).into()));
    match outcome {
        Ok((paid, fault)) => answer::answer(&paid, fault).await,
        Err(refusal) => {
            if refusal.is_logged() {
                service.ledger().record_failure(call.inference_id.clone(), call.client_request_id.clone());
            }
            refusal.response(&call)
        }
    }
}

async fn execute(
    service: Arc<Service>,
    call: CallIds,
    fault: Option<BeforeCharge>,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
) -> Result<(ChargedGeneration, Option<AfterCharge>), Refusal> {
    if let Some(fault) = fault {
        return Err(refusal::refuse(fault, service.options.retry_after));
    }
    let request = validate(&service, &headers, body)?;
    tokio::time::sleep(service.options.latency).await;
    let paid = generate_picture(&service, call, request, VisibleArea::from_headers(&headers)).await?;
    let fault = service.faults().after_charge();
    Ok((paid, fault))
}

/// Checks the key and the request before anything is drawn.
fn validate(
    service: &Service,
    headers: &HeaderMap,
    body: Option<Vec<u8>>,
) -> Result<GenerationRequest, Problem> {
    service.authenticate(headers)?;
    GenerationRequest::ensure_json(headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()))?;
    let body = body.ok_or_else(|| Problem::body("the request is larger than 20 MB"))?;
    GenerationRequest::parse(&body)
}

/// Draws the picture and charges for it.
async fn generate_picture(
    service: &Service,
    call: CallIds,
    request: GenerationRequest,
    visible: Option<VisibleArea>,
) -> Result<ChargedGeneration, Problem> {
    let GenerationRequest { image, prompt, seed, response_format } = request;
    let image_sha256 = match &image {
        ImageInput::Bytes(bytes) => sha256(bytes),
        ImageInput::Url(url) => sha256(url.as_bytes()),
    };
    let image = match image {
        ImageInput::Bytes(bytes) => Source::Picture(bytes.into()),
        ImageInput::Url(url) => resolve_url(service, url)?,
    };
    let drawn_prompt = prompt.clone();
    let drawn = spawn_blocking(move || paint::paint(&image, &drawn_prompt, seed, visible)).await;
    let picture: Bytes = match drawn {
        Ok(Ok(picture)) => picture.into(),
        Ok(Err(error)) => return Err(Problem::body(&format!("image: {error}"))),
        Err(_) => return Err(Problem::server_error(StatusCode::INTERNAL_SERVER_ERROR)),
    };

    let (created, price) = (Timestamp::now(), service.options.price);
    let charge = Charge {
        created,
        client_request_id: call.client_request_id.clone(),
        inference_id: call.inference_id.clone(),
        price,
        prompt,
        seed,
        image_sha256,
        result_sha256: sha256(&picture),
    };
    {
        let mut ledger = service.ledger();
        if service.options.balance.checked_sub(ledger.spent() + price).is_none() {
            return Err(Problem::no_credits());
        }
        ledger.record_charge(charge);
    }
    let id = ids::random();
    let link = service.links.sign(&id, created);
    service.pictures().insert(id, picture.clone());
    Ok(ChargedGeneration { call, created, price, response_format, link, picture })
}

/// The picture of a URL: one of the sandbox's own results, else a placeholder, since the sandbox never
/// connects to anything.
fn resolve_url(service: &Service, url: String) -> Result<Source, Problem> {
    let now = Timestamp::now();
    let Some(id) = service.links.resolve(&url, now) else {
        return Ok(Source::Placeholder(url));
    };
    id.and_then(|id| service.pictures().get(&id).ok_or(LinkError::NoPicture))
        .map(Source::Picture)
        .map_err(|error| Problem::body(&format!("image: cannot be fetched: {error}")))
}

/// The whole body, or `None` if it is too long.
async fn read(mut body: Incoming) -> Result<Option<Vec<u8>>, hyper::Error> {
    let (mut read, mut fits) = (Vec::new(), true);
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            fits = fits && read.len() + data.len() <= MAX_BODY;
            if fits {
                read.extend_from_slice(&data);
            }
        }
    }
    Ok(fits.then_some(read))
}

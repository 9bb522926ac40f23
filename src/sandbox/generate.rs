//! `POST /v1/images/generations`: from the request to the charge.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::{Request, Response, StatusCode};
use jiff::Timestamp;
use tokio::task::spawn_blocking;

use crate::digest::sha256;

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

/// How much of a request is read: a picture of 10 MB in Base64 and then some. Documented nowhere;
/// what is longer is read to its end, so that the refusal can be read, and thrown away.
const MAX_BODY: usize = 20 * 1024 * 1024;

/// Answers a generation request.
///
/// A client that leaves stops nothing: a request that was read to its end is carried out and
/// charged whether or not anybody waits for the answer, as at the service.
pub(super) async fn generate(
    service: Arc<Service>,
    request: Request<Incoming>,
) -> Result<Response<FaultyBody>, Reset> {
    let (head, body) = request.into_parts();
    let call = CallIds::from_headers(&head.headers);
    service.ledger().post(call.client_request_id.clone());
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
        Ok((paid, oddity)) => answer::answer(&paid, oddity).await,
        Err(refusal) => {
            if refusal.is_logged() {
                service.ledger().failure(call.inference_id.clone(), call.client_request_id.clone());
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
    let order = accept(&service, &headers, body)?;
    tokio::time::sleep(service.options.latency).await;
    let paid = make(&service, call, order).await?;
    let oddity = service.faults().after_charge();
    Ok((paid, oddity))
}

/// Whether the request may be carried out; nothing is painted before that is known.
fn accept(
    service: &Service,
    headers: &HeaderMap,
    body: Option<Vec<u8>>,
) -> Result<GenerationRequest, Problem> {
    service.authenticate(headers)?;
    GenerationRequest::ensure_json(headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()))?;
    let body = body.ok_or_else(|| Problem::body("the request is over 20 MB"))?;
    GenerationRequest::read(&body)
}

/// Paints the picture and charges for it.
async fn make(
    service: &Service,
    call: CallIds,
    order: GenerationRequest,
) -> Result<ChargedGeneration, Problem> {
    let GenerationRequest { image, prompt, seed, response_format } = order;
    let image_sha256 = match &image {
        ImageInput::Bytes(bytes) => sha256(bytes),
        ImageInput::Url(url) => sha256(url.as_bytes()),
    };
    let image = match image {
        ImageInput::Bytes(bytes) => Source::Picture(bytes.into()),
        ImageInput::Url(url) => look_up(service, url)?,
    };
    let brief = prompt.clone();
    let painted = spawn_blocking(move || paint::paint(&image, &brief, seed)).await;
    let picture: Bytes = match painted {
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
        ledger.charge(charge);
    }
    let id = ids::random();
    let link = service.links.sign(&id, created);
    service.pictures().insert(id, picture.clone());
    Ok(ChargedGeneration { call, created, price, response_format, link, picture })
}

/// The picture behind a URL: one of ours, or a placeholder. The sandbox never goes out to the
/// network, so what lies at any other address is unknown to it.
fn look_up(service: &Service, url: String) -> Result<Source, Problem> {
    let now = Timestamp::now();
    let Some(id) = service.links.resolve(&url, now) else {
        return Ok(Source::Placeholder(url));
    };
    id.and_then(|id| service.pictures().get(&id).ok_or(LinkError::NoPicture))
        .map(Source::Picture)
        .map_err(|error| Problem::body(&format!("image: cannot be fetched: {error}")))
}

/// The whole body, or nothing when it is too long.
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

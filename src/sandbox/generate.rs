//! Generations, from the request to the charge.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use jiff::Timestamp;
use tokio::task::spawn_blocking;

use seededit_base::digest::sha256;
use seededit_picture::Format;

use super::answer::{self, ChargedGeneration, ResultPicture};
use super::call::{CallIds, Reset};
use super::credits::Credits;
use super::endpoint::{Endpoint, Opened};
use super::faults::{AfterCharge, BeforeCharge};
use super::faulty_body::FaultyBody;
use super::ids;
use super::input::PictureInput;
use super::ledger::Charge;
use super::links::{LinkError, file_name};
use super::models::LinkForm;
use super::paint::{self, Painted, Painting, Source};
use super::problem::Problem;
use super::refusal::{self, Refusal};
use super::request::{GenerationRequest, MODEL};
use super::service::Service;
use super::visible::VisibleArea;

/// Answers a generation request.
///
/// A request that was read completely is executed and charged even if the client disconnects, as at the
/// service.
pub(super) async fn generate(
    service: Arc<Service>,
    endpoint: Endpoint,
    request: Request<Incoming>,
) -> Result<Response<FaultyBody>, Reset> {
    let Received { head, call, fault, opened } = receive(&service, endpoint, request).await?;
    let (host, model) = (opened.host, opened.model.clone().unwrap_or_else(|| MODEL.to_owned()));

    let work = execute(Arc::clone(&service), call.clone(), fault, head.headers, opened);
    let outcome = tokio::spawn(work)
        .await
        .unwrap_or_else(|_| Err(Problem::server_error(StatusCode::INTERNAL_SERVER_ERROR).into()));
    match outcome {
        Ok((paid, fault)) => answer::answer(&paid, fault).await,
        Err(refusal) => {
            if host.has_log() && refusal.is_logged() {
                service.ledger().record_failure(
                    model,
                    call.inference_id.clone(),
                    call.client_request_id.clone(),
                );
            }
            refusal.response(host, head.uri.path(), &call)
        }
    }
}

/// A request that was read completely.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) head: Parts,
    pub(super) call: CallIds,
    pub(super) fault: Option<BeforeCharge>,
    pub(super) opened: Opened,
}

/// Counts a request and reads it.
pub(super) async fn receive(
    service: &Service,
    endpoint: Endpoint,
    request: Request<Incoming>,
) -> Result<Received, Reset> {
    let (head, body) = request.into_parts();
    let call = CallIds::from_headers(&head.headers);
    service.ledger().record_request(call.client_request_id.clone());
    let fault = service.faults().before_charge();
    if fault == Some(BeforeCharge::ResetEarly) {
        return Err(Reset);
    }
    let body = read(body, endpoint.max_body()).await.map_err(|_| Reset)?;
    let opened = endpoint.open(&head.headers, body);
    Ok(Received { head, call, fault, opened })
}

async fn execute(
    service: Arc<Service>,
    call: CallIds,
    fault: Option<BeforeCharge>,
    headers: HeaderMap,
    opened: Opened,
) -> Result<(ChargedGeneration, Option<AfterCharge>), Refusal> {
    if let Some(fault) = fault {
        let model = opened.model.as_deref().unwrap_or(MODEL);
        return Err(refusal::refuse(fault, model, service.options.retry_after));
    }
    let request = opened.validate(&service, &headers)?;
    tokio::time::sleep(service.options.latency).await;
    let paid = generate_picture(&service, call, request, VisibleArea::from_headers(&headers)).await?;
    let fault = service.faults().after_charge();
    Ok((paid, fault))
}

/// Draws the results and charges for them.
pub(super) async fn generate_picture(
    service: &Service,
    call: CallIds,
    request: GenerationRequest,
    visible: Option<VisibleArea>,
) -> Result<ChargedGeneration, Problem> {
    let (source, image_sha256) = match request.picture {
        Some(PictureInput::Bytes(bytes)) => {
            let digest = sha256(&bytes);
            (Source::Picture(bytes), digest)
        }
        Some(PictureInput::Url(url)) => {
            let digest = sha256(url.as_bytes());
            (resolve_url(service, url)?, digest)
        }
        None => (Source::Placeholder(format!("a new picture: {}", request.prompt)), String::new()),
    };
    let painting = Painting {
        source,
        mask: request.mask,
        prompt: request.prompt.clone(),
        seed: request.seed,
        size: request.size,
        format: request.format,
        is_marked: request.is_marked,
        visible,
    };
    let count = request.count.max(1);
    let drawn = spawn_blocking(move || {
        (0..count)
            .map(|number| {
                paint::paint(&Painting { seed: painting.seed + i64::from(number), ..painting.clone() })
            })
            .collect::<Result<Vec<Painted>, _>>()
    });
    let drawn = match drawn.await {
        Ok(Ok(drawn)) => drawn,
        Ok(Err(error)) => return Err(Problem::body(&format!("image: {error}"))),
        Err(_) => return Err(Problem::server_error(StatusCode::INTERNAL_SERVER_ERROR)),
    };

    let created = Timestamp::now();
    let price = Credits(request.price.0.saturating_mul(u64::from(count)));
    let charge = Charge {
        created,
        host: request.host,
        model: request.model.clone(),
        client_request_id: call.client_request_id.clone(),
        inference_id: call.inference_id.clone(),
        price,
        prompt: request.prompt.clone(),
        seed: request.seed,
        image_sha256,
        result_sha256: drawn.first().map(|first| sha256(&first.bytes)).unwrap_or_default(),
    };
    {
        let mut ledger = service.ledger();
        if service.options.balance.checked_sub(ledger.spent() + price).is_none() {
            return Err(Problem::no_credits());
        }
        ledger.record_charge(charge);
    }
    let store = |painted: Painted| {
        let Painted { bytes, size } = painted;
        let id = match request.format {
            Format::Png => format!("{}.png", ids::random()),
            Format::WebP => format!("{}.webp", ids::random()),
            _ => ids::random(),
        };
        let link = match request.answer.link {
            LinkForm::Signed => service.links.sign(&id, created),
            LinkForm::Unsigned => service.links.unsigned(&id),
        };
        let picture = Bytes::from(bytes);
        let file_name = file_name(&id);
        service.pictures().insert(id, picture.clone());
        ResultPicture { link, file_name, picture, size }
    };
    Ok(ChargedGeneration {
        host: request.host,
        extra: request.extra,
        call,
        created,
        price,
        delivery: request.delivery,
        form: request.answer,
        prompt: request.prompt,
        seed: request.seed,
        pictures: drawn.into_iter().map(store).collect(),
    })
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
async fn read(mut body: Incoming, limit: usize) -> Result<Option<Vec<u8>>, hyper::Error> {
    let (mut read, mut fits) = (Vec::new(), true);
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            fits = fits && read.len() + data.len() <= limit;
            if fits {
                read.extend_from_slice(&data);
            }
        }
    }
    Ok(fits.then_some(read))
}

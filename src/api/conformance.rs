//! Every built-in model, asked for the least and the most that its card allows, gets a picture of the documented size from
//! the sandbox, which has tables of its own.

use std::sync::LazyLock;
use std::time::Duration;

use image::{DynamicImage, ImageFormat};
// Only for this test: the client itself does not know the sandbox.
use seededit_sandbox::{Options, Sandbox};

use super::*;
use crate::cards::{
    Auth, Catalog, Dialect, MaskPolarity, ModelCard, Parameters, ResultSize, ServiceCard, Status,
};
use crate::picture::{Format, Header, Size};
use crate::secret::ApiKey;

const UPLOAD: Size = Size { width: 768, height: 512 };

static SANDBOX: LazyLock<Sandbox> = LazyLock::new(|| Sandbox::start(Options::default()).unwrap());

fn png(image: DynamicImage) -> Picture {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    Picture::File(PictureFile { media_type: "image/png", bytes: bytes.into_inner().as_slice().into() })
}

fn pictures(card: &ModelCard, is_maximal: bool) -> Pictures {
    let image = || DynamicImage::new_rgb8(UPLOAD.width, UPLOAD.height);
    let mut pictures = Pictures::only(png(image()));
    if is_maximal {
        pictures.references = (1..card.max_pictures()).map(|_| png(image())).collect();
        pictures.mask = card.mask.as_ref().map(|mask| match mask.polarity {
            MaskPolarity::White => png(image()),
            MaskPolarity::Transparent => png(DynamicImage::new_rgba8(UPLOAD.width, UPLOAD.height)),
        });
    }
    pictures
}

fn minimal(card: &ModelCard, service: &ServiceCard) -> Generation {
    Generation {
        path: RequestPath::of_model(card, service),
        card: card.clone().into(),
        prompt: "add a bird".parse().unwrap(),
        seed: Seed::FIRST,
        guidance_scale: None,
        watermark: None,
        response_format: None,
        size: None,
        negative_prompt: None,
        references: 0,
        output_format: None,
    }
}

fn maximal(card: &ModelCard, service: &ServiceCard) -> Generation {
    let text = |max: Option<usize>| "x".repeat(max.unwrap_or(5000));
    Generation {
        prompt: text(card.prompt.max).parse().unwrap(),
        seed: card.seed.as_ref().map_or(Seed::FIRST, |seed| seed.max.min(Seed::MAX).try_into().unwrap()),
        guidance_scale: card.guidance.as_ref().map(|field| field.max.to_string().parse().unwrap()),
        watermark: card.watermark.as_ref().map(|_| true),
        response_format: card.answer.as_ref().map(|_| ResponseFormat::B64Json),
        negative_prompt: card.negative_prompt.as_ref().map(|field| text(field.max)),
        references: card.max_pictures() - 1,
        output_format: card
            .output_format
            .as_ref()
            .and_then(|field| field.values.last().and_then(|name| Format::from_extension(name))),
        ..minimal(card, service)
    }
}

/// Returns the result of a request, or why there is none.
fn result(generation: &Generation, pictures: Pictures, service: &ServiceCard) -> Result<Vec<u8>, String> {
    let transport = Transport::new(HttpOptions {
        timeout: Duration::from_secs(60),
        connect_timeout: Duration::from_secs(10),
        proxies: Proxies::default(),
    });
    // As with the built-in sandbox: below the path of the service.
    let path = service.base_url.parse::<BaseUrl>().unwrap().path().to_owned();
    let base: BaseUrl = format!("{}{path}", SANDBOX.url().trim_end_matches('/')).parse().unwrap();
    let key = if service.auth == Auth::Optional {
        ApiKey::none()
    } else {
        ApiKey::parse("0123456789abcdef").unwrap()
    };
    let call = Call { url: base.join(generation.path.as_str()), service, key: &key };
    let body = generation.body(pictures, Some(UPLOAD));
    let id = RequestId::new("conformance", 1);
    let raw = send(&transport, &call, &id, &body, &TransferProgress::default(), None)
        .map_err(|error| error.to_string())?;
    let raw = match generation.card.dialect {
        Dialect::Queue => followed(&raw, &transport, &call, &base, generation)?,
        _ => raw,
    };
    let answer = match raw.verdict(service) {
        Verdict::Done(answer) => answer,
        other => return Err(format!("{other:?} {}", String::from_utf8_lossy(&raw.body))),
    };
    match answer.items.into_iter().next() {
        Some(ResultItem::Inline(bytes)) => Ok(bytes),
        Some(ResultItem::Link(link)) => {
            let downloads = Downloads { transport: &transport, retries: 0 };
            let complete = |_: &mut Vec<u8>| Ok(());
            let found = downloads.fetch(
                link.expose(),
                Trust::Service(Some(&base)),
                &TransferProgress::default(),
                complete,
            );
            found.map(|(bytes, ())| bytes).map_err(|error| error.to_string())
        }
        other => Err(format!("{other:?}")),
    }
}

/// Asks a queue until it has answered.
fn followed(
    accepted: &RawAnswer,
    transport: &Transport,
    call: &Call<'_>,
    base: &BaseUrl,
    generation: &Generation,
) -> Result<RawAnswer, String> {
    let refused = || format!("{} {}", accepted.status, String::from_utf8_lossy(&accepted.body));
    let ticket = Ticket::of_answer(accepted, base, generation.path.as_str(), call.service);
    let ticket = ticket.map_err(|_| refused())?;
    for _ in 0..1_000 {
        match poll(transport, call, &ticket).map_err(|error| error.to_string())? {
            QueueState::Pending => std::thread::sleep(Duration::from_millis(5)),
            QueueState::Ended(answer) => return Ok(answer),
            QueueState::Gone(status) => return Err(format!("the queue forgot the request (HTTP {status})")),
        }
    }
    Err("the queue did not end".into())
}

/// Compares the result of a request with what the card says about it.
fn disagreement(generation: &Generation, is_maximal: bool, service: &ServiceCard) -> Option<String> {
    let card = &generation.card;
    let bytes = match result(generation, pictures(card, is_maximal), service) {
        Ok(bytes) => bytes,
        Err(why) => return Some(why),
    };
    let header = Header::read(&bytes).unwrap();
    if generation.output_format.is_some_and(|format| format != header.format) {
        return Some(format!("asked for {:?}, got {}", generation.output_format, header.format));
    }
    let (found, expected) = (header.upright(), generation.solve_size(Some(UPLOAD)).result);
    let is_as_documented = match expected {
        ResultSize::Exact(size) => found == size,
        ResultSize::About(size) => {
            let near = |a: f64, b: f64| (a / b - 1.0).abs() < 0.05;
            near(found.ratio(), size.ratio()) && near(found.pixels() as f64, size.pixels() as f64)
        }
        ResultSize::InputShape => (found.ratio() / UPLOAD.ratio() - 1.0).abs() < 0.02,
        ResultSize::Unknown => true,
    };
    (!is_as_documented).then(|| format!("the card says {expected:?}, the sandbox {found}"))
}

#[test]
fn the_sandbox_answers_the_least_and_the_most_that_each_card_allows() {
    let catalog = Catalog::built_in();
    let mut disagreements = Vec::new();
    let mut asked = 0;
    for name in catalog.service_names() {
        let service = catalog.service(&name).unwrap();
        for card in catalog.models(&name).unwrap() {
            // Withdrawn models are refused.
            if card.status == Status::Withdrawn {
                continue;
            }
            for (what, is_maximal, generation) in
                [("least", false, minimal(&card, &service)), ("most", true, maximal(&card, &service))]
            {
                let parameters = Parameters { seed: generation.sent_seed(), ..generation.parameters(None) };
                assert_eq!(parameters.check(generation.prompt.as_str(), &card), [], "{name}/{}", card.id);
                asked += 1;
                if let Some(why) = disagreement(&generation, is_maximal, &service) {
                    let why: String = why.chars().take(300).collect();
                    disagreements.push(format!("{name}/{} {what}: {why}", card.id));
                }
            }
        }
    }
    assert!(asked > 80, "{asked}");
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
}

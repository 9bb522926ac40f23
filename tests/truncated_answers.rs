//! Answers that are cut off at every byte: a complete link is used, and nothing is ever sent again.

use std::fs;

use seededit::testing::api::{BaseUrl, Endpoint, Generation};
use seededit::testing::cards::Models;
use seededit::testing::edit::{
    self, Destination, Found, IfExists, Image, Interrupt, JobId, Output, OutputEncoding, Plan, Processing,
    Recovery, RunError, Source, Unlimited, Work,
};
use seededit::testing::journal::{AnswerStore, Booking, JobKeys, Journal, State};
use seededit::testing::picture::{ColorSpace, Format};
use seededit::testing::secret::ApiKey;
use serde_json::{Value, json};

use crate::support::{KEY, NoEvents, RawServer, answer, as_delivered, jpeg, json_answer, png, transport};

const PATH: &str = "/v1/images/generations";

fn models() -> Models {
    Models::built_in("aimlapi").unwrap()
}

fn plan(input: &std::path::Path, output: &std::path::Path) -> (Plan, Image) {
    let generation = Generation {
        card: models().find("bytedance/seededit-3.0-i2i").unwrap(),
        path: PATH.parse().unwrap(),
        negative_prompt: None,
        references: 0,
        output_format: None,
        prompt: "add a bird".parse().unwrap(),
        seed: "41".parse().unwrap(),
        guidance_scale: None,
        watermark: None,
        response_format: None,
        size: None,
    };
    let output = Output {
        destination: Destination::File { path: output.to_owned(), if_exists: IfExists::Fail },
        encoding: OutputEncoding { format: Some(Format::Jpeg), quality: None },
        makes_directory: false,
    };
    let source = Source::File(input.to_owned());
    let image = source.load(None, &Processing::default()).unwrap();
    let job = JobId::new(jiff::Timestamp::now(), &mut fastrand::Rng::new());
    (
        Plan {
            job,
            source,
            generation,
            output,
            processing: Processing::default(),
            references: Vec::new(),
            restoration: None,
            dropped: Vec::new(),
            colors: ColorSpace::SRGB,
            metadata: image.metadata(),
            times_of: None,
            keys: JobKeys::default(),
            equals: None,
            rerun: None,
        },
        image,
    )
}

/// The form of an answer: its body, and the link in it.
type Form = fn(host: &str) -> (Value, String);

/// A complete answer, and the number of bytes up to the end of the link in it.
fn complete_answer(form: Form, host: &str) -> (Vec<u8>, usize) {
    let (body, link) = form(host);
    let answer = json_answer(200, &body, "x-inference-id: 0-1\r\n");
    let end = answer.windows(link.len()).position(|part| part == link.as_bytes()).unwrap() + link.len() + 1;
    (answer, end)
}

#[test]
#[ignore = "slow"]
fn an_answer_cut_at_any_byte_is_recovered_or_in_doubt_and_never_resent() {
    cut_everywhere(|host| {
        let link = format!(
            "http://{host}/x.jpeg?X-Tos-Date=20260101T000000Z&X-Tos-Expires=86400&X-Tos-Signature=5ecret"
        );
        let body = json!({"created": 1, "data": [{"url": link, "b64_json": null}], "meta": {"usage": {"credits_used": 63_000}}});
        (body, link)
    });
}

#[test]
fn an_answer_of_another_form_with_a_relative_link_is_recovered_from_any_cut() {
    cut_everywhere(|_| {
        let link = "/v1/images/7/content".to_owned();
        (json!({"images": [{"content_type": "image/jpeg", "url": link}], "seed": 7}), link)
    });
}

fn cut_everywhere(form: Form) {
    let picture = jpeg(64, 48);
    let cut = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let at = std::sync::Arc::clone(&cut);
    let served = picture.clone();
    let server = RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        if request.line.starts_with("GET") {
            connection.send(&answer(200, "image/jpeg", &served, ""));
            connection.finish();
        } else {
            let (bytes, _) = complete_answer(form, request.header("host").unwrap());
            connection.send(&bytes[..at.load(std::sync::atomic::Ordering::SeqCst)]);
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in.png");
    fs::write(&input, png(16, 16)).unwrap();
    let transport = transport();
    let base: BaseUrl = server.url().parse().unwrap();
    let endpoint = Endpoint { base, path: PATH.parse().unwrap() };
    let key = ApiKey::parse(KEY).unwrap();
    let models = models();
    let service = edit::Service {
        transport: &transport,
        endpoint: &endpoint,
        models: &models,
        key: &key,
        retries: 3,
        is_sandbox: false,
    };
    let journal = Journal::open(&dir.path().join("data")).unwrap();
    let answers = AnswerStore::new("1 GB".parse().unwrap());
    let (bytes, link_end) = complete_answer(form, server.url().strip_prefix("http://").unwrap());
    let (mut delivered, mut in_doubt) = (0, 0);
    for length in 0..=bytes.len() {
        cut.store(length, std::sync::atomic::Ordering::SeqCst);
        let output = dir.path().join(format!("{length}.jpg"));
        let (plan, image) = plan(&input, &output);
        let id = plan.job.as_str().to_owned();
        let interrupt = Interrupt::default();
        let work = Work {
            service,
            journal: &journal,
            answers: &answers,
            events: &NoEvents,
            interrupt: &interrupt,
            limiter: &Unlimited,
            position: 0,
            booking: Booking::default(),
        };
        let results = edit::run(&plan, image, &work, &mut std::io::sink());
        assert_eq!(results.len(), 1);
        assert_eq!(server.posts(), length + 1, "cut at {length}: sent again");
        let job = journal.job(&id).unwrap().unwrap();
        match &results[0] {
            Ok(_) => {
                assert!(length >= link_end, "delivered from {length} bytes of {link_end}");
                let is_same = as_delivered(&fs::read(&output).unwrap()) == picture;
                assert_eq!((job.state, is_same), (State::Delivered, true));
                delivered += 1;
            }
            Err(RunError::Unknown { .. }) => {
                assert!(length < bytes.len(), "a complete answer in doubt");
                assert_eq!(job.state, State::Unknown, "cut at {length}");
                let recovery = Recovery {
                    journal: &journal,
                    answers: &answers,
                    transport: &transport,
                    models: &models,
                    retries: 0,
                    events: &NoEvents,
                    interrupt: &interrupt,
                    to: None,
                };
                let found = recovery.finish(&job).unwrap();
                match found {
                    Found::Results(results) => {
                        assert!(results[0].is_ok() && length >= link_end, "cut at {length}: {results:?}");
                        delivered += 1;
                    }
                    Found::Unknown(_) => {
                        assert!(length < link_end, "cut at {length}: the link was complete");
                        in_doubt += 1;
                    }
                    _ => panic!("cut at {length}: neither recovered nor in doubt"),
                }
            }
            Err(other) => panic!("cut at {length}: {other}"),
        }
        assert_eq!(server.posts(), length + 1, "cut at {length}: recover sent it again");
    }
    assert_eq!((delivered, in_doubt), (bytes.len() + 1 - link_end, link_end));
}

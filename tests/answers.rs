//! All forms of answers that the service has been seen to send.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{RawServer, Service, TestEnv, answer, jpeg, json_answer, sha256};

/// A server that answers each POST with `body`, and each GET with a picture.
fn serving(headers: &str, body: impl Fn(&str) -> Value + Send + Sync + 'static) -> RawServer {
    let headers = headers.to_owned();
    RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let here = format!("http://{}", request.header("host").unwrap());
        if request.line.starts_with("GET") {
            connection.send(&answer(200, "image/jpeg", &jpeg(64, 48), ""));
        } else {
            connection.send(&json_answer(200, &body(&here), &headers));
        }
        connection.finish();
    })
}

/// Edits a picture with the service at `url`. Returns the record, too.
fn edit(url: &str) -> (TestEnv, Value) {
    let env = TestEnv::with_picture();
    let record = env.edit("--json").base_url(url).any_stdout().assert().json();
    (env, record)
}

#[test]
fn an_answer_may_omit_optional_fields() {
    for (fault, priced) in [
        ("no-meta", true),
        ("null-meta", true),
        ("tokens-used", true),
        ("no-price", false),
        ("status-201", true),
        ("inline", true),
    ] {
        let service = Service::with_faults(&[fault]);
        let (env, record) = edit(&service.url());
        let usd = if priced { json!(0.0315) } else { Value::Null };
        let credits = if priced { json!(63_000) } else { Value::Null };
        assert_eq!((&record["usd"], &record["credits"]), (&usd, &credits), "{fault}");
        assert_eq!(
            service.ledger().charge(0)["result_sha256"],
            sha256(&env.read_answer("out.jpg")),
            "{fault}"
        );
        assert_eq!(record["inference_id"], service.ledger().charge(0)["inference_id"], "{fault}");
        service.ledger().ensure_counts(1, 1);
    }
}

#[test]
fn a_missing_price_is_reported_as_unknown() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["no-price"]));
    env.edit("--seed 1")
        .service(&service)
        .stdout("out.jpg\n")
        .stderr("✓ out.jpg  1152×864 jpeg, [amount]  price unknown  [time]  seed 1\n")
        .assert();
}

#[test]
fn the_price_comes_from_the_headers_or_else_from_the_usage() {
    let meta = |usage: Value| json!({"usage": usage});
    let usd = |headers: &str, usage: Value| {
        let usage = meta(usage);
        let server =
            serving(headers, move |here| json!({"data": [{"url": format!("{here}/x.jpeg")}], "meta": usage}));
        edit(&server.url()).1["usd"].clone()
    };
    assert_eq!(
        usd("x-aimlapi-usd-spent: 0.5\r\nx-aimlapi-credits-used: 1000000\r\n", json!({"tokens_used": 7})),
        0.5
    );
    assert_eq!(usd("x-aimlapi-credits-used: 500000\r\n", json!({"usd_spent": 9})), 0.25);
    assert_eq!(usd("", json!({"tokens_used": 63_000})), 0.0315);
    assert_eq!(usd("", json!({"credits_used": 63_000})), 0.0315);
    assert_eq!(usd("", json!({"credits_used": 63_000, "usd_spent": 0.04})), 0.04);
    assert_eq!(usd("x-aimlapi-usd-spent: NaN\r\n", json!({"tokens_used": "lots"})), Value::Null);
}

#[test]
fn an_inline_picture_is_accepted_even_if_a_link_was_requested() {
    for (format, faults) in [("b64_json", &[][..]), ("url", &["inline"])] {
        let service = Service::with_faults(faults);
        let env = TestEnv::with_picture();
        env.edit("-q").service(&service).arg("--response-format").arg(format).stdout("out.jpg\n").assert();
        assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
        assert_eq!(service.ledger().downloads(), 0);
    }
}

#[test]
fn several_results_are_all_saved_and_paid_once() {
    let service = Service::with_faults(&["several=3"]);
    let env = TestEnv::with_picture();
    let output = env.edit("--json").service(&service).any_stdout().assert();
    let records = output.json_lines();
    let outputs: Vec<&str> = records.iter().map(|record| record["output"].as_str().unwrap()).collect();
    assert_eq!(outputs, ["out.jpg", "out-2.jpg", "out-3.jpg"]);
    let usd: Vec<f64> = records.iter().map(|record| record["usd"].as_f64().unwrap()).collect();
    assert_eq!(usd, [0.0315, 0.0, 0.0], "the prices add up to what was paid");
    assert_eq!(env.file_names(), ["in.png", "out-2.jpg", "out-3.jpg", "out.jpg"]);
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn only_the_first_result_is_written_to_standard_output() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["several=2"]));
    let output = env.command("edit in.png -p x -o -").service(&service).any_stdout().any_stderr().assert();
    // The other one is saved beside the input and reported on standard error.
    assert_eq!(output.stdout.windows(3).filter(|bytes| bytes == b"\xff\xd8\xff").count(), 1);
    assert!(output.stderr.contains("in-edited.jpg"), "{}", output.stderr);
    assert!(output.stdout.ends_with(b"\xff\xd9"), "something follows the picture");
    assert_eq!(env.file_names(), ["in-edited.jpg", "in.png"]);
}

#[test]
fn one_unreadable_result_does_not_affect_the_others() {
    let inline = STANDARD.encode(jpeg(64, 48));
    let server = serving(
        "",
        move |here| json!({"data": [{"b64_json": "%%%"}, {"b64_json": inline}, {"url": format!("{here}/x.jpeg"), "b64_json": null}, {}]}),
    );
    let env = TestEnv::with_picture();
    let output = env.edit("--json").base_url(&server.url()).code(10).any_stdout().any_stderr().assert();
    let statuses: Vec<Value> = output.json_lines().iter().map(|record| record["status"].clone()).collect();
    assert_eq!(statuses, ["error", "ok", "ok", "error"]);
    assert_eq!(env.file_names().len(), 3, "{:?}", env.file_names());
}

#[test]
fn an_answer_without_a_result_is_lost_and_the_error_names_the_call_and_its_price() {
    for fault in ["empty-data", "null-data"] {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[fault]));
        env.edit("")
            .service(&service)
            .code(10)
            .stderr(
                "error: paid for but lost: the answer contains no picture\n\
                 hint: ask the service's support for the result or a refund, and give inference id [id], \
                 request id seededit-[job]-1, price $0.0315\n",
            )
            .assert();
        service.ledger().ensure_counts(1, 1);
    }
}

#[test]
fn an_incomplete_inline_picture_is_lost_and_not_saved() {
    let whole = jpeg(64, 48);
    for (what, bytes) in [
        ("half of it", whole[..whole.len() / 2].to_vec()),
        ("all but the end", whole[..whole.len() - 2].to_vec()),
        ("an HTML page", b"<html></html>".to_vec()),
        ("nothing", Vec::new()),
    ] {
        let inline = STANDARD.encode(bytes);
        let server = serving("", move |_| json!({"data": [{"b64_json": inline}]}));
        let env = TestEnv::with_picture();
        let output = env.edit("--json").base_url(&server.url()).code(10).any_stdout().any_stderr().assert();
        assert_eq!(output.json()["error"]["charged"], "yes", "{what}");
        assert_eq!(env.file_names(), ["in.png"], "{what}");
        assert_eq!(server.posts(), 1, "{what}");
    }
}

#[test]
#[ignore = "slow"]
fn a_large_inline_picture_is_accepted() {
    // Larger than the limit of 1 MiB for an answer with a link.
    let picture = jpeg(3000, 2000);
    assert!(picture.len() > 1 << 20, "{}", picture.len());
    let inline = STANDARD.encode(&picture);
    let uri = format!("data:image/jpeg;base64,{inline}");
    for body in [
        json!({"created": 1, "data": [{"b64_json": inline}]}),
        json!({"images": [{"url": uri, "content_type": "image/jpeg"}], "seed": 7}),
    ] {
        let server = serving("", move |_| body.clone());
        let (env, record) = edit(&server.url());
        assert_eq!((&record["width"], &record["height"]), (&json!(3000), &json!(2000)));
        assert_eq!(env.read_answer("out.jpg"), picture);
    }
}

#[test]
fn a_chunked_answer_is_read_completely() {
    let server = RawServer::new(|connection| {
        let Some(request) = connection.read_request() else { return };
        if request.line.starts_with("GET") {
            connection.send(&answer(200, "image/jpeg", &jpeg(64, 48), ""));
        } else {
            let body = json!({"data": [{"url": format!("http://{}/x", request.header("host").unwrap())}]})
                .to_string();
            connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for byte in body.bytes() {
                connection.send(format!("1\r\n{}\r\n", char::from(byte)).as_bytes());
            }
            connection.send(b"0\r\n\r\n");
        }
        connection.finish();
    });
    let (env, _) = edit(&server.url());
    assert_eq!(env.read_answer("out.jpg"), jpeg(64, 48));
}

#[test]
fn results_are_read_wherever_a_service_puts_them() {
    let link = |here: &str| format!("{here}/a.jpg?X-Tos-Signature=5ecret5ecret");
    let bodies: [fn(String) -> Value; 4] = [
        |link| json!({"images": [{"url": link, "content_type": "image/jpeg"}], "seed": 7}),
        |link| json!({"image": {"url": link}, "seed": 7}),
        |link| json!({"data": null, "images": [link]}),
        |_| json!({"data": [{"url": "/v1/images/7/content"}]}),
    ];
    for body in bodies {
        let server = serving("", move |here| body(link(here)));
        let (env, record) = edit(&server.url());
        assert_eq!((record["status"].as_str(), record["usd"].is_null()), (Some("ok"), true));
        assert_eq!(env.read_answer("out.jpg"), jpeg(64, 48));
    }
}

#[test]
fn a_relative_link_leads_to_the_service_which_does_not_get_the_key_again() {
    let server = serving("", |_| json!({"data": [{"url": "/v1/images/7/content"}]}));
    let env = TestEnv::with_picture();
    env.edit("-q --service local").base_url(&server.url()).stdout("out.jpg\n").assert();
    assert_eq!(env.read_answer("out.jpg"), jpeg(64, 48));
    let [post, get] = &server.requests()[..] else { panic!("{:?}", server.requests()) };
    assert!(post.header("authorization").is_some());
    assert_eq!((get.line.as_str(), get.header("authorization")), ("GET /v1/images/7/content HTTP/1.1", None));
}

#[test]
fn a_relative_link_in_the_journal_is_recovered_from_the_service_of_its_job() {
    for cut in [false, true] {
        let is_ready = Arc::new(AtomicBool::new(false));
        let ready = Arc::clone(&is_ready);
        let server = RawServer::new(move |connection| {
            let Some(request) = connection.read_request() else { return };
            let body = json!({"images": [{"url": "/v1/images/7/content"}], "seed": 7});
            if !request.line.starts_with("GET") {
                let bytes = json_answer(200, &body, "");
                connection.send(if cut { &bytes[..bytes.len() - 2] } else { &bytes });
            } else if ready.load(Ordering::SeqCst) {
                connection.send(&answer(200, "image/jpeg", &jpeg(64, 48), ""));
            } else {
                connection.send(&json_answer(404, &json!({"message": "not found"}), ""));
            }
            connection.finish();
        });
        let env = TestEnv::with_picture();
        let code = if cut { 8 } else { 9 };
        env.edit("-q --retries 0").base_url(&server.url()).code(code).any_stderr().assert();
        is_ready.store(true, Ordering::SeqCst);
        // Another base URL is configured by now.
        env.command("recover -q").any_stderr().stdout("[work]/out.jpg\n").assert();
        assert_eq!((env.read_answer("out.jpg"), server.posts()), (jpeg(64, 48), 1));
    }
}

/// A result that the service did not make, with its reason.
fn blocked() -> Value {
    json!({"error": {"code": "OutputImageSensitiveContentDetected", "message": "not allowed"}})
}

#[test]
fn a_picture_that_the_service_did_not_make_is_reported_in_its_words_and_the_other_one_is_saved() {
    let server = serving(
        "",
        |here| json!({"data": [blocked(), {"url": format!("{here}/a.jpg")}], "meta": {"usage": {"usd_spent": 0.04}}}),
    );
    let env = TestEnv::with_picture();
    let output = env.edit("--json").base_url(&server.url()).code(10).any_stdout().any_stderr().assert();
    let records = output.json_lines();
    assert_eq!((records[0]["status"].as_str(), records[1]["status"].as_str()), (Some("error"), Some("ok")));
    let error = &records[0]["error"];
    let message =
        "paid for but lost: the service made no picture: not allowed (OutputImageSensitiveContentDetected)";
    assert_eq!((&error["message"], &error["charged"]), (&json!(message), &json!("yes")));
    assert_eq!((&error["usd"], &records[1]["usd"]), (&json!(0.04), &json!(0)), "the prices add up");
    assert_eq!(env.file_names(), ["in.png", "out.jpg"]);
    let job = env.only_job();
    assert_eq!((job.state.as_str(), job.attempts[0].usd), ("delivered", Some(0.04)));
}

#[test]
fn the_journal_has_the_price_of_the_call_no_matter_which_result_failed() {
    let links = |here: &str| [format!("{here}/a.jpg"), "https://127.0.0.1:1/b.jpg".to_owned()];
    for is_reversed in [false, true] {
        let server = serving("", move |here| {
            let mut links = links(here);
            if is_reversed {
                links.reverse();
            }
            let items = links.map(|link| json!({"url": link}));
            json!({"data": items, "meta": {"usage": {"usd_spent": 0.04}}})
        });
        let env = TestEnv::with_picture();
        env.edit("-q --retries 0").base_url(&server.url()).code(9).stdout("out.jpg\n").any_stderr().assert();
        let job = env.only_job();
        assert_eq!((job.state.as_str(), job.attempts[0].usd), ("answered", Some(0.04)), "{is_reversed}");
    }
}

#[test]
fn an_answer_without_any_picture_says_why_in_the_words_of_the_service_and_with_the_price() {
    for body in [json!({"data": [blocked(), blocked()]}), json!({"data": [], "error": blocked()["error"]})] {
        let mut priced = body.clone();
        priced["meta"] = json!({"usage": {"usd_spent": 0.04}});
        let server = serving("", move |_| priced.clone());
        let env = TestEnv::with_picture();
        env.edit("")
            .base_url(&server.url())
            .code(10)
            .stderr(
                "error: paid for but lost: the service made no picture: not allowed \
                 (OutputImageSensitiveContentDetected)\n\
                 hint: ask the service's support for the result or a refund, and give request id \
                 seededit-[job]-1, price $0.04\n",
            )
            .assert();
        assert_eq!((env.only_job().state.as_str(), server.posts()), ("lost", 1));

        let server = serving("", move |_| body.clone());
        let env = TestEnv::with_picture();
        let output = env.edit("--json").base_url(&server.url()).code(8).any_stdout().any_stderr().assert();
        let error = &output.json()["error"];
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("the service made no picture: not allowed (Output"), "{message}");
        assert_eq!((&error["charged"], &error["usd"]), (&json!("unknown"), &Value::Null));
        assert_eq!((env.only_job().state.as_str(), server.posts()), ("unknown", 1));
    }
}

#[test]
fn models_with_answers_of_another_form_work() {
    let service = Service::new();
    for model in
        ["kontext-pro", "flux/dev/image-to-image", "flux-2-edit", "seedream-v4-edit", "qwen-image-3-edit"]
    {
        let env = TestEnv::with_picture();
        let record = env.edit(&format!("--json -m {model}")).service(&service).any_stdout().assert().json();
        assert_eq!(record["status"], "ok", "{model}");
    }
}

#[test]
fn an_answer_with_a_reason_and_a_price_of_zero_is_a_refusal() {
    let body = json!({"data": [{"error": {"message": "not allowed"}}], "meta": {"usage": {"usd_spent": 0}}});
    let server = serving("", move |_| body.clone());
    let env = TestEnv::with_picture();
    let record = env.edit("--json").base_url(&server.url()).code(6).any_stdout().any_stderr().assert().json();
    assert_eq!((&record["error"]["charged"], server.posts()), (&json!("no"), 1));
}

#[test]
fn a_result_in_any_format_that_is_read_is_used() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/picture/corpus");
    let encoded = |format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(64, 48).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    for (name, picture) in [
        ("avif", std::fs::read(corpus.join("420.avif")).unwrap()),
        ("heic", std::fs::read(corpus.join("grid.heic")).unwrap()),
        ("jxl", std::fs::read(corpus.join("container.jxl")).unwrap()),
        ("gif", encoded(image::ImageFormat::Gif)),
        ("bmp", encoded(image::ImageFormat::Bmp)),
        ("tiff", encoded(image::ImageFormat::Tiff)),
    ] {
        let answer_of = |picture: Vec<u8>| {
            let server = RawServer::new(move |connection| {
                let Some(request) = connection.read_request() else { return };
                let link = format!("http://{}/x", request.header("host").unwrap());
                connection.send(&match &request.line {
                    line if line.starts_with("GET") => answer(200, "application/octet-stream", &picture, ""),
                    _ => json_answer(200, &json!({"data": [{"url": link}]}), ""),
                });
                connection.finish();
            });
            let env = TestEnv::with_picture();
            let edit = env.command("edit in.png x -o out.png --json --retries 0").base_url(&server.url());
            let output = edit.any_outcome().assert();
            assert_eq!(server.posts(), 1);
            output.json()
        };
        let half = picture[..picture.len() / 2].to_vec();
        let whole = answer_of(picture);
        assert_eq!((&whole["status"], &whole["format"]), (&json!("ok"), &json!("png")), "{name}: {whole}");
        let damaged = answer_of(half);
        assert_eq!(damaged["error"]["exit_code"], 9, "{name}: {damaged}");
    }
}

/// As after Ctrl-Z, or in a container that was frozen.
#[test]
#[cfg(unix)]
fn an_answer_that_arrived_while_the_process_was_stopped_is_taken() {
    use nix::sys::signal::Signal;
    use std::thread::sleep;
    use std::time::Duration;

    let (env, posted) = (TestEnv::with_picture(), Arc::new(AtomicBool::new(false)));
    let was_posted = Arc::clone(&posted);
    let server = serving("", move |here| {
        was_posted.store(true, Ordering::SeqCst);
        sleep(Duration::from_millis(700));
        json!({"data": [{"url": format!("{here}/x")}]})
    });
    let running = env.edit("--timeout 1s").base_url(&server.url()).any_stderr().stdout("out.jpg\n").spawn();
    while !posted.load(Ordering::SeqCst) {
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(200));
    running.signal(Signal::SIGSTOP);
    sleep(Duration::from_millis(1800));
    running.signal(Signal::SIGCONT);
    running.wait();
    assert_eq!(server.posts(), 1);
}

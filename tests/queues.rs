//! Services with a queue: a request is submitted once, and polled until its result can be fetched.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{RawServer, Run, Service, TestEnv, answer, jpeg, json_answer};

fn edit<'a>(env: &'a TestEnv, args: &str) -> Run<'a> {
    env.edit(&format!("--service fal {args}"))
}

/// Panics unless there were this many requests and charges. A queue gets no id of ours.
fn ensure_counts(service: &Service, posts: u64, charged: u64) {
    let ledger = service.ledger();
    assert_eq!((ledger.posts(), ledger.charged()), (posts, charged), "{ledger:?}");
}

/// The only job of the journal.
fn job(env: &TestEnv) -> Value {
    let name = env.only_job().id;
    env.command_with(["history", "show", &name, "--json"]).any_stdout().assert().json()
}

#[test]
fn an_edit_is_submitted_once_and_its_result_is_saved() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let edit = edit(&env, "--json").service(&service).any_stdout().assert();
    let record = edit.json();
    assert_eq!(record["model"], "bytedance/seedream/v5/pro/edit");
    ensure_counts(&service, 1, 1);
    let job = job(&env);
    assert_eq!((job["state"].as_str(), job["service"].as_str()), (Some("delivered"), Some("fal")));
    assert!(job["attempts"][0]["inference_id"].is_string(), "{job}");
}

#[test]
#[ignore = "slow"]
fn a_poll_that_fails_is_repeated_and_nothing_is_submitted_again() {
    let (env, service) =
        (TestEnv::with_picture(), Service::with_faults(&["poll-error=500:1", "poll-error=502:1"]));
    edit(&env, "-q").service(&service).any_stdout().assert();
    ensure_counts(&service, 1, 1);
}

#[test]
#[ignore = "slow"]
fn after_a_wait_that_was_too_short_recover_fetches_the_result() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = Duration::from_secs(3));
    edit(&env, "--timeout 1s")
        .service(&service)
        .code(8)
        .stderr_contains(&["accepted the request and has not finished it", "recover"])
        .assert();
    assert_eq!(service.ledger().posts(), 1);
    let recover = env.command("recover --service fal").service(&service).any_stdout().any_stderr();
    recover.assert();
    assert_eq!(job(&env)["state"], "delivered");
    assert!(env.file_names().contains(&"out.jpg".to_owned()));
    ensure_counts(&service, 1, 1);
}

#[test]
fn a_lost_answer_to_the_submitted_request_stays_in_doubt() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge"]));
    let hint = "has no log of single calls";
    edit(&env, "").service(&service).code(8).stderr_contains(&[hint]).assert();
    env.command("recover --service fal").service(&service).code(8).stderr_contains(&[hint]).assert();
    assert_eq!(service.ledger().posts(), 1);
}

#[test]
fn a_result_that_has_expired_is_in_doubt_and_not_bought_again() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["expired-result"]));
    edit(&env, "").service(&service).code(8).stderr_contains(&["no longer knows it"]).assert();
    ensure_counts(&service, 1, 1);
}

#[test]
fn the_key_is_not_sent_to_a_host_that_the_answer_names() {
    let elsewhere = RawServer::always_sending(json_answer(200, &json!({"status": "COMPLETED"}), ""));
    let accepted = json!({
        "request_id": "7", "status": "IN_QUEUE",
        "status_url": format!("{}/status", elsewhere.url()),
        "response_url": format!("{}/result", elsewhere.url()),
    });
    let server = accepting(json_answer(200, &accepted, ""));
    let env = TestEnv::with_picture();
    edit(&env, "-q").base_url(&server.url()).stdout("out.jpg\n").assert();
    assert_eq!((server.posts(), elsewhere.connections()), (1, 0));
    assert_eq!(job(&env)["attempts"][0]["inference_id"], "7");
}

/// The path of request 7 with the default model, as the service documents it.
const REQUEST: &str = "/bytedance/seedream/requests/7";

/// A queue that answers each POST with these bytes, and has a result for request 7.
fn accepting(submission: Vec<u8>) -> RawServer {
    RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let path = request.line.split(' ').nth(1).unwrap_or_default();
        let link = format!("http://{}/x.jpg", request.header("host").unwrap());
        let bytes = match path {
            _ if request.line.starts_with("POST") => submission.clone(),
            "/x.jpg" => answer(200, "image/jpeg", &jpeg(64, 48), ""),
            REQUEST => json_answer(200, &json!({"images": [{"url": link}]}), ""),
            _ if path == format!("{REQUEST}/status") => json_answer(200, &json!({"status": "COMPLETED"}), ""),
            _ => json_answer(404, &json!({"detail": "not found"}), ""),
        };
        connection.send(&bytes);
        connection.finish();
    })
}

#[test]
fn a_result_in_the_answer_to_the_submitted_request_is_delivered() {
    let inline = format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg(64, 48)));
    let server = accepting(json_answer(200, &json!({"images": [{"url": inline}], "request_id": "8"}), ""));
    let env = TestEnv::with_picture();
    edit(&env, "-q").base_url(&server.url()).stdout("out.jpg\n").assert();
    assert_eq!(server.requests().len(), 1);
    assert_eq!(job(&env)["state"], "delivered");
}

#[test]
fn an_answer_with_no_more_than_the_id_is_followed() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"request_id\": \"7\", \"status_url\": \"ht";
    let in_header = answer(200, "text/html", b"<html>", "x-fal-request-id: 7\r\n");
    let without_links = json_answer(200, &json!({"request_id": "7", "status": "IN_QUEUE"}), "");
    for submission in [cut.as_bytes().to_vec(), in_header, without_links] {
        let (env, server) = (TestEnv::with_picture(), accepting(submission));
        edit(&env, "-q").base_url(&server.url()).stdout("out.jpg\n").assert();
        assert_eq!(server.posts(), 1);
    }
}

#[test]
fn recover_follows_an_answer_that_an_earlier_process_recorded_and_could_not_read() {
    let submission = json_answer(200, &json!({"request_id": "7", "status": "IN_QUEUE"}), "");
    let (env, server) = (TestEnv::with_picture(), accepting(submission));
    edit(&env, "-q").base_url(&server.url()).stdout("out.jpg\n").assert();
    std::fs::remove_file(env.path("out.jpg")).unwrap();
    // As after a crash between the two entries.
    let database = rusqlite::Connection::open(env.data_dir().join("journal.db")).unwrap();
    database
        .execute_batch(
            "UPDATE job SET state = 'sent', finished = NULL;
             UPDATE attempt SET outcome = 'open', ticket = NULL, status = 200, headers = '',
                                body = CAST('{\"request_id\": \"7\"}' AS BLOB);",
        )
        .unwrap();
    drop(database);
    env.command("recover -q --service fal").base_url(&server.url()).stdout("[work]/out.jpg\n").assert();
    assert_eq!(server.posts(), 1);
}

#[test]
fn an_answer_without_an_id_stays_in_doubt() {
    let (env, server) = (TestEnv::with_picture(), accepting(json_answer(200, &json!({}), "")));
    edit(&env, "")
        .base_url(&server.url())
        .code(8)
        .stderr_contains(&["the answer has no request_id"])
        .assert();
    env.command("recover --service fal").base_url(&server.url()).code(8).any_stderr().assert();
    assert_eq!(server.posts(), 1);
}

#[test]
fn after_garbage_in_place_of_the_result_recover_asks_again() {
    let detail = r#"{"detail": [{"loc": ["body", "prompt"], "msg": "not allowed", "type": "x"}]}"#;
    for (status, body) in [(200, "<html>busy</html>"), (404, "<html>"), (422, detail)] {
        let is_down = Arc::new(AtomicBool::new(true));
        let (down, good) = (Arc::clone(&is_down), jpeg(64, 48));
        let server = RawServer::new(move |connection| {
            let Some(request) = connection.read_request() else { return };
            let here = format!("http://{}", request.header("host").unwrap());
            let links = json!({
                "request_id": "7", "status": "IN_QUEUE",
                "status_url": format!("{here}/status"), "response_url": format!("{here}/result"),
            });
            let bytes = match &request.line {
                line if line.starts_with("POST") => json_answer(200, &links, ""),
                line if line.contains("/status") => json_answer(200, &json!({"status": "COMPLETED"}), ""),
                line if line.contains("/x.jpg") => answer(200, "image/jpeg", &good, ""),
                _ if down.load(Ordering::SeqCst) => answer(status, "text/html", body.as_bytes(), ""),
                _ => json_answer(200, &json!({"images": [{"url": format!("{here}/x.jpg")}]}), ""),
            };
            connection.send(&bytes);
            connection.finish();
        });
        let env = TestEnv::with_picture();
        let output = edit(&env, "--json").base_url(&server.url()).code(8).any_stdout().any_stderr().assert();
        let error = &output.json()["error"];
        assert_eq!(error["inference_id"], "7", "{error}");
        let hint = error["hint"].as_str().unwrap();
        let command = format!("run `seededit recover --service fal --base-url {}` to fetch", server.url());
        assert!(hint.starts_with(&command), "{hint}");
        let output = env.command("recover --service fal --json").base_url(&server.url()).code(8).any_stdout();
        assert_eq!(output.any_stderr().assert().json()["error"]["inference_id"], "7");
        is_down.store(false, Ordering::SeqCst);
        let recover = env.command("recover -q --service fal").base_url(&server.url());
        recover.stdout("[work]/out.jpg\n").assert();
        assert_eq!(server.posts(), 1, "{status}");
    }
}

#[test]
fn a_request_that_failed_is_reported_with_its_reason_and_not_asked_about_until_the_time_limit() {
    for state in ["FAILED", "CANCELLED"] {
        let server = RawServer::new(move |connection| {
            let Some(request) = connection.read_request() else { return };
            let bytes = match &request.line {
                line if line.starts_with("POST") => json_answer(200, &json!({"request_id": "7"}), ""),
                line if line.contains("/status") => json_answer(200, &json!({"status": state}), ""),
                _ => json_answer(422, &json!({"detail": "the worker ran out of memory"}), ""),
            };
            connection.send(&bytes);
            connection.finish();
        });
        let env = TestEnv::with_picture();
        let run = edit(&env, "--timeout 5m").base_url(&server.url()).code(8);
        run.stderr_contains(&["the worker ran out of memory"]).assert();
        assert_eq!(server.posts(), 1);
    }
}

#[test]
fn a_request_that_the_queue_refuses_is_free_and_names_the_field() {
    let detail =
        json!({"detail": [{"loc": ["body", "image_urls"], "msg": "too many", "type": "value_error"}]});
    let server = RawServer::always_sending(json_answer(422, &detail, ""));
    let env = TestEnv::with_picture();
    edit(&env, "").base_url(&server.url()).code(6).stderr_contains(&["image_urls: too many"]).assert();
    assert_eq!(job(&env)["state"], "refused");
}

/// A queue that has completed a request, and answers with this status, header and body when its result is fetched.
fn completed(status: u16, headers: &'static str, body: &'static str) -> RawServer {
    RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let here = format!("http://{}", request.header("host").unwrap());
        let links = json!({
            "request_id": "7", "status": "IN_QUEUE",
            "status_url": format!("{here}/status"), "response_url": format!("{here}/result"),
        });
        let bytes = match &request.line {
            line if line.starts_with("POST") => json_answer(200, &links, ""),
            line if line.contains("/status") => json_answer(200, &json!({"status": "COMPLETED"}), ""),
            _ => answer(status, "application/json", body.as_bytes(), headers),
        };
        connection.send(&bytes);
        connection.finish();
    })
}

#[test]
#[ignore = "slow"]
fn what_a_proxy_says_about_a_result_never_makes_the_request_be_sent_again() {
    for (status, headers) in
        [(502, ""), (500, "x-fal-request-id: another\r\n"), (401, ""), (403, ""), (413, "")]
    {
        let server = completed(status, headers, r#"{"detail": "Bad Gateway"}"#);
        let env = TestEnv::with_picture();
        edit(&env, "--timeout 1s").base_url(&server.url()).code(8).any_stderr().assert();
        assert_eq!((server.posts(), job(&env)["state"].as_str()), (1, Some("unknown")), "{status}");
    }
}

#[test]
fn a_refusal_when_the_request_ran_may_have_been_charged() {
    let server =
        completed(422, "", r#"{"detail": [{"loc": ["body", "prompt"], "msg": "not allowed", "type": "x"}]}"#);
    let env = TestEnv::with_picture();
    let problem = "refused the request when it ran, and may have charged it: prompt: not allowed";
    edit(&env, "").base_url(&server.url()).code(8).stderr_contains(&[problem]).assert();
    assert_eq!(server.posts(), 1);
}

#[test]
fn a_failure_of_the_request_itself_is_free() {
    let server = completed(500, "x-fal-request-id: 7\r\n", r#"{"detail": "out of memory"}"#);
    let env = TestEnv::with_picture();
    edit(&env, "--retries 0").base_url(&server.url()).code(7).stderr_contains(&["out of memory"]).assert();
    assert_eq!(job(&env)["state"], "refused");
}

#[test]
fn recover_asks_the_service_of_the_job_with_its_own_key() {
    let (fal, default) = ("the-key-of-fal-0123", "the-key-of-another-service");
    let is_down = Arc::new(AtomicBool::new(true));
    let down = Arc::clone(&is_down);
    let server = RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let here = format!("http://{}", request.header("host").unwrap());
        let links = json!({
            "request_id": "7", "status": "IN_QUEUE",
            "status_url": format!("{here}/status"), "response_url": format!("{here}/result"),
        });
        let bytes = match &request.line {
            line if line.starts_with("POST") => json_answer(200, &links, ""),
            line if line.contains("/x.jpg") => answer(200, "image/jpeg", &jpeg(64, 48), ""),
            _ if down.load(Ordering::SeqCst) => json_answer(404, &json!({}), ""),
            line if line.contains("/status") => json_answer(200, &json!({"status": "COMPLETED"}), ""),
            _ => json_answer(200, &json!({"images": [{"url": format!("{here}/x.jpg")}]}), ""),
        };
        connection.send(&bytes);
        connection.finish();
    });
    let env = TestEnv::with_picture();
    let url = server.url();
    let base = ["--base-url", url.as_str()];
    let run = env.edit("-q --service fal").args(&base.join(" "));
    run.env("FAL_KEY", fal).code(8).any_stderr().assert();
    is_down.store(false, Ordering::SeqCst);
    env.command("recover -q")
        .args(&base.join(" "))
        .env("FAL_KEY", fal)
        .env("AIMLAPI_API_KEY", default)
        .stdout("[work]/out.jpg\n")
        .assert();
    for request in server.requests() {
        let sent = request.header("authorization").unwrap_or_default();
        assert!(!sent.contains(default), "{request:?}");
    }
    assert_eq!(server.posts(), 1);
}

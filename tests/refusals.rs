//! Refusals by the service: its own message comes first, then a hint.

use serde_json::{Value, json};

use crate::support::{KEY, Output, RawServer, Service, TestEnv, answer, json_answer, rows};

/// An error in the format of the service.
fn service_error(status: u16, message: &str) -> Value {
    json!({
        "message": message,
        "path": "/v1/images/generations",
        "requestId": "798b860e-0000-4000-8000-000000000000",
        "statusCode": status.to_string(),
        "timestamp": "2025-03-11T07:13:27.813Z",
    })
}

/// An error in the format of other hosts. It is believed only if the status excludes that the service still works.
fn other_host_error(_: u16, message: &str) -> Value {
    json!({"error": {"message": message, "type": "SomeType", "code": "SomeCode"}})
}

const TOP_UP: &str =
    "nothing was charged; top up at https://aimlapi.com/app/billing, then run the same command again";
const LIMIT: &str =
    "the key is not allowed to do this, or has reached its limit: check it in the service's console";
const TOO_LARGE: &str = "nothing was charged; send a smaller picture, raise the proxy's size limit for requests, or reach the service without the proxy (NO_PROXY)";
const LATER: &str = "nothing was charged; try again later";

#[test]
fn every_error_of_the_service_has_an_exit_code_and_a_hint() {
    for (status, message, code, kind, hint) in [
        (
            400,
            "Body validation error! image: required",
            6,
            "rejected",
            "nothing was charged; check the request with --dry-run",
        ),
        (
            401,
            "This request requires a valid API key. You can create one.",
            4,
            "auth",
            "check the key: `seededit auth status` shows where it comes from, `seededit auth login` stores a new one",
        ),
        (403, "You've run out of credits. Please top up.", 5, "payment", TOP_UP),
        (403, "This key is not allowed to use this endpoint", 5, "payment", LIMIT),
        (403, "The key's spending limit is reached", 5, "payment", LIMIT),
        (
            404,
            "Model bytedance/seededit-3.0-i2i not found",
            6,
            "rejected",
            "nothing was charged; the service does not offer bytedance/seededit-3.0-i2i; its successor is bytedance/seedream-5-0-pro: choose it with --model or `seededit config set model bytedance/seedream-5-0-pro`; `seededit models` lists all",
        ),
        (
            422,
            "the picture was refused",
            6,
            "rejected",
            "nothing was charged; check the request with --dry-run",
        ),
        (413, "Payload too large", 6, "rejected", TOO_LARGE),
        (429, "Too Many Requests", 7, "unavailable", LATER),
        (500, "Internal server error", 7, "unavailable", LATER),
        (500, "The model is under maintenance", 7, "unavailable", LATER),
        (502, "Bad Gateway", 7, "unavailable", LATER),
        (503, "Service unavailable", 7, "unavailable", LATER),
        (504, "Generation timeout", 7, "unavailable", LATER),
    ] {
        let shapes = [service_error as fn(u16, &str) -> Value, other_host_error];
        for shape in shapes.into_iter().take(if status < 500 { 2 } else { 1 }) {
            let server = RawServer::always_sending(json_answer(status, &shape(status, message), ""));
            let env = TestEnv::with_picture();
            let run = env
                .edit("--json --retries 0 -m bytedance/seededit-3.0-i2i")
                .base_url(&server.url())
                .code(code)
                .any_stdout();
            let record = run.stderr(format!("error: {message}\nhint: {hint}\n")).assert().json();
            let error = &record["error"];
            assert_eq!(error["kind"], kind, "{status} {message}");
            assert_eq!(error["exit_code"], code);
            assert_eq!(error["message"], message);
            assert_eq!(error["hint"], hint);
            assert_eq!(error["http_status"], status);
            assert_eq!(error["charged"], "no");
            let id = if shape(status, message)["requestId"].is_null() {
                Value::Null
            } else {
                json!("798b860e-0000-4000-8000-000000000000")
            };
            assert_eq!(error["request_id"], id);
            assert_eq!(server.posts(), 1);
            assert_eq!(env.file_names(), ["in.png"]);
        }
    }
}

#[test]
fn a_rejection_before_processing_is_free_even_as_a_page_of_a_proxy() {
    for (status, code, kind, message, hint) in [
        (407, 7, "unavailable", "a proxy requires credentials (HTTP 407)", "put the proxy's user name"),
        (
            413,
            6,
            "rejected",
            "the request is too large for the service or for a proxy before it",
            "send a smaller",
        ),
        (431, 6, "rejected", "the request's headers are too large", "send a smaller"),
    ] {
        let server = RawServer::always_sending(answer(status, "text/html", b"<html><h1>no</h1></html>", ""));
        let env = TestEnv::with_picture();
        let run = env.edit("--json --retries 2").base_url(&server.url()).code(code).any_stdout();
        let record = run.stderr_contains(&[message, hint]).assert().json();
        assert_eq!((&record["error"]["kind"], &record["error"]["charged"]), (&json!(kind), &json!("no")));
        assert_eq!(server.posts(), 1, "{status}");
    }
}

#[test]
fn a_used_up_quota_ends_an_edit_and_a_batch_at_once() {
    for code in ["insufficient_quota", "SetLimitExceeded"] {
        let body = json!({"error": {"message": "the limit is reached", "type": "x", "code": code}});
        let server = RawServer::always_sending(json_answer(429, &body, ""));
        let env = TestEnv::with_picture();
        env.edit("--retries 3")
            .base_url(&server.url())
            .code(5)
            .stderr_contains(&[
                "error: the limit is reached\nhint: nothing was charged; the account has used up",
            ])
            .assert();
        assert_eq!(server.posts(), 1, "{code}");
        env.write_manifest(&rows(5));
        env.command("batch m.jsonl -j 1 --retries 3")
            .base_url(&server.url())
            .code(5)
            .any_stdout()
            .any_stderr()
            .assert();
        assert_eq!(server.posts(), 2, "{code}");
    }
}

#[test]
fn an_error_body_may_be_incomplete() {
    for body in [
        json!({"message": "no", "statusCode": 400}),
        json!({"message": ["no"], "statusCode": "400"}),
        json!({"message": "no"}),
        json!({"error": {"message": "no"}}),
        json!({"error": {"message": "no", "code": 7, "type": null}, "extra": [1, 2]}),
    ] {
        let server = RawServer::always_sending(json_answer(400, &body, ""));
        let env = TestEnv::with_picture();
        env.edit("")
            .base_url(&server.url())
            .code(6)
            .stderr_contains(&["error: no\nhint: nothing was charged"])
            .assert();
    }
}

#[test]
fn an_html_page_or_an_empty_body_is_an_unknown_outcome() {
    for (status, media_type, body, what) in [
        (403, "text/html", "<html>Forbidden</html>", "an HTML page"),
        (404, "text/html", "  \n<!doctype html>", "an HTML page"),
        (502, "text/html", "<html>", "an HTML page"),
        (500, "application/json", "", "an empty body"),
        (503, "text/plain", "", "an empty body"),
        (500, "application/json", "{\"fault\": 1}", "JSON with another structure"),
        (500, "text/plain", "upstream connect error", "another kind of body"),
    ] {
        let server = RawServer::always_sending(answer(status, media_type, body.as_bytes(), ""));
        let env = TestEnv::with_picture();
        let url = "http://127.0.0.1:[port]";
        env.edit("")
            .base_url(&server.url())
            .code(8)
            .stderr(format!(
                "error: the answer did not come from the service (HTTP {status}, {what})\n\
                 hint: it may have been charged, so it is not sent again automatically; if {url} is not the \
                 service, nothing was charged: check base_url; otherwise run `seededit recover --base-url http://127.0.0.1:[port]` \
                 to ask the service what happened to it (request id seededit-[job]-1)\n"
            ))
            .assert();
        assert_eq!(server.posts(), 1);
    }
}

#[test]
fn control_and_bidi_characters_are_escaped() {
    let hostile = "no\u{1b}[31m\u{1b}]0;title\u{7}\r\n\tyes\u{202e}gnp\u{2066}\u{9b}2J\u{8}\u{0}";
    let server = RawServer::always_sending(json_answer(400, &service_error(400, hostile), ""));
    let env = TestEnv::with_picture();
    let output = env
        .edit("--json --color always")
        .base_url(&server.url())
        .code(6)
        .any_stdout()
        .stderr_contains(&[
            "no\\u{1b}[31m\\u{1b}]0;title\\u{7}\\u{d}⏎ yes\\u{202e}gnp\\u{2066}\\u{9b}2J\\u{8}\\u{0}\n",
        ])
        .assert();
    // The JSON record has the original message, with JSON's escapes.
    assert_eq!(output.json()["error"]["message"], hostile);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(!printed.trim_end().contains(|c: char| c.is_ascii_control()), "{printed:?}");
}

#[test]
#[ignore = "slow"]
fn a_key_or_link_echoed_by_the_server_is_redacted() {
    // Every run fails if the key or a signature is printed; see `support::env`.
    let link = "https://me:word@tos.example/x.jpeg?X-Tos-Date=1&X-Tos-Signature=5ecret5ecret";
    let message = format!("the key {KEY} may not have {link}, nor \"{link}\"; Bearer {KEY}");
    let headers = format!("x-inference-id: {KEY}\r\nX-Echo: Bearer {KEY}\r\nLocation: {link}\r\n");
    for (shape, statuses) in [
        (service_error as fn(u16, &str) -> Value, &[400, 401, 403, 404, 429, 500][..]),
        (other_host_error, &[400, 401, 403, 404, 429]),
    ] {
        for &status in statuses {
            let server = RawServer::always_sending(json_answer(status, &shape(status, &message), ""));
            let env = TestEnv::with_picture();
            for extra in ["--json -vv --retries 0", "-vv --retries 1", "-q --retries 0"] {
                let code = match status {
                    401 => 4,
                    403 => 5,
                    429 | 500 => 7,
                    _ => 6,
                };
                let run = env.edit(extra).base_url(&server.url()).code(code).any_stdout();
                run.stderr_contains(&["error: the key [key] may not have https://tos.example/x.jpeg?…"])
                    .assert();
            }
        }
    }
    let server =
        RawServer::always_sending(json_answer(200, &json!({"data": [{"url": link}], "note": KEY}), ""));
    let env = TestEnv::with_picture();
    env.edit("--json -vv --retries 0 --connect-timeout 200ms")
        .base_url(&server.url())
        .code(9)
        .any_stdout()
        .any_stderr()
        .assert();
    let server = RawServer::always_sending(answer(
        200,
        "application/json",
        format!("{{\"data\": \"{link} {KEY}\"}}").as_bytes(),
        "",
    ));
    env.edit("--json -vv").base_url(&server.url()).code(8).any_stdout().any_stderr().assert();
    let compressed = answer(200, "text/plain", b"", &format!("{headers}Content-Encoding: {KEY}\r\n"));
    let server = RawServer::always_sending(compressed);
    env.edit("--json -vv").base_url(&server.url()).code(8).any_stdout().any_stderr().assert();
    let server = RawServer::always_sending(json_answer(200, &json!({"data": []}), &headers));
    env.edit("--json -vv").base_url(&server.url()).code(10).any_stdout().any_stderr().assert();
}

#[test]
fn a_proxy_that_wants_credentials_ends_a_batch_after_the_first_row() {
    // The first proxy refuses to connect, the second one forwards and refuses the request itself.
    let connects = RawServer::always_sending(answer(407, "text/html", b"no", ""));
    let env = TestEnv::with_picture();
    env.write_manifest(&rows(6));
    let run = env.command("batch m.jsonl -j 3").base_url("https://api.example");
    let message = "the proxy 127.0.0.1:[port] wants a user name and a password for api.example (HTTP 407)";
    ensure_ends_at_the_proxy(&run.env("HTTPS_PROXY", connects.url()).code(7).any_stderr().assert(), message);
    assert!(connects.connections() <= 3, "no refusal is retried: {}", connects.connections());
    assert!(env.jobs().iter().all(|job| job.state == "refused"), "nothing was charged");
    // Nothing is in the way of another run.
    let service = Service::new();
    env.batch("-q", &service).any_stdout().assert();
    service.ledger().ensure_counts(6, 6);

    let env = TestEnv::with_picture();
    env.write_manifest(&rows(6));
    let answers = RawServer::always_sending(answer(407, "text/html", b"no", ""));
    let run = env.command("batch m.jsonl -j 3").base_url(&answers.url()).code(7).any_stderr();
    ensure_ends_at_the_proxy(&run.assert(), "a proxy requires credentials (HTTP 407)");
}

fn ensure_ends_at_the_proxy(output: &Output, message: &str) {
    let seen = &output.stderr;
    assert_eq!(seen.matches(message).count(), 1, "{seen}");
    assert_eq!(seen.matches("hint: nothing was charged; put the proxy's user name").count(), 1, "{seen}");
    assert!(
        seen.contains("error: the proxy refuses every request, so 5 more tasks were not sent\n"),
        "{seen}"
    );
    assert!(seen.contains("6 tasks: 0 made, 1 failed, 5 left  $0.00"), "{seen}");
}

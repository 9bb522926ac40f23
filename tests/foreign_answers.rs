//! Errors that did not come from the service, and look as if they had a result.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::{RawServer, TestEnv, answer, jpeg, json_answer};

const STATUSES: [u16; 10] = [303, 401, 408, 409, 421, 425, 429, 499, 502, 504];

/// A service whose POSTs are answered with this status and body, and whose usage log has this row for them. Its pictures
/// exist if `has_picture`.
fn service(status: u16, body: Value, logged: Value, has_picture: bool) -> RawServer {
    let request_id = Arc::new(Mutex::new(String::new()));
    RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let bytes = if request.line.starts_with("POST") {
            *request_id.lock().unwrap() = request.header("x-client-request-id").unwrap().to_owned();
            json_answer(status, &body, "")
        } else if request.line.contains("/v2/logs") {
            let mut row = logged.clone();
            row["client_request_id"] = json!(*request_id.lock().unwrap());
            json_answer(200, &json!({"data": [row], "pagination": {"has_more": false}}), "")
        } else if has_picture {
            answer(200, "image/jpeg", &jpeg(64, 48), "")
        } else {
            json_answer(404, &json!({"message": "Cannot GET"}), "")
        };
        connection.send(&bytes);
        connection.finish();
    })
}

fn free() -> Value {
    json!({"status": "failed", "cost": {"usd": 0, "credits": 0}})
}

fn charged() -> Value {
    json!({"status": "succeeded", "inference_id": "i-7", "cost": {"usd": 0.0315, "credits": 63_000}})
}

#[test]
fn what_looks_like_a_result_in_a_foreign_error_does_not_prove_a_charge() {
    for status in STATUSES {
        let path = json!({"name": "Bad Gateway", "url": "/v1/images/generations", "code": status});
        let garbage = json!({"error_page": {"b64_json": "Z2FyYmFnZQ=="}});
        for body in [path, garbage] {
            let (env, server) = (TestEnv::with_picture(), service(status, body.clone(), free(), false));
            env.edit("-q --retries 0").base_url(&server.url()).code(8).any_stderr().assert();
            env.command("recover")
                .env("SEEDEDIT_RETRIES", "0")
                .base_url(&server.url())
                .stderr_contains(&["was not charged (the usage log shows no charge)"])
                .assert();
            assert_eq!(env.only_job().state, "refused", "{status} {body}");
            assert_eq!(server.posts(), 1);
        }
    }
}

#[test]
fn a_picture_in_a_foreign_error_is_delivered() {
    let body = json!({"name": "Bad Gateway", "url": "/a.jpg"});
    let (env, server) = (TestEnv::with_picture(), service(502, body, free(), true));
    env.edit("-q --retries 0").base_url(&server.url()).code(8).any_stderr().assert();
    env.command("recover -q").base_url(&server.url()).stdout("[work]/out.jpg\n").assert();
    assert_eq!(env.only_job().state, "delivered");
}

#[test]
fn a_link_in_a_foreign_error_is_kept_if_the_usage_log_shows_a_charge() {
    let body = json!({"name": "Bad Gateway", "url": "/a.jpg"});
    let (env, server) = (TestEnv::with_picture(), service(502, body, charged(), false));
    env.edit("-q --retries 0").base_url(&server.url()).code(8).any_stderr().assert();
    for _ in 0..2 {
        env.command("recover -q")
            .base_url(&server.url())
            .code(9)
            .stderr_contains(&["there is no picture at the link", "pay-again"])
            .assert();
        let job = env.only_job();
        assert_eq!((job.state.as_str(), job.attempts[0].outcome.as_str()), ("answered", "charged"));
    }
    assert_eq!(server.posts(), 1);
}

//! Retries: what is sent again, and what never is.

use std::time::Duration;

use seededit::testing::sandbox::RetryAfter;
use serde_json::json;

use crate::support::{Connection, RawServer, Service, TestEnv, answer, closed_port, json_answer};

/// A service with these faults and `Retry-After: 0`.
fn service_without_waits(faults: &[&str]) -> Service {
    Service::with_options(|options| {
        options.faults = faults.iter().map(|typed| typed.parse().unwrap()).collect();
        options.retry_after = Some(RetryAfter::Seconds(Duration::ZERO));
    })
}

/// Edits with a server that calls `serve`. Panics unless the outcome is exit code 8 with an unknown charge, after at most
/// one POST. `timeout` may be empty for a long one.
fn ensure_unknown(name: &str, timeout: &str, serve: impl Fn(&mut Connection) + Send + Sync + 'static) {
    let (env, server) = (TestEnv::with_picture(), RawServer::new(serve));
    let output = env
        .edit("--json --retries 5")
        .arg("--timeout")
        .arg(if timeout.is_empty() { "30s" } else { timeout })
        .base_url(&server.url())
        .code(8)
        .any_stdout()
        .any_stderr()
        .assert();
    let record = output.json();
    assert_eq!(record["error"]["kind"], "unknown", "{name}");
    assert_eq!(record["error"]["exit_code"], 8, "{name}");
    assert_eq!(record["error"]["charged"], "unknown", "{name}");
    assert!(
        output.stderr.contains("it may have been charged, so it is not sent again"),
        "{name}: {}",
        output.stderr
    );
    assert_eq!(server.connections(), 1, "connections: {name}");
    assert!(server.posts() <= 1, "POSTs: {name}");
    assert_eq!(env.file_names(), ["in.png"], "{name}");
}

/// Edits with a sandbox that has one fault. Panics unless the charge is unknown after exactly one POST.
fn ensure_sent_once(fault: &str, charged: u64) {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[fault]));
    let output = env
        .edit("--json --retries 5")
        .service(&service)
        .code(8)
        .any_stdout()
        .stderr_contains(&["it may have been charged"])
        .assert();
    assert_eq!(output.json()["error"]["charged"], "unknown", "{fault}");
    service.ledger().ensure_counts(1, charged);
    assert_eq!(env.file_names(), ["in.png"], "{fault}");
}

#[test]
fn a_temporary_refusal_by_the_service_is_retried_and_paid_once() {
    for fault in ["rate-limit:2", "server-error=503:2"] {
        let (env, service) = (TestEnv::with_picture(), service_without_waits(&[fault]));
        let output = env.edit("--json").service(&service).any_stdout().assert();
        assert_eq!(output.json()["attempts"], 3, "{fault}");
        service.ledger().ensure_counts(3, 1);
        assert_eq!(service.ledger().downloads(), 1);
    }
}

#[test]
fn an_internal_error_of_the_service_is_retried_and_paid_once() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["server-error=500:2"]));
    env.edit("")
        .service(&service)
        .stdout("out.jpg\n")
        .stderr_contains(&["note: Internal server error; nothing was charged, trying again in [time]\n"])
        .assert();
    service.ledger().ensure_counts(3, 1);
}

#[test]
fn a_502_or_504_of_the_service_itself_is_retried() {
    for fault in ["server-error=502:1", "server-error=504:1"] {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[fault]));
        env.edit("-q").service(&service).stdout("out.jpg\n").assert();
        service.ledger().ensure_counts(2, 1);
    }
}

#[test]
fn after_all_retries_the_refusal_is_reported_and_nothing_was_charged() {
    let (env, service) = (TestEnv::with_picture(), service_without_waits(&["rate-limit"]));
    let output = env.edit("--retries 2 --json").service(&service).code(7).any_stdout().any_stderr().assert();
    assert_eq!(output.json()["error"]["charged"], "no");
    assert_eq!(output.json()["error"]["http_status"], 429);
    service.ledger().ensure_counts(3, 0);
}

#[test]
fn retries_can_be_turned_off() {
    let (env, service) = (TestEnv::with_picture(), service_without_waits(&["rate-limit"]));
    env.edit("--retries 0").service(&service).code(7).stderr_contains(&["Too Many Requests"]).assert();
    service.ledger().ensure_counts(1, 0);
}

#[test]
#[ignore = "slow"]
fn retry_after_is_respected_in_both_forms() {
    for wait in [RetryAfter::Seconds(Duration::from_secs(1)), RetryAfter::Date(Duration::from_secs(2))] {
        let env = TestEnv::with_picture();
        let service = Service::with_options(|options| {
            options.faults = vec!["rate-limit:1".parse().unwrap()];
            options.retry_after = Some(wait);
        });
        let output = env.edit("-q").service(&service).stdout("out.jpg\n").assert();
        // A date has whole seconds, so a wait of two seconds may take little more than one.
        assert!(output.elapsed >= Duration::from_millis(900), "{wait:?}: {:?}", output.elapsed);
        service.ledger().ensure_counts(2, 1);
    }
}

#[test]
fn a_retry_after_of_more_than_two_minutes_ends_the_run() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| {
        options.faults = vec!["rate-limit".parse().unwrap()];
        options.retry_after = Some(RetryAfter::Seconds(Duration::from_secs(121)));
    });
    let output = env
        .edit("")
        .service(&service)
        .code(7)
        .stderr("error: Too Many Requests\nhint: nothing was charged; the service asks you to try again in 121 s\n")
        .assert();
    assert!(output.elapsed < Duration::from_secs(30));
    service.ledger().ensure_counts(1, 0);
}

#[test]
fn other_refusals_are_final() {
    for (fault, code) in
        [("no-credits", 5), ("forbidden", 5), ("unauthorized", 4), ("retired", 6), ("ark-error=400", 6)]
    {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[fault]));
        env.edit("-m bytedance/seededit-3.0-i2i").service(&service).code(code).any_stderr().assert();
        service.ledger().ensure_counts(1, 0);
    }
}

#[test]
fn a_closed_port_is_retried_and_then_reported_as_unreachable() {
    let (closed, _kept) = closed_port();
    let env = TestEnv::with_picture();
    let output = env
        .edit("--json --retries 2 -v")
        .base_url(&format!("http://{closed}"))
        .code(7)
        .any_stdout()
        .stderr_contains(&["sending attempt 1", "sending attempt 3", "the service cannot be reached"])
        .assert();
    assert_eq!(output.json()["error"]["kind"], "unavailable");
    assert_eq!(output.json()["error"]["charged"], "no");
    assert_eq!(env.file_names(), ["in.png"]);
}

#[test]
fn a_reset_before_anything_was_read_is_never_sent_again() {
    // A reset during the handshake would be a failed connection, so wait until the client is connected.
    ensure_unknown("at 0 bytes", "", |connection| {
        connection.wait_for_byte();
        connection.reset();
    });
}

#[test]
fn a_reset_after_one_byte_is_never_sent_again() {
    ensure_unknown("at 1 byte", "", |connection| {
        connection.skip(1);
        connection.reset();
    });
}

#[test]
fn a_reset_after_the_head_is_never_sent_again() {
    ensure_unknown("after the head", "", |connection| {
        connection.read_head();
        connection.reset();
    });
}

#[test]
fn a_reset_after_half_of_the_body_is_never_sent_again() {
    ensure_unknown("after half of the body", "", |connection| {
        let head = connection.read_head().unwrap();
        connection.skip(head.header("content-length").unwrap().parse::<usize>().unwrap() / 2);
        connection.reset();
    });
}

#[test]
fn a_reset_after_the_body_was_sent_is_never_sent_again() {
    ensure_unknown("after the body", "", |connection| {
        connection.read_request();
        connection.reset();
    });
}

#[test]
fn a_connection_that_is_closed_without_an_answer_is_never_sent_again() {
    ensure_unknown("closed", "", |connection| {
        connection.read_request();
    });
}

#[test]
fn a_truncated_answer_is_never_requested_again() {
    let complete = json_answer(200, &json!({"data": [{"url": "http://127.0.0.1:9/x.jpeg"}]}), "");
    let body = complete.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    for cut in [1, 9, 12, body - 3, body, body + 1, body + 20, complete.len() - 1] {
        let part = complete[..cut].to_vec();
        ensure_unknown(&format!("cut after {cut} bytes"), "", move |connection| {
            connection.read_request();
            connection.send(&part);
        });
    }
}

#[test]
fn a_truncated_refusal_is_not_a_refusal() {
    // The received part is valid JSON and says that nothing was charged, but the answer is incomplete.
    let refusal =
        json!({"message": "Internal server error", "statusCode": 500, "requestId": "r"}).to_string();
    let answer = format!("HTTP/1.1 500 Error\r\nContent-Length: {}\r\n\r\n{refusal}", refusal.len() + 1);
    ensure_unknown("a cut refusal", "", move |connection| {
        connection.read_request();
        connection.send(answer.as_bytes());
    });
}

#[test]
#[ignore = "slow"]
fn a_request_that_times_out_is_never_sent_again() {
    ensure_unknown("no answer", "700ms", |connection| {
        connection.read_request();
        connection.wait_for_client_close();
    });
    ensure_unknown("half an answer", "700ms", |connection| {
        connection.read_request();
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\"");
        connection.wait_for_client_close();
    });
    ensure_unknown("a body that is not read", "700ms", |connection| {
        connection.read_head();
        std::thread::sleep(Duration::from_millis(1500));
    });
}

#[test]
fn an_answer_slower_than_the_timeout_is_given_up() {
    ensure_unknown("drips", "700ms", |connection| {
        connection.read_request();
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while connection.send(b" ") {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}

#[test]
fn a_redirect_is_not_followed_and_the_key_is_sent_nowhere_else() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere =
            std::sync::Arc::new(RawServer::always_sending(json_answer(200, &json!({"data": []}), "")));
        let to = elsewhere.url();
        ensure_unknown(&format!("HTTP {status}"), "", move |connection| {
            connection.read_request();
            connection.send(&answer(
                status,
                "text/plain",
                b"",
                &format!("Location: {to}/v1/images/generations\r\n"),
            ));
        });
        assert_eq!(elsewhere.connections(), 0, "HTTP {status} was followed");
    }
}

#[test]
fn an_error_that_is_not_from_the_service_itself_is_never_retried() {
    let page = b"<html><h1>Bad Gateway</h1></html>".as_slice();
    for (status, media_type, body) in [
        (502, "text/html", page),
        (504, "text/html", page),
        (520, "text/html", page),
        (503, "text/html", page),
        (429, "text/html", page),
        (403, "text/html", page),
        (500, "text/plain", b""),
        (502, "application/json", b""),
        (502, "application/json", b"{\"message\":\"Bad Gateway\"}"),
        (504, "application/json", b"{\"message\":\"Endpoint request timed out\"}"),
        (
            502,
            "application/json",
            b"{\"message\":\"Internal server error\",\"statusCode\":502,\"activityId\":\"7\"}",
        ),
        (
            503,
            "application/json",
            b"{\"timestamp\":\"x\",\"status\":503,\"message\":\"no\",\"path\":\"/v1\"}",
        ),
        (500, "application/json", b"{\"error\":{\"message\":\"x\",\"code\":\"InternalServiceError\"}}"),
        (408, "text/plain", b"Request Timeout"),
        (200, "text/html", page),
        (200, "application/json", b""),
        (200, "application/json", b"{}"),
        (200, "application/json", b"{\"data\": 7}"),
        (200, "application/json", b"{\"data\": [{\"url\": \"x\"}]} {\"data\":"),
    ] {
        let whole = answer(status, media_type, body, "");
        ensure_unknown(&format!("{status} {}", String::from_utf8_lossy(body)), "", move |connection| {
            connection.read_request();
            connection.send(&whole);
            connection.finish();
        });
    }
}

#[test]
fn sandbox_faults_that_may_be_charged_are_sent_once() {
    for (fault, charged) in [
        ("reset-early", 0),
        ("reset-before-charge", 0),
        ("gateway=502", 0),
        ("empty=503", 0),
        ("redirect=307", 0),
        ("reset-after-charge", 1),
        ("cut-answer=0", 1),
        ("cut-answer=100", 1),
        ("gateway-after-charge=504", 1),
        ("html-200", 1),
        ("gzip-answer", 1),
        ("endless-answer", 1),
    ] {
        ensure_sent_once(fault, charged);
    }
}

#[test]
fn an_endless_answer_is_cut_off_at_a_megabyte() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["endless-answer"]));
    env.edit("")
        .service(&service)
        .code(8)
        .stderr_contains(&["error: the answer is larger than 1 MiB\n"])
        .assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn an_endless_picture_inside_the_answer_is_cut_off() {
    ensure_unknown("endless b64_json", "", |connection| {
        connection.read_request();
        connection.send(b"HTTP/1.1 200 OK\r\n\r\n{\"data\":[{\"b64_json\":\"");
        while connection.send(&[b'A'; 1 << 16]) {}
    });
}

#[test]
fn an_endless_response_head_is_cut_off() {
    ensure_unknown("endless head", "", |connection| {
        connection.read_request();
        connection.send(b"HTTP/1.1 200 OK\r\n");
        while connection.send(&[b"X-A: ".as_slice(), &[b'a'; 4096], b"\r\n"].concat()) {}
    });
}

#[test]
fn each_post_uses_a_new_connection() {
    let busy = json!({"message": "Too Many Requests", "statusCode": "429"});
    let server = RawServer::new(move |connection| {
        // The connection stays open, so a client that reuses connections would send the next POST on it.
        while connection.read_request().is_some() {
            connection.send(&json_answer(429, &busy, "Retry-After: 0\r\nConnection: keep-alive\r\n"));
        }
    });
    let env = TestEnv::with_picture();
    env.edit("--retries 2 -q").base_url(&server.url()).code(7).any_stderr().assert();
    let requests = server.requests();
    let connections: Vec<usize> = requests.iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 1, 2]);
}

#[test]
fn no_post_is_sent_on_a_kept_connection() {
    // If such a server closes a kept connection, the client cannot know whether its POST was charged.
    let busy = json!({"message": "Service unavailable", "statusCode": 503, "requestId": "r"});
    let server = RawServer::new(move |connection| {
        connection.read_request();
        connection.send(&json_answer(503, &busy, "Retry-After: 0\r\n"));
        connection.read_head();
        connection.reset();
    });
    let env = TestEnv::with_picture();
    env.edit("--retries 3 -q")
        .base_url(&server.url())
        .code(7)
        .stderr_contains(&["Service unavailable"])
        .assert();
    assert_eq!((server.posts(), server.connections()), (4, 4));
}

#[test]
fn an_early_408_on_an_idle_connection_is_not_an_answer() {
    // Some servers send 408 before they close an idle connection. That must not cause a second POST.
    ensure_unknown("an early 408", "", |connection| {
        connection.send(&answer(408, "text/plain", b"", "Connection: close\r\n"));
        connection.finish();
    });
}

#[test]
fn informational_responses_are_skipped() {
    let (env, service) = (TestEnv::with_picture(), json!({"message": "no", "statusCode": 400}));
    let server = RawServer::new(move |connection| {
        connection.read_request();
        connection.send(b"HTTP/1.1 102 Processing\r\n\r\n");
        connection.send(&json_answer(400, &service, ""));
        connection.finish();
    });
    env.edit("").base_url(&server.url()).code(6).stderr_contains(&["error: no\n"]).assert();
    assert_eq!(server.posts(), 1);
}

#[test]
fn a_refusal_with_a_price_or_a_result_is_not_retried() {
    let own = json!({"message": "Internal server error", "statusCode": "500", "requestId": "r"});
    let with_result =
        json!({"message": "x", "statusCode": "500", "data": [{"url": "https://h.example/x.jpeg"}]});
    for (status, body, headers) in [
        (500, &own, "x-aimlapi-usd-spent: 0.0315\r\n"),
        (429, &own, "x-aimlapi-credits-used: 63000\r\n"),
        (400, &own, "x-aimlapi-usd-spent: 0.0315\r\n"),
        (500, &with_result, ""),
    ] {
        let server = RawServer::always_sending(json_answer(status, body, headers));
        let env = TestEnv::with_picture();
        env.edit("-q").base_url(&server.url()).code(8).stderr_contains(&["may have charged it"]).assert();
        assert_eq!(server.posts(), 1, "{status}");
    }
}

#[test]
fn the_json_of_a_gateway_is_not_that_of_the_service() {
    let bare = json!({"message": "Endpoint request timed out"});
    let other = json!({"error": {"message": "upstream request timeout"}});
    for status in [408, 500, 502, 503, 504, 524] {
        for body in [&bare, &other] {
            let server = RawServer::always_sending(json_answer(status, body, ""));
            let env = TestEnv::with_picture();
            env.edit("-q")
                .base_url(&server.url())
                .code(8)
                .stderr_contains(&["did not come from the service"])
                .assert();
            assert_eq!(server.posts(), 1, "{status} {body}");
        }
    }
}

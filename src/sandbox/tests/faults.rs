//! Faults as a client sees them.

use std::io::Read as _;

use super::*;

#[test]
fn a_download_is_resumed_where_it_was_cut() {
    let harness = Harness::with_faults(&["cut-download=5000:1"]);
    let link = harness.edited();
    let mut cut = harness.fetch(&link);
    let announced = cut.content_length().unwrap();
    let mut start = Vec::new();
    assert!(cut.read_to_end(&mut start).is_err());
    assert_eq!(start.len(), 5_000);

    let rest = harness.client.get(&link).header("Range", "bytes=5000-").send().unwrap();
    assert_eq!(rest.status(), 206);
    let range = format!("bytes 5000-{}/{announced}", announced - 1);
    assert_eq!(rest.headers()["content-range"], range.as_str());
    start.extend(rest.bytes().unwrap());
    let whole = harness.fetch(&link).bytes().unwrap();
    assert_eq!(start, whole);
}

#[test]
fn downloads_fail_as_configured() {
    let harness = Harness::with_faults(&[
        "corrupt-download:1",
        "truncated-download:1",
        "html-download:1",
        "download-error=503:1",
        "redirect-download=2:1",
        "expired-link:1",
        "no-range:1",
    ]);
    let link = harness.edited();
    let (corrupt, short) = (harness.fetch(&link).bytes().unwrap(), harness.fetch(&link).bytes().unwrap());
    let html = harness.fetch(&link);
    assert_eq!(html.headers()["content-type"], "image/jpeg");
    assert!(html.text().unwrap().starts_with("<html>"));
    assert_eq!(harness.fetch(&link).status(), 503);
    let mut hop = harness.fetch(&link);
    for _ in 0..2 {
        assert_eq!(hop.status(), 302);
        let next = hop.headers()["location"].to_str().unwrap().to_owned();
        hop = harness.fetch(&format!("{}{next}", harness.sandbox.pictures_url()));
    }
    let whole = hop.bytes().unwrap();
    assert_eq!(harness.fetch(&link).status(), 403);
    let unranged = harness.client.get(&link).header("Range", "bytes=5-").send().unwrap();
    assert_eq!(unranged.status(), 200);
    assert_eq!(harness.fetch(&link).bytes().unwrap(), whole);
    assert_eq!(corrupt.len(), whole.len());
    assert_ne!(corrupt, whole);
    assert_eq!(short, whole.slice(..whole.len() / 2));
}

#[test]
fn resets_before_the_charge_are_free_and_one_after_it_is_charged() {
    let harness = Harness::with_faults(&["reset-early:1", "reset-before-charge:1", "reset-after-charge:1"]);
    for charged in [0, 0, 1] {
        assert!(harness.post(&request()).is_err());
        assert_eq!(harness.ledger()["charged"], charged);
    }
    assert_eq!(harness.ledger()["posts"], 3);
    assert_eq!(harness.post(&request()).unwrap().status(), 200);
}

#[test]
fn a_reset_is_a_tcp_reset() {
    let harness = Harness::with_faults(&["reset-after-charge"]);
    let mut stream = harness.post_over_tcp();
    let error = stream.read(&mut [0; 16]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn every_form_of_refusal_is_sent_and_free() {
    let harness = Harness::with_faults(&[
        "rate-limit:1",
        "no-credits:1",
        "forbidden:1",
        "unauthorized:1",
        "retired:1",
        "ark-error=400:1",
        "gateway=502:1",
        "empty=504:1",
        "redirect=307:1",
    ]);
    for status in [429, 403, 403, 401, 404, 400, 502, 504, 307] {
        assert_eq!(harness.post(&request()).unwrap().status(), status);
    }
    let ledger = harness.ledger();
    assert_eq!((&ledger["posts"], &ledger["charged"]), (&json!(9), &json!(0)));
}

#[test]
fn a_rate_limit_has_a_retry_after() {
    let harness = Harness::with_options(Options {
        faults: vec!["rate-limit".parse().unwrap()],
        retry_after: Some(RetryAfter::Seconds(Duration::from_secs(2))),
        ..Options::default()
    });
    assert_eq!(harness.post(&request()).unwrap().headers()["retry-after"], "2");
}

#[test]
fn unusual_answers_have_the_configured_form() {
    let harness = Harness::with_faults(&[
        "no-meta:1",
        "null-meta:1",
        "tokens-used:1",
        "no-price:1",
        "several=3:1",
        "empty-data:1",
        "null-data:1",
        "inline:1",
    ]);
    let answers: Vec<Value> = (0..8).map(|_| json_of(harness.post(&request()).unwrap())).collect();
    assert_eq!(answers[0].get("meta"), None);
    assert_eq!(answers[1]["meta"], Value::Null);
    assert_eq!(answers[2]["meta"]["usage"], json!({"tokens_used": 63000}));
    assert_eq!(answers[3]["meta"]["usage"], Value::Null);
    assert_eq!(answers[4]["data"].as_array().unwrap().len(), 3);
    assert_eq!(answers[5]["data"], json!([]));
    assert_eq!(answers[6]["data"], Value::Null);
    assert!(answers[7]["data"][0]["b64_json"].is_string());
    assert_eq!(harness.ledger()["charged"], 8);
}

#[test]
fn broken_answers_are_charged() {
    let harness = Harness::with_faults(&[
        "cut-answer=40:1",
        "gateway-after-charge=504:1",
        "html-200:1",
        "gzip-answer:1",
        "status-201:1",
    ]);
    let mut cut = harness.post(&request()).unwrap();
    let mut bytes = Vec::new();
    assert!(cut.read_to_end(&mut bytes).is_err());
    assert_eq!(bytes.len(), 40);
    assert_eq!(harness.post(&request()).unwrap().status(), 504);
    assert!(harness.post(&request()).unwrap().text().unwrap().starts_with("<html>"));
    let packed = harness.post(&request()).unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert_eq!(packed.bytes().unwrap()[..2], [0x1f, 0x8b]);
    assert_eq!(harness.post(&request()).unwrap().status(), 201);
    assert_eq!(harness.ledger()["charged"], 5);
}

#[test]
fn an_endless_answer_exceeds_any_limit() {
    let harness = Harness::with_faults(&["endless-answer", "endless-download"]);
    let mut megabyte = vec![0; 1 << 20];
    harness.post(&request()).unwrap().read_exact(&mut megabyte).unwrap();
    assert!(serde_json::from_slice::<Value>(&megabyte).is_err());
}

#[test]
fn a_stalled_answer_is_charged_and_does_not_delay_the_stop() {
    let harness = Harness::with_faults(&["stall-after-charge"]);
    let mut stream = harness.post_over_tcp();
    harness.wait_for_a_charge();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert!(stream.read(&mut [0; 16]).is_err());
    harness.sandbox.stop();
}

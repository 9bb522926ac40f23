//! Whom the key is shown to, and over what.

use serde_json::json;

use crate::support::{Impostor, KEY, Place, Service, Wire, answer, json_answer};

#[test]
fn a_server_that_cannot_prove_who_it_is_gets_one_connection_and_not_the_key() {
    let (place, impostor) = (Place::with_picture(), Impostor::new());
    let run = place.edit("--json --retries 5").at(&impostor.url()).exits(7).prints_anything();
    let done = run
        .saying(&[
            "error: no secure connection to the service: ",
            "hint: nothing was charged; check base_url",
        ])
        .done();
    let record = done.json();
    assert_eq!(
        (&record["error"]["kind"], &record["error"]["charged"]),
        (&json!("unavailable"), &json!("no"))
    );
    assert_eq!(impostor.connections(), 1, "a certificate does not change by asking again");
    assert!(impostor.heard().is_empty(), "something was said before the certificate was believed");
}

#[test]
fn a_picture_is_not_fetched_from_a_server_that_cannot_prove_who_it_is() {
    let impostor = Impostor::new();
    let link = format!("{}/x.jpeg?X-Tos-Signature=5ecret", impostor.url());
    let api = Wire::answering(json_answer(200, &json!({"data": [{"url": link}]}), ""));
    let place = Place::with_picture();
    place
        .edit("--retries 0")
        .at(&api.url())
        .exits(9)
        .saying(&["error: the result was paid for but could not be downloaded"])
        .done();
    assert!(impostor.heard().is_empty());
    assert_eq!(place.names(), ["in.png"]);
}

#[test]
fn plain_http_is_for_this_machine_only_wherever_the_address_is_set() {
    let place = Place::with_picture();
    for url in [
        "http://api.aimlapi.com",
        "http://192.168.0.1:8080",
        "http://127.0.0.1.example",
        "ftp://localhost",
        "api.aimlapi.com",
    ] {
        place
            .edit("")
            .arg("--base-url")
            .arg(url)
            .var("SEEDEDIT_API_KEY", KEY)
            .exits(2)
            .says_anything()
            .done();
        place.edit("").at(url).exits(3).saying(&["error: SEEDEDIT_BASE_URL: "]).done();
        place.configure(&format!("base_url = \"{url}\"\n"));
        place.edit("").var("SEEDEDIT_API_KEY", KEY).exits(3).saying(&["config.toml:1: base_url: "]).done();
        place.configure("");
    }
    for url in ["https://me:word@api.example", "https://api.example/?x=1"] {
        let done = place
            .edit("")
            .at(url)
            .exits(3)
            .saying(&["a base URL must not have a user, a query or a fragment"])
            .done();
        assert!(!done.said.contains("word"));
    }
}

#[test]
fn the_balance_call_does_not_follow_a_redirect_with_the_key() {
    let elsewhere = Wire::answering(json_answer(200, &json!({"current_balance": 1}), ""));
    let to = format!("Location: {}/v2/billing\r\n", elsewhere.url());
    let service = Wire::answering(answer(307, "text/plain", b"", &to));
    let place = Place::new();
    place
        .words("auth login --with-token")
        .var("SEEDEDIT_BASE_URL", service.url())
        .input(KEY)
        .exits(6)
        .saying(&["error: "])
        .done();
    assert_eq!((service.connections(), elsewhere.connections()), (1, 0));
}

#[test]
fn a_proxy_is_not_asked_for_what_is_on_this_machine() {
    let (place, service) = (Place::with_picture(), Service::new());
    let proxy = Wire::answering(answer(502, "text/html", b"", ""));
    let mut run = place.edit("-q").on(&service).prints("out.jpg\n");
    for name in ["HTTPS_PROXY", "https_proxy", "http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
        run = run.var(name, proxy.url());
    }
    run.done();
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn a_proxy_is_used_for_the_service_and_sees_no_key() {
    let place = Place::with_picture();
    let proxy = Wire::answering(answer(502, "text/html", b"", ""));
    let run = place.edit("--json --retries 0").at("https://api.example").var("HTTPS_PROXY", proxy.url());
    let record = run.exits(7).prints_anything().says_anything().done().json();
    assert_eq!(record["error"]["charged"], "no", "no tunnel, so nothing was sent");
    let requests = proxy.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].line.starts_with("CONNECT api.example:443 "), "{}", requests[0].line);
    assert!(requests[0].headers.iter().all(|(_, value)| !value.contains(KEY)));
}

#[test]
fn a_key_on_the_command_line_is_not_taken() {
    let place = Place::with_picture();
    for flag in ["--key", "--api-key", "--token"] {
        place.edit("").arg(flag).arg("abc").exits(2).saying(&["unexpected argument"]).done();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_holds_the_key_dumps_no_core() {
    let place = Place::with_picture();
    let service = Service::with(|options| options.latency = std::time::Duration::from_millis(500));
    let running = place.edit("-q").on(&service).prints("out.jpg\n").start();
    while service.ledger().posts() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.id())).unwrap();
    running.end();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{core}");
}

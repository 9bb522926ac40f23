//! Downloading a result: without the key, complete or not at all, with retries.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::support::{
    Connection, RawServer, Request, Service, TestEnv, answer, closed_port, jpeg, json_answer, sha256,
};

/// A service whose only result is at `link`.
fn linking_to(link: &str) -> RawServer {
    let body = json!({"data": [{"url": link}], "meta": {"usage": {"credits_used": 63_000}}});
    RawServer::always_sending(json_answer(200, &body, "x-inference-id: 0123-abcd\r\n"))
}

/// A picture host that calls `serve` for each request, with its number from 0.
fn host(serve: impl Fn(&mut Connection, usize, &Request) + Send + Sync + 'static) -> RawServer {
    let count = AtomicUsize::new(0);
    RawServer::new(move |connection| {
        while let Some(request) = connection.read_request() {
            serve(connection, count.fetch_add(1, Ordering::SeqCst), &request);
        }
    })
}

const SIGNED: &str = "/seededit/0217.jpeg?X-Tos-Expires=86400&X-Tos-Signature=5ecret";

/// Panics unless the edit is paid for and reported as undelivered, and leaves no file. `retries` may be empty for
/// none.
fn ensure_undelivered(host: &RawServer, retries: &str, message: &[&str]) {
    let (env, api) = (TestEnv::with_picture(), linking_to(&format!("{}{SIGNED}", host.url())));
    let output = env
        .edit("--json")
        .arg("--retries")
        .arg(if retries.is_empty() { "0" } else { retries })
        .base_url(&api.url())
        .code(9)
        .any_stdout()
        .stderr_contains(message)
        .assert();
    let record = output.json();
    assert_eq!(record["error"]["kind"], "undelivered");
    assert_eq!(record["error"]["charged"], "yes");
    assert_eq!(record["error"]["usd"], 0.0315);
    assert_eq!(record["error"]["inference_id"], "0123-abcd");
    assert_eq!(env.file_names(), ["in.png"]);
    assert_eq!(api.posts(), 1, "a download never causes another POST");
}

#[test]
fn the_key_is_not_sent_to_the_host_of_results() {
    let picture = jpeg(64, 48);
    let host = host(move |connection, _, _| {
        connection.send(&answer(200, "image/jpeg", &picture, ""));
    });
    let (env, api) = (TestEnv::with_picture(), linking_to(&format!("{}{SIGNED}", host.url())));
    env.edit("-q").base_url(&api.url()).stdout("out.jpg\n").assert();
    let requests = host.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.line, format!("GET {SIGNED} HTTP/1.1"), "the link is used unchanged");
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "host", "user-agent"]);
}

#[test]
#[ignore = "slow"]
fn a_temporarily_failing_download_is_retried_and_nothing_is_paid_twice() {
    for fault in [
        "cut-download=0:1",
        "cut-download=20000:1",
        "corrupt-download:1",
        "truncated-download:1",
        "html-download:1",
        "download-error=500:1",
        "download-error=503:1",
        "redirect-download=5",
        "no-range",
    ] {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[fault]));
        // One corrupt JPEG in twelve can still be decoded completely. The one of this seed cannot.
        env.edit("-q --seed 1").service(&service).stdout("out.jpg\n").assert();
        assert_eq!(
            service.ledger().charge(0)["result_sha256"],
            sha256(&env.read_answer("out.jpg")),
            "{fault}"
        );
        service.ledger().ensure_counts(1, 1);
    }
}

#[test]
#[ignore = "slow"]
fn an_incomplete_download_is_not_saved_and_is_reported_as_paid() {
    for (fault, message) in [
        ("cut-download=0", "the download failed"),
        ("cut-download=20000", "the download failed"),
        ("corrupt-download", "the downloaded file is not a complete picture"),
        ("truncated-download", "the downloaded file is not a complete picture"),
        ("html-download", "the downloaded file is not a complete picture"),
        ("download-error=500", "the server answered HTTP 500"),
        ("download-error=404", "there is no picture at the link (HTTP 404)"),
        ("expired-link", "the link was refused (HTTP 403)"),
        ("redirect-download=6", "redirects more than 5 times"),
        ("endless-download", "the picture is larger than 64 MiB"),
    ] {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[fault]));
        let output = env
            .edit("--json --retries 0 --seed 1")
            .service(&service)
            .code(9)
            .any_stdout()
            .stderr_contains(&[
                "error: the result was paid for but could not be downloaded: ",
                message,
                "price $0.0315",
            ])
            .assert();
        assert_eq!(output.json()["error"]["charged"], "yes", "{fault}");
        assert_eq!(env.file_names(), ["in.png"], "{fault}");
        service.ledger().ensure_counts(1, 1);
    }
}

#[test]
fn a_jpeg_truncated_anywhere_is_never_saved() {
    let whole = jpeg(96, 64);
    let length = whole.len();
    for cut in [1, 2, 20, 160, length / 4, length / 2, length * 3 / 4, length - 3, length - 2, length - 1] {
        // The response is complete and has a matching length; only the picture shows that it is truncated.
        let part = whole[..cut].to_vec();
        let host = host(move |connection, _, _| {
            connection.send(&answer(200, "image/jpeg", &part, ""));
        });
        ensure_undelivered(&host, "", &["the downloaded file is not a complete picture"]);
        // The same with an end marker in place of the missing rest.
        let marked = [&whole[..cut.min(length - 200)], b"\xff\xd9"].concat();
        let host = self::host(move |connection, _, _| {
            connection.send(&answer(200, "image/jpeg", &marked, ""));
        });
        ensure_undelivered(&host, "", &["the downloaded file is not a complete picture"]);
    }
}

#[test]
fn an_interrupted_download_is_resumed() {
    let whole = jpeg(800, 600);
    let (picture, cut) = (whole.clone(), 30_000);
    let host = RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let length = picture.len();
        if request.header("range").is_none() {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nETag: \"v1\"\r\n\r\n");
            connection.send(&[head.as_bytes(), &picture[..cut]].concat());
        } else {
            let range = format!("Content-Range: bytes {cut}-{}/{length}\r\nETag: \"v1\"\r\n", length - 1);
            connection.send(&answer(206, "image/jpeg", &picture[cut..], &range));
        }
    });
    let (env, api) = (TestEnv::with_picture(), linking_to(&format!("{}{SIGNED}", host.url())));
    env.edit("-q").base_url(&api.url()).stdout("out.jpg\n").assert();
    assert_eq!(env.read_answer("out.jpg"), whole);
    let requests = host.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].header("range"), Some("bytes=30000-"));
    assert_eq!(requests[1].header("if-range"), Some("\"v1\""));
}

#[test]
fn the_rest_of_another_file_is_not_appended() {
    let (first, second) = (jpeg(800, 600), jpeg(600, 800));
    for etag in ["ETag: \"v2\"\r\n", ""] {
        let (begun, whole) = (first.clone(), second.clone());
        let host = host(move |connection, number, request| {
            let length = whole.len();
            if number == 0 {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nETag: \"v1\"\r\n\r\n");
                connection.send(&[head.as_bytes(), &begun[..20_000]].concat());
                connection.reset();
            } else if request.header("range").is_some() {
                let range = format!("Content-Range: bytes 20000-{}/{length}\r\n{etag}", length - 1);
                connection.send(&answer(206, "image/jpeg", &whole[20_000..], &range));
            } else {
                connection.send(&answer(200, "image/jpeg", &whole, ""));
            }
        });
        let (env, api) = (TestEnv::with_picture(), linking_to(&format!("{}{SIGNED}", host.url())));
        env.edit("-q --retries 2").base_url(&api.url()).stdout("out.jpg\n").assert();
        assert_eq!(env.read_answer("out.jpg"), second);
    }
}

#[test]
fn a_whole_picture_is_saved_although_its_stated_length_is_wrong() {
    let whole = jpeg(96, 64);
    // With a tag, the rest is requested. There is none.
    for etag in ["", "ETag: \"v1\"\r\n"] {
        let picture = whole.clone();
        let host = RawServer::new(move |connection| {
            let Some(request) = connection.read_request() else { return };
            let length = picture.len();
            if request.header("range").is_some() {
                let range = format!("Content-Range: bytes */{length}\r\n");
                connection.send(&answer(416, "text/plain", b"", &range));
            } else {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{etag}\r\n", length + 1000);
                connection.send(&[head.as_bytes(), &picture].concat());
            }
        });
        let (env, api) = (TestEnv::with_picture(), linking_to(&format!("{}{SIGNED}", host.url())));
        env.edit("-q --retries 1").base_url(&api.url()).stdout("out.jpg\n").assert();
        assert_eq!(env.read_answer("out.jpg"), whole);
        assert_eq!(host.requests().len(), 2);
    }
}

#[test]
#[ignore = "slow"]
fn a_range_of_another_file_is_not_appended() {
    let (first, second) = (jpeg(800, 600), jpeg(600, 800));
    let other = second.clone();
    let host = host(move |connection, n, request| match n {
        0 => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nETag: \"v1\"\r\n\r\n", first.len());
            connection.send(&[head.as_bytes(), &first[..20_000]].concat());
            connection.reset();
        }
        // A range that starts elsewhere than the requested one.
        1 => {
            assert!(request.header("range").is_some());
            let range = format!("Content-Range: bytes 10-{}/{}\r\n", other.len() - 1, other.len());
            connection.send(&answer(206, "image/jpeg", &other[10..], &range));
        }
        _ => {
            assert!(request.header("range").is_none(), "the first part was not discarded");
            connection.send(&answer(200, "image/jpeg", &other, ""));
        }
    });
    let (env, api) = (TestEnv::with_picture(), linking_to(&format!("{}{SIGNED}", host.url())));
    env.edit("-q --timeout 5s").base_url(&api.url()).stdout("out.jpg\n").assert();
    assert_eq!(env.read_answer("out.jpg"), second);
}

#[test]
fn a_stalled_download_is_given_up_after_the_timeout() {
    let host = host(|connection, _, _| {
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n\xff\xd8\xff");
        connection.wait_for_client_close();
    });
    let (env, api) = (TestEnv::with_picture(), linking_to(&format!("{}{SIGNED}", host.url())));
    let run = env.edit("--retries 0 --timeout 700ms").base_url(&api.url()).code(9);
    let output =
        run.stderr_contains(&["error: the result was paid for but could not be downloaded"]).assert();
    assert!(output.elapsed < Duration::from_secs(20), "{:?}", output.elapsed);
    assert_eq!(env.file_names(), ["in.png"]);
}

#[test]
fn a_compressed_download_is_refused() {
    let host = host(|connection, _, _| {
        connection.send(&answer(200, "image/jpeg", &jpeg(64, 48), "Content-Encoding: gzip\r\n"));
    });
    ensure_undelivered(&host, "2", &["the server sent the picture compressed"]);
    assert_eq!(host.requests().len(), 1);
}

#[test]
fn a_download_with_an_excessive_length_is_not_read() {
    let host = host(|connection, _, _| {
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n");
        connection.wait_for_client_close();
    });
    ensure_undelivered(&host, "2", &["the picture is larger than 64 MiB"]);
}

#[test]
fn a_picture_whose_header_claims_a_gigapixel_is_refused_without_allocating_memory() {
    let mut bomb = crate::support::png(64, 48);
    for (at, side) in [(16, 40_000_u32), (20, 40_000)] {
        bomb[at..at + 4].copy_from_slice(&side.to_be_bytes());
    }
    let crc = crc32fast::hash(&bomb[12..29]).to_be_bytes();
    bomb[29..33].copy_from_slice(&crc);
    let host = host(move |connection, _, _| {
        connection.send(&answer(200, "image/png", &bomb, ""));
    });
    ensure_undelivered(&host, "", &["the downloaded file is not a complete picture", "megapixels"]);
}

#[test]
fn plain_http_and_other_schemes_are_not_followed() {
    for (link, message) in [
        (
            "http://pictures.example/x.jpeg",
            "http://pictures.example/x.jpeg is a plain http link; only https links are followed",
        ),
        ("file:///etc/hostname", "links with the scheme `file` are not followed"),
        ("ftp://127.0.0.1/x", "links with the scheme `ftp` are not followed"),
    ] {
        let (env, api) = (TestEnv::with_picture(), linking_to(link));
        env.edit("").base_url(&api.url()).code(9).stderr_contains(&[message]).assert();
        assert_eq!(env.file_names(), ["in.png"], "{link}");
    }
}

#[test]
fn a_redirect_to_another_scheme_is_not_followed() {
    for (to, message) in [
        ("file:///etc/hostname", "the scheme `file`"),
        ("data:image/png;base64,AAAA", "the scheme `data`"),
        ("http://pictures.example/x", "plain http"),
    ] {
        let host = host(move |connection, _, _| {
            connection.send(&answer(302, "text/plain", b"", &format!("Location: {to}\r\n")));
        });
        ensure_undelivered(&host, "2", &[message]);
        assert_eq!(host.requests().len(), 1);
    }
}

#[test]
fn a_redirect_without_a_target_is_reported() {
    let host = host(|connection, _, _| {
        connection.send(&answer(302, "text/plain", b"", ""));
    });
    ensure_undelivered(&host, "0", &["the server redirects to an invalid link"]);
}

#[test]
fn an_unreachable_result_host_is_retried_and_then_reported_as_paid() {
    let (closed, _kept) = closed_port();
    let (env, api) = (TestEnv::with_picture(), linking_to(&format!("http://{closed}{SIGNED}")));
    env
        .edit("--retries 1")
        .base_url(&api.url())
        .code(9)
        .stderr_contains(&[
            "error: the result was paid for but could not be downloaded: the download failed",
            "hint: run `seededit recover --base-url http://127.0.0.1:[port]` to fetch it, with --to DIR to write it elsewhere; the call was inference id [id], request id seededit-[job]-1, price $0.0315",
        ])
        .assert();
}

#[test]
fn a_retry_asks_past_the_caches_on_the_way() {
    let picture = jpeg(64, 48);
    let host = host(move |connection, number, request| {
        assert_eq!(request.header("cache-control"), (number > 0).then_some("no-cache"));
        connection.send(&match number {
            0 => answer(503, "text/html", b"<html>", ""),
            1 => answer(200, "text/html", b"<html>", ""),
            _ => answer(200, "image/jpeg", &picture, ""),
        });
    });
    let (env, api) = (TestEnv::with_picture(), linking_to(&format!("{}{SIGNED}", host.url())));
    env.edit("-q --retries 2").base_url(&api.url()).stdout("out.jpg\n").any_stderr().assert();
    assert_eq!(host.requests().len(), 3);
}

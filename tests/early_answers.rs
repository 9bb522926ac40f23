//! Requests that end before all of them was sent. A service runs only what it has whole, so they cost nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use base64::Engine;
use image::{DynamicImage, RgbImage};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::json;

use crate::support::*;

/// An environment whose picture makes a request of about 2.5 MB.
fn with_large_picture() -> TestEnv {
    let mut noise = fastrand::Rng::with_seed(1);
    let pixels = RgbImage::from_fn(900, 700, |_, _| image::Rgb([noise.u8(..), noise.u8(..), noise.u8(..)]));
    let env = TestEnv::new();
    env.write("in.png", encode_png(&DynamicImage::ImageRgb8(pixels)));
    env
}

fn page(status: u16) -> Vec<u8> {
    answer(status, "text/html", b"<html><h1>no</h1></html>", "Connection: close\r\n")
}

#[test]
fn an_announced_request_that_is_refused_costs_nothing_and_its_picture_is_not_sent() {
    for (status, code, kind) in [
        (401, 4, "auth"),
        (413, 6, "rejected"),
        (429, 7, "unavailable"),
        (502, 7, "unavailable"),
        (504, 7, "unavailable"),
    ] {
        let server = RawServer::new(move |connection| {
            let Some(head) = connection.read_head() else { return };
            assert_eq!(head.header("expect"), Some("100-continue"));
            connection.send(&page(status));
            // Whatever the client sends now would be part of the body.
            connection.finish();
        });
        let env = with_large_picture();
        let run = env.edit("--json --retries 0").base_url(&server.url()).code(code).any_stdout().any_stderr();
        let error = run.assert().json()["error"].clone();
        assert_eq!((&error["kind"], &error["charged"]), (&json!(kind), &json!("no")), "{status}: {error}");
        assert_eq!(server.connections(), 1, "{status}");
    }
}

#[test]
fn an_answer_during_the_upload_is_read_even_if_the_server_stops_reading() {
    // Each run is a race between the answer and the end of the connection.
    for _ in 0..8 {
        let server = RawServer::new(|connection| {
            if connection.read_head().is_some() {
                connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
                connection.skip(100_000);
                connection.send(&page(413));
                // Unread data makes the system reset the connection.
            }
        });
        let env = with_large_picture();
        let run = env.edit("--json").base_url(&server.url()).code(6).any_stdout().any_stderr();
        assert_eq!(run.assert().json()["error"]["charged"], "no");
        assert_eq!(server.connections(), 1);
    }
}

#[test]
#[ignore = "slow"]
fn nothing_more_is_sent_after_an_early_error_so_that_it_stays_free() {
    // The server goes on reading while it sends the body of its answer.
    for (announcement, status, code) in
        [("HTTP/1.1 100 Continue\r\n\r\n", 502, 7), ("HTTP/1.1 100 Continue\r\n\r\n", 302, 6), ("", 500, 7)]
    {
        let missing = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&missing);
        let server = RawServer::with_little_memory(move |connection| {
            let Some(head) = connection.read_head() else { return };
            let length: usize = head.header("content-length").unwrap().parse().unwrap();
            connection.send(announcement.as_bytes());
            if !announcement.is_empty() {
                connection.skip(1000);
            }
            let start = format!("HTTP/1.1 {status} Early\r\nContent-Length: 16\r\nConnection: close\r\n\r\n");
            connection.send(start.as_bytes());
            thread::sleep(Duration::from_millis(300));
            let received = connection.skip_available(length, Duration::from_millis(1200));
            counted.store(length - received, Ordering::SeqCst);
            connection.send(b"<html>Bad</html>");
        });
        let env = TestEnv::new();
        let mut picture = png(40, 40);
        picture.resize(9 << 20, 0);
        env.write("in.png", picture);
        let edit = env.edit("--json --retries 0 --keep-metadata").base_url(&server.url());
        let error = edit.code(code).any_stdout().any_stderr().assert().json()["error"].clone();
        assert_eq!(error["charged"], "no", "{status}: {error}");
        assert!(missing.load(Ordering::SeqCst) > 1 << 20, "{status}: {missing:?}");
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn a_connection_that_breaks_during_the_upload_costs_nothing_and_is_tried_again() {
    let server = RawServer::with_little_memory(|connection| {
        if connection.connection == 0 {
            connection.read_head();
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n");
            connection.skip(100_000);
        } else if connection.read_request().is_some() {
            connection.send(&page(404));
            connection.finish();
        }
    });
    let env = TestEnv::new();
    // More than the buffers of both sides can hold.
    let mut picture = png(40, 40);
    picture.resize(10 << 20, 0);
    env.write("in.png", picture);
    // Without --keep-metadata, the bytes after the picture would not be uploaded.
    env.edit("--retries 1 --keep-metadata")
        .base_url(&server.url())
        .code(8)
        .stderr_contains(&["before the request was sent completely"])
        .assert();
    assert_eq!((server.connections(), server.posts()), (2, 1), "a page after the whole request is in doubt");
}

#[test]
fn a_server_that_ignores_the_announcement_gets_the_body_after_a_second() {
    let service = Service::new();
    let upstream = service.url();
    let server = RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        assert_eq!(request.header("expect"), Some("100-continue"));
        connection.send(&json_answer(200, &json!({"data": [{"url": format!("{upstream}/none.jpeg")}]}), ""));
        connection.finish();
    });
    let env = with_large_picture();
    let run = env.edit("--json --retries 0").base_url(&server.url()).code(9).any_stdout().any_stderr();
    assert_eq!(run.assert().json()["error"]["charged"], "yes");
    assert_eq!(server.posts(), 1);
}

#[test]
fn a_server_that_refuses_announcements_gets_the_request_without_one() {
    let server = RawServer::new(|connection| {
        if connection.connection == 0 {
            connection.read_head();
            connection.send(&page(417));
        } else if let Some(request) = connection.read_request() {
            assert_eq!(request.header("expect"), None);
            connection.send(&json_answer(400, &json!({"message": "wrong", "requestId": "1"}), ""));
        }
        connection.finish();
    });
    let env = with_large_picture();
    let run = env.edit("--json").base_url(&server.url()).code(6).any_stdout();
    assert_eq!(run.stderr_contains(&["error: wrong"]).assert().json()["error"]["charged"], "no");
    assert_eq!((server.connections(), server.posts()), (2, 1));
}

#[test]
fn a_small_request_is_not_announced_and_a_sandbox_takes_both() {
    let server = RawServer::new(|connection| {
        if let Some(request) = connection.read_request() {
            assert_eq!(request.header("expect"), None);
            connection.send(&json_answer(400, &json!({"message": "wrong", "requestId": "1"}), ""));
        }
        connection.finish();
    });
    TestEnv::with_picture().edit("").base_url(&server.url()).code(6).stderr_contains(&["wrong"]).assert();
    let (env, service) = (with_large_picture(), Service::new());
    env.edit("-q").service(&service).stdout("out.jpg\n").assert();
    service.ledger().ensure_counts(1, 1);
}

fn pem(certificate: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[test]
fn a_server_that_wants_a_client_certificate_is_named_and_nothing_was_charged() {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = || PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der()));
    for versions in [&[&rustls::version::TLS13][..], &[&rustls::version::TLS12]] {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(signed.cert.der().clone()).unwrap();
        let clients =
            rustls::server::WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_client_cert_verifier(clients.build().unwrap())
            .with_single_cert(vec![signed.cert.der().clone()], key())
            .unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let server = thread::spawn(move || {
            let mut connections = 0;
            listener.set_nonblocking(false).unwrap();
            while let Ok((mut stream, _)) = listener.accept() {
                stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                if stream.peek(&mut [0]).is_ok_and(|length| length == 0) {
                    return connections;
                }
                connections += 1;
                let mut tls = rustls::ServerConnection::new(Arc::new(config.clone())).unwrap();
                tls.complete_io(&mut stream).ok();
                tls.complete_io(&mut stream).ok();
            }
            connections
        });
        let env = TestEnv::with_picture();
        let roots = env.write("roots.pem", pem(signed.cert.der()));
        let run = env.edit("--json").base_url(&url).env("SSL_CERT_FILE", &roots).code(7).any_stdout();
        let run = run.stderr_contains(&[
            "localhost accepts only clients with a certificate of their own",
            "hint: nothing was charged; ",
        ]);
        assert_eq!(run.assert().json()["error"]["charged"], "no");
        drop(std::net::TcpStream::connect(url.replace("https://localhost", "127.0.0.1")));
        assert_eq!(server.join().unwrap(), 1, "one connection, and no probe");
    }
}

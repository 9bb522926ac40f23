//! Links to results that were paid for, and lead to nothing that this program can use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::support::{RawServer, TestEnv, answer, jpeg, json_answer, png};

/// A service that links to `link` (`None` for a path of its own), where there is `useless` until a second edit is paid for.
fn service(link: Option<&'static str>, useless: Vec<u8>) -> RawServer {
    let has_paid = Arc::new(AtomicBool::new(false));
    RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let here = format!("http://{}/x.jpg", request.header("host").unwrap());
        let bytes = if request.line.starts_with("POST") {
            let is_second = has_paid.swap(true, Ordering::SeqCst);
            let link = if is_second { format!("{here}?second") } else { link.map_or(here, str::to_owned) };
            json_answer(200, &json!({"data": [{"url": link}], "meta": {"usage": {"usd_spent": 0.03}}}), "")
        } else if request.line.contains("second") {
            answer(200, "image/jpeg", &jpeg(64, 48), "")
        } else {
            useless.clone()
        };
        connection.send(&bytes);
        connection.finish();
    })
}

/// Every kind of link that leads to nothing, with what there is.
fn kinds() -> Vec<(&'static str, Option<&'static str>, Vec<u8>)> {
    let picture = jpeg(64, 48);
    let mut too_large = png(8, 8);
    // The width and height in its header.
    too_large[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let checksum = crc32fast::hash(&too_large[12..29]).to_be_bytes();
    too_large[29..33].copy_from_slice(&checksum);
    vec![
        ("only https links are followed", Some("http://192.0.2.1/x.jpg"), Vec::new()),
        ("the scheme `file`", Some("file:///etc/hostname"), Vec::new()),
        ("not a complete picture", None, answer(200, "text/html", b"<html>", "")),
        ("compressed", None, answer(200, "image/jpeg", &picture, "Content-Encoding: gzip\r\n")),
        ("larger than 64 MiB", None, b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n".to_vec()),
        ("pixels", None, answer(200, "image/png", &too_large, "")),
        ("HTTP 405", None, answer(405, "text/html", b"", "")),
    ]
}

/// Pays for a result behind a useless link, and recovers in vain. Returns the id of the job.
fn pay_in_vain(env: &TestEnv, server: &RawServer, why: &str) -> String {
    let run = env.edit("--retries 0").base_url(&server.url()).code(9);
    let output = run.stderr_contains(&[why, "--pay-again", "--redo", "history forget"]).assert();
    let job = env.only_job().id;
    assert!(output.stderr.contains(&job), "{}", output.stderr);
    let recover = env.command("recover -q").env("SEEDEDIT_RETRIES", "0").base_url(&server.url());
    recover.code(9).stderr_contains(&[why, "--pay-again"]).assert();
    job
}

#[test]
#[ignore = "slow"]
fn a_result_behind_a_useless_link_can_be_paid_for_again() {
    for (why, link, useless) in kinds() {
        let (env, server) = (TestEnv::with_picture(), service(link, useless));
        let job = pay_in_vain(&env, &server, why);
        env.command_with(["recover", "-q", "--pay-again", &job])
            .env("SEEDEDIT_RETRIES", "0")
            .base_url(&server.url())
            .stdout("[work]/out.jpg\n")
            .assert();
        assert_eq!(server.posts(), 2, "{why}");
    }
}

#[test]
#[ignore = "slow"]
fn a_result_behind_a_useless_link_can_be_forgotten() {
    for (why, link, useless) in kinds() {
        let (env, server) = (TestEnv::with_picture(), service(link, useless));
        let job = pay_in_vain(&env, &server, why);
        env.command_with(["history", "forget", "--yes", &job]).stderr("✓ 1 job forgotten\n").assert();
        assert!(env.jobs().is_empty());
    }
}

#[test]
#[ignore = "slow"]
fn redo_pays_again_for_a_row_with_a_useless_link() {
    let (env, server) = (TestEnv::with_picture(), service(None, answer(200, "text/html", b"<html>", "")));
    env.write_manifest(&[json!({"image": "in.png", "prompt": "x", "output": "o.jpg"})]);
    let batch = |extra: &str, code| {
        let run = env.command("batch m.jsonl -q").args(extra).env("SEEDEDIT_RETRIES", "0");
        run.base_url(&server.url()).code(code).any_stdout().any_stderr().assert();
    };
    batch("", 9);
    batch("", 9);
    assert_eq!(server.posts(), 1);
    batch("--redo", 0);
    assert_eq!(server.posts(), 2);
}

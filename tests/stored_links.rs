//! Links that give access to pictures: none is left in the journal when its job has ended.

use std::fs;

use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, answer, jpeg, json_answer, png};

/// Panics if a file of the journal contains one of these.
fn ensure_not_stored(env: &TestEnv, secrets: &[&str]) {
    for name in ["journal.db", "journal.db-wal"] {
        let bytes = fs::read(env.data_dir().join(name)).unwrap_or_default();
        for secret in secrets {
            let is_stored = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!is_stored, "{name} has {secret}");
        }
    }
}

/// A service whose results are at `/result.jpg?sig=RESULT`, and that has a picture at any other path. Its POSTs are answered
/// with this status.
fn service(status: u16) -> RawServer {
    RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let here = format!("http://{}", request.header("host").unwrap());
        let bytes = if request.line.starts_with("POST") && status == 200 {
            json_answer(200, &json!({"data": [{"url": format!("{here}/result.jpg?sig=RESULT")}]}), "")
        } else if request.line.starts_with("POST") {
            json_answer(status, &json!({"message": "no"}), "")
        } else if request.line.contains("/result.jpg") {
            answer(200, "image/jpeg", &jpeg(64, 48), "")
        } else {
            answer(200, "image/png", &png(64, 48), "")
        };
        connection.send(&bytes);
        connection.finish();
    })
}

#[test]
fn no_link_of_a_delivered_or_refused_job_is_stored() {
    for (status, code) in [(200, 0), (400, 6)] {
        for fetches in [false, true] {
            let (env, server) = (TestEnv::new(), service(status));
            let link = format!("http://me:passw0rd@{}/in.png?sig=INPUT", &server.url()["http://".len()..]);
            let args = ["edit", &link, "-p", "x", "-o", "out.jpg", "-q"];
            let run = env.command_with(args.into_iter().chain(fetches.then_some("--fetch")));
            run.base_url(&server.url()).code(code).any_stdout().any_stderr().assert();
            ensure_not_stored(&env, &["passw0rd", "INPUT", "RESULT"]);
        }
    }
}

#[test]
fn a_job_that_may_be_run_again_keeps_the_link_to_its_picture() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-before-charge:1"]));
    let pictures = self::service(200);
    let link = format!("{}/in.png?sig=INPUT", pictures.url());
    let args = ["edit", &link, "-p", "x", "-o", "out.jpg", "-q", "--fetch"];
    env.command_with(args).service(&service).code(8).any_stderr().assert();
    env.command("recover").service(&service).stderr_contains(&["was not charged"]).assert();
    env.command("recover --rerun -q").service(&service).stdout("[work]/out.jpg\n").assert();
    ensure_not_stored(&env, &["INPUT"]);
}

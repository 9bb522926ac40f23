//! Links that give access to pictures: none is left in the journal when its job has ended.

use std::fs;

use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, answer, jpeg, json_answer, png};

/// Panics if a file of the journal or beside it contains one of these.
fn ensure_not_stored(env: &TestEnv, secrets: &[&str]) {
    for name in env.data_files() {
        let bytes = fs::read(env.data_dir().join(&name)).unwrap_or_default();
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

#[test]
fn a_refusal_of_any_size_leaves_nothing() {
    for (status, code) in [(400, 6), (429, 7), (503, 7)] {
        let env = TestEnv::with_picture();
        let body = json!({
            "message": format!("see https://host.test/x?sig=REFUSED {}", "x".repeat(100 << 10)),
            "statusCode": status.to_string(),
            "path": "/v1/images/generations",
            "requestId": "1",
        });
        let server = RawServer::always_sending(json_answer(status, &body, "Retry-After: 0\r\n"));
        let run = env.edit("--retries 1 --json").base_url(&server.url()).code(code).any_stdout().any_stderr();
        let output = run.assert();
        ensure_not_stored(&env, &["REFUSED"]);
        assert!(env.data_files().iter().all(|name| !name.starts_with("spool/")), "{status}");
        // Nobody reads a message of this length.
        assert!(output.stderr.len() < 10_000 && output.stdout.len() < 10_000, "{status}");
        let shown = env.command("history show 1 --json").any_stdout().assert();
        assert!(shown.stdout.len() < 10_000);
    }
}

#[test]
fn what_a_killed_process_left_of_a_finished_job_is_removed_by_the_next_command() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).stdout("out.jpg\n").assert();
    let request = env.only_job().attempts[0].request_id.clone();
    // It was killed between the entry of the delivery and the removal of the answer.
    fs::write(env.data_dir().join("spool").join(request), "https://host.test/x?sig=LEFT").unwrap();
    env.command("history").any_stdout().assert();
    ensure_not_stored(&env, &["LEFT"]);
}

//! Results that were paid for and are not saved, because the process was killed during the download.

#![cfg(unix)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::{RawServer, TestEnv, answer, jpeg, json_answer};

/// A service that charges $0.04, and sends the picture only after `is_open` was set.
fn service(is_open: &Arc<AtomicBool>) -> RawServer {
    let is_open = Arc::clone(is_open);
    RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let link = format!("http://{}/picture", request.header("host").unwrap());
        if request.line.starts_with("POST ") {
            let meta = json!({"usage": {"usd_spent": 0.04}});
            connection.send(&json_answer(200, &json!({"data": [{"url": link}], "meta": meta}), ""));
        } else if is_open.load(Ordering::SeqCst) {
            connection.send(&answer(200, "image/jpeg", &jpeg(64, 48), ""));
        } else {
            return connection.wait_for_client_close();
        }
        connection.finish();
    })
}

/// Kills a run after a number of requests.
fn kill_after(requests: usize, env: &TestEnv, server: &RawServer, args: &str) {
    let running = env.command(args).base_url(&server.url()).any_outcome().spawn();
    while server.requests().len() < requests {
        std::thread::sleep(Duration::from_millis(5));
    }
    running.signal(Signal::SIGKILL);
    running.wait();
}

/// Kills a run while it downloads its result. Returns the id of its job.
fn kill_during_download(env: &TestEnv, server: &RawServer, args: &str) -> String {
    kill_after(2, env, server, args);
    env.only_job().id
}

#[test]
fn a_job_that_was_killed_during_its_download_is_reported_as_paid_and_unsaved() {
    let (env, is_open) = (TestEnv::with_picture(), Arc::default());
    let server = service(&is_open);
    let edit = "edit in.png -p x --seed 5 -o out.jpg";
    let job = kill_during_download(&env, &server, edit);
    let record =
        env.command("history --json").any_stdout().any_stderr().may_leave_temporary_files().assert().json();
    assert_eq!(
        (&record["state"], &record["charged"], &record["usd"]),
        (&json!("answered"), &json!("yes"), &json!(0.04))
    );
    let text = env.command("history").any_stdout().any_stderr().may_leave_temporary_files().assert().stdout;
    assert!(String::from_utf8_lossy(&text).contains("answered      $0.04"));
    // An equal edit, and the row of a batch.
    let paid = format!("job {job} is for the same edit, and was paid for, and its result is not saved yet");
    let again = env.command(edit).base_url(&server.url()).code(9);
    let again = again.stderr_contains(&[&paid, "fetches its result; with --pay-again"]);
    again.may_leave_temporary_files().assert();
    let json = env.command(edit).args("--json").base_url(&server.url()).code(9).any_stdout().any_stderr();
    let error = json.may_leave_temporary_files().assert().json()["error"].clone();
    assert_eq!(
        (&error["kind"], &error["charged"], &error["usd"]),
        (&json!("undelivered"), &json!("yes"), &json!(0.04))
    );
    env.write_manifest(&[json!({"image": "in.png", "prompt": "x", "seed": 5, "output": "b.jpg"})]);
    let batch = env.command("batch m.jsonl").base_url(&server.url()).code(9).any_stdout();
    batch.stderr_contains(&[&paid, "with --redo"]).may_leave_temporary_files().assert();
    let plan = env.command("batch m.jsonl --dry-run").base_url(&server.url()).any_stderr();
    let plan = plan.any_stdout().may_leave_temporary_files().assert().stdout;
    let plan = String::from_utf8_lossy(&plan).into_owned();
    assert!(plan.contains("1 paid for or in doubt, without a result yet"), "{plan}");
    assert_eq!(server.posts(), 1);
    is_open.store(true, Ordering::SeqCst);
    env.command("recover -q").base_url(&server.url()).stdout("[work]/out.jpg\n").assert();
    assert_eq!(server.posts(), 1);
}

#[test]
fn a_recovery_that_was_killed_during_its_download_leaves_the_job_paid_and_unsaved() {
    let (env, is_open) = (TestEnv::with_picture(), Arc::default());
    let server = service(&is_open);
    kill_during_download(&env, &server, "edit in.png -p x -o out.jpg");
    // As a process leaves it that dies before it has read the answer.
    env.execute_sql("UPDATE attempt SET outcome = 'open', usd = NULL");
    kill_after(3, &env, &server, "recover");
    let attempt = env.only_job().attempts.remove(0);
    assert_eq!((attempt.outcome.as_str(), attempt.usd), ("charged", Some(0.04)));
}

#[test]
fn a_step_whose_next_one_was_paid_for_is_recovered_without_advice_to_pay_for_that_again() {
    let (env, is_open) = (TestEnv::with_picture(), Arc::default());
    let server = service(&is_open);
    // Both steps were paid for, and a picture is being downloaded.
    kill_after(3, &env, &server, "edit in.png first --then second -o out.jpg");
    assert_eq!(server.posts(), 2);
    is_open.store(true, Ordering::SeqCst);
    let recovered = env.command("recover").base_url(&server.url()).any_stdout().any_stderr().assert();
    let stdout = String::from_utf8_lossy(&recovered.stdout).into_owned();
    assert!(stdout.contains("out-step1.jpg\n") && stdout.contains("out.jpg\n"), "{stdout}");
    assert!(!recovered.stderr.contains("later steps"), "{}", recovered.stderr);
    assert_eq!(server.posts(), 2);
}

#[test]
fn a_job_in_doubt_has_no_price() {
    let (env, is_open) = (TestEnv::with_picture(), Arc::default());
    let server = service(&is_open);
    kill_during_download(&env, &server, "edit in.png -p x -o out.jpg");
    for (outcome, charged, usd) in [("open", "unknown", Value::Null), ("free", "no", json!(0.0))] {
        env.execute_sql(&format!("UPDATE attempt SET outcome = '{outcome}'"));
        for command in ["history --json", "history --tree --json", "history show 1 --json"] {
            let record =
                env.command(command).any_stdout().any_stderr().may_leave_temporary_files().assert().json();
            assert_eq!((&record["charged"], &record["usd"]), (&json!(charged), &usd), "{command}");
        }
    }
    env.execute_sql("UPDATE attempt SET outcome = 'charged', usd = NULL");
    let record =
        env.command("history --json").any_stdout().any_stderr().may_leave_temporary_files().assert().json();
    assert_eq!((&record["charged"], &record["usd"]), (&json!("yes"), &Value::Null));
}

//! A batch continues with the successor of the default model if the service withdraws it while the batch runs.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{RawServer, TestEnv, jpeg, json_answer, rows};

const WITHDRAWN: &str = "bytedance/seededit-3.0-i2i";
const SUCCESSOR: &str = "bytedance/seedream-5-0-pro";

/// A service that has the default model for `served` requests. It states the prices of both models, and the answers none.
fn withdrawing_after(served: usize) -> RawServer {
    let asked = AtomicUsize::new(0);
    RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let answer = if request.line.starts_with("POST") {
            let is_withdrawn = request.json()["model"] == WITHDRAWN;
            if is_withdrawn && asked.fetch_add(1, Ordering::SeqCst) >= served {
                json_answer(404, &json!({"message": "no such model", "requestId": "1"}), "")
            } else {
                json_answer(200, &json!({"data": [{"b64_json": STANDARD.encode(jpeg(64, 48))}]}), "")
            }
        } else if request.line.starts_with("GET /v1/models?") {
            let (id, price) =
                if request.line.contains("seedream") { (SUCCESSOR, 0.25) } else { (WITHDRAWN, 0.0315) };
            let row = json!({"id": id, "pricing": {"units": [{"price": price}]}});
            json_answer(200, &json!({"data": [row]}), "")
        } else {
            json_answer(404, &json!({"message": "not here", "requestId": "2"}), "")
        };
        connection.send(&answer);
        connection.finish();
    })
}

fn models(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["model"].as_str().unwrap()).collect()
}

#[test]
fn rows_that_were_refused_run_again_and_results_are_printed_in_their_order() {
    let (env, server) = (TestEnv::with_picture(), withdrawing_after(2));
    env.write_manifest(&rows(5));
    let batch = || env.command("batch m.jsonl --json -j 1 --report report.jsonl").base_url(&server.url());
    let run = batch().any_stdout().any_stderr().assert();
    let records = run.json_lines();
    assert_eq!(models(&records), [WITHDRAWN, WITHDRAWN, SUCCESSOR, SUCCESSOR, SUCCESSOR]);
    let outputs: Vec<_> = records.iter().map(|record| record["output"].clone()).collect();
    assert_eq!(outputs, [1, 2, 3, 4, 5].map(|number| json!(format!("out/{number}.jpg"))));
    assert_eq!(env.read("report.jsonl"), run.stdout);
    assert_eq!(server.posts(), 6);
    // All rows are done, and the next run asks for the successor.
    batch().any_stdout().any_stderr().assert();
    env.write_manifest(&rows(6));
    batch().any_stdout().any_stderr().assert();
    assert_eq!(server.posts(), 7);
}

#[test]
fn one_line_names_the_successor_and_its_price() {
    let (env, server) = (TestEnv::with_picture(), withdrawing_after(1));
    env.write_manifest(&rows(3));
    let stderr = env
        .command("batch m.jsonl -j 2")
        .base_url(&server.url())
        .stdout("out/1.jpg\nout/2.jpg\nout/3.jpg\n")
        .any_stderr()
        .assert()
        .stderr;
    let lines: Vec<_> = stderr.lines().filter(|line| line.contains(SUCCESSOR)).collect();
    let [line] = lines[..] else { panic!("{stderr}") };
    assert!(line.contains(&format!("has withdrawn {WITHDRAWN}")) && line.contains("$0.25 an edit"), "{line}");
}

#[test]
fn a_row_that_names_the_model_is_refused_and_the_others_continue() {
    let (env, server) = (TestEnv::with_picture(), withdrawing_after(0));
    let mut rows = rows(2);
    rows[0]["model"] = json!(WITHDRAWN);
    env.write_manifest(&rows);
    let run = env.command("batch m.jsonl -j 1").base_url(&server.url()).code(11);
    let run = run.stdout("out/2.jpg\n").any_stderr().assert();
    assert!(run.stderr.contains(&format!("its successor is {SUCCESSOR}")), "{}", run.stderr);
    assert_eq!(server.posts(), 3);
}

#[test]
fn the_successor_is_paid_for_within_max_cost_at_its_own_price() {
    let (env, server) = (TestEnv::with_picture(), withdrawing_after(2));
    env.write_manifest(&rows(5));
    let run = env.command("batch m.jsonl -j 1 --max-cost 0.4").base_url(&server.url()).code(5);
    run.stdout("out/1.jpg\nout/2.jpg\nout/3.jpg\n").stderr_contains(&["so the rest was not sent"]).assert();
    // Two edits, a refused one, and one with the successor: another one would exceed the limit.
    assert_eq!(server.posts(), 4);
}

#[test]
fn refused_rows_do_not_count_towards_max_jobs() {
    let (env, server) = (TestEnv::with_picture(), withdrawing_after(1));
    env.write_manifest(&rows(4));
    let run = env.command("batch m.jsonl -j 1 --max-jobs 2").base_url(&server.url());
    run.stdout("out/1.jpg\nout/2.jpg\n").any_stderr().assert();
    assert_eq!(server.posts(), 3);
}

#[test]
fn what_the_successor_does_not_take_ends_the_batch_before_it_is_sent() {
    let (env, server) = (TestEnv::with_picture(), withdrawing_after(1));
    env.write_manifest(&rows(3));
    let problem = format!("{SUCCESSOR} takes no guidance scale");
    let run = env.command("batch m.jsonl -j 1 -g 5").base_url(&server.url()).code(3);
    let run = run.stdout("out/1.jpg\n").stderr_contains(&[&problem]).assert();
    assert!(!run.stderr.contains("m.jsonl:1: "), "row 1 is done: {}", run.stderr);
    assert_eq!(server.posts(), 2);
}

//! A batch does not go on paying into a broken path.

use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, answer, jpeg, json_answer, png};

fn rows(count: usize) -> String {
    let row =
        |n| format!("{{\"image\": \"in.png\", \"prompt\": \"edit {n}\", \"output\": \"out/{n}.jpg\"}}\n");
    (0..count).map(row).collect()
}

fn env() -> TestEnv {
    let env = TestEnv::with_picture();
    env.write("m.jsonl", rows(12));
    env
}

#[test]
fn after_three_charges_without_a_picture_in_a_row_nothing_new_is_sent() {
    let (env, service) = (env(), Service::with_faults(&["gateway-after-charge=502"]));
    env.command("batch m.jsonl -j 1")
        .service(&service)
        .code(8)
        .any_stdout()
        .stderr_contains(&["several edits in a row may have been charged", "seededit recover"])
        .assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn what_the_run_found_charged_is_not_paid_for_again_before_recover_says_so() {
    let env = TestEnv::with_picture();
    let service = Service::with_faults(&["reset-after-charge:3"]);
    for name in ["a.png", "b.png", "c.png"] {
        env.write(name, png(64, 48));
    }
    let edit = || env.command("edit a.png b.png c.png -p x -d out -j 1").service(&service).any_stdout();
    edit().code(8).stderr_contains(&["seededit recover"]).assert();
    service.ledger().ensure_counts(3, 3);
    edit().code(8).any_stderr().assert();
    service.ledger().ensure_counts(3, 3);
    env.command("recover").service(&service).code(10).any_stdout().stderr_contains(&["$0.0315"]).assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn a_run_continues_if_the_usage_log_shows_that_they_were_free() {
    let (env, service) = (env(), Service::with_faults(&["reset-before-charge:3"]));
    env.command("batch m.jsonl -j 1").service(&service).code(8).any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(12, 9);
}

#[test]
fn a_result_in_between_starts_the_count_again() {
    let faults = ["gateway-after-charge=502:2", "no-meta:1", "gateway-after-charge=502:2"];
    let (env, service) = (env(), Service::with_faults(&faults));
    env.command("batch m.jsonl -j 1").service(&service).code(8).any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(12, 12);
}

#[test]
fn without_a_usage_log_the_run_stops_after_three() {
    let (env, service) = (env(), Service::with_faults(&["reset-before-charge"]));
    env.command("batch m.jsonl -j 1 --service fal")
        .service(&service)
        .code(8)
        .any_stdout()
        .any_stderr()
        .assert();
    assert_eq!(service.ledger().posts(), 3);
}

#[test]
fn after_three_results_in_a_row_that_were_paid_for_and_lost_nothing_new_is_sent() {
    let (env, service) = (env(), Service::with_faults(&["empty-data"]));
    env.command("batch m.jsonl -j 1")
        .service(&service)
        .code(10)
        .any_stdout()
        .stderr_contains(&[
            "3 edits in a row were paid for ($0.0945) and brought no picture, so nothing new was started",
            "`seededit recover --base-url http://127.0.0.1:[port]` tries again at no cost",
        ])
        .assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn after_three_links_in_a_row_that_lead_to_no_picture_nothing_new_is_sent() {
    let server = RawServer::new(|connection| {
        let Some(request) = connection.read_request() else { return };
        let link = format!("http://{}/x", request.header("host").unwrap());
        connection.send(&if request.line.starts_with("POST") {
            json_answer(200, &json!({"data": [{"url": link}]}), "")
        } else {
            answer(200, "text/html", b"<html>", "")
        });
        connection.finish();
    });
    let env = env();
    env.command("batch m.jsonl -j 1 --retries 0")
        .base_url(&server.url())
        .code(9)
        .any_stdout()
        .stderr_contains(&["3 edits in a row were paid for and brought no picture"])
        .assert();
    assert_eq!(server.posts(), 3);
    // Earlier results do not keep the rest from being started.
    env.command("batch m.jsonl -j 1 --retries 0")
        .base_url(&server.url())
        .code(9)
        .any_stdout()
        .any_stderr()
        .assert();
    assert_eq!(server.posts(), 6);
}

#[test]
fn two_results_that_were_lost_in_a_row_do_not_end_a_run() {
    let faults = ["empty-data:2", "no-meta:1", "empty-data:2"];
    let (env, service) = (env(), Service::with_faults(&faults));
    env.command("batch m.jsonl -j 1").service(&service).code(10).any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(12, 12);
}

#[test]
fn the_first_step_of_a_chain_is_no_success_if_the_second_was_paid_for_and_lost() {
    let env = TestEnv::with_picture();
    let row = |n| json!({"image": "in.png", "prompt": format!("edit {n}"), "then": ["y"], "output": format!("{n}.jpg")});
    env.write_manifest(&(0..9).map(row).collect::<Vec<_>>());
    let server = RawServer::new(|connection| {
        let Some(request) = connection.read_request() else { return };
        let link = format!("http://{}/x", request.header("host").unwrap());
        connection.send(&match &request.line {
            line if line.starts_with("GET") => answer(200, "image/jpeg", &jpeg(64, 48), ""),
            _ if request.json()["prompt"] == "y" => json_answer(200, &json!({"data": []}), ""),
            _ => json_answer(200, &json!({"data": [{"url": link}]}), ""),
        });
        connection.finish();
    });
    let run = env.command("batch m.jsonl -j 1 --keep-steps").base_url(&server.url()).code(10);
    run.any_stdout().any_stderr().assert();
    assert_eq!(server.posts(), 6);
}

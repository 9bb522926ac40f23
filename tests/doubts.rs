//! A batch does not go on paying into a broken path.

use crate::support::{Service, TestEnv};

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

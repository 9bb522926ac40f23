//! `doctor` checks everything that an edit needs, and never pays.

use std::fs;

use serde_json::{Value, json};

use crate::support::{RawServer, Run, Service, TestEnv, closed_port, json_answer};

/// Runs `doctor --json` and returns the record of one check.
fn found(run: Run<'_>, check: &str) -> Value {
    let rows = run.args("--json").any_stdout().any_outcome().assert().json_lines();
    let row = rows.iter().find(|row| row["check"] == check);
    row.unwrap_or_else(|| panic!("no {check} in {rows:?}")).clone()
}

#[test]
fn every_check_has_a_line_and_nothing_is_posted() {
    let (env, service) = (TestEnv::new(), Service::new());
    let rows = env.command("doctor --json").service(&service).any_stdout().assert().json_lines();
    let checks: Vec<&str> = rows.iter().map(|row| row["check"].as_str().unwrap()).collect();
    assert_eq!(checks, ["settings", "proxy", "service", "clock", "key", "model", "journal", "disk"]);
    let status = |check: &str| rows.iter().find(|row| row["check"] == check).unwrap()["status"].clone();
    for check in ["settings", "proxy", "service", "clock", "key", "journal"] {
        assert_eq!(status(check), "ok", "{rows:?}");
    }
    // The service lists the default model as withdrawn.
    assert_eq!(status("model"), "warning", "{rows:?}");
    assert_eq!(service.ledger().posts(), 0);
}

#[test]
fn the_exit_code_is_that_of_the_worst_failure() {
    let (closed, _kept) = closed_port();
    let env = TestEnv::new();
    let run = env.command("doctor").base_url(&format!("http://{closed}")).code(7).any_stdout();
    let text = String::from_utf8(run.assert().stdout).unwrap();
    assert!(text.contains("failed   service") && text.contains("ok       journal"), "{text}");
    env.write_config("retries = \"x\"\n");
    let run = env.command("doctor").code(3).any_stdout();
    let text = String::from_utf8(run.assert().stdout).unwrap();
    assert!(text.contains("failed   settings") && text.contains("ok       journal"), "{text}");
}

#[test]
fn a_key_that_the_service_does_not_accept_is_a_failure() {
    let (env, service) = (TestEnv::new(), Service::new());
    let run = env.command("doctor").service(&service).env("SEEDEDIT_API_KEY", "wrong-wrong-wrong-wrong");
    run.code(4).any_stdout().assert();
}

#[test]
fn a_missing_key_is_found_and_the_other_checks_still_run() {
    let (env, service) = (TestEnv::new(), Service::new());
    let run = env.command("doctor").env("SEEDEDIT_BASE_URL", service.url()).code(4).any_stdout();
    let text = String::from_utf8(run.assert().stdout).unwrap();
    assert!(text.contains("failed   key       no API key; store one with `seededit auth login`"), "{text}");
    assert!(text.contains("ok       clock"), "{text}");
}

#[test]
fn a_withdrawn_model_is_a_failure_only_if_nothing_replaces_it() {
    let (env, service) = (TestEnv::new(), Service::new());
    let of = |args: &str| found(env.command(&format!("doctor {args}")).service(&service), "model");
    let default = of("");
    assert_eq!(default["status"], "warning");
    let message = "the service has withdrawn bytedance/seededit-3.0-i2i; its successor bytedance/seedream-5-0-pro is used";
    assert_eq!(default["message"], message);
    let chosen = of("-m seededit-3.0-i2i");
    assert_eq!(chosen["status"], "failed");
    let hint = "its successor is bytedance/seedream-5-0-pro; choose it with --model";
    assert_eq!(chosen["hint"], hint);
    env.command("doctor -q -m seededit-3.0-i2i").service(&service).code(6).any_stdout().assert();
    let listed = of("-m flux-2-edit");
    let message = "blackforestlabs/flux-2-edit, list price $0.0378";
    assert_eq!((&listed["status"], &listed["message"]), (&json!("ok"), &json!(message)));
    assert_eq!(of("-m unheard-of")["status"], "warning");
    let sandbox = found(env.command("doctor --sandbox -m seededit-3.0-i2i"), "model");
    assert_eq!(sandbox["status"], "warning");
}

#[test]
fn a_wrong_clock_is_a_warning() {
    let date = "Date: Sun, 01 Mar 2020 12:00:00 GMT\r\n";
    let server = RawServer::always_sending(json_answer(200, &json!({"data": []}), date));
    // The server of the tests answers requests of its root itself.
    let url = format!("{}/api", server.url());
    let clock = found(TestEnv::new().command("doctor").base_url(&url), "clock");
    assert_eq!((&clock["status"], &clock["hint"]), (&json!("warning"), &json!("set the clock")));
    assert!(clock["message"].as_str().unwrap().contains("ahead of the service's"), "{clock}");
}

#[test]
fn a_proxy_that_cannot_be_used_is_named_and_nothing_is_asked() {
    let env = TestEnv::new();
    let run = || env.command("doctor").env("HTTPS_PROXY", "gopher://proxy:70").env("SEEDEDIT_API_KEY", "k");
    let proxy = found(run(), "proxy");
    assert_eq!(proxy["status"], "failed");
    assert!(proxy["message"].as_str().unwrap().contains("HTTPS_PROXY"), "{proxy}");
    assert_eq!(found(run(), "service")["message"], "not asked");
    run().code(3).any_stdout().assert();
}

#[test]
fn a_journal_of_a_newer_release_and_a_damaged_card_are_found() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).any_stdout().assert();
    let journal = rusqlite::Connection::open(env.data_dir().join("journal.db")).unwrap();
    journal.pragma_update(None, "user_version", 99).unwrap();
    drop(journal);
    let cards = env.config_dir().join("cards/openai");
    fs::create_dir_all(&cards).unwrap();
    fs::write(cards.join("mine.toml"), "dialect = 7\n").unwrap();
    let of = |check: &str| found(env.command("doctor").service(&service), check);
    let (journal, settings) = (of("journal"), of("settings"));
    assert_eq!((&journal["status"], &settings["status"]), (&json!("failed"), &json!("failed")));
    assert!(journal["message"].as_str().unwrap().contains("newer seededit"), "{journal}");
    assert!(settings["message"].as_str().unwrap().contains("mine.toml: line 1"), "{settings}");
}

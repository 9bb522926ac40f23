//! `doctor` checks everything that an edit needs, and never pays.

use crate::support::{Service, TestEnv, closed_port};

#[test]
fn every_check_has_a_line_and_nothing_is_posted() {
    let (env, service) = (TestEnv::new(), Service::new());
    let rows = env.command("doctor --json").service(&service).any_stdout().assert().json_lines();
    let checks: Vec<&str> = rows.iter().map(|row| row["check"].as_str().unwrap()).collect();
    assert_eq!(checks, ["settings", "service", "clock", "key", "model", "journal", "disk"]);
    let status = |check: &str| rows.iter().find(|row| row["check"] == check).unwrap()["status"].clone();
    for check in ["settings", "service", "clock", "key", "journal"] {
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
    env.command("doctor").code(3).any_stdout().assert();
}

#[test]
fn a_key_that_the_service_does_not_accept_is_a_failure() {
    let (env, service) = (TestEnv::new(), Service::new());
    let run = env.command("doctor").service(&service).env("SEEDEDIT_API_KEY", "wrong-wrong-wrong-wrong");
    run.code(4).any_stdout().assert();
}

//! `history audit` compares the journal with the usage log.

use crate::support::{Service, TestEnv};

#[test]
fn a_journal_that_agrees_with_the_log_has_no_findings() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).any_stdout().assert();
    let summary = "1 request here, 1 request in the log: $0.0315 here, $0.0315 in the log; they agree\n";
    env.command("history audit").service(&service).stderr(summary).assert();
}

#[test]
fn a_charge_that_the_journal_does_not_know_is_found() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).any_stdout().assert();
    let other = TestEnv::new();
    let run = other.command("history audit --json").service(&service).code(11).any_stderr().any_stdout();
    let found = run.assert().json();
    assert_eq!((&found["finding"], &found["usd_listed"]), (&"unknown-here".into(), &0.0315.into()));
    assert_eq!(service.ledger().posts(), 1);
}

#[test]
fn a_service_without_a_log_cannot_be_audited() {
    let env = TestEnv::new();
    env.command("history audit --service openai")
        .code(3)
        .stderr_contains(&["no log of single calls"])
        .assert();
}

#[test]
fn the_built_in_sandbox_cannot_be_audited_and_a_server_can() {
    let env = TestEnv::with_picture();
    env.edit("--sandbox -q").any_stdout().assert();
    let run = env.command("history audit --sandbox").code(3);
    run.stderr_contains(&["ends with each command, and so does its usage log", "`seededit sandbox`"])
        .assert();
    let server = Service::with_options(|options| options.is_marked = true);
    env.edit("-f -q").service(&server).any_stdout().assert();
    env.command("history audit").service(&server).stderr_contains(&["1 request here", "they agree"]).assert();
}

#[test]
fn requests_in_doubt_are_listed_and_are_no_agreement() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    env.edit("-q").service(&service).code(8).any_stderr().assert();
    let job = env.only_job();
    let audit = |extra: &str| env.command("history audit").args(extra).service(&service).code(11);
    audit("").any_stdout().stderr_contains(&["1 request cannot be compared", "seededit recover"]).assert();
    let found = audit("--json").any_stdout().any_stderr().assert().json();
    assert_eq!(
        (&found["finding"], &found["job"], &found["usd_here"], &found["usd_listed"]),
        (&"in-doubt".into(), &job.id.clone().into(), &serde_json::Value::Null, &0.0315.into())
    );
    let line = format!("job {}: request {} may have been charged", job.id, job.attempts[0].request_id);
    let text = audit("").any_stdout().any_stderr().assert().stdout;
    assert!(String::from_utf8_lossy(&text).starts_with(&line));
    env.command("recover -q").service(&service).code(10).any_stderr().assert();
    env.command("history audit").service(&service).stderr_contains(&["they agree"]).assert();
}

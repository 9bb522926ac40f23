//! Links to results that are refused before they expire: by the storage, or by a proxy on the way.

use serde_json::json;

use crate::support::{Service, TestEnv, sha256};

/// An environment with a job that was paid for and whose link is refused, and its service.
fn refused_link(faults: &[&str]) -> (TestEnv, Service, String) {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(faults));
    env.edit("-q --seed 7 --retries 0").service(&service).code(9).any_stderr().assert();
    let job = env.only_job().id;
    (env, service, job)
}

#[test]
fn a_refused_link_is_tried_again_and_its_hint_says_how_to_give_it_up() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["expired-link:2"]));
    let message = "could not be downloaded: the link was refused (HTTP 403)";
    let output = env.edit("-q").service(&service).code(9).stderr_contains(&[message]).assert();
    let job = env.only_job().id;
    let hint = format!(
        "hint: a proxy may have refused it: `seededit recover --base-url http://127.0.0.1:[port]` tries it \
         again until it expires. If it was withdrawn, `seededit recover --pay-again {job} --base-url \
         http://127.0.0.1:[port]` pays for the edit again, or ask the service's support for the result or \
         a refund, and give inference id [id]"
    );
    assert!(output.stderr.contains(&hint), "{}", output.stderr);
    assert_eq!(env.only_job().reason.as_deref(), Some("the link to the result was refused (HTTP 403)"));
    env.command("recover -q").service(&service).code(9).stderr_contains(&[message, &hint]).assert();
    env.command("recover -q").service(&service).stdout("[work]/out.jpg\n").assert();
    service.ledger().ensure_counts(1, 1);
    assert_eq!(env.only_job().reason, None);
}

#[test]
fn the_message_and_the_hint_about_a_missing_picture_agree() {
    let (env, service, job) = refused_link(&["download-error=404"]);
    let run = env.command("recover -q").service(&service).code(9);
    run.stderr_contains(&[
        "there is no picture at the link (HTTP 404)",
        "hint: try again later",
        &format!("`seededit recover --pay-again {job}` pays for the edit again"),
    ])
    .assert();
}

#[test]
fn a_job_whose_link_is_still_refused_can_be_paid_again() {
    for fault in ["expired-link:2", "download-error=410:2", "download-error=404:2"] {
        let (env, service, job) = refused_link(&[fault]);
        env.command_with(["recover", "-q", "--pay-again", &job])
            .service(&service)
            .stdout("[work]/out.jpg\n")
            .assert();
        service.ledger().ensure_counts(2, 2);
        assert_eq!(
            service.ledger().charge(1)["result_sha256"],
            sha256(&env.read_answer("out.jpg")),
            "{fault}"
        );
        let job = env.only_job();
        assert_eq!(job.state, "delivered");
        assert!(job.attempts.iter().all(|attempt| !attempt.has_complete_answer), "no link is kept");
        env.command("recover").service(&service).stderr("note: nothing to recover\n").assert();
        env.ensure_no_leftovers();
    }
}

#[test]
fn a_job_whose_link_works_again_is_not_paid_again() {
    let (env, service, job) = refused_link(&["expired-link:1"]);
    env.command_with(["recover", "--pay-again", &job])
        .service(&service)
        .stdout("[work]/out.jpg\n")
        .stderr_contains(&["nothing was paid: the result could still be fetched"])
        .assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_failed_download_is_no_reason_to_pay_again() {
    let (env, service, job) = refused_link(&["download-error=500"]);
    env.command_with(["recover", "-q", "--pay-again", &job])
        .env("SEEDEDIT_RETRIES", "0")
        .service(&service)
        .code(9)
        .stderr_contains(&["the server answered HTTP 500"])
        .assert();
    service.ledger().ensure_counts(1, 1);
    let run = env.command_with(["history", "forget", "--yes", &job]).code(3);
    run.stderr_contains(&["is answered, and is not forgotten"]).assert();
    assert_eq!(env.only_job().state, "answered");
}

#[test]
fn if_the_service_refuses_to_run_it_again_the_first_link_is_kept() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| {
        options.faults = vec!["expired-link:2".parse().unwrap()];
        options.balance = "0.0315".parse().unwrap();
    });
    env.edit("-q --seed 7").service(&service).code(9).any_stderr().assert();
    let job = env.only_job().id;
    env.command_with(["recover", "-q", "--pay-again", &job]).service(&service).code(5).any_stderr().assert();
    assert_eq!(env.only_job().state, "answered");
    service.ledger().ensure_counts(2, 1);
    env.command("recover -q").service(&service).stdout("[work]/out.jpg\n").assert();
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
    service.ledger().ensure_counts(2, 1);
}

#[test]
fn a_job_whose_link_was_refused_is_forgotten_only_by_name() {
    let (env, service, job) = refused_link(&["expired-link"]);
    env.command("history forget --before 2100-01-01 --yes")
        .stderr_contains(&["0 jobs forgotten", "1 job kept"])
        .assert();
    env.command_with(["history", "forget", &job]).code(2).stderr_contains(&["add --yes"]).assert();
    env.command_with(["history", "forget", "--yes", &job]).stderr("✓ 1 job forgotten\n").assert();
    assert!(env.jobs().is_empty());
    env.command("recover").service(&service).stderr("note: nothing to recover\n").assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn redo_pays_again_for_a_row_whose_link_is_still_refused() {
    for then in [json!([]), json!(["y"])] {
        let steps = 1 + then.as_array().unwrap().len() as u64;
        // The result of an earlier step is downloaded once, to be kept.
        let faults = format!("expired-link:{}", 2 + steps);
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[&faults]));
        let row = json!({"image": "in.png", "prompt": "x", "then": then, "output": "o.jpg"});
        env.write_manifest(&[row]);
        env.batch_exits("", &service, 9);
        // Without --redo, the link is tried again and nothing is sent.
        env.batch_exits("", &service, 9);
        service.ledger().ensure_counts(steps, steps);
        env.batch("--redo -q", &service).stdout("o.jpg\n").any_stderr().assert();
        service.ledger().ensure_counts(2 * steps, 2 * steps);
    }
}

//! A low limit of open files is noticed before anything is paid for.
#![cfg(unix)]

use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, json_answer};

#[test]
fn nothing_is_sent_if_the_result_could_not_be_downloaded() {
    for limit in [16, 20, 24, 28] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        let run = env.edit("-q").service(&service).code(3);
        let run = run.stderr_contains(&["error: cannot open the files and connections", "ulimit -n"]);
        run.wrapped_in("sh", &["-c", &format!("ulimit -n {limit}; exec \"$@\""), "sh"]).assert();
        assert_eq!(service.ledger().posts(), 0);
    }
}

#[test]
fn a_soft_limit_is_raised() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = env.edit("-q").service(&service).stdout("out.jpg\n");
    run.wrapped_in("sh", &["-c", "ulimit -S -n 16; exec \"$@\"", "sh"]).assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_failure_over_plain_http_is_not_blamed_on_certificates() {
    let server = RawServer::always_sending(json_answer(200, &json!({"current_balance": 1}), ""));
    for limit in 4..12 {
        let env = TestEnv::new();
        let run = env.command("balance").base_url(&server.url()).any_outcome();
        let script = format!("ulimit -n {limit}; exec \"$@\"");
        let output = run.wrapped_in("sh", &["-c", &script, "sh"]).assert();
        assert!(!output.stderr.contains("certificate"), "{limit}: {}", output.stderr);
    }
}

//! A wrong command line: its exit code, and its record with `--json`.

use serde_json::{Value, json};

use crate::support::{TestEnv, commands};

/// The record of a wrong command line.
fn record(args: &str) -> Value {
    let run = TestEnv::new().command(args).code(2).stderr_contains(&["error: "]).any_stdout().assert();
    run.json()
}

#[test]
fn a_wrong_command_line_has_the_record_of_a_failure() {
    assert_eq!(
        record("edit in.png x --format bmp --json"),
        json!({
            "status": "error", "job": null, "input": null, "output": null,
            "error": {
                "kind": "usage", "exit_code": 2,
                "message": "invalid value 'bmp' for '--format <FORMAT>' [possible values: jpeg, png, webp]",
                "hint": "`--help` describes every argument",
                "http_status": null, "request_id": null, "client_request_id": null, "inference_id": null, "usd": null,
                "charged": "no",
            },
        })
    );
}

#[test]
fn every_command_reports_a_wrong_flag_as_json() {
    for command in commands() {
        let error = &record(&format!("{command} --json --no-such-flag"))["error"];
        assert_eq!((&error["kind"], &error["exit_code"]), (&json!("usage"), &json!(2)), "{command}");
        assert!(error["message"].as_str().unwrap().contains("unexpected argument"), "{command}: {error}");
    }
}

#[test]
fn an_unknown_command_has_a_record_with_the_same_advice() {
    let run = TestEnv::new().command("resume --json").code(2).any_stdout().any_stderr().assert();
    let error = run.json()["error"].clone();
    assert_eq!(error["message"], "unrecognized subcommand 'resume'");
    let hint = error["hint"].as_str().unwrap();
    assert!(run.stderr.contains(hint), "{hint} in {}", run.stderr);
}

#[test]
fn a_value_or_a_word_after_two_dashes_asks_for_no_json() {
    for args in ["edit in.png x --timeout --json --no-such-flag", "edit --no-such-flag -- --json"] {
        TestEnv::new().command(args).code(2).stderr_contains(&["error: "]).assert();
    }
}

#[test]
fn links_are_redacted_in_the_record_too() {
    let link = "https://h.example/a.png?X-Tos-Signature=5ecret";
    let env = TestEnv::new();
    let run = env.command_with(["edit", "a.png", "x", "--seed", link, "--json"]).code(2);
    let run = run.any_stdout().any_stderr().assert();
    let message = run.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("https://h.example/a.png?…") && !message.contains("5ecret"), "{message}");
}

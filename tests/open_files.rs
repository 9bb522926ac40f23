//! A low limit of open files is noticed before anything is paid for, and costs no result.
#![cfg(unix)]

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, json_answer, png, rows};

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

/// An answer as a link and one as Base64, of several pictures and of a manifest.
const RUNS: [(&str, bool); 4] = [("url", false), ("b64_json", false), ("url", true), ("b64_json", true)];

#[test]
#[ignore = "slow"]
fn every_result_is_saved_with_64_open_files() {
    for (form, is_batch) in RUNS {
        Load { limits: "ulimit -n 64", edits: 6, jobs: 256, note: Some("at most 2 edits") }
            .run(form, is_batch);
    }
}

#[test]
#[ignore = "slow"]
fn every_result_is_saved_with_256_open_files() {
    for (form, is_batch) in [RUNS[1], RUNS[2]] {
        Load { limits: "ulimit -n 256", edits: 40, jobs: 256, note: Some("at most 2") }.run(form, is_batch);
    }
}

#[test]
#[ignore = "slow"]
fn every_result_is_saved_with_1024_open_files() {
    let load = Load { limits: "ulimit -n 1024", edits: 150, jobs: 256, note: Some("at most 10") };
    load.run("url", false);
    load.run("b64_json", true);
}

#[test]
#[ignore = "slow"]
fn a_soft_limit_is_raised_before_fewer_edits_run_at_once() {
    for (hard, note) in [(1024, None), (256, Some("at most 2"))] {
        let limits = &format!("ulimit -n {hard}; ulimit -S -n 64");
        for (form, is_batch) in [RUNS[0], RUNS[3]] {
            Load { limits, edits: 50, jobs: 50, note }.run(form, is_batch);
        }
    }
}

/// Edits that run under a limit of open files.
struct Load<'a> {
    /// Sets the limits, in a shell.
    limits: &'a str,
    edits: usize,
    jobs: u32,
    /// The start of the note about fewer edits at once; `None` if there is none.
    note: Option<&'a str>,
}

impl Load<'_> {
    /// Runs the edits, and checks that each is paid for once and its result saved.
    fn run(&self, form: &str, is_batch: bool) {
        let env = TestEnv::with_picture();
        // Answers take a while, so that as many edits as possible are in flight together.
        let service = Service::with_options(|options| options.latency = Duration::from_millis(300));
        let run = if is_batch {
            env.write_manifest(&rows(self.edits));
            env.command("batch m.jsonl")
        } else {
            let names: Vec<String> = (1..=self.edits).map(|number| format!("{number}.png")).collect();
            for name in &names {
                env.write(name, png(48, 48));
            }
            let names = names.iter().map(String::as_str);
            env.command_with(["edit", "-p", "x", "-d", "out"].into_iter().chain(names))
        };
        let run = run.args(&format!("-j {} --response-format {form}", self.jobs)).service(&service);
        let script = format!("{}; exec \"$@\"", self.limits);
        let run = run.any_stdout().any_stderr().wrapped_in("sh", &["-c", &script, "sh"]);
        let output = run.assert();
        let note = output.stderr.lines().find_map(|line| line.strip_prefix("note: at most "));
        match self.note {
            Some(start) => {
                let note = note.unwrap_or_else(|| panic!("no note: {}", output.stderr));
                assert!(format!("at most {note}").starts_with(start) && note.contains("ulimit -n"), "{note}");
            }
            None => assert_eq!(note, None),
        }
        assert_eq!(fs::read_dir(env.path("out")).unwrap().count(), self.edits, "{}", output.stderr);
        service.ledger().ensure_counts(self.edits as u64, self.edits as u64);
    }
}

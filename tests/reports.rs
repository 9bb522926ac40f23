//! Reports of a batch: the file of `--report`, and standard output.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::support::{Service, TestEnv, rows};

#[test]
fn a_report_replaces_an_earlier_report_and_nothing_else() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(2));
    env.write("notes.txt", "precious");
    fs::hard_link(env.path("m.jsonl"), env.path("linked.jsonl")).unwrap();
    let (picture, manifest) = (env.read("in.png"), env.read("m.jsonl"));
    for (report, message) in [
        ("m.jsonl", "the report would replace the manifest"),
        ("linked.jsonl", "the report would replace the manifest"),
        ("in.png", "in.png exists and is not an earlier report"),
        ("notes.txt", "notes.txt exists and is not an earlier report"),
        ("out/2.jpg", "m.jsonl:2: out/2.jpg is also the file of --report"),
    ] {
        env.batch(&format!("--report {report}"), &service).code(3).stderr_contains(&[message]).assert();
    }
    assert_eq!((env.read("in.png"), env.read("m.jsonl")), (picture, manifest));
    assert_eq!((env.read("notes.txt"), env.path("out").exists()), (b"precious".to_vec(), false));
    service.ledger().ensure_counts(0, 0);
    env.write("r.jsonl", "");
    env.batch_exits("--report r.jsonl", &service, 0);
    let first = env.read("r.jsonl");
    env.batch_exits("--report r.jsonl", &service, 0);
    let second = String::from_utf8(env.read("r.jsonl")).unwrap();
    assert_ne!(first, second.as_bytes());
    assert!(second.lines().count() == 2 && second.lines().all(|line| line.contains("\"reused\":true")));
}

#[test]
fn a_report_may_be_a_pipe_but_not_a_file_named_dash() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(2));
    env.batch("--report -", &service)
        .code(2)
        .stderr_contains(&["--report needs a file, not `-`", "--json"])
        .assert();
    #[cfg(unix)]
    {
        assert!(std::process::Command::new("mkfifo").arg(env.path("pipe")).status().unwrap().success());
        let pipe = env.path("pipe");
        let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
        env.batch_exits("--report pipe", &service, 0);
        assert_eq!(reader.join().unwrap().lines().count(), 2);
    }
}

#[test]
fn results_are_written_to_the_report_at_once() {
    let service = Service::with_options(|options| options.latency = Duration::from_millis(300));
    let env = TestEnv::with_picture();
    env.write_manifest(&rows(3));
    let run = env.batch("-j 1 --report r.jsonl", &service).any_stdout().any_stderr().spawn();
    while service.ledger().posts() < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let report = String::from_utf8(env.read("r.jsonl")).unwrap();
    assert!(report.ends_with("}\n") && report.lines().count() == 2, "{report}");
    run.wait();
}

#[cfg(target_os = "linux")]
#[test]
fn an_unwritable_report_is_named_and_ends_the_run() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(8));
    let run = env.batch("-j 1 --report /dev/full", &service).code(1).any_stdout();
    run.stderr_contains(&[
        "cannot write the report /dev/full: the disk is full",
        "run the same command again",
    ])
    .assert();
    assert!(service.ledger().charged() < 8);
}

#[cfg(target_os = "linux")]
#[test]
fn results_in_flight_are_printed_even_if_the_report_cannot_be_written() {
    for flags in ["", "--unordered"] {
        let service = Service::with_options(|options| options.latency = Duration::from_millis(300));
        let env = TestEnv::with_picture();
        env.write_manifest(&rows(12));
        let run = env.batch(&format!("-j 4 --report /dev/full {flags}"), &service).code(1).any_stdout();
        let output = run.stderr_contains(&["cannot write the report /dev/full"]).assert();
        let printed = String::from_utf8(output.stdout).unwrap().lines().count();
        assert_eq!(printed as u64, service.ledger().charged(), "{flags}");
        assert!((4..12).contains(&printed), "{printed}");
        assert_eq!(fs::read_dir(env.path("out")).unwrap().count(), printed);
    }
}

#[test]
fn a_report_that_cannot_be_created_is_refused_before_anything_is_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(2));
    fs::create_dir(env.path("dir")).unwrap();
    for report in ["missing/r.jsonl", "dir"] {
        let message = format!("cannot write the report {report}");
        env.batch(&format!("--report {report}"), &service).code(3).stderr_contains(&[&message]).assert();
    }
    service.ledger().ensure_counts(0, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_batch_continues_if_standard_output_is_closed() {
    for (script, code) in [("exec \"$0\" \"$@\" >/dev/full", 1), ("\"$0\" \"$@\" | true", 0)] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        env.write_manifest(&rows(6));
        let run = env.batch("-j 1", &service).wrapped_in("sh", &["-c", script]).code(code);
        let mut message = vec!["6 tasks: 6 made"];
        message.extend((code == 1).then_some("cannot write to standard output: the disk is full"));
        run.stderr_contains(&message).assert();
        service.ledger().ensure_counts(6, 6);
    }
}

#[test]
fn a_manifest_without_rows_is_reported() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&[]);
    env.batch("", &service).stderr_contains(&["note: m.jsonl has no rows", "0 tasks: 0 made"]).assert();
    let output = env.batch("--json --report r.jsonl", &service).any_stderr().stdout("").assert();
    assert_eq!(output.json_lines(), Vec::<serde_json::Value>::new());
    assert_eq!(json!(env.read("r.jsonl")), json!([]));
}

//! Who is told of outcomes: the file that `--report` names, and standard output.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::support::{Place, Service, rows};

#[test]
fn a_report_replaces_an_earlier_report_and_nothing_else() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&rows(2));
    place.write("notes.txt", "precious");
    fs::hard_link(place.path("m.jsonl"), place.path("linked.jsonl")).unwrap();
    let (picture, manifest) = (place.read("in.png"), place.read("m.jsonl"));
    for (report, said) in [
        ("m.jsonl", "the report would replace the manifest"),
        ("linked.jsonl", "the report would replace the manifest"),
        ("in.png", "in.png exists and is not an earlier report"),
        ("notes.txt", "notes.txt exists and is not an earlier report"),
        ("out/2.jpg", "m.jsonl:2: out/2.jpg is also the file of --report"),
    ] {
        place.batch(&format!("--report {report}"), &service).exits(3).saying(&[said]).done();
    }
    assert_eq!((place.read("in.png"), place.read("m.jsonl")), (picture, manifest));
    assert_eq!((place.read("notes.txt"), place.path("out").exists()), (b"precious".to_vec(), false));
    service.ledger().ensure(0, 0);
    place.write("r.jsonl", "");
    place.batch_quietly("--report r.jsonl", &service, 0);
    let first = place.read("r.jsonl");
    place.batch_quietly("--report r.jsonl", &service, 0);
    let second = String::from_utf8(place.read("r.jsonl")).unwrap();
    assert_ne!(first, second.as_bytes());
    assert!(second.lines().count() == 2 && second.lines().all(|line| line.contains("\"reused\":true")));
}

#[test]
fn a_report_may_go_to_a_pipe_but_not_to_a_file_called_dash() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&rows(2));
    place.batch("--report -", &service).exits(2).saying(&["--report needs a file, not `-`", "--json"]).done();
    #[cfg(unix)]
    {
        assert!(std::process::Command::new("mkfifo").arg(place.path("pipe")).status().unwrap().success());
        let pipe = place.path("pipe");
        let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
        place.batch_quietly("--report pipe", &service, 0);
        assert_eq!(reader.join().unwrap().lines().count(), 2);
    }
}

#[test]
fn what_is_known_stands_in_the_report_at_once() {
    let service = Service::with(|options| options.latency = Duration::from_millis(300));
    let place = Place::with_picture();
    place.manifest(&rows(3));
    let run = place.batch("-j 1 --report r.jsonl", &service).prints_anything().says_anything().start();
    while service.ledger().posts() < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let report = String::from_utf8(place.read("r.jsonl")).unwrap();
    assert!(report.ends_with("}\n") && report.lines().count() == 2, "{report}");
    run.end();
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_named_and_ends_the_run() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&rows(8));
    let run = place.batch("-j 1 --report /dev/full", &service).exits(1).prints_anything();
    run.saying(&["cannot write the report /dev/full: No space left", "run the same command again"]).done();
    assert!(service.ledger().charged() < 8);
}

#[cfg(target_os = "linux")]
#[test]
fn paid_work_goes_on_whether_or_not_anybody_reads_of_it() {
    for (script, code) in [("exec \"$0\" \"$@\" >/dev/full", 1), ("\"$0\" \"$@\" | true", 0)] {
        let (place, service) = (Place::with_picture(), Service::new());
        place.manifest(&rows(6));
        let run = place.batch("-j 1", &service).under("sh", &["-c", script]).exits(code);
        let mut said = vec!["6 jobs: 6 made"];
        said.extend((code == 1).then_some("cannot write to standard output: the disk is full"));
        run.saying(&said).done();
        service.ledger().ensure(6, 6);
    }
}

#[test]
fn a_manifest_without_rows_says_so() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&[]);
    place.batch("", &service).saying(&["note: m.jsonl has no rows", "0 jobs: 0 made"]).done();
    let told = place.batch("--json --report r.jsonl", &service).says_anything().prints("").done();
    assert_eq!(told.jsons(), Vec::<serde_json::Value>::new());
    assert_eq!(json!(place.read("r.jsonl")), json!([]));
}

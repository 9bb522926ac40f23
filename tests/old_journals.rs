//! Journals and reports of earlier releases.
//!
//! The databases in `fixtures/journal/` contain keys that the first release computed for a service at
//! `http://127.0.0.1:9`. Nothing listens there, so a row that is not recognized fails to connect.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::TestEnv;

const SERVICE: &str = "http://127.0.0.1:9";
/// The results in the journal, relative to the working directory.
const RESULTS: [&str; 11] = [
    "seeded.jpg",
    "named.jpg",
    "first.jpg",
    "second.jpg",
    "chain.jpg",
    "pair/harbour-edited-1.jpg",
    "pair/harbour-edited-2.jpg",
    "link.jpg",
    "kept.png",
    "fog.jpg",
    "fog2.jpg",
];

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/journal").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An environment as an old release left it: the journal, pictures, manifests and results.
fn env_of_version(version: u32) -> TestEnv {
    let env = TestEnv::new();
    let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/harbour.jpg");
    env.write("harbour.jpg", fs::read(picture).unwrap());
    for name in RESULTS {
        env.write(name, format!("result {name}\n"));
    }
    for name in ["rows.jsonl", "preserve.jsonl"] {
        env.write(name, fixture(name));
    }
    let work = fs::canonicalize(env.work_dir()).unwrap();
    let database = Connection::open(env.data_dir().join("journal.db")).unwrap();
    let sql = fixture(&format!("v{version}.sql")).replace("@DIR@", work.to_str().unwrap());
    database.execute_batch(&sql).unwrap();
    env
}

fn history(env: &TestEnv) -> Vec<Value> {
    env.command("history --json").any_stdout().any_stderr().assert().json_lines()
}

#[test]
fn journals_of_every_version_are_read() {
    for (version, jobs) in [(1, 15), (2, 16), (3, 17), (7, 20)] {
        let env = env_of_version(version);
        let records = history(&env);
        assert_eq!(records.len(), jobs, "version {version}");
        let count = |state: &str| records.iter().filter(|record| record["state"] == state).count();
        for state in ["intent", "sent", "answered", "refused", "unknown", "lost"] {
            assert_eq!(count(state), 1, "version {version}: {state}");
        }
        assert_eq!(count("handed-on"), usize::from(version > 1), "version {version}");
        let shown = env.command("history show 1m8f9asze0vgvzve --json").any_stdout().assert().json();
        assert_eq!(shown["prompt"], "add a bird", "version {version}");
        assert_eq!(shown["usd"], 0.0315, "version {version}");
        assert_eq!(shown["file"], "unchanged", "version {version}");
        assert_eq!(shown["attempts"][0]["charged"], "yes", "version {version}");
    }
}

#[test]
fn an_older_journal_is_migrated_without_losing_a_job() {
    for version in [1, 2, 7] {
        let env = env_of_version(version);
        let before = history(&env).len();
        // The first command that writes migrates the journal.
        env.command("history forget --yes 1m8f9c0000000004").any_stdout().any_stderr().assert();
        assert_eq!(history(&env).len(), before - 1);
        let database = Connection::open(env.data_dir().join("journal.db")).unwrap();
        let now: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(now, 8);
        let last = env.command("history show @ --json").any_stdout().assert().json();
        let older = env.command("history show @2 --json").any_stdout().assert().json();
        let finished = |job: &Value| job["finished"].as_str().unwrap().to_owned();
        assert!(last["state"] == "delivered" && finished(&last) >= finished(&older), "{last} {older}");
    }
}

#[test]
fn a_batch_that_an_older_release_paid_for_is_not_paid_for_again() {
    for version in [2, 3, 7] {
        let env = env_of_version(version);
        let run = env.command("batch rows.jsonl --json").base_url(SERVICE);
        let records = run.any_stdout().any_stderr().assert().json_lines();
        assert_eq!(records.len(), 8, "version {version}");
        assert!(records.iter().all(|record| record["status"] == "ok" && record["reused"] == true));
        assert_eq!(records.iter().map(|record| record["usd"].as_f64().unwrap()).sum::<f64>(), 0.0);
        let expected: Vec<Value> =
            fixture("report.jsonl").lines().take(8).map(|line| serde_json::from_str(line).unwrap()).collect();
        for (record, old) in records.iter().zip(&expected) {
            for field in ["job", "line", "output", "prompt", "model", "seed", "guidance_scale", "width"] {
                assert_eq!(record[field], old[field], "{field}");
            }
        }
    }
}

#[test]
fn a_result_restored_by_an_older_release_is_not_paid_for_again() {
    let env = env_of_version(3);
    let run =
        env.command("batch preserve.jsonl --preserve --region 400x300+300+200 --json").base_url(SERVICE);
    let record = run.any_stdout().any_stderr().assert().json();
    assert_eq!((&record["job"], &record["reused"]), (&"1m8f9attj1hs1ym8".into(), &true.into()));
}

#[test]
fn reuse_finds_the_result_of_an_older_release() {
    let env = env_of_version(3);
    let args = ["edit", "harbour.jpg", "add a bird", "--seed", "8", "-o", "seeded.jpg", "--reuse", "--json"];
    let record = env.command_with(args).base_url(SERVICE).any_stdout().any_stderr().assert().json();
    assert_eq!((&record["job"], &record["reused"]), (&"1m8f9asze0vgvzve".into(), &true.into()));
}

#[test]
fn reuse_without_a_seed_finds_a_result_of_an_older_release() {
    for version in [2, 3] {
        let env = env_of_version(version);
        let args = ["edit", "harbour.jpg", "add a bird", "-o", "seeded.jpg", "--reuse", "--json"];
        let record = env.command_with(args).base_url(SERVICE).any_stdout().any_stderr().assert().json();
        assert_eq!((&record["job"], &record["reused"]), (&"1m8f9asze0vgvzve".into(), &true.into()));
    }
}

#[test]
fn edits_of_several_pictures_and_steps_back_are_those_of_the_older_release() {
    let env = env_of_version(7);
    // The service returned the picture as it was.
    for name in ["pier.jpg", "snow/pier-edited.jpg"] {
        env.write(name, env.read("harbour.jpg"));
    }
    let args =
        ["edit", "harbour.jpg", "pier.jpg", "-p", "in the snow", "-d", "snow", "--seed", "11", "--json"];
    let run = env.command_with(args).base_url(SERVICE).any_stdout().any_stderr();
    let records = run.assert().json_lines();
    assert!(records.iter().all(|record| record["reused"] == true), "{records:?}");
    // `undo` went back from the last result.
    let record = env.command("history show @ --json").any_stdout().assert().json();
    assert_eq!((&record["prompt"], &record["file"]), (&"with fog".into(), &"unchanged".into()));
    env.command("redo").stdout("fog2.jpg\n").any_stderr().assert();
}

#[test]
fn an_older_report_is_recognized_and_can_be_replaced() {
    let env = env_of_version(3);
    env.write("report.jsonl", fixture("report.jsonl"));
    let run = env.command("batch rows.jsonl --report report.jsonl").base_url(SERVICE);
    run.any_stdout().any_stderr().assert();
    assert_eq!(
        env.read("report.jsonl").split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count(),
        8
    );
}

#[test]
fn an_intermediate_step_has_no_file_and_can_be_forgotten() {
    const STEP: &str = "1m8f9atak1g1y9bd";
    let env = env_of_version(3);
    let run = env.command("history").any_stdout().any_stderr();
    let listed = String::from_utf8(run.assert().stdout).unwrap();
    let line = listed.lines().find(|line| line.contains(STEP)).unwrap();
    assert!(line.contains("→ next step") && !line.contains("chain-step1.jpg"), "{line}");

    env.command_with(["history", "forget", "--yes", STEP]).any_stdout().any_stderr().assert();
    assert!(history(&env).iter().all(|record| record["job"] != STEP));

    let env = env_of_version(3);
    env.command("history forget --yes --before 0s").any_stderr().assert();
    assert!(history(&env).iter().all(|record| record["job"] != STEP));
}

#[test]
fn a_journal_that_cannot_be_upgraded_is_left_as_it_is_and_explained() {
    let env = env_of_version(7);
    let database = || Connection::open(env.data_dir().join("journal.db")).unwrap();
    database().execute_batch("CREATE TABLE forgotten (mine TEXT);").unwrap();
    let message = "could not be upgraded from version 7 to version 8, and was not changed: table forgotten already exists\n";
    let run = env.command("history").code(3).any_stderr().assert();
    assert!(run.stderr.contains(message), "{}", run.stderr);
    assert!(
        run.stderr.contains("hint: use the release that wrote it, or restore it from a backup"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("CREATE"), "{}", run.stderr);
    let version: i64 = database().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 7);
    database().execute_batch("DROP TABLE forgotten;").unwrap();
    assert_eq!(history(&env).len(), 20);
}

//! Answers in the spool that no job knows, because the journal was lost: they are kept, reported, and turned into files.

use std::fs;

use serde_json::json;

use crate::support::{Service, TestEnv, sha256};

/// An environment that lost its journal while an answer with a link was in the spool, with its service, which refused the
/// first download, and the id of the job.
fn lost_journal() -> (TestEnv, Service, String) {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:1"]));
    env.edit("-q --retries 0").service(&service).code(9).any_stderr().assert();
    let job = env.only_job().id;
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        fs::remove_file(env.data_dir().join(name)).unwrap();
    }
    (env, service, job)
}

fn spooled(env: &TestEnv) -> Vec<String> {
    env.data_files().into_iter().filter(|name| name.starts_with("spool/")).collect()
}

#[test]
fn an_answer_without_a_job_is_kept_and_recover_says_what_to_do() {
    let (env, service, job) = lost_journal();
    for _ in 0..2 {
        let path = "[data]/spool/seededit-[job]-1 (".to_owned();
        let command = format!("`seededit recover {job}` writes its picture to a file");
        let run = env.command("recover").service(&service).code(9);
        run.stderr_contains(&["the journal does not know the job of an answer", &path, &command]).assert();
        assert_eq!(spooled(&env), [format!("spool/seededit-{job}-1")]);
    }
    let record =
        env.command("recover --json").service(&service).code(9).any_stdout().any_stderr().assert().json();
    assert_eq!((&record["job"], &record["error"]["kind"]), (&json!(job), &json!("undelivered")));
    // Neither another edit nor its end removes it.
    env.command("edit in.png -p y -o other.jpg -q").service(&service).stdout("other.jpg\n").assert();
    env.command("history -n 1").any_stdout().assert();
    assert_eq!(spooled(&env).len(), 1);
}

#[test]
fn recover_by_name_turns_an_answer_without_a_job_into_a_file() {
    let (env, service, job) = lost_journal();
    let file = format!("{job}.answer.jpg");
    let run = env.command_with(["recover", &job, "--json"]).service(&service).any_stderr().any_stdout();
    let record = run.assert().json();
    assert_eq!(record, json!({"status": "rescued", "job": job, "output": file}));
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read(&file)));
    service.ledger().ensure_counts(1, 1);
    env.command("recover").service(&service).stderr("note: nothing to recover\n").assert();
    env.ensure_no_leftovers();
}

#[test]
fn an_answer_whose_picture_cannot_be_fetched_is_kept() {
    let (env, _, job) = lost_journal();
    let gone = Service::new();
    let run = env.command_with(["recover", &job]).service(&gone).code(9);
    let elsewhere = format!("`seededit recover {job} --base-url URL`");
    let forget = format!("`seededit history forget {job}` removes it for good");
    run.stderr_contains(&["the answer is kept", &elsewhere, &forget]).assert();
    assert_eq!(spooled(&env).len(), 1);
}

#[test]
fn only_a_person_removes_an_answer_without_a_job() {
    let (env, service, job) = lost_journal();
    env.command_with(["history", "forget", &job])
        .code(2)
        .stderr_contains(&["forgetting needs a confirmation"])
        .assert();
    env.command("history forget --before 2030-01-01 --yes").any_stderr().assert();
    assert_eq!(spooled(&env).len(), 1);
    env.command_with(["history", "forget", &job, "--yes"]).stderr_contains(&["1 answer removed"]).assert();
    env.command("recover").service(&service).stderr("note: nothing to recover\n").assert();
    assert!(spooled(&env).is_empty());
}

#[test]
fn the_hint_for_an_answer_of_a_sandbox_server_names_the_server() {
    let (env, server) = (
        TestEnv::with_picture(),
        Service::with_options(|options| {
            options.is_marked = true;
            options.faults = vec!["download-error=404:1".parse().unwrap()];
        }),
    );
    env.edit("-q --retries 0").service(&server).code(9).any_stderr().assert();
    let data = env.data_dir().join("sandbox");
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        fs::remove_file(data.join(name)).unwrap();
    }
    let name = fs::read_dir(data.join("spool")).unwrap().next().unwrap().unwrap().file_name();
    let job = name.to_str().unwrap().split('-').nth(1).unwrap().to_owned();
    let recover = format!("recover {job} --base-url {}", server.url());
    let forget = format!("`seededit history forget {job} --sandbox` removes it");
    let run = env.command("recover").service(&server).code(9);
    run.stderr_contains(&[&env.normalize(&format!("`seededit {recover}` writes")), &forget]).assert();
    // Without the server, its links are not followed, and the answer is not given up.
    let run = env.command_with(["recover", &job, "--sandbox"]).code(9);
    run.stderr_contains(&["the answer is kept", &format!("`seededit recover {job} --base-url URL`")])
        .assert();
    env.command(&recover).any_stderr().assert();
    assert!(env.path(format!("{job}.answer.jpg")).exists());
}

#[cfg(unix)]
#[test]
fn files_of_others_in_the_spool_are_neither_reported_nor_removed() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).any_stdout().assert();
    let spool = env.data_dir().join("spool");
    fs::write(spool.join("notes.txt"), "{}").unwrap();
    fs::write(spool.join("seededit-notes"), "").unwrap();
    fs::create_dir(spool.join("seededit-directory-1")).unwrap();
    for name in ["seededit-fifo-1", "pipe"] {
        assert!(std::process::Command::new("mkfifo").arg(spool.join(name)).status().unwrap().success());
    }
    env.command("recover").service(&service).stderr("note: nothing to recover\n").assert();
    env.command("edit in.png -p y -o other.jpg -q").service(&service).any_stdout().assert();
    let mut names: Vec<_> = fs::read_dir(&spool)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["notes.txt", "pipe", "seededit-directory-1", "seededit-fifo-1", "seededit-notes"]);
}

#[test]
fn an_answer_that_is_turned_into_a_file_leaves_no_temporary_file_of_its_edit_behind() {
    let (env, service, job) = lost_journal();
    // What a process leaves that was killed after it reserved its output.
    env.write(".seededit-0123456789abcdef.part", "");
    env.command_with(["recover", &job]).service(&service).any_stderr().assert();
    let mut expected = [format!("{job}.answer.jpg"), "in.png".into()];
    expected.sort();
    assert_eq!(env.file_names(), expected);
}

//! The journal: what it stores and when, and what happens if it cannot be used.

use std::collections::BTreeSet;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Connection;
use seededit::testing::sandbox::RetryAfter;
use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, answer, json_answer, may_mount, noise, rows, sha256};

/// Panics unless the edit is refused with this message and a hint, and nothing is sent.
fn ensure_nothing_is_sent(env: &TestEnv, message: &[&str]) {
    let service = Service::new();
    let message = ["error: ", "hint: "].iter().chain(message).copied().collect::<Vec<_>>();
    let output = env.edit("--json").service(&service).code(3).any_stdout().stderr_contains(&message).assert();
    assert_eq!(output.json()["error"]["charged"], "no");
    assert_eq!(service.ledger().posts(), 0);
    assert_eq!(env.file_names(), ["in.png"]);
}

#[test]
fn a_delivered_job_keeps_no_link_and_a_forgotten_one_nothing() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).stdout("out.jpg\n").assert();
    let job = env.only_job();
    let attempt = &job.attempts[0];
    assert_eq!(
        (job.state.as_str(), attempt.outcome.as_str(), attempt.usd),
        ("delivered", "charged", Some(0.0315))
    );
    assert_eq!(attempt.inference_id.as_deref(), service.ledger().charge(0)["inference_id"].as_str());
    assert_eq!(job.sha256.as_deref(), Some(sha256(&env.read("out.jpg")).as_str()));
    env.ensure_no_leftovers();
    let files_containing = |text: &[u8]| -> Vec<String> {
        let contains = |name: &String| {
            let bytes = fs::read(env.data_dir().join(name)).unwrap();
            bytes.windows(text.len()).any(|window| window == text)
        };
        env.data_files().into_iter().filter(contains).collect()
    };
    // SQLite's write-ahead log still contains it.
    assert!(!files_containing(b"X-Tos-Signature").contains(&"journal.db".to_owned()));
    env.command_with(["history", "forget", "--yes", job.id.as_str()]).stderr("✓ 1 job forgotten\n").assert();
    assert_eq!(files_containing(b"X-Tos-Signature"), [""; 0]);
    assert_eq!(files_containing(b"add a bird"), [""; 0]);
}

#[cfg(unix)]
#[test]
fn the_journal_is_readable_by_its_owner_only_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;

    let service = Service::with_faults(&["download-error=404"]);
    for umask in ["000", "022"] {
        let env = TestEnv::with_picture();
        fs::remove_dir(env.data_dir()).unwrap();
        let script = format!("umask {umask}; exec \"$0\" \"$@\"");
        let run = env.edit("-q --retries 0").service(&service).wrapped_in("sh", &["-c", &script]).code(9);
        run.any_stderr().assert();
        let mode = |name: &str| fs::metadata(env.data_dir().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(""), mode("journal.db"), mode("running")), (0o700, 0o600, 0o700), "umask {umask}");
        for name in env.data_files() {
            assert_eq!(mode(&name), 0o600, "{name} under umask {umask}");
        }
        let env = TestEnv::with_picture();
        let inline = "-q --response-format b64_json -o -";
        let script = format!("umask {umask}; exec \"$0\" \"$@\" >/dev/full");
        let run =
            env.command("edit in.png -p x").args(inline).service(&service).wrapped_in("sh", &["-c", &script]);
        run.code(9).any_stderr().assert();
        let spooled: Vec<String> =
            env.data_files().into_iter().filter(|name| name.starts_with("spool/")).collect();
        assert_eq!(spooled.len(), 1);
        let mode = |name: &str| fs::metadata(env.data_dir().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("spool"), mode(&spooled[0])), (0o700, 0o600), "umask {umask}");
    }
}

#[test]
fn sandbox_jobs_have_a_journal_of_their_own() {
    let env = TestEnv::with_picture();
    env.edit("-q --sandbox").stdout("out.jpg\n").assert();
    assert!(env.jobs().is_empty());
    let left = env.data_files();
    assert!(left.iter().all(|name| name.starts_with("sandbox/journal.db")) && !left.is_empty(), "{left:?}");
    env.command("history")
        .stderr("note: no jobs yet; the sandbox has a history of its own: `seededit history --sandbox`\n")
        .assert();
    let listed = env.command("history --sandbox --json").any_stdout().assert().json();
    assert_eq!(listed["state"], "delivered");
}

#[test]
#[ignore = "slow"]
fn each_attempt_is_recorded_with_its_own_id() {
    for fault in ["server-error=500:2", "server-error=503:2", "rate-limit:2"] {
        let env = TestEnv::with_picture();
        let service = Service::with_options(|options| {
            options.faults = vec![fault.parse().unwrap()];
            options.retry_after = Some(RetryAfter::Seconds(Duration::ZERO));
        });
        env.edit("-q").service(&service).stdout("out.jpg\n").assert();
        service.ledger().ensure_counts(3, 1);
        let job = env.only_job();
        let outcomes: Vec<&str> = job.attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
        assert_eq!((job.state.as_str(), outcomes), ("delivered", vec!["free", "free", "charged"]), "{fault}");
        let ids: Vec<String> = job.attempts.iter().map(|attempt| attempt.request_id.clone()).collect();
        assert_eq!(ids, service.ledger().request_ids(), "{fault}");
    }
}

#[test]
fn an_unknown_outcome_is_recorded_and_settled_by_the_usage_log_without_a_post() {
    for (fault, charged) in [
        ("reset-before-charge", false),
        ("reset-after-charge", true),
        ("cut-answer=0", true),
        ("cut-answer=40", true),
        ("gateway-after-charge=504", true),
        ("html-200", true),
        ("gzip-answer", true),
    ] {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[fault]));
        env.edit("-q --retries 5").service(&service).code(8).any_stderr().assert();
        let job = env.only_job();
        assert_eq!((job.state.as_str(), job.attempts[0].outcome.as_str()), ("unknown", "unknown"), "{fault}");
        let run = env.command("recover -q").service(&service).code(if charged { 10 } else { 0 });
        run.any_stderr().assert();
        let job = env.only_job();
        let expected = if charged { ("lost", "charged") } else { ("refused", "free") };
        assert_eq!((job.state.as_str(), job.attempts[0].outcome.as_str()), expected, "{fault}");
        service.ledger().ensure_counts(1, u64::from(charged));
        env.ensure_no_leftovers();
    }
}

#[test]
fn an_oversized_answer_is_used_for_its_link() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["endless-answer"]));
    env.edit("-q").service(&service).code(8).any_stderr().assert();
    env.command("recover -q").service(&service).stdout("[work]/out.jpg\n").assert();
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_gateway_error_stays_in_doubt_until_the_usage_log_has_a_row() {
    for fault in ["gateway=502", "gateway=504", "gateway=524", "empty=503", "redirect=307"] {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[fault]));
        env.edit("-q --retries 5").service(&service).code(8).any_stderr().assert();
        for _ in 0..2 {
            env.command("recover -q")
                .service(&service)
                .code(8)
                .stderr_contains(&["the usage log has no row for it yet"])
                .assert();
            assert_eq!(env.only_job().state, "unknown", "{fault}");
        }
        service.ledger().ensure_counts(1, 0);
    }
}

#[test]
fn a_timeout_stays_in_doubt_until_the_usage_log_has_a_row() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["stall-after-charge"]));
    env.edit("-q --timeout 900ms").service(&service).code(8).stderr_contains(&["no answer within"]).assert();
    assert_eq!(env.only_job().state, "unknown");
    env.command("recover -q").service(&service).code(10).any_stderr().assert();
    assert_eq!(env.only_job().state, "lost");
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_refusal_is_recorded_as_free() {
    for (fault, code) in [("no-credits", 5), ("unauthorized", 4), ("retired", 6), ("ark-error=400", 6)] {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[fault]));
        env.edit("-q -m bytedance/seededit-3.0-i2i").service(&service).code(code).any_stderr().assert();
        let job = env.only_job();
        assert_eq!((job.state.as_str(), job.attempts[0].outcome.as_str()), ("refused", "free"), "{fault}");
        env.command("recover").service(&service).stderr("note: nothing to recover\n").assert();
        env.command("recover --rerun").service(&service).stderr("note: nothing to recover\n").assert();
        service.ledger().ensure_counts(1, 0);
    }
}

#[test]
fn a_refused_output_leaves_no_job() {
    let (env, service) =
        (TestEnv::with_picture(), Service::with_options(|o| o.latency = Duration::from_millis(600)));
    let first = env.edit("-q").service(&service).stdout("out.jpg\n").spawn();
    while service.ledger().posts() == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    let second = env.edit("").service(&service).code(3).may_leave_temporary_files();
    second.stderr_contains(&["another seededit is writing out.jpg"]).assert();
    first.wait();
    assert_eq!(env.only_job().state, "delivered");
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn eight_processes_share_a_journal_and_recover_does_not_disturb_them() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = Duration::from_millis(700));
    let edits: Vec<_> = (0..8)
        .map(|n| {
            env.command(&format!("edit in.png -p x{n} -q -o out{n}.jpg"))
                .service(&service)
                .may_leave_temporary_files()
        })
        .map(|run| run.any_stdout().spawn())
        .collect();
    while service.ledger().posts() < 8 {
        // All jobs that it finds are running.
        let run = env.command("recover").service(&service).may_leave_temporary_files();
        run.stderr("note: nothing to recover\n").assert();
        let run = env.command("history -n 100 --json").may_leave_temporary_files();
        run.any_stdout().assert();
    }
    let mut seen = BTreeSet::new();
    for (n, edit) in edits.into_iter().enumerate() {
        assert_eq!(edit.wait().stdout, format!("out{n}.jpg\n").as_bytes());
        assert!(seen.insert(sha256(&env.read(format!("out{n}.jpg")))), "two results are the same");
    }
    service.ledger().ensure_counts(8, 8);
    let jobs = env.jobs();
    assert_eq!(jobs.len(), 8);
    assert!(jobs.iter().all(|job| job.state == "delivered"), "{jobs:?}");
    env.ensure_no_leftovers();
}

#[test]
fn two_concurrent_recovers_deliver_once() {
    let env = TestEnv::with_picture();
    let service = Service::with_faults(&["download-error=404:1", "slow-download"]);
    env.edit("-q --retries 0").service(&service).code(9).any_stderr().assert();
    let runs: Vec<_> = (0..4)
        .map(|_| {
            env.command("recover").service(&service).may_leave_temporary_files().any_stdout().any_stderr()
        })
        .map(|run| run.spawn())
        .collect();
    let printed: Vec<Vec<u8>> = runs.into_iter().map(|run| run.wait().stdout).collect();
    assert_eq!(printed.iter().filter(|text| !text.is_empty()).count(), 1, "{printed:?}");
    assert_eq!(env.file_names(), ["in.png", "out.jpg"]);
    assert_eq!(env.only_job().state, "delivered");
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn an_empty_database_becomes_a_journal() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    Connection::open(env.data_dir().join("journal.db")).unwrap().execute_batch("VACUUM").unwrap();
    env.edit("-q").service(&service).stdout("out.jpg\n").assert();
    assert_eq!(env.only_job().state, "delivered");
}

#[test]
fn a_newer_journal_is_refused_and_not_changed() {
    let env = TestEnv::with_picture();
    let file = env.data_dir().join("journal.db");
    let database = Connection::open(&file).unwrap();
    database.execute_batch("CREATE TABLE job (id TEXT, whatever TEXT); PRAGMA user_version = 999").unwrap();
    drop(database);
    let before = fs::read(&file).unwrap();
    ensure_nothing_is_sent(
        &env,
        &[
            "was created by a newer seededit (version 999",
            "use the newer seededit",
            "a new journal does not know what was paid for",
        ],
    );
    for command in ["recover", "history"] {
        env.command(command)
            .base_url("http://127.0.0.1:9")
            .code(3)
            .stderr_contains(&["was created by a newer seededit"])
            .assert();
    }
    let database = Connection::open(&file).unwrap();
    let columns: i64 =
        database.query_row("SELECT count(*) FROM pragma_table_info('job')", [], |row| row.get(0)).unwrap();
    assert_eq!(columns, 2);
    drop(database);
    assert_eq!(before.len(), fs::read(&file).unwrap().len());
}

#[test]
fn a_damaged_journal_is_refused_with_advice_and_never_overwritten() {
    let whole = {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        env.edit("-q").service(&service).stdout("out.jpg\n").assert();
        fs::read(env.data_dir().join("journal.db")).unwrap()
    };
    let mut scrambled = whole.clone();
    scrambled[100..4096].fill(0xa5);
    for (name, bytes) in
        [("not a database", b"these are somebody's notes".repeat(400)), ("a scrambled first page", scrambled)]
    {
        let env = TestEnv::with_picture();
        let file = env.data_dir().join("journal.db");
        fs::write(&file, &bytes).unwrap();
        ensure_nothing_is_sent(&env, &["is damaged", "the file was not changed: restore it from a backup"]);
        for command in ["recover", "history"] {
            let run = env.command(command).base_url("http://127.0.0.1:9").code(3);
            run.stderr_contains(&["is damaged", "restore it from a backup"]).assert();
        }
        assert_eq!(fs::read(&file).unwrap(), bytes, "{name}");
    }
}

#[test]
fn an_unreadable_job_is_mentioned_and_does_not_stop_other_jobs() {
    for damage in ["state = 'mystery'", "state = 'sent', prompt = x'00ff'"] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        env.edit("-q").service(&service).stdout("out.jpg\n").assert();
        let job = env.only_job().id;
        env.execute_sql(&format!("UPDATE job SET {damage}"));
        env.command("edit in.png y -q -o second.jpg").service(&service).stdout("second.jpg\n").assert();
        service.ledger().ensure_counts(2, 2);

        let history = env.command("history").service(&service).any_stdout();
        let mention = format!("1 job cannot be read in the journal, and may have been paid for: {job}");
        let output = history.stderr_contains(&[&mention]).assert();
        assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1, "{damage}");
        assert_eq!(output.stderr.matches("cannot be read").count(), 1, "{damage}");

        // It is neither forgotten nor finished, and nothing is paid.
        let message = format!("the journal's entry for job {job} cannot be read");
        let record = env.command("recover --rerun --json").service(&service).code(8).any_stdout();
        let record = record.stderr_contains(&[&message]).assert().json();
        assert_eq!((&record["job"], &record["error"]["charged"]), (&json!(job), &json!("unknown")));
        env.command("history forget --before 2100-01-01 --yes").service(&service).any_stderr().assert();
        let database = Connection::open(env.data_dir().join("journal.db")).unwrap();
        let left: String = database.query_row("SELECT id FROM job", [], |row| row.get(0)).unwrap();
        assert_eq!(left, job);
        service.ledger().ensure_counts(2, 2);
    }
}

#[test]
fn a_row_whose_job_cannot_be_read_is_not_paid_again() {
    for damage in ["state = 'mystery'", "prompt = x'00ff'"] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        env.write_manifest(&rows(1));
        env.batch("-q", &service).any_stdout().assert();
        env.execute_sql(&format!("UPDATE job SET {damage}"));
        fs::remove_dir_all(env.path("out")).unwrap();
        env.batch("-q", &service).code(3).stderr_contains(&["the journal", "cannot be used"]).assert();
        service.ledger().ensure_counts(1, 1);
    }
}

#[test]
fn a_locked_journal_is_waited_for() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).stdout("out.jpg\n").assert();
    let lock = Connection::open(env.data_dir().join("journal.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let running =
        env.command("edit in.png -p y -q -o second.jpg").service(&service).stdout("second.jpg\n").spawn();
    thread::sleep(Duration::from_millis(700));
    assert_eq!(service.ledger().posts(), 1, "sent before it was recorded");
    lock.execute_batch("COMMIT").unwrap();
    drop(lock);
    running.wait();
    service.ledger().ensure_counts(2, 2);
}

#[test]
#[ignore = "slow"]
fn the_process_that_locks_the_journal_too_long_is_named_and_nothing_is_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).stdout("out.jpg\n").assert();
    let lock = Connection::open(env.data_dir().join("journal.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let this_process = format!("is in use by process {}", std::process::id());
    let owner =
        if cfg!(target_os = "linux") { this_process.as_str() } else { "is in use by another process" };
    let started = Instant::now();
    let run = env.command("edit in.png -p y -o second.jpg").service(&service).code(3);
    run.stderr_contains(&[owner, "nothing was sent; wait until it is done"]).assert();
    assert!(started.elapsed() >= Duration::from_secs(5), "it did not wait");
    drop(lock);
    service.ledger().ensure_counts(1, 1);
    assert_eq!(env.jobs().len(), 1);
}

#[test]
fn without_a_data_directory_nothing_is_sent() {
    let env = TestEnv::with_picture();
    fs::remove_dir(env.data_dir()).unwrap();
    fs::write(env.data_dir(), "a file").unwrap();
    ensure_nothing_is_sent(
        &env,
        &[
            "cannot use the journal in [data]",
            "SEEDEDIT_DATA_DIR; a new journal does not know what was paid for",
        ],
    );
    // A directory at the path of the journal.
    let env = TestEnv::with_picture();
    fs::create_dir(env.data_dir().join("journal.db")).unwrap();
    ensure_nothing_is_sent(&env, &["SEEDEDIT_DATA_DIR"]);
    // A file at the path of the directory with the lock files.
    let env = TestEnv::with_picture();
    fs::write(env.data_dir().join("running"), "a file").unwrap();
    ensure_nothing_is_sent(&env, &["SEEDEDIT_DATA_DIR"]);
}

#[cfg(target_os = "linux")]
#[test]
fn if_the_output_disk_is_full_nothing_is_sent() {
    if !may_mount() {
        return;
    }
    for extra in ["", "--then y"] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        fs::create_dir(env.path("small")).unwrap();
        let script = "mount -t tmpfs -o size=8k none small && exec \"$0\" \"$@\"";
        let edit = env.command("edit in.png -p x -o small/out.jpg").args(extra).service(&service);
        edit.wrapped_in("unshare", &["-m", "sh", "-c", script])
            .code(3)
            .stderr_contains(&["cannot write small/out.jpg: the disk is full"])
            .assert();
        assert_eq!(service.ledger().posts(), 0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn if_the_result_does_not_fit_on_the_output_disk_recover_delivers_it() {
    if !may_mount() {
        return;
    }
    let picture = noise(1400, 1100);
    for is_inline in [false, true] {
        let env = TestEnv::with_picture();
        let picture = picture.clone();
        let served = picture.clone();
        let server = RawServer::new(move |connection| {
            let Some(request) = connection.read_request() else { return };
            if request.line.starts_with("GET") {
                connection.send(&answer(200, "image/png", &served, ""));
                return;
            }
            let item = match is_inline {
                true => json!({"b64_json": STANDARD.encode(&served)}),
                false => json!({"url": format!("http://{}/x", request.header("host").unwrap())}),
            };
            connection.send(&json_answer(200, &json!({"data": [item]}), ""));
        });
        fs::create_dir(env.path("small")).unwrap();
        // Enough for what is reserved.
        let script = "mount -t tmpfs -o size=4300k none small && exec \"$0\" \"$@\"";
        let edit = env.command("edit in.png -p x -o small/out.png").base_url(&server.url());
        let run = edit.wrapped_in("unshare", &["-m", "sh", "-c", script]).code(9);
        run.stderr_contains(&[
            "could not be saved: the disk is full",
            "run `seededit recover --base-url http://127.0.0.1:[port]` to fetch it, with --to DIR",
        ])
        .assert();
        assert_eq!(env.only_job().state, "answered");
        env.command("recover -q --to .").base_url(&server.url()).stdout("./out.png\n").assert();
        assert!(env.read_answer("out.png") == picture);
        assert_eq!(server.posts(), 1);
        env.ensure_no_leftovers();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn if_the_output_disk_is_read_only_recover_delivers_the_result() {
    if !may_mount() {
        return;
    }
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = Duration::from_secs(1));
    fs::create_dir(env.path("later")).unwrap();
    // After the output is reserved, and while the service works.
    let remount = "for _ in $(seq 500); do [ -n \"$(ls -A later)\" ] && break; sleep 0.02; done; sleep 0.2; \
                   mount -o remount,ro later";
    let script = format!("mount -t tmpfs none later || exit 1; ({remount}) & exec \"$0\" \"$@\"");
    let edit = env.command("edit in.png -p x -o later/out.jpg").service(&service);
    let run = edit.wrapped_in("unshare", &["-m", "sh", "-c", &script]).any_outcome().assert();
    // The reserved output is open for writing, so the system may refuse to remount its file system.
    assert!(matches!(run.code, Some(0 | 9)), "{:?}: {}", run.code, run.stderr);
    // A file system that is read-only from the start is noticed before anything is sent.
    let script = "mount -t tmpfs -o ro none later && exec \"$0\" \"$@\"";
    let edit = env.command("edit in.png -p x -o later/out.jpg").service(&service);
    edit.wrapped_in("unshare", &["-m", "sh", "-c", script])
        .code(3)
        .stderr_contains(&["cannot write to the directory later: the file system is read-only"])
        .assert();
    service.ledger().ensure_counts(1, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn without_disk_space_for_the_answer_nothing_is_sent() {
    if !may_mount() {
        return;
    }
    for (size, extra) in [("1m", ""), ("6m", "--response-format b64_json")] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        let script =
            format!("mount -t tmpfs -o size={size} none \"$SEEDEDIT_DATA_DIR\" && exec \"$0\" \"$@\"");
        let edit =
            env.edit(extra).service(&service).wrapped_in("unshare", &["-m", "sh", "-c", &script]).code(3);
        edit.stderr_contains(&["cannot reserve disk space for the answer", "nothing was sent; free space"])
            .assert();
        assert_eq!((service.ledger().posts(), env.file_names()), (0, vec!["in.png".to_owned()]));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_during_the_call_still_stores_the_answer() {
    if !may_mount() {
        return;
    }
    for (size, extra) in [("5m", ""), ("14m", "--response-format b64_json")] {
        let env = TestEnv::with_picture();
        let service = Service::with_options(|options| options.latency = Duration::from_secs(2));
        fs::create_dir(env.path("small")).unwrap();
        let script = format!(
            "mount -t tmpfs -o size={size} none \"$SEEDEDIT_DATA_DIR\"
             {{ for _ in $(seq 500); do [ -e sent ] && break; sleep 0.02; done
             mkdir small/a.jpg; cat /dev/zero >\"$SEEDEDIT_DATA_DIR/fill\" 2>/dev/null; }} &
             \"$0\" \"$@\"; echo $? >code; wait
             \"$0\" history --json >history; exec \"$0\" recover -q --to ."
        );
        // The result cannot replace a directory.
        let edit = env.command("edit in.png -p x -q --force -o small/a.jpg").args(extra).service(&service);
        let running =
            edit.wrapped_in("unshare", &["-m", "sh", "-c", &script]).any_stdout().any_stderr().spawn();
        while service.ledger().posts() == 0 {
            thread::sleep(Duration::from_millis(20));
        }
        env.write("sent", "");
        let output = running.wait();
        assert_eq!(env.read("code"), b"9\n", "{}", output.stderr);
        let listed: serde_json::Value = serde_json::from_slice(&env.read("history")).unwrap();
        assert_eq!(
            (&listed["state"], &listed["usd"]),
            (&"answered".into(), &0.0315.into()),
            "{}",
            output.stderr
        );
        assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("a.jpg")), "{size}");
        service.ledger().ensure_counts(1, 1);
    }
}

#[test]
fn a_journal_that_was_emptied_is_not_taken_for_a_new_one() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let args = "edit in.png x --keep-size -o out.png -q";
    env.command(args).service(&service).any_stdout().any_stderr().assert();
    let file = env.data_dir().join("journal.db");
    for name in ["journal.db-wal", "journal.db-shm"] {
        fs::remove_file(env.data_dir().join(name)).ok();
    }
    fs::write(&file, "").unwrap();
    fs::remove_file(env.path("out.png")).unwrap();
    ensure_nothing_is_sent(&env, &["is empty, and was not", "restore it from a backup"]);
    assert_eq!(fs::read(&file).unwrap(), b"");
    // Without any other trace, it is new: a process that creates it may be killed before it writes anything.
    fs::remove_dir_all(env.data_dir().join("answers")).unwrap();
    env.command("history").stderr("note: no jobs yet\n").assert();
}

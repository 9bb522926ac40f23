//! What is written down, when, and what happens when it cannot be.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use seededit::testing::sandbox::RetryAfter;

use crate::support::{Place, Service, sha256};

/// Fails unless the edit is refused here and nothing was sent.
fn ensure_nothing_is_sent(place: &Place, saying: &[&str]) {
    let service = Service::new();
    let saying = ["error: ", "hint: "].iter().chain(saying).copied().collect::<Vec<_>>();
    let done = place.edit("--json").on(&service).exits(3).prints_anything().saying(&saying).done();
    assert_eq!(done.json()["error"]["charged"], "no");
    assert_eq!(service.ledger().posts(), 0);
    assert_eq!(place.names(), ["in.png"]);
}

#[test]
fn of_a_delivered_job_no_link_is_kept_and_of_a_forgotten_one_nothing() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.edit("-q").on(&service).prints("out.jpg\n").done();
    let entry = place.entry();
    let post = &entry.attempts[0];
    assert_eq!(
        (entry.state.as_str(), post.outcome.as_str(), post.usd),
        ("delivered", "charged", Some(0.0315))
    );
    assert_eq!(post.inference_id.as_deref(), service.ledger().charge(0)["inference_id"].as_str());
    assert_eq!(entry.sha256.as_deref(), Some(sha256(&place.read("out.jpg")).as_str()));
    place.ensure_data_is_tidy();
    let holding = |text: &[u8]| -> Vec<String> {
        let held = |name: &String| {
            let bytes = fs::read(place.data().join(name)).unwrap();
            bytes.windows(text.len()).any(|window| window == text)
        };
        place.data_files().into_iter().filter(held).collect()
    };
    // The log that the pages were changed by has it until it is put away.
    assert!(!holding(b"X-Tos-Signature").contains(&"journal.db".to_owned()));
    place.run(["history", "forget", "--yes", entry.job.as_str()]).says("✓ 1 job forgotten\n").done();
    assert_eq!(holding(b"X-Tos-Signature"), [""; 0]);
    assert_eq!(holding(b"add a bird"), [""; 0]);
}

#[cfg(unix)]
#[test]
fn the_journal_is_for_its_owner_only_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;

    let service = Service::faulty(&["download-error=404"]);
    for umask in ["000", "022"] {
        let place = Place::with_picture();
        fs::remove_dir(place.data()).unwrap();
        let script = format!("umask {umask}; exec \"$0\" \"$@\"");
        let run = place.edit("-q --retries 0").on(&service).under("sh", &["-c", &script]).exits(9);
        run.says_anything().done();
        let mode = |name: &str| fs::metadata(place.data().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(""), mode("journal.db"), mode("running")), (0o700, 0o600, 0o700), "umask {umask}");
        for name in place.data_files() {
            assert_eq!(mode(&name), 0o600, "{name} under umask {umask}");
        }
        let place = Place::with_picture();
        let inline = "-q --response-format b64_json -o -";
        let script = format!("umask {umask}; exec \"$0\" \"$@\" >/dev/full");
        let run = place.words("edit in.png -p x").args(inline).on(&service).under("sh", &["-c", &script]);
        run.exits(9).says_anything().done();
        let spooled: Vec<String> =
            place.data_files().into_iter().filter(|name| name.starts_with("spool/")).collect();
        assert_eq!(spooled.len(), 1);
        let mode = |name: &str| fs::metadata(place.data().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("spool"), mode(&spooled[0])), (0o700, 0o600), "umask {umask}");
    }
}

#[test]
fn play_stands_in_a_journal_of_its_own() {
    let place = Place::with_picture();
    place.edit("-q --sandbox").prints("out.jpg\n").done();
    assert!(place.entries().is_empty());
    let left = place.data_files();
    assert!(left.iter().all(|name| name.starts_with("sandbox/journal.db")) && !left.is_empty(), "{left:?}");
    place
        .words("history")
        .says("note: no jobs yet; the sandbox has a history of its own: `seededit history --sandbox`\n")
        .done();
    let listed = place.words("history --sandbox --json").prints_anything().done().json();
    assert_eq!(listed["state"], "delivered");
}

#[test]
fn each_attempt_is_written_down_by_its_own_name() {
    for fault in ["server-error=500:2", "server-error=503:2", "rate-limit:2"] {
        let place = Place::with_picture();
        let service = Service::with(|options| {
            options.faults = vec![fault.parse().unwrap()];
            options.retry_after = Some(RetryAfter::Seconds(Duration::ZERO));
        });
        place.edit("-q").on(&service).prints("out.jpg\n").done();
        service.ledger().ensure(3, 1);
        let entry = place.entry();
        let outcomes: Vec<&str> = entry.attempts.iter().map(|post| post.outcome.as_str()).collect();
        assert_eq!(
            (entry.state.as_str(), outcomes),
            ("delivered", vec!["free", "free", "charged"]),
            "{fault}"
        );
        let ids: Vec<String> = entry.attempts.iter().map(|post| post.request_id.clone()).collect();
        assert_eq!(ids, service.ledger().ids(), "{fault}");
    }
}

#[test]
fn what_became_of_it_is_written_down_and_settled_by_the_log_without_a_post() {
    for (fault, charged) in [
        ("reset-before-charge", false),
        ("reset-after-charge", true),
        ("cut-answer=0", true),
        ("cut-answer=40", true),
        ("gateway-after-charge=504", true),
        ("html-200", true),
        ("gzip-answer", true),
    ] {
        let (place, service) = (Place::with_picture(), Service::faulty(&[fault]));
        place.edit("-q --retries 5").on(&service).exits(8).says_anything().done();
        let entry = place.entry();
        assert_eq!(
            (entry.state.as_str(), entry.attempts[0].outcome.as_str()),
            ("unknown", "unknown"),
            "{fault}"
        );
        let run = place.words("recover -q").on(&service).exits(if charged { 10 } else { 0 });
        run.says_anything().done();
        let entry = place.entry();
        let expected = if charged { ("lost", "charged") } else { ("refused", "free") };
        assert_eq!((entry.state.as_str(), entry.attempts[0].outcome.as_str()), expected, "{fault}");
        service.ledger().ensure(1, u64::from(charged));
        place.ensure_data_is_tidy();
    }
}

#[test]
fn an_answer_with_too_much_in_it_is_used_for_the_link_in_it() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["endless-answer"]));
    place.edit("-q").on(&service).exits(8).says_anything().done();
    place.words("recover -q").on(&service).prints("[work]/out.jpg\n").done();
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&place.read("out.jpg")));
    service.ledger().ensure(1, 1);
}

#[test]
fn what_a_gateway_said_stays_in_doubt_until_the_log_has_a_row() {
    for fault in ["gateway=502", "gateway=504", "gateway=524", "empty=503", "redirect=307"] {
        let (place, service) = (Place::with_picture(), Service::faulty(&[fault]));
        place.edit("-q --retries 5").on(&service).exits(8).says_anything().done();
        for _ in 0..2 {
            place
                .words("recover -q")
                .on(&service)
                .exits(8)
                .saying(&["the usage log has no row for it yet"])
                .done();
            assert_eq!(place.entry().state, "unknown", "{fault}");
        }
        service.ledger().ensure(1, 0);
    }
}

#[test]
fn silence_past_the_deadline_is_in_doubt_until_the_log_tells() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["stall-after-charge"]));
    place.edit("-q --timeout 900ms").on(&service).exits(8).saying(&["no answer within"]).done();
    assert_eq!(place.entry().state, "unknown");
    place.words("recover -q").on(&service).exits(10).says_anything().done();
    assert_eq!(place.entry().state, "lost");
    service.ledger().ensure(1, 1);
}

#[test]
fn a_refusal_is_written_down_as_one_that_cost_nothing() {
    for (fault, code) in [("no-credits", 5), ("unauthorized", 4), ("retired", 6), ("ark-error=400", 6)] {
        let (place, service) = (Place::with_picture(), Service::faulty(&[fault]));
        place.edit("-q").on(&service).exits(code).says_anything().done();
        let entry = place.entry();
        assert_eq!(
            (entry.state.as_str(), entry.attempts[0].outcome.as_str()),
            ("refused", "free"),
            "{fault}"
        );
        place.words("recover").on(&service).says("note: nothing to recover\n").done();
        place.words("recover --rerun").on(&service).says("note: nothing to recover\n").done();
        service.ledger().ensure(1, 0);
    }
}

#[test]
fn an_output_that_is_refused_leaves_no_entry() {
    let (place, service) = (Place::with_picture(), Service::with(|o| o.latency = Duration::from_millis(600)));
    let first = place.edit("-q").on(&service).prints("out.jpg\n").start();
    while service.ledger().posts() == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    let second = place.edit("").on(&service).exits(3).may_leave_its_hidden_file();
    second.saying(&["another seededit is writing out.jpg"]).done();
    first.end();
    assert_eq!(place.entry().state, "delivered");
    service.ledger().ensure(1, 1);
}

#[test]
fn eight_processes_share_a_journal_and_recover_leaves_them_alone() {
    let place = Place::with_picture();
    let service = Service::with(|options| options.latency = Duration::from_millis(700));
    let edits: Vec<_> = (0..8)
        .map(|n| {
            place
                .words(&format!("edit in.png -p x{n} -q -o out{n}.jpg"))
                .on(&service)
                .may_leave_its_hidden_file()
        })
        .map(|run| run.prints_anything().start())
        .collect();
    while service.ledger().posts() < 8 {
        // Whatever it finds, it is nothing that is dead.
        let run = place.words("recover").on(&service).may_leave_its_hidden_file();
        run.says("note: nothing to recover\n").done();
        let run = place.words("history -n 100 --json").may_leave_its_hidden_file();
        run.prints_anything().done();
    }
    let mut seen = BTreeSet::new();
    for (n, edit) in edits.into_iter().enumerate() {
        assert_eq!(edit.end().stdout, format!("out{n}.jpg\n").as_bytes());
        assert!(seen.insert(sha256(&place.read(format!("out{n}.jpg")))), "two results are the same");
    }
    service.ledger().ensure(8, 8);
    let entries = place.entries();
    assert_eq!(entries.len(), 8);
    assert!(entries.iter().all(|entry| entry.state == "delivered"), "{entries:?}");
    place.ensure_data_is_tidy();
}

#[test]
fn two_recovers_at_once_deliver_once() {
    let place = Place::with_picture();
    let service = Service::faulty(&["download-error=404:1", "slow-download"]);
    place.edit("-q --retries 0").on(&service).exits(9).says_anything().done();
    let runs: Vec<_> = (0..4)
        .map(|_| {
            place.words("recover").on(&service).may_leave_its_hidden_file().prints_anything().says_anything()
        })
        .map(|run| run.start())
        .collect();
    let printed: Vec<Vec<u8>> = runs.into_iter().map(|run| run.end().stdout).collect();
    assert_eq!(printed.iter().filter(|text| !text.is_empty()).count(), 1, "{printed:?}");
    assert_eq!(place.names(), ["in.png", "out.jpg"]);
    assert_eq!(place.entry().state, "delivered");
    service.ledger().ensure(1, 1);
}

#[test]
fn an_empty_journal_of_no_version_is_brought_up_to_date() {
    let (place, service) = (Place::with_picture(), Service::new());
    Connection::open(place.data().join("journal.db")).unwrap().execute_batch("VACUUM").unwrap();
    place.edit("-q").on(&service).prints("out.jpg\n").done();
    assert_eq!(place.entry().state, "delivered");
}

#[test]
fn a_newer_journal_is_refused_and_left_as_it_is() {
    let place = Place::with_picture();
    let file = place.data().join("journal.db");
    let database = Connection::open(&file).unwrap();
    database.execute_batch("CREATE TABLE job (id TEXT, whatever TEXT); PRAGMA user_version = 999").unwrap();
    drop(database);
    let before = fs::read(&file).unwrap();
    ensure_nothing_is_sent(
        &place,
        &["was created by a newer seededit (version 999", "use the newer seededit"],
    );
    for command in ["recover", "history"] {
        place
            .words(command)
            .at("http://127.0.0.1:9")
            .exits(3)
            .saying(&["was created by a newer seededit"])
            .done();
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
        let (place, service) = (Place::with_picture(), Service::new());
        place.edit("-q").on(&service).prints("out.jpg\n").done();
        fs::read(place.data().join("journal.db")).unwrap()
    };
    let mut scrambled = whole.clone();
    scrambled[100..4096].fill(0xa5);
    for (what, bytes) in
        [("not a database", b"these are somebody's notes".repeat(400)), ("a scrambled first page", scrambled)]
    {
        let place = Place::with_picture();
        let file = place.data().join("journal.db");
        fs::write(&file, &bytes).unwrap();
        ensure_nothing_is_sent(&place, &["is damaged", "the file was not changed: restore it from a backup"]);
        for command in ["recover", "history"] {
            let run = place.words(command).at("http://127.0.0.1:9").exits(3);
            run.saying(&["is damaged", "restore it from a backup"]).done();
        }
        assert_eq!(fs::read(&file).unwrap(), bytes, "{what}");
    }
}

#[test]
fn a_journal_in_use_is_waited_for() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.edit("-q").on(&service).prints("out.jpg\n").done();
    let held = Connection::open(place.data().join("journal.db")).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let running =
        place.words("edit in.png -p y -q -o second.jpg").on(&service).prints("second.jpg\n").start();
    thread::sleep(Duration::from_millis(700));
    assert_eq!(service.ledger().posts(), 1, "sent before it was written down");
    held.execute_batch("COMMIT").unwrap();
    drop(held);
    running.end();
    service.ledger().ensure(2, 2);
}

#[test]
fn who_has_the_journal_for_too_long_is_named_and_nothing_is_sent() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.edit("-q").on(&service).prints("out.jpg\n").done();
    let held = Connection::open(place.data().join("journal.db")).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    let me = format!("is in use by process {}", std::process::id());
    let who = if cfg!(target_os = "linux") { me.as_str() } else { "is in use by another process" };
    let started = Instant::now();
    let run = place.words("edit in.png -p y -o second.jpg").on(&service).exits(3);
    run.saying(&[who, "nothing was sent; wait until it is done"]).done();
    assert!(started.elapsed() >= Duration::from_secs(5), "it did not wait");
    drop(held);
    service.ledger().ensure(1, 1);
    assert_eq!(place.entries().len(), 1);
}

#[test]
fn without_a_place_for_the_journal_nothing_is_sent() {
    let place = Place::with_picture();
    fs::remove_dir(place.data()).unwrap();
    fs::write(place.data(), "a file").unwrap();
    ensure_nothing_is_sent(&place, &["cannot use the journal in [data]", "SEEDEDIT_DATA_DIR"]);
    // A directory in the journal's place.
    let place = Place::with_picture();
    fs::create_dir(place.data().join("journal.db")).unwrap();
    ensure_nothing_is_sent(&place, &["SEEDEDIT_DATA_DIR"]);
    // Something in the place of the claims.
    let place = Place::with_picture();
    fs::write(place.data().join("running"), "a file").unwrap();
    ensure_nothing_is_sent(&place, &["SEEDEDIT_DATA_DIR"]);
}

/// Whether this process may give a run file systems of its own; says so where it may not.
fn may_mount() -> bool {
    let tried = Command::new("unshare").args(["-m", "sh", "-c", "mount -t tmpfs none /mnt"]).output();
    let may = tried.is_ok_and(|output| output.status.success());
    if !may {
        use std::io::Write as _;
        writeln!(std::io::stderr(), "skipped: the tests of a full disk need the right to mount one").unwrap();
    }
    may
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_output_keeps_the_result_for_recover() {
    if !may_mount() {
        return;
    }
    for further in ["", "--response-format b64_json"] {
        let (place, service) = (Place::with_picture(), Service::new());
        fs::create_dir(place.path("small")).unwrap();
        let script = "mount -t tmpfs -o size=8k none small && exec \"$0\" \"$@\"";
        let edit = place.words("edit in.png -p x -o small/out.jpg").args(further).on(&service);
        let run = edit.under("unshare", &["-m", "sh", "-c", script]).exits(9);
        run.saying(&[
            "could not be saved: the disk is full",
            "run `seededit recover` to fetch it, with --to DIR",
        ])
        .done();
        assert_eq!(place.entry().state, "answered");
        place.words("recover -q --to .").on(&service).prints("./out.jpg\n").done();
        assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&place.read("out.jpg")));
        service.ledger().ensure(1, 1);
        place.ensure_data_is_tidy();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_system_that_may_only_be_read_keeps_the_result_for_recover() {
    if !may_mount() {
        return;
    }
    let place = Place::with_picture();
    let service = Service::with(|options| options.latency = Duration::from_millis(600));
    fs::create_dir(place.path("later")).unwrap();
    let script = "mount -t tmpfs none later && { sleep 0.3; mount -o remount,ro later; } & sleep 0.1; exec \"$0\" \"$@\"";
    let edit = place.words("edit in.png -p x -o later/out.jpg").on(&service);
    let run = edit.under("unshare", &["-m", "sh", "-c", script]).ends_anyhow().done();
    // The kept place is open for writing, so the system may refuse to make it read-only.
    assert!(matches!(run.code, Some(0 | 9)), "{:?}: {}", run.code, run.said);
    // Read-only from the start: refused before anything is sent.
    let script = "mount -t tmpfs -o ro none later && exec \"$0\" \"$@\"";
    let edit = place.words("edit in.png -p x -o later/out.jpg").on(&service);
    edit.under("unshare", &["-m", "sh", "-c", script])
        .exits(3)
        .saying(&["cannot write later/out.jpg"])
        .done();
    service.ledger().ensure(1, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn without_room_for_the_answer_nothing_is_sent() {
    if !may_mount() {
        return;
    }
    for (room, further) in [("1m", ""), ("6m", "--response-format b64_json")] {
        let (place, service) = (Place::with_picture(), Service::new());
        let script =
            format!("mount -t tmpfs -o size={room} none \"$SEEDEDIT_DATA_DIR\" && exec \"$0\" \"$@\"");
        let edit = place.edit(further).on(&service).under("unshare", &["-m", "sh", "-c", &script]).exits(3);
        edit.saying(&["cannot reserve disk space for the answer", "nothing was sent; free space"]).done();
        assert_eq!((service.ledger().posts(), place.names()), (0, vec!["in.png".to_owned()]));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_meanwhile_still_takes_the_answer() {
    if !may_mount() {
        return;
    }
    for (room, further) in [("5m", ""), ("14m", "--response-format b64_json")] {
        let place = Place::with_picture();
        let service = Service::with(|options| options.latency = Duration::from_millis(800));
        fs::create_dir(place.path("small")).unwrap();
        let script = format!(
            "mount -t tmpfs -o size={room} none \"$SEEDEDIT_DATA_DIR\"; mount -t tmpfs -o size=8k none small
             {{ sleep 0.4; cat /dev/zero >\"$SEEDEDIT_DATA_DIR/fill\" 2>/dev/null; }} &
             \"$0\" \"$@\"; echo $? >code; wait
             \"$0\" history --json >history; exec \"$0\" recover -q --to ."
        );
        let edit = place.words("edit in.png -p x -q -o small/a.jpg").args(further).on(&service);
        let run = edit.under("unshare", &["-m", "sh", "-c", &script]).prints_anything().says_anything();
        let done = run.done();
        assert_eq!(place.read("code"), b"9\n", "{}", done.said);
        let listed: serde_json::Value = serde_json::from_slice(&place.read("history")).unwrap();
        assert_eq!((&listed["state"], &listed["usd"]), (&"answered".into(), &0.0315.into()), "{}", done.said);
        assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&place.read("a.jpg")), "{room}");
        service.ledger().ensure(1, 1);
    }
}

//! Chains: `--then` edits a result again.

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Connection;
use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, jpeg, json_answer, sha256};

#[test]
fn each_step_edits_the_link_of_the_step_before() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let output =
        env.edit("--json --seed 3 --then second --then third").service(&service).any_stdout().assert();
    service.ledger().ensure_counts(3, 3);
    let record = output.json();
    // One record for all three steps, with their total price.
    assert_eq!(
        (&record["usd"], &record["prompt"], &record["seed"]),
        (&json!(0.0945), &json!("third"), &json!(3))
    );
    // The other steps have their prompts, and their attempts are counted.
    let steps: Vec<_> = record["earlier_steps"].as_array().unwrap().iter().collect();
    let found: Vec<_> = steps.iter().map(|step| (&step["prompt"], &step["attempts"], &step["usd"])).collect();
    let usd = &json!(0.0315);
    assert_eq!(found, [(&json!("add a bird"), &json!(1), usd), (&json!("second"), &json!(1), usd)]);
    assert_eq!(record["attempts"], 3);
    let handed_on: Vec<_> =
        env.jobs().into_iter().filter(|job| job.state == "handed-on").map(|job| json!(job.id)).collect();
    assert!(steps.iter().all(|step| handed_on.contains(&step["job"])), "{handed_on:?}: {record}");
    let ledger = service.ledger();
    // The service read the first results through their links. They are downloaded only to be kept.
    assert_eq!((ledger.downloads(), env.file_names()), (3, vec!["in.png".to_owned(), "out.jpg".to_owned()]));
    assert_eq!(ledger.charge(2)["result_sha256"], sha256(&env.read_answer("out.jpg")));
    let states: Vec<_> = env.jobs().into_iter().map(|job| job.state).collect();
    assert_eq!(states.iter().filter(|state| *state == "handed-on").count(), 2, "{states:?}");
    env.command("recover").service(&service).stderr("note: nothing to recover\n").assert();
}

#[test]
fn steps_are_saved_on_request_each_with_its_own_price() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let output = env.edit("--json --then second --keep-steps").service(&service).any_stdout().assert();
    let records = output.json_lines();
    let found: Vec<_> =
        records.iter().map(|record| (record["output"].clone(), record["usd"].clone())).collect();
    assert_eq!(found, [(json!("out-step1.jpg"), json!(0.0315)), (json!("out.jpg"), json!(0.0315))]);
    assert!(records.iter().all(|record| record["attempts"] == 1 && record.get("earlier_steps").is_none()));
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out-step1.jpg")));
}

#[test]
fn a_chain_counts_as_one_job_however_many_of_its_steps_are_kept() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let row = |name: &str| json!({"image": "in.png", "prompt": name, "then": ["b", "c"], "output": name});
    env.write_manifest(&[row("a.jpg"), row("b.jpg")]);
    let run = env.batch("--keep-steps", &service).any_stdout();
    run.stderr_contains(&["2 tasks: 2 made  $0.189"]).assert();
    service.ledger().ensure_counts(6, 6);
}

#[test]
fn the_time_of_a_chain_is_that_of_all_its_steps() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_millis(300));
    let output = env.edit("--json --then second --then third").service(&service).any_stdout().assert();
    assert!(output.json()["elapsed_ms"].as_u64().unwrap() >= 900, "{}", output.json());
}

#[test]
fn if_a_later_step_fails_the_paid_result_is_saved_and_named() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.balance = "0.0315".parse().unwrap());
    let run = env.edit("--then second").service(&service).code(5).stdout("out-step1.jpg\n");
    run.stderr_contains(&[
        "✓ out-step1.jpg",
        "error: step 2 of 2 (results of earlier steps are saved: out-step1.jpg): You've run out of credits",
    ])
    .assert();
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out-step1.jpg")));
    assert_eq!(env.file_names(), ["in.png", "out-step1.jpg"]);
}

#[test]
fn an_inline_result_is_uploaded_to_the_next_step() {
    let env = TestEnv::with_picture();
    let service = Service::new();
    env.edit("-q --then second --response-format b64_json").service(&service).any_stdout().assert();
    service.ledger().ensure_counts(2, 2);
    assert_eq!(service.ledger().downloads(), 0);
    assert_eq!(service.ledger().charge(1)["image_sha256"], service.ledger().charge(0)["result_sha256"]);
}

#[test]
fn a_chain_in_a_batch_continues_after_the_last_paid_step() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.balance = "0.0315".parse().unwrap());
    let row = json!({"image": "in.png", "prompt": "first", "then": ["second"], "output": "o.jpg"});
    env.write_manifest(std::slice::from_ref(&row));
    env.batch_exits("", &service, 5);
    assert_eq!(env.file_names(), ["in.png", "m.jsonl", "o-step1.jpg"]);
    // The same journal, with a service at the same address that has enough balance.
    let url = service.url();
    drop(service);
    let richer = Service::with_options(|options| {
        options.listen = url.strip_prefix("http://").unwrap().parse().unwrap()
    });
    let output = env.batch("--dry-run --price 0.0315", &richer).any_stdout().assert();
    let planned = String::from_utf8(output.stdout).unwrap();
    assert!(
        planned.ends_with("1 task: 1 to do, 0 done\n1 edit at $0.0315: $0.0315, if unchanged\n"),
        "{planned}"
    );
    env.batch("", &richer).stdout("o.jpg\n").any_stderr().assert();
    let ledger = richer.ledger();
    ledger.ensure_counts(1, 1);
    assert_eq!(ledger.charge(0)["prompt"], "second");
    assert_eq!(ledger.charge(0)["image_sha256"], sha256(&env.read_answer("o-step1.jpg")));
    env.batch("", &richer).any_stderr().assert();
    richer.ledger().ensure_counts(1, 1);
}

/// A service that has run out of credit after the first step of a chain, and one at its address that has enough.
fn poor_and_rich(env: &TestEnv, args: &str) -> Service {
    let service = Service::with_options(|options| options.balance = "0.0315".parse().unwrap());
    env.command(args).service(&service).code(5).any_stdout().any_stderr().assert();
    let url = service.url();
    drop(service);
    Service::with_options(|options| options.listen = url.strip_prefix("http://").unwrap().parse().unwrap())
}

#[test]
fn the_same_command_continues_a_chain_that_ended_between_its_steps() {
    for seed in ["", " --seed 7"] {
        let args = format!("edit in.png first --then second -o out.jpg{seed}");
        let env = TestEnv::with_picture();
        let richer = poor_and_rich(&env, &args);
        let again = |extra: &str| env.command(&args).args(extra).service(&richer);
        let note = "note: 1 step of 2 of this edit is saved by an earlier run, so it continues from there and pays for 1 step; \
                    --pay-again pays for all of them\n";
        let planned = again("--dry-run --price 1 --json").any_stdout().assert().json();
        assert_eq!((&planned["usd"], &planned["request"]["body"]["prompt"]), (&json!(1.0), &json!("second")));
        again("").stdout("out.jpg\n").stderr_contains(&[note]).assert();
        let ledger = richer.ledger();
        ledger.ensure_counts(1, 1);
        assert_eq!(ledger.charge(0)["prompt"], "second");
        assert_eq!(ledger.charge(0)["image_sha256"], sha256(&env.read_answer("out-step1.jpg")));
        // The edit is complete, so that the next one is a new one.
        again("-f").stdout("out.jpg\n").any_stderr().assert();
        richer.ledger().ensure_counts(3, 3);
    }
}

#[test]
fn a_saved_step_is_not_used_if_it_was_changed_or_the_user_pays_for_all() {
    let args = "edit in.png first --then second -o out.jpg";
    for (extra, is_changed) in [("--pay-again", false), ("", true), ("--seed 9", false), ("-p third", false)]
    {
        let env = TestEnv::with_picture();
        let richer = poor_and_rich(&env, args);
        if is_changed {
            env.write("out-step1.jpg", "changed");
        }
        let run = if extra == "-p third" {
            env.command("edit in.png -p third --then second -o out.jpg")
        } else {
            env.command(args).args(extra)
        };
        run.service(&richer).stdout("out.jpg\n").any_stderr().assert();
        richer.ledger().ensure_counts(2, 2);
    }
}

#[test]
fn a_chain_whose_process_goes_on_is_not_continued() {
    let args = "edit in.png first --then second -o out.jpg";
    let env = TestEnv::with_picture();
    let richer = poor_and_rich(&env, args);
    let journal = Connection::open(env.data_dir().join("journal.db")).unwrap();
    let step: String =
        journal.query_row("SELECT id FROM job WHERE delivered IS NOT NULL", [], |row| row.get(0)).unwrap();
    // As its process holds it until it has the lock of the next step.
    let lock = fs::File::create(env.data_dir().join("running").join(step)).unwrap();
    lock.lock().unwrap();
    let again = |extra: &str| env.command(args).args(extra).service(&richer);
    again("--reuse").code(8).stderr_contains(&["the same edit is in progress"]).assert();
    richer.ledger().ensure_counts(0, 0);
    // A new edit.
    again("").stdout("out.jpg\n").any_stderr().assert();
    richer.ledger().ensure_counts(2, 2);
    drop(lock);
}

#[test]
fn a_process_keeps_the_lock_of_a_saved_step_until_the_next_one_is_paid_for() {
    let env = TestEnv::with_picture();
    let (release, released) = channel();
    let released = Mutex::new(released);
    let server = RawServer::new(move |connection| {
        while let Some(request) = connection.read_request() {
            if String::from_utf8_lossy(&request.body).contains("second") {
                released.lock().unwrap().recv().unwrap();
            }
            let results = json!([{"b64_json": STANDARD.encode(jpeg(64, 48))}]);
            connection.send(&json_answer(200, &json!({"data": results}), ""));
        }
    });
    let edit = || env.edit("--then second --keep-steps").base_url(&server.url());
    let first = edit().any_stdout().any_stderr().may_leave_temporary_files().spawn();
    while server.posts() < 2 {
        thread::sleep(Duration::from_millis(5));
    }
    let journal = Connection::open(env.data_dir().join("journal.db")).unwrap();
    let step: String =
        journal.query_row("SELECT id FROM job WHERE delivered IS NOT NULL", [], |row| row.get(0)).unwrap();
    let lock = fs::File::open(env.data_dir().join("running").join(step)).unwrap();
    assert!(matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)), "the saved step is not locked");
    let second = edit().arg("--reuse").code(8).may_leave_temporary_files();
    second.stderr_contains(&["the same edit is in progress"]).assert();
    assert_eq!(server.posts(), 2);
    release.send(()).unwrap();
    first.wait();
    assert_eq!(server.posts(), 2);
}

#[test]
fn chains_of_several_pictures_continue_after_their_saved_steps() {
    let env = TestEnv::with_picture();
    env.write("b.png", crate::support::png(80, 60));
    let args = "edit in.png b.png -p first --then second -d out -j 1";
    let richer = poor_and_rich(&env, args);
    let planned = env.command(args).args("--dry-run --json --price 1").service(&richer).any_stdout();
    assert_eq!(planned.assert().json_lines().last().unwrap()["edits"], 3);
    env.command(args).service(&richer).any_stdout().any_stderr().assert();
    richer.ledger().ensure_counts(3, 3);
}

#[test]
fn a_chain_with_a_step_in_doubt_is_not_counted_as_to_do() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    env.write_manifest(&[
        json!({"image": "in.png", "prompt": "first", "then": ["second"], "output": "o.jpg"}),
    ]);
    env.batch_exits("", &service, 8);
    let output = env.batch("--dry-run", &service).any_stdout().assert();
    let planned = String::from_utf8(output.stdout).unwrap();
    let held =
        "line 1: in.png: not sent: a step of it was or may have been paid for, and has no result yet\n";
    let totals = "1 task: 0 to do, 0 done, 1 paid for or in doubt, without a result";
    assert!(planned.starts_with(&format!("{held}{totals}")), "{planned}");
    env.batch_exits("", &service, 8);
    service.ledger().ensure_counts(1, 1);
}

/// An environment with a chain whose second step is in doubt and whose first result is saved, and its service.
fn second_step_in_doubt(extra: &str) -> (TestEnv, Service, String) {
    // The first fault is harmless, so that the second one hits the second step.
    let (env, service) =
        (TestEnv::with_picture(), Service::with_faults(&["no-meta:1", "reset-after-charge:1"]));
    let run = env.edit("-q --seed 3 --then second").args(extra).service(&service).code(8);
    run.stdout("out-step1.jpg\n").any_stderr().assert();
    let job = env.jobs().into_iter().find(|job| job.state == "unknown").unwrap().id;
    (env, service, job)
}

#[test]
fn a_step_is_paid_again_with_the_saved_result_of_the_step_before() {
    for extra in ["", "--response-format b64_json"] {
        let (env, service, job) = second_step_in_doubt(extra);
        let run = env.command_with(["recover", "-q", "--pay-again", &job]).service(&service);
        run.stdout("[work]/out.jpg\n").assert();
        let ledger = service.ledger();
        ledger.ensure_counts(3, 3);
        assert_eq!(ledger.charge(2)["image_sha256"], sha256(&env.read_answer("out-step1.jpg")), "{extra}");
        assert_eq!(ledger.charge(2)["result_sha256"], sha256(&env.read_answer("out.jpg")), "{extra}");
        assert_eq!((&ledger.charge(2)["prompt"], &ledger.charge(2)["seed"]), (&json!("second"), &json!(3)));
    }
}

#[test]
fn a_step_is_not_paid_again_if_the_result_of_the_step_before_is_missing_or_has_changed() {
    let (env, service, job) = second_step_in_doubt("");
    let pay_again = || env.command_with(["recover", "--pay-again", &job]).service(&service).code(3);
    let saved = env.read("out-step1.jpg");
    env.write("out-step1.jpg", b"another picture");
    let message = format!("[work]/out-step1.jpg, the picture of job {job} and the result of job ");
    pay_again().stderr_contains(&[&message, ", has changed\n", "restore that file"]).assert();
    std::fs::remove_file(env.path("out-step1.jpg")).unwrap();
    pay_again().stderr_contains(&[&message, ", is missing\n", "restore that file"]).assert();
    service.ledger().ensure_counts(2, 2);
    env.write("out-step1.jpg", saved);
    env.command_with(["recover", "-q", "--pay-again", &job]).service(&service).any_stdout().assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn a_step_is_not_paid_again_if_the_result_of_the_step_before_was_not_saved() {
    let (env, service, job) = second_step_in_doubt("");
    env.execute_sql("UPDATE job SET state = 'handed-on', sha256 = NULL WHERE state = 'delivered'");
    let pay_again = || env.command_with(["recover", "--pay-again", &job]).service(&service).code(3);
    pay_again().stderr_contains(&["which is not saved as [work]/out-step1.jpg"]).assert();
    env.execute_sql("DELETE FROM attempt WHERE job <> (SELECT id FROM job WHERE state = 'unknown')");
    env.execute_sql("DELETE FROM job WHERE state = 'handed-on'");
    pay_again().stderr_contains(&["[work]/out-step1.jpg, and the journal no longer has that step"]).assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_chain_continues_with_the_result_that_can_be_read() {
    for (extra, code) in [("", 0), ("--keep-steps", 10)] {
        let env = TestEnv::with_picture();
        let posts = AtomicUsize::new(0);
        let server = RawServer::new(move |connection| {
            while connection.read_request().is_some() {
                let picture = json!({"b64_json": STANDARD.encode(jpeg(64, 48))});
                let results = match posts.fetch_add(1, Ordering::SeqCst) {
                    0 => json!([{"b64_json": "bm8gcGljdHVyZQ=="}, picture]),
                    _ => json!([picture]),
                };
                connection.send(&json_answer(200, &json!({"data": results}), ""));
            }
        });
        let run = env.edit("-q --then second").args(extra).base_url(&server.url()).code(code);
        let steps = if code == 0 { "" } else { "out-step1.jpg\n" };
        run.stdout(format!("{steps}out.jpg\n")).any_stderr().assert();
        assert_eq!(server.posts(), 2);
        assert_eq!(env.read_answer("out.jpg"), jpeg(64, 48));
    }
}

//! `recover`: delivering paid results and settling jobs in doubt.

use std::fs;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, answer, as_delivered, json_answer, rows, sha256};

/// An environment with a job that is answered but not delivered, and its service, which now has no faults.
fn undelivered(extra: &str) -> (TestEnv, Service) {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:1"]));
    env.edit("-q --retries 0")
        .args(extra)
        .service(&service)
        .code(9)
        .stderr_contains(&["run `seededit recover --base-url http://127.0.0.1:[port]` to fetch it"])
        .assert();
    assert_eq!(env.only_job().state, "answered");
    (env, service)
}

/// An environment with a job in doubt, and its service.
fn in_doubt(fault: &str) -> (TestEnv, Service) {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[fault]));
    env.edit("-q --seed 7").service(&service).code(8).stderr_contains(&["it may have been charged"]).assert();
    assert_eq!(env.only_job().state, "unknown");
    (env, service)
}

/// Panics unless `picture` is the first result that the service charged.
fn ensure_served(service: &Service, picture: &[u8]) {
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&as_delivered(picture)));
}

#[test]
fn a_stored_answer_is_delivered_without_a_post() {
    let (env, service) = undelivered("");
    let run = env.command("recover").service(&service).stderr_contains(&[
        "✓ ",
        "out.jpg  1152×864 jpeg",
        "$0.0315",
    ]);
    run.stdout("[work]/out.jpg\n").assert();
    ensure_served(&service, &env.read("out.jpg"));
    service.ledger().ensure_counts(1, 1);
    let job = env.only_job();
    assert_eq!((job.state.as_str(), job.attempts[0].has_complete_answer), ("delivered", false));
    env.command("recover").service(&service).stderr("note: nothing to recover\n").assert();
    env.ensure_no_leftovers();
}

#[test]
fn a_recovered_result_has_the_usual_json_record() {
    let (env, service) = undelivered("--seed 5");
    let record = env.command("recover --json").service(&service).any_stdout().any_stderr().assert().json();
    assert_eq!(
        (&record["status"], &record["seed"], &record["usd"]),
        (&json!("ok"), &json!(5), &json!(0.0315))
    );
    assert_eq!(record["job"], env.only_job().id);
    assert_eq!(record["sha256"], sha256(&env.read("out.jpg")));
    assert_eq!(record["output"], env.path("out.jpg").to_str().unwrap());
}

#[test]
fn a_result_can_be_sent_to_another_directory() {
    let (env, service) = undelivered("");
    env.command("recover --to in.png")
        .service(&service)
        .code(3)
        .stderr_contains(&["cannot create in.png", "name another directory with --to"])
        .assert();
    // A missing directory is created.
    env.command("recover -q --to elsewhere").service(&service).stdout("elsewhere/out.jpg\n").assert();
    ensure_served(&service, &env.read("elsewhere/out.jpg"));
    assert_eq!(env.file_names(), ["elsewhere", "in.png"]);
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_job_is_found_by_the_beginning_of_its_id() {
    let (env, service) = undelivered("");
    // Another service, because the first one no longer fails.
    let other = Service::with_faults(&["download-error=404:1"]);
    env.command("edit in.png -p x -o other.jpg -q --retries 0").service(&other).code(9).any_stderr().assert();
    // The ids of new jobs begin with random digits.
    let jobs: Vec<String> = env.jobs().into_iter().map(|job| job.id).collect();
    for (job, id) in jobs.iter().zip(["sharedfirst", "sharedsecond"]) {
        env.execute_sql(&format!(
            "PRAGMA foreign_keys = OFF;
             UPDATE job SET id = '{id}' WHERE id = '{job}'; UPDATE attempt SET job = '{id}' WHERE job = '{job}';"
        ));
    }
    let run = env.command("recover shared").service(&service).code(3);
    run.stderr_contains(&["matches several jobs"]).assert();
    env.command("recover nosuchjob")
        .service(&service)
        .code(3)
        .stderr_contains(&["no job `nosuchjob`"])
        .assert();
    env.command("recover -q sharedf").service(&service).stdout("[work]/out.jpg\n").assert();
    let second = env.jobs().into_iter().find(|job| job.id == "sharedsecond").unwrap();
    assert_eq!(second.state, "answered");
}

#[test]
fn a_missing_output_directory_keeps_the_job() {
    let (env, service) =
        (TestEnv::with_picture(), Service::with_options(|o| o.latency = Duration::from_millis(500)));
    fs::create_dir(env.path("out")).unwrap();
    let run = env.command("edit in.png -p x -o out/a.jpg -q").service(&service).code(9);
    let running = run
        .stderr_contains(&[
            "could not be saved",
            "run `seededit recover --base-url http://127.0.0.1:[port]` to fetch it, with --to DIR",
        ])
        .spawn();
    while service.ledger().posts() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    fs::remove_dir_all(env.path("out")).unwrap();
    running.wait();
    // Without this file, `recover` would create the directory again.
    env.write("out", "a file");
    env.command("recover -q").service(&service).code(9).stderr_contains(&["could not be saved"]).assert();
    assert_eq!(env.only_job().state, "answered");
    env.command("recover -q --to .").service(&service).stdout("./a.jpg\n").assert();
    ensure_served(&service, &env.read("a.jpg"));
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_missing_output_directory_is_created_again() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:1"]));
    let args = "edit in.png -p x -o out/a.jpg -q --retries 0";
    env.command(args).service(&service).code(9).any_stderr().assert();
    fs::remove_dir_all(env.path("out")).unwrap();
    env.command("recover -q").service(&service).stdout("[work]/out/a.jpg\n").assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_result_for_a_pipe_is_recovered_to_the_working_directory() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = env.command("edit in.png -p x -o - -q").service(&service);
    run.wrapped_in("sh", &["-c", "exec \"$0\" \"$@\" >/dev/full"])
        .code(9)
        .stderr_contains(&["could not be saved"])
        .assert();
    assert_eq!(env.file_names(), ["in.png"]);
    env.command("recover -q").service(&service).stdout("in-edited.jpg\n").assert();
    ensure_served(&service, &env.read("in-edited.jpg"));
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_closed_pipe_does_not_lose_the_paid_result() {
    // The path cannot be printed, but the picture is saved.
    let (env, service) =
        (TestEnv::with_picture(), Service::with_options(|o| o.latency = Duration::from_millis(300)));
    let script = "{ \"$0\" \"$@\"; echo $? >code; } | true";
    env.edit("").service(&service).wrapped_in("sh", &["-c", script]).any_stderr().assert();
    ensure_served(&service, &env.read("out.jpg"));
    assert_eq!((env.read("code"), env.only_job().state.as_str()), (b"0\n".to_vec(), "delivered"));
    // The picture itself cannot be printed, but it is not lost.
    let script = "{ \"$0\" \"$@\"; echo $? >code; } | true";
    let run = env.command("edit in.png -p y -o -").service(&service).wrapped_in("sh", &["-c", script]);
    run.any_stderr().assert();
    assert_eq!(env.read("code"), b"9\n");
    env.command("recover -q").service(&service).stdout("in-edited.jpg\n").assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_charge_without_an_answer_is_reported_with_its_id_and_price() {
    let (env, service) = in_doubt("reset-after-charge");
    let id = service.ledger().charge(0)["inference_id"].as_str().unwrap().to_owned();
    let output = env.command("recover --json").service(&service).code(10).any_stdout().any_stderr().assert();
    let error = &output.json()["error"];
    assert_eq!(
        (&error["kind"], &error["charged"], &error["usd"], &error["inference_id"]),
        (&json!("lost"), &json!("yes"), &json!(0.0315), &json!(id))
    );
    assert!(output.stderr.contains("ask the service's support"), "{}", output.stderr);
    env.command("recover").service(&service).stderr("note: nothing to recover\n").assert();
    service.ledger().ensure_counts(1, 1);
    assert_eq!(env.only_job().state, "lost");
}

#[test]
#[ignore = "slow"]
fn the_usage_log_is_requested_until_wait_is_over() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| {
        options.faults = vec!["reset-after-charge".parse().unwrap()];
        options.log_lag = Duration::from_secs(3);
    });
    env.edit("-q").service(&service).code(8).any_stderr().assert();
    let run = env.command("recover").service(&service).code(8);
    run.stderr_contains(&["the usage log has no row for it yet", "--wait 10m", "--pay-again"]).assert();
    assert_eq!(env.only_job().state, "unknown");
    let output = env
        .command("recover --wait 40s")
        .service(&service)
        .code(10)
        .stderr_contains(&["price $0.0315"])
        .assert();
    assert!(output.elapsed < Duration::from_secs(30), "{:?}", output.elapsed);
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn rerun_sends_an_uncharged_job_again_with_the_same_seed() {
    let (env, service) = in_doubt("reset-before-charge:1");
    env.command("recover")
        .service(&service)
        .stderr_contains(&["was not charged", "--rerun runs it again"])
        .assert();
    assert_eq!(env.only_job().state, "refused");
    service.ledger().ensure_counts(1, 0);
    let waiting = "note: nothing to recover; 1 job known not to be charged, which --rerun runs again\n";
    env.command("recover").service(&service).stderr(waiting).assert();
    env.command("recover -q --rerun").service(&service).stdout("[work]/out.jpg\n").assert();
    service.ledger().ensure_counts(2, 1);
    assert_eq!(service.ledger().charge(0)["seed"], 7);
    ensure_served(&service, &env.read("out.jpg"));
    let job = env.only_job();
    let outcomes: Vec<&str> = job.attempts.iter().map(|attempt| attempt.outcome.as_str()).collect();
    assert_eq!((job.state.as_str(), outcomes), ("delivered", vec!["free", "charged"]));
    env.command("recover --rerun").service(&service).stderr("note: nothing to recover\n").assert();
    service.ledger().ensure_counts(2, 1);
}

#[test]
fn rerun_pays_nothing_if_the_output_exists_with_skip() {
    let env = TestEnv::with_picture();
    let service = Service::with_faults(&["reset-before-charge:1"]);
    let args = "edit in.png x -q -o out.jpg --if-exists skip";
    env.command(args).service(&service).code(8).any_stderr().assert();
    env.command("recover").service(&service).stderr_contains(&["was not charged"]).assert();
    env.command(args).service(&service).stdout("out.jpg\n").any_stderr().assert();
    let paid = env.read("out.jpg");
    env.command("recover --rerun").service(&service).code(3).stderr_contains(&["out.jpg exists"]).assert();
    service.ledger().ensure_counts(2, 1);
    assert_eq!((env.read("out.jpg"), env.file_names()), (paid, vec!["in.png".into(), "out.jpg".into()]));
}

#[test]
fn rerun_never_replaces_a_newer_file() {
    let env = TestEnv::with_picture();
    let service = Service::with_faults(&["reset-before-charge:1"]);
    env.command("edit in.png x -q -f -o out.jpg").service(&service).code(8).any_stderr().assert();
    env.command("recover").service(&service).stderr_contains(&["was not charged"]).assert();
    env.command("edit in.png y -q -f -o out.jpg").service(&service).stdout("out.jpg\n").any_stderr().assert();
    let newer = env.read("out.jpg");
    env.command("recover -q --rerun").service(&service).stdout("[work]/out-2.jpg\n").assert();
    assert_eq!(env.read("out.jpg"), newer);
    service.ledger().ensure_counts(3, 2);
}

#[test]
fn rerun_refuses_a_changed_picture() {
    let (env, service) = in_doubt("reset-before-charge:1");
    env.write("in.png", crate::support::png(80, 60));
    let run = env.command("recover --rerun").service(&service).code(3);
    run.stderr_contains(&["has changed since job"]).assert();
    service.ledger().ensure_counts(1, 0);
}

#[test]
fn a_lost_job_is_paid_again_only_by_name_and_gives_the_same_picture() {
    let (env, service) = in_doubt("reset-after-charge:1");
    let job = env.only_job().id;
    env.command("recover -q").service(&service).code(10).any_stderr().assert();
    env.command("recover --rerun").service(&service).stderr("note: nothing to recover\n").assert();
    let named = env.command_with(["recover", &job]).service(&service).code(10);
    named.stderr_contains(&["no answer was received", "hint: `seededit recover --pay-again"]).assert();
    service.ledger().ensure_counts(1, 1);
    env.command_with(["recover", "-q", "--pay-again", &job])
        .service(&service)
        .stdout("[work]/out.jpg\n")
        .assert();
    service.ledger().ensure_counts(2, 2);
    let ledger = service.ledger();
    assert_eq!(ledger.charge(0)["result_sha256"], ledger.charge(1)["result_sha256"], "the same picture");
    ensure_served(&service, &env.read("out.jpg"));
    let run = env.command_with(["recover", "--pay-again", &job]).service(&service).code(3);
    run.stderr_contains(&["is delivered, not lost or unknown"]).assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
#[ignore = "slow"]
fn of_several_processes_that_pay_again_one_pays_and_the_others_say_why_they_do_not() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| {
        options.faults = vec!["reset-after-charge:1".parse().unwrap()];
        options.latency = Duration::from_secs(2);
    });
    env.edit("-q").service(&service).code(8).any_stderr().assert();
    let job = env.only_job().id;
    let runs = [0; 4]
        .map(|_| env.command_with(["recover", "--pay-again", &job]).service(&service).any_outcome().spawn());
    let (winners, losers): (Vec<_>, Vec<_>) =
        runs.map(|run| run.wait()).into_iter().partition(|run| run.code == Some(0));
    assert_eq!((winners.len(), losers.len()), (1, 3));
    for loser in losers {
        assert_eq!(loser.code, Some(3), "{}", loser.stderr);
        let message = format!("another process is working on job {job}\n");
        assert!(loser.stderr.contains(&message), "{}", loser.stderr);
    }
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn the_later_steps_of_a_chain_are_mentioned() {
    for in_batch in [false, true] {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
        env.write("m.jsonl", r#"{"image":"in.png","prompt":"a","then":"b","output":"out.jpg","seed":3}"#);
        let (args, next) = if in_batch {
            ("batch m.jsonl -q", "run the same `seededit batch` command again")
        } else {
            (
                "edit in.png a --then b -o out.jpg --seed 3 -q",
                "run the same command again to continue with this result",
            )
        };
        env.command(args).service(&service).code(8).any_stderr().assert();
        let job = env.only_job().id;
        env.command("recover -q").service(&service).code(10).any_stderr().assert();
        env.command_with(["recover", "--pay-again", &job])
            .service(&service)
            .stdout("[work]/out-step1.jpg\n")
            .stderr_contains(&["is step 1 of several, and the later steps were not run", next])
            .assert();
        service.ledger().ensure_counts(2, 2);
        env.command(args).service(&service).stdout("out.jpg\n").assert();
        service.ledger().ensure_counts(3, 3);
    }
}

#[test]
fn a_recovered_merge_says_that_no_mask_was_written() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:1"]));
    let args = "edit in.png -p x --preserve -o out.png --mask-out mask.png -q --retries 0";
    env.command(args).service(&service).code(9).any_stderr().assert();
    env.command("recover")
        .service(&service)
        .stdout("[work]/out.png\n")
        .stderr_contains(&["no mask or overlay was written", "seededit merge ORIGINAL RESULT"])
        .assert();
    assert_eq!(env.file_names(), ["in.png", "out.png"]);
}

#[test]
fn a_lost_job_whose_rerun_is_refused_stays_lost() {
    let (env, service) = in_doubt("reset-after-charge:1");
    let job = env.only_job().id;
    env.command("recover -q").service(&service).code(10).any_stderr().assert();
    let refusing = Service::with_faults(&["no-credits"]);
    let url = refusing.url();
    // In the journal, the job now belongs to this service.
    env.execute_sql(&format!("UPDATE job SET base_url = '{url}'"));
    env.command_with(["recover", "-q", "--pay-again", &job]).service(&refusing).code(5).any_stderr().assert();
    assert_eq!(env.only_job().state, "lost");
    env.command("recover --rerun").service(&refusing).stderr("note: nothing to recover\n").assert();
    refusing.ledger().ensure_counts(1, 0);
    env.command_with(["history", "forget", "--yes", &job])
        .code(3)
        .stderr_contains(&["is lost, and is not forgotten"])
        .assert();
}

#[test]
fn a_job_is_settled_at_its_own_service_and_the_key_is_sent_nowhere_else() {
    let (env, service) = in_doubt("reset-after-charge");
    let elsewhere = RawServer::always_sending(json_answer(200, &json!({"data": []}), ""));
    let here = service.url();
    let run = env.command("recover").base_url(&elsewhere.url()).code(8);
    run.stderr_contains(&["it was sent to http://127.0.0.1:[port]", "`seededit recover --base-url "])
        .assert();
    assert_eq!((elsewhere.connections(), env.only_job().state.as_str()), (0, "unknown"));
    let url = elsewhere.url();
    env.write_config(&format!("base_url = \"{url}\"\n[profiles.there]\nbase_url = \"{here}\"\n"));
    let with_key = |args: &str| env.command(args).env("SEEDEDIT_API_KEY", crate::support::KEY);
    with_key("recover").code(8).stderr_contains(&["`seededit recover --profile there` asks there"]).assert();
    let job = env.only_job().id;
    with_key("recover --pay-again").arg(job).code(3).stderr_contains(&["--profile there"]).assert();
    assert_eq!(elsewhere.connections(), 0);
    with_key("recover --profile there").code(10).any_stderr().assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_service_without_a_usage_log_is_reported() {
    let gone = json_answer(404, &json!({"error": {"message": "no such path", "code": "NotFound"}}), "");
    let server = RawServer::new(move |connection| match connection.read_request() {
        Some(request) if request.line.starts_with("POST") => connection.reset(),
        _ => {
            connection.send(&gone);
            connection.finish();
        }
    });
    let env = TestEnv::with_picture();
    env.edit("-q").base_url(&server.url()).code(8).any_stderr().assert();
    let run = env.command("recover").base_url(&server.url()).code(8);
    run.stderr_contains(&[
        "this service has no usage log, so the outcome stays unknown",
        "ask the service's support",
    ])
    .assert();
    assert_eq!((server.posts(), env.only_job().state.as_str()), (1, "unknown"));
}

#[test]
#[ignore = "slow"]
fn an_expired_link_is_lost_with_its_id_and_price() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| {
        options.faults = vec!["download-error=500:1".parse().unwrap()];
        // Longer than the edit takes, also on a busy machine.
        options.link_ttl = Duration::from_secs(8);
    });
    env.edit("-q --retries 0").service(&service).code(9).any_stderr().assert();
    std::thread::sleep(Duration::from_millis(9100));
    let run = env.command("recover").service(&service).code(10);
    run.stderr_contains(&["the link to the picture expired at", "inference id [id]", "price $0.0315"])
        .assert();
    assert_eq!(env.only_job().state, "lost");
    service.ledger().ensure_counts(1, 1);
    env.command("recover").service(&service).stderr("note: nothing to recover\n").assert();
}

/// A service whose link to the picture was signed at `signed` for one hour. The picture host refuses it and has the clock
/// `now`.
fn service_with_expiring_link(signed: Timestamp, now: Timestamp) -> RawServer {
    let date = signed.strftime("%Y%m%dT%H%M%SZ").to_string();
    let clock = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap();
    RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let here = format!("http://{}", request.header("host").unwrap());
        if request.line.starts_with("GET") {
            connection.send(&answer(403, "application/xml", b"<Error/>", &format!("Date: {clock}\r\n")));
        } else {
            let link = format!("{here}/x.jpeg?X-Tos-Date={date}&X-Tos-Expires=3600&X-Tos-Signature=5ecret");
            connection.send(&json_answer(200, &json!({"data": [{"url": link}]}), "x-inference-id: 0-1\r\n"));
        }
        connection.finish();
    })
}

#[test]
fn link_expiry_follows_the_clock_of_the_server() {
    let day = SignedDuration::from_hours(25);
    let now = Timestamp::now();
    for (signed, server_clock, code) in [
        // The local clock is a day ahead of the server's, by which the link is still valid.
        (now - day, now - day, 9),
        // The local clock is a day behind the server's, by which the link has expired.
        (now + day, now + day + SignedDuration::from_hours(2), 10),
        (now - day, now - day + SignedDuration::from_mins(61), 10),
    ] {
        let (env, server) = (TestEnv::with_picture(), service_with_expiring_link(signed, server_clock));
        env.edit("-q --retries 0").base_url(&server.url()).code(code).any_stderr().assert();
        let state = if code == 9 { "answered" } else { "lost" };
        assert_eq!(env.only_job().state, state);
        env.command("recover")
            .base_url(&server.url())
            .code(if code == 9 { 9 } else { 0 })
            .any_stderr()
            .assert();
        assert_eq!((env.only_job().state.as_str(), server.posts()), (state, 1));
    }
}

#[test]
fn a_job_is_settled_even_if_the_local_clock_is_a_day_off() {
    for hours in [-25, 25] {
        let (env, service) = in_doubt("reset-after-charge");
        env.execute_sql(&format!("UPDATE attempt SET sent = sent + {hours} * 3600 * 1000"));
        env.command("recover -q").service(&service).code(10).stderr_contains(&["price $0.0315"]).assert();
        assert_eq!(env.only_job().state, "lost", "{hours} h");
        let (env, service) = in_doubt("reset-before-charge");
        env.execute_sql(&format!("UPDATE attempt SET sent = sent + {hours} * 3600 * 1000"));
        env.command("recover -q").service(&service).assert();
        assert_eq!(env.only_job().state, "refused", "{hours} h");
    }
}

#[test]
fn without_a_key_recover_does_what_needs_none_and_names_the_rest() {
    let (env, service) = undelivered("");
    env.command("recover -q").env("SEEDEDIT_BASE_URL", service.url()).stdout("[work]/out.jpg\n").assert();
    let (env, service) = in_doubt("reset-after-charge");
    let run = env.command("recover").env("SEEDEDIT_BASE_URL", service.url()).code(4);
    run.stderr_contains(&["store a key with `seededit auth login`"]).assert();
    assert_eq!(env.only_job().state, "unknown");
}

#[test]
fn unfinished_jobs_are_mentioned_once_and_only_in_text_output() {
    let (env, service) = undelivered("");
    let note = "note: 1 unfinished job from before; `seededit recover` finishes what it can, and \
                `seededit history forget JOB` dismisses jobs of a local server that is gone\n";
    let edit = |extra: &str| env.command("edit in.png -p x").args(extra).service(&service).any_stdout();
    edit("-o a.jpg").stderr_contains(&[note]).assert();
    edit("-o b.jpg -q").assert();
    let json = edit("-o c.jpg --json").any_stderr().assert();
    assert!(!json.stderr.contains("unfinished"), "{}", json.stderr);
    assert_eq!(json.json_lines().len(), 1);
    env.command("history").any_stdout().stderr(note).assert();
}

#[cfg(unix)]
#[test]
fn files_of_a_killed_run_are_removed() {
    use nix::sys::signal::Signal;

    let (env, service) =
        (TestEnv::with_picture(), Service::with_options(|o| o.latency = Duration::from_secs(20)));
    let running = env.edit("-q").service(&service).any_outcome().spawn();
    while service.ledger().posts() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    // `recover` ignores a job while its process is running.
    env.command("recover")
        .service(&service)
        .may_leave_temporary_files()
        .stderr("note: nothing to recover\n")
        .assert();
    running.signal(Signal::SIGKILL);
    assert_eq!(running.wait().code, None);
    assert_eq!(env.file_names().len(), 2, "{:?}", env.file_names());
    env.command("recover -q").service(&service).code(8).any_stderr().assert();
    assert_eq!(env.file_names(), ["in.png"]);
    env.ensure_no_leftovers();
    assert_eq!(service.ledger().posts(), 1);
}

#[cfg(unix)]
#[test]
fn two_signals_exit_at_once_and_recover_continues() {
    use nix::sys::signal::Signal;

    let (env, service) =
        (TestEnv::with_picture(), Service::with_options(|o| o.latency = Duration::from_secs(20)));
    let running = env.edit("").service(&service).code(130).may_leave_temporary_files();
    let running = running.stderr_contains(&["`seededit recover` checks it"]).spawn();
    while service.ledger().posts() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    running.signal(Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(200));
    running.signal(Signal::SIGINT);
    assert!(running.wait().elapsed < Duration::from_secs(10));
    env.command("recover -q").service(&service).code(8).any_stderr().assert();
    assert_eq!(env.only_job().state, "unknown");
    env.ensure_no_leftovers();
    assert_eq!((service.ledger().posts(), env.file_names()), (1, vec!["in.png".to_owned()]));
}

#[test]
fn the_charged_one_of_two_usage_rows_counts() {
    for (first, second) in [("succeeded", "failed"), ("failed", "succeeded")] {
        let id = std::sync::Mutex::new(String::new());
        let server = RawServer::new(move |connection| {
            let Some(request) = connection.read_request() else { return };
            if request.line.starts_with("POST") {
                *id.lock().unwrap() = request.header("x-client-request-id").unwrap().to_owned();
                return connection.reset();
            }
            let is_first = request.line.contains("offset=0");
            let status = if is_first { first } else { second };
            let usd = if status == "succeeded" { 0.0315 } else { 0.0 };
            let row =
                json!({"status": status, "cost": {"usd": usd}, "client_request_id": *id.lock().unwrap()});
            let page = json!({"data": [row], "pagination": {"has_more": is_first}});
            connection.send(&json_answer(200, &page, ""));
        });
        let env = TestEnv::with_picture();
        env.edit("-q").base_url(&server.url()).code(8).any_stderr().assert();
        env.command("recover").base_url(&server.url()).code(10).stderr_contains(&["price $0.0315"]).assert();
        assert_eq!((env.only_job().state.as_str(), server.posts()), ("lost", 1), "{first} before {second}");
    }
}

#[test]
fn two_concurrent_reruns_pay_once() {
    let (env, service) = in_doubt("reset-before-charge:1");
    env.command("recover -q").service(&service).assert();
    let both = [0, 1].map(|_| {
        env.command("recover -q --rerun").service(&service).any_outcome().any_stdout().any_stderr().spawn()
    });
    for run in both {
        run.wait();
    }
    service.ledger().ensure_counts(2, 1);
    assert_eq!(env.only_job().state, "delivered");
}

#[test]
fn rerun_writes_files_even_if_the_first_run_wrote_to_a_pipe() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-before-charge:2"]));
    for seed in [1, 2] {
        let command = format!("edit in.png night -q -o - --seed {seed}");
        env.command(&command).service(&service).code(8).any_stderr().assert();
    }
    env.command("recover -q").service(&service).assert();
    let run = env.command("recover -q --rerun --to rescued").service(&service).any_stdout().assert();
    let paths = String::from_utf8(run.stdout).unwrap();
    assert_eq!(paths.lines().count(), 2, "{paths}");
    for path in paths.lines() {
        assert!(path.starts_with("rescued/"), "{path}");
        let served = &service.ledger().results()["night"];
        assert!(served.contains(&sha256(&env.read_answer(path))), "{path} is not a result");
    }
    service.ledger().ensure_counts(4, 2);
}

#[test]
fn rerun_to_a_directory_does_not_need_the_destination() {
    let (env, service) = in_doubt("reset-before-charge:1");
    env.command("recover -q").service(&service).assert();
    env.write("out.jpg", b"in the way");
    env.command("recover -q --rerun --to rescued").service(&service).stdout("rescued/out.jpg\n").assert();
    assert_eq!(env.read("out.jpg"), b"in the way");
    // With nothing to recover, no directory is created.
    env.command("recover --to unused").service(&service).stderr("note: nothing to recover\n").assert();
    assert!(!env.path("unused").exists());
}

#[test]
fn rerun_stays_within_max_cost() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-before-charge:3"]));
    for name in ["a.jpg", "b.jpg", "c.jpg"] {
        env.command(&format!("edit in.png night -q -o {name} --pay-again"))
            .service(&service)
            .code(8)
            .any_stderr()
            .assert();
    }
    env.command("recover -q").service(&service).assert();
    let message = ": an edit costs $0.0315, and $0.007 of --max-cost $0.07 is left, so it was not sent";
    let run = env.command("recover --rerun --max-cost 0.07").service(&service).code(5).any_stdout();
    run.stderr_contains(&[message]).assert();
    service.ledger().ensure_counts(5, 2);
    env.command("recover -q --rerun --max-cost 0.07").service(&service).any_stdout().assert();
    service.ledger().ensure_counts(6, 3);
}

#[test]
fn max_cost_without_rerun_is_refused() {
    let env = TestEnv::new();
    for flag in ["--max-cost 1", "--max-cost-per-day 1", "--confirm-above 1", "--yes", "--price 1"] {
        let name = flag.split(' ').next().unwrap();
        let message = format!("{name} is about what --rerun and --pay-again may spend");
        env.command(&format!("recover {flag}")).code(2).stderr_contains(&[&message]).assert();
    }
}

#[test]
fn every_failure_of_recover_names_its_job() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404"]));
    env.edit("-q --retries 0").service(&service).code(9).any_stderr().assert();
    let job = env.only_job().id;
    let failure = format!("error: job {job}: the result was paid for");
    env.command("recover -q").service(&service).code(9).stderr_contains(&[&failure]).assert();
}

#[test]
fn a_result_with_a_too_long_name_gets_a_shorter_one() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=500:1"]));
    env.edit("--retries 0").service(&service).code(9).any_stderr().assert();
    let long = env.path(format!("{}.jpg", "x".repeat(300)));
    env.execute_sql(&format!("UPDATE job SET output = CAST('{}' AS BLOB)", long.display()));
    let shortened = format!("{}.jpg", "x".repeat(246));
    env.command("recover")
        .service(&service)
        .stdout(format!("[work]/{shortened}\n"))
        .stderr_contains(&["is too long; the result is [work]/xxx"])
        .assert();
    service.ledger().ensure_counts(1, 1);
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer(shortened)));
}

#[test]
fn a_job_that_the_service_did_not_charge_can_be_declared_free_and_run_again() {
    let server = RawServer::always_sending(answer(502, "text/html", b"<html>", ""));
    let env = TestEnv::with_picture();
    let ark = |args: &str| env.command(args).env("SEEDEDIT_SERVICE", "ark").base_url(&server.url());
    env.write_manifest(&rows(1));
    ark("batch m.jsonl -q")
        .code(8)
        .stderr_contains(&["`seededit recover --not-charged ", " --service ark --base-url "])
        .assert();
    ark("batch m.jsonl -q").code(8).any_stderr().assert();
    assert_eq!(server.posts(), 1, "what may have been charged is not sent again");
    ark("recover --not-charged 1").any_stdout().stderr_contains(&["was not charged"]).assert();
    assert_eq!(env.jobs()[0].state, "refused");
    ark("recover --not-charged 1").code(3).stderr_contains(&["is refused, not unknown"]).assert();
    ark("batch m.jsonl -q").code(8).any_stderr().assert();
    assert_eq!(server.posts(), 2);
}

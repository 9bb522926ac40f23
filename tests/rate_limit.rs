//! The rate limiter of a batch, and when it gives up.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, json_answer, rows};

#[test]
fn a_429_slows_all_workers_and_fails_no_row() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["rate-limit:8"]));
    env.write_manifest(&rows(6));
    env.batch_exits("-j 6 --retries 0", &service, 0);
    service.ledger().ensure_counts(14, 6);
}

#[test]
fn retry_after_delays_all_workers() {
    let service = Service::with_options(|options| {
        options.faults = vec!["rate-limit:1".parse().unwrap()];
        options.retry_after = Some(seededit::testing::sandbox::RetryAfter::Seconds(Duration::from_secs(1)));
    });
    let env = TestEnv::with_picture();
    env.write_manifest(&rows(3));
    let output = env.batch("-j 1", &service).any_stdout().any_stderr().assert();
    assert!(output.elapsed >= Duration::from_secs(1), "{:?}", output.elapsed);
    service.ledger().ensure_counts(4, 3);
}

#[test]
fn rpm_spreads_requests_evenly() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(4));
    let output = env.batch("-j 4 --rpm 120", &service).any_stdout().any_stderr().assert();
    assert!(output.elapsed >= Duration::from_millis(1500), "{:?}", output.elapsed);
}

#[test]
fn a_rejected_key_stops_the_batch_at_once() {
    for (fault, code, why, row_hint) in [
        ("unauthorized", 4, "the service does not accept the key", "hint: check the key: "),
        ("no-credits", 5, "the account has no credit left", "hint: nothing was charged; top up at https://"),
        ("forbidden", 5, "or its key may not spend it", "or has reached its limit"),
    ] {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&[fault]));
        env.write_manifest(&rows(40));
        let again = "hint: when that is settled, run the same command again: it does only what is left";
        let run = env.batch("-j 2", &service).code(code);
        run.stderr_contains(&[why, "more tasks were not sent", row_hint, again]).assert();
        let posts = service.ledger().posts();
        assert!(posts <= 3, "{fault}: {posts} were sent");
    }
}

#[test]
#[ignore = "slow"]
fn five_failures_in_a_row_start_probing_and_give_up_after_ends_the_run() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["server-error=503"]));
    env.write_manifest(&rows(40));
    let started = Instant::now();
    let run = env.batch("-j 4 --retries 0 --give-up-after 3s", &service).code(7);
    run.stderr_contains(&["given up: too long without a success", "run the same command again later"])
        .assert();
    assert!(started.elapsed() >= Duration::from_secs(1));
    let posts = service.ledger().posts();
    assert!((6..=14).contains(&posts), "{posts} were sent");
    // A later run completes all rows.
    let healthy = Service::new();
    env.batch_exits("", &healthy, 0);
    healthy.ledger().ensure_counts(40, 40);
}

#[test]
#[ignore = "slow"]
fn a_batch_continues_when_the_service_recovers() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["server-error=500:6"]));
    env.write_manifest(&rows(10));
    env.batch("-j 1 --retries 0", &service).code(11).any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(10, 4);
    env.batch_exits("", &service, 0);
    service.ledger().ensure_counts(16, 10);
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["ark-error=400:2"]));
    env.write_manifest(&rows(20));
    env.batch("-j 1 --fail-fast", &service)
        .code(11)
        .stderr_contains(&["20 tasks: 0 made, 1 failed, 19 left"])
        .assert();
    service.ledger().ensure_counts(1, 0);
}

/// The requests that a server has received.
#[derive(Default)]
struct Received {
    all: usize,
    in_flight: usize,
    most_in_flight: usize,
}

#[test]
fn no_more_than_jobs_requests_are_in_flight() {
    const JOBS: usize = 3;
    let received = Arc::new((Mutex::new(Received::default()), Condvar::new()));
    let of_server = Arc::clone(&received);
    let server = RawServer::new(move |connection| {
        if connection.read_request().is_none() {
            return;
        }
        let (received, changed) = &*of_server;
        let mut now = received.lock().unwrap();
        now.all += 1;
        now.in_flight += 1;
        now.most_in_flight = now.most_in_flight.max(now.in_flight);
        // Each waits for as many as there may be, however slow the machine is, and then for one that should not come.
        let group = now.all.next_multiple_of(JOBS);
        changed.notify_all();
        drop(changed.wait_timeout_while(now, Duration::from_secs(20), |now| now.all < group).unwrap());
        std::thread::sleep(Duration::from_millis(40));
        received.lock().unwrap().in_flight -= 1;
        connection.send(&json_answer(400, &json!({"message": "no", "statusCode": 400}), ""));
        connection.finish();
    });
    let env = TestEnv::with_picture();
    env.write_manifest(&rows(12));
    env.command(&format!("batch m.jsonl -j {JOBS}")).base_url(&server.url()).code(11).any_stderr().assert();
    assert_eq!((server.posts(), received.0.lock().unwrap().most_in_flight), (12, JOBS));
}

#[test]
fn nothing_more_is_paid_after_a_result_that_cannot_be_saved() {
    let service = Service::with_options(|options| options.latency = Duration::from_millis(400));
    let env = TestEnv::with_picture();
    let row =
        |n: usize| json!({"image": "in.png", "prompt": format!("edit {n}"), "output": format!("o{n}/a.jpg")});
    let all: Vec<_> = (1..=6).map(row).collect();
    env.write_manifest(&all);
    let message = [
        "could not be saved",
        "a result could not be saved, so nothing new was started",
        "run the same command again",
        "6 tasks: 0 made, 1 paid for or in doubt, without a result, 5 left",
    ];
    let run = env.batch("-j 1", &service).code(9).stderr_contains(&message).spawn();
    while service.ledger().posts() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::fs::remove_dir_all(env.path("o1")).unwrap();
    env.write("o1", "in the way");
    run.wait();
    service.ledger().ensure_counts(1, 1);
    // While the output still cannot be written, nothing more is paid for.
    env.batch_exits("-j 1", &service, 9);
    service.ledger().ensure_counts(1, 1);
    std::fs::remove_file(env.path("o1")).unwrap();
    std::fs::create_dir(env.path("o1")).unwrap();
    env.batch_exits("", &service, 0);
    service.ledger().ensure_counts(6, 6);
    assert_eq!(service.ledger().ensure_correct_pictures(&env, &all), 6);
}

#[test]
fn a_wait_longer_than_give_up_after_is_reported() {
    let service = Service::with_options(|options| {
        options.faults = vec!["rate-limit".parse().unwrap()];
        options.retry_after = Some(seededit::testing::sandbox::RetryAfter::Seconds(Duration::from_secs(90)));
    });
    let env = TestEnv::with_picture();
    env.write_manifest(&rows(3));
    let run = env.batch("-j 1 --give-up-after 30s", &service).code(7);
    run.stderr_contains(&["given up: the service asks to wait for 1 min"]).assert();
}

#[test]
fn answers_in_doubt_end_the_run() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["html-200"]));
    env.write_manifest(&rows(40));
    let run = env.batch("-j 4 --give-up-after 3s", &service).code(8);
    run.stderr_contains(&["several edits in a row may have been charged"]).assert();
    let posts = service.ledger().posts();
    assert!((3..=7).contains(&posts), "{posts} were sent");
}

#[test]
#[ignore = "slow"]
fn the_time_of_a_result_excludes_waiting_for_a_slot() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(2));
    let run = env.batch("-j 2 --rpm 12 --json", &service).any_stdout().any_stderr();
    let output = run.assert();
    assert!(output.elapsed >= Duration::from_secs(5), "{:?}", output.elapsed);
    // The second row waited 5 s for the rate limiter. Its own time is that of a request over loopback.
    for record in output.json_lines() {
        assert!(record["elapsed_ms"].as_u64().unwrap() < 4_000, "{record}");
    }
}

//! How fast, and when to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{Place, Service, Wire, json_answer, rows};

#[test]
fn too_many_requests_slow_all_down_and_fail_none() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["rate-limit:8"]));
    place.manifest(&rows(6));
    place.batch_quietly("-j 6 --retries 0", &service, 0);
    service.ledger().ensure(14, 6);
}

#[test]
fn the_wait_that_the_service_asks_for_holds_everybody_back() {
    let service = Service::with(|options| {
        options.faults = vec!["rate-limit:1".parse().unwrap()];
        options.retry_after = Some(seededit::testing::sandbox::RetryAfter::Seconds(Duration::from_secs(1)));
    });
    let place = Place::with_picture();
    place.manifest(&rows(3));
    let done = place.batch("-j 1", &service).prints_anything().says_anything().done();
    assert!(done.took >= Duration::from_secs(1), "{:?}", done.took);
    service.ledger().ensure(4, 3);
}

#[test]
fn requests_a_minute_are_spread_out() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&rows(4));
    let done = place.batch("-j 4 --rpm 120", &service).prints_anything().says_anything().done();
    assert!(done.took >= Duration::from_millis(1500), "{:?}", done.took);
}

#[test]
fn a_key_that_is_not_taken_stops_the_batch_at_once() {
    for (fault, code) in [("unauthorized", 4), ("no-credits", 5)] {
        let (place, service) = (Place::with_picture(), Service::faulty(&[fault]));
        place.manifest(&rows(40));
        place.batch_quietly("-j 2", &service, code);
        let posts = service.ledger().posts();
        assert!(posts <= 3, "{fault}: {posts} were sent");
    }
}

#[test]
fn five_failures_in_a_row_make_it_probe_and_a_long_silence_ends_it() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["server-error=503"]));
    place.manifest(&rows(40));
    let started = Instant::now();
    let run = place.batch("-j 4 --retries 0 --give-up-after 3s", &service).exits(7);
    run.saying(&["given up: too long without a success", "run the same command again later"]).done();
    assert!(started.elapsed() >= Duration::from_secs(1));
    let posts = service.ledger().posts();
    assert!((6..=14).contains(&posts), "{posts} were sent");
    // Everything is still to be had.
    let healthy = Service::new();
    place.batch_quietly("", &healthy, 0);
    healthy.ledger().ensure(40, 40);
}

#[test]
fn a_service_that_comes_back_is_gone_on_with() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["server-error=500:6"]));
    place.manifest(&rows(10));
    place.batch("-j 1 --retries 0", &service).exits(11).prints_anything().says_anything().done();
    service.ledger().ensure(10, 4);
    place.batch_quietly("", &service, 0);
    service.ledger().ensure(16, 10);
}

#[test]
fn the_first_failure_is_the_last_on_request() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["ark-error=400:2"]));
    place.manifest(&rows(20));
    place
        .batch("-j 1 --fail-fast", &service)
        .exits(11)
        .saying(&["20 jobs: 0 made, 1 failed, 19 left"])
        .done();
    service.ledger().ensure(1, 0);
}

#[test]
fn no_more_are_in_flight_than_were_asked_for() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, highest) = (Arc::clone(&now), Arc::clone(&most));
    let wire = Wire::new(move |exchange| {
        if exchange.request().is_none() {
            return;
        }
        let there = counted.fetch_add(1, Ordering::SeqCst) + 1;
        highest.fetch_max(there, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(40));
        counted.fetch_sub(1, Ordering::SeqCst);
        exchange.send(&json_answer(400, &json!({"message": "no", "statusCode": 400}), ""));
        exchange.finish();
    });
    let place = Place::with_picture();
    place.manifest(&rows(12));
    place.words("batch m.jsonl -j 3").at(&wire.url()).exits(11).says_anything().done();
    assert_eq!((wire.posts(), most.load(Ordering::SeqCst)), (12, 3));
}

#[test]
fn a_result_that_cannot_be_saved_is_the_last_that_is_paid_for() {
    let service = Service::with(|options| options.latency = Duration::from_millis(400));
    let place = Place::with_picture();
    let row =
        |n: usize| json!({"image": "in.png", "prompt": format!("edit {n}"), "output": format!("o{n}/a.jpg")});
    let all: Vec<_> = (1..=6).map(row).collect();
    place.manifest(&all);
    let said = [
        "could not be saved",
        "a result could not be saved, so nothing new was started",
        "run the same command again",
        "6 jobs: 0 made, 1 paid for or in doubt, without a result, 5 left",
    ];
    let run = place.batch("-j 1", &service).exits(9).saying(&said).start();
    while service.ledger().posts() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::fs::remove_dir_all(place.path("o1")).unwrap();
    place.write("o1", "in the way");
    run.end();
    service.ledger().ensure(1, 1);
    // As long as there is no room, nothing more is paid for.
    place.batch_quietly("-j 1", &service, 9);
    service.ledger().ensure(1, 1);
    std::fs::remove_file(place.path("o1")).unwrap();
    std::fs::create_dir(place.path("o1")).unwrap();
    place.batch_quietly("", &service, 0);
    service.ledger().ensure(6, 6);
    assert_eq!(service.ledger().ensure_right_pictures(&place, &all), 6);
}

#[test]
fn a_wait_that_is_longer_than_the_patience_is_told() {
    let service = Service::with(|options| {
        options.faults = vec!["rate-limit".parse().unwrap()];
        options.retry_after = Some(seededit::testing::sandbox::RetryAfter::Seconds(Duration::from_secs(90)));
    });
    let place = Place::with_picture();
    place.manifest(&rows(3));
    let run = place.batch("-j 1 --give-up-after 30s", &service).exits(7);
    run.saying(&["given up: the service asks to wait for 1 min"]).done();
}

#[test]
fn answers_in_doubt_make_it_probe_as_failures_do() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["html-200"]));
    place.manifest(&rows(40));
    let run = place.batch("-j 4 --give-up-after 3s", &service).exits(8);
    run.saying(&["given up: too long without a success"]).done();
    let posts = service.ledger().posts();
    assert!((5..=14).contains(&posts), "{posts} were sent");
}

#[test]
fn the_time_of_a_result_does_not_include_the_wait_for_its_turn() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&rows(2));
    let run = place.batch("-j 2 --rpm 12 --json", &service).prints_anything().says_anything();
    let done = run.done();
    assert!(done.took >= Duration::from_secs(5), "{:?}", done.took);
    // The second row waited 5 s for its turn; its own time is that of a request to this machine.
    for record in done.jsons() {
        assert!(record["elapsed_ms"].as_u64().unwrap() < 4_000, "{record}");
    }
}

//! Finishing what was paid for, and settling what is in doubt.

use std::fs;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::{Place, Service, Wire, answer, json_answer, sha256};

/// A place with a job that is answered and not delivered, and its service, which serves it now.
fn undelivered(further: &str) -> (Place, Service) {
    let (place, service) = (Place::with_picture(), Service::faulty(&["download-error=404:1"]));
    place
        .edit("-q --retries 0")
        .args(further)
        .on(&service)
        .exits(9)
        .saying(&["run `seededit recover` to fetch it"])
        .done();
    assert_eq!(place.entry().state, "answered");
    (place, service)
}

/// A place with a job in doubt, and its service, which behaves from now on.
fn in_doubt(fault: &str) -> (Place, Service) {
    let (place, service) = (Place::with_picture(), Service::faulty(&[fault]));
    place.edit("-q --seed 7").on(&service).exits(8).saying(&["it may have been charged"]).done();
    assert_eq!(place.entry().state, "unknown");
    (place, service)
}

fn ensure_served(service: &Service, picture: &[u8]) {
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(picture));
}

#[test]
fn an_answer_that_was_kept_is_fetched_and_delivered_without_a_post() {
    let (place, service) = undelivered("");
    let found = place.words("recover").on(&service).saying(&["✓ ", "out.jpg  1152×864 jpeg", "$0.0315"]);
    found.prints("[work]/out.jpg\n").done();
    ensure_served(&service, &place.read("out.jpg"));
    service.ledger().ensure(1, 1);
    let entry = place.entry();
    assert_eq!((entry.state.as_str(), entry.attempts[0].holds_answer), ("delivered", false));
    place.words("recover").on(&service).says("note: nothing to recover\n").done();
    place.ensure_data_is_tidy();
}

#[test]
fn as_json_a_recovered_result_is_a_record_like_any_other() {
    let (place, service) = undelivered("--seed 5");
    let record = place.words("recover --json").on(&service).prints_anything().says_anything().done().json();
    assert_eq!(
        (&record["status"], &record["seed"], &record["usd"]),
        (&json!("ok"), &json!(5), &json!(0.0315))
    );
    assert_eq!(record["job"], place.entry().job);
    assert_eq!(record["sha256"], sha256(&place.read("out.jpg")));
    assert_eq!(record["output"], place.path("out.jpg").to_str().unwrap());
}

#[test]
fn a_result_can_be_sent_to_another_directory() {
    let (place, service) = undelivered("");
    place
        .words("recover --to elsewhere")
        .on(&service)
        .exits(3)
        .saying(&["elsewhere is not a directory"])
        .done();
    fs::create_dir(place.path("elsewhere")).unwrap();
    place.words("recover -q --to elsewhere").on(&service).prints("elsewhere/out.jpg\n").done();
    ensure_served(&service, &place.read("elsewhere/out.jpg"));
    assert_eq!(place.names(), ["elsewhere", "in.png"]);
    service.ledger().ensure(1, 1);
}

#[test]
fn a_job_is_named_by_the_beginning_of_its_name() {
    let (place, service) = undelivered("");
    // Another service: the faults of the first are used up.
    let other = Service::faulty(&["download-error=404:1"]);
    place.words("edit in.png -p x -o other.jpg -q --retries 0").on(&other).exits(9).says_anything().done();
    // The ids of new jobs begin with random digits.
    let jobs: Vec<String> = place.entries().into_iter().map(|entry| entry.job).collect();
    for (job, id) in jobs.iter().zip(["sharedfirst", "sharedsecond"]) {
        place.tamper(&format!(
            "PRAGMA foreign_keys = OFF;
             UPDATE job SET id = '{id}' WHERE id = '{job}'; UPDATE attempt SET job = '{id}' WHERE job = '{job}';"
        ));
    }
    let run = place.words("recover shared").on(&service).exits(3);
    run.saying(&["matches several jobs"]).done();
    place.words("recover nosuchjob").on(&service).exits(3).saying(&["no job `nosuchjob`"]).done();
    place.words("recover -q sharedf").on(&service).prints("[work]/out.jpg\n").done();
    let left = place.entries().into_iter().find(|entry| entry.job == "sharedsecond").unwrap();
    assert_eq!(left.state, "answered");
}

#[test]
fn an_output_directory_that_vanished_keeps_the_job() {
    let (place, service) = (Place::with_picture(), Service::with(|o| o.latency = Duration::from_millis(500)));
    fs::create_dir(place.path("out")).unwrap();
    let run = place.words("edit in.png -p x -o out/a.jpg -q").on(&service).exits(9);
    let running =
        run.saying(&["could not be saved", "run `seededit recover` to fetch it, with --to DIR"]).start();
    while service.ledger().posts() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    fs::remove_dir_all(place.path("out")).unwrap();
    running.end();
    // A file is in the way of the directory, which could be created again.
    place.write("out", "a file");
    place.words("recover -q").on(&service).exits(9).saying(&["could not be saved"]).done();
    assert_eq!(place.entry().state, "answered");
    place.words("recover -q --to .").on(&service).prints("./a.jpg\n").done();
    ensure_served(&service, &place.read("a.jpg"));
    service.ledger().ensure(1, 1);
}

#[test]
fn an_output_directory_that_vanished_is_created_again() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["download-error=404:1"]));
    let words = "edit in.png -p x -o out/a.jpg -q --retries 0";
    place.words(words).on(&service).exits(9).says_anything().done();
    fs::remove_dir_all(place.path("out")).unwrap();
    place.words("recover -q").on(&service).prints("[work]/out/a.jpg\n").done();
    service.ledger().ensure(1, 1);
}

#[test]
fn what_was_meant_for_a_pipe_goes_to_the_working_directory() {
    let (place, service) = (Place::with_picture(), Service::new());
    let full = place.words("edit in.png -p x -o - -q").on(&service);
    full.under("sh", &["-c", "exec \"$0\" \"$@\" >/dev/full"])
        .exits(9)
        .saying(&["could not be saved"])
        .done();
    assert_eq!(place.names(), ["in.png"]);
    place.words("recover -q").on(&service).prints("in-edited.jpg\n").done();
    ensure_served(&service, &place.read("in-edited.jpg"));
    service.ledger().ensure(1, 1);
}

#[test]
fn a_reader_that_left_costs_nothing_that_was_paid_for() {
    // The path cannot be printed, and the picture is where it should be.
    let (place, service) = (Place::with_picture(), Service::with(|o| o.latency = Duration::from_millis(300)));
    let script = "{ \"$0\" \"$@\"; echo $? >code; } | true";
    place.edit("").on(&service).under("sh", &["-c", script]).says_anything().done();
    ensure_served(&service, &place.read("out.jpg"));
    assert_eq!((place.read("code"), place.entry().state.as_str()), (b"0\n".to_vec(), "delivered"));
    // The picture itself cannot be printed: it is not lost.
    let script = "{ \"$0\" \"$@\"; echo $? >code; } | true";
    let run = place.words("edit in.png -p y -o -").on(&service).under("sh", &["-c", script]);
    run.says_anything().done();
    assert_eq!(place.read("code"), b"9\n");
    place.words("recover -q").on(&service).prints("in-edited.jpg\n").done();
    service.ledger().ensure(2, 2);
}

#[test]
fn what_was_charged_and_not_answered_is_listed_with_its_id_and_price() {
    let (place, service) = in_doubt("reset-after-charge");
    let id = service.ledger().charge(0)["inference_id"].as_str().unwrap().to_owned();
    let done = place.words("recover --json").on(&service).exits(10).prints_anything().says_anything().done();
    let error = &done.json()["error"];
    assert_eq!(
        (&error["kind"], &error["charged"], &error["usd"], &error["inference_id"]),
        (&json!("lost"), &json!("yes"), &json!(0.0315), &json!(id))
    );
    assert!(done.said.contains("ask the service's support"), "{}", done.said);
    place.words("recover").on(&service).says("note: nothing to recover\n").done();
    service.ledger().ensure(1, 1);
    assert_eq!(place.entry().state, "lost");
}

#[test]
fn the_usage_log_is_asked_again_for_as_long_as_was_said() {
    let place = Place::with_picture();
    let service = Service::with(|options| {
        options.faults = vec!["reset-after-charge".parse().unwrap()];
        options.log_lag = Duration::from_secs(3);
    });
    place.edit("-q").on(&service).exits(8).says_anything().done();
    let run = place.words("recover").on(&service).exits(8);
    run.saying(&["the usage log has no row for it yet", "--wait 10m", "--pay-again"]).done();
    assert_eq!(place.entry().state, "unknown");
    let done = place.words("recover --wait 40s").on(&service).exits(10).saying(&["price $0.0315"]).done();
    assert!(done.took < Duration::from_secs(30), "{:?}", done.took);
    service.ledger().ensure(1, 1);
}

#[test]
fn what_was_certainly_not_charged_runs_again_when_told_to_with_the_same_seed() {
    let (place, service) = in_doubt("reset-before-charge:1");
    place.words("recover").on(&service).saying(&["was not charged", "--rerun runs it again"]).done();
    assert_eq!(place.entry().state, "refused");
    service.ledger().ensure(1, 0);
    let waiting = "note: nothing to recover; 1 job known not to be charged, which --rerun runs again\n";
    place.words("recover").on(&service).says(waiting).done();
    place.words("recover -q --rerun").on(&service).prints("[work]/out.jpg\n").done();
    service.ledger().ensure(2, 1);
    assert_eq!(service.ledger().charge(0)["seed"], 7);
    ensure_served(&service, &place.read("out.jpg"));
    let entry = place.entry();
    let outcomes: Vec<&str> = entry.attempts.iter().map(|post| post.outcome.as_str()).collect();
    assert_eq!((entry.state.as_str(), outcomes), ("delivered", vec!["free", "charged"]));
    place.words("recover --rerun").on(&service).says("note: nothing to recover\n").done();
    service.ledger().ensure(2, 1);
}

#[test]
fn what_was_to_be_skipped_if_it_exists_is_not_paid_for_again() {
    let place = Place::with_picture();
    let service = Service::faulty(&["reset-before-charge:1"]);
    let words = "edit in.png x -q -o out.jpg --if-exists skip";
    place.words(words).on(&service).exits(8).says_anything().done();
    place.words("recover").on(&service).saying(&["was not charged"]).done();
    place.words(words).on(&service).prints("out.jpg\n").says_anything().done();
    let paid = place.read("out.jpg");
    place.words("recover --rerun").on(&service).exits(3).saying(&["out.jpg exists"]).done();
    service.ledger().ensure(2, 1);
    assert_eq!((place.read("out.jpg"), place.names()), (paid, vec!["in.png".into(), "out.jpg".into()]));
}

#[test]
fn what_was_to_replace_a_file_replaces_no_newer_one() {
    let place = Place::with_picture();
    let service = Service::faulty(&["reset-before-charge:1"]);
    place.words("edit in.png x -q -f -o out.jpg").on(&service).exits(8).says_anything().done();
    place.words("recover").on(&service).saying(&["was not charged"]).done();
    place.words("edit in.png y -q -f -o out.jpg").on(&service).prints("out.jpg\n").says_anything().done();
    let newer = place.read("out.jpg");
    place.words("recover -q --rerun").on(&service).prints("[work]/out-2.jpg\n").done();
    assert_eq!(place.read("out.jpg"), newer);
    service.ledger().ensure(3, 2);
}

#[test]
fn a_picture_that_changed_is_not_sent_under_the_old_name() {
    let (place, service) = in_doubt("reset-before-charge:1");
    place.write("in.png", crate::support::png(80, 60));
    let run = place.words("recover --rerun").on(&service).exits(3);
    run.saying(&["has changed since job"]).done();
    service.ledger().ensure(1, 0);
}

#[test]
fn a_lost_job_is_paid_again_only_by_its_name_and_gives_the_same_picture() {
    let (place, service) = in_doubt("reset-after-charge:1");
    let job = place.entry().job;
    place.words("recover -q").on(&service).exits(10).says_anything().done();
    place.words("recover --rerun").on(&service).says("note: nothing to recover\n").done();
    let named = place.run(["recover", &job]).on(&service).exits(10);
    named.saying(&["no answer was received", "hint: `seededit recover --pay-again"]).done();
    service.ledger().ensure(1, 1);
    place.run(["recover", "-q", "--pay-again", &job]).on(&service).prints("[work]/out.jpg\n").done();
    service.ledger().ensure(2, 2);
    let ledger = service.ledger();
    assert_eq!(ledger.charge(0)["result_sha256"], ledger.charge(1)["result_sha256"], "the same picture");
    ensure_served(&service, &place.read("out.jpg"));
    let run = place.run(["recover", "--pay-again", &job]).on(&service).exits(3);
    run.saying(&["is delivered, not lost or unknown"]).done();
    service.ledger().ensure(2, 2);
}

#[test]
fn a_lost_job_that_is_run_again_in_vain_stays_lost_and_is_not_called_free() {
    let (place, service) = in_doubt("reset-after-charge:1");
    let job = place.entry().job;
    place.words("recover -q").on(&service).exits(10).says_anything().done();
    let refusing = Service::faulty(&["no-credits"]);
    let url = refusing.url();
    // The same address as far as the journal knows.
    place.tamper(&format!("UPDATE job SET base_url = '{url}'"));
    place.run(["recover", "-q", "--pay-again", &job]).on(&refusing).exits(5).says_anything().done();
    assert_eq!(place.entry().state, "lost");
    place.words("recover --rerun").on(&refusing).says("note: nothing to recover\n").done();
    refusing.ledger().ensure(1, 0);
    place
        .run(["history", "forget", "--yes", &job])
        .exits(3)
        .saying(&["is lost, and is not forgotten"])
        .done();
}

#[test]
fn a_job_is_settled_where_it_was_sent_and_the_key_goes_nowhere_else() {
    let (place, service) = in_doubt("reset-after-charge");
    let elsewhere = Wire::answering(json_answer(200, &json!({"data": []}), ""));
    let here = service.url();
    let run = place.words("recover").at(&elsewhere.url()).exits(8);
    run.saying(&["it was sent to http://127.0.0.1:[port]", "`seededit recover --base-url "]).done();
    assert_eq!((elsewhere.connections(), place.entry().state.as_str()), (0, "unknown"));
    let url = elsewhere.url();
    place.configure(&format!("base_url = \"{url}\"\n[profiles.there]\nbase_url = \"{here}\"\n"));
    let keyed = |args: &str| place.words(args).var("SEEDEDIT_API_KEY", crate::support::KEY);
    keyed("recover").exits(8).saying(&["`seededit recover --profile there` asks there"]).done();
    let job = place.entry().job;
    keyed("recover --pay-again").arg(job).exits(3).saying(&["--profile there"]).done();
    assert_eq!(elsewhere.connections(), 0);
    keyed("recover --profile there").exits(10).says_anything().done();
    service.ledger().ensure(1, 1);
}

#[test]
fn a_service_without_a_usage_log_is_said_to_have_none() {
    let gone = json_answer(404, &json!({"error": {"message": "no such path", "code": "NotFound"}}), "");
    let wire = Wire::new(move |exchange| match exchange.request() {
        Some(request) if request.line.starts_with("POST") => exchange.reset(),
        _ => {
            exchange.send(&gone);
            exchange.finish();
        }
    });
    let place = Place::with_picture();
    place.edit("-q").at(&wire.url()).exits(8).says_anything().done();
    let run = place.words("recover").at(&wire.url()).exits(8);
    run.saying(&["this service has no usage log, so the outcome stays unknown", "ask the service's support"])
        .done();
    assert_eq!((wire.posts(), place.entry().state.as_str()), (1, "unknown"));
}

#[test]
fn a_link_that_expired_is_a_loss_with_its_id_and_price() {
    let place = Place::with_picture();
    let service = Service::with(|options| {
        options.faults = vec!["download-error=500:1".parse().unwrap()];
        options.link_ttl = Duration::from_secs(1);
    });
    place.edit("-q --retries 0").on(&service).exits(9).says_anything().done();
    std::thread::sleep(Duration::from_millis(2100));
    let run = place.words("recover").on(&service).exits(10);
    run.saying(&["the link to the picture expired at", "inference id [id]", "price $0.0315"]).done();
    assert_eq!(place.entry().state, "lost");
    service.ledger().ensure(1, 1);
    place.words("recover").on(&service).says("note: nothing to recover\n").done();
}

/// A service whose one picture was signed at `signed` for an hour, on a host whose clock says `now`
/// and which serves nothing any more.
fn expiring(signed: Timestamp, now: Timestamp) -> Wire {
    let date = signed.strftime("%Y%m%dT%H%M%SZ").to_string();
    let clock = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now).unwrap();
    Wire::new(move |exchange| {
        let Some(request) = exchange.request() else { return };
        let here = format!("http://{}", request.header("host").unwrap());
        if request.line.starts_with("GET") {
            exchange.send(&answer(403, "application/xml", b"<Error/>", &format!("Date: {clock}\r\n")));
        } else {
            let link = format!("{here}/x.jpeg?X-Tos-Date={date}&X-Tos-Expires=3600&X-Tos-Signature=5ecret");
            exchange.send(&json_answer(200, &json!({"data": [{"url": link}]}), "x-inference-id: 0-1\r\n"));
        }
        exchange.finish();
    })
}

#[test]
fn a_links_end_is_judged_by_the_servers_clock_and_not_by_ours() {
    let day = SignedDuration::from_hours(25);
    let now = Timestamp::now();
    for (signed, servers, code) in [
        // Our clock is a day ahead of the server's, by which the link is still good.
        (now - day, now - day, 9),
        // Ours is a day behind, and by the server's it has ended.
        (now + day, now + day + SignedDuration::from_hours(2), 10),
        (now - day, now - day + SignedDuration::from_mins(61), 10),
    ] {
        let (place, wire) = (Place::with_picture(), expiring(signed, servers));
        place.edit("-q --retries 0").at(&wire.url()).exits(code).says_anything().done();
        let state = if code == 9 { "answered" } else { "lost" };
        assert_eq!(place.entry().state, state);
        place.words("recover").at(&wire.url()).exits(if code == 9 { 9 } else { 0 }).says_anything().done();
        assert_eq!((place.entry().state.as_str(), wire.posts()), (state, 1));
    }
}

#[test]
fn a_job_is_settled_whichever_way_our_clock_was_wrong_by_a_day() {
    for hours in [-25, 25] {
        let (place, service) = in_doubt("reset-after-charge");
        place.tamper(&format!("UPDATE attempt SET sent = sent + {hours} * 3600 * 1000"));
        place.words("recover -q").on(&service).exits(10).saying(&["price $0.0315"]).done();
        assert_eq!(place.entry().state, "lost", "{hours} h");
        let (place, service) = in_doubt("reset-before-charge");
        place.tamper(&format!("UPDATE attempt SET sent = sent + {hours} * 3600 * 1000"));
        place.words("recover -q").on(&service).done();
        assert_eq!(place.entry().state, "refused", "{hours} h");
    }
}

#[test]
fn without_a_key_what_needs_none_is_done_and_the_rest_is_named() {
    let (place, service) = undelivered("");
    place.words("recover -q").var("SEEDEDIT_BASE_URL", service.url()).prints("[work]/out.jpg\n").done();
    let (place, service) = in_doubt("reset-after-charge");
    let run = place.words("recover").var("SEEDEDIT_BASE_URL", service.url()).exits(4);
    run.saying(&["store a key with `seededit auth login`"]).done();
    assert_eq!(place.entry().state, "unknown");
}

#[test]
fn unfinished_jobs_are_mentioned_once_where_people_read_and_nowhere_else() {
    let (place, service) = undelivered("");
    let note = "note: 1 unfinished job from before; `seededit recover` finishes what it can, and \
                `seededit history forget` dismisses jobs of a local server that is gone\n";
    let edit = |further: &str| place.words("edit in.png -p x").args(further).on(&service).prints_anything();
    edit("-o a.jpg").saying(&[note]).done();
    edit("-o b.jpg -q").done();
    let json = edit("-o c.jpg --json").says_anything().done();
    assert!(!json.said.contains("unfinished"), "{}", json.said);
    assert_eq!(json.jsons().len(), 1);
    place.words("history").prints_anything().says(note).done();
}

#[cfg(unix)]
#[test]
fn what_a_killed_run_left_is_swept() {
    use nix::sys::signal::Signal;

    let (place, service) = (Place::with_picture(), Service::with(|o| o.latency = Duration::from_secs(20)));
    let running = place.edit("-q").on(&service).ends_anyhow().start();
    while service.ledger().posts() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    // While it lives it is left alone.
    place.words("recover").on(&service).may_leave_its_hidden_file().says("note: nothing to recover\n").done();
    running.signal(Signal::SIGKILL);
    assert_eq!(running.end().code, None);
    assert_eq!(place.names().len(), 2, "{:?}", place.names());
    place.words("recover -q").on(&service).exits(8).says_anything().done();
    assert_eq!(place.names(), ["in.png"]);
    place.ensure_data_is_tidy();
    assert_eq!(service.ledger().posts(), 1);
}

#[cfg(unix)]
#[test]
fn two_signals_leave_at_once_and_recover_goes_on_from_there() {
    use nix::sys::signal::Signal;

    let (place, service) = (Place::with_picture(), Service::with(|o| o.latency = Duration::from_secs(20)));
    let running = place.edit("").on(&service).exits(130).may_leave_its_hidden_file();
    let running = running.saying(&["`seededit recover` checks the edits in flight"]).start();
    while service.ledger().posts() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    running.signal(Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(200));
    running.signal(Signal::SIGINT);
    assert!(running.end().took < Duration::from_secs(10));
    place.words("recover -q").on(&service).exits(8).says_anything().done();
    assert_eq!(place.entry().state, "unknown");
    place.ensure_data_is_tidy();
    assert_eq!((service.ledger().posts(), place.names()), (1, vec!["in.png".to_owned()]));
}

#[test]
fn of_two_rows_for_one_call_the_charged_one_counts_wherever_it_stands() {
    for (first, second) in [("succeeded", "failed"), ("failed", "succeeded")] {
        let id = std::sync::Mutex::new(String::new());
        let wire = Wire::new(move |exchange| {
            let Some(request) = exchange.request() else { return };
            if request.line.starts_with("POST") {
                *id.lock().unwrap() = request.header("x-client-request-id").unwrap().to_owned();
                return exchange.reset();
            }
            let is_first = request.line.contains("offset=0");
            let status = if is_first { first } else { second };
            let usd = if status == "succeeded" { 0.0315 } else { 0.0 };
            let row =
                json!({"status": status, "cost": {"usd": usd}, "client_request_id": *id.lock().unwrap()});
            let page = json!({"data": [row], "pagination": {"has_more": is_first}});
            exchange.send(&json_answer(200, &page, ""));
        });
        let place = Place::with_picture();
        place.edit("-q").at(&wire.url()).exits(8).says_anything().done();
        place.words("recover").at(&wire.url()).exits(10).saying(&["price $0.0315"]).done();
        assert_eq!((place.entry().state.as_str(), wire.posts()), ("lost", 1), "{first} before {second}");
    }
}

#[test]
fn two_that_run_again_what_is_free_pay_for_it_once() {
    let (place, service) = in_doubt("reset-before-charge:1");
    place.words("recover -q").on(&service).done();
    let both = [0, 1].map(|_| {
        place.words("recover -q --rerun").on(&service).ends_anyhow().prints_anything().says_anything().start()
    });
    for run in both {
        run.end();
    }
    service.ledger().ensure(2, 1);
    assert_eq!(place.entry().state, "delivered");
}

#[test]
fn rerun_stays_within_max_cost() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["reset-before-charge:3"]));
    for name in ["a.jpg", "b.jpg", "c.jpg"] {
        place.words(&format!("edit in.png night -q -o {name}")).on(&service).exits(8).says_anything().done();
    }
    place.words("recover -q").on(&service).done();
    let said = "an edit costs $0.0315, and $0.007 of --max-cost $0.07 is left, so it was not sent";
    let run = place.words("recover --rerun --max-cost 0.07").on(&service).exits(5).prints_anything();
    run.saying(&[said]).done();
    service.ledger().ensure(5, 2);
    place.words("recover -q --rerun --max-cost 0.07").on(&service).prints_anything().done();
    service.ledger().ensure(6, 3);
}

#[test]
fn a_limit_is_refused_where_recover_pays_nothing() {
    let place = Place::new();
    let said = "--max-cost and --price limit what --rerun and --pay-again may spend";
    place.words("recover --max-cost 1").exits(2).saying(&[said]).done();
    place.words("recover --price 1").exits(2).saying(&[said]).done();
}

#[test]
fn a_failure_of_recover_names_its_job() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["download-error=404"]));
    place.edit("-q --retries 0").on(&service).exits(9).says_anything().done();
    let job = place.entry().job;
    let failure = format!("error: job {job}: the result was paid for");
    place.words("recover -q").on(&service).exits(9).saying(&[&failure]).done();
}

#[test]
fn a_result_whose_name_no_file_can_have_is_brought_under_a_shorter_one() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["download-error=500:1"]));
    place.edit("--retries 0").on(&service).exits(9).says_anything().done();
    let long = place.path(format!("{}.jpg", "x".repeat(300)));
    place.tamper(&format!("UPDATE job SET output = CAST('{}' AS BLOB)", long.display()));
    let got = format!("{}.jpg", "x".repeat(246));
    place
        .words("recover")
        .on(&service)
        .prints(format!("[work]/{got}\n"))
        .saying(&["is too long; the result is [work]/xxx"])
        .done();
    service.ledger().ensure(1, 1);
    assert_eq!(service.ledger().charge(0)["result_sha256"], crate::support::sha256(&place.read(got)));
}

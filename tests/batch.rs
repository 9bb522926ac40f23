//! Batches run again: what is done is not done twice, and what is not is told.

use std::fs;

use serde_json::json;

use crate::support::{Place, Service, row, rows};

#[test]
fn the_second_run_of_a_batch_sends_nothing_and_says_the_same() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&rows(3));
    let first = place.batch("--json -j 2", &service).says_anything().prints_anything().done();
    service.ledger().ensure(3, 3);
    let second = place.batch("--json -j 2", &service).says_anything().prints_anything().done();
    service.ledger().ensure(3, 3);
    for (before, now) in first.jsons().iter().zip(second.jsons()) {
        for same in [
            "job",
            "line",
            "input",
            "output",
            "prompt",
            "seed",
            "sha256",
            "width",
            "format",
            "bytes",
            "inference_id",
        ] {
            assert_eq!(before[same], now[same], "{same}");
        }
        assert_eq!((&before["usd"], &before["reused"]), (&json!(0.0315), &json!(null)));
        assert_eq!((&now["usd"], &now["reused"], &now["attempts"]), (&json!(0), &json!(true), &json!(0)));
    }
    assert_eq!(service.ledger().ensure_right_pictures(&place, &rows(3)), 3);
}

#[test]
fn what_was_deleted_or_altered_is_told_and_made_again_only_on_request() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&rows(3));
    place.batch_quietly("", &service, 0);
    let second = place.read("out/2.jpg");
    fs::remove_file(place.path("out/1.jpg")).unwrap();
    place.write("out/2.jpg", "mine now");
    let said = [
        "m.jsonl:1: [work]/out/1.jpg is missing, although job",
        "m.jsonl:2: [work]/out/2.jpg was changed after job",
        "--redo",
    ];
    place.batch("", &service).exits(11).saying(&said).done();
    assert_eq!(place.read("out/2.jpg"), b"mine now");
    service.ledger().ensure(3, 3);
    place.batch("--redo", &service).prints("out/1.jpg\nout/2.jpg\n").says_anything().done();
    // The same seed makes the same picture.
    assert_eq!(place.read("out/2.jpg"), second);
    service.ledger().ensure(5, 5);
    place.batch_quietly("--redo", &service, 0);
    service.ledger().ensure(5, 5);
}

#[test]
fn rows_that_are_done_and_rows_that_are_not_come_in_the_order_of_the_manifest() {
    let (place, service) = (Place::with_picture(), Service::new());
    let all = rows(6);
    let done = [1, 2, 4].map(|number| all[number].clone());
    place.manifest(&done);
    place.batch_quietly("", &service, 0);
    place.manifest(&all);
    let paths = "out/1.jpg\nout/4.jpg\nout/6.jpg\n";
    place.batch("-j 3", &service).prints(paths).saying(&["6 jobs: 3 made, 3 done before"]).done();
    service.ledger().ensure(6, 6);
    fs::remove_file(place.path("out/4.jpg")).unwrap();
    let again = place.batch("--json -j 3", &service).exits(11).says_anything().prints_anything().done();
    let lines: Vec<_> =
        again.jsons().iter().map(|json| (json["line"].clone(), json["status"].clone())).collect();
    let status = |line: u64| json!(if line == 4 { "error" } else { "ok" });
    assert_eq!(lines, (1..=6).map(|line| (json!(line), status(line))).collect::<Vec<_>>());
    service.ledger().ensure(6, 6);
}

#[test]
fn what_failed_is_tried_again_with_the_same_seed() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["server-error=500:1"]));
    place.manifest(&rows(2));
    let first =
        place.batch("--json -j 1 --retries 0", &service).exits(11).says_anything().prints_anything().done();
    assert_eq!(first.jsons()[0]["error"]["kind"], "unavailable");
    let second = place.batch("--json", &service).prints_anything().says_anything().done();
    service.ledger().ensure(3, 2);
    let again = &second.jsons()[0];
    assert_eq!(again["job"], first.jsons()[0]["job"]);
    assert_eq!(service.ledger().charge(1)["seed"], again["seed"]);
}

#[test]
fn what_may_have_been_charged_is_listed_and_left_alone() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["reset-after-charge:1"]));
    place.manifest(&rows(2));
    place.batch_quietly("-j 1", &service, 8);
    let said = ["m.jsonl:1: job", "may have been charged, so it is not sent again", "seededit recover"];
    place.batch("-j 1", &service).exits(8).saying(&said).done();
    service.ledger().ensure(2, 2);
    // Settled as lost, it stays so until somebody says to pay again.
    place.words("recover -q").on(&service).exits(10).says_anything().done();
    place
        .batch("", &service)
        .exits(10)
        .saying(&["m.jsonl:1: job", "run it again with --redo, which is charged again"])
        .done();
    service.ledger().ensure(2, 2);
    place.batch_quietly("--redo", &service, 0);
    service.ledger().ensure(3, 3);
    assert_eq!(service.ledger().ensure_right_pictures(&place, &rows(2)), 2);
}

#[test]
fn what_was_paid_for_and_not_delivered_is_fetched_by_the_next_run() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["download-error=500:1"]));
    place.manifest(&rows(1));
    place.batch_quietly("--retries 0", &service, 9);
    place.batch("", &service).prints_anything().says_anything().done();
    service.ledger().ensure(1, 1);
    assert_eq!(service.ledger().ensure_right_pictures(&place, &rows(1)), 1);
}

#[test]
fn a_result_that_is_wanted_elsewhere_or_as_something_else_is_copied_and_not_paid_for() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&[row(1)]);
    place.batch_quietly("", &service, 0);
    let mut moved = row(1);
    moved["output"] = json!("elsewhere/1.png");
    place.manifest(&[moved.clone()]);
    place.batch("", &service).prints("elsewhere/1.png\n").saying(&["nothing was sent  $0.00"]).done();
    assert!(place.read("elsewhere/1.png").starts_with(b"\x89PNG"));
    // From then on that is where it is.
    place.batch("", &service).says_anything().done();
    service.ledger().ensure(1, 1);
}

#[test]
fn a_picture_that_was_changed_makes_another_job() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&[json!({"image": "in.png", "prompt": "x"})]);
    place.batch_quietly("", &service, 0);
    place.write("in.png", crate::support::png(65, 48));
    place.batch("", &service).prints("in-edited-2.jpg\n").says_anything().done();
    service.ledger().ensure(2, 2);
}

#[test]
fn rows_that_ask_the_same_are_jobs_of_their_own_and_have_seeds_of_their_own() {
    let (place, service) = (Place::with_picture(), Service::new());
    let same = |output: &str| json!({"image": "in.png", "prompt": "x", "output": output});
    let rows = [same("a.jpg"), same("b.jpg"), same("c.jpg")];
    place.manifest(&rows);
    place.batch_quietly("", &service, 0);
    place.batch_quietly("", &service, 0);
    service.ledger().ensure(3, 3);
    assert_ne!(place.read("a.jpg"), place.read("b.jpg"));
    // With one seed for all of them, they are one job with three outputs.
    let other = Place::with_picture();
    other.manifest(&rows);
    other.batch_quietly("--seed 5", &service, 0);
    service.ledger().ensure(4, 4);
    assert_eq!(other.read("a.jpg"), other.read("c.jpg"));
}

#[test]
fn an_id_that_stands_for_another_edit_now_is_told_and_paid_for_only_on_request() {
    let (place, service) = (Place::with_picture(), Service::new());
    let with = |prompt: &str| [json!({"image": "in.png", "prompt": prompt, "id": "one", "output": "o.jpg"})];
    place.manifest(&with("x"));
    place.batch_quietly("", &service, 0);
    place.manifest(&with("y"));
    let said = ["m.jsonl:1: the id `one` was used for another edit: job", "--redo"];
    place.batch("--force", &service).exits(11).saying(&said).done();
    service.ledger().ensure(1, 1);
    place.batch_quietly("--redo --force", &service, 0);
    place.batch_quietly("--force", &service, 0);
    service.ledger().ensure(2, 2);
    // Another manifest's `one` is another one.
    fs::copy(place.path("m.jsonl"), place.path("n.jsonl")).unwrap();
    place.write("n.jsonl", format!("{}\n", json!({"image": "in.png", "prompt": "z", "id": "one"})));
    place.words("batch n.jsonl").on(&service).prints_anything().says_anything().done();
    service.ledger().ensure(3, 3);
}

#[test]
fn two_processes_share_a_manifest_and_send_no_job_twice() {
    let (place, service) = (
        Place::with_picture(),
        Service::with(|options| {
            options.latency = std::time::Duration::from_millis(30);
        }),
    );
    place.manifest(&rows(12));
    let run = || {
        place.batch("-j 3", &service).prints_anything().says_anything().may_leave_its_hidden_file().start()
    };
    let both = [run(), run()];
    for run in both {
        run.end();
    }
    service.ledger().ensure(12, 12);
    assert_eq!(service.ledger().ensure_right_pictures(&place, &rows(12)), 12);
}

#[test]
fn results_come_in_the_order_of_the_manifest_and_with_unordered_as_they_are() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["rate-limit:1"]));
    place.manifest(&rows(6));
    let done = place.batch("--json -j 3 --report r.jsonl", &service).prints_anything().says_anything().done();
    let lines: Vec<_> = done.jsons().iter().map(|record| record["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6]);
    let report = String::from_utf8(place.read("r.jsonl")).unwrap();
    let mut reported: Vec<_> = report
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["line"].as_u64().unwrap())
        .collect();
    reported.sort_unstable();
    assert_eq!(reported, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_dry_run_tells_what_is_left_and_changes_nothing() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&rows(3));
    let todo = "line 1: in.png → out/1.jpg  seed 7\nline 2: in.png → out/2.jpg  seed 7\n\
                line 3: in.png → out/3.jpg  seed 7\n3 jobs: 3 to do, 0 done\n\
                the price of an edit is not known yet; give it with --price\n";
    place.words("batch m.jsonl --seed 7 --dry-run").prints(todo).done();
    assert!(place.data_files().is_empty() && !place.path("out").exists());
    place.batch_quietly("--seed 7 -j 1 --max-jobs 2", &service, 0);
    service.ledger().ensure(2, 2);
    let left = "line 3: in.png → out/3.jpg  seed 7\n3 jobs: 1 to do, 2 done\n1 edit at $0.0315: $0.0315\n";
    place
        .words("batch m.jsonl --seed 7 --dry-run")
        .var("SEEDEDIT_BASE_URL", service.url())
        .prints(left)
        .done();
    let told = place
        .words("batch m.jsonl --seed 7 --dry-run --json --price 2")
        .var("SEEDEDIT_BASE_URL", service.url());
    let told = told.prints_anything().done().jsons();
    assert_eq!((&told[1]["todo"], &told[1]["done"], &told[1]["usd"]), (&json!(1), &json!(2), &json!(2.0)));
}

#[test]
fn each_shard_does_its_own_and_together_they_do_all() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&rows(7));
    let mut done = 0;
    for shard in ["1/3", "2/3", "3/3"] {
        place.batch_quietly(&format!("--shard {shard}"), &service, 0);
        let now = service.ledger().charged();
        place.batch_quietly(&format!("--shard {shard}"), &service, 0);
        assert_eq!(service.ledger().charged(), now, "{shard} again");
        done = now;
    }
    assert_eq!(done, 7);
    service.ledger().ensure(7, 7);
    assert_eq!(service.ledger().ensure_right_pictures(&place, &rows(7)), 7);
}

#[cfg(unix)]
#[test]
fn ctrl_c_begins_nothing_new_and_saves_what_is_under_way() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let service = Service::with(|options| options.latency = std::time::Duration::from_millis(400));
    let place = Place::with_picture();
    place.manifest(&rows(8));
    let run = place.batch("-j 2", &service).exits(130).prints_anything().says_anything().start();
    while service.ledger().posts() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    kill(Pid::from_raw(run.id().cast_signed()), Signal::SIGINT).unwrap();
    let said = run.end().said;
    assert!(said.contains("8 jobs: 2 made, 6 left  $0.063"), "{said}");
    service.ledger().ensure(2, 2);
    place.batch_quietly("", &service, 0);
    service.ledger().ensure(8, 8);
    assert_eq!(service.ledger().ensure_right_pictures(&place, &rows(8)), 8);
}

#[test]
fn a_batch_that_was_killed_goes_on_where_it_was_and_pays_for_nothing_twice() {
    let service = Service::with(|options| options.latency = std::time::Duration::from_millis(50));
    let place = Place::with_picture();
    place.manifest(&rows(10));
    let run = place.batch("-j 2", &service).ends_anyhow().start();
    while service.ledger().charged() < 4 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    kill(run.id());
    run.end();
    place.batch("", &service).ends_anyhow().done();
    place.words("recover -q --wait 0s").on(&service).ends_anyhow().done();
    place.batch("", &service).ends_anyhow().done();
    let ledger = service.ledger();
    for (prompt, results) in ledger.results() {
        assert_eq!(results.len(), 1, "{prompt} was paid for twice");
    }
    let delivered = ledger.ensure_right_pictures(&place, &rows(10));
    let count = |state| place.entries().iter().filter(|entry| entry.state == state).count();
    assert_eq!(ledger.charged(), (delivered + count("lost")) as u64);
    // It may have been struck after a job was written down and before the service got it.
    assert_eq!(delivered + count("lost") + count("unknown"), 10);
}

#[cfg(unix)]
fn kill(id: u32) {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(id.cast_signed()), nix::sys::signal::Signal::SIGKILL)
        .unwrap();
}

#[cfg(not(unix))]
fn kill(_id: u32) {}

#[test]
fn rows_that_share_a_job_are_done_once_each_has_its_file() {
    let (place, service) = (Place::with_picture(), Service::new());
    let same = |output: &str| json!({"image": "in.png", "prompt": "x", "seed": 5, "output": output});
    place.manifest(&[same("a.jpg"), same("b.jpg"), same("c.jpg")]);
    place.batch_quietly("-j 1", &service, 0);
    for _ in 0..2 {
        place.batch("-j 1", &service).saying(&["3 jobs: 0 made, 3 done before"]).done();
    }
    service.ledger().ensure(1, 1);
    assert_eq!(place.names(), ["a.jpg", "b.jpg", "c.jpg", "in.png", "m.jsonl"]);
}

#[test]
fn rows_that_ask_the_same_may_change_places() {
    let (place, service) = (Place::with_picture(), Service::new());
    let same = |output: &str| json!({"image": "in.png", "prompt": "x", "output": output});
    place.manifest(&[same("a.jpg"), same("b.jpg")]);
    place.batch_quietly("", &service, 0);
    let before = (place.read("a.jpg"), place.read("b.jpg"));
    place.manifest(&[same("b.jpg"), same("a.jpg")]);
    for flags in ["", "--force"] {
        place.batch(flags, &service).saying(&["2 jobs: 0 made, 2 done before"]).done();
    }
    assert_eq!((place.read("a.jpg"), place.read("b.jpg")), before);
    service.ledger().ensure(2, 2);
}

#[test]
fn another_quality_under_the_same_name_replaces_what_was_paid_for_only_on_request() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.manifest(&rows(1));
    place.batch_quietly("", &service, 0);
    let paid = place.read("out/1.jpg");
    place.batch("--quality 30", &service).exits(11).saying(&["out/1.jpg exists", "--force"]).done();
    assert_eq!(place.read("out/1.jpg"), paid);
    place.batch("--quality 30 --force", &service).prints("out/1.jpg\n").says_anything().done();
    assert_ne!(place.read("out/1.jpg"), paid);
    place.batch("--quality 30", &service).says_anything().done();
    service.ledger().ensure(1, 1);
}

#[test]
fn recover_makes_the_directory_that_the_batch_was_to_make() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["download-error=500:1"]));
    place.manifest(&rows(1));
    place.batch_quietly("--retries 0", &service, 9);
    fs::remove_dir_all(place.path("out")).unwrap();
    place.words("recover -q").on(&service).prints("[work]/out/1.jpg\n").done();
    assert_eq!(service.ledger().ensure_right_pictures(&place, &rows(1)), 1);
    service.ledger().ensure(1, 1);
}

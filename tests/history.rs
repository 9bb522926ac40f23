//! What was asked, what it cost, where it went.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Place, Service, sha256};

/// Three jobs: two delivered, the second of them with a longer instruction, and one refused.
fn past() -> Place {
    let (place, service) = (Place::with_picture(), Service::new());
    place
        .run(["edit", "in.png", "-p", "add a bird", "-o", "bird.jpg", "-q"])
        .on(&service)
        .prints_anything()
        .done();
    place
        .run(["edit", "in.png", "-p", "make it NIGHT", "-o", "night.jpg", "-q"])
        .on(&service)
        .prints_anything()
        .done();
    let refusing = Service::faulty(&["no-credits"]);
    place
        .run(["edit", "in.png", "-p", "a hat", "-o", "hat.jpg", "-q"])
        .on(&refusing)
        .exits(5)
        .says_anything()
        .done();
    place
}

fn listed(place: &Place, further: &str) -> Vec<String> {
    let records = place.words("history --json").args(further).prints_anything().done().jsons();
    records.iter().map(|record| record["prompt"].as_str().unwrap().to_owned()).collect()
}

fn job(place: &Place, prompt: &str) -> String {
    let records = place.words("history --json").prints_anything().done().jsons();
    let found = records.iter().find(|record| record["prompt"] == prompt).unwrap();
    found["job"].as_str().unwrap().to_owned()
}

fn shown(place: &Place, job: &str) -> Value {
    place.run(["history", "show", job, "--json"]).prints_anything().done().json()
}

#[test]
fn jobs_are_listed_newest_first_and_picked_by_what_is_said_of_them() {
    let place = past();
    assert_eq!(listed(&place, ""), ["a hat", "make it NIGHT", "add a bird"]);
    assert_eq!(listed(&place, "-n 1"), ["a hat"]);
    assert_eq!(listed(&place, "--status delivered"), ["make it NIGHT", "add a bird"]);
    assert_eq!(listed(&place, "--status lost"), [""; 0]);
    assert_eq!(listed(&place, "--grep night"), ["make it NIGHT"]);
    assert_eq!(listed(&place, "--grep BIRD.JPG"), ["add a bird"]);
    assert_eq!(listed(&place, "--since 1h").len(), 3);
    // Nothing in the text means anything but itself.
    for text in ["%", "_", "\\", "b_rd", "b%d"] {
        assert_eq!(listed(&place, &format!("--grep {text}")), [""; 0], "{text}");
    }
    place.tamper("UPDATE job SET created = created - 48 * 3600 * 1000 WHERE prompt = 'add a bird'");
    assert_eq!(listed(&place, "--since 1d"), ["a hat", "make it NIGHT"]);
    assert_eq!(listed(&place, "--since 2020-01-01").len(), 3);
    place.words("history --since yesterday").exits(2).saying(&["is not a time", "2026-01-31"]).done();
    place.words("history --status asleep").exits(2).says_anything().done();
}

#[test]
fn a_person_gets_a_line_for_each() {
    let place = past();
    let done = place.words("history").prints_anything().done();
    let text = place.plain(&String::from_utf8(done.stdout).unwrap());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].ends_with("failed              -  [work]/in.png → [work]/hat.jpg  \"a hat\""), "{text}");
    assert!(
        lines[1].ends_with("done          $0.0315  [work]/in.png → [work]/night.jpg  \"make it NIGHT\""),
        "{text}"
    );
    assert!(lines[0].contains("  just now  "), "{text}");
}

#[cfg(unix)]
#[test]
fn the_list_fits_a_terminal_of_80_columns() {
    use crate::support::Terminal;

    let (place, service) = (Place::new(), Service::new());
    let long = "a-picture-with-a-very-long-name-that-no-terminal-has-room-for.png";
    place.write(long, crate::support::png(64, 48));
    let prompt = "replace the whole sky with a starry one and keep the harbour as it is, please";
    let run = place.run(["edit", long, "-p", prompt, "-o", "out.jpg", "-q"]).on(&service);
    run.prints_anything().done();
    let seen = Terminal::start(place.words("history").says_anything(), 80).end();
    let lines: Vec<&str> = seen.lines().map(|line| line.trim_end_matches('\r')).collect();
    assert!(lines[0].starts_with("   #  when"), "{seen:?}");
    assert!(lines[1].contains("done") && lines[1].contains('…'), "{seen:?}");
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{seen:?}");
}

#[test]
fn a_number_of_the_list_names_a_job() {
    let place = past();
    let first = place.words("history show 1 --json").prints_anything().done().json();
    let third = place.words("history show 3 --json").prints_anything().done().json();
    assert_eq!((&first["prompt"], &third["prompt"]), (&json!("a hat"), &json!("add a bird")));
    place.words("history show 4").exits(3).saying(&["no job `4`"]).done();
}

#[test]
fn an_empty_history_says_so_and_names_the_sandbox_s() {
    let place = Place::with_picture();
    place.words("history").saying(&["no jobs yet\n"]).done();
    place.edit("--sandbox -q").prints_anything().done();
    place
        .words("history")
        .saying(&["the sandbox has a history of its own: `seededit history --sandbox`"])
        .done();
    place.words("history --sandbox").prints_anything().done();
}

#[test]
fn forgetting_needs_a_yes() {
    let place = past();
    place.words("history forget 1").exits(2).saying(&["needs a confirmation", "add --yes"]).done();
    assert_eq!(listed(&place, "").len(), 3);
    place.words("history forget 1 --yes").says_anything().done();
    assert_eq!(listed(&place, "").len(), 2);
}

#[test]
fn everything_about_a_job_is_shown() {
    let place = past();
    let name = job(&place, "add a bird");
    let record = shown(&place, &name);
    let picture = place.read("bird.jpg");
    assert_eq!(
        (&record["state"], &record["usd"], &record["width"], &record["height"], &record["file"]),
        (&json!("delivered"), &json!(0.0315), &json!(1152), &json!(864), &json!("unchanged"))
    );
    assert_eq!((&record["sha256"], &record["bytes"]), (&json!(sha256(&picture)), &json!(picture.len())));
    assert_eq!(record["input_sha256"], sha256(&place.read("in.png")));
    let attempt = &record["attempts"][0];
    assert_eq!((&attempt["charged"], &attempt["http_status"]), (&json!("yes"), &json!(200)));
    assert!(attempt["inference_id"].is_string());
    let done = place.run(["history", "show", &name]).prints_anything().done();
    let sheet = String::from_utf8(done.stdout).unwrap();
    for part in [
        "state        done",
        "prompt       add a bird",
        "price        $0.0315",
        "charged: yes",
        "file         unchanged",
    ] {
        assert!(sheet.contains(part), "{part:?}: {sheet}");
    }
    place.words("history show nosuchjob").exits(3).saying(&["no job `nosuchjob`"]).done();
}

#[test]
fn a_file_that_changed_or_went_is_told_apart() {
    let place = past();
    let (bird, night) = (job(&place, "add a bird"), job(&place, "make it NIGHT"));
    let mut bytes = place.read("bird.jpg");
    *bytes.last_mut().unwrap() ^= 1;
    place.write("bird.jpg", &bytes);
    fs::remove_file(place.path("night.jpg")).unwrap();
    assert_eq!(
        (&shown(&place, &bird)["file"], &shown(&place, &night)["file"]),
        (&json!("changed"), &json!("missing"))
    );
    place.write("night.jpg", "shorter");
    assert_eq!(shown(&place, &night)["file"], "changed");
    assert_eq!(shown(&place, &job(&place, "a hat"))["file"], Value::Null);
}

#[test]
fn what_was_spent_is_summed_by_day_by_month_and_in_all() {
    let place = past();
    place.tamper("UPDATE attempt SET sent = sent - 40 * 86400000 WHERE job = (SELECT id FROM job WHERE prompt = 'add a bird')");
    let records = place.words("history --cost --json").prints_anything().done().jsons();
    let of = |per: &str| -> Vec<(u64, f64)> {
        let of = records.iter().filter(|record| record["per"] == per);
        of.map(|record| (record["generations"].as_u64().unwrap(), record["usd"].as_f64().unwrap())).collect()
    };
    assert_eq!(of("day"), [(1, 0.0315), (1, 0.0315)]);
    assert_eq!(of("month"), [(1, 0.0315), (1, 0.0315)]);
    assert_eq!(of("total"), [(2, 0.063)]);
    let done = place.words("history --cost").prints_anything().done();
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(text.ends_with("total           $0.063  2 generations\n"), "{text}");
}

#[test]
fn what_is_at_an_end_can_be_forgotten_and_nothing_else() {
    let place = past();
    let bird = job(&place, "add a bird");
    place.run(["history", "forget", "--yes", &bird]).says("✓ 1 job forgotten\n").done();
    assert_eq!(listed(&place, ""), ["a hat", "make it NIGHT"]);
    let service = Service::faulty(&["reset-after-charge"]);
    place.words("edit in.png -p doubt -o doubt.jpg -q").on(&service).exits(8).says_anything().done();
    let doubt = place.entries().into_iter().find(|entry| entry.state == "unknown").unwrap().job;
    let run = place.run(["history", "forget", "--yes", &doubt]).exits(3);
    run.saying(&["is unknown, and is not forgotten", "`seededit recover` brings jobs to their end"]).done();
    place.words("recover -q").on(&service).exits(10).says_anything().done();
    place.words("history forget --yes --before 2020-01-01").says("✓ 0 jobs forgotten\n").done();
    place.tamper("UPDATE job SET created = created - 86400000");
    let run = place.words("history forget --yes --before 1h");
    run.says("✓ 2 jobs forgotten\nnote: 1 job kept: unfinished, or lost\n").done();
    assert_eq!(listed(&place, ""), ["doubt"]);
    // The files stay.
    assert!(place.path("night.jpg").exists());
    // What was forgotten is gone from the file too.
    for name in place.data_files() {
        let bytes = fs::read(place.data().join(&name)).unwrap();
        assert!(!bytes.windows(13).any(|window| window == b"make it NIGHT"), "{name} remembers");
    }
}

#[test]
fn history_needs_no_key_no_network_and_no_journal() {
    let place = Place::new();
    place.words("history").says("note: no jobs yet\n").done();
    place.words("history --cost --json").says_anything().done();
    place.words("history show x").exits(3).says_anything().done();
    place.words("recover").says("note: nothing to recover\n").done();
    assert_eq!(place.data_files(), [""; 0], "looking makes nothing");
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn a_path_that_is_not_utf8_survives() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let (place, service) = (Place::new(), Service::faulty(&["download-error=404:1"]));
    let (input, output) = (OsStr::from_bytes(b"in-\xff.png"), OsStr::from_bytes(b"out-\xfe.jpg"));
    place.write(input, crate::support::png(64, 48));
    let run = place.words("edit -p x -q --retries 0").arg(input).arg("-o").arg(output).on(&service);
    run.exits(9).says_anything().done();
    let done = place.words("recover -q").on(&service).prints_anything().done();
    assert!(done.stdout.ends_with(b"/out-\xfe.jpg\n"), "{:?}", done.stdout);
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&place.read(output)));
    let name = place.entry().job;
    assert_eq!(shown(&place, &name)["file"], "unchanged");
    // The picture is found again by its own bytes too.
    place.tamper("UPDATE job SET state = 'lost'");
    fs::remove_file(place.path(output)).unwrap();
    let done = place.run(["recover", "-q", "--pay-again", &name]).on(&service).prints_anything().done();
    assert!(done.stdout.ends_with(b"/out-\xfe.jpg\n"));
    service.ledger().ensure(2, 2);
}

#[test]
fn a_job_in_doubt_is_forgotten_once_its_local_server_has_stopped() {
    let (place, service) = (Place::with_picture(), Service::faulty(&["html-200"]));
    place.edit("").on(&service).exits(8).says_anything().prints_anything().done();
    let job = place.entry().job;
    let forget = || place.run(["history", "forget", "--yes", &job]);
    forget().exits(3).saying(&["is unknown, and is not forgotten"]).done();
    drop(service);
    place.words("recover").exits(8).saying(&["seededit history forget", "dismisses the job"]).done();
    forget().saying(&["1 job forgotten"]).done();
    place.words("history").saying(&["no jobs yet"]).done();
}

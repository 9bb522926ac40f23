//! Results that exist and get another destination or encoding: they are copied, and none is overwritten.

use serde_json::json;

use crate::support::{Service, TestEnv, row, rows};

#[test]
fn no_result_overwrites_another_that_is_still_to_be_copied() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(3));
    env.batch_exits("", &service, 0);
    // A new row comes first, so the results of the others move to the next output.
    let mut shifted = vec![json!({"image": "in.png", "prompt": "new", "output": "out/1.jpg"})];
    shifted.extend((1..=3).map(|number| {
        let mut shifted_row = row(number);
        shifted_row["output"] = json!(format!("out/{}.jpg", number + 1));
        shifted_row
    }));
    env.write_manifest(&shifted);
    let message = [
        "m.jsonl:1: out/1.jpg still holds the result of line 2",
        "m.jsonl:3: out/3.jpg still holds the result of line 4",
    ];
    env.batch("--force -j 1", &service).code(3).stderr_contains(&message).assert();
    service.ledger().ensure_counts(3, 3);
    assert_eq!(service.ledger().ensure_correct_pictures(&env, &rows(3)), 3);
}

#[test]
fn one_result_in_two_formats_stays_done() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let with = |output: &str| json!({"image": "in.png", "prompt": "x", "seed": 5, "output": output});
    env.write_manifest(&[with("a.jpg"), with("a.png"), with("b.jpg")]);
    env.batch_exits("", &service, 0);
    let before = (env.read("a.jpg"), env.read("a.png"));
    for _ in 0..2 {
        env.batch("", &service).stderr_contains(&["3 tasks: 0 made, 3 done before"]).assert();
    }
    assert_eq!((env.read("a.jpg"), env.read("a.png")), before);
    assert_eq!(env.read("b.jpg"), before.0);
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_re_encoded_result_is_not_reported_as_modified() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(1));
    env.batch_exits("--quality 40", &service, 0);
    let message = ["m.jsonl:1: ", "out/1.jpg was encoded with other options", "--redo"];
    env.batch("", &service).code(11).stderr_contains(&message).assert();
    env.batch("--quality 40", &service).stderr_contains(&["1 task: 0 made, 1 done before"]).assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_copy_of_lower_quality_does_not_replace_the_result() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(1));
    env.batch_exits("", &service, 0);
    let mut elsewhere = row(1);
    elsewhere["output"] = json!("small.jpg");
    env.write_manifest(&[elsewhere]);
    env.batch_exits("--quality 40", &service, 0);
    env.write_manifest(&rows(1));
    env.batch("", &service).stderr_contains(&["1 task: 0 made, 1 done before"]).assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_result_with_a_numbered_name_is_copied_to_the_given_name() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.command("edit in.png x --seed 8 -q -o a-2.jpg").service(&service).stdout("a-2.jpg\n").assert();
    let again = env.command("edit in.png x --seed 8 -q --reuse -o a.jpg").service(&service);
    again.stdout("a.jpg\n").assert();
    assert_eq!(env.read("a.jpg"), env.read("a-2.jpg"));
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn outputs_of_redo_are_checked_before_anything_is_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let with = |prompt: &str| json!({"image": "in.png", "prompt": prompt, "id": "one", "output": "o.jpg"});
    env.write_manifest(&[with("x")]);
    env.batch_exits("", &service, 0);
    env.write_manifest(&[row(1), with("y")]);
    env.batch("--redo", &service).code(3).stderr_contains(&["m.jsonl:2: o.jpg exists"]).assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_dry_run_names_the_files_to_be_written_and_those_to_be_skipped() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("b.png", crate::support::png(80, 60));
    env.write("out/in-edited.jpg", "mine");
    let run = |flags: &str| {
        let args = format!("edit in.png b.png -p x --seed 1 -d out --dry-run --price 1 {flags}");
        env.command(&args).service(&service)
    };
    let two = "2 edits at $1.00: $2.00, as given with --price\n";
    run("")
        .stdout(format!(
            "in.png → out/in-edited-2.jpg  seed 1\nb.png → out/b-edited.jpg  seed 1\n2 tasks: 2 to do, 0 done\n{two}"
        ))
        .assert();
    let one = "1 edit at $1.00: $1.00, as given with --price\n";
    run("--if-exists skip")
        .stdout(format!(
            "in.png → out/in-edited.jpg  free: exists, so nothing is sent\nb.png → out/b-edited.jpg  seed 1\n\
             2 tasks: 1 to do, 1 done\n{one}"
        ))
        .assert();
}

//! `replay`: an earlier edit again, with changes.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::{RawServer, Run, Service, TestEnv, answer, encode_png, png};

/// An edit whose request has a seed, a guidance scale and a region.
const FIRST: &str = "--seed 41 -g 7 --region 20x20+10+10 -q";

fn env_with_edit(service: &Service, flags: &str) -> TestEnv {
    let env = TestEnv::with_picture();
    env.edit(flags).service(service).any_stdout().any_stderr().assert();
    env
}

fn replay<'a>(env: &'a TestEnv, service: &Service, args: &str) -> Run<'a> {
    env.command("replay").args(args).service(service)
}

/// The record of the only result of a run.
fn record(run: Run<'_>) -> Value {
    run.any_stdout().any_stderr().assert().json()
}

/// What `history show` says about the newest job.
fn newest(env: &TestEnv) -> Value {
    env.command("history show 1 --json").any_stdout().assert().json()
}

#[test]
fn an_edit_is_named_by_its_job_its_number_its_result_or_the_file_of_that() {
    let service = Service::new();
    let env = env_with_edit(&service, FIRST);
    let job = env.only_job().id;
    fs::copy(env.path("out.jpg"), env.path("copy.jpg")).unwrap();
    for name in [&*job, &job[..7], "1", "@", "@1", &*format!("@{job}"), "out.jpg", "./out.jpg", "copy.jpg"] {
        let planned =
            record(replay(&env, &service, &format!("{name} --dry-run --json --seed 42 -o new.jpg")));
        let body = &planned["request"]["body"];
        assert_eq!((&body["prompt"], &body["seed"]), (&json!("add a bird"), &json!(42)), "{name}");
        assert_eq!(body["guidance_scale"], 7.0, "{name}");
        assert_eq!(planned["region"], json!({"x": 10, "y": 10, "width": 20, "height": 20}), "{name}");
    }
    // The job is known by the place of its result, whatever became of the file.
    env.write("out.jpg", png(30, 30));
    let run = replay(&env, &service, "out.jpg --dry-run --seed 42 -o new.jpg").any_stdout();
    run.stderr_contains(&["out.jpg was changed since job"]).assert();
    fs::remove_file(env.path("out.jpg")).unwrap();
    replay(&env, &service, "out.jpg --dry-run --seed 42 -o new.jpg -q").any_stdout().assert();
    // A file that is called like the job is another thing.
    env.write(&job, png(30, 30));
    let planned = record(replay(&env, &service, &format!("{job} --dry-run --json -o new.jpg")));
    assert_eq!(planned["request"]["body"]["prompt"], json!("add a bird"));
    replay(&env, &service, &format!("./{job} in.png")).code(3).any_stderr().assert();
    service.ledger().ensure_counts(1, 1);
    fs::remove_file(env.path(&job)).unwrap();
    assert_eq!(env.file_names(), ["copy.jpg", "in.png"]);
}

#[test]
fn an_unchanged_edit_is_not_paid_for_again_unless_that_is_said() {
    let service = Service::new();
    let env = env_with_edit(&service, FIRST);
    let job = env.only_job().id;
    let plan = replay(&env, &service, "@ --dry-run -o out.jpg").any_stdout();
    plan.stderr_contains(&[&format!("this repeats job {job}: \"add a bird\""), "nothing is sent or paid"])
        .assert();
    let again = record(replay(&env, &service, "@ --json -o again.jpg"));
    assert_eq!((&again["reused"], &again["job"], &again["usd"]), (&json!(true), &json!(job), &json!(0)));
    assert_eq!(env.read("again.jpg"), env.read("out.jpg"));
    // Without -o, the name is the one that `edit` gives, in the format of the earlier result.
    replay(&env, &service, "@ -q").stdout("in-edited.jpg\n").assert();
    service.ledger().ensure_counts(1, 1);

    let paid = record(replay(&env, &service, "@ --json --pay-again -o paid.jpg"));
    assert_eq!((paid.get("reused"), &paid["seed"]), (None, &json!(41)));
    assert_ne!(paid["job"], json!(job));
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn each_flag_changes_its_own_part_of_the_request() {
    let service = Service::new();
    let env = env_with_edit(&service, FIRST);
    let planned =
        |flags: &str| record(replay(&env, &service, &format!("@ --dry-run --json -o new.png {flags}")));
    let body = |flags: &str| planned(flags)["request"]["body"].clone();
    assert_eq!(body("-p night")["prompt"], "night");
    assert_eq!(body("-p night")["seed"], 41);
    assert_eq!(body("--seed 5")["seed"], 5);
    assert_eq!(body("-g 2 --seed 5")["guidance_scale"], 2.0);
    assert_eq!(body("--model gpt-image-2").get("seed"), None, "a model that takes none");
    assert_ne!(body("--without seed")["seed"], 41);
    assert_eq!(body("--without seed,guidance-scale").get("guidance_scale"), None);
    assert_eq!(planned("--region 8x8+0+0")["region"], json!({"x": 0, "y": 0, "width": 8, "height": 8}));
    assert_eq!(planned("--without region")["region"], Value::Null);
    assert_eq!(planned("--keep-size")["region"], Value::Null);
    service.ledger().ensure_counts(1, 1);

    let changed = record(replay(&env, &service, "@ -p night --json -o night.jpg"));
    assert_eq!((&changed["prompt"], &changed["seed"]), (&json!("night"), &json!(41)));
    assert_eq!(newest(&env)["treatment"]["region"], "20x20+10+10");
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn what_a_model_does_not_take_is_left_out_and_mentioned() {
    let service = Service::new();
    let env = env_with_edit(&service, FIRST);
    let run = replay(&env, &service, "@ --model gpt-image-2 --dry-run -o new.png").any_stdout();
    run.stderr_contains(&["takes no seed, so the one of job", "takes no guidance scale, so the one of job"])
        .assert();
}

#[test]
fn the_settings_do_not_change_what_is_repeated() {
    let service = Service::new();
    let env = env_with_edit(&service, "--seed 41 -q");
    env.write_config(
        "guidance_scale = 9\nwatermark = true\nmodel = \"gpt-image-2\"\nresponse_format = \"b64_json\"\n",
    );
    let again = record(replay(&env, &service, "@ --json -o again.jpg"));
    assert_eq!(again["reused"], true);
    let other = record(replay(&env, &service, "@ --json --seed 5 -o other.jpg"));
    assert_eq!(
        (&other["guidance_scale"], &other["model"]),
        (&Value::Null, &json!("bytedance/seededit-3.0-i2i"))
    );
    let shown = newest(&env);
    assert_eq!((&shown["watermark"], &shown["response_format"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_prompt_is_taken_as_it_was_whatever_it_looks_like() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for (prompt, words) in [("@@home", "@home"), ("sky", "sky")] {
        let args = ["edit", "in.png", prompt, "--seed", "3", "-q", "-o", "out.jpg", "-f"];
        env.command_with(args).service(&service).any_stdout().assert();
        // The name of a file is refused as a prompt that is typed.
        env.write("sky", "");
        let again = record(replay(&env, &service, "@ --seed 4 --json -o again.jpg -f"));
        assert_eq!(again["prompt"], *words);
        fs::remove_file(env.path("sky")).unwrap();
    }
}

#[test]
fn a_file_that_the_history_does_not_know_says_itself_what_was_done() {
    let service = Service::new();
    let env = env_with_edit(&service, "--seed 41 -q --record");
    let other = TestEnv::with_picture();
    other.write("shared.jpg", env.read("out.jpg"));
    let run = replay(&other, &service, "shared.jpg").code(2);
    run.stderr_contains(&[
        "shared.jpg records an edit, but not of which picture",
        "seededit replay shared.jpg IMAGE",
    ])
    .assert();
    service.ledger().ensure_counts(1, 1);
    let again = record(replay(&other, &service, "shared.jpg in.png --json -o again.jpg"));
    assert_eq!((&again["prompt"], &again["seed"]), (&json!("add a bird"), &json!(41)));
    assert_eq!(other.read_answer("again.jpg"), env.read_answer("out.jpg"));
    let night = record(replay(&other, &service, "shared.jpg in.png -p night --seed 7 --json -o night.jpg"));
    assert_eq!((&night["prompt"], &night["seed"]), (&json!("night"), &json!(7)));
    // The result records what was done, too.
    let inspected = record(other.command("inspect night.jpg --json"));
    assert_eq!(inspected["provenance"]["prompt"], "night");
    // The history knows the file now.
    let known = record(replay(&other, &service, "again.jpg --json -o copy.jpg"));
    assert_eq!(known["reused"], true);
}

#[test]
fn what_is_no_result_and_no_job_is_refused() {
    let service = Service::new();
    let env = env_with_edit(&service, "-q");
    env.write("dir/x.png", png(20, 20));
    for (name, message) in [
        ("in.png", "no edit is known for in.png"),
        ("nowhere.jpg", "nowhere.jpg does not exist, and no job wrote it"),
        ("zzzz", "there is no file and no job `zzzz`"),
        ("dir", "dir is a directory"),
        ("@7", "no result `@7`"),
    ] {
        replay(&env, &service, name).code(3).stderr_contains(&[message, "hint: "]).assert();
    }
    let empty = TestEnv::with_picture();
    for name in ["@", "1"] {
        replay(&empty, &service, name).code(3).stderr_contains(&["hint: "]).assert();
    }
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_picture_that_changed_or_is_missing_is_refused_and_can_be_named() {
    let service = Service::new();
    let env = env_with_edit(&service, "-q --seed 41");
    let job = env.only_job().id;
    env.write("other.png", png(50, 40));
    env.write("in.png", png(50, 40));
    let run = replay(&env, &service, "@ -p night").code(3);
    let hint = format!(
        "to edit it as it is now, name it after the job and keep your other arguments: seededit replay {job} in.png"
    );
    run.stderr_contains(&[&format!("in.png, the picture of job {job}, has changed since"), &hint]).assert();
    fs::remove_file(env.path("in.png")).unwrap();
    let run = replay(&env, &service, "@").code(3);
    let hint = format!("name the picture if it was moved: seededit replay {job} IMAGE");
    run.stderr_contains(&["in.png, the picture of job", "no longer exists", &hint]).assert();
    service.ledger().ensure_counts(1, 1);
    let named = record(replay(&env, &service, "@ other.png --json"));
    assert_eq!(
        (&named["input"], &named["output"], &named["seed"]),
        (&json!("other.png"), &json!("other-edited.jpg"), &json!(41))
    );
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_link_that_leads_to_another_picture_is_refused() {
    let (env, service) = (TestEnv::new(), Service::new());
    let is_other = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_other);
    let server = RawServer::new(move |connection| {
        if connection.read_request().is_some() {
            let width = if seen.load(Ordering::SeqCst) { 50 } else { 40 };
            connection.send(&answer(200, "image/png", &png(width, 40), ""));
            connection.finish();
        }
    });
    let link = format!("{}/a.png", server.url());
    let args = ["edit", &link, "x", "--fetch", "--seed", "41", "-q", "-o", "out.jpg"];
    env.command_with(args).service(&service).any_stdout().any_stderr().assert();
    replay(&env, &service, "@ --seed 5 -q -o b.jpg").stdout("b.jpg\n").any_stderr().assert();
    service.ledger().ensure_counts(2, 2);
    is_other.store(true, Ordering::SeqCst);
    let job = newest(&env)["job"].as_str().unwrap().to_owned();
    let run = replay(&env, &service, "@ --seed 6").code(3);
    run.stderr_contains(&[&format!("the picture of job {job}, has changed since"), "seededit replay"])
        .assert();
    replay(&env, &service, "@ -n 2 -d d")
        .code(3)
        .stderr_contains(&["is a link, which may have changed"])
        .assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_picture_from_standard_input_has_to_be_named() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = env.command("edit - x --seed 41 -q -o out.jpg").stdin(env.read("in.png")).service(&service);
    run.any_stdout().assert();
    let run = replay(&env, &service, "@").code(3);
    run.stderr_contains(&["was standard input, which was not kept", "name the picture"]).assert();
    let again = record(replay(&env, &service, "@ in.png --json -o again.jpg"));
    assert_eq!(again["reused"], true, "it is the same picture");
    let again = record(replay(&env, &service, "@ - --json -o b.jpg").stdin(env.read("in.png")));
    assert_eq!(again["reused"], true);
}

#[test]
fn a_mask_and_references_that_changed_or_are_missing_are_refused_before_anything_is_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let mask = image::GrayImage::from_fn(64, 48, |x, _| image::Luma([if x < 20 { 255 } else { 0 }]));
    let mask = encode_png(&mask.into());
    env.write("mask.png", &mask);
    env.edit("--mask mask.png --mask-invert --seed 41 -q")
        .service(&service)
        .any_stdout()
        .any_stderr()
        .assert();
    let again = record(replay(&env, &service, "@ --json -o again.jpg"));
    assert_eq!(again["reused"], true);
    env.write("mask.png", png(64, 48));
    let run = replay(&env, &service, "@ --seed 5").code(3);
    run.stderr_contains(&["mask.png, the mask of job", "has changed since", "--without mask"]).assert();
    fs::remove_file(env.path("mask.png")).unwrap();
    let run = replay(&env, &service, "@ --seed 5").code(3);
    run.stderr_contains(&["mask.png, the mask of job", "no longer exists"]).assert();
    service.ledger().ensure_counts(1, 1);
    for flags in ["--without mask", "--region 20x20+0+0"] {
        replay(&env, &service, &format!("@1 --dry-run {flags} -o n.jpg -q")).any_stdout().assert();
    }
    // One that is named is used as it is.
    env.write("mask.png", &mask);
    replay(&env, &service, "@ --mask mask.png --seed 5 -q -o new.jpg").any_stdout().any_stderr().assert();
    assert_eq!(newest(&env)["treatment"].get("mask_invert"), None);

    env.write("a.png", png(32, 32));
    let args = "edit in.png x -m flux-2-edit --reference a.png --seed 3 -q -o flux.jpg";
    env.command(args).service(&service).any_stdout().any_stderr().assert();
    let planned = record(replay(&env, &service, "@ --seed 4 --dry-run --json -o n.jpg"));
    assert_eq!(planned["request"]["body"]["image_urls"].as_array().unwrap().len(), 2);
    env.write("a.png", png(33, 32));
    let run = replay(&env, &service, "@ --seed 4").code(3);
    run.stderr_contains(&["a.png, a reference of job", "has changed since", "--without reference"]).assert();
}

#[test]
fn a_chain_is_repeated_with_all_its_steps() {
    let service = Service::new();
    let env = env_with_edit(&service, "--seed 41 -q --then night --then rain");
    service.ledger().ensure_counts(3, 3);
    let again = record(replay(&env, &service, "@ --json -o again.jpg"));
    assert_eq!((&again["reused"], &again["prompt"]), (&json!(true), &json!("rain")));
    let changed = record(replay(&env, &service, "@ -p boat --json -o boat.jpg"));
    let prompts: Vec<&Value> =
        changed["earlier_steps"].as_array().unwrap().iter().map(|step| &step["prompt"]).collect();
    assert_eq!((prompts, &changed["prompt"]), (vec![&json!("boat"), &json!("night")], &json!("rain")));
    service.ledger().ensure_counts(6, 6);
    // An earlier step is the chain up to it, and `--without then` is its first step.
    let numbers = |args: &str| {
        let planned = record(replay(&env, &service, &format!("{args} --seed 5 --dry-run --json -o n.jpg")));
        (planned["request"]["body"]["prompt"].clone(), planned["usd"].clone())
    };
    assert_eq!(numbers("2"), (json!("boat"), json!(0.063)));
    assert_eq!(numbers("@ --without then"), (json!("boat"), json!(0.0315)));
    assert_eq!(numbers("@ --then fog"), (json!("boat"), json!(0.063)));
}

#[test]
fn a_further_step_continues_from_the_result_and_pays_for_nothing_again() {
    let service = Service::new();
    let env = env_with_edit(&service, "--seed 41 -q --keep-steps --then night");
    let job = newest(&env)["job"].as_str().unwrap().to_owned();
    fs::rename(env.path("out.jpg"), env.path("moved.jpg")).unwrap();
    service.ledger().ensure_counts(2, 2);
    let steps = "--then night --then rain";
    let run = replay(&env, &service, &format!("moved.jpg {steps} --dry-run")).any_stdout();
    let note = format!(
        "this continues moved.jpg, the result of job {job}, which is not paid for again: \"rain\", with model"
    );
    run.stderr_contains(&[&note]).assert();
    let planned = record(replay(&env, &service, &format!("{job} {steps} --dry-run --json")));
    assert_eq!(planned["usd"], json!(0.063), "the file that the job delivered is not there: {planned}");
    let rain = record(replay(&env, &service, &format!("moved.jpg {steps} --keep-steps --json -o rain.jpg")));
    assert_eq!(
        (&rain["input"], &rain["prompt"], &rain["seed"]),
        (&json!("moved.jpg"), &json!("rain"), &json!(41))
    );
    service.ledger().ensure_counts(3, 3);
    // The same command again is free, and `undo` leads back to the result.
    let again = record(replay(&env, &service, &format!("moved.jpg {steps} --json -o rain-2.jpg")));
    assert_eq!(again["reused"], true);
    env.command("undo").any_stderr().stdout("moved.jpg\n").assert();
    // An earlier step that was saved, with other steps after it; each variation is of that result.
    let step = env.path("out-step1.jpg");
    assert!(step.exists(), "{:?}", env.file_names());
    let fog =
        replay(&env, &service, &format!("{job} --then fog -n 2 -d fog --json")).any_stdout().any_stderr();
    let records = fog.assert().json_lines();
    assert!(records.iter().all(|record| record["input"] == "out-step1.jpg"), "{records:?}");
    service.ledger().ensure_counts(5, 5);
    // All of it is made again if that is said, or if a flag changes the first step.
    for flags in ["--pay-again", "--seed 5", "-p boat", "--region 8x8+0+0"] {
        let planned =
            record(replay(&env, &service, &format!("moved.jpg {steps} {flags} --dry-run --json -o n.jpg")));
        assert_eq!((&planned["input"], &planned["usd"]), (&json!("in.png"), &json!(0.0945)), "{flags}");
    }
}

#[test]
fn a_further_step_begins_with_the_picture_if_the_result_is_not_there() {
    let service = Service::new();
    let env = env_with_edit(&service, "--seed 41 -q");
    env.write("out.jpg", png(40, 30));
    let run = replay(&env, &service, "@ --then night --json -o night.jpg");
    assert_eq!(record(run)["input"], "in.png");
    let run = replay(&env, &service, "2 --then rain --dry-run -o rain.jpg").any_stdout();
    run.stderr_contains(&[
        "no result of an earlier step can be used, so this begins with the original picture",
    ])
    .assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn the_result_of_an_edit_of_a_result_is_named_like_the_others() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.command_with(["edit", "in.png", "a bird", "-q"]).service(&service).any_stdout().assert();
    env.command_with(["edit", "@", "at night", "-q"]).service(&service).stdout("in-edited-2.jpg\n").assert();
    replay(&env, &service, "@ --seed 5 -q").stdout("in-edited-3.jpg\n").assert();
}

#[test]
fn variations_begin_with_the_seed_of_the_edit_and_that_one_is_not_paid_for_again() {
    let service = Service::new();
    let env = env_with_edit(&service, "--seed 41 -q");
    let run = replay(&env, &service, "@ -n 3 -d more --json").any_stdout().any_stderr();
    let mut seeds: Vec<(u64, bool)> = run
        .assert()
        .json_lines()
        .iter()
        .map(|record| (record["seed"].as_u64().unwrap(), record["reused"] == true))
        .collect();
    seeds.sort_unstable();
    assert_eq!(seeds, [(41, true), (42, false), (43, false)]);
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn a_row_of_a_batch_is_repeated_with_its_own_fields() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let row = json!({"image": "in.png", "prompt": "a {bird}", "id": "a", "seed": 6, "region": "8x8+1+1", "output": "a.jpg"});
    env.write("rows.jsonl", row.to_string());
    env.command("batch rows.jsonl -q").service(&service).any_stdout().any_stderr().assert();
    let planned = record(replay(&env, &service, "a.jpg --seed 7 --dry-run --json -o b.jpg"));
    assert_eq!(planned["request"]["body"]["prompt"], "a {bird}", "braces are no column of an edit");
    assert_eq!(planned["region"], json!({"x": 1, "y": 1, "width": 8, "height": 8}));
    let again = record(replay(&env, &service, "a.jpg --json -o b.jpg"));
    assert_eq!(again["reused"], true);
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn strict_holds_for_what_the_earlier_edit_preserved_and_means_nothing_otherwise() {
    let service = Service::new();
    let env = env_with_edit(&service, "--seed 41 -q --preserve");
    replay(&env, &service, "@ --seed 5 --strict -q -o b.jpg").stdout("b.jpg\n").assert();
    let run = replay(&env, &service, "@ --seed 6 --strict --without preserve").code(2);
    run.stderr_contains(&["--strict is about what --preserve keeps"]).assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn what_may_have_been_paid_for_is_not_sent_again() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    env.edit("--seed 41 -q").service(&service).code(8).any_stderr().assert();
    replay(&env, &service, "1")
        .code(8)
        .any_stdout()
        .stderr_contains(&["may have been charged", "--pay-again"])
        .assert();
    replay(&env, &service, "1 -p night -q -o night.jpg").stdout("night.jpg\n").assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_limit_holds_for_a_repeated_edit_and_not_for_one_that_is_free() {
    let service = Service::new();
    let env = env_with_edit(&service, "--seed 41 -q");
    let run = replay(&env, &service, "@ -p night --max-cost 0.01").code(5);
    run.stderr_contains(&["error: "]).assert();
    replay(&env, &service, "@ --max-cost 0.01 -q -o again.jpg").stdout("again.jpg\n").assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn an_edit_is_not_repeated_at_another_host_unless_that_is_named() {
    let (service, other) = (Service::new(), Service::new());
    let env = env_with_edit(&service, "--seed 41 -q");
    let run = replay(&env, &other, "@").code(3);
    run.stderr_contains(&["was sent to http://127.0.0.1:", "and the settings name"]).assert();
    other.ledger().ensure_counts(0, 0);
    let url = other.url();
    let args = ["replay", "@", "-q", "-o", "new.jpg", "--base-url", &url];
    env.command_with(args).service(&other).stdout("new.jpg\n").assert();
    other.ledger().ensure_counts(1, 1);
}

#[test]
fn the_sandbox_has_edits_of_its_own() {
    let env = TestEnv::with_picture();
    env.edit("--sandbox --seed 4 -q").any_stdout().assert();
    env.command("replay @ -q").code(3).any_stderr().assert();
    env.command("replay @ -q --sandbox --seed 5 -o new.jpg").stdout("new.jpg\n").assert();
    assert_ne!(env.read("new.jpg"), env.read("out.jpg"));
}

#[test]
fn a_further_step_says_why_earlier_ones_are_made_again() {
    let service = Service::new();
    let env = env_with_edit(&service, "--seed 41 -q");
    let said = |flags: &str, notes: &[&str], usd: f64| {
        let args = format!("@ --then rain --dry-run -o rain.jpg {flags}");
        replay(&env, &service, &args).any_stdout().stderr_contains(notes).assert();
        let planned = record(replay(&env, &service, &args).args("--json"));
        assert_eq!(planned["usd"], json!(usd), "{flags}: {planned}");
    };
    said("", &["this continues"], 0.0315);
    said("--seed 5", &["flags can change the earlier steps, so all steps are made again"], 0.063);
    fs::remove_file(env.path("out.jpg")).unwrap();
    said(
        "",
        &["no result of an earlier step can be used, so this begins with the original picture again"],
        0.063,
    );
}

#[test]
fn what_is_repeated_is_said_in_full_before_anything_is_sent() {
    let service = Service::new();
    let env = TestEnv::with_picture();
    let prompt =
        "replace the whole sky with a starry one, and keep the harbour and all of its boats as they are";
    let edit =
        ["edit", "in.png", prompt, "--seed", "41", "--then", "at night", "--record", "-q", "-o", "out.jpg"];
    env.command_with(edit).service(&service).any_stdout().any_stderr().assert();
    let job = newest(&env)["job"].as_str().unwrap().to_owned();
    let model = newest(&env)["model"].as_str().unwrap().to_owned();
    let said = |args: &str, what: &str| {
        let note = format!("note: this repeats {what}\n");
        replay(&env, &service, args).args("--dry-run").any_stdout().stderr_contains(&[&note]).assert();
    };
    let steps = format!("job {job}: \"{prompt}\", then \"at night\"");
    said("@ -o n.jpg", &format!("{steps}, with model {model}, seed 41"));
    said("@ -o n.jpg --seed 5 -p x", &format!("{steps}, with model {model}, seed 5, another prompt: \"x\""));
    env.write("p.txt", "y");
    said(
        "@ -o n.jpg --prompt-file p.txt",
        &format!("{steps}, with model {model}, seed 41, another prompt, from p.txt"),
    );
    said("@ -o n.jpg --without seed", &format!("{steps}, with model {model}, a new seed"));
    said("@ -o n.jpg -m gpt-image-2", &format!("{steps}, with model openai/gpt-image-2"));
    // A file that this history does not know.
    let elsewhere = TestEnv::with_picture();
    elsewhere.write("out.jpg", env.read("out.jpg"));
    let run = replay(&elsewhere, &service, "out.jpg in.png --dry-run -o n.jpg").any_stdout();
    let note = format!("records: \"at night\", with model {model}, seed 41");
    run.stderr_contains(&[&note]).assert();
}

#[test]
fn hidden_characters_of_a_recorded_prompt_are_shown() {
    let service = Service::new();
    let env = TestEnv::with_picture();
    let prompt = "add\u{200b} a\u{feff} bird\u{e0041}";
    let edit = ["edit", "in.png", prompt, "--record", "-q", "-o", "out.jpg"];
    env.command_with(edit).service(&service).any_stdout().any_stderr().assert();
    let elsewhere = TestEnv::with_picture();
    elsewhere.write("out.jpg", env.read("out.jpg"));
    let shown = "\"add\\u{200b} a\\u{feff} bird\\u{e0041}\"";
    for (env, args) in [(&env, "@ -o n.jpg"), (&elsewhere, "out.jpg in.png -o n.jpg")] {
        let run = replay(env, &service, args).args("--dry-run").any_stdout();
        run.stderr_contains(&[shown]).assert();
    }
}

#[test]
fn a_recorded_prompt_that_no_service_takes_is_not_printed_whole() {
    let service = Service::new();
    let env = TestEnv::with_picture();
    let prompt = "x".repeat(12_000);
    let edit = ["edit", "in.png", &prompt, "--record", "-q", "-o", "out.jpg"];
    env.command_with(edit).service(&service).any_stdout().any_stderr().assert();
    let elsewhere = TestEnv::with_picture();
    elsewhere.write("out.jpg", env.read("out.jpg"));
    let shown = format!("\"{}…\" (12000 bytes in all)", "x".repeat(10_000));
    let run = replay(&elsewhere, &service, "out.jpg in.png -o n.jpg --dry-run").any_outcome();
    run.stderr_contains(&[&shown]).assert();
}

#[test]
fn a_file_whose_record_differs_from_the_job_that_it_names_is_refused() {
    let service = Service::new();
    let env = TestEnv::with_picture();
    let edit = env.command("edit in.png -p x --seed 41 --record -q -o recorded.jpg");
    edit.service(&service).any_stdout().any_stderr().assert();
    let bytes = env.read("recorded.jpg");
    let job = env.only_job().id;
    let changed = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let mut bytes = bytes.clone();
        let places: Vec<usize> = memchr::memmem::find_iter(&bytes, from).collect();
        assert!(!places.is_empty(), "{from}");
        for place in places {
            bytes[place..place + to.len()].copy_from_slice(to.as_bytes());
        }
        bytes
    };
    for (what, from, to) in
        [("prompt", ">x</", ">y</"), ("seed", ">41</", ">42</"), ("model", "bytedance/", "bytedanse/")]
    {
        env.write("edited.jpg", changed(from, to));
        for picture in ["", " in.png"] {
            let run = replay(&env, &service, &format!("edited.jpg{picture} -o n.jpg")).code(3);
            let message = format!("edited.jpg names job {job}, and records another {what} than that has");
            run.stderr_contains(&[&message, &format!("`seededit replay {job}`")]).assert();
        }
    }
    // Other bytes that state the same are fine.
    env.write("edited.jpg", [&bytes[..], b" "].concat());
    replay(&env, &service, "edited.jpg --dry-run -o n.jpg -q").any_stdout().assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn another_prompt_in_the_place_of_the_picture_names_the_flag_for_it() {
    let service = Service::new();
    let env = env_with_edit(&service, FIRST);
    let run = env.command_with(["replay", "@", "at dusk"]).service(&service).code(2);
    let hint = "another prompt follows -p: seededit replay @ -p \"at dusk\"";
    run.stderr_contains(&["there is no picture `at dusk`", hint]).assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn what_is_given_cannot_be_left_out() {
    let service = Service::new();
    let env = env_with_edit(&service, FIRST);
    for (flag, name) in [
        ("--seed 9", "seed"),
        ("-g 2", "guidance-scale"),
        ("--region 8x8+0+0", "region"),
        ("--no-fit", "fit"),
        ("--then x", "then"),
        ("--record", "record"),
        ("--quality 80", "quality"),
    ] {
        let run = replay(&env, &service, &format!("@ {flag} --without {name}")).code(2);
        run.stderr_contains(&[&format!("--{name} is given, and --without {name} leaves it out")]).assert();
    }
    service.ledger().ensure_counts(1, 1);
}

#[cfg(unix)]
#[test]
fn special_files_are_refused_at_once() {
    let service = Service::new();
    let env = env_with_edit(&service, FIRST);
    assert!(std::process::Command::new("mkfifo").arg(env.path("pipe")).status().unwrap().success());
    fs::create_dir(env.path("directory")).unwrap();
    for (name, why) in [
        ("pipe", "pipe is not a regular file"),
        ("/dev/null", "/dev/null is not a regular file"),
        ("directory", "directory is a directory"),
    ] {
        replay(&env, &service, name).code(3).stderr_contains(&[why, "hint: "]).assert();
    }
    let run = replay(&env, &service, "@ pipe").code(3).any_stderr();
    let message = "error: cannot read pipe: no process writes to this pipe";
    run.stderr_contains(&[message]).assert();
    let hint = "hint: check the path of the picture; another prompt follows -p";
    replay(&env, &service, "@ gone.jpg")
        .code(3)
        .stderr_contains(&["there is no file `gone.jpg`", hint])
        .assert();
    let named = replay(&env, &service, "@ directory").code(3);
    named
        .stderr_contains(&["directory is a directory", "name one picture: seededit replay @ IMAGE"])
        .assert();
    fs::remove_file(env.path("in.png")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(env.path("in.png")).status().unwrap().success());
    let run = replay(&env, &service, "@ --seed 5").code(3);
    run.stderr_contains(&["in.png, the picture of job", "is no regular file any more"]).assert();
}

#[test]
fn a_job_of_a_sandbox_that_has_ended_goes_to_the_sandbox_that_is_named() {
    let env = TestEnv::with_picture();
    env.edit("--sandbox --seed 4 -q").any_stdout().assert();
    let server = Service::with_options(|options| options.is_marked = true);
    let run = replay(&env, &server, "@ --seed 5 -o new.jpg").stdout("new.jpg\n");
    run.stderr_contains(&["has ended, so this goes to the one at"]).assert();
    // One that still runs is not left without a word.
    let other = Service::with_options(|options| options.is_marked = true);
    let run = replay(&env, &other, "@ --seed 6 -o other.jpg").code(3);
    run.stderr_contains(&["and the settings name"]).assert();
}

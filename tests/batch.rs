//! Running a batch again: nothing is done twice, and everything else is reported.

use std::fs;

use serde_json::json;

use crate::support::{Service, TestEnv, row, rows};

#[test]
fn the_second_run_of_a_batch_sends_nothing_and_prints_the_same() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(3));
    let first = env.batch("--json -j 2", &service).any_stderr().any_stdout().assert();
    service.ledger().ensure_counts(3, 3);
    let second = env.batch("--json -j 2", &service).any_stderr().any_stdout().assert();
    service.ledger().ensure_counts(3, 3);
    for (before, now) in first.json_lines().iter().zip(second.json_lines()) {
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
    assert_eq!(service.ledger().ensure_correct_pictures(&env, &rows(3)), 3);
}

#[test]
fn deleted_or_modified_results_are_reported_and_recreated_only_with_redo() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(3));
    env.batch_exits("", &service, 0);
    let second = env.read_answer("out/2.jpg");
    fs::remove_file(env.path("out/1.jpg")).unwrap();
    env.write("out/2.jpg", "mine now");
    let message = [
        "m.jsonl:1: [work]/out/1.jpg is missing, although job",
        "m.jsonl:2: [work]/out/2.jpg was changed after job",
        "--redo",
    ];
    env.batch("", &service).code(11).stderr_contains(&message).assert();
    assert_eq!(env.read("out/2.jpg"), b"mine now");
    service.ledger().ensure_counts(3, 3);
    env.batch("--redo", &service).stdout("out/1.jpg\nout/2.jpg\n").any_stderr().assert();
    // The same seed gives the same picture.
    assert_eq!(env.read_answer("out/2.jpg"), second);
    service.ledger().ensure_counts(5, 5);
    env.batch_exits("--redo", &service, 0);
    service.ledger().ensure_counts(5, 5);
}

#[cfg(unix)]
#[test]
fn a_result_is_recognized_through_a_link_to_its_directory() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    fs::create_dir(env.path("real")).unwrap();
    std::os::unix::fs::symlink("real", env.path("link")).unwrap();
    let row = |output: &str| json!({"image": "in.png", "prompt": "x", "seed": 3, "output": output});
    env.write_manifest(&[row("real/1.jpg")]);
    env.batch_exits("", &service, 0);
    let result = env.read_answer("real/1.jpg");
    env.write_manifest(&[row("link/1.jpg")]);
    env.batch("", &service).stderr_contains(&["1 task: 0 made, 1 done before"]).assert();
    env.write("real/1.jpg", "mine now");
    env.batch_exits("--redo", &service, 0);
    assert_eq!(env.read_answer("real/1.jpg"), result);
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn done_and_new_rows_are_reported_in_manifest_order() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let all = rows(6);
    let output = [1, 2, 4].map(|number| all[number].clone());
    env.write_manifest(&output);
    env.batch_exits("", &service, 0);
    env.write_manifest(&all);
    let paths = "out/1.jpg\nout/4.jpg\nout/6.jpg\n";
    env.batch("-j 3", &service).stdout(paths).stderr_contains(&["6 tasks: 3 made, 3 done before"]).assert();
    service.ledger().ensure_counts(6, 6);
    fs::remove_file(env.path("out/4.jpg")).unwrap();
    let again = env.batch("--json -j 3", &service).code(11).any_stderr().any_stdout().assert();
    let lines: Vec<_> =
        again.json_lines().iter().map(|json| (json["line"].clone(), json["status"].clone())).collect();
    let status = |line: u64| json!(if line == 4 { "error" } else { "ok" });
    assert_eq!(lines, (1..=6).map(|line| (json!(line), status(line))).collect::<Vec<_>>());
    service.ledger().ensure_counts(6, 6);
}

#[test]
fn a_failed_row_is_retried_with_the_same_seed() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["server-error=500:1"]));
    env.write_manifest(&rows(2));
    let first = env.batch("--json -j 1 --retries 0", &service).code(11).any_stderr().any_stdout().assert();
    assert_eq!(first.json_lines()[0]["error"]["kind"], "unavailable");
    let second = env.batch("--json", &service).any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(3, 2);
    let again = &second.json_lines()[0];
    assert_eq!(again["job"], first.json_lines()[0]["job"]);
    assert_eq!(service.ledger().charge(1)["seed"], again["seed"]);
}

#[test]
fn a_row_in_doubt_is_reported_and_not_sent_again() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    env.write_manifest(&rows(2));
    env.batch_exits("-j 1", &service, 8);
    let message = ["m.jsonl:1: job", "may have been charged, so it is not sent again", "seededit recover"];
    env.batch("-j 1", &service).code(8).stderr_contains(&message).assert();
    service.ledger().ensure_counts(2, 2);
    // Once it is settled as lost, only --redo pays for it again.
    env.command("recover -q").service(&service).code(10).any_stderr().assert();
    env.batch("", &service)
        .code(10)
        .stderr_contains(&["m.jsonl:1: job", "run it again with --redo, which is charged again"])
        .assert();
    service.ledger().ensure_counts(2, 2);
    env.batch_exits("--redo", &service, 0);
    service.ledger().ensure_counts(3, 3);
    assert_eq!(service.ledger().ensure_correct_pictures(&env, &rows(2)), 2);
}

#[test]
fn a_paid_result_that_was_not_delivered_is_fetched_by_the_next_run() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=500:1"]));
    env.write_manifest(&rows(1));
    env.batch_exits("--retries 0", &service, 9);
    env.batch("", &service).any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(1, 1);
    assert_eq!(service.ledger().ensure_correct_pictures(&env, &rows(1)), 1);
}

#[test]
fn a_result_for_another_path_or_format_is_copied_at_no_cost() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&[row(1)]);
    env.batch_exits("", &service, 0);
    let mut moved = row(1);
    moved["output"] = json!("elsewhere/1.png");
    env.write_manifest(&[moved.clone()]);
    env.batch("", &service)
        .stdout("elsewhere/1.png\n")
        .stderr_contains(&["nothing was sent  $0.00"])
        .assert();
    assert!(env.read("elsewhere/1.png").starts_with(b"\x89PNG"));
    // From now on, this is the path of the result.
    env.batch("", &service).any_stderr().assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_changed_picture_makes_another_job() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&[json!({"image": "in.png", "prompt": "x"})]);
    env.batch_exits("", &service, 0);
    env.write("in.png", crate::support::png(65, 48));
    env.batch("", &service).stdout("in-edited-2.jpg\n").any_stderr().assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn identical_rows_are_separate_jobs_with_separate_seeds() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let same = |output: &str| json!({"image": "in.png", "prompt": "x", "output": output});
    let rows = [same("a.jpg"), same("b.jpg"), same("c.jpg")];
    env.write_manifest(&rows);
    env.batch_exits("", &service, 0);
    env.batch_exits("", &service, 0);
    service.ledger().ensure_counts(3, 3);
    assert_ne!(env.read("a.jpg"), env.read("b.jpg"));
    // With one seed for all of them, they are one job with three outputs.
    let other = TestEnv::with_picture();
    other.write_manifest(&rows);
    other.batch_exits("--seed 5", &service, 0);
    service.ledger().ensure_counts(4, 4);
    assert_eq!(other.read("a.jpg"), other.read("c.jpg"));
}

#[test]
fn an_id_reused_for_another_edit_is_reported_and_paid_for_only_with_redo() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let with = |prompt: &str| [json!({"image": "in.png", "prompt": prompt, "id": "one", "output": "o.jpg"})];
    env.write_manifest(&with("x"));
    env.batch_exits("", &service, 0);
    env.write_manifest(&with("y"));
    let message = ["m.jsonl:1: the id `one` was used for another edit: job", "--redo"];
    env.batch("--force", &service).code(11).stderr_contains(&message).assert();
    service.ledger().ensure_counts(1, 1);
    env.batch_exits("--redo --force", &service, 0);
    env.batch_exits("--force", &service, 0);
    service.ledger().ensure_counts(2, 2);
    // Ids belong to their manifest: this `one` is another id.
    fs::copy(env.path("m.jsonl"), env.path("n.jsonl")).unwrap();
    env.write("n.jsonl", format!("{}\n", json!({"image": "in.png", "prompt": "z", "id": "one"})));
    env.command("batch n.jsonl").service(&service).any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn two_processes_can_share_a_manifest_and_send_no_job_twice() {
    let (env, service) = (
        TestEnv::with_picture(),
        Service::with_options(|options| {
            options.latency = std::time::Duration::from_millis(30);
        }),
    );
    env.write_manifest(&rows(12));
    let run = || env.batch("-j 3", &service).any_stdout().any_stderr().may_leave_temporary_files().spawn();
    let both = [run(), run()];
    for run in both {
        run.wait();
    }
    service.ledger().ensure_counts(12, 12);
    assert_eq!(service.ledger().ensure_correct_pictures(&env, &rows(12)), 12);
}

#[test]
fn results_are_printed_in_manifest_order_unless_unordered() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["rate-limit:1"]));
    env.write_manifest(&rows(6));
    let output = env.batch("--json -j 3 --report r.jsonl", &service).any_stdout().any_stderr().assert();
    let lines: Vec<_> = output.json_lines().iter().map(|record| record["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5, 6]);
    let report = String::from_utf8(env.read("r.jsonl")).unwrap();
    let mut reported: Vec<_> = report
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["line"].as_u64().unwrap())
        .collect();
    reported.sort_unstable();
    assert_eq!(reported, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_dry_run_reports_what_is_left_and_changes_nothing() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(3));
    let all = "line 1: in.png → out/1.jpg  seed 7\nline 2: in.png → out/2.jpg  seed 7\n\
                line 3: in.png → out/3.jpg  seed 7\n3 tasks: 3 to do, 0 done\n\
                3 edits at $0.0315: $0.0945, list price of 2025-08\n";
    let chosen = env.command("batch m.jsonl --seed 7 --dry-run -m seededit-3.0-i2i").stdout(all);
    chosen.stderr_contains(&["withdrew"]).assert();
    assert!(env.data_files().is_empty() && !env.path("out").exists());
    env.batch_exits("--seed 7 -j 1 --max-jobs 2", &service, 0);
    service.ledger().ensure_counts(2, 2);
    let done = |line: u64| {
        let job = job_at(&env, &format!("out/{line}.jpg"));
        format!("line {line}: in.png → out/{line}.jpg  free: the result of job {job} is there\n")
    };
    let rest = "line 3: in.png → out/3.jpg  seed 7\n3 tasks: 1 to do, 2 done\n1 edit at $0.0315: $0.0315, if unchanged\n";
    env.command("batch m.jsonl --seed 7 --dry-run")
        .env("SEEDEDIT_BASE_URL", service.url())
        .stdout(format!("{}{}{rest}", done(1), done(2)))
        .assert();
    let run = env
        .command("batch m.jsonl --seed 7 --dry-run --json --price 2")
        .env("SEEDEDIT_BASE_URL", service.url());
    let records = run.any_stdout().assert().json_lines();
    let statuses: Vec<_> = records.iter().map(|record| record["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["reusable", "reusable", "planned", "plan"]);
    assert_eq!((&records[0]["output"], &records[0]["result"]), (&json!("out/1.jpg"), &json!("out/1.jpg")));
    let total = &records[3];
    assert_eq!((&total["todo"], &total["done"], &total["usd"]), (&json!(1), &json!(2), &json!(2.0)));
}

/// The job that delivered a file of the working directory.
fn job_at(env: &TestEnv, name: &str) -> String {
    let jobs = env.command("history --json").any_stdout().any_stderr().assert().json_lines();
    let path = env.path(name).canonicalize().unwrap();
    let is_there = |job: &&serde_json::Value| job["output"].as_str() == path.to_str();
    jobs.iter().find(is_there).unwrap()["job"].as_str().unwrap().to_owned()
}

#[test]
fn shards_are_disjoint_and_complete() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(7));
    let mut done = 0;
    for shard in ["1/3", "2/3", "3/3"] {
        env.batch_exits(&format!("--shard {shard}"), &service, 0);
        let now = service.ledger().charged();
        env.batch_exits(&format!("--shard {shard}"), &service, 0);
        assert_eq!(service.ledger().charged(), now, "{shard} again");
        done = now;
    }
    assert_eq!(done, 7);
    service.ledger().ensure_counts(7, 7);
    assert_eq!(service.ledger().ensure_correct_pictures(&env, &rows(7)), 7);
}

#[cfg(unix)]
#[test]
fn ctrl_c_starts_nothing_new_and_saves_results_in_flight() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_millis(400));
    let env = TestEnv::with_picture();
    env.write_manifest(&rows(8));
    let run = env.batch("-j 2", &service).code(130).any_stdout().any_stderr().spawn();
    while service.ledger().posts() < 2 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    kill(Pid::from_raw(run.id().cast_signed()), Signal::SIGINT).unwrap();
    let message = run.wait().stderr;
    assert!(message.contains("8 tasks: 2 made, 6 left  $0.063"), "{message}");
    service.ledger().ensure_counts(2, 2);
    env.batch_exits("", &service, 0);
    service.ledger().ensure_counts(8, 8);
    assert_eq!(service.ledger().ensure_correct_pictures(&env, &rows(8)), 8);
}

#[test]
fn a_killed_batch_resumes_and_pays_for_nothing_twice() {
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_millis(50));
    let env = TestEnv::with_picture();
    env.write_manifest(&rows(10));
    let run = env.batch("-j 2", &service).any_outcome().spawn();
    while service.ledger().charged() < 4 {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    kill(run.id());
    run.wait();
    env.batch("", &service).any_outcome().assert();
    env.command("recover -q --wait 0s").service(&service).any_outcome().assert();
    env.batch("", &service).any_outcome().assert();
    let ledger = service.ledger();
    for (prompt, results) in ledger.results() {
        assert_eq!(results.len(), 1, "{prompt} was paid for twice");
    }
    let delivered = ledger.ensure_correct_pictures(&env, &rows(10));
    let count = |state| env.jobs().iter().filter(|job| job.state == state).count();
    assert_eq!(ledger.charged(), (delivered + count("lost")) as u64);
    // The process may have been killed between recording a job and sending its request.
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
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let same = |output: &str| json!({"image": "in.png", "prompt": "x", "seed": 5, "output": output});
    env.write_manifest(&[same("a.jpg"), same("b.jpg"), same("c.jpg")]);
    env.batch_exits("-j 1", &service, 0);
    for _ in 0..2 {
        env.batch("-j 1", &service).stderr_contains(&["3 tasks: 0 made, 3 done before"]).assert();
    }
    service.ledger().ensure_counts(1, 1);
    assert_eq!(env.file_names(), ["a.jpg", "b.jpg", "c.jpg", "in.png", "m.jsonl"]);
}

#[test]
fn identical_rows_may_be_reordered() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let same = |output: &str| json!({"image": "in.png", "prompt": "x", "output": output});
    env.write_manifest(&[same("a.jpg"), same("b.jpg")]);
    env.batch_exits("", &service, 0);
    let before = (env.read("a.jpg"), env.read("b.jpg"));
    env.write_manifest(&[same("b.jpg"), same("a.jpg")]);
    for flags in ["", "--force"] {
        env.batch(flags, &service).stderr_contains(&["2 tasks: 0 made, 2 done before"]).assert();
    }
    assert_eq!((env.read("a.jpg"), env.read("b.jpg")), before);
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn another_quality_at_the_same_path_replaces_a_paid_result_only_on_request() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(1));
    env.batch_exits("", &service, 0);
    let paid = env.read("out/1.jpg");
    env.batch("--quality 30", &service).code(11).stderr_contains(&["out/1.jpg exists", "--force"]).assert();
    assert_eq!(env.read("out/1.jpg"), paid);
    env.batch("--quality 30 --force", &service).stdout("out/1.jpg\n").any_stderr().assert();
    assert_ne!(env.read("out/1.jpg"), paid);
    env.batch("--quality 30", &service).any_stderr().assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn recover_creates_the_output_directory_of_the_batch() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=500:1"]));
    env.write_manifest(&rows(1));
    env.batch_exits("--retries 0", &service, 9);
    fs::remove_dir_all(env.path("out")).unwrap();
    env.command("recover -q").service(&service).stdout("[work]/out/1.jpg\n").assert();
    assert_eq!(service.ledger().ensure_correct_pictures(&env, &rows(1)), 1);
    service.ledger().ensure_counts(1, 1);
}

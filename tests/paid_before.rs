//! Running a command again does not pay again for what was paid for, unless the user says so.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Run, Service, TestEnv, png};

/// An environment with `a.png`, `b.png` and `c.png`, each of another size.
fn env_with_pictures() -> TestEnv {
    let env = TestEnv::new();
    for name in ["a.png", "b.png", "c.png"] {
        env.write(name, png(u32::from(name.as_bytes()[0]), 90));
    }
    env
}

const FOLDER: &str = "edit a.png b.png c.png -p x -d out";

fn folder<'a>(env: &'a TestEnv, service: &Service, extra: &str) -> Run<'a> {
    env.command(FOLDER).args(extra).service(service)
}

const RESULTS: &str = "out/a-edited.jpg\nout/b-edited.jpg\nout/c-edited.jpg\n";

#[test]
fn a_folder_that_is_edited_again_is_not_paid_for_again() {
    let (env, service) = (env_with_pictures(), Service::new());
    let first = folder(&env, &service, "").stdout(RESULTS).stderr_contains(&["3 tasks: 3 made"]).assert();
    assert!(!first.stderr.contains("exist already"), "{}", first.stderr);
    folder(&env, &service, "")
        .stdout(RESULTS)
        .stderr_contains(&[
            "note: all 3 results exist already and are used again for free (--reuse); --pay-again pays again",
            "3 tasks: 0 made, 3 reused  $0.00  ",
        ])
        .assert();
    // With --reuse, there is no note.
    let named = folder(&env, &service, "--reuse").stdout(RESULTS).any_stderr().assert();
    assert!(!named.stderr.contains("exist already"), "{}", named.stderr);
    let records = folder(&env, &service, "--json").any_stdout().any_stderr().assert().json_lines();
    let found: Vec<_> = records.iter().map(|record| (&record["reused"], &record["usd"])).collect();
    assert_eq!(found, [(&json!(true), &json!(0)); 3]);
    assert_eq!(fs::read_dir(env.path("out")).unwrap().count(), 3);
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn only_new_pictures_and_new_prompts_are_paid_for() {
    let (env, service) = (env_with_pictures(), Service::new());
    env.command("edit a.png b.png -p x -d out -q").service(&service).any_stdout().assert();
    let note = "note: 2 of 3 results exist already";
    let run = folder(&env, &service, "--dry-run").any_stdout().stderr_contains(&[note]).assert();
    assert!(String::from_utf8_lossy(&run.stdout).contains("3 tasks: 1 to do, 2 done"));
    // Every picture has a line or a record, with the place of a result that exists.
    let run =
        env.command("edit a.png b.png c.png -p x -d other --dry-run --price 1 --json").service(&service);
    let records = run.any_stdout().any_stderr().assert().json_lines();
    let found: Vec<_> = records
        .iter()
        .map(|record| ["status", "input", "output", "result"].map(|key| record[key].clone()))
        .collect();
    let reusable = |name: &str| {
        let (output, result) = (format!("other/{name}-edited.jpg"), format!("out/{name}-edited.jpg"));
        [json!("reusable"), json!(format!("{name}.png")), json!(output), json!(result)]
    };
    let planned = [json!("planned"), json!("c.png"), json!("other/c-edited.jpg"), Value::Null];
    assert_eq!(found[..3], [reusable("a"), reusable("b"), planned]);
    assert_eq!(records[3]["usd"], json!(1.0));
    let run = env.command("edit a.png b.png c.png -p x -d other --dry-run").service(&service);
    let text = run.any_stdout().any_stderr().assert().stdout;
    let text = String::from_utf8_lossy(&text);
    assert!(
        text.starts_with("a.png → other/a-edited.jpg  free: a copy of out/a-edited.jpg, the result of job "),
        "{text}"
    );
    folder(&env, &service, "").stdout(RESULTS).stderr_contains(&[note, "3 tasks: 1 made, 2 reused"]).assert();
    service.ledger().ensure_counts(3, 3);
    // Another prompt, another model parameter, and a picture that was changed are other requests.
    for extra in ["-p y", "-p x -g 7"] {
        let run = env.command("edit a.png b.png -d other -q").args(extra).service(&service);
        run.any_stdout().assert();
    }
    env.write("a.png", png(80, 90));
    env.command("edit a.png b.png -p x -d out -q").service(&service).any_stdout().assert();
    service.ledger().ensure_counts(8, 8);
}

#[test]
fn pay_again_pays_for_new_results() {
    let (env, service) = (env_with_pictures(), Service::new());
    folder(&env, &service, "-q").stdout(RESULTS).assert();
    let run = folder(&env, &service, "--pay-again");
    run.stdout(RESULTS.replace("edited", "edited-2")).stderr_contains(&["3 tasks: 3 made"]).assert();
    service.ledger().ensure_counts(6, 6);
    let seeds: Vec<_> = (0..6).map(|number| service.ledger().charge(number)["seed"].clone()).collect();
    assert!((0..3).all(|number| !seeds[3..].contains(&seeds[number])), "{seeds:?}");
    // -f says only what becomes of files.
    folder(&env, &service, "-f -q").any_stdout().assert();
    service.ledger().ensure_counts(6, 6);
    let run = folder(&env, &service, "--pay-again --reuse").code(2);
    run.stderr_contains(&["cannot be used with"]).assert();
}

#[test]
fn a_result_that_was_deleted_or_changed_is_paid_for_with_another_seed() {
    let (env, service) = (env_with_pictures(), Service::new());
    folder(&env, &service, "-q").stdout(RESULTS).assert();
    fs::remove_file(env.path("out/a-edited.jpg")).unwrap();
    env.write("out/b-edited.jpg", "changed");
    let note = "note: 1 of 3 results exists already";
    let run = folder(&env, &service, "").any_stdout().stderr_contains(&[note, "3 tasks: 2 made, 1 reused"]);
    run.assert();
    let ledger = service.ledger();
    ledger.ensure_counts(5, 5);
    let mut seeds: Vec<u64> = (0..5).map(|number| ledger.charge(number)["seed"].as_u64().unwrap()).collect();
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), 5);
    folder(&env, &service, "-q").any_stdout().assert();
    service.ledger().ensure_counts(5, 5);
}

#[test]
fn reuse_without_a_seed_finds_the_newest_result_of_the_same_edit() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for seed in ["5", "9", "7"] {
        let args = ["edit", "in.png", "x", "-q", "--seed", seed, "-o", &format!("{seed}.jpg")];
        env.command_with(args).service(&service).any_stdout().assert();
    }
    let reuse = |extra: &str| {
        let run = env.command("edit in.png x --reuse --json").args(extra).service(&service);
        run.any_stdout().any_stderr().assert().json()
    };
    let record = reuse("-o newest.jpg");
    assert_eq!((&record["seed"], &record["reused"], &record["usd"]), (&json!(7), &json!(true), &json!(0)));
    assert_eq!(env.read("newest.jpg"), env.read("7.jpg"));
    // The one at the output comes first.
    assert_eq!(reuse("-o 5.jpg")["seed"], json!(5));
    // Without a result that can be used, one is paid for, and found from then on.
    for seed in ["5", "9", "7"] {
        fs::remove_file(env.path(format!("{seed}.jpg"))).unwrap();
    }
    assert_eq!(reuse("-o new.jpg")["usd"], json!(0.0315));
    assert_eq!(reuse("-o again.jpg")["reused"], json!(true));
    service.ledger().ensure_counts(4, 4);
    // Without --reuse, a single edit is a new one.
    env.command("edit in.png x -q -o next.jpg").service(&service).any_stdout().assert();
    service.ledger().ensure_counts(5, 5);
}

#[test]
fn reuse_without_a_seed_sends_nothing_while_an_equal_edit_is_in_doubt() {
    let (env, service) = (env_with_pictures(), Service::with_faults(&["reset-after-charge:1"]));
    folder(&env, &service, "-q -j 1").code(8).any_stdout().any_stderr().assert();
    let message = "is for the same edit, and may have been charged";
    for args in [FOLDER, "edit a.png x --reuse -o out/one.jpg"] {
        let run = env.command(args).service(&service).code(8).any_stdout();
        run.stderr_contains(&[message, "`seededit recover ", "with --pay-again, the edit is sent again"])
            .assert();
    }
    service.ledger().ensure_counts(3, 3);
    folder(&env, &service, "-q --pay-again").any_stdout().assert();
    service.ledger().ensure_counts(6, 6);
}

#[test]
fn more_variations_are_added_to_those_that_exist() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = |count: &str| {
        let run = env.command("edit in.png x --json -d out -n").args(count).service(&service);
        run.any_stdout().any_stderr().assert().json_lines()
    };
    let two = run("2");
    let three = run("3");
    let reused: Vec<bool> = three.iter().map(|record| record["reused"] == true).collect();
    assert_eq!(reused, [true, true, false]);
    let of = |records: &[Value], name: &str| -> Vec<Value> {
        records.iter().take(2).map(|record| record[name].clone()).collect()
    };
    for name in ["output", "seed"] {
        assert_eq!(of(&two, name), of(&three, name));
    }
    assert_eq!(three[2]["output"], "out/in-edited-3.jpg");
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn pictures_with_the_same_content_keep_their_own_results() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    fs::copy(env.path("in.png"), env.path("copy.png")).unwrap();
    for _ in 0..2 {
        let run = env.command("edit in.png copy.png -p x -d out -q").service(&service);
        run.stdout("out/in-edited.jpg\nout/copy-edited.jpg\n").assert();
    }
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_result_of_a_batch_is_found_too_and_batches_stay_as_they_are() {
    let (env, service) = (env_with_pictures(), Service::new());
    let rows =
        ["a", "b"].map(|name| json!({"image": format!("{name}.png"), "prompt": "x", "output": "out/"}));
    env.write_manifest(&rows);
    env.batch("-q", &service).any_stdout().assert();
    folder(&env, &service, "").any_stdout().stderr_contains(&["3 tasks: 1 made, 2 reused"]).assert();
    env.batch("", &service).any_stdout().stderr_contains(&["2 tasks: 0 made, 2 done before"]).assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn of_two_equal_commands_at_once_only_one_pays_for_each_result() {
    let env = env_with_pictures();
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_millis(300));
    let start =
        || folder(&env, &service, "--json").any_stdout().any_stderr().may_leave_temporary_files().spawn();
    let running = [start(), start(), start()];
    let mut reused = 0;
    for run in running {
        let records = run.wait().json_lines();
        assert_eq!(records.len(), 3);
        assert!(records.iter().all(|record| record["status"] == "ok"), "{records:?}");
        reused += records.iter().filter(|record| record["reused"] == true).count();
    }
    assert_eq!(reused, 6);
    service.ledger().ensure_counts(3, 3);
    assert_eq!(fs::read_dir(env.path("out")).unwrap().count(), 3);
}

#[cfg(unix)]
#[test]
#[ignore = "slow"]
fn a_folder_that_was_killed_is_continued_and_finished_results_are_not_paid_for_again() {
    use nix::sys::signal::Signal;

    let env = env_with_pictures();
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_millis(700));
    let running = folder(&env, &service, "-j 1").any_outcome().spawn();
    for _ in 0..4_000 {
        if service.ledger().posts() == 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    running.signal(Signal::SIGKILL);
    running.wait();
    assert!(env.path("out/a-edited.jpg").exists() && !env.path("out/b-edited.jpg").exists());
    // The second one may have been charged, so it waits for the user.
    let again = || folder(&env, &service, "").any_stdout().may_leave_temporary_files();
    again()
        .code(8)
        .stderr_contains(&[
            "1 of 3 results exists already",
            "b.png",
            "is for the same edit, and may have been charged",
        ])
        .assert();
    service.ledger().ensure_counts(3, 3);
    env.command("recover -q").service(&service).any_outcome().assert();
    // Its result is lost by now, so it is paid for again; the others are not.
    again().stderr_contains(&["2 of 3 results exist already", "3 tasks: 1 made, 2 reused"]).assert();
    service.ledger().ensure_counts(4, 4);
}

#[cfg(unix)]
#[test]
fn a_script_that_is_run_again_pays_for_what_is_new() {
    let (env, service) = (env_with_pictures(), Service::new());
    let script = r#"set -euo pipefail
        "$0" edit ./*.png -p x -d out --json | while read -r record; do
            case $record in *'"status":"ok"'*'"reused":true'*) echo reused ;; *'"status":"ok"'*) echo made ;; *) exit 1 ;; esac
        done
        "$0" edit ./*.png -p x -d out -q | wc -l"#;
    let run = || env.command("").service(&service).wrapped_in("bash", &["-c", script]).any_stderr();
    run().stdout("made\nmade\nmade\n3\n").assert();
    run().stdout("reused\nreused\nreused\n3\n").assert();
    service.ledger().ensure_counts(3, 3);
}

#[cfg(unix)]
mod on_a_terminal {
    use nix::sys::signal::Signal;

    use super::*;
    use crate::support::Terminal;

    fn asked<'a>(env: &'a TestEnv, service: &Service, code: i32) -> Terminal<'a> {
        let terminal = Terminal::spawn(folder(env, service, "").code(code).any_stdout().any_stderr(), 200);
        terminal.wait_for("all 3 results exist already");
        terminal.wait_for("n = use them again: free");
        terminal.wait_for("y = make 3 new ones: 3 edits, $0.0945");
        terminal.wait_for("[y/N]");
        terminal
    }

    #[test]
    fn the_question_fits_on_a_narrow_terminal() {
        let (env, service) = (env_with_pictures(), Service::new());
        folder(&env, &service, "-q").any_stdout().assert();
        let run = folder(&env, &service, "").any_stdout().any_stderr();
        let terminal = Terminal::spawn(run, 40);
        terminal.wait_for("[y/N]");
        terminal.type_text("\n");
        let screen = terminal.wait();
        let start = screen.find("all 3 results").unwrap();
        let question = &screen[start..start + screen[start..].find("[y/N]").unwrap()];
        assert!(question.lines().all(|line| line.trim_end().chars().count() <= 40), "{question}");
    }

    #[test]
    fn the_user_is_asked_before_anything_is_paid_for_again() {
        let (env, service) = (env_with_pictures(), Service::new());
        folder(&env, &service, "-q").any_stdout().assert();
        let terminal = asked(&env, &service, 0);
        terminal.type_text("\n");
        let screen = terminal.wait();
        assert!(screen.contains("3 tasks: 0 made, 3 reused"), "{screen}");
        service.ledger().ensure_counts(3, 3);
        let terminal = asked(&env, &service, 0);
        terminal.type_text("y\n");
        let screen = terminal.wait();
        assert!(screen.contains("3 tasks: 3 made"), "{screen}");
        service.ledger().ensure_counts(6, 6);
    }

    #[test]
    fn an_interrupted_question_sends_nothing() {
        let (env, service) = (env_with_pictures(), Service::new());
        folder(&env, &service, "-q").any_stdout().assert();
        let terminal = asked(&env, &service, 130);
        terminal.signal(Signal::SIGINT);
        let screen = terminal.wait();
        assert!(screen.contains("interrupted; nothing was sent"), "{screen}");
        service.ledger().ensure_counts(3, 3);
    }

    #[test]
    fn nobody_is_asked_if_a_flag_says_it_or_nothing_was_paid_for() {
        let (env, service) = (env_with_pictures(), Service::new());
        for (extra, made) in [("", "3 made"), ("--reuse", "0 made, 3 reused"), ("--pay-again", "3 made")] {
            let run = folder(&env, &service, extra).any_stdout().any_stderr();
            let screen = Terminal::spawn(run, 200).wait();
            assert!(screen.contains(made) && !screen.contains("[y/N]"), "{screen}");
        }
        service.ledger().ensure_counts(6, 6);
    }
}

#[test]
fn a_single_edit_is_not_sent_again_while_it_may_have_been_charged() {
    for seed in ["", " --seed 5"] {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
        let edit = format!("edit in.png -p x -o out.jpg{seed}");
        env.command(&edit).service(&service).code(8).any_stderr().assert();
        let job = env.only_job().id;
        // What would be done with the answer makes it no other edit.
        for extra in ["", "--json", "--then y", "--preserve", "--quality 80", "--region 40x30+0+0", "--reuse"]
        {
            let run = env.command(&edit).args(extra).service(&service).any_outcome().assert();
            assert_eq!(run.code, Some(8), "{extra}: {}", run.stderr);
            if extra != "--json" {
                let message =
                    format!("nothing was sent: job {job} is for the same edit, and may have been charged");
                let hint = format!("`seededit recover {job} --base-url");
                for part in [message.as_str(), &hint, "with --pay-again"] {
                    assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
                }
            }
        }
        let plan = env.command(&edit).args("--dry-run").service(&service);
        plan.stdout(format!(
            "in.png: not sent: job {job} was or may have been paid for, and has no result yet\n"
        ))
        .stderr_contains(&[&format!("job {job} is for the same edit and has no result yet")])
        .assert();
        // As a dry run of several edits says it: without a price.
        let record =
            env.command(&edit).args("--dry-run --json").service(&service).any_stdout().assert().json();
        let held = json!({"status": "held", "job": job, "line": null, "id": null, "input": "in.png", "reason": "unknown"});
        assert_eq!(record, held);
        service.ledger().ensure_counts(1, 1);
        // Other requests are other edits, and the user may pay again.
        env.command("edit in.png -p z -o z.jpg -q").service(&service).stdout("z.jpg\n").assert();
        let again = env.command(&edit).args("--pay-again -f -q").service(&service);
        again.stdout("out.jpg\n").assert();
        // Once it is settled, it is a new edit.
        env.command("recover -q").service(&service).code(10).any_stderr().assert();
        env.command(&edit).args("-f -q").service(&service).stdout("out.jpg\n").assert();
        service.ledger().ensure_counts(4, 4);
    }
}

#[test]
fn a_single_edit_with_another_seed_or_that_runs_meanwhile_is_another_edit() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    env.command("edit in.png -p x -o a.jpg --seed 5 -q").service(&service).code(8).any_stderr().assert();
    env.command("edit in.png -p x -o a.jpg --seed 6 -q").service(&service).stdout("a.jpg\n").assert();
    env.command("edit in.png -p x -o b.jpg -q").service(&service).code(8).any_stderr().assert();
    service.ledger().ensure_counts(2, 2);

    let (env, service) =
        (TestEnv::with_picture(), Service::with_options(|o| o.latency = Duration::from_millis(800)));
    let running = env.command("edit in.png -p x -o a.jpg -q").service(&service).stdout("a.jpg\n").spawn();
    while service.ledger().posts() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = env.command("edit in.png -p x -o b.jpg -q").service(&service).may_leave_temporary_files();
    second.stdout("b.jpg\n").assert();
    running.wait();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_single_edit_is_not_sent_again_while_its_result_is_not_saved() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:1"]));
    env.edit("-q --retries 0").service(&service).code(9).any_stderr().assert();
    env.edit("").service(&service).code(9).stderr_contains(&["its result is not saved yet"]).assert();
    env.command("recover -q").service(&service).any_stdout().assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn the_step_of_a_chain_is_not_sent_again_as_an_edit_while_it_may_have_been_charged() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    let edit = "edit in.png -p x --seed 5 -o out.jpg";
    env.command(edit).args("-q --then y").service(&service).code(8).any_stderr().assert();
    let job = env.only_job().id;
    env.command(edit).service(&service).code(8).stderr_contains(&["is for the same edit"]).assert();
    let replay = env.command_with(["replay", &job]).service(&service).code(8);
    replay.stderr_contains(&["is for the same edit"]).assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_row_of_a_batch_is_not_sent_while_an_equal_edit_may_have_been_charged() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    let edit = env.command("edit in.png -p x --seed 5 -o a.jpg -q").service(&service);
    edit.code(8).any_stderr().assert();
    env.write_manifest(&[json!({"image": "in.png", "prompt": "x", "seed": 5, "output": "b.jpg"})]);
    let batch = |extra: &str| env.command("batch m.jsonl -q").args(extra).service(&service);
    batch("").code(8).stderr_contains(&["is for the same edit", "with --redo"]).assert();
    service.ledger().ensure_counts(1, 1);
    batch("--redo").stdout("b.jpg\n").assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_dry_run_mentions_an_equal_edit_whose_entry_cannot_be_read() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).any_stdout().assert();
    let job = env.only_job().id;
    env.execute_sql("UPDATE job SET state = 'mystery'");
    let edit = || env.edit("-f").service(&service);
    edit().code(8).stderr_contains(&["cannot be read", "with --pay-again"]).assert();
    let note = format!("the journal's entry for job {job} cannot be read; it may be the same edit");
    edit().args("--dry-run").any_stdout().stderr_contains(&[&note, "--pay-again"]).assert();
    service.ledger().ensure_counts(1, 1);
}

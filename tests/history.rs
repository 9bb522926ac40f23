//! The `history` commands: past jobs and their prices.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Service, TestEnv, sha256};

/// An environment with three jobs: two delivered and one refused.
fn env_with_jobs() -> TestEnv {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.command_with(["edit", "in.png", "-p", "add a bird", "-o", "bird.jpg", "-q"])
        .service(&service)
        .any_stdout()
        .assert();
    env.command_with(["edit", "in.png", "-p", "make it NIGHT", "-o", "night.jpg", "-q"])
        .service(&service)
        .any_stdout()
        .assert();
    let refusing = Service::with_faults(&["no-credits"]);
    env.command_with(["edit", "in.png", "-p", "a hat", "-o", "hat.jpg", "-q"])
        .service(&refusing)
        .code(5)
        .any_stderr()
        .assert();
    env
}

/// The prompts of `history` with additional arguments.
fn prompts(env: &TestEnv, extra: &str) -> Vec<String> {
    let records = env.command("history --json").args(extra).any_stdout().assert().json_lines();
    records.iter().map(|record| record["prompt"].as_str().unwrap().to_owned()).collect()
}

/// The id of the job with this prompt.
fn job_id(env: &TestEnv, prompt: &str) -> String {
    let records = env.command("history --json").any_stdout().assert().json_lines();
    let found = records.iter().find(|record| record["prompt"] == prompt).unwrap();
    found["job"].as_str().unwrap().to_owned()
}

/// The record of `history show`.
fn show(env: &TestEnv, job: &str) -> Value {
    env.command_with(["history", "show", job, "--json"]).any_stdout().assert().json()
}

#[test]
fn jobs_are_listed_newest_first_and_can_be_filtered() {
    let env = env_with_jobs();
    assert_eq!(prompts(&env, ""), ["a hat", "make it NIGHT", "add a bird"]);
    assert_eq!(prompts(&env, "-n 1"), ["a hat"]);
    assert_eq!(prompts(&env, "--status delivered"), ["make it NIGHT", "add a bird"]);
    assert_eq!(prompts(&env, "--status lost"), [""; 0]);
    // An alias.
    assert_eq!(prompts(&env, "--status done"), prompts(&env, "--status delivered"));
    assert_eq!(prompts(&env, "--grep night"), ["make it NIGHT"]);
    assert_eq!(prompts(&env, "--grep BIRD.JPG"), ["add a bird"]);
    assert_eq!(prompts(&env, "--since 1h").len(), 3);
    // --grep has no wildcards.
    for text in ["%", "_", "\\", "b_rd", "b%d"] {
        assert_eq!(prompts(&env, &format!("--grep {text}")), [""; 0], "{text}");
    }
    env.execute_sql("UPDATE job SET created = created - 48 * 3600 * 1000 WHERE prompt = 'add a bird'");
    assert_eq!(prompts(&env, "--since 1d"), ["a hat", "make it NIGHT"]);
    assert_eq!(prompts(&env, "--since 2020-01-01").len(), 3);
    env.command("history --since yesterday")
        .code(2)
        .stderr_contains(&["is not a time", "2026-01-31"])
        .assert();
    env.command("history --status asleep").code(2).any_stderr().assert();
}

#[test]
fn each_job_is_one_line_of_text() {
    let env = env_with_jobs();
    let output = env.command("history").any_stdout().assert();
    let text = env.normalize(&String::from_utf8(output.stdout).unwrap());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].ends_with("refused           -  [work]/in.png → [work]/hat.jpg  \"a hat\""), "{text}");
    assert!(
        lines[1].ends_with("delivered   $0.0315  [work]/in.png → [work]/night.jpg  \"make it NIGHT\""),
        "{text}"
    );
    assert!(lines[0].contains("  just now  "), "{text}");
}

#[cfg(unix)]
#[test]
fn the_list_fits_a_terminal_of_80_columns() {
    use crate::support::Terminal;

    let (env, service) = (TestEnv::new(), Service::new());
    let long = "a-picture-with-a-very-long-name-that-no-terminal-has-room-for.png";
    env.write(long, crate::support::png(64, 48));
    let prompt = "replace the whole sky with a starry one and keep the harbour as it is, please";
    let run = env.command_with(["edit", long, "-p", prompt, "-o", "out.jpg", "-q"]).service(&service);
    run.any_stdout().assert();
    let seen = Terminal::spawn(env.command("history").any_stderr(), 80).wait();
    let lines: Vec<&str> = seen.lines().map(|line| line.trim_end_matches('\r')).collect();
    assert!(lines[0].starts_with("   #  when"), "{seen:?}");
    assert!(lines[1].contains("delivered") && lines[1].contains('…'), "{seen:?}");
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{seen:?}");
}

#[cfg(unix)]
#[test]
fn lists_break_between_words_on_a_terminal_of_40_columns() {
    use crate::support::Terminal;

    let (env, service) = (TestEnv::with_picture(), Service::new());
    let prompt = "replace the whole sky with a starry one";
    let run = env.command_with(["edit", "in.png", "-p", prompt, "-o", "a-starry-sky.png"]).service(&service);
    let seen = Terminal::spawn(run.any_stderr(), 40).wait();
    let result: Vec<&str> = seen[seen.find('✓').unwrap()..].lines().collect();
    assert!(
        result.len() > 1 && result.iter().all(|line| without_styles(line).chars().count() <= 40),
        "{seen:?}"
    );
    let on_terminal = |command: &str| {
        let seen = Terminal::spawn(env.command(command).any_stderr(), 40).wait();
        seen.replace('\r', "").lines().map(str::to_owned).collect::<Vec<String>>()
    };
    let lines = on_terminal("history");
    assert_eq!(lines[0], "   #  picture → result, prompt");
    assert!(lines[1].starts_with("   1  delivered  $0.0315  "), "{lines:?}");
    assert_eq!(lines[2..], ["      in.png → a-starry-sky.png", "      \"replace the whole sky with a sta…"]);
    for command in ["history show 1", "config list"] {
        for line in on_terminal(command) {
            let is_one_word = command == "history show 1" && line.trim_start().split(' ').count() == 1;
            assert!(line.chars().count() <= 40 || is_one_word, "{command}: {line:?}");
        }
    }
    assert!(on_terminal("history show 1").contains(&"  prompt       replace the whole sky".to_owned()));
}

/// Removes the escape sequences that color text.
#[cfg(unix)]
fn without_styles(line: &str) -> String {
    let mut parts = line.trim_end().split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[test]
fn a_step_of_a_chain_is_listed_with_the_first_prompt() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.command_with([
        "edit",
        "in.png",
        "add a bird",
        "--then",
        "a hat",
        "--then",
        "at night",
        "-o",
        "o.jpg",
        "-q",
    ])
    .service(&service)
    .any_stdout()
    .assert();
    let records = env.command("history --json").any_stdout().assert().json_lines();
    let starts: Vec<_> = records.iter().map(|record| (&record["step"], &record["first_prompt"])).collect();
    let first = json!("add a bird");
    assert_eq!(starts, [(&json!(3), &first), (&json!(2), &first), (&json!(1), &Value::Null)]);
    let text = String::from_utf8(env.command("history -n 1").any_stdout().assert().stdout).unwrap();
    assert!(text.ends_with("\"add a bird\", step 3: \"at night\"\n"), "{text}");
    let text = String::from_utf8(env.command("history show 1").any_stdout().assert().stdout).unwrap();
    assert!(text.contains("  chain        step 3 of an edit that began with \"add a bird\"\n"), "{text}");
    assert!(text.contains("  input        the result of step 2, which was not kept\n"), "{text}");
    let original = format!("  original     {}\n", env.path("in.png").display());
    assert!(env.normalize(&text).contains(&env.normalize(&original)), "{text}");
    assert_eq!(records[0]["first_input"], "in.png");
    let list = String::from_utf8(env.command("history").any_stdout().assert().stdout).unwrap();
    assert!(!list.contains("-step"), "no file that does not exist: {list}");
    assert_eq!(list.matches("in.png → ").count(), 3, "{list}");
}

#[test]
fn a_step_on_a_kept_result_is_listed_with_that_file() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("--then night --keep-steps -q").service(&service).any_stdout().assert();
    let list = String::from_utf8(env.command("history -n 1").any_stdout().assert().stdout).unwrap();
    assert!(list.contains("out-step1.jpg → "), "{list}");
    let text = String::from_utf8(env.command("history show 1").any_stdout().assert().stdout).unwrap();
    assert!(env.normalize(&text).contains("  input        [work]/out-step1.jpg\n"), "{text}");
}

#[test]
fn a_list_that_ends_at_the_default_limit_says_how_many_jobs_there_are() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&crate::support::rows(21));
    env.batch("-q", &service).any_stdout().assert();
    let list = env.command("history").any_stdout();
    list.stderr("note: 20 of 21 jobs; `--limit 21` lists all of them\n").assert();
    env.command("history --status delivered").any_stdout().stderr_contains(&["20 of 21 jobs"]).assert();
    // Nothing is left out, or the limit was asked for.
    for extra in ["--limit 21", "--limit 3", "--grep out/21.jpg", "--json"] {
        env.command(&format!("history {extra}")).any_stdout().assert();
    }
}

#[cfg(unix)]
#[test]
fn files_in_several_directories_are_listed_with_their_parents() {
    use crate::support::Terminal;

    let (env, service) = (TestEnv::with_picture(), Service::new());
    for directory in ["day", "night"] {
        let output = format!("{directory}/out.jpg");
        let run = env.command_with(["edit", "in.png", "x", "-q", "-o", &output]).service(&service);
        fs::create_dir(env.path(directory)).unwrap();
        run.any_stdout().assert();
    }
    let seen = Terminal::spawn(env.command("history").any_stderr(), 80).wait();
    for output in ["  in.png → day/out.jpg  ", "  in.png → night/out.jpg  "] {
        assert!(seen.contains(output), "{seen}");
    }
}

#[test]
fn a_result_that_was_copied_by_reuse_keeps_its_path_in_the_history() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("--seed 1 -q").service(&service).any_stdout().assert();
    let copy = ["edit", "in.png", "add a bird", "--seed", "1", "--reuse", "-q", "-o", "copy.jpg"];
    env.command_with(copy).service(&service).any_stdout().assert();
    let text = String::from_utf8(env.command("history").any_stdout().assert().stdout).unwrap();
    assert!(text.contains("out.jpg") && !text.contains("copy.jpg"), "{text}");
}

#[test]
fn a_row_whose_output_moved_shows_both_paths() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&crate::support::rows(1));
    env.batch_exits("", &service, 0);
    let mut moved = crate::support::row(1);
    moved["output"] = json!("moved.jpg");
    env.write_manifest(&[moved]);
    env.batch_exits("", &service, 0);
    let text = String::from_utf8(env.command("history show 1").any_stdout().assert().stdout).unwrap();
    let text = env.normalize(&text);
    assert!(text.contains("  output       [work]/moved.jpg\n"), "{text}");
    assert!(text.contains("  planned      [work]/out/1.jpg\n"), "{text}");
}

#[test]
fn forgetting_without_a_job_mentions_before() {
    TestEnv::new().command("history forget").code(2).stderr_contains(&["--before <WHEN>"]).assert();
}

#[test]
fn a_number_from_the_list_identifies_a_job() {
    let env = env_with_jobs();
    let first = env.command("history show 1 --json").any_stdout().assert().json();
    let third = env.command("history show 3 --json").any_stdout().assert().json();
    assert_eq!((&first["prompt"], &third["prompt"]), (&json!("a hat"), &json!("add a bird")));
    env.command("history show 4").code(3).stderr_contains(&["no job `4`"]).assert();
}

#[test]
fn an_empty_history_mentions_that_of_the_sandbox() {
    let env = TestEnv::with_picture();
    env.command("history").stderr_contains(&["no jobs yet\n"]).assert();
    env.edit("--sandbox -q").any_stdout().assert();
    env.command("history")
        .stderr_contains(&["the sandbox has a history of its own: `seededit history --sandbox`"])
        .assert();
    env.command("history --sandbox").any_stdout().assert();
}

#[test]
fn forget_needs_confirmation() {
    let env = env_with_jobs();
    env.command("history forget 1").code(2).stderr_contains(&["needs a confirmation", "add --yes"]).assert();
    assert_eq!(prompts(&env, "").len(), 3);
    env.command("history forget 1 --yes").any_stderr().assert();
    assert_eq!(prompts(&env, "").len(), 2);
}

#[test]
fn show_prints_everything_about_a_job() {
    let env = env_with_jobs();
    let name = job_id(&env, "add a bird");
    let record = show(&env, &name);
    let picture = env.read("bird.jpg");
    assert_eq!(
        (&record["state"], &record["usd"], &record["width"], &record["height"], &record["file"]),
        (&json!("delivered"), &json!(0.0315), &json!(1152), &json!(864), &json!("unchanged"))
    );
    assert_eq!((&record["sha256"], &record["bytes"]), (&json!(sha256(&picture)), &json!(picture.len())));
    assert_eq!(record["input_sha256"], sha256(&env.read("in.png")));
    let attempt = &record["attempts"][0];
    assert_eq!((&attempt["charged"], &attempt["http_status"]), (&json!("yes"), &json!(200)));
    assert!(attempt["inference_id"].is_string());
    let output = env.command_with(["history", "show", &name]).any_stdout().assert();
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "state        delivered",
        "prompt       add a bird",
        "price        $0.0315",
        "charged: yes",
        "file         unchanged",
    ] {
        assert!(text.contains(part), "{part:?}: {text}");
    }
    env.command("history show nosuchjob").code(3).stderr_contains(&["no job `nosuchjob`"]).assert();
}

#[test]
fn a_changed_or_missing_file_is_marked() {
    let env = env_with_jobs();
    let (bird, night) = (job_id(&env, "add a bird"), job_id(&env, "make it NIGHT"));
    let mut bytes = env.read("bird.jpg");
    *bytes.last_mut().unwrap() ^= 1;
    env.write("bird.jpg", &bytes);
    fs::remove_file(env.path("night.jpg")).unwrap();
    assert_eq!(
        (&show(&env, &bird)["file"], &show(&env, &night)["file"]),
        (&json!("changed"), &json!("missing"))
    );
    env.write("night.jpg", "shorter");
    assert_eq!(show(&env, &night)["file"], "changed");
    assert_eq!(show(&env, &job_id(&env, "a hat"))["file"], Value::Null);
}

#[test]
fn spending_is_summed_by_day_by_month_and_in_total() {
    let env = env_with_jobs();
    env.execute_sql("UPDATE attempt SET sent = sent - 40 * 86400000 WHERE job = (SELECT id FROM job WHERE prompt = 'add a bird')");
    let records = env.command("history --cost --json").any_stdout().assert().json_lines();
    let sums = |per: &str| -> Vec<(u64, f64)> {
        let selected = records.iter().filter(|record| record["per"] == per);
        selected
            .map(|record| (record["generations"].as_u64().unwrap(), record["usd"].as_f64().unwrap()))
            .collect()
    };
    assert_eq!(sums("day"), [(1, 0.0315), (1, 0.0315)]);
    assert_eq!(sums("month"), [(1, 0.0315), (1, 0.0315)]);
    assert_eq!(sums("total"), [(2, 0.063)]);
    let output = env.command("history --cost").any_stdout().assert();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with("total           $0.063  2 edits\n"), "{text}");
    let since = env.command("history --cost --since 7d").any_stdout().assert();
    let text = String::from_utf8(since.stdout).unwrap();
    assert!(text.ends_with("total          $0.0315  1 edit\n") && text.lines().count() == 3, "{text}");
}

#[test]
fn only_finished_jobs_can_be_forgotten() {
    let env = env_with_jobs();
    let bird = job_id(&env, "add a bird");
    env.command_with(["history", "forget", "--yes", &bird]).stderr("✓ 1 job forgotten\n").assert();
    assert_eq!(prompts(&env, ""), ["a hat", "make it NIGHT"]);
    let service = Service::with_faults(&["reset-after-charge"]);
    env.command("edit in.png -p doubt -o doubt.jpg -q").service(&service).code(8).any_stderr().assert();
    let doubt = env.jobs().into_iter().find(|job| job.state == "unknown").unwrap().id;
    let run = env.command_with(["history", "forget", "--yes", &doubt]).code(3);
    run.stderr_contains(&["is unknown, and is not forgotten", "`seededit recover` brings jobs to their end"])
        .assert();
    env.command("recover -q").service(&service).code(10).any_stderr().assert();
    env.command("history forget --yes --before 2020-01-01").stderr("✓ 0 jobs forgotten\n").assert();
    env.execute_sql("UPDATE job SET created = created - 86400000");
    let run = env.command("history forget --yes --before 1h");
    run.stderr("✓ 2 jobs forgotten\nnote: 1 job kept: unfinished, or lost\n").assert();
    assert_eq!(prompts(&env, ""), ["doubt"]);
    // Results are not deleted.
    assert!(env.path("night.jpg").exists());
    // The files of the journal no longer contain what was forgotten.
    for name in env.data_files() {
        let bytes = fs::read(env.data_dir().join(&name)).unwrap();
        assert!(
            !bytes.windows(13).any(|window| window == b"make it NIGHT"),
            "{name} still contains the prompt"
        );
    }
}

#[test]
fn history_needs_no_key_no_network_and_no_journal() {
    let env = TestEnv::new();
    env.command("history").stderr("note: no jobs yet\n").assert();
    env.command("history --cost --json").any_stderr().assert();
    env.command("history show x").code(3).any_stderr().assert();
    env.command("recover").stderr("note: nothing to recover\n").assert();
    assert_eq!(env.data_files(), [""; 0], "reading creates no file");
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn a_path_that_is_not_utf8_is_kept() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let (env, service) = (TestEnv::new(), Service::with_faults(&["download-error=404:1"]));
    let (input, destination) = (OsStr::from_bytes(b"in-\xff.png"), OsStr::from_bytes(b"out-\xfe.jpg"));
    env.write(input, crate::support::png(64, 48));
    let run = env.command("edit -p x -q --retries 0").arg(input).arg("-o").arg(destination).service(&service);
    run.code(9).any_stderr().assert();
    let output = env.command("recover -q").service(&service).any_stdout().assert();
    assert!(output.stdout.ends_with(b"/out-\xfe.jpg\n"), "{:?}", output.stdout);
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer(destination)));
    let name = env.only_job().id;
    assert_eq!(show(&env, &name)["file"], "unchanged");
    // The input is found again by the bytes of its path.
    env.execute_sql("UPDATE job SET state = 'lost'");
    fs::remove_file(env.path(destination)).unwrap();
    let output =
        env.command_with(["recover", "-q", "--pay-again", &name]).service(&service).any_stdout().assert();
    assert!(output.stdout.ends_with(b"/out-\xfe.jpg\n"));
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_job_in_doubt_is_forgotten_once_its_local_server_has_stopped() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["html-200"]));
    env.edit("").service(&service).code(8).any_stderr().any_stdout().assert();
    let job = env.only_job().id;
    let forget = || env.command_with(["history", "forget", "--yes", &job]);
    forget().code(3).stderr_contains(&["is unknown, and is not forgotten"]).assert();
    let _stopped = service.stop();
    env.command("recover")
        .code(8)
        .stderr_contains(&["seededit history forget", "dismisses the job"])
        .assert();
    forget().stderr_contains(&["1 job forgotten"]).assert();
    env.command("history").stderr_contains(&["no jobs yet"]).assert();
}

#[test]
fn a_job_in_flight_is_not_forgotten() {
    for is_marked in [false, true] {
        let env = TestEnv::with_picture();
        let service = Service::with_options(|options| {
            options.latency = std::time::Duration::from_millis(1500);
            options.is_marked = is_marked;
        });
        let running = env.edit("-q").service(&service).stdout("out.jpg\n").spawn();
        while service.ledger().posts() == 0 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let forget = |args: &str| {
            let run = env.command("history forget --yes").args(args).service(&service);
            run.any_stdout().may_leave_temporary_files()
        };
        let named = forget("1").code(3);
        named
            .stderr_contains(&["another process is working on job", "run this again when it has ended"])
            .assert();
        let old = forget("--before 2100-01-01");
        old.stderr_contains(&["1 job kept: in progress in another process"]).assert();
        running.wait();
        forget("1").stderr_contains(&["1 job forgotten"]).assert();
    }
}

#[test]
fn forgetting_a_job_makes_no_room_in_the_limit_of_the_day() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).any_stdout().assert();
    env.command("history forget 1 --yes").any_stderr().assert();
    let again = env.command("edit in.png -p y -o y.jpg --max-cost-per-day 0.04 --price 0.0315");
    again.service(&service).code(5).stderr_contains(&["$0.0315"]).assert();
    assert_eq!(service.ledger().posts(), 1);
    // The list of what was spent has no entry of it.
    env.command("history --cost").any_stderr().stdout("total            $0.00  0 edits\n").assert();
}

#[test]
fn a_text_to_search_for_is_bounded() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).any_stdout().assert();
    let grep = |text: &str| env.command_with(["history", "--grep", text]);
    grep(&"x".repeat(100_000))
        .code(2)
        .stderr("error: the text of --grep has 100000 characters\nhint: give at most 10000 of them\n")
        .assert();
    for character in ["%", "é", "🐦"] {
        grep(&character.repeat(10_000)).stderr("note: no job matches\n").assert();
    }
}

#[cfg(unix)]
#[test]
fn a_terminal_of_80_columns_shows_what_tells_names_apart() {
    use crate::support::Terminal;

    let (env, service) = (TestEnv::new(), Service::new());
    let picture = "IMG_2026-01-31_harbour-at-night-from-the-bridge.png";
    env.write(picture, crate::support::png(64, 48));
    for prompt in ["one", "two", "three"] {
        let run = env.command_with(["edit", picture, "-p", prompt, "-q"]).service(&service);
        run.any_stdout().assert();
    }
    let seen = Terminal::spawn(env.command("history").any_stderr(), 80).wait();
    for end in ["edited.jpg  \"one\"", "edited-2.jpg  \"two\"", "edited-3.jpg  \"three\""] {
        assert!(seen.contains(end), "{end}: {seen}");
    }
    assert!(seen.lines().all(|line| line.trim_end_matches('\r').chars().count() <= 80), "{seen}");
}

//! The limit of a day, and the question before a run that costs much.

use std::fs;

use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, json_answer, rows};

/// Prepares an edit whose result has this name.
macro_rules! edit {
    ($env:expr, $name:expr) => {
        $env.command(&format!("edit in.png -p x -q -o {}.jpg", $name))
    };
}

#[test]
fn the_limit_of_a_day_holds_across_runs_and_names_the_price_the_spending_and_the_way_out() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_config("max_cost_per_day = 0.07");
    for name in ["one", "two"] {
        edit!(env, name).service(&service).any_stdout().assert();
    }
    let message =
        "an edit costs $0.0315, and $0.063 of max_cost_per_day $0.07 is spent today, so it was not sent";
    let hint = "raise max_cost_per_day (`seededit config set max_cost_per_day USD`) or give a higher \
                --max-cost-per-day to continue, or continue tomorrow";
    edit!(env, "three").service(&service).code(5).stderr_contains(&[message, hint]).assert();
    service.ledger().ensure_counts(2, 2);
    let json = env.edit("--json").service(&service).code(5).any_stdout().any_stderr().assert();
    assert!(String::from_utf8_lossy(&json.stdout).contains("max_cost_per_day $0.07"));
    let planned =
        "the edit costs up to $0.0315, and $0.063 of max_cost_per_day $0.07 is spent today, so it would not";
    edit!(env, "three")
        .arg("--dry-run")
        .service(&service)
        .code(5)
        .any_stdout()
        .stderr_contains(&[planned])
        .assert();
    service.ledger().ensure_counts(2, 2);

    edit!(env, "three").args("--max-cost-per-day 0.0945").service(&service).any_stdout().assert();
    edit!(env, "four").args("--max-cost-per-day off").service(&service).any_stdout().assert();
    service.ledger().ensure_counts(4, 4);
}

#[test]
fn what_was_spent_on_another_day_does_not_count() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let limit = "--max-cost-per-day 0.04";
    edit!(env, "one").args(limit).service(&service).any_stdout().assert();
    edit!(env, "two").args(limit).service(&service).code(5).any_stderr().assert();
    env.execute_sql("UPDATE attempt SET sent = sent - 24 * 60 * 60 * 1000");
    edit!(env, "two").args(limit).service(&service).any_stdout().assert();
}

#[test]
fn a_day_is_that_of_the_local_time_zone() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = |name: &str, zone: &str| {
        edit!(env, name).args("--max-cost-per-day 0.04").env("TZ", zone).service(&service)
    };
    run("one", "UTC").any_stdout().assert();
    // The last minute of yesterday, in a zone in which it is noon now.
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let hours = 12 - i64::from(now.hour());
    let zone = format!("<ZZZ>{}", -hours);
    let yesterday = now.timestamp().as_millisecond() - 13 * 60 * 60 * 1000;
    env.execute_sql(&format!("UPDATE attempt SET sent = {yesterday}"));
    run("two", &zone).any_stdout().assert();
    let today = now.timestamp().as_millisecond() - 11 * 60 * 60 * 1000;
    env.execute_sql(&format!("DELETE FROM attempt WHERE sent > {today}; UPDATE attempt SET sent = {today}"));
    run("three", &zone).code(5).any_stderr().assert();
}

#[test]
fn two_runs_at_once_do_not_exceed_the_limit_together() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_millis(300));
    let runs: Vec<_> = (0..4)
        .map(|number| {
            let run = env.command(&format!("edit in.png -p x -o {number}.jpg --max-cost-per-day 0.07"));
            run.service(&service).any_outcome().spawn()
        })
        .collect();
    let mut codes: Vec<_> = runs.into_iter().map(|run| run.wait().code).collect();
    codes.sort();
    assert_eq!(codes, [Some(0), Some(0), Some(5), Some(5)]);
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn two_batches_at_once_do_not_exceed_the_limit_together() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for (name, first) in [("a.jsonl", 0), ("b.jsonl", 24)] {
        let rows = rows(48);
        let lines: Vec<String> = rows[first..first + 24].iter().map(ToString::to_string).collect();
        env.write(name, lines.join("\n"));
    }
    let run = |name: &str| {
        let run = env.command(&format!("batch {name} -j 8 --max-cost-per-day 0.33"));
        run.service(&service).any_outcome().spawn()
    };
    let codes = [run("a.jsonl"), run("b.jsonl")].map(|run| run.wait());
    assert!(codes.iter().all(|output| output.code == Some(5)), "{}", codes[0].stderr);
    let left = codes.iter().any(|output| output.stderr.contains("so the rest was not sent"));
    assert!(left, "{}", codes[0].stderr);
    // Each may have stopped while the other one still held money for an edit.
    let charged = service.ledger().charged();
    assert!((1..=10).contains(&charged), "{charged}");
    // What was left can still be spent, and no cent more.
    env.command("batch a.jsonl -j 8 --max-cost-per-day 0.33").service(&service).any_outcome().assert();
    env.command("batch b.jsonl -j 8 --max-cost-per-day 0.33").service(&service).any_outcome().assert();
    service.ledger().ensure_counts(10, 10);
}

#[test]
fn a_batch_uses_the_whole_limit_of_the_day_although_some_edits_are_free() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["ark-error=400:50%"]));
    env.write_manifest(&rows(12));
    env.batch("-j 4 --max-cost-per-day 0.1", &service).any_outcome().assert();
    assert_eq!(service.ledger().charged(), 3);
}

#[test]
fn a_chain_fits_into_the_limit_of_the_day_as_a_whole_or_is_not_started() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let chain = edit!(env, "one").args("--then y --then z --max-cost-per-day 0.09");
    let message = "an edit costs $0.0945, and $0.00 of --max-cost-per-day $0.09 is spent today";
    chain.service(&service).code(5).stderr_contains(&[message]).assert();
    service.ledger().ensure_counts(0, 0);
    edit!(env, "one")
        .args("--then y --then z --max-cost-per-day 0.0945")
        .service(&service)
        .any_stdout()
        .assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn an_edit_in_doubt_counts_until_it_turns_out_to_be_free() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-before-charge:1"]));
    let limit = "--max-cost-per-day 0.04";
    edit!(env, "one").args(limit).service(&service).code(8).any_stderr().assert();
    let message = "and $0.00 of --max-cost-per-day $0.04 is spent today and $0.0315 is in flight or in doubt";
    let hint = "`seededit recover` finds out what became of edits in doubt";
    let second = edit!(env, "two").args("--pay-again").args(limit).service(&service);
    second.code(5).stderr_contains(&[message, hint]).assert();
    env.command("recover -q").service(&service).assert();
    edit!(env, "two").args(limit).service(&service).any_stdout().assert();
    service.ledger().ensure_counts(2, 1);
}

#[cfg(unix)]
#[test]
fn what_a_killed_run_sent_still_counts_and_what_it_only_reserved_does_not() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_secs(30));
    let run = edit!(env, "one").args("--then y --then z --max-cost-per-day 0.1").service(&service);
    let run = run.any_outcome().spawn();
    while service.ledger().posts() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    // While it lives, all of its steps count.
    let other = Service::new();
    let message = "$0.0945 is in flight or in doubt";
    edit!(env, "two")
        .args("--max-cost-per-day 0.1")
        .service(&other)
        .code(5)
        .stderr_contains(&[message])
        .may_leave_temporary_files()
        .assert();
    run.signal(nix::sys::signal::Signal::SIGKILL);
    run.wait();
    for name in ["two", "three"] {
        let run = edit!(env, name).args("--max-cost-per-day 0.1").service(&other);
        run.any_stdout().may_leave_temporary_files().assert();
    }
    other.ledger().ensure_counts(2, 2);
    let run = edit!(env, "four").args("--max-cost-per-day 0.1").service(&other).code(5);
    run.any_stderr().may_leave_temporary_files().assert();
}

#[test]
fn a_limit_of_the_day_without_a_known_price_sends_nothing() {
    let server = RawServer::always_sending(json_answer(200, &json!({"data": []}), ""));
    let env = TestEnv::with_picture();
    env.write_manifest(&rows(2));
    let message = ["what an edit costs is not known, so SEEDEDIT_MAX_COST_PER_DAY cannot be kept", "--price"];
    for args in ["batch m.jsonl", "edit in.png -p x -o out.jpg"] {
        let run = env.command(args).env("SEEDEDIT_MAX_COST_PER_DAY", "1").base_url(&server.url());
        run.code(5).stderr_contains(&message).assert();
    }
    assert_eq!(server.posts(), 0);
}

#[test]
fn the_money_of_the_sandbox_and_real_money_have_limits_of_their_own() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_config("max_cost_per_day = 0.04");
    edit!(env, "one").arg("--sandbox").any_stdout().assert();
    edit!(env, "two").arg("--sandbox").code(5).any_stderr().assert();
    edit!(env, "three").service(&service).any_stdout().assert();
    edit!(env, "four").service(&service).code(5).any_stderr().assert();
    env.execute_sql("UPDATE attempt SET sent = 0");
    edit!(env, "five").arg("--sandbox").code(5).any_stderr().assert();
    edit!(env, "six").service(&service).any_stdout().assert();
}

#[test]
fn a_flag_overrides_a_variable_that_overrides_a_profile_that_overrides_the_file() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_config(
        "max_cost = 0.01\n[profiles.big]\nmax_cost = 0.02\n[profiles.free]\nmax_cost = \"off\"\n",
    );
    let limit = |run: crate::support::Run<'_>, limit: &str, hint: &str| {
        let message = format!("of {limit} is left");
        let hint = format!("hint: raise {hint} to continue\n");
        run.service(&service).code(5).stderr_contains(&[&message, &hint]).assert();
    };
    let of_file = "max_cost (`seededit config set max_cost USD`) or give a higher --max-cost";
    let of_variable = "SEEDEDIT_MAX_COST or give a higher --max-cost";
    fn with_variable(run: crate::support::Run<'_>) -> crate::support::Run<'_> {
        run.env("SEEDEDIT_MAX_COST", "0.03")
    }
    limit(edit!(env, "a"), "max_cost $0.01", of_file);
    limit(edit!(env, "a").args("--profile big"), "max_cost $0.02", of_file);
    limit(with_variable(edit!(env, "a").args("--profile big")), "SEEDEDIT_MAX_COST $0.03", of_variable);
    limit(with_variable(edit!(env, "a").args("--max-cost 0.025")), "--max-cost $0.025", "--max-cost");
    service.ledger().ensure_counts(0, 0);
    edit!(env, "a").args("--profile free").service(&service).any_stdout().assert();
    let message = "SEEDEDIT_MAX_COST: not an amount in US dollars: a number from 0 on, like 2.50, or `off`";
    edit!(env, "a")
        .env("SEEDEDIT_MAX_COST", "much")
        .service(&service)
        .code(3)
        .stderr_contains(&[message])
        .assert();
    let list = String::from_utf8(env.command("config list").any_stdout().assert().stdout).unwrap();
    assert!(list.lines().any(|line| line.starts_with("max_cost ") && line.contains("0.01")), "{list}");
}

#[test]
fn a_run_above_confirm_above_needs_yes_in_a_script() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_config("confirm_above = 0.05");
    edit!(env, "one").service(&service).any_stdout().assert();
    env.write_manifest(&rows(4));
    let message =
        "the run is expected to cost $0.126, more than confirm_above $0.05, and nobody can be asked here";
    let hint = "nothing was sent; add --yes to pay without a question, or raise confirm_above (";
    env.batch("-q", &service).code(5).stderr_contains(&[message, hint]).assert();
    env.command("edit in.png -p x -q -o two.jpg --then y").service(&service).code(5).any_stderr().assert();
    let json = env.command("edit in.png -p x -o two.jpg --then y --json").service(&service).code(5);
    let json = json.any_stdout().any_stderr().assert().json();
    assert_eq!(json["error"]["exit_code"], 5);
    service.ledger().ensure_counts(1, 1);
    // It cannot cost more than the limit.
    env.batch("-q --max-cost 0.04", &service).code(5).any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(2, 2);
    env.batch("-q --yes", &service).any_stdout().assert();
    // What is done is not paid again, so nobody is asked.
    env.batch("-q", &service).any_stdout().assert();
    service.ledger().ensure_counts(5, 5);
    let note = "real edits ask first, because they may cost more than --confirm-above $0.01; in a script, they need --yes";
    let run = env.command("edit in.png -p x -o three.jpg --dry-run --confirm-above 0.01").service(&service);
    run.any_stdout().stderr_contains(&[note]).assert();
}

#[test]
fn an_unknown_price_needs_consent() {
    let server = RawServer::always_sending(json_answer(200, &json!({"data": []}), ""));
    let env = TestEnv::with_picture();
    let message = ["the run has an unknown price, and --confirm-above is $1.00", "--price"];
    let run = env.edit("--confirm-above 1").base_url(&server.url()).code(5);
    run.stderr_contains(&message).assert();
    assert_eq!(server.posts(), 0);
}

#[cfg(unix)]
#[test]
fn a_script_stops_at_a_limit_and_goes_on_with_yes() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let script = |flags: &str| {
        let script = format!(
            "set -euo pipefail; \"$1\" edit - night -o - {flags} < in.png | wc -c > size.txt; echo finished"
        );
        let run = env.command("").wrapped_in("bash", &["-c", &script, "script"]);
        run.env("SEEDEDIT_CONFIRM_ABOVE", "0.01").service(&service)
    };
    script("").code(5).stderr_contains(&["add --yes"]).assert();
    assert_eq!(String::from_utf8_lossy(&env.read("size.txt")).trim(), "0");
    script("-q -y").stdout("finished\n").assert();
    assert_ne!(String::from_utf8_lossy(&env.read("size.txt")).trim(), "0");
    script("-q -y --max-cost-per-day 0.05").code(5).any_stderr().assert();
    service.ledger().ensure_counts(1, 1);
}

#[cfg(unix)]
mod terminal {
    use nix::sys::signal::Signal;

    use super::*;
    use crate::support::Terminal;

    const QUESTION: &str =
        "this run is expected to cost $0.0315, more than --confirm-above $0.01. Send it? [y/N]";

    #[test]
    fn a_person_is_asked_and_only_yes_sends() {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        for (answer, code, posts) in [("n\n", 5, 0), ("\n", 5, 0), ("\u{4}", 5, 0), ("yes\n", 0, 1)] {
            let run = env.edit("--confirm-above 0.01").service(&service).any_stderr().code(code);
            let terminal = Terminal::spawn(run, 200);
            terminal.wait_for(QUESTION);
            assert_eq!(service.ledger().posts(), 0);
            terminal.type_text(answer);
            let screen = terminal.wait();
            assert_eq!(screen.contains("not confirmed, so nothing was sent"), code == 5, "{screen}");
            service.ledger().ensure_counts(posts, posts);
        }
    }

    #[test]
    fn ctrl_c_ends_the_question() {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        env.write_manifest(&rows(3));
        for args in ["edit in.png -p x -o out.jpg", "batch m.jsonl"] {
            let run = env.command(args).args("--confirm-above 0.01").service(&service).any_stderr();
            let terminal = Terminal::spawn(run.code(130), 200);
            terminal.wait_for("Send it? [y/N]");
            terminal.signal(Signal::SIGINT);
            let screen = terminal.wait();
            assert!(screen.contains("interrupted; nothing was sent"), "{screen}");
        }
        service.ledger().ensure_counts(0, 0);
        assert!(fs::read_dir(env.work_dir()).unwrap().count() == 2, "{:?}", env.file_names());
    }

    #[test]
    fn nobody_is_asked_for_json_or_with_yes() {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        let run = env.edit("--confirm-above 0.01 --json").service(&service).any_stderr().code(5);
        assert!(!Terminal::spawn(run, 200).wait().contains("[y/N]"));
        let run = env.edit("--confirm-above 0.01 --yes").service(&service).any_stderr();
        assert!(!Terminal::spawn(run, 200).wait().contains("[y/N]"));
        service.ledger().ensure_counts(1, 1);
    }
}

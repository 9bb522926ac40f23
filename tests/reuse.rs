//! `edit --reuse`: an edit that may have been paid for is not sent again.

use std::time::Duration;

use serde_json::json;

use crate::support::{Run, Service, TestEnv};

/// Prepares an edit with a seed.
fn seeded<'a>(env: &'a TestEnv, service: &Service, extra: &str) -> Run<'a> {
    env.command("edit in.png x --seed 5 -o out.jpg").args(extra).service(service)
}

#[test]
fn reuse_sends_nothing_while_an_equal_edit_is_in_doubt() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    seeded(&env, &service, "-q").code(8).any_stderr().assert();
    let job = env.only_job().id;
    for (extra, several) in [("--reuse", false), ("--reuse --dry-run", false), ("--reuse -n 2 -d o", true)] {
        let args = if several { "edit in.png x --seed 5" } else { "edit in.png x --seed 5 -o again.jpg" };
        let run = env.command(args).args(extra).service(&service).code(8).any_stdout();
        let message = format!("job {job} is for the same edit, and may have been charged");
        run.stderr_contains(&[
            &message,
            &format!("`seededit recover {job} --base-url http://127.0.0.1:"),
            "with --pay-again",
        ])
        .assert();
    }
    // The second variation has another seed, so it is another edit.
    service.ledger().ensure_counts(2, 2);
    let record = seeded(&env, &service, "--reuse --json").code(8).any_stdout().any_stderr().assert().json();
    assert_eq!((&record["job"], &record["error"]["charged"]), (&json!(job), &json!("unknown")));
    // Once it is settled, it is paid for again, because its result is lost. Several edits say so.
    env.command("recover -q").service(&service).code(10).any_stderr().assert();
    let several = env.command("edit in.png x -n 2 -d o --dry-run").service(&service).any_stdout();
    let note = "note: 1 edit was paid for before, and its result was lost: it is paid for again";
    several.stderr_contains(&[note]).assert();
    seeded(&env, &service, "-q --reuse").stdout("out.jpg\n").assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn reuse_sends_nothing_while_an_equal_edit_is_not_saved_and_finds_it_once_it_is() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:1"]));
    seeded(&env, &service, "-q --retries 0").code(9).any_stderr().assert();
    let run = seeded(&env, &service, "--reuse").code(9);
    run.stderr_contains(&["was paid for, and its result is not saved yet", "`seededit recover "]).assert();
    env.command("recover -q").service(&service).any_stdout().assert();
    seeded(&env, &service, "-q --reuse").stdout("out.jpg\n").assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn reuse_sends_nothing_while_the_entry_of_an_equal_edit_cannot_be_read() {
    for damage in ["state = 'mystery'", "prompt = x'00ff'"] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        seeded(&env, &service, "-q").any_stdout().assert();
        let job = env.only_job().id;
        env.execute_sql(&format!("UPDATE job SET {damage}"));
        let run = env.command("edit in.png x --seed 5 --reuse -o b.jpg").service(&service).code(8);
        let message = format!("the journal's entry for job {job} cannot be read");
        run.stderr_contains(&[&message, "with --pay-again"]).assert();
        service.ledger().ensure_counts(1, 1);
        // A result that can be used again counts first.
        env.command("edit in.png x --seed 5 -q --pay-again -o b.jpg").service(&service).any_stdout().assert();
        let run = env.command("edit in.png x --seed 5 -q --reuse -o c.jpg").service(&service);
        run.stdout("c.jpg\n").assert();
        service.ledger().ensure_counts(2, 2);
    }
}

#[test]
fn reuse_sends_nothing_while_a_step_of_an_equal_chain_is_in_doubt() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    seeded(&env, &service, "-q --then y").code(8).any_stderr().assert();
    let job = env.only_job().id;
    let message = format!("job {job} is for the same edit");
    seeded(&env, &service, "--reuse --then y").code(8).stderr_contains(&[&message]).assert();
    service.ledger().ensure_counts(1, 1);
    // Another chain would send the same first step.
    seeded(&env, &service, "--reuse --then z").code(8).stderr_contains(&[&message]).assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn reuse_sends_nothing_while_another_process_runs_an_equal_edit() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = Duration::from_millis(800));
    let running = seeded(&env, &service, "-q").stdout("out.jpg\n").spawn();
    while service.ledger().posts() == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let run = env.command("edit in.png x --seed 5 --reuse -o b.jpg").service(&service).code(8);
    run.may_leave_temporary_files().stderr_contains(&["the same edit is in progress, as job"]).assert();
    running.wait();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_result_with_pixels_of_its_picture_is_not_paid_for_again_in_another_format() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let edit =
        |extra: &str| env.command("edit in.png x --seed 5 --region 0,0,30x30").args(extra).service(&service);
    edit("-q -o out.png").any_stdout().assert();
    let job = env.only_job().id;
    let hint = format!("`seededit merge --job {job} -o FILE` makes it again for free");
    let run = edit("--reuse -o out.jpg").code(3);
    run.stderr_contains(&["out.png was encoded with other options", &hint, "--pay-again"]).assert();
    env.write("more.png", env.read("in.png"));
    let several = "edit in.png more.png -p x --seed 5 --region 0,0,30x30 -d jpegs --format jpeg";
    env.command(several).service(&service).code(11).any_stdout().stderr_contains(&[&hint]).assert();
    service.ledger().ensure_counts(1, 1);
    env.command(&format!("merge --job {job} -q -o out.jpg")).any_stdout().any_stderr().assert();
    assert!(env.path("out.jpg").exists());
}

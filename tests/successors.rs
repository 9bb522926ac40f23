//! A default model that the service has withdrawn is replaced by its successor; a model that the user chose is not.

use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, json_answer, rows};

const WITHDRAWN: &str = "bytedance/seededit-3.0-i2i";
const SUCCESSOR: &str = "bytedance/seedream-5-0-pro";

/// A service that does not have the first model that it is asked for.
fn service() -> Service {
    Service::with_faults(&["retired:1"])
}

fn models(env: &TestEnv) -> Vec<String> {
    let records = env.command("history --json").any_stdout().assert().json_lines();
    records.iter().map(|record| record["model"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_same_command_continues_with_the_successor_and_says_so() {
    let (env, service) = (TestEnv::with_picture(), service());
    let note = format!(
        "note: AI/ML API has withdrawn {WITHDRAWN}, so its successor {SUCCESSOR} is used (price unknown); "
    );
    env.edit("").service(&service).any_stdout().stderr_contains(&[&note]).assert();
    service.ledger().ensure_counts(2, 1);
    assert_eq!(models(&env), [SUCCESSOR, WITHDRAWN]);
}

#[test]
fn later_edits_and_batches_use_the_successor_at_once() {
    let (env, service) = (TestEnv::with_picture(), service());
    env.edit("-q").service(&service).any_stdout().any_stderr().assert();
    let again = env.command_with(["edit", "in.png", "x", "-o", "again.jpg"]).service(&service).any_stdout();
    again.stderr_contains(&[&format!("so its successor {SUCCESSOR} is used")]).assert();
    env.write("m.jsonl", "{\"image\": \"in.png\", \"prompt\": \"x\", \"output\": \"b.jpg\"}\n");
    env.command("batch m.jsonl").service(&service).any_stdout().stderr_contains(&[SUCCESSOR]).assert();
    // One refused request, and three edits.
    service.ledger().ensure_counts(4, 3);
}

#[test]
fn a_picture_from_standard_input_is_sent_again() {
    let (env, service) = (TestEnv::with_picture(), service());
    let picture = env.read("in.png");
    env.command_with(["edit", "-", "add a bird", "-o", "out.jpg", "-q"])
        .service(&service)
        .stdin(picture)
        .any_stdout()
        .any_stderr()
        .assert();
    service.ledger().ensure_counts(2, 1);
}

#[test]
fn a_model_that_was_chosen_is_not_replaced_and_the_hint_names_its_successor() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["retired"]));
    let hint = format!("its successor is {SUCCESSOR}");
    env.edit(&format!("-m {WITHDRAWN}")).service(&service).code(6).stderr_contains(&[&hint]).assert();
    let by_variable = env.edit("").env("SEEDEDIT_MODEL", WITHDRAWN);
    by_variable.service(&service).code(6).stderr_contains(&[&hint]).assert();
    env.write_config(&format!("model = \"{WITHDRAWN}\"\n"));
    env.edit("").service(&service).code(6).stderr_contains(&[&hint]).assert();
    service.ledger().ensure_counts(3, 0);
}

#[test]
fn the_setting_turns_it_off() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["retired"]));
    env.write_config("successor = \"off\"\n");
    env.edit("").service(&service).code(6).stderr_contains(&["its successor is"]).assert();
    service.ledger().ensure_counts(1, 0);
}

#[test]
fn what_the_successor_does_not_take_is_refused_before_it_is_sent() {
    let (env, service) = (TestEnv::with_picture(), service());
    let problem = format!("{SUCCESSOR} takes no guidance scale");
    env.edit("-g 5").service(&service).code(3).stderr_contains(&[&problem]).assert();
    service.ledger().ensure_counts(1, 0);
}

#[test]
fn a_service_without_the_successor_either_is_an_error_of_its_own() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["retired"]));
    env.edit("").service(&service).code(6).stderr_contains(&[SUCCESSOR]).assert();
    service.ledger().ensure_counts(2, 0);
}

#[test]
fn a_successor_that_is_not_there_either_is_forgotten() {
    for batch in [false, true] {
        let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["retired:2"]));
        env.write_manifest(&rows(1));
        let run = || if batch { env.batch("", &service) } else { env.edit("").service(&service) };
        run().code(if batch { 11 } else { 6 }).any_stdout().any_stderr().assert();
        // The service has the default model again.
        run().any_stdout().any_stderr().assert();
        service.ledger().ensure_counts(3, 1);
        assert_eq!(models(&env)[0], WITHDRAWN);
    }
}

#[test]
fn a_batch_and_an_edit_of_several_pictures_continue_with_the_successor() {
    let (env, service) = (TestEnv::with_picture(), service());
    env.write_manifest(&rows(3));
    let run = env.batch("--json -j 1", &service).any_stdout().any_stderr().assert();
    let models: Vec<_> = run.json_lines().iter().map(|record| record["model"].clone()).collect();
    assert_eq!(models, [SUCCESSOR; 3]);
    let ledger = service.ledger();
    assert!(ledger.charged() == 3 && ledger.posts() == 4, "{} posts", ledger.posts());
    // It remembers the successor, and the rows are done.
    env.batch("-q", &service).any_stderr().assert();
    assert_eq!(service.ledger().charged(), 3);

    let (env, service) = (TestEnv::with_picture(), self::service());
    env.write("b.png", env.read("in.png"));
    env.command("edit in.png b.png -p x -q -j 1").service(&service).any_stdout().any_stderr().assert();
    assert_eq!(service.ledger().charged(), 2);
}

#[test]
fn a_batch_from_a_pipe_continues_with_the_successor() {
    let (env, service) = (TestEnv::with_picture(), service());
    let row = "{\"image\": \"in.png\", \"prompt\": \"x\", \"output\": \"b.jpg\"}\n";
    env.command("batch - -q").service(&service).stdin(row).stdout("b.jpg\n").any_stderr().assert();
    service.ledger().ensure_counts(2, 1);
}

#[test]
fn what_was_paid_for_with_the_default_model_is_not_paid_for_again_with_its_successor() {
    let (env, service) = (TestEnv::with_picture(), service());
    env.write_manifest(&rows(2));
    // The first request is refused. Every later one is served, also to the withdrawn model.
    env.edit("-q").service(&service).any_stdout().any_stderr().assert();
    env.batch(&format!("-q -m {WITHDRAWN}"), &service).any_stdout().assert();
    service.ledger().ensure_counts(4, 3);
    env.batch("-q", &service).any_stderr().assert();
    service.ledger().ensure_counts(4, 3);
}

#[test]
fn at_the_service_itself_a_dry_run_shows_the_request_to_the_successor() {
    let env = TestEnv::with_picture();
    let dry_run = |extra: &str| {
        let args = ["edit", "in.png", "x", "--dry-run"].into_iter().chain(extra.split_whitespace());
        env.command_with(args).any_stdout().any_stderr().assert()
    };
    let model = |extra: &str| dry_run(extra).json()["request"]["body"]["model"].clone();
    let note = format!("has withdrawn {WITHDRAWN}, so its successor {SUCCESSOR} is used");
    assert!(dry_run("").stderr.contains(&note));
    assert_eq!(model("--json"), SUCCESSOR);
    let chosen = format!("-m {WITHDRAWN}");
    assert!(dry_run(&chosen).stderr.contains("a real edit ends with exit code 6"));
    assert_eq!(model(&format!("{chosen} --json")), WITHDRAWN);
    // The sandbox serves it.
    assert_eq!(model("--json --sandbox"), WITHDRAWN);
    assert_eq!(env.command("inspect in.png --json").any_stdout().assert().json()["model"], SUCCESSOR);
}

#[test]
fn a_successor_that_the_service_makes_up_is_not_used() {
    for name in [WITHDRAWN.to_owned(), "x\u{1b}[2J".to_owned(), "x".repeat(500_000)] {
        let server = RawServer::new(move |connection| {
            let Some(request) = connection.read_request() else { return };
            let answer = if request.line.starts_with("POST") {
                json_answer(404, &json!({"message": "no such model", "requestId": "1"}), "")
            } else {
                let row = json!({"id": WITHDRAWN, "status": "withdrawn", "replaced_by": name});
                json_answer(200, &json!({"data": [row]}), "")
            };
            connection.send(&answer);
            connection.finish();
        });
        let env = TestEnv::with_picture();
        let run = env.edit("").base_url(&server.url()).code(6).any_stderr().assert();
        assert!(run.stderr.contains(&format!("so its successor {SUCCESSOR} is used")), "{}", run.stderr);
        assert_eq!(server.posts(), 2);
    }
}

//! A default model that the service has withdrawn is replaced by its successor; a model that the user chose is not.

use crate::support::{Service, TestEnv};

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
        "note: AI/ML API has withdrawn {WITHDRAWN}, so its successor {SUCCESSOR} is used (list price unknown); \
         --model chooses another"
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

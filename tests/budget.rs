//! `--max-cost` is never exceeded.

use std::fs;

use serde_json::{Value, json};

use crate::support::{RawServer, Service, TestEnv, answer, jpeg, json_answer, rows};

#[test]
fn max_cost_is_never_exceeded_by_concurrent_edits() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(24));
    // Enough for ten edits, and no cent more.
    let message =
        ["of --max-cost $", "is left, so the rest was not sent", "24 tasks: 10 made, 14 left  $0.315"];
    env.batch("-j 16 --max-cost 0.33", &service).code(5).any_stdout().stderr_contains(&message).assert();
    service.ledger().ensure_counts(10, 10);
    env.batch("-j 16 --max-cost 0.33", &service).code(5).any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(20, 20);
    env.batch_exits("-j 16 --max-cost 0.33", &service, 0);
    service.ledger().ensure_counts(24, 24);
}

#[test]
fn the_advice_after_a_limit_does_not_pay_for_finished_edits_again() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    fs::copy(env.path("in.png"), env.path("b.png")).unwrap();
    let edit = |flags: &str| env.command("edit in.png b.png -p x -d out -j 1").args(flags).service(&service);
    let run = edit("--max-cost 0.04").code(5).any_stdout();
    run.stderr_contains(&["hint: raise --max-cost to continue\n"]).assert();
    service.ledger().ensure_counts(1, 1);
    edit("--max-cost 1").any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(2, 2);
    // The same command would not continue.
    let run = edit("--pay-again --max-cost 0.04").code(5).any_stdout();
    run.stderr_contains(&["give only the pictures that are left"]).assert();
}

#[test]
fn money_held_for_a_free_failure_is_released() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["ark-error=400:50%"]));
    env.write_manifest(&rows(12));
    env.batch("-j 4 --max-cost 0.1", &service).any_outcome().assert();
    assert_eq!(service.ledger().charged(), 3);
}

#[test]
fn max_cost_without_a_known_price_sends_nothing() {
    let no_prices = serde_json::json!({"data": []});
    let server = RawServer::always_sending(json_answer(200, &no_prices, ""));
    let env = TestEnv::with_picture();
    env.write_manifest(&rows(2));
    let message = ["what an edit costs is not known, so --max-cost cannot be kept", "--price"];
    env.command("batch m.jsonl --max-cost 1")
        .base_url(&server.url())
        .code(5)
        .stderr_contains(&message)
        .assert();
    env.edit("--max-cost 1").base_url(&server.url()).code(5).stderr_contains(&message).assert();
    assert_eq!(server.posts(), 0);
    assert!(
        server.requests()[0]
            .line
            .starts_with("GET /v1/models?id=bytedance%2Fseededit-3.0-i2i&include=pricing ")
    );
}

#[test]
fn a_single_edit_above_max_cost_is_not_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let message = "an edit costs $0.0315, and $0.03 of --max-cost $0.03 is left, so it was not sent";
    env.edit("--max-cost 0.03").service(&service).code(5).stderr_contains(&[message]).assert();
    env.edit("--max-cost 0.05 --then more")
        .service(&service)
        .code(5)
        .stderr_contains(&["--max-cost"])
        .assert();
    service.ledger().ensure_counts(0, 0);
    env.edit("-q --max-cost 0.0315").service(&service).any_stdout().assert();
    service.ledger().ensure_counts(1, 1);
}

/// A service whose answers report the price `usd`, if any, and whose list of models has no prices.
fn service_with_price(usd: Option<&'static str>) -> RawServer {
    RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let url = format!("http://{}/p.jpg", request.header("host").unwrap());
        let response = if request.line.starts_with("POST ") {
            let usage =
                usd.map_or(String::new(), |usd| format!(r#","meta":{{"usage":{{"usd_spent":{usd}}}}}"#));
            let body = format!(r#"{{"data":[{{"url":"{url}"}}]{usage}}}"#);
            answer(200, "application/json", body.as_bytes(), "")
        } else if request.line.starts_with("GET /p.jpg") {
            answer(200, "image/jpeg", &jpeg(40, 30), "")
        } else {
            json_answer(200, &serde_json::json!({"data": []}), "")
        };
        connection.send(&response);
        connection.finish();
    })
}

#[test]
fn a_step_without_a_reported_price_counts_as_the_amount_held_for_it() {
    let (env, server) = (TestEnv::with_picture(), service_with_price(None));
    let chains: Vec<_> = rows(4)
        .into_iter()
        .map(|mut row| {
            row["then"] = serde_json::json!(["more"]);
            row
        })
        .collect();
    env.write_manifest(&chains);
    let run =
        env.command("batch m.jsonl --price 1 --max-cost 5").base_url(&server.url()).code(5).any_stdout();
    run.stderr_contains(&[
        "of --max-cost $",
        "is left, so the rest was not sent",
        "4 tasks: 2 made, 2 left  $4.00",
    ])
    .assert();
    assert_eq!(server.posts(), 4);
}

#[test]
fn a_price_estimated_too_low_is_noticed_after_the_first_edit() {
    for (price, total) in [("0.5", "$0.50"), ("1e300", "$9000000.00")] {
        for limit in ["0", "0.1"] {
            let (env, server) = (TestEnv::with_picture(), service_with_price(Some(price)));
            env.write_manifest(&rows(8));
            let flags = format!("batch m.jsonl -j 8 --price 0 --max-cost {limit}");
            let run = env.command(&flags).base_url(&server.url()).code(5).any_stdout();
            let message = format!("edits cost more than expected: {total} in total, above --max-cost $0.");
            let message = run.stderr_contains(&[&message, "8 tasks: 1 made, 7 left"]).assert().stderr;
            assert!(message.lines().all(|line| line.len() < 200), "{message}");
            assert_eq!(server.posts(), 1);
            // The journal now knows the price, whatever --price says.
            env.command(&flags).base_url(&server.url()).code(5).stderr_contains(&["--max-cost"]).assert();
            assert_eq!(server.posts(), 1);
        }
    }
}

#[test]
fn the_higher_of_the_given_and_the_known_price_is_held() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(4));
    env.batch("-j 4 --price 0.1 --max-cost 0.15", &service).code(5).any_stdout().any_stderr().assert();
    // Each hold is $0.10, as long as that much is left.
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn the_list_price_of_the_service_is_fetched_once_a_day_and_known_to_dry_runs() {
    let row = json!({"id": "bytedance/seededit-3.0-i2i", "pricing": {"units": [{"price": 0.04}]}});
    let server = RawServer::always_sending(json_answer(200, &json!({"data": [row]}), ""));
    let env = TestEnv::with_picture();
    let dry_run = |args: &str| env.edit(args).base_url(&server.url()).any_stdout().assert();
    let planned = dry_run("--dry-run --json").json();
    assert_eq!((&planned["usd"], &planned["price_source"]), (&Value::Null, &Value::Null));
    assert!(server.requests().is_empty(), "a dry run is offline");

    for _ in 0..2 {
        let run = env.edit("--max-cost 0.01").base_url(&server.url()).code(5);
        run.stderr_contains(&["an edit costs $0.04"]).assert();
    }
    assert_eq!((server.requests().len(), server.posts()), (1, 0));
    let planned = dry_run("--dry-run --json").json();
    assert_eq!((&planned["usd"], &planned["price_source"]), (&json!(0.04), &json!("service")));
    let today = planned["price_date"].as_str().unwrap();
    let text = dry_run("--dry-run --then more").stdout;
    let expected = format!("price: $0.08, list price of {today}\n");
    assert!(String::from_utf8(text).unwrap().ends_with(&expected));
    assert_eq!(server.requests().len(), 1);

    let cache = env.data_dir().join("prices.json");
    let mut rows: Value = serde_json::from_slice(&fs::read(&cache).unwrap()).unwrap();
    rows[0]["fetched"] = json!(rows[0]["fetched"].as_i64().unwrap() - 24 * 60 * 60);
    fs::write(&cache, rows.to_string()).unwrap();
    assert_eq!(dry_run("--dry-run --json").json()["usd"], Value::Null);
}

#[test]
fn a_dry_run_says_where_its_price_is_from() {
    let env = TestEnv::with_picture();
    let planned = |args: &str| env.edit(&format!("{args} --dry-run --json")).any_stdout().assert().json();
    let source = |args: &str| planned(args)["price_source"].clone();
    let of_card = planned("-m flux-2-edit");
    assert_eq!((&of_card["price_source"], &of_card["usd"]), (&json!("card"), &json!(0.0378)));
    assert!(of_card["price_date"].as_str().unwrap().starts_with("2026-"));
    assert_eq!(source("-m flux-2-edit --price 1"), "given");
    assert_eq!(source("-m flux-2-edit --price 0.01"), "card");
    assert_eq!(source("--service local"), "free");
    assert_eq!(source("-m reve/edit-image --sandbox"), "sandbox");
    assert_eq!(planned("-m reve/edit-image --sandbox")["usd"], 0.105);
}

#[test]
fn a_dry_run_says_the_least_of_a_price_that_depends_on_the_size() {
    let env = TestEnv::with_picture();
    let args = "--dry-run --json --service fal -m bytedance/seedream/v5/pro/edit";
    let ensure = |planned: Value, least: f64, most: f64| {
        assert_eq!((&planned["usd_least"], &planned["usd"]), (&json!(least), &json!(most)), "{planned}");
    };
    ensure(env.edit(args).any_stdout().assert().json(), 0.0675, 0.135);
    ensure(env.edit(&format!("{args} --then more")).any_stdout().assert().json(), 0.135, 0.27);
    // A price that is given is not a range.
    ensure(env.edit(&format!("{args} --price 1")).any_stdout().assert().json(), 1.0, 1.0);
    ensure(env.edit("--dry-run --json -m flux-2-edit").any_stdout().assert().json(), 0.0378, 0.0378);
    env.write_manifest(&rows(3));
    let plan = env.command("batch m.jsonl").args(args).any_stdout().assert().json_lines().pop().unwrap();
    ensure(plan, 0.2025, 0.405);
}

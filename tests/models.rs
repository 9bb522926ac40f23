//! `models`, `models show`, `models check`, `balance`, and the table in `docs/models.md`.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::Terminal;
use crate::support::{RawServer, Service, TestEnv, json_answer};

fn listed(args: &str) -> Vec<Value> {
    TestEnv::new().command(&format!("models --json {args}")).any_stdout().assert().json_lines()
}

#[test]
fn the_models_of_a_service_are_listed_offline_with_prices_and_what_they_take() {
    let advice =
        "note: if you choose none, bytedance/seedream-5-0-pro is used; the cheapest one that keeps the shape";
    let output = TestEnv::new().command("models").any_stdout().stderr_contains(&[advice]).assert();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("AI/ML API (aimlapi)\n"), "{text}");
    assert!(
        text.contains("  blackforestlabs/flux-2-edit: $0.0378, 3 pictures, seed, guidance, size\n"),
        "{text}"
    );
    assert!(text.contains(
        "bytedance/seededit-3.0-i2i: $0.0315, seed, guidance, size, watermark, withdrawn, the default\n"
    ));
}

#[test]
fn the_model_that_is_used_is_that_of_the_settings_and_of_the_sandbox() {
    let env = TestEnv::new();
    let used = |model: &str| format!("note: if you choose none, {model} is used; ");
    let run = || env.command("models").any_stdout();
    run().env("SEEDEDIT_SANDBOX", "1").stderr_contains(&[&used("bytedance/seededit-3.0-i2i")]).assert();
    env.write_config("model = \"flux-2-edit\"\n");
    run().stderr_contains(&[&used("blackforestlabs/flux-2-edit"), "--all lists the models of all"]).assert();
    env.write_config("model = \"no-such-model\"\n");
    run().assert();
}

#[test]
fn an_address_or_a_path_is_refused_as_a_model_even_where_any_model_may_exist() {
    let env = TestEnv::with_picture();
    for name in ["127.0.0.1:9/x", "data:x", "../../etc/passwd"] {
        let args = "--base-url http://127.0.0.1:9 --price 1 --dry-run -m";
        let run = env.edit(args).arg(name).code(2);
        run.stderr_contains(&["a model name may only contain", "an address or a path is no name"]).assert();
    }
}

#[test]
fn all_services_are_listed_with_all() {
    let services: BTreeSet<String> =
        listed("--all").iter().map(|model| model["service"].as_str().unwrap().to_owned()).collect();
    for service in ["aimlapi", "ark", "byteplus", "fal", "local", "openai"] {
        assert!(services.contains(service), "{services:?}");
    }
}

#[test]
fn a_model_is_shown_by_the_end_of_its_name() {
    let env = TestEnv::new();
    let shown = env.command("models show kontext-pro").any_stdout().assert();
    let text = String::from_utf8(shown.stdout).unwrap();
    for part in ["model       flux/kontext-pro/image-to-image", "guidance    1 to 20", "unverified"] {
        assert!(text.contains(part), "{text}");
    }
    env.command("models show kontex-pro").code(3).stderr_contains(&["did you mean"]).assert();
    env.command("models --service opnai").code(3).stderr_contains(&["did you mean `openai`?"]).assert();
}

#[test]
fn cards_are_compared_with_the_lists_of_the_service_without_a_key() {
    let (env, service) = (TestEnv::new(), Service::new());
    // The sandbox lists what its documentation says, as the cards do.
    let agree = env.command("models check").base_url(&service.url());
    agree.stderr("✓ 33 cards agree with AI/ML API\n").assert();
    env.command("models check --service openai").code(3).stderr_contains(&["has no list of models"]).assert();
}

#[test]
fn a_check_of_one_model_names_its_successor_and_keeps_its_price_for_dry_runs() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let check = |args: &str| env.command(&format!("models check {args}")).base_url(&service.url());
    check("flux-2-edit").stderr("✓ 1 card agrees with AI/ML API\n").assert();
    assert_eq!(service.ledger().posts(), 0);
    let planned = env.edit("-m flux-2-edit --dry-run --json").base_url(&service.url()).any_stdout();
    assert_eq!(planned.assert().json()["price_source"], "service");
    env.command("models check no-such-model").code(3).stderr_contains(&["no model `no-such-model`"]).assert();

    let row = json!({"id": "blackforestlabs/flux-2-edit", "pricing": {"units": [{"price": 0.05}]}});
    let gone = json!({"id": "bytedance/seedream-4-5", "status": "withdrawn", "replaced_by": "maker/new"});
    let server = RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let rows = if request.line.contains("/deprecations") { &gone } else { &row };
        connection.send(&json_answer(200, &json!({"data": [rows]}), ""));
        connection.finish();
    });
    let check = |args: &str| env.command(&format!("models check {args}")).base_url(&server.url()).code(11);
    let text = "blackforestlabs/flux-2-edit: the list price is $0.05, not $0.0378\n";
    let note = "1 difference between 1 card and the list of AI/ML API";
    check("flux-2-edit").stdout(text).stderr_contains(&[note, "--model", "docs/models.md"]).assert();
    let text = "bytedance/seedream-4-5: the service has withdrawn it; its successor is maker/new\n";
    check("seedream-4-5").stdout(text).stderr_contains(&[note]).assert();
    let planned = env.edit("-m flux-2-edit --dry-run --json").base_url(&server.url()).any_stdout();
    assert_eq!(planned.assert().json()["usd"], 0.05);
}

#[cfg(unix)]
#[test]
fn lists_and_cards_fit_narrow_terminals() {
    for columns in [40, 80] {
        for args in [
            "models --all",
            "models --service fal",
            "models show flux-2-edit",
            "doctor --sandbox",
            "inspect in.png -m gpt-image-2",
            "history --cost --sandbox",
        ] {
            let env = TestEnv::with_picture();
            env.edit("--sandbox -q").any_stdout().assert();
            let text = Terminal::spawn(env.command(args).any_stderr(), columns).wait();
            let text = text.replace("\u{1b}[33m", "").replace("\u{1b}[0m", "");
            // Only a word that is wider than the terminal may be cut.
            let is_too_long =
                |line: &&str| line.chars().count() > columns.into() && line.trim().contains(' ');
            assert_eq!(text.lines().find(is_too_long), None, "{args}");
        }
    }
}

#[test]
fn the_balance_is_shown() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.command("balance").service(&service).stdout("1000.00 USD\n").assert();
    env.command("balance --service openai").code(3).stderr_contains(&["look at its console"]).assert();
}

#[test]
fn a_users_card_is_used_like_a_built_in_one() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let card = "summary = \"mine\"\ndialect = \"images-json\"\nsource = \"tried\"\n[image]\nfield = \"image_urls\"\n\
                shape = \"array\"\nmax = 3\n[seed]\nfield = \"seed\"\nmin = 1\nmax = 2147483647\n";
    let directory = env.config_dir().join("cards/aimlapi/blackforestlabs");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("flux-2-pro-edit.toml"), card).unwrap();
    let record = env.edit("-m flux-2-pro-edit --json").service(&service).any_stdout().assert().json();
    assert_eq!(record["model"], "blackforestlabs/flux-2-pro-edit");
    fs::write(directory.join("flux-2-pro-edit.toml"), "dialect = \"images-json\"\nimages = 1\n").unwrap();
    env.edit("-m flux-2-pro-edit -f")
        .service(&service)
        .code(3)
        .stderr_contains(&["flux-2-pro-edit.toml: line 2: unknown field `images`"])
        .assert();
}

#[test]
fn the_table_of_the_documentation_is_that_of_the_cards() {
    let cell = |value: &Value, yes: &str| match value {
        Value::Null | Value::Bool(false) => String::new(),
        _ => yes.to_owned(),
    };
    let price = |model: &Value| match model["usd"].as_f64() {
        None => String::new(),
        Some(usd) if model["usd_max"].as_f64() == Some(usd) => format!("{usd}"),
        Some(usd) => format!("{usd}–{}", model["usd_max"]),
    };
    let row = |model: &Value| {
        format!(
            "| `{}` | {} | {} | {} | {} | {} | {} | {} |",
            model["model"].as_str().unwrap(),
            model["pictures"],
            cell(&model["seed"], "yes"),
            cell(&model["guidance_scale"], "yes"),
            cell(&model["negative_prompt"], "yes"),
            cell(&model["mask"], "yes"),
            price(model),
            if model["status"] == "current" { "" } else { model["status"].as_str().unwrap() },
        )
    };
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/models.md");
    let text = fs::read_to_string(path).unwrap();
    let rows: Vec<&str> =
        text.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 9).collect();
    let expected: Vec<String> = listed("--all").iter().map(row).collect();
    if std::env::var_os("SEEDEDIT_UPDATE").is_some() && rows != expected {
        panic!("the table in docs/models.md should have these rows:\n{}", expected.join("\n"));
    }
    assert_eq!(rows, expected);
}

//! `schema`: JSON Schema for every record of `--json` and for the arguments of every command. The harness checks each
//! record that any test prints; see `support/env.rs`.

use std::collections::BTreeSet;

use seededit::testing::schema::page;
use serde_json::{Value, json};

use crate::support::{Service, TestEnv, commands, ensure_committed, problems};

fn schema(words: &str) -> Value {
    let env = TestEnv::new();
    let run = env.command(&format!("schema {words}")).any_stdout().assert();
    serde_json::from_slice(&run.stdout).unwrap()
}

/// The names of the records that a value may be.
fn kinds(schema: &Value, record: &Value) -> Vec<String> {
    let references = schema["anyOf"].as_array().unwrap().iter();
    let names =
        references.map(|reference| reference["$ref"].as_str().unwrap().strip_prefix("#/$defs/").unwrap());
    names.filter(|name| problems(&schema["$defs"][*name], record).is_empty()).map(str::to_owned).collect()
}

#[test]
fn the_page_about_records_is_what_the_list_says() {
    ensure_committed("docs/json-records.md", &page());
}

#[test]
fn every_command_has_a_schema_and_the_whole_has_all_of_them() {
    let whole = schema("");
    assert_eq!(whole["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let mut definitions = BTreeSet::new();
    for command in commands().iter().filter(|command| !command.is_empty()) {
        let schema = schema(command);
        assert_eq!(schema["title"], format!("seededit {command}"));
        for (name, definition) in schema["$defs"].as_object().unwrap() {
            assert_eq!(&whole["$defs"][name], definition, "{command}: {name}");
            definitions.insert(name.clone());
        }
    }
    let all: BTreeSet<String> = whole["$defs"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(definitions, all);
    // Each reference leads somewhere.
    for reference in whole["anyOf"].as_array().unwrap() {
        let pointer = reference["$ref"].as_str().unwrap().strip_prefix('#').unwrap();
        assert!(whole.pointer(pointer).is_some(), "{pointer}");
    }
}

#[test]
fn a_schema_of_a_group_has_the_commands_below_it() {
    let schema = schema("history");
    let names: Vec<&String> = schema["$defs"].as_object().unwrap().keys().collect();
    for name in [
        "history-arguments",
        "history-show-arguments",
        "job",
        "job-details",
        "spending",
        "finding",
        "failure",
    ] {
        assert!(names.iter().any(|found| *found == name), "{name}: {names:?}");
    }
    assert!(!names.iter().any(|name| *name == "result"), "{names:?}");
    assert_eq!(self::schema("history show")["title"], "seededit history show");
}

#[test]
fn an_unknown_command_is_refused_with_a_suggestion() {
    let env = TestEnv::new();
    let run = env.command("schema edti").code(2);
    run.stderr("error: no command `edti`\nhint: did you mean `seededit schema edit`?\n").assert();
    env.command("schema history shwo").code(2).stderr_contains(&["seededit schema history show"]).assert();
    env.command("schema xyzzy").code(2).stderr_contains(&["`seededit --help` lists the commands"]).assert();
}

/// Runs a command and returns the kinds of its records. Each of them has exactly one. Nothing is `expected` if any will do.
fn printed(env: &TestEnv, service: &Service, args: &str, expected: &[&str]) -> Vec<String> {
    let run = env.command(args).service(service).any_outcome().assert();
    let words: Vec<&str> = args.split(' ').collect();
    let known = commands();
    let command =
        [words[..2].join(" "), words[0].to_owned()].into_iter().find(|words| known.contains(words)).unwrap();
    let schema = schema(&command);
    let records = run.json_lines();
    assert!(!records.is_empty(), "{args}: {}", run.stderr);
    let kind_of = |record: &Value| {
        let kinds = kinds(&schema, record);
        assert_eq!(kinds.len(), 1, "{args}: {record}: {kinds:?}");
        kinds[0].clone()
    };
    let found: Vec<String> = records.iter().map(kind_of).collect();
    assert!(
        expected.is_empty() || found == expected,
        "{args}: {found:?} instead of {expected:?}: {}",
        run.stderr
    );
    found
}

#[test]
#[ignore = "slow"]
fn real_records_of_every_kind_are_described() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("rows.jsonl", "{\"image\":\"in.png\",\"prompt\":\"add a {thing}\",\"id\":\"a\",\"output\":\"a.jpg\",\"thing\":\"bird\"}\n");
    env.write("broken.png", "no picture");
    let mut seen = BTreeSet::new();
    let mut expect = |args: &str, kinds: &[&str]| {
        let found = printed(&env, &service, args, kinds);
        seen.extend(found);
    };
    expect("edit in.png boat --seed 4 -o out.jpg --json", &["result"]);
    expect("edit in.png boat --seed 4 -o kept.png --preserve --then night --record --json", &["result"]);
    expect("edit in.png boat -o out.jpg --if-exists skip --json", &["skipped"]);
    expect("edit in.png boat -o out.jpg --json", &["failure"]);
    expect("edit in.png boat --region 20x20+0+0 --dry-run -o new.jpg --json", &["planned-edit"]);
    expect(
        "edit in.png boat -n 2 --seed 50 --dry-run -d new --json",
        &["planned-row", "planned-row", "plan"],
    );
    expect("replay @1 --seed 6 -o again.jpg --json", &["result"]);
    expect("batch rows.jsonl --dry-run --json", &["planned-row", "plan"]);
    expect("batch rows.jsonl --json", &["result"]);
    expect("batch rows.jsonl --dry-run --json", &["reusable", "plan"]);
    std::fs::remove_file(env.path("a.jpg")).unwrap();
    expect("batch rows.jsonl --dry-run --json", &["held", "plan"]);
    expect("history --json --limit 1", &["job"]);
    expect("history --tree --json --limit 1", &["job"]);
    expect("history show 1 --json", &["job-details"]);
    expect("history show nothing --json", &["failure"]);
    expect("history --cost --json", &["spending", "spending", "spending"]);
    expect("undo --json", &["current"]);
    expect("inspect kept.png --json", &["inspected"]);
    expect("inspect broken.png --json", &["failure"]);
    expect("merge in.png kept.png -o m.png --json", &["merged"]);
    expect("compare in.png kept.png --json", &["compared"]);
    expect("sheet in.png broken.png kept.png -o s.png --skip-unreadable --json", &["skipped", "sheet"]);
    expect("models show seedream-5-0-pro --json", &["model"]);
    expect("auth status --json", &["key"]);
    let settings = printed(&env, &service, "config list --json", &[]);
    assert!(settings.iter().all(|kind| kind == "setting"));
    let checks = printed(&env, &service, "doctor --json", &[]);
    assert!(checks.iter().all(|kind| kind == "check"), "{checks:?}");
    printed(&env, &service, "balance --json", &["balance"]);
    for kind in [
        "result",
        "skipped",
        "failure",
        "planned-edit",
        "planned-row",
        "reusable",
        "held",
        "plan",
        "job",
        "job-details",
        "spending",
    ] {
        assert!(seen.contains(kind), "{kind}");
    }
}

#[test]
fn the_schema_of_arguments_accepts_what_the_command_line_accepts() {
    let whole = schema("edit");
    let arguments = &whole["$defs"]["edit-arguments"];
    let is_valid = |value: Value| problems(arguments, &value).is_empty();
    assert!(is_valid(
        json!({"arguments": ["in.png", "at night"], "seed": 7, "preserve": true, "format": "png"})
    ));
    assert!(is_valid(
        json!({"arguments": ["in.png"], "prompt": "x", "reference": ["a.png", "b.png"], "force": false, "if-exists": "skip"})
    ));
    for (why, value) in [
        ("an unknown argument", json!({"arguments": ["in.png", "x"], "sed": 7})),
        ("a missing one", json!({"prompt": "x"})),
        ("a text for a number", json!({"arguments": ["in.png", "x"], "seed": "7"})),
        ("another value", json!({"arguments": ["in.png", "x"], "format": "bmp"})),
        ("two that exclude each other", json!({"arguments": ["in.png"], "prompt": "x", "prompt-file": "y"})),
        (
            "a flag and what it excludes",
            json!({"arguments": ["in.png", "x"], "force": true, "if-exists": "skip"}),
        ),
    ] {
        assert!(!is_valid(value), "{why}");
    }
}

#[test]
fn a_record_with_another_field_is_not_described() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let record = env.edit("--json").service(&service).any_stdout().any_stderr().assert().json();
    let schema = schema("edit");
    assert_eq!(kinds(&schema, &record), ["result"]);
    let changed = |change: fn(&mut serde_json::Map<String, Value>)| {
        let mut record = record.clone();
        change(record.as_object_mut().unwrap());
        kinds(&schema, &record)
    };
    assert!(changed(|record| drop(record.insert("more".into(), json!(1)))).is_empty());
    assert!(changed(|record| drop(record.remove("sha256"))).is_empty());
    assert!(changed(|record| drop(record.insert("width".into(), json!("1152")))).is_empty());
    assert!(changed(|record| drop(record.insert("format".into(), json!("gif")))).is_empty());
    assert_eq!(changed(|record| drop(record.insert("usd".into(), Value::Null))), ["result"]);
}

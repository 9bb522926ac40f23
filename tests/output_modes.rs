//! `--dry-run`, `--json`, `-q` and `-v`, and a transcript for each exit code.

use serde_json::{Value, json};

use crate::support::{RawServer, Service, TestEnv, answer, png, sha256};

#[test]
fn a_dry_run_shows_the_request_and_sends_and_writes_nothing() {
    let env = TestEnv::with_picture();
    // Without a key and without any connection.
    env.edit("--dry-run --seed 41 -g 7 -q -m seededit-3.0-i2i")
        .stdout(
            "POST https://api.aimlapi.com/v1/images/generations\n\
             Authorization: Bearer [key]\n\
             Content-Type: application/json\n\
             X-Client-Request-Id: seededit-[job]-1\n\
             \n\
             {\n  \
               \"guidance_scale\": 7.0,\n  \
               \"image\": \"data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA… (5252 characters)\",\n  \
               \"model\": \"bytedance/seededit-3.0-i2i\",\n  \
               \"prompt\": \"add a bird\",\n  \
               \"seed\": 41,\n  \
               \"watermark\": false\n\
             }\n\
             \n\
             output: out.jpg\n\
             size of the answer: 1152×864\n\
             price: $0.0315, list price of 2025-08\n",
        )
        .assert();
    assert_eq!(env.file_names(), ["in.png"]);
}

#[test]
fn a_dry_run_of_a_link_fetches_nothing_and_shows_no_signature() {
    let (env, server) =
        (TestEnv::new(), RawServer::always_sending(answer(200, "image/png", &png(40, 40), "")));
    let link = format!("{}/a.png?X-Tos-Signature=5ecret", server.url());
    for extra in [&["--dry-run"][..], &["--dry-run", "--fetch"]] {
        let run = env.command_with(["edit", &link, "x"].iter().chain(extra)).base_url(&server.url());
        let output = run.any_stdout().assert();
        assert!(String::from_utf8(output.stdout).unwrap().contains("a.png?…"));
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_dry_run_as_json_is_one_line() {
    let env = TestEnv::with_picture();
    let mut record = env.edit("--dry-run --json --seed 41 -m seededit-3.0-i2i").any_stdout().assert().json();
    record["request"]["body"]["image"] = Value::Null;
    assert_eq!(
        record,
        json!({
            "status": "planned", "job": null, "input": "in.png", "output": "out.jpg",
            "request": {
                "method": "POST",
                "url": "https://api.aimlapi.com/v1/images/generations",
                "content_type": "application/json",
                "body": {"image": null, "model": "bytedance/seededit-3.0-i2i", "prompt": "add a bird", "seed": 41,
                         "watermark": false},
            },
            "width": 1152, "height": 864, "left_out": [],
            "editable": null, "region": null, "uploaded": null, "fitted": [], "usd": 0.0315, "usd_least": 0.0315, "price_source": "card",
            "price_date": "2025-08",
        })
    );
}

#[test]
fn a_result_as_json_has_these_fields_in_this_order() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let output = env.edit("--json --seed 41").service(&service).any_stdout().assert();
    let (result, answer) = (env.read("out.jpg"), sha256(&env.read_answer("out.jpg")));
    assert_eq!(service.ledger().charge(0)["result_sha256"], answer);
    let (bytes, sha256) = (result.len(), sha256(&result));
    let printed = env.normalize(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(
        printed,
        format!(
            "{{\"status\":\"ok\",\"job\":\"[job]\",\"input\":\"in.png\",\"output\":\"out.jpg\",\"prompt\":\"add a bird\",\
             \"model\":\"bytedance/seededit-3.0-i2i\",\"seed\":41,\"guidance_scale\":null,\"width\":1152,\
             \"height\":864,\"format\":\"jpeg\",\"bytes\":{bytes},\"sha256\":\"{sha256}\",\"inference_id\":\"[id]\",\
             \"usd\":0.0315,\"credits\":63000,\"attempts\":1,\"elapsed_ms\":[millis]}}\n"
        )
    );
}

#[test]
fn a_failure_as_json_has_these_fields_in_this_order() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge"]));
    let output = env.edit("--json").service(&service).code(8).any_stdout().any_stderr().assert();
    let record = output.json();
    let keys: Vec<&String> = record.as_object().unwrap().keys().collect();
    assert_eq!(record["status"], "error");
    assert_eq!(keys.len(), 5, "{keys:?}");
    assert_eq!((&record["input"], &record["output"]), (&json!("in.png"), &Value::Null));
    let error = record["error"].as_object().unwrap();
    for field in [
        "kind",
        "exit_code",
        "message",
        "hint",
        "http_status",
        "request_id",
        "client_request_id",
        "inference_id",
        "usd",
        "charged",
    ] {
        assert!(error.contains_key(field), "{field}");
    }
    assert_eq!(error.len(), 10);
    assert_eq!(record["error"]["client_request_id"], service.ledger().request_ids()[0]);
}

#[test]
fn every_exit_code_has_its_transcript() {
    for (fault, extra, code, kind, charged) in [
        ("", "-o in.png/x.jpg", 3, "input", "no"),
        ("unauthorized", "", 4, "auth", "no"),
        ("no-credits", "", 5, "payment", "no"),
        ("retired", "", 6, "rejected", "no"),
        ("server-error=504", "", 7, "unavailable", "no"),
        ("cut-answer=9", "", 8, "unknown", "unknown"),
        ("expired-link", "", 9, "undelivered", "yes"),
        ("empty-data", "", 10, "lost", "yes"),
    ] {
        let service = if fault.is_empty() { Service::new() } else { Service::with_faults(&[fault]) };
        let env = TestEnv::with_picture();
        let args = format!("edit in.png -p x --json --retries 0 {extra}");
        let output = env.command(&args).service(&service).code(code).any_stdout().any_stderr().assert();
        let record = output.json();
        let error = &record["error"];
        assert_eq!(
            (&error["kind"], &error["exit_code"], &error["charged"]),
            (&json!(kind), &json!(code), &json!(charged))
        );
        // The text and the JSON have the same message and hint.
        let message = env.normalize(error["message"].as_str().unwrap());
        let hint = env.normalize(error["hint"].as_str().unwrap());
        assert_eq!(output.stderr, format!("error: {message}\nhint: {hint}\n"), "{fault}");
        assert_eq!(env.file_names(), ["in.png"]);
    }
}

#[test]
fn quiet_prints_only_errors_and_data() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).stdout("out.jpg\n").assert();
    env.edit("-q").service(&service).code(3).stderr_contains(&["error: out.jpg exists\n"]).assert();
}

#[test]
fn verbose_prints_each_step_and_twice_verbose_its_content() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let steps = "sending attempt 1\nanswered: HTTP 200\ndownloading the result\n";
    env.edit("-v --seed 1")
        .service(&service)
        .stdout("out.jpg\n")
        .stderr(format!("{steps}✓ out.jpg  1152×864 jpeg, [amount]  $0.0315  [time]  seed 1\n"))
        .assert();
    env.edit("-vv --seed 1 -f")
        .service(&service)
        .stdout("out.jpg\n")
        .stderr(
            "sending attempt 1\n  X-Client-Request-Id: seededit-[job]-1\n\
             answered: HTTP 200\n  x-inference-id: [id]\n\
             downloading the result\n  http://127.0.0.1:[port]/…\n\
             ✓ out.jpg  1152×864 jpeg, [amount]  $0.0315  [time]  seed 1\n",
        )
        .assert();
}

#[test]
fn color_is_used_on_request_only() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let message = |extra: &str| env.edit(extra).service(&service).any_stdout().any_stderr().assert().stderr;
    assert!(!message("-f").contains('\u{1b}'));
    assert!(message("-f --color always").contains("\u{1b}["));
    env.write_config("color = \"always\"\n");
    assert!(message("-f").contains("\u{1b}["));
    assert!(!message("-f --color never").contains('\u{1b}'));
}

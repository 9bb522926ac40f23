//! Pictures besides the one to edit: `--reference` and the field `references` of a manifest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{RawServer, Service, TestEnv, json_answer, photo, png, sha256};

fn refusing_server() -> RawServer {
    RawServer::always_sending(json_answer(400, &json!({"message": "seen", "statusCode": 400}), ""))
}

/// An environment with `in.png`, `a.png` and `b.png`.
fn env() -> TestEnv {
    let env = TestEnv::with_picture();
    env.write("a.png", png(32, 32));
    env.write("b.png", png(40, 32));
    env
}

fn data_uri(env: &TestEnv, name: &str) -> Value {
    json!(format!("data:image/png;base64,{}", STANDARD.encode(env.read(name))))
}

/// The body of the only request of an edit with additional arguments.
fn body(env: &TestEnv, extra: &str) -> Value {
    let server = refusing_server();
    env.edit(extra).base_url(&server.url()).code(6).any_stderr().assert();
    server.requests().remove(0).json()
}

#[test]
fn references_follow_the_picture_in_its_array() {
    let env = env();
    let body = body(&env, "-m flux-2-edit --reference b.png --reference a.png");
    assert_eq!(body["image_urls"], json!(["in.png", "b.png", "a.png"].map(|name| data_uri(&env, name))));
}

#[test]
fn references_go_to_their_own_field_if_the_model_has_one() {
    let env = env();
    let body = body(&env, "-m luma/uni-1 --reference a.png");
    assert_eq!(body["image_url"], data_uri(&env, "in.png"));
    assert_eq!(body["image_urls"], json!([data_uri(&env, "a.png")]));
    let alone = self::body(&env, "-m luma/uni-1");
    assert_eq!(alone.get("image_urls"), None);
}

#[test]
fn a_picture_becomes_an_array_if_there_are_references() {
    let env = env();
    let model = "-m flux/kontext-pro/image-to-image";
    assert_eq!(body(&env, model)["image_url"], data_uri(&env, "in.png"));
    let several = body(&env, &format!("{model} --reference a.png"));
    assert_eq!(several["image_url"], json!([data_uri(&env, "in.png"), data_uri(&env, "a.png")]));
}

#[test]
fn a_form_repeats_its_field_or_has_a_list_as_the_card_says() {
    let env = env();
    for (service, name) in [("aimlapi -m gpt-image-2", "image"), ("openai", "image[]")] {
        let server = refusing_server();
        let run = env.edit("--reference a.png --service").args(service).base_url(&server.url());
        run.any_outcome().assert();
        let request = server.requests().remove(0);
        let text = String::from_utf8_lossy(&request.body);
        assert_eq!(text.matches(&format!("name=\"{name}\"; filename=")).count(), 2, "{service}");
    }
}

#[test]
fn a_reference_is_prepared_like_a_picture() {
    let env = env();
    let turned = photo(60, 40, 6);
    env.write("a.png", &turned);
    let body = body(&env, "-m flux-2-edit --reference a.png");
    let sent = body["image_urls"][1].as_str().unwrap();
    assert!(sent.starts_with("data:image/jpeg;base64,"));
    let sent = STANDARD.decode(sent.split_once(',').unwrap().1).unwrap();
    assert_ne!(sent, turned);
    assert!(!sent.windows(4).any(|bytes| bytes == b"Exif"));
}

#[test]
fn references_that_cannot_be_sent_are_refused_before_anything_is_paid() {
    let (env, service) = (env(), Service::new());
    env.write("text.png", "text");
    let three = "--reference a.png --reference b.png --reference a.png";
    for (extra, expected) in [
        ("--reference a.png", "bytedance/seededit-3.0-i2i takes one picture, and no references"),
        (&format!("-m flux-2-edit {three}"), "takes at most 3 pictures, and this request has 4"),
        ("-m flux-2-edit --reference missing.png", "the reference: cannot read missing.png"),
        ("-m flux-2-edit --reference text.png", "the reference: text.png: not a picture"),
        ("-m flux-2-edit --reference https://h.example/a.png?s=1", "a reference cannot be a link"),
    ] {
        env.edit(extra).service(&service).code(3).stderr_contains(&[expected]).assert();
    }
    assert_eq!(service.ledger().posts(), 0);
    let output = env.command("edit in.png x -m flux-2-edit --reference a1.png -n 2 -d . --name a{n}.png -f");
    env.write("a1.png", env.read("a.png"));
    output.service(&service).code(3).stderr_contains(&["a1.png is also a mask or a reference"]).assert();
    let output = env.command("edit in.png x -m flux-2-edit --reference a.png -o a.png -f");
    output.service(&service).code(3).any_stderr().assert();
}

#[test]
fn an_edit_with_other_references_is_another_edit() {
    let (env, service) = (env(), Service::new());
    let edit = |extra: &str| {
        let run = env.edit("-m flux-2-edit --seed 7 --reuse -f").args(extra).service(&service);
        run.any_stdout().any_stderr().assert();
        service.ledger().posts()
    };
    assert_eq!(edit("--reference a.png"), 1);
    assert_eq!(edit("--reference a.png"), 1);
    assert_eq!(edit("--reference b.png"), 2);
    assert_eq!(edit(""), 3);
}

#[test]
fn rows_have_references_of_their_own_which_start_at_the_manifest() {
    let (env, server) = (env(), refusing_server());
    env.write(
        "rows/rows.jsonl",
        "{\"image\":\"../in.png\",\"prompt\":\"x\",\"references\":\"../a.png\"}\n\
         {\"image\":\"../in.png\",\"prompt\":\"y\",\"references\":[\"../b.png\",\"../a.png\"]}\n\
         {\"image\":\"../in.png\",\"prompt\":\"z\"}\n",
    );
    env.write(
        "rows.csv",
        "image,prompt,references\nin.png,x,a.png\nin.png,y,\"[\"\"b.png\"\",\"\"a.png\"\"]\"\nin.png,z,\n",
    );
    for manifest in ["rows/rows.jsonl", "rows.csv"] {
        let before = server.requests().len();
        let run = env
            .command("batch -m flux-2-edit --reference b.png -d out -j 1 --retries 0 --name {job}.{ext}")
            .arg(manifest);
        run.base_url(&server.url()).code(11).any_stdout().any_stderr().assert();
        let sent: Vec<Value> =
            server.requests()[before..].iter().map(|request| request.json()["image_urls"].clone()).collect();
        let uris = |names: &[&str]| names.iter().map(|name| data_uri(&env, name)).collect::<Value>();
        assert_eq!(
            sent,
            [uris(&["in.png", "a.png"]), uris(&["in.png", "b.png", "a.png"]), uris(&["in.png", "b.png"])],
            "{manifest}"
        );
    }
    let faulty = env.command("batch - -m flux-2-edit").service(&Service::new());
    let rows = "{\"image\":\"in.png\",\"prompt\":\"x\",\"references\":[\"missing.png\"]}\n\
                {\"image\":\"in.png\",\"prompt\":\"x\",\"references\":\"https://h.example/a.png?s=1\"}\n";
    let expected = ["the reference: cannot read missing.png", "a reference cannot be a link"];
    faulty.stdin(rows).code(3).stderr_contains(&expected).assert();
}

#[test]
fn a_rerun_sends_the_same_references_or_nothing() {
    let env = env();
    let service = Service::with_faults(&["reset-after-charge:1"]);
    let edit = env.edit("-m flux-2-edit --reference a.png --retries 0 --json").service(&service);
    let record = edit.code(8).any_stdout().any_stderr().assert().json();
    let job = record["job"].as_str().unwrap();
    let shown = env.command("history show --json").arg(job).any_stdout().assert().json();
    assert_eq!(
        shown["references"],
        json!([{"path": env.path("a.png"), "sha256": sha256(&env.read("a.png"))}])
    );
    let reference = env.read("a.png");
    env.write("a.png", png(33, 33));
    let pay_again = || env.command("recover --pay-again").arg(job).service(&service);
    pay_again().any_stdout().code(3).stderr_contains(&["a.png has changed since job"]).assert();
    service.ledger().ensure_counts(1, 1);
    env.write("a.png", reference);
    pay_again().any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn the_record_of_an_edit_lists_its_references() {
    let (env, service) = (env(), Service::new());
    let record = |extra: &str| env.edit(extra).service(&service).any_stdout().any_stderr().assert().json();
    let with = record("--json -m flux-2-edit --reference b.png");
    let expected = json!([{"path": env.path("b.png"), "sha256": sha256(&env.read("b.png"))}]);
    assert_eq!(with["references"], expected);
    assert!(record("--json -f").get("references").is_none());
}

//! The exact request, as received by a raw socket.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{KEY, RawServer, Request, TestEnv, jpeg, json_answer};

/// A server that refuses every request.
fn refusing_server() -> RawServer {
    RawServer::always_sending(json_answer(400, &json!({"message": "seen", "statusCode": 400}), ""))
}

/// The only request of `edit in.png -o out.jpg` with additional arguments.
fn request(env: &TestEnv, extra: &[&str]) -> Request {
    let server = refusing_server();
    let args = ["edit", "in.png", "-o", "out.jpg"].iter().chain(extra);
    env.command_with(args).base_url(&server.url()).code(6).any_stderr().assert();
    let mut requests = server.requests();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

/// The fields of the request's body, without the image.
fn fields(env: &TestEnv, extra: &[&str]) -> Value {
    let mut fields = request(env, extra).json();
    fields.as_object_mut().unwrap().remove("image").unwrap();
    fields
}

#[test]
fn the_headers_are_these_and_no_others() {
    let env = TestEnv::with_picture();
    let request = request(&env, &["-p", "add a bird"]);
    assert_eq!(request.line, "POST /v1/images/generations HTTP/1.1");
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "authorization",
            "content-length",
            "content-type",
            "host",
            "user-agent",
            "x-client-request-id"
        ]
    );
    assert_eq!(request.header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("user-agent"), Some(concat!("seededit/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(request.header("content-length"), Some(&*request.body.len().to_string()));
}

#[test]
fn only_the_given_fields_and_the_seed_are_sent_and_no_watermark_is_asked_for() {
    let env = TestEnv::with_picture();
    let given = fields(&env, &["-p", "add a \"bird\"\n🐦", "--seed", "7"]);
    assert_eq!(
        given,
        json!({"model": "bytedance/seededit-3.0-i2i", "prompt": "add a \"bird\"\n🐦", "seed": 7, "watermark": false})
    );
}

#[test]
fn a_random_seed_is_sent_if_none_is_given() {
    let env = TestEnv::with_picture();
    let seeds: Vec<i64> = (0..2).map(|_| fields(&env, &["-p", "x"])["seed"].as_i64().unwrap()).collect();
    assert!(seeds.iter().all(|seed| (0..=2_147_483_647).contains(seed)), "{seeds:?}");
    assert_ne!(seeds[0], seeds[1]);
}

#[test]
fn every_option_arrives_under_the_services_name() {
    let env = TestEnv::with_picture();
    let all =
        ["-p", "x", "--seed", "2147483647", "-g", "7.5", "--watermark", "--response-format", "b64_json"];
    let all = [all.as_slice(), &["--size", "adaptive", "-m", "maker/model-9"]].concat();
    assert_eq!(
        fields(&env, &all),
        json!({
            "model": "maker/model-9",
            "prompt": "x",
            "seed": 2_147_483_647,
            "guidance_scale": 7.5,
            "watermark": true,
            "response_format": "b64_json",
            "size": "adaptive",
        })
    );
    let seed = |extra: &[&str]| fields(&env, &[&["-p", "x", "--seed", "0"], extra].concat());
    assert_eq!(seed(&["--no-watermark"])["watermark"], json!(false));
    assert_eq!(seed(&["--guidance-scale", "1"])["guidance_scale"].as_f64(), Some(1.0));
    assert_eq!(seed(&["--response-format", "url"])["response_format"], "url");
    assert_eq!(seed(&[])["seed"], 0);
}

#[test]
fn settings_from_the_file_are_sent() {
    let env = TestEnv::with_picture();
    env.write_config(
        "model = \"other\"\nwatermark = false\nguidance_scale = 3\npath = \"/api/v3/images/generations\"\n",
    );
    let request = request(&env, &["-p", "x", "--seed", "1"]);
    assert_eq!(request.line, "POST /api/v3/images/generations HTTP/1.1");
    let mut fields = request.json();
    fields.as_object_mut().unwrap().remove("image");
    assert_eq!(fields["model"], "other");
    assert_eq!(fields["watermark"], false);
    assert_eq!(fields["guidance_scale"].as_f64(), Some(3.0));
    assert_eq!(fields.as_object().unwrap().len(), 5);
}

#[test]
fn the_bytes_of_the_file_are_sent_as_a_data_uri() {
    let env = TestEnv::with_picture();
    let picture = jpeg(333, 200);
    env.write("in.png", &picture);
    let request = request(&env, &["-p", "x"]);
    let image = request.json()["image"].as_str().unwrap().to_owned();
    assert_eq!(image, format!("data:image/jpeg;base64,{}", STANDARD.encode(&picture)));
}

#[test]
fn each_attempt_has_a_new_id_in_the_allowed_alphabet() {
    let busy = json!({"message": "Too Many Requests", "statusCode": "429"});
    let server = RawServer::always_sending(json_answer(429, &busy, "Retry-After: 0\r\n"));
    let env = TestEnv::with_picture();
    for _ in 0..2 {
        env.edit("--retries 2").base_url(&server.url()).code(7).any_stderr().assert();
    }
    let requests = server.requests();
    let mut ids: Vec<&str> =
        requests.iter().map(|request| request.header("x-client-request-id").unwrap()).collect();
    assert_eq!(ids.len(), 6);
    for id in &ids {
        assert!((1..=128).contains(&id.len()), "{id}");
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte)), "{id}");
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 6, "an id came twice: {ids:?}");
    assert!(requests.windows(2).all(|pair| pair[0].json()["image"] == pair[1].json()["image"]));
}

//! The documented protocol.

use super::*;

#[test]
fn an_edit_is_charged_once_and_its_link_returns_the_picture() {
    let harness = Harness::with_options(Options::default());
    let response = harness.post(&request()).unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-client-request-id"], "job-1");
    assert_eq!(response.headers()["x-aimlapi-credits-used"], "63000");
    assert_eq!(response.headers()["x-aimlapi-usd-spent"], "0.0315");
    let answer = json_of(response);
    assert_eq!(answer["meta"]["usage"], json!({"credits_used": 63000, "usd_spent": 0.0315}));
    assert_eq!(answer["data"][0]["b64_json"], Value::Null);

    let picture = harness.fetch(answer["data"][0]["url"].as_str().unwrap());
    assert_eq!(picture.status(), 200);
    let header = Header::read(&picture.bytes().unwrap()).unwrap();
    assert_eq!(header.format, Format::Jpeg);
    assert_eq!(header.size, Size { width: 1152, height: 864 });

    let ledger = harness.ledger();
    assert_eq!((&ledger["posts"], &ledger["charged"]), (&json!(1), &json!(1)));
    assert_eq!(ledger["downloads"], 1);
    assert_eq!(ledger["client_request_ids"], json!(["job-1"]));
    assert_eq!(ledger["charges"][0]["prompt"], "add a bird");
    assert_eq!(ledger["charges"][0]["seed"], 4);
}

#[test]
fn base64_is_sent_on_request() {
    let harness = Harness::with_options(Options::default());
    let answer = json_of(harness.post(&request_with("response_format", json!("b64_json"))).unwrap());
    let bytes = STANDARD.decode(answer["data"][0]["b64_json"].as_str().unwrap()).unwrap();
    assert_eq!(Format::sniff(&bytes), Some(Format::Jpeg));
    assert_eq!(answer["data"][0]["url"], Value::Null);
}

#[test]
fn every_invalid_field_is_refused_and_free() {
    let harness = Harness::with_options(Options::default());
    let small = png(64, 48);
    let cases = [
        ("prompt", json!(" "), "prompt: must not be empty"),
        ("prompt", json!(5), "prompt: expected a string"),
        ("size", json!("1024x1024"), "size: expected adaptive"),
        ("seed", json!(4.5), "seed: expected an integer"),
        ("seed", json!(2_147_483_648_u64), "seed: expected an integer"),
        ("guidance_scale", json!(0.9), "guidance_scale: expected a number"),
        ("guidance_scale", json!("5"), "guidance_scale: expected a number"),
        ("watermark", json!("yes"), "watermark: expected true or false"),
        ("response_format", json!("base64"), "response_format: expected url or b64_json"),
        ("guidance", json!(5), "guidance: unknown field"),
        ("image", json!("picture.png"), "image: expected a URL or a data URI"),
        ("image", json!(data_uri("PNG", &small)), "image: the data URI's format"),
        ("image", json!(data_uri("jpeg", &small)), "image: declared as jpeg, but it is png"),
        ("image", json!("data:image/png;base64,!!!"), "image: bad Base64"),
        ("image", json!(data_uri("png", b"GIF89a")), "image: declared as png, but it is"),
        ("image", json!(data_uri("png", &png(14, 20))), "image: width and height"),
        ("image", json!(data_uri("png", &png(61, 20))), "image: the aspect ratio"),
    ];
    for (field, value, expected) in cases {
        let response = harness.post(&request_with(field, value)).unwrap();
        assert_eq!(response.status(), 400, "{expected}");
        let error = json_of(response);
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("Body validation error! "), "{message}");
        assert!(message.contains(expected), "{message}");
        assert_eq!(error["path"], "/v1/images/generations");
        assert_eq!(error["statusCode"], "400");
    }
    assert_eq!(harness.ledger()["charged"], 0);
}

#[test]
fn pictures_at_the_limits_are_accepted() {
    let harness = Harness::with_options(Options::default());
    for image in [png(60, 20), png(20, 60), png(15, 15)] {
        let response = harness.post(&request_with("image", json!(data_uri("png", &image)))).unwrap();
        assert_eq!(response.status(), 200);
    }
}

#[test]
fn another_model_is_not_found() {
    let harness = Harness::with_options(Options::default());
    let response = harness.post(&request_with("model", json!("bytedance/other"))).unwrap();
    assert_eq!(response.status(), 404);
    assert!(json_of(response)["message"].as_str().unwrap().contains("bytedance/other"));
}

#[test]
fn a_key_is_required_and_can_be_configured() {
    let harness = Harness::with_options(Options { key: Some("right".into()), ..Options::default() });
    assert_eq!(harness.get("/v2/billing").status(), 401);
    assert_eq!(harness.post(&request()).unwrap().status(), 401);
    let url = format!("{}/v2/billing", harness.sandbox.url());
    let let_in = harness.client.get(url).header("Authorization", "Bearer right").send().unwrap();
    assert_eq!(json_of(let_in), json!({"current_balance": 1000.0, "currency": "USD"}));
    assert_eq!(harness.ledger()["charged"], 0);
}

#[test]
fn an_empty_account_buys_nothing() {
    let harness = Harness::with_options(Options { balance: Credits(63_000), ..Options::default() });
    assert_eq!(harness.post(&request()).unwrap().status(), 200);
    let refused = harness.post(&request()).unwrap();
    assert_eq!(refused.status(), 403);
    assert_eq!(harness.ledger()["charged"], 1);
}

#[test]
fn the_log_lists_each_call_with_its_cost() {
    let harness = Harness::with_faults(&["server-error=503:1"]);
    assert_eq!(harness.post(&request()).unwrap().status(), 503);
    assert_eq!(harness.post(&request()).unwrap().status(), 200);
    let log = json_of(harness.get("/v2/logs?period=24h&limit=1&offset=0"));
    assert_eq!(log["pagination"], json!({"limit": 1, "offset": 0, "total": 2, "has_more": true}));
    assert_eq!(log["data"][0]["status"], "succeeded");
    assert_eq!(log["data"][0]["client_request_id"], "job-1");
    assert_eq!(log["data"][0]["cost"], json!({"usd": 0.0315, "credits": 63000}));
    let older = json_of(harness.get("/v2/logs?limit=1&offset=1"));
    assert_eq!(older["data"][0]["status"], "failed");
    assert_eq!(older["data"][0]["cost"]["credits"], 0);
    assert_eq!(older["pagination"]["has_more"], false);
}

#[test]
fn the_log_lags_as_configured() {
    let harness =
        Harness::with_options(Options { log_lag: Duration::from_millis(500), ..Options::default() });
    harness.edited();
    assert_eq!(json_of(harness.get("/v2/logs"))["pagination"]["total"], 0);
    thread::sleep(Duration::from_millis(550));
    assert_eq!(json_of(harness.get("/v2/logs"))["pagination"]["total"], 1);
}

#[test]
fn the_model_is_listed_with_its_price() {
    let harness = Harness::with_options(Options::default());
    let listed = json_of(harness.get("/v1/models?id=bytedance%2Fseededit-3.0-i2i&include=pricing"));
    assert_eq!(listed["data"][0]["id"], MODEL);
    assert_eq!(listed["data"][0]["pricing"]["units"][0]["price"], 0.0315);
    assert_eq!(json_of(harness.get("/v1/models?id=gone"))["data"], json!([]));
}

#[test]
fn any_other_path_is_answered_with_the_services_404() {
    let harness = Harness::with_options(Options::default());
    let response = harness.get("/v1/images/edits");
    assert_eq!(response.status(), 404);
    assert_eq!(json_of(response)["path"], "/v1/images/edits");
}

#[test]
fn a_link_is_refused_with_a_key_after_a_change_and_after_its_lifetime() {
    let harness = Harness::with_options(Options { link_ttl: Duration::from_secs(1), ..Options::default() });
    let link = harness.edited();
    let with_key = harness.client.get(&link).header("Authorization", "Bearer k").send().unwrap();
    assert_eq!(with_key.status(), 400);
    let changed = harness.fetch(&link.replace("Expires=1&", "Expires=9&"));
    assert_eq!(changed.status(), 403);
    assert!(changed.text().unwrap().contains("SignatureDoesNotMatch"));
    thread::sleep(Duration::from_millis(1_050));
    let late = harness.fetch(&link);
    assert_eq!(late.status(), 403);
    assert!(late.text().unwrap().contains("Request has expired"));
}

#[test]
fn a_url_yields_a_placeholder_and_an_own_link_its_picture() {
    let harness = Harness::with_options(Options::default());
    let url = json!("https://pictures.example/cat.png");
    let answer = json_of(harness.post(&request_with("image", url)).unwrap());
    let link = answer["data"][0]["url"].clone();
    assert_eq!(harness.post(&request_with("image", link.clone())).unwrap().status(), 200);
    let broken = link.as_str().unwrap().replace("Signature=", "Signature=00");
    assert_eq!(harness.post(&request_with("image", json!(broken))).unwrap().status(), 400);
    assert_eq!(harness.ledger()["downloads"], 0);
}

#[test]
fn pictures_are_served_from_another_origin_only() {
    let harness = Harness::with_options(Options::default());
    assert_ne!(harness.sandbox.url(), harness.sandbox.pictures_url());
    let link = harness.edited();
    assert!(link.starts_with(&harness.sandbox.pictures_url()), "{link}");
    let elsewhere = link.replace(&harness.sandbox.pictures_url(), &harness.sandbox.url());
    assert_eq!(harness.fetch(&elsewhere).status(), 404);
}

#[test]
fn a_request_that_is_too_long_is_read_completely_and_refused() {
    let harness = Harness::with_options(Options::default());
    let response = harness.post(&request_with("prompt", json!("x".repeat(21 << 20)))).unwrap();
    assert_eq!(response.status(), 400);
    assert!(json_of(response)["message"].as_str().unwrap().contains("larger than 20 MB"));
}

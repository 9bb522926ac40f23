//! The maker's own hosts, Volcengine Ark and BytePlus ModelArk.

use super::*;
use crate::models::ark::MODELS;

const PRO: &str = "seedream-5-0-pro-260628";

fn send(harness: &Harness, body: &Value) -> Response {
    harness
        .client
        .post(format!("{}/api/v3/images/generations", harness.sandbox.url()))
        .header("Authorization", "Bearer k")
        .header("Content-Type", "application/json")
        .body(body.to_string())
        .send()
        .unwrap()
}

fn answered(harness: &Harness, body: &Value) -> Value {
    let response = send(harness, body);
    let (status, text) = (response.status(), response.text().unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn minimal(model: &str) -> Value {
    json!({"model": model, "prompt": "add a bird", "image": data_uri("png", &png(64, 48)), "watermark": false})
}

fn with(model: &str, field: &str, value: Value) -> Value {
    let mut request = minimal(model);
    request[field] = value;
    request
}

fn code(harness: &Harness, body: &Value) -> (u16, String) {
    let response = send(harness, body);
    let status = response.status().as_u16();
    let error = json_of(response);
    assert_eq!(error["error"].as_object().unwrap().len(), 2, "{error}");
    (status, error["error"]["code"].as_str().unwrap().to_owned())
}

#[test]
fn an_answer_names_the_model_the_size_and_the_usage() {
    let harness = Harness::with_options(Options::default());
    let response = send(&harness, &minimal(PRO));
    assert!(response.headers().contains_key("x-request-id"));
    assert!(!response.headers().contains_key("x-inference-id"));
    let answer = json_of(response);
    assert_eq!(answer["model"], PRO);
    assert!(answer["created"].is_i64());
    assert_eq!(answer["data"][0]["size"], "2368x1776");
    assert_eq!(answer["data"][0]["output_format"], "jpeg");
    assert_eq!(answer["usage"]["generated_images"], 1);
    assert_eq!(answer.get("meta"), None);
    let file = harness.fetch(answer["data"][0]["url"].as_str().unwrap()).bytes().unwrap();
    assert_eq!(Header::read(&file).unwrap().size, Size { width: 2368, height: 1776 });
    assert_eq!(harness.ledger()["usd"], 0.09);
}

#[test]
fn ids_are_dated_and_may_have_a_prefix() {
    let harness = Harness::with_options(Options::default());
    for id in [PRO, "dola-seedream-5-0-pro-260628", "doubao-seedream-5-0-pro-260628"] {
        answered(&harness, &with(id, "size", json!("1K")));
    }
    for id in ["seedream-5-0-pro", "bytedance/seedream-5-0-pro", "seededit-3-0-i2i-250628"] {
        assert_eq!(code(&harness, &minimal(id)), (404, "InvalidEndpointOrModel.NotFound".into()), "{id}");
    }
}

#[test]
fn sizes_are_checked_per_model() {
    let harness = Harness::with_options(Options::default());
    let lite = "seedream-5-0-lite-260128";
    for (model, size, result) in [
        (PRO, "1280x720", "1280x720"),
        (PRO, "1K", "1184x880"),
        (PRO, "1.5K", "1776x1328"),
        (lite, "2560x1440", "2560x1440"),
        ("seedream-4-0-250828", "960x960", "960x960"),
    ] {
        let answer = answered(&harness, &with(model, "size", json!(size)));
        assert_eq!(answer["data"][0]["size"], result, "{model} {size}");
    }
    for (model, size) in [
        (PRO, "1279x720"),
        (PRO, "2160x2161"),
        (PRO, "4K"),
        (PRO, "4096x225"),
        (lite, "1K"),
        (lite, "2560x1439"),
        ("seedream-4-5-251128", "3K"),
        ("seedream-4-5-251128", "4097x4096"),
        (PRO, "adaptive"),
    ] {
        let refused = code(&harness, &with(model, "size", json!(size)));
        assert_eq!(refused, (400, "InvalidParameter".into()), "{model} {size}");
    }
}

#[test]
fn a_field_that_the_model_does_not_take_is_refused() {
    let harness = Harness::with_options(Options::default());
    for (model, field, value) in [
        (PRO, "sequential_image_generation", json!("disabled")),
        (PRO, "stream", json!(false)),
        (PRO, "seed", json!(1)),
        (PRO, "guidance_scale", json!(5)),
        (PRO, "negative_prompt", json!("n")),
        (PRO, "n", json!(1)),
        ("seedream-4-5-251128", "output_format", json!("png")),
        ("seedream-5-0-flash-260915", "background", json!("auto")),
        ("seedream-5-0-260128", "tools", json!([{"type": "web_search"}])),
    ] {
        let refused = code(&harness, &with(model, field, value));
        assert_eq!(refused, (400, "InvalidParameter.UnsupportedParameter".into()), "{model} {field}");
    }
}

#[test]
fn values_are_checked_and_errors_have_the_documented_codes() {
    let harness = Harness::with_options(Options::default());
    let picture = data_uri("png", &png(64, 48));
    let bare = STANDARD.encode(png(64, 48));
    for (field, value, expected) in [
        ("image", json!(bare), "InvalidImageURL"),
        ("image", json!(data_uri("PNG", &png(64, 48))), "InvalidImageURL"),
        ("image", json!(data_uri("png", &png(14, 20))), "InvalidImageURL"),
        ("image", json!(data_uri("png", &png(500, 20))), "InvalidImageURL"),
        ("image", json!(vec![picture.clone(); 11]), "InvalidImageURL"),
        ("output_format", json!("webp"), "InvalidParameter"),
        ("watermark", json!("no"), "InvalidParameter"),
        ("optimize_prompt_options", json!({"mode": "slow"}), "InvalidParameter"),
        ("prompt", json!(""), "InvalidParameter"),
    ] {
        assert_eq!(code(&harness, &with(PRO, field, value)), (400, expected.into()), "{field}");
    }
    let mut no_prompt = minimal(PRO);
    no_prompt.as_object_mut().unwrap().remove("prompt");
    assert_eq!(code(&harness, &no_prompt), (400, "MissingParameter".into()));
    answered(&harness, &with(PRO, "image", json!(vec![picture; 10])));
    // One result of the tier 2K, and nine more pictures than one.
    assert_eq!(harness.ledger()["usd"], 0.117);
}

#[test]
fn several_results_are_asked_for_as_a_sequence() {
    let harness = Harness::with_options(Options::default());
    let mut request = with("seedream-4-0-250828", "sequential_image_generation", json!("auto"));
    request["size"] = json!("1K");
    request["sequential_image_generation_options"] = json!({"max_images": 2});
    let answer = answered(&harness, &request);
    assert_eq!(answer["data"].as_array().unwrap().len(), 2);
    assert_eq!(answer["usage"]["generated_images"], 2);
    request["sequential_image_generation_options"] = json!({"max_images": 15});
    assert_eq!(code(&harness, &request).0, 400);
}

/// The color of a result's upper right corner.
fn corner(answer: &Value) -> [u8; 3] {
    let bytes = STANDARD.decode(answer["data"][0]["b64_json"].as_str().unwrap()).unwrap();
    let image = image::load_from_memory(&bytes).unwrap().into_rgb8();
    image.get_pixel(image.width() - 2, 1).0
}

#[test]
fn a_watermark_is_drawn_unless_it_is_declined() {
    let harness = Harness::with_options(Options::default());
    let mut request = with(PRO, "response_format", json!("b64_json"));
    request["size"] = json!("1K");
    request["output_format"] = json!("png");
    let clean = corner(&answered(&harness, &request));
    assert!(clean[0] < 100, "{clean:?}");
    request.as_object_mut().unwrap().remove("watermark");
    let marked = corner(&answered(&harness, &request));
    assert!(marked[0] > 200, "{marked:?}");
}

#[test]
fn every_served_model_accepts_its_minimal_request() {
    let harness = Harness::with_options(Options::default());
    for model in MODELS.iter().filter(|model| !model.fields.is_empty()) {
        let answer = answered(&harness, &minimal(model.id));
        let format = if model.id.starts_with("seedream-5-5") { "png" } else { "jpeg" };
        assert_eq!(answer["data"][0]["output_format"], format, "{}", model.id);
    }
}

#[test]
fn the_list_of_models_shows_what_was_shut_down() {
    let harness = Harness::with_options(Options::default());
    let list = json_of(harness.get("/api/v3/models"));
    assert_eq!(list["data"][0]["status"], "Shutdown");
    assert_eq!(list["data"].as_array().unwrap().len(), MODELS.len());
    let url = format!("{}/api/v3/models", harness.sandbox.url());
    let refused = harness.client.get(url).send().unwrap();
    assert_eq!(refused.status(), 401);
    assert_eq!(json_of(refused)["error"]["code"], "AuthenticationError");
}

#[test]
fn faults_have_the_codes_of_the_host() {
    let harness = Harness::with_faults(&["rate-limit:1", "no-credits:1", "retired:1", "server-error=500:1"]);
    for (status, expected) in [
        (429, "RateLimitExceeded"),
        (403, "AccountOverdueError"),
        (404, "InvalidEndpointOrModel.NotFound"),
        (500, "InternalServiceError"),
    ] {
        assert_eq!(code(&harness, &minimal(PRO)), (status, expected.into()));
    }
}

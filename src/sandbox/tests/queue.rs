//! fal's queue.

use super::*;
use crate::models::fal::MODELS;

const SEEDEDIT: &str = "fal-ai/bytedance/seededit/v3/edit-image";
const PRO: &str = "bytedance/seedream/v5/pro/edit";

fn picture() -> Value {
    json!(data_uri("png", &png(64, 48)))
}

fn inputs(model: &str) -> Value {
    if model == SEEDEDIT {
        json!({"prompt": "add a bird", "image_url": picture(), "seed": 4})
    } else {
        json!({"prompt": "add a bird", "image_urls": [picture()]})
    }
}

fn with(model: &str, field: &str, value: Value) -> Value {
    let mut inputs = inputs(model);
    inputs[field] = value;
    inputs
}

fn submit(harness: &Harness, model: &str, body: &Value) -> reqwest::Result<Response> {
    harness
        .client
        .post(format!("{}/{model}", harness.sandbox.url()))
        .header("Authorization", "Key k")
        .header("Content-Type", "application/json")
        .body(body.to_string())
        .send()
}

fn submitted(harness: &Harness, model: &str, body: &Value) -> Value {
    let response = submit(harness, model, body).unwrap();
    let (status, text) = (response.status(), response.text().unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn get(harness: &Harness, url: &Value) -> Response {
    harness.client.get(url.as_str().unwrap()).header("Authorization", "Key k").send().unwrap()
}

/// Polls until the request is completed.
fn wait(harness: &Harness, job: &Value) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while get(harness, &job["status_url"]).status() != 200 {
        assert!(Instant::now() < deadline, "{job} did not complete");
        thread::sleep(Duration::from_millis(5));
    }
}

fn result(harness: &Harness, model: &str, body: &Value) -> Value {
    let job = submitted(harness, model, body);
    wait(harness, &job);
    let response = get(harness, &job["response_url"]);
    assert_eq!(response.status(), 200);
    json_of(response)
}

#[test]
fn a_request_is_queued_in_progress_and_completed() {
    let harness = Harness::with_options(Options::default());
    let job = submitted(&harness, SEEDEDIT, &inputs(SEEDEDIT));
    assert_eq!(job["status"], "IN_QUEUE");
    assert_eq!(job["queue_position"], 0);
    let id = job["request_id"].as_str().unwrap();
    let base = format!("{}/fal-ai/bytedance/requests/{id}", harness.sandbox.url());
    assert_eq!(job["response_url"], base);
    assert_eq!(job["cancel_url"], format!("{base}/cancel"));
    for expected in ["IN_QUEUE", "IN_PROGRESS"] {
        let poll = get(&harness, &job["status_url"]);
        assert_eq!(poll.status(), 202);
        assert_eq!(json_of(poll)["status"], expected);
    }
    wait(&harness, &job);
    assert_eq!(json_of(get(&harness, &job["status_url"]))["status"], "COMPLETED");

    let response = get(&harness, &job["response_url"]);
    assert_eq!(response.headers()["x-fal-billable-units"], "1");
    assert_eq!(response.headers()["x-fal-request-id"], id);
    let answer = json_of(response);
    assert_eq!(answer["seed"], 4);
    assert_eq!(answer["image"]["content_type"], "image/jpeg");
    assert_eq!(answer.get("images"), None);
    let file = harness.fetch(answer["image"]["url"].as_str().unwrap()).bytes().unwrap();
    assert_eq!(Header::read(&file).unwrap().size, Size { width: 1152, height: 864 });
    assert_eq!(harness.ledger()["usd"], 0.03);
    assert_eq!(harness.ledger()["charged"], 1);
}

#[test]
fn every_model_accepts_its_minimal_request() {
    let harness = Harness::with_options(Options::default());
    for model in MODELS {
        let answer = result(&harness, model.id, &inputs(model.id));
        let first = if model.id == SEEDEDIT { &answer["image"] } else { &answer["images"][0] };
        assert!(first["url"].is_string(), "{}", model.id);
    }
    assert_eq!(harness.ledger()["charged"], MODELS.len());
}

#[test]
fn invalid_inputs_are_refused_with_their_place() {
    let harness = Harness::with_options(Options::default());
    let (v4, lite) = ("fal-ai/bytedance/seedream/v4/edit", "fal-ai/bytedance/seedream/v5/lite/edit");
    let pictures = |count| json!(vec![picture(); count]);
    for (model, field, value, kind) in [
        (SEEDEDIT, "guidance_scale", json!(1.1), "value_error"),
        (SEEDEDIT, "guidance_scale", json!(5.5), "value_error"),
        (SEEDEDIT, "image_url", json!(STANDARD.encode(png(64, 48))), "value_error"),
        (SEEDEDIT, "image", picture(), "extra_forbidden"),
        (v4, "image_size", json!({"width": 960, "height": 959}), "value_error"),
        (v4, "image_size", json!("auto_3K"), "value_error"),
        (v4, "num_images", json!(7), "value_error"),
        (v4, "max_images", json!(0), "value_error"),
        (v4, "enhance_prompt_mode", json!("slow"), "value_error"),
        (v4, "output_format", json!("png"), "extra_forbidden"),
        (lite, "image_size", json!({"width": 2560, "height": 1439}), "value_error"),
        (lite, "image_size", json!({"width": 3073, "height": 3072}), "value_error"),
        (lite, "image_urls", pictures(11), "value_error"),
        (PRO, "image_size", json!("auto_4K"), "value_error"),
        (PRO, "image_size", json!({"width": 2160, "height": 2141}), "value_error"),
        (PRO, "seed", json!(1), "extra_forbidden"),
    ] {
        let response = submit(&harness, model, &with(model, field, value)).unwrap();
        assert_eq!(response.status(), 422, "{model} {field}");
        let detail = json_of(response)["detail"][0].clone();
        assert_eq!(detail["loc"], json!(["body", field]), "{model}");
        assert_eq!(detail["type"], kind, "{model} {field}");
    }
    let missing = submit(&harness, PRO, &json!({"image_urls": [picture()]})).unwrap();
    assert_eq!(json_of(missing)["detail"][0]["type"], "missing");
    assert_eq!(harness.ledger()["charged"], 0);
}

#[test]
fn values_at_their_bounds_are_accepted_and_sizes_honored() {
    let harness = Harness::with_options(Options::default());
    let size = |answer: &Value| (answer["images"][0]["width"].clone(), answer["images"][0]["height"].clone());
    for (model, value, expected) in [
        ("fal-ai/bytedance/seedream/v4/edit", json!({"width": 960, "height": 960}), (960, 960)),
        ("fal-ai/bytedance/seedream/v5/lite/edit", json!({"width": 2560, "height": 1440}), (2560, 1440)),
        (PRO, json!({"width": 2160, "height": 2140}), (2160, 2140)),
        (PRO, json!("auto_2K"), (2368, 1776)),
        (PRO, json!("landscape_4_3"), (1024, 768)),
    ] {
        let answer = result(&harness, model, &with(model, "image_size", value));
        assert_eq!(size(&answer), (json!(expected.0), json!(expected.1)), "{model}");
    }
    for guidance in [0, 1] {
        submitted(&harness, SEEDEDIT, &with(SEEDEDIT, "guidance_scale", json!(guidance)));
    }
    let many = with("fal-ai/bytedance/seedream/v4/edit", "image_urls", json!(vec![picture(); 12]));
    submitted(&harness, "fal-ai/bytedance/seedream/v4/edit", &many);
}

#[test]
fn a_key_needs_fals_own_scheme() {
    let harness = Harness::with_options(Options::default());
    let url = format!("{}/{SEEDEDIT}", harness.sandbox.url());
    let bearer = harness.client.post(&url).header("Authorization", "Bearer k");
    let refused = bearer.header("Content-Type", "application/json").body("{}").send().unwrap();
    assert_eq!(refused.status(), 401);
    assert!(json_of(refused)["detail"].is_string());
    let job = submitted(&harness, SEEDEDIT, &inputs(SEEDEDIT));
    let poll = harness.client.get(job["status_url"].as_str().unwrap()).send().unwrap();
    assert_eq!(poll.status(), 401);
}

#[test]
fn a_result_is_there_only_after_completion_and_for_its_lifetime() {
    let harness = Harness::with_options(Options { result_ttl: Duration::ZERO, ..Options::default() });
    let job = submitted(&harness, SEEDEDIT, &inputs(SEEDEDIT));
    wait(&harness, &job);
    assert_eq!(get(&harness, &job["response_url"]).status(), 404);

    let slow = Harness::with_options(Options { latency: Duration::from_secs(60), ..Options::default() });
    let job = submitted(&slow, SEEDEDIT, &inputs(SEEDEDIT));
    let early = get(&slow, &job["response_url"]);
    assert_eq!(early.status(), 400);
    assert_eq!(json_of(early)["detail"], "Request is still in progress");
}

#[test]
fn a_request_can_be_cancelled_until_it_is_completed() {
    let slow = Harness::with_options(Options { latency: Duration::from_secs(60), ..Options::default() });
    let put = |harness: &Harness, url: &str| {
        harness.client.put(url).header("Authorization", "Key k").send().unwrap()
    };
    let job = submitted(&slow, SEEDEDIT, &inputs(SEEDEDIT));
    let cancelled = put(&slow, job["cancel_url"].as_str().unwrap());
    assert_eq!(cancelled.status(), 202);
    assert_eq!(json_of(cancelled)["status"], "CANCELLATION_REQUESTED");
    assert_eq!(slow.ledger()["charged"], 0);

    let harness = Harness::with_options(Options::default());
    let job = submitted(&harness, SEEDEDIT, &inputs(SEEDEDIT));
    wait(&harness, &job);
    let late = put(&harness, job["cancel_url"].as_str().unwrap());
    assert_eq!(late.status(), 400);
    assert_eq!(json_of(late)["status"], "ALREADY_COMPLETED");
    let unknown = put(&harness, &format!("{}/fal-ai/bytedance/requests/1/cancel", harness.sandbox.url()));
    assert_eq!(unknown.status(), 404);
}

#[test]
fn a_submission_whose_answer_is_lost_is_charged() {
    let harness = Harness::with_faults(&["reset-after-charge:1"]);
    assert!(submit(&harness, SEEDEDIT, &inputs(SEEDEDIT)).is_err());
    harness.wait_for_a_charge();
}

#[test]
fn a_poll_can_fail_once_and_a_result_can_expire() {
    let harness = Harness::with_faults(&["poll-error=500:1", "expired-result:1"]);
    let job = submitted(&harness, SEEDEDIT, &inputs(SEEDEDIT));
    let failed = get(&harness, &job["status_url"]);
    assert_eq!(failed.status(), 500);
    assert_eq!(json_of(failed)["detail"], "Internal server error");
    wait(&harness, &job);
    assert_eq!(get(&harness, &job["response_url"]).status(), 404);
    assert_eq!(get(&harness, &job["response_url"]).status(), 200);
}

#[test]
fn faults_before_the_charge_refuse_the_submission() {
    let harness = Harness::with_faults(&["rate-limit:1", "gateway=502:1"]);
    for status in [429, 502] {
        assert_eq!(submit(&harness, SEEDEDIT, &inputs(SEEDEDIT)).unwrap().status(), status);
    }
    assert_eq!(harness.ledger()["charged"], 0);
}

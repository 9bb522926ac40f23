//! A running sandbox, met over HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Once;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};

use super::*;
use crate::picture::{Format, Header, Size};

/// A sandbox and a client that knows nothing of its insides.
struct Scene {
    sandbox: Sandbox,
    client: Client,
}

impl Scene {
    fn of(options: Options) -> Scene {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Scene {
            sandbox: Sandbox::start(options).unwrap(),
            client,
        }
    }

    fn with_faults(typed: &[&str]) -> Scene {
        let faults = typed.iter().map(|typed| typed.parse().unwrap()).collect();
        Scene::of(Options {
            faults,
            ..Options::default()
        })
    }

    fn post(&self, body: &Value) -> reqwest::Result<Response> {
        self.client
            .post(format!("{}/v1/images/generations", self.sandbox.url()))
            .header("Authorization", "Bearer k")
            .header("Content-Type", "application/json")
            .header("X-Client-Request-Id", "job-1")
            .body(body.to_string())
            .send()
    }

    fn get(&self, target: &str) -> Response {
        let url = format!("{}{target}", self.sandbox.url());
        self.client
            .get(url)
            .header("Authorization", "Bearer k")
            .send()
            .unwrap()
    }

    fn ledger(&self) -> Value {
        json_of(self.get("/ledger"))
    }

    fn edited(&self) -> String {
        let answer = json_of(self.post(&request()).unwrap());
        answer["data"][0]["url"].as_str().unwrap().to_owned()
    }

    fn fetch(&self, link: &str) -> Response {
        self.client.get(link).send().unwrap()
    }
}

fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().unwrap()).unwrap()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let image = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 90]));
    let mut png = std::io::Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

fn data_uri(format: &str, bytes: &[u8]) -> String {
    format!("data:image/{format};base64,{}", STANDARD.encode(bytes))
}

fn request() -> Value {
    json!({"model": MODEL, "image": data_uri("png", &png(64, 48)), "prompt": "add a bird", "seed": 4})
}

fn request_with(field: &str, value: Value) -> Value {
    let mut request = request();
    request[field] = value;
    request
}

#[test]
fn an_edit_is_charged_once_and_its_link_brings_the_picture() {
    let scene = Scene::of(Options::default());
    let response = scene.post(&request()).unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-client-request-id"], "job-1");
    assert_eq!(response.headers()["x-aimlapi-credits-used"], "63000");
    assert_eq!(response.headers()["x-aimlapi-usd-spent"], "0.0315");
    let answer = json_of(response);
    assert_eq!(
        answer["meta"]["usage"],
        json!({"credits_used": 63000, "usd_spent": 0.0315})
    );
    assert_eq!(answer["data"][0]["b64_json"], Value::Null);

    let picture = scene.fetch(answer["data"][0]["url"].as_str().unwrap());
    assert_eq!(picture.status(), 200);
    let header = Header::read(&picture.bytes().unwrap()).unwrap();
    assert_eq!(header.format, Format::Jpeg);
    assert_eq!(
        header.size,
        Size {
            width: 1152,
            height: 864
        }
    );

    let ledger = scene.ledger();
    assert_eq!(
        (&ledger["posts"], &ledger["charged"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(ledger["downloads"], 1);
    assert_eq!(ledger["client_request_ids"], json!(["job-1"]));
    assert_eq!(ledger["charges"][0]["prompt"], "add a bird");
    assert_eq!(ledger["charges"][0]["seed"], 4);
}

#[test]
fn base64_is_answered_when_it_is_asked_for() {
    let scene = Scene::of(Options::default());
    let answer = json_of(
        scene
            .post(&request_with("response_format", json!("b64_json")))
            .unwrap(),
    );
    let bytes = STANDARD
        .decode(answer["data"][0]["b64_json"].as_str().unwrap())
        .unwrap();
    assert_eq!(Format::sniff(&bytes), Some(Format::Jpeg));
    assert_eq!(answer["data"][0]["url"], Value::Null);
}

#[test]
fn every_misstatement_is_refused_and_free() {
    let scene = Scene::of(Options::default());
    let small = png(64, 48);
    let cases = [
        ("prompt", json!(" "), "prompt: must not be empty"),
        ("prompt", json!(5), "prompt: expected a string"),
        ("size", json!("1024x1024"), "size: expected adaptive"),
        ("seed", json!(4.5), "seed: expected an integer"),
        (
            "seed",
            json!(2_147_483_648_u64),
            "seed: expected an integer",
        ),
        (
            "guidance_scale",
            json!(0.9),
            "guidance_scale: expected a number",
        ),
        (
            "guidance_scale",
            json!("5"),
            "guidance_scale: expected a number",
        ),
        (
            "watermark",
            json!("yes"),
            "watermark: expected true or false",
        ),
        (
            "response_format",
            json!("base64"),
            "response_format: expected url or b64_json",
        ),
        ("guidance", json!(5), "guidance: unknown field"),
        (
            "image",
            json!("picture.png"),
            "image: expected a URL or a data URI",
        ),
        (
            "image",
            json!(data_uri("PNG", &small)),
            "image: the data URI's format",
        ),
        (
            "image",
            json!(data_uri("jpeg", &small)),
            "image: called jpeg, but it is png",
        ),
        (
            "image",
            json!("data:image/png;base64,!!!"),
            "image: bad Base64",
        ),
        (
            "image",
            json!(data_uri("png", b"GIF89a")),
            "image: called png, but it is",
        ),
        (
            "image",
            json!(data_uri("png", &png(14, 20))),
            "image: width and height",
        ),
        (
            "image",
            json!(data_uri("png", &png(61, 20))),
            "image: the aspect ratio",
        ),
    ];
    for (field, value, complaint) in cases {
        let response = scene.post(&request_with(field, value)).unwrap();
        assert_eq!(response.status(), 400, "{complaint}");
        let error = json_of(response);
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("Body validation error! "), "{message}");
        assert!(message.contains(complaint), "{message}");
        assert_eq!(error["path"], "/v1/images/generations");
        assert_eq!(error["statusCode"], "400");
    }
    assert_eq!(scene.ledger()["charged"], 0);
}

#[test]
fn limits_are_met_from_inside_too() {
    let scene = Scene::of(Options::default());
    for image in [png(60, 20), png(20, 60), png(15, 15)] {
        let response = scene
            .post(&request_with("image", json!(data_uri("png", &image))))
            .unwrap();
        assert_eq!(response.status(), 200);
    }
}

#[test]
fn another_model_is_not_found() {
    let scene = Scene::of(Options::default());
    let response = scene
        .post(&request_with("model", json!("bytedance/other")))
        .unwrap();
    assert_eq!(response.status(), 404);
    assert!(
        json_of(response)["message"]
            .as_str()
            .unwrap()
            .contains("bytedance/other")
    );
}

#[test]
fn a_key_is_needed_and_may_be_a_certain_one() {
    let scene = Scene::of(Options {
        key: Some("right".into()),
        ..Options::default()
    });
    assert_eq!(scene.get("/v2/billing").status(), 401);
    assert_eq!(scene.post(&request()).unwrap().status(), 401);
    let url = format!("{}/v2/billing", scene.sandbox.url());
    let let_in = scene
        .client
        .get(url)
        .header("Authorization", "Bearer right")
        .send()
        .unwrap();
    assert_eq!(
        json_of(let_in),
        json!({"current_balance": 1000.0, "currency": "USD"})
    );
    assert_eq!(scene.ledger()["charged"], 0);
}

#[test]
fn an_empty_account_buys_nothing() {
    let scene = Scene::of(Options {
        balance: Credits(63_000),
        ..Options::default()
    });
    assert_eq!(scene.post(&request()).unwrap().status(), 200);
    let refused = scene.post(&request()).unwrap();
    assert_eq!(refused.status(), 403);
    assert_eq!(scene.ledger()["charged"], 1);
}

#[test]
fn the_log_ties_each_call_to_what_it_cost() {
    let scene = Scene::with_faults(&["server-error=503:1"]);
    assert_eq!(scene.post(&request()).unwrap().status(), 503);
    assert_eq!(scene.post(&request()).unwrap().status(), 200);
    let log = json_of(scene.get("/v2/logs?period=24h&limit=1&offset=0"));
    assert_eq!(
        log["pagination"],
        json!({"limit": 1, "offset": 0, "total": 2, "has_more": true})
    );
    assert_eq!(log["data"][0]["status"], "succeeded");
    assert_eq!(log["data"][0]["client_request_id"], "job-1");
    assert_eq!(
        log["data"][0]["cost"],
        json!({"usd": 0.0315, "credits": 63000})
    );
    let older = json_of(scene.get("/v2/logs?limit=1&offset=1"));
    assert_eq!(older["data"][0]["status"], "failed");
    assert_eq!(older["data"][0]["cost"]["credits"], 0);
    assert_eq!(older["pagination"]["has_more"], false);
}

#[test]
fn the_log_lags_when_it_is_told_to() {
    let scene = Scene::of(Options {
        log_lag: Duration::from_millis(300),
        ..Options::default()
    });
    scene.edited();
    assert_eq!(json_of(scene.get("/v2/logs"))["pagination"]["total"], 0);
    thread::sleep(Duration::from_millis(350));
    assert_eq!(json_of(scene.get("/v2/logs"))["pagination"]["total"], 1);
}

#[test]
fn the_model_is_listed_with_its_price() {
    let scene = Scene::of(Options::default());
    let listed = json_of(scene.get("/v1/models?id=bytedance%2Fseededit-3.0-i2i&include=pricing"));
    assert_eq!(listed["data"][0]["id"], MODEL);
    assert_eq!(listed["data"][0]["pricing"]["units"][0]["price"], 0.0315);
    assert_eq!(json_of(scene.get("/v1/models?id=gone"))["data"], json!([]));
}

#[test]
fn anything_else_is_not_found_in_the_services_own_words() {
    let scene = Scene::of(Options::default());
    let response = scene.get("/v1/images/edits");
    assert_eq!(response.status(), 404);
    assert_eq!(json_of(response)["path"], "/v1/images/edits");
}

#[test]
fn a_link_refuses_a_key_a_change_and_the_passing_of_time() {
    let scene = Scene::of(Options {
        link_ttl: Duration::from_secs(1),
        ..Options::default()
    });
    let link = scene.edited();
    let with_key = scene
        .client
        .get(&link)
        .header("Authorization", "Bearer k")
        .send()
        .unwrap();
    assert_eq!(with_key.status(), 400);
    let changed = scene.fetch(&link.replace("Expires=1&", "Expires=9&"));
    assert_eq!(changed.status(), 403);
    assert!(changed.text().unwrap().contains("SignatureDoesNotMatch"));
    thread::sleep(Duration::from_millis(1_050));
    let late = scene.fetch(&link);
    assert_eq!(late.status(), 403);
    assert!(late.text().unwrap().contains("Request has expired"));
}

#[test]
fn a_download_is_resumed_where_it_was_cut() {
    let scene = Scene::with_faults(&["cut-download=5000:1"]);
    let link = scene.edited();
    let mut cut = scene.fetch(&link);
    let announced = cut.content_length().unwrap();
    let mut start = Vec::new();
    assert!(cut.read_to_end(&mut start).is_err());
    assert_eq!(start.len(), 5_000);

    let rest = scene
        .client
        .get(&link)
        .header("Range", "bytes=5000-")
        .send()
        .unwrap();
    assert_eq!(rest.status(), 206);
    let range = format!("bytes 5000-{}/{announced}", announced - 1);
    assert_eq!(rest.headers()["content-range"], range.as_str());
    start.extend(rest.bytes().unwrap());
    let whole = scene.fetch(&link).bytes().unwrap();
    assert_eq!(start, whole);
}

#[test]
fn downloads_misbehave_as_told() {
    let scene = Scene::with_faults(&[
        "corrupt-download:1",
        "truncated-download:1",
        "html-download:1",
        "download-error=503:1",
        "redirect-download=2:1",
        "expired-link:1",
        "no-range:1",
    ]);
    let link = scene.edited();
    let (corrupt, short) = (
        scene.fetch(&link).bytes().unwrap(),
        scene.fetch(&link).bytes().unwrap(),
    );
    let html = scene.fetch(&link);
    assert_eq!(html.headers()["content-type"], "image/jpeg");
    assert!(html.text().unwrap().starts_with("<html>"));
    assert_eq!(scene.fetch(&link).status(), 503);
    let mut hop = scene.fetch(&link);
    for _ in 0..2 {
        assert_eq!(hop.status(), 302);
        let next = hop.headers()["location"].to_str().unwrap().to_owned();
        hop = scene.fetch(&format!("{}{next}", scene.sandbox.pictures_url()));
    }
    let whole = hop.bytes().unwrap();
    assert_eq!(scene.fetch(&link).status(), 403);
    let unranged = scene
        .client
        .get(&link)
        .header("Range", "bytes=5-")
        .send()
        .unwrap();
    assert_eq!(unranged.status(), 200);
    assert_eq!(scene.fetch(&link).bytes().unwrap(), whole);
    assert_eq!(corrupt.len(), whole.len());
    assert_ne!(corrupt, whole);
    assert_eq!(short, whole.slice(..whole.len() / 2));
}

#[test]
fn resets_before_the_charge_cost_nothing_and_one_after_it_costs() {
    let scene = Scene::with_faults(&[
        "reset-early:1",
        "reset-before-charge:1",
        "reset-after-charge:1",
    ]);
    for charged in [0, 0, 1] {
        assert!(scene.post(&request()).is_err());
        assert_eq!(scene.ledger()["charged"], charged);
    }
    assert_eq!(scene.ledger()["posts"], 3);
    assert_eq!(scene.post(&request()).unwrap().status(), 200);
}

#[test]
fn a_reset_is_a_reset_on_the_wire() {
    let scene = Scene::with_faults(&["reset-after-charge"]);
    let mut wire = TcpStream::connect(scene.sandbox.api).unwrap();
    let body = request().to_string();
    let head = "POST /v1/images/generations HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer k\r\n\
                Content-Type: application/json\r\n";
    write!(wire, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let error = wire.read(&mut [0; 16]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn refusals_come_in_every_shape() {
    let scene = Scene::with_faults(&[
        "rate-limit:1",
        "no-credits:1",
        "forbidden:1",
        "unauthorized:1",
        "retired:1",
        "ark-error=400:1",
        "gateway=502:1",
        "empty=504:1",
        "redirect=307:1",
    ]);
    for status in [429, 403, 403, 401, 404, 400, 502, 504, 307] {
        assert_eq!(scene.post(&request()).unwrap().status(), status);
    }
    let ledger = scene.ledger();
    assert_eq!(
        (&ledger["posts"], &ledger["charged"]),
        (&json!(9), &json!(0))
    );
}

#[test]
fn a_rate_limit_says_when_to_come_back() {
    let scene = Scene::of(Options {
        faults: vec!["rate-limit".parse().unwrap()],
        retry_after: Some(RetryAfter::Seconds(Duration::from_secs(2))),
        ..Options::default()
    });
    assert_eq!(
        scene.post(&request()).unwrap().headers()["retry-after"],
        "2"
    );
}

#[test]
fn odd_answers_are_as_odd_as_asked_for() {
    let scene = Scene::with_faults(&[
        "no-meta:1",
        "null-meta:1",
        "tokens-used:1",
        "no-price:1",
        "several=3:1",
        "empty-data:1",
        "null-data:1",
        "inline:1",
    ]);
    let answers: Vec<Value> = (0..8)
        .map(|_| json_of(scene.post(&request()).unwrap()))
        .collect();
    assert_eq!(answers[0].get("meta"), None);
    assert_eq!(answers[1]["meta"], Value::Null);
    assert_eq!(answers[2]["meta"]["usage"], json!({"tokens_used": 63000}));
    assert_eq!(answers[3]["meta"]["usage"], Value::Null);
    assert_eq!(answers[4]["data"].as_array().unwrap().len(), 3);
    assert_eq!(answers[5]["data"], json!([]));
    assert_eq!(answers[6]["data"], Value::Null);
    assert!(answers[7]["data"][0]["b64_json"].is_string());
    assert_eq!(scene.ledger()["charged"], 8);
}

#[test]
fn broken_answers_are_charged() {
    let scene = Scene::with_faults(&[
        "cut-answer=40:1",
        "gateway-after-charge=504:1",
        "html-200:1",
        "gzip-answer:1",
        "status-201:1",
    ]);
    let mut cut = scene.post(&request()).unwrap();
    let mut bytes = Vec::new();
    assert!(cut.read_to_end(&mut bytes).is_err());
    assert_eq!(bytes.len(), 40);
    assert_eq!(scene.post(&request()).unwrap().status(), 504);
    assert!(
        scene
            .post(&request())
            .unwrap()
            .text()
            .unwrap()
            .starts_with("<html>")
    );
    let packed = scene.post(&request()).unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert_eq!(packed.bytes().unwrap()[..2], [0x1f, 0x8b]);
    assert_eq!(scene.post(&request()).unwrap().status(), 201);
    assert_eq!(scene.ledger()["charged"], 5);
}

#[test]
fn what_never_ends_goes_on_beyond_any_sensible_limit() {
    let scene = Scene::with_faults(&["endless-answer", "endless-download"]);
    let mut megabyte = vec![0; 1 << 20];
    scene
        .post(&request())
        .unwrap()
        .read_exact(&mut megabyte)
        .unwrap();
    assert!(serde_json::from_slice::<Value>(&megabyte).is_err());
}

#[test]
fn a_client_that_leaves_is_charged_all_the_same() {
    let scene = Scene::of(Options {
        latency: Duration::from_millis(200),
        ..Options::default()
    });
    let impatient = Client::builder()
        .no_proxy()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let left = impatient
        .post(format!("{}/v1/images/generations", scene.sandbox.url()))
        .header("Authorization", "Bearer k")
        .header("Content-Type", "application/json")
        .body(request().to_string())
        .send();
    assert!(left.unwrap_err().is_timeout());
    assert_eq!(scene.ledger()["charged"], 0);
    thread::sleep(Duration::from_millis(600));
    assert_eq!(scene.ledger()["charged"], 1);
}

#[test]
fn a_stalled_answer_was_charged_and_does_not_hold_up_the_end() {
    let scene = Scene::with_faults(&["stall-after-charge"]);
    let mut wire = TcpStream::connect(scene.sandbox.api).unwrap();
    let body = request().to_string();
    let head = "POST /v1/images/generations HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer k\r\n\
                Content-Type: application/json\r\n";
    write!(wire, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    wire.set_read_timeout(Some(Duration::from_millis(600)))
        .unwrap();
    assert!(wire.read(&mut [0; 16]).is_err());
    assert_eq!(scene.ledger()["charged"], 1);
    scene.sandbox.stop();
}

#[test]
fn a_url_is_answered_with_a_made_up_picture_and_our_own_link_with_its_picture() {
    let scene = Scene::of(Options::default());
    let url = json!("https://pictures.example/cat.png");
    let answer = json_of(scene.post(&request_with("image", url)).unwrap());
    let link = answer["data"][0]["url"].clone();
    assert_eq!(
        scene
            .post(&request_with("image", link.clone()))
            .unwrap()
            .status(),
        200
    );
    let broken = link.as_str().unwrap().replace("Signature=", "Signature=00");
    assert_eq!(
        scene
            .post(&request_with("image", json!(broken)))
            .unwrap()
            .status(),
        400
    );
    assert_eq!(scene.ledger()["downloads"], 0);
}

#[test]
fn pictures_are_served_from_another_origin_only() {
    let scene = Scene::of(Options::default());
    assert_ne!(scene.sandbox.url(), scene.sandbox.pictures_url());
    let link = scene.edited();
    assert!(link.starts_with(&scene.sandbox.pictures_url()), "{link}");
    let elsewhere = link.replace(&scene.sandbox.pictures_url(), &scene.sandbox.url());
    assert_eq!(scene.fetch(&elsewhere).status(), 404);
}

#[test]
fn a_request_that_is_too_long_is_read_and_refused() {
    let scene = Scene::of(Options::default());
    let response = scene
        .post(&request_with("prompt", json!("x".repeat(21 << 20))))
        .unwrap();
    assert_eq!(response.status(), 400);
    assert!(
        json_of(response)["message"]
            .as_str()
            .unwrap()
            .contains("over 20 MB")
    );
}

#[test]
fn only_loopback_is_listened_on() {
    let listen = SocketAddr::from(([0, 0, 0, 0], 0));
    let error = Sandbox::start(Options {
        listen,
        ..Options::default()
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sandbox listens on loopback only, and 0.0.0.0 is not"
    );
}

#[test]
fn a_stopped_sandbox_answers_no_more() {
    let scene = Scene::of(Options::default());
    let address = scene.sandbox.api;
    scene.sandbox.stop();
    assert!(TcpStream::connect(address).is_err());
}

//! Tests of a running sandbox over HTTP.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Once;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::blocking::{Client, Response};
use serde_json::{Value, json};

mod ark;
mod edits;
mod faults;
mod lifecycle;
mod models;
mod protocol;
mod queue;

use super::request::MODEL;
use super::*;
use seededit_picture::{Format, Header, Size};

/// A sandbox and an independent HTTP client.
struct Harness {
    sandbox: Sandbox,
    client: Client,
}

impl Harness {
    fn with_options(options: Options) -> Harness {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Harness { sandbox: Sandbox::start(options).unwrap(), client }
    }

    fn with_faults(typed: &[&str]) -> Harness {
        let faults = typed.iter().map(|typed| typed.parse().unwrap()).collect();
        Harness::with_options(Options { faults, ..Options::default() })
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

    /// Sends a valid request over a TCP connection; the test reads the answer.
    fn post_over_tcp(&self) -> TcpStream {
        let mut stream = TcpStream::connect(self.sandbox.api).unwrap();
        let body = request().to_string();
        let head = "POST /v1/images/generations HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer k\r\n\
                    Content-Type: application/json\r\n";
        write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        stream
    }

    /// Sends a valid request and returns its answer.
    fn answered(&self, body: &Value) -> Value {
        let response = self.post(body).unwrap();
        let (status, text) = (response.status(), response.text().unwrap());
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    fn get(&self, target: &str) -> Response {
        let url = format!("{}{target}", self.sandbox.url());
        self.client.get(url).header("Authorization", "Bearer k").send().unwrap()
    }

    fn ledger(&self) -> Value {
        json_of(self.get("/ledger"))
    }

    /// Waits for a charge. Drawing may take seconds on a busy machine.
    fn wait_for_a_charge(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.ledger()["charged"] == 0 {
            assert!(Instant::now() < deadline, "nothing was charged");
            thread::sleep(Duration::from_millis(20));
        }
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

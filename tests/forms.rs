//! Models that are asked with a form, which has the picture as a file.

use serde_json::json;

use crate::support::{
    KEY, RawServer, Request, Service, TestEnv, answer, decode_rgb, jpeg, json_answer, png, sha256,
};

const MODEL: &str = "-m gpt-image-2";

/// The parts of a form: the headers of each, and its body.
fn parts(request: &Request) -> Vec<(String, Vec<u8>)> {
    let content_type = request.header("content-type").unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    // With a line break in front, every part is between two equal delimiters.
    let body = [b"\r\n", request.body.as_slice()].concat();
    let delimiter = format!("\r\n--{boundary}");
    let starts: Vec<usize> = (0..body.len() - delimiter.len() + 1)
        .filter(|at| body[*at..].starts_with(delimiter.as_bytes()))
        .collect();
    assert!(body.ends_with(format!("{delimiter}--\r\n").as_bytes()), "the end of the form");
    starts
        .windows(2)
        .map(|range| {
            let part = &body[range[0] + delimiter.len() + 2..range[1]];
            let head = part.windows(4).position(|found| found == b"\r\n\r\n").unwrap();
            (String::from_utf8(part[..head].to_vec()).unwrap(), part[head + 4..].to_vec())
        })
        .collect()
}

fn refusing_server() -> RawServer {
    RawServer::always_sending(json_answer(400, &json!({"message": "seen", "statusCode": 400}), ""))
}

#[test]
fn a_form_has_these_headers_and_parts_and_the_bytes_of_the_picture() {
    let (env, server) = (TestEnv::with_picture(), refusing_server());
    let picture = jpeg(333, 200);
    env.write("in.png", &picture);
    env.edit(MODEL).base_url(&server.url()).code(6).any_stderr().assert();
    let request = server.requests().remove(0);
    assert_eq!(request.line, "POST /v1/images/edits HTTP/1.1");
    assert_eq!(request.header("authorization"), Some(&*format!("Bearer {KEY}")));
    assert_eq!(request.header("content-length"), Some(&*request.body.len().to_string()));
    let text = |name: &str, value: &str| {
        (format!("Content-Disposition: form-data; name=\"{name}\""), value.as_bytes().to_vec())
    };
    // The name of the user's file is not sent.
    let image =
        "Content-Disposition: form-data; name=\"image\"; filename=\"image.jpeg\"\r\nContent-Type: image/jpeg";
    assert_eq!(
        parts(&request),
        [
            text("model", "openai/gpt-image-2"),
            text("output_format", "jpeg"),
            text("prompt", "add a bird"),
            text("size", "1536x1024"),
            (image.to_owned(), picture)
        ]
    );
}

#[test]
fn a_form_is_sent_again_byte_for_byte() {
    let env = TestEnv::with_picture();
    let server =
        RawServer::always_sending(json_answer(429, &json!({"message": "slow down"}), "Retry-After: 0\r\n"));
    env.edit(MODEL).args("--retries 1").base_url(&server.url()).code(7).any_stderr().assert();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[0].header("content-type"), requests[1].header("content-type"));
}

#[test]
fn the_default_host_edits_with_a_form() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit(MODEL).service(&service).any_stdout().any_stderr().assert();
    let result = decode_rgb(&env.read("out.jpg"));
    assert_eq!(result.dimensions(), (1536, 1024));
    let ledger = service.ledger();
    ledger.ensure_counts(1, 1);
    assert_eq!(ledger.charge(0)["model"], "openai/gpt-image-2");
    assert_eq!(ledger.charge(0)["image_sha256"], json!(sha256(&env.read("in.png"))));
}

#[test]
fn openai_edits_with_a_form_and_answers_with_the_picture() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("--service openai").service(&service).any_stdout().any_stderr().assert();
    assert_eq!(service.ledger().charge(0)["model"], "gpt-image-2");
    assert_eq!(service.ledger().downloads(), 0);
    assert_eq!(env.file_names(), ["in.png", "out.jpg"]);
}

#[test]
fn a_server_of_ones_own_needs_no_key_and_gets_none() {
    let (env, server) = (TestEnv::with_picture(), refusing_server());
    env.edit("--service local").env("SEEDEDIT_BASE_URL", server.url()).code(6).any_stderr().assert();
    let request = server.requests().remove(0);
    assert_eq!(request.line, "POST /v1/images/edits HTTP/1.1");
    assert_eq!(request.header("authorization"), None);
    assert!(parts(&request).iter().any(|(_, body)| body == b"llama-swap"));

    let service = Service::new();
    let edit = env.edit("--service local --json").env("SEEDEDIT_BASE_URL", service.url());
    let record = edit.any_stdout().any_stderr().assert().json();
    assert_eq!(record["status"], "ok", "{record}");
    assert_eq!(service.ledger().charge(0)["usd"].as_f64().unwrap_or_default(), 0.0);
}

#[test]
fn the_built_in_sandbox_stands_in_for_every_service_with_forms() {
    let env = TestEnv::with_picture();
    for service in ["aimlapi -m gpt-image-1", "openai", "local", "local -m vllm-omni"] {
        env.edit("--sandbox -f --service").args(service).any_stdout().any_stderr().assert();
    }
}

#[test]
fn a_link_is_downloaded_because_a_form_has_no_links() {
    let (env, service) = (TestEnv::new(), Service::new());
    let picture = png(64, 48);
    let server = RawServer::always_sending(answer(200, "image/png", &picture, ""));
    let link = format!("{}/a.png", server.url());
    env.command_with(["edit", &link, "x", "-o", "out.jpg", "-m", "gpt-image-2"])
        .service(&service)
        .any_stdout()
        .any_stderr()
        .assert();
    env.write("rows.csv", format!("image,prompt,output\n{link},y,b.jpg\n"));
    env.command("batch rows.csv -m gpt-image-2").service(&service).any_stdout().any_stderr().assert();
    let ledger = service.ledger();
    for charge in 0..2 {
        assert_eq!(ledger.charge(charge)["image_sha256"], json!(sha256(&picture)));
    }
}

#[test]
fn the_next_step_of_a_chain_gets_the_picture_and_not_its_link() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit(MODEL).args("--then x").service(&service).any_stdout().any_stderr().assert();
    let ledger = service.ledger();
    ledger.ensure_counts(2, 2);
    assert_eq!(ledger.charge(1)["image_sha256"], ledger.charge(0)["result_sha256"]);
}

#[test]
fn a_dry_run_shows_the_parts_of_the_form() {
    let env = TestEnv::with_picture();
    env.edit("--dry-run -q")
        .args(MODEL)
        .stdout(format!(
            "POST https://api.aimlapi.com/v1/images/edits\n\
             Authorization: Bearer [key]\n\
             Content-Type: multipart/form-data\n\
             X-Client-Request-Id: seededit-[job]-1\n\
             \n\
             image: file, image/png, {} bytes\n\
             model: openai/gpt-image-2\n\
             output_format: jpeg\n\
             prompt: add a bird\n\
             size: 1536x1024\n\
             \n\
             output: out.jpg\n\
             size of the answer: 1536×1024\n\
             price: $0.0952, list price of 2026-08-21\n",
            env.read("in.png").len()
        ))
        .assert();
}

//! The form dialect: the default host's own models, OpenAI's, and servers that one runs oneself.

use super::*;

/// A form under construction.
#[derive(Clone)]
struct Form(Vec<u8>);

impl Form {
    fn new() -> Form {
        Form(Vec::new())
    }

    fn text(mut self, name: &str, value: &str) -> Form {
        let head = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        self.0.extend(head.as_bytes());
        self
    }

    fn file(mut self, name: &str, media_type: &str, bytes: &[u8]) -> Form {
        let head = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"p\"\r\n\
             Content-Type: {media_type}\r\n\r\n"
        );
        self.0.extend(head.as_bytes());
        self.0.extend(bytes);
        self.0.extend(b"\r\n");
        self
    }

    fn end(mut self) -> Vec<u8> {
        self.0.extend(b"--XX--\r\n");
        self.0
    }
}

fn edit(model: &str) -> Form {
    Form::new().text("model", model).text("prompt", "add a bird").file("image", "image/png", &png(64, 48))
}

fn send(harness: &Harness, form: Form, key: bool) -> Response {
    let request = harness
        .client
        .post(format!("{}/v1/images/edits", harness.sandbox.url()))
        .header("Content-Type", "multipart/form-data; boundary=XX")
        .body(form.end());
    let request = if key { request.header("Authorization", "Bearer k") } else { request };
    request.send().unwrap()
}

fn answered(harness: &Harness, form: Form, key: bool) -> Value {
    let response = send(harness, form, key);
    let (status, text) = (response.status(), response.text().unwrap());
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn refused(harness: &Harness, form: Form, key: bool) -> Value {
    let response = send(harness, form, key);
    assert_eq!(response.status(), 400);
    json_of(response)
}

fn picture_of(answer: &Value) -> image::RgbImage {
    let bytes = STANDARD.decode(answer["data"][0]["b64_json"].as_str().unwrap()).unwrap();
    image::load_from_memory(&bytes).unwrap().into_rgb8()
}

/// A PNG that is transparent in its right half.
fn mask(width: u32, height: u32) -> Vec<u8> {
    let image = image::RgbaImage::from_fn(width, height, |x, _| {
        image::Rgba([0, 0, 0, if x < width / 2 { 255 } else { 0 }])
    });
    let mut png = std::io::Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

#[test]
fn the_default_host_answers_a_link_unless_asked_for_the_bytes() {
    let harness = Harness::with_options(Options::default());
    let response = send(&harness, edit("openai/gpt-image-2"), true);
    assert_eq!(response.headers()["x-aimlapi-credits-used"], "190400");
    assert!(response.headers().contains_key("x-inference-id"));
    let answer = json_of(response);
    let file = harness.fetch(answer["data"][0]["url"].as_str().unwrap()).bytes().unwrap();
    assert_eq!(Header::read(&file).unwrap().size, Size { width: 1024, height: 1024 });
    assert_eq!(Format::sniff(&file), Some(Format::Png));
    let form = edit("openai/gpt-image-1").text("response_format", "b64_json").text("size", "1536x1024");
    assert_eq!(picture_of(&answered(&harness, form, true)).dimensions(), (1536, 1024));
    let log = json_of(harness.get("/v2/logs"));
    assert_eq!(log["data"][1]["model"], "openai/gpt-image-2");
}

#[test]
fn the_default_host_accepts_every_documented_option() {
    let harness = Harness::with_options(Options::default());
    let form = Form::new()
        .text("model", "openai/gpt-image-2")
        .text("prompt", "p")
        .file("image", "image/png", &png(64, 48))
        .file("image", "image/png", &png(20, 20))
        .file("mask", "image/png", &mask(64, 48))
        .text("size", "1024x1536")
        .text("quality", "high")
        .text("output_format", "webp")
        .text("background", "opaque")
        .text("n", "2")
        .text("output_compression", "100")
        .text("response_format", "url");
    let answer = answered(&harness, form, true);
    assert_eq!(answer["data"].as_array().unwrap().len(), 2);
    assert_eq!(answer["meta"]["usage"]["credits_used"], 2 * 190_400);
}

#[test]
fn the_default_host_refuses_what_it_does_not_document() {
    let harness = Harness::with_options(Options::default());
    for (name, value) in [
        ("seed", "1"),
        ("image_size", "1024x1024"),
        ("size", "512x512"),
        ("size", "auto"),
        ("quality", "auto"),
        ("n", "0"),
        ("n", "11"),
        ("n", "two"),
        ("output_format", "gif"),
        ("output_compression", "101"),
        ("response_format", "base64"),
        ("prompt", "given twice"),
    ] {
        let error = refused(&harness, edit("openai/gpt-image-1").text(name, value), true);
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("Body validation error! {name}: ")), "{message}");
        assert_eq!(error["path"], "/v1/images/edits");
    }
    let unknown = send(&harness, edit("openai/gpt-image-9"), true);
    assert_eq!(unknown.status(), 404);
    assert_eq!(harness.ledger()["charged"], 0);
}

#[test]
fn openai_always_answers_with_the_bytes() {
    let harness = Harness::with_options(Options::default());
    let response = send(&harness, edit("gpt-image-1.5"), true);
    assert!(response.headers().contains_key("x-request-id"));
    assert!(!response.headers().contains_key("x-inference-id"));
    assert!(!response.headers().contains_key("x-aimlapi-credits-used"));
    let answer = json_of(response);
    assert_eq!(answer["size"], "1536x1024");
    assert_eq!(answer["output_format"], "png");
    assert_eq!(answer["usage"]["total_tokens"], 4548);
    assert_eq!(answer["data"][0].get("url"), None);
    assert_eq!(picture_of(&answer).dimensions(), (1536, 1024));
    assert_eq!(json_of(harness.get("/v2/logs"))["data"], json!([]));
}

#[test]
fn openais_second_model_takes_any_size_in_steps_of_16() {
    let harness = Harness::with_options(Options::default());
    for (size, dimensions) in [("1024x640", (1024, 640)), ("auto", (1536, 1024))] {
        let answer = answered(&harness, edit("gpt-image-2").text("size", size), true);
        assert_eq!(picture_of(&answer).dimensions(), dimensions, "{size}");
    }
    for size in ["1030x640", "1008x640", "2048x512", "3856x2160", "3840x3840", "wide"] {
        let error = refused(&harness, edit("gpt-image-2").text("size", size), true);
        assert_eq!(error["error"]["param"], "size", "{size}");
    }
    let error = refused(&harness, edit("gpt-image-1.5").text("size", "640x480"), true);
    assert_eq!(error["error"]["code"], "invalid_value");
}

#[test]
fn openais_errors_have_their_own_form() {
    let harness = Harness::with_options(Options::default());
    let error = refused(&harness, edit("gpt-image-2").text("response_format", "url"), true);
    assert_eq!(
        error,
        json!({"error": {
            "message": "Unknown parameter: 'response_format'.",
            "type": "invalid_request_error",
            "param": "response_format",
            "code": "unknown_parameter",
        }})
    );
    let no_prompt = Form::new().text("model", "gpt-image-2").file("image", "image/png", &png(64, 48));
    assert_eq!(refused(&harness, no_prompt, true)["error"]["code"], "missing_required_parameter");
    let no_type = Form::new().text("prompt", "p").file("image", "application/octet-stream", &png(64, 48));
    let error = refused(&harness, no_type, true);
    assert!(error["error"]["message"].as_str().unwrap().contains("unsupported mimetype"));
    let twice = edit("gpt-image-2").file("image", "image/png", &png(64, 48));
    assert_eq!(refused(&harness, twice, true)["error"]["param"], "image");
    let unknown = send(&harness, edit("gpt-image-7"), true);
    assert_eq!(unknown.status(), 404);
    assert_eq!(json_of(unknown)["error"]["code"], "model_not_found");
}

#[test]
fn several_pictures_are_a_list() {
    let harness = Harness::with_options(Options::default());
    let mut form = Form::new().text("prompt", "p");
    for _ in 0..16 {
        form = form.file("image[]", "image/png", &png(64, 48));
    }
    answered(&harness, form.clone(), true);
    let error = refused(&harness, form.file("image[]", "image/png", &png(64, 48)), true);
    assert_eq!(error["error"]["param"], "image");
}

#[test]
fn a_server_without_a_key_ignores_what_it_does_not_know() {
    let harness = Harness::with_options(Options::default());
    for name in ["image", "image[]"] {
        let form = Form::new()
            .text("prompt", "add a bird")
            .text("seed", "4")
            .text("response_format", "url")
            .file(name, "image/png", &png(64, 48));
        let answer = answered(&harness, form, false);
        assert_eq!(picture_of(&answer).dimensions(), (64, 48));
        assert_eq!(answer["output_format"], "png");
    }
    assert_eq!(harness.ledger()["usd"], 0.0);
    let error = refused(&harness, Form::new().text("prompt", "p"), false);
    assert!(error["error"].as_str().unwrap().contains("image: required"), "{error}");
    let form = edit("any").text("size", "320x256").text("output_format", "jpeg");
    assert_eq!(picture_of(&answered(&harness, form, false)).dimensions(), (320, 256));
}

/// A picture whose right half is white.
fn white_half(width: u32, height: u32) -> Vec<u8> {
    let image =
        image::RgbImage::from_fn(width, height, |x, _| image::Rgb([if x < width / 2 { 0 } else { 255 }; 3]));
    let mut png = std::io::Cursor::new(Vec::new());
    image.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

#[test]
fn a_mask_protects_what_it_does_not_select() {
    let harness = Harness::with_options(Options::default());
    // The default host and OpenAI edit what is transparent, a server of one's own what is white.
    for (model, size, key, field, mask) in [
        ("gpt-image-2", "1280x640", true, "mask", mask(200, 100)),
        ("any", "200x100", false, "mask", white_half(200, 100)),
        ("any", "200x100", false, "mask_image", white_half(200, 100)),
    ] {
        let form = Form::new()
            .text("prompt", "make it night")
            .text("model", model)
            .text("size", size)
            .file("image", "image/png", &png(200, 100))
            .file(field, "image/png", &mask);
        let edited = picture_of(&answered(&harness, form, key));
        let blue = |x: u32| edited.get_pixel(x, 5).0[2];
        assert_eq!(blue(edited.width() / 4), 90, "{model} {field}");
        assert_ne!(blue(edited.width() * 3 / 4), 90, "{model} {field}");
    }
}

#[test]
fn a_mask_of_another_size_or_without_transparency_is_refused() {
    let harness = Harness::with_options(Options::default());
    for (bytes, reason) in [
        (mask(64, 47), "the mask is 64×47"),
        (png(64, 48), "no alpha channel"),
        (b"GIF89a".to_vec(), "not a PNG"),
        (vec![0; 4 << 20], "smaller than 4 MB"),
    ] {
        let error = refused(&harness, edit("gpt-image-2").file("mask", "image/png", &bytes), true);
        assert_eq!(error["error"]["param"], "mask");
        assert!(error["error"]["message"].as_str().unwrap().contains(reason), "{error}");
    }
}

#[test]
fn faults_have_the_form_of_the_host() {
    let harness = Harness::with_faults(&["no-credits:1", "server-error=500:1", "unauthorized:1"]);
    let quota = send(&harness, edit("gpt-image-2"), true);
    assert_eq!(quota.status(), 429);
    assert_eq!(json_of(quota)["error"]["code"], "insufficient_quota");
    let local = send(&harness, edit("x"), false);
    assert_eq!(local.status(), 500);
    assert_eq!(json_of(local), json!({"error": "Internal server error"}));
    let unauthorized = send(&harness, edit("openai/gpt-image-2"), true);
    assert_eq!(json_of(unauthorized)["statusCode"], "401");
}

#[test]
fn a_body_that_is_not_a_form_is_refused() {
    let harness = Harness::with_options(Options::default());
    let url = format!("{}/v1/images/edits", harness.sandbox.url());
    for (content_type, body) in [("application/json", "{}"), ("multipart/form-data; boundary=XX", "{}")] {
        let response = harness.client.post(&url).header("Content-Type", content_type).body(body);
        let response = response.header("Authorization", "Bearer k").send().unwrap();
        assert_eq!(response.status(), 400);
        assert!(json_of(response)["error"]["message"].is_string());
    }
}

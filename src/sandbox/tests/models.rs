//! The models of the default host: what each accepts, refuses and answers.

use super::*;
use crate::dialect_json;
use crate::field::{Field, Rule};
use crate::models;

/// Each model with the size of its result for a picture of 64x48 pixels, and the lists in its answer.
const RESULTS: &[(&str, u32, u32, &[&str])] = &[
    ("bytedance/seededit-3.0-i2i", 1152, 864, &["data"]),
    ("bytedance/seedream-v4-edit", 1024, 1024, &["data", "images"]),
    ("bytedance/seedream-4-5", 2368, 1776, &["data"]),
    ("bytedance/seedream-5-0-lite-preview", 2368, 1776, &["data"]),
    ("bytedance/seedream-5-0-pro", 1776, 1328, &["data"]),
    ("bytedance/dola-seedream-5-0-pro", 1776, 1328, &["data"]),
    ("bytedance/uso", 1024, 1024, &["data", "images"]),
    ("alibaba/qwen-image-edit", 64, 48, &["data"]),
    ("alibaba/qwen-image-3-edit", 64, 48, &["data"]),
    ("alibaba/qwen-image-2-0", 1024, 768, &["data"]),
    ("alibaba/qwen-image-2-0-pro", 1024, 768, &["data"]),
    ("alibaba/wan-2-6-image", 1024, 768, &["data"]),
    ("alibaba/wan-2-7-image", 1024, 768, &["data"]),
    ("alibaba/wan-2-7-image-pro", 1024, 768, &["data"]),
    ("flux/dev/image-to-image", 64, 48, &["images"]),
    ("flux/kontext-pro/image-to-image", 1360, 768, &["images"]),
    ("flux/kontext-max/image-to-image", 1360, 768, &["images"]),
    ("flux/srpo/image-to-image", 64, 48, &["data", "images"]),
    ("blackforestlabs/flux-2-edit", 1024, 768, &["data"]),
    ("blackforestlabs/flux-2-lora-edit", 1024, 768, &["data"]),
    ("blackforestlabs/flux-2-pro-edit", 1024, 768, &["data"]),
    ("google/nano-banana-edit", 1184, 880, &["data"]),
    ("google/gemini-2.5-flash-image-edit", 1184, 880, &["images"]),
    ("google/gemini-3-pro-image-edit", 1184, 880, &["data"]),
    ("google/nano-banana-pro-edit", 1184, 880, &["data"]),
    ("google/gemini-3-pro-image-preview-edit", 1184, 880, &["data"]),
    ("google/nano-banana-2", 1024, 1024, &["data"]),
    ("google/gemini-3-1-flash-image-preview", 1024, 1024, &["data"]),
    ("google/gemini-3-1-flash-lite-image", 1184, 880, &["data"]),
    ("google/gemini-nano-banana-2.1", 1184, 880, &["data"]),
    ("klingai/image-o1", 1360, 768, &["data"]),
    ("luma/uni-1", 2368, 1776, &["data"]),
    ("luma/uni-1-max", 2368, 1776, &["data"]),
    ("reve/edit-image", 64, 48, &["data"]),
    ("reve/remix-edit-image", 1248, 832, &["data"]),
    ("beeble/switchx-image-to-image", 64, 48, &["images"]),
];

fn picture() -> Value {
    json!(data_uri("png", &png(64, 48)))
}

/// The largest value that a rule accepts.
fn largest(rule: Rule) -> Value {
    let text = |length: usize| json!("x".repeat(length.min(10_000)));
    match rule {
        Rule::Prompt(most) | Rule::Text(most) => text(most),
        Rule::Word(words) => json!(words.last()),
        Rule::Integer(_, most) => json!(most),
        Rule::Number(_, most) => json!(most),
        Rule::Choice(numbers) => json!(numbers.last()),
        Rule::Flag => json!(true),
        Rule::Size(sides, _) => {
            json!({"width": sides.most / sides.step * sides.step, "height": sides.most / sides.step * sides.step})
        }
        Rule::Picture(_) => picture(),
        Rule::Pictures(most, _) | Rule::MaybePictures(most, _) | Rule::OneOrMore(most, _) => {
            json!(vec![picture(); most])
        }
        Rule::Loras(most) => json!(vec![json!({"path": "owner/name", "scale": 4}); most]),
        _ => Value::Null,
    }
}

/// Values just past what a rule accepts, and of a wrong type.
fn refused(rule: Rule) -> Vec<Value> {
    let mut refused = match rule {
        Rule::Prompt(most) if most < 100_000 => vec![json!("x".repeat(most + 1)), json!(" ")],
        Rule::Text(most) if most < 100_000 => vec![json!("x".repeat(most + 1))],
        Rule::Prompt(_) => vec![json!("")],
        Rule::Text(_) => vec![],
        Rule::Word(words) => vec![json!(""), json!(format!("{}x", words[0]))],
        Rule::Integer(least, most) => {
            let past = |bound: i64, by: i64| bound.checked_add(by).map(|number| json!(number));
            [past(least, -1), past(most, 1), Some(json!(1.5)), Some(json!("1"))]
                .into_iter()
                .flatten()
                .collect()
        }
        Rule::Number(least, most) => vec![json!(least - 0.01), json!(most + 0.01), json!("1")],
        Rule::Choice(_) => vec![json!(0), json!("720")],
        Rule::Flag => vec![json!("true"), json!(1)],
        Rule::Size(sides, _) => vec![
            json!({"width": sides.most + sides.step, "height": sides.most}),
            json!({"width": sides.most, "height": sides.least - 1}),
            json!({"width": sides.most, "height": sides.most, "depth": 1}),
            json!("1024x1024"),
            json!("3:2"),
        ],
        Rule::Picture(_) => vec![json!([picture()])],
        Rule::Pictures(most, _) => vec![json!([]), json!(vec![picture(); most + 1]), picture()],
        Rule::MaybePictures(most, _) => vec![json!(vec![picture(); most + 1]), picture()],
        Rule::OneOrMore(most, _) => vec![json!([]), json!(vec![picture(); most + 1])],
        Rule::Loras(most) => vec![
            json!(vec![json!({"path": "p"}); most + 1]),
            json!([{"path": "p", "scale": 4.1}]),
            json!([{"scale": 1}]),
        ],
        _ => vec![],
    };
    match rule {
        Rule::Picture(_) | Rule::OneOrMore(..) => {
            refused.push(json!(STANDARD.encode(png(64, 48))));
            refused.push(json!(data_uri("PNG", &png(64, 48))));
        }
        Rule::Pictures(..) | Rule::MaybePictures(..) => refused.push(json!([STANDARD.encode(png(64, 48))])),
        _ => {}
    }
    refused.push(json!({"x": 1}));
    refused
}

/// A request with the fields for which `value` returns something.
fn request_of(id: &str, value: impl Fn(&Field) -> Option<Value>) -> Value {
    let mut request = json!({"model": id});
    for field in models::find(id).unwrap().fields {
        if let Some(value) = value(field) {
            request[field.name] = value;
        }
    }
    request
}

/// The least that the model edits a picture for.
fn minimal(id: &str) -> Value {
    request_of(id, |field| match (field.name, field.rule) {
        ("prompt", _) => Some(json!("add a bird")),
        ("type", _) => Some(json!("image_edit")),
        ("image_url" | "image", _) => Some(picture()),
        ("image_urls", _) if !id.starts_with("luma/") => Some(json!([picture()])),
        _ => None,
    })
}

fn parse(request: &Value) -> Result<(), String> {
    let body = request.to_string();
    match dialect_json::parse(body.as_bytes(), Credits(1)) {
        Ok(_) => Ok(()),
        Err(problem) => Err(problem.message),
    }
}

#[test]
fn every_model_has_a_row_here() {
    let mut known: Vec<&str> = RESULTS.iter().map(|row| row.0).collect();
    let mut served: Vec<&str> =
        models::all().flat_map(|model| model.aliases.iter().copied().chain([model.id])).collect();
    known.sort_unstable();
    served.sort_unstable();
    assert_eq!(known, served);
}

#[test]
fn a_minimal_and_a_maximal_request_are_accepted() {
    for (id, ..) in RESULTS {
        assert_eq!(parse(&minimal(id)), Ok(()), "{id}");
        let maximal = request_of(id, |field| Some(largest(field.rule)));
        assert_eq!(parse(&maximal), Ok(()), "{id}");
    }
}

#[test]
fn an_unknown_field_is_refused_by_every_model() {
    for (id, ..) in RESULTS {
        for name in ["guidance", "images", "num_outputs", "Prompt"] {
            let mut request = minimal(id);
            request[name] = json!(1);
            let message = parse(&request).unwrap_err();
            assert_eq!(message, format!("Body validation error! {name}: unknown field"), "{id}");
        }
    }
}

#[test]
fn a_field_of_another_model_is_refused() {
    for (id, field, value) in [
        ("alibaba/qwen-image-edit", "seed", json!(1)),
        ("google/gemini-3-pro-image-edit", "seed", json!(1)),
        ("flux/srpo/image-to-image", "image_size", json!("square")),
        ("bytedance/seedream-5-0-pro", "num_images", json!(1)),
        ("blackforestlabs/flux-2-pro-edit", "guidance_scale", json!(2)),
        ("reve/edit-image", "response_format", json!("url")),
        ("google/nano-banana-edit", "resolution", json!("1K")),
        ("klingai/image-o1", "watermark", json!(false)),
    ] {
        let mut request = minimal(id);
        request[field] = value;
        assert!(parse(&request).unwrap_err().ends_with(&format!("{field}: unknown field")), "{id}");
    }
}

#[test]
fn every_field_is_refused_past_its_bounds_and_named() {
    for (id, ..) in RESULTS {
        for field in models::find(id).unwrap().fields {
            for value in refused(field.rule) {
                let mut request = minimal(id);
                request[field.name] = value.clone();
                let message = parse(&request).expect_err(&format!("{id}: {}: {value}", field.name));
                assert!(message.contains(&format!("! {}: ", field.name)), "{id}: {message}");
            }
        }
    }
}

#[test]
fn a_missing_required_field_is_refused_and_named() {
    for (id, ..) in RESULTS {
        for field in models::find(id).unwrap().fields.iter().filter(|field| field.is_required) {
            let mut request = minimal(id);
            request.as_object_mut().unwrap().remove(field.name);
            assert_eq!(
                parse(&request),
                Err(format!("Body validation error! {}: required", field.name)),
                "{id}"
            );
        }
    }
}

/// The first result of an answer.
fn first<'a>(answer: &'a Value, list: &str) -> &'a Value {
    &answer[list][0]
}

#[test]
fn each_model_answers_in_its_own_form_and_size() {
    let harness = Harness::with_options(Options::default());
    for (id, width, height, lists) in RESULTS {
        let answer = harness.answered(&minimal(id));
        for list in ["data", "images"] {
            assert_eq!(answer.get(list).is_some(), lists.contains(&list), "{id}: {list}");
        }
        let link = first(&answer, lists[0])["url"].as_str().unwrap();
        let file = harness.fetch(link).bytes().unwrap();
        let header = Header::read(&file).unwrap();
        assert_eq!(header.size, Size { width: *width, height: *height }, "{id}");
        assert_eq!(header.format, models::find(id).unwrap().format, "{id}");
    }
    assert_eq!(harness.ledger()["charged"], RESULTS.len());
}

#[test]
fn the_members_of_an_answer_are_those_of_the_models_page() {
    let harness = Harness::with_options(Options::default());
    let answered = |id: &str| harness.answered(&minimal(id));
    let seedream = answered("bytedance/seedream-4-5");
    assert_eq!(first(&seedream, "data")["size"], "2368x1776");
    let banana = answered("google/nano-banana-edit");
    assert_eq!(first(&banana, "data")["mime_type"], "image/png");
    let kontext = answered("flux/kontext-pro/image-to-image");
    assert!(kontext["seed"].is_i64() && kontext.get("meta").is_none());
    assert_eq!(first(&kontext, "images")["content_type"], "image/jpeg");
    assert_eq!(first(&kontext, "images")["width"], 1360);
    let reve = answered("reve/edit-image");
    assert_eq!(first(&reve, "data")["content_violation"], false);
    let qwen = answered("alibaba/qwen-image-edit");
    assert!(qwen["created"].is_i64() && qwen.get("meta").is_none());
    let v4 = answered("bytedance/seedream-v4-edit");
    assert_eq!(first(&v4, "data")["url"], first(&v4, "images")["url"]);
    assert_eq!(v4["meta"]["usage"]["credits_used"], 63_000);
}

#[test]
fn the_requested_size_is_the_size_of_the_result() {
    let harness = Harness::with_options(Options::default());
    let cases = [
        ("blackforestlabs/flux-2-edit", json!({"image_size": {"width": 640, "height": 512}}), (640, 512)),
        ("blackforestlabs/flux-2-edit", json!({"image_size": {"width": 640}}), (640, 768)),
        ("blackforestlabs/flux-2-edit", json!({"image_size": "portrait_16_9"}), (576, 1024)),
        ("alibaba/qwen-image-3-edit", json!({"image_size": {"width": 384, "height": 2048}}), (384, 2048)),
        ("bytedance/uso", json!({"keep_size": true}), (64, 48)),
        ("bytedance/seedream-5-0-pro", json!({"image_size": "2K"}), (2368, 1776)),
        ("bytedance/seedream-5-0-pro", json!({"image_size": {"width": 1024, "height": 1100}}), (1024, 1100)),
        ("klingai/image-o1", json!({"aspect_ratio": "1:1", "resolution": "2K"}), (2048, 2048)),
        ("google/nano-banana-2", json!({"aspect_ratio": "9:16"}), (768, 1360)),
        ("google/gemini-3-pro-image-edit", json!({"resolution": "2K"}), (2368, 1776)),
        ("luma/uni-1", json!({"aspect_ratio": "3:1"}), (3552, 1184)),
    ];
    for (id, more, (width, height)) in cases {
        let mut request = minimal(id);
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = harness.answered(&request);
        let file = harness.fetch(first(&answer, "data")["url"].as_str().unwrap()).bytes().unwrap();
        assert_eq!(Header::read(&file).unwrap().size, Size { width, height }, "{id}: {more}");
    }
}

#[test]
fn several_results_are_several_files_and_cost_as_much() {
    let harness = Harness::with_options(Options::default());
    let mut request = minimal("blackforestlabs/flux-2-edit");
    request["num_images"] = json!(3);
    request["output_format"] = json!("webp");
    let answer = harness.answered(&request);
    assert_eq!(answer["data"].as_array().unwrap().len(), 3);
    assert_eq!(answer["meta"]["usage"]["credits_used"], 3 * 75_600);
    let files: Vec<_> = (0..3)
        .map(|at| harness.fetch(answer["data"][at]["url"].as_str().unwrap()).bytes().unwrap())
        .collect();
    assert_eq!(Format::sniff(&files[2]), Some(Format::WebP));
    assert_ne!(files[0], files[1]);
}

#[test]
fn the_picture_is_in_the_answer_where_a_model_can_be_asked_for_it() {
    let harness = Harness::with_options(Options::default());
    for (id, field, value) in [
        ("bytedance/seedream-5-0-pro", "response_format", json!("b64_json")),
        ("google/nano-banana-edit", "convert_base64_to_url", json!(false)),
        ("reve/edit-image", "convert_base64_to_url", json!(false)),
    ] {
        let mut request = minimal(id);
        request[field] = value;
        let answer = harness.answered(&request);
        let bytes = STANDARD.decode(first(&answer, "data")["b64_json"].as_str().unwrap()).unwrap();
        assert!(Format::sniff(&bytes).is_some(), "{id}");
    }
    let mut request = minimal("bytedance/uso");
    request["sync_mode"] = json!(true);
    let answer = harness.answered(&request);
    let url = first(&answer, "images")["url"].as_str().unwrap();
    assert!(url.starts_with("data:image/png;base64,"), "{}", &url[..40]);
}

/// The color in the middle of a result's upper edge, away from the label and the drawing.
fn upper_left(harness: &Harness, answer: &Value) -> [u8; 3] {
    let file = harness.fetch(first(answer, "data")["url"].as_str().unwrap()).bytes().unwrap();
    image::load_from_memory(&file).unwrap().into_rgb8().get_pixel(4, 4).0
}

#[test]
fn a_model_that_is_not_told_to_edit_draws_something_else() {
    let harness = Harness::with_options(Options::default());
    let mut request = minimal("luma/uni-1");
    let edited = upper_left(&harness, &harness.answered(&request));
    assert!(edited[0] < 20 && edited[1] < 20, "{edited:?}");
    request.as_object_mut().unwrap().remove("type");
    let new = upper_left(&harness, &harness.answered(&request));
    assert!(new[0] > 100, "{new:?}");
}

#[test]
fn switchx_needs_a_prompt_or_a_reference() {
    let mut request = minimal("beeble/switchx-image-to-image");
    request.as_object_mut().unwrap().remove("prompt");
    assert!(parse(&request).unwrap_err().contains("prompt: needed"));
    request["reference_image_url"] = json!("https://pictures.example/light.png");
    assert_eq!(parse(&request), Ok(()));
}

#[test]
fn the_catalog_lists_every_model_with_its_price() {
    let harness = Harness::with_options(Options::default());
    let listed = json_of(harness.get("/v1/models?include=pricing"));
    assert_eq!(listed["data"].as_array().unwrap().len(), models::all().count() + 2);
    let found = json_of(harness.get("/v1/models?id=google/gemini-3-1-flash-image-preview&include=all"));
    assert_eq!(found["data"][0]["id"], "google/nano-banana-2");
    assert_eq!(found["data"][0]["pricing"]["units"][0]["price"], 0.0925);
    assert_eq!(harness.get("/v1/models?include=prices").status(), 400);
}

#[test]
fn the_deprecation_feed_names_successors() {
    let harness = Harness::with_options(Options::default());
    let feed = json_of(harness.get("/v1/models/deprecations?status=withdrawn"));
    assert_eq!(feed["data"][0]["id"], MODEL);
    assert_eq!(feed["data"][0]["replaced_by"], "bytedance/seedream-5-0-pro");
    let superseded = json_of(harness.get("/v1/models/deprecations?since=2026-07-01"));
    assert_eq!(superseded["data"][0]["aliases"][0], "google/nano-banana-pro-edit");
}

#[test]
fn the_log_names_the_model_of_each_call() {
    let harness = Harness::with_faults(&["retired:1"]);
    let request = minimal("alibaba/qwen-image-edit");
    let retired = harness.post(&request).unwrap();
    assert_eq!(retired.status(), 404);
    assert!(json_of(retired)["message"].as_str().unwrap().contains("alibaba/qwen-image-edit"));
    harness.answered(&request);
    let log = json_of(harness.get("/v2/logs"));
    assert_eq!(log["data"][0]["model"], "alibaba/qwen-image-edit");
    assert_eq!(log["data"][1]["model"], "alibaba/qwen-image-edit");
}

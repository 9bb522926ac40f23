//! Fitting a picture for the upload, as seen by the service.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{Rgba, RgbaImage};
use seededit::testing::picture::{Format, Header, Size};
use serde_json::{Value, json};

use crate::support::{
    GPS_POSITION, RawServer, Service, TestEnv, encode_png, jpeg, json_answer, photo, png, sha256, webp,
};

/// The upload of an edit of `in.png`, which must report `message`. The file may have any format.
fn upload(env: &TestEnv, extra: &[&str], message: &str) -> Vec<u8> {
    let refusal = json_answer(400, &json!({"message": "seen", "statusCode": 400}), "");
    let server = RawServer::always_sending(refusal);
    let args = ["edit", "in.png", "x", "-o", "out.jpg"].iter().chain(extra);
    env.command_with(args).base_url(&server.url()).code(6).stderr_contains(&[message]).assert();
    let requests = server.requests();
    let image = requests[0].json()["image"].as_str().unwrap().to_owned();
    let (head, data) = image.split_once(',').unwrap();
    let bytes = STANDARD.decode(data).unwrap();
    assert_eq!(head, format!("data:{};base64", Format::sniff(&bytes).unwrap().media_type()));
    bytes
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

#[test]
fn metadata_is_not_uploaded_and_no_pixel_changes() {
    let env = TestEnv::new();
    let picture = photo(80, 60, 1);
    let mut plain = picture.clone();
    // The EXIF segment follows the JFIF header.
    let length = usize::from(u16::from_be_bytes([plain[22], plain[23]]));
    plain.drain(20..22 + length);
    assert!(contains(&picture, GPS_POSITION));
    env.write("in.png", &picture);
    let bytes = upload(&env, &["-v"], "in.png: metadata removed\n");
    assert!(!contains(&bytes, GPS_POSITION) && !contains(&bytes, "Exif"));
    assert_eq!(bytes, plain);
    // Without -v, it is not mentioned.
    env.edit("--sandbox").any_stdout().any_stderr().assert();
    let message = env.edit("--sandbox -f").any_stdout().any_stderr().assert().stderr;
    assert!(!message.contains("metadata"), "{message}");
}

#[test]
fn metadata_is_uploaded_on_request() {
    let env = TestEnv::new();
    env.write("in.png", photo(80, 60, 1));
    assert_eq!(upload(&env, &["--keep-metadata"], "error"), photo(80, 60, 1));
    // After rotating, the orientation is reset, and all other metadata is kept.
    env.write("in.png", photo(80, 60, 6));
    let bytes = upload(&env, &["--keep-metadata"], "note: in.png: rotated 90° clockwise\n");
    let header = Header::read(&bytes).unwrap();
    assert_eq!((header.orientation.value(), header.size), (1, size(60, 80)));
    assert!(contains(&bytes, GPS_POSITION));
}

#[test]
fn a_rotated_picture_is_sent_upright() {
    let env = TestEnv::new();
    for orientation in 2..=8 {
        env.write("in.png", photo(80, 60, orientation));
        let bytes = upload(&env, &[], "note: in.png: ");
        let header = Header::read(&bytes).unwrap();
        assert_eq!(header.orientation.value(), 1);
        assert_eq!(header.size, if orientation < 5 { size(80, 60) } else { size(60, 80) });
        assert!(!contains(&bytes, GPS_POSITION));
    }
}

#[test]
fn other_formats_are_converted_with_a_note() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.webp", webp(90, 60));
    env.command_with(["edit", "in.webp", "x", "-o", "out.jpg", "--seed", "7"])
        .service(&service)
        .stdout("out.jpg\n")
        .stderr(
            "note: in.webp: converted from webp to jpeg\n\
             ✓ out.jpg  1248×832 jpeg, [amount]  $0.0315  [time]  seed 7\n",
        )
        .assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_picture_is_identified_by_its_file_and_not_by_its_upload() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.webp", webp(90, 60));
    let args = ["edit", "in.webp", "x", "-o", "out.jpg", "--seed", "7", "--reuse", "-q"];
    for _ in 0..2 {
        env.command_with(args).service(&service).any_stdout().assert();
    }
    service.ledger().ensure_counts(1, 1);
    assert_ne!(service.ledger().charge(0)["image_sha256"], sha256(&webp(90, 60)));
}

#[test]
fn an_oblong_picture_is_padded_on_request() {
    let env = TestEnv::new();
    env.write("in.png", png(300, 40));
    let bytes = upload(&env, &["--fit", "pad"], "padded to 300×100\n");
    assert_eq!(Header::read(&bytes).unwrap().size, size(300, 100));
}

#[test]
fn with_no_fit_an_unsuitable_picture_is_refused_with_a_hint() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.png", photo(80, 60, 8));
    env.edit("--no-fit")
        .service(&service)
        .code(3)
        .stderr(
            "error: in.png: the picture cannot be sent unchanged\n\
             hint: without --no-fit it would be rotated 90° counter-clockwise\n",
        )
        .assert();
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_padded_picture_keeps_its_shape_so_no_note_says_otherwise() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.png", png(1200, 200));
    let run = env.edit("--fit pad --json").service(&service).any_stdout().any_stderr().assert();
    assert!(!run.stderr.contains("another shape"), "{}", run.stderr);
    let record = run.json();
    let ratio = record["width"].as_f64().unwrap() / record["height"].as_f64().unwrap();
    assert!((ratio - 6.0).abs() < 0.1, "{record}");
}

#[test]
fn fit_options_are_refused_for_a_link_that_the_service_downloads() {
    let (env, service) = (TestEnv::new(), Service::new());
    for flags in [&["--no-fit"][..], &["--fit", "pad"], &["--keep-metadata"]] {
        let args = ["edit", "https://h.example/a.png", "x"].iter().chain(flags);
        env
            .command_with(args)
            .service(&service)
            .code(3)
            .stderr(
                "error: https://h.example/a.png is downloaded by the service, so it cannot be processed here\n\
                 hint: download it first with --fetch, or drop the options that change the picture\n",
            )
            .assert();
    }
    env.write("rows.jsonl", "{\"image\": \"https://h.example/a.png\", \"prompt\": \"x\"}\n");
    env.command("batch rows.jsonl --fit pad")
        .service(&service)
        .code(3)
        .stderr_contains(&[
            "error: rows.jsonl:1: image: https://h.example/a.png is downloaded by the service",
        ])
        .assert();
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_dry_run_shows_the_fitted_picture() {
    let env = TestEnv::new();
    env.write("in.png", webp(90, 60));
    let output = env.edit("--dry-run -q -m seededit-3.0-i2i").any_stdout().assert();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("\"image\": \"data:image/jpeg;base64,"), "{printed}");
    assert!(printed.contains("\npicture: converted from webp to jpeg\n"), "{printed}");
    let record = env.edit("--dry-run --json -m seededit-3.0-i2i").any_stdout().assert().json();
    assert_eq!(record["fitted"], json!(["converted from webp to jpeg"]));
    assert_eq!((&record["width"], &record["height"]), (&json!(1248), &json!(832)));
}

#[test]
fn each_of_several_pictures_is_fitted_as_needed() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("album/a.webp", webp(90, 60));
    env.write("album/b.jpg", jpeg(90, 60));
    env.write("album/c.png", photo(90, 60, 3));
    let output = env
        .command_with(["edit", "-R", "album", "x", "-d", "out"])
        .service(&service)
        .stdout("out/a-edited.jpg\nout/b-edited.jpg\nout/c-edited.jpg\n")
        .any_stderr()
        .assert();
    assert!(output.stderr.contains("note: album/a.webp: converted from webp to jpeg\n"), "{}", output.stderr);
    assert!(output.stderr.contains("note: album/c.png: rotated 180°\n"), "{}", output.stderr);
    assert!(!output.stderr.contains("note: album/b.jpg"), "{}", output.stderr);
    service.ledger().ensure_counts(3, 3);

    env.write("rows.jsonl", "{\"image\": \"album/a.webp\", \"prompt\": \"x\"}\n");
    env.command("batch rows.jsonl --no-fit -d more")
        .service(&service)
        .code(3)
        .stderr_contains(&[
            "error: rows.jsonl:1: image: album/a.webp: the picture is webp, but the service takes jpeg or png",
        ])
        .assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
#[ignore = "slow"]
fn a_result_without_the_transparency_of_its_picture_says_so() {
    let (env, service) = (TestEnv::new(), Service::new());
    let picture = |alpha: u8| {
        let pixel = |x: u32, y: u32| Rgba([x as u8, y as u8, 90, if x < 100 { alpha } else { 255 }]);
        encode_png(&RgbaImage::from_fn(200, 150, pixel).into())
    };
    env.write("clear.png", picture(0));
    env.write("opaque.png", picture(255));
    let text = "transparency, which --alpha keep keeps in a PNG or WebP";
    let is_lost = |input: &str, args: &str| {
        let command = format!("edit {input} x -f --seed 1 --json {args}");
        let planned = env.command(&command).args("--dry-run").service(&service).any_stdout();
        let planned = planned.any_stderr().assert().json()["left_out"] == json!(["transparency"]);
        let run = env.command(&command).service(&service).any_stdout().any_stderr();
        let left_out = run.assert().json()["left_out"].clone();
        assert!(left_out == json!(["transparency"]) || left_out == Value::Null, "{args}: {left_out}");
        assert_eq!(planned, left_out != Value::Null, "{args}");
        planned
    };
    for (args, expected) in [
        ("-o out.png", true),
        ("-o out.jpg --preserve", true),
        ("-o out.png --keep-size", true),
        ("-o out.png --alpha keep", false),
        ("-o out.png --preserve", false),
        ("-o out.webp --region 50x50+20+20", false),
    ] {
        assert_eq!(is_lost("clear.png", args), expected, "{args}");
        assert!(!is_lost("opaque.png", args), "{args}");
    }
    let run = env.command("edit clear.png x -f -o out.png").service(&service).any_stdout();
    run.stderr_contains(&[&format!("note: clear.png: left out of the result: {text}")]).assert();
}

//! The `inspect` command: a picture, the limits, and the predicted result.

use serde_json::json;

use crate::support::{Service, TestEnv, jpeg, png, webp};

#[test]
fn an_accepted_picture_is_described() {
    let env = TestEnv::with_picture();
    env.command("inspect --check -m seededit-3.0-i2i in.png")
        .stdout(
            "in.png: accepted; uploaded unchanged (64×48, [amount]); the result is 1152×864\n  \
               model        bytedance/seededit-3.0-i2i\n  \
               format       png\n  \
               size         64×48, [amount]\n  \
               ok           jpeg or png: png\n  \
               ok           at most 10 MiB: [amount]\n  \
               ok           at most 36 megapixels: 3072 pixels\n  \
               ok           both sides over 14 pixels: 64×48\n  \
               ok           aspect ratios from 1:3 to 3:1: 1.33:1\n",
        )
        .assert();
}

#[test]
fn every_limit_is_checked() {
    let env = TestEnv::new();
    env.write("thin.jpg", jpeg(14, 60));
    let record = env.command("inspect -m seededit-3.0-i2i thin.jpg --json").any_stdout().assert().json();
    assert_eq!(record["accepted"], false);
    let met: Vec<bool> =
        record["limits"].as_array().unwrap().iter().map(|limit| limit["met"] == true).collect();
    assert_eq!(met, [true, true, true, false, false]);
    assert_eq!(record["sent"], json!(null));
    assert_eq!(
        record["refused"],
        "the picture is 14×60, but the service takes both sides over 14 pixels; \
         extend it with --fit pad, or crop it first"
    );
    assert_eq!(record["result"], json!({"width": 512, "height": 1536}));
    assert_eq!(
        (&record["format"], &record["width"], &record["height"]),
        (&json!("jpeg"), &json!(14), &json!(60))
    );
}

#[test]
fn the_predicted_size_is_the_size_of_the_result() {
    // The unit tests cover every row of the size table. This test compares the prediction with a service.
    let (env, service) = (TestEnv::new(), Service::new());
    for (width, height) in [(64, 48), (48, 64), (50, 50), (90, 30), (31, 60), (40, 70)] {
        env.write("in.png", png(width, height));
        let record = env.command("inspect -m seededit-3.0-i2i in.png --json").any_stdout().assert().json();
        let got = env.edit("--json -f").service(&service).any_stdout().assert().json();
        assert_eq!(
            record["result"],
            json!({"width": got["width"], "height": got["height"]}),
            "{width}×{height}"
        );
    }
}

#[test]
fn a_picture_can_come_from_standard_input_or_a_data_uri() {
    let env = TestEnv::new();
    let record = env.command("inspect - --json").stdin(jpeg(40, 30)).any_stdout().assert().json();
    assert_eq!((&record["input"], &record["format"]), (&json!("-"), &json!("jpeg")));
    let output = env.command("inspect data:image/gif;base64,R0lGODlhAQABAAAAACw=").any_stdout().assert();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("not met      jpeg or png: gif"), "{text}");
}

#[test]
fn the_frames_of_an_animated_gif_that_are_left_out_are_reported() {
    let env = TestEnv::new();
    for (frames, is_reported) in [(1, false), (2, true)] {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
        for level in 0..frames {
            let pixels = image::RgbaImage::from_pixel(40, 30, image::Rgba([level, 9, 9, 255]));
            encoder.encode_frame(image::Frame::new(pixels)).unwrap();
        }
        drop(encoder);
        env.write("in.gif", bytes);
        let output = env.command("inspect in.gif").any_stdout().assert();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.contains("left out     1 of 2 frames"), is_reported, "{frames}: {text}");
    }
}

#[test]
fn a_file_that_is_not_a_picture_is_an_error_in_text_and_json() {
    let env = TestEnv::new();
    env.write("a.png", "text text text text");
    env.command("inspect a.png")
        .code(3)
        .stderr_contains(&["error: a.png: not a picture in a known format\nhint: "])
        .assert();
    let record = env.command("inspect a.png --json").code(3).any_stdout().any_stderr().assert().json();
    assert_eq!((&record["status"], &record["error"]["kind"]), (&json!("error"), &json!("input")));
    env.command("inspect gone.png")
        .code(3)
        .stderr_contains(&["error: cannot read gone.png", "\nhint: check the path\n"])
        .assert();
    env.command("inspect https://h.example/a.png?X-Tos-Signature=5ecret")
        .code(3)
        .stderr("error: a link is not fetched: `inspect` works offline\nhint: download it first\n")
        .assert();
}

#[test]
fn an_exif_orientation_swaps_the_predicted_size() {
    let env = TestEnv::new();
    let mut rotated = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut rotated, 80);
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    encoder.add_exif_metadata(exif).unwrap();
    encoder.encode(&vec![90; 64 * 48 * 3], 64, 48, jpeg_encoder::ColorType::Rgb).unwrap();
    env.write("rotated.jpg", rotated);
    let record = env.command("inspect -m seededit-3.0-i2i rotated.jpg --json").any_stdout().assert().json();
    assert_eq!(record["orientation"], 6);
    assert_eq!(
        record["sent"],
        json!({
            "format": "jpeg",
            "width": 48,
            "height": 64,
            "bytes": record["sent"]["bytes"],
            "changes": ["rotated 90° clockwise"],
        })
    );
    env.command("inspect -m seededit-3.0-i2i rotated.jpg").any_stdout().assert();
    assert_eq!(record["result"], json!({"width": 864, "height": 1152}));
}

#[test]
fn changes_for_the_upload_are_reported_and_determine_the_predicted_size() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.webp", webp(90, 60));
    let output = env.command("inspect --check -m seededit-3.0-i2i in.webp").any_stdout().assert();
    let message = String::from_utf8(output.stdout).unwrap();
    assert!(
        message.starts_with("in.webp: accepted; uploaded converted from webp to jpeg (90×60, "),
        "{message}"
    );
    let record = env.command("inspect -m seededit-3.0-i2i in.webp --json").any_stdout().assert().json();
    assert_eq!((&record["accepted"], &record["refused"]), (&json!(false), &json!(null)));
    let got = env
        .command_with(["edit", "in.webp", "x", "--json", "-o", "out.jpg"])
        .service(&service)
        .any_stdout()
        .assert()
        .json();
    assert_eq!(record["result"], json!({"width": got["width"], "height": got["height"]}));
}

#[test]
fn several_pictures_are_reported_in_order_and_an_unreadable_one_stops_nothing() {
    let env = TestEnv::with_picture();
    env.write("broken.png", &png(64, 48)[..200]);
    let run = env.command("inspect in.png broken.png in.png").code(3).any_stdout();
    let output = run.stderr_contains(&["broken.png"]).assert();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches("in.png: accepted").count(), 2, "{text}");
    let run = env.command("inspect in.png broken.png --json").code(3).any_stdout().any_stderr();
    let records = run.assert().json_lines();
    assert_eq!((&records[0]["status"], &records[1]["status"]), (&json!("ok"), &json!("error")));
}

#[test]
#[ignore = "slow"]
fn an_incomplete_file_of_any_format_is_explained_before_the_words_of_a_library() {
    use image::ImageFormat;

    let formats = [
        (ImageFormat::Png, "PNG"),
        (ImageFormat::Jpeg, "JPEG"),
        (ImageFormat::WebP, "WebP"),
        (ImageFormat::Gif, "GIF"),
        (ImageFormat::Bmp, "BMP"),
        (ImageFormat::Tiff, "TIFF"),
    ];
    let env = TestEnv::with_picture();
    for (format, title) in formats {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let picture = image::load_from_memory(&png(64, 48)).unwrap().into_rgb8();
        picture.write_to(&mut bytes, format).unwrap();
        let bytes = bytes.into_inner();
        // The extension does not matter.
        env.write("cut.jpg", &bytes);
        env.command("inspect cut.jpg").any_stdout().assert();
        let damaged = format!("the {title} file is damaged or incomplete (");
        for length in [0, 3, 16, 24, bytes.len() / 2] {
            env.write("cut.jpg", &bytes[..length]);
            for command in [
                "inspect --check cut.jpg",
                "edit cut.jpg x --dry-run -q --sandbox -o o.png",
                "merge in.png cut.jpg -o o.png",
            ] {
                let output = env.command(command).any_outcome().assert();
                let seen = output.stderr + &String::from_utf8(output.stdout).unwrap();
                let first = seen.lines().next().unwrap();
                let known = [
                    "error: cut.jpg is empty",
                    "error: cut.jpg: not a picture in a known format",
                    "error: cut.jpg is truncated: its end is missing",
                ];
                let is_explained = known.contains(&first) || first.contains(&damaged);
                assert!(is_explained, "{title}, {length} bytes, {command}: {seen}");
                assert!(!seen.contains("whole buffer") && !seen.contains("End of File"), "{seen}");
            }
        }
    }
}

#[test]
fn the_limits_are_those_of_the_model() {
    let env = TestEnv::new();
    env.write("wide.png", png(1600, 400));
    let accepted = |args: &str| {
        let record = env.command(&format!("inspect wide.png --json {args}")).any_stdout().assert().json();
        record["accepted"].as_bool().unwrap()
    };
    // 4:1 is beyond the first model's 3:1, and within the 16:1 of Ark.
    assert!(!accepted(""));
    assert!(accepted("--service ark"));
    env.write("large.png", png(2000, 1500));
    let record =
        env.command("inspect large.png --json -m beeble/switchx-image-to-image").any_stdout().assert().json();
    assert_eq!(record["accepted"], false);
    let sent = &record["sent"];
    let pixels = sent["width"].as_u64().unwrap() * sent["height"].as_u64().unwrap();
    assert!(pixels <= 2_770_000, "{record}");
}

#[test]
fn the_result_has_the_size_that_the_model_will_be_asked_for() {
    let env = TestEnv::with_picture();
    env.write("photo.png", png(1280, 960));
    let result = |args: &str| {
        env.command(&format!("inspect photo.png --json {args}")).any_stdout().assert().json()["result"]
            .clone()
    };
    assert_eq!(result("-m flux-2-edit"), serde_json::json!({"width": 1280, "height": 960}));
    assert_eq!(result("-m qwen-image-edit"), serde_json::Value::Null);
}

#[test]
fn it_describes_the_upload_to_the_service_that_the_flags_name() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let described = |flags: &str| {
        let run = env.command("inspect in.png --json").args(flags).any_stdout();
        run.assert().json()
    };
    // The service has withdrawn the default model, and the sandbox has it.
    let (at_service, in_sandbox) = (described(""), described("--sandbox"));
    assert_eq!(in_sandbox["model"], "bytedance/seededit-3.0-i2i");
    assert_ne!(at_service["model"], in_sandbox["model"]);
    let made = env.edit("--json --sandbox").any_stdout().any_stderr().assert().json();
    assert_eq!(made["model"], in_sandbox["model"]);
    assert_eq!(in_sandbox["result"], json!({"width": made["width"], "height": made["height"]}));
    assert_eq!(described(&format!("--base-url {}", service.url()))["model"], in_sandbox["model"]);
    let by_variable = env.command("inspect in.png --json").env("SEEDEDIT_SANDBOX", "1").any_stdout();
    assert_eq!(by_variable.assert().json(), in_sandbox);
    env.command("inspect in.png --sandbox --base-url https://h.example").code(2).any_stderr().assert();
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_damaged_picture_within_all_limits_is_not_accepted() {
    let env = TestEnv::new();
    let mut picture = jpeg(64, 48);
    let table = memchr::memmem::find(&picture, b"\xFF\xC4").unwrap();
    // More codes of one bit than there are.
    picture[table + 5] = 9;
    env.write("in.jpg", picture);
    let record = env.command("inspect --check in.jpg --json").any_stdout().any_stderr().assert().json();
    assert_eq!(record["accepted"], false, "{record}");
    assert!(record["refused"].as_str().unwrap().contains("damaged"), "{record}");
}

#[test]
fn without_a_check_the_file_is_trusted() {
    let env = TestEnv::new();
    env.write("in.webp", webp(64, 48));
    let inspected = |arguments: &str| {
        let run = env.command(&format!("inspect -m seededit-3.0-i2i --json {arguments}"));
        run.any_stdout().assert().json()
    };
    let mut checked = inspected("in.webp --check");
    assert!(checked["sent"]["bytes"].is_u64() && checked["checked"] == true, "{checked}");
    checked["sent"]["bytes"] = json!(null);
    checked["checked"] = json!(false);
    assert_eq!(inspected("in.webp"), checked);

    let mut damaged = png(64, 48);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    env.write("damaged.png", damaged);
    assert_eq!(inspected("damaged.png")["refused"], json!(null));
    assert!(inspected("damaged.png --check")["refused"].as_str().unwrap().contains("damaged"));
    env.write("thin.jpg", jpeg(14, 60));
    let thin = inspected("thin.jpg");
    assert_eq!((&thin["sent"], &thin["accepted"]), (&json!(null), &json!(false)));
    let area = inspected("in.webp --region 8,8,20x20");
    assert_eq!(area["region"], json!({"x": 8, "y": 8, "width": 20, "height": 20}));
    assert!(area["uploaded"]["width"].is_u64(), "{area}");
}

#[test]
fn without_a_check_the_conclusion_says_what_is_not_known() {
    let env = TestEnv::with_picture();
    let output = env.command("inspect -m seededit-3.0-i2i in.png").any_stdout().assert();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with(
            "in.png: accepted unless damaged; uploaded unchanged (64×48); the result is 1152×864\n"
        ),
        "{text}"
    );
}

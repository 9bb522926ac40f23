//! Masks for models that take one.

use image::{GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use seededit::testing::picture::{Header, Size};
use serde_json::json;

use crate::support::{RawServer, Request, Service, TestEnv, answer, decode_rgb, encode_png, png, rows};

/// An environment with a picture of 400 × 300 pixels, and a mask of half its size that is white within 50 × 50 pixels.
fn env() -> TestEnv {
    let env = TestEnv::new();
    env.write("in.png", png(400, 300));
    let mask = GrayImage::from_fn(200, 150, |x, y| {
        Luma([if (100..150).contains(&x) && (50..100).contains(&y) { 255 } else { 0 }])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    mask.write_to(&mut bytes, ImageFormat::Png).unwrap();
    env.write("mask.png", bytes.into_inner());
    env
}

/// The PNG in the part of a form with this name.
fn file(request: &Request, name: &str) -> Option<Vec<u8>> {
    let start = format!("name=\"{name}\"; filename=");
    let find = |needle: &[u8], from: usize| {
        let found = request.body[from..].windows(needle.len()).position(|found| found == needle);
        found.map(|at| from + at)
    };
    let at = find(start.as_bytes(), 0)?;
    let body = find(b"\r\n\r\n", at).unwrap() + 4;
    Some(request.body[body..find(b"\r\n--seededit-", body).unwrap()].to_vec())
}

fn request(env: &TestEnv, extra: &str) -> Request {
    let server = RawServer::always_sending(answer(503, "text/plain", b"", ""));
    let run = env.edit("--mask mask.png --retries 0").args(extra).base_url(&server.url());
    run.any_outcome().assert();
    server.requests().remove(0)
}

/// The share of a mask that may change.
fn share(levels: impl Iterator<Item = bool>) -> f64 {
    let levels: Vec<bool> = levels.collect();
    levels.iter().filter(|may_change| **may_change).count() as f64 / levels.len() as f64
}

#[test]
fn a_native_mask_has_the_size_of_the_upload_and_the_polarity_of_the_model() {
    let env = env();
    let size = |bytes: &[u8]| -> Size { Header::read(bytes).unwrap().size };
    for model in ["--service aimlapi -m gpt-image-2", "--service openai"] {
        let request = request(&env, model);
        let (image, mask) = (file(&request, "image").unwrap(), file(&request, "mask").unwrap());
        assert_eq!(size(&image), size(&mask), "{model}");
        let mask = image::load_from_memory(&mask).unwrap();
        assert!(mask.color().has_alpha());
        let area = size(&image).pixels() as f64;
        // The white part is 100 × 100 pixels of the picture.
        let found = share(mask.into_rgba8().pixels().map(|pixel| pixel.0[3] == 0));
        assert!((found * area - 10_000.0).abs() < 500.0, "{model}: {found} of {area}");
    }
    let request = request(&env, "--service local -m vllm-omni");
    assert!(file(&request, "mask").is_none());
    let (image, mask) = (file(&request, "image").unwrap(), file(&request, "mask_image").unwrap());
    assert_eq!(size(&image), size(&mask));
    let found = share(image::load_from_memory(&mask).unwrap().into_luma8().iter().map(|level| *level == 255));
    assert!((found * size(&image).pixels() as f64 - 10_000.0).abs() < 500.0);
}

#[test]
fn a_model_without_a_native_mask_gets_none() {
    let env = env();
    let body = String::from_utf8(request(&env, "-m flux-2-edit").body).unwrap();
    assert!(!body.contains("mask"));
    assert!(file(&request(&env, "--service local -m llama-swap"), "mask").is_none());
}

#[test]
#[ignore = "slow"]
fn everything_outside_of_a_native_mask_stays_as_it_was() {
    let env = env();
    for extra in
        ["-m gpt-image-2", "--service openai", "--service local -m sd-server", "-m gpt-image-2 --then x"]
    {
        let service = Service::new();
        let run = env.command("edit in.png x -o out.png -f --mask mask.png").args(extra);
        let run = if extra.contains("local") {
            run.env("SEEDEDIT_BASE_URL", service.url())
        } else {
            run.service(&service)
        };
        run.any_stdout().any_stderr().assert();
        let (before, after) = (decode_rgb(&env.read("in.png")), decode_rgb(&env.read("out.png")));
        assert_eq!(before.dimensions(), after.dimensions());
        let differs = |&(x, y, pixel): &(u32, u32, &image::Rgb<u8>)| before.get_pixel(x, y) != pixel;
        let changed: Vec<_> = after.enumerate_pixels().filter(differs).collect();
        assert!(!changed.is_empty(), "{extra}");
        assert!(changed.iter().all(|(x, y, _)| (199..=300).contains(x) && (99..=200).contains(y)), "{extra}");
    }
}

#[test]
fn a_dry_run_shows_that_a_mask_is_sent_and_which_format_is_asked_for() {
    let env = env();
    let run = env.edit("--mask mask.png --dry-run -q -m gpt-image-2").any_stdout().assert();
    let text = String::from_utf8(run.stdout).unwrap();
    assert!(text.contains("\nmask: file, image/png, "), "{text}");
    // The answer is restored into the original, so a lossless one is better.
    assert!(text.contains("\noutput_format: png\n"), "{text}");
}

/// Makes a picture of 200 × 150 pixels from a function that says whether a pixel is within 50 × 50 pixels.
fn mask(pixel: impl Fn(bool, u32) -> [u8; 4]) -> Vec<u8> {
    let image = RgbaImage::from_fn(200, 150, |x, y| {
        Rgba(pixel((100..150).contains(&x) && (50..100).contains(&y), x))
    });
    encode_png(&image.into())
}

#[test]
fn a_picture_that_is_no_mask_is_refused_and_nothing_is_sent() {
    let (env, service) = (env(), Service::new());
    let noise = |x: u32| (40 + x * 37 % 150) as u8;
    env.write("photo.png", mask(|_, x| [noise(x), 90, 20, 255]));
    env.write("gray.png", mask(|_, x| [noise(x), noise(x), noise(x), 255]));
    env.write("hole.png", mask(|is_inside, x| [noise(x), 90, 20, if is_inside { 0 } else { 255 }]));
    env.write("black-hole.png", mask(|is_inside, _| [0, 0, 0, if is_inside { 0 } else { 255 }]));
    env.write("white.png", mask(|_, _| [255; 4]));
    env.write("clear.png", mask(|_, _| [0; 4]));
    for (flags, message, hint) in [
        ("clear.png --mask-from alpha", "entirely transparent", "leave out --mask if everything may change"),
        ("photo.png", "of its pixels have a color", "a mask is a picture that is white where"),
        ("gray.png", "100 % of its pixels are gray", "only soft edges are gray"),
        ("hole.png", "a picture with a transparent part", "add --mask-from alpha"),
        ("black-hole.png", "can be read in two ways", "or --mask-from brightness"),
        ("white.png --mask-invert", "it allows no change anywhere", "or leave it out"),
        ("mask.png --mask-from alpha", "no transparent pixels", "leave out --mask-from alpha"),
    ] {
        let run = env.command(&format!("edit in.png x -o out.png --mask {flags}"));
        run.service(&service).code(3).stderr_contains(&["the mask ", message, hint]).assert();
    }
    // A row has the same hints.
    let row = |image: &str, mask: &str| json!({"image": image, "prompt": "x", "mask": mask, "output": "o/"});
    env.write_manifest(&[row("in.png", "photo.png"), row("in.png", "-"), row("gone.png", "mask.png")]);
    let output = env.batch("--json", &service).code(3).any_stdout().any_stderr().assert();
    let records = output.json_lines();
    let found: Vec<_> = records
        .iter()
        .take(3)
        .map(|record| (record["input"].as_str().unwrap(), record["error"]["hint"].as_str().unwrap()))
        .collect();
    let expected = [
        ("in.png", "a mask is a picture that is white where the result may change, and black elsewhere"),
        ("in.png", "name a file: only the picture to edit can come from standard input"),
        ("gone.png", "check the path, which is relative to the manifest"),
    ];
    assert_eq!(found, expected, "{records:?}");
    for flags in ["--mask-from alpha", "--mask-invert"] {
        let run = env.command("edit in.png x -o out.png").args(flags).service(&service).code(2);
        run.stderr_contains(&["--mask <FILE>"]).assert();
    }
    service.ledger().ensure_counts(0, 0);
}

/// Returns the bounding box of the pixels of `out.png` that differ from `in.png`: left, top, right, bottom, inclusive.
fn changed_bounds(env: &TestEnv) -> [u32; 4] {
    let (before, after) = (decode_rgb(&env.read("in.png")), decode_rgb(&env.read("out.png")));
    let changed = after.enumerate_pixels().filter(|(x, y, pixel)| before.get_pixel(*x, *y) != *pixel);
    changed.fold([u32::MAX, u32::MAX, 0, 0], |[left, top, right, bottom], (x, y, _)| {
        [left.min(x), top.min(y), right.max(x), bottom.max(y)]
    })
}

#[test]
fn transparent_may_change_with_mask_from_alpha_and_invert_swaps_both_parts() {
    let (env, service) = (env(), Service::new());
    env.write("hole.png", mask(|is_inside, x| [x as u8, 90, 20, if is_inside { 0 } else { 255 }]));
    env.write("opposite.png", mask(|is_inside, _| if is_inside { [0, 0, 0, 255] } else { [255; 4] }));
    for flags in ["mask.png", "hole.png --mask-from alpha", "opposite.png --mask-invert"] {
        let run = env.command("edit in.png x -o out.png -f -q --mask").args(flags);
        run.service(&service).any_stdout().assert();
        let [left, top, right, bottom] = changed_bounds(&env);
        assert!(
            left >= 199 && top >= 99 && right <= 300 && bottom <= 200,
            "{flags}: {left} {top} {right} {bottom}"
        );
        // The model is sent the same part.
        let server = RawServer::always_sending(answer(503, "text/plain", b"", ""));
        let run = env.command("edit in.png x -o no.png --service openai --retries 0 --mask").args(flags);
        run.base_url(&server.url()).any_outcome().assert();
        let sent = image::load_from_memory(&file(&server.requests()[0], "mask").unwrap()).unwrap();
        let transparent = share(sent.into_rgba8().pixels().map(|pixel| pixel.0[3] == 0));
        assert!((0.08..0.095).contains(&transparent), "{flags}: {transparent}");
    }
}

#[test]
fn the_noise_of_a_jpeg_mask_changes_no_pixel() {
    let (env, service) = (env(), Service::new());
    let noisy = RgbImage::from_fn(200, 150, |x, y| {
        let is_inside = (100..150).contains(&x) && (50..100).contains(&y);
        Rgb([if is_inside { 255 - (x % 16) as u8 } else { (x * 7 + y * 3) as u8 % 17 }; 3])
    });
    env.write("noisy.png", encode_png(&noisy.into()));
    env.command("edit in.png x -o out.png -q --mask noisy.png").service(&service).any_stdout().assert();
    let [left, top, right, bottom] = changed_bounds(&env);
    assert!(left >= 199 && top >= 99 && right <= 300 && bottom <= 200, "{left} {top} {right} {bottom}");
}

#[test]
fn recover_reads_a_mask_as_the_edit_did() {
    let env = env();
    env.write("hole.png", mask(|is_inside, x| [x as u8, 90, 20, if is_inside { 255 } else { 0 }]));
    let service = Service::with_faults(&["download-error=404:1"]);
    let args = "edit in.png x -o out.png -q --retries 0 --mask hole.png --mask-from alpha --mask-invert";
    env.command(args).service(&service).any_outcome().assert();
    assert!(!env.path("out.png").exists());
    env.command("recover -q").service(&service).any_outcome().assert();
    let [left, top, right, bottom] = changed_bounds(&env);
    assert!(left >= 199 && top >= 99 && right <= 300 && bottom <= 200, "{left} {top} {right} {bottom}");
}

#[test]
fn the_same_mask_file_read_in_another_way_is_another_edit() {
    let (env, service) = (env(), Service::new());
    env.write("m.jsonl", "{\"image\":\"in.png\",\"prompt\":\"x\"}\n");
    for (flags, edits) in [("", 1), ("", 1), ("--mask-invert", 2)] {
        let run = env.command("batch m.jsonl -q --mask mask.png -d out/").args(flags);
        run.service(&service).any_stdout().assert();
        service.ledger().ensure_counts(edits, edits);
    }
}

#[test]
fn a_dry_run_says_how_much_of_the_picture_may_change() {
    let env = env();
    let text = env.edit("--mask mask.png --dry-run -q").any_stdout().assert().stdout;
    assert!(String::from_utf8(text).unwrap().contains("\nmay change: 8.3 % of the picture, by the mask\n"));
    let planned = env.edit("--mask mask.png --mask-invert --dry-run --json").any_stdout().assert().json();
    assert!((planned["editable"].as_f64().unwrap() - 11.0 / 12.0).abs() < 1e-9, "{planned}");

    env.write_manifest(&rows(2));
    let batch = |flags: &str| env.command("batch m.jsonl -q --mask mask.png --dry-run").args(flags);
    let text = batch("").any_stdout().assert().stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("\nmay change: 8.3 % of each picture, by the mask\n"), "{text}");
    let records = batch("--json").any_stdout().assert().json_lines();
    let share = records.last().unwrap()["editable"].as_f64().unwrap();
    assert!((share - 1.0 / 12.0).abs() < 1e-9, "{records:?}");
}

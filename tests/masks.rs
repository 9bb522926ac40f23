//! Masks for models that take one.

use image::{GrayImage, ImageFormat, Luma};
use seededit::testing::picture::{Header, Size};

use crate::support::{RawServer, Request, Service, TestEnv, answer, decode_rgb, png};

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

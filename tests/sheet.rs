//! `sheet`: pictures with captions.

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage, imageops};
use serde_json::json;

use crate::support::{
    Service, TestEnv, animation, decode_rgb, encode_png, ensure_committed_picture, gradient_png, jpeg, png,
    webp,
};

#[test]
fn a_sheet_shows_pictures_with_names_prompts_and_seeds() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(240, 180));
    env.write("Tall & thin {1}.png", gradient_png(60, 200));
    env.write("flat.png", encode_png(&RgbImage::from_pixel(300, 40, Rgb([200, 120, 40])).into()));
    let prompt = "add a bird to the left of the old lighthouse, and let the light of the evening fall on it from behind";
    let args =
        ["edit", "photo.png", prompt, "--seed", "7", "--record", "--preserve", "-o", "edited.png", "-q"];
    env.command_with(args).service(&service).any_stdout().assert();
    // What the sandbox draws is no matter of this test.
    let drawn = gradient_png(240, 180);
    let edited = env.read("edited.png");
    let header = edited.windows(4).position(|four| four == b"IDAT").unwrap() - 4;
    let pixels = drawn.windows(4).position(|four| four == b"IDAT").unwrap() - 4;
    env.write("edited.png", [&edited[..header], &drawn[pixels..]].concat());
    let args = ["sheet", "photo.png", "edited.png", "Tall & thin {1}.png", "flat.png", "-o", "sheet.png"];
    env.command_with(args)
        .stdout("sheet.png\n")
        .stderr_contains(&["✓ sheet.png  688×", "png", "4 pictures"])
        .assert();
    ensure_committed_picture("tests/fixtures/see/sheet.png", &env.read("sheet.png"));
}

#[test]
fn all_formats_that_are_read_are_shown() {
    let env = TestEnv::new();
    env.write("a.jpg", jpeg(700, 500));
    env.write("b.webp", webp(50, 40));
    env.write("c.gif", animation(&[200, 10]));
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/picture/corpus");
    let mut names = vec!["a.jpg", "b.webp", "c.gif"];
    for name in ["444.heic", "444.avif", "lossy.jxl", "cmyk.psd", "lzw-predictor.tiff", "alpha-32.ico"] {
        env.write(name, fs::read(corpus.join(name)).unwrap());
        names.push(name);
    }
    let args = ["sheet", "-o", "sheet.webp", "--columns", "3", "--json"].into_iter().chain(names);
    let record = env.command_with(args).any_stdout().assert().json();
    assert_eq!((&record["pictures"], &record["columns"]), (&json!(9), &json!(3)));
    assert_eq!((&record["width"], &record["format"]), (&json!(16 + 3 * 336), &json!("webp")));
    let sheet = decode_rgb(&env.read("sheet.webp"));
    assert_eq!(record["height"], sheet.height());
    // A pixel of the GIF, in the third cell of the first row.
    assert_eq!(sheet.get_pixel(16 + 2 * 336 + 160, 200).0, [200, 0, 0]);
}

#[test]
fn an_unreadable_picture_is_an_error_or_left_out() {
    let env = TestEnv::new();
    env.write("a.png", png(40, 30));
    let whole = jpeg(400, 300);
    env.write("cut.jpg", &whole[..whole.len() / 2]);
    env.command("sheet a.png cut.jpg -o s.png").code(3).stderr_contains(&["cut.jpg", "hint:"]).assert();
    assert_eq!(env.file_names(), ["a.png", "cut.jpg"]);
    env.command("sheet a.png cut.jpg -o s.png --skip-unreadable")
        .code(11)
        .stdout("s.png\n")
        .stderr_contains(&["left out: cut.jpg", "1 picture\n", "error: 1 picture was left out"])
        .assert();
    let run = env.command("sheet a.png cut.jpg -o t.png --skip-unreadable --json").code(11);
    let records = run.any_stdout().any_stderr().assert().json_lines();
    assert_eq!((&records[0]["status"], &records[0]["input"]), (&json!("skipped"), &json!("cut.jpg")));
    assert_eq!((&records[1]["status"], &records[1]["pictures"]), (&json!("ok"), &json!(1)));
    env.command("sheet cut.jpg -o u.png --skip-unreadable")
        .code(3)
        .stderr_contains(&["no picture can be read, so there is no sheet"])
        .assert();
    assert!(!env.path("u.png").exists());
}

#[test]
fn no_picture_on_the_sheet_is_replaced() {
    let env = TestEnv::new();
    env.write("a.png", png(40, 30));
    env.write("b.png", png(30, 40));
    let before = env.read("b.png");
    env.command("sheet a.png b.png -o b.png -f").code(3).stderr_contains(&["b.png is used"]).assert();
    assert_eq!(env.read("b.png"), before);
    env.command("sheet a.png").code(2).stderr_contains(&["--output"]).assert();
    env.command("sheet a.png -o s.png --columns 0").code(2).any_stderr().assert();
}

#[test]
#[ignore = "slow"]
fn many_pictures_have_smaller_cells() {
    let env = TestEnv::new();
    env.write("a.png", gradient_png(400, 400));
    let names = vec!["a.png"; 400];
    let args = ["sheet", "-o", "s.png", "-q"].into_iter().chain(names);
    env.command_with(args).stdout("s.png\n").assert();
    let sheet = decode_rgb(&env.read("s.png"));
    // 244 pixels for each of twelve columns.
    assert_eq!(sheet.width(), 16 + 12 * (244 + 16));
    let corner = imageops::crop_imm(&sheet, 16, 16, 244, 244).to_image();
    assert!(corner.pixels().all(|pixel| pixel.0 != [24, 24, 27]));
}

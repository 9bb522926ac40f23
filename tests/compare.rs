//! `compare`: figures, and the picture that it draws.

use image::{Rgb, RgbImage, imageops};
use serde_json::json;

use crate::support::{TestEnv, decode_rgb, encode_png, ensure_committed_picture, gradient, jpeg, photo, png};

/// Creates `a.png`, and `b.png` in which a square of 40 × 30 pixels is 50 levels brighter.
fn with_pair() -> TestEnv {
    let env = TestEnv::new();
    let before = gradient(160, 120);
    let mut after = before.clone();
    for (x, y, pixel) in after.enumerate_pixels_mut() {
        if (60..100).contains(&x) && (50..80).contains(&y) {
            *pixel = Rgb(pixel.0.map(|level| level.saturating_add(50)));
        }
    }
    env.write("a.png", encode_png(&before.into()));
    env.write("b.png", encode_png(&after.into()));
    env
}

#[test]
fn figures_are_printed_as_text_and_as_json() {
    let env = with_pair();
    env.command("compare a.png b.png")
        .stdout(
            "before    a.png  160×120\nafter     b.png  160×120\nchanged   6.3 % of the pixels changed\n\
             largest   50 of 255\nmean      3.12 of 255\n",
        )
        .assert();
    let record = env.command("compare a.png b.png --json").any_stdout().assert().json();
    let size = json!({"width": 160, "height": 120});
    assert_eq!(
        record,
        json!({
            "status": "ok", "before": "a.png", "after": "b.png", "before_size": size, "after_size": size,
            "compared_size": size, "changed": 0.0625, "largest": 50.0, "mean": 3.125, "output": null,
        })
    );
    let same = env.command("compare a.png a.png --json").any_stdout().assert().json();
    assert_eq!((&same["changed"], &same["largest"]), (&json!(0.0), &json!(0.0)));
    assert_eq!(env.file_names(), ["a.png", "b.png"]);
}

#[test]
fn the_sheet_shows_before_after_and_difference() {
    let env = with_pair();
    env.command("compare a.png b.png -o sheet.png")
        .stdout("sheet.png\n")
        .stderr_contains(&[
            "✓ sheet.png  1024×",
            "6.3 % of the pixels changed, largest difference 50, mean 3.12",
        ])
        .assert();
    let sheet = env.read("sheet.png");
    ensure_committed_picture("tests/fixtures/see/compare.png", &sheet);
    // Both pictures are there, pixel by pixel.
    let sheet = decode_rgb(&sheet);
    for (name, left) in [("a.png", 16 + 80), ("b.png", 16 + 336 + 80)] {
        let shown = imageops::crop_imm(&sheet, left, 16, 160, 120).to_image();
        assert!(shown == decode_rgb(&env.read(name)), "{name}");
    }
}

#[test]
fn the_difference_alone_has_the_full_size() {
    let env = with_pair();
    env.command("compare a.png b.png --diff -o d.webp -q").stdout("d.webp\n").assert();
    let shown = decode_rgb(&env.read("d.webp"));
    assert_eq!(shown.dimensions(), (160, 120));
    for (x, y, pixel) in shown.enumerate_pixels() {
        let is_changed = (60..100).contains(&x) && (50..80).contains(&y);
        assert_eq!(pixel.0 != [0; 3], is_changed, "{x} {y}: {pixel:?}");
    }
    env.command("compare a.png b.png --diff")
        .code(2)
        .stderr_contains(&["--diff draws a picture", "hint: name a file with -o"])
        .assert();
}

#[test]
fn pictures_of_different_sizes_are_brought_to_the_smaller_one_and_that_is_said() {
    let env = TestEnv::new();
    env.write("large.jpg", jpeg(640, 480));
    env.write("small.png", png(320, 240));
    let text = env.command("compare large.jpg small.png").any_stdout().assert();
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("size      compared at 320×240, the smaller size\n"), "{text}");
    env.command("compare large.jpg small.png -o sheet.jpg")
        .stdout("sheet.jpg\n")
        .stderr_contains(&["note: compared at 320×240, the smaller size: 640×480 and 320×240"])
        .assert();
}

#[test]
fn pictures_are_compared_upright() {
    let env = TestEnv::new();
    env.write("stored.jpg", photo(90, 60, 6));
    let upright = decode_rgb(&env.read("stored.jpg"));
    assert_eq!(upright.dimensions(), (60, 90));
    env.write("upright.png", encode_png(&upright.into()));
    let record = env.command("compare stored.jpg upright.png --json").any_stdout().assert().json();
    assert_eq!((&record["changed"], &record["compared_size"]["width"]), (&json!(0.0), &json!(60)));
}

#[test]
fn no_input_is_replaced_and_an_existing_output_only_on_request() {
    let env = with_pair();
    let before = env.read("b.png");
    env.command("compare a.png b.png -o b.png --force")
        .code(3)
        .stderr_contains(&["b.png is used for something else here"])
        .assert();
    assert_eq!(env.read("b.png"), before);
    env.write("out.png", "mine");
    env.command("compare a.png b.png -o out.png").code(3).stderr_contains(&["out.png exists"]).assert();
    env.command("compare a.png b.png -o out.png --if-exists skip")
        .stderr_contains(&["out.png exists; nothing was written"])
        .assert();
    assert_eq!(env.read("out.png"), b"mine");
    env.command("compare a.png b.png -o out.png --if-exists rename -q").stdout("out-2.png\n").assert();
    env.command("compare a.png b.png -o out.png -f -q").stdout("out.png\n").assert();
    assert_eq!(env.read("out.png"), env.read("out-2.png"));
    env.command("compare a.png b.png -f").code(2).stderr_contains(&["--output"]).assert();
}

#[test]
fn a_picture_goes_to_standard_output_and_comes_from_standard_input() {
    let env = with_pair();
    let run = env.command("compare - b.png -o - -q").stdin(env.read("a.png"));
    let shown = decode_rgb(&run.any_stdout().assert().stdout);
    env.command("compare a.png b.png -o sheet.png -q").any_stdout().assert();
    // Only the caption differs.
    let file = decode_rgb(&env.read("sheet.png"));
    let top = |image: &RgbImage| imageops::crop_imm(image, 0, 0, image.width(), 136).to_image();
    assert!(top(&shown) == top(&file) && shown != file);
    env.command("compare - -").code(2).stderr_contains(&["give `-` once"]).assert();
    env.command("compare a.png b.png -o - --json").code(2).any_stdout().any_stderr().assert();
}

#[test]
fn results_are_named_by_reference() {
    let env = TestEnv::with_picture();
    env.edit("--sandbox -q").any_stdout().assert();
    let record = env.command("compare in.png @ --sandbox --json").any_stdout().assert().json();
    assert_eq!(record["after"], "out.jpg");
    env.command("sheet in.png @ --sandbox -o sheet.png -q").stdout("sheet.png\n").assert();
    env.command("compare in.png @").code(3).stderr_contains(&["hint:"]).assert();
}

#[test]
fn an_unreadable_picture_is_named() {
    let env = with_pair();
    let whole = env.read("b.png");
    env.write("cut.png", &whole[..whole.len() / 2]);
    env.write("notes.txt", "no picture");
    for (args, message) in [
        ("compare a.png cut.png", "cut.png is truncated"),
        ("compare notes.txt a.png", "notes.txt"),
        ("compare a.png missing.png", "cannot read missing.png"),
        ("compare a.png b.png -o out/", "out/ is a directory"),
        ("compare a.png b.png -o out.tiff", "end its name with .png, .jpg or .webp"),
        ("compare a.png https://example.com/b.png", "`compare` works offline"),
    ] {
        env.command(args).code(3).stderr_contains(&[message, "hint:"]).assert();
    }
}

#[cfg(unix)]
#[test]
fn a_terminal_shows_the_pictures_and_their_figures() {
    use crate::support::Terminal;

    let env = with_pair();
    for (args, width) in [("compare a.png b.png", 80), ("compare a.png b.png --diff", 45)] {
        let terminal = Terminal::spawn(env.command(args).any_stderr(), 80);
        terminal.wait_for("\x1b[c");
        terminal.type_text("\x1b[?62;22c");
        let screen = terminal.wait();
        let lines: Vec<usize> =
            screen.lines().map(|line| line.matches('▀').count()).filter(|count| *count > 0).collect();
        assert!(lines.iter().all(|count| *count == lines[0]) && lines[0].abs_diff(width) <= 2, "{lines:?}");
        assert!(screen.contains("changed   6.3 % of the pixels changed\r\n"), "{screen:?}");
        assert!(screen.matches('\n').count() <= 24);
    }
}

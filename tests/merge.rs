//! The `merge` command: every pixel outside the edit is that of the original.

use image::{GrayImage, Rgb, RgbImage};
use seededit::testing::picture::{ChromaSubsampling, ColorSpace, Encoding, decode, encode};
use serde_json::json;

use crate::support::{TestEnv, decode_rgb, encode_png, gradient, gradient_png, sha256};

#[test]
fn every_pixel_outside_the_edit_is_kept() {
    let env = TestEnv::with_edited_photo(1600, 1200);
    let run = env.command("merge photo.png edited.jpg -o merged.png --mask-out mask.png");
    run.stdout("merged.png\n")
        .stderr_contains(&["✓ merged.png  1600×1200 png", "changed", "identical"])
        .assert();
    let (before, after) = (decode_rgb(&env.read("photo.png")), decode_rgb(&env.read("merged.png")));
    let mask = decode(&env.read("mask.png")).unwrap().image.to_luma8();
    assert_eq!(after.dimensions(), (1600, 1200));
    let mut covered = 0;
    for ((was, is), cover) in before.pixels().zip(after.pixels()).zip(mask.pixels()) {
        assert!(cover.0[0] > 0 || was == is);
        covered += u32::from(cover.0[0] > 0);
    }
    // The disc covers 1.3 % of the picture.
    assert!((25_000..80_000).contains(&covered), "{covered}");
    assert!(after.get_pixel(555, 694).0[0] < 40);
}

/// A JPEG that a camera stored upside down, with the orientation in its EXIF metadata.
fn upside_down(upright: &RgbImage) -> Vec<u8> {
    let stored = image::imageops::rotate180(upright).into();
    let encoding = Encoding::Jpeg { quality: 80, subsampling: ChromaSubsampling::Yuv420 };
    let mut bytes = encode(&stored, &ColorSpace::SRGB, encoding).unwrap();
    let exif = b"\xFF\xE1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0";
    bytes.splice(2..2, exif.iter().copied());
    bytes
}

#[test]
fn a_jpeg_keeps_its_blocks_and_its_orientation() {
    const BLOCK: u32 = 16;

    let env = TestEnv::with_edited_photo(640, 480);
    let photo = upside_down(&decode_rgb(&env.read("photo.png")));
    env.write("photo.jpg", photo.clone());
    let args = "merge photo.jpg edited.jpg -o out.jpg --mask-out mask.png --json";
    let record = env.command(args).any_stdout().assert().json();
    let result = env.read("out.jpg");
    assert_eq!(
        (&record["width"], &record["height"], &record["extent"]),
        (&json!(640), &json!(480), &json!("parts"))
    );
    let orientation = |bytes: &[u8]| decode(bytes).unwrap().header.orientation.value();
    assert_eq!((orientation(&photo), orientation(&result)), (3, 3));
    // The edge of the disc takes some bytes in a picture that is otherwise a gradient, and so does the stated origin.
    let growth = result.len() as f64 / photo.len() as f64 - 1.0;
    assert!((-0.05..0.15).contains(&growth), "{growth}");

    let upright = |bytes: &[u8]| decode(bytes).unwrap().into_upright().image.to_rgb8();
    let (before, after) = (upright(&photo), upright(&result));
    let mask = decode(&env.read("mask.png")).unwrap().image.to_luma8();
    let is_touched = |x: u32, y: u32| {
        let (left, top) = (x / BLOCK * BLOCK, y / BLOCK * BLOCK);
        (0..BLOCK * BLOCK).any(|at| mask.get_pixel(left + at % BLOCK, top + at / BLOCK).0[0] > 0)
    };
    let touched: Vec<bool> = (0..640 / BLOCK * (480 / BLOCK))
        .map(|at| is_touched(at % (640 / BLOCK) * BLOCK, at / (640 / BLOCK) * BLOCK))
        .collect();
    let mut differing = 0;
    for ((x, y, was), is) in before.enumerate_pixels().zip(after.pixels()).filter(|((.., was), is)| was != is)
    {
        differing += 1;
        // Smooth chroma spreads by a pixel.
        let is_near =
            (x.saturating_sub(1)..=x + 1).flat_map(|x| (y.saturating_sub(1)..=y + 1).map(move |y| (x, y)));
        let is_near = is_near
            .filter(|(x, y)| *x < 640 && *y < 480)
            .any(|(x, y)| touched[(y / BLOCK * (640 / BLOCK) + x / BLOCK) as usize]);
        assert!(is_near, "{x} {y}: {was:?} became {is:?}");
    }
    let changed = record["changed"].as_f64().unwrap();
    assert!(
        (changed - f64::from(differing) / (640.0 * 480.0)).abs() < 1e-9,
        "{changed} and {differing} pixels"
    );
    assert!(differing > 1000);

    env.command("merge photo.jpg photo.jpg -o same.jpg -q").stdout("same.jpg\n").assert();
    assert!(upright(&env.read("same.jpg")) == before);
    env.command("merge photo.jpg edited.jpg -o all.jpg --quality 80 -q").stdout("all.jpg\n").assert();
    let all = upright(&env.read("all.jpg"));
    assert!(before.pixels().zip(all.pixels()).filter(|(was, is)| was != is).count() > 3 * differing as usize);
}

#[test]
#[ignore = "slow"]
fn the_shares_of_changed_and_identical_pixels_are_those_of_the_written_file() {
    let env = TestEnv::with_edited_photo(640, 480);
    let photo = decode(&env.read("photo.png")).unwrap().image;
    let jpeg = Encoding::Jpeg { quality: 85, subsampling: ChromaSubsampling::Yuv420 };
    let mut deep = photo.to_rgb16();
    deep.iter_mut().for_each(|level| *level = level.saturating_sub(3));
    for (name, image, encoding) in
        [("photo.jpg", photo.clone(), jpeg), ("deep.png", deep.into(), Encoding::Png)]
    {
        env.write(name, encode(&image, &ColorSpace::SRGB, encoding).unwrap());
    }
    for (original, output, is_reencoded) in [
        ("photo.png", "out.png", false),
        ("photo.png", "out.webp", false),
        ("photo.png", "out.jpg", true),
        ("photo.jpg", "out.jpg", false),
        ("photo.jpg", "out.jpg --quality 90", true),
        ("photo.jpg", "out.png", false),
        ("deep.png", "out.png", false),
        ("deep.png", "out.webp", true),
    ] {
        let run = env.command(&format!("merge {original} edited.jpg -o {output} --force --json"));
        let run = run.any_stdout().any_stderr().assert();
        let record = run.json();
        let [before, after] = [original, output.split(' ').next().unwrap()]
            .map(|name| decode(&env.read(name)).unwrap().into_upright().image.to_rgba16());
        let differing = before.pixels().zip(after.pixels()).filter(|(was, is)| was != is).count();
        let differing = differing as f64 / (640.0 * 480.0);
        let share = |name: &str| record[name].as_f64().unwrap();
        assert!((share("changed") - differing).abs() < 1e-6, "{original} {output}: {record}");
        assert!((share("identical") - (1.0 - differing)).abs() < 1e-6, "{original} {output}: {record}");
        assert!((0.005..0.2).contains(&share("covered")), "{original} {output}: {record}");
        assert!(is_reencoded || differing < 0.2, "{original} {output}: {record}");
        env.command(&format!("merge {original} edited.jpg -o {output} --force"))
            .any_stdout()
            .stderr_contains(if is_reencoded {
                &["encoding the whole picture again"]
            } else {
                &["identical"]
            })
            .assert();
    }
}

#[test]
fn the_json_record_says_what_changed_and_where() {
    let env = TestEnv::with_edited_photo(1600, 1200);
    let record = env.command("merge photo.png edited.jpg -o m.webp --json").any_stdout().assert().json();
    assert_eq!(
        (&record["status"], &record["extent"], &record["format"]),
        (&json!("ok"), &json!("parts"), &json!("webp"))
    );
    assert_eq!(record["sha256"], sha256(&env.read("m.webp")));
    let share = |name: &str| record[name].as_f64().unwrap();
    assert!(share("identical") > 0.95);
    assert!((share("identical") + share("changed") - 1.0).abs() < 1e-9, "{record}");
    let [part] = &record["parts"].as_array().unwrap()[..] else { panic!("{record}") };
    let side = |name: &str| part[name].as_i64().unwrap();
    assert!(side("left") < 431 && side("left") + side("width") > 680);
    assert!(side("top") < 570 && side("top") + side("height") > 819);
}

#[test]
fn standard_input_and_output_can_be_used() {
    let env = TestEnv::with_edited_photo(640, 480);
    let edited = env.read("edited.jpg");
    let output = env.command("merge photo.png - -o - --format png -q").stdin(edited).any_stdout().assert();
    assert_eq!(decode_rgb(&output.stdout).dimensions(), (640, 480));
    env.command("merge - - -o x.png")
        .code(2)
        .stderr_contains(&["only one of the two pictures can come from standard input"])
        .assert();
}

#[test]
fn no_change_and_full_change_are_reported_and_strict_refuses_full_change() {
    let env = TestEnv::with_edited_photo(640, 480);
    env.command("merge photo.png photo.png -o same.png")
        .stdout("same.png\n")
        .stderr_contains(&["changed nothing"])
        .assert();
    assert_eq!(decode_rgb(&env.read("same.png")), decode_rgb(&env.read("photo.png")));
    let mut other = gradient(640, 480);
    image::imageops::invert(&mut other);
    env.write("other.png", encode_png(&other.into()));
    env.command("merge photo.png other.png -o all.png")
        .stdout("all.png\n")
        .stderr_contains(&["note: most of the picture changed"])
        .assert();
    env.command("merge photo.png other.png -o strict.png --strict")
        .code(3)
        .stderr_contains(&["error: most of the picture changed", "hint: without --strict"])
        .assert();
    assert!(!env.path("strict.png").exists());
}

/// A picture with fine texture, and a megapixel of it at dusk.
fn with_photo_at_dusk() -> (TestEnv, RgbImage) {
    let env = TestEnv::new();
    // Texture of three pixels, half of which the answer loses.
    let photo = RgbImage::from_fn(1600, 1200, |x, y| {
        let texture = ((x / 3 * 7919) ^ (y / 3 * 104_729)) % 60;
        Rgb([60 + texture + x / 20, 90 + texture, 120 + texture + y / 16].map(|level| level as u8))
    });
    let dusk = RgbImage::from_fn(1600, 1200, |x, y| {
        let [red, green, blue] = photo.get_pixel(x, y).0.map(u32::from);
        image::Rgb([red * 3 / 5, green / 2, blue * 7 / 10 + 20].map(|level| level as u8))
    });
    let answer = image::imageops::resize(&dusk, 800, 600, image::imageops::FilterType::Lanczos3);
    let encoding = Encoding::Jpeg { quality: 90, subsampling: ChromaSubsampling::Yuv420 };
    env.write("photo.png", encode_png(&photo.into()));
    env.write("dusk.jpg", encode(&answer.into(), &ColorSpace::SRGB, encoding).unwrap());
    (env, dusk)
}

#[test]
#[ignore = "slow"]
fn another_light_keeps_the_detail_of_the_original_unless_that_is_turned_off() {
    let (env, dusk) = with_photo_at_dusk();
    let merge = |args: &str| {
        env.command(&format!("merge photo.png dusk.jpg -o out.png -f --placement exact --json {args}"))
            .any_stdout()
            .assert()
            .json()
    };
    let mean_square = || {
        let result = decode_rgb(&env.read("out.png"));
        let errors = result.iter().zip(dusk.iter()).map(|(one, two)| f64::from(one.abs_diff(*two)).powi(2));
        errors.sum::<f64>() / dusk.len() as f64
    };
    let scaled = merge("--detail off");
    assert_eq!((&scaled["extent"], &scaled["detail"]), (&json!("whole"), &json!(0.0)));
    let without = mean_square();
    let detailed = merge("");
    assert!(detailed["extent"] == "whole" && detailed["detail"].as_f64() > Some(0.9), "{detailed}");
    let with = mean_square();
    // Six decibels.
    assert!(with < 0.25 * without, "{with} instead of {without}");
    env.command("merge photo.png dusk.jpg -o out.png -f --placement exact")
        .stdout("out.png\n")
        .stderr_contains(&["note: most of the picture changed; ", "with the original's detail in "])
        .assert();
}

#[test]
#[ignore = "slow"]
fn an_overlay_outlines_what_was_replaced_and_keeps_the_rest() {
    let env = TestEnv::with_edited_photo(1600, 1200);
    for name in ["shown.png", "shown.webp", "shown.jpg"] {
        let args = format!("merge photo.png edited.jpg -o out.png -fq --mask-out mask.png --overlay {name}");
        env.command(&args).stdout("out.png\n").assert();
        assert_eq!(decode_rgb(&env.read(name)).dimensions(), (1600, 1200));
    }
    let mask = decode(&env.read("mask.png")).unwrap().image.to_luma8();
    let (before, shown) = (decode_rgb(&env.read("photo.png")), decode_rgb(&env.read("shown.png")));
    let (mut lines, mut tinted) = ([0, 0], 0);
    for ((x, y, was), is) in before.enumerate_pixels().zip(shown.pixels()) {
        match (mask.get_pixel(x, y).0[0] > 0, is.0) {
            (true, [0, 0, 0]) => lines[0] += 1,
            (true, _) => tinted += u32::from(is.0[0] > was.0[0]),
            (false, [255, 255, 255]) => lines[1] += 1,
            (false, _) => assert_eq!(was, is, "{x} {y}"),
        }
    }
    assert!(tinted > 20_000 && lines.iter().all(|count| (500..8000).contains(count)), "{tinted} {lines:?}");
}

#[test]
fn invalid_arguments_and_pictures_are_refused() {
    let env = TestEnv::with_edited_photo(640, 480);
    env.write("wide.png", encode_png(&GrayImage::new(600, 200).into()));
    env.write("long.png", encode_png(&GrayImage::new(100, 65_536).into()));
    env.write("wider.png", encode_png(&GrayImage::new(16_384, 20).into()));
    let edited = env.read("edited.jpg");
    env.write("cut.jpg", [&edited[..edited.len() / 2], b"\xFF\xD9"].concat());
    for (args, message) in [
        ("merge photo.png edited.jpg -o photo.png", "photo.png exists"),
        ("merge photo.png edited.jpg -o out.bmp", "does not name a supported output format"),
        ("merge photo.png edited.jpg -o out.jpg --alpha keep", "a jpeg cannot be transparent"),
        (
            "merge photo.png edited.jpg -o out.png --mask-out mask.jpg",
            "a mask is written to a file, in a lossless format",
        ),
        ("merge photo.png edited.jpg -o out.png --mask-out mask.txt", "hint: end the mask's name with .png"),
        (
            "merge photo.png edited.jpg -o out.png --mask-out photo.png/m.png",
            "hint: name another file with --mask-out\n",
        ),
        (
            "merge photo.png edited.jpg -o out.png --overlay shown.txt",
            "hint: end the overlay's name with .png, .webp or .jpg",
        ),
        ("merge photo.png edited.jpg -o out.png --overlay -", "an overlay is written to a file"),
        (
            "merge photo.png edited.jpg -o out.png --overlay photo.png",
            "photo.png is used for something else here",
        ),
        (
            "merge photo.png edited.jpg -o out.png --mask-out m.png --overlay m.png",
            "m.png is used for something else here",
        ),
        ("merge long.png long.png -o out.png", "100×65536 pixels, more than 65535 on one side"),
        ("merge wider.png wider.png -o out.webp", "hint: write a PNG, which can be larger\n"),
        ("merge photo.png missing.jpg -o out.png", "cannot read missing.jpg"),
        ("merge . edited.jpg -o out.png", "hint: name a picture in it\n"),
        ("merge photo.png cut.jpg -o out.png", "cut.jpg: the JPEG file is damaged or incomplete ("),
        ("merge cut.jpg edited.jpg -o out.png", "cut.jpg: the JPEG file is damaged or incomplete ("),
        ("merge photo.png wide.png -o out.png", "different aspect ratios: 640×480 and 600×200"),
        ("merge https://h.example/a.png edited.jpg -o out.png", "a link is not fetched"),
    ] {
        env.command(args).code(3).stderr_contains(&[message]).assert();
    }
    assert!(!env.path("out.png").exists() && !env.path("out.jpg").exists());
}

#[test]
#[cfg(target_os = "linux")] // on other systems this limit does not apply to the memory of threads
fn a_failure_to_start_threads_is_reported() {
    let env = TestEnv::with_edited_photo(64, 48);
    let limited = "ulimit -d 4096; exec \"$0\" \"$@\"";
    let run = env.command("merge photo.png edited.jpg -o out.png").wrapped_in("sh", &["-c", limited]);
    run.code(1)
        .stderr_contains(&["error: no thread can be started: ", "\nhint: allow more processes or memory"])
        .assert();
    assert!(!env.path("out.png").exists());
}

#[test]
fn standard_output_gets_a_jpeg_by_default_and_no_json() {
    let env = TestEnv::with_edited_photo(640, 480);
    env.command("merge photo.png edited.jpg -o - --json")
        .code(2)
        .any_stdout()
        .stderr_contains(&["both the picture and JSON"])
        .assert();
    let output = env.command("merge photo.png edited.jpg -o - -q").any_stdout().assert();
    assert!(output.stdout.starts_with(&[0xff, 0xd8, 0xff]));
    env.write("plain.png", gradient_png(640, 480));
    let output = env.command("merge photo.png plain.png -o - -q").any_stdout().assert();
    assert!(output.stdout.starts_with(&[0xff, 0xd8, 0xff]));
}

#[test]
#[ignore = "slow"]
fn a_cropped_answer_is_put_where_it_belongs() {
    let env = TestEnv::new();
    let original = discs(900, 600);
    env.write("photo.png", encode_png(&original.clone().into()));
    let mut edited = original.clone();
    for (x, y, pixel) in edited.enumerate_pixels_mut() {
        if (380..460).contains(&x) && (250..330).contains(&y) {
            *pixel = Rgb([250, 0, (x % 7 * 30) as u8]);
        }
    }
    // A square of the picture, at another size.
    let part = image::imageops::crop_imm(&edited, 150, 40, 500, 500).to_image();
    let part = image::imageops::resize(&part, 640, 640, image::imageops::FilterType::Lanczos3);
    env.write("answer.png", encode_png(&part.into()));
    let record = env.command("merge photo.png answer.png -o out.png --json").any_stdout().assert().json();
    assert_eq!(record["extent"], json!("parts"));
    let placed = ["x", "y", "width", "height"].map(|name| record["placed"][name].as_f64().unwrap());
    for (found, expected) in placed.into_iter().zip([150.0, 40.0, 500.0, 500.0]) {
        assert!((found - expected).abs() < 0.5, "{placed:?}");
    }
    let result = decode_rgb(&env.read("out.png"));
    assert_eq!(result.get_pixel(100, 100), original.get_pixel(100, 100));
    assert_eq!(result.get_pixel(600, 500), original.get_pixel(600, 500));
    assert!(result.get_pixel(420, 290).0[0] > 200);

    env.command("merge photo.png answer.png -o text.png")
        .stdout("text.png\n")
        .stderr_contains(&["note: the edited picture covers 500×500 pixels of the original, at 150, 40\n"])
        .assert();
    let record = env
        .command("merge photo.png answer.png -o at.png --placement 150,40,500x500 --json")
        .any_stdout()
        .assert()
        .json();
    assert_eq!(
        record["placed"],
        json!({"x": 150.0, "y": 40.0, "width": 500.0, "height": 500.0, "angle": 0.0})
    );
    env.command("merge photo.png answer.png -o no.png --placement 2000,40,500x500")
        .code(3)
        .stderr_contains(&["the edited picture lies outside of the original, which is 900×600"])
        .assert();
    env.command("merge photo.png answer.png -o no.png --placement left")
        .code(2)
        .stderr_contains(&["a placement is auto, exact or X,Y,WxH in pixels of the original"])
        .assert();
}

#[test]
#[ignore = "slow"]
fn pictures_with_nothing_in_common_are_refused_unless_the_placement_is_given() {
    let env = TestEnv::new();
    let original = discs(600, 400);
    env.write("photo.png", encode_png(&original.clone().into()));
    env.write("mirrored.png", encode_png(&image::imageops::flip_horizontal(&original).into()));
    env.command("merge photo.png mirrored.png -o out.png")
        .code(3)
        .stderr_contains(&["error: the edited picture shows the original mirrored or rotated", "--placement"])
        .assert();
    assert!(!env.path("out.png").exists());
    let record = env
        .command("merge photo.png mirrored.png -o out.png --placement exact --json")
        .any_stdout()
        .assert()
        .json();
    assert_eq!(record["status"], json!("ok"));
}

/// Discs of many sizes and colors.
fn discs(width: u32, height: u32) -> RgbImage {
    let mut picture = RgbImage::from_pixel(width, height, Rgb([120, 130, 140]));
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..250 {
        let (x, y) = (random.u32(..width) as f32, random.u32(..height) as f32);
        let (radius, color) = (4.0 + 36.0 * random.f32().powi(2), [(); 3].map(|()| random.u8(..)));
        for (column, row, pixel) in picture.enumerate_pixels_mut() {
            if (column as f32 - x).hypot(row as f32 - y) < radius {
                *pixel = Rgb(color);
            }
        }
    }
    picture
}

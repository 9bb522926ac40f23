//! Results at full size: every pixel that the edit did not touch is the original's.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};
use seededit::testing::picture::{Chroma, Encoding, decode, encode};
use serde_json::json;

use crate::support::{Place, Service, Wire, json_answer, sha256};

/// Slopes with waves on them, which scaling and a codec leave much as they are.
fn scene(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let wave = 12.0 * ((x * 40.0).sin() + (y * 31.0).cos());
        Rgb([60.0 + 120.0 * x + wave, 80.0 + 90.0 * y + wave, 190.0 - 80.0 * x].map(|level| level as u8))
    })
}

fn as_png(image: &DynamicImage) -> Vec<u8> {
    encode(image, None, Encoding::Png).unwrap()
}

fn pixels(bytes: &[u8]) -> RgbImage {
    decode(bytes).unwrap().into_upright().image.to_rgb8()
}

/// A place with a photo, and with what an edit made of it at the service's size: a dark disc is new.
fn pair(width: u32, height: u32) -> Place {
    let place = Place::new();
    let original = scene(width, height);
    place.write("photo.png", as_png(&original.clone().into()));
    let mut edited = image::imageops::resize(&original, 1152, 864, image::imageops::FilterType::Triangle);
    for (x, y, pixel) in edited.enumerate_pixels_mut() {
        if (f64::from(x) - 400.0).hypot(f64::from(y) - 500.0) < 90.0 {
            *pixel = Rgb([20, 20, 30]);
        }
    }
    let coding = Encoding::Jpeg { quality: 88, chroma: Chroma::Half };
    place.write("edited.jpg", encode(&edited.into(), None, coding).unwrap());
    place
}

#[test]
fn merge_takes_the_edit_and_leaves_every_other_pixel_alone() {
    let place = pair(1600, 1200);
    let run = place.words("merge photo.png edited.jpg -o merged.png --mask-out mask.png");
    run.prints("merged.png\n").saying(&["✓ merged.png  1600×1200 png", "changed", "identical"]).done();
    let (before, after) = (pixels(&place.read("photo.png")), pixels(&place.read("merged.png")));
    let mask = decode(&place.read("mask.png")).unwrap().image.to_luma8();
    assert_eq!(after.dimensions(), (1600, 1200));
    let mut taken = 0;
    for ((was, is), cover) in before.pixels().zip(after.pixels()).zip(mask.pixels()) {
        assert!(cover.0[0] > 0 || was == is);
        taken += u32::from(cover.0[0] > 0);
    }
    // The disc has 1.3 % of the picture.
    assert!((25_000..80_000).contains(&taken), "{taken}");
    assert!(after.get_pixel(555, 694).0[0] < 40);
}

#[test]
fn merge_reports_as_json_what_changed_and_where() {
    let place = pair(1600, 1200);
    let record = place.words("merge photo.png edited.jpg -o m.webp --json").prints_anything().done().json();
    assert_eq!(
        (&record["status"], &record["extent"], &record["format"]),
        (&json!("ok"), &json!("parts"), &json!("webp"))
    );
    assert_eq!(record["sha256"], sha256(&place.read("m.webp")));
    let share = |name: &str| record[name].as_f64().unwrap();
    assert!(share("identical") > 0.95);
    assert!((share("identical") + share("changed") - 1.0).abs() < 1e-9, "{record}");
    let [part] = &record["parts"].as_array().unwrap()[..] else { panic!("{record}") };
    let side = |name: &str| part[name].as_i64().unwrap();
    assert!(side("left") < 431 && side("left") + side("width") > 680);
    assert!(side("top") < 570 && side("top") + side("height") > 819);
}

#[test]
fn merge_writes_to_standard_output_and_reads_standard_input() {
    let place = pair(640, 480);
    let edited = place.read("edited.jpg");
    let done = place.words("merge photo.png - -o - --format png -q").input(edited).prints_anything().done();
    assert_eq!(pixels(&done.stdout).dimensions(), (640, 480));
    place
        .words("merge - - -o x.png")
        .exits(2)
        .saying(&["only one of the two pictures can come from standard input"])
        .done();
}

#[test]
fn nothing_and_everything_changed_are_said_and_strict_refuses_the_latter() {
    let place = pair(640, 480);
    place
        .words("merge photo.png photo.png -o same.png")
        .prints("same.png\n")
        .saying(&["changed nothing"])
        .done();
    assert_eq!(pixels(&place.read("same.png")), pixels(&place.read("photo.png")));
    let mut other = scene(640, 480);
    image::imageops::invert(&mut other);
    place.write("other.png", as_png(&other.into()));
    place
        .words("merge photo.png other.png -o all.png")
        .prints("all.png\n")
        .saying(&["note: most of the picture changed"])
        .done();
    place
        .words("merge photo.png other.png -o strict.png --strict")
        .exits(3)
        .saying(&["error: most of the picture changed", "hint: without --strict"])
        .done();
    assert!(!place.path("strict.png").exists());
}

#[test]
fn merge_refuses_before_it_works() {
    let place = pair(640, 480);
    place.write("wide.png", as_png(&scene(600, 200).into()));
    place.write("long.png", as_png(&GrayImage::new(100, 65_536).into()));
    place.write("wider.png", as_png(&GrayImage::new(16_384, 20).into()));
    let edited = place.read("edited.jpg");
    place.write("cut.jpg", [&edited[..edited.len() / 2], b"\xFF\xD9"].concat());
    for (words, said) in [
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
        ("merge long.png long.png -o out.png", "100×65536 pixels, more than 65535 on one side"),
        ("merge wider.png wider.png -o out.webp", "hint: write a PNG, which can be larger\n"),
        ("merge photo.png missing.jpg -o out.png", "cannot read missing.jpg"),
        ("merge . edited.jpg -o out.png", "hint: name a picture in it\n"),
        ("merge photo.png cut.jpg -o out.png", "cut.jpg: the jpeg picture is incomplete"),
        ("merge cut.jpg edited.jpg -o out.png", "cut.jpg: the jpeg picture is incomplete"),
        ("merge photo.png wide.png -o out.png", "different aspect ratios: 640×480 and 600×200"),
        ("merge https://h.example/a.png edited.jpg -o out.png", "a link is not fetched"),
    ] {
        place.words(words).exits(3).saying(&[said]).done();
    }
    assert!(!place.path("out.png").exists() && !place.path("out.jpg").exists());
}

#[test]
#[cfg(target_os = "linux")] // elsewhere this limit is not one on what a thread needs
fn merge_says_so_where_no_thread_can_be_started() {
    let place = pair(64, 48);
    let limited = "ulimit -d 4096; exec \"$0\" \"$@\"";
    let run = place.words("merge photo.png edited.jpg -o out.png").under("sh", &["-c", limited]);
    run.exits(1)
        .saying(&["error: no thread can be started: ", "\nhint: allow more processes or memory"])
        .done();
    assert!(!place.path("out.png").exists());
}

#[test]
fn preserve_keeps_the_picture_s_size_and_pixels() {
    let (place, service) = (Place::new(), Service::new());
    place.write("photo.png", as_png(&scene(1600, 1200).into()));
    let words = "edit photo.png -p x --preserve -o out.png --mask-out mask.png --seed 3 --json";
    let record = place.words(words).on(&service).prints_anything().says_anything().done().json();
    assert_eq!((&record["width"], &record["extent"]), (&json!(1600), &json!("parts")));
    assert!(record["identical"].as_f64().unwrap() > 0.85, "{record}");
    let (before, after) = (pixels(&place.read("photo.png")), pixels(&place.read("out.png")));
    let mask = decode(&place.read("mask.png")).unwrap().image.to_luma8();
    for ((was, is), cover) in before.pixels().zip(after.pixels()).zip(mask.pixels()) {
        assert!(cover.0[0] > 0 || was == is);
    }
    let differing = before.pixels().zip(after.pixels()).filter(|(was, is)| was != is).count();
    let changed = record["changed"].as_f64().unwrap();
    assert!(
        (changed - differing as f64 / (1600.0 * 1200.0)).abs() < 1e-9,
        "{changed} and {differing} pixels"
    );
    service.ledger().ensure(1, 1);
}

#[test]
fn a_region_sends_its_part_and_leaves_the_rest_alone() {
    let (place, service) = (Place::new(), Service::new());
    place.write("photo.png", as_png(&scene(2400, 1800).into()));
    let words = "edit photo.png -p x --region 600x400+1500+200 -o out.png -q";
    place.words(words).on(&service).prints("out.png\n").done();
    let (before, after) = (pixels(&place.read("photo.png")), pixels(&place.read("out.png")));
    for (x, y, pixel) in after.enumerate_pixels() {
        let inside = (1500..2100).contains(&x) && (200..600).contains(&y);
        assert!(inside || pixel == before.get_pixel(x, y), "{x} {y}");
    }
    assert!(before != after);
}

#[test]
fn the_area_that_is_uploaded_is_named_before_anything_is_sent() {
    let (place, service) = (Place::new(), Service::new());
    place.write("photo.png", as_png(&scene(2400, 1800).into()));
    place.write("small.png", as_png(&scene(640, 480).into()));
    let region = "-p x --region 600x400+1500+200 -o out.png";
    place
        .words(&format!("edit photo.png {region}"))
        .on(&service)
        .prints("out.png\n")
        .saying(&["cropped to "])
        .done();
    let planned = place.words(&format!("edit photo.png {region} -f --dry-run")).prints_anything().done();
    let planned = String::from_utf8_lossy(&planned.stdout).into_owned();
    let upload = planned.lines().find(|line| line.starts_with("upload: ")).unwrap().to_owned();
    assert!(upload.ends_with(" of 2400×1800"), "{upload}");
    let words = "edit small.png -p x --region 100x100+0+0 -o small-out.png";
    place
        .words(words)
        .on(&service)
        .prints("small-out.png\n")
        .saying(&["note: small.png: the whole picture is uploaded (640×480)"])
        .done();
    let planned = place.words(&format!("{words} -f --dry-run")).prints_anything().done();
    assert!(String::from_utf8_lossy(&planned.stdout).contains("upload: the whole picture, 640×480\n"));
    // Several edits report it, too.
    place
        .words("edit small.png -n 2 -p x --region 100x100+0+0 -d several/")
        .on(&service)
        .prints_anything()
        .saying(&["note: small.png: the whole picture is uploaded (640×480)"])
        .done();
}

#[test]
fn a_region_beside_the_picture_is_refused_and_nothing_is_sent() {
    let (place, service) = (Place::with_picture(), Service::new());
    for (words, said) in [
        ("edit in.png -p x --region 10x10+5000+0 -o out.png", "is outside the picture"),
        ("edit in.png -p x --feather 4 -o out.png", "--feather is for results of --preserve and --region"),
        ("edit in.png -p x --threshold 9 -o out.png", "which only --preserve looks for"),
        ("edit in.png -p x --mask-out m.png -o out.png", "--mask-out needs a result that is restored into"),
        ("edit in.png -p x --mask in.txt -o out.png", "cannot read in.txt"),
        ("edit https://h.example/a.png -p x --preserve -o out.png", "downloaded by the service"),
        ("edit in.png -p x --alpha keep -o out.jpg", "a jpeg cannot be transparent"),
    ] {
        let code = if said.starts_with("--") || said.starts_with("which") { 2 } else { 3 };
        place.words(words).on(&service).exits(code).saying(&[said]).done();
    }
    service.ledger().ensure(0, 0);
}

#[test]
fn a_mask_guarantees_what_does_not_change() {
    let (place, service) = (Place::new(), Service::new());
    place.write("photo.png", as_png(&scene(1000, 750).into()));
    let mask = GrayImage::from_fn(1000, 750, |x, y| {
        Luma([if (f64::from(x) - 500.0).hypot(f64::from(y) - 350.0) < 200.0 { 255 } else { 0 }])
    });
    place.write("mask.png", as_png(&mask.clone().into()));
    place.words("edit photo.png -p x --mask mask.png -o out.png -q").on(&service).prints("out.png\n").done();
    let (before, after) = (pixels(&place.read("photo.png")), pixels(&place.read("out.png")));
    for ((was, is), cover) in before.pixels().zip(after.pixels()).zip(mask.pixels()) {
        assert!(cover.0[0] > 0 || was == is);
    }
    place.write("black.png", as_png(&GrayImage::new(1000, 750).into()));
    place
        .words("edit photo.png -p x --mask black.png -o no.png")
        .on(&service)
        .exits(3)
        .saying(&["black.png: the mask is entirely black"])
        .done();
    service.ledger().ensure(1, 1);
}

#[test]
fn keep_size_scales_the_result_to_the_picture() {
    let (place, service) = (Place::new(), Service::new());
    place.write("photo.png", as_png(&scene(500, 400).into()));
    let words = "edit photo.png -p x --keep-size -o out.jpg";
    let planned =
        place.words(&format!("{words} --dry-run --json")).on(&service).prints_anything().done().json();
    assert_eq!((&planned["width"], &planned["height"]), (&json!(500), &json!(400)));
    place.words(words).on(&service).prints("out.jpg\n").saying(&["out.jpg  500×400 jpeg"]).done();
    assert_eq!(pixels(&place.read("out.jpg")).dimensions(), (500, 400));
}

#[test]
fn what_is_recovered_is_brought_back_as_it_was_asked_for() {
    let (place, service) = (Place::new(), Service::faulty(&["download-error=404:1"]));
    place.write("photo.png", as_png(&scene(800, 600).into()));
    let words = "edit photo.png -p x --region 50%x50%+0+0 -o out.png -q --retries 0";
    place.words(words).on(&service).exits(9).says_anything().done();
    place.words("recover -q").on(&service).prints_anything().done();
    let (before, after) = (pixels(&place.read("photo.png")), pixels(&place.read("out.png")));
    assert_eq!(after.dimensions(), (800, 600));
    assert!(before != after && before.get_pixel(700, 500) == after.get_pixel(700, 500));
    let job = place.words("history -n 1 --json").on(&service).prints_anything().done().json();
    let show = format!("history show {}", job["job"].as_str().unwrap());
    let told = place.words(&show).on(&service).prints_anything().done();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("processing") && told.contains("region 50%x50%+0+0"), "{told}");
    service.ledger().ensure(1, 1);
}

#[test]
fn what_is_recovered_without_its_original_comes_as_the_service_made_it() {
    let (place, service) = (Place::new(), Service::faulty(&["download-error=404:1"]));
    place.write("photo.png", as_png(&scene(800, 600).into()));
    let words = "edit photo.png -p x --preserve -o out.png -q --retries 0";
    place.words(words).on(&service).exits(9).says_anything().done();
    fs::remove_file(place.path("photo.png")).unwrap();
    let run = place.words("recover --json").on(&service).exits(11).prints_anything();
    let record = run.saying(&["error: the result could not be put into its picture"]).done().json();
    assert_eq!((&record["status"], &record["restored"]), (&json!("ok"), &json!(false)));
    assert_eq!(pixels(&place.read("out.png")).dimensions(), (1152, 864));
}

#[test]
fn another_way_back_is_another_result_in_a_batch() {
    let (place, service) = (Place::new(), Service::new());
    place.write("photo.png", as_png(&scene(400, 300).into()));
    place.write("m.jsonl", "{\"image\":\"photo.png\",\"prompt\":\"x\",\"seed\":4,\"output\":\"out.png\"}\n");
    let run = |flags: &str, exit: i32| {
        let words = format!("batch m.jsonl -q {flags}");
        place.words(&words).on(&service).exits(exit).prints_anything().says_anything().done();
    };
    run("--preserve", 0);
    assert_eq!(pixels(&place.read("out.png")).dimensions(), (400, 300));
    run("--preserve", 0);
    service.ledger().ensure(1, 1);
    run("--keep-size --force", 0);
    service.ledger().ensure(2, 2);
}

#[test]
fn a_mask_is_not_written_over_anything_that_is_read_or_written() {
    let (place, service) = (pair(640, 480), Service::new());
    place.write("mask.png", as_png(&GrayImage::from_pixel(640, 480, Luma([255])).into()));
    for words in [
        "merge photo.png edited.jpg -o out.png -f --mask-out ./photo.png",
        "merge photo.png edited.jpg -o out.png -f --mask-out out.png",
        "edit photo.png -p x --preserve -o out.png -f --mask-out photo.png",
        "edit photo.png -p x --preserve -o out.png --mask-out ./out.png",
        "edit photo.png -p x --mask mask.png -o out.png -f --mask-out mask.png",
        "edit photo.png -p x --mask mask.png -o mask.png -f",
    ] {
        place.words(words).on(&service).exits(3).saying(&["is used for something else here"]).done();
    }
    place
        .words("edit photo.png -p x --preserve -o out.png --mask-out edited.jpg/m.png")
        .on(&service)
        .exits(3)
        .saying(&["edited.jpg is not a directory"])
        .done();
    service.ledger().ensure(0, 0);
    assert_eq!(place.names(), ["edited.jpg", "mask.png", "photo.png"]);
}

#[test]
fn an_earlier_result_serves_only_in_the_form_that_it_has() {
    let (place, service) = (Place::new(), Service::new());
    place.write("photo.png", as_png(&scene(400, 300).into()));
    let run = |output: &str| {
        let words = format!("edit photo.png -p x --preserve --seed 5 --reuse -q -o {output}");
        place.words(&words).on(&service).prints_anything().done();
    };
    run("one.jpg");
    run("two.jpg");
    service.ledger().ensure(1, 1);
    run("three.png");
    service.ledger().ensure(2, 2);
}

#[test]
fn a_result_with_nothing_of_its_original_is_kept_and_fails_where_that_was_said() {
    let place = Place::new();
    place.write("photo.png", as_png(&scene(400, 300).into()));
    let mut other = scene(1152, 864);
    image::imageops::invert(&mut other);
    let coding = Encoding::Jpeg { quality: 90, chroma: Chroma::Half };
    let picture = STANDARD.encode(encode(&other.into(), None, coding).unwrap());
    let answer = json_answer(200, &json!({"created": 1, "data": [{"b64_json": picture}]}), "");
    let wire = Wire::answering(answer);
    let words = "edit photo.png -p x --preserve --json";
    let record = place
        .words(&format!("{words} --strict -o strict.png"))
        .at(&wire.url())
        .exits(3)
        .prints_anything()
        .saying(&["error: most of the picture changed", "hint: the result was paid for and is saved"])
        .done()
        .json();
    assert_eq!((&record["status"], &record["extent"]), (&json!("ok"), &json!("whole")));
    assert_eq!(pixels(&place.read("strict.png")).dimensions(), (400, 300));
    place.words(&format!("{words} -o lax.png")).at(&wire.url()).prints_anything().says_anything().done();
    place.words("edit photo.png -p x --strict -o no.png").at(&wire.url()).exits(2).says_anything().done();
    assert_eq!(wire.posts(), 2);
}

/// A service whose answer has a shape of its own, and that answer.
fn answering_with_a_square() -> (Vec<u8>, Wire) {
    let coding = Encoding::Jpeg { quality: 90, chroma: Chroma::Half };
    let square = encode(&scene(900, 900).into(), None, coding).unwrap();
    let answer = json!({"created": 1, "data": [{"b64_json": STANDARD.encode(&square)}]});
    (square, Wire::answering(json_answer(200, &answer, "")))
}

#[test]
fn an_answer_that_cannot_be_put_into_its_picture_is_kept_as_it_came() {
    let place = Place::new();
    place.write("photo.png", as_png(&scene(400, 300).into()));
    let (square, wire) = answering_with_a_square();
    let run = place.words("edit photo.png -p x --preserve --json -o out.jpg").at(&wire.url());
    let record = run
        .exits(11)
        .prints_anything()
        .saying(&["error: the result could not be put into its picture", "it was paid for and is saved"])
        .done()
        .json();
    assert_eq!((&record["status"], &record["restored"]), (&json!("ok"), &json!(false)));
    assert_eq!(place.read("out.jpg"), square);
    place.words("recover").at(&wire.url()).says("note: nothing to recover\n").done();
    assert_eq!(wire.posts(), 1);
}

#[test]
fn a_row_that_cannot_be_put_into_its_picture_is_paid_for_once() {
    let place = Place::new();
    place.write("photo.png", as_png(&scene(400, 300).into()));
    place.write("m.jsonl", "{\"image\":\"photo.png\",\"prompt\":\"x\",\"output\":\"out.jpg\"}\n");
    let (square, wire) = answering_with_a_square();
    let run = place.words("batch m.jsonl --preserve --json").at(&wire.url());
    let record = run
        .exits(11)
        .prints_anything()
        .saying(&["error: photo.png: the result could not be put into its picture"])
        .done()
        .json();
    assert_eq!((&record["status"], &record["restored"]), (&json!("ok"), &json!(false)));
    assert_eq!(place.read("out.jpg"), square);
    place.words("batch m.jsonl --preserve").at(&wire.url()).prints_anything().says_anything().done();
    assert_eq!(wire.posts(), 1);
}

#[test]
fn a_result_that_is_not_what_was_asked_for_is_a_first_failure_too() {
    let place = Place::new();
    for name in ["one.png", "two.png"] {
        place.write(name, as_png(&scene(400, 300).into()));
    }
    let (_, wire) = answering_with_a_square();
    let run = place.words("edit one.png two.png -p x -d out --preserve --fail-fast -j 1").at(&wire.url());
    run.exits(11).prints_anything().saying(&["2 jobs: 1 made, 1 left"]).done();
    assert_eq!(wire.posts(), 1);
}

#[test]
fn no_part_is_told_of_where_nothing_may_change() {
    let (place, service) = (Place::new(), Service::new());
    place.write("photo.png", as_png(&scene(1600, 1200).into()));
    let words = "edit photo.png x -o out.png --preserve --seed 1 --region 500x400+300+300 --json";
    let record = place.words(words).on(&service).prints_anything().says_anything().done().json();
    let parts = record["parts"].as_array().unwrap();
    assert!(!parts.is_empty(), "{record}");
    for part in parts {
        let [left, top, width, height] =
            ["left", "top", "width", "height"].map(|side| part[side].as_i64().unwrap());
        assert!(left >= 300 && left + width <= 800 && top >= 300 && top + height <= 700, "{part}");
    }
}

#[test]
fn merge_writes_one_thing_to_standard_output_and_a_jpeg_where_no_name_tells() {
    let place = pair(640, 480);
    place
        .words("merge photo.png edited.jpg -o - --json")
        .exits(2)
        .prints_anything()
        .saying(&["both the picture and JSON"])
        .done();
    let done = place.words("merge photo.png edited.jpg -o - -q").prints_anything().done();
    assert!(done.stdout.starts_with(&[0xff, 0xd8, 0xff]));
    place.write("plain.png", as_png(&scene(640, 480).into()));
    let done = place.words("merge photo.png plain.png -o - -q").prints_anything().done();
    assert!(done.stdout.starts_with(&[0xff, 0xd8, 0xff]));
}

#[test]
fn a_result_that_its_format_has_no_room_for_is_refused_before_it_is_paid_for() {
    let (place, service) = (Place::new(), Service::new());
    place.write("long.png", as_png(&GrayImage::from_pixel(16_400, 40, Luma([90])).into()));
    let words = "edit long.png -p x --fit pad --preserve -o out.webp";
    place
        .words(words)
        .on(&service)
        .exits(3)
        .saying(&["a webp has sides of 1 to 16383 pixels, not 16400×40", "hint: write a PNG"])
        .done();
    service.ledger().ensure(0, 0);
}

#[test]
fn a_mask_is_no_place_for_results_and_no_link() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.write("mask.png", as_png(&GrayImage::from_pixel(64, 48, Luma([255])).into()));
    place.write("m.jsonl", "{\"image\":\"in.png\",\"prompt\":\"x\",\"output\":\"mask.png\"}\n");
    let batch = place.words("batch m.jsonl --mask mask.png --force").on(&service).exits(3);
    batch.saying(&["m.jsonl:1: ", "mask.png is also the mask"]).done();
    for flags in
        ["--mask https://h.example/a.png?sig=1", "--preserve --mask-out https://h.example/a.png?sig=1"]
    {
        let words = format!("edit in.png -p x -o out.png {flags}");
        let done = place.words(&words).on(&service).exits(3).saying(&["link"]).done();
        assert!(!done.said.contains("sig"), "{}", done.said);
    }
    service.ledger().ensure(0, 0);
}

/// Older releases delivered the result of a PNG as JPEG where no name said otherwise.
#[test]
fn a_batch_row_whose_png_became_a_jpeg_by_default_is_not_paid_for_again() {
    let (place, service) = (Place::new(), Service::new());
    place.write("photo.png", as_png(&scene(400, 300).into()));
    let rows = ["\"output\":\"one/\"", "\"output\":\"two/\""];
    let manifest = |rows: &[&str]| {
        rows.iter()
            .map(|row| format!("{{\"image\":\"photo.png\",\"prompt\":\"x\",{row}}}\n"))
            .collect::<String>()
    };
    place.write("m.jsonl", manifest(&rows));
    let words = "batch m.jsonl --preserve -q";
    place.words(words).args("--format jpeg").on(&service).prints_anything().done();
    service.ledger().ensure(2, 2);
    let again = || {
        let run = place.words(words).args("--json").on(&service).prints_anything().done();
        let records = run.jsons();
        assert!(records.iter().all(|record| record["reused"] == true), "{records:?}");
        records.iter().map(|record| record["output"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(again(), ["one/photo-edited.jpg", "two/photo-edited.jpg"]);
    // Rows that ask the same are told apart by their order only.
    place.write("m.jsonl", manifest(&[rows[1], rows[0]]));
    assert_eq!(again(), ["two/photo-edited.jpg", "one/photo-edited.jpg"]);
    service.ledger().ensure(2, 2);

    place.words("edit photo.png -p y --preserve -q").on(&service).prints("photo-edited.png\n").done();
    assert_eq!(pixels(&place.read("photo-edited.png")).dimensions(), (400, 300));
}

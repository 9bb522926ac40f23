//! `inspect`: what a picture is, and what would come back.

use serde_json::json;

use crate::support::{Place, Service, jpeg, png, webp};

#[test]
fn a_picture_that_is_taken() {
    let place = Place::with_picture();
    place
        .words("inspect in.png")
        .prints(
            "in.png: accepted; uploaded unchanged (64×48, [amount]); the result is 1152×864\n  \
               format       png\n  \
               size         64×48, [amount]\n  \
               ok           jpeg or png: png\n  \
               ok           at most 10 MiB: [amount]\n  \
               ok           at most 36 megapixels: 3072 pixels\n  \
               ok           both sides over 14 pixels: 64×48\n  \
               ok           aspect ratios from 1:3 to 3:1: 1.33:1\n",
        )
        .done();
}

#[test]
fn every_limit_is_held_against_a_picture_that_is_not_taken() {
    let place = Place::new();
    place.write("thin.jpg", jpeg(14, 60));
    let record = place.words("inspect thin.jpg --json").prints_anything().done().json();
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
fn the_size_that_comes_back_is_the_one_that_comes_back() {
    // Every row of the table is tested beside it; here the promise is held against a service.
    let (place, service) = (Place::new(), Service::new());
    for (width, height) in [(64, 48), (48, 64), (50, 50), (90, 30), (31, 60), (40, 70)] {
        place.write("in.png", png(width, height));
        let said = place.words("inspect in.png --json").prints_anything().done().json();
        let got = place.edit("--json -f").on(&service).prints_anything().done().json();
        assert_eq!(
            said["result"],
            json!({"width": got["width"], "height": got["height"]}),
            "{width}×{height}"
        );
    }
}

#[test]
fn a_picture_comes_from_standard_input_or_a_data_uri_too() {
    let place = Place::new();
    let record = place.words("inspect - --json").input(jpeg(40, 30)).prints_anything().done().json();
    assert_eq!((&record["input"], &record["format"]), (&json!("-"), &json!("jpeg")));
    let done = place.words("inspect data:image/gif;base64,R0lGODlhAQABAAAAACw=").prints_anything().done();
    let text = String::from_utf8(done.stdout).unwrap();
    assert!(text.contains("not met      jpeg or png: gif") && text.contains("only the first frame is used"));
}

#[test]
fn what_is_no_picture_is_an_error_in_words_and_in_json() {
    let place = Place::new();
    place.write("a.png", "text text text text");
    place
        .words("inspect a.png")
        .exits(3)
        .saying(&["error: a.png: not a picture in a known format\nhint: "])
        .done();
    let record = place.words("inspect a.png --json").exits(3).prints_anything().says_anything().done().json();
    assert_eq!((&record["status"], &record["error"]["kind"]), (&json!("error"), &json!("input")));
    place
        .words("inspect gone.png")
        .exits(3)
        .saying(&["error: cannot read gone.png", "\nhint: check the path\n"])
        .done();
    place
        .words("inspect https://h.example/a.png?X-Tos-Signature=5ecret")
        .exits(3)
        .says("error: a link is not fetched: `inspect` works offline\nhint: download it first\n")
        .done();
}

#[test]
fn an_orientation_turns_the_size_that_comes_back() {
    let place = Place::new();
    let mut turned = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut turned, 80);
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    encoder.add_exif_metadata(exif).unwrap();
    encoder.encode(&vec![90; 64 * 48 * 3], 64, 48, jpeg_encoder::ColorType::Rgb).unwrap();
    place.write("turned.jpg", turned);
    let record = place.words("inspect turned.jpg --json").prints_anything().done().json();
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
    place.words("inspect turned.jpg").prints_anything().done();
    assert_eq!(record["result"], json!({"width": 864, "height": 1152}));
}

#[test]
fn what_is_done_to_a_picture_is_said_and_the_size_that_comes_back_is_that_of_what_is_sent() {
    let (place, service) = (Place::new(), Service::new());
    place.write("in.webp", webp(90, 60));
    let done = place.words("inspect in.webp").prints_anything().done();
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(said.starts_with("in.webp: accepted; uploaded converted from webp to jpeg (90×60, "), "{said}");
    let said = place.words("inspect in.webp --json").prints_anything().done().json();
    assert_eq!((&said["accepted"], &said["refused"]), (&json!(false), &json!(null)));
    let got = place
        .run(["edit", "in.webp", "x", "--json", "-o", "out.jpg"])
        .on(&service)
        .prints_anything()
        .done()
        .json();
    assert_eq!(said["result"], json!({"width": got["width"], "height": got["height"]}));
}

#[test]
fn several_pictures_are_reported_one_after_the_other_and_a_bad_one_stops_nothing() {
    let place = Place::with_picture();
    place.write("broken.png", &png(64, 48)[..200]);
    let run = place.words("inspect in.png broken.png in.png").exits(3).prints_anything();
    let done = run.saying(&["broken.png"]).done();
    let text = String::from_utf8(done.stdout).unwrap();
    assert_eq!(text.matches("in.png: accepted").count(), 2, "{text}");
    let run = place.words("inspect in.png broken.png --json").exits(3).prints_anything().says_anything();
    let records = run.done().jsons();
    assert_eq!((&records[0]["status"], &records[1]["status"]), (&json!("ok"), &json!("error")));
}

//! A decoder that panics fails its own picture, and nothing else.
//!
//! Debug builds panic on request, so that no picture has to be kept that makes an outside library fail.

#![cfg(debug_assertions)]

use std::io::Cursor;

use image::{DynamicImage, ImageFormat};
use serde_json::json;

use crate::support::{Service, TestEnv, gradient, row, rows};

/// A bitmap that makes its decoder panic. It has to be decoded for the upload.
fn panicking_picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(gradient(40, 30)).write_to(&mut bytes, ImageFormat::Bmp).unwrap();
    [&bytes.into_inner()[..], b"\0seededit test: panic"].concat()
}

const ERROR: &str = "bad.bmp: the BMP picture is of a kind that cannot be decoded";
const HINT: &str = "convert it to JPEG or PNG first";

#[test]
fn an_edit_fails_like_any_other_whose_picture_cannot_be_read() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("bad.bmp", panicking_picture());
    let message = format!("error: {ERROR}\nhint: {HINT}\n");
    env.command("edit bad.bmp x -o out.jpg").service(&service).code(3).stderr(&message).assert();
    let run = env.command("edit bad.bmp x -o out.jpg --json").service(&service).code(3).any_stdout();
    let record = run.stderr(&message).assert().json();
    assert_eq!(record["error"]["kind"], json!("input"));
    assert!(record["error"]["message"].as_str().unwrap().contains(ERROR), "{record}");
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_merge_fails_with_one_line() {
    let env = TestEnv::with_picture();
    env.write("bad.bmp", panicking_picture());
    for args in ["merge in.png bad.bmp -o out.png", "merge bad.bmp in.png -o out.png"] {
        env.command(args).code(3).stderr(format!("error: {ERROR}\nhint: {HINT}\n")).assert();
    }
}

#[test]
fn the_other_rows_of_a_batch_are_done_with_any_number_of_workers() {
    for jobs in [1, 2, 4] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        env.write("bad.bmp", panicking_picture());
        let mut manifest = rows(5);
        for at in [0, 3] {
            let mut bad = row(10 + at);
            bad["image"] = json!("bad.bmp");
            manifest.insert(at, bad);
        }
        env.write_manifest(&manifest);
        let run = env.batch(&format!("--json -j {jobs}"), &service).any_outcome();
        let output = run.assert();
        assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
        let records = output.json_lines();
        let count = |status: &str| records.iter().filter(|record| record["status"] == status).count();
        assert_eq!((records.len(), count("ok"), count("error")), (7, 5, 2), "{}", output.stderr);
        service.ledger().ensure_counts(5, 5);
    }
}

/// The free space at the end of this file asks the process that decodes it for 4 GiB.
#[cfg(all(target_os = "linux", feature = "avif"))]
#[test]
fn a_decoder_that_asks_for_too_much_memory_fails_its_picture() {
    let env = TestEnv::with_picture();
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/src/picture/corpus/420.avif");
    let picture = std::fs::read(corpus).unwrap();
    for (text, code) in [(b"\0seededit test: nothing" as &[u8], 0), (b"\0seededit test: memory", 3)] {
        let len = u32::try_from(8 + text.len()).unwrap().to_be_bytes();
        env.write("large.avif", [&picture[..], &len, b"free", text].concat());
        let run = env.command("merge large.avif in.png -o out.png --force").code(code).any_stdout();
        let stderr = run.any_stderr().assert().stderr;
        let refusal = "large.avif: the AVIF picture is of a kind that cannot be decoded";
        assert_eq!(stderr.contains(refusal), code == 3, "{stderr}");
    }
}

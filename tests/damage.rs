//! What is paid for is a picture that every viewer shows: damaged ones are refused before, or repaired with a note.

use serde_json::json;

use crate::support::{Service, TestEnv, jpeg, png};

const EOI: usize = 2;
const IEND: usize = 12;
/// The signature and the first chunk of a PNG.
const AFTER_HEADER: usize = 33;

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind[..], data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], &body, &crc32fast::hash(&body).to_be_bytes()].concat()
}

/// A PNG whose compressed data was changed, with valid checksums.
fn png_with_rows(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    use std::io::Write;

    let mut rows = Vec::new();
    for _ in 0..200 {
        rows.push(0);
        rows.extend([90; 300 * 3]);
    }
    change(&mut rows);
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&rows).unwrap();
    let header = [&300_u32.to_be_bytes()[..], &200_u32.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &packed.finish().unwrap()), chunk(b"IEND", &[])];
    [&b"\x89PNG\r\n\x1A\n"[..], &chunks.concat()].concat()
}

/// Inserts bytes at a position.
fn inserted(mut bytes: Vec<u8>, at: usize, inserted: &[u8]) -> Vec<u8> {
    bytes.splice(at..at, inserted.iter().copied());
    bytes
}

fn find(bytes: &[u8], marker: [u8; 2]) -> usize {
    bytes.windows(2).position(|window| window == marker).unwrap()
}

#[test]
fn a_damaged_picture_is_refused_before_anything_is_sent() {
    let (env, service) = (TestEnv::new(), Service::new());
    let (jpeg, png) = (jpeg(640, 480), png(640, 480));
    let mut half = jpeg[..jpeg.len() / 2].to_vec();
    half.extend(b"\xFF\xD9");
    let mut checksum = png.clone();
    checksum[AFTER_HEADER + 20] ^= 1;
    for (name, bytes) in [
        ("half.jpg", half),
        ("stray-marker.jpg", inserted(jpeg.clone(), jpeg.len() / 2, b"\xFF\x9F")),
        ("two-starts.jpg", inserted(jpeg.clone(), 0, b"\xFF\xD8")),
        ("checksum.png", checksum),
        ("filter.png", png_with_rows(|rows| rows[901 * 5] = 9)),
        ("short.png", png_with_rows(|rows| rows.truncate(901 * 90))),
    ] {
        env.write(name, bytes);
        env.command(&format!("edit {name} x -q -o out.jpg"))
            .service(&service)
            .code(3)
            .stderr_contains(&["damaged or incomplete", "hint: "])
            .assert();
        let record = env.command(&format!("inspect --check {name} --json")).any_stdout().assert().json();
        assert_eq!(record["sent"], json!(null), "{name}");
    }
    service.ledger().ensure_counts(0, 0);
}

#[test]
#[ignore = "slow"]
fn what_all_viewers_tolerate_is_repaired_with_a_note() {
    let (env, service) = (TestEnv::new(), Service::new());
    let (jpeg, png) = (jpeg(640, 480), png(640, 480));
    let mut text = chunk(b"tEXt", b"Title\0x");
    *text.last_mut().unwrap() ^= 1;
    for (name, bytes, note) in [
        ("no-end.jpg", jpeg[..jpeg.len() - EOI].to_vec(), "end marker added"),
        ("no-end.png", png[..png.len() - IEND].to_vec(), "end marker added"),
        ("text.png", inserted(png.clone(), AFTER_HEADER, &text), "damaged metadata removed"),
        ("junk.jpg", inserted(jpeg.clone(), find(&jpeg, [0xFF, 0xDB]), b"junk"), "stray bytes removed"),
    ] {
        env.write(name, bytes);
        let out = name.replace('.', "-") + ".png";
        for flags in ["", "--preserve"] {
            env.command(&format!("edit {name} x --no-progress -o {out} --force {flags}"))
                .service(&service)
                .any_stdout()
                .stderr_contains(&[note])
                .assert();
        }
        env.command(&format!("merge {name} {name} -q -o {out} --force")).any_stdout().assert();
    }
    service.ledger().ensure_counts(8, 8);
}

#[test]
fn a_kind_of_jpeg_that_few_programs_read_is_converted() {
    // Arithmetic coding; src/jpeg/corpus/make.py says how it was made.
    let corpus =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/jpeg/corpus/arithmetic-420-0.jpg");
    let env = TestEnv::new();
    env.write("in.jpg", std::fs::read(corpus).unwrap());
    let record = env.command("inspect --check in.jpg --json").any_stdout().assert().json();
    assert_eq!(record["sent"]["changes"], json!(["compressed again"]));
}

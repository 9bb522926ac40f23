//! Pictures in formats that no service takes: read, converted for the upload, and restored like others.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::{Service, TestEnv, decode_rgb};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/picture/corpus")
}

/// The names of the corpus whose formats this build reads, without pictures that are too small for a service.
fn names() -> Vec<String> {
    let extensions = [
        (cfg!(feature = "avif"), ".avif"),
        (cfg!(feature = "heic"), ".heic"),
        (cfg!(feature = "jxl"), ".jxl"),
        (true, ".ico"),
        (true, ".psd"),
    ];
    let files = corpus().read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_read = |name: &String| {
        let is_large = !name.ends_with("-colors.ico");
        is_large && extensions.iter().any(|(is_on, end)| *is_on && name.ends_with(end))
    };
    let mut names: Vec<String> = files.filter(is_read).collect();
    // By extension.
    names.sort_by(|one, two| one.rsplit('.').cmp(two.rsplit('.')));
    names
}

#[test]
#[ignore = "slow"]
fn pictures_are_inspected_as_they_are_displayed() {
    let env = TestEnv::new();
    for name in names() {
        let format = name.split('.').next_back().unwrap();
        let shown = image::image_dimensions(corpus().join(format!("{name}.png"))).unwrap();
        env.write(&name, std::fs::read(corpus().join(&name)).unwrap());
        let record = env.command(&format!("inspect {name} --json")).any_stdout().assert().json();
        assert_eq!((&record["format"], &record["orientation"]), (&json!(format), &json!(1)), "{name}");
        assert_eq!((&record["width"], &record["height"]), (&json!(shown.0), &json!(shown.1)), "{name}");
        assert_eq!(
            (&record["accepted"], &record["sent"]["format"]),
            (&json!(false), &json!("jpeg")),
            "{name}"
        );
        let converted = format!("converted from {format} to jpeg");
        assert_eq!(record["sent"]["changes"][0], json!(converted), "{name}");
    }
}

#[test]
#[ignore = "slow"]
fn a_picture_merged_with_itself_has_its_own_pixels() {
    let env = TestEnv::new();
    for name in names() {
        env.write(&name, std::fs::read(corpus().join(&name)).unwrap());
        env.command(&format!("merge {name} {name} -o {name}.out.png")).any_stdout().any_stderr().assert();
        let found = decode_rgb(&env.read(format!("{name}.out.png")));
        let expected = image::open(corpus().join(format!("{name}.png"))).unwrap().into_rgb8();
        assert_eq!(found.dimensions(), expected.dimensions(), "{name}");
        let sum: u64 = found.iter().zip(expected.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        // Decoders scale up colors that are stored at half the resolution in different ways.
        assert!(sum < 5 * found.len() as u64, "{name}: {sum}");
    }
}

#[test]
#[ignore = "slow"]
fn an_edit_is_put_back_into_the_upright_picture() {
    let (env, service) = (TestEnv::new(), Service::new());
    // The pixels of every file are compared above; here, one of each format is enough.
    let mut names = names();
    names.dedup_by_key(|name| Path::new(name).extension().map(ToOwned::to_owned));
    for name in names {
        env.write(&name, std::fs::read(corpus().join(&name)).unwrap());
        let args = format!("edit {name} brighter --preserve -o {name}.out.png");
        env.command(&args).service(&service).any_stdout().any_stderr().assert();
        let found = decode_rgb(&env.read(format!("{name}.out.png")));
        let shown = image::image_dimensions(corpus().join(format!("{name}.png"))).unwrap();
        assert_eq!(found.dimensions(), shown, "{name}");
    }
}

#[cfg(feature = "avif")]
#[test]
fn a_damaged_avif_picture_is_read_or_refused_even_if_its_decoder_ends_its_process() {
    let env = TestEnv::with_picture();
    let bytes = std::fs::read(corpus().join("420.avif")).unwrap();
    for at in (bytes.len() / 2..bytes.len()).step_by(23) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x5A;
        env.write("damaged.avif", damaged);
        let output = env.command("merge in.png damaged.avif -o out.png --force").any_outcome().assert();
        assert!(matches!(output.code, Some(0 | 3)), "byte {at}: {:?} {}", output.code, output.stderr);
        assert!(!output.stderr.contains("panicked") && !output.stderr.contains("OBU"), "{}", output.stderr);
    }
}

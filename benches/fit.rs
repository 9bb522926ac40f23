//! What it costs to make a 12-megapixel photo fit for upload: as it is, and when it has to be turned;
//! beside the ImageMagick command that does as much.
//!
//! It ends by itself and judges nothing.

#![expect(clippy::print_stdout, reason = "a bench tells what it measured")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot measure has nothing better to do")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use seededit::testing::picture::Header;
use seededit::testing::picture::{FitOptions, describe, fit};

/// How often each thing is measured.
const ROUNDS: usize = 15;
/// The sides of the photo: 12 megapixels.
const SIDES: (u16, u16) = (4000, 3000);
/// What a user would type instead, but for the file names; the newer name first.
const INSTEAD: [&str; 2] = ["magick", "convert"];

fn main() {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = INSTEAD.into_iter().find(|program| runs(program));
    if program.is_none() {
        println!("there is no ImageMagick here to compare with");
    }
    for (name, orientation) in [("upright", 1), ("on its side", 6)] {
        let photo = photo(orientation);
        let header = Header::read(&photo).unwrap();
        let mut times = Vec::new();
        let mut done = String::new();
        for _ in 0..ROUNDS {
            let bytes = photo.as_slice().into();
            let start = Instant::now();
            let fitted = fit(bytes, &header, &FitOptions::default()).unwrap();
            times.push(start.elapsed());
            done = describe(&fitted.changes);
        }
        let ours = median(&mut times);
        println!("{name}: {:.1} ms ({done}); the goal is 150 ms", ours.as_secs_f64() * 1e3);
        if let Some(program) = program {
            match instead(program, directory.path(), &photo) {
                Some(theirs) => {
                    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
                    println!("{name}: {ratio:.3} times `{program} -auto-orient -strip -quality 95`");
                }
                None => println!("{name}: the {program} that is here cannot do it"),
            }
        }
    }
}

/// A photo of 4:2:0 as cameras write it: slopes, shapes, and grain.
fn photo(orientation: u8) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(12);
    let pixels = RgbImage::from_fn(SIDES.0.into(), SIDES.1.into(), |x, y| {
        let grain = rng.u32(0..9);
        let shape = if (x / 150 + y / 110) % 3 == 0 { 50 } else { 0 };
        Rgb([x / 20 + grain, y / 16 + grain, shape + (x + y) / 40 + grain]
            .map(|level| u8::try_from(level).unwrap_or(u8::MAX)))
    });
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 90);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.add_exif_metadata(&exif).unwrap();
    encoder.encode(&pixels, SIDES.0, SIDES.1, ColorType::Rgb).unwrap();
    bytes
}

fn runs(program: &str) -> bool {
    let run = Command::new(program).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

/// None where the other program cannot do it: what has its name may be another one.
fn instead(program: &str, directory: &Path, photo: &[u8]) -> Option<Duration> {
    let (from, to) = (directory.join("in.jpg"), directory.join("out.jpg"));
    std::fs::write(&from, photo).unwrap();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let status = Command::new(program)
            .arg(&from)
            .args(["-auto-orient", "-strip", "-quality", "95"])
            .arg(&to)
            .status();
        times.push(start.elapsed());
        if !status.is_ok_and(|status| status.success()) {
            return None;
        }
    }
    Some(median(&mut times))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

//! Measures fitting a 12-megapixel photo for the upload, upright and rotated, compared with the equivalent ImageMagick
//! command.
//!
//! Prints the results and never fails because of them.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(clippy::unwrap_used, reason = "an error ends the benchmark")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use seededit::testing::picture::Header;
use seededit::testing::picture::{FitOptions, describe, fit};

/// The number of measurements per median.
const ROUNDS: usize = 15;
/// Width and height of the photo: 12 megapixels.
const SIZE: (u16, u16) = (4000, 3000);
/// The names of ImageMagick's program, the newer one first.
const IMAGEMAGICK: [&str; 2] = ["magick", "convert"];

fn main() {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let program = IMAGEMAGICK.into_iter().find(|program| is_installed(program));
    if program.is_none() {
        println!("ImageMagick is not installed, so nothing is compared");
    }
    for (name, orientation) in [("upright", 1), ("rotated", 6)] {
        let photo = photo(orientation);
        let header = Header::read(&photo).unwrap();
        let mut times = Vec::new();
        let mut changes = String::new();
        for _ in 0..ROUNDS {
            let bytes = photo.as_slice().into();
            let start = Instant::now();
            let fitted = fit(bytes, &header, &FitOptions::default()).unwrap();
            times.push(start.elapsed());
            changes = describe(&fitted.changes);
        }
        let ours = median(&mut times);
        println!("{name}: {:.1} ms ({changes}); the goal is 150 ms", ours.as_secs_f64() * 1e3);
        if let Some(program) = program {
            match imagemagick(program, directory.path(), &photo) {
                Some(theirs) => {
                    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
                    println!("{name}: {ratio:.3} times `{program} -auto-orient -strip -quality 95`");
                }
                None => println!("{name}: {program} failed, so nothing is compared"),
            }
        }
    }
}

/// A 4:2:0 JPEG like those of cameras, with gradients, shapes and noise.
fn photo(orientation: u8) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(12);
    let pixels = RgbImage::from_fn(SIZE.0.into(), SIZE.1.into(), |x, y| {
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
    encoder.encode(&pixels, SIZE.0, SIZE.1, ColorType::Rgb).unwrap();
    bytes
}

fn is_installed(program: &str) -> bool {
    let run = Command::new(program).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

/// The median time of the equivalent command; `None` if it fails, because `convert` may be another program.
fn imagemagick(program: &str, directory: &Path, photo: &[u8]) -> Option<Duration> {
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

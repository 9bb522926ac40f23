//! Measures merging an edit of one megapixel into a large original, as a separate process, compared with an ImageMagick
//! command that decodes both pictures, scales the edit, composites it through a given mask, and encodes the result; and
//! with `jpegtran`, which only redoes the entropy coding of the original.
//!
//! Prints the results and never fails because of them.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(clippy::unwrap_used, reason = "an error ends the benchmark")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use image::{GrayImage, Luma, Rgb, RgbImage};
use seededit::testing::picture::{ChromaSubsampling, ColorSpace, Encoding, encode};

/// The number of measurements per median. The two programs alternate.
const ROUNDS: usize = 7;
/// The names of ImageMagick's program, the newer one first.
const IMAGEMAGICK: [&str; 2] = ["magick", "convert"];

fn main() {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let at = directory.path();
    write_pictures(at);
    let program = IMAGEMAGICK.into_iter().find(|program| is_installed(program));
    if program.is_none() {
        println!("ImageMagick is not installed, so nothing is compared");
    }
    let (mut ours, mut theirs, mut recoded) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(timed(&mut merge(at, "12.jpg", "out.jpg")));
        theirs.extend(program.and_then(|program| timed_if_successful(&mut composite(program, at))));
        recoded.extend(timed_if_successful(&mut recode(at)));
    }
    let ours = median(&mut ours).as_secs_f64();
    let peak_of_12 = peak(at, "12.jpg", "out.jpg", 64);
    println!("12 megapixels, JPEG to JPEG: {:.0} ms; {peak_of_12}", ours * 1e3);
    let sizes = ["12.jpg", "out.jpg"].map(|name| std::fs::metadata(at.join(name)).unwrap().len() as f64);
    println!("12 megapixels, JPEG to JPEG: {:+.2} % of the size", 100.0 * (sizes[1] / sizes[0] - 1.0));
    if let (Some(program), false) = (program, theirs.is_empty()) {
        let ratio = ours / median(&mut theirs).as_secs_f64();
        println!("12 megapixels, JPEG to JPEG: {ratio:.2} times {program}, the goal is 0.15");
    }
    if recoded.is_empty() {
        println!("jpegtran is not installed, so it is not compared");
    } else {
        let ratio = ours / median(&mut recoded).as_secs_f64();
        println!("12 megapixels, JPEG to JPEG: {ratio:.2} times jpegtran -optimize, the goal is 1.6");
    }
    registered(at);
    let mut large: Vec<_> = (0..3).map(|_| timed(&mut merge(at, "24.jpg", "out.jpg"))).collect();
    let large = median(&mut large).as_secs_f64();
    let peak_of_24 = peak(at, "24.jpg", "out.jpg", 110);
    println!("24 megapixels, JPEG to JPEG: {:.0} ms; {peak_of_24}", large * 1e3);
    let mut large: Vec<_> = (0..3).map(|_| timed(&mut merge(at, "24.png", "out.png"))).collect();
    let large = median(&mut large).as_secs_f64();
    let peak_of_24 = peak(at, "24.png", "out.png", 300);
    println!("24 megapixels, PNG to PNG: {large:.2} s, the goal is 3 s; {peak_of_24}");
}

/// Compares an answer that has to be found, because it is cropped, with one whose place is given.
fn registered(at: &Path) {
    let (mut found, mut given) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        found.push(timed(&mut merge(at, "12.jpg", "out.jpg")));
        found.push(timed(merge_of(at, "12.jpg", "cropped.jpg").args(["-o", "out.jpg"])));
        given.push(timed(merge(at, "12.jpg", "out.jpg").arg("--placement=exact")));
    }
    let cropped: Vec<_> = found.iter().copied().skip(1).step_by(2).collect();
    let whole: Vec<_> = found.into_iter().step_by(2).collect();
    let given = median(&mut given).as_secs_f64();
    for (name, mut times) in [("an answer of its shape", whole), ("a cropped answer", cropped)] {
        let ratio = median(&mut times).as_secs_f64() / given;
        println!(
            "12 megapixels, {name}, found: {ratio:.2} times the same with its place given, the goal is 1.25"
        );
    }
}

/// Writes originals of 12 and 24 megapixels, an edit of them, and the mask of the edit.
fn write_pictures(at: &Path) {
    let scene = |width: u32, height: u32| {
        let mut rng = fastrand::Rng::with_seed(12);
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = (x * 4000 / width, y * 3000 / height);
            let grain = rng.u32(0..5);
            let shape = if (x / 150 + y / 110) % 3 == 0 { 50 } else { 0 };
            Rgb([x / 20 + grain, y / 16 + grain, shape + (x + y) / 40 + grain]
                .map(|level| u8::try_from(level).unwrap_or(u8::MAX)))
        })
    };
    let is_new = |x: u32, y: u32| (f64::from(x) - 400.0).hypot(f64::from(y) - 500.0) < 150.0;
    let mut edited = image::imageops::thumbnail(&scene(4000, 3000), 1152, 864);
    for (x, y, pixel) in edited.enumerate_pixels_mut().filter(|(x, y, _)| is_new(*x, *y)) {
        *pixel = Rgb([220, (x % 60) as u8, (y % 50) as u8]);
    }
    let cropped = image::imageops::crop_imm(&edited, 0, 4, 1152, 856).to_image();
    let mask = GrayImage::from_fn(1152, 864, |x, y| Luma([if is_new(x, y) { 255 } else { 0 }]));
    let jpeg = Encoding::Jpeg { quality: 92, subsampling: ChromaSubsampling::Yuv420 };
    for (name, picture, encoding) in [
        ("12.jpg", scene(4000, 3000).into(), jpeg),
        ("24.jpg", scene(5656, 4242).into(), jpeg),
        ("24.png", scene(5656, 4242).into(), Encoding::Png),
        ("edited.jpg", edited.into(), jpeg),
        ("cropped.jpg", cropped.into(), jpeg),
        ("mask.png", mask.into(), Encoding::Png),
    ] {
        std::fs::write(at.join(name), encode(&picture, &ColorSpace::SRGB, encoding).unwrap()).unwrap();
    }
}

fn merge(at: &Path, original: &str, output: &str) -> Command {
    let mut command = merge_of(at, original, "edited.jpg");
    command.args(["-o", output]);
    command
}

fn merge_of(at: &Path, original: &str, edited: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seededit"));
    command.current_dir(at).args(["merge", original, edited, "--force", "--quiet"]);
    command.env("SEEDEDIT_CONFIG_DIR", at).env("SEEDEDIT_DATA_DIR", at);
    command
}

fn composite(program: &str, at: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(at);
    command.args(["12.jpg", "(", "edited.jpg", "-resize", "4000x3000!", ")"]);
    command.args(["(", "mask.png", "-resize", "4000x3000!", ")"]);
    command.args(["-composite", "-quality", "95", "theirs.jpg"]);
    command
}

fn recode(at: &Path) -> Command {
    let mut command = Command::new("jpegtran");
    command.current_dir(at).args(["-copy", "all", "-optimize", "-outfile", "recoded.jpg", "12.jpg"]);
    command
}

/// The peak memory and the page faults of one run, as reported by `/usr/bin/time`. `goal` is in megabytes.
fn peak(at: &Path, original: &str, output: &str, goal: u32) -> String {
    let merge = merge(at, original, output);
    let mut command = Command::new("/usr/bin/time");
    command.current_dir(at).arg("-v").arg(merge.get_program()).args(merge.get_args());
    command.env("SEEDEDIT_CONFIG_DIR", at).env("SEEDEDIT_DATA_DIR", at);
    let Ok(output) = command.stdout(Stdio::null()).output() else {
        return "peak not measured: /usr/bin/time is not installed".into();
    };
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    let number = |label: &str| {
        let value = report.lines().find_map(|line| line.trim().strip_prefix(label));
        value.and_then(|number| number.parse::<f64>().ok())
    };
    let peak = number("Maximum resident set size (kbytes): ");
    let faults = number("Minor (reclaiming a frame) page faults: ");
    match (peak, faults) {
        (Some(kib), Some(faults)) => {
            format!("peak {:.0} MB, the goal is {goal} MB; {faults} page faults", kib * 1.024e-3)
        }
        _ => "peak not reported".into(),
    }
}

/// The time of a command; `None` if it fails, because `convert` may be another program.
fn timed_if_successful(command: &mut Command) -> Option<Duration> {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).status().ok()?;
    status.success().then(|| start.elapsed())
}

fn timed(command: &mut Command) -> Duration {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).status();
    assert!(status.unwrap().success());
    start.elapsed()
}

fn is_installed(program: &str) -> bool {
    let run = Command::new(program).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

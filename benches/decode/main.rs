//! Compares decoding pictures of 12 megapixels with Pillow, pillow-heif and djxl, and measures `seededit inspect`.
//!
//! All decoders take turns in one run. The results are medians, and only their ratios matter, because the speed of the
//! machine and its other load affect all of them. The pictures are drawn here, and encoded by the tools beside which they
//! are decoded. What is not installed is skipped. To use a Python with Pillow and pillow-heif:
//!
//! ```text
//! PYTHON=venv/bin/python cargo bench --bench decode
//! ```
#![expect(clippy::print_stdout, reason = "printing the table is the purpose of this program")]

#[cfg(unix)]
#[path = "../../src/allocator.rs"]
mod allocator;
#[cfg(unix)]
mod cost;
#[cfg(unix)]
mod pictures;
#[cfg(unix)]
mod reference;

/// The allocator of the program, because memory for the pixels is a large part of what decoding costs.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: allocator::HugePages = allocator::HugePages;

/// An error ends a comparison with a message.
#[cfg(unix)]
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[cfg(not(unix))]
fn main() {
    println!("skipped: the measurement of processor time needs Unix");
}

#[cfg(unix)]
fn main() -> Result<()> {
    allocator::share_one_arena();
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut pillow = reference::Pillow::start();
    let pictures = pictures::write(scratch.path(), pillow.as_mut())?;
    println!("decoding 4000x3000 pixels; medians, and ours divided by the other's\n");
    println!("{:<34} {:>9} {:>9} {:>7} {:>7}", "", "seededit", "other", "time", "CPU");
    for picture in &pictures {
        if let Err(reason) = compare(picture, pillow.as_mut()) {
            println!("{:<34} skipped: {reason}", picture.title());
        }
    }
    println!("\n`seededit inspect`, whole processes\n");
    for picture in &pictures {
        inspect(picture, scratch.path())?;
    }
    for file in pictures::small() {
        inspect(&file, scratch.path())?;
    }
    Ok(())
}

/// Decodes a picture in turns with another decoder, and prints a line.
#[cfg(unix)]
fn compare(picture: &pictures::Picture, pillow: Option<&mut reference::Pillow>) -> Result<()> {
    use cost::Cost;
    use seededit::testing::picture::decode;

    /// The number of measurements per median.
    const ROUNDS: usize = 11;

    let bytes = std::fs::read(&picture.file)?;
    let ours = || Cost::of(|| Ok(decode(&bytes).map(drop)?));
    let mut theirs: Box<dyn FnMut() -> Result<Cost>> = match (picture.reference, pillow) {
        (pictures::Reference::Djxl, _) => Box::new(|| reference::djxl(&picture.file)),
        (pictures::Reference::Pillow, Some(pillow)) => Box::new(|| pillow.load(&picture.file)),
        (pictures::Reference::Pillow, None) => return Err("python3 is not installed".into()),
    };
    // The first run reads files and starts threads.
    ours()?;
    theirs()?;
    let mut costs = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        costs.0.push(ours()?);
        costs.1.push(theirs()?);
    }
    let (ours, theirs) = (Cost::median(&costs.0), Cost::median(&costs.1));
    println!(
        "{:<34} {:>6.0} ms {:>6.0} ms {:>7.2} {:>7.2}",
        picture.title(),
        ours.wall * 1e3,
        theirs.wall * 1e3,
        ours.wall / theirs.wall,
        ours.cpu / theirs.cpu
    );
    Ok(())
}

/// Runs `seededit inspect` on a picture, and prints a line.
#[cfg(unix)]
fn inspect(picture: &pictures::Picture, scratch: &std::path::Path) -> Result<()> {
    use cost::Cost;
    use std::process::{Command, Stdio};

    const ROUNDS: usize = 21;
    const GOAL: f64 = 5e-3;

    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seededit"));
        command.arg("inspect").arg(&picture.file).stdout(Stdio::null());
        command.env("SEEDEDIT_CONFIG_DIR", scratch).env("SEEDEDIT_DATA_DIR", scratch);
        let status = command.status()?;
        if status.success() { Ok(()) } else { Err(status.to_string().into()) }
    };
    let costs: Result<Vec<Cost>> = (0..ROUNDS).map(|_| Cost::of_children(run)).collect();
    let cost = Cost::median(&costs?);
    let met = if cost.wall <= GOAL { "met" } else { "MISSED" };
    println!(
        "{:<34} {:>6.1} ms {:>6.1} ms of CPU; 5 ms {met}",
        picture.title(),
        cost.wall * 1e3,
        cost.cpu * 1e3
    );
    Ok(())
}

//! The memory of a short run and of a long one.

use std::time::Duration;

use crate::figures::{mebibytes, met};
use crate::scene::{SMALL, Scene};
use crate::{Result, picture};

const SHORT: usize = 100;
const LONG: usize = 10_000;
const AT_ONCE: u32 = 32;
const INPUT: usize = 1_000_000;
/// Long enough that all that may be under way at once are.
const LATENCY: Duration = Duration::from_millis(200);
/// The most memory that a run should take.
const GOAL: u64 = 80_000_000;
/// By how much of the short run's the long one's may differ and still be the same.
const SAME: f64 = 0.1;

/// Large pictures, many at once, few and many in all.
pub(crate) fn measure() -> Result<()> {
    let (short, long) = (peak(SHORT)?, peak(LONG)?);
    let ratio = long as f64 / short as f64;
    println!(
        "peak memory, {AT_ONCE} at once, pictures of {} KB: {} for {SHORT} edits, {} for {LONG}, {ratio:.2} times  {}, {}",
        INPUT / 1_000,
        mebibytes(short),
        mebibytes(long),
        met("< 80 MB", short.max(long) < GOAL),
        met("the same", (ratio - 1.0).abs() <= SAME),
    );
    Ok(())
}

/// The largest resident set of a run of so many.
fn peak(count: usize) -> Result<u64> {
    let scene = Scene::new(&picture::of_length(SMALL)?, LATENCY)?;
    let rows = scene.rows("large", &picture::of_length(INPUT)?, count)?;
    let spent = scene.batch(&scene.manifest("large", &rows)?, AT_ONCE).run()?;
    scene.ensure_posts(count as u64)?;
    Ok(spent.peak)
}

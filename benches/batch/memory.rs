//! Peak memory of a short and a long run.

use std::time::Duration;

use crate::report::{goal, mebibytes};
use crate::workload::{SMALL_RESULT, Workload};
use crate::{Result, picture};

const SHORT: usize = 100;
const LONG: usize = 10_000;
const CONCURRENCY: u32 = 32;
const INPUT: usize = 1_000_000;
/// Long enough that the maximum number of edits is in flight.
const LATENCY: Duration = Duration::from_millis(200);
/// The largest acceptable peak memory, in bytes.
const GOAL: u64 = 80_000_000;
/// The largest relative difference that still counts as the same.
const TOLERANCE: f64 = 0.1;
/// Compares a short and a long run with large pictures and many edits in flight.
pub(crate) fn measure() -> Result<()> {
    let (short, long) = (peak(SHORT)?, peak(LONG)?);
    let ratio = long as f64 / short as f64;
    println!(
        "peak memory, {CONCURRENCY} in flight, pictures of {} KB: {} for {SHORT} edits, {} for {LONG}, ratio {ratio:.2}  {}, {}",
        INPUT / 1_000,
        mebibytes(short),
        mebibytes(long),
        goal("< 80 MB", short.max(long) < GOAL),
        goal("the same", (ratio - 1.0).abs() <= TOLERANCE),
    );
    Ok(())
}

/// The peak memory of a run of `count` edits, in bytes.
fn peak(count: usize) -> Result<u64> {
    let workload = Workload::new(&picture::of_length(SMALL_RESULT)?, LATENCY)?;
    let rows = workload.rows("large", &picture::of_length(INPUT)?, count)?;
    let usage = workload.batch(&workload.manifest("large", &rows)?, CONCURRENCY).run()?;
    workload.ensure_posts(count as u64)?;
    Ok(usage.peak)
}

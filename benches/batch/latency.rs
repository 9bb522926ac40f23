//! The time of a run compared with the latency of the service alone.

use std::time::Duration;

use crate::report::{goal, ratio};
use crate::workload::{SMALL_RESULT, Workload};
use crate::{Result, picture};

const JOBS: u32 = 128;
const CONCURRENCY: u32 = 16;
const LATENCY: Duration = Duration::from_secs(1);
/// The largest acceptable ratio to the ideal time.
const GOAL: f64 = 1.1;
/// Runs many edits against a service with a high latency.
pub(crate) fn measure() -> Result<()> {
    let workload = Workload::new(&picture::of_length(SMALL_RESULT)?, LATENCY)?;
    let rows = workload.rows("slow", &picture::of_length(50_000)?, JOBS as usize)?;
    let usage = workload.batch(&workload.manifest("slow", &rows)?, CONCURRENCY).run()?;
    workload.ensure_posts(JOBS.into())?;
    let ideal = LATENCY * JOBS.div_ceil(CONCURRENCY);
    let ratio = ratio(usage.wall, ideal);
    println!(
        "{JOBS} edits, {CONCURRENCY} in flight, {} s each: {:.2} s, {ratio:.3} times the ideal {} s  {}",
        LATENCY.as_secs(),
        usage.wall.as_secs_f64(),
        ideal.as_secs(),
        goal(&format!("<= {GOAL:.2}"), ratio <= GOAL),
    );
    Ok(())
}

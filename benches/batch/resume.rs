//! A long manifest with only completed rows: planning it, and running it again with and without a record per row.

use std::time::Duration;

use crate::report::{goal, mebibytes};
use crate::workload::{SMALL_RESULT, Workload};
use crate::{Result, completed_batch, picture};

const ROWS: usize = 100_000;
/// The default of `--jobs`.
const CONCURRENCY: u32 = 4;
const GOAL: Duration = Duration::from_secs(10);
/// Measures runs of a completed batch.
pub(crate) fn measure() -> Result<()> {
    let result = picture::of_length(SMALL_RESULT)?;
    let workload = Workload::new(&result, Duration::ZERO)?;
    let manifest = completed_batch::create(&workload, ROWS)?;
    let before = workload.posts();
    let again = workload.batch(&manifest, CONCURRENCY);
    let runs =
        [("plan (--dry-run)", Some("--dry-run")), ("resume", None), ("resume (--json)", Some("--json"))];
    for (name, flag) in runs {
        let usage = again.clone().args(flag).run()?;
        // A row that is not recognized would be sent, and a row in doubt would fail the run.
        workload.ensure_posts(before)?;
        println!(
            "{name:<16} {ROWS} completed rows: {:.2} s, {:.2} s of processor time, peak {}  {}",
            usage.wall.as_secs_f64(),
            usage.cpu.as_secs_f64(),
            mebibytes(usage.peak),
            goal(&format!("<= {} s", GOAL.as_secs()), usage.wall <= GOAL),
        );
    }
    Ok(())
}

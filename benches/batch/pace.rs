//! How near a run comes to what the service's latency alone would take.

use std::time::Duration;

use crate::figures::{met, ratio};
use crate::scene::{SMALL, Scene};
use crate::{Result, picture};

const JOBS: u32 = 128;
const AT_ONCE: u32 = 16;
const LATENCY: Duration = Duration::from_secs(1);
/// The most that a run should take of the ideal time.
const GOAL: f64 = 1.1;

/// Many edits at a service that takes its time.
pub(crate) fn measure() -> Result<()> {
    let scene = Scene::new(&picture::of_length(SMALL)?, LATENCY)?;
    let rows = scene.rows("slow", &picture::of_length(50_000)?, JOBS as usize)?;
    let spent = scene.batch(&scene.manifest("slow", &rows)?, AT_ONCE).run()?;
    scene.ensure_posts(JOBS.into())?;
    let ideal = LATENCY * JOBS.div_ceil(AT_ONCE);
    let ratio = ratio(spent.wall, ideal);
    println!(
        "{JOBS} edits, {AT_ONCE} at once, {} s each: {:.2} s, {ratio:.3} of the ideal {} s  {}",
        LATENCY.as_secs(),
        spent.wall.as_secs_f64(),
        ideal.as_secs(),
        met(&format!("<= {GOAL:.2}"), ratio <= GOAL),
    );
    Ok(())
}

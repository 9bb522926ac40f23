//! A long manifest of which all is done: planning it, and running it again, with each result told or only
//! their number.

use std::time::Duration;

use crate::figures::{mebibytes, met};
use crate::scene::{SMALL, Scene};
use crate::{Result, filled, picture};

const ROWS: usize = 100_000;
/// As when nothing is said.
const AT_ONCE: u32 = 4;
const GOAL: Duration = Duration::from_secs(10);

/// Runs what was made as if it had been run before.
pub(crate) fn measure() -> Result<()> {
    let result = picture::of_length(SMALL)?;
    let scene = Scene::new(&result, Duration::ZERO)?;
    let manifest = filled::all_done(&scene, &result, ROWS)?;
    let before = scene.posts();
    let again = scene.batch(&manifest, AT_ONCE);
    let runs =
        [("plan (--dry-run)", Some("--dry-run")), ("resume", None), ("resume (--json)", Some("--json"))];
    for (what, flag) in runs {
        let spent = again.clone().args(flag).run()?;
        // What was not known again would have been sent, and what is in doubt ends in failure.
        scene.ensure_posts(before)?;
        println!(
            "{what:<16} {ROWS} rows, all done: {:.2} s, {:.2} s of processor time, peak {}  {}",
            spent.wall.as_secs_f64(),
            spent.cpu.as_secs_f64(),
            mebibytes(spent.peak),
            met(&format!("<= {} s", GOAL.as_secs()), spent.wall <= GOAL),
        );
    }
    Ok(())
}

//! Edits a second, beside a loop over the shell pipeline.

use std::fs;
use std::time::Duration;

use crate::figures::{met, missing_tool, ratio};
use crate::process::{Program, Spent};
use crate::scene::{Row, SMALL, Scene};
use crate::{Result, picture};

const PIPELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pipeline.sh");
/// `xargs` with the pipeline; its arguments are how many at once, the pipeline, the URL and the list.
const LOOP: &str = r#"xargs -0 -n 3 -P "$1" bash "$2" "$3" < "$4""#;
const JOBS: usize = 1_000;
const AT_ONCE: u32 = 8;
/// How many times the pipeline's edits a second are wanted.
const GOAL: f64 = 5.0;

/// With small results, where what is spent on each edit counts, and with results as the service has them,
/// where the disk counts, too.
pub(crate) fn measure() -> Result<()> {
    if let Some(missing) = missing_tool() {
        println!("skipped: the pipeline needs {missing}, which is not installed");
        return Ok(());
    }
    for result in [picture::of_length(SMALL)?, picture::result()?] {
        compare(&result)?;
    }
    Ok(())
}

fn compare(result: &[u8]) -> Result<()> {
    let scene = Scene::new(result, Duration::ZERO)?;
    let picture = picture::of_length(50_000)?;
    let rows = scene.rows("theirs", &picture, JOBS)?;
    // Half of them before and half after ours, so that what the machine does meanwhile meets both.
    let (first, second) = rows.split_at(JOBS / 2);
    let ours = scene.rows("ours", &picture, JOBS)?;
    let before = pipelines(&scene, first)?;
    let ours = scene.batch(&scene.manifest("ours", &ours)?, AT_ONCE).run()?;
    let after = pipelines(&scene, second)?;
    scene.ensure_posts(2 * JOBS as u64)?;
    let theirs = Spent { wall: before.wall + after.wall, cpu: before.cpu + after.cpu, ..before };
    let times = ratio(theirs.wall, ours.wall);
    println!(
        "{JOBS} edits, {AT_ONCE} at once, results of {} KB: {} edits/s, {times:.1} times the pipeline's {}  {}",
        result.len() / 1_000,
        per_second(ours.wall),
        per_second(theirs.wall),
        met(&format!(">= {GOAL}"), times >= GOAL),
    );
    println!(
        "    processor time of an edit: {:.2} ms, the pipeline's {:.2} ms",
        each_millis(ours.cpu),
        each_millis(theirs.cpu),
    );
    Ok(())
}

/// Edits these, one pipeline each.
fn pipelines(scene: &Scene, rows: &[Row]) -> Result<Spent> {
    fs::create_dir_all(scene.path("theirs"))?;
    let mut list = Vec::new();
    for Row { image, prompt, output } in rows {
        let (image, output) = (scene.path(image), scene.path(output));
        for argument in [image.as_os_str(), prompt.as_ref(), output.as_os_str()] {
            list.extend(argument.as_encoded_bytes());
            list.push(0);
        }
    }
    let path = scene.path("list");
    fs::write(&path, list)?;
    Program::new("bash")
        .args(["-c", LOOP, "loop", &AT_ONCE.to_string(), PIPELINE, &scene.url()])
        .args([path])
        .env("API_KEY", "bench")
        .run()
}

fn per_second(wall: Duration) -> String {
    format!("{:.1}", JOBS as f64 / wall.as_secs_f64())
}

fn each_millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3 / JOBS as f64
}

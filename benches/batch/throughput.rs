//! Edits per second, compared with a loop over the shell pipeline.

use std::fs;
use std::time::Duration;

use crate::process::{Program, Usage};
use crate::report::{goal, missing_tool, ratio};
use crate::workload::{Row, SMALL_RESULT, Workload};
use crate::{Result, picture};

const PIPELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pipeline.sh");
/// Runs the pipeline with `xargs`. Its arguments are the number of processes, the pipeline, the URL and the list.
const LOOP: &str = r#"xargs -0 -n 3 -P "$1" bash "$2" "$3" < "$4""#;
const JOBS: usize = 1_000;
const CONCURRENCY: u32 = 8;
/// The smallest acceptable ratio to the pipeline's edits per second.
const GOAL: f64 = 5.0;
/// Compares with small results, where the work per edit dominates, and with results of a typical size, where the disk
/// matters, too.
pub(crate) fn measure() -> Result<()> {
    if let Some(missing) = missing_tool() {
        println!("skipped: the pipeline needs {missing}, which is not installed");
        return Ok(());
    }
    for result in [picture::of_length(SMALL_RESULT)?, picture::result()?] {
        compare(&result)?;
    }
    Ok(())
}

fn compare(result: &[u8]) -> Result<()> {
    let workload = Workload::new(result, Duration::ZERO)?;
    let picture = picture::of_length(50_000)?;
    let rows = workload.rows("theirs", &picture, JOBS)?;
    // Half of the pipeline's edits run before seededit's and half after, so that other load affects both alike.
    let (first, second) = rows.split_at(JOBS / 2);
    let ours = workload.rows("ours", &picture, JOBS)?;
    let before = run_pipelines(&workload, first)?;
    let ours = workload.batch(&workload.manifest("ours", &ours)?, CONCURRENCY).run()?;
    let after = run_pipelines(&workload, second)?;
    workload.ensure_posts(2 * JOBS as u64)?;
    let theirs = Usage { wall: before.wall + after.wall, cpu: before.cpu + after.cpu, ..before };
    let times = ratio(theirs.wall, ours.wall);
    println!(
        "{JOBS} edits, {CONCURRENCY} in flight, results of {} KB: {} edits/s, {times:.1} times the pipeline's {}  {}",
        result.len() / 1_000,
        per_second(ours.wall),
        per_second(theirs.wall),
        goal(&format!(">= {GOAL}"), times >= GOAL),
    );
    println!(
        "    CPU time per edit: {:.2} ms; the pipeline's: {:.2} ms",
        millis_per_edit(ours.cpu),
        millis_per_edit(theirs.cpu),
    );
    Ok(())
}

/// Runs the pipeline once per row.
fn run_pipelines(workload: &Workload, rows: &[Row]) -> Result<Usage> {
    fs::create_dir_all(workload.path("theirs"))?;
    let mut list = Vec::new();
    for Row { image, prompt, output } in rows {
        let (image, output) = (workload.path(image), workload.path(output));
        for argument in [image.as_os_str(), prompt.as_ref(), output.as_os_str()] {
            list.extend(argument.as_encoded_bytes());
            list.push(0);
        }
    }
    let path = workload.path("list");
    fs::write(&path, list)?;
    Program::new("bash")
        .args(["-c", LOOP, "loop", &CONCURRENCY.to_string(), PIPELINE, &workload.url()])
        .args([path])
        .env("API_KEY", "bench")
        .run()
}

fn per_second(wall: Duration) -> String {
    format!("{:.1}", JOBS as f64 / wall.as_secs_f64())
}

fn millis_per_edit(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3 / JOBS as f64
}

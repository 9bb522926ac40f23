//! The comparisons, and their table.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::{Program, Usage};
use crate::report::{goal, mebibytes, missing_tool, ratio};
use crate::server::Server;
use crate::{Result, picture};

const SEEDEDIT: &str = env!("CARGO_BIN_EXE_seededit");
const PIPELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pipeline.sh");
const PROMPT: &str = "Add a bird to the foreground of the photo.";

struct Case {
    name: &'static str,
    /// The size of the input, in bytes.
    length: usize,
    /// How often each program edits it.
    pairs: usize,
    /// The largest acceptable ratio to the pipeline's time.
    goal: f64,
}

const CASES: [Case; 3] = [
    Case { name: "edit, 50 KB", length: 50_000, pairs: 40, goal: 0.35 },
    Case { name: "edit, 1 MB", length: 1_000_000, pairs: 40, goal: 0.35 },
    // The largest picture that the service accepts.
    Case { name: "edit, 10 MB", length: 10 << 20, pairs: 20, goal: 0.45 },
];
/// How often each program prints its version.
const VERSION_PAIRS: usize = 60;
/// The largest acceptable ratio to curl's time.
const VERSION_GOAL: f64 = 0.3;
/// The largest acceptable peak memory of an edit of the largest picture, in bytes.
const PEAK_GOAL: u64 = 32 << 20;

/// Compares everything and prints the table.
pub(crate) fn all() -> Result<()> {
    if let Some(missing) = missing_tool() {
        println!("skipped: the pipeline needs {missing}, which is not installed");
        return Ok(());
    }
    let scratch = tempfile::tempdir()?;
    let result = picture::result()?;
    let server = Server::start(&result, || {})?;
    println!(
        "medians; the ratio is seededit's value divided by the other's; every result is a JPEG of {} KB\n",
        result.len() / 1000
    );
    println!("{:<12} {:>16} {:>16} {:>7}  goal", "", "seededit", "pipeline", "ratio");
    for case in &CASES {
        let comparison = case.programs(&server, scratch.path())?.compare(case.pairs)?;
        comparison.print(case.name, case.goal);
        if case.length == 10 << 20 {
            let peak = comparison.ours.peak;
            println!(
                "{:<12} {:>16} {:>16} {:>7}  {}",
                "",
                "",
                "",
                "",
                goal("peak <= 32 MiB", peak <= PEAK_GOAL)
            );
        }
    }
    println!("\n{:<12} {:>16} {:>16} {:>7}  goal", "", "seededit", "curl", "ratio");
    let versions = Pair {
        ours: Program::new(SEEDEDIT).args(["--version"]),
        theirs: Program::new("curl").args(["--version"]),
    };
    versions.compare(VERSION_PAIRS)?.print("--version", VERSION_GOAL);
    Ok(())
}

impl Case {
    fn programs(&self, server: &Server, scratch: &Path) -> Result<Pair> {
        let input = scratch.join(format!("{}.jpg", self.length));
        fs::write(&input, picture::of_length(self.length)?)?;
        let output = |name: &str| -> PathBuf { scratch.join(format!("{name}-{}.jpg", self.length)) };
        let ours = Program::new(SEEDEDIT)
            .args(["edit", "--quiet", "--force", "--seed", "41"])
            .args([input.as_os_str(), PROMPT.as_ref(), "-o".as_ref(), output("ours").as_os_str()])
            .env("SEEDEDIT_API_KEY", "bench")
            .env("SEEDEDIT_BASE_URL", server.url())
            .env("SEEDEDIT_CONFIG_DIR", scratch)
            .env("SEEDEDIT_DATA_DIR", scratch);
        let theirs = Program::new("bash")
            .args([PIPELINE, &server.url()])
            .args([input.as_os_str(), PROMPT.as_ref(), output("theirs").as_os_str()])
            .env("API_KEY", "bench");
        Ok(Pair { ours, theirs })
    }
}

/// Two programs that do the same.
struct Pair {
    ours: Program,
    theirs: Program,
}

/// The resources that each program used.
struct Comparison {
    ours: Usage,
    theirs: Usage,
}

impl Pair {
    /// Runs both programs `pairs` times, each one first every other time. One run of each before that is not counted.
    fn compare(&self, pairs: usize) -> Result<Comparison> {
        self.ours.run()?;
        self.theirs.run()?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for pair in 0..pairs {
            if pair % 2 == 0 {
                ours.push(self.ours.run()?);
                theirs.push(self.theirs.run()?);
            } else {
                theirs.push(self.theirs.run()?);
                ours.push(self.ours.run()?);
            }
        }
        Ok(Comparison { ours: medians(&ours), theirs: medians(&theirs) })
    }
}

impl Comparison {
    fn print(&self, name: &str, max_ratio: f64) {
        let Comparison { ours, theirs } = self;
        let wall = ratio(ours.wall, theirs.wall);
        let goal = goal(&format!("<= {max_ratio}"), wall <= max_ratio);
        row(name, "wall", time(ours.wall), time(theirs.wall), wall, &goal);
        row("", "cpu", time(ours.cpu), time(theirs.cpu), ratio(ours.cpu, theirs.cpu), "");
        let peak = ours.peak as f64 / theirs.peak as f64;
        row("", "peak", mebibytes(ours.peak), mebibytes(theirs.peak), peak, "");
    }
}

fn row(name: &str, what: &str, ours: String, theirs: String, ratio: f64, goal: &str) {
    println!("{name:<12} {what:<5}{ours:>11} {theirs:>16} {ratio:>6.2}x  {goal}");
}

/// The median of each value.
fn medians(runs: &[Usage]) -> Usage {
    Usage {
        wall: median(runs.iter().map(|run| run.wall)),
        cpu: median(runs.iter().map(|run| run.cpu)),
        peak: median(runs.iter().map(|run| run.peak)),
    }
}

fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values[values.len() / 2]
}

fn time(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

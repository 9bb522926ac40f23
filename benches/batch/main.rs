//! Compares `seededit batch` with a loop over the shell pipeline that it replaces, its time with the latency of the
//! service alone, its memory in a long run with that in a short one, and measures the second run of a completed batch.
//!
//! Everything runs as separate processes against servers on loopback, in one run of this program. Only ratios matter.
//! Goals are printed but not enforced, because the machine may be busy.
#![expect(clippy::print_stdout, reason = "printing the measurements is the purpose of this program")]

#[cfg(unix)]
mod completed_batch;
#[cfg(unix)]
mod latency;
#[cfg(unix)]
mod memory;
#[cfg(unix)]
#[path = "../edit/picture.rs"]
mod picture;
#[cfg(unix)]
#[path = "../edit/process.rs"]
mod process;
#[cfg(unix)]
#[path = "../edit/report.rs"]
mod report;
#[cfg(unix)]
mod resume;
#[cfg(unix)]
#[path = "../edit/server.rs"]
mod server;
#[cfg(unix)]
mod throughput;
#[cfg(unix)]
mod workload;

/// An error ends the benchmark with a message.
#[cfg(unix)]
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A benchmark, and its name on the command line.
#[cfg(unix)]
type Part = (&'static str, fn() -> Result<()>);

#[cfg(unix)]
const PARTS: [Part; 4] = [
    ("latency", latency::measure),
    ("throughput", throughput::measure),
    ("memory", memory::measure),
    ("resume", resume::measure),
];

/// Runs all parts, or only the named ones: `cargo bench --bench batch -- memory`.
#[cfg(unix)]
fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some((first, command)) = arguments.split_first()
        && first == process::METER
    {
        return process::meter(command);
    }
    let is_named = |name: &str| arguments.iter().any(|argument| argument == name);
    let are_all = !PARTS.iter().any(|(name, _)| is_named(name));
    PARTS.iter().filter(|(name, _)| are_all || is_named(name)).try_for_each(|(_, measure)| measure())
}

#[cfg(not(unix))]
fn main() {
    println!("skipped: the shell pipeline and the measurement of processes need Unix");
}

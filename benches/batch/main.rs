//! `seededit batch` beside what it replaces: a loop over the shell pipeline, the time that the service's
//! latency alone would take, the memory of a short run, and doing all of it again.
//!
//! Everything runs as whole processes against servers on loopback, in one run of this program. What
//! counts are ratios; goals are told and nothing hangs on them, since the machine may be busy.
#![expect(clippy::print_stdout, reason = "the figures are what this program is for")]

#[cfg(unix)]
#[path = "../edit/figures.rs"]
mod figures;
#[cfg(unix)]
mod filled;
#[cfg(unix)]
mod memory;
#[cfg(unix)]
mod pace;
#[cfg(unix)]
#[path = "../edit/picture.rs"]
mod picture;
#[cfg(unix)]
#[path = "../edit/process.rs"]
mod process;
#[cfg(unix)]
mod resume;
#[cfg(unix)]
mod scene;
#[cfg(unix)]
#[path = "../edit/server.rs"]
mod server;
#[cfg(unix)]
mod throughput;

/// Failures end the run with a message; there is nobody to handle them.
#[cfg(unix)]
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A part of the measurements, and its name.
#[cfg(unix)]
type Part = (&'static str, fn() -> Result<()>);

#[cfg(unix)]
const PARTS: [Part; 4] = [
    ("pace", pace::measure),
    ("throughput", throughput::measure),
    ("memory", memory::measure),
    ("resume", resume::measure),
];

/// All parts, or those that are named: `cargo bench --bench batch -- memory`.
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
    println!("skipped: the shell pipeline and the measuring of processes need Unix");
}

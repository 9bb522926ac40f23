//! How figures are told.

use std::time::Duration;

/// What the pipeline needs beside `base64`, which every Unix has.
const TOOLS: [&str; 3] = ["bash", "curl", "jq"];

/// What the pipeline needs and is not installed, if anything.
pub(crate) fn missing_tool() -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |tool: &str| std::env::split_paths(&path).any(|directory| directory.join(tool).is_file());
    TOOLS.into_iter().find(|tool| !is_there(tool))
}

/// A goal, and whether it was met; nothing hangs on that, since the machine may have been busy.
pub(crate) fn met(goal: &str, met: bool) -> String {
    format!("{goal} {}", if met { "met" } else { "MISSED" })
}

pub(crate) fn ratio(ours: Duration, theirs: Duration) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}

pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

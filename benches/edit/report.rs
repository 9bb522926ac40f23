//! Formatting of results, and the tools that the pipeline needs.

use std::time::Duration;

/// The programs that the pipeline needs in addition to `base64`, which every Unix has.
const TOOLS: [&str; 3] = ["bash", "curl", "jq"];
/// A program that the pipeline needs but that is not installed.
pub(crate) fn missing_tool() -> Option<&'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_installed =
        |tool: &str| std::env::split_paths(&path).any(|directory| directory.join(tool).is_file());
    TOOLS.into_iter().find(|tool| !is_installed(tool))
}

/// Formats a goal and whether it was met. A missed goal is not an error, because the machine may have been busy.
pub(crate) fn goal(goal: &str, is_met: bool) -> String {
    format!("{goal} {}", if is_met { "met" } else { "MISSED" })
}

pub(crate) fn ratio(ours: Duration, theirs: Duration) -> f64 {
    ours.as_secs_f64() / theirs.as_secs_f64()
}

pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

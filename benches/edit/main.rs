//! Compares `seededit edit` with the shell pipeline that it replaces, as separate processes.
//!
//! The two run one after the other, and each one first every other time. The server on loopback answers at once, so only
//! the time of the programs themselves is measured. The results are medians. Only their ratio matters, because the speed
//! of the machine and its other load affect both.
#![expect(clippy::print_stdout, reason = "printing the table is the purpose of this program")]

#[cfg(unix)]
mod compare;
#[cfg(unix)]
mod picture;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod report;
#[cfg(unix)]
mod server;

/// An error ends the benchmark with a message.
#[cfg(unix)]
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[cfg(unix)]
fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.split_first() {
        Some((first, command)) if first == process::METER => process::meter(command),
        _ => compare::all(),
    }
}

#[cfg(not(unix))]
fn main() {
    println!("skipped: the shell pipeline and the measurement of processes need Unix");
}

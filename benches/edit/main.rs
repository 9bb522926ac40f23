//! seededit beside the shell pipeline that it replaces, as whole processes, in one run.
//!
//! Each pair runs both, one after the other and in turns first, against the same server on loopback
//! that answers at once; so what is measured is what the two spend themselves. The figures are
//! medians, and what counts is their ratio: the machine's speed and its other work cancel out.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

#[cfg(unix)]
mod compare;
#[cfg(unix)]
mod figures;
#[cfg(unix)]
mod picture;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod server;

/// Failures end the run with a message; there is nobody to handle them.
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
    println!("skipped: the shell pipeline and the measuring of processes need Unix");
}

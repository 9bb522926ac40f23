//! SIGINT, SIGTERM and SIGHUP: the first stops after the edits in flight, the second quits at once.

use std::io;

use crate::edit::Interrupt;
use crate::error::{ErrorKind, Failure};
use crate::ui;

/// Handles signals from now on.
///
/// # Errors
/// If the handlers cannot be installed.
pub(super) fn watch() -> Result<Interrupt, Failure> {
    let interrupt = Interrupt::default();
    listen(&interrupt).map_err(|error| {
        Failure::new(ErrorKind::Internal, anyhow::Error::new(error).context("cannot handle signals"))
    })?;
    Ok(interrupt)
}

#[cfg(unix)]
fn listen(interrupt: &Interrupt) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let interrupt = interrupt.clone();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            handle(signal, &interrupt);
        }
    });
    Ok(())
}

/// Checks for a signal ten times a second, on systems where a signal cannot wake a thread.
#[cfg(not(unix))]
fn listen(interrupt: &Interrupt) -> io::Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use signal_hook::consts::SIGINT;

    let received = Arc::new(AtomicUsize::new(0));
    signal_hook::flag::register_usize(SIGINT, Arc::clone(&received), 1)?;
    let interrupt = interrupt.clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(std::time::Duration::from_millis(100));
            if received.swap(0, Ordering::Relaxed) == 1 {
                handle(SIGINT, &interrupt);
            }
        }
    });
    Ok(())
}

fn handle(signal: i32, interrupt: &Interrupt) {
    if let Some(first) = interrupt.signal() {
        ui::print_last_message(
            "quit; `seededit recover` checks the edits in flight and saves the results that can still be fetched",
        );
        std::process::exit(128 + first);
    }
    interrupt.raise(signal);
}

//! SIGINT, SIGTERM and SIGHUP: once to stop after what is paid for, twice to leave at once.

use std::io;

use crate::edit::Interrupt;
use crate::error::{ErrorKind, Failure};
use crate::ui;

/// Hears signals from now on, for the rest of the process's life.
///
/// # Errors
/// When the system does not let it listen.
pub(super) fn watch() -> Result<Interrupt, Failure> {
    let interrupt = Interrupt::default();
    listen(&interrupt).map_err(|error| {
        Failure::new(ErrorKind::Internal, anyhow::Error::new(error).context("cannot listen to signals"))
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
            obey(signal, &interrupt);
        }
    });
    Ok(())
}

/// Where there is no way to be woken by a signal, it is looked for ten times a second.
#[cfg(not(unix))]
fn listen(interrupt: &Interrupt) -> io::Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use signal_hook::consts::SIGINT;

    let heard = Arc::new(AtomicUsize::new(0));
    signal_hook::flag::register_usize(SIGINT, Arc::clone(&heard), 1)?;
    let interrupt = interrupt.clone();
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(std::time::Duration::from_millis(100));
            if heard.swap(0, Ordering::Relaxed) == 1 {
                obey(SIGINT, &interrupt);
            }
        }
    });
    Ok(())
}

fn obey(signal: i32, interrupt: &Interrupt) {
    if let Some(first) = interrupt.signal() {
        ui::last_words(
            "quit at once; `seededit recover` shows what became of the edits in flight, and fetches what it can",
        );
        std::process::exit(128 + first);
    }
    interrupt.raise(signal);
}

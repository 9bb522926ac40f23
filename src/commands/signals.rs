//! SIGINT, SIGTERM and SIGHUP: the first stops after the edits in flight, the second quits at once. While a single edit
//! is prepared, the first quits, too.

use std::io;

pub(super) use signal_hook::consts::SIGINT;

use crate::edit::Interrupt;
use crate::error::{ErrorKind, Failure};
use crate::ui;

use super::in_flight::{InFlight, Stage};

/// Handles signals from now on. The last line says what `in_flight` knows.
///
/// # Errors
/// If the handlers cannot be installed.
pub(super) fn watch(in_flight: &InFlight) -> Result<Interrupt, Failure> {
    let interrupt = Interrupt::default();
    listen(&interrupt, in_flight).map_err(|error| {
        Failure::new(ErrorKind::Internal, anyhow::Error::new(error).context("cannot handle signals"))
    })?;
    Ok(interrupt)
}

#[cfg(unix)]
fn listen(interrupt: &Interrupt, in_flight: &InFlight) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGTERM};

    let (interrupt, in_flight) = (interrupt.clone(), in_flight.clone());
    for_each_signal(&[SIGHUP, SIGINT, SIGTERM], move |signal| handle(signal, &interrupt, &in_flight))
}

/// Calls `handle` for each of these signals from now on, on a thread of its own.
///
/// # Errors
/// If the handlers cannot be installed.
#[cfg(unix)]
pub(super) fn for_each_signal(signals: &[i32], handle: impl Fn(i32) + Send + 'static) -> io::Result<()> {
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    use signal_hook::iterator::backend::SignalDelivery;
    use signal_hook::iterator::exfiltrator::SignalOnly;

    /// Until a failed read is tried again.
    const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

    let (read, write) = UnixStream::pair()?;
    let mut signals = SignalDelivery::with_pipe(read, write, SignalOnly, signals)?;
    std::thread::spawn(move || {
        loop {
            // A handler writes a byte. The crate's own iterators panic if reading it fails, and signals are ignored from
            // then on.
            if signals.get_read_mut().read(&mut [0]).is_err() {
                std::thread::sleep(PAUSE);
            }
            for signal in signals.pending() {
                handle(signal);
            }
        }
    });
    Ok(())
}

/// Checks for a signal ten times a second, on systems where a signal cannot wake a thread.
#[cfg(not(unix))]
fn listen(interrupt: &Interrupt, in_flight: &InFlight) -> io::Result<()> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let received = Arc::new(AtomicUsize::new(0));
    signal_hook::flag::register_usize(SIGINT, Arc::clone(&received), 1)?;
    let (interrupt, in_flight) = (interrupt.clone(), in_flight.clone());
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(std::time::Duration::from_millis(100));
            if received.swap(0, Ordering::Relaxed) == 1 {
                handle(SIGINT, &interrupt, &in_flight);
            }
        }
    });
    Ok(())
}

fn handle(signal: i32, interrupt: &Interrupt, in_flight: &InFlight) {
    // Nothing is sent while the stage is held, so the last line is true.
    let stage = in_flight.stage();
    match (interrupt.signal(), &*stage) {
        (first @ Some(_), stage) | (first @ None, stage @ Stage::Preparing) => {
            ui::print_last_message(&stage.last_words());
            std::process::exit(128 + first.unwrap_or(signal));
        }
        (None, _) => {
            drop(stage);
            interrupt.raise(signal);
        }
    }
}

//! A question whose answer is not shown while it is typed.

use std::io;

/// Asks, and returns the answer. Ctrl-C ends no more than the question, with an error of the kind `Interrupted`.
///
/// A signal that ends the process makes the terminal show again what is typed before.
///
/// # Errors
/// If the terminal cannot be read, or Ctrl-C was pressed.
pub(super) fn ask(question: &str) -> io::Result<String> {
    let guard = Guard::new()?;
    let answer = rpassword::prompt_password(question);
    guard.end(&answer);
    answer
}

#[cfg(unix)]
use terminal::Guard;

#[cfg(unix)]
mod terminal {
    use std::fs::File;
    use std::io;
    use std::sync::{Arc, Condvar, Mutex, PoisonError};
    use std::time::Duration;

    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    use signal_hook::consts::{
        SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
    };
    use signal_hook::low_level::emulate_default_handler;

    use crate::commands::signals::for_each_signal;

    /// The signals that end a process, but for those of its own faults.
    const TERMINATING: [i32; 10] =
        [SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGPROF, SIGXCPU];
    /// The longest time in which a question ends after Ctrl-C. The terminal passes it on as a character, and it becomes a
    /// signal here. If it was not pressed, the signal is from elsewhere, and ends the process like any other.
    const GRACE: Duration = Duration::from_secs(1);

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum State {
        Asking,
        /// Ended by Ctrl-C.
        Interrupted,
        Over,
    }

    /// Restores the terminal if a signal ends the process.
    pub(super) struct Guard {
        state: Arc<(Mutex<State>, Condvar)>,
    }

    impl Guard {
        pub(super) fn new() -> io::Result<Guard> {
            let terminal = File::open("/dev/tty")?;
            let modes = tcgetattr(&terminal)?;
            let state = Arc::new((Mutex::new(State::Asking), Condvar::new()));
            let guard = Guard { state: Arc::clone(&state) };
            for_each_signal(&TERMINATING, move |signal| {
                let (state, changed) = &*state;
                let mut now = state.lock().unwrap_or_else(PoisonError::into_inner);
                if *now == State::Asking {
                    // The terminal may no longer exist.
                    let _ = tcsetattr(&terminal, OptionalActions::Now, &modes);
                }
                if signal == SIGINT {
                    let asks = |state: &mut State| *state == State::Asking;
                    now = changed
                        .wait_timeout_while(now, GRACE, asks)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0;
                    if *now == State::Interrupted {
                        return;
                    }
                }
                drop(now);
                let _ = emulate_default_handler(signal);
            })?;
            Ok(guard)
        }

        /// Lets signals end the process at once from now on.
        pub(super) fn end(self, answer: &io::Result<String>) {
            let is_interrupted =
                answer.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::Interrupted);
            let (state, changed) = &*self.state;
            let end = if is_interrupted { State::Interrupted } else { State::Over };
            *state.lock().unwrap_or_else(PoisonError::into_inner) = end;
            changed.notify_all();
        }
    }
}

/// Keeps Ctrl-C from ending the process, on systems without other signals.
#[cfg(not(unix))]
struct Guard {
    is_over: std::sync::Arc<std::sync::atomic::AtomicBool>,
}

#[cfg(not(unix))]
impl Guard {
    fn new() -> io::Result<Guard> {
        let is_over = std::sync::Arc::default();
        let shared = std::sync::Arc::clone(&is_over);
        signal_hook::flag::register_conditional_default(super::signals::SIGINT, shared)?;
        Ok(Guard { is_over })
    }

    fn end(self, _answer: &io::Result<String>) {
        self.is_over.store(true, std::sync::atomic::Ordering::SeqCst);
    }
}

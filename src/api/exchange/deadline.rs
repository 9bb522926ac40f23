//! A deadline that does not pass while the process is stopped.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::timeout_at;

/// The longest wait after which the clock is read.
const SLICE: Duration = Duration::from_secs(1);
/// A wait that ends this much too late ended while the process was stopped, or the machine had no time for it.
const LATE: Duration = Duration::from_millis(500);
/// How long to wait after that at least, so that what arrived meanwhile is read.
const GRACE: Duration = Duration::from_secs(1);

/// When to stop waiting for an answer.
///
/// A process can be stopped (Ctrl-Z, a frozen container) for longer than its timeout. The answer is then in the socket, and is
/// paid for, so that time does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deadline(Instant);

/// The deadline passed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Passed;

impl Deadline {
    pub(super) fn after(time: Duration) -> Deadline {
        Deadline(Instant::now() + time)
    }

    /// Waits for a future until the deadline, which moves if the process is stopped meanwhile.
    pub(super) async fn limit<F: Future>(&mut self, future: F) -> Result<F::Output, Passed> {
        let mut future = pin!(future);
        loop {
            let end = self.0.min(Instant::now() + SLICE);
            if let Ok(output) = timeout_at(end.into(), future.as_mut()).await {
                return Ok(output);
            }
            let late = end.elapsed();
            if late >= LATE {
                self.0 += late + GRACE;
            } else if end == self.0 {
                return Err(Passed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::runtime;
    use tokio::time::sleep;

    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn it_passes_after_its_time() {
        let mut deadline = Deadline::after(Duration::from_millis(20));
        assert_eq!(run(async { deadline.limit(std::future::pending::<()>()).await }), Err(Passed));
        assert_eq!(run(async { deadline.limit(async { 7 }).await }), Ok(7), "what is there is taken");
    }

    #[test]
    fn time_in_which_nothing_runs_does_not_count() {
        let answer = run(async {
            // Blocks the only thread, as a stopped process does, until after the deadline and after the answer.
            tokio::spawn(async { std::thread::sleep(Duration::from_millis(800)) });
            let arrives = sleep(Duration::from_millis(850));
            Deadline::after(Duration::from_millis(200)).limit(arrives).await
        });
        assert_eq!(answer, Ok(()));
    }
}

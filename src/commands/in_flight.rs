//! How far a single edit is, so that a signal can end it with a line that says what is known.

use std::sync::{Arc, Mutex, MutexGuard};

use crate::edit::{Event, Events};
use crate::sync::lock;

use super::target::Target;

/// How far the edits of a command are. Clones share their state.
#[derive(Clone)]
pub(super) struct InFlight(Arc<Mutex<Stage>>);

/// The stages of a command.
pub(super) enum Stage {
    /// A single edit that has only read so far: a signal may end it at once.
    Preparing,
    /// A single edit that may send its request at any moment.
    Ready(Target),
    /// A single edit that sent the request of this job.
    Sent(Target, String),
    /// Several edits, or none that are known here.
    Several,
}

impl InFlight {
    pub(super) fn single() -> InFlight {
        InFlight(Arc::new(Mutex::new(Stage::Preparing)))
    }

    pub(super) fn several() -> InFlight {
        InFlight(Arc::new(Mutex::new(Stage::Several)))
    }

    /// From now on, the first signal is only noted.
    pub(super) fn ready(&self, target: Target) {
        *lock(&self.0) = Stage::Ready(target);
    }

    /// Holds the stage: nothing is sent until the guard is dropped.
    pub(super) fn stage(&self) -> MutexGuard<'_, Stage> {
        lock(&self.0)
    }

    fn sent(&self, job: &str) {
        let mut stage = lock(&self.0);
        if let Stage::Ready(target) | Stage::Sent(target, _) = *stage {
            *stage = Stage::Sent(target, job.to_owned());
        }
    }
}

impl Stage {
    /// What is known if a signal ends the process now.
    pub(super) fn last_words(&self) -> String {
        match self {
            Stage::Preparing | Stage::Ready(_) => "interrupted; nothing was sent".to_owned(),
            Stage::Sent(Target::BuiltInSandbox, job) => {
                format!("quit; job {job} was sent to the sandbox, which ends now; nothing is paid")
            }
            Stage::Sent(Target::SandboxServer, job) => format!(
                "quit; job {job} was sent to a sandbox; `seededit recover` checks it while the sandbox runs"
            ),
            Stage::Sent(Target::Service, job) => format!(
                "quit; job {job} was sent and may be charged; `seededit recover` checks it and saves the result if it \
                 can still be fetched"
            ),
            Stage::Several => {
                "quit; `seededit recover` checks the edits in flight and saves the results that can still \
                               be fetched"
                    .to_owned()
            }
        }
    }
}

/// Forwards events, and notes when a request is sent.
pub(super) struct SendWatcher<'a> {
    pub(super) events: &'a dyn Events,
    pub(super) in_flight: &'a InFlight,
}

impl Events for SendWatcher<'_> {
    fn wants_bytes(&self) -> bool {
        self.events.wants_bytes()
    }

    fn on(&self, event: Event<'_>) {
        if let Event::Sending { job, .. } = &event {
            self.in_flight.sent(job);
        }
        self.events.on(event);
    }
}

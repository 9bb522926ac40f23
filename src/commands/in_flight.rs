//! How far the edits of a command are, so that a signal can end it with a line that says what is known.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::api::BaseUrl;
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
    Ready(SentTo),
    /// A single edit that sent the request of this job.
    Sent(SentTo, String),
    /// A single edit whose result is being downloaded: the journal has the answer.
    Paid(SentTo, String),
    /// Several edits.
    Several(SentTo),
    /// No edits: the sandbox serves others.
    Serving,
}

/// Where requests go.
#[derive(Clone)]
pub(super) struct SentTo {
    pub(super) target: Target,
    pub(super) base_url: BaseUrl,
}

impl SentTo {
    /// The command that looks after what was sent. Without the address of a sandbox server, it would look into the
    /// journal of the real service.
    fn recover(&self) -> String {
        match self.target {
            Target::SandboxServer => format!("`seededit recover --base-url {}`", self.base_url),
            Target::Service | Target::BuiltInSandbox => "`seededit recover`".to_owned(),
        }
    }
}

impl InFlight {
    pub(super) fn single() -> InFlight {
        InFlight(Arc::new(Mutex::new(Stage::Preparing)))
    }

    pub(super) fn several(sent_to: SentTo) -> InFlight {
        InFlight(Arc::new(Mutex::new(Stage::Several(sent_to))))
    }

    pub(super) fn serving() -> InFlight {
        InFlight(Arc::new(Mutex::new(Stage::Serving)))
    }

    /// From now on, the first signal is only noted.
    pub(super) fn ready(&self, sent_to: SentTo) {
        *lock(&self.0) = Stage::Ready(sent_to);
    }

    /// Holds the stage: nothing is sent until the guard is dropped.
    pub(super) fn stage(&self) -> MutexGuard<'_, Stage> {
        lock(&self.0)
    }

    fn sent(&self, job: &str) {
        let mut stage = lock(&self.0);
        if let Stage::Ready(sent_to) | Stage::Sent(sent_to, _) | Stage::Paid(sent_to, _) = &*stage {
            *stage = Stage::Sent(sent_to.clone(), job.to_owned());
        }
    }

    fn downloading(&self) {
        let mut stage = lock(&self.0);
        if let Stage::Sent(sent_to, job) = &*stage {
            *stage = Stage::Paid(sent_to.clone(), job.clone());
        }
    }
}

impl Stage {
    /// What is known if a signal ends the process now.
    pub(super) fn last_words(&self) -> String {
        match self {
            Stage::Preparing | Stage::Ready(_) => "interrupted; nothing was sent".to_owned(),
            Stage::Sent(sent_to, job) | Stage::Paid(sent_to, job)
                if sent_to.target == Target::BuiltInSandbox =>
            {
                format!("quit; job {job} was sent to the sandbox, which ends now; nothing is paid")
            }
            Stage::Sent(sent_to, job) | Stage::Paid(sent_to, job)
                if sent_to.target == Target::SandboxServer =>
            {
                format!(
                    "quit; job {job} was sent to a sandbox; {} checks it while the sandbox runs",
                    sent_to.recover()
                )
            }
            Stage::Sent(sent_to, job) => format!(
                "quit; job {job} was sent and may be charged; {} checks it and saves the result if it can still be \
                 fetched",
                sent_to.recover()
            ),
            Stage::Paid(sent_to, job) => {
                format!("quit; job {job} was paid; {} fetches its result", sent_to.recover())
            }
            Stage::Several(sent_to) => match sent_to.target {
                Target::BuiltInSandbox => "quit; the sandbox ends now, and nothing is paid".to_owned(),
                Target::SandboxServer => {
                    format!("quit; {} checks the edits in flight while the sandbox runs", sent_to.recover())
                }
                Target::Service => format!(
                    "quit; {} checks the edits in flight and saves the results that can still be fetched",
                    sent_to.recover()
                ),
            },
            Stage::Serving => "quit".to_owned(),
        }
    }
}

/// Forwards events, and notes when a request is sent and when its result is downloaded.
pub(super) struct SendWatcher<'a> {
    events: &'a dyn Events,
    in_flight: &'a InFlight,
    /// Whether the journal has everything that happened, so that `recover` can continue from it.
    is_recorded: AtomicBool,
}

impl<'a> SendWatcher<'a> {
    pub(super) fn new(events: &'a dyn Events, in_flight: &'a InFlight) -> SendWatcher<'a> {
        SendWatcher { events, in_flight, is_recorded: AtomicBool::new(true) }
    }
}

impl Events for SendWatcher<'_> {
    fn wants_bytes(&self) -> bool {
        self.events.wants_bytes()
    }

    fn on(&self, event: Event<'_>) {
        match &event {
            Event::Sending { job, .. } => self.in_flight.sent(job),
            Event::NotRecorded { .. } => self.is_recorded.store(false, Ordering::Relaxed),
            Event::Downloading { .. } if self.is_recorded.load(Ordering::Relaxed) => {
                self.in_flight.downloading();
            }
            _ => {}
        }
        self.events.on(event);
    }
}

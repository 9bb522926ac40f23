//! What holds for a whole run, and why none can be planned.

use std::path::PathBuf;
use std::sync::Arc;

use crate::api::Endpoint;
use crate::edit::{OutputRequest, Processing};
use crate::journal::JournalError;

use super::identity::Shard;
use super::job_spec::RequestDefaults;

/// What holds for a whole run.
#[derive(Debug, Clone)]
pub struct BatchOptions {
    /// What holds for all requests.
    pub terms: RequestDefaults,
    /// What holds for all outputs.
    pub output: OutputRequest,
    /// The service.
    pub endpoint: Endpoint,
    /// Whether jobs are known again.
    pub memory: Dedup,
    /// Which share of them is run.
    pub shard: Option<Shard>,
    /// Whether what was delivered and is gone is paid for again.
    pub redo: bool,
    /// What is done to pictures, and to the answers.
    pub processing: Processing,
    /// Whether links are downloaded here.
    pub fetches: bool,
    /// Whether it is tried, before anything is sent, that results can be written where they go.
    pub tries_directories: bool,
    /// What was read from standard input.
    pub piped: Option<Arc<[u8]>>,
}

/// How jobs are known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dedup {
    /// Not at all: each run is a wish of its own. What it makes can be found by its content later.
    Fresh,
    /// By their content: what was delivered before serves again.
    Results,
    /// As the rows of this manifest: its absolute path.
    Manifest(PathBuf),
}

/// Why no plan can be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanningError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The plan itself cannot be kept.
    #[error("cannot store the plan in a temporary file")]
    PlanStore(#[from] rusqlite::Error),
    /// A signal came.
    #[error("interrupted; nothing was sent")]
    Interrupted(i32),
}

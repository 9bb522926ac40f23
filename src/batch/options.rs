//! The options of a run.

use std::path::PathBuf;
use std::sync::Arc;

use crate::api::{Endpoint, Model};
use crate::edit::{OutputRequest, Processing};

use super::identity::Shard;
use super::job_spec::RequestDefaults;

/// The options that apply to all tasks of a run.
#[derive(Debug, Clone)]
pub struct BatchOptions {
    pub request: RequestDefaults,
    /// The output options. A row may name its own output.
    pub output: OutputRequest,
    pub endpoint: Endpoint,
    pub dedup: Dedup,
    /// The part of all jobs to run; `None` runs all.
    pub shard: Option<Shard>,
    /// Whether pictures that cannot be read are left out, instead of being faults.
    pub skip_unreadable: bool,
    /// Whether edits whose results were lost, changed or removed are paid for again.
    pub redo: bool,
    /// Whether an edit that was paid for is never paid for again, whatever became of its result. Only with
    /// [`Dedup::Results`], and not together with `redo`.
    pub once: bool,
    pub processing: Processing,
    /// Whether links are downloaded here, instead of by the service, even if the model could be sent links.
    pub fetch_links: bool,
    /// Whether nothing is sent or written: of the output directories, only the permissions are checked.
    pub is_dry_run: bool,
    /// The picture from standard input, if one was read.
    pub stdin: Option<Arc<[u8]>>,
    /// The directories whose files may be used as results again, without symbolic links; `None` for all.
    pub results_within: Option<Vec<PathBuf>>,
}

impl BatchOptions {
    /// Whether a link for this model is downloaded here.
    pub fn fetches_links(&self, model: &Model) -> bool {
        let takes_links = || self.request.models.find(model.as_str()).is_ok_and(|card| card.takes_links());
        self.fetch_links || !takes_links()
    }
}

/// How a task finds the job of an earlier run, so that the same edit is not paid for twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dedup {
    /// It does not: every task is a new job. Its result can still be found by a later run with [`Dedup::Results`].
    Never,
    /// By its picture and request: an earlier result is used again.
    Results,
    /// By its row in the manifest with this absolute path.
    Manifest(PathBuf),
}

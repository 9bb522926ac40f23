//! A task that needs nothing.

use std::path::{Path, PathBuf};

use crate::edit::reuse::ArtifactState;
use crate::journal::Job;

/// Why nothing is sent for a task, although it may have no result here.
#[derive(Debug, Clone)]
pub enum Skipped {
    /// Its output exists, and `--if-exists skip` was given.
    Exists(PathBuf),
    /// This job was paid for. Its result cannot be used, or was lost.
    MadeBefore(Box<Job>, Option<ArtifactState>),
}

impl Skipped {
    /// In words.
    pub fn message(&self) -> String {
        match self {
            Skipped::Exists(path) => format!("{} exists", path.display()),
            Skipped::MadeBefore(job, state) => {
                let path = job.stored.as_ref().and_then(|stored| stored.path.as_ref());
                let name = path
                    .map_or("its result".into(), |path| format!("its result {}", path.as_path().display()));
                let why = match state {
                    Some(ArtifactState::Missing) => format!("{name} is not there any more"),
                    Some(ArtifactState::Altered) => format!("{name} was changed"),
                    Some(ArtifactState::Unsuited) => format!("{name} has another format or quality"),
                    Some(ArtifactState::Unchanged) => format!("{name} is as the service made it"),
                    None => "its result was lost".into(),
                };
                format!("this edit was paid for before, by job {}; {why}", job.intent.job)
            }
        }
    }

    /// The word in records.
    pub fn reason(&self) -> &'static str {
        match self {
            Skipped::Exists(_) => "exists",
            Skipped::MadeBefore(..) => "made_before",
        }
    }

    /// The output that exists.
    pub fn output(&self) -> Option<&Path> {
        match self {
            Skipped::Exists(path) => Some(path),
            Skipped::MadeBefore(..) => None,
        }
    }

    /// The job that made it.
    pub fn job(&self) -> Option<&str> {
        match self {
            Skipped::Exists(_) => None,
            Skipped::MadeBefore(job, _) => Some(&job.intent.job),
        }
    }
}

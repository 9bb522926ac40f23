//! A task that needs nothing.

use std::path::{Path, PathBuf};

use crate::journal::Job;

/// Why nothing is sent for a task, although it may have no result here.
#[derive(Debug, Clone)]
pub enum Skipped {
    /// Its output exists, and `--if-exists skip` was given.
    Exists(PathBuf),
    /// This job made it. Its result was moved, changed or deleted since, or lost.
    MadeBefore(Box<Job>),
}

impl Skipped {
    /// In words.
    pub fn message(&self) -> String {
        match self {
            Skipped::Exists(path) => format!("{} exists", path.display()),
            Skipped::MadeBefore(job) => {
                let result = match self.result() {
                    Some(path) => format!("its result {} was moved, changed or deleted", path.display()),
                    None => "its result was lost".into(),
                };
                format!("this edit was paid for before, by job {}; {result}", job.intent.job)
            }
        }
    }

    /// The word in records.
    pub fn reason(&self) -> &'static str {
        match self {
            Skipped::Exists(_) => "exists",
            Skipped::MadeBefore(_) => "made_before",
        }
    }

    /// The output that exists.
    pub fn output(&self) -> Option<&Path> {
        match self {
            Skipped::Exists(path) => Some(path),
            Skipped::MadeBefore(_) => None,
        }
    }

    /// The job that made it.
    pub fn job(&self) -> Option<&str> {
        match self {
            Skipped::Exists(_) => None,
            Skipped::MadeBefore(job) => Some(&job.intent.job),
        }
    }

    /// Where the result was written.
    fn result(&self) -> Option<&Path> {
        let Skipped::MadeBefore(job) = self else { return None };
        job.stored.as_ref()?.path.as_ref().map(|path| path.as_path())
    }
}

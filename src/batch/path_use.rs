//! Paths that tasks use for something else than their results: a result that is written there is in conflict.

use rusqlite::params;

use super::plan_store::{PlanStore, PlanStoreError};

/// What a path is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathUse {
    /// The picture of a task.
    Input = 0,
    /// A directory that is created for a result.
    Directory = 1,
    /// The result of a step before the last one, in case it has to be kept.
    StepResult = 2,
    /// The report of the run; it belongs to no specification.
    Report = 3,
    /// The mask of the run; it belongs to no specification.
    Mask = 4,
    /// An earlier result that is copied to a new destination.
    EarlierResult = 5,
    /// A reference of a task, or its own mask.
    Material = 6,
    /// The page about the run; it belongs to no specification.
    Page = 7,
}

impl PlanStore {
    /// Records that a specification uses a path. `path` is a [`PathKey`](super::path_keys::PathKey).
    pub(super) fn add_path_use(
        &self,
        path: &[u8],
        path_use: PathUse,
        spec: i64,
    ) -> Result<(), PlanStoreError> {
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO path_use (path, kind, spec) VALUES (?1, ?2, ?3)")?
            .execute(params![path, path_use as u8, spec])?;
        Ok(())
    }

    /// Records that the specification of the entry at `position` uses a path.
    pub(super) fn add_path_use_at(
        &self,
        path: &[u8],
        path_use: PathUse,
        position: u64,
    ) -> Result<(), PlanStoreError> {
        let sql = "SELECT spec FROM entry WHERE position = ?1";
        let spec = self.connection.prepare_cached(sql)?.query_row([position], |row| row.get(0))?;
        self.add_path_use(path, path_use, spec)
    }
}

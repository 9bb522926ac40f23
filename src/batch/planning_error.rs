//! Why a run cannot be planned.

use crate::edit::Cancellation;
use crate::journal::JournalError;

use super::plan_store::PlanStoreError;

/// Why a run cannot be planned. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum PlanningError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("cannot store the plan in a temporary file")]
    PlanStore(#[from] PlanStoreError),
    /// It was canceled.
    #[error("{0}; nothing was sent")]
    Interrupted(Cancellation),
}

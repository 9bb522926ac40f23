//! Why a run ends.

use super::doubts::AtStake;

/// Why no further task was started.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StopReason {
    /// All tasks were started.
    Complete,
    /// A signal came; holds its number.
    Interrupted(i32),
    /// A task failed and [`Batch::fail_fast`](super::Batch::fail_fast) is set, or the report cannot be written.
    Failed,
    /// The service does not accept the key.
    Unauthorized,
    /// A proxy wants credentials, so no request reaches the service.
    ProxyAuthorization,
    /// The account has no credit left, or may not spend it.
    OutOfCredit,
    /// A result that was paid for could not be saved, so the next one might be lost too.
    Unsaved,
    /// No further task fits into the budget.
    MaxCost,
    /// The largest number of tasks was started.
    MaxJobs,
    /// Nothing succeeded for too long.
    GivenUp,
    /// Several requests in a row were charged, or may have been, and brought no picture.
    PaidForNothing(AtStake),
    /// The service does not have the default model. The tasks that asked for it are not reported.
    ModelWithdrawn,
}

impl StopReason {
    /// Whether this reason counts although `earlier` came first.
    ///
    /// With another model, tasks that do not fit into the limits may fit, but what ends a run for good still ends it.
    pub(super) fn outranks(self, earlier: StopReason) -> bool {
        self.rank() > earlier.rank()
    }

    fn rank(self) -> u8 {
        match self {
            StopReason::Complete | StopReason::MaxCost | StopReason::MaxJobs => 0,
            StopReason::ModelWithdrawn => 1,
            StopReason::Interrupted(_)
            | StopReason::Failed
            | StopReason::Unauthorized
            | StopReason::ProxyAuthorization
            | StopReason::OutOfCredit
            | StopReason::Unsaved
            | StopReason::GivenUp
            | StopReason::PaidForNothing(_) => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_continues_with_another_model_unless_something_else_ends_it() {
        assert!(StopReason::ModelWithdrawn.outranks(StopReason::MaxJobs));
        assert!(!StopReason::MaxCost.outranks(StopReason::ModelWithdrawn));
        assert!(StopReason::Failed.outranks(StopReason::ModelWithdrawn));
        assert!(!StopReason::OutOfCredit.outranks(StopReason::Unauthorized));
    }
}

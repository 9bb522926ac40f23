//! For each failure of a batch and its rows: its kind, and what a person should do next.

use crate::api::Price;
use crate::batch::{BatchError, OrderError, PlanningError, StandingError};
use crate::edit::reuse::Kept;
use crate::edit::{Charged, Paid, PlanError};
use crate::journal::{Job, State};

use super::{ErrorKind, Failure};

impl From<OrderError> for Failure {
    fn from(error: OrderError) -> Failure {
        match error {
            OrderError::Source(error) => PlanError::from(error).into(),
            OrderError::Output(error) => PlanError::from(error).into(),
            OrderError::Changed(_) => {
                Failure::new(ErrorKind::Input, error).hint("run it again when nobody changes the picture")
            }
        }
    }
}

impl From<StandingError> for Failure {
    fn from(error: StandingError) -> Failure {
        match error {
            StandingError::Journal(error) => error.into(),
            StandingError::Output(error) => PlanError::from(error).into(),
        }
    }
}

impl From<PlanningError> for Failure {
    fn from(error: PlanningError) -> Failure {
        match error {
            PlanningError::Journal(error) => error.into(),
            PlanningError::Sheet(_) => Failure::new(ErrorKind::Input, error)
                .hint("make room in the directory for temporary files, or name another with TMPDIR"),
            PlanningError::Interrupted(signal) => Failure::new(ErrorKind::Interrupted(signal), error),
        }
    }
}

impl From<BatchError> for Failure {
    fn from(error: BatchError) -> Failure {
        match error {
            BatchError::Plan(error) => error.into(),
            BatchError::Wish(error) => Failure::new(ErrorKind::Internal, error),
            BatchError::Report(_) => Failure::new(ErrorKind::Internal, error)
                .hint("nothing new was begun; run the same command again to go on"),
        }
    }
}

impl Failure {
    /// A job that may have been charged, found by the row that asks for it again.
    pub fn in_doubt(job: &Job, why: &str) -> Failure {
        let cause =
            anyhow::anyhow!("job {} may have been charged, so it is not sent again: {why}", job.intent.job);
        let hint = format!(
            "`seededit recover` asks the service what became of it; `seededit recover --pay-again {}` runs it \
             again at the risk of paying twice",
            job.intent.job
        );
        Failure { charged: Charged::Unknown, paid: paid(job), ..Failure::new(ErrorKind::Unknown, cause) }
            .hint(hint)
    }

    /// A job that was charged and whose result is gone, found by the row that asks for it again.
    pub fn already_lost(job: &Job) -> Failure {
        let told = job.told.as_deref().unwrap_or("its result is gone");
        let cause = anyhow::anyhow!("job {}: {told}", job.intent.job);
        Failure { charged: Charged::Yes, paid: paid(job), ..Failure::new(ErrorKind::Lost, cause) }
            .hint("--redo pays for it again")
    }

    /// A result that was delivered, and is no longer what it was.
    pub fn modified(job: &Job, kept: Kept) -> Failure {
        let path = job.stored.as_ref().and_then(|stored| stored.path.as_ref());
        let name = path.map_or("the result".into(), |path| path.as_path().display().to_string());
        let what = match kept {
            Kept::Altered => "was altered",
            Kept::Missing | Kept::Unchanged => "is gone",
            Kept::Unsuited => {
                return Failure::input(format!(
                    "{name} was encoded in another way than is wanted now, and what that lost cannot be had back"
                ))
                .hint("nothing was sent; ask for the format and --quality of before, or pay for it again with --redo");
            }
        };
        Failure::input(format!("{name} {what} since job {} delivered it", job.intent.job))
            .hint("nothing was sent; put it back, or pay for it again with --redo, which replaces it")
    }

    /// An id that stood for another edit.
    pub fn id_reused(job: &Job, id: &str) -> Failure {
        let what = if job.state == State::Delivered { "delivered" } else { job.state.name() };
        Failure::input(format!(
            "the id `{id}` was that of another edit, job {}, which is {what}",
            job.intent.job
        ))
        .hint("nothing was sent; give the row another id, or pay for it with --redo (and --force, where a file is in its place)")
    }
}

/// What is known of the last call of a job.
fn paid(job: &Job) -> Option<Paid> {
    let attempt = job.attempts.last()?;
    Some(Paid {
        client_request_id: attempt.request_id.clone(),
        inference_id: attempt.known.inference_id.clone(),
        price: Price::new(attempt.known.usd, attempt.known.credits),
        status: attempt.status,
    })
}

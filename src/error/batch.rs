//! The kind and the hint of each failure of a batch and its rows.

use std::time::Duration;

use crate::api::Price;
use crate::batch::{BatchError, JobSpecError, PlanningError, SpecError, StatusError, TaskError};
use crate::edit::reuse::{self, ArtifactState};
use crate::edit::{Charged, Paid, PlanError};
use crate::journal::{Job, State};

use super::{Audience, ErrorKind, Failure, Hint, RequestInfo};

/// How the edit that was refused because of an equal one is sent all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayAgain {
    /// With this flag of the same command.
    Flag(&'static str),
    /// The command has no flag for it: with `recover`.
    Recover,
}

impl From<TaskError> for Failure {
    fn from(error: TaskError) -> Failure {
        match error {
            TaskError::Source(error) => PlanError::from(error).into(),
            TaskError::Mask(error) => error.into(),
            TaskError::Output(error) => PlanError::from(error).into(),
            TaskError::Changed(_) => Failure::new(ErrorKind::Input, error)
                .hint("run this again when the picture no longer changes"),
        }
    }
}

impl From<SpecError> for Failure {
    fn from(error: SpecError) -> Failure {
        match error {
            SpecError::Options(_) => Failure::new(ErrorKind::Input, error),
            SpecError::Mask(error) => error.into(),
            SpecError::Source(error) => PlanError::from(error).into(),
            SpecError::Reference(error) => Failure::reference(error),
        }
    }
}

impl From<JobSpecError> for Failure {
    /// A fault of what was asked for.
    fn from(error: JobSpecError) -> Failure {
        let hint = error.advice().map(|advice| match error.option() {
            // Only this one has another name in the arguments of the tool, because it takes several.
            Some("reference") => Hint::each(advice, change("references")),
            Some(option) => Hint::each(advice, change(&option.replace('-', "_"))),
            None => advice.into(),
        });
        Failure { hint, ..Failure::new(ErrorKind::Input, error) }
    }
}

/// What a client can do about an argument that the model does not support.
fn change(argument: &str) -> String {
    format!("change or leave out `{argument}`, or choose another model; the tool `models` lists them")
}

impl From<StatusError> for Failure {
    fn from(error: StatusError) -> Failure {
        match error {
            StatusError::Journal(error) => error.into(),
            StatusError::Output(error) => PlanError::from(error).into(),
        }
    }
}

impl From<PlanningError> for Failure {
    fn from(error: PlanningError) -> Failure {
        match error {
            PlanningError::Journal(error) => error.into(),
            PlanningError::PlanStore(_) => Failure::new(ErrorKind::Input, error)
                .hint("free space in the directory for temporary files, or choose another with TMPDIR"),
            PlanningError::Interrupted(cause) => Failure::new(ErrorKind::Interrupted(cause.signal()), error),
        }
    }
}

impl From<BatchError> for Failure {
    fn from(error: BatchError) -> Failure {
        match error {
            BatchError::Plan(error) => error.into(),
            BatchError::JobSpec(error) => Failure::new(ErrorKind::Internal, error),
            BatchError::Report(_) => Failure::new(ErrorKind::Internal, error)
                .hint("no further edit was started; run the same command again to continue"),
        }
    }
}

impl Failure {
    /// The row of a job that may have been charged.
    pub fn in_doubt(job: &Job, why: &str, request: RequestInfo<'_>) -> Failure {
        if job.is_paid_and_unsaved() {
            return Failure::unsaved(job, request);
        }
        let cause =
            anyhow::anyhow!("job {} may have been charged, so it is not sent again ({why})", job.intent.job);
        let (asked, risk) = if request.recipient.is_sandbox() {
            ("sandbox", "")
        } else {
            ("service", " and may charge you twice")
        };
        let hint = format!(
            "run {} to ask the {asked} what happened to it; {} runs it again{risk}",
            request.recover(None),
            request.pay_again(&job.intent.job)
        );
        Failure { charged: Charged::Unknown, paid: paid(job), ..Failure::new(ErrorKind::Unknown, cause) }
            .hint(hint)
    }

    /// The row of a job that was paid for, and whose result is still to be fetched.
    fn unsaved(job: &Job, request: RequestInfo<'_>) -> Failure {
        let id = &job.intent.job;
        let cause = anyhow::anyhow!(
            "job {id} was paid for, and its result is not saved yet, so it is not sent again"
        );
        let pays = if request.recipient.is_sandbox() { "runs" } else { "pays for" };
        let hint = format!(
            "run {} to fetch it; {} {pays} the edit again",
            request.recover(None),
            request.pay_again(id)
        );
        Failure { charged: Charged::Yes, paid: paid(job), ..Failure::new(ErrorKind::Undelivered, cause) }
            .hint(hint)
    }

    /// An edit whose equal may have been paid for and has no result yet.
    pub fn equal_in_doubt(equal: &Job, request: RequestInfo<'_>, again: PayAgain) -> Failure {
        let job = &equal.intent.job;
        let recover = request.recover(Some(job));
        let (kind, charged, what, next, risk) = if equal.is_paid_and_unsaved() {
            (
                ErrorKind::Undelivered,
                Charged::Yes,
                "was paid for, and its result is not saved yet",
                format!("{recover} fetches its result"),
                "is paid for again",
            )
        } else {
            (
                ErrorKind::Unknown,
                Charged::Unknown,
                "may have been charged",
                format!("{recover} fetches its result or asks the service what happened to it"),
                "may be charged twice",
            )
        };
        let cause = anyhow::anyhow!("nothing was sent: job {job} is for the same edit, and {what}");
        let again = match (again, request.audience) {
            (PayAgain::Flag(flag), Audience::CommandLine) => {
                let risk =
                    if request.recipient.is_sandbox() { String::new() } else { format!(" and {risk}") };
                format!("with {flag}, the edit is sent again{risk}")
            }
            _ if request.recipient.is_sandbox() => {
                format!("{} sends that edit again", request.pay_again(job))
            }
            _ => format!("{} sends that edit again, which {risk}", request.pay_again(job)),
        };
        Failure { charged, paid: paid(equal), ..Failure::new(kind, cause) }.hint(format!("{next}; {again}"))
    }

    /// An edit whose equal has an entry that cannot be read.
    pub fn equal_unreadable(job: &str, again: PayAgain) -> Failure {
        let failure = Failure::unreadable(job);
        let cause = failure.cause.context("nothing was sent: this may be the same edit");
        let next = "restore the journal from a backup, or look for the job in the usage log";
        let command_line = match again {
            PayAgain::Flag(flag) => {
                format!("{next}; with {flag}, the edit is sent again and may be charged twice")
            }
            PayAgain::Recover => {
                format!(
                    "{next}; `seededit edit` with --pay-again sends it all the same, and may be charged twice"
                )
            }
        };
        let client =
            format!("{next}; only the user can send the edit again, with `seededit edit --pay-again`");
        Failure { cause, ..failure }.hint(Hint::each(command_line, client))
    }

    /// A job whose row in the journal cannot be read.
    pub fn unreadable(job: &str) -> Failure {
        let cause =
            anyhow::anyhow!("the journal's entry for job {job} cannot be read; it may have been paid for");
        Failure { charged: Charged::Unknown, ..Failure::new(ErrorKind::Unknown, cause) }.hint(
            "the entry was not changed: restore the journal from a backup, or look for the job in the usage log",
        )
    }

    /// An edit whose equal is in progress.
    pub fn equal_in_progress(job: &str, audience: Audience) -> Failure {
        let cause = anyhow::anyhow!("nothing was sent: the same edit is in progress, as job {job}");
        let again = audience.choose("the same command with --reuse", "the same call");
        Failure { charged: Charged::Unknown, ..Failure::new(ErrorKind::Unknown, cause) }
            .hint(format!("wait until it ends; {again} then uses its result, for free"))
    }

    /// A job that another process is working on.
    pub fn running(job: &str) -> Failure {
        Failure::input(format!("another process is working on job {job}"))
            .hint("nothing was changed; run this again when it has ended")
    }

    /// The row of a job that was charged and lost.
    pub fn already_lost(job: &Job) -> Failure {
        let reason = job.reason.as_deref().unwrap_or("its result no longer exists");
        let cause = anyhow::anyhow!("job {}: {reason}", job.intent.job);
        Failure { charged: Charged::Yes, paid: paid(job), ..Failure::new(ErrorKind::Lost, cause) }.hint(
            Hint::each(
                "run it again with --redo, which is charged again",
                "only the user can run it again, with `seededit recover --pay-again`, which is charged again",
            ),
        )
    }

    /// A delivered result that was modified or deleted.
    pub fn modified(job: &Job, kept: ArtifactState) -> Failure {
        let path = job.stored.as_ref().and_then(|stored| stored.path.as_ref());
        let name = path.map_or("the result".into(), |path| path.as_path().display().to_string());
        let (id, is_restored) = (job.intent.job.clone(), reuse::is_restored(job));
        let job = &job.intent.job;
        let message = match kept {
            ArtifactState::Altered => format!("{name} was changed after job {job} delivered it"),
            ArtifactState::Missing | ArtifactState::Unchanged => {
                format!("{name} is missing, although job {job} delivered it")
            }
            ArtifactState::Unsuited => {
                let message =
                    format!("{name} was encoded with other options, and cannot be converted without loss");
                return Failure::input(message).hint(unsuited_hint(id, is_restored));
            }
        };
        Failure::input(message).hint(Hint::with(move |audience| {
            let paid = audience.choose(
                "replace it with --redo, which is charged again",
                "pay for another result with `new_variation`",
            );
            match is_restored {
                true => format!("nothing was sent; {}; or {paid}", made_again(&id, audience)),
                false => format!("nothing was sent; restore the file, or {paid}"),
            }
        }))
    }

    /// An id that was used for another edit.
    pub fn id_reused(job: &Job, id: &str) -> Failure {
        let what = if job.state == State::Delivered { "delivered" } else { job.state.name() };
        Failure::input(format!(
            "the id `{id}` was used for another edit: job {}, which is {what}",
            job.intent.job
        ))
        .hint("nothing was sent; give the row another id, or run it with --redo, which is charged (and --force, to overwrite its output)")
    }
}

/// What makes the result of a job again that has pixels of its original.
fn made_again(job: &str, audience: Audience) -> String {
    match audience {
        Audience::CommandLine => {
            format!(
                "`seededit merge --job {job} -o FILE` makes it again for free, from the answer that was kept"
            )
        }
        Audience::Client => {
            format!(
                "the tool `merge` with `job` {job} makes it again for free, from the answer that was kept"
            )
        }
    }
}

/// What gets a result in another format or quality.
fn unsuited_hint(job: String, is_restored: bool) -> Hint {
    Hint::with(move |audience| {
        let again = audience.choose(
            "--pay-again (in a batch, --redo) pays for another one",
            "`new_variation` pays for another one",
        );
        let free = match is_restored {
            false => "use the same format and --quality as before".to_owned(),
            true => made_again(&job, audience),
        };
        format!("nothing was sent; {free}; {again}")
    })
}

/// What is known about the last call of a job.
pub(super) fn paid(job: &Job) -> Option<Paid> {
    let attempt = job.attempts.last()?;
    Some(Paid {
        client_request_id: attempt.request_id.clone(),
        inference_id: attempt.call_info.inference_id.clone(),
        price: Price::new(attempt.call_info.usd, attempt.call_info.credits),
        status: attempt.status,
        waited: Duration::ZERO,
        is_queued: attempt.ticket.is_some(),
    })
}

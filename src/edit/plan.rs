//! An edit with everything decided that can be decided without spending anything.

use jiff::Timestamp;

use crate::api::{Downloads, Generation};
use crate::journal::State;

use super::job::JobId;
use super::output::{Output, OutputError, OutputRequest, Place};
use super::source::{Image, Source, SourceError};

/// What was asked for.
#[derive(Debug)]
pub struct Request {
    /// The picture.
    pub source: Source,
    /// What to do with it.
    pub generation: Generation,
    /// Where the result goes.
    pub output: OutputRequest,
}

/// An edit that is ready to be paid for.
pub struct Plan {
    /// Its name.
    pub job: JobId,
    /// Where the picture came from.
    pub source: Source,
    /// What to do with the picture.
    pub generation: Generation,
    /// Where the result goes.
    pub output: Output,
    /// What it was when it was decided to run it again; none for a new job.
    pub again: Option<Again>,
}

/// What a job was when it was decided to run it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    /// How far it had come.
    pub state: State,
    /// How many POSTs of it had gone out.
    pub attempts: u32,
}

impl Plan {
    /// How many POSTs of it went out before.
    pub(super) fn attempts_before(&self) -> u32 {
        self.again.map_or(0, |again| again.attempts)
    }
}

/// What planning came to.
#[expect(clippy::large_enum_variant, reason = "there is one of it, and it is taken apart at once")]
pub enum Planned {
    /// To be done, with this picture.
    Edit(Plan, Image),
    /// Nothing to do: the output is there, and that was to be enough.
    Skipped(std::path::PathBuf),
}

/// Why an edit is not even tried. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The picture.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The output.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl Plan {
    /// Checks what was asked for. The output comes first, since looking at it costs least; the
    /// picture is read last. Nothing on disk is changed. With `fetch`, a link is downloaded.
    ///
    /// # Errors
    /// See [`PlanError`].
    pub fn make(request: Request, fetch: Option<&Downloads<'_>>) -> Result<Planned, PlanError> {
        let Request { source, generation, output } = request;
        let output = Output::plan(&output, &source)?;
        if let Place::Skipped(path) = output.place {
            return Ok(Planned::Skipped(path));
        }
        let image = source.load(fetch)?;
        let job = JobId::new(Timestamp::now(), &mut fastrand::Rng::new());
        Ok(Planned::Edit(Plan { job, source, generation, output, again: None }, image))
    }
}

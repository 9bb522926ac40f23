//! The two pictures of a merge: those that were named, or those of an earlier job.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::cli::{MergeArgs, ResultName};
use crate::edit::{
    PastMerge, PastMergeError, PlanError, RawPicture, Source, delivered_answer, record_merged,
};
use crate::env::Env;
use crate::error::Failure;
use crate::error_chain::error_chain;
use crate::journal::{Job, Journal};
use crate::picture::restore::EditArea;
use crate::picture::{Header, Rect};
use crate::ui::Ui;

use super::find_job::find_job;
use super::named_results::NamedResults;
use super::target::is_sandbox;
use super::{context, offline};

/// The most steps of a chain that are followed back to its picture.
const MAX_STEPS: usize = 1_000;

/// The names of the pictures, which are read later.
pub(super) struct MergeInputs {
    pub(super) original: Source,
    pub(super) edited: Source,
    /// What is known about the merge of a job.
    past: Option<PastMerge>,
    job: Option<(Job, Journal)>,
}

/// The pictures, as they were read.
pub(super) struct MergePictures {
    pub(super) before: RawPicture,
    pub(super) after: RawPicture,
    /// The part of the original that the edited picture shows; `None` for all of it.
    pub(super) frame: Option<Rect>,
    /// The part that may change.
    pub(super) area: EditArea,
    /// The frame or page of the original, from 1.
    pub(super) page: Option<u32>,
}

impl MergeInputs {
    pub(super) fn find(args: &MergeArgs, env: &Env, ui: &Ui) -> Result<MergeInputs, Failure> {
        let is_result = |argument: &&OsString| ResultName::parse(argument).is_some();
        let uses_journal = args.job.is_some()
            || args.original.iter().chain(&args.edited).any(|argument| is_result(&argument));
        if args.sandbox && !uses_journal {
            return Err(Failure::usage("--sandbox chooses a history, and none is used")
                .hint("name a result, such as `@`, or a job with --job; or leave it out"));
        }
        let results = NamedResults { sandbox: is_sandbox(args.sandbox, env), env, ui };
        let named = |argument: &Option<OsString>| {
            let source = |argument: &OsString| match results.source(argument)? {
                Some(result) => Ok(result),
                None => offline::source(argument, "merge", env),
            };
            argument.as_ref().map(source).transpose()
        };
        let (original, edited) = (named(&args.original)?, named(&args.edited)?);
        if let Some(name) = &args.job {
            return of_job(name, original, args.sandbox, env);
        }
        match (original, edited) {
            (Some(Source::Stdin), Some(Source::Stdin)) => {
                Err(Failure::usage("only one of the two pictures can come from standard input"))
            }
            (Some(original), Some(edited)) => Ok(MergeInputs { original, edited, past: None, job: None }),
            _ => Err(Failure::usage("a merge needs an original and an edited picture")
                .hint("name both, or an earlier edit with --job")),
        }
    }

    /// The file of the mask, if the merge of the job has one.
    pub(super) fn mask(&self) -> Option<PathBuf> {
        self.past.as_ref().and_then(|past| past.mask.clone())
    }

    /// Records the merged picture as the result of its job if it took the place of that.
    pub(super) fn record_merged(&self, path: &Path, picture: (&[u8], &Header), quality: Option<u8>, ui: &Ui) {
        if let Some((job, journal)) = &self.job
            && let Err(error) = record_merged(job, path, picture, quality, journal)
        {
            let id = &job.intent.job;
            ui.note(&format!("it was not recorded as the result of job {id}: {}", error_chain(&error)));
        }
    }

    /// Reads the pictures.
    pub(super) fn read(&mut self, page: Option<u32>) -> Result<MergePictures, Failure> {
        let (before, frame, area, recorded) = match self.past.take() {
            Some(past) => (past.original, past.frame, past.area, past.page),
            None => (offline::read(&self.original)?, None, EditArea::All, None),
        };
        let after = offline::read(&self.edited)?;
        Ok(MergePictures { before, after, frame, area, page: page.or(recorded) })
    }
}

fn of_job(name: &str, given: Option<Source>, sandbox: bool, env: &Env) -> Result<MergeInputs, Failure> {
    let sandbox = is_sandbox(sandbox, env);
    let Some(journal) = Journal::open_existing(&context::data_dir(env, sandbox)?)? else {
        return Err(Failure::input(format!("no job `{name}`")).hint("there are no jobs yet"));
    };
    let job = find_job(&journal, name, sandbox)?;
    let edited = Source::File(answer_of(&job, &journal)?);
    let id = &job.intent.job;
    let past = PastMerge::of(&job, &first_of_chain(&job, &journal)?, given).map_err(|error| match error {
        PastMergeError::Source(error) => Failure::from(PlanError::from(error)).hint(format!(
            "if the original is elsewhere, name it: `seededit merge --job {id} ORIGINAL -o FILE`"
        )),
        error @ PastMergeError::Entry(_) => Failure::input(error_chain(&error))
            .hint("merge the files themselves: `seededit history show` says where the answer is"),
        error => Failure::input(error_chain(&error))
            .hint(format!("name the original: `seededit merge --job {id} ORIGINAL -o FILE`")),
    })?;
    Ok(MergeInputs { original: past.source.clone(), edited, past: Some(past), job: Some((job, journal)) })
}

/// The file of the first answer to a job.
fn answer_of(job: &Job, journal: &Journal) -> Result<PathBuf, Failure> {
    let kept = journal.answers(job).into_iter().find(|answer| answer.is_complete);
    kept.map(|answer| answer.path).or_else(|| delivered_answer(job)).ok_or_else(|| {
        Failure::input(format!("the answer to job {} is not kept", job.intent.job)).hint(
            "answers are kept if the result is not the answer itself, until they exceed answer_store; `seededit recover` \
             delivers the results of unfinished jobs",
        )
    })
}

fn first_of_chain(job: &Job, journal: &Journal) -> Result<Job, Failure> {
    let mut first = job.clone();
    for _ in 0..MAX_STEPS {
        match journal.step_before(&first)? {
            Some(before) => first = before,
            None => break,
        }
    }
    Ok(first)
}

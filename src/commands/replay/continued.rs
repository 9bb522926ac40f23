//! `replay --then`: continues from the result of the steps that stay as they were, so that they are not paid for again.

use std::fs;
use std::path::{Path, PathBuf};

use crate::api::Prompt;
use crate::cli::{EditArgs, ReplayArgs};
use crate::digest::sha256;
use crate::edit::reuse::{ArtifactState, check_file};
use crate::error::Failure;
use crate::journal::{Artifact, Job, State};
use crate::settings::Settings;

use super::super::prompt_argument::PromptArgument;
use super::super::target::Target;

/// What further steps need of an earlier edit.
pub(super) enum Steps<'a> {
    /// All of it: it is repeated.
    All,
    /// All of it, because the results of the steps that stay as they were are not there any more.
    NotSaved,
    /// All of it, because flags may change the steps that it had.
    Changed,
    /// The result of one of its steps, from which they continue.
    From(Continued<'a>),
}

/// An edit that continues from the result of an earlier one.
pub(super) struct Continued<'a> {
    /// The job that made the result.
    pub(super) job: &'a Job,
    /// The file of the result, which is unchanged.
    pub(super) file: PathBuf,
    pub(super) sha256: String,
    pub(super) prompt: Prompt,
    /// The prompts of further steps.
    pub(super) then: Vec<Prompt>,
}

impl<'a> Steps<'a> {
    /// Finds out which steps of an earlier edit stay as they were, and whether the result of the last one of them exists.
    /// `settings` are those of the command line.
    ///
    /// # Errors
    /// If a prompt cannot be read.
    pub(super) fn of(
        args: &ReplayArgs,
        edit: &EditArgs,
        steps: &'a [Job],
        settings: &Settings,
        target: Target,
    ) -> Result<Steps<'a>, Failure> {
        let last = &steps[steps.len() - 1].intent;
        let service = last.service.as_ref();
        let is_same_service = service.is_none_or(|name| *name == settings.models.service().name)
            && (target.is_sandbox() || settings.base_url.to_string() == last.base_url);
        let then: Vec<PromptArgument<'_>> =
            edit.request.then.iter().map(|step| PromptArgument::parse(step.as_str())).collect();
        // Standard input can be read once, and it is read later.
        let is_stdin = then.iter().any(|step| step.is_stdin());
        let is_another = args.picture.is_some() || args.pay_again || !is_same_service;
        if then.is_empty() || is_stdin || is_another {
            return Ok(Steps::All);
        }
        if args.changes_steps(last.sent_seed()) {
            return Ok(Steps::Changed);
        }
        let then = then.into_iter().map(|step| step.prompt("--then")).collect::<Result<Vec<_>, _>>()?;
        let same = steps[1..].iter().zip(&then).take_while(|(job, step)| job.intent.prompt == step.as_str());
        let same = same.count();
        if same == then.len() {
            return Ok(Steps::All);
        }
        for (kept, job) in steps.iter().enumerate().take(same + 1).rev() {
            let is_named = kept + 1 == steps.len();
            let named = is_named.then_some(Path::new(&args.edit));
            if let (Some((file, sha256)), Some((prompt, then))) =
                (result_of(job, named), then.get(kept..).and_then(<[Prompt]>::split_first))
            {
                let (prompt, then) = (prompt.clone(), then.to_vec());
                return Ok(Steps::From(Continued { job, file, sha256, prompt, then }));
            }
        }
        Ok(Steps::NotSaved)
    }
}

/// Returns the unchanged file of a job's result, and its SHA-256: the file that was `named`, or the one that was delivered.
fn result_of(job: &Job, named: Option<&Path>) -> Option<(PathBuf, String)> {
    let stored: &Artifact = job.stored.as_ref().filter(|_| job.state == State::Delivered)?;
    let is_same = |path: &&Path| {
        let is_candidate =
            fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() == stored.bytes);
        is_candidate && fs::read(path).is_ok_and(|bytes| sha256(&bytes) == stored.sha256)
    };
    let named = named.filter(is_same).map(Path::to_owned);
    let delivered = || {
        let path = stored.path.as_ref().filter(|_| check_file(stored) == ArtifactState::Unchanged)?;
        Some(path.as_path().to_owned())
    };
    Some((named.or_else(delivered)?, stored.sha256.clone()))
}

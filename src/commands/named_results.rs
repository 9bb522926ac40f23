//! Finds the files of results that are named: `@`, `@2`, `@JOB`.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::cli::ResultName;
use crate::digest::sha256;
use crate::edit::Source;
use crate::edit::reuse::{ArtifactState, check_file};
use crate::env::Env;
use crate::error::{Audience, Failure};
use crate::error_chain::io_reason;
use crate::journal::{Current, Job, Journal, JournalError, OriginalFile, PathBytes, State};
use crate::ui::Ui;

use super::context;
use super::find_job::{named_job, no_result, removed, result_back, sandbox_flag};
use super::history_line::shortened;

/// The most columns of a prompt in a note.
const PROMPT_COLUMNS: usize = 40;

/// The file of a named picture that can be used.
pub(super) struct Usable {
    /// Relative to the working directory if it is in it.
    pub(super) path: PathBuf,
    /// Whether it still is that picture. If not, a note said so.
    pub(super) is_unchanged: bool,
}

/// Finds results in one of the two journals.
pub(super) struct NamedResults<'a> {
    /// Whether it is the sandbox's.
    pub(super) sandbox: bool,
    pub(super) env: &'a Env,
    pub(super) ui: &'a Ui,
}

impl NamedResults<'_> {
    /// Returns the file of a result if the argument names one; `None` if it does not.
    ///
    /// # Errors
    /// As [`NamedResults::file`].
    pub(super) fn source(&self, argument: &OsStr) -> Result<Option<Source>, Failure> {
        let name = ResultName::parse(argument);
        name.map(|name| self.file(&name).map(Source::File)).transpose()
    }

    /// Returns the file that is named, relative to the working directory if it is in it, and says which it is.
    ///
    /// # Errors
    /// If there is no such result, its file does not exist, or another result replaced it. If the file was changed, a note
    /// says so; where notes are not shown, it is an error.
    pub(super) fn file(&self, name: &ResultName) -> Result<PathBuf, Failure> {
        let none = || with_file_hint(no_result(self.sandbox), "");
        let Some(journal) = Journal::open_existing(&context::data_dir(self.env, self.sandbox)?)? else {
            return Err(none());
        };
        let job = match name {
            ResultName::Current => match journal.current()?.0 {
                Current::Result(job) => *job,
                Current::Original(original) => {
                    let usable = self.original(&original, &journal)?;
                    if usable.is_unchanged {
                        let path = usable.path.display();
                        self.ui.note(&format!("the picture is the original {path}, after `undo`"));
                    }
                    return Ok(usable.path);
                }
                Current::Nothing => return Err(none()),
                Current::Removed => return Err(removed()),
            },
            ResultName::Back(_) if journal.count_results()? == 0 => return Err(none()),
            ResultName::Back(number) => result_back(&journal, *number, self.sandbox)?,
            ResultName::Job(id) => {
                named_job(&journal, id, self.sandbox).map_err(|failure| with_file_hint(failure, id))?
            }
        };
        let Usable { path, is_unchanged } = self.result(&job, &journal)?;
        if is_unchanged {
            let prompt = shortened(&job.intent.prompt, PROMPT_COLUMNS);
            let (file, id) = (path.display(), &job.intent.job);
            self.ui.note(&format!("the picture is {file}, the result of job {id}: \"{prompt}\""));
        }
        Ok(path)
    }

    /// Returns the file of the result of a job. If it was changed, a note says so.
    ///
    /// # Errors
    /// If the file does not exist, if another result replaced it, or if it was changed and notes are not shown.
    pub(super) fn result(&self, job: &Job, journal: &Journal) -> Result<Usable, Failure> {
        let id = &job.intent.job;
        let stored = match (&job.stored, job.state) {
            (Some(stored), State::Delivered) => stored,
            _ => return Err(without_result(job, self.sandbox)),
        };
        let Some(path) = stored.path.as_ref().map(|path| shown(path.as_path())) else {
            return Err(Failure::input(format!("the result of job {id} went to standard output"))
                .hint("name the file that you redirected it to, or another result, such as `@2`"));
        };
        let file = path.display();
        let kept = || {
            let kept = journal.answers(job).into_iter().find(|answer| answer.is_complete);
            kept.map(|answer| format!("its answer is kept: {}", answer.path.display()))
        };
        let flag = sandbox_flag(self.sandbox);
        match check_file(stored) {
            ArtifactState::Unchanged | ArtifactState::Unsuited => Ok(Usable { path, is_unchanged: true }),
            ArtifactState::Altered => {
                if let Some(other) = newer_result(stored.path.as_ref(), job, journal)? {
                    let failure = Failure::input(format!(
                        "{file} is no longer the result of job {id}: job {other} replaced it"
                    ));
                    let named = format!("name {file} itself if the picture that is there now is meant");
                    return Err(failure.hint(match kept() {
                        Some(kept) => format!("{named}; {kept}"),
                        None => named,
                    }));
                }
                self.mention_change(&path, &format!("since job {id} delivered it"))?;
                Ok(Usable { path, is_unchanged: false })
            }
            ArtifactState::Missing => {
                let failure = Failure::input(format!("{file}, the result of job {id}, no longer exists"));
                Err(failure.hint(kept().unwrap_or_else(|| {
                    format!(
                        "name the file if it was moved, or another result, such as `@2`; `seededit history show \
                         {id}{flag}` shows what is known"
                    )
                })))
            }
        }
    }

    /// Returns the file of an original. If it was changed, a note says so.
    ///
    /// # Errors
    /// As [`NamedResults::result`].
    pub(super) fn original(&self, original: &OriginalFile, journal: &Journal) -> Result<Usable, Failure> {
        let path = shown(original.path.as_path());
        match fs::read(&path) {
            Ok(bytes) if sha256(&bytes) == original.sha256 => Ok(Usable { path, is_unchanged: true }),
            Ok(_) => {
                let there = journal.last_delivered_to(&original.path)?;
                let is_result =
                    |job: &Job| job.stored.as_ref().map(check_file) == Some(ArtifactState::Unchanged);
                if let Some(other) = there.filter(is_result) {
                    let (file, other) = (path.display(), other.intent.job);
                    return Err(Failure::input(format!(
                        "{file} is no longer the original: the result of job {other} replaced it"
                    ))
                    .hint(format!(
                        "name {file} itself if that result is meant, or another copy of the original"
                    )));
                }
                self.mention_change(&path, "since it was edited")?;
                Ok(Usable { path, is_unchanged: false })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Failure::input(format!("the original {} no longer exists", path.display()))
                    .hint("name the file if it was moved; `@1` is the last result"))
            }
            Err(error) => {
                let why = format!("cannot read {}: {}", path.display(), io_reason(&error));
                Err(Failure::input(why).hint("check its permissions"))
            }
        }
    }

    /// Says that a file is not what it was. Where nobody would read that, a file that was put in its place is not used.
    fn mention_change(&self, path: &Path, since: &str) -> Result<(), Failure> {
        let file = path.display();
        if self.ui.shows_notes() {
            self.ui.note(&format!("{file} was changed {since}, and is used as it is now"));
            return Ok(());
        }
        Err(Failure::input(format!("{file} was changed {since}")).hint("name the file itself if it is meant"))
    }
}

/// Returns the job of a newer result that was written to the file of this job's result.
fn newer_result(
    path: Option<&PathBytes>,
    job: &Job,
    journal: &Journal,
) -> Result<Option<String>, JournalError> {
    let Some(path) = path else { return Ok(None) };
    let newest = journal.last_delivered_to(path)?.map(|newest| newest.intent.job);
    Ok(newest.filter(|newest| *newest != job.intent.job))
}

/// Says why the file of a delivered result is not that result any more: `missing`, `changed` or `replaced`, by a newer one.
pub(super) fn file_change(job: &Job, journal: &Journal) -> Result<Option<&'static str>, JournalError> {
    let Some(stored) = job.stored.as_ref().filter(|stored| stored.path.is_some()) else { return Ok(None) };
    Ok(match check_file(stored) {
        _ if job.state != State::Delivered => None,
        ArtifactState::Unchanged | ArtifactState::Unsuited => None,
        ArtifactState::Missing => Some("missing"),
        ArtifactState::Altered if newer_result(stored.path.as_ref(), job, journal)?.is_some() => {
            Some("replaced")
        }
        ArtifactState::Altered => Some("changed"),
    })
}

/// Says why the file of a job's picture is not that picture any more: `missing`, `changed`, or `replaced` by a result.
pub(super) fn original_change(job: &Job, journal: &Journal) -> Result<Option<&'static str>, JournalError> {
    let (Some(path), Some(expected)) = (&job.intent.input_path, &job.intent.input_sha256) else {
        return Ok(None);
    };
    let path = path.as_path();
    Ok(match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some("missing"),
        Ok(found) if !found.is_file() => Some("changed"),
        _ => match fs::read(path) {
            // What cannot be read may be the picture.
            Err(_) => None,
            Ok(bytes) if sha256(&bytes) == *expected => None,
            Ok(_) if journal.delivered_at(path)?.is_some() => Some("replaced"),
            Ok(_) => Some("changed"),
        },
    })
}

/// Adds to the hint of an unknown result how a file of that name is given.
fn with_file_hint(failure: Failure, name: &str) -> Failure {
    let hint = failure.hint_for(Audience::CommandLine).unwrap_or_default().to_owned();
    failure.hint(format!("{hint}; a file that is called `@{name}` is `./@{name}`"))
}

/// A job that has no result, and what helps.
fn without_result(job: &Job, sandbox: bool) -> Failure {
    let (id, flag) = (&job.intent.job, sandbox_flag(sandbox));
    let failure = Failure::input(format!("job {id} has no result: it is {}", job.state));
    match job.state {
        State::HandedOn => failure.hint(
            "its result was the picture of the next step only; --keep-steps keeps the results of steps",
        ),
        state if state.is_unfinished() => {
            failure.hint(format!("`seededit recover {id}{flag}` finishes what it can"))
        }
        _ => failure.hint(format!("`seededit history{flag} --status delivered` lists the results")),
    }
}

/// A path as it is shown: relative to the working directory if it is in it.
pub(super) fn shown(path: &Path) -> PathBuf {
    let here = crate::files::absolute(Path::new("."));
    path.strip_prefix(here).unwrap_or(path).to_owned()
}

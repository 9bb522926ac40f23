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
use crate::error::Failure;
use crate::error_chain::io_reason;
use crate::journal::{Current, Job, Journal, OriginalFile, State};
use crate::ui::Ui;

use super::context;
use super::find_job::{named_job, no_result, removed, result_back, sandbox_flag};
use super::history_line::shortened;

/// The most columns of a prompt in a note.
const PROMPT_COLUMNS: usize = 40;

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
    /// If there is no such result, or its file does not exist. If the file was changed, a note says so; where notes are not
    /// shown, it is an error.
    pub(super) fn file(&self, name: &ResultName) -> Result<PathBuf, Failure> {
        let Some(journal) = Journal::open_existing(&context::data_dir(self.env, self.sandbox)?)? else {
            return Err(no_result(self.sandbox));
        };
        let job = match name {
            ResultName::Current => match journal.current()?.0 {
                Current::Result(job) => *job,
                Current::Original(original) => return self.original(&original),
                Current::Nothing => return Err(no_result(self.sandbox)),
                Current::Removed => return Err(removed()),
            },
            ResultName::Back(number) => result_back(&journal, *number, self.sandbox)?,
            ResultName::Job(id) => named_job(&journal, id, self.sandbox).map_err(|failure| {
                let hint = failure.hint.clone().unwrap_or_default();
                failure.hint(format!("{hint}; a file that is called `@{id}` is `./@{id}`"))
            })?,
        };
        self.result(&job, &journal)
    }

    fn result(&self, job: &Job, journal: &Journal) -> Result<PathBuf, Failure> {
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
        match check_file(stored) {
            ArtifactState::Unchanged | ArtifactState::Unsuited => {
                let prompt = shortened(&job.intent.prompt, PROMPT_COLUMNS);
                self.ui.note(&format!("the picture is {file}, the result of job {id}: \"{prompt}\""));
            }
            ArtifactState::Altered => self.mention_change(&path, &format!("since job {id} delivered it"))?,
            ArtifactState::Missing => {
                let kept = journal.answers(job).into_iter().find(|answer| answer.is_complete);
                let failure = Failure::input(format!("{file}, the result of job {id}, no longer exists"));
                return Err(match kept {
                    Some(answer) => failure.hint(format!("its answer is kept: {}", answer.path.display())),
                    None => failure.hint(format!(
                        "name the file if it was moved, or another result, such as `@2`; `seededit history show \
                         {id}{}` shows what is known",
                        sandbox_flag(self.sandbox)
                    )),
                });
            }
        }
        Ok(path)
    }

    fn original(&self, original: &OriginalFile) -> Result<PathBuf, Failure> {
        let path = shown(original.path.as_path());
        match fs::read(&path) {
            Ok(bytes) if sha256(&bytes) == original.sha256 => {
                self.ui.note(&format!("the picture is the original {}, after `undo`", path.display()));
            }
            Ok(_) => self.mention_change(&path, "since it was edited")?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Failure::input(format!("the original {} no longer exists", path.display()))
                    .hint("name the file if it was moved; `@1` is the last result"));
            }
            Err(error) => {
                let why = format!("cannot read {}: {}", path.display(), io_reason(&error));
                return Err(Failure::input(why).hint("check its permissions"));
            }
        }
        Ok(path)
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

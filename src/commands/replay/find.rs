//! Finds the edit to repeat: in the journal, or in the metadata of its result.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::cli::ResultName;
use crate::edit::{Source, earlier_results};
use crate::error::Failure;
use crate::files::absolute;
use crate::journal::{Job, JobMatch, Journal};
use crate::picture::metadata::{Metadata, MetadataSummary, StatedProvenance};
use crate::ui::Ui;

use super::super::find_job::{find_job, named_job, no_result, sandbox_flag};
use super::super::offline;

/// The edit to repeat.
pub(super) enum Found<'a> {
    /// A job of this journal.
    Job(Box<Job>, &'a Journal),
    /// An edit that only its result knows.
    Recorded(RecordedEdit),
}

/// What `--record` stored in a file.
pub(super) struct RecordedEdit {
    pub(super) file: PathBuf,
    pub(super) prompt: String,
    pub(super) model: Option<String>,
    pub(super) seed: Option<String>,
}

/// Finds the edit that an argument names. `sandbox` is whether the journal is the sandbox's.
///
/// # Errors
/// If there is no such edit.
pub(super) fn find<'a>(
    name: &OsStr,
    journal: Option<&'a Journal>,
    sandbox: bool,
    ui: &Ui,
) -> Result<Found<'a>, Failure> {
    let found = |job: Job, journal| Ok(Found::Job(Box::new(job), journal));
    if ResultName::parse(name).is_some() {
        let journal = journal.ok_or_else(|| no_result(sandbox))?;
        return found(find_job(journal, &name.to_string_lossy(), sandbox)?, journal);
    }
    // A file that is called like a job is named with its directory, as in `./a`.
    if let (Some(text), Some(journal)) = (name.to_str(), journal)
        && let Some(job) = journal.job(text)?
    {
        return found(job, journal);
    }
    let path = Path::new(name);
    if path.is_file() {
        return of_file(path, journal, sandbox, ui);
    }
    // A pipe would be read once, and perhaps never end.
    if path.exists() && !path.is_dir() {
        return Err(Failure::input(format!("{} is not a regular file", path.display()))
            .hint("name the file of a result, or its job"));
    }
    // The file may have been moved or deleted since.
    if let Some(journal) = journal
        && let Some(job) = journal.delivered_at(&absolute(path))?
    {
        return found(job, journal);
    }
    let text = name.to_str().filter(|_| !looks_like_path(path) && !path.is_dir());
    match (text, journal) {
        (Some(text), Some(journal)) if !matches!(journal.find(text)?, JobMatch::None) => {
            found(named_job(journal, text, sandbox)?, journal)
        }
        (Some(text), _) => Err(Failure::input(format!("there is no file and no job `{text}`"))
            .hint(format!("`seededit history{}` lists the jobs", sandbox_flag(sandbox)))),
        (None, _) if path.is_dir() => Err(Failure::input(format!("{} is a directory", path.display()))
            .hint("name the result of an edit, or its job")),
        (None, _) => Err(Failure::input(format!("{} does not exist, and no job wrote it", path.display()))
            .hint(format!("check the path; `seededit history{}` lists the jobs", sandbox_flag(sandbox)))),
    }
}

/// Ensures that a job is what a file states about it. Anybody can write another job's id into a file.
fn ensure_stated(path: &Path, job: &Job, stated: [(&str, &Option<String>); 3]) -> Result<(), Failure> {
    let intent = &job.intent;
    for (what, value) in stated {
        let of_job = match what {
            "prompt" => intent.prompt.clone(),
            "model" => intent.model.clone(),
            _ => intent.sent_seed().map_or_else(String::new, |seed| seed.to_string()),
        };
        if value.as_ref().is_some_and(|value| visible(value) != visible(&of_job)) {
            let (file, id) = (path.display(), &intent.job);
            return Err(Failure::input(format!("{file} names job {id}, and records another {what} than that has"))
                .hint(format!(
                    "`seededit replay {id}` repeats the job, and `seededit inspect {file}` shows what the file records"
                )));
        }
    }
    Ok(())
}

/// A text without what metadata may not keep: spaces, line breaks and control characters.
fn visible(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

/// Whether a name that is no job's is more likely that of a file.
fn looks_like_path(path: &Path) -> bool {
    path.extension().is_some() || path.components().count() > 1
}

/// Finds the edit that made a file: by its content, by the job that it records, or by its place.
fn of_file<'a>(
    path: &Path,
    journal: Option<&'a Journal>,
    sandbox: bool,
    ui: &Ui,
) -> Result<Found<'a>, Failure> {
    if let Some(journal) = journal
        && let Some(id) = earlier_results(&[path], journal)?.remove(&0)
        && let Some(job) = journal.job(&id)?
    {
        return Ok(Found::Job(Box::new(job), journal));
    }
    let picture = offline::read(&Source::File(path.to_owned()))?;
    let metadata = Metadata::read(picture.bytes(), picture.header().format);
    let StatedProvenance { prompt, model, seed, job, .. } = MetadataSummary::of(&metadata).provenance;
    if let (Some(journal), Some(id)) = (journal, &job)
        && let Some(job) = journal.job(id)?
    {
        ensure_stated(path, &job, [("prompt", &prompt), ("model", &model), ("seed", &seed)])?;
        return Ok(Found::Job(Box::new(job), journal));
    }
    if let Some(prompt) = prompt {
        return Ok(Found::Recorded(RecordedEdit { file: path.to_owned(), prompt, model, seed }));
    }
    if let Some(journal) = journal
        && let Some(job) = journal.delivered_at(&absolute(path))?
    {
        ui.note(&format!("{} was changed since job {} delivered it", path.display(), job.intent.job));
        return Ok(Found::Job(Box::new(job), journal));
    }
    let known = if sandbox { "the sandbox's history" } else { "the history" };
    let hint = "results record their prompt with --record; the sandbox has a history of its own (--sandbox)";
    Err(Failure::input(format!(
        "no edit is known for {}: it is not a result in {known}, and records no prompt",
        path.display()
    ))
    .hint(hint))
}

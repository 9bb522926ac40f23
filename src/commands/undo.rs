//! `seededit undo` and `seededit redo`

use std::path::Path;

use serde_json::json;

use crate::cli::{RedoArgs, UndoArgs};
use crate::env::Env;
use crate::error::{Audience, Failure};
use crate::journal::{Current, Job, Journal, MadeFrom};
use crate::ui::Ui;

use super::find_job::{no_result, removed, sandbox_flag};
use super::history;
use super::named_results::{NamedResults, Usable, shown};
use super::reporting::stdout_failed;
use super::target::is_sandbox;

pub(super) fn undo(args: &UndoArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let sandbox = is_sandbox(args.sandbox, env);
    let Some(journal) = history::open(env, args.sandbox)? else { return Err(no_result(sandbox)) };
    // A result that another process delivers in between is the one to go back from.
    loop {
        let (current, seen) = journal.current()?;
        let job = match current {
            Current::Result(job) => job,
            Current::Original(file) => {
                let name = shown(file.path.as_path());
                return Err(Failure::input(format!(
                    "{} is the original: nothing is before it",
                    name.display()
                ))
                .hint(format!("`seededit redo{}` goes forward again", sandbox_flag(sandbox))));
            }
            Current::Nothing => return Err(no_result(sandbox)),
            Current::Removed => return Err(removed()),
        };
        let from = journal.made_from(&job)?;
        if let MadeFrom::NoFile(name) = &from {
            let what = if name == "-" { "standard input" } else { name };
            return Err(Failure::input(format!(
                "job {} was made from {what}, which is no file",
                job.intent.job
            ))
            .hint("`@2` is the result before the last one"));
        }
        if journal.step_back(seen, &from)? {
            return print(&journal, sandbox, env, ui);
        }
    }
}

pub(super) fn redo(args: &RedoArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let sandbox = is_sandbox(args.sandbox, env);
    let Some(journal) = history::open(env, args.sandbox)? else { return Err(no_result(sandbox)) };
    if journal.step_forward()? {
        return print(&journal, sandbox, env, ui);
    }
    if journal.count_results()? == 0 {
        return Err(no_result(sandbox));
    }
    Err(Failure::input("there is nothing to redo: nothing was undone since the last result")
        .hint(format!("`seededit undo{}` goes back to what it was made from", sandbox_flag(sandbox))))
}

/// Prints what is current now.
///
/// # Errors
/// If its file cannot be used as `@`. The step was made nevertheless, so that further ones lead past it.
fn print(journal: &Journal, sandbox: bool, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let (flag, named) = (sandbox_flag(sandbox), NamedResults { sandbox, env, ui });
    match journal.current()?.0 {
        Current::Result(job) => {
            let further =
                format!("`seededit undo{flag}` goes further back, `seededit redo{flag}` forward again");
            let Usable { path, .. } =
                named.result(&job, journal).map_err(|failure| and(failure, &further))?;
            result(&job, &path, flag, ui)
        }
        Current::Original(original) => {
            let back = format!("`seededit redo{flag}` goes forward again");
            let Usable { path, .. } =
                named.original(&original, journal).map_err(|failure| and(failure, &back))?;
            if ui.is_json() {
                let record = json!({"status": "ok", "job": null, "picture": path.to_string_lossy(),
                                    "sha256": original.sha256, "prompt": null, "original": true});
                return ui.json(&record).map(|()| 0).map_err(stdout_failed);
            }
            ui.note(&format!("`@` is the original again; `seededit redo{flag}` takes this back"));
            ui.path(path.as_os_str()).map(|()| 0).map_err(stdout_failed)
        }
        Current::Nothing => Err(no_result(sandbox)),
        Current::Removed => Err(removed()),
    }
}

fn result(job: &Job, path: &Path, flag: &str, ui: &Ui) -> Result<u8, Failure> {
    let intent = &job.intent;
    if ui.is_json() {
        let record = json!({"status": "ok", "job": intent.job, "picture": path.to_string_lossy(),
                            "sha256": job.stored.as_ref().map(|stored| &stored.sha256), "prompt": intent.prompt,
                            "original": false});
        return ui.json(&record).map(|()| 0).map_err(stdout_failed);
    }
    ui.note(&format!(
        "`@` is the result of job {}: \"{}\"; `seededit undo{flag}` goes further back",
        intent.job, intent.prompt
    ));
    ui.path(path.as_os_str()).map(|()| 0).map_err(stdout_failed)
}

/// Adds a step to the hint of a failure.
fn and(failure: Failure, step: &str) -> Failure {
    let hint =
        failure.hint_for(Audience::CommandLine).map_or(step.to_owned(), |hint| format!("{hint}; {step}"));
    failure.hint(hint)
}

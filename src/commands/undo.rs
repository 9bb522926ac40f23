//! `seededit undo` and `seededit redo`

use std::path::Path;

use serde_json::json;

use crate::cli::{RedoArgs, UndoArgs};
use crate::env::Env;
use crate::error::Failure;
use crate::journal::{Current, Job, Journal, MadeFrom, OriginalFile};
use crate::ui::Ui;

use super::find_job::{no_result, removed, sandbox_flag};
use super::history;
use super::history::is_sandbox;
use super::named_results::shown;
use super::reporting::stdout_failed;

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
            return print(&journal, sandbox, ui);
        }
    }
}

pub(super) fn redo(args: &RedoArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let sandbox = is_sandbox(args.sandbox, env);
    let journal = history::open(env, args.sandbox)?;
    let is_done = journal.as_ref().map(Journal::step_forward).transpose()?.unwrap_or(false);
    match journal {
        Some(journal) if is_done => print(&journal, sandbox, ui),
        _ => Err(Failure::input("nothing was undone since the last result")
            .hint(format!("`seededit undo{}` goes back to what it was made from", sandbox_flag(sandbox)))),
    }
}

/// Prints what is current now.
fn print(journal: &Journal, sandbox: bool, ui: &Ui) -> Result<u8, Failure> {
    let flag = sandbox_flag(sandbox);
    match journal.current()?.0 {
        Current::Result(job) => result(&job, flag, ui),
        Current::Original(OriginalFile { path, sha256 }) => {
            let path = shown(path.as_path());
            mention_missing(&path, ui);
            if ui.is_json() {
                let record = json!({"status": "ok", "job": null, "picture": path.to_string_lossy(), "sha256": sha256,
                                    "prompt": null, "original": true});
                return ui.json(&record).map(|()| 0).map_err(stdout_failed);
            }
            ui.note(&format!("`@` is the original again; `seededit redo{flag}` takes this back"));
            ui.path(path.as_os_str()).map(|()| 0).map_err(stdout_failed)
        }
        Current::Nothing => Err(no_result(sandbox)),
        Current::Removed => Err(removed()),
    }
}

fn result(job: &Job, flag: &str, ui: &Ui) -> Result<u8, Failure> {
    let stored = job.stored.as_ref();
    let path = stored.and_then(|stored| stored.path.as_ref()).map(|path| shown(path.as_path()));
    if let Some(path) = &path {
        mention_missing(path, ui);
    }
    let intent = &job.intent;
    if ui.is_json() {
        let record = json!({"status": "ok", "job": intent.job, "picture": path.map(|path| path.to_string_lossy().into_owned()),
                            "sha256": stored.map(|stored| &stored.sha256), "prompt": intent.prompt, "original": false});
        return ui.json(&record).map(|()| 0).map_err(stdout_failed);
    }
    ui.note(&format!(
        "`@` is the result of job {}: \"{}\"; `seededit undo{flag}` goes further back",
        intent.job, intent.prompt
    ));
    match path {
        Some(path) => ui.path(path.as_os_str()).map(|()| 0).map_err(stdout_failed),
        None => Ok(0),
    }
}

fn mention_missing(path: &Path, ui: &Ui) {
    if !path.exists() {
        ui.note(&format!("{} no longer exists", path.display()));
    }
}

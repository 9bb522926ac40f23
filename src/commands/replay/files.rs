//! The files of an earlier edit: they have to be what they were, or the result would be another one.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use crate::cli::{EditArgs, ReplayArgs};
use crate::digest::sha256;
use crate::edit::{Processing, STDIN_LABEL};
use crate::error::Failure;
use crate::error_chain::io_reason;
use crate::journal::Intent;

use super::argument;

/// Returns the argument that names the picture of the first step. `job` is the job that is repeated.
///
/// # Errors
/// If it was not a file, is missing, or has changed.
pub(super) fn picture(first: &Intent, job: &str) -> Result<OsString, Failure> {
    let another = format!("seededit replay {job} IMAGE");
    let Some(path) = &first.input_path else {
        return first.input_link.as_ref().map(OsString::from).ok_or_else(|| {
            let what = if first.input == "-" { STDIN_LABEL } else { &first.input };
            Failure::input(format!("the picture of job {job} was {what}, which was not kept"))
                .hint(format!("name the picture: {another}"))
        });
    };
    let path = path.as_path();
    let name = argument(path);
    let hints = Hints {
        missing: format!("name the picture if it was moved: {another}"),
        changed: format!(
            "to edit it as it is now, name it after the job and keep your other arguments: seededit replay {job} {}",
            Path::new(&name).display()
        ),
    };
    ensure_same(path, first.input_sha256.as_deref(), "the picture", job, hints)?;
    Ok(name)
}

/// Checks the mask and the references that an edit has from a job, and not from the command line.
///
/// # Errors
/// If one of them is missing or has changed.
pub(super) fn ensure_unchanged(args: &ReplayArgs, edit: &EditArgs, intent: &Intent) -> Result<(), Failure> {
    let job = &intent.job;
    let mask = Processing::of_job(intent).and_then(|(_, mask)| mask);
    if let Some(mask) = mask.filter(|_| args.results.mask.is_none() && edit.results.mask.is_some()) {
        let hint = "name it with --mask, another area with --region, or leave it out: --without mask";
        ensure_same(mask.path(), Some(mask.sha256()), "the mask", job, Hints::both(hint))?;
    }
    let is_taken = args.request.references.is_empty() && !edit.request.references.is_empty();
    for reference in intent.references.iter().filter(|_| is_taken) {
        if let Some(path) = &reference.path {
            let hint = "name all references with --reference, or leave them out: --without reference";
            ensure_same(path, Some(&reference.sha256), "a reference", job, Hints::both(hint))?;
        }
    }
    Ok(())
}

/// What to do about a file.
struct Hints {
    missing: String,
    changed: String,
}

impl Hints {
    fn both(hint: &str) -> Hints {
        Hints { missing: hint.into(), changed: hint.into() }
    }
}

/// Checks that a file has the content that a job used. Without `expected`, any content will do.
fn ensure_same(
    path: &Path,
    expected: Option<&str>,
    what: &str,
    job: &str,
    hints: Hints,
) -> Result<(), Failure> {
    let file = path.display();
    if !path.is_file() {
        let now = if path.exists() { "is no regular file any more" } else { "no longer exists" };
        return Err(Failure::input(format!("{file}, {what} of job {job}, {now}")).hint(hints.missing));
    }
    let bytes = fs::read(path).map_err(|error| {
        Failure::input(format!("cannot read {file}: {}", io_reason(&error))).hint("check its permissions")
    })?;
    match expected {
        Some(expected) if sha256(&bytes) != expected => {
            Err(Failure::input(format!("{file}, {what} of job {job}, has changed since")).hint(hints.changed))
        }
        _ => Ok(()),
    }
}

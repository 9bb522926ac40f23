//! Leaves out pictures that are known already: given twice, or made by an earlier edit.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use crate::edit::{Source, earlier_results};
use crate::env::Env;
use crate::error::Failure;
use crate::journal::Journal;

use super::context;
use super::edit_options::EditOptions;
use super::inputs::Input;
use super::left_out::{AllLeftOut, LeftOut, Reason};

/// Returns the pictures to edit. What is known is added to what is left out already.
///
/// # Errors
/// If the journal cannot be read, which says which pictures are results.
pub(super) fn without_known(
    pictures: Vec<Input>,
    mut left_out: Vec<LeftOut>,
    include_results: bool,
    options: &EditOptions<'_>,
    env: &Env,
) -> Result<(Vec<Input>, AllLeftOut), Failure> {
    let pictures = without_repeated(pictures, &mut left_out);
    let pictures =
        if include_results { pictures } else { without_results(pictures, &mut left_out, options, env)? };
    Ok((pictures, AllLeftOut::new(left_out)))
}

fn file(input: &Input) -> Option<&Path> {
    match &input.source {
        Source::File(path) => Some(path),
        _ => None,
    }
}

/// Keeps the first of several paths to the same file, also through links. Hard links are different files.
fn without_repeated(pictures: Vec<Input>, left_out: &mut Vec<LeftOut>) -> Vec<Input> {
    let mut seen = HashSet::new();
    let mut is_first = |input: &Input| {
        let Some(path) = file(input) else { return true };
        // A file that cannot be found is reported when it is read.
        let Ok(place) = fs::canonicalize(path) else { return true };
        let is_first = seen.insert(place);
        if !is_first {
            let why = format!("{} is the same file as an earlier picture", path.display());
            left_out.push(LeftOut::new(path, Reason::Repeated, why));
        }
        is_first
    };
    pictures.into_iter().filter(|input| is_first(input)).collect()
}

/// Drops the results of earlier edits, at the service and in the sandbox, unless they are named as results.
fn without_results(
    pictures: Vec<Input>,
    left_out: &mut Vec<LeftOut>,
    options: &EditOptions<'_>,
    env: &Env,
) -> Result<Vec<Input>, Failure> {
    let files: Vec<&Path> = pictures.iter().map(|input| file(input).unwrap_or(Path::new(""))).collect();
    let is_sandbox = options.target.is_sandbox();
    let mut results = match Journal::open_existing(&context::data_dir(env, is_sandbox)?)? {
        Some(journal) => earlier_results(&files, &journal)?,
        None => Default::default(),
    };
    // The other journal only has to be readable if it is used.
    if let Ok(data) = context::data_dir(env, !is_sandbox)
        && let Ok(Some(journal)) = Journal::open_existing(&data)
        && let Ok(others) = earlier_results(&files, &journal)
    {
        results.extend(others);
    }
    let mut kept = Vec::with_capacity(pictures.len());
    for (index, input) in pictures.into_iter().enumerate() {
        let job = results.remove(&index).filter(|_| !input.is_named_result);
        match (job, file(&input)) {
            (Some(job), Some(path)) => left_out.push(LeftOut::result_of(path, job)),
            _ => kept.push(input),
        }
    }
    Ok(kept)
}

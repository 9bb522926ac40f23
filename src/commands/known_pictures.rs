//! Leaves out pictures that are known already: given twice, or made by an earlier edit.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::edit::{OwnPicture, Source, earlier_results, results_of_answer};
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

/// Drops the results of earlier edits, and the answers beside them, unless they are named as results. Planning drops those
/// that only their metadata tells.
fn without_results(
    pictures: Vec<Input>,
    left_out: &mut Vec<LeftOut>,
    options: &EditOptions<'_>,
    env: &Env,
) -> Result<Vec<Input>, Failure> {
    let files: Vec<&Path> = pictures.iter().map(|input| file(input).unwrap_or(Path::new(""))).collect();
    let journals = Journals::open(options, env)?;
    let mut results = journals.results_among(&files)?;
    let mut answers = journals.answers_among(&files)?;
    let mut kept = Vec::with_capacity(pictures.len());
    for (index, input) in pictures.into_iter().enumerate() {
        let (job, answered) = (results.remove(&index), answers.remove(&index));
        match (file(&input).filter(|_| !input.is_named_result), job, answered) {
            (Some(path), Some(job), _) => left_out.push(LeftOut::result_of(path, job)),
            (Some(path), None, Some(job)) => left_out.push(LeftOut::answer_of(path, job)),
            _ => kept.push(input),
        }
    }
    Ok(kept)
}

/// The journals that know results: of the service and of the sandbox, if they exist.
struct Journals(Vec<Journal>);

impl Journals {
    fn open(options: &EditOptions<'_>, env: &Env) -> Result<Journals, Failure> {
        let is_sandbox = options.target.is_sandbox();
        let mut journals = Vec::from_iter(Journal::open_existing(&context::data_dir(env, is_sandbox)?)?);
        // The other journal only has to be readable if it is used.
        if let Ok(data) = context::data_dir(env, !is_sandbox) {
            journals.extend(Journal::open_existing(&data).ok().flatten());
        }
        Ok(Journals(journals))
    }

    /// Returns the jobs whose results these files are, by the indexes of the files.
    fn results_among(&self, files: &[&Path]) -> Result<HashMap<usize, String>, Failure> {
        let mut results = HashMap::new();
        for journal in &self.0 {
            results.extend(earlier_results(files, journal)?);
        }
        Ok(results)
    }

    /// Returns the files that are answers beside their results (`--keep-answer`), by their indexes, and the jobs if they are
    /// known. An answer is as the service sent it, so only its name and its result tell.
    fn answers_among(&self, files: &[&Path]) -> Result<HashMap<usize, Option<String>>, Failure> {
        let beside = |(index, path)| results_of_answer(path).into_iter().map(move |result| (index, result));
        let beside: Vec<(usize, PathBuf)> = files.iter().copied().enumerate().flat_map(beside).collect();
        let known =
            self.results_among(&beside.iter().map(|(_, result)| result.as_path()).collect::<Vec<_>>())?;
        let mut answers = HashMap::new();
        for (place, (index, result)) in beside.into_iter().enumerate() {
            if let Some(job) = known.get(&place) {
                answers.insert(index, Some(job.clone()));
            } else if let Some(own) = own_picture(result) {
                answers.entry(index).or_insert(own.job);
            }
        }
        Ok(answers)
    }
}

/// What a file says about itself if this program wrote it.
fn own_picture(path: PathBuf) -> Option<OwnPicture> {
    Source::File(path).read_picture(None).ok()?.own()
}

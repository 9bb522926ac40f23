//! Recognizes the results of earlier edits among files.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use crate::digest::sha256;
use crate::files::is_same_place;
use crate::journal::{DeliveredFile, Journal, JournalError};

use super::reuse::nanoseconds;

/// Returns the jobs whose results these files are, by the indexes of the files. One query answers for all files.
///
/// A file is a result if it is where a job delivered it, or elsewhere with the same bytes, and is unchanged since. A result
/// that equals its original is recognized only in its own place, because a file with these bytes may be the original.
/// Files that cannot be read are none.
///
/// # Errors
/// When the journal cannot be read.
pub fn earlier_results(files: &[&Path], journal: &Journal) -> Result<HashMap<usize, String>, JournalError> {
    let found: Vec<Option<fs::Metadata>> =
        files.iter().map(|path| fs::metadata(path).ok().filter(fs::Metadata::is_file)).collect();
    let sizes: HashSet<u64> = found.iter().flatten().map(fs::Metadata::len).collect();
    let sizes: Vec<u64> = sizes.into_iter().collect();
    let mut by_size: HashMap<u64, Vec<DeliveredFile>> = HashMap::new();
    for delivered in journal.delivered_with_sizes(&sizes)? {
        by_size.entry(delivered.bytes).or_default().push(delivered);
    }
    let mut results = HashMap::new();
    for (index, (path, found)) in files.iter().zip(&found).enumerate() {
        let candidates = found.as_ref().and_then(|found| Some((found, by_size.get(&found.len())?)));
        if let Some((found, candidates)) = candidates
            && let Some(job) = job_of(path, found, candidates)
        {
            results.insert(index, job);
        }
    }
    Ok(results)
}

/// Returns the job that delivered a file. All candidates have its size.
fn job_of(path: &Path, found: &fs::Metadata, candidates: &[DeliveredFile]) -> Option<String> {
    let is_at = |delivered: &DeliveredFile| {
        delivered.path.as_ref().is_some_and(|stored| is_same_place(stored.as_path(), path))
    };
    let modified = found.modified().ok().and_then(nanoseconds);
    // The time is compared first, because it needs no look at the path.
    let unread = candidates
        .iter()
        .find(|delivered| modified.is_some() && delivered.modified == modified && is_at(delivered));
    if let Some(delivered) = unread {
        return Some(delivered.job.clone());
    }
    let hash = sha256(&fs::read(path).ok()?);
    let same = candidates.iter().filter(|delivered| delivered.sha256 == hash);
    let is_result =
        |delivered: &&DeliveredFile| delivered.input_sha256.as_ref() != Some(&hash) || is_at(delivered);
    same.into_iter().find(is_result).map(|delivered| delivered.job.clone())
}

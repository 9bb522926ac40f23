//! Earlier results: whether they are still what they were, and how they serve again at no price.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::api::Price;
use crate::journal::{Job, Stored};
use crate::picture::{Format, Header, Size};

use super::deliver::sha256;
use super::events::Events;
use super::outcome::{Delivery, Paid};
use super::output::{Output, Wanted};
use super::put::Putting;
use super::remember::{absolute, nanoseconds};

/// How the file of an earlier result is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// As it was delivered.
    Unchanged,
    /// Another file lies there.
    Altered,
    /// Nothing does, or it never was a file.
    Missing,
}

/// Looks at the file of an earlier result.
///
/// As long as its size and time of change are those of its delivery it is not read; a time that is
/// another, or that was not noted, is settled by its SHA-256.
pub fn look(stored: &Stored) -> Kept {
    let Some(path) = stored.path.as_ref().map(|path| path.as_path()) else { return Kept::Missing };
    let Ok(found) = fs::metadata(path) else { return Kept::Missing };
    if !found.is_file() || found.len() != stored.bytes {
        return Kept::Altered;
    }
    let modified = found.modified().ok().and_then(nanoseconds);
    if modified.is_some() && modified == stored.modified {
        return Kept::Unchanged;
    }
    match fs::read(path) {
        Ok(bytes) if sha256(&bytes) == stored.sha256 => Kept::Unchanged,
        _ => Kept::Altered,
    }
}

/// Whether an earlier result can be made into what is wanted now: a loss cannot be taken back.
pub fn serves(job: &Job, wanted: Wanted) -> bool {
    job.intent.quality.is_none() || (job.intent.quality == wanted.quality && !changes_format(job, wanted))
}

fn changes_format(job: &Job, wanted: Wanted) -> bool {
    let format = wanted.format.map(|format| format.name());
    job.stored.as_ref().map(|stored| stored.format.as_str()) != format
}

/// What is known of an earlier result, as a delivery that costs nothing now.
///
/// None for a job that brought no result.
pub fn delivered_before(job: &Job) -> Option<Delivery> {
    let stored = job.stored.as_ref()?;
    let known = job.attempts.iter().rev().find_map(|attempt| attempt.known.inference_id.clone());
    Some(Delivery {
        path: stored.path.as_ref().map(|path| path.as_path().to_owned()),
        format: Format::from_extension(&stored.format)?,
        size: Size { width: stored.width, height: stored.height },
        bytes: stored.bytes,
        sha256: stored.sha256.clone(),
        modified: None,
        change: None,
        paid: Paid { inference_id: known, price: Some(Price::ZERO), ..Paid::default() },
        attempts: 0,
        elapsed: Duration::ZERO,
    })
}

/// A delivery as the journal keeps it.
pub fn stored(delivery: &Delivery) -> Stored {
    Stored {
        path: delivery.path.as_deref().map(|path| absolute(path).into()),
        sha256: delivery.sha256.clone(),
        bytes: delivery.bytes,
        width: delivery.size.width,
        height: delivery.size.height,
        format: delivery.format.name().to_owned(),
        modified: delivery.modified.and_then(nanoseconds),
    }
}

/// Copies an earlier result to where it is wanted now, in the format that is wanted.
///
/// # Errors
/// As the system gives them. A file that is no longer the result is one.
pub fn copy(job: &Job, output: &Output, events: &dyn Events, stdout: &mut dyn Write) -> io::Result<Delivery> {
    let started = Instant::now();
    let gone = || io::Error::other("the earlier result is not what it was");
    let before = delivered_before(job).ok_or_else(gone)?;
    let bytes = fs::read(before.path.as_deref().ok_or_else(gone)?)?;
    if sha256(&bytes) != before.sha256 {
        return Err(gone());
    }
    let header = Header::read(&bytes).map_err(io::Error::other)?;
    let mut output = output.clone();
    if output.wanted.quality == job.intent.quality {
        // What was encoded with this quality is not encoded with it again.
        output.wanted.quality = None;
    }
    let reservation = output.reserve().map_err(io::Error::other)?;
    let putting =
        Putting { output: &output, beside: PathBuf::from("result"), events, restoration: None, again: false };
    let put = putting.put(0, (bytes, header), reservation, stdout)?;
    Ok(put.delivery(before.paid, 0, started.elapsed()))
}

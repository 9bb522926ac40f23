//! Progress reports of the paid path, which prints nothing itself.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use image::GrayImage;

use crate::api::{RequestId, TransferProgress};
use crate::journal::JournalError;
use crate::picture::contents::Dropped;
use crate::picture::fit::Change;
use crate::picture::{Rect, Size};

use super::report::ChangeReport;

/// Something that happened during an edit.
#[derive(Debug)]
pub enum Event<'a> {
    /// The picture was changed for upload.
    Fitted {
        /// Its name.
        picture: &'a str,
        /// The changes.
        changes: &'a [Change],
    },
    /// The result does not have all that the picture's file has.
    LeftOut {
        /// Its name.
        picture: &'a str,
        dropped: &'a [Dropped],
    },
    /// Only this region of the picture may change.
    Region {
        /// The name of the picture.
        picture: &'a str,
        region: Rect,
        /// The size of the upright picture.
        size: Size,
    },
    /// Only a part of the picture may change, and all of it is uploaded.
    UploadedWhole {
        /// Its name.
        picture: &'a str,
        size: Size,
    },
    /// A POST is being sent. `transfer` counts its bytes; after the last one, the wait begins.
    Sending {
        /// The job.
        job: &'a str,
        /// The number of the attempt, from 1.
        attempt: u32,
        /// Its request id.
        id: &'a RequestId,
        /// Its bytes.
        transfer: &'a TransferProgress,
    },
    /// A queue has accepted the request. The wait for its answer begins.
    Accepted {
        /// The job.
        job: &'a str,
        /// The id of the request in the queue.
        request: &'a str,
    },
    /// An attempt failed without a charge, and another follows.
    Retrying {
        /// Why it failed.
        why: &'a str,
        /// The time until the next attempt.
        wait: Duration,
    },
    /// The service answered.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The service's id for the call.
        inference_id: Option<&'a str>,
    },
    /// A result is being fetched.
    Downloading {
        /// Its bytes.
        transfer: &'a TransferProgress,
        /// The link, without its signature.
        from: &'a str,
    },
    /// The answer was restored into the original.
    Restored {
        /// What changed.
        report: &'a ChangeReport,
        /// Which pixels come from the answer: 0 is the original.
        mask: &'a GrayImage,
        /// The file of the original.
        original: &'a Arc<[u8]>,
    },
    /// The file of the answer was changed after it was received, and what is left of it has results.
    Salvaged {
        /// What happened to the file.
        why: &'a str,
    },
    /// The answer could not be restored into the original, so it is delivered as it is.
    NotRestored {
        /// Why.
        why: &'a str,
    },
    /// The answer is kept, because the result is not the answer itself.
    AnswerKept {
        /// Where.
        path: &'a Path,
        /// Whether the result shows nothing of it.
        is_unused: bool,
    },
    /// The answer could not be kept.
    AnswerNotKept {
        /// Why.
        why: &'a str,
    },
    /// The answer of an earlier edit is not written beside its result, which is used again.
    NoAnswerFile {
        result: &'a Path,
        /// Why.
        why: &'a str,
    },
    /// The journal could not record something that happened.
    NotRecorded {
        /// Why.
        error: &'a JournalError,
    },
    /// The file name was too long; the result got a shorter one.
    Shortened {
        /// The planned path.
        planned: &'a Path,
        /// The actual path.
        actual: &'a Path,
    },
    /// A file appeared at the planned path during the call; the result has another name.
    Renamed {
        /// The planned path.
        planned: &'a Path,
        /// The actual path.
        actual: &'a Path,
    },
}

/// Receives events.
pub trait Events: Sync {
    /// Whether transfer progress is shown. Counting the bytes of an upload has a cost.
    fn wants_bytes(&self) -> bool;
    fn on(&self, event: Event<'_>);
}

/// Receives events that nobody is shown.
pub struct NoEvents;

impl Events for NoEvents {
    fn wants_bytes(&self) -> bool {
        false
    }

    fn on(&self, _: Event<'_>) {}
}

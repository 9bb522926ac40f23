//! What the paid path tells while it works. It prints nothing itself.

use std::path::Path;
use std::time::Duration;

use image::GrayImage;

use crate::api::{RequestId, TransferProgress};
use crate::journal::JournalError;
use crate::picture::fit::Change;

use super::report::ChangeReport;

/// Something that happened to an edit.
#[derive(Debug)]
pub enum Event<'a> {
    /// Something was done to the picture before it is sent.
    Fitted {
        /// Its name.
        picture: &'a str,
        /// What.
        changes: &'a [Change],
    },
    /// A POST goes out; `transfer` counts its bytes, and once they are out, the wait begins.
    Sending {
        /// Which attempt this is, from 1.
        attempt: u32,
        /// The id that it carries.
        id: &'a RequestId,
        /// Its bytes.
        transfer: &'a TransferProgress,
    },
    /// An attempt that cost nothing failed, and another follows.
    Retrying {
        /// What went wrong.
        why: &'a str,
        /// How long until the next one.
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
        /// Where from, without what makes the link a key.
        from: &'a str,
    },
    /// A result was made of its original and the answer.
    Restored {
        /// What changed.
        report: &'a ChangeReport,
        /// Where the result comes from: 0 is the original.
        mask: &'a GrayImage,
    },
    /// The original is not what it was, so that the answer stays as it came.
    NotRestored {
        /// Why.
        why: &'a str,
    },
    /// Something that has happened could not be written down.
    NotWrittenDown {
        /// Why.
        error: &'a JournalError,
    },
    /// The name was longer than any file's can be; the result got a shorter one.
    Shortened {
        /// What it should have been called.
        wanted: &'a Path,
        /// What it is called.
        got: &'a Path,
    },
    /// The target came into being while the answer was waited for; the result went elsewhere.
    Renamed {
        /// Where it should have gone.
        wanted: &'a Path,
        /// Where it went.
        got: &'a Path,
    },
}

/// Who is told.
pub trait Events: Sync {
    /// Whether anyone looks at a transfer's bytes; counting those of an upload has a price.
    fn wants_bytes(&self) -> bool;
    /// Takes notice.
    fn on(&self, event: Event<'_>);
}

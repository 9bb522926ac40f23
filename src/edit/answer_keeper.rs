//! Keeps the answer to a call in the answer store.

use std::path::PathBuf;

use crate::journal::{AnswerName, AnswerStore, Journal, KeepError};
use crate::picture::Format;

/// Keeps the pictures in the answer to one request.
pub(super) struct AnswerKeeper<'a> {
    pub(super) journal: &'a Journal,
    pub(super) store: &'a AnswerStore,
    pub(super) request_id: String,
}

impl AnswerKeeper<'_> {
    /// Keeps a complete picture. `index` is its number in the answer, from 0. Returns its path; `None` if the store is
    /// disabled.
    ///
    /// # Errors
    /// See [`KeepError`]. The result is delivered all the same.
    pub(super) fn keep(
        &self,
        index: usize,
        bytes: &[u8],
        format: Format,
    ) -> Result<Option<PathBuf>, KeepError> {
        self.keep_as(index, bytes, Some(format), true)
    }

    /// Keeps what arrived instead of a complete picture, as [`AnswerKeeper::keep`] does.
    ///
    /// # Errors
    /// See [`KeepError`].
    pub(super) fn keep_damaged(&self, index: usize, bytes: &[u8]) -> Result<Option<PathBuf>, KeepError> {
        self.keep_as(index, bytes, Format::sniff(bytes), false)
    }

    fn keep_as(
        &self,
        index: usize,
        bytes: &[u8],
        format: Option<Format>,
        is_complete: bool,
    ) -> Result<Option<PathBuf>, KeepError> {
        let extension = format.map_or("bin", Format::extension);
        let name = AnswerName { request_id: &self.request_id, index, is_complete, extension };
        self.store.keep(self.journal, name, bytes)
    }
}

//! An encoded request, and how it is sent.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::pages::Pages;

/// A request, ready to be sent any number of times.
#[derive(Clone)]
pub struct Body {
    content_type: Arc<str>,
    /// The bytes, in order. Most requests have one chunk.
    chunks: Arc<[Bytes]>,
}

impl Body {
    /// Returns the length in bytes.
    pub fn len(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.len() as u64).sum()
    }

    /// Always false: a request has at least one field.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Returns the bytes in order, in chunks. Clones share them.
    pub(in super::super) fn chunks(&self) -> impl Iterator<Item = &Bytes> {
        self.chunks.iter()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes of {})", self.len(), self.content_type)
    }
}

/// Encodes the bytes of a file in their own memory, between a head and a tail.
pub(super) type EncodeInPlace = fn(file: Pages, head: &[u8], tail: &[u8]) -> Pages;

/// A body that is being built from texts and files.
pub(super) struct BodyBuilder {
    encode: EncodeInPlace,
    chunks: Vec<Bytes>,
    /// The last file, and the text before it.
    file: Option<(String, Pages)>,
    /// The text behind it.
    text: String,
}

impl BodyBuilder {
    /// Starts a body whose files are encoded by `encode`.
    pub(super) fn new(encode: EncodeInPlace) -> BodyBuilder {
        BodyBuilder { encode, chunks: Vec::new(), file: None, text: String::new() }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn file(&mut self, file: Pages) {
        self.push_file("");
        self.file = Some((std::mem::take(&mut self.text), file));
    }

    /// Ends the body.
    pub(super) fn build(mut self, content_type: impl Into<Arc<str>>) -> Body {
        let text = std::mem::take(&mut self.text);
        if self.file.is_some() {
            self.push_file(&text);
        } else {
            self.chunks.push(text.into());
        }
        Body { content_type: content_type.into(), chunks: self.chunks.into() }
    }

    fn push_file(&mut self, tail: &str) {
        if let Some((head, file)) = self.file.take() {
            let encoded = (self.encode)(file, head.as_bytes(), tail.as_bytes());
            self.chunks.push(Bytes::from_owner(encoded));
        }
    }
}

/// The progress of a transfer, shared between the thread that transfers and the one that displays it.
#[derive(Debug, Clone, Default)]
pub struct TransferProgress(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    done: AtomicU64,
    total: AtomicU64,
}

impl TransferProgress {
    /// Restarts at zero of `total` bytes; a `total` of 0 means that it is unknown.
    pub fn start(&self, total: u64) {
        self.0.done.store(0, Ordering::Relaxed);
        self.0.total.store(total, Ordering::Relaxed);
    }

    /// Adds transferred bytes.
    pub fn add(&self, bytes: u64) {
        self.0.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Returns the number of bytes transferred so far, at most their number in all.
    pub fn done(&self) -> u64 {
        let done = self.0.done.load(Ordering::Relaxed);
        match self.total() {
            0 => done,
            total => done.min(total),
        }
    }

    /// Returns the number of bytes in all, or 0 if it is unknown.
    pub fn total(&self) -> u64 {
        self.0.total.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn between(file: Pages, head: &[u8], tail: &[u8]) -> Pages {
        [head, &file, tail].concat().as_slice().into()
    }

    proptest! {
        #[test]
        fn a_body_has_all_of_its_bytes_in_order(
            pieces in prop::collection::vec((any::<bool>(), "[a-z]{0,9}"), 0..9),
        ) {
            let mut builder = BodyBuilder::new(between);
            for (is_file, text) in &pieces {
                if *is_file { builder.file(text.as_bytes().into()) } else { builder.text(text) }
            }
            let body = builder.build("text/plain");
            let expected: String = pieces.into_iter().map(|(_, text)| text).collect();
            prop_assert_eq!(body.len(), expected.len() as u64);
            let chunks: Vec<&[u8]> = body.chunks().map(AsRef::as_ref).collect();
            prop_assert_eq!(chunks.concat(), expected.as_bytes());
        }
    }
}

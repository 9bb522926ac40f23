//! Makes results of answers: restores or converts them, and writes their metadata.

use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::SystemTime;

use crate::error_chain::error_chain;
use crate::picture::contents::Dropped;
use crate::picture::metadata::StoredOrientation;
use crate::picture::{self, ColorSpace, Format, Header};

use super::events::Event;
use super::output_encoding::OutputEncoding;
use super::restoration::{Finished, ResultContent};
use super::result_metadata::AnswerMetadata;
use super::store::ResultWriter;

/// A result with its metadata.
pub(super) struct MadeResult {
    pub(super) finished: Finished,
    /// What could not be kept of the picture's metadata.
    pub(super) dropped: Vec<Dropped>,
    /// Whether it could not be restored into its original.
    pub(super) is_unrestored: bool,
    /// The answer if it is another file, with its place in the store if it is kept there.
    pub(super) answer: Option<(Vec<u8>, Option<PathBuf>)>,
    /// The modification time of the reserved file, if the result was written there.
    pub(super) written: Option<SystemTime>,
}

impl ResultWriter<'_> {
    /// Whether a result is the answer in this format as it is, apart from its metadata.
    pub(super) fn is_answer(&self, format: Format) -> bool {
        self.restoration.is_none() && self.output.encoding.conversion(format).is_none()
    }

    /// Makes a result of an answer, and keeps the answer if it is another file.
    pub(super) fn make(&self, index: usize, answer: Vec<u8>, header: Header) -> io::Result<MadeResult> {
        let metadata = AnswerMetadata::read(&answer, &header);
        let (finished, is_unrestored, answer) = if !self.is_answer(header.format) {
            let restore = || self.restored(&answer, header);
            let (made, kept) = self.keep_meanwhile(index, &answer, header.format, restore);
            let (finished, is_unrestored) = made?;
            (finished, is_unrestored, Some((answer, kept)))
        } else if self.keeps_answer {
            (self.converted(answer.clone(), header)?, false, Some((answer, None)))
        } else {
            (self.converted(answer, header)?, false, None)
        };
        let (finished, dropped) = self.stamp.apply(finished, &metadata);
        Ok(MadeResult { finished, dropped, is_unrestored, answer, written: None })
    }

    /// Restores an answer into its original. Returns the result, and whether that failed.
    fn restored(&self, answer: &[u8], header: Header) -> io::Result<(Finished, bool)> {
        let encoding = self.output.encoding;
        let is_unrestored = match self.restoration.map(|restoration| restoration.apply(answer, encoding)) {
            Some(Ok(finished)) => return Ok((finished, false)),
            // A paid result is delivered even if it cannot be restored.
            Some(Err(why)) => {
                self.events.on(Event::NotRestored { why: &error_chain(&why) });
                true
            }
            None => false,
        };
        Ok((self.converted(answer.to_owned(), header)?, is_unrestored))
    }

    fn converted(&self, answer: Vec<u8>, header: Header) -> io::Result<Finished> {
        converted(answer, header, self.colors, self.output.encoding)
    }

    /// Keeps an answer in the store while its result is made, so that this takes no more time. Returns both.
    fn keep_meanwhile<T>(
        &self,
        index: usize,
        answer: &[u8],
        format: Format,
        make: impl FnOnce() -> T,
    ) -> (T, Option<PathBuf>) {
        let Some(answers) = &self.answers else { return (make(), None) };
        let keep = || answers.keep(index, answer, format);
        let (made, kept) = thread::scope(|scope| match thread::Builder::new().spawn_scoped(scope, keep) {
            Ok(keeping) => {
                let made = make();
                let kept = keeping.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                (made, kept)
            }
            // No thread can be started.
            Err(_) => (make(), keep()),
        });
        let kept = kept.unwrap_or_else(|error| {
            self.events.on(Event::AnswerNotKept { why: &error_chain(&error) });
            None
        });
        (made, kept)
    }
}

/// Converts an answer to the requested format. If it has that format, its bytes stay as they are, except that the color
/// space of the upload is embedded if the answer states none.
pub(super) fn converted(
    mut bytes: Vec<u8>,
    header: Header,
    upload: &ColorSpace,
    requested: OutputEncoding,
) -> io::Result<Finished> {
    let Some(encoding) = requested.conversion(header.format) else {
        picture::inherit_colors(&mut bytes, &header, upload);
        return Ok(finished(bytes, header, ResultContent::AnswerAsDelivered));
    };
    let decoded = picture::decode(&bytes).map_err(io::Error::other)?.into_upright();
    let colors = decoded.colors.or(upload);
    let bytes = picture::encode(&decoded.image, &colors, encoding).map_err(io::Error::other)?;
    let header = Header::read(&bytes).map_err(io::Error::other)?;
    Ok(finished(bytes, header, ResultContent::Answer))
}

fn finished(bytes: Vec<u8>, header: Header, content: ResultContent) -> Finished {
    let orientation = StoredOrientation::Upright;
    Finished { bytes, header, change: None, content, orientation, gain_map: None, dropped: Vec::new() }
}

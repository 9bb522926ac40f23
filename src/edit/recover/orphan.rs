//! Takes the pictures out of an answer that no job knows.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::api::{BaseUrl, Downloads, Price};
use crate::files::Reservation;
use crate::journal::OrphanedAnswer;
use crate::picture::ColorSpace;
use crate::picture::metadata::Metadata;

use super::super::answer_file::write_beside;
use super::super::answer_keeper::AnswerKeeper;
use super::super::deliver::Deliverer;
use super::super::destination::Destination;
use super::super::outcome::{Paid, RunError};
use super::super::output::Output;
use super::super::output_encoding::OutputEncoding;
use super::super::result_metadata::{self, MetadataOptions, ResultStamp};
use super::super::store::ResultWriter;
use super::{RecoverError, Recovery, restored};

impl Recovery<'_> {
    /// Writes the pictures in an answer that no job knows, as they were received: to `JOB.answer.jpg` in the directory `to`,
    /// or else in the working directory. Nothing is replaced; a file that has the same bytes already is not written again.
    /// `base` is the service that sent it. Returns a file or an error for each picture; nothing if there is none.
    ///
    /// The answer stays in the spool.
    ///
    /// # Errors
    /// When the answer cannot be read.
    pub fn rescue(
        &self,
        orphan: &OrphanedAnswer,
        base: &BaseUrl,
    ) -> Result<Vec<Result<PathBuf, RunError>>, RecoverError> {
        let raw = restored(self.journal.orphan(orphan)?);
        let paid = Paid {
            client_request_id: orphan.request_id.clone(),
            inference_id: raw.inference_id().map(str::to_owned),
            price: raw.price(),
            ..Paid::default()
        };
        let items = raw.salvage(Some(base)).map_or_else(Vec::new, |answer| answer.items);
        let encoding = OutputEncoding { format: None, quality: None };
        let output = Output { destination: Destination::Stdout, encoding, makes_directory: false };
        let (colors, original) = (ColorSpace::default(), Metadata::default());
        let deliverer = Deliverer {
            writer: ResultWriter {
                output: &output,
                beside: PathBuf::new(),
                restoration: None,
                colors: &colors,
                stamp: ResultStamp {
                    options: MetadataOptions::default(),
                    original: &original,
                    provenance: result_metadata::provenance(0, None),
                },
                picture: orphan.job().to_owned(),
                times_of: None,
                events: self.events,
                again: true,
                answers: Some(AnswerKeeper {
                    journal: self.journal,
                    store: self.answers,
                    request_id: orphan.request_id.clone(),
                }),
                keeps_answer: false,
            },
            downloads: Downloads { transport: self.transport, retries: self.retries },
            base: Some(base),
            started: Instant::now(),
        };
        let beside = self.to.unwrap_or(Path::new("")).join(orphan.job());
        // The output of the edit is not known any more. Often it was to be written here, too.
        Reservation::remove_stale(&beside);
        let save = |paid: &Paid, index, item| {
            let (bytes, header) = deliverer.fetch(index, item, paid, &mut |_, _| {})?;
            let not_saved = |source: io::Error| RunError::NotSaved { source, paid: paid.clone() };
            write_beside(&beside, &bytes, header.format, true).map_err(not_saved)
        };
        let free = Paid { price: paid.price.map(|_| Price::ZERO), ..paid.clone() };
        let paid_for = |index| if index == 0 { &paid } else { &free };
        Ok(items.into_iter().enumerate().map(|(index, item)| save(paid_for(index), index, item)).collect())
    }
}

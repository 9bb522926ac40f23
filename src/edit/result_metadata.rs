//! The metadata of results: what they keep of their picture, and what they state about the edit.

use jiff::Timestamp;

use crate::api::Generation;
use crate::journal::Intent;
use crate::picture::Header;
use crate::picture::contents::{Contents, Dropped};
use crate::picture::merge::Extent;
use crate::picture::metadata::{EditRecord, Metadata, MetadataRule, Provenance, Stamp, Stamped};

use super::restoration::{Finished, ResultContent};

/// What is requested of the metadata of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MetadataOptions {
    /// What they keep of the picture's metadata. `None` depends on the result: [`MetadataRule::Keep`] if it is the picture
    /// with an edit, and else [`MetadataRule::Safe`].
    pub rule: Option<MetadataRule>,
    /// Whether they record the request.
    pub records_request: bool,
    /// Whether their files have the times of the picture's file.
    pub keeps_times: bool,
}

impl MetadataOptions {
    fn rule_for(self, content: ResultContent) -> MetadataRule {
        self.rule.unwrap_or(match content {
            ResultContent::Original => MetadataRule::Keep,
            ResultContent::Answer | ResultContent::AnswerAsDelivered => MetadataRule::Safe,
        })
    }

    /// Whether an answer is delivered with its own bytes.
    fn leaves_answer(self, answer: &[u8], header: &Header) -> bool {
        match self.rule {
            _ if self.records_request => false,
            Some(rule) => rule == MetadataRule::None,
            // Its content credentials state where it comes from, and are valid for these bytes only.
            None => Contents::read(answer, header).has_credentials,
        }
    }
}

/// What the results of a job are stamped with.
pub struct ResultStamp<'a> {
    pub options: MetadataOptions,
    /// The metadata of the picture.
    pub original: &'a Metadata,
    pub provenance: Provenance,
}

impl ResultStamp<'_> {
    /// Writes the metadata of a result. `answer` is the file that it was made of. Returns what could not be kept, too.
    pub fn apply(&self, finished: Finished, answer: &AnswerMetadata) -> (Finished, Vec<Dropped>) {
        let Finished { bytes, header, content, orientation, .. } = &finished;
        if *content == ResultContent::AnswerAsDelivered && self.options.leaves_answer(bytes, header) {
            return (finished, Vec::new());
        }
        let rule = self.options.rule_for(*content);
        // A result that is the original was not edited.
        let is_edited = finished.change.as_ref().is_none_or(|(report, _)| report.extent != Extent::Nothing);
        let states_origin = (is_edited && rule != MetadataRule::None) || self.options.records_request;
        let stamp = Stamp {
            original: self.original,
            rule,
            orientation: *orientation,
            answer: Some(&answer.0).filter(|_| *content != ResultContent::Original),
            provenance: Some(&self.provenance).filter(|_| states_origin),
            gain_map: finished.gain_map.as_ref(),
        };
        let Stamped { bytes, dropped: lost } = stamp.apply(finished.bytes, &finished.header);
        let header = Header::read(&bytes).unwrap_or(finished.header);
        let dropped = finished.dropped.iter().copied().chain(lost).collect();
        (Finished { bytes, header, ..finished }, dropped)
    }
}

/// The metadata of an answer.
pub struct AnswerMetadata(Metadata);

impl AnswerMetadata {
    pub fn read(answer: &[u8], header: &Header) -> AnswerMetadata {
        AnswerMetadata(Metadata::read(answer, header.format))
    }
}

/// What results state about an edit that was sent at this time, in milliseconds since 1970. The time is that of the journal,
/// so that the result of a job always has the same bytes.
pub(super) fn provenance(sent: i64, record: Option<EditRecord>) -> Provenance {
    let sent = Timestamp::from_millisecond(sent).ok();
    let date = sent.map(|sent| sent.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    Provenance { date, record }
}

/// The record of a request.
pub(super) fn record(job: &str, generation: &Generation) -> EditRecord {
    EditRecord {
        prompt: generation.prompt.as_str().to_owned(),
        model: generation.model().to_owned(),
        seed: generation.sent_seed(),
        job: job.to_owned(),
    }
}

/// The record of the request of a job in the journal.
pub(super) fn record_of_job(intent: &Intent) -> EditRecord {
    EditRecord {
        prompt: intent.prompt.clone(),
        model: intent.model.clone(),
        seed: intent.sent_seed(),
        job: intent.job.clone(),
    }
}

//! `--mask-out`: a picture that shows which parts of a result were edited.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use image::GrayImage;

use crate::batch::{StepOutcome, TaskOutcome};
use crate::edit::{
    Charged, Destination, Event, Events, IfExists, JobId, NameFields, Output, OutputError, OutputRequest,
    PlanError, Source, save,
};
use crate::error::{ErrorKind, Failure};
use crate::files::{is_same_place, resolve};
use crate::journal::step_mark;
use crate::picture::{self, ColorSpace, Encoding, Format};
use crate::sync::{lock, unpoisoned};

use super::edit_options::is_link;

/// The output of a mask, planned before the edit.
pub(super) struct MaskOut(Output);

impl MaskOut {
    /// Plans the output of a mask. It must differ from `others`, the files that are read and written.
    pub(super) fn plan(
        path: &Path,
        if_exists: Option<IfExists>,
        others: &[&Path],
    ) -> Result<MaskOut, Failure> {
        if is_link(path) {
            return Err(Failure::input("a mask cannot be written to a link").hint("name a file"));
        }
        ensure_apart(path, others)?;
        let request = OutputRequest { output: Some(path.into()), if_exists, ..OutputRequest::default() };
        let source = Source::File(path.to_owned());
        let started = jiff::Timestamp::now();
        let fields = NameFields { stem: source.stem(), seed: 0, number: None, started, job: "" };
        let output = Output::plan(&request, &source, &fields).map_err(refused)?;
        if output.encoding.format == Some(Format::Jpeg) || output.destination == Destination::Stdout {
            return Err(Failure::input("a mask is written to a file, in a lossless format")
                .hint("end its name with .png"));
        }
        Ok(MaskOut(output))
    }

    /// Ensures that the mask can be written, before the result is paid for.
    pub(super) fn ensure_writable(&self) -> Result<(), Failure> {
        self.0.reserve().map(drop).map_err(refused)
    }

    /// Whether the mask would be written to one of these files.
    fn is_one_of(&self, files: &[&Path]) -> bool {
        self.0.path().is_some_and(|path| files.iter().any(|file| is_same_place(file, path)))
    }

    /// Writes the mask, and returns its file. `kind` is the kind of the failure if that is not possible.
    pub(super) fn write(&self, mask: GrayImage, kind: ErrorKind) -> Result<Option<PathBuf>, Failure> {
        let encoding = self.0.encoding.format.and_then(Encoding::for_format).unwrap_or(Encoding::Png);
        let written = picture::encode(&mask.into(), &ColorSpace::SRGB, encoding)
            .map_err(io::Error::other)
            .and_then(|bytes| save(&self.0, &bytes, None, &mut io::sink()));
        written.map_err(|error| {
            let path = self.0.path().unwrap_or(Path::new("the mask")).display();
            Failure::new(kind, anyhow::Error::new(error).context(format!("cannot write {path}")))
                .hint("the result itself is saved, without its mask")
        })
    }
}

/// Replaces hints about `-o` and `--format`: for a mask, only its name can be changed.
fn refused(error: OutputError) -> Failure {
    let hint = match &error {
        OutputError::UnknownFormat(_) => "end the mask's name with .png or .webp",
        OutputError::Exists(_) => "choose another name with --mask-out, or say --force",
        _ => "name another file with --mask-out",
    };
    Failure::from(PlanError::from(error)).hint(hint)
}

/// Ensures that a file to write is none of `others`.
pub(super) fn ensure_apart(path: &Path, others: &[&Path]) -> Result<(), Failure> {
    match others.iter().find(|other| resolve(other) == resolve(path)) {
        Some(_) => Err(Failure::input(format!("{} is used for something else here", path.display()))
            .hint("each picture that is read or written needs a name of its own")),
        None => Ok(()),
    }
}

/// What became of the masks of a task.
#[derive(Default)]
pub(super) struct WrittenMasks {
    /// The failures with their jobs.
    pub(super) failures: Vec<(JobId, Failure)>,
    /// The file of the mask, if a result has the planned name.
    pub(super) renamed: Option<PathBuf>,
}

/// Forwards events, and keeps the masks of results until it is known which step each result belongs to.
pub(super) struct MaskCollector<'a> {
    pub(super) events: &'a dyn Events,
    pub(super) to: Option<&'a MaskOut>,
    pub(super) masks: Mutex<Vec<GrayImage>>,
}

impl MaskCollector<'_> {
    /// Writes the masks of a task that ran, whose last step has this index.
    ///
    /// Masks are named like results: the first one of the last step has the given name, and the others a mark or a
    /// number. A further result may have that name already (`out-2.png`). It was paid for, so the mask gets a number.
    pub(super) fn write(self, outcome: &TaskOutcome, last: usize) -> WrittenMasks {
        let mut written = WrittenMasks::default();
        let (Some(to), TaskOutcome::Ran(steps)) = (self.to, outcome) else { return written };
        let results: Vec<&Path> =
            steps.iter().filter_map(|step| step.result.as_ref().ok()?.path.as_deref()).collect();
        let is_taken = to.is_one_of(&results);
        // There is one mask for each restored result, in the same order.
        let is_restored =
            |step: &&StepOutcome| step.result.as_ref().is_ok_and(|result| result.change.is_some());
        let mut previous = None;
        for (step, mask) in steps.iter().filter(is_restored).zip(unpoisoned(self.masks.into_inner())) {
            let is_first = previous.replace(step.index) != Some(step.index);
            let output = match step.index {
                index if index < last => MaskOut(to.0.beside(&step_mark(index + 1))),
                _ if is_first && !is_taken => MaskOut(to.0.clone()),
                _ => MaskOut(to.0.beside("")),
            };
            match output.write(mask, ErrorKind::Internal) {
                Ok(Some(file)) if is_first && is_taken && step.index == last => written.renamed = Some(file),
                Ok(_) => {}
                Err(failure) => {
                    let failure = Failure { charged: Charged::Yes, ..failure };
                    written.failures.push((step.job.clone(), failure));
                }
            }
        }
        written
    }
}

impl Events for MaskCollector<'_> {
    fn wants_bytes(&self) -> bool {
        self.events.wants_bytes()
    }

    fn on(&self, event: Event<'_>) {
        if let (Event::Restored { mask, .. }, Some(_)) = (&event, self.to) {
            lock(&self.masks).push((*mask).clone());
        }
        self.events.on(event);
    }
}

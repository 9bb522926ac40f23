//! `--mask-out` and `--overlay`: pictures that show which parts of a result were edited.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use image::GrayImage;

use crate::batch::{StepOutcome, TaskOutcome};
use crate::edit::{
    Charged, Destination, Event, Events, IfExists, JobId, NameFields, Output, OutputError, OutputRequest,
    PlanError, Source, no_columns, save,
};
use crate::error::{ErrorKind, Failure};
use crate::files::{is_same_place, may_be_same_place};
use crate::journal::step_mark;
use crate::picture::merge::overlay;
use crate::picture::metadata::drawn;
use crate::picture::{self, ColorSpace, Encoding, Format};
use crate::sync::{lock, unpoisoned};

use super::edit_options::is_link;

/// What such a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// The replaced parts in white, on black.
    Mask,
    /// The original, with the replaced parts tinted and outlined.
    Overlay,
}

impl View {
    /// The name of the view, with its article.
    pub(super) fn with_article(self) -> &'static str {
        match self {
            View::Mask => "a mask",
            View::Overlay => "an overlay",
        }
    }

    /// The name of the view.
    pub(super) fn name(self) -> &'static str {
        match self {
            View::Mask => "mask",
            View::Overlay => "overlay",
        }
    }

    fn flag(self) -> &'static str {
        match self {
            View::Mask => "--mask-out",
            View::Overlay => "--overlay",
        }
    }

    /// How to correct a name with an unknown or unsuitable format.
    fn format_hint(self) -> &'static str {
        match self {
            View::Mask => "end the mask's name with .png or .webp",
            View::Overlay => "end the overlay's name with .png, .webp or .jpg",
        }
    }
}

/// A restored answer, and the file of the picture that it was restored into.
#[derive(Debug)]
pub(super) struct Edit {
    /// Which pixels come from the answer: 0 is the original.
    pub(super) mask: GrayImage,
    pub(super) original: Arc<[u8]>,
}

/// The output of one view, planned before the edit.
pub(super) struct ChangePicture {
    view: View,
    output: Output,
}

/// The files that `--mask-out` and `--overlay` name.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChangePictureFiles<'a> {
    pub(super) mask: Option<&'a Path>,
    pub(super) overlay: Option<&'a Path>,
}

impl<'a> ChangePictureFiles<'a> {
    /// The flags that were given, with their files.
    fn given(self) -> impl Iterator<Item = (View, &'a Path)> {
        [(View::Mask, self.mask), (View::Overlay, self.overlay)]
            .into_iter()
            .filter_map(|(view, path)| Some((view, path?)))
    }

    /// The first flag that was given.
    pub(super) fn flag(self) -> Option<&'static str> {
        self.given().next().map(|(view, _)| view.flag())
    }

    /// Plans the outputs. Each must differ from the others, and from `others`, the files that are read and written.
    pub(super) fn plan(
        self,
        if_exists: Option<IfExists>,
        others: &[&Path],
    ) -> Result<Vec<ChangePicture>, Failure> {
        let mut taken = others.to_vec();
        self.given()
            .map(|(view, path)| {
                let picture = ChangePicture::plan(view, path, if_exists, &taken)?;
                taken.push(path);
                Ok(picture)
            })
            .collect()
    }
}

impl ChangePicture {
    fn plan(
        view: View,
        path: &Path,
        if_exists: Option<IfExists>,
        others: &[&Path],
    ) -> Result<ChangePicture, Failure> {
        let article = view.with_article();
        if is_link(path) {
            return Err(Failure::input(format!("{article} cannot be written to a link")).hint("name a file"));
        }
        ensure_apart(path, others)?;
        let request = OutputRequest { output: Some(path.into()), if_exists, ..OutputRequest::default() };
        let source = Source::File(path.to_owned());
        let started = jiff::Timestamp::now();
        let fields =
            NameFields { source: &source, seed: 0, number: None, started, job: "", column: &no_columns };
        let output = Output::plan(&request, &source, &fields).map_err(|error| refused(view, error))?;
        let is_lossy = output.encoding.format == Some(Format::Jpeg);
        if view == View::Mask && (is_lossy || output.destination == Destination::Stdout) {
            return Err(Failure::input("a mask is written to a file, in a lossless format")
                .hint("end its name with .png"));
        }
        if output.destination == Destination::Stdout {
            return Err(Failure::input(format!("{article} is written to a file")).hint(view.format_hint()));
        }
        Ok(ChangePicture { view, output })
    }

    /// Ensures that the picture may be written, by the permissions of its directory. Creates nothing.
    pub(super) fn ensure_permitted(&self) -> Result<(), Failure> {
        self.output.ensure_permitted().map_err(|error| refused(self.view, error))
    }

    /// Ensures that the picture can be written, before the result is paid for.
    pub(super) fn ensure_writable(&self) -> Result<(), Failure> {
        self.output.reserve().map(drop).map_err(|error| refused(self.view, error))
    }

    /// Whether the picture would be written to one of these files.
    fn is_one_of(&self, files: &[&Path]) -> bool {
        self.output.path().is_some_and(|path| files.iter().any(|file| is_same_place(file, path)))
    }

    /// Writes the picture, and returns its file. `kind` is the kind of the failure if that is not possible.
    pub(super) fn write(&self, edit: &Edit, kind: ErrorKind) -> Result<Option<PathBuf>, Failure> {
        self.write_to(&self.output, edit, kind)
    }

    fn write_to(&self, output: &Output, edit: &Edit, kind: ErrorKind) -> Result<Option<PathBuf>, Failure> {
        let encoding = output.encoding.format.and_then(Encoding::for_format).unwrap_or(Encoding::Png);
        let written =
            self.encoded(edit, encoding).and_then(|bytes| save(output, &bytes, None, &mut io::sink()));
        written.map_err(|error| {
            let name = self.view.name();
            let path = output.path().unwrap_or(Path::new("the picture")).display();
            Failure::new(kind, anyhow::Error::new(error).context(format!("cannot write {path}")))
                .hint(format!("the result itself is saved, without its {name}"))
        })
    }

    fn encoded(&self, edit: &Edit, encoding: Encoding) -> io::Result<Vec<u8>> {
        let encoded = match self.view {
            View::Mask => picture::encode(&edit.mask.clone().into(), &ColorSpace::SRGB, encoding),
            View::Overlay => {
                let original = picture::decode(&edit.original).map_err(io::Error::other)?.into_upright();
                picture::encode(&overlay(original.image, &edit.mask).into(), &original.colors, encoding)
            }
        };
        let format = encoding.format();
        encoded.map(|bytes| drawn(bytes, format)).map_err(io::Error::other)
    }
}

/// Replaces hints about `-o` and `--format`: here, only the name of the file can be changed.
fn refused(view: View, error: OutputError) -> Failure {
    let hint = match &error {
        OutputError::UnknownFormat(_) => view.format_hint().to_owned(),
        OutputError::Exists(_) => format!("choose another name with {}, or say --force", view.flag()),
        _ => format!("name another file with {}", view.flag()),
    };
    Failure::from(PlanError::from(error)).hint(hint)
}

/// Ensures that a file to write is none of `others`. A hard link of one is another file, because writing replaces only a name.
pub(super) fn ensure_apart(path: &Path, others: &[&Path]) -> Result<(), Failure> {
    match others.iter().find(|other| may_be_same_place(other, path)) {
        Some(_) => Err(Failure::input(format!("{} is used for something else here", path.display()))
            .hint("each picture that is read or written needs a name of its own")),
        None => Ok(()),
    }
}

/// What became of the pictures of a task.
#[derive(Default)]
pub(super) struct WrittenPictures {
    /// The failures with their jobs.
    pub(super) failures: Vec<(JobId, Failure)>,
    /// The files of those whose planned name a result has.
    pub(super) renamed: Vec<(View, PathBuf)>,
}

/// Forwards events, and keeps what results show until it is known which step each of them belongs to.
pub(super) struct EditCollector<'a> {
    pub(super) events: &'a dyn Events,
    pub(super) to: &'a [ChangePicture],
    pub(super) edits: Mutex<Vec<Edit>>,
}

impl EditCollector<'_> {
    /// Writes the pictures of a task that ran, whose last step has this index.
    ///
    /// They are named like results: the first one of the last step has the given name, and the others a mark or a
    /// number. A further result may have that name already (`out-2.png`). It was paid for, so the picture gets a number.
    pub(super) fn write(self, outcome: &TaskOutcome, last: usize) -> WrittenPictures {
        let mut written = WrittenPictures::default();
        let TaskOutcome::Ran(steps) = outcome else { return written };
        let edits = unpoisoned(self.edits.into_inner());
        for picture in self.to {
            picture.write_each(steps, &edits, last, &mut written);
        }
        written
    }
}

impl ChangePicture {
    fn write_each(&self, steps: &[StepOutcome], edits: &[Edit], last: usize, written: &mut WrittenPictures) {
        let results: Vec<&Path> =
            steps.iter().filter_map(|step| step.result.as_ref().ok()?.path.as_deref()).collect();
        let is_taken = self.is_one_of(&results);
        // There is one edit for each restored result, in the same order.
        let is_restored =
            |step: &&StepOutcome| step.result.as_ref().is_ok_and(|result| result.change.is_some());
        let mut previous = None;
        for (step, edit) in steps.iter().filter(is_restored).zip(edits) {
            let is_first = previous.replace(step.index) != Some(step.index);
            let output = match step.index {
                index if index < last => self.output.beside(&step_mark(index + 1)),
                _ if is_first && !is_taken => self.output.clone(),
                _ => self.output.beside(""),
            };
            match self.write_to(&output, edit, ErrorKind::Internal) {
                Ok(Some(file)) if is_first && is_taken && step.index == last => {
                    written.renamed.push((self.view, file));
                }
                Ok(_) => {}
                Err(failure) => {
                    let failure = Failure { charged: Charged::Yes, ..failure };
                    written.failures.push((step.job.clone(), failure));
                }
            }
        }
    }
}

impl Events for EditCollector<'_> {
    fn wants_bytes(&self) -> bool {
        self.events.wants_bytes()
    }

    fn on(&self, event: Event<'_>) {
        if let Event::Restored { mask, original, .. } = &event
            && !self.to.is_empty()
        {
            lock(&self.edits).push(Edit { mask: (*mask).clone(), original: Arc::clone(original) });
        }
        self.events.on(event);
    }
}

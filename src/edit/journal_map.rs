//! Converts between edits and journal entries.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use url::Url;

use crate::api::{Downloads, Endpoint, Generation, RawAnswer, ResponseFormat};
use crate::cards::Models;
use crate::digest::sha256;
use crate::error_chain::error_chain;
use crate::files::absolute;
use crate::journal::{
    Answered, CallInfo, DeadLink, Intent, Job, Journal, JournalError, ReferenceFile, State,
};
use crate::picture::metadata::Metadata;
use crate::picture::{self, ColorSpace, Format};

use super::destination::{Destination, IfExists, OutputError};
use super::job::JobId;
use super::load::Image;
use super::mask_file;
use super::outcome::{Charged, Delivery, Paid, RunError};
use super::output::Output;
use super::output_encoding::OutputEncoding;
use super::plan::{Plan, Rerun};
use super::processing::Processing;
use super::references::{Reference, ReferenceError};
use super::restoration::Restoration;
use super::reuse::{ArtifactState, check_file, stored};
use super::source::{Source, SourceError};

/// Returns the local time in milliseconds since 1970.
pub(super) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// Returns the journal entry for a plan. It has the planned output; the file that is reserved later may have another
/// name.
pub(super) fn intent(plan: &Plan, image: &Image, endpoint: &Endpoint) -> Intent {
    let generation = &plan.generation;
    let (input_path, input_link) = match &plan.source {
        Source::File(path) => (Some(absolute(path).into()), None),
        Source::Link(url) => (None, Some(url.to_string())),
        Source::Stdin | Source::Piped(_) | Source::Data(_) => (None, None),
    };
    let (output, if_exists) = match &plan.output.destination {
        Destination::File { path, if_exists } => (Some(absolute(path).into()), *if_exists),
        Destination::Stdout | Destination::Skipped(_) => (None, IfExists::Rename),
    };
    Intent {
        job: plan.job.as_str().to_owned(),
        created: now(),
        input: plan.source.name(),
        input_path,
        input_link,
        input_sha256: match image {
            Image::Loaded(loaded) => Some(loaded.sha256().to_owned()),
            Image::Link(_) => None,
        },
        prompt: generation.prompt.as_str().to_owned(),
        model: generation.model().to_owned(),
        seed: generation.sent_seed().unwrap_or(generation.seed.value()),
        seed_sent: generation.card.seed.is_some(),
        negative_prompt: generation.negative_prompt.clone(),
        references: plan.references.iter().map(Reference::file).collect(),
        service: Some(generation.card.service.clone()),
        guidance_scale: generation.guidance_scale.map(|scale| scale.value()),
        watermark: generation.watermark,
        response_format: generation.response_format.map(|format| format.as_str().to_owned()),
        size: generation.size.as_ref().map(ToString::to_string),
        base_url: endpoint.base.to_string(),
        path: generation.path.to_string(),
        output,
        if_exists: if_exists.to_string(),
        format: plan.output.encoding.format.map(|format| format.extension().to_owned()),
        quality: plan.output.encoding.quality,
        processing: plan
            .processing
            .stored_text(plan.restoration.as_ref().map(|restoration| &restoration.file)),
        makes_directory: plan.output.makes_directory,
        keys: plan.keys.clone(),
    }
}

/// Returns the references of a job, and checks that they are unchanged.
fn references(intent: &Intent, processing: &Processing) -> Result<Vec<Reference>, RerunError> {
    let reference = |file: &ReferenceFile| {
        let Some(path) = &file.path else {
            return Err(entry_error(intent, "the name of a reference is not Unicode, so it was not kept"));
        };
        let reference = Reference::known(path, file.sha256.clone());
        match reference.load(processing) {
            Ok(_) => Ok(reference),
            Err(ReferenceError::Source(error)) => Err(error.into()),
            Err(ReferenceError::Changed(path)) => {
                Err(RerunError::Changed { job: intent.job.clone(), input: path.display().to_string() })
            }
        }
    };
    intent.references.iter().map(reference).collect()
}

/// Returns the journal entry for an answer.
pub(super) fn answered(raw: &RawAnswer) -> Answered {
    let price = raw.price();
    Answered {
        received: raw.received.as_millisecond(),
        status: raw.status,
        headers: raw.headers_text(),
        body: raw.body.clone(),
        cut: raw.incomplete.as_ref().map(ToString::to_string),
        call_info: CallInfo {
            inference_id: raw.inference_id().map(str::to_owned),
            usd: price.map(|price| price.usd),
            credits: price.map(|price| price.credits),
        },
    }
}

/// Records the results of a job that was paid for: delivered if one was and none can still be fetched, answered if
/// `recover` can still fetch one, lost otherwise.
pub(super) fn results(
    journal: &Journal,
    job: &str,
    request_id: &str,
    results: &[Result<Delivery, RunError>],
) -> Result<(), JournalError> {
    let failures = || results.iter().filter_map(|result| result.as_ref().err());
    let is_lost = |error: &RunError| matches!(error, RunError::Lost { .. } | RunError::NotKept { .. });
    // While one of them can still be fetched, the job is not finished.
    let mut undelivered = failures().filter(|error| !is_lost(error)).peekable();
    let call_info = call_info_of(results);
    if undelivered.peek().is_some() {
        let dead: Option<Vec<DeadLink>> = undelivered.map(RunError::dead_link).collect();
        let dead = dead.and_then(|links| links.into_iter().next());
        return journal.mark_undelivered(job, request_id, &call_info, dead.as_ref());
    }
    if let Some(delivery) = results.iter().find_map(|result| result.as_ref().ok()) {
        let stored = stored(delivery);
        return journal.mark_delivered(job, request_id, &stored, &call_info, delivery.fidelity(), now());
    }
    match failures().find(|error| is_lost(error)) {
        Some(error) => journal.mark_lost(job, request_id, &error.to_string(), &call_info, now()),
        None => Ok(()),
    }
}

/// Returns the journal entry for the call with these results. The first result has its price, delivered or not; the
/// others have a price of zero.
fn call_info_of(results: &[Result<Delivery, RunError>]) -> CallInfo {
    let paid = match results.first() {
        Some(Ok(delivery)) => Some(&delivery.paid),
        Some(Err(error)) => error.paid(),
        None => None,
    };
    paid.map(call_info).unwrap_or_default()
}

/// Records the failure of a job without a result.
pub(super) fn failure(journal: &Journal, job: &str, error: &RunError) -> Result<(), JournalError> {
    match (error.charged(), error) {
        (Charged::No, RunError::Journal(_)) => Ok(()),
        (Charged::No, _) => journal.mark_refused(job, &error.to_string(), false, now()).map(drop),
        (Charged::Unknown, _) => journal.mark_unknown(job, &error.to_string()),
        (Charged::Yes, RunError::Lost { paid, .. }) => {
            journal.mark_lost(job, &paid.client_request_id, &error.to_string(), &call_info(paid), now())
        }
        (Charged::Yes, _) => Ok(()),
    }
}

/// Returns the journal entry for what is known about a call.
pub(super) fn call_info(paid: &Paid) -> CallInfo {
    CallInfo {
        inference_id: paid.inference_id.clone(),
        usd: paid.price.map(|price| price.usd),
        credits: paid.price.map(|price| price.credits),
    }
}

/// Why a job cannot be run again as it was.
#[derive(Debug, thiserror::Error)]
pub enum RerunError {
    /// Its picture came from standard input or from the argument itself, which are not stored.
    #[error("the picture of job {0} was not a file and was not kept")]
    NotKept(String),
    /// Its picture was the result of a step that the journal no longer has, so nothing tells what it was.
    #[error(
        "the picture of job {job} was the result of the step before, {}, and the journal no longer has that step",
        .path.display()
    )]
    StepForgotten {
        /// The job.
        job: String,
        /// The planned path of its picture.
        path: PathBuf,
    },
    /// Its picture was the result of the step before it, which was not saved.
    #[error("the picture of job {job} was the result of job {step}, which is not saved as {}", .path.display())]
    StepNotSaved {
        /// The job.
        job: String,
        /// The job of the step before.
        step: String,
        /// Whether `recover` may still save it.
        is_unfinished: bool,
        /// The planned path of its picture.
        path: PathBuf,
    },
    /// Its picture was the result of the step before it, whose file is missing or has changed.
    #[error("{}, the picture of job {job} and the result of job {step}, {what}", .path.display())]
    StepFile {
        /// The job.
        job: String,
        /// The job of the step before.
        step: String,
        /// The file.
        path: PathBuf,
        /// `is missing` or `has changed`.
        what: &'static str,
    },
    /// The picture has changed.
    #[error("{input} has changed since job {job} was started")]
    Changed {
        /// The job.
        job: String,
        /// The picture.
        input: String,
    },
    /// The picture cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The output cannot be used.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The journal entry cannot be parsed.
    #[error("the journal's entry for job {job} cannot be used: {what}")]
    Entry {
        /// The job.
        job: String,
        /// What is wrong with it.
        what: String,
    },
}

/// Returns the output of a job. A file that is newer than the job is not overwritten, but gets a numbered name
/// beside it.
///
/// # Errors
/// When the entry cannot be parsed.
pub(super) fn output(job: &Intent) -> Result<Output, RerunError> {
    let encoding = OutputEncoding {
        format: job.format.as_deref().and_then(Format::from_extension),
        quality: job.quality,
    };
    let destination = match &job.output {
        None => Destination::Stdout,
        Some(path) => {
            let path = path.as_path().to_owned();
            let if_exists = match job.if_exists.parse().map_err(|what: &str| entry_error(job, what))? {
                IfExists::Overwrite if is_newer(&path, job) => IfExists::Rename,
                if_exists => if_exists,
            };
            Destination::File { path, if_exists }
        }
    };
    Ok(Output { destination, encoding, makes_directory: job.makes_directory })
}

/// Whether a file was changed after a job started.
fn is_newer(path: &Path, job: &Intent) -> bool {
    let changed = fs::metadata(path).and_then(|found| found.modified()).ok();
    let changed = changed.and_then(|time| Timestamp::try_from(time).ok());
    changed.is_some_and(|time| time.as_millisecond() > job.created)
}

/// Returns the file with the picture of a later step of a chain, and its SHA-256: the saved result of the step before.
/// `None` if the picture of the job is known by itself.
///
/// # Errors
/// When the picture was passed on by its link, which is not kept, and the saved result is missing or has changed.
fn saved_step(intent: &Intent, step_before: Option<&Job>) -> Result<Option<(PathBuf, String)>, RerunError> {
    let Some(planned) = &intent.input_path else { return Ok(None) };
    let (job, path) = (intent.job.clone(), planned.as_path().to_owned());
    let is_known = intent.input_sha256.is_some();
    let Some(step) = step_before else {
        return if is_known { Ok(None) } else { Err(RerunError::StepForgotten { job, path }) };
    };
    let is_unfinished = step.state.is_unfinished();
    let saved = step.stored.as_ref().filter(|_| step.state == State::Delivered);
    let step = step.intent.job.clone();
    let Some((saved, path)) =
        saved.and_then(|saved| Some((saved, saved.path.as_ref()?.as_path().to_owned())))
    else {
        return if is_known {
            Ok(None)
        } else {
            Err(RerunError::StepNotSaved { job, step, is_unfinished, path })
        };
    };
    match check_file(saved) {
        ArtifactState::Missing => Err(RerunError::StepFile { job, step, path, what: "is missing" }),
        ArtifactState::Altered => Err(RerunError::StepFile { job, step, path, what: "has changed" }),
        ArtifactState::Unchanged | ArtifactState::Unsuited => Ok(Some((path, saved.sha256.clone()))),
    }
}

/// Returns the plan to run a job again: same picture, prompt and seed. A link that was downloaded here is downloaded
/// again. A later step of a chain uses the saved result of the step before.
///
/// # Errors
/// See [`RerunError`]. Nothing is sent.
pub(super) fn plan_rerun(
    job: &Job,
    step_before: Option<&Job>,
    output: Output,
    models: &Models,
    downloads: &Downloads<'_>,
) -> Result<(Plan, Image), RerunError> {
    let intent = &job.intent;
    let saved = saved_step(intent, step_before)?;
    let source = match (&intent.input_path, &intent.input_link) {
        _ if let Some((path, _)) = &saved => Source::File(path.clone()),
        (Some(path), _) => Source::File(path.as_path().to_owned()),
        (None, Some(link)) => {
            Source::Link(Url::parse(link).map_err(|error| entry_error(intent, &error.to_string()))?)
        }
        (None, None) => return Err(RerunError::NotKept(intent.job.clone())),
    };
    let fetch = intent.input_sha256.is_some().then_some(downloads);
    let (processing, original) = mask_file::read_stored(intent.processing.as_deref())
        .map_err(|error| entry_error(intent, &error_chain(&error)))?;
    let generation = generation(intent, models)?;
    let processing = processing.for_model(&generation.card, models.service());
    let image = source.load(fetch, &processing)?;
    let expected = saved.map(|(_, sha256)| sha256).or(intent.input_sha256.clone());
    if let (Image::Loaded(loaded), Some(sha256)) = (&image, &expected)
        && sha256 != loaded.sha256()
    {
        return Err(RerunError::Changed { job: intent.job.clone(), input: source.label() });
    }
    let output = output.ensure_possible()?;
    if let Destination::Skipped(path) = output.destination {
        return Err(OutputError::Exists(path).into());
    }
    let restoration = match (&image, original) {
        // The original is the picture itself, unless this is a step of several.
        (Image::Loaded(loaded), Some(original)) if original.sha256 == loaded.sha256() => {
            Restoration::of(&processing, &source, loaded)
        }
        (_, None) => None,
        (_, Some(_)) => restoration(intent).map_err(|why| entry_error(intent, &why))?,
    };
    let dropped = match &image {
        Image::Loaded(loaded) => loaded.dropped(&processing.restore, output.encoding.format),
        Image::Link(_) => Vec::new(),
    };
    let options = processing.metadata;
    let plan = Plan {
        dropped,
        references: references(intent, &processing)?,
        processing,
        restoration,
        colors: image.colors().clone(),
        metadata: image.metadata(),
        times_of: source.times(options),
        job: JobId::from_journal(&intent.job),
        source,
        generation,
        output,
        keys: intent.keys.clone(),
        equals: None,
        rerun: Some(Rerun::of(job)),
    };
    Ok((plan, image))
}

/// Returns how a job's answer is restored into its original, if it is.
///
/// # Errors
/// Returns why the original or the mask cannot be used: it is missing or has changed.
pub(super) fn restoration(intent: &Intent) -> Result<Option<Restoration>, String> {
    let (processing, original) =
        mask_file::read_stored(intent.processing.as_deref()).map_err(|error| error_chain(&error))?;
    let Some(original) = original.filter(|_| processing.needs_original()) else { return Ok(None) };
    let path = original.path.ok_or("the picture was not a file and was not kept")?;
    let source = Source::File(path);
    let loaded = match source.load(None, &processing).map_err(|error| error_chain(&error))? {
        Image::Loaded(loaded) if loaded.sha256() == original.sha256 => loaded,
        _ => return Err(format!("{} has changed since the job was started", source.label())),
    };
    Ok(Restoration::of(&processing, &source, &loaded))
}

/// Returns the color space and the metadata of a job's picture, from its file. They are the defaults if the picture was not a
/// file, or the file has changed: the answer itself does not depend on them.
pub(super) fn picture_facts(intent: &Intent) -> (ColorSpace, Metadata) {
    let read = || {
        let path = intent.input_path.as_ref()?.as_path().to_owned();
        let picture = Source::File(path).read_picture(None).ok()?;
        (intent.input_sha256.as_deref()? == sha256(picture.bytes())).then_some(())?;
        let colors = picture::color_space(picture.bytes()).unwrap_or_default();
        let stored = Processing::from_stored_text(intent.processing.as_deref());
        let picture = picture.page(stored.and_then(|stored| stored.processing.page)).ok()?;
        Some((colors, Metadata::read(picture.bytes(), picture.header().format)))
    };
    read().unwrap_or_default()
}

fn generation(intent: &Intent, models: &Models) -> Result<Generation, RerunError> {
    fn read<T: std::str::FromStr>(intent: &Intent, text: &str) -> Result<T, RerunError>
    where
        T::Err: std::fmt::Display,
    {
        text.parse().map_err(|error: T::Err| entry_error(intent, &error.to_string()))
    }
    let card = models.find(&intent.model).map_err(|error| entry_error(intent, &error.to_string()))?;
    let generation = Generation {
        card,
        path: read(intent, &intent.path)?,
        prompt: read(intent, &intent.prompt)?,
        seed: read(intent, &intent.seed.to_string())?,
        guidance_scale: intent.guidance_scale.map(|scale| read(intent, &scale.to_string())).transpose()?,
        watermark: intent.watermark,
        response_format: intent
            .response_format
            .as_deref()
            .map(|text| read::<ResponseFormat>(intent, text))
            .transpose()?,
        size: intent.size.as_deref().map(|text| read(intent, text)).transpose()?,
        negative_prompt: intent.negative_prompt.clone(),
        references: intent.references.len(),
        output_format: None,
    };
    let parameters = generation.parameters(intent.seed_sent.then_some(generation.seed));
    match parameters.check(generation.prompt.as_str(), &generation.card).first() {
        Some(unsupported) => Err(entry_error(intent, &unsupported.to_string())),
        None => Ok(generation),
    }
}

fn entry_error(intent: &Intent, what: &str) -> RerunError {
    RerunError::Entry { job: intent.job.clone(), what: what.to_owned() }
}

//! A task: one result to produce.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::api::{Downloads, Endpoint, Generation};
use crate::edit::{
    Image, JobId, MaskError, NameFields, Output, OutputError, OutputRequest, Plan, Processing, Reference,
    Rerun, Restoration, Source, SourceError, text_of,
};
use crate::files::absolute;
use crate::journal::{Job, JobKeys};

use super::identity::{self, Discriminator};
use super::row_options::RowOptions;

/// One result to produce: one variation of a [`JobSpec`](super::JobSpec).
#[derive(Clone)]
pub struct Task {
    /// Its position in the plan, from 0.
    pub position: u64,
    /// The line of the manifest, from 1; `None` if it comes from the command line.
    pub line: Option<u64>,
    /// The `id` of the row.
    pub id: Option<String>,
    pub source: Source,
    /// The SHA-256 of the picture when it was checked; `None` for a link that the service downloads.
    pub picture_sha256: Option<String>,
    /// The pictures that are sent with each step.
    pub references: Vec<Reference>,
    /// The request of each step.
    pub steps: Vec<Generation>,
    /// Whether another model may replace that of the steps.
    pub is_replaceable: bool,
    pub output: OutputRequest,
    /// The number of the variation, from 1; `None` if there is only one.
    pub variation: Option<u32>,
    /// The keys by which the journal finds its job.
    pub keys: JobKeys,
    /// For a row with neither seed nor id: what finds the jobs of identical rows.
    pub duplicates: Option<Duplicates>,
    /// The id for its job, unless the journal has one already.
    pub job: JobId,
    /// What its row asks for in place of the flags.
    pub options: RowOptions,
    /// The values of its row that are not fields.
    pub columns: Map<String, Value>,
}

/// What identical rows with neither seed nor id have in common. Only their positions distinguish them.
#[derive(Debug, Clone)]
pub struct Duplicates {
    pub request_hash: String,
    /// The number of the variation, from 0.
    pub variation: u32,
}

impl Duplicates {
    /// Returns the journal's key of the n-th identical row, from 0.
    pub(super) fn key(&self, ordinal: u32, endpoint: &Endpoint) -> String {
        let discriminator = Discriminator::Ordinal(ordinal, self.variation);
        identity::key(&identity::content_hash(&self.request_hash, discriminator), endpoint)
    }
}

/// Why a task cannot start. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Mask(#[from] MaskError),
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The picture is not the one that was planned with.
    #[error("{0} has changed since it was checked")]
    Changed(String),
}

impl Task {
    /// Returns the path of an earlier result as it was requested, relative or absolute, if it is in the requested directory.
    /// The journal holds the absolute path.
    pub fn as_requested(&self, path: PathBuf, job: &Job) -> PathBuf {
        let output = self.resolve_output(Some(job)).ok();
        match output.as_ref().and_then(|output| output.path()) {
            // The name stays as it was stored: it may have a number, or be that of a step.
            Some(requested) if absolute(requested).parent() == path.parent() => {
                requested.with_file_name(path.file_name().unwrap_or_default())
            }
            _ => path,
        }
    }

    /// Returns the output of the task, whether or not a file exists there. `job` is its job of an earlier run: the
    /// name of the output is then built from the date and id of that job.
    ///
    /// # Errors
    /// As [`Output::resolve`].
    pub fn resolve_output(&self, job: Option<&Job>) -> Result<Output, OutputError> {
        let started = match job {
            Some(job) => Timestamp::from_millisecond(job.intent.created).unwrap_or_default(),
            None => Timestamp::now(),
        };
        let column = |name: &str| match &self.id {
            Some(id) if name == "id" => Ok(id.clone()),
            _ => text_of(&self.columns, name),
        };
        let fields = NameFields {
            source: &self.source,
            column: &column,
            seed: self.steps.first().map_or(0, |step| step.seed.value()),
            number: self.variation,
            started,
            job: job.map_or(self.job.as_str(), |job| job.intent.job.as_str()),
        };
        match job.and_then(|job| job.stored.as_ref()) {
            Some(stored) => {
                Output::resolve(&self.output.clone().for_delivered(stored), &self.source, &fields)
            }
            None => Output::resolve(&self.output, &self.source, &fields),
        }
    }

    /// Checks a resolved output against the files that exist, and applies the collision rule.
    ///
    /// # Errors
    /// As [`Output::plan`].
    pub fn ensure_possible(&self, output: Output) -> Result<Output, OutputError> {
        let output = output.ensure_possible()?;
        output.ensure_steps_fit(self.steps.len().saturating_sub(1), &self.source.generated_name())?;
        Ok(output)
    }

    /// Whether the picture can be sent as a link.
    pub fn takes_links(&self) -> bool {
        self.steps.first().is_some_and(|step| step.card.takes_links())
    }

    /// Loads the picture.
    ///
    /// # Errors
    /// Fails if it cannot be read, or has changed since it was checked.
    pub fn load(
        &self,
        downloads: Option<&Downloads<'_>>,
        processing: &Processing,
    ) -> Result<Image, TaskError> {
        let image = self.source.load(downloads, processing)?;
        if let (Image::Loaded(loaded), Some(expected)) = (&image, &self.picture_sha256)
            && expected != loaded.sha256()
        {
            return Err(TaskError::Changed(self.source.label()));
        }
        Ok(image)
    }

    /// Returns the keys of a step, counted from 1.
    fn keys_of_step(&self, step: usize, is_last: bool) -> JobKeys {
        let keys = identity::step_keys(&self.keys, step, is_last);
        let of_step = || self.keys.content.as_deref().map(|content| identity::step_content(content, step));
        JobKeys { content: keys.content.or_else(of_step), request: self.keys.request.clone(), ..keys }
    }

    /// Returns the plan of each step. `earlier_jobs` holds the jobs that earlier runs started for the steps, and `equals`
    /// is [`Plan::equals`].
    ///
    /// Every step's answer is restored into the task's own picture, not into the result of the step before.
    pub fn plans(
        &self,
        output: &Output,
        earlier_jobs: &[Option<Job>],
        processing: &Processing,
        restoration: Option<&Restoration>,
        image: &Image,
        equals: Option<&[String]>,
    ) -> Vec<Plan> {
        let last = self.steps.len().saturating_sub(1);
        let dropped = match image {
            Image::Loaded(loaded) => loaded.dropped(&processing.restore, output.encoding.format),
            Image::Link(_) => Vec::new(),
        };
        let mut source = self.source.clone();
        let mut plans = Vec::with_capacity(self.steps.len());
        for (index, generation) in self.steps.iter().enumerate() {
            let is_last = index == last;
            let job = earlier_jobs.get(index).and_then(Option::as_ref);
            let output = if is_last {
                output.clone()
            } else {
                output.of_step(index + 1, &self.source.generated_name())
            };
            let next =
                output.path().map_or_else(|| self.source.clone(), |path| Source::File(path.to_owned()));
            plans.push(Plan {
                job: match job {
                    Some(job) => JobId::from_journal(&job.intent.job),
                    None if is_last => self.job.clone(),
                    None => JobId::new(Timestamp::now(), &mut fastrand::Rng::new()),
                },
                source: std::mem::replace(&mut source, next),
                generation: generation.clone(),
                references: self.references.clone(),
                output,
                processing: processing.clone(),
                restoration: restoration.cloned(),
                dropped: dropped.clone(),
                colors: image.colors().clone(),
                metadata: image.metadata(),
                times_of: self.source.times(processing.metadata),
                keys: self.keys_of_step(index + 1, is_last),
                equals: equals.map(<[String]>::to_vec),
                rerun: job.map(Rerun::of),
            });
        }
        plans
    }
}

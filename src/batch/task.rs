//! One result to be made: a wish's variation, with everything that names it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::api::{Downloads, Endpoint, Generation};
use crate::edit::{
    Image, JobId, NameFields, Output, OutputError, OutputRequest, Plan, Processing, Rerun, Restoration,
    Source, SourceError,
};
use crate::journal::{Job, JobKeys};

use super::identity::{self, Which};

/// One result to be made.
#[derive(Clone)]
pub struct Task {
    /// Its place among all, from 0.
    pub place: u64,
    /// The line of the manifest, from 1; none for an argument.
    pub line: Option<u64>,
    /// What the row calls itself.
    pub id: Option<String>,
    /// The picture.
    pub source: Source,
    /// Its SHA-256 when it was checked; none for a link that is handed on.
    pub picture: Option<String>,
    /// What is asked, step by step.
    pub steps: Vec<Generation>,
    /// Where the result goes.
    pub output: OutputRequest,
    /// Which variation it is, where there are several.
    pub number: Option<u32>,
    /// What it is found by.
    pub keys: JobKeys,
    /// What it shares with those that only their order tells apart, if it is one of them.
    pub alike: Option<Duplicates>,
    /// The job that it will be, unless it is one already.
    pub job: JobId,
}

/// What orders share that ask the very same, and have neither seed nor id.
#[derive(Debug, Clone)]
pub struct Duplicates {
    /// The hash of what they ask.
    pub base: String,
    /// Their number among the variations, from 0.
    pub variation: u32,
}

impl Duplicates {
    /// What the journal finds the so-manieth of them by, from 0.
    pub(super) fn key(&self, ordinal: u32, endpoint: &Endpoint) -> String {
        let which = Which::Ordinal(ordinal, self.variation);
        identity::key(&identity::content(&self.base, which), endpoint)
    }
}

/// Why an order is not even tried. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// The picture.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The output.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The picture is another one than the one that was checked.
    #[error("{0} has changed since it was checked")]
    Changed(String),
}

impl Task {
    /// Where its result goes, whether or not something is there; `job` is what it was before.
    ///
    /// # Errors
    /// As [`Output::aim`].
    pub fn aim(&self, job: Option<&Job>) -> Result<Output, OutputError> {
        let date = match job {
            Some(job) => day(job.intent.created),
            None => Zoned::now().date(),
        };
        let fields = NameFields {
            stem: self.source.stem(),
            seed: self.steps.first().map_or(0, |step| step.seed.value()),
            number: self.number,
            date,
            job: job.map_or(self.job.as_str(), |job| job.intent.job.as_str()),
        };
        match job.and_then(|job| job.stored.as_ref()) {
            Some(stored) => Output::aim(&self.output.clone().for_delivered(stored), &self.source, &fields),
            None => Output::aim(&self.output, &self.source, &fields),
        }
    }

    /// Holds an output that it aims at against the disk as it is now.
    ///
    /// # Errors
    /// As [`Output::plan`].
    pub fn ensure_possible(&self, aimed: Output) -> Result<Output, OutputError> {
        let output = aimed.ensure_possible()?;
        output.ensure_steps_fit(self.steps.len().saturating_sub(1), &self.source.made_name())?;
        Ok(output)
    }

    /// The picture, which has to be the one that was checked.
    ///
    /// # Errors
    /// When it cannot be had, or is another one.
    pub fn load(&self, fetch: Option<&Downloads<'_>>, processing: &Processing) -> Result<Image, TaskError> {
        let image = self.source.load(fetch, processing)?;
        if let (Image::Loaded(loaded), Some(checked)) = (&image, &self.picture)
            && checked != loaded.sha256()
        {
            return Err(TaskError::Changed(self.source.name()));
        }
        Ok(image)
    }

    /// The plans of its steps; `before` has the job that each of them was before, if it was one.
    ///
    /// Each step's answer is brought back into the order's own picture.
    pub fn plans(
        &self,
        output: &Output,
        before: &[Option<Job>],
        processing: &Processing,
        restoration: Option<&Restoration>,
    ) -> Vec<Plan> {
        let last = self.steps.len().saturating_sub(1);
        let mut source = self.source.clone();
        let mut plans = Vec::with_capacity(self.steps.len());
        for (index, generation) in self.steps.iter().enumerate() {
            let is_last = index == last;
            let job = before.get(index).and_then(Option::as_ref);
            let output =
                if is_last { output.clone() } else { output.of_step(index + 1, &self.source.made_name()) };
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
                output,
                processing: processing.clone(),
                restoration: restoration.cloned(),
                keys: identity::of_step(&self.keys, index + 1, is_last),
                rerun: job.map(Rerun::of),
            });
        }
        plans
    }
}

/// The local day of a time in milliseconds since 1970.
fn day(millis: i64) -> Date {
    Timestamp::from_millisecond(millis).unwrap_or_default().to_zoned(TimeZone::system()).date()
}

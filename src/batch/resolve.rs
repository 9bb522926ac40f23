//! Turns an entry of the plan into a task.

use std::collections::HashMap;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::api::Seed;
use crate::edit::{JobId, OutputRequest};
use crate::journal::{JobKeys, Journal, JournalError};

use super::identity::{self, Discriminator};
use super::job_spec::{JobSpec, JobSpecError, PictureRef};
use super::options::{BatchOptions, Dedup};
use super::plan_store::PlanEntry;
use super::seeds::{self, SeedRange, Seeds};
use super::task::{Duplicates, Task};

fn discriminator(entry: &PlanEntry) -> Discriminator<'_> {
    if let Some(seed) = entry.seed {
        return Discriminator::Seed(seed);
    }
    match (&entry.spec.id, entry.spec.seed) {
        (Some(id), _) => Discriminator::Id(id, entry.variation),
        (None, Some(seed)) => Discriminator::Seed(seed.value() + entry.variation),
        (None, None) => Discriminator::Ordinal(entry.ordinal, entry.variation),
    }
}

pub(super) fn content_hash(entry: &PlanEntry) -> String {
    // The discriminator of a row with both an id and a seed is its id, so the seed is part of the request.
    let request = match (&entry.spec.id, entry.spec.seed) {
        (Some(_), Some(seed)) => format!("{} seed {seed}", entry.request_hash),
        _ => entry.request_hash.clone(),
    };
    identity::content_hash(&request, discriminator(entry))
}

/// Returns the task of a single edit. `picture_sha256` is `None` for a link. If the task uses an earlier result again and has
/// no seed, the result in `journal` decides.
///
/// # Errors
/// Fails if the service would refuse a value.
pub fn single_task(
    spec: JobSpec,
    picture_sha256: Option<&str>,
    options: &BatchOptions,
    journal: Option<&Journal>,
) -> Result<Task, SingleTaskError> {
    if let Some(error) = spec.unsupported(&options.request).into_iter().next() {
        return Err(error.into());
    }
    let mut entry = single_entry(spec, picture_sha256, options);
    if options.dedup == Dedup::Results {
        entry.seed = Seeds::new(journal, options, HashMap::new()).choose(&entry)?;
    }
    Ok(task(entry, options)?)
}

/// Returns the seed of an earlier run of a single edit that ended between two of its steps, with the result of the first
/// ones saved. `seed` is the one that was given for it.
///
/// # Errors
/// When the journal cannot be read.
pub fn seed_of_started(
    spec: &JobSpec,
    seed: Option<Seed>,
    picture_sha256: Option<&str>,
    options: &BatchOptions,
    journal: &Journal,
) -> Result<Option<Seed>, JournalError> {
    let spec = JobSpec { seed: None, ..spec.clone() };
    let entry = single_entry(spec, picture_sha256, options);
    let found = seeds::started(&entry, seed.map(Seed::value), journal, options)?;
    Ok(found.and_then(|seed| seed.try_into().ok()))
}

fn single_entry(spec: JobSpec, picture_sha256: Option<&str>, options: &BatchOptions) -> PlanEntry {
    let picture = picture_identity(&spec, picture_sha256);
    let processing = spec.options.processing(&options.processing);
    let request_hash = identity::request_hash(&spec, &options.request, &processing, &picture);
    PlanEntry {
        position: 0,
        spec,
        variation: 0,
        picture_sha256: picture_sha256.map(str::to_owned),
        request_hash,
        job: JobId::new(Timestamp::now(), &mut fastrand::Rng::new()).as_str().to_owned(),
        ordinal: 0,
        seed: None,
    }
}

/// Why there is no task of a single edit.
#[derive(Debug, thiserror::Error)]
pub enum SingleTaskError {
    #[error(transparent)]
    JobSpec(#[from] JobSpecError),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Returns the identity of a picture: the hash of its content, or its link. A file or standard input that was not
/// read yet has none; the task of such a picture is only used to look at its output.
pub(super) fn picture_identity(spec: &JobSpec, sha256: Option<&str>) -> String {
    match (sha256, &spec.picture) {
        (Some(hash), _) => hash.to_owned(),
        (None, PictureRef::Uri(link)) => identity::link_identity(link),
        (None, PictureRef::File(_) | PictureRef::Stdin) => String::new(),
    }
}

/// Returns the task of an entry.
///
/// # Errors
/// Fails if the service would refuse a value.
pub(super) fn task(entry: PlanEntry, options: &BatchOptions) -> Result<Task, JobSpecError> {
    let discriminator = discriminator(&entry);
    let seed: Seed = match (entry.seed, entry.spec.seed) {
        // It may have been chosen for a model that was replaced since.
        (Some(seed), _) => {
            let card = options.request.models.find(entry.spec.model.value().as_str())?;
            SeedRange::of(&card).nearest(seed).try_into()?
        }
        (None, Some(seed)) => (seed.value() + entry.variation).try_into()?,
        (None, None) => identity::drawn_seed(&entry.request_hash, discriminator).try_into()?,
    };
    let request_key = Some(identity::request_key(&entry.request_hash, &options.endpoint));
    let result_key = identity::result_key(&entry.request_hash, seed.value(), &options.endpoint);
    let keys = match &options.dedup {
        Dedup::Never | Dedup::Results => {
            JobKeys { content: Some(result_key), request: request_key, ..JobKeys::default() }
        }
        Dedup::Manifest(path) => JobKeys {
            key: Some(identity::key(&content_hash(&entry), &options.endpoint)),
            label: entry.spec.id.as_deref().map(|id| {
                let path = path.as_os_str().as_encoded_bytes();
                identity::label(path, id, entry.variation, &options.endpoint)
            }),
            content: Some(result_key),
            request: request_key,
        },
    };
    let duplicates = match discriminator {
        Discriminator::Ordinal(_, variation) => {
            Some(Duplicates { request_hash: entry.request_hash.clone(), variation })
        }
        _ => None,
    };
    let PlanEntry { position, spec, variation, picture_sha256, job, .. } = entry;
    let steps = spec.steps(seed, &options.request)?;
    let output = spec.options.output(&options.output, &spec.options.processing(&options.processing));
    Ok(Task {
        position,
        line: spec.line,
        source: spec.picture.source(options.stdin.as_ref())?,
        references: spec.references,
        picture_sha256,
        steps,
        is_replaceable: spec.is_replaceable,
        output: OutputRequest {
            output: spec.output.or(output.output),
            directory: spec.directory.map(PathBuf::from),
            ..output
        },
        options: spec.options,
        variation: (spec.count > 1).then_some(variation + 1),
        keys,
        duplicates,
        job: JobId::from_journal(&job),
        id: spec.id,
        columns: spec.columns,
    })
}

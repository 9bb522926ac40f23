//! From a line of the plan to the order that it stands for.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::edit::{JobId, OutputRequest};
use crate::journal::JobKeys;

use super::identity::{self, Which};
use super::job_spec::{JobSpec, JobSpecError, Picture};
use super::options::{BatchOptions, Dedup};
use super::plan_store::Entry;
use super::task::{Duplicates, Task};

/// Which of its like an entry is.
fn which(entry: &Entry) -> Which<'_> {
    match (&entry.wish.id, entry.wish.seed) {
        (Some(id), _) => Which::Id(id, entry.variation),
        (None, Some(seed)) => Which::Seed(seed + entry.variation),
        (None, None) => Which::Ordinal(entry.ordinal, entry.variation),
    }
}

pub(super) fn content_of(entry: &Entry) -> String {
    identity::content(&identified(entry), which(entry))
}

/// What is asked; a row with an id and a seed is asked for that seed, too.
fn identified(entry: &Entry) -> String {
    match (&entry.wish.id, entry.wish.seed) {
        (Some(_), Some(seed)) => format!("{} seed {seed}", entry.base),
        _ => entry.base.clone(),
    }
}

/// The order of a wish that is alone; `picture` is its SHA-256, none for a link.
///
/// # Errors
/// When the service would refuse a value.
pub fn only(wish: JobSpec, picture: Option<&str>, rules: &BatchOptions) -> Result<Task, JobSpecError> {
    let base = identity::base(&wish, &rules.terms, &rules.processing, &picture_name(&wish, picture));
    let job = JobId::new(Timestamp::now(), &mut fastrand::Rng::new()).as_str().to_owned();
    let picture = picture.map(str::to_owned);
    order(Entry { place: 0, wish, variation: 0, picture, base, job, ordinal: 0 }, rules)
}

/// What identifies a picture: the hash of its content, or its link. A file or standard input that was
/// not read yet has no identity; its task is only used to look at the output.
pub(super) fn picture_name(wish: &JobSpec, sha256: Option<&str>) -> String {
    match (sha256, &wish.picture) {
        (Some(hash), _) => hash.to_owned(),
        (None, Picture::Written(link)) => identity::link_name(link),
        (None, Picture::File(_) | Picture::Stdin) => String::new(),
    }
}

/// The order that an entry stands for.
pub(super) fn order(entry: Entry, rules: &BatchOptions) -> Result<Task, JobSpecError> {
    let seed = match entry.wish.seed {
        Some(seed) => seed + entry.variation,
        None => identity::drawn_seed(&entry.base, which(&entry)),
    };
    let keys = match &rules.memory {
        Dedup::Fresh | Dedup::Results => JobKeys {
            content: Some(identity::result(&entry.base, seed, &rules.endpoint)),
            ..JobKeys::default()
        },
        Dedup::Manifest(path) => JobKeys {
            key: Some(identity::key(&content_of(&entry), &rules.endpoint)),
            label: entry.wish.id.as_deref().map(|id| {
                identity::label(path.as_os_str().as_encoded_bytes(), id, entry.variation, &rules.endpoint)
            }),
            content: Some(identity::result(&entry.base, seed, &rules.endpoint)),
        },
    };
    let alike = match which(&entry) {
        Which::Ordinal(_, variation) => Some(Duplicates { base: entry.base.clone(), variation }),
        _ => None,
    };
    let Entry { place, wish, variation, picture, job, .. } = entry;
    let steps = wish.steps(seed, &rules.terms)?;
    Ok(Task {
        place,
        line: wish.line,
        source: wish.picture.source(rules.piped.as_ref())?,
        picture,
        steps,
        output: OutputRequest {
            output: wish.output.or_else(|| rules.output.output.clone()),
            directory: wish.directory.map(PathBuf::from),
            ..rules.output.clone()
        },
        number: (wish.count > 1).then_some(variation + 1),
        keys,
        alike,
        job: JobId::from_journal(&job),
        id: wish.id,
    })
}

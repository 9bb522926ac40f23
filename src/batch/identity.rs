//! The identities of jobs: hashes of the picture and the request. File paths are not part of them.
//!
//! The journal stores these hashes. If one changes, users pay again for edits that they have paid for; `golden.rs`
//! ensures that none does.

use ring::digest::{Context, SHA256};

use crate::api::{Endpoint, Seed};
use crate::digest::hex;
use crate::edit::Processing;
use crate::journal::{Intent, JobKeys, step_of_name};

use super::job_spec::{JobSpec, RequestDefaults};

/// What distinguishes jobs with the same picture and request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discriminator<'a> {
    Seed(u32),
    /// The id of the row, and the number of the variation, from 0.
    Id(&'a str, u32),
    /// The position among identical rows with neither seed nor id, from 0, and the number of the variation, from 0.
    Ordinal(u32, u32),
}

/// A hash in lower-case hexadecimal digits.
type Hex = String;

/// Hashes the picture and what is asked of it, except for the seed. `picture` is the result of
/// [`picture_identity`](super::resolve::picture_identity).
pub fn request_hash(
    spec: &JobSpec,
    defaults: &RequestDefaults,
    processing: &Processing,
    picture: &str,
) -> Hex {
    let mut hasher = FieldHasher::new("what is asked");
    hasher.add(picture);
    hasher.add(spec.replaces.as_ref().unwrap_or(&spec.model).text());
    hasher.add(spec.prompt.text());
    hasher.add(&spec.then.len().to_string());
    spec.then.iter().for_each(|prompt| hasher.add(prompt.text()));
    hasher.add(&format!(
        "{} {}",
        optional(spec.guidance_scale.map(|scale| decimal(scale.value()))),
        optional(spec.watermark)
    ));
    hasher.add(&spec.size(defaults).map_or_else(String::new, ToString::to_string));
    if let Some(text) = spec.negative_prompt(defaults) {
        hasher.add("negative prompt");
        hasher.add(text);
    }
    if !spec.references.is_empty() {
        hasher.add("references");
        hasher.add(&spec.references.len().to_string());
        spec.references.iter().for_each(|reference| hasher.add(reference.sha256().unwrap_or_default()));
    }
    // The default processing adds nothing: the first release could not process results, and its hashes must stay.
    if let Some(processing) = processing.identity() {
        hasher.add(&processing);
    }
    hasher.hex()
}

/// Formats an optional value as it has always been hashed: `None` or `Some(value)`.
fn optional(value: Option<impl std::fmt::Display>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}

/// Formats a guidance scale with at least one decimal: `5.0`, `5.5`.
fn decimal(scale: f64) -> String {
    let text = scale.to_string();
    if text.contains('.') { text } else { text + ".0" }
}

/// Returns the identity of a picture that is known by its link: `Written("https://…")`, with quotes and backslashes
/// escaped. A parsed link is ASCII, so nothing else has to be escaped.
pub(super) fn link_identity(link: &str) -> String {
    format!("Written(\"{}\")", link.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Hashes one of the jobs with the same request hash.
pub fn content_hash(request_hash: &str, discriminator: Discriminator<'_>) -> Hex {
    let mut hasher = FieldHasher::new("job");
    hasher.add(request_hash);
    match discriminator {
        Discriminator::Seed(seed) => hasher.add(&format!("seed {seed}")),
        Discriminator::Id(id, variation) => {
            hasher.add(&format!("id {variation}"));
            hasher.add(id);
        }
        Discriminator::Ordinal(ordinal, variation) => hasher.add(&format!("ordinal {ordinal} {variation}")),
    }
    hasher.hex()
}

/// Returns the seed of a job. Without a given seed it is derived from the hash: it looks random, and is the same in
/// every run. Variations have consecutive seeds.
pub fn drawn_seed(request_hash: &str, discriminator: Discriminator<'_>) -> u32 {
    let (first, variation) = match discriminator {
        Discriminator::Seed(seed) => return seed,
        Discriminator::Id(id, variation) => (Discriminator::Id(id, 0), variation),
        Discriminator::Ordinal(ordinal, variation) => (Discriminator::Ordinal(ordinal, 0), variation),
    };
    let seeds = u64::from(Seed::MAX) + 1;
    let drawn = leading_bits(&content_hash(request_hash, first)) % seeds;
    // After the largest seed comes 0.
    ((drawn + u64::from(variation)) % seeds) as u32
}

/// Returns the key by which the journal finds a job of a batch. It depends on the service too.
pub fn key(content_hash: &str, endpoint: &Endpoint) -> Hex {
    endpoint_hash(endpoint, "key", content_hash)
}

/// Returns the key by which `--reuse` finds an earlier result.
pub fn result_key(request_hash: &str, seed: u32, endpoint: &Endpoint) -> Hex {
    endpoint_hash(endpoint, "result", &content_hash(request_hash, Discriminator::Seed(seed)))
}

/// Returns the key by which the journal finds earlier results of a request, whatever their seeds.
pub fn request_key(request_hash: &str, endpoint: &Endpoint) -> Hex {
    endpoint_hash(endpoint, "request", request_hash)
}

/// Returns the key by which the journal finds the latest job of a row's id. `manifest` is the absolute path of the
/// manifest.
pub fn label(manifest: &[u8], id: &str, variation: u32, endpoint: &Endpoint) -> Hex {
    let mut hasher = FieldHasher::new("label");
    hasher.add_bytes(manifest);
    hasher.add(id);
    hasher.add(&variation.to_string());
    endpoint_hash(endpoint, "label", &hasher.hex())
}

/// Returns the keys of a step of a chain. `step` counts from 1; the last step has the keys of the task.
pub fn step_keys(task_keys: &JobKeys, step: usize, is_last: bool) -> JobKeys {
    if is_last {
        return task_keys.clone();
    }
    JobKeys { key: task_keys.key.as_ref().map(|key| format!("{key}/{step}")), ..JobKeys::default() }
}

/// Returns the content of a step before the last one. `step` counts from 1. `--reuse` finds a step by it that may have
/// been paid for.
pub fn step_content(result_key: &str, step: usize) -> String {
    format!("{result_key}/{step}")
}

/// Returns the number, from 1, of a step before the last one of its chain; `None` for any other job.
///
/// Steps are known by their keys. In journals of older releases, only those of a batch have keys; for the others, only
/// the planned name of the result tells.
pub fn step_number(intent: &Intent) -> Option<usize> {
    let JobKeys { key, content, .. } = &intent.keys;
    let number = match (key, content) {
        (Some(key), _) => key.rsplit_once('/')?.1,
        (None, Some(content)) => content.rsplit_once('/')?.1,
        (None, None) => return step_of_name(intent.output.as_ref()?.as_path()),
    };
    number.parse().ok()
}

fn endpoint_hash(endpoint: &Endpoint, domain: &str, content: &str) -> Hex {
    let mut hasher = FieldHasher::new(domain);
    hasher.add(endpoint.generations().as_str());
    hasher.add(content);
    hasher.hex()
}

/// The part of all jobs that a run handles: `2/8` is the second of eight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    index: u32,
    count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shard is I/N with I from 1 to N: 1/8 is the first of eight (count from 1, not from 0)")]
pub struct ShardError;

impl Shard {
    /// Whether a job belongs to this shard. Every job belongs to exactly one of them.
    pub fn contains(self, content_hash: &str) -> bool {
        leading_bits(content_hash) % u64::from(self.count) == u64::from(self.index - 1)
    }
}

impl std::str::FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (index, count) = text.split_once('/').ok_or(ShardError)?;
        let index = index.parse().map_err(|_| ShardError)?;
        let count = count.parse().map_err(|_| ShardError)?;
        if (1..=count).contains(&index) { Ok(Shard { index, count }) } else { Err(ShardError) }
    }
}

/// Returns the first 60 bits of a hash.
fn leading_bits(hex: &str) -> u64 {
    hex.get(..15).and_then(|start| u64::from_str_radix(start, 16).ok()).unwrap_or(0)
}

/// Hashes texts, each with its length in front, so that different lists of texts never hash the same bytes.
struct FieldHasher(Context);

impl FieldHasher {
    /// `domain` separates hashes for different purposes.
    fn new(domain: &str) -> FieldHasher {
        let mut hasher = FieldHasher(Context::new(&SHA256));
        hasher.add("seededit 1");
        hasher.add(domain);
        hasher
    }

    fn add(&mut self, text: &str) {
        self.add_bytes(text.as_bytes());
    }

    fn add_bytes(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn hex(self) -> Hex {
        hex(self.0.finish().as_ref())
    }
}

#[cfg(test)]
mod golden;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::cards::Models;
    use crate::edit::Reference;

    fn endpoint(base: &str) -> Endpoint {
        Endpoint { base: base.parse().unwrap(), path: "/v1/images/generations".parse().unwrap() }
    }

    #[test]
    fn the_same_at_another_service_is_another_job() {
        let hash = content_hash("base", Discriminator::Seed(1));
        assert_ne!(key(&hash, &endpoint("https://a.example")), key(&hash, &endpoint("https://b.example")));
    }

    #[test]
    fn the_key_of_a_request_stays_the_same() {
        // Journals have it. With another one, `edit` would pay again for results that exist.
        let expected = "a644f3104e06626768f13c8b4a173c5d3dc26ffaafb04265ecb1b2952b2d34ae";
        assert_eq!(request_key("r", &endpoint("https://a.example")), expected);
    }

    #[test]
    fn jobs_differ_by_seed_id_and_position_among_identical_rows() {
        let all = [
            Discriminator::Seed(1),
            Discriminator::Seed(2),
            Discriminator::Id("1", 0),
            Discriminator::Id("1", 1),
            Discriminator::Id("2", 0),
            Discriminator::Ordinal(1, 0),
            Discriminator::Ordinal(0, 1),
            Discriminator::Ordinal(0, 0),
        ];
        let hashes: BTreeSet<_> =
            all.iter().map(|discriminator| content_hash("base", *discriminator)).collect();
        assert_eq!(hashes.len(), all.len());
    }

    #[test]
    fn references_are_part_of_the_request_by_their_contents_and_their_order() {
        let defaults = RequestDefaults::new(Models::built_in("aimlapi").unwrap());
        let hash = |references: &[(&str, &str)]| {
            let references = references
                .iter()
                .map(|(path, sha256)| Reference::known(path.as_ref(), (*sha256).to_owned()))
                .collect();
            let spec = JobSpec { references, ..golden::spec() };
            request_hash(&spec, &defaults, &Processing::default(), "0f")
        };
        let (a, b) = (("a.png", "0a"), ("b.png", "0b"));
        assert_eq!(hash(&[a, b]), hash(&[("moved.png", "0a"), b]));
        let all: BTreeSet<_> = [&[][..], &[a], &[a, b], &[b, a], &[a, a]].map(hash).into();
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn a_shard_is_counted_from_one() {
        assert!("1/1".parse::<Shard>().is_ok() && "8/8".parse::<Shard>().is_ok());
        for bad in ["0/8", "9/8", "1", "1/0", "a/b", "-1/2", "1/2/3", ""] {
            assert_eq!(bad.parse::<Shard>(), Err(ShardError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn shards_are_disjoint_and_complete(count in 1u32..40, seeds in prop::collection::vec(any::<u32>(), 1..50)) {
            for seed in seeds {
                let hash = content_hash("base", Discriminator::Seed(seed));
                let shards = (1..=count).filter(|index| format!("{index}/{count}").parse::<Shard>().unwrap().contains(&hash));
                prop_assert_eq!(shards.count(), 1);
            }
        }

        #[test]
        fn variations_have_consecutive_seeds_even_at_the_end_of_the_range(base in "[a-z]{0,8}", ordinal: u32, count in 1u32..9) {
            let seeds: Vec<_> = (0..count).map(|n| u64::from(drawn_seed(&base, Discriminator::Ordinal(ordinal, n)))).collect();
            for pair in seeds.windows(2) {
                prop_assert_eq!((pair[0] + 1) % (1 << 31), pair[1]);
            }
        }
    }
}

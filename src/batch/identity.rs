//! What makes a job the one that it is: the picture and what is asked of it, and nothing of where they lie.

use ring::digest::{Context, SHA256};

use crate::api::{Endpoint, Seed};
use crate::digest::hex;
use crate::edit::Processing;
use crate::journal::JobKeys;

use super::job_spec::{JobSpec, RequestDefaults};

/// Which of the jobs that ask the same of the same picture one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// The one with this seed.
    Seed(u32),
    /// The one that calls itself so; with its number among the variations, from 0.
    Id(&'a str, u32),
    /// The so-manieth of those that have neither, from 0; with its number among the variations.
    Ordinal(u32, u32),
}

/// A hash, in lower-case hexadecimal digits.
type Hex = String;

/// What is asked of a picture, whatever the seed. `picture` is its SHA-256, or its link.
pub fn base(wish: &JobSpec, terms: &RequestDefaults, processing: &Processing, picture: &str) -> Hex {
    let mut hash = Hash::new("what is asked");
    hash.add(picture);
    hash.add(&wish.model);
    hash.add(&wish.prompt);
    hash.add(&wish.then.len().to_string());
    wish.then.iter().for_each(|prompt| hash.add(prompt));
    hash.add(&format!("{} {}", optional(wish.guidance_scale.map(decimal)), optional(wish.watermark)));
    hash.add(terms.size.map_or("", |size| size.as_str()));
    // Nothing is added where nothing is done, so that jobs from before that could be done stay what they are.
    if let Some(processing) = processing.identity() {
        hash.add(&processing);
    }
    hash.hex()
}

/// An optional value in the form that identities have always been hashed with: `None` or `Some(value)`.
fn optional(value: Option<impl std::fmt::Display>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}

/// A guidance scale with at least one decimal: `5.0`, `5.5`.
fn decimal(scale: f64) -> String {
    let text = scale.to_string();
    if text.contains('.') { text } else { text + ".0" }
}

/// The name of a picture that is known by its link: `Written("https://…")`, with quotes and backslashes
/// escaped. A parsed link is ASCII, so nothing else needs to be.
pub(super) fn link_name(link: &str) -> String {
    format!("Written(\"{}\")", link.replace('\\', "\\\\").replace('"', "\\\""))
}

/// One job of those that ask `base`.
pub fn content(base: &str, which: Which<'_>) -> Hex {
    let mut hash = Hash::new("job");
    hash.add(base);
    match which {
        Which::Seed(seed) => hash.add(&format!("seed {seed}")),
        Which::Id(id, variation) => {
            hash.add(&format!("id {variation}"));
            hash.add(id);
        }
        Which::Ordinal(ordinal, variation) => hash.add(&format!("ordinal {ordinal} {variation}")),
    }
    hash.hex()
}

/// The seed of a job that was given none: the same each time, and as good as drawn. Variations have
/// consecutive ones.
pub fn drawn_seed(base: &str, which: Which<'_>) -> u32 {
    let (first, variation) = match which {
        Which::Seed(seed) => return seed,
        Which::Id(id, variation) => (Which::Id(id, 0), variation),
        Which::Ordinal(ordinal, variation) => (Which::Ordinal(ordinal, 0), variation),
    };
    let drawn = number(&content(base, first)) % (u64::from(Seed::MAX) + 1);
    // Both are far below the type's end, and the largest seed is followed by the smallest.
    ((drawn + u64::from(variation)) % (u64::from(Seed::MAX) + 1)) as u32
}

/// What the journal finds a job of a batch by: the same at another service is another job.
pub fn key(content: &str, endpoint: &Endpoint) -> Hex {
    at(endpoint, "key", content)
}

/// What `--reuse` finds an earlier result by.
pub fn result(base: &str, seed: u32, endpoint: &Endpoint) -> Hex {
    at(endpoint, "result", &content(base, Which::Seed(seed)))
}

/// What an id of a manifest stood for when it was last run. `manifest` is its absolute path.
pub fn label(manifest: &[u8], id: &str, variation: u32, endpoint: &Endpoint) -> Hex {
    let mut hash = Hash::new("label");
    hash.add_bytes(manifest);
    hash.add(id);
    hash.add(&variation.to_string());
    at(endpoint, "label", &hash.hex())
}

/// What a step of a chain is called, from 1; the last one has the names of the whole.
pub fn of_step(names: &JobKeys, step: usize, is_last: bool) -> JobKeys {
    if is_last {
        return names.clone();
    }
    JobKeys { key: names.key.as_ref().map(|key| format!("{key}/{step}")), ..JobKeys::default() }
}

fn at(endpoint: &Endpoint, what: &str, content: &str) -> Hex {
    let mut hash = Hash::new(what);
    hash.add(endpoint.generations().as_str());
    hash.add(content);
    hash.hex()
}

/// Which share of all jobs one runs: `2/8` is the second of eight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    of: u32,
}

/// Not a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shard is I/N with I from 1 to N: 1/8 is the first of eight (count from 1, not from 0)")]
pub struct ShardError;

impl Shard {
    /// Whether a job belongs to it. Every job belongs to exactly one of `N`.
    pub fn has(self, content: &str) -> bool {
        number(content) % u64::from(self.of) == u64::from(self.index - 1)
    }
}

impl std::str::FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (index, of) = text.split_once('/').ok_or(ShardError)?;
        let shard =
            Shard { index: index.parse().map_err(|_| ShardError)?, of: of.parse().map_err(|_| ShardError)? };
        if (1..=shard.of).contains(&shard.index) { Ok(shard) } else { Err(ShardError) }
    }
}

/// The first 60 bits of a hash.
fn number(hex: &str) -> u64 {
    hex.get(..15).and_then(|start| u64::from_str_radix(start, 16).ok()).unwrap_or(0)
}

/// A hash of texts, each with its length before it, so that none can run into the next.
struct Hash(Context);

impl Hash {
    fn new(what: &str) -> Hash {
        let mut hash = Hash(Context::new(&SHA256));
        hash.add("seededit 1");
        hash.add(what);
        hash
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

    fn endpoint(base: &str) -> Endpoint {
        Endpoint { base: base.parse().unwrap(), path: "/v1/images/generations".parse().unwrap() }
    }

    #[test]
    fn the_same_at_another_service_is_another_job() {
        let content = content("base", Which::Seed(1));
        assert_ne!(
            key(&content, &endpoint("https://a.example")),
            key(&content, &endpoint("https://b.example"))
        );
    }

    #[test]
    fn jobs_differ_by_seed_id_and_place_among_their_like() {
        let all = [
            Which::Seed(1),
            Which::Seed(2),
            Which::Id("1", 0),
            Which::Id("1", 1),
            Which::Id("2", 0),
            Which::Ordinal(1, 0),
            Which::Ordinal(0, 1),
            Which::Ordinal(0, 0),
        ];
        let contents: BTreeSet<_> = all.iter().map(|which| content("base", *which)).collect();
        assert_eq!(contents.len(), all.len());
    }

    #[test]
    fn a_share_is_counted_from_one() {
        assert!("1/1".parse::<Shard>().is_ok() && "8/8".parse::<Shard>().is_ok());
        for bad in ["0/8", "9/8", "1", "1/0", "a/b", "-1/2", "1/2/3", ""] {
            assert_eq!(bad.parse::<Shard>(), Err(ShardError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn shards_are_disjoint_and_complete(of in 1u32..40, seeds in prop::collection::vec(any::<u32>(), 1..50)) {
            for seed in seeds {
                let content = content("base", Which::Seed(seed));
                let shards = (1..=of).filter(|index| format!("{index}/{of}").parse::<Shard>().unwrap().has(&content));
                prop_assert_eq!(shards.count(), 1);
            }
        }

        #[test]
        fn variations_have_consecutive_seeds_even_at_the_end_of_the_range(base in "[a-z]{0,8}", ordinal: u32, many in 1u32..9) {
            let seeds: Vec<_> = (0..many).map(|n| u64::from(drawn_seed(&base, Which::Ordinal(ordinal, n)))).collect();
            for pair in seeds.windows(2) {
                prop_assert_eq!((pair[0] + 1) % (1 << 31), pair[1]);
            }
        }
    }
}

//! All cards, found by name.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::check;
use crate::model::ModelCard;
use crate::service::ServiceCard;

/// The built-in cards: name and text.
const BUILT_IN: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// The file name, without its extension, of the card for models without one of their own.
const OTHER: &str = "_";
/// The largest file that is read as a card, in bytes; the built-in ones have a few kilobytes.
const MAX_CARD_BYTES: u64 = 1 << 20;

/// All cards. Only the ones that are asked for are parsed.
#[derive(Debug, Default)]
pub struct Catalog {
    /// The user's cards by name. They replace built-in ones.
    own: BTreeMap<String, OwnCard>,
}

#[derive(Debug)]
struct OwnCard {
    path: PathBuf,
    text: String,
}

/// A card that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{name}: {what}")]
    Malformed {
        /// The path of the user's file, or the name of a built-in card.
        name: String,
        what: String,
    },
}

/// Why a name does not lead to a card.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("no service `{name}`")]
    NoService {
        name: String,
        /// The closest name, if one is close.
        suggestion: Option<String>,
        known: Vec<String>,
    },
    #[error("no model `{name}` at {service}")]
    NoModel {
        name: String,
        service: String,
        /// The ids of the models whose names contain this one, or else the closest id or alias, if one is close.
        suggestions: Vec<String>,
        /// Other services that have it.
        elsewhere: Vec<String>,
    },
    #[error("`{name}` is not the only model with this ending: {}", ids.join(", "))]
    Ambiguous { name: String, ids: Vec<String> },
    #[error(transparent)]
    Card(#[from] CardError),
}

impl Catalog {
    /// Returns the built-in cards.
    #[must_use]
    pub fn built_in() -> Catalog {
        Catalog::default()
    }

    /// Returns the built-in cards and those in `directory`, which need not exist.
    ///
    /// # Errors
    /// If a file cannot be read. It is parsed when it is asked for.
    pub fn with_cards_in(directory: &Path) -> Result<Catalog, CardError> {
        let mut catalog = Catalog::default();
        catalog.read(directory, "", 0)?;
        Ok(catalog)
    }

    fn read(&mut self, directory: &Path, prefix: &str, depth: usize) -> Result<(), CardError> {
        /// Deeper than any id has slashes, so that a link to a parent directory ends.
        const MAX_DEPTH: usize = 8;
        let failed = |path: &Path, source| CardError::Read { path: path.to_owned(), source };
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(directory, error)),
        };
        for entry in entries {
            let path = entry.map_err(|error| failed(directory, error))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if path.is_dir() {
                if depth < MAX_DEPTH {
                    self.read(&path, &format!("{prefix}{name}/"), depth + 1)?;
                }
            } else if let Some(stem) = name.strip_suffix(".toml") {
                let text = read_card(&path).map_err(|error| failed(&path, error))?;
                self.own.insert(format!("{prefix}{stem}"), OwnCard { path: path.clone(), text });
            }
        }
        Ok(())
    }

    /// Returns the names of all services, in order.
    #[must_use]
    pub fn service_names(&self) -> Vec<String> {
        self.names().into_iter().filter(|name| !name.contains('/')).collect()
    }

    /// Returns the card of a service.
    ///
    /// # Errors
    /// If there is none, or it cannot be parsed.
    pub fn service(&self, name: &str) -> Result<ServiceCard, ResolveError> {
        let Some(text) = self.text(name).filter(|_| !name.contains('/')) else {
            let known = self.service_names();
            return Err(ResolveError::NoService {
                name: name.into(),
                suggestion: closest(name, &known),
                known,
            });
        };
        let mut card: ServiceCard = self.parse(name, text)?;
        check::service(&card).map_err(|what| self.malformed(name, what))?;
        name.clone_into(&mut card.name);
        Ok(card)
    }

    /// Returns all models of a service, in the order of their ids.
    ///
    /// # Errors
    /// If a card cannot be parsed.
    pub fn models(&self, service: &str) -> Result<Vec<ModelCard>, CardError> {
        let prefix = format!("{service}/");
        let ids = self.names().into_iter().filter_map(|name| name.strip_prefix(&prefix).map(str::to_owned));
        let ids = ids.filter(|id| id != OTHER);
        ids.map(|id| self.card(service, &id)).filter_map(Result::transpose).collect()
    }

    /// Finds a model by its id, an alias, or an ending of either that no other model of the service has. The ending
    /// starts at a slash or a hyphen: `kontext-pro` finds `flux/kontext-pro/image-to-image`, whose task is left out.
    ///
    /// # Errors
    /// If no model or more than one has this name, or its card cannot be parsed.
    pub fn model(&self, service: &str, name: &str) -> Result<ModelCard, ResolveError> {
        // The other cards are not parsed if this is the id of one.
        if name != OTHER
            && let Some(card) = self.card(service, name)?
        {
            return Ok(card);
        }
        let mut models = self.models(service)?;
        if let Some(position) = models.iter().position(|card| card.aliases.iter().any(|alias| alias == name))
        {
            return Ok(models.swap_remove(position));
        }
        let matches = |card: &&ModelCard| names_of(card).any(|known| is_short_for(name, known));
        let found: Vec<&ModelCard> = models.iter().filter(matches).collect();
        match found[..] {
            [only] => Ok(only.clone()),
            [] => Err(self.no_model(service, name, &models)),
            _ => Err(ResolveError::Ambiguous {
                name: name.into(),
                ids: found.iter().map(|card| card.id.clone()).collect(),
            }),
        }
    }

    /// Returns the card that a service has for models without one, for the model `id`.
    ///
    /// # Errors
    /// If it cannot be parsed.
    pub fn other_model(&self, service: &str, id: &str) -> Result<Option<ModelCard>, CardError> {
        let card = self.card(service, OTHER)?;
        Ok(card.map(|card| ModelCard { id: id.to_owned(), ..card }))
    }

    /// Returns the service whose base URL this is. `None` if there is none.
    ///
    /// # Errors
    /// If a card cannot be parsed.
    pub fn service_at(&self, base_url: &str) -> Result<Option<ServiceCard>, ResolveError> {
        let is_same =
            |card: &ServiceCard| card.base_url.trim_end_matches('/') == base_url.trim_end_matches('/');
        for name in self.service_names() {
            let card = self.service(&name)?;
            if is_same(&card) {
                return Ok(Some(card));
            }
        }
        Ok(None)
    }

    fn no_model(&self, service: &str, name: &str, models: &[ModelCard]) -> ResolveError {
        let has_it = |other: &String| {
            let models = self.models(other).unwrap_or_default();
            other != service
                && models
                    .iter()
                    .any(|card| names_of(card).any(|known| known == name || is_short_for(name, known)))
        };
        ResolveError::NoModel {
            name: name.into(),
            service: service.into(),
            suggestions: suggestions(name, models),
            elsewhere: self.service_names().into_iter().filter(has_it).collect(),
        }
    }

    /// Returns the card of a model with exactly this id.
    fn card(&self, service: &str, id: &str) -> Result<Option<ModelCard>, CardError> {
        let name = format!("{service}/{id}");
        let Some(text) = self.text(&name) else { return Ok(None) };
        let mut card: ModelCard = self.parse(&name, text)?;
        let is_free = || self.service(service).ok().map(|service| service.is_free());
        check::model(&card, is_free).map_err(|what| self.malformed(&name, what))?;
        id.clone_into(&mut card.id);
        service.clone_into(&mut card.service);
        Ok(Some(card))
    }

    fn names(&self) -> Vec<String> {
        let built_in = BUILT_IN.iter().map(|(name, _)| (*name).to_owned());
        let all: std::collections::BTreeSet<String> = built_in.chain(self.own.keys().cloned()).collect();
        all.into_iter().collect()
    }

    fn text(&self, name: &str) -> Option<&str> {
        let built_in = || BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        self.own.get(name).map(|card| card.text.as_str()).or_else(built_in)
    }

    fn parse<T: serde::de::DeserializeOwned>(&self, name: &str, text: &str) -> Result<T, CardError> {
        toml_edit::de::from_str(text).map_err(|error| self.malformed(name, located(&error, text)))
    }

    fn malformed(&self, name: &str, what: String) -> CardError {
        let name = self.own.get(name).map_or_else(|| name.to_owned(), |card| card.path.display().to_string());
        CardError::Malformed { name, what }
    }
}

/// Reads a user's card. A pipe or a device might never end, and no card is larger than [`MAX_CARD_BYTES`].
fn read_card(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut text = String::new();
    fs::File::open(path)?.take(MAX_CARD_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_CARD_BYTES { Err(io::Error::other("larger than 1 MiB")) } else { Ok(text) }
}

/// Describes an error in a card in one line.
fn located(error: &toml_edit::de::Error, text: &str) -> String {
    let what = error.message().lines().collect::<Vec<_>>().join(" ");
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => format!("line {}: {what}", before.matches('\n').count() + 1),
        None => what,
    }
}

fn names_of(card: &ModelCard) -> impl Iterator<Item = &str> {
    std::iter::once(card.id.as_str()).chain(card.aliases.iter().map(String::as_str))
}

/// Whether a name is the end of an id, from a slash or hyphen on. A last part of the id that only says what the model
/// does may be missing.
fn is_short_for(name: &str, id: &str) -> bool {
    const TASKS: [&str; 3] = ["/image-to-image", "/edit-image", "/edit"];
    let task = TASKS.iter().find_map(|task| id.strip_suffix(task));
    [Some(id), task]
        .into_iter()
        .flatten()
        .any(|id| id == name || id.strip_suffix(name).is_some_and(|start| start.ends_with(['/', '-'])))
        && !name.is_empty()
}

/// Returns the ids of the models that a name may stand for: those with a name that contains it, or else the closest one.
fn suggestions(name: &str, models: &[ModelCard]) -> Vec<String> {
    /// Fewer letters are a part of too many names.
    const MIN_PART: usize = 3;
    let wanted = name.to_lowercase();
    let contains = |card: &&ModelCard| names_of(card).any(|known| known.to_lowercase().contains(&wanted));
    let found: Vec<String> = if wanted.len() < MIN_PART {
        Vec::new()
    } else {
        models.iter().filter(contains).map(|card| card.id.clone()).collect()
    };
    if found.is_empty() {
        let known: Vec<String> = models.iter().flat_map(|card| names_of(card).map(str::to_owned)).collect();
        return closest(name, &known).into_iter().collect();
    }
    found
}

fn closest(name: &str, known: &[String]) -> Option<String> {
    /// Below this, two names have nothing in common.
    const SIMILAR: f64 = 0.8;
    let similarity = |candidate: &String| {
        let parts = candidate.split('/').chain([candidate.as_str()]);
        parts.map(|part| strsim::jaro_winkler(name, part)).fold(0.0, f64::max)
    };
    let best = known.iter().max_by(|a, b| similarity(a).total_cmp(&similarity(b)))?;
    (similarity(best) > SIMILAR).then(|| best.clone())
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod facts;
#[cfg(fuzzing)]
pub mod fuzzing;
#[cfg(test)]
mod tests;

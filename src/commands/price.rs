//! What an edit is expected to cost, and who says so.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::api::{BaseUrl, Model, Transport, listed_model};
use crate::cli::BudgetArgs;
use crate::error::{Audience, Failure};
use crate::journal::Journal;
use crate::money::Usd;
use crate::sandbox;
use crate::settings::Settings;

use super::list_price;
use super::price_cache::PriceCache;
use super::target::Target;

/// The number of latest edits whose highest price is the expected price of the next one.
const PRICE_SAMPLES: u32 = 20;

/// How long to wait for the service's list.
const LIST_TIMEOUT: Duration = Duration::from_secs(5);

/// What the price of edits depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edits<'a> {
    pub(super) models: &'a [Model],
    /// The largest number of references of an edit.
    pub(super) references: usize,
}

/// Who says what an edit costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PriceSource {
    /// The latest edits.
    LatestEdits,
    /// The service's list, fetched on this day.
    ServiceList(String),
    /// The model's card, which has the price of this day, as a range if it depends on the size of the result.
    Card {
        day: String,
        amount: String,
        /// The least that an edit may cost.
        least: Usd,
    },
    /// `--price`
    Given,
    /// The service charges nothing.
    Free,
    Sandbox,
    /// `--reuse`: the result of an earlier edit is used.
    Reused,
}

impl PriceSource {
    /// Returns the name used in JSON.
    pub(super) fn name(&self) -> &'static str {
        match self {
            PriceSource::LatestEdits => "history",
            PriceSource::ServiceList(_) => "service",
            PriceSource::Card { .. } => "card",
            PriceSource::Given => "given",
            PriceSource::Free => "free",
            PriceSource::Sandbox => "sandbox",
            PriceSource::Reused => "reused",
        }
    }

    /// Returns the day of a list price.
    pub(super) fn date(&self) -> Option<&str> {
        match self {
            PriceSource::ServiceList(day) | PriceSource::Card { day, .. } => Some(day),
            _ => None,
        }
    }
}

impl PriceSource {
    /// Describes the price of `edits` edits at `usd` each, and who says so: `$0.045 to $0.09, list price of 2026-11`.
    pub(super) fn describe(&self, usd: Usd, edits: u64) -> String {
        match self {
            PriceSource::Free => format!("{}, {self}", Usd::default()),
            PriceSource::Card { amount, .. } if edits == 1 => format!("{amount}, {self}"),
            PriceSource::Card { amount, .. } if amount.contains(" to ") => {
                format!("at most {}, {self}", usd.saturating_mul(edits))
            }
            _ => format!("{}, {self}", usd.saturating_mul(edits)),
        }
    }

    /// Says where the price is from.
    pub(super) fn in_words(&self, audience: Audience) -> String {
        match (self, audience) {
            (PriceSource::Given, Audience::Client) => "as the user of the server said".to_owned(),
            _ => self.to_string(),
        }
    }

    /// The least that an edit may cost that costs `usd` at most.
    pub(super) fn least(&self, usd: Usd) -> Usd {
        match self {
            PriceSource::Card { least, .. } => usd.min(*least),
            _ => usd,
        }
    }

    /// Describes the price of one edit.
    pub(super) fn one(&self, usd: Usd) -> String {
        match self {
            PriceSource::Card { amount, .. } => amount.clone(),
            _ => usd.to_string(),
        }
    }
}

impl fmt::Display for PriceSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PriceSource::LatestEdits => f.write_str("if unchanged"),
            PriceSource::ServiceList(day) | PriceSource::Card { day, .. } => write!(f, "list price of {day}"),
            PriceSource::Given => f.write_str("as given with --price"),
            PriceSource::Free => f.write_str("the service is free"),
            PriceSource::Reused => f.write_str("with the result that is reused"),
            PriceSource::Sandbox => f.write_str("in the sandbox, which charges nothing"),
        }
    }
}

/// The price of one edit, as far as it is known in advance.
#[derive(Debug, Clone)]
pub(super) struct Price {
    /// The highest of the models' prices.
    known: Option<(Usd, PriceSource)>,
    /// Whether it is known for every model.
    pub(super) is_complete: bool,
    /// The value of `--price`.
    given: Option<Usd>,
}

impl Price {
    /// The price to reserve for one edit: the higher, thus safer, of the known and the given price.
    pub(super) fn expected(&self) -> Option<(Usd, PriceSource)> {
        let known = self.known.clone().filter(|_| self.is_complete || self.given.is_some());
        match (known, self.given) {
            (Some(known), Some(given)) if given <= known.0 => Some(known),
            (_, Some(given)) => Some((given, PriceSource::Given)),
            (known, None) => known,
        }
    }
}

/// Where prices are looked up.
#[derive(Clone, Copy)]
pub(super) struct PriceLookup<'a> {
    pub(super) limits: &'a BudgetArgs,
    pub(super) settings: &'a Settings,
    pub(super) target: Target,
    pub(super) data_dir: &'a Path,
    pub(super) journal: Option<&'a Journal>,
    /// Where the requests go.
    pub(super) base: &'a BaseUrl,
    /// When the service's list is requested. It is free, and its prices are valid for a day.
    pub(super) list: ListUse<'a>,
}

/// When the service's list of prices is requested.
#[derive(Clone, Copy)]
pub(super) enum ListUse<'a> {
    Never,
    /// Only if nothing else states a price.
    IfUnknown(&'a Transport),
    /// Also if the card states a price, because it may have changed.
    Always(&'a Transport),
}

impl PriceLookup<'_> {
    /// Looks up the highest price of one of these edits: of the latest edits, else the service's list price, else the one
    /// on the model's card.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub(super) fn price(&self, edits: Edits<'_>) -> Result<Price, Failure> {
        let (mut known, mut is_complete) = (None::<(Usd, PriceSource)>, true);
        let mut least_of_all = None::<Usd>;
        for model in edits.models {
            let price = self.price_of(model, edits.references)?;
            is_complete &= price.is_some();
            let price = price.map(|(usd, source)| (Usd::saturating(usd), source));
            let least_of_this = price.as_ref().map(|(usd, source)| source.least(*usd));
            least_of_all = least_of_all.into_iter().chain(least_of_this).min();
            if price.as_ref().map(|price| price.0) > known.as_ref().map(|price| price.0) {
                known = price;
            }
        }
        if let (Some((_, PriceSource::Card { least, .. })), Some(least_of_all)) = (&mut known, least_of_all) {
            *least = least_of_all;
        }
        Ok(Price { known, is_complete, given: self.limits.price })
    }

    fn price_of(&self, model: &Model, references: usize) -> Result<Option<(f64, PriceSource)>, Failure> {
        if let Some(usd) = self.latest(Some(&self.base.to_string()), model)? {
            return Ok(Some((usd, PriceSource::LatestEdits)));
        }
        if self.settings.models.service().is_free() {
            return Ok(Some((0.0, PriceSource::Free)));
        }
        if self.target.is_sandbox() {
            return Ok(Some((self.sandbox_price(model, references)?, PriceSource::Sandbox)));
        }
        let now = Timestamp::now();
        let cached = PriceCache::at(self.data_dir).get(&self.settings.base_url, model, now);
        let listed = match (cached, self.list) {
            (Some(price), _) => Some(price),
            (None, ListUse::Always(transport)) => self.request_price(model, transport, now),
            (None, _) => None,
        };
        let stated = listed.map(on_list).or_else(|| self.card_price(model, references));
        Ok(stated.or_else(|| match self.list {
            ListUse::IfUnknown(transport) => self.request_price(model, transport, now).map(on_list),
            _ => None,
        }))
    }

    /// The highest price of the latest edits at a base URL, or anywhere.
    fn latest(&self, base_url: Option<&str>, model: &Model) -> Result<Option<f64>, Failure> {
        let Some(journal) = self.journal else { return Ok(None) };
        let price = journal.last_price(base_url, model.as_str(), PRICE_SAMPLES)?;
        // One that is too small to be counted would make a spending limit void.
        Ok(price.filter(|usd| Usd::saturating(*usd) > Usd::default()))
    }

    /// The list price that the service states now. A list that cannot be fetched has no prices.
    fn request_price(
        &self,
        model: &Model,
        transport: &Transport,
        now: Timestamp,
    ) -> Option<(f64, Timestamp)> {
        let base = &self.settings.base_url;
        let lists = self.settings.models.service().lists.as_ref()?;
        let usd = listed_model(&transport.within(LIST_TIMEOUT), base, lists, model.as_str()).ok()??.price?;
        PriceCache::at(self.data_dir).put(base, [(model.as_str(), usd)], now);
        Some((usd, now))
    }

    /// The list price on the card of a model: the highest, because the size of the result is not known. `None` if there is
    /// none, or requests go to another host.
    fn card_price(&self, model: &Model, references: usize) -> Option<(f64, PriceSource)> {
        let models = &self.settings.models;
        let card = models.find(model.as_str()).ok().filter(|_| !models.are_elsewhere())?;
        let price = card.price.as_ref()?;
        let source = PriceSource::Card {
            day: price.date.clone(),
            amount: list_price::amount(price, references),
            least: Usd::saturating(price.of(Some(0), references)),
        };
        Some((price.of(None, references), source))
    }

    /// The price at a sandbox without earlier edits: the latest price at any sandbox, because each run of the built-in
    /// sandbox has another address, or else the sandbox's list price.
    fn sandbox_price(&self, model: &Model, references: usize) -> Result<f64, Failure> {
        let last = self.latest(None, model)?;
        Ok(last.unwrap_or_else(|| sandbox::Options::default().price_of(model.as_str(), references).usd()))
    }
}

fn on_list((usd, fetched): (f64, Timestamp)) -> (f64, PriceSource) {
    (usd, PriceSource::ServiceList(fetched.to_zoned(TimeZone::UTC).date().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_higher_of_the_known_and_the_given_price_counts_with_its_source() {
        let usd = |amount| Usd::new(amount).unwrap();
        let card = PriceSource::Card { day: "2026-08".into(), amount: "$0.04".into(), least: usd(0.04) };
        let known = Some((usd(0.04), card));
        let expected = |known: &Option<(Usd, PriceSource)>, is_complete, given: Option<f64>| {
            Price { known: known.clone(), is_complete, given: given.map(usd) }.expected()
        };
        assert_eq!(expected(&known, true, None), known);
        assert_eq!(expected(&known, true, Some(0.03)), known);
        assert_eq!(expected(&known, true, Some(0.05)), Some((usd(0.05), PriceSource::Given)));
        assert_eq!(expected(&known, false, None), None);
        assert_eq!(expected(&known, false, Some(0.0)), known);
        assert_eq!(expected(&None, true, None), None);
    }
}

//! What the edits of one command share: settings, connection, journal and budget.

use crate::api::{Model, list_price};
use crate::batch::{Budget, Executor};
use crate::cli::BudgetArgs;
use crate::edit::{Interrupt, Limiter, Service};
use crate::env::Env;
use crate::error::{ErrorKind, Failure, RequestInfo};
use crate::journal::Journal;
use crate::money::Usd;
use crate::sandbox;
use crate::settings::Settings;

use super::context::Connection;
use super::target::Target;

/// The number of latest edits whose highest price is the expected price of the next one.
const PRICE_SAMPLES: u32 = 20;

/// What the edits of one command share.
pub(super) struct Session<'a> {
    pub(super) settings: &'a Settings,
    pub(super) connection: Connection,
    pub(super) journal: &'a Journal,
    pub(super) interrupt: &'a Interrupt,
    limits: &'a BudgetArgs,
}

impl<'a> Session<'a> {
    /// Finds the key, and starts the built-in sandbox if that is the target. Sends nothing.
    pub(super) fn open(
        settings: &'a Settings,
        target: Target,
        limits: &'a BudgetArgs,
        journal: &'a Journal,
        interrupt: &'a Interrupt,
        env: &Env,
    ) -> Result<Session<'a>, Failure> {
        let connection = Connection::new(settings, env, target)?;
        Ok(Session { settings, connection, journal, interrupt, limits })
    }

    /// The budget for these edits.
    ///
    /// # Errors
    /// With `--max-cost`, if the price of an edit is not known.
    pub(super) fn budget(&self, edits: Edits<'_>, max_jobs: Option<u64>) -> Result<Budget, Failure> {
        let target = self.connection.target;
        let price =
            price(self.limits, edits, self.settings, target, Some(self.journal), Some(&self.connection))?;
        if self.limits.max_cost.is_some() && price.expected().is_none() {
            return Err(Failure::new(
                ErrorKind::Payment,
                anyhow::anyhow!("what an edit costs is not known, so --max-cost cannot be kept"),
            )
            .hint("nothing was sent; say what one costs with --price"));
        }
        let budget = Budget::new(self.limits.max_cost, price.expected()).with_job_limit(max_jobs);
        Ok(if price.is_complete { budget } else { budget.with_estimated_price() })
    }

    /// Returns what runs the jobs of this session.
    pub(super) fn executor<'s>(
        &'s self,
        limiter: &'s dyn Limiter,
        budget: &'s Budget,
        keeps_steps: bool,
    ) -> Executor<'s> {
        Executor {
            service: Service {
                transport: &self.connection.transport,
                endpoint: &self.connection.endpoint,
                models: &self.settings.models,
                key: &self.connection.key,
                retries: self.settings.retries,
                is_sandbox: self.connection.target.is_sandbox(),
            },
            journal: self.journal,
            interrupt: self.interrupt,
            limiter,
            budget,
            keeps_steps,
        }
    }

    /// What messages say about the requests of this session.
    pub(super) fn request_info<'s>(&'s self, model: &'s str) -> RequestInfo<'s> {
        RequestInfo {
            model,
            models: &self.settings.models,
            base_url: &self.connection.endpoint.base,
            recipient: self.connection.target.recipient(),
        }
    }
}

/// What the price of edits depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edits<'a> {
    pub(super) models: &'a [Model],
    /// The largest number of references of an edit.
    pub(super) references: usize,
}

/// The price of one edit, as far as it is known in advance.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price {
    /// The highest price of the latest edits, or else the service's list price.
    known: Option<Usd>,
    /// Whether it is known for every model.
    is_complete: bool,
    /// The value of `--price`.
    given: Option<Usd>,
}

impl Price {
    /// The price to reserve for one edit: the higher, thus safer, of the known and the given price.
    pub(super) fn expected(self) -> Option<Usd> {
        self.known.filter(|_| self.is_complete || self.given.is_some()).max(self.given)
    }
}

/// Looks up the highest price of one of these edits. Without a connection the service's price list is not
/// requested.
pub(super) fn price(
    limits: &BudgetArgs,
    edits: Edits<'_>,
    settings: &Settings,
    target: Target,
    journal: Option<&Journal>,
    connection: Option<&Connection>,
) -> Result<Price, Failure> {
    let (mut known, mut is_complete) = (None, true);
    for model in edits.models {
        let base_url = connection.map_or(&settings.base_url, |connection| &connection.endpoint.base);
        let mut price = match journal {
            Some(journal) => {
                journal.last_price(Some(&base_url.to_string()), model.as_str(), PRICE_SAMPLES)?
            }
            None => None,
        };
        if price.is_none() && target.is_sandbox() {
            price = Some(sandbox_price(journal, model)?);
        }
        if let (None, Some(_), Some(connection)) = (price, limits.max_cost, connection) {
            // A list that cannot be fetched gives no price, which the caller reports. A list price of 0 is not
            // believed.
            price = list_price(&connection.transport, &connection.endpoint.base, &connection.key, model)
                .unwrap_or_default()
                .filter(|price| *price > 0.0);
        }
        let price = price.or_else(|| card_price(settings, model, edits.references));
        is_complete &= price.is_some();
        known = known.max(price.map(Usd::saturating));
    }
    Ok(Price { known, is_complete, given: limits.price })
}

/// The list price on the card of a model: the highest, because the size of the result is not known. `None` if there is
/// none, or requests go to another host.
fn card_price(settings: &Settings, model: &Model, references: usize) -> Option<f64> {
    if settings.models.service().is_free() {
        return Some(0.0);
    }
    let card = settings.models.find(model.as_str()).ok().filter(|_| !settings.models.are_elsewhere())?;
    Some(card.price.as_ref()?.of(None, references))
}

/// The price at a sandbox without earlier edits: the latest price at any sandbox, because each run of the built-in
/// sandbox has another address, or else the list price.
fn sandbox_price(journal: Option<&Journal>, model: &Model) -> Result<f64, Failure> {
    let last = match journal {
        Some(journal) => journal.last_price(None, model.as_str(), PRICE_SAMPLES)?,
        None => None,
    };
    Ok(last.unwrap_or_else(|| sandbox::Options::default().price.usd()))
}

/// The message for a `--max-cost` that was exceeded because edits cost more than expected.
pub(super) fn limit_exceeded(spent: Usd, limit: Usd) -> String {
    format!("edits cost more than expected: {spent} in total, above --max-cost {limit}")
}

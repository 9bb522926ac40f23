//! What edits are paid with and sent by.

use crate::api::list_price;
use crate::batch::{BatchOptions, Budget, Usd, Worker};
use crate::cli::BudgetArgs;
use crate::edit::{Interrupt, Limiter, Service};
use crate::error::{ErrorKind, Failure};
use crate::journal::Journal;
use crate::sandbox;
use crate::settings::Settings;
use crate::ui;

use super::context::Connection;
use super::target::Target;

/// How many of the last edits say what one costs.
const PRICED: u32 = 20;

/// What edits work with.
pub(super) struct Session<'a> {
    pub(super) budget: &'a BudgetArgs,
    pub(super) rules: &'a BatchOptions,
    pub(super) settings: &'a Settings,
    pub(super) connection: &'a Connection,
    pub(super) journal: &'a Journal,
    pub(super) interrupt: &'a Interrupt,
    pub(super) keeps_steps: bool,
}

impl Session<'_> {
    /// What may be spent by edits with these models, on so many orders.
    pub(super) fn budget(&self, models: &[String], max_jobs: Option<u64>) -> Result<Budget, Failure> {
        let target = self.connection.target;
        let price =
            price(self.budget, models, self.settings, target, Some(self.journal), Some(self.connection))?;
        if self.budget.max_cost.is_some() && price.expected().is_none() {
            return Err(Failure::new(
                ErrorKind::Payment,
                anyhow::anyhow!("what an edit costs is not known, so --max-cost cannot be kept"),
            )
            .hint("nothing was sent; say what one costs with --price"));
        }
        let budget = Budget::new(self.budget.max_cost, price.expected()).with_job_limit(max_jobs);
        Ok(if price.is_whole { budget } else { budget.with_estimated_price() })
    }

    pub(super) fn worker<'a>(&'a self, limiter: &'a dyn Limiter, budget: &'a Budget) -> Worker<'a> {
        Worker {
            rules: self.rules,
            service: Service {
                transport: &self.connection.transport,
                endpoint: &self.connection.endpoint,
                key: &self.connection.key,
                retries: self.settings.retries,
                is_sandbox: self.connection.target.is_sandbox(),
            },
            journal: self.journal,
            interrupt: self.interrupt,
            limiter,
            budget,
            keeps_steps: self.keeps_steps,
        }
    }
}

/// What one edit costs, as far as that is known before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Price {
    /// The most that one of the last ones did, else by the service's list.
    known: Option<Usd>,
    /// Whether that is known of every model.
    is_whole: bool,
    /// What was said with `--price`.
    given: Option<Usd>,
}

impl Price {
    /// What an edit is to be expected to cost: of two figures the larger, which is the safe one.
    pub(super) fn expected(self) -> Option<Usd> {
        self.known.filter(|_| self.is_whole || self.given.is_some()).max(self.given)
    }
}

/// What an edit with one of these models costs. Without a connection the list is not asked.
pub(super) fn price(
    budget: &BudgetArgs,
    models: &[String],
    settings: &Settings,
    target: Target,
    journal: Option<&Journal>,
    connection: Option<&Connection>,
) -> Result<Price, Failure> {
    let (mut known, mut is_whole) = (None, true);
    for model in models {
        let base_url = connection.map_or(&settings.base_url, |connection| &connection.endpoint.base);
        let mut price = match journal {
            Some(journal) => journal.last_price(Some(&base_url.to_string()), model, PRICED)?,
            None => None,
        };
        if price.is_none() && target.is_sandbox() {
            price = Some(sandbox_price(journal, model)?);
        }
        if let (None, Some(_), Some(connection), Ok(model)) =
            (price, budget.max_cost, connection, model.parse())
        {
            // A list that cannot be had is no price; the caller says what to do about that. Nor is one that
            // says that edits are free.
            price = list_price(&connection.transport, &connection.endpoint.base, &connection.key, &model)
                .unwrap_or_default()
                .filter(|price| *price > 0.0);
        }
        is_whole &= price.is_some();
        known = known.max(price.map(Usd::told));
    }
    Ok(Price { known, is_whole, given: budget.price })
}

/// The price in a sandbox that was not used before: the last one at any sandbox, since each run of the
/// built-in one has an address of its own, else its list price.
fn sandbox_price(journal: Option<&Journal>, model: &str) -> Result<f64, Failure> {
    let last = match journal {
        Some(journal) => journal.last_price(None, model, PRICED)?,
        None => None,
    };
    Ok(last.unwrap_or_else(|| sandbox::Options::default().price.usd()))
}

/// Says that a limit was passed, since edits turned out to cost more than anybody expected.
pub(super) fn cost_more(spent: Usd, limit: Usd) -> String {
    let (spent, limit) = (ui::usd(spent.value()), ui::usd(limit.value()));
    format!("edits cost more than was expected: {spent} in all, above --max-cost {limit}")
}

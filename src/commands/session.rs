//! What the edits of one command share: settings, connection, journal and budget.

use crate::batch::{Budget, Executor};
use crate::cli::BudgetArgs;
use crate::edit::{Interrupt, Limiter, Service};
use crate::env::Env;
use crate::error::{ErrorKind, Failure, RequestInfo};
use crate::journal::{AnswerStore, Journal};
use crate::money::Usd;
use crate::settings::Settings;
use crate::ui::Ui;

use super::context::Connection;
use super::edit_options::EditOptions;
use super::price::{Edits, ListUse, PriceLookup};
use super::target::Target;

/// What the edits of one command share.
pub(super) struct Session<'a> {
    pub(super) settings: &'a Settings,
    pub(super) connection: Connection,
    pub(super) journal: &'a Journal,
    pub(super) interrupt: &'a Interrupt,
    answers: AnswerStore,
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
        let answers = AnswerStore::new(settings.answer_limit);
        Ok(Session { settings, connection, journal, interrupt, answers, limits })
    }

    /// Prints which model is used instead of a withdrawn one, with its price: nobody chose it.
    pub(super) fn announce_successor(&self, options: &EditOptions<'_>, ui: &Ui) -> Result<(), Failure> {
        let list = ListUse::IfUnknown(&self.connection.transport);
        options.announce_successor(&PriceLookup { list, ..self.prices() }, ui)
    }

    /// Where prices are looked up.
    pub(super) fn prices(&self) -> PriceLookup<'_> {
        PriceLookup {
            limits: self.limits,
            settings: self.settings,
            target: self.connection.target,
            data_dir: self.journal.directory(),
            journal: Some(self.journal),
            base: &self.connection.endpoint.base,
            // Without a limit, nothing depends on the price, and no edit should wait for it.
            list: match self.limits.max_cost {
                Some(_) => ListUse::Always(&self.connection.transport),
                None => ListUse::Never,
            },
        }
    }

    /// The budget for these edits.
    ///
    /// # Errors
    /// With `--max-cost`, if the price of an edit is not known.
    pub(super) fn budget(&self, edits: Edits<'_>, max_jobs: Option<u64>) -> Result<Budget, Failure> {
        let price = self.prices().price(edits)?;
        let expected = price.expected().map(|(usd, _)| usd);
        if self.limits.max_cost.is_some() && expected.is_none() {
            return Err(price_unknown());
        }
        let budget = Budget::new(self.limits.max_cost, expected).with_job_limit(max_jobs);
        Ok(if price.is_complete { budget } else { budget.with_estimated_price() })
    }

    /// Lets a budget expect the price of these edits from now on.
    ///
    /// # Errors
    /// With `--max-cost`, if the price of an edit is not known.
    pub(super) fn expect_price(&self, budget: &Budget, edits: Edits<'_>) -> Result<(), Failure> {
        let price = self.prices().price(edits)?;
        let expected = price.expected().map(|(usd, _)| usd);
        if self.limits.max_cost.is_some() && expected.is_none() {
            return Err(
                price_unknown().hint("say what one costs with --price, and run the same command again")
            );
        }
        budget.expect(expected, !price.is_complete);
        Ok(())
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
            answers: &self.answers,
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
            profile: self.settings.profile.as_deref(),
        }
    }
}

/// The failure of edits with `--max-cost` whose price is not known.
pub(super) fn price_unknown() -> Failure {
    let why = anyhow::anyhow!("what an edit costs is not known, so --max-cost cannot be kept");
    Failure::new(ErrorKind::Payment, why).hint("nothing was sent; say what one costs with --price")
}

/// The message for a `--max-cost` that was exceeded because edits cost more than expected.
pub(super) fn limit_exceeded(spent: Usd, limit: Usd) -> String {
    format!("edits cost more than expected: {spent} in total, above --max-cost {limit}")
}

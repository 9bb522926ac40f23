//! What edits are paid with and sent by.

use crate::api::list_price;
use crate::batch::{Purse, Rules, Usd, Worker};
use crate::cli::ManyArgs;
use crate::edit::{Gate, Interrupt, Service};
use crate::error::{Failure, Kind};
use crate::journal::Journal;
use crate::settings::Settings;

use super::context::Connection;

/// How many of the last edits say what one costs.
const PRICED: u32 = 20;

/// What edits work with.
pub(super) struct Means<'a> {
    pub(super) args: &'a ManyArgs,
    pub(super) rules: &'a Rules,
    pub(super) settings: &'a Settings,
    pub(super) connection: &'a Connection,
    pub(super) journal: &'a Journal,
    pub(super) interrupt: &'a Interrupt,
    pub(super) keeps_steps: bool,
}

impl Means<'_> {
    /// What may be spent by edits with these models, on so many orders.
    pub(super) fn purse(&self, models: &[String], max_jobs: Option<u64>) -> Result<Purse, Failure> {
        let price = price(self.args, models, self.settings, Some(self.journal), Some(self.connection))?;
        if self.args.max_cost.is_some() && price.is_none() {
            return Err(Failure::new(
                Kind::Payment,
                anyhow::anyhow!("what an edit costs is not known, so --max-cost cannot be kept"),
            )
            .hint("nothing was sent; say what one costs with --price"));
        }
        Ok(Purse::new(self.args.max_cost, price).for_at_most(max_jobs))
    }

    pub(super) fn worker<'a>(&'a self, gate: &'a dyn Gate, purse: &'a Purse) -> Worker<'a> {
        Worker {
            rules: self.rules,
            service: Service {
                transport: &self.connection.transport,
                endpoint: &self.connection.endpoint,
                key: &self.connection.key,
                retries: self.settings.retries,
            },
            journal: self.journal,
            interrupt: self.interrupt,
            gate,
            purse,
            keeps_steps: self.keeps_steps,
        }
    }
}

/// What one edit costs: as was said, else the most that one of the last ones of these models did, else by
/// the service's list; none where nobody knows. Without a connection the list is not asked.
pub(super) fn price(
    args: &ManyArgs,
    models: &[String],
    settings: &Settings,
    journal: Option<&Journal>,
    connection: Option<&Connection>,
) -> Result<Option<Usd>, Failure> {
    if args.price.is_some() {
        return Ok(args.price);
    }
    let mut most = None;
    for model in models {
        let base_url = connection.map_or(&settings.base_url, |connection| &connection.endpoint.base);
        let mut price = match journal {
            Some(journal) => journal.last_price(&base_url.to_string(), model, PRICED)?,
            None => None,
        };
        if let (None, Some(_), Some(connection), Ok(model)) =
            (price, args.max_cost, connection, model.parse())
        {
            // A list that cannot be had is no price; the caller says what to do about that.
            price = list_price(&connection.transport, &connection.endpoint.base, &connection.key, &model)
                .unwrap_or_default();
        }
        let Some(price) = price.and_then(Usd::new) else { return Ok(None) };
        most = most.max(Some(price));
    }
    Ok(most)
}

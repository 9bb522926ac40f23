//! What a session may spend, in words for its client.

use crate::money::Usd;
use crate::settings::{Settings, SpendingLimits};

use super::super::target::Target;

/// What the edits of a session cost, and what they may cost.
pub(super) struct Spending {
    cost: Cost,
    limits: SpendingLimits,
}

#[derive(Clone, Copy)]
enum Cost {
    /// Prices are those of the service, and nothing is charged.
    Sandbox,
    /// The service charges nothing.
    Free,
    Money,
}

impl Spending {
    pub(super) fn of(settings: &Settings, target: Target) -> Spending {
        let cost = match target {
            _ if target.is_sandbox() => Cost::Sandbox,
            _ if settings.models.service().is_free() => Cost::Free,
            _ => Cost::Money,
        };
        Spending { cost, limits: settings.limits }
    }

    /// Says it in whole sentences.
    pub(super) fn describe(&self) -> String {
        let most = |limit: Option<Usd>, what: &str| limit.map(|limit| format!("{what} {limit}."));
        let cost = match self.cost {
            Cost::Sandbox => Some(
                "This is a sandbox: its results are not real edits, and nothing is charged, although plans and results state \
                 prices."
                    .to_owned(),
            ),
            Cost::Free => Some("The service is free.".to_owned()),
            Cost::Money if self.limits.max_cost.is_none() => Some(
                "This server has no spending limit, so it refuses edits with accept_usd; plans are free. Only the user can \
                 start it with a limit, as `seededit mcp --max-cost USD`."
                    .to_owned(),
            ),
            Cost::Money => None,
        };
        let limits = [
            most(self.limits.max_cost, "All edits of this session together may cost at most"),
            most(self.limits.max_cost_per_day, "All edits of the user on one day may cost at most"),
            most(self.limits.confirm_above, "This server refuses an edit that costs more than"),
        ];
        cost.into_iter().chain(limits.into_iter().flatten()).collect::<Vec<_>>().join(" ")
    }
}

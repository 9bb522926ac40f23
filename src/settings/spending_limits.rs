//! The limits of spending.

use crate::config::Setting;
use crate::money::{CostLimit, Usd};

/// The limits of spending on the command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct LimitFlags {
    pub max_cost: Option<CostLimit>,
    pub max_cost_per_day: Option<CostLimit>,
    pub confirm_above: Option<CostLimit>,
}

/// What may be spent. `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpendingLimits {
    /// The most that the edits of a run may cost.
    pub max_cost: Option<Usd>,
    /// The most that all edits of a local calendar day may cost.
    pub max_cost_per_day: Option<Usd>,
    /// The expected price of a run above which a person has to agree.
    pub confirm_above: Option<Usd>,
}

impl SpendingLimits {
    /// Whether anything depends on the price of an edit.
    pub fn need_price(self) -> bool {
        self != SpendingLimits::default()
    }

    /// Returns the first limit that cannot be kept without a price, if there is one.
    pub fn first(self) -> Option<Setting> {
        match self {
            SpendingLimits { max_cost: Some(_), .. } => Some(Setting::MaxCost),
            SpendingLimits { max_cost_per_day: Some(_), .. } => Some(Setting::MaxCostPerDay),
            _ => None,
        }
    }
}

//! The limits of spending.

use crate::config::Setting;
use crate::money::{CostLimit, Usd};

use super::Origin;

/// The limits of spending on the command line.
#[derive(Debug, Clone, Copy, Default)]
pub struct LimitFlags {
    pub max_cost: Option<CostLimit>,
    pub max_cost_per_day: Option<CostLimit>,
    pub confirm_above: Option<CostLimit>,
}

/// The kind of layer that a limit is from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LimitSource {
    #[default]
    Flag,
    Variable,
    /// The configuration file.
    File,
}

impl From<&Origin> for LimitSource {
    fn from(origin: &Origin) -> LimitSource {
        match origin {
            Origin::Flag | Origin::Default => LimitSource::Flag,
            Origin::Variable(_) => LimitSource::Variable,
            Origin::Profile { .. } | Origin::File { .. } => LimitSource::File,
        }
    }
}

/// Where each limit is from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LimitSources {
    pub max_cost: LimitSource,
    pub max_cost_per_day: LimitSource,
    pub confirm_above: LimitSource,
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
    pub sources: LimitSources,
}

impl SpendingLimits {
    /// Whether anything depends on the price of an edit.
    pub fn need_price(self) -> bool {
        let SpendingLimits { max_cost, max_cost_per_day, confirm_above, sources: _ } = self;
        max_cost.or(max_cost_per_day).or(confirm_above).is_some()
    }

    /// The name of a limit where it is set: that of its flag, of its variable, or of its setting.
    pub fn name(self, limit: Setting) -> &'static str {
        let flag = flag(limit);
        match self.source(limit) {
            LimitSource::Flag => flag,
            LimitSource::Variable => limit.variable().unwrap_or(flag),
            LimitSource::File => limit.name(),
        }
    }

    /// How the user raises a limit, where it is set.
    pub fn raise(self, limit: Setting) -> String {
        let (name, flag) = (self.name(limit), flag(limit));
        match self.source(limit) {
            LimitSource::Flag => format!("raise {name}"),
            LimitSource::Variable => format!("raise {name} or give a higher {flag}"),
            LimitSource::File => {
                format!("raise {name} (`seededit config set {name} USD`) or give a higher {flag}")
            }
        }
    }

    fn source(self, limit: Setting) -> LimitSource {
        match limit {
            Setting::MaxCostPerDay => self.sources.max_cost_per_day,
            Setting::ConfirmAbove => self.sources.confirm_above,
            _ => self.sources.max_cost,
        }
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

/// The flag of a limit.
fn flag(limit: Setting) -> &'static str {
    match limit {
        Setting::MaxCostPerDay => "--max-cost-per-day",
        Setting::ConfirmAbove => "--confirm-above",
        _ => "--max-cost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_named_and_raised_where_it_is_set() {
        let limits = |source| SpendingLimits {
            sources: LimitSources { max_cost_per_day: source, ..LimitSources::default() },
            ..SpendingLimits::default()
        };
        for (source, name, raise) in [
            (LimitSource::Flag, "--max-cost-per-day", "raise --max-cost-per-day"),
            (
                LimitSource::Variable,
                "SEEDEDIT_MAX_COST_PER_DAY",
                "raise SEEDEDIT_MAX_COST_PER_DAY or give a higher --max-cost-per-day",
            ),
            (
                LimitSource::File,
                "max_cost_per_day",
                "raise max_cost_per_day (`seededit config set max_cost_per_day USD`) or give a higher --max-cost-per-day",
            ),
        ] {
            assert_eq!(limits(source).name(Setting::MaxCostPerDay), name);
            assert_eq!(limits(source).raise(Setting::MaxCostPerDay), raise);
            assert_eq!(limits(source).name(Setting::MaxCost), "--max-cost");
        }
    }
}

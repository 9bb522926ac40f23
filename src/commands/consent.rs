//! Asks before a run that is expected to cost more than `confirm_above`.

use std::cell::Cell;

use crate::config::Setting;
use crate::edit::Interrupt;
use crate::error::{Audience, ErrorKind, Failure};
use crate::money::Usd;
use crate::settings::SpendingLimits;
use crate::ui::Ui;

/// What a person has agreed to pay for a run.
#[derive(Default)]
pub(super) struct Consent {
    agreed: Cell<Option<Usd>>,
}

/// What a run is expected to cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    /// The price of one edit; `None` if it is not known.
    pub(super) price: Option<Usd>,
    /// The number of edits.
    pub(super) edits: u64,
    /// The number of edits of which either all are sent or none, because they are one chain.
    pub(super) together: u64,
    /// The most that the limits let the run spend; `None` without a limit.
    pub(super) most: Option<Usd>,
}

impl Expected {
    /// The expected cost of the run. `None` if it is not known.
    pub(super) fn cost(self) -> Option<Usd> {
        let cost = self.price?.saturating_mul(self.edits);
        Some(self.most.map_or(cost, |most| cost.min(most)))
    }

    /// Whether a person has to agree to it. An unknown price may be any.
    pub(super) fn is_above(self, limits: SpendingLimits) -> Option<Usd> {
        let first = self.price.map(|price| price.saturating_mul(self.together));
        let nothing_is_sent = self.edits == 0 || self.most.is_some_and(|most| Some(most) < first);
        let above = limits.confirm_above.filter(|_| !nothing_is_sent)?;
        self.cost().is_none_or(|cost| cost > above).then_some(above)
    }
}

impl Consent {
    /// Makes sure that a person agrees to the cost of a run, if that is above `confirm_above`. `is_given` is `--yes`.
    ///
    /// A person who agreed to an amount is not asked again for less.
    ///
    /// # Errors
    /// If they do not agree, or nobody can be asked.
    pub(super) fn ensure(
        &self,
        expected: Expected,
        limits: SpendingLimits,
        is_given: bool,
        interrupt: &Interrupt,
        ui: &Ui,
    ) -> Result<(), Failure> {
        let Some(above) = expected.is_above(limits).filter(|_| !is_given) else { return Ok(()) };
        let cost = expected.cost();
        // Nobody knows whether an unknown price is less.
        if cost.is_some() && self.agreed.get() >= cost {
            return Ok(());
        }
        if !ui.can_confirm() {
            return Err(refused(cost, above, limits, ui.audience()));
        }
        let what = what(cost, above, limits, ui.audience());
        let answer = ui
            .confirm_unless(&format!("this run {what}. Send it?"), interrupt)
            .map_err(|error| Failure::new(ErrorKind::Input, error))?;
        match answer {
            Ok(true) => {
                self.agreed.set(cost);
                Ok(())
            }
            Ok(false) => {
                let why = anyhow::anyhow!("not confirmed, so nothing was sent");
                Err(Failure::new(ErrorKind::Payment, why))
            }
            Err(signal) => {
                let why = anyhow::anyhow!("interrupted; nothing was sent");
                Err(Failure::new(ErrorKind::Interrupted(signal), why))
            }
        }
    }
}

/// Says what a run costs that a person has to agree to.
fn what(cost: Option<Usd>, above: Usd, limits: SpendingLimits, audience: Audience) -> String {
    let name = audience.choose(limits.name(Setting::ConfirmAbove), "confirm_above");
    match cost {
        Some(cost) => format!("is expected to cost {cost}, more than {name} {above}"),
        None => format!("has an unknown price, and {name} is {above}"),
    }
}

/// The failure of a run that a person has to agree to, and nobody can be asked.
pub(super) fn refused(cost: Option<Usd>, above: Usd, limits: SpendingLimits, audience: Audience) -> Failure {
    let what = what(cost, above, limits, audience);
    let why = anyhow::anyhow!("the run {what}, and nobody can be asked here");
    let hint = match audience {
        Audience::CommandLine => {
            let price = if cost.is_none() { "say what an edit costs with --price, " } else { "" };
            let raise = limits.raise(Setting::ConfirmAbove);
            format!("nothing was sent; {price}add --yes to pay without a question, or {raise}")
        }
        Audience::Client => {
            "nothing was sent; only the user can raise it, as `seededit mcp --confirm-above USD`".into()
        }
    };
    Failure::new(ErrorKind::Payment, why).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(amount: f64) -> Usd {
        Usd::new(amount).unwrap()
    }

    #[test]
    fn only_what_a_run_may_spend_needs_consent() {
        let limits = SpendingLimits { confirm_above: Some(usd(1.0)), ..SpendingLimits::default() };
        let asks = |price: Option<f64>, edits, most: Option<f64>| {
            let expected = Expected { price: price.map(usd), edits, together: 1, most: most.map(usd) };
            expected.is_above(limits).is_some()
        };
        assert!(!asks(Some(0.1), 10, None));
        assert!(asks(Some(0.1), 11, None));
        assert!(!asks(Some(0.1), 11, Some(1.0)));
        assert!(asks(Some(0.1), 20, Some(1.5)));
        assert!(asks(None, 1, None));
        assert!(!asks(None, 0, None));
        // Not even one edit fits.
        assert!(!asks(Some(5.0), 1, Some(3.0)));
        let chain = Expected { price: Some(usd(1.0)), edits: 4, together: 4, most: Some(usd(3.0)) };
        assert_eq!(chain.is_above(limits), None);
        let off = Expected { price: None, edits: 1, together: 1, most: None };
        assert_eq!(off.is_above(SpendingLimits::default()), None);
    }
}

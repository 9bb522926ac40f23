//! Decides, request by request, which of the faults that were asked for strikes.

use fastrand::Rng;

use super::faults::{AfterCharge, BeforeCharge, Fault, FaultKind, OnDownload, When};

/// The faults that were asked for, and how often each was met.
///
/// Faults are looked at in the order in which they were given, and the first that is due strikes.
/// One that was not reached is not counted, so `rate-limit:2` and then `server-error=503:1` make
/// two 429, one 503, and peace.
#[derive(Debug)]
pub(super) struct FaultInjector {
    armed: Vec<Armed>,
}

/// One fault with its own count and its own dice: adding a fault does not shift another's draws.
#[derive(Debug)]
struct Armed {
    fault: Fault,
    met: u64,
    dice: Rng,
}

impl FaultInjector {
    /// Arms `faults`; the same `seed` draws the same shares.
    pub(super) fn new(faults: &[Fault], seed: u64) -> FaultInjector {
        let armed = (seed..).zip(faults).map(|(seed, fault)| Armed {
            fault: *fault,
            met: 0,
            dice: Rng::with_seed(seed),
        });
        FaultInjector { armed: armed.collect() }
    }

    /// The fault that strikes a generation request before it is charged.
    pub(super) fn before_charge(&mut self) -> Option<BeforeCharge> {
        self.strike(|kind| match kind {
            FaultKind::BeforeCharge(fault) => Some(fault),
            _ => None,
        })
    }

    /// The fault that strikes the answer to a generation that was charged.
    pub(super) fn after_charge(&mut self) -> Option<AfterCharge> {
        self.strike(|kind| match kind {
            FaultKind::AfterCharge(fault) => Some(fault),
            _ => None,
        })
    }

    /// The fault that strikes the download of a result.
    pub(super) fn on_download(&mut self) -> Option<OnDownload> {
        self.strike(|kind| match kind {
            FaultKind::OnDownload(fault) => Some(fault),
            _ => None,
        })
    }

    fn strike<Stage>(&mut self, applies: impl Fn(FaultKind) -> Option<Stage>) -> Option<Stage> {
        self.armed.iter_mut().find_map(|armed| {
            let fault = applies(armed.fault.kind)?;
            armed.is_due().then_some(fault)
        })
    }
}

impl Armed {
    fn is_due(&mut self) -> bool {
        self.met += 1;
        match self.fault.when {
            When::Always => true,
            When::First(count) => self.met <= count,
            When::Share(share) => self.dice.f64() < share,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injector(typed: &[&str], seed: u64) -> FaultInjector {
        let faults: Vec<Fault> = typed.iter().map(|typed| typed.parse().unwrap()).collect();
        FaultInjector::new(&faults, seed)
    }

    #[test]
    fn nothing_asked_for_is_nothing_done() {
        let mut calm = injector(&[], 0);
        assert_eq!(calm.before_charge(), None);
        assert_eq!(calm.after_charge(), None);
        assert_eq!(calm.on_download(), None);
    }

    #[test]
    fn a_count_strikes_the_first_requests_only() {
        let mut injector = injector(&["rate-limit:2"], 0);
        let struck: Vec<bool> = (0..4).map(|_| injector.before_charge().is_some()).collect();
        assert_eq!(struck, [true, true, false, false]);
    }

    #[test]
    fn faults_queue_up_in_the_order_given() {
        let mut injector = injector(&["rate-limit:2", "no-credits:1"], 0);
        let struck: Vec<_> = (0..4).map(|_| injector.before_charge()).collect();
        let rate_limit = Some(BeforeCharge::RateLimit);
        assert_eq!(struck, [rate_limit, rate_limit, Some(BeforeCharge::NoCredits), None]);
    }

    #[test]
    fn a_fault_counts_only_what_it_applies_to() {
        let mut injector = injector(&["expired-link:1"], 0);
        assert_eq!(injector.before_charge(), None);
        assert_eq!(injector.after_charge(), None);
        assert_eq!(injector.on_download(), Some(OnDownload::ExpiredLink));
    }

    #[test]
    fn the_same_seed_draws_the_same_requests() {
        let draw = |seed| -> Vec<bool> {
            let mut injector = injector(&["reset-after-charge:30%"], seed);
            (0..200).map(|_| injector.after_charge().is_some()).collect()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn a_share_strikes_about_that_share() {
        let mut injector = injector(&["inline:30%"], 1);
        let struck = (0..10_000).filter(|_| injector.after_charge().is_some()).count();
        assert!((2_800..3_200).contains(&struck), "{struck}");
    }
}

//! Decides which of the configured faults affects a request.

use fastrand::Rng;

use super::faults::{AfterCharge, BeforeCharge, Fault, FaultKind, OnDownload, OnPoll, OnResult, When};

/// The configured faults and their counters.
///
/// Faults are tried in the order in which they were given, and the first that is due is injected. A fault
/// counts only the requests for which it was tried, so `rate-limit:2` followed by `server-error=503:1` causes
/// two 429 answers and one 503.
#[derive(Debug)]
pub(super) struct FaultInjector {
    faults: Vec<FaultState>,
}

/// A fault with its own counter and random numbers, so that adding a fault does not change when another one is
/// due.
#[derive(Debug)]
struct FaultState {
    fault: Fault,
    tried: u64,
    rng: Rng,
}

impl FaultInjector {
    /// The same `seed` selects the same requests for faults with a percentage.
    pub(super) fn new(faults: &[Fault], seed: u64) -> FaultInjector {
        let faults = (seed..).zip(faults).map(|(seed, fault)| FaultState {
            fault: *fault,
            tried: 0,
            rng: Rng::with_seed(seed),
        });
        FaultInjector { faults: faults.collect() }
    }

    /// The fault that affects a generation request before it is charged.
    pub(super) fn before_charge(&mut self) -> Option<BeforeCharge> {
        self.next(|kind| match kind {
            FaultKind::BeforeCharge(fault) => Some(fault),
            _ => None,
        })
    }

    /// The fault that affects the answer to a charged generation.
    pub(super) fn after_charge(&mut self) -> Option<AfterCharge> {
        self.next(|kind| match kind {
            FaultKind::AfterCharge(fault) => Some(fault),
            _ => None,
        })
    }

    /// The fault that affects the download of a result.
    pub(super) fn on_download(&mut self) -> Option<OnDownload> {
        self.next(|kind| match kind {
            FaultKind::OnDownload(fault) => Some(fault),
            _ => None,
        })
    }

    /// The fault that affects a poll of a queue.
    pub(super) fn on_poll(&mut self) -> Option<OnPoll> {
        self.next(|kind| match kind {
            FaultKind::OnPoll(fault) => Some(fault),
            _ => None,
        })
    }

    /// The fault that affects a result of a queue.
    pub(super) fn on_result(&mut self) -> Option<OnResult> {
        self.next(|kind| match kind {
            FaultKind::OnResult(fault) => Some(fault),
            _ => None,
        })
    }

    fn next<Stage>(&mut self, applies: impl Fn(FaultKind) -> Option<Stage>) -> Option<Stage> {
        self.faults.iter_mut().find_map(|state| {
            let fault = applies(state.fault.kind)?;
            state.is_due().then_some(fault)
        })
    }
}

impl FaultState {
    fn is_due(&mut self) -> bool {
        self.tried += 1;
        match self.fault.when {
            When::Always => true,
            When::First(count) => self.tried <= count,
            When::Share(share) => self.rng.f64() < share,
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
    fn without_faults_nothing_is_injected() {
        let mut none = injector(&[], 0);
        assert_eq!(none.before_charge(), None);
        assert_eq!(none.after_charge(), None);
        assert_eq!(none.on_download(), None);
    }

    #[test]
    fn a_count_affects_the_first_requests_only() {
        let mut injector = injector(&["rate-limit:2"], 0);
        let affected: Vec<bool> = (0..4).map(|_| injector.before_charge().is_some()).collect();
        assert_eq!(affected, [true, true, false, false]);
    }

    #[test]
    fn faults_are_injected_in_the_order_given() {
        let mut injector = injector(&["rate-limit:2", "no-credits:1"], 0);
        let affected: Vec<_> = (0..4).map(|_| injector.before_charge()).collect();
        let rate_limit = Some(BeforeCharge::RateLimit);
        assert_eq!(affected, [rate_limit, rate_limit, Some(BeforeCharge::NoCredits), None]);
    }

    #[test]
    fn a_fault_counts_only_what_it_applies_to() {
        let mut injector = injector(&["expired-link:1"], 0);
        assert_eq!(injector.before_charge(), None);
        assert_eq!(injector.after_charge(), None);
        assert_eq!(injector.on_download(), Some(OnDownload::ExpiredLink));
    }

    #[test]
    fn the_same_seed_selects_the_same_requests() {
        let draw = |seed| -> Vec<bool> {
            let mut injector = injector(&["reset-after-charge:30%"], seed);
            (0..200).map(|_| injector.after_charge().is_some()).collect()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn a_percentage_affects_about_that_share_of_requests() {
        let mut injector = injector(&["inline:30%"], 1);
        let affected = (0..10_000).filter(|_| injector.after_charge().is_some()).count();
        assert!((2_800..3_200).contains(&affected), "{affected}");
    }
}

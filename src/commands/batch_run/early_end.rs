//! Why a run ended before all its edits were started, and what to do next.

use std::time::Duration;

use crate::batch::{AtStake, Budget, StopReason};
use crate::edit::Charged;
use crate::error::{ErrorKind, Failure, Recipient, RequestInfo};
use crate::money::format_usd;
use crate::ui;

use super::super::limits::over_budget;

/// What to do with a higher limit, if the same command would start again from the beginning.
const PAID_AGAIN: &str = "with a higher limit, give only the pictures that are left: the same command pays for the finished edits again";

/// The end of a run.
pub(super) struct EarlyEnd<'a> {
    pub(super) reason: StopReason,
    /// The rest of the wait that the service asked for, if any.
    pub(super) requested_wait: Option<Duration>,
    pub(super) budget: &'a Budget<'a>,
    /// The number of tasks that were not started.
    pub(super) left: u64,
    /// Whether running the same command again does only what is left.
    pub(super) resumes: bool,
    /// Whether the edits are rows of a manifest, so that the command has --redo.
    pub(super) has_rows: bool,
    pub(super) request: RequestInfo<'a>,
}

impl EarlyEnd<'_> {
    /// The failure to report; `None` if the failures of the tasks say everything.
    pub(super) fn failure(&self) -> Option<Failure> {
        match self.reason {
            StopReason::MaxCost => self.budget.shortage().map(|shortage| {
                let failure = over_budget(shortage, "so the rest was not sent", self.request);
                if self.resumes { failure } else { failure.hint(PAID_AGAIN) }
            }),
            StopReason::ProxyAuthorization => {
                self.left_by(ErrorKind::Unavailable, "the proxy refuses every request")
            }
            StopReason::OutOfCredit => self
                .left_by(ErrorKind::Payment, "the account has no credit left, or its key may not spend it"),
            StopReason::Unauthorized => self.left_by(ErrorKind::Auth, "the service does not accept the key"),
            StopReason::GivenUp => {
                let why = match self.requested_wait {
                    Some(wait) => format!(
                        "given up: the service asks to wait for {}, longer than --give-up-after allows",
                        ui::elapsed(wait)
                    ),
                    None => "given up: too long without a success".into(),
                };
                Some(
                    Failure::new(ErrorKind::Unavailable, anyhow::anyhow!(why))
                        .hint("run the same command again later to continue"),
                )
            }
            StopReason::PaidForNothing(at_stake) => {
                let failure = paid_for_nothing(at_stake, &self.request.recover(None));
                Some(failure.at(self.request.recipient))
            }
            StopReason::Unsaved => {
                let cause = anyhow::anyhow!("a result could not be saved, so nothing new was started");
                let failure = Failure::new(ErrorKind::Undelivered, cause).hint(self.unsaved_hint());
                Some(Failure { charged: Charged::Yes, ..failure }.at(self.request.recipient))
            }
            _ => None,
        }
    }

    /// The failure of a run that was stopped with tasks left, because each of them would have failed, too.
    fn left_by(&self, kind: ErrorKind, why: &str) -> Option<Failure> {
        let left = match self.left {
            0 => return None,
            1 => "1 more task was".to_owned(),
            left => format!("{left} more tasks were"),
        };
        let failure = Failure::new(kind, anyhow::anyhow!("{why}, so {left} not sent"));
        Some(if self.resumes {
            failure.hint("when that is settled, run the same command again: it does only what is left")
        } else {
            failure
        })
    }

    fn unsaved_hint(&self) -> String {
        let recover = self.request.recover(None);
        match (self.request.recipient, self.resumes) {
            (Recipient::BuiltInSandbox, true) => format!(
                "free some disk space. What the sandbox answered ended with this command: {recover} gives it up, and \
                 the same command{} runs it again",
                if self.has_rows { " with --redo" } else { "" }
            ),
            (Recipient::BuiltInSandbox, false) => {
                "free some disk space, and run the command again".to_owned()
            }
            (_, true) => {
                "free some disk space, then run the same command again: it saves what was paid for and continues"
                    .to_owned()
            }
            (_, false) => format!("free some disk space; {recover} then saves what was paid for"),
        }
    }
}

/// The failure to report if several edits in a row cost money, or may have, and brought no picture.
///
/// `recover` names the command that recovers the jobs.
fn paid_for_nothing(at_stake: AtStake, recover: &str) -> Failure {
    let AtStake { paid, in_doubt, usd, is_exact } = at_stake;
    if paid == 0 {
        let cause = anyhow::anyhow!(
            "several edits in a row may have been charged and brought no picture, so nothing new was started"
        );
        let failure = Failure { charged: Charged::Unknown, ..Failure::new(ErrorKind::Unknown, cause) };
        return failure.hint(format!(
            "look for what is between this machine and the service, such as a proxy with a short timeout; \
             {recover} asks what was charged, and the same command continues"
        ));
    }
    let sum = match (is_exact, usd > 0.0) {
        (true, _) => format!(" ({})", format_usd(usd)),
        (false, true) => format!(" (at least {})", format_usd(usd)),
        (false, false) => String::new(),
    };
    let charged = if in_doubt == 0 { "were paid for" } else { "were paid for, or may have been," };
    let cause = anyhow::anyhow!(
        "{} in a row {charged}{sum} and brought no picture, so nothing new was started",
        ui::count(paid + in_doubt, "edit")
    );
    let failure = Failure { charged: Charged::Yes, ..Failure::new(ErrorKind::Undelivered, cause) };
    failure.hint(format!(
        "see above why; {recover} tries again at no cost to fetch what was paid for, and the same command continues \
         with the other rows"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::BaseUrl;
    use crate::cards::Models;
    use crate::error::Audience;
    use crate::settings::SpendingLimits;

    fn hint(recipient: Recipient, resumes: bool) -> String {
        let models = Models::built_in("aimlapi").unwrap();
        let base_url: BaseUrl = "https://api.aimlapi.com".parse().unwrap();
        let end = EarlyEnd {
            reason: StopReason::Unsaved,
            requested_wait: None,
            budget: &Budget::new(None, None),
            left: 3,
            resumes,
            has_rows: true,
            request: RequestInfo {
                model: "m",
                models: &models,
                base_url: &base_url,
                recipient,
                profile: None,
                audience: Audience::CommandLine,
                limits: SpendingLimits::default(),
            },
        };
        end.failure().unwrap().hint_for(Audience::CommandLine).unwrap().to_owned()
    }

    #[test]
    fn a_full_disk_never_promises_results_that_ended_with_the_built_in_sandbox() {
        for resumes in [true, false] {
            let of_service = hint(Recipient::Service, resumes);
            assert!(of_service.contains("saves what was paid for"), "{of_service}");
            let of_sandbox = hint(Recipient::BuiltInSandbox, resumes);
            assert!(!of_sandbox.contains("saves what"), "{of_sandbox}");
            assert!(
                of_sandbox.starts_with("in the sandbox, this cost nothing: free some disk space"),
                "{of_sandbox}"
            );
        }
        assert!(hint(Recipient::BuiltInSandbox, true).contains("`seededit recover --sandbox` gives it up"));
    }
}

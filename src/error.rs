//! What a failure is called, what it exits with, and what to do next.
//!
//! The layers below say what went wrong; this is the one place that says what a person should do
//! about it. The exit codes are documented in the README and do not change.

mod batch;
mod hints;

use anyhow::anyhow;

use crate::api::{BaseUrl, Model};
use crate::edit::{Charged, Paid};
use crate::secret::ApiKey;

/// The kinds of failure, each with its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 1: a fault of seededit itself
    Internal,
    /// 2: the command line
    Usage,
    /// 3: picture, prompt, output or configuration refused here; nothing was sent
    Input,
    /// 4: no key, or one that the service does not take
    Auth,
    /// 5: out of credit, or over a limit on spending
    Payment,
    /// 6: the service refused this request
    Rejected,
    /// 7: the service is busy, failing or out of reach, after all retries; nothing was charged
    Unavailable,
    /// 8: sent, and the outcome is not known; it may have been charged; it is not sent again
    Unknown,
    /// 9: paid for, and not on disk
    Undelivered,
    /// 10: paid for, and no longer to be had
    Lost,
    /// 11: some of several jobs failed with 3 to 7, or a result is kept that could not be put into its picture
    Partial,
    /// 130 or 143: stopped by SIGINT or SIGTERM
    Interrupted(i32),
}

impl Kind {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Internal => "internal",
            Kind::Usage => "usage",
            Kind::Input => "input",
            Kind::Auth => "auth",
            Kind::Payment => "payment",
            Kind::Rejected => "rejected",
            Kind::Unavailable => "unavailable",
            Kind::Unknown => "unknown",
            Kind::Undelivered => "undelivered",
            Kind::Lost => "lost",
            Kind::Partial => "partial",
            Kind::Interrupted(_) => "interrupted",
        }
    }

    /// What the process exits with.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Internal => 1,
            Kind::Usage => 2,
            Kind::Input => 3,
            Kind::Auth => 4,
            Kind::Payment => 5,
            Kind::Rejected => 6,
            Kind::Unavailable => 7,
            Kind::Unknown => 8,
            Kind::Undelivered => 9,
            Kind::Lost => 10,
            Kind::Partial => 11,
            // The shell's convention: 128 and the signal's number.
            Kind::Interrupted(signal) => u8::try_from(128 + signal).unwrap_or(130),
        }
    }

    /// How grave it is among several results of one command: what money hangs on counts most.
    fn gravity(self) -> u8 {
        match self {
            Kind::Lost => 3,
            Kind::Unknown => 2,
            Kind::Undelivered => 1,
            _ => 0,
        }
    }

    /// Whether it is about money that was, or may have been, spent.
    pub fn is_grave(self) -> bool {
        self.gravity() > 0
    }

    /// The graver of this and the gravest so far; of two that are alike, the earlier.
    pub fn or_graver(self, before: Option<Kind>) -> Kind {
        before.filter(|before| before.gravity() >= self.gravity()).unwrap_or(self)
    }
}

/// A failure as it is reported.
#[derive(Debug)]
pub struct Failure {
    /// What it is called and exits with.
    pub kind: Kind,
    /// What went wrong, each link of the chain adding one fact.
    pub cause: anyhow::Error,
    /// The next action, where there is one.
    pub hint: Option<String>,
    /// Whether money was spent.
    pub charged: Charged,
    /// The HTTP status, where the service answered.
    pub http_status: Option<u16>,
    /// The service's id for the refusal.
    pub request_id: Option<String>,
    /// What is known of a call that was, or may have been, paid for.
    pub paid: Option<Paid>,
}

impl Failure {
    /// A failure that cost nothing.
    pub fn new(kind: Kind, cause: impl Into<anyhow::Error>) -> Failure {
        Failure {
            kind,
            cause: cause.into(),
            hint: None,
            charged: Charged::No,
            http_status: None,
            request_id: None,
            paid: None,
        }
    }

    /// A wrong command line.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Usage, anyhow!(message.into()))
    }

    /// Something refused here.
    pub fn input(message: impl Into<String>) -> Failure {
        Failure::new(Kind::Input, anyhow!(message.into()))
    }

    /// The same with what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// The same without `key` in it: a server may echo what it was sent.
    pub fn scrubbed(mut self, key: &ApiKey) -> Failure {
        self.cause = anyhow!(key.scrub(&self.message()));
        self
    }

    /// The whole chain on one line.
    pub fn message(&self) -> String {
        format!("{:#}", self.cause)
    }
}

/// What the refusal of a paid call needs to know for its hint.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The model that was asked for.
    pub model: &'a Model,
    /// The service.
    pub base_url: &'a BaseUrl,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_exit_code_that_is_documented() {
        let table = [
            (Kind::Internal, "internal", 1),
            (Kind::Usage, "usage", 2),
            (Kind::Input, "input", 3),
            (Kind::Auth, "auth", 4),
            (Kind::Payment, "payment", 5),
            (Kind::Rejected, "rejected", 6),
            (Kind::Unavailable, "unavailable", 7),
            (Kind::Unknown, "unknown", 8),
            (Kind::Undelivered, "undelivered", 9),
            (Kind::Lost, "lost", 10),
            (Kind::Partial, "partial", 11),
            (Kind::Interrupted(2), "interrupted", 130),
            (Kind::Interrupted(15), "interrupted", 143),
        ];
        for (kind, name, code) in table {
            assert_eq!((kind.name(), kind.exit_code()), (name, code));
        }
    }

    #[test]
    fn of_several_results_the_gravest_counts() {
        assert_eq!(Kind::Lost.or_graver(None), Kind::Lost);
        assert_eq!(Kind::Lost.or_graver(Some(Kind::Rejected)), Kind::Lost);
        assert_eq!(Kind::Lost.or_graver(Some(Kind::Unknown)), Kind::Lost);
        assert_eq!(Kind::Unknown.or_graver(Some(Kind::Undelivered)), Kind::Unknown);
        assert_eq!(Kind::Unknown.or_graver(Some(Kind::Lost)), Kind::Lost);
        assert_eq!(Kind::Rejected.or_graver(Some(Kind::Input)), Kind::Input);
    }
}

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
pub enum ErrorKind {
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

impl ErrorKind {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Internal => "internal",
            ErrorKind::Usage => "usage",
            ErrorKind::Input => "input",
            ErrorKind::Auth => "auth",
            ErrorKind::Payment => "payment",
            ErrorKind::Rejected => "rejected",
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::Unknown => "unknown",
            ErrorKind::Undelivered => "undelivered",
            ErrorKind::Lost => "lost",
            ErrorKind::Partial => "partial",
            ErrorKind::Interrupted(_) => "interrupted",
        }
    }

    /// What the process exits with.
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Internal => 1,
            ErrorKind::Usage => 2,
            ErrorKind::Input => 3,
            ErrorKind::Auth => 4,
            ErrorKind::Payment => 5,
            ErrorKind::Rejected => 6,
            ErrorKind::Unavailable => 7,
            ErrorKind::Unknown => 8,
            ErrorKind::Undelivered => 9,
            ErrorKind::Lost => 10,
            ErrorKind::Partial => 11,
            // The shell's convention: 128 and the signal's number.
            ErrorKind::Interrupted(signal) => u8::try_from(128 + signal).unwrap_or(130),
        }
    }

    /// How grave it is among several results of one command: what money hangs on counts most.
    fn severity(self) -> u8 {
        match self {
            ErrorKind::Lost => 3,
            ErrorKind::Unknown => 2,
            ErrorKind::Undelivered => 1,
            _ => 0,
        }
    }

    /// Whether it is about money that was, or may have been, spent.
    pub fn concerns_money(self) -> bool {
        self.severity() > 0
    }

    /// The graver of this and the gravest so far; of two that are alike, the earlier.
    pub fn max(self, before: Option<ErrorKind>) -> ErrorKind {
        before.filter(|before| before.severity() >= self.severity()).unwrap_or(self)
    }
}

/// A failure as it is reported.
#[derive(Debug)]
pub struct Failure {
    /// What it is called and exits with.
    pub kind: ErrorKind,
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
    pub fn new(kind: ErrorKind, cause: impl Into<anyhow::Error>) -> Failure {
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
        Failure::new(ErrorKind::Usage, anyhow!(message.into()))
    }

    /// Something refused here.
    pub fn input(message: impl Into<String>) -> Failure {
        Failure::new(ErrorKind::Input, anyhow!(message.into()))
    }

    /// The same with what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// The same without `key` in it: a server may echo what it was sent.
    pub fn redacted(mut self, key: &ApiKey) -> Failure {
        self.cause = anyhow!(key.redact(&self.message()));
        self
    }

    /// The whole chain on one line.
    pub fn message(&self) -> String {
        format!("{:#}", self.cause)
    }
}

/// What the refusal of a paid call needs to know for its hint.
#[derive(Debug, Clone, Copy)]
pub struct RequestInfo<'a> {
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
            (ErrorKind::Internal, "internal", 1),
            (ErrorKind::Usage, "usage", 2),
            (ErrorKind::Input, "input", 3),
            (ErrorKind::Auth, "auth", 4),
            (ErrorKind::Payment, "payment", 5),
            (ErrorKind::Rejected, "rejected", 6),
            (ErrorKind::Unavailable, "unavailable", 7),
            (ErrorKind::Unknown, "unknown", 8),
            (ErrorKind::Undelivered, "undelivered", 9),
            (ErrorKind::Lost, "lost", 10),
            (ErrorKind::Partial, "partial", 11),
            (ErrorKind::Interrupted(2), "interrupted", 130),
            (ErrorKind::Interrupted(15), "interrupted", 143),
        ];
        for (kind, name, code) in table {
            assert_eq!((kind.name(), kind.exit_code()), (name, code));
        }
    }

    #[test]
    fn of_several_results_the_gravest_counts() {
        assert_eq!(ErrorKind::Lost.max(None), ErrorKind::Lost);
        assert_eq!(ErrorKind::Lost.max(Some(ErrorKind::Rejected)), ErrorKind::Lost);
        assert_eq!(ErrorKind::Lost.max(Some(ErrorKind::Unknown)), ErrorKind::Lost);
        assert_eq!(ErrorKind::Unknown.max(Some(ErrorKind::Undelivered)), ErrorKind::Unknown);
        assert_eq!(ErrorKind::Unknown.max(Some(ErrorKind::Lost)), ErrorKind::Lost);
        assert_eq!(ErrorKind::Rejected.max(Some(ErrorKind::Input)), ErrorKind::Input);
    }
}

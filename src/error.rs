//! Failures as the user sees them: kind, exit code, message, hint.
//!
//! The layers below report what went wrong. Only this module decides what the user should do next.
//! The exit codes are documented in the README and do not change.

mod audience;
mod batch;
mod call_hints;
#[cfg(test)]
mod client_tests;
mod exit_codes;
mod hints;
mod journal_hints;
mod local_server;
mod mask_hints;

pub use audience::{Audience, Hint};
pub use batch::PayAgain;
pub use call_hints::remove_hint;
pub use exit_codes::{SUCCESS, exit_codes};
pub use local_server::local_server_hint;

use anyhow::anyhow;

use crate::api::BaseUrl;
use crate::cards::Models;
use crate::config::ServiceName;
use crate::edit::{Charged, Paid};
use crate::error_chain::error_chain;
use crate::journal::Job;
use crate::secret::{ApiKey, without_queries};
use crate::settings::SpendingLimits;
use crate::suggest::quoted;

/// The kinds of failure, each with its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// 1: a bug or an unexpected failure in seededit itself
    Internal,
    /// 2: the command line is wrong
    Usage,
    /// 3: the picture, prompt, output or configuration was rejected locally; nothing was sent
    Input,
    /// 4: there is no key, or the service does not accept it
    Auth,
    /// 5: the account is out of credit, or a spending limit is reached
    Payment,
    /// 6: the service refused this request
    Rejected,
    /// 7: the service is busy, failing or out of reach after all retries; nothing was charged
    Unavailable,
    /// 8: the request was sent and its outcome is unknown; it may have been charged and is not sent again
    Unknown,
    /// 9: the result was paid for, but is not on disk
    Undelivered,
    /// 10: the result was paid for, and can no longer be fetched
    Lost,
    /// 11: some of several jobs failed with 3 to 7, or a result could not be merged into its original
    Partial,
    /// 130 or 143: stopped by SIGINT or SIGTERM; holds the signal's number
    Interrupted(i32),
}

impl ErrorKind {
    /// Returns the name used in JSON.
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
            // The shell's convention: 128 plus the signal's number.
            ErrorKind::Interrupted(signal) => u8::try_from(128 + signal).unwrap_or(130),
        }
    }

    /// Severity, to choose one exit code for several results. Anything about money outranks the rest.
    fn severity(self) -> u8 {
        match self {
            ErrorKind::Lost => 3,
            ErrorKind::Unknown => 2,
            ErrorKind::Undelivered => 1,
            _ => 0,
        }
    }

    /// Returns whether money was, or may have been, spent.
    pub fn concerns_money(self) -> bool {
        self.severity() > 0
    }

    /// Returns the more severe of this kind and the worst one so far; of two equal ones, the earlier.
    pub fn max(self, worst: Option<ErrorKind>) -> ErrorKind {
        worst.filter(|worst| worst.severity() >= self.severity()).unwrap_or(self)
    }
}

/// A failure as it is reported.
#[derive(Debug)]
pub struct Failure {
    pub kind: ErrorKind,
    /// What went wrong; each link of the chain adds one fact.
    pub cause: anyhow::Error,
    /// The next action, if there is one.
    pub hint: Option<Hint>,
    pub charged: Charged,
    /// The HTTP status, if the service answered.
    pub http_status: Option<u16>,
    /// The service's id for the refusal.
    pub request_id: Option<String>,
    /// What is known about a call that was, or may have been, charged.
    pub paid: Option<Paid>,
}

impl Failure {
    /// Creates a failure that cost nothing.
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

    /// Creates a failure for a wrong command line.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(ErrorKind::Usage, anyhow!(message.into()))
    }

    /// Creates a failure for something that was rejected locally.
    pub fn input(message: impl Into<String>) -> Failure {
        Failure::new(ErrorKind::Input, anyhow!(message.into()))
    }

    /// Sets what the user should do next.
    pub fn hint(mut self, hint: impl Into<Hint>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// Returns what the audience should do next, if it is known.
    pub fn hint_for(&self, audience: Audience) -> Option<&str> {
        self.hint.as_ref().map(|hint| hint.text(audience))
    }

    /// Names the last call of a job.
    pub fn with_call_of(self, job: &Job) -> Failure {
        Failure { paid: batch::paid(job), ..self }
    }

    /// Says before the next action that a sandbox charges nothing. It behaves like a service, so the messages about an edit
    /// that was, or may have been, charged are those of a service.
    #[must_use]
    pub fn at(self, recipient: Recipient) -> Failure {
        if self.charged == Charged::No || !recipient.is_sandbox() {
            return self;
        }
        Failure { hint: self.hint.map(|hint| hint.after(FREE_IN_SANDBOX)), ..self }
    }

    /// Removes `key` from the message: a server may echo what it was sent.
    pub fn redacted(mut self, key: &ApiKey) -> Failure {
        self.cause = anyhow!(key.redact(&self.message()));
        self
    }

    /// Returns the whole chain on one line, with the queries of links redacted: they may be signed, and any argument of a
    /// command can be a link.
    pub fn message(&self) -> String {
        without_queries(error_chain(self.cause.as_ref()))
    }
}

/// The start of a hint about a charge in the sandbox.
pub const FREE_IN_SANDBOX: &str = "in the sandbox, this cost nothing: ";

/// The parts of a failed request that its hint names.
#[derive(Debug, Clone, Copy)]
pub struct RequestInfo<'a> {
    pub model: &'a str,
    /// The models of the service.
    pub models: &'a Models,
    pub base_url: &'a BaseUrl,
    pub recipient: Recipient,
    /// The profile that was named.
    pub profile: Option<&'a str>,
    /// Who reads the messages.
    pub audience: Audience,
    /// What may be spent, with where that is set.
    pub limits: SpendingLimits,
}

/// Names the command that runs a job again, and pays again. `flags` are those of its service, after a space.
pub fn pay_again(job: &str, flags: &str, audience: Audience) -> String {
    audience.user_command(&format!("seededit recover --pay-again {job}{flags}"))
}

impl RequestInfo<'_> {
    /// Returns the flags with which another command reaches the same service, each after a space.
    fn flags(&self) -> String {
        let service = &self.models.service().name;
        let service = match service.as_str() {
            ServiceName::DEFAULT => String::new(),
            name => format!(" --service {name}"),
        };
        match (self.recipient, self.profile) {
            (Recipient::BuiltInSandbox, _) => " --sandbox".into(),
            (Recipient::Service, Some(profile)) => format!(" --profile {}", quoted(profile)),
            _ if self.models.are_elsewhere() => format!("{service} --base-url {}", self.base_url),
            _ => service,
        }
    }

    /// Names what recovers a job, or all jobs, at the same service.
    pub fn recover(&self, job: Option<&str>) -> String {
        let job = job.map_or(String::new(), |job| format!(" {job}"));
        match self.audience {
            Audience::CommandLine => format!("`seededit recover{job}{}`", self.flags()),
            Audience::Client => self.audience.command("recover"),
        }
    }

    /// Names the command that runs a job again at the same service.
    fn pay_again(&self, job: &str) -> String {
        pay_again(job, &self.flags(), self.audience)
    }
}

/// What a request was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// Anything that may charge money.
    Service,
    /// A sandbox server on this machine.
    SandboxServer,
    /// The sandbox inside this process, which ends with it.
    BuiltInSandbox,
}

impl Recipient {
    /// Whether it certainly charges nothing.
    pub fn is_sandbox(self) -> bool {
        match self {
            Recipient::Service => false,
            Recipient::SandboxServer | Recipient::BuiltInSandbox => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_documented_exit_code() {
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
    fn the_most_severe_of_several_results_counts() {
        assert_eq!(ErrorKind::Lost.max(None), ErrorKind::Lost);
        assert_eq!(ErrorKind::Lost.max(Some(ErrorKind::Rejected)), ErrorKind::Lost);
        assert_eq!(ErrorKind::Lost.max(Some(ErrorKind::Unknown)), ErrorKind::Lost);
        assert_eq!(ErrorKind::Unknown.max(Some(ErrorKind::Undelivered)), ErrorKind::Unknown);
        assert_eq!(ErrorKind::Unknown.max(Some(ErrorKind::Lost)), ErrorKind::Lost);
        assert_eq!(ErrorKind::Rejected.max(Some(ErrorKind::Input)), ErrorKind::Input);
    }
}

//! Who runs a command: a process that ends with it, or a server that runs many.

use crate::batch::SessionLimit;
use crate::edit::Interrupt;
use crate::error::Failure;

use super::in_flight::InFlight;
use super::signals;

/// Who runs a command that may pay.
#[derive(Clone, Copy)]
pub(super) enum Host<'a> {
    /// The process, which ends with the command. Signals cancel it.
    CommandLine,
    /// A server. Its client cancels the command.
    Server {
        interrupt: &'a Interrupt,
        /// What all commands of the session may spend together; `None` if nothing may be paid.
        limit: Option<&'a SessionLimit>,
    },
}

impl<'a> Host<'a> {
    /// Returns what cancels the command.
    ///
    /// # Errors
    /// If signals cannot be handled.
    pub(super) fn interrupt(self, in_flight: &InFlight) -> Result<Interrupt, Failure> {
        match self {
            Host::CommandLine => signals::watch(in_flight),
            Host::Server { interrupt, .. } => Ok(interrupt.clone()),
        }
    }

    /// What the command may spend together with others.
    pub(super) fn session_limit(self) -> Option<&'a SessionLimit> {
        match self {
            Host::CommandLine => None,
            Host::Server { limit, .. } => limit,
        }
    }

    /// Whether a dry run may request the service's list of prices. The caller of a server sees the price before paying,
    /// and nothing else.
    pub(super) fn asks_for_price(self) -> bool {
        matches!(self, Host::Server { .. })
    }

    /// Ensures that there is a limit if the edits may cost something and nobody but a program decides about them.
    ///
    /// # Errors
    /// If a server has no limit.
    pub(super) fn ensure_limited(self, is_free: bool) -> Result<(), Failure> {
        match self {
            Host::Server { limit: None, .. } if !is_free => Err(Failure::usage(
                "this server has no spending limit, so it does not pay for edits",
            )
            .hint("start it as `seededit mcp --max-cost USD`, or with --sandbox, which costs nothing")),
            _ => Ok(()),
        }
    }
}

//! Who runs a command: a process that ends with it, or a server that runs many.

use std::path::PathBuf;

use crate::batch::SessionLimit;
use crate::edit::Interrupt;
use crate::error::{Audience, Failure};
use crate::money::Usd;

use super::in_flight::InFlight;
use super::limits::say_price;
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
        /// The directories whose files it may use, without symbolic links.
        roots: &'a [PathBuf],
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
            Host::Server { limit: None, .. } if !is_free => Err(Failure::usage(NO_LIMIT).hint(SET_LIMIT)),
            _ => Ok(()),
        }
    }

    /// The directories whose results may be used again; `None` for all.
    pub(super) fn results_within(self) -> Option<&'a [PathBuf]> {
        match self {
            Host::CommandLine => None,
            Host::Server { roots, .. } => Some(roots),
        }
    }
}

/// Why a server does not pay.
const NO_LIMIT: &str = "this server has no spending limit, so it does not pay for edits";
/// How its user lets it pay.
const SET_LIMIT: &str = "only the user can start it with one, as `seededit mcp --max-cost USD`; in the sandbox, as \
                         `seededit mcp --sandbox`, edits cost nothing";

/// Says what a client can do after a plan. `cost` is the most that the edit costs, if that is known, and `may_pay` whether
/// the server pays for edits at all.
pub(super) fn next_step(cost: Option<Usd>, may_pay: bool) -> String {
    match cost {
        _ if !may_pay => format!("nothing was sent or paid: {NO_LIMIT}; {SET_LIMIT}"),
        Some(cost) => format!(
            "nothing was sent or paid; if the user agrees to the price, call edit with the same arguments and accept_usd {}",
            cost.value()
        ),
        None => format!(
            "nothing was sent or paid; the price is not known, so the edit cannot be paid for; {}",
            say_price(Audience::Client)
        ),
    }
}

//! What a command uses, and thus which variables, files and exit codes its page names.

use clap::Command;

use crate::env::{Readers, Variable};
use crate::error::ErrorKind;

/// What a command and its subcommands use.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Scope {
    key: bool,
    service: bool,
    connection: bool,
    model: bool,
    profile: bool,
    sandbox: bool,
    journal: bool,
    batch: bool,
    /// Whether it draws pictures in the terminal.
    draws: bool,
    /// Whether it uses the spending limits.
    budget: bool,
    /// Whether it pays for edits.
    pays: bool,
    /// Whether it compares this machine's knowledge with the service's.
    compares: bool,
    /// Whether it may refuse what it is given.
    refuses: bool,
}

impl Scope {
    /// Derives the scope from the flags of a command and of its subcommands. `path` names it: `history show`.
    pub(super) fn of(command: &Command, path: &str) -> Scope {
        let takes = |id: &str| command.get_arguments().any(|arg| arg.get_id() == id);
        let is_auth = path.starts_with("auth");
        let shows_settings = matches!(path, "config get" | "config list");
        // `inspect` takes a base URL, and does not connect.
        let connection = takes("timeout");
        // `auth login` can check a key against the sandbox, but writes no journal.
        let journal = takes("sandbox") && !is_auth;
        let own = Scope {
            key: connection || is_auth,
            service: takes("base_url") || is_auth || shows_settings,
            connection,
            model: takes("model") || shows_settings,
            // These two write to a profile, and use none.
            profile: takes("profile") && !matches!(path, "config set" | "config unset"),
            sandbox: takes("sandbox"),
            journal,
            batch: path == "batch",
            draws: takes("protocol") || takes("show") || path == "compare",
            budget: takes("max_cost") || shows_settings,
            pays: takes("max_cost"),
            compares: matches!(path, "history audit" | "models check"),
            refuses: !matches!(path, "" | "completions" | "help"),
        };
        command.get_subcommands().fold(own, |scope, subcommand| {
            let path = format!("{path} {}", subcommand.get_name());
            scope.and(Scope::of(subcommand, path.trim_start()))
        })
    }

    fn and(self, other: Scope) -> Scope {
        Scope {
            key: self.key || other.key,
            service: self.service || other.service,
            connection: self.connection || other.connection,
            model: self.model || other.model,
            profile: self.profile || other.profile,
            sandbox: self.sandbox || other.sandbox,
            journal: self.journal || other.journal,
            batch: self.batch || other.batch,
            draws: self.draws || other.draws,
            budget: self.budget || other.budget,
            pays: self.pays || other.pays,
            compares: self.compares || other.compares,
            refuses: self.refuses || other.refuses,
        }
    }

    pub(super) fn reads(self, variable: &Variable) -> bool {
        match variable.readers {
            Readers::All => true,
            Readers::Key => self.key,
            Readers::Service => self.service,
            Readers::Connection => self.connection,
            Readers::Model => self.model,
            Readers::Budget => self.budget,
            Readers::Profile => self.profile,
            Readers::Sandbox => self.sandbox,
            Readers::Journal => self.journal,
            Readers::Batch => self.batch,
            Readers::Drawing => self.draws,
        }
    }

    pub(super) fn uses_key(self) -> bool {
        self.key
    }

    pub(super) fn uses_journal(self) -> bool {
        self.journal
    }

    /// Whether the command may end like this.
    pub(super) fn ends_with(self, kind: ErrorKind) -> bool {
        match kind {
            ErrorKind::Internal | ErrorKind::Usage => true,
            ErrorKind::Input => self.refuses,
            ErrorKind::Auth => self.key,
            ErrorKind::Partial => self.pays || self.compares,
            ErrorKind::Rejected | ErrorKind::Unavailable => self.connection,
            ErrorKind::Payment
            | ErrorKind::Unknown
            | ErrorKind::Undelivered
            | ErrorKind::Lost
            | ErrorKind::Interrupted(_) => self.pays,
        }
    }
}

//! The target of a command: the real service, or a sandbox.

use std::collections::HashMap;

use crate::api::{BaseUrl, LocalServer};
use crate::cli::ConnectArgs;
use crate::env::Env;
use crate::error::{Failure, Recipient};
use crate::journal::Job;
use crate::settings::{Flags, Settings};

use super::context::{self, SANDBOX_VARIABLE, wants_sandbox};

/// The service that a command talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Anything that may charge money.
    Service,
    /// The sandbox inside this process, which ends with it.
    BuiltInSandbox,
    /// A sandbox server on this machine.
    SandboxServer,
}

impl Target {
    /// Finds the target that the flags and settings select. Probes a base URL on this machine once.
    pub(super) fn find(connect: &ConnectArgs, settings: &Settings, env: &Env) -> Result<Target, Failure> {
        Target::of(connect.sandbox, connect.base_url.is_some(), settings, env)
    }

    /// The same with the flags `--sandbox` and `--base-url`. `names_url` says whether the latter is given.
    pub(super) fn of(
        sandbox: bool,
        names_url: bool,
        settings: &Settings,
        env: &Env,
    ) -> Result<Target, Failure> {
        let is_sandbox_server = || LocalServer::probe(&settings.base_url) == LocalServer::Sandbox;
        // The variable keeps money safe, and a sandbox server costs none.
        if !sandbox && env.is_on(SANDBOX_VARIABLE) && is_sandbox_server() {
            return Ok(Target::SandboxServer);
        }
        if wants_sandbox(sandbox, names_url, env)? {
            return Ok(Target::BuiltInSandbox);
        }
        Ok(if is_sandbox_server() { Target::SandboxServer } else { Target::Service })
    }

    /// Whether nothing is charged, and jobs belong in the sandbox's journal.
    pub(super) fn is_sandbox(self) -> bool {
        self != Target::Service
    }

    /// As messages name it.
    pub(super) fn recipient(self) -> Recipient {
        match self {
            Target::Service => Recipient::Service,
            Target::BuiltInSandbox => Recipient::BuiltInSandbox,
            Target::SandboxServer => Recipient::SandboxServer,
        }
    }

    pub(super) fn is_built_in(self) -> bool {
        self == Target::BuiltInSandbox
    }
}

/// Whether a command that sends nothing uses the sandbox's journal: because of its flag, of the variable, or because the
/// settings name the URL of a sandbox server. So it finds the results of the commands that send something.
pub(super) fn is_sandbox(flag: bool, env: &Env) -> bool {
    // Settings that cannot be read are an error only where they are needed.
    let names_server = || {
        context::settings(&Flags::default(), env)
            .is_ok_and(|settings| LocalServer::probe(&settings.base_url) == LocalServer::Sandbox)
    };
    flag || env.is_on(SANDBOX_VARIABLE) || names_server()
}

/// The state of the servers that jobs were sent to. Each is probed once.
#[derive(Default)]
pub(super) struct Servers {
    known: HashMap<String, LocalServer>,
}

impl Servers {
    pub(super) fn of(&mut self, job: &Job) -> LocalServer {
        let base = &job.intent.base_url;
        *self.known.entry(base.clone()).or_insert_with(|| match base.parse::<BaseUrl>() {
            Ok(base) => LocalServer::probe(&base),
            Err(_) => LocalServer::Other,
        })
    }

    /// Whether a job may be forgotten in any state, because it cannot be settled anymore and cost no money: it is in the
    /// sandbox's journal, or it was sent to a server on this machine that is a sandbox or has stopped.
    pub(super) fn is_dismissable(&mut self, job: &Job, in_sandbox: bool) -> bool {
        in_sandbox || self.of(job) != LocalServer::Other
    }
}

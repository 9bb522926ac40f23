//! What is reported about jobs that may have been charged, with the next action.

use crate::cards::{ServiceCard, Settlement};
use crate::config::ServiceName;
use crate::edit::Charged;
use crate::env::Env;
use crate::error::{ErrorKind, Failure, Hint, pay_again};
use crate::journal::Job;
use crate::settings::Flags;

use super::context;
use super::target::{Servers, Target};

/// The hint for a job if there is no key to ask the service with.
pub(super) fn no_key(service: &ServiceCard) -> String {
    let command = match service.name.as_str() {
        ServiceName::DEFAULT => "seededit auth login".to_owned(),
        name => format!("seededit auth login --service {name}"),
    };
    let asked = if service.settlement == Settlement::Queue { "queue" } else { "usage log" };
    format!("store a key with `{command}` so that the {asked} can be asked")
}

/// The failure to report for a job that stays in doubt.
pub(super) fn unknown(job: &Job, why: &str, hint: impl Into<Hint>) -> Failure {
    let request_ids: Vec<&str> = job.attempts.iter().map(|attempt| attempt.request_id.as_str()).collect();
    let cause = anyhow::anyhow!("{why}: job {} ({})", job.intent.job, request_ids.join(", "));
    let failure = Failure { charged: Charged::Unknown, ..Failure::new(ErrorKind::Unknown, cause) };
    failure.with_call_of(job).hint(hint)
}

/// The failure to report for a job that stays in doubt because the usage log could not be requested.
pub(super) fn log_failed(job: &Job, failure: &Failure) -> Failure {
    let cause = anyhow::anyhow!("job {} stays unknown: {}", job.intent.job, failure.message());
    Failure {
        charged: Charged::Unknown,
        http_status: failure.http_status,
        hint: failure.hint.clone(),
        ..Failure::new(ErrorKind::Unknown, cause)
    }
}

/// The hint for a job that the usage log does not list yet.
pub(super) fn not_listed(job: &Job, flags: &str) -> Hint {
    Hint::with(|audience| {
        format!(
            "the usage log has no row for it yet: {}; {} runs it again at the risk of paying twice",
            audience.choose(
                "try again later, or wait with --wait 10m",
                "call `recover` again after some minutes"
            ),
            pay_again(&job.intent.job, flags, audience)
        )
    })
}

/// The hint for a job that a queue has accepted and not finished.
pub(super) fn queued(job: &Job, service: &ServiceCard, flags: &str) -> Hint {
    let kept =
        service.results_kept.as_ref().map_or(String::new(), |time| format!("; results are kept for {time}"));
    Hint::with(|audience| {
        let recover = format!("`seededit recover {}{flags}`", job.intent.job);
        let recover = audience.choose(recover, audience.command("recover"));
        format!("{} accepted it: {recover} asks again, and never sends it again{kept}", service.in_text())
    })
}

/// The hint for a job whose outcome the service cannot say.
pub(super) fn not_settled(job: &Job, service: &ServiceCard, flags: &str) -> Hint {
    Hint::with(|audience| {
        format!(
            "{} has no log of single calls: look at its console; `seededit recover --not-charged {}{flags}` records that \
             it was free, and {} runs it again at the risk of paying twice",
            service.in_text(),
            job.intent.job,
            pay_again(&job.intent.job, flags, audience)
        )
    })
}

/// The flags with which a command finds a job again, after a space; none at the default service. The jobs of a sandbox
/// server are in a journal of their own, which its address selects.
pub(super) fn flags(job: &Job, service: &ServiceCard, target: Target) -> String {
    match (target, service.name.as_str()) {
        (Target::SandboxServer, _) => format!(" --base-url {}", job.intent.base_url),
        (_, ServiceName::DEFAULT) => String::new(),
        (_, name) => format!(" --service {name}"),
    }
}

/// The hint for a job that was sent to another service than the one configured now.
pub(super) fn elsewhere(job: &Job, target: Target, servers: &mut Servers, env: &Env) -> String {
    let there = &job.intent.base_url;
    if !target.is_sandbox() && servers.is_dismissable(job, false) {
        return format!(
            "{there} has stopped, or is a sandbox: `seededit history forget {}` dismisses the job",
            job.intent.job
        );
    }
    match profile_of(there, env) {
        _ if target.is_sandbox() => {
            format!(
                "it was sent to {there}: `seededit recover --base-url {there}` asks there; a sandbox takes any key"
            )
        }
        Some(name) => format!("it was sent to {there}: `seededit recover --profile {name}` asks there"),
        None => format!(
            "it was sent to {there}: `seededit recover --base-url {there}` asks there, with the key for it"
        ),
    }
}

/// The first profile with this base URL.
fn profile_of(base_url: &str, env: &Env) -> Option<String> {
    let file = context::config_file(env).ok()?;
    file.profiles().map(str::to_owned).find(|name| {
        let flags = Flags { profile: Some(name.clone()), ..Flags::default() };
        context::settings(&flags, env).is_ok_and(|settings| settings.base_url.to_string() == base_url)
    })
}

//! What is reported about jobs that may have been charged, with the next action.

use crate::cards::ServiceCard;
use crate::edit::Charged;
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::journal::Job;
use crate::settings::Flags;

use super::context;
use super::target::{Servers, Target};

/// The hint for a job if there is no key to request the usage log with.
pub(super) const NO_KEY: &str = "store a key with `seededit auth login` so that the usage log can be asked";

/// The failure to report for a job that stays in doubt.
pub(super) fn unknown(job: &Job, why: &str, hint: &str) -> Failure {
    let request_ids: Vec<&str> = job.attempts.iter().map(|attempt| attempt.request_id.as_str()).collect();
    let cause = anyhow::anyhow!("{why}: job {} ({})", job.intent.job, request_ids.join(", "));
    Failure { charged: Charged::Unknown, ..Failure::new(ErrorKind::Unknown, cause) }.hint(hint)
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
pub(super) fn not_listed(job: &Job) -> String {
    format!(
        "the usage log has no row for it yet: try again later, or wait with --wait 10m; \
         `seededit recover --pay-again {}` runs it again at the risk of paying twice",
        job.intent.job
    )
}

/// The hint for a job that a queue has accepted and not finished.
pub(super) fn queued(job: &Job, service: &ServiceCard) -> String {
    let kept =
        service.results_kept.as_ref().map_or(String::new(), |time| format!("; results are kept for {time}"));
    format!(
        "{} accepted it: `seededit recover {}` asks again, and never sends it again{kept}",
        service.title, job.intent.job
    )
}

/// The hint for a job whose outcome the service cannot say.
pub(super) fn not_settled(job: &Job, service: &ServiceCard) -> String {
    format!(
        "{} has no log of single calls: look at its console; `seededit recover --pay-again {}` runs it again at the \
         risk of paying twice",
        service.title, job.intent.job
    )
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

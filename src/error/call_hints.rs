//! What to do about a call that failed: it was refused, may have been charged, or was paid for without a result.

use std::time::Duration;

use crate::api::{Obstacle, Refusal, RefusalKind, UnknownOutcome};
use crate::cards::Settlement;
use crate::edit::{Paid, RunError};
use crate::money::format_usd;

use super::hints::{output_hint, reference_hint};
use super::journal_hints::{OTHER_DIRECTORY, journal_hint};
use super::{ErrorKind, Failure, Recipient, RequestInfo};

impl Failure {
    /// Creates the failure of an edit without a result.
    pub fn from_run(error: RunError, job: &str, request: RequestInfo<'_>) -> Failure {
        let charged = error.charged();
        let paid = error.paid().cloned();
        let (kind, hint) = match &error {
            RunError::Interrupted(signal) => (ErrorKind::Interrupted(*signal), None),
            RunError::Canceled => (ErrorKind::Unavailable, None),
            RunError::Output(error) => (ErrorKind::Input, output_hint(error)),
            RunError::Reference(error) => (ErrorKind::Input, reference_hint(error)),
            RunError::Journal(error) => (ErrorKind::Input, Some(journal_hint(error))),
            RunError::JobTaken(_) => (ErrorKind::Input, Some("wait until the other process is done".into())),
            RunError::NoDiskSpace(_) => (
                ErrorKind::Input,
                Some(format!("nothing was sent; free space in the data directory, or {OTHER_DIRECTORY}")),
            ),
            RunError::Unreachable { .. } => (
                ErrorKind::Unavailable,
                Some(format!(
                    "nothing was charged; check the network, the proxy and base_url ({})",
                    request.base_url
                )),
            ),
            RunError::Blocked { obstacle, .. } => (
                ErrorKind::Unavailable,
                Some(format!("nothing was charged; {}", obstacle_hint(*obstacle, request))),
            ),
            RunError::Refused { refusal, requested_wait, .. } => {
                let (kind, hint) = refusal_hint(refusal, request, *requested_wait);
                (kind, Some(hint))
            }
            RunError::Unknown { doubt, paid } => {
                (ErrorKind::Unknown, Some(unknown_hint(doubt, paid, request)))
            }
            RunError::Lost { paid, .. } | RunError::NotKept { paid, .. } => {
                (ErrorKind::Lost, Some(lost_hint(paid, request)))
            }
            RunError::NotDownloaded { source, paid } if source.is_refusal() => {
                (ErrorKind::Undelivered, Some(refused_link_hint(job, paid, request)))
            }
            RunError::NotDownloaded { paid, .. } | RunError::NotSaved { paid, .. } => {
                (ErrorKind::Undelivered, Some(undelivered_hint(paid, request)))
            }
        };
        let (http_status, request_id) = match &error {
            RunError::Refused { refusal, .. } => (Some(refusal.status), refusal.request_id.clone()),
            _ => (paid.as_ref().and_then(|paid| paid.status), None),
        };
        Failure { kind, cause: error.into(), hint, charged, http_status, request_id, paid }
    }
}

/// The ids and the price of a call, as far as they are known.
fn call_name(paid: &Paid) -> String {
    let mut parts = Vec::new();
    if let Some(id) = &paid.inference_id {
        parts.push(format!("inference id {id}"));
    }
    parts.push(format!("request id {}", paid.client_request_id));
    if let Some(price) = paid.price {
        parts.push(format!("price {}", format_usd(price.usd)));
    }
    parts.join(", ")
}

fn lost_hint(paid: &Paid, request: RequestInfo<'_>) -> String {
    let sandbox = match request.recipient {
        Recipient::Service => "",
        Recipient::SandboxServer | Recipient::BuiltInSandbox => {
            "nothing was paid to the sandbox; at a real service, "
        }
    };
    format!("{sandbox}ask the service's support for the result or a refund, and give {}", call_name(paid))
}

/// The hint for a link that was refused, although it has not expired by its own date.
fn refused_link_hint(job: &str, paid: &Paid, request: RequestInfo<'_>) -> String {
    match request.recipient {
        Recipient::Service => format!(
            "a proxy may have refused it: `seededit recover` tries it again until it expires. If it was withdrawn, \
             `seededit recover --pay-again {job}` pays for the edit again, or {}",
            lost_hint(paid, request)
        ),
        Recipient::SandboxServer => format!(
            "`seededit recover --base-url {}` tries it again while the sandbox runs; nothing was paid to the sandbox, \
             so the edit can as well be run again; the call was {}",
            request.base_url,
            call_name(paid)
        ),
        Recipient::BuiltInSandbox => undelivered_hint(paid, request),
    }
}

fn undelivered_hint(paid: &Paid, request: RequestInfo<'_>) -> String {
    let call = call_name(paid);
    match request.recipient {
        Recipient::Service => format!(
            "run `seededit recover` to fetch it, with --to DIR to write it elsewhere; the call was {call}"
        ),
        Recipient::SandboxServer => format!(
            "run `seededit recover --base-url {}` to fetch it while the sandbox runs, with --to DIR to write it \
             elsewhere; the call was {call}",
            request.base_url
        ),
        Recipient::BuiltInSandbox => format!(
            "nothing was paid: the sandbox ends with this command, and its results with it, so run the edit again; \
             the call was {call}"
        ),
    }
}

/// The time limits of proxies, with their defaults: those of Envoy, of most proxies, and of content delivery networks.
const PROXY_LIMITS: [Duration; 3] =
    [Duration::from_secs(15), Duration::from_secs(60), Duration::from_secs(100)];
/// How much later than its limit a proxy may be noticed.
const PROXY_DELAY: Duration = Duration::from_millis(2_500);

/// Names a proxy's time limit if one is the likely reason for which a call ended `waited` after its begin.
fn proxy_limit_hint(doubt: &UnknownOutcome, waited: Duration) -> String {
    let limit = PROXY_LIMITS.into_iter().find(|limit| (*limit..*limit + PROXY_DELAY).contains(&waited));
    match (doubt, limit) {
        (UnknownOutcome::Disconnected(_) | UnknownOutcome::NotFromService { .. }, Some(limit)) => format!(
            "it ended after {} s, the usual time limit of a proxy: raise that (proxy_read_timeout in nginx, `timeout \
             server` in HAProxy, ProxyTimeout in Apache), reach the service without the proxy (NO_PROXY), or use a service \
             with a queue; ",
            limit.as_secs()
        ),
        _ => String::new(),
    }
}

fn obstacle_hint(obstacle: Obstacle, request: RequestInfo<'_>) -> String {
    match obstacle {
        Obstacle::ServerCertificate => format!(
            "check base_url ({}) and this machine's clock; if a proxy inspects connections, add its root certificate to \
             the system's, or name a file that has it in SSL_CERT_FILE",
            request.base_url
        ),
        Obstacle::ClientCertificate => format!(
            "check base_url ({}); client certificates are not supported, so reach the service through a proxy that \
             presents one",
            request.base_url
        ),
        Obstacle::Proxy => {
            "check the proxy variable (HTTPS_PROXY, ALL_PROXY) and what the proxy allows, or reach the \
                            service without the proxy (NO_PROXY)"
                .into()
        }
        Obstacle::Settings => format!("check base_url ({}) and the key", request.base_url),
    }
}

fn unknown_hint(doubt: &UnknownOutcome, paid: &Paid, request: RequestInfo<'_>) -> String {
    let next = match doubt {
        UnknownOutcome::NotFromService { .. } | UnknownOutcome::Redirected(_) => {
            format!(
                "if {} is not the service, nothing was charged: check base_url; otherwise ",
                request.base_url
            )
        }
        _ => String::new(),
    };
    match request.recipient {
        Recipient::Service => {}
        Recipient::SandboxServer => {
            return format!(
                "it may have been charged, so it is not sent again automatically; run `seededit recover --base-url {}` \
                 to ask the sandbox what happened to it ({})",
                request.base_url,
                call_name(paid)
            );
        }
        Recipient::BuiltInSandbox => {
            return format!(
                "a service might have charged it, so it is not sent again automatically; the sandbox ends with this \
                 command, and nothing is paid ({})",
                call_name(paid)
            );
        }
    }
    let next = next + &proxy_limit_hint(doubt, paid.waited);
    let service = request.models.service();
    let is_queued = matches!(doubt, UnknownOutcome::StillRunning(_));
    if is_queued {
        let kept = service.results_kept.as_ref().map_or(String::new(), |time| format!(", kept for {time}"));
        return format!(
            "run `seededit recover` to fetch its result{kept}; it is never sent again automatically ({})",
            call_name(paid)
        );
    }
    if service.settlement != Settlement::UsageLog {
        return format!(
            "it may have been charged, so it is not sent again automatically; {next}{} has no log of single calls, so \
             look at its console: `seededit recover --not-charged JOB` records that it was free, and `--pay-again JOB` runs \
             it again ({})",
            service.title,
            call_name(paid)
        );
    }
    format!(
        "it may have been charged, so it is not sent again automatically; {next}run `seededit recover` to ask the \
         service what happened to it ({})",
        call_name(paid)
    )
}

/// The hint for a model that the service does not have, with its successor if there is one.
fn not_offered_hint(request: RequestInfo<'_>) -> String {
    let RequestInfo { model, models, .. } = request;
    let card = models.find(model).ok();
    match card.as_ref().and_then(|card| card.successor.as_ref()) {
        Some(successor) => format!(
            "nothing was charged; the service does not offer {model}; its successor is {successor}: choose it with \
             --model or `seededit config set model {successor}`; `seededit models` lists all"
        ),
        None => format!(
            "nothing was charged; the service does not offer the model {model}, or has no such path; choose another \
             model with --model or `seededit config set model NAME`; `seededit models` lists all"
        ),
    }
}

fn refusal_hint(
    refusal: &Refusal,
    request: RequestInfo<'_>,
    wait: Option<std::time::Duration>,
) -> (ErrorKind, String) {
    match refusal.kind() {
        RefusalKind::Unauthorized => (
            ErrorKind::Auth,
            "check the key: `seededit auth status` shows where it comes from, `seededit auth login` stores a new one"
                .into(),
        ),
        RefusalKind::OutOfCredit if refusal.status == 429 => (
            ErrorKind::Payment,
            "nothing was charged; the account has used up its quota: raise it in the service's console".into(),
        ),
        RefusalKind::OutOfCredit => {
            (ErrorKind::Payment, "top up at https://aimlapi.com/app/billing, then run it again".into())
        }
        RefusalKind::Forbidden => (
            ErrorKind::Payment,
            "the key is not allowed to do this, or has reached its limit: check it in the service's console".into(),
        ),
        RefusalKind::NotOffered => (
            ErrorKind::Rejected,
            not_offered_hint(request),
        ),
        RefusalKind::ProxyAuthorization => (
            ErrorKind::Unavailable,
            "nothing was charged; put the proxy's user name and password into the proxy variable (HTTPS_PROXY, \
             ALL_PROXY), or reach the service without the proxy (NO_PROXY)"
                .into(),
        ),
        RefusalKind::TooLarge => (
            ErrorKind::Rejected,
            "nothing was charged; send a smaller picture, raise the proxy's size limit for requests, or reach the \
             service without the proxy (NO_PROXY)"
                .into(),
        ),
        RefusalKind::RateLimited => (
            ErrorKind::Unavailable,
            match wait {
                Some(wait) => format!("nothing was charged; the service asks you to try again in {} s", wait.as_secs()),
                None => "nothing was charged; try again later".into(),
            },
        ),
        RefusalKind::Busy | RefusalKind::Failed => {
            (ErrorKind::Unavailable, "nothing was charged; try again later".into())
        }
        RefusalKind::Invalid => {
            (ErrorKind::Rejected, "nothing was charged; check the request with --dry-run".into())
        }
    }
}

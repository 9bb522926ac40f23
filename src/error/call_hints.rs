//! What to do about a call that failed: it was refused, may have been charged, or was paid for without a result.

use std::path::Path;
use std::time::Duration;

use crate::api::{DownloadError, Obstacle, Refusal, RefusalKind, UnknownOutcome};
use crate::cards::Settlement;
use crate::config::ServiceName;
use crate::edit::{Paid, RunError};
use crate::files::InTheWay;
use crate::money::format_usd;

use super::hints::{output_hint, reference_hint};
use super::journal_hints::{OTHER_DIRECTORY, journal_hint};
use super::local_server;
use super::{Audience, ErrorKind, Failure, Recipient, RequestInfo};

impl Failure {
    /// Creates the failure of an edit without a result.
    pub fn from_run(error: RunError, job: &str, request: RequestInfo<'_>) -> Failure {
        let charged = error.charged();
        let paid = error.paid().cloned();
        let (kind, hint) = match &error {
            RunError::Interrupted(cause) => (ErrorKind::Interrupted(cause.signal()), None),
            RunError::Canceled => (ErrorKind::Unavailable, None),
            RunError::Output(error) => (ErrorKind::Input, output_hint(error)),
            RunError::Reference(error) => (ErrorKind::Input, reference_hint(error)),
            RunError::Journal(error) => (ErrorKind::Input, Some(journal_hint(error).into())),
            RunError::JobTaken(_) => (ErrorKind::Input, Some("wait until the other process is done".into())),
            RunError::NoDiskSpace(_) => (
                ErrorKind::Input,
                Some(
                    format!("nothing was sent; free space in the data directory, or {OTHER_DIRECTORY}")
                        .into(),
                ),
            ),
            RunError::TooManyOpenFiles(_) => (
                ErrorKind::Input,
                Some(
                    format!(
                        "nothing was sent; raise the limit of open files with `ulimit -n`, or {}",
                        request.audience.choose("lower -j", "make fewer calls at the same time")
                    )
                    .into(),
                ),
            ),
            RunError::Unreachable { .. } => {
                let check = local_server::text(request.base_url, request.audience).unwrap_or_else(|| {
                    format!("check the network, the proxy and base_url ({})", request.base_url)
                });
                (ErrorKind::Unavailable, Some(format!("nothing was charged; {check}").into()))
            }
            RunError::Blocked { obstacle, .. } => (
                ErrorKind::Unavailable,
                Some(format!("nothing was charged; {}", obstacle_hint(*obstacle, request)).into()),
            ),
            RunError::Refused { refusal, requested_wait, .. } => {
                let (kind, hint) = refusal_hint(refusal, request, *requested_wait);
                (kind, Some(hint.into()))
            }
            RunError::Unknown { doubt, paid } => {
                (ErrorKind::Unknown, Some(unknown_hint(doubt, job, paid, request).into()))
            }
            RunError::Lost { paid, .. } | RunError::NotKept { paid, .. } => {
                (ErrorKind::Lost, Some(lost_hint(paid, request).into()))
            }
            RunError::NotDownloaded { source, paid } if source.is_refusal() => {
                (ErrorKind::Undelivered, Some(refused_link_hint(job, paid, request).into()))
            }
            RunError::NotDownloaded { source, paid }
                if source.is_final() && !matches!(source, DownloadError::Gone { .. }) =>
            {
                (ErrorKind::Undelivered, Some(useless_link_hint(job, paid, request).into()))
            }
            RunError::AnswerDamaged { paid, .. } => {
                (ErrorKind::Undelivered, Some(damaged_answer_hint(job, paid, request).into()))
            }
            RunError::NotDownloaded { paid, .. } => {
                (ErrorKind::Undelivered, Some(undelivered_hint(paid, request).into()))
            }
            RunError::NotSaved { source, paid } => {
                let hint = undelivered_hint(paid, request);
                let hint = match InTheWay::find(source) {
                    Some(path) => format!("{}; then {hint}", remove_hint(path, request.audience)),
                    None => hint,
                };
                (ErrorKind::Undelivered, Some(hint.into()))
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
    // Only the first result of a call has its price.
    if let Some(price) = paid.price.filter(|price| price.usd > 0.0) {
        parts.push(format!("price {}", format_usd(price.usd)));
    }
    parts.join(", ")
}

fn lost_hint(paid: &Paid, request: RequestInfo<'_>) -> String {
    let (at, whose) =
        if request.recipient.is_sandbox() { ("at a service, ", "its") } else { ("", "the service's") };
    format!("{at}ask {whose} support for the result or a refund, and give {}", call_name(paid))
}

/// The hint for a link that was refused, although it has not expired by its own date.
fn refused_link_hint(job: &str, paid: &Paid, request: RequestInfo<'_>) -> String {
    match request.recipient {
        Recipient::Service => format!(
            "a proxy may have refused it: {} tries it again until it expires. If it was withdrawn, {} pays for the \
             edit again, or {}",
            request.recover(None),
            request.pay_again(job),
            lost_hint(paid, request)
        ),
        Recipient::SandboxServer => format!(
            "{} tries it again while the sandbox runs, or {} sends the edit again; the call was {}",
            request.recover(None),
            request.pay_again(job),
            call_name(paid)
        ),
        Recipient::BuiltInSandbox => undelivered_hint(paid, request),
    }
}

/// The hint for a link that leads to nothing that can be used, however often it is tried.
fn useless_link_hint(job: &str, paid: &Paid, request: RequestInfo<'_>) -> String {
    match request.recipient {
        Recipient::Service => format!(
            "another download is likely to fail in the same way: {}. {} pays for the edit again{}, and `seededit history \
             forget {job}` gives it up",
            lost_hint(paid, request),
            request.pay_again(job),
            as_redo(request)
        ),
        Recipient::SandboxServer | Recipient::BuiltInSandbox => undelivered_hint(paid, request),
    }
}

/// The hint for an answer that was changed or removed after it was received.
fn damaged_answer_hint(job: &str, paid: &Paid, request: RequestInfo<'_>) -> String {
    let (pays, last) = if request.recipient.is_sandbox() {
        ("runs", format!("the call was {}", call_name(paid)))
    } else {
        ("pays for", lost_hint(paid, request))
    };
    format!(
        "restore the file if you can, then run {}; otherwise {} {pays} the edit again{}; {last}",
        request.recover(None),
        request.pay_again(job),
        as_redo(request),
    )
}

/// Compares the command that pays again with the flag of `batch`, which a client does not have.
fn as_redo(request: RequestInfo<'_>) -> &'static str {
    request.audience.choose(", as --redo does for the row of a batch", "")
}

/// The hint for a file that is where one of ours has to be written.
#[must_use]
pub fn remove_hint(path: &Path, audience: Audience) -> String {
    let path = path.display();
    audience.choose(
        format!("look at {path} and remove it"),
        format!("ask the user to look at {path} and remove it"),
    )
}

fn undelivered_hint(paid: &Paid, request: RequestInfo<'_>) -> String {
    let call = call_name(paid);
    let (recover, to) = (request.recover(None), request.audience.choose("--to DIR", "`directory`"));
    match request.recipient {
        Recipient::Service => {
            format!("run {recover} to fetch it, with {to} to write it elsewhere; the call was {call}")
        }
        Recipient::SandboxServer => format!(
            "run {recover} to fetch it while the sandbox runs, with {to} to write it elsewhere; the call was {call}"
        ),
        Recipient::BuiltInSandbox => format!(
            "the sandbox ends with this command, and its results with it, so run the edit again; the call was {call}"
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

fn unknown_hint(doubt: &UnknownOutcome, job: &str, paid: &Paid, request: RequestInfo<'_>) -> String {
    let call = call_name(paid);
    let recover = request.recover(None);
    match request.recipient {
        Recipient::Service => {}
        Recipient::SandboxServer => {
            return format!(
                "a service may have charged it, so it is not sent again automatically; run {recover} to ask the sandbox \
                 what happened to it ({call})"
            );
        }
        Recipient::BuiltInSandbox => {
            return format!(
                "a service may have charged it, so it is not sent again automatically; the sandbox has ended with this \
                 command, so run the edit again ({call})"
            );
        }
    }
    let next = match doubt {
        UnknownOutcome::NotFromService { .. } | UnknownOutcome::Redirected(_) => match wrong_path(request) {
            Some(better) => better,
            None => {
                format!(
                    "if {} is not the service, nothing was charged: check base_url; otherwise ",
                    request.base_url
                )
            }
        },
        _ => String::new(),
    };
    let next = next + &proxy_limit_hint(doubt, paid.waited);
    let service = request.models.service();
    let is_running = matches!(doubt, UnknownOutcome::StillRunning(_));
    if is_running || paid.is_queued {
        let kept = service.results_kept.as_ref().map_or(String::new(), |time| format!(", kept for {time}"));
        let otherwise = if is_running {
            String::new()
        } else {
            format!("; if that brings nothing, {} pays for the edit again", request.pay_again(job))
        };
        return format!(
            "run {recover} to fetch its result{kept}; it is never sent again automatically{otherwise} ({call})"
        );
    }
    if service.settlement != Settlement::UsageLog {
        return format!(
            "it may have been charged, so it is not sent again automatically; {next}{} has no log of single calls, so \
             look at its console: `seededit recover --not-charged {job}{}` records that it was free, and {} runs it \
             again ({call})",
            service.in_text(),
            request.flags(),
            request.pay_again(job),
        );
    }
    format!(
        "it may have been charged, so it is not sent again automatically; {next}run {recover} to ask the service what \
         happened to it ({call})"
    )
}

/// Says which path is missing from the base URL, if that is the likely reason for an answer that is not the service's.
fn wrong_path(request: RequestInfo<'_>) -> Option<String> {
    let service = request.models.service();
    let usual = service.usual_path();
    if !request.models.are_elsewhere() || usual.is_empty() || request.base_url.path().contains(usual) {
        return None;
    }
    let better = format!("{}{usual}", request.base_url.to_string().trim_end_matches('/'));
    Some(format!(
        "the usual base URL of {} is {}, and {} lacks its path: if nothing answers there, nothing was charged, so {}; \
         otherwise ",
        service.in_text(),
        service.base_url,
        request.base_url,
        request.audience.choose(
            format!("try --base-url {better}"),
            format!("the user can start the server as `seededit mcp --base-url {better}`"),
        ),
    ))
}

/// The hint for a model that the service does not have, with its successor if there is one.
fn not_offered_hint(request: RequestInfo<'_>) -> String {
    let RequestInfo { model, models, audience, .. } = request;
    let card = models.find(model).ok();
    let list = match models.service().name.as_str() {
        name if audience == Audience::CommandLine && name != ServiceName::DEFAULT => {
            format!("`seededit models --service {name}`")
        }
        _ => audience.command("models"),
    };
    let option = audience.option("model");
    match card.as_ref().and_then(|card| card.successor.as_ref()) {
        Some(successor) => format!(
            "nothing was charged; the service does not offer {model}; its successor is {successor}: choose it with \
             {option} or `seededit config set model {successor}`; {list} lists all"
        ),
        None => format!(
            "nothing was charged; the service does not offer the model {model}, or has no such path; choose another \
             model with {option} or `seededit config set model NAME`; {list} lists all"
        ),
    }
}

fn refusal_hint(
    refusal: &Refusal,
    request: RequestInfo<'_>,
    wait: Option<std::time::Duration>,
) -> (ErrorKind, String) {
    let again = request.audience.choose("then run the same command again", "then make the same call again");
    match refusal.kind() {
        RefusalKind::Unauthorized => (
            ErrorKind::Auth,
            "check the key: `seededit auth status` shows where it comes from, `seededit auth login` stores a new one"
                .into(),
        ),
        RefusalKind::OutOfCredit if refusal.status == 429 => (
            ErrorKind::Payment,
            format!("nothing was charged; the account has used up its quota: raise it in the service's console, {again}"),
        ),
        RefusalKind::OutOfCredit => {
            let service = request.models.service();
            let what = match (request.recipient, service.name.as_str()) {
                (Recipient::SandboxServer | Recipient::BuiltInSandbox, _) => {
                    let balance = request.audience.choose("--balance", "balance");
                    format!("start the sandbox again with a higher {balance}, or without the fault `no-credits`")
                }
                (_, ServiceName::DEFAULT) => "top up at https://aimlapi.com/app/billing".to_owned(),
                _ => format!("top up in the console of {}", service.in_text()),
            };
            (ErrorKind::Payment, format!("nothing was charged; {what}, {again}"))
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
            let check = request.audience.choose("with --dry-run", "with the plan, which `edit` without `accept_usd` answers");
            (ErrorKind::Rejected, format!("nothing was charged; check the request {check}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::BaseUrl;
    use crate::error::client_tests::{models_at, paid};
    use crate::settings::SpendingLimits;

    fn hint(service: &str, base_url: &str, doubt: &UnknownOutcome) -> String {
        let (audience, models) = (Audience::CommandLine, models_at(service, base_url));
        let base_url: BaseUrl = base_url.parse().unwrap();
        let recipient = Recipient::Service;
        let request = RequestInfo {
            model: "m",
            models: &models,
            base_url: &base_url,
            recipient,
            profile: None,
            audience,
            limits: SpendingLimits::default(),
        };
        unknown_hint(doubt, "j1", &paid(false), request)
    }

    const FOREIGN: UnknownOutcome = UnknownOutcome::NotFromService { status: 404, what: "text" };

    #[test]
    fn a_base_url_without_the_usual_path_is_named_with_the_better_one() {
        let hint = hint("ark", "http://127.0.0.1:8080", &FOREIGN);
        assert!(hint.contains("try --base-url http://127.0.0.1:8080/api/v3; "), "{hint}");
        assert!(
            hint.contains("`seededit recover --pay-again j1 --service ark --base-url http://127.0.0.1:8080`"),
            "{hint}"
        );
    }

    #[test]
    fn a_base_url_with_the_usual_path_is_not_doubted_for_it() {
        let with_path = hint("ark", "http://127.0.0.1:8080/api/v3", &FOREIGN);
        assert!(!with_path.contains("usual base URL") && with_path.contains("check base_url"), "{with_path}");
    }

    #[test]
    fn commands_name_another_service_and_no_default_one() {
        let doubt = UnknownOutcome::Truncated(7);
        let here = hint("aimlapi", "https://api.aimlapi.com", &doubt);
        assert!(here.contains("run `seededit recover` to ask"), "{here}");
        let openai = hint("openai", "https://api.openai.com/v1", &doubt);
        assert!(openai.contains("`seededit recover --pay-again j1 --service openai`"), "{openai}");
    }

    #[test]
    fn a_connection_cut_at_a_proxys_usual_time_limit_names_the_setting() {
        let cut = UnknownOutcome::Disconnected("reset".into());
        let page = UnknownOutcome::NotFromService { status: 504, what: "HTML" };
        for doubt in [&cut, &page] {
            for (seconds, limit) in
                [(15.0, 15), (15.4, 15), (60.1, 60), (62.4, 60), (100.0, 100), (102.4, 100)]
            {
                let hint = proxy_limit_hint(doubt, Duration::from_secs_f64(seconds));
                assert!(hint.starts_with(&format!("it ended after {limit} s, ")), "{seconds}: {hint}");
                assert!(hint.contains("proxy_read_timeout") && hint.contains("NO_PROXY"), "{hint}");
            }
            for seconds in [0.0, 14.9, 17.5, 30.0, 59.9, 62.5, 99.9, 102.5] {
                assert_eq!(proxy_limit_hint(doubt, Duration::from_secs_f64(seconds)), "", "{seconds}");
            }
        }
    }

    #[test]
    fn an_end_that_no_proxy_caused_names_no_limit_of_one() {
        let limit = Duration::from_secs(60);
        for doubt in [UnknownOutcome::TimedOut(limit), UnknownOutcome::Truncated(7)] {
            assert_eq!(proxy_limit_hint(&doubt, limit), "");
        }
    }
}

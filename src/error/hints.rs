//! The kind and the hint of each failure in the layers below.

use crate::api::{AccountError, DownloadError, Refusal, RefusalKind, UnknownOutcome};
use crate::cards::{ResolveError, Settlement};
use crate::config::{ConfigError, CredentialsError, KeySourceError};
use crate::edit::{
    OutputError, Paid, PlanError, RecoverError, ReferenceError, RerunError, RunError, SettleError,
    SourceError,
};
use crate::journal::JournalError;
use crate::money::format_usd;
use crate::picture::fit::{FitError, describe};
use crate::picture::restore::RestoreError;
use crate::picture::{DecodeError, Format, HeaderError};
use crate::settings::SettingsError;
use crate::suggest::closest;

use super::{ErrorKind, Failure, Recipient, RequestInfo};

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Failure {
        let hint = match &error {
            PlanError::Source(source) => source_hint(source),
            PlanError::Output(output) => output_hint(output),
        };
        // If the network is down, a link that cannot be fetched is not the user's mistake.
        let kind = match &error {
            PlanError::Source(SourceError::Fetch {
                source: DownloadError::Disconnected(_) | DownloadError::TimedOut,
                ..
            }) => ErrorKind::Unavailable,
            _ => ErrorKind::Input,
        };
        let failure = Failure::new(kind, error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// Returns the next action for a reference that cannot be used.
fn reference_hint(error: &ReferenceError) -> Option<String> {
    match error {
        ReferenceError::Source(SourceError::Read { .. }) => Some("check the path and its permissions".into()),
        ReferenceError::Source(source) => source_hint(source),
        ReferenceError::Changed(_) => Some("run it again with the new picture".into()),
    }
}

fn source_hint(error: &SourceError) -> Option<String> {
    let hint = match error {
        SourceError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            "check the path; the prompt is the last argument, or give it with -p"
        }
        SourceError::Read { .. } => "check the path and its permissions",
        SourceError::Directory(_) => "name a picture in it, or edit all its pictures with -R and -d DIR",
        SourceError::Empty(_) => "give the path of a picture",
        SourceError::Malformed { .. } => {
            "write it as a path, as https://host/picture.jpg, or as data:image/png;base64,…"
        }
        SourceError::Header { source: HeaderError::Unrecognized, .. } => {
            "use a JPEG, PNG, WebP, GIF, BMP or TIFF picture"
        }
        SourceError::Header { source: HeaderError::Unsupported(Format::Heic | Format::Avif), .. } => {
            "convert it first: `heif-convert in.heic out.jpg`, `magick in.heic out.jpg`, or on macOS \
             `sips -s format jpeg in.heic --out out.jpg`"
        }
        SourceError::Header { .. } | SourceError::Truncated(_) => "get a new copy of the file",
        SourceError::Fit { source, .. } => return Some(fit_hint(source)),
        SourceError::FetchedByService(_) => {
            "download it first with --fetch, or drop the options that change the picture"
        }
        SourceError::Area { source: RestoreError::Outside(_), .. } => {
            "a region counts from the top left corner of the picture as it is displayed; `seededit inspect` shows its size"
        }
        SourceError::Area { .. } => "make the mask the same size as the picture, or at least the same shape",
        SourceError::TooLarge(_) => "scale it down first; results have about one megapixel whatever you send",
        SourceError::Fetch { .. } => "check the link; without --fetch the service downloads it itself",
    };
    Some(hint.into())
}

fn fit_hint(error: &FitError) -> String {
    let hint = match error {
        FitError::Shape(_) => "extend it with --fit pad, or crop it first",
        FitError::Refused { changes, .. } => {
            return format!("without --no-fit it would be {}", describe(changes));
        }
        FitError::Outside { .. } => "choose a region that overlaps the picture",
        FitError::Decode(DecodeError::TooLarge(_) | DecodeError::TooLong(_)) => {
            "scale it down first; results have about one megapixel whatever you send"
        }
        FitError::Decode(DecodeError::UnsupportedKind { .. }) => "convert it to JPEG or PNG first",
        FitError::Decode(_) => "get a new copy of the file",
        FitError::Resize(_) | FitError::Encode(_) => "convert it to JPEG first",
    };
    hint.into()
}

fn output_hint(error: &OutputError) -> Option<String> {
    let hint = match error {
        OutputError::Exists(_) => {
            "choose another name, overwrite it with --force, or add a number to the name with --if-exists rename"
        }
        OutputError::NoDirectory(_) => "create it first, or choose another output with -o or -d",
        OutputError::NotADirectory(_) => "choose another output with -o or -d",
        OutputError::NotAFile(_) => "give a file name; to write to a pipe use -o -",
        OutputError::UnknownFormat(_) => {
            "end the name with .jpg, .png or .webp, or choose a format with --format"
        }
        OutputError::Contradiction { .. } => "drop --format, or change the name",
        OutputError::Size(_) => "write a PNG, which can be larger",
        OutputError::Opaque(_) => "write a PNG or WebP, or drop --alpha keep",
        OutputError::Quality(_) => "drop --quality, or write a JPEG",
        OutputError::NoFreeName(_) => "choose another output with -o",
        OutputError::TooLong { .. } => "choose a shorter output with -o, or a shorter pattern with --name",
        OutputError::Busy(_) => "wait until it is done, or choose another output with -o",
        OutputError::Io { .. } => "choose an output that you can write to with -o or -d",
    };
    Some(hint.into())
}

impl Failure {
    /// Creates the failure of an edit with a reference that cannot be used.
    pub fn reference(error: ReferenceError) -> Failure {
        let hint = reference_hint(&error);
        let failure = Failure::new(ErrorKind::Input, error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

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
            RunError::Untrusted(_) => (
                ErrorKind::Unavailable,
                Some(format!(
                    "nothing was charged; check base_url ({}), this machine's clock and its root certificates",
                    request.base_url
                )),
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
             look at its console; `seededit recover --pay-again JOB` runs it again ({})",
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

/// The last resort if the journal cannot be used. It has a price.
const OTHER_DIRECTORY: &str = "choose another directory with SEEDEDIT_DATA_DIR; a new journal does not know what was \
                               paid for, so batches and --reuse pay again";

fn journal_hint(error: &JournalError) -> String {
    match error {
        JournalError::Io { .. } => {
            format!("check the directory's permissions, or {OTHER_DIRECTORY}")
        }
        JournalError::Busy { .. } => "nothing was sent; wait until it is done, then run this again".into(),
        JournalError::Newer { .. } => {
            format!("use the newer seededit, or {OTHER_DIRECTORY}")
        }
        JournalError::Corrupt { path, .. } => format!(
            "the file was not changed: restore it from a backup, or move it and {}-wal away; its unfinished jobs can \
             then only be found in the service's usage log",
            path.display()
        ),
        JournalError::Full(_) => {
            format!("nothing was sent; free space, or {OTHER_DIRECTORY}")
        }
        error if error.is_about_an_entry() => {
            "an entry cannot be read, and its job may have been paid for: restore the journal from a backup; another \
             journal would not know what was paid for"
                .into()
        }
        JournalError::Database { .. } => "check the disk it is on".into(),
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Failure {
        let hint = journal_hint(&error);
        Failure::new(ErrorKind::Input, error).hint(hint)
    }
}

impl From<RecoverError> for Failure {
    fn from(error: RecoverError) -> Failure {
        match error {
            RecoverError::Journal(error) => error.into(),
            RecoverError::Entry(error) => error.into(),
            RecoverError::JobLock(_) => Failure::new(ErrorKind::Input, error)
                .hint("check the data directory's permissions and its free space"),
        }
    }
}

impl From<RerunError> for Failure {
    fn from(error: RerunError) -> Failure {
        match error {
            RerunError::Source(error) => PlanError::from(error).into(),
            RerunError::Output(error) => PlanError::from(error).into(),
            RerunError::StepNotSaved { ref step, is_unfinished: true, .. } => {
                let hint =
                    format!("`seededit recover {step}` saves that result if it can; then run this again");
                Failure::new(ErrorKind::Input, error).hint(hint)
            }
            RerunError::StepFile { .. } => Failure::new(ErrorKind::Input, error)
                .hint("nothing was sent; restore that file, or run `seededit edit` with another picture"),
            RerunError::NotKept(_)
            | RerunError::StepForgotten { .. }
            | RerunError::StepNotSaved { .. }
            | RerunError::Changed { .. }
            | RerunError::Entry { .. } => Failure::new(ErrorKind::Input, error)
                .hint("run `seededit edit` with the picture, and with --seed to get the same result"),
        }
    }
}

impl From<SettleError> for Failure {
    fn from(error: SettleError) -> Failure {
        match error {
            SettleError::Journal(error) => error.into(),
            SettleError::Account(error) => {
                let no_log = matches!(&error, AccountError::Refused(refusal) if refusal.status == 404)
                    || matches!(&error, AccountError::NotFromService(404));
                let failure = Failure::from(error);
                if no_log {
                    let cause =
                        failure.cause.context("this service has no usage log, so the outcome stays unknown");
                    Failure { kind: ErrorKind::Rejected, cause, ..failure }
                        .hint("ask the service's support, and give the request ids that `seededit history show JOB` prints")
                } else {
                    let cause = failure.cause.context("the usage log could not be read");
                    Failure { cause, ..failure }
                        .hint("nothing was changed; run `seededit recover` again later")
                }
            }
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Failure {
        let hint = match &error {
            ConfigError::Line { .. } => "fix that line",
            ConfigError::Syntax { .. } => {
                "fix that line: NAME = VALUE, with text in quotes, like color = \"never\""
            }
            ConfigError::UnknownSetting { .. } => {
                "fix that line; `seededit config set --help` lists all settings"
            }
            ConfigError::Value { .. } => "run `seededit config list` to see every setting and its value",
            ConfigError::Read { .. } | ConfigError::Write { .. } => {
                "check its permissions, or choose another directory with SEEDEDIT_CONFIG_DIR"
            }
        };
        Failure::new(ErrorKind::Input, error).hint(hint)
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Failure {
        let error = match error {
            SettingsError::Service(error) => return error.into(),
            error => error,
        };
        let hint = match &error {
            // Returned above.
            SettingsError::Service(_) => "choose another service with --service".into(),
            SettingsError::Variable { variable, .. } => format!("fix or unset {variable}"),
            SettingsError::Card { .. } => "fix its base_url".into(),
            SettingsError::NoProfile { known, .. } if known.is_empty() => {
                "create one with `seededit config set --profile NAME SETTING VALUE`".into()
            }
            SettingsError::NoProfile { name, known, .. } => {
                match closest(name, known.iter().map(String::as_str)) {
                    Some(profile) => format!("did you mean `{profile}`?"),
                    None => format!("the file has these profiles: {}", known.join(", ")),
                }
            }
        };
        Failure::new(ErrorKind::Input, error).hint(hint)
    }
}

impl From<ResolveError> for Failure {
    fn from(error: ResolveError) -> Failure {
        let hint = match &error {
            ResolveError::NoService { suggestion: Some(name), .. } => format!("did you mean `{name}`?"),
            ResolveError::NoService { known, .. } => format!("the services are {}", known.join(", ")),
            ResolveError::NoModel { elsewhere, .. } if !elsewhere.is_empty() => {
                format!("it is a model of {}; choose it with --service", elsewhere.join(" and of "))
            }
            ResolveError::NoModel { suggestion: Some(name), .. } => format!("did you mean `{name}`?"),
            ResolveError::NoModel { service, .. } => {
                format!("`seededit models --service {service}` lists them")
            }
            ResolveError::Ambiguous { .. } => "name one of them".into(),
            ResolveError::Card(_) => "fix the file, or remove it".into(),
        };
        Failure::new(ErrorKind::Input, error).hint(hint)
    }
}

impl From<CredentialsError> for Failure {
    fn from(error: CredentialsError) -> Failure {
        let hint = match &error {
            CredentialsError::Io { .. } => {
                "check its permissions, or choose another directory with SEEDEDIT_CONFIG_DIR"
            }
            CredentialsError::Malformed(_) | CredentialsError::Key { .. } => {
                "remove it and store the key again with `seededit auth login`"
            }
        };
        Failure::new(ErrorKind::Input, error).hint(hint)
    }
}

impl From<KeySourceError> for Failure {
    fn from(error: KeySourceError) -> Failure {
        match error {
            KeySourceError::Credentials(error) => error.into(),
            KeySourceError::Variable { ref name, .. } => {
                let hint = format!("set {name} to the key, or unset it");
                Failure::new(ErrorKind::Auth, error).hint(hint)
            }
            KeySourceError::Command { .. } => Failure::new(ErrorKind::Auth, error)
                .hint("run the command yourself to see why, or change it with `seededit config set api_key_command`"),
        }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Failure {
        let (kind, hint) = match &error {
            AccountError::Refused(refusal) if matches!(refusal.status, 401 | 403) => {
                (ErrorKind::Auth, "check the key, or store it without a check with --no-verify")
            }
            AccountError::Refused(Refusal { status, .. }) | AccountError::NotFromService(status)
                if *status == 429 || *status >= 500 =>
            {
                (ErrorKind::Unavailable, "try again later, or store the key without a check with --no-verify")
            }
            AccountError::Refused(_) | AccountError::NotFromService(_) => (
                ErrorKind::Rejected,
                "base_url is wrong, or this service cannot check keys; store the key without a check with --no-verify",
            ),
            AccountError::Unreachable(_) => (
                ErrorKind::Unavailable,
                "check the network and base_url, or store the key without a check with --no-verify",
            ),
        };
        let (http_status, request_id) = match &error {
            AccountError::Refused(refusal) => (Some(refusal.status), refusal.request_id.clone()),
            AccountError::NotFromService(status) => (Some(*status), None),
            AccountError::Unreachable(_) => (None, None),
        };
        Failure { http_status, request_id, ..Failure::new(kind, error).hint(hint) }
    }
}

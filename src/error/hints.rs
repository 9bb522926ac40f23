//! For each failure of the layers below: its kind, and what a person should do next.

use crate::api::{AccountError, DownloadError, Refusal, UnknownOutcome, dollars};
use crate::config::{ConfigError, CredentialsError, KeySourceError};
use crate::edit::{
    AgainError, OutputError, Paid, PlanError, RecoverError, RunError, SettleError, SourceError,
};
use crate::journal::JournalError;
use crate::picture::fit::{FitError, told};
use crate::picture::restore::RestoreError;
use crate::picture::{DecodeError, Format, HeaderError};
use crate::settings::SettingsError;
use crate::suggest::closest;

use super::{ErrorKind, Failure, RequestInfo};

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Failure {
        let hint = match &error {
            PlanError::Source(source) => source_hint(source),
            PlanError::Output(output) => output_hint(output),
        };
        // A link that cannot be fetched is not the user's mistake when the network is down.
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

fn source_hint(error: &SourceError) -> Option<String> {
    let hint = match error {
        SourceError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            "check the path; a prompt is the last argument, or goes with -p"
        }
        SourceError::Read { .. } => "check the path and its permissions",
        SourceError::Directory(_) => "name a picture in it, or take all of them with -R and -d DIR",
        SourceError::Empty(_) => "name a picture",
        SourceError::Malformed { .. } => {
            "write it as https://host/picture.jpg, data:image/png;base64,… or a path"
        }
        SourceError::Header { source: HeaderError::Unrecognised, .. } => {
            "JPEG, PNG, WebP, GIF, BMP and TIFF pictures are read"
        }
        SourceError::Header { source: HeaderError::Unsupported(Format::Heic | Format::Avif), .. } => {
            "convert it first: `heif-convert in.heic out.jpg`, `magick in.heic out.jpg`, or on macOS \
             `sips -s format jpeg in.heic --out out.jpg`"
        }
        SourceError::Header { .. } | SourceError::Cut(_) => "the file is damaged; get it again",
        SourceError::Fit { source, .. } => return Some(fit_hint(source)),
        SourceError::NotHere(_) => {
            "with --fetch it is downloaded here first; else leave out what is to be done to it"
        }
        SourceError::Area { source: RestoreError::Beside(_), .. } => {
            "the region counts from the upper left corner of the picture as it is shown; `inspect` tells its size"
        }
        SourceError::Area { .. } => "make the mask in the picture's size, or in its proportions",
        SourceError::TooLarge(_) => {
            "scale it down first: the service answers with about one megapixel whatever it is given"
        }
        SourceError::Fetch { .. } => "check the link; without --fetch it is handed to the service as it is",
    };
    Some(hint.into())
}

fn fit_hint(error: &FitError) -> String {
    let hint = match error {
        FitError::Shape(_) => "--fit pad extends it; else crop it first",
        FitError::Refused { would, .. } => {
            return format!("without --no-fit it would be {}", told(would));
        }
        FitError::Beside { .. } => "name a part that shows some of the picture",
        FitError::Decode(DecodeError::TooLarge(_) | DecodeError::TooLong(_)) => {
            "scale it down first: the service answers with about one megapixel whatever it is given"
        }
        FitError::Decode(DecodeError::Unknown { .. }) => "convert it to JPEG or PNG first",
        FitError::Decode(_) => "the file is damaged; get it again",
        FitError::Resize(_) | FitError::Encode(_) => "convert it to JPEG first",
    };
    hint.into()
}

fn output_hint(error: &OutputError) -> Option<String> {
    let hint = match error {
        OutputError::Exists(_) => "choose another name, or say --force, or --if-exists rename",
        OutputError::NoDirectory(_) => "make it first, or name another with -o",
        OutputError::NotAFile(_) => "name a file; for a pipe use -o -",
        OutputError::UnknownFormat(_) => "end the name with .jpg, .png or .webp, or say --format",
        OutputError::Contradiction { .. } => "drop --format, or change the name",
        OutputError::Size(_) => "write a PNG, which can be larger",
        OutputError::Opaque(_) => "write a PNG or WebP, or drop --alpha keep",
        OutputError::Quality(_) => "drop --quality, or write a JPEG",
        OutputError::NoFreeName(_) => "name another output with -o",
        OutputError::TooLong { .. } => "name a shorter output with -o, or make shorter names with --name",
        OutputError::Busy(_) => "wait for it, or name another output with -o",
        OutputError::Io { .. } => "name an output that can be written with -o",
    };
    Some(hint.into())
}

impl Failure {
    /// The report of an edit that brought no result.
    pub fn from_run(error: RunError, asked: RequestInfo<'_>) -> Failure {
        let charged = error.charged();
        let paid = error.paid().cloned();
        let (kind, hint) = match &error {
            RunError::Interrupted(signal) => (ErrorKind::Interrupted(*signal), None),
            RunError::CalledOff => (ErrorKind::Unavailable, None),
            RunError::Output(error) => (ErrorKind::Input, output_hint(error)),
            RunError::Journal(error) => (ErrorKind::Input, Some(journal_hint(error))),
            RunError::JobTaken(_) => (ErrorKind::Input, Some("wait for the other process to end".into())),
            RunError::NoRoom(_) => (
                ErrorKind::Input,
                Some("nothing was sent; make room in the data directory, or name another with SEEDEDIT_DATA_DIR".into()),
            ),
            RunError::Unreachable { .. } => (
                ErrorKind::Unavailable,
                Some(format!(
                    "nothing was charged; check the network, a proxy, or base_url ({})",
                    asked.base_url
                )),
            ),
            RunError::Untrusted(_) => (
                ErrorKind::Unavailable,
                Some(format!(
                    "nothing was charged; check base_url ({}), this machine's clock and its root certificates",
                    asked.base_url
                )),
            ),
            RunError::Refused { refusal, asked: wait, .. } => {
                let (kind, hint) = refusal_hint(refusal, asked, *wait);
                (kind, Some(hint))
            }
            RunError::Unknown { doubt, paid } => (ErrorKind::Unknown, Some(unknown_hint(doubt, paid, asked))),
            RunError::Lost { paid, .. } | RunError::NotKept { paid, .. } => (
                ErrorKind::Lost,
                Some(format!(
                    "ask the service's support for it or for the money, naming {}",
                    call_name(paid)
                )),
            ),
            RunError::NotDownloaded { paid, .. } | RunError::NotSaved { paid, .. } => (
                ErrorKind::Undelivered,
                Some(format!(
                    "`seededit recover` fetches it, with --to DIR to another place; the call was {}",
                    call_name(paid)
                )),
            ),
        };
        let (http_status, request_id) = match &error {
            RunError::Refused { refusal, .. } => (Some(refusal.status), refusal.request_id.clone()),
            _ => (paid.as_ref().and_then(|paid| paid.status), None),
        };
        Failure { kind, cause: error.into(), hint, charged, http_status, request_id, paid }
    }
}

/// The ids and the price of a call, as much as is known.
fn call_name(paid: &Paid) -> String {
    let mut parts = Vec::new();
    if let Some(id) = &paid.inference_id {
        parts.push(format!("inference id {id}"));
    }
    parts.push(format!("request id {}", paid.client_request_id));
    if let Some(price) = paid.price {
        parts.push(format!("price {}", dollars(price.usd)));
    }
    parts.join(", ")
}

fn unknown_hint(doubt: &UnknownOutcome, paid: &Paid, asked: RequestInfo<'_>) -> String {
    let next = match doubt {
        UnknownOutcome::NotFromService { .. } | UnknownOutcome::Redirected(_) => {
            format!("if {} is not the service, nothing was spent: check base_url; else ", asked.base_url)
        }
        _ => String::new(),
    };
    format!(
        "it may have been charged, so it is not sent again by itself; {next}`seededit recover` asks the service \
         what became of it ({})",
        call_name(paid)
    )
}

fn refusal_hint(
    refusal: &Refusal,
    asked: RequestInfo<'_>,
    wait: Option<std::time::Duration>,
) -> (ErrorKind, String) {
    match refusal.status {
        401 => (ErrorKind::Auth, "check the key: `seededit auth status` says where it comes from, `seededit auth login` stores a new one".into()),
        402 | 403 if refusal.is_out_of_credit() => {
            (ErrorKind::Payment, "top up at https://aimlapi.com/app/billing, then run it again".into())
        }
        402 | 403 => (
            ErrorKind::Payment,
            "the key may not do this, or has reached its limit: check it in the service's console".into(),
        ),
        404 => (
            ErrorKind::Rejected,
            format!(
                "the service no longer serves the model {} or has no such path; set another with --model or \
                 `seededit config set model NAME`, or another service with `seededit config set base_url URL`",
                asked.model
            ),
        ),
        429 => (
            ErrorKind::Unavailable,
            match wait {
                Some(wait) => format!("nothing was charged; the service asks to come back in {} s", wait.as_secs()),
                None => "nothing was charged; try again later".into(),
            },
        ),
        500..=599 => (ErrorKind::Unavailable, "nothing was charged; try again later".into()),
        _ => (ErrorKind::Rejected, "nothing was charged; --dry-run shows the request as it was sent".into()),
    }
}

fn journal_hint(error: &JournalError) -> String {
    match error {
        JournalError::Io { .. } => {
            "check the directory's permissions, or name another with SEEDEDIT_DATA_DIR".to_owned()
        }
        JournalError::Busy { .. } => "nothing was sent; wait for it to end, then run this again".into(),
        JournalError::Newer { .. } => {
            "use the newer seededit, or another directory with SEEDEDIT_DATA_DIR".into()
        }
        JournalError::Corrupt { path, .. } => format!(
            "it is left as it is: restore it from a backup, or move it and {}-wal away; what is unfinished in it can \
             then only be found in the service's usage log",
            path.display()
        ),
        JournalError::Full(_) => {
            "nothing was sent; make room, or name another directory with SEEDEDIT_DATA_DIR".into()
        }
        JournalError::Database { .. } => {
            "see to the disk that it is on, or name another directory with SEEDEDIT_DATA_DIR".into()
        }
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
            RecoverError::Claim(_) => Failure::new(ErrorKind::Input, error)
                .hint("check the data directory's permissions and its room"),
        }
    }
}

impl From<AgainError> for Failure {
    fn from(error: AgainError) -> Failure {
        match error {
            AgainError::Source(error) => PlanError::from(error).into(),
            AgainError::Output(error) => PlanError::from(error).into(),
            AgainError::NotKept(_)
            | AgainError::HandedOn(_)
            | AgainError::Changed { .. }
            | AgainError::Entry { .. } => Failure::new(ErrorKind::Input, error)
                .hint("run `seededit edit` with the picture, and --seed for the same result"),
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
                        failure.cause.context("this service has no usage log, so what is unknown stays so");
                    Failure { kind: ErrorKind::Rejected, cause, ..failure }
                        .hint("ask the service's support, naming the request ids that `seededit history show JOB` gives")
                } else {
                    let cause = failure.cause.context("the usage log could not be asked");
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
            ConfigError::UnknownSetting { .. } => {
                "fix that line; `seededit config set --help` lists all settings"
            }
            ConfigError::Value { .. } => "`seededit config list` shows every setting and its value",
            ConfigError::Read { .. } | ConfigError::Write { .. } => {
                "check its permissions, or name another directory with SEEDEDIT_CONFIG_DIR"
            }
        };
        Failure::new(ErrorKind::Input, error).hint(hint)
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Failure {
        let hint = match &error {
            SettingsError::Variable { variable, .. } => format!("correct or unset {variable}"),
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

impl From<CredentialsError> for Failure {
    fn from(error: CredentialsError) -> Failure {
        let hint = match &error {
            CredentialsError::Io { .. } => {
                "check its permissions, or name another directory with SEEDEDIT_CONFIG_DIR"
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
            KeySourceError::Stored(error) => error.into(),
            KeySourceError::Variable { name, .. } => {
                Failure::new(ErrorKind::Auth, error).hint(format!("set {name} to the key, or unset it"))
            }
            KeySourceError::Command { .. } => Failure::new(ErrorKind::Auth, error)
                .hint("run the command by hand, or change it with `seededit config set api_key_command`"),
        }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Failure {
        let (kind, hint) = match &error {
            AccountError::Refused(refusal) if matches!(refusal.status, 401 | 403) => {
                (ErrorKind::Auth, "check the key; --no-verify stores it unchecked")
            }
            AccountError::Refused(refusal) if refusal.status == 429 || refusal.status >= 500 => {
                (ErrorKind::Unavailable, "try again later; --no-verify stores the key unchecked")
            }
            AccountError::Refused(_) | AccountError::NotFromService(_) => (
                ErrorKind::Rejected,
                "this service has no balance call, or base_url is wrong; --no-verify stores the key unchecked",
            ),
            AccountError::Unreachable(_) => (
                ErrorKind::Unavailable,
                "check the network and base_url; --no-verify stores the key unchecked",
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

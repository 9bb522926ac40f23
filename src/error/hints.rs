//! The kind and the hint of each failure before a call. Those of calls and of the journal have files of their own.

use crate::api::{AccountError, DownloadError, Refusal};
use crate::cards::ResolveError;
use crate::config::{ConfigError, CredentialsError, KeySourceError, Setting};
use crate::edit::{OutputError, PlanError, ReferenceError, SourceError};
use crate::files::InTheWay;
use crate::picture::fit::{FitError, describe};
use crate::picture::restore::RestoreError;
use crate::picture::{DecodeError, Encoding, Format, HeaderError};
use crate::settings::SettingsError;
use crate::suggest::{closest, did_you_mean_any};

use super::call_hints::remove_hint;
use super::{Audience, ErrorKind, Failure, Hint};

/// For `-`, where it is a file of this name.
pub(super) const NOT_STDIN: &str = "name a file: only the picture to edit can come from standard input";

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
pub(super) fn reference_hint(error: &ReferenceError) -> Option<Hint> {
    match error {
        ReferenceError::Source(SourceError::Read { name, .. }) if name == "-" => Some(NOT_STDIN.into()),
        ReferenceError::Source(SourceError::Read { name, .. }) if name.contains([',', ';', '|']) => {
            Some("check the path; in a table, several references are a list: [\"a.jpg\", \"b.jpg\"]".into())
        }
        ReferenceError::Source(SourceError::Read { .. }) => Some("check the path and its permissions".into()),
        ReferenceError::Source(source) => source_hint(source),
        ReferenceError::Changed(_) => Some("run it again with the new picture".into()),
    }
}

fn source_hint(error: &SourceError) -> Option<Hint> {
    let hint = match error {
        SourceError::Read { name, source } if source.kind() == std::io::ErrorKind::NotFound => {
            if name.contains(['*', '?']) {
                return Some("no file fits the pattern".into());
            }
            return Some(Hint::each(
                "check the path; the prompt is the last argument, or give it with -p",
                "check the path",
            ));
        }
        SourceError::Read { .. } => "check the path and its permissions",
        SourceError::Directory(_) => {
            return Some(Hint::each(
                "name a picture in it, or edit all its pictures with -R and -d DIR",
                "name a picture in it",
            ));
        }
        SourceError::Empty(_) => "give the path of a picture",
        SourceError::Malformed { .. } => {
            "write it as a path, as https://host/picture.jpg, or as data:image/png;base64,…"
        }
        SourceError::Header { source: HeaderError::Unrecognized | HeaderError::NotAPicture(_), .. } => {
            return Some(format!("use a {} picture", Format::list_decodable()).into());
        }
        SourceError::Header { source: HeaderError::OtherFormat(_), .. } => {
            let formats = Format::list_decodable();
            return Some(format!("convert it to {formats} first, for example with ImageMagick").into());
        }
        SourceError::Header { source: HeaderError::Raw, .. } => {
            "develop it first, for example with darktable or RawTherapee, and edit the JPEG or TIFF that it writes"
        }
        SourceError::Header { source: HeaderError::Unsupported(format), .. } => match format {
            Format::Heic => {
                "convert it first: `heif-convert in.heic out.jpg`, `magick in.heic out.jpg`, or on macOS \
                 `sips -s format jpeg in.heic --out out.jpg`"
            }
            Format::Avif => "convert it first: `avifdec in.avif out.png`, or `magick in.avif out.png`",
            Format::Jxl => "convert it first: `djxl in.jxl out.png`, or `magick in.jxl out.png`",
            _ => "convert it to JPEG or PNG first",
        },
        SourceError::Header { .. } | SourceError::Truncated(_) => "get a new copy of the file",
        SourceError::Fit { source, .. } => return Some(fit_hint(source)),
        SourceError::FetchedByService(_) => {
            return Some(Hint::each(
                "download it first with --fetch, or drop the options that change the picture",
                "download it first",
            ));
        }
        SourceError::Area { source: RestoreError::Outside(_), .. } => {
            return Some(Hint::with(|audience| {
                let inspect =
                    audience.choose("`seededit inspect --region`", "the tool `inspect` with `region`");
                format!(
                    "a region counts from the top left corner of the picture as it is displayed; {inspect} shows it in pixels"
                )
            }));
        }
        SourceError::Area { .. } => "make the mask the same size as the picture, or at least the same shape",
        SourceError::TooLarge(_) => "scale it down first; results have about one megapixel whatever you send",
        SourceError::Fetch { .. } => {
            return Some(Hint::each(
                "check the link; without --fetch the service downloads it itself",
                "check the link",
            ));
        }
    };
    Some(hint.into())
}

fn fit_hint(error: &FitError) -> Hint {
    let hint = match error {
        FitError::Shape(_) => {
            return Hint::each(
                "extend it with --fit pad, or crop it first",
                "crop it first; the user can also extend it, with `seededit edit --fit pad`",
            );
        }
        FitError::Refused { changes, .. } => {
            let changes = describe(changes);
            return Hint::each(
                format!("without --no-fit it would be {changes}"),
                format!("it would have to be {changes}"),
            );
        }
        FitError::Outside { .. } => "choose a region that overlaps the picture",
        FitError::Decode(DecodeError::TooLarge(_) | DecodeError::TooLong(_)) => {
            "scale it down first; results have about one megapixel whatever you send"
        }
        FitError::Decode(
            DecodeError::UnsupportedKind { .. } | DecodeError::Panicked(_) | DecodeError::TooSlow { .. },
        ) => "convert it to JPEG or PNG first",
        FitError::Decode(DecodeError::NoSuchPage { .. }) => {
            return Hint::each("choose one with --page, from 1", "name another picture");
        }
        FitError::Decode(DecodeError::Busy { .. }) => {
            "leave out the pictures that take too long, or convert them to JPEG or PNG first"
        }
        FitError::Decode(DecodeError::NotStarted(_)) => {
            return Hint::each("end other programs, or lower -j", "make fewer calls at the same time");
        }
        FitError::Decode(_) => "get a new copy of the file",
        FitError::Resize(_) | FitError::Encode(_) => "convert it to JPEG first",
    };
    hint.into()
}

pub(super) fn output_hint(error: &OutputError) -> Option<Hint> {
    if let Some(path) = InTheWay::find(error) {
        return Some(Hint::with(|audience| {
            let other = audience.choose("output with -o or -d", "`output`");
            format!("{}, or choose another {other}", remove_hint(path, audience))
        }));
    }
    let (command_line, client) = match error {
        OutputError::Exists(_) => (
            "choose another name, overwrite it with --force, or add a number to the name with --if-exists rename",
            "choose another name, or replace the file with `overwrite`",
        ),
        OutputError::Column(_) => {
            return Some("fill in the column, or choose another name with --name".into());
        }
        OutputError::NoDirectory(_) => (
            "create it first, or choose another output with -o or -d",
            "create it first, or choose another `output`",
        ),
        OutputError::NotADirectory(_) => ("choose another output with -o or -d", "choose another `output`"),
        OutputError::NotAFile(_) => {
            ("give a file name; to write to a pipe use -o -", "give the name of a file as `output`")
        }
        OutputError::UnknownFormat(path) if Format::of_name(path).is_some() => {
            return Some("end the name with .jpg, .png or .webp".into());
        }
        OutputError::UnknownFormat(_) => (
            "end the name with .jpg, .png or .webp, or choose a format with --format",
            "end the name with .jpg, .png or .webp, or choose a `format`",
        ),
        OutputError::Contradiction { named, .. } if Encoding::for_format(*named).is_none() => {
            return Some("end the name with .jpg, .png or .webp".into());
        }
        OutputError::Contradiction { .. } => {
            ("drop --format, or change the name", "leave out `format`, or change the name")
        }
        OutputError::Size(_) => return Some("write a PNG, which can be larger".into()),
        OutputError::Opaque(_) => ("write a PNG or WebP, or drop --alpha keep", "write a PNG or WebP"),
        OutputError::Quality(_) => ("drop --quality, or write a JPEG", "write a JPEG"),
        OutputError::NoFreeName(_) => ("choose another output with -o", "choose another `output`"),
        OutputError::TooLong { .. } => {
            ("choose a shorter output with -o, or a shorter pattern with --name", "choose a shorter `output`")
        }
        OutputError::Busy(_) => (
            "wait until it is done, or choose another output with -o",
            "wait until it is done, or choose another `output`",
        ),
        OutputError::Io { source, .. } | OutputError::Directory { source, .. }
            if source.kind() == std::io::ErrorKind::StorageFull =>
        {
            (
                "free some disk space, or choose an output on another disk with -o or -d",
                "free some disk space, or choose an `output` on another disk",
            )
        }
        OutputError::Io { .. } | OutputError::Directory { .. } => (
            "choose an output that you can write to with -o or -d",
            "choose an `output` that the server can write to",
        ),
    };
    Some(Hint::each(command_line, client))
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
}

/// Returns a value that a setting accepts; `None` if it depends on the user's files or account.
fn example(setting: Setting) -> Option<&'static str> {
    match setting {
        Setting::Service => Some("fal"),
        Setting::BaseUrl => Some("https://api.aimlapi.com"),
        Setting::Path => Some("/v1/images/generations"),
        Setting::Successor => Some("off"),
        Setting::Timeout => Some("10m"),
        Setting::ConnectTimeout => Some("30s"),
        Setting::Retries => Some("5"),
        Setting::ResponseFormat => Some("b64_json"),
        Setting::Watermark => Some("true"),
        Setting::GuidanceScale => Some("5.5"),
        Setting::IfExists => Some("rename"),
        Setting::Metadata => Some("safe"),
        Setting::RegionContext => Some("25%"),
        Setting::AnswerStore => Some("500 MB"),
        Setting::MaxCost => Some("2.50"),
        Setting::MaxCostPerDay => Some("10"),
        Setting::ConfirmAbove => Some("1"),
        Setting::Color => Some("never"),
        Setting::ApiKeyCommand => Some("pass show aimlapi"),
        // No service has all models.
        Setting::Model | Setting::Profile => None,
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
            ConfigError::Value { setting, .. } => {
                let hint = match example(*setting) {
                    None if *setting == Setting::Model => "`seededit models` lists all models".into(),
                    Some(value) => format!("for example: `seededit config set {setting} {value}`"),
                    None => "`seededit config set --help` describes every setting".into(),
                };
                return Failure::new(ErrorKind::Input, error).hint(hint);
            }
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

/// Returns where a model is, or which one may be meant; an empty text if neither is known.
fn no_model_hint(error: &ResolveError) -> Hint {
    match error {
        ResolveError::NoModel { elsewhere, .. } if !elsewhere.is_empty() => {
            let flags: Vec<String> = elsewhere.iter().map(|name| format!("--service {name}")).collect();
            let commands: Vec<String> = flags.iter().map(|flag| format!("`seededit mcp {flag}`")).collect();
            Hint::each(
                format!("another service has it: choose it with {}", flags.join(" or ")),
                format!("another service has it: the user can start the server as {}", commands.join(" or ")),
            )
        }
        ResolveError::NoModel { suggestions, service, .. } if suggestions.is_empty() => Hint::each(
            format!("`seededit models --service {service}` lists them"),
            format!("{} lists them", Audience::Client.command("models")),
        ),
        ResolveError::NoModel { suggestions, .. } => did_you_mean_any(suggestions).into(),
        _ => "".into(),
    }
}

impl From<ResolveError> for Failure {
    fn from(error: ResolveError) -> Failure {
        let hint = match &error {
            ResolveError::NoService { suggestion: Some(name), .. } => {
                format!("did you mean `{name}`?").into()
            }
            ResolveError::NoService { known, .. } => format!("the services are {}", known.join(", ")).into(),
            ResolveError::NoModel { .. } => no_model_hint(&error),
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
    /// A free question about an account or a service that was not answered. What depends on the command is added by it.
    fn from(error: AccountError) -> Failure {
        let (kind, hint) = match &error {
            AccountError::Refused(refusal) if matches!(refusal.status, 401 | 403) => (
                ErrorKind::Auth,
                "check the key: `seededit auth status` shows where it comes from, `seededit auth login` stores a new one",
            ),
            AccountError::Refused(Refusal { status, .. }) | AccountError::NotFromService(status)
                if *status == 429 || *status >= 500 =>
            {
                (ErrorKind::Unavailable, "nothing was charged; try again later")
            }
            AccountError::Refused(_) | AccountError::NotFromService(_) => {
                (ErrorKind::Rejected, "base_url is wrong, or this service does not answer this question")
            }
            AccountError::Unreachable(_) => {
                (ErrorKind::Unavailable, "check the network, the proxy and base_url")
            }
        };
        let (http_status, request_id) = match &error {
            AccountError::Refused(refusal) => (Some(refusal.status), refusal.request_id.clone()),
            AccountError::NotFromService(status) => (Some(*status), None),
            AccountError::Unreachable(_) => (None, None),
        };
        Failure { http_status, request_id, ..Failure::new(kind, error).hint(hint) }
    }
}

impl Failure {
    /// Creates the failure of `auth login` whose key could not be checked. It was not stored.
    pub fn key_check(error: AccountError) -> Failure {
        let failure = Failure::from(error);
        let hint = match failure.kind {
            ErrorKind::Auth => "check the key, or store it without a check with --no-verify",
            ErrorKind::Rejected => {
                "base_url is wrong, or this service cannot check keys; store the key without a check with --no-verify"
            }
            _ if failure.http_status.is_some() => {
                "try again later, or store the key without a check with --no-verify"
            }
            _ => "check the network and base_url, or store the key without a check with --no-verify",
        };
        failure.hint(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RawValue;

    fn text(failure: &Failure) -> String {
        failure.hint_for(Audience::CommandLine).unwrap().to_owned()
    }

    #[test]
    fn the_example_of_each_setting_is_accepted() {
        for setting in Setting::ALL {
            let Some(value) = example(setting) else { continue };
            let raw = match setting {
                Setting::ApiKeyCommand => RawValue::List(value.split(' ').map(str::to_owned).collect()),
                _ => RawValue::Text(value.into()),
            };
            assert_eq!(setting.check(&raw), Ok(()), "{setting} = {value}");
        }
    }

    #[test]
    fn only_the_login_suggests_to_store_a_key_without_a_check() {
        let failures = || [403, 404, 429, 500].map(AccountError::NotFromService);
        for error in failures() {
            assert!(!text(&Failure::from(error)).contains("--no-verify"));
        }
        for error in failures() {
            assert!(text(&Failure::key_check(error)).contains("--no-verify"));
        }
    }

    #[test]
    fn a_model_of_another_service_is_found_by_the_suggested_flag() {
        let models = crate::cards::Models::built_in("aimlapi").unwrap();
        let hint = |name: &str| text(&Failure::from(models.find(name).unwrap_err()));
        assert_eq!(hint("sd-server"), "another service has it: choose it with --service local");
        assert_eq!(
            hint("kontext"),
            "did you mean `flux/kontext-max/image-to-image` or `flux/kontext-pro/image-to-image`?"
        );
        assert_eq!(hint("zzz"), "`seededit models --service aimlapi` lists them");
    }
}

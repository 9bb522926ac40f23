//! Messages for clients of `mcp` name nothing that they cannot do.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::api::{BaseUrl, DownloadError, Refusal, UnknownOutcome};
use crate::batch::TaskError;
use crate::cards::{Catalog, Models};
use crate::edit::{MaskError, OutputError, RunError};
use crate::picture::Format;
use crate::picture::restore::MaskFault;

/// The first word of a text that names a flag. Quoted commands are for the user.
fn flag(text: &str) -> Option<&str> {
    let words = text
        .split('`')
        .filter(|part| !part.starts_with("seededit ") && !part.starts_with("ulimit "))
        .flat_map(str::split_whitespace);
    let mut words = words.map(|word| word.trim_matches(|c: char| "(,;:)".contains(c)));
    words.find(|word| {
        word.strip_prefix('-')
            .is_some_and(|name| name.starts_with(|c: char| "-".contains(c) || c.is_alphabetic()))
    })
}

#[track_caller]
fn ensure_for_client(failure: &Failure) {
    let hint = failure.hint_for(Audience::Client).expect("a hint");
    assert_eq!(flag(hint), None, "{hint}");
    assert_eq!(flag(&failure.message()), None, "{}", failure.message());
}

/// The models of a service, which is reached at this URL.
pub(super) fn models_at(service: &str, base_url: &str) -> Models {
    let catalog = Catalog::built_in();
    let card = catalog.service(service).unwrap();
    let is_elsewhere = card.base_url != base_url;
    Models::new(catalog, card, is_elsewhere)
}

pub(super) fn paid(is_queued: bool) -> Paid {
    Paid {
        client_request_id: "r-1".into(),
        inference_id: None,
        price: None,
        status: Some(404),
        waited: Duration::from_secs(60),
        is_queued,
    }
}

#[test]
fn flags_are_found_outside_of_quoted_commands() {
    assert_eq!(flag("overwrite it with --force"), Some("--force"));
    assert_eq!(flag("choose another output (-o)"), Some("-o"));
    assert_eq!(flag("run `seededit recover --pay-again x` - or not"), None);
}

#[test]
fn hints_about_outputs_and_masks_name_arguments() {
    let path = PathBuf::from("out.jpg");
    for error in [
        OutputError::Exists(path.clone()),
        OutputError::NoDirectory(path.clone()),
        OutputError::NotADirectory(path.clone()),
        OutputError::NotAFile(path.clone()),
        OutputError::UnknownFormat(path.clone()),
        OutputError::Contradiction { path: path.clone(), named: Format::Jpeg, requested: Format::Png },
        OutputError::Opaque(Format::Jpeg),
        OutputError::NoFreeName(path.clone()),
        OutputError::Busy(path.clone()),
        OutputError::TooLong { path: path.clone(), limit: 255, room: 0 },
        OutputError::Io { path: path.clone(), source: io::ErrorKind::StorageFull.into() },
        OutputError::Io { path: path.clone(), source: io::ErrorKind::PermissionDenied.into() },
        OutputError::Directory { path: path.clone(), source: io::ErrorKind::PermissionDenied.into() },
    ] {
        ensure_for_client(&TaskError::Output(error).into());
    }
    for source in [
        MaskFault::Colored { share: 0.5 },
        MaskFault::Gray { share: 0.5 },
        MaskFault::Hole,
        MaskFault::Transparent,
        MaskFault::Opaque,
        MaskFault::Nothing,
        MaskFault::Everything,
    ] {
        ensure_for_client(&MaskError::Fault { path: path.clone(), source }.into());
    }
}

#[test]
fn hints_about_calls_name_tools_or_commands_of_the_user() {
    let doubts = || {
        [
            UnknownOutcome::Disconnected("reset".into()),
            UnknownOutcome::NotFromService { status: 404, what: "text" },
            UnknownOutcome::Redirected(302),
            UnknownOutcome::StillRunning(Duration::from_secs(9)),
        ]
    };
    let refusal =
        |status| Refusal { status, message: "no".into(), request_id: None, code: None, meaning: None };
    let gone = |status| DownloadError::Gone { status, server_time: None };
    let downloads =
        || [gone(403), gone(404), DownloadError::TimedOut, DownloadError::NotFollowed("x".into())];
    for (service, base_url) in [
        ("aimlapi", "https://api.aimlapi.com"),
        ("ark", "http://127.0.0.1:1"),
        ("openai", "https://api.openai.com/v1"),
    ] {
        let models = models_at(service, base_url);
        let base_url: BaseUrl = base_url.parse().unwrap();
        for recipient in [Recipient::Service, Recipient::SandboxServer, Recipient::BuiltInSandbox] {
            let request = RequestInfo {
                model: "m",
                models: &models,
                base_url: &base_url,
                recipient,
                profile: None,
                audience: Audience::Client,
                limits: SpendingLimits::default(),
            };
            let ensure = |error: RunError| {
                let failure = Failure::from_run(error, "j1", request).at(recipient);
                ensure_for_client(&failure);
                if recipient.is_sandbox() && failure.charged != Charged::No {
                    let hint = failure.hint_for(Audience::Client).unwrap();
                    let advice = hint.strip_prefix(FREE_IN_SANDBOX).unwrap_or_else(|| panic!("{hint}"));
                    assert!(
                        !["pays", "paid", "it may have been charged"]
                            .iter()
                            .any(|word| advice.contains(word)),
                        "{hint}"
                    );
                }
            };
            for is_queued in [false, true] {
                doubts()
                    .into_iter()
                    .for_each(|doubt| ensure(RunError::Unknown { doubt, paid: paid(is_queued) }));
            }
            downloads()
                .into_iter()
                .for_each(|source| ensure(RunError::NotDownloaded { source, paid: paid(false) }));
            ensure(RunError::Lost { what: "x".into(), paid: paid(false) });
            ensure(RunError::NotSaved { source: io::ErrorKind::StorageFull.into(), paid: paid(false) });
            ensure(RunError::TooManyOpenFiles(io::ErrorKind::Other.into()));
            ensure(RunError::NoDiskSpace(io::ErrorKind::StorageFull.into()));
            for status in [400, 401, 402, 403, 404, 407, 413, 429, 500] {
                ensure(RunError::Refused { refusal: refusal(status), attempts: 1, requested_wait: None });
            }
        }
    }
}

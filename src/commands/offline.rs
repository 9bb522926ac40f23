//! Pictures for the commands that work without the service.

use std::ffi::OsStr;
use std::io;
use std::sync::OnceLock;

use crate::edit::{PlanError, RawPicture, Source, SourceError};
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::picture::DecodeError;

use super::named_results::NamedResults;

/// Parses a picture argument of a command that works offline.
pub(super) fn source(argument: &OsStr, command: &str, env: &Env) -> Result<Source, Failure> {
    match Source::parse(argument).map_err(PlanError::from)? {
        Source::Link(_) => {
            let refused = Failure::input(format!("a link is not fetched: `{command}` works offline"));
            Err(refused.hint("download it first"))
        }
        Source::Stdin if env.stdin_is_terminal => {
            Err(Failure::input("standard input is a terminal").hint("name a picture, or pipe one in"))
        }
        source => Ok(source),
    }
}

/// Parses a picture argument that may also name a result.
pub(super) fn picture(argument: &OsStr, command: &str, named: &NamedResults<'_>) -> Result<Source, Failure> {
    named.source(argument).transpose().unwrap_or_else(|| source(argument, command, named.env))
}

/// Reads the picture, with hints that suit a command without a prompt and without `-R`.
pub(super) fn read(source: &Source) -> Result<RawPicture, Failure> {
    source.read_picture(None).map_err(|error| {
        let hint = match &error {
            SourceError::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("check the path")
            }
            SourceError::Directory(_) => Some("name a picture in it"),
            _ => None,
        };
        let failure = Failure::from(PlanError::from(error));
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })
}

/// The failure of a picture that was read and cannot be decoded.
pub(super) fn undecoded(source: &Source, error: DecodeError) -> Failure {
    PlanError::from(SourceError::Fit { name: source.label(), source: error.into() }).into()
}

/// Starts the threads that compute pixels, so that a failure to do so is reported before any work. They are started once
/// for the process.
pub(super) fn start_threads() -> Result<(), Failure> {
    static STARTED: OnceLock<Result<(), String>> = OnceLock::new();
    let start = || rayon::ThreadPoolBuilder::new().build_global().map_err(|error| error.to_string());
    STARTED.get_or_init(start).clone().map_err(|error| {
        Failure::new(ErrorKind::Internal, anyhow::anyhow!("no thread can be started: {error}"))
            .hint("allow more processes or memory (`ulimit -u`, `ulimit -v`)")
    })
}

/// The name of a picture without its directory.
pub(super) fn caption(source: &Source) -> String {
    match source {
        Source::File(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
        other => other.label(),
    }
}

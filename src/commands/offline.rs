//! Pictures for the commands that work without the service.

use std::ffi::OsStr;
use std::io;

use crate::edit::{PlanError, RawPicture, Source, SourceError};
use crate::env::Env;
use crate::error::Failure;

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

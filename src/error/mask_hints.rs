//! The hint of each mask that is refused before a call.

use crate::edit::{MaskError, SourceError};
use crate::picture::restore::MaskFault;

use super::hints::NOT_STDIN;
use super::{ErrorKind, Failure, Hint};

/// What a mask is.
const MASK: &str = "a mask is a picture that is white where the result may change, and black elsewhere";

impl From<MaskError> for Failure {
    fn from(error: MaskError) -> Failure {
        let hint = match &error {
            MaskError::Source(SourceError::Read { name, .. }) if name == "-" => NOT_STDIN.into(),
            MaskError::Source(SourceError::Read { .. }) => "check the path and its permissions".into(),
            MaskError::Fault { source, .. } => fault_hint(*source),
            MaskError::Changed(_) => "run this again when the mask no longer changes".into(),
            MaskError::Source(_) | MaskError::Decode { .. } | MaskError::NoChange { .. } => MASK.into(),
        };
        Failure::new(ErrorKind::Input, error).hint(hint)
    }
}

fn fault_hint(fault: MaskFault) -> Hint {
    let command_line = match fault {
        MaskFault::Colored { .. } => MASK,
        MaskFault::Gray { .. } => {
            "a mask is white where the result may change, and black elsewhere; only soft edges are gray"
        }
        MaskFault::Hole => "if the transparent part may change, add --mask-from alpha",
        MaskFault::Transparent => {
            "add --mask-from alpha if the transparent part may change, or --mask-from brightness if white may change"
        }
        MaskFault::Opaque => "leave out --mask-from alpha if white may change",
        MaskFault::Nothing => "if the mask is the wrong way round, add --mask-invert, or leave it out",
        MaskFault::Everything => "leave out --mask if everything may change",
    };
    let client = match fault {
        MaskFault::Nothing => "if the mask is the wrong way round, invert it, or leave it out",
        MaskFault::Everything => "leave out `mask` if everything may change",
        MaskFault::Gray { .. } => command_line,
        _ => MASK,
    };
    Hint::each(command_line, client)
}

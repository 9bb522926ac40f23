//! Why the pictures of a specification cannot be used.

use crate::edit::{MaskError, ReferenceError, SourceError};
use crate::error_chain::error_chain;

use super::manifest::Fault;
use super::row_options::RowOptionsError;

/// Why the pictures of a specification cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    #[error(transparent)]
    Options(#[from] RowOptionsError),
    #[error(transparent)]
    Mask(#[from] MaskError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Reference(#[from] ReferenceError),
}

impl SpecError {
    /// Returns the fault of the specification in this line of a manifest.
    pub(super) fn fault(self, line: Option<u64>) -> Fault {
        let message = match &self {
            // The others name what they are about.
            SpecError::Source(_) if line.is_some() => format!("image: {}", error_chain(&self)),
            _ => error_chain(&self),
        };
        Fault { cause: Some(self), ..Fault::new(line, message) }
    }
}

//! Making an input fit for the service: as little as possible is done to it, and all of that is told.
//!
//! [`plan`](fn@plan) decides by the header alone what has to be done; [`fit`] does it. A JPEG or PNG within the
//! limits, upright and opaque, stays the bytes that it is, but for its metadata.

mod change;
mod plan;
mod render;

pub use self::change::{Change, describe};
pub use self::plan::{FitPlan, plan};
use seededit_resize::{ResizeError, Size};

use crate::limits::LimitError;
use crate::pages::Pages;

use crate::decode::{DecodeError, decode};
use crate::encode::EncodeError;
use crate::format::{Header, metadata};
use crate::geometry::Rect;

/// What may be done to a picture that the service would not take as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FitPolicy {
    /// Nothing: it is refused.
    Refuse,
    /// All that leaves its shape alone.
    #[default]
    Convert,
    /// That, and it is extended where its shape is refused.
    Pad,
}

/// What becomes of what a file says beside its pixels and colours: place, time, camera, thumbnails, texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Metadata {
    /// It stays here.
    #[default]
    Strip,
    /// It goes along: a file's own bytes are left alone, and what is encoded anew gets the EXIF.
    Keep,
}

/// How a picture is made to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FitOptions {
    /// What may be done to it.
    pub fit: FitPolicy,
    /// What becomes of its metadata.
    pub metadata: Metadata,
    /// The part of the upright picture that is sent, at its own resolution; none sends all of it.
    pub part: Option<Rect>,
}

/// A picture as it is sent.
#[derive(Debug)]
pub struct Fitted {
    /// What is sent.
    pub bytes: Pages,
    /// What its header says.
    pub header: Header,
    /// What it shows of the upright picture.
    pub frame: Rect,
    /// What was done to it, in the order in which it was done.
    pub changes: Vec<Change>,
}

/// Why a picture is not made to fit.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// It has a shape that the service refuses, and may not be padded.
    #[error(transparent)]
    Shape(LimitError),
    /// It would have to be changed, and may not be.
    #[error("{}", refusal(limit.as_ref()))]
    Refused {
        /// The limit that it exceeds, where it is one of the service's.
        limit: Option<LimitError>,
        /// What would be done to it.
        would: Vec<Change>,
    },
    /// The part that is to be sent is outside the picture.
    #[error("the part {} is outside the picture, which is {picture}", Change::Cropped(*part).geometry())]
    Outside {
        /// The part.
        part: Rect,
        /// The upright picture.
        picture: Size,
    },
    /// It cannot be decoded, or is not all there.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It cannot be scaled.
    #[error(transparent)]
    Resize(#[from] ResizeError),
    /// It cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

fn refusal(limit: Option<&LimitError>) -> String {
    limit.map_or_else(|| "the picture cannot be sent unchanged".into(), ToString::to_string)
}

/// Makes a picture fit.
///
/// `header` is that of `bytes`.
///
/// # Errors
///
/// Those of [`plan`](fn@plan), and for a picture that has to be decoded and is damaged.
pub fn fit(mut bytes: Pages, header: &Header, rules: &FitOptions) -> Result<Fitted, FitError> {
    let format = header.format;
    let before = bytes.len();
    if rules.metadata == Metadata::Strip {
        let left = metadata::strip(&mut bytes, format)
            .map_err(|detail| DecodeError::Incomplete { format, detail })?;
        bytes.resize(left);
    }
    let is_stripped = bytes.len() < before;
    let plan = plan(header, bytes.len() as u64, rules)?;
    let as_it_is = |bytes| {
        let changes = if is_stripped { vec![Change::MetadataRemoved] } else { Vec::new() };
        Ok(Fitted { bytes, header: *header, frame: plan.frame, changes })
    };
    if plan.changes.is_empty() {
        return as_it_is(bytes);
    }
    let decoded = decode(&bytes)?;
    if plan.spares_opaque {
        if render::is_opaque(&decoded.image) {
            return as_it_is(bytes);
        }
        if rules.fit == FitPolicy::Refuse {
            return Err(FitError::Refused { limit: None, would: plan.changes });
        }
    }
    let exif = match rules.metadata {
        Metadata::Keep => metadata::upright_exif(&bytes, format),
        Metadata::Strip => None,
    };
    drop(bytes);
    render::render(decoded, header, plan, exif.as_deref())
}

#[cfg(test)]
mod tests;

//! Makes an input acceptable to the service, with as few changes as possible, and lists the changes.
//!
//! [`plan`](fn@plan) decides by the header alone what has to be done, and [`fit`] does it. An upright, opaque JPEG or
//! PNG within the limits keeps its bytes, except for metadata.

mod change;
mod plan;
mod render;

use seededit_resize::{ResizeError, Size};

pub use self::change::{Change, describe};
pub use self::plan::{FitPlan, plan};
use crate::codec::Repaired;
use crate::color::ColorSpace;
use crate::decode::{DecodeError, decode, ensure_complete_upload};
use crate::encode::EncodeError;
use crate::format::{Header, metadata};
use crate::geometry::Rect;
use crate::limits::{InputLimits, LimitError};
use crate::pages::Pages;

/// What may be done to a picture that the service does not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FitPolicy {
    /// Refuse it.
    Refuse,
    /// Convert, rotate, flatten or scale it, but keep its aspect ratio.
    #[default]
    Convert,
    /// The same, and pad it if its aspect ratio is not accepted.
    Pad,
}

/// What to do with metadata: place, time, camera, thumbnails, texts. Color profiles are not metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Metadata {
    #[default]
    Strip,
    /// Keep the file's own bytes, or only the EXIF metadata if the picture is encoded again.
    Keep,
}

/// How to fit a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct FitOptions {
    pub policy: FitPolicy,
    pub metadata: Metadata,
    /// The part of the upright picture to send, at its own resolution or enlarged. `None` is the whole picture.
    pub crop: Option<Rect>,
    /// What the model accepts.
    pub limits: InputLimits,
}

/// A picture that the service accepts.
#[derive(Debug)]
pub struct Fitted {
    pub bytes: Pages,
    /// The header of `bytes`.
    pub header: Header,
    /// What its numbers mean, and those of its answer.
    pub colors: ColorSpace,
    /// The rectangle of the upright picture that it shows.
    pub frame: Rect,
    /// The changes, in the order in which they were made.
    pub changes: Vec<Change>,
}

/// A picture cannot be fitted.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// The picture is too small or too oblong, and must not be padded.
    #[error(transparent)]
    Shape(LimitError),
    /// The picture needs changes, and must not be changed.
    #[error("{}", refusal(limit.as_ref()))]
    Refused {
        /// The limit of the service that it exceeds, if any.
        limit: Option<LimitError>,
        /// The changes that it needs.
        changes: Vec<Change>,
    },
    /// The crop is outside the picture.
    #[error("the crop {crop} is outside the picture, which is {picture}")]
    Outside {
        crop: Rect,
        /// The size of the upright picture.
        picture: Size,
    },
    /// The picture cannot be decoded, or is incomplete.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    #[error(transparent)]
    Resize(#[from] ResizeError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

fn refusal(limit: Option<&LimitError>) -> String {
    limit.map_or_else(|| "the picture cannot be sent unchanged".into(), ToString::to_string)
}

/// Fits a picture. `header` is the header of `bytes`.
///
/// # Errors
/// The errors of [`plan`](fn@plan), and if a picture that has to be decoded is damaged.
pub fn fit(mut bytes: Pages, header: &Header, options: &FitOptions) -> Result<Fitted, FitError> {
    let format = header.format;
    let incomplete = |reason| DecodeError::Incomplete { format, reason };
    let repaired = metadata::repair(&bytes, format).map_err(incomplete)?;
    let mut changes = Vec::new();
    if let Some(Repaired { bytes: repaired, what }) = repaired {
        bytes = repaired.as_slice().into();
        changes.push(Change::Repaired(what));
    }
    let len_before = bytes.len();
    let colors = metadata::colors(&bytes, header);
    if options.metadata == Metadata::Strip {
        let len = metadata::strip(&mut bytes, format).map_err(incomplete)?;
        bytes.resize(len);
    }
    if bytes.len() < len_before {
        changes.push(Change::MetadataRemoved);
        // The EXIF metadata may have stated the color space.
        if metadata::colors(&bytes, header) != colors {
            let mut stating = bytes.to_vec();
            metadata::add_colors(&mut stating, format, &colors);
            bytes = stating.as_slice().into();
        }
    }
    let plan = plan(header, bytes.len() as u64, options)?;
    let unchanged = |bytes| Ok(Fitted { bytes, header: *header, colors, frame: plan.frame, changes });
    if plan.changes.is_empty() {
        // What is damaged would be paid for.
        return unchanged(ensure_complete_upload(bytes)?);
    }
    let decoded = decode(&bytes)?;
    if plan.is_only_for_transparency {
        if render::is_opaque(&decoded.image) {
            return unchanged(bytes);
        }
        if options.policy == FitPolicy::Refuse {
            return Err(FitError::Refused { limit: None, changes: plan.changes });
        }
    }
    let exif = match options.metadata {
        Metadata::Keep => metadata::upright_exif(&bytes, format),
        Metadata::Strip => None,
    };
    drop(bytes);
    render::render(decoded, header, plan, exif.as_deref(), &options.limits)
}

#[cfg(test)]
mod tests;

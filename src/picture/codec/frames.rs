//! The frames of animations.

use image::{AnimationDecoder, ImageResult};

use super::image_crate::decode_error;
use crate::color::ColorSpace;
use crate::decode::DecodeError;
use crate::encode::{Encoding, encode};
use crate::format::Header;

/// Returns a frame as a PNG: as it is displayed, after the frames before it.
pub(super) fn frame<'a>(
    decoder: ImageResult<impl AnimationDecoder<'a>>,
    header: &Header,
    index: u32,
) -> Result<Vec<u8>, DecodeError> {
    let failed = |error| decode_error(header.format, &error);
    let mut frames = decoder.map_err(failed)?.into_frames();
    let missing = DecodeError::Incomplete { format: header.format, reason: "it ends too early" };
    let frame = frames.nth(index as usize).ok_or(missing)?.map_err(failed)?;
    encode(&frame.into_buffer().into(), &ColorSpace::SRGB, Encoding::Png)
        .map_err(|error| DecodeError::Damaged { format: header.format, detail: error.to_string() })
}

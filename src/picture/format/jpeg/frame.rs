//! The frame header (T.81, annex B.2.2).

use seededit_resize::Size;

use crate::format::endian::Endian;
use crate::format::{ColorModel, Reason};

/// The size in a frame header of any process.
pub(super) fn size(payload: &[u8]) -> Result<Size, Reason> {
    let side = |at| Endian::Big.u16(payload, at).map(u32::from);
    let (height, width) = side(1).zip(side(3)).ok_or("the frame header is truncated")?;
    Ok(Size { width, height })
}

/// The color model, by the number of components.
pub(super) fn color_model(payload: &[u8]) -> ColorModel {
    match payload.get(5) {
        Some(1) => ColorModel::Gray,
        Some(4) => ColorModel::Cmyk,
        _ => ColorModel::Rgb,
    }
}

/// The horizontal and vertical number of samples of the first component for each sample of the second one.
pub(super) fn luma_to_chroma_ratio(payload: &[u8]) -> Option<(u8, u8)> {
    let (components, _) = payload.get(6..)?.as_chunks::<3>();
    let [[_, first, _], [_, second, _], ..] = components else { return None };
    let ratio = |first: u8, second: u8| first.checked_div(second);
    ratio(first >> 4, second >> 4).zip(ratio(first & 15, second & 15))
}

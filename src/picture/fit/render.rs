//! Carries out a plan on the pixels.

use image::{DynamicImage, ImageBuffer, Pixel};
use seededit_resize::{Size, resize};

use super::plan::scaled_down;
use super::{Change, FitError, FitPlan, Fitted};
use crate::color::ColorSpace;
use crate::color::flatten::flatten;
use crate::decode::Decoded;
use crate::encode::{EncodeError, Encoding, encode};
use crate::format::{ColorModel, Format, Header, metadata};
use crate::geometry::{Rect, apply_orientation};
use crate::limits::InputLimits;

/// Renders and encodes the upload from a decoded picture whose orientation is not applied yet, and adds EXIF metadata.
pub(super) fn render(
    decoded: Decoded,
    header: &Header,
    plan: FitPlan,
    exif: Option<&[u8]>,
    limits: &InputLimits,
) -> Result<Fitted, FitError> {
    let FitPlan { frame, size, mut format, mut changes, .. } = plan;
    if is_opaque(&decoded.image) {
        changes.retain(|change| *change != Change::Flattened);
    }
    let mut image = render_frame(decoded.image, header, frame, size)?;
    let colors = decoded.colors;
    let mut bytes = encode_as(&image, &colors, format)?;
    // Only noise is still too large at this size.
    while bytes.len() as u64 > limits.max_bytes {
        if format == Format::Png {
            format = Format::Jpeg;
        } else {
            image = resize(&image, shrunk_size(Size::of(&image), bytes.len(), limits))?;
        }
        bytes = encode_as(&image, &colors, format)?;
    }
    let size = Size::of(&image);
    update_changes(&mut changes, frame.size, size, format);
    let header = Header { model: ColorModel::of(&image), ..Header::new(format, size) };
    if let Some(exif) = exif {
        metadata::add_exif(&mut bytes, format, exif);
    }
    Ok(Fitted { bytes: bytes.as_slice().into(), header, colors, frame, changes })
}

pub(super) fn is_opaque(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageLumaA8(image) => image.pixels().all(|pixel| pixel.0[1] == u8::MAX),
        DynamicImage::ImageRgba8(image) => image.pixels().all(|pixel| pixel.0[3] == u8::MAX),
        DynamicImage::ImageLumaA16(image) => image.pixels().all(|pixel| pixel.0[1] == u16::MAX),
        DynamicImage::ImageRgba16(image) => image.pixels().all(|pixel| pixel.0[3] == u16::MAX),
        other => !other.color().has_alpha(),
    }
}

fn encode_as(image: &DynamicImage, colors: &ColorSpace, format: Format) -> Result<Vec<u8>, EncodeError> {
    encode(image, colors, Encoding::for_format(format).unwrap_or(Encoding::Png))
}

/// Returns a size that is likely to meet the byte limit, for a picture that takes `bytes` at `size`.
fn shrunk_size(size: Size, bytes: usize, limits: &InputLimits) -> Size {
    let pixels = u128::from(size.pixels()) * u128::from(limits.max_bytes) / (bytes as u128) * 9 / 10;
    scaled_down(size, u64::try_from(pixels).unwrap_or(u64::MAX), limits)
}

/// Updates planned changes to the actual size and format.
fn update_changes(changes: &mut Vec<Change>, from: Size, to: Size, format: Format) {
    changes.retain(|change| !matches!(change, Change::Scaled { .. } | Change::Enlarged { .. }));
    if let Some(change) = Change::of_size(from, to) {
        changes.retain(|change| *change != Change::Compressed);
        changes.push(change);
    }
    if let Some(Change::Converted { to, .. }) = changes.first_mut() {
        *to = format;
    }
}

/// Renders a rectangle of the picture at its final size: upright and opaque, with 8 bits per sample.
///
/// Scales first, so that the other steps have fewer pixels to process.
fn render_frame(
    image: DynamicImage,
    header: &Header,
    frame: Rect,
    size: Size,
) -> Result<DynamicImage, FitError> {
    let upright = header.upright();
    let inside = frame.clipped(upright).unwrap_or(Rect::whole(upright));
    let inside_size = scaled_part(inside.size, frame.size, size);
    let image = crop(image, header.orientation.to_stored(inside, upright));
    let stored = if header.orientation.swaps_sides() { inside_size.transposed() } else { inside_size };
    let image = if Size::of(&image) == stored { image } else { resize(&image, stored)? };
    let image = apply_orientation(flatten(image), header.orientation);
    if inside_size == size {
        return Ok(image);
    }
    let left = scaled_offset(inside.left - frame.left, frame.size.width, size.width, inside_size.width);
    let top = scaled_offset(inside.top - frame.top, frame.size.height, size.height, inside_size.height);
    Ok(match &image {
        DynamicImage::ImageLuma8(image) => pad_by_reflection(image, left, top, size).into(),
        DynamicImage::ImageRgb8(image) => pad_by_reflection(image, left, top, size).into(),
        other => pad_by_reflection(&other.to_rgb8(), left, top, size).into(),
    })
}

fn crop(image: DynamicImage, rect: Rect) -> DynamicImage {
    if rect.is_whole(Size::of(&image)) {
        return image;
    }
    let Size { width, height } = rect.size;
    let offset = |at: i64| u32::try_from(at).unwrap_or(0);
    image.crop_imm(offset(rect.left), offset(rect.top), width, height)
}

/// The size of a part after the whole is scaled to `to`.
fn scaled_part(part: Size, whole: Size, to: Size) -> Size {
    let side = |part: u32, whole: u32, to: u32| {
        let side = (u64::from(part) * u64::from(to) + u64::from(whole) / 2) / u64::from(whole.max(1));
        u32::try_from(side).unwrap_or(to).clamp(1, to.max(1))
    };
    Size {
        width: side(part.width, whole.width, to.width),
        height: side(part.height, whole.height, to.height),
    }
}

/// The offset of a part after the whole is scaled to `to`, where the part is `length` long.
fn scaled_offset(offset: i64, whole: u32, to: u32, length: u32) -> u32 {
    let offset = u64::try_from(offset).unwrap_or(0) * u64::from(to) / u64::from(whole.max(1));
    u32::try_from(offset).unwrap_or(0).min(to.saturating_sub(length))
}

type Pixels<P> = ImageBuffer<P, Vec<u8>>;

/// Pads an image with its own reflection.
///
/// A reflection has the colors, the sharpness and the grain of the picture, and continues it without an edge. A flat
/// color or repeated border pixels would look like an object: the model would follow its edges and might change the
/// exposure of the picture.
fn pad_by_reflection<P: Pixel<Subpixel = u8>>(
    image: &Pixels<P>,
    left: u32,
    top: u32,
    size: Size,
) -> Pixels<P> {
    let columns: Vec<u32> = (0..size.width).map(|x| reflected(x, left, image.width())).collect();
    let rows: Vec<u32> = (0..size.height).map(|y| reflected(y, top, image.height())).collect();
    ImageBuffer::from_fn(size.width, size.height, |x, y| {
        *image.get_pixel(columns[x as usize], rows[y as usize])
    })
}

/// The index at position `at` in a row that starts at `start`, is `length` long, and is reflected at both ends.
fn reflected(at: u32, start: u32, length: u32) -> u32 {
    let length = i64::from(length);
    let index = (i64::from(at) - i64::from(start)).rem_euclid(2 * length);
    let index = if index < length { index } else { 2 * length - 1 - index };
    u32::try_from(index).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_reflected_at_both_ends() {
        let indices: Vec<u32> = (0..10).map(|at| reflected(at, 4, 3)).collect();
        assert_eq!(indices, [2, 2, 1, 0, 0, 1, 2, 2, 1, 0]);
        assert!((0..10).all(|at| reflected(at, 7, 1) == 0));
    }
}

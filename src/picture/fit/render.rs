//! Doing what was planned to the pixels.

use image::{DynamicImage, ImageBuffer, Pixel};
use seededit_resize::{Size, resize};

use super::plan::scaled_down;
use super::{Change, FitError, FitPlan, Fitted};
use crate::color::flatten::flatten;
use crate::decode::Decoded;
use crate::encode::{EncodeError, Encoding, encode};
use crate::format::{Format, Header, metadata};
use crate::geometry::{Orientation, Rect, apply_orientation};
use crate::limits::MAX_INPUT_BYTES;

/// Makes of a decoded picture, whose orientation is still to be applied, what is sent, with this metadata.
pub(super) fn render(
    decoded: Decoded,
    header: &Header,
    plan: FitPlan,
    exif: Option<&[u8]>,
) -> Result<Fitted, FitError> {
    let FitPlan { frame, size, mut format, mut changes, .. } = plan;
    if is_opaque(&decoded.image) {
        changes.retain(|change| *change != Change::Flattened);
    }
    let mut image = render_frame(decoded.image, header, frame, size)?;
    let icc = decoded.icc.as_deref();
    let mut bytes = encode_as(&image, icc, format)?;
    // Noise alone comes to this.
    while bytes.len() as u64 > MAX_INPUT_BYTES {
        if format == Format::Png {
            format = Format::Jpeg;
        } else {
            image = resize(&image, smaller(Size::of(&image), bytes.len()))?;
        }
        bytes = encode_as(&image, icc, format)?;
    }
    let size = Size::of(&image);
    update_changes(&mut changes, frame.size, size, format);
    let header = Header { format, size, orientation: Orientation::UPRIGHT, alpha: false, cmyk: false };
    if let Some(exif) = exif {
        metadata::add_exif(&mut bytes, format, exif);
    }
    Ok(Fitted { bytes: bytes.as_slice().into(), header, frame, changes })
}

/// Whether no pixel is transparent.
pub(super) fn is_opaque(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageLumaA8(image) => image.pixels().all(|pixel| pixel.0[1] == u8::MAX),
        DynamicImage::ImageRgba8(image) => image.pixels().all(|pixel| pixel.0[3] == u8::MAX),
        DynamicImage::ImageLumaA16(image) => image.pixels().all(|pixel| pixel.0[1] == u16::MAX),
        DynamicImage::ImageRgba16(image) => image.pixels().all(|pixel| pixel.0[3] == u16::MAX),
        other => !other.color().has_alpha(),
    }
}

fn encode_as(image: &DynamicImage, icc: Option<&[u8]>, format: Format) -> Result<Vec<u8>, EncodeError> {
    encode(image, icc, Encoding::for_format(format).unwrap_or(Encoding::Png))
}

/// A size that so many bytes more than fit are likely to fit in.
fn smaller(size: Size, bytes: usize) -> Size {
    let pixels = u128::from(size.pixels()) * u128::from(MAX_INPUT_BYTES) / (bytes as u128) * 9 / 10;
    scaled_down(size, u64::try_from(pixels).unwrap_or(u64::MAX))
}

/// What turned out other than planned is told as it is.
fn update_changes(changes: &mut Vec<Change>, from: Size, to: Size, format: Format) {
    changes.retain(|change| !matches!(change, Change::Scaled { .. }));
    if from != to {
        changes.retain(|change| *change != Change::Compressed);
        changes.push(Change::Scaled { from, to });
    }
    if let Some(Change::Converted { to, .. }) = changes.first_mut() {
        *to = format;
    }
}

/// The frame of the picture in its final size, upright, opaque, of 8 bits a sample.
///
/// Scaling comes before all that goes over every pixel, so that there are fewer of them.
fn render_frame(
    image: DynamicImage,
    header: &Header,
    frame: Rect,
    size: Size,
) -> Result<DynamicImage, FitError> {
    let upright = header.upright();
    let inside = frame.clipped(upright).unwrap_or(Rect::whole(upright));
    let to = scaled(inside.size, frame.size, size);
    let image = cut(image, header.orientation.to_stored(inside, upright));
    let stored = if header.orientation.swaps_sides() { to.transposed() } else { to };
    let image = if Size::of(&image) == stored { image } else { resize(&image, stored)? };
    let image = apply_orientation(flatten(image), header.orientation);
    if to == size {
        return Ok(image);
    }
    let left = place(inside.left - frame.left, frame.size.width, size.width, to.width);
    let top = place(inside.top - frame.top, frame.size.height, size.height, to.height);
    Ok(match &image {
        DynamicImage::ImageLuma8(image) => mirrored(image, left, top, size).into(),
        DynamicImage::ImageRgb8(image) => mirrored(image, left, top, size).into(),
        other => mirrored(&other.to_rgb8(), left, top, size).into(),
    })
}

fn cut(image: DynamicImage, part: Rect) -> DynamicImage {
    if part.is_whole(Size::of(&image)) {
        return image;
    }
    let Size { width, height } = part.size;
    let offset = |at: i64| u32::try_from(at).unwrap_or(0);
    image.crop_imm(offset(part.left), offset(part.top), width, height)
}

/// What a part of something becomes when all of it becomes `to`.
fn scaled(part: Size, whole: Size, to: Size) -> Size {
    let side = |part: u32, whole: u32, to: u32| {
        let side = (u64::from(part) * u64::from(to) + u64::from(whole) / 2) / u64::from(whole.max(1));
        u32::try_from(side).unwrap_or(to).clamp(1, to.max(1))
    };
    Size {
        width: side(part.width, whole.width, to.width),
        height: side(part.height, whole.height, to.height),
    }
}

/// Where a part that is `length` long begins, of something that is `to` long once it is scaled.
fn place(at: i64, whole: u32, to: u32, length: u32) -> u32 {
    let at = u64::try_from(at).unwrap_or(0) * u64::from(to) / u64::from(whole.max(1));
    u32::try_from(at).unwrap_or(0).min(to.saturating_sub(length))
}

type Pixels<P> = ImageBuffer<P, Vec<u8>>;

/// Extends an image by its own reflection.
///
/// What is reflected has the colours, the sharpness and the grain of the picture, and meets it without an
/// edge. A flat colour or drawn-out border pixels would be an object of their own: edges for the model to
/// follow, and a reason to change the exposure of the whole.
fn mirrored<P: Pixel<Subpixel = u8>>(image: &Pixels<P>, left: u32, top: u32, size: Size) -> Pixels<P> {
    let columns: Vec<u32> = (0..size.width).map(|x| reflected(x, left, image.width())).collect();
    let rows: Vec<u32> = (0..size.height).map(|y| reflected(y, top, image.height())).collect();
    ImageBuffer::from_fn(size.width, size.height, |x, y| {
        *image.get_pixel(columns[x as usize], rows[y as usize])
    })
}

/// The place in something `length` long that shows at `at`, when it begins at `start` and is repeated
/// back and forth.
fn reflected(at: u32, start: u32, length: u32) -> u32 {
    let length = i64::from(length);
    let there = (i64::from(at) - i64::from(start)).rem_euclid(2 * length);
    let there = if there < length { there } else { 2 * length - 1 - there };
    u32::try_from(there).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reflection_goes_back_and_forth() {
        let shown: Vec<u32> = (0..10).map(|at| reflected(at, 4, 3)).collect();
        assert_eq!(shown, [2, 2, 1, 0, 0, 1, 2, 2, 1, 0]);
        assert!((0..10).all(|at| reflected(at, 7, 1) == 0));
    }
}

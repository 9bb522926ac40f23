//! Puts the parts of an AVIF picture together (AV1 Image File Format 1.1).

use heifer_isobmff::ItemId;
use heifer_isobmff::boxes::{ColorInfo, Property};
use image::{DynamicImage, Rgba32FImage};

use super::yuv::Frame;
use super::{Format, av1};
pub(super) use crate::codec::heif::METADATA;
use crate::codec::heif::{self, Container};
use crate::codec::{Isolation, Pixels, Reader};
use crate::color::Stated;
use crate::color::cicp::Cicp;
use crate::decode::{DecodeError, MAX_PIXELS};
use crate::format::{Header, Reason};

pub(super) const READER: Option<Reader> = Some(Reader {
    header: |bytes| Container::parse(bytes)?.header(Format::Avif),
    decode,
    ensure_complete: None,
    isolation: Isolation::Process,
    decode_reduced: None,
});

const FORMAT: Format = Format::Avif;

fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let container = Container::parse(bytes).map_err(incomplete)?;
    let (id, alpha) = (container.file.primary_id, container.alpha());
    let (image, cicp) = match alpha {
        None if is_frame(&container, id)? => {
            // Without a copy in floating point, which is five times as large as the picture.
            let frame = decode_frame(&container, id)?;
            let cicp = Cicp { primaries: frame.primaries, transfer: frame.transfer };
            let image = match frame.to_rgb8() {
                Some(image) => image.into(),
                None => Picture::of_frame(&frame)?.into_image(false),
            };
            (image, cicp)
        }
        _ => {
            let mut picture = Picture::decode(&container, id)?;
            if let Some(alpha) = alpha {
                let is_multiplied = container.file.referenced_items(id, b"prem").contains(&alpha);
                picture.add_alpha(&Picture::decode(&container, alpha)?, is_multiplied).map_err(incomplete)?;
            }
            let cicp = picture.cicp;
            (picture.into_image(header.has_alpha), cicp)
        }
    };
    let colors = Stated::of_icc_or_cicp(container.embedded_icc(), Some(cicp));
    Ok(Pixels { image: displayed(image, &container), colors })
}

/// Whether an item is an AV1 picture, and not a grid of them.
fn is_frame(container: &Container<'_>, id: ItemId) -> Result<bool, DecodeError> {
    let item = container.file.item(id).map_err(|_| incomplete("an item is missing"))?;
    match &item.item_type.0 {
        b"av01" => Ok(true),
        b"grid" => Ok(false),
        kind => {
            let detail = format!("its picture is of the type {}", kind.escape_ascii());
            Err(DecodeError::UnsupportedKind { format: FORMAT, detail })
        }
    }
}

/// Decodes an AV1 picture whose colors can be converted.
fn decode_frame(container: &Container<'_>, id: ItemId) -> Result<Frame, DecodeError> {
    let stream = container.file.item_data(id).map_err(|_| incomplete("its data is missing"))?;
    let max_pixels = u32::try_from(MAX_PIXELS).unwrap_or(u32::MAX);
    let mut frame = av1::decode(&stream, max_pixels).map_err(incomplete)?;
    // What the container states is preferred to what the stream states.
    for property in container.properties(id) {
        if let Property::Color(ColorInfo::Nclx { primaries, transfer, matrix, full_range }) = *property {
            frame = Frame { primaries, transfer, matrix, is_full_range: full_range, ..frame };
        }
    }
    if frame.chroma.is_some() && !frame.is_convertible() {
        let detail = format!("its color matrix has the number {}", frame.matrix);
        return Err(DecodeError::UnsupportedKind { format: FORMAT, detail });
    }
    Ok(frame)
}

fn incomplete(reason: Reason) -> DecodeError {
    DecodeError::Incomplete { format: FORMAT, reason }
}

/// The pixels of an item.
struct Picture {
    /// From 0 to 1, and opaque.
    pixels: Rgba32FImage,
    bits: u8,
    cicp: Cicp,
}

impl Picture {
    /// Decodes an item: an AV1 picture, or a grid of them.
    fn decode(container: &Container<'_>, id: ItemId) -> Result<Picture, DecodeError> {
        if is_frame(container, id)? {
            Picture::of_frame(&decode_frame(container, id)?)
        } else {
            Picture::of_tiles(container, id)
        }
    }

    fn of_frame(frame: &Frame) -> Result<Picture, DecodeError> {
        let (width, height) = (side(frame.luma.width)?, side(frame.luma.height)?);
        let mut samples = Vec::with_capacity(frame.luma.samples.len() * 4);
        frame.for_each_row(0..frame.luma.height, |_, row| {
            samples.extend(row.iter().flat_map(|&[r, g, b]| [r, g, b, 1.0]))
        });
        let pixels =
            Rgba32FImage::from_raw(width, height, samples).ok_or(incomplete("there are too few pixels"))?;
        let cicp = Cicp { primaries: frame.primaries, transfer: frame.transfer };
        Ok(Picture { pixels, bits: frame.bits, cicp })
    }

    fn of_tiles(container: &Container<'_>, id: ItemId) -> Result<Picture, DecodeError> {
        let grid = container.file.grid(id).map_err(|_| incomplete("its grid cannot be read"))?;
        let tiles = container.file.referenced_items(id, b"dimg");
        if tiles.is_empty() || tiles.len() != usize::from(grid.rows) * usize::from(grid.columns) {
            return Err(incomplete("tiles are missing"));
        }
        if u64::from(grid.output_width) * u64::from(grid.output_height) > MAX_PIXELS {
            return Err(incomplete("its grid is larger than its header states"));
        }
        let mut whole: Option<Picture> = None;
        for (at, tile) in tiles.iter().enumerate() {
            let tile = Picture::of_frame(&decode_frame(container, *tile)?)?;
            let (width, height) = tile.pixels.dimensions();
            let canvas = whole.get_or_insert_with(|| Picture {
                pixels: Rgba32FImage::new(grid.output_width, grid.output_height),
                ..tile
            });
            let columns = usize::from(grid.columns);
            let (left, top) = (side(at % columns)? * width, side(at / columns)? * height);
            image::imageops::replace(&mut canvas.pixels, &tile.pixels, left.into(), top.into());
        }
        whole.ok_or(incomplete("tiles are missing"))
    }

    /// Takes the alpha channel from the brightness of another picture. With `is_multiplied`, colors are divided by it.
    fn add_alpha(&mut self, alpha: &Picture, is_multiplied: bool) -> Result<(), Reason> {
        if alpha.pixels.dimensions() != self.pixels.dimensions() {
            return Err("its alpha channel has another size");
        }
        for (pixel, alpha) in self.pixels.pixels_mut().zip(alpha.pixels.pixels()) {
            let opacity = alpha.0[1].clamp(0.0, 1.0);
            if is_multiplied && opacity > 0.0 {
                pixel.0[..3].iter_mut().for_each(|level| *level /= opacity);
            }
            pixel.0[3] = opacity;
        }
        Ok(())
    }

    /// Returns the pixels with 8 or 16 bits per sample.
    fn into_image(self, has_alpha: bool) -> DynamicImage {
        let deep = self.bits > 8;
        let image = DynamicImage::ImageRgba32F(self.pixels);
        match (deep, has_alpha) {
            (false, false) => image.into_rgb8().into(),
            (false, true) => image.into_rgba8().into(),
            (true, false) => image.into_rgb16().into(),
            (true, true) => image.into_rgba16().into(),
        }
    }
}

fn side(side: usize) -> Result<u32, DecodeError> {
    u32::try_from(side).map_err(|_| incomplete("a side is too long"))
}

/// Crops, rotates and mirrors a picture as its container says, in the order in which it says so.
fn displayed(mut image: DynamicImage, container: &Container<'_>) -> DynamicImage {
    for property in container.properties(container.file.primary_id) {
        image = match property {
            // Counterclockwise.
            Property::Rotation(1) => image.rotate270(),
            Property::Rotation(2) => image.rotate180(),
            Property::Rotation(3) => image.rotate90(),
            Property::Mirror(true) => image.flipv(),
            Property::Mirror(false) => image.fliph(),
            Property::CleanAperture { .. } => heif::clean_aperture(image, property),
            _ => image,
        };
    }
    image
}

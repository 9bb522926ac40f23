//! Scales pictures up and down.
//!
//! A package of its own, because the vector code that it instantiates takes as long to compile as all other code about
//! pictures, and would be compiled again for their tests. For the same reason, it has no unit tests: see `tests.rs`.

#![forbid(unsafe_code)]

mod alpha;
mod size;

use alpha::Sample;
use bytemuck::{Pod, cast_slice_mut};
use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::{U8, U8x3, U16x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, ImageBuffer, Pixel};
use seededit_base::parallel::map;

pub use size::Size;

type Buffer<P> = ImageBuffer<P, Vec<<P as Pixel>::Subpixel>>;

/// A rectangle in a picture, in pixels. Its edges may lie between pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResizeArea {
    /// The distance from the left edge of the picture.
    pub left: f64,
    /// The distance from the top edge of the picture.
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl ResizeArea {
    fn whole(image: &DynamicImage) -> ResizeArea {
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        ResizeArea { left: 0.0, top: 0.0, width, height }
    }
}

/// How pixels are weighted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Lanczos with three lobes: sharp in both directions.
    Lanczos3,
    /// A triangle: soft, without overshoot. It widens when the picture shrinks, so every source pixel counts.
    Triangle,
}

/// Why a picture cannot be scaled: the size is empty, or the area is not within the picture.
#[derive(Debug, thiserror::Error)]
#[error("the picture cannot be scaled to {to}")]
pub struct ResizeError {
    /// The requested size.
    pub to: Size,
}

/// Scales an image with [`Filter::Lanczos3`].
///
/// Keeps the color type, except that floating-point samples become 16 bits. Transparent pixels do not color their
/// neighbors.
///
/// # Errors
/// If the image or the size is empty.
pub fn resize(image: &DynamicImage, to: Size) -> Result<DynamicImage, ResizeError> {
    resize_with(image, to, Filter::Lanczos3)
}

/// Scales an image, like [`resize`].
///
/// # Errors
/// If the image or the size is empty.
pub fn resize_with(image: &DynamicImage, to: Size, filter: Filter) -> Result<DynamicImage, ResizeError> {
    if (image.width(), image.height()) == (to.width, to.height) {
        return Ok(image.clone());
    }
    scale(image, ResizeArea::whole(image), to, filter)
}

/// Scales a part of an image as if the whole image had been scaled: pixels next to the part affect its outermost
/// pixels, as far as the filter reaches. Uses [`Filter::Lanczos3`].
///
/// # Errors
/// If the size is empty, or the area is not within the image.
pub fn resize_part(image: &DynamicImage, part: ResizeArea, to: Size) -> Result<DynamicImage, ResizeError> {
    let ResizeArea { left, top, width, height } = part;
    let is_within = left >= 0.0
        && top >= 0.0
        && width > 0.0
        && height > 0.0
        && left + width <= f64::from(image.width())
        && top + height <= f64::from(image.height());
    if !is_within {
        return Err(ResizeError { to });
    }
    scale(image, part, to, Filter::Lanczos3)
}

fn scale(
    image: &DynamicImage,
    part: ResizeArea,
    to: Size,
    filter: Filter,
) -> Result<DynamicImage, ResizeError> {
    let scale_dynamic = |image: DynamicImage| scale(&image, part, to, filter);
    Ok(match image {
        DynamicImage::ImageLuma8(image) => {
            scale_bands(image, part, to, filter, scale_opaque::<U8, _>)?.into()
        }
        DynamicImage::ImageRgb8(image) => {
            scale_bands(image, part, to, filter, scale_opaque::<U8x3, _>)?.into()
        }
        DynamicImage::ImageRgb16(image) => {
            scale_bands(image, part, to, filter, scale_opaque::<U16x3, _>)?.into()
        }
        DynamicImage::ImageRgba8(image) => scale_bands(image, part, to, filter, scale_rgba8)?.into(),
        DynamicImage::ImageRgba16(image) => scale_bands(image, part, to, filter, scale_rgba16)?.into(),
        // Rare color types, so they have no vector code of their own: each pixel type adds to the build time.
        DynamicImage::ImageLumaA8(_) => scale_dynamic(image.to_rgba8().into())?.to_luma_alpha8().into(),
        DynamicImage::ImageLuma16(_) => scale_dynamic(image.to_rgb16().into())?.to_luma16().into(),
        DynamicImage::ImageLumaA16(_) => scale_dynamic(image.to_rgba16().into())?.to_luma_alpha16().into(),
        _ if image.color().has_alpha() => scale_dynamic(image.to_rgba16().into())?,
        _ => scale_dynamic(image.to_rgb16().into())?,
    })
}

/// Rows of an image, and the part of them to scale.
struct Band<'a, S> {
    samples: &'a [S],
    size: Size,
    part: ResizeArea,
    filter: Filter,
}

/// Scales a band to rows of this size. `None` if it cannot.
type ScaleBand<S> = fn(Band<'_, S>, Size, &mut [S]) -> Option<()>;

/// Scales a part of an image with `scale_band`, a large one in bands that several processors share.
fn scale_bands<P: Pixel<Subpixel: Pod + Send + Sync>>(
    image: &Buffer<P>,
    part: ResizeArea,
    to: Size,
    filter: Filter,
    scale_band: ScaleBand<P::Subpixel>,
) -> Result<Buffer<P>, ResizeError> {
    /// In pixels. Less is not worth the work of two processors; more is much memory for a copy.
    const BAND: f64 = 3e6;

    if to.pixels() == 0 {
        return Err(ResizeError { to });
    }
    let (samples, size) = (image.as_raw(), Size { width: image.width(), height: image.height() });
    let mut scaled = Buffer::<P>::new(to.width, to.height);
    let row = scaled.len() / to.height as usize;
    // The saturating cast is that of a part without an area, which cannot be scaled.
    let bands = (part.width * part.height / BAND).ceil().max(1.0) as u32;
    let rows = to.height.div_ceil(bands);
    let top = |line: u32| part.top + part.height * f64::from(line) / f64::from(to.height);
    let done =
        map((0..).step_by(rows as usize).zip(scaled.chunks_mut(row * rows as usize)), |(line, scaled)| {
            let rows = rows.min(to.height - line);
            let top_of_next =
                if line + rows == to.height { part.top + part.height } else { top(line + rows) };
            let part = ResizeArea { top: top(line), height: top_of_next - top(line), ..part };
            scale_band(Band::new(samples, size, part, rows, filter)?, Size { height: rows, ..to }, scaled)
        });
    done.into_iter().collect::<Option<()>>().map(|()| scaled).ok_or(ResizeError { to })
}

impl<S> Band<'_, S> {
    /// Returns the rows that the filter reaches when it scales a part to a number of rows. `None` if they are not there.
    fn new(samples: &[S], size: Size, part: ResizeArea, rows: u32, filter: Filter) -> Option<Band<'_, S>> {
        let reach = match filter {
            Filter::Lanczos3 => 3.0,
            Filter::Triangle => 1.0,
        };
        let reach = reach * (part.height / f64::from(rows)).max(1.0) + 1.0;
        let first = (part.top - reach).max(0.0) as u32;
        let end = ((part.top + part.height + reach).ceil() as u32).min(size.height);
        let row = samples.len().checked_div(size.height as usize)?;
        Some(Band {
            samples: samples.get(first as usize * row..end as usize * row)?,
            size: Size { height: end.checked_sub(first)?, ..size },
            part: ResizeArea { top: part.top - f64::from(first), ..part },
            filter,
        })
    }
}

/// Scales pixels without alpha that the vector code knows as `V`.
fn scale_opaque<V: PixelTrait, S: Pod>(band: Band<'_, S>, to: Size, scaled: &mut [S]) -> Option<()> {
    // A copy, because the vector code has buffers of its own, which are mutable: for other pixels, all of it would be
    // compiled once more.
    resample::<V, S>(&mut band.samples.to_vec(), &band, to, scaled)
}

fn scale_rgba8(band: Band<'_, u8>, to: Size, scaled: &mut [u8]) -> Option<()> {
    scale_transparent::<U8x3, _>(&band, to, scaled, |alpha, scaled| {
        resample::<U8, _>(alpha, &band, to, scaled)
    })
}

fn scale_rgba16(band: Band<'_, u16>, to: Size, scaled: &mut [u16]) -> Option<()> {
    scale_transparent::<U16x3, _>(&band, to, scaled, |alpha, scaled| {
        // As three colors, because the vector code for one sample of 16 bits would be compiled for these pictures alone.
        let mut colors: Vec<[u16; 3]> = alpha.iter().map(|alpha| [*alpha; 3]).collect();
        let mut scaled_colors = vec![[0; 3]; scaled.len()];
        resample::<U16x3, _>(colors.as_flattened_mut(), &band, to, scaled_colors.as_flattened_mut())?;
        scaled.iter_mut().zip(scaled_colors).for_each(|(alpha, [red, ..])| *alpha = red);
        Some(())
    })
}

/// Scales pixels with alpha. Their colors, which the vector code knows as `V`, are multiplied by alpha meanwhile, so that
/// transparent pixels do not color their neighbors.
///
/// The vector code could do that, and keep colors and alpha together. It would be compiled once more then.
fn scale_transparent<V: PixelTrait, S: Sample>(
    band: &Band<'_, S>,
    to: Size,
    scaled: &mut [S],
    scale_alpha: impl FnOnce(&mut [S], &mut [S]) -> Option<()>,
) -> Option<()> {
    let (mut colors, mut alpha) = alpha::multiply(band.samples.as_chunks().0);
    let (pixels, _) = scaled.as_chunks_mut();
    let (mut scaled_colors, mut scaled_alpha) =
        (vec![[S::zeroed(); 3]; pixels.len()], vec![S::zeroed(); pixels.len()]);
    resample::<V, _>(colors.as_flattened_mut(), band, to, scaled_colors.as_flattened_mut())?;
    scale_alpha(&mut alpha, &mut scaled_alpha)?;
    alpha::divide(&scaled_colors, &scaled_alpha, pixels);
    Some(())
}

/// Scales the samples of a band, which the vector code knows as `V`. Returns `None` if they or the result do not fit.
fn resample<V: PixelTrait, S: Pod>(
    samples: &mut [S],
    band: &Band<'_, impl Sized>,
    to: Size,
    scaled: &mut [S],
) -> Option<()> {
    let (Size { width, height }, part) = (band.size, band.part);
    let filter = match band.filter {
        Filter::Lanczos3 => FilterType::Lanczos3,
        Filter::Triangle => FilterType::Bilinear,
    };
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(filter))
        .crop(part.left, part.top, part.width, part.height)
        .use_alpha(false);
    let source = TypedImage::<V>::from_buffer(width, height, cast_slice_mut(samples)).ok()?;
    let mut scaled = TypedImage::from_buffer(to.width, to.height, cast_slice_mut(scaled)).ok()?;
    Resizer::new().resize_typed(&source, &mut scaled, &options).ok()
}

/// What the tests of this package need of its inside.
#[doc(hidden)]
pub mod testing {
    use super::{Band, Filter, ResizeArea, Size, U8x3, scale_opaque};
    use image::RgbImage;

    pub use super::alpha::{Sample, divide, multiply};

    /// Scales a part with [`Filter::Lanczos3`], from all rows of the image and in one piece.
    pub fn scaled_in_one_band(image: &RgbImage, part: ResizeArea, to: Size) -> Option<RgbImage> {
        let size = Size { width: image.width(), height: image.height() };
        let band = Band { samples: image.as_raw(), size, part, filter: Filter::Lanczos3 };
        let mut scaled = RgbImage::new(to.width, to.height);
        scale_opaque::<U8x3, _>(band, to, &mut scaled).map(|()| scaled)
    }
}

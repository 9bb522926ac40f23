//! Scales pictures up and down.
//!
//! A package of its own, because the vector code that it instantiates takes as long to compile as all other code about
//! pictures, and would be compiled again for their tests.

#![forbid(unsafe_code)]

mod size;

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x3, U8x4, U16x4};
use fast_image_resize::{FilterType, ImageView, MulDiv, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, ImageBuffer, Pixel, Rgba};
use seededit_base::parallel::join;

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
        DynamicImage::ImageLuma8(image) => scale_opaque::<U8, _>(image, part, to, filter)?.into(),
        DynamicImage::ImageRgb8(image) => scale_opaque::<U8x3, _>(image, part, to, filter)?.into(),
        DynamicImage::ImageRgba8(image) => scale_transparent::<U8x4, _>(image, part, to, filter)?.into(),
        DynamicImage::ImageRgba16(image) => scale_transparent::<U16x4, _>(image, part, to, filter)?.into(),
        // Rare color types, so they have no vector code of their own: each pixel type adds to the build time.
        DynamicImage::ImageRgb16(_) => {
            DynamicImage::from(scale_rgb16(image.to_rgba16(), part, to, filter)?).to_rgb16().into()
        }
        DynamicImage::ImageLumaA8(_) => scale_dynamic(image.to_rgba8().into())?.to_luma_alpha8().into(),
        DynamicImage::ImageLuma16(_) => scale_dynamic(image.to_rgb16().into())?.to_luma16().into(),
        DynamicImage::ImageLumaA16(_) => scale_dynamic(image.to_rgba16().into())?.to_luma_alpha16().into(),
        _ if image.color().has_alpha() => scale_dynamic(image.to_rgba16().into())?,
        _ => scale_dynamic(image.to_rgb16().into())?,
    })
}

/// Scales pixels without alpha that the vector code knows as `V`.
fn scale_opaque<V: PixelTrait, P: Pixel<Subpixel: Pod>>(
    image: &Buffer<P>,
    part: ResizeArea,
    to: Size,
    filter: Filter,
) -> Result<Buffer<P>, ResizeError> {
    scale_view(&view::<V, P>(image, to)?, part, to, filter)
}

/// The pixels of an image as the vector code knows them. `to` is the size for the error.
fn view<V: PixelTrait, P: Pixel<Subpixel: Pod>>(
    image: &Buffer<P>,
    to: Size,
) -> Result<TypedImageRef<'_, V>, ResizeError> {
    TypedImageRef::from_buffer(image.width(), image.height(), cast_slice(image.as_raw()))
        .map_err(|_| ResizeError { to })
}

/// Scales pixels with alpha that the vector code knows as `V`. Their colors are multiplied by alpha meanwhile.
///
/// The vector code could do that itself. It would be compiled once more then, for pictures without alpha.
fn scale_transparent<V: PixelTrait, P: Pixel<Subpixel: Pod>>(
    image: &Buffer<P>,
    part: ResizeArea,
    to: Size,
    filter: Filter,
) -> Result<Buffer<P>, ResizeError> {
    let error = || ResizeError { to };
    let (width, height) = image.dimensions();
    let alpha = MulDiv::new();
    let mut multiplied = TypedImage::<V>::new(width, height);
    alpha.multiply_alpha_typed(&view::<V, P>(image, to)?, &mut multiplied).map_err(|_| error())?;
    let mut scaled = scale_view(&multiplied, part, to, filter)?;
    let samples: &mut [u8] = cast_slice_mut(&mut scaled);
    let mut view = TypedImage::<V>::from_buffer(to.width, to.height, samples).map_err(|_| error())?;
    alpha.divide_alpha_inplace_typed(&mut view).map_err(|_| error())?;
    Ok(scaled)
}

/// Scales opaque pixels of 16 bits with the code of those with alpha.
fn scale_rgb16(
    mut image: Buffer<Rgba<u16>>,
    part: ResizeArea,
    to: Size,
    filter: Filter,
) -> Result<Buffer<Rgba<u16>>, ResizeError> {
    let (width, height) = image.dimensions();
    let source = TypedImage::<U16x4>::from_buffer(width, height, cast_slice_mut(&mut image))
        .map_err(|_| ResizeError { to })?;
    scale_view(&source, part, to, filter)
}

/// Scales a part of a picture whose pixels have no alpha, or colors that were multiplied by it.
fn scale_view<V: PixelTrait, P: Pixel<Subpixel: Pod>>(
    source: &impl ImageView<Pixel = V>,
    part: ResizeArea,
    to: Size,
    filter: Filter,
) -> Result<Buffer<P>, ResizeError> {
    /// In pixels. More is worth the work of two processors.
    const LARGE: f64 = 2e6;

    let error = || ResizeError { to };
    if to.pixels() == 0 {
        return Err(error());
    }
    let mut scaled = Buffer::<P>::new(to.width, to.height);
    let samples: &mut [u8] = cast_slice_mut(&mut scaled);
    let scale_rows = |part: ResizeArea, rows: u32, samples: &mut [u8]| {
        scale_into(source, part, Size { height: rows, ..to }, samples, filter).ok_or_else(error)
    };
    if part.width * part.height > LARGE && to.height > 1 {
        // The upper half is never the smaller one, so that the lower one ends exactly where the whole does.
        let rows = to.height.div_ceil(2);
        let (upper, lower) = samples.split_at_mut(samples.len() / to.height as usize * rows as usize);
        let height = part.height * f64::from(rows) / f64::from(to.height);
        let (middle, bottom) = (part.top + height, part.top + part.height);
        let lower_part = ResizeArea { top: middle, height: bottom - middle, ..part };
        let (upper, lower) = join(
            || scale_rows(ResizeArea { height, ..part }, rows, upper),
            || scale_rows(lower_part, to.height - rows, lower),
        );
        upper.and(lower)?;
    } else {
        scale_rows(part, to.height, samples)?;
    }
    Ok(scaled)
}

/// Scales a part into the samples of an image of a size. Returns `None` if the part or the samples do not fit.
fn scale_into<V: PixelTrait>(
    source: &impl ImageView<Pixel = V>,
    part: ResizeArea,
    to: Size,
    samples: &mut [u8],
    filter: Filter,
) -> Option<()> {
    let ResizeArea { left, top, width, height } = part;
    let filter = match filter {
        Filter::Lanczos3 => FilterType::Lanczos3,
        Filter::Triangle => FilterType::Bilinear,
    };
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(filter))
        .crop(left, top, width, height)
        .use_alpha(false);
    let mut scaled = TypedImage::from_buffer(to.width, to.height, samples).ok()?;
    Resizer::new().resize_typed(source, &mut scaled, &options).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ColorType, GenericImageView, Rgb, RgbImage, Rgba, RgbaImage};

    const SIZE: Size = Size { width: 45, height: 38 };
    const SMALL: Size = Size { width: 30, height: 17 };

    fn rgb() -> RgbImage {
        RgbImage::from_fn(SIZE.width, SIZE.height, |x, y| {
            let level = |n: u32| u8::try_from(n.min(255)).unwrap();
            Rgb([level(x * 5 + (x * 7 + y * 13) % 11), level(y * 4 + 90), level(200 - x - y)])
        })
    }

    fn rgba() -> RgbaImage {
        DynamicImage::from(rgb()).to_rgba8()
    }

    #[test]
    fn the_color_type_is_kept() {
        let rgba = DynamicImage::from(rgba());
        for image in [
            rgba.to_luma8().into(),
            rgba.to_luma_alpha8().into(),
            rgba.to_rgb8().into(),
            rgba.clone(),
            rgba.to_luma16().into(),
            rgba.to_luma_alpha16().into(),
            rgba.to_rgb16().into(),
            DynamicImage::from(rgba.to_rgba16()),
        ] {
            for to in [SMALL, Size { width: 101, height: 99 }] {
                let scaled = resize(&image, to).unwrap();
                assert_eq!(scaled.color(), image.color());
                assert_eq!(scaled.dimensions(), (to.width, to.height));
            }
        }
        let float = DynamicImage::from(rgba.to_rgb32f());
        assert_eq!(resize(&float, SMALL).unwrap().color(), ColorType::Rgb16);
    }

    #[test]
    fn gray_levels_do_not_depend_on_the_color_type() {
        let gray = DynamicImage::from(DynamicImage::from(rgb()).to_luma8());
        let expected = resize(&gray, SMALL).unwrap().to_luma8();
        for image in [
            gray.to_luma_alpha8().into(),
            gray.to_rgb8().into(),
            gray.to_luma16().into(),
            DynamicImage::from(gray.to_luma_alpha16()),
        ] {
            let scaled = resize(&image, SMALL).unwrap().to_luma8();
            let near = |(one, other): (&u8, &u8)| one.abs_diff(*other) <= 1;
            assert!(scaled.iter().zip(expected.iter()).all(near), "{:?}", image.color());
        }
    }

    #[test]
    fn the_same_size_returns_the_same_picture() {
        let image = DynamicImage::from(rgb());
        assert_eq!(resize(&image, SIZE).unwrap(), image);
    }

    #[test]
    fn a_single_color_is_kept() {
        let image = RgbImage::from_pixel(64, 48, Rgb([200, 30, 90])).into();
        for to in [SMALL, Size { width: 100, height: 90 }] {
            assert!(resize(&image, to).unwrap().to_rgb8().pixels().all(|pixel| pixel.0 == [200, 30, 90]));
        }
    }

    #[test]
    fn transparent_pixels_do_not_color_their_neighbors() {
        let image =
            RgbaImage::from_fn(
                64,
                64,
                |x, _| {
                    if x < 32 { Rgba([250, 0, 0, 255]) } else { Rgba([0, 250, 0, 0]) }
                },
            );
        let scaled = resize(&image.into(), SMALL).unwrap().to_rgba8();
        for pixel in scaled.pixels().filter(|pixel| pixel.0[3] > 8) {
            assert!(pixel.0[0] > 230 && pixel.0[1] < 20, "{pixel:?}");
        }
    }

    #[test]
    fn a_scaled_part_equals_that_part_of_the_scaled_whole() {
        let image = DynamicImage::from(rgb());
        let Size { width, height } = SIZE;
        let whole = resize(&image, Size { width: 2 * width, height: 2 * height }).unwrap();
        let part = ResizeArea { left: 10.5, top: 7.0, width: 20.5, height: 11.5 };
        let scaled = resize_part(&image, part, Size { width: 41, height: 23 }).unwrap();
        // The weights are rounded differently.
        let expected = whole.crop_imm(21, 14, 41, 23).to_rgb8();
        let near = |(one, other): (&u8, &u8)| one.abs_diff(*other) <= 1;
        assert!(scaled.to_rgb8().iter().zip(expected.iter()).all(near));
    }

    #[test]
    fn a_large_picture_is_scaled_in_halves_without_a_seam() {
        let pixels = RgbImage::from_fn(2003, 1501, |x, y| {
            Rgb([(x * y / 97) as u8, (x / 3 + y / 5) as u8, (x ^ y) as u8])
        });
        let image = DynamicImage::from(pixels.clone());
        let source = TypedImageRef::<U8x3>::from_buffer(2003, 1501, &pixels).unwrap();
        for (to, part) in [
            (
                Size { width: 601, height: 451 },
                ResizeArea { left: 0.0, top: 0.0, width: 2003.0, height: 1501.0 },
            ),
            (
                Size { width: 400, height: 300 },
                ResizeArea { left: 3.0, top: 1.0, width: 2000.0, height: 1500.0 },
            ),
        ] {
            let mut whole = RgbImage::new(to.width, to.height);
            scale_into(&source, part, to, &mut whole, Filter::Lanczos3).unwrap();
            assert!(resize_part(&image, part, to).unwrap() == whole.into(), "{to}");
        }
    }

    #[test]
    fn an_area_outside_the_image_is_refused() {
        let image = DynamicImage::from(rgb());
        for (left, width) in [(-1.0, 10.0), (40.0, 10.0), (0.0, f64::NAN), (f64::INFINITY, 1.0)] {
            let part = ResizeArea { left, top: 0.0, width, height: 10.0 };
            assert!(resize_part(&image, part, SMALL).is_err(), "{part:?}");
        }
    }

    #[test]
    fn the_triangle_takes_the_mean_when_it_shrinks() {
        let stripes = RgbImage::from_fn(400, 4, |x, _| Rgb([x as u8 % 2 * 200; 3]));
        let scaled = resize_with(&stripes.into(), Size { width: 10, height: 1 }, Filter::Triangle).unwrap();
        for pixel in scaled.to_rgb8().pixels() {
            assert!((98..=102).contains(&pixel.0[0]), "{pixel:?}");
        }
    }
}

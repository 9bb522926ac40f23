//! Cuts an answer out of the white page under a transparent original.
//!
//! The service takes no transparency: an upload shows the original on white, and so does the answer. White at the edge of
//! the original's transparency would be a halo on any other background. So the answer's colors are separated from the
//! page, by the original's opacity and by what the edit painted on the page.

use image::{DynamicImage, GrayImage, ImageBuffer, Rgb, Rgba};
use rayon::prelude::*;
use seededit_resize::{ResizeArea, ResizeError, Size, resize_part};

use super::bit_mask::{BitMask, Connectivity};
use super::plane::{Plane, fmax, fmin};
use super::sample::Sample;
use super::sliding_extrema::SlidingExtrema;
use crate::color::alpha::alpha_channel;
use crate::geometry::Rect;

/// The opacity, in levels, up to which the original counts as transparent: what a resize filter leaves beside an edge.
const TRANSPARENT: f32 = 8.0;
/// The distance from an opaque pixel, in pixels, up to which the answer's page is not judged: codecs spread colors that
/// far.
const SPREAD: usize = 2;
/// The darkness, in levels, up to which a pixel is the page: the noise of a codec on white.
const PAGE: f32 = 12.0;
/// The side of the window, in pixels, in which the darkest pixel tells how opaque the edge of new content is.
const WINDOW: usize = 13;
/// The distance from the page, in pixels, from which new content is opaque, whatever its color.
const EDGE: f32 = 3.0;

/// The least that new content has: this many pixels, or one of this darkness, in levels. What is smaller and fainter is
/// the codec's.
const SMALLEST: usize = 24;
const FAINTEST: f32 = 60.0;

/// An answer without the page.
pub(crate) struct Cutout {
    /// Its colors and its opacity: RGBA with the answer's size and depth.
    pub(crate) image: DynamicImage,
    /// How much of the page the edit painted over: 255 is all of it.
    pub(crate) paint: GrayImage,
}

impl Cutout {
    /// Cuts out an opaque `answer` that shows the `frame` of the original.
    ///
    /// # Errors
    /// If the original cannot be scaled.
    pub(crate) fn new(
        answer: &DynamicImage,
        original: &DynamicImage,
        frame: Rect,
    ) -> Result<Cutout, ResizeError> {
        let alpha = scaled_alpha(original, frame, Size::of(answer))?;
        Ok(if answer.color().bytes_per_pixel() / answer.color().channel_count() > 1 {
            cut(&answer.to_rgb16(), &alpha)
        } else {
            cut(&answer.to_rgb8(), &alpha)
        })
    }
}

fn cut<S: Sample + image::Primitive>(answer: &ImageBuffer<Rgb<S>, Vec<S>>, alpha: &Plane) -> Cutout
where
    Rgb<S>: image::Pixel<Subpixel = S>,
    Rgba<S>: image::Pixel<Subpixel = S>,
    DynamicImage: From<ImageBuffer<Rgba<S>, Vec<S>>>,
{
    let (pixels, _) = answer.as_chunks::<3>();
    let darkness =
        |pixel: &[S; 3]| 255.0 - pixel.iter().fold(255.0, |least, sample| fmin(least, sample.level()));
    let darkness =
        Plane { levels: pixels.par_iter().map(darkness).collect(), ..Plane::new(alpha.width, alpha.height) };
    let paint = painted(alpha, &darkness);
    let mut samples = Vec::new();
    for ((pixel, alpha), paint) in pixels.iter().zip(&alpha.levels).zip(&paint.levels) {
        let alpha = alpha / 255.0;
        let opacity = alpha + (1.0 - alpha) * paint;
        // Below one level there is nothing but the page to see.
        let is_page = opacity < 1.0 / 255.0;
        let color = pixel.map(|sample| match is_page {
            true => sample,
            false => S::nearest(255.0 - (255.0 - sample.level()) / opacity),
        });
        samples.extend(color);
        samples.push(if is_page { S::nearest(0.0) } else { S::nearest(255.0 * opacity) });
    }
    let (width, height) = answer.dimensions();
    let image = ImageBuffer::<Rgba<S>, _>::from_raw(width, height, samples).unwrap_or_default();
    let paint = paint.levels.iter().map(|paint| u8::nearest(255.0 * paint)).collect();
    Cutout { image: image.into(), paint: GrayImage::from_raw(width, height, paint).unwrap_or_default() }
}

/// The opacity of the original's `frame` at another size.
fn scaled_alpha(original: &DynamicImage, frame: Rect, size: Size) -> Result<Plane, ResizeError> {
    let area = ResizeArea {
        left: frame.left as f64,
        top: frame.top as f64,
        width: frame.size.width.into(),
        height: frame.size.height.into(),
    };
    let alpha = resize_part(&alpha_channel(original).into(), area, size)?.into_luma8();
    let levels = alpha.iter().copied().map(f32::from).collect();
    Ok(Plane { width: size.width as usize, height: size.height as usize, levels })
}

/// How much of the page the edit painted over, from 0 to 1. `alpha` is the opacity of the original, `darkness` how far
/// the answer is from white; both in levels. Without any transparent area, everything counts as painted.
fn painted(alpha: &Plane, darkness: &Plane) -> Plane {
    let (width, height) = (alpha.width, alpha.height);
    let nearby = window_extremum(alpha, 2 * SPREAD + 1, fmax);
    let bits = nearby.levels.iter().map(|alpha| *alpha <= TRANSPARENT).collect();
    let transparent = BitMask { width, height, bits };
    if transparent.is_empty() {
        return Plane { levels: vec![1.0; width * height], ..*alpha };
    }
    let bits = transparent.bits.iter().zip(&darkness.levels).zip(&alpha.levels);
    let bits =
        bits.map(|((transparent, darkness), alpha)| *transparent && *darkness <= PAGE + alpha).collect();
    let mut page = BitMask { width, height, bits };
    fill_specks(&mut page, &transparent, darkness);
    remove_enclosed(&mut page, &transparent);
    let far = page.distance_transform(EDGE);
    let new = transparent.bits.iter().zip(&page.bits).zip(&darkness.levels);
    let new = new.map(|((transparent, page), darkness)| if *transparent && !page { *darkness } else { 0.0 });
    let darkest = window_extremum(&Plane { levels: new.collect(), ..*alpha }, WINDOW, fmax);
    let mut paint = Plane::new(width, height);
    for (at, paint) in paint.levels.iter_mut().enumerate() {
        if transparent.bits[at] && !page.bits[at] {
            let inside = ((far.levels[at] - 1.0) / (EDGE - 1.0)).clamp(0.0, 1.0);
            *paint = fmax(inside, darkness.levels[at] / fmax(darkest.levels[at], 1.0));
        }
    }
    spread(&transparent, &mut paint);
    let faintest = window_extremum(alpha, 2 * SPREAD + 1, fmin);
    let levels = paint.levels.iter_mut().zip(&alpha.levels).zip(&darkness.levels).zip(&faintest.levels);
    for (((paint, alpha), darkness), faintest) in levels {
        if *faintest > TRANSPARENT {
            // A color of the original's opacity is at most this dark on white.
            let least = (darkness - alpha - PAGE) / fmax(255.0 - alpha, 1.0);
            *paint = fmax(*paint, least.clamp(0.0, 1.0));
        }
    }
    paint
}

/// The largest or smallest level in the square window around each pixel.
fn window_extremum(plane: &Plane, side: usize, pick: fn(f32, f32) -> f32) -> Plane {
    let mut extremum = Plane::new(plane.width, plane.height);
    extremum.bands().for_each(|(top, band)| {
        let mut window = SlidingExtrema::new(plane, side, top, pick);
        for (y, row) in (top..).zip(band.chunks_exact_mut(plane.width.max(1))) {
            window.of_row(y, row);
        }
    });
    extremum
}

/// Adds what is too small and faint to be new content.
fn fill_specks(page: &mut BitMask, transparent: &BitMask, darkness: &Plane) {
    let bits =
        transparent.bits.iter().zip(&page.bits).map(|(transparent, page)| *transparent && !page).collect();
    let new = BitMask { bits, ..*page };
    new.connected_components(Connectivity::Eight, |part| {
        if part.len() < SMALLEST && part.iter().all(|at| darkness.levels[*at] < FAINTEST) {
            part.iter().for_each(|at| page.bits[*at] = true);
        }
    });
}

/// Removes the pieces that new content encloses: they are white paint, such as the white of an eye.
fn remove_enclosed(page: &mut BitMask, transparent: &BitMask) {
    let (width, height) = (page.width, page.height);
    let mut enclosed = Vec::new();
    page.connected_components(Connectivity::Four, |piece| {
        let is_open = |at: &usize| {
            let (x, y) = (at % width, at / width);
            x == 0
                || y == 0
                || x + 1 == width
                || y + 1 == height
                || [at - 1, at + 1, at - width, at + width].iter().any(|at| !transparent.bits[*at])
        };
        if !piece.iter().any(is_open) {
            enclosed.extend_from_slice(piece);
        }
    });
    enclosed.into_iter().for_each(|at| page.bits[at] = false);
}

/// Gives each other pixel the level of the nearest `known` one, of which there is at least one.
fn spread(known: &BitMask, plane: &mut Plane) {
    let (width, height) = (plane.width, plane.height);
    let distances = known.bits.iter().map(|known| if *known { 0 } else { u32::MAX - 4 });
    let mut distances: Vec<u32> = distances.collect();
    let mut step = |at: usize, from: usize, cost: u32| {
        if distances[from] + cost < distances[at] {
            distances[at] = distances[from] + cost;
            plane.levels[at] = plane.levels[from];
        }
    };
    // Two passes with the weights of Borgefors' 3×3 chamfer (3, 4).
    for y in 0..height {
        for x in 0..width {
            let at = y * width + x;
            if x > 0 {
                step(at, at - 1, 3);
            }
            if y > 0 {
                step(at, at - width, 3);
                if x > 0 {
                    step(at, at - width - 1, 4);
                }
                if x + 1 < width {
                    step(at, at - width + 1, 4);
                }
            }
        }
    }
    for y in (0..height).rev() {
        for x in (0..width).rev() {
            let at = y * width + x;
            if x + 1 < width {
                step(at, at + 1, 3);
            }
            if y + 1 < height {
                step(at, at + width, 3);
                if x > 0 {
                    step(at, at + width - 1, 4);
                }
                if x + 1 < width {
                    step(at, at + width + 1, 4);
                }
            }
        }
    }
}

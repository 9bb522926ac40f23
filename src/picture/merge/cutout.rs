//! Cuts an answer out of the white page under a transparent original.
//!
//! The service takes no transparency: an upload shows the original on white, and so does the answer. At the edge of the
//! original's transparency, that white would be a halo on any other background. So the answer's colors are separated
//! from the page, by the opacity of the original and by what the edit painted on the page.

use image::{DynamicImage, GrayImage, ImageBuffer, Rgb, Rgba};
use seededit_base::parallel::for_each;
use seededit_resize::{ResizeArea, ResizeError, Size, resize_part};

use super::bit_mask::{BitMask, Connectivity};
use super::blend::AlphaMode;
use super::sample::Sample;
use super::sliding_extrema::SlidingExtrema;
use crate::color::alpha::alpha_channel;
use crate::color::is_16_bit;
use crate::plane::{Plane, fmax, fmin};

/// The opacity of the original, in levels, up to which a pixel is transparent: about what a resize filter adds next to
/// an edge.
const TRANSPARENT: f32 = 8.0;
/// The distance from pixels that are not transparent, in pixels, within which the answer's page is not examined. Codecs
/// spread colors that far.
const SPREAD: usize = 2;
/// The darkness, in levels, up to which a pixel is the page: about the noise of a codec on white.
const PAGE: f32 = 12.0;
/// The side of the window, in pixels, whose darkest pixel tells how opaque the edge of new content is.
const WINDOW: usize = 13;
/// The distance from the page, in pixels, from which new content is opaque, whatever its color.
const EDGE: f32 = 3.0;
/// New content has at least this number of pixels, or a pixel of at least this darkness, in levels. Anything smaller
/// and fainter comes from the codec.
const MIN_PIXELS: usize = 24;
const MIN_DARKNESS: f32 = 60.0;

/// An answer without the page.
pub(crate) struct Cutout {
    /// The colors and their opacity: RGBA with the size and the depth of the answer.
    pub(crate) image: DynamicImage,
    /// The share of the page that the edit painted over, in levels.
    pub(crate) paint: GrayImage,
}

impl Cutout {
    /// Cuts out an opaque `answer` that shows the `frame` of the original.
    ///
    /// With [`AlphaMode::Keep`], nothing is painted on the page, whose color is that of the answer around the original. So
    /// a whole answer may become darker, and what it paints beside the original does not shine through.
    ///
    /// # Errors
    /// If the original cannot be scaled.
    pub(crate) fn new(
        answer: &DynamicImage,
        original: &DynamicImage,
        frame: ResizeArea,
        mode: AlphaMode,
    ) -> Result<Cutout, ResizeError> {
        let size = Size::of(answer);
        let alpha = resize_part(&alpha_channel(original).into(), frame, size)?.into_luma8();
        let (width, height) = (size.width as usize, size.height as usize);
        let alpha = Plane { width, height, levels: alpha.iter().copied().map(f32::from).collect() };
        Ok(if is_16_bit(answer) {
            cut(&answer.to_rgb16(), &alpha, mode)
        } else {
            cut(&answer.to_rgb8(), &alpha, mode)
        })
    }
}

fn cut<S: Sample>(answer: &ImageBuffer<Rgb<S>, Vec<S>>, alpha: &Plane, mode: AlphaMode) -> Cutout
where
    Rgb<S>: image::Pixel<Subpixel = S>,
    Rgba<S>: image::Pixel<Subpixel = S>,
    DynamicImage: From<ImageBuffer<Rgba<S>, Vec<S>>>,
{
    let (pixels, _) = answer.as_chunks::<3>();
    let (paint, page) = match mode {
        AlphaMode::Cover => {
            let darkness = |pixel: &[S; 3]| {
                255.0 - pixel.iter().fold(255.0, |darkest, sample| fmin(darkest, sample.to_level()))
            };
            let mut dark = Plane::new(alpha.width, alpha.height);
            let width = dark.width;
            for_each(dark.bands(), |(top, levels)| {
                let pixels = pixels.get(top * width..).unwrap_or_default();
                levels.iter_mut().zip(pixels).for_each(|(level, pixel)| *level = darkness(pixel));
            });
            (painted_share(alpha, &dark), Page::White)
        }
        AlphaMode::Keep => (Plane::new(alpha.width, alpha.height), Page::around(alpha, pixels)),
    };
    let mut samples = Vec::with_capacity(4 * pixels.len());
    for (at, pixel) in pixels.iter().enumerate() {
        let alpha = alpha.levels[at] / 255.0;
        let opacity = alpha + (1.0 - alpha) * paint.levels[at];
        // Below one level, there is nothing but the page.
        let is_page = opacity < 1.0 / 255.0;
        let page = page.color(at);
        samples.extend([0, 1, 2].map(|channel| {
            let (level, page) = (pixel[channel].to_level(), page[channel]);
            if is_page { pixel[channel] } else { S::from_level(page - (page - level) / opacity) }
        }));
        samples.push(S::from_level(if is_page { 0.0 } else { 255.0 * opacity }));
    }
    let (width, height) = answer.dimensions();
    let image = ImageBuffer::<Rgba<S>, _>::from_raw(width, height, samples).unwrap_or_default();
    let paint = paint.levels.iter().map(|paint| u8::from_level(255.0 * paint)).collect();
    Cutout { image: image.into(), paint: GrayImage::from_raw(width, height, paint).unwrap_or_default() }
}

/// The color of the page behind each pixel of an answer, in levels.
enum Page {
    White,
    Colors([Plane; 3]),
}

impl Page {
    /// The page has the colors of the nearest pixels in which the original is transparent.
    fn around<S: Sample>(alpha: &Plane, pixels: &[[S; 3]]) -> Page {
        let transparent = transparent_area(alpha);
        if transparent.is_empty() {
            return Page::White;
        }
        Page::Colors([0, 1, 2].map(|channel| {
            let levels = pixels.iter().map(|pixel| pixel[channel].to_level()).collect();
            let mut plane = Plane { levels, ..*alpha };
            spread(&transparent, &mut plane);
            plane
        }))
    }

    fn color(&self, at: usize) -> [f32; 3] {
        match self {
            Page::White => [255.0; 3],
            Page::Colors(planes) => [0, 1, 2].map(|channel| planes[channel].levels[at]),
        }
    }
}

/// The pixels around which the original is transparent, so that the answer shows nothing of it.
fn transparent_area(alpha: &Plane) -> BitMask {
    let most_opaque = window_extremum(alpha, 2 * SPREAD + 1, fmax);
    let bits = most_opaque.levels.iter().map(|alpha| *alpha <= TRANSPARENT).collect();
    BitMask { width: alpha.width, height: alpha.height, bits }
}

/// The share of the page that the edit painted over at each pixel, from 0 to 1.
///
/// `alpha` is the opacity of the original, and `darkness` is the difference of the answer from white, both in levels.
/// If the original has no transparent area, everything is painted over.
fn painted_share(alpha: &Plane, darkness: &Plane) -> Plane {
    let (width, height) = (alpha.width, alpha.height);
    let transparent = transparent_area(alpha);
    if transparent.is_empty() {
        return Plane { levels: vec![1.0; width * height], ..*alpha };
    }
    let page = page(&transparent, alpha, darkness);
    let is_new = |at: usize| transparent.bits[at] && !page.bits[at];
    let new = (0..width * height).map(|at| if is_new(at) { darkness.levels[at] } else { 0.0 });
    let darkest = window_extremum(&Plane { levels: new.collect(), ..*alpha }, WINDOW, fmax);
    let distance = page.distance_transform(EDGE);
    let mut paint = Plane::new(width, height);
    for (at, paint) in paint.levels.iter_mut().enumerate().filter(|(at, _)| is_new(*at)) {
        let inside = ((distance.levels[at] - 1.0) / (EDGE - 1.0)).clamp(0.0, 1.0);
        *paint = fmax(inside, darkness.levels[at] / fmax(darkest.levels[at], 1.0));
    }
    spread(&transparent, &mut paint);
    let least_opaque = window_extremum(alpha, 2 * SPREAD + 1, fmin);
    let levels = paint.levels.iter_mut().zip(&alpha.levels).zip(&darkness.levels).zip(&least_opaque.levels);
    for (((paint, alpha), darkness), least_opaque) in levels {
        if *least_opaque > TRANSPARENT {
            // On white, a color of the original's opacity cannot be darker than that.
            let required = (darkness - alpha - PAGE) / fmax(255.0 - alpha, 1.0);
            *paint = fmax(*paint, required.clamp(0.0, 1.0));
        }
    }
    paint
}

/// The transparent pixels in which the answer shows the page.
fn page(transparent: &BitMask, alpha: &Plane, darkness: &Plane) -> BitMask {
    let pixels = transparent.bits.iter().zip(&darkness.levels).zip(&alpha.levels);
    let is_page =
        |((transparent, darkness), alpha): ((&bool, &f32), &f32)| *transparent && *darkness <= PAGE + alpha;
    let mut page = BitMask { bits: pixels.map(is_page).collect(), ..*transparent };
    add_specks(&mut page, transparent, darkness);
    remove_enclosed(&mut page, transparent);
    page
}

/// Adds components of other pixels that are too small and faint to be new content.
fn add_specks(page: &mut BitMask, transparent: &BitMask, darkness: &Plane) {
    let bits = transparent.bits.iter().zip(&page.bits).map(|(transparent, page)| *transparent && !page);
    let new = BitMask { bits: bits.collect(), ..*page };
    new.connected_components(Connectivity::Eight, |component| {
        let is_faint = |at: &usize| darkness.levels[*at] < MIN_DARKNESS;
        if component.len() < MIN_PIXELS && component.iter().all(is_faint) {
            component.iter().for_each(|at| page.bits[*at] = true);
        }
    });
}

/// Removes the components that new content encloses. They are white paint, such as the white of an eye.
fn remove_enclosed(page: &mut BitMask, transparent: &BitMask) {
    let (width, height) = (page.width, page.height);
    let mut enclosed = Vec::new();
    page.connected_components(Connectivity::Four, |component| {
        let is_open = |at: &usize| {
            let (x, y) = (at % width, at / width);
            x == 0
                || y == 0
                || x + 1 == width
                || y + 1 == height
                || [at - 1, at + 1, at - width, at + width].iter().any(|at| !transparent.bits[*at])
        };
        if !component.iter().any(is_open) {
            enclosed.extend_from_slice(component);
        }
    });
    enclosed.into_iter().for_each(|at| page.bits[at] = false);
}

/// The largest or smallest level in the square window around each pixel.
fn window_extremum(plane: &Plane, side: usize, pick: fn(f32, f32) -> f32) -> Plane {
    let mut extremum = Plane::new(plane.width, plane.height);
    for_each(extremum.bands(), |(top, band)| {
        let mut window = SlidingExtrema::new(plane, side, top, pick);
        for (y, row) in (top..).zip(band.chunks_exact_mut(plane.width.max(1))) {
            window.row(y, row);
        }
    });
    extremum
}

/// Gives each pixel outside `known` the level of the nearest one inside. `known` must not be empty.
fn spread(known: &BitMask, plane: &mut Plane) {
    // Two passes with the weights of Borgefors' 3×3 chamfer (3, 4).
    const SIDE: u32 = 3;
    const CORNER: u32 = 4;
    const FAR: u32 = u32::MAX - CORNER;

    let (width, height) = (plane.width, plane.height);
    let mut distances: Vec<u32> = known.bits.iter().map(|known| if *known { 0 } else { FAR }).collect();
    let mut step = |at: usize, from: usize, cost: u32| {
        if distances[from] + cost < distances[at] {
            distances[at] = distances[from] + cost;
            plane.levels[at] = plane.levels[from];
        }
    };
    for y in 0..height {
        for x in 0..width {
            let at = y * width + x;
            if x > 0 {
                step(at, at - 1, SIDE);
            }
            if y > 0 {
                step(at, at - width, SIDE);
                if x > 0 {
                    step(at, at - width - 1, CORNER);
                }
                if x + 1 < width {
                    step(at, at - width + 1, CORNER);
                }
            }
        }
    }
    for y in (0..height).rev() {
        for x in (0..width).rev() {
            let at = y * width + x;
            if x + 1 < width {
                step(at, at + 1, SIDE);
            }
            if y + 1 < height {
                step(at, at + width, SIDE);
                if x > 0 {
                    step(at, at + width - 1, CORNER);
                }
                if x + 1 < width {
                    step(at, at + width + 1, CORNER);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbaImage;

    fn plane(width: usize, levels: Vec<f32>) -> Plane {
        Plane { width, height: levels.len() / width, levels }
    }

    /// A disc with a soft edge of 12 pixels, in levels of opacity.
    fn soft_disc() -> RgbaImage {
        RgbaImage::from_fn(128, 128, |x, y| {
            let distance = (x as f32 - 64.0).hypot(y as f32 - 64.0);
            let alpha = ((50.0 - distance) / 12.0 + 0.5).clamp(0.0, 1.0) * 255.0;
            Rgba([20, 90, 190, alpha.round() as u8])
        })
    }

    #[test]
    fn a_kept_edge_has_no_rim_whatever_the_color_of_the_page_became() {
        let disc = soft_disc();
        for page in [255.0, 60.0] {
            let answer = image::RgbImage::from_fn(128, 128, |x, y| {
                let Rgba([colors @ .., alpha]) = disc.get_pixel(x, y);
                let alpha = f32::from(*alpha) / 255.0;
                Rgb(colors.map(|level| (f32::from(level) * alpha + page * (1.0 - alpha)).round() as u8))
            });
            let whole = ResizeArea { left: 0.0, top: 0.0, width: 128.0, height: 128.0 };
            let cutout = Cutout::new(&answer.into(), &disc.clone().into(), whole, AlphaMode::Keep).unwrap();
            for (found, disc) in cutout.image.into_rgba8().pixels().zip(disc.pixels()) {
                assert!(found.0[3].abs_diff(disc.0[3]) <= 1);
                if disc.0[3] >= 32 {
                    assert!(
                        found.0.iter().zip(disc.0).all(|(a, b)| a.abs_diff(b) <= 9),
                        "{found:?} on {page}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_opaque_original_is_painted_over_everywhere() {
        let (alpha, darkness) = (plane(8, vec![254.0; 64]), plane(8, vec![0.0; 64]));
        assert!(painted_share(&alpha, &darkness).levels.iter().all(|share| *share == 1.0));
    }

    #[test]
    fn the_page_is_not_painted_and_new_content_is_opaque_inside() {
        let alpha = plane(40, vec![0.0; 1600]);
        // A dark square with half-covered sides.
        let side = |at: usize| {
            if (11..29).contains(&at) {
                1.0
            } else if (10..30).contains(&at) {
                0.5
            } else {
                0.0
            }
        };
        let darkness = plane(40, (0..1600).map(|at| 200.0 * side(at % 40) * side(at / 40)).collect());
        let share = painted_share(&alpha, &darkness);
        let at = |x: usize, y: usize| share.levels[y * 40 + x];
        assert_eq!([at(5, 20), at(9, 20), at(10, 20), at(20, 20)], [0.0, 0.0, 0.5, 1.0]);
    }

    #[test]
    fn levels_spread_to_the_nearest_pixels() {
        let mut row = plane(6, vec![1.0, 0.0, 0.0, 0.0, 0.0, 2.0]);
        spread(
            &BitMask { width: 6, height: 1, bits: vec![true, false, false, false, false, true] },
            &mut row,
        );
        assert_eq!(row.levels, [1.0, 1.0, 1.0, 2.0, 2.0, 2.0]);
    }
}

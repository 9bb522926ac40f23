//! A picture that shows what of it was replaced.

use image::{DynamicImage, GrayImage, Rgb, RgbImage};
use seededit_base::parallel::{for_each, join};

use super::bit_mask::BitMask;
use crate::color::flatten::flatten;

/// The tint of replaced parts: magenta, which few pictures contain.
const TINT: [u32; 3] = [255, 0, 160];
/// The share of the tint where a pixel is replaced in full, out of 255.
const STRENGTH: u32 = 100;
/// The longer side of a picture whose outline is a line of one pixel on each side, in pixels.
const SIDE_PER_LINE: u32 = 800;
/// The two lines of the outline: one of them contrasts with any picture.
const OUTER: Rgb<u8> = Rgb([255; 3]);
const INNER: Rgb<u8> = Rgb([0; 3]);

/// Returns the picture on white, with the parts tinted and outlined that `mask` shows: 0 is unchanged. The mask has the
/// size of the picture.
///
/// Pixels outside the outline are those of the picture. The inner line of the outline is on replaced pixels, the outer
/// one next to them.
#[must_use]
pub fn overlay(picture: DynamicImage, mask: &GrayImage) -> RgbImage {
    let mut image = flatten(picture).into_rgb8();
    let (width, height) = (mask.width() as usize, mask.height() as usize);
    let bits = mask.iter().map(|cover| *cover > 0).collect();
    let replaced = BitMask { width, height, bits };
    let line = (mask.width().max(mask.height()) / SIDE_PER_LINE).max(1) as f32;
    let (outer, inner) = join(|| replaced.dilate(line), || replaced.invert().dilate(line));
    for_each(image.chunks_exact_mut((3 * width).max(1)).enumerate(), |(y, row)| {
        let row = row.chunks_exact_mut(3).zip(mask.iter().skip(y * width));
        for ((pixel, cover), (outer, inner)) in row.zip(outer.row(y).iter().zip(inner.row(y))) {
            match (*cover > 0, outer, inner) {
                (true, _, true) => pixel.copy_from_slice(&INNER.0),
                (true, ..) => tint(pixel, u32::from(*cover)),
                (false, true, _) => pixel.copy_from_slice(&OUTER.0),
                (false, ..) => {}
            }
        }
    });
    image
}

fn tint(pixel: &mut [u8], cover: u32) {
    const FULL: u32 = u8::MAX as u32;
    let share = STRENGTH * cover / FULL;
    for (level, tint) in pixel.iter_mut().zip(TINT) {
        *level = ((u32::from(*level) * (FULL - share) + tint * share + FULL / 2) / FULL) as u8;
    }
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    const WIDTH: u32 = 1800;

    /// A picture of one level, with a disc that was replaced.
    fn overlaid(level: u8) -> RgbImage {
        let mask = GrayImage::from_fn(WIDTH, 400, |x, y| {
            Luma([if (x as f32 - 900.0).hypot(y as f32 - 200.0) < 100.0 { 255 } else { 0 }])
        });
        overlay(RgbImage::from_pixel(WIDTH, 400, Rgb([level; 3])).into(), &mask)
    }

    #[test]
    fn the_outline_has_a_dark_and_a_light_line_and_the_rest_is_kept() {
        for level in [0, 128, 255] {
            let image = overlaid(level);
            let row = |from: u32, to: u32| (from..to).map(|x| image.get_pixel(x, 200).0).collect::<Vec<_>>();
            // The disc begins at 801. Two pixels wide lines in a picture of this size.
            assert_eq!(row(799, 803), [[255; 3], [255; 3], [0; 3], [0; 3]]);
            assert_eq!(row(780, 799), [[level; 3]; 19]);
            let inside = image.get_pixel(900, 200).0;
            assert!(inside[0] > inside[1].saturating_add(40) && inside != [level; 3], "{inside:?}");
        }
    }

    #[test]
    fn nothing_or_all_replaced_has_no_outline() {
        let picture = || DynamicImage::from(RgbImage::from_pixel(30, 20, Rgb([90; 3])));
        assert_eq!(overlay(picture(), &GrayImage::new(30, 20)), picture().into_rgb8());
        let all = overlay(picture(), &GrayImage::from_pixel(30, 20, Luma([255])));
        let tinted = *all.get_pixel(0, 0);
        assert!(tinted != Rgb([90; 3]) && all.pixels().all(|pixel| *pixel == tinted));
    }
}

//! The pixels in which two images differ.

use image::DynamicImage;
use seededit_base::parallel::map;
use seededit_resize::Size;

use crate::geometry::Rect;

/// The rows that are compared at a time.
const ROWS: usize = 64;

/// Pixels of an original, for each part of a result that has others.
#[derive(Clone, Debug)]
pub struct ReplacedPart {
    /// Where they were.
    pub area: Rect,
    pub pixels: DynamicImage,
}

/// Returns the pixels of an original in areas within it.
pub(crate) fn replaced_parts(original: &DynamicImage, areas: &[Rect]) -> Vec<ReplacedPart> {
    areas.iter().map(|area| ReplacedPart { area: *area, pixels: cropped(original, area) }).collect()
}

/// Returns the number of pixels in which `written` differs from an original of the same size. That is `image` without its
/// replaced parts, which are disjoint.
pub(crate) fn changed_pixels(replaced: &[ReplacedPart], image: &DynamicImage, written: &DynamicImage) -> u64 {
    let mut changed = differing_pixels(image, written);
    for ReplacedPart { area, pixels } in replaced {
        let (image, written) = (cropped(image, area), cropped(written, area));
        changed += differing_pixels(pixels, &written);
        changed -= differing_pixels(&image, &written);
    }
    changed
}

/// Returns the number of pixels in which an image differs from its original, of which it has other parts.
pub(crate) fn replaced_pixels(replaced: &[ReplacedPart], image: &DynamicImage) -> u64 {
    replaced.iter().map(|part| differing_pixels(&part.pixels, &cropped(image, &part.area))).sum()
}

/// Returns the number of pixels that are not the same in two images of the same size.
///
/// They may have different depths and color models: gray is a color with three equal levels, a pixel without alpha is
/// opaque, and a level of 8 bits is the same share of the maximum in 16 bits.
fn differing_pixels(one: &DynamicImage, other: &DynamicImage) -> u64 {
    let Size { width, height } = Size::of(one);
    if one.color() == other.color() {
        let pixel = usize::from(one.color().bytes_per_pixel());
        let band = (ROWS * width as usize * pixel).max(1);
        let bands = one.as_bytes().chunks(band).zip(other.as_bytes().chunks(band));
        let count = |(one, other): (&[u8], &[u8])| {
            let pixels = one.chunks_exact(pixel).zip(other.chunks_exact(pixel));
            pixels.filter(|(one, other)| one != other).count() as u64
        };
        return map(bands, count).into_iter().sum();
    }
    let bands = (0..height).step_by(ROWS);
    let count = |top: u32| {
        let wide = |image: &DynamicImage| {
            image.crop_imm(0, top, width, (height - top).min(ROWS as u32)).into_rgba16()
        };
        wide(one).pixels().zip(wide(other).pixels()).filter(|(one, other)| one != other).count() as u64
    };
    map(bands, count).into_iter().sum()
}

fn cropped(image: &DynamicImage, area: &Rect) -> DynamicImage {
    // An area is within the image, so nothing is negative.
    image.crop_imm(area.left as u32, area.top as u32, area.size.width, area.size.height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn picture() -> DynamicImage {
        RgbImage::from_fn(9, 150, |x, y| Rgb([x as u8, y as u8, 7])).into()
    }

    #[test]
    fn depth_alpha_and_gray_that_mean_the_same_are_no_difference() {
        let color = picture();
        let gray = DynamicImage::from(color.to_luma8());
        for (one, others) in [
            (&color, [color.to_rgb16().into(), color.to_rgba8().into(), color.to_rgba16().into()]),
            (&gray, [gray.to_rgb8().into(), gray.to_luma16().into(), gray.to_rgba16().into()]),
        ] {
            for other in others {
                assert_eq!(differing_pixels(one, &other), 0, "{:?}", other.color());
            }
        }
        let mut glass = color.to_rgba16();
        glass.get_pixel_mut(3, 140).0[3] = 65_534;
        assert_eq!(differing_pixels(&color, &glass.into()), 1);
        // One pixel of the color picture is gray.
        assert_eq!(differing_pixels(&color, &gray), 9 * 150 - 1);
    }

    #[test]
    fn a_written_picture_is_compared_with_what_the_result_replaced() {
        let original = picture();
        let area = Rect { left: 2, top: 60, size: Size { width: 4, height: 20 } };
        let replaced = replaced_parts(&original, &[area]);
        let mut image = original.to_rgb8();
        (0..10).for_each(|y| image.get_pixel_mut(3, 60 + y).0 = [200; 3]);
        // One of the replaced pixels is the original's again, and one that was not replaced is another one.
        let mut written = image.clone();
        *written.get_pixel_mut(3, 60) = *original.to_rgb8().get_pixel(3, 60);
        written.get_pixel_mut(8, 149).0 = [1; 3];
        let image = DynamicImage::from(image);
        assert_eq!(replaced_pixels(&replaced, &image), 10);
        assert_eq!(changed_pixels(&replaced, &image, &image), 10);
        assert_eq!(changed_pixels(&replaced, &image, &written.into()), 10);
    }
}

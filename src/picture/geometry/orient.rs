//! Applies an orientation to pixels.

use image::{DynamicImage, ImageBuffer, Pixel};
use seededit_resize::Size;

use super::Orientation;

/// The side of a square tile, in pixels. While its source is read along columns, the rows of a tile stay in the
/// processor's cache.
const TILE: u32 = 32;

type Pixels<P> = ImageBuffer<P, Vec<u8>>;

/// Transforms stored pixels for display. 8-bit gray and RGB are transformed in tiles, which is much faster than pixel
/// by pixel.
pub(crate) fn apply_orientation(image: DynamicImage, orientation: Orientation) -> DynamicImage {
    match image {
        _ if orientation == Orientation::UPRIGHT => image,
        DynamicImage::ImageLuma8(pixels) => transform_tiles::<1, _>(&pixels, orientation).into(),
        DynamicImage::ImageRgb8(pixels) => transform_tiles::<3, _>(&pixels, orientation).into(),
        mut other => {
            if let Some(orientation) = image::metadata::Orientation::from_exif(orientation.value()) {
                other.apply_orientation(orientation);
            }
            other
        }
    }
}

/// The indices of stored pixels, in display order.
struct SourceIndex {
    /// The index of the upper left pixel.
    origin: usize,
    /// The step to the next pixel on the right.
    right: Step,
    /// The step to the next pixel below.
    down: Step,
}

#[derive(Clone, Copy)]
struct Step {
    length: usize,
    is_forward: bool,
}

impl Step {
    fn apply(self, from: usize, count: u32) -> usize {
        let distance = self.length * count as usize;
        if self.is_forward { from.wrapping_add(distance) } else { from.wrapping_sub(distance) }
    }
}

impl SourceIndex {
    fn new(orientation: Orientation, stored: Size) -> Self {
        let (width, height) = (stored.width as usize, stored.height as usize);
        let (row, last) = (width, width * height - 1);
        let (origin, right, down) = match orientation.value() {
            2 => (width - 1, (1, false), (row, true)),
            3 => (last, (1, false), (row, false)),
            4 => (last + 1 - width, (1, true), (row, false)),
            5 => (0, (row, true), (1, true)),
            6 => (last + 1 - width, (row, false), (1, true)),
            7 => (last, (row, false), (1, false)),
            8 => (width - 1, (row, true), (1, false)),
            _ => (0, (1, true), (row, true)),
        };
        let step = |(length, is_forward)| Step { length, is_forward };
        Self { origin, right: step(right), down: step(down) }
    }

    fn at(&self, x: u32, y: u32) -> usize {
        self.down.apply(self.right.apply(self.origin, x), y)
    }
}

fn transform_tiles<const CHANNELS: usize, P: Pixel<Subpixel = u8>>(
    image: &Pixels<P>,
    orientation: Orientation,
) -> Pixels<P> {
    let stored = Size::of(image);
    let upright = if orientation.swaps_sides() { stored.transposed() } else { stored };
    let mut transformed = ImageBuffer::new(upright.width, upright.height);
    if upright.pixels() == 0 {
        return transformed;
    }
    let index = SourceIndex::new(orientation, stored);
    let (from, _) = image.as_chunks::<CHANNELS>();
    let (to, _) = transformed.as_chunks_mut::<CHANNELS>();
    for top in (0..upright.height).step_by(TILE as usize) {
        for left in (0..upright.width).step_by(TILE as usize) {
            for y in top..upright.height.min(top + TILE) {
                let row = y as usize * upright.width as usize;
                for x in left..upright.width.min(left + TILE) {
                    to[row + x as usize] = from[index.at(x, y)];
                }
            }
        }
    }
    transformed
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_inverse_restores_the_stored_pixels(width in 1..40_u32, height in 1..40_u32, value in 1..=8_u8) {
            let orientation = Orientation::new(value).unwrap();
            let image = DynamicImage::from(RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 7])));
            let upright = apply_orientation(image.clone(), orientation);
            prop_assert_eq!(apply_orientation(upright, orientation.inverse()), image);
        }

        #[test]
        fn tiles_give_the_same_pixels_as_a_pixel_by_pixel_transformation(
            width in 1..80_u32,
            height in 1..80_u32,
            value in 1..=8_u8,
        ) {
            let rgb = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 7]));
            for image in [DynamicImage::from(rgb.clone()), DynamicImage::from(rgb).to_luma8().into()] {
                let mut expected = image.clone();
                expected.apply_orientation(image::metadata::Orientation::from_exif(value).unwrap());
                prop_assert_eq!(apply_orientation(image, Orientation::new(value).unwrap()), expected);
            }
        }
    }
}

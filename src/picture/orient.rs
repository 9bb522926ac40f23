//! Turning pixels upright.

use image::{DynamicImage, ImageBuffer, Pixel};

use super::{Orientation, Size};

/// The side of the squares that a picture is turned in: rows of it stay in the processor's cache, while it
/// is written along its columns.
const TILE: u32 = 32;

type Pixels<P> = ImageBuffer<P, Vec<u8>>;

/// The stored pixels as they are shown. Much faster than pixel by pixel for 8-bit grey and RGB.
pub(super) fn apply_orientation(image: DynamicImage, orientation: Orientation) -> DynamicImage {
    match image {
        _ if orientation == Orientation::UPRIGHT => image,
        DynamicImage::ImageLuma8(pixels) => in_tiles::<1, _>(&pixels, orientation).into(),
        DynamicImage::ImageRgb8(pixels) => in_tiles::<3, _>(&pixels, orientation).into(),
        mut other => {
            if let Some(orientation) = image::metadata::Orientation::from_exif(orientation.value()) {
                other.apply_orientation(orientation);
            }
            other
        }
    }
}

/// Where the shown pixels lie among the stored ones.
struct Walk {
    /// The first one.
    start: usize,
    /// How far it is to the next one on the right, and whether that is forward.
    right: (usize, bool),
    /// The same downwards.
    down: (usize, bool),
}

impl Walk {
    fn new(orientation: Orientation, stored: Size) -> Self {
        let (width, height) = (stored.width as usize, stored.height as usize);
        let (row, last) = (width, width * height - 1);
        let (start, right, down) = match orientation.value() {
            2 => (width - 1, (1, false), (row, true)),
            3 => (last, (1, false), (row, false)),
            4 => (last + 1 - width, (1, true), (row, false)),
            5 => (0, (row, true), (1, true)),
            6 => (last + 1 - width, (row, false), (1, true)),
            7 => (last, (row, false), (1, false)),
            8 => (width - 1, (row, true), (1, false)),
            _ => (0, (1, true), (row, true)),
        };
        Self { start, right, down }
    }

    fn at(&self, x: u32, y: u32) -> usize {
        let step = |from: usize, (length, is_forward): (usize, bool), count: u32| match is_forward {
            true => from.wrapping_add(length * count as usize),
            false => from.wrapping_sub(length * count as usize),
        };
        step(step(self.start, self.right, x), self.down, y)
    }
}

fn in_tiles<const CHANNELS: usize, P: Pixel<Subpixel = u8>>(
    image: &Pixels<P>,
    orientation: Orientation,
) -> Pixels<P> {
    let stored = Size::of(image);
    let shown = if orientation.swaps_sides() { stored.transposed() } else { stored };
    let mut turned = ImageBuffer::new(shown.width, shown.height);
    if shown.pixels() == 0 {
        return turned;
    }
    let walk = Walk::new(orientation, stored);
    let (from, _) = image.as_chunks::<CHANNELS>();
    let (to, _) = turned.as_chunks_mut::<CHANNELS>();
    for top in (0..shown.height).step_by(TILE as usize) {
        for left in (0..shown.width).step_by(TILE as usize) {
            for y in top..shown.height.min(top + TILE) {
                let row = y as usize * shown.width as usize;
                for x in left..shown.width.min(left + TILE) {
                    to[row + x as usize] = from[walk.at(x, y)];
                }
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_orientation_is_what_it_is_pixel_by_pixel(
            width in 1..80_u32,
            height in 1..80_u32,
            value in 1..=8_u8,
        ) {
            let drawn = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 7]));
            for image in [DynamicImage::from(drawn.clone()), DynamicImage::from(drawn).to_luma8().into()] {
                let mut expected = image.clone();
                expected.apply_orientation(image::metadata::Orientation::from_exif(value).unwrap());
                prop_assert_eq!(apply_orientation(image, Orientation::new(value).unwrap()), expected);
            }
        }
    }
}

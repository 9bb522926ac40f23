//! Samples of 9 to 16 bits.

use image::{DynamicImage, ImageBuffer, Rgb, Rgba};

/// Scales RGBA samples of `bits` bits to 16 bits, and leaves out an alpha channel that means nothing. Returns `None` if
/// there are too few samples.
pub(super) fn to_image(
    [width, height]: [u32; 2],
    samples: &[u16],
    bits: u8,
    has_alpha: bool,
) -> Option<DynamicImage> {
    let max = (1_u32 << bits.min(16)) - 1;
    #[expect(clippy::cast_possible_truncation, reason = "at most 65,535")]
    let scaled = |sample: u16| ((u32::from(sample).min(max) * 65_535 + max / 2) / max) as u16;
    if has_alpha {
        let samples = samples.iter().map(|sample| scaled(*sample)).collect();
        return ImageBuffer::<Rgba<u16>, _>::from_raw(width, height, samples).map(DynamicImage::from);
    }
    let samples = samples.as_chunks().0.iter().flat_map(|&[r, g, b, _]| [r, g, b].map(scaled)).collect();
    ImageBuffer::<Rgb<u16>, _>::from_raw(width, height, samples).map(DynamicImage::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_stays_black_and_white_stays_white() {
        for bits in 9..=16 {
            let max = u16::MAX >> (16 - bits);
            let image = to_image([1, 1], &[0, max / 2, max, max], bits, false).unwrap().into_rgb16();
            let [black, gray, white] = image.get_pixel(0, 0).0;
            assert_eq!((black, white), (0, u16::MAX));
            assert!(gray.abs_diff(u16::MAX / 2) <= 1 << (16 - bits), "{bits} bits: {gray}");
        }
    }

    #[test]
    fn too_few_samples_are_no_image() {
        assert!(to_image([2, 1], &[0; 4], 10, true).is_none());
    }
}

//! Colors multiplied by alpha, and divided by it again.
//!
//! Not the code of `fast_image_resize`: that for 16 bits has a table of half a megabyte, which would be a thirtieth of the
//! program.

use bytemuck::Pod;

/// A sample of 8 or 16 bits.
pub trait Sample: Pod + Into<f32> + Send + Sync {
    /// The level of opaque alpha.
    const MAX: f32;

    /// Returns the nearest level.
    fn rounded(level: f32) -> Self;
}

impl Sample for u8 {
    const MAX: f32 = 255.0;

    fn rounded(level: f32) -> u8 {
        (level + 0.5) as u8 // the cast saturates
    }
}

impl Sample for u16 {
    const MAX: f32 = 65535.0;

    fn rounded(level: f32) -> u16 {
        (level + 0.5) as u16
    }
}

/// Splits pixels into their colors, multiplied by alpha, and their alpha.
pub fn multiply<S: Sample>(pixels: &[[S; 4]]) -> (Vec<[S; 3]>, Vec<S>) {
    let colors = pixels.iter().map(|[red, green, blue, alpha]| {
        let factor = (*alpha).into() / S::MAX;
        [*red, *green, *blue].map(|color| S::rounded(color.into() * factor))
    });
    (colors.collect(), pixels.iter().map(|[.., alpha]| *alpha).collect())
}

/// Divides colors by their alpha, and joins them to pixels. Those without alpha are black.
pub fn divide<S: Sample>(colors: &[[S; 3]], alpha: &[S], pixels: &mut [[S; 4]]) {
    for ((pixel, colors), alpha) in pixels.iter_mut().zip(colors).zip(alpha) {
        let level: f32 = (*alpha).into();
        let factor = if level == 0.0 { 0.0 } else { S::MAX / level };
        let [red, green, blue] = colors.map(|color| S::rounded(color.into() * factor));
        *pixel = [red, green, blue, *alpha];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Multiplies a gray pixel, and divides it again.
    fn there_and_back<S: Sample + PartialEq + std::fmt::Debug>(level: S, alpha: S) -> (S, S) {
        let (colors, opacity) = multiply(&[[level, level, level, alpha]]);
        assert_eq!(opacity, [alpha]);
        let mut pixels = [[alpha; 4]];
        divide(&colors, &opacity, &mut pixels);
        assert_eq!(pixels[0][3], alpha);
        (colors[0][0], pixels[0][0])
    }

    #[test]
    fn levels_are_rounded_to_the_nearest() {
        for alpha in 0..=255u8 {
            for level in 0..=255u8 {
                let (multiplied, divided) = there_and_back(level, alpha);
                let product = (u32::from(level) * u32::from(alpha) * 2 + 255) / 510;
                assert_eq!(u32::from(multiplied), product, "{level} {alpha}");
                // A half may be rounded down, because the factor is rounded.
                let distance = (u32::from(divided) * u32::from(alpha)).abs_diff(product * 255);
                assert!(distance * 2 <= u32::from(alpha), "{level} {alpha}: {divided}");
            }
        }
    }

    #[test]
    fn sixteen_bits_are_kept_where_alpha_allows() {
        for level in [0, 1, 257, 32767, 32768, 65534, 65535] {
            assert_eq!(there_and_back::<u16>(level, 65535), (level, level));
            let (multiplied, divided) = there_and_back::<u16>(level, 32768);
            assert!((i32::from(multiplied) - i32::from(level) / 2).abs() <= 1, "{level}");
            assert!(divided.abs_diff(level) <= 1, "{level} {divided}");
            assert_eq!(there_and_back::<u16>(level, 0), (0, 0));
        }
    }
}

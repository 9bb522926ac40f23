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

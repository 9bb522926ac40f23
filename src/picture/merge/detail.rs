//! The detail of the original in an edit that changed all of it: another light, another season, faded colors.
//!
//! An answer has about a million pixels, so a larger original loses its detail when such an answer replaces it. But where
//! the answer still has the original's structure, its colors follow from the original's: [`Light`] is that local
//! function, fitted at the size of the comparison and applied at full size. [`Trust`] says where it holds. Elsewhere, the
//! content is new, and the answer's pixels are scaled up.

mod grid;
mod light;
mod source;
mod trust;

use image::{DynamicImage, ImageBuffer, Rgb};
use seededit_base::parallel::for_each;
use seededit_resize::{ResizeArea, Size};

use self::light::Light;
use self::source::Source;
use self::trust::Trust;
use super::pair::Pair;
use super::sample::Sample;
use crate::color::is_16_bit;

/// The smallest ratio of the original's sides to those of the answer at which the original has noticeably more detail.
const MIN_SCALE: f64 = 1.2;

/// Where the detail of a picture comes from that changed as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// From the original, where the edited picture has its structure.
    #[default]
    Auto,
    /// From the edited picture.
    Off,
}

/// How the detail of an original gets into an edited picture.
pub(super) struct Transfer {
    light: Light,
    trust: Trust,
    /// The area of the original that the edited picture shows.
    frame: ResizeArea,
}

impl Transfer {
    /// Compares an edited picture of this size with the original.
    ///
    /// Returns `None` if the original has no detail to add: it is not larger, or its structure is nowhere in the edited
    /// picture.
    pub(super) fn new(edited: Size, pair: &Pair) -> Option<Transfer> {
        let frame = pair.frame;
        let is_larger = frame.width >= MIN_SCALE * f64::from(edited.width)
            && frame.height >= MIN_SCALE * f64::from(edited.height);
        if !is_larger {
            return None;
        }
        let light = Light::between(&pair.original, &pair.edited);
        let trust = Trust::in_light(&light, &pair.original, &pair.edited)?;
        Some(Transfer { light, trust, frame })
    }

    /// The share of the original's detail in the edited picture, from 0 to 1.
    pub(super) fn share(&self) -> f64 {
        self.trust.share()
    }

    /// Replaces the detail of the opaque edited picture, which was scaled to the size of the original. Returns a picture with
    /// the depth of the deeper one.
    pub(super) fn apply(&self, scaled: DynamicImage, original: &DynamicImage) -> DynamicImage {
        let has_color = scaled.color().has_color();
        let original = Source(original);
        if original.is_16_bit() || is_16_bit(&scaled) {
            let image = DynamicImage::from(self.blended(scaled.into_rgb16(), original));
            // The channels of a gray picture are equal, and so are those of the original in its light.
            if has_color { image } else { image.into_luma16().into() }
        } else {
            let image = DynamicImage::from(self.blended(scaled.into_rgb8(), original));
            if has_color { image } else { image.into_luma8().into() }
        }
    }

    /// Blends the original in the light of the edited picture into that picture, as far as it is trusted.
    fn blended<S: Sample>(
        &self,
        mut image: ImageBuffer<Rgb<S>, Vec<S>>,
        original: Source<'_>,
    ) -> ImageBuffer<Rgb<S>, Vec<S>>
    where
        Rgb<S>: image::Pixel<Subpixel = S>,
    {
        let size = Size::of(&image);
        let light = self.light.0.over(size, self.frame);
        let trust = self.trust.0.over(size, self.frame);
        let rows = image.chunks_exact_mut(3 * (size.width as usize).max(1)).enumerate();
        for_each(rows, |(y, row)| {
            let (Some(light), Some(trust)) = (light.row(y), trust.row(y)) else { return };
            let mut colors = Vec::new();
            original.read_row(y, &mut colors);
            let (pixels, _) = row.as_chunks_mut::<3>();
            for ((x, pixel), color) in pixels.iter_mut().enumerate().zip(colors) {
                if let (Some(light), Some([trust])) = (light.at(x), trust.at(x))
                    && trust > 0.0
                {
                    for (sample, relit) in pixel.iter_mut().zip(light::apply(&light, color)) {
                        let level = sample.to_level();
                        *sample = S::from_level(level + (relit - level) * trust);
                    }
                }
            }
        });
        image
    }
}

#[cfg(test)]
mod tests;

//! Masks for models that take one.

use image::{DynamicImage, GrayImage, LumaA};

use crate::cards::{MaskPolarity, ModelCard};
use crate::picture::{self, ColorSpace, Encoding, Size};

use super::load::Loaded;
use super::processing::Processing;
use super::restoration::Restoration;

/// Returns the mask for an upload as a PNG of its size, in the form that the model takes. `None` if there is no mask, or the
/// model takes none.
///
/// A mask is only a hint to the model: whatever it returns, the rest of the picture is restored. So an upload whose pixels
/// are not upright has none.
pub fn native_mask(
    card: &ModelCard,
    processing: &Processing,
    restoration: Option<&Restoration>,
    upload: &Loaded,
) -> Option<Vec<u8>> {
    let field = card.mask.as_ref()?;
    let size = Some(upload.header.size).filter(|size| *size == upload.header.upright())?;
    let editable = restoration?.editable_part(processing, size)?;
    let image = in_polarity(editable, field.polarity);
    picture::encode(&image, &ColorSpace::SRGB, Encoding::Png).ok()
}

/// Converts a mask that is white where the picture may change.
fn in_polarity(editable: GrayImage, polarity: MaskPolarity) -> DynamicImage {
    match polarity {
        MaskPolarity::White => DynamicImage::ImageLuma8(editable),
        MaskPolarity::Transparent => {
            let Size { width, height } = Size { width: editable.width(), height: editable.height() };
            let image = image::ImageBuffer::from_fn(width, height, |x, y| {
                let [level] = editable.get_pixel(x, y).0;
                LumaA([0, 255 - level])
            });
            // Three color channels, as in the examples of services.
            DynamicImage::ImageRgba8(DynamicImage::ImageLumaA8(image).into_rgba8())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_to_edit_is_transparent_or_white_as_the_model_takes_it() {
        let editable = GrayImage::from_vec(2, 1, vec![255, 0]).unwrap();
        let transparent = in_polarity(editable.clone(), MaskPolarity::Transparent).into_rgba8();
        assert_eq!(transparent.pixels().map(|pixel| pixel.0[3]).collect::<Vec<_>>(), [0, 255]);
        let white = in_polarity(editable, MaskPolarity::White).into_rgb8();
        assert_eq!(white.pixels().map(|pixel| pixel.0).collect::<Vec<_>>(), [[255; 3], [0; 3]]);
    }
}

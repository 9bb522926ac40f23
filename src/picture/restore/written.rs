//! Encodes a result, and measures in the file what differs from the original.

use super::{Changed, Picture, Restored};
use crate::decode::decode;
use crate::difference::changed_pixels;
use crate::encode::{EncodeError, Encoding, encode};
use crate::metadata::StoredOrientation;

/// The file of a result.
pub struct ResultFile {
    pub bytes: Vec<u8>,
    /// How its pixels are stored.
    pub orientation: StoredOrientation,
    /// The difference from the original. `None` if the result does not contain the original.
    pub change: Option<Changed>,
    /// Whether the encoding may have changed any pixel of the result.
    pub is_reencoded: bool,
}

impl Restored {
    /// Encodes the result, unless it is a file already. [`Changed::share`] becomes that of the file.
    ///
    /// Where encoding changes pixels, this decodes the file, which takes about as long as encoding it.
    ///
    /// # Errors
    /// See [`encode`]. Also if the file cannot be decoded.
    pub fn write(self, encoding: Encoding) -> Result<ResultFile, EncodeError> {
        let (image, colors) = match self.picture {
            Picture::Image(image, colors) => (image, colors),
            Picture::Jpeg(bytes) => {
                let orientation = StoredOrientation::AsInOriginal;
                return Ok(ResultFile { bytes, orientation, change: self.change, is_reencoded: false });
            }
        };
        let is_reencoded = !encoding.is_exact(&image);
        let change = self.change.map(|change| {
            // No memory for what is not compared.
            let replaced = if is_reencoded { change.replaced } else { Vec::new() };
            Changed { replaced, ..change }
        });
        let bytes = encode(&image, &colors, encoding)?;
        let change = match change {
            Some(change) if is_reencoded => {
                let written = decode(&bytes).map_err(|error| EncodeError::Failed {
                    format: encoding.format(),
                    source: error.into(),
                })?;
                let changed = changed_pixels(&change.replaced, &image, &written.image);
                let share = changed as f64 / written.header.size.pixels().max(1) as f64;
                Some(Changed { share, replaced: Vec::new(), ..change })
            }
            change => change,
        };
        Ok(ResultFile { bytes, orientation: StoredOrientation::Upright, change, is_reencoded })
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, Rgb, RgbImage};
    use seededit_resize::Size;

    use super::*;
    use crate::color::ColorSpace;
    use crate::color::subsampling::ChromaSubsampling;
    use crate::decode::Decoded;
    use crate::fixtures;
    use crate::format::{Format, Header};
    use crate::geometry::Rect;
    use crate::merge::{Extent, PlacementMode};
    use crate::restore::{EditArea, MergeOptions, RestoreOptions, ResultMode};

    const ENCODINGS: [Encoding; 4] = [
        Encoding::Jpeg { quality: 95, subsampling: ChromaSubsampling::Yuv444 },
        Encoding::Jpeg { quality: 60, subsampling: ChromaSubsampling::Yuv420 },
        Encoding::Png,
        Encoding::WebP,
    ];

    fn upright(bytes: &[u8]) -> Decoded {
        decode(bytes).unwrap().into_upright()
    }

    /// The share of pixels that differ between two files, counted one by one.
    fn differing(original: &DynamicImage, file: &[u8]) -> f64 {
        let [one, other] = [original, &upright(file).image].map(DynamicImage::to_rgba16);
        assert_eq!(one.dimensions(), other.dimensions());
        let count = one.pixels().zip(other.pixels()).filter(|(one, other)| one != other).count();
        count as f64 / one.pixels().len() as f64
    }

    /// The original with a square in another color, in the sizes and color models of answers.
    fn answers(original: &DynamicImage) -> Vec<(&'static str, Vec<u8>)> {
        let original = original.to_rgb8();
        let mut painted = original.clone();
        (8..20).for_each(|at| (8..20).for_each(|x| painted.get_pixel_mut(x, at).0 = [250, 20, 30]));
        let red = RgbImage::from_pixel(original.width(), original.height(), Rgb([230, 20, 30]));
        let png = |image| encode(&image, &ColorSpace::SRGB, Encoding::Png).unwrap();
        vec![
            ("the original", png(original.clone().into())),
            ("a square", png(painted.clone().into())),
            ("a gray square", png(DynamicImage::from(painted).to_luma8().into())),
            ("another picture", png(red.into())),
        ]
    }

    #[test]
    #[ignore = "slow"]
    fn what_changed_is_what_differs_between_the_files_in_any_format() {
        let merge = MergeOptions { placement: PlacementMode::Exact, ..MergeOptions::default() };
        let area = EditArea::Region("14x12+7+6".parse().unwrap());
        let part = RestoreOptions { area, merge, ..RestoreOptions::default() };
        let both = RestoreOptions { mode: ResultMode::Preserve, ..part.clone() };
        let preserve = RestoreOptions { area: EditArea::All, ..both.clone() };
        let mut seen = std::collections::BTreeSet::new();
        for (name, original) in fixtures::all().into_iter().chain(fixtures::unchecked()) {
            let header = Header::read(&original).unwrap();
            let shown = upright(&original).image;
            for (answer_name, answer) in answers(&shown) {
                for (options, encoding, keeps_blocks) in [&preserve, &part, &both]
                    .into_iter()
                    .flat_map(|options| ENCODINGS.map(|encoding| (options, encoding)))
                    .flat_map(|(options, encoding)| [(options, encoding, false), (options, encoding, true)])
                    .filter(|(_, encoding, keeps)| !keeps || encoding.format() == Format::Jpeg)
                {
                    let case = format!("{name} to {encoding:?} ({keeps_blocks}), {answer_name}, {options:?}");
                    let frame = Rect::whole(header.upright());
                    let restored = options.restore(&original, &answer, frame, keeps_blocks).unwrap();
                    let written = restored.write(encoding).unwrap();
                    let change = written.change.unwrap();
                    let expected = differing(&shown, &written.bytes);
                    assert!((change.share - expected).abs() < 1e-9, "{case}: {} {expected}", change.share);
                    seen.insert((written.is_reencoded, change.extent == Extent::Parts, expected > 0.5));
                }
            }
        }
        let seen: Vec<_> = seen.into_iter().collect();
        assert!(seen.contains(&(false, true, false)) && seen.contains(&(true, true, true)), "{seen:?}");
    }

    #[test]
    fn a_written_picture_has_the_size_of_the_original() {
        let original = fixtures::png();
        let options = RestoreOptions { mode: ResultMode::Preserve, ..RestoreOptions::default() };
        let restored = options.restore(&original, &original, Rect::whole(fixtures::SIZE), false).unwrap();
        let written = restored.write(Encoding::WebP).unwrap();
        assert_eq!(Size::of(&decode(&written.bytes).unwrap().image), fixtures::SIZE);
        assert_eq!(written.change.unwrap().share, 0.0);
    }
}

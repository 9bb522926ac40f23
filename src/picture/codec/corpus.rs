//! The committed pictures, compared with what their reference decoders show; `corpus/make*.py` say which.

use std::fs;
use std::path::PathBuf;

use image::RgbaImage;

use crate::color::is_16_bit;
use crate::decode::{DecodeError, decode, ensure_complete};
use crate::fixtures::flipped;
use crate::format::{Format, Header};

/// The names and the bytes of all pictures of a format.
pub(crate) fn pictures(format: Format) -> Vec<(String, Vec<u8>)> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut pictures: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == format.name()))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
        .collect();
    pictures.sort();
    assert!(!pictures.is_empty(), "{format}");
    pictures
}

/// What the reference decoder shows: upright, with 8 bits per sample.
fn expected(name: &str) -> RgbaImage {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(format!("{name}.png"));
    image::open(path).unwrap().into_rgba8()
}

/// How two pictures of the same size differ, in levels.
#[derive(Clone, Copy, Debug)]
struct Difference {
    max: f64,
    mean: f64,
    /// The mean difference of brightness, which does not depend on how a decoder scales up colors that are stored at a
    /// lower resolution.
    mean_luma: f64,
}

impl Difference {
    fn of(found: &RgbaImage, expected: &RgbaImage) -> Difference {
        assert_eq!(found.dimensions(), expected.dimensions());
        let pixels = f64::from(found.width() * found.height());
        let (mut max, mut sum, mut luma) = (0.0_f64, 0.0, 0.0);
        for (found, expected) in found.pixels().zip(expected.pixels()) {
            let levels: [f64; 4] =
                std::array::from_fn(|at| f64::from(found.0[at]) - f64::from(expected.0[at]));
            max = levels.iter().fold(max, |max, level| max.max(level.abs()));
            sum += levels.iter().map(|level| level.abs()).sum::<f64>() / 4.0;
            luma += (0.299 * levels[0] + 0.587 * levels[1] + 0.114 * levels[2]).abs();
        }
        Difference { max, mean: sum / pixels, mean_luma: luma / pixels }
    }

    fn is_within(self, limits: Difference) -> bool {
        self.max <= limits.max && self.mean <= limits.mean && self.mean_luma <= limits.mean_luma
    }
}

/// Rounding.
const EQUAL: Difference = Difference { max: 1.0, mean: 0.3, mean_luma: 0.4 };
/// Colors at half the resolution: half a pixel of a steep gradient.
const SUBSAMPLED: Difference = Difference { max: 32.0, mean: 3.5, mean_luma: 0.8 };

/// Checks all pictures of a format.
fn ensure_like_the_reference(format: Format, limits: impl Fn(&str) -> Difference) {
    for (name, bytes) in pictures(format) {
        let header = Header::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let decoded = decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = expected(&name);
        assert_eq!((header.size.width, header.size.height), expected.dimensions(), "{name}");
        assert_eq!(decoded.image.color().has_alpha(), header.has_alpha, "{name}");
        assert_eq!(header.has_alpha, name.starts_with("alpha"), "{name}");
        // The encoder of 16 bits writes linear samples, and says so.
        let has_profile = name.starts_with("p3") || name == "16bit.jxl";
        assert_eq!(decoded.colors.icc().is_some(), has_profile, "{name}");
        assert_eq!(is_16_bit(&decoded.image), name.contains("bit"), "{name}");
        let difference = Difference::of(&decoded.image.into_rgba8(), &expected);
        assert!(difference.is_within(limits(&name)), "{name}: {difference:?}");
    }
}

/// The number of places at which each picture is truncated or damaged.
const SOME: usize = 50;
/// The same for slow tests.
const MANY: usize = 300;

/// Checks that a damaged picture is decoded or refused in time.
fn ensure_robust(format: Format, places: usize) {
    for (name, bytes) in pictures(format) {
        for len in (0..bytes.len()).step_by(1 + bytes.len() / places) {
            let error = decode(&bytes[..len]).err();
            ensure_in_time(error.as_ref(), &format!("{name}, {len} bytes"));
            // Some truncated TIFFs of faxes can be decoded.
            let is_checked = format.codec().reader.is_some_and(|reader| reader.ensure_complete.is_some());
            let is_refused = ensure_complete(&bytes[..len]).is_err();
            assert_eq!(is_refused, is_checked || error.is_some(), "{name}, {len} bytes");
        }
        for (at, bytes) in flipped(&bytes, places) {
            ensure_in_time(decode(&bytes).err().as_ref(), &format!("{name}, byte {at}"));
        }
    }
}

/// A panic is a refusal, too: the guard is there for it.
fn ensure_in_time(error: Option<&DecodeError>, context: &str) {
    assert!(!matches!(error, Some(DecodeError::TooSlow { .. })), "{context}");
}

#[cfg(feature = "heic")]
#[test]
fn heic_pictures_look_like_those_of_libheif() {
    ensure_like_the_reference(Format::Heic, |name| match name {
        "444.heic" | "12bit.heic" | "gray.heic" => EQUAL,
        _ => SUBSAMPLED,
    });
}

#[cfg(feature = "heic")]
#[test]
fn damaged_heic_pictures_are_decoded_or_refused() {
    ensure_robust(Format::Heic, SOME);
}

#[cfg(feature = "heic")]
#[test]
#[ignore = "slow"]
fn heic_pictures_damaged_at_many_places_are_decoded_or_refused() {
    ensure_robust(Format::Heic, MANY);
}

#[cfg(feature = "jxl")]
#[test]
fn jpeg_xl_pictures_look_like_those_of_libjxl() {
    ensure_like_the_reference(Format::Jxl, |_| EQUAL);
}

#[cfg(feature = "jxl")]
#[test]
#[ignore = "slow"]
fn damaged_jpeg_xl_pictures_are_decoded_or_refused() {
    ensure_robust(Format::Jxl, SOME);
}

#[cfg(feature = "jxl")]
#[test]
#[ignore = "slow"]
fn jpeg_xl_pictures_damaged_at_many_places_are_decoded_or_refused() {
    ensure_robust(Format::Jxl, MANY);
}

#[cfg(all(feature = "heic", feature = "jxl"))]
#[test]
fn exif_metadata_is_kept_on_request_without_its_orientation() {
    use crate::fit::{FitOptions, Metadata, fit};
    use crate::geometry::Orientation;

    for (name, bytes) in pictures(Format::Heic).into_iter().chain(pictures(Format::Jxl)) {
        if !name.starts_with("orientation") && !name.starts_with("exif") {
            continue;
        }
        let header = Header::read(&bytes).unwrap();
        for (metadata, is_kept) in [(Metadata::Strip, false), (Metadata::Keep, true)] {
            let options = FitOptions { metadata, ..FitOptions::default() };
            let fitted = fit(bytes.as_slice().into(), &header, &options).unwrap();
            let has_model = fitted.bytes.windows(6).any(|window| window == b"Corpus");
            // The command line tool of JPEG XL compresses metadata, or drops it.
            assert_eq!(has_model, is_kept && bytes.windows(6).any(|window| window == b"Corpus"), "{name}");
            assert_eq!(fitted.header.size, header.size);
            assert_eq!(Header::read(&fitted.bytes).unwrap().orientation, Orientation::UPRIGHT, "{name}");
        }
    }
}

#[cfg(feature = "avif")]
#[test]
fn avif_pictures_look_like_those_of_libavif() {
    ensure_like_the_reference(Format::Avif, |name| match name {
        "444.avif" | "12bit.avif" | "gray.avif" | "lossless.avif" | "alpha.avif" => EQUAL,
        _ => SUBSAMPLED,
    });
}

#[test]
fn tiff_pictures_look_like_those_of_libtiff_and_lcms2() {
    /// Conversions with integers of 8 bits, by lcms2 and libtiff.
    const CONVERTED: Difference = Difference { max: 3.0, mean: 0.6, mean_luma: 0.7 };

    ensure_like_the_reference(Format::Tiff, |name| {
        if name.contains("lab") || name.contains("ycbcr") { CONVERTED } else { EQUAL }
    });
}

/// Checks that no damage makes our own decoders panic.
fn ensure_without_panic(format: Format, places: usize) {
    ensure_robust(format, places);
    for (name, bytes) in pictures(format) {
        for (at, bytes) in flipped(&bytes, places * 5 / 3) {
            assert!(!matches!(decode(&bytes), Err(DecodeError::Panicked(_))), "{name}, byte {at}");
        }
    }
}

#[test]
fn damaged_tiff_pictures_are_decoded_or_refused_without_a_panic() {
    ensure_without_panic(Format::Tiff, SOME);
}

#[test]
#[ignore = "slow"]
fn tiff_pictures_damaged_at_many_places_are_decoded_or_refused_without_a_panic() {
    ensure_without_panic(Format::Tiff, MANY);
}

#[test]
fn icons_and_cursors_look_like_those_of_pillow() {
    ensure_like_the_reference(Format::Ico, |_| EQUAL);
}

#[test]
fn damaged_icons_are_decoded_or_refused_without_a_panic() {
    ensure_without_panic(Format::Ico, MANY);
}

#[test]
fn photoshop_files_look_like_those_of_imagemagick() {
    ensure_like_the_reference(Format::Psd, |_| EQUAL);
}

#[test]
fn damaged_photoshop_files_are_decoded_or_refused_without_a_panic() {
    ensure_without_panic(Format::Psd, MANY);
}

#[test]
#[ignore = "slow"]
fn truncated_photoshop_files_and_icons_are_refused() {
    for (name, bytes) in pictures(Format::Psd).into_iter().chain(pictures(Format::Ico)) {
        for len in 0..bytes.len() {
            assert!(decode(&bytes[..len]).is_err(), "{name}, {len} bytes");
        }
    }
}

#[test]
fn a_photoshop_file_without_a_merged_image_is_refused_by_name() {
    let (_, mut bytes) = pictures(Format::Psd).into_iter().find(|(name, _)| name == "rgb.psd").unwrap();
    // The version, then whether there is a merged image.
    let at = bytes.windows(5).position(|window| window == [0, 0, 0, 1, 1]).unwrap();
    bytes[at + 4] = 0;
    let error = decode(&bytes).unwrap_err();
    assert!(
        matches!(&error, DecodeError::UnsupportedKind { detail, .. } if detail.contains("merged")),
        "{error}"
    );
}

#[test]
fn views_have_the_colors_and_the_orientation_of_the_reference_decoder() {
    let large = seededit_resize::Size { width: 10_000, height: 10_000 };
    for name in
        ["orientation-6.heic", "orientation-5.jxl", "p3.jxl", "420.heic", "cmyk.psd", "lzw-predictor.tiff"]
    {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
        let bytes = fs::read(path).unwrap();
        let found = crate::view(&bytes, large).unwrap();
        let expected = expected(name);
        assert_eq!((found.full.width, found.full.height), expected.dimensions(), "{name}");
        let found = image::DynamicImage::from(found.image).into_rgba8();
        assert_eq!(found.dimensions(), expected.dimensions(), "{name}");
        // The reference has the numbers of the file's own color space.
        let has_profile = decode(&bytes).unwrap().colors.icc().is_some();
        let mean = Difference::of(&found, &expected).mean;
        assert!(if has_profile { mean > 0.5 } else { mean < 4.0 }, "{name}: {mean}, {has_profile}");
    }
}

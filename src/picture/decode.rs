//! From bytes to pixels, of complete pictures only.

mod cmyk;

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::{DecodingError, ImageFormatHint};
use image::{DynamicImage, ImageDecoder, ImageError, ImageResult, Limits};
use rayon::join;
use seededit_resize::Size;

use crate::color::icc;
use crate::format::{Format, Header, HeaderError, jpeg, png, webp};
use crate::geometry::{Orientation, apply_orientation};

/// The most pixels of a picture that is decoded: 100 megapixels.
///
/// Many times what any service sends back, and 300 MB of memory in a JPEG.
pub const MAX_RESULT_PIXELS: u64 = 100_000_000;

/// The most pixels of a side of a picture that is decoded: as many as a JPEG can have.
///
/// To scale a row takes hundreds of bytes for each of its pixels, and ten rows of ten million would take gigabytes.
pub const MAX_SIDE: u32 = 65_535;

/// A picture, decoded.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The pixels as stored: [`Header::orientation`] is not applied.
    pub image: DynamicImage,
    /// The ICC profile of these pixels, when the picture has one.
    pub icc: Option<Vec<u8>>,
    /// What the picture said about itself.
    pub header: Header,
}

impl Decoded {
    /// Applies the orientation to the pixels and takes it out of the header, so that it cannot be
    /// applied twice.
    #[must_use]
    pub fn into_upright(mut self) -> Self {
        self.image = apply_orientation(self.image, self.header.orientation);
        self.header.size = self.header.upright();
        self.header.orientation = Orientation::default();
        self
    }
}

/// Why a picture is not decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Its header cannot be read.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// It is recognised, but of a format that is not decoded here.
    #[error("{0} pictures cannot be decoded")]
    Unsupported(Format),
    /// It has more than [`MAX_RESULT_PIXELS`].
    #[error("the picture has {0} pixels, more than 100 megapixels")]
    TooLarge(Size),
    /// It has a side of more than [`MAX_SIDE`].
    #[error("the picture has {0} pixels, more than {MAX_SIDE} on one side")]
    TooLong(Size),
    /// It was cut, or its parts do not fit together.
    #[error("the {format} picture is incomplete: {detail}")]
    Incomplete {
        /// The format.
        format: Format,
        /// What is missing or wrong.
        detail: &'static str,
    },
    /// It may be sound, but of a kind that the decoder does not know.
    #[error("this kind of {format} picture is not supported")]
    Unknown {
        /// The format.
        format: Format,
        /// What the decoder says.
        source: ImageError,
    },
    /// Its parts are all there, and no picture comes of them.
    #[error("the {format} picture cannot be decoded")]
    Damaged {
        /// The format.
        format: Format,
        /// What the decoder says.
        source: ImageError,
    },
}

/// Decodes a picture, of which every pixel has to be there: JPEG, PNG, WebP, GIF, BMP or TIFF.
///
/// Of an animation, the first frame; of several pages, the first one. Samples keep their depth; CMYK
/// becomes sRGB. Bytes behind the end of the picture are passed over.
///
/// # Errors
///
/// For HEIC and AVIF, for more than [`MAX_RESULT_PIXELS`] or [`MAX_SIDE`] (before any memory is taken), and for a
/// picture that is cut or damaged, though other decoders may show the most of it.
pub fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let header = readable(bytes)?;
    let (image, icc) = match header.format {
        Format::Jpeg => pixels_while_checked(bytes, &header)?,
        _ => {
            // The decoders of formats that are not checked miss by themselves what is not there.
            ensure_arrived(bytes, &header)?;
            pixels(bytes, &header)?
        }
    };
    let icc = icc.filter(|profile| icc::describes(profile, &image));
    Ok(Decoded { image, icc, header })
}

/// Refuses what [`decode`] refuses, and GIF, BMP and TIFF: for bytes that came over a network and will be
/// kept as they are.
///
/// Of a JPEG no pixels are made: every code of every block has been read by then, and to turn
/// coefficients into colours cannot fail, but takes as long again.
///
/// # Errors
///
/// Those of [`decode`].
pub fn ensure_complete(bytes: &[u8]) -> Result<Header, DecodeError> {
    let header = readable(bytes)?;
    if !is_checked(header.format) {
        return Err(DecodeError::Unsupported(header.format));
    }
    ensure_arrived(bytes, &header)?;
    if header.format != Format::Jpeg {
        pixels(bytes, &header)?;
    }
    Ok(header)
}

/// The header of a picture that is not too large to be decoded.
fn readable(bytes: &[u8]) -> Result<Header, DecodeError> {
    let header = Header::read(bytes)?;
    ensure_decodable(header.size)?;
    Ok(header)
}

/// Makes sure that a picture is not so large that no memory is taken for it.
///
/// # Errors
///
/// For more than [`MAX_RESULT_PIXELS`], or more than [`MAX_SIDE`] on a side.
pub fn ensure_decodable(size: Size) -> Result<(), DecodeError> {
    if size.pixels() > MAX_RESULT_PIXELS {
        return Err(DecodeError::TooLarge(size));
    }
    if size.width.max(size.height) > MAX_SIDE {
        return Err(DecodeError::TooLong(size));
    }
    Ok(())
}

/// Whether [`ensure_arrived`] knows the format.
fn is_checked(format: Format) -> bool {
    matches!(format, Format::Jpeg | Format::Png | Format::WebP)
}

/// Makes sure that every part of a picture is there.
fn ensure_arrived(bytes: &[u8], header: &Header) -> Result<(), DecodeError> {
    let format = header.format;
    match format {
        Format::Jpeg => jpeg::ensure_complete(bytes),
        Format::Png => png::ensure_complete(bytes, header),
        Format::WebP => webp::ensure_complete(bytes),
        _ => Ok(()),
    }
    .map_err(|detail| DecodeError::Incomplete { format, detail })
}

/// [`ensure_arrived`] beside [`pixels`]: each takes long, and neither needs the other.
///
/// A file that is too short for its size is left to the check alone: memory is taken for pixels only where there
/// may be some.
fn pixels_while_checked(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    /// A block of 64 pixels has a bit at least.
    const MAX_PIXELS_PER_BYTE: u64 = 8 * 64;

    if header.size.pixels() > MAX_PIXELS_PER_BYTE.saturating_mul(bytes.len() as u64) {
        ensure_arrived(bytes, header)?;
        return pixels(bytes, header);
    }
    // The pixels first: they take longer, and what is second waits for a processor.
    let (pixels, check) = join(|| pixels(bytes, header), || ensure_arrived(bytes, header));
    check.and(pixels)
}

/// Pixels, and the ICC profile that says what they mean.
type Pixels = (DynamicImage, Option<Vec<u8>>);

/// Makes the pixels.
fn pixels(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let format = header.format;
    read_pixels(bytes, header).map_err(|source| match source {
        ImageError::Unsupported(_) => DecodeError::Unknown { format, source },
        _ => DecodeError::Damaged { format, source },
    })
}

fn read_pixels(bytes: &[u8], header: &Header) -> ImageResult<Pixels> {
    /// What a picture may unpack to besides its pixels: a profile, texts, one row.
    const MAX_EXTRAS: u64 = 64 << 20;
    /// Four samples of 32 bits.
    const MAX_PIXEL_BYTES: u64 = 16;

    let size = header.size;
    let limits = |max_alloc| {
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(max_alloc);
        limits
    };
    let limited = limits(size.pixels() * MAX_PIXEL_BYTES + MAX_EXTRAS);
    let cursor = Cursor::new(bytes);
    match header.format {
        Format::Png => read_with(PngDecoder::with_limits(cursor, limits(MAX_EXTRAS))?, size),
        Format::WebP => read_with(WebPDecoder::new(cursor)?, size),
        Format::Gif => {
            let mut decoder = GifDecoder::new(cursor)?;
            decoder.set_limits(limited)?;
            read_with(decoder, size)
        }
        Format::Bmp => {
            let mut decoder = BmpDecoder::new(cursor)?;
            decoder.set_limits(limited)?;
            read_with(decoder, size)
        }
        Format::Tiff => {
            let mut decoder = TiffDecoder::new(cursor)?;
            decoder.set_limits(limited)?;
            read_with(decoder, size)
        }
        _ if header.cmyk => Ok((cmyk::decode(bytes, size)?, None)),
        _ => read_with(JpegDecoder::new(cursor)?, size),
    }
}

fn read_with(mut decoder: impl ImageDecoder, size: Size) -> ImageResult<Pixels> {
    if decoder.dimensions() != (size.width, size.height) {
        let what = "the header and the decoder disagree about the dimensions";
        return Err(ImageError::Decoding(DecodingError::new(ImageFormatHint::Unknown, what)));
    }
    // A profile that cannot be read is no reason to refuse the pixels.
    let icc = decoder.icc_profile().ok().flatten();
    Ok((DynamicImage::from_decoder(decoder)?, icc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::icc::tests::profile;
    use crate::fixtures;
    use crate::format::endian::Endian;
    use crate::format::ifd::ORIENTATION;
    use crate::format::ifd::tests::tiff;
    use crate::format::png::tests as png_parts;
    use image::{GenericImageView, ImageEncoder};
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static KINDS: LazyLock<Vec<(&'static str, Vec<u8>)>> = LazyLock::new(fixtures::every_kind);

    fn refusal(bytes: &[u8]) -> String {
        ensure_complete(bytes).unwrap_err().to_string()
    }

    #[test]
    fn whole_pictures_of_every_kind_are_decoded() {
        for (name, bytes) in fixtures::every_kind() {
            let decoded = decode(&bytes).unwrap();
            let Size { width, height } = fixtures::SIZE;
            assert_eq!(decoded.image.dimensions(), (width, height), "{name}");
            assert_eq!(decoded.image.color().has_alpha(), decoded.header.alpha, "{name}");
        }
    }

    #[test]
    fn lossless_formats_give_the_pixels_that_were_drawn() {
        assert_eq!(decode(&fixtures::png()).unwrap().image, fixtures::rgb().into());
        assert_eq!(decode(&fixtures::webp()).unwrap().image, fixtures::rgba().into());
    }

    #[test]
    fn a_picture_cut_anywhere_is_refused() {
        for (name, bytes) in [
            ("png", fixtures::png()),
            ("webp", fixtures::webp()),
            ("baseline", fixtures::baseline_jpeg()),
            ("progressive", fixtures::progressive_jpeg()),
            ("progressive with refinement", fixtures::refined_jpeg()),
        ] {
            for len in 0..bytes.len() {
                assert!(ensure_complete(&bytes[..len]).is_err(), "{name} cut at {len}");
            }
        }
    }

    #[test]
    fn bytes_behind_the_end_are_passed_over() {
        for (name, bytes) in fixtures::every_kind() {
            let longer = [bytes.as_slice(), b"\0\xFF\xD8 and so on"].concat();
            assert!(ensure_complete(&longer).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_png_with_too_few_rows_is_refused_though_all_its_checksums_are_right() {
        let whole = fixtures::png();
        assert!(ensure_complete(&png_parts::with_pixel_data(&whole, |_| {})).is_ok());
        for keep in 0..10 {
            let cut = png_parts::with_pixel_data(&whole, |data| {
                data.truncate(data.len() * keep / 10);
            });
            assert!(ensure_complete(&cut).is_err(), "{keep} tenths");
        }
    }

    #[test]
    fn a_lossless_webp_with_too_few_pixels_is_refused_though_all_its_lengths_are_right() {
        const PIXELS_FROM: usize = 20;
        let whole = fixtures::webp();
        assert_eq!(&whole[12..16], b"VP8L");
        for keep in 0..40 {
            let len = PIXELS_FROM + (whole.len() - PIXELS_FROM) * keep / 40 / 2 * 2;
            let mut cut = whole[..len].to_vec();
            for (at, from) in [(4, 8), (16, PIXELS_FROM)] {
                let len = u32::try_from(len - from).unwrap();
                cut[at..at + 4].copy_from_slice(&len.to_le_bytes());
            }
            assert!(ensure_complete(&cut).is_err(), "{keep} fortieths");
        }
    }

    #[test]
    fn formats_without_a_decoder_and_pages_are_told_apart() {
        assert_eq!(refusal(b"GIF89a\x01\0\x01\0\0\0\0"), "gif pictures cannot be decoded");
        assert_eq!(refusal(b"<html></html>"), "not a picture in a known format");
    }

    #[test]
    fn a_picture_of_more_than_100_megapixels_is_refused_by_its_header() {
        let bytes = png_parts::of_size(10_001, 10_000);
        assert_eq!(refusal(&bytes), "the picture has 10001×10000 pixels, more than 100 megapixels");
        let bytes = png_parts::of_size(10, 65_536);
        assert_eq!(refusal(&bytes), "the picture has 10×65536 pixels, more than 65535 on one side");
    }

    #[test]
    fn a_profile_that_unpacks_to_gigabytes_is_not_unpacked() {
        let zeros = vec![0; 80 << 20];
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
        encoder.set_icc_profile(zeros).unwrap();
        encoder.write_image(&[0; 3], 1, 1, image::ExtendedColorType::Rgb8).unwrap();
        assert!(decode(&bytes).is_ok_and(|decoded| decoded.icc.is_none()));
    }

    #[test]
    fn a_cmyk_profile_is_not_kept_with_rgb_pixels() {
        for (colours, kept) in [(b"RGB ", true), (b"CMYK", false)] {
            let bytes = fixtures::jpeg_with_icc(&profile(colours));
            assert_eq!(decode(&bytes).unwrap().icc.is_some(), kept);
        }
    }

    #[test]
    fn an_orientation_is_applied_once() {
        for value in 1..=8 {
            let exif = tiff(Endian::Big, &[(ORIENTATION, value.into())]);
            let decoded = decode(&fixtures::jpeg_with_exif(&exif)).unwrap();
            assert_eq!(decoded.header.orientation.value(), value);
            let shown = decoded.header.upright();
            let upright = decoded.into_upright();
            assert_eq!(upright.image.dimensions(), (shown.width, shown.height));
            assert_eq!(upright.header.size, shown);
            assert_eq!(upright.clone().into_upright().image, upright.image);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn mutated_pictures_are_decoded_or_refused(
            which in any::<prop::sample::Index>(),
            changes in prop::collection::vec(
                (any::<prop::sample::Index>(), any::<u8>()), 1..6),
            kept in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let (_, bytes) = which.get(&KINDS);
            let mut bytes = bytes.clone();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Some(kept) = kept {
                bytes.truncate(kept.index(bytes.len()));
            }
            let _ = decode(&bytes);
            // Past the checksums, a PNG has its decoder to itself.
            let _ = decode(&png_parts::with_right_checksums(&bytes));
        }

        #[test]
        fn random_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(decode(&bytes).is_err());
        }
    }

    #[test]
    fn zeros_in_the_middle_of_a_jpeg_are_decoded_or_refused() {
        for (_, bytes) in fixtures::jpegs() {
            for at in (bytes.len() / 3..bytes.len() - 40).step_by(11) {
                for byte in [0x00, 0xFF] {
                    let mut bytes = bytes.clone();
                    bytes[at..at + 30].fill(byte);
                    let _ = decode(&bytes);
                }
            }
        }
    }
}

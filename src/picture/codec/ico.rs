//! The ICO codec, which also reads CUR files.

use image::RgbaImage;

use super::{Codec, Isolation, MetadataCodec, Pixels, Reader, bmp, no_trailer, png};
use crate::decode::DecodeError;
use crate::format::ico::{self, Bitmap, Entry, is_png};
use crate::format::{Format, Header};

const FORMAT: Format = Format::Ico;

pub(super) const CODEC: Codec = Codec {
    format: FORMAT,
    name: "ico",
    title: "ICO",
    media_type: "image/x-icon",
    extensions: &["ico", "cur"],
    sniff: ico::sniff,
    has_trailer: no_trailer,
    reader: Some(Reader {
        header: ico::read_header,
        decode,
        ensure_complete: None,
        isolation: Isolation::Thread,
        decode_reduced: None,
    }),
    metadata: MetadataCodec::NONE,
};

/// Decodes the largest picture.
fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let incomplete = |reason| DecodeError::Incomplete { format: FORMAT, reason };
    let Entry { data, is_complete } = Entry::largest(bytes).map_err(incomplete)?;
    if !is_complete {
        return Err(incomplete("it ends too early"));
    }
    let decoded = if is_png(data) {
        png::decode(data, &Header { format: Format::Png, ..*header })
    } else {
        decode_bitmap(data, &Bitmap::read(data).map_err(incomplete)?)
    };
    decoded.map_err(of_icon)
}

fn decode_bitmap(data: &[u8], bitmap: &Bitmap) -> Result<Pixels, DecodeError> {
    const UNCOMPRESSED: u32 = 0;
    const BIT_MASKS: u32 = 3;

    if !matches!(bitmap.compression, UNCOMPRESSED | BIT_MASKS) {
        let detail = "a compressed bitmap".into();
        return Err(DecodeError::UnsupportedKind { format: FORMAT, detail });
    }
    let file = as_bmp(data, bitmap);
    let header = Header::new(Format::Bmp, bitmap.size);
    let Pixels { image, colors } = bmp::decode(&file, &header)?;
    let (has_alpha, mut image) = (image.color().has_alpha(), image.into_rgba8());

    let height = bitmap.size.height as usize;
    let colors_len = bitmap.row_len(bitmap.bits).saturating_mul(height);
    let (stored, mask) =
        data.get(bitmap.colors_at..).and_then(|rest| rest.split_at_checked(colors_len)).unwrap_or_default();
    let has_stored_alpha = bitmap.bits == 32 && bitmap.compression == UNCOMPRESSED;
    // Programs from before Windows XP leave the fourth byte 0.
    if has_stored_alpha && stored.iter().skip(3).step_by(4).any(|alpha| *alpha > 0) {
        set_alpha(&mut image, bitmap, stored, 32, |row, x| row[4 * x + 3]);
    } else if !has_alpha && !mask.is_empty() {
        // Some programs do not fill its rows, and other viewers show the rest as opaque.
        let mut mask = mask.to_vec();
        mask.resize(bitmap.row_len(1).saturating_mul(height), 0);
        let opaque = |row: &[u8], x: usize| if row[x / 8] >> (7 - x % 8) & 1 == 0 { 255 } else { 0 };
        set_alpha(&mut image, bitmap, &mask, 1, opaque);
    }
    Ok(Pixels { image: image.into(), colors })
}

/// Makes a BMP file of a picture: with a file header, and without a mask.
fn as_bmp(data: &[u8], bitmap: &Bitmap) -> Vec<u8> {
    const FILE_HEADER_LEN: usize = 14;

    let offset = u32::try_from(FILE_HEADER_LEN.saturating_add(bitmap.colors_at)).unwrap_or(u32::MAX);
    let height = bitmap.size.height.cast_signed();
    let height = if bitmap.is_top_down { -height } else { height };
    let mut file = [b"BM", &[0; 8][..], &offset.to_le_bytes(), data].concat();
    file[FILE_HEADER_LEN + Bitmap::HEIGHT_AT..][..4].copy_from_slice(&height.to_le_bytes());
    file
}

/// Sets the alpha of all pixels from rows of the bitmap's order, with this number of bits per pixel.
fn set_alpha(
    image: &mut RgbaImage,
    bitmap: &Bitmap,
    rows: &[u8],
    bits: u16,
    alpha: impl Fn(&[u8], usize) -> u8,
) {
    let row_len = bitmap.row_len(bits);
    let height = bitmap.size.height as usize;
    for (y, pixels) in image.rows_mut().enumerate() {
        let stored = if bitmap.is_top_down { y } else { height - 1 - y };
        let row = &rows[stored * row_len..][..row_len];
        for (x, pixel) in pixels.enumerate() {
            pixel.0[3] = alpha(row, x);
        }
    }
}

/// The error of a picture in the file, as one of the file.
fn of_icon(error: DecodeError) -> DecodeError {
    match error {
        DecodeError::Incomplete { reason, .. } => DecodeError::Incomplete { format: FORMAT, reason },
        DecodeError::Damaged { detail, .. } => DecodeError::Damaged { format: FORMAT, detail },
        DecodeError::UnsupportedKind { detail, .. } => {
            DecodeError::UnsupportedKind { format: FORMAT, detail }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::{DecodeError, decode};
    use crate::fixtures;

    const COLORS_AT: usize = 22 + 40;

    /// A file whose only picture has two pixels of 32 bits above each other, and a mask that covers the lower one.
    fn deep_icon(height: i32, alpha: u8) -> Vec<u8> {
        let mut bytes = fixtures::icon();
        bytes.truncate(COLORS_AT);
        bytes[14..18].copy_from_slice(&(40 + 8 + 8_u32).to_le_bytes());
        bytes[26..30].copy_from_slice(&1_i32.to_le_bytes());
        bytes[30..34].copy_from_slice(&height.to_le_bytes());
        bytes[36] = 32;
        bytes.extend([3, 2, 1, alpha, 6, 5, 4, alpha]);
        bytes.extend([0x80, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn a_bitmap_of_24_bits_is_decoded_in_icons_and_cursors() {
        let mut bytes = fixtures::icon();
        for kind in [1, 2] {
            bytes[2] = kind;
            let image = decode(&bytes).unwrap().image;
            assert!(image.color().has_alpha());
            assert_eq!(image.into_rgb8(), fixtures::rgb());
        }
    }

    #[test]
    fn the_mask_counts_if_no_pixel_has_an_alpha() {
        let pixels = |height, alpha| decode(&deep_icon(height, alpha)).unwrap().image.into_rgba8().into_raw();
        assert_eq!(pixels(4, 9), [4, 5, 6, 9, 1, 2, 3, 9]);
        assert_eq!(pixels(4, 0), [4, 5, 6, 255, 1, 2, 3, 0]);
        assert_eq!(pixels(-4, 0), [1, 2, 3, 0, 4, 5, 6, 255]);
    }

    #[test]
    fn a_mask_that_is_too_short_leaves_the_rest_opaque() {
        let mut bytes = deep_icon(4, 0);
        bytes[14] -= 4;
        bytes.truncate(bytes.len() - 4);
        assert_eq!(decode(&bytes).unwrap().image.into_rgba8().as_raw()[..4], [4, 5, 6, 255]);
    }

    #[test]
    fn a_truncated_picture_and_a_compressed_one_have_their_own_errors() {
        let mut bytes = fixtures::icon();
        bytes.pop();
        let error = decode(&bytes).unwrap_err();
        assert_eq!(error.to_string(), "the ICO file is damaged or incomplete (it ends too early)");
        let mut bytes = fixtures::icon();
        bytes[38] = 1;
        assert!(matches!(decode(&bytes), Err(DecodeError::UnsupportedKind { .. })));
    }
}

//! BMP headers (BITMAPCOREHEADER, BITMAPINFOHEADER and its extensions).

use seededit_resize::Size;

use crate::format::endian::Endian::Little;
use crate::format::{Format, Header, Reason};

/// The length of the oldest header. Its width and height have two bytes each.
const CORE_HEADER_LEN: u32 = 12;

pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Reason> {
    const TRUNCATED: Reason = "the header is truncated";
    let size = if Little.u32(bytes, 14).ok_or(TRUNCATED)? == CORE_HEADER_LEN {
        let side = |at| Little.u16(bytes, at).map(u32::from).ok_or(TRUNCATED);
        Size { width: side(18)?, height: side(20)? }
    } else {
        let side = |at| Little.u32(bytes, at).map(u32::cast_signed).ok_or(TRUNCATED);
        Size {
            width: u32::try_from(side(18)?).map_err(|_| "the width is negative")?,
            // A negative height is the height of a picture that is stored from the top down.
            height: side(22)?.unsigned_abs(),
        }
    };
    Ok(Header { has_alpha: has_alpha_mask(bytes), ..Header::new(Format::Bmp, size) })
}

/// Whether pixels have 32 bits, some of which are alpha by a mask.
fn has_alpha_mask(bytes: &[u8]) -> bool {
    const HEADER_WITH_ALPHA_MASK: u32 = 56;
    Little.u32(bytes, 14).is_some_and(|len| len >= HEADER_WITH_ALPHA_MASK)
        && Little.u16(bytes, 28) == Some(32)
        && Little.u32(bytes, 66).is_some_and(|mask| mask != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bmp(header_len: u32, fields: &[u8]) -> Vec<u8> {
        let mut bytes = b"BM\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        bytes.extend(header_len.to_le_bytes());
        bytes.extend(fields);
        bytes.resize(14 + header_len as usize, 0);
        bytes
    }

    #[test]
    fn the_oldest_header_has_two_bytes_per_side() {
        let bytes = bmp(12, &[0x40, 1, 0xF0, 0, 1, 0, 24, 0]);
        assert_eq!(read_header(&bytes).unwrap().size.to_string(), "320×240");
    }

    #[test]
    fn a_negative_height_is_read() {
        let mut fields = 320_i32.to_le_bytes().to_vec();
        fields.extend((-240_i32).to_le_bytes());
        let header = read_header(&bmp(40, &fields)).unwrap();
        assert_eq!(header.size.to_string(), "320×240");
        assert!(!header.has_alpha);
    }

    #[test]
    fn a_picture_with_an_alpha_mask_has_alpha() {
        let mut fields = [3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 32, 0].to_vec();
        fields.resize(48, 0);
        assert!(!read_header(&bmp(124, &fields)).unwrap().has_alpha);
        fields.extend([0, 0, 0, 0xFF]);
        assert!(read_header(&bmp(124, &fields)).unwrap().has_alpha);
    }
}

//! GIF headers (GIF89a specification, W3C).

use super::endian::Endian;
use super::flaw::Flaw;
use super::{Format, Header, Orientation, Size};

/// Size and colour table of the logical screen.
const SCREEN_LEN: usize = 13;
const EXTENSION: u8 = 0x21;
const GRAPHIC_CONTROL: u8 = 0xF9;

pub(super) fn header(bytes: &[u8]) -> Result<Header, Flaw> {
    let side = |at| Endian::Little.u16(bytes, at).map(u32::from);
    let (width, height) = side(6).zip(side(8)).ok_or("the header is truncated")?;
    Ok(Header {
        format: Format::Gif,
        size: Size { width, height },
        orientation: Orientation::default(),
        alpha: is_first_frame_transparent(bytes).unwrap_or(false),
        cmyk: false,
    })
}

/// Whether a graphic control extension before the first image names a transparent colour.
fn is_first_frame_transparent(bytes: &[u8]) -> Option<bool> {
    let screen_flags = *bytes.get(10)?;
    let colours = match screen_flags & 0x80 {
        0 => 0,
        _ => 2_usize << (screen_flags & 7),
    };
    let mut rest = bytes.get(SCREEN_LEN + 3 * colours..)?;
    while let [EXTENSION, label, blocks @ ..] = rest {
        if let (&GRAPHIC_CONTROL, [4, flags, ..]) = (label, blocks) {
            return Some(flags & 1 == 1);
        }
        rest = after_sub_blocks(blocks)?;
    }
    Some(false)
}

/// Sub-blocks begin with their length; one of length 0 is the last.
fn after_sub_blocks(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        let (&len, block) = rest.split_first()?;
        rest = block.get(usize::from(len)..)?;
        if len == 0 {
            return Some(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transparent_colour_is_found_behind_a_palette_and_a_comment() {
        for (flags, alpha) in [(0, false), (1, true)] {
            let mut bytes = b"GIF89a\x40\x01\xF0\x00\x80\0\0".to_vec();
            bytes.extend([0; 6]);
            bytes.extend(b"\x21\xFE\x05hello\0");
            bytes.extend([0x21, 0xF9, 4, flags, 0, 0, 7, 0]);
            bytes.push(0x2C);
            let header = header(&bytes).unwrap();
            assert_eq!(header.size.to_string(), "320×240");
            assert_eq!(header.alpha, alpha);
        }
    }

    #[test]
    fn a_header_alone_has_a_size() {
        assert_eq!(header(b"GIF87a\x01\x00\x02\x00").unwrap().size.to_string(), "1×2");
        assert!(header(b"GIF87a\x01\x00\x02").is_err());
    }
}

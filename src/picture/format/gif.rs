//! GIF headers (GIF89a specification, W3C).

use seededit_resize::Size;

use crate::contents::{Contents, Kind};
use crate::format::endian::Endian;
use crate::format::{Format, Header, Reason};

/// The signature and the logical screen descriptor.
const SCREEN_LEN: usize = 13;
const EXTENSION: u8 = 0x21;
const GRAPHIC_CONTROL: u8 = 0xF9;
const IMAGE: u8 = 0x2C;
/// The position, the size and the flags of a frame, and the minimum code size of its pixels.
const IMAGE_DESCRIPTOR_LEN: usize = 10;

pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Reason> {
    let side = |at| Endian::Little.u16(bytes, at).map(u32::from);
    let (width, height) = side(6).zip(side(8)).ok_or("the header is truncated")?;
    Ok(Header {
        has_alpha: is_first_frame_transparent(bytes).unwrap_or(false),
        ..Header::new(Format::Gif, Size { width, height })
    })
}

/// Counts the frames. A truncated one does not count.
pub(crate) fn contents(bytes: &[u8]) -> Contents {
    let mut frames = 0;
    let mut rest = after_screen(bytes);
    while let Some(block) = rest {
        rest = match block {
            [EXTENSION, _, blocks @ ..] => after_sub_blocks(blocks),
            [IMAGE, frame @ ..] => {
                let after = after_frame(frame);
                frames += u32::from(after.is_some());
                after
            }
            _ => None,
        };
    }
    Contents::of(frames, Kind::Frames)
}

fn after_frame(frame: &[u8]) -> Option<&[u8]> {
    let palette = palette_len(*frame.get(8)?);
    after_sub_blocks(frame.get(IMAGE_DESCRIPTOR_LEN + palette..)?)
}

/// Skips the logical screen descriptor and the global palette.
fn after_screen(bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(SCREEN_LEN + palette_len(*bytes.get(10)?)..)
}

/// The length of a palette, in bytes, by the flags of a screen or a frame.
fn palette_len(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 * (2 << (flags & 7)) }
}

/// Whether a graphic control extension before the first frame sets a transparent color.
fn is_first_frame_transparent(bytes: &[u8]) -> Option<bool> {
    let mut rest = after_screen(bytes)?;
    while let [EXTENSION, label, blocks @ ..] = rest {
        if let (&GRAPHIC_CONTROL, [4, flags, ..]) = (label, blocks) {
            return Some(flags & 1 == 1);
        }
        rest = after_sub_blocks(blocks)?;
    }
    Some(false)
}

/// Skips sub-blocks. Each starts with its length, and the last one is empty.
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
    fn a_transparent_color_is_found_after_a_palette_and_a_comment() {
        for (flags, has_alpha) in [(0, false), (1, true)] {
            let mut bytes = b"GIF89a\x40\x01\xF0\x00\x80\0\0".to_vec();
            bytes.extend([0; 6]);
            bytes.extend(b"\x21\xFE\x05hello\0");
            bytes.extend([0x21, 0xF9, 4, flags, 0, 0, 7, 0]);
            bytes.push(0x2C);
            let header = read_header(&bytes).unwrap();
            assert_eq!(header.size.to_string(), "320×240");
            assert_eq!(header.has_alpha, has_alpha);
        }
    }

    /// A GIF of `frames` frames of one pixel, each with its own palette and a delay.
    fn animation(frames: usize) -> Vec<u8> {
        let frame =
            b"\x21\xF9\x04\0\x05\0\0\0\x2C\0\0\0\0\x01\0\x01\0\x80\0\0\0\xFF\xFF\xFF\x02\x02\x44\x01\0";
        [b"GIF89a\x01\0\x01\0\0\0\0", frame.repeat(frames).as_slice(), b"\x3B"].concat()
    }

    #[test]
    fn complete_frames_are_counted() {
        assert_eq!([1, 2, 3].map(|frames| contents(&animation(frames)).count), [1, 2, 3]);
        let two = animation(2);
        let second_ends = two.len() - 1;
        assert_eq!(contents(&two[..second_ends - 1]).count, 1);
        assert_eq!(contents(&two[..second_ends]).count, 2);
    }

    #[test]
    fn a_header_alone_has_a_size() {
        assert_eq!(read_header(b"GIF87a\x01\x00\x02\x00").unwrap().size.to_string(), "1×2");
        assert!(read_header(b"GIF87a\x01\x00\x02").is_err());
    }
}

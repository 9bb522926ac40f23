//! What a file has beside the picture that is used, and the choice of another one.

use std::fmt;

use crate::decode::{DecodeError, guard};
use crate::format::Header;

/// What a file has. The default is one picture and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The number of frames, pages or pictures that can be chosen, including the one that is used by default. At least 1.
    pub count: u32,
    pub kind: Kind,
    /// Whether a gain map makes the picture HDR on screens that can show it.
    pub has_gain_map: bool,
    /// The number of further pictures that cannot be chosen: depth maps, mattes, other exposures.
    pub attached: u32,
    /// Whether it has content credentials: a manifest of C2PA, which is signed for the bytes of the file.
    pub has_credentials: bool,
}

/// What the pictures of a file are to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// The frames of an animation.
    Frames,
    /// The pages of a document.
    Pages,
    #[default]
    Pictures,
}

impl Default for Contents {
    fn default() -> Contents {
        Contents { count: 1, kind: Kind::default(), has_gain_map: false, attached: 0, has_credentials: false }
    }
}

/// What a result has beside the pixels that screens show in SDR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptExtras {
    /// More than 8 bits per sample.
    pub depth: bool,
    pub gain_map: bool,
}

/// What a result does not have of its picture. Its text completes "… left out".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// `3 of 4 frames`
    Others { count: u32, kind: Kind },
    /// `the gain map, so the result is SDR`
    GainMap,
    /// `2 attached pictures`
    Attached(u32),
    /// `HDR colors`
    Hdr,
    /// `more than 8 bits per sample`
    Depth,
    /// `transparency`
    Transparency,
    /// `the content credentials (C2PA), which are not valid for an edit`
    Credentials,
    /// `XMP metadata, which is damaged or does not fit the format`
    Metadata(&'static str),
}

impl Contents {
    /// Reads what a file has, without decoding it. What is damaged does not count.
    #[must_use]
    pub fn read(bytes: &[u8], header: &Header) -> Contents {
        header.format.codec().metadata.contents.map_or_else(Contents::default, |read| read(bytes))
    }

    /// Returns the default if there is only one picture.
    pub(crate) fn of(count: u32, kind: Kind) -> Contents {
        if count > 1 { Contents { count, kind, ..Contents::default() } } else { Contents::default() }
    }

    /// Checks that a frame or page exists.
    ///
    /// # Errors
    /// [`DecodeError::NoSuchPage`].
    pub fn ensure_has(&self, number: u32) -> Result<(), DecodeError> {
        let Contents { count, kind, .. } = *self;
        if (1..=count).contains(&number) {
            Ok(())
        } else {
            Err(DecodeError::NoSuchPage { number, count, kind })
        }
    }

    /// What a result does not have, by the header of the picture that is used.
    #[must_use]
    pub fn dropped(&self, header: &Header, kept: KeptExtras) -> Vec<Dropped> {
        let others = (self.count > 1).then_some(Dropped::Others { count: self.count, kind: self.kind });
        let gain_map = (self.has_gain_map && !kept.gain_map).then_some(Dropped::GainMap);
        let attached = (self.attached > 0).then_some(Dropped::Attached(self.attached));
        let hdr = header.is_hdr.then_some(Dropped::Hdr);
        let depth = (header.is_deep && !kept.depth).then_some(Dropped::Depth);
        let credentials = self.has_credentials.then_some(Dropped::Credentials);
        [others, gain_map, attached, hdr, depth, credentials].into_iter().flatten().collect()
    }
}

/// Returns the picture with a number, from 1, as a file of its own, which may have another format.
///
/// # Errors
/// [`DecodeError::NoSuchPage`], and if the picture cannot be decoded.
pub fn page(bytes: &[u8], header: &Header, number: u32) -> Result<Vec<u8>, DecodeError> {
    let contents = Contents::read(bytes, header);
    contents.ensure_has(number)?;
    match header.format.codec().metadata.page {
        Some(page) if contents.count > 1 => guard::run_with(bytes, header, number - 1, page),
        _ => Ok(bytes.to_vec()),
    }
}

impl Kind {
    /// For example `frame`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Frames => "frame",
            Kind::Pages => "page",
            Kind::Pictures => "picture",
        }
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Dropped::Others { count, kind } => write!(f, "{} of {count} {}s", count - 1, kind.name()),
            Dropped::GainMap => f.write_str("the gain map, so the result is SDR"),
            Dropped::Attached(1) => f.write_str("an attached picture"),
            Dropped::Attached(count) => write!(f, "{count} attached pictures"),
            Dropped::Hdr => f.write_str("HDR colors"),
            Dropped::Depth => f.write_str("more than 8 bits per sample"),
            Dropped::Transparency => f.write_str("transparency"),
            Dropped::Credentials => {
                f.write_str("the content credentials (C2PA), which are not valid for an edit")
            }
            Dropped::Metadata(kind) => {
                write!(f, "{kind} metadata, which is damaged or does not fit the format")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::decode;
    use crate::fixtures;
    use image::codecs::gif::GifEncoder;
    use image::codecs::png::PngEncoder;
    use image::{DynamicImage, Frame, GenericImageView, Rgba, RgbaImage};

    fn colored(red: u8) -> RgbaImage {
        RgbaImage::from_pixel(20, 10, Rgba([red, 0, 0, 255]))
    }

    fn gif() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        encoder.encode_frames([0, 100, 200].map(|red| Frame::new(colored(red)))).unwrap();
        drop(encoder);
        bytes
    }

    /// A TIFF of two pages of 20 × 10 and 30 × 10 gray pixels.
    fn tiff() -> Vec<u8> {
        let mut bytes = b"II*\0\0\0\0\0".to_vec();
        let mut link_at = 4;
        for width in [20_u16, 30] {
            let pixels_at = bytes.len() as u32;
            bytes.extend(vec![width as u8; usize::from(width) * 10]);
            let directory_at = (bytes.len() as u32).to_le_bytes();
            bytes[link_at..link_at + 4].copy_from_slice(&directory_at);
            let entries: [(u16, u16, u32); 6] = [
                (0x100, 3, width.into()),
                (0x101, 3, 10),
                (0x102, 3, 8),
                (0x106, 3, 1),
                (0x111, 4, pixels_at),
                (0x117, 4, u32::from(width) * 10),
            ];
            bytes.extend((entries.len() as u16).to_le_bytes());
            for (tag, kind, value) in entries {
                bytes.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
                bytes.extend([1_u32.to_le_bytes(), value.to_le_bytes()].concat());
            }
            link_at = bytes.len();
            bytes.extend([0; 4]);
        }
        bytes
    }

    fn header(bytes: &[u8]) -> Header {
        Header::read(bytes).unwrap()
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        Contents::read(bytes, &header(bytes))
            .dropped(&header(bytes), KeptExtras { depth: true, gain_map: false })
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_single_picture_has_nothing_else() {
        for (name, bytes) in fixtures::all() {
            assert_eq!(Contents::read(&bytes, &header(&bytes)), Contents::default(), "{name}");
            assert_eq!(page(&bytes, &header(&bytes), 1).unwrap(), bytes, "{name}");
        }
    }

    #[test]
    fn each_frame_of_a_gif_can_be_chosen() {
        let bytes = gif();
        assert_eq!(texts(&bytes), ["2 of 3 frames"]);
        for (number, red) in [(1, 0), (2, 100), (3, 200)] {
            let frame = decode(&page(&bytes, &header(&bytes), number).unwrap()).unwrap();
            assert_eq!(frame.image.get_pixel(5, 5), Rgba([red, 0, 0, 255]));
        }
        let error = page(&bytes, &header(&bytes), 4).unwrap_err();
        assert_eq!(error.to_string(), "there is no frame 4: the file has 3");
        assert!(page(&bytes, &header(&bytes), 0).is_err());
    }

    #[test]
    fn each_page_of_a_tiff_can_be_chosen() {
        let bytes = tiff();
        assert_eq!(texts(&bytes), ["1 of 2 pages"]);
        for (number, width) in [(1, 20), (2, 30)] {
            let decoded = decode(&page(&bytes, &header(&bytes), number).unwrap()).unwrap();
            assert_eq!(decoded.image.dimensions(), (width, 10));
            assert_eq!(decoded.image.to_luma8().get_pixel(3, 3).0[0], width as u8);
        }
    }

    #[test]
    fn a_directory_that_is_linked_to_itself_is_one_page() {
        let mut bytes = tiff();
        let first = bytes[4..8].to_vec();
        let end = bytes.len() - 4;
        bytes[end..].copy_from_slice(&first);
        assert_eq!(texts(&bytes), ["1 of 2 pages"]);
    }

    #[cfg(feature = "heic")]
    #[test]
    fn another_picture_of_a_heic_file_can_be_chosen() {
        let bytes = include_bytes!("corpus/two.heic");
        assert_eq!(texts(bytes), ["1 of 2 pictures"]);
        let pixels =
            |number| decode(&page(bytes, &header(bytes), number).unwrap()).unwrap().image.into_rgb8();
        let (first, second) = (pixels(1), pixels(2));
        // The second one is the mirror image of the first one.
        let mirrored = image::imageops::flip_horizontal(&second);
        let sum: u64 = first.iter().zip(mirrored.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        assert!(first != second && sum < 5 * first.len() as u64, "{sum}");
    }

    #[test]
    fn the_pictures_of_a_jpeg_are_listed_in_it_and_can_be_chosen() {
        let (first, second) = (fixtures::baseline_jpeg(), fixtures::progressive_jpeg());
        // An MPF segment with two pictures (CIPA DC-007, 5.2): the version, the number, and 16 bytes for each of them.
        let mut list = b"MPF\0MM\0*\0\0\0\x08\0\x03".to_vec();
        list.extend(b"\xB0\0\0\x07\0\0\0\x040100\xB0\x01\0\x04\0\0\0\x01\0\0\0\x02\xB0\x02\0\x07\0\0\0\x20\0\0\0\x32\0\0\0\0");
        let structure_at = 2 + 4 + 4;
        let first_len = first.len() + 4 + list.len() + 32;
        for (size, offset) in [(first_len, 0), (second.len(), first_len - structure_at)] {
            list.extend([0; 4]);
            list.extend(u32::try_from(size).unwrap().to_be_bytes());
            list.extend(u32::try_from(offset).unwrap().to_be_bytes());
            list.extend([0; 4]);
        }
        let length = u16::try_from(list.len() + 2).unwrap().to_be_bytes();
        let bytes = [&first[..2], &[0xFF, 0xE2], &length, &list, &first[2..], &second].concat();
        assert_eq!(texts(&bytes), ["1 of 2 pictures"]);
        assert_eq!(page(&bytes, &header(&bytes), 2).unwrap(), second);
        for len in 0..bytes.len() {
            if let Ok(header) = Header::read(&bytes[..len]) {
                let _ = page(&bytes[..len], &header, 2);
            }
        }
    }

    #[test]
    fn a_gain_map_is_found_in_the_metadata() {
        let jpeg = fixtures::baseline_jpeg();
        let xmp = b"http://ns.adobe.com/xap/1.0/\0<x hdrgm:Version=\"1.0\"/>";
        let length = u16::try_from(xmp.len() + 2).unwrap().to_be_bytes();
        let bytes = [&jpeg[..2], &[0xFF, 0xE1], &length, &xmp[..], &jpeg[2..]].concat();
        assert_eq!(texts(&bytes), ["the gain map, so the result is SDR"]);
    }

    #[test]
    fn a_still_png_has_one_frame() {
        let mut bytes = Vec::new();
        let image = DynamicImage::from(colored(9));
        image.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
        assert_eq!(texts(&bytes), [""; 0]);
        // Stating eight frames.
        let control = crate::format::png::tests::chunk(b"acTL", &[0, 0, 0, 8, 0, 0, 0, 0]);
        bytes.splice(33..33, control);
        assert_eq!(texts(&bytes), ["7 of 8 frames"]);
    }
}

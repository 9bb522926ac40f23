//! TIFF headers (TIFF 6.0, and BigTIFF).

use seededit_resize::Size;

use crate::format::ifd::Ifd;
use crate::format::{ColorModel, Format, Header, Reason};

pub(crate) const NEW_SUBFILE_TYPE: u16 = 0x00FE;
pub(crate) const IMAGE_WIDTH: u16 = 0x0100;
pub(crate) const IMAGE_LENGTH: u16 = 0x0101;
pub(crate) const BITS_PER_SAMPLE: u16 = 0x0102;
pub(crate) const COMPRESSION: u16 = 0x0103;
pub(crate) const PHOTOMETRIC_INTERPRETATION: u16 = 0x0106;
pub(crate) const SAMPLES_PER_PIXEL: u16 = 0x0115;
pub(crate) const PLANAR_CONFIGURATION: u16 = 0x011C;
pub(crate) const COLOR_MAP: u16 = 0x0140;
pub(crate) const EXTRA_SAMPLES: u16 = 0x0152;
pub(crate) const YCBCR_SUBSAMPLING: u16 = 0x0212;
#[cfg(test)]
pub(crate) const SAMPLE_FORMAT: u16 = 0x0153;
pub(crate) const ICC_PROFILE: u16 = 0x8773;
const DNG_VERSION: u16 = 0xC612;

/// A value of `COMPRESSION`: JPEG data, whose chroma is scaled up by its decoder.
pub(crate) const JPEG: u32 = 7;
/// Values of `PHOTOMETRIC_INTERPRETATION`.
pub(crate) const SEPARATED: u32 = 5;
pub(crate) const YCBCR: u32 = 6;
const COLOR_FILTER_ARRAY: u32 = 32_803;
const LINEAR_RAW: u32 = 34_892;

pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Reason> {
    let ifd = Ifd::first(bytes).ok_or("the first directory is missing")?;
    let (width, height) =
        ifd.value(IMAGE_WIDTH).zip(ifd.value(IMAGE_LENGTH)).ok_or("the first directory has no dimensions")?;
    Ok(Header {
        orientation: ifd.orientation().unwrap_or_default(),
        // 1 is associated alpha, 2 is unassociated alpha, and 0 is unspecified data.
        has_alpha: matches!(ifd.value(EXTRA_SAMPLES), Some(1 | 2)),
        model: color_model(ifd),
        ..Header::new(Format::Tiff, Size { width, height })
    })
}

fn color_model(ifd: Ifd<'_>) -> ColorModel {
    match ifd.value(PHOTOMETRIC_INTERPRETATION) {
        Some(0 | 1) => ColorModel::Gray,
        Some(SEPARATED) => ColorModel::Cmyk,
        _ => ColorModel::Rgb,
    }
}

/// Whether a file contains what the sensor of a camera saw. Such a file is a TIFF whose first picture is a preview, or has
/// a signature of its own.
pub(crate) fn is_raw(bytes: &[u8]) -> bool {
    // Canon CR3 and CR2, Olympus ORF, Panasonic RW2 and Fujifilm RAF.
    let has_signature = bytes.starts_with(b"FUJIFILMCCD-RAW")
        || bytes.get(4..12) == Some(b"ftypcrx ")
        || [&b"IIRO"[..], b"IIRS", b"MMOR", b"IIU\0"].iter().any(|signature| bytes.starts_with(signature));
    if has_signature {
        return true;
    }
    let Some(ifd) = Ifd::first(bytes) else { return false };
    ifd.field(DNG_VERSION).is_some()
        // A preview is a smaller version of a picture that is elsewhere in the file.
        || ifd.value(NEW_SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1)
        || matches!(ifd.value(PHOTOMETRIC_INTERPRETATION), Some(COLOR_FILTER_ARRAY | LINEAR_RAW))
        || (bytes.starts_with(b"II*\0") && bytes.get(8..10) == Some(b"CR"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::endian::Endian;
    use crate::format::ifd::tests::tiff;

    #[test]
    fn size_orientation_and_alpha_are_read_from_the_first_directory() {
        for endian in [Endian::Big, Endian::Little] {
            let tags = [(IMAGE_WIDTH, 640), (IMAGE_LENGTH, 480), (0x0112, 8), (EXTRA_SAMPLES, 2)];
            let header = read_header(&tiff(endian, &tags)).unwrap();
            assert_eq!(header.upright().to_string(), "480×640");
            assert!(header.has_alpha);
        }
    }

    #[test]
    fn a_directory_without_a_size_is_damaged() {
        assert!(read_header(&tiff(Endian::Big, &[(IMAGE_WIDTH, 640)])).is_err());
        assert!(read_header(b"II*\0").is_err());
    }

    #[test]
    fn raw_files_are_told_from_pictures() {
        let sides = [(IMAGE_WIDTH, 160), (IMAGE_LENGTH, 120)];
        let with = |tag| tiff(Endian::Little, &[sides[0], sides[1], tag]);
        assert!(!is_raw(&tiff(Endian::Little, &sides)));
        assert!(!is_raw(&with((NEW_SUBFILE_TYPE, 2))), "a page");
        for tag in [(NEW_SUBFILE_TYPE, 1), (DNG_VERSION, 1), (PHOTOMETRIC_INTERPRETATION, 32_803)] {
            assert!(is_raw(&with(tag)), "{tag:?}");
        }
        for start in [&b"FUJIFILMCCD-RAW 0201"[..], b"\0\0\0\x18ftypcrx \0\0", b"IIRO\x08\0\0\0"] {
            assert!(is_raw(start));
        }
        assert!(!is_raw(b"\x89PNG\r\n\x1A\n"));
    }
}

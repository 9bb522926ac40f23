//! TIFF headers (TIFF 6.0).

use seededit_resize::Size;

use crate::format::ifd::Ifd;
use crate::format::{Format, Header, Reason};

const IMAGE_WIDTH: u16 = 0x0100;
const IMAGE_LENGTH: u16 = 0x0101;
const PHOTOMETRIC_INTERPRETATION: u16 = 0x0106;
const SEPARATED: u32 = 5;
const EXTRA_SAMPLES: u16 = 0x0152;

pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Reason> {
    let ifd = Ifd::first(bytes).ok_or("the first directory is missing")?;
    let (width, height) =
        ifd.value(IMAGE_WIDTH).zip(ifd.value(IMAGE_LENGTH)).ok_or("the first directory has no dimensions")?;
    Ok(Header {
        format: Format::Tiff,
        size: Size { width, height },
        orientation: ifd.orientation().unwrap_or_default(),
        // 1 is associated alpha, 2 is unassociated alpha, and 0 is unspecified data.
        has_alpha: matches!(ifd.value(EXTRA_SAMPLES), Some(1 | 2)),
        is_cmyk: ifd.value(PHOTOMETRIC_INTERPRETATION) == Some(SEPARATED),
    })
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
}

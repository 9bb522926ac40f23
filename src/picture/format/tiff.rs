//! TIFF headers (TIFF 6.0, and BigTIFF).

pub(crate) mod metadata;

use std::collections::BTreeSet;

use seededit_resize::Size;

use crate::contents::{Contents, Kind};
use crate::format::ifd::Ifd;
use crate::format::{ColorModel, Format, Header, Reason};

const NEW_SUBFILE_TYPE: u16 = 0x00FE;
pub(crate) const IMAGE_WIDTH: u16 = 0x0100;
pub(crate) const IMAGE_LENGTH: u16 = 0x0101;
pub(crate) const BITS_PER_SAMPLE: u16 = 0x0102;
pub(crate) const COMPRESSION: u16 = 0x0103;
pub(crate) const PHOTOMETRIC_INTERPRETATION: u16 = 0x0106;
pub(crate) const FILL_ORDER: u16 = 0x010A;
pub(crate) const STRIP_OFFSETS: u16 = 0x0111;
pub(crate) const SAMPLES_PER_PIXEL: u16 = 0x0115;
pub(crate) const ROWS_PER_STRIP: u16 = 0x0116;
pub(crate) const STRIP_BYTE_COUNTS: u16 = 0x0117;
pub(crate) const PLANAR_CONFIGURATION: u16 = 0x011C;
pub(crate) const T4_OPTIONS: u16 = 0x0124;
pub(crate) const PREDICTOR: u16 = 0x013D;
pub(crate) const COLOR_MAP: u16 = 0x0140;
pub(crate) const TILE_WIDTH: u16 = 0x0142;
pub(crate) const TILE_LENGTH: u16 = 0x0143;
pub(crate) const TILE_OFFSETS: u16 = 0x0144;
pub(crate) const TILE_BYTE_COUNTS: u16 = 0x0145;
const SUB_DIRECTORIES: u16 = 0x014A;
pub(crate) const INK_SET: u16 = 0x014C;
pub(crate) const EXTRA_SAMPLES: u16 = 0x0152;
pub(crate) const SAMPLE_FORMAT: u16 = 0x0153;
pub(crate) const JPEG_TABLES: u16 = 0x015B;
pub(crate) const YCBCR_COEFFICIENTS: u16 = 0x0211;
pub(crate) const YCBCR_SUBSAMPLING: u16 = 0x0212;
pub(crate) const REFERENCE_BLACK_WHITE: u16 = 0x0214;
pub(crate) const ICC_PROFILE: u16 = 0x8773;
const DNG_VERSION: u16 = 0xC612;
/// A manifest of C2PA (C2PA 2.1, A.3.3).
const CREDENTIALS: u16 = 0xCD41;

/// A value of `COMPRESSION`: JPEG data, whose chroma is scaled up by its decoder.
pub(crate) const JPEG: u32 = 7;
/// Values of `EXTRA_SAMPLES`: alpha that colors are multiplied by, or not.
pub(crate) const ASSOCIATED: u32 = 1;
const UNASSOCIATED: u32 = 2;
/// Values of `PHOTOMETRIC_INTERPRETATION`.
const RGB: u32 = 2;
pub(crate) const SEPARATED: u32 = 5;
pub(crate) const YCBCR: u32 = 6;
const COLOR_FILTER_ARRAY: u32 = 32_803;
const LINEAR_RAW: u32 = 34_892;

pub(crate) fn read_header(bytes: &[u8]) -> Result<Header, Reason> {
    let ifd = main_directory(bytes).ok_or("the first directory is missing")?;
    let (width, height) =
        ifd.value(IMAGE_WIDTH).zip(ifd.value(IMAGE_LENGTH)).ok_or("the directory has no dimensions")?;
    Ok(Header {
        orientation: ifd.orientation().unwrap_or_default(),
        has_alpha: alpha_kind(ifd).is_some(),
        model: color_model(ifd),
        is_deep: ifd.value(BITS_PER_SAMPLE).is_some_and(|bits| bits > 8),
        ..Header::new(Format::Tiff, Size { width, height })
    })
}

/// What the alpha channel is: [`ASSOCIATED`] or [`UNASSOCIATED`]. `None` if there is none.
pub(crate) fn alpha_kind(ifd: Ifd<'_>) -> Option<u32> {
    match ifd.value(EXTRA_SAMPLES) {
        kind @ Some(ASSOCIATED | UNASSOCIATED) => kind,
        Some(_) => None,
        // The specification asks for the field. Without it, the fourth channel is alpha in libtiff, Pillow and ImageMagick.
        None => (ifd.value(PHOTOMETRIC_INTERPRETATION) == Some(RGB)
            && ifd.value(SAMPLES_PER_PIXEL) == Some(4))
        .then_some(UNASSOCIATED),
    }
}

/// The directory of the picture: the first one that is no preview and no mask, or else the first one.
pub(crate) fn main_directory(bytes: &[u8]) -> Option<Ifd<'_>> {
    pages(bytes).next().or_else(|| Ifd::first(bytes))
}

/// Counts the pages. Smaller versions of a page and masks are none.
pub(crate) fn contents(bytes: &[u8]) -> Contents {
    let count = u32::try_from(pages(bytes).count()).unwrap_or(u32::MAX);
    let has_credentials = main_directory(bytes).is_some_and(|ifd| ifd.field(CREDENTIALS).is_some());
    Contents { has_credentials, ..Contents::of(count, Kind::Pages) }
}

/// Returns the same file with another first directory.
pub(crate) fn page(bytes: &[u8], index: u32) -> Option<Vec<u8>> {
    let page = pages(bytes).nth(index as usize)?;
    let mut file = bytes.to_vec();
    page.make_first(&mut file)?;
    Some(file)
}

fn pages(bytes: &[u8]) -> impl Iterator<Item = Ifd<'_>> {
    const REDUCED: u32 = 1;
    const MASK: u32 = 4;

    directories(bytes).filter(|ifd| {
        let kind = ifd.value(NEW_SUBFILE_TYPE).unwrap_or(0);
        kind & (REDUCED | MASK) == 0 && ifd.value(IMAGE_WIDTH).is_some()
    })
}

/// The directories, each with those in it.
fn directories(bytes: &[u8]) -> impl Iterator<Item = Ifd<'_>> {
    /// More than any file has.
    const MAX_INNER: usize = 100;
    const MAX: usize = 10_000;

    // A damaged file may have a cycle of directories.
    let mut seen = BTreeSet::new();
    std::iter::successors(Ifd::first(bytes), |ifd| ifd.next())
        .take_while(move |ifd| seen.insert(ifd.position()))
        .flat_map(|outer| [outer].into_iter().chain(outer.directories(SUB_DIRECTORIES, MAX_INNER)))
        .take(MAX)
}

fn color_model(ifd: Ifd<'_>) -> ColorModel {
    match ifd.value(PHOTOMETRIC_INTERPRETATION) {
        Some(0 | 1) => ColorModel::Gray,
        Some(SEPARATED) => ColorModel::Cmyk,
        _ => ColorModel::Rgb,
    }
}

/// Whether a file contains what the sensor of a camera saw. Such a file is a TIFF, mostly with a preview before it, or has a
/// signature of its own.
pub(crate) fn is_raw(bytes: &[u8]) -> bool {
    /// Those of Sony, Nikon, DNG, Kodak and Pentax.
    const RAW_COMPRESSIONS: [u32; 6] = [32_767, 34_713, 34_892, 52_546, 65_000, 65_535];

    // Canon CR3 and CR2, Olympus ORF, Panasonic RW2 and Fujifilm RAF.
    let has_signature = bytes.starts_with(b"FUJIFILMCCD-RAW")
        || bytes.get(4..12) == Some(b"ftypcrx ")
        || [&b"IIRO"[..], b"IIRS", b"MMOR", b"IIU\0"].iter().any(|signature| bytes.starts_with(signature));
    if has_signature {
        return true;
    }
    let is_raw = |ifd: Ifd<'_>| {
        ifd.field(DNG_VERSION).is_some()
            || matches!(ifd.value(PHOTOMETRIC_INTERPRETATION), Some(COLOR_FILTER_ARRAY | LINEAR_RAW))
            || ifd.value(COMPRESSION).is_some_and(|compression| RAW_COMPRESSIONS.contains(&compression))
    };
    (bytes.starts_with(b"II*\0") && bytes.get(8..10) == Some(b"CR")) || directories(bytes).any(is_raw)
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

    /// The end of a structure with one directory of three fields.
    const PAGE_AT: u16 = 8 + 2 + 3 * 12 + 4;

    fn with_sub_directory(mut bytes: Vec<u8>, tags: &[(u16, u16)]) -> Vec<u8> {
        assert_eq!(bytes.len(), usize::from(PAGE_AT));
        bytes.extend(&tiff(Endian::Little, tags)[8..]);
        bytes
    }

    fn with_page(bytes: Vec<u8>, tags: &[(u16, u16)]) -> Vec<u8> {
        let mut bytes = with_sub_directory(bytes, tags);
        let next_at = usize::from(PAGE_AT) - 4;
        bytes[next_at..next_at + 2].copy_from_slice(&PAGE_AT.to_le_bytes());
        bytes
    }

    #[test]
    fn a_preview_gives_way_to_the_picture_behind_it() {
        let preview = [(NEW_SUBFILE_TYPE, 1), (IMAGE_WIDTH, 16), (IMAGE_LENGTH, 12)];
        let preview = tiff(Endian::Little, &preview);
        assert_eq!(read_header(&preview).unwrap().size.to_string(), "16×12");
        let picture = [(NEW_SUBFILE_TYPE, 0), (IMAGE_WIDTH, 640), (IMAGE_LENGTH, 480)];
        assert_eq!(read_header(&with_page(preview, &picture)).unwrap().size.to_string(), "640×480");
    }

    #[test]
    fn a_cycle_of_directories_ends() {
        let mut bytes =
            tiff(Endian::Little, &[(IMAGE_WIDTH, 640), (IMAGE_LENGTH, 480), (NEW_SUBFILE_TYPE, 1)]);
        let next_at = usize::from(PAGE_AT) - 4;
        bytes[next_at] = 8;
        assert!(!is_raw(&bytes));
        assert_eq!(read_header(&bytes).unwrap().size.width, 640);
    }

    #[test]
    fn raw_files_are_told_from_pictures() {
        let sides = [(IMAGE_WIDTH, 160), (IMAGE_LENGTH, 120)];
        let with = |tag| tiff(Endian::Little, &[sides[0], sides[1], tag]);
        assert!(!is_raw(&tiff(Endian::Little, &sides)));
        assert!(!is_raw(&with((NEW_SUBFILE_TYPE, 2))), "a page");
        assert!(!is_raw(&with((NEW_SUBFILE_TYPE, 1))), "a preview");
        for tag in [(DNG_VERSION, 1), (PHOTOMETRIC_INTERPRETATION, 32_803), (COMPRESSION, 34_713)] {
            assert!(is_raw(&with(tag)), "{tag:?}");
            // Behind the preview, as a further page or as a part of the first one.
            let preview = with((NEW_SUBFILE_TYPE, 1));
            assert!(is_raw(&with_page(preview, &[tag])), "{tag:?}");
            let preview = with((SUB_DIRECTORIES, PAGE_AT));
            assert!(is_raw(&with_sub_directory(preview, &[tag])), "{tag:?}");
        }
        for start in [&b"FUJIFILMCCD-RAW 0201"[..], b"\0\0\0\x18ftypcrx \0\0", b"IIRO\x08\0\0\0"] {
            assert!(is_raw(start));
        }
        assert!(!is_raw(b"\x89PNG\r\n\x1A\n"));
    }
}

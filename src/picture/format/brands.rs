//! The brands of ISO media files (ISO/IEC 14496-12, 4.3), which distinguish HEIC from AVIF.

/// What the brands of a file say about its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Brand {
    Heic,
    Avif,
}

impl Brand {
    /// Reads the file type box: the major brand, a version number, and the compatible brands.
    ///
    /// The first brand that names a codec decides, because `mif1` and `msf1` only name the container.
    pub(crate) fn of(bytes: &[u8]) -> Option<Brand> {
        let [a, b, c, d, b'f', b't', b'y', b'p', brands @ ..] = bytes else { return None };
        let end_of_box = u32::from_be_bytes([*a, *b, *c, *d]).saturating_sub(8);
        let end_of_box = usize::try_from(end_of_box).unwrap_or(usize::MAX);
        let brands = brands.get(..end_of_box).unwrap_or(brands);
        brands
            .chunks_exact(4)
            .find_map(|brand| match brand {
                b"avif" | b"avis" => Some(Brand::Avif),
                b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Some(Brand::Heic),
                _ => None,
            })
            .or_else(|| brands.starts_with(b"mif1").then_some(Brand::Heic))
    }
}

//! ICC profiles: carried, not applied.

use image::DynamicImage;

/// Whether a profile is about the kind of colours an image has.
///
/// The pixels of a CMYK picture become RGB when they are decoded, and what its profile says is not true of them.
pub(crate) fn describes(profile: &[u8], image: &DynamicImage) -> bool {
    /// The field "data colour space" of the profile header (ICC.1:2022, 7.2.8).
    const COLOUR_SPACE: std::ops::Range<usize> = 16..20;

    let expected = match image.color().has_color() {
        true => b"RGB ",
        false => b"GRAY",
    };
    profile.get(COLOUR_SPACE) == Some(expected)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A profile of 128 bytes that is nothing but its header.
    pub(crate) fn profile(colour_space: &[u8; 4]) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes[16..20].copy_from_slice(colour_space);
        bytes
    }

    #[test]
    fn a_profile_has_to_be_about_the_colours_that_are_there() {
        let colour = DynamicImage::new_rgba16(1, 1);
        let grey = DynamicImage::new_luma_a8(1, 1);
        assert!(describes(&profile(b"RGB "), &colour));
        assert!(describes(&profile(b"GRAY"), &grey));
        assert!(!describes(&profile(b"CMYK"), &colour));
        assert!(!describes(&profile(b"RGB "), &grey));
        assert!(!describes(b"", &grey));
    }
}

//! The chroma subsampling of a JPEG.

use crate::format::jpeg;

/// The resolution of chroma relative to luma.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ChromaSubsampling {
    /// 4:4:4: the full resolution.
    #[default]
    Yuv444,
    /// 4:2:2: half the horizontal resolution.
    Yuv422,
    /// 4:2:0: half the resolution in both directions.
    Yuv420,
}

impl ChromaSubsampling {
    /// Returns the subsampling of a JPEG, so that another JPEG can be encoded like it. Other coarse factors count as
    /// 4:2:0, other files as 4:4:4.
    #[must_use]
    pub fn of(bytes: &[u8]) -> ChromaSubsampling {
        match jpeg::luma_to_chroma_ratio(bytes) {
            Some((2, 1)) => ChromaSubsampling::Yuv422,
            Some((across, down)) if across > 1 || down > 1 => ChromaSubsampling::Yuv420,
            _ => ChromaSubsampling::Yuv444,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::ColorSpace;
    use crate::encode::{Encoding, encode};
    use crate::fixtures;

    #[test]
    fn the_encoded_subsampling_is_read_back() {
        use ChromaSubsampling::{Yuv420, Yuv422, Yuv444};
        for subsampling in [Yuv444, Yuv422, Yuv420] {
            let encoding = Encoding::Jpeg { quality: 90, subsampling };
            let bytes = encode(&fixtures::rgb().into(), &ColorSpace::SRGB, encoding).unwrap();
            assert_eq!(ChromaSubsampling::of(&bytes), subsampling);
        }
        assert_eq!(ChromaSubsampling::of(&fixtures::png()), Yuv444);
        assert_eq!(ChromaSubsampling::of(b""), Yuv444);
    }
}

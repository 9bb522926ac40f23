//! How finely a JPEG keeps colours, beside light.

use crate::format::jpeg;

/// The resolution of colours in a JPEG.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Chroma {
    /// That of light: 4:4:4.
    #[default]
    Full,
    /// Half of it from left to right: 4:2:2.
    HalfAcross,
    /// Half of it both ways: 4:2:0.
    Half,
}

impl Chroma {
    /// The resolution that a file has, for one that is made of it; full for what is no JPEG.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Chroma {
        match jpeg::first_to_second_component(bytes) {
            Some((2, 1)) => Chroma::HalfAcross,
            Some((across, down)) if across > 1 || down > 1 => Chroma::Half,
            _ => Chroma::Full,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::{Encoding, encode};
    use crate::fixtures;

    #[test]
    fn what_is_written_is_read() {
        for chroma in [Chroma::Full, Chroma::HalfAcross, Chroma::Half] {
            let bytes =
                encode(&fixtures::rgb().into(), None, Encoding::Jpeg { quality: 90, chroma }).unwrap();
            assert_eq!(Chroma::of(&bytes), chroma);
        }
        assert_eq!(Chroma::of(&fixtures::png()), Chroma::Full);
        assert_eq!(Chroma::of(b""), Chroma::Full);
    }
}

//! Samples of 8 and 16 bits, as integers or as levels from 0 to 255.

/// A sample of a pixel.
pub(super) trait Sample: Copy + PartialEq + Send + Sync {
    const MAX: u16;
    /// The integer value of a level.
    const LEVEL: f32 = Self::MAX as f32 / 255.0;

    fn to_integer(self) -> u32;

    /// The sample with this value, or the largest sample if the value is too large.
    fn saturating_from(integer: u32) -> Self;

    /// The value in levels, from 0 to 255.
    fn to_level(self) -> f32 {
        self.to_integer() as f32 / Self::LEVEL
    }

    /// The sample nearest to a level. Levels outside 0 to 255 are clamped.
    fn from_level(level: f32) -> Self {
        // A cast from floating point saturates.
        Self::saturating_from((level * Self::LEVEL + 0.5) as u32)
    }
}

impl Sample for u8 {
    const MAX: u16 = u8::MAX as u16;

    fn to_integer(self) -> u32 {
        self.into()
    }

    fn saturating_from(integer: u32) -> u8 {
        u8::try_from(integer).unwrap_or(u8::MAX)
    }
}

impl Sample for u16 {
    const MAX: u16 = u16::MAX;

    fn to_integer(self) -> u32 {
        self.into()
    }

    fn saturating_from(integer: u32) -> u16 {
        u16::try_from(integer).unwrap_or(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;

    #[test]
    fn levels_do_not_depend_on_the_depth() {
        assert_eq!((200u8.to_level(), (200u16 * 257).to_level()), (200.0, 200.0));
        assert_eq!((u8::from_level(12.6), u16::from_level(12.5)), (13, 3213));
        let clamped = (u8::from_level(-3.0), u8::from_level(300.0), u16::from_level(300.0));
        assert_eq!(clamped, (0, 255, 65_535));
    }
}

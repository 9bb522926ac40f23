//! Samples of 8 and of 16 bits, counted in whole steps or in levels.

/// A sample of a pixel.
pub(super) trait Sample: Copy + PartialEq + Send + Sync {
    /// The largest one.
    const MOST: u16;
    /// How many steps one level of 255 has.
    const LEVEL: f32 = Self::MOST as f32 / 255.0;

    /// Its value in steps.
    fn whole(self) -> u32;

    /// The sample of so many steps; more than there are is the largest.
    fn of(steps: u32) -> Self;

    /// Its value in levels, from 0 to 255.
    fn level(self) -> f32 {
        self.whole() as f32 / Self::LEVEL
    }

    /// The sample that is nearest to a level, which is bounded.
    fn nearest(level: f32) -> Self {
        // A cast from floating point saturates.
        Self::of((level * Self::LEVEL + 0.5) as u32)
    }
}

impl Sample for u8 {
    const MOST: u16 = u8::MAX as u16;

    fn whole(self) -> u32 {
        self.into()
    }

    fn of(steps: u32) -> u8 {
        u8::try_from(steps).unwrap_or(u8::MAX)
    }
}

impl Sample for u16 {
    const MOST: u16 = u16::MAX;

    fn whole(self) -> u32 {
        self.into()
    }

    fn of(steps: u32) -> u16 {
        u16::try_from(steps).unwrap_or(u16::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;

    #[test]
    fn levels_are_those_of_eight_bits_whatever_the_depth() {
        assert_eq!((200u8.level(), (200u16 * 257).level()), (200.0, 200.0));
        assert_eq!((u8::nearest(12.6), u16::nearest(12.5)), (13, 3213));
        assert_eq!((u8::nearest(-3.0), u8::nearest(300.0), u16::nearest(300.0)), (0, 255, 65_535));
    }
}

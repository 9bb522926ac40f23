//! Width and height.

use std::fmt;

/// The sides of a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

impl Size {
    /// The size of a decoded picture.
    pub fn of(image: &impl image::GenericImageView) -> Size {
        Size { width: image.width(), height: image.height() }
    }

    /// Width over height: above 1 for a landscape. Not finite when the height is 0.
    #[must_use]
    pub fn ratio(self) -> f64 {
        f64::from(self.width) / f64::from(self.height)
    }

    /// How many pixels there are; cannot overflow.
    #[must_use]
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The same picture lying on its side.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { width: self.height, height: self.width }
    }
}

/// `1152×864`, as people write it.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_size_has_a_pixel_count() {
        let size = Size { width: u32::MAX, height: u32::MAX };
        assert_eq!(size.pixels(), 18_446_744_065_119_617_025);
    }

    #[test]
    fn a_size_is_written_width_first() {
        let size = Size { width: 1152, height: 864 };
        assert_eq!(size.to_string(), "1152×864");
        assert_eq!(size.transposed().to_string(), "864×1152");
        assert!((size.ratio() - 4.0 / 3.0).abs() < 1e-12);
    }
}

//! Sizes within bounds.

use std::fmt;
use std::ops::RangeInclusive;

use seededit_resize::Size;
use serde::Deserialize;

/// The bounds of an exact size.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// The shortest side, in pixels.
    pub min_side: u32,
    /// The longest side, in pixels.
    pub max_side: u32,
    /// Both sides are multiples of this.
    pub step: u32,
    pub min_pixels: u64,
    pub max_pixels: u64,
    /// The largest ratio of the longer side to the shorter one.
    pub max_ratio: u32,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            min_side: 1,
            max_side: 16_384,
            step: 1,
            min_pixels: 1,
            max_pixels: u64::MAX,
            max_ratio: 16_384,
        }
    }
}

impl Bounds {
    /// Checks that there is a size within the bounds.
    ///
    /// # Errors
    /// Returns what is wrong.
    pub(super) fn ensure_valid(&self) -> Result<(), String> {
        let is_valid = self.step > 0
            && self.max_ratio > 0
            && (1..=self.max_side).contains(&self.min_side)
            && self.max_side <= 65_536
            && self.closest(1.0, self.min_pixels.max(1)).is_some();
        if is_valid { Ok(()) } else { Err("`bounds` allow no size".into()) }
    }

    /// Whether a size is within the bounds.
    #[must_use]
    pub fn contains(&self, size: Size) -> bool {
        let (long, short) = (size.width.max(size.height), size.width.min(size.height));
        short >= self.min_side
            && long <= self.max_side
            && size.width.is_multiple_of(self.step)
            && size.height.is_multiple_of(self.step)
            && (self.min_pixels..=self.max_pixels).contains(&size.pixels())
            && u64::from(long) <= u64::from(short) * u64::from(self.max_ratio)
    }

    /// Returns the size within the bounds that is closest to a ratio and a number of pixels. `None` if there is none.
    ///
    /// The ratio counts twenty times as much as the number of pixels: half a percent of it is worth a tenth of the
    /// pixels.
    #[must_use]
    pub fn closest(&self, ratio: f64, pixels: u64) -> Option<Size> {
        const RATIO_WEIGHT: f64 = 20.0;
        // Not `clamp`, which panics if a card has them the wrong way round.
        let pixels = pixels.max(self.min_pixels).max(1).min(self.max_pixels) as f64;
        let distance = |size: Size| {
            RATIO_WEIGHT * (size.ratio() / ratio).ln().abs() + (size.pixels() as f64 / pixels).ln().abs()
        };
        let closest_of = |widths: RangeInclusive<u32>| {
            let first = self.min_side.max(*widths.start()).next_multiple_of(self.step);
            let widths = (first..=self.max_side.min(*widths.end())).step_by(self.step as usize);
            let sizes = widths.flat_map(|width| self.sizes(width, ratio));
            let mut best: Option<(f64, Size)> = None;
            for (distance, size) in sizes.map(|size| (distance(size), size)) {
                if best.is_none_or(|(smallest, _)| distance < smallest) {
                    best = Some((distance, size));
                }
            }
            best
        };
        // A size whose width is `by` times that of the ideal size has at least this distance: 2 · |ln by|. So the distance
        // of a size next to the ideal one tells which widths need not be tried.
        let ideal = (pixels * ratio).sqrt();
        let near = (ideal as u32).saturating_sub(self.step)..=(ideal as u32).saturating_add(self.step);
        let widths = closest_of(near).map_or(0..=u32::MAX, |(distance, _)| {
            let by = (distance / 2.0).exp();
            (ideal / by).floor() as u32..=(ideal * by).ceil() as u32
        });
        closest_of(widths).map(|(_, size)| size)
    }

    /// The sizes of a width within the bounds whose heights are on both sides of the ideal one, or the outermost ones that
    /// there are.
    fn sizes(&self, width: u32, ratio: f64) -> impl Iterator<Item = Size> {
        let ideal = f64::from(width) / ratio;
        let below = (ideal / f64::from(self.step)).floor() as u32 * self.step;
        let fewest = self.min_pixels.div_ceil(u64::from(width)).min(u64::from(u32::MAX)) as u32;
        let most = (self.max_pixels / u64::from(width)).min(u64::from(u32::MAX / 2)) as u32;
        let long = width.saturating_mul(self.max_ratio);
        let short = width.div_ceil(self.max_ratio);
        let lowest = self.min_side.max(fewest).max(short).next_multiple_of(self.step);
        let highest = self.max_side.min(most).min(long) / self.step * self.step;
        let heights = [below, below.saturating_add(self.step)].into_iter().filter(move |_| lowest <= highest);
        let sizes = heights.map(move |height| Size { width, height: height.clamp(lowest, highest) });
        sizes.filter(|size| self.contains(*size))
    }
}

/// Writes a number of pixels in millions, with up to two decimals.
fn megapixels(pixels: u64) -> f64 {
    (pixels as f64 / 10_000.0).round() / 100.0
}

/// For example `sides from 512 to 2048 pixels in steps of 32`.
impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = Bounds::default();
        let mut parts = Vec::new();
        if (self.min_side, self.max_side) != (none.min_side, none.max_side) {
            parts.push(format!("sides from {} to {} pixels", self.min_side, self.max_side));
        }
        if self.step > 1 {
            parts.push(format!("multiples of {}", self.step));
        }
        if self.max_pixels != none.max_pixels {
            parts.push(match self.min_pixels {
                min if min <= none.min_pixels => {
                    format!("at most {} megapixels", megapixels(self.max_pixels))
                }
                min => format!("{} to {} megapixels", megapixels(min), megapixels(self.max_pixels)),
            });
        } else if self.min_pixels > none.min_pixels {
            parts.push(format!("at least {} megapixels", megapixels(self.min_pixels)));
        }
        if self.max_ratio != none.max_ratio {
            parts.push(format!("ratios from 1:{0} to {0}:1", self.max_ratio));
        }
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_size_within_the_bounds_is_closer(
            (min_side, max_side, step) in (1..40_u32, 40..120_u32, 1..17_u32),
            (min_pixels, max_pixels, max_ratio) in (1..3000_u64, 3000..9000_u64, 1..9_u32),
            (ratio, pixels) in (0.2..5.0_f64, 1..20_000_u64),
        ) {
            let bounds = Bounds { min_side, max_side, step, min_pixels, max_pixels, max_ratio };
            let wanted = pixels.clamp(min_pixels, max_pixels) as f64;
            let distance = |size: Size| {
                20.0 * (size.ratio() / ratio).ln().abs() + (size.pixels() as f64 / wanted).ln().abs()
            };
            let all = (1..=max_side).flat_map(|width| (1..=max_side).map(move |height| Size { width, height }));
            let least = all.filter(|size| bounds.contains(*size)).map(distance).reduce(f64::min);
            let found = bounds.closest(ratio, pixels);
            prop_assert!(found.is_none_or(|size| bounds.contains(size)));
            match (found.map(distance), least) {
                (Some(found), Some(least)) => prop_assert!(found < least + 1e-9, "{found} instead of {least}"),
                (found, least) => prop_assert_eq!(found, least),
            }
        }
    }
}

//! Brings the rows of a component to the width of the picture, like libjpeg's "fancy upsampling".
//!
//! A component of half the resolution is interpolated: a sample weighs three quarters, the next nearest one a quarter.
//! Components of other resolutions, and those at most two samples wide, are repeated.

use crate::frame::{Component, Frame};

/// How a component gets the resolution of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upsampling {
    /// It has it.
    None,
    /// Interpolation between columns.
    Horizontal,
    /// Interpolation between rows.
    Vertical,
    /// Interpolation between columns and rows.
    Both,
    /// Each sample is repeated as many times in each direction.
    Repeated { across: usize, down: usize },
}

impl Upsampling {
    pub(crate) fn of(component: &Component, frame: &Frame) -> Self {
        let across = frame.horizontal / component.horizontal.max(1);
        let down = frame.vertical / component.vertical.max(1);
        match (across, down) {
            (1, 1) => Self::None,
            (1, 2) => Self::Vertical,
            (2, 1) if component.width > 2 => Self::Horizontal,
            (2, 2) if component.width > 2 => Self::Both,
            _ => Self::Repeated { across, down },
        }
    }

    /// Whether a row depends on its neighbors.
    pub(crate) fn needs_neighbors(self) -> bool {
        matches!(self, Self::Vertical | Self::Both)
    }

    /// The rows that a row of the picture is computed from: the nearest and the next nearest one, which is before the
    /// first one (-1) or after the last one at the edges.
    pub(crate) fn source_rows(self, row: usize) -> (isize, isize) {
        let row = row.cast_signed();
        match self {
            Self::None | Self::Horizontal => (row, row),
            Self::Vertical | Self::Both => (row / 2, row / 2 + if row % 2 == 0 { -1 } else { 1 }),
            Self::Repeated { down, .. } => (row / down.cast_signed(), row / down.cast_signed()),
        }
    }

    /// Computes a row of the picture from rows of the component's width. `is_lower` tells whether the next nearest row
    /// is below the nearest one. `sums` is scratch memory.
    ///
    /// Returns a slice of at least `width` samples, which may be `near` itself.
    pub(crate) fn row<'a>(
        self,
        near: &'a [u8],
        far: &[u8],
        is_lower: bool,
        scratch: &'a mut Scratch,
    ) -> &'a [u8] {
        let Scratch { sums, row } = scratch;
        match self {
            Self::None => return near,
            Self::Horizontal => {
                sums.clear();
                sums.extend(near.iter().map(|sample| u16::from(*sample)));
                widen::<4>(sums, near.len(), row);
            }
            Self::Both => {
                sums.clear();
                sums.extend(near.iter().zip(far).map(|(near, far)| 3 * u16::from(*near) + u16::from(*far)));
                widen::<16>(sums, near.len(), row);
            }
            Self::Vertical => {
                let bias = if is_lower { 2 } else { 1 };
                let blend = |(near, far): (&u8, &u8)| (3 * u16::from(*near) + u16::from(*far) + bias) / 4;
                row.clear();
                row.extend(near.iter().zip(far).map(|pair| blend(pair) as u8));
            }
            Self::Repeated { across, .. } => {
                row.clear();
                row.extend(near.iter().flat_map(|sample| std::iter::repeat_n(*sample, across)));
            }
        }
        row
    }
}

/// Memory for a row of a component.
#[derive(Default)]
pub(crate) struct Scratch {
    sums: Vec<u16>,
    row: Vec<u8>,
}

/// Interpolates between columns, and divides by `SCALE`: 4 times what samples are multiplied with.
///
/// The left one of two new columns rounds a half up, the right one down. Of plain samples (`SCALE` = 4) it is the other
/// way round.
fn widen<const SCALE: u16>(samples: &[u16], width: usize, row: &mut Vec<u8>) {
    let (left_bias, right_bias) = if SCALE == 4 { (1, 2) } else { (SCALE / 2, SCALE / 2 - 1) };
    row.clear();
    row.resize(2 * width, 0);
    // At the edges, the sample stands for the missing neighbor, too. Plain samples are copied.
    let (first_bias, last_bias) = if SCALE == 4 { (0, 0) } else { (left_bias, right_bias) };
    let left = |sample: u16, before: u16, bias: u16| (3 * sample + before + bias) / SCALE;
    let right = |sample: u16, after: u16, bias: u16| (3 * sample + after + bias) / SCALE;
    // As one number, so that vector code writes both at once.
    let pair = |left: u16, right: u16| (left | right << 8).to_le_bytes();
    let pairs = row.as_chunks_mut::<2>().0;
    for (to, neighbors) in pairs.iter_mut().skip(1).zip(samples.windows(3)) {
        let (before, sample, after) = (neighbors[0], neighbors[1], neighbors[2]);
        *to = pair(left(sample, before, left_bias), right(sample, after, right_bias));
    }
    if let ([first, second, ..], [to, ..]) = (samples, &mut *pairs) {
        *to = pair(left(*first, *first, first_bias), right(*first, *second, right_bias));
    }
    if let ([.., before, last], [.., to]) = (samples, &mut *pairs) {
        *to = pair(left(*last, *before, left_bias), right(*last, *last, last_bias));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(upsampling: Upsampling, near: &[u8], far: &[u8], is_lower: bool) -> Vec<u8> {
        upsampling.row(near, far, is_lower, &mut Scratch::default()).to_vec()
    }

    #[test]
    fn halves_are_interpolated_with_the_roundings_of_libjpeg() {
        assert_eq!(row(Upsampling::Horizontal, &[10, 20, 31], &[], false), [10, 13, 17, 23, 28, 31]);
        assert_eq!(row(Upsampling::Vertical, &[10, 20], &[11, 22], false), [10, 20]);
        assert_eq!(row(Upsampling::Vertical, &[10, 20], &[12, 22], true), [11, 21]);
        assert_eq!(row(Upsampling::Both, &[10, 20, 31], &[10, 20, 31], true), [10, 12, 18, 23, 28, 31]);
    }

    #[test]
    fn other_fractions_are_repeated() {
        let quarter = Upsampling::Repeated { across: 4, down: 1 };
        assert_eq!(row(quarter, &[1, 2], &[], false), [1, 1, 1, 1, 2, 2, 2, 2]);
        assert_eq!(Upsampling::Repeated { across: 1, down: 4 }.source_rows(7), (1, 1));
    }

    #[test]
    fn the_next_nearest_row_is_above_even_rows_and_below_odd_ones() {
        assert_eq!(Upsampling::Both.source_rows(0), (0, -1));
        assert_eq!(Upsampling::Both.source_rows(1), (0, 1));
        assert_eq!(Upsampling::Vertical.source_rows(6), (3, 2));
    }
}

//! The frame header: how the picture is divided into blocks (T.81, annexes A and B.2.2).

use seededit_resize::Size;

use super::segments::Marker;
use crate::format::Flaw;
use crate::format::endian::Endian;

/// Blocks or groups of blocks in a rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) across: usize,
    pub(super) down: usize,
}

impl Grid {
    pub(super) fn count(self) -> usize {
        self.across * self.down
    }
}

/// One colour component.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling: its blocks in a minimum coded unit of a scan that interleaves components.
    pub(super) unit: Grid,
    /// All its blocks, including those that only fill up the last units.
    pub(super) padded: Grid,
    /// The blocks that hold some of the picture: what a scan of this component alone has.
    pub(super) own: Grid,
    /// Which quantisation table its coefficients are multiplied by.
    pub(super) quantisation: u8,
}

/// The picture as it is coded.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) progressive: bool,
    /// Minimum coded units of a scan that interleaves components.
    pub(super) units: Grid,
    pub(super) components: Vec<Component>,
}

/// Height and width of a frame header, of any process.
pub(super) fn size(payload: &[u8]) -> Result<Size, Flaw> {
    let side = |at| Endian::Big.u16(payload, at).map(u32::from);
    let (height, width) = side(1).zip(side(3)).ok_or("the frame header is truncated")?;
    Ok(Size { width, height })
}

/// How many colour components a frame header names; `None` where it ends before it does.
pub(super) fn components(payload: &[u8]) -> Option<u8> {
    payload.get(5).copied()
}

/// How many samples across and down the first component of a frame header has for each of the second.
pub(super) fn luma_to_chroma_ratio(payload: &[u8]) -> Option<(u8, u8)> {
    let (components, _) = payload.get(6..)?.as_chunks::<3>();
    let [[_, first, _], [_, second, _], ..] = components else { return None };
    let times = |first: u8, second: u8| first.checked_div(second);
    times(first >> 4, second >> 4).zip(times(first & 15, second & 15))
}

/// Whether no component of a frame header has more samples than the first one.
pub(super) fn is_first_component_finest(payload: &[u8]) -> bool {
    let (components, _) = payload.get(6..).unwrap_or_default().as_chunks::<3>();
    let sampling = |factors: u8| (factors >> 4, factors & 15);
    let Some((&[_, first, _], others)) = components.split_first() else { return false };
    let (across, down) = sampling(first);
    others.iter().map(|&[_, factors, _]| sampling(factors)).all(|other| other.0 <= across && other.1 <= down)
}

impl Frame {
    /// Reads the frame header of a sequential or progressive picture of 8 bits a sample.
    pub(super) fn parse(marker: Marker, payload: &[u8]) -> Result<Self, Flaw> {
        const SAMPLING: Flaw = "the sampling factors are out of range";

        let progressive = match marker.0 {
            0xC0 | 0xC1 => false,
            0xC2 => true,
            _ => return Err("it is neither baseline nor progressive"),
        };
        let Size { width, height } = size(payload)?;
        let [8, _, _, _, _, count, components @ ..] = payload else {
            return Err("it does not have 8 bits per sample");
        };
        let (components, []) = components.as_chunks::<3>() else {
            return Err("the frame header is truncated");
        };
        if components.len() != usize::from(*count) || !(1..=4).contains(count) {
            return Err("the number of components is out of range");
        }
        let sampling = |byte: u8| (u32::from(byte >> 4), u32::from(byte & 15));
        let (mut most_across, mut most_down) = (1, 1);
        for &[_, factors, _] in components {
            let (across, down) = sampling(factors);
            if !(1..=4).contains(&across) || !(1..=4).contains(&down) {
                return Err(SAMPLING);
            }
            most_across = most_across.max(across);
            most_down = most_down.max(down);
        }
        let units = grid(width.div_ceil(8 * most_across), height.div_ceil(8 * most_down));
        let components = components
            .iter()
            .map(|&[id, factors, quantisation]| {
                let (across, down) = sampling(factors);
                let unit = grid(across, down);
                Component {
                    id,
                    unit,
                    padded: Grid { across: units.across * unit.across, down: units.down * unit.down },
                    own: grid(
                        (width * across).div_ceil(most_across).div_ceil(8),
                        (height * down).div_ceil(most_down).div_ceil(8),
                    ),
                    quantisation,
                }
            })
            .collect();
        Ok(Self { progressive, units, components })
    }

    /// How many blocks the picture has, of all components.
    pub(super) fn blocks(&self) -> usize {
        self.components.iter().map(|component| component.padded.count()).sum()
    }
}

fn grid(across: u32, down: u32) -> Grid {
    Grid { across: across as usize, down: down as usize }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASELINE: Marker = Marker(0xC0);

    #[test]
    fn a_subsampled_picture_is_padded_to_whole_units_and_alone_is_not() {
        // 33×17, luma 2×2, chroma 1×1
        let payload = [8, 0, 17, 0, 33, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        let frame = Frame::parse(BASELINE, &payload).unwrap();
        assert_eq!(frame.units, grid(3, 2));
        let [luma, chroma, _] = frame.components.as_slice() else {
            panic!("three components");
        };
        assert_eq!((luma.padded, luma.own), (grid(6, 4), grid(5, 3)));
        assert_eq!((chroma.padded, chroma.own), (grid(3, 2), grid(3, 2)));
        assert_eq!(frame.blocks(), 24 + 6 + 6);
    }

    #[test]
    fn frames_that_are_not_ours_to_read_are_refused() {
        let one = [8, 0, 17, 0, 33, 1, 1, 0x11, 0];
        assert!(Frame::parse(BASELINE, &one).is_ok());
        assert!(Frame::parse(Marker(0xC3), &one).is_err());
        assert!(Frame::parse(Marker(0xC9), &one).is_err());
        for (at, byte) in [(0, 12), (5, 0), (5, 2), (7, 0x10), (7, 0x51)] {
            let mut payload = one;
            payload[at] = byte;
            assert!(Frame::parse(BASELINE, &payload).is_err(), "{payload:?}");
        }
        for len in 0..one.len() {
            assert!(Frame::parse(BASELINE, &one[..len]).is_err());
        }
    }
}

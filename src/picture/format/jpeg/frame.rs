//! The frame header: the components and their division into blocks (T.81, annexes A and B.2.2).

use seededit_resize::Size;

use super::segments::Marker;
use crate::format::Reason;
use crate::format::endian::Endian;

/// A rectangular arrangement of blocks or MCUs.
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

/// A color component.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) id: u8,
    /// The blocks in an MCU of an interleaved scan: the sampling factors.
    pub(super) blocks_per_mcu: Grid,
    /// All blocks, including those that fill up the last MCUs.
    pub(super) blocks_padded: Grid,
    /// The blocks that contain pixels of the picture: those in a scan of this component alone.
    pub(super) blocks_unpadded: Grid,
    /// The slot of its quantization table.
    pub(super) quantization_table: u8,
}

/// A frame header.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) is_progressive: bool,
    /// The MCUs of an interleaved scan.
    pub(super) mcus: Grid,
    pub(super) components: Vec<Component>,
}

/// The size in a frame header of any process.
pub(super) fn size(payload: &[u8]) -> Result<Size, Reason> {
    let side = |at| Endian::Big.u16(payload, at).map(u32::from);
    let (height, width) = side(1).zip(side(3)).ok_or("the frame header is truncated")?;
    Ok(Size { width, height })
}

/// The number of components in a frame header. Returns `None` if it is truncated.
pub(super) fn component_count(payload: &[u8]) -> Option<u8> {
    payload.get(5).copied()
}

/// The horizontal and vertical number of samples of the first component for each sample of the second one.
pub(super) fn luma_to_chroma_ratio(payload: &[u8]) -> Option<(u8, u8)> {
    let (components, _) = payload.get(6..)?.as_chunks::<3>();
    let [[_, first, _], [_, second, _], ..] = components else { return None };
    let ratio = |first: u8, second: u8| first.checked_div(second);
    ratio(first >> 4, second >> 4).zip(ratio(first & 15, second & 15))
}

/// Whether no component has more samples than the first one.
pub(super) fn is_first_component_finest(payload: &[u8]) -> bool {
    let (components, _) = payload.get(6..).unwrap_or_default().as_chunks::<3>();
    let sampling = |factors: u8| (factors >> 4, factors & 15);
    let Some((&[_, first, _], others)) = components.split_first() else { return false };
    let (across, down) = sampling(first);
    others.iter().map(|&[_, factors, _]| sampling(factors)).all(|other| other.0 <= across && other.1 <= down)
}

impl Frame {
    /// Parses the frame header of a sequential or progressive picture with 8 bits per sample.
    pub(super) fn parse(marker: Marker, payload: &[u8]) -> Result<Self, Reason> {
        const SAMPLING: Reason = "the sampling factors are out of range";

        let is_progressive = match marker.0 {
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
        let (mut max_across, mut max_down) = (1, 1);
        for &[_, factors, _] in components {
            let (across, down) = sampling(factors);
            if !(1..=4).contains(&across) || !(1..=4).contains(&down) {
                return Err(SAMPLING);
            }
            max_across = max_across.max(across);
            max_down = max_down.max(down);
        }
        let mcus = grid(width.div_ceil(8 * max_across), height.div_ceil(8 * max_down));
        let components = components
            .iter()
            .map(|&[id, factors, quantization_table]| {
                let (across, down) = sampling(factors);
                let blocks_per_mcu = grid(across, down);
                Component {
                    id,
                    blocks_per_mcu,
                    blocks_padded: Grid {
                        across: mcus.across * blocks_per_mcu.across,
                        down: mcus.down * blocks_per_mcu.down,
                    },
                    blocks_unpadded: grid(
                        (width * across).div_ceil(max_across).div_ceil(8),
                        (height * down).div_ceil(max_down).div_ceil(8),
                    ),
                    quantization_table,
                }
            })
            .collect();
        Ok(Self { is_progressive, mcus, components })
    }

    /// The number of blocks of all components.
    pub(super) fn blocks(&self) -> usize {
        self.components.iter().map(|component| component.blocks_padded.count()).sum()
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
    fn interleaved_components_are_padded_to_whole_mcus() {
        // 33×17 pixels, luma 2×2, chroma 1×1.
        let payload = [8, 0, 17, 0, 33, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        let frame = Frame::parse(BASELINE, &payload).unwrap();
        assert_eq!(frame.mcus, grid(3, 2));
        let [luma, chroma, _] = frame.components.as_slice() else {
            panic!("three components");
        };
        assert_eq!((luma.blocks_padded, luma.blocks_unpadded), (grid(6, 4), grid(5, 3)));
        assert_eq!((chroma.blocks_padded, chroma.blocks_unpadded), (grid(3, 2), grid(3, 2)));
        assert_eq!(frame.blocks(), 24 + 6 + 6);
    }

    #[test]
    fn unsupported_and_invalid_frame_headers_are_refused() {
        let valid = [8, 0, 17, 0, 33, 1, 1, 0x11, 0];
        assert!(Frame::parse(BASELINE, &valid).is_ok());
        assert!(Frame::parse(Marker(0xC3), &valid).is_err());
        assert!(Frame::parse(Marker(0xC9), &valid).is_err());
        for (at, byte) in [(0, 12), (5, 0), (5, 2), (7, 0x10), (7, 0x51)] {
            let mut payload = valid;
            payload[at] = byte;
            assert!(Frame::parse(BASELINE, &payload).is_err(), "{payload:?}");
        }
        for len in 0..valid.len() {
            assert!(Frame::parse(BASELINE, &valid[..len]).is_err());
        }
    }
}

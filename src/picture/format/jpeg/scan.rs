//! Reads scans (T.81, annexes B.2.3 and G.1).

use super::bit_reader::BitReader;
use super::block::BlockReader;
use super::frame::{Component, Frame, Grid};
use super::huffman::Tables;
use super::segments::{Marker, Segments};
use super::spectral_selection::{DAMAGED, SpectralSelection};
use crate::format::Reason;

/// How much of a component was read.
pub(super) struct Progress {
    /// For each coefficient, the number of its low bits that are missing.
    missing_bits: [u8; 64],
    /// For each block, a bit for each coefficient that is not zero. Empty if no later scan needs them.
    nonzero: Vec<u64>,
}

impl Progress {
    /// All bits of a coefficient are missing.
    const ALL_MISSING: u8 = u8::MAX;

    /// Nothing was read yet. In a progressive picture, scans depend on the blocks of earlier scans.
    pub(super) fn new(component: &Component, is_progressive: bool) -> Self {
        let blocks = if is_progressive { component.blocks_padded.count() } else { 0 };
        Self { missing_bits: [Self::ALL_MISSING; 64], nonzero: vec![0; blocks] }
    }

    /// Whether no bit of any coefficient is missing.
    pub(super) fn is_complete(&self) -> bool {
        self.missing_bits == [0; 64]
    }

    /// Records a scan. It must have the next bits of its coefficients.
    fn advance(&mut self, selection: &SpectralSelection) -> Result<(), Reason> {
        let expected = match selection.high {
            0 => Self::ALL_MISSING,
            high => high,
        };
        for missing in self.missing_bits.get_mut(selection.range()).ok_or(DAMAGED)? {
            if *missing != expected {
                return Err("the progressive scans are out of order");
            }
            *missing = selection.low;
        }
        Ok(())
    }
}

/// A component of a scan.
struct ScanComponent<'a, 't> {
    component: &'a Component,
    reader: BlockReader<'t>,
    nonzero: &'a mut [u64],
}

/// Reads the scan after an SOS segment with this payload, up to the marker that ends it.
pub(super) fn read(
    header: &[u8],
    segments: &mut Segments<'_>,
    frame: &Frame,
    tables: &Tables,
    restart_interval: usize,
    progress: &mut [Progress],
) -> Result<(), Reason> {
    let (&count, rest) = header.split_first().ok_or(DAMAGED)?;
    let (selectors, fields) = rest.split_at_checked(2 * usize::from(count)).ok_or(DAMAGED)?;
    let (selectors, _) = selectors.as_chunks::<2>();
    let selection = if frame.is_progressive {
        SpectralSelection::parse(fields.try_into().map_err(|_| DAMAGED)?, selectors.len())?
    } else {
        SpectralSelection::ALL
    };

    let mut components = Vec::with_capacity(frame.components.len());
    for (component, progress) in frame.components.iter().zip(progress) {
        let selector = selectors.iter().find(|[id, _]| *id == component.id);
        if let Some([_, slots]) = selector {
            progress.advance(&selection)?;
            components.push(ScanComponent {
                component,
                reader: BlockReader::new(&selection, frame.is_progressive, tables, *slots)?,
                nonzero: &mut progress.nonzero,
            });
        }
    }
    if components.len() != selectors.len() {
        return Err(DAMAGED);
    }
    read_mcus(&mut components, &selection, segments, frame, restart_interval)
}

fn read_mcus(
    components: &mut [ScanComponent<'_, '_>],
    selection: &SpectralSelection,
    segments: &mut Segments<'_>,
    frame: &Frame,
    restart_interval: usize,
) -> Result<(), Reason> {
    let (mcus, is_interleaved) = match &*components {
        [] => return Err(DAMAGED),
        [single] => (single.component.blocks_unpadded, false),
        _ => (frame.mcus, true),
    };
    let mut bits = BitReader::new(segments.rest());
    let mut eob_run = 0;
    let mut restart = 0;
    for mcu in 0..mcus.count() {
        if restart_interval > 0 && mcu > 0 && mcu % restart_interval == 0 {
            segments.skip(bits.position());
            if segments.next_segment()?.marker != Marker(Marker::RST0.0 + restart) {
                return Err("the image data ends before a restart marker");
            }
            bits = BitReader::new(segments.rest());
            eob_run = 0;
            restart = (restart + 1) % 8;
        }
        for component in &mut *components {
            for block in blocks_of_mcu(component.component, mcus, mcu, is_interleaved) {
                let mut unused = 0;
                let nonzero = component.nonzero.get_mut(block).unwrap_or(&mut unused);
                component.reader.read(selection, &mut bits, nonzero, &mut eob_run)?;
            }
        }
    }
    segments.skip(bits.position());
    Ok(())
}

/// The indices of a component's blocks in an MCU, row by row.
fn blocks_of_mcu(
    component: &Component,
    mcus: Grid,
    mcu: usize,
    is_interleaved: bool,
) -> impl Iterator<Item = usize> {
    let (row, column) = (mcu / mcus.across, mcu % mcus.across);
    let blocks = if is_interleaved { component.blocks_per_mcu } else { Grid { across: 1, down: 1 } };
    let stride = component.blocks_padded.across;
    let first = row * blocks.down * stride + column * blocks.across;
    (0..blocks.down)
        .flat_map(move |down| (0..blocks.across).map(move |across| first + down * stride + across))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component() -> Component {
        Component {
            id: 1,
            blocks_per_mcu: Grid { across: 2, down: 2 },
            blocks_padded: Grid { across: 6, down: 4 },
            blocks_unpadded: Grid { across: 5, down: 3 },
            quantization_table: 0,
        }
    }

    #[test]
    fn an_interleaved_scan_has_several_blocks_per_mcu_and_other_scans_have_one() {
        let component = component();
        let mcus = Grid { across: 3, down: 2 };
        let interleaved = blocks_of_mcu(&component, mcus, 4, true);
        assert_eq!(interleaved.collect::<Vec<_>>(), [14, 15, 20, 21]);
        let single = blocks_of_mcu(&component, component.blocks_unpadded, 7, false);
        assert_eq!(single.collect::<Vec<_>>(), [8]);
    }

    #[test]
    fn a_component_is_complete_after_the_lowest_bit_of_each_coefficient() {
        let mut progress = Progress::new(&component(), true);
        for (fields, is_complete) in [
            ([0, 0, 0x01], false),
            ([1, 63, 0x02], false),
            ([0, 0, 0x10], false),
            ([1, 63, 0x21], false),
            ([1, 63, 0x10], true),
        ] {
            progress.advance(&SpectralSelection::parse(fields, 1).unwrap()).unwrap();
            assert_eq!(progress.is_complete(), is_complete, "{fields:?}");
        }
    }

    #[test]
    fn a_scan_out_of_order_or_a_repeated_one_is_refused() {
        let mut progress = Progress::new(&component(), true);
        let advance =
            |progress: &mut Progress, fields| progress.advance(&SpectralSelection::parse(fields, 1)?);
        assert!(advance(&mut progress, [0, 0, 0x10]).is_err());
        assert!(advance(&mut progress, [0, 0, 0x02]).is_ok());
        assert!(advance(&mut progress, [0, 0, 0x02]).is_err());
        assert!(advance(&mut progress, [0, 0, 0x10]).is_err());
        assert!(advance(&mut progress, [0, 0, 0x21]).is_ok());
    }
}

//! Scans: what each brings of which components (T.81, annexes B.2.3 and G.1).

use super::bits::Bits;
use super::block::Coding;
use super::frame::{Component, Frame, Grid};
use super::huffman::Tables;
use super::segments::{Marker, Segments};
use super::spectral_selection::{DAMAGED, SpectralSelection};
use crate::format::Flaw;

/// What has arrived of one component.
pub(super) struct Progress {
    /// For every coefficient, how many of its low bits have yet to come.
    missing: [u8; 64],
    /// For every block, which coefficients are not zero; empty where no later scan has to know.
    nonzero: Vec<u64>,
}

impl Progress {
    const NOTHING: u8 = u8::MAX;

    /// Nothing yet. Later scans of a progressive picture depend on the earlier ones, block by block.
    pub(super) fn nothing(component: &Component, progressive: bool) -> Self {
        let blocks = if progressive { component.padded.count() } else { 0 };
        Self { missing: [Self::NOTHING; 64], nonzero: vec![0; blocks] }
    }

    /// Whether every bit of every coefficient came.
    pub(super) fn is_complete(&self) -> bool {
        self.missing == [0; 64]
    }

    /// Notes what a scan brings, which has to be what comes next of its coefficients.
    fn advance(&mut self, band: &SpectralSelection) -> Result<(), Flaw> {
        let expected = match band.high {
            0 => Self::NOTHING,
            high => high,
        };
        for missing in self.missing.get_mut(band.range()).ok_or(DAMAGED)? {
            if *missing != expected {
                return Err("the progressive scans are out of order");
            }
            *missing = band.low;
        }
        Ok(())
    }
}

/// A component in a scan.
struct Part<'a, 't> {
    component: &'a Component,
    coding: Coding<'t>,
    nonzero: &'a mut [u64],
}

/// Reads the scan behind an SOS segment with this payload, up to the marker that ends it.
pub(super) fn read(
    header: &[u8],
    segments: &mut Segments<'_>,
    frame: &Frame,
    tables: &Tables,
    restart_interval: usize,
    arrived: &mut [Progress],
) -> Result<(), Flaw> {
    let (&count, rest) = header.split_first().ok_or(DAMAGED)?;
    let (selectors, fields) = rest.split_at_checked(2 * usize::from(count)).ok_or(DAMAGED)?;
    let (selectors, _) = selectors.as_chunks::<2>();
    let band = match frame.progressive {
        true => SpectralSelection::parse(fields.try_into().map_err(|_| DAMAGED)?, selectors.len())?,
        false => SpectralSelection::WHOLE,
    };

    let mut parts = Vec::with_capacity(frame.components.len());
    for (component, arrived) in frame.components.iter().zip(arrived) {
        let selector = selectors.iter().find(|[id, _]| *id == component.id);
        if let Some([_, slots]) = selector {
            arrived.advance(&band)?;
            parts.push(Part {
                component,
                coding: Coding::of(&band, frame.progressive, tables, *slots)?,
                nonzero: &mut arrived.nonzero,
            });
        }
    }
    if parts.len() != selectors.len() {
        return Err(DAMAGED);
    }
    read_units(&mut parts, &band, segments, frame, restart_interval)
}

fn read_units(
    parts: &mut [Part<'_, '_>],
    band: &SpectralSelection,
    segments: &mut Segments<'_>,
    frame: &Frame,
    restart_interval: usize,
) -> Result<(), Flaw> {
    let (units, interleaved) = match &*parts {
        [] => return Err(DAMAGED),
        [alone] => (alone.component.own, false),
        _ => (frame.units, true),
    };
    let mut bits = Bits::of(segments.rest());
    let mut empty_run = 0;
    let mut restart = 0;
    for unit in 0..units.count() {
        if restart_interval > 0 && unit > 0 && unit % restart_interval == 0 {
            segments.skip(bits.position());
            if segments.next_segment()?.marker != Marker(Marker::RST0.0 + restart) {
                return Err("the image data ends before a restart marker");
            }
            bits = Bits::of(segments.rest());
            empty_run = 0;
            restart = (restart + 1) % 8;
        }
        for part in &mut *parts {
            for block in blocks(part.component, units, unit, interleaved) {
                let mut forgotten = 0;
                let nonzero = part.nonzero.get_mut(block).unwrap_or(&mut forgotten);
                part.coding.read(band, &mut bits, nonzero, &mut empty_run)?;
            }
        }
    }
    segments.skip(bits.position());
    Ok(())
}

/// The blocks of a component in one unit, row by row.
fn blocks(component: &Component, units: Grid, unit: usize, interleaved: bool) -> impl Iterator<Item = usize> {
    let (row, column) = (unit / units.across, unit % units.across);
    let in_unit = match interleaved {
        true => component.unit,
        false => Grid { across: 1, down: 1 },
    };
    let stride = component.padded.across;
    let corner = row * in_unit.down * stride + column * in_unit.across;
    (0..in_unit.down)
        .flat_map(move |down| (0..in_unit.across).map(move |right| corner + down * stride + right))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component() -> Component {
        Component {
            id: 1,
            unit: Grid { across: 2, down: 2 },
            padded: Grid { across: 6, down: 4 },
            own: Grid { across: 5, down: 3 },
            quantisation: 0,
        }
    }

    #[test]
    fn a_unit_has_its_blocks_together_and_a_scan_of_one_component_goes_along_its_rows() {
        let component = component();
        let units = Grid { across: 3, down: 2 };
        let of_unit = blocks(&component, units, 4, true);
        assert_eq!(of_unit.collect::<Vec<_>>(), [14, 15, 20, 21]);
        let alone = blocks(&component, component.own, 7, false);
        assert_eq!(alone.collect::<Vec<_>>(), [8]);
    }

    #[test]
    fn a_component_is_complete_when_the_lowest_bit_of_every_coefficient_came() {
        let mut arrived = Progress::nothing(&component(), true);
        for (fields, complete) in [
            ([0, 0, 0x01], false),
            ([1, 63, 0x02], false),
            ([0, 0, 0x10], false),
            ([1, 63, 0x21], false),
            ([1, 63, 0x10], true),
        ] {
            arrived.advance(&SpectralSelection::parse(fields, 1).unwrap()).unwrap();
            assert_eq!(arrived.is_complete(), complete, "{fields:?}");
        }
    }

    #[test]
    fn a_scan_that_skips_a_step_or_comes_twice_is_refused() {
        let mut arrived = Progress::nothing(&component(), true);
        let advance = |arrived: &mut Progress, fields| arrived.advance(&SpectralSelection::parse(fields, 1)?);
        assert!(advance(&mut arrived, [0, 0, 0x10]).is_err());
        assert!(advance(&mut arrived, [0, 0, 0x02]).is_ok());
        assert!(advance(&mut arrived, [0, 0, 0x02]).is_err());
        assert!(advance(&mut arrived, [0, 0, 0x10]).is_err());
        assert!(advance(&mut arrived, [0, 0, 0x21]).is_ok());
    }

    #[test]
    fn bands_that_cannot_be_are_refused() {
        for (fields, components) in [
            ([0, 63, 0], 1),
            ([5, 4, 0], 1),
            ([1, 64, 0], 1),
            ([1, 63, 0], 3),
            ([0, 0, 0x31], 1),
            ([0, 0, 0x0E], 1),
        ] {
            assert!(SpectralSelection::parse(fields, components).is_err(), "{fields:?}");
        }
    }
}

//! Arithmetic coding, sequential and progressive (T.81, annexes F.2.4 and G.1.3).

use super::EntropyDecoder;
use super::arithmetic_bits::{DecisionReader, Estimate};
use crate::coefficients::{Block, NATURAL_ORDER};
use crate::error::Error;
use crate::scan::Band;

const INVALID: Error = Error::Damaged("the conditioning of arithmetic coding is invalid");

/// A block whose codes no encoder writes.
struct Damaged;

/// What DAC segments define.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conditioning {
    /// The bounds of small differences of DC coefficients: binary logarithms.
    dc: [(u8, u8); 4],
    /// The last zigzag position of low frequencies.
    ac: [u8; 4],
}

impl Default for Conditioning {
    fn default() -> Self {
        Self { dc: [(0, 1); 4], ac: [5; 4] }
    }
}

impl Conditioning {
    /// Stores the values of a DAC segment.
    pub(crate) fn define(&mut self, payload: &[u8]) -> Result<(), Error> {
        for [class_and_slot, value] in payload.as_chunks::<2>().0 {
            let slot = usize::from(class_and_slot & 15);
            match class_and_slot >> 4 {
                0 if value & 15 > value >> 4 => return Err(INVALID),
                0 => *self.dc.get_mut(slot).ok_or(INVALID)? = (value & 15, value >> 4),
                _ => *self.ac.get_mut(slot).ok_or(INVALID)? = *value,
            }
        }
        Ok(())
    }
}

/// The decoder of a scan.
pub(crate) struct Arithmetic<'a> {
    bytes: &'a [u8],
    reader: DecisionReader<'a>,
    band: Band,
    conditioning: Conditioning,
    /// The slots, the prediction and the context of each component.
    components: Vec<Component>,
    dc: [[Estimate; 49]; 4],
    ac: [[Estimate; 245]; 4],
    is_damaged: bool,
}

struct Component {
    dc_slot: usize,
    ac_slot: usize,
    prediction: i32,
    /// The first estimate for the next difference, by the difference before.
    context: usize,
}

impl<'a> Arithmetic<'a> {
    /// A decoder for components with these slots: DC and AC.
    pub(crate) fn new(
        bytes: &'a [u8],
        band: Band,
        conditioning: Conditioning,
        slots: impl Iterator<Item = (u8, u8)>,
    ) -> Result<Self, Error> {
        let component = |(dc, ac): (u8, u8)| match (dc, ac) {
            (0..=3, 0..=3) => {
                Ok(Component { dc_slot: dc.into(), ac_slot: ac.into(), prediction: 0, context: 0 })
            }
            _ => Err(INVALID),
        };
        Ok(Self {
            bytes,
            reader: DecisionReader::new(bytes, 0),
            band,
            conditioning,
            components: slots.map(component).collect::<Result<_, _>>()?,
            dc: [[Estimate::default(); 49]; 4],
            ac: [[Estimate::default(); 245]; 4],
            is_damaged: false,
        })
    }

    /// Decodes a DC coefficient (figures F.19 to F.24).
    fn read_dc(&mut self, component: usize) -> Result<i32, Damaged> {
        /// The first estimate for the magnitude of differences above 1.
        const MAGNITUDE: usize = 20;

        let component = self.components.get_mut(component).ok_or(Damaged)?;
        let estimates = &mut self.dc[component.dc_slot];
        let at = component.context;
        if !self.reader.decide(&mut estimates[at]) {
            component.context = 0;
            return Ok(component.prediction);
        }
        let is_negative = self.reader.decide(&mut estimates[at + 1]);
        let mut at = at + 2 + usize::from(is_negative);
        let mut magnitude = i32::from(self.reader.decide(&mut estimates[at]));
        if magnitude > 0 {
            at = MAGNITUDE;
            magnitude = read_magnitude(&mut self.reader, estimates, &mut at)?;
        }
        let (small, large) = self.conditioning.dc[component.dc_slot];
        component.context = match magnitude {
            _ if magnitude < 1 << small >> 1 => 0,
            _ if magnitude > 1 << large >> 1 => 12,
            _ => 4,
        };
        if component.context > 0 {
            component.context += 4 * usize::from(is_negative);
        }
        let size = read_bits(&mut self.reader, estimates, at + 14, magnitude);
        let difference = if is_negative { -size } else { size };
        component.prediction = i32::from(component.prediction.wrapping_add(difference) as i16);
        Ok(component.prediction)
    }

    /// Decodes the AC coefficients of a band (figure F.20).
    fn read_ac(&mut self, component: usize, block: &mut Block, last: &mut u8) -> Result<(), Damaged> {
        let slot = self.components.get(component).ok_or(Damaged)?.ac_slot;
        let estimates = &mut self.ac[slot];
        let reader = &mut self.reader;
        let mut position = self.band.first.max(1);
        while position <= self.band.last {
            let mut at = 3 * (position - 1);
            if reader.decide(&mut estimates[at]) {
                break;
            }
            while !reader.decide(&mut estimates[at + 1]) {
                at += 3;
                position += 1;
                if position > self.band.last {
                    return Err(Damaged);
                }
            }
            let is_negative = reader.bit();
            at += 2;
            let mut magnitude = i32::from(reader.decide(&mut estimates[at]));
            if magnitude > 0 && reader.decide(&mut estimates[at]) {
                at = if position <= usize::from(self.conditioning.ac[slot]) { 189 } else { 217 };
                magnitude = 2 * read_magnitude(reader, estimates, &mut at)?;
            }
            let size = read_bits(reader, estimates, at + 14, magnitude);
            let value = if is_negative { -size } else { size };
            block[usize::from(NATURAL_ORDER[position])] = (value << self.band.low) as i16;
            *last = (*last).max(position as u8);
            position += 1;
        }
        Ok(())
    }

    /// Adds a bit to the coefficients of a band (figure G.10).
    fn refine_ac(&mut self, component: usize, block: &mut Block, last: &mut u8) -> Result<(), Damaged> {
        let slot = self.components.get(component).ok_or(Damaged)?.ac_slot;
        let estimates = &mut self.ac[slot];
        let reader = &mut self.reader;
        let bit = 1 << self.band.low;
        let nonzero_before =
            (1..=self.band.last).rev().find(|&at| block[usize::from(NATURAL_ORDER[at])] != 0);
        let mut position = self.band.first;
        while position <= self.band.last {
            let mut at = 3 * (position - 1);
            if nonzero_before.is_none_or(|before| position > before) && reader.decide(&mut estimates[at]) {
                break;
            }
            loop {
                let coefficient = &mut block[usize::from(NATURAL_ORDER[position])];
                if *coefficient != 0 {
                    if reader.decide(&mut estimates[at + 2]) {
                        *coefficient = coefficient.wrapping_add(coefficient.signum() * bit);
                    }
                    break;
                }
                if reader.decide(&mut estimates[at + 1]) {
                    *coefficient = if reader.bit() { -bit } else { bit };
                    *last = (*last).max(position as u8);
                    break;
                }
                at += 3;
                position += 1;
                if position > self.band.last {
                    return Err(Damaged);
                }
            }
            position += 1;
        }
        Ok(())
    }

    fn read_block(&mut self, component: usize, block: &mut Block, last: &mut u8) -> Result<(), Damaged> {
        match (self.band.first, self.band.high) {
            (0, 0) => {
                block[0] = (self.read_dc(component)? << self.band.low) as i16;
                // A band of a sequential picture is the whole block.
                if self.band.last > 0 { self.read_ac(component, block, last) } else { Ok(()) }
            }
            (0, _) => {
                block[0] |= i16::from(self.reader.bit()) << self.band.low;
                Ok(())
            }
            (_, 0) => self.read_ac(component, block, last),
            _ => self.refine_ac(component, block, last),
        }
    }
}

/// Decodes the magnitude of a number: its highest bit (figure F.23). Moves on to the estimate for that bit.
fn read_magnitude(
    reader: &mut DecisionReader<'_>,
    estimates: &mut [Estimate],
    at: &mut usize,
) -> Result<i32, Damaged> {
    let mut magnitude = 1;
    while reader.decide(&mut estimates[*at]) {
        magnitude <<= 1;
        *at += 1;
        if magnitude == 1 << 14 {
            return Err(Damaged);
        }
    }
    Ok(magnitude)
}

/// Decodes the bits below the highest one, and adds 1 (figure F.24).
fn read_bits(reader: &mut DecisionReader<'_>, estimates: &mut [Estimate], at: usize, magnitude: i32) -> i32 {
    let mut size = magnitude;
    let mut bit = magnitude >> 1;
    while bit > 0 {
        if reader.decide(&mut estimates[at]) {
            size |= bit;
        }
        bit >>= 1;
    }
    size + 1
}

impl EntropyDecoder for Arithmetic<'_> {
    fn restart(&mut self, position: usize) {
        self.reader = DecisionReader::new(self.bytes, position);
        self.dc = [[Estimate::default(); 49]; 4];
        self.ac = [[Estimate::default(); 245]; 4];
        for component in &mut self.components {
            (component.prediction, component.context) = (0, 0);
        }
    }

    fn block(&mut self, component: usize, block: &mut Block, last: &mut u8) {
        self.is_damaged |= self.read_block(component, block, last).is_err();
    }

    fn position(&self) -> usize {
        self.reader.position()
    }

    fn is_exhausted(&self) -> bool {
        self.reader.is_exhausted()
    }

    fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    fn has_unread_bytes(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coefficient_that_is_refined_beyond_its_range_wraps_around() {
        let band = Band { first: 1, last: 1, high: 14, low: 13 };
        let refined = |byte: u8| {
            let bytes = [byte; 8];
            let mut decoder =
                Arithmetic::new(&bytes, band, Conditioning::default(), [(0, 0)].into_iter()).ok()?;
            let mut block = [0; 64];
            block[1] = i16::MAX;
            decoder.block(0, &mut block, &mut 1);
            Some(block[1])
        };
        let found: Vec<i16> = (0..=254).filter_map(refined).collect();
        assert!(found.contains(&i16::MAX) && found.contains(&i16::MAX.wrapping_add(1 << 13)));
    }
}

//! Reads blocks like a decoder, but keeps only which coefficients are not zero (T.81, annexes F.2.2 and G.2).

use super::bit_reader::BitReader;
use super::huffman::{Table, Tables};
use super::spectral_selection::SpectralSelection;
use crate::format::Reason;

const DAMAGED: Reason = "a block of coefficients is invalid";

/// Reads the blocks of a component in a scan.
pub(super) enum BlockReader<'t> {
    Sequential { dc: &'t Table, ac: &'t Table },
    DcFirst { dc: &'t Table },
    DcRefinement,
    AcFirst { ac: &'t Table },
    AcRefinement { ac: &'t Table },
}

impl<'t> BlockReader<'t> {
    /// Selects the coding of a scan, and its tables by their slots: DC in the upper half of the byte, AC in the lower
    /// half.
    pub(super) fn new(
        selection: &SpectralSelection,
        is_progressive: bool,
        tables: &'t Tables,
        slots: u8,
    ) -> Result<Self, Reason> {
        let (dc, ac) = (slots >> 4, slots & 15);
        Ok(match (is_progressive, selection.first, selection.high) {
            (false, ..) => Self::Sequential { dc: tables.dc(dc)?, ac: tables.ac(ac)? },
            (true, 0, 0) => Self::DcFirst { dc: tables.dc(dc)? },
            (true, 0, _) => Self::DcRefinement,
            (true, _, 0) => Self::AcFirst { ac: tables.ac(ac)? },
            (true, _, _) => Self::AcRefinement { ac: tables.ac(ac)? },
        })
    }

    /// Reads a block.
    ///
    /// `nonzero` has a bit for each coefficient that is not zero. `eob_run` is the number of blocks from this one on
    /// that have no more new coefficients in this scan.
    pub(super) fn read(
        &self,
        selection: &SpectralSelection,
        bits: &mut BitReader<'_>,
        nonzero: &mut u64,
        eob_run: &mut u32,
    ) -> Result<(), Reason> {
        match self {
            Self::Sequential { dc, ac } => read_all(dc, ac, bits),
            Self::DcFirst { dc } => read_difference(dc, bits),
            Self::DcRefinement => bits.take(1).map(drop),
            Self::AcFirst { ac } => {
                read_coefficients(ac, selection.first, selection.last, bits, nonzero, eob_run)
            }
            Self::AcRefinement { ac } => refine(ac, selection, bits, nonzero, eob_run),
        }
    }
}

/// Reads a DC coefficient: the length of its difference from the previous one, and the difference.
fn read_difference(dc: &Table, bits: &mut BitReader<'_>) -> Result<(), Reason> {
    /// The longest difference of 8-bit samples, in bits (T.81, table F.1).
    const MAX_LENGTH: u8 = 11;

    let length = dc.decode_with_value(bits)?;
    if length > MAX_LENGTH { Err(DAMAGED) } else { Ok(()) }
}

/// Reads all coefficients of a block.
///
/// The loop branches on a symbol only at the last one. A branch on each symbol would be mispredicted every other time.
fn read_all(dc: &Table, ac: &Table, bits: &mut BitReader<'_>) -> Result<(), Reason> {
    read_difference(dc, bits)?;
    let (mut at, mut length) = (1, 0);
    while at < 64 {
        let zeros;
        (zeros, length) = run_and_size(ac.decode_with_value(bits)?);
        let is_last = length == 0 && zeros < 15;
        at += if is_last { 64 } else { zeros + 1 };
    }
    // A run of zeros may exceed the block, but a value may not.
    if at > 64 && length > 0 { Err(DAMAGED) } else { Ok(()) }
}

/// Reads the high bits of coefficients, each after a run of zeros.
fn read_coefficients(
    ac: &Table,
    first: u8,
    last: u8,
    bits: &mut BitReader<'_>,
    nonzero: &mut u64,
    eob_run: &mut u32,
) -> Result<(), Reason> {
    if *eob_run > 0 {
        *eob_run -= 1;
        return Ok(());
    }
    let mut at = first;
    while at <= last {
        let (run, length) = run_and_size(ac.decode_with_value(bits)?);
        match (run, length) {
            (15, 0) => at += 16,
            (_, 0) => {
                *eob_run = read_eob_run(run, bits)? - 1;
                return Ok(());
            }
            _ => {
                at += run;
                if at > last {
                    return Err(DAMAGED);
                }
                *nonzero |= 1 << at;
                at += 1;
            }
        }
    }
    Ok(())
}

/// Reads one more bit of each coefficient that is not zero, and the coefficients that are no longer zero.
fn refine(
    ac: &Table,
    selection: &SpectralSelection,
    bits: &mut BitReader<'_>,
    nonzero: &mut u64,
    eob_run: &mut u32,
) -> Result<(), Reason> {
    let mut at = selection.first;
    while *eob_run == 0 && at <= selection.last {
        let (mut zeros, length) = run_and_size(ac.decode(bits)?);
        if length == 0 && zeros < 15 {
            *eob_run = read_eob_run(zeros, bits)?;
            break;
        }
        if length > 1 {
            return Err(DAMAGED);
        }
        // The sign of the new coefficient precedes the bits of the coefficients that are skipped.
        bits.take(u32::from(length))?;
        while at <= selection.last {
            if *nonzero & 1 << at != 0 {
                bits.take(1)?;
            } else if zeros == 0 {
                break;
            } else {
                zeros -= 1;
            }
            at += 1;
        }
        if length == 1 {
            if at > selection.last {
                return Err(DAMAGED);
            }
            *nonzero |= 1 << at;
        }
        at += 1;
    }
    if *eob_run > 0 {
        for at in at..=selection.last {
            bits.take(u32::from(*nonzero & 1 << at != 0))?;
        }
        *eob_run -= 1;
    }
    Ok(())
}

/// Reads the number of blocks in an end-of-band run.
fn read_eob_run(exponent: u8, bits: &mut BitReader<'_>) -> Result<u32, Reason> {
    let extra = bits.take(u32::from(exponent))?;
    Ok((1 << exponent) + u32::from(extra))
}

fn run_and_size(symbol: u8) -> (u8, u8) {
    (symbol >> 4, symbol & 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_zeros_may_exceed_the_block_but_a_value_may_not() {
        let mut tables = Tables::default();
        let mut define = |slot: u8, counts: &[u8], symbols: &[u8]| {
            let mut lengths = [0; 16];
            lengths[..counts.len()].copy_from_slice(counts);
            tables.define(&[&[slot], lengths.as_slice(), symbols].concat()).unwrap();
        };
        // DC: 0 is no difference. AC: 0 is sixteen zeros, 10 is a value after fifteen zeros, 110 is the end, and 1110
        // is a value after fourteen zeros.
        define(0x00, &[1], &[0x00]);
        define(0x10, &[1, 1, 1, 1], &[0xF0, 0xF1, 0x00, 0xE1]);
        let (dc, ac) = (tables.dc(0).unwrap(), tables.ac(0).unwrap());
        for (bytes, expected) in [
            // No difference, and the end.
            (&[0b0110_1111][..], Ok(())),
            // Three values after fifteen zeros, and one after fourteen: the last coefficient.
            (&[0b0101_1011, 0b0111_1011], Ok(())),
            // Four times sixteen zeros, one more than the block has.
            (&[0b0000_0111], Ok(())),
            // Three times sixteen zeros, and a value after fifteen more.
            (&[0b0000_1011], Err(DAMAGED)),
        ] {
            assert_eq!(read_all(dc, ac, &mut BitReader::new(bytes)), expected, "{bytes:?}");
        }
        assert!(read_all(dc, ac, &mut BitReader::new(&[0b0101_1011])).is_err());
    }
}

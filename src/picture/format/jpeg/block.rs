//! Blocks: each is read the way a decoder reads it, and nothing is kept but which coefficients are
//! not zero (T.81, annexes F.2.2 and G.2).

use super::bits::Bits;
use super::huffman::{Table, Tables};
use super::spectral_selection::SpectralSelection;
use crate::format::Flaw;

const DAMAGED: Flaw = "a block of coefficients is invalid";

/// How the blocks of one component are coded in one scan.
pub(super) enum Coding<'t> {
    Sequential { dc: &'t Table, ac: &'t Table },
    DcFirst { dc: &'t Table },
    DcRefinement,
    AcFirst { ac: &'t Table },
    AcRefinement { ac: &'t Table },
}

impl<'t> Coding<'t> {
    /// The coding of a scan, with the tables that its header selects: DC above, AC below.
    pub(super) fn of(
        band: &SpectralSelection,
        progressive: bool,
        tables: &'t Tables,
        slots: u8,
    ) -> Result<Self, Flaw> {
        let (dc, ac) = (slots >> 4, slots & 15);
        Ok(match (progressive, band.first, band.high) {
            (false, ..) => Self::Sequential { dc: tables.dc(dc)?, ac: tables.ac(ac)? },
            (true, 0, 0) => Self::DcFirst { dc: tables.dc(dc)? },
            (true, 0, _) => Self::DcRefinement,
            (true, _, 0) => Self::AcFirst { ac: tables.ac(ac)? },
            (true, _, _) => Self::AcRefinement { ac: tables.ac(ac)? },
        })
    }

    /// Reads one block.
    ///
    /// `nonzero` has a bit for each of its coefficients; `empty_run` counts the blocks to come, this
    /// one among them, that have nothing more in this band.
    pub(super) fn read(
        &self,
        band: &SpectralSelection,
        bits: &mut Bits<'_>,
        nonzero: &mut u64,
        empty_run: &mut u32,
    ) -> Result<(), Flaw> {
        match self {
            Self::Sequential { dc, ac } => read_all(dc, ac, bits),
            Self::DcFirst { dc } => read_difference(dc, bits),
            Self::DcRefinement => bits.take(1).map(drop),
            Self::AcFirst { ac } => read_coefficients(ac, band.first, band.last, bits, nonzero, empty_run),
            Self::AcRefinement { ac } => refine(ac, band, bits, nonzero, empty_run),
        }
    }
}

/// A DC coefficient: the length of its difference from the last one, then the difference.
fn read_difference(dc: &Table, bits: &mut Bits<'_>) -> Result<(), Flaw> {
    /// Differences of 8-bit samples have up to 11 bits (T.81, table F.1).
    const LONGEST: u8 = 11;

    let length = dc.decode_with_value(bits)?;
    if length > LONGEST { Err(DAMAGED) } else { Ok(()) }
}

/// All coefficients of a block. Nothing depends on what a symbol is until the last one: a processor cannot foresee
/// that, and would have to begin anew at every other symbol.
fn read_all(dc: &Table, ac: &Table, bits: &mut Bits<'_>) -> Result<(), Flaw> {
    read_difference(dc, bits)?;
    let (mut at, mut length) = (1, 0);
    while at < 64 {
        let zeros;
        (zeros, length) = run_and_size(ac.decode_with_value(bits)?);
        let is_last = length == 0 && zeros < 15;
        at += if is_last { 64 } else { zeros + 1 };
    }
    // Zeros may go on beyond the last coefficient, and a value may not.
    if at > 64 && length > 0 { Err(DAMAGED) } else { Ok(()) }
}

/// Coefficients that come for the first time, each after its run of zeros.
fn read_coefficients(
    ac: &Table,
    first: u8,
    last: u8,
    bits: &mut Bits<'_>,
    nonzero: &mut u64,
    empty_run: &mut u32,
) -> Result<(), Flaw> {
    if *empty_run > 0 {
        *empty_run -= 1;
        return Ok(());
    }
    let mut at = first;
    while at <= last {
        let (run, length) = run_and_size(ac.decode_with_value(bits)?);
        match (run, length) {
            (15, 0) => at += 16,
            (_, 0) => {
                *empty_run = run_length(run, bits)? - 1;
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

/// One more bit of the coefficients that are not zero, and those that only now cease to be.
fn refine(
    ac: &Table,
    band: &SpectralSelection,
    bits: &mut Bits<'_>,
    nonzero: &mut u64,
    empty_run: &mut u32,
) -> Result<(), Flaw> {
    let mut at = band.first;
    while *empty_run == 0 && at <= band.last {
        let (mut zeros, length) = run_and_size(ac.decode(bits)?);
        if length == 0 && zeros < 15 {
            *empty_run = run_length(zeros, bits)?;
            break;
        }
        if length > 1 {
            return Err(DAMAGED);
        }
        // The sign of the new coefficient comes before the bits of those it passes.
        bits.take(u32::from(length))?;
        while at <= band.last {
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
            if at > band.last {
                return Err(DAMAGED);
            }
            *nonzero |= 1 << at;
        }
        at += 1;
    }
    if *empty_run > 0 {
        for at in at..=band.last {
            bits.take(u32::from(*nonzero & 1 << at != 0))?;
        }
        *empty_run -= 1;
    }
    Ok(())
}

/// How many blocks an end-of-band symbol covers.
fn run_length(exponent: u8, bits: &mut Bits<'_>) -> Result<u32, Flaw> {
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
    fn zeros_may_run_beyond_the_last_coefficient_and_a_value_may_not() {
        let mut tables = Tables::default();
        let mut define = |slot: u8, counts: &[u8], symbols: &[u8]| {
            let mut lengths = [0; 16];
            lengths[..counts.len()].copy_from_slice(counts);
            tables.define(&[&[slot], lengths.as_slice(), symbols].concat()).unwrap();
        };
        // DC: 0 is no difference. AC: 0 is sixteen zeros, 10 a value behind fifteen, 110 the end, 1110 a value
        // behind fourteen.
        define(0x00, &[1], &[0x00]);
        define(0x10, &[1, 1, 1, 1], &[0xF0, 0xF1, 0x00, 0xE1]);
        let (dc, ac) = (tables.dc(0).unwrap(), tables.ac(0).unwrap());
        for (bytes, expected) in [
            // The difference, and the end at once.
            (&[0b0110_1111][..], Ok(())),
            // Three values behind fifteen zeros, and one behind fourteen: the last coefficient.
            (&[0b0101_1011, 0b0111_1011], Ok(())),
            // Four times sixteen zeros, one more than there are.
            (&[0b0000_0111], Ok(())),
            // Three times sixteen zeros, and a value behind fifteen more.
            (&[0b0000_1011], Err(DAMAGED)),
        ] {
            assert_eq!(read_all(dc, ac, &mut Bits::of(bytes)), expected, "{bytes:?}");
        }
        assert!(read_all(dc, ac, &mut Bits::of(&[0b0101_1011])).is_err());
    }
}

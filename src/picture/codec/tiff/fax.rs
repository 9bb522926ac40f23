//! CCITT compression of black and white: Huffman codes, group 3 (ITU-T T.4) and group 4 (T.6).

use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, Bits};

/// How rows are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Runs of each row, which starts at a multiple of `word` bytes.
    Huffman { word: usize },
    /// Runs, or differences from the row above, with a code before each row.
    Group3 { has_two_dimensions: bool },
    /// Differences from the row above.
    Group4,
}

/// The columns where a row changes its color. It starts with white.
type Changes = Vec<usize>;

/// Decodes rows of one bit per pixel: 1 is black. Returns `None` if a code is invalid or a row is missing.
pub(super) fn decode(bytes: &[u8], coding: Coding, width: usize, rows: usize) -> Option<Vec<u8>> {
    let mut reader = Reader { bytes, position: 0 };
    let row_len = width.div_ceil(8);
    let mut packed = vec![0; row_len * rows];
    let mut above = Changes::new();
    for row in packed.chunks_exact_mut(row_len) {
        let changes = match coding {
            Coding::Huffman { word } => {
                reader.align(word);
                runs(&mut reader, width)?
            }
            Coding::Group3 { has_two_dimensions } => {
                let has_start = reader.skip_row_start();
                if has_two_dimensions && has_start && reader.bit() == 0 {
                    differences(&mut reader, &above, width)?
                } else {
                    runs(&mut reader, width)?
                }
            }
            Coding::Group4 => differences(&mut reader, &above, width)?,
        };
        if reader.is_past_end() {
            return None;
        }
        draw(&changes, row, width);
        above = changes;
    }
    Some(packed)
}

/// Reads a row of alternating runs.
fn runs(reader: &mut Reader<'_>, width: usize) -> Option<Changes> {
    let (mut changes, mut at, mut is_black) = (Changes::new(), 0, false);
    while at < width {
        at += run(reader, is_black)?;
        if at > width {
            return None;
        }
        change(&mut changes, at);
        is_black = !is_black;
    }
    Some(changes)
}

/// Reads a row of differences from the row above.
fn differences(reader: &mut Reader<'_>, above: &Changes, width: usize) -> Option<Changes> {
    let (mut changes, mut is_black) = (Changes::new(), false);
    // The end of the last run. `None` is before the first pixel, whose color may change, too.
    let mut at: Option<usize> = None;
    // The index of the next change above.
    let mut next = 0;
    while at.is_none_or(|at| at < width) {
        while next > 0 && at.is_none_or(|at| above.get(next - 1).is_none_or(|change| *change > at)) {
            next -= 1;
        }
        // Changes to black have even indices.
        while above.get(next).is_some_and(|change| at.is_some_and(|at| *change <= at))
            || next < above.len() && (next % 2 == 1) != is_black
        {
            next += 1;
        }
        let above_at = |index: usize| above.get(index).copied().unwrap_or(width);
        let end = match mode::decode(reader)? {
            Mode::Pass => above_at(next + 1),
            Mode::Horizontal => {
                let first = at.unwrap_or(0) + run(reader, is_black)?;
                let second = first + run(reader, !is_black)?;
                if second > width {
                    return None;
                }
                change(&mut changes, first);
                change(&mut changes, second);
                second
            }
            Mode::Vertical(distance) => {
                let end = above_at(next).checked_add_signed(distance.into())?;
                if end > width || end < at.unwrap_or(0) {
                    return None;
                }
                change(&mut changes, end);
                is_black = !is_black;
                end
            }
            Mode::Extension | Mode::EOF => return None,
        };
        at = Some(end);
    }
    Some(changes)
}

/// Adds a change. Two at the same column are none.
fn change(changes: &mut Changes, at: usize) {
    if changes.last() == Some(&at) {
        changes.pop();
    } else {
        changes.push(at);
    }
}

/// Reads the length of a run: codes for multiples of 64, then one for the rest.
fn run(reader: &mut Reader<'_>, is_black: bool) -> Option<usize> {
    let mut len = 0;
    loop {
        let part = usize::from(if is_black { black::decode(reader) } else { white::decode(reader) }?);
        len += part;
        if part < 64 {
            return Some(len);
        }
        if reader.is_past_end() {
            return None;
        }
    }
}

fn draw(changes: &Changes, row: &mut [u8], width: usize) {
    for pair in changes.chunks(2) {
        for x in pair[0]..pair.get(1).copied().unwrap_or(width) {
            row[x / 8] |= 0x80 >> (x % 8);
        }
    }
}

/// Reads bits, the most significant one first. After the end there are zeros.
struct Reader<'a> {
    bytes: &'a [u8],
    /// In bits.
    position: usize,
}

impl Reader<'_> {
    fn is_past_end(&self) -> bool {
        self.position > self.bytes.len() * 8
    }

    fn align(&mut self, bytes: usize) {
        self.position = self.position.next_multiple_of(8 * bytes);
    }

    fn bit(&mut self) -> u16 {
        let bit = self.peek(1).unwrap_or(0);
        self.position += 1;
        bit
    }

    /// Skips the code before a row, and the zeros before the code. Returns whether there is one.
    fn skip_row_start(&mut self) -> bool {
        const ZEROS: u8 = 11;

        if self.peek(ZEROS) != Some(0) {
            return false;
        }
        while !self.is_past_end() && self.bit() == 0 {}
        true
    }
}

impl BitReader for Reader<'_> {
    type Error = std::convert::Infallible;

    fn peek(&self, bits: u8) -> Option<u16> {
        let at = self.position / 8;
        let byte = |at: usize| self.bytes.get(at).copied().unwrap_or(0);
        let window = u32::from_be_bytes([byte(at), byte(at + 1), byte(at + 2), 0]);
        let shifted = window << (self.position % 8);
        (1..=16).contains(&bits).then(|| (shifted >> (32 - u32::from(bits))) as u16)
    }

    fn consume(&mut self, bits: u8) -> Result<(), Self::Error> {
        self.position += usize::from(bits);
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        (self.position.next_multiple_of(8) - self.position) as u8
    }

    fn expect(&mut self, bits: Bits) -> Result<(), Option<Bits>> {
        match self.peek(bits.len) {
            Some(data) if data == bits.data => Ok(()),
            found => Err(found.map(|data| Bits { data, len: bits.len })),
        }
    }
}

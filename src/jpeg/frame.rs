//! The frame header: the components and their division into blocks (T.81, annexes A and B.2.2).

use std::ops::Range;

use crate::error::{Error, Kind};
use crate::segments::Marker;

const DAMAGED: Error = Error::Damaged("the frame header is damaged");

/// How the coefficients are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Whether several scans refine each other.
    pub is_progressive: bool,
    /// Whether the entropy coding is arithmetic, not Huffman.
    pub is_arithmetic: bool,
}

/// A color component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    pub id: u8,
    /// The horizontal sampling factor, from 1 to 4: the columns of blocks in an MCU of an interleaved scan.
    pub horizontal: usize,
    /// The vertical sampling factor, from 1 to 4: the rows of blocks in an MCU.
    pub vertical: usize,
    /// The slot of its quantization table, from 0 to 3.
    pub quantization_slot: usize,
    /// The columns of samples that contain pixels of the picture.
    pub width: usize,
    /// The rows of samples that contain pixels of the picture.
    pub height: usize,
    /// The columns of blocks, including those that fill up the last MCU.
    pub columns: usize,
}

impl Component {
    /// The columns of blocks that contain pixels of the picture: those in a scan of this component alone.
    #[must_use]
    pub fn columns_used(&self) -> usize {
        self.width.div_ceil(8)
    }

    /// The rows of blocks that contain pixels of the picture.
    #[must_use]
    pub fn rows_used(&self) -> usize {
        self.height.div_ceil(8)
    }
}

/// A frame header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub process: Process,
    pub width: usize,
    pub height: usize,
    pub components: Vec<Component>,
    /// The largest horizontal sampling factor.
    pub horizontal: usize,
    /// The largest vertical sampling factor.
    pub vertical: usize,
}

impl Frame {
    /// Parses the payload of a frame header. `lines` is the height if the header leaves it to a DNL segment.
    ///
    /// # Errors
    /// For kinds that are not decoded, and for more than `max_pixels`.
    pub fn parse(
        marker: Marker,
        payload: &[u8],
        lines: impl FnOnce() -> Option<u16>,
        max_pixels: u64,
    ) -> Result<Self, Error> {
        let [precision, h1, h0, w1, w0, count, components @ ..] = payload else { return Err(DAMAGED) };
        let process = process_of(marker)?;
        if *precision != 8 {
            return Err(match precision {
                2..=16 => Error::Unsupported(Kind::Precision(*precision)),
                _ => DAMAGED,
            });
        }
        let height = match u16::from_be_bytes([*h1, *h0]) {
            0 => lines().ok_or(Error::Damaged("the height is missing"))?,
            height => height,
        };
        let width = u16::from_be_bytes([*w1, *w0]);
        if width == 0 || height == 0 {
            return Err(Error::Damaged("the picture has no pixels"));
        }
        if u64::from(width) * u64::from(height) > max_pixels {
            return Err(Error::TooLarge { width, height });
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(Error::Unsupported(Kind::Components(*count)));
        }
        let components = components.get(..3 * usize::from(*count)).ok_or(DAMAGED)?;
        Self::new(process, usize::from(width), usize::from(height), components.as_chunks().0)
    }

    fn new(process: Process, width: usize, height: usize, fields: &[[u8; 3]]) -> Result<Self, Error> {
        let factors = |field: &[u8; 3]| (usize::from(field[1] >> 4), usize::from(field[1] & 15));
        if !fields.iter().map(factors).all(|(h, v)| (1..=4).contains(&h) && (1..=4).contains(&v)) {
            return Err(Error::Damaged("a sampling factor is invalid"));
        }
        let horizontal = fields.iter().map(|field| factors(field).0).max().unwrap_or(1);
        let vertical = fields.iter().map(|field| factors(field).1).max().unwrap_or(1);
        if fields.iter().map(factors).any(|(h, v)| horizontal % h != 0 || vertical % v != 0) {
            return Err(Error::Unsupported(Kind::FractionalSampling));
        }
        let component = |field: &[u8; 3]| {
            let (h, v) = factors(field);
            Component {
                id: field[0],
                horizontal: h,
                vertical: v,
                quantization_slot: usize::from(field[2]),
                width: (width * h).div_ceil(horizontal),
                height: (height * v).div_ceil(vertical),
                columns: width.div_ceil(8 * horizontal) * h,
            }
        };
        let components = fields.iter().map(component).collect();
        Ok(Self { process, width, height, components, horizontal, vertical })
    }

    /// The frame of a picture that has only some columns of MCUs of this one.
    pub(crate) fn of_columns(&self, columns: &Range<usize>) -> Self {
        let mcu = 8 * self.horizontal;
        let width = self.width.min(columns.end * mcu).saturating_sub(columns.start * mcu);
        let component = |component: &Component| Component {
            width: (width * component.horizontal).div_ceil(self.horizontal),
            columns: columns.len() * component.horizontal,
            ..*component
        };
        let components = self.components.iter().map(component).collect();
        Self { width, components, ..self.clone() }
    }

    /// The columns of MCUs of an interleaved scan.
    #[must_use]
    pub fn mcu_columns(&self) -> usize {
        self.width.div_ceil(8 * self.horizontal)
    }

    /// The rows of MCUs of an interleaved scan.
    #[must_use]
    pub fn mcu_rows(&self) -> usize {
        self.height.div_ceil(self.mcu_height())
    }

    /// The height of an MCU of an interleaved scan in pixels.
    #[must_use]
    pub fn mcu_height(&self) -> usize {
        8 * self.vertical
    }
}

fn process_of(marker: Marker) -> Result<Process, Error> {
    let (is_progressive, is_arithmetic) = match marker.0 {
        0xC0 | 0xC1 => (false, false),
        0xC2 => (true, false),
        0xC9 => (false, true),
        0xCA => (true, true),
        0xC5..=0xC7 | 0xCD..=0xCF | 0xDE => return Err(Error::Unsupported(Kind::Hierarchical)),
        _ => return Err(Error::Unsupported(Kind::Lossless)),
    };
    Ok(Process { is_progressive, is_arithmetic })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(marker: u8, payload: &[u8]) -> Result<Frame, Error> {
        Frame::parse(Marker(marker), payload, || None, 1 << 32)
    }

    #[test]
    fn the_last_mcus_are_filled_up() {
        let frame = parse(0xC0, &[8, 0, 17, 0, 33, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]).unwrap();
        assert_eq!((frame.mcu_columns(), frame.mcu_rows()), (3, 2));
        let [luma, chroma, _] = frame.components[..] else { panic!() };
        assert_eq!((luma.columns, luma.columns_used(), luma.rows_used()), (6, 5, 3));
        assert_eq!((chroma.columns, chroma.columns_used(), chroma.rows_used()), (3, 3, 2));
        assert_eq!((chroma.width, chroma.height), (17, 9));
    }

    #[test]
    fn kinds_that_are_not_decoded_are_named() {
        let payload = [8, 0, 1, 0, 1, 1, 1, 0x11, 0];
        assert_eq!(parse(0xC3, &payload), Err(Error::Unsupported(Kind::Lossless)));
        assert_eq!(parse(0xC5, &payload), Err(Error::Unsupported(Kind::Hierarchical)));
        let twelve_bits = [12, 0, 1, 0, 1, 1, 1, 0x11, 0];
        assert_eq!(parse(0xC1, &twelve_bits), Err(Error::Unsupported(Kind::Precision(12))));
        let fractional = [8, 0, 1, 0, 1, 3, 1, 0x31, 0, 2, 0x21, 0, 3, 0x11, 0];
        assert_eq!(parse(0xC0, &fractional), Err(Error::Unsupported(Kind::FractionalSampling)));
    }

    #[test]
    fn too_many_pixels_are_refused() {
        let payload = [8, 0, 10, 0, 10, 1, 1, 0x11, 0];
        assert!(Frame::parse(Marker(0xC0), &payload, || None, 100).is_ok());
        let refused = Frame::parse(Marker(0xC0), &payload, || None, 99);
        assert_eq!(refused, Err(Error::TooLarge { width: 10, height: 10 }));
    }
}

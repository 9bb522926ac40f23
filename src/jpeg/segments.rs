//! The marker segments of a JPEG (T.81, annex B).

use crate::error::Error;

/// The second byte of a marker; the first is 0xFF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker(pub u8);

impl Marker {
    /// Huffman tables.
    pub const DHT: Self = Self(0xC4);
    /// Conditioning of arithmetic coding.
    pub const DAC: Self = Self(0xCC);
    /// The first of eight restart markers.
    pub const RST0: Self = Self(0xD0);
    /// The start of the picture.
    pub const SOI: Self = Self(0xD8);
    /// The end of the picture.
    pub const EOI: Self = Self(0xD9);
    /// The start of a scan. Entropy-coded data follows the segment.
    pub const SOS: Self = Self(0xDA);
    /// Quantization tables.
    pub const DQT: Self = Self(0xDB);
    /// The number of lines, after the first scan.
    pub const DNL: Self = Self(0xDC);
    /// The restart interval.
    pub const DRI: Self = Self(0xDD);
    /// The start of a hierarchical picture.
    pub const DHP: Self = Self(0xDE);
    /// Application data 0: JFIF.
    pub const APP0: Self = Self(0xE0);
    /// Application data 1: EXIF and XMP.
    pub const APP1: Self = Self(0xE1);
    /// Application data 2: ICC profiles and further pictures.
    pub const APP2: Self = Self(0xE2);
    /// Application data 14: Adobe's color transform.
    pub const APP14: Self = Self(0xEE);
    /// The frame header of JPEG-LS.
    pub const SOF55: Self = Self(0xF7);
    /// A comment.
    pub const COM: Self = Self(0xFE);

    /// Whether the segment is the frame header of one of the 13 processes of T.81.
    #[must_use]
    pub fn is_frame(self) -> bool {
        matches!(self.0, 0xC0..=0xCF) && !matches!(self.0, 0xC4 | 0xC8 | 0xCC)
    }

    /// Whether the segment is the frame header of a process with arithmetic coding.
    #[must_use]
    pub fn is_arithmetic_frame(self) -> bool {
        self.is_frame() && self.0 >= 0xC9
    }

    /// Whether the segment is application data.
    #[must_use]
    pub fn is_application_data(self) -> bool {
        matches!(self.0, 0xE0..=0xEF)
    }

    /// The number of a restart marker, from 0 to 7.
    #[must_use]
    pub fn restart(self) -> Option<u8> {
        matches!(self.0, 0xD0..=0xD7).then_some(self.0 & 7)
    }

    /// Whether the marker has no segment, and so no length.
    #[must_use]
    pub fn is_standalone(self) -> bool {
        matches!(self.0, 0x01 | 0xD0..=0xD9)
    }
}

/// A marker and the payload of its segment, without the length.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    pub marker: Marker,
    pub payload: &'a [u8],
}

impl Segment<'_> {
    /// The number of bytes, including the marker and the length.
    #[must_use]
    pub fn size(&self) -> usize {
        self.payload.len() + if self.marker.is_standalone() { 2 } else { 4 }
    }
}

/// Iterates over segments. Skips what is not a segment, as other decoders do.
#[derive(Clone, Copy, Debug)]
pub struct Segments<'a> {
    bytes: &'a [u8],
    /// The offset of the next byte that was not read.
    pub position: usize,
    /// Whether bytes were skipped. Fill bytes before a marker do not count.
    pub skipped: bool,
}

impl<'a> Segments<'a> {
    /// The segments of a picture, from the SOI marker on.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, skipped: false }
    }

    /// Moves to the byte after the next marker. Returns `None` if there are no more markers.
    pub fn next_marker(&mut self) -> Option<Marker> {
        let rest = self.bytes.get(self.position..)?;
        let is_marker = |pair: &[u8]| matches!(pair, [0xFF, 0x01..=0xFE]);
        let at = rest.windows(2).position(is_marker)?;
        self.skipped |= rest.iter().take(at).any(|byte| *byte != 0xFF);
        self.position += at + 2;
        rest.get(at + 1).copied().map(Marker)
    }

    /// Returns the next segment, or `None` at the end of the file.
    ///
    /// # Errors
    /// For a length that is less than the two bytes of the length itself.
    pub fn next_segment(&mut self) -> Result<Option<Segment<'a>>, Error> {
        let Some(marker) = self.next_marker() else { return Ok(None) };
        if marker.is_standalone() {
            return Ok(Some(Segment { marker, payload: &[] }));
        }
        let Some((length, rest)) = self.bytes.get(self.position..).and_then(<[u8]>::split_first_chunk) else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes(*length));
        let length = length.checked_sub(2).ok_or(Error::Damaged("a segment has an invalid length"))?;
        let Some(payload) = rest.get(..length) else { return Ok(None) };
        self.position += 2 + length;
        Ok(Some(Segment { marker, payload }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_read_in_order_without_their_lengths() {
        let bytes = [0xFF, 0xD8, 0xFF, 0xFF, 0xDD, 0, 4, 0, 9, 0xFF, 0xD9, 7];
        let mut segments = Segments::of(&bytes);
        let mut next = || segments.next_segment().unwrap().map(|segment| (segment.marker, segment.payload));
        assert_eq!(next(), Some((Marker::SOI, &[][..])));
        assert_eq!(next(), Some((Marker::DRI, &[0, 9][..])));
        assert_eq!(next(), Some((Marker::EOI, &[][..])));
        assert_eq!(next(), None);
        assert!(!segments.skipped);
    }

    #[test]
    fn skipped_bytes_are_noticed() {
        let mut segments = Segments::of(&[0xFF, 0xD8, 7, 0xFF, 0xD9]);
        segments.next_segment().unwrap();
        assert!(!segments.skipped);
        segments.next_segment().unwrap();
        assert!(segments.skipped);
    }

    #[test]
    fn a_truncated_segment_is_the_end() {
        for bytes in [&[0xFF][..], &[0xFF, 0xDD], &[0xFF, 0xDD, 0], &[0xFF, 0xDD, 0, 4, 0]] {
            assert!(Segments::of(bytes).next_segment().unwrap().is_none(), "{bytes:?}");
        }
        assert!(Segments::of(&[0xFF, 0xDD, 0, 1, 0]).next_segment().is_err());
    }
}

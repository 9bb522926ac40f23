//! The marker segments of a JPEG (T.81, annex B).

use crate::format::Flaw;
use crate::format::endian::Endian;

/// The second byte of a marker; the first is 0xFF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker(pub(super) u8);

impl Marker {
    /// Huffman tables.
    pub(super) const DHT: Self = Self(0xC4);
    /// First of the eight restart markers.
    pub(super) const RST0: Self = Self(0xD0);
    /// End of the picture.
    pub(super) const EOI: Self = Self(0xD9);
    /// Start of a scan: entropy-coded bytes follow the segment.
    pub(super) const SOS: Self = Self(0xDA);
    /// Quantisation tables.
    pub(super) const DQT: Self = Self(0xDB);
    /// Restart interval.
    pub(super) const DRI: Self = Self(0xDD);
    /// Application data 0: JFIF.
    pub(super) const APP0: Self = Self(0xE0);
    /// Application data 1: EXIF, XMP.
    pub(super) const APP1: Self = Self(0xE1);
    /// Application data 2: ICC profiles, further pictures.
    pub(super) const APP2: Self = Self(0xE2);
    /// Application data 14: Adobe's word on the colours.
    pub(super) const APP14: Self = Self(0xEE);
    /// A comment.
    pub(super) const COM: Self = Self(0xFE);

    /// Whether the segment is a frame header, of any of the 13 processes.
    pub(super) fn is_frame(self) -> bool {
        matches!(self.0, 0xC0..=0xCF) && !matches!(self.0, 0xC4 | 0xC8 | 0xCC)
    }

    /// Whether the segment is some application's.
    pub(super) fn is_application(self) -> bool {
        matches!(self.0, 0xE0..=0xEF)
    }

    /// Whether nothing follows the marker, not even a length.
    fn stands_alone(self) -> bool {
        matches!(self.0, 0x01 | 0xD0..=0xD9)
    }
}

/// A marker and what its segment holds, without the length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) marker: Marker,
    pub(super) payload: &'a [u8],
}

impl Segment<'_> {
    /// How many bytes it has, its marker and length included.
    pub(super) fn len(&self) -> usize {
        self.payload.len() + if self.marker.stands_alone() { 2 } else { 4 }
    }
}

/// A walk over the segments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segments<'a> {
    rest: &'a [u8],
}

impl<'a> Segments<'a> {
    /// The segments of a picture, its SOI marker being the first.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next segment. Bytes before its marker are passed over, as every decoder does.
    pub(super) fn next_segment(&mut self) -> Result<Segment<'a>, Flaw> {
        self.take_segment().ok_or("the end marker is missing")
    }

    /// The bytes behind the last segment: after SOS, the entropy-coded ones and all that follows.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Passes over bytes that are no segment.
    pub(super) fn skip(&mut self, len: usize) {
        self.rest = self.rest.get(len..).unwrap_or_default();
    }

    fn take_segment(&mut self) -> Option<Segment<'a>> {
        let at = self.rest.windows(2).position(is_marker)?;
        let (marker, rest) = self.rest.get(at + 1..)?.split_first()?;
        let marker = Marker(*marker);
        let len = match marker.stands_alone() {
            true => 0,
            false => usize::from(Endian::Big.u16(rest, 0)?),
        };
        let (segment, rest) = rest.split_at_checked(len)?;
        self.rest = rest;
        let payload = match marker.stands_alone() {
            true => segment,
            false => segment.get(2..)?,
        };
        Some(Segment { marker, payload })
    }
}

/// 0xFF 0x00 is a stuffed byte, and any number of 0xFF may stand before a marker.
fn is_marker(pair: &[u8]) -> bool {
    matches!(pair, [0xFF, second] if !matches!(second, 0x00 | 0xFF))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_come_in_their_order_without_their_length() {
        let bytes = [0xFF, 0xD8, 0xFF, 0xFF, 0xDD, 0, 4, 0, 9, 0xFF, 0xD9, 7];
        let mut segments = Segments::of(&bytes);
        let mut next = || {
            let segment = segments.next_segment().unwrap();
            (segment.marker, segment.payload.to_vec())
        };
        assert_eq!(next(), (Marker(0xD8), vec![]));
        assert_eq!(next(), (Marker::DRI, vec![0, 9]));
        assert_eq!(next(), (Marker::EOI, vec![]));
        assert_eq!(segments.rest(), [7]);
        assert!(segments.next_segment().is_err());
    }

    #[test]
    fn a_segment_that_is_cut_or_shorter_than_its_length_is_none() {
        for bytes in
            [&[0xFF][..], &[0xFF, 0xDD], &[0xFF, 0xDD, 0], &[0xFF, 0xDD, 0, 4, 0], &[0xFF, 0xDD, 0, 1, 0]]
        {
            assert!(Segments::of(bytes).next_segment().is_err(), "{bytes:?}");
        }
    }
}

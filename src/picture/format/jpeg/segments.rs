//! The marker segments of a JPEG (T.81, annex B).

use crate::format::Reason;
use crate::format::endian::Endian;

/// The second byte of a marker; the first is 0xFF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marker(pub(super) u8);

impl Marker {
    /// The end of the picture.
    pub(super) const EOI: Self = Self(0xD9);
    /// The start of a scan. Entropy-coded data follows the segment.
    pub(super) const SOS: Self = Self(0xDA);
    /// Application data 0: JFIF.
    pub(super) const APP0: Self = Self(0xE0);
    /// Application data 1: EXIF and XMP.
    pub(super) const APP1: Self = Self(0xE1);
    /// Application data 2: ICC profiles and further pictures.
    pub(super) const APP2: Self = Self(0xE2);
    /// Application data 14: Adobe's color transform.
    pub(super) const APP14: Self = Self(0xEE);
    /// A comment.
    pub(super) const COM: Self = Self(0xFE);

    /// Whether the segment is the frame header of one of the 13 processes.
    pub(super) fn is_frame(self) -> bool {
        matches!(self.0, 0xC0..=0xCF) && !matches!(self.0, 0xC4 | 0xC8 | 0xCC)
    }

    /// Whether the segment is application data.
    pub(super) fn is_application_data(self) -> bool {
        matches!(self.0, 0xE0..=0xEF)
    }

    /// Whether the marker has no segment, and so no length.
    pub(super) fn is_standalone(self) -> bool {
        matches!(self.0, 0x01 | 0xD0..=0xD9)
    }
}

/// A marker and the payload of its segment, without the length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) marker: Marker,
    pub(super) payload: &'a [u8],
}

impl Segment<'_> {
    /// The number of bytes, including the marker and the length.
    pub(super) fn len(&self) -> usize {
        self.payload.len() + if self.marker.is_standalone() { 2 } else { 4 }
    }
}

/// Iterates over segments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segments<'a> {
    rest: &'a [u8],
}

impl<'a> Segments<'a> {
    /// The segments of a picture, from the SOI marker on.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Returns the next segment. Skips bytes before its marker, as decoders do.
    pub(super) fn next_segment(&mut self) -> Result<Segment<'a>, Reason> {
        self.take_segment().ok_or("the end marker is missing")
    }

    /// The bytes after the last segment: after SOS, the entropy-coded data and everything that follows.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Skips bytes.
    pub(super) fn skip(&mut self, len: usize) {
        self.rest = self.rest.get(len..).unwrap_or_default();
    }

    fn take_segment(&mut self) -> Option<Segment<'a>> {
        let at = self.rest.windows(2).position(is_marker)?;
        let (marker, rest) = self.rest.get(at + 1..)?.split_first()?;
        let marker = Marker(*marker);
        if marker.is_standalone() {
            self.rest = rest;
            return Some(Segment { marker, payload: &[] });
        }
        let len = usize::from(Endian::Big.u16(rest, 0)?);
        let (segment, rest) = rest.split_at_checked(len)?;
        self.rest = rest;
        let payload = segment.get(2..)?;
        Some(Segment { marker, payload })
    }
}

/// Whether a pair of bytes is a marker. FF 00 is a stuffed byte, and FF FF are fill bytes before a marker.
fn is_marker(pair: &[u8]) -> bool {
    matches!(pair, [0xFF, second] if !matches!(second, 0x00 | 0xFF))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_read_in_order_without_their_lengths() {
        let bytes = [0xFF, 0xD8, 0xFF, 0xFF, 0xDD, 0, 4, 0, 9, 0xFF, 0xD9, 7];
        let mut segments = Segments::of(&bytes);
        let mut next = || {
            let segment = segments.next_segment().unwrap();
            (segment.marker, segment.payload.to_vec())
        };
        assert_eq!(next(), (Marker(0xD8), vec![]));
        assert_eq!(next(), (Marker(0xDD), vec![0, 9]));
        assert_eq!(next(), (Marker::EOI, vec![]));
        assert_eq!(segments.rest(), [7]);
        assert!(segments.next_segment().is_err());
    }

    #[test]
    fn a_truncated_segment_or_an_invalid_length_is_an_error() {
        for bytes in
            [&[0xFF][..], &[0xFF, 0xDD], &[0xFF, 0xDD, 0], &[0xFF, 0xDD, 0, 4, 0], &[0xFF, 0xDD, 0, 1, 0]]
        {
            assert!(Segments::of(bytes).next_segment().is_err(), "{bytes:?}");
        }
    }
}

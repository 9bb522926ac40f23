//! Where the samples of a TIFF are: strips or tiles, of all channels or of one each.

use seededit_resize::Size;

use super::unsupported;
use crate::codec::image_crate::limits_with_pixels;
use crate::decode::DecodeError;
use crate::format::ifd::Ifd;
use crate::format::{Format, tiff as tags};

/// The strips or tiles of a picture.
pub(super) struct Chunks<'a> {
    file: &'a [u8],
    size: Size,
    /// The size of all chunks, except for a last strip with fewer rows.
    pub(super) chunk: Size,
    are_tiles: bool,
    /// The channels of a pixel in a chunk: 1 if each channel has chunks of its own.
    pub(super) channels: usize,
    planes: usize,
    offsets: Vec<u32>,
    /// The lengths of compressed chunks. Old files lack them.
    lengths: Vec<u32>,
}

/// A strip or a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk<'a> {
    /// The compressed samples.
    pub(super) bytes: &'a [u8],
    pub(super) plane: usize,
    pub(super) left: usize,
    pub(super) top: usize,
    /// The number of rows that are stored, of which some may be beyond the picture.
    pub(super) rows: usize,
}

impl<'a> Chunks<'a> {
    pub(super) fn of(file: &'a [u8], ifd: Ifd<'_>, size: Size) -> Result<Self, DecodeError> {
        let missing = |reason| DecodeError::Incomplete { format: Format::Tiff, reason };
        let channels = ifd.value(tags::SAMPLES_PER_PIXEL).unwrap_or(1).max(1) as usize;
        let is_planar = channels > 1 && ifd.value(tags::PLANAR_CONFIGURATION) == Some(2);
        let are_tiles = ifd.field(tags::TILE_WIDTH).is_some();
        let (chunk, offsets, lengths) = if are_tiles {
            let sides = ifd.value(tags::TILE_WIDTH).zip(ifd.value(tags::TILE_LENGTH));
            let (width, height) = sides.ok_or(missing("the size of its tiles is missing"))?;
            // Old files have the tags of strips.
            let (offsets, lengths) = if ifd.field(tags::TILE_OFFSETS).is_some() {
                (tags::TILE_OFFSETS, tags::TILE_BYTE_COUNTS)
            } else {
                (tags::STRIP_OFFSETS, tags::STRIP_BYTE_COUNTS)
            };
            (Size { width, height }, offsets, lengths)
        } else {
            let rows = ifd.value(tags::ROWS_PER_STRIP).unwrap_or(u32::MAX).min(size.height);
            (Size { width: size.width, height: rows }, tags::STRIP_OFFSETS, tags::STRIP_BYTE_COUNTS)
        };
        if chunk.pixels() == 0 {
            return Err(missing("a strip or tile has no pixels"));
        }
        let chunks = Chunks {
            file,
            size,
            chunk,
            are_tiles,
            channels: if is_planar { 1 } else { channels },
            planes: if is_planar { channels } else { 1 },
            offsets: ifd.values(offsets).ok_or(missing("its strips or tiles are missing"))?,
            lengths: ifd.values(lengths).unwrap_or_default(),
        };
        if chunks.offsets.len() < chunks.count() {
            return Err(missing("some of its strips or tiles are missing"));
        }
        chunks.ensure_memory(channels, ifd.value(tags::BITS_PER_SAMPLE).unwrap_or(1))?;
        Ok(chunks)
    }

    /// Limits the memory for all channels, and for a tile, which may be larger than the picture.
    fn ensure_memory(&self, channels: usize, bits: u32) -> Result<(), DecodeError> {
        let max = limits_with_pixels(self.size).max_alloc.unwrap_or(u64::MAX);
        let bytes = |size: Size| size.pixels().saturating_mul(channels as u64 * u64::from(bits.div_ceil(8)));
        if bytes(self.size) > max || bytes(self.chunk) > max {
            return Err(unsupported(format!("{channels} channels of {bits} bits")));
        }
        Ok(())
    }

    fn across(&self) -> usize {
        self.size.width.div_ceil(self.chunk.width) as usize
    }

    fn per_plane(&self) -> usize {
        self.across() * self.size.height.div_ceil(self.chunk.height) as usize
    }

    fn count(&self) -> usize {
        self.per_plane() * self.planes
    }

    /// All chunks. Those that the file does not contain are errors.
    pub(super) fn iter(&self) -> impl Iterator<Item = Result<Chunk<'a>, DecodeError>> {
        (0..self.count()).map(|index| {
            let (plane, at) = (index / self.per_plane(), index % self.per_plane());
            let top = at / self.across() * self.chunk.height as usize;
            let rows = if self.are_tiles {
                self.chunk.height as usize
            } else {
                (self.chunk.height as usize).min(self.size.height as usize - top)
            };
            let bytes = self.bytes(index).ok_or(DecodeError::Incomplete {
                format: Format::Tiff,
                reason: "it ends before its pixels",
            })?;
            Ok(Chunk { bytes, plane, left: at % self.across() * self.chunk.width as usize, top, rows })
        })
    }

    fn bytes(&self, index: usize) -> Option<&'a [u8]> {
        let rest = self.file.get(self.offsets[index] as usize..)?;
        match self.lengths.get(index) {
            Some(length) if *length > 0 => rest.get(..*length as usize),
            _ => Some(rest),
        }
    }
}

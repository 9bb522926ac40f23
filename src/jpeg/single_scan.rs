//! A sequential picture with one scan: where the data of each few MCUs is, so that any of them can be read again.
//!
//! Almost all photos are such pictures. Their coefficients need no memory.

use std::ops::Range;

use crate::bits::BitReader;
use crate::coefficients::McuRow;
use crate::entropy::EntropyDecoder;
use crate::entropy::sequential::{Ac, Cursor, Sequential};
use crate::error::Error;
use crate::frame::Frame;
use crate::huffman::{Codes, Meaning, Tables};
use crate::layout::{Layout, Scan};
use crate::reader::{CoefficientSink, Jpeg};
use crate::segments::{Marker, Segments};

/// The most MCUs of a piece. An edit costs as much as the pieces that it lies in, and each one takes memory. The pictures of
/// our tests are small.
const PIECE: usize = if cfg!(test) { 2 } else { 32 };

const DAMAGED: Error = Error::Damaged("the image data is damaged");

/// A scan that was read once.
pub(crate) struct SingleScan<'a> {
    bytes: &'a [u8],
    frame: Frame,
    tables: Tables,
    /// A decoder at no place in particular.
    decoder: Sequential<'a>,
    pub(crate) layout: Layout,
    pub(crate) pieces: Vec<Piece<'a>>,
}

/// At most [`PIECE`] consecutive MCUs of a row without a restart marker between them.
pub(crate) struct Piece<'a> {
    /// The index of the row.
    pub(crate) row: usize,
    /// The indices of the MCUs in the row.
    pub(crate) mcus: Range<usize>,
    /// The number of the restart marker before it.
    pub(crate) restart: Option<u8>,
    /// Where its data begins and ends.
    pub(crate) start: Cursor<'a>,
    pub(crate) end: Cursor<'a>,
}

impl<'a> SingleScan<'a> {
    /// Reads the only scan of a picture, and hands its rows to a sink. Returns `None` for other pictures.
    ///
    /// # Errors
    /// If the data is damaged in any way.
    pub(crate) fn read(jpeg: &Jpeg<'a>, sink: &mut impl CoefficientSink) -> Result<Option<Self>, Error> {
        let frame = jpeg.frame();
        let header = jpeg.first_scan();
        let is_single = header.components.len() == frame.components.len();
        if frame.process.is_progressive || frame.process.is_arithmetic || !is_single {
            return Ok(None);
        }
        sink.start(&jpeg.steps()?);
        let data_at = jpeg.data_at();
        let restart_interval = jpeg.restart_interval();
        let scan = Scan { segments: 0..data_at, header: header.clone(), restart_interval };
        let mut read = Self {
            bytes: jpeg.bytes(),
            frame: frame.clone(),
            tables: jpeg.tables().clone(),
            decoder: decoder(jpeg)?,
            layout: Layout { scans: vec![scan], end: 0 },
            pieces: Vec::new(),
        };
        let mut decoder = read.decoder.clone();
        decoder.restart(data_at);
        let (mut restart, mut until_restart) = (0, restart_interval);
        for row in 0..frame.mcu_rows() {
            let mut mcus = 0..read.mcus(row);
            let mut blocks = McuRow::zeros(frame);
            while !mcus.is_empty() {
                let mut marker = None;
                if restart_interval > 0 && until_restart == 0 {
                    decoder.restart(read.pass_restart(&decoder, restart)?);
                    marker = Some(restart);
                    (restart, until_restart) = ((restart + 1) % 8, restart_interval);
                }
                let count = mcus.len().min(PIECE);
                let count = if restart_interval > 0 { count.min(until_restart) } else { count };
                let part = mcus.start..mcus.start + count;
                (mcus.start, until_restart) = (part.end, until_restart.saturating_sub(count));
                let start = decoder.cursor();
                part.clone().for_each(|mcu| read.decode(&mut decoder, &mut blocks, mcu));
                if decoder.is_damaged() || decoder.is_exhausted() {
                    return Err(DAMAGED);
                }
                read.pieces.push(Piece { row, mcus: part, restart: marker, start, end: decoder.cursor() });
            }
            sink.row(row, blocks);
        }
        read.layout.end = decoder.position();
        Ok(Some(read))
    }

    /// Reads a row of MCUs again, as far as it has blocks in some columns of MCUs. The blocks of other pieces are zeros.
    pub(crate) fn row(&self, row: usize, columns: &Range<usize>) -> Option<McuRow> {
        let first = self.pieces.partition_point(|piece| piece.row < row);
        let pieces = self.pieces.get(first..)?.iter().take_while(|piece| piece.row == row);
        let mut decoder = self.decoder.clone();
        let mut blocks = (row < self.frame.mcu_rows()).then(|| McuRow::zeros(&self.frame))?;
        for piece in pieces.filter(|piece| self.is_within(piece, columns)) {
            self.read_piece(piece, &mut decoder, &mut blocks);
        }
        Some(blocks)
    }

    /// Reads a piece again. All other blocks of its row are zeros.
    pub(crate) fn piece(&self, piece: &Piece<'a>) -> McuRow {
        let mut blocks = McuRow::zeros(&self.frame);
        self.read_piece(piece, &mut self.decoder.clone(), &mut blocks);
        blocks
    }

    fn read_piece(&self, piece: &Piece<'a>, decoder: &mut Sequential<'a>, blocks: &mut McuRow) {
        decoder.resume(&piece.start);
        piece.mcus.clone().for_each(|mcu| self.decode(decoder, blocks, mcu));
    }

    /// Whether a piece may have blocks in some columns of MCUs.
    pub(crate) fn is_within(&self, piece: &Piece<'_>, columns: &Range<usize>) -> bool {
        let (start, end) = match self.frame.components[..] {
            // Each block is an MCU.
            [single] if single.vertical == 1 => {
                (columns.start * single.horizontal, columns.end * single.horizontal)
            }
            [_] => return true,
            _ => (columns.start, columns.end),
        };
        piece.mcus.start < end && start < piece.mcus.end
    }

    /// The codes of each component: DC and AC.
    pub(crate) fn codes(&self) -> impl Iterator<Item = (u8, Option<Codes>, u8, Option<Codes>)> {
        self.layout.scans.iter().flat_map(|scan| &scan.header.components).map(|component| {
            let (dc, ac) = (component.dc_slot, component.ac_slot);
            (dc, self.tables.codes(Meaning::Dc, dc), ac, self.tables.codes(Meaning::Ac, ac))
        })
    }

    /// The number of MCUs in a row: blocks, if there is only one component.
    fn mcus(&self, row: usize) -> usize {
        match self.frame.components[..] {
            [single] => {
                let rows = single.rows_used().saturating_sub(row * single.vertical).min(single.vertical);
                rows * single.columns_used()
            }
            _ => self.frame.mcu_columns(),
        }
    }

    /// Calls `visit` with each block of an MCU: the index of its component in the scan and in the frame, and that of the
    /// block in its row of MCUs.
    #[inline(always)]
    pub(crate) fn for_each_block(&self, mcu: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let Some(scan) = self.layout.scans.first() else { return };
        if let [single] = self.frame.components[..] {
            let used = single.columns_used().max(1);
            visit(0, 0, mcu / used * single.columns + mcu % used);
            return;
        }
        for (at, scanned) in scan.header.components.iter().enumerate() {
            let component = &self.frame.components[scanned.index];
            for down in 0..component.vertical {
                let first = down * component.columns + mcu * component.horizontal;
                (first..first + component.horizontal).for_each(|block| visit(at, scanned.index, block));
            }
        }
    }

    fn decode(&self, decoder: &mut Sequential<'a>, row: &mut McuRow, mcu: usize) {
        self.for_each_block(mcu, |at, index, block| {
            let Some(rows) = row.components.get_mut(index) else { return };
            if let (Some(block), Some(last)) = (rows.blocks.get_mut(block), rows.last.get_mut(block)) {
                decoder.block(at, block, last);
            }
        });
    }

    /// The offset behind the restart marker that is due.
    fn pass_restart(&self, decoder: &Sequential<'a>, number: u8) -> Result<usize, Error> {
        let mut segments = Segments::of(self.bytes);
        segments.position = decoder.position();
        let marker = segments.next_marker().and_then(Marker::restart);
        let is_due = marker == Some(number) && !segments.skipped && !decoder.has_unread_bytes();
        if is_due { Ok(segments.position) } else { Err(DAMAGED) }
    }
}

/// A decoder with the tables of the only scan.
fn decoder<'a>(jpeg: &Jpeg<'a>) -> Result<Sequential<'a>, Error> {
    let mut tables = jpeg.tables().clone();
    let tables = jpeg.first_scan().components.iter().map(|component| {
        let dc = tables.table(Meaning::Dc, component.dc_slot)?;
        Ok((dc, Ac::Decoded(tables.table(Meaning::Ac, component.ac_slot)?)))
    });
    Ok(Sequential::new(jpeg.bytes(), tables.collect::<Result<_, Error>>()?))
}

impl<'a> Piece<'a> {
    /// Its data: where it begins, and the number of bits.
    pub(crate) fn data(&self) -> (BitReader<'a>, u64) {
        (self.start.bits, self.start.bits.bits_until(&self.end.bits))
    }
}

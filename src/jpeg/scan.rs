//! A scan: its header, and the order of its blocks (T.81, annexes A.2 and B.2.3).

use crate::coefficients::McuRow;
use crate::entropy::EntropyDecoder;
use crate::error::{Error, Report};
use crate::frame::{Component, Frame};
use crate::segments::{Marker, Segments};

const DAMAGED: Error = Error::Damaged("a scan header is damaged");

/// The coefficients of a scan in zigzag order, and their bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Band {
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// The number of low bits that are missing before this scan: Ah in T.81. 0 in the first scan of a coefficient.
    pub(crate) high: u8,
    /// The number of low bits that are missing after this scan: Al in T.81.
    pub(crate) low: u8,
}

/// A component of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScanComponent {
    /// Its index in the frame.
    pub(crate) index: usize,
    pub(crate) dc_slot: u8,
    pub(crate) ac_slot: u8,
}

/// A scan header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ScanHeader {
    pub(crate) components: Vec<ScanComponent>,
    pub(crate) band: Band,
}

impl ScanHeader {
    /// Parses the payload of an SOS segment.
    ///
    /// Several components may have the same id: the next one is meant.
    pub(crate) fn parse(payload: &[u8], frame: &Frame) -> Result<Self, Error> {
        let (&count, rest) = payload.split_first().ok_or(DAMAGED)?;
        let (selectors, fields) = rest.split_at_checked(2 * usize::from(count)).ok_or(DAMAGED)?;
        if !(1..=frame.components.len()).contains(&usize::from(count)) {
            return Err(DAMAGED);
        }
        let mut components: Vec<ScanComponent> = Vec::with_capacity(frame.components.len());
        for [id, slots] in selectors.as_chunks().0 {
            let is_free = |index: usize| components.iter().all(|component| component.index != index);
            let index = (0..frame.components.len())
                .find(|&index| frame.components[index].id == *id && is_free(index))
                .ok_or(DAMAGED)?;
            components.push(ScanComponent { index, dc_slot: slots >> 4, ac_slot: slots & 15 });
        }
        let &[first, last, approximation, ..] = fields else { return Err(DAMAGED) };
        let band = if frame.process.is_progressive {
            Band { first: first.into(), last: last.into(), high: approximation >> 4, low: approximation & 15 }
        } else {
            // The fields of a sequential scan have no meaning, and not all encoders set them.
            Band { first: 0, last: 63, high: 0, low: 0 }
        };
        if frame.process.is_progressive && !band.is_valid(components.len()) {
            return Err(DAMAGED);
        }
        Ok(Self { components, band })
    }
}

impl Band {
    fn is_valid(&self, components: usize) -> bool {
        let is_band = match self.first {
            0 => self.last == 0,
            _ => (self.first..=63).contains(&self.last) && components == 1,
        };
        is_band && self.low <= 13 && (self.high == 0 || self.high == self.low + 1)
    }
}

/// Where the coefficients of a scan go.
pub(crate) trait RowTarget {
    /// Lends the row of MCUs at an index.
    fn row(&mut self, index: usize) -> &mut McuRow;

    /// Takes note that the scan is finished with a row.
    fn finish(&mut self, index: usize);

    /// Whether the AC coefficients of a component of the frame are read. Otherwise they may stay zeros.
    fn needs_ac(&self, _: usize) -> bool {
        true
    }
}

/// Reads a scan of a frame.
pub(crate) struct ScanReader<'a, D> {
    pub(crate) bytes: &'a [u8],
    pub(crate) frame: &'a Frame,
    pub(crate) header: &'a ScanHeader,
    pub(crate) decoder: D,
    /// The number of MCUs between restart markers, or 0.
    pub(crate) restart_interval: usize,
}

/// The progress in a scan.
struct Progress {
    /// The number of MCUs before the next restart marker.
    until_restart: usize,
    /// The number of the next restart marker.
    restart: u8,
    /// Whether there is data for the next MCU.
    has_data: bool,
}

impl<D: EntropyDecoder> ScanReader<'_, D> {
    /// Reads the scan whose data begins at an offset. Returns the offset of its end: of the next marker, or before.
    ///
    /// Reads all rows whatever the data is: blocks without data stay as they are.
    pub(crate) fn read(
        &mut self,
        position: usize,
        target: &mut impl RowTarget,
        report: &mut Report,
    ) -> usize {
        self.decoder.restart(position);
        let mut progress = Progress {
            until_restart: match self.restart_interval {
                0 => usize::MAX,
                interval => interval,
            },
            restart: 0,
            has_data: true,
        };
        for index in 0..self.frame.mcu_rows() {
            let intact_rows = (index * self.frame.mcu_height()) as u32;
            let row = target.row(index);
            match self.header.components[..] {
                [single] => {
                    let component = &self.frame.components[single.index];
                    self.read_rows_of_one(component, single.index, index, row, &mut progress, report);
                }
                _ => self.read_mcus(row, &mut progress, report, intact_rows),
            }
            if !progress.has_data {
                report.damaged("the image data is truncated", intact_rows);
            }
            if self.decoder.is_damaged() {
                report.damaged("a block of coefficients is invalid", intact_rows);
            }
            target.finish(index);
        }
        report.has_junk |= self.decoder.has_unread_bytes();
        self.decoder.position()
    }

    /// Reads a row of MCUs of several components.
    fn read_mcus(
        &mut self,
        row: &mut McuRow,
        progress: &mut Progress,
        report: &mut Report,
        intact_rows: u32,
    ) {
        for column in 0..self.frame.mcu_columns() {
            self.begin_mcu(progress, report, intact_rows);
            if !progress.has_data {
                continue;
            }
            for (at, scanned) in self.header.components.iter().enumerate() {
                let component = &self.frame.components[scanned.index];
                let Some(rows) = row.components.get_mut(scanned.index) else { continue };
                for down in 0..component.vertical {
                    let first = down * component.columns + column * component.horizontal;
                    let range = first..first + component.horizontal;
                    let blocks = rows.blocks.get_mut(range.clone()).unwrap_or_default();
                    let lasts = rows.last.get_mut(range).unwrap_or_default();
                    for (block, last) in blocks.iter_mut().zip(lasts) {
                        self.decoder.block(at, block, last);
                    }
                }
            }
            progress.has_data = !self.decoder.is_exhausted();
        }
    }

    /// Reads the blocks of a scan of one component that lie in a row of MCUs. Each block is an MCU of its own.
    fn read_rows_of_one(
        &mut self,
        component: &Component,
        index: usize,
        mcu_row: usize,
        row: &mut McuRow,
        progress: &mut Progress,
        report: &mut Report,
    ) {
        let Some(rows) = row.components.get_mut(index) else { return };
        let rows_left = component.rows_used().saturating_sub(mcu_row * component.vertical);
        let columns = component.columns.max(1);
        let lines = rows.blocks.chunks_exact_mut(columns).zip(rows.last.chunks_exact_mut(columns));
        for (blocks, lasts) in lines.take(rows_left.min(component.vertical)) {
            for (block, last) in blocks.iter_mut().zip(lasts).take(component.columns_used()) {
                self.begin_mcu(progress, report, (mcu_row * self.frame.mcu_height()) as u32);
                if progress.has_data {
                    self.decoder.block(0, block, last);
                    progress.has_data = !self.decoder.is_exhausted();
                }
            }
        }
    }

    /// Passes a restart marker, if one is due.
    #[inline(always)]
    fn begin_mcu(&mut self, progress: &mut Progress, report: &mut Report, intact_rows: u32) {
        if progress.until_restart == 0 {
            self.pass_restart(progress, report, intact_rows);
        }
        progress.until_restart -= 1;
    }

    /// Looks for the next restart marker, and resumes where libjpeg does if it is another one.
    #[cold]
    fn pass_restart(&mut self, progress: &mut Progress, report: &mut Report, intact_rows: u32) {
        let expected = progress.restart;
        progress.restart = (progress.restart + 1) % 8;
        progress.until_restart = self.restart_interval;

        if !progress.has_data {
            report.damaged("the image data is truncated", intact_rows);
        }
        if self.decoder.has_unread_bytes() {
            report.damaged("there is too much image data before a restart marker", intact_rows);
        }
        let mut segments = Segments::of(self.bytes);
        segments.position = self.decoder.position();
        loop {
            let marker = segments.next_marker();
            let before = if marker.is_some() { segments.position - 2 } else { self.bytes.len() };
            if segments.skipped {
                report.damaged("there are extra bytes before a restart marker", intact_rows);
            }
            if marker.and_then(Marker::restart) != Some(expected) {
                report.damaged("a restart marker is missing", intact_rows);
            }
            match marker.map(|marker| (marker, marker.restart())) {
                // How many restart markers ahead of the expected one.
                Some((_, Some(number))) => match (number + 8 - expected) % 8 {
                    // The following ones: the expected one is lost, and so are its MCUs.
                    1 | 2 => {
                        self.decoder.restart(before);
                        return;
                    }
                    // The previous ones.
                    6 | 7 => {}
                    // The expected one, or one that is so far away that it is taken for it.
                    _ => {
                        self.decoder.restart(segments.position);
                        progress.has_data = true;
                        return;
                    }
                },
                // Not the marker of a segment.
                Some((Marker(..0xC0), None)) => {}
                _ => {
                    self.decoder.restart(before);
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(is_progressive: bool) -> Frame {
        let marker = Marker(if is_progressive { 0xC2 } else { 0xC0 });
        let payload = [8, 0, 16, 0, 16, 3, 1, 0x22, 0, 7, 0x11, 1, 7, 0x11, 1];
        Frame::parse(marker, &payload, || None, 1000).unwrap()
    }

    #[test]
    fn components_with_the_same_id_are_taken_in_turn() {
        let header = ScanHeader::parse(&[3, 1, 0, 7, 0x11, 7, 0x11, 0, 63, 0], &frame(false)).unwrap();
        assert_eq!(header.components.iter().map(|component| component.index).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(ScanHeader::parse(&[2, 1, 0, 1, 0x11, 0, 63, 0], &frame(false)).is_err());
    }

    #[test]
    fn invalid_bands_are_refused_in_progressive_pictures_only() {
        for (count, fields) in [
            (1, [0, 63, 0]),
            (1, [5, 4, 0]),
            (1, [1, 64, 0]),
            (3, [1, 63, 0]),
            (1, [0, 0, 0x31]),
            (1, [0, 0, 0x0E]),
        ] {
            let ids = [1, 0, 7, 0, 7, 0];
            let payload = [&[count], &ids[..2 * usize::from(count)], &fields].concat();
            assert!(ScanHeader::parse(&payload, &frame(true)).is_err(), "{fields:?}");
            assert!(ScanHeader::parse(&payload, &frame(false)).is_ok(), "{fields:?}");
        }
    }
}

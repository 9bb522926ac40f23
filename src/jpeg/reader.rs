//! Reads the headers of a picture, and the coefficients of all its scans.

use crate::coefficients::McuRow;
use crate::color::{ColorMarkers, ColorModel};
use crate::entropy::arithmetic::{Arithmetic, Conditioning};
use crate::entropy::progressive::{Coding, Progressive};
use crate::entropy::sequential::{Ac, Sequential};
use crate::error::{Error, Report};
use crate::frame::Frame;
use crate::huffman::{Meaning, Tables};
use crate::layout::{Layout, Scan};
use crate::progression::Progression;
use crate::quantization::{QuantizationTables, Steps, quality};
use crate::scan::{RowTarget, ScanHeader, ScanReader};
use crate::segments::{Marker, Segment, Segments};

/// The most scans that are read. Encoders write about ten; many more would only take time.
const MAX_SCANS: usize = 100;

/// Receives the coefficients of a picture.
pub trait CoefficientSink {
    /// Takes the quantization steps of each component, once, before the first row.
    fn start(&mut self, steps: &[Steps]);

    /// Takes a row of MCUs. Rows come in order, each once.
    fn row(&mut self, index: usize, row: McuRow);

    /// Whether it uses the AC coefficients of a component of the frame. Otherwise they may be zeros.
    fn needs_ac(&self, _component: usize) -> bool {
        true
    }
}

/// Drops coefficients.
impl CoefficientSink for () {
    fn start(&mut self, _: &[Steps]) {}

    fn row(&mut self, _: usize, _: McuRow) {}
}

/// A JPEG whose headers were read, up to the first scan.
#[derive(Clone, Debug)]
pub struct Jpeg<'a> {
    bytes: &'a [u8],
    frame: Frame,
    markers: ColorMarkers,
    /// The state before the first scan.
    state: State,
    first_scan: ScanHeader,
    /// The offset of the data of the first scan.
    data_at: usize,
    has_junk: bool,
}

/// What segments between scans may change.
#[derive(Clone, Debug, Default)]
struct State {
    tables: Tables,
    quantization: QuantizationTables,
    conditioning: Conditioning,
    restart_interval: usize,
}

impl State {
    /// Takes note of a segment. Ignores those that do not matter for coefficients.
    fn read(&mut self, segment: &Segment<'_>) -> Result<(), Error> {
        match segment.marker {
            Marker::DHT => self.tables.define(segment.payload),
            Marker::DAC => self.conditioning.define(segment.payload),
            Marker::DQT => self.quantization.define(segment.payload),
            Marker::DRI => {
                let interval =
                    segment.payload.first_chunk().ok_or(Error::Damaged("a segment is too short"))?;
                self.restart_interval = usize::from(u16::from_be_bytes(*interval));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl<'a> Jpeg<'a> {
    /// Reads the headers. Allocates no memory for pixels.
    ///
    /// # Errors
    /// If there is no frame header or no scan, for kinds that are not decoded, and for more than `max_pixels`.
    pub fn parse(bytes: &'a [u8], max_pixels: u64) -> Result<Self, Error> {
        let mut segments = Segments::of(bytes);
        if !bytes.starts_with(&[0xFF, Marker::SOI.0]) {
            return Err(Error::Damaged("the start marker is missing"));
        }
        segments.position = 2;
        let mut state = State::default();
        let mut markers = ColorMarkers::default();
        let mut frame = None;
        loop {
            let segment = segments.next_segment()?.ok_or(Error::Damaged("the image data is missing"))?;
            match segment.marker {
                Marker::EOI => return Err(Error::Damaged("the image data is missing")),
                Marker::APP0 => markers.read_app0(segment.payload),
                Marker::APP14 => markers.read_app14(segment.payload),
                Marker::SOS => {
                    let frame = frame.ok_or(Error::Damaged("a scan comes before the frame header"))?;
                    let first_scan = ScanHeader::parse(segment.payload, &frame)?;
                    let (data_at, has_junk) = (segments.position, segments.skipped);
                    return Ok(Self { bytes, frame, markers, state, first_scan, data_at, has_junk });
                }
                marker if marker.is_frame() || matches!(marker, Marker::DHP | Marker::SOF55) => {
                    if frame.is_some() {
                        return Err(Error::Damaged("there are two frame headers"));
                    }
                    let rest = bytes.get(segments.position..).unwrap_or_default();
                    frame = Some(Frame::parse(marker, segment.payload, || lines(rest), max_pixels)?);
                }
                marker if marker.is_standalone() => {
                    return Err(Error::Damaged("a marker is in the wrong place"));
                }
                _ => state.read(&segment)?,
            }
        }
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn first_scan(&self) -> &ScanHeader {
        &self.first_scan
    }

    /// The offset of the data of the first scan.
    pub(crate) fn data_at(&self) -> usize {
        self.data_at
    }

    /// The number of MCUs between restart markers in the first scan, or 0.
    pub(crate) fn restart_interval(&self) -> usize {
        self.state.restart_interval
    }

    /// The Huffman tables of the first scan.
    pub(crate) fn tables(&self) -> &Tables {
        &self.state.tables
    }

    /// The quantization steps of each component, if all tables are defined before the first scan.
    pub(crate) fn steps(&self) -> Result<Vec<Steps>, Error> {
        let table = |slot| self.state.quantization.get(slot).copied();
        let steps = self.frame.components.iter().map(|component| table(component.quantization_slot));
        steps.collect::<Option<_>>().ok_or(Error::Damaged("a quantization table is missing"))
    }

    /// The quality, from 1 to 100, at which the common encoders quantize luma about as coarsely. Returns `None` if the
    /// table of the first component is defined after the first scan.
    #[must_use]
    pub fn quality(&self) -> Option<u8> {
        self.state.quantization.get(self.frame.components.first()?.quantization_slot).map(quality)
    }

    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The markers that tell color models apart.
    #[must_use]
    pub fn color_markers(&self) -> ColorMarkers {
        self.markers
    }

    #[must_use]
    pub fn color_model(&self) -> ColorModel {
        self.markers.model(&self.frame)
    }

    /// The number of bytes of the decoded picture: as many bytes for each pixel as there are components.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.frame.width * self.frame.height * self.frame.components.len()
    }

    /// Reads the coefficients of all scans.
    ///
    /// A picture with one scan takes memory for a row of MCUs, others for all coefficients. The sink receives all rows,
    /// whatever is damaged.
    ///
    /// # Errors
    /// If a scan cannot be read at all: a table is missing, or its header is damaged.
    pub fn read_coefficients(&self, sink: &mut impl CoefficientSink) -> Result<Report, Error> {
        if !self.has_single_scan() {
            return self.read_all_scans(sink);
        }
        sink.start(&self.steps()?);
        self.read_single_scan(&mut Streamed {
            frame: &self.frame,
            row: McuRow { components: Vec::new() },
            sink,
        })
    }

    /// Reads the codes of all scans to their ends, as [`Jpeg::read_coefficients`] does, and computes as little of the
    /// coefficients as that takes. The report is the same, except for the words about damage at a restart marker.
    ///
    /// # Errors
    /// As [`Jpeg::read_coefficients`].
    pub fn check(&self) -> Result<Report, Error> {
        if !self.has_single_scan() {
            return self.read_all_scans(&mut ());
        }
        self.steps()?;
        self.read_single_scan(&mut Unused(McuRow::zeros(&self.frame)))
    }

    /// Whether its only scan has all coefficients.
    fn has_single_scan(&self) -> bool {
        !self.frame.process.is_progressive && self.first_scan.components.len() == self.frame.components.len()
    }

    /// Reads the only scan, and what follows it.
    fn read_single_scan(&self, target: &mut impl RowTarget) -> Result<Report, Error> {
        let mut report = Report { has_junk: self.has_junk, ..Report::default() };
        let mut state = self.state.clone();
        let Self { bytes, frame, first_scan, data_at, .. } = self;
        let end = read_scan(bytes, frame, &mut state, first_scan, *data_at, target, &mut report)?;
        let mut segments = Segments::of(self.bytes);
        segments.position = end;
        // Nothing after the only scan changes pixels.
        loop {
            match segments.next_segment() {
                Ok(Some(Segment { marker: Marker::EOI, .. })) => break,
                Ok(Some(segment)) if !matches!(segment.marker, Marker::SOI | Marker::SOS) => {}
                _ => {
                    report.is_end_missing = true;
                    break;
                }
            }
        }
        report.has_junk |= segments.skipped;
        report.uses_standard_tables = state.tables.uses_standard;
        Ok(report)
    }

    fn read_all_scans(&self, sink: &mut impl CoefficientSink) -> Result<Report, Error> {
        let AllScans { steps, rows, report, .. } = self.collect()?;
        sink.start(&steps);
        rows.into_iter().enumerate().for_each(|(index, row)| sink.row(index, row));
        Ok(report)
    }

    /// Reads the coefficients of all scans into memory.
    pub(crate) fn collect(&self) -> Result<AllScans, Error> {
        let mut report = Report { has_junk: self.has_junk, ..Report::default() };
        let mut state = self.state.clone();
        let mut target =
            Collected { rows: (0..self.frame.mcu_rows()).map(|_| McuRow::zeros(&self.frame)).collect() };
        let mut steps: Vec<Option<Steps>> = vec![None; self.frame.components.len()];
        let mut progression = Progression::new(&self.frame);
        let mut layout = Layout::default();
        let mut segments = Segments::of(self.bytes);
        segments.position = self.data_at;
        let mut scan = self.first_scan.clone();
        for _ in 0..MAX_SCANS {
            progression.advance(&scan, &mut report);
            for component in &scan.components {
                let slot = self.frame.components[component.index].quantization_slot;
                let table =
                    state.quantization.get(slot).ok_or(Error::Damaged("a quantization table is missing"))?;
                steps[component.index].get_or_insert(*table);
            }
            let data_at = segments.position;
            segments.position =
                read_scan(self.bytes, &self.frame, &mut state, &scan, data_at, &mut target, &mut report)?;
            layout.scans.push(Scan {
                segments: layout.end..data_at,
                header: scan,
                restart_interval: state.restart_interval,
            });
            layout.end = segments.position;
            match next_scan(&mut segments, &mut state, &self.frame, &mut report) {
                Some(next) => scan = next,
                None => break,
            }
        }
        report.has_junk |= segments.skipped;
        report.uses_standard_tables = state.tables.uses_standard;
        progression.finish(&mut report);
        let steps: Vec<Steps> = steps.into_iter().map(|steps| steps.unwrap_or([0; 64])).collect();
        Ok(AllScans { steps, rows: target.rows, layout, report })
    }
}

/// The coefficients of all scans.
pub(crate) struct AllScans {
    /// The quantization steps of each component.
    pub(crate) steps: Vec<Steps>,
    pub(crate) rows: Vec<McuRow>,
    pub(crate) layout: Layout,
    pub(crate) report: Report,
}

/// The number of lines in the first DNL segment. Markers in entropy-coded data would be restart markers only.
fn lines(bytes: &[u8]) -> Option<u16> {
    let mut segments = Segments::of(bytes);
    loop {
        if segments.next_marker()? == Marker::DNL {
            let [0, 4, high, low, ..] = *bytes.get(segments.position..)? else { return None };
            return Some(u16::from_be_bytes([high, low]));
        }
    }
}

/// Reads segments up to the next scan. Returns `None` at the end of the picture, or where it cannot be read further.
fn next_scan(
    segments: &mut Segments<'_>,
    state: &mut State,
    frame: &Frame,
    report: &mut Report,
) -> Option<ScanHeader> {
    loop {
        let segment = match segments.next_segment() {
            Ok(Some(segment)) => segment,
            Ok(None) => {
                report.is_end_missing = true;
                return None;
            }
            Err(_) => {
                report.damaged("a segment between scans is damaged", 0);
                return None;
            }
        };
        let result = match segment.marker {
            Marker::EOI => return None,
            Marker::SOI => {
                report.is_end_missing = true;
                return None;
            }
            Marker::SOS => match ScanHeader::parse(segment.payload, frame) {
                Ok(scan) => return Some(scan),
                Err(error) => Err(error),
            },
            _ => state.read(&segment),
        };
        if result.is_err() {
            report.damaged("a segment between scans is damaged", 0);
            return None;
        }
    }
}

/// Reads a scan with the decoder for it. Returns the offset of its end.
fn read_scan(
    bytes: &[u8],
    frame: &Frame,
    state: &mut State,
    header: &ScanHeader,
    data_at: usize,
    target: &mut impl RowTarget,
    report: &mut Report,
) -> Result<usize, Error> {
    let restart_interval = state.restart_interval;
    let tables = &mut state.tables;
    let components = &header.components;
    if frame.process.is_arithmetic {
        let slots = components.iter().map(|component| (component.dc_slot, component.ac_slot));
        let decoder = Arithmetic::new(bytes, header.band, state.conditioning, slots)?;
        let mut reader = ScanReader { bytes, frame, header, decoder, restart_interval };
        return Ok(reader.read(data_at, target, report));
    }
    if !frame.process.is_progressive {
        let tables = components.iter().map(|component| {
            let dc = tables.table(Meaning::Dc, component.dc_slot)?;
            let ac = match target.needs_ac(component.index) {
                true => Ac::Decoded(tables.table(Meaning::Ac, component.ac_slot)?),
                false => Ac::Skipped(tables.ac_skips(component.ac_slot)?),
            };
            Ok((dc, ac))
        });
        let decoder = Sequential::new(bytes, tables.collect::<Result<_, Error>>()?);
        let mut reader = ScanReader { bytes, frame, header, decoder, restart_interval };
        return Ok(reader.read(data_at, target, report));
    }
    let mut ac = || tables.table(Meaning::ProgressiveAc, components[0].ac_slot);
    let coding = match (header.band.first, header.band.high) {
        (0, 0) => {
            let tables =
                components.iter().map(|component| Ok((tables.table(Meaning::Dc, component.dc_slot)?, 0)));
            Coding::DcFirst(tables.collect::<Result<_, Error>>()?)
        }
        (0, _) => Coding::DcRefinement,
        (_, 0) => Coding::AcFirst(ac()?),
        _ => Coding::AcRefinement(ac()?),
    };
    let decoder = Progressive::new(bytes, header.band, coding);
    let mut reader = ScanReader { bytes, frame, header, decoder, restart_interval };
    Ok(reader.read(data_at, target, report))
}

/// Hands each row on when it is finished.
struct Streamed<'a, S> {
    frame: &'a Frame,
    row: McuRow,
    sink: &'a mut S,
}

impl<S: CoefficientSink> RowTarget for Streamed<'_, S> {
    fn row(&mut self, _: usize) -> &mut McuRow {
        self.row = McuRow::zeros(self.frame);
        &mut self.row
    }

    fn finish(&mut self, index: usize) {
        let row = std::mem::replace(&mut self.row, McuRow { components: Vec::new() });
        self.sink.row(index, row);
    }

    fn needs_ac(&self, component: usize) -> bool {
        self.sink.needs_ac(component)
    }
}

/// Lends the same row each time, because nobody uses what is in it.
struct Unused(McuRow);

impl RowTarget for Unused {
    fn row(&mut self, _: usize) -> &mut McuRow {
        &mut self.0
    }

    fn finish(&mut self, _: usize) {}

    fn needs_ac(&self, _: usize) -> bool {
        false
    }
}

/// Keeps all rows.
struct Collected {
    rows: Vec<McuRow>,
}

impl RowTarget for Collected {
    fn row(&mut self, index: usize) -> &mut McuRow {
        &mut self.rows[index]
    }

    fn finish(&mut self, _: usize) {}
}

//! Which bits of which coefficients the scans of a picture have brought (T.81, annex G.1.1).

use crate::error::Report;
use crate::frame::Frame;
use crate::scan::ScanHeader;

/// What no scan has brought yet.
const MISSING: u8 = u8::MAX;

/// The low bits that are missing of each coefficient in zigzag order, for each component.
pub(crate) struct Progression {
    missing_bits: Vec<[u8; 64]>,
}

impl Progression {
    pub(crate) fn new(frame: &Frame) -> Self {
        Self { missing_bits: vec![[MISSING; 64]; frame.components.len()] }
    }

    /// Takes note of a scan.
    pub(crate) fn advance(&mut self, scan: &ScanHeader, report: &mut Report) {
        let band = scan.band;
        for component in &scan.components {
            let missing_bits = &mut self.missing_bits[component.index];
            if band.first > 0 && missing_bits[0] == MISSING {
                report.damaged("the scans are out of order", 0);
            }
            for missing in missing_bits.iter_mut().take(band.last + 1).skip(band.first) {
                let expected = if band.high == 0 { MISSING } else { band.high };
                if *missing != expected {
                    report.damaged("the scans are out of order", 0);
                }
                *missing = band.low;
            }
        }
    }

    /// Judges what is missing after the last scan.
    pub(crate) fn finish(&self, report: &mut Report) {
        if self.missing_bits.iter().any(|missing_bits| missing_bits[0] == MISSING) {
            report.damaged("a scan is missing", 0);
        }
        report.is_unrefined = self.missing_bits.iter().flatten().any(|missing| *missing > 0);
    }
}

//! Decodes a JPEG to coefficients and to pixels.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seededit_jpeg::{CoefficientSink, Jpeg, McuRow, Steps};

/// Larger pictures are not decoded, so that a run takes milliseconds.
const MAX_PIXELS: u64 = 1 << 18;

fuzz_target!(|bytes: &[u8]| {
    let Ok(jpeg) = Jpeg::parse(bytes, MAX_PIXELS) else { return };
    let mut rows = Rows { expected: jpeg.frame().mcu_rows(), started: false, found: 0 };
    let coefficients = jpeg.read_coefficients(&mut rows);
    let mut pixels = vec![0; jpeg.output_len()];
    let decoded = jpeg.decode(&mut pixels);
    assert_eq!(decoded, coefficients);
    if coefficients.is_ok() {
        assert_eq!(rows.found, rows.expected);
    }
});

/// Counts rows.
struct Rows {
    expected: usize,
    started: bool,
    found: usize,
}

impl CoefficientSink for Rows {
    fn start(&mut self, _: &[Steps]) {
        assert!(!self.started);
        self.started = true;
    }

    fn row(&mut self, index: usize, row: McuRow) {
        assert!(self.started && index == self.found);
        assert!(row.components.iter().all(|rows| rows.last.len() == rows.blocks.len()));
        self.found += 1;
    }
}

//! Where the scans of a file are.

use std::ops::Range;

use crate::scan::ScanHeader;

/// A scan, and the segments before it.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    /// The bytes between the data of the scan before, or the start of the file, and the data of this one.
    pub(crate) segments: Range<usize>,
    pub(crate) header: ScanHeader,
    /// The number of MCUs between restart markers, or 0.
    pub(crate) restart_interval: usize,
}

/// The scans of a file in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) scans: Vec<Scan>,
    /// The end of the data of the last scan.
    pub(crate) end: usize,
}

//! From coefficients to pixels, in parallel with reading the coefficients.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::Scope;

use crate::band::{Band, Plan};
use crate::coefficients::McuRow;
use crate::error::{Error, Report};
use crate::quantization::Steps;
use crate::reader::{CoefficientSink, Jpeg};

impl Jpeg<'_> {
    /// Decodes the picture into a buffer of [`output_len`](Self::output_len) bytes: rows of pixels without gaps.
    ///
    /// Pixels are gray, red, green and blue, or cyan, magenta, yellow and black. Inks are as stored: with Adobe's marker,
    /// 255 usually is no ink.
    ///
    /// Pixels of a damaged file are those that libjpeg shows. [`Report::damage`] tells whether there are such.
    ///
    /// # Errors
    /// If there are no pixels at all, because a table is missing or the header of the first scan is damaged.
    pub fn decode(&self, pixels: &mut [u8]) -> Result<Report, Error> {
        if pixels.len() != self.output_len() {
            return Err(Error::WrongBuffer);
        }
        let plan = Plan::new(self.frame(), self.color_model());
        let running = AtomicUsize::new(0);
        rayon::in_place_scope(|scope| {
            let mut sink = PixelSink {
                scope,
                plan: &plan,
                running: &running,
                steps: Arc::default(),
                pixels,
                before: None,
                rows: Vec::new(),
                first_row: 0,
            };
            self.read_coefficients(&mut sink)
        })
    }
}

/// Collects rows of MCUs to bands, and has them computed by other threads.
struct PixelSink<'s, 'scope> {
    scope: &'s Scope<'scope>,
    plan: &'scope Plan,
    /// The bands that are being computed by other threads.
    running: &'scope AtomicUsize,
    steps: Arc<[Steps]>,
    /// The pixels of bands that are not started.
    pixels: &'scope mut [u8],
    /// The last row of the band before.
    before: Option<Arc<McuRow>>,
    /// The rows of the band to come.
    rows: Vec<Arc<McuRow>>,
    /// The index of the first of them.
    first_row: usize,
}

impl CoefficientSink for PixelSink<'_, '_> {
    fn start(&mut self, steps: &[Steps]) {
        self.steps = steps.into();
    }

    fn row(&mut self, index: usize, row: McuRow) {
        let row = Arc::new(row);
        if self.rows.len() >= self.plan.band_rows {
            self.dispatch(Some(Arc::clone(&row)));
        }
        self.rows.push(row);
        if index + 1 == self.plan.frame.mcu_rows() {
            self.dispatch(None);
        }
    }
}

impl PixelSink<'_, '_> {
    /// Starts the collected rows. `after` is the row after them.
    fn dispatch(&mut self, after: Option<Arc<McuRow>>) {
        let rows = std::mem::take(&mut self.rows);
        let before = std::mem::replace(&mut self.before, rows.last().cloned());
        let band = Band { first_row: self.first_row, before, rows, after };
        self.first_row += band.rows.len();

        let rest = std::mem::take(&mut self.pixels);
        let (pixels, rest) = rest.split_at_mut(rest.len().min(self.plan.bytes_of(&band)));
        self.pixels = rest;
        let (plan, running, steps) = (self.plan, self.running, Arc::clone(&self.steps));
        // The number of waiting bands is limited, and so is the memory for them.
        if running.fetch_add(1, Ordering::Relaxed) >= rayon::current_num_threads() {
            running.fetch_sub(1, Ordering::Relaxed);
            plan.render(&band, &steps, pixels);
            return;
        }
        self.scope.spawn(move |_| {
            plan.render(&band, &steps, pixels);
            running.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

//! Pixels at a half, a quarter or an eighth of the size, from the low frequencies of each block.
//!
//! That is much less work than scaling all pixels, and needs memory for the small picture only. Pixels are not those of any
//! other decoder.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::Scope;

use crate::coefficients::{Block, McuRow};
use crate::color::{ColorModel, convert};
use crate::dct::COSINES;
use crate::error::{Error, Report};
use crate::frame::Frame;
use crate::idct;
use crate::quantization::Steps;
use crate::reader::{CoefficientSink, Jpeg};
use crate::stored::Stored;

/// A fraction of the size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    Half,
    Quarter,
    Eighth,
}

/// A picture at a fraction of its size. Pixels are like those of [`Jpeg::decode`].
pub struct Pixels {
    pub width: usize,
    pub height: usize,
    pub samples: Vec<u8>,
}

impl Scale {
    /// The smallest scale at which a picture is at least as large as at `share` of its size. `None` if it has to be whole.
    #[must_use]
    pub fn at_least(share: f64) -> Option<Self> {
        match share {
            ..=0.125 => Some(Self::Eighth),
            ..=0.25 => Some(Self::Quarter),
            ..=0.5 => Some(Self::Half),
            _ => None,
        }
    }

    /// The columns and rows of pixels that become one.
    #[must_use]
    pub fn divisor(self) -> usize {
        match self {
            Self::Half => 2,
            Self::Quarter => 4,
            Self::Eighth => 8,
        }
    }
}

impl<'a> Stored<'a> {
    /// Reads a picture as [`Stored::read`] does, and computes its pixels at a scale. The last column and row may stand for
    /// fewer pixels than others.
    ///
    /// # Errors
    /// As [`Stored::read`].
    pub fn read_scaled(jpeg: Jpeg<'a>, scale: Scale) -> Result<(Self, Pixels), Error> {
        let (frame, model) = (jpeg.frame().clone(), jpeg.color_model());
        let (stored, pixels) = render_while(&frame, model, scale, |sink| Self::read(jpeg, sink));
        Ok((stored?, pixels))
    }
}

impl Jpeg<'_> {
    /// Computes the pixels at a scale, and keeps no coefficients. The last column and row may stand for fewer pixels than
    /// others.
    ///
    /// # Errors
    /// As [`Jpeg::read_coefficients`].
    pub fn decode_scaled(&self, scale: Scale) -> Result<(Report, Pixels), Error> {
        let (report, pixels) =
            render_while(self.frame(), self.color_model(), scale, |sink| self.read_coefficients(sink));
        Ok((report?, pixels))
    }
}

/// Computes pixels from the coefficients that `read` passes to a sink.
fn render_while<T>(
    frame: &Frame,
    model: ColorModel,
    scale: Scale,
    read: impl FnOnce(&mut ScaledSink<'_, '_>) -> T,
) -> (T, Pixels) {
    let (width, height) = (frame.width.div_ceil(scale.divisor()), frame.height.div_ceil(scale.divisor()));
    let mut samples = vec![0; width * height * frame.components.len()];
    let plan = Plan::new(frame, model, scale);
    let running = AtomicUsize::new(0);
    let result = rayon::in_place_scope(|scope| {
        let (rest, steps) = (samples.as_mut_slice(), Arc::default());
        read(&mut ScaledSink { scope, plan: &plan, running: &running, steps, rest })
    });
    (result, Pixels { width, height, samples })
}

/// Has rows of MCUs computed by other threads.
struct ScaledSink<'s, 'scope> {
    scope: &'s Scope<'scope>,
    plan: &'scope Plan,
    /// The rows that are being computed by other threads.
    running: &'scope AtomicUsize,
    steps: Arc<[Steps]>,
    /// The pixels of rows that are not started.
    rest: &'scope mut [u8],
}

impl CoefficientSink for ScaledSink<'_, '_> {
    fn start(&mut self, steps: &[Steps]) {
        self.steps = steps.into();
    }

    fn row(&mut self, _: usize, row: McuRow) {
        let rest = std::mem::take(&mut self.rest);
        let (pixels, rest) = rest.split_at_mut(rest.len().min(self.plan.row_bytes()));
        self.rest = rest;
        let (plan, running, steps) = (self.plan, self.running, Arc::clone(&self.steps));
        // The number of waiting rows is limited, and so is the memory for them.
        if running.fetch_add(1, Ordering::Relaxed) >= 4 * rayon::current_num_threads() {
            running.fetch_sub(1, Ordering::Relaxed);
            plan.render(&row, &steps, pixels);
            return;
        }
        self.scope.spawn(move |_| {
            plan.render(&row, &steps, pixels);
            running.fetch_sub(1, Ordering::Relaxed);
        });
    }

    fn needs_ac(&self, component: usize) -> bool {
        self.plan.components.get(component).is_none_or(|component| component.needs_ac)
    }
}

/// How rows of MCUs are computed.
struct Plan {
    model: ColorModel,
    width: usize,
    /// The rows of pixels of a row of MCUs.
    rows: usize,
    components: Vec<Component>,
}

/// How the samples of a component are computed.
struct Component {
    transform: fn(&Block, u8, &Steps, &mut [u8], usize),
    /// Whether a block has more than one sample.
    needs_ac: bool,
    /// The rows and the total columns of blocks.
    vertical: usize,
    stride: usize,
    /// The samples of a block, down.
    height: usize,
    /// The sample of each column and row of pixels.
    columns: Vec<usize>,
    lines: Vec<usize>,
}

impl Plan {
    fn new(frame: &Frame, model: ColorModel, scale: Scale) -> Self {
        let (width, rows) = (frame.width.div_ceil(scale.divisor()), frame.mcu_height() / scale.divisor());
        let component = |component: &crate::frame::Component| {
            let (across, down) =
                (frame.horizontal / component.horizontal, frame.vertical / component.vertical);
            let (block_width, block_height) = (samples(across, scale), samples(down, scale));
            // The middle of a pixel, in samples.
            let nearest = |count: usize, ratio: usize, samples: usize| {
                let at = move |at: usize| (2 * at + 1) * scale.divisor() * samples / (16 * ratio);
                (0..count).map(at).collect()
            };
            Component {
                transform: transform(block_width, block_height),
                needs_ac: (block_width, block_height) != (1, 1),
                vertical: component.vertical,
                stride: component.columns * block_width,
                height: block_height,
                columns: nearest(width, across, block_width),
                lines: nearest(rows, down, block_height),
            }
        };
        Self { model, width, rows, components: frame.components.iter().map(component).collect() }
    }

    fn row_bytes(&self) -> usize {
        self.rows * self.width * self.components.len()
    }

    fn render(&self, row: &McuRow, steps: &[Steps], pixels: &mut [u8]) {
        let components = self.components.iter().zip(&row.components).zip(steps);
        let planes: Vec<Vec<u8>> = components
            .map(|((component, blocks), steps)| {
                let band = component.stride * component.height;
                let mut samples = vec![0; band * component.vertical];
                for (down, samples) in samples.chunks_exact_mut(band.max(1)).enumerate() {
                    let (blocks, lasts) = blocks.row(down);
                    let width = component.stride / blocks.len().max(1);
                    for (at, (block, last)) in blocks.iter().zip(lasts).enumerate() {
                        (component.transform)(
                            block,
                            *last,
                            steps,
                            &mut samples[width * at..],
                            component.stride,
                        );
                    }
                }
                samples
            })
            .collect();
        let mut lines: Vec<Vec<u8>> = vec![vec![0; self.width]; planes.len()];
        let line_bytes = (self.width * self.components.len()).max(1);
        for (y, pixels) in pixels.chunks_exact_mut(line_bytes).enumerate() {
            for ((line, plane), component) in lines.iter_mut().zip(&planes).zip(&self.components) {
                let start = component.lines.get(y).copied().unwrap_or_default() * component.stride;
                let samples = plane.get(start..).unwrap_or_default();
                line.iter_mut().zip(&component.columns).for_each(|(into, at)| *into = samples[*at]);
            }
            convert(self.model, &lines.iter().map(Vec::as_slice).collect::<Vec<_>>(), pixels);
        }
    }
}

/// The samples of a block along one side, of a component with `ratio` pixels for each sample. At most as many as it has,
/// and as few as show all of the scaled pixels.
fn samples(ratio: usize, scale: Scale) -> usize {
    match 8 * ratio / scale.divisor() {
        8.. => 8,
        4.. => 4,
        2.. => 2,
        _ => 1,
    }
}

fn transform(width: usize, height: usize) -> fn(&Block, u8, &Steps, &mut [u8], usize) {
    match (width, height) {
        (8, 8) => idct::transform,
        (8, 4) => reduced::<8, 4>,
        (8, 2) => reduced::<8, 2>,
        (8, 1) => reduced::<8, 1>,
        (4, 8) => reduced::<4, 8>,
        (4, 4) => reduced::<4, 4>,
        (4, 2) => reduced::<4, 2>,
        (4, 1) => reduced::<4, 1>,
        (2, 8) => reduced::<2, 8>,
        (2, 4) => reduced::<2, 4>,
        (2, 2) => reduced::<2, 2>,
        (2, 1) => reduced::<2, 1>,
        (1, 8) => reduced::<1, 8>,
        (1, 4) => reduced::<1, 4>,
        (1, 2) => reduced::<1, 2>,
        _ => reduced::<1, 1>,
    }
}

/// Dequantizes a block and transforms it to fewer samples: those of its lowest frequencies.
fn reduced<const WIDTH: usize, const HEIGHT: usize>(
    block: &Block,
    last: u8,
    steps: &Steps,
    samples: &mut [u8],
    stride: usize,
) {
    let coefficient = |at: usize| f32::from(block[at]) * f32::from(steps[at]);
    let mut rows = [[128.5 + coefficient(0) / 8.0; WIDTH]; HEIGHT];
    if last > 0 {
        let (across, down) = (const { weights::<WIDTH>() }, const { weights::<HEIGHT>() });
        rows = [[128.5; WIDTH]; HEIGHT];
        for (frequency, down) in down.iter().enumerate() {
            let mut line = [0.0; WIDTH];
            for (at, weights) in across.iter().enumerate() {
                let value = coefficient(8 * frequency + at);
                line.iter_mut().zip(weights).for_each(|(into, weight)| *into += value * weight);
            }
            for (row, weight) in rows.iter_mut().zip(down) {
                row.iter_mut().zip(line).for_each(|(into, value)| *into += value * weight);
            }
        }
    }
    for (row, samples) in rows.iter().zip(samples.chunks_mut(stride)) {
        samples.iter_mut().zip(row).for_each(|(into, level)| *into = *level as u8);
    }
}

/// The weight of each frequency in each sample. The mean of a block stays.
const fn weights<const SIDE: usize>() -> [[f32; SIDE]; SIDE] {
    let mut weights = [[COSINES[4] / 2.0; SIDE]; SIDE];
    let mut frequency = 1;
    while frequency < SIDE {
        let mut at = 0;
        while at < SIDE {
            weights[frequency][at] = crate::dct::cosine((2 * at + 1) * frequency * (8 / SIDE)) / 2.0;
            at += 1;
        }
        frequency += 1;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{MAX_PIXELS, corpus, decode};

    #[test]
    fn a_scaled_picture_is_near_the_mean_of_its_pixels() {
        for (name, _, bytes) in corpus() {
            let jpeg = Jpeg::parse(&bytes, MAX_PIXELS).unwrap();
            let is_smooth = name.starts_with("quality-9") || name.starts_with("gray");
            if jpeg.frame().process.is_arithmetic || jpeg.frame().width < 35 || !is_smooth {
                continue;
            }
            let (pixels, _) = decode(&bytes).unwrap();
            let (width, channels) = (jpeg.frame().width, jpeg.frame().components.len());
            for scale in [Scale::Half, Scale::Quarter, Scale::Eighth] {
                let (_, scaled) = Stored::read_scaled(jpeg.clone(), scale).unwrap();
                let (report, same) = jpeg.decode_scaled(scale).unwrap();
                assert!(report.damage.is_none() && same.samples == scaled.samples);
                let side = scale.divisor();
                assert_eq!((scaled.width, scaled.height), (35_usize.div_ceil(side), 27_usize.div_ceil(side)));
                let (mut sum, mut count) = (0.0, 0.0);
                for (y, x) in (0..27 / side).flat_map(|y| (0..35 / side).map(move |x| (y, x))) {
                    for channel in 0..channels {
                        let level =
                            |x: usize, y: usize| f64::from(pixels[(y * width + x) * channels + channel]);
                        let square =
                            (0..side * side).map(|at| level(x * side + at % side, y * side + at / side));
                        let mean = square.sum::<f64>() / (side * side) as f64;
                        let found = scaled.samples[(y * scaled.width + x) * channels + channel];
                        sum += (f64::from(found) - mean).abs();
                        count += 1.0;
                    }
                }
                assert!(sum / count < 12.0, "{name}, {scale:?}: {}", sum / count);
            }
        }
    }

    #[test]
    fn the_scale_is_the_smallest_one_that_is_large_enough() {
        let scales = [1.0, 0.6, 0.5, 0.3, 0.2, 0.1].map(Scale::at_least);
        use Scale::{Eighth, Half, Quarter};
        assert_eq!(scales, [None, None, Some(Half), Some(Half), Some(Quarter), Some(Eighth)]);
    }
}

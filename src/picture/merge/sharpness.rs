//! Finds where an edit changed the texture: it removed noise, added grain, sharpened or blurred.
//!
//! Such an edit changes no object, so each difference is about as large as those that a model and a codec cause in any
//! texture. But these weaken fine texture by a limited factor, and hardly add any. So the strength of fine, medium and coarse
//! texture is compared in each cell of the picture.

mod blur;
mod codec;
mod grain;

use std::ops::Range;

use seededit_base::parallel::map;

use self::blur::{Difference, differences};
use self::codec::through_codec;
use super::bit_mask::BitMask;
use crate::plane::Plane;

/// The side of a cell, in pixels.
const SIDE: usize = 32;
/// The number of kinds of texture: fine, medium, and coarse.
const BANDS: usize = 3;
/// The standard deviations of the blurs that remove them, in pixels.
const FINE: f32 = 1.0;
const MEDIUM: f32 = 2.0;
const COARSE: f32 = 4.0;
/// The factors of the variance below which texture was blurred or denoised. In the unedited cells of real answers, and of
/// JPEGs from quality 40 on, nine in ten are above 0.34 (fine) and 0.63 (medium).
const SOFTER: [f32; BANDS] = [0.22, 0.6, 0.6];
/// The factors above which it was sharpened, or grain was added. Unedited cells hardly exceed 1.1. Coarse texture that is
/// new is an object.
const HARSHER: [f32; BANDS] = [1.5, 1.35, f32::INFINITY];
/// The least loss of variance, in squares of levels. Less is invisible.
const MIN_LOSS: f32 = 5.0;
/// The least loss in a cell beside others that lost more.
const FAINT_LOSS: f32 = 1.0;
/// The share of the texture that a JPEG leaves, below which no codec explains the loss: coarse quantization removes faint
/// noise. The quality is about the lowest one with which services return pictures.
const CODED: f32 = 0.5;
const CODED_QUALITY: u8 = 75;
/// The variance that is added to both before they are compared for a gain: codecs and models add about a level of grain.
const GRAIN: f32 = 6.0;
/// The factor by which codecs increase the variance of faint noise: half of a quantization step becomes a whole one, and
/// the codec of the answer rounds that up again. Up to this variance.
const REQUANTIZED: f32 = 4.0;
const MAX_REQUANTIZED: f32 = 160.0;
/// The share of the cells with texture around a cell that changed like it.
const MAJORITY: f32 = 0.55;
/// The least share of the cells of a picture that changed, and their least number.
const MIN_SHARE: f32 = 0.02;
const MIN_CELLS: f32 = 4.0;
/// The number of such cells in a sample from which all cells are measured.
const MIN_SUSPECTS: usize = 3;
/// How far an object affects the texture around it, in pixels.
const SPREAD: f32 = 6.0;
/// If a larger share of the cells with texture changed, the edit is one of the whole picture.
const MOST: f32 = 0.6;
/// An edit of the whole picture changes more than this share of all cells.
const LARGE: f32 = 0.15;
/// The same if all of them changed by about the same variance. That is noise, which strong texture hides in other cells.
const MANY: f32 = 0.25;
/// Half of the changes are about the same if they differ by a smaller factor.
const EVEN: f32 = 2.0;
/// The least change of the other cells, as a share of that.
const HIDDEN: f32 = 0.3;

/// Where the texture changed.
pub(super) enum TextureChange {
    Nowhere,
    /// In these pixels.
    Parts(BitMask),
    Everywhere,
}

/// What happened to the texture of a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// There is none, or an object was changed.
    Smooth,
    Kept,
    Softer,
    Harsher,
}

/// The strength of the texture of both pictures, in some rows of cells.
pub(super) struct Textures {
    /// The variances of each kind of texture in each cell, of the edited picture and of the original.
    cells: Vec<[(f32, f32); BANDS]>,
    /// The same of the original after a codec. Empty if it was not needed.
    coded: Vec<[f32; BANDS]>,
    /// How the pixels differ. Empty in a sample.
    differences: Vec<Difference>,
    /// How those of the original differ after the codec of the edited picture. Empty if that is unknown.
    codec_differences: Vec<Difference>,
    /// What changed, if it may be a blur of all of the picture.
    blurred: Option<BitMask>,
    columns: usize,
    /// The size of the pictures, in pixels.
    width: usize,
    height: usize,
}

impl Textures {
    /// Measures the luma of both pictures, if a sample of it shows any change outside of what `changed` roughly. The colors
    /// of the original drifted; `undrifted` is without that, because a blur brings dark and light levels closer together, which
    /// looks like a drift. `jpeg_quality` is that of the file of the edited picture, if it was a JPEG.
    pub(super) fn of_changed(
        edited: &Plane,
        original: &Plane,
        undrifted: impl FnOnce() -> Plane,
        changed: Option<&BitMask>,
        jpeg_quality: Option<u8>,
    ) -> Option<Textures> {
        /// The distance between the rows of cells that are sampled, in rows.
        const SAMPLED: usize = 3;

        let is_new = |cell: Cell| matches!(cell, Cell::Softer | Cell::Harsher);
        let sample = Textures::of_rows(edited, original, SAMPLED);
        let suspects = (0..sample.cells.len()).filter(|at| {
            let row = at / sample.columns * SAMPLED;
            let is_object =
                || changed.is_some_and(|changed| sample.contains(changed, at % sample.columns, row));
            is_new(sample.cell(*at)) && !is_object()
        });
        if suspects.count() < MIN_SUSPECTS && !sample.may_be_blurred() {
            return None;
        }
        let mut textures = Textures::of_rows(edited, original, 1);
        let undrifted = undrifted();
        textures.differences = differences(edited, &undrifted);
        if let Some(coded) = jpeg_quality.and_then(|quality| through_codec(original, quality)) {
            textures.codec_differences = differences(&coded, original);
        }
        let is_softer = |at: usize| textures.cell(at) == Cell::Softer;
        if (0..textures.cells.len()).any(is_softer)
            && let Some(coded) = through_codec(original, CODED_QUALITY)
        {
            textures.coded = rows_of(&coded, 1);
            textures.blurred = textures.blurred(edited, &undrifted);
        }
        Some(textures)
    }

    /// Measures every `step`th row of cells.
    fn of_rows(edited: &Plane, original: &Plane, step: usize) -> Textures {
        let Plane { width, height, .. } = *edited;
        let cells = rows_of(edited, step).into_iter().zip(rows_of(original, step));
        let pairs = |(edited, original): ([f32; BANDS], [f32; BANDS])| {
            std::array::from_fn(|band| (edited[band], original[band]))
        };
        Textures {
            cells: cells.map(pairs).collect(),
            coded: Vec::new(),
            differences: Vec::new(),
            codec_differences: Vec::new(),
            blurred: None,
            columns: width.div_ceil(SIDE),
            width,
            height,
        }
    }

    /// Whether a mask has a pixel in a cell.
    fn contains(&self, mask: &BitMask, column: usize, row: usize) -> bool {
        let (left, top) = (column * SIDE, row * SIDE);
        let right = (left + SIDE).min(self.width);
        (top..(top + SIDE).min(self.height)).any(|y| mask.row(y)[left..right].contains(&true))
    }

    /// Finds where the texture changed outside of the objects that are `changed`.
    pub(super) fn change(&self, changed: &BitMask) -> TextureChange {
        if self.has_new_grain() || self.has_lost_grain() {
            return TextureChange::Everywhere;
        }
        if let Some(blurred) = &self.blurred {
            return match blurred.share() > MOST {
                true => TextureChange::Everywhere,
                false => TextureChange::Parts(blurred.clone()),
            };
        }
        let columns = self.columns;
        let changed = changed.dilate(SPREAD);
        let is_changed = |at: usize| self.contains(&changed, at % columns, at / columns);
        let kind = |at: usize| if is_changed(at) { Cell::Smooth } else { self.cell(at) };
        let cells: Vec<Cell> = (0..self.cells.len()).map(kind).collect();
        let is_other = |at: &usize| matches!(cells[*at], Cell::Softer | Cell::Harsher);
        let fine_change = |at: usize| {
            let [(edited, original), ..] = self.cells[at];
            (edited - original).abs()
        };
        let mut changes: Vec<f32> = (0..cells.len()).filter(is_other).map(fine_change).collect();
        changes.sort_by(f32::total_cmp);
        let textured = cells.iter().filter(|cell| **cell != Cell::Smooth).count();
        let share = changes.len() as f32 / textured.max(1) as f32;
        // Strong texture hides the noise that was removed or added, but it has to be there.
        let is_even = || {
            let quartile = |at: usize| changes[changes.len() * at / 4];
            let mut hidden: Vec<f32> =
                (0..cells.len()).filter(|at| cells[*at] == Cell::Kept).map(fine_change).collect();
            hidden.sort_by(f32::total_cmp);
            let hidden = hidden.get(hidden.len() / 2).copied().unwrap_or(f32::INFINITY);
            quartile(3) < EVEN * quartile(1) && hidden > HIDDEN * quartile(2)
        };
        let is_most = share > MOST || share > MANY && is_even();
        let others = (0..cells.len()).filter(|at| cells[*at] == Cell::Kept);
        if is_most && changes.len() as f32 > LARGE * cells.len() as f32 && !self.is_by_codec(others) {
            return TextureChange::Everywhere;
        }
        let mut parts: Vec<bool> = (0..cells.len()).map(|at| is_majority(&cells, columns, at)).collect();
        if !self.is_enough(parts.iter().filter(|changed| **changed).count()) {
            return TextureChange::Nowhere;
        }
        self.extend_softer(&mut parts, &cells);
        TextureChange::Parts(self.pixels(&parts))
    }

    /// Whether `count` changed cells are an edit. Fewer can be an accident.
    fn is_enough(&self, count: usize) -> bool {
        count as f32 >= MIN_CELLS.max(MIN_SHARE * self.cells.len() as f32)
    }

    /// The pixels of some cells.
    fn pixels(&self, cells: &[bool]) -> BitMask {
        let (width, height) = (self.width, self.height);
        let bit = |at: usize| cells[at / width / SIDE * self.columns + at % width / SIDE];
        BitMask { width, height, bits: (0..width * height).map(bit).collect() }
    }

    /// How much texture a cell lost beyond what a codec takes, in squares of levels.
    fn loss(&self, at: usize) -> f32 {
        let expected = |band: usize| {
            let (_, original) = self.cells[at][band];
            self.coded.get(at).map_or(original, |coded| original.min(coded[band]))
        };
        (0..BANDS).map(|band| (expected(band) - self.cells[at][band].0).max(0.0)).sum()
    }

    /// Whether a cell lost texture, and more than a variance of `min_loss`.
    fn is_softer(&self, at: usize, min_loss: f32) -> bool {
        let by_codec = |band: usize| self.coded.get(at).map_or(f32::INFINITY, |coded| coded[band]);
        let is_lost = |band: usize| {
            let (edited, original) = self.cells[at][band];
            edited < SOFTER[band] * original && edited < CODED * by_codec(band)
        };
        (0..BANDS).any(is_lost) && self.loss(at) > min_loss
    }

    /// Extends softer `parts` by the cells around them that are softer, too, even if that is hardly visible there. Otherwise,
    /// parts would have holes where the texture of the original is faint.
    fn extend_softer(&self, parts: &mut [bool], cells: &[Cell]) {
        let mut new: Vec<usize> =
            (0..cells.len()).filter(|at| parts[*at] && cells[*at] == Cell::Softer).collect();
        while let Some(at) = new.pop() {
            for near in around(at, 1, self.columns, cells.len()) {
                if !parts[near] && cells[near] != Cell::Harsher && self.is_softer(near, FAINT_LOSS) {
                    parts[near] = true;
                    new.push(near);
                }
            }
        }
    }

    /// What happened to the texture of a cell.
    fn cell(&self, at: usize) -> Cell {
        let bands = self.cells[at];
        let is_softer = self.is_softer(at, MIN_LOSS);
        let [(_, fine), ..] = bands;
        let requantized = [(REQUANTIZED * fine).min(MAX_REQUANTIZED), 0.0, 0.0];
        let is_harsher = (0..BANDS).any(|band| {
            let (edited, original) = bands[band];
            edited + GRAIN > (HARSHER[band] * (original + GRAIN)).max(requantized[band] + GRAIN)
        });
        let has_texture = bands.iter().any(|(edited, original)| edited.max(*original) > MIN_LOSS);
        match (has_texture, is_softer, is_harsher) {
            (false, ..) => Cell::Smooth,
            (_, true, false) => Cell::Softer,
            (_, false, true) => Cell::Harsher,
            _ => Cell::Kept,
        }
    }
}

/// The variances of each kind of texture in every `step`th row of cells.
fn rows_of(plane: &Plane, step: usize) -> Vec<[f32; BANDS]> {
    map((0..plane.height.div_ceil(SIDE)).step_by(step), |row| variances(plane, row))
        .into_iter()
        .flatten()
        .collect()
}

/// The variances of each kind of texture in a row of cells.
fn variances(plane: &Plane, row: usize) -> Vec<[f32; BANDS]> {
    let near = Band::cut(plane, row, MEDIUM);
    let (fine, medium) = (near.blurred(FINE), near.blurred(MEDIUM));
    // At half the size, little of coarse texture is lost, and the wide blur takes an eighth of the time.
    let far = Band::cut(plane, row, COARSE).halved();
    let coarse = [MEDIUM, COARSE].map(|sigma| far.blurred(sigma / 2.0));
    let [fine, medium, coarse] = [
        near.variances(&near.plane, &fine),
        near.variances(&fine, &medium),
        far.variances(&coarse[0], &coarse[1]),
    ];
    fine.into_iter().zip(medium).zip(coarse).map(|((fine, medium), coarse)| [fine, medium, coarse]).collect()
}

/// A row of cells, and as many rows around it as a blur reaches.
struct Band {
    plane: Plane,
    /// The rows of the cells.
    rows: Range<usize>,
    /// The side of a cell.
    side: usize,
}

impl Band {
    fn cut(plane: &Plane, row: usize, sigma: f32) -> Band {
        // Even, so that it can be halved.
        let margin = (1.5 * sigma).ceil() as usize * 2;
        let (top, bottom) = (row * SIDE, ((row + 1) * SIDE).min(plane.height));
        let (from, to) = (top.saturating_sub(margin), (bottom + margin).min(plane.height));
        let levels = plane.levels[from * plane.width..to * plane.width].to_vec();
        Band {
            plane: Plane { width: plane.width, height: to - from, levels },
            rows: top - from..bottom - from,
            side: SIDE,
        }
    }

    fn halved(self) -> Band {
        let rows = self.rows.start / 2..self.rows.end.div_ceil(2);
        Band { plane: self.plane.square_means(2), rows, side: self.side / 2 }
    }

    fn blurred(&self, sigma: f32) -> Plane {
        self.plane.gaussian_blur(sigma)
    }

    /// The mean squared difference between two blurs of it in each cell.
    fn variances(&self, sharper: &Plane, softer: &Plane) -> Vec<f32> {
        let mut sums = vec![(0.0, 0); self.plane.width.div_ceil(self.side)];
        for y in self.rows.clone() {
            let cells = sharper.row(y).chunks(self.side).zip(softer.row(y).chunks(self.side));
            for ((sum, count), (sharper, softer)) in sums.iter_mut().zip(cells) {
                *sum += sharper.iter().zip(softer).map(|(one, two)| (one - two) * (one - two)).sum::<f32>();
                *count += sharper.len();
            }
        }
        sums.into_iter().map(|(sum, count)| sum / count.max(1) as f32).collect()
    }
}

/// The cells up to `distance` columns and rows from one of `count` cells, with that one.
fn around(at: usize, distance: usize, columns: usize, count: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (at % columns, at / columns);
    let near = move |at: usize, end: usize| at.saturating_sub(distance)..(at + distance + 1).min(end);
    near(y, count / columns).flat_map(move |row| near(x, columns).map(move |column| row * columns + column))
}

/// Whether the texture of a cell changed, like that of most cells around it.
fn is_majority(cells: &[Cell], columns: usize, at: usize) -> bool {
    let (mut softer, mut harsher, mut textured) = (0, 0, 0);
    for other in around(at, 2, columns, cells.len()) {
        match cells[other] {
            Cell::Smooth => continue,
            Cell::Softer => softer += 1,
            Cell::Harsher => harsher += 1,
            Cell::Kept => {}
        }
        textured += 1;
    }
    let is_most = |count: i32| textured >= 3 && count as f32 >= MAJORITY * textured as f32;
    match cells[at] {
        Cell::Softer => is_most(softer),
        Cell::Harsher => is_most(harsher),
        Cell::Smooth | Cell::Kept => false,
    }
}

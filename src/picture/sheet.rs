//! Pictures with captions, side by side on one picture.

use std::iter;

use image::{Rgb, RgbImage, imageops};
use seededit_resize::Size;

use crate::font;
use crate::lettering::{LINE_HEIGHT, draw, letters_in, shortened, width, wrapped};

const PAPER: Rgb<u8> = Rgb([24, 24, 27]);
const STRONG_INK: Rgb<u8> = Rgb([244, 244, 240]);
const WEAK_INK: Rgb<u8> = Rgb([170, 170, 176]);

/// The distance between cells and around them, in pixels.
const GAP: u32 = 16;
/// The distance between a picture and its caption, in pixels.
const CAPTION_GAP: u32 = 8;
/// The most lines that one [`Line`] is wrapped into.
const MAX_LINES: usize = 3;

/// A picture and its caption.
#[derive(Clone, Debug)]
pub struct Tile {
    pub image: RgbImage,
    pub caption: Vec<Line>,
}

/// A line of a caption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A name, which is shortened if it is too long.
    Name(String),
    /// Further text, which is wrapped, into at most three lines.
    Text(String),
}

/// The arrangement of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The number of cells in a row.
    pub columns: u32,
    /// The width and the largest height of a picture, in pixels.
    pub cell: u32,
}

impl Grid {
    /// The most pixels of all cells together, without captions. Sheets of more pictures have smaller cells.
    const MAX_PIXELS: f64 = 24e6;
    /// The width of a cell, unless there are too many.
    const CELL: u32 = 320;
    const MIN_CELL: u32 = 64;
    /// More columns make a sheet too wide to be looked at.
    const MAX_COLUMNS: u32 = 12;

    /// The grid for a number of pictures: nearly as many rows as columns, with few empty cells.
    #[must_use]
    pub fn of(pictures: usize) -> Grid {
        let pictures = u32::try_from(pictures).unwrap_or(u32::MAX).max(1);
        let cell = ((Self::MAX_PIXELS / f64::from(pictures)).sqrt() as u32).clamp(Self::MIN_CELL, Self::CELL);
        let fewest = f64::from(pictures).sqrt().ceil() as u32;
        let empty = |columns: u32| (columns - pictures % columns) % columns;
        let columns = (fewest..=fewest + 2).min_by_key(|columns| empty(*columns)).unwrap_or(fewest);
        Grid { columns: columns.clamp(1, Self::MAX_COLUMNS).min(pictures), cell }
    }

    /// The largest size of a picture.
    #[must_use]
    pub fn picture(self) -> Size {
        Size { width: self.cell, height: self.cell }
    }

    /// The size of each pixel of the letters.
    fn scale(self) -> u32 {
        match self.cell {
            ..200 => 1,
            200..700 => 2,
            _ => 3,
        }
    }
}

/// The captions of a tile, broken into lines.
struct Placed<'a> {
    image: &'a RgbImage,
    lines: Vec<(String, Rgb<u8>)>,
}

/// Draws pictures with their captions, row by row. Each row is as high as its highest picture and its longest caption.
///
/// Returns `None` if the sheet would have more than `max_pixels`.
#[must_use]
pub fn sheet(tiles: &[Tile], grid: Grid, max_pixels: u64) -> Option<RgbImage> {
    let scale = grid.scale();
    let letters = letters_in(f64::from(grid.cell), scale);
    let placed: Vec<Placed<'_>> = tiles
        .iter()
        .map(|tile| Placed {
            image: &tile.image,
            lines: tile.caption.iter().flat_map(|line| line.broken(letters)).collect(),
        })
        .collect();
    let rows: Vec<&[Placed<'_>]> = placed.chunks(grid.columns.max(1) as usize).collect();
    let highest = |row: &[Placed<'_>]| row.iter().map(|placed| placed.image.height()).max().unwrap_or(0);
    let line_height = LINE_HEIGHT * scale;
    let caption = |row: &[Placed<'_>]| match row.iter().map(|placed| placed.lines.len()).max().unwrap_or(0) {
        0 => 0,
        lines => CAPTION_GAP + line_height * lines as u32 - (LINE_HEIGHT - font::HEIGHT) * scale,
    };
    let columns = grid.columns.min(tiles.len() as u32);
    let size = Size {
        width: GAP + columns * (grid.cell + GAP),
        height: rows.iter().fold(GAP, |height, row| height.saturating_add(highest(row) + caption(row) + GAP)),
    };
    if size.pixels() > max_pixels {
        return None;
    }
    let mut sheet = RgbImage::from_pixel(size.width, size.height, PAPER);
    let mut top = GAP;
    for row in rows {
        let bottom = top + highest(row);
        let lefts = iter::successors(Some(GAP), |left| Some(left + grid.cell + GAP));
        for (Placed { image, lines }, left) in row.iter().zip(lefts) {
            let indent = grid.cell.saturating_sub(image.width()) / 2;
            imageops::replace(
                &mut sheet,
                *image,
                i64::from(left + indent),
                i64::from(bottom - image.height()),
            );
            for ((text, ink), line) in lines.iter().zip(0u32..) {
                let indent = grid.cell.saturating_sub(width(text, scale) as u32) / 2;
                draw(
                    &mut sheet,
                    text,
                    (left + indent, bottom + CAPTION_GAP + line * line_height),
                    scale,
                    *ink,
                );
            }
        }
        top = bottom + caption(row) + GAP;
    }
    Some(sheet)
}

/// Pictures next to each other, without captions.
#[must_use]
pub fn in_a_row(images: &[RgbImage], gap: u32) -> RgbImage {
    let width = images.iter().map(|image| image.width() + gap).sum::<u32>().saturating_sub(gap);
    let height = images.iter().map(RgbImage::height).max().unwrap_or(0);
    let mut row = RgbImage::from_pixel(width, height, PAPER);
    let mut left = 0;
    for image in images {
        imageops::replace(&mut row, image, left, 0);
        left += i64::from(image.width() + gap);
    }
    row
}

impl Line {
    fn broken(&self, letters: usize) -> Vec<(String, Rgb<u8>)> {
        match self {
            Line::Name(name) => vec![(shortened(name, letters), STRONG_INK)],
            Line::Text(text) => {
                let mut lines = wrapped(text, letters);
                if lines.len() > MAX_LINES {
                    lines.truncate(MAX_LINES);
                    if let Some(last) = lines.last_mut() {
                        *last = shortened(&format!("{last} …"), letters);
                    }
                }
                lines.into_iter().map(|line| (line, WEAK_INK)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(width: u32, height: u32, color: u8, caption: &[Line]) -> Tile {
        Tile { image: RgbImage::from_pixel(width, height, Rgb([color, 0, 0])), caption: caption.to_vec() }
    }

    #[test]
    fn grids_are_nearly_square_and_full() {
        let columns = |pictures| Grid::of(pictures).columns;
        let found: Vec<u32> = (0..=12).map(columns).collect();
        assert_eq!(found, [1, 1, 2, 3, 2, 5, 3, 4, 4, 3, 5, 4, 4]);
        assert_eq!((columns(30), columns(100), columns(5000)), (6, 10, 12));
        assert_eq!(Grid::of(4).cell, 320);
        assert_eq!(Grid::of(1000).cell, 154);
        assert_eq!(Grid::of(1_000_000).cell, 64);
    }

    #[test]
    fn pictures_stand_on_the_same_line_in_the_middle_of_their_cells() {
        let grid = Grid { columns: 2, cell: 100 };
        let tiles = [tile(100, 50, 200, &[]), tile(40, 80, 100, &[]), tile(10, 10, 50, &[])];
        let sheet = sheet(&tiles, grid, u64::MAX).unwrap();
        assert_eq!(sheet.dimensions(), (16 + 116 * 2, 16 + 80 + 16 + 10 + 16));
        let color = |x, y| sheet.get_pixel(x, y).0[0];
        assert_eq!([color(16, 45), color(16, 46), color(115, 95), color(116, 95)], [24, 200, 200, 24]);
        assert_eq!([color(161, 16), color(162, 16), color(201, 95), color(202, 95)], [24, 100, 100, 24]);
        assert_eq!([color(60, 112), color(61, 112), color(70, 121), color(71, 121)], [24, 50, 50, 24]);
    }

    #[test]
    fn captions_stay_in_their_cells() {
        let grid = Grid { columns: 1, cell: 100 };
        let caption = [Line::Name("W".repeat(80)), Line::Text("many words ".repeat(30))];
        let sheet = sheet(&[tile(20, 20, 0, &caption)], grid, u64::MAX).unwrap();
        assert_eq!(sheet.dimensions(), (132, 16 + 20 + 8 + 4 * 9 - 2 + 16));
        let inked = sheet.enumerate_pixels().filter(|(_, y, pixel)| *y >= 36 && **pixel != PAPER);
        let columns: Vec<u32> = inked.map(|(x, _, _)| x).collect();
        assert!(columns.len() > 300 && columns.iter().all(|x| (16..116).contains(x)));
    }

    #[test]
    fn a_sheet_that_is_too_large_is_not_drawn() {
        assert!(sheet(&[tile(20, 20, 0, &[])], Grid::of(1), 100).is_none());
    }
}

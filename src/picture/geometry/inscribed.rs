//! The largest rectangle within the white areas of a mask.

use image::GrayImage;

/// The number of cells along a side of the grid on which rectangles are compared.
const GRID: u32 = 64;
/// The lowest level that counts as white.
const WHITE: u8 = 128;

/// A rectangle in pixels: left, top, right, bottom. Right and bottom are exclusive.
pub(crate) type Bounds = [u32; 4];

/// Finds the largest rectangle of white pixels, to within a cell of a 64×64 grid.
///
/// If no cell is white, returns the bounding box of all pixels that are not black. Returns `None` if the mask is black.
pub(crate) fn largest_rectangle(mask: &GrayImage) -> Option<Bounds> {
    let (columns, rows) = (mask.width().min(GRID), mask.height().min(GRID));
    let edge =
        |cell: u32, cells: u32, side: u32| (u64::from(cell) * u64::from(side) / u64::from(cells)) as u32;
    let is_white = |column: u32, row: u32| {
        let across = edge(column, columns, mask.width())..edge(column + 1, columns, mask.width());
        let mut down = edge(row, rows, mask.height())..edge(row + 1, rows, mask.height());
        down.all(|y| across.clone().all(|x| mask.get_pixel(x, y).0[0] >= WHITE))
    };
    // For each column, the number of consecutive white cells down to the current row.
    let mut heights = vec![0; columns as usize];
    let mut best: Option<(u32, Bounds)> = None;
    for row in 0..rows {
        for (height, column) in heights.iter_mut().zip(0..) {
            *height = if is_white(column, row) { *height + 1 } else { 0 };
        }
        for (left, from) in (0..columns).zip(0..) {
            let mut height = u32::MAX;
            for (right, column) in (left + 1..).zip(heights.iter().skip(from)) {
                height = height.min(*column);
                let area = (right - left) * height;
                if area > best.map_or(0, |(largest, _)| largest) {
                    best = Some((area, [left, row + 1 - height, right, row + 1]));
                }
            }
        }
    }
    match best {
        Some((_, [left, top, right, bottom])) => Some([
            edge(left, columns, mask.width()),
            edge(top, rows, mask.height()),
            edge(right, columns, mask.width()),
            edge(bottom, rows, mask.height()),
        ]),
        None => bounding_box(mask),
    }
}

fn bounding_box(mask: &GrayImage) -> Option<Bounds> {
    let allowed = mask.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[0] > 0);
    allowed.map(|(x, y, _)| [x, y, x + 1, y + 1]).reduce(
        |[left, top, right, bottom], [x, y, end_x, end_y]| {
            [left.min(x), top.min(y), right.max(end_x), bottom.max(end_y)]
        },
    )
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    fn mask(is_white: impl Fn(u32, u32) -> bool) -> GrayImage {
        GrayImage::from_fn(128, 96, |x, y| Luma([if is_white(x, y) { 255 } else { 0 }]))
    }

    #[test]
    fn a_white_rectangle_is_found_to_within_a_cell() {
        let mask = mask(|x, y| (32..96).contains(&x) && (30..60).contains(&y));
        assert_eq!(largest_rectangle(&mask), Some([32, 30, 96, 60]));
    }

    #[test]
    fn the_rectangle_in_a_disc_is_inscribed() {
        let is_inside = |x: u32, y: u32| (f64::from(x) - 64.0).hypot(f64::from(y) - 48.0) < 40.0;
        let [left, top, right, bottom] = largest_rectangle(&mask(is_inside)).unwrap();
        for (x, y) in [(left, top), (right - 1, top), (left, bottom - 1), (right - 1, bottom - 1)] {
            assert!(is_inside(x, y), "{x}, {y}");
        }
        assert!((right - left) * (bottom - top) > 2_500);
    }

    #[test]
    fn a_mask_without_a_white_cell_gives_its_bounding_box() {
        assert_eq!(largest_rectangle(&mask(|x, y| x == 5 && y > 9)), Some([5, 10, 6, 96]));
        assert_eq!(largest_rectangle(&mask(|_, _| false)), None);
    }
}

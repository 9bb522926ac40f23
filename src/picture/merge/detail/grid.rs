//! Values at the nodes of a coarse grid over a picture, interpolated between them.

use seededit_resize::{ResizeArea, Size};

/// A grid of squares that covers a picture. Each has `N` values, which belong to its center.
pub(super) struct Grid<const N: usize> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// The number of squares that the picture is wide and high. The last ones may be cut off by its border.
    pub(super) across: f32,
    pub(super) down: f32,
    /// Row by row.
    pub(super) values: Vec<[f32; N]>,
}

/// A grid over an area of a picture of another size.
pub(super) struct PlacedGrid<'a, const N: usize> {
    grid: &'a Grid<N>,
    /// The neighbors of each column and row of pixels. `None` outside the area.
    columns: Vec<Option<Neighbors>>,
    rows: Vec<Option<Neighbors>>,
}

/// The values for a row of pixels.
pub(super) struct GridRow<'a, const N: usize> {
    columns: &'a [Option<Neighbors>],
    /// The values at each column of the grid.
    values: Vec<[f32; N]>,
}

/// The squares whose centers are next to a pixel, on either side.
struct Neighbors {
    first: usize,
    second: usize,
    /// The weight of the second one.
    share: f32,
}

impl<const N: usize> Grid<N> {
    /// Places the grid over all of a picture.
    pub(super) fn over_all(&self, size: Size) -> PlacedGrid<'_, N> {
        let (width, height) = (f64::from(size.width), f64::from(size.height));
        self.over(size, ResizeArea { left: 0.0, top: 0.0, width, height })
    }

    /// Places the grid over an area of a picture.
    pub(super) fn over(&self, size: Size, area: ResizeArea) -> PlacedGrid<'_, N> {
        PlacedGrid {
            grid: self,
            columns: neighbors(size.width, (area.left, area.width), self.across, self.width),
            rows: neighbors(size.height, (area.top, area.height), self.down, self.height),
        }
    }
}

/// The neighbors of each of `pixels` pixels. From `start` on, `extent` of them are as long as `squares` squares, of which
/// there are `count` in the grid.
fn neighbors(pixels: u32, (start, extent): (f64, f64), squares: f32, count: usize) -> Vec<Option<Neighbors>> {
    let last = count.saturating_sub(1);
    let at = |pixel: u32| {
        let from_start = f64::from(pixel) + 0.5 - start;
        let at = (from_start / extent * f64::from(squares) - 0.5).clamp(0.0, last as f64) as f32;
        let first = at as usize;
        let neighbors = Neighbors { first, second: (first + 1).min(last), share: at - first as f32 };
        (0.0..extent).contains(&from_start).then_some(neighbors)
    };
    (0..pixels).map(at).collect()
}

impl<const N: usize> PlacedGrid<'_, N> {
    /// The values for the row `y` of pixels, if it is within the area.
    pub(super) fn row(&self, y: usize) -> Option<GridRow<'_, N>> {
        let Neighbors { first, second, share } = self.rows[y].as_ref()?;
        let width = self.grid.width;
        let row = |at: usize| self.grid.values[at * width..(at + 1) * width].iter();
        let values = row(*first).zip(row(*second)).map(|(one, two)| between(one, two, *share));
        Some(GridRow { columns: &self.columns, values: values.collect() })
    }
}

impl<const N: usize> GridRow<'_, N> {
    /// The values for the pixel `x`, if it is within the area.
    pub(super) fn at(&self, x: usize) -> Option<[f32; N]> {
        let Neighbors { first, second, share } = self.columns[x].as_ref()?;
        Some(between(&self.values[*first], &self.values[*second], *share))
    }
}

fn between<const N: usize>(one: &[f32; N], two: &[f32; N], share: f32) -> [f32; N] {
    let mut values = *one;
    values.iter_mut().zip(two).for_each(|(value, two)| *value += (two - *value) * share);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_interpolated_between_centers_and_repeated_outside() {
        let values = vec![[0.0], [10.0], [20.0], [30.0]];
        let grid = Grid { width: 2, height: 2, across: 2.0, down: 2.0, values };
        let placed = grid.over_all(Size { width: 4, height: 8 });
        let row = |y: usize| [0, 1, 2, 3].map(|x| placed.row(y).unwrap().at(x).unwrap()[0]);
        assert_eq!(row(0), [0.0, 2.5, 7.5, 10.0]);
        assert_eq!(row(7), [20.0, 22.5, 27.5, 30.0]);
        assert_eq!(row(3), [7.5, 10.0, 15.0, 17.5]);
    }

    #[test]
    fn there_are_no_values_outside_the_area() {
        let grid = Grid { width: 2, height: 1, across: 2.0, down: 1.0, values: vec![[0.0], [8.0]] };
        let area = ResizeArea { left: 1.0, top: -0.5, width: 4.0, height: 2.0 };
        let placed = grid.over(Size { width: 6, height: 3 }, area);
        let row = placed.row(0).unwrap();
        let values = [0, 1, 2, 3, 4, 5].map(|x| row.at(x).map(|[value]| value));
        assert_eq!(values, [None, Some(0.0), Some(2.0), Some(6.0), Some(8.0), None]);
        assert!(placed.row(1).is_none() && placed.row(2).is_none());
    }

    #[test]
    fn a_square_that_is_cut_off_keeps_its_center() {
        // Three pixels in squares of two: the second square has one pixel.
        let grid = Grid { width: 2, height: 1, across: 1.5, down: 1.0, values: vec![[0.0], [8.0]] };
        let placed = grid.over_all(Size { width: 3, height: 1 });
        let row = placed.row(0).unwrap();
        assert_eq!([0, 1, 2].map(|x| row.at(x)), [Some([0.0]), Some([2.0]), Some([6.0])]);
    }
}

//! The colors of an edited picture as a local function of the original's colors.
//!
//! In the neighborhood of each pixel, the function is affine: a matrix and an offset. It follows any change of light,
//! white balance, contrast or saturation that varies slowly. Fitting it over neighborhoods that overlap leaves no halo at
//! an edge, because each of them maps the colors on both of its sides (the guided filter of He, Sun and Tang, with colors
//! as its guide).

use image::RgbImage;
use seededit_base::parallel::map;
use seededit_resize::Size;

use super::grid::Grid;
use crate::merge::channels::{Channels, map_channels, rgb_channels};
use crate::plane::Plane;

/// The function is fitted once for each square of this side, in pixels of the comparison.
const SQUARE: usize = 4;
/// The standard deviation of the neighborhood of a square, in squares.
const NEIGHBORHOOD: f32 = 1.5;
/// The standard deviation over which neighboring functions are averaged, in squares.
const OVERLAP: f32 = 1.0;
/// The variance, in squared levels, up to which a neighborhood is too smooth to show how colors change. There, the detail
/// changes as in the whole picture.
const SMOOTH: f32 = 4.0;
/// The same for the whole picture, where the detail then stays as it is.
const SMOOTH_PICTURE: f32 = 1.0;
/// Subtracted from all levels, so that products of them are precise.
const MIDDLE: f32 = 128.0;

type Matrix = [[f32; 3]; 3];

/// A matrix, row by row, and an offset.
pub(super) type Affine = [f32; 12];

/// How colors change, at each place of a picture.
pub(super) struct Light(pub(super) Grid<12>);

/// Applies a function to a color.
pub(super) fn apply(function: &Affine, color: [f32; 3]) -> [f32; 3] {
    let [red, green, blue] = color.map(|level| level - MIDDLE);
    [0, 1, 2].map(|channel| {
        function[3 * channel] * red
            + function[3 * channel + 1] * green
            + function[3 * channel + 2] * blue
            + function[9 + channel]
    })
}

impl Light {
    /// Fits the change between two pictures of the same size.
    pub(super) fn between(original: &RgbImage, edited: &RgbImage) -> Light {
        let Size { width, height } = Size::of(original);
        let centered = |image| map_channels(rgb_channels(image), |plane| plane.map(|level| level - MIDDLE));
        let statistics = Statistics::of(&centered(original), &centered(edited));
        let prior = statistics.prior();
        let functions: Vec<Affine> = map(0..statistics.count(), |at| statistics.function(at, &prior));
        let (across, down) = (statistics.width(), statistics.height());
        let mut values = vec![[0.0; 12]; functions.len()];
        for coefficient in 0..12 {
            let levels = functions.iter().map(|function| function[coefficient]).collect();
            let averaged = Plane { width: across, height: down, levels }.gaussian_blur(OVERLAP);
            let levels = averaged.levels.into_iter();
            values.iter_mut().zip(levels).for_each(|(value, level)| value[coefficient] = level);
        }
        Light(Grid {
            width: across,
            height: down,
            across: width as f32 / SQUARE as f32,
            down: height as f32 / SQUARE as f32,
            values,
        })
    }
}

/// The means of levels and of their products in the neighborhood of each square.
struct Statistics {
    original: Channels,
    edited: Channels,
    /// Products of two channels of the original.
    squares: [Channels; 3],
    /// Products of a channel of the edited picture and each of the original.
    products: [Channels; 3],
}

impl Statistics {
    fn of(original: &Channels, edited: &Channels) -> Statistics {
        let [Plane { width, height, .. }, ..] = *original;
        let mean = |row: &(dyn Fn(usize, &mut [f32]) + Sync)| {
            Plane::square_means_from(width, height, SQUARE, row).gaussian_blur(NEIGHBORHOOD)
        };
        let mean_of = |plane: &Plane| mean(&|y, into| into.copy_from_slice(plane.row(y)));
        let mean_product = |one: &Plane, two: &Plane| {
            mean(&|y, into| {
                let levels = one.row(y).iter().zip(two.row(y));
                into.iter_mut().zip(levels).for_each(|(into, (one, two))| *into = one * two);
            })
        };
        let products = |with: &Channels| {
            map_channels(with.each_ref(), |one| {
                map_channels(original.each_ref(), |two| mean_product(one, two))
            })
        };
        Statistics {
            original: map_channels(original.each_ref(), mean_of),
            edited: map_channels(edited.each_ref(), mean_of),
            squares: products(original),
            products: products(edited),
        }
    }

    fn width(&self) -> usize {
        self.original[0].width
    }

    fn height(&self) -> usize {
        self.original[0].height
    }

    fn count(&self) -> usize {
        self.original[0].levels.len()
    }

    /// The covariances of the original's channels with each other, and with those of the edited picture, around a square.
    fn covariances(&self, at: usize) -> (Matrix, Matrix) {
        let levels = |channels: &Channels| [0, 1, 2].map(|channel| channels[channel].levels[at]);
        let (original, edited) = (levels(&self.original), levels(&self.edited));
        let covariance = |products: &[Channels; 3], means: [f32; 3]| {
            [0, 1, 2].map(|row| {
                let products = levels(&products[row]);
                [0, 1, 2].map(|column| products[column] - means[row] * original[column])
            })
        };
        (covariance(&self.squares, original), covariance(&self.products, edited))
    }

    /// How detail changes in the whole picture.
    fn prior(&self) -> Matrix {
        const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let (mut squares, mut products) = ([[0.0f64; 3]; 3], [[0.0f64; 3]; 3]);
        for at in 0..self.count() {
            let (of_original, with_edited) = self.covariances(at);
            add(&mut squares, &of_original);
            add(&mut products, &with_edited);
        }
        let mean =
            |sums: [[f64; 3]; 3]| sums.map(|row| row.map(|sum| (sum / self.count().max(1) as f64) as f32));
        regression(mean(squares), mean(products), SMOOTH_PICTURE, &IDENTITY)
    }

    /// The function around a square.
    fn function(&self, at: usize, prior: &Matrix) -> Affine {
        let (squares, products) = self.covariances(at);
        let matrix = regression(squares, products, SMOOTH, prior);
        let mean = [0, 1, 2].map(|channel| self.original[channel].levels[at]);
        let offset = [0, 1, 2].map(|channel| {
            let mapped: f32 = matrix[channel].iter().zip(mean).map(|(factor, mean)| factor * mean).sum();
            self.edited[channel].levels[at] + MIDDLE - mapped
        });
        let [[a, b, c], [d, e, f], [g, h, i]] = matrix;
        let [red, green, blue] = offset;
        [a, b, c, d, e, f, g, h, i, red, green, blue]
    }
}

fn add(sums: &mut [[f64; 3]; 3], matrix: &Matrix) {
    let levels = matrix.iter().flatten();
    sums.iter_mut().flatten().zip(levels).for_each(|(sum, level)| *sum += f64::from(*level));
}

/// The matrix that maps deviations of the original to those of the edited picture with the smallest error (ridge
/// regression). Its rows are those of `products`. Where the original's variance is not larger than `smooth`, it is near the
/// `prior`.
fn regression(squares: Matrix, products: Matrix, smooth: f32, prior: &Matrix) -> Matrix {
    let double = |level: f32| f64::from(level);
    let mut normal = squares.map(|row| row.map(double));
    (0..3).for_each(|at| normal[at][at] += double(smooth));
    let inverse = symmetric_inverse(normal);
    [0, 1, 2].map(|row| {
        let right = [0, 1, 2].map(|column| double(products[row][column] + smooth * prior[row][column]));
        [0, 1, 2].map(|column| {
            let sum: f64 = right.iter().zip(inverse).map(|(right, inverse)| right * inverse[column]).sum();
            sum as f32
        })
    })
}

/// The inverse of a symmetric, positive definite matrix.
fn symmetric_inverse([[a, b, c], [_, d, e], [.., f]]: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let (first, second, third) = (d * f - e * e, c * e - b * f, b * e - c * d);
    let determinant = a * first + b * second + c * third;
    let (middle, last, corner) = (a * f - c * c, a * d - b * b, b * c - a * e);
    [[first, second, third], [second, middle, corner], [third, corner, last]]
        .map(|row| row.map(|cofactor| cofactor / determinant))
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn an_inverse_is_one() {
        let matrix = [[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 2.0]];
        // It is symmetric, too, so its rows are its columns.
        for (row, line) in matrix.iter().enumerate() {
            for (column, inverse) in symmetric_inverse(matrix).iter().enumerate() {
                let product: f64 = line.iter().zip(inverse).map(|(one, two)| one * two).sum();
                assert!((product - f64::from(u8::from(row == column))).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_change_of_colors_is_found_where_there_is_texture_and_continued_where_there_is_none() {
        let mut rng = fastrand::Rng::with_seed(3);
        let original = RgbImage::from_fn(96, 64, |x, _| {
            Rgb([(); 3].map(|()| if x < 48 { rng.u8(60..180) } else { 120 }))
        });
        let warm = |[red, green, blue]: [f32; 3]| [red * 0.9 + green * 0.2 + 10.0, green, blue * 0.6];
        let edited = RgbImage::from_fn(96, 64, |x, y| {
            Rgb(warm(original.get_pixel(x, y).0.map(f32::from)).map(|level| level.round() as u8))
        });
        let light = Light::between(&original, &edited);
        let placed = light.0.over_all(Size { width: 96, height: 64 });
        // Deviations of 15 levels, which the smooth half does not have.
        for (x, color) in [(20, [100.0, 130.0, 90.0]), (80, [135.0, 120.0, 105.0])] {
            let found = apply(&placed.row(30).unwrap().at(x).unwrap(), color);
            let near = found.iter().zip(warm(color)).all(|(found, expected)| (found - expected).abs() < 1.5);
            assert!(near, "{x}: {found:?} instead of {:?}", warm(color));
        }
    }
}

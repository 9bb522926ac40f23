//! The size of the service's answer.

use seededit_resize::Size;

/// A row of the table: an aspect ratio in hundredths, and the size of the answer.
type Row = (u32, Size);

/// The sizes from which the service chooses with `size: "adaptive"`, and their aspect ratios in hundredths.
///
/// The order is that of the service: of two ratios at the same distance, the first wins. It is not quite ascending
/// (1.82 precedes 1.78). Source: the table in the publisher's documentation of SeedEdit 3.0.
pub const ADAPTIVE_SIZES: [Row; 53] = [
    row(33, 512, 1536),
    row(35, 544, 1536),
    row(38, 576, 1536),
    row(40, 608, 1536),
    row(42, 640, 1536),
    row(47, 640, 1376),
    row(51, 672, 1312),
    row(55, 704, 1280),
    row(56, 736, 1312),
    row(60, 768, 1280),
    row(63, 768, 1216),
    row(66, 800, 1216),
    row(67, 832, 1248),
    row(70, 832, 1184),
    row(72, 832, 1152),
    row(75, 864, 1152),
    row(78, 896, 1152),
    row(82, 896, 1088),
    row(85, 928, 1088),
    row(88, 960, 1088),
    row(91, 992, 1088),
    row(94, 1024, 1088),
    row(97, 1024, 1056),
    row(100, 1024, 1024),
    row(106, 1056, 992),
    row(110, 1088, 992),
    row(117, 1120, 960),
    row(124, 1152, 928),
    row(129, 1152, 896),
    row(133, 1152, 864),
    row(142, 1184, 832),
    row(146, 1216, 832),
    row(150, 1248, 832),
    row(156, 1248, 800),
    row(162, 1248, 768),
    row(167, 1280, 768),
    row(174, 1280, 736),
    row(182, 1280, 704),
    row(178, 1312, 736),
    row(186, 1312, 704),
    row(195, 1312, 672),
    row(200, 1344, 672),
    row(205, 1376, 672),
    row(210, 1408, 672),
    row(220, 1408, 640),
    row(225, 1440, 640),
    row(230, 1472, 640),
    row(235, 1504, 640),
    row(240, 1536, 640),
    row(253, 1536, 608),
    row(267, 1536, 576),
    row(282, 1536, 544),
    row(300, 1536, 512),
];

const fn row(hundredths: u32, width: u32, height: u32) -> Row {
    (hundredths, Size { width, height })
}

/// Returns the size of the answer to an input of this upright size: the first row with the nearest ratio.
///
/// Ratios outside the table get its first or last row. Distances are compared in integers, so that equal distances are
/// equal.
#[must_use]
pub fn adaptive_size(input: Size) -> Size {
    let distance = |&(hundredths, _): &Row| {
        (u64::from(input.width) * 100).abs_diff(u64::from(input.height) * u64::from(hundredths))
    };
    let [(_, first), ..] = ADAPTIVE_SIZES;
    ADAPTIVE_SIZES.iter().min_by_key(|row| distance(row)).map_or(first, |&(_, size)| size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn the_ratio_of_each_row_gives_that_row() {
        for (hundredths, expected) in ADAPTIVE_SIZES {
            assert_eq!(adaptive_size(size(hundredths, 100)), expected);
        }
    }

    #[test]
    fn the_size_of_each_row_gives_that_row() {
        for (_, expected) in ADAPTIVE_SIZES {
            assert_eq!(adaptive_size(expected), expected);
        }
    }

    #[test]
    fn the_published_example_has_the_published_size() {
        assert_eq!(adaptive_size(size(1024, 768)), size(1152, 864));
    }

    #[test]
    fn of_two_ratios_at_the_same_distance_the_first_in_the_table_wins() {
        // 1.80 is between 1.82 and 1.78, and 1.82 is the first.
        assert_eq!(adaptive_size(size(1800, 1000)), size(1280, 704));
        // 1.84 is between 1.82 and 1.86.
        assert_eq!(adaptive_size(size(1840, 1000)), size(1280, 704));
        // 0.34 is between 0.33 and 0.35.
        assert_eq!(adaptive_size(size(340, 1000)), size(512, 1536));
    }

    #[test]
    fn ratios_outside_the_table_get_its_first_or_last_row() {
        assert_eq!(adaptive_size(size(1, u32::MAX)), size(512, 1536));
        assert_eq!(adaptive_size(size(u32::MAX, 1)), size(1536, 512));
    }

    #[test]
    fn each_row_is_about_a_megapixel() {
        for (_, size) in ADAPTIVE_SIZES {
            assert!((780_000..1_120_000).contains(&size.pixels()), "{size}");
        }
    }

    proptest! {
        #[test]
        fn no_row_is_nearer_than_the_chosen_one(width in 1..10_000_u32, height in 1..10_000_u32) {
            let input = size(width, height);
            let distance = |hundredths: u32| (f64::from(hundredths) / 100.0 - input.ratio()).abs();
            let chosen = adaptive_size(input);
            let chosen = ADAPTIVE_SIZES.iter().find(|row| row.1 == chosen).unwrap();
            for row in ADAPTIVE_SIZES {
                prop_assert!(distance(chosen.0) <= distance(row.0) + 1e-9);
            }
        }

        #[test]
        fn the_answer_depends_on_the_ratio_alone(width in 1..3_000_u32, height in 1..3_000_u32, factor in 1..9_u32) {
            prop_assert_eq!(
                adaptive_size(size(width * factor, height * factor)),
                adaptive_size(size(width, height))
            );
        }
    }
}

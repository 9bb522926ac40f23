//! Tests of scaling. Not in the library, whose vector code would be compiled again for them.

use image::{ColorType, DynamicImage, GenericImageView, Rgb, RgbImage, Rgba, RgbaImage};
use seededit_resize::testing::{Sample, divide, multiply, scaled_in_one_band};
use seededit_resize::{Filter, ResizeArea, Size, resize, resize_part, resize_with};

const SIZE: Size = Size { width: 45, height: 38 };
const SMALL: Size = Size { width: 30, height: 17 };

fn rgb() -> RgbImage {
    RgbImage::from_fn(SIZE.width, SIZE.height, |x, y| {
        let level = |n: u32| n.min(255) as u8;
        Rgb([level(x * 5 + (x * 7 + y * 13) % 11), level(y * 4 + 90), level(200 - x - y)])
    })
}

fn rgba() -> RgbaImage {
    DynamicImage::from(rgb()).to_rgba8()
}

#[test]
fn the_color_type_is_kept() {
    let rgba = DynamicImage::from(rgba());
    for image in [
        rgba.to_luma8().into(),
        rgba.to_luma_alpha8().into(),
        rgba.to_rgb8().into(),
        rgba.clone(),
        rgba.to_luma16().into(),
        rgba.to_luma_alpha16().into(),
        rgba.to_rgb16().into(),
        DynamicImage::from(rgba.to_rgba16()),
    ] {
        for to in [SMALL, Size { width: 101, height: 99 }] {
            let scaled = resize(&image, to).unwrap();
            assert_eq!(scaled.color(), image.color());
            assert_eq!(scaled.dimensions(), (to.width, to.height));
        }
    }
    let float = DynamicImage::from(rgba.to_rgb32f());
    assert_eq!(resize(&float, SMALL).unwrap().color(), ColorType::Rgb16);
}

#[test]
fn gray_levels_do_not_depend_on_the_color_type() {
    let gray = DynamicImage::from(DynamicImage::from(rgb()).to_luma8());
    let expected = resize(&gray, SMALL).unwrap().to_luma8();
    for image in [
        gray.to_luma_alpha8().into(),
        gray.to_rgb8().into(),
        gray.to_luma16().into(),
        DynamicImage::from(gray.to_luma_alpha16()),
    ] {
        let scaled = resize(&image, SMALL).unwrap().to_luma8();
        let near = |(one, other): (&u8, &u8)| one.abs_diff(*other) <= 1;
        assert!(scaled.iter().zip(expected.iter()).all(near), "{:?}", image.color());
    }
}

#[test]
fn the_same_size_returns_the_same_picture() {
    let image = DynamicImage::from(rgb());
    assert_eq!(resize(&image, SIZE).unwrap(), image);
}

#[test]
fn a_single_color_is_kept() {
    let image = RgbImage::from_pixel(64, 48, Rgb([200, 30, 90])).into();
    for to in [SMALL, Size { width: 100, height: 90 }] {
        assert!(resize(&image, to).unwrap().to_rgb8().pixels().all(|pixel| pixel.0 == [200, 30, 90]));
    }
}

#[test]
fn transparent_pixels_do_not_color_their_neighbors() {
    let image =
        RgbaImage::from_fn(64, 64, |x, _| if x < 32 { Rgba([250, 0, 0, 255]) } else { Rgba([0, 250, 0, 0]) });
    let scaled = resize(&image.into(), SMALL).unwrap().to_rgba8();
    for pixel in scaled.pixels().filter(|pixel| pixel.0[3] > 8) {
        assert!(pixel.0[0] > 230 && pixel.0[1] < 20, "{pixel:?}");
    }
}

#[test]
fn a_scaled_part_equals_that_part_of_the_scaled_whole() {
    let image = DynamicImage::from(rgb());
    let Size { width, height } = SIZE;
    let whole = resize(&image, Size { width: 2 * width, height: 2 * height }).unwrap();
    let part = ResizeArea { left: 10.5, top: 7.0, width: 20.5, height: 11.5 };
    let scaled = resize_part(&image, part, Size { width: 41, height: 23 }).unwrap();
    // The weights are rounded differently.
    let expected = whole.crop_imm(21, 14, 41, 23).to_rgb8();
    let near = |(one, other): (&u8, &u8)| one.abs_diff(*other) <= 1;
    assert!(scaled.to_rgb8().iter().zip(expected.iter()).all(near));
}

#[test]
fn bands_and_rows_out_of_reach_make_no_difference() {
    let pixels =
        RgbImage::from_fn(2003, 1501, |x, y| Rgb([(x * y / 97) as u8, (x / 3 + y / 5) as u8, (x ^ y) as u8]));
    let image = DynamicImage::from(pixels.clone());
    for (to, part) in [
        (Size { width: 601, height: 451 }, ResizeArea { left: 0.0, top: 0.0, width: 2003.0, height: 1501.0 }),
        (Size { width: 400, height: 300 }, ResizeArea { left: 3.0, top: 1.0, width: 2000.0, height: 1500.0 }),
        (
            Size { width: 80, height: 60 },
            ResizeArea { left: 300.5, top: 700.25, width: 400.0, height: 300.5 },
        ),
        (
            Size { width: 500, height: 700 },
            ResizeArea { left: 300.5, top: 1400.75, width: 50.0, height: 70.0 },
        ),
    ] {
        let whole = scaled_in_one_band(&pixels, part, to).unwrap();
        assert!(resize_part(&image, part, to).unwrap() == whole.into(), "{to}");
    }
}

#[test]
fn an_area_outside_the_image_is_refused() {
    let image = DynamicImage::from(rgb());
    for (left, width) in [(-1.0, 10.0), (40.0, 10.0), (0.0, f64::NAN), (f64::INFINITY, 1.0)] {
        let part = ResizeArea { left, top: 0.0, width, height: 10.0 };
        assert!(resize_part(&image, part, SMALL).is_err(), "{part:?}");
    }
}

#[test]
fn the_triangle_takes_the_mean_when_it_shrinks() {
    let stripes = RgbImage::from_fn(400, 4, |x, _| Rgb([x as u8 % 2 * 200; 3]));
    let scaled = resize_with(&stripes.into(), Size { width: 10, height: 1 }, Filter::Triangle).unwrap();
    for pixel in scaled.to_rgb8().pixels() {
        assert!((98..=102).contains(&pixel.0[0]), "{pixel:?}");
    }
}

/// Multiplies a gray pixel, and divides it again.
fn there_and_back<S: Sample + PartialEq + std::fmt::Debug>(level: S, alpha: S) -> (S, S) {
    let (colors, opacity) = multiply(&[[level, level, level, alpha]]);
    assert_eq!(opacity, [alpha]);
    let mut pixels = [[alpha; 4]];
    divide(&colors, &opacity, &mut pixels);
    assert_eq!(pixels[0][3], alpha);
    (colors[0][0], pixels[0][0])
}

#[test]
fn levels_are_rounded_to_the_nearest() {
    for alpha in 0..=255u8 {
        for level in 0..=255u8 {
            let (multiplied, divided) = there_and_back(level, alpha);
            let product = (u32::from(level) * u32::from(alpha) * 2 + 255) / 510;
            assert_eq!(u32::from(multiplied), product, "{level} {alpha}");
            // A half may be rounded down, because the factor is rounded.
            let distance = (u32::from(divided) * u32::from(alpha)).abs_diff(product * 255);
            assert!(distance * 2 <= u32::from(alpha), "{level} {alpha}: {divided}");
        }
    }
}

#[test]
fn sixteen_bits_are_kept_where_alpha_allows() {
    for level in [0, 1, 257, 32767, 32768, 65534, 65535] {
        assert_eq!(there_and_back::<u16>(level, 65535), (level, level));
        let (multiplied, divided) = there_and_back::<u16>(level, 32768);
        assert!((i32::from(multiplied) - i32::from(level) / 2).abs() <= 1, "{level}");
        assert!(divided.abs_diff(level) <= 1, "{level} {divided}");
        assert_eq!(there_and_back::<u16>(level, 0), (0, 0));
    }
}

#[test]
fn the_largest_size_has_a_pixel_count() {
    let size = Size { width: u32::MAX, height: u32::MAX };
    assert_eq!(size.pixels(), 18_446_744_065_119_617_025);
}

#[test]
fn a_size_is_written_width_first() {
    let size = Size { width: 1152, height: 864 };
    assert_eq!(size.to_string(), "1152×864");
    assert_eq!(size.transposed().to_string(), "864×1152");
    assert!((size.ratio() - 4.0 / 3.0).abs() < 1e-12);
}

//! Tests of restoring answers, with known changes.

use image::{GrayImage, Luma, Rgb, RgbImage};
use proptest::prelude::*;

use super::*;
use crate::format::{Format, Header};
use crate::geometry::adaptive_size;
use crate::limits::InputLimits;

fn decoded(image: DynamicImage) -> Decoded {
    let header =
        Header { has_alpha: image.color().has_alpha(), ..Header::new(Format::Png, Size::of(&image)) };
    Decoded { image, colors: ColorSpace::SRGB, header }
}

/// Restores an answer that is already decoded.
fn restored(
    options: &RestoreOptions,
    original: Decoded,
    answer: Decoded,
    frame: Rect,
) -> Result<Restored, RestoreError> {
    let answer = options.prepare_decoded(answer, None, frame, original.header.size)?;
    options.combine(original, answer)
}

/// A picture in which neighboring pixels differ.
fn patterned(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, (x * 3 + y * 11) as u8]))
        .into()
}

fn red(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_pixel(width, height, Rgb([230, 10, 10])).into()
}

#[test]
fn the_padding_of_any_picture_can_be_cropped_off() {
    for (width, height) in [(300, 1100), (2600, 600), (305, 50), (50, 305), (311, 51), (5200, 610)] {
        let size = Size { width, height };
        let frame = InputLimits::default().padded_rect(Rect::whole(size));
        let answer = adaptive_size(frame.size);
        let (original, edited) = (patterned(width, height), patterned(answer.width, answer.height));
        let restored = restored(&RestoreOptions::default(), decoded(original), decoded(edited), frame);
        assert!(restored.is_ok(), "{size}");
    }
}

#[test]
fn a_mask_that_becomes_black_at_the_pictures_size_is_refused() {
    let dim = GrayImage::from_fn(800, 600, |x, y| image::Luma([if (x, y) == (9, 9) { 19 } else { 0 }]));
    let mask = Mask::read(decoded(dim.into()), MaskReading::default()).unwrap();
    let options = RestoreOptions { area: EditArea::Mask(mask), ..RestoreOptions::default() };
    assert!(matches!(options.upload_rect(Size { width: 80, height: 60 }, None), Err(RestoreError::NoChange)));
}

impl Restored {
    fn image(&self) -> &DynamicImage {
        match &self.picture {
            Picture::Image(image, _) => image,
            Picture::Jpeg(_) => panic!("it is a file"),
        }
    }

    fn colors(&self) -> &ColorSpace {
        match &self.picture {
            Picture::Image(_, colors) => colors,
            Picture::Jpeg(_) => panic!("it is a file"),
        }
    }
}

fn region(text: &str) -> RestoreOptions {
    RestoreOptions { area: EditArea::Region(text.parse().unwrap()), ..RestoreOptions::default() }
}

/// Restores an answer that is red all over.
fn painted_red(options: &RestoreOptions, original: &DynamicImage) -> Restored {
    let size = Size::of(original);
    let frame = options.upload_rect(size, None).unwrap().unwrap_or(Rect::whole(size));
    let answer = red(frame.size.width.min(1024), frame.size.height.min(1024));
    restored(options, decoded(original.clone()), decoded(answer), frame).unwrap()
}

#[test]
fn the_result_is_the_answer_inside_a_region_and_the_original_outside() {
    let original = patterned(400, 300);
    let options = RestoreOptions {
        merge: MergeOptions { feather: Some(4.0), ..MergeOptions::default() },
        ..region("100x80+50+60")
    };
    let result = painted_red(&options, &original);
    let (result, original) = (result.image().to_rgb8(), original.to_rgb8());
    for (x, y, pixel) in result.enumerate_pixels() {
        let inside = (50..150).contains(&x) && (60..140).contains(&y);
        assert!(inside || pixel == original.get_pixel(x, y), "{x} {y}");
        let deep = (58..142).contains(&x) && (68..132).contains(&y);
        assert!(!deep || pixel.0[0] > 200, "{x} {y} {pixel:?}");
    }
}

#[test]
fn a_region_is_not_feathered_at_the_border_of_the_picture_and_a_single_pixel_is_replaced() {
    let original = patterned(200, 200);
    let corner = painted_red(&region("50%x50%+0+0"), &original).change.unwrap().coverage;
    assert_eq!(corner.mask.get_pixel(0, 0).0[0], 255);
    assert!(corner.mask.get_pixel(99, 20).0[0] < 128);
    let pixel = painted_red(&region("1x1+100+100"), &original);
    assert!(pixel.change.as_ref().unwrap().share < 0.000_1);
    assert!(pixel.image().to_rgb8().get_pixel(100, 100).0[0] > 200);
}

#[test]
fn a_gray_mask_blends_the_answer_with_the_original() {
    let original = patterned(100, 100);
    let mask = GrayImage::from_fn(100, 100, |x, _| {
        Luma([if x < 50 {
            0
        } else if x < 75 {
            128
        } else {
            255
        }])
    });
    let mask = Mask::read(decoded(mask.into()), MaskReading::default()).unwrap();
    let options = RestoreOptions { area: EditArea::Mask(mask), ..RestoreOptions::default() };
    let result = painted_red(&options, &original).image().to_rgb8();
    let before = original.to_rgb8();
    for (x, y, pixel) in result.enumerate_pixels() {
        let was = before.get_pixel(x, y);
        match x {
            0..50 => assert_eq!(pixel, was),
            50..75 => {
                let half = (i32::from(was.0[0]) + 230) / 2;
                // Color matching moves the answer by up to 12 levels, half of which remain here.
                assert!((i32::from(pixel.0[0]) - half).abs() <= 14, "{x} {y}");
            }
            _ => assert!(pixel.0[0] > 200, "{x} {y} {pixel:?}"),
        }
    }
}

#[test]
fn a_mask_is_scaled_and_refused_if_it_has_another_shape_or_is_black() {
    let small = GrayImage::from_fn(50, 50, |x, _| Luma([if x < 25 { 0 } else { 255 }]));
    let options = RestoreOptions {
        area: EditArea::Mask(Mask::read(decoded(small.into()), MaskReading::default()).unwrap()),
        ..RestoreOptions::default()
    };
    let original = patterned(200, 200);
    let result = painted_red(&options, &original).image().to_rgb8();
    assert_eq!(result.get_pixel(90, 50), original.to_rgb8().get_pixel(90, 50));
    assert!(result.get_pixel(150, 50).0[0] > 200);
    let error = options.upload_rect(Size { width: 200, height: 100 }, None).unwrap_err();
    assert_eq!(error.to_string(), "the mask is 50×50 and the picture is 200×100: their aspect ratios differ");
    assert!(matches!(
        Mask::read(decoded(GrayImage::new(9, 9).into()), MaskReading::default()),
        Err(RestoreError::NoChange)
    ));
}

#[test]
fn the_size_is_kept_and_padding_is_cropped_off() {
    let options = RestoreOptions { mode: ResultMode::KeepSize, ..RestoreOptions::default() };
    let original = patterned(640, 480);
    let size = Size { width: 640, height: 480 };
    let result = restored(&options, decoded(original), decoded(red(1152, 864)), Rect::whole(size)).unwrap();
    assert_eq!((result.image().width(), result.image().height()), (640, 480));

    // A strip of 900×100 is padded to 900×300, and the answer is 1536×512.
    let strip = Size { width: 900, height: 100 };
    let frame = InputLimits::default().padded_rect(Rect::whole(strip));
    let answer = RgbImage::from_fn(1536, 512, |_, y| match y {
        172..340 => Rgb([230, 10, 10]),
        _ => Rgb([0, 0, 0]),
    });
    let result =
        restored(&RestoreOptions::default(), decoded(patterned(900, 100)), decoded(answer.into()), frame)
            .unwrap();
    assert_eq!((result.image().width(), result.image().height()), (1536, 171));
    assert!(result.image().to_rgb8().get_pixel(700, 80).0[0] > 200);
}

#[test]
fn transparency_is_kept_on_request() {
    let glass =
        image::RgbaImage::from_fn(64, 64, |x, _| image::Rgba([9, 9, 9, if x < 32 { 0 } else { 255 }]));
    for (mode, size) in [(ResultMode::AsAnswered, 128), (ResultMode::KeepSize, 64)] {
        let merge = MergeOptions { alpha: AlphaMode::Keep, ..MergeOptions::default() };
        let options = RestoreOptions { mode, merge, ..RestoreOptions::default() };
        let frame = Rect::whole(Size { width: 64, height: 64 });
        let result =
            restored(&options, decoded(glass.clone().into()), decoded(red(128, 128)), frame).unwrap();
        let result = result.image().to_rgba8();
        assert_eq!(result.width(), size);
        assert_eq!(result.get_pixel(size / 8, size / 2).0, [9, 9, 9, 0]);
        assert_eq!(result.get_pixel(size * 7 / 8, size / 2).0, [230, 10, 10, 255]);
    }
}

#[test]
fn the_edge_of_a_kept_transparency_has_no_white_from_the_page() {
    // A black square whose edges are half transparent, and a red one on white in the answer.
    let square = image::RgbaImage::from_fn(96, 96, |x, y| {
        let inside = |side: std::ops::Range<u32>| side.contains(&x) && side.contains(&y);
        image::Rgba([
            0,
            0,
            0,
            if inside(33..63) {
                255
            } else if inside(32..64) {
                128
            } else {
                0
            },
        ])
    });
    let answer = RgbImage::from_fn(96, 96, |x, y| {
        let share = f32::from(square.get_pixel(x, y).0[3]) / 255.0;
        Rgb([230.0, 10.0, 10.0].map(|level: f32| (255.0 + (level - 255.0) * share).round() as u8))
    });
    let merge = MergeOptions { alpha: AlphaMode::Keep, ..MergeOptions::default() };
    for mode in [ResultMode::AsAnswered, ResultMode::KeepSize, ResultMode::Preserve] {
        let options = RestoreOptions { mode, merge, ..RestoreOptions::default() };
        let frame = Rect::whole(Size { width: 96, height: 96 });
        let result =
            restored(&options, decoded(square.clone().into()), decoded(answer.clone().into()), frame)
                .unwrap();
        for (before, after) in square.pixels().zip(result.image().to_rgba8().pixels()) {
            let [red, green, blue, alpha] = after.0;
            assert_eq!(alpha, before.0[3]);
            let is_red = red.abs_diff(230) <= 12 && green <= 22 && blue <= 22;
            assert!(is_red || alpha == 0, "{mode:?}: {after:?}");
        }
    }
}

#[test]
fn a_merged_result_has_the_originals_profile_and_the_answer_is_converted_to_it() {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let srgb = moxcms::ColorProfile::new_srgb().encode().unwrap();
    let options = region("50%x50%+0+0");
    let size = Size { width: 100, height: 100 };
    let frame = options.upload_rect(size, None).unwrap().unwrap();
    let (p3, srgb) = (ColorSpace::of_icc(p3), ColorSpace::of_icc(srgb));
    for (colors, expected) in [(srgb, 210), (ColorSpace::SRGB, 230)] {
        let original = Decoded { colors: p3.clone(), ..decoded(patterned(100, 100)) };
        let answer = Decoded { colors, ..decoded(red(100, 100)) };
        let result = restored(&options, original, answer, frame).unwrap();
        assert_eq!(*result.colors(), p3);
        let level = result.image().to_rgb8().get_pixel(10, 10).0[0];
        assert!(level.abs_diff(expected) <= 14, "{level} for {expected}");
    }
}

#[test]
fn an_answer_with_a_profile_is_merged_like_one_that_is_prepared_earlier() {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let options = RestoreOptions { mode: ResultMode::Preserve, ..RestoreOptions::default() };
    let size = Size { width: 160, height: 120 };
    let original = patterned(160, 120);
    let mut edited = original.to_rgb8();
    for (x, y, pixel) in edited.enumerate_pixels_mut() {
        if (40..90).contains(&x) && (30..80).contains(&y) {
            *pixel = Rgb([10, 10, 240]);
        }
    }
    let p3 = ColorSpace::of_icc(p3);
    let results = [ColorSpace::SRGB, p3.clone()].map(|colors| {
        let original = Decoded { colors: p3.clone(), ..decoded(original.clone()) };
        let answer = Decoded { colors, ..decoded(edited.clone().into()) };
        restored(&options, original, answer, Rect::whole(size)).unwrap()
    });
    let [prepared, converted] = &results;
    assert!(prepared.image() == converted.image() && *prepared.image() != original);
    assert_eq!(prepared.colors(), converted.colors());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn outside_a_region_or_a_mask_the_result_is_the_original(
        (width, height) in (16u32..160, 16u32..160),
        (left, top, across, down) in (0.0f64..90.0, 0.0f64..90.0, 1.0f64..100.0, 1.0f64..100.0),
        preserve in any::<bool>(), feather in prop::option::of(0.0f32..60.0),
    ) {
        let original = patterned(width, height);
        let size = Size { width, height };
        let text = format!("{across:.2}%x{down:.2}%+{left:.2}%+{top:.2}%");
        let part = text.parse::<Region>().unwrap().resolve(size).unwrap();
        let mask = GrayImage::from_fn(width, height, |x, y| {
            let inside = (part.left..part.right()).contains(&i64::from(x))
                && (part.top..part.bottom()).contains(&i64::from(y));
            Luma([if inside { 200 } else { 0 }])
        });
        let mode = if preserve { ResultMode::Preserve } else { ResultMode::AsAnswered };
        let merge = MergeOptions { feather, ..MergeOptions::default() };
        for area in [
            EditArea::Region(text.parse().unwrap()),
            EditArea::Mask(Mask::read(decoded(mask.clone().into()), MaskReading::default()).unwrap()),
        ] {
            let result = painted_red(&RestoreOptions { mode, area, merge }, &original).image().to_rgb8();
            for ((mask, was), is) in mask.pixels().zip(original.to_rgb8().pixels()).zip(result.pixels()) {
                prop_assert!(mask.0[0] > 0 || was == is);
            }
        }
    }
}

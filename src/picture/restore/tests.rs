//! Bringing answers back, on pictures of which the truth is known.

use image::{GrayImage, Luma, Rgb, RgbImage};
use proptest::prelude::*;

use super::*;
use crate::format::{Format, Header};
use crate::geometry::{Orientation, adaptive_size};
use crate::limits::padded_rect;

fn decoded(image: DynamicImage) -> Decoded {
    let header = Header {
        format: Format::Png,
        size: Size::of(&image),
        orientation: Orientation::default(),
        alpha: image.color().has_alpha(),
        cmyk: false,
    };
    Decoded { image, icc: None, header }
}

/// Restores what was never in a file.
fn restored(
    rule: &RestoreOptions,
    original: Decoded,
    answer: Decoded,
    frame: Rect,
) -> Result<Restored, RestoreError> {
    let answer = rule.answer(answer, frame, original.header.size)?;
    rule.bring_back(original, answer)
}

/// Something that is different everywhere.
fn patterned(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([(x * 7) as u8, (y * 5) as u8, (x * 3 + y * 11) as u8]))
        .into()
}

fn red(width: u32, height: u32) -> DynamicImage {
    RgbImage::from_pixel(width, height, Rgb([230, 10, 10])).into()
}

#[test]
fn padding_of_any_picture_can_be_cut_off_again() {
    for (width, height) in [(300, 1100), (2600, 600), (305, 50), (50, 305), (311, 51), (5200, 610)] {
        let size = Size { width, height };
        let frame = padded_rect(Rect::whole(size));
        let answer = adaptive_size(frame.size);
        let (original, edited) = (patterned(width, height), patterned(answer.width, answer.height));
        let restored = restored(&RestoreOptions::default(), decoded(original), decoded(edited), frame);
        assert!(restored.is_ok(), "{size}");
    }
}

#[test]
fn a_mask_that_is_black_at_the_pictures_size_is_refused() {
    let dim = GrayImage::from_fn(800, 600, |x, y| image::Luma([if (x, y) == (9, 9) { 3 } else { 0 }]));
    let mask = Mask::of(decoded(dim.into())).unwrap();
    let rule = RestoreOptions { area: super::EditArea::Mask(mask), ..RestoreOptions::default() };
    assert!(matches!(rule.part(Size { width: 80, height: 60 }), Err(RestoreError::Black)));
}

fn region(text: &str) -> RestoreOptions {
    RestoreOptions { area: EditArea::Region(text.parse().unwrap()), ..RestoreOptions::default() }
}

/// Restores an answer that is red all over.
fn painted_red(rule: &RestoreOptions, original: &DynamicImage) -> Restored {
    let size = Size::of(original);
    let frame = rule.part(size).unwrap().unwrap_or(Rect::whole(size));
    let answer = red(frame.size.width.min(1024), frame.size.height.min(1024));
    restored(rule, decoded(original.clone()), decoded(answer), frame).unwrap()
}

#[test]
fn a_region_is_the_answer_within_and_the_original_outside() {
    let original = patterned(400, 300);
    let rule = RestoreOptions {
        options: MergeOptions { feather: Some(4.0), ..MergeOptions::default() },
        ..region("100x80+50+60")
    };
    let result = painted_red(&rule, &original);
    let (result, original) = (result.image.to_rgb8(), original.to_rgb8());
    for (x, y, pixel) in result.enumerate_pixels() {
        let inside = (50..150).contains(&x) && (60..140).contains(&y);
        assert!(inside || pixel == original.get_pixel(x, y), "{x} {y}");
        let deep = (58..142).contains(&x) && (68..132).contains(&y);
        assert!(!deep || pixel.0[0] > 200, "{x} {y} {pixel:?}");
    }
}

#[test]
fn a_region_at_the_picture_s_border_does_not_fade_there_and_one_of_a_pixel_is_taken_whole() {
    let original = patterned(200, 200);
    let corner = painted_red(&region("50%x50%+0+0"), &original).change.unwrap().coverage;
    assert_eq!(corner.mask.get_pixel(0, 0).0[0], 255);
    assert!(corner.mask.get_pixel(99, 20).0[0] < 128);
    let pixel = painted_red(&region("1x1+100+100"), &original);
    assert!(pixel.change.unwrap().share < 0.000_1);
    assert!(pixel.image.to_rgb8().get_pixel(100, 100).0[0] > 200);
}

#[test]
fn a_mask_says_how_much_of_each_pixel_may_change() {
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
    let mask = Mask::of(decoded(mask.into())).unwrap();
    let rule = RestoreOptions { area: EditArea::Mask(mask), ..RestoreOptions::default() };
    let result = painted_red(&rule, &original).image.to_rgb8();
    let before = original.to_rgb8();
    for (x, y, pixel) in result.enumerate_pixels() {
        let was = before.get_pixel(x, y);
        match x {
            0..50 => assert_eq!(pixel, was),
            50..75 => {
                let half = (i32::from(was.0[0]) + 230) / 2;
                // Half of what colours are brought to each other by.
                assert!((i32::from(pixel.0[0]) - half).abs() <= 14, "{x} {y}");
            }
            _ => assert!(pixel.0[0] > 200, "{x} {y} {pixel:?}"),
        }
    }
}

#[test]
fn a_mask_of_another_size_is_scaled_and_one_of_another_shape_or_black_is_refused() {
    let small = GrayImage::from_fn(50, 50, |x, _| Luma([if x < 25 { 0 } else { 255 }]));
    let rule = RestoreOptions {
        area: EditArea::Mask(Mask::of(decoded(small.into())).unwrap()),
        ..RestoreOptions::default()
    };
    let original = patterned(200, 200);
    let result = painted_red(&rule, &original).image.to_rgb8();
    assert_eq!(result.get_pixel(90, 50), original.to_rgb8().get_pixel(90, 50));
    assert!(result.get_pixel(150, 50).0[0] > 200);
    let error = rule.part(Size { width: 200, height: 100 }).unwrap_err();
    assert_eq!(error.to_string(), "the mask is 50×50 and the picture is 200×100: their aspect ratios differ");
    assert!(matches!(Mask::of(decoded(GrayImage::new(9, 9).into())), Err(RestoreError::Black)));
}

#[test]
fn the_size_is_kept_and_padding_cut_off() {
    let rule = RestoreOptions { way: ResultMode::KeepSize, ..RestoreOptions::default() };
    let original = patterned(640, 480);
    let size = Size { width: 640, height: 480 };
    let result = restored(&rule, decoded(original), decoded(red(1152, 864)), Rect::whole(size)).unwrap();
    assert_eq!((result.image.width(), result.image.height()), (640, 480));

    // A strip of 900 by 100 is sent as one of 900 by 300, and comes back as 1536 by 512.
    let strip = Size { width: 900, height: 100 };
    let frame = padded_rect(Rect::whole(strip));
    let answer = RgbImage::from_fn(1536, 512, |_, y| match y {
        172..340 => Rgb([230, 10, 10]),
        _ => Rgb([0, 0, 0]),
    });
    let result =
        restored(&RestoreOptions::default(), decoded(patterned(900, 100)), decoded(answer.into()), frame)
            .unwrap();
    assert_eq!((result.image.width(), result.image.height()), (1536, 171));
    assert!(result.image.to_rgb8().get_pixel(700, 80).0[0] > 200);
}

#[test]
fn transparency_is_kept_when_asked_for() {
    let glass =
        image::RgbaImage::from_fn(64, 64, |x, _| image::Rgba([9, 9, 9, if x < 32 { 0 } else { 255 }]));
    for (way, size) in [(ResultMode::Delivered, 128), (ResultMode::KeepSize, 64)] {
        let options = MergeOptions { alpha: Alpha::Keep, ..MergeOptions::default() };
        let rule = RestoreOptions { way, options, ..RestoreOptions::default() };
        let frame = Rect::whole(Size { width: 64, height: 64 });
        let result = restored(&rule, decoded(glass.clone().into()), decoded(red(128, 128)), frame).unwrap();
        let result = result.image.to_rgba8();
        assert_eq!(result.width(), size);
        assert_eq!(result.get_pixel(size / 8, size / 2).0, [230, 10, 10, 0]);
        assert_eq!(result.get_pixel(size * 7 / 8, size / 2).0, [230, 10, 10, 255]);
    }
}

#[test]
fn white_from_the_page_does_not_stay_at_the_edge_of_a_kept_transparency() {
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
    let options = MergeOptions { alpha: Alpha::Keep, ..MergeOptions::default() };
    for way in [ResultMode::Delivered, ResultMode::KeepSize, ResultMode::Preserve] {
        let rule = RestoreOptions { way, options, ..RestoreOptions::default() };
        let frame = Rect::whole(Size { width: 96, height: 96 });
        let result =
            restored(&rule, decoded(square.clone().into()), decoded(answer.clone().into()), frame).unwrap();
        for (before, after) in square.pixels().zip(result.image.to_rgba8().pixels()) {
            let [red, green, blue, alpha] = after.0;
            assert_eq!(alpha, before.0[3]);
            let is_red = red.abs_diff(230) <= 12 && green <= 22 && blue <= 22;
            assert!(is_red || alpha == 0, "{way:?}: {after:?}");
        }
    }
}

#[test]
fn the_original_s_profile_stays_with_what_is_merged_and_the_answer_s_colours_are_brought_to_it() {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let srgb = moxcms::ColorProfile::new_srgb().encode().unwrap();
    let rule = region("50%x50%+0+0");
    let size = Size { width: 100, height: 100 };
    let frame = rule.part(size).unwrap().unwrap();
    for (profile, expected) in [(Some(srgb), 210), (None, 230)] {
        let original = Decoded { icc: Some(p3.clone()), ..decoded(patterned(100, 100)) };
        let answer = Decoded { icc: profile, ..decoded(red(100, 100)) };
        let result = restored(&rule, original, answer, frame).unwrap();
        assert_eq!(result.icc.as_ref(), Some(&p3));
        let level = result.image.to_rgb8().get_pixel(10, 10).0[0];
        assert!(level.abs_diff(expected) <= 14, "{level} for {expected}");
    }
}

#[test]
fn an_answer_that_has_to_wait_for_the_original_s_profile_is_merged_like_one_that_has_not() {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let rule = RestoreOptions { way: ResultMode::Preserve, ..RestoreOptions::default() };
    let size = Size { width: 160, height: 120 };
    let original = patterned(160, 120);
    let mut edited = original.to_rgb8();
    for (x, y, pixel) in edited.enumerate_pixels_mut() {
        if (40..90).contains(&x) && (30..80).contains(&y) {
            *pixel = Rgb([10, 10, 240]);
        }
    }
    let results = [None, Some(p3.clone())].map(|icc| {
        let original = Decoded { icc: Some(p3.clone()), ..decoded(original.clone()) };
        let answer = Decoded { icc, ..decoded(edited.clone().into()) };
        restored(&rule, original, answer, Rect::whole(size)).unwrap()
    });
    let [at_once, waiting] = &results;
    assert!(at_once.image == waiting.image && at_once.image != original);
    assert_eq!(at_once.icc, waiting.icc);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn outside_of_any_region_and_any_mask_the_result_is_the_original(
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
        let way = if preserve { ResultMode::Preserve } else { ResultMode::Delivered };
        let options = MergeOptions { feather, ..MergeOptions::default() };
        for area in [
            EditArea::Region(text.parse().unwrap()),
            EditArea::Mask(Mask::of(decoded(mask.clone().into())).unwrap()),
        ] {
            let result = painted_red(&RestoreOptions { way, area, options }, &original).image.to_rgb8();
            for ((mask, was), is) in mask.pixels().zip(original.to_rgb8().pixels()).zip(result.pixels()) {
                prop_assert!(mask.0[0] > 0 || was == is);
            }
        }
    }
}

//! Transparent originals. The model sees them on white and answers on white, but no white may remain.

use image::{Rgba, RgbaImage};

use super::drawing::{scaled, through_jpeg};
use super::*;
use crate::color::flatten::flatten;

/// The color and the opacity of a point, in pixels of an original of 400×300.
type Paint = fn(f32, f32) -> [f32; 4];

fn disc((x, y): (f32, f32), center: (f32, f32), radius: f32) -> bool {
    (x - center.0).hypot(y - center.1) < radius
}

/// A teal ring and a soft shadow.
fn ring(x: f32, y: f32) -> [f32; 4] {
    let at = (x, y);
    if disc(at, (150.0, 150.0), 80.0) && !disc(at, (150.0, 170.0), 20.0) {
        return [20.0, 140.0, 140.0, 255.0];
    }
    let shadow = (1.0 - (x - 310.0).hypot(y - 220.0) / 60.0).max(0.0);
    [0.0, 0.0, 0.0, 150.0 * shadow]
}

/// The ring in red.
fn red_ring(x: f32, y: f32) -> [f32; 4] {
    match ring(x, y) {
        [20.0, _, _, alpha] => [200.0, 40.0, 40.0, alpha],
        other => other,
    }
}

/// The ring with a hat, and next to it a yellow disc with a white eye.
fn hat_and_eye(x: f32, y: f32) -> [f32; 4] {
    let at = (x, y);
    match ring(x, y) {
        _ if disc(at, (300.0, 80.0), 10.0) => [255.0; 4],
        _ if disc(at, (300.0, 80.0), 15.0) => [30.0, 30.0, 30.0, 255.0],
        _ if disc(at, (300.0, 80.0), 45.0) => [250.0, 230.0, 120.0, 255.0],
        _ if (110.0..190.0).contains(&x) && (30.0..90.0).contains(&y) => [40.0, 40.0, 160.0, 255.0],
        other => other,
    }
}

/// Draws a picture at a multiple of 400×300, with 16 points per pixel.
fn drawn(paint: Paint, scale: f32) -> RgbaImage {
    let side = |side: f32| (side * scale) as u32;
    RgbaImage::from_fn(side(400.0), side(300.0), |x, y| {
        let mut sum = [0.0; 4];
        for point in 0..16u8 {
            let within = |at: u32, part: u8| (at as f32 + (f32::from(part) + 0.5) / 4.0) / scale;
            let [red, green, blue, alpha] = paint(within(x, point % 4), within(y, point / 4));
            let premultiplied = [red * alpha, green * alpha, blue * alpha, alpha];
            sum.iter_mut().zip(premultiplied).for_each(|(sum, level)| *sum += level);
        }
        let [red, green, blue, alpha] = sum;
        let of = |sum: f32| if alpha > 0.0 { (sum / alpha).round() as u8 } else { 0 };
        Rgba([of(red), of(green), of(blue), (alpha / 16.0).round() as u8])
    })
}

/// A simulated answer.
fn answered(paint: Paint) -> DynamicImage {
    let flat = flatten(drawn(paint, 1.5).into()).into_rgb8();
    through_jpeg(&scaled(&flat, 600, 450), 90)
}

/// Shows a picture on a background.
fn on(image: &RgbaImage, background: [f32; 3]) -> RgbImage {
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let [red, green, blue, alpha] = image.get_pixel(x, y).0.map(f32::from);
        let pairs = [(red, background[0]), (green, background[1]), (blue, background[2])];
        Rgb(pairs.map(|(level, below)| (below + (level - below) * alpha / 255.0).round() as u8))
    })
}

/// The share of pixels that differ by more than 70 levels on a black or a green background, in thousandths. Pixels on
/// an edge may differ that much; a halo does so everywhere.
fn differing(result: &DynamicImage, truth: &RgbaImage) -> f64 {
    let result = result.to_rgba8();
    let share = |background| {
        let (result, truth) = (on(&result, background), on(truth, background));
        let differs = |(one, other): (&Rgb<u8>, &Rgb<u8>)| {
            one.0.iter().zip(other.0).any(|(one, other)| one.abs_diff(other) > 70)
        };
        let count = result.pixels().zip(truth.pixels()).filter(|pair| differs(*pair)).count();
        1000.0 * count as f64 / f64::from(truth.width() * truth.height())
    };
    f64::max(share([0.0; 3]), share([40.0, 220.0, 40.0]))
}

#[test]
#[ignore = "slow"]
fn a_recolored_shape_has_no_white_edge() {
    for scale in [1.0, 1.5, 3.0] {
        let (original, truth) = (drawn(ring, scale), drawn(red_ring, scale));
        for alpha in [AlphaMode::Cover, AlphaMode::Keep] {
            let options = MergeOptions { alpha, ..MergeOptions::default() };
            let merged = merged_with(original.clone().into(), &answered(red_ring), options).unwrap();
            assert_eq!(merged.extent, Extent::Parts);
            let differing = differing(&merged.image, &truth);
            assert!(differing < 0.5, "{alpha:?} at {scale}: {differing:.2} ‰");
        }
    }
}

#[test]
#[ignore = "slow"]
fn new_content_next_to_a_shape_is_opaque_and_has_no_white_edge() {
    for scale in [1.0, 1.5, 3.0] {
        let (original, truth) = (drawn(ring, scale), drawn(hat_and_eye, scale));
        let merged = merged_with(original.into(), &answered(hat_and_eye), MergeOptions::default()).unwrap();
        assert_eq!(merged.extent, Extent::Parts);
        let differing = differing(&merged.image, &truth);
        assert!(differing < 2.0, "at {scale}: {differing:.2} ‰");
        let at = |x: f32, y: f32| merged.image.to_rgba8().get_pixel((x * scale) as u32, (y * scale) as u32).0;
        // The hat, the yellow, the white of the eye, and the page between them.
        assert_eq!([at(150.0, 50.0), at(330.0, 80.0), at(300.0, 80.0)].map(|pixel| pixel[3]), [255; 3]);
        assert_eq!(at(230.0, 80.0)[3], 0);
    }
}

#[test]
fn new_content_is_clipped_if_transparency_is_kept() {
    let original = drawn(ring, 1.0);
    let options = MergeOptions { alpha: AlphaMode::Keep, ..MergeOptions::default() };
    let merged = merged_with(original.clone().into(), &answered(hat_and_eye), options).unwrap();
    let result = merged.image.to_rgba8();
    assert!(result.pixels().zip(original.pixels()).all(|(is, was)| is.0[3] == was.0[3]));
    let [red, _, blue, _] = result.get_pixel(150, 80).0;
    assert!(red < 80 && blue > 120, "the hat on the ring: {red}, {blue}");
}

#[test]
fn the_page_in_a_replaced_region_stays_transparent() {
    let original = DynamicImage::from(drawn(ring, 1.0));
    let size = Size::of(&original);
    let area = Rect { left: 20, top: 20, size: Size { width: 260, height: 260 } };
    let frame = Rect::whole(size).to_resize_area();
    let coverage = AlphaMask::from_region(area, size, Some(2.0), 600, frame);
    let edited = Edited { image: answered(red_ring), frame, jpeg_quality: Some(85) };
    let placed = place(original, edited, coverage, MergeOptions::default()).unwrap();
    let differing = differing(&placed.image, &drawn(red_ring, 1.0));
    assert!(differing < 0.5, "{differing:.2} ‰");
}

#[test]
fn an_edit_that_paints_the_whole_page_is_opaque() {
    let beach = |x: f32, y: f32| match ring(x, y) {
        [red, green, blue, 255.0] => [red, green, blue, 255.0],
        _ => [120.0, 190.0, 240.0, 255.0],
    };
    let original = DynamicImage::from(drawn(ring, 1.0));
    let frame = Rect::whole(Size::of(&original)).to_resize_area();
    let coverage = AlphaMask::from_luma(image::GrayImage::from_pixel(400, 300, image::Luma([255])));
    let edited = Edited { image: answered(beach), frame, jpeg_quality: Some(85) };
    let placed = place(original, edited, coverage, MergeOptions::default()).unwrap();
    assert!(placed.image.to_rgba8().pixels().all(|pixel| pixel.0[3] >= 254));
    assert!(differing(&placed.image, &drawn(beach, 1.0)) < 0.5);
}

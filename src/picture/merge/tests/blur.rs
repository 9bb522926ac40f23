//! Tests of blurs, grain and light in pictures that show them in few places only.

use std::ops::Range;

use image::imageops::blur;

use super::drawing::through_jpeg;
use super::placement::{Subject, answer};
use super::*;

const WIDTH: u32 = 720;
const HEIGHT: u32 = 480;
/// The row where the ground of the landscape begins.
const HORIZON: u32 = 320;
/// The distance from the border of a change within which either picture is right, in pixels.
const NEAR: u32 = 48;

/// A smooth background.
fn backdrop() -> RgbImage {
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| Rgb([(90 + x / 8) as u8, (110 + y / 8) as u8, 150]))
}

/// Draws lines of two pixels from a point each, by an offset.
fn with_lines(mut picture: RgbImage, lines: impl Iterator<Item = ((f32, f32), (f32, f32), u8)>) -> RgbImage {
    for ((x, y), (across, down), level) in lines {
        let steps = across.abs().max(down.abs()).ceil();
        for step in 0..=steps as u32 {
            let along = step as f32 / steps;
            let (x, y) = ((x + along * across) as u32, (y + along * down) as u32);
            for (x, y) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
                if x < WIDTH && y < HEIGHT {
                    picture.put_pixel(x, y, Rgb([level; 3]));
                }
            }
        }
    }
    picture
}

/// Something like hair before a smooth background: texture in a seventh of the picture.
fn hair() -> RgbImage {
    let mut rng = fastrand::Rng::with_seed(5);
    let strands = (0..300).map(|_| {
        let start = (280.0 + 160.0 * rng.f32(), 120.0 + 40.0 * rng.f32());
        (start, (40.0 * (rng.f32() - 0.5), 60.0 + 80.0 * rng.f32()), rng.u8(20..120))
    });
    blur(&with_lines(backdrop(), strands), 0.7)
}

fn wires() -> RgbImage {
    let wires = (0..6).map(|at| ((0.0, 40.0 + 70.0 * at as f32), (720.0, 25.0 * at as f32 - 60.0), 45));
    blur(&with_lines(backdrop(), wires), 0.6)
}

fn with_disc(mut picture: RgbImage) -> RgbImage {
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if (x as f32 - 560.0).hypot(y as f32 - 330.0) < 60.0 {
            *pixel = Rgb([170, 50, 40]);
        }
    }
    picture
}

/// A dark room with two lamps.
fn lamps() -> RgbImage {
    let mut rng = fastrand::Rng::with_seed(2);
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let glow = |at: (f32, f32), size: f32| (-(x as f32 - at.0).hypot(y as f32 - at.1) / size).exp();
        let light = glow((220.0, 150.0), 90.0) + 0.8 * glow((520.0, 280.0), 60.0);
        let level = |color: f32| (8.0 + color * light + 3.0 * rng.f32()).round() as u8;
        let [red, green, blue] = [230.0, 175.0, 100.0].map(level);
        Rgb([red, green, blue])
    })
}

fn merged_jpeg(original: &RgbImage, answer: &RgbImage) -> Merged {
    merged_jpeg_of(original, answer, 85)
}

fn merged_jpeg_of(original: &RgbImage, answer: &RgbImage, quality: u8) -> Merged {
    let frame = Rect::whole(Size::of(original)).to_resize_area();
    let answer = Edited { image: through_jpeg(answer, quality), frame, jpeg_quality: Some(quality) };
    merge(original.clone().into(), answer.prepare().unwrap(), None, MergeOptions::default()).unwrap()
}

/// The share of pixels of which a result shows something else than a picture.
fn unlike(merged: Merged, picture: &RgbImage) -> f32 {
    const VISIBLE: u8 = 16;

    let result = merged.image.into_rgb8();
    let is_unlike = |(one, two): (&Rgb<u8>, &Rgb<u8>)| {
        one.0.iter().zip(two.0).any(|(one, two)| one.abs_diff(two) > VISIBLE)
    };
    let count = result.pixels().zip(picture.pixels()).filter(|pair| is_unlike(*pair)).count();
    count as f32 / (picture.width() * picture.height()) as f32
}

#[test]
#[ignore = "slow"]
fn a_blur_of_a_picture_that_is_smooth_in_most_places_leaves_nothing_sharp() {
    let original = hair();
    for sigma in [1.5, 3.0, 6.0, 12.0] {
        let blurred = blur(&original, sigma);
        for (name, answer) in [("blur", blurred.clone()), ("blur and disc", with_disc(blurred))] {
            let unlike = unlike(merged_jpeg(&original, &answer), &answer);
            // Codecs leave some around the edge of the disc.
            assert!(unlike < 0.005, "{name}, {sigma}: {unlike}");
        }
    }
}

#[test]
fn a_blur_of_the_only_thing_in_a_picture_keeps_the_rest() {
    let original = hair();
    for sigma in [2.0, 5.0] {
        let merged = merged_jpeg(&original, &blur(&original, sigma));
        let result = merged.image.to_rgb8();
        let is_kept = |(x, y)| result.get_pixel(x, y) == original.get_pixel(x, y);
        assert_eq!(merged.extent, Extent::Parts, "{sigma}");
        assert!([(20, 20), (700, 20), (20, 460), (700, 460)].into_iter().all(is_kept), "{sigma}");
    }
}

#[test]
fn what_is_removed_from_a_smooth_picture_is_not_taken_for_a_blur_of_all_of_it() {
    for (name, original, most) in [("hair", hair(), 0.2), ("wires", wires(), 0.4)] {
        let merged = merged_jpeg(&original, &backdrop());
        let share = merged.coverage.share();
        assert!(merged.extent == Extent::Parts && share < most, "{name}: {:?}, {share}", merged.extent);
    }
}

#[test]
#[ignore = "slow"]
fn a_page_of_text_is_found_in_its_blur() {
    let original = Subject::Text.draw(960, 720, 1);
    for sigma in [4.0, 7.0, 10.0] {
        let Merged { extent, placed, .. } = merged_jpeg(&original, &blur(&original, sigma));
        let whole = Placement { x: 0.0, y: 0.0, width: 960.0, height: 720.0, angle: 0.0 };
        let error = placed.placement.distance(&whole);
        assert!(extent == Extent::Whole && error < 0.5, "{sigma}: {extent:?}, {error}");
    }
}

#[test]
#[ignore = "slow"]
fn a_blurred_answer_that_was_moved_is_placed_where_it_lies() {
    let original = hair();
    let shown = |x: f64, y: f64, width: f64, height: f64| Placement { x, y, width, height, angle: 0.0 };
    for (view, sigma) in [
        (shown(-40.0, 0.0, 720.0, 480.0), 4.0),
        (shown(0.0, 25.0, 720.0, 480.0), 6.0),
        (shown(108.0, 72.0, 504.0, 336.0), 5.0),
    ] {
        let moved = answer(&original, &view, Size { width: WIDTH, height: HEIGHT }).into_rgb8();
        let placed = merged_jpeg(&original, &blur(&moved, sigma)).placed.placement;
        assert!(placed.distance(&view) < 2.0, "{view:?}: {placed:?}");
    }
}

#[test]
fn a_change_of_light_replaces_a_dark_picture_and_an_object_does_not() {
    let original = lamps();
    let warm = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let Rgb([red, green, blue]) = *original.get_pixel(x, y);
        let scaled = |level: u8, by: f32| (f32::from(level) * by).round().min(255.0) as u8;
        Rgb([scaled(red, 1.15), scaled(green, 0.95), scaled(blue, 0.6)])
    });
    let gray = image::DynamicImage::from(original.clone()).into_luma8();
    let gray = image::DynamicImage::from(gray).into_rgb8();
    for (name, answer) in [("warm", warm), ("gray", gray)] {
        let merged = merged_jpeg(&original, &answer);
        assert_eq!(merged.extent, Extent::Whole, "{name}");
    }
    let merged = merged_jpeg(&original, &with_disc(original.clone()));
    let share = merged.coverage.share();
    assert!(merged.extent == Extent::Parts && share < 0.06, "{:?}, {share}", merged.extent);
}

#[test]
#[ignore = "slow"]
fn new_or_removed_grain_on_a_page_of_text_replaces_it_and_grain_beside_the_text_does_not() {
    // Paper that is dark enough for grain in both directions, so that its mean stays.
    let mut original = Subject::Text.draw(960, 720, 1);
    for (x, _, pixel) in original.enumerate_pixels_mut() {
        let is_margin = !(70..890).contains(&x); // a seventh of the page
        pixel.0 = pixel.0.map(|level| if is_margin { 219 } else { 30 + level / 4 * 3 });
    }
    let is_margin = |x: u32, y: u32| x < 300 && y < 300;
    for (name, amplitude, in_all) in [("grain", 14, true), ("strong grain", 30, true), ("corner", 30, false)]
    {
        let mut rng = fastrand::Rng::with_seed(8);
        let grainy = RgbImage::from_fn(960, 720, |x, y| {
            let grain = rng.i16(-amplitude..=amplitude);
            let pixel = *original.get_pixel(x, y);
            if in_all || is_margin(x, y) {
                Rgb(pixel.0.map(|level| (i16::from(level) + grain).clamp(0, 255) as u8))
            } else {
                pixel
            }
        });
        for (edit, before, after) in [("new", &original, &grainy), ("removed", &grainy, &original)] {
            let extent = merged_jpeg(before, after).extent;
            assert_eq!(extent == Extent::Whole, in_all, "{edit} {name}: {extent:?}");
        }
    }
}

/// Adds noise of up to `strength` levels, which depends on the position.
fn with_noise(mut picture: RgbImage, strength: impl Fn(u32, u32) -> f32) -> RgbImage {
    let mut rng = fastrand::Rng::with_seed(4);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let noise = strength(x, y) * (2.0 * rng.f32() - 1.0);
        pixel.0 = pixel.0.map(|level| (f32::from(level) + noise).round() as u8);
    }
    picture
}

/// The share of the pixels in some rows that are replaced at least in part.
fn covered(merged: &Merged, rows: Range<u32>) -> f32 {
    let mask = &merged.coverage.mask;
    let pixels = rows.clone().flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
    let count = pixels.filter(|(x, y)| mask.get_pixel(*x, *y).0 != [0]).count();
    count as f32 / (WIDTH * rows.len() as u32) as f32
}

/// A smooth sky above ground with texture.
fn landscape() -> RgbImage {
    let ground = blur(&with_noise(RgbImage::from_pixel(WIDTH, HEIGHT, Rgb([90, 110, 70])), |_, _| 70.0), 0.8);
    let sky = backdrop();
    RgbImage::from_fn(WIDTH, HEIGHT, |x, y| *if y < HORIZON { &sky } else { &ground }.get_pixel(x, y))
}

#[test]
#[ignore = "slow"]
fn noise_that_was_removed_from_the_sky_stays_in_the_ground() {
    let clean = landscape();
    // Of the faintest noise, a fourth of the cells lose less than is visible.
    for (strength, quality) in [(7.8, 85), (10.0, 75), (10.0, 85), (10.0, 95)] {
        let noisy = with_noise(clean.clone(), |_, _| strength);
        let answer = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
            *if y < HORIZON { &clean } else { &noisy }.get_pixel(x, y)
        });
        let merged = merged_jpeg_of(&noisy, &answer, quality);
        let sky = covered(&merged, 0..HORIZON - NEAR);
        let ground = covered(&merged, HORIZON + NEAR..HEIGHT);
        assert!(sky > 0.95 && ground == 0.0, "{strength}, {quality}: {sky} {ground}");
        assert_eq!(merged_jpeg_of(&noisy, &clean, quality).extent, Extent::Whole, "{strength}, {quality}");
    }
}

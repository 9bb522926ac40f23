//! Tests of answers that show another part of the original, in another shape or place.

use image::Luma;

use super::drawing::through_jpeg;
use super::*;
use crate::merge::warp::warp;

/// What a picture shows.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject {
    /// Texture of all sizes, like foliage.
    Texture,
    /// Soft shapes with few details, like a face.
    Portrait,
    /// Lines of small dark marks on white.
    Text,
    /// Lights in the dark, with noise.
    Night,
}

const SUBJECTS: [Subject; 4] = [Subject::Texture, Subject::Portrait, Subject::Text, Subject::Night];

/// A number from 0 to 1 that depends on a point of a grid.
pub(super) fn random(x: i32, y: i32, seed: u32) -> f32 {
    let mut hash = (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca77) ^ seed;
    hash = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
    hash = (hash ^ (hash >> 12)).wrapping_mul(0x297a_2d39);
    (hash >> 8) as f32 / (1 << 24) as f32
}

/// Smooth noise whose bumps are about a unit wide.
pub(super) fn bumps(x: f32, y: f32, seed: u32) -> f32 {
    let (left, top) = (x.floor(), y.floor());
    let smooth = |t: f32| t * t * (3.0 - 2.0 * t);
    let (across, down) = (smooth(x - left), smooth(y - top));
    let at = |dx: i32, dy: i32| random(left as i32 + dx, top as i32 + dy, seed);
    let above = at(0, 0) + (at(1, 0) - at(0, 0)) * across;
    let below = at(0, 1) + (at(1, 1) - at(0, 1)) * across;
    above + (below - above) * down
}

impl Subject {
    pub(super) fn draw(self, width: u32, height: u32, seed: u32) -> RgbImage {
        let side = width.max(height) as f32;
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = ((x as f32 + 0.5) / side, (y as f32 + 0.5) / side);
            let octaves = |count: i32, from: f32| -> f32 {
                let octave = |at: i32| {
                    let size = from * 2f32.powi(at);
                    (bumps(x * size, y * size, seed + at as u32) - 0.5) / 1.5f32.powi(at)
                };
                (0..count).map(octave).sum()
            };
            let level = match self {
                Subject::Texture => 128.0 + 110.0 * octaves(8, 6.0),
                Subject::Portrait => 140.0 + 90.0 * octaves(3, 4.0) + 9.0 * octaves(3, 60.0),
                Subject::Text => {
                    let (column, line) = (x * 90.0, y * 60.0);
                    let is_letter = line.fract() > 0.4 && random(column as i32, line as i32, seed) > 0.25;
                    let part = bumps(column * 4.0, line * 6.0, seed ^ 7);
                    if is_letter && part > 0.45 { 40.0 } else { 245.0 }
                }
                Subject::Night => {
                    let glow = bumps(x * 30.0, y * 30.0, seed).powi(9) * 900.0;
                    18.0 + 30.0 * (octaves(4, 8.0) + 0.5).max(0.0) + glow.min(220.0)
                }
            };
            let tint = 14.0 * bumps(x * 5.0, y * 5.0, seed ^ 99);
            Rgb([level + tint, level, level - tint].map(|level| level.clamp(0.0, 255.0) as u8))
        })
    }
}

/// Draws a striped disc around a point, both in shares of the longer side, and returns where it is.
pub(super) fn paint(picture: &mut RgbImage, (center_x, center_y): (f32, f32), radius: f32) -> GrayImage {
    let side = picture.width().max(picture.height()) as f32;
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let (dx, dy) = (x as f32 / side - center_x, y as f32 / side - center_y);
        let is_inside = dx.hypot(dy) < radius;
        if is_inside {
            let is_dark = ((dx + dy) * 50.0).rem_euclid(2.0) < 1.0;
            picture.put_pixel(x, y, if is_dark { Rgb([190, 20, 120]) } else { Rgb([20, 200, 60]) });
        }
        Luma([if is_inside { 255 } else { 0 }])
    })
}

/// An answer of a size that shows a picture at a placement. Beside the picture, its border goes on.
pub(super) fn answer(picture: &RgbImage, placement: &Placement, to: Size) -> DynamicImage {
    // At twice the size or less, the spline needs no smoothing before. Larger pictures are halved first.
    let mut source = DynamicImage::from(picture.clone());
    let mut scale = 1.0;
    while f64::from(to.width) * scale * 1.5 < placement.width {
        scale *= 2.0;
        let half = Size { width: source.width() / 2, height: source.height() / 2 };
        source = resize(&source, half).unwrap();
    }
    let shown = warp(&source, to, |x, y| {
        let (x, y) = placement.point(f64::from(x) / f64::from(to.width), f64::from(y) / f64::from(to.height));
        ((x / scale) as f32, (y / scale) as f32)
    });
    through_jpeg(&shown.into_rgb8(), 90)
}

pub(super) fn placement(x: f64, y: f64, width: f64, height: f64, angle: f64) -> Placement {
    Placement { x, y, width, height, angle }
}

/// How answers show a picture of 2400×1800: their size, and where they lie.
fn views() -> Vec<(&'static str, Size, Placement)> {
    let size = |width: u32, height: u32| Size { width, height };
    let mut views = vec![
        ("as it is", size(1152, 864), placement(0.0, 0.0, 2400.0, 1800.0, 0.0)),
        ("cover", size(1184, 880), placement(0.0, 8.1, 2400.0, 1783.8, 0.0)),
        ("cover a square", size(1024, 1024), placement(300.0, 0.0, 1800.0, 1800.0, 0.0)),
        ("extended to a square", size(1024, 1024), placement(0.0, -290.0, 2400.0, 2400.0, 0.0)),
        ("squeezed into a square", size(1024, 1024), placement(0.0, 0.0, 2400.0, 1800.0, 0.0)),
        ("zoomed by 3 %", size(1152, 864), placement(35.0, 27.0, 2330.0, 1747.5, 0.0)),
        ("rotated", size(1152, 864), placement(0.0, 0.0, 2400.0, 1800.0, 1.0)),
        ("half", size(1024, 1024), placement(600.0, 300.0, 1200.0, 1200.0, 0.0)),
    ];
    for shift in [0.1, 0.7, 3.0, 10.0, 30.0] {
        views.push(("shifted", size(1152, 864), placement(shift, -shift / 2.0, 2400.0, 1800.0, 0.0)));
    }
    views
}

/// Merges an edit of a view. Returns the distance of the corners from where they should be, the share of the object that
/// was missed, and the share of the rest that was changed.
fn merged_view(subject: Subject, name: &str, size: Size, truth: &Placement, seed: u32) -> (f64, f64, f64) {
    let original = subject.draw(2400, 1800, seed);
    let mut edited = original.clone();
    let object = paint(&mut edited, (0.5, 0.4), 0.07);
    let answer = answer(&edited, truth, size);
    let merged = merged_with(original.into(), &answer, MergeOptions::default());
    let merged = merged.unwrap_or_else(|error| panic!("{subject:?}, {name}: {error}"));
    let mut counts = [[0u32; 2]; 2];
    for (object, cover) in object.iter().zip(merged.coverage.mask.iter()) {
        let is_object = *object > 0;
        let is_wrong = if is_object { *cover < 250 } else { *cover > 0 };
        counts[usize::from(is_object)][usize::from(is_wrong)] += 1;
    }
    let share = |[right, wrong]: [u32; 2]| f64::from(wrong) / f64::from((right + wrong).max(1));
    (merged.placed.placement.distance(truth), share(counts[1]), share(counts[0]))
}

fn assert_found(subject: Subject, (name, size, truth): &(&str, Size, Placement), seed: u32) {
    let (distance, missed, changed) = merged_view(subject, name, *size, truth, seed);
    assert!(
        distance < 1.0 && missed < 0.015 && changed < 0.01,
        "{subject:?}, {name}: {distance:.2} pixels off, {missed:.4} missed, {changed:.4} changed"
    );
}

/// The whole view, a rotated one and a shifted one.
#[test]
fn an_answer_is_placed_to_a_pixel_whatever_part_it_shows() {
    ensure_views_are_found(6);
}

#[test]
#[ignore = "slow"]
fn an_answer_is_placed_to_a_pixel_in_each_view() {
    ensure_views_are_found(1);
}

fn ensure_views_are_found(step: usize) {
    for (at, view) in views().iter().enumerate().step_by(step) {
        assert_found(SUBJECTS[at % SUBJECTS.len()], view, at as u32);
    }
}

#[test]
#[ignore = "takes a minute: cargo test -p seededit-picture each_subject -- --ignored"]
fn an_answer_is_placed_to_a_pixel_for_each_subject_and_view() {
    for subject in SUBJECTS {
        for view in &views() {
            assert_found(subject, view, 5);
        }
    }
}

/// The horizon fits at any vertical scale, also at that of a picture that is squeezed into the square.
#[test]
fn a_harbour_that_was_extended_to_a_square_is_not_taken_as_squeezed() {
    let photo = include_bytes!("../../../../examples/harbour.jpg");
    let original = decode(photo).unwrap().image.into_rgb8();
    let mut edited = original.clone();
    paint(&mut edited, (0.35, 0.35), 0.06);
    let mut answer = RgbImage::from_pixel(1024, 1024, Rgb([90, 100, 110]));
    image::imageops::overlay(&mut answer, &edited, 0, 128);
    let merged = merged_answer(&original, &answer).unwrap();
    let distance = merged.placed.placement.distance(&placement(0.0, -128.0, 1024.0, 1024.0, 0.0));
    assert!(distance < 1.0 && merged.extent == Extent::Parts, "{:?}", merged.placed.placement);
}

/// Merges an answer that is given as it is.
pub(super) fn merged_answer(original: &RgbImage, answer: &RgbImage) -> Result<Merged, MergeError> {
    merged_with(original.clone().into(), &through_jpeg(answer, 90), MergeOptions::default())
}

#[test]
fn a_picture_lies_exactly_on_itself() {
    for subject in SUBJECTS {
        let original = subject.draw(500, 400, 3);
        let merged = merged(&original, &original.clone().into());
        assert_eq!((merged.extent, merged.placed.is_exact), (Extent::Nothing, true), "{subject:?}");
        let merged = merged_answer(&original, &drawing::scaled(&original, 700, 560)).unwrap();
        assert!(merged.extent == Extent::Nothing && merged.placed.is_exact, "{subject:?}");
    }
}

#[test]
fn pictures_with_nothing_in_common_are_refused() {
    let original = Subject::Texture.draw(640, 480, 1);
    let mirrored = image::imageops::flip_horizontal(&original);
    let noise = RgbImage::from_fn(640, 480, |x, y| Rgb([(random(x as i32, y as i32, 9) * 255.0) as u8; 3]));
    let other = Subject::Texture.draw(640, 480, 2000);
    let square = Subject::Night.draw(512, 512, 2);
    for (name, answer) in [("mirrored", mirrored), ("noise", noise), ("other", other), ("square", square)] {
        match merged_answer(&original, &answer).map(|merged| merged.extent) {
            Err(MergeError::Turned) if name == "mirrored" => {}
            Err(MergeError::NothingInCommon) if name != "mirrored" => {}
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_repeated_pattern_is_not_shifted_and_a_part_of_it_is_refused() {
    let tiles = RgbImage::from_fn(640, 480, |x, y| {
        let level = (bumps((x % 32) as f32 / 4.0, (y % 32) as f32 / 4.0, 1) * 255.0) as u8;
        Rgb([level, level, 90])
    });
    let mut edited = tiles.clone();
    paint(&mut edited, (0.3, 0.3), 0.05);
    let merged = merged_answer(&tiles, &edited).unwrap();
    assert!(merged.placed.is_exact && merged.extent == Extent::Parts);
    let part = image::imageops::crop_imm(&tiles, 100, 60, 300, 300).to_image();
    assert!(merged_answer(&tiles, &part).is_err());
}

#[test]
fn an_edit_of_a_flat_picture_is_taken_from_its_place() {
    let flat = RgbImage::from_pixel(640, 480, Rgb([200, 210, 220]));
    let mut edited = flat.clone();
    paint(&mut edited, (0.3, 0.3), 0.05);
    let merged = merged_answer(&flat, &edited).unwrap();
    assert!(merged.placed.is_exact && merged.extent == Extent::Parts);
    let square = drawing::scaled(&edited, 512, 512);
    assert!(matches!(merged_answer(&flat, &square), Err(MergeError::AspectRatio { .. })));
}

#[test]
fn the_original_stays_where_the_answer_does_not_reach() {
    let original = Subject::Texture.draw(1200, 900, 4);
    let half = placement(0.0, 0.0, 600.0, 900.0, 0.0);
    let mut edited = original.clone();
    // The object reaches beyond the part that the answer shows.
    paint(&mut edited, (0.5, 0.4), 0.1);
    let answer = answer(&edited, &half, Size { width: 600, height: 900 });
    let merged = merged_with(original.clone().into(), &answer, MergeOptions::default()).unwrap();
    let result = merged.image.to_rgb8();
    assert!(merged.placed.placement.distance(&half) < 0.3);
    assert_eq!(merged.extent, Extent::Parts);
    for (x, y, pixel) in original.enumerate_pixels().filter(|(x, ..)| *x >= 600) {
        assert_eq!(result.get_pixel(x, y), pixel);
    }
    // It fades out instead of being cut off.
    let cover = |x| merged.coverage.mask.get_pixel(x, 480).0[0];
    assert!(cover(580) == 255 && (1..255).contains(&cover(597)) && cover(599) < 64);
    let changed = |x| (300..620).filter(|y| result.get_pixel(x, *y) != original.get_pixel(x, *y)).count();
    assert!(changed(560) > 100);
}

#[test]
fn grain_that_was_repainted_does_not_hide_where_an_answer_lies() {
    let scene = |width: u32, height: u32, seed: u32| {
        RgbImage::from_fn(width, height, |x, y| {
            let grain = (random(x as i32, y as i32, seed) * 5.0) as u32;
            let (x, y) = ((2 * x + 1) * 2000 / width, (2 * y + 1) * 1500 / height);
            let shape = if (x / 150 + y / 110) % 3 == 0 { 50 } else { 0 };
            Rgb([x / 20 + grain, y / 16 + grain, shape + (x + y) / 40 + grain]
                .map(|level| level.min(255) as u8))
        })
    };
    let (original, edited) = (scene(2000, 1500, 1), scene(1152, 864, 2));
    let merged = merged_answer(&original, &edited).unwrap();
    let whole = placement(0.0, 0.0, 2000.0, 1500.0, 0.0);
    assert!(merged.placed.placement.distance(&whole) < 0.8, "{:?}", merged.placed.placement);
    let cropped = image::imageops::crop_imm(&edited, 0, 12, 1152, 840).to_image();
    let merged = merged_answer(&original, &cropped).unwrap();
    let truth = placement(0.0, 1500.0 * 12.0 / 864.0, 2000.0, 1500.0 * 840.0 / 864.0, 0.0);
    assert!(merged.placed.placement.distance(&truth) < 1.5, "{:?}", merged.placed.placement);
}

#[test]
fn a_given_placement_is_taken_as_it_is() {
    let original = RgbImage::from_pixel(400, 300, Rgb([90, 90, 90]));
    let answer = DynamicImage::from(RgbImage::from_pixel(100, 100, Rgb([220, 90, 90])));
    let at = |x: f64, y: f64| {
        let placement = PlacementMode::At(placement(x, y, 100.0, 100.0, 0.0));
        merged_with(original.clone().into(), &answer, MergeOptions { placement, ..MergeOptions::default() })
    };
    let result = at(50.0, 60.0).unwrap().image.to_rgb8();
    assert!(result.get_pixel(100, 110).0[0] > 200);
    assert_eq!(*result.get_pixel(49, 110), Rgb([90, 90, 90]));
    assert!(matches!(at(500.0, 0.0), Err(MergeError::Outside { .. })));
}

#[test]
fn a_gap_at_the_border_that_is_a_rounding_error_is_closed() {
    let size = Size { width: 400, height: 300 };
    let original = RgbImage::from_pixel(size.width, size.height, Rgb([90, 90, 90]));
    let answer = DynamicImage::from(RgbImage::from_pixel(200, 150, Rgb([220, 90, 90])));
    for (gap, is_closed) in [(1e-7, true), (0.002, true), (0.0099, true), (0.0101, false), (0.4, false)] {
        let placement = placement(gap, gap, 400.0 - 2.0 * gap, 300.0 - 2.0 * gap, 0.0);
        let options = MergeOptions { placement: PlacementMode::At(placement), ..MergeOptions::default() };
        let frame = Rect::whole(size).to_resize_area();
        let edited = Edited { image: answer.clone(), frame, jpeg_quality: None };
        let merged = place(original.clone().into(), edited, AlphaMask::whole(size), options).unwrap();
        let corner = merged.image.to_rgb8().get_pixel(0, 0).0;
        assert_eq!(corner != [90, 90, 90], is_closed, "{gap}: {corner:?}");
    }
}

#[test]
fn parts_that_a_model_moved_are_not_edits() {
    let original = Subject::Texture.draw(1152, 864, 6);
    let mut edited = original.clone();
    let object = paint(&mut edited, (0.7, 0.5), 0.06);
    // The left side is up to two pixels off.
    let size = Size::of(&original);
    let moved = warp(&edited.into(), size, |x, y| (x + 2.0 * (1.0 - x / 400.0).clamp(0.0, 1.0), y));
    let merged = merged_answer(&original, &moved.into_rgb8()).unwrap();
    assert_eq!(merged.extent, Extent::Parts);
    let covers = merged.coverage.mask.enumerate_pixels().zip(object.iter());
    let wrong = covers.filter(|((x, _, cover), object)| *x < 500 && cover.0[0] > 0 && **object == 0).count();
    assert!(wrong < 500 * 864 / 100, "{wrong} pixels");
}

#[test]
fn a_product_stays_when_everything_around_it_is_replaced() {
    let original = Subject::Texture.draw(900, 700, 7);
    let product = |x: u32, y: u32| (250..600).contains(&x) && (150..550).contains(&y);
    for background in [Subject::Night.draw(900, 700, 8), RgbImage::from_pixel(900, 700, Rgb([250, 250, 250]))]
    {
        let edited = RgbImage::from_fn(900, 700, |x, y| {
            *if product(x, y) { original.get_pixel(x, y) } else { background.get_pixel(x, y) }
        });
        let merged = merged_answer(&original, &edited).unwrap();
        assert_eq!(merged.extent, Extent::Parts);
        let result = merged.image.to_rgb8();
        let (mut kept, mut inside) = (0, 0);
        for (x, y, pixel) in original.enumerate_pixels() {
            if product(x, y) {
                inside += 1;
                kept += u32::from(result.get_pixel(x, y) == pixel);
            } else if !(230..620).contains(&x) && !(130..570).contains(&y) {
                let near = |(one, two): (&u8, &u8)| one.abs_diff(*two) < 60;
                assert!(result.get_pixel(x, y).0.iter().zip(&edited.get_pixel(x, y).0).all(near), "{x}, {y}");
            }
        }
        assert!(f64::from(kept) > 0.9 * f64::from(inside), "{kept} of {inside}");
    }
}

/// An edit that changes the texture of all of a picture.
fn retextured(name: &str, original: &RgbImage) -> RgbImage {
    let plane = |channel: usize| {
        let levels = original.pixels().map(|pixel| f32::from(pixel.0[channel])).collect();
        Plane { width: original.width() as usize, height: original.height() as usize, levels }
    };
    let blurred = |sigma: f32| [0, 1, 2].map(|channel| plane(channel).gaussian_blur(sigma));
    let [soft, softer] = [1.2, 1.5].map(blurred);
    RgbImage::from_fn(original.width(), original.height(), |x, y| {
        let at = (y * original.width() + x) as usize;
        let grain = (random(x as i32, y as i32, 4) + random(x as i32, y as i32, 5) - 1.0) * 20.0;
        let pixel = original.get_pixel(x, y).0;
        Rgb([0, 1, 2].map(|channel| {
            let level = f32::from(pixel[channel]);
            match name {
                "blurred" => soft[channel].levels[at],
                "sharpened" => level + 0.9 * (level - softer[channel].levels[at]),
                _ => level + grain,
            }
            .round() as u8
        }))
    })
}

#[test]
fn a_change_of_texture_replaces_the_picture() {
    ensure_textures_replace_pictures(|subject, change| change % 2 == subject);
}

#[test]
#[ignore = "slow"]
fn each_change_of_texture_replaces_the_picture() {
    ensure_textures_replace_pictures(|_, _| true);
}

/// Changes textures, each in those ways whose number `selects` selects by the number of the subject.
fn ensure_textures_replace_pictures(selects: fn(usize, usize) -> bool) {
    for (at, subject) in [Subject::Texture, Subject::Portrait].into_iter().enumerate() {
        let original = subject.draw(800, 600, 9);
        let grainy = retextured("grainy", &original);
        let changes = [
            ("denoised", &grainy, &original),
            ("grainy", &original, &grainy),
            ("blurred", &grainy, &retextured("blurred", &grainy)),
            ("sharpened", &grainy, &retextured("sharpened", &grainy)),
        ];
        for (_, (name, original, edited)) in
            changes.into_iter().enumerate().filter(|(change, _)| selects(at, *change))
        {
            let merged = merged_answer(original, edited).unwrap();
            assert_eq!(merged.extent, Extent::Whole, "{subject:?}, {name}");
        }
    }
}

#[test]
fn a_blurred_background_is_an_edit_and_the_rest_stays() {
    let original = retextured("grainy", &Subject::Texture.draw(800, 600, 10));
    let blurred = retextured("blurred", &original);
    let edited = RgbImage::from_fn(800, 600, |x, y| {
        *if x < 384 { blurred.get_pixel(x, y) } else { original.get_pixel(x, y) }
    });
    let merged = merged_answer(&original, &edited).unwrap();
    let covered = |from: u32, to: u32| {
        let pixels = merged.coverage.mask.enumerate_pixels().filter(|(x, ..)| (from..to).contains(x));
        pixels.filter(|(.., cover)| cover.0[0] > 0).count() as f64 / f64::from((to - from) * 600)
    };
    assert_eq!(merged.extent, Extent::Parts);
    assert!(covered(0, 350) > 0.95 && covered(420, 800) < 0.03, "{} {}", covered(0, 350), covered(420, 800));
}

#[test]
#[ignore = "slow"]
fn the_codec_alone_is_not_a_change_of_texture() {
    for subject in SUBJECTS {
        let original = subject.draw(800, 600, 11);
        for quality in [50, 75, 95] {
            let merged = merged_with(
                original.clone().into(),
                &through_jpeg(&original, quality),
                MergeOptions::default(),
            );
            assert_eq!(merged.unwrap().extent, Extent::Nothing, "{subject:?}, quality {quality}");
        }
    }
}

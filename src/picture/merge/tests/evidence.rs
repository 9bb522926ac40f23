//! Tests of answers whose place is not evident: regular patterns, and pictures that are mirrored or rotated.

use super::drawing::{scaled, through_jpeg};
use super::placement::{Subject, answer, bumps, merged_answer, paint, placement, random};
use super::*;

const SIZE: Size = Size { width: 1600, height: 1200 };
const ANSWER: Size = Size { width: 1152, height: 864 };

/// A wall of bricks of a size, in pixels.
fn bricks(width: f32, height: f32) -> RgbImage {
    let mortar = height / 7.0;
    let level = |x: f32, y: f32| {
        let shift = if (y / height) as i32 % 2 == 0 { 0.0 } else { width / 2.0 };
        let is_mortar = y.rem_euclid(height) < mortar || (x + shift).rem_euclid(width) < mortar;
        if is_mortar { [200.0, 195.0, 185.0] } else { [150.0, 70.0, 50.0] }
    };
    RgbImage::from_fn(SIZE.width, SIZE.height, |x, y| {
        let mut sum = [0.0; 3];
        for part in 0..4u8 {
            let (right, down) = (f32::from(part % 2), f32::from(part / 2));
            let level = level(x as f32 + 0.25 + 0.5 * right, y as f32 + 0.25 + 0.5 * down);
            sum.iter_mut().zip(level).for_each(|(sum, level)| *sum += level / 4.0);
        }
        Rgb(sum.map(|level| level as u8))
    })
}

fn checks(side: u32) -> RgbImage {
    RgbImage::from_fn(SIZE.width, SIZE.height, |x, y| {
        Rgb([if (x / side + y / side).is_multiple_of(2) { 230 } else { 30 }; 3])
    })
}

/// A spotted disc in the dark.
fn moon(center_x: f32, center_y: f32, radius: f32) -> RgbImage {
    RgbImage::from_fn(SIZE.width, SIZE.height, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let edge = (radius - (x - center_x).hypot(y - center_y) + 0.5).clamp(0.0, 1.0);
        let spots = 90.0 * bumps(x / radius * 3.0, y / radius * 3.0, 4)
            + 30.0 * bumps(x / radius * 20.0, y / radius * 20.0, 8);
        let noise = random(x as i32, y as i32, 3) * 3.0;
        Rgb([((215.0 - spots) * edge + noise) as u8; 3])
    })
}

fn darkened(image: &RgbImage, by: f32) -> RgbImage {
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        Rgb(image.get_pixel(x, y).0.map(|level| (f32::from(level) * by) as u8))
    })
}

fn answered(picture: &RgbImage, to: Size) -> DynamicImage {
    through_jpeg(&scaled(picture, to.width, to.height), 90)
}

/// Stripes of a width, in pixels, whose direction across is at an angle, in degrees.
fn stripes(width: f32, angle: f32) -> RgbImage {
    let (sine, cosine) = angle.to_radians().sin_cos();
    RgbImage::from_fn(SIZE.width, SIZE.height, |x, y| {
        let across = (x as f32 * cosine + y as f32 * sine) / width;
        // Soft over a pixel.
        let edge = (across.rem_euclid(2.0) - 1.0).abs() - 0.5;
        Rgb([130.0 + 90.0 * (edge * width).clamp(-0.5, 0.5) * 2.0; 3].map(|level| level as u8))
    })
}

/// Soft waves of a length, in pixels, from side to side.
fn waves(length: f32) -> RgbImage {
    RgbImage::from_fn(SIZE.width, SIZE.height, |x, _| {
        let level = 128.0 + 100.0 * (x as f32 * std::f32::consts::TAU / length).sin();
        Rgb([level as u8; 3])
    })
}

#[test]
#[ignore = "slow"]
fn an_edit_of_a_regular_pattern_is_taken_from_its_place() {
    for original in [
        bricks(80.0, 40.0),
        bricks(200.0, 80.0),
        bricks(24.0, 12.0),
        checks(100),
        checks(25),
        stripes(8.0, 0.0),
        stripes(40.0, 90.0),
        stripes(20.0, 30.0),
        waves(120.0),
    ] {
        let mut edited = original.clone();
        paint(&mut edited, (0.5, 0.4), 0.06);
        let merged = merged(&original, &answered(&edited, ANSWER));
        assert!(merged.extent == Extent::Parts && merged.placed.is_exact);
        let share = merged.coverage.share();
        assert!((0.014..0.025).contains(&share), "{share}");
    }
}

/// Checks patterns that were moved, each in those ways whose number `selects` selects by the number of the pattern.
fn ensure_moved_patterns_are_refused(selects: fn(usize, usize) -> bool) {
    let (width, height) = (SIZE.width.into(), SIZE.height.into());
    let moved = [
        placement(11.7, 0.0, width, height, 0.0),
        placement(-11.7, 6.0, width, height, 0.0),
        placement(0.0, 0.0, width, height, 1.0),
        placement(-16.0, -12.0, 1.02 * width, 1.02 * height, 0.0),
    ];
    let patterns = [
        ("narrow stripes", stripes(8.0, 0.0)),
        ("stripes", stripes(20.0, 0.0)),
        ("slanted stripes", stripes(20.0, 30.0)),
        ("wide stripes", stripes(60.0, 0.0)),
        ("waves", waves(120.0)),
        ("long waves", waves(240.0)),
        ("large bricks", bricks(200.0, 80.0)),
        ("bricks", bricks(80.0, 40.0)),
        ("small bricks", bricks(40.0, 20.0)),
        ("large checks", checks(100)),
        ("checks", checks(50)),
        ("small checks", checks(25)),
    ];
    for (pattern, (name, original)) in patterns.into_iter().enumerate() {
        let mut edited = original.clone();
        paint(&mut edited, (0.5, 0.4), 0.06);
        for (_, moved) in moved.iter().enumerate().filter(|(way, _)| selects(pattern, *way)) {
            let answer = answer(&edited, moved, ANSWER);
            let merged = merged_with(original.clone().into(), &answer, MergeOptions::default());
            let extent = merged.map(|merged| merged.extent);
            let is_refused = matches!(extent, Err(MergeError::Ambiguous | MergeError::NothingInCommon));
            assert!(is_refused, "{name}, {moved:?}: {extent:?}");
        }
    }
}

#[test]
fn a_regular_pattern_that_is_shifted_or_rotated_is_not_placed() {
    ensure_moved_patterns_are_refused(|pattern, way| pattern == 3 * way);
}

#[test]
#[ignore = "slow"]
fn each_regular_pattern_that_is_moved_in_any_way_is_not_placed() {
    ensure_moved_patterns_are_refused(|_, _| true);
}

/// How the stripes of a picture pass into each other.
#[derive(Clone, Copy, Debug)]
enum Edge {
    /// Over a pixel.
    Hard,
    /// As a wave.
    Soft,
    /// Evenly, with a crest in the middle of each stripe.
    Ramp,
}

/// Stripes of a width, in pixels, whose direction across is at an angle, in degrees.
fn striped(size: Size, width: f32, angle: f32, edge: Edge) -> RgbImage {
    let (sine, cosine) = angle.to_radians().sin_cos();
    RgbImage::from_fn(size.width, size.height, |x, y| {
        let across = (x as f32 * cosine + y as f32 * sine) / width + 0.3;
        let level = match edge {
            Edge::Hard => (((across.rem_euclid(2.0) - 1.0).abs() - 0.5) * width).clamp(-0.5, 0.5) * 2.0,
            Edge::Soft => (across * std::f32::consts::PI).sin(),
            Edge::Ramp => ((across.rem_euclid(2.0) - 1.0).abs() - 0.5) * 2.0,
        };
        Rgb([(130.0 + 90.0 * level) as u8; 3])
    })
}

/// Horizontal slats of a height between two posts at the sides.
fn blinds(size: Size, slat: f32) -> RgbImage {
    let slats = striped(size, slat / 2.0, 90.0, Edge::Soft);
    let post = size.width / 9;
    RgbImage::from_fn(size.width, size.height, |x, y| match x.min(size.width - 1 - x) {
        edge if edge < post => Rgb([90, 70, 50]),
        _ => *slats.get_pixel(x, y),
    })
}

/// An answer that shows a picture at a placement, with black beside the picture.
fn answer_on_black(picture: &RgbImage, placement: &Placement, to: Size) -> DynamicImage {
    let margin = picture.width() / 4;
    let mut page = RgbImage::new(picture.width() + 2 * margin, picture.height() + 2 * margin);
    image::imageops::replace(&mut page, picture, margin.into(), margin.into());
    let by = f64::from(margin);
    answer(&page, &Placement { x: placement.x + by, y: placement.y + by, ..*placement }, to)
}

/// Merges answers that show a picture where it is, and moved. Says what is wrong with each that was taken although it was
/// moved, or refused although it was not.
fn faults_of_moved_and_unmoved(name: &str, original: &RgbImage) -> Vec<String> {
    let (width, height) = (f64::from(original.width()), f64::from(original.height()));
    let mut edited = original.clone();
    paint(&mut edited, (0.5, 0.4), 0.06);
    let whole = placement(0.0, 0.0, width, height, 0.0);
    let rotated = Placement { angle: 1.0, ..whole };
    let larger = placement(-0.01 * width, -0.01 * height, 1.02 * width, 1.02 * height, 0.0);
    let shifted = Placement { x: 0.0088 * width, y: 0.0071 * width, ..whole };
    let to = Size::of(original);
    let mut answers: Vec<(Placement, DynamicImage)> =
        [whole, rotated, larger, shifted].into_iter().map(|at| (at, answer(&edited, &at, to))).collect();
    answers.push((rotated, answer_on_black(&edited, &rotated, to)));
    let fault = |(at, answer): (Placement, DynamicImage)| {
        let merged = merged_with(original.clone().into(), &answer, MergeOptions::default());
        let is_right = match &merged {
            // Where a moved answer was recognized, it is taken from there.
            Ok(merged) => merged.placed.placement.distance(&at) < 2.0,
            Err(MergeError::Ambiguous | MergeError::NothingInCommon) => at != whole,
            Err(_) => false,
        };
        let found = merged.map(|merged| (merged.extent, merged.placed.placement, merged.coverage.share()));
        (!is_right).then(|| format!("{name}, {at:?}: {found:?}"))
    };
    answers.into_iter().filter_map(fault).collect()
}

#[test]
#[ignore = "slow"]
fn few_wide_stripes_are_taken_only_from_their_place() {
    let size = Size { width: 640, height: 480 };
    for (name, original) in [
        ("two edges", striped(size, 200.0, 0.0, Edge::Hard)),
        ("slanted stripes", striped(size, 60.0, 30.0, Edge::Soft)),
        ("horizontal stripes", striped(size, 90.0, 90.0, Edge::Hard)),
        ("blinds between posts", blinds(size, 24.0)),
    ] {
        let faults = faults_of_moved_and_unmoved(name, &original);
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

#[test]
#[ignore = "takes minutes: cargo test -p seededit-picture stripes_of_any_width -- --ignored"]
fn stripes_of_any_width_are_taken_only_from_their_place() {
    let mut faults = Vec::new();
    for (size, wide) in [(Size { width: 640, height: 480 }, 120.0), (SIZE, 200.0)] {
        for slat in [12.0, 24.0, 40.0, 60.0] {
            let name = format!("{size:?}, slats of {slat}");
            faults.extend(faults_of_moved_and_unmoved(&name, &blinds(size, slat)));
        }
        for width in [8.0, 12.0, 20.0, 40.0, 60.0, 90.0, wide] {
            for angle in [0.0, 30.0, 90.0] {
                for edge in [Edge::Hard, Edge::Soft, Edge::Ramp] {
                    let name = format!("{size:?}, {edge:?} stripes of {width} at {angle}");
                    let original = striped(size, width, angle, edge);
                    faults.extend(faults_of_moved_and_unmoved(&name, &original));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Checks dark pictures, each in those views whose number `selects` selects by the number of the picture.
fn ensure_turned_dark_pictures_are_refused(selects: fn(usize, usize) -> bool) {
    use image::imageops::{flip_horizontal, flip_vertical, rotate90, rotate180};

    let side = |side: u32, other: u32| Size { width: side, height: other };
    let pictures = [
        ("moon", moon(800.0, 600.0, 300.0)),
        ("moon at the side", moon(650.0, 500.0, 200.0)),
        ("small moon", moon(850.0, 450.0, 60.0)),
        ("night", darkened(&Subject::Night.draw(SIZE.width, SIZE.height, 3), 0.3)),
        ("darkness", darkened(&Subject::Portrait.draw(SIZE.width, SIZE.height, 3), 0.1)),
    ];
    for (picture, (name, original)) in pictures.into_iter().enumerate() {
        let mut edited = original.clone();
        paint(&mut edited, (0.3, 0.3), 0.05);
        assert_eq!(merged(&original, &answered(&edited, ANSWER)).extent, Extent::Parts, "{name}");
        let views = [
            ("mirrored", flip_horizontal(&original), ANSWER),
            ("mirrored with an edit", flip_horizontal(&edited), ANSWER),
            ("upside down", flip_vertical(&edited), ANSWER),
            ("rotated by 180°", rotate180(&original), ANSWER),
            ("rotated by 90°", rotate90(&original), side(ANSWER.height, ANSWER.width)),
        ];
        for (_, (view, turned, to)) in views.into_iter().enumerate().filter(|(at, _)| selects(picture, *at)) {
            let answer = answered(&turned, to);
            let merged = merged_with(original.clone().into(), &answer, MergeOptions::default());
            let extent = merged.map(|merged| merged.extent);
            assert!(matches!(extent, Err(MergeError::Turned)), "{name}, {view}: {extent:?}");
        }
    }
}

#[test]
#[ignore = "slow"]
fn a_dark_picture_that_is_mirrored_or_rotated_is_refused_and_an_edit_of_it_is_taken() {
    ensure_turned_dark_pictures_are_refused(|picture, view| picture == view);
}

#[test]
#[ignore = "slow"]
fn each_dark_picture_that_is_turned_in_any_way_is_refused() {
    ensure_turned_dark_pictures_are_refused(|_, _| true);
}

#[test]
#[ignore = "slow"]
fn what_an_answer_shows_beside_the_original_is_no_edit_of_its_border() {
    // Dark lines that end at the lower edge.
    let (width, height) = (2400, 1800);
    let texture = Subject::Texture.draw(width, height, 5);
    let original = RgbImage::from_fn(width, height, |x, y| {
        if y > height - 60 && x % 12 < 3 { Rgb([10; 3]) } else { *texture.get_pixel(x, y) }
    });
    let mut edited = original.clone();
    paint(&mut edited, (0.5, 0.4), 0.06);
    for shown in [
        placement(-120.0, -90.0, 2640.0, 1980.0, 0.0),
        placement(0.0, -310.0, 2400.0, 2400.0, 0.0),
        placement(0.0, 0.0, 2400.0, 1800.0, 1.5),
    ] {
        let margin = 400;
        let mut page = RgbImage::from_pixel(width + 2 * margin, height + 2 * margin, Rgb([235, 240, 120]));
        image::imageops::replace(&mut page, &edited, margin.into(), margin.into());
        let moved = Placement { x: shown.x + f64::from(margin), y: shown.y + f64::from(margin), ..shown };
        let side = |side: f64| (side * 0.46) as u32;
        let answer = answer(&page, &moved, Size { width: side(shown.width), height: side(shown.height) });
        let merged = merged_with(original.clone().into(), &answer, MergeOptions::default()).unwrap();
        assert_eq!(merged.coverage.parts.len(), 1, "{shown:?}: {:?}", merged.coverage.parts);
    }
}

/// Noise with a standard deviation in levels.
fn noisy(image: &RgbImage, sigma: f32) -> RgbImage {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut image = image.clone();
    for sample in image.iter_mut() {
        let normal: f32 = (0..6).map(|_| rng.f32()).sum::<f32>() - 3.0;
        *sample = (f32::from(*sample) + normal * sigma * std::f32::consts::SQRT_2).round() as u8;
    }
    image
}

#[test]
#[ignore = "slow"]
fn noise_that_scaling_and_codecs_remove_is_no_edit_and_other_noise_is() {
    let (width, height) = (3000, 2250);
    let clean = Subject::Portrait.draw(width, height, 5);
    for sigma in [10.0, 25.0] {
        let original = noisy(&clean, sigma);
        let mut edited = original.clone();
        paint(&mut edited, (0.5, 0.4), 0.06);
        // The upload and the answer are JPEGs.
        let upload = through_jpeg(&scaled(&edited, ANSWER.width, ANSWER.height), 92).into_rgb8();
        let merged = merged_with(original.into(), &through_jpeg(&upload, 85), MergeOptions::default());
        let merged = merged.unwrap();
        assert!(merged.extent == Extent::Parts && merged.placed.is_exact, "{sigma}: {:?}", merged.extent);
        assert!(merged.coverage.share() < 0.03);
    }
    let removed = merged(&noisy(&clean, 25.0), &answered(&clean, ANSWER));
    assert_eq!(removed.extent, Extent::Whole);
}

#[test]
#[ignore = "slow"]
fn a_small_part_that_moved_is_moved_back_and_its_surroundings_stay() {
    let size = Size { width: 1152, height: 864 };
    let original = Subject::Texture.draw(2 * size.width, 2 * size.height, 6);
    let mut edited = original.clone();
    let object = paint(&mut edited, (0.7, 0.5), 0.06);
    let small = DynamicImage::from(scaled(&edited, size.width, size.height));
    for (distance, most) in [(0.5, 0.006), (1.0, 0.006), (2.0, 0.01), (3.0, 0.03)] {
        let moved = crate::merge::warp::warp(&small, size, |x, y| {
            let is_moved = (150.0..450.0).contains(&x) && (200.0..600.0).contains(&y);
            let by = if is_moved { distance } else { 0.0 };
            (x + by, y + by / 2.0)
        });
        let answer = through_jpeg(&moved.into_rgb8(), 90);
        let merged = merged_with(original.clone().into(), &answer, MergeOptions::default()).unwrap();
        let covers = merged.coverage.mask.iter().zip(object.iter());
        let wrong = covers.filter(|(cover, object)| **cover > 0 && **object == 0).count();
        let share = wrong as f64 / object.len() as f64;
        assert!(share < most, "{distance}: {share}");
    }
}

#[test]
#[ignore = "slow"]
fn night_over_a_dark_picture_is_another_light() {
    let original = darkened(&Subject::Texture.draw(2400, 1800, 3), 0.3);
    let night = RgbImage::from_fn(2400, 1800, |x, y| {
        let [red, green, blue] = original.get_pixel(x, y).0.map(f32::from);
        Rgb([0.26 * red + 4.0, 0.32 * green + 8.0, 0.5 * blue + 24.0].map(|level| level as u8))
    });
    let merged = merged(&original, &answered(&night, ANSWER));
    assert_eq!(merged.extent, Extent::Whole);
    assert!(merged.detail.is_some_and(|detail| detail > 0.5), "{:?}", merged.detail);
}

/// A texture below an empty sky, as in a landscape.
fn landscape(seed: u32) -> RgbImage {
    let mut picture = Subject::Texture.draw(960, 640, seed);
    for (_, y, pixel) in picture.enumerate_pixels_mut().filter(|(_, y, _)| *y < 350) {
        *pixel = Rgb([150, 180, 230 - (y / 20) as u8]);
    }
    picture
}

#[test]
#[ignore = "slow"]
fn an_empty_sky_is_no_evidence() {
    use image::imageops::{crop_imm, flip_horizontal};

    let original = landscape(1);
    let crop = crop_imm(&original, 96, 64, 768, 512).to_image();
    let rotated = RgbImage::from_fn(960, 640, |x, y| {
        let (x, y) = (x as f32 - 480.0, y as f32 - 320.0);
        let (sine, cosine) = 0.2_f32.sin_cos();
        let at = |center: f32, offset: f32, side: u32| ((center + offset).max(0.0) as u32).min(side - 1);
        *original.get_pixel(at(480.0, x * cosine - y * sine, 960), at(320.0, x * sine + y * cosine, 640))
    });
    for (name, answer) in [
        ("another landscape", landscape(2000)),
        ("mirrored crop", scaled(&flip_horizontal(&crop), 960, 640)),
        ("rotated", rotated),
    ] {
        let merged = merged_answer(&original, &answer).map(|merged| merged.extent);
        assert!(merged.is_err(), "{name}: {merged:?}");
    }
}

#[test]
fn an_answer_of_a_few_pixels_shows_nothing() {
    let original = RgbImage::from_pixel(96, 96, Rgb([90; 3]));
    for side in [1, 7] {
        let merged = merged_answer(&original, &scaled(&original, side, side)).map(|merged| merged.extent);
        assert!(matches!(merged, Err(MergeError::NothingInCommon)), "{side}: {merged:?}");
    }
    assert!(merged_answer(&original, &scaled(&original, 8, 8)).is_ok());
}

#[test]
fn an_object_on_an_empty_backdrop_may_be_replaced() {
    let drawn = |seed: u32, is_inside: fn(f32, f32) -> bool| {
        let texture = Subject::Texture.draw(960, 640, seed);
        RgbImage::from_fn(960, 640, |x, y| {
            let shadow =
                30.0 * (-((x as f32 - 480.0) / 200.0).powi(2) - ((y as f32 - 500.0) / 30.0).powi(2)).exp();
            let backdrop = Rgb([225.0 - shadow, 222.0 - shadow, 218.0 - shadow].map(|level| level as u8));
            if is_inside(x as f32, y as f32) { *texture.get_pixel(x, y) } else { backdrop }
        })
    };
    let original = drawn(1, |x, y| ((x - 480.0) / 180.0).hypot((y - 360.0) / 120.0) < 1.0);
    let answer = drawn(2000, |x, y| y < 480.0 && (x - 480.0).abs() < (y - 160.0) / 2.0);
    let merged = merged_answer(&original, &answer).unwrap();
    assert!(merged.placed.is_exact && merged.extent == Extent::Parts);
    let share = merged.coverage.share();
    assert!((0.1..0.3).contains(&share), "{share}");
}

#[test]
fn a_corner_that_agrees_is_kept_where_all_else_is_new() {
    use image::imageops::{crop_imm, replace};

    let original = Subject::Texture.draw(960, 640, 1);
    let mut answer = Subject::Texture.draw(960, 640, 2000);
    replace(&mut answer, &*crop_imm(&original, 576, 384, 384, 256), 576, 384);
    let merged = merged_answer(&original, &answer).unwrap();
    assert!(merged.placed.is_exact && merged.extent == Extent::Parts);
    let share = merged.coverage.share();
    assert!((0.83..0.9).contains(&share), "the corner is 0.16: {share}");
}

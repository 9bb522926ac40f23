//! Tests of pictures whose light and dark areas show where an answer lies, but no details.

use super::drawing::through_jpeg;
use super::placement::{Subject, merged_answer};
use super::*;

const WIDTH: u32 = 200;
const HEIGHT: u32 = 150;

/// A ramp of colors beside white, as a transparent picture is uploaded.
fn ramp(x: u32, y: u32) -> Rgb<u8> {
    if x < 100 { Rgb([255; 3]) } else { Rgb([x as u8, y as u8, 90]) }
}

/// An answer with an object and a label, in another light.
fn edited(rng: &mut fastrand::Rng, light: impl Fn(f32) -> f32) -> RgbImage {
    let center = (rng.u32(0..WIDTH), rng.u32(0..HEIGHT));
    let sides = (rng.u32(10..40), rng.u32(8..25));
    let color = Rgb([rng.u8(..), rng.u8(..), rng.u8(..)]);
    let drawn = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| match (x, y) {
        _ if x.abs_diff(center.0) < sides.0 && y.abs_diff(center.1) < sides.1 => color,
        (..86, 140..) => Rgb([if (x / 3 + y / 3).is_multiple_of(2) { 20 } else { 230 }; 3]),
        _ => Rgb(ramp(x, y).0.map(|level| (255.0 * light(f32::from(level) / 255.0)).round() as u8)),
    });
    let larger = image::imageops::resize(&drawn, 1152, 864, image::imageops::FilterType::CatmullRom);
    through_jpeg(&larger, 90).into_rgb8()
}

#[test]
#[ignore = "slow"]
fn objects_on_a_ramp_beside_white_are_edits_in_any_light() {
    let original = RgbImage::from_fn(WIDTH, HEIGHT, ramp);
    let mut rng = fastrand::Rng::with_seed(3);
    for attempt in 0..20 {
        let merged = merged_answer(&original, &edited(&mut rng, |level| level)).unwrap();
        assert!(merged.placed.is_exact && merged.extent == Extent::Parts, "{attempt}: {:?}", merged.extent);
        let share = merged.coverage.share();
        assert!(share < 0.3, "{attempt}: {share}");
        let at_night = edited(&mut rng, |level| 0.35 * level.powf(1.1));
        let merged = merged_answer(&original, &at_night).unwrap();
        assert_eq!(merged.extent, Extent::Whole, "{attempt}, at night");
    }
}

#[test]
#[ignore = "slow"]
fn a_strong_blur_replaces_the_picture() {
    for contrast in [1.5, 2.0, 3.0] {
        let mut original = Subject::Texture.draw(960, 640, 1);
        for level in original.iter_mut() {
            *level = (128.0 + contrast * (f32::from(*level) - 128.0)).round() as u8;
        }
        let blurred = image::imageops::blur(&original, 8.0);
        let merged = merged_answer(&original, &blurred).unwrap();
        assert_eq!((merged.extent, merged.detail), (Extent::Whole, Some(0.0)), "{contrast}");
        let result = merged.image.into_rgb8();
        let largest = result.iter().zip(blurred.iter()).map(|(one, two)| one.abs_diff(*two)).max();
        assert!(largest < Some(8), "{contrast}: {largest:?}, of a JPEG");
    }
}

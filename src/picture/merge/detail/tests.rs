//! Tests of the original's detail, on changes of light whose result at full size is known.

use std::sync::LazyLock;

use image::{DynamicImage, Rgb, RgbImage};
use seededit_resize::{Size, resize};

use crate::decode::decode;
use crate::geometry::Rect;
use crate::merge::tests::drawing::{Scene, scaled, through_jpeg};
use crate::merge::{Detail, Edited, Extent, MergeOptions, Merged, PlacementMode, merge};

const SIZE: (u32, u32) = (1200, 900);
const ANSWER: (u32, u32) = answer_size(SIZE);

/// A picture of 2400×1800 gets an answer of 1152×864.
const fn answer_size((width, height): (u32, u32)) -> (u32, u32) {
    (width * 12 / 25, height * 12 / 25)
}

/// A change of light: the new color of a pixel, at a place from 0 to 1 across the picture.
type Change = fn([f32; 3], f32) -> [f32; 3];

const CHANGES: [(&str, Change); 6] = [
    ("night", |color, _| {
        let [red, green, blue] = color.map(|level| 255.0 * (level / 255.0).powf(1.5));
        [0.35 * red, 0.42 * green, 0.62 * blue]
    }),
    ("warm light", |[red, green, blue], _| [1.1 * red + 8.0, green, 0.8 * blue - 5.0]),
    ("faded film", |[red, green, blue], _| {
        let gray = (red + green + blue) / 3.0;
        [red, green, blue].map(|level| 0.75 * (gray + 0.6 * (level - gray)) + 42.0)
    }),
    ("light from one side", |color, x| color.map(|level| level * (0.5 + 0.7 * x))),
    ("other hues", |[red, green, blue], _| {
        [0.5 * red + 0.2 * green, 0.1 * red + 0.5 * green + 0.2 * blue, 0.3 * red + 0.6 * blue]
    }),
    ("more contrast", |color, _| color.map(|level| 100.0 + 1.4 * (level - 128.0))),
];

static TEXTURED: LazyLock<RgbImage> = LazyLock::new(|| textured(1));

/// Another picture.
static OTHER: LazyLock<RgbImage> = LazyLock::new(|| textured(9));

/// A textured picture: discs and waves, with fine grain on them.
fn textured(seed: u64) -> RgbImage {
    let (width, height) = SIZE;
    let mut rng = fastrand::Rng::with_seed(seed);
    let (discs, waves) =
        (Scene::Busy.draw(width, height, seed), Scene::Textured.draw(width, height, seed + 1));
    let grain: Vec<f32> = (0..width * height).map(|_| 60.0 * (rng.f32() - 0.5)).collect();
    let grain = |x: u32, y: u32| grain[(y.min(height - 1) * width + x.min(width - 1)) as usize];
    RgbImage::from_fn(width, height, |x, y| {
        let grain = grain(x, y) + grain(x + 1, y) + grain(x, y + 1) + grain(x + 1, y + 1);
        let [disc, wave] = [&discs, &waves].map(|image| image.get_pixel(x, y).0.map(f32::from));
        Rgb([0, 1, 2].map(|c| (0.6 * disc[c] + 0.4 * wave[c] + 0.5 * grain) as u8))
    })
}

fn changed(original: &RgbImage, change: Change) -> RgbImage {
    let width = original.width() as f32;
    RgbImage::from_fn(original.width(), original.height(), |x, y| {
        Rgb(change(original.get_pixel(x, y).0.map(f32::from), x as f32 / width)
            .map(|level| level.round() as u8))
    })
}

/// The answer for a result that is known at full size, as a JPEG.
fn answer(truth: &RgbImage) -> DynamicImage {
    let (width, height) = answer_size(truth.dimensions());
    through_jpeg(&scaled(truth, width, height), 90)
}

fn merged_with(original: &DynamicImage, answer: &DynamicImage, options: MergeOptions) -> Merged {
    let options = MergeOptions { placement: PlacementMode::Exact, ..options };
    let edited = Edited {
        image: answer.clone(),
        frame: Rect::whole(Size::of(original)).to_resize_area(),
        jpeg_quality: Some(85),
    };
    let merged = merge(original.clone(), edited.prepare().unwrap(), None, options).unwrap();
    assert_eq!(merged.extent, Extent::Whole);
    merged
}

fn merged(original: &RgbImage, answer: &DynamicImage) -> Merged {
    merged_with(&original.clone().into(), answer, MergeOptions::default())
}

/// The answer at the size of the original.
fn upscaled(answer: &DynamicImage, original: &RgbImage) -> RgbImage {
    resize(answer, Size::of(original)).unwrap().into_rgb8()
}

/// The peak signal-to-noise ratio, in decibels, of the pixels that are selected.
fn psnr(image: &RgbImage, truth: &RgbImage, is_selected: impl Fn(u32, u32) -> bool) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for ((x, y, pixel), truth) in image.enumerate_pixels().zip(truth.pixels()) {
        if is_selected(x, y) {
            let squares = pixel.0.iter().zip(truth.0).map(|(one, two)| f64::from(one.abs_diff(two)).powi(2));
            sum += squares.sum::<f64>();
            count += 3.0;
        }
    }
    10.0 * (255.0 * 255.0 * count / f64::max(sum, 1e-9)).log10()
}

#[test]
fn a_change_of_light_keeps_the_detail_of_the_original() {
    for (name, change) in CHANGES {
        let truth = changed(&TEXTURED, change);
        let answer = answer(&truth);
        let merged = merged(&TEXTURED, &answer);
        let all = |_, _| true;
        let plain = psnr(&upscaled(&answer, &TEXTURED), &truth, all);
        let ours = psnr(&merged.image.to_rgb8(), &truth, all);
        assert!(ours > plain + 6.0, "{name}: {plain:.2} dB became {ours:.2} dB");
        assert!(merged.detail > Some(0.9), "{name}: {:?}", merged.detail);
    }
}

#[test]
#[ignore = "slow"]
fn strong_edges_have_no_halo() {
    // Two areas with a slanted edge between them.
    let is_left = |x: u32, y: u32| x < 1100 + y / 7;
    let original =
        RgbImage::from_fn(2400, 600, |x, y| Rgb(if is_left(x, y) { [70, 50, 40] } else { [190, 200, 225] }));
    for (name, change) in CHANGES {
        // These changes amplify what the codec does to the edge: it spreads strong colors over ten pixels.
        let is_amplified = ["other hues", "more contrast"].contains(&name);
        let truth = changed(&original, change);
        let answer = answer(&truth);
        let (result, plain) = (merged(&original, &answer).image.to_rgb8(), upscaled(&answer, &original));
        let error = |one: &Rgb<u8>, two: &Rgb<u8>| {
            one.0.iter().zip(two.0).map(|(one, two)| one.abs_diff(two)).max().unwrap()
        };
        for (x, y, truth) in truth.enumerate_pixels() {
            let (ours, theirs) = (error(result.get_pixel(x, y), truth), error(plain.get_pixel(x, y), truth));
            let is_near = is_left(x.saturating_sub(2), y) != is_left(x + 2, y);
            let most = if is_amplified { theirs.max(4) } else { 3 };
            assert!(is_near || ours <= most, "{name}: {ours} levels instead of {theirs} at {x}, {y}");
        }
    }
}

#[test]
fn new_structure_is_that_of_the_answer() {
    let smooth = Scene::Smooth.draw(SIZE.0, SIZE.1, 4);
    let distance = |x: u32, y: u32| (x as f32 - 600.0).hypot(y as f32 - 450.0);
    for (name, object) in [("textured", &*OTHER), ("smooth", &smooth)] {
        let mut truth = changed(&TEXTURED, CHANGES[0].1);
        for (x, y, pixel) in truth.enumerate_pixels_mut() {
            if distance(x, y) < 260.0 {
                *pixel = *object.get_pixel(x, y);
            }
        }
        let answer = answer(&truth);
        let (result, plain) = (merged(&TEXTURED, &answer).image.to_rgb8(), upscaled(&answer, &TEXTURED));
        for (place, is_selected) in [
            ("inside", (|distance: f32| distance < 250.0) as fn(f32) -> bool),
            ("at the border", |distance| (250.0..270.0).contains(&distance)),
        ] {
            let [plain, ours] =
                [&plain, &result].map(|image| psnr(image, &truth, |x, y| is_selected(distance(x, y))));
            assert!(ours > plain - 0.1, "{name} {place}: {plain:.2} dB became {ours:.2} dB");
        }
    }
}

#[test]
fn a_label_with_strong_contrast_does_not_make_a_smooth_picture_another_one() {
    let harbour = decode(include_bytes!("../../../../examples/harbour.jpg")).unwrap().image.into_rgb8();
    let original = scaled(&harbour, SIZE.0, SIZE.1);
    let autumn =
        changed(&original, |[red, green, blue], _| [1.12 * red + 20.0, 0.86 * green + 6.0, 0.58 * blue]);
    let mut answer = scaled(&autumn, ANSWER.0, ANSWER.1);
    for (x, y, pixel) in answer.enumerate_pixels_mut() {
        if x < 200 && y >= 400 {
            *pixel = Rgb([if (x / 4 + y / 4) % 2 == 0 { 240 } else { 20 }; 3]);
        }
    }
    let answer = through_jpeg(&answer, 90);
    let merged = merged(&original, &answer);
    assert!(merged.detail > Some(0.7), "{:?}", merged.detail);
    let inside = |x: u32, y: u32| x < 390 && y > 850;
    let same = psnr(&merged.image.to_rgb8(), &upscaled(&answer, &original), inside);
    assert!(same > 35.0, "the label is that of the answer: {same:.2} dB");
}

#[test]
fn the_detail_of_a_dark_answer_shrinks_with_what_is_new_in_it_and_never_at_once() {
    let harbour = decode(include_bytes!("../../../../examples/harbour.jpg")).unwrap().image.into_rgb8();
    let original = scaled(&harbour, SIZE.0, SIZE.1);
    let night = scaled(&changed(&original, CHANGES[0].1), ANSWER.0, ANSWER.1);
    let details = [0, 60, 120, 160, 200, 240, 280].map(|side| {
        let mut answer = night.clone();
        for (x, y, pixel) in answer.enumerate_pixels_mut() {
            if x < side && y < side {
                *pixel = Rgb([if (x / 4 + y / 4) % 2 == 0 { 240 } else { 20 }; 3]);
            }
        }
        merged(&original, &through_jpeg(&answer, 90)).detail.unwrap()
    });
    // The largest label covers a third of the picture.
    assert!(details[0] > 0.95 && details[6] > 0.5, "{details:?}");
    assert!(details.windows(2).all(|two| (-0.01..0.15).contains(&(two[0] - two[1]))), "{details:?}");
}

#[test]
fn another_picture_is_scaled_up_as_it_is() {
    let answer = answer(&OTHER);
    let merged = merged(&TEXTURED, &answer);
    assert_eq!(merged.detail, Some(0.0));
    assert!(merged.image == upscaled(&answer, &TEXTURED).into());
}

#[test]
fn an_answer_that_is_not_smaller_and_detail_off_are_scaled_as_they_are() {
    let original = scaled(&TEXTURED, 800, 600);
    let truth = changed(&original, CHANGES[2].1);
    let large = through_jpeg(&scaled(&truth, 768, 576), 90);
    let small = through_jpeg(&scaled(&truth, 400, 300), 90);
    let off = MergeOptions { detail: Detail::Off, ..MergeOptions::default() };
    for (answer, options) in [(large, MergeOptions::default()), (small, off)] {
        let merged = merged_with(&original.clone().into(), &answer, options);
        assert_eq!(merged.detail, Some(0.0));
        assert!(merged.image == resize(&answer, Size { width: 800, height: 600 }).unwrap());
    }
}

#[test]
fn gray_pictures_stay_gray_and_depth_and_transparency_are_those_of_the_original() {
    use crate::merge::AlphaMode;
    let original = DynamicImage::from(scaled(&TEXTURED, 800, 600));
    let truth = changed(&original.to_rgb8(), CHANGES[2].1);
    let color = through_jpeg(&scaled(&truth, 400, 300), 90);
    let gray = DynamicImage::from(color.to_luma8());
    let mut glass = original.to_rgba8();
    glass.enumerate_pixels_mut().for_each(|(x, _, pixel)| pixel.0[3] = if x < 200 { 254 } else { 255 });
    let (glass, deep) = (DynamicImage::from(glass), DynamicImage::from(original.to_rgb16()));
    for (original, answer, alpha, result) in [
        (&original, &gray, AlphaMode::Cover, image::ColorType::L8),
        (&deep, &gray, AlphaMode::Cover, image::ColorType::L16),
        (&deep, &color, AlphaMode::Cover, image::ColorType::Rgb16),
        (&glass, &color, AlphaMode::Cover, image::ColorType::Rgb8),
        (&glass, &color, AlphaMode::Keep, image::ColorType::Rgba8),
    ] {
        let merged = merged_with(original, answer, MergeOptions { alpha, ..MergeOptions::default() });
        assert_eq!(merged.image.color(), result);
        assert!(merged.detail > Some(0.9));
        if alpha == AlphaMode::Keep {
            assert_eq!(merged.image.to_rgba8().get_pixel(100, 100).0[3], 254);
        }
        if answer.color().has_color() {
            let plain = resize(&color, Size { width: 800, height: 600 }).unwrap().to_rgb8();
            let [plain, ours] =
                [plain, merged.image.to_rgb8()].map(|image| psnr(&image, &truth, |_, _| true));
            assert!(ours > plain + 3.0, "{result:?}: {plain:.2} dB became {ours:.2} dB");
        }
    }
}

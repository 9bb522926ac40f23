//! Tests of results that keep blocks.

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use seededit_resize::Size;

use crate::color::ColorSpace;
use crate::color::subsampling::ChromaSubsampling;
use crate::decode::decode;
use crate::encode::{Encoding, encode};
use crate::fixtures;
use crate::format::endian::Endian;
use crate::format::ifd::ORIENTATION;
use crate::format::ifd::tests::tiff;
use crate::format::metadata::add_exif;
use crate::format::{Format, Header};
use crate::geometry::Rect;
use crate::merge::Extent;
use crate::restore::{Changed, EditArea, Picture, RestoreOptions, Restored, ResultMode};

/// The largest distance, in pixels, of a changed pixel from a block that an edit touches: smooth upsampling interpolates
/// between two samples of chroma.
const SPREAD: u32 = 1;

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn restored(options: &RestoreOptions, original: &[u8], answer: &DynamicImage) -> Restored {
    let frame = Rect::whole(Header::read(original).unwrap().upright());
    options.restore(original, &png(answer), frame, true).unwrap()
}

/// The file and the change of a result that keeps blocks.
fn edited(options: &RestoreOptions, original: &[u8], answer: &DynamicImage) -> (Vec<u8>, Changed) {
    match restored(options, original, answer) {
        Restored { picture: Picture::Jpeg(bytes), change: Some(change) } => (bytes, change),
        _ => panic!("the blocks are not kept"),
    }
}

fn upright(bytes: &[u8]) -> RgbImage {
    decode(bytes).unwrap().into_upright().image.into_rgb8()
}

fn region(text: &str) -> RestoreOptions {
    RestoreOptions { area: EditArea::Region(text.parse().unwrap()), ..RestoreOptions::default() }
}

fn with_orientation(jpeg: &[u8], value: u16) -> Vec<u8> {
    let mut bytes = jpeg.to_vec();
    add_exif(&mut bytes, Format::Jpeg, &tiff(Endian::Big, &[(ORIENTATION, value)]));
    bytes
}

#[test]
fn only_blocks_of_the_region_change_in_any_kind_and_orientation() {
    for (name, jpeg) in fixtures::jpegs() {
        for value in 1..=8 {
            let original = with_orientation(&jpeg, value);
            let before = upright(&original);
            let level = if name == "gray" { [90; 3] } else { [230, 20, 30] };
            let answer =
                DynamicImage::from(RgbImage::from_pixel(before.width(), before.height(), Rgb(level)));
            let answer = if name == "gray" { answer.to_luma8().into() } else { answer };
            let (bytes, change) = edited(&region("6x5+4+3"), &original, &answer);
            let (after, header) = (upright(&bytes), Header::read(&bytes).unwrap());
            assert_eq!(header, Header::read(&original).unwrap(), "{name}");
            let mut differing = 0;
            for ((x, y, was), is) in before.enumerate_pixels().zip(after.pixels()) {
                differing += u64::from(was != is);
                // The region is within MCUs of at most 16 pixels at either end of each side.
                let is_near = |at: u32, side: u32, end: u32| {
                    at < 16 + SPREAD || (at + 16 + SPREAD >= side && side < 16 + end)
                };
                let (width, height) = (before.width(), before.height());
                assert!(
                    was == is || (x < 27 && y < 27) || is_near(x, width, 10) && is_near(y, height, 8),
                    "{name}, orientation {value}: {x} {y}"
                );
            }
            let pixels = f64::from(before.width() * before.height());
            assert!((change.share - differing as f64 / pixels).abs() < 1e-9, "{name}");
            // A picture of quality 25 cannot show a detail that is smaller than a block.
            if name != "progressive with refinement" {
                let frame = Rect::whole(header.upright());
                let pixels = region("6x5+4+3").restore(&original, &png(&answer), frame, false).unwrap();
                let Picture::Image(pixels, _) = pixels.picture else { panic!("it is a file") };
                let (is, intended) = (after.get_pixel(6, 5).0, pixels.to_rgb8().get_pixel(6, 5).0);
                let is_near = |(is, intended): (u8, u8)| is.abs_diff(intended) < 60;
                assert!(is.into_iter().zip(intended).all(is_near), "{name}: {is:?}, not {intended:?}");
            }
        }
    }
}

#[test]
fn an_answer_without_an_edit_leaves_the_file_as_it_is() {
    let options = RestoreOptions { mode: ResultMode::Preserve, ..RestoreOptions::default() };
    let original = [&with_orientation(&fixtures::baseline_jpeg(), 6)[..], b"after the end"].concat();
    let (bytes, change) = edited(&options, &original, &upright(&original).into());
    assert_eq!((change.extent, change.share), (Extent::Nothing, 0.0));
    assert!(bytes == original);
}

#[test]
fn a_gray_picture_with_a_color_edit_and_a_replaced_picture_are_encoded_again() {
    let red = DynamicImage::from(RgbImage::from_pixel(45, 38, Rgb([230, 20, 30])));
    let gray = fixtures::jpegs().into_iter().find(|(name, _)| *name == "gray").unwrap().1;
    let is_image = |restored: Restored| matches!(restored.picture, Picture::Image(..));
    assert!(is_image(restored(&region("6x5+4+3"), &gray, &red)));
    let preserve = RestoreOptions { mode: ResultMode::Preserve, ..RestoreOptions::default() };
    assert!(is_image(restored(&preserve, &fixtures::baseline_jpeg(), &red)));
    assert!(is_image(restored(&region("6x5+4+3"), &fixtures::png(), &red)));
}

/// A smooth scene with some texture.
fn scene(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let wave = |length: f32| ((x as f32 + 0.6 * y as f32) / length).sin();
        let level = |base: f32| base + 30.0 * wave(97.0) + 12.0 * wave(23.0) + 5.0 * wave(9.0);
        Rgb([110.0, 130.0, 90.0].map(|base| level(base) as u8))
    })
}

/// As for pixels: `a_blend_has_no_steeper_edges_than_the_pictures`.
#[test]
#[ignore = "slow"]
fn a_seam_is_no_steeper_than_the_pictures_at_any_quality() {
    let (width, height) = (640, 480);
    let mut painted = scene(width, height);
    for (x, y, pixel) in painted.enumerate_pixels_mut() {
        if (x as f32 - 300.0).hypot(y as f32 - 220.0) < 110.0 {
            *pixel = Rgb(pixel.0.map(|level| level.saturating_add(60)));
        }
    }
    let answer = DynamicImage::from(painted);
    for quality in [50, 75, 92] {
        for subsampling in [ChromaSubsampling::Yuv444, ChromaSubsampling::Yuv420] {
            let encoding = Encoding::Jpeg { quality, subsampling };
            let original = encode(&scene(width, height).into(), &ColorSpace::SRGB, encoding).unwrap();
            let options = RestoreOptions { mode: ResultMode::Preserve, ..RestoreOptions::default() };
            let (bytes, Changed { coverage, .. }) = edited(&options, &original, &answer);
            let (before, after) = (upright(&original), upright(&bytes));
            // With the artifacts that the answer has at this quality, too.
            let new = upright(&encode(&answer, &ColorSpace::SRGB, encoding).unwrap());
            let steepness = |image: &RgbImage, x: u32, y: u32| {
                let level = |x, y| f64::from(image.get_pixel(x, y).0[1]);
                (level(x + 1, y) - level(x - 1, y)).hypot(level(x, y + 1) - level(x, y - 1)) / 2.0
            };
            let (mut excess, mut count) = (0.0, 0.0);
            for (x, y, cover) in coverage.mask.enumerate_pixels() {
                if (1..255).contains(&cover.0[0]) {
                    let expected = steepness(&before, x, y).max(steepness(&new, x, y));
                    excess += steepness(&after, x, y) - expected;
                    count += 1.0;
                }
            }
            assert!(count > 1000.0, "{count}");
            assert!(excess / count < 0.1, "{quality} {subsampling:?}: {}", excess / count);
        }
    }
}

#[test]
fn the_size_of_a_file_stays_near_that_of_the_original() {
    let original = encode(
        &scene(640, 480).into(),
        &ColorSpace::SRGB,
        Encoding::Jpeg { quality: 85, subsampling: ChromaSubsampling::Yuv420 },
    )
    .unwrap();
    let answer = DynamicImage::from(scene(640, 480)).adjust_contrast(-9.0);
    let (bytes, _) = edited(&region("200x150+100+90"), &original, &answer);
    assert_eq!(Size::of(&upright(&bytes)), Size { width: 640, height: 480 });
    let change = bytes.len() as f64 / original.len() as f64 - 1.0;
    assert!(change.abs() < 0.25 && change < 0.05, "{change}");
}

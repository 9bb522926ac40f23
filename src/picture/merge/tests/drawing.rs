//! Pictures drawn in code, and what a model makes of them: an object, a drift of colours, noise that grows
//! with the texture, a codec.

use image::{DynamicImage, GrayImage, Rgb, RgbImage};
use proptest::prelude::*;
use seededit_resize::{Size, resize};

use crate::color::subsampling::ChromaSubsampling;
use crate::decode::decode;
use crate::encode::{Encoding, encode};

/// What a picture shows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scene {
    /// One colour that turns into another.
    Smooth,
    /// Waves of several lengths.
    Textured,
    /// Many discs of many colours.
    Busy,
}

/// What is painted into it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Object {
    /// A disc of a quarter of the height.
    Large,
    /// One of a hundredth of the width.
    Small,
    /// A line as thin as the service's pixels, twice.
    Thin,
    /// A large disc that is 16 levels lighter or darker.
    Faint,
}

impl Object {
    pub(super) const ALL: [Object; 4] = [Object::Large, Object::Small, Object::Thin, Object::Faint];

    /// How much of a pixel at a place (0 to 1 along the longer side) is the object.
    fn covers(self, x: f32, y: f32, pixel: f32, (left, top): (f32, f32)) -> f32 {
        let from_centre = (x - left).hypot(y - top);
        let inside = |radius: f32| ((radius - from_centre) / pixel + 0.5).clamp(0.0, 1.0);
        match self {
            Object::Large => inside(0.14),
            Object::Faint => inside(0.12),
            Object::Small => inside(0.008),
            Object::Thin => {
                let along = (x - left) * 0.8 + (y - top) * 0.6;
                let across = ((x - left) * -0.6 + (y - top) * 0.8).abs() - 0.000_9;
                let end = along.abs() - 0.2;
                (0.5 - across.max(end) / pixel).clamp(0.0, 1.0)
            }
        }
    }
}

impl Arbitrary for Scene {
    type Parameters = ();
    type Strategy = prop::sample::Select<Scene>;
    fn arbitrary_with((): ()) -> Self::Strategy {
        prop::sample::select(vec![Scene::Smooth, Scene::Textured, Scene::Busy])
    }
}

impl Arbitrary for Object {
    type Parameters = ();
    type Strategy = prop::sample::Select<Object>;
    fn arbitrary_with((): ()) -> Self::Strategy {
        prop::sample::select(Object::ALL.to_vec())
    }
}

impl Scene {
    pub(super) fn draw(self, width: u32, height: u32, seed: u64) -> RgbImage {
        let mut dice = fastrand::Rng::with_seed(seed);
        let side = width.max(height) as f32;
        let mut colour = || [(); 3].map(|()| f32::from(dice.u8(40..215)));
        let (from, to) = (colour(), colour());
        let waves: Vec<[f32; 4]> = (0..6)
            .map(|at| {
                let length = 6.0 * 1.9f32.powi(at);
                let turn = dice.f32() * std::f32::consts::TAU;
                [
                    turn.cos() * 900.0 / length,
                    turn.sin() * 900.0 / length,
                    dice.f32() * 6.0,
                    4.0 + 2.0 * at as f32,
                ]
            })
            .collect();
        let discs: Vec<([f32; 3], [f32; 3])> = (0..40)
            .map(|_| {
                let disc = [dice.f32(), dice.f32(), 0.01 + 0.09 * dice.f32()];
                (disc, [(); 3].map(|()| f32::from(dice.u8(..))))
            })
            .collect();
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = ((x as f32 + 0.5) / side, (y as f32 + 0.5) / side);
            let mut level = [0, 1, 2].map(|c| from[c] + (to[c] - from[c]) * (0.7 * x + 0.3 * y));
            match self {
                Scene::Smooth => {}
                Scene::Textured => {
                    let waves = waves.iter().map(|[a, b, c, strength]| strength * (a * x + b * y + c).sin());
                    let sum: f32 = waves.sum();
                    level = level.map(|level| level + sum);
                }
                Scene::Busy => {
                    for ([left, top, radius], colour) in &discs {
                        let cover = ((radius - (x - left).hypot(y - top)) * side + 0.5).clamp(0.0, 1.0);
                        level = [0, 1, 2].map(|c| level[c] + (colour[c] - level[c]) * cover);
                    }
                }
            }
            Rgb(level.map(|level| level.round() as u8))
        })
    }
}

/// An original, what a model made of it, and what is new in that.
pub(super) struct Pair {
    pub(super) original: RgbImage,
    pub(super) edited: DynamicImage,
    /// How much of each pixel of the original is new.
    pub(super) truth: GrayImage,
}

impl Pair {
    pub(super) fn draw(
        scene: Scene,
        object: Object,
        (width, height): (u32, u32),
        (edited_width, edited_height): (u32, u32),
        seed: u64,
    ) -> Pair {
        let original = scene.draw(width, height, seed);
        let mut dice = fastrand::Rng::with_seed(seed ^ 0xed17);
        let side = width.max(height) as f32;
        let place = [width, height].map(|length| (0.35 + 0.3 * dice.f32()) * length as f32 / side).into();
        let (left, top): (f32, f32) = place;
        let truth = GrayImage::from_fn(width, height, |x, y| {
            let (x, y) = ((x as f32 + 0.5) / side, (y as f32 + 0.5) / side);
            image::Luma([(object.covers(x, y, 1.0 / side, place) * 255.0).round() as u8])
        });
        let around = original.get_pixel((left * side) as u32, (top * side) as u32).0;
        // Far from the colours around it, so that it is new everywhere.
        let ink = around.map(|level| if level > 128 { 10u8 } else { 245 });
        let faint = if dice.bool() { 16 } else { -16 };
        let painted = RgbImage::from_fn(width, height, |x, y| {
            let cover = i32::from(truth.get_pixel(x, y).0[0]);
            let was = original.get_pixel(x, y).0;
            Rgb([0, 1, 2].map(|c| {
                let was = i32::from(was[c]);
                let new = if matches!(object, Object::Faint) { was + faint } else { ink[c].into() };
                (was + (new - was) * cover / 255).clamp(0, 255) as u8
            }))
        });
        let edited = noisy(&scaled(&painted, edited_width, edited_height), 1.0, seed);
        Pair { original, edited: coded(&edited, 90), truth }
    }
}

/// A drift of about two levels, and noise with a median of five to six in the channel that differs most.
pub(super) fn noisy(image: &RgbImage, strength: f32, seed: u64) -> RgbImage {
    let mut dice = fastrand::Rng::with_seed(seed);
    let drift = [(); 3].map(|()| dice.f32() * 4.0 - 2.0);
    let level = |x: u32, y: u32, c: usize| f32::from(image.get_pixel(x, y).0[c]);
    let (right, bottom) = (image.width() - 1, image.height() - 1);
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let texture = (level((x + 1).min(right), y, 1) - level(x.saturating_sub(1), y, 1))
            .hypot(level(x, (y + 1).min(bottom), 1) - level(x, y.saturating_sub(1), 1))
            .min(60.0);
        Rgb([0, 1, 2].map(|c| {
            let chance = dice.f32() + dice.f32() + dice.f32() + dice.f32() - 2.0;
            let noise = chance * strength * (3.0 + 0.2 * texture);
            (level(x, y, c) + drift[c] + noise).round() as u8
        }))
    })
}

pub(super) fn scaled(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    resize(&image.clone().into(), Size { width, height }).unwrap().into_rgb8()
}

/// What a JPEG of this quality leaves of it.
pub(super) fn coded(image: &RgbImage, quality: u8) -> DynamicImage {
    let bytes = encode(
        &image.clone().into(),
        None,
        Encoding::Jpeg { quality, subsampling: ChromaSubsampling::Yuv420 },
    )
    .unwrap();
    decode(&bytes).unwrap().image
}

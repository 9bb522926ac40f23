//! Drawn pictures, and simulated answers: with an object, a color drift, noise that grows with texture, and JPEG
//! artifacts.

use image::{DynamicImage, GrayImage, Rgb, RgbImage};
use proptest::prelude::*;
use seededit_resize::{Size, resize};

use crate::color::ColorSpace;
use crate::color::subsampling::ChromaSubsampling;
use crate::decode::decode;
use crate::encode::{Encoding, encode};

/// The content of a picture.
#[derive(Debug, Clone, Copy)]
pub(in crate::merge) enum Scene {
    /// A gradient.
    Smooth,
    /// Waves of several lengths.
    Textured,
    /// Many discs of different colors.
    Busy,
}

/// An object that an edit adds.
#[derive(Debug, Clone, Copy)]
pub(in crate::merge) enum Object {
    /// A disc with a radius of 14 % of the longer side.
    Large,
    /// A disc with a radius of 0.8 % of the longer side.
    Small,
    /// A line, about two pixels of the answer wide.
    Thin,
    /// A large disc that is 16 levels lighter or darker than its surroundings.
    Faint,
}

impl Object {
    pub(in crate::merge) const ALL: [Object; 4] = [Object::Large, Object::Small, Object::Thin, Object::Faint];

    /// The coverage of a pixel by the object. Positions are from 0 to 1 along the longer side.
    fn coverage(self, x: f32, y: f32, pixel: f32, (center_x, center_y): (f32, f32)) -> f32 {
        let distance = (x - center_x).hypot(y - center_y);
        let inside = |radius: f32| ((radius - distance) / pixel + 0.5).clamp(0.0, 1.0);
        match self {
            Object::Large => inside(0.14),
            Object::Faint => inside(0.12),
            Object::Small => inside(0.008),
            Object::Thin => {
                let along = (x - center_x) * 0.8 + (y - center_y) * 0.6;
                let across = ((x - center_x) * -0.6 + (y - center_y) * 0.8).abs() - 0.000_9;
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
    pub(in crate::merge) fn draw(self, width: u32, height: u32, seed: u64) -> RgbImage {
        let mut rng = fastrand::Rng::with_seed(seed);
        let side = width.max(height) as f32;
        let mut color = || [(); 3].map(|()| f32::from(rng.u8(40..215)));
        let (from, to) = (color(), color());
        let waves: Vec<[f32; 4]> = (0..6)
            .map(|at| {
                let length = 6.0 * 1.9f32.powi(at);
                let angle = rng.f32() * std::f32::consts::TAU;
                [
                    angle.cos() * 900.0 / length,
                    angle.sin() * 900.0 / length,
                    rng.f32() * 6.0,
                    4.0 + 2.0 * at as f32,
                ]
            })
            .collect();
        let discs: Vec<([f32; 3], [f32; 3])> = (0..40)
            .map(|_| {
                let disc = [rng.f32(), rng.f32(), 0.01 + 0.09 * rng.f32()];
                (disc, [(); 3].map(|()| f32::from(rng.u8(..))))
            })
            .collect();
        RgbImage::from_fn(width, height, |x, y| {
            let (x, y) = ((x as f32 + 0.5) / side, (y as f32 + 0.5) / side);
            let mut level = [0, 1, 2].map(|c| from[c] + (to[c] - from[c]) * (0.7 * x + 0.3 * y));
            match self {
                Scene::Smooth => {}
                Scene::Textured => {
                    let waves =
                        waves.iter().map(|[a, b, c, amplitude]| amplitude * (a * x + b * y + c).sin());
                    let sum: f32 = waves.sum();
                    level = level.map(|level| level + sum);
                }
                Scene::Busy => {
                    for ([center_x, center_y, radius], color) in &discs {
                        // Most discs are far from most pixels.
                        if (y - center_y).abs().max((x - center_x).abs()) > radius + 1.0 / side {
                            continue;
                        }
                        let distance = (x - center_x).hypot(y - center_y);
                        let coverage = ((radius - distance) * side + 0.5).clamp(0.0, 1.0);
                        level = [0, 1, 2].map(|c| level[c] + (color[c] - level[c]) * coverage);
                    }
                }
            }
            Rgb(level.map(|level| level.round() as u8))
        })
    }
}

/// An original, a simulated answer, and the true coverage of the edit.
pub(in crate::merge) struct Pair {
    pub(in crate::merge) original: RgbImage,
    pub(in crate::merge) edited: DynamicImage,
    pub(in crate::merge) truth: GrayImage,
}

impl Pair {
    pub(in crate::merge) fn draw(
        scene: Scene,
        object: Object,
        (width, height): (u32, u32),
        (edited_width, edited_height): (u32, u32),
        seed: u64,
    ) -> Pair {
        let original = scene.draw(width, height, seed);
        let mut rng = fastrand::Rng::with_seed(seed ^ 0xed17);
        let side = width.max(height) as f32;
        let center = [width, height].map(|length| (0.35 + 0.3 * rng.f32()) * length as f32 / side).into();
        let (center_x, center_y): (f32, f32) = center;
        let truth = GrayImage::from_fn(width, height, |x, y| {
            let (x, y) = ((x as f32 + 0.5) / side, (y as f32 + 0.5) / side);
            image::Luma([(object.coverage(x, y, 1.0 / side, center) * 255.0).round() as u8])
        });
        let background = original.get_pixel((center_x * side) as u32, (center_y * side) as u32).0;
        // Contrasts with the background, so that all of the object is new.
        let ink = background.map(|level| if level > 128 { 10u8 } else { 245 });
        let faint = if rng.bool() { 16 } else { -16 };
        let painted = RgbImage::from_fn(width, height, |x, y| {
            let coverage = i32::from(truth.get_pixel(x, y).0[0]);
            let was = original.get_pixel(x, y).0;
            Rgb([0, 1, 2].map(|c| {
                let was = i32::from(was[c]);
                let new = if matches!(object, Object::Faint) { was + faint } else { ink[c].into() };
                (was + (new - was) * coverage / 255).clamp(0, 255) as u8
            }))
        });
        let edited = noisy(&scaled(&painted, edited_width, edited_height), 1.0, seed);
        Pair { original, edited: through_jpeg(&edited, 90), truth }
    }
}

/// Adds a drift of about two levels, and noise. In the channel that differs most, the median of the noise is five to
/// six levels.
pub(in crate::merge) fn noisy(image: &RgbImage, strength: f32, seed: u64) -> RgbImage {
    let mut rng = fastrand::Rng::with_seed(seed);
    let drift = [(); 3].map(|()| rng.f32() * 4.0 - 2.0);
    let level = |x: u32, y: u32, c: usize| f32::from(image.get_pixel(x, y).0[c]);
    let (right, bottom) = (image.width() - 1, image.height() - 1);
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let texture = (level((x + 1).min(right), y, 1) - level(x.saturating_sub(1), y, 1))
            .hypot(level(x, (y + 1).min(bottom), 1) - level(x, y.saturating_sub(1), 1))
            .min(60.0);
        Rgb([0, 1, 2].map(|c| {
            let random = rng.f32() + rng.f32() + rng.f32() + rng.f32() - 2.0;
            let noise = random * strength * (3.0 + 0.2 * texture);
            (level(x, y, c) + drift[c] + noise).round() as u8
        }))
    })
}

pub(in crate::merge) fn scaled(image: &RgbImage, width: u32, height: u32) -> RgbImage {
    resize(&image.clone().into(), Size { width, height }).unwrap().into_rgb8()
}

/// Encodes and decodes a JPEG.
pub(in crate::merge) fn through_jpeg(image: &RgbImage, quality: u8) -> DynamicImage {
    let bytes = encode(
        &image.clone().into(),
        &ColorSpace::SRGB,
        Encoding::Jpeg { quality, subsampling: ChromaSubsampling::Yuv420 },
    )
    .unwrap();
    decode(&bytes).unwrap().image
}

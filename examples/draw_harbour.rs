//! Draws `examples/harbour.jpg`, the picture that the first commands of the README edit.
//!
//! ```text
//! cargo run --example draw_harbour -- examples/harbour.jpg
//! ```
//!
//! This takes about twenty seconds and draws the same picture every time: shapes, light and grain all come from the
//! formulas below. Lengths are in pixels of a 1024×768 picture. Colors are linear, from 0 to 1.

use std::error::Error;
use std::f32::consts::{PI, TAU};
use std::path::PathBuf;

use image::{DynamicImage, Rgb, RgbImage};
use seededit::testing::picture::{ChromaSubsampling, ColorSpace, Encoding, encode};

const WIDTH: u32 = 1024;
const HEIGHT: u32 = 768;
const HORIZON: f32 = 430.0;
const SUN: (f32, f32) = (330.0, 352.0);
/// The number of samples per pixel in each direction, for smooth edges.
const SAMPLES: u32 = 3;
const QUALITY: u8 = 82;

type Color = [f32; 3];

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).map(PathBuf::from).ok_or("usage: draw_harbour OUTPUT")?;
    let picture = DynamicImage::from(RgbImage::from_fn(WIDTH, HEIGHT, pixel));
    std::fs::write(
        path,
        encode(
            &picture,
            &ColorSpace::SRGB,
            Encoding::Jpeg { quality: QUALITY, subsampling: ChromaSubsampling::Yuv444 },
        )?,
    )?;
    Ok(())
}

/// The mean of the samples of a pixel, with gamma correction and a little grain.
fn pixel(x: u32, y: u32) -> Rgb<u8> {
    let mut sum = [0.0; 3];
    for sample in 0..SAMPLES * SAMPLES {
        let within = |n: u32| (n as f32 + 0.5) / SAMPLES as f32;
        let color = scene(x as f32 + within(sample % SAMPLES), y as f32 + within(sample / SAMPLES));
        sum = add(sum, color, 1.0 / (SAMPLES * SAMPLES) as f32);
    }
    let grain = (hash(x as i32, y as i32) - 0.5) * 0.012;
    Rgb(sum.map(|light| {
        let level = light.clamp(0.0, 1.0).powf(1.0 / 2.2) + grain;
        (level.clamp(0.0, 1.0) * 255.0).round() as u8
    }))
}

/// The color of a point of the picture.
fn scene(x: f32, y: f32) -> Color {
    if let Some(color) = boat(x, y).or_else(|| pier(x, y)) {
        return color;
    }
    if y < HORIZON { above_water(x, y) } else { water(x, y) }
}

/// Sky, sun, hills and the lighthouse: everything that the water reflects, except the boat.
fn above_water(x: f32, y: f32) -> Color {
    lighthouse(x, y).or_else(|| hills(x, y)).unwrap_or_else(|| sky(x, y))
}

fn sky(x: f32, y: f32) -> Color {
    let height = (1.0 - y / HORIZON).clamp(0.0, 1.0);
    let low = mix([1.0, 0.50, 0.22], [0.86, 0.36, 0.30], smooth(0.0, 0.30, height));
    let high = mix(low, [0.12, 0.20, 0.46], smooth(0.12, 0.95, height));

    let distance = (x - SUN.0).hypot(y - SUN.1);
    let glow = (-distance / 150.0).exp() * 0.75 + (-distance / 420.0).exp() * 0.35;
    let mut light = add(high, [1.0, 0.62, 0.25], glow);

    let cloud = clouds(x, y);
    let lit = mix([0.95, 0.52, 0.40], [1.0, 0.80, 0.52], (-distance / 260.0).exp());
    let shade = mix(lit, [0.42, 0.30, 0.42], smooth(0.35, 0.9, cloud) * 0.6);
    light = mix(light, shade, cloud * 0.75);

    mix(light, [1.0, 0.95, 0.78], 1.0 - smooth(33.0, 35.5, distance))
}

/// The density of the clouds, from 0 to 1: long banks that become thinner towards the top.
fn clouds(x: f32, y: f32) -> f32 {
    let banks = noise(x / 210.0 + 3.0, y / 34.0, 5);
    let bend = noise(x / 300.0 + 40.0, y / 300.0, 2);
    let height = smooth(60.0, 180.0, y) * (1.0 - smooth(300.0, 400.0, y));
    smooth(0.50, 0.80, banks * 0.75 + bend * 0.32) * (0.25 + 0.75 * height)
}

/// Three ridges, each nearer, lower and darker than the one before.
fn hills(x: f32, y: f32) -> Option<Color> {
    const RIDGES: [(f32, f32, f32, f32, Color); 3] = [
        (318.0, 190.0, 0.0, 0.12, [0.46, 0.27, 0.34]),
        (362.0, 130.0, 17.0, 0.28, [0.26, 0.16, 0.24]),
        (398.0, 84.0, 51.0, 0.60, [0.085, 0.07, 0.115]),
    ];
    RIDGES.iter().rev().find_map(|&(top, length, seed, rough, color)| {
        let rise = noise(x / length + seed, seed, 4) - 0.5;
        // The hills are lower below the sun and higher on the right.
        let valley = 46.0 * (-((x - SUN.0) / 240.0).powi(2)).exp();
        let ridge = top - rise * 110.0 + valley - 26.0 * smooth(620.0, 1024.0, x);
        (y > ridge.min(HORIZON - 3.0)).then(|| {
            let trees = noise(x / 9.0, y / 6.0 + seed, 3) - 0.5;
            let haze = smooth(HORIZON - 70.0, HORIZON, y) * 0.35;
            let ground = color.map(|c| c * (1.0 + trees * rough));
            mix(ground, [0.95, 0.50, 0.30], haze * (-(x - SUN.0).abs() / 380.0).exp())
        })
    })
}

fn lighthouse(x: f32, y: f32) -> Option<Color> {
    const X: f32 = 872.0;
    const BASE: f32 = 412.0;
    let off = x - X;
    let up = BASE - y;
    let side = smooth(-9.0, 9.0, off);
    if up < 0.0 {
        let rock = 20.0 * (1.0 - (off / 74.0).powi(2)) + 5.0 * noise(x / 11.0, 3.0, 3);
        return (-up < 18.0 && up + 18.0 < rock + 4.0 && off.abs() < 74.0)
            .then(|| [0.05, 0.045, 0.07].map(|c| c * (0.7 + noise(x / 5.0, y / 4.0, 3))));
    }
    if up < 88.0 && off.abs() < 9.5 - up * 0.037 {
        let stripe = ((up / 17.6) as i32) % 2 == 0;
        let paint = if stripe { [0.90, 0.72, 0.60] } else { [0.52, 0.07, 0.06] };
        return Some(paint.map(|c| c * (1.0 - 0.68 * side)));
    }
    if (88.0..91.0).contains(&up) && off.abs() < 10.0 {
        return Some([0.06, 0.05, 0.07]);
    }
    if (91.0..102.0).contains(&up) && off.abs() < 5.0 {
        return Some([1.0, 0.86, 0.50]);
    }
    (102.0..110.0).contains(&up).then_some(())?;
    (off.abs() < 7.5 - (up - 102.0) * 0.9).then_some([0.36, 0.05, 0.05])
}

/// The water: a reflection broken by waves, with the glitter of the sun and foam.
fn water(x: f32, y: f32) -> Color {
    let near = ((y - HORIZON) / (HEIGHT as f32 - HORIZON)).clamp(0.0, 1.0);
    let (slope, crest) = waves(x, near);

    let mirrored = HORIZON - (y - HORIZON) * 1.12 + slope * (6.0 + 70.0 * near);
    let mirrored_x = x + slope * (5.0 + 34.0 * near);
    let reflection = match boat_reflection(mirrored_x, y, slope, near) {
        Some(color) => color,
        None => above_water(mirrored_x, mirrored.clamp(0.0, HORIZON - 0.5)),
    };

    let depth = mix([0.13, 0.17, 0.25], [0.015, 0.06, 0.11], near.sqrt());
    let facing = 0.72 - 0.42 * near - slope * 0.22;
    let mut light = mix(depth, reflection, facing.clamp(0.12, 0.9));

    let path = (-((x - SUN.0) / (26.0 + 150.0 * near)).powi(2)).exp();
    let glitter = smooth(0.10, 0.55, slope + crest * 0.35) * path;
    light = add(light, [1.0, 0.62, 0.28], glitter * (0.95 - 0.35 * near) + path * 0.10);

    let foam = smooth(0.72, 0.95, crest) * smooth(0.50, 0.72, noise(x / 16.0, near * 140.0, 3));
    mix(light, [0.75, 0.66, 0.64], foam * near * 0.55)
}

/// The slope (about −1 to 1) and the crest (0 to 1) of the waves. `near` is 0 at the horizon and 1 at the bottom.
fn waves(x: f32, near: f32) -> (f32, f32) {
    let depth = 1.0 / (near + 0.055);
    let across = (x - 512.0) * depth / 60.0;
    let along = depth * 9.0;
    let bend = noise(across * 0.35 + 9.0, along * 0.35, 3) * TAU;
    let swell = (along * 1.9 + bend * 1.5).sin();
    let chop = noise(across * 1.5, along * 2.1, 4) - 0.5;
    let ripple = noise(across * 5.0 + 70.0, along * 6.5, 3) - 0.5;
    let slope = swell * 0.28 + chop * 1.25 + ripple * 0.85;
    (slope.clamp(-1.0, 1.0), 0.5 + 0.5 * (swell * 0.5 + chop * 1.6))
}

/// The position of the boat. Its parts below are drawn relative to it.
const BOAT: (f32, f32) = (640.0, 545.0);

fn boat(x: f32, y: f32) -> Option<Color> {
    let (x, y) = (x - BOAT.0, y - BOAT.1);
    hull(x, y).or_else(|| rigging(x, y))
}

fn hull(x: f32, y: f32) -> Option<Color> {
    let along = (x + 6.0) / 112.0;
    let sheer = -30.0 - 11.0 * along * along - 5.0 * along;
    let keel = 10.0 * (1.0 - along.abs().powi(4));
    let bow = (-96.0 + (y + 30.0) * -0.18, 106.0 - (y + 30.0) * 0.55);
    if !(sheer..keel).contains(&y) || x < bow.0 || x > bow.1 {
        return cabin(x, y);
    }
    let down = (y - sheer) / (keel - sheer);
    let plank = 0.90 + 0.16 * noise(x / 30.0, y / 1.7, 2);
    let paint = match down {
        d if d < 0.13 => [0.50, 0.26, 0.11],
        d if d < 0.70 => [0.80, 0.74, 0.68],
        d if d < 0.78 => [0.05, 0.10, 0.22],
        _ => [0.30, 0.05, 0.05],
    };
    let light = 1.05 - 0.62 * smooth(-95.0, 105.0, x) - 0.25 * down;
    Some(paint.map(|c| c * light * plank))
}

fn cabin(x: f32, y: f32) -> Option<Color> {
    let within = (-58.0..4.0 + (y + 50.0) * 0.3).contains(&x) && (-52.0..-30.0).contains(&y);
    let window = (-47.0..-39.0).contains(&y) && ((x + 62.0) % 18.0) < 11.0 && x < 0.0;
    within.then(|| match (window, y < -48.5) {
        (true, _) => [0.95, 0.62, 0.26],
        (_, true) => [0.42, 0.22, 0.10],
        _ => [0.60, 0.55, 0.52].map(|c| c * (1.0 - 0.35 * smooth(-58.0, 4.0, x))),
    })
}

/// Mast, boom, flag and two sails.
fn rigging(x: f32, y: f32) -> Option<Color> {
    if x.abs() < 2.4 && (-262.0..-30.0).contains(&y) {
        return Some([0.23, 0.13, 0.07].map(|c| c * (1.3 - 0.2 * x)));
    }
    if (-96.0..0.0).contains(&x) && (y + 60.0 - x * 0.02).abs() < 2.0 {
        return Some([0.20, 0.11, 0.06]);
    }
    if (-275.0..-262.0).contains(&y) && (0.0..26.0).contains(&x) {
        let wave = 1.6 * (x * 0.35).sin();
        return ((-274.0 + wave..-263.0 + wave).contains(&y)).then_some([0.55, 0.05, 0.05]);
    }
    let main = ((y + 252.0) / 188.0).clamp(0.0, 1.0);
    if (-252.0..-64.0).contains(&y) && x < -3.5 && x > -3.5 - 90.0 * main.powf(0.82) {
        return Some(cloth(x + 94.0, y, 94.0));
    }
    let fore = ((y + 236.0) / 196.0).clamp(0.0, 1.0);
    let belly = 10.0 * (fore * PI).sin();
    let luff = 4.0 + 96.0 * fore;
    if (-236.0..-40.0).contains(&y) && x < luff && x > 5.0 + 26.0 * fore * fore - belly * 0.3 {
        return Some(cloth(x, y, 110.0).map(|c| c * 0.82));
    }
    None
}

/// Sailcloth with the low sun behind it, with horizontal seams.
fn cloth(x: f32, y: f32, width: f32) -> Color {
    let seam = 1.0 - 0.16 * smooth(0.90, 1.0, ((y + x * 0.12) / 24.0).rem_euclid(1.0));
    let weave = 0.97 + 0.06 * noise(x / 5.0, y / 40.0, 2);
    let light = 1.02 - 0.36 * smooth(0.0, width, x);
    [1.0, 0.80, 0.60].map(|c| c * light * seam * weave)
}

/// The reflection of the boat, distorted by the waves.
fn boat_reflection(x: f32, y: f32, slope: f32, near: f32) -> Option<Color> {
    let below = y - BOAT.1 - 4.0;
    let wobble = slope * (10.0 + 34.0 * near);
    let up = BOAT.1 - below * 1.25 - wobble;
    (below > 0.0).then_some(())?;
    boat(x + wobble * 0.35, up.min(BOAT.1 - 1.0)).map(|color| color.map(|c| c * 0.8))
}

/// A wooden pier in the lower left corner.
fn pier(x: f32, y: f32) -> Option<Color> {
    let far = 600.0;
    let right_edge = 246.0 + (y - far) * 0.22;
    let on_deck = y > far && x < right_edge;
    let post = [(52.0, 560.0, 15.0), (166.0, 580.0, 13.0), (246.0, 596.0, 11.0)]
        .into_iter()
        .find(|&(at, top, half)| (x - at).abs() < half && y > top);
    if let Some((at, top, half)) = post {
        let round = 1.0 - ((x - at) / half + 0.35).powi(2) * 0.55;
        let wood = 0.75 + 0.5 * noise(x / 2.5, y / 26.0, 3);
        let rim = if y < top + 5.0 { 1.9 } else { 1.0 };
        return Some([0.17, 0.10, 0.07].map(|c| c * round.max(0.15) * wood * rim));
    }
    on_deck.then(|| {
        let board = ((y - far) / 21.0).fract();
        let gap = smooth(0.0, 0.07, board) * (1.0 - smooth(0.93, 1.0, board));
        let number = ((y - far) / 21.0).floor();
        let wood = 0.55 + 0.75 * noise(x / 55.0 + number * 7.0, y / 2.6, 4);
        [0.30, 0.18, 0.12].map(|c| c * wood * (0.25 + 0.75 * gap))
    })
}

/// Value noise from 0 to 1. Each octave has half the amplitude and twice the frequency of the one before.
fn noise(x: f32, y: f32, octaves: u32) -> f32 {
    let mut sum = 0.0;
    let mut weight = 0.5;
    let mut total = 0.0;
    for octave in 0..octaves {
        let scale = f32::from(1_u16 << octave);
        let shift = octave as f32 * 19.7;
        sum += weight * lattice(x * scale + shift, y * scale - shift);
        total += weight;
        weight *= 0.5;
    }
    sum / total
}

fn lattice(x: f32, y: f32) -> f32 {
    let (column, row) = (x.floor(), y.floor());
    let (right, down) = (smooth(0.0, 1.0, x - column), smooth(0.0, 1.0, y - row));
    let at = |dx, dy| hash(column as i32 + dx, row as i32 + dy);
    let top = at(0, 0) + (at(1, 0) - at(0, 0)) * right;
    let bottom = at(0, 1) + (at(1, 1) - at(0, 1)) * right;
    top + (bottom - top) * down
}

/// A pseudo-random number from 0 to 1 for a point of the lattice.
fn hash(x: i32, y: i32) -> f32 {
    let mut bits = (x as u32).wrapping_mul(0x9E37_79B1) ^ (y as u32).wrapping_mul(0x85EB_CA77);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x2C1B_3C6D);
    bits = (bits ^ (bits >> 12)).wrapping_mul(0x297A_2D39);
    ((bits ^ (bits >> 15)) >> 8) as f32 / (1 << 24) as f32
}

/// Smoothstep: 0 up to `from`, 1 from `until` on.
fn smooth(from: f32, until: f32, value: f32) -> f32 {
    let t = ((value - from) / (until - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn mix(a: Color, b: Color, share: f32) -> Color {
    [0, 1, 2].map(|i| a[i] + (b[i] - a[i]) * share)
}

fn add(a: Color, b: Color, share: f32) -> Color {
    [0, 1, 2].map(|i| a[i] + b[i] * share)
}

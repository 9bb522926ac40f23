//! From HDR to SDR.
//!
//! The samples of an HDR picture stand for light: with PQ (SMPTE ST 2084) for that of the screen, with HLG (ITU-R BT.2100)
//! for that of the scene. Diffuse white is at 203 cd/m² (ITU-R BT.2408), and becomes nearly the white of an SDR picture.
//! Brighter light is compressed by the curve of ITU-R BT.2390, from the brightest light of the picture.

use image::{DynamicImage, ImageBuffer, Pixel, Rgb, Rgba};
use seededit_base::parallel::{for_each, map};

use super::cicp::{Cicp, Transfer};

/// The luminance of white in an SDR picture, in cd/m².
const SDR_WHITE: f32 = 203.0;
/// The luminance of the brightest sample of PQ, in cd/m².
const PQ_PEAK: f32 = 10_000.0;
/// The luminance of the brightest sample of HLG on its nominal screen, in cd/m², and the gamma of that screen.
const HLG_PEAK: f32 = 1000.0;
const HLG_GAMMA: f32 = 1.2;

/// Converts an image to sRGB with 16 bits per sample. Keeps the alpha channel. Returns `None` if the primaries are unknown.
pub(crate) fn to_sdr(image: &DynamicImage, cicp: Cicp) -> Option<DynamicImage> {
    let light = Light { transfer: cicp.hdr_transfer()?, to_linear: linear_levels(cicp.hdr_transfer()?) };
    let matrix = cicp.to_srgb_matrix()?;
    Some(if image.color().has_alpha() {
        convert(image.to_rgba16(), &light, &matrix).into()
    } else {
        convert(image.to_rgb16(), &light, &matrix).into()
    })
}

fn convert<P>(
    mut image: ImageBuffer<P, Vec<u16>>,
    light: &Light,
    matrix: &[[f32; 3]; 3],
) -> ImageBuffer<P, Vec<u16>>
where
    P: Pixel<Subpixel = u16> + HasColor,
{
    let channels = usize::from(P::CHANNEL_COUNT);
    let row_len = channels * image.width().max(1) as usize;
    let samples: &mut [u16] = &mut image;
    let peaks = map(samples.chunks_exact(row_len), |row| {
        let pixels = row.chunks_exact(channels);
        pixels.map(|pixel| brightest(light.of([pixel[0], pixel[1], pixel[2]]))).fold(0.0, f32::max)
    });
    let curve = Curve::new(peaks.into_iter().fold(0.0, f32::max));
    for_each(samples.chunks_exact_mut(row_len), |row| {
        for pixel in row.chunks_exact_mut(channels) {
            let light = light.of([pixel[0], pixel[1], pixel[2]]);
            let gain = curve.gain(brightest(light));
            for (sample, row) in pixel.iter_mut().zip(matrix) {
                let linear: f32 = row.iter().zip(light).map(|(factor, light)| factor * light * gain).sum();
                *sample = to_srgb(linear);
            }
        }
    });
    image
}

/// Pixels with red, green and blue.
trait HasColor {}

impl HasColor for Rgb<u16> {}
impl HasColor for Rgba<u16> {}

fn brightest(light: [f32; 3]) -> f32 {
    light.into_iter().fold(0.0, f32::max)
}

/// Turns samples into light.
struct Light {
    transfer: Transfer,
    /// The light of each level, before the channels are considered together.
    to_linear: Vec<f32>,
}

impl Light {
    /// The light of the screen, where 1 is the white of SDR.
    fn of(&self, pixel: [u16; 3]) -> [f32; 3] {
        let linear = pixel.map(|sample| self.to_linear[usize::from(sample)]);
        match self.transfer {
            Transfer::Pq => linear,
            Transfer::Hlg => {
                // The weights of BT.2100 for luminance.
                let luminance = 0.2627 * linear[0] + 0.6780 * linear[1] + 0.0593 * linear[2];
                let gain = luminance.powf(HLG_GAMMA - 1.0) * HLG_PEAK / SDR_WHITE;
                linear.map(|light| light * gain)
            }
        }
    }
}

fn linear_levels(transfer: Transfer) -> Vec<f32> {
    (0..=u16::MAX)
        .map(|level| {
            let signal = f32::from(level) / f32::from(u16::MAX);
            match transfer {
                Transfer::Pq => pq_to_luminance(signal) / SDR_WHITE,
                Transfer::Hlg => hlg_to_scene(signal),
            }
        })
        .collect()
}

/// The constants of SMPTE ST 2084.
mod pq {
    pub(super) const M1: f32 = 2610.0 / 16_384.0;
    pub(super) const M2: f32 = 2523.0 / 4096.0 * 128.0;
    pub(super) const C1: f32 = 3424.0 / 4096.0;
    pub(super) const C2: f32 = 2413.0 / 4096.0 * 32.0;
    pub(super) const C3: f32 = 2392.0 / 4096.0 * 32.0;
}

/// In cd/m².
fn pq_to_luminance(signal: f32) -> f32 {
    let power = signal.powf(1.0 / pq::M2);
    ((power - pq::C1).max(0.0) / (pq::C2 - pq::C3 * power)).powf(1.0 / pq::M1) * PQ_PEAK
}

fn luminance_to_pq(luminance: f32) -> f32 {
    let power = (luminance / PQ_PEAK).clamp(0.0, 1.0).powf(pq::M1);
    ((pq::C1 + pq::C2 * power) / (1.0 + pq::C3 * power)).powf(pq::M2)
}

/// The inverse of the OETF of BT.2100: the light of the scene, from 0 to 1.
fn hlg_to_scene(signal: f32) -> f32 {
    const A: f32 = 0.178_832_77;
    const B: f32 = 0.284_668_92;
    const C: f32 = 0.559_910_7;

    if signal <= 0.5 { signal * signal / 3.0 } else { (((signal - C) / A).exp() + B) / 12.0 }
}

/// The curve of BT.2390, section 5.4.1, as a factor for each light.
struct Curve {
    peak: f32,
    gains: Vec<f32>,
}

impl Curve {
    /// The steps of the square root of light: more than samples of 12 bits can tell apart.
    const STEPS: u16 = 4096;

    /// Returns the curve for a picture whose brightest light is `peak`, where 1 is the white of SDR.
    fn new(peak: f32) -> Curve {
        let peak = peak.max(1.0);
        let gains = (0..=Self::STEPS).map(|step| {
            let root = f32::from(step.max(1)) / f32::from(Self::STEPS);
            let light = root * root * peak;
            compressed(light, peak) / light
        });
        Curve { peak, gains: gains.collect() }
    }

    fn gain(&self, light: f32) -> f32 {
        let at = (light / self.peak).clamp(0.0, 1.0).sqrt() * f32::from(Self::STEPS);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to STEPS")]
        let below = (at as usize).min(self.gains.len() - 2);
        let share = at - below as f32;
        self.gains[below] * (1.0 - share) + self.gains[below + 1] * share
    }
}

/// Compresses light from `peak` to 1.
fn compressed(light: f32, peak: f32) -> f32 {
    let source = luminance_to_pq(peak * SDR_WHITE);
    let target = luminance_to_pq(SDR_WHITE) / source;
    let knee = 1.5 * target - 0.5;
    let signal = luminance_to_pq(light * SDR_WHITE) / source;
    if knee >= 1.0 || signal <= knee {
        return light;
    }
    let t = (signal - knee) / (1.0 - knee);
    let (t2, t3) = (t * t, t * t * t);
    let spline = (2.0 * t3 - 3.0 * t2 + 1.0) * knee
        + (t3 - 2.0 * t2 + t) * (1.0 - knee)
        + (-2.0 * t3 + 3.0 * t2) * target;
    pq_to_luminance(spline * source) / SDR_WHITE
}

/// The sample of sRGB (IEC 61966-2-1) for linear light, which is clipped.
fn to_srgb(linear: f32) -> u16 {
    let linear = linear.clamp(0.0, 1.0);
    let signal = if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 65,535")]
    let sample = (signal * f32::from(u16::MAX) + 0.5) as u16;
    sample
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    const PQ_BT_2020: Cicp = Cicp { primaries: 9, transfer: 16 };
    const HLG_BT_2020: Cicp = Cicp { primaries: 9, transfer: 18 };

    fn sample(signal: f32) -> u16 {
        (signal * 65_535.0).round() as u16
    }

    /// Gray pixels of these luminances in PQ, as 8-bit sRGB.
    fn converted(luminances: &[f32], cicp: Cicp) -> Vec<u8> {
        let image = ImageBuffer::<Rgb<u16>, _>::from_fn(luminances.len() as u32, 1, |x, _| {
            Rgb([sample(luminance_to_pq(luminances[x as usize])); 3])
        });
        to_sdr(&image.into(), cicp).unwrap().into_rgb8().pixels().map(|pixel| pixel.0[1]).collect()
    }

    #[test]
    fn the_curves_meet_known_points() {
        // BT.2100, and BT.2408, table 1: white of 203 cd/m² is 58 % of PQ and 75 % of HLG.
        assert!((luminance_to_pq(203.0) - 0.58).abs() < 0.001);
        assert!((luminance_to_pq(100.0) - 0.508).abs() < 0.001);
        assert!((pq_to_luminance(1.0) - 10_000.0).abs() < 1.0);
        let white = hlg_to_scene(0.75).powf(HLG_GAMMA) * HLG_PEAK;
        assert!((white - 203.0).abs() < 1.0, "{white}");
        for luminance in [0.1, 1.0, 100.0, 4000.0] {
            assert!((pq_to_luminance(luminance_to_pq(luminance)) / luminance - 1.0).abs() < 0.01);
        }
    }

    #[test]
    fn a_picture_without_highlights_looks_as_in_sdr() {
        // 18 % of the light of white is level 118 of sRGB.
        assert_eq!(converted(&[0.0, 203.0 * 0.18, 203.0], PQ_BT_2020), [0, 118, 255]);
    }

    #[test]
    fn highlights_are_compressed_and_shadows_stay() {
        let levels = converted(&[1.0, 20.0, 203.0, 500.0, 1000.0], PQ_BT_2020);
        assert_eq!(levels[..2], converted(&[1.0, 20.0], PQ_BT_2020));
        assert!((220..245).contains(&levels[2]), "{levels:?}");
        assert!(levels[2] < levels[3] && levels[3] < levels[4] && levels[4] == 255, "{levels:?}");
    }

    #[test]
    fn hlg_becomes_sdr_and_alpha_stays() {
        let image = ImageBuffer::<Rgba<u16>, _>::from_fn(3, 1, |x, _| {
            let level = sample([0.0, 0.75, 1.0][x as usize]);
            Rgba([level, level, level, 1000])
        });
        let converted = to_sdr(&image.into(), HLG_BT_2020).unwrap().into_rgba16();
        let levels: Vec<u16> = converted.pixels().map(|pixel| pixel.0[0] >> 8).collect();
        assert!(levels[0] == 0 && (220..245).contains(&levels[1]) && levels[2] == 255, "{levels:?}");
        assert!(converted.pixels().all(|pixel| pixel.0[3] == 1000));
    }

    #[test]
    fn colors_are_converted_from_wide_primaries() {
        // A red of BT.2020 that sRGB does not have.
        let image = RgbImage::from_pixel(1, 1, Rgb([140, 0, 0]));
        let converted = to_sdr(&image.into(), PQ_BT_2020).unwrap().into_rgb8();
        let Rgb([red, green, blue]) = *converted.get_pixel(0, 0);
        assert!(red > 200 && green == 0 && blue == 0, "{red} {green} {blue}");
        assert!(to_sdr(&DynamicImage::new_rgb8(1, 1), Cicp { primaries: 250, transfer: 16 }).is_none());
    }
}

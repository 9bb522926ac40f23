//! The gain map of a photo, which makes it HDR on screens that can show that. A result keeps it, without a gain where the
//! edit is: what it says of there belongs to another scene.

use image::{DynamicImage, GrayImage};

use super::names;
use super::packet::Packet;
use super::rules::StoredOrientation;
use crate::color::ColorSpace;
use crate::color::subsampling::ChromaSubsampling;
use crate::decode::{decode, ensure_decodable};
use crate::encode::{Encoding, encode};
use crate::format::endian::Endian::Big;
use crate::format::jpeg::gain_map::{self, Embedded};
use crate::format::{Format, Header};
use crate::geometry::{Orientation, apply_orientation};

/// The quality of a map that is encoded again. Its levels are small differences, which must not be lost.
const QUALITY: u8 = 95;

/// The gain map of a JPEG.
#[derive(Clone, Debug, PartialEq)]
pub struct GainMap {
    /// A JPEG.
    map: Vec<u8>,
    /// The version of ISO 21496-1 that the picture states, with its name.
    version: Option<Vec<u8>>,
    is_in_xmp: bool,
}

impl GainMap {
    /// Reads the gain map of a picture. `None` if there is none, or not one that can be kept.
    #[must_use]
    pub fn read(picture: &[u8], format: Format) -> Option<GainMap> {
        let embedded = (format == Format::Jpeg).then(|| gain_map::find(picture)).flatten()?;
        let Embedded { map, version, is_in_xmp } = embedded;
        let header = Header::read(map).ok().filter(|header| header.format == Format::Jpeg)?;
        ensure_decodable(header.size).ok()?;
        neutral(map)?;
        Some(GainMap { map: map.to_vec(), version: version.map(<[u8]>::to_vec), is_in_xmp })
    }

    /// Returns the map of a result: without a gain where the upright picture has `coverage`, and stored like the pixels of
    /// the result. `None` if it cannot be decoded, or if no gain is left.
    #[must_use]
    pub fn of_edit(
        self,
        coverage: &GrayImage,
        original: Orientation,
        stored: StoredOrientation,
    ) -> Option<GainMap> {
        let is_unchanged = coverage.iter().all(|cover| *cover == 0);
        let is_rotated = stored == StoredOrientation::Upright && original != Orientation::UPRIGHT;
        if is_unchanged && !is_rotated {
            return Some(self);
        }
        if coverage.iter().all(|cover| *cover == u8::MAX) {
            return None;
        }
        let neutral = neutral(&self.map)?;
        let mut image = apply_orientation(decode(&self.map).ok()?.image, original);
        match &mut image {
            DynamicImage::ImageLuma8(image) => neutralize(image, [neutral[0]], coverage),
            DynamicImage::ImageRgb8(image) => neutralize(image, neutral, coverage),
            _ => return None,
        }
        if stored == StoredOrientation::AsInOriginal {
            image = apply_orientation(image, inverse(original));
        }
        let subsampling = ChromaSubsampling::of(&self.map);
        let encoded =
            encode(&image, &ColorSpace::SRGB, Encoding::Jpeg { quality: QUALITY, subsampling }).ok()?;
        let map = gain_map::with_metadata_of(&self.map, &encoded)?;
        Some(GainMap { map, ..self })
    }

    /// Adds the map to a JPEG.
    pub(super) fn joined_to(&self, picture: &[u8]) -> Option<Vec<u8>> {
        gain_map::joined(picture, self.version.as_deref(), &self.map)
    }

    /// Adds to a packet that there is a map, and its length, if the original said so.
    pub(super) fn stated_in(&self, packet: Option<Packet>) -> Option<Packet> {
        if !self.is_in_xmp {
            return packet;
        }
        let item = |semantic: &str, more: &str| {
            format!(
                "<rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Semantic=\"{semantic}\" \
                 Item:Mime=\"image/jpeg\"{more}/></rdf:li>"
            )
        };
        let description = format!(
            "  <rdf:Description rdf:about=\"\" xmlns:hdrgm=\"{}\" xmlns:Container=\"{}\" xmlns:Item=\"{}\" \
             hdrgm:Version=\"1.0\">\n   <Container:Directory><rdf:Seq>{}{}</rdf:Seq></Container:Directory>\n  \
             </rdf:Description>\n",
            names::GAIN_MAP,
            names::CONTAINER,
            names::CONTAINER_ITEM,
            item("Primary", ""),
            item("GainMap", &format!(" Item:Length=\"{}\"", self.map.len())),
        );
        packet.unwrap_or_else(Packet::empty).with(&description)
    }
}

fn inverse(orientation: Orientation) -> Orientation {
    let value = match orientation.value() {
        6 => 8,
        8 => 6,
        value => value,
    };
    Orientation::new(value).unwrap_or_default()
}

/// Removes the gain where the picture has coverage.
fn neutralize<P, const N: usize>(
    map: &mut image::ImageBuffer<P, Vec<u8>>,
    neutral: [u8; N],
    coverage: &GrayImage,
) where
    P: image::Pixel<Subpixel = u8>,
{
    let (width, height) = map.dimensions();
    // A level of the map has an effect up to the next one, because viewers interpolate.
    let span = |at: u32, count: u32, side: u32| {
        let (at, count, side) = (u64::from(at), u64::from(count), u64::from(side));
        let start = (2 * at).saturating_sub(1) * side / (2 * count);
        let end = ((2 * at + 3) * side).div_ceil(2 * count).min(side);
        start as u32..end as u32
    };
    for (x, y, pixel) in map.enumerate_pixels_mut() {
        let columns = span(x, width, coverage.width());
        let rows = span(y, height, coverage.height());
        let covers =
            rows.flat_map(|row| columns.clone().map(move |column| coverage.get_pixel(column, row).0[0]));
        let cover = covers.max().unwrap_or(0);
        for (level, neutral) in pixel.channels_mut().iter_mut().zip(neutral) {
            let (from, to, share) = (u32::from(*level), u32::from(neutral), u32::from(cover));
            *level = ((from * (255 - share) + to * share + 127) / 255) as u8;
        }
    }
}

/// The level of each channel that stands for no gain, or the nearest one.
fn neutral(map: &[u8]) -> Option<[u8; 3]> {
    if let Some(parameters) = gain_map::parameters(map) {
        return neutral_of_iso(parameters);
    }
    if gain_map::is_of_apple(map) {
        return Some([0; 3]);
    }
    let packet = Packet::parse(&super::Metadata::read(map, Format::Jpeg).xmp?)?;
    let channels = |name, default: f64| {
        let Some(text) = packet.value(name) else { return Some([default; 3]) };
        let numbers: Vec<f64> =
            text.split(';').map(|number| number.trim().parse().ok()).collect::<Option<_>>()?;
        match numbers[..] {
            [all] => Some([all; 3]),
            [red, green, blue] => Some([red, green, blue]),
            _ => None,
        }
    };
    let min = channels(names::GAIN_MAP_MIN, 0.0)?;
    let max = channels(names::GAIN_MAP_MAX, 1.0)?;
    let gamma = channels(names::GAIN_MAP_GAMMA, 1.0)?;
    Some([0, 1, 2].map(|at| level(min[at], max[at], gamma[at])))
}

/// The level at which the logarithm of the gain, from `min` to `max`, is 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped")]
fn level(min: f64, max: f64, gamma: f64) -> u8 {
    let share = -min / (max - min);
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let level = share.powf(gamma) * 255.0;
    if level.is_finite() { level.round() as u8 } else { 0 }
}

/// Reads the parameters of ISO 21496-1: the version, flags, the headrooms, and for each channel the least and the largest
/// gain, the gamma, and two offsets, as fractions.
fn neutral_of_iso(parameters: &[u8]) -> Option<[u8; 3]> {
    const HAS_CHANNELS: u8 = 0x80;
    const HAS_COMMON_DENOMINATOR: u8 = 0x08;

    let flags = *parameters.get(4)?;
    let number = |at: usize| Some(f64::from(Big.u32(parameters, at)?.cast_signed()));
    let channels = if flags & HAS_CHANNELS == 0 { 1 } else { 3 };
    let mut levels = [0; 3];
    for (channel, found) in levels.iter_mut().enumerate().take(channels) {
        let (min, max, gamma) = if flags & HAS_COMMON_DENOMINATOR == 0 {
            let at = 5 + 16 + channel * 40;
            let fraction = |at| Some(number(at)? / f64::from(Big.u32(parameters, at + 4)?));
            (fraction(at)?, fraction(at + 8)?, fraction(at + 16)?)
        } else {
            let denominator = f64::from(Big.u32(parameters, 5)?);
            let at = 5 + 12 + channel * 20;
            let fraction = |at| Some(number(at)? / denominator);
            (fraction(at)?, fraction(at + 4)?, fraction(at + 8)?)
        };
        *found = level(min, max, gamma);
    }
    if channels == 1 {
        levels = [levels[0]; 3];
    }
    Some(levels)
}

#[cfg(test)]
mod tests;

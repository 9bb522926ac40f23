//! The size of a result: what a request may ask for, and what it gets.

use serde_json::Value;

use seededit_picture::{Header, Size, adaptive_size};

use super::field::Values;
use super::input::PictureInput;
use super::paint::PLACEHOLDER;

/// The bounds of a size that is given as `{"width", "height"}`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides {
    pub(super) least: u32,
    pub(super) most: u32,
    /// Both sides are multiples of it.
    pub(super) step: u32,
    /// The bounds of the number of pixels.
    pub(super) pixels: (u64, u64),
    /// The value of a side that is left out; `None` if both are required.
    pub(super) default: Option<Size>,
}

/// Bounds with both sides required.
pub(super) const fn sides(least: u32, most: u32, step: u32) -> Sides {
    Sides { least, most, step, pixels: (0, u64::MAX), default: None }
}

/// Bounds with sides that may be left out.
pub(super) const fn sides_or(least: u32, most: u32, step: u32, width: u32, height: u32) -> Sides {
    Sides { default: Some(Size { width, height }), ..sides(least, most, step) }
}

/// The bounds of a size that is given as `WIDTHxHEIGHT`.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextSize {
    pub(super) least_pixels: u64,
    pub(super) most_pixels: u64,
    /// The longer side by the shorter one.
    pub(super) max_ratio: u32,
    /// Both sides are multiples of it.
    pub(super) step: u32,
    /// The maximum length of a side.
    pub(super) longest: u32,
}

/// The size of the result of a request that asks for none.
#[derive(Debug, Clone, Copy)]
pub(super) enum DefaultSize {
    /// The nearest row of SeedEdit's table.
    Adaptive,
    /// The size of the first picture.
    Input,
    /// The shape of the first picture, with this number of pixels.
    InputShape(u64),
    /// This size, whatever the picture.
    Fixed(u32, u32),
    /// This shape, whatever the picture, with the number of pixels of the resolution.
    Ratio(u32, u32),
    /// The one of OpenAI's three sizes whose shape is nearest to that of the first picture.
    NearestOfThree,
}

/// The size that a request gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TargetSize {
    Adaptive,
    Input,
    /// The input, scaled down until its shorter side has at most this length.
    ShortSide(u32),
    /// The shape of the input, with this number of pixels.
    InputShape(u64),
    Fixed(Size),
    NearestOfThree,
}

/// The preset names of fal's models, which several hosts use.
pub(super) const PRESETS: &[&str] =
    &["square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"];

const fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

fn preset(name: &str) -> Option<Size> {
    Some(match name {
        "square_hd" => size(1024, 1024),
        "square" => size(512, 512),
        "portrait_4_3" => size(768, 1024),
        "portrait_16_9" => size(576, 1024),
        "landscape_4_3" => size(1024, 768),
        "landscape_16_9" => size(1024, 576),
        _ => return None,
    })
}

/// The number of pixels of a tier: that of its square.
pub(super) fn tier_pixels(name: &str) -> Option<u64> {
    let side = match name.trim_start_matches("auto_") {
        "1K" => 1024_u64,
        "1.5K" => 1536,
        "2K" => 2048,
        "3K" => 3072,
        "4K" => 4096,
        _ => return None,
    };
    Some(side * side)
}

/// Reads `1024x768`.
pub(super) fn parse_sides(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    let side = |text: &str| -> Option<u32> { text.parse().ok().filter(|side| (1..=16_384).contains(side)) };
    Some((side(width)?, side(height)?))
}

/// The size with this shape and about this number of pixels, in multiples of 16.
pub(super) fn size_of_shape(width: u32, height: u32, pixels: u64) -> Size {
    let ratio = f64::from(width.max(1)) / f64::from(height.max(1));
    let rounded = |side: f64| ((side / 16.0).round() as u32).max(1) * 16;
    size(rounded((pixels as f64 * ratio).sqrt()), rounded((pixels as f64 / ratio).sqrt()))
}

impl Sides {
    pub(super) fn check(self, value: &Value) -> Result<(), String> {
        let object = value.as_object().ok_or("expected an object")?;
        if let Some(name) = object.keys().find(|name| !matches!(name.as_str(), "width" | "height")) {
            return Err(format!("{name}: unknown field"));
        }
        for name in ["width", "height"] {
            match object.get(name) {
                None if self.default.is_none() => return Err(format!("{name}: required")),
                None => {}
                Some(side) => self.check_side(side).map_err(|error| format!("{name}: {error}"))?,
            }
        }
        let (least, most) = self.pixels;
        let side = |name: &str| object.get(name).and_then(Value::as_u64).unwrap_or(1);
        if self.default.is_none() && !(least..=most).contains(&(side("width") * side("height"))) {
            return Err(format!("expected {least} to {most} pixels"));
        }
        Ok(())
    }

    fn check_side(self, side: &Value) -> Result<(), String> {
        let Sides { least, most, step, .. } = self;
        let fits = |side: u64| (u64::from(least)..=u64::from(most)).contains(&side);
        match side.as_u64() {
            Some(side) if fits(side) && side.is_multiple_of(u64::from(step)) => Ok(()),
            _ if step > 1 => Err(format!("expected a multiple of {step} from {least} to {most}")),
            _ => Err(format!("expected an integer from {least} to {most}")),
        }
    }
}

impl TextSize {
    pub(super) fn check(self, text: &str) -> Result<(), String> {
        let TextSize { least_pixels, most_pixels, max_ratio, step, longest } = self;
        let (width, height) = parse_sides(text).ok_or("expected WIDTHxHEIGHT")?;
        let (long, short) = (width.max(height), width.min(height));
        let pixels = u64::from(width) * u64::from(height);
        if !width.is_multiple_of(step) || !height.is_multiple_of(step) {
            return Err(format!("expected multiples of {step}"));
        }
        if long > longest || !(least_pixels..=most_pixels).contains(&pixels) {
            return Err(format!("expected {least_pixels} to {most_pixels} pixels and sides up to {longest}"));
        }
        if u64::from(long) > u64::from(short) * u64::from(max_ratio) {
            return Err(format!("expected an aspect ratio from 1/{max_ratio} to {max_ratio}"));
        }
        Ok(())
    }
}

impl TargetSize {
    /// The size that `values` ask for.
    pub(super) fn of_request(values: &Values, default: DefaultSize, sides: Option<Sides>) -> TargetSize {
        if values.flag("keep_size") == Some(true) {
            return TargetSize::Input;
        }
        if let Some(side) = values.integer("max_resolution").and_then(|side| u32::try_from(side).ok()) {
            return TargetSize::ShortSide(side);
        }
        let asked = values.get("image_size").or_else(|| values.get("size"));
        match asked {
            Some(Value::String(word)) if word != "adaptive" => return TargetSize::of_word(word, default),
            Some(Value::Object(object)) => {
                let missing = sides.and_then(|sides| sides.default).unwrap_or(size(1024, 1024));
                let side = |name: &str, missing: u32| {
                    let side = object.get(name).and_then(Value::as_u64);
                    side.and_then(|side| u32::try_from(side).ok()).unwrap_or(missing)
                };
                return TargetSize::Fixed(size(side("width", missing.width), side("height", missing.height)));
            }
            _ => {}
        }
        let pixels = values.text("resolution").and_then(tier_pixels);
        let ratio = values.text("aspect_ratio").and_then(|text| {
            let (width, height) = text.split_once(':')?;
            Some((width.parse().ok()?, height.parse().ok()?))
        });
        let usual = match default {
            DefaultSize::InputShape(pixels) => pixels,
            _ => 1024 * 1024,
        };
        let pixels = pixels.unwrap_or(usual);
        match (ratio, default) {
            (Some((width, height)), _) | (None, DefaultSize::Ratio(width, height)) => {
                TargetSize::Fixed(size_of_shape(width, height, pixels))
            }
            (None, DefaultSize::InputShape(_)) => TargetSize::InputShape(pixels),
            (None, DefaultSize::Adaptive) => TargetSize::Adaptive,
            (None, DefaultSize::Input) => TargetSize::Input,
            (None, DefaultSize::Fixed(width, height)) => TargetSize::Fixed(size(width, height)),
            (None, DefaultSize::NearestOfThree) => TargetSize::NearestOfThree,
        }
    }

    /// The size behind a preset, a tier or `WIDTHxHEIGHT`.
    fn of_word(word: &str, default: DefaultSize) -> TargetSize {
        if let Some(preset) = preset(word) {
            return TargetSize::Fixed(preset);
        }
        if let Some(pixels) = tier_pixels(word) {
            return TargetSize::InputShape(pixels);
        }
        match (parse_sides(word), default) {
            (Some((width, height)), _) => TargetSize::Fixed(size(width, height)),
            (None, DefaultSize::InputShape(pixels)) => TargetSize::InputShape(pixels),
            (None, DefaultSize::Fixed(width, height)) => TargetSize::Fixed(size(width, height)),
            (None, DefaultSize::NearestOfThree) => TargetSize::NearestOfThree,
            (None, _) => TargetSize::Input,
        }
    }

    /// The size of the result of a request with this picture.
    pub(super) fn for_request(self, picture: Option<&PictureInput>) -> Size {
        let input = match picture {
            Some(PictureInput::Bytes(bytes)) => Header::read(bytes).ok().map(|header| header.size),
            Some(PictureInput::Url(_)) | None => None,
        };
        self.for_input(input.unwrap_or(PLACEHOLDER))
    }

    /// The size of the result for a picture of this size.
    pub(super) fn for_input(self, input: Size) -> Size {
        match self {
            TargetSize::Adaptive => adaptive_size(input),
            TargetSize::Input => input,
            TargetSize::InputShape(pixels) => size_of_shape(input.width, input.height, pixels),
            TargetSize::Fixed(size) => size,
            TargetSize::NearestOfThree => match input.ratio() {
                // Halfway between 1 and 2:3 or 3:2, by factors.
                ratio if ratio > 1.5_f64.sqrt() => size(1536, 1024),
                ratio if ratio < 1.0 / 1.5_f64.sqrt() => size(1024, 1536),
                _ => size(1024, 1024),
            },
            TargetSize::ShortSide(most) => {
                let scale = (f64::from(most) / f64::from(input.width.min(input.height).max(1))).min(1.0);
                let scaled = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
                size(scaled(input.width), scaled(input.height))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_shape_keeps_its_ratio_and_its_number_of_pixels() {
        assert_eq!(size_of_shape(1, 1, 1024 * 1024), size(1024, 1024));
        assert_eq!(size_of_shape(16, 9, 1024 * 1024), size(1360, 768));
        assert_eq!(size_of_shape(3000, 4000, 2048 * 2048), size(1776, 2368));
    }

    proptest! {
        #[test]
        fn a_shape_is_kept_within_the_steps(width in 1u32..64, height in 1u32..64) {
            prop_assume!(width <= 3 * height && height <= 3 * width);
            let found = size_of_shape(width, height, 1024 * 1024);
            let stretch = found.ratio() * f64::from(height) / f64::from(width);
            prop_assert!((0.97..1.03).contains(&stretch), "{found}");
            prop_assert!((1_000_000..1_100_000).contains(&found.pixels()), "{found}");
            prop_assert!(found.width.is_multiple_of(16) && found.height.is_multiple_of(16));
        }

        #[test]
        fn a_text_size_is_accepted_exactly_within_its_bounds(width in 1u32..6000, height in 1u32..6000) {
            let bounds = TextSize {
                least_pixels: 921_600,
                most_pixels: 4_624_220,
                max_ratio: 16,
                step: 1,
                longest: 16_384,
            };
            let pixels = u64::from(width) * u64::from(height);
            let fits = (921_600..=4_624_220).contains(&pixels) && width.max(height) <= 16 * width.min(height);
            prop_assert_eq!(bounds.check(&format!("{width}x{height}")).is_ok(), fits);
        }
    }

    #[test]
    fn a_size_is_two_whole_numbers() {
        assert_eq!(parse_sides("1024x768"), Some((1024, 768)));
        for text in ["", "x", "1024", "1024X768", "0x5", "-1x5", "1024x768x3", "99999x1"] {
            assert_eq!(parse_sides(text), None, "{text}");
        }
    }

    #[test]
    fn the_shorter_side_is_scaled_down_and_never_up() {
        assert_eq!(TargetSize::ShortSide(720).for_input(size(1920, 1080)), size(1280, 720));
        assert_eq!(TargetSize::ShortSide(1080).for_input(size(640, 480)), size(640, 480));
    }
}

//! From what is wanted to what is sent.

use std::fmt;

use seededit_resize::Size;
use serde_json::{Map, Value, json};

use super::{DefaultSize, Form, SizeGrammar, SizeRequest, Tier, Tiers, Written, tier_pixels};

/// What is sent, and what will come back.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// The fields of the request; none leaves the size to the model.
    pub fields: Map<String, Value>,
    pub result: ResultSize,
}

/// The size of a result, as far as it is known in advance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultSize {
    Exact(Size),
    /// The model documents the shape and the resolution, not the exact sides.
    About(Size),
    /// The shape of the input, in a size that the model chooses.
    InputShape,
    Unknown,
}

/// How well a model keeps the shape of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Kept,
    /// The closest of this number of shapes.
    ClosestOf(usize),
    /// The model chooses the shape.
    Chosen,
}

impl Shape {
    /// With at least this number of shapes, the closest one looks like the picture's.
    const MANY: usize = 20;

    /// Whether a result has about the shape of the picture, whatever that is.
    #[must_use]
    pub fn is_kept(self) -> bool {
        matches!(self, Shape::Kept) || matches!(self, Shape::ClosestOf(count) if count >= Shape::MANY)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Kept => f.write_str("the picture's"),
            Shape::ClosestOf(1) => f.write_str("always the same, whatever the picture's is"),
            Shape::ClosestOf(count) => write!(f, "the closest of {count} to the picture's"),
            Shape::Chosen => f.write_str("the model's choice"),
        }
    }
}

/// A size that the model cannot be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it cannot return {wanted}: {allowed}")]
pub struct SizeError {
    pub wanted: SizeRequest,
    /// What it accepts instead.
    pub allowed: String,
}

impl Solution {
    /// Sends nothing.
    #[must_use]
    pub fn left_to_model() -> Solution {
        unsent(ResultSize::Unknown)
    }
}

impl ResultSize {
    /// Returns the size, if it is known at least roughly.
    #[must_use]
    pub fn size(self) -> Option<Size> {
        match self {
            ResultSize::Exact(size) | ResultSize::About(size) => Some(size),
            ResultSize::InputShape | ResultSize::Unknown => None,
        }
    }
}

impl fmt::Display for ResultSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResultSize::Exact(size) => write!(f, "{size}"),
            ResultSize::About(size) => write!(f, "about {size}"),
            ResultSize::InputShape => {
                f.write_str("a size of the model's choice, in the shape of the picture")
            }
            ResultSize::Unknown => f.write_str("a size and shape of the model's choice"),
        }
    }
}

/// The shape and the number of pixels that are wanted.
#[derive(Clone, Copy)]
struct Wanted {
    ratio: f64,
    pixels: u64,
}

impl SizeGrammar {
    /// Finds what to send for an upload of the upright size `input`. Without a request, the result is as close as
    /// possible to the input: in its shape first, then in its number of pixels.
    ///
    /// # Errors
    /// If the model cannot be asked for what is requested.
    pub fn solve(&self, input: Size, request: Option<&SizeRequest>) -> Result<Solution, SizeError> {
        match request {
            None => Ok(self.closest(input)),
            Some(request) => self.requested(input, request),
        }
    }

    /// Returns the size of the result of a large square picture; `None` if the model chooses it or returns the size of
    /// the picture.
    #[must_use]
    pub fn largest_result(&self) -> Option<Size> {
        const LARGE: Size = Size { width: 10_000, height: 10_000 };
        self.closest(LARGE).result.size()
    }

    /// Checks a request for which the input is not known yet.
    ///
    /// # Errors
    /// As [`SizeGrammar::solve`].
    pub fn check(&self, request: &SizeRequest) -> Result<(), SizeError> {
        const ANY: Size = Size { width: 1024, height: 1024 };
        self.requested(ANY, request).map(drop)
    }

    fn closest(&self, input: Size) -> Solution {
        let wanted = Wanted { ratio: input.ratio(), pixels: input.pixels() };
        match (&self.default, &self.form) {
            (DefaultSize::Nearest(sizes), _) => unsent(ResultSize::Exact(nearest(sizes, input))),
            // The shape is kept; only the resolution has to be said.
            (DefaultSize::Input, Form::Ratio { tiers: Some(tiers), .. } | Form::Tier(tiers)) => {
                let tier = tiers.closest(wanted.pixels);
                tiers.solution(tier, Map::new(), input.ratio())
            }
            (DefaultSize::Input, _) => unsent(ResultSize::InputShape),
            (_, Form::None | Form::Word { .. }) => unsent(ResultSize::Unknown),
            (_, Form::Exact { bounds, .. }) if bounds.contains(input) => self.exact(input),
            _ => self.solved(wanted),
        }
    }

    fn requested(&self, input: Size, request: &SizeRequest) -> Result<Solution, SizeError> {
        let refused = || SizeError { wanted: request.clone(), allowed: self.allowed() };
        match (request, &self.form) {
            (SizeRequest::Word(word), Form::Word { field, words }) if words.contains(word) => {
                let fields = one(field, Value::from(word.as_str()));
                Ok(Solution { fields, result: self.closest(input).result })
            }
            (SizeRequest::Word(word), Form::Preset { field, presets }) => {
                let (name, size) = presets.iter().find(|(name, _)| name == word).ok_or_else(refused)?;
                Ok(Solution {
                    fields: one(field, Value::from(name.as_str())),
                    result: ResultSize::Exact(*size),
                })
            }
            (SizeRequest::Word(_), _) | (_, Form::None | Form::Word { .. }) => Err(refused()),
            (SizeRequest::Exact(size), Form::Exact { bounds, .. }) => {
                if bounds.contains(*size) {
                    Ok(self.exact(*size))
                } else {
                    Err(refused())
                }
            }
            (SizeRequest::Exact(size), Form::List { sizes, .. }) => {
                if sizes.contains(size) {
                    Ok(self.exact(*size))
                } else {
                    Err(refused())
                }
            }
            (SizeRequest::Exact(size), Form::Preset { field, presets }) => {
                let (name, _) = presets.iter().find(|(_, known)| known == size).ok_or_else(refused)?;
                Ok(Solution {
                    fields: one(field, Value::from(name.as_str())),
                    result: ResultSize::Exact(*size),
                })
            }
            (SizeRequest::Exact(_), Form::Tier(_) | Form::Ratio { .. }) => Err(refused()),
            (SizeRequest::Ratio(width, height), Form::Ratio { ratios, .. }) => {
                let same = |ratio: &&(u32, u32)| {
                    u64::from(ratio.0) * u64::from(*height) == u64::from(ratio.1) * u64::from(*width)
                };
                let ratio = ratios.iter().find(same).ok_or_else(refused)?;
                Ok(self.solved(Wanted {
                    ratio: f64::from(ratio.0) / f64::from(ratio.1),
                    pixels: input.pixels(),
                }))
            }
            (SizeRequest::Ratio(..), Form::Tier(_)) => Err(refused()),
            (SizeRequest::Ratio(width, height), _) => {
                /// A shape that differs more than this is another one.
                const CLOSE: f64 = 0.05;
                let ratio = f64::from(*width) / f64::from(*height);
                // Whether it is refused must not depend on the input.
                let largest = self.solved(Wanted { ratio, pixels: u64::MAX }).result.size();
                if largest.is_none_or(|size| (size.ratio() / ratio).ln().abs() > CLOSE) {
                    return Err(refused());
                }
                Ok(self.solved(Wanted { ratio, pixels: input.pixels() }))
            }
            (SizeRequest::Tier(name), Form::Tier(tiers) | Form::Ratio { tiers: Some(tiers), .. }) => {
                let tier = tiers.named(name).ok_or_else(refused)?;
                let fields = match (&self.default, &self.form) {
                    (DefaultSize::Input, _) | (_, Form::Tier(_)) => Map::new(),
                    _ => self.ratio_field(input.ratio()),
                };
                Ok(tiers.solution(tier, fields, input.ratio()))
            }
            (SizeRequest::Tier(name), Form::Exact { bounds, .. }) => {
                let pixels = tier_pixels(name).filter(|pixels| *pixels <= bounds.most_pixels());
                Ok(self.solved(Wanted { ratio: input.ratio(), pixels: pixels.ok_or_else(refused)? }))
            }
            (
                SizeRequest::Tier(_),
                Form::List { .. } | Form::Preset { .. } | Form::Ratio { tiers: None, .. },
            ) => Err(refused()),
        }
    }

    /// Finds the allowed size closest to what is wanted.
    fn solved(&self, wanted: Wanted) -> Solution {
        match &self.form {
            Form::None | Form::Word { .. } => unsent(ResultSize::Unknown),
            Form::Tier(tiers) => tiers.solution(tiers.closest(wanted.pixels), Map::new(), wanted.ratio),
            Form::Exact { bounds, .. } => match bounds.closest(wanted.ratio, wanted.pixels) {
                Some(size) => self.exact(size),
                // A card whose bounds allow no size is refused when it is read.
                None => unsent(ResultSize::Unknown),
            },
            Form::List { sizes, .. } => self.exact(closest_of(sizes.iter().copied(), wanted)),
            Form::Preset { field, presets } => {
                let size = closest_of(presets.iter().map(|(_, size)| *size), wanted);
                let name = presets.iter().find(|(_, known)| *known == size).map_or("", |(name, _)| name);
                Solution { fields: one(field, Value::from(name)), result: ResultSize::Exact(size) }
            }
            Form::Ratio { tiers, pixels, .. } => {
                let fields = self.ratio_field(wanted.ratio);
                let ratio = self.closest_ratio(wanted.ratio).map_or(1.0, as_number);
                match tiers {
                    Some(tiers) => tiers.solution(tiers.closest(wanted.pixels), fields, ratio),
                    None => Solution { fields, result: ResultSize::About(of_pixels(*pixels, ratio)) },
                }
            }
        }
    }

    /// Writes an exact size.
    fn exact(&self, size: Size) -> Solution {
        let text = || Value::from(format!("{}x{}", size.width, size.height));
        let fields = match &self.form {
            Form::Exact { field, written: Written::Object, .. } => {
                one(field, json!({"width": size.width, "height": size.height}))
            }
            Form::Exact { field, written: Written::Text, .. } | Form::List { field, .. } => {
                one(field, text())
            }
            _ => Map::new(),
        };
        Solution { fields, result: ResultSize::Exact(size) }
    }

    fn closest_ratio(&self, ratio: f64) -> Option<(u32, u32)> {
        let Form::Ratio { ratios, .. } = &self.form else { return None };
        let distance = |candidate: &(u32, u32)| (as_number(*candidate) / ratio).ln().abs();
        ratios.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    fn ratio_field(&self, ratio: f64) -> Map<String, Value> {
        match (&self.form, self.closest_ratio(ratio)) {
            (Form::Ratio { field, .. }, Some((width, height))) => {
                one(field, Value::from(format!("{width}:{height}")))
            }
            _ => Map::new(),
        }
    }

    /// Describes what can be asked for, as a sentence: `it takes 1K, 2K`.
    #[must_use]
    pub fn allowed(&self) -> String {
        self.choices().map_or_else(|| "it takes no size".into(), |choices| format!("it takes {choices}"))
    }

    /// Describes what can be asked for: `1K, 2K`. `None` if nothing can.
    #[must_use]
    pub fn choices(&self) -> Option<String> {
        let list = |words: Vec<String>| words.join(", ");
        Some(match &self.form {
            Form::None => return None,
            Form::Word { words, .. } => list(words.clone()),
            Form::Tier(tiers) => tiers.names(),
            Form::Exact { bounds, .. } => bounds.to_string(),
            Form::List { sizes, .. } => {
                list(sizes.iter().map(|size| format!("{}x{}", size.width, size.height)).collect())
            }
            Form::Preset { presets, .. } => list(presets.iter().map(|(name, _)| name.clone()).collect()),
            Form::Ratio { ratios, tiers, .. } => {
                let ratios = list(ratios.iter().map(|(width, height)| format!("{width}:{height}")).collect());
                match tiers {
                    Some(tiers) => format!("{ratios}, or {}", tiers.names()),
                    None => ratios,
                }
            }
        })
    }

    /// Returns how well a result keeps the shape of the picture if no size is requested.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match (&self.default, &self.form) {
            (DefaultSize::Input, _) => Shape::Kept,
            (DefaultSize::Nearest(sizes), _) => Shape::ClosestOf(sizes.len()),
            (_, Form::None | Form::Word { .. }) => Shape::Chosen,
            (_, Form::Exact { .. } | Form::Tier(_)) => Shape::Kept,
            (_, Form::List { sizes, .. }) => Shape::ClosestOf(sizes.len()),
            (_, Form::Preset { presets, .. }) => Shape::ClosestOf(presets.len()),
            (_, Form::Ratio { ratios, .. }) => Shape::ClosestOf(ratios.len()),
        }
    }
}

impl super::Bounds {
    /// The largest number of pixels that a size can have.
    fn most_pixels(&self) -> u64 {
        self.max_pixels.min(u64::from(self.max_side).pow(2))
    }
}

impl Tiers {
    fn closest(&self, pixels: u64) -> &Tier {
        let distance = |tier: &Tier| (tier.pixels as f64 / pixels.max(1) as f64).ln().abs();
        let mut best = &self.tiers[0];
        for tier in &self.tiers {
            if distance(tier) < distance(best) {
                best = tier;
            }
        }
        best
    }

    fn named(&self, name: &str) -> Option<&Tier> {
        self.tiers
            .iter()
            .find(|tier| tier.value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(name)))
    }

    fn names(&self) -> String {
        let name = |tier: &Tier| tier.value.as_str().map_or_else(|| tier.value.to_string(), str::to_owned);
        self.tiers.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    fn solution(&self, tier: &Tier, mut fields: Map<String, Value>, ratio: f64) -> Solution {
        fields.insert(self.field.clone(), tier.value.clone());
        Solution { fields, result: ResultSize::About(of_pixels(tier.pixels, ratio)) }
    }
}

fn one(field: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(field.to_owned(), value)])
}

fn unsent(result: ResultSize) -> Solution {
    Solution { fields: Map::new(), result }
}

fn as_number((width, height): (u32, u32)) -> f64 {
    f64::from(width) / f64::from(height)
}

fn of_pixels(pixels: u64, ratio: f64) -> Size {
    let height = (pixels as f64 / ratio).sqrt();
    Size { width: (height * ratio).round().max(1.0) as u32, height: height.round().max(1.0) as u32 }
}

/// Returns the size with the closest ratio, and of those the one with the closest number of pixels.
fn closest_of(sizes: impl Iterator<Item = Size>, wanted: Wanted) -> Size {
    let distance = |size: &Size| {
        let ratio = (size.ratio() / wanted.ratio).ln().abs();
        // Ratios that differ by less than a percent look the same.
        ((ratio * 100.0).round(), (size.pixels() as f64 / wanted.pixels.max(1) as f64).ln().abs())
    };
    let closer =
        |a: &Size, b: &Size| distance(a).partial_cmp(&distance(b)).unwrap_or(std::cmp::Ordering::Equal);
    sizes.min_by(closer).unwrap_or(Size { width: 1, height: 1 })
}

/// Returns the first size whose ratio in hundredths is nearest to that of the input.
fn nearest(sizes: &[Size], input: Size) -> Size {
    let distance = |size: &&Size| {
        let hundredths = (size.ratio() * 100.0).round() as u64;
        (u64::from(input.width) * 100).abs_diff(u64::from(input.height) * hundredths)
    };
    sizes.iter().min_by_key(distance).copied().unwrap_or(input)
}

#[cfg(test)]
mod tests;

//! Model cards.

use std::collections::BTreeMap;

use seededit_resize::Size;
use serde::Deserialize;
use serde_json::Value;

use crate::dialect::Dialect;
use crate::size::SizeGrammar;

/// What is known about a model of a service.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// The id that is sent.
    #[serde(skip)]
    pub id: String,
    /// The name of its service's card.
    #[serde(skip)]
    pub service: String,
    /// Other ids of the same model.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// One line for people: what the model is good at.
    #[serde(default)]
    pub summary: String,
    pub dialect: Dialect,
    /// The path below the base URL, if it is not the service's path for the dialect.
    pub path: Option<String>,
    #[serde(default)]
    pub status: Status,
    /// The day on which it was or will be withdrawn, as `YYYY-MM-DD`.
    pub withdrawn: Option<String>,
    /// The model that replaces it.
    pub successor: Option<String>,
    pub image: ImageField,
    #[serde(default)]
    pub prompt: PromptField,
    #[serde(default)]
    pub size: SizeGrammar,
    pub seed: Option<IntegerField>,
    pub guidance: Option<NumberField>,
    pub watermark: Option<FlagField>,
    pub negative_prompt: Option<TextField>,
    pub output_format: Option<ChoiceField>,
    /// A native mask.
    pub mask: Option<MaskField>,
    pub answer: Option<AnswerField>,
    /// Fields that are always sent.
    #[serde(default)]
    pub extra: BTreeMap<String, Value>,
    /// The limits of an input, if they are not those of the service.
    pub input: Option<InputLimits>,
    pub price: Option<Price>,
    /// Where the facts are from.
    #[serde(default)]
    pub source: String,
    /// What could not be verified.
    #[serde(default)]
    pub unverified: Vec<String>,
}

impl ModelCard {
    /// Returns the last part of the id that distinguishes models for people: without the maker.
    #[must_use]
    pub fn short_name(&self) -> &str {
        self.id.split_once('/').map_or(&self.id, |(_, rest)| rest)
    }

    /// Whether a picture can be sent as a link. Forms have files only.
    #[must_use]
    pub fn takes_links(&self) -> bool {
        self.dialect != Dialect::ImagesMultipart
    }

    /// Returns the largest number of pictures, the one to edit included.
    #[must_use]
    pub fn max_pictures(&self) -> usize {
        self.image.max
    }
}

/// Whether a model can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    #[default]
    Current,
    /// It works, and will be withdrawn.
    Retiring,
    /// It no longer works.
    Withdrawn,
}

impl Status {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Current => "current",
            Status::Retiring => "retiring",
            Status::Withdrawn => "withdrawn",
        }
    }
}

/// Where the pictures of a request go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageField {
    pub field: String,
    #[serde(default)]
    pub shape: ImageShape,
    /// The largest number of pictures, the one to edit included.
    #[serde(default = "one")]
    pub max: usize,
    /// The field of all pictures but the first, if it is another one. It holds an array.
    pub references: Option<String>,
}

fn one() -> usize {
    1
}

/// The shape of the field for pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageShape {
    /// One picture. In a form, the field is repeated for each further one.
    #[default]
    Single,
    /// An array, even of one. In a form, `[]` is appended to the name if there are several.
    Array,
    /// One picture, or an array of several.
    SingleOrArray,
}

/// The prompt.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PromptField {
    pub field: String,
    /// The largest number of characters.
    pub max: Option<usize>,
}

impl Default for PromptField {
    fn default() -> PromptField {
        PromptField { field: "prompt".into(), max: None }
    }
}

/// A whole number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntegerField {
    pub field: String,
    #[serde(default)]
    pub min: u32,
    pub max: u32,
}

/// A number.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberField {
    pub field: String,
    pub min: f64,
    pub max: f64,
    /// What the model uses if nothing is sent.
    pub default: Option<f64>,
}

/// A field that is true or false.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagField {
    pub field: String,
}

/// A text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextField {
    pub field: String,
    /// The largest number of characters.
    pub max: Option<usize>,
}

/// One of several words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceField {
    pub field: String,
    pub values: Vec<String>,
}

/// A native mask.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskField {
    pub field: String,
    pub polarity: MaskPolarity,
}

/// Which part of a native mask may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaskPolarity {
    /// Where it is transparent.
    Transparent,
    /// Where it is white.
    White,
}

/// The field that says whether an answer has links or pictures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerField {
    pub field: String,
    /// The value for links.
    pub link: Value,
    /// The value for pictures in Base64.
    pub inline: Value,
}

/// The limits of an input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InputLimits {
    /// The accepted formats, by their names in media types.
    pub formats: Vec<String>,
    /// The largest file, in bytes, before any encoding.
    pub max_bytes: u64,
    pub max_pixels: u64,
    /// The shortest side, in pixels.
    pub min_side: u32,
    /// The largest ratio of the longer side to the shorter one.
    pub max_ratio: u32,
}

impl Default for InputLimits {
    /// The limits that every model with documented limits meets.
    fn default() -> InputLimits {
        InputLimits {
            formats: ["jpeg", "png"].map(String::from).to_vec(),
            max_bytes: 10 << 20,
            max_pixels: 6000 * 6000,
            min_side: 15,
            max_ratio: 3,
        }
    }
}

impl InputLimits {
    /// The smallest `max_ratio`: parts of pictures are uploaded with ratios of up to 3.
    const LEAST_RATIO: u32 = 3;

    /// Checks that there are pictures within the limits.
    ///
    /// # Errors
    /// Returns what is wrong.
    pub(crate) fn ensure_valid(&self) -> Result<(), String> {
        if self.max_ratio < Self::LEAST_RATIO {
            return Err(format!("`max_ratio` must be at least {}", Self::LEAST_RATIO));
        }
        let is_possible = u64::from(self.min_side).pow(2) <= self.max_pixels && self.max_bytes > 0;
        if is_possible { Ok(()) } else { Err("`input` allows no picture".into()) }
    }

    /// Whether a picture of this size is within the limits for sizes.
    #[must_use]
    pub fn allows(&self, size: Size) -> bool {
        let (long, short) = (size.width.max(size.height), size.width.min(size.height));
        size.pixels() <= self.max_pixels
            && short >= self.min_side
            && u64::from(long) <= u64::from(short) * u64::from(self.max_ratio)
    }
}

/// A list price.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// US dollars for one result of an edit of one picture.
    pub usd: f64,
    /// The prices of larger results, in ascending order of their sizes.
    #[serde(default)]
    pub larger: Vec<LargerPrice>,
    /// US dollars for each picture besides the one to edit.
    #[serde(default)]
    pub reference_usd: f64,
    /// Whether only others say so, and the service does not.
    #[serde(default)]
    pub third_party: bool,
    /// The day on which it was seen, as `YYYY-MM-DD`; `YYYY-MM` or `YYYY` if only the month or the year is known.
    pub date: String,
    /// Where it was seen.
    pub source: String,
}

/// A price of results above a size.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LargerPrice {
    /// Results with more pixels than this have the price.
    pub above_pixels: u64,
    /// US dollars for one result.
    pub usd: f64,
}

impl Price {
    /// Returns the price in US dollars of a result with this number of pixels. If it is not known, this is the highest
    /// price, so that a budget is not exceeded.
    #[must_use]
    pub fn of(&self, pixels: Option<u64>, references: usize) -> f64 {
        let larger = |price: &&LargerPrice| pixels.is_none_or(|pixels| pixels > price.above_pixels);
        let result = self.larger.iter().filter(larger).map(|price| price.usd).fold(self.usd, f64::max);
        result + self.reference_usd * references as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_or_unknown_size_and_references_cost_more() {
        let text = "usd = 0.25\nlarger = [{ above_pixels = 1000, usd = 0.5 }]\nreference_usd = 0.125\n\
                    date = \"2026-11\"\nsource = \"x\"\n";
        let price: Price = toml_edit::de::from_str(text).unwrap();
        let of = |pixels, references| (price.of(pixels, references) * 1000.0) as u32;
        assert_eq!([of(Some(1000), 0), of(Some(1001), 0), of(None, 0), of(Some(1), 2)], [250, 500, 500, 500]);
    }
}

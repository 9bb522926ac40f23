//! Size grammars as they are written in cards.

use std::collections::BTreeMap;

use seededit_resize::Size;
use serde::Deserialize;
use serde_json::Value;

use super::exact::Bounds;
use super::{DefaultSize, Form, SizeGrammar, Tier, Tiers, Written, parse_ratio, parse_size, tier_pixels};

/// The table `[size]` of a card.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSize {
    form: RawForm,
    field: Option<String>,
    default: RawDefault,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    sizes: Vec<String>,
    #[serde(default)]
    presets: BTreeMap<String, String>,
    #[serde(default)]
    ratios: Vec<String>,
    tier_field: Option<String>,
    #[serde(default)]
    tiers: Vec<RawTier>,
    bounds: Option<Bounds>,
    /// The number of pixels of a result of a model with ratios and no tiers, if it is not about a megapixel.
    pixels: Option<u64>,
    /// For the default `nearest`.
    #[serde(default)]
    results: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawForm {
    None,
    Word,
    Tier,
    Text,
    Object,
    List,
    Preset,
    Ratio,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawDefault {
    Input,
    Nearest,
    Model,
    Fixed,
}

/// A tier: its word, or its value with its number of pixels.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawTier {
    Word(String),
    Value { value: Value, pixels: u64 },
}

impl TryFrom<RawSize> for SizeGrammar {
    type Error = String;

    fn try_from(mut raw: RawSize) -> Result<SizeGrammar, String> {
        let form = raw.form()?;
        let default = match raw.default {
            RawDefault::Input => DefaultSize::Input,
            RawDefault::Nearest => DefaultSize::Nearest(sizes("results", &raw.results)?),
            RawDefault::Model => DefaultSize::Unknown,
            RawDefault::Fixed => DefaultSize::Fixed,
        };
        raw.ensure_used(&form, &default)?;
        Ok(SizeGrammar { form, default })
    }
}

impl RawSize {
    fn form(&mut self) -> Result<Form, String> {
        let field = || self.field.clone().ok_or_else(|| missing("field"));
        Ok(match self.form {
            RawForm::None => Form::None,
            RawForm::Word if self.words.is_empty() => return Err(missing("words")),
            RawForm::Word => Form::Word { field: field()?, words: self.words.clone() },
            RawForm::Tier => Form::Tier(Tiers { field: field()?, tiers: self.tiers()? }),
            RawForm::Text => self.exact(field()?, Written::Text)?,
            RawForm::Object => self.exact(field()?, Written::Object)?,
            RawForm::List => Form::List { field: field()?, sizes: sizes("sizes", &self.sizes)? },
            RawForm::Preset => Form::Preset { field: field()?, presets: self.presets()? },
            RawForm::Ratio => Form::Ratio {
                field: field()?,
                ratios: self.ratios()?,
                tiers: match &self.tier_field {
                    None => None,
                    Some(field) => Some(Tiers { field: field.clone(), tiers: self.tiers()? }),
                },
                pixels: match self.pixels {
                    Some(0) => return Err(missing("pixels")),
                    pixels => pixels.unwrap_or(1 << 20),
                },
            },
        })
    }

    fn exact(&self, field: String, written: Written) -> Result<Form, String> {
        let bounds = self.bounds.clone().ok_or_else(|| missing("bounds"))?;
        bounds.ensure_valid()?;
        Ok(Form::Exact { field, written, bounds })
    }

    fn tiers(&self) -> Result<Vec<Tier>, String> {
        let mut tiers = Vec::new();
        for tier in &self.tiers {
            tiers.push(match tier {
                RawTier::Word(word) => {
                    let pixels =
                        tier_pixels(word).ok_or_else(|| format!("`{word}` is not a tier such as 2K"))?;
                    Tier { value: Value::from(word.as_str()), pixels }
                }
                RawTier::Value { value, pixels } => Tier { value: value.clone(), pixels: *pixels },
            });
        }
        if tiers.is_empty() || tiers.iter().any(|tier| tier.pixels == 0) {
            return Err(missing("tiers"));
        }
        if !tiers.is_sorted_by_key(|tier| tier.pixels) {
            return Err("`tiers` are not in ascending order".into());
        }
        Ok(tiers)
    }

    fn presets(&self) -> Result<Vec<(String, Size)>, String> {
        if self.presets.is_empty() {
            return Err(missing("presets"));
        }
        let preset = |(name, size): (&String, &String)| Ok((name.clone(), size_of("presets", size)?));
        self.presets.iter().map(preset).collect()
    }

    fn ratios(&self) -> Result<Vec<(u32, u32)>, String> {
        if self.ratios.is_empty() {
            return Err(missing("ratios"));
        }
        let ratio =
            |text: &String| parse_ratio(text).ok_or_else(|| format!("`{text}` is not a ratio such as 4:3"));
        self.ratios.iter().map(ratio).collect()
    }

    /// Refuses keys that have no meaning in this form: a card with one says something that is not done.
    fn ensure_used(&self, form: &Form, default: &DefaultSize) -> Result<(), String> {
        let unused = [
            ("field", self.field.is_some() && *form == Form::None),
            ("words", !self.words.is_empty() && !matches!(form, Form::Word { .. })),
            ("sizes", !self.sizes.is_empty() && !matches!(form, Form::List { .. })),
            ("presets", !self.presets.is_empty() && !matches!(form, Form::Preset { .. })),
            ("ratios", !self.ratios.is_empty() && !matches!(form, Form::Ratio { .. })),
            ("tier_field", self.tier_field.is_some() && !matches!(form, Form::Ratio { .. })),
            (
                "tiers",
                !self.tiers.is_empty() && !matches!(form, Form::Tier(_) | Form::Ratio { tiers: Some(_), .. }),
            ),
            ("bounds", self.bounds.is_some() && !matches!(form, Form::Exact { .. })),
            ("pixels", self.pixels.is_some() && !matches!(form, Form::Ratio { tiers: None, .. })),
            ("results", !self.results.is_empty() && !matches!(default, DefaultSize::Nearest(_))),
        ];
        match unused.into_iter().find(|(_, is_unused)| *is_unused) {
            Some((name, _)) => Err(format!("`{name}` has no meaning in this form")),
            None => Ok(()),
        }
    }
}

fn sizes(name: &str, texts: &[String]) -> Result<Vec<Size>, String> {
    if texts.is_empty() {
        return Err(missing(name));
    }
    texts.iter().map(|text| size_of(name, text)).collect()
}

fn size_of(name: &str, text: &str) -> Result<Size, String> {
    parse_size(text).ok_or_else(|| format!("`{name}`: `{text}` is not a size such as 1024x768"))
}

fn missing(name: &str) -> String {
    format!("`{name}` is missing")
}

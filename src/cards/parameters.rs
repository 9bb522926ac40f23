//! What a user asks of a model, checked against its card and translated to its fields.

use serde_json::{Map, Value, json};

use crate::model::ModelCard;
use crate::size::SizeRequest;

/// What a user can ask of a model, besides a picture and a prompt. `None` leaves it to the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parameters {
    pub seed: Option<u32>,
    pub guidance: Option<f64>,
    /// If the model has a watermark and this is `None`, it is asked for none: the defaults of services differ.
    pub watermark: Option<bool>,
    pub negative_prompt: Option<String>,
    /// `jpeg`, `png` or `webp`.
    pub output_format: Option<String>,
    /// Whether the answer contains the picture, instead of a link.
    pub inline: Option<bool>,
    pub size: Option<SizeRequest>,
    /// The number of pictures besides the one to edit.
    pub references: usize,
}

/// Something that a model does not support.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{model} {problem}")]
pub struct Unsupported {
    pub model: String,
    /// The parameter.
    pub what: Feature,
    /// For example `takes no seed`.
    pub problem: String,
}

/// A parameter that not every model has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    Prompt,
    Seed,
    Guidance,
    Watermark,
    NegativePrompt,
    OutputFormat,
    ResponseFormat,
    Size,
    References,
}

impl Parameters {
    /// Checks everything that can be checked without the picture.
    ///
    /// # Errors
    /// Returns each parameter that the model does not support, or whose value is out of its range.
    pub fn check(&self, prompt: &str, card: &ModelCard) -> Vec<Unsupported> {
        let mut found = Vec::new();
        let mut refuse = |what: Feature, problem: String| {
            found.push(Unsupported { model: card.id.clone(), what, problem });
        };
        let length = prompt.chars().count();
        if let Some(max) = card.prompt.max.filter(|max| length > *max) {
            refuse(
                Feature::Prompt,
                format!("takes prompts of at most {max} characters, and this one has {length}"),
            );
        }
        if let Some(seed) = self.seed {
            match &card.seed {
                None => refuse(Feature::Seed, "takes no seed".into()),
                Some(field) if !(field.min..=field.max).contains(&seed) => {
                    refuse(
                        Feature::Seed,
                        format!("takes seeds from {} to {}, not {seed}", field.min, field.max),
                    );
                }
                Some(_) => {}
            }
        }
        if let Some(guidance) = self.guidance {
            match &card.guidance {
                None => refuse(Feature::Guidance, "takes no guidance scale".into()),
                Some(field) if !(field.min..=field.max).contains(&guidance) => refuse(
                    Feature::Guidance,
                    format!("takes guidance scales from {} to {}, not {guidance}", field.min, field.max),
                ),
                Some(_) => {}
            }
        }
        if self.watermark == Some(true) && card.watermark.is_none() {
            refuse(Feature::Watermark, "cannot be asked for a watermark".into());
        }
        if let Some(text) = &self.negative_prompt {
            let length = text.chars().count();
            match &card.negative_prompt {
                None => refuse(Feature::NegativePrompt, "takes no negative prompt".into()),
                Some(field) => {
                    if let Some(max) = field.max.filter(|max| length > *max) {
                        refuse(
                            Feature::NegativePrompt,
                            format!(
                                "takes negative prompts of at most {max} characters, and this one has {length}"
                            ),
                        );
                    }
                }
            }
        }
        if let Some(format) = &self.output_format {
            match &card.output_format {
                None => refuse(Feature::OutputFormat, "cannot be asked for a format".into()),
                Some(field) if !field.values.contains(format) => {
                    refuse(
                        Feature::OutputFormat,
                        format!("returns {}, not {format}", field.values.join(", ")),
                    );
                }
                Some(_) => {}
            }
        }
        if self.inline.is_some() && card.answer.is_none() {
            refuse(Feature::ResponseFormat, "cannot be asked for a link or an inline picture".into());
        }
        if let Some(size) = &self.size
            && let Err(error) = card.size.check(size)
        {
            refuse(Feature::Size, format!("cannot return {size}: {}", error.allowed));
        }
        let pictures = self.references + 1;
        if pictures > card.max_pictures() {
            let problem = match card.max_pictures() {
                1 => "takes one picture, and no references".to_owned(),
                max => format!("takes at most {max} pictures, and this request has {pictures}"),
            };
            refuse(Feature::References, problem);
        }
        found
    }

    /// Returns the fields of the request, except for pictures and the size. Parameters that the model does not have are
    /// left out.
    #[must_use]
    pub fn fields(&self, prompt: &str, card: &ModelCard) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut add = |field: Option<&String>, value: Option<Value>| {
            if let (Some(field), Some(value)) = (field, value) {
                fields.insert(field.clone(), value);
            }
        };
        add(Some(&card.prompt.field), Some(json!(prompt)));
        add(card.seed.as_ref().map(|seed| &seed.field), self.seed.map(|seed| json!(seed)));
        add(card.guidance.as_ref().map(|field| &field.field), self.guidance.map(|guidance| json!(guidance)));
        add(
            card.watermark.as_ref().map(|field| &field.field),
            Some(Value::Bool(self.watermark.unwrap_or(false))),
        );
        add(
            card.negative_prompt.as_ref().map(|field| &field.field),
            self.negative_prompt.as_ref().map(|text| json!(text)),
        );
        add(
            card.output_format.as_ref().map(|field| &field.field),
            self.output_format.as_ref().map(|format| json!(format)),
        );
        add(
            card.answer.as_ref().map(|answer| &answer.field),
            card.answer
                .as_ref()
                .zip(self.inline)
                .map(|(answer, inline)| if inline { answer.inline.clone() } else { answer.link.clone() }),
        );
        for (field, value) in &card.extra {
            fields.insert(field.clone(), value.clone());
        }
        fields
    }
}

//! The specification of an edit: what a row of a manifest or the command line asks for, with every default filled in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api::{FieldError, Generation, Guidance, Model, Prompt, RequestPath, ResponseFormat, Seed};
use crate::cards::{Feature, Models, ResolveError, SizeRequest, Unsupported};
use crate::edit::{OwnPictures, Reference, Source, SourceError};
use crate::error_chain::error_chain;

use super::given::Given;
use super::row_options::RowOptions;

/// The largest number of variations of one picture.
pub const MAX_COUNT: u32 = 1_000;

/// One picture and the edits to make of it. Serializable, so that a plan can be stored on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    /// The line of the manifest, from 1; `None` if it comes from the command line.
    pub line: Option<u64>,
    pub picture: PictureRef,
    pub prompt: Given<Prompt>,
    /// The prompts of further steps.
    pub then: Vec<Given<Prompt>>,
    /// The model that is asked.
    pub model: Given<Model>,
    /// The default model that the service has withdrawn, if `model` replaces it. It identifies the edit: an edit that was
    /// paid for before is the same one afterwards.
    #[serde(default)]
    pub replaces: Option<Given<Model>>,
    /// Whether the successor of `model` may replace it: nobody chose it, and the service may turn out to have withdrawn
    /// it.
    #[serde(default)]
    pub is_replaceable: bool,
    /// The seed of the first variation; `None` derives one from the request.
    pub seed: Option<Seed>,
    pub guidance_scale: Option<Guidance>,
    pub watermark: Option<bool>,
    /// The number of variations, from 1 to [`MAX_COUNT`].
    pub count: u32,
    /// The output file or directory.
    pub output: Option<OsString>,
    /// The directory for a result with a generated name.
    pub directory: Option<OsString>,
    /// The `id` of the row.
    pub id: Option<String>,
    /// The pictures that are sent with it.
    pub references: Vec<Reference>,
    /// What the row asks for in place of the flags.
    #[serde(default, skip_serializing_if = "RowOptions::is_empty")]
    pub options: RowOptions,
    /// The values of the row that are not fields, by their names. Reports repeat them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub columns: Map<String, Value>,
    /// What becomes of it if this program wrote its picture. Not stored: a plan has only what is edited.
    #[serde(skip)]
    pub own: OwnPictures,
}

/// Where a picture is. Unlike [`Source`], it is serializable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PictureRef {
    /// The path of a file.
    File(OsString),
    /// A link or a data URI.
    Uri(String),
    Stdin,
}

/// What is the same for the requests of all tasks of a run.
#[derive(Debug, Clone)]
pub struct RequestDefaults {
    pub models: Models,
    /// The path of requests, if it is not that of the cards.
    pub path: Option<RequestPath>,
    pub response_format: Option<ResponseFormat>,
    pub size: Option<SizeRequest>,
    pub negative_prompt: Option<String>,
}

impl RequestDefaults {
    /// Leaves everything to the model.
    pub fn new(models: Models) -> RequestDefaults {
        RequestDefaults { models, path: None, response_format: None, size: None, negative_prompt: None }
    }
}

/// Why a specification is not valid.
#[derive(Debug, thiserror::Error)]
pub enum JobSpecError {
    /// The service would refuse a value.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The model has no card.
    #[error(transparent)]
    Model(#[from] ResolveError),
    /// The model does not support what is asked of it.
    #[error("{unsupported}{}", supported_by(.models))]
    Unsupported {
        unsupported: Unsupported,
        /// The name of the model's service.
        service: String,
        /// Models that accept the request.
        models: Vec<String>,
    },
    /// The link to the picture is malformed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The seed of the last variation would be too large.
    #[error("{count} variations from seed {seed} exceed the largest seed, {max}", max = Seed::MAX)]
    Seeds {
        /// The seed of the first variation.
        seed: Seed,
        /// The number of variations.
        count: u32,
    },
    #[error("count: expected a whole number from 1 to {MAX_COUNT}")]
    Count,
    #[error("id: expected 1 to 200 characters without control characters")]
    Id,
}

impl JobSpecError {
    /// Returns the option that the model does not support: the name of its flag, without dashes. `None` if it is another error.
    pub fn option(&self) -> Option<&'static str> {
        let JobSpecError::Unsupported { unsupported, .. } = self else { return None };
        Some(match unsupported.what {
            Feature::Prompt => return None,
            Feature::Seed => "seed",
            Feature::Guidance => "guidance-scale",
            Feature::Watermark => "watermark",
            Feature::NegativePrompt => "negative-prompt",
            Feature::OutputFormat => "format",
            Feature::ResponseFormat => "response-format",
            Feature::Size => "size",
            Feature::References => "reference",
        })
    }

    /// Returns the message. For the row in a line of a manifest, it begins with the field that the model does not support.
    pub fn about_row(&self, line: Option<u64>) -> String {
        let message = error_chain(self);
        match self.option().filter(|_| line.is_some()) {
            // The flag names one of them.
            Some("reference") => format!("references: {message}"),
            Some(option) => format!("{}: {message}", option.replace('-', "_")),
            None => message,
        }
    }

    /// Returns what can be done about it at a command line, if that is known.
    pub fn advice(&self) -> Option<String> {
        let JobSpecError::Unsupported { unsupported, service, .. } = self else { return None };
        let Some(option) = self.option() else {
            return Some("shorten the prompt, or choose another model".into());
        };
        // The name by which `models --takes` knows it.
        let takes = match unsupported.what {
            Feature::Guidance => Some("guidance"),
            Feature::Prompt | Feature::OutputFormat | Feature::ResponseFormat => None,
            _ => Some(option),
        };
        let list = match takes {
            Some(takes) => format!("`seededit models --service {service} --takes {takes}`"),
            None => format!("`seededit models --service {service}`"),
        };
        Some(format!("change it or leave it out (--{option}), or choose another model; {list} lists them"))
    }
}

impl PictureRef {
    /// Creates a reference to the picture at `source`. Relative paths start at `base`.
    pub fn new(source: &Source, base: &Path) -> PictureRef {
        match source {
            Source::File(path) => PictureRef::File(base.join(path).into_os_string()),
            Source::Link(url) => PictureRef::Uri(url.to_string()),
            Source::Data(uri) => PictureRef::Uri(uri.clone()),
            Source::Stdin | Source::Piped(_) => PictureRef::Stdin,
        }
    }

    /// Returns the source to read. `stdin` holds the bytes of standard input if they were read already.
    ///
    /// # Errors
    /// Fails if a link is malformed.
    pub fn source(&self, stdin: Option<&Arc<[u8]>>) -> Result<Source, SourceError> {
        match self {
            PictureRef::File(path) => Ok(Source::File(PathBuf::from(path))),
            PictureRef::Uri(uri) => Source::parse(uri.as_ref()),
            PictureRef::Stdin => Ok(stdin.map_or(Source::Stdin, |bytes| Source::Piped(Arc::clone(bytes)))),
        }
    }
}

impl JobSpec {
    /// Creates the specification of one result that leaves everything else to the defaults of the model.
    pub fn new(picture: PictureRef, prompt: Given<Prompt>, model: Given<Model>) -> JobSpec {
        JobSpec {
            line: None,
            picture,
            prompt,
            then: Vec::new(),
            model,
            replaces: None,
            is_replaceable: false,
            seed: None,
            guidance_scale: None,
            watermark: None,
            count: 1,
            output: None,
            directory: None,
            id: None,
            references: Vec::new(),
            options: RowOptions::default(),
            columns: Map::new(),
            own: OwnPictures::Edit,
        }
    }

    /// The size that is asked for, if any.
    pub fn size<'a>(&'a self, defaults: &'a RequestDefaults) -> Option<&'a SizeRequest> {
        self.options.size.as_ref().map(Given::value).or(defaults.size.as_ref())
    }

    /// What the result should not show, if that is asked for.
    pub fn negative_prompt<'a>(&'a self, defaults: &'a RequestDefaults) -> Option<&'a str> {
        self.options.negative_prompt.as_deref().or(defaults.negative_prompt.as_deref())
    }

    /// Checks how the values fit together. Returns every error, not only the first one.
    pub fn validate(&self) -> Vec<JobSpecError> {
        validate(self.count, self.seed, self.id.as_deref())
    }

    /// Returns the request of each step, all with the same seed.
    ///
    /// # Errors
    /// Fails if the model has no card.
    pub fn steps(&self, seed: Seed, defaults: &RequestDefaults) -> Result<Vec<Generation>, JobSpecError> {
        let card = defaults.models.find(self.model.value().as_str())?;
        let path =
            defaults.path.clone().unwrap_or_else(|| RequestPath::of_model(&card, defaults.models.service()));
        let generation = |prompt: &Given<Prompt>| Generation {
            card: Arc::clone(&card),
            path: path.clone(),
            prompt: prompt.value().clone(),
            seed,
            guidance_scale: self.guidance_scale,
            watermark: self.watermark,
            response_format: defaults.response_format,
            size: self.size(defaults).cloned(),
            negative_prompt: self.negative_prompt(defaults).map(str::to_owned),
            references: self.references.len(),
            output_format: None,
        };
        Ok(std::iter::once(&self.prompt).chain(&self.then).map(generation).collect())
    }

    /// Checks the request against the card of its model. Returns everything that the model does not support.
    pub fn unsupported(&self, defaults: &RequestDefaults) -> Vec<JobSpecError> {
        let steps = match self.steps(self.seed.unwrap_or(Seed::FIRST), defaults) {
            Ok(steps) => steps,
            Err(error) => return vec![error],
        };
        let last = self.seed.and_then(|seed| seed.plus(self.count.saturating_sub(1)));
        let mut found: Vec<JobSpecError> = Vec::new();
        for step in steps {
            for seed in [self.seed, last] {
                let parameters = step.parameters(seed);
                for unsupported in parameters.check(step.prompt.as_str(), &step.card) {
                    let is_known = |error: &JobSpecError| matches!(error, JobSpecError::Unsupported { unsupported: known, .. } if known.what == unsupported.what);
                    if found.iter().any(is_known) {
                        continue;
                    }
                    // A card that cannot be parsed is reported when it is used.
                    let models = defaults.models.accepting(&parameters, step.prompt.as_str());
                    found.push(JobSpecError::Unsupported {
                        unsupported,
                        service: defaults.models.service().name.clone(),
                        models: models.unwrap_or_default(),
                    });
                }
            }
        }
        found
    }
}

/// Names models that accept a request.
fn supported_by(models: &[String]) -> String {
    /// More names do not help to choose.
    const SHOWN: usize = 5;
    let names = models.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match models.len() {
        0 => String::new(),
        1..=SHOWN => format!("; supported by {names}"),
        more => format!("; supported by {names} and {} more models", more - SHOWN),
    }
}

/// Checks the number of variations, their seeds and an id. Returns every error.
pub(super) fn validate(count: u32, seed: Option<Seed>, id: Option<&str>) -> Vec<JobSpecError> {
    let mut errors = Vec::new();
    if !(1..=MAX_COUNT).contains(&count) {
        errors.push(JobSpecError::Count);
    } else if let Some(seed) = seed
        && seed.plus(count - 1).is_none()
    {
        errors.push(JobSpecError::Seeds { seed, count });
    }
    if let Some(id) = id
        && (id.is_empty() || id.chars().count() > 200 || id.contains(char::is_control))
    {
        errors.push(JobSpecError::Id);
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> RequestDefaults {
        RequestDefaults::new(Models::built_in("aimlapi").unwrap())
    }

    fn spec() -> JobSpec {
        let (prompt, model) = ("at night".parse().unwrap(), "bytedance/seededit-3.0-i2i".parse().unwrap());
        JobSpec { line: Some(1), ..JobSpec::new(PictureRef::File("in.png".into()), prompt, model) }
    }

    #[test]
    fn counts_seeds_and_ids_out_of_range_are_refused() {
        let refused = |spec: JobSpec| match &spec.validate()[..] {
            [only] => only.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(spec().validate().is_empty());
        assert!(refused(JobSpec { count: 0, ..spec() }).contains("count"));
        assert!(refused(JobSpec { id: Some("a\nb".into()), ..spec() }).contains("id"));
        let last = JobSpec { seed: Seed::MAX.try_into().ok(), ..spec() };
        assert!(last.validate().is_empty());
        assert!(refused(JobSpec { count: 2, ..last }).contains("2147483647"));
        assert_eq!(JobSpec { count: 0, id: Some("".into()), ..spec() }.validate().len(), 2);
    }

    #[test]
    fn what_the_model_does_not_support_is_refused_with_models_that_do() {
        let kontext = JobSpec {
            model: "flux/kontext-pro/image-to-image".parse().unwrap(),
            seed: Some(Seed::FIRST),
            guidance_scale: Some("25".parse().unwrap()),
            ..spec()
        };
        let negative = RequestDefaults { negative_prompt: Some("blur".into()), ..defaults() };
        let found: Vec<String> = kontext.unsupported(&negative).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].starts_with("flux/kontext-pro/image-to-image takes seeds from 1 to "), "{found:?}");
        assert!(spec().unsupported(&defaults()).is_empty());
        let takes = "`seededit models --service aimlapi --takes negative-prompt` lists them";
        let advice: Vec<String> =
            kontext.unsupported(&negative).iter().filter_map(JobSpecError::advice).collect();
        assert!(advice.iter().any(|advice| advice.ends_with(takes)), "{advice:?}");
    }

    #[test]
    fn the_last_variation_must_have_a_seed_of_the_model_too() {
        let last = JobSpec { seed: Some("2147483647".parse().unwrap()), ..spec() };
        assert!(last.unsupported(&defaults()).is_empty());
    }

    #[test]
    fn every_step_has_its_prompt_and_the_same_seed() {
        let spec = JobSpec {
            then: ["in rain", "from above"].map(|prompt| prompt.parse().unwrap()).to_vec(),
            ..spec()
        };
        let steps = spec.steps(41.try_into().unwrap(), &defaults()).unwrap();
        let found: Vec<_> = steps.iter().map(|step| (step.prompt.as_str(), step.seed.value())).collect();
        assert_eq!(found, [("at night", 41), ("in rain", 41), ("from above", 41)]);
    }

    #[cfg(unix)]
    #[test]
    fn a_spec_reads_back_as_it_was_whatever_bytes_its_paths_have() {
        use std::os::unix::ffi::OsStringExt;
        let odd = OsString::from_vec(vec![b'a', 0xff, b'"']);
        let spec = JobSpec { picture: PictureRef::File(odd.clone()), output: Some(odd), ..spec() };
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<JobSpec>(&text).unwrap(), spec);
    }
}

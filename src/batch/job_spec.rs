//! The specification of an edit: what a row of a manifest or the command line asks for, with every default filled in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::api::{FieldError, Generation, Guidance, Model, Prompt, ResponseFormat, Seed, SizeRule};
use crate::edit::{Source, SourceError};

/// The largest number of variations of one picture.
pub const MAX_COUNT: u32 = 1_000;

/// One picture and the edits to make of it. Serializable, so that a plan can be stored on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    /// The line of the manifest, from 1; `None` if it comes from the command line.
    pub line: Option<u64>,
    pub picture: PictureRef,
    pub prompt: String,
    /// The prompts of further steps.
    pub then: Vec<String>,
    pub model: String,
    /// The seed of the first variation; `None` derives one from the request.
    pub seed: Option<u32>,
    pub guidance_scale: Option<f64>,
    pub watermark: Option<bool>,
    /// The number of variations, from 1 to [`MAX_COUNT`].
    pub count: u32,
    /// The output file or directory.
    pub output: Option<OsString>,
    /// The directory for a result with a generated name.
    pub directory: Option<OsString>,
    /// The `id` of the row.
    pub id: Option<String>,
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

/// The fields of a request that are the same for all tasks of a run.
#[derive(Debug, Clone, Copy)]
pub struct RequestDefaults {
    pub response_format: Option<ResponseFormat>,
    pub size: Option<SizeRule>,
}

/// Why a specification is not valid.
#[derive(Debug, thiserror::Error)]
pub enum JobSpecError {
    /// The service would refuse a value.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The link to the picture is malformed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The seed of the last variation would be too large.
    #[error("{count} variations from seed {seed} exceed the largest seed, {max}", max = Seed::MAX)]
    Seeds {
        /// The seed of the first variation.
        seed: u32,
        /// The number of variations.
        count: u32,
    },
    #[error("count: expected a whole number from 1 to {MAX_COUNT}")]
    Count,
    #[error("id: expected 1 to 200 characters without control characters")]
    Id,
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
    /// Checks all values. Returns every error, not only the first one.
    pub fn validate(&self) -> Vec<JobSpecError> {
        let mut errors = Vec::new();
        if !(1..=MAX_COUNT).contains(&self.count) {
            errors.push(JobSpecError::Count);
        } else if let Some(seed) = self.seed
            && seed <= Seed::MAX
            && seed.checked_add(self.count - 1).is_none_or(|last| last > Seed::MAX)
        {
            errors.push(JobSpecError::Seeds { seed, count: self.count });
        }
        if let Some(id) = &self.id
            && (id.is_empty() || id.chars().count() > 200 || id.contains(char::is_control))
        {
            errors.push(JobSpecError::Id);
        }
        let field_errors = self
            .prompts()
            .map(|prompt| prompt.parse::<Prompt>().err())
            .chain([
                self.model.parse::<Model>().err(),
                self.seed.and_then(|seed| seed.to_string().parse::<Seed>().err()),
                self.guidance_scale.and_then(|scale| scale.to_string().parse::<Guidance>().err()),
            ])
            .flatten();
        errors.extend(field_errors.map(JobSpecError::from));
        errors
    }

    /// Returns the request of each step, all with the same seed.
    ///
    /// # Errors
    /// Fails if the service would refuse a value.
    pub fn steps(&self, seed: u32, defaults: &RequestDefaults) -> Result<Vec<Generation>, JobSpecError> {
        let seed: Seed = seed.to_string().parse()?;
        let guidance = self.guidance_scale.map(|scale| scale.to_string().parse::<Guidance>());
        let guidance_scale = guidance.transpose()?;
        let model: Model = self.model.parse()?;
        let generation = |prompt: &String| {
            Ok(Generation {
                model: model.clone(),
                prompt: prompt.parse()?,
                seed,
                guidance_scale,
                watermark: self.watermark,
                response_format: defaults.response_format,
                size: defaults.size,
            })
        };
        self.prompts().map(generation).collect()
    }

    fn prompts(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.prompt).chain(&self.then)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULTS: RequestDefaults = RequestDefaults { response_format: None, size: None };

    fn spec() -> JobSpec {
        JobSpec {
            line: Some(1),
            picture: PictureRef::File("in.png".into()),
            prompt: "at night".into(),
            then: Vec::new(),
            model: Model::DEFAULT.into(),
            seed: None,
            guidance_scale: None,
            watermark: None,
            count: 1,
            output: None,
            directory: None,
            id: None,
        }
    }

    #[test]
    fn what_the_service_would_refuse_is_refused_here() {
        let refused = |spec: JobSpec| match &spec.validate()[..] {
            [only] => only.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(spec().validate().is_empty());
        assert!(refused(JobSpec { prompt: " ".into(), ..spec() }).contains("prompt"));
        assert!(refused(JobSpec { then: vec![String::new()], ..spec() }).contains("prompt"));
        assert!(refused(JobSpec { count: 0, ..spec() }).contains("count"));
        assert!(refused(JobSpec { guidance_scale: Some(11.0), ..spec() }).contains("guidance"));
        assert!(refused(JobSpec { id: Some("a\nb".into()), ..spec() }).contains("id"));
        let last = JobSpec { seed: Some(Seed::MAX), ..spec() };
        assert!(last.validate().is_empty());
        assert!(refused(JobSpec { count: 2, ..last }).contains("2147483647"));
        let all = JobSpec {
            count: 0,
            prompt: String::new(),
            guidance_scale: Some(0.0),
            id: Some("".into()),
            ..spec()
        };
        assert_eq!(all.validate().len(), 4);
    }

    #[test]
    fn every_step_has_its_prompt_and_the_same_seed() {
        let spec = JobSpec { then: vec!["in rain".into(), "from above".into()], ..spec() };
        let steps = spec.steps(41, &DEFAULTS).unwrap();
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

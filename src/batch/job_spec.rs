//! What a row or an argument asks for, with every value checked and every default filled in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::api::{FieldError, Generation, Guidance, Model, Prompt, ResponseFormat, Seed, SizeRule};
use crate::edit::{Source, SourceError};

/// The most variations of one picture.
pub const MAX_COUNT: u32 = 1_000;

/// One picture and what is to be made of it. It can be put away and read back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    /// The line of the manifest, from 1; none for an argument.
    pub line: Option<u64>,
    /// The picture.
    pub picture: Picture,
    /// The instruction.
    pub prompt: String,
    /// The instructions of further steps.
    pub then: Vec<String>,
    /// The model.
    pub model: String,
    /// The first variation's seed; none draws one.
    pub seed: Option<u32>,
    /// The guidance.
    pub guidance_scale: Option<f64>,
    /// The watermark.
    pub watermark: Option<bool>,
    /// How many variations, from 1 to [`MAX_COUNT`].
    pub count: u32,
    /// The file or directory of the result.
    pub output: Option<OsString>,
    /// The directory of a result whose name is made.
    pub directory: Option<OsString>,
    /// What the row calls itself.
    pub id: Option<String>,
}

/// Where a picture is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Picture {
    /// In a file.
    File(OsString),
    /// Behind a link, or in a data URI.
    Written(String),
    /// On standard input.
    Stdin,
}

/// What holds for all wishes.
#[derive(Debug, Clone, Copy)]
pub struct RequestDefaults {
    /// How results are handed over.
    pub response_format: Option<ResponseFormat>,
    /// The size rule.
    pub size: Option<SizeRule>,
}

/// Why a wish cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum JobSpecError {
    /// A value that the service would refuse.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The picture.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The variations' seeds would pass the largest.
    #[error("{count} variations from seed {seed} exceed the largest seed, {max}", max = Seed::MAX)]
    Seeds {
        /// The first seed.
        seed: u32,
        /// How many.
        count: u32,
    },
    /// None, or too many.
    #[error("count: expected a whole number from 1 to {MAX_COUNT}")]
    Count,
    /// An id that cannot be told from none.
    #[error("id: expected 1 to 200 characters without control characters")]
    Id,
}

impl Picture {
    /// The picture that an argument or a field names; relative paths begin at `base`.
    ///
    /// # Errors
    /// When a link is malformed.
    pub fn read(source: &Source, base: &Path) -> Picture {
        match source {
            Source::File(path) => Picture::File(base.join(path).into_os_string()),
            Source::Link(url) => Picture::Written(url.to_string()),
            Source::Data(uri) => Picture::Written(uri.clone()),
            Source::Stdin | Source::Piped(_) => Picture::Stdin,
        }
    }

    /// Where it is; standard input is what was `piped`.
    ///
    /// # Errors
    /// When a link is malformed.
    pub fn source(&self, piped: Option<&Arc<[u8]>>) -> Result<Source, SourceError> {
        match self {
            Picture::File(path) => Ok(Source::File(PathBuf::from(path))),
            Picture::Written(text) => Source::parse(text.as_ref()),
            Picture::Stdin => Ok(piped.map_or(Source::Stdin, |bytes| Source::Piped(Arc::clone(bytes)))),
        }
    }
}

impl JobSpec {
    /// Everything that the service would not take, or that cannot be meant.
    pub fn faults(&self) -> Vec<JobSpecError> {
        let mut faults = Vec::new();
        if !(1..=MAX_COUNT).contains(&self.count) {
            faults.push(JobSpecError::Count);
        } else if let Some(seed) = self.seed
            && seed <= Seed::MAX
            && seed.checked_add(self.count - 1).is_none_or(|last| last > Seed::MAX)
        {
            faults.push(JobSpecError::Seeds { seed, count: self.count });
        }
        if let Some(id) = &self.id
            && (id.is_empty() || id.chars().count() > 200 || id.contains(char::is_control))
        {
            faults.push(JobSpecError::Id);
        }
        let prompts = std::iter::once(&self.prompt).chain(&self.then);
        let fields = prompts
            .map(|prompt| prompt.parse::<Prompt>().err())
            .chain([
                self.model.parse::<Model>().err(),
                self.seed.and_then(|seed| seed.to_string().parse::<Seed>().err()),
                self.guidance_scale.and_then(|scale| scale.to_string().parse::<Guidance>().err()),
            ])
            .flatten();
        faults.extend(fields.map(JobSpecError::from));
        faults
    }

    /// What is asked of the service, step by step, with this seed.
    ///
    /// # Errors
    /// When the service would refuse a value.
    pub fn steps(&self, seed: u32, terms: &RequestDefaults) -> Result<Vec<Generation>, JobSpecError> {
        let seed: Seed = seed.to_string().parse()?;
        let guidance = self.guidance_scale.map(|scale| scale.to_string().parse::<Guidance>());
        let guidance_scale = guidance.transpose()?;
        let model: Model = self.model.parse()?;
        let prompts = std::iter::once(&self.prompt).chain(&self.then);
        let generation = |prompt: &String| {
            Ok(Generation {
                model: model.clone(),
                prompt: prompt.parse()?,
                seed,
                guidance_scale,
                watermark: self.watermark,
                response_format: terms.response_format,
                size: terms.size,
            })
        };
        prompts.map(generation).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: RequestDefaults = RequestDefaults { response_format: None, size: None };

    fn wish() -> JobSpec {
        JobSpec {
            line: Some(1),
            picture: Picture::File("in.png".into()),
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
        let refused = |wish: JobSpec| match &wish.faults()[..] {
            [only] => only.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(wish().faults().is_empty());
        assert!(refused(JobSpec { prompt: " ".into(), ..wish() }).contains("prompt"));
        assert!(refused(JobSpec { then: vec![String::new()], ..wish() }).contains("prompt"));
        assert!(refused(JobSpec { count: 0, ..wish() }).contains("count"));
        assert!(refused(JobSpec { guidance_scale: Some(11.0), ..wish() }).contains("guidance"));
        assert!(refused(JobSpec { id: Some("a\nb".into()), ..wish() }).contains("id"));
        let last = JobSpec { seed: Some(Seed::MAX), ..wish() };
        assert!(last.faults().is_empty());
        assert!(refused(JobSpec { count: 2, ..last }).contains("2147483647"));
        let all = JobSpec {
            count: 0,
            prompt: String::new(),
            guidance_scale: Some(0.0),
            id: Some("".into()),
            ..wish()
        };
        assert_eq!(all.faults().len(), 4);
    }

    #[test]
    fn every_step_has_its_instruction_and_the_same_seed() {
        let wish = JobSpec { then: vec!["in rain".into(), "from above".into()], ..wish() };
        let steps = wish.steps(41, &TERMS).unwrap();
        let told: Vec<_> = steps.iter().map(|step| (step.prompt.as_str(), step.seed.value())).collect();
        assert_eq!(told, [("at night", 41), ("in rain", 41), ("from above", 41)]);
    }

    #[cfg(unix)]
    #[test]
    fn a_wish_reads_back_as_it_was_whatever_bytes_its_paths_have() {
        use std::os::unix::ffi::OsStringExt;
        let odd = OsString::from_vec(vec![b'a', 0xff, b'"']);
        let wish = JobSpec { picture: Picture::File(odd.clone()), output: Some(odd), ..wish() };
        let text = serde_json::to_string(&wish).unwrap();
        assert_eq!(serde_json::from_str::<JobSpec>(&text).unwrap(), wish);
    }
}

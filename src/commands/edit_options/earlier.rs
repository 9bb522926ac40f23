//! What an edit takes from an earlier one that it repeats.

use crate::api::{Guidance, Prompt, ResponseFormat};
use crate::edit::{Image, MetadataRule, NameTemplate, Source};
use crate::error::Failure;
use crate::picture::RegionContext;

use super::EditOptions;

/// What an edit has from an earlier one that it repeats, besides what flags can say.
pub(in crate::commands) struct Earlier {
    /// The prompt, unless the command line gives another one. It is not the name of a file, whatever it looks like.
    pub(in crate::commands) prompt: Option<Prompt>,
    /// The prompts of further steps, unless the command line gives others.
    pub(in crate::commands) then: Vec<Prompt>,
    /// `None` leaves it to the model.
    pub(in crate::commands) guidance_scale: Option<Guidance>,
    /// `None` leaves it to the service.
    pub(in crate::commands) watermark: Option<bool>,
    /// `None` leaves it to the service.
    pub(in crate::commands) response_format: Option<ResponseFormat>,
    /// `None` means that it depends on the result.
    pub(in crate::commands) metadata: Option<MetadataRule>,
    /// `None` is the default.
    pub(in crate::commands) region_context: Option<RegionContext>,
    /// The name of the result, if the picture is itself a result that has such a name.
    pub(in crate::commands) continued_name: Option<NameTemplate>,
    /// The picture that was edited; `None` if another one is to be, or its content is not known.
    pub(in crate::commands) picture: Option<EarlierPicture>,
}

/// The picture of an earlier edit.
#[derive(Clone)]
pub(in crate::commands) struct EarlierPicture {
    pub(in crate::commands) sha256: String,
    /// The job that edited it.
    pub(in crate::commands) job: String,
}

impl EditOptions<'_> {
    /// Takes from an earlier edit what the settings would decide otherwise.
    #[must_use]
    pub(in crate::commands) fn repeating(mut self, earlier: &Earlier) -> Self {
        self.settings.guidance_scale = earlier.guidance_scale;
        self.settings.watermark = earlier.watermark;
        self.settings.response_format = earlier.response_format;
        self.processing.metadata.rule = earlier.metadata;
        self.processing.region_context = earlier.region_context;
        if self.then.is_empty() {
            self.then.clone_from(&earlier.then);
        }
        self.expected.clone_from(&earlier.picture);
        self
    }

    /// Ensures that a picture is the one of the edit that is repeated. A link that is not downloaded here may be.
    pub(in crate::commands) fn ensure_expected(&self, image: &Image, source: &Source) -> Result<(), Failure> {
        match (image, &self.expected) {
            (Image::Loaded(loaded), Some(expected)) if loaded.sha256() != expected.sha256 => {
                let (job, label) = (&expected.job, source.label());
                Err(Failure::input(format!("{label}, the picture of job {job}, has changed since"))
                    .hint(format!("to edit it as it is now, name it after the job and keep your other arguments: seededit replay {job} \
                         IMAGE")))
            }
            _ => Ok(()),
        }
    }
}

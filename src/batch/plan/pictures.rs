//! Reads and checks the pictures of specifications.

use std::borrow::Cow;

use crate::edit::{CheckedPicture, CheckedReferences, OwnPictures, Processing, SourceError};

use super::super::job_spec::{JobSpec, PictureRef};
use super::super::manifest::Rejected;
use super::super::options::BatchOptions;
use super::super::spec_error::SpecError;

pub(super) fn picture_of(spec: &Result<JobSpec, Rejected>) -> Option<&PictureRef> {
    match spec {
        Ok(spec) => Some(&spec.picture),
        Err(rejected) => rejected.picture.as_ref(),
    }
}

pub(super) fn has_mask(spec: &Result<JobSpec, Rejected>) -> bool {
    spec.as_ref().is_ok_and(|spec| spec.options.mask.is_some())
}

/// Reads and checks the pictures of a specification, and adds the hashes of its mask and its references to it.
pub(super) fn check_pictures(
    spec: &mut Result<JobSpec, Rejected>,
    options: &BatchOptions,
    references: &CheckedReferences,
) -> Result<CheckedPicture, SpecError> {
    let processing = match spec {
        Ok(spec) => {
            spec.options.ensure_consistent(&options.processing)?;
            spec.options.check(&options.processing)?
        }
        Err(_) => Cow::Borrowed(&options.processing),
    };
    let picture = check_picture(spec, options, &processing)?;
    if let Ok(spec) = spec
        && let Ok(card) = options.request.models.find(spec.model.value().as_str())
    {
        let processing = processing.for_model(&card, options.request.models.service());
        for reference in &mut spec.references {
            *reference = references.check(reference, &processing)?;
        }
    }
    Ok(picture)
}

/// Reads and checks the picture of a specification.
fn check_picture(
    spec: &Result<JobSpec, Rejected>,
    options: &BatchOptions,
    processing: &Processing,
) -> Result<CheckedPicture, SourceError> {
    let Some(picture) = picture_of(spec) else { return Ok(CheckedPicture::Wanted(None)) };
    let fetches = match spec {
        Ok(spec) => options.fetches_links(spec.model.value()),
        Err(_) => options.fetch_links,
    };
    let models = &options.request.models;
    let card = match spec {
        Ok(spec) => models.find(spec.model.value().as_str()).ok(),
        Err(_) => None,
    };
    let processing = match &card {
        Some(card) => &processing.for_model(card, models.service()),
        None => processing,
    };
    let own = spec.as_ref().map_or(OwnPictures::Edit, |spec| spec.own);
    picture.source(options.stdin.as_ref())?.check(fetches, own, processing)
}

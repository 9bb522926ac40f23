//! Masks: read from their files, and known again by what is in them.

use std::path::{Path, PathBuf};

use crate::digest::sha256;
use crate::files::absolute;
use crate::picture::restore::{Mask, RestoreError};
use crate::picture::{DecodeError, decode};

use super::processing::{MaskFile, OriginalFile, Processing, ReadBack};
use super::source::{Source, SourceError};

/// A mask that cannot be used. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum MaskError {
    /// It cannot be read.
    #[error("the mask")]
    Source(#[from] SourceError),
    /// It is not a whole picture.
    #[error("the mask {}", .path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// It is black.
    #[error("{}", .path.display())]
    Black {
        /// The file.
        path: PathBuf,
        /// That it is.
        source: RestoreError,
    },
}

/// A treatment that stands in the journal and cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// What stands there.
    #[error("the journal's entry on the picture's processing cannot be read")]
    Entry,
    /// The mask.
    #[error(transparent)]
    Mask(#[from] MaskError),
    /// Another mask.
    #[error("{} has changed since the job was started", .0.display())]
    Changed(PathBuf),
}

/// A treatment with a mask for its area.
///
/// # Errors
/// When the mask cannot be read, or is black all over.
pub fn masked(treatment: Processing, path: &Path) -> Result<Processing, MaskError> {
    let (mask, file) = read(path)?;
    Ok(treatment.with_mask(mask, file))
}

/// The treatment that the journal has kept, and the original that results are made of.
///
/// # Errors
/// When it cannot be read back, or its mask is not there as it was.
pub(super) fn kept(text: Option<&str>) -> Result<(Processing, Option<OriginalFile>), KeptError> {
    let ReadBack { treatment, mask, original } = Processing::read(text).ok_or(KeptError::Entry)?;
    let Some(before) = mask else { return Ok((treatment, original)) };
    let (mask, file) = read(&before.path)?;
    match file.sha256 == before.sha256 {
        true => Ok((treatment.with_mask(mask, file), original)),
        false => Err(KeptError::Changed(before.path)),
    }
}

fn read(path: &Path) -> Result<(Mask, MaskFile), MaskError> {
    let picture = Source::File(path.to_owned()).read_picture(None)?;
    let decoded =
        decode(picture.bytes()).map_err(|source| MaskError::Decode { path: path.to_owned(), source })?;
    let mask = Mask::of(decoded).map_err(|source| MaskError::Black { path: path.to_owned(), source })?;
    let file = MaskFile { path: absolute(path), sha256: sha256(picture.bytes()) };
    Ok((mask, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_known_again_by_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mask.png");
        let white = image::GrayImage::from_pixel(8, 8, image::Luma([255]));
        white.save(&path).unwrap();
        let treatment = masked(Processing::default(), &path).unwrap();
        let text = treatment.kept(None);
        assert_eq!(kept(text.as_deref()).unwrap(), (treatment.clone(), None));
        assert!(!treatment.identity().unwrap().contains("mask.png"));
        image::GrayImage::from_pixel(8, 8, image::Luma([9])).save(&path).unwrap();
        assert!(matches!(kept(text.as_deref()), Err(KeptError::Changed(_))));
        image::GrayImage::new(8, 8).save(&path).unwrap();
        let black = masked(Processing::default(), &path).unwrap_err();
        assert!(matches!(black, MaskError::Black { .. }));
    }
}

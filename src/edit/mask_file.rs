//! Reads masks from their files, and checks later whether they are unchanged.

use std::path::{Path, PathBuf};

use crate::digest::sha256;
use crate::files::absolute;
use crate::picture::restore::{Mask, RestoreError};
use crate::picture::{DecodeError, decode};

use super::processing::{MaskFile, OriginalFile, Processing, StoredProcessing};
use super::source::{Source, SourceError};

/// Why a mask cannot be used. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum MaskError {
    /// It cannot be read.
    #[error("the mask")]
    Source(#[from] SourceError),
    /// It is not a complete picture.
    #[error("the mask {}", .path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// The error.
        source: DecodeError,
    },
    /// It is black.
    #[error("{}", .path.display())]
    Black {
        /// The file.
        path: PathBuf,
        /// The error.
        source: RestoreError,
    },
}

/// Why processing options in the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoredProcessingError {
    /// The text cannot be parsed.
    #[error("the journal's entry on the picture's processing cannot be read")]
    Entry,
    /// The mask.
    #[error(transparent)]
    Mask(#[from] MaskError),
    /// The mask has changed.
    #[error("{} has changed since the job was started", .0.display())]
    Changed(PathBuf),
}

/// Limits the processing to the white area of a mask file.
///
/// # Errors
/// When the mask cannot be read, or is entirely black.
pub fn with_mask_file(processing: Processing, path: &Path) -> Result<Processing, MaskError> {
    let (mask, file) = read(path)?;
    Ok(processing.with_mask(mask, file))
}

/// Reads processing options back from the journal, with the original that the answer is restored into.
///
/// # Errors
/// When the text cannot be parsed, or its mask is gone or has changed.
pub(super) fn read_stored(
    text: Option<&str>,
) -> Result<(Processing, Option<OriginalFile>), StoredProcessingError> {
    let StoredProcessing { processing, mask, original } =
        Processing::from_stored_text(text).ok_or(StoredProcessingError::Entry)?;
    let Some(stored) = mask else { return Ok((processing, original)) };
    let (mask, file) = read(&stored.path)?;
    if file.sha256 == stored.sha256 {
        Ok((processing.with_mask(mask, file), original))
    } else {
        Err(StoredProcessingError::Changed(stored.path))
    }
}

fn read(path: &Path) -> Result<(Mask, MaskFile), MaskError> {
    let picture = Source::File(path.to_owned()).read_picture(None)?;
    let decoded =
        decode(picture.bytes()).map_err(|source| MaskError::Decode { path: path.to_owned(), source })?;
    let mask =
        Mask::from_picture(decoded).map_err(|source| MaskError::Black { path: path.to_owned(), source })?;
    let file = MaskFile { path: absolute(path), sha256: sha256(picture.bytes()) };
    Ok((mask, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_recognized_by_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mask.png");
        let white = image::GrayImage::from_pixel(8, 8, image::Luma([255]));
        white.save(&path).unwrap();
        let processing = with_mask_file(Processing::default(), &path).unwrap();
        let text = processing.stored_text(None);
        assert_eq!(read_stored(text.as_deref()).unwrap(), (processing.clone(), None));
        assert!(!processing.identity().unwrap().contains("mask.png"));
        image::GrayImage::from_pixel(8, 8, image::Luma([9])).save(&path).unwrap();
        assert!(matches!(read_stored(text.as_deref()), Err(StoredProcessingError::Changed(_))));
        image::GrayImage::new(8, 8).save(&path).unwrap();
        let black = with_mask_file(Processing::default(), &path).unwrap_err();
        assert!(matches!(black, MaskError::Black { .. }));
    }
}

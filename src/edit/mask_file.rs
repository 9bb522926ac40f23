//! Reads masks from their files, and checks later whether they are unchanged.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::sha256;
use crate::files::absolute;
use crate::picture::restore::{Mask, MaskChannel, MaskFault, MaskReading, RestoreError};
use crate::picture::{DecodeError, Decoded, decode};

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
    /// It is a picture but not a mask.
    #[error("the mask {}", .path.display())]
    Fault {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: MaskFault,
    },
    /// It is not the one that was checked.
    #[error("the mask {} has changed since it was checked", .0.display())]
    Changed(PathBuf),
    /// A mask in the journal allows no change.
    #[error("{}", .path.display())]
    NoChange {
        /// The file.
        path: PathBuf,
        /// The error.
        source: RestoreError,
    },
}

/// The mask of a new edit.
#[derive(Debug, Clone, Copy)]
pub struct MaskRequest<'a> {
    /// The file.
    pub path: &'a Path,
    /// What says where the picture may change; `None` if the user did not choose.
    pub channel: Option<MaskChannel>,
    /// Whether the rest may change instead.
    pub is_inverted: bool,
}

/// A mask that was checked, and is read again for the edit. Serializable, so that a plan can be stored on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedMask {
    /// Its absolute path.
    path: OsString,
    /// The SHA-256 of the file in lower-case hexadecimal digits.
    sha256: String,
    /// Whether the transparency says where the picture may change, instead of the brightness.
    from_alpha: bool,
    is_inverted: bool,
}

impl CheckedMask {
    pub(super) fn of(MaskFile { path, sha256, reading }: &MaskFile) -> CheckedMask {
        CheckedMask {
            path: path.into(),
            sha256: sha256.clone(),
            from_alpha: reading.channel == MaskChannel::Alpha,
            is_inverted: reading.is_inverted,
        }
    }

    pub fn path(&self) -> &Path {
        self.path.as_ref()
    }

    /// The SHA-256 of the file in lower-case hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What says where the picture may change.
    pub fn channel(&self) -> MaskChannel {
        if self.from_alpha { MaskChannel::Alpha } else { MaskChannel::Brightness }
    }

    /// Whether the rest may change instead.
    pub fn is_inverted(&self) -> bool {
        self.is_inverted
    }

    /// The file, as it identifies an edit.
    pub(super) fn file(&self) -> MaskFile {
        MaskFile {
            path: self.path().to_owned(),
            sha256: self.sha256.clone(),
            reading: MaskReading::new(Some(self.channel()), self.is_inverted),
        }
    }

    /// Limits the processing to the area of the mask.
    ///
    /// # Errors
    /// When it cannot be read, or is not the one that was checked.
    pub fn read_into(&self, processing: Processing) -> Result<Processing, MaskError> {
        let (decoded, sha256) = read(self.path())?;
        if sha256 != self.sha256 {
            return Err(MaskError::Changed(self.path().to_owned()));
        }
        let file = self.file();
        let mask = Mask::read(decoded, file.reading)
            .map_err(|source| MaskError::NoChange { path: file.path.clone(), source })?;
        Ok(processing.with_mask(mask, file))
    }
}

impl Processing {
    /// The mask of these options, to be read again later.
    pub fn checked_mask(&self) -> Option<CheckedMask> {
        self.mask_file().map(CheckedMask::of)
    }
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

/// Limits the processing to the area of a mask file.
///
/// # Errors
/// When the mask cannot be read, or does not look like one.
pub fn with_mask_file(processing: Processing, request: MaskRequest<'_>) -> Result<Processing, MaskError> {
    let path = request.path;
    let (decoded, sha256) = read(path)?;
    let (mask, reading) = Mask::check(decoded, request.channel, request.is_inverted)
        .map_err(|source| MaskError::Fault { path: path.to_owned(), source })?;
    Ok(processing.with_mask(mask, MaskFile { path: absolute(path), sha256, reading }))
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
    let (decoded, sha256) = read(&stored.path)?;
    if sha256 != stored.sha256 {
        return Err(StoredProcessingError::Changed(stored.path));
    }
    // Earlier builds accepted masks that a new edit may not have.
    let mask = Mask::read(decoded, stored.reading)
        .map_err(|source| MaskError::NoChange { path: stored.path.clone(), source })?;
    Ok((processing.with_mask(mask, stored), original))
}

/// Returns the picture in a file, with its SHA-256.
fn read(path: &Path) -> Result<(Decoded, String), MaskError> {
    let picture = Source::File(path.to_owned()).read_picture(None)?;
    let decoded =
        decode(picture.bytes()).map_err(|source| MaskError::Decode { path: path.to_owned(), source })?;
    Ok((decoded, sha256(picture.bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &Path) -> MaskRequest<'_> {
        MaskRequest { path, channel: None, is_inverted: false }
    }

    #[test]
    fn a_mask_is_recognized_by_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mask.png");
        let half = image::GrayImage::from_fn(8, 8, |x, _| image::Luma([if x < 4 { 255 } else { 0 }]));
        half.save(&path).unwrap();
        let processing = with_mask_file(Processing::default(), request(&path)).unwrap();
        let text = processing.stored_text(None);
        assert_eq!(read_stored(text.as_deref()).unwrap(), (processing.clone(), None));
        assert!(!processing.identity().unwrap().contains("mask.png"));
        image::GrayImage::new(8, 8).save(&path).unwrap();
        assert!(matches!(read_stored(text.as_deref()), Err(StoredProcessingError::Changed(_))));
        let black = with_mask_file(Processing::default(), request(&path)).unwrap_err();
        assert!(matches!(black, MaskError::Fault { source: MaskFault::Nothing, .. }));
    }

    #[test]
    fn a_mask_of_a_journal_is_read_as_it_was_when_it_was_paid_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mask.png");
        // The first builds read this as a mask whose bounding box is the whole picture.
        let noisy = image::GrayImage::from_fn(8, 8, |x, _| image::Luma([if x < 5 { 100 } else { 9 }]));
        noisy.save(&path).unwrap();
        assert!(with_mask_file(Processing::default(), request(&path)).is_err());
        let sha256 = sha256(&std::fs::read(&path).unwrap());
        let text = serde_json::json!({"mask": path, "mask_sha256": sha256}).to_string();
        let (processing, _) = read_stored(Some(&text)).unwrap();
        let picture = crate::picture::Size { width: 4000, height: 4000 };
        let frame = processing.restore.upload_rect(picture, None).unwrap().unwrap();
        assert!(frame.is_whole(picture));
        assert_eq!(processing.stored_text(None), Some(text));
    }
}

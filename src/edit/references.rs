//! Pictures besides the one to edit.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::digest::sha256;
use crate::files::absolute;
use crate::journal::ReferenceFile;
use crate::picture::fit::FitOptions;
use crate::picture::restore::RestoreOptions;
use crate::sync::lock;

use super::load::{Image, Loaded};
use super::processing::Processing;
use super::source::{Source, SourceError};

/// A picture besides the one to edit: a file. Serializable, so that a plan can be stored on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    path: OsString,
    /// The SHA-256 of the file in lower-case hexadecimal digits; `None` until it was checked.
    sha256: Option<String>,
}

/// Why a reference cannot be used. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    #[error("the reference")]
    Source(#[from] SourceError),
    /// It is not the picture that was checked.
    #[error("the reference {} has changed since it was checked", .0.display())]
    Changed(PathBuf),
}

impl Reference {
    /// Creates a reference to a file that was not read yet.
    pub fn new(path: &Path) -> Reference {
        Reference { path: path.into(), sha256: None }
    }

    /// Creates a reference to a file whose content is known.
    pub(crate) fn known(path: &Path, sha256: String) -> Reference {
        Reference { path: path.into(), sha256: Some(sha256) }
    }

    pub fn path(&self) -> &Path {
        self.path.as_ref()
    }

    /// Returns its absolute path.
    pub(super) fn absolute_path(&self) -> PathBuf {
        absolute(self.path())
    }

    /// Returns the file as the journal stores it. It has no hash until it was checked.
    pub fn file(&self) -> ReferenceFile {
        let path = self.absolute_path();
        ReferenceFile {
            path: path.to_str().is_some().then_some(path),
            sha256: self.sha256().unwrap_or_default().to_owned(),
        }
    }

    pub fn sha256(&self) -> Option<&str> {
        self.sha256.as_deref()
    }

    /// Reads the file, and fits it to the limits of the service like the picture to edit.
    ///
    /// # Errors
    /// When that fails, or the file is not the one that was checked.
    pub fn load(&self, processing: &Processing) -> Result<Loaded, ReferenceError> {
        let processing = Processing::new(processing.fit, RestoreOptions::default());
        let Image::Loaded(loaded) = self.source().load(None, &processing)? else {
            return Err(SourceError::FetchedByService(self.source().name()).into());
        };
        match &self.sha256 {
            Some(expected) if expected != loaded.sha256() => {
                Err(ReferenceError::Changed(self.path().to_owned()))
            }
            _ => Ok(loaded),
        }
    }

    fn source(&self) -> Source {
        Source::File(self.path().to_owned())
    }
}

/// References that were checked. Many edits may have the same ones, and each file is read once for all models with the
/// same limits.
#[derive(Debug, Default)]
pub struct CheckedReferences(Mutex<HashMap<PathBuf, Vec<(FitOptions, String)>>>);

impl CheckedReferences {
    /// Checks a reference by its header, and returns it with the hash of its content.
    ///
    /// # Errors
    /// When it cannot be read or fitted.
    pub fn check(&self, reference: &Reference, processing: &Processing) -> Result<Reference, ReferenceError> {
        let path = reference.path();
        let fit = processing.fit;
        if let Some(checked) = lock(&self.0).get(path)
            && let Some((_, sha256)) = checked.iter().find(|(known, _)| *known == fit)
        {
            return Ok(Reference::known(path, sha256.clone()));
        }
        let processing = Processing::new(fit, RestoreOptions::default());
        let picture = reference.source().read_picture(None)?;
        picture.ensure_fits(&processing)?;
        let sha256 = sha256(picture.bytes());
        lock(&self.0).entry(path.to_owned()).or_default().push((fit, sha256.clone()));
        Ok(Reference::known(path, sha256))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(gray: u8) -> Vec<u8> {
        let mut png = std::io::Cursor::new(Vec::new());
        let image = image::GrayImage::from_pixel(32, 32, image::Luma([gray]));
        image.write_to(&mut png, image::ImageFormat::Png).unwrap();
        png.into_inner()
    }

    #[test]
    fn a_reference_that_changed_after_its_check_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        std::fs::write(&path, picture(1)).unwrap();
        let processing = Processing::default();
        let checked = CheckedReferences::default().check(&Reference::new(&path), &processing).unwrap();
        assert_eq!(checked.load(&processing).unwrap().sha256(), checked.sha256().unwrap());
        std::fs::write(&path, picture(2)).unwrap();
        assert!(matches!(checked.load(&processing), Err(ReferenceError::Changed(_))));
    }

    #[test]
    fn a_reference_must_be_a_picture() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        std::fs::write(&path, "text").unwrap();
        let found = CheckedReferences::default().check(&Reference::new(&path), &Processing::default());
        assert!(matches!(found, Err(ReferenceError::Source(SourceError::Header { .. }))));
    }
}

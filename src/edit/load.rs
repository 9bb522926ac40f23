//! Reads a picture and fits it to the limits of the service.

use std::io::{self, Read};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Condvar, LazyLock, Mutex};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::api::{Downloads, TransferProgress, Trust};
use crate::digest::sha256;
use crate::files::Opened;
use crate::pages::Pages;
use crate::picture::contents::{self, Contents, Dropped, KeptExtras};
use crate::picture::fit::{self, Change, FitOptions, FitPlan, Fitted};
use crate::picture::merge::AlphaMode;
use crate::picture::metadata::{GainMap, Metadata, OwnPicture};
use crate::picture::restore::RestoreOptions;
use crate::picture::{
    ColorSpace, DecodeError, Format, Header, Rect, ensure_decodable, ensure_intact, has_trailer,
};
use crate::sync::{lock, unpoisoned};

use super::processing::Processing;
use super::source::{MAX_READ_BYTES, Source, SourceError};

/// The largest file for whose request memory is reserved at once: as large as most models take.
const MAX_RESERVED_BYTES: u64 = 10 << 20;
/// The memory reserved for the fields of a request other than the picture. It grows for a longer prompt.
const OVERHEAD_BYTES: usize = 4 << 10;

/// The picture in a request.
pub enum Image {
    /// Bytes that meet the limits of the service.
    Loaded(Loaded),
    /// A link that the service downloads itself.
    Link(Url),
}

impl Image {
    /// What the numbers of an answer mean that states nothing else. For a link, that is not known.
    pub fn colors(&self) -> &ColorSpace {
        static SRGB: ColorSpace = ColorSpace::SRGB;
        match self {
            Image::Loaded(loaded) => &loaded.colors,
            Image::Link(_) => &SRGB,
        }
    }

    /// The metadata of the picture. For a link, that is not known.
    pub fn metadata(&self) -> Arc<Metadata> {
        match self {
            Image::Loaded(loaded) => Arc::clone(&loaded.metadata),
            Image::Link(_) => Arc::default(),
        }
    }
}

/// A picture in memory that meets the limits of the service.
pub struct Loaded {
    /// The upload.
    pub bytes: Pages,
    /// What its header says.
    pub header: Header,
    /// What the numbers of the upload mean, and those of an answer that states nothing else.
    pub colors: ColorSpace,
    /// The metadata of the picture, which is not uploaded with it unless that is requested.
    pub metadata: Arc<Metadata>,
    /// The part of the upright picture that it shows.
    pub frame: Rect,
    /// The changes made for upload.
    pub changes: Vec<Change>,
    /// What its file has beside it.
    pub contents: Contents,
    /// The header of the picture before it was fitted.
    pub before: Header,
    /// The picture as it was read, if it is needed later.
    pub original: Option<Original>,
    sha256: String,
}

/// A picture as it was read.
#[derive(Clone)]
pub struct Original {
    pub bytes: Arc<[u8]>,
    /// What its header says.
    pub header: Header,
}

impl Loaded {
    /// Wraps a result of the service, which needs no fitting.
    pub(super) fn result(bytes: &[u8], header: Header) -> Loaded {
        let frame = Rect::whole(header.upright());
        Loaded {
            sha256: sha256(bytes),
            bytes: bytes.into(),
            header,
            colors: ColorSpace::SRGB,
            metadata: Arc::default(),
            frame,
            changes: Vec::new(),
            contents: Contents::default(),
            before: header,
            original: None,
        }
    }

    /// The SHA-256 of the picture as it was read, in lower-case hexadecimal digits.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What a result does not have of the picture.
    pub fn dropped(&self, restore: &RestoreOptions, format: Option<Format>) -> Vec<Dropped> {
        // Answers have 8 bits.
        let kept_in = |expected| restore.keeps_pixels() && format == Some(expected);
        let has_gain_map = || {
            let original = self.original.as_ref()?;
            GainMap::read(&original.bytes, original.header.format)
        };
        let kept = KeptExtras {
            depth: kept_in(Format::Png),
            gain_map: kept_in(Format::Jpeg) && self.contents.has_gain_map && has_gain_map().is_some(),
        };
        let mut dropped = self.contents.dropped(&self.before, kept);
        // A picture with an alpha channel may be opaque all the same. What was flattened was not.
        let was_transparent = self.changes.contains(&Change::Flattened);
        let is_kept = restore.keeps_pixels() || restore.merge.alpha == AlphaMode::Keep;
        if was_transparent && (!is_kept || format == Some(Format::Jpeg)) {
            dropped.push(Dropped::Transparency);
        }
        dropped
    }
}

/// What to do with a picture that says that this program wrote it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OwnPictures {
    #[default]
    Edit,
    LeaveOut,
}

/// A picture that was checked.
#[derive(Debug, PartialEq, Eq)]
pub enum CheckedPicture {
    /// It can be edited. With its SHA-256; `None` for a link, which is not read.
    Wanted(Option<String>),
    /// This program wrote it, and such pictures are left out.
    Own(OwnPicture),
}

/// A picture as it was read.
pub struct RawPicture {
    name: String,
    bytes: Pages,
    header: Header,
}

impl RawPicture {
    /// What its header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number of bytes.
    pub fn byte_count(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// What it says about itself if this program wrote it.
    pub fn own(&self) -> Option<OwnPicture> {
        OwnPicture::of(&Metadata::read(&self.bytes, self.header.format))
    }

    /// Fits it to the limits of the service.
    ///
    /// # Errors
    /// [`SourceError::Fit`].
    pub fn fit(self, processing: &Processing) -> Result<Loaded, SourceError> {
        let sha256 = sha256(&self.bytes);
        let contents = Contents::read(&self.bytes, &self.header);
        let picture = self.page(processing.page)?;
        let options = &picture.fit_options(processing)?;
        let RawPicture { name, bytes, header } = picture;
        let before = header;
        let metadata = Arc::new(Metadata::read(&bytes, header.format));
        let original = processing.needs_original().then(|| Original { bytes: Arc::from(&*bytes), header });
        let permit = DecodePermit::acquire();
        let Fitted { bytes, header, colors, frame, changes } =
            fit::fit(bytes, &header, options).map_err(|source| SourceError::Fit { name, source })?;
        drop(permit);
        Ok(Loaded { bytes, header, colors, metadata, frame, changes, contents, before, original, sha256 })
    }

    /// Returns the frame or page with a number, from 1; the picture itself for `None`.
    ///
    /// # Errors
    /// [`SourceError::Fit`].
    pub fn page(self, number: Option<u32>) -> Result<RawPicture, SourceError> {
        let Some(number) = number else { return Ok(self) };
        let RawPicture { name, bytes, header } = self;
        let failed = |error: DecodeError| SourceError::Fit { name: name.clone(), source: error.into() };
        let bytes = Pages::from(&*contents::page(&bytes, &header, number).map_err(failed)?);
        let header = Header::read(&bytes).map_err(|error| failed(error.into()))?;
        Ok(RawPicture { name, bytes, header })
    }

    /// Returns the options for fitting it. A mask is scaled to the size in the header, so that size is checked first.
    fn fit_options(&self, processing: &Processing) -> Result<FitOptions, SourceError> {
        ensure_decodable(self.header.size)
            .map_err(|source| SourceError::Fit { name: self.name.clone(), source: source.into() })?;
        processing
            .fit_options(self.header.upright())
            .map_err(|source| SourceError::Area { name: self.name.clone(), source })
    }

    /// Decides by its header how to fit it to the limits of the service.
    ///
    /// # Errors
    /// [`SourceError::Fit`].
    pub fn plan(&self, processing: &Processing) -> Result<FitPlan, SourceError> {
        fit::plan(&self.header, self.byte_count(), &self.fit_options(processing)?)
            .map_err(|source| SourceError::Fit { name: self.name.clone(), source })
    }

    pub(super) fn ensure_fits(&self, processing: &Processing) -> Result<(), SourceError> {
        let Some(number) = processing.page else { return self.plan(processing).map(drop) };
        // Its size is not known before it is decoded.
        Contents::read(&self.bytes, &self.header)
            .ensure_has(number)
            .map_err(|error| SourceError::Fit { name: self.name.clone(), source: error.into() })
    }
}

impl Source {
    /// Reads the picture and fits it to the limits of the service.
    ///
    /// With `fetch`, a link is downloaded here; without, the service downloads it.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub fn load(&self, fetch: Option<&Downloads<'_>>, processing: &Processing) -> Result<Image, SourceError> {
        match (self, fetch) {
            (Source::Link(url), None) => {
                self.ensure_fitted_here(false, processing)?;
                Ok(Image::Link(url.clone()))
            }
            _ => self.read_picture(fetch)?.fit(processing).map(Image::Loaded),
        }
    }

    /// Checks by its header that the picture can be fitted. `fetches` says whether a link will be downloaded here later, and
    /// `own` whether a picture that this program wrote is wanted.
    ///
    /// # Errors
    /// See [`SourceError`].
    pub fn check(
        &self,
        fetches: bool,
        own: OwnPictures,
        processing: &Processing,
    ) -> Result<CheckedPicture, SourceError> {
        if let Source::Link(_) = self {
            return self.ensure_fitted_here(fetches, processing).map(|()| CheckedPicture::Wanted(None));
        }
        let picture = self.read_picture(None)?;
        if own == OwnPictures::LeaveOut
            && let Some(own) = picture.own()
        {
            return Ok(CheckedPicture::Own(own));
        }
        picture.ensure_fits(processing)?;
        Ok(CheckedPicture::Wanted(Some(sha256(&picture.bytes))))
    }

    /// A link that the service downloads itself cannot be processed here.
    fn ensure_fitted_here(&self, fetches: bool, processing: &Processing) -> Result<(), SourceError> {
        match self {
            Source::Link(_) if !fetches && !processing.is_default() => {
                Err(SourceError::FetchedByService(self.label()))
            }
            _ => Ok(()),
        }
    }

    /// Reads standard input, so that several edits can use it. Leaves other sources as they are.
    ///
    /// # Errors
    /// When it cannot be read, or is too large.
    pub fn buffered(self) -> Result<Source, SourceError> {
        match self {
            Source::Stdin => Ok(Source::Piped(Arc::from(&*self.read(io::stdin().lock(), 0)?))),
            other => Ok(other),
        }
    }

    /// Reads the picture without fitting it. A link needs `fetch`.
    ///
    /// # Errors
    /// When it cannot be read, or is not a complete picture.
    pub fn read_picture(&self, fetch: Option<&Downloads<'_>>) -> Result<RawPicture, SourceError> {
        let bytes = match (self, fetch) {
            (Source::Link(_), None) => return Err(SourceError::FetchedByService(self.label())),
            (Source::Link(url), Some(downloads)) => self.download(url, downloads)?.as_slice().into(),
            (Source::File(path), _) => self.read_file(path)?,
            (Source::Stdin, _) => self.read(io::stdin().lock(), 0)?,
            (Source::Piped(bytes), _) => Pages::from(&**bytes),
            (Source::Data(uri), _) => self.decode(uri)?.as_slice().into(),
        };
        let name = self.label();
        if bytes.is_empty() {
            return Err(SourceError::Empty(name));
        }
        let header = match Header::read(&bytes) {
            Ok(header) => header,
            Err(source) => return Err(SourceError::Header { name, source }),
        };
        // All pixels may be there even if the end marker is not.
        if !has_trailer(&bytes, header.format) && !is_intact(&bytes) {
            return Err(SourceError::Truncated(name));
        }
        Ok(RawPicture { name, bytes, header })
    }

    fn read_file(&self, path: &Path) -> Result<Pages, SourceError> {
        let file = Opened::new(path).map_err(|source| match source.kind() {
            io::ErrorKind::IsADirectory => SourceError::Directory(self.label()),
            _ => SourceError::Read { name: self.label(), source },
        })?;
        let length = file.length();
        if length > MAX_READ_BYTES {
            return Err(SourceError::TooLarge(self.label()));
        }
        let capacity = if length <= MAX_RESERVED_BYTES {
            // The request is built in this memory: the picture in Base64, and the other fields.
            length.div_ceil(3) * 4 + OVERHEAD_BYTES as u64
        } else {
            length + 1
        };
        self.read(file, usize::try_from(capacity).unwrap_or(0))
    }

    /// Reads a stream to its end, up to the size limit. `capacity` is the memory to allocate, including one byte to
    /// detect the end.
    fn read(&self, stream: impl Read, capacity: usize) -> Result<Pages, SourceError> {
        let bytes = Pages::read(stream.take(MAX_READ_BYTES + 1), capacity)
            .map_err(|source| SourceError::Read { name: self.label(), source })?;
        if bytes.len() as u64 > MAX_READ_BYTES {
            return Err(SourceError::TooLarge(self.label()));
        }
        Ok(bytes)
    }

    fn decode(&self, uri: &str) -> Result<Vec<u8>, SourceError> {
        let malformed = || SourceError::Malformed { name: self.label(), what: "Base64 data URI" };
        let (head, data) = uri.split_once(',').ok_or_else(malformed)?;
        if !head.to_ascii_lowercase().ends_with(";base64") {
            return Err(malformed());
        }
        STANDARD.decode(data.trim()).map_err(|_| malformed())
    }

    fn download(&self, url: &Url, downloads: &Downloads<'_>) -> Result<Vec<u8>, SourceError> {
        let readable = |bytes: &mut Vec<u8>| Header::read(bytes).map(drop).map_err(|error| error.to_string());
        downloads
            .fetch(url, Trust::User, &TransferProgress::default(), readable)
            .map(|(bytes, ())| bytes)
            .map_err(|source| SourceError::Fetch { name: self.label(), source })
    }
}

/// Whether all pixels of a JPEG or PNG can be decoded. Batches are checked in rayon's pool, where nothing may be decoded.
fn is_intact(bytes: &[u8]) -> bool {
    thread::scope(|scope| scope.spawn(|| ensure_intact(bytes).is_ok()).join().unwrap_or(false))
}

/// A permit to decode a picture, which takes many times the memory of its file. There is one per processor.
struct DecodePermit;

static PERMITS_IN_USE: Mutex<usize> = Mutex::new(0);
static PERMIT_RELEASED: Condvar = Condvar::new();

impl DecodePermit {
    /// Waits for a permit. Never call this in a rayon thread: while such a thread waits for part of its work, it
    /// starts other work, which would wait for the permit that the thread itself holds.
    fn acquire() -> DecodePermit {
        // Counting the processors takes half a millisecond, and a single edit needs no count.
        static LIMIT: LazyLock<usize> =
            LazyLock::new(|| thread::available_parallelism().map_or(1, NonZero::get));
        let in_use = lock(&PERMITS_IN_USE);
        let free = PERMIT_RELEASED.wait_while(in_use, |in_use| *in_use > 0 && *in_use >= *LIMIT);
        *unpoisoned(free) += 1;
        DecodePermit
    }
}

impl Drop for DecodePermit {
    fn drop(&mut self) {
        *lock(&PERMITS_IN_USE) -= 1;
        PERMIT_RELEASED.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_uri_must_be_base64() {
        let load = |uri: &str| {
            Source::parse(uri.as_ref()).unwrap().load(None, &Processing::default()).err().unwrap().to_string()
        };
        assert_eq!(load("data:image/png,%89PNG"), "data:image/png,… is not a valid Base64 data URI");
        assert_eq!(
            load("data:image/png;base64,@@"),
            "data:image/png;base64,… is not a valid Base64 data URI"
        );
        assert_eq!(load("data:image/png;base64,"), "data:image/png;base64,… is empty");
    }

    #[test]
    fn an_endless_stream_is_refused_at_the_limit() {
        let endless = Source::File("/endless".into()).read(io::repeat(7), 0).unwrap_err();
        assert_eq!(endless.to_string(), "/endless is larger than 256 MiB");
    }
}

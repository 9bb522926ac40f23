//! The pictures of a request: a data URI or a link, within the limits of a model.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use serde_json::Value;

use seededit_picture::{Format, Header, Size};

/// A picture as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PictureInput {
    Bytes(Bytes),
    Url(String),
}

/// What a model accepts as an input. Numbers that the documentation does not state are not checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct InputLimits {
    /// The media types after `image/`.
    pub(super) formats: &'static [&'static str],
    pub(super) max_bytes: usize,
    pub(super) min_pixels: u64,
    pub(super) max_pixels: u64,
    /// Both sides must be longer than this.
    pub(super) min_side_exclusive: u32,
    /// The longer side by the shorter one.
    pub(super) max_ratio: u64,
}

impl InputLimits {
    /// The formats that the sandbox can read; the documentation states no limits.
    pub(super) const NONE: InputLimits = InputLimits {
        formats: &["png", "jpeg", "webp"],
        max_bytes: usize::MAX,
        min_pixels: 0,
        max_pixels: u64::MAX,
        min_side_exclusive: 0,
        max_ratio: u64::MAX,
    };

    /// Checks a picture whose media type is `image/<declared>`.
    pub(super) fn check(&self, declared: &str, bytes: &[u8]) -> Result<Size, String> {
        if bytes.len() > self.max_bytes {
            return Err(format!("the image is larger than {} MB", self.max_bytes / (1024 * 1024)));
        }
        match Format::sniff(bytes) {
            Some(found) if found.name() == declared => {}
            Some(found) => return Err(format!("declared as {declared}, but it is {}", found.name())),
            None => return Err(format!("declared as {declared}, but it is not an image")),
        }
        let size = Header::read(bytes).map_err(|error| error.to_string())?.size;
        let (width, height) = (u64::from(size.width), u64::from(size.height));
        let (long, short) = (width.max(height), width.min(height));
        if short <= u64::from(self.min_side_exclusive) {
            return Err(format!("width and height must exceed {} px", self.min_side_exclusive));
        }
        if width * height > self.max_pixels {
            return Err(match self.max_pixels % 1_000_000 {
                0 => format!("the image is larger than {} megapixels", self.max_pixels / 1_000_000),
                _ => format!("the image has more than {} pixels", self.max_pixels),
            });
        }
        if width * height < self.min_pixels {
            return Err(format!("the image has less than {} pixels", self.min_pixels));
        }
        if long > short.saturating_mul(self.max_ratio) {
            return Err(format!("the aspect ratio is beyond 1:{0} or {0}:1", self.max_ratio));
        }
        Ok(size)
    }

    fn ensure_format(&self, format: &str) -> Result<(), String> {
        if self.formats.contains(&format) {
            return Ok(());
        }
        let (last, others) = self.formats.split_last().unwrap_or((&"", &[]));
        Err(format!("the data URI's format is neither {} nor {last}, in lower case", others.join(", ")))
    }
}

impl PictureInput {
    /// Parses a link or a data URI. Base64 without a media type is refused.
    pub(super) fn parse(value: &Value, limits: InputLimits) -> Result<PictureInput, String> {
        let text = value.as_str().ok_or("expected a string")?;
        if text.starts_with("http://") || text.starts_with("https://") {
            return Ok(PictureInput::Url(text.to_owned()));
        }
        let data = text.strip_prefix("data:image/").ok_or("expected a URL or a data URI")?;
        let (format, base64) = data.split_once(";base64,").ok_or("expected ;base64, in a data URI")?;
        limits.ensure_format(format)?;
        let bytes = STANDARD.decode(base64).map_err(|error| format!("bad Base64: {error}"))?;
        limits.check(format, &bytes)?;
        Ok(PictureInput::Bytes(bytes.into()))
    }
}

//! The HEIC codec (ISO/IEC 23008-12, with pictures of ISO/IEC 23008-2).

use super::{Codec, Reader, no_trailer};
use crate::format::Format;
use crate::format::brands::Brand;

pub(super) const CODEC: Codec = Codec {
    format: Format::Heic,
    name: "heic",
    title: "HEIC",
    media_type: "image/heic",
    extensions: &["heic", "heif", "hif"],
    sniff: |bytes| Brand::of(bytes) == Some(Brand::Heic),
    has_trailer: no_trailer,
    reader: READER,
    metadata: METADATA,
};

#[cfg(not(feature = "heic"))]
const READER: Option<Reader> = None;
#[cfg(not(feature = "heic"))]
const METADATA: super::MetadataCodec = super::MetadataCodec::NONE;

#[cfg(feature = "heic")]
use self::reader::{METADATA, READER};

#[cfg(feature = "heic")]
mod reader {
    use heifer::heifer_hevc_dec::Error as HevcError;
    use heifer::heifer_isobmff::Error as ContainerError;
    use heifer::{Error, Options};
    use image::{DynamicImage, RgbImage, RgbaImage};

    use super::{Format, Reader};
    use crate::codec::deep::to_image;
    use crate::codec::heif::Container;
    pub(super) use crate::codec::heif::METADATA;
    use crate::codec::{Isolation, Pixels};
    use crate::color::Stated;
    use crate::decode::{DecodeError, MAX_PIXELS};
    use crate::format::Header;

    pub(super) const READER: Option<Reader> = Some(Reader {
        header: |bytes| Container::parse(bytes)?.header(Format::Heic),
        decode,
        ensure_complete: None,
        isolation: Isolation::Thread,
        decode_reduced: None,
    });

    /// Decodes the picture and applies its crop, rotation and mirroring.
    fn decode(bytes: &[u8], _: &Header) -> Result<Pixels, DecodeError> {
        let format = Format::Heic;
        let container =
            Container::parse(bytes).map_err(|reason| DecodeError::Incomplete { format, reason })?;
        let icc = container.embedded_icc();
        // Tiles are decoded in parallel.
        let options = Options { max_threads: 0, max_pixels: MAX_PIXELS };
        let image = if is_deep(&container) {
            let image = heifer::decode_with_options(bytes, &options).map_err(|error| refusal(&error))?;
            to_image([image.width, image.height], &image.data, image.bit_depth, image.has_alpha)
        } else {
            let image = heifer::decode_rgba8(bytes, &options).map_err(|error| refusal(&error))?;
            let (width, height) = (image.width, image.height);
            if image.has_alpha {
                RgbaImage::from_raw(width, height, image.data).map(DynamicImage::from)
            } else {
                RgbImage::from_raw(width, height, image.into_rgb8()).map(DynamicImage::from)
            }
        };
        let image = image.ok_or(DecodeError::Incomplete { format, reason: "there are too few pixels" })?;
        Ok(Pixels { image, colors: Stated::of_icc_or_cicp(icc, container.cicp()) })
    }

    /// Whether samples have more than 8 bits.
    fn is_deep(container: &Container<'_>) -> bool {
        container.sources().any(|id| {
            let config = container.file.hevc_config(id).ok().flatten();
            config.is_some_and(|config| config.bit_depth_luma.max(config.bit_depth_chroma) > 8)
        })
    }

    fn refusal(error: &Error) -> DecodeError {
        let format = Format::Heic;
        match error {
            Error::Unsupported(detail) => DecodeError::UnsupportedKind { format, detail: detail.clone() },
            Error::Hevc(HevcError::Unimplemented(detail))
            | Error::Container(ContainerError::Unimplemented(detail)) => {
                DecodeError::UnsupportedKind { format, detail: (*detail).into() }
            }
            Error::Hevc(HevcError::UnexpectedEof) | Error::Container(ContainerError::UnexpectedEof) => {
                DecodeError::Incomplete { format, reason: "it ends too early" }
            }
            error => DecodeError::Damaged { format, detail: error.to_string() },
        }
    }
}

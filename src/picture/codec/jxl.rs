//! The JPEG XL codec (ISO/IEC 18181).

use super::{Codec, MetadataCodec, Reader, no_trailer};
use crate::format::Format;

/// The signature box of a container.
const CONTAINER: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n";

pub(super) const CODEC: Codec = Codec {
    format: Format::Jxl,
    name: "jxl",
    title: "JPEG XL",
    media_type: "image/jxl",
    extensions: &["jxl"],
    sniff: |bytes| bytes.starts_with(b"\xFF\x0A") || bytes.starts_with(CONTAINER),
    has_trailer: no_trailer,
    reader: READER,
    metadata: METADATA,
};

#[cfg(not(feature = "jxl"))]
const READER: Option<Reader> = None;
#[cfg(not(feature = "jxl"))]
const METADATA: MetadataCodec = MetadataCodec::NONE;

#[cfg(feature = "jxl")]
use self::reader::{METADATA, READER};

#[cfg(feature = "jxl")]
mod reader {
    use std::borrow::Cow;

    use image::{DynamicImage, ImageBuffer, Luma, LumaA, Pixel, Primitive, Rgb, Rgba};
    use jxl::api::{
        AlphaMode, Endianness, Event, ExtraChannel, JxlBasicInfo, JxlBitDepth, JxlColorEncoding,
        JxlColorProfile, JxlColorType, JxlDataFormat, JxlDecoder, JxlDecoderOptions, JxlOutputBuffer,
        JxlParallelRunner, JxlParallelRunnerFun, JxlPixelFormat, JxlPrimaries, JxlTransferFunction,
        ProfileLevel,
    };
    use seededit_base::parallel::map;
    use seededit_resize::Size;

    use super::{CONTAINER, Format, MetadataCodec, Reader};
    use crate::codec::{Isolation, Pixels};
    use crate::color::Stated;
    use crate::color::cicp::{Cicp, Primaries, Transfer};
    use crate::contents::Contents;
    use crate::decode::guard::quietly;
    use crate::decode::{DecodeError, MAX_PIXELS};
    use crate::format::blocks::Metadata;
    use crate::format::boxes::{boxes, has_credentials};
    use crate::format::endian::Endian;
    use crate::format::ifd::Ifd;
    use crate::format::{Header, Reason};

    const FORMAT: Format = Format::Jxl;

    pub(super) const READER: Option<Reader> = Some(Reader {
        header,
        decode,
        ensure_complete: None,
        isolation: Isolation::Thread,
        decode_reduced: None,
    });

    pub(super) const METADATA: MetadataCodec = MetadataCodec {
        exif: Some(exif),
        read: Some(metadata),
        contents: Some(contents),
        ..MetadataCodec::NONE
    };

    fn header(mut bytes: &[u8]) -> Result<Header, Reason> {
        let mut decoder = decoder();
        let info = match decoder.process(&mut bytes, None, None) {
            Ok(Event::BasicInfo) => decoder.basic_info().ok_or("the header is missing")?,
            Ok(_) => return Err("the header is truncated"),
            Err(_) => return Err("the header cannot be read"),
        };
        Ok(Header {
            has_alpha: has_alpha(info),
            is_deep: is_deep(info),
            is_hdr: decoder.embedded_color_profile().and_then(hdr).is_some(),
            ..Header::new(FORMAT, size(info).ok_or("a side is too long")?)
        })
    }

    fn decoder() -> JxlDecoder {
        /// Color, alpha and a few further channels of each pixel.
        const MAX_CHANNELS: u64 = 8;

        let mut options = JxlDecoderOptions::default();
        options.alpha_mode = AlphaMode::Unpremultiplied;
        options.sample_limit = usize::try_from(MAX_PIXELS * MAX_CHANNELS).ok();
        options.max_profile_level = ProfileLevel::Main10;
        JxlDecoder::new(options)
    }

    fn size(info: &JxlBasicInfo) -> Option<Size> {
        let (width, height) = info.size;
        Some(Size { width: width.try_into().ok()?, height: height.try_into().ok()? })
    }

    fn is_deep(info: &JxlBasicInfo) -> bool {
        !matches!(info.bit_depth, JxlBitDepth::Int { bits_per_sample: ..=8 })
    }

    fn has_alpha(info: &JxlBasicInfo) -> bool {
        info.extra_channels.iter().any(|channel| channel.ec_type == ExtraChannel::Alpha)
    }

    /// Decodes the first frame.
    fn decode(mut bytes: &[u8], _: &Header) -> Result<Pixels, DecodeError> {
        let mut decoder = decoder();
        advance(&mut decoder, &mut bytes, None, |event| event == Event::BasicInfo)?;
        let (Some(info), Some(profile)) = (decoder.basic_info(), decoder.embedded_color_profile()) else {
            return Err(damaged("the header is missing"));
        };
        if profile.is_cmyk() {
            return Err(unsupported("CMYK"));
        }
        let (size, has_alpha) = (size(info).ok_or_else(|| damaged("a side is too long"))?, has_alpha(info));
        let has_color = profile.channels() > 1;
        let color_type = match (has_color, has_alpha) {
            (true, true) => JxlColorType::Rgba,
            (true, false) => JxlColorType::Rgb,
            (false, true) => JxlColorType::GrayscaleAlpha,
            (false, false) => JxlColorType::Grayscale,
        };
        let is_deep = is_deep(info);
        let data_format = if is_deep {
            JxlDataFormat::U16 { endianness: Endianness::native(), bit_depth: 16 }
        } else {
            JxlDataFormat::U8 { bit_depth: 8 }
        };
        let extra_channel_format = vec![None; info.extra_channels.len()];
        let format =
            JxlPixelFormat { color_type, color_data_format: Some(data_format), extra_channel_format };
        decoder.set_pixel_format(format).map_err(|error| damaged(&error.to_string()))?;

        let image: DynamicImage = match (is_deep, has_color, has_alpha) {
            (true, true, true) => read::<Rgba<u16>>(&mut decoder, bytes, size)?.into(),
            (true, true, false) => read::<Rgb<u16>>(&mut decoder, bytes, size)?.into(),
            (true, false, true) => read::<LumaA<u16>>(&mut decoder, bytes, size)?.into(),
            (true, false, false) => read::<Luma<u16>>(&mut decoder, bytes, size)?.into(),
            (false, true, true) => read::<Rgba<u8>>(&mut decoder, bytes, size)?.into(),
            (false, true, false) => read::<Rgb<u8>>(&mut decoder, bytes, size)?.into(),
            (false, false, true) => read::<LumaA<u8>>(&mut decoder, bytes, size)?.into(),
            (false, false, false) => read::<Luma<u8>>(&mut decoder, bytes, size)?.into(),
        };
        let colors = match decoder.output_color_profile().and_then(hdr) {
            Some(cicp) => Stated { cicp: Some(cicp), ..Stated::default() },
            None => Stated::of_icc(icc(&decoder)),
        };
        Ok(Pixels { image, colors })
    }

    /// The code points of HDR colors.
    fn hdr(profile: &JxlColorProfile) -> Option<Cicp> {
        let transfer = match profile.transfer_function()? {
            JxlTransferFunction::PQ => Transfer::Pq,
            JxlTransferFunction::HLG => Transfer::Hlg,
            _ => return None,
        };
        let primaries = match profile {
            JxlColorProfile::Simple(JxlColorEncoding::RgbColorSpace { primaries, .. }) => Some(primaries),
            _ => None,
        };
        Some(match primaries {
            Some(JxlPrimaries::BT2100) => Cicp::hdr(transfer, Primaries::Bt2020),
            Some(JxlPrimaries::P3) => Cicp::hdr(transfer, Primaries::DisplayP3),
            Some(JxlPrimaries::SRGB) | None => Cicp::hdr(transfer, Primaries::Bt709),
            Some(JxlPrimaries::Chromaticities { .. }) => return None,
        })
    }

    /// The profile of the decoded pixels. `None` is sRGB.
    fn icc(decoder: &JxlDecoder) -> Option<Vec<u8>> {
        let profile = decoder.output_color_profile()?;
        let is_srgb =
            |is_gray| profile.same_color_encoding(&JxlColorProfile::Simple(JxlColorEncoding::srgb(is_gray)));
        if is_srgb(false) || is_srgb(true) {
            return None;
        }
        profile.try_as_icc().map(Cow::into_owned)
    }

    /// Reads the pixels of the first frame.
    fn read<P>(
        decoder: &mut JxlDecoder,
        mut bytes: &[u8],
        size: Size,
    ) -> Result<ImageBuffer<P, Vec<P::Subpixel>>, DecodeError>
    where
        P: Pixel<Subpixel: bytemuck::Pod + Primitive>,
    {
        let (width, height) = (size.width as usize, size.height as usize);
        let row = width * usize::from(P::CHANNEL_COUNT);
        let mut samples = vec![P::Subpixel::DEFAULT_MIN_VALUE; row * height];
        advance(decoder, &mut bytes, None, |event| event == Event::FrameHeader)?;
        let row_bytes = row * size_of::<P::Subpixel>();
        let buffer = JxlOutputBuffer::new(bytemuck::cast_slice_mut(&mut samples), height, row_bytes);
        let is_complete = |event| matches!(event, Event::FrameComplete { .. });
        advance(decoder, &mut bytes, Some(&mut [buffer]), is_complete)?;
        ImageBuffer::from_raw(size.width, size.height, samples)
            .ok_or_else(|| damaged("there are too few pixels"))
    }

    /// Processes input up to an event.
    fn advance(
        decoder: &mut JxlDecoder,
        bytes: &mut &[u8],
        buffers: Option<&mut [JxlOutputBuffer<'_>]>,
        until: impl Fn(Event) -> bool,
    ) -> Result<(), DecodeError> {
        match decoder.process(bytes, buffers, Some(&mut InPool)) {
            Ok(event) if until(event) => Ok(()),
            Ok(Event::NeedMoreInput { .. }) => {
                Err(DecodeError::Incomplete { format: FORMAT, reason: "it ends too early" })
            }
            Ok(_) => Err(damaged("its parts are in the wrong order")),
            Err(error) => Err(damaged(&error.to_string())),
        }
    }

    /// Runs parts of a decoder in rayon's pool.
    struct InPool;

    impl JxlParallelRunner for InPool {
        fn run(&mut self, count: usize, part: &JxlParallelRunnerFun<'_>) -> jxl::error::Result<()> {
            if count == 1 { part(0) } else { map(0..count, |at| quietly(|| part(at))).into_iter().collect() }
        }

        fn num_threads(&self) -> usize {
            rayon::current_num_threads()
        }
    }

    /// The EXIF metadata of a file with a container. Compressed metadata is not read.
    fn exif(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
        /// The offset of the TIFF structure, before the structure.
        const OFFSET_LEN: usize = 4;

        let content = content_of_box(bytes, b"Exif")?;
        let offset = Endian::Big.offset(content, 0)?;
        content.get(OFFSET_LEN..)?.get(offset..).map(Cow::Borrowed)
    }

    fn metadata(bytes: &[u8]) -> Metadata {
        let exif = exif(bytes).map(Cow::into_owned);
        Metadata {
            resolution: exif.as_deref().and_then(Ifd::first).and_then(Ifd::resolution),
            exif,
            xmp: content_of_box(bytes, b"xml ").map(<[u8]>::to_vec),
            ..Metadata::default()
        }
    }

    /// The content of the first box of a kind.
    fn content_of_box<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
        let bytes = bytes.starts_with(CONTAINER).then_some(bytes)?;
        boxes(bytes).find(|(found, _)| *found == kind).map(|(_, content)| content)
    }

    fn contents(bytes: &[u8]) -> Contents {
        let has_credentials = bytes.starts_with(CONTAINER) && has_credentials(bytes);
        Contents { has_credentials, ..Contents::default() }
    }

    fn damaged(detail: &str) -> DecodeError {
        DecodeError::Damaged { format: FORMAT, detail: detail.into() }
    }

    fn unsupported(detail: &str) -> DecodeError {
        DecodeError::UnsupportedKind { format: FORMAT, detail: detail.into() }
    }
}

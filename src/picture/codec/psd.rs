//! The codec of Photoshop files: their merged image, which Photoshop writes for other programs.

use image::{DynamicImage, ImageBuffer, Luma, LumaA, Pixel, Primitive, Rgb, Rgba};

use super::{Codec, Isolation, MetadataCodec, Pixels, Reader, lab, no_trailer, packbits};
use crate::color::{Stated, cmyk};
use crate::decode::DecodeError;
use crate::format::psd::{self, BITMAP, CMYK, DUOTONE, GRAY, INDEXED, LAB, Psd, RGB};
use crate::format::{Format, Header};

pub(super) const CODEC: Codec = Codec {
    format: Format::Psd,
    name: "psd",
    title: "PSD",
    media_type: "image/vnd.adobe.photoshop",
    extensions: &["psd", "psb"],
    sniff: |bytes| [b"8BPS\0\x01", b"8BPS\0\x02"].iter().any(|start| bytes.starts_with(*start)),
    has_trailer: no_trailer,
    reader: Some(Reader {
        header: psd::read_header,
        decode,
        ensure_complete: None,
        isolation: Isolation::Thread,
        decode_reduced: None,
    }),
    metadata: MetadataCodec { read: Some(psd::metadata), ..MetadataCodec::NONE },
};

/// Image resources.
const ICC_PROFILE: u16 = 1039;
const VERSION_INFO: u16 = 1057;

fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let psd = Psd::parse(bytes).map_err(incomplete)?;
    // After the version, whether there is a merged image.
    if psd.resource(VERSION_INFO).is_some_and(|info| info.get(4) == Some(&0)) {
        return Err(unsupported(
            "it was saved without a merged image, as without \"Maximize Compatibility\"",
        ));
    }
    let icc = psd.resource(ICC_PROFILE).map(<[u8]>::to_vec);
    let is_converted = matches!(psd.mode, CMYK | LAB | INDEXED);
    let image = match (psd.depth, psd.mode) {
        (1, BITMAP) => {
            let row = |row: Vec<u8>| {
                let bit = move |x: usize| if row[x / 8] & (0x80 >> (x % 8)) == 0 { 255 } else { 0 };
                (0..header.size.width as usize).map(bit).collect::<Vec<u8>>()
            };
            let rows = channels(&psd, 1)?;
            new_image::<Luma<u8>>(header, rows.into_iter().flatten().flat_map(row).collect())
        }
        (8, INDEXED) => {
            let color =
                |index: u8| [0, 256, 512].map(|at| psd.color_data.get(at + usize::from(index)).copied());
            let indices = channels(&psd, 1)?.into_iter().flatten().flatten();
            let levels: Option<Vec<u8>> = indices.flat_map(color).collect();
            new_image::<Rgb<u8>>(header, levels.ok_or(incomplete("its palette is missing"))?)
        }
        (8, LAB) => {
            let srgb = |[l, a, b]: &[u8; 3]| {
                let color = [f32::from(*l) / 2.55, f32::from(*a) - 128.0, f32::from(*b) - 128.0];
                lab::to_srgb(color).map(|level| (level * 255.0).round() as u8)
            };
            let samples = interleaved(&psd, 3, |byte| byte[0])?;
            new_image::<Rgb<u8>>(header, samples.as_chunks().0.iter().flat_map(srgb).collect())
        }
        (8 | 16, CMYK) => {
            // 255 is no ink.
            let inks = interleaved(&psd, 4, |sample| 255 - sample[0])?;
            new_image::<Rgb<u8>>(header, cmyk::to_rgb(&inks, icc.as_deref()))
        }
        (8, GRAY | DUOTONE) => image::<Luma<u8>, LumaA<u8>>(&psd, header, |byte| byte[0])?,
        (8, RGB) => image::<Rgb<u8>, Rgba<u8>>(&psd, header, |byte| byte[0])?,
        (16, GRAY | DUOTONE) => image::<Luma<u16>, LumaA<u16>>(&psd, header, short)?,
        (16, RGB) => image::<Rgb<u16>, Rgba<u16>>(&psd, header, short)?,
        (depth, mode) => return Err(unsupported(&format!("color mode {mode} with {depth} bits"))),
    };
    let image = image.ok_or(incomplete("there are too few pixels"))?;
    Ok(Pixels { image, colors: Stated::of_icc(icc.filter(|_| !is_converted)) })
}

fn short(sample: &[u8]) -> u16 {
    u16::from_be_bytes([sample[0], sample[1]])
}

/// Builds an image whose pixels are `Opaque`, or `Transparent` if there is an alpha channel.
fn image<Opaque, Transparent>(
    psd: &Psd<'_>,
    header: &Header,
    read: impl Fn(&[u8]) -> Opaque::Subpixel,
) -> Result<Option<DynamicImage>, DecodeError>
where
    Opaque: Pixel,
    Transparent: Pixel<Subpixel = Opaque::Subpixel>,
    Opaque::Subpixel: Primitive + Into<u32> + TryFrom<u32>,
    DynamicImage: From<ImageBuffer<Opaque, Vec<Opaque::Subpixel>>>
        + From<ImageBuffer<Transparent, Vec<Opaque::Subpixel>>>,
{
    if !header.has_alpha {
        return Ok(new_image::<Opaque>(header, interleaved(psd, Opaque::CHANNEL_COUNT.into(), read)?));
    }
    let count = usize::from(Transparent::CHANNEL_COUNT);
    let mut samples = interleaved(psd, count, read)?;
    samples.chunks_exact_mut(count).for_each(take_off_white);
    Ok(new_image::<Transparent>(header, samples))
}

/// Restores the colors of a pixel, which Photoshop blends with white. Its last sample is alpha.
fn take_off_white<S: Primitive + Into<u32> + TryFrom<u32>>(pixel: &mut [S]) {
    let Some((alpha, colors)) = pixel.split_last_mut() else { return };
    let (alpha, max): (u32, u32) = ((*alpha).into(), S::DEFAULT_MAX_VALUE.into());
    if alpha == 0 {
        return;
    }
    for level in colors {
        let from_white = ((max - (*level).into()) * max + alpha / 2) / alpha;
        *level = S::try_from(max.saturating_sub(from_white)).unwrap_or(S::DEFAULT_MIN_VALUE);
    }
}

/// Puts the first `count` channels together. `read` gets the bytes of a sample.
fn interleaved<S: Primitive>(
    psd: &Psd<'_>,
    count: usize,
    read: impl Fn(&[u8]) -> S,
) -> Result<Vec<S>, DecodeError> {
    let (width, height) = (psd.size.width as usize, psd.size.height as usize);
    let sample_len = usize::from(psd.depth / 8);
    let channels = channels(psd, count)?;
    let mut samples = vec![S::DEFAULT_MIN_VALUE; width * height * count];
    for (channel, rows) in channels.iter().enumerate() {
        let targets = samples[channel..].iter_mut().step_by(count);
        let stored = rows.iter().flat_map(|row| row.chunks_exact(sample_len));
        for (target, sample) in targets.zip(stored) {
            *target = read(sample);
        }
    }
    Ok(samples)
}

/// The rows of a channel.
type Rows = Vec<Vec<u8>>;

/// Decompresses the first `count` channels of the merged image.
fn channels(psd: &Psd<'_>, count: usize) -> Result<Vec<Rows>, DecodeError> {
    const TOO_FEW: &str = "there are too few pixels";

    if psd.channels < count {
        return Err(incomplete("it has too few channels"));
    }
    let height = psd.size.height as usize;
    let row_len = (psd.size.width as usize * usize::from(psd.depth)).div_ceil(8);
    let (compression, data) = psd.merged.split_first_chunk().ok_or(incomplete(TOO_FEW))?;
    let mut rows: Vec<Vec<u8>> = match u16::from_be_bytes(*compression) {
        0 => {
            let data = data.get(..row_len * height * psd.channels).ok_or(incomplete(TOO_FEW))?;
            data.chunks_exact(row_len).take(count * height).map(<[u8]>::to_vec).collect()
        }
        1 => {
            // The lengths of all rows are in front of them.
            let length_len = if psd.is_large { 4 } else { 2 };
            let table_len = psd.channels * height * length_len;
            let (lengths, mut rest) = data.split_at_checked(table_len).ok_or(incomplete(TOO_FEW))?;
            let length = |bytes: &[u8]| bytes.iter().fold(0, |all, byte| all << 8 | usize::from(*byte));
            let lengths: Vec<usize> = lengths.chunks_exact(length_len).map(length).collect();
            // Also of the channels that are not read.
            if lengths.iter().sum::<usize>() > rest.len() {
                return Err(incomplete(TOO_FEW));
            }
            let unpack = |length: usize| {
                let (packed, after) = rest.split_at_checked(length)?;
                rest = after;
                Some(packbits::unpack(packed, row_len)).filter(|row| row.len() == row_len)
            };
            let rows: Option<Vec<Vec<u8>>> = lengths.into_iter().take(count * height).map(unpack).collect();
            rows.ok_or(incomplete(TOO_FEW))?
        }
        other => return Err(unsupported(&format!("compression {other}"))),
    };
    Ok((0..count).map(|_| rows.drain(..height).collect()).collect())
}

fn new_image<P: Pixel>(header: &Header, samples: Vec<P::Subpixel>) -> Option<DynamicImage>
where
    DynamicImage: From<ImageBuffer<P, Vec<P::Subpixel>>>,
{
    ImageBuffer::<P, _>::from_raw(header.size.width, header.size.height, samples).map(DynamicImage::from)
}

fn incomplete(reason: &'static str) -> DecodeError {
    DecodeError::Incomplete { format: Format::Psd, reason }
}

fn unsupported(detail: &str) -> DecodeError {
    DecodeError::UnsupportedKind { format: Format::Psd, detail: detail.into() }
}

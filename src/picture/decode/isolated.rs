//! Decodes a picture in a process of its own, which may end in any way without ending the program.
//!
//! The process is the program itself, started with [`ARGUMENT`]: it reads a picture from its standard input, and writes
//! pixels to its standard output. Nothing else of the program runs in it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use image::{DynamicImage, ImageBuffer, Luma, LumaA, Rgb, Rgba};
use seededit_resize::Size;

use super::{DecodeError, guard};
use crate::codec::Pixels;
use crate::color::Stated;
use crate::color::cicp::Cicp;
use crate::format::{Format, Header};

/// The only argument of the process. Users have no reason to give it.
const ARGUMENT: &str = "decode-a-picture-in-isolation";

/// The program to start. Without one, pictures are decoded in this process.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Decodes in processes of this program from now on. Call it in the program whose arguments are passed to
/// [`serve_if_asked`].
pub fn isolate_decoders() {
    // On Linux, this name stays valid if the file is replaced by a newer version.
    let this = Path::new("/proc/self/exe");
    let program = if this.exists() { Ok(this.to_owned()) } else { env::current_exe() };
    if let Ok(program) = program {
        let _ = PROGRAM.set(program);
    }
}

/// Does the work of the process if the arguments ask for it. Returns its exit code.
pub fn serve_if_asked(args: &[OsString]) -> Option<u8> {
    match args {
        [_, argument] if argument == OsStr::new(ARGUMENT) => Some(u8::from(serve().is_err())),
        _ => None,
    }
}

fn serve() -> io::Result<()> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let Ok(header) = Header::read(&bytes) else { return Err(io::ErrorKind::InvalidData.into()) };
    limit_memory(header.size);
    #[cfg(debug_assertions)]
    super::injected::exhaust_memory_as_asked(&bytes);
    let time_limit = guard::time_limit(header.size);
    // The parent may no longer be there to end it.
    thread::spawn(move || {
        thread::sleep(time_limit + Duration::from_secs(1));
        std::process::exit(1);
    });
    let Some(reader) = header.format.codec().reader else { return Err(io::ErrorKind::Unsupported.into()) };
    let result = (reader.decode)(&bytes, &header);
    io::stdout().lock().write_all(&encoded(result))
}

/// Limits the address space of this process to what a picture of this size takes. Without more of it, an allocation ends
/// the process.
fn limit_memory(size: Size) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};

        /// For the program, and for what threads reserve and do not use.
        const BASE: u64 = 2 << 30;
        /// Four samples of 32 bits for the picture and for its alpha channel, and as much for copies of them.
        const PER_PIXEL: u64 = 64;

        let limit = Some(BASE + PER_PIXEL * size.pixels());
        // The system may have a lower limit, or none of this kind.
        let _ = setrlimit(Resource::As, Rlimit { current: limit, maximum: limit });
    }
    #[cfg(not(unix))]
    let _ = size;
}

/// Decodes a picture in a process, or here if there is no program.
pub(super) fn decode(bytes: &[u8], header: &Header) -> Result<Pixels, DecodeError> {
    let Some(program) = PROGRAM.get() else {
        let reader = header.format.codec().reader.ok_or(DecodeError::Unsupported(header.format))?;
        return (reader.decode)(bytes, header);
    };
    let answer = run(Command::new(program).arg(ARGUMENT), bytes)
        .map_err(|_| DecodeError::NotStarted(header.format))?;
    decoded(&answer, header).unwrap_or(Err(DecodeError::Panicked(header.format)))
}

/// Runs a command with input, and returns its output.
fn run(command: &mut Command, input: &[u8]) -> io::Result<Vec<u8>> {
    let mut child =
        command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A process that ended before it read everything has no answer, which is noticed below.
        let _ = stdin.write_all(input);
    }
    Ok(child.wait_with_output()?.stdout)
}

/// The kinds of answers.
const PIXELS: u8 = 0;
const INCOMPLETE: u8 = 1;
const DAMAGED: u8 = 2;
const UNSUPPORTED: u8 = 3;

/// An answer: its kind, and a text or pixels.
fn encoded(result: Result<Pixels, DecodeError>) -> Vec<u8> {
    let text = |kind: u8, text: &str| [&[kind], text.as_bytes()].concat();
    match result {
        Ok(Pixels { image, colors }) => {
            let icc = colors.icc.unwrap_or_default();
            let cicp = colors.cicp.unwrap_or_default();
            let mut answer = vec![PIXELS, image.color().channel_count(), image.color().bytes_per_pixel()];
            answer.extend(image.width().to_ne_bytes());
            answer.extend(image.height().to_ne_bytes());
            answer.extend(cicp.primaries.to_ne_bytes());
            answer.extend(cicp.transfer.to_ne_bytes());
            answer.extend(icc.len().to_ne_bytes());
            answer.extend(icc);
            answer.extend(image.as_bytes());
            answer
        }
        Err(DecodeError::Incomplete { reason, .. }) => text(INCOMPLETE, reason),
        Err(DecodeError::UnsupportedKind { detail, .. }) => text(UNSUPPORTED, &detail),
        Err(DecodeError::Damaged { detail, .. }) => text(DAMAGED, &detail),
        Err(error) => text(DAMAGED, &error.to_string()),
    }
}

/// Reads an answer. Returns `None` if it is cut off.
fn decoded(answer: &[u8], header: &Header) -> Option<Result<Pixels, DecodeError>> {
    let format: Format = header.format;
    let (kind, rest) = answer.split_first()?;
    let detail = || String::from_utf8_lossy(rest).into_owned();
    Some(match *kind {
        PIXELS => Ok(pixels(rest)?),
        UNSUPPORTED => Err(DecodeError::UnsupportedKind { format, detail: detail() }),
        INCOMPLETE | DAMAGED => Err(DecodeError::Damaged { format, detail: detail() }),
        _ => return None,
    })
}

fn pixels(answer: &[u8]) -> Option<Pixels> {
    let (&[channels, bytes_per_pixel], rest) = answer.split_first_chunk()?;
    let (width, rest) = rest.split_first_chunk()?;
    let (height, rest) = rest.split_first_chunk()?;
    let (primaries, rest) = rest.split_first_chunk()?;
    let (transfer, rest) = rest.split_first_chunk()?;
    let (icc_len, rest) = rest.split_first_chunk()?;
    let (icc, samples) = rest.split_at_checked(usize::from_ne_bytes(*icc_len))?;
    let (width, height) = (u32::from_ne_bytes(*width), u32::from_ne_bytes(*height));
    let deep = || samples.as_chunks().0.iter().map(|sample| u16::from_ne_bytes(*sample)).collect();
    let image: DynamicImage = match (channels, bytes_per_pixel) {
        (1, 1) => ImageBuffer::<Luma<u8>, _>::from_raw(width, height, samples.to_vec())?.into(),
        (2, 2) => ImageBuffer::<LumaA<u8>, _>::from_raw(width, height, samples.to_vec())?.into(),
        (3, 3) => ImageBuffer::<Rgb<u8>, _>::from_raw(width, height, samples.to_vec())?.into(),
        (4, 4) => ImageBuffer::<Rgba<u8>, _>::from_raw(width, height, samples.to_vec())?.into(),
        (3, 6) => ImageBuffer::<Rgb<u16>, _>::from_raw(width, height, deep())?.into(),
        (4, 8) => ImageBuffer::<Rgba<u16>, _>::from_raw(width, height, deep())?.into(),
        _ => return None,
    };
    let icc = (!icc.is_empty()).then(|| icc.to_vec());
    let cicp = Cicp { primaries: u16::from_ne_bytes(*primaries), transfer: u16::from_ne_bytes(*transfer) };
    let cicp = Some(cicp).filter(|cicp| *cicp != Cicp::default());
    Some(Pixels { image, colors: Stated { icc, cicp, ..Stated::default() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header::new(Format::Avif, Size { width: 2, height: 1 });

    #[test]
    fn an_answer_has_the_pixels_and_the_colors_and_is_refused_if_it_is_cut_off() {
        let rgb = DynamicImage::from(crate::fixtures::rgb());
        for image in [rgb.clone(), rgb.to_rgba8().into(), rgb.to_rgb16().into(), rgb.to_rgba16().into()] {
            let p3 = Cicp { primaries: 12, transfer: 13 };
            for (icc, cicp) in [(None, None), (Some(vec![1, 2, 3]), None), (None, Some(p3))] {
                let pixels = Pixels { image: image.clone(), colors: Stated::of_icc_or_cicp(icc, cicp) };
                let answer = encoded(Ok(pixels.clone()));
                assert_eq!(decoded(&answer, &HEADER).unwrap().unwrap(), pixels);
                for len in [0, 1, 5, 20, answer.len() - 1] {
                    assert!(decoded(&answer[..len], &HEADER).is_none(), "{len}");
                }
            }
        }
    }

    #[test]
    fn an_answer_has_the_reason_of_a_refusal() {
        let refusal = DecodeError::UnsupportedKind { format: Format::Avif, detail: "HDR".into() };
        let text = refusal.to_string();
        assert_eq!(decoded(&encoded(Err(refusal)), &HEADER).unwrap().unwrap_err().to_string(), text);
    }

    #[cfg(unix)]
    #[test]
    fn a_process_that_ends_without_an_answer_fails_its_picture() {
        let answer = run(Command::new("/bin/sh").args(["-c", "exit 134"]), &[0; 1 << 20]).unwrap();
        assert!(decoded(&answer, &HEADER).is_none());
    }
}

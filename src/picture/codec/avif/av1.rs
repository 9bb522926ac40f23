//! Decodes the first frame of an AV1 stream with `rav1d`, whose interface is that of a C library.

#![expect(unsafe_code, reason = "the decoder has no other interface")]

use std::mem::MaybeUninit;
use std::ptr::NonNull;

use rav1d::include::dav1d::data::Dav1dData;
use rav1d::include::dav1d::dav1d::{Dav1dContext, Dav1dSettings};
use rav1d::include::dav1d::headers::{
    DAV1D_PIXEL_LAYOUT_I400, DAV1D_PIXEL_LAYOUT_I420, DAV1D_PIXEL_LAYOUT_I422,
};
use rav1d::include::dav1d::picture::Dav1dPicture;
use rav1d::src::lib::{
    dav1d_close, dav1d_data_create, dav1d_data_unref, dav1d_default_settings, dav1d_get_picture, dav1d_open,
    dav1d_picture_unref, dav1d_send_data,
};

use super::yuv::{Frame, Plane};
use crate::format::Reason;

/// A decoder, closed when it is dropped.
struct Decoder(Option<Dav1dContext>);

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the context is from `dav1d_open`.
        unsafe { dav1d_close(Some(NonNull::from(&mut self.0))) };
    }
}

/// A decoded picture, released when it is dropped.
struct Picture(Dav1dPicture);

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: the picture is from `dav1d_get_picture`.
        unsafe { dav1d_picture_unref(Some(NonNull::from(&mut self.0))) };
    }
}

/// Decodes the first frame. Refuses a frame of more than `max_pixels`.
pub(super) fn decode(stream: &[u8], max_pixels: u32) -> Result<Frame, Reason> {
    const FAILED: Reason = "its AV1 data cannot be decoded";
    /// With a single frame at a time, 1.1.0 ends the process at the first error (rav1d issue 1497).
    const FRAMES_AT_A_TIME: i32 = 2;

    if stream.is_empty() {
        return Err("its AV1 data is missing");
    }
    let mut settings = MaybeUninit::<Dav1dSettings>::uninit();
    // SAFETY: the function initializes what the pointer points to.
    let mut settings = unsafe {
        dav1d_default_settings(NonNull::from(&mut settings).cast());
        settings.assume_init()
    };
    settings.max_frame_delay = FRAMES_AT_A_TIME;
    settings.n_threads = threads().max(FRAMES_AT_A_TIME);
    settings.all_layers = 0;
    settings.frame_size_limit = max_pixels;
    let mut decoder = Decoder(None);
    // SAFETY: both point to values that live as long as the call.
    let opened =
        unsafe { dav1d_open(Some(NonNull::from(&mut decoder.0)), Some(NonNull::from(&mut settings))) };
    if opened.0 != 0 {
        return Err(FAILED);
    }
    let mut data = Dav1dData::default();
    // SAFETY: the function allocates as many bytes as the stream has, and returns where they are, or null.
    unsafe {
        let target = dav1d_data_create(Some(NonNull::from(&mut data)), stream.len());
        let target = NonNull::new(target).ok_or("there is not enough memory")?;
        target.copy_from_nonoverlapping(NonNull::from(stream).cast(), stream.len());
    }
    // SAFETY: the context is open, and the data is initialized. What is not consumed is released.
    let sent = unsafe {
        let sent = dav1d_send_data(decoder.0, Some(NonNull::from(&mut data)));
        dav1d_data_unref(Some(NonNull::from(&mut data)));
        sent
    };
    if sent.0 != 0 {
        return Err(FAILED);
    }
    let mut picture = Dav1dPicture::default();
    // The second call waits for the frame, because there is no more data.
    for _ in 0..FRAMES_AT_A_TIME {
        // SAFETY: the context is open, and the picture can be written to.
        let result = unsafe { dav1d_get_picture(decoder.0, Some(NonNull::from(&mut picture))) };
        if result.0 == 0 {
            return copied(&Picture(picture)).ok_or(FAILED);
        }
    }
    Err(FAILED)
}

fn threads() -> i32 {
    /// More do not help with a single frame.
    const MAX: usize = 8;
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(MAX));
    i32::try_from(threads).unwrap_or(1)
}

/// Copies the samples of a picture.
fn copied(picture: &Picture) -> Option<Frame> {
    let Picture(picture) = picture;
    let (width, height) = (usize::try_from(picture.p.w).ok()?, usize::try_from(picture.p.h).ok()?);
    let (across, down) = match picture.p.layout {
        DAV1D_PIXEL_LAYOUT_I420 => (2, 2),
        DAV1D_PIXEL_LAYOUT_I422 => (2, 1),
        _ => (1, 1),
    };
    // SAFETY: a decoded picture has a sequence header.
    let sequence = unsafe { picture.seq_hdr?.as_ref() };
    let plane = |at: usize, width: usize, height: usize| {
        let stride = picture.stride[at.min(1)];
        let start = picture.data[at]?;
        let mut samples = Vec::with_capacity(width * height);
        for row in 0..height {
            let offset = stride.checked_mul(isize::try_from(row).ok()?)?;
            // SAFETY: the plane has this many rows, a stride apart, each with at least this many samples, of 8 bits or,
            // if the picture has more, of 16 bits in native order.
            unsafe {
                let row = start.cast::<u8>().offset(offset);
                if picture.p.bpc > 8 {
                    let row: NonNull<u16> = row.cast();
                    samples.extend_from_slice(std::slice::from_raw_parts(row.as_ptr(), width));
                } else {
                    let row = std::slice::from_raw_parts(row.as_ptr(), width);
                    samples.extend(row.iter().map(|sample| u16::from(*sample)));
                }
            }
        }
        Some(Plane { samples, width, height })
    };
    let chroma = if picture.p.layout == DAV1D_PIXEL_LAYOUT_I400 {
        None
    } else {
        let (width, height) = (width.div_ceil(across), height.div_ceil(down));
        Some([plane(1, width, height)?, plane(2, width, height)?])
    };
    Some(Frame {
        luma: plane(0, width, height)?,
        chroma,
        bits: u8::try_from(picture.p.bpc).ok()?,
        matrix: u16::try_from(sequence.mtrx).ok()?,
        is_full_range: sequence.color_range != 0,
        primaries: u16::try_from(sequence.pri).ok()?,
        transfer: u16::try_from(sequence.trc).ok()?,
    })
}

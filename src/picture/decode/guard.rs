//! Runs decoders, so that none of them can end, stop or exhaust the program, whatever a file contains.
//!
//! - A panic becomes an error of the picture. Its message is not printed.
//! - Each decoder runs on a thread of its own. If it takes longer than [`time_limit`], it is abandoned: a thread cannot
//!   be ended, so it continues until it is done or the program ends, but nothing waits for it. While [`MAX_ABANDONED`]
//!   decoders of a format are in that state, no other one is started.
//! - Pixels of another size than that of the header are refused.
//!
//! Memory is bounded before: a header of more than 100 megapixels is refused, and each codec limits its decoder to what
//! the pixels of the header take.

use std::any::Any;
use std::cell::Cell;
use std::ops::Deref;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Once};
use std::thread;
use std::time::Duration;

use seededit_resize::Size;

use super::DecodeError;
use crate::codec::CODECS;
use crate::format::Header;

/// The most abandoned decoders of a format that may still be running. Each keeps a processor busy, and the memory for its
/// picture.
const MAX_ABANDONED: usize = 4;

/// The number of abandoned decoders that are still running, for each format.
static ABANDONED: [AtomicUsize; CODECS.len()] = [const { AtomicUsize::new(0) }; CODECS.len()];

/// More than any decoder is known to need. A debug build needs several times what a release build does.
const STACK_BYTES: usize = 16 << 20;

/// Crates that decode on threads of their own, whose panics reach us as those of our thread.
const THREADED_CRATES: [&str; 1] = ["heifer"];

/// Runs a decoder on a copy of the bytes, which takes a fraction of the time that any decoder does: an abandoned one goes on.
///
/// Must not be called on a thread of rayon's pool: decoders use the pool, and could wait for this thread.
pub(super) fn run<T: Send + 'static>(
    bytes: &[u8],
    header: &Header,
    work: impl FnOnce(&[u8], &Header) -> Result<T, DecodeError> + Send + 'static,
) -> Result<T, DecodeError> {
    run_within(time_limit(header.size), bytes.to_vec(), header, abandoned(header), work, || {})
        .map(|(result, _)| result)
}

/// Runs a decoder without a copy of the bytes, and returns them. Does other work meanwhile.
pub(super) fn run_on<B: Deref<Target = [u8]> + Send + 'static>(
    bytes: B,
    header: &Header,
    work: fn(&[u8], &Header) -> Result<(), DecodeError>,
    meanwhile: impl FnOnce(),
) -> Result<B, DecodeError> {
    run_within(time_limit(header.size), bytes, header, abandoned(header), work, meanwhile)
        .map(|((), bytes)| bytes)
}

/// Runs the decoder of one of several pictures in the same way. It may decode those before it, too.
pub(crate) fn run_with<T: Send + 'static>(
    bytes: &[u8],
    header: &Header,
    index: u32,
    work: fn(&[u8], &Header, u32) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let limit = time_limit(header.size) + Duration::from_secs(index.into());
    let work = move |bytes: &[u8], header: &Header| work(bytes, header, index);
    run_within(limit, bytes.to_vec(), header, abandoned(header), work, || {}).map(|(result, _)| result)
}

/// The time that a picture may take: 30 seconds, and 2 more for each megapixel.
///
/// The slowest decoder takes about 0.1 seconds for a megapixel, so a busy computer with a slow processor does not reach
/// this.
pub(super) fn time_limit(size: Size) -> Duration {
    Duration::from_secs(30 + 2 * size.pixels() / 1_000_000)
}

/// The number of abandoned decoders of a format.
fn abandoned(header: &Header) -> &'static AtomicUsize {
    &ABANDONED[header.format as usize]
}

fn run_within<B: Deref<Target = [u8]> + Send + 'static, T: Send + 'static>(
    limit: Duration,
    bytes: B,
    header: &Header,
    abandoned: &'static AtomicUsize,
    work: impl FnOnce(&[u8], &Header) -> Result<T, DecodeError> + Send + 'static,
    meanwhile: impl FnOnce(),
) -> Result<(T, B), DecodeError> {
    debug_assert!(rayon::current_thread_index().is_none(), "a decoder is run in rayon's pool");
    let format = header.format;
    if abandoned.load(Ordering::Relaxed) >= MAX_ABANDONED {
        return Err(DecodeError::Busy { format, count: MAX_ABANDONED });
    }
    let (sender, receiver) = sync_channel(1);
    let header = *header;
    // Set by the first of two: the decoder that is done, and this thread, which abandons it.
    let is_over = Arc::new(AtomicBool::new(false));
    let is_done = Arc::clone(&is_over);
    let decode = move || {
        let result = catch(|| {
            #[cfg(debug_assertions)]
            super::injected::fail_as_asked(&bytes);
            work(&bytes, &header)
        });
        // Nothing receives it if the decoder was abandoned.
        let _ = sender.send(result.map(|result| result.map(|decoded| (decoded, bytes))));
        if is_done.swap(true, Ordering::Relaxed) {
            abandoned.fetch_sub(1, Ordering::Relaxed);
        }
    };
    thread::Builder::new()
        .name("decoder".into())
        .stack_size(STACK_BYTES)
        .spawn(decode)
        .map_err(|_| DecodeError::NotStarted(format))?;
    meanwhile();
    match receiver.recv_timeout(limit) {
        Ok(Ok(result)) => result,
        Ok(Err(Panicked)) | Err(RecvTimeoutError::Disconnected) => Err(DecodeError::Panicked(format)),
        Err(RecvTimeoutError::Timeout) => {
            abandoned.fetch_add(1, Ordering::Relaxed);
            if is_over.swap(true, Ordering::Relaxed) {
                abandoned.fetch_sub(1, Ordering::Relaxed);
            }
            Err(DecodeError::TooSlow { format, seconds: limit.as_secs() })
        }
    }
}

/// Foreign code panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panicked;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Catches a panic, and prints nothing about it.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    // What the work leaves half done is dropped with it.
    panic::catch_unwind(AssertUnwindSafe(|| quietly(work))).map_err(forgotten)
}

/// Does work whose panic is caught further up, on a thread that continues it.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> T {
    /// Restores the state, also after a panic.
    struct Restore(bool);

    impl Drop for Restore {
        fn drop(&mut self) {
            IS_QUIET.set(self.0);
        }
    }

    install_hook();
    let _restore = Restore(IS_QUIET.replace(true));
    work()
}

/// Forgets the payload of a panic, because its destructor may panic in turn.
fn forgotten(payload: Box<dyn Any + Send>) -> Panicked {
    std::mem::forget(payload);
    Panicked
}

/// Replaces the panic hook by one that is silent about decoders, and otherwise does what the former one did.
fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let former = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let is_in_threaded_crate =
                info.location().is_some_and(|at| THREADED_CRATES.iter().any(|name| at.file().contains(name)));
            if !IS_QUIET.get() && !is_in_threaded_crate {
                former(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use std::time::Instant;

    const HEADER: Header = Header::new(Format::Tiff, Size { width: 3, height: 2 });

    #[test]
    fn a_panic_is_an_error_of_the_picture() {
        let error = run::<()>(b"", &HEADER, |_, _| panic!("no")).unwrap_err();
        assert_eq!(error.to_string(), "the TIFF picture is of a kind that cannot be decoded");
    }

    #[test]
    fn a_decoder_that_does_not_end_is_abandoned_and_only_a_few_are() {
        static ABANDONED: AtomicUsize = AtomicUsize::new(0);

        let (end, is_ended) = std::sync::mpsc::channel::<()>();
        let is_ended = Arc::new(std::sync::Mutex::new(is_ended));
        let run = |limit| {
            let is_ended = Arc::clone(&is_ended);
            let wait = move |_: &[u8], _: &Header| {
                let _ = is_ended.lock().map(|ended| ended.recv());
                Ok(())
            };
            run_within(Duration::from_millis(limit), Vec::new(), &HEADER, &ABANDONED, wait, || {})
        };
        for _ in 0..MAX_ABANDONED {
            assert!(matches!(run(20), Err(DecodeError::TooSlow { format: Format::Tiff, .. })));
        }
        let error = run(20).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the TIFF picture cannot be decoded now: 4 others that take too long are still being decoded"
        );
        drop(end);
        let start = Instant::now();
        while ABANDONED.load(Ordering::Relaxed) > 0 {
            assert!(start.elapsed() < Duration::from_secs(60));
            thread::yield_now();
        }
        assert!(run(60_000).is_ok());
    }

    #[test]
    fn the_time_limit_grows_with_the_picture() {
        assert_eq!(time_limit(HEADER.size).as_secs(), 30);
        assert_eq!(time_limit(Size { width: 10_000, height: 10_000 }).as_secs(), 230);
    }

    #[test]
    fn the_bytes_and_the_header_reach_the_decoder() {
        let found = run(b"abc", &HEADER, |bytes, header| Ok((bytes.to_vec(), header.size)));
        assert_eq!(found.unwrap(), (b"abc".to_vec(), HEADER.size));
    }

    #[test]
    fn a_thread_is_quiet_only_during_its_work() {
        assert_eq!(catch(|| IS_QUIET.get()), Ok(true));
        assert_eq!(catch::<()>(|| panic!("no")), Err(Panicked));
        assert!(!IS_QUIET.get());
    }
}

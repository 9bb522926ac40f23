//! The body of an answer: complete, slow, cut or endless.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use thiserror::Error;
use tokio::time::{Sleep, sleep};

/// The pause before a body cuts its connection. The bytes before the cut must have left the process by then,
/// or the cut would come too early.
const PAUSE_BEFORE_CUT: Duration = Duration::from_millis(20);

/// An endless body repeats this, at about 64 MB per second: fast enough to expose a reader without a limit,
/// slow enough to keep the machine usable.
const FILLER: &[u8] = &[b' '; 64 * 1024];
const FILLER_PAUSE: Duration = Duration::from_millis(1);

/// The error that ends a body that is cut.
#[derive(Debug, Error)]
#[error("the answer was cut by an injected fault")]
pub(super) struct Cut;

/// The body of every answer.
#[derive(Debug)]
pub(super) struct FaultyBody {
    remaining: Bytes,
    throttle: Option<Throttle>,
    ending: Ending,
    pause: Option<Pin<Box<Sleep>>>,
}

/// What follows the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Complete,
    CutAfterPause,
    CutNow,
    Never,
}

/// A number of bytes at a time, with a pause after each.
#[derive(Debug, Clone, Copy)]
struct Throttle {
    bytes: usize,
    pause: Duration,
}

impl FaultyBody {
    /// All of `body` at once.
    pub(super) fn whole(body: impl Into<Bytes>) -> FaultyBody {
        FaultyBody { remaining: body.into(), throttle: None, ending: Ending::Complete, pause: None }
    }

    /// The first `length` bytes of `body`, then an abrupt close.
    pub(super) fn cut(body: &Bytes, length: usize) -> FaultyBody {
        let remaining = body.slice(..length.min(body.len()));
        FaultyBody { remaining, throttle: None, ending: Ending::CutAfterPause, pause: None }
    }

    /// `body`, then spaces until the client stops reading.
    pub(super) fn endless(body: Bytes) -> FaultyBody {
        FaultyBody { remaining: body, throttle: None, ending: Ending::Never, pause: None }
    }

    /// `body`, at most `bytes` at a time.
    pub(super) fn slow(body: Bytes, bytes: usize, pause: Duration) -> FaultyBody {
        FaultyBody {
            remaining: body,
            throttle: Some(Throttle { bytes, pause }),
            ending: Ending::Complete,
            pause: None,
        }
    }
}

impl Body for FaultyBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            if !self.remaining.is_empty() {
                let length =
                    self.throttle.map_or(usize::MAX, |throttle| throttle.bytes).min(self.remaining.len());
                let next = self.remaining.split_to(length);
                self.pause = self.throttle.map(|throttle| Box::pin(sleep(throttle.pause)));
                return Poll::Ready(Some(Ok(Frame::data(next))));
            }
            match self.ending {
                Ending::Complete => return Poll::Ready(None),
                Ending::CutAfterPause => {
                    self.ending = Ending::CutNow;
                    self.pause = Some(Box::pin(sleep(PAUSE_BEFORE_CUT)));
                }
                Ending::CutNow => return Poll::Ready(Some(Err(Cut))),
                Ending::Never => {
                    self.pause = Some(Box::pin(sleep(FILLER_PAUSE)));
                    return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(FILLER)))));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.remaining.is_empty() && self.ending == Ending::Complete
    }

    fn size_hint(&self) -> SizeHint {
        match self.ending {
            Ending::Complete => SizeHint::with_exact(self.remaining.len() as u64),
            Ending::CutAfterPause | Ending::CutNow | Ending::Never => SizeHint::new(),
        }
    }
}

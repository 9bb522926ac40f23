//! The body of an answer: whole and at once, or slow, cut or endless.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use thiserror::Error;
use tokio::time::{Sleep, sleep};

/// How long a body rests before it cuts its connection: what was said before must have left the
/// process by then, or the cut would come earlier than asked for.
const REST_BEFORE_CUT: Duration = Duration::from_millis(20);

/// What an endless body repeats, and how often: about 64 MB a second, so that whoever reads it
/// without a limit notices soon, and the machine stays usable.
const FILLER: &[u8] = &[b' '; 64 * 1024];
const FILLER_PAUSE: Duration = Duration::from_millis(1);

/// A body that was asked to break off.
#[derive(Debug, Error)]
#[error("the answer was cut as asked for")]
pub(super) struct Cut;

/// The body of every answer.
#[derive(Debug)]
pub(super) struct FaultyBody {
    rest: Bytes,
    pace: Option<Pace>,
    end: End,
    pause: Option<Pin<Box<Sleep>>>,
}

/// What comes after the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Proper,
    CutAfterRest,
    CutNow,
    Never,
}

/// So many bytes at a time, with a pause after each.
#[derive(Debug, Clone, Copy)]
struct Pace {
    bytes: usize,
    pause: Duration,
}

impl FaultyBody {
    /// All of `body`, at once.
    pub(super) fn whole(body: impl Into<Bytes>) -> FaultyBody {
        FaultyBody { rest: body.into(), pace: None, end: End::Proper, pause: None }
    }

    /// The first `length` bytes of `body`, then an abrupt close.
    pub(super) fn cut(body: &Bytes, length: usize) -> FaultyBody {
        let rest = body.slice(..length.min(body.len()));
        FaultyBody { rest, pace: None, end: End::CutAfterRest, pause: None }
    }

    /// `body`, and then blanks for as long as somebody reads.
    pub(super) fn endless(body: Bytes) -> FaultyBody {
        FaultyBody { rest: body, pace: None, end: End::Never, pause: None }
    }

    /// `body`, `bytes` at a time.
    pub(super) fn slow(body: Bytes, bytes: usize, pause: Duration) -> FaultyBody {
        FaultyBody { rest: body, pace: Some(Pace { bytes, pause }), end: End::Proper, pause: None }
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
            if !self.rest.is_empty() {
                let length = self.pace.map_or(usize::MAX, |pace| pace.bytes).min(self.rest.len());
                let next = self.rest.split_to(length);
                self.pause = self.pace.map(|pace| Box::pin(sleep(pace.pause)));
                return Poll::Ready(Some(Ok(Frame::data(next))));
            }
            match self.end {
                End::Proper => return Poll::Ready(None),
                End::CutAfterRest => {
                    self.end = End::CutNow;
                    self.pause = Some(Box::pin(sleep(REST_BEFORE_CUT)));
                }
                End::CutNow => return Poll::Ready(Some(Err(Cut))),
                End::Never => {
                    self.pause = Some(Box::pin(sleep(FILLER_PAUSE)));
                    return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(FILLER)))));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.end == End::Proper
    }

    fn size_hint(&self) -> SizeHint {
        match self.end {
            End::Proper => SizeHint::with_exact(self.rest.len() as u64),
            End::CutAfterRest | End::CutNow | End::Never => SizeHint::new(),
        }
    }
}

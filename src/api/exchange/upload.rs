//! The body of a request on its way.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::super::request::Body;

/// How long an announced body waits for the server. Servers that do not know announcements say nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// The bytes of a frame. They are not copied.
const FRAME: usize = 64 << 10;

/// Sends the chunks of a [`Body`], without copying them.
pub(super) struct Upload {
    chunks: VecDeque<Bytes>,
    rest: u64,
    /// Ends when the server agrees to receive the body, or after [`PATIENCE`].
    wait: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Upload {
    /// Sends `body` after `agreed`, if there is one.
    pub(super) fn new(body: &Body, agreed: Option<Arc<Notify>>) -> Upload {
        let wait = agreed.map(|agreed| -> Pin<Box<dyn Future<Output = ()> + Send>> {
            Box::pin(async move {
                let _ = timeout(PATIENCE, agreed.notified()).await;
            })
        });
        Upload { chunks: body.chunks().cloned().collect(), rest: body.len(), wait }
    }
}

impl hyper::body::Body for Upload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(cx));
            self.wait = None;
        }
        while let Some(chunk) = self.chunks.front_mut() {
            if chunk.is_empty() {
                self.chunks.pop_front();
                continue;
            }
            let frame = chunk.split_to(chunk.len().min(FRAME));
            self.rest -= frame.len() as u64;
            return Poll::Ready(Some(Ok(Frame::data(frame))));
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.rest == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest)
    }
}

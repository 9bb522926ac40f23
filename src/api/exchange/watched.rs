//! A stream that counts what leaves, and reads on after it cannot be written to.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::super::request::TransferProgress;

/// How long to wait for an answer after the other side stopped reading.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server that refuses a request early answers and closes the connection, so that the rest of the request cannot be
/// written. Its answer may have arrived all the same. After a failed write, everything that follows is discarded, as if
/// it had been written, until the answer or the end is read.
pub(super) struct Watched<S> {
    stream: S,
    written: TransferProgress,
    broken: Option<Broken>,
}

struct Broken {
    error: io::ErrorKind,
    patience: Pin<Box<Sleep>>,
}

impl<S> Watched<S> {
    /// Counts in `written` what the stream takes.
    pub(super) fn new(stream: S, written: TransferProgress) -> Watched<S> {
        Watched { stream, written, broken: None }
    }

    /// Counts a write of at most `len` bytes, or notes that nothing can be written any more.
    fn wrote(&mut self, written: Poll<io::Result<usize>>, len: usize) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(count)) => {
                self.written.add(count as u64);
                Poll::Ready(Ok(count))
            }
            Poll::Ready(Err(error)) => {
                self.broken = Some(Broken { error: error.kind(), patience: Box::pin(sleep(PATIENCE)) });
                Poll::Ready(Ok(len))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        match &mut self.broken {
            Some(broken) if read.is_pending() => {
                broken.patience.as_mut().poll(cx).map(|()| Err(broken.error.into()))
            }
            _ => read,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.broken.is_some() {
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(written, bytes.len())
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let len = slices.iter().map(|slice| slice.len()).sum();
        if self.broken.is_some() {
            return Poll::Ready(Ok(len));
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.wrote(written, len)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.broken.is_some() {
            return Poll::Ready(Ok(()));
        }
        match Pin::new(&mut self.stream).poll_flush(cx) {
            // Nothing is written by a flush that was not counted before.
            Poll::Ready(Err(error)) => self.wrote(Poll::Ready(Err(error)), 0).map_ok(|_| ()),
            flushed => flushed,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

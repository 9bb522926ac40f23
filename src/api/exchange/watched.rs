//! A stream that counts what leaves, can be kept from sending more, and reads on after it cannot be written to.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::super::request::TransferProgress;

/// How long to wait for an answer after the other side stopped reading.
const PATIENCE: Duration = if cfg!(test) { Duration::from_millis(20) } else { Duration::from_secs(5) };

/// A server that refuses a request early answers and closes the connection, so that the rest of the request cannot be
/// written. Its answer may have arrived all the same. After a failed write, everything that follows is discarded, as if
/// it had been written, until the answer or the end is read.
pub(super) struct Watched<S> {
    stream: S,
    written: TransferProgress,
    gate: Gate,
    broken: Option<Broken>,
}

/// Keeps a stream from sending anything more, while it can still be read. Clones share their state.
#[derive(Clone, Default)]
pub(super) struct Gate(Arc<AtomicBool>);

impl Gate {
    pub(super) fn close(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn is_closed(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

struct Broken {
    error: io::ErrorKind,
    patience: Pin<Box<Sleep>>,
}

impl<S> Watched<S> {
    /// Counts in `written` what the stream takes, which is nothing once the gate is closed.
    pub(super) fn new(stream: S, written: TransferProgress, gate: Gate) -> Watched<S> {
        Watched { stream, written, gate, broken: None }
    }

    /// Counts a write of at most `len` bytes, or notes that nothing can be written any more.
    fn wrote(
        &mut self,
        written: Poll<io::Result<usize>>,
        len: usize,
        cx: &Context<'_>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(count)) => {
                self.written.add(count as u64);
                Poll::Ready(Ok(count))
            }
            Poll::Ready(Err(error)) => {
                self.broken = Some(Broken { error: error.kind(), patience: Box::pin(sleep(PATIENCE)) });
                // A task that already waits for the answer must be polled again, so that the time limit starts.
                cx.waker().wake_by_ref();
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
        // Nobody has to be woken: the gate never opens again.
        if self.gate.is_closed() {
            return Poll::Pending;
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(written, bytes.len(), cx)
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
        if self.gate.is_closed() {
            return Poll::Pending;
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.wrote(written, len, cx)
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
            Poll::Ready(Err(error)) => self.wrote(Poll::Ready(Err(error)), 0, cx).map_ok(|_| ()),
            flushed => flushed,
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::timeout;

    use super::*;

    /// Cannot be written to, and never has anything to read.
    struct Stuck;

    impl AsyncRead for Stuck {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl AsyncWrite for Stuck {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::StorageFull.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[test]
    fn a_failed_write_ends_a_read_that_waits_already() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let progress = TransferProgress::default();
        let mut stream = Watched::new(Stuck, progress.clone(), Gate::default());
        let mut has_written = false;
        let read = poll_fn(|cx| {
            let (mut bytes, mut has_failed) = ([0; 8], None);
            if let Poll::Ready(Err(error)) =
                Pin::new(&mut stream).poll_read(cx, &mut ReadBuf::new(&mut bytes))
            {
                has_failed = Some(error.kind());
            }
            if !has_written {
                has_written = true;
                assert!(matches!(Pin::new(&mut stream).poll_write(cx, b"abc"), Poll::Ready(Ok(3))));
            }
            has_failed.map_or(Poll::Pending, Poll::Ready)
        });
        let ended = runtime.block_on(async { timeout(Duration::from_secs(20), read).await });
        assert_eq!(ended.unwrap(), io::ErrorKind::StorageFull);
        assert_eq!(progress.done(), 0);
    }
}

//! Accepts connections, serves them, and closes them, some with a TCP reset.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::call::Origin;
use super::route;
use super::service::Service;

/// The pause after a failed accept. Usually the process is out of file descriptors, and an immediate retry
/// would only use up CPU time.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(50);

/// The header that tells a client that this is a sandbox, in every answer.
const MARK: &str = "x-seededit-sandbox";

/// Accepts connections for as long as it is polled.
pub(super) async fn accept(listener: TcpListener, origin: Origin, service: Arc<Service>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                service.ledger().connections += 1;
                tokio::spawn(serve_client(stream, origin, Arc::clone(&service)));
            }
            Err(_) => tokio::time::sleep(ACCEPT_RETRY_DELAY).await,
        }
    }
}

async fn serve_client(stream: TcpStream, origin: Origin, service: Arc<Service>) {
    // Small answers must not wait for acknowledgements. Without the option they are only slower.
    stream.set_nodelay(true).ok();
    let reset = Arc::new(AtomicBool::new(false));
    let wire = ResettableStream { stream, reset: Arc::clone(&reset) };
    let handler = service_fn(move |request| {
        let (service, reset) = (Arc::clone(&service), Arc::clone(&reset));
        async move {
            let is_marked = service.options.is_marked;
            let mut outcome = route::answer(service, origin, request).await;
            if let (Ok(response), true) = (&mut outcome, is_marked) {
                response.headers_mut().insert(MARK, HeaderValue::from_static("1"));
            }
            reset.store(outcome.is_err(), Ordering::Relaxed);
            outcome
        }
    });
    // An error means that the client left, or that a fault broke the connection.
    http1::Builder::new().serve_connection(TokioIo::new(wire), handler).await.ok();
}

/// A connection that can end with a TCP reset.
struct ResettableStream {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for ResettableStream {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // Without linger, closing the socket sends RST instead of FIN.
            self.stream.set_zero_linger().ok();
        }
    }
}

impl AsyncRead for ResettableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for ResettableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

//! An offline stand-in for the service.
//!
//! It speaks the documented protocol over HTTP on loopback. It refuses what the service refuses, draws a
//! labeled placeholder for each edit, keeps a ledger of what it would have charged, and injects faults on
//! request. It never connects to anything. It shares no wire types with the client, so that a misspelled
//! field fails instead of being accepted by both sides.
//!
//! - `serve` accepts connections, `route` selects the handler, `service` is the shared state.
//! - `models` are the tables of what each model accepts and answers, in terms of `field`, `input` and `size`.
//! - `generate` executes a generation: `endpoint` finds its `host` and dialect, `dialect_json` or
//!   `dialect_multipart` parses it, `paint` draws the picture, `answer` replies.
//! - `queue` keeps the requests of a host that is polled.
//! - `account` serves the balance and the usage log, `catalog` the models. `downloads` serves the results, on a port
//!   of its own and thus from another origin than the API.
//! - `faults` and `fault_table` define the faults, `fault_injector` decides which requests they affect.

mod account;
mod answer;
mod bird;
mod call;
mod canvas;
mod catalog;
mod credits;
mod dialect_ark;
mod dialect_json;
mod dialect_multipart;
mod dialect_queue;
mod downloads;
mod endpoint;
mod fault_injector;
mod fault_table;
mod faults;
mod faulty_body;
mod field;
mod generate;
mod host;
mod ids;
mod input;
mod label;
mod ledger;
mod links;
mod mask;
mod models;
mod multipart;
mod options;
mod paint;
mod problem;
mod prompt;
mod query;
mod queue;
mod range;
mod rate_limit;
mod refusal;
mod request;
mod route;
mod scale;
mod serve;
mod service;
mod size;
mod sticker;
mod store;
mod text;
mod tint;
mod visible;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

pub use credits::Credits;
pub use fault_table::FAULT_TABLE;
pub use faults::{Fault, FaultError, When};
pub use options::{Options, RetryAfter};

use call::Origin;
use service::Service;

/// A running sandbox. It stops when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    api: SocketAddr,
    pictures: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox on a thread of its own. It accepts connections when this returns.
    ///
    /// # Errors
    /// When the address is not loopback, or cannot be bound.
    pub fn start(options: Options) -> io::Result<Sandbox> {
        ensure_loopback(options.listen)?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(thread::available_parallelism().map_or(1, usize::from))
            .build()?;
        let guard = runtime.enter();
        let (api_listener, api) = listen(options.listen)?;
        let (pictures_listener, pictures) = listen(SocketAddr::new(api.ip(), 0))?;
        drop(guard);

        let service = Service::new(options, url_of(pictures)).map_err(io::Error::other)?;
        let service = Arc::new(service);
        let (stop, stopped) = oneshot::channel();
        let serve = move |runtime: Runtime| {
            runtime.spawn(serve::accept(api_listener, Origin::Api, Arc::clone(&service)));
            runtime.spawn(serve::accept(pictures_listener, Origin::Pictures, service));
            // The sender never sends: dropping it ends the wait.
            runtime.block_on(stopped).ok();
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new().name("sandbox".to_owned()).spawn(move || serve(runtime))?;
        Ok(Sandbox { api, pictures, stop: Some(stop), thread: Some(thread) })
    }

    /// The base URL of the API, without a trailing slash: `http://127.0.0.1:41234`.
    pub fn url(&self) -> String {
        url_of(self.api)
    }

    /// The base URL of the links to results.
    pub fn pictures_url(&self) -> String {
        url_of(self.pictures)
    }

    /// Closes every connection and both ports.
    pub fn stop(self) {}
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in that thread has been printed already.
            thread.join().ok();
        }
    }
}

fn ensure_loopback(address: SocketAddr) -> io::Result<()> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let message = format!("the sandbox listens on loopback only, and {} is not", address.ip());
    Err(io::Error::new(io::ErrorKind::InvalidInput, message))
}

fn listen(address: SocketAddr) -> io::Result<(tokio::net::TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let bound = listener.local_addr()?;
    Ok((tokio::net::TcpListener::from_std(listener)?, bound))
}

fn url_of(address: SocketAddr) -> String {
    format!("http://{address}")
}

#[cfg(test)]
mod tests;

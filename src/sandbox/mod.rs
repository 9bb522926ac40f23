//! The offline stand-in for the service.
//!
//! It speaks the documented protocol over HTTP on loopback: it refuses what the service refuses,
//! answers with pictures that say on their face that no model made them, keeps a ledger of what
//! it would have charged, and misbehaves when told to. It never goes out to the network, and it
//! shares no wire types with the client, so that a misspelt field fails instead of being agreed
//! upon by both sides.
//!
//! - `serve` accepts connections, `route` finds the handler of a `call`, `service` is the shared state.
//! - `generate` carries a generation out: `generations` reads the request, `paint` makes the
//!   picture, `answers` answers.
//! - `account` is the balance, the usage log and the models; `downloads` is the object store that
//!   results are fetched from, on a port of its own: another origin than the API's.
//! - `faults` and `kinds` are the misbehaviour that can be asked for, `mischief` decides when.

mod account;
mod answer;
mod bird;
mod call;
mod canvas;
mod credits;
mod downloads;
mod fault_injector;
mod fault_table;
pub(crate) mod faults;
mod faulty_body;
mod font;
mod generate;
mod ids;
mod ledger;
mod links;
mod paint;
mod problem;
mod range;
mod rate_limit;
mod refusal;
mod request;
mod route;
mod scale;
mod serve;
mod service;
mod store;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use secrecy::SecretString;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

pub use credits::Credits;
pub use fault_table::FAULT_TABLE;
pub use faults::Fault;

use call::Origin;
use service::Service;

/// The one model that is served.
pub const MODEL: &str = "bytedance/seededit-3.0-i2i";

/// How a sandbox behaves. The default is a service that behaves well.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the API listens; loopback only, port 0 (the default) takes a free one. Pictures are
    /// always served from a free port of the same address.
    pub listen: SocketAddr,
    /// What goes wrong; the first that is due strikes.
    pub faults: Vec<Fault>,
    /// Makes the faults that strike a share of requests strike the same ones again.
    pub fault_seed: u64,
    /// How long a generation takes before the picture is made; 0 by default.
    pub latency: Duration,
    /// How long a link to a result works, in whole seconds; 24 h by default, as at the service.
    pub link_ttl: Duration,
    /// How long after a call the usage log lists it; 0 by default.
    pub log_lag: Duration,
    /// The `Retry-After` of a 429 or a 503 that was asked for as a fault; none by default.
    pub retry_after: Option<RetryAfter>,
    /// The price of a generation; 63,000 credits (0.0315 USD) by default.
    pub price: Credits,
    /// What there is to spend; 1,000 USD by default.
    pub balance: Credits,
    /// The only key that is accepted; by default any that is not empty.
    pub key: Option<SecretString>,
    /// Whether every answer says that it comes from a sandbox; true by default. A test of what a client does
    /// with a real service clears it.
    pub is_marked: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            faults: Vec::new(),
            fault_seed: 0,
            latency: Duration::ZERO,
            link_ttl: Duration::from_secs(24 * 60 * 60),
            log_lag: Duration::ZERO,
            retry_after: None,
            price: Credits(63_000),
            balance: Credits(2_000_000_000),
            key: None,
            is_marked: true,
        }
    }
}

/// The two forms of `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// A number of seconds, rounded up.
    Seconds(Duration),
    /// An HTTP date, this long after the answer.
    Date(Duration),
}

/// A running sandbox; it stops when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    api: SocketAddr,
    pictures: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox on a thread of its own; when this returns it accepts connections.
    ///
    /// Fails when the address is not a loopback one, or cannot be bound.
    pub fn start(options: Options) -> io::Result<Sandbox> {
        ensure_loopback(options.listen)?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(thread::available_parallelism().map_or(1, usize::from))
            .build()?;
        let inside = runtime.enter();
        let (api_listener, api) = listen(options.listen)?;
        let (pictures_listener, pictures) = listen(SocketAddr::new(api.ip(), 0))?;
        drop(inside);

        let service = Service::new(options, pictures).map_err(io::Error::other)?;
        let service = Arc::new(service);
        let (stop, stopped) = oneshot::channel();
        let serve = move |runtime: Runtime| {
            runtime.spawn(serve::accept(api_listener, Origin::Api, Arc::clone(&service)));
            runtime.spawn(serve::accept(pictures_listener, Origin::Pictures, service));
            // Stopped by a message or by the sender's end, it is the same.
            runtime.block_on(stopped).ok();
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new().name("sandbox".to_owned()).spawn(move || serve(runtime))?;
        Ok(Sandbox { api, pictures, stop: Some(stop), thread: Some(thread) })
    }

    /// The base URL of the API, without a slash at the end: `http://127.0.0.1:41234`.
    pub fn url(&self) -> String {
        url_of(self.api)
    }

    /// The base URL of the links to results: another origin than the API's.
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
            // A panic over there was reported there; here it is only the end of the thread.
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

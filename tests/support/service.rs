//! A sandbox server inside the test, and its ledger.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use seededit::testing::sandbox::{Options, Sandbox};
use serde_json::Value;

use super::KEY;

/// The longest time until an address is free again.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A service that accepts only the key of the tests. It does not identify itself as a sandbox, so the program treats
/// it as the real service.
pub(crate) struct Service(Sandbox);

impl Service {
    /// A service without faults.
    pub(crate) fn new() -> Service {
        Service::with_faults(&[])
    }

    /// A service with these faults, in the syntax of `--fault`.
    pub(crate) fn with_faults(faults: &[&str]) -> Service {
        Service::with_options(|options| {
            options.faults = faults.iter().map(|fault| fault.parse().unwrap()).collect()
        })
    }

    /// A service with changed options.
    pub(crate) fn with_options(set: impl FnOnce(&mut Options)) -> Service {
        let key = Some(SecretString::from(KEY));
        let mut options = Options { key, is_marked: false, ..Options::default() };
        set(&mut options);
        Service(when_port_is_free(|| Sandbox::start(options.clone())))
    }

    /// Stops the service. Nobody listens at its address while the returned socket lives.
    pub(crate) fn stop(self) -> tokio::net::TcpSocket {
        let address: SocketAddr = self.url().strip_prefix("http://").unwrap().parse().unwrap();
        drop(self);
        when_port_is_free(|| {
            let socket = tokio::net::TcpSocket::new_v4()?;
            // The connections that the service closed are not a reason to refuse its port.
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            Ok(socket)
        })
    }

    /// The base URL.
    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// The requests and charges so far.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger(serde_json::from_str(&get(&self.url(), "/ledger")).unwrap())
    }
}

/// Binds a port as soon as it is free: another test may have got it in the meantime.
fn when_port_is_free<T>(bind: impl Fn() -> io::Result<T>) -> T {
    let started = Instant::now();
    loop {
        match bind() {
            Err(error) if error.kind() == ErrorKind::AddrInUse && started.elapsed() < TIMEOUT => {
                thread::sleep(Duration::from_millis(20));
            }
            bound => return bound.unwrap(),
        }
    }
}

/// Returns the body of a GET request to a server on this machine.
fn get(base: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// The counters of the sandbox.
#[derive(Debug)]
pub(crate) struct Ledger(pub(crate) Value);

impl Ledger {
    /// The number of generation requests.
    pub(crate) fn posts(&self) -> u64 {
        self.0["posts"].as_u64().unwrap()
    }

    /// The number of charged generations.
    pub(crate) fn charged(&self) -> u64 {
        self.0["charged"].as_u64().unwrap()
    }

    /// The number of downloads of results.
    pub(crate) fn downloads(&self) -> u64 {
        self.0["downloads"].as_u64().unwrap()
    }

    /// The client request ids of all generation requests.
    pub(crate) fn request_ids(&self) -> Vec<String> {
        let ids = self.0["client_request_ids"].as_array().unwrap();
        ids.iter().map(|id| id.as_str().expect("an id that the service accepts").to_owned()).collect()
    }

    /// What was charged.
    pub(crate) fn charge(&self, number: usize) -> &Value {
        &self.0["charges"][number]
    }

    /// Panics unless there were this many generation requests, each with an id of its own, and this many charges.
    pub(crate) fn ensure_counts(&self, posts: u64, charged: u64) {
        assert_eq!((self.posts(), self.charged()), (posts, charged), "posts and charges: {self:?}");
        let mut ids = self.request_ids();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len() as u64, posts, "ids: {self:?}");
    }
}

//! Servers on this machine: whether one is a sandbox, or has stopped.

use std::time::Duration;

use reqwest::header::HeaderMap;

use super::endpoint::BaseUrl;
use super::http::Transport;

/// The header with which a sandbox marks each of its answers.
///
/// The sandbox states the name itself, because it shares nothing with its client.
const SANDBOX_HEADER: &str = "x-seededit-sandbox";

/// How long a server may take to answer the probe. A sandbox answers within milliseconds.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// What is known about the server at a base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalServer {
    /// A sandbox on this machine.
    Sandbox,
    /// Nothing on this machine accepts connections there.
    Stopped,
    /// Any other server. Servers on other machines are never probed.
    Other,
}

impl LocalServer {
    /// Probes the server at `base` with one GET without the key. Only plain HTTP on a loopback address is
    /// probed, which is all that a sandbox listens on.
    ///
    /// A server that does not answer within two seconds is [`LocalServer::Other`].
    pub fn probe(transport: &Transport, base: &BaseUrl) -> LocalServer {
        if !base.is_local_http() {
            return LocalServer::Other;
        }
        let url = base.join("");
        let Ok(client) = transport.for_calls(&url) else { return LocalServer::Other };
        match client.get(url).timeout(PROBE_TIMEOUT).send() {
            Ok(response) if is_from_sandbox(response.headers()) => LocalServer::Sandbox,
            Err(error) if error.is_connect() && !error.is_timeout() => LocalServer::Stopped,
            _ => LocalServer::Other,
        }
    }
}

/// The part of an upload in which an edit will show in the result, in fractions of the upload's sides.
///
/// Only a sandbox gets to know it. A model sees where the edit belongs; a sandbox has to be told, or what it
/// draws would be cut off with the rest of the answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VisibleArea {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl VisibleArea {
    /// The header that names the area: `LEFT,TOP,WIDTH,HEIGHT`, each from 0 to 1.
    pub(super) fn header(&self) -> (&'static str, String) {
        let VisibleArea { left, top, width, height } = self;
        ("x-seededit-area", format!("{left:.6},{top:.6},{width:.6},{height:.6}"))
    }
}

/// Whether an answer comes from a sandbox, so that its price is not money.
pub(super) fn is_from_sandbox(headers: &HeaderMap) -> bool {
    headers.contains_key(SANDBOX_HEADER)
}

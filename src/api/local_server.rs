//! Servers on this machine: whether they are sandboxes, and whether they have stopped.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;
use url::Url;

use super::endpoint::BaseUrl;

/// The header with which a sandbox marks each of its answers.
///
/// The sandbox states the name itself, because it shares nothing with its client.
const SANDBOX_HEADER: &str = "x-seededit-sandbox";

/// How long a server may take to answer the probe. A sandbox answers within milliseconds.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// The part of an answer that is searched for the mark, in bytes.
const MAX_HEAD_BYTES: usize = 16 << 10;

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
    pub fn probe(base: &BaseUrl) -> LocalServer {
        if !base.is_local_http() {
            return LocalServer::Other;
        }
        let url = base.join("");
        let mut found = LocalServer::Stopped;
        for address in base.local_addresses() {
            match request_head(address, &url) {
                Ok(head) if is_marked(&head) => return LocalServer::Sandbox,
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Ok(_) | Err(_) => found = LocalServer::Other,
            }
        }
        found
    }
}

/// Sends a GET, and returns the answer up to the end of its headers.
///
/// Does not use the HTTP library, whose client takes longer to build than this takes in total.
fn request_head(address: SocketAddr, url: &Url) -> io::Result<String> {
    let deadline = Instant::now() + PROBE_TIMEOUT;
    let mut stream = TcpStream::connect_timeout(&address, PROBE_TIMEOUT)?;
    stream.set_write_timeout(Some(PROBE_TIMEOUT))?;
    let path = url.path();
    // In one write, because a server may look only at the first packet.
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while head.len() < MAX_HEAD_BYTES && !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let remaining = deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(remaining))?;
        match stream.read(&mut chunk)? {
            0 => break,
            read => head.extend_from_slice(chunk.get(..read).unwrap_or_default()),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// Whether the headers of an answer contain the sandbox's mark.
fn is_marked(head: &str) -> bool {
    let headers = head.split("\r\n").skip(1).take_while(|line| !line.is_empty());
    let mut names = headers.filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim());
    names.any(|name| name.eq_ignore_ascii_case(SANDBOX_HEADER))
}

/// The part of an upload whose edits are visible in the result, in fractions of the upload's sides.
///
/// It is sent only to a sandbox. A model sees where the edit belongs. A sandbox does not, and would draw in a part of the
/// answer that is discarded.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_header_marks_a_sandbox() {
        assert!(is_marked("HTTP/1.1 404 Not Found\r\nX-Seededit-Sandbox: 1\r\n\r\n"));
        assert!(!is_marked("HTTP/1.1 200 OK\r\nServer: x\r\n\r\nx-seededit-sandbox: 1\r\n"));
        assert!(!is_marked(""));
    }

    #[test]
    fn servers_on_other_machines_are_not_probed() {
        let base = "https://192.0.2.1".parse().unwrap();
        assert_eq!(LocalServer::probe(&base), LocalServer::Other);
    }

    #[test]
    fn a_port_without_a_listener_is_a_server_that_has_stopped() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        drop(listener);
        assert_eq!(LocalServer::probe(&base), LocalServer::Stopped);
    }
}

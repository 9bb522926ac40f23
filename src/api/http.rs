//! The HTTP clients, built when first needed, without any feature that could pay twice.

use std::io::{self, Read};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use hyper::Uri;
use hyper_util::client::proxy::matcher::Intercept;
use reqwest::blocking::{Client, ClientBuilder};
use reqwest::{NoProxy, redirect, retry};
use rustls::ClientConfig;
use url::Url;

use crate::secret::{ApiKey, redact_links};

use super::address::is_loopback;
use super::connection_failure::describe;
use super::exchange::Tls;
use super::proxies::Proxies;
use super::public_resolver::PublicResolver;
use super::verdict::UnknownOutcome;

pub(super) const USER_AGENT: &str = concat!("seededit/", env!("CARGO_PKG_VERSION"));
/// Keeps routers from dropping a connection that waits minutes for its answer.
pub(super) const TCP_KEEPALIVE: Duration = Duration::from_secs(30);

/// A failure before anything was sent; its message contains no link.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HttpError(pub(super) String);

impl From<UnknownOutcome> for HttpError {
    fn from(outcome: UnknownOutcome) -> HttpError {
        HttpError(outcome.to_string())
    }
}

#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// How long to wait for an answer, and for its next byte.
    pub timeout: Duration,
    pub connect_timeout: Duration,
    pub proxies: Proxies,
}

/// Creates HTTP clients when they are first needed. Loading the system's root certificates costs more than a
/// small request, and plain http to this machine never needs them.
#[derive(Debug)]
pub struct Transport {
    options: HttpOptions,
    calls: Clients,
    downloads: Clients,
    public_downloads: Clients,
    tls: Tls,
    /// A key that no answer may show.
    key: Option<ApiKey>,
}

/// The hosts that downloads may connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Anywhere,
    /// Outside this machine and its network.
    Public,
}

/// One client for each combination: with or without TLS, with or without proxies.
type Clients = [[OnceLock<Client>; 2]; 2];

impl Transport {
    pub fn new(options: HttpOptions) -> Transport {
        let (calls, downloads, public_downloads) = Default::default();
        Transport { options, calls, downloads, public_downloads, tls: Tls::default(), key: None }
    }

    /// Removes `key` from the answers to requests without it, too: a server may know it from another one.
    #[must_use]
    pub fn hiding(self, key: Option<ApiKey>) -> Transport {
        Transport { key: key.or(self.key), ..self }
    }

    /// Removes the key from an answer.
    pub(super) fn redact(&self, answer: &mut Vec<u8>) {
        if let Some(key) = &self.key {
            key.redact_bytes(answer);
        }
    }

    /// Removes the key, and the query of every link, from a text that a server chose.
    pub(super) fn redacted(&self, text: &str) -> String {
        match &self.key {
            Some(key) => key.redact(text),
            None => redact_links(text),
        }
    }

    pub fn timeout(&self) -> Duration {
        self.options.timeout
    }

    /// Returns the same clients with at most this time limit.
    pub fn within(&self, timeout: Duration) -> Transport {
        let options = HttpOptions { timeout: self.options.timeout.min(timeout), ..self.options.clone() };
        Transport::new(options).hiding(self.key.clone())
    }

    /// Returns the time limit for a connection: less than the whole timeout, so that "no connection" is never taken for "no
    /// answer".
    pub(super) fn connect_timeout(&self) -> Duration {
        self.options.connect_timeout.min(self.options.timeout.mul_f64(0.9))
    }

    /// Returns the settings of TLS, which all clients share.
    pub(super) fn tls(&self) -> Result<Arc<ClientConfig>, HttpError> {
        self.tls.config()
    }

    /// Returns the proxy for requests to `url`, which is also given as `uri`.
    pub(super) fn proxy_for(&self, url: &Url, uri: &Uri) -> Option<Intercept> {
        if is_loopback(url) { None } else { self.options.proxies.matcher().intercept(uri) }
    }

    /// Returns the client for free calls that carry the key. It never reuses a connection: one that died while
    /// idle could not be distinguished from one that died during a paid POST.
    pub(super) fn for_calls(&self, url: &Url) -> Result<Client, HttpError> {
        self.client(&self.calls, url, |builder| builder.pool_max_idle_per_host(0))
    }

    /// Returns the client for downloads, which reuses connections.
    pub(super) fn for_downloads(&self, url: &Url, reach: Reach) -> Result<Client, HttpError> {
        match reach {
            // The proxy resolves the name of the host, and its own name may have a private address.
            Reach::Public if !self.is_proxied(url) => self.client(&self.public_downloads, url, |builder| {
                builder.dns_resolver(Arc::new(PublicResolver))
            }),
            _ => self.client(&self.downloads, url, |builder| builder),
        }
    }

    /// Returns the client of this kind for `url`, and builds it when it is first needed.
    fn client(
        &self,
        clients: &Clients,
        url: &Url,
        set: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Client, HttpError> {
        let slot = &clients[usize::from(url.scheme() == "https")][usize::from(is_loopback(url))];
        if let Some(client) = slot.get() {
            return Ok(client.clone());
        }
        let client = build(set(self.builder(url)?))?;
        Ok(slot.get_or_init(|| client).clone())
    }

    /// Returns whether requests for `url` go through a proxy.
    pub(super) fn is_proxied(&self, url: &Url) -> bool {
        url.as_str().parse().is_ok_and(|uri| self.proxy_for(url, &uri).is_some())
    }

    fn builder(&self, url: &Url) -> Result<ClientBuilder, HttpError> {
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .http1_only()
            .timeout(self.options.timeout)
            .connect_timeout(self.connect_timeout())
            .tcp_keepalive(TCP_KEEPALIVE)
            .no_proxy();
        builder = match url.scheme() {
            "http" => builder.tls_certs_only([]),
            // The root certificates are loaded once.
            _ => builder.tls_backend_preconfigured(ClientConfig::clone(&*self.tls()?)),
        };
        if is_loopback(url) {
            return Ok(builder);
        }
        let proxies = &self.options.proxies;
        let bypass = proxies.bypass.as_deref().and_then(NoProxy::from_string);
        for (proxy, is_https) in [(&proxies.https, true), (&proxies.http, false)] {
            let Some(proxy) = proxy else { continue };
            let proxy = proxy.proxy(is_https).map_err(|error| HttpError(describe(&error)))?;
            builder = builder.proxy(proxy.no_proxy(bypass.clone()));
        }
        Ok(builder)
    }
}

fn build(builder: ClientBuilder) -> Result<Client, HttpError> {
    // The provider is process-wide. A second call fails because the first one installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    builder.build().map_err(|error| HttpError(describe(&error)))
}

/// Whether a `Content-Encoding` names a compression, which is never requested.
pub(super) fn is_compression(encoding: &str) -> bool {
    let encoding = encoding.trim();
    !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity")
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The connection failed.
    Failed(io::Error),
    /// The body is larger than the limit.
    TooLarge,
    /// The deadline passed.
    TimedOut,
}

/// Appends `stream` to `body` until its end, a failure, the limit or the deadline.
///
/// `limit` is asked after each read, with the body so far. `body` keeps what was read before an error.
/// `on_read` gets the number of bytes of each read.
pub(super) fn read_bounded(
    mut stream: impl Read,
    body: &mut Vec<u8>,
    mut limit: impl FnMut(&[u8]) -> usize,
    deadline: Instant,
    mut on_read: impl FnMut(u64),
) -> Result<(), ReadError> {
    let mut chunk = [0; 16 << 10];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => {
                body.extend_from_slice(&chunk[..read]);
                on_read(read as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(ReadError::Failed(error)),
        }
        if body.len() > limit(body) {
            return Err(ReadError::TooLarge);
        }
        if Instant::now() >= deadline {
            return Err(ReadError::TimedOut);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(stream: &[u8], limit: usize, deadline: Instant) -> (Vec<u8>, Result<(), ReadError>) {
        let mut body = Vec::new();
        let read = read_bounded(stream, &mut body, |_| limit, deadline, |_| {});
        (body, read)
    }

    #[test]
    fn the_identity_in_any_case_is_no_compression() {
        for encoding in ["identity", "Identity", " IDENTITY ", "", " "] {
            assert!(!is_compression(encoding), "{encoding:?}");
        }
        for encoding in ["gzip", "identity, gzip", "br"] {
            assert!(is_compression(encoding), "{encoding}");
        }
    }

    #[test]
    fn reading_stops_at_the_end_at_the_limit_or_at_the_deadline() {
        let soon = Instant::now() + Duration::from_secs(60);
        assert!(matches!(read(b"abc", 3, soon), (body, Ok(())) if body == b"abc"));
        assert!(matches!(read(b"abcd", 3, soon), (_, Err(ReadError::TooLarge))));
        assert!(
            matches!(read(b"abc", 3, Instant::now()), (body, Err(ReadError::TimedOut)) if body == b"abc")
        );
    }
}

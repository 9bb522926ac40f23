//! Picture downloads. They are free, so they are retried, and resumed where they stopped.
//!
//! The key is never sent here; this module does not know it.

use std::thread;
use std::time::Instant;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use reqwest::header::{self, HeaderMap};
use url::Url;

use crate::error_chain::io_reason;
use crate::secret::redact_url;

use super::address::{domain, is_inside, is_loopback, is_private, resolve};
use super::connection_failure::describe;
use super::endpoint::BaseUrl;
use super::http::{HttpError, ReadError, Transport, is_compression, read_bounded};
use super::request::TransferProgress;
use super::retry::{Retry, RetryAfter, RetryReason};

/// The largest picture that is downloaded: 64 MiB.
pub const MAX_PICTURE_BYTES: usize = 64 << 20;
const MAX_REDIRECTS: usize = 5;

/// Where a link came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust<'a> {
    /// The service at this base URL: only https is followed. If the service is on this machine or in its network, so is
    /// plain http to this machine, and links may lead there.
    Service(Option<&'a BaseUrl>),
    /// The user: plain http is followed, too.
    User,
}

/// Why a download failed.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The link does not lead to the picture: it was refused, or there is nothing. A retry at once cannot help.
    #[error("{} (HTTP {status})", if *status == 404 { "there is no picture at the link" } else { "the link was refused" })]
    Gone {
        status: u16,
        /// The server's clock, from the `Date` header.
        server_time: Option<Timestamp>,
    },
    #[error("the server answered HTTP {0}")]
    Status(u16),
    /// More than [`MAX_PICTURE_BYTES`].
    #[error("the picture is larger than {} MiB", MAX_PICTURE_BYTES >> 20)]
    TooLarge,
    /// Compression is never requested, and not supported.
    #[error("the server sent the picture compressed, which is not supported")]
    Compressed,
    /// A link or redirect is not followed; holds which and why.
    #[error("{0}")]
    NotFollowed(String),
    #[error("the download failed: {0}")]
    Disconnected(String),
    #[error("the download took longer than the time limit")]
    TimedOut,
    /// The download is complete, but is not a whole picture.
    #[error("the downloaded file is not a complete picture: {0}")]
    Incomplete(String),
}

impl DownloadError {
    /// Whether the host refuses the link, as object stores refuse an expired one. They answer 404 for a picture that is
    /// not there yet, too, so that is not a refusal.
    ///
    /// A proxy that looks into the connection may have answered instead of the host. Nothing in the answer tells
    /// reliably, so a refusal never settles a job by itself.
    pub fn is_refusal(&self) -> bool {
        matches!(self, DownloadError::Gone { status: 401 | 403 | 410, .. })
    }

    /// Whether this program cannot get the picture with the link, as far as it can tell: another download is likely to
    /// fail in the same way.
    pub fn is_final(&self) -> bool {
        match self {
            DownloadError::Gone { .. }
            | DownloadError::TooLarge
            | DownloadError::Compressed
            | DownloadError::NotFollowed(_)
            | DownloadError::Incomplete(_) => true,
            DownloadError::Status(status) => *status < 500 && !matches!(status, 408 | 425 | 429),
            DownloadError::Disconnected(_) | DownloadError::TimedOut => false,
        }
    }
}

/// Downloads pictures.
#[derive(Debug)]
pub struct Downloads<'a> {
    pub transport: &'a Transport,
    /// How often a failed download is retried.
    pub retries: u32,
}

/// What has been downloaded so far, and the validator to request the rest of the same file.
#[derive(Default)]
struct Partial {
    bytes: Vec<u8>,
    etag: Option<String>,
    /// Whether an attempt failed before.
    is_retry: bool,
}

/// A failed attempt, and the reason to retry if a retry may help.
struct Failed {
    error: DownloadError,
    again: Option<RetryReason>,
}

impl From<DownloadError> for Failed {
    fn from(error: DownloadError) -> Failed {
        Failed { error, again: None }
    }
}

impl Downloads<'_> {
    /// Downloads `url` until `complete` accepts the bytes; returns them with what `complete` returned.
    ///
    /// # Errors
    /// Returns the error of the last attempt. An error of `complete` becomes part of it.
    pub fn fetch<T>(
        &self,
        url: &Url,
        trust: Trust<'_>,
        transfer: &TransferProgress,
        complete: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<(Vec<u8>, T), DownloadError> {
        let mut retry = Retry::new(self.retries, fastrand::Rng::new());
        let mut partial = Partial::default();
        loop {
            let failed = match self.attempt(url, trust, transfer, &mut partial) {
                Ok(()) => match complete(&partial.bytes) {
                    Ok(value) => return Ok((partial.bytes, value)),
                    Err(reason) => {
                        partial = Partial::default();
                        Failed { error: DownloadError::Incomplete(reason), again: Some(RetryReason::Failed) }
                    }
                },
                Err(failed) => failed,
            };
            match failed.again.and_then(|cause| retry.next_wait(cause)) {
                Some(wait) => {
                    partial.is_retry = true;
                    thread::sleep(wait);
                }
                None => return Err(self.redacted(failed.error)),
            }
        }
    }

    /// Removes the key from the reason if the server chose a part of it.
    fn redacted(&self, error: DownloadError) -> DownloadError {
        match error {
            DownloadError::NotFollowed(why) => DownloadError::NotFollowed(self.transport.redacted(&why)),
            error => error,
        }
    }

    /// Makes one attempt, which continues `partial` if the server can.
    fn attempt(
        &self,
        url: &Url,
        trust: Trust<'_>,
        transfer: &TransferProgress,
        partial: &mut Partial,
    ) -> Result<(), Failed> {
        let deadline = Instant::now() + self.transport.timeout();
        let response = self.follow(url, trust, partial)?;
        let headers = response.headers();
        match response.status() {
            StatusCode::OK => {
                *partial =
                    Partial { bytes: Vec::new(), etag: strong_etag(headers), is_retry: partial.is_retry }
            }
            StatusCode::PARTIAL_CONTENT if starts_at(headers, partial.bytes.len()) => {}
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                *partial = Partial::default();
                let error = DownloadError::Disconnected(
                    "the server sent another part of the file than requested".into(),
                );
                return Err(Failed { error, again: Some(RetryReason::Failed) });
            }
            status => return Err(refused(status, headers)),
        }
        let encoding = headers.get(header::CONTENT_ENCODING);
        if encoding.is_some_and(|encoding| encoding.to_str().map_or(true, is_compression)) {
            return Err(DownloadError::Compressed.into());
        }
        let announced = response.content_length().unwrap_or(0);
        if announced > MAX_PICTURE_BYTES as u64 {
            return Err(DownloadError::TooLarge.into());
        }
        transfer.start(announced + partial.bytes.len() as u64);
        transfer.add(partial.bytes.len() as u64);
        read_into(response, partial, transfer, deadline)
    }

    /// Requests the picture, through at most [`MAX_REDIRECTS`] redirects.
    fn follow(&self, start: &Url, trust: Trust<'_>, partial: &Partial) -> Result<Response, Failed> {
        ensure_scheme(start, trust)?;
        self.ensure_reachable(start, trust)?;
        let mut url = start.clone();
        let mut client = self.transport.for_downloads(&url).map_err(not_sent)?;
        for _ in 0..=MAX_REDIRECTS {
            let response = get(&client, &url, partial)?;
            let Some(next) = redirected(&response, &url)? else { return Ok(response) };
            ensure_scheme(&next, if url.scheme() == "https" { Trust::Service(None) } else { trust })?;
            client = self.client_after_redirect(start, &next)?;
            url = next;
        }
        Err(DownloadError::NotFollowed(format!(
            "{} redirects more than {MAX_REDIRECTS} times",
            redact_url(start)
        ))
        .into())
    }

    /// Ensures that the link of a remote service does not lead into this network.
    fn ensure_reachable(&self, link: &Url, trust: Trust<'_>) -> Result<(), Failed> {
        let Trust::Service(base) = trust else { return Ok(()) };
        let leads_inside = match domain(link) {
            Some("localhost") => true,
            // The proxy resolves the name.
            Some(_) if self.transport.is_proxied(link) => false,
            Some(host) => {
                let addresses = resolve(host, link).unwrap_or_default();
                addresses.iter().any(|address| is_private(address.ip()))
            }
            None => is_inside(link),
        };
        if !leads_inside || base.is_some_and(|base| is_inside(&base.join(""))) {
            return Ok(());
        }
        Err(DownloadError::NotFollowed(format!(
            "the link in the answer leads to a private address ({})",
            link.host_str().unwrap_or_default()
        ))
        .into())
    }

    /// Returns a client for a redirect's target. A public host must not redirect into this network.
    fn client_after_redirect(&self, start: &Url, next: &Url) -> Result<Client, Failed> {
        if is_inside(start) {
            return self.transport.for_downloads(next).map_err(not_sent);
        }
        let refused = || {
            DownloadError::NotFollowed(format!(
                "a redirect leads to a private address ({})",
                redact_url(next)
            ))
        };
        let Some(host) = domain(next) else {
            return if is_inside(next) {
                Err(refused().into())
            } else {
                self.transport.for_downloads(next).map_err(not_sent)
            };
        };
        if self.transport.is_proxied(next) {
            return self.transport.for_downloads(next).map_err(not_sent);
        }
        let addresses = resolve(host, next).map_err(|_| Failed {
            error: DownloadError::Disconnected(format!("the host name {host} cannot be resolved")),
            again: Some(RetryReason::NotSent),
        })?;
        if addresses.iter().any(|address| is_private(address.ip())) {
            return Err(refused().into());
        }
        self.transport.pinned(next, &addresses).map_err(not_sent)
    }
}

fn get(client: &Client, url: &Url, partial: &Partial) -> Result<Response, Failed> {
    let mut request = client.get(url.clone());
    if partial.is_retry {
        // A proxy may have kept the answer that failed.
        request = request.header(header::CACHE_CONTROL, "no-cache").header(header::PRAGMA, "no-cache");
    }
    // Without a strong validator, the rest might belong to another picture.
    if let (false, Some(etag)) = (partial.bytes.is_empty(), &partial.etag) {
        request = request
            .header(header::RANGE, format!("bytes={}-", partial.bytes.len()))
            .header(header::IF_RANGE, etag);
    }
    request.send().map_err(|error| Failed {
        error: DownloadError::Disconnected(describe(&error)),
        again: Some(RetryReason::NotSent),
    })
}

fn read_into(
    response: Response,
    partial: &mut Partial,
    transfer: &TransferProgress,
    deadline: Instant,
) -> Result<(), Failed> {
    let limit = |_: &[u8]| MAX_PICTURE_BYTES;
    let read = read_bounded(response, &mut partial.bytes, limit, deadline, |bytes| transfer.add(bytes));
    read.map_err(|error| match error {
        ReadError::TooLarge => DownloadError::TooLarge.into(),
        ReadError::TimedOut => Failed { error: DownloadError::TimedOut, again: Some(RetryReason::Failed) },
        ReadError::Failed(error) => {
            let what = format!("it stopped after {} bytes ({})", partial.bytes.len(), io_reason(&error));
            Failed { error: DownloadError::Disconnected(what), again: Some(RetryReason::Failed) }
        }
    })
}

/// Maps an error status: an expired link is final, a server in trouble is worth a retry.
fn refused(status: StatusCode, headers: &HeaderMap) -> Failed {
    let code = status.as_u16();
    let header = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let after = header.and_then(|value| RetryAfter::parse(value, Timestamp::now()));
    match code {
        401 | 403 | 404 | 410 => {
            DownloadError::Gone { status: code, server_time: server_time(headers) }.into()
        }
        429 | 503 => Failed { error: DownloadError::Status(code), again: Some(RetryReason::Busy(after)) },
        408 | 500..=599 => Failed { error: DownloadError::Status(code), again: Some(RetryReason::Failed) },
        _ => DownloadError::Status(code).into(),
    }
}

fn server_time(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(header::DATE)?.to_str().ok()?;
    Some(jiff::fmt::rfc2822::parse(date).ok()?.timestamp())
}

fn not_sent(error: HttpError) -> Failed {
    DownloadError::Disconnected(error.to_string()).into()
}

fn redirected(response: &Response, from: &Url) -> Result<Option<Url>, Failed> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let target = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    match target.map(|target| from.join(target)) {
        Some(Ok(url)) => Ok(Some(url)),
        _ => Err(DownloadError::NotFollowed("the server redirects to an invalid link".into()).into()),
    }
}

fn ensure_scheme(url: &Url, trust: Trust<'_>) -> Result<(), Failed> {
    match (url.scheme(), trust) {
        ("https", _) | ("http", Trust::User) => Ok(()),
        ("http", Trust::Service(_)) if is_loopback(url) => Ok(()),
        ("http", Trust::Service(_)) => Err(DownloadError::NotFollowed(format!(
            "{} is a plain http link; only https links are followed",
            redact_url(url)
        ))
        .into()),
        (other, _) => {
            Err(DownloadError::NotFollowed(format!("links with the scheme `{other}` are not followed"))
                .into())
        }
    }
}

fn strong_etag(headers: &HeaderMap) -> Option<String> {
    let etag = headers.get(header::ETAG)?.to_str().ok()?;
    (!etag.starts_with("W/")).then(|| etag.to_owned())
}

/// Returns whether a partial answer starts at `offset` (`Content-Range: bytes 100-199/200`).
fn starts_at(headers: &HeaderMap, offset: usize) -> bool {
    let range = headers.get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let start = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.parse().ok());
    start == Some(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn links_of_the_service_are_followed_only_over_https_or_on_this_machine() {
        assert!(ensure_scheme(&url("https://h.example/x"), Trust::Service(None)).is_ok());
        assert!(ensure_scheme(&url("http://127.0.0.1:1/x"), Trust::Service(None)).is_ok());
        assert!(ensure_scheme(&url("http://h.example/x"), Trust::Service(None)).is_err());
        assert!(ensure_scheme(&url("http://h.example/x"), Trust::User).is_ok());
        assert!(ensure_scheme(&url("file:///etc/passwd"), Trust::User).is_err());
    }

    fn transport() -> Transport {
        Transport::new(super::super::http::HttpOptions {
            timeout: std::time::Duration::from_secs(1),
            connect_timeout: std::time::Duration::from_secs(1),
            proxies: Default::default(),
        })
    }

    #[test]
    fn the_link_of_a_remote_service_must_not_lead_to_a_private_address() {
        let transport = transport();
        let downloads = Downloads { transport: &transport, retries: 0 };
        let fetch = |base: Option<&str>, link: &str| {
            let base: Option<BaseUrl> = base.map(|base| base.parse().unwrap());
            let trust = Trust::Service(base.as_ref());
            downloads.ensure_reachable(&url(link), trust).map_err(|failed| failed.error)
        };
        for private in
            ["http://127.0.0.1:1/x", "https://10.0.0.1/x", "https://[::1]/x", "http://localhost:1/x"]
        {
            for base in [Some("https://93.184.215.14"), None] {
                let refused = fetch(base, private);
                assert!(matches!(refused, Err(DownloadError::NotFollowed(_))), "{private}");
            }
            for base in ["http://127.0.0.1:2", "https://192.168.0.1"] {
                assert!(fetch(Some(base), private).is_ok(), "{private}");
            }
        }
        assert!(fetch(Some("https://93.184.215.14"), "https://93.184.215.15/x").is_ok());
        assert!(downloads.ensure_reachable(&url("http://127.0.0.1:1/x"), Trust::User).is_ok());
    }

    #[test]
    fn a_download_is_final_unless_it_may_succeed_later() {
        for error in [
            DownloadError::Gone { status: 404, server_time: None },
            DownloadError::Status(405),
            DownloadError::Status(204),
            DownloadError::TooLarge,
            DownloadError::Compressed,
            DownloadError::NotFollowed(String::new()),
            DownloadError::Incomplete(String::new()),
        ] {
            assert!(error.is_final(), "{error:?}");
        }
        for error in [
            DownloadError::Status(429),
            DownloadError::Status(408),
            DownloadError::Status(500),
            DownloadError::Disconnected(String::new()),
            DownloadError::TimedOut,
        ] {
            assert!(!error.is_final(), "{error:?}");
        }
    }

    #[test]
    fn a_public_host_must_not_redirect_to_a_private_address() {
        let transport = transport();
        let downloads = Downloads { transport: &transport, retries: 0 };
        let public = url("https://93.184.215.14/x");
        for private in [
            "https://127.0.0.1/x",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://localhost/x",
            "https://169.254.169.254/",
        ] {
            let refused = downloads.client_after_redirect(&public, &url(private));
            assert!(
                matches!(refused, Err(Failed { error: DownloadError::NotFollowed(_), again: None })),
                "{private}"
            );
        }
        assert!(
            downloads.client_after_redirect(&url("http://127.0.0.1/"), &url("http://127.0.0.1:2/")).is_ok()
        );
    }

    #[test]
    fn a_range_must_start_where_the_partial_download_ends() {
        let mut headers = HeaderMap::new();
        headers.insert("content-range", header::HeaderValue::from_static("bytes 100-199/200"));
        assert!(starts_at(&headers, 100));
        assert!(!starts_at(&headers, 99));
        assert!(!starts_at(&HeaderMap::new(), 0));
    }
}

//! Picture downloads. They are free, so they are retried, and resumed where they stopped.
//!
//! The key is never sent here; this module does not know it.

use std::net::SocketAddr;
use std::thread;
use std::time::Instant;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::{self, HeaderMap};
use url::Url;

use crate::error_chain::io_reason;
use crate::secret::redact_url;

use super::address::{is_inside, is_loopback, is_private, names_private_host};
use super::connection_failure::{describe, has_cause};
use super::endpoint::BaseUrl;
use super::http::{HttpError, Reach, ReadError, Transport, is_compression, read_bounded};
use super::public_resolver::PrivateAddress;
use super::request::TransferProgress;
use super::retry::{Retry, RetryAfter, RetryReason};

/// The largest picture that is downloaded: 64 MiB.
pub const MAX_PICTURE_BYTES: usize = 64 << 20;
const MAX_REDIRECTS: usize = 5;
/// The most memory that is taken for a picture before it arrives, on the word of its server.
const MAX_RESERVED: usize = 16 << 20;

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

    /// Whether the answer had begun, or may have, and did not reach its end.
    fn is_interruption(&self) -> bool {
        matches!(self, DownloadError::Disconnected(_) | DownloadError::TimedOut)
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
    /// Downloads `url` until `complete` accepts the bytes; returns them with what `complete` returned. It may keep what it
    /// does not accept. If the connection ends before the stated length at each attempt, what arrived at the last one is enough
    /// if `complete` accepts it: some servers state a wrong length.
    ///
    /// # Errors
    /// Returns the error of the last attempt. An error of `complete` becomes part of it.
    pub fn fetch<T>(
        &self,
        url: &Url,
        trust: Trust<'_>,
        transfer: &TransferProgress,
        mut complete: impl FnMut(&mut Vec<u8>) -> Result<T, String>,
    ) -> Result<(Vec<u8>, T), DownloadError> {
        let mut retry = Retry::new(self.retries, fastrand::Rng::new());
        let mut partial = Partial::default();
        loop {
            let failed = match self.attempt(url, trust, transfer, &mut partial) {
                Ok(()) => match complete(&mut partial.bytes) {
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
                None if failed.error.is_interruption() => {
                    let value = complete(&mut partial.bytes).map_err(|_| self.redacted(failed.error))?;
                    return Ok((partial.bytes, value));
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
            StatusCode::PARTIAL_CONTENT
                if starts_at(headers, partial.bytes.len())
                    && (partial.bytes.is_empty() || strong_etag(headers) == partial.etag) => {}
            StatusCode::RANGE_NOT_SATISFIABLE if ends_at(headers, partial.bytes.len()) => return Ok(()),
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
        partial.bytes.reserve_exact((announced as usize).min(MAX_RESERVED));
        read_into(response, partial, transfer, deadline)
    }

    /// Requests the picture, through at most [`MAX_REDIRECTS`] redirects.
    fn follow(&self, start: &Url, trust: Trust<'_>, partial: &Partial) -> Result<Response, Failed> {
        ensure_scheme(start, trust)?;
        let mut reach = reach(trust);
        let mut url = start.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.get(&url, reach, partial).map_err(|failed| match failed {
                GetError::Private if url == *start => not_followed(format!(
                    "the link in the answer leads to a private address ({})",
                    url.host_str().unwrap_or_default()
                )),
                GetError::Private => {
                    not_followed(format!("a redirect leads to a private address ({})", redact_url(&url)))
                }
                GetError::Failed(failed) => failed,
            })?;
            let Some(next) = redirected(&response, &url)? else { return Ok(response) };
            ensure_scheme(&next, if url.scheme() == "https" { Trust::Service(None) } else { trust })?;
            // The address of a proxy is not that of the host.
            let host = response.remote_addr().filter(|_| !self.transport.is_proxied(&url));
            reach = reach_of_redirect(reach, host);
            url = next;
        }
        Err(not_followed(format!("{} redirects more than {MAX_REDIRECTS} times", redact_url(start))))
    }

    fn get(&self, url: &Url, reach: Reach, partial: &Partial) -> Result<Response, GetError> {
        if reach == Reach::Public && names_private_host(url) {
            return Err(GetError::Private);
        }
        let client = self.transport.for_downloads(url, reach).map_err(not_sent)?;
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
        request.send().map_err(|error| {
            if has_cause::<PrivateAddress>(&error) {
                return GetError::Private;
            }
            GetError::Failed(Failed {
                error: DownloadError::Disconnected(describe(&error)),
                again: Some(RetryReason::NotSent),
            })
        })
    }
}

/// Why there is no answer to a request.
enum GetError {
    /// The host is private, and the link must lead to a public one. Nothing was sent.
    Private,
    Failed(Failed),
}

impl From<Failed> for GetError {
    fn from(failed: Failed) -> GetError {
        GetError::Failed(failed)
    }
}

/// Where a link may lead: that of a remote service must not lead into this network.
fn reach(trust: Trust<'_>) -> Reach {
    match trust {
        Trust::User => Reach::Anywhere,
        Trust::Service(Some(base)) if is_inside(&base.join("")) => Reach::Anywhere,
        Trust::Service(_) => Reach::Public,
    }
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

/// Where the host at this address may redirect to: a public one must not redirect into this network.
fn reach_of_redirect(reach: Reach, host: Option<SocketAddr>) -> Reach {
    if host.is_some_and(|address| is_private(address.ip())) { reach } else { Reach::Public }
}

fn not_sent(error: HttpError) -> Failed {
    DownloadError::Disconnected(error.to_string()).into()
}

fn not_followed(why: String) -> Failed {
    DownloadError::NotFollowed(why).into()
}

fn redirected(response: &Response, from: &Url) -> Result<Option<Url>, Failed> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let target = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    match target.map(|target| from.join(target)) {
        Some(Ok(url)) => Ok(Some(url)),
        _ => Err(not_followed("the server redirects to an invalid link".into())),
    }
}

fn ensure_scheme(url: &Url, trust: Trust<'_>) -> Result<(), Failed> {
    match (url.scheme(), trust) {
        ("https", _) | ("http", Trust::User) => Ok(()),
        ("http", Trust::Service(_)) if is_loopback(url) => Ok(()),
        ("http", Trust::Service(_)) => Err(not_followed(format!(
            "{} is a plain http link; only https links are followed",
            redact_url(url)
        ))),
        (other, _) => Err(not_followed(format!("links with the scheme `{other}` are not followed"))),
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

/// Returns whether the whole file has `length` bytes, so that nothing follows them (`Content-Range: bytes */200`).
fn ends_at(headers: &HeaderMap, length: usize) -> bool {
    let range = headers.get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let whole = range.and_then(|range| range.strip_prefix("bytes */")?.parse().ok());
    length > 0 && whole == Some(length)
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

    #[test]
    fn the_link_of_a_remote_service_must_not_lead_to_a_private_address() {
        let transport = Transport::new(super::super::http::HttpOptions {
            timeout: std::time::Duration::from_secs(1),
            connect_timeout: std::time::Duration::from_secs(1),
            proxies: Default::default(),
        });
        let downloads = Downloads { transport: &transport, retries: 0 };
        let remote: BaseUrl = "https://93.184.215.14".parse().unwrap();
        for private in
            ["http://127.0.0.1:1/x", "https://10.0.0.1/x", "https://[::1]/x", "http://localhost:1/x"]
        {
            for base in [Some(&remote), None] {
                let refused = downloads.follow(&url(private), Trust::Service(base), &Partial::default());
                let error = refused.map_err(|failed| failed.error).map(drop);
                assert!(matches!(error, Err(DownloadError::NotFollowed(_))), "{private}");
            }
        }
    }

    #[test]
    fn links_may_lead_into_the_network_of_the_service_or_where_the_user_wants() {
        assert_eq!(reach(Trust::User), Reach::Anywhere);
        for (base, expected) in [
            ("http://127.0.0.1:2", Reach::Anywhere),
            ("https://192.168.0.1", Reach::Anywhere),
            ("https://93.184.215.14", Reach::Public),
        ] {
            assert_eq!(reach(Trust::Service(Some(&base.parse().unwrap()))), expected, "{base}");
        }
        assert_eq!(reach(Trust::Service(None)), Reach::Public);
    }

    #[test]
    fn only_a_private_host_may_redirect_to_another_one() {
        let (private, public) = ("10.0.0.1:443".parse().ok(), "93.184.215.14:443".parse().ok());
        assert_eq!(reach_of_redirect(Reach::Anywhere, private), Reach::Anywhere);
        assert_eq!(reach_of_redirect(Reach::Anywhere, public), Reach::Public);
        assert_eq!(reach_of_redirect(Reach::Anywhere, None), Reach::Public);
        assert_eq!(reach_of_redirect(Reach::Public, private), Reach::Public);
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
    fn a_range_must_start_where_the_partial_download_ends() {
        let mut headers = HeaderMap::new();
        headers.insert("content-range", header::HeaderValue::from_static("bytes 100-199/200"));
        assert!(starts_at(&headers, 100));
        assert!(!starts_at(&headers, 99));
        assert!(!starts_at(&HeaderMap::new(), 0));
    }

    #[test]
    fn a_file_that_ends_where_the_partial_download_does_is_complete() {
        let mut headers = HeaderMap::new();
        assert!(!ends_at(&headers, 200));
        headers.insert("content-range", header::HeaderValue::from_static("bytes */200"));
        assert!(ends_at(&headers, 200));
        assert!(!ends_at(&headers, 199));
    }
}

//! `GET /pictures/<id>.jpeg` and `GET /files/<id>.jpeg`: the object store that serves the results, and its faults.

use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_RANGES, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_RANGE, LOCATION, RANGE,
};
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use url::Url;

use seededit_base::digest::sha256;
use seededit_picture::Format;

use super::faults::OnDownload;
use super::faulty_body::FaultyBody;
use super::links::{LinkError, file_name, id_of_file, picture_id, unsigned_id};
use super::problem;
use super::range::RangeRequest;
use super::service::Service;

/// `slow-download`: about 160 kB per second.
const SLOW_BYTES: usize = 8 * 1024;
const SLOW_PAUSE: Duration = Duration::from_millis(50);

/// The target of `redirect-download`: `/hops/<redirects left>/<id>.jpeg`.
const HOPS: &str = "/hops/";

/// Answers every request to the object store.
pub(super) fn download(service: &Service, headers: &HeaderMap, url: &Url) -> Response<FaultyBody> {
    if headers.contains_key(AUTHORIZATION) {
        return problem::object_store_error(
            StatusCode::BAD_REQUEST,
            "InvalidArgument",
            "A signed link was sent together with an Authorization header.",
        );
    }
    if let Some((hops, id)) = hops_left(url.path()) {
        return match hops.checked_sub(1) {
            Some(hops) => redirect(hops, id, url),
            None => match open_link(service, id, url) {
                Ok(bytes) => Picture::new(&bytes, headers).whole(),
                Err(error) => link_refused(error),
            },
        };
    }
    let Some(id) = picture_id(url.path()).or_else(|| unsigned_id(url.path())) else {
        return link_refused(LinkError::NoPicture);
    };
    service.ledger().downloads += 1;
    let fault = service.faults().on_download();
    match open_link(service, id, url) {
        Ok(bytes) => answer(&Picture::new(&bytes, headers), id, url, fault),
        Err(error) => link_refused(error),
    }
}

/// Sends the picture, or injects a fault.
fn answer(picture: &Picture, id: &str, url: &Url, fault: Option<OnDownload>) -> Response<FaultyBody> {
    let Some(fault) = fault else {
        return picture.whole();
    };
    match fault {
        OnDownload::Cut(bytes) => picture.response().map(|body| FaultyBody::cut(&body, bytes)),
        OnDownload::Corrupt => picture.with_bytes(&corrupted(picture.bytes)).whole(),
        OnDownload::Truncated => picture.with_bytes(&picture.bytes.slice(..picture.bytes.len() / 2)).whole(),
        OnDownload::Html => {
            let mut page = problem::gateway_page(StatusCode::OK);
            page.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
            page
        }
        OnDownload::Error(status) => {
            problem::object_store_error(status, "InternalError", "The sandbox injected a fault.")
        }
        OnDownload::Endless => {
            let mut response = picture.response().map(FaultyBody::endless);
            response.headers_mut().remove(CONTENT_LENGTH);
            response
        }
        OnDownload::Redirect(hops) => redirect(hops.saturating_sub(1), id, url),
        OnDownload::Slow => picture.response().map(|body| FaultyBody::slow(body, SLOW_BYTES, SLOW_PAUSE)),
        OnDownload::NoRange => Picture { headers: &HeaderMap::new(), ..picture.clone() }.whole(),
        OnDownload::ExpiredLink => link_refused(LinkError::Expired),
    }
}

/// Returns the picture of a link if the link is valid.
fn open_link(service: &Service, id: &str, url: &Url) -> Result<Bytes, LinkError> {
    let is_unsigned =
        unsigned_id(url.path()).is_some() || (url.query().is_none() && url.path().starts_with(HOPS));
    if !is_unsigned {
        service.links.verify(id, url, Timestamp::now())?;
    }
    service.pictures().get(id).ok_or(LinkError::NoPicture)
}

fn link_refused(error: LinkError) -> Response<FaultyBody> {
    problem::object_store_error(error.status(), error.code(), &error.to_string())
}

fn hops_left(path: &str) -> Option<(usize, &str)> {
    let (hops, name) = path.strip_prefix(HOPS)?.split_once('/')?;
    Some((hops.parse().ok()?, id_of_file(name)?))
}

fn redirect(hops: usize, id: &str, url: &Url) -> Response<FaultyBody> {
    let query = url.query().unwrap_or_default();
    let mut response = Response::new(FaultyBody::whole(Vec::new()));
    *response.status_mut() = StatusCode::FOUND;
    if let Ok(next) = HeaderValue::from_str(&format!("{HOPS}{hops}/{}?{query}", file_name(id))) {
        response.headers_mut().insert(LOCATION, next);
    }
    response
}

/// The picture with 64 bytes in its middle inverted; the length stays the same.
fn corrupted(picture: &Bytes) -> Bytes {
    let mut bytes = picture.to_vec();
    let middle = bytes.len() / 2;
    bytes.iter_mut().skip(middle).take(64).for_each(|byte| *byte = !*byte);
    bytes.into()
}

/// The media type of a result.
pub(super) fn media_type(picture: &[u8]) -> &'static str {
    match Format::sniff(picture) {
        Some(Format::Png) => "image/png",
        Some(Format::WebP) => "image/webp",
        _ => "image/jpeg",
    }
}

fn etag(picture: &[u8]) -> String {
    let digest = sha256(picture);
    format!("\"{}\"", digest.get(..32).unwrap_or_default())
}

/// A picture and the headers of the request for it.
#[derive(Clone)]
struct Picture<'a> {
    bytes: &'a Bytes,
    etag: String,
    headers: &'a HeaderMap,
}

impl<'a> Picture<'a> {
    fn new(bytes: &'a Bytes, headers: &'a HeaderMap) -> Picture<'a> {
        Picture { bytes, etag: etag(bytes), headers }
    }

    /// The same answer with other bytes, under the same ETag.
    fn with_bytes<'b>(&'b self, bytes: &'b Bytes) -> Picture<'b> {
        Picture { bytes, ..self.clone() }
    }

    fn whole(&self) -> Response<FaultyBody> {
        self.response().map(FaultyBody::whole)
    }

    /// The picture or the requested range, with its `Content-Length`.
    fn response(&self) -> Response<Bytes> {
        let total = self.bytes.len();
        let (status, part, range) = match self.requested() {
            RangeRequest::Full => (StatusCode::OK, self.bytes.clone(), None),
            RangeRequest::Part { first, last } => {
                let range = format!("bytes {first}-{last}/{total}");
                (StatusCode::PARTIAL_CONTENT, self.bytes.slice(first..=last), Some(range))
            }
            RangeRequest::Unsatisfiable => {
                let range = format!("bytes */{total}");
                (StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new(), Some(range))
            }
        };
        let length = HeaderValue::from(part.len());
        let mut response = Response::new(part);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(self.bytes)));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(CONTENT_LENGTH, length);
        let texts = [(ETAG, Some(self.etag.clone())), (CONTENT_RANGE, range)];
        for (name, text) in texts {
            if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }

    /// The requested range. An `If-Range` with another ETag requests the whole picture.
    fn requested(&self) -> RangeRequest {
        let text = |name| self.headers.get(name).and_then(|value| value.to_str().ok());
        let same = text(IF_RANGE).is_none_or(|etag| etag == self.etag);
        match text(RANGE) {
            Some(range) if same => RangeRequest::parse(range, self.bytes.len()),
            _ => RangeRequest::Full,
        }
    }
}

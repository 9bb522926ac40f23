//! `GET /pictures/<id>.jpeg`: the object store that results are fetched from, and its faults.

use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_RANGES, AUTHORIZATION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
    IF_RANGE, LOCATION, RANGE,
};
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use url::Url;

use crate::digest::sha256;

use super::faults::OnDownload;
use super::faulty_body::FaultyBody;
use super::links::{LinkError, picture_id};
use super::problem;
use super::range::RangeRequest;
use super::service::Service;

/// `slow-download`: about 160 kB a second.
const SLOW_BYTES: usize = 8 * 1024;
const SLOW_PAUSE: Duration = Duration::from_millis(50);

/// Where `redirect-download` sends its visitors: `/hops/<how many are left>/<id>.jpeg`.
const HOPS: &str = "/hops/";

/// Answers whatever is asked of the pictures' origin.
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
            None => match open(service, id, url) {
                Ok(bytes) => Picture::new(&bytes, headers).whole(),
                Err(error) => refused(error),
            },
        };
    }
    let Some(id) = picture_id(url.path()) else {
        return refused(LinkError::NoPicture);
    };
    service.ledger().downloads += 1;
    let fault = service.faults().on_download();
    match open(service, id, url) {
        Ok(bytes) => answer(&Picture::new(&bytes, headers), id, url, fault),
        Err(error) => refused(error),
    }
}

/// Hands the picture over, or does what `fault` says.
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
            problem::object_store_error(status, "InternalError", "The sandbox was asked to fail.")
        }
        OnDownload::Endless => {
            let mut response = picture.response().map(FaultyBody::endless);
            response.headers_mut().remove(CONTENT_LENGTH);
            response
        }
        OnDownload::Redirect(hops) => redirect(hops.saturating_sub(1), id, url),
        OnDownload::Slow => picture.response().map(|body| FaultyBody::slow(body, SLOW_BYTES, SLOW_PAUSE)),
        OnDownload::NoRange => Picture { headers: &HeaderMap::new(), ..picture.clone() }.whole(),
        OnDownload::ExpiredLink => refused(LinkError::Expired),
    }
}

/// The picture behind a link, when the link opens it.
fn open(service: &Service, id: &str, url: &Url) -> Result<Bytes, LinkError> {
    service.links.verify(id, url, Timestamp::now())?;
    service.pictures().get(id).ok_or(LinkError::NoPicture)
}

fn refused(error: LinkError) -> Response<FaultyBody> {
    problem::object_store_error(error.status(), error.code(), &error.to_string())
}

fn hops_left(path: &str) -> Option<(usize, &str)> {
    let (hops, name) = path.strip_prefix(HOPS)?.split_once('/')?;
    Some((hops.parse().ok()?, name.strip_suffix(".jpeg")?))
}

fn redirect(hops: usize, id: &str, url: &Url) -> Response<FaultyBody> {
    let query = url.query().unwrap_or_default();
    let mut response = Response::new(FaultyBody::whole(Vec::new()));
    *response.status_mut() = StatusCode::FOUND;
    if let Ok(next) = HeaderValue::from_str(&format!("{HOPS}{hops}/{id}.jpeg?{query}")) {
        response.headers_mut().insert(LOCATION, next);
    }
    response
}

/// Sixty-four bytes in the middle turned over: the length stays, the picture does not.
fn corrupted(picture: &Bytes) -> Bytes {
    let mut bytes = picture.to_vec();
    let middle = bytes.len() / 2;
    bytes.iter_mut().skip(middle).take(64).for_each(|byte| *byte = !*byte);
    bytes.into()
}

fn etag(picture: &[u8]) -> String {
    let digest = sha256(picture);
    format!("\"{}\"", digest.get(..32).unwrap_or_default())
}

/// A picture, and what was asked of it.
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

    /// The same with other bytes under the same name.
    fn with_bytes<'b>(&'b self, bytes: &'b Bytes) -> Picture<'b> {
        Picture { bytes, ..self.clone() }
    }

    fn whole(&self) -> Response<FaultyBody> {
        self.response().map(FaultyBody::whole)
    }

    /// All of the picture, or the part that was asked for, with its length announced.
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
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
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

    /// What `Range` asks for; an `If-Range` that names another picture voids it.
    fn requested(&self) -> RangeRequest {
        let text = |name| self.headers.get(name).and_then(|value| value.to_str().ok());
        let same = text(IF_RANGE).is_none_or(|etag| etag == self.etag);
        match text(RANGE) {
            Some(range) if same => RangeRequest::parse(range, self.bytes.len()),
            _ => RangeRequest::Full,
        }
    }
}

//! One POST, sent once, and what became of it.

use std::io::Read;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::blocking::{self, Response};
use reqwest::header::{self, HeaderMap, HeaderValue};

use crate::secret::ApiKey;

use super::answer::{Answer, Price};
use super::endpoint::Endpoint;
use super::http::{HttpError, Transport, describe};
use super::refusal::Refusal;
use super::request::{Body, Meter, Metered, RequestId};
use super::retry::RetryAfter;

/// Answers larger than this are not read further, unless they carry the picture inside.
const MAX_ANSWER_BYTES: usize = 1 << 20;
/// The bound of an answer that carries the picture inside.
const MAX_INLINE_ANSWER_BYTES: usize = 64 << 20;

/// A POST that brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nothing left this machine: it certainly cost nothing.
    #[error("{0}")]
    NotSent(HttpError),
    /// As [`SendError::NotSent`], and trying again would end the same way: a certificate that is not
    /// valid, a proxy that is not a URL.
    #[error("{0}")]
    Final(HttpError),
    /// Something left and nothing came back.
    #[error("{0}")]
    Unknown(Doubt),
}

/// Why it is not known whether a call was charged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The connection ended under the call.
    #[error("the connection broke after the request was sent ({0})")]
    Broken(String),
    /// No answer, or no end of one, in time.
    #[error("no answer within {} s of sending the request", .0.as_secs_f64())]
    TimedOut(Duration),
    /// The answer ended early.
    #[error("the answer was cut after {0} bytes")]
    Cut(usize),
    /// Something between here and the service answered in its place.
    #[error("the answer is not the service's own (HTTP {status}, {what})")]
    Foreign {
        /// The HTTP status.
        status: u16,
        /// What stood in the body.
        what: &'static str,
    },
    /// The POST was redirected; it is not followed.
    #[error("the request was redirected (HTTP {0}), which is not followed")]
    Redirected(u16),
    /// A 2xx whose body is not the documented answer.
    #[error("the answer (HTTP {status}) is not the documented JSON: {what}")]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it.
        what: String,
    },
    /// More than anyone should hold in memory.
    #[error("the answer is larger than {} MiB", .0 >> 20)]
    TooLarge(usize),
    /// Compressed answers are neither asked for nor taken.
    #[error("the answer is compressed ({0}), which was not asked for")]
    Compressed(String),
}

/// An answer as it came, before anything in it is believed.
#[derive(Debug)]
pub struct RawAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, or as much of it as came.
    pub body: Vec<u8>,
    /// Why the body is not whole, if it is not.
    pub flaw: Option<Doubt>,
    /// The local time when the headers came.
    pub received: Timestamp,
}

/// What an answer means.
#[derive(Debug)]
pub enum Verdict {
    /// It was done, and paid for.
    Done(Answer),
    /// The service itself said no, which costs nothing; with the wait it asked for.
    Refused(Refusal, Option<RetryAfter>),
    /// Neither can be told.
    Unknown(Doubt),
}

/// Sends one generation. This function is the only place that spends money.
///
/// The bytes on their way out are told to `meter`, if somebody watches.
///
/// # Errors
/// See [`SendError`]. An answer of any status, even one that was cut, is not an error here.
pub fn send(
    transport: &Transport,
    endpoint: &Endpoint,
    key: &ApiKey,
    id: &RequestId,
    body: &Body,
    meter: Option<&Meter>,
) -> Result<RawAnswer, SendError> {
    let url = endpoint.generations();
    let client = transport.for_calls(&url).map_err(SendError::Final)?;
    let payload = match meter {
        Some(meter) => {
            meter.start(body.len());
            blocking::Body::sized(Metered::new(body, meter.clone()), body.len())
        }
        None => blocking::Body::from(body.bytes()),
    };
    let deadline = Instant::now() + transport.timeout();
    let response = client
        .post(url)
        .header(header::AUTHORIZATION, bearer(key).map_err(SendError::Final)?)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .header("x-client-request-id", id.as_str())
        .body(payload)
        .send()
        .map_err(|error| send_error(error, transport.timeout()))?;
    Ok(receive(response, deadline, transport.timeout()))
}

/// The header that carries the key; marked so that no log of a library shows it.
pub(super) fn bearer(key: &ApiKey) -> Result<HeaderValue, HttpError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.reveal()))
        .map_err(|_| HttpError("the key cannot stand in a header".into()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn send_error(error: reqwest::Error, timeout: Duration) -> SendError {
    if error.is_builder() || is_certificate_error(&error) {
        return SendError::Final(HttpError(describe(error)));
    }
    // The library says "connect" of all that goes before the request: names, TCP, TLS, the proxy.
    if error.is_connect() {
        return SendError::NotSent(HttpError(describe(error)));
    }
    if error.is_timeout() {
        return SendError::Unknown(Doubt::TimedOut(timeout));
    }
    SendError::Unknown(Doubt::Broken(describe(error)))
}

/// Whether a handshake failed because of who the other side is; that does not change by itself.
fn is_certificate_error(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return matches!(tls, rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented);
    }
    // The TLS error hides inside I/O errors, one in the other, which do not give it as their source.
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    inner.is_some_and(|inner| is_certificate_error(inner)) || error.source().is_some_and(is_certificate_error)
}

fn receive(mut response: Response, deadline: Instant, timeout: Duration) -> RawAnswer {
    let mut answer = RawAnswer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: Vec::new(),
        flaw: None,
        received: Timestamp::now(),
    };
    let mut chunk = [0; 16 << 10];
    loop {
        match response.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => answer.body.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => {
                answer.flaw = Some(Doubt::Cut(answer.body.len()));
                break;
            }
        }
        let bound = if carries_picture(&answer.body) { MAX_INLINE_ANSWER_BYTES } else { MAX_ANSWER_BYTES };
        if answer.body.len() > bound {
            answer.flaw = Some(Doubt::TooLarge(bound));
            break;
        }
        if Instant::now() >= deadline {
            answer.flaw = Some(Doubt::TimedOut(timeout));
            break;
        }
    }
    answer
}

/// Whether the beginning of an answer announces a picture inside: a service may answer so even when
/// a link was asked for, and what was paid for is not thrown away for its length.
fn carries_picture(body: &[u8]) -> bool {
    const FIELD: &[u8] = b"\"b64_json\"";
    let head = &body[..body.len().min(4096)];
    let Some(at) = head.windows(FIELD.len()).position(|window| window == FIELD) else { return false };
    let mut rest = head[at + FIELD.len()..].iter().filter(|byte| !byte.is_ascii_whitespace());
    rest.next() == Some(&b':') && rest.next() == Some(&b'"')
}

impl RawAnswer {
    /// A header's value, where there is one that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The service's id for this call.
    pub fn inference_id(&self) -> Option<&str> {
        self.header("x-inference-id")
    }

    /// What the headers say it cost.
    pub fn price(&self) -> Option<Price> {
        Price::new(number(self.header("x-aimlapi-usd-spent")), number(self.header("x-aimlapi-credits-used")))
    }

    /// Says what this answer means.
    pub fn verdict(&self) -> Verdict {
        if let Some(flaw) = &self.flaw {
            return Verdict::Unknown(flaw.clone());
        }
        if let Some(encoding) = self.header("content-encoding").filter(|encoding| *encoding != "identity") {
            return Verdict::Unknown(Doubt::Compressed(encoding.to_owned()));
        }
        let status = self.status;
        match status {
            200..=299 => match Answer::read(self) {
                Ok(answer) => Verdict::Done(answer),
                Err(what) => Verdict::Unknown(Doubt::Unreadable { status, what }),
            },
            300..=399 => Verdict::Unknown(Doubt::Redirected(status)),
            _ => match Refusal::read(status, &self.body) {
                Some(refusal) => Verdict::Refused(refusal, self.retry_after()),
                None => Verdict::Unknown(Doubt::Foreign { status, what: kind_of(&self.body) }),
            },
        }
    }

    fn retry_after(&self) -> Option<RetryAfter> {
        RetryAfter::parse(self.header("retry-after")?, self.received)
    }
}

fn number(text: Option<&str>) -> Option<f64> {
    text?.trim().parse().ok()
}

/// What a body that is not the service's own looks like, in words.
fn kind_of(body: &[u8]) -> &'static str {
    let start = body.trim_ascii_start();
    match start.first() {
        None => "an empty body",
        Some(b'<') => "an HTML page",
        Some(b'{' | b'[') => "JSON of another shape",
        Some(_) => "a body of another kind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> RawAnswer {
        RawAnswer {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
            flaw: None,
            received: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn whatever_is_not_the_services_own_words_is_unknown() {
        for (status, body) in [
            (502, "<html>Bad Gateway</html>"),
            (524, ""),
            (403, "<html>"),
            (200, "<html>"),
            (200, ""),
            (200, "{\"data\":"),
            (302, ""),
            (307, "{\"message\":\"moved\",\"statusCode\":307}"),
            (101, ""),
        ] {
            let verdict = answer(status, body).verdict();
            assert!(matches!(verdict, Verdict::Unknown(_)), "{status} {body}: {verdict:?}");
        }
    }

    #[test]
    fn a_cut_answer_is_unknown_even_when_what_came_is_valid() {
        let mut cut = answer(500, r#"{"message":"Internal server error"}"#);
        cut.flaw = Some(Doubt::Cut(35));
        assert!(matches!(cut.verdict(), Verdict::Unknown(Doubt::Cut(35))));
    }

    #[test]
    fn a_compressed_answer_is_not_taken() {
        let mut gzip = answer(200, r#"{"data":[{"url":"https://h/x"}]}"#);
        gzip.headers.insert("content-encoding", HeaderValue::from_static("gzip"));
        assert!(matches!(gzip.verdict(), Verdict::Unknown(Doubt::Compressed(_))));
    }

    #[test]
    fn the_wait_that_a_refusal_asks_for_is_read() {
        let mut busy = answer(429, r#"{"message":"Too Many Requests"}"#);
        busy.headers.insert("retry-after", HeaderValue::from_static("3"));
        let Verdict::Refused(refusal, Some(after)) = busy.verdict() else { panic!("not refused") };
        assert_eq!((refusal.status, after.0.as_secs()), (429, 3));
    }

    #[test]
    fn a_picture_inside_is_seen_by_its_field_and_not_by_a_null_one() {
        assert!(carries_picture(br#"{"created":1,"data":[{"url":null,"b64_json": "/9j/"#));
        assert!(!carries_picture(br#"{"data":[{"url":"https://h","b64_json":null}]}"#));
    }

    #[test]
    fn the_keys_header_does_not_show_in_debug_output() {
        let key = ApiKey::parse("0123456789abcdef").unwrap();
        assert!(!format!("{:?}", bearer(&key).unwrap()).contains("0123456789"));
    }
}

//! Raw answers, and what they prove about the charge.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::cards::ServiceCard;
use crate::secret::ApiKey;

use super::answer::Answer;
use super::endpoint::BaseUrl;
use super::http::is_compression;
use super::local_server::is_from_sandbox;
use super::price::Price;
use super::refusal::Refusal;
use super::retry::RetryAfter;

/// The headers that name the price of a call.
const USD_HEADER: &str = "x-aimlapi-usd-spent";
const CREDITS_HEADER: &str = "x-aimlapi-credits-used";

/// The size limit of an answer without a picture.
pub(super) const MAX_ANSWER_BYTES: usize = 1 << 20;

/// Why it is not known whether a call was charged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownOutcome {
    #[error("the connection failed after the request was sent ({0})")]
    Disconnected(String),
    #[error("no answer within {} s of sending the request", .0.as_secs_f64())]
    TimedOut(Duration),
    #[error("the answer ended early, after {0} bytes")]
    Truncated(usize),
    /// Something between here and the service answered in its place.
    #[error("the answer did not come from the service (HTTP {status}, {what})")]
    NotFromService {
        status: u16,
        /// What the body is instead.
        what: &'static str,
    },
    /// A queue accepted the request and has not finished it.
    #[error("the service accepted the request and has not finished it after {} s", .0.as_secs_f64())]
    StillRunning(Duration),
    /// A queue accepted the request and no longer knows it.
    #[error("the service accepted the request and no longer knows it (HTTP {0})")]
    Forgotten(u16),
    /// A request that a queue had accepted was refused when it ran.
    #[error("the service refused the request when it ran, and may have charged it: {0}")]
    RefusedWhenRun(String),
    /// The service accepted the request and made no picture. Holds its reason.
    #[error("the service made no picture: {0}; whether it was charged is not known")]
    MadeNothing(String),
    /// A refusal that states a price or holds results, as only a successful call does.
    #[error("the service refused the request (HTTP {0}), but may have charged it")]
    ChargedRefusal(u16),
    #[error("the request was redirected (HTTP {0}), which is not followed")]
    Redirected(u16),
    #[error("the answer (HTTP {status}) is not the documented JSON: {what}")]
    Unreadable { status: u16, what: String },
    #[error("the answer is larger than {} MiB", .0 >> 20)]
    TooLarge(usize),
    /// Compression is never requested, and not supported.
    #[error("the answer is compressed ({0}), which is not supported")]
    Compressed(String),
}

/// An answer as it was received, before anything in it is trusted.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body, as far as it was received.
    pub body: Vec<u8>,
    /// Why the body is incomplete, if it is.
    pub incomplete: Option<UnknownOutcome>,
    /// Whether the service can have the whole request. Without all of it, no request runs, even if a proxy answered.
    pub is_request_complete: bool,
    /// The local time at which the headers arrived.
    pub received: Timestamp,
}

/// What an answer means.
#[derive(Debug)]
pub enum Verdict {
    /// The generation succeeded, and was charged.
    Done(Answer),
    /// The service itself refused, which costs nothing; with the wait it requests.
    Refused(Refusal, Option<RetryAfter>),
    /// Neither can be proven.
    Unknown(UnknownOutcome),
}

impl RawAnswer {
    /// Removes the key from an answer that echoes it, so that it is neither shown nor stored.
    pub(super) fn redact(&mut self, key: &ApiKey) {
        key.redact_bytes(&mut self.body);
        let echoes = |value: &HeaderValue| key.redact_bytes(&mut value.as_bytes().to_vec());
        let names = self.headers.keys().filter(|name| key.redact_bytes(&mut name.as_str().into()));
        for name in names.cloned().collect::<Vec<_>>() {
            self.headers.remove(name);
        }
        for value in self.headers.values_mut().filter(|value| echoes(value)) {
            *value = HeaderValue::from_static("[key]");
        }
    }

    /// Returns a header's value, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the status is that of a success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether this has a result, even if it is cut off.
    pub fn has_result(&self) -> bool {
        Answer::has_result(&self.body)
    }

    /// Returns the service's id for this call. A value that is not a plausible id, such as a link, is ignored.
    pub fn inference_id(&self) -> Option<&str> {
        self.header("x-inference-id").filter(|id| is_id(id))
    }

    /// Removes the price from a sandbox's answer, because it is not money. Other answers are not changed.
    #[must_use]
    pub fn without_sandbox_price(mut self) -> RawAnswer {
        if is_from_sandbox(&self.headers) {
            self.headers.remove(USD_HEADER);
            self.headers.remove(CREDITS_HEADER);
            if let Ok(serde_json::Value::Object(mut body)) = serde_json::from_slice(&self.body)
                && body.remove("meta").is_some()
            {
                self.body = serde_json::Value::Object(body).to_string().into_bytes();
            }
        }
        self
    }

    /// Returns the price in the headers.
    pub fn price(&self) -> Option<Price> {
        Price::new(number(self.header(USD_HEADER)), number(self.header(CREDITS_HEADER)))
    }

    /// Whether an error may have been charged: it states a price that is not zero or cannot be read, or has a result.
    fn may_be_charged(&self) -> bool {
        let has_price = |name| self.headers.contains_key(name) && number(self.header(name)) != Some(0.0);
        has_price(USD_HEADER) || has_price(CREDITS_HEADER) || Answer::may_be_charged(&self.body)
    }

    /// Returns the headers as text, one per line, to be stored.
    pub fn headers_text(&self) -> String {
        let lines = self
            .headers
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}: {}\n", value.to_str().ok()?)));
        lines.collect()
    }

    /// Restores a stored answer. `cut` marks it as truncated.
    pub fn restore(status: u16, headers: &str, body: Vec<u8>, cut: bool, received: Timestamp) -> RawAnswer {
        let pairs = headers.lines().filter_map(|line| line.split_once(": "));
        let headers = pairs.filter_map(|(name, value)| {
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
        });
        let incomplete = cut.then_some(UnknownOutcome::Truncated(body.len()));
        // An answer to a part of a request is not stored without what it proves.
        RawAnswer {
            status,
            headers: headers.collect(),
            body,
            incomplete,
            is_request_complete: true,
            received,
        }
    }

    /// Decides what this answer proves.
    pub fn verdict(&self, service: &ServiceCard) -> Verdict {
        if !self.is_request_complete && self.status >= 300 && !self.may_be_charged() {
            return Verdict::Refused(self.early_refusal(service), self.retry_after());
        }
        if let Some(incomplete) = &self.incomplete {
            return Verdict::Unknown(incomplete.clone());
        }
        if let Some(encoding) = self.header("content-encoding").filter(|encoding| is_compression(encoding)) {
            return Verdict::Unknown(UnknownOutcome::Compressed(encoding.to_owned()));
        }
        let status = self.status;
        match status {
            200..=299 => match Answer::read(&self.body) {
                Ok(answer) => self.done(answer),
                Err(what) => Verdict::Unknown(UnknownOutcome::Unreadable { status, what }),
            },
            300..=399 => Verdict::Unknown(UnknownOutcome::Redirected(status)),
            _ if self.may_be_charged() => Verdict::Unknown(UnknownOutcome::ChargedRefusal(status)),
            _ => match Refusal::read(status, &self.body, service) {
                Some(refusal) if status >= 400 => Verdict::Refused(refusal, self.retry_after()),
                _ => Verdict::Unknown(UnknownOutcome::NotFromService { status, what: kind_of(&self.body) }),
            },
        }
    }

    /// Reads the reason for which the request was refused before it was sent completely.
    fn early_refusal(&self, service: &ServiceCard) -> Refusal {
        Refusal::read(self.status, &self.body, service)
            .or_else(|| Refusal::read_free(self.status, &self.body))
            .unwrap_or_else(|| Refusal::early(self.status, kind_of(&self.body)))
    }

    /// Extracts complete results from an answer that cannot be trusted as a whole. Relative links are resolved against
    /// `base`. Returns `None` if it has none.
    pub fn salvage(&self, base: Option<&BaseUrl>) -> Option<Answer> {
        let mut answer = Answer { price: self.price(), ..Answer::salvage(&self.body)? };
        if let Some(base) = base {
            answer.resolve(base);
        }
        Some(answer)
    }

    /// Returns the start of the picture in an answer that was cut off within it. `None` if it was not.
    pub fn started_picture(&self) -> Option<Vec<u8>> {
        Answer::started_picture(&self.body)
    }

    /// Returns the verdict for a success. The price in the headers is exact and outranks the one in the body.
    fn done(&self, answer: Answer) -> Verdict {
        Verdict::Done(Answer { price: self.price().or(answer.price), ..answer })
    }

    fn retry_after(&self) -> Option<RetryAfter> {
        RetryAfter::parse(self.header("retry-after")?, self.received)
    }
}

/// Returns whether a text is plausible as an id: short, visible characters, and no link or part of a path.
pub(super) fn is_id(text: &str) -> bool {
    text.len() <= 200
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"/\\?".contains(&byte))
        && text.bytes().any(|byte| byte != b'.')
}

fn number(text: Option<&str>) -> Option<f64> {
    text?.trim().parse().ok()
}

/// Describes a body that did not come from the service.
fn kind_of(body: &[u8]) -> &'static str {
    let start = body.trim_ascii_start();
    match start.first() {
        None => "an empty body",
        Some(b'<') => "an HTML page",
        Some(b'{' | b'[') => "JSON with another structure",
        Some(_) => "another kind of body",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::*;
    use crate::cards::Models;

    fn service() -> &'static ServiceCard {
        static MODELS: OnceLock<Models> = OnceLock::new();
        MODELS.get_or_init(|| Models::built_in("aimlapi").unwrap()).service()
    }

    fn answer(status: u16, body: &str) -> RawAnswer {
        RawAnswer {
            status,
            headers: HeaderMap::new(),
            body: body.into(),
            incomplete: None,
            is_request_complete: true,
            received: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_answer_that_is_not_from_the_service_is_in_doubt() {
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
            (101, "{\"message\":\"switching\"}"),
        ] {
            let verdict = answer(status, body).verdict(service());
            assert!(matches!(verdict, Verdict::Unknown(_)), "{status} {body}: {verdict:?}");
        }
    }

    #[test]
    fn a_key_is_removed_from_the_names_of_headers_too() {
        let mut echo = answer(200, "{}");
        echo.headers.insert("x-0123456789abcdef", HeaderValue::from_static("1"));
        echo.redact(&ApiKey::parse("0123456789abcdef").unwrap());
        assert_eq!(echo.headers_text(), "");
    }

    #[test]
    fn an_id_is_no_link_and_no_part_of_a_path() {
        assert!(is_id("0123-abcd.1") && is_id("a#b"));
        for other in ["", ".", "..", "a/b", "a?b", "..\\x", "a b", "https://h/x"] {
            assert!(!is_id(other), "{other:?}");
        }
    }

    #[test]
    fn a_truncated_answer_is_in_doubt_even_if_it_is_valid_json() {
        let mut cut = answer(500, r#"{"message":"Internal server error"}"#);
        cut.incomplete = Some(UnknownOutcome::Truncated(35));
        assert!(matches!(cut.verdict(service()), Verdict::Unknown(UnknownOutcome::Truncated(35))));
    }

    #[test]
    fn a_restored_answer_has_the_same_verdict() {
        let mut busy = answer(429, r#"{"message":"Too Many Requests"}"#);
        busy.headers.insert("retry-after", HeaderValue::from_static("3"));
        let text = busy.headers_text();
        let kept = RawAnswer::restore(429, &text, busy.body.clone(), false, busy.received);
        assert_eq!(kept.headers, busy.headers);
        assert!(matches!(kept.verdict(service()), Verdict::Refused(_, Some(_))));
        let cut = RawAnswer::restore(200, "", b"{\"data\":".to_vec(), true, busy.received);
        assert!(matches!(cut.verdict(service()), Verdict::Unknown(UnknownOutcome::Truncated(8))));
    }

    #[test]
    fn the_price_in_the_headers_outranks_the_one_in_the_body() {
        let mut priced = answer(200, r#"{"data":[],"meta":{"usage":{"tokens_used":1}}}"#);
        priced.headers.insert("x-aimlapi-usd-spent", HeaderValue::from_static("0.5"));
        let Verdict::Done(answer) = priced.verdict(service()) else { panic!("not done") };
        assert_eq!(answer.price.unwrap().usd, 0.5);
    }

    #[test]
    fn only_the_price_of_a_sandbox_is_removed() {
        let body = r#"{"data":[{"url":"https://h/x"}],"meta":{"usage":{"usd_spent":0.0315}}}"#;
        for (mark, price) in [(false, Some(0.0315)), (true, None)] {
            let mut priced = answer(200, body);
            priced.headers.insert(USD_HEADER, HeaderValue::from_static("0.0315"));
            if mark {
                priced.headers.insert("x-seededit-sandbox", HeaderValue::from_static("1"));
            }
            let Verdict::Done(answer) = priced.without_sandbox_price().verdict(service()) else {
                panic!("not done")
            };
            assert_eq!((answer.price.map(|price| price.usd), answer.items.len()), (price, 1));
        }
    }

    #[test]
    fn a_compressed_answer_is_in_doubt() {
        let mut gzip = answer(200, r#"{"data":[{"url":"https://h/x"}]}"#);
        gzip.headers.insert("content-encoding", HeaderValue::from_static("gzip"));
        assert!(matches!(gzip.verdict(service()), Verdict::Unknown(UnknownOutcome::Compressed(_))));
    }

    #[test]
    fn a_refusal_with_a_price_or_a_result_is_in_doubt() {
        let body = r#"{"message":"Internal server error","requestId":"7","statusCode":500}"#;
        assert!(matches!(answer(500, body).verdict(service()), Verdict::Refused(..)));
        let mut priced = answer(500, body);
        priced.headers.insert("x-aimlapi-usd-spent", HeaderValue::from_static("0.0315"));
        assert!(matches!(priced.verdict(service()), Verdict::Unknown(UnknownOutcome::ChargedRefusal(500))));
        for (usd, credits) in [("0", "63000"), ("$0.0315", "0"), ("0.0315", "0")] {
            let mut priced = answer(500, body);
            priced.headers.insert(USD_HEADER, HeaderValue::from_static(usd));
            priced.headers.insert(CREDITS_HEADER, HeaderValue::from_static(credits));
            assert!(matches!(priced.verdict(service()), Verdict::Unknown(_)), "{usd} {credits}");
        }
        let with =
            |field: &str| answer(500, &body.replacen('{', &format!("{{{field},"), 1)).verdict(service());
        for field in [
            r#""meta":{"usage":{"credits_used":63000}}"#,
            r#""meta":{"usage":{"usd_spent":"0.0315"}}"#,
            r#""meta":{"usage":{"usd_spent":"a few cents"}}"#,
            r#""data":{"url":"https://h.example/x"}"#,
            r#""images":[{"url":"https://h.example/x"}]"#,
            r#""image":{"b64_json":"YWJj"}"#,
        ] {
            assert!(matches!(with(field), Verdict::Unknown(UnknownOutcome::ChargedRefusal(500))), "{field}");
        }
        for field in [r#""meta":{"usage":{"credits_used":0,"usd_spent":null}}"#, r#""data":null,"images":[]"#]
        {
            assert!(matches!(with(field), Verdict::Refused(..)), "{field}");
        }
        let held = answer(500, r#"{"message":"x","statusCode":500,"data":[{"url":"https://h.example/x"}]}"#);
        assert!(matches!(held.verdict(service()), Verdict::Unknown(UnknownOutcome::ChargedRefusal(500))));
        assert_eq!(held.salvage(None).unwrap().items.len(), 1);
    }

    #[test]
    fn an_echoed_key_is_redacted_in_every_spelling() {
        let key = ApiKey::parse("0123456789abcdef/0123456789abcdef").unwrap();
        let spellings = [
            r#"{"message":"no 0123456789abcdef/0123456789abcdef"}"#,
            r#"{"message":"no 0123456789abcdef\/0123456789abcdef"}"#,
            r#"{"message":"no \u0030123456789abcdef/0123456789abcdef"}"#,
        ];
        for spelling in spellings {
            let mut echo = answer(400, spelling);
            echo.redact(&key);
            let Verdict::Refused(refusal, _) = echo.verdict(service()) else { panic!("{spelling}") };
            assert_eq!(refusal.message, "no [key]", "{spelling}");
        }
    }

    #[test]
    fn the_wait_of_a_refusal_is_read() {
        let mut busy = answer(429, r#"{"message":"Too Many Requests"}"#);
        busy.headers.insert("retry-after", HeaderValue::from_static("3"));
        let Verdict::Refused(refusal, Some(after)) = busy.verdict(service()) else { panic!("not refused") };
        assert_eq!((refusal.status, after.0.as_secs()), (429, 3));
    }
}

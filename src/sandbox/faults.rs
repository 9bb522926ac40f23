//! The faults that can be injected. On the command line: `KIND[=ARG][:WHEN]`.
//!
//! Each kind is implemented where it occurs: [`BeforeCharge`] in `refusal`, [`AfterCharge`] in `answer`,
//! [`OnDownload`] in `downloads`, [`OnPoll`] and
//! [`OnResult`] in `queue`.

use std::str::FromStr;

use hyper::StatusCode;
use thiserror::Error;

/// A fault, and when it is injected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    pub kind: FaultKind,
    pub when: When,
}

/// A fault by the stage at which it occurs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A generation request is not executed; nothing is charged.
    BeforeCharge(BeforeCharge),
    /// A generation is executed and charged; its answer is broken or unusual.
    AfterCharge(AfterCharge),
    /// The download of a result fails.
    OnDownload(OnDownload),
    /// A poll of a queue fails.
    OnPoll(OnPoll),
    /// A result of a queue cannot be fetched.
    OnResult(OnResult),
}

/// Faults of a generation request before it is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeforeCharge {
    /// 429, with `Retry-After` if configured.
    RateLimit,
    /// A 5xx error of the service itself.
    ServerError(StatusCode),
    /// 403, out of credit.
    NoCredits,
    /// 403, the key lacks the permission.
    Forbidden,
    /// 401.
    Unauthorized,
    /// 404, the model is no longer served.
    Retired,
    /// An error of the form `{"error": {…}}`.
    ArkError(StatusCode),
    /// A TCP reset after the headers of the request, before its body is read.
    ResetEarly,
    /// A TCP reset after the whole request was read.
    Reset,
    /// An HTML error page of a gateway.
    Gateway(StatusCode),
    /// A status with an empty body.
    Empty(StatusCode),
    /// A redirect to the same address.
    Redirect(StatusCode),
}

/// Faults in the answer to a charged generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterCharge {
    /// A TCP reset instead of the answer.
    Reset,
    /// No answer while the client stays connected.
    Stall,
    /// The connection closes after this many bytes of the body.
    Cut(usize),
    /// An HTML error page of a gateway instead of the answer.
    Gateway(StatusCode),
    /// An HTML page with status 200.
    Html,
    /// A body that never ends.
    Endless,
    /// A gzip body that the client did not accept.
    Gzip,
    /// No `meta` field.
    NoMeta,
    /// `"meta": null`.
    NullMeta,
    /// `meta.usage` in its older form, without price headers.
    TokensUsed,
    /// No price anywhere.
    NoPrice,
    /// This many results in `data`.
    Several(usize),
    /// `"data": []`.
    EmptyData,
    /// `"data": null`.
    NullData,
    /// `b64_json`, whatever was requested.
    Inline,
    /// 201 instead of 200.
    Status201,
}

/// Faults of the download of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDownload {
    /// The connection closes after this many bytes.
    Cut(usize),
    /// The right length with wrong bytes in the middle.
    Corrupt,
    /// The first half, announced as if it were the whole.
    Truncated,
    /// An HTML page with the content type image/jpeg.
    Html,
    /// The object store's error with this status.
    Error(StatusCode),
    /// A body that never ends.
    Endless,
    /// This many redirects, then the picture.
    Redirect(usize),
    /// A few kilobytes at a time.
    Slow,
    /// `Range` is ignored.
    NoRange,
    /// 403, as if the link had expired.
    ExpiredLink,
}

/// Faults of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnPoll {
    /// An error with this status.
    Error(StatusCode),
}

/// Faults of a result of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnResult {
    /// 404, as if it had expired.
    Expired,
}

/// The requests that are affected, of those that a fault applies to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// All of them.
    Always,
    /// The first N.
    First(u64),
    /// A random share of them, from 0 to 1, selected by the fault seed.
    Share(f64),
}

/// An invalid `--fault` value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FaultError {
    #[error("there is no fault called `{0}`")]
    UnknownKind(String),
    /// The argument is missing or invalid.
    #[error("`{kind}` needs {expected}: {kind}={example}")]
    Argument {
        kind: &'static str,
        /// The allowed values.
        expected: &'static str,
        /// A valid argument.
        example: &'static str,
    },
    #[error("`{0}` takes no argument")]
    NoArgument(&'static str),
    /// The text after the colon is neither a count nor a percentage.
    #[error("`{0}` is neither a number of requests nor a percentage from 0% to 100%")]
    When(String),
}

impl FromStr for When {
    type Err = FaultError;

    fn from_str(typed: &str) -> Result<When, FaultError> {
        let when = match typed.strip_suffix('%') {
            Some(percent) => percent
                .parse()
                .ok()
                .filter(|percent| (0.0..=100.0).contains(percent))
                .map(|percent: f64| When::Share(percent / 100.0)),
            None => typed.parse().ok().map(When::First),
        };
        when.ok_or_else(|| FaultError::When(typed.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(typed: &str) -> Fault {
        typed.parse().unwrap()
    }

    #[test]
    fn a_kind_alone_affects_every_request() {
        let typed = fault("rate-limit");
        assert_eq!(typed.kind, FaultKind::BeforeCharge(BeforeCharge::RateLimit));
        assert_eq!(typed.when, When::Always);
    }

    #[test]
    fn an_argument_follows_an_equals_sign_and_a_count_a_colon() {
        let typed = fault("cut-answer=120:2");
        assert_eq!(typed.kind, FaultKind::AfterCharge(AfterCharge::Cut(120)));
        assert_eq!(typed.when, When::First(2));
        assert_eq!(fault("rate-limit:25%").when, When::Share(0.25));
    }

    #[test]
    fn an_unknown_kind_is_named() {
        assert_eq!("rate-limt".parse::<Fault>(), Err(FaultError::UnknownKind("rate-limt".into())));
    }

    #[test]
    fn a_missing_argument_is_reported_with_an_example() {
        let refused = "server-error".parse::<Fault>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`server-error` needs one of 500, 502, 503 and 504: server-error=503"
        );
    }

    #[test]
    fn arguments_out_of_range_are_refused() {
        for typed in ["server-error=501", "gateway=200", "several=0", "redirect=304", "empty=99"] {
            assert!(typed.parse::<Fault>().is_err(), "{typed} was accepted");
        }
    }

    #[test]
    fn an_argument_of_a_kind_without_one_is_refused() {
        assert_eq!("inline=3".parse::<Fault>(), Err(FaultError::NoArgument("inline")));
    }

    #[test]
    fn the_affected_requests_are_a_count_or_a_percentage() {
        for typed in ["inline:", "inline:often", "inline:101%", "inline:-1", "inline:NaN%"] {
            assert!(matches!(typed.parse::<Fault>(), Err(FaultError::When(_))), "{typed}");
        }
    }
}

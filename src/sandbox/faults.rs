//! Misbehaviour that can be asked for, as it is typed: `KIND[=ARG][:WHEN]`.
//!
//! What each kind does is one arm of a `match` where it strikes: [`BeforeCharge`] in `refusals`,
//! [`AfterCharge`] in `answers`, [`OnDownload`] in `downloads`.

use std::str::FromStr;

use hyper::StatusCode;
use thiserror::Error;

/// One way to misbehave, and how often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Which of the requests that it applies to it strikes.
    pub when: When,
}

/// What goes wrong, sorted by the moment at which it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A generation request that is never carried out: nothing is charged.
    BeforeCharge(BeforeCharge),
    /// A generation that was carried out and charged, and is answered badly or oddly.
    AfterCharge(AfterCharge),
    /// A download of a result.
    OnDownload(OnDownload),
}

/// Faults that strike a generation request before it is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeforeCharge {
    /// 429, with `Retry-After` when one is set.
    RateLimit,
    /// A 5xx of the service's own.
    ServerError(StatusCode),
    /// 403, out of credit.
    NoCredits,
    /// 403, the key may not do this.
    Forbidden,
    /// 401.
    Unauthorized,
    /// 404, the model is gone.
    Retired,
    /// An error in the shape `{"error": {…}}`.
    ArkError(StatusCode),
    /// A TCP reset once the request's head is in and before its body is read.
    ResetEarly,
    /// A TCP reset once the whole request was read.
    ResetBeforeCharge,
    /// A gateway's HTML page.
    Gateway(StatusCode),
    /// A status and not one byte more.
    Empty(StatusCode),
    /// A redirect to the same address.
    Redirect(StatusCode),
}

/// Faults and oddities in the answer to a generation that was charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterCharge {
    /// A TCP reset in place of the answer.
    Reset,
    /// No answer, for as long as the client stays.
    Stall,
    /// The connection closes after this many bytes of the body.
    Cut(usize),
    /// A gateway's HTML page in place of the answer.
    Gateway(StatusCode),
    /// An HTML page with status 200.
    Html,
    /// A body that never ends.
    Endless,
    /// A gzip body that nobody asked for.
    Gzip,
    /// No `meta`.
    NoMeta,
    /// `"meta": null`.
    NullMeta,
    /// `meta.usage` in its older form, and no price headers.
    TokensUsed,
    /// No price anywhere.
    NoPrice,
    /// This many results in `data`.
    Several(usize),
    /// `"data": []`.
    EmptyData,
    /// `"data": null`.
    NullData,
    /// `b64_json` whatever was asked for.
    Inline,
    /// 201 in place of 200.
    Status201,
}

/// Faults that strike the download of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDownload {
    /// The connection closes after this many bytes.
    Cut(usize),
    /// The right length, wrong bytes in the middle.
    Corrupt,
    /// The first half, announced as if it were the whole.
    Truncated,
    /// An HTML page that calls itself image/jpeg.
    Html,
    /// The object store's error with this status.
    Error(StatusCode),
    /// Bytes that never end.
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

/// Which of the requests that a fault applies to it strikes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// Every one.
    Always,
    /// The first so many.
    First(u64),
    /// This share of them, between 0 and 1, drawn from the fault seed.
    Share(f64),
}

/// A fault that cannot be understood as typed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FaultError {
    /// There is no such kind.
    #[error("there is no fault called `{0}`")]
    UnknownKind(String),
    /// The kind takes an argument, and none or an unsuitable one was given.
    #[error("`{kind}` needs {expected}: {kind}={example}")]
    Argument {
        /// The kind's name.
        kind: &'static str,
        /// What its argument may be.
        expected: &'static str,
        /// An argument that would do.
        example: &'static str,
    },
    /// The kind takes no argument.
    #[error("`{0}` takes no argument")]
    NoArgument(&'static str),
    /// What follows the colon is neither a count nor a percentage.
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
    fn a_kind_alone_strikes_every_request() {
        let typed = fault("rate-limit");
        assert_eq!(typed.kind, FaultKind::BeforeCharge(BeforeCharge::RateLimit));
        assert_eq!(typed.when, When::Always);
    }

    #[test]
    fn an_argument_follows_an_equals_sign_and_the_occasions_a_colon() {
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
    fn a_missing_argument_is_answered_with_an_example() {
        let refused = "server-error".parse::<Fault>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`server-error` needs one of 500, 502, 503 and 504: server-error=503"
        );
    }

    #[test]
    fn arguments_out_of_range_are_refused() {
        for typed in ["server-error=501", "gateway=200", "several=0", "redirect=304", "empty=99"] {
            assert!(typed.parse::<Fault>().is_err(), "{typed} was taken");
        }
    }

    #[test]
    fn an_argument_where_none_belongs_is_refused() {
        assert_eq!("inline=3".parse::<Fault>(), Err(FaultError::NoArgument("inline")));
    }

    #[test]
    fn occasions_are_a_count_or_a_percentage() {
        for typed in ["inline:", "inline:often", "inline:101%", "inline:-1", "inline:NaN%"] {
            assert!(matches!(typed.parse::<Fault>(), Err(FaultError::When(_))), "{typed}");
        }
    }
}

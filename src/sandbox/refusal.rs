//! What a generation request meets when it is not carried out; the faults before the charge.

use std::time::Duration;

use hyper::header::{HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Response, StatusCode};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

use super::RetryAfter;
use super::call::{CallIds, GENERATIONS, Reset};
use super::faults::BeforeCharge;
use super::faulty_body::FaultyBody;
use super::problem::{self, Problem};

/// Who said no. Nothing is charged whoever it was.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The service itself: the usage log lists the call as failed.
    Service(Box<Response<FaultyBody>>),
    /// Something in front of it: the usage log knows nothing.
    Front(Box<Response<FaultyBody>>),
    /// Nobody: the connection broke while the service worked, and the log lists a failure.
    Reset,
}

/// What `fault` answers in place of a picture.
pub(super) fn refuse(fault: BeforeCharge, retry_after: Option<RetryAfter>) -> Refusal {
    match fault {
        BeforeCharge::RateLimit => later(Problem::too_many_requests(), retry_after),
        BeforeCharge::ServerError(StatusCode::SERVICE_UNAVAILABLE) => {
            later(Problem::server_error(StatusCode::SERVICE_UNAVAILABLE), retry_after)
        }
        BeforeCharge::ServerError(status) => Problem::server_error(status).into(),
        BeforeCharge::NoCredits => Problem::no_credits().into(),
        BeforeCharge::Forbidden => {
            Problem::new(StatusCode::FORBIDDEN, "This key may not use this endpoint.").into()
        }
        BeforeCharge::Unauthorized => Problem::unauthorized().into(),
        BeforeCharge::Retired => Problem::no_such_model(super::MODEL).into(),
        BeforeCharge::ArkError(status) => Refusal::Service(Box::new(problem::ark_error(status))),
        BeforeCharge::ResetEarly | BeforeCharge::ResetBeforeCharge => Refusal::Reset,
        BeforeCharge::Gateway(status) => Refusal::Front(Box::new(problem::gateway_page(status))),
        BeforeCharge::Empty(status) => Refusal::Front(Box::new(empty(status))),
        BeforeCharge::Redirect(status) => {
            let mut response = empty(status);
            response.headers_mut().insert(LOCATION, HeaderValue::from_static(GENERATIONS));
            Refusal::Front(Box::new(response))
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        let response = Box::new(problem.response(GENERATIONS));
        match problem.status {
            // Without a key there is no account in whose log it could be listed.
            StatusCode::UNAUTHORIZED => Refusal::Front(response),
            _ => Refusal::Service(response),
        }
    }
}

impl Refusal {
    /// Whether the usage log lists the call, as failed.
    pub(super) fn is_logged(&self) -> bool {
        match self {
            Refusal::Service(_) | Refusal::Reset => true,
            Refusal::Front(_) => false,
        }
    }

    /// What goes to the client.
    pub(super) fn response(self, call: &CallIds) -> Result<Response<FaultyBody>, Reset> {
        match self {
            Refusal::Service(mut response) => {
                call.add_to(response.headers_mut());
                Ok(*response)
            }
            Refusal::Front(response) => Ok(*response),
            Refusal::Reset => Err(Reset),
        }
    }
}

fn empty(status: StatusCode) -> Response<FaultyBody> {
    let mut response = Response::new(FaultyBody::whole(Vec::new()));
    *response.status_mut() = status;
    response
}

fn later(problem: Problem, retry_after: Option<RetryAfter>) -> Refusal {
    let mut response = problem.response(GENERATIONS);
    let header = retry_after.and_then(|wait| HeaderValue::from_str(&wait.header()).ok());
    if let Some(value) = header {
        response.headers_mut().insert(RETRY_AFTER, value);
    }
    Refusal::Service(Box::new(response))
}

impl RetryAfter {
    fn header(self) -> String {
        match self {
            RetryAfter::Seconds(wait) => whole_seconds(wait).to_string(),
            RetryAfter::Date(wait) => {
                let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::ZERO);
                let then = Timestamp::now().saturating_add(wait).unwrap_or(Timestamp::MAX);
                DateTimePrinter::new().timestamp_to_rfc9110_string(&then).unwrap_or_default()
            }
        }
    }
}

/// The header counts whole seconds; what is left over is rounded up, so nobody comes too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_announced_in_seconds_rounded_up() {
        assert_eq!(RetryAfter::Seconds(Duration::from_millis(1_200)).header(), "2");
        assert_eq!(RetryAfter::Seconds(Duration::ZERO).header(), "0");
    }

    #[test]
    fn a_wait_may_be_announced_as_an_http_date() {
        let date = RetryAfter::Date(Duration::from_secs(60)).header();
        assert!(date.ends_with(" GMT"), "{date}");
        assert_eq!(date.len(), "Sun, 06 Nov 1994 08:49:37 GMT".len(), "{date}");
    }

    #[test]
    fn the_log_lists_what_the_service_refused_and_not_what_a_gateway_did() {
        let refused = |fault| refuse(fault, None).is_logged();
        assert!(refused(BeforeCharge::RateLimit));
        assert!(refused(BeforeCharge::ResetBeforeCharge));
        assert!(!refused(BeforeCharge::Gateway(StatusCode::BAD_GATEWAY)));
        assert!(!refused(BeforeCharge::Unauthorized));
    }
}

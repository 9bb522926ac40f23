//! Refusals of a generation request, with the faults that occur before the charge.

use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Response, StatusCode};
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

use super::call::{CallIds, Reset};
use super::faults::BeforeCharge;
use super::faulty_body::FaultyBody;
use super::host::Host;
use super::options::RetryAfter;
use super::problem::{self, Problem};

/// The source of a refusal. Nothing is charged in any case.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The service itself. The usage log lists the call as failed.
    Service(Problem, Option<RetryAfter>),
    /// An error in the form of another host. The usage log lists the call as failed.
    OtherForm(StatusCode),
    /// A gateway in front of the service. The usage log does not list the call.
    Gateway(StatusCode),
    /// A status without a body, from a gateway.
    Empty(StatusCode),
    /// A redirect to the same address, by a gateway.
    Redirect(StatusCode),
    /// The connection was reset while the service worked. The log lists the call as failed.
    Reset,
}

/// The refusal that a fault causes.
pub(super) fn refuse(fault: BeforeCharge, model: &str, retry_after: Option<RetryAfter>) -> Refusal {
    match fault {
        BeforeCharge::RateLimit => Refusal::Service(Problem::too_many_requests(), retry_after),
        BeforeCharge::ServerError(status @ StatusCode::SERVICE_UNAVAILABLE) => {
            Refusal::Service(Problem::server_error(status), retry_after)
        }
        BeforeCharge::ServerError(status) => Problem::server_error(status).into(),
        BeforeCharge::NoCredits => Problem::no_credits().into(),
        BeforeCharge::Forbidden => {
            Problem::new(StatusCode::FORBIDDEN, "This key lacks the permission for this endpoint.").into()
        }
        BeforeCharge::Unauthorized => Problem::unauthorized().into(),
        BeforeCharge::Retired => Problem::no_such_model(model).into(),
        BeforeCharge::ArkError(status) => Refusal::OtherForm(status),
        BeforeCharge::ResetEarly | BeforeCharge::Reset => Refusal::Reset,
        BeforeCharge::Gateway(status) => Refusal::Gateway(status),
        BeforeCharge::Empty(status) => Refusal::Empty(status),
        BeforeCharge::Redirect(status) => Refusal::Redirect(status),
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        Refusal::Service(problem, None)
    }
}

impl Refusal {
    /// Whether the usage log lists the call as failed.
    pub(super) fn is_logged(&self) -> bool {
        match self {
            // Without a valid key there is no account, and so no log.
            Refusal::Service(problem, _) => problem.status != StatusCode::UNAUTHORIZED,
            Refusal::OtherForm(_) | Refusal::Reset => true,
            Refusal::Gateway(_) | Refusal::Empty(_) | Refusal::Redirect(_) => false,
        }
    }

    /// The answer to the client.
    pub(super) fn response(
        self,
        host: Host,
        path: &str,
        call: &CallIds,
    ) -> Result<Response<FaultyBody>, Reset> {
        let is_logged = self.is_logged();
        let mut response = match self {
            Refusal::Service(problem, retry_after) => {
                let mut response = problem.response_of(host, path);
                insert(&mut response, RETRY_AFTER, retry_after.map(RetryAfter::header));
                response
            }
            Refusal::OtherForm(status) => problem::ark_error(status),
            Refusal::Gateway(status) => problem::gateway_page(status),
            Refusal::Empty(status) => empty(status),
            Refusal::Redirect(status) => {
                let mut response = empty(status);
                insert(&mut response, LOCATION, Some(path.to_owned()));
                response
            }
            Refusal::Reset => return Err(Reset),
        };
        if is_logged {
            host.add_ids(call, response.headers_mut());
        }
        Ok(response)
    }
}

fn insert(response: &mut Response<FaultyBody>, name: HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
        response.headers_mut().insert(name, value);
    }
}

fn empty(status: StatusCode) -> Response<FaultyBody> {
    let mut response = Response::new(FaultyBody::whole(Vec::new()));
    *response.status_mut() = status;
    response
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

/// Whole seconds, rounded up so that no client retries too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_in_seconds_is_rounded_up() {
        assert_eq!(RetryAfter::Seconds(Duration::from_millis(1_200)).header(), "2");
        assert_eq!(RetryAfter::Seconds(Duration::ZERO).header(), "0");
    }

    #[test]
    fn a_wait_can_be_an_http_date() {
        let date = RetryAfter::Date(Duration::from_secs(60)).header();
        assert!(date.ends_with(" GMT"), "{date}");
        assert_eq!(date.len(), "Sun, 06 Nov 1994 08:49:37 GMT".len(), "{date}");
    }

    #[test]
    fn the_log_lists_refusals_of_the_service_and_not_those_of_a_gateway() {
        let refused = |fault| refuse(fault, "m", None).is_logged();
        assert!(refused(BeforeCharge::RateLimit));
        assert!(refused(BeforeCharge::Reset));
        assert!(!refused(BeforeCharge::Gateway(StatusCode::BAD_GATEWAY)));
        assert!(!refused(BeforeCharge::Unauthorized));
    }
}

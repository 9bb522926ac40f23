//! Queues: the answer to a request names where its outcome can be asked for.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::blocking::Response;
use reqwest::header::ACCEPT;
use serde_json::{Value, json};
use url::Url;

use crate::cards::ServiceCard;

use super::answer_limit::AnswerLimit;
use super::connection_failure::describe;
use super::endpoint::BaseUrl;
use super::generate::{Call, authorization};
use super::http::{HttpError, ReadError, Transport, read_bounded};
use super::partial_json::parse_start;
use super::verdict::{RawAnswer, UnknownOutcome, is_id};

/// What a queue knows a request by. Stored before the first poll, so that a later process can go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The service's id of the request.
    pub id: String,
    pub status_url: Url,
    pub response_url: Url,
}

/// Why an answer to a submitted request is no ticket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    #[error("the answer has no {0}")]
    Missing(&'static str),
    /// The key would be sent there.
    #[error("the answer names another host to ask for the result")]
    OtherHost,
}

/// Returns the queue's id of a request, from the answer to it, which may be cut off.
pub fn queue_id(answer: &RawAnswer, service: &ServiceCard) -> Option<String> {
    let header = service.queue_id_header.as_deref().and_then(|name| answer.header(name));
    let start = parse_start(&answer.body);
    start["request_id"].as_str().or(header).filter(|id| is_id(id)).map(str::to_owned)
}

impl Ticket {
    /// Reads the answer to a request that was submitted at `path`. If its links are missing, or lead to another host, and
    /// the service documents where it keeps a request, the links are built from that: the key is sent with each poll, so
    /// never to another host.
    ///
    /// # Errors
    /// If it lacks an id, or a link that cannot be built.
    pub fn of_answer(
        answer: &RawAnswer,
        base: &BaseUrl,
        path: &str,
        service: &ServiceCard,
    ) -> Result<Ticket, TicketError> {
        let start = parse_start(&answer.body);
        let id = queue_id(answer, service).ok_or(TicketError::Missing("request_id"))?;
        match Ticket::with_links_of(&start, &id, base) {
            Ok(ticket) => Ok(ticket),
            Err(error) => Ticket::at_documented_path(&id, base, path, service).ok_or(error),
        }
    }

    /// Reads a stored ticket. Its links must lead to the host that the request was sent to.
    ///
    /// # Errors
    /// If it lacks an id or a link, or a link leads elsewhere.
    pub fn restore(text: &str, base: &BaseUrl) -> Result<Ticket, TicketError> {
        let stored: Value = serde_json::from_str(text).unwrap_or_default();
        let id = stored["request_id"].as_str().filter(|id| is_id(id));
        Ticket::with_links_of(&stored, id.ok_or(TicketError::Missing("request_id"))?, base)
    }

    fn with_links_of(answer: &Value, id: &str, base: &BaseUrl) -> Result<Ticket, TicketError> {
        let link = |name: &'static str| {
            let link = answer[name].as_str().and_then(|text| Url::parse(text).ok());
            let link = link.ok_or(TicketError::Missing(name))?;
            if base.is_origin_of(&link) { Ok(link) } else { Err(TicketError::OtherHost) }
        };
        Ok(Ticket { id: id.to_owned(), status_url: link("status_url")?, response_url: link("response_url")? })
    }

    fn at_documented_path(id: &str, base: &BaseUrl, path: &str, service: &ServiceCard) -> Option<Ticket> {
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).take(2).collect();
        let path = service.queue_path.as_deref()?.replace("{app}", &segments.join("/")).replace("{id}", id);
        Some(Ticket {
            id: id.to_owned(),
            status_url: base.join(&format!("{path}/status")),
            response_url: base.join(&path),
        })
    }

    /// Returns the text from which [`Ticket::restore`] restores it.
    pub fn stored_text(&self) -> String {
        json!({
            "request_id": self.id,
            "status_url": self.status_url.as_str(),
            "response_url": self.response_url.as_str(),
        })
        .to_string()
    }
}

/// What became of a request.
#[derive(Debug)]
pub enum QueueState {
    /// It is waiting or running.
    Pending,
    /// It has ended. The answer is fetched from the response URL.
    Ended(RawAnswer),
    /// The service does not know it, or no longer knows it.
    Gone(u16),
}

/// Asks what became of a request, and fetches the answer if it has ended. Both are free.
///
/// # Errors
/// If there was no usable answer. It can be asked again.
pub fn poll(transport: &Transport, call: &Call<'_>, ticket: &Ticket) -> Result<QueueState, HttpError> {
    let status = get(transport, call, &ticket.status_url)?;
    match status.status {
        202 => Ok(QueueState::Pending),
        200 => {
            let said: Value = serde_json::from_slice(&status.body).unwrap_or_default();
            match said["status"].as_str() {
                // Only the first is documented. After any of them, nothing more will happen.
                Some("COMPLETED" | "FAILED" | "ERROR" | "CANCELLED" | "CANCELED") => {
                    fetch(transport, call, ticket)
                }
                Some("IN_QUEUE" | "IN_PROGRESS") => Ok(QueueState::Pending),
                _ => Err(HttpError("the answer about the request is not the documented JSON".into())),
            }
        }
        404 | 410 => Ok(QueueState::Gone(status.status)),
        other => Err(HttpError(format!("the service did not say what became of the request (HTTP {other})"))),
    }
}

fn fetch(transport: &Transport, call: &Call<'_>, ticket: &Ticket) -> Result<QueueState, HttpError> {
    let answer = get(transport, call, &ticket.response_url)?;
    match answer.status {
        _ if answer.incomplete.is_some() => Err(HttpError("the answer with the result ended early".into())),
        404 | 410 => Ok(QueueState::Gone(answer.status)),
        200..=299 | 400 | 422 => Ok(QueueState::Ended(answer)),
        500.. if is_about(&answer, call, ticket) => Ok(QueueState::Ended(answer)),
        // Anything else says nothing about the request, which may have been charged: a proxy on the way, a key that is no
        // longer accepted.
        status => Err(HttpError(format!("the result cannot be fetched now (HTTP {status})"))),
    }
}

/// Whether an answer names the request. Only then a failure is that of the request, and not of something on the way.
fn is_about(answer: &RawAnswer, call: &Call<'_>, ticket: &Ticket) -> bool {
    let header = call.service.queue_id_header.as_deref();
    header.and_then(|name| answer.header(name)).is_some_and(|id| id == ticket.id)
}

fn get(transport: &Transport, call: &Call<'_>, url: &Url) -> Result<RawAnswer, HttpError> {
    let client = transport.for_calls(url)?;
    let mut request = client.get(url.clone()).header(ACCEPT, "application/json");
    if let Some((name, value)) = authorization(call.service.auth, call.key)? {
        request = request.header(name, value);
    }
    let deadline = Instant::now() + transport.timeout();
    let response = request.send().map_err(|error| HttpError(describe(&error)))?;
    let mut answer = receive(response, deadline, transport.timeout());
    answer.redact(call.key);
    Ok(answer)
}

fn receive(response: Response, deadline: Instant, timeout: Duration) -> RawAnswer {
    let mut answer = RawAnswer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: Vec::new(),
        incomplete: None,
        is_request_complete: true,
        received: Timestamp::now(),
    };
    let (mut limit, mut most) = (AnswerLimit::default(), 0);
    let limit_for = |body: &[u8]| {
        most = limit.of(body);
        most
    };
    let read = read_bounded(response, &mut answer.body, limit_for, deadline, |_| {});
    answer.incomplete = read.err().map(|error| match error {
        ReadError::Failed(_) => UnknownOutcome::Truncated(answer.body.len()),
        ReadError::TooLarge => UnknownOutcome::TooLarge(most),
        ReadError::TimedOut => UnknownOutcome::TimedOut(timeout),
    });
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cards::Models;

    const PATH: &str = "/maker/app/v5/pro/edit";

    fn base() -> BaseUrl {
        "https://queue.example".parse().unwrap()
    }

    fn service(queue_path: Option<&str>) -> ServiceCard {
        let card = Models::built_in("fal").unwrap().service().clone();
        ServiceCard { queue_path: queue_path.map(str::to_owned), ..card }
    }

    fn answer(headers: &str, body: &str) -> RawAnswer {
        RawAnswer::restore(200, headers, body.into(), false, Timestamp::UNIX_EPOCH)
    }

    /// Reads an answer of a service that does not document where it keeps a request.
    fn read(body: &Value) -> Result<Ticket, TicketError> {
        Ticket::of_answer(&answer("", &body.to_string()), &base(), PATH, &service(None))
    }

    fn accepted() -> Value {
        json!({
            "request_id": "764cabcf-b745-4b3e-ae38-1200304cf45b",
            "status": "IN_QUEUE",
            "queue_position": 0,
            "status_url": "https://queue.example/maker/app/requests/764c/status",
            "response_url": "https://queue.example/maker/app/requests/764c",
            "cancel_url": "https://queue.example/maker/app/requests/764c/cancel",
        })
    }

    #[test]
    fn a_ticket_reads_back_as_it_was() {
        let ticket = read(&accepted()).unwrap();
        assert_eq!(Ticket::restore(&ticket.stored_text(), &base()).unwrap(), ticket);
    }

    #[test]
    fn the_key_is_never_taken_to_another_host() {
        for link in [
            "https://elsewhere.example/status",
            "http://queue.example/status",
            "https://queue.example:444/status",
            "https://queue.example@elsewhere.example/status",
        ] {
            let mut answer = accepted();
            answer["status_url"] = json!(link);
            assert_eq!(read(&answer), Err(TicketError::OtherHost), "{link}");
        }
    }

    #[test]
    fn an_answer_without_an_id_or_a_link_is_no_ticket() {
        for field in ["request_id", "status_url", "response_url"] {
            let mut answer = accepted();
            answer[field] = Value::Null;
            assert_eq!(read(&answer), Err(TicketError::Missing(field)));
        }
        assert!(read(&json!([])).is_err());
    }

    #[test]
    fn links_that_cannot_be_used_are_built_from_the_id_as_the_service_documents() {
        let service = Models::built_in("fal").unwrap().service().clone();
        let mut elsewhere = accepted();
        elsewhere["status_url"] = json!("https://elsewhere.example/status");
        let mut without = accepted();
        without["response_url"] = Value::Null;
        let cut = r#"{"request_id": "764cabcf-b745-4b3e-ae38-1200304cf45b", "status_u"#;
        let header = "x-fal-request-id: 764cabcf-b745-4b3e-ae38-1200304cf45b\n";
        for (headers, body) in [
            ("", elsewhere.to_string().as_str()),
            ("", without.to_string().as_str()),
            ("", cut),
            (header, ""),
            (header, "<html>"),
        ] {
            let ticket = Ticket::of_answer(&answer(headers, body), &base(), PATH, &service).unwrap();
            let request = "https://queue.example/maker/app/requests/764cabcf-b745-4b3e-ae38-1200304cf45b";
            assert_eq!(ticket.response_url.as_str(), request, "{body}");
            assert_eq!(ticket.status_url.as_str(), format!("{request}/status"), "{body}");
        }
        assert!(Ticket::of_answer(&answer("", "{}"), &base(), PATH, &service).is_err());
    }
}

//! One POST over a connection of its own, with every stage known: connected, sent in part, sent completely, answered.
//!
//! A service runs a request only after it has received all of it. Whatever ends an exchange earlier costs nothing, even
//! an answer that names no reason. The client of the free calls cannot be used here: it does not report how much was
//! sent, loses an answer that arrives during the upload, and does not wait for `100 Continue`.

mod connect;
mod deadline;
mod tls;
mod tunnel;
mod upload;
mod verifier;
mod watched;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, Version};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::runtime;
use tokio::sync::Notify;
use url::Url;

use super::answer_limit::AnswerLimit;
use super::connection_failure::{describe_cause, wants_client_certificate};
use super::generate::{Obstacle, SendError};
use super::http::{HttpError, Transport, USER_AGENT};
use super::request::{Body, TransferProgress};
use super::verdict::{RawAnswer, UnknownOutcome};

use connect::{Connection, connect};
use deadline::Deadline;
use upload::Upload;
use watched::{Gate, Watched};

pub(super) use tls::Tls;
pub(super) use verifier::UntrustedIssuer;

/// Larger bodies are announced, and sent after the server agrees. curl has the same limit.
const ANNOUNCED_FROM: u64 = 1 << 20;
/// How long to wait for the rest of an error that arrived before the whole request was sent.
const EARLY_PATIENCE: Duration = Duration::from_secs(5);
/// A server that does not want the announced body.
const EXPECTATION_FAILED: u16 = 417;

/// What is sent where.
pub(super) struct Exchange<'a> {
    pub transport: &'a Transport,
    pub url: &'a Url,
    /// The headers, except those of the transfer.
    pub headers: HeaderMap,
    pub body: &'a Body,
    /// Counts the bytes that have left.
    pub transfer: &'a TransferProgress,
}

impl Exchange<'_> {
    /// Sends the request once and reads the answer. Blocks for at most the timeout of the transport.
    ///
    /// Announces a body of more than 1 MiB (`Expect: 100-continue`), and sends it when the server agrees, or after a
    /// second of silence. Repeats the request without the announcement if the server refuses just that.
    ///
    /// # Errors
    /// See [`SendError`]. An answer of any status, even a truncated one, is not an error.
    pub(super) fn run(&self) -> Result<RawAnswer, SendError> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| SendError::NotSent(HttpError(describe_cause("the server", &error))))?;
        let deadline = Deadline::after(self.transport.timeout());
        let announces = self.body.len() > ANNOUNCED_FROM;
        let answer = runtime.block_on(async {
            let answer = self.attempt(announces, deadline).await?;
            if announces && answer.status == EXPECTATION_FAILED && !answer.is_request_complete {
                return self.attempt(false, deadline).await;
            }
            Ok(answer)
        });
        // Does not wait for a name that is still being resolved.
        runtime.shutdown_background();
        answer
    }

    async fn attempt(&self, announces: bool, mut deadline: Deadline) -> Result<RawAnswer, SendError> {
        let connection = connect(self.transport, self.url).await?;
        let request = self.request(&connection, announces)?;
        let progress = self.transfer.clone();
        progress.start(self.body.len());
        let gate = Gate::default();
        let stream = TokioIo::new(Watched::new(connection.stream, progress, gate.clone()));
        let (mut sender, driver) = http1::handshake(stream).await.map_err(|error| self.failed(&error))?;
        // Ends with the connection, or with the runtime.
        tokio::spawn(driver);
        match deadline.limit(sender.send_request(request)).await {
            Ok(Ok(response)) => {
                if response.status().as_u16() < 300 {
                    return Ok(self.receive(response, deadline).await);
                }
                // Whether the service can have the whole request is decided now, and must stay true.
                gate.close();
                // A server that waits for the rest would wait for ever.
                let soon =
                    if self.is_request_complete() { deadline } else { Deadline::after(EARLY_PATIENCE) };
                Ok(self.receive(response, deadline.min(soon)).await)
            }
            Ok(Err(error)) => Err(self.failed(&error)),
            Err(_) if self.is_request_complete() => {
                Err(SendError::Unknown(UnknownOutcome::TimedOut(self.transport.timeout())))
            }
            Err(_) => {
                let host = self.host();
                Err(SendError::NotSent(HttpError(format!(
                    "the request could not be sent to {host} within the time limit"
                ))))
            }
        }
    }

    fn request(&self, connection: &Connection, announces: bool) -> Result<Request<Upload>, SendError> {
        let agreed = announces.then(|| Arc::new(Notify::new()));
        let mut request = Request::new(Upload::new(self.body, agreed.clone()));
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_11;
        let target = if connection.is_forwarded { self.url.as_str() } else { path_and_query(self.url) };
        *request.uri_mut() =
            target.parse().map_err(|_| SendError::invalid(self.url, "is not a valid link"))?;
        let headers = request.headers_mut();
        headers.extend(self.headers.clone());
        let host = HeaderValue::from_str(&authority(self.url));
        headers.insert(header::HOST, host.map_err(|_| SendError::invalid(self.url, "has no valid host"))?);
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        if let Some(credentials) = &connection.proxy_authorization {
            headers.insert(header::PROXY_AUTHORIZATION, credentials.clone());
        }
        if let Some(agreed) = agreed {
            headers.insert(header::EXPECT, HeaderValue::from_static("100-continue"));
            hyper::ext::on_informational(&mut request, move |response| {
                if response.status().as_u16() == 100 {
                    agreed.notify_one();
                }
            });
        }
        Ok(request)
    }

    /// Reads an answer as far as it arrives.
    async fn receive(&self, response: Response<Incoming>, mut deadline: Deadline) -> RawAnswer {
        let (head, mut incoming) = response.into_parts();
        let mut answer = RawAnswer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: Vec::new(),
            incomplete: None,
            is_request_complete: self.is_request_complete(),
            received: Timestamp::now(),
        };
        let mut limit = AnswerLimit::default();
        answer.incomplete = loop {
            match deadline.limit(incoming.frame()).await {
                Err(_) => break Some(UnknownOutcome::TimedOut(self.transport.timeout())),
                Ok(None) => break None,
                Ok(Some(Err(_))) => break Some(UnknownOutcome::Truncated(answer.body.len())),
                Ok(Some(Ok(frame))) => {
                    if let Some(bytes) = frame.data_ref() {
                        answer.body.extend_from_slice(bytes);
                    }
                    let most = limit.of(&answer.body);
                    if answer.body.len() > most {
                        break Some(UnknownOutcome::TooLarge(most));
                    }
                }
            }
        };
        answer
    }

    /// Returns whether the service can have the whole request. Bytes that the system took may not have arrived, so it
    /// need not have it.
    fn is_request_complete(&self) -> bool {
        self.transfer.done() >= self.body.len()
    }

    /// Classifies an exchange without an answer.
    fn failed(&self, error: &(dyn Error + 'static)) -> SendError {
        let what = describe_cause(self.host(), error);
        if wants_client_certificate(error) {
            return SendError::Blocked(Obstacle::ClientCertificate, HttpError(what));
        }
        if self.is_request_complete() {
            SendError::Unknown(UnknownOutcome::Disconnected(what))
        } else {
            SendError::NotSent(HttpError(format!("{what} before the request was sent completely")))
        }
    }

    fn host(&self) -> &str {
        self.url.host_str().unwrap_or("the server")
    }
}

/// Returns the target of a request that goes to the host itself.
fn path_and_query(url: &Url) -> &str {
    &url[url::Position::BeforePath..url::Position::AfterQuery]
}

/// Returns the host, with its port unless that is the scheme's own.
fn authority(url: &Url) -> String {
    url[url::Position::BeforeHost..url::Position::AfterPort].to_owned()
}

//! JSON-RPC messages on standard input and output, one a line.
//!
//! The transport that comes with the protocol's crate ignores lines that are too long or no JSON, and lets a second request
//! with the same id run. Here, each gets an answer.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{
    ClientRequest, ConstString, ErrorCode, ErrorData, GetMeta, InitializeResultMethod, JsonRpcMessage,
    ProtocolVersion, RequestId,
};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::error::Category;
use tokio::sync::{Notify, mpsc};

use crate::edit::Cancellation;

use super::calls::Calls;
use super::check::shortened;
use super::ids::{Ids, Refused};
use super::lines::{FoundId, Line, MAX_BYTES, read_line};

/// How many messages wait to be read or written.
const WAITING: usize = 16;
/// The methods of requests that are answered.
const METHODS: &str = "`initialize`, `ping`, `tools/list` and `tools/call`";
/// How long to wait for a client to read the last messages.
const PATIENCE: Duration = Duration::from_secs(5);

/// Standard input and output.
pub(super) struct Stdio {
    lines: mpsc::Receiver<Line>,
    output: Option<mpsc::Sender<Vec<u8>>>,
    /// The answer to a message that was not understood.
    refusal: Option<Vec<u8>>,
    ids: Ids,
    /// Whether a request has begun the session. What precedes it, except for a ping, has no meaning.
    has_begun: bool,
    /// Ends the session.
    end: Arc<Notify>,
    calls: Calls,
}

/// Knows when everything that was sent is written.
pub(super) struct Written(Receiver<()>);

impl Written {
    /// Waits until everything that was sent is written. Nothing more may be sent: the stream and all that sends to it are
    /// dropped. A client that does not read is not waited for any longer.
    pub(super) fn wait(self) {
        // Nothing is ever received: the thread that writes drops its end.
        let _ = self.0.recv_timeout(PATIENCE);
    }
}

impl Stdio {
    /// Takes both streams. What else is written to standard output from now on goes to standard error. When the input ends,
    /// or nobody reads the output, the session ends and all calls are canceled. It also ends when `end` is notified.
    ///
    /// # Errors
    /// If a stream cannot be used.
    pub(super) fn take(end: Arc<Notify>, calls: Calls) -> io::Result<(Stdio, Written)> {
        let mut stdout = private_stdout()?;
        let (to_session, lines) = mpsc::channel(WAITING);
        // It ends with the process: a read cannot be canceled.
        thread::Builder::new().name("mcp-input".into()).spawn(move || {
            let mut input = BufReader::with_capacity(1 << 16, io::stdin().lock());
            while let Ok(Some(line)) = read_line(&mut input) {
                if to_session.blocking_send(line).is_err() {
                    break;
                }
            }
        })?;
        let (output, mut messages) = mpsc::channel::<Vec<u8>>(WAITING);
        let (writing, written) = sync_channel(0);
        let (failed, unread) = (Arc::clone(&end), calls.clone());
        thread::Builder::new().name("mcp-output".into()).spawn(move || {
            let _writing: SyncSender<()> = writing;
            while let Some(message) = messages.blocking_recv() {
                if stdout.write_all(&message).and_then(|()| stdout.flush()).is_err() {
                    unread.close(Cancellation::Unread);
                    failed.notify_one();
                    break;
                }
            }
        })?;
        let stdio = Stdio {
            lines,
            output: Some(output),
            refusal: None,
            ids: Ids::default(),
            has_begun: false,
            end,
            calls,
        };
        Ok((stdio, Written(written)))
    }

    /// Reads a message. `None` if it is to be ignored.
    ///
    /// # Errors
    /// If it cannot be understood or carried out.
    fn parse(&mut self, line: Line) -> Result<Option<RxJsonRpcMessage<RoleServer>>, Refused> {
        let line = match line {
            Line::Complete(line) => line,
            Line::TooLong(id) => {
                let why = format!("the message is longer than {MAX_BYTES} bytes, so nothing was done");
                return Err(Refused { error: ErrorData::invalid_request(why, None), id: self.unused(id) });
            }
        };
        let text = line.trim_ascii();
        if text.is_empty() {
            return Ok(None);
        }
        let message: RxJsonRpcMessage<RoleServer> = match serde_json::from_slice(text) {
            Ok(message) => message,
            Err(error) => return Err(self.malformed(text, &error)),
        };
        if let JsonRpcMessage::Request(request) = &message {
            self.ids.begin(&request.id)?;
            match &request.request {
                // The protocol allows them at any time.
                ClientRequest::PingRequest(_) | ClientRequest::DiscoverRequest(_) => {
                    return Ok(Some(message));
                }
                begins if begins_session(begins) => self.has_begun = true,
                _ if self.has_begun => {}
                _ => {
                    self.ids.answer(&request.id);
                    let id = Some(request.id.clone());
                    return Err(Refused { error: not_begun(request.request.method()), id });
                }
            }
        }
        Ok(self.has_begun.then_some(message))
    }

    /// Says what is wrong with a message.
    fn malformed(&self, text: &[u8], error: &serde_json::Error) -> Refused {
        let found = FoundId::in_message(text);
        let is_unread = matches!(error.classify(), Category::Syntax | Category::Eof);
        if is_unread && !found.is_complete {
            let why = match error.classify() {
                Category::Eof => "the line ends in the middle of its JSON".to_owned(),
                _ => format!("the line is not JSON from byte {} on", error.column()),
            };
            let why = format!("{why}; each message is one line of JSON, and nothing was done");
            return Refused { error: ErrorData::parse_error(why, None), id: None };
        }
        let why = match is_unread {
            true => {
                "the message has a number that is too large, or is nested too deeply, so nothing was done"
            }
            false => {
                "no JSON-RPC 2.0 request or notification, so nothing was done; it needs `\"jsonrpc\": \"2.0\"`, a `method`, \
                 and, for a request, an `id` that is a number or a text"
            }
        };
        Refused { error: ErrorData::invalid_request(why, None), id: self.unused(found.id) }
    }

    /// The id, unless a request in progress has it.
    fn unused(&self, id: Option<RequestId>) -> Option<RequestId> {
        id.filter(|id| self.ids.is_answerable(id))
    }
}

impl Transport<RoleServer> for Stdio {
    type Error = io::Error;

    fn send(
        &mut self,
        mut message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        match &mut message {
            JsonRpcMessage::Response(response) => self.ids.answer(&response.id),
            JsonRpcMessage::Error(error) => {
                error.id.iter().for_each(|id| self.ids.answer(id));
                // The protocol's crate says only the name.
                if error.error.code == ErrorCode::METHOD_NOT_FOUND {
                    error.error.message = unknown_method(&error.error.message).into();
                }
            }
            JsonRpcMessage::Request(_) | JsonRpcMessage::Notification(_) => {}
        }
        let output = self.output.clone();
        async move {
            let output = output.ok_or(io::ErrorKind::NotConnected)?;
            output.send(encoded(&message)?).await.map_err(|_| io::ErrorKind::BrokenPipe.into())
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        // The future may be dropped at each await, so nothing is taken from a place before it is safe in another one.
        loop {
            if self.refusal.is_some() {
                let permit = tokio::select! {
                    permit = self.output.as_ref()?.reserve() => permit.ok(),
                    () = self.end.notified() => return None,
                };
                if let (Some(permit), Some(refusal)) = (permit, self.refusal.take()) {
                    permit.send(refusal);
                }
            }
            let line = tokio::select! {
                line = self.lines.recv() => line,
                () = self.end.notified() => return None,
            };
            let Some(line) = line else {
                self.calls.close(Cancellation::EndOfInput);
                return None;
            };
            match self.parse(line) {
                Ok(Some(message)) => return Some(message),
                Ok(None) => {}
                Err(Refused { error, id }) => {
                    let answer: TxJsonRpcMessage<RoleServer> = JsonRpcMessage::error(error, id);
                    self.refusal = encoded(&answer).ok();
                }
            }
        }
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        self.output = None;
        Ok(())
    }
}

/// Whether a request begins a session: `initialize` or, from the version of 2026-07-28 on, one that says in `_meta` of which
/// version it is.
fn begins_session(request: &ClientRequest) -> bool {
    let meta = request.get_meta();
    matches!(request, ClientRequest::InitializeRequest(_))
        || meta.protocol_version().is_some()
            && meta.missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty()
}

/// The error for a request before the session begins.
fn not_begun(method: &str) -> ErrorData {
    let why = if method == InitializeResultMethod::VALUE {
        "`initialize` needs the parameters `protocolVersion`, `capabilities` and `clientInfo`, so nothing was done"
    } else {
        "the session has not begun, so nothing was done: `initialize` is missing"
    };
    ErrorData::invalid_request(why, None)
}

/// Says that a method is not known, and which ones are.
fn unknown_method(name: &str) -> String {
    format!("there is no method `{}`, so nothing was done; this server has {METHODS}", shortened(name))
}

/// A message as a line.
fn encoded(message: &TxJsonRpcMessage<RoleServer>) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}

/// Returns standard output, and lets standard error take its place: a stray line would end the protocol.
#[cfg(unix)]
fn private_stdout() -> io::Result<File> {
    use std::os::fd::AsFd;

    let stdout = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(stdout.into())
}

#[cfg(windows)]
fn private_stdout() -> io::Result<File> {
    use std::os::windows::io::AsHandle;

    Ok(io::stdout().as_handle().try_clone_to_owned()?.into())
}

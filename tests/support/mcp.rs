//! `seededit mcp`, with the client of the protocol's own library, or line by line.

use std::io::{self, BufRead, BufReader, PipeReader, Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{CallToolRequestParams, CallToolResult, ContentBlock, ProgressNotificationParam};
use rmcp::service::{NotificationContext, RunningService};
use rmcp::{ClientHandler, RoleClient, ServiceExt};
use serde_json::{Value, json};
use tokio::net::unix::pipe;

use super::Run;
use super::env::TIMEOUT;

/// A server in a process of its own.
pub(crate) struct McpProcess<'a> {
    run: Run<'a>,
    child: Child,
    recorded: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
}

/// Starts the server. Returns it with both ends of its streams.
fn start(run: Run<'_>) -> (McpProcess<'_>, ChildStdin, PipeReader) {
    let mut child =
        run.command().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (reader, mut writer) = io::pipe().unwrap();
    let recorded = thread::spawn(move || {
        let (mut all, mut buffer) = (Vec::new(), [0; 1 << 16]);
        loop {
            match stdout.read(&mut buffer) {
                Ok(count @ 1..) => {
                    all.extend_from_slice(&buffer[..count]);
                    // A client that has gone does not read.
                    writer.write_all(&buffer[..count]).ok();
                }
                _ => return all,
            }
        }
    });
    let stderr = thread::spawn(move || {
        let mut all = Vec::new();
        stderr.read_to_end(&mut all).ok();
        all
    });
    (McpProcess { run, child, recorded, stderr }, stdin, reader)
}

impl McpProcess<'_> {
    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the process has ended by itself, as its run expects. Returns the messages that it wrote.
    pub(crate) fn wait(mut self) -> Vec<Value> {
        let started = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            if started.elapsed() > TIMEOUT {
                self.child.kill().ok();
                self.child.wait().ok();
                panic!("the server did not end within {TIMEOUT:?}");
            }
            thread::sleep(Duration::from_millis(3));
        };
        let (stdout, stderr) = (self.recorded.join().unwrap(), self.stderr.join().unwrap());
        self.run.any_stdout().ensure_expected(code, &stdout, &stderr);
        let text = String::from_utf8(stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}

/// The client of a session.
#[derive(Clone, Default)]
pub(crate) struct Listener {
    progress: Arc<Mutex<Vec<ProgressNotificationParam>>>,
}

impl ClientHandler for Listener {
    async fn on_progress(&self, progress: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        self.progress.lock().unwrap().push(progress);
    }
}

/// A session with the client of the protocol's library.
pub(crate) type Client = RunningService<RoleClient, Listener>;

/// Starts the server, talks to it, and waits until it has ended.
pub(crate) fn with_client<T>(run: Run<'_>, talk: impl AsyncFnOnce(&Client) -> T) -> T {
    let (process, stdin, stdout) = start(run);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let writer = pipe::Sender::from_owned_fd(OwnedFd::from(stdin)).unwrap();
        let reader = pipe::Receiver::from_owned_fd(OwnedFd::from(stdout)).unwrap();
        let mut client = Listener::default().serve((reader, writer)).await.unwrap();
        let answer = tokio::time::timeout(TIMEOUT, talk(&client)).await.expect("the session takes too long");
        client.close().await.unwrap();
        answer
    });
    drop(runtime);
    process.wait();
    answer
}

/// The progress that a client was told.
pub(crate) fn progress(client: &Client) -> Vec<ProgressNotificationParam> {
    client.service().progress.lock().unwrap().clone()
}

/// The parameters of a call.
pub(crate) fn params(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let mut params = CallToolRequestParams::new(tool);
    params.arguments = Some(arguments.as_object().unwrap().clone());
    params
}

/// Calls a tool.
pub(crate) async fn call(client: &Client, tool: &'static str, arguments: Value) -> Called {
    let given = arguments.clone();
    let result = client.call_tool(params(tool, arguments)).await.unwrap();
    let called = Called::of(&result);
    called.ensure_no_flags(&given);
    called
}

/// Adds all texts in a value.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| texts(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What a tool answered.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) is_error: bool,
    pub(crate) body: Value,
    /// The preview, a JPEG.
    pub(crate) preview: Option<Vec<u8>>,
}

impl Called {
    fn of(result: &CallToolResult) -> Called {
        let body = result.structured_content.clone().unwrap();
        let mut preview = None;
        for content in &result.content {
            match content {
                ContentBlock::Text(text) => {
                    assert_eq!(serde_json::from_str::<Value>(&text.text).unwrap(), body);
                }
                ContentBlock::Image(image) => {
                    assert_eq!(image.mime_type, "image/jpeg");
                    preview = Some(STANDARD.decode(&image.data).unwrap());
                }
                other => panic!("unexpected content: {other:?}"),
            }
        }
        Called { is_error: result.is_error == Some(true), body, preview }
    }

    /// Panics if a message names a flag, which a client does not have. Commands for the user are quoted, and arguments of the
    /// call may be anything.
    fn ensure_no_flags(&self, given: &Value) {
        let mut messages = Vec::new();
        texts(&self.body["notes"], &mut messages);
        for record in self.body["records"].as_array().unwrap() {
            let names = ["error", "left_out", "refused", "message"];
            names.iter().for_each(|name| texts(&record[*name], &mut messages));
        }
        let mut arguments = Vec::new();
        texts(given, &mut arguments);
        for message in messages {
            let mut text = message.clone();
            arguments
                .iter()
                .filter(|value| value.contains('-'))
                .for_each(|value| text = text.replace(value, ""));
            let unquoted: String =
                text.split('`').filter(|part| !part.starts_with("seededit ")).collect::<Vec<_>>().join(" ");
            let flag = unquoted.split(|c: char| c.is_whitespace() || "(,;".contains(c)).find(|word| {
                let name =
                    word.strip_prefix("--").or_else(|| word.strip_prefix('-').filter(|name| name.len() == 1));
                name.is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
            });
            assert_eq!(flag, None, "{message}");
        }
    }

    /// The first record.
    pub(crate) fn record(&self) -> &Value {
        &self.body["records"][0]
    }

    /// Panics unless the call succeeded.
    pub(crate) fn succeeded(self) -> Called {
        assert!(!self.is_error, "{}", self.body);
        self
    }

    /// Panics unless the call failed, and its answer has this text.
    pub(crate) fn failed_with(self, part: &str) -> Called {
        let text = self.body.to_string();
        assert!(self.is_error && text.contains(part), "no {part:?} in {text}");
        self
    }
}

/// A session line by line.
pub(crate) struct McpLines<'a> {
    process: McpProcess<'a>,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl<'a> McpLines<'a> {
    /// Starts the server without a handshake.
    pub(crate) fn start_silently(run: Run<'a>) -> McpLines<'a> {
        let (process, input, output) = start(run);
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        McpLines { process, input, lines }
    }

    /// Starts the server, and a session.
    pub(crate) fn start(run: Run<'a>) -> McpLines<'a> {
        let mut session = McpLines::start_silently(run);
        session.initialize();
        session
    }

    /// Begins the session.
    pub(crate) fn initialize(&mut self) {
        self.send(&json!({"jsonrpc": "2.0", "id": "start", "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
        }}));
        assert_eq!(self.receive()["id"], "start");
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    }

    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn send(&mut self, message: &Value) {
        self.send_bytes(format!("{message}\n").as_bytes());
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).unwrap();
        self.input.flush().unwrap();
    }

    /// Sends a call of a tool.
    pub(crate) fn call(&mut self, id: i64, tool: &str, arguments: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
                          "params": {"name": tool, "arguments": arguments}}));
    }

    /// The next message.
    pub(crate) fn receive(&mut self) -> Value {
        let line = self.lines.recv_timeout(TIMEOUT).expect("an answer");
        serde_json::from_str(&line).expect(&line)
    }

    /// Ends the input, and waits until the process has ended. Returns all messages.
    pub(crate) fn end(self) -> Vec<Value> {
        let McpLines { process, input, lines } = self;
        drop((input, lines));
        process.wait()
    }

    /// Waits until the process ends, although its input does not.
    pub(crate) fn wait(self) -> Vec<Value> {
        let McpLines { process, input, lines: _lines } = self;
        let messages = process.wait();
        drop(input);
        messages
    }
}

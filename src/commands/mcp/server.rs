//! The server: the requests that it answers, and the progress that it reports meanwhile.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rmcp::model::{
    CallToolRequestMethod, CallToolRequestParams, CallToolResponse, CallToolResult, ConstString,
    CustomRequest, CustomResult, ErrorCode, Implementation, ListToolsResult, PaginatedRequestParams,
    ProgressNotificationParam, ProgressToken, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, Peer, RoleServer, ServerHandler};
use tokio::sync::oneshot;
use tokio::time::MissedTickBehavior;

use crate::edit::Cancellation;
use crate::error::Failure;
use crate::ui::Captured;

use super::answer::Answer;
use super::arguments::ToolCall;
use super::calls::Calls;
use super::check::shortened;
use super::roots::picture_name;
use super::run::Tools;
use super::tools::{Tool, instructions};

/// How often the phase of a call is read.
const TICK: Duration = Duration::from_millis(250);
/// How often progress is reported although nothing changes: many clients give up on a call after a minute of silence.
const REPETITION: Duration = Duration::from_secs(5);

/// The server of a session.
pub(super) struct Server {
    pub(super) tools: Arc<Tools>,
    pub(super) calls: Calls,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("seededit", env!("CARGO_PKG_VERSION")))
            .with_instructions(instructions(&self.tools.spending, &self.tools.roots))
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(Tool::ALL.map(Tool::description).to_vec()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let tool = Tool::named(&request.name).ok_or_else(|| {
            let known = Tool::ALL.map(Tool::name).join(", ");
            ErrorData::invalid_params(
                format!("there is no tool `{}`; the tools are {known}", shortened(&request.name)),
                None,
            )
        })?;
        let arguments = request.arguments.unwrap_or_default();
        let named = ["picture", "original"].iter().find_map(|name| arguments.get(*name)?.as_str());
        let input = named.map(picture_name);
        let answer = match ToolCall::parse(tool, arguments) {
            Ok(call) => self.run(call, input, &context).await?,
            Err(message) => Tools::refuse(&Failure::usage(message), input.as_deref()),
        };
        Ok(CallToolResult::from(answer).into())
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        // A request whose parameters have other types is taken for one of a method that the protocol does not know.
        if request.method == CallToolRequestMethod::VALUE {
            let why = "`tools/call` needs a `name`, which is a text, and takes `arguments`, an object; nothing was done";
            return Err(ErrorData::invalid_params(why, None));
        }
        Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method, None))
    }
}

impl Server {
    /// Runs a call on a thread of its own, because it waits for the network and computes pixels. If the client cancels it,
    /// nothing new is sent; what was sent is finished and saved.
    async fn run(
        &self,
        call: ToolCall,
        input: Option<String>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Answer, ErrorData> {
        let Some(running) = self.calls.begin() else {
            let failure = Failure::usage("too many calls are in progress; nothing was done")
                .hint("wait until one ends, and call again");
            return Ok(Tools::refuse(&failure, input.as_deref()));
        };
        let (interrupt, captured) = (running.interrupt().clone(), Arc::new(Captured::default()));
        let (ended, mut answer) = oneshot::channel();
        let (tools, output) = (Arc::clone(&self.tools), Arc::clone(&captured));
        let started = thread::Builder::new().name("mcp-call".into()).spawn(move || {
            let answer = tools.run(call, input.as_deref(), running.interrupt(), &output);
            drop(running);
            // The client may have gone.
            let _ = ended.send(answer);
        });
        started
            .map_err(|error| ErrorData::internal_error(format!("no thread can be started: {error}"), None))?;
        let mut progress = context.meta.get_progress_token().map(|token| Progress::new(token, &context.peer));
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_canceled = false;
        loop {
            tokio::select! {
                answer = &mut answer => {
                    return answer.map_err(|_| ErrorData::internal_error("the call ended unexpectedly; see `history`", None));
                }
                () = context.ct.cancelled(), if !is_canceled => {
                    is_canceled = true;
                    progress = None;
                    interrupt.cancel(Cancellation::Client);
                }
                _ = ticks.tick() => {
                    if let (Some(progress), Some(phase)) = (&mut progress, captured.phase()) {
                        progress.report(phase).await;
                    }
                }
            }
        }
    }
}

/// Reports to a client what its call does.
struct Progress<'a> {
    token: ProgressToken,
    peer: &'a Peer<RoleServer>,
    started: Instant,
    last: Option<(String, Instant)>,
}

impl<'a> Progress<'a> {
    fn new(token: ProgressToken, peer: &'a Peer<RoleServer>) -> Progress<'a> {
        Progress { token, peer, started: Instant::now(), last: None }
    }

    /// Reports a phase, unless it was reported a moment ago. The progress is the time in seconds, because the end is not known.
    async fn report(&mut self, phase: String) {
        let now = Instant::now();
        if self.last.as_ref().is_some_and(|(last, then)| *last == phase && now - *then < REPETITION) {
            return;
        }
        let seconds = (now - self.started).as_secs_f64();
        let progress =
            ProgressNotificationParam::new(self.token.clone(), seconds).with_message(phase.clone());
        // If the client has gone, the end of its input says so.
        let _ = self.peer.notify_progress(progress).await;
        self.last = Some((phase, now));
    }
}

//! `seededit mcp`: a server for AI agents, over the Model Context Protocol on standard input and output.
//!
//! [`stdio`] reads and writes messages ([`lines`], [`ids`]). [`server`] answers them; [`tools`] describes what can be called,
//! and [`arguments`] and [`check`] read how. [`mod@run`] runs a call as a command of this program, with its [`command_line`] and within the
//! [`roots`]; [`answer`] is what it printed. [`calls`] knows the calls in progress.

mod answer;
mod arguments;
mod calls;
mod check;
mod command_line;
mod ids;
mod lines;
mod roots;
mod run;
mod server;
mod spending;
mod stdio;
mod tools;

use std::io;
use std::sync::Arc;

use rmcp::service::{ServerInitializeError, serve_server};
use tokio::runtime;
use tokio::sync::Notify;

use crate::batch::SessionLimit;
use crate::cli::McpArgs;
use crate::edit::Cancellation;
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::files::confine_results;
use crate::settings::Flags;
use crate::ui::Ui;

use self::calls::Calls;
use self::roots::Roots;
use self::run::Tools;
use self::server::Server;
use self::spending::Spending;
use self::stdio::Stdio;
use super::in_flight::{InFlight, SentTo};
use super::target::Target;
use super::{context, limits, offline, signals};

pub(super) fn run(args: &McpArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let flags = Flags { limits: limits::flags(&args.budget), ..context::flags(&args.connect) };
    let settings = context::settings(&flags, env)?;
    let target = Target::find(&args.connect, &settings, env)?;
    let roots = Roots::find(&args.roots)?;
    confine_results(roots.directories().to_vec());
    offline::start_threads()?;
    if env.stdin_is_terminal {
        ui.note("this speaks the Model Context Protocol on standard input; a client starts it, and Ctrl-D ends it");
    }
    let sent_to = SentTo { target, base_url: settings.base_url.clone() };
    let interrupt = signals::watch(&InFlight::several(sent_to))?;
    let tools = Tools {
        connect: args.connect.clone(),
        budget: args.budget.clone(),
        limit: settings.limits.max_cost.map(SessionLimit::new),
        spending: Spending::of(&settings, target),
        roots,
        env: env.without_terminal(),
    };
    let (calls, end) = (Calls::default(), Arc::new(Notify::new()));
    let (stdio, written) = Stdio::take(Arc::clone(&end), calls.clone()).map_err(not_started)?;
    let (signaled, canceled) = (interrupt.clone(), calls.clone());
    let _waker = interrupt.on_raise(move || {
        if let Some(cause) = signaled.cause() {
            canceled.close(cause);
        }
        end.notify_one();
    });
    let served = serve(Server { tools: Arc::new(tools), calls: calls.clone() }, stdio);
    // What was sent is recorded, and its result saved, even if the client has disconnected.
    calls.close(Cancellation::EndOfInput);
    calls.wait();
    written.wait();
    served?;
    Ok(interrupt.signal().map_or(0, |signal| ErrorKind::Interrupted(signal).exit_code()))
}

/// Serves until the session ends. Then nothing is sent to the client any more.
fn serve(server: Server, stdio: Stdio) -> Result<(), Failure> {
    let runtime = runtime::Builder::new_current_thread().enable_time().build().map_err(not_started)?;
    runtime.block_on(async {
        match serve_server(server, stdio).await {
            Ok(session) => {
                session.waiting().await.map_err(failed)?;
                Ok(())
            }
            // The client has gone before it said anything.
            Err(
                ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::TransportError { .. },
            ) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    })
}

fn not_started(error: io::Error) -> Failure {
    Failure::new(ErrorKind::Internal, anyhow::Error::new(error).context("the server could not start"))
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::new(ErrorKind::Internal, anyhow::Error::new(error).context("the session ended"))
}

//! `seededit sandbox`

use crate::cli::sandbox::SandboxArgs;
use crate::error::{ErrorKind, Failure};
use crate::sandbox::Sandbox;
use crate::ui::Ui;

use super::in_flight::InFlight;
use super::reporting::stdout_failed;
use super::signals;

/// Serves until a signal arrives, which is a success.
pub(super) fn run(args: SandboxArgs, ui: &Ui) -> Result<u8, Failure> {
    let listen = args.listen;
    let interrupt = signals::watch(&InFlight::serving())?;
    let sandbox = Sandbox::start(args.into_options()).map_err(|error| {
        Failure::new(
            ErrorKind::Input,
            anyhow::Error::new(error).context(format!("cannot listen on {listen}")),
        )
        .hint("choose a free port of this machine with --listen 127.0.0.1:PORT; port 0 takes any")
    })?;
    ui.line(sandbox.url()).map_err(stdout_failed)?;
    ui.note("Ctrl-C ends it; send edits to it with --base-url and any key");
    while interrupt.sleep(std::time::Duration::from_secs(3600)).is_none() {}
    sandbox.stop();
    Ok(0)
}

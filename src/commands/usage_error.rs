//! What is printed about a wrong command line.

use std::ffi::OsString;

use crate::cli::{UsageFault, asks_for_json};
use crate::color::ColorWhen;
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::ui::{ErrorRecord, JobInfo, OutputMode, Ui, Verbosity, print_clap_text};

/// Prints what clap says about a command line, and returns the exit code: help on standard output, or an error on standard
/// error. With `--json`, an error also is a record on standard output.
pub fn report_parse_error(error: &clap::Error, args: &[OsString], env: &Env) -> u8 {
    let code = u8::try_from(error.exit_code()).unwrap_or(ErrorKind::Usage.exit_code());
    if code != 0 && asks_for_json(args) {
        let mode =
            OutputMode { verbosity: Verbosity::Quiet, json: true, progress: false, color: ColorWhen::Never };
        let UsageFault { message, hint } = UsageFault::of(error);
        let failure = Failure::usage(message).hint(hint);
        // If the record cannot be printed, the exit code and standard error still say that the command is wrong.
        let ui = Ui::new(mode, env);
        let _ = ui.json(&ErrorRecord::new(JobInfo::new(None, None), &failure, &ui));
    }
    print_clap_text(error, env);
    code
}

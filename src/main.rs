//! Arguments and environment in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(seededit::main(std::env::args_os()))
}

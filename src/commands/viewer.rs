//! The desktop's viewer.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::env::Env;
use crate::error::Failure;

/// Opens a picture in the program that the desktop has for it, and does not wait for that.
///
/// # Errors
/// If there is no desktop, or no such program.
pub(super) fn open(picture: &Path, env: &Env) -> Result<(), Failure> {
    let has_desktop = !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env.var_os(name).is_some());
    if !has_desktop {
        return Err(Failure::input("there is no desktop here: DISPLAY and WAYLAND_DISPLAY are not set")
            .hint(format!("open {} on a machine that has one", picture.display())));
    }
    let failed = |program: &str, error: io::Error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => format!("there is no {program} to open pictures with"),
            _ => format!("{program} cannot be started: {error}"),
        };
        Failure::input(why).hint(format!("open {} yourself", picture.display()))
    };
    // An absolute path is never taken for an option.
    let picture = std::path::absolute(picture).unwrap_or_else(|_| picture.to_owned());
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let mut viewer = Command::new(program);
    viewer.arg(&picture).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // A signal that ends this program, such as Ctrl-C, is none for the viewer.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut viewer, 0);
    viewer.spawn().map(drop).map_err(|error| failed(program, error))
}

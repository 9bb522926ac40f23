//! Runs a program and measures the resources that it uses.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::Result;

/// The argument that makes this program measure another one; see [`Program::run`].
pub(crate) const METER: &str = "meter";

/// The resources used by a run, including all processes that it started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Wall-clock time.
    pub(crate) wall: Duration,
    /// CPU time in user and kernel mode.
    pub(crate) cpu: Duration,
    /// The largest resident set of any single process, in bytes.
    pub(crate) peak: u64,
}

/// A program with its arguments and its environment.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
}

impl Program {
    /// A program without arguments.
    pub(crate) fn new(path: impl AsRef<Path>) -> Program {
        Program { path: path.as_ref().to_owned(), arguments: Vec::new(), variables: Vec::new() }
    }

    /// Adds arguments.
    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Program {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable. The environment contains only these and `PATH`.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Program {
        self.variables.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Runs the program once.
    ///
    /// A separate process does the measuring. The system sums up the usage of *all* children of a process and keeps the
    /// largest peak of any, so the values are those of one program only if the process has had a single child. That
    /// process is also small, which matters because the peak of a new process starts at the size of its parent.
    pub(crate) fn run(&self) -> Result<Usage> {
        let mut meter = Command::new(std::env::current_exe()?);
        meter.arg(METER).arg(&self.path).args(&self.arguments);
        meter.env_clear().envs(self.variables.iter().map(|(name, value)| (name, value)));
        if let Some(path) = std::env::var_os("PATH") {
            meter.env("PATH", path);
        }
        let output = meter.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("{} failed", self.path.display()).into());
        }
        Usage::read(&String::from_utf8(output.stdout)?)
    }
}

impl Usage {
    fn read(line: &str) -> Result<Usage> {
        let numbers: Vec<u64> =
            line.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?;
        match numbers[..] {
            [wall, cpu, peak] => {
                Ok(Usage { wall: Duration::from_micros(wall), cpu: Duration::from_micros(cpu), peak })
            }
            _ => Err("the measuring process did not print three numbers".into()),
        }
    }
}

/// Runs `command` and prints its wall-clock time and CPU time in microseconds and its peak memory in bytes.
pub(crate) fn meter(command: &[OsString]) -> Result<()> {
    let (program, arguments) = command.split_first().ok_or("nothing to measure")?;
    let started = Instant::now();
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).status()?;
    let wall = started.elapsed();
    if !status.success() {
        return Err(format!("{}: {status}", program.display()).into());
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    // Linux counts kibibytes, macOS bytes.
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    println!("{} {cpu} {}", wall.as_micros(), usage.max_rss() * unit);
    Ok(())
}

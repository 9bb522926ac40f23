//! Runs a program to its end and says what it spent.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::Result;

/// The argument with which this program measures another one, see [`Program::run`].
pub(crate) const METER: &str = "meter";

/// What one run spent, itself and with all programs that it started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spent {
    /// From start to end.
    pub(crate) wall: Duration,
    /// On processors, by the program and by the system for it.
    pub(crate) cpu: Duration,
    /// The largest resident set of any one process of it, in bytes.
    pub(crate) peak: u64,
}

/// A program with its arguments and its whole environment.
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

    /// Adds a variable to an environment that otherwise has a `PATH` only.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Program {
        self.variables.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Runs it once.
    ///
    /// A process of its own does the measuring: the system adds up what *all* children of a process
    /// have used, and keeps the largest peak of any, so one that has had one child only knows that
    /// child's. It is small, too, and a new process's peak begins at the size of its parent.
    pub(crate) fn run(&self) -> Result<Spent> {
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
        Spent::read(&String::from_utf8(output.stdout)?)
    }
}

impl Spent {
    fn read(line: &str) -> Result<Spent> {
        let numbers: Vec<u64> =
            line.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?;
        match numbers[..] {
            [wall, cpu, peak] => {
                Ok(Spent { wall: Duration::from_micros(wall), cpu: Duration::from_micros(cpu), peak })
            }
            _ => Err("the meter said something else than three numbers".into()),
        }
    }
}

/// Runs `command`, and prints what it spent: microseconds, microseconds, bytes.
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

//! The programs that decode beside seededit: Pillow in a process that stays, and djxl.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Result;
use crate::cost::Cost;

/// The environment variable that names a Python with Pillow and pillow-heif. By default it is `python3`.
const PYTHON: &str = "PYTHON";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/decode/reference.py");

/// Pillow, in a Python process.
pub(crate) struct Pillow {
    process: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Pillow {
    /// Starts Python. Returns `None` if it is not installed.
    pub(crate) fn start() -> Option<Pillow> {
        let python = std::env::var_os(PYTHON).unwrap_or_else(|| "python3".into());
        let mut process =
            Command::new(python).arg(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let (commands, answers) = (process.stdin.take()?, process.stdout.take()?);
        Some(Pillow { process, commands, answers: BufReader::new(answers) })
    }

    /// Encodes a picture with options such as `quality=90`.
    pub(crate) fn save(&mut self, source: &Path, target: &Path, options: &[&str]) -> Result<()> {
        let files = [source.display().to_string(), target.display().to_string()];
        let words = [&["save"], &files.each_ref().map(String::as_str)[..], options].concat();
        self.ask(&words).map(drop)
    }

    /// Decodes a picture.
    pub(crate) fn load(&mut self, file: &Path) -> Result<Cost> {
        self.ask(&["load", &file.display().to_string()])
    }

    fn ask(&mut self, words: &[&str]) -> Result<Cost> {
        writeln!(self.commands, "{}", words.join("\t"))?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let numbers: Vec<f64> = answer.split_whitespace().map_while(|word| word.parse().ok()).collect();
        match numbers[..] {
            [wall, cpu] => Ok(Cost { wall, cpu }),
            _ if answer.is_empty() => Err("Python has no Pillow".into()),
            _ => Err(answer.trim().into()),
        }
    }
}

impl Drop for Pillow {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Encodes a PNG with cjxl, at its usual distance and a low effort.
pub(crate) fn cjxl(source: &Path, target: &Path) -> Result<()> {
    run(Command::new("cjxl").arg(source).arg(target).args(["-d", "1", "-e", "3", "--quiet"]))
}

/// Decodes a picture with djxl, and writes nothing.
pub(crate) fn djxl(file: &Path) -> Result<Cost> {
    Cost::of_children(|| run(Command::new("djxl").arg(file).arg("--quiet")))
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().display().to_string();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name}: {status}").into()),
        Err(error) => Err(format!("{name}: {error}").into()),
    }
}

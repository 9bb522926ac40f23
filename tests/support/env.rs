//! An isolated environment for the program, and strict runs in it.
//!
//! A run starts with an empty environment (except `PATH`), its own directories for configuration, data and work, and
//! an empty standard input. It must exit with 0 and print nothing, unless its test expects something else, and end
//! within [`TIMEOUT`]. Whatever it does, no output and no file except the credentials may contain the key or the
//! signature of a link, and no temporary file may be left behind.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use seededit::testing::schema::document;
use tempfile::TempDir;

use super::normalize::normalize;
use super::{Service, as_delivered, problems};

/// The API key of the tests. It is long enough to be shown as a hint, and does not occur anywhere by chance.
pub(crate) const KEY: &str = "k3yt-of-the-tests-9f8e7d6c5b4a3210";
/// The query parameter that makes a link to a result a secret.
const SIGNATURE: &str = "X-Tos-Signature";
/// The longest time that a run may take. A run that hangs fails and does not block the other tests.
pub(super) const TIMEOUT: Duration = Duration::from_secs(60);

/// The directories of one test.
pub(crate) struct TestEnv {
    root: TempDir,
}

impl TestEnv {
    /// Creates empty directories.
    pub(crate) fn new() -> TestEnv {
        let root = tempfile::Builder::new().prefix("seededit-test").tempdir().unwrap();
        for name in ["work", "config", "data"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        TestEnv { root }
    }

    /// Creates directories that are empty except for `in.png`, a picture that the service accepts.
    pub(crate) fn with_picture() -> TestEnv {
        let env = TestEnv::new();
        env.write("in.png", super::png(64, 48));
        env
    }

    /// The working directory.
    pub(crate) fn work_dir(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// The configuration directory.
    pub(crate) fn config_dir(&self) -> PathBuf {
        self.root.path().join("config")
    }

    /// The data directory.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// The path of a file in the working directory.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.work_dir().join(name)
    }

    /// Writes a file in the working directory.
    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes the configuration file.
    pub(crate) fn write_config(&self, text: &str) {
        fs::write(self.config_dir().join("config.toml"), text).unwrap();
    }

    /// Reads a result in the working directory, without the metadata that was added to the answer.
    pub(crate) fn read_answer(&self, name: impl AsRef<Path>) -> Vec<u8> {
        as_delivered(&self.read(name))
    }

    /// Reads a file in the working directory.
    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The names of all files in the working directory, sorted.
    pub(crate) fn file_names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.work_dir()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Prepares a run of the program with these arguments.
    pub(crate) fn command_with<A: Into<OsString>>(&self, args: impl IntoIterator<Item = A>) -> Run<'_> {
        Run {
            env: self,
            program: assert_cmd::cargo::cargo_bin!("seededit").into(),
            args: args.into_iter().map(Into::into).collect(),
            vars: Vec::new(),
            input: Vec::new(),
            code: Some(0),
            stdout: Expected::Nothing,
            stderr: Expected::Nothing,
            tidy: true,
            timeout: TIMEOUT,
        }
    }

    /// Prepares a run with the arguments in `args`, separated by spaces.
    pub(crate) fn command(&self, args: &str) -> Run<'_> {
        self.command_with(args.split_whitespace())
    }

    /// Prepares `edit in.png "add a bird" -o out.jpg` with further arguments.
    pub(crate) fn edit(&self, extra: &str) -> Run<'_> {
        let args = ["edit", "in.png", "add a bird", "-o", "out.jpg"];
        self.command_with(args.into_iter().chain(extra.split_whitespace()))
    }

    /// Replaces whatever differs between runs: see [`normalize`].
    pub(crate) fn normalize(&self, text: &str) -> String {
        let (work, config, data) = (self.work_dir(), self.config_dir(), self.data_dir());
        normalize(text, &[(&work, "[work]"), (&config, "[config]"), (&data, "[data]")])
    }

    /// Panics if a file other than the credentials contains a secret or, if `tidy`, if a temporary file was left
    /// behind.
    fn ensure_clean(&self, tidy: bool) {
        visit_files(self.root.path(), &mut |path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            assert!(!(tidy && name.starts_with(".seededit-")), "left behind: {}", path.display());
            if name != "credentials.toml"
                && let Ok(bytes) = fs::read(path)
            {
                // The journal keeps links to results that are still to be downloaded, but never a key.
                let is_journal =
                    name.starts_with("journal.db") || path.parent().is_some_and(|p| p.ends_with("spool"));
                let secrets = if is_journal { &[KEY][..] } else { &[KEY, SIGNATURE] };
                ensure_none(secrets, &bytes, &path.display().to_string());
            }
        });
    }
}

fn visit_files(directory: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => visit_files(&entry.path(), visit),
            Ok(kind) if kind.is_file() => visit(&entry.path()),
            _ => {}
        }
    }
}

/// Panics if `bytes` contain the key or the signature of a link.
fn ensure_no_secret(bytes: &[u8], whose: &str) {
    ensure_none(&[KEY, SIGNATURE], bytes, whose);
}

fn ensure_none(secrets: &[&str], bytes: &[u8], whose: &str) {
    for secret in secrets {
        let is_contained = memchr::memmem::find(bytes, secret.as_bytes()).is_some();
        assert!(!is_contained, "{whose} contains {secret}");
    }
}

/// Panics if a run with `--json` printed a record that its schema does not describe. A run that was killed may end within
/// a line.
fn ensure_described(args: &[OsString], stdout: &[u8]) {
    let words: Vec<&str> = args.iter().map_while(|arg| arg.to_str()).collect();
    if !words.contains(&"--json") {
        return;
    }
    let known = super::commands();
    let command = (1..=words.len().min(2)).rev().map(|count| words[..count].join(" "));
    let Some(command) = command.into_iter().find(|words| known.contains(words)) else { return };
    let schema = document(&command.split(' ').collect::<Vec<_>>()).unwrap();
    let lines = stdout.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    for record in lines.filter_map(|line| serde_json::from_slice::<serde_json::Value>(line).ok()) {
        let found = problems(&schema, &record);
        assert!(found.is_empty(), "`{command}` printed a record that its schema does not describe: {record}");
    }
}

/// The expected output on one stream.
enum Expected {
    Nothing,
    Anything,
    /// Exactly this text, after normalization.
    Exactly(String),
    /// All of these, after normalization.
    Parts(Vec<String>),
}

impl Expected {
    fn ensure(&self, name: &str, found: &str) {
        match self {
            Expected::Nothing => assert_eq!(found, "", "{name} should be empty"),
            Expected::Anything => {}
            Expected::Exactly(text) => assert_eq!(found, text, "{name}"),
            Expected::Parts(parts) => {
                for part in parts {
                    assert!(found.contains(part), "{name} should contain {part:?}:\n{found}");
                }
            }
        }
    }
}

/// A run of the program with its expected outcome.
#[must_use = "nothing runs before `assert` or `start`"]
pub(crate) struct Run<'a> {
    env: &'a TestEnv,
    program: OsString,
    args: Vec<OsString>,
    vars: Vec<(OsString, OsString)>,
    input: Vec<u8>,
    code: Option<i32>,
    stdout: Expected,
    stderr: Expected,
    tidy: bool,
    timeout: Duration,
}

impl<'a> Run<'a> {
    /// Sets an environment variable.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.vars.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets an environment variable, unless it is set already.
    pub(super) fn env_default(self, name: &str, value: &str) -> Self {
        if self.vars.iter().any(|(known, _)| known == name) { self } else { self.env(name, value) }
    }

    /// Adds an argument.
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments, separated by spaces.
    pub(crate) fn args(mut self, args: &str) -> Self {
        self.args.extend(args.split_whitespace().map(OsString::from));
        self
    }

    /// Uses the service at `url`, with the key of the tests.
    pub(crate) fn base_url(self, url: &str) -> Self {
        self.env("SEEDEDIT_BASE_URL", url).env("SEEDEDIT_API_KEY", KEY)
    }

    /// Uses this service, with the key of the tests.
    pub(crate) fn service(self, service: &Service) -> Self {
        self.base_url(&service.url())
    }

    /// Sets the standard input.
    pub(crate) fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = bytes.as_ref().to_owned();
        self
    }

    /// Runs `program`, with the path of this program and its arguments appended to `args`.
    pub(crate) fn wrapped_in(mut self, program: &str, args: &[&str]) -> Self {
        let ours = std::mem::replace(&mut self.program, program.into());
        let before: Vec<OsString> = args.iter().map(OsString::from).chain([ours]).collect();
        self.args.splice(0..0, before);
        self
    }

    /// Expects this exit code instead of 0.
    pub(crate) fn code(mut self, code: i32) -> Self {
        self.code = Some(code);
        self
    }

    /// Accepts any exit code, any output and temporary files. For runs that are killed.
    pub(crate) fn any_outcome(mut self) -> Self {
        self.code = None;
        self.any_stdout().any_stderr().may_leave_temporary_files()
    }

    /// Expects exactly this standard output, after normalization.
    pub(crate) fn stdout(mut self, text: impl Into<String>) -> Self {
        self.stdout = Expected::Exactly(text.into());
        self
    }

    /// Accepts any standard output.
    pub(crate) fn any_stdout(mut self) -> Self {
        self.stdout = Expected::Anything;
        self
    }

    /// Expects exactly this standard error, after normalization.
    pub(crate) fn stderr(mut self, text: impl Into<String>) -> Self {
        self.stderr = Expected::Exactly(text.into());
        self
    }

    /// Expects standard error to contain all of these, after normalization.
    pub(crate) fn stderr_contains(mut self, parts: &[&str]) -> Self {
        self.stderr = Expected::Parts(parts.iter().map(ToString::to_string).collect());
        self
    }

    /// Accepts any standard error.
    pub(crate) fn any_stderr(mut self) -> Self {
        self.stderr = Expected::Anything;
        self
    }

    /// Allows the run to take this many minutes.
    pub(crate) fn timeout_minutes(mut self, minutes: u64) -> Self {
        self.timeout = Duration::from_secs(60 * minutes);
        self
    }

    /// Runs the program and compares its outcome with the expected one.
    pub(crate) fn assert(self) -> Output {
        self.spawn().wait()
    }

    /// Accepts temporary files that are left behind, as after a crash.
    pub(crate) fn may_leave_temporary_files(mut self) -> Self {
        self.tidy = false;
        self
    }

    /// Compares the outcome of a run with the expected one. Returns the normalized standard error.
    pub(super) fn ensure_expected(&self, code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> String {
        ensure_no_secret(stdout, "standard output");
        ensure_no_secret(stderr, "standard error");
        self.env.ensure_clean(self.tidy);
        let message = self.env.normalize(&String::from_utf8_lossy(stderr));
        assert!(!message.contains("(os error "), "a raw system error in {message}");
        if self.code.is_some() {
            assert_eq!(code, self.code, "exit code of {:?}\n{message}", self.args);
        }
        ensure_described(&self.args, stdout);
        self.stdout.ensure("standard output", &self.env.normalize(&String::from_utf8_lossy(stdout)));
        self.stderr.ensure("standard error", &message);
        message
    }

    /// The command of this run, without its streams.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .envs(["PATH", "SystemRoot"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("SEEDEDIT_CONFIG_DIR", self.env.config_dir())
            .env("SEEDEDIT_DATA_DIR", self.env.data_dir())
            .envs(self.vars.iter().map(|(name, value)| (name, value)))
            .current_dir(self.env.work_dir());
        command
    }

    /// Starts the program.
    pub(crate) fn spawn(self) -> Running<'a> {
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), self.input.clone());
        // The program may close its standard input without reading it.
        thread::spawn(move || stdin.write_all(&input).ok());
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        Running { run: self, child, stdout, stderr, started: Instant::now() }
    }
}

fn collect(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok();
        bytes
    })
}

/// A run in progress.
#[must_use = "a run has to be waited for"]
pub(crate) struct Running<'a> {
    run: Run<'a>,
    child: Child,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
    started: Instant,
}

impl Running<'_> {
    /// The id of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the run ends and compares its outcome with the expected one.
    pub(crate) fn wait(mut self) -> Output {
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            if self.started.elapsed() > self.run.timeout {
                self.child.kill().ok();
                self.child.wait().ok();
                panic!("{:?} did not end within {:?}", self.run.args, self.run.timeout);
            }
            thread::sleep(Duration::from_millis(3));
        };
        let elapsed = self.started.elapsed();
        let (stdout, stderr) = (self.stdout.join().unwrap(), self.stderr.join().unwrap());
        let message = self.run.ensure_expected(code, &stdout, &stderr);
        Output { code, stdout, stderr: message, elapsed }
    }
}

/// A run that ended as expected.
pub(crate) struct Output {
    /// The exit code; `None` if the run was killed.
    pub(crate) code: Option<i32>,
    /// Standard output, unchanged.
    pub(crate) stdout: Vec<u8>,
    /// Standard error, normalized.
    pub(crate) stderr: String,
    /// The duration of the run.
    pub(crate) elapsed: Duration,
}

impl Output {
    /// The lines of standard output, each of which must be JSON.
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        let text = std::str::from_utf8(&self.stdout).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "an unfinished line: {text}");
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// The only line of standard output, which must be JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let mut lines = self.json_lines();
        assert_eq!(lines.len(), 1, "one line: {lines:?}");
        lines.remove(0)
    }
}

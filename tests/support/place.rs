//! A place to run the program in, and the strict runs themselves.
//!
//! A run starts with an empty environment (but for `PATH`), directories of its own for configuration,
//! data and work, and no input. It must exit with 0 and print nothing, unless its test says otherwise;
//! it must end within [`PATIENCE`]; and whatever it did, the key and the signature of a link must stand
//! in no output and in no file but the credentials, and no hidden file may be left behind.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::Service;
use super::filter::plain;

/// The key that the tests use: long enough to have a hint, and found nowhere by chance.
pub(crate) const KEY: &str = "k3yt-of-the-tests-9f8e7d6c5b4a3210";
/// What makes a link to a result a key.
const SIGNATURE: &str = "X-Tos-Signature";
/// How long a run may take; a hang fails and never hangs the suite.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Directories of one test.
pub(crate) struct Place {
    root: TempDir,
}

impl Place {
    /// Empty directories.
    pub(crate) fn new() -> Place {
        let root = tempfile::Builder::new().prefix("seededit-test").tempdir().unwrap();
        for name in ["work", "config", "data"] {
            fs::create_dir(root.path().join(name)).unwrap();
        }
        Place { root }
    }

    /// Empty directories but for `in.png`, a picture that the service takes.
    pub(crate) fn with_picture() -> Place {
        let place = Place::new();
        place.write("in.png", super::png(64, 48));
        place
    }

    /// The working directory.
    pub(crate) fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// The configuration directory.
    pub(crate) fn config(&self) -> PathBuf {
        self.root.path().join("config")
    }

    /// The data directory.
    pub(crate) fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// A file's path in the working directory.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.work().join(name)
    }

    /// Writes a file in the working directory.
    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes the configuration file.
    pub(crate) fn configure(&self, text: &str) {
        fs::write(self.config().join("config.toml"), text).unwrap();
    }

    /// Reads a file in the working directory.
    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The names in the working directory, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.work()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// A run of the program with these arguments.
    pub(crate) fn run<A: Into<OsString>>(&self, args: impl IntoIterator<Item = A>) -> Run<'_> {
        Run {
            place: self,
            program: assert_cmd::cargo::cargo_bin!("seededit").into(),
            args: args.into_iter().map(Into::into).collect(),
            vars: Vec::new(),
            input: Vec::new(),
            code: Some(0),
            stdout: Expected::Nothing,
            stderr: Expected::Nothing,
            tidy: true,
            patience: PATIENCE,
        }
    }

    /// The same with the arguments in one text, separated by blanks.
    pub(crate) fn words(&self, args: &str) -> Run<'_> {
        self.run(args.split_whitespace())
    }

    /// `edit in.png "add a bird" -o out.jpg` with further arguments.
    pub(crate) fn edit(&self, further: &str) -> Run<'_> {
        let args = ["edit", "in.png", "add a bird", "-o", "out.jpg"];
        self.run(args.into_iter().chain(further.split_whitespace()))
    }

    /// The transcript form of `text`: see [`plain`].
    pub(crate) fn plain(&self, text: &str) -> String {
        let (work, config, data) = (self.work(), self.config(), self.data());
        plain(text, &[(&work, "[work]"), (&config, "[config]"), (&data, "[data]")])
    }

    /// Fails when a secret is in any file but the credentials, or, where it has to be `tidy`, a hidden
    /// file was left behind.
    fn ensure_clean(&self, tidy: bool) {
        visit(self.root.path(), &mut |path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            assert!(!(tidy && name.starts_with(".seededit-")), "left behind: {}", path.display());
            if name != "credentials.toml"
                && let Ok(bytes) = fs::read(path)
            {
                // The journal keeps the links of what is still to be fetched, and no key.
                let is_journal =
                    name.starts_with("journal.db") || path.parent().is_some_and(|p| p.ends_with("spool"));
                let secrets = if is_journal { &[KEY][..] } else { &[KEY, SIGNATURE] };
                ensure_none(secrets, &bytes, &path.display().to_string());
            }
        });
    }
}

fn visit(directory: &Path, see: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => visit(&entry.path(), see),
            Ok(kind) if kind.is_file() => see(&entry.path()),
            _ => {}
        }
    }
}

/// Fails when `bytes` hold the key or the signature of a link.
fn ensure_no_secret(bytes: &[u8], whose: &str) {
    ensure_none(&[KEY, SIGNATURE], bytes, whose);
}

fn ensure_none(secrets: &[&str], bytes: &[u8], whose: &str) {
    for secret in secrets {
        let held = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!held, "{whose} holds {secret}");
    }
}

/// What a stream of a run has to be.
enum Expected {
    Nothing,
    Anything,
    /// In its transcript form.
    Exactly(String),
    /// All of these, in its transcript form.
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
                    assert!(found.contains(part), "{name} should hold {part:?}:\n{found}");
                }
            }
        }
    }
}

/// One run of the program, to be described and then done.
#[must_use = "nothing runs before `done` or `start`"]
pub(crate) struct Run<'a> {
    place: &'a Place,
    program: OsString,
    args: Vec<OsString>,
    vars: Vec<(OsString, OsString)>,
    input: Vec<u8>,
    code: Option<i32>,
    stdout: Expected,
    stderr: Expected,
    tidy: bool,
    patience: Duration,
}

impl<'a> Run<'a> {
    /// Sets a variable.
    pub(crate) fn var(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.vars.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets a variable that has not been set.
    pub(super) fn var_unless_set(self, name: &str, value: &str) -> Self {
        if self.vars.iter().any(|(known, _)| known == name) { self } else { self.var(name, value) }
    }

    /// One more argument.
    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Further arguments in one text, separated by blanks.
    pub(crate) fn args(mut self, args: &str) -> Self {
        self.args.extend(args.split_whitespace().map(OsString::from));
        self
    }

    /// Uses the service at `url` and the tests' key.
    pub(crate) fn at(self, url: &str) -> Self {
        self.var("SEEDEDIT_BASE_URL", url).var("SEEDEDIT_API_KEY", KEY)
    }

    /// Uses this service and the tests' key.
    pub(crate) fn on(self, service: &Service) -> Self {
        self.at(&service.url())
    }

    /// What the run reads from standard input.
    pub(crate) fn input(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = bytes.as_ref().to_owned();
        self
    }

    /// Runs another program in place of ours, which is then its first argument.
    pub(crate) fn under(mut self, program: &str, args: &[&str]) -> Self {
        let ours = std::mem::replace(&mut self.program, program.into());
        let before: Vec<OsString> = args.iter().map(OsString::from).chain([ours]).collect();
        self.args.splice(0..0, before);
        self
    }

    /// The exit code, where it is not 0.
    pub(crate) fn exits(mut self, code: i32) -> Self {
        self.code = Some(code);
        self
    }

    /// It may end in any way and say anything, and leave its hidden file: it is about to be struck.
    pub(crate) fn ends_anyhow(mut self) -> Self {
        self.code = None;
        self.prints_anything().says_anything().may_leave_its_hidden_file()
    }

    /// Exactly what is printed on standard output, in transcript form.
    pub(crate) fn prints(mut self, text: impl Into<String>) -> Self {
        self.stdout = Expected::Exactly(text.into());
        self
    }

    /// Standard output may be anything.
    pub(crate) fn prints_anything(mut self) -> Self {
        self.stdout = Expected::Anything;
        self
    }

    /// Exactly what is said on standard error, in transcript form.
    pub(crate) fn says(mut self, text: impl Into<String>) -> Self {
        self.stderr = Expected::Exactly(text.into());
        self
    }

    /// What has to be somewhere in what is said.
    pub(crate) fn saying(mut self, parts: &[&str]) -> Self {
        self.stderr = Expected::Parts(parts.iter().map(ToString::to_string).collect());
        self
    }

    /// Standard error may be anything.
    pub(crate) fn says_anything(mut self) -> Self {
        self.stderr = Expected::Anything;
        self
    }

    /// It may take so many minutes.
    pub(crate) fn within_minutes(mut self, minutes: u64) -> Self {
        self.patience = Duration::from_secs(60 * minutes);
        self
    }

    /// Runs it to its end and holds it to what was said of it.
    pub(crate) fn done(self) -> Done {
        self.start().end()
    }

    /// The hidden file that keeps an output's place may stay, as after a crash.
    pub(crate) fn may_leave_its_hidden_file(mut self) -> Self {
        self.tidy = false;
        self
    }

    /// Holds what a run came to against what was said of it; returns what it said in transcript form.
    pub(super) fn ensure_ended_well(&self, code: Option<i32>, stdout: &[u8], stderr: &[u8]) -> String {
        ensure_no_secret(stdout, "standard output");
        ensure_no_secret(stderr, "standard error");
        self.place.ensure_clean(self.tidy);
        let said = self.place.plain(&String::from_utf8_lossy(stderr));
        if self.code.is_some() {
            assert_eq!(code, self.code, "exit code of {:?}\n{said}", self.args);
        }
        self.stdout.ensure("standard output", &self.place.plain(&String::from_utf8_lossy(stdout)));
        self.stderr.ensure("standard error", &said);
        said
    }

    /// The process that it is, but for its streams.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .env_clear()
            .envs(["PATH", "SystemRoot"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("SEEDEDIT_CONFIG_DIR", self.place.config())
            .env("SEEDEDIT_DATA_DIR", self.place.data())
            .envs(self.vars.iter().map(|(name, value)| (name, value)))
            .current_dir(self.place.work());
        command
    }

    /// Starts it.
    pub(crate) fn start(self) -> Running<'a> {
        let mut child = self
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), self.input.clone());
        // A program that does not read its input may close it; that is its own business.
        thread::spawn(move || stdin.write_all(&input).ok());
        let stdout = collected(child.stdout.take().unwrap());
        let stderr = collected(child.stderr.take().unwrap());
        Running { run: self, child, stdout, stderr, started: Instant::now() }
    }
}

fn collected(mut stream: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok();
        bytes
    })
}

/// A run that has begun.
#[must_use = "a run has to be brought to its end"]
pub(crate) struct Running<'a> {
    run: Run<'a>,
    child: Child,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
    started: Instant,
}

impl Running<'_> {
    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end and holds it to what was said of it.
    pub(crate) fn end(mut self) -> Done {
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            if self.started.elapsed() > self.run.patience {
                self.child.kill().ok();
                self.child.wait().ok();
                panic!("{:?} did not end within {:?}", self.run.args, self.run.patience);
            }
            thread::sleep(Duration::from_millis(3));
        };
        let took = self.started.elapsed();
        let (stdout, stderr) = (self.stdout.join().unwrap(), self.stderr.join().unwrap());
        let said = self.run.ensure_ended_well(code, &stdout, &stderr);
        Done { code, stdout, said, took }
    }
}

/// A run that went as its test said.
pub(crate) struct Done {
    /// The exit code; none of a run that was killed.
    pub(crate) code: Option<i32>,
    /// What was printed, byte for byte.
    pub(crate) stdout: Vec<u8>,
    /// What was said on standard error, in transcript form.
    pub(crate) said: String,
    /// How long it took.
    pub(crate) took: Duration,
}

impl Done {
    /// The lines of standard output, each of which must be JSON.
    pub(crate) fn jsons(&self) -> Vec<serde_json::Value> {
        let text = std::str::from_utf8(&self.stdout).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "an unfinished line: {text}");
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// The one line of standard output, which must be JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        let mut lines = self.jsons();
        assert_eq!(lines.len(), 1, "one line: {lines:?}");
        lines.remove(0)
    }
}

//! What a job is.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Decided on, and nothing of it is under way
    Intent,
    /// A POST went out, or was about to
    Sent,
    /// The answer is here; the result is not yet at its place
    Answered,
    /// The result is at its place
    Delivered,
    /// Not done, and certainly not charged
    Refused,
    /// It may have been charged
    Unknown,
    /// Charged, and no longer to be had
    Lost,
    /// Charged, and its result was the next step's picture; it was not to be kept
    HandedOn,
}

impl State {
    /// All of them, in the order in which a job comes to them.
    pub const ALL: [State; 8] = [
        State::Intent,
        State::Sent,
        State::Answered,
        State::Delivered,
        State::Refused,
        State::Unknown,
        State::Lost,
        State::HandedOn,
    ];

    /// The name in the database and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            State::Intent => "intent",
            State::Sent => "sent",
            State::Answered => "answered",
            State::Delivered => "delivered",
            State::Refused => "refused",
            State::Unknown => "unknown",
            State::Lost => "lost",
            State::HandedOn => "handed-on",
        }
    }

    /// Whether the journal may forget it: nothing of it is left to do, and no money is at stake that
    /// nothing but the journal still tells of.
    pub fn is_forgettable(self) -> bool {
        matches!(self, State::Delivered | State::Refused | State::HandedOn)
    }

    /// Whether there is something left to do for `recover`.
    pub fn is_unfinished(self) -> bool {
        matches!(self, State::Intent | State::Sent | State::Answered | State::Unknown)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for State {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or_else(|| format!("no state `{text}`"))
    }
}

impl ToSql for State {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl FromSql for State {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map_err(|_| FromSqlError::InvalidType)
    }
}

/// A path as its own bytes, so that one that is not UTF-8 survives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathBytes(PathBuf);

impl PathBytes {
    /// The path.
    pub fn as_path(&self) -> &Path {
        &self.0
    }
}

impl From<PathBuf> for PathBytes {
    fn from(path: PathBuf) -> PathBytes {
        PathBytes(path)
    }
}

impl ToSql for PathBytes {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_os_str().as_encoded_bytes())))
    }
}

impl FromSql for PathBytes {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(PathBytes(path_from_bytes(value.as_blob()?.to_vec())))
    }
}

#[cfg(unix)]
fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    let path: OsString = std::os::unix::ffi::OsStringExt::from_vec(bytes);
    path.into()
}

#[cfg(not(unix))]
fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    // What was written here was UTF-8, but for names with unpaired surrogates.
    OsString::from(String::from_utf8_lossy(&bytes).into_owned()).into()
}

/// What is to be done, durable before the first byte of it leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// The job's name.
    pub job: String,
    /// The local time, in milliseconds since 1970.
    pub created: i64,
    /// The picture as it is shown: no query, no data.
    pub input: String,
    /// Where the picture lies, if it is a file; absolute.
    pub input_path: Option<PathBytes>,
    /// The link that was handed on, if it was one.
    pub input_link: Option<String>,
    /// The SHA-256 of the picture as it was read, before it was made to fit; none for a link that was handed on.
    pub input_sha256: Option<String>,
    /// The instruction.
    pub prompt: String,
    /// The model.
    pub model: String,
    /// The seed.
    pub seed: u32,
    /// The guidance, if one was given.
    pub guidance_scale: Option<f64>,
    /// The watermark, if something was said about it.
    pub watermark: Option<bool>,
    /// `url` or `b64_json`, if one was asked for.
    pub response_format: Option<String>,
    /// The size rule, if one was asked for.
    pub size: Option<String>,
    /// The service.
    pub base_url: String,
    /// Where on it.
    pub path: String,
    /// Where the result goes, absolute; none is standard output.
    pub output: Option<PathBytes>,
    /// What may happen to a file that is there: `fail`, `overwrite`, `rename` or `skip`.
    pub if_exists: String,
    /// The format asked for.
    pub format: Option<String>,
    /// The JPEG quality asked for.
    pub quality: Option<u8>,
    /// What is done to the picture and to the answer, for doing it again; none is what is done by default.
    pub processing: Option<String>,
    /// Whether the output's directory is made when it is missing.
    pub makes_directory: bool,
    /// How it can be found again.
    pub keys: JobKeys,
}

/// What a job can be found by, besides its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobKeys {
    /// What a batch knows it by; no two jobs have the same.
    pub key: Option<String>,
    /// Its manifest and its id in that; what it is about may have changed since.
    pub label: Option<String>,
    /// What is asked of which picture, with which seed.
    pub content: Option<String>,
}

/// An answer as it came, durable before it is interpreted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answered {
    /// The local time, in milliseconds since 1970.
    pub received: i64,
    /// The HTTP status.
    pub status: u16,
    /// The headers, a line each.
    pub headers: String,
    /// The body, or as much of it as came.
    pub body: Vec<u8>,
    /// Why the body is not whole, if it is not.
    pub cut: Option<String>,
    /// What the headers say about the call.
    pub known: CallInfo,
}

/// What is known of a call.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallInfo {
    /// The service's id for it.
    pub inference_id: Option<String>,
    /// US dollars.
    pub usd: Option<f64>,
    /// Credits.
    pub credits: Option<f64>,
}

/// What became of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// Nothing is known yet.
    Open,
    /// Certainly not charged.
    Free,
    /// Charged.
    Charged,
    /// It cannot be told.
    Unknown,
}

impl AttemptOutcome {
    /// The name in the database and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            AttemptOutcome::Open => "open",
            AttemptOutcome::Free => "free",
            AttemptOutcome::Charged => "charged",
            AttemptOutcome::Unknown => "unknown",
        }
    }

    /// Whether it was charged, in one word: `no`, `yes` or `unknown`.
    pub fn charged(self) -> &'static str {
        match self {
            AttemptOutcome::Free => "no",
            AttemptOutcome::Charged => "yes",
            AttemptOutcome::Open | AttemptOutcome::Unknown => "unknown",
        }
    }
}

impl ToSql for AttemptOutcome {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.name().into())
    }
}

impl FromSql for AttemptOutcome {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "open" => Ok(AttemptOutcome::Open),
            "free" => Ok(AttemptOutcome::Free),
            "charged" => Ok(AttemptOutcome::Charged),
            "unknown" => Ok(AttemptOutcome::Unknown),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

/// One POST.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// The `X-Client-Request-Id` that it carried.
    pub request_id: String,
    /// When it went out, local time in milliseconds since 1970.
    pub sent: i64,
    /// The HTTP status of the answer, if one came.
    pub status: Option<u16>,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// What is known of the call.
    pub known: CallInfo,
}

/// Where a delivered result went, and what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The file, absolute; none is standard output.
    pub path: Option<PathBytes>,
    /// Its SHA-256.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Its format.
    pub format: String,
    /// When the file was last changed, in nanoseconds since 1970; none when that was not noted.
    pub modified: Option<i64>,
}

/// A job as the journal has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What was asked for.
    pub intent: Intent,
    /// How far it has come.
    pub state: State,
    /// Whether `recover` found that it was not charged: it is free to run again.
    pub settled: bool,
    /// Where its result went.
    pub stored: Option<Artifact>,
    /// When it came to its end, local time in milliseconds since 1970.
    pub finished: Option<i64>,
    /// Why it is refused, unknown or lost.
    pub reason: Option<String>,
    /// Every POST of it.
    pub attempts: Vec<Attempt>,
}

impl Job {
    /// The sum of what its attempts are known to have cost, in US dollars.
    pub fn usd(&self) -> f64 {
        self.attempts
            .iter()
            .filter(|attempt| attempt.outcome == AttemptOutcome::Charged)
            .filter_map(|a| a.known.usd)
            .fold(0.0, |sum, usd| sum + usd) // of nothing, `sum` makes minus zero
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Databases and scripts hold these names.
    #[test]
    fn the_stored_names_are_those_of_the_first_release() {
        let states = ["intent", "sent", "answered", "delivered", "refused", "unknown", "lost", "handed-on"];
        assert_eq!(State::ALL.map(State::name), states);
        let outcomes =
            [AttemptOutcome::Open, AttemptOutcome::Free, AttemptOutcome::Charged, AttemptOutcome::Unknown];
        assert_eq!(outcomes.map(AttemptOutcome::name), ["open", "free", "charged", "unknown"]);
        assert_eq!(outcomes.map(AttemptOutcome::charged), ["unknown", "no", "yes", "unknown"]);
    }

    #[test]
    fn every_state_is_found_by_its_name() {
        for state in State::ALL {
            assert_eq!(state.name().parse(), Ok(state));
        }
    }
}

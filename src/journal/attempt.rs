//! One attempt at a job: its POST, the answer, and whether it was charged.

use std::path::PathBuf;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::money::Usd;

use super::day_budget::Reservation;

/// An answer as it was received, durable before it is interpreted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answered {
    /// The local time of its receipt, in milliseconds since 1970.
    pub received: i64,
    /// The HTTP status.
    pub status: u16,
    /// The headers, one per line.
    pub headers: String,
    /// The body, or as much of it as was received.
    pub body: Vec<u8>,
    /// Why the body is incomplete, if it is.
    pub cut: Option<String>,
    /// What the headers say about the call.
    pub call_info: CallInfo,
}

/// An answer as the journal has it.
#[derive(Debug)]
pub struct RecordedAnswer {
    /// The answer, or what is left of it.
    pub answered: Answered,
    /// Why this is not the answer that was received, if it is not.
    pub damage: Option<DamagedAnswer>,
}

/// The file of an answer was changed or removed after it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its answer {} {}", .path.display(), if *.is_missing { "is missing" } else { "was changed after it was received" })]
pub struct DamagedAnswer {
    pub path: PathBuf,
    /// Whether there is no such file.
    pub is_missing: bool,
}

/// What is known about a call.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallInfo {
    /// The service's id for it.
    pub inference_id: Option<String>,
    /// US dollars.
    pub usd: Option<f64>,
    /// Credits.
    pub credits: Option<f64>,
}

/// The outcome of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// Not known yet.
    Open,
    /// Certainly not charged.
    Free,
    /// Charged.
    Charged,
    /// In doubt.
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

/// What an attempt counts as until its price is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Booking {
    /// Its expected price, if it is known.
    pub expected: Option<Usd>,
    /// The reservation that covers it, if a limit of the day is kept.
    pub reservation: Option<Reservation>,
}

/// One POST.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The number of the attempt, from 1.
    pub number: u32,
    /// Its `X-Client-Request-Id`.
    pub request_id: String,
    /// The local time when it was sent, in milliseconds since 1970.
    pub sent: i64,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// Its outcome.
    pub outcome: AttemptOutcome,
    /// What is known about the call.
    pub call_info: CallInfo,
    /// Where a queue that accepted it says what became of it.
    pub ticket: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Databases and users' scripts contain these names.
    #[test]
    fn the_stored_names_are_those_of_the_first_release() {
        let outcomes =
            [AttemptOutcome::Open, AttemptOutcome::Free, AttemptOutcome::Charged, AttemptOutcome::Unknown];
        assert_eq!(outcomes.map(AttemptOutcome::name), ["open", "free", "charged", "unknown"]);
        assert_eq!(outcomes.map(AttemptOutcome::charged), ["unknown", "no", "yes", "unknown"]);
    }
}

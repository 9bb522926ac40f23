//! The state of a job, and its names.

use std::fmt;
use std::str::FromStr;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Planned; no request is in flight.
    Intent,
    /// A POST was sent, or was about to be sent.
    Sent,
    /// The answer has arrived; the result is not delivered yet.
    Answered,
    /// The result is at its destination.
    Delivered,
    /// Not done, and certainly not charged.
    Refused,
    /// It may have been charged.
    Unknown,
    /// Charged, and the result can no longer be fetched.
    Lost,
    /// Charged; the result was only the input of the next step.
    HandedOn,
}

impl State {
    /// All states, in the order in which a job reaches them.
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

    /// Another word that `history --status` accepts.
    pub fn alias(self) -> &'static str {
        match self {
            State::Intent => "not sent",
            State::Sent => "interrupted",
            State::Answered => "not saved",
            State::Delivered => "done",
            State::Refused => "failed",
            State::Unknown => "unknown",
            State::Lost => "lost",
            State::HandedOn => "used",
        }
    }

    /// Whether a job may be removed: it is finished, and it is not the only evidence of a charge without a result.
    pub fn is_forgettable(self) -> bool {
        matches!(self, State::Delivered | State::Refused | State::HandedOn)
    }

    /// Whether the edit may have been paid for and has no result yet.
    pub fn may_be_paid(self) -> bool {
        matches!(self, State::Sent | State::Answered | State::Unknown)
    }

    /// Whether `recover` has something left to do.
    pub fn is_unfinished(self) -> bool {
        self == State::Intent || self.may_be_paid()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Databases and users' scripts contain these names.
    #[test]
    fn the_stored_names_are_those_of_the_first_release() {
        let states = ["intent", "sent", "answered", "delivered", "refused", "unknown", "lost", "handed-on"];
        assert_eq!(State::ALL.map(State::name), states);
    }

    #[test]
    fn every_state_can_be_parsed_from_its_name() {
        for state in State::ALL {
            assert_eq!(state.name().parse(), Ok(state));
        }
    }
}

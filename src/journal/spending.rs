//! What was spent, by day.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::money::add_usd;

use super::attempt::AttemptOutcome;
use super::open::{Journal, JournalError};

/// What was spent in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Spending {
    /// The day (`2026-01-31`) or the month (`2026-01`) in local time.
    pub period: String,
    /// The number of generations that were charged.
    pub generations: u64,
    /// The sum of the known prices, in US dollars.
    pub usd: f64,
    /// The number of generations without a known price.
    pub unpriced: u64,
}

/// An attempt, as an audit compares it with the usage log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditedCall {
    pub job: String,
    pub request_id: String,
    /// The local time, in milliseconds since 1970.
    pub sent: i64,
    pub outcome: AttemptOutcome,
    pub usd: Option<f64>,
}

impl Journal {
    /// Returns the attempts at a service that were sent at this time or later.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn calls_since(&self, base_url: &str, since: i64) -> Result<Vec<AuditedCall>, JournalError> {
        let read = || -> rusqlite::Result<Vec<AuditedCall>> {
            let connection = self.connection();
            let mut statement = connection.prepare(
                "SELECT job, request_id, sent, outcome, usd FROM attempt JOIN job ON job.id = attempt.job
                 WHERE base_url = ?1 AND sent >= ?2 ORDER BY sent",
            )?;
            let call = |row: &rusqlite::Row<'_>| {
                Ok(AuditedCall {
                    job: row.get(0)?,
                    request_id: row.get(1)?,
                    sent: row.get(2)?,
                    outcome: row.get(3)?,
                    usd: row.get(4)?,
                })
            };
            statement.query_map((base_url, since), call)?.collect()
        };
        read().map_err(|error| self.failure(error))
    }

    /// Returns what was spent on each day with a charge, newest first. `since` leaves out what was sent before that time, in
    /// milliseconds since 1970.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn spending(&self, since: Option<i64>) -> Result<Vec<Spending>, JournalError> {
        let read = || -> rusqlite::Result<BTreeMap<String, Spending>> {
            let connection = self.connection();
            let mut statement = connection
                .prepare("SELECT sent, usd FROM attempt WHERE outcome = 'charged' AND sent >= ?1")?;
            let mut rows = statement.query([since.unwrap_or(i64::MIN)])?;
            let mut days: BTreeMap<String, Spending> = BTreeMap::new();
            // Finding out where a day begins is slow, so it is done once for each day, by its first millisecond.
            let mut known: BTreeMap<i64, Day> = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let (sent, usd): (i64, Option<f64>) = (row.get(0)?, row.get(1)?);
                let last = known.range(..=sent).next_back().map(|(_, day)| day);
                let is_known = last.is_some_and(|day| day.span.contains(&sent));
                if !is_known {
                    let day = Day::of(sent);
                    known.insert(day.span.start, day);
                }
                let Some((_, day)) = known.range(..=sent).next_back() else { continue };
                match days.get_mut(&day.name) {
                    Some(spent) => spent.add(usd),
                    None => {
                        let mut spent = Spending::none(&day.name);
                        spent.add(usd);
                        days.insert(day.name.clone(), spent);
                    }
                }
            }
            Ok(days)
        };
        Ok(read().map_err(|error| self.failure(error))?.into_values().rev().collect())
    }
}

impl Spending {
    /// Nothing spent in this period.
    pub fn none(period: &str) -> Spending {
        Spending { period: period.to_owned(), generations: 0, usd: 0.0, unpriced: 0 }
    }

    fn add(&mut self, usd: Option<f64>) {
        self.generations += 1;
        match usd {
            Some(usd) => self.usd = add_usd(self.usd, usd),
            None => self.unpriced += 1,
        }
    }

    /// The sum of both, for the period of this one.
    #[must_use]
    pub fn and(self, other: &Spending) -> Spending {
        Spending {
            period: self.period,
            generations: self.generations + other.generations,
            usd: add_usd(self.usd, other.usd),
            unpriced: self.unpriced + other.unpriced,
        }
    }
}

/// A day in local time, as a range of milliseconds.
pub(super) struct Day {
    name: String,
    pub(super) span: Range<i64>,
}

impl Day {
    /// The day of a time in milliseconds since 1970.
    pub(super) fn of(millis: i64) -> Day {
        let time = Timestamp::from_millisecond(millis).unwrap_or_default().to_zoned(TimeZone::system());
        let start = time.start_of_day().map_or(millis, |start| start.timestamp().as_millisecond());
        let end = time.tomorrow().and_then(|next| next.start_of_day());
        let end = end.map_or(millis + 1, |end| end.timestamp().as_millisecond());
        Day { name: time.strftime("%Y-%m-%d").to_string(), span: start..end }
    }
}

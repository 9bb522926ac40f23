//! The limit of a day: what was spent, and what running processes have reserved.
//!
//! A reservation is made in one transaction with the check, so that processes that run at the same time stay within the
//! limit together. It counts while the process that made it lives, and covers the attempts that name it. Without it, each
//! of them counts on its own.

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, named_params, params};

use crate::money::Usd;

use super::attempt::AttemptOutcome;
use super::job_lock::{JobLock, JobLockError};
use super::open::{Journal, JournalError};
use super::spending::Day;

/// The limit of what all processes spend in a local calendar day, as one process keeps it.
#[derive(Debug)]
pub struct DayBudget<'a> {
    journal: &'a Journal,
    limit: Usd,
    /// The name of the lock.
    holder: String,
    /// Reservations count until it is released.
    _lock: JobLock,
}

/// What a day has cost so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DaySpending {
    /// What was charged.
    pub spent: Usd,
    /// What may still be charged: reserved by running processes, in flight or in doubt.
    pub open: Usd,
}

impl DaySpending {
    /// Everything that was, or may be, charged.
    pub fn total(self) -> Usd {
        self.spent.saturating_add(self.open)
    }
}

/// The part of a limit that is reserved for a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation(i64);

impl Reservation {
    /// The number that its attempts have.
    pub(super) fn number(self) -> i64 {
        self.0
    }
}

impl Journal {
    /// Returns what this day has cost so far. A charge without any known price counts as `price`.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn spent_today(&self, price: Usd) -> Result<DaySpending, JournalError> {
        let day = Day::of(Timestamp::now().as_millisecond());
        spending(&self.connection(), self.directory(), &day, price).map_err(|error| self.failure(error))
    }
}

impl<'a> DayBudget<'a> {
    /// Sets the limit of a day for the edits of this process.
    ///
    /// # Errors
    /// When the lock that marks its reservations cannot be created.
    pub fn new(journal: &'a Journal, limit: Usd) -> Result<DayBudget<'a>, JournalError> {
        let directory = journal.directory();
        // Unlike the id of a job, it has a dash.
        let holder = format!("budget-{:016x}", fastrand::u64(..));
        let lock = JobLock::acquire(directory, &holder).map_err(|error| {
            let source = match error {
                JobLockError::Io(source) => source,
                held @ JobLockError::Held(_) => std::io::Error::other(held.to_string()),
            };
            JournalError::Io { directory: directory.to_owned(), source }
        })?;
        Ok(DayBudget { journal, limit, holder, _lock: lock })
    }

    pub fn limit(&self) -> Usd {
        self.limit
    }

    /// Returns what this day has cost so far; see [`Journal::spent_today`].
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn spending(&self, price: Usd) -> Result<DaySpending, JournalError> {
        self.journal.spent_today(price)
    }

    /// Reserves an amount, unless that exceeds the limit; then returns what the day has cost so far. `price` is the
    /// expected price of one edit: what a charge without any known price counts as.
    ///
    /// # Errors
    /// When the journal cannot be read or written.
    pub fn reserve(&self, amount: Usd, price: Usd) -> Result<Result<Reservation, DaySpending>, JournalError> {
        self.reserve_at(Timestamp::now().as_millisecond(), amount, price)
    }

    fn reserve_at(
        &self,
        now: i64,
        amount: Usd,
        price: Usd,
    ) -> Result<Result<Reservation, DaySpending>, JournalError> {
        let directory = self.journal.directory();
        let day = Day::of(now);
        // No sync: a power cut ends all processes, and with them their reservations.
        self.journal.transact_unsynced(|transaction| {
            remove_dead(transaction, directory)?;
            let spending = spending(transaction, directory, &day, price)?;
            if spending.total().saturating_add(amount) > self.limit {
                return Ok(Err(spending));
            }
            transaction.execute(
                "INSERT INTO reservation (holder, amount) VALUES (:holder, :amount)",
                named_params! { ":holder": self.holder, ":amount": amount.nanos() },
            )?;
            Ok(Ok(Reservation(transaction.last_insert_rowid())))
        })
    }

    /// Ends a reservation. From now on, its attempts count on their own.
    ///
    /// # Errors
    /// When the journal cannot be written. The reservation then ends with this process.
    pub fn release(&self, reservation: Reservation) -> Result<(), JournalError> {
        self.journal.transact_unsynced(|transaction| {
            transaction.execute("DELETE FROM reservation WHERE id = ?1", params![reservation.0]).map(drop)
        })
    }
}

/// Which processes live. Each is looked at once.
struct Holders<'a> {
    directory: &'a Path,
    known: HashMap<String, bool>,
}

impl Holders<'_> {
    fn is_alive(&mut self, holder: String) -> bool {
        let directory = self.directory;
        *self.known.entry(holder).or_insert_with_key(|holder| JobLock::is_held(directory, holder))
    }
}

/// Returns the reservations with their amounts. `is_alive` selects those of living or of dead processes.
fn reservations(
    connection: &Connection,
    directory: &Path,
    is_alive: bool,
) -> rusqlite::Result<HashMap<i64, Usd>> {
    let mut holders = Holders { directory, known: HashMap::new() };
    let mut statement = connection.prepare("SELECT id, holder, amount FROM reservation")?;
    let mut rows = statement.query([])?;
    let mut found = HashMap::new();
    while let Some(row) = rows.next()? {
        if holders.is_alive(row.get(1)?) == is_alive {
            found.insert(row.get(0)?, Usd::from_nanos(row.get(2)?));
        }
    }
    Ok(found)
}

fn remove_dead(connection: &Connection, directory: &Path) -> rusqlite::Result<()> {
    for id in reservations(connection, directory, false)?.into_keys() {
        connection.execute("DELETE FROM reservation WHERE id = ?1", params![id])?;
    }
    Ok(())
}

/// Keeps what a job that is about to be removed may have cost, as long as a day may count it, and nothing else of it.
/// `now` is in milliseconds since 1970.
pub(super) fn keep_cost(connection: &Connection, job: &str, now: i64) -> rusqlite::Result<()> {
    /// Longer than any day, in milliseconds: two days.
    const KEPT: i64 = 48 * 60 * 60 * 1000;
    connection.execute("DELETE FROM forgotten WHERE sent < ?1", params![now - KEPT])?;
    connection
        .execute(
            "INSERT INTO forgotten (sent, outcome, usd, expected, reservation)
             SELECT sent, outcome, usd, expected, reservation FROM attempt
             WHERE job = ?1 AND outcome != 'free' AND sent >= ?2",
            params![job, now - KEPT],
        )
        .map(drop)
}

fn spending(
    connection: &Connection,
    directory: &Path,
    day: &Day,
    price: Usd,
) -> rusqlite::Result<DaySpending> {
    let reserved = reservations(connection, directory, true)?;
    let mut covered: HashMap<i64, Usd> = HashMap::new();
    let mut found = DaySpending::default();
    let mut statement = connection.prepare(
        "SELECT outcome, usd, expected, reservation FROM attempt
         WHERE sent >= ?1 AND sent < ?2 AND outcome != 'free'
         UNION ALL
         SELECT outcome, usd, expected, reservation FROM forgotten WHERE sent >= ?1 AND sent < ?2",
    )?;
    let mut rows = statement.query(params![day.span.start, day.span.end])?;
    while let Some(row) = rows.next()? {
        let (outcome, usd): (AttemptOutcome, Option<f64>) = (row.get(0)?, row.get(1)?);
        let (expected, reservation): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
        let amount = usd.map(Usd::saturating).or(expected.map(Usd::from_nanos)).unwrap_or(price);
        match reservation.filter(|id| reserved.contains_key(id)) {
            Some(id) => {
                let sum = covered.entry(id).or_default();
                *sum = sum.saturating_add(amount);
            }
            None if outcome == AttemptOutcome::Charged => found.spent = found.spent.saturating_add(amount),
            None => found.open = found.open.saturating_add(amount),
        }
    }
    for (id, amount) in reserved {
        // An edit can cost more than expected.
        let covered = covered.get(&id).copied().unwrap_or_default();
        found.open = found.open.saturating_add(amount.max(covered));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_764_400_000_000;
    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn usd(amount: f64) -> Usd {
        Usd::new(amount).unwrap()
    }

    /// Adds an attempt of a job that has nothing else.
    fn attempt(
        journal: &Journal,
        sent: i64,
        outcome: AttemptOutcome,
        usd: Option<f64>,
        expected: Option<Usd>,
    ) {
        add_attempt(journal, sent, outcome, usd, expected, None);
    }

    fn add_attempt(
        journal: &Journal,
        sent: i64,
        outcome: AttemptOutcome,
        usd: Option<f64>,
        expected: Option<Usd>,
        reservation: Option<Reservation>,
    ) {
        let id = format!("{:016x}", fastrand::u64(..));
        let connection = journal.connection();
        connection
            .execute(
                "INSERT INTO job (id, created, state, input, prompt, model, seed, base_url, path, if_exists)
                 VALUES (?1, ?2, 'sent', 'in.png', 'x', 'm', 1, 'https://example.com', '/', 'fail')",
                params![id, sent],
            )
            .unwrap();
        connection
            .execute(
                "INSERT INTO attempt (job, number, request_id, sent, outcome, usd, expected, reservation)
                 VALUES (?1, 1, ?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    id,
                    sent,
                    outcome,
                    usd,
                    expected.map(Usd::nanos),
                    reservation.map(Reservation::number)
                ],
            )
            .unwrap();
    }

    fn reserve(budget: &DayBudget<'_>, amount: f64) -> Result<Reservation, DaySpending> {
        budget.reserve_at(NOW, usd(amount), usd(0.5)).unwrap()
    }

    fn with_journal(test: impl FnOnce(&Journal)) {
        let dir = tempfile::tempdir().unwrap();
        test(&Journal::open(dir.path()).unwrap());
    }

    #[test]
    fn ten_edits_of_0_0315_fit_into_0_315_and_no_eleventh() {
        with_journal(|journal| {
            let budget = DayBudget::new(journal, usd(0.315)).unwrap();
            for _ in 0..10 {
                let reservation = reserve(&budget, 0.0315).unwrap();
                add_attempt(journal, NOW, AttemptOutcome::Charged, Some(0.0315), None, Some(reservation));
                budget.release(reservation).unwrap();
            }
            let full = DaySpending { spent: usd(0.315), open: usd(0.0) };
            assert_eq!(reserve(&budget, 0.0315), Err(full));
        });
    }

    #[test]
    fn what_is_in_doubt_or_unpriced_counts_and_what_is_free_or_of_another_day_does_not() {
        with_journal(|journal| {
            attempt(journal, NOW, AttemptOutcome::Charged, None, Some(usd(0.2)));
            attempt(journal, NOW, AttemptOutcome::Charged, None, None);
            attempt(journal, NOW, AttemptOutcome::Unknown, None, Some(usd(0.1)));
            attempt(journal, NOW, AttemptOutcome::Open, Some(0.05), Some(usd(0.1)));
            attempt(journal, NOW, AttemptOutcome::Free, Some(9.0), Some(usd(9.0)));
            attempt(journal, NOW - DAY, AttemptOutcome::Charged, Some(9.0), None);
            attempt(journal, NOW + DAY, AttemptOutcome::Charged, Some(9.0), None);
            let budget = DayBudget::new(journal, usd(0.84)).unwrap();
            assert_eq!(reserve(&budget, 0.01), Err(DaySpending { spent: usd(0.7), open: usd(0.15) }));
        });
    }

    #[test]
    fn what_was_paid_for_a_forgotten_job_counts_until_the_day_ends_and_nothing_else_of_it_is_kept() {
        with_journal(|journal| {
            let now = Timestamp::now().as_millisecond();
            attempt(journal, now, AttemptOutcome::Charged, Some(0.2), None);
            attempt(journal, now, AttemptOutcome::Unknown, None, Some(usd(0.1)));
            attempt(journal, now, AttemptOutcome::Free, Some(9.0), None);
            attempt(journal, now - 3 * DAY, AttemptOutcome::Charged, Some(9.0), None);
            let before = journal.spent_today(usd(0.5)).unwrap();
            assert_eq!(before, DaySpending { spent: usd(0.2), open: usd(0.1) });
            let jobs: Vec<String> = {
                let connection = journal.connection();
                let mut statement = connection.prepare("SELECT id FROM job").unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
            };
            assert_eq!(journal.dismiss(&jobs).unwrap(), 4);
            assert_eq!(journal.spent_today(usd(0.5)).unwrap(), before);
            let count = |table: &str| -> i64 {
                let sql = format!("SELECT count(*) FROM {table}");
                journal.connection().query_row(&sql, [], |row| row.get(0)).unwrap()
            };
            assert_eq!((count("forgotten"), count("job"), count("attempt")), (2, 0, 0));
            assert!(journal.spending(None).unwrap().is_empty());
        });
    }

    #[test]
    fn a_reservation_covers_its_attempts_until_it_is_released() {
        with_journal(|journal| {
            let (one, other) =
                (DayBudget::new(journal, usd(1.0)).unwrap(), DayBudget::new(journal, usd(1.0)).unwrap());
            let chain = reserve(&one, 0.8).unwrap();
            add_attempt(journal, NOW, AttemptOutcome::Charged, Some(0.3), None, Some(chain));
            assert_eq!(reserve(&other, 0.3), Err(DaySpending { spent: usd(0.0), open: usd(0.8) }));
            add_attempt(journal, NOW, AttemptOutcome::Charged, Some(0.6), None, Some(chain));
            assert_eq!(reserve(&other, 0.3), Err(DaySpending { spent: usd(0.0), open: usd(0.9) }));
            one.release(chain).unwrap();
            assert_eq!(reserve(&other, 0.3), Err(DaySpending { spent: usd(0.9), open: usd(0.0) }));
            assert!(reserve(&other, 0.1).is_ok());
        });
    }

    #[test]
    fn the_reservations_of_a_process_end_with_it_and_what_it_sent_does_not() {
        with_journal(|journal| {
            let dead = DayBudget::new(journal, usd(1.0)).unwrap();
            let reservation = reserve(&dead, 0.9).unwrap();
            add_attempt(journal, NOW, AttemptOutcome::Open, None, Some(usd(0.2)), Some(reservation));
            drop(dead);
            let budget = DayBudget::new(journal, usd(1.0)).unwrap();
            assert_eq!(reserve(&budget, 0.9), Err(DaySpending { spent: usd(0.0), open: usd(0.2) }));
            assert!(reserve(&budget, 0.8).is_ok());
        });
    }

    #[test]
    fn two_processes_at_once_stay_within_the_limit_together() {
        let dir = tempfile::tempdir().unwrap();
        let journals: Vec<Journal> = (0..4).map(|_| Journal::open(dir.path()).unwrap()).collect();
        // Their reservations end with them, so all of them live until the end.
        let budgets: Vec<_> =
            journals.iter().map(|journal| DayBudget::new(journal, usd(0.2)).unwrap()).collect();
        let reserve_all = |budget: &DayBudget<'_>| (0..20).filter(|_| reserve(budget, 0.01).is_ok()).count();
        let reserved: usize = std::thread::scope(|scope| {
            let threads: Vec<_> =
                budgets.iter().map(|budget| scope.spawn(move || reserve_all(budget))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(reserved, 20);
    }
}

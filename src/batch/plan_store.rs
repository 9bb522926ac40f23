//! The plan of a run, in a temporary database on disk, so that a million rows do not need memory.

use std::collections::HashMap;
use std::error::Error;
use std::io;

use rusqlite::config::DbConfig;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::api::Model;

use super::job_spec::{JobSpec, PictureRef};

/// The largest number of entries in a page.
const PAGE_ENTRIES: u32 = 256;
/// A page ends after this many bytes of specifications: those with a data URI are long.
const PAGE_BYTES: usize = 16 << 20;

/// The temporary database with the plan of a run.
pub(super) struct PlanStore {
    pub(super) connection: Connection,
}

/// Why the plan cannot be stored or read: most often, the disk with the temporary files is full.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct PlanStoreError(#[from] rusqlite::Error);

/// A task as it is stored.
#[derive(Debug)]
pub(super) struct PlanEntry {
    /// From 0.
    pub(super) position: u64,
    /// The specification that it is a variation of.
    pub(super) spec: JobSpec,
    /// The number of the variation, from 0.
    pub(super) variation: u32,
    /// `None` for a link.
    pub(super) picture_sha256: Option<String>,
    pub(super) request_hash: String,
    /// The id for its job, unless the journal has one already.
    pub(super) job: String,
    /// The position among identical rows with neither seed nor id, from 0.
    pub(super) ordinal: u32,
    /// The seed that was chosen for it because the user gave none; see [`Seeds`](super::seeds::Seeds).
    pub(super) seed: Option<u32>,
}

/// What a run does with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disposition {
    /// Nothing: it belongs to another shard.
    OtherShard = 0,
    /// A worker handles it.
    Pending = 1,
    /// Nothing: planning found its result at its destination.
    UpToDate = 2,
}

impl PlanStore {
    pub(super) fn new() -> Result<PlanStore, PlanStoreError> {
        // An empty name means a private file that the system removes. SQLite creates it only when the cache is full.
        let connection = Connection::open("")?;
        // Otherwise SQLite prepares a statement again whenever another position is bound to it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch(
            "PRAGMA journal_mode = OFF;
             PRAGMA synchronous = OFF;
             PRAGMA cache_size = -4000;
             PRAGMA temp_store = FILE;
             CREATE TABLE spec (number INTEGER PRIMARY KEY, line INTEGER, id TEXT, body TEXT NOT NULL);
             CREATE TABLE entry (
                position       INTEGER PRIMARY KEY,
                spec           INTEGER NOT NULL,
                variation      INTEGER NOT NULL,
                picture_sha256 TEXT,
                request_hash   TEXT NOT NULL,
                has_ordinal    INTEGER NOT NULL,           -- whether it has neither seed nor id
                job            TEXT NOT NULL,
                ordinal        INTEGER NOT NULL DEFAULT 0,
                seed           INTEGER,                    -- that was chosen for it
                target         BLOB,                       -- the key of the path that it writes
                disposition    INTEGER NOT NULL DEFAULT 0,
                is_reported    INTEGER NOT NULL DEFAULT 0
             );
             CREATE TABLE path_use (
                path BLOB NOT NULL, kind INTEGER NOT NULL, spec INTEGER NOT NULL,
                PRIMARY KEY (path, kind, spec)
             ) WITHOUT ROWID;
             CREATE TABLE buffered (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
             CREATE TABLE faulty (spec INTEGER PRIMARY KEY);",
        )?;
        Ok(PlanStore { connection })
    }

    /// Releases the memory that planning used, for the same reason as [`Journal::shrink`].
    ///
    /// [`Journal::shrink`]: crate::journal::Journal::shrink
    pub(super) fn shrink(&self) -> Result<(), PlanStoreError> {
        Ok(self.connection.execute_batch("PRAGMA cache_size = -256; PRAGMA shrink_memory;")?)
    }

    /// Adds a specification with one entry per variation. `jobs` holds the job id of each variation. Returns the
    /// number of the specification.
    pub(super) fn add(
        &self,
        spec: &JobSpec,
        picture_sha256: Option<&str>,
        request_hash: &str,
        jobs: &[String],
    ) -> Result<i64, PlanStoreError> {
        let body = serde_json::to_string(spec)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        self.connection
            .prepare_cached("INSERT INTO spec (line, id, body) VALUES (?1, ?2, ?3)")?
            .execute(params![spec.line, spec.id, body])?;
        let number = self.connection.last_insert_rowid();
        let has_ordinal = spec.seed.is_none() && spec.id.is_none();
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO entry (position, spec, variation, picture_sha256, request_hash, has_ordinal, job)
             VALUES ((SELECT coalesce(max(position) + 1, 0) FROM entry), ?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (variation, job) in jobs.iter().enumerate() {
            insert.execute(params![number, variation, picture_sha256, request_hash, has_ordinal, job])?;
        }
        Ok(number)
    }

    /// Runs `work` in a transaction, which is faster.
    pub(super) fn transaction<T, E: From<PlanStoreError>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let execute = |sql| self.connection.execute_batch(sql).map_err(PlanStoreError);
        execute("BEGIN")?;
        let result = work();
        if result.is_ok() {
            execute("COMMIT")?;
        } else {
            // Report the first error, not that of ROLLBACK: SQLite may have rolled back already, and the plan is
            // discarded anyway.
            let _ = execute("ROLLBACK");
        }
        result
    }

    /// Numbers identical rows that have neither seed nor id.
    pub(super) fn assign_ordinals(&self) -> Result<(), PlanStoreError> {
        Ok(self.connection.execute_batch(
            "CREATE TABLE numbered AS
                SELECT position,
                       row_number() OVER (PARTITION BY request_hash, variation ORDER BY position) - 1 AS number
                FROM entry WHERE has_ordinal;
             CREATE INDEX numbered_by_position ON numbered (position) WHERE number > 0;
             UPDATE entry SET ordinal = number FROM numbered
                WHERE numbered.position = entry.position AND number > 0;
             DROP TABLE numbered;",
        )?)
    }

    /// Returns the number of tasks for each request that has several, by the hash of the request.
    pub(super) fn repeated_requests(&self) -> Result<HashMap<String, usize>, PlanStoreError> {
        let sql = "SELECT request_hash, count(*) AS tasks FROM entry GROUP BY request_hash HAVING tasks > 1";
        let mut statement = self.connection.prepare(sql)?;
        let counts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(counts.collect::<rusqlite::Result<_>>()?)
    }

    /// Stores the seed that was chosen for an entry.
    pub(super) fn set_seed(&self, position: u64, seed: u32) -> Result<(), PlanStoreError> {
        let sql = "UPDATE entry SET seed = ?2 WHERE position = ?1";
        self.connection.prepare_cached(sql)?.execute(params![position, seed])?;
        Ok(())
    }

    /// The number of entries.
    pub(super) fn len(&self) -> Result<u64, PlanStoreError> {
        Ok(self.connection.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))?)
    }

    /// Whether a specification has several variations.
    pub(super) fn has_variations(&self) -> Result<bool, PlanStoreError> {
        Ok(self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM entry WHERE variation > 0)",
            [],
            |row| row.get(0),
        )?)
    }

    /// The models of all specifications, each once.
    pub(super) fn models(&self) -> Result<Vec<Model>, PlanStoreError> {
        let mut statement = self.connection.prepare("SELECT DISTINCT body ->> '$.model' FROM spec")?;
        let models = statement.query_map([], |row| {
            row.get_ref(0)?.as_str()?.parse::<Model>().map_err(|error| malformed(0, error))
        })?;
        Ok(models.collect::<rusqlite::Result<_>>()?)
    }

    /// The largest number of references of a specification.
    pub(super) fn max_references(&self) -> Result<usize, PlanStoreError> {
        let sql = "SELECT coalesce(max(json_array_length(body, '$.references')), 0) FROM spec";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }

    /// Returns the next entries from `position` on; an empty page is the end.
    pub(super) fn page_from(&self, position: u64) -> Result<Vec<PlanEntry>, PlanStoreError> {
        self.page(position, "")
    }

    /// Returns the next pending entries from `position` on that were not reported; an empty page is the end.
    pub(super) fn pending_page_from(&self, position: u64) -> Result<Vec<PlanEntry>, PlanStoreError> {
        self.page(position, &format!("AND disposition = {} AND NOT is_reported", Disposition::Pending as u8))
    }

    fn page(&self, position: u64, condition: &str) -> Result<Vec<PlanEntry>, PlanStoreError> {
        let sql = format!(
            "SELECT position, body, variation, picture_sha256, request_hash, job, ordinal, seed
             FROM entry JOIN spec ON number = spec
             WHERE position >= ?1 {condition} ORDER BY position LIMIT {PAGE_ENTRIES}"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([position])?;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while bytes < PAGE_BYTES
            && let Some(row) = rows.next()?
        {
            bytes += row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?.len();
            entries.push(read_entry(row)?);
        }
        Ok(entries)
    }

    pub(super) fn entry_at(&self, position: u64) -> Result<Option<PlanEntry>, PlanStoreError> {
        let sql = "SELECT position, body, variation, picture_sha256, request_hash, job, ordinal, seed
                   FROM entry JOIN spec ON number = spec WHERE position = ?1";
        Ok(self.connection.prepare_cached(sql)?.query_row([position], read_entry).optional()?)
    }

    /// Returns the picture of a specification.
    pub(super) fn picture(&self, spec: i64) -> Result<Option<PictureRef>, PlanStoreError> {
        let sql = "SELECT body FROM spec WHERE number = ?1";
        let read = |row: &Row<'_>| parse_spec(row, 0).map(|spec| spec.picture);
        Ok(self.connection.prepare_cached(sql)?.query_row([spec], read).optional()?)
    }

    /// The position of the first pending entry from `position` on.
    pub(super) fn next_pending(&self, position: u64) -> Result<Option<u64>, PlanStoreError> {
        let sql = format!(
            "SELECT position FROM entry WHERE position >= ?1 AND disposition = {} ORDER BY position LIMIT 1",
            Disposition::Pending as u8
        );
        Ok(self.connection.prepare_cached(&sql)?.query_row([position], |row| row.get(0)).optional()?)
    }

    /// Stores the disposition of an entry, and the key of the path that it writes.
    pub(super) fn set_disposition(
        &self,
        position: u64,
        target: Option<&[u8]>,
        disposition: Disposition,
    ) -> Result<(), PlanStoreError> {
        self.connection
            .prepare_cached("UPDATE entry SET target = ?2, disposition = ?3 WHERE position = ?1")?
            .execute(params![position, target, disposition as u8])?;
        Ok(())
    }

    /// Marks an entry as reported, so that it does not run again.
    pub(super) fn mark_reported(&self, position: u64) -> Result<(), PlanStoreError> {
        let sql = "UPDATE entry SET is_reported = 1 WHERE position = ?1";
        self.connection.prepare_cached(sql)?.execute([position])?;
        Ok(())
    }

    /// Makes up-to-date entries pending, so that a worker reports them.
    pub(super) fn reopen_up_to_date(&self) -> Result<(), PlanStoreError> {
        self.connection.execute(
            "UPDATE entry SET disposition = ?1 WHERE disposition = ?2",
            [Disposition::Pending as u8, Disposition::UpToDate as u8],
        )?;
        Ok(())
    }

    /// Stores the output of a task until it may be printed.
    pub(super) fn buffer(&self, position: u64, bytes: &[u8]) -> Result<(), PlanStoreError> {
        self.connection
            .prepare_cached("INSERT INTO buffered (position, bytes) VALUES (?1, ?2)")?
            .execute(params![position, bytes])?;
        Ok(())
    }

    /// Prints the buffered output of all tasks in their order, except for those of specifications with faults.
    pub(super) fn print_buffered(
        &self,
        print: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<io::Result<()>, PlanStoreError> {
        let sql = "SELECT bytes FROM buffered JOIN entry USING (position)
                   WHERE spec NOT IN (SELECT spec FROM faulty) ORDER BY position";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Err(error) = print(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?) {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    /// Records that a specification has a fault.
    pub(super) fn mark_faulty(&self, spec: u64) -> Result<(), PlanStoreError> {
        let sql = "INSERT OR IGNORE INTO faulty (spec) VALUES (?1)";
        self.connection.prepare_cached(sql)?.execute([spec])?;
        Ok(())
    }

    /// Records that the specification of the entry at `position` has a fault.
    pub(super) fn mark_faulty_at(&self, position: u64) -> Result<(), PlanStoreError> {
        let sql = "INSERT OR IGNORE INTO faulty (spec) SELECT spec FROM entry WHERE position = ?1";
        self.connection.prepare_cached(sql)?.execute([position])?;
        Ok(())
    }

    /// Removes and returns the buffered output of a task; with `None`, of the first task that has one.
    pub(super) fn unbuffer(&self, position: Option<u64>) -> Result<Option<(u64, Vec<u8>)>, PlanStoreError> {
        let sql = if position.is_some() {
            "DELETE FROM buffered WHERE position = ?1 RETURNING position, bytes"
        } else {
            "DELETE FROM buffered WHERE position = (SELECT min(position) FROM buffered) AND ?1 IS NULL
             RETURNING position, bytes"
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(statement.query_row([position], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }
}

fn read_entry(row: &Row<'_>) -> rusqlite::Result<PlanEntry> {
    Ok(PlanEntry {
        position: row.get(0)?,
        spec: parse_spec(row, 1)?,
        variation: row.get(2)?,
        picture_sha256: row.get(3)?,
        request_hash: row.get(4)?,
        job: row.get(5)?,
        ordinal: row.get(6)?,
        seed: row.get(7)?,
    })
}

fn parse_spec(row: &Row<'_>, column: usize) -> rusqlite::Result<JobSpec> {
    let body = row.get_ref(column)?.as_str()?;
    serde_json::from_str(body).map_err(|error| malformed(column, error))
}

/// The error for a text column with unexpected content.
pub(super) fn malformed(column: usize, error: impl Into<Box<dyn Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

#[cfg(test)]
mod tests {
    use super::super::conflict_queries::Conflict;
    use super::*;

    fn spec(line: u64, id: Option<&str>, seed: Option<u32>) -> JobSpec {
        let picture = PictureRef::File("in.png".into());
        JobSpec {
            line: Some(line),
            seed: seed.map(|seed| seed.try_into().unwrap()),
            id: id.map(str::to_owned),
            ..JobSpec::new(picture, "x".parse().unwrap(), "m".parse().unwrap())
        }
    }

    fn jobs(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("j{number}")).collect()
    }

    #[test]
    fn identical_rows_are_numbered_unless_they_have_a_seed_or_an_id() {
        let store = PlanStore::new().unwrap();
        store.add(&spec(1, None, None), None, "a", &jobs(2)).unwrap();
        store.add(&spec(2, None, None), None, "b", &jobs(1)).unwrap();
        store.add(&spec(3, None, None), None, "a", &jobs(2)).unwrap();
        store.add(&spec(4, Some("i"), None), None, "a", &jobs(1)).unwrap();
        store.add(&spec(5, None, Some(1)), None, "a", &jobs(1)).unwrap();
        store.assign_ordinals().unwrap();
        let found: Vec<_> = store
            .page_from(0)
            .unwrap()
            .iter()
            .map(|e| (e.spec.line.unwrap(), e.variation, e.ordinal))
            .collect();
        assert_eq!(found, [(1, 0, 0), (1, 1, 0), (2, 0, 0), (3, 0, 1), (3, 1, 1), (4, 0, 0), (5, 0, 0)]);
        assert_eq!(store.len().unwrap(), 7);
    }

    #[test]
    fn the_first_error_is_reported_and_not_that_of_the_rollback() {
        let store = PlanStore::new().unwrap();
        let full = || rusqlite::Error::InvalidColumnName("full".into());
        let failed: Result<(), PlanStoreError> = store.transaction(|| {
            // SQLite does this itself when the disk is full.
            store.connection.execute_batch("ROLLBACK")?;
            Err(full().into())
        });
        assert_eq!(failed.unwrap_err().0, full());
        store.transaction(|| Ok::<(), PlanStoreError>(())).unwrap();
    }

    #[test]
    fn a_conflict_names_the_first_row() {
        let store = PlanStore::new().unwrap();
        for (line, id) in [(1, "a"), (2, "b"), (4, "a"), (9, "a")] {
            store.add(&spec(line, Some(id), None), None, "x", &jobs(1)).unwrap();
        }
        type Visit<'a> = &'a mut dyn FnMut(Conflict) -> Result<(), PlanStoreError>;
        let lines = |find: &dyn Fn(Visit<'_>) -> Result<(), PlanStoreError>| -> Vec<_> {
            let mut lines = Vec::new();
            find(&mut |conflict| {
                lines.push((conflict.line.unwrap(), conflict.earlier_line.unwrap()));
                Ok(())
            })
            .unwrap();
            lines
        };
        assert_eq!(lines(&|visit| store.duplicate_ids(visit)), [(4, 1), (9, 1)]);
        assert!(lines(&|visit| store.duplicate_targets(visit)).is_empty());
        for (position, target) in [(0, b"t"), (1, b"u"), (2, b"t")] {
            store.set_disposition(position, Some(target), Disposition::Pending).unwrap();
        }
        assert_eq!(lines(&|visit| store.duplicate_targets(visit)), [(4, 1)]);
        assert_eq!(store.pending_page_from(0).unwrap().len(), 3);
        assert_eq!(store.pending_page_from(1).unwrap().len(), 2);
    }

    #[test]
    fn up_to_date_entries_are_not_pending_until_they_are_reopened() {
        let store = PlanStore::new().unwrap();
        store.add(&spec(1, None, None), None, "a", &jobs(3)).unwrap();
        let dispositions =
            [(0, Disposition::UpToDate), (1, Disposition::OtherShard), (2, Disposition::Pending)];
        for (position, disposition) in dispositions {
            store.set_disposition(position, None, disposition).unwrap();
        }
        let pending =
            || store.pending_page_from(0).unwrap().iter().map(|entry| entry.position).collect::<Vec<_>>();
        assert_eq!((pending(), store.next_pending(0).unwrap()), (vec![2], Some(2)));
        store.reopen_up_to_date().unwrap();
        assert_eq!((pending(), store.next_pending(0).unwrap()), (vec![0, 2], Some(0)));
        assert_eq!(store.entry_at(1).unwrap().unwrap().variation, 1);
    }

    #[test]
    fn buffered_output_comes_back_once() {
        let store = PlanStore::new().unwrap();
        store.buffer(7, b"seven").unwrap();
        store.buffer(3, b"three").unwrap();
        assert_eq!(store.unbuffer(Some(2)).unwrap(), None);
        assert_eq!(store.unbuffer(Some(7)).unwrap(), Some((7, b"seven".to_vec())));
        assert_eq!(store.unbuffer(None).unwrap(), Some((3, b"three".to_vec())));
        assert_eq!(store.unbuffer(None).unwrap(), None);
    }
}

//! The plan of a batch, in a database of its own that vanishes with the process: what a million rows take
//! is on disk, not in memory.

use rusqlite::config::DbConfig;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::job_spec::JobSpec;

/// How many rows are read at a time, unless they are so long that fewer have [`CHUNK_BYTES`].
const CHUNK: u32 = 256;
/// See [`CHUNK`].
const CHUNK_BYTES: usize = 16 << 20;

/// All orders of one run.
pub(super) struct PlanStore(pub(super) Connection);

/// One order, before it is made one.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its place, from 0.
    pub(super) place: u64,
    /// What it is a variation of.
    pub(super) wish: JobSpec,
    /// Its number among the variations, from 0.
    pub(super) variation: u32,
    /// The picture's SHA-256; none for a link.
    pub(super) picture: Option<String>,
    /// The hash of what is asked.
    pub(super) base: String,
    /// The job's name, if it is to be a new one.
    pub(super) job: String,
    /// Its number among those that ask the same and have neither seed nor id, from 0.
    pub(super) ordinal: u32,
}

/// What a run has to do with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing: it is another shard's.
    Nothing = 0,
    /// A worker looks at it.
    Open = 1,
    /// Its result lies where it should, which was seen when it was planned.
    Kept = 2,
}

/// Two orders that cannot both be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    /// The line of the later one.
    pub(super) line: Option<u64>,
    /// Its place.
    pub(super) place: u64,
    /// The line of the first one.
    pub(super) with: Option<u64>,
}

pub(super) type Done<T> = rusqlite::Result<T>;

impl PlanStore {
    pub(super) fn new() -> Done<PlanStore> {
        // No name: a private file that the system removes, and that exists only once memory is short.
        let db = Connection::open("")?;
        // Else a statement is planned anew whenever another place is bound to it.
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        db.execute_batch(
            "PRAGMA journal_mode = OFF;
             PRAGMA synchronous = OFF;
             PRAGMA cache_size = -4000;
             PRAGMA temp_store = FILE;
             CREATE TABLE wish (number INTEGER PRIMARY KEY, line INTEGER, id TEXT, body TEXT NOT NULL);
             CREATE TABLE entry (
                place     INTEGER PRIMARY KEY,
                wish      INTEGER NOT NULL,
                variation INTEGER NOT NULL,
                picture   TEXT,
                base      TEXT NOT NULL,
                alike     INTEGER NOT NULL,          -- known by its place among its like
                job       TEXT NOT NULL,
                ordinal   INTEGER NOT NULL DEFAULT 0,
                target    BLOB,                      -- a hash of the path that it writes
                left      INTEGER NOT NULL DEFAULT 0 -- what is to be done for it
             );
             CREATE TABLE claim (
                file BLOB NOT NULL, kind INTEGER NOT NULL, wish INTEGER NOT NULL,
                PRIMARY KEY (file, kind, wish)
             ) WITHOUT ROWID;
             CREATE TABLE held (place INTEGER PRIMARY KEY, text BLOB NOT NULL);",
        )?;
        Ok(PlanStore(db))
    }

    /// Gives back the memory that planning took, for the reason that [`Journal::shrink`] has.
    ///
    /// [`Journal::shrink`]: crate::journal::Journal::shrink
    pub(super) fn shrink(&self) -> Done<()> {
        self.0.execute_batch("PRAGMA cache_size = -256; PRAGMA shrink_memory;")
    }

    /// Puts down a wish and its variations, whose jobs are called `jobs`; returns its number.
    pub(super) fn add(
        &self,
        wish: &JobSpec,
        picture: Option<&str>,
        base: &str,
        jobs: &[String],
    ) -> Done<i64> {
        let body = serde_json::to_string(wish)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        self.0
            .prepare_cached("INSERT INTO wish (line, id, body) VALUES (?1, ?2, ?3)")?
            .execute(params![wish.line, wish.id, body])?;
        let number = self.0.last_insert_rowid();
        let alike = wish.seed.is_none() && wish.id.is_none();
        let mut insert = self.0.prepare_cached(
            "INSERT INTO entry (place, wish, variation, picture, base, alike, job)
             VALUES ((SELECT coalesce(max(place) + 1, 0) FROM entry), ?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for (variation, job) in jobs.iter().enumerate() {
            insert.execute(params![number, variation, picture, base, alike, job])?;
        }
        Ok(number)
    }

    /// Runs `work` as one, which is faster.
    pub(super) fn together<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.execute_batch("BEGIN")?;
        let done = work();
        match &done {
            Ok(_) => self.0.execute_batch("COMMIT")?,
            // What went wrong is what is to be told, and not that there is nothing to take back any more: of a
            // sheet that could not be written nothing is used.
            Err(_) => drop(self.0.execute_batch("ROLLBACK")),
        }
        done
    }

    /// Numbers those that only their order tells apart.
    pub(super) fn number_the_alike(&self) -> Done<()> {
        self.0.execute_batch(
            "CREATE TABLE turn AS
                SELECT place, row_number() OVER (PARTITION BY base, variation ORDER BY place) - 1 AS number
                FROM entry WHERE alike;
             CREATE INDEX turn_by_place ON turn (place) WHERE number > 0;
             UPDATE entry SET ordinal = number FROM turn WHERE turn.place = entry.place AND number > 0;
             DROP TABLE turn;",
        )
    }

    /// How many there are.
    pub(super) fn len(&self) -> Done<u64> {
        self.0.query_row("SELECT count(*) FROM entry", [], |row| row.get(0))
    }

    /// The models that are named.
    pub(super) fn models(&self) -> Done<Vec<String>> {
        let mut statement = self.0.prepare("SELECT DISTINCT body ->> '$.model' FROM wish")?;
        statement.query_map([], |row| row.get(0))?.collect()
    }

    /// The next entries from a place on, none only where there are no more; with `open`, those for which something is to be done.
    pub(super) fn from(&self, place: u64, open: bool) -> Done<Vec<Entry>> {
        let sql = format!(
            "SELECT place, body, variation, picture, base, job, ordinal FROM entry JOIN wish ON number = wish
             WHERE place >= ?1 {} ORDER BY place LIMIT {CHUNK}",
            if open { "AND left = 1" } else { "" }
        );
        let mut statement = self.0.prepare_cached(&sql)?;
        let mut rows = statement.query([place])?;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        while bytes < CHUNK_BYTES
            && let Some(row) = rows.next()?
        {
            bytes += row.get_ref(1)?.as_str()?.len();
            entries.push(entry(row)?);
        }
        Ok(entries)
    }

    /// The entry at a place.
    pub(super) fn at(&self, place: u64) -> Done<Option<Entry>> {
        let sql = "SELECT place, body, variation, picture, base, job, ordinal FROM entry
                   JOIN wish ON number = wish WHERE place = ?1";
        self.0.prepare_cached(sql)?.query_row([place], entry).optional()
    }

    /// The first place from `place` on for which something is to be done.
    pub(super) fn first_open(&self, place: u64) -> Done<Option<u64>> {
        self.0
            .prepare_cached("SELECT place FROM entry WHERE place >= ?1 AND left = 1 ORDER BY place LIMIT 1")?
            .query_row([place], |row| row.get(0))
            .optional()
    }

    /// Notes what was found out about an entry.
    pub(super) fn note(&self, place: u64, target: Option<&[u8]>, left: Left) -> Done<()> {
        self.0
            .prepare_cached("UPDATE entry SET target = ?2, left = ?3 WHERE place = ?1")?
            .execute(params![place, target, left as u8])
            .map(drop)
    }

    /// Has a worker look at those, too, whose result lies where it should.
    pub(super) fn open_kept(&self) -> Done<()> {
        self.0.execute("UPDATE entry SET left = 1 WHERE left = 2", []).map(drop)
    }

    /// Shows the entries that would write the file of an earlier one.
    pub(super) fn same_targets(&self, see: &mut dyn FnMut(Conflict) -> Done<()>) -> Done<()> {
        self.clashes(
            see,
            "SELECT line, place, (SELECT line FROM wish WHERE number = first_wish) FROM (
                SELECT place, wish, first_value(wish) OVER same AS first_wish, row_number() OVER same AS turn
                FROM entry WHERE target IS NOT NULL WINDOW same AS (PARTITION BY target ORDER BY place))
             JOIN wish ON number = wish WHERE turn > 1 ORDER BY place",
        )
    }

    /// Shows the wishes with the id of an earlier one.
    pub(super) fn same_ids(&self, see: &mut dyn FnMut(Conflict) -> Done<()>) -> Done<()> {
        self.clashes(
            see,
            "SELECT line, number, first_line FROM (
                SELECT number, line, first_value(line) OVER same AS first_line, row_number() OVER same AS turn
                FROM wish WHERE id IS NOT NULL WINDOW same AS (PARTITION BY id ORDER BY number))
             WHERE turn > 1 ORDER BY number",
        )
    }

    /// One at a time: in a manifest with one mistake in a million rows there are a million.
    pub(super) fn clashes(&self, see: &mut dyn FnMut(Conflict) -> Done<()>, sql: &str) -> Done<()> {
        let mut statement = self.0.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            see(Conflict { line: row.get(0)?, place: row.get(1)?, with: row.get(2)? })?;
        }
        Ok(())
    }

    /// Puts a text away until its turn comes.
    pub(super) fn hold(&self, place: u64, text: &[u8]) -> Done<()> {
        self.0
            .prepare_cached("INSERT INTO held (place, text) VALUES (?1, ?2)")?
            .execute(params![place, text])
            .map(drop)
    }

    /// Takes back the text of a place, or, with none, the first that there is.
    pub(super) fn take(&self, place: Option<u64>) -> Done<Option<(u64, Vec<u8>)>> {
        let sql = match place {
            Some(_) => "DELETE FROM held WHERE place = ?1 RETURNING place, text",
            None => {
                "DELETE FROM held WHERE place = (SELECT min(place) FROM held) AND ?1 IS NULL RETURNING place, text"
            }
        };
        self.0.prepare_cached(sql)?.query_row([place], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }
}

fn entry(row: &Row<'_>) -> Done<Entry> {
    let body = row.get_ref(1)?.as_str()?;
    Ok(Entry {
        place: row.get(0)?,
        wish: serde_json::from_str(body)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(1, Type::Text, error.into()))?,
        variation: row.get(2)?,
        picture: row.get(3)?,
        base: row.get(4)?,
        job: row.get(5)?,
        ordinal: row.get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::job_spec::Picture;
    use super::*;

    fn wish(line: u64, id: Option<&str>, seed: Option<u32>) -> JobSpec {
        JobSpec {
            line: Some(line),
            picture: Picture::File("in.png".into()),
            prompt: "x".into(),
            then: Vec::new(),
            model: "m".into(),
            seed,
            guidance_scale: None,
            watermark: None,
            count: 1,
            output: None,
            directory: None,
            id: id.map(str::to_owned),
        }
    }

    fn jobs(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("j{number}")).collect()
    }

    #[test]
    fn those_that_ask_the_same_are_numbered_and_a_seed_or_an_id_tells_apart_by_itself() {
        let sheet = PlanStore::new().unwrap();
        sheet.add(&wish(1, None, None), None, "a", &jobs(2)).unwrap();
        sheet.add(&wish(2, None, None), None, "b", &jobs(1)).unwrap();
        sheet.add(&wish(3, None, None), None, "a", &jobs(2)).unwrap();
        sheet.add(&wish(4, Some("i"), None), None, "a", &jobs(1)).unwrap();
        sheet.add(&wish(5, None, Some(1)), None, "a", &jobs(1)).unwrap();
        sheet.number_the_alike().unwrap();
        let found: Vec<_> = sheet
            .from(0, false)
            .unwrap()
            .iter()
            .map(|e| (e.wish.line.unwrap(), e.variation, e.ordinal))
            .collect();
        assert_eq!(found, [(1, 0, 0), (1, 1, 0), (2, 0, 0), (3, 0, 1), (3, 1, 1), (4, 0, 0), (5, 0, 0)]);
        assert_eq!(sheet.len().unwrap(), 7);
    }

    #[test]
    fn what_went_wrong_is_told_and_not_that_there_is_nothing_to_take_back() {
        let sheet = PlanStore::new().unwrap();
        let full = || rusqlite::Error::InvalidColumnName("full".into());
        let failed: Done<()> = sheet.together(|| {
            // As the database itself does when its disk is full.
            sheet.0.execute_batch("ROLLBACK")?;
            Err(full())
        });
        assert_eq!(failed.unwrap_err(), full());
        sheet.together(|| Ok::<(), rusqlite::Error>(())).unwrap();
    }

    #[test]
    fn clashes_name_the_first_one() {
        let sheet = PlanStore::new().unwrap();
        for (line, id) in [(1, "a"), (2, "b"), (4, "a"), (9, "a")] {
            sheet.add(&wish(line, Some(id), None), None, "x", &jobs(1)).unwrap();
        }
        type See<'a> = &'a mut dyn FnMut(Conflict) -> Done<()>;
        let lines = |find: &dyn Fn(See<'_>) -> Done<()>| -> Vec<_> {
            let mut lines = Vec::new();
            find(&mut |clash| {
                lines.push((clash.line.unwrap(), clash.with.unwrap()));
                Ok(())
            })
            .unwrap();
            lines
        };
        assert_eq!(lines(&|see| sheet.same_ids(see)), [(4, 1), (9, 1)]);
        assert!(lines(&|see| sheet.same_targets(see)).is_empty());
        for (place, target) in [(0, b"t"), (1, b"u"), (2, b"t")] {
            sheet.note(place, Some(target), Left::Open).unwrap();
        }
        assert_eq!(lines(&|see| sheet.same_targets(see)), [(4, 1)]);
        assert_eq!(sheet.from(0, true).unwrap().len(), 3);
        assert_eq!(sheet.from(1, true).unwrap().len(), 2);
    }

    #[test]
    fn what_is_kept_is_no_workers_until_all_are_to_be_told_of() {
        let sheet = PlanStore::new().unwrap();
        sheet.add(&wish(1, None, None), None, "a", &jobs(3)).unwrap();
        for (place, left) in [(0, Left::Kept), (1, Left::Nothing), (2, Left::Open)] {
            sheet.note(place, None, left).unwrap();
        }
        let open = || sheet.from(0, true).unwrap().iter().map(|entry| entry.place).collect::<Vec<_>>();
        assert_eq!((open(), sheet.first_open(0).unwrap()), (vec![2], Some(2)));
        sheet.open_kept().unwrap();
        assert_eq!((open(), sheet.first_open(0).unwrap()), (vec![0, 2], Some(0)));
        assert_eq!(sheet.at(1).unwrap().unwrap().variation, 1);
    }

    #[test]
    fn what_is_held_comes_back_once() {
        let sheet = PlanStore::new().unwrap();
        sheet.hold(7, b"seven").unwrap();
        sheet.hold(3, b"three").unwrap();
        assert_eq!(sheet.take(Some(2)).unwrap(), None);
        assert_eq!(sheet.take(Some(7)).unwrap(), Some((7, b"seven".to_vec())));
        assert_eq!(sheet.take(None).unwrap(), Some((3, b"three".to_vec())));
        assert_eq!(sheet.take(None).unwrap(), None);
    }
}

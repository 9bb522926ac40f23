//! Reads the newest jobs without changing anything on disk, for the completion of job ids.
//!
//! [`Journal::open`](super::Journal::open) creates and migrates the journal and waits for other processes. None of
//! that may happen when somebody presses TAB.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, params_from_iter};
use url::Url;

use super::open::FILE;
use super::state::State;

/// How long to wait for a lock.
const BUSY_TIMEOUT: Duration = Duration::from_millis(100);

/// A job in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSummary {
    /// The running number: 1 is the newest job of the journal.
    pub number: u64,
    pub id: String,
    /// In milliseconds since 1970.
    pub created: i64,
    pub state: State,
    pub prompt: String,
}

/// Which jobs to read.
#[derive(Debug, Clone, Copy)]
pub struct Newest<'a> {
    /// The beginning of their ids.
    pub id_start: &'a str,
    pub states: &'a [State],
    /// Whether jobs in other states match, too, if they were sent to this machine.
    pub or_local: bool,
    /// The most jobs to read.
    pub limit: u32,
}

/// Returns the newest jobs that match, newest first. A journal that is missing, damaged, locked or unreadable has
/// none.
pub fn newest_jobs(directory: &Path, which: Newest<'_>) -> Vec<JobSummary> {
    open_unchanged(&directory.join(FILE)).and_then(|journal| read(&journal, which).ok()).unwrap_or_default()
}

/// Opens the database for reading only. Creates no file and changes none.
fn open_unchanged(path: &Path) -> Option<Connection> {
    // Opening a named pipe would block.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let beside = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    // SQLite deletes the log of an empty database.
    let page_size = page_size(path)?;
    let has_index = beside("-shm").is_file() && is_log_valid(&beside("-wal"), page_size);
    let mut uri = Url::from_file_path(std::path::absolute(path).ok()?).ok()?;
    // Usually the index of the log is there, and is read where it is. Without it, SQLite would create one; so the
    // database is read alone, and jobs that are only in the log are missed.
    uri.set_query(Some(if has_index { "mode=ro&readonly_shm=1" } else { "immutable=1" }));
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(uri.as_str(), flags).ok()?;
    connection.busy_timeout(BUSY_TIMEOUT).ok()?;
    Some(connection)
}

/// Reads the page size from the header of a database; `None` for an empty file, or one that is too short.
fn page_size(database: &Path) -> Option<u32> {
    let mut header = [0; 100];
    File::open(database).ok()?.read_exact(&mut header).ok()?;
    // Source: the SQLite file format, offset 16. 1 stands for 65,536, which does not fit.
    let size = u16::from_be_bytes([header[16], header[17]]);
    Some(if size == 1 { 65_536 } else { size.into() })
}

/// Whether a write-ahead log is there and begins as one. SQLite would create a missing log, and wait ten seconds for a
/// damaged one to be repaired.
fn is_log_valid(log: &Path, page_size: u32) -> bool {
    const MAGIC: [u32; 2] = [0x377f_0682, 0x377f_0683];
    let Ok(mut file) = File::open(log) else { return false };
    let mut header = [0; 12];
    if file.read_exact(&mut header).is_err() {
        // An empty log is valid.
        return log.metadata().is_ok_and(|metadata| metadata.len() == 0);
    }
    let [a, b, c, d, .., e, f, g, h] = header;
    MAGIC.contains(&u32::from_be_bytes([a, b, c, d])) && u32::from_be_bytes([e, f, g, h]) == page_size
}

/// The columns are those of the first release, which every version of the journal has.
fn read(journal: &Connection, which: Newest<'_>) -> rusqlite::Result<Vec<JobSummary>> {
    let states: Vec<String> = which.states.iter().map(|state| format!("'{}'", state.name())).collect();
    // Plain http is only ever used for this machine.
    let local = if which.or_local { "OR base_url LIKE 'http://%'" } else { "" };
    let (id, values) = match which.id_start {
        "" => ("TRUE", None),
        // Ids are letters and digits, which all come before the upper bound.
        start => ("id >= ?1 AND id < ?1 || '~'", Some(start)),
    };
    let sql = format!(
        "SELECT (SELECT count(*) FROM job AS newer WHERE (newer.created, newer.id) >= (job.created, job.id)),
                id, created, state, prompt
         FROM job WHERE {id} AND (state IN ({}) {local})
         ORDER BY created DESC, id DESC LIMIT {}",
        states.join(", "),
        which.limit
    );
    let mut statement = journal.prepare(&sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| {
        Ok(JobSummary {
            number: row.get::<_, i64>(0)?.unsigned_abs(),
            id: row.get(1)?,
            created: row.get(2)?,
            state: row.get(3)?,
            prompt: row.get(4)?,
        })
    })?;
    // One row that cannot be read does not hide the others.
    Ok(rows.filter_map(Result::ok).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::time::SystemTime;

    use rusqlite::params;

    use super::*;
    use crate::journal::Journal;

    const ALL: Newest<'_> = Newest { id_start: "", states: &State::ALL, or_local: false, limit: 20 };

    /// A data directory with jobs: (id, time, state, base URL).
    fn directory(jobs: &[(&str, i64, State, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        drop(Journal::open(dir.path()).unwrap());
        let connection = Connection::open(dir.path().join(FILE)).unwrap();
        for (id, created, state, base_url) in jobs {
            let sql =
                "INSERT INTO job (id, created, state, input, prompt, model, seed, base_url, path, if_exists)
                       VALUES (?1, ?2, ?3, 'in.png', 'a bird', 'model', 1, ?4, '/', 'fail')";
            connection.execute(sql, params![id, created, state, base_url]).unwrap();
        }
        dir
    }

    const SERVICE: &str = "https://service.test";

    /// A data directory with one job in the database, and no log.
    fn checkpointed() -> tempfile::TempDir {
        let dir = directory(&[("a1", 1, State::Delivered, SERVICE)]);
        let connection = Connection::open(dir.path().join(FILE)).unwrap();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        drop(connection);
        for end in ["-wal", "-shm"] {
            fs::remove_file(dir.path().join(format!("{FILE}{end}"))).ok();
        }
        dir
    }

    /// A journal as after a crash: one job in the database and its log, and nobody has it open.
    fn crashed() -> tempfile::TempDir {
        let dir = directory(&[("a1", 1, State::Delivered, SERVICE)]);
        let connection = Connection::open(dir.path().join(FILE)).unwrap();
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
        connection.execute_batch("UPDATE job SET prompt = 'a boat'").unwrap();
        let copy = tempfile::tempdir().unwrap();
        for end in ["", "-wal", "-shm"] {
            let name = format!("{FILE}{end}");
            fs::copy(dir.path().join(&name), copy.path().join(&name)).unwrap();
        }
        copy
    }

    #[test]
    fn an_empty_database_keeps_its_log() {
        let dir = crashed();
        fs::write(dir.path().join(FILE), b"").unwrap();
        assert_eq!(ids(dir.path(), ALL), []);
        assert!(dir.path().join(format!("{FILE}-wal")).exists());
    }

    #[test]
    fn a_damaged_log_is_ignored() {
        let dir = crashed();
        let log = dir.path().join(format!("{FILE}-wal"));
        let mut bytes = fs::read(&log).unwrap();
        bytes[..4].fill(0);
        fs::write(&log, bytes).unwrap();
        // SQLite would try to repair the log for ten seconds, and then fail.
        assert_eq!(ids(dir.path(), ALL).len(), 1);
    }

    #[test]
    fn a_missing_log_is_not_created() {
        let dir = checkpointed();
        fs::write(dir.path().join("journal.db-shm"), [0; 32_768]).unwrap();
        assert_eq!(ids(dir.path(), ALL).len(), 1);
        assert!(!dir.path().join("journal.db-wal").exists());
    }

    fn ids(directory: &Path, which: Newest<'_>) -> Vec<(u64, String)> {
        newest_jobs(directory, which).into_iter().map(|job| (job.number, job.id)).collect()
    }

    fn numbered(pairs: &[(u64, &str)]) -> Vec<(u64, String)> {
        pairs.iter().map(|(number, id)| (*number, (*id).to_owned())).collect()
    }

    /// The names, lengths and times of the files in a directory.
    fn files(directory: &Path) -> BTreeMap<String, (u64, SystemTime)> {
        let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
        let describe = |entry: fs::DirEntry| {
            let metadata = entry.metadata().unwrap();
            (entry.file_name().into_string().unwrap(), (metadata.len(), metadata.modified().unwrap()))
        };
        entries.map(describe).collect()
    }

    #[test]
    fn jobs_are_filtered_and_keep_their_numbers() {
        let dir = directory(&[
            ("a1", 1, State::Delivered, SERVICE),
            ("a2", 2, State::Lost, SERVICE),
            ("b3", 3, State::Sent, "http://127.0.0.1:1"),
            ("b4", 4, State::Sent, SERVICE),
        ]);
        assert_eq!(ids(dir.path(), ALL), numbered(&[(1, "b4"), (2, "b3"), (3, "a2"), (4, "a1")]));
        assert_eq!(ids(dir.path(), Newest { id_start: "a", ..ALL }), numbered(&[(3, "a2"), (4, "a1")]));
        assert_eq!(ids(dir.path(), Newest { limit: 1, ..ALL }), numbered(&[(1, "b4")]));
        let delivered = Newest { states: &[State::Delivered], ..ALL };
        assert_eq!(ids(dir.path(), delivered), numbered(&[(4, "a1")]));
        assert_eq!(
            ids(dir.path(), Newest { or_local: true, ..delivered }),
            numbered(&[(2, "b3"), (4, "a1")])
        );
    }

    #[test]
    fn reading_changes_no_file() {
        let dir = directory(&[("a1", 1, State::Delivered, SERVICE)]);
        let before = files(dir.path());
        assert_eq!(ids(dir.path(), ALL).len(), 1);
        assert_eq!(files(dir.path()), before);
    }

    #[test]
    fn a_journal_without_its_log_is_read_and_gets_no_new_one() {
        let dir = checkpointed();
        let before = files(dir.path());
        assert_eq!(ids(dir.path(), ALL).len(), 1);
        assert_eq!(files(dir.path()), before);
    }

    #[test]
    fn a_journal_that_another_process_writes_to_is_read() {
        let dir = directory(&[("a1", 1, State::Delivered, SERVICE)]);
        let writer = Connection::open(dir.path().join(FILE)).unwrap();
        writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM job").unwrap();
        assert_eq!(ids(dir.path(), ALL), numbered(&[(1, "a1")]));
    }

    #[cfg(unix)]
    #[test]
    fn a_read_only_journal_is_read() {
        use std::os::unix::fs::PermissionsExt;
        let dir = directory(&[("a1", 1, State::Delivered, SERVICE)]);
        let set_modes = |directory, file| {
            for entry in fs::read_dir(dir.path()).unwrap() {
                fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(file)).unwrap();
            }
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(directory)).unwrap();
        };
        set_modes(0o500, 0o400);
        assert_eq!(ids(dir.path(), ALL).len(), 1);
        set_modes(0o700, 0o600);
    }

    #[test]
    fn a_journal_that_is_missing_or_damaged_has_no_jobs_and_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(ids(dir.path(), ALL), []);
        assert_eq!(ids(&dir.path().join("missing"), ALL), []);
        assert!(files(dir.path()).is_empty());

        for content in [&b""[..], b"not a database"] {
            fs::write(dir.path().join(FILE), content).unwrap();
            assert_eq!(ids(dir.path(), ALL), []);
            assert_eq!(fs::read(dir.path().join(FILE)).unwrap(), content);
            assert_eq!(files(dir.path()).len(), 1);
        }
    }
}

//! Opens the journal: its path, its file mode, and the errors of opening it.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use crate::files::{create_private_dir, ensure_permitted, sync_dir};
use crate::sync::lock;

use super::schema::{self, Migrated};

/// The file name of the database in the data directory.
pub(super) const FILE: &str = "journal.db";
/// How long to wait for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The pause before a busy database is opened again.
const RETRY_PAUSE: Duration = Duration::from_millis(5);
/// How often a database without content is examined again before it counts as emptied.
const CREATION_RETRIES: u32 = 40;
/// The log is copied into the database when it has this number of pages (1 MiB). Every process reads the whole log when it
/// opens the journal, so it must stay small; copying it takes two syncs.
const LOG_PAGES: u32 = 256;
/// The journal of paid calls. Threads may share it, and use it one at a time.
#[derive(Debug)]
pub struct Journal {
    connection: Mutex<Connection>,
    directory: PathBuf,
    /// Whether the log still has links that were removed from the database.
    has_removed_links: AtomicBool,
}

/// Removes answers that other processes left when they died. Empties the write-ahead log if links were removed from the
/// database: it still has the pages from before. Another process that is reading keeps it from that, and so does a crash;
/// then a later command does it.
impl Drop for Journal {
    fn drop(&mut self) {
        let _ = self.connection().busy_timeout(Duration::ZERO);
        let _ = self.sweep_spool();
        if self.has_removed_links.load(Ordering::Relaxed) {
            let connection = self.connection();
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
    }
}

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Its directory or its file cannot be created or opened.
    #[error("cannot use the journal in {}", .directory.display())]
    Io {
        /// The data directory.
        directory: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// The file of an answer cannot be read.
    #[error("cannot read the answer {}", .path.display())]
    Answer {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// Another process has been writing for too long.
    #[error("the journal {} is in use by {who}", .path.display())]
    Busy {
        /// The database.
        path: PathBuf,
        /// The process that is writing, as far as the system tells.
        who: String,
    },
    /// A newer release created it.
    #[error("the journal {} was created by a newer seededit (version {found}, this one knows {known})", .path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that this release knows.
        known: i64,
    },
    /// It is of an older release, and cannot be brought to the version of this one. It was not changed.
    #[error("the journal {} could not be upgraded from version {found} to version {known}, and was not changed: {what}", .path.display())]
    Upgrade {
        /// The database.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The version of this release.
        known: i64,
        /// What is wrong with it, in the words of the database.
        what: String,
    },
    /// It is not a database, or a damaged one. It is never overwritten.
    #[error("the journal {} is damaged", .path.display())]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// The error.
        source: rusqlite::Error,
    },
    /// It has no content, although there are answers that belong to it.
    #[error("the journal {} is empty, and was not: answers of its jobs are beside it", .path.display())]
    Emptied {
        /// The database.
        path: PathBuf,
    },
    /// The disk is full.
    #[error("no disk space left for the journal in {}", .0.display())]
    Full(PathBuf),
    /// Any other error of the database.
    #[error("the journal {} cannot be used", .path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// The error.
        source: rusqlite::Error,
    },
}

impl JournalError {
    /// Whether an entry has a value that this release cannot read, although the database itself is sound.
    pub fn is_about_an_entry(&self) -> bool {
        matches!(self, JournalError::Database { source, .. } if is_about_a_value(source))
    }
}

/// Whether a row has a value of another type than expected, or an unknown word. Other errors concern the database.
pub(super) fn is_about_a_value(error: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    matches!(
        error,
        Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..)
    )
}

impl Journal {
    /// Opens the journal in `directory`, which is created if it is missing (mode 0700; the file has 0600).
    ///
    /// # Errors
    /// See [`JournalError`]. A journal that cannot be read is left unchanged.
    pub fn open(directory: &Path) -> Result<Journal, JournalError> {
        let io = |source| JournalError::Io { directory: directory.to_owned(), source };
        create_private_dir(directory).map_err(io)?;
        let path = directory.join(FILE);
        let is_new = !path.try_exists().map_err(io)?;
        if !is_new && is_emptied(&path, directory) {
            return Err(JournalError::Emptied { path });
        }
        // Created here, because SQLite would use the umask's mode. The files that SQLite creates beside it take
        // their mode from it.
        private_file(&path).map_err(io)?;
        let (connection, migrated) = connect_and_migrate(&path).map_err(|error| failure(error, &path))?;
        match migrated {
            Migrated::UpToDate => {}
            Migrated::Newer(found) => {
                return Err(JournalError::Newer { path, found, known: schema::VERSION });
            }
            Migrated::Failed(found, error) => {
                let what = without_sql(error).to_string();
                return Err(JournalError::Upgrade { path, found, known: schema::VERSION, what });
            }
        }
        if is_new {
            sync_dir(directory).map_err(io)?;
        }
        Ok(Journal {
            connection: Mutex::new(connection),
            directory: directory.to_owned(),
            has_removed_links: AtomicBool::new(false),
        })
    }

    /// Opens the journal if it exists.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_existing(directory: &Path) -> Result<Option<Journal>, JournalError> {
        match directory.join(FILE).try_exists() {
            Ok(true) => Journal::open(directory).map(Some),
            Ok(false) => Ok(None),
            Err(source) => Err(JournalError::Io { directory: directory.to_owned(), source }),
        }
    }

    /// Checks that a journal may be created in `directory`, or written if it exists, by the permissions of directories alone.
    /// Creates nothing.
    ///
    /// # Errors
    /// [`JournalError::Io`], as [`Journal::open`].
    pub fn ensure_permitted(directory: &Path) -> Result<(), JournalError> {
        let existing = directory.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("."));
        ensure_permitted(existing)
            .map_err(|source| JournalError::Io { directory: directory.to_owned(), source })
    }

    /// Limits the database's cache from now on. The system's file cache is fast enough.
    ///
    /// Without a limit the cache fills over time, and a long batch takes more memory than a short one.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn shrink(&self) -> Result<(), JournalError> {
        let shrunk = self.connection().execute_batch("PRAGMA cache_size = -256; PRAGMA shrink_memory;");
        shrunk.map_err(|error| self.failure(error))
    }

    /// The data directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Locks the connection. A thread that panicked while it held the lock left nothing half-done: its
    /// transaction was rolled back.
    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        lock(&self.connection)
    }

    /// Runs one transaction and syncs the log. The transaction takes the write lock at its start, so that
    /// another process cannot make it fail halfway.
    pub(super) fn transact<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        self.transact_with("FULL", work)
    }

    /// Runs one transaction without syncing the log. The next synced transaction makes it durable.
    pub(super) fn transact_unsynced<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        self.transact_with("NORMAL", work)
    }

    fn transact_with<T>(
        &self,
        synchronous: &str,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        let mut connection = self.connection();
        let run = || {
            connection.pragma_update(None, "synchronous", synchronous)?;
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        run().map_err(|error| self.failure(error))
    }

    /// Has the log emptied when the journal is closed.
    pub(super) fn note_removed_links(&self) {
        self.has_removed_links.store(true, Ordering::Relaxed);
    }

    pub(super) fn failure(&self, error: rusqlite::Error) -> JournalError {
        failure(error, &self.directory.join(FILE))
    }
}

/// Whether a database without content was not created just now: SQLite would take it for a new one, and paid jobs would be
/// forgotten. Another process that creates it needs a moment.
fn is_emptied(path: &Path, directory: &Path) -> bool {
    let is_empty = || fs::metadata(path).is_ok_and(|found| found.len() == 0);
    let has_files = |name: &str| {
        let mut files = fs::read_dir(directory.join(name)).into_iter().flatten().flatten();
        files.any(|file| !file.file_name().as_encoded_bytes().starts_with(b"."))
    };
    if !is_empty() || !["spool", "answers"].into_iter().any(has_files) {
        return false;
    }
    for _ in 0..CREATION_RETRIES {
        thread::sleep(RETRY_PAUSE);
        if !is_empty() {
            return false;
        }
    }
    true
}

/// Connects to the database and migrates it. If several processes create it at the same time, SQLite reports to all
/// but one that it is busy, without waiting, to avoid a deadlock. Those retry.
fn connect_and_migrate(path: &Path) -> rusqlite::Result<(Connection, Migrated)> {
    let until = Instant::now() + BUSY_TIMEOUT;
    loop {
        let opened = connect(path).and_then(|mut connection| {
            let migrated = schema::migrate(&mut connection)?;
            Ok((connection, migrated))
        });
        let is_busy = |error: &rusqlite::Error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        match opened {
            Err(error) if is_busy(&error) && Instant::now() < until => thread::sleep(RETRY_PAUSE),
            opened => return opened,
        }
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // A commit is one write and one sync of the log. FULL makes the sync happen before the commit returns.
    let _: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    // The log is kept when the last process closes the database. Creating it again would cost three syncs per edit. It is
    // only emptied after links were removed from the database.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // Queries are planned once, whatever the values are. Otherwise a batch's look-ups are planned again for every
    // row.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Deleted entries hold prompts and links, so they are overwritten.
    connection.pragma_update(None, "secure_delete", true)?;
    Ok(connection)
}

fn private_file(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A named pipe at this path is an error. Without this flag, opening it would block.
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
    }
    drop(file);
    Ok(())
}

fn failure(error: rusqlite::Error, path: &Path) -> JournalError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            let who = holder(&path).unwrap_or_else(|| "another process".into());
            JournalError::Busy { path, who }
        }
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            JournalError::Corrupt { path, source: error }
        }
        Some(ErrorCode::DiskFull) => JournalError::Full(path),
        _ => JournalError::Database { path, source: without_sql(error) },
    }
}

/// Removes the statement from an error: it says nothing to a user.
fn without_sql(error: rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqlInputError { error, msg, .. } => rusqlite::Error::SqliteFailure(error, Some(msg)),
        other => other,
    }
}

/// Returns the process that holds the write lock, as the system reports it.
///
/// SQLite's write lock in this mode is byte 120 of the `-shm` file (its file format, "WAL-index").
/// Called only after waiting has failed, because closing the file releases our own locks on it.
#[cfg(target_os = "linux")]
fn holder(path: &Path) -> Option<String> {
    use rustix::process::{Flock, FlockType, fcntl_getlk};

    let mut shm = path.as_os_str().to_owned();
    shm.push("-shm");
    let file = OpenOptions::new().read(true).write(true).open(shm).ok()?;
    let write_lock = Flock { start: 120, length: 1, ..Flock::from(FlockType::WriteLock) };
    let conflicting = fcntl_getlk(&file, &write_lock).ok()??;
    let pid = conflicting.pid?.as_raw_nonzero();
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(format!("process {pid} {}", name.trim()).trim_end().to_owned())
}

#[cfg(not(target_os = "linux"))]
fn holder(_path: &Path) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_and_damaged_journals_are_refused_and_not_changed() {
        let dir = tempfile::tempdir().unwrap();
        drop(Journal::open(dir.path()).unwrap());
        let path = dir.path().join(FILE);
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(Journal::open(dir.path()), Err(JournalError::Newer { found: 99, .. })));

        for garbage in [&b"not a database at all, and long enough to be taken for a header of one ........................................"[..], &[0xff; 4096]] {
            fs::write(&path, garbage).unwrap();
            assert!(matches!(Journal::open(dir.path()), Err(JournalError::Corrupt { .. })));
            assert_eq!(fs::read(&path).unwrap(), garbage);
        }
    }

    #[test]
    fn several_threads_can_create_the_journal_at_once() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| Journal::open(dir.path()).map(drop).unwrap());
            }
        });
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_journal() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let journal = Journal::open(&data).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data), 0o700);
        for file in fs::read_dir(&data).unwrap() {
            assert_eq!(mode(&file.unwrap().path()), 0o600);
        }
        drop(journal);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_lock_of_this_process_has_no_other_holder() {
        let dir = tempfile::tempdir().unwrap();
        let journal = Journal::open(dir.path()).unwrap();
        // The system reports only locks of other processes.
        assert_eq!(holder(&dir.path().join(FILE)), None);
        drop(journal);
    }
}

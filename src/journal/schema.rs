//! The tables, and the migration of older journals.

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

/// Each step migrates from one version to the next. The journal's version is the number of steps taken.
/// Never change a step that was released.
const MIGRATIONS: [&str; 8] =
    [FIRST, BATCHES, PROCESSING, MODELS, RESERVATIONS, REQUESTS, RESULTS, FORGOTTEN];

const FIRST: &str = "CREATE TABLE job (
        id              TEXT PRIMARY KEY,
        created         INTEGER NOT NULL,           -- milliseconds since 1970, local clock
        state           TEXT NOT NULL,
        input           TEXT NOT NULL,              -- as shown: no query, no data
        input_path      BLOB,                       -- absolute, for doing it again
        input_link      TEXT,                       -- whole, for doing it again
        input_sha256    TEXT,
        prompt          TEXT NOT NULL,
        model           TEXT NOT NULL,
        seed            INTEGER NOT NULL,
        guidance_scale  REAL,
        watermark       INTEGER,
        response_format TEXT,
        size            TEXT,
        base_url        TEXT NOT NULL,
        path            TEXT NOT NULL,
        output          BLOB,                       -- absolute; none is standard output
        if_exists       TEXT NOT NULL,
        format          TEXT,
        quality         INTEGER,
        settled         INTEGER NOT NULL DEFAULT 0, -- found by recover, free to run again
        delivered       BLOB,                       -- where it went, absolute
        sha256          TEXT,
        bytes           INTEGER,
        width           INTEGER,
        height          INTEGER,
        delivered_format TEXT,
        finished        INTEGER,
        told            TEXT                        -- why it is refused, unknown or lost
     ) WITHOUT ROWID;
     CREATE INDEX job_by_state ON job (state) WHERE state IN ('intent', 'sent', 'answered', 'unknown');
     CREATE INDEX job_by_time ON job (created);
     CREATE TABLE attempt (
        job             TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        number          INTEGER NOT NULL,
        request_id      TEXT NOT NULL UNIQUE,
        sent            INTEGER NOT NULL,
        received        INTEGER,
        status          INTEGER,
        headers         TEXT,
        body            BLOB,                       -- as it came, unless it was spooled
        spooled         INTEGER NOT NULL DEFAULT 0,
        cut             TEXT,                       -- why the body is not whole
        outcome         TEXT NOT NULL DEFAULT 'open',
        inference_id    TEXT,
        usd             REAL,
        credits         REAL,
        PRIMARY KEY (job, number)
     ) WITHOUT ROWID;";

/// The keys of batches and of `--reuse`.
const BATCHES: &str = "ALTER TABLE job ADD COLUMN key TEXT;     -- what a batch knows it by
     ALTER TABLE job ADD COLUMN label TEXT;   -- the manifest and the id in it
     ALTER TABLE job ADD COLUMN content TEXT; -- what was asked of which picture
     ALTER TABLE job ADD COLUMN modified INTEGER; -- the delivered file's, nanoseconds since 1970
     CREATE UNIQUE INDEX job_by_key ON job (key) WHERE key IS NOT NULL;
     CREATE INDEX job_by_label ON job (label) WHERE label IS NOT NULL;
     CREATE INDEX job_by_content ON job (content) WHERE content IS NOT NULL;";

/// What is done to the picture and to the answer.
const PROCESSING: &str = "ALTER TABLE job ADD COLUMN treatment TEXT; -- none is what is done by default
     ALTER TABLE job ADD COLUMN makes_directory INTEGER NOT NULL DEFAULT 0; -- the output's, when missing";

/// What models other than the first one are asked for, and what a queue knows a request by.
const MODELS: &str = "ALTER TABLE job ADD COLUMN service TEXT; -- the name of its card
     ALTER TABLE job ADD COLUMN seed_sent INTEGER NOT NULL DEFAULT 1; -- whether the model takes one
     ALTER TABLE job ADD COLUMN negative_prompt TEXT;
     ALTER TABLE job ADD COLUMN reference_files TEXT; -- a JSON list of paths and hashes
     ALTER TABLE attempt ADD COLUMN ticket TEXT; -- where a queue says what became of it
     CREATE TABLE successor (
        base_url  TEXT NOT NULL,
        model     TEXT NOT NULL,                    -- withdrawn
        successor TEXT NOT NULL,
        noticed   INTEGER NOT NULL,                 -- milliseconds since 1970
        PRIMARY KEY (base_url, model)
     ) WITHOUT ROWID;";

/// What running processes have reserved of the limit of a day.
const RESERVATIONS: &str =
    "ALTER TABLE attempt ADD COLUMN expected INTEGER; -- price, in billionths of a dollar
     ALTER TABLE attempt ADD COLUMN reservation INTEGER; -- that it is part of
     CREATE INDEX attempt_by_time ON attempt (sent);
     CREATE TABLE reservation (
        id        INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: attempts keep it
        holder    TEXT NOT NULL,                     -- the lock of the process
        amount    INTEGER NOT NULL                   -- in billionths of a dollar
     );";

/// What finds the results of a request whatever their seeds. Jobs of older releases are found by their picture.
const REQUESTS: &str =
    "ALTER TABLE job ADD COLUMN request TEXT; -- what was asked of which picture, without the seed
     CREATE INDEX job_by_request ON job (request) WHERE request IS NOT NULL;
     CREATE INDEX job_by_picture ON job (input_sha256) WHERE request IS NULL AND content IS NOT NULL;";

/// The order in which results were delivered, and the pictures that `undo` went back to since the last one.
const RESULTS: &str = "CREATE TABLE result (
        number    INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again
        job       TEXT NOT NULL UNIQUE REFERENCES job (id) ON DELETE CASCADE
     );
     INSERT INTO result (job) SELECT id FROM job WHERE state = 'delivered' ORDER BY finished, created, id;
     CREATE TABLE undone (
        number    INTEGER PRIMARY KEY AUTOINCREMENT, -- the last one is current
        job       TEXT,                              -- whose result it is; it may have been removed
        path      BLOB,                              -- of an original
        sha256    TEXT
     );";

/// What was paid for jobs that were removed. The limit of a day counts it, and nothing tells what it was paid for.
const FORGOTTEN: &str = "CREATE TABLE forgotten (
        sent        INTEGER NOT NULL, -- milliseconds since 1970
        outcome     TEXT NOT NULL,
        usd         REAL,
        expected    INTEGER,          -- price, in billionths of a dollar
        reservation INTEGER
     );";

/// The version that this release writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// The outcome of a migration.
pub(super) enum Migrated {
    /// The journal has the newest version.
    UpToDate,
    /// A newer release created it. Nothing was changed.
    Newer(i64),
    /// It has this older version, and a step fails on what is in it. Nothing was changed.
    Failed(i64, rusqlite::Error),
}

/// Runs the missing steps, all or none.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<Migrated> {
    let version =
        |connection: &Connection| connection.pragma_query_value(None, "user_version", |row| row.get(0));
    let current: i64 = version(connection)?;
    if current == VERSION {
        return Ok(Migrated::UpToDate);
    }
    if current > VERSION {
        return Ok(Migrated::Newer(current));
    }
    // Another process may migrate at the same time. The second one finds nothing left to do.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let current = version(&transaction)?;
    for step in MIGRATIONS.iter().skip(usize::try_from(current).unwrap_or(0)) {
        match transaction.execute_batch(step) {
            Ok(()) => {}
            Err(error) if is_about_tables(&error) => return Ok(Migrated::Failed(current, error)),
            Err(error) => return Err(error),
        }
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(Migrated::UpToDate)
}

/// Whether a step fails because of what is in the database, such as a table that should not be there yet. Other errors
/// are about the file or the disk.
fn is_about_tables(error: &rusqlite::Error) -> bool {
    let code = match error {
        rusqlite::Error::SqlInputError { error, .. } => Some(error.code),
        error => error.sqlite_error_code(),
    };
    matches!(code, Some(ErrorCode::Unknown | ErrorCode::ConstraintViolation))
}

//! What was asked for, what it cost, and where it went: durable before it matters.
//!
//! An SQLite database in the data directory, for its owner only, safe for several processes at
//! once. `open` opens it, `schema` brings it up to date, `record` says what a job is, `write` moves
//! jobs from state to state, `views` reads them back, `claim` marks the jobs that a living process
//! works on and keeps the room for their next writes, `spool` keeps answers that are too large for
//! the database.
//!
//! It holds names, hashes and paths, never a picture that was sent. The signed links in it are the
//! reason for its file mode.

mod job_lock;
mod open;
mod record;
mod schema;
mod spool;
mod views;
mod write;

pub use job_lock::{JobLock, JobLockError};
pub use open::{Journal, JournalError};
pub use record::{
    Answered, Artifact, Attempt, AttemptOutcome, CallInfo, Intent, Job, JobKeys, PathBytes, State,
};
pub use views::{Filter, JobMatch, Listed, Spending};

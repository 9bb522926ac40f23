//! The journal of paid calls: what was requested, what it cost, and where the result is. Entries are durable
//! before anything depends on them.
//!
//! The journal is an SQLite database in the data directory. Only its owner can read it, and several processes
//! can use it at once. `open` opens it, `schema` migrates it, `record` defines a job, `transitions` moves jobs
//! from state to state, `maintenance` removes what is no longer needed, `views` reads jobs back, `newest` reads the
//! newest ones without writing, `spending` sums their prices, `job_lock` marks the jobs that a running process works on
//! and reserves disk space for their next writes, and `spool` keeps answers that are too large for the database.
//!
//! It holds names, hashes and paths, but never an uploaded picture. Its answers hold signed links, hence the
//! file mode.

mod job_lock;
mod maintenance;
mod newest;
mod open;
mod record;
mod schema;
mod spending;
mod spool;
mod transitions;
mod views;

pub use job_lock::{JobLock, JobLockError};
pub use newest::{JobSummary, Newest, newest_jobs};
pub use open::{Journal, JournalError};
pub use record::{
    Answered, Artifact, Attempt, AttemptOutcome, CallInfo, Intent, Job, JobKeys, PathBytes, State,
};
pub use spending::Spending;
pub use views::{Filter, JobMatch, Listed};

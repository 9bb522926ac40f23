//! The journal of paid calls: what was requested, what it cost, and where the result is. Entries are durable
//! before anything depends on them.
//!
//! The journal is an SQLite database in the data directory. Several processes can use it at once. `open` opens it, and
//! `schema` migrates it. `record` defines a job, `state` its states and `attempt` its POSTs; `begin` adds a job,
//! `transitions` moves jobs from state to state, and `maintenance` removes what is no longer needed. `read` reads jobs
//! back, `search` lists them, `newest` reads the newest ones without writing, `spending` sums their prices, and
//! `delivered` finds their results. `requested` finds the jobs of a request. `results` keeps the order of results, and
//! which one is current; `derivation` finds what was made from which. `day_budget` keeps the limit of a day, across
//! processes. `job_lock` marks the jobs that a running process works on and reserves disk space for their next writes.
//! `spool` stores the answers until they are delivered, `orphans` finds those that no job knows, and `answers` keeps
//! the ones that differ from what was delivered. `step_names` has the names of the results of steps.
//!
//! The journal contains names, hashes and paths, but never an uploaded picture. Only its owner can read it because its
//! answers contain signed links.

mod answers;
mod attempt;
mod begin;
mod day_budget;
mod delivered;
mod derivation;
mod job_lock;
mod maintenance;
mod newest;
mod open;
mod orphans;
mod read;
mod record;
mod requested;
mod results;
mod schema;
mod search;
mod spending;
mod spool;
mod state;
mod step_names;
mod successors;
mod transitions;

pub use answers::{AnswerLimit, AnswerName, AnswerStore, KeepError, KeptAnswer};
pub use attempt::{Answered, Attempt, AttemptOutcome, Booking, CallInfo, DamagedAnswer, RecordedAnswer};
pub use day_budget::{DayBudget, DaySpending, Reservation};
pub use delivered::DeliveredFile;
pub use derivation::Derived;
pub use job_lock::{JobLock, JobLockError};
pub use newest::{JobSummary, Newest, newest_jobs};
pub use open::{Journal, JournalError};
pub use orphans::OrphanedAnswer;
pub use read::Readable;
pub use record::{Artifact, DeadLink, Fidelity, Intent, Job, JobKeys, PathBytes, ReferenceFile};
pub use requested::{RequestKeys, Requested, SentKeys};
pub use results::{Current, MadeFrom, OriginalFile};
pub use search::{ChainStart, Filter, JobMatch, Listed};
pub use spending::{AuditedCall, Spending};
pub use state::State;
pub use step_names::{step_mark, step_of_name};

//! Many edits: what is asked for, what of it is left to do, and doing it.
//!
//! `manifest` reads rows and `wish` is what one asks for; `rules` hold for all. `plan` checks them, puts them on a
//! `sheet`, finds out by `identity` and `standing` which are done already, and by `places`, `claims` and
//! `clashes` which are in each other's way. Each that is not done becomes an `order`; `work` carries one
//! out, and `run` has many workers do so, at the `pace` that the service allows and within the `budget`.
//! Nothing here prints.

mod budget;
mod conflicts;
mod executor;
pub mod identity;
mod job_spec;
mod limiter;
pub mod manifest;
mod options;
mod path_keys;
mod path_use;
mod plan;
mod plan_store;
mod resolve;
mod run;
mod status;
mod task;
mod task_outcome;
mod work;

pub use budget::{Budget, Denied, Shortage};
pub use executor::Executor;
pub use job_spec::{JobSpec, JobSpecError, MAX_COUNT, Picture, RequestDefaults};
pub use limiter::{Limits, RateLimiter};
pub use options::{BatchOptions, Dedup, PlanningError};
pub use plan::{Draft, Planned, Tally};
pub use resolve::only;
pub use run::{Batch, BatchError, Observer, Report, StopReason};
pub use status::{Status, StatusError};
pub use task::{Task, TaskError};
pub use task_outcome::{Step, TaskOutcome};
pub use work::Worker;

//! Many edits: reads what is asked for, determines what remains to be done, and runs it.
//!
//! - `manifest` reads rows. Each is a `job_spec`; `options` apply to all of them, except for the `row_options` of a row.
//! - `plan` checks the specifications, stores them in a `plan_store` on disk, looks them up in the journal (`identity`,
//!   `status`, `seeds`), and finds `conflicts` between them (`conflict_queries`, `path_keys`, `path_use`).
//! - `resolve` turns an entry of the plan into a `task`. A `worker` runs one task, whose chain may have several `steps`, and
//!   pays for it through the `executor`.
//! - `run` lets many workers run at once, within the rate `limiter` and the `budget` (several runs may share a
//!   `session_limit`); `reorder` puts their outcomes in order.
//!   `replace_model` lets the tasks that remain continue with another model.
//!
//! Nothing here prints.

mod budget;
mod conflict_queries;
mod conflicts;
mod doubts;
mod executor;
#[cfg(fuzzing)]
pub mod fuzzing;
mod given;
pub mod identity;
mod job_spec;
mod limiter;
pub mod manifest;
mod options;
mod path_keys;
mod path_use;
mod plan;
mod plan_store;
mod planning_error;
mod reorder;
mod replace_model;
mod resolve;
mod row_options;
mod run;
mod seeds;
mod session_limit;
mod skipped;
mod spec_error;
mod status;
mod steps;
mod stop_reason;
mod task;
mod task_outcome;
mod worker;

pub use budget::{Budget, Denied, Shortage};
pub use doubts::AtStake;
pub use executor::Executor;
pub use given::Given;
pub use job_spec::{JobSpec, JobSpecError, MAX_COUNT, PictureRef, RequestDefaults};
pub use limiter::{Limits, RateLimiter};
pub use options::{BatchOptions, Dedup};
pub use plan::{BatchPlan, Held, PlanBuilder, Planned, Tally, UnreadablePicture};
pub use planning_error::PlanningError;
pub use resolve::{SingleTaskError, seed_of_started, single_task};
pub use run::{Batch, BatchError, Observer, Report};
pub use session_limit::SessionLimit;
pub use skipped::Skipped;
pub use spec_error::SpecError;
pub use status::{Status, StatusError};
pub use steps::{steps_to_pay, usd_of_result};
pub use stop_reason::StopReason;
pub use task::{Task, TaskError};
pub use task_outcome::{StepOutcome, TaskOutcome};
pub use worker::Worker;

//! One paid edit, from what was asked for to a file on disk.
//!
//! `source` says where the picture is, and `load` gets it and makes it fit; `output` decides at which `place` the
//! result goes, with `name` for names that are made, `length` for how long those may be, and `exists` for files that
//! are there already; `treatment` is what is done to the picture and to the answer, `masked` reads the mask of one,
//! and `restoration` brings the answer back into the picture, with a `report` of what changed; `plan` puts all of
//! them together. `run` is the paid path and the only place that knows its order: a `gate` says when, `deliver` and
//! `put` are its second half, from an answer to a file, and `outcome` what it can come to. `chain` does several steps.
//! `remember` turns edits into journal entries and back, `recover` finishes what an earlier process could not, and
//! `reuse` gives earlier results again. `events` is how they tell what they do, and `interrupt` is how they learn
//! that they should stop.

mod chain;
mod collision;
mod deliver;
mod destination;
mod events;
mod interrupt;
mod job;
mod journal_map;
mod limiter;
mod load;
mod masked;
mod name;
mod name_limits;
mod outcome;
mod output;
mod output_encoding;
mod plan;
mod processing;
mod recover;
mod report;
mod restoration;
pub mod reuse;
mod run;
mod source;
mod store;

pub use crate::files::absolute;

pub use chain::{Made, run_chain};
pub use collision::is_numbered;
pub use destination::{Destination, IfExists, OutputError};
pub use events::{Event, Events};
pub use interrupt::Interrupt;
pub use job::JobId;
pub use journal_map::{RerunError, plan_again};
pub use limiter::{Closed, Feedback, Limiter, Unlimited};
pub use load::{Image, Loaded, RawPicture};
pub use masked::masked;
pub use name::{NameFields, NameTemplate};
pub use outcome::{Charged, Delivery, Paid, RunError};
pub use output::{Output, OutputRequest};
pub use output_encoding::OutputEncoding;
pub use plan::{Plan, PlanError, Rerun};
pub use processing::Processing;
pub use recover::{Found, RecoverError, Recovery, SettleError, Settled};
pub use report::ChangeReport;
pub use restoration::{FinishError, Finished, Restoration, finish};
pub use run::{Service, Work, run};
pub use source::{Source, SourceError};
pub use store::save;

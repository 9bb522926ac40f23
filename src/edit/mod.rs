//! One paid edit, from what was asked for to a file on disk.
//!
//! `source` reads the picture; `output` decides where the result goes, with `name` for names that are made
//! `length` for how long those may be, and `exists` for files that are there already; `plan` puts both together. `run` is the paid path and
//! the only place that knows its order: a `gate` says when, `deliver` and `put` are its second half, from
//! an answer to a file, and `outcome` what it can come to. `chain` does several steps. `remember` turns
//! edits into journal entries and back, `recover` finishes what an earlier process could not, and `reuse`
//! gives earlier results again. `events` is how they tell what they do, and `interrupt` is how they learn
//! that they should stop.

mod chain;
mod deliver;
mod events;
mod exists;
mod gate;
mod interrupt;
mod job;
mod length;
mod name;
mod outcome;
mod output;
mod plan;
mod put;
mod recover;
mod remember;
pub mod reuse;
mod run;
mod source;

pub use chain::{Made, run_chain};
pub use deliver::{hex, sha256};
pub use events::{Event, Events};
pub use exists::{IfExists, is_numbered};
pub use gate::{Gate, Open, Seen, Shut};
pub use interrupt::Interrupt;
pub use job::JobId;
pub use name::{Fields, NameTemplate, TemplateError};
pub use outcome::{Charged, Delivery, Paid, RunError};
pub use output::{Output, OutputError, OutputRequest, Place, Wanted};
pub use plan::{Again, Plan, PlanError};
pub use recover::{Found, RecoverError, Recovery, SettleError, Settled};
pub use remember::{AgainError, plan_again};
pub use run::{Service, Work, run};
pub use source::{Image, Loaded, Source, SourceError};

//! One paid edit, from what was asked for to a file on disk.
//!
//! `source` reads the picture, `output` decides where the result goes, `plan` puts the two together
//! with everything that can be checked without spending anything. `run` is the paid path and the
//! only place that knows its order, `deliver` its second half, from an answer to a file, and
//! `outcome` what it can come to. `remember` turns edits into journal entries and back, and
//! `recover` finishes what an earlier process could not. `events` is how they tell what they do, and
//! `interrupt` is how they learn that they should stop.

mod chain;
mod deliver;
mod events;
mod gate;
mod interrupt;
mod job;
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
pub use deliver::sha256;
pub use events::{Event, Events};
pub use gate::{Gate, Open, Seen, Shut};
pub use interrupt::Interrupt;
pub use job::JobId;
pub use name::{Fields, NameTemplate, TemplateError};
pub use outcome::{Charged, Delivery, Paid, RunError};
pub use output::{IfExists, Output, OutputError, OutputRequest, Place, Wanted, is_numbered};
pub use plan::{Again, Plan, PlanError};
pub use recover::{Found, RecoverError, Recovery, SettleError, Settled};
pub use remember::{AgainError, plan_again};
pub use run::{Service, Work, run};
pub use source::{Image, Loaded, Source, SourceError};

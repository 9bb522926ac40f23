//! One paid edit, from what was asked for to a file on disk.
//!
//! `source` reads the picture, `output` decides where the result goes, `plan` puts the two together
//! with everything that can be checked without spending anything, `run` is the paid path and the
//! only place that knows its order, `events` is how it tells what it does, and `interrupt` is how
//! it learns that it should stop.

mod events;
mod interrupt;
mod job;
mod output;
mod plan;
mod run;
mod source;

pub use events::{Event, Events};
pub use interrupt::Interrupt;
pub use job::JobId;
pub use output::{IfExists, Output, OutputError, OutputRequest, Place, Wanted};
pub use plan::{Plan, PlanError, Planned, Request};
pub use run::{Charged, Delivery, Paid, RunError, Service, run};
pub use source::{Image, Loaded, Source, SourceError};

//! One paid edit, from the request to a file on disk.
//!
//! - `source` says where the picture is, `load` reads and fits it.
//! - `output` decides where the result goes (`destination`) and its format (`output_encoding`). `name` generates file
//!   names, `name_limits` bounds their length, and `collision` handles files that exist.
//! - `processing` is what is done to the picture and to the answer. `references` are further pictures that are sent.
//!   `mask_file` reads the mask, `native_mask` converts it for models that take one, and `restoration` restores the answer into the picture, with a `report` of what changed.
//! - `plan` combines all of these.
//! - `run` is the paid path, and the only module that knows its order. A `limiter` says when to send. `deliver` and
//!   `store` are the second half, from an answer to a file. `outcome` has all results and errors.
//!   `answer_keeper` and `answer_file` keep answers that are not the result. `chain` runs several
//!   steps.
//! - `journal_map` converts between edits and journal entries, `recover` finishes what an earlier process left,
//!   `reuse` delivers earlier results again, and `past_merge` finds what is needed to merge an earlier answer again.
//! - `events` reports progress, and `interrupt` cancels.

mod answer_file;
mod answer_keeper;
mod attempts;
mod chain;
mod collision;
mod columns;
mod deliver;
mod destination;
mod earlier_results;
mod events;
mod interrupt;
mod job;
mod journal_map;
mod limiter;
mod load;
mod made_result;
mod mask_file;
mod name;
mod name_limits;
mod native_mask;
mod outcome;
mod output;
mod output_encoding;
mod past_merge;
mod plan;
mod processing;
mod queue;
mod recover;
mod references;
mod report;
mod restoration;
mod result_metadata;
pub mod reuse;
mod run;
mod source;
mod store;
mod work;

pub use crate::files::absolute;
pub use crate::picture::metadata::{MetadataRule, OwnPicture};

pub use answer_file::results_of_answer;
pub use chain::{StepResult, run_chain};
pub use collision::is_numbered;
pub use columns::{MissingColumn, text_of};
pub use destination::{Destination, IfExists, OutputError};
pub use earlier_results::earlier_results;
pub use events::{Event, Events, NoEvents};
pub use interrupt::{Cancellation, Interrupt, Waker};
pub use job::JobId;
pub use journal_map::RerunError;
pub use limiter::{Closed, Feedback, Limiter, Unlimited};
pub use load::{CheckedPicture, Image, Loaded, OwnPictures, RawPicture};
pub use mask_file::{CheckedMask, MaskError, MaskRequest, with_mask_file};
pub use name::{NameFields, NameTemplate, no_columns};
pub use native_mask::native_mask;
pub use outcome::{Charged, Delivery, EarlierStep, Paid, RunError};
pub use output::{Output, OutputRequest};
pub use output_encoding::OutputEncoding;
pub use past_merge::{PastMerge, PastMergeError, delivered_answer, record_merged};
pub use plan::{Plan, PlanError, Rerun};
pub use processing::Processing;
pub use recover::{Charge, Found, RecoverError, Recovery, SettleError, Settled, declare_free};
pub use references::{CheckedReferences, Reference, ReferenceError};
pub use report::ChangeReport;
pub use restoration::{FinishError, Finished, Restoration, finish};
pub use result_metadata::{AnswerMetadata, MetadataOptions, ResultStamp};
pub use run::run;
pub use source::{STDIN_LABEL, Source, SourceError};
pub use store::save;
pub use work::{Service, Work};

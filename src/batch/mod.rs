//! Many edits: what is asked for, what of it is left to do, and doing it.
//!
//! `manifest` reads rows and `wish` is what one asks for; `rules` hold for all. `plan` checks them, puts them on a
//! `sheet`, finds out by `identity` and `standing` which are done already, and by `places`, `claims` and
//! `clashes` which are in each other's way. Each that is not done becomes an `order`; `work` carries one
//! out, and `run` has many workers do so, at the `pace` that the service allows and within the `purse`.
//! Nothing here prints.

mod claims;
mod clashes;
pub mod identity;
pub mod manifest;
mod order;
mod pace;
mod places;
mod plan;
mod purse;
mod resolve;
mod rules;
mod run;
mod sheet;
mod standing;
mod wish;
mod work;

pub use order::{Order, OrderError};
pub use pace::{Limits, Pace};
pub use plan::{Draft, Planned, Tally};
pub use purse::{NotHeld, Purse, Usd};
pub use resolve::only;
pub use rules::{Memory, PlanningError, Rules};
pub use run::{Batch, BatchError, Board, End, Report};
pub use standing::{Standing, StandingError};
pub use wish::{MAX_COUNT, Picture, Terms, Wish, WishError};
pub use work::{Outcome, Step, Worker};

//! What every package of seededit uses.

#![forbid(unsafe_code)]

pub mod digest;
pub mod parallel;
pub mod sync;

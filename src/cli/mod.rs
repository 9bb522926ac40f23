//! What may be typed: definitions only, no input and no output.

pub mod duration;
pub mod sandbox;

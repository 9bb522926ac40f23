//! Edit pictures with ByteDance's SeedEdit 3.0 from the command line.

pub mod cli;
pub mod picture;
pub mod sandbox;

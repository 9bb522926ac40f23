//! Edit pictures with ByteDance's SeedEdit 3.0 from the command line.

pub mod api;
pub mod cli;
pub mod files;
pub mod picture;
pub mod sandbox;
pub mod secret;

//! What the tests are written with.

mod filter;
mod pictures;
mod place;
mod service;
mod wire;

pub(crate) use filter::plain;
pub(crate) use pictures::{jpeg, png, sha256};
pub(crate) use place::{Done, KEY, Place, Run, Running};
pub(crate) use service::{Ledger, Service};
pub(crate) use wire::{Exchange, Request, Wire, answer, json_answer};

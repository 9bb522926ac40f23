//! What the tests are written with.

mod entries;
mod filter;
mod library;
mod pictures;
mod place;
mod rows;
mod service;
#[cfg(unix)]
mod terminal;
mod tls;
mod wire;

pub(crate) use entries::Entry;
pub(crate) use library::{Nobody, transport};
pub(crate) use pictures::{PLACE, jpeg, photo, png, sha256, webp};
pub(crate) use place::{Done, KEY, Place, Run};
pub(crate) use rows::{row, rows};
pub(crate) use service::{Ledger, Service};
#[cfg(unix)]
pub(crate) use terminal::Terminal;
pub(crate) use tls::Impostor;
pub(crate) use wire::{Exchange, Request, Wire, answer, closed_port, json_answer};

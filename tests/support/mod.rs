//! The test harness.

#[cfg(target_os = "linux")]
mod browser;
mod commands;
mod committed;
mod env;
mod journal_rows;
mod json_schema;
mod library;
mod manifest;
#[cfg(unix)]
mod mcp;
mod mounts;
mod normalize;
mod pictures;
mod raw_server;
#[cfg(unix)]
mod screen;
mod service;
#[cfg(unix)]
mod shell;
#[cfg(unix)]
mod terminal;
mod untrusted_server;

#[cfg(target_os = "linux")]
pub(crate) use browser::Browser;
pub(crate) use commands::commands;
pub(crate) use committed::{committed_names, ensure_committed, ensure_committed_picture, printed};
pub(crate) use env::{KEY, Output, Run, Running, TestEnv};
pub(crate) use journal_rows::JobRow;
pub(crate) use json_schema::problems;
pub(crate) use library::{NoEvents, transport};
pub(crate) use manifest::{row, rows};
#[cfg(unix)]
pub(crate) use mcp::{Client, McpLines, call, params, progress, with_client};
pub(crate) use mounts::may_mount;
pub(crate) use pictures::{
    GPS_POSITION, animation, as_delivered, decode_rgb, encode_png, gradient, gradient_png, jpeg, noise,
    photo, png, sha256, webp,
};
pub(crate) use raw_server::{Connection, RawServer, Request, answer, closed_port, json_answer};
#[cfg(unix)]
pub(crate) use screen::Screen;
pub(crate) use service::{Ledger, Service};
#[cfg(unix)]
pub(crate) use shell::{Session, Shell, bash_candidates, fish_candidates};
#[cfg(unix)]
pub(crate) use terminal::{Terminal, send_signal};
pub(crate) use untrusted_server::UntrustedServer;

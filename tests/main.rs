//! The integration tests: one binary, with one file per topic.
//!
//! Each test runs the built program in an environment of its own ([`support::TestEnv`]), against the sandbox
//! ([`support::Service`]) or, if a server has to misbehave below HTTP, against a raw socket
//! ([`support::RawServer`]). A run must print nothing that its test does not expect.

#![cfg(test)]

mod support;

mod answers;
mod auth;
mod batch;
mod beforehand;
mod chains;
mod configuration;
mod crash;
mod cuts;
mod docs;
mod downloads;
mod fitting;
mod forgotten;
mod history;
mod inspect;
mod interface;
mod journal;
mod kinds;
mod manifests;
mod money;
mod moved;
mod old_journals;
mod outputs;
mod pace;
mod pixels;
mod progress;
mod records;
mod recover;
mod refusals;
mod reports;
mod request;
mod retries;
mod scripts;
mod secrecy;
mod several;
mod soak;
mod sources;
mod stale;
mod stand_in;
mod structure;

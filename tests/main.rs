//! The integration tests: one binary, one file a topic.
//!
//! Each test runs the built program in a place of its own ([`support::Place`]), against the sandbox
//! ([`support::Service`]) or, where a server has to do what no sane one does, against a bare socket
//! ([`support::Wire`]). A run must print nothing that its test did not announce.

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

//! The integration tests: one binary, with one file per topic.
//!
//! Each test runs the built program in an environment of its own ([`support::TestEnv`]), against the sandbox
//! ([`support::Service`]) or, if a server has to misbehave below HTTP, against a raw socket
//! ([`support::RawServer`]). A run must print nothing that its test does not expect.

#![cfg(test)]

mod support;

#[cfg(target_os = "linux")]
mod allocator;
mod answers;
mod audit;
mod auth;
mod batch;
mod broken_decoders;
mod budget;
mod chains;
mod colors;
mod compare;
mod completions;
mod concurrent_recovery;
mod config;
mod copies;
mod crash;
mod damage;
mod damaged_answers;
mod docs;
mod doctor;
mod doubts;
mod downloads;
mod early_answers;
mod fitting;
mod foreign_answers;
mod forms;
mod help;
mod history;
mod history_tree;
mod html_reports;
mod input_formats;
mod inspect;
mod interface;
mod journal;
mod kept_answers;
mod left_out;
mod man;
mod manifests;
mod masks;
mod mcp;
mod mcp_answers;
mod mcp_protocol;
mod merge;
mod metadata;
mod models;
mod old_journals;
mod open_files;
mod original_formats;
mod orphans;
mod output_modes;
mod outputs;
mod pages;
mod paid_before;
mod preflight;
mod progress;
mod prompts;
mod queues;
mod rate_limit;
mod recover;
mod references;
mod refusals;
mod refused_links;
mod replay;
mod reports;
mod request;
mod restore;
mod results;
mod retries;
mod reuse;
mod row_fields;
mod sandbox_hints;
mod sandbox_server;
mod schema;
mod secrets;
mod several_edits;
mod sheet;
mod show;
mod soak;
mod sources;
mod spending_limits;
mod stored_links;
mod structure;
mod successors;
mod successors_midway;
mod tables;
mod terminal;
mod truncated_answers;
mod unsaved_results;
mod usage_errors;
mod useless_links;
mod watch;

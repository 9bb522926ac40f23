//! Edits pictures from the command line.
//!
//! The map, from the command line down to bytes. Each module uses only modules below it; `tests/structure.rs`
//! checks that.
//!
//! - [`cli`]: the command line's definitions. [`commands`]: one file per command.
//! - [`man`]: the man pages. [`schema`]: what scripts can rely on, as data.
//! - [`ui`]: the only place that prints. [`error`]: kinds of failure, exit codes, hints.
//! - [`settings`]: every setting's value and origin. [`config`]: configuration and credentials on disk.
//!   [`env`](mod@env): the process environment, read once.
//! - [`batch`]: many edits: manifest, plan, budget, rate limiter, workers.
//! - [`edit`]: the paid path, and the only place that knows its order.
//! - [`journal`]: every job, durable before it matters.
//! - [`api`]: the client of the service.
//! - [`files`]: files that are complete or absent. [`secret`]: keys and signed links. [`money`]: exact sums of US
//!   dollars. [`braces`], [`duration`], [`color`], [`suggest`], [`error_chain`], [`hidden`]: small things that several modules need.
//!
//! Five folders are packages of their own, because tests need some of them optimized and all of them built once:
//!
//! - `src/cards`: the services and models that can be used, as data.
//! - [`sandbox`] (`src/sandbox`): the offline stand-in for the service. It shares no types with the client.
//! - [`picture`] (`src/picture`): reading, fitting, merging and writing pictures. [`pages`], in the same package: memory
//!   for large byte strings.
//! - `src/resize`: scaling, for both of them.
//! - `src/base`: [`digest`], [`sync`] and `seededit_base::parallel`: hashes, locks and work in parallel.

#![forbid(unsafe_code)]

pub(crate) mod api;
pub(crate) mod batch;
pub(crate) mod braces;
pub(crate) mod cli;
pub(crate) mod color;
pub(crate) mod commands;
pub(crate) mod config;
pub(crate) mod duration;
pub(crate) mod edit;
pub(crate) mod env;
pub(crate) mod error;
pub(crate) mod error_chain;
pub(crate) mod files;
pub(crate) mod hidden;
pub(crate) mod journal;
pub(crate) mod man;
pub(crate) mod money;
pub(crate) mod schema;
pub(crate) mod secret;
pub(crate) mod settings;
pub(crate) mod suggest;
pub(crate) mod ui;

pub(crate) use seededit_base::{digest, sync};
pub(crate) use seededit_cards as cards;
pub(crate) use seededit_picture::{self as picture, pages};
pub(crate) use seededit_sandbox as sandbox;

use std::ffi::OsString;

/// Parses `args`, runs the command, and returns the exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(code) = picture::serve_if_asked(&args) {
        return code;
    }
    picture::isolate_decoders();
    if let Some(words) = cli::words_to_complete(&args) {
        return commands::complete(&words, &env::Env::read());
    }
    files::raise_open_limit();
    let cli = match cli::parse(&args) {
        Ok(cli) => cli,
        Err(error) => return commands::report_parse_error(&error, &args, &env::Env::read()),
    };
    forbid_core_dumps();
    survive_size_limits();
    commands::run(cli, &env::Env::read())
}

/// Ignores the signal of the file size limit (`ulimit -f`), so that a write over the limit fails like one to a full disk
/// and does not kill a process that has just paid.
fn survive_size_limits() {
    #[cfg(unix)]
    {
        // A handled signal does not kill, and the write that caused it returns an error.
        let ignored = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let _ = signal_hook::flag::register(rustix::process::Signal::XFSZ.as_raw(), ignored);
    }
}

/// Disables core dumps, which would contain the key.
fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // If the system refuses that, nothing else can be done.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

/// The part of the crate that the integration tests, benchmarks and examples use. It is not a public interface and may
/// change at any time.
#[doc(hidden)]
pub mod testing {
    pub mod api {
        pub use crate::api::{
            BaseUrl, Downloads, Endpoint, Generation, HttpOptions, Model, Proxies, RequestPath, Seed,
            Transport,
        };
    }
    pub mod batch {
        pub use crate::batch::identity::{self, Discriminator};
        pub use crate::batch::{JobSpec, PictureRef, RequestDefaults};
    }
    pub mod cards {
        pub use crate::cards::{Catalog, ModelCard, Models, ServiceCard};
    }
    pub mod cli {
        pub use crate::cli::Cli;
    }
    pub mod config {
        pub use crate::config::{KEY_VARIABLE, Setting};
    }
    pub mod edit {
        pub use crate::edit::{
            Destination, Event, Events, Found, IfExists, Image, Interrupt, JobId, Output, OutputEncoding,
            Plan, Processing, Recovery, RunError, Service, Settled, Source, Unlimited, Work, run,
        };
    }
    pub mod env {
        pub use crate::env::VARIABLES;
    }
    pub mod error {
        pub use crate::error::ErrorKind;
    }
    pub mod schema {
        pub use crate::schema::{document, documents, page};
    }
    pub mod journal {
        pub use crate::journal::{
            AnswerStore, Answered, Artifact, Booking, CallInfo, Fidelity, Intent, Job, JobKeys, JobLock,
            Journal, State,
        };
    }
    #[cfg(fuzzing)]
    pub mod fuzzing {
        pub use crate::api::fuzzing::answer;
        pub use crate::batch::fuzzing::manifest;
    }
    pub mod picture {
        pub use crate::picture::fit::{FitOptions, describe, fit};
        pub use crate::picture::metadata::{Metadata, MetadataRule, Stamp, StoredOrientation};
        pub use crate::picture::{
            ChromaSubsampling, ColorSpace, Decoded, Encoding, Format, Header, Size, decode, encode,
            ensure_complete,
        };
    }
    pub mod sandbox {
        pub use crate::sandbox::{Options, RetryAfter, Sandbox};
    }
    pub mod secret {
        pub use crate::secret::ApiKey;
    }
}

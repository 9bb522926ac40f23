//! The client of the service: requests, answers, prices.
//!
//! `fields` and `endpoint` hold the parts of a request, and `request` encodes it. `generate` sends one POST
//! through an `exchange` of its own; `verdict` classifies its answer, with the parsers in `answer`, `inline_picture`, `price` and `refusal`, and `service_text` bounds what it says; `partial_json` parses what was cut
//! off; `retry` schedules the next attempt. `queue` asks what became of a request that a queue accepted. `download`
//! fetches a result, and `expiry` reads how long its link is valid. `account`, `logs`, `models` and `deprecations` fetch
//! the balance, the usage log, list prices and withdrawn models. `http` holds the clients that all of them use, `proxies`
//! parses the proxies of the environment, `connection_failure` describes why a request failed, `address` recognizes
//! private addresses, and `public_resolver` keeps downloads away from them.

mod account;
mod address;
mod answer;
mod answer_limit;
#[cfg(test)]
mod conformance;
mod connection_failure;
mod deprecations;
mod download;
mod endpoint;
mod exchange;
mod expiry;
mod fields;
#[cfg(fuzzing)]
pub mod fuzzing;
mod generate;
mod http;
mod inline_picture;
mod local_server;
mod logs;
mod models;
mod partial_json;
mod price;
mod probe;
mod proxies;
mod public_resolver;
mod queue;
mod refusal;
mod request;
mod result_item;
mod retry;
mod service_text;
mod verdict;

pub use account::{AccountError, balance};
pub use answer::Answer;
pub use deprecations::{Deprecation, deprecations};
pub use download::{DownloadError, Downloads, Trust};
pub use endpoint::{BaseUrl, Endpoint};
pub use expiry::expiry;
pub use fields::{FieldError, Guidance, Model, Prompt, RequestPath, ResponseFormat, Seed};
pub use generate::{Call, Obstacle, SendError, send};
pub use http::{HttpError, HttpOptions, Transport};
pub use local_server::{LocalServer, VisibleArea};
pub use logs::{LogRow, LoggedCall, SentCall, find_in_usage_log, usage_log};
pub use models::{ListedModel, listed_model, listed_models};
pub use price::Price;
pub use probe::reach;
pub use proxies::{Proxies, ProxyError, ProxyUrl};
pub use queue::{QueueState, Ticket, poll, queue_id};
pub use refusal::{Refusal, RefusalKind};
pub use request::{Body, Generation, Picture, PictureFile, Pictures, Preview, RequestId, TransferProgress};
pub use result_item::ResultItem;
pub use retry::{Retry, RetryAfter, RetryReason};
pub use verdict::{RawAnswer, UnknownOutcome, Verdict};

//! The service, as its client sees it: what is sent, what comes back, what it cost.
//!
//! `fields` and `endpoint` hold what a request is made of, and `request` puts it on the wire.
//! `generate` sends one POST; `verdict` says what its answer means, which `answer` and `refusal`
//! read; `retry` decides on a next attempt. `download` fetches a result, and `expiry` says until
//! when that can be done. `account`, `logs` and `models` ask about the key, about calls that were lost
//! sight of, and about prices. `http` holds the clients that all of them use, and `address`
//! tells what lies on this machine or its network.

mod account;
mod address;
mod answer;
mod connection_failure;
mod download;
mod endpoint;
mod expiry;
mod fields;
mod generate;
mod http;
mod local_server;
mod logs;
mod models;
mod refusal;
mod request;
mod retry;
mod verdict;

pub use account::{AccountError, balance};
pub use answer::{Answer, Price, ResultItem, dollars};
pub use download::{DownloadError, Downloads, Trust};
pub use endpoint::{BaseUrl, Endpoint};
pub use expiry::expiry;
pub use fields::{FieldError, Guidance, Model, Prompt, RequestPath, ResponseFormat, Seed, SizeRule};
pub use generate::{SendError, send};
pub use http::{HttpError, HttpOptions, Proxies, Transport};
pub use local_server::{LocalServer, VisibleArea};
pub use logs::{SentCall, find_in_usage_log};
pub use models::list_price;
pub use refusal::Refusal;
pub use request::{Body, Generation, ImageField, RequestId, TransferProgress};
pub use retry::{Retry, RetryAfter, RetryReason};
pub use verdict::{RawAnswer, UnknownOutcome, Verdict};

//! The service, as its client sees it: what is sent, what comes back, what it cost.
//!
//! `fields` and `endpoint` hold what a request is made of, `request` puts it on the wire, `generate`
//! sends one POST and says what became of it, `answer` and `refusal` read what came back, `retry`
//! decides on a next attempt, `download` fetches a result, `expiry` says until when, `account` and `logs` ask about the key and about calls that were lost sight of, and `http`
//! holds the clients that all of them use.

mod account;
mod answer;
mod download;
mod endpoint;
mod expiry;
mod fields;
mod generate;
mod http;
mod logs;
mod refusal;
mod request;
mod retry;

pub use account::{AccountError, Balance, balance};
pub use answer::{Answer, Item, Price};
pub use download::{DownloadError, Downloads, MAX_PICTURE_BYTES, Trust};
pub use endpoint::{BaseUrl, BaseUrlError, Endpoint};
pub use expiry::expiry;
pub use fields::{FieldError, Guidance, Model, Prompt, RequestPath, ResponseFormat, Seed, SizeRule};
pub use generate::{Doubt, RawAnswer, SendError, Verdict, send};
pub use http::{HttpError, HttpOptions, Proxies, Transport};
pub use logs::{Logged, Wanted, find_in_log};
pub use refusal::Refusal;
pub use request::{Body, Generation, ImageField, Meter, RequestId};
pub use retry::{Cause, DEFAULT_RETRIES, Retry, RetryAfter};

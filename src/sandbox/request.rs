//! A valid generation request, whatever its dialect.

use seededit_picture::Format;
use serde_json::{Map, Value};

use super::credits::Credits;
use super::host::Host;
use super::input::PictureInput;
use super::mask::MaskInput;
use super::models::{self, AnswerForm};
use super::size::TargetSize;

/// The model that the sandbox serves as if it had not been withdrawn.
pub(super) const MODEL: &str = models::SEEDEDIT.id;

/// What is to be drawn and how it is to be answered.
#[derive(Debug)]
pub(super) struct GenerationRequest {
    pub(super) host: Host,
    pub(super) model: String,
    /// The picture to edit; `None` draws a new one.
    pub(super) picture: Option<PictureInput>,
    /// A mask for the picture.
    pub(super) mask: Option<MaskInput>,
    pub(super) prompt: String,
    /// 0 or more.
    pub(super) seed: i64,
    /// The number of results.
    pub(super) count: u32,
    pub(super) size: TargetSize,
    pub(super) format: Format,
    /// Whether the results carry a visible watermark.
    pub(super) is_marked: bool,
    pub(super) delivery: Delivery,
    pub(super) answer: AnswerForm,
    /// Further members of the answer.
    pub(super) extra: Map<String, Value>,
    /// The price of one result.
    pub(super) price: Credits,
}

/// The form in which a result is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    Url,
    Base64,
    /// A data URI in the place of a link.
    DataUri,
}

/// A seed for a request without one.
pub(super) fn random_seed() -> i64 {
    i64::from(fastrand::i32(0..))
}

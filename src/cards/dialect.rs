//! The forms of a request.

use serde::Deserialize;

/// How a request is encoded, and how its answer arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// A flat JSON object with pictures as data URIs or links. The answer has the results.
    ImagesJson,
    /// A multipart form with pictures as files. The answer has the results.
    ImagesMultipart,
    /// A flat JSON object. The answer names a request, which is polled until its results can be fetched.
    Queue,
}

impl Dialect {
    /// The name in cards.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Dialect::ImagesJson => "images-json",
            Dialect::ImagesMultipart => "images-multipart",
            Dialect::Queue => "queue",
        }
    }
}

//! One result of an answer: a link, a picture, or why there is none.

use serde_json::Value;
use url::{ParseError, Url};

use crate::secret::SignedUrl;

use super::inline_picture::{self, is_data_uri};
use super::service_text;

/// One result.
#[derive(Clone)]
pub enum ResultItem {
    Link(SignedUrl),
    /// The bytes of the picture.
    Inline(Vec<u8>),
    /// A link without a host, which is relative to the service.
    Relative(String),
    /// A picture whose encoding is broken: the reason, and the bytes before the fault.
    Damaged {
        why: String,
        bytes: Vec<u8>,
    },
    /// The service made no picture; holds its reason.
    Failed(String),
    /// It has no readable link or picture; holds the reason.
    Unreadable(String),
}

impl std::fmt::Debug for ResultItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ResultItem::Link(link) => write!(f, "Link({link})"),
            ResultItem::Inline(bytes) => write!(f, "Inline({} bytes)", bytes.len()),
            ResultItem::Damaged { why, bytes } => write!(f, "Damaged({why}, {} bytes)", bytes.len()),
            ResultItem::Relative(_) => f.write_str("Relative"),
            ResultItem::Failed(why) => write!(f, "Failed({why})"),
            ResultItem::Unreadable(why) => write!(f, "Unreadable({why})"),
        }
    }
}

impl ResultItem {
    pub(super) fn read(item: &Value) -> ResultItem {
        let text = |name: &str| item[name].as_str().filter(|text| !text.is_empty());
        if let Some(data) = text("b64_json") {
            ResultItem::inline(data)
        } else if let Some(url) = text("url").or(item.as_str()) {
            ResultItem::link(url)
        } else if let Some(why) = reason(&item["error"]) {
            ResultItem::Failed(why)
        } else {
            ResultItem::Unreadable("the answer contains neither a link nor a picture".into())
        }
    }

    pub(super) fn is_readable(&self) -> bool {
        matches!(self, ResultItem::Link(_) | ResultItem::Inline(_) | ResultItem::Relative(_))
    }

    /// Decodes a picture that is Base64 or a data URI.
    pub(super) fn inline(data: &str) -> ResultItem {
        match inline_picture::decode(data) {
            Ok(bytes) => ResultItem::Inline(bytes),
            Err(why) => match inline_picture::decode_start(data) {
                bytes if bytes.is_empty() => ResultItem::Unreadable(why),
                bytes => ResultItem::Damaged { why, bytes },
            },
        }
    }

    pub(super) fn link(url: &str) -> ResultItem {
        if is_data_uri(url) {
            return ResultItem::inline(url);
        }
        match Url::parse(url) {
            Ok(url) => ResultItem::Link(SignedUrl::new(url)),
            Err(ParseError::RelativeUrlWithoutBase) if url.starts_with('/') && !url.starts_with("//") => {
                ResultItem::Relative(url.to_owned())
            }
            Err(error) => {
                ResultItem::Unreadable(format!("the link in the answer is not a valid URL: {error}"))
            }
        }
    }
}

/// Returns the message and the code of an error, shortened, with the queries of links redacted.
pub(super) fn reason(error: &Value) -> Option<String> {
    let text = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(code) => Some(code.to_string()),
        _ => None,
    };
    let message = text(&error["message"]).or_else(|| text(error));
    let reason = match (message, text(&error["code"])) {
        (Some(message), Some(code)) => {
            format!("{} ({})", service_text::message(&message), service_text::name(&code))
        }
        (message, code) => service_text::message(&message.or(code)?),
    };
    Some(reason)
}

//! What a tool answers: the records that its command prints with `--json`, and a small picture of the result.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Value, json};

use crate::batch::SessionLimit;
use crate::ui::Captured;

use super::super::preview::preview_within;

/// The longest side of a preview, in pixels. Models see larger pictures scaled down to it.
const LONGEST_SIDE: u32 = 1568;
/// The most bytes of a preview: as base64 text, which is a third longer, 500 KB.
const MAX_BYTES: usize = 375_000;

/// What a tool answers.
pub(super) struct Answer {
    body: Value,
    is_error: bool,
    /// A JPEG.
    preview: Option<Vec<u8>>,
}

/// What a picture is shown of.
pub(super) enum Shown {
    /// The first result.
    Result,
    File(PathBuf),
    Nothing,
}

impl Answer {
    /// Collects what a command printed. `code` is its exit code; `limit` is that of the session, if the command could pay.
    pub(super) fn of(captured: &Captured, code: u8, shown: &Shown, limit: Option<&SessionLimit>) -> Answer {
        let (records, mut notes) = (captured.records(), captured.notes());
        if !records.iter().any(|record| record["status"] == "error") {
            notes.extend(captured.errors());
        }
        let file = match shown {
            Shown::Result => records.iter().find_map(result),
            Shown::File(path) => Some(path.as_path()),
            Shown::Nothing => None,
        };
        let preview = file.and_then(|file| preview_within(file, LONGEST_SIDE, MAX_BYTES));
        let mut body = json!({"exit_code": code, "records": records, "notes": notes});
        if let Some(limit) = limit {
            body["session"] = json!({"limit_usd": limit.limit().value(), "spent_usd": limit.spent().value()});
        }
        Answer { body, is_error: code != 0, preview: preview.map(|preview| preview.jpeg) }
    }
}

impl From<Answer> for CallToolResult {
    fn from(answer: Answer) -> CallToolResult {
        let mut content = vec![ContentBlock::text(answer.body.to_string())];
        content.extend(answer.preview.map(|jpeg| ContentBlock::image(STANDARD.encode(jpeg), "image/jpeg")));
        let mut result =
            if answer.is_error { CallToolResult::error(content) } else { CallToolResult::success(content) };
        result.structured_content = Some(answer.body);
        result
    }
}

/// The file of a result.
fn result(record: &Value) -> Option<&Path> {
    let is_result = record["status"] == "ok" || record["status"] == "skipped";
    record["output"].as_str().filter(|_| is_result).map(Path::new)
}

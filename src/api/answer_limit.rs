//! The size limit of an answer.

use super::verdict::MAX_ANSWER_BYTES;

/// The size limit of an answer that contains the picture.
const MAX_INLINE_ANSWER_BYTES: usize = 64 << 20;

/// How large an answer may become, decided when it is larger than an answer without a picture.
#[derive(Debug)]
pub(super) struct AnswerLimit(usize);

impl Default for AnswerLimit {
    fn default() -> AnswerLimit {
        AnswerLimit(MAX_ANSWER_BYTES)
    }
}

impl AnswerLimit {
    /// Returns the limit in bytes, given the beginning of the answer.
    pub(super) fn of(&mut self, body: &[u8]) -> usize {
        if body.len() > self.0 && self.0 == MAX_ANSWER_BYTES && contains_picture(body) {
            self.0 = MAX_INLINE_ANSWER_BYTES;
        }
        self.0
    }
}

/// Returns whether the beginning of an answer shows that it contains a picture, as Base64 or as a data URI.
///
/// The service may send one even though a link was requested, and a paid result must not be discarded for
/// its size.
fn contains_picture(body: &[u8]) -> bool {
    const FIELD: &[u8] = b"\"b64_json\"";
    const DATA_URI: &[u8] = b"\"data:";
    let head = &body[..body.len().min(MAX_ANSWER_BYTES)];
    let is_base64 = |rest: &[u8]| {
        let mut rest = rest.iter().filter(|byte| !byte.is_ascii_whitespace());
        rest.next() == Some(&b':') && rest.next() == Some(&b'"')
    };
    (0..head.len())
        .map(|at| &head[at..])
        .any(|rest| rest.starts_with(DATA_URI) || rest.strip_prefix(FIELD).is_some_and(is_base64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inline_picture_is_detected_by_a_field_that_is_not_null_or_a_data_uri() {
        assert!(contains_picture(br#"{"created":1,"data":[{"url":null,"b64_json": "/9j/"#));
        assert!(contains_picture(br#"{"data":[{"b64_json":null},{"b64_json":"/9j/"#));
        assert!(contains_picture(br#"{"images":[{"url":"data:image/png;base64,iVBO"#));
        assert!(contains_picture(br#"{"images":["data:image/png;base64,iVBO"#));
        assert!(!contains_picture(br#"{"data":[{"url":"https://h","b64_json":null}]}"#));
        assert!(!contains_picture(br#"{"data":[{"url":"https://h/data:"}],"data":null}"#));
    }
}

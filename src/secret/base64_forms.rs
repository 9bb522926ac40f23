//! What Base64 makes of a key. Three characters of Base64 stand for each other's neighbors, so a key has three forms, by the
//! number of bytes before it.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;

/// Finds all places of `key` in the Base64 texts in `text`, of either alphabet. Characters that also depend on the bytes
/// around the key belong to its place.
pub(super) fn base64_occurrences(key: &[u8], text: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for before in 0..3 {
        let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(key.iter().copied()).collect();
        // The bits of a character at the border are shared with a byte that is not known.
        let start = (before * 8).div_ceil(6);
        let end = padded.len() * 8 / 6;
        let standard = STANDARD_NO_PAD.encode(&padded);
        let url_safe = URL_SAFE_NO_PAD.encode(&padded);
        for form in [Some(&standard), Some(&url_safe).filter(|form| **form != standard)].into_iter().flatten()
        {
            let fixed = &form.as_bytes()[start..end];
            for at in memmem::find_iter(text, fixed) {
                let has_more = !(padded.len() * 8).is_multiple_of(6)
                    && text.get(at + fixed.len()).is_some_and(is_base64);
                let from = at - usize::from(before > 0 && at > 0 && is_base64(&text[at - 1]));
                found.push(from..at + fixed.len() + usize::from(has_more));
            }
        }
    }
    found
}

fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_whatever_surrounds_it() {
        let key = b"sk-0123456789~~~???";
        for before in ["", "B", "Be", "Bearer ", "user:"] {
            for after in ["", "x", "xy", " and more"] {
                let whole = [before.as_bytes(), key, after.as_bytes()].concat();
                for text in [STANDARD_NO_PAD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                    let text = format!("\"{text}\"");
                    let found = base64_occurrences(key, text.as_bytes());
                    assert_eq!(found.len(), 1, "{before} {after}");
                    let mut left = text.into_bytes();
                    left.drain(found[0].clone());
                    let left = String::from_utf8(left).unwrap();
                    assert!(left.len() - 2 <= (before.len() + after.len()) * 4 / 3 + 2, "{left}");
                }
            }
        }
        assert!(
            base64_occurrences(key, STANDARD_NO_PAD.encode("something else entirely").as_bytes()).is_empty()
        );
    }
}

//! File names and servers' words, made harmless for a terminal.

use std::borrow::Cow;

/// `text` with every character that could move the cursor, change colours or turn the reading
/// direction written as an escape. Line breaks become `⏎`, so that one message stays one line.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => safe.push('⏎'),
            '\t' => safe.push(' '),
            c if is_hostile(c) => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    safe.into()
}

/// Control characters, and the marks, embeddings, overrides and isolates of the Unicode
/// bidirectional algorithm, and line and paragraph separators.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_and_direction_marks_are_written_out() {
        assert_eq!(sanitize("plain ünïcode 🐦"), "plain ünïcode 🐦");
        assert_eq!(sanitize("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(sanitize("gpj\u{202e}exe.jpg"), "gpj\\u{202e}exe.jpg");
        assert_eq!(sanitize("two\nlines"), "two⏎lines");
    }

    proptest! {
        #[test]
        fn nothing_hostile_is_left_of_any_text(text in "\\PC*|[\\x00-\\x1f\\u{7f}-\\u{9f}\\u{2028}-\\u{202e}]*") {
            prop_assert!(!sanitize(&text).contains(is_hostile));
        }
    }
}

//! Makes file names and messages of a server harmless for a terminal.

use std::borrow::Cow;

/// Escapes every character that could move the cursor, change colors or change the direction of the text. Line breaks
/// become `⏎`, so that one message stays one line.
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

/// Escapes the same characters in a line of JSON, with JSON escapes.
pub(super) fn escape_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_hostile) {
        return json.into();
    }
    // JSON has none of these characters outside of strings, and each is one UTF-16 unit.
    let escape = |c: char| if is_hostile(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    json.chars().map(escape).collect::<String>().into()
}

/// Whether a character is a control character, a line or paragraph separator, or a mark, embedding, override or isolate
/// of the Unicode bidirectional algorithm.
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

    #[test]
    fn hostile_characters_in_json_mean_the_same_and_do_nothing() {
        let json = serde_json::to_string("a\u{9b}31m\u{202e}b").unwrap();
        let escaped = escape_json(&json);
        assert_eq!(escaped, r#""a\u009b31m\u202eb""#);
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), "a\u{9b}31m\u{202e}b");
    }

    proptest! {
        #[test]
        fn nothing_hostile_is_left_of_any_text(text in "\\PC*|[\\x00-\\x1f\\u{7f}-\\u{9f}\\u{2028}-\\u{202e}]*") {
            prop_assert!(!sanitize(&text).contains(is_hostile));
        }
    }
}

//! Makes file names and messages of a server harmless for a terminal.

use std::borrow::Cow;

use crate::hidden::{is_hidden, is_joiner};

/// Escapes every character that could move the cursor, change colors, change the direction of the text, or hide in it.
/// Line breaks become `⏎`, so that one message stays one line.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| is_hidden(c) || is_joiner(c)) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut before = None;
    for c in text.chars() {
        match c {
            '\n' => safe.push('⏎'),
            '\t' => safe.push(' '),
            c if is_hidden(c) || is_joiner(c) && !joins_after(before) => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
        before = Some(c);
    }
    safe.into()
}

/// Escapes the same characters in a line of JSON, with JSON escapes.
pub(super) fn escape_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_hidden) {
        return json.into();
    }
    // JSON has none of these characters outside of strings.
    let mut safe = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_hidden(c) {
            safe.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            safe.push(c);
        }
    }
    safe.into()
}

/// Whether a joiner has a meaning after this character. In plain English it only hides.
fn joins_after(before: Option<char>) -> bool {
    before.is_some_and(|before| !before.is_ascii() && !is_joiner(before))
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
    fn zero_width_characters_are_written_out_unless_a_script_or_an_emoji_needs_them() {
        assert_eq!(sanitize("add\u{200b} a\u{2060} bird\u{feff}"), "add\\u{200b} a\\u{2060} bird\\u{feff}");
        assert_eq!(sanitize("a\u{200d}b\u{200c}\u{e0041}"), "a\\u{200d}b\\u{200c}\\u{e0041}");
        for text in ["👩\u{200d}🎨", "می\u{200c}خواهم"] {
            assert_eq!(sanitize(text), text);
        }
        assert_eq!(sanitize("é\u{200d}\u{200d}"), "é\u{200d}\\u{200d}");
        assert_eq!(escape_json("\"\u{e0041}\""), "\"\\udb40\\udc41\"");
        assert_eq!(serde_json::from_str::<String>(&escape_json("\"\u{e0041}\"")).unwrap(), "\u{e0041}");
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
            prop_assert!(!sanitize(&text).contains(is_hidden));
        }
    }
}

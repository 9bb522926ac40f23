//! The places of a key in a text, however JSON or a URL escapes it there.

use std::ops::Range;

/// Finds all places of `key`, which is visible ASCII, in one pass. Each of its characters may be escaped as in JSON or
/// as in a URL. With `only_words`, a place inside a longer word does not count.
pub(super) fn occurrences(key: &[u8], text: &[u8], only_words: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let Some(&first) = key.first() else { return found };
    let mut at = 0;
    // The end of the last escape. The letter in it is not part of a word.
    let mut escape_end = 0;
    while let Some(offset) = text[at..].iter().position(|byte| *byte == first || matches!(byte, b'\\' | b'%'))
    {
        let start = at + offset;
        let follows_word = start > escape_end && is_in_word(text.get(start - 1));
        match length_at(key, &text[start..]) {
            Some(length) if !(only_words && (follows_word || is_in_word(text.get(start + length)))) => {
                at = start + length;
                found.push(start..at);
            }
            _ => {
                let escape = Escape::read(&text[start..]);
                at = start + escape.as_ref().map_or(1, |escape| escape.length);
                escape_end = if escape.is_some() { at } else { escape_end };
            }
        }
    }
    found
}

fn is_in_word(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Returns the length of the key at the start of a text, if it is there.
fn length_at(key: &[u8], text: &[u8]) -> Option<usize> {
    let mut length = 0;
    for expected in key {
        let rest = &text[length..];
        length += match Escape::read(rest) {
            Some(escape) if escape.character == Some(*expected) => escape.length,
            _ if rest.first() == Some(expected) => 1,
            _ => return None,
        };
    }
    Some(length)
}

/// An escape in a JSON string or in a URL.
struct Escape {
    /// The character, if it is visible ASCII.
    character: Option<u8>,
    /// In bytes.
    length: usize,
}

impl Escape {
    /// Reads the escape at the start of a text, if there is one.
    fn read(text: &[u8]) -> Option<Escape> {
        let (start, letter) = (*text.first()?, *text.get(1)?);
        if start == b'%' {
            return Escape::from_digits(text, 1..3);
        }
        if start != b'\\' {
            return None;
        }
        match letter {
            b'"' | b'\\' | b'/' => Some(Escape { character: Some(letter), length: 2 }),
            b'b' | b'f' | b'n' | b'r' | b't' => Some(Escape { character: None, length: 2 }),
            b'u' => Escape::from_digits(text, 2..6),
            _ => None,
        }
    }

    /// Reads the escape that ends with these hexadecimal digits.
    fn from_digits(text: &[u8], digits: Range<usize>) -> Option<Escape> {
        let length = digits.end;
        let code = u32::from_str_radix(std::str::from_utf8(text.get(digits)?).ok()?, 16).ok()?;
        let character = u8::try_from(code).ok().filter(u8::is_ascii_graphic);
        Some(Escape { character, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(key: &str, text: &str, only_words: bool) -> Vec<String> {
        let places = occurrences(key.as_bytes(), text.as_bytes(), only_words);
        places.into_iter().map(|place| text[place].to_owned()).collect()
    }

    #[test]
    fn a_key_is_found_in_every_spelling() {
        for spelling in [
            r"a/b\c",
            r"a\/b\\c",
            r"\u0061/b\\c",
            r"\u0061\u002f\u0062\u005C\u0063",
            "a%2Fb%5cc",
            "%61%2f%62%5c%63",
        ] {
            let text = format!("x{spelling}{spelling}y");
            assert_eq!(found(r"a/b\c", &text, false), [spelling, spelling]);
        }
    }

    #[test]
    fn the_letter_of_an_escape_is_not_part_of_the_key() {
        // A line break, and "ab".
        assert!(found("nab", r"x\nab", false).is_empty());
        // A backslash, and "u0061b".
        assert!(found("ab", r"\\u0061b", false).is_empty());
        assert_eq!(found("ab", r"\nab", true), ["ab"]);
    }

    #[test]
    fn a_key_inside_of_a_word_is_found_only_if_that_is_asked_for() {
        for text in ["xab", "abx", "ab-1", "_ab", "1ab"] {
            assert_eq!(found("ab", text, false), ["ab"], "{text}");
            assert!(found("ab", text, true).is_empty(), "{text}");
        }
        for text in ["ab", "key=ab", "\"ab\"", "ab.", "Bearer ab,"] {
            assert_eq!(found("ab", text, true), ["ab"], "{text}");
        }
    }

    #[test]
    fn text_that_ends_early_has_no_key() {
        for text in ["", "a", r"\", r"\u00", r"\u0061", r"a\", "a%", "a%6", "%zz"] {
            assert!(found("ab", text, false).is_empty(), "{text}");
        }
    }
}

//! The places of a key in a text, however JSON, a URL, HTML or Base64 spells it there.

use std::ops::Range;

use memchr::{memchr3, memmem};

use super::base64_forms::base64_occurrences;
use super::escape::{Character, MAX_DEPTH};

/// Finds all places of `key`, which is visible ASCII, in order and apart from each other. Each of its characters may be
/// escaped as in JSON, in a URL or in HTML, up to twice, and all of it may be in Base64. With `only_words`, a place inside a
/// longer word does not count.
pub(super) fn occurrences(key: &[u8], text: &[u8], only_words: bool) -> Vec<Range<usize>> {
    if key.is_empty() {
        return Vec::new();
    }
    let mut found = escaped_occurrences(key, text, only_words);
    let encoded = base64_occurrences(key, text);
    if !encoded.is_empty() {
        found.extend(encoded);
        found.sort_by_key(|place| place.start);
        found.dedup_by(|later, earlier| {
            let overlaps = later.start < earlier.end;
            earlier.end = if overlaps { earlier.end.max(later.end) } else { earlier.end };
            overlaps
        });
    }
    found
}

/// Finds the places outside of Base64 in one pass.
fn escaped_occurrences(key: &[u8], text: &[u8], only_words: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut starts = Starts::new(key, text);
    let mut at = 0;
    // The end of the last escape. The letter in it is not part of a word.
    let mut escape_end = 0;
    while let Some(start) = starts.next(at) {
        let follows_word = start > escape_end && is_in_word(text.get(start - 1));
        match length_at(key, &text[start..]) {
            Some(length) if !(only_words && (follows_word || is_in_word(text.get(start + length)))) => {
                at = start + length;
                found.push(start..at);
            }
            _ => {
                let read = Character::read(&text[start..], 1);
                at = start + read.map_or(1, |read| read.length);
                escape_end = if read.is_some_and(|read| read.is_escape) { at } else { escape_end };
            }
        }
    }
    found
}

/// Finds where a key may begin: at its first two characters, or at an escape, or one character before it. An answer may have
/// many megabytes, so all other places are skipped at the speed of the memory.
struct Starts<'a> {
    key: &'a [u8],
    text: &'a [u8],
    pair: memmem::Finder<'a>,
    /// The last ones that were found; the length of the text if there are no more.
    next_pair: Option<usize>,
    next_escape: Option<usize>,
}

impl<'a> Starts<'a> {
    fn new(key: &'a [u8], text: &'a [u8]) -> Starts<'a> {
        let pair = memmem::Finder::new(&key[..key.len().min(2)]);
        Starts { key, text, pair, next_pair: None, next_escape: None }
    }

    /// Returns the first one at `at` or later.
    fn next(&mut self, at: usize) -> Option<usize> {
        let end = self.text.len();
        let rest = self.text.get(at..)?;
        let is_known = |found: Option<usize>| found.filter(|found| *found >= at);
        let pair = is_known(self.next_pair)
            .unwrap_or_else(|| self.pair.find(rest).map_or(end, |offset| at + offset));
        let escape = is_known(self.next_escape)
            .unwrap_or_else(|| memchr3(b'\\', b'%', b'&', rest).map_or(end, |offset| at + offset));
        (self.next_pair, self.next_escape) = (Some(pair), Some(escape));
        let follows_first = escape > at && escape < end && self.text.get(escape - 1) == self.key.first();
        Some(pair.min(if follows_first { escape - 1 } else { escape })).filter(|start| *start < end)
    }
}

fn is_in_word(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Returns the length of the key at the start of a text, if it is there: the longest, if it can be read in several ways.
fn length_at(key: &[u8], text: &[u8]) -> Option<usize> {
    let mut lengths = vec![0];
    for expected in key {
        let mut next = Vec::with_capacity(lengths.len());
        for length in lengths {
            for depth in 0..=MAX_DEPTH {
                if let Some(read) = Character::read(&text[length..], depth)
                    && read.byte == Some(*expected)
                    && !next.contains(&(length + read.length))
                {
                    next.push(length + read.length);
                }
            }
        }
        if next.is_empty() {
            return None;
        }
        lengths = next;
    }
    lengths.into_iter().max()
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
            "a%252Fb%255cc",
            r"a\\/b\\\\c",
            r"\\u0061\\u002f\\u0062\\u005C\\u0063",
            "a&#47;b&#x5c;c",
            "&#97;/b&#92;c",
            "a&amp;#47;b&#92;c",
            "YS9iXGM",
        ] {
            let text = format!("x{spelling}{spelling}y");
            assert_eq!(found(r"a/b\c", &text, false), [spelling, spelling]);
        }
    }

    #[test]
    fn the_letter_of_an_escape_is_not_part_of_the_key() {
        // A line break, and "ab".
        assert!(found("nab", r"x\nab", false).is_empty());
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

//! Characters of a text, however JSON, a URL or HTML escapes them there, even twice.

use std::ops::Range;

/// How often a character may be escaped: a JSON string in a JSON string, or a link in a link.
pub(super) const MAX_DEPTH: u32 = 2;

/// The named characters of HTML that a key may have.
const NAMES: [(&[u8], u8); 5] =
    [(b"amp;", b'&'), (b"lt;", b'<'), (b"gt;", b'>'), (b"quot;", b'"'), (b"apos;", b'\'')];

/// A character, and the number of bytes that it takes in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Character {
    /// `None` if it is not visible ASCII.
    pub(super) byte: Option<u8>,
    /// In bytes.
    pub(super) length: usize,
    /// Whether it is escaped.
    pub(super) is_escape: bool,
}

impl Character {
    /// Reads the character at the start of a text that is escaped up to `depth` times. `None` at its end.
    pub(super) fn read(text: &[u8], depth: u32) -> Option<Character> {
        let Some(inner) = depth.checked_sub(1) else {
            let byte = *text.first()?;
            return Some(Character { byte: Some(byte), length: 1, is_escape: false });
        };
        let first = Character::read(text, inner)?;
        let mut rest = Characters { text, at: first.length, depth: inner };
        let escaped = match first.byte {
            Some(b'%') => rest.number(2, 16),
            Some(b'\\') => rest.json(),
            Some(b'&') => rest.html(),
            _ => None,
        };
        match escaped {
            Some(byte) => Some(Character { byte, length: rest.at, is_escape: true }),
            None => Some(first),
        }
    }
}

/// The characters that follow the start of an escape.
struct Characters<'a> {
    text: &'a [u8],
    at: usize,
    depth: u32,
}

impl Characters<'_> {
    fn next(&mut self) -> Option<u8> {
        let found = Character::read(self.text.get(self.at..)?, self.depth)?;
        self.at += found.length;
        found.byte
    }

    /// Reads the character with this number of digits. The outer `None` means that there are none.
    fn number(&mut self, digits: usize, radix: u32) -> Option<Option<u8>> {
        let mut code = 0;
        for _ in 0..digits {
            code = code * radix + char::from(self.next()?).to_digit(radix)?;
        }
        Some(visible(code))
    }

    fn json(&mut self) -> Option<Option<u8>> {
        match self.next()? {
            letter @ (b'"' | b'\\' | b'/') => Some(Some(letter)),
            b'b' | b'f' | b'n' | b'r' | b't' => Some(None),
            b'u' => self.number(4, 16),
            _ => None,
        }
    }

    fn html(&mut self) -> Option<Option<u8>> {
        const MAX_DIGITS: Range<usize> = 1..7;
        let mut letters = Vec::new();
        while letters.last() != Some(&b';') && letters.len() < 9 {
            letters.push(self.next()?);
        }
        if let Some((_, byte)) = NAMES.iter().find(|(name, _)| *name == letters) {
            return Some(Some(*byte));
        }
        let digits = letters.strip_prefix(b"#")?.strip_suffix(b";")?;
        let (digits, radix) = match digits.strip_prefix(b"x").or(digits.strip_prefix(b"X")) {
            Some(digits) => (digits, 16),
            None => (digits, 10),
        };
        let text = std::str::from_utf8(digits).ok().filter(|text| MAX_DIGITS.contains(&text.len()))?;
        u32::from_str_radix(text, radix).ok().map(visible)
    }
}

fn visible(code: u32) -> Option<u8> {
    u8::try_from(code).ok().filter(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_read_through_each_kind_of_escape() {
        let read = |text: &str, depth| {
            let found = Character::read(text.as_bytes(), depth).unwrap();
            (found.byte, found.length)
        };
        for (text, depth) in [
            ("/", 1),
            ("/", 0),
            (r"\/", 1),
            (r"\u002F", 1),
            ("%2f", 1),
            ("&#47;", 1),
            ("&#x2F;", 1),
            (r"\\/", 2),
            (r"\\\/", 2),
            (r"\\u002f", 2),
            (r"\u005cu002f", 2),
            ("%252F", 2),
            ("&amp;#47;", 2),
            ("%26%2347;", 2),
        ] {
            assert_eq!(read(text, depth), (Some(b'/'), text.len()), "{text}");
        }
        assert_eq!(read("&amp;", 1), (Some(b'&'), 5));
        assert_eq!(read("&ampere", 1), (Some(b'&'), 1));
        assert_eq!(read(r"\n", 1), (None, 2));
    }
}

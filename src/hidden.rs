//! Characters that do something in a terminal or a text, and that nobody sees.

/// Whether a character is a control character, a line or paragraph separator, a mark, embedding, override or isolate of
/// the Unicode bidirectional algorithm, or one that no terminal shows and no script needs: a zero-width space, a word
/// joiner, an invisible operator, a byte order mark, an annotation mark, or a tag.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// Whether a character is zero-width, and joins or separates letters of some scripts, or emoji.
pub fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

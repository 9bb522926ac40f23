//! Text as roff: the language of man pages.

/// The beginning of a paragraph.
pub(super) const PARAGRAPH: &str = ".PP\n";

/// Escapes text for the inside of a line. Words in backticks become bold.
pub(super) fn inline(text: &str) -> String {
    let mut roff = String::new();
    for (index, part) in text.split('`').enumerate() {
        let part = escape(part);
        match index % 2 {
            1 => roff += &bold(&part),
            _ => roff += &part,
        }
    }
    roff
}

/// Sets roff in bold.
pub(super) fn bold(roff: &str) -> String {
    format!("\\fB{roff}\\fR")
}

/// Escapes text, leaving backticks as they are.
pub(super) fn escape(text: &str) -> String {
    let mut roff = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => roff += "\\e",
            '-' => roff += "\\-",
            // Otherwise typeset as a closing quote, an accent, or a raised mark.
            '\'' => roff += "\\(aq",
            '`' => roff += "\\(ga",
            '^' => roff += "\\(ha",
            '~' => roff += "\\(ti",
            c => roff.push(c),
        }
    }
    // At the beginning of a line, a dot would be a request.
    if roff.starts_with('.') { format!("\\&{roff}") } else { roff }
}

/// The heading of a section.
pub(super) fn section(title: &str) -> String {
    format!(".SH \"{}\"\n", escape(title))
}

/// A term, and the paragraph that explains it.
pub(super) fn term(term: &str, explanation: &str) -> String {
    format!(".TP\n{term}\n{}\n", inline(explanation))
}

/// Lines that stay as they are, set off from the text.
pub(super) fn literal<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let lines: String = lines.into_iter().map(|line| escape(line) + "\n").collect();
    format!("{PARAGRAPH}.nf\n{lines}.fi\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_interpreted_as_roff() {
        assert_eq!(escape(".TH \\fB it's a -n `x`"), "\\&.TH \\efB it\\(aqs a \\-n \\(gax\\(ga");
    }

    #[test]
    fn words_in_backticks_are_bold() {
        assert_eq!(inline("the setting `base_url`"), "the setting \\fBbase_url\\fR");
        assert_eq!(inline("`--x`, `y`"), "\\fB\\-\\-x\\fR, \\fBy\\fR");
    }
}

//! Line breaks for messages on a terminal.

/// Breaks a text at spaces so that it fits into `columns`, at least 20. A longer word stays whole, so that paths and
/// commands can be copied.
pub fn wrap(text: &str, columns: usize) -> String {
    let options = textwrap::Options::new(columns.max(20))
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// As [`wrap`], for a line of data: all lines but the first begin with `indent` spaces.
pub fn wrap_indented(text: &str, columns: usize, indent: usize) -> String {
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(columns.max(20))
        .subsequent_indent(&indent)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_break_between_words_only() {
        let text = "hint: run `seededit recover` to fetch what was paid for";
        assert_eq!(wrap(text, 30), "hint: run `seededit recover`\nto fetch what was paid for");
        assert_eq!(wrap(text, 200), text);
        let path = "error: cannot read /a/very/long/path/that/is/wider/than/the/terminal.jpg: no such file";
        assert_eq!(
            wrap(path, 24),
            "error: cannot read\n/a/very/long/path/that/is/wider/than/the/terminal.jpg:\nno such file"
        );
        // Wide characters count twice.
        assert_eq!(wrap("日本語 日本語 日本語 日本語", 20), "日本語 日本語 日本語\n日本語");
    }
}

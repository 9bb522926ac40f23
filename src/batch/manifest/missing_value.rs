//! What programs write for a value that is missing.

/// Whether a text is what databases, statistics programs and spreadsheets write for a value that is missing or could not be
/// computed, in any language: `NULL`, `nan`, `#REF!`. As a prompt, or in one, it would be paid for.
pub(super) fn stands_for_nothing(text: &str) -> bool {
    let text = text.trim();
    let is_word = matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "(null)" | "\\n" | "none" | "nan" | "nat" | "na" | "n/a" | "<na>" | "nil" | "undefined"
    );
    let is_code = |code: &str| !code.is_empty() && code.bytes().all(|digit| digit.is_ascii_digit());
    let is_error = |error: &str| {
        let is_part =
            |letter: char| letter.is_uppercase() || letter.is_ascii_digit() || "_/!?".contains(letter);
        error.chars().count() > 1 && error.chars().any(char::is_uppercase) && error.chars().all(is_part)
    };
    is_word || text.strip_prefix('#').is_some_and(is_error) || text.strip_prefix("Err:").is_some_and(is_code)
}

#[cfg(test)]
mod tests {
    use super::stands_for_nothing;

    #[test]
    fn words_and_errors_of_programs_stand_for_nothing_and_prompts_do_not() {
        for text in
            ["NULL", "None", " nan", "NaT", "NA", "\\N", "(null)", "<NA>", "Err:502", "#REF!", "#N/A", "#NV"]
                .into_iter()
                .chain(["#NAME?", "#DIV/0!", "#SPILL!", "#GETTING_DATA", "#BEZUG!", "#\u{dc}BERLAUF!"])
        {
            assert!(stands_for_nothing(text), "{text}");
        }
        for text in
            ["none of the people", "null island", "err: red", "#1", "#art", "#", "a #REF! sign", "night"]
        {
            assert!(!stands_for_nothing(text), "{text}");
        }
    }
}

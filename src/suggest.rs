//! Suggestions: "did you mean …?" for mistyped names, and commands to type.

use strsim::osa_distance;

/// The shortest word that counts as the beginning of a name: one or two letters begin too many.
const MIN_PREFIX: usize = 3;

/// Returns the candidate that `word` most likely was meant to be, or `None` if none is close.
///
/// Case does not count, and `-` and spaces count as `_`. A candidate is close if at most a third of the
/// letters differ (swapping two neighbors counts as one difference), or if `word` is its beginning.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = normalized(word);
    let length = word.chars().count();
    let rank = |candidate: &str| {
        let candidate = normalized(candidate);
        let distance = osa_distance(&word, &candidate);
        let is_near = distance <= length.max(candidate.chars().count()) / 3;
        let is_prefix = length >= MIN_PREFIX && candidate.starts_with(&word);
        // A near miss beats a longer name with the same beginning.
        (is_near || is_prefix).then_some((!is_near, distance))
    };
    let ranked = candidates.into_iter().filter_map(|candidate| Some((rank(candidate)?, candidate)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, candidate)| candidate)
}

/// Returns the end of a message about an unknown name: ``; did you mean `model`?``, or nothing.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    closest(word, candidates).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Returns a question about all names that may have been meant: ``did you mean `a` or `b`?``
pub(crate) fn did_you_mean_any(names: &[String]) -> String {
    /// More names are hard to read.
    const SHOWN: usize = 6;
    let quoted: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(SHOWN) {
        0 => match &quoted[..] {
            [first @ .., last] if !first.is_empty() => {
                format!("did you mean {} or {last}?", first.join(", "))
            }
            names => format!("did you mean {}?", names.concat()),
        },
        more => format!("did you mean {}, or one of {more} more?", quoted.join(", ")),
    }
}

/// A word as it is typed into a shell.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./+,:=@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    if word.contains(['"', '$', '`', '\\', '!']) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    format!("\"{word}\"")
}

/// Returns a name as it is compared: without case, and with `_` for `-` and spaces.
pub(crate) fn normalized(word: &str) -> String {
    word.trim().to_lowercase().replace(['-', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: [&str; 5] = ["base_url", "model", "timeout", "guidance_scale", "color"];

    #[test]
    fn typing_errors_lead_to_the_intended_name() {
        for (typed, meant) in [
            ("colour", "color"),
            ("modle", "model"),
            ("Base-URL", "base_url"),
            ("timout", "timeout"),
            ("guidance", "guidance_scale"),
        ] {
            assert_eq!(closest(typed, SETTINGS), Some(meant), "{typed}");
        }
    }

    #[test]
    fn an_unrelated_word_has_no_suggestion() {
        for typed in ["", "x", "password", "ti"] {
            assert_eq!(closest(typed, SETTINGS), None, "{typed}");
        }
        assert_eq!(closest("model", []), None);
    }

    #[test]
    fn a_near_miss_is_preferred_to_a_longer_name_with_the_same_beginning() {
        assert_eq!(closest("promp", ["prompt_file", "prompt"]), Some("prompt"));
    }

    #[test]
    fn a_suggestion_completes_a_sentence_or_is_empty() {
        assert_eq!(did_you_mean("modle", SETTINGS), "; did you mean `model`?");
        assert_eq!(did_you_mean("x", SETTINGS), "");
    }

    #[test]
    fn all_names_that_may_be_meant_are_listed() {
        let names = |count: usize| -> Vec<String> {
            ["a", "b", "c", "d", "e", "f", "g"][..count].iter().map(|name| (*name).to_owned()).collect()
        };
        assert_eq!(did_you_mean_any(&names(1)), "did you mean `a`?");
        assert_eq!(did_you_mean_any(&names(3)), "did you mean `a`, `b` or `c`?");
        assert_eq!(
            did_you_mean_any(&names(7)),
            "did you mean `a`, `b`, `c`, `d`, `e`, `f`, or one of 1 more?"
        );
    }

    #[test]
    fn arguments_are_quoted_for_the_shell() {
        for (word, typed) in
            [("bird", "bird"), ("a bird", "\"a bird\""), ("it's $5", r"'it'\''s $5'"), ("", "\"\"")]
        {
            assert_eq!(quoted(word), typed);
        }
    }
}

//! What a prompt asks the sandbox to draw, found by keywords.
//!
//! | prompt | effect |
//! | --- | --- |
//! | `night`, `autumn`, `sepia` and so on, see [`TINTS`] | the whole picture is tinted |
//! | `remove X`, `delete X`, `erase X` | a flat patch with X on it |
//! | a phrase with `bird` | a bird |
//! | `add X`, `put X` and so on, or any other phrase | a sticker with X on it |
//!
//! A tint and an object may come together: `add a boat at night`.

use super::canvas::Color;
use super::tint::Tint;

/// What is drawn for one prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawing {
    pub(super) tint: Option<Tint>,
    pub(super) object: Option<Object>,
}

/// What is drawn into a part of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Object {
    Bird,
    Sticker {
        text: String,
        /// The color that the prompt names, if any.
        color: Option<Color>,
    },
    Patch {
        text: String,
    },
}

/// The keywords of whole-picture edits. The first that occurs decides.
const TINTS: [(Tint, &[&str]); 9] = [
    (Tint::Gray, &["grayscale", "greyscale", "monochrome"]),
    (Tint::Sepia, &["sepia", "vintage"]),
    (Tint::Night, &["night", "nighttime", "midnight", "dark", "darker", "moonlight"]),
    (Tint::Sunset, &["sunset", "sunrise", "dusk", "dawn"]),
    (Tint::Snow, &["snow", "snowy", "snowing"]),
    (Tint::Winter, &["winter", "frost", "frosty", "icy"]),
    (Tint::Autumn, &["autumn", "fall"]),
    (Tint::Spring, &["spring"]),
    (Tint::Brighter, &["bright", "brighter", "lighter", "sunny"]),
];

/// A whole-picture edit that takes several words.
const BLACK_AND_WHITE: [&str; 3] = ["black", "and", "white"];

const ADD_VERBS: [&str; 8] = ["add", "put", "place", "draw", "insert", "include", "paint", "show"];
const REMOVE_VERBS: [&str; 4] = ["remove", "delete", "erase", "hide"];

/// Words at the beginning of a phrase that do not belong to its object.
const LEADING: [&str; 22] = [
    "a", "an", "the", "some", "more", "one", "it", "this", "that", "all", "please", "make", "turn", "change",
    "give", "let", "set", "have", "replace", "with", "to", "in",
];

/// Words at which the object of a verb ends.
const BOUNDARIES: [&str; 22] = [
    "and", "at", "in", "on", "to", "into", "onto", "with", "near", "by", "beside", "under", "over", "above",
    "below", "behind", "from", "of", "for", "during", "then", "next",
];

const COLORS: [(&str, Color); 13] = [
    ("red", Color([200, 44, 40])),
    ("orange", Color([236, 132, 32])),
    ("yellow", Color([240, 204, 56])),
    ("green", Color([40, 148, 72])),
    ("blue", Color([40, 104, 204])),
    ("purple", Color([124, 60, 168])),
    ("violet", Color([124, 60, 168])),
    ("pink", Color([232, 112, 164])),
    ("brown", Color([128, 80, 44])),
    ("black", Color([28, 28, 32])),
    ("white", Color([246, 246, 242])),
    ("gray", Color([128, 128, 132])),
    ("grey", Color([128, 128, 132])),
];

impl Drawing {
    /// Reads a prompt. Every prompt leads to a tint, an object, or both.
    pub(super) fn parse(prompt: &str) -> Drawing {
        let words: Vec<String> = prompt
            .split(|letter: char| !letter.is_alphanumeric() && letter != '\'' && letter != '-')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let verb = |verbs: &[&str]| words.iter().position(|word| verbs.contains(word));
        match (verb(&REMOVE_VERBS), verb(&ADD_VERBS)) {
            (Some(at), _) => {
                Drawing::with_verb(&words, at, |phrase| Object::Patch { text: phrase.join(" ") })
            }
            (None, Some(at)) => Drawing::with_verb(&words, at, addition),
            (None, None) => match tint(&words) {
                Some(tint) => Drawing { tint: Some(tint), object: None },
                None => Drawing { tint: None, object: Some(addition(without_leading(&words))) },
            },
        }
    }

    /// The object is the phrase behind the verb at `at`; a tint may stand anywhere else.
    fn with_verb(words: &[&str], at: usize, object: impl Fn(&[&str]) -> Object) -> Drawing {
        let (before, after) = words.split_at(at);
        let after = without_leading(after.get(1..).unwrap_or_default());
        let length = after.iter().position(|word| BOUNDARIES.contains(word)).unwrap_or(after.len());
        let (phrase, rest) = after.split_at(length);
        // `add snow` is no object, and neither is `add` alone.
        if let Some(tint) = tint(phrase).filter(|_| phrase.len() == 1) {
            return Drawing { tint: Some(tint), object: None };
        }
        let phrase = if phrase.is_empty() { words } else { phrase };
        Drawing { tint: tint(before).or_else(|| tint(rest)), object: Some(object(phrase)) }
    }
}

fn addition(phrase: &[&str]) -> Object {
    if phrase.iter().any(|word| matches!(*word, "bird" | "birds")) {
        return Object::Bird;
    }
    let named = |word: &&str| COLORS.iter().find(|(name, _)| name == word);
    let color = phrase.iter().find_map(named).map(|(_, color)| *color);
    Object::Sticker { text: phrase.join(" "), color }
}

/// The phrase from its first word that counts; all of it where none does.
fn without_leading<'a, 'b>(words: &'a [&'b str]) -> &'a [&'b str] {
    let first = words.iter().position(|word| !LEADING.contains(word)).unwrap_or(0);
    words.get(first..).unwrap_or_default()
}

fn tint(words: &[&str]) -> Option<Tint> {
    if words.windows(BLACK_AND_WHITE.len()).any(|window| window == BLACK_AND_WHITE) {
        return Some(Tint::Gray);
    }
    let has = |keywords: &[&str]| words.iter().any(|word| keywords.contains(word));
    TINTS.iter().find(|(_, keywords)| has(keywords)).map(|(tint, _)| *tint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sticker(text: &str) -> Drawing {
        Drawing { tint: None, object: Some(Object::Sticker { text: text.into(), color: None }) }
    }

    #[test]
    fn a_prompt_about_a_bird_draws_a_bird() {
        for prompt in ["add a bird", "Add a bird to the foreground of the photo", "two birds"] {
            assert_eq!(
                Drawing::parse(prompt),
                Drawing { tint: None, object: Some(Object::Bird) },
                "{prompt}"
            );
        }
    }

    #[test]
    fn keywords_about_the_whole_picture_tint_it() {
        let cases = [
            ("at night", Tint::Night),
            ("make it autumn", Tint::Autumn),
            ("in black and white", Tint::Gray),
            ("Snow, please", Tint::Snow),
            ("add snow", Tint::Snow),
            ("a bit brighter", Tint::Brighter),
        ];
        for (prompt, tint) in cases {
            assert_eq!(Drawing::parse(prompt), Drawing { tint: Some(tint), object: None }, "{prompt}");
        }
    }

    #[test]
    fn any_other_phrase_is_a_sticker_with_its_words() {
        assert_eq!(Drawing::parse("add a boat"), sticker("boat"));
        assert_eq!(Drawing::parse("put a sailing boat on the water"), sticker("sailing boat"));
        assert_eq!(Drawing::parse("clouds"), sticker("clouds"));
        assert_eq!(Drawing::parse("x"), sticker("x"));
        assert_eq!(Drawing::parse("the"), sticker("the"));
    }

    #[test]
    fn a_color_in_the_phrase_colors_the_sticker() {
        let red = Some(Color([200, 44, 40]));
        let object = Some(Object::Sticker { text: "red roof".into(), color: red });
        assert_eq!(Drawing::parse("a red roof"), Drawing { tint: None, object });
    }

    #[test]
    fn an_object_and_a_tint_can_be_combined() {
        let boat = sticker("boat").object;
        for prompt in ["add a boat at night", "make it night and add a boat"] {
            assert_eq!(Drawing::parse(prompt), Drawing { tint: Some(Tint::Night), object: boat.clone() });
        }
        assert_eq!(Drawing::parse("add a dark horse"), sticker("dark horse"));
    }

    #[test]
    fn a_removal_is_a_patch_with_the_name_of_the_object() {
        let object = Some(Object::Patch { text: "car".into() });
        assert_eq!(Drawing::parse("remove the car from the street"), Drawing { tint: None, object });
    }

    #[test]
    fn a_prompt_without_words_still_draws() {
        assert_eq!(Drawing::parse("!?"), sticker(""));
        assert_eq!(Drawing::parse("add"), sticker("add"));
    }
}

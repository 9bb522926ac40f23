//! The fields of a row: values with these names mean something. All others are columns of the user.

use crate::suggest::normalized;

/// What the text of a field in CSV is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// The path of a file.
    Path,
    /// One of some words in lower case.
    Word,
    /// A whole number.
    Count,
    /// A number that may have decimals.
    Decimal,
    /// `true` or `false`.
    Switch,
    /// Prompts: one, or a JSON list.
    Prompts,
    /// Paths: one, or a JSON list.
    Paths,
}

/// The fields by name. Those after `references` are flags of `batch` with the same names.
const FIELDS: [(&str, Kind); 33] = [
    ("image", Kind::Path),
    ("prompt", Kind::Text),
    ("output", Kind::Path),
    ("id", Kind::Text),
    ("seed", Kind::Count),
    ("guidance_scale", Kind::Decimal),
    ("watermark", Kind::Switch),
    ("model", Kind::Text),
    ("count", Kind::Count),
    ("then", Kind::Prompts),
    ("references", Kind::Paths),
    ("service", Kind::Text),
    ("region", Kind::Word),
    ("region_context", Kind::Word),
    ("mask", Kind::Path),
    ("mask_from", Kind::Word),
    ("mask_invert", Kind::Switch),
    ("preserve", Kind::Switch),
    ("keep_size", Kind::Switch),
    ("threshold", Kind::Decimal),
    ("feather", Kind::Decimal),
    ("alpha", Kind::Word),
    ("page", Kind::Count),
    ("fit", Kind::Word),
    ("keep_metadata", Kind::Switch),
    ("metadata", Kind::Word),
    ("record", Kind::Switch),
    ("keep_times", Kind::Switch),
    ("format", Kind::Word),
    ("quality", Kind::Count),
    ("if_exists", Kind::Word),
    ("size", Kind::Text),
    ("negative_prompt", Kind::Text),
];

/// The names of all fields.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name)
}

/// Returns the name of the field that a key of a JSON object is. The flag for `references` is `--reference`.
pub(super) fn of_key(key: &str) -> Option<&'static str> {
    if key == "reference" { Some("references") } else { names().find(|name| *name == key) }
}

/// Returns the name of the field that the header of a column is. Case does not count, and spaces and `-` count as `_`:
/// spreadsheets change both.
pub(super) fn of_header(header: &str) -> Option<&'static str> {
    of_key(&normalized(header))
}

/// What the text of a field in CSV is.
pub(super) fn kind(name: &str) -> Kind {
    FIELDS.iter().find(|(known, _)| *known == name).map_or(Kind::Text, |(_, kind)| *kind)
}

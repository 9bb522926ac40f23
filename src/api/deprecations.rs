//! The service's list of withdrawn models. Requests here are free and need no key.

use serde::Deserialize;

use crate::cards::Lists;

use super::account::{AccountError, get_without_key};
use super::endpoint::BaseUrl;
use super::http::Transport;

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    data: Vec<Deprecation>,
}

/// A model that was or will be withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Deprecation {
    pub id: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    /// `deprecated`, `superseded` or `withdrawn`.
    #[serde(default)]
    pub status: String,
    /// The id of the model that replaces it.
    pub replaced_by: Option<String>,
}

impl Deprecation {
    /// Whether this is about the model with this id or alias.
    pub fn is_of(&self, model: &str) -> bool {
        self.id == model || self.aliases.iter().any(|alias| alias == model)
    }
}

/// Fetches the list. It is empty if the service publishes none.
///
/// # Errors
/// See [`AccountError`].
pub fn deprecations(
    transport: &Transport,
    base: &BaseUrl,
    lists: &Lists,
) -> Result<Vec<Deprecation>, AccountError> {
    let Some(path) = &lists.deprecations else { return Ok(Vec::new()) };
    let listed: Listed = get_without_key(transport, base.join(path))?;
    Ok(listed.data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_found_by_its_id_and_its_aliases() {
        let text = r#"{"object":"list","data":[{"id":"maker/old","aliases":["old"],"status":"withdrawn",
            "deprecated_at":"2026-01-01","shutdown_at":"2026-01-21","replaced_by":"maker/new","reason":null}]}"#;
        let listed: Listed = serde_json::from_str(text).unwrap();
        let entry = &listed.data[0];
        assert!(entry.is_of("old") && entry.is_of("maker/old") && !entry.is_of("new"));
        assert_eq!(entry.replaced_by.as_deref(), Some("maker/new"));
    }
}

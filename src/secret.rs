//! Secrets: the API key, and signed links.
//!
//! Neither type can be printed by accident. `Debug` and `Display` are redacted, and only `expose` returns the
//! value.

mod base64_forms;
mod escape;
mod occurrences;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use occurrences::occurrences;

/// The minimum length of a key that is removed from texts: see [`ApiKey::redact_bytes`].
const MIN_REDACTED: usize = 8;
/// The minimum length of a key that occurs in no text by chance. Its first characters tell little about the rest.
const MIN_UNIQUE: usize = 16;

/// The API key. Its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct ApiKey(SecretString);

/// Why a text is not a valid key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("the key is empty")]
    Empty,
    /// It would not be valid in an HTTP header.
    #[error("the key contains a space, a line break or a non-ASCII character")]
    Character,
}

impl ApiKey {
    /// Parses a key. Surrounding white space is dropped.
    ///
    /// # Errors
    /// Fails if nothing is left, or a character is not visible ASCII.
    pub fn parse(text: &str) -> Result<ApiKey, KeyError> {
        let key = text.trim();
        if key.is_empty() {
            return Err(KeyError::Empty);
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(KeyError::Character);
        }
        Ok(ApiKey(SecretString::from(key)))
    }

    /// Returns no key, for a service that needs none.
    pub fn none() -> ApiKey {
        ApiKey(SecretString::from(""))
    }

    /// Whether this is no key.
    pub fn is_none(&self) -> bool {
        self.expose().is_empty()
    }

    /// Returns the key itself, for the header that sends it and the file that stores it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Returns the first 4 characters, enough to distinguish two keys, or none if the key is shorter than 16.
    pub fn redacted(&self) -> String {
        let key = self.expose();
        let shown = if key.len() >= MIN_UNIQUE { &key[..4] } else { "" };
        format!("{shown}…")
    }

    /// Removes this key, and the query of every link, from `text`.
    ///
    /// A server may echo what it was sent, so its messages are shown only after this.
    pub fn redact(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.redact_bytes(&mut bytes);
        redact_links(&String::from_utf8_lossy(&bytes))
    }

    /// Removes the key from a server's answer of any size, however JSON, a URL, HTML or Base64 spells it there. Returns whether it was there.
    ///
    /// A key of 16 characters or more is removed wherever it occurs: that is never chance, even in a large picture. A key of
    /// 8 to 15 characters is removed where it is a word of its own. A shorter one, which no service issues, may be an
    /// ordinary word that the answer cannot do without, and is not removed.
    pub fn redact_bytes(&self, body: &mut Vec<u8>) -> bool {
        let key = self.expose().as_bytes();
        if key.len() < MIN_REDACTED {
            return false;
        }
        let places = occurrences(key, body, key.len() < MIN_UNIQUE);
        if places.is_empty() {
            return false;
        }
        let mut redacted = Vec::with_capacity(body.len());
        let mut rest = 0;
        for place in places {
            redacted.extend_from_slice(&body[rest..place.start]);
            redacted.extend_from_slice(b"[key]");
            rest = place.end;
        }
        redacted.extend_from_slice(&body[rest..]);
        *body = redacted;
        true
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// A link that gives everyone who has it access to the picture while it is valid.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(Url);

impl SignedUrl {
    pub fn new(url: Url) -> SignedUrl {
        SignedUrl(url)
    }

    /// Returns the link itself, for the download.
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

/// Shows only the host, because some stores put the signature into the path.
impl fmt::Display for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/…", self.0.origin().ascii_serialization())
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedUrl({self})")
    }
}

/// Returns a link for display, without user and password, and with `?…` in place of a query.
pub fn redact_url(url: &Url) -> String {
    let mut shown = url.clone();
    let had_query = shown.query().is_some();
    shown.set_query(None);
    shown.set_fragment(None);
    // Both fail only for links that cannot have a user.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    format!("{shown}{}", if had_query { "?…" } else { "" })
}

/// Redacts the queries in a text that contains a link, as [`redact_links`] does. Other texts stay as they are.
pub fn without_queries(text: String) -> String {
    if text.contains("://") { redact_links(&text) } else { text }
}

/// Redacts the texts of a value as [`without_queries`] does, at any depth.
pub fn without_queries_in(value: &Value) -> Value {
    match value {
        Value::String(text) => without_queries(text.clone()).into(),
        Value::Array(values) => values.iter().map(without_queries_in).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), without_queries_in(value))).collect()
        }
        other => other.clone(),
    }
}

/// Redacts all queries in `text`, and the user and password of every link.
///
/// A query is a run without white space that starts with `?` (or `%3F`) and contains `=` (or `%3D`), whatever
/// the link around it looks like.
pub fn redact_links(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['?', '%']) {
        let (before, query) = rest.split_at(start);
        shown.push_str(before);
        let mark = if query.starts_with('?') { 1 } else { 3 };
        let encoded = query.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%3f"));
        let end = query.find(ends_query).unwrap_or(query.len());
        let words = query[..end].to_ascii_lowercase();
        if (mark == 1 || encoded) && (words.contains('=') || words.contains("%3d")) {
            shown.push_str("?…");
            rest = &query[end..];
        } else {
            shown.push_str(&query[..1]);
            rest = &query[1..];
        }
    }
    shown.push_str(rest);
    without_userinfo(&shown)
}

fn ends_query(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '`')
}

/// Removes the user and password from every `://user:password@host`.
fn without_userinfo(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, link) = rest.split_at(start + 3);
        shown.push_str(before);
        let end = link.find(|c: char| c == '/' || ends_query(c)).unwrap_or(link.len());
        let host = link[..end].rfind('@').map_or(0, |at| at + 1);
        shown.push_str(&link[host..end]);
        rest = &link[end..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn debug_output_never_contains_a_key() {
        let key = ApiKey::parse(KEY).unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(…)");
    }

    #[test]
    fn a_redacted_key_shows_four_characters_if_it_is_long_and_none_if_it_is_short() {
        assert_eq!(ApiKey::parse(KEY).unwrap().redacted(), "0123…");
        assert_eq!(ApiKey::parse("short-key").unwrap().redacted(), "…");
    }

    #[test]
    fn white_space_is_trimmed_around_a_key_and_refused_inside() {
        assert_eq!(ApiKey::parse(" abc\n").unwrap().expose(), "abc");
        assert_eq!(ApiKey::parse("a b").unwrap_err(), KeyError::Character);
        assert_eq!(ApiKey::parse("a\nb").unwrap_err(), KeyError::Character);
        assert_eq!(ApiKey::parse(" \n").unwrap_err(), KeyError::Empty);
    }

    #[test]
    fn a_link_is_shown_without_its_query_and_user() {
        let url = Url::parse("https://me:word@host.example/a/b.jpeg?X-Tos-Signature=abc#x").unwrap();
        assert_eq!(redact_url(&url), "https://host.example/a/b.jpeg?…");
        let plain = Url::parse("http://host.example:8080/a?b").unwrap();
        assert_eq!(redact_url(&plain), "http://host.example:8080/a?…");
        assert_eq!(format!("{:?}", SignedUrl::new(url)), "SignedUrl(https://host.example/…)");
    }

    #[test]
    fn the_query_of_a_link_is_redacted_in_every_spelling() {
        for spelled in
            [r"https:\/\/h\/a?Sig=x", "https%3A%2F%2Fh%2Fa%3FSig%3Dx", "//h/a?Sig=x", "/a?n='b'&Sig=x"]
        {
            assert!(!redact_links(spelled).contains("Sig"), "{spelled}");
        }
        assert_eq!(redact_links("is 50% = half? yes"), "is 50% = half? yes");
    }

    #[test]
    fn the_queries_of_links_are_redacted_in_a_value_of_any_depth() {
        let link = "https://u:p@h/x.jpg?Sig=1";
        let value = serde_json::json!({"a": link, "b": [{"c": link}, 3, "what? a = b"], "d": null});
        let shown = serde_json::json!({
            "a": "https://h/x.jpg?…", "b": [{"c": "https://h/x.jpg?…"}, 3, "what? a = b"], "d": null,
        });
        assert_eq!(without_queries_in(&value), shown);
    }

    #[test]
    fn messages_of_a_server_are_shown_without_the_key_and_signatures() {
        let key = ApiKey::parse(KEY).unwrap();
        let said =
            format!("no access for {KEY} to \"https://u:p@h/x.jpg?sig=1\" or https://h/y?b='c'&d, sorry?");
        assert_eq!(key.redact(&said), "no access for [key] to \"https://h/x.jpg?…\" or https://h/y?… sorry?");
    }

    #[test]
    fn a_key_is_removed_from_names_and_values_of_any_size() {
        let key = ApiKey::parse(KEY).unwrap();
        for padding in [0, 3 << 20] {
            let mut body =
                format!(r#"{{"x":"{}","{KEY}":1,"y":["a {KEY}"]}}"#, "A".repeat(padding)).into_bytes();
            assert!(key.redact_bytes(&mut body));
            let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((&answer["[key]"], &answer["y"][0]), (&1.into(), &"a [key]".into()));
        }
        assert!(!key.redact_bytes(&mut b"nothing".to_vec()));
    }

    #[test]
    fn a_short_key_is_removed_where_it_is_a_word() {
        let key = ApiKey::parse("local-key-13x").unwrap();
        assert_eq!(key.redact("no access for local-key-13x"), "no access for [key]");
        assert_eq!(key.redact("local-key-13xyz"), "local-key-13xyz");
        assert_eq!(ApiKey::parse("images").unwrap().redact("images"), "images");
    }
}

//! What must never be shown: the API key, and links that are keys themselves.
//!
//! Neither type can be printed by accident: `Debug` and `Display` show a mask, and the only way
//! to the value is a method whose name can be searched for.

use std::fmt;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

/// The length of the shortest key that is taken for a real one.
const SHORTEST_SECRET: usize = 16;

/// The key that authorises a paid call. Its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct ApiKey(SecretString);

/// Why a text cannot be a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Nothing, or only white space.
    #[error("the key is empty")]
    Empty,
    /// It could not stand in an HTTP header.
    #[error(
        "the key has a character that cannot be part of one (a space, a line break or a non-ASCII letter)"
    )]
    Character,
}

impl ApiKey {
    /// Takes a key as it was typed, stored or printed by a command; white space around it is dropped.
    ///
    /// # Errors
    /// When nothing is left, or a character is not visible ASCII.
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

    /// The key itself, for the one header that carries it and the one file that keeps it.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// Enough to tell two keys apart: the first 4 characters, or none of a key shorter than 16.
    pub fn hint(&self) -> String {
        let key = self.reveal();
        let shown = if self.is_secret() { &key[..4] } else { "" };
        format!("{shown}…")
    }

    /// `text` without this key and without the query of any link in it.
    ///
    /// A server may echo what it was sent; its words are shown only after this.
    pub fn scrub(&self, text: &str) -> String {
        let text = if self.is_secret() { text.replace(self.reveal(), "[key]") } else { text.to_owned() };
        mask_links(&text)
    }

    /// Whether the key is long enough to be one: a shorter one, which no service gives out, may be
    /// a word of the language.
    pub fn is_secret(&self) -> bool {
        self.reveal().len() >= SHORTEST_SECRET
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// A link that opens the picture for anyone who has it, for as long as it is valid.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(Url);

impl SignedUrl {
    /// Wraps a link that the service answered with.
    pub fn new(url: Url) -> SignedUrl {
        SignedUrl(url)
    }

    /// The link itself, for the request that follows it.
    pub fn reveal(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedUrl({self})")
    }
}

/// A link as it may be shown: no user, no password, and `?…` for a query.
pub fn mask(url: &Url) -> String {
    let mut shown = url.clone();
    let had_query = shown.query().is_some();
    shown.set_query(None);
    shown.set_fragment(None);
    // Both fail only for links that cannot have a user at all.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    format!("{shown}{}", if had_query { "?…" } else { "" })
}

/// `text` with every http(s) link in it cut at its query.
pub fn mask_links(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, link) = rest.split_at(start);
        let end = link.find(ends_link).unwrap_or(link.len());
        let (link, after) = link.split_at(end);
        shown.push_str(before);
        match link.split_once('?') {
            Some((address, _)) => {
                shown.push_str(without_user(address).as_ref());
                shown.push_str("?…");
            }
            None => shown.push_str(without_user(link).as_ref()),
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

fn ends_link(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\')
}

/// `://user:password@host/path` without the user.
fn without_user(link: &str) -> std::borrow::Cow<'_, str> {
    let host_end = link[3..].find('/').map_or(link.len(), |slash| slash + 3);
    match link[..host_end].rfind('@') {
        Some(at) => format!("://{}", &link[at + 1..]).into(),
        None => link.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_key_never_shows_in_debug_output() {
        let key = ApiKey::parse(KEY).unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(…)");
    }

    #[test]
    fn a_hint_is_four_characters_of_a_long_key_and_none_of_a_short_one() {
        assert_eq!(ApiKey::parse(KEY).unwrap().hint(), "0123…");
        assert_eq!(ApiKey::parse("short-key").unwrap().hint(), "…");
    }

    #[test]
    fn white_space_around_a_key_is_dropped_and_inside_it_is_refused() {
        assert_eq!(ApiKey::parse(" abc\n").unwrap().reveal(), "abc");
        assert_eq!(ApiKey::parse("a b").unwrap_err(), KeyError::Character);
        assert_eq!(ApiKey::parse("a\nb").unwrap_err(), KeyError::Character);
        assert_eq!(ApiKey::parse(" \n").unwrap_err(), KeyError::Empty);
    }

    #[test]
    fn a_link_is_shown_without_its_query_and_its_user() {
        let url = Url::parse("https://me:word@host.example/a/b.jpeg?X-Tos-Signature=abc#x").unwrap();
        assert_eq!(mask(&url), "https://host.example/a/b.jpeg?…");
        assert_eq!(format!("{:?}", SignedUrl::new(url)), "SignedUrl(https://host.example/a/b.jpeg?…)");
    }

    #[test]
    fn a_servers_words_are_shown_without_the_key_and_without_signatures() {
        let key = ApiKey::parse(KEY).unwrap();
        let said = format!("no access for {KEY} to \"https://u:p@h/x.jpg?sig=1\" or https://h/y?b, sorry");
        assert_eq!(key.scrub(&said), "no access for [key] to \"https://h/x.jpg?…\" or https://h/y?… sorry");
    }
}

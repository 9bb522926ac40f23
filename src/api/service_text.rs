//! Texts that a service wrote, for messages and the journal.

use crate::error_chain::shortened;
use crate::secret::redact_links;

/// The most characters of a message. The longest ones that services are known to send have a few hundred.
const MAX_MESSAGE: usize = 1000;
/// The most characters of an id or an error code.
const MAX_NAME: usize = 200;

/// Returns a message with the queries of links redacted, and shortened if it is longer than any message needs to be.
pub(super) fn message(text: &str) -> String {
    shortened(&redact_links(text), MAX_MESSAGE)
}

/// Returns an id or an error code, shortened in the same way.
pub(super) fn name(text: &str) -> String {
    shortened(text, MAX_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_length_becomes_a_message() {
        assert_eq!(message("Too Many Requests"), "Too Many Requests");
        assert_eq!(message(&"é".repeat(MAX_MESSAGE)).chars().count(), MAX_MESSAGE);
        let long = message(&"é".repeat(200_000));
        assert_eq!(long.chars().count(), MAX_MESSAGE + 1);
        assert!(long.ends_with("é…"));
    }

    #[test]
    fn a_link_is_redacted_before_the_text_is_shortened() {
        let text = format!("{} https://a.example/x?sig=5ecret", "x".repeat(MAX_MESSAGE - 30));
        assert!(!message(&text).contains("5ecret"));
    }
}

//! Lengths of time as people type them.

use std::time::Duration;

use jiff::SignedDuration;

/// Reads a length of time: `500ms`, `30s`, `5m`, `1h30m`, `1.5s`, or a plain number of seconds.
///
/// Zero is a length of time, a negative one is not. Units reach up to hours: days and longer have
/// no fixed length. The error is a sentence fragment that fits behind clap's "invalid value".
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let plain_seconds = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let typed = if plain_seconds {
        format!("{text}s")
    } else {
        text.to_owned()
    };
    let signed: SignedDuration = typed
        .parse()
        .map_err(|_| "expected a length of time such as 500ms, 30s or 5m".to_owned())?;
    Duration::try_from(signed).map_err(|_| "a length of time cannot be negative".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_understood() {
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse_duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(parse_duration("24h"), Ok(Duration::from_secs(86_400)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5_400)));
    }

    #[test]
    fn a_plain_number_counts_seconds() {
        assert_eq!(parse_duration("0"), Ok(Duration::ZERO));
        assert_eq!(parse_duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("1.5"), Ok(Duration::from_millis(1_500)));
    }

    #[test]
    fn what_is_not_a_length_of_time_is_refused() {
        for text in [
            "",
            ".",
            "soon",
            "5 apples",
            "1.2.3",
            "99999999999999999999",
            "s",
        ] {
            assert!(parse_duration(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_negative_length_says_so() {
        assert_eq!(
            parse_duration("-5s"),
            Err("a length of time cannot be negative".to_owned())
        );
    }
}

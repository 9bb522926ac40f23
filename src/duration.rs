//! Durations as users type them: `500ms`, `30s`, `5m`, `1m30s`, or plain seconds.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::fmt::friendly::SpanPrinter;

/// The longest timeout: a day, after which the link of a result has expired.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest duration. A larger number could overflow the clock.
const MAX_DURATION: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Parses a duration. A number without a unit is in seconds; `0` is allowed.
///
/// # Errors
/// Rejects negative durations and more than a year. The message shows how to write a duration.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')) {
        return Err("a duration cannot be negative; write it like `30s`, `5m`, `1m30s` or `500ms`".into());
    }
    let parsed = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => text.parse::<SignedDuration>().ok().and_then(|signed| Duration::try_from(signed).ok()),
    };
    match parsed {
        None => Err("not a duration; write it like `30s`, `5m`, `1m30s` or `500ms`".into()),
        Some(long) if long > MAX_DURATION => Err("must be at most a year".into()),
        Some(duration) => Ok(duration),
    }
}

/// Parses a timeout: a duration as in [`parse_duration`], longer than zero and at most a day.
pub fn parse_timeout(text: &str) -> Result<Duration, String> {
    match parse_duration(text)? {
        Duration::ZERO => Err("must be longer than zero".into()),
        long if long > MAX_TIMEOUT => Err("must be at most 24h".into()),
        timeout => Ok(timeout),
    }
}

/// Formats a duration as [`parse_duration`] accepts it: `5m`, `1m30s`, `500ms`.
pub fn format_duration(duration: Duration) -> String {
    let Ok(signed) = SignedDuration::try_from(duration) else { return format!("{}s", duration.as_secs()) };
    SpanPrinter::new().spacing(jiff::fmt::friendly::Spacing::None).duration_to_string(&signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_unit_is_seconds() {
        assert_eq!(parse_duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("0.5"), Ok(Duration::from_millis(500)));
    }

    #[test]
    fn units_may_be_combined() {
        assert_eq!(parse_duration("1m30s"), Ok(Duration::from_secs(90)));
        assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
    }

    #[test]
    fn negative_durations_and_nonsense_are_refused() {
        for bad in ["-5s", "-1", "", "soon", "NaN", "inf", "1e300", "1e19", "366d"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
        for negative in ["-5s", "-1", "-0.5", "-1m30s"] {
            assert!(parse_duration(negative).unwrap_err().starts_with("a duration cannot be negative"));
        }
        assert_eq!(parse_duration("0s"), Ok(Duration::ZERO));
    }

    #[test]
    fn a_timeout_is_longer_than_zero_and_at_most_a_day() {
        for bad in ["0", "0ms", "25h", "1e18"] {
            assert!(parse_timeout(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_timeout("24h"), Ok(MAX_TIMEOUT));
    }

    #[test]
    fn a_formatted_duration_can_be_parsed() {
        for millis in [1, 500, 1_000, 90_000, 300_000, 3_600_000] {
            let duration = Duration::from_millis(millis);
            assert_eq!(
                parse_duration(&format_duration(duration)),
                Ok(duration),
                "{}",
                format_duration(duration)
            );
        }
        assert_eq!(format_duration(Duration::from_secs(300)), "5m");
    }
}

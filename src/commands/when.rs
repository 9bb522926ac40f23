//! Parses and formats times in the past.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use crate::error::Failure;

/// Parses a local date (its start), a local date and time, a timestamp with a zone, or an age (`12h`, `7d`, `2w`)
/// into milliseconds since 1970.
pub(super) fn parse(text: &str, now: &Zoned) -> Result<i64, Failure> {
    let zone = now.time_zone();
    let local = |time: DateTime| time.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
    let ago = |text: &str| -> Option<Timestamp> {
        let span: Span = text.parse().ok()?;
        Some(now.checked_sub(span.abs()).ok()?.timestamp())
    };
    // The most exact form first: the others would accept its beginning.
    let time = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| text.parse::<DateTime>().ok().filter(|_| text.len() > 10).and_then(local))
        .or_else(|| {
            text.parse::<Date>().ok().and_then(|date| local(date.to_datetime(jiff::civil::Time::midnight())))
        })
        .or_else(|| ago(text));
    time.map(Timestamp::as_millisecond).ok_or_else(|| {
        Failure::usage(format!("`{text}` is not a time"))
            .hint("write it like 2026-01-31, 2026-01-31T12:00 or 7d")
    })
}

/// Formats a time as `2026-01-31 12:00:05`, in the local time zone.
pub(super) fn show(millis: i64) -> String {
    let time = Timestamp::from_millisecond(millis).unwrap_or_default();
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Zoned {
        "2026-03-10T12:00:00+00:00[UTC]".parse().unwrap()
    }

    #[test]
    fn every_form_of_a_time_is_parsed() {
        for (text, time) in [
            ("2026-03-01", "2026-03-01T00:00:00Z"),
            ("2026-03-01T10:30", "2026-03-01T10:30:00Z"),
            ("2026-03-01 10:30:05", "2026-03-01T10:30:05Z"),
            ("2026-03-01T10:30:05Z", "2026-03-01T10:30:05Z"),
            ("7d", "2026-03-03T12:00:00Z"),
            ("12h", "2026-03-10T00:00:00Z"),
            ("2w", "2026-02-24T12:00:00Z"),
        ] {
            let expected: Timestamp = time.parse().unwrap();
            assert_eq!(parse(text, &now()).unwrap(), expected.as_millisecond(), "{text}");
        }
        for bad in ["", "yesterday", "2026-13-01"] {
            assert!(parse(bad, &now()).is_err(), "{bad}");
        }
    }
}

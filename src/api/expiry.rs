//! The expiry time of a signed link, read from the link itself.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::secret::SignedUrl;

/// Returns when `link` expires, or `None` if it does not say.
///
/// Understands `X-Tos-Date` with `X-Tos-Expires` (the service's store), the same with `X-Amz-`, and
/// `Expires` in seconds since 1970.
pub fn expiry(link: &SignedUrl) -> Option<Timestamp> {
    let url = link.expose();
    for store in ["X-Tos", "X-Amz"] {
        let date = parameter(url, &format!("{store}-Date"));
        let seconds = parameter(url, &format!("{store}-Expires"));
        if let (Some(date), Some(seconds)) = (date, seconds) {
            let signed = DateTime::strptime("%Y%m%dT%H%M%SZ", &date).ok()?;
            let signed = signed.to_zoned(TimeZone::UTC).ok()?.timestamp();
            return signed.checked_add(SignedDuration::from_secs(seconds.parse().ok()?)).ok();
        }
    }
    Timestamp::from_second(parameter(url, "Expires")?.parse().ok()?).ok()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str) -> Option<String> {
        let link = SignedUrl::new(Url::parse(&format!("https://h.example/x.jpeg?{query}")).unwrap());
        expiry(&link).map(|time| time.to_string())
    }

    #[test]
    fn every_form_of_an_expiry_time_is_read() {
        let day = Some("2025-08-06T15:43:03Z".to_owned());
        assert_eq!(of("X-Tos-Date=20250805T154303Z&X-Tos-Expires=86400"), day);
        assert_eq!(of("X-Amz-Expires=86400&X-Amz-Date=20250805T154303Z"), day);
        assert_eq!(of("Expires=1754494983&Signature=x"), day);
    }

    #[test]
    fn invalid_expiry_times_are_ignored() {
        for query in [
            "",
            "X-Tos-Date=20250805T154303Z",
            "X-Tos-Date=x&X-Tos-Expires=1",
            "Expires=soon",
            "X-Tos-Date=20250805T154303Z&X-Tos-Expires=99999999999999999999",
        ] {
            assert_eq!(of(query), None, "{query}");
        }
    }
}

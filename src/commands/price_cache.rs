//! List prices that services have stated, kept for a day in the data directory, so that a dry run knows them without the
//! network.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::api::{BaseUrl, Model};
use crate::files::{read_small, write_private};

/// The file in the data directory.
const FILE: &str = "prices.json";
/// How long a price is kept, in seconds.
const MAX_AGE: i64 = 24 * 60 * 60;

/// A price that a service has stated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    base_url: String,
    model: String,
    usd: f64,
    /// In seconds since 1970.
    fetched: i64,
}

/// The prices in a data directory.
///
/// Several processes can use it at once: the file is replaced as a whole. If two write at the same time, the prices of
/// one are lost and fetched again, which costs nothing. A file that cannot be read counts as empty.
pub(super) struct PriceCache {
    path: PathBuf,
}

impl PriceCache {
    /// Returns the cache in a data directory, which need not exist.
    pub(super) fn at(data_dir: &Path) -> PriceCache {
        PriceCache { path: data_dir.join(FILE) }
    }

    /// Returns the price in US dollars that the service at this base URL stated, and when. `None` after a day.
    pub(super) fn get(&self, base: &BaseUrl, model: &Model, now: Timestamp) -> Option<(f64, Timestamp)> {
        let base = base.to_string();
        let row =
            self.rows(now).into_iter().find(|row| row.base_url == base && row.model == model.as_str())?;
        Some((row.usd, Timestamp::from_second(row.fetched).ok()?))
    }

    /// Keeps prices that the service at this base URL stated now. Without them, they are only fetched again: a failure to
    /// write is ignored.
    pub(super) fn put<'a>(
        &self,
        base: &BaseUrl,
        prices: impl IntoIterator<Item = (&'a str, f64)>,
        now: Timestamp,
    ) {
        let base = base.to_string();
        let mut rows = self.rows(now);
        for (model, usd) in prices {
            rows.retain(|row| row.base_url != base || row.model != model);
            rows.push(Row { base_url: base.clone(), model: model.to_owned(), usd, fetched: now.as_second() });
        }
        if let Ok(text) = serde_json::to_vec(&rows) {
            let _ = write_private(&self.path, &text);
        }
    }

    /// Returns the prices of the last day. A clock that was set back makes a price look like one of the future, whose age
    /// is not known.
    fn rows(&self, now: Timestamp) -> Vec<Row> {
        let text = read_small(&self.path).unwrap_or_default();
        let mut rows: Vec<Row> = serde_json::from_str(&text).unwrap_or_default();
        rows.retain(|row| (0..MAX_AGE).contains(&(now.as_second() - row.fetched)) && row.usd > 0.0);
        rows
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn base(url: &str) -> BaseUrl {
        url.parse().unwrap()
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_price_is_kept_for_a_day_and_for_its_service_only() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, model) = (PriceCache::at(&dir.path().join("new")), "maker/m".parse().unwrap());
        let (one, other) = (base("https://one.example"), base("https://other.example"));
        let noon = time("2026-11-29T12:00:00Z");
        assert_eq!(cache.get(&one, &model, noon), None);
        cache.put(&one, [("maker/m", 0.04), ("maker/n", 0.05)], noon);
        cache.put(&one, [("maker/n", 0.06)], noon);
        assert_eq!(cache.get(&one, &model, time("2026-11-30T11:59:59Z")), Some((0.04, noon)));
        assert_eq!(cache.get(&one, &"maker/n".parse().unwrap(), noon), Some((0.06, noon)));
        assert_eq!(cache.get(&one, &model, time("2026-11-30T12:00:00Z")), None);
        assert_eq!(cache.get(&one, &model, time("2026-11-29T11:00:00Z")), None);
        assert_eq!(cache.get(&other, &model, noon), None);
    }

    #[test]
    fn a_damaged_file_counts_as_empty_and_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (cache, model) = (PriceCache::at(dir.path()), "m".parse().unwrap());
        let (base, now) = (base("https://one.example"), time("2026-11-29T12:00:00Z"));
        for text in ["", "{", "[7]", r#"[{"base_url":"https://one.example","model":"m","usd":"free"}]"#] {
            fs::write(dir.path().join(FILE), text).unwrap();
            assert_eq!(cache.get(&base, &model, now), None, "{text}");
        }
        cache.put(&base, [("m", 0.04)], now);
        assert_eq!(cache.get(&base, &model, now), Some((0.04, now)));
    }
}

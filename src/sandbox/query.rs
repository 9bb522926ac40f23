//! The query of a request.

use url::Url;

use super::problem::Problem;

/// The query parameters. Each is taken once, and none may remain.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn from_url(url: &Url) -> Query {
        Query(url.query_pairs().into_owned().collect())
    }

    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        Some(self.0.swap_remove(at).1)
    }

    pub(super) fn count(&mut self, name: &str, default: usize) -> Result<usize, Problem> {
        let Some(text) = self.take(name) else {
            return Ok(default);
        };
        text.parse().map_err(|_| Problem::query(&format!("{name}: expected a number")))
    }

    pub(super) fn finish(self) -> Result<(), Problem> {
        match self.0.first() {
            Some((name, _)) => Err(Problem::query(&format!("{name}: unknown or repeated"))),
            None => Ok(()),
        }
    }
}

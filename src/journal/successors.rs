//! Which model was used instead of one that a service had withdrawn.

use rusqlite::{OptionalExtension, params};

use super::open::{Journal, JournalError};

impl Journal {
    /// Returns the model that was used instead of `model` of the service at this base URL.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn successor(&self, base_url: &str, model: &str) -> Result<Option<String>, JournalError> {
        let sql = "SELECT successor FROM successor WHERE base_url = ?1 AND model = ?2";
        let found = self.connection().query_row(sql, params![base_url, model], |row| row.get(0)).optional();
        found.map_err(|error| self.failure(error))
    }

    /// Remembers the model that is used instead of `model` from now on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remember_successor(
        &self,
        base_url: &str,
        model: &str,
        successor: &str,
        now: i64,
    ) -> Result<(), JournalError> {
        self.transact(|transaction| {
            let sql = "INSERT OR REPLACE INTO successor (base_url, model, successor, noticed)
                       VALUES (?1, ?2, ?3, ?4)";
            transaction.execute(sql, params![base_url, model, successor, now]).map(drop)
        })
    }

    /// Forgets which model is used instead of `model`, so that the next edit tries that model again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget_successor(&self, base_url: &str, model: &str) -> Result<(), JournalError> {
        self.transact(|transaction| {
            let sql = "DELETE FROM successor WHERE base_url = ?1 AND model = ?2";
            transaction.execute(sql, params![base_url, model]).map(drop)
        })
    }
}

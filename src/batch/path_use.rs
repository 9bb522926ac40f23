//! What orders do with files besides writing their results to them: a result that goes there is in their way.

use rusqlite::params;

use super::plan_store::{Conflict, Done, PlanStore};

/// What a file is to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathUse {
    /// Its picture.
    Picture = 0,
    /// A directory that is to be made for its result.
    Directory = 1,
    /// Where the result of a step before its last one goes, if that has to be kept.
    Step = 2,
    /// Where the report goes; that of the whole run, so it is no wish's.
    Report = 3,
    /// The mask; that of the whole run, too.
    Mask = 4,
    /// Where an earlier result of its lies, from where it is to be copied.
    Result = 5,
}

impl PlanStore {
    /// Notes what a file is to a wish.
    pub(super) fn claim(&self, file: &[u8], claim: PathUse, wish: i64) -> Done<()> {
        self.0
            .prepare_cached("INSERT OR IGNORE INTO claim (file, kind, wish) VALUES (?1, ?2, ?3)")?
            .execute(params![file, claim as u8, wish])
            .map(drop)
    }

    /// Notes what a file is to the entry at a place.
    pub(super) fn claim_at(&self, file: &[u8], claim: PathUse, place: u64) -> Done<()> {
        let wish = "SELECT wish FROM entry WHERE place = ?1";
        let wish = self.0.prepare_cached(wish)?.query_row([place], |row| row.get(0))?;
        self.claim(file, claim, wish)
    }

    /// Shows the entries whose result goes to a file that is so claimed; with `by_others`, by another wish
    /// than their own.
    pub(super) fn claimed(
        &self,
        claim: PathUse,
        by_others: bool,
        see: &mut dyn FnMut(Conflict) -> Done<()>,
    ) -> Done<()> {
        let whose = if by_others { "AND claim.wish <> entry.wish" } else { "" };
        // Rows that share a result have it lie where one of them wants it.
        let kept = if claim == PathUse::Result { "AND left <> 2" } else { "" };
        let sql = format!(
            "SELECT line, place, (SELECT line FROM wish WHERE number = first) FROM (
                SELECT place, entry.wish AS own, min(claim.wish) AS first
                FROM entry JOIN claim ON file = target AND kind = {} {whose} {kept} GROUP BY place)
             JOIN wish ON number = own ORDER BY place",
            claim as u8
        );
        self.clashes(see, &sql)
    }
}

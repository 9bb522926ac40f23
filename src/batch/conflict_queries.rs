//! Finds the conflicts within a plan.

use super::path_use::PathUse;
use super::plan_store::{Disposition, PlanStore, PlanStoreError};

/// A task that is in conflict with an earlier row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Conflict {
    /// The line of the task.
    pub(super) line: Option<u64>,
    /// The position of the task.
    pub(super) position: u64,
    /// The line of the earlier row.
    pub(super) earlier_line: Option<u64>,
    /// The number of the earlier specification; 0 if it is none.
    pub(super) earlier: i64,
}

impl PlanStore {
    /// Visits the entries that would write the file of an earlier entry.
    pub(super) fn duplicate_targets(
        &self,
        visit: &mut dyn FnMut(Conflict) -> Result<(), PlanStoreError>,
    ) -> Result<(), PlanStoreError> {
        self.conflicts(
            visit,
            "SELECT line, position, (SELECT line FROM spec WHERE number = first_spec), first_spec FROM (
                SELECT position, spec, first_value(spec) OVER same AS first_spec,
                       row_number() OVER same AS occurrence
                FROM entry WHERE target IS NOT NULL
                WINDOW same AS (PARTITION BY target ORDER BY position))
             JOIN spec ON number = spec WHERE occurrence > 1 ORDER BY position",
        )
    }

    /// Visits the specifications with the id of an earlier one. Their number is reported as the position.
    pub(super) fn duplicate_ids(
        &self,
        visit: &mut dyn FnMut(Conflict) -> Result<(), PlanStoreError>,
    ) -> Result<(), PlanStoreError> {
        self.conflicts(
            visit,
            "SELECT line, number, first_line, first FROM (
                SELECT number, line, first_value(line) OVER same AS first_line,
                       first_value(number) OVER same AS first,
                       row_number() OVER same AS occurrence
                FROM spec WHERE id IS NOT NULL WINDOW same AS (PARTITION BY id ORDER BY number))
             WHERE occurrence > 1 ORDER BY number",
        )
    }

    /// Visits the entries whose results would be written to a path that is used for `path_use`; with `by_others`, only
    /// if another specification uses it.
    pub(super) fn conflicting_path_uses(
        &self,
        path_use: PathUse,
        by_others: bool,
        visit: &mut dyn FnMut(Conflict) -> Result<(), PlanStoreError>,
    ) -> Result<(), PlanStoreError> {
        let other_spec = if by_others { "AND path_use.spec <> entry.spec" } else { "" };
        // Rows that share a result: it is at the destination of one of them, which is no conflict.
        let not_up_to_date = if path_use == PathUse::EarlierResult {
            format!("AND disposition <> {}", Disposition::UpToDate as u8)
        } else {
            String::new()
        };
        let sql = format!(
            "SELECT line, position, (SELECT line FROM spec WHERE number = first), first FROM (
                SELECT position, entry.spec AS own, min(path_use.spec) AS first
                FROM entry JOIN path_use ON path = target AND kind = {} {other_spec} {not_up_to_date}
                GROUP BY position)
             JOIN spec ON number = own ORDER BY position",
            path_use as u8
        );
        self.conflicts(visit, &sql)
    }

    /// Visits the conflicts that a query finds. They are not collected: one mistake in the command line can put a
    /// million rows in conflict.
    fn conflicts(
        &self,
        visit: &mut dyn FnMut(Conflict) -> Result<(), PlanStoreError>,
        sql: &str,
    ) -> Result<(), PlanStoreError> {
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(Conflict {
                line: row.get(0)?,
                position: row.get(1)?,
                earlier_line: row.get(2)?,
                earlier: row.get(3)?,
            })?;
        }
        Ok(())
    }
}

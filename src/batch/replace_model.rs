//! Gives the tasks of a plan another model while the plan runs.

use jiff::Timestamp;
use rusqlite::params;

use crate::edit::JobId;
use crate::error_chain::error_chain;

use super::job_spec::{JobSpec, RequestDefaults};
use super::manifest::Fault;
use super::plan::BatchPlan;
use super::plan_store::{Disposition, PlanStore, PlanStoreError, malformed};
use super::planning_error::PlanningError;

/// The number of specifications that are in memory at once.
const PAGE_SPECS: u32 = 256;

impl BatchPlan {
    /// Replaces the model of all specifications that [may be replaced](JobSpec::is_replaceable) with `replace`. Tasks that
    /// were not reported get new ids for their jobs: the journal has the old ones, whose requests were refused.
    ///
    /// Reports to `on_fault` what the model does not support of those tasks, and returns the number of faults. A plan with
    /// faults must not continue.
    ///
    /// # Errors
    /// Fails if the plan cannot be read or stored.
    pub fn replace_model(
        &mut self,
        replace: &dyn Fn(JobSpec) -> JobSpec,
        defaults: &RequestDefaults,
        on_fault: &mut dyn FnMut(Fault),
    ) -> Result<u64, PlanningError> {
        let store = &self.store;
        store.transaction(|| {
            let mut faults = 0;
            let mut next = 0;
            loop {
                let specs = store.replaceable_specs(next)?;
                let Some((last, ..)) = specs.last() else { break };
                next = last + 1;
                for (number, spec, is_waiting) in specs {
                    let spec = replace(spec);
                    store.set_spec(number, &spec)?;
                    for error in spec.unsupported(defaults).iter().filter(|_| is_waiting) {
                        faults += 1;
                        on_fault(Fault::new(spec.line, error_chain(error)));
                    }
                }
            }
            store.renew_jobs()?;
            Ok(faults)
        })
    }
}

impl PlanStore {
    /// Returns the next specifications from `number` on whose model may be replaced, with their numbers, and whether one of
    /// their tasks is still to be reported.
    fn replaceable_specs(&self, number: i64) -> Result<Vec<(i64, JobSpec, bool)>, PlanStoreError> {
        let sql = format!(
            "SELECT number, body,
                    number IN (SELECT spec FROM entry WHERE disposition = {} AND NOT is_reported)
             FROM spec WHERE number >= ?1 AND body ->> '$.is_replaceable' ORDER BY number LIMIT {PAGE_SPECS}",
            Disposition::Pending as u8
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let specs = statement.query_map([number], |row| {
            let body = row.get_ref(1)?.as_str()?;
            let spec = serde_json::from_str(body).map_err(|error| malformed(1, error))?;
            Ok((row.get(0)?, spec, row.get(2)?))
        })?;
        Ok(specs.collect::<rusqlite::Result<_>>()?)
    }

    fn set_spec(&self, number: i64, spec: &JobSpec) -> Result<(), PlanStoreError> {
        let body = serde_json::to_string(spec)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        let sql = "UPDATE spec SET body = ?2 WHERE number = ?1";
        self.connection.prepare_cached(sql)?.execute(params![number, body])?;
        Ok(())
    }

    /// Gives each entry that was not reported a new id for its job.
    fn renew_jobs(&self) -> Result<(), PlanStoreError> {
        let mut rng = fastrand::Rng::new();
        let mut renew =
            self.connection.prepare("UPDATE entry SET job = ?2 WHERE position = ?1 AND NOT is_reported")?;
        for position in 0..self.len()? {
            let job = JobId::new(Timestamp::now(), &mut rng);
            renew.execute(params![position, job.as_str()])?;
        }
        Ok(())
    }
}

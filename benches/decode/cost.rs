//! What a piece of work costs.

use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use crate::Result;

/// The time and the processor time of a piece of work, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
}

impl Cost {
    /// What work costs in this process.
    pub(crate) fn of(work: impl FnOnce() -> Result<()>) -> Result<Cost> {
        Cost::measured(UsageWho::RUSAGE_SELF, work)
    }

    /// What work costs in other processes, which it starts and waits for.
    pub(crate) fn of_children(work: impl FnOnce() -> Result<()>) -> Result<Cost> {
        Cost::measured(UsageWho::RUSAGE_CHILDREN, work)
    }

    fn measured(who: UsageWho, work: impl FnOnce() -> Result<()>) -> Result<Cost> {
        let (started, before) = (Instant::now(), processor_time(who)?);
        work()?;
        Ok(Cost { wall: started.elapsed().as_secs_f64(), cpu: processor_time(who)? - before })
    }

    /// The medians of several costs.
    pub(crate) fn median(costs: &[Cost]) -> Cost {
        let median = |of: fn(&Cost) -> f64| {
            let mut values: Vec<f64> = costs.iter().map(of).collect();
            values.sort_unstable_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
        };
        Cost { wall: median(|cost| cost.wall), cpu: median(|cost| cost.cpu) }
    }
}

fn processor_time(who: UsageWho) -> Result<f64> {
    let usage = getrusage(who)?;
    let time = usage.user_time() + usage.system_time();
    Ok(time.num_microseconds() as f64 / 1e6)
}

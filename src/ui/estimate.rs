//! Estimates the remaining time of a run. The time that is shown never goes up.

use std::time::{Duration, Instant};

/// With more waiting tasks than this, the estimate extrapolates the throughput instead of simulating the workers.
const MAX_SIMULATED: u64 = 1_000;

/// The state of a run at one moment.
#[derive(Debug)]
pub(super) struct Snapshot<'a> {
    /// The number of tasks of this run that have not sent a request.
    pub(super) waiting: u64,
    /// The time since each task in flight sent its request.
    pub(super) in_flight: &'a [Duration],
    /// The mean time of the finished tasks; `None` before the first.
    pub(super) mean: Option<Duration>,
    /// The largest number of requests in flight.
    pub(super) jobs: u32,
    /// The largest number of requests per minute.
    pub(super) rpm: Option<u32>,
    /// How long the service asks to wait.
    pub(super) pause: Duration,
}

impl Snapshot<'_> {
    /// Returns the time until the last task is done, if each takes the mean time. Returns `None` before the first task
    /// is finished, and when nothing is left.
    fn remaining(&self) -> Option<Duration> {
        let mean = self.mean.filter(|_| self.waiting > 0 || !self.in_flight.is_empty())?;
        let spacing = self.rpm.map_or(Duration::ZERO, |rpm| Duration::from_secs(60) / rpm.max(1));
        let mut free_at: Vec<Duration> = self.in_flight.iter().map(|age| mean.saturating_sub(*age)).collect();
        let last = free_at.iter().max().copied().unwrap_or_default();
        if self.waiting > MAX_SIMULATED {
            let each = (mean / self.jobs.max(1)).max(spacing);
            return Some((self.pause + each.mul_f64(self.waiting as f64) + mean).max(last));
        }
        free_at.resize((self.jobs as usize).max(free_at.len()).max(1), Duration::ZERO);
        let (mut last, mut slot) = (last, self.pause);
        for _ in 0..self.waiting {
            // The first free worker takes the next task, and waits for a slot.
            let Some(worker) = free_at.iter_mut().min() else { break };
            let start = (*worker).max(slot);
            slot = start + spacing;
            *worker = start + mean;
            last = last.max(*worker);
        }
        Some(last)
    }
}

/// The remaining time as it is shown. It counts down, stops or jumps down, but never goes up.
#[derive(Debug, Default)]
pub(super) struct Countdown {
    end: Option<Instant>,
    shown: Option<Duration>,
}

impl Countdown {
    /// Returns the time to show now, in whole seconds.
    pub(super) fn update(&mut self, snapshot: &Snapshot<'_>, now: Instant) -> Option<Duration> {
        let Some(remaining) = snapshot.remaining() else {
            return self.shown;
        };
        let end = self.end.map_or(now + remaining, |end| end.min(now + remaining));
        self.end = Some(end);
        // If the end has passed, it was too early: the shown time stops until the estimate is lower again.
        let left = end.saturating_duration_since(now);
        let left = if left.is_zero() { remaining } else { left };
        let seconds = Duration::from_secs(left.as_secs_f64().ceil() as u64);
        self.shown = Some(self.shown.map_or(seconds, |shown| shown.min(seconds)));
        self.shown
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn remaining(
        waiting: u64,
        in_flight: &[Duration],
        mean: f64,
        jobs: u32,
        rpm: Option<u32>,
    ) -> Option<f64> {
        let mean = Some(seconds(mean));
        let snapshot = Snapshot { waiting, in_flight, mean, jobs, rpm, pause: Duration::ZERO };
        snapshot.remaining().map(|left| left.as_secs_f64())
    }

    #[test]
    fn waves_of_equal_tasks_take_as_long_as_their_number() {
        // Twelve tasks of 4 s, four at a time: two seconds into the second of three waves, 6 s are left.
        assert_eq!(remaining(4, &[seconds(2.0); 4], 4.0, 4, None), Some(6.0));
        assert_eq!(remaining(0, &[seconds(2.4); 4], 4.0, 4, None), Some(1.6));
        assert_eq!(remaining(0, &[], 4.0, 4, None), None);
    }

    #[test]
    fn a_limit_per_minute_spreads_the_starts() {
        // 40 a minute is one each 1.5 s; the last of 8 starts after 10.5 s and takes 4 s.
        assert_eq!(remaining(8, &[], 4.0, 6, Some(40)), Some(14.5));
    }

    #[test]
    fn a_pause_that_the_service_asks_for_counts() {
        let snapshot = Snapshot {
            waiting: 1,
            in_flight: &[],
            mean: Some(seconds(2.0)),
            jobs: 1,
            rpm: None,
            pause: seconds(30.0),
        };
        assert_eq!(snapshot.remaining(), Some(seconds(32.0)));
    }

    #[test]
    fn nothing_is_shown_before_the_first_result() {
        let snapshot =
            Snapshot { waiting: 3, in_flight: &[], mean: None, jobs: 1, rpm: None, pause: Duration::ZERO };
        assert_eq!(Countdown::default().update(&snapshot, Instant::now()), None);
    }

    proptest! {
        #[test]
        fn the_time_that_is_shown_never_goes_up(
            steps in prop::collection::vec((0u64..50, prop::collection::vec(0u64..9_000, 0..6), 1u64..9_000, 0u64..3_000), 1..60),
        ) {
            let (mut countdown, mut now, mut before) = (Countdown::default(), Instant::now(), None);
            for (waiting, ages, mean, later) in steps {
                now += Duration::from_millis(later);
                let in_flight: Vec<_> = ages.into_iter().map(Duration::from_millis).collect();
                let mean = Some(Duration::from_millis(mean));
                let snapshot = Snapshot { waiting, in_flight: &in_flight, mean, jobs: 4, rpm: None, pause: Duration::ZERO };
                let shown = countdown.update(&snapshot, now);
                if let (Some(before), Some(shown)) = (before, shown) {
                    prop_assert!(shown <= before);
                }
                before = shown.or(before);
            }
        }

        #[test]
        fn the_estimate_is_close_while_tasks_take_the_same_time(jobs in 1u32..9, tasks in 1u64..60, millis in 200u64..5_000) {
            // Simulated with all workers in step: after each wave, what is left is known exactly.
            let time = millis as f64 / 1000.0;
            let waves = tasks.div_ceil(u64::from(jobs));
            for wave in 1..waves {
                let waiting = tasks - wave * u64::from(jobs);
                let left = remaining(waiting, &[], time, jobs, None).unwrap();
                let truth = (waves - wave) as f64 * time;
                prop_assert!((left - truth).abs() < 0.01, "{left} instead of {truth}");
            }
        }
    }
}

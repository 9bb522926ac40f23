//! Asks services what became of jobs in doubt.

use std::time::{Duration, Instant};

use crate::cards::Settlement;
use crate::edit::{Found, Recovery, Settled};
use crate::error::Failure;
use crate::journal::Job;
use crate::secret::ApiKey;
use crate::ui::Progress;

use super::super::{context, in_doubt};
use super::RecoverRun;

/// The first pause between two requests to the usage log; each further pause is half as long again.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The shortest time for which a queue is asked about a job.
const MIN_QUEUE_WAIT: Duration = Duration::from_secs(10);
/// The longest pause.
const LAST_PAUSE: Duration = Duration::from_secs(30);

impl RecoverRun<'_> {
    /// Settles the jobs in doubt at the service that they were sent to. The key is sent only to the service that is
    /// configured now.
    pub(super) fn settle(
        &mut self,
        unsettled: Vec<(Job, String)>,
        recovery: &Recovery<'_>,
        progress: &Progress<'_>,
    ) -> Result<(), Failure> {
        let here = self.settings.base_url.to_string();
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            unsettled.into_iter().partition(|(job, _)| job.intent.base_url == here);
        for (job, why) in elsewhere {
            let hint = self.elsewhere(&job);
            self.failed(&job, &in_doubt::unknown(&job, &why, &hint));
        }
        if here.is_empty() {
            return Ok(());
        }
        let key = match context::key(self.settings, self.env)? {
            Some((key, _)) => key,
            // A service without a log is not asked, and a sandbox takes any key.
            None if self.settings.models.service().is_never_asked() => ApiKey::none(),
            None if self.target.is_sandbox() => context::sandbox_key()?,
            None => {
                for (job, why) in &here {
                    self.failed(
                        job,
                        &in_doubt::unknown(job, why, &in_doubt::no_key(self.settings.models.service())),
                    );
                }
                return Err(context::no_key(self.settings));
            }
        };
        let mut by_log = Vec::new();
        for (job, why) in here {
            match self.settings.models.service().settlement {
                Settlement::UsageLog => by_log.push((job, why)),
                Settlement::Free => {
                    recovery.give_up_free(&job)?;
                    self.free(job, "edits cost nothing there")?;
                }
                Settlement::Queue | Settlement::Never => self.resume(&job, &why, &key, recovery)?,
            }
        }
        if by_log.is_empty() {
            return Ok(());
        }
        for (job, why) in self.ask_until_known(by_log, &key, recovery, progress)? {
            self.failed(&job, &in_doubt::unknown(&job, &why, &in_doubt::not_listed(&job)));
        }
        Ok(())
    }

    /// Asks a queue what became of a job, if a queue had accepted it. Other jobs in doubt cannot be settled at a service
    /// without a usage log.
    fn resume(&mut self, job: &Job, why: &str, key: &ApiKey, recovery: &Recovery<'_>) -> Result<(), Failure> {
        let limit = self.args.wait.max(MIN_QUEUE_WAIT);
        let service = self.settings.models.service();
        match recovery.resume(job, &self.settings.base_url, key, limit)? {
            Some(Found::Results(results)) => self.delivered(job, results),
            Some(Found::Free(why)) => self.free(job.clone(), &why)?,
            Some(Found::Unknown(why)) => {
                self.failed(job, &in_doubt::unknown(job, &why, &in_doubt::queued(job, service)));
            }
            Some(Found::Running) => {
                self.ui.note(&format!("job {} is in progress in another process", job.intent.job));
            }
            Some(Found::Finished) => {
                self.ui.note(&format!("job {} was finished by another process", job.intent.job));
            }
            None => self.failed(job, &in_doubt::unknown(job, why, &in_doubt::not_settled(job, service))),
        }
        Ok(())
    }

    /// Requests the usage log until every job is settled, `--wait` is over or a signal arrives. Returns the jobs that
    /// are still in doubt.
    fn ask_until_known(
        &mut self,
        mut left: Vec<(Job, String)>,
        key: &ApiKey,
        recovery: &Recovery<'_>,
        progress: &Progress<'_>,
    ) -> Result<Vec<(Job, String)>, Failure> {
        let until = Instant::now() + self.args.wait;
        let mut pause = FIRST_PAUSE;
        loop {
            let jobs: Vec<Job> = left.iter().map(|(job, _)| job.clone()).collect();
            let settled = match recovery.settle(&jobs, &self.settings.base_url, key) {
                Ok(settled) => settled,
                Err(error) => {
                    let failure = Failure::from(error).redacted(key);
                    for job in &jobs {
                        self.failed(job, &in_doubt::log_failed(job, &failure));
                    }
                    return Ok(Vec::new());
                }
            };
            let mut still = Vec::new();
            for ((job, why), settled) in left.into_iter().zip(settled) {
                match settled {
                    Settled::Free => self.free(job, "the usage log shows no charge")?,
                    Settled::Lost(error) => self.delivered(&job, vec![Err(error)]),
                    Settled::Charged(results) => self.delivered(&job, results),
                    Settled::Answered => self.ui.note(&format!(
                        "job {} was not charged again; `seededit recover` tries the link to its first result again",
                        job.intent.job
                    )),
                    Settled::NotYet => still.push((job, why)),
                    Settled::Elsewhere => {
                        self.ui.note(&format!("job {} is in progress in another process", job.intent.job));
                    }
                }
            }
            left = still;
            let rest = until.saturating_duration_since(Instant::now());
            if left.is_empty() || rest.is_zero() {
                return Ok(left);
            }
            progress.waiting_for_log(left.len());
            if self.interrupt.sleep(pause.min(rest)).is_some() {
                return Ok(left);
            }
            pause = (pause * 3 / 2).min(LAST_PAUSE);
        }
    }
}

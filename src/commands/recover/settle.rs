//! Asks services what became of jobs in doubt.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::cards::Settlement;
use crate::edit::{Found, Recovery, Settled};
use crate::error::Failure;
use crate::journal::Job;
use crate::secret::ApiKey;
use crate::settings::{Flags, Settings};
use crate::ui::Progress;

use super::super::{context, in_doubt};
use super::RecoverRun;

/// The first pause between two requests to the usage log; each further pause is half as long again.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The shortest time for which a queue is asked about a job.
const MIN_QUEUE_WAIT: Duration = Duration::from_secs(10);
/// The longest pause.
const LAST_PAUSE: Duration = Duration::from_secs(30);

impl<'a> RecoverRun<'a> {
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
            self.failed(&job, in_doubt::unknown(&job, &why, hint));
        }
        let mut by_service: BTreeMap<String, Vec<(Job, String)>> = BTreeMap::new();
        for (job, why) in here {
            let configured = &self.settings.models.service().name;
            let service = job.intent.service.as_ref().unwrap_or(configured);
            by_service.entry(service.clone()).or_default().push((job, why));
        }
        let mut first_failure = None;
        for (service, jobs) in by_service {
            let settled = match self.settings_for(&service) {
                Ok(settings) => self.settle_at(&settings, jobs, recovery, progress),
                Err(failure) => {
                    for (job, _) in &jobs {
                        self.failed(job, in_doubt::log_failed(job, &failure));
                    }
                    Ok(())
                }
            };
            first_failure = first_failure.or(settled.err());
        }
        first_failure.map_or(Ok(()), Err)
    }

    /// Returns the settings for a service that jobs were sent to, which has a key of its own.
    fn settings_for(&self, service: &str) -> Result<Cow<'a, Settings>, Failure> {
        if service == self.settings.models.service().name {
            return Ok(Cow::Borrowed(self.settings));
        }
        let name = service.parse().map_err(|_| Failure::input(format!("there is no service `{service}`")))?;
        let flags = Flags { service: Some(name), ..context::flags(&self.args.connect) };
        context::settings(&flags, self.env).map(Cow::Owned)
    }

    /// Settles jobs in doubt that were sent to one service.
    fn settle_at(
        &mut self,
        settings: &Settings,
        jobs: Vec<(Job, String)>,
        recovery: &Recovery<'_>,
        progress: &Progress<'_>,
    ) -> Result<(), Failure> {
        let key = match context::key(settings, self.env)? {
            Some((key, _)) => key,
            // A service without a log is not asked, and a sandbox takes any key.
            None if settings.models.service().is_never_asked() => ApiKey::none(),
            None if self.target.is_sandbox() => context::sandbox_key()?,
            None => {
                for (job, why) in &jobs {
                    let hint = in_doubt::no_key(settings.models.service());
                    self.failed(job, in_doubt::unknown(job, why, hint));
                }
                return Err(context::no_key(settings));
            }
        };
        let mut by_log = Vec::new();
        for (job, why) in jobs {
            match settings.models.service().settlement {
                Settlement::UsageLog => by_log.push((job, why)),
                Settlement::Free => {
                    recovery.give_up_free(&job)?;
                    self.free(job, "edits cost nothing there")?;
                }
                Settlement::Queue | Settlement::Never => self.resume(&job, &why, &key, settings, recovery)?,
            }
        }
        if by_log.is_empty() {
            return Ok(());
        }
        for (job, why) in self.ask_until_known(by_log, &key, recovery, progress)? {
            let flags = self.flags(&job, settings);
            self.failed(&job, in_doubt::unknown(&job, &why, in_doubt::not_listed(&job, &flags)));
        }
        Ok(())
    }

    /// Asks a queue what became of a job, if a queue had accepted it. Other jobs in doubt cannot be settled at a service
    /// without a usage log.
    fn resume(
        &mut self,
        job: &Job,
        why: &str,
        key: &ApiKey,
        settings: &Settings,
        recovery: &Recovery<'_>,
    ) -> Result<(), Failure> {
        let limit = self.args.wait.max(MIN_QUEUE_WAIT);
        let service = settings.models.service();
        let flags = self.flags(job, settings);
        match recovery.resume(job, &self.settings.base_url, key, limit)? {
            Some(Found::Results(results)) => self.delivered(job, results),
            Some(Found::Free(why)) => self.free(job.clone(), &why)?,
            Some(Found::Unknown(why)) => {
                self.failed(job, in_doubt::unknown(job, &why, in_doubt::queued(job, service, &flags)));
            }
            Some(Found::Running) => {
                self.ui.note(&format!("job {} is in progress in another process", job.intent.job));
            }
            Some(Found::Finished) => {
                self.ui.note(&format!("job {} was finished by another process", job.intent.job));
            }
            None => {
                self.failed(job, in_doubt::unknown(job, why, in_doubt::not_settled(job, service, &flags)));
            }
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
                        self.failed(job, in_doubt::log_failed(job, &failure));
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
                        "job {} was not charged again; {} tries the link to its first result again",
                        job.intent.job,
                        self.ui.audience().command("recover")
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

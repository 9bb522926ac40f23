//! `seededit recover`

use std::time::{Duration, Instant};

use serde_json::json;

use crate::api::{Downloads, LocalServer};
use crate::cli::RecoverArgs;
use crate::edit::{Charged, Delivery, Found, Interrupt, Recovery, RunError, Settled, plan_again};
use crate::env::Env;
use crate::error::{self, ErrorKind, Failure};
use crate::journal::{Job, JobMatch, Journal, State};
use crate::secret::ApiKey;
use crate::settings::{Flags, Settings};
use crate::ui::{self, JobInfo, Progress, RequestRecord, Ui};

use super::context::{self, Connection};
use super::job_run::{Listing, report_results, run_job};
use super::reporting::{exit_code, report, stdout_failed};
use super::signals;
use super::target::{Servers, Target};

/// The first pause between two requests to the usage log; each further pause is half as long again.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause.
const LAST_PAUSE: Duration = Duration::from_secs(30);

pub(super) fn run(args: &RecoverArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let settings = context::settings(&context::flags(&args.connect), env)?;
    let target = Target::find(&args.connect, &settings, env)?;
    if let Some(to) = args.to.as_deref().filter(|to| !to.is_dir()) {
        return Err(Failure::input(format!("{} is not a directory", to.display())).hint("create it first"));
    }
    let interrupt = signals::watch()?;
    let Some(journal) = Journal::open_existing(&context::data_dir(env, target.is_sandbox())?)? else {
        return nothing(ui);
    };
    if let Some(job) = &args.pay_again {
        let job = one(&journal, job)?;
        let mut recovery = RecoverRun::new(args, &settings, env, ui, interrupt, target);
        recovery.pay_again(&job, &journal)?;
        return Ok(exit_code(recovery.worst, &recovery.interrupt));
    }
    let jobs = selected(&journal, &args.jobs)?;
    let free = if args.rerun { free_to_rerun(&journal, &args.jobs)? } else { Vec::new() };
    let lost = lost(&journal, &args.jobs)?;
    if jobs.is_empty() && free.is_empty() && lost.is_empty() {
        journal.sweep()?;
        let waiting = journal.free_to_run_again()?.len();
        if waiting > 0 {
            let jobs = ui::count(waiting, "job");
            ui.note(&format!("nothing to recover; {jobs} known not to be charged, which --rerun runs again"));
            return Ok(0);
        }
        return nothing(ui);
    }
    let mut recovery = RecoverRun { free, ..RecoverRun::new(args, &settings, env, ui, interrupt, target) };
    for job in lost {
        let hint = format!("`seededit recover --pay-again {}` runs it again, and pays again", job.intent.job);
        recovery.failed(&job, &Failure::already_lost(&job).hint(hint));
    }
    recovery.all(jobs, &journal)?;
    journal.sweep()?;
    recovery.rerun(&journal)?;
    Ok(exit_code(recovery.worst, &recovery.interrupt))
}

fn nothing(ui: &Ui) -> Result<u8, Failure> {
    ui.note("nothing to recover");
    Ok(0)
}

/// The unfinished jobs, or those of them that were named.
fn selected(journal: &Journal, names: &[String]) -> Result<Vec<Job>, Failure> {
    if names.is_empty() {
        return Ok(journal.unfinished()?);
    }
    let jobs = names.iter().map(|name| one(journal, name)).collect::<Result<Vec<Job>, Failure>>()?;
    Ok(jobs.into_iter().filter(|job| job.state.is_unfinished()).collect())
}

/// The named jobs whose results are lost.
fn lost(journal: &Journal, names: &[String]) -> Result<Vec<Job>, Failure> {
    let jobs = names.iter().map(|name| one(journal, name)).collect::<Result<Vec<Job>, Failure>>()?;
    Ok(jobs.into_iter().filter(|job| job.state == State::Lost).collect())
}

/// The jobs that an earlier `recover` found not to be charged.
fn free_to_rerun(journal: &Journal, names: &[String]) -> Result<Vec<Job>, Failure> {
    if names.is_empty() {
        return Ok(journal.free_to_run_again()?);
    }
    let jobs = names.iter().map(|name| one(journal, name)).collect::<Result<Vec<Job>, Failure>>()?;
    Ok(jobs.into_iter().filter(|job| job.state == State::Refused).collect())
}

/// Finds a job by its running number, its id or the beginning of it.
pub(super) fn one(journal: &Journal, name: &str) -> Result<Job, Failure> {
    match journal.find(name)? {
        JobMatch::One(job) => Ok(*job),
        JobMatch::None => {
            Err(Failure::input(format!("no job `{name}`")).hint("`seededit history` lists them"))
        }
        JobMatch::Ambiguous(_) => {
            Err(Failure::input(format!("`{name}` matches several jobs")).hint("give more of the job's id"))
        }
    }
}

/// One run of the command.
struct RecoverRun<'a> {
    args: &'a RecoverArgs,
    settings: &'a Settings,
    env: &'a Env,
    ui: &'a Ui,
    interrupt: Interrupt,
    target: Target,
    servers: Servers,
    worst: Option<ErrorKind>,
    /// The jobs to run again: they were not charged.
    free: Vec<Job>,
}

impl<'a> RecoverRun<'a> {
    fn new(
        args: &'a RecoverArgs,
        settings: &'a Settings,
        env: &'a Env,
        ui: &'a Ui,
        interrupt: Interrupt,
        target: Target,
    ) -> RecoverRun<'a> {
        let servers = Servers::default();
        RecoverRun { args, settings, env, ui, interrupt, target, servers, worst: None, free: Vec::new() }
    }

    fn all(&mut self, jobs: Vec<Job>, journal: &Journal) -> Result<(), Failure> {
        let transport = context::transport(self.settings, self.env);
        let progress = Progress::new(self.ui, &self.interrupt);
        let recovery = Recovery {
            journal,
            transport: &transport,
            retries: self.settings.retries,
            events: &progress,
            interrupt: &self.interrupt.clone(),
            to: self.args.to.as_deref(),
        };
        let mut in_doubt = Vec::new();
        for job in jobs {
            if self.interrupt.signal().is_some() {
                return Ok(());
            }
            // A sandbox server that still runs knows its jobs; one that has stopped has lost them.
            if self.target.is_sandbox() && self.servers.of(&job) != LocalServer::Sandbox {
                recovery.give_up(&job)?;
                self.ui.note(&format!("job {} is given up: its sandbox has stopped", job.intent.job));
                continue;
            }
            match recovery.finish(&job).map_err(Failure::from) {
                Ok(Found::Results(results)) => self.results(&job, results)?,
                Ok(Found::Free(why)) => self.free(job, &why)?,
                Ok(Found::Unknown(why)) => in_doubt.push((job, why)),
                Ok(Found::Running) => {
                    self.ui.note(&format!("job {} is in progress in another process", job.intent.job));
                }
                Ok(Found::Finished) => {
                    self.ui.note(&format!("job {} was finished by another process", job.intent.job));
                }
                Err(failure) => self.failed(&job, &failure),
            }
        }
        progress.clear();
        self.settle(in_doubt, &recovery, &progress)
    }

    /// Settles the jobs in doubt at the service that they were sent to. The key is sent only to the service that is
    /// configured now.
    fn settle(
        &mut self,
        in_doubt: Vec<(Job, String)>,
        recovery: &Recovery<'_>,
        progress: &Progress<'_>,
    ) -> Result<(), Failure> {
        let here = self.settings.base_url.to_string();
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            in_doubt.into_iter().partition(|(job, _)| job.intent.base_url == here);
        for (job, why) in elsewhere {
            let hint = self.elsewhere(&job);
            self.unknown(&job, &why, &hint);
        }
        if here.is_empty() {
            return Ok(());
        }
        let key = match context::key(self.settings, self.env)? {
            Some((key, _)) => key,
            None => {
                for (job, why) in &here {
                    self.unknown(
                        job,
                        why,
                        "store a key with `seededit auth login` so that the usage log can be asked",
                    );
                }
                return Err(context::no_key());
            }
        };
        let left = self.ask_until_known(here, &key, recovery, progress)?;
        for (job, why) in left {
            let hint = format!(
                "the usage log has no row for it yet: try again later, or wait with --wait 10m; \
                 `seededit recover --pay-again {}` runs it again at the risk of paying twice",
                job.intent.job
            );
            self.unknown(&job, &why, &hint);
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
            let answer = recovery.settle(&jobs, &self.settings.base_url, key);
            let settled = match answer {
                Ok(settled) => settled,
                Err(error) => {
                    let failure = Failure::from(error).redacted(key);
                    for job in &jobs {
                        self.failed_unknown(job, &failure);
                    }
                    return Ok(Vec::new());
                }
            };
            let mut still = Vec::new();
            for ((job, why), settled) in left.into_iter().zip(settled) {
                match settled {
                    Settled::Free => self.free(job, "the usage log shows no charge")?,
                    Settled::Lost(error) => self.results(&job, vec![Err(error)])?,
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

    /// The hint for a job that was sent to another service than the one configured now.
    fn elsewhere(&mut self, job: &Job) -> String {
        let there = &job.intent.base_url;
        if !self.target.is_sandbox() && self.servers.is_dismissable(job, false) {
            return format!(
                "{there} has stopped, or is a sandbox: `seededit history forget {}` dismisses the job",
                job.intent.job
            );
        }
        let profile = context::config_file(self.env).ok().and_then(|file| {
            let names: Vec<String> = file.profiles().map(str::to_owned).collect();
            names.into_iter().find(|name| {
                let flags = Flags { profile: Some(name.clone()), ..Flags::default() };
                context::settings(&flags, self.env)
                    .is_ok_and(|settings| settings.base_url.to_string() == *there)
            })
        });
        match profile {
            Some(name) => format!("it was sent to {there}: `seededit recover --profile {name}` asks there"),
            None => format!(
                "it was sent to {there}: `seededit recover --base-url {there}` asks there, with the key for it"
            ),
        }
    }

    fn results(&mut self, job: &Job, results: Vec<Result<Delivery, RunError>>) -> Result<(), Failure> {
        let info = job_info(job);
        let base_url = &self.settings.base_url;
        let model = job.intent.model.parse().unwrap_or_else(|_| self.settings.model.clone());
        let worst = report_results(
            results,
            &info,
            &RequestRecord::from(&job.intent),
            Listing::Paths,
            self.ui,
            |error| {
                let failure = Failure::from_run(error, error::RequestInfo { model: &model, base_url });
                let failure = match failure.kind {
                    // Running `recover` again at once would fail again.
                    ErrorKind::Undelivered => failure.hint(format!(
                        "try again later, or save it elsewhere with --to DIR, before the link to it expires; \
                         `seededit history show {}` names the call",
                        job.intent.job
                    )),
                    _ => failure,
                };
                Failure { cause: failure.cause.context(format!("job {}", job.intent.job)), ..failure }
            },
        )?;
        self.note_worst(worst);
        Ok(())
    }

    fn free(&mut self, job: Job, why: &str) -> Result<(), Failure> {
        if self.ui.is_json() {
            let record = json!({
                "status": "free", "job": job.intent.job, "input": job.intent.input, "charged": "no", "message": why,
            });
            self.ui.json(&record).map_err(stdout_failed)?;
        } else {
            self.ui.done(&format!("job {} was not charged ({why}); --rerun runs it again", job.intent.job));
        }
        if self.args.rerun {
            self.free.push(job);
        }
        Ok(())
    }

    fn unknown(&mut self, job: &Job, why: &str, hint: &str) {
        let request_ids: Vec<&str> = job.attempts.iter().map(|attempt| attempt.request_id.as_str()).collect();
        let cause = anyhow::anyhow!("{why}: job {} ({})", job.intent.job, request_ids.join(", "));
        let failure =
            Failure { charged: Charged::Unknown, ..Failure::new(ErrorKind::Unknown, cause) }.hint(hint);
        self.failed(job, &failure);
    }

    /// The usage log could not be requested, so the job stays in doubt.
    fn failed_unknown(&mut self, job: &Job, failure: &Failure) {
        let cause = anyhow::anyhow!("job {} stays unknown: {}", job.intent.job, failure.message());
        let hint = failure.hint.clone().unwrap_or_default();
        let failure = Failure {
            charged: Charged::Unknown,
            http_status: failure.http_status,
            ..Failure::new(ErrorKind::Unknown, cause)
        };
        self.failed(job, &failure.hint(hint));
    }

    fn failed(&mut self, job: &Job, failure: &Failure) {
        report(failure, job_info(job), self.ui);
        self.note_worst(Some(failure.kind));
    }

    fn note_worst(&mut self, kind: Option<ErrorKind>) {
        if let Some(kind) = kind {
            self.worst = Some(kind.max(self.worst));
        }
    }

    /// Runs a job again that may have been paid for already, as `--pay-again` asks.
    fn pay_again(&mut self, job: &Job, journal: &Journal) -> Result<(), Failure> {
        if !matches!(job.state, State::Lost | State::Unknown) {
            return Err(Failure::input(format!(
                "job {} is {}, not lost or unknown",
                job.intent.job, job.state
            ))
            .hint(
                "`seededit recover` finishes what is unfinished; --rerun runs again what was not charged",
            ));
        }
        self.again(job, journal)
    }

    /// Runs a job again at the service that it was sent to. Another service may have another model, and could not
    /// settle the earlier attempts.
    fn again(&mut self, job: &Job, journal: &Journal) -> Result<(), Failure> {
        if !self.target.is_sandbox() && job.intent.base_url != self.settings.base_url.to_string() {
            return Err(Failure::input(format!("job {} was sent to another service", job.intent.job))
                .hint(self.elsewhere(job)));
        }
        let connection = Connection::new(self.settings, self.env, self.target)?;
        let downloads = Downloads { transport: &connection.transport, retries: self.settings.retries };
        let (plan, image) = plan_again(job, &downloads)?;
        let worst =
            run_job(&plan, image, &connection, journal, self.settings.retries, &self.interrupt, self.ui)?;
        self.note_worst(worst);
        Ok(())
    }

    /// Runs the jobs again that were not charged.
    fn rerun(&mut self, journal: &Journal) -> Result<(), Failure> {
        for name in std::mem::take(&mut self.free).into_iter().map(|job| job.intent.job) {
            if self.interrupt.signal().is_some() {
                return Ok(());
            }
            // Read it again: this command has just changed it.
            let job = one(journal, &name)?;
            if job.state != State::Refused {
                self.ui.note(&format!("job {name} was run again by another process"));
                continue;
            }
            if let Err(failure) = self.again(&job, journal) {
                self.failed(&job, &failure);
            }
        }
        Ok(())
    }
}

fn job_info(job: &Job) -> JobInfo<'_> {
    JobInfo::new(Some(&job.intent.job), Some(&job.intent.input))
}

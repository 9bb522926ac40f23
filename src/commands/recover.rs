//! `seededit recover`

mod declare;
mod orphans;
mod settle;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use serde_json::json;

use crate::api::{LocalServer, Model, Transport};
use crate::batch::{Executor, StepOutcome, TaskOutcome};
use crate::cli::RecoverArgs;
use crate::edit::{Delivery, Events, Found, Interrupt, JobId, Recovery, RunError, Unlimited};
use crate::env::Env;
use crate::error::{Audience, ErrorKind, Failure, Hint, PayAgain, RequestInfo, pay_again, remove_hint};
use crate::files::{InTheWay, create_directory};
use crate::journal::{AnswerStore, DeadLink, Job, JobLock, Journal, Readable, State};
use crate::settings::{Flags, Settings};
use crate::ui::{self, JobInfo, Progress, Ui};

use super::consent::Consent;
use super::find_job::{Named, find_job, find_named};
use super::host::Host;
use super::in_flight::{InFlight, SentTo};
use super::missing::{Missing, mask_not_written};
use super::price::Edits;
use super::reporting::stdout_failed;
use super::result_reporter::ResultReporter;
use super::session::{RunSize, Session};
use super::target::{Servers, Target};
use super::task_report::{TaskInfo, task_reports};
use super::{context, in_doubt, limits};

pub(super) fn run(args: &RecoverArgs, host: Host<'_>, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    if let Some(flag) = args.budget.given().filter(|_| !args.rerun && args.pay_again.is_none()) {
        return Err(Failure::usage(format!("{flag} is about what --rerun and --pay-again may spend"))
            .hint("add --rerun, or leave it out: `recover` alone pays nothing"));
    }
    let flags = Flags { limits: limits::flags(&args.budget), ..context::flags(&args.connect) };
    let settings = context::settings(&flags, env)?;
    let target = Target::find(&args.connect, &settings, env)?;
    let interrupt =
        host.interrupt(&InFlight::several(SentTo { target, base_url: settings.base_url.clone() }))?;
    let Some(journal) = Journal::open_for_recovery(&context::data_dir(env, target.is_sandbox())?)? else {
        return nothing(target, env, ui);
    };
    let mut recovery = RecoverRun {
        args,
        settings: &settings,
        env,
        ui,
        interrupt: &interrupt,
        target,
        journal: &journal,
        answers: &AnswerStore::new(settings.answer_limit),
        servers: Servers::default(),
        reporter: ResultReporter::new(ui, false),
        free: Vec::new(),
        has_mentioned_masks: false,
    };
    if let Some(job) = &args.not_charged {
        recovery.declare_free(&find_job(&journal, job, target.is_sandbox())?)?;
        return Ok(recovery.reporter.finish(&interrupt));
    }
    if let Some(job) = &args.pay_again {
        recovery.pay_again(&find_job(&journal, job, target.is_sandbox())?)?;
        return Ok(recovery.reporter.finish(&interrupt));
    }
    let Named { jobs, orphans } = find_named(&journal, &args.jobs, target.is_sandbox())?;
    let in_state = |is: fn(State) -> bool| jobs.iter().filter(|job| is(job.state)).cloned().collect();
    let lost: Vec<Job> = in_state(|state| state == State::Lost);
    let (jobs, free): (Vec<Job>, Vec<Job>) = if args.jobs.is_empty() {
        recovery.unreadable(journal.in_unknown_states()?);
        (recovery.readable(journal.unfinished()?), recovery.readable(journal.free_to_run_again()?))
    } else {
        (in_state(State::is_unfinished), in_state(|state| state == State::Refused))
    };
    recovery.free = if args.rerun { free } else { Vec::new() };
    if jobs.is_empty() && recovery.free.is_empty() && lost.is_empty() && orphans.is_empty() {
        journal.sweep()?;
        recovery.mention_orphans()?;
        if !recovery.reporter.has_no_failure() {
            return Ok(recovery.reporter.finish(&interrupt));
        }
        let waiting = journal.free_to_run_again()?.jobs.len();
        if waiting > 0 {
            let jobs = ui::count(waiting, "job");
            let rerun = match ui.audience() {
                Audience::CommandLine => "which --rerun runs again",
                Audience::Client => "which `edit` runs again",
            };
            ui.note(&format!("nothing to recover; {jobs} known not to be charged, {rerun}"));
            return Ok(0);
        }
        return nothing(target, env, ui);
    }
    if let Some(to) = &args.to {
        create_directory(to).map_err(|error| {
            let cause = anyhow::Error::new(error).context(format!("cannot create {}", to.display()));
            Failure::new(ErrorKind::Input, cause)
                .hint(Hint::each("name another directory with --to", "name another `directory`"))
        })?;
    }
    for job in lost {
        let flags = recovery.flags(&job, recovery.settings);
        let hint =
            format!("{} runs it again, and pays again", pay_again(&job.intent.job, &flags, ui.audience()));
        recovery.failed(&job, Failure::already_lost(&job).hint(hint));
    }
    recovery.finish(jobs)?;
    recovery.rescue(&orphans)?;
    journal.sweep()?;
    if args.jobs.is_empty() {
        recovery.mention_orphans()?;
    }
    if let Err(failure) = recovery.rerun() {
        recovery.reporter.job_failed(JobInfo::new(None, None), &failure);
    }
    Ok(recovery.reporter.finish(&interrupt))
}

/// Reports that there is nothing to do. Mentions the sandbox's journal if that has unfinished jobs.
fn nothing(target: Target, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let has_sandbox_jobs = !target.is_sandbox()
        && match Journal::open_existing(&context::data_dir(env, true)?)? {
            Some(journal) => !journal.unfinished()?.jobs.is_empty(),
            None => false,
        };
    // A client recovers at one service.
    ui.note(if has_sandbox_jobs && ui.audience() == Audience::CommandLine {
        "nothing to recover; the sandbox has a journal of its own, with unfinished jobs: `seededit recover --sandbox`"
    } else {
        "nothing to recover"
    });
    Ok(0)
}

/// One run of the command.
struct RecoverRun<'a> {
    args: &'a RecoverArgs,
    settings: &'a Settings,
    env: &'a Env,
    ui: &'a Ui,
    interrupt: &'a Interrupt,
    target: Target,
    journal: &'a Journal,
    answers: &'a AnswerStore,
    servers: Servers,
    reporter: ResultReporter<'a>,
    /// The jobs to run again: they were not charged.
    free: Vec<Job>,
    /// Whether the user knows that masks are not written.
    has_mentioned_masks: bool,
}

impl<'a> RecoverRun<'a> {
    /// Returns the jobs, and reports those whose rows cannot be read.
    fn readable(&mut self, found: Readable) -> Vec<Job> {
        self.unreadable(found.unreadable);
        found.jobs
    }

    fn unreadable(&mut self, jobs: Vec<String>) {
        for job in jobs {
            self.reporter.job_failed(JobInfo::new(Some(&job), None), &Failure::unreadable(&job));
        }
    }

    /// Returns what recovers jobs to their own destinations.
    fn recovery<'b>(&self, transport: &'b Transport, events: &'b dyn Events) -> Recovery<'b>
    where
        'a: 'b,
    {
        Recovery {
            journal: self.journal,
            answers: self.answers,
            transport,
            models: &self.settings.models,
            retries: self.settings.retries,
            events,
            interrupt: self.interrupt,
            to: None,
        }
    }

    /// Finishes jobs as far as possible at no cost.
    fn finish(&mut self, jobs: Vec<Job>) -> Result<(), Failure> {
        let transport = context::transport(self.settings, self.env)?;
        let progress = Progress::new(self.ui, self.interrupt);
        let recovery = Recovery { to: self.args.to.as_deref(), ..self.recovery(&transport, &progress) };
        let mut unsettled = Vec::new();
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
                Ok(Found::Results(results)) => self.delivered(&job, results),
                Ok(Found::Free(why)) => self.free(job, &why)?,
                Ok(Found::Unknown(why)) => unsettled.push((job, why)),
                Ok(Found::Running) => {
                    self.ui.note(&format!("job {} is in progress in another process", job.intent.job));
                }
                Ok(Found::Finished) => {
                    self.ui.note(&format!("job {} was finished by another process", job.intent.job));
                }
                Err(failure) => self.failed(&job, failure),
            }
        }
        progress.clear();
        self.settle(unsettled, &recovery, &progress)
    }

    /// The flags with which a command finds the job again at its service.
    fn flags(&self, job: &Job, settings: &Settings) -> String {
        in_doubt::flags(job, settings.models.service(), self.target)
    }

    fn elsewhere(&mut self, job: &Job) -> String {
        in_doubt::elsewhere(job, self.target, &mut self.servers, self.env)
    }

    /// Reports results that were paid for earlier.
    fn delivered(&mut self, job: &Job, results: Vec<Result<Delivery, RunError>>) {
        let request = RequestInfo {
            model: &job.intent.model,
            models: &self.settings.models,
            base_url: &self.settings.base_url,
            recipient: self.target.recipient(),
            profile: self.settings.profile.as_deref(),
            audience: self.ui.audience(),
            limits: self.settings.limits,
        };
        let id = JobId::from_journal(&job.intent.job);
        let step = |result| StepOutcome { job: id.clone(), index: 0, is_recovered: true, result };
        let outcome = TaskOutcome::Ran(results.into_iter().map(step).collect());
        let flags = self.flags(job, self.settings);
        self.report(job, outcome, request, |job, failure| of_job(job, failure, &flags, request));
    }

    /// Reports the outcome of a job, and what is missing beside its result.
    fn report(
        &mut self,
        job: &Job,
        outcome: TaskOutcome,
        request: RequestInfo<'_>,
        name: impl Fn(&Job, Failure) -> Failure,
    ) {
        let missing = Missing::of(job, &outcome, self.journal);
        let info = TaskInfo::of_job(job);
        let reports = task_reports(&info, outcome, request, PayAgain::Recover).into_iter();
        self.reporter.report(&info, reports.map(|report| report.map_failure(|failure| name(job, failure))));
        if let Some(note) = missing.steps {
            self.ui.note(&note);
        }
        if missing.mask && !std::mem::replace(&mut self.has_mentioned_masks, true) {
            self.ui.note(mask_not_written(self.ui.audience()));
        }
    }

    fn free(&mut self, job: Job, why: &str) -> Result<(), Failure> {
        if self.ui.is_json() {
            let record = json!({
                "status": "free", "job": job.intent.job, "input": job.intent.input, "charged": "no", "message": why,
            });
            self.ui.json(&record).map_err(stdout_failed)?;
        } else {
            self.ui
                .success(&format!("job {} was not charged ({why}); --rerun runs it again", job.intent.job));
        }
        if self.args.rerun {
            self.free.push(job);
        }
        Ok(())
    }

    fn failed(&mut self, job: &Job, failure: Failure) {
        let failure = &failure.at(self.target.recipient());
        self.reporter.job_failed(JobInfo::new(Some(&job.intent.job), Some(&job.intent.input)), failure);
    }

    /// Runs a job again that may have been paid for already, as `--pay-again` asks.
    fn pay_again(&mut self, job: &Job) -> Result<(), Failure> {
        if JobLock::is_held(self.journal.directory(), &job.intent.job) {
            return Err(Failure::running(&job.intent.job));
        }
        if job.state == State::Answered {
            self.ensure_same_service(job)?;
            return match self.give_up_link(job)? {
                Some(job) => self.run_again(&job),
                None => Ok(()),
            };
        }
        if !matches!(job.state, State::Lost | State::Unknown) {
            return Err(Failure::input(format!(
                "job {} is {}, not lost or unknown",
                job.intent.job, job.state
            ))
            .hint(
                "`seededit recover` finishes what is unfinished; --rerun runs again what was not charged",
            ));
        }
        self.ensure_same_service(job)?;
        self.run_again(job)
    }

    /// Tries for the last time to fetch the result of a job, and returns the job if that cannot be had. Whatever else comes
    /// of it is reported, and nothing is paid.
    fn give_up_link(&mut self, job: &Job) -> Result<Option<Job>, Failure> {
        let transport = context::transport(self.settings, self.env)?;
        let progress = Progress::new(self.ui, self.interrupt);
        let recovery = self.recovery(&transport, &progress);
        let found = recovery.finish(job)?;
        progress.clear();
        match found {
            Found::Results(results) => {
                let is_delivered = results.iter().all(Result::is_ok);
                let changed = find_job(self.journal, &job.intent.job, self.target.is_sandbox())?;
                if changed.is_link_dead() || changed.state == State::Lost {
                    return Ok(Some(changed));
                }
                self.delivered(job, results);
                if is_delivered {
                    self.ui.note("nothing was paid: the result could still be fetched");
                }
            }
            Found::Free(why) => self.free(job.clone(), &why)?,
            // As if it had been in doubt before.
            Found::Unknown(_) => {
                return find_job(self.journal, &job.intent.job, self.target.is_sandbox()).map(Some);
            }
            Found::Running => return Err(Failure::running(&job.intent.job)),
            Found::Finished => {
                self.ui.note(&format!("job {} was finished by another process", job.intent.job));
            }
        }
        Ok(None)
    }

    fn run_again(&mut self, job: &Job) -> Result<(), Failure> {
        let session = self.session()?;
        let (jobs, consent) = (std::slice::from_ref(job), Consent::default());
        let budget = session.budget(priced(&models(jobs), jobs), RunSize::of(1), &consent, self.ui)?;
        self.run(job, &session.executor(&Unlimited, &budget, false), &session)
    }

    /// Runs the jobs again that were not charged, within one budget.
    fn rerun(&mut self) -> Result<(), Failure> {
        let free = std::mem::take(&mut self.free);
        if free.is_empty() || self.interrupt.signal().is_some() {
            return Ok(());
        }
        let models = models(&free);
        let session = self.session()?;
        let (size, consent) = (RunSize::of(free.len()), Consent::default());
        let budget = session.budget(priced(&models, &free), size, &consent, self.ui)?;
        let executor = session.executor(&Unlimited, &budget, false);
        for name in free.into_iter().map(|job| job.intent.job) {
            if self.interrupt.signal().is_some() {
                break;
            }
            // Read it again: this command has just changed it.
            let job = find_job(self.journal, &name, self.target.is_sandbox())?;
            if job.state != State::Refused {
                self.ui.note(&format!("job {name} was run again by another process"));
                continue;
            }
            let run = self.ensure_same_service(&job).and_then(|()| self.run(&job, &executor, &session));
            if let Err(failure) = run {
                self.failed(&job, failure);
            }
        }
        if let Some(what) = limits::exceeded(&budget, self.settings.limits, self.ui.audience()) {
            self.ui.note(&what);
        }
        Ok(())
    }

    fn session(&self) -> Result<Session<'a>, Failure> {
        Session::open(self.settings, self.target, &self.args.budget, self.journal, self.interrupt, self.env)
    }

    /// Ensures that a job runs again at the service that it was sent to. Another service may have another model, and
    /// could not settle the earlier attempts.
    fn ensure_same_service(&mut self, job: &Job) -> Result<(), Failure> {
        let service = &self.settings.models.service().name;
        let other = job.intent.service.as_ref().filter(|name| *name != service);
        if let (Some(other), false) = (other, self.target.is_sandbox()) {
            return Err(Failure::input(format!("job {} was sent to another service", job.intent.job))
                .hint(format!("name it with --service {other}")));
        }
        if self.target.is_sandbox() || job.intent.base_url == self.settings.base_url.to_string() {
            return Ok(());
        }
        Err(Failure::input(format!("job {} was sent to another service", job.intent.job))
            .hint(self.elsewhere(job)))
    }

    fn run(&mut self, job: &Job, executor: &Executor<'_>, session: &Session<'_>) -> Result<(), Failure> {
        let progress = Progress::new(self.ui, self.interrupt);
        let (plan, image) =
            executor.recovery(&progress, self.args.to.as_deref()).plan_rerun(job, &self.settings.models)?;
        let plans = std::slice::from_ref(&plan);
        let outcome = executor.execute(plans, image, 0, 0, &progress, &mut io::sink());
        progress.clear();
        self.report(job, outcome, session.request_info(plan.generation.model(), self.ui.audience()), named);
        Ok(())
    }
}

/// The models of some jobs, each once.
fn models(jobs: &[Job]) -> Vec<Model> {
    let names: BTreeSet<&str> = jobs.iter().map(|job| job.intent.model.as_str()).collect();
    // A model that cannot be read fails the job itself when it is planned.
    names.into_iter().filter_map(|name| name.parse().ok()).collect()
}

/// Returns what the price of running these jobs again depends on.
fn priced<'a>(models: &'a [Model], jobs: &[Job]) -> Edits<'a> {
    let references = jobs.iter().map(|job| job.intent.references.len()).max().unwrap_or(0);
    Edits { models, references }
}

/// Adds the job to the failure of a recovered result.
fn of_job(job: &Job, failure: Failure, flags: &str, request: RequestInfo<'_>) -> Failure {
    let RequestInfo { audience, recipient, .. } = request;
    let id = &job.intent.job;
    let (to, pay_again) = (audience.choose("--to DIR", "`directory`"), pay_again(id, flags, audience));
    let history = audience.choose(format!("`seededit history show {id}`"), audience.command("history"));
    let error: Option<&RunError> = failure.cause.downcast_ref();
    let dead_link = error.and_then(RunError::dead_link);
    let in_the_way = match error {
        Some(RunError::NotSaved { source, .. }) => InTheWay::find(source).map(Path::to_owned),
        _ => None,
    };
    let failure = match (failure.kind, dead_link) {
        (ErrorKind::Undelivered, None) if in_the_way.is_some() => {
            let remove = in_the_way.map_or(String::new(), |path| remove_hint(&path, audience));
            let again = audience.command("recover");
            failure
                .hint(format!("{remove}; then run {again} again, or save it elsewhere with {to}"))
                .at(recipient)
        }
        // Running `recover` again at once would fail again.
        (ErrorKind::Undelivered, None) => failure.hint(format!(
            "try again later, or save it elsewhere with {to}, before the link to it expires; {history} names the call"
        ))
        .at(recipient),
        (ErrorKind::Undelivered, Some(DeadLink::Refused(404))) => failure.hint(format!(
            "try again later, before the link to it expires; {pay_again} pays for the edit again, and {history} names \
             the call"
        ))
        .at(recipient),
        _ => failure,
    };
    named(job, failure)
}

/// Adds the job to a failure whose message does not name it.
fn named(job: &Job, failure: Failure) -> Failure {
    if failure.message().contains(&job.intent.job) {
        return failure;
    }
    Failure { cause: failure.cause.context(format!("job {}", job.intent.job)), ..failure }
}

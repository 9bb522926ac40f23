//! A job may change between reading and locking it: another process may have paid for it, delivered it or settled it. In
//! these tests, that has always just happened.

use std::fs;

use seededit::testing::api::{Endpoint, Transport};
use seededit::testing::cards::Models;
use seededit::testing::edit::{self, Found, Interrupt, Recovery, RunError, Settled, Work};
use seededit::testing::journal::{AnswerStore, Booking, Job, JobLock, Journal, State};
use seededit::testing::secret::ApiKey;

use crate::support::{KEY, NoEvents, Service, TestEnv, transport};

/// The journal of `env`, and its only job as it is now.
fn journal_and_job(env: &TestEnv) -> (Journal, Job) {
    let journal = Journal::open(&env.data_dir()).unwrap();
    let job = journal.job(&env.only_job().id).unwrap().unwrap();
    (journal, job)
}

fn answers() -> AnswerStore {
    AnswerStore::new("1 GB".parse().unwrap())
}

fn recovery<'a>(
    (journal, answers): (&'a Journal, &'a AnswerStore),
    transport: &'a Transport,
    models: &'a Models,
    interrupt: &'a Interrupt,
) -> Recovery<'a> {
    Recovery { journal, answers, transport, models, retries: 0, events: &NoEvents, interrupt, to: None }
}

#[test]
fn a_job_rerun_by_another_process_is_not_paid_for_twice() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-before-charge:1"]));
    env.edit("-q").service(&service).code(8).any_stderr().assert();
    env.command("recover -q").service(&service).assert();
    let (journal, job) = journal_and_job(&env);
    assert_eq!((job.state, job.settled), (State::Refused, true));

    let (transport, interrupt) = (transport(), Interrupt::default());
    let answers = answers();
    let endpoint =
        Endpoint { base: service.url().parse().unwrap(), path: "/v1/images/generations".parse().unwrap() };
    let key = ApiKey::parse(KEY).unwrap();
    let models = Models::built_in("aimlapi").unwrap();
    let endpoint_service = edit::Service {
        transport: &transport,
        endpoint: &endpoint,
        models: &models,
        key: &key,
        retries: 0,
        is_sandbox: false,
    };
    let work = Work {
        service: endpoint_service,
        journal: &journal,
        answers: &answers,
        events: &NoEvents,
        interrupt: &interrupt,
        limiter: &edit::Unlimited,
        position: 0,
        booking: Booking::default(),
    };
    let recovery = recovery((&journal, &answers), &transport, &models, &interrupt);
    // Both are planned before either is run.
    let plans = [recovery.plan_rerun(&job, &models).unwrap(), recovery.plan_rerun(&job, &models).unwrap()];
    let [first, second] = plans.map(|(plan, image)| edit::run(&plan, image, &work, &mut std::io::sink()));
    assert!(first[0].is_ok(), "{first:?}");
    assert!(matches!(second[..], [Err(RunError::JobTaken(_))]), "{second:?}");
    service.ledger().ensure_counts(2, 1);
    assert_eq!(journal.job(&job.intent.job).unwrap().unwrap().state, State::Delivered);
}

#[test]
fn a_job_delivered_by_another_process_is_not_touched() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:1"]));
    env.edit("-q --retries 0").service(&service).code(9).any_stderr().assert();
    let (journal, job) = journal_and_job(&env);
    let (transport, interrupt) = (transport(), Interrupt::default());
    let answers = answers();
    let models = Models::built_in("aimlapi").unwrap();
    let recovery = recovery((&journal, &answers), &transport, &models, &interrupt);
    assert!(matches!(&recovery.finish(&job).unwrap(), Found::Results(results) if results[0].is_ok()));
    fs::remove_file(env.path("out.jpg")).unwrap();
    assert!(matches!(recovery.finish(&job).unwrap(), Found::Finished));
    assert_eq!(journal.job(&job.intent.job).unwrap().unwrap().state, State::Delivered);
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_job_paid_again_is_not_settled_by_the_usage_row_of_its_first_attempt() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["reset-after-charge:1"]));
    env.edit("-q").service(&service).code(8).any_stderr().assert();
    let (journal, job) = journal_and_job(&env);
    assert_eq!(job.state, State::Unknown);
    env.command_with(["recover", "-q", "--pay-again", &job.intent.job])
        .service(&service)
        .any_stdout()
        .assert();
    let (transport, interrupt) = (transport(), Interrupt::default());
    let answers = answers();
    let models = Models::built_in("aimlapi").unwrap();
    let settled = recovery((&journal, &answers), &transport, &models, &interrupt)
        .settle(std::slice::from_ref(&job), &service.url().parse().unwrap(), &ApiKey::parse(KEY).unwrap())
        .unwrap();
    assert!(matches!(settled[..], [Settled::Elsewhere]));
    assert_eq!(journal.job(&job.intent.job).unwrap().unwrap().state, State::Delivered);
}

#[test]
fn a_delivered_sandbox_job_is_not_given_up() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:1"]));
    env.edit("-q --retries 0").service(&service).code(9).any_stderr().assert();
    let (journal, job) = journal_and_job(&env);
    let (transport, interrupt) = (transport(), Interrupt::default());
    let answers = answers();
    let models = Models::built_in("aimlapi").unwrap();
    let recovery = recovery((&journal, &answers), &transport, &models, &interrupt);
    recovery.finish(&job).unwrap();
    recovery.give_up(&job).unwrap();
    assert_eq!(journal.job(&job.intent.job).unwrap().unwrap().state, State::Delivered);
}

#[test]
fn an_edit_is_not_paid_for_again_while_recover_finishes_an_equal_one() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:1"]));
    env.edit("-q --retries 0").service(&service).code(9).any_stderr().assert();
    let job = env.only_job().id;
    let finishing = JobLock::acquire_to_finish(&env.data_dir(), &job).unwrap();
    env.edit("").service(&service).code(9).stderr_contains(&[&job, "nothing was sent"]).assert();
    drop(finishing);
    // One that is being made was started on purpose, and so is this one.
    let _made = JobLock::acquire_with_space(&env.data_dir(), &job, false).unwrap();
    env.edit("-q --if-exists rename").service(&service).any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(2, 2);
}

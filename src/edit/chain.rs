//! Chains of edits: the result of each step is the picture of the next one.
//!
//! The result of an earlier step is delivered only if that is requested, or if a later step fails, because it was paid for.
//! Otherwise it is in the answer store.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use crate::api::Price;
use crate::journal::JobLock;

use super::load::Image;
use super::outcome::{Charged, Delivery, EarlierStep, RunError};
use super::plan::{Plan, Rerun};
use super::run::{Keep, PaidJob};
use super::source::Source;
use super::work::Work;

/// The outcome of one step.
#[derive(Debug)]
pub struct StepResult {
    /// The number of the step, from 0.
    pub step: usize,
    /// Its result, or why there is none.
    pub result: Result<Delivery, RunError>,
    /// The price of each call that was, or may have been, charged since the last reported outcome, including this
    /// one; `None` if the price is not known.
    pub charges: Vec<Option<Price>>,
}

/// Runs the steps one after the other. Returns the kept results and the failures, in order.
///
/// The output of the last step is reserved before the first request is sent. The cost, the attempts and the time of a step
/// whose result is not kept are added to those of the next result, so that they can be added up. If one of the prices is
/// not known, the sum is not known. A single step is the same as [`run`](fn@super::run).
pub fn run_chain(
    steps: &[Plan],
    image: Image,
    keeps_steps: bool,
    work: &Work<'_>,
    stdout: &mut dyn Write,
) -> Vec<StepResult> {
    let mut chain =
        Chain { work, stdout, outcomes: Vec::new(), handed_on: Vec::new(), earlier: Duration::ZERO };
    match steps {
        [] => {}
        [only] => {
            let results = super::run(only, image, work, chain.stdout);
            chain.report(0, results);
        }
        [.., last] => match last.reserve() {
            Ok(reserved) => chain.run(steps, image, Keep::Done(reserved.into()), keeps_steps),
            Err(error) => chain.report(steps.len() - 1, vec![Err(error.into())]),
        },
    }
    chain.outcomes
}

/// A chain in progress.
struct Chain<'a, 'w> {
    work: &'a Work<'w>,
    stdout: &'a mut dyn Write,
    outcomes: Vec<StepResult>,
    /// The steps since the last reported result.
    handed_on: Vec<EarlierStep>,
    /// The time of those steps, without waits for the limiter.
    earlier: Duration,
}

/// The result of the previous step.
enum Previous {
    /// Paid for and not delivered yet; with the number of the step and the time it took.
    Undelivered(usize, Duration, Box<PaidJob>),
    /// Saved in this file. The lock says that the chain goes on, until the next step has one: otherwise another process could
    /// continue the chain, and pay for the next step, too.
    Saved { path: PathBuf, _lock: JobLock },
}

impl Chain<'_, '_> {
    fn run(&mut self, steps: &[Plan], mut image: Image, last: Keep, keeps_steps: bool) {
        let mut last = Some(last);
        let mut previous: Option<Previous> = None;
        for (step, plan) in steps.iter().enumerate() {
            let is_last = step + 1 == steps.len();
            let keep = if is_last { last.take().unwrap_or(Keep::Now) } else { Keep::Later };
            let paid_job = self.pay(plan, image, keep, previous.as_ref());
            let paid_job = match (paid_job, previous.take()) {
                (Ok(paid_job), previous) => {
                    if let Some(Previous::Undelivered(_, took, previous)) = previous {
                        self.earlier += took;
                        self.handed_on.push(previous.hand_on(self.work));
                    }
                    paid_job
                }
                (Err(error), previous) => {
                    if let Some(Previous::Undelivered(step, _, previous)) = previous {
                        let (results, _) = previous.deliver(self.work, self.stdout);
                        self.report(step, results);
                    }
                    return self.report(step, vec![Err(error)]);
                }
            };
            if is_last {
                let (results, _) = paid_job.deliver(self.work, self.stdout);
                return self.report(step, results);
            }
            let takes_links = steps.get(step + 1).is_some_and(|next| next.generation.card.takes_links());
            let next =
                if takes_links { paid_job.next_image(self.work) } else { paid_job.next_bytes(self.work) };
            if keeps_steps || next.is_err() {
                let (results, lock) = paid_job.deliver(self.work, self.stdout);
                let path = results.iter().find_map(|result| result.as_ref().ok()?.path.clone());
                self.report(step, results);
                // Without the picture or its file, the next step has no input.
                let (Ok(next), Some(path)) = (next, path) else {
                    return self.report(step + 1, vec![Err(RunError::Canceled)]);
                };
                (image, previous) = (next, Some(Previous::Saved { path, _lock: lock }));
            } else if let Ok(next) = next {
                (image, previous) =
                    (next, Some(Previous::Undelivered(step, paid_job.elapsed(), Box::new(paid_job))));
            } else {
                return;
            }
        }
    }

    /// Pays for one step. If the service could not download a link, which is not charged, sends the picture itself
    /// instead.
    fn pay(
        &self,
        plan: &Plan,
        image: Image,
        keep: Keep,
        previous: Option<&Previous>,
    ) -> Result<PaidJob, RunError> {
        let was_link = matches!(image, Image::Link(_));
        let refused = match (PaidJob::buy(plan, image, keep, self.work), previous) {
            (Err(error @ RunError::Refused { .. }), Some(previous)) if was_link => (error, previous),
            (paid_job, _) => return paid_job,
        };
        let (error, previous) = refused;
        let RunError::Refused { refusal, .. } = &error else { return Err(error) };
        if !matches!(refusal.status, 400 | 422) {
            return Err(error);
        }
        let image = match previous {
            Previous::Undelivered(_, _, paid_job) => paid_job.next_bytes(self.work),
            Previous::Saved { path, .. } => {
                Source::File(path.clone()).load(None, &plan.processing).map_err(|_| RunError::Canceled)
            }
        };
        let (Ok(image), Some(job)) = (image, self.work.journal.job(plan.job.as_str())?) else {
            return Err(error);
        };
        let plan = Plan { rerun: Some(Rerun::of(&job)), ..plan.clone() };
        PaidJob::buy(&plan, image, Keep::Now, self.work)
    }

    fn report(&mut self, step: usize, results: Vec<Result<Delivery, RunError>>) {
        let earlier = std::mem::take(&mut self.earlier);
        let mut is_first = true;
        for mut result in results {
            // All results of a call are paid for with the first one.
            let handed_on = std::mem::take(&mut self.handed_on);
            let mut charges: Vec<_> = handed_on.iter().map(|step| step.price).collect();
            match &result {
                _ if !is_first => {}
                Ok(delivery) => charges.push(delivery.paid.price),
                Err(error) if error.charged() == Charged::No => {}
                Err(error) => charges.push(error.paid().and_then(|paid| paid.price)),
            }
            is_first = false;
            if let (Ok(delivery), false) = (&mut result, handed_on.is_empty()) {
                let sum = |sum: Option<Price>, price: &Option<Price>| Some(sum?.plus(Some((*price)?)));
                delivery.paid.price = charges.iter().fold(Some(Price::ZERO), sum);
                delivery.elapsed += earlier;
                delivery.attempts += handed_on.iter().map(|step| step.attempts).sum::<u32>();
                delivery.earlier_steps = handed_on;
            }
            self.outcomes.push(StepResult { step, result, charges });
        }
    }
}

//! What came of edits, reported.

use std::io;

use crate::edit::{self, Delivery, Destination, Image, Interrupt, Plan, RunError, Service, Work};
use crate::error::{self, ErrorKind, Failure};
use crate::journal::Journal;
use crate::ui::{JobInfo, OkRecord, Progress, RequestRecord, Ui};

use super::context::Connection;
use super::reporting::{report, stdout_failed};

/// Does what was planned, reports each result, and returns the gravest failure.
pub(super) fn spend(
    plan: &Plan,
    image: Image,
    connection: &Connection,
    journal: &Journal,
    retries: u32,
    interrupt: &Interrupt,
    ui: &Ui,
) -> Result<Option<ErrorKind>, Failure> {
    let progress = Progress::new(ui, interrupt);
    let service = Service {
        transport: &connection.transport,
        endpoint: &connection.endpoint,
        key: &connection.key,
        retries,
        is_sandbox: connection.target.is_sandbox(),
    };
    let work = Work { service, journal, events: &progress, interrupt, limiter: &edit::Unlimited, place: 0 };
    let results = edit::run(plan, image, &work, &mut io::stdout().lock());
    progress.clear();

    let name = plan.source.name();
    let asked = JobInfo::new(Some(plan.job.as_str()), Some(&name));
    let named = error::RequestInfo { model: &plan.generation.model, base_url: &connection.endpoint.base };
    let listing = if plan.output.place == Destination::Stdout { Listing::Nothing } else { Listing::Paths };
    results_told(results, &asked, &RequestRecord::from(&plan.generation), listing, ui, |error| {
        Failure::from_run(error, named)
    })
}

/// The failure that a result is that could not be put into its original.
pub(super) fn bare() -> Failure {
    // Not `input`: nobody is to take it for free and run it again.
    Failure::new(ErrorKind::Partial, anyhow::anyhow!("the result could not be put into its picture"))
        .hint("it was paid for and is kept, as the service made it")
}

/// What standard output gets of results, where it is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// The path of each file.
    Paths,
    /// Nothing: a picture went there.
    Nothing,
}

/// Reports each result, and returns the gravest failure.
pub(super) fn results_told(
    results: Vec<Result<Delivery, RunError>>,
    asked: &JobInfo<'_>,
    instruction: &RequestRecord<'_>,
    listing: Listing,
    ui: &Ui,
    failure: impl Fn(RunError) -> Failure,
) -> Result<Option<ErrorKind>, Failure> {
    let mut worst: Option<ErrorKind> = None;
    for result in results {
        match result {
            Ok(delivery) => {
                ui.delivered(&delivery, instruction.seed);
                if ui.is_json() {
                    ui.json(&OkRecord::new(asked.clone(), instruction.clone(), &delivery))
                        .map_err(stdout_failed)?;
                } else if let (Listing::Paths, Some(path)) = (listing, &delivery.path) {
                    ui.data(&ui.result_line(path.as_os_str())).map_err(stdout_failed)?;
                }
                if delivery.is_bare {
                    let failure = bare();
                    ui.failed(&failure);
                    worst = Some(failure.kind.max(worst));
                }
            }
            Err(error) => {
                let failure = failure(error);
                report(&failure, asked.clone(), ui);
                worst = Some(failure.kind.max(worst));
            }
        }
    }
    Ok(worst)
}

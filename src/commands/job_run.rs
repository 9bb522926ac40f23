//! Runs one planned job and reports its results.

use std::io;

use crate::edit::{self, Delivery, Destination, Image, Interrupt, Plan, RunError, Service, Work};
use crate::error::{self, ErrorKind, Failure};
use crate::journal::Journal;
use crate::ui::{JobInfo, OkRecord, Progress, RequestRecord, Ui};

use super::context::Connection;
use super::reporting::{report, stdout_failed};

/// Runs a planned job, reports each result and returns the worst failure.
pub(super) fn run_job(
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
    let job = JobInfo::new(Some(plan.job.as_str()), Some(&name));
    let request_info =
        error::RequestInfo { model: &plan.generation.model, base_url: &connection.endpoint.base };
    let listing = if plan.output.place == Destination::Stdout { Listing::Nothing } else { Listing::Paths };
    report_results(results, &job, &RequestRecord::from(&plan.generation), listing, ui, |error| {
        Failure::from_run(error, request_info)
    })
}

/// The failure to report for a result that could not be restored into its original.
pub(super) fn not_restored() -> Failure {
    // Not `input`: a script must not take it for free and run it again.
    Failure::new(ErrorKind::Partial, anyhow::anyhow!("the result could not be put into its picture"))
        .hint("it was paid for and is saved as the service made it")
}

/// What standard output shows of results without `--json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// The path of each file.
    Paths,
    /// Nothing: the picture itself is written there.
    Nothing,
}

/// Reports each result and returns the worst failure.
pub(super) fn report_results(
    results: Vec<Result<Delivery, RunError>>,
    job: &JobInfo<'_>,
    request: &RequestRecord<'_>,
    listing: Listing,
    ui: &Ui,
    failure: impl Fn(RunError) -> Failure,
) -> Result<Option<ErrorKind>, Failure> {
    let mut worst: Option<ErrorKind> = None;
    for result in results {
        match result {
            Ok(delivery) => {
                ui.delivered(&delivery, request.seed);
                if ui.is_json() {
                    ui.json(&OkRecord::new(job.clone(), request.clone(), &delivery))
                        .map_err(stdout_failed)?;
                } else if let (Listing::Paths, Some(path)) = (listing, &delivery.path) {
                    ui.data(&ui.result_line(path.as_os_str())).map_err(stdout_failed)?;
                }
                if delivery.is_bare {
                    let failure = not_restored();
                    ui.failed(&failure);
                    worst = Some(failure.kind.max(worst));
                }
            }
            Err(error) => {
                let failure = failure(error);
                report(&failure, job.clone(), ui);
                worst = Some(failure.kind.max(worst));
            }
        }
    }
    Ok(worst)
}

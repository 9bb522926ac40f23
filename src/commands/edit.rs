//! `seededit edit`

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use crate::api::{Downloads, Endpoint};
use crate::batch::{self, BatchOptions, Dedup, Status, TaskOutcome, Usd, only};
use crate::cli::EditArgs;
use crate::edit::{Destination, Image, Loaded, Output, OutputError, PlanError, Source, Unlimited};
use crate::env::Env;
use crate::error::{self, ErrorKind, Failure};
use crate::journal::Journal;
use crate::ui::{JobInfo, Progress, Ui};

use super::batch_run::{self, JobSpecs};
use super::context::{self, Connection};
use super::dry_run::{self, Upload};
use super::edit_options::EditOptions;
use super::inputs::{EditInputs, Input};
use super::mask_out::{MaskOut, MaskWriter, ensure_apart};
use super::reporting::{exit_code, report, stdout_failed};
use super::session::{self, Session};
use super::signals;
use super::task_report::{TaskReport, task_reports};

pub(super) fn run(args: &EditArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let inputs = EditInputs::read(args, env)?;
    let options = EditOptions::resolve(&args.request, &args.results, &args.service, &args.connect, env)?;
    let mut rules = options.batch_options(if args.reuse { Dedup::Results } else { Dedup::Fresh });
    rules.output.output.clone_from(&args.output);
    if args.mask_out.is_some() && !options.is_merged() {
        return Err(Failure::usage("--mask-out needs a result that is restored into its original")
            .hint("add --preserve, --region or --mask"));
    }
    match &inputs.pictures[..] {
        [only] if args.request.count.unwrap_or(1) == 1 => {
            let name = only.source.name();
            one(args, only, &inputs, &options, &rules, env, ui)
                .or_else(|failure| Ok(report(&failure, JobInfo::new(None, Some(&name)), ui)))
        }
        _ if args.mask_out.is_some() => {
            Err(Failure::usage("--mask-out works with one result, and there are several"))
        }
        _ => several(args, inputs, &options, rules, env, ui),
    }
}

/// Runs a single edit, without the plan database of a batch.
fn one(
    args: &EditArgs,
    picture: &Input,
    inputs: &EditInputs,
    options: &EditOptions<'_>,
    rules: &BatchOptions,
    env: &Env,
    ui: &Ui,
) -> Result<u8, Failure> {
    let spec = options.job_spec(&picture.source, &inputs.prompt, picture.directory.clone())?;
    // Check the output first, because that is cheap. Read the picture last.
    let task = only(spec.clone(), None, rules).map_err(spec_failed)?;
    match task.aim(None).and_then(|aimed| task.ensure_possible(aimed)) {
        Ok(Output { place: Destination::Skipped(path), .. }) if !args.reuse => {
            return skipped(&task, path, options, ui);
        }
        // The existing file may be the result to reuse.
        Err(OutputError::Exists(_)) if args.reuse => {}
        Err(error) => return Err(PlanError::from(error).into()),
        Ok(_) => {}
    }
    let aimed = task.aim(None).map_err(PlanError::from)?;
    let input_file = match &picture.source {
        Source::File(path) => Some(path.as_path()),
        _ => None,
    };
    let mask_in = args.results.mask.as_deref();
    if let (Some(path), Some(mask)) = (aimed.path(), mask_in) {
        ensure_apart(path, &[mask])?;
    }
    let others: Vec<&Path> = input_file.into_iter().chain(mask_in).chain(aimed.path()).collect();
    let mask = args
        .mask_out
        .as_deref()
        .map(|path| MaskOut::plan(path, rules.output.if_exists, &others))
        .transpose()?;
    let transport = context::transport(&options.settings, env);
    let downloads = Downloads { transport: &transport, retries: options.settings.retries };
    let fetch = (rules.fetches && !args.results.dry_run).then_some(&downloads);
    let image = match &picture.source {
        // A dry run does not use the network, so a link is not fetched.
        Source::Link(url) if rules.fetches && fetch.is_none() => Image::Link(url.clone()),
        source => source.load(fetch, &rules.processing).map_err(PlanError::from)?,
    };
    let sha256 = match &image {
        Image::Loaded(loaded) => Some(loaded.sha256()),
        Image::Link(_) => None,
    };
    let task = batch::Task { job: task.job, ..only(spec, sha256, rules).map_err(spec_failed)? };
    let model = options.model();
    if args.results.dry_run {
        let journal = Journal::open_existing(&context::data_dir(env, options.target.is_sandbox())?)?;
        let models = [model.to_string()];
        let price =
            session::price(&args.budget, &models, &options.settings, options.target, journal.as_ref(), None)?
                .expected();
        let status = journal.as_ref().map(|journal| Status::of(&task, journal, rules)).transpose()?;
        let price = match &status {
            Some(found @ (Status::Done(job) | Status::Misplaced(job))) => {
                ui.note(&format!(
                    "with --reuse nothing is sent or paid: job {} made this result",
                    job.intent.job
                ));
                if matches!(found, Status::Done(_)) {
                    return Ok(0);
                }
                Some(Usd::default())
            }
            _ => price,
        };
        let endpoint =
            Endpoint { base: options.settings.base_url.clone(), path: options.settings.path.clone() };
        return dry_run::edit(
            &task,
            &image,
            &rules.processing.back,
            &endpoint,
            options.target.is_built_in(),
            price,
            ui,
        )
        .map(|()| 0);
    }
    if let (true, Image::Loaded(loaded)) = (options.is_partial(), &image) {
        print_upload(loaded, ui);
    }
    mask.as_ref().map_or(Ok(()), MaskOut::ensure_writable)?;
    let journal = Journal::open(&context::data_dir(env, options.target.is_sandbox())?)?;
    let connection = Connection::new(&options.settings, env, options.target)?;
    context::print_notes(options.target, &options.settings, &journal, ui)?;
    let interrupt = signals::watch()?;
    let session = Session {
        budget: &args.budget,
        rules,
        settings: &options.settings,
        connection: &connection,
        journal: &journal,
        interrupt: &interrupt,
        keeps_steps: args.request.keep_steps,
    };
    let budget = session.budget(&[model.to_string()], None)?;
    let progress = Progress::new(ui, &interrupt);
    let worker = session.worker(&Unlimited, &budget);
    let events = MaskWriter { events: &progress, to: mask.as_ref(), failed: Mutex::default() };
    let outcome = worker.carry_out(&task, Some(image), &events, &mut io::stdout().lock());
    let mask_failure = events.failure();
    progress.clear();
    if let Some(limit) = budget.passed() {
        ui.note(&session::limit_exceeded(budget.spent(), limit));
    }
    let request = error::RequestInfo { model: &model, base_url: &connection.endpoint.base };
    let mut worst = report_task(&task, task_reports(&task, outcome, request), args.strict, ui)?;
    if let Some(failure) = mask_failure {
        ui.failed(&failure);
        worst = Some(failure.kind.max(worst));
    }
    Ok(exit_code(worst, &interrupt))
}

/// Runs several edits: of several pictures, or several results of one.
fn several(
    args: &EditArgs,
    inputs: EditInputs,
    options: &EditOptions<'_>,
    mut rules: BatchOptions,
    env: &Env,
    ui: &Ui,
) -> Result<u8, Failure> {
    let mut specs = Vec::with_capacity(inputs.pictures.len());
    for Input { source, directory } in inputs.pictures {
        let source = source.held().map_err(PlanError::from)?;
        specs.push(Ok(options.job_spec(&source, &inputs.prompt, directory)?));
        if let Source::Piped(bytes) = source {
            rules.piped = Some(bytes);
        }
    }
    let specs = JobSpecs { specs: Box::new(specs.into_iter()), manifest: None };
    let run = batch_run::BatchRun {
        concurrency: &args.concurrency,
        budget: &args.budget,
        rules: &rules,
        options,
        dry_run: args.results.dry_run,
        keeps_steps: args.request.keep_steps,
        unordered: false,
        strict: args.strict,
        max_jobs: None,
        report: None,
    };
    run.execute(specs, env, ui)
}

/// Says so if the whole picture is uploaded although only a part of it may change. A smaller upload is reported with
/// the other changes to the picture.
fn print_upload(loaded: &Loaded, ui: &Ui) {
    if let Upload::Whole(size) = Upload::of(loaded) {
        ui.note(&format!("the whole picture is uploaded ({size}): the part to edit needs its surroundings"));
    }
}

fn skipped(
    task: &batch::Task,
    path: std::path::PathBuf,
    options: &EditOptions<'_>,
    ui: &Ui,
) -> Result<u8, Failure> {
    let model = options.model();
    let request = error::RequestInfo { model: &model, base_url: &options.settings.base_url };
    report_task(task, task_reports(task, TaskOutcome::Skipped(path), request), false, ui).map(|_| 0)
}

/// Prints the reports of the only task and returns the worst failure.
fn report_task(
    task: &batch::Task,
    reports: Vec<TaskReport>,
    strict: bool,
    ui: &Ui,
) -> Result<Option<ErrorKind>, Failure> {
    // Standard output takes nothing else beside the picture.
    let lists_paths = task.output.output.as_deref() != Some(OsStr::new("-"));
    let mut worst: Option<ErrorKind> = None;
    for report in reports {
        if let Some(kind) = report.kind() {
            worst = Some(kind.max(worst));
        }
        report.print(task, ui);
        if ui.is_json() {
            ui.data(&report.json(task, ui).map_err(stdout_failed)?).map_err(stdout_failed)?;
        } else if let (true, Some(path)) = (lists_paths, report.path(true)) {
            ui.data(&ui.result_line(path.as_os_str())).map_err(stdout_failed)?;
        }
        if let Some(failure) = report.not_as_asked(strict) {
            ui.failed(&failure);
            worst = Some(failure.kind.max(worst));
        }
    }
    Ok(worst)
}

/// Turns a fault of the specification into a failure. The flags were checked when they were parsed.
fn spec_failed(error: batch::JobSpecError) -> Failure {
    Failure::new(ErrorKind::Input, error)
}

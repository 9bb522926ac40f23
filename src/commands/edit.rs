//! `seededit edit`

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use crate::api::{Downloads, Endpoint};
use crate::batch::{self, BatchOptions, Dedup, Status, TaskOutcome, Usd, only};
use crate::cli::EditArgs;
use crate::edit::{Destination, Image, Output, OutputError, PlanError, Source, Unlimited};
use crate::env::Env;
use crate::error::{self, ErrorKind, Failure};
use crate::journal::Journal;
use crate::ui::{JobInfo, Progress, Ui};

use super::batch_run::{self, JobSpecs};
use super::context::{self, Connection};
use super::edit_options::EditOptions;
use super::inputs::{EditInputs, Input};
use super::mask_out::{MaskOut, MaskWriter, ensure_apart};
use super::reporting::{exit_code, report, stdout_failed};
use super::session::{self, Session};
use super::task_report::{TaskReport, told};
use super::{dry_run, signals};

pub(super) fn run(args: &EditArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let typed = EditInputs::read(args, env)?;
    let asked = EditOptions::resolve(&args.request, &args.results, &args.service, &args.connect, env)?;
    let mut rules = asked.rules(if args.reuse { Dedup::Results } else { Dedup::Fresh });
    rules.output.output.clone_from(&args.output);
    if args.mask_out.is_some() && !asked.is_merged() {
        return Err(Failure::usage("--mask-out is for results that are put into their original")
            .hint("add --preserve, --region or --mask"));
    }
    match &typed.pictures[..] {
        [only] if args.request.count.unwrap_or(1) == 1 => {
            let name = only.source.name();
            one(args, only, &typed, &asked, &rules, env, ui)
                .or_else(|failure| Ok(report(&failure, JobInfo::new(None, Some(&name)), ui)))
        }
        _ if args.mask_out.is_some() => {
            Err(Failure::usage("--mask-out is for one result, and there will be several"))
        }
        _ => several(args, typed, &asked, rules, env, ui),
    }
}

/// One picture, one result: nothing that only many need is in its way.
fn one(
    args: &EditArgs,
    picture: &Input,
    typed: &EditInputs,
    asked: &EditOptions<'_>,
    rules: &BatchOptions,
    env: &Env,
    ui: &Ui,
) -> Result<u8, Failure> {
    let wish = asked.wish(&picture.source, &typed.prompt, picture.directory.clone())?;
    // Looking at the output costs least, so it comes first; the picture is read last.
    let order = only(wish.clone(), None, rules).map_err(wish_failed)?;
    match order.aim(None).and_then(|aimed| order.ensure_possible(aimed)) {
        Ok(Output { place: Destination::Skipped(path), .. }) if !args.reuse => {
            return skipped(&order, path, asked, ui);
        }
        // What is there may be the very result that is asked for again.
        Err(OutputError::Exists(_)) if args.reuse => {}
        Err(error) => return Err(PlanError::from(error).into()),
        Ok(_) => {}
    }
    let aimed = order.aim(None).map_err(PlanError::from)?;
    let read = match &picture.source {
        Source::File(path) => Some(path.as_path()),
        _ => None,
    };
    let mask_in = args.results.mask.as_deref();
    if let (Some(path), Some(mask)) = (aimed.path(), mask_in) {
        ensure_apart(path, &[mask])?;
    }
    let others: Vec<&Path> = read.into_iter().chain(mask_in).chain(aimed.path()).collect();
    let mask = args
        .mask_out
        .as_deref()
        .map(|path| MaskOut::plan(path, rules.output.if_exists, &others))
        .transpose()?;
    let transport = context::transport(&asked.settings, env);
    let downloads = Downloads { transport: &transport, retries: asked.settings.retries };
    let fetch = (rules.fetches && !args.results.dry_run).then_some(&downloads);
    let image = match &picture.source {
        // A dry run does not go to the network, so a link stays one.
        Source::Link(url) if rules.fetches && fetch.is_none() => Image::Link(url.clone()),
        source => source.load(fetch, &rules.processing).map_err(PlanError::from)?,
    };
    let sha256 = match &image {
        Image::Loaded(loaded) => Some(loaded.sha256()),
        Image::Link(_) => None,
    };
    let order = batch::Task { job: order.job, ..only(wish, sha256, rules).map_err(wish_failed)? };
    let model = asked.model();
    if args.results.dry_run {
        let journal = Journal::open_existing(&context::data_dir(env, asked.target.is_sandbox())?)?;
        let models = [model.to_string()];
        let price =
            session::price(&args.budget, &models, &asked.settings, asked.target, journal.as_ref(), None)?
                .expected();
        let standing = journal.as_ref().map(|journal| Status::of(&order, journal, rules)).transpose()?;
        let price = match &standing {
            Some(made @ (Status::Done(job) | Status::Misplaced(job))) => {
                ui.note(&format!("job {} has made it: with --reuse nothing is sent or paid", job.intent.job));
                if matches!(made, Status::Done(_)) {
                    return Ok(0);
                }
                Some(Usd::default())
            }
            _ => price,
        };
        let endpoint = Endpoint { base: asked.settings.base_url.clone(), path: asked.settings.path.clone() };
        return dry_run::one(
            &order,
            &image,
            &rules.processing.back,
            &endpoint,
            asked.target.is_built_in(),
            price,
            ui,
        )
        .map(|()| 0);
    }
    mask.as_ref().map_or(Ok(()), MaskOut::ensure_writable)?;
    let journal = Journal::open(&context::data_dir(env, asked.target.is_sandbox())?)?;
    let connection = Connection::new(&asked.settings, env, asked.target)?;
    context::greet(asked.target, &asked.settings, &journal, ui)?;
    let interrupt = signals::watch()?;
    let means = Session {
        budget: &args.budget,
        rules,
        settings: &asked.settings,
        connection: &connection,
        journal: &journal,
        interrupt: &interrupt,
        keeps_steps: args.request.keep_steps,
    };
    let budget = means.budget(&[model.to_string()], None)?;
    let progress = Progress::new(ui, &interrupt);
    let worker = means.worker(&Unlimited, &budget);
    let events = MaskWriter { events: &progress, to: mask.as_ref(), failed: Mutex::default() };
    let outcome = worker.carry_out(&order, Some(image), &events, &mut io::stdout().lock());
    let unmasked = events.failure();
    progress.clear();
    if let Some(limit) = budget.passed() {
        ui.note(&session::cost_more(budget.spent(), limit));
    }
    let named = error::RequestInfo { model: &model, base_url: &connection.endpoint.base };
    let mut worst = tell(&order, told(&order, outcome, named), args.strict, ui)?;
    if let Some(failure) = unmasked {
        ui.failed(&failure);
        worst = Some(failure.kind.max(worst));
    }
    Ok(exit_code(worst, &interrupt))
}

/// Many pictures with one instruction, or several results of one.
fn several(
    args: &EditArgs,
    typed: EditInputs,
    asked: &EditOptions<'_>,
    mut rules: BatchOptions,
    env: &Env,
    ui: &Ui,
) -> Result<u8, Failure> {
    let mut wishes = Vec::with_capacity(typed.pictures.len());
    for Input { source, directory } in typed.pictures {
        let source = source.held().map_err(PlanError::from)?;
        wishes.push(Ok(asked.wish(&source, &typed.prompt, directory)?));
        if let Source::Piped(bytes) = source {
            rules.piped = Some(bytes);
        }
    }
    let wishes = JobSpecs { wishes: Box::new(wishes.into_iter()), manifest: None };
    let run = batch_run::BatchRun {
        concurrency: &args.concurrency,
        budget: &args.budget,
        rules: &rules,
        asked,
        dry_run: args.results.dry_run,
        keeps_steps: args.request.keep_steps,
        unordered: false,
        strict: args.strict,
        max_jobs: None,
        report: None,
    };
    run.carry_out(wishes, env, ui)
}

fn skipped(
    order: &batch::Task,
    path: std::path::PathBuf,
    asked: &EditOptions<'_>,
    ui: &Ui,
) -> Result<u8, Failure> {
    let model = asked.model();
    let named = error::RequestInfo { model: &model, base_url: &asked.settings.base_url };
    tell(order, told(order, TaskOutcome::Skipped(path), named), false, ui).map(|_| 0)
}

/// Tells everything of the only order, and returns the gravest failure.
fn tell(
    order: &batch::Task,
    all: Vec<TaskReport>,
    strict: bool,
    ui: &Ui,
) -> Result<Option<ErrorKind>, Failure> {
    // Where a picture goes, nothing else does.
    let lists = order.output.output.as_deref() != Some(OsStr::new("-"));
    let mut worst: Option<ErrorKind> = None;
    for told in all {
        if let Some(kind) = told.kind() {
            worst = Some(kind.max(worst));
        }
        told.say(order, ui);
        if ui.is_json() {
            ui.data(&told.json(order, ui).map_err(stdout_failed)?).map_err(stdout_failed)?;
        } else if let (true, Some(path)) = (lists, told.path(true)) {
            ui.data(&ui.result_line(path.as_os_str())).map_err(stdout_failed)?;
        }
        if let Some(failure) = told.not_as_asked(strict) {
            ui.failed(&failure);
            worst = Some(failure.kind.max(worst));
        }
    }
    Ok(worst)
}

/// The values have been checked when they were typed.
fn wish_failed(error: batch::JobSpecError) -> Failure {
    Failure::new(ErrorKind::Input, error)
}

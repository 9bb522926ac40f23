//! `seededit edit`

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::api::Prompt;
use crate::batch::{BatchOptions, Dedup, JobSpec};
use crate::cli::EditArgs;
use crate::color::ColorWhen;
use crate::edit::{IfExists, OwnPictures, PlanError, Source};
use crate::env::Env;
use crate::error::Failure;
use crate::ui::{JobInfo, Ui};

use super::batch_run::{BatchRun, JobSpecs, OnEarlier, Part, RunEnd};
use super::consent::Consent;
use super::edit_options::{Earlier, EditOptions};
use super::host::Host;
use super::in_flight::InFlight;
use super::inputs::{EditInputs, Input};
use super::known_pictures::without_known;
use super::left_out::AllLeftOut;
use super::reporting::report;
use super::result_viewer::ResultViewer;
use super::single_edit::{SingleEdit, change_pictures};
use super::target::Target;
use super::{context, signals};

pub(super) fn run(args: &EditArgs, color: ColorWhen, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    run_repeating(args, None, color, env, ui)
}

/// Runs an edit that takes from an earlier one what its arguments do not say.
pub(super) fn run_repeating(
    args: &EditArgs,
    earlier: Option<&Earlier>,
    color: ColorWhen,
    env: &Env,
    ui: &Ui,
) -> Result<u8, Failure> {
    let viewer = ResultViewer::new(args, color, env, ui)?;
    if let Some(template) = &args.results.name {
        template.ensure_without_columns().map_err(|error| Failure::usage(format!("--name: {error}")))?;
    }
    let has_steps = !args.request.then.is_empty() || earlier.is_some_and(|earlier| !earlier.then.is_empty());
    if args.request.keep_steps && !has_steps {
        return Err(Failure::usage("--keep-steps is about the steps before --then").hint("add --then"));
    }
    let is_sandbox = || {
        let settings = context::settings(&context::flags(&args.connect), env)?;
        Target::find(&args.connect, &settings, env).map(Target::is_sandbox)
    };
    let inputs = EditInputs::read(args, earlier, is_sandbox, env, ui)?;
    let options = resolve(args, env)?;
    let options = match earlier {
        Some(earlier) => options.repeating(earlier),
        None => options,
    };
    let mut batch_options = batch_options(args, &options);
    if batch_options.output.name.is_none()
        && is_renamed(&batch_options)
        && args.request.count.unwrap_or(1) == 1
    {
        batch_options.output.name.clone_from(&inputs.continued_name);
    }
    batch_options.skip_unreadable = args.skip_unreadable;
    if args.results.keep_answer && batch_options.output.output.as_deref() == Some(OsStr::new("-")) {
        return Err(Failure::usage("--keep-answer needs a file, and the result goes to standard output")
            .hint("name a file with -o; `seededit history show` says where an answer is kept anyway"));
    }
    let change_picture = change_pictures(args).flag();
    if let Some(flag) = change_picture
        && !options.is_merged()
    {
        return Err(Failure::usage(format!("{flag} needs a result that is restored into its original"))
            .hint("add --preserve, --region or --mask"));
    }
    match (&inputs.pictures[..], change_picture) {
        ([input], _) if inputs.is_one_named && args.request.count.unwrap_or(1) == 1 => {
            let name = input.source.name();
            let consent = Consent::default();
            let (options, batch_options) = (&options, &batch_options);
            let host = Host::CommandLine;
            SingleEdit { args, options, batch_options, consent: &consent, viewer: &viewer, host, env, ui }
                .run(input.clone(), &inputs.prompt)
                .or_else(|failure| Ok(report(&failure, JobInfo::new(None, Some(&name)), ui)))
        }
        ([_], Some(flag)) if args.request.count.unwrap_or(1) == 1 => {
            Err(Failure::usage(format!("{flag} works with a picture that is named, not with -R"))
                .hint("name the picture"))
        }
        (_, Some(flag)) => {
            Err(Failure::usage(format!("{flag} works with one result, and there are several")))
        }
        _ => edit_several(args, inputs, &options, &mut batch_options, &viewer, env, ui),
    }
}

/// Edits one picture to one result on behalf of a server: `args` has what the request says besides the picture and the
/// prompt, which are what they are. No prompt names a file here.
pub(super) fn run_one(
    args: &EditArgs,
    picture: PathBuf,
    prompt: &Prompt,
    host: Host<'_>,
    env: &Env,
    ui: &Ui,
) -> Result<u8, Failure> {
    let viewer = ResultViewer::new(args, ColorWhen::Never, env, ui)?;
    let options = resolve(args, env)?;
    if !args.results.dry_run {
        host.ensure_limited(options.is_free())?;
    }
    let mut batch_options = batch_options(args, &options);
    batch_options.results_within = host.results_within().map(<[PathBuf]>::to_vec);
    let source = Source::File(picture);
    let name = source.name();
    let (consent, input) = (Consent::default(), Input { source, directory: None, is_named_result: true });
    let (options, batch_options) = (&options, &batch_options);
    SingleEdit { args, options, batch_options, consent: &consent, viewer: &viewer, host, env, ui }
        .run(input, prompt)
        .or_else(|failure| Ok(report(&failure, JobInfo::new(None, Some(&name)), ui)))
}

fn resolve<'a>(args: &'a EditArgs, env: &Env) -> Result<EditOptions<'a>, Failure> {
    EditOptions::resolve(&args.request, &args.results, &args.budget, &args.service, &args.connect, env)
}

fn batch_options(args: &EditArgs, options: &EditOptions<'_>) -> BatchOptions {
    let mut batch_options = options.batch_options(if args.reuse { Dedup::Results } else { Dedup::Never });
    batch_options.output.output.clone_from(&args.output);
    batch_options
}

/// Whether a generated name gets a number if there is such a file. Otherwise it could be that of the picture itself.
fn is_renamed(options: &BatchOptions) -> bool {
    matches!(options.output.if_exists, None | Some(IfExists::Rename))
}

/// Edits several pictures, or one picture several times. Results that exist already are used again, unless the user wants to
/// pay for new ones.
fn edit_several(
    args: &EditArgs,
    inputs: EditInputs,
    options: &EditOptions<'_>,
    batch_options: &mut BatchOptions,
    viewer: &ResultViewer<'_>,
    env: &Env,
    ui: &Ui,
) -> Result<u8, Failure> {
    let EditInputs { pictures: found, left_out, is_one_named, prompt, .. } = inputs;
    let (found, left_out) = if is_one_named {
        (found, AllLeftOut::new(left_out))
    } else {
        without_known(found, left_out, args.include_results, options, env)?
    };
    let mut pictures = Vec::with_capacity(found.len());
    for Input { source, directory, is_named_result } in found {
        let source = source.buffered().map_err(PlanError::from)?;
        if let Source::Piped(bytes) = &source {
            batch_options.stdin = Some(bytes.clone());
        }
        pictures.push(Input { source, directory, is_named_result });
    }
    let interrupt = signals::watch(&InFlight::several(options.sent_to()))?;
    let can_ask = ui.can_confirm() && !args.results.dry_run && batch_options.stdin.is_none();
    let mut on_earlier = match (args.reuse, can_ask) {
        (true, _) => OnEarlier::Use,
        (false, true) => OnEarlier::Ask,
        (false, false) => OnEarlier::Mention,
    };
    batch_options.dedup = if args.pay_again { Dedup::Never } else { Dedup::Results };
    loop {
        let spec = |input: &Input| -> Result<_, Failure> {
            let directory = input.directory.clone();
            let spec = options.job_spec(&input.source, &prompt, directory, &batch_options.dedup)?;
            let is_meant = is_one_named || args.include_results || input.is_named_result;
            let own = if is_meant { OwnPictures::Edit } else { OwnPictures::LeaveOut };
            Ok(Ok(JobSpec { own, ..spec }))
        };
        let specs = pictures.iter().map(spec).collect::<Result<Vec<_>, Failure>>()?;
        let run = BatchRun {
            concurrency: &args.concurrency,
            budget: &args.budget,
            batch_options,
            options,
            dry_run: args.results.dry_run,
            keeps_steps: args.request.keep_steps,
            unordered: false,
            strict: args.strict,
            max_jobs: None,
            report: None,
            html: None,
            viewer: Some(viewer),
            on_earlier,
            lists_kept: batch_options.dedup == Dedup::Results,
            part: Part::Whole,
        };
        let left_out = left_out.clone();
        let specs = JobSpecs { specs: Box::new(specs.into_iter()), manifest: None, left_out };
        match run.execute(specs, &interrupt, env, ui)? {
            RunEnd::Ended(ended) => return Ok(ended.code),
            // An edit has one part.
            RunEnd::NothingToEdit => return Ok(0),
            RunEnd::PaysAgain => (batch_options.dedup, on_earlier) = (Dedup::Never, OnEarlier::Use),
        }
    }
}

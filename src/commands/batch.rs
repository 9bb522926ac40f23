//! `seededit batch`

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use crate::batch::manifest::Manifest;
use crate::batch::{Dedup, JobSpec};
use crate::cli::BatchArgs;
use crate::edit::STDIN_LABEL;
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::files::{Opened, may_be_same_place};
use crate::picture::Format;
use crate::ui::Ui;

use super::batch_run::{BatchRun, JobSpecs, OnEarlier, Part, RunEnd};
use super::edit_options::{EditOptions, prompt_template};
use super::html_report::HtmlReport;
use super::in_flight::InFlight;
use super::left_out::AllLeftOut;
use super::prompt_argument::{PromptArgument, ensure_one_reads_stdin};
use super::report_file::ReportFile;
use super::signals;

pub(super) fn run(args: &BatchArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let path = (args.manifest != Path::new("-")).then_some(&args.manifest);
    let name = path.map_or(STDIN_LABEL.to_owned(), |path| path.display().to_string());
    let unreadable = |error: io::Error| {
        let cause = anyhow::Error::new(error).context(format!("cannot read the manifest {name}"));
        Failure::new(ErrorKind::Input, cause)
            .hint("name a file of JSON lines or CSV, or `-` for standard input")
    };
    if path.is_none() && env.stdin_is_terminal {
        return Err(Failure::input("the manifest is to be read from standard input, which is a terminal")
            .hint("name a manifest, or pipe one in"));
    }
    if let Some(report) = &args.report {
        ReportFile::ensure_possible(report, path.map(|path| path.as_path()))?;
    }
    if let Some(page) = &args.html {
        HtmlReport::ensure_possible(page, path.map(|path| path.as_path()))?;
        if args.report.as_ref().is_some_and(|report| may_be_same_place(report, page)) {
            return Err(Failure::usage("--report and --html name the same file").hint("name two files"));
        }
    }
    let argument = args.prompt.as_deref().map(PromptArgument::parse);
    let steps = args
        .request
        .then
        .iter()
        .map(|step| ("a prompt of --then", PromptArgument::parse(step.as_str()).is_stdin()));
    let reads_prompt = argument.is_some_and(PromptArgument::is_stdin);
    let uses = [("the manifest", path.is_none()), ("the prompt", reads_prompt)];
    ensure_one_reads_stdin(uses.into_iter().chain(steps))?;
    let prompt = argument.map(|argument| prompt_template(&argument.text("-p")?)).transpose()?;
    let options =
        EditOptions::resolve(&args.request, &args.results, &args.budget, &args.service, &args.connect, env)?;
    let manifest_path = std::path::absolute(path.map_or(Path::new("-"), Path::new)).map_err(unreadable)?;
    let mut batch_options = options.batch_options(Dedup::Manifest(manifest_path));
    batch_options.shard = args.shard;
    batch_options.redo = args.redo;
    let stream: Box<dyn Read> = match path {
        Some(path) => {
            let mut file = Opened::new(path).map_err(unreadable)?;
            if let Some(file) = file.regular() {
                ensure_no_picture(path, file).map_err(unreadable)??;
            }
            Box::new(file)
        }
        None => Box::new(io::stdin().lock()),
    };
    let base = path.and_then(|path| path.parent()).unwrap_or(Path::new(""));
    let interrupt = signals::watch(&InFlight::several(options.sent_to()))?;
    let defaults = options.defaults(base, prompt)?;
    let manifest = Manifest::new(stream, path, &defaults).map_err(unreadable)?;
    let run = BatchRun {
        concurrency: &args.concurrency,
        budget: &args.budget,
        batch_options: &batch_options,
        options: &options,
        dry_run: args.results.dry_run,
        keeps_steps: args.request.keep_steps,
        unordered: args.unordered,
        strict: args.strict,
        max_jobs: args.max_jobs,
        report: args.report.as_deref(),
        html: args.html.as_deref(),
        viewer: None,
        on_earlier: OnEarlier::Use,
        lists_kept: false,
        part: Part::Whole,
    };
    let mut has_mentioned_braces = false;
    let specs = manifest.inspect(|row| {
        if let Ok(spec) = row
            && let Some(column) = column_in_prompt(spec).filter(|_| !has_mentioned_braces)
        {
            has_mentioned_braces = true;
            let line = spec.line.map_or(String::new(), |line| format!(":{line}"));
            ui.note(&format!(
                "{name}{line}: {{{column}}} is sent as it is: only -p and --then fill in columns"
            ));
        }
    });
    let end = run.execute(
        JobSpecs { specs: Box::new(specs), manifest: Some(&name), left_out: AllLeftOut::default() },
        &interrupt,
        env,
        ui,
    )?;
    Ok(match end {
        RunEnd::Ended(ended) => ended.code,
        // Nobody was asked.
        RunEnd::NothingToEdit | RunEnd::PaysAgain => 0,
    })
}

/// Returns a column of a row that its prompts name in braces. In prompts for all rows, its value has been filled in.
fn column_in_prompt(spec: &JobSpec) -> Option<&str> {
    let is_named = |column: &&String| {
        let field = format!("{{{column}}}");
        std::iter::once(&spec.prompt).chain(&spec.then).any(|prompt| prompt.text().contains(&field))
    };
    spec.columns.keys().find(is_named).map(String::as_str)
}

/// Refuses a picture, whose bytes would only be reported as faults of a manifest.
fn ensure_no_picture(path: &Path, file: &mut File) -> io::Result<Result<(), Failure>> {
    let mut start = Vec::new();
    file.take(32).read_to_end(&mut start)?;
    file.rewind()?;
    let name = path.display();
    Ok(match Format::sniff(&start) {
        None => Ok(()),
        Some(_) => Err(Failure::input(format!("{name} is a picture, and a batch reads a list of edits"))
            .hint(format!(
                "edit it with `seededit edit {name} PROMPT`, or name a file of JSON lines or CSV"
            ))),
    })
}

//! `seededit watch`

mod arrivals;

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::api::Prompt;
use crate::batch::{Dedup, JobSpec};
use crate::cli::WatchArgs;
use crate::edit::{Interrupt, OwnPictures, Source};
use crate::env::Env;
use crate::error::{ErrorKind, Failure};
use crate::files::{absolute, ensure_writable, is_same_file};
use crate::money::Usd;
use crate::ui::{JobInfo, Ui, count};

use self::arrivals::{Arrivals, Stamp};
use super::batch_run::{BatchRun, Ended, JobSpecs, OnEarlier, Part, RunEnd};
use super::edit_options::EditOptions;
use super::in_flight::InFlight;
use super::inputs::Input;
use super::known_pictures::without_known;
use super::left_out::{AllLeftOut, LeftOut};
use super::picture_search::{Depth, Found};
use super::prompt_argument::{PromptArgument, parse_prompt, read_prompt};
use super::reporting::{report, stdout_failed};
use super::signals;

pub(super) fn run(args: &WatchArgs, env: &Env, ui: &Ui) -> Result<u8, Failure> {
    let out = args.results.out_dir.as_deref().unwrap_or(Path::new("."));
    ensure_directories(&args.directory, out)?;
    let prompt = prompt(args)?;
    let options = options(args, env)?;
    ensure_limited(&options)?;
    let interrupt = signals::watch(&InFlight::several(options.sent_to()))?;
    let mut watch = Watch {
        args,
        prompt,
        out,
        interrupt: &interrupt,
        made: 0,
        reused: 0,
        spent: None,
        reported: HashSet::new(),
        env,
        ui,
    };
    if args.results.dry_run {
        let found = watch.search()?;
        return watch.edit_all(found.pictures).map(|ended| ended.map_or(0, |ended| ended.code));
    }
    ui.note(&format!("watching {}; Ctrl-C ends it", args.directory.display()));
    let code = watch.run();
    let spent = watch.spent.unwrap_or_default();
    let reused = if watch.reused > 0 { format!(", {} reused", watch.reused) } else { String::new() };
    ui.summary(&format!("{} made{reused}  {spent}", count(watch.made as usize, "result")));
    code
}

/// Ensures that there is a directory to watch, and that results do not appear in it.
fn ensure_directories(directory: &Path, out: &Path) -> Result<(), Failure> {
    let is_directory = fs::metadata(directory).map_err(|error| {
        let cause = anyhow::Error::new(error).context(format!("cannot watch {}", directory.display()));
        Failure::new(ErrorKind::Input, cause).hint("create the directory first")
    })?;
    if !is_directory.is_dir() {
        return Err(Failure::input(format!("{} is not a directory", directory.display()))
            .hint("`seededit edit` edits a picture"));
    }
    if is_same_file(directory, out) {
        return Err(Failure::usage("results cannot go to the directory that is watched")
            .hint("give -d another directory, which may be in it"));
    }
    Ok(())
}

fn prompt(args: &WatchArgs) -> Result<Prompt, Failure> {
    match (&args.prompt, &args.prompt_file) {
        (Some(argument), _) => PromptArgument::parse(argument).prompt("-p"),
        (None, Some(path)) => parse_prompt(&read_prompt(path)?),
        (None, None) => parse_prompt(""),
    }
}

fn options<'a>(args: &'a WatchArgs, env: &Env) -> Result<EditOptions<'a>, Failure> {
    EditOptions::resolve(&args.request, &args.results, &args.budget, &args.service, &args.connect, env)
}

/// Ensures that nobody has to be there to keep the costs low.
fn ensure_limited(options: &EditOptions<'_>) -> Result<(), Failure> {
    let limits = options.settings.limits;
    if options.is_free() || limits.max_cost.is_some() || limits.max_cost_per_day.is_some() {
        return Ok(());
    }
    Err(Failure::usage("nobody is asked before an edit is paid for, so a limit is required")
        .hint("add --max-cost, or --max-cost-per-day; --sandbox costs nothing"))
}

/// A directory that is watched.
struct Watch<'a> {
    args: &'a WatchArgs,
    prompt: Prompt,
    out: &'a Path,
    interrupt: &'a Interrupt,
    /// The number of edits that were made.
    made: u64,
    /// The number of earlier results that were used again.
    reused: u64,
    /// What was spent so far; `None` if nothing was tried.
    spent: Option<Usd>,
    /// What was said about pictures that are left out.
    reported: HashSet<String>,
    env: &'a Env,
    ui: &'a Ui,
}

impl Watch<'_> {
    fn run(&mut self) -> Result<u8, Failure> {
        let mut arrivals = Arrivals::default();
        loop {
            let found = self.search()?;
            let files = found.pictures.iter().filter_map(|input| {
                let Source::File(path) = &input.source else { return None };
                // A file that vanishes is no arrival.
                Some((path.as_path(), Stamp::of(&fs::metadata(path).ok()?)))
            });
            let complete: HashSet<&Path> =
                arrivals.take(files, Instant::now(), self.args.settle).into_iter().collect();
            let is_complete = |input: &&Input| matches!(&input.source, Source::File(path) if complete.contains(path.as_path()));
            let pictures: Vec<Input> = found.pictures.iter().filter(is_complete).cloned().collect();
            if let Some(ended) = self.edit_all(pictures)? {
                if ended.is_final {
                    return Ok(ended.code);
                }
                if ended.code == ErrorKind::Unavailable.exit_code() {
                    complete.iter().for_each(|path| arrivals.give_back(path));
                }
            }
            if let Some(cause) = self.interrupt.sleep(self.args.interval) {
                return Ok(ErrorKind::Interrupted(cause.signal()).exit_code());
            }
        }
    }

    /// Returns the pictures in the directory. Says once what looks like a picture and is not one.
    fn search(&mut self) -> Result<Found, Failure> {
        let mut found = Found::default();
        let depth = if self.args.recursive { Depth::Tree } else { Depth::Directory };
        found.search(&self.args.directory, self.out, self.out, depth);
        let is_new =
            |left_out: &LeftOut| left_out.is_problem() && self.reported.insert(left_out.why().to_owned());
        let new = found.left_out.drain(..).filter(is_new).collect();
        AllLeftOut::new(new).report(self.ui).map_err(stdout_failed)?;
        Ok(found)
    }

    /// Edits pictures in parts, until one ends the run. In a part, equal pictures would be variations of one edit, so no two
    /// files of a part have the same length.
    fn edit_all(&mut self, mut pictures: Vec<Input>) -> Result<Option<Ended>, Failure> {
        let mut last: Option<Ended> = None;
        while !pictures.is_empty() && last.is_none_or(|ended| !ended.is_final) {
            let mut lengths = HashSet::new();
            let (part, rest) = pictures.into_iter().partition(|picture| lengths.insert(length(picture)));
            last = self.edit(part)?.or(last);
            pictures = rest;
        }
        Ok(last)
    }

    /// Edits pictures. Returns `None` if none of them is to be edited.
    fn edit(&mut self, pictures: Vec<Input>) -> Result<Option<Ended>, Failure> {
        if pictures.is_empty() {
            return Ok(None);
        }
        // The model may have been withdrawn meanwhile.
        let options = options(self.args, self.env)?;
        let (pictures, left_out) =
            without_known(pictures, Vec::new(), self.args.include_results, &options, self.env)?;
        if pictures.is_empty() {
            return Ok(None);
        }
        let mut batch_options = options.batch_options(Dedup::Results);
        batch_options.skip_unreadable = true;
        batch_options.once = true;
        let own = if self.args.include_results { OwnPictures::Edit } else { OwnPictures::LeaveOut };
        let spec = |input: &Input| -> Result<_, Failure> {
            let directory = input.directory.clone();
            let spec = options.job_spec(&input.source, &self.prompt, directory, &batch_options.dedup)?;
            Ok(Ok(JobSpec { own, ..spec }))
        };
        let specs = pictures.iter().map(spec).collect::<Result<Vec<_>, Failure>>()?;
        let run = BatchRun {
            concurrency: &self.args.concurrency,
            budget: &self.args.budget,
            batch_options: &batch_options,
            options: &options,
            dry_run: self.args.results.dry_run,
            keeps_steps: self.args.request.keep_steps,
            unordered: true,
            strict: false,
            max_jobs: None,
            report: None,
            html: None,
            viewer: None,
            on_earlier: OnEarlier::Use,
            lists_kept: false,
            part: self.spent.map_or(Part::First, |spent| Part::Next { spent }),
        };
        let specs = JobSpecs { specs: Box::new(specs.into_iter()), manifest: None, left_out };
        match run.execute(specs, self.interrupt, self.env, self.ui) {
            Ok(RunEnd::Ended(ended)) => {
                self.spent = Some(ended.spent);
                self.made += ended.made;
                self.reused += ended.reused;
                Ok(Some(ended))
            }
            // Nobody was asked.
            Ok(RunEnd::NothingToEdit | RunEnd::PaysAgain) => Ok(None),
            // Without a place for results, none of the others would be right either.
            Err(failure) if failure.kind == ErrorKind::Input && !self.has_place() => Err(failure),
            // The others may be right.
            Err(failure) if failure.kind == ErrorKind::Input && pictures.len() > 1 => {
                self.edit_each(pictures)
            }
            Err(failure) if failure.kind == ErrorKind::Input => {
                report(&failure, JobInfo::new(None, None), self.ui);
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Whether results can be written to their directory, or it can be created.
    fn has_place(&self) -> bool {
        let out = absolute(self.out);
        let existing = out.ancestors().find(|directory| directory.is_dir());
        existing.is_some_and(|directory| ensure_writable(directory).is_ok())
    }

    /// Edits pictures one after the other, because one of them has a fault.
    fn edit_each(&mut self, pictures: Vec<Input>) -> Result<Option<Ended>, Failure> {
        let mut last = None;
        for picture in pictures {
            last = self.edit(vec![picture])?.or(last);
            if last.is_some_and(|ended: Ended| ended.is_final) {
                break;
            }
        }
        Ok(last)
    }
}

/// The length of a picture's file, in bytes.
fn length(picture: &Input) -> Option<u64> {
    match &picture.source {
        Source::File(path) => fs::metadata(path).ok().map(|found| found.len()),
        _ => None,
    }
}

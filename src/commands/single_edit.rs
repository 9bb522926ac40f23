//! `edit` of one picture to one result. It needs no plan of many tasks, so the picture is read only once and the
//! result can go to standard output.

mod plan;

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Mutex;

use crate::api::{Downloads, Prompt, Seed};
use crate::batch::{
    BatchOptions, Dedup, JobSpec, SingleTaskError, Skipped, Status, Task, TaskOutcome, Worker,
    seed_of_started, single_task, steps_to_pay,
};
use crate::cli::EditArgs;
use crate::edit::{
    CheckedReferences, Destination, Image, Interrupt, JobId, Output, OutputError, PlanError, Reference,
    Source, Unlimited,
};
use crate::env::Env;
use crate::error::{ErrorKind, Failure, PayAgain, RequestInfo};
use crate::journal::Journal;
use crate::picture::Size;
use crate::ui::{self, Progress, Ui};

use super::change_picture::{ChangePicture, ChangePictureFiles, EditCollector, ensure_apart};
use super::consent::Consent;
use super::edit_options::EditOptions;
use super::host::Host;
use super::in_flight::{InFlight, SendWatcher};
use super::inputs::Input;
use super::price::Edits;
use super::result_reporter::ResultReporter;
use super::result_viewer::ResultViewer;
use super::session::{RunSize, Session};
use super::successor::{self, Ended};
use super::task_report::{TaskInfo, task_reports};
use super::{context, limits};

/// How an edit is sent in spite of an equal one.
const PAY_AGAIN: PayAgain = PayAgain::Flag("--pay-again");

pub(super) struct SingleEdit<'a> {
    pub(super) args: &'a EditArgs,
    pub(super) options: &'a EditOptions<'a>,
    pub(super) batch_options: &'a BatchOptions,
    /// What was agreed to before the model was replaced.
    pub(super) consent: &'a Consent,
    pub(super) viewer: &'a ResultViewer<'a>,
    pub(super) host: Host<'a>,
    pub(super) env: &'a Env,
    pub(super) ui: &'a Ui,
}

impl SingleEdit<'_> {
    /// Runs the edit and returns the exit code.
    ///
    /// Checks what is cheap to check first: the output, then the picture, then the journal and the key.
    pub(super) fn run(&self, input: Input, prompt: &Prompt) -> Result<u8, Failure> {
        let in_flight = InFlight::single();
        let interrupt = self.host.interrupt(&in_flight)?;
        let input = if self.options.may_replace() {
            // With another model, it is needed again.
            Input { source: input.source.buffered().map_err(PlanError::from)?, ..input }
        } else {
            input
        };
        successor::run(self.options, |options| {
            SingleEdit { options, ..*self }.run_once(&input, prompt, &in_flight, &interrupt)
        })
    }

    fn run_once(
        &self,
        input: &Input,
        prompt: &Prompt,
        in_flight: &InFlight,
        interrupt: &Interrupt,
    ) -> Result<Ended, Failure> {
        let spec = self.options.job_spec(
            &input.source,
            prompt,
            input.directory.clone(),
            &self.batch_options.dedup,
        )?;
        if self.args.results.metadata.keep_times {
            ensure_has_times(&input.source, self.args.output.as_deref())?;
        }
        let unread = single_task(spec.clone(), None, self.batch_options, None).map_err(task_failed)?;
        match unread.resolve_output(None).and_then(|output| unread.ensure_possible(output)) {
            Ok(Output { destination: Destination::Skipped(path), .. }) if !self.args.reuse => {
                return Ok(Ended::WithCode(
                    self.not_run(&unread, TaskOutcome::Skipped(Skipped::Exists(path))),
                ));
            }
            // The existing file may be the result to reuse.
            Err(OutputError::Exists(_)) if self.args.reuse => {}
            Err(error) => return Err(PlanError::from(error).into()),
            Ok(output) => output.ensure_permitted().map_err(PlanError::from)?,
        }
        let pictures = self.plan_change_pictures(&unread, input)?;
        pictures.iter().try_for_each(ChangePicture::ensure_permitted)?;
        let spec = self.with_checked_references(spec)?;
        let image = self.load(&input.source)?;
        self.options.ensure_expected(&image, &input.source)?;
        self.mention_shape(&image)?;
        if let Some(seed) = self.started(&spec, &image)? {
            // The saved steps are found as earlier results are.
            let batch_options = &BatchOptions { dedup: Dedup::Results, ..self.batch_options.clone() };
            let spec = JobSpec { seed: Some(seed), ..spec };
            let edit = SingleEdit { batch_options, ..*self };
            return edit.run_task(spec, unread.job, image, &pictures, interrupt, in_flight);
        }
        self.run_task(spec, unread.job, image, &pictures, interrupt, in_flight)
    }

    fn run_task(
        &self,
        spec: JobSpec,
        job: JobId,
        image: Image,
        pictures: &[ChangePicture],
        interrupt: &Interrupt,
        in_flight: &InFlight,
    ) -> Result<Ended, Failure> {
        let task = Task { job, ..self.task(spec, &image)? };
        if self.args.results.dry_run {
            return self.dry_run(&task, &image).map(|()| Ended::WithCode(0));
        }
        in_flight.ready(self.options.sent_to());
        pictures.iter().try_for_each(ChangePicture::ensure_writable)?;
        let journal = self.options.journal(self.env)?;
        if let Some(outcome) = self.not_settled(&task, &journal, interrupt)? {
            return Ok(Ended::WithCode(self.not_run(&task, outcome)));
        }
        self.pay(&task, image, pictures, &journal, interrupt, in_flight)
    }

    /// Returns the seed of an earlier run of this edit that saved some of its steps and has no result, and that this one
    /// continues. `None` if there is none, or if the user wants to pay for all steps.
    fn started(&self, spec: &JobSpec, image: &Image) -> Result<Option<Seed>, Failure> {
        let data = context::data_dir(self.env, self.options.target.is_sandbox())?;
        let is_possible = !spec.then.is_empty() && !self.args.pay_again && !self.args.reuse;
        let Some(journal) = is_possible.then(|| Journal::open_existing(&data)).transpose()?.flatten() else {
            return Ok(None);
        };
        let (given, options) = (self.args.request.seed, self.batch_options);
        Ok(seed_of_started(spec, given, sha256_of(image), options, &journal)?)
    }

    /// Says which saved step the edit continues with, if it does. Returns the number of steps to pay for.
    fn steps_to_pay(&self, task: &Task, journal: Option<&Journal>) -> Result<usize, Failure> {
        let all = task.steps.len();
        let status = journal.map(|journal| Status::of(task, journal, self.batch_options)).transpose()?;
        if matches!(status, Some(Status::Done(_) | Status::Misplaced(_))) {
            return Ok(all);
        }
        let steps = steps_to_pay(task, journal, self.batch_options)?;
        if steps < all {
            let again = self.ui.audience().choose("; --pay-again pays for all of them", "");
            self.ui.note(&format!(
                "{} of {all} of this edit {} saved by an earlier run, so it continues from there and pays for {}{again}",
                ui::count(all - steps, "step"),
                if all - steps == 1 { "is" } else { "are" },
                ui::count(steps, "step"),
            ));
        }
        Ok(steps)
    }

    /// Returns the outcome of an edit that is not sent, because an earlier job for the same edit may have been paid for and is
    /// still without its result. `None` if there is none, or if the user wants to pay for another one.
    ///
    /// # Errors
    /// If the user is asked, and the answer cannot be read or a signal arrives.
    fn not_settled(
        &self,
        task: &Task,
        journal: &Journal,
        interrupt: &Interrupt,
    ) -> Result<Option<TaskOutcome>, Failure> {
        let job = match self.in_doubt_before(task, journal)? {
            Some(Status::EqualInDoubt(job)) => job,
            Some(Status::EqualUnreadable(job)) => return Ok(Some(TaskOutcome::EqualUnreadable(job))),
            _ => return Ok(None),
        };
        if self.ui.can_confirm() {
            let question = format!(
                "job {} is for the same edit and has no result yet; {} fetches it or asks whether it was charged. Send \
                 the edit again all the same, and pay again (--pay-again)?",
                job.intent.job,
                self.request_info().recover(Some(&job.intent.job))
            );
            let answer = self.ui.confirm_unless(&question, interrupt);
            let answer =
                answer.map_err(|error| Failure::new(ErrorKind::Input, error).hint("say --pay-again"))?;
            let is_confirmed = answer.map_err(|signal| {
                let why = anyhow::anyhow!("interrupted; nothing was sent");
                Failure::new(ErrorKind::Interrupted(signal), why)
            })?;
            if is_confirmed {
                return Ok(None);
            }
        }
        Ok(Some(TaskOutcome::EqualInDoubt(Box::new(job))))
    }

    /// Returns the earlier job for the same edit that may have been paid for and is still without its result. Without
    /// `--seed`, edits with any seed are the same. `None` if the user wants to pay in any case, or if an earlier result is used
    /// again.
    fn in_doubt_before(&self, task: &Task, journal: &Journal) -> Result<Option<Status>, Failure> {
        // The built-in sandbox has ended with its edits.
        if self.args.pay_again || self.options.target.is_built_in() {
            return Ok(None);
        }
        if self.args.reuse
            && let Status::Done(_) | Status::Misplaced(_) = Status::of(task, journal, self.batch_options)?
        {
            return Ok(None);
        }
        let any_seed = self.args.request.seed.is_none();
        Ok(Status::in_doubt_before(task, journal, self.batch_options, any_seed)?)
    }

    /// Reads the references, and adds the hashes of their contents.
    fn with_checked_references(&self, mut spec: JobSpec) -> Result<JobSpec, Failure> {
        let (checked, processing) = (CheckedReferences::default(), self.options.processing()?);
        for reference in &mut spec.references {
            let found = checked.check(reference, &processing);
            *reference = found.map_err(Failure::reference)?;
        }
        Ok(spec)
    }

    /// Plans the outputs of `--mask-out` and `--overlay`, and keeps all files apart that are read or written.
    fn plan_change_pictures(&self, task: &Task, input: &Input) -> Result<Vec<ChangePicture>, Failure> {
        let output = task.resolve_output(None).map_err(PlanError::from)?;
        let mask_in = self.options.mask();
        let read: Vec<&Path> =
            mask_in.into_iter().chain(task.references.iter().map(Reference::path)).collect();
        if let Some(path) = output.path() {
            ensure_apart(path, &read)?;
        }
        let input_file = match &input.source {
            Source::File(path) => Some(path.as_path()),
            _ => None,
        };
        let others: Vec<&Path> = input_file.into_iter().chain(read).chain(output.path()).collect();
        change_pictures(self.args).plan(self.batch_options.output.if_exists, &others)
    }

    fn load(&self, source: &Source) -> Result<Image, Failure> {
        let settings = &self.options.settings;
        let fetches = self.batch_options.fetches_links(self.options.model());
        let downloads_now = fetches && !self.args.results.dry_run;
        let transport = match source {
            Source::Link(_) if downloads_now => Some(context::transport(settings, self.env)?),
            _ => None,
        };
        let downloads =
            transport.as_ref().map(|transport| Downloads { transport, retries: settings.retries });
        let fetch = downloads.as_ref();
        match source {
            // A dry run does not use the network, so a link is not fetched.
            Source::Link(url) if fetches && fetch.is_none() => Ok(Image::Link(url.clone())),
            source => Ok(source.load(fetch, &self.options.processing()?).map_err(PlanError::from)?),
        }
    }

    /// Prints notes if the result has another shape than the picture, or if only a part of the region is in the picture.
    fn mention_shape(&self, image: &Image) -> Result<(), Failure> {
        let Image::Loaded(loaded) = image else { return Ok(()) };
        let picture =
            loaded.original.as_ref().map_or(loaded.header.upright(), |original| original.header.upright());
        if let Some(region) = self.args.results.region
            && let Some(clipped) = region.clipped(picture)
        {
            self.ui.note(&format!(
                "the region {region} is partly outside the picture, which is {picture}: only {clipped} of it changes"
            ));
        }
        let restore = &self.options.processing()?.restore;
        // Padding is cropped off the answer, so the result has the picture's shape.
        let is_padded = loaded.frame.clipped(picture) != Some(loaded.frame);
        if !restore.keeps_answer_size() || is_padded {
            return Ok(());
        }
        let card = self.options.settings.models.find(self.options.model().as_str())?;
        let request = self.args.request.size.as_ref();
        let result =
            card.size.solve(loaded.header.upright(), request).ok().and_then(|found| found.result.size());
        if let Some(note) = result.and_then(|result| other_shape(picture, result)) {
            let audience = self.ui.audience();
            let size = audience.option("size");
            let keep = if request.is_some() { format!("leave out {size}, or ") } else { String::new() };
            let preserve = audience.option("preserve");
            self.ui.note(&format!("{note}; to keep its shape, {keep}add {preserve} or choose another model"));
        }
        Ok(())
    }

    fn task(&self, spec: JobSpec, image: &Image) -> Result<Task, Failure> {
        let sha256 = sha256_of(image);
        let data = context::data_dir(self.env, self.options.target.is_sandbox())?;
        let journal = match self.batch_options.dedup {
            Dedup::Results if spec.seed.is_none() => Journal::open_existing(&data)?,
            _ => None,
        };
        single_task(spec, sha256, self.batch_options, journal.as_ref()).map_err(task_failed)
    }

    fn pay(
        &self,
        task: &Task,
        image: Image,
        pictures: &[ChangePicture],
        journal: &Journal,
        interrupt: &Interrupt,
        in_flight: &InFlight,
    ) -> Result<Ended, Failure> {
        let EditOptions { settings, target, .. } = self.options;
        let session = Session::open(settings, *target, &self.args.budget, journal, interrupt, self.env)?
            .with_shared_limit(self.host.session_limit());
        if !self.options.has_switched {
            context::print_notes(*target, settings, journal, self.ui)?;
        }
        let model = self.options.model();
        let edits = Edits { models: std::slice::from_ref(model), references: task.references.len() };
        session.announce_successor(self.options, self.ui)?;
        let steps = self.steps_to_pay(task, Some(journal))?;
        let budget = session.budget(edits, RunSize::of_chain(steps), self.consent, self.ui)?;
        let executor = session.executor(&Unlimited, &budget, self.args.request.keep_steps);
        let worker = Worker { options: self.batch_options, executor };
        let progress = Progress::new(self.ui, interrupt);
        let watcher = SendWatcher::new(&progress, in_flight);
        let events = EditCollector { events: &watcher, to: pictures, edits: Mutex::default() };
        let outcome = worker.run(task, Some(image), &events, &mut *self.ui.picture_stream());
        if outcome.is_model_missing() {
            progress.clear();
            if self.options.may_replace()
                && let Some(successor) = successor::find(&session.connection, self.options, journal)?
            {
                return Ok(Ended::ModelWithdrawn(successor));
            }
            self.options.model_is_missing(journal)?;
        }
        if let TaskOutcome::Reused { job, .. } = &outcome {
            journal.mark_last(&job.intent.job)?;
        }
        let written = events.write(&outcome, task.steps.len() - 1);
        progress.clear();
        if let Some(what) = limits::exceeded(&budget, self.options.settings.limits, self.ui.audience()) {
            self.ui.note(&what);
        }
        let mut reporter = ResultReporter::new(self.ui, self.args.strict);
        let info = TaskInfo::from(task);
        let request = session.request_info(model.as_str(), self.ui.audience());
        reporter.report(&info, task_reports(&info, outcome, request, PAY_AGAIN));
        for (job, failure) in written.failures {
            reporter.result_failed(&info, Some(job.as_str()), &failure);
        }
        for (view, file) in written.renamed {
            let (name, file) = (view.name(), file.display());
            self.ui.note(&format!("a result has the name of the {name}, so the {name} is {file}"));
        }
        if interrupt.signal().is_some() && reporter.has_no_failure() {
            self.ui.note("interrupted after the request was sent; its result is saved");
        }
        self.viewer.view(reporter.delivered());
        Ok(Ended::WithCode(reporter.finish(interrupt)))
    }

    /// What messages say about the request.
    fn request_info(&self) -> RequestInfo<'_> {
        RequestInfo {
            model: self.options.model().as_str(),
            models: &self.options.settings.models,
            base_url: &self.options.settings.base_url,
            recipient: self.options.target.recipient(),
            profile: self.options.settings.profile.as_deref(),
            audience: self.ui.audience(),
            limits: self.options.settings.limits,
        }
    }

    /// Reports a task that is not run, and returns the exit code.
    fn not_run(&self, task: &Task, outcome: TaskOutcome) -> u8 {
        let info = TaskInfo::from(task);
        let mut reporter = ResultReporter::new(self.ui, false);
        reporter.report(&info, task_reports(&info, outcome, self.request_info(), PAY_AGAIN));
        self.viewer.view(reporter.delivered());
        reporter.finish(&Default::default())
    }
}

/// The hash of a picture; `None` for a link that the service downloads.
fn sha256_of(image: &Image) -> Option<&str> {
    match image {
        Image::Loaded(loaded) => Some(loaded.sha256()),
        Image::Link(_) => None,
    }
}

/// The files of `--mask-out` and `--overlay`.
pub(super) fn change_pictures(args: &EditArgs) -> ChangePictureFiles<'_> {
    ChangePictureFiles { mask: args.mask_out.as_deref(), overlay: args.overlay.as_deref() }
}

/// Says that a result has noticeably another shape than its picture; `None` if it has not.
pub(super) fn other_shape(picture: Size, result: Size) -> Option<String> {
    /// A difference of two percent is hardly visible.
    const NOTICEABLE: f64 = 0.02;
    let ratio = |size: Size| f64::from(size.width) / f64::from(size.height);
    let differs = (ratio(picture) / ratio(result)).ln().abs() > NOTICEABLE;
    differs.then(|| format!("the result has another shape than the picture: {result} instead of {picture}"))
}

/// Checks that the result's file can have the times of the picture's file.
pub(super) fn ensure_has_times(source: &Source, output: Option<&OsStr>) -> Result<(), Failure> {
    let hint = "leave out --keep-times";
    if !matches!(source, Source::File(_)) {
        return Err(
            Failure::usage(format!("--keep-times needs a file, and {} is none", source.label())).hint(hint)
        );
    }
    if output.is_some_and(|output| output == "-") {
        return Err(
            Failure::usage("--keep-times needs a file, and the result goes to standard output").hint(hint)
        );
    }
    Ok(())
}

/// Turns a fault of the specification into a failure. The flags were checked when they were parsed.
fn task_failed(error: SingleTaskError) -> Failure {
    match error {
        SingleTaskError::JobSpec(error) => error.into(),
        SingleTaskError::Journal(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_of_another_shape_is_announced_and_a_rounded_one_is_not() {
        let size = |width, height| Size { width, height };
        let note = "the result has another shape than the picture: 1536×1024 instead of 1024×768";
        assert_eq!(other_shape(size(1024, 768), size(1536, 1024)).as_deref(), Some(note));
        assert_eq!(other_shape(size(1024, 768), size(1152, 864)), None);
        assert_eq!(other_shape(size(1000, 667), size(1536, 1024)), None);
    }
}

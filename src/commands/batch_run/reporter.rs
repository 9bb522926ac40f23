//! Reports the outcomes of a run of several edits.

use std::collections::HashSet;
use std::io;
use std::path::PathBuf;

use crate::api::Generation;
use crate::batch::{Budget, Report, Skipped, Task, TaskOutcome, usd_of_result};
use crate::error::ErrorKind;
use crate::ui::{self, BatchProgress};

use super::super::html_report::HtmlReport;
use super::super::report_file::ReportFile;
use super::super::task_report::{Provenance, TaskInfo, TaskReport, task_reports};
use super::execution::BatchReporting;

/// The hints that were printed already: one that applies to many rows is printed once.
#[derive(Default)]
pub(super) struct SeenHints(HashSet<String>);

impl SeenHints {
    /// The most hints to remember. Hints may contain job ids, so there can be as many as rows.
    const MAX: usize = 1000;

    /// Returns the hint if it was not printed before.
    pub(super) fn first<'a>(&mut self, hint: Option<&'a str>) -> Option<&'a str> {
        let hint = hint.filter(|hint| !self.0.contains(*hint))?;
        if self.0.len() < SeenHints::MAX {
            self.0.insert(hint.to_owned());
        }
        Some(hint)
    }
}

/// Reports outcomes as they arrive and prints results in row order.
pub(super) struct Reporter<'a> {
    pub(super) batch: &'a BatchReporting<'a>,
    pub(super) progress: &'a BatchProgress<'a>,
    pub(super) budget: &'a Budget<'a>,
    pub(super) report: Option<ReportFile>,
    /// The page about all results.
    pub(super) html: Option<HtmlReport>,
    /// The files of results, if they are shown.
    pub(super) delivered: Vec<PathBuf>,
    /// Why writing to standard output failed.
    pub(super) stdout_error: Option<io::Error>,
    pub(super) worst: Option<ErrorKind>,
    /// Whether a disk had no room for a result.
    pub(super) is_disk_full: bool,
    /// Whether the service did not have the model of an edit, and no other was used instead.
    pub(super) is_model_missing: bool,
    pub(super) failures: u64,
    pub(super) hints: SeenHints,
}

impl Reporter<'_> {
    fn print(&mut self, task: &TaskInfo<'_>, report: &TaskReport) {
        let ui = self.batch.ui;
        match report {
            TaskReport::Failed { failure, .. } => {
                let origin = task.origin(self.batch.manifest);
                ui.failed_at(&origin, &failure.message(), self.hints.first(ui.hint_of(failure).as_deref()));
            }
            // A batch counts the results of earlier runs in its summary.
            TaskReport::Result { provenance: Provenance::Kept, .. }
            | TaskReport::Skipped(Skipped::Exists(_))
                if !self.lists_reused() => {}
            report => report.print(task, ui),
        }
    }

    /// Writes a JSON record to the report and, with `--json`, to `text`.
    fn record(&mut self, json: impl FnOnce() -> io::Result<Vec<u8>>, text: &mut Vec<u8>) -> io::Result<()> {
        if !self.batch.ui.is_json() && self.report.is_none() {
            return Ok(());
        }
        let json = json()?;
        if let Some(report) = &mut self.report {
            report.write(&json);
        }
        if self.batch.ui.is_json() {
            text.extend(json);
        }
        Ok(())
    }

    /// Whether results of earlier runs are listed too: `--reuse` asks for them by name.
    fn lists_reused(&self) -> bool {
        self.batch.run.lists_kept
    }
}

impl Report for Reporter<'_> {
    fn lists_up_to_date(&self) -> bool {
        // Whether a result is as requested says only its own job.
        self.batch.ui.is_json()
            || self.report.is_some()
            || self.html.is_some()
            || self.lists_reused()
            || self.batch.run.strict
            // Their answers may have to be written.
            || self.batch.run.batch_options.processing.keeps_answer
    }

    fn up_to_date(&mut self, count: u64) {
        self.progress.add_up_to_date(count);
    }

    fn outcome(&mut self, task: &Task, outcome: TaskOutcome) -> io::Result<Vec<u8>> {
        let ui = self.batch.ui;
        let model = task.steps.first().map_or("", Generation::model);
        let request = self.batch.session.request_info(model, self.batch.ui.audience());
        let mut text = Vec::new();
        self.is_model_missing |= outcome.is_model_missing();
        let planned = task;
        let task = TaskInfo::from(planned);
        let reports = task_reports(&task, outcome, request, self.batch.run.pay_again(task.line.is_some()));
        if let Some(result) = reports.iter().map(result_of).max() {
            self.progress.add(result, self.budget.spent());
        }
        for report in reports {
            if let Some(kind) = report.kind() {
                self.failures += 1;
                self.worst = Some(kind.max(self.worst));
            }
            self.is_disk_full |= report.is_of_full_disk();
            self.print(&task, &report);
            if let Some(html) = &mut self.html {
                // What an earlier run paid is in its jobs.
                let journal = self.batch.session.journal;
                let job = report.job().filter(|_| report.is_of_earlier_run());
                let job = job.and_then(|job| journal.job(job).ok().flatten());
                let usd = job.and_then(|job| usd_of_result(planned, &job, journal).ok().flatten());
                let paid_before = usd.filter(|usd| *usd > 0.0);
                html.add(&planned.source, &task, &report, paid_before, self.batch.manifest);
            }
            self.record(|| report.json(&task, ui), &mut text)?;
            if let Some(failure) = report.not_as_requested(self.batch.run.strict) {
                self.failures += 1;
                self.worst = Some(failure.kind.max(self.worst));
                ui.failed_at(&task.origin(None), &failure.message(), ui.hint_of(&failure).as_deref());
                self.record(|| task.failure_line(report.job(), &failure, ui), &mut text)?;
            }
            let Some(path) = report.path(&task, self.lists_reused()) else { continue };
            if self.batch.run.viewer.is_some() {
                self.delivered.push(path.to_owned());
            }
            if !ui.is_json() {
                text.extend(ui.result_line(path.as_os_str()));
            }
        }
        Ok(text)
    }

    fn left(&mut self, task: &Task) {
        if let Some(html) = &mut self.html {
            html.add_left(&task.source, &TaskInfo::from(task), self.batch.manifest);
        }
    }

    fn has_failed(&self) -> bool {
        self.report.as_ref().is_some_and(ReportFile::has_failed)
    }

    fn emit(&mut self, bytes: &[u8]) -> io::Result<()> {
        // The results are in their files even if nobody reads their paths here.
        if self.stdout_error.is_none() && !bytes.is_empty() {
            self.stdout_error = self.batch.ui.data(bytes).err();
        }
        Ok(())
    }
}

fn result_of(report: &TaskReport) -> ui::TaskResult {
    match report {
        TaskReport::Result { provenance: Provenance::Made, .. } => ui::TaskResult::Made,
        TaskReport::Result { .. } => ui::TaskResult::Reused,
        TaskReport::Skipped(_) => ui::TaskResult::Skipped,
        TaskReport::Failed { failure, .. } if failure.kind.concerns_money() => ui::TaskResult::FailedWithCost,
        TaskReport::Failed { .. } => ui::TaskResult::Failed,
    }
}

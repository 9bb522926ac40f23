//! Reports results one after the other, and combines their failures into one exit code.

use std::io;
use std::path::{Path, PathBuf};

use crate::edit::Interrupt;
use crate::error::{ErrorKind, Failure};
use crate::ui::{JobInfo, Ui};

use super::reporting::{exit_code, report, stdout_failed};
use super::task_report::{TaskInfo, TaskReport};

/// Reports the results of a command that runs or recovers one job at a time.
pub(super) struct ResultReporter<'a> {
    ui: &'a Ui,
    /// Whether a result that preserved nothing of its original is a failure.
    strict: bool,
    worst: Option<ErrorKind>,
    /// The files of results.
    delivered: Vec<PathBuf>,
    /// Why writing to standard output failed.
    stdout_error: Option<io::Error>,
}

impl<'a> ResultReporter<'a> {
    pub(super) fn new(ui: &'a Ui, strict: bool) -> ResultReporter<'a> {
        ResultReporter { ui, strict, worst: None, delivered: Vec::new(), stdout_error: None }
    }

    /// Reports the outcome of a task. The results are in their files, so a failure to list them is reported at the end
    /// and does not stop the reporting of other jobs.
    pub(super) fn report(&mut self, task: &TaskInfo<'_>, reports: impl IntoIterator<Item = TaskReport>) {
        for report in reports {
            report.print(task, self.ui);
            self.note(report.kind());
            self.delivered.extend(report.path(task, true).map(Path::to_owned));
            if self.stdout_error.is_none() {
                self.stdout_error = self.list(task, &report).err();
            }
            if let Some(failure) = report.not_as_requested(self.strict) {
                self.result_failed(task, report.job(), &failure);
            }
        }
    }

    fn list(&self, task: &TaskInfo<'_>, report: &TaskReport) -> io::Result<()> {
        if self.ui.is_json() {
            return self.ui.data(&report.json(task, self.ui)?);
        }
        match report.path(task, true) {
            Some(path) => self.ui.data(&self.ui.result_line(path.as_os_str())),
            None => Ok(()),
        }
    }

    /// Reports the failure of a job that has no other outcome.
    pub(super) fn job_failed(&mut self, job: JobInfo<'_>, failure: &Failure) {
        report(failure, job, self.ui);
        self.note(Some(failure.kind));
    }

    /// Reports a failure that belongs to a result that was reported.
    pub(super) fn result_failed(&mut self, task: &TaskInfo<'_>, job: Option<&str>, failure: &Failure) {
        if self.ui.is_json() && self.stdout_error.is_none() {
            let line = task.failure_line(job, failure, self.ui);
            self.stdout_error = line.and_then(|line| self.ui.data(&line)).err();
        }
        self.failed(failure);
    }

    fn failed(&mut self, failure: &Failure) {
        self.ui.failed(failure);
        self.note(Some(failure.kind));
    }

    fn note(&mut self, kind: Option<ErrorKind>) {
        if let Some(kind) = kind {
            self.worst = Some(kind.max(self.worst));
        }
    }

    /// The files of the results that were reported.
    pub(super) fn delivered(&self) -> &[PathBuf] {
        &self.delivered
    }

    /// Whether no failure was reported.
    pub(super) fn has_no_failure(&self) -> bool {
        self.worst.is_none()
    }

    /// Returns the exit code of the command.
    pub(super) fn finish(mut self, interrupt: &Interrupt) -> u8 {
        if let Some(error) = self.stdout_error.take() {
            self.failed(&stdout_failed(error));
        }
        exit_code(self.worst, interrupt)
    }
}

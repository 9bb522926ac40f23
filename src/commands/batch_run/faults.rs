//! The faults that the checks of a run find before anything is sent.

use std::io;
use std::path::PathBuf;

use crate::batch::manifest::Fault;
use crate::batch::{PlanningError, SpecError};
use crate::edit::SourceError;
use crate::env::Env;
use crate::error::{Audience, Failure};
use crate::ui::{self, JobInfo, Ui};

use super::super::reporting::report;
use super::reporter::SeenHints;

/// The failure of a run with faults, `problems` of which are pictures that can be left out.
pub(super) fn has_faults(faults: u64, problems: u64, manifest: Option<&str>) -> Failure {
    let place = manifest.map_or(String::new(), |manifest| format!(" in {manifest}"));
    let fix = if faults == 1 { "fix it first" } else { "fix all of them first" };
    let advice = match manifest {
        None if problems == faults => {
            format!("nothing was sent; {fix}, or continue without: --skip-unreadable")
        }
        None if problems > 0 => {
            format!(
                "nothing was sent; {fix}; --skip-unreadable continues without pictures that cannot be read"
            )
        }
        _ => format!("nothing was sent; {fix}"),
    };
    Failure::input(format!("{}{place}", ui::count(faults as usize, "fault"))).hint(advice)
}

/// Adds a hint that names the full directory if the plan's temporary database cannot be written. SQLite tries
/// these directories in this order.
pub(super) fn plan_failed(error: PlanningError, env: &Env) -> Failure {
    let is_store_error = matches!(error, PlanningError::PlanStore(_));
    let named = ["SQLITE_TMPDIR", "TMPDIR"].into_iter().filter_map(|name| env.var(name).map(PathBuf::from));
    let usual = ["/var/tmp", "/usr/tmp", "/tmp"].into_iter().map(PathBuf::from);
    match named.chain(usual).find(|directory| directory.is_dir()) {
        Some(directory) if is_store_error && cfg!(unix) => Failure::from(error)
            .hint(format!("make room in {}, or name another directory with TMPDIR", directory.display())),
        _ => error.into(),
    }
}

/// Reports faults in the order of their lines: the checks find them in another one.
pub(super) struct FaultReporter<'a> {
    manifest: Option<&'a str>,
    ui: &'a Ui,
    hints: SeenHints,
    waiting: Vec<Fault>,
}

impl<'a> FaultReporter<'a> {
    /// The most faults that wait to be sorted. Nobody reads more, and a mistake can be in a million rows.
    const MOST: usize = 10_000;

    pub(super) fn new(manifest: Option<&'a str>, ui: &'a Ui) -> FaultReporter<'a> {
        FaultReporter { manifest, ui, hints: SeenHints::default(), waiting: Vec::new() }
    }

    pub(super) fn add(&mut self, fault: Fault) {
        self.waiting.push(fault);
        if self.waiting.len() >= FaultReporter::MOST {
            self.report();
        }
    }

    /// Reports the faults that wait.
    pub(super) fn report(&mut self) {
        self.waiting.sort_by_key(|fault| fault.line);
        for fault in std::mem::take(&mut self.waiting) {
            report_fault(fault, self.manifest, &mut self.hints, self.ui);
        }
    }
}

/// Reports a fault of the manifest as `file:line: what`.
pub(super) fn report_fault(fault: Fault, manifest: Option<&str>, hints: &mut SeenHints, ui: &Ui) {
    let message = match (manifest, fault.line) {
        (Some(manifest), Some(line)) => format!("{manifest}:{line}: {}", fault.message),
        (Some(manifest), None) => format!("{manifest}: {}", fault.message),
        (None, _) => fault.message.clone(),
    };
    let failure = Failure::input(message);
    let input = fault.input.clone();
    let job = JobInfo { line: fault.line, ..JobInfo::new(None, input.as_deref()) };
    let failure = match hints.first(hint_of(fault).as_deref()) {
        Some(hint) => failure.hint(hint),
        None => failure,
    };
    report(&failure, job, ui);
}

/// The next action for a fault. That of a row names no flag that only `edit` has.
fn hint_of(fault: Fault) -> Option<String> {
    let hint = match &fault.cause {
        Some(SpecError::Source(SourceError::Read { source, .. }))
            if fault.line.is_some() && source.kind() == io::ErrorKind::NotFound =>
        {
            "check the path, which is relative to the manifest"
        }
        Some(SpecError::Source(SourceError::Directory(_))) if fault.line.is_some() => "name a picture in it",
        _ => {
            let of_cause = || {
                let failure = Failure::from(fault.cause?);
                failure.hint_for(Audience::CommandLine).map(str::to_owned)
            };
            return fault.hint.or_else(of_cause);
        }
    };
    Some(hint.into())
}

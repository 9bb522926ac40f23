//! Progress of one edit: a spinner, the current phase, and its time.

use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::api::TransferProgress;
use crate::edit::{Event, Events, Interrupt, Waker};
use crate::picture::fit::{Change, describe};
use crate::picture::merge::Extent;
use crate::sync::lock;

use super::Ui;
use super::stopping::Stopping;
use super::units::{bytes, changed, count, elapsed, left_out, placed};

/// The time between two updates.
const TICK: Duration = Duration::from_millis(100);
/// Columns that are not free for the phase: the spinner, the time, and the `^C` that a terminal echoes.
const RESERVED_COLUMNS: usize = 16;

/// When the task of a worker sent its first request; `None` if it has not sent one.
pub(super) type SentAt = Arc<Mutex<Option<Instant>>>;

/// Shows the events of an edit: as a line of progress, and as messages.
pub struct Progress<'a> {
    ui: &'a Ui,
    interrupt: Interrupt,
    bar: Mutex<Option<ProgressBar>>,
    placement: Placement,
    /// The name of the task; empty for a single edit.
    name: Mutex<String>,
    sent: SentAt,
    /// What is in flight; `None` if a signal ends the edit at once.
    in_flight: Arc<Mutex<Option<Stopping>>>,
    /// Reports the first signal if no line does.
    _waker: Option<Waker>,
}

/// Where the line of an edit is.
enum Placement {
    /// It is the only line.
    Single,
    /// Above the line of the run.
    Above(ProgressBar),
    /// It is not shown, because there are too many.
    Hidden,
}

impl<'a> Progress<'a> {
    /// Creates the progress of a single edit. Nothing is shown before the first event.
    pub fn new(ui: &'a Ui, interrupt: &Interrupt) -> Progress<'a> {
        let in_flight = Arc::new(Mutex::new(None::<Stopping>));
        let waker = (ui.bars().is_none() && ui.captured.is_none()).then(|| {
            let (in_flight, raised) = (Arc::clone(&in_flight), interrupt.clone());
            interrupt.on_raise(move || {
                if let Some(in_flight) = *lock(&in_flight) {
                    in_flight.print(&raised);
                }
            })
        });
        Progress {
            ui,
            interrupt: interrupt.clone(),
            bar: Mutex::new(None),
            placement: Placement::Single,
            name: Mutex::default(),
            sent: SentAt::default(),
            in_flight,
            _waker: waker,
        }
    }

    /// Creates the progress of a worker of a run. Its line is above `below`, or hidden if there is none. It shows the
    /// name of the task, and prints retries only if verbose.
    pub(super) fn for_worker(
        ui: &'a Ui,
        interrupt: &Interrupt,
        below: Option<&ProgressBar>,
        sent: SentAt,
    ) -> Progress<'a> {
        Progress {
            ui,
            interrupt: interrupt.clone(),
            bar: Mutex::new(None),
            placement: below.map_or(Placement::Hidden, |below| Placement::Above(below.clone())),
            name: Mutex::default(),
            sent,
            in_flight: Arc::default(),
            _waker: None,
        }
    }

    /// Sets the name of the task.
    pub(super) fn set_name(&self, name: String) {
        *lock(&self.name) = name;
    }

    /// Removes the line.
    pub fn clear(&self) {
        *lock(&self.in_flight) = None;
        if let Some(captured) = &self.ui.captured {
            captured.end_phase();
        }
        if let Some(bar) = lock(&self.bar).take() {
            bar.finish_and_clear();
        }
    }

    /// Shows that the usage log does not have these jobs yet.
    pub fn waiting_for_log(&self, jobs: usize) {
        self.show(move || format!("waiting until the usage log lists {}", count(jobs, "job")));
    }

    fn is_single(&self) -> bool {
        matches!(self.placement, Placement::Single)
    }

    fn is_visible(&self) -> bool {
        !matches!(self.placement, Placement::Hidden)
    }

    /// Shows a phase. `phase` is called at each update.
    fn show(&self, phase: impl Fn() -> String + Clone + Send + Sync + 'static) {
        if let Some(captured) = &self.ui.captured {
            captured.begin_phase(phase.clone());
        }
        let Some(bars) = self.ui.bars().filter(|_| self.is_visible()) else { return };
        let interrupt = self.is_single().then(|| self.interrupt.clone());
        let in_flight = lock(&self.in_flight).unwrap_or(Stopping::Edit);
        let name = match &*lock(&self.name) {
            name if name.is_empty() => String::new(),
            name => format!("{name}: "),
        };
        let columns = self.ui.progress_columns();
        let text = move |_: &ProgressState, out: &mut dyn Write| {
            let room = columns().saturating_sub(RESERVED_COLUMNS);
            let text = match interrupt.as_ref().and_then(Interrupt::signal) {
                Some(signal) => in_flight.message(signal, room),
                None => truncated(&format!("{name}{}", phase()), room).into(),
            };
            let _ = out.write_str(&text);
        };
        let time = |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&elapsed(state.elapsed()));
        };
        // The template is a constant. If it were not valid, the default style would be used.
        let style = ProgressStyle::with_template("{spinner} {phase}  {time}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key("phase", text)
            .with_key("time", time);
        let mut bar = lock(&self.bar);
        let bar = bar.get_or_insert_with(|| match &self.placement {
            Placement::Above(below) => bars.insert_before(below, ProgressBar::new_spinner()),
            Placement::Single | Placement::Hidden => bars.add(ProgressBar::new_spinner()),
        });
        bar.set_style(style);
        bar.enable_steady_tick(TICK);
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Events for Progress<'_> {
    fn wants_bytes(&self) -> bool {
        (self.ui.shows_progress() || self.ui.captured.is_some()) && self.is_visible()
    }

    fn on(&self, event: Event<'_>) {
        match event {
            Event::Fitted { picture, changes } => {
                let text = format!("{picture}: {}", describe(changes));
                // It goes without saying that metadata is not uploaded.
                if changes.iter().all(Change::is_routine) { self.ui.step(&text) } else { self.ui.note(&text) }
            }
            Event::LeftOut { picture, dropped } => {
                self.ui.note(&format!("{picture}: left out of the result: {}", left_out(dropped)));
            }
            Event::Region { picture, region, size } => {
                self.ui.note(&format!("{picture}: the region is {region} of {size}"));
            }
            Event::UploadedWhole { picture, size } => self.ui.note(&format!(
                "{picture}: the whole picture is uploaded ({size}): the part to edit needs its surroundings"
            )),
            Event::Sending { attempt, id, transfer, .. } => {
                lock(&self.sent).get_or_insert_with(Instant::now);
                *lock(&self.in_flight) = Some(Stopping::Edit);
                self.ui.step(&format!("sending attempt {attempt}"));
                self.ui.detail(&format!("X-Client-Request-Id: {}", id.as_str()));
                let transfer = transfer.clone();
                self.show(move || {
                    if transfer.total() == 0 {
                        "connecting".to_owned()
                    } else if transfer.done() < transfer.total() {
                        transferred("uploading", &transfer)
                    } else {
                        "waiting for the picture".to_owned()
                    }
                });
            }
            Event::Retrying { why, wait } => {
                *lock(&self.in_flight) = None;
                let text = format!("{why}; nothing was charged, trying again in {}", elapsed(wait));
                if self.is_single() {
                    self.ui.note(&text)
                } else {
                    self.ui.step(&text)
                }
                let until = Instant::now() + wait;
                self.show(move || {
                    format!("trying again in {}", elapsed(until.saturating_duration_since(Instant::now())))
                });
            }
            Event::Accepted { request, .. } => {
                self.ui.step("accepted; waiting for the result");
                self.ui.detail(&format!("request in the queue: {request}"));
            }
            Event::Answered { status, inference_id } => {
                self.ui.step(&format!("answered: HTTP {status}"));
                if let Some(id) = inference_id {
                    self.ui.detail(&format!("x-inference-id: {id}"));
                }
            }
            Event::Downloading { transfer, from } => {
                *lock(&self.in_flight) = Some(Stopping::Download);
                self.ui.step("downloading the result");
                self.ui.detail(from);
                let transfer = transfer.clone();
                self.show(move || transferred("downloading", &transfer));
            }
            Event::Restored { report, .. } => {
                if !report.placed.is_exact {
                    self.ui.note(&placed(&report.placed.placement));
                }
                let text = changed(report);
                match report.extent {
                    Extent::Parts if !report.is_reencoded => self.ui.step(&text),
                    _ => self.ui.note(&text),
                }
            }
            Event::Salvaged { why } => {
                self.ui.note(&format!("check the picture, because {why}"));
            }
            Event::NotRestored { why } => {
                self.ui.note(&format!("the result is kept as the service returned it: {why}"));
            }
            Event::AnswerKept { path, is_unused } => {
                let text = format!("the answer is kept as {}", path.display());
                if is_unused { self.ui.note(&text) } else { self.ui.detail(&text) }
            }
            Event::AnswerNotKept { why } => {
                self.ui.note(&format!("the answer that the result was made of is not kept: {why}"));
            }
            Event::NoAnswerFile { result, why } => {
                self.ui.note(&format!("no answer was written beside {}: {why}", result.display()));
            }
            Event::NotRecorded { error } => {
                self.ui.note(&format!("the outcome could not be recorded in the journal: {error}"));
            }
            Event::Shortened { planned, actual } => {
                self.ui.note(&format!(
                    "the name {} is too long; the result is {}",
                    planned.display(),
                    actual.display()
                ));
            }
            Event::Renamed { planned, actual } => {
                self.ui.note(&format!(
                    "{} was created in the meantime; the result is {}",
                    planned.display(),
                    actual.display()
                ));
            }
        }
    }
}

/// Shortens a text to at most `columns`. If a line wrapped, its first part would stay on the terminal after the next
/// update.
pub(super) fn truncated(text: &str, columns: usize) -> String {
    if textwrap::core::display_width(text) <= columns {
        return text.to_owned();
    }
    let mut short = String::new();
    for character in text.chars() {
        short.push(character);
        if textwrap::core::display_width(&short) >= columns {
            short.pop();
            break;
        }
    }
    short.push('…');
    short
}

/// `uploading 1.2 MiB of 13.4 MiB`; without the total if it is not known.
fn transferred(verb: &str, transfer: &TransferProgress) -> String {
    match (transfer.done(), transfer.total()) {
        (0, _) => verb.to_owned(),
        (done, 0) => format!("{verb} {}", bytes(done)),
        (done, total) => format!("{verb} {} of {}", bytes(done), bytes(total)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_never_wider_than_its_terminal() {
        for columns in [1, 10, 24, 40, 64, 80, 200] {
            for text in ["", "short", &"long ".repeat(60), "日本語日本語日本語日本語日本語"] {
                assert!(
                    textwrap::core::display_width(&truncated(text, columns)) <= columns,
                    "{columns}: {text}"
                );
            }
        }
        assert_eq!(truncated("waiting for the picture", 10), "waiting f…");
    }
}

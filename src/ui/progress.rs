//! What a person sees while an edit runs: a spinner, what it is at, how long it has been at it.

use std::fmt::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::api::TransferProgress;
use crate::edit::{Event, Events, Interrupt};
use crate::picture::fit::{Change, describe};
use crate::picture::merge::Extent;
use crate::sync::lock;

use super::Ui;
use super::units::{bytes, changed, count, elapsed};

/// How often the spinner moves.
const TICK: Duration = Duration::from_millis(100);
/// Columns that the phase of a line cannot have: the spinner, the time, and the `^C` that a terminal echoes.
const LINE_REST: usize = 16;

/// When a worker's task sent its first request; `None` while it has sent nothing.
pub(super) type SentAt = Arc<Mutex<Option<Instant>>>;

/// Draws what an edit tells; steps are printed when asked for.
pub struct Progress<'a> {
    ui: &'a Ui,
    interrupt: Interrupt,
    bar: Mutex<Option<ProgressBar>>,
    line: Line,
    /// What it is about, where it is one of many.
    name: Mutex<String>,
    sent: SentAt,
}

/// Where an edit's line is.
enum Line {
    /// It is the only one.
    Alone,
    /// It is one of many, above this one.
    Above(ProgressBar),
    /// It is one of so many that there is no room for it.
    Nowhere,
}

impl<'a> Progress<'a> {
    /// Nothing is drawn until something happens.
    pub fn new(ui: &'a Ui, interrupt: &Interrupt) -> Progress<'a> {
        Progress {
            ui,
            interrupt: interrupt.clone(),
            bar: Mutex::new(None),
            line: Line::Alone,
            name: Mutex::default(),
            sent: SentAt::default(),
        }
    }

    /// One of many, with its line above another, if there is room. It says what it is about, and leaves
    /// talk of retries to who asks for each step.
    pub(super) fn one_of_many(
        ui: &'a Ui,
        interrupt: &Interrupt,
        below: Option<&ProgressBar>,
        sent: SentAt,
    ) -> Progress<'a> {
        Progress {
            ui,
            interrupt: interrupt.clone(),
            bar: Mutex::new(None),
            line: below.map_or(Line::Nowhere, |below| Line::Above(below.clone())),
            name: Mutex::default(),
            sent,
        }
    }

    /// Says what it is about from now on.
    pub(super) fn name(&self, name: String) {
        *lock(&self.name) = name;
    }

    /// Takes the spinner away.
    pub fn clear(&self) {
        if let Some(bar) = lock(&self.bar).take() {
            bar.finish_and_clear();
        }
    }

    /// Says that the usage log is being waited for.
    pub fn waiting_for_log(&self, jobs: usize) {
        self.draw(move || format!("waiting for the usage log to know of {}", count(jobs, "job")));
    }

    fn is_alone(&self) -> bool {
        matches!(self.line, Line::Alone)
    }

    fn is_seen(&self) -> bool {
        !matches!(self.line, Line::Nowhere)
    }

    /// Draws `phase`, which is asked for its words again at each tick.
    fn draw(&self, phase: impl Fn() -> String + Clone + Send + Sync + 'static) {
        let Some(bars) = self.ui.bars().filter(|_| self.is_seen()) else { return };
        let interrupt = self.is_alone().then(|| self.interrupt.clone());
        let name = match &*lock(&self.name) {
            name if name.is_empty() => String::new(),
            name => format!("{name}: "),
        };
        let columns = self.ui.width();
        let words = move |_: &ProgressState, out: &mut dyn Write| {
            let is_stopping = interrupt.as_ref().is_some_and(|interrupt| interrupt.signal().is_some());
            let room = columns().saturating_sub(LINE_REST);
            let text = if is_stopping {
                stopping(room).to_owned()
            } else {
                shortened(&format!("{name}{}", phase()), room)
            };
            let _ = out.write_str(&text);
        };
        let time = |state: &ProgressState, out: &mut dyn Write| {
            let _ = out.write_str(&elapsed(state.elapsed()));
        };
        // The template is a constant; were it wrong, the default style would be drawn.
        let style = ProgressStyle::with_template("{spinner} {phase}  {time}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key("phase", words)
            .with_key("time", time);
        let mut bar = lock(&self.bar);
        let bar = bar.get_or_insert_with(|| match &self.line {
            Line::Above(below) => bars.insert_before(below, ProgressBar::new_spinner()),
            Line::Alone | Line::Nowhere => bars.add(ProgressBar::new_spinner()),
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
        self.ui.draws() && self.is_seen()
    }

    fn on(&self, event: Event<'_>) {
        match event {
            Event::Fitted { picture, changes } => {
                let text = format!("{picture}: {}", describe(changes));
                // That metadata stays here goes without saying.
                if changes.iter().all(Change::is_invisible) {
                    self.ui.step(&text)
                } else {
                    self.ui.note(&text)
                }
            }
            Event::UploadedWhole { picture, size } => self.ui.note(&format!(
                "{picture}: the whole picture is uploaded ({size}): the part to edit needs its surroundings"
            )),
            Event::Sending { attempt, id, transfer } => {
                lock(&self.sent).get_or_insert_with(Instant::now);
                self.ui.step(&format!("sending attempt {attempt}"));
                self.ui.detail(&format!("X-Client-Request-Id: {}", id.as_str()));
                let transfer = transfer.clone();
                self.draw(move || {
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
                let text = format!("{why}; nothing was charged, trying again in {}", elapsed(wait));
                if self.is_alone() {
                    self.ui.note(&text)
                } else {
                    self.ui.step(&text)
                }
                let until = Instant::now() + wait;
                self.draw(move || {
                    format!("trying again in {}", elapsed(until.saturating_duration_since(Instant::now())))
                });
            }
            Event::Answered { status, inference_id } => {
                self.ui.step(&format!("answered: HTTP {status}"));
                if let Some(id) = inference_id {
                    self.ui.detail(&format!("x-inference-id: {id}"));
                }
            }
            Event::Downloading { transfer, from } => {
                self.ui.step("downloading the result");
                self.ui.detail(from);
                let transfer = transfer.clone();
                self.draw(move || transferred("downloading", &transfer));
            }
            Event::Restored { report, .. } => {
                let text = changed(report);
                match report.extent {
                    Extent::Parts => self.ui.step(&text),
                    Extent::Nothing | Extent::Whole => self.ui.note(&text),
                }
            }
            Event::NotRestored { why } => {
                self.ui.note(&format!("the result is kept as the service returned it: {why}"));
            }
            Event::NotRecorded { error } => {
                self.ui.note(&format!("the outcome could not be recorded in the journal: {error}"));
            }
            Event::Shortened { wanted, got } => {
                self.ui.note(&format!(
                    "the name {} is too long; the result is {}",
                    wanted.display(),
                    got.display()
                ));
            }
            Event::Renamed { wanted, got } => {
                self.ui.note(&format!(
                    "{} was created in the meantime; the result is {}",
                    wanted.display(),
                    got.display()
                ));
            }
        }
    }
}

/// What a second Ctrl-C would do, in as many words as fit into `columns`.
pub(super) fn stopping(columns: usize) -> &'static str {
    const TEXTS: [&str; 3] = [
        "stopping after the edits in flight; Ctrl-C again quits now and may lose paid edits",
        "stopping; Ctrl-C again quits now and may lose paid edits",
        "stopping; Ctrl-C again may lose edits",
    ];
    TEXTS.into_iter().find(|text| text.len() <= columns).unwrap_or("stopping")
}

/// Shortens a text to at most `columns`. A line that wraps would leave its first part behind when it is drawn
/// again.
pub(super) fn shortened(text: &str, columns: usize) -> String {
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

/// `uploading 1.2 MiB of 13.4 MiB`, or without the total where it is not known.
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
                    textwrap::core::display_width(&shortened(text, columns)) <= columns,
                    "{columns}: {text}"
                );
            }
            assert!(stopping(columns).len() <= columns.max("stopping".len()));
        }
        assert_eq!(shortened("waiting for the picture", 10), "waiting f…");
        assert!(stopping(80 - LINE_REST).contains("may lose"), "at 80 columns the risk is named");
        assert!(stopping(38).contains("may lose"), "and at 40, in the line for all");
    }
}

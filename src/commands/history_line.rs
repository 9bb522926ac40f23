//! One line of `seededit history`, fitted to a terminal.

use std::path::Path;

use textwrap::core::display_width;

use crate::journal::{ChainStart, Intent, Job, State};
use crate::money::format_usd;
use crate::ui;

/// The maximum width of the file names if a prompt is shown as well, in columns.
const MAX_FILES_WIDTH: usize = 30;
/// The minimum width of a prompt; a narrower one is not shown.
const MIN_PROMPT_WIDTH: usize = 8;
/// The columns of a number and of the indent below it.
const NUMBER_WIDTH: usize = 6;
/// The minimum width of a terminal on which each job is one line. On a narrower one, it has two or three.
const MIN_LINE_WIDTH: usize = 70;

/// Returns the header of the list.
pub(super) fn head(columns: usize) -> &'static str {
    if columns < MIN_LINE_WIDTH {
        "   #  picture → result, prompt"
    } else {
        "   #  when        state           price  picture → result, prompt"
    }
}

/// Returns a line of at most `columns`, or several of them on a narrow terminal. Without `columns`, it has the id, whole
/// paths and the whole prompt. `now` is in milliseconds since 1970.
pub(super) fn line(
    number: u64,
    job: &Job,
    start: Option<&ChainStart>,
    now: i64,
    columns: Option<usize>,
) -> String {
    let price = if job.usd() > 0.0 { format_usd(job.usd()) } else { "-".into() };
    // Users type the number; scripts need the id, which does not change.
    let job_name = if columns.is_some() { format!("{number:>4}") } else { job.intent.job.clone() };
    let age = age(now.saturating_sub(job.intent.created));
    let state = job.state.label();
    let prompt = prompt(job, start);
    let prompt = ui::sanitize(&prompt);
    let shown: fn(&Path) -> String = if columns.is_some() { name } else { whole };
    let files = ui::sanitize(&files(job, shown)).into_owned();
    let Some(columns) = columns else {
        return format!("{job_name}  {age:<10}  {state:<11}  {price:>8}  {files}  {prompt}");
    };
    if columns < MIN_LINE_WIDTH {
        let indent = " ".repeat(NUMBER_WIDTH);
        let room = columns.saturating_sub(NUMBER_WIDTH).max(1);
        let start = format!("{job_name}  {state}  {price}  {age}\n{indent}{}", shortened(&files, room));
        let is_one_line = display_width(&files) + 2 + display_width(&prompt) <= room;
        return if is_one_line {
            format!("{start}  {prompt}")
        } else {
            format!("{start}\n{indent}{}", shortened(&prompt, room))
        };
    }
    let start = format!("{job_name}  {age:<10}  {state:<11}  {price:>8}  ");
    let room = columns.saturating_sub(display_width(&start));
    let files = shortened(
        &files,
        if room > MAX_FILES_WIDTH + MIN_PROMPT_WIDTH { MAX_FILES_WIDTH.max(room / 2) } else { room },
    );
    let left = room.saturating_sub(display_width(&files) + 2);
    if left < MIN_PROMPT_WIDTH + 2 {
        return format!("{start}{files}");
    }
    format!("{start}{files}  {}", shortened(&prompt, left))
}

/// `"add a bird"`; for a step of a chain `"add a bird", step 2: "at night"`.
fn prompt(job: &Job, start: Option<&ChainStart>) -> String {
    let prompt = &job.intent.prompt;
    match start {
        Some(start) => format!("\"{}\", step {}: \"{prompt}\"", start.prompt, start.step),
        None => format!("\"{prompt}\""),
    }
}

/// `just now`, `2 min ago`, `3 h ago`, `5 d ago`, `3 months ago`.
pub(super) fn age(millis: i64) -> String {
    let minutes = millis / 60_000;
    match minutes {
        ..1 => "just now".into(),
        1..60 => format!("{minutes} min ago"),
        60..1_440 => format!("{} h ago", minutes / 60),
        1_440..86_400 => format!("{} d ago", minutes / 1_440),
        86_400..1_051_200 => format!("{} mo ago", minutes / 43_200),
        _ => format!("{} y ago", minutes / 525_600),
    }
}

/// `photo.jpg → bird.jpg`
fn files(job: &Job, shown: fn(&Path) -> String) -> String {
    let result = match (&job.stored, job.state) {
        (Some(stored), _) => stored.path.as_ref().map(|path| shown(path.as_path())),
        (None, State::HandedOn) => Some("next step".into()),
        (None, _) => job.intent.output.as_ref().map(|path| shown(path.as_path())),
    };
    format!("{} → {}", input(&job.intent, shown), result.unwrap_or_else(|| "standard output".into()))
}

fn input(intent: &Intent, shown: fn(&Path) -> String) -> String {
    intent.input_path.as_ref().map_or_else(|| intent.input.clone(), |path| shown(path.as_path()))
}

fn whole(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The name of a file without its directory.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Shortens a text to at most `columns`, with an ellipsis at its end.
pub(super) fn shortened(text: &str, columns: usize) -> String {
    if display_width(text) <= columns {
        return text.to_owned();
    }
    let mut short = String::new();
    for character in text.chars() {
        short.push(character);
        if display_width(&short) >= columns {
            short.pop();
            break;
        }
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_rounded_down_to_their_largest_unit() {
        const MINUTE: i64 = 60_000;
        for (millis, text) in [
            (-5_000, "just now"),
            (59_000, "just now"),
            (2 * MINUTE, "2 min ago"),
            (59 * MINUTE, "59 min ago"),
            (3 * 60 * MINUTE + 1, "3 h ago"),
            (5 * 1_440 * MINUTE, "5 d ago"),
            (100 * 1_440 * MINUTE, "3 mo ago"),
            (800 * 1_440 * MINUTE, "2 y ago"),
        ] {
            assert_eq!(age(millis), text);
            assert!(text.len() <= 10, "{text} fits its column");
        }
    }

    #[test]
    fn statuses_are_distinct_and_fit_their_column() {
        let words = State::ALL.map(State::label);
        assert!(words.iter().all(|words| words.len() <= 11), "{words:?}");
        let different: std::collections::BTreeSet<_> = words.into_iter().collect();
        assert_eq!(different.len(), State::ALL.len());
    }

    #[test]
    fn a_shortened_text_ends_with_an_ellipsis_and_fits() {
        assert_eq!(shortened("add a bird", 10), "add a bird");
        assert_eq!(shortened("add a bird", 6), "add a…");
        assert_eq!(display_width(&shortened("日本語日本語", 7)), 7);
    }
}

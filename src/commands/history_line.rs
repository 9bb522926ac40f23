//! One line of `seededit history`, fitted to a terminal.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use textwrap::core::display_width;

use crate::journal::{AttemptOutcome, ChainStart, Job, Listed, PathBytes, State};
use crate::money::format_usd;
use crate::ui;

/// The width up to which file names may take more than half of the room that they share with the prompt, in columns.
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
        "   #  when        state         price  picture → result, prompt"
    }
}

/// Returns a line of at most `columns`, or several of them on a narrow terminal. Without `columns`, it has the id, whole
/// paths and the whole prompt. `now` is in milliseconds since 1970.
pub(super) fn line(
    number: u64,
    job: &Job,
    start: Option<&ChainStart>,
    now: i64,
    names: &Names,
    columns: Option<usize>,
) -> String {
    let price = match (job.usd(), job.charged()) {
        (Some(usd), _) if usd > 0.0 => format_usd(usd),
        (None, AttemptOutcome::Unknown) => "unknown".into(),
        _ => "-".into(),
    };
    // Users type the number; scripts need the id, which does not change.
    let job_name = if columns.is_some() { format!("{number:>4}") } else { job.intent.job.clone() };
    let age = age(now.saturating_sub(job.intent.created));
    let state = job.state.name();
    let prompt = prompt(job, start);
    let prompt = ui::sanitize(&prompt);
    // Both names are worth more than their directories.
    let files_within = |room| {
        let with_parents = Files::of(job, start, Some(*names)).whole();
        if display_width(&with_parents) <= room {
            return with_parents;
        }
        Files::of(job, start, Some(Names::default())).within(room)
    };
    let Some(columns) = columns else {
        let files = Files::of(job, start, None).whole();
        return format!("{job_name}  {age:<10}  {state:<9}  {price:>8}  {files}  {prompt}");
    };
    if columns < MIN_LINE_WIDTH {
        let indent = " ".repeat(NUMBER_WIDTH);
        let room = columns.saturating_sub(NUMBER_WIDTH).max(1);
        let files = files_within(room);
        let start = format!("{job_name}  {state}  {price}  {age}\n{indent}{files}");
        let is_one_line = display_width(&files) + 2 + display_width(&prompt) <= room;
        return if is_one_line {
            format!("{start}  {prompt}")
        } else {
            format!("{start}\n{indent}{}", shortened(&prompt, room))
        };
    }
    let start = format!("{job_name}  {age:<10}  {state:<9}  {price:>8}  ");
    let room = columns.saturating_sub(display_width(&start));
    // The header names the prompt, so that there is always room for it.
    let most = (room * 3 / 5).min(MAX_FILES_WIDTH).max(room / 2);
    // A short prompt leaves its room to the files.
    let files = files_within(most.max(room.saturating_sub(display_width(&prompt) + 2)));
    let left = room.saturating_sub(display_width(&files) + 2);
    if left < (MIN_PROMPT_WIDTH + 2).min(display_width(&prompt)) {
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

/// The picture and the result of a job, as they are shown: `photo.jpg → bird.jpg`.
struct Files {
    input: String,
    result: String,
}

/// What is between the picture and the result.
const ARROW: &str = " → ";

impl Files {
    /// With whole paths, or with `names`.
    fn of(job: &Job, start: Option<&ChainStart>, names: Option<Names>) -> Files {
        let shown = |path: &Path, parents: usize| match names {
            Some(_) => name_with_parent(path, parents),
            None => path.to_string_lossy().into_owned(),
        };
        let parents = names.unwrap_or_default();
        let result = match (output(job), job.state) {
            (None, State::HandedOn) => "next step".into(),
            (Some(path), _) => shown(path, parents.outputs),
            (None, _) => "standard output".into(),
        };
        let (input, path) = input(job, start);
        let input = path.map_or_else(|| input.to_owned(), |path| shown(path.as_path(), parents.inputs));
        Files { input: ui::sanitize(&input).into_owned(), result: ui::sanitize(&result).into_owned() }
    }

    fn whole(&self) -> String {
        let Files { input, result } = self;
        format!("{input}{ARROW}{result}")
    }

    /// In at most `columns`. Each name is shortened in its middle: what tells files apart is at their ends.
    fn within(&self, columns: usize) -> String {
        let Files { input, result } = self;
        let room = columns.saturating_sub(display_width(ARROW));
        let (wide, other) = (display_width(input), display_width(result));
        // A short name leaves its room to the other one. Several results have the same picture, and so need more of it.
        let for_input = (room * 2 / 5).max(room.saturating_sub(other)).min(wide);
        let (input, result) =
            (shortened_path(input, for_input), shortened_path(result, room.saturating_sub(for_input)));
        shortened(&format!("{input}{ARROW}{result}"), columns)
    }
}

/// The name and the path of the picture. For a step whose picture was not kept, those of the original.
fn input<'a>(job: &'a Job, start: Option<&'a ChainStart>) -> (&'a str, Option<&'a PathBytes>) {
    match start {
        Some(start) if !start.is_kept => (&start.input, start.input_path.as_ref()),
        _ => (&job.intent.input, job.intent.input_path.as_ref()),
    }
}

/// The file of the result, or the planned one.
fn output(job: &Job) -> Option<&Path> {
    let path = match (&job.stored, job.state) {
        (Some(stored), _) => stored.path.as_ref(),
        (None, State::HandedOn) => None,
        (None, _) => job.intent.output.as_ref(),
    };
    path.map(PathBytes::as_path)
}

/// Which of its parent directories is shown with a file on a terminal, in levels: one that tells the directories of a
/// list apart. 0 is none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Names {
    inputs: usize,
    outputs: usize,
}

impl Names {
    /// The names for these jobs.
    pub(super) fn of(jobs: &[(Listed, Option<ChainStart>)]) -> Names {
        let inputs = jobs.iter().filter_map(|(listed, start)| input(&listed.job, start.as_ref()).1);
        let outputs = jobs.iter().filter_map(|(listed, _)| output(&listed.job));
        Names { inputs: parents(inputs.map(PathBytes::as_path)), outputs: parents(outputs) }
    }
}

/// The highest directory that is shown with a file: this many levels up.
const MAX_LEVEL: usize = 4;

/// Returns the level of the parent directories that tell these files apart: 0 if all are in one directory.
fn parents<'a>(files: impl Iterator<Item = &'a Path>) -> usize {
    let directories: BTreeSet<PathBuf> =
        files.filter_map(|file| Some(direct(file).parent()?.to_owned())).collect();
    let are_distinct = |level: &usize| {
        let ancestors = directories.iter().map(|directory| directory.ancestors().nth(level - 1)?.file_name());
        ancestors.collect::<BTreeSet<Option<&OsStr>>>().len() == directories.len()
    };
    match directories.len() {
        0 | 1 => 0,
        _ => (1..=MAX_LEVEL).find(are_distinct).unwrap_or(1),
    }
}

/// A path without the directories that `..` leads out of. Links are not followed.
fn direct(path: &Path) -> PathBuf {
    let mut direct = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(direct.pop()),
            other => direct.push(other),
        }
    }
    direct
}

/// The name of a file after its parent directory, or after the directory that is this many levels up:
/// `berlin/…/photo.jpg`.
fn name_with_parent(path: &Path, parents: usize) -> String {
    let path = direct(path);
    let parts: Vec<_> = path.components().filter(|part| matches!(part, Component::Normal(_))).collect();
    let shown = match &parts[parts.len().saturating_sub(parents + 1)..] {
        [directory, _, .., name] => [directory, &Component::Normal("…".as_ref()), name].iter().collect(),
        shown => shown.iter().collect::<PathBuf>(),
    };
    shown.to_string_lossy().into_owned()
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

/// Shortens a path to at most `columns`, with an ellipsis in its middle. The name at its end stays whole if it fits; else
/// both ends of the name stay, because either may tell files apart.
pub(super) fn shortened_path(path: &str, columns: usize) -> String {
    if display_width(path) <= columns {
        return path.to_owned();
    }
    let room = columns.saturating_sub(1);
    let name = path.rsplit('/').next().unwrap_or(path);
    let name_with_slash = display_width(name) + 1;
    let (path, most) = if name_with_slash <= room || name.len() == path.len() && name_with_slash <= columns {
        (path, name_with_slash.max(room / 2))
    } else {
        // A name ends with its number and its extension, which take more room than what it begins with.
        (name, room - room / 3)
    };
    let (mut end, mut width) = (Vec::new(), 0);
    for character in path.chars().rev() {
        width += display_width(character.encode_utf8(&mut [0; 4]));
        if width > most {
            break;
        }
        end.push(character);
    }
    let end: String = end.into_iter().rev().collect();
    let start = columns.saturating_sub(display_width(&end));
    format!("{}{end}", shortened(path, start))
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
    fn states_fit_their_column() {
        assert!(State::ALL.iter().all(|state| state.name().len() <= 9));
    }

    #[test]
    fn parents_are_shown_only_if_they_tell_directories_apart() {
        let parents = |files: &[&str]| parents(files.iter().map(Path::new));
        assert_eq!(parents(&["/home/a/1.jpg", "/home/a/2.jpg"]), 0);
        assert_eq!(parents(&["/home/a/1.jpg", "/home/b/1.jpg", "/1.jpg"]), 1);
        assert_eq!(parents(&["/home/a/out/1.jpg", "/home/b/out/1.jpg"]), 2);
        assert_eq!(name_with_parent(Path::new("/home/a/1.jpg"), 1), "a/1.jpg");
        assert_eq!(name_with_parent(Path::new("/home/a/x/y/1.jpg"), 3), "a/…/1.jpg");
        assert_eq!(name_with_parent(Path::new("/1.jpg"), 2), "1.jpg");
        assert_eq!(name_with_parent(Path::new("/home/a/x/../1.jpg"), 1), "a/1.jpg");
        assert_eq!(parents(&["/home/a/1.jpg", "/home/a/x/../2.jpg"]), 0);
    }

    #[test]
    fn a_shortened_path_keeps_its_end() {
        assert_eq!(shortened_path("a/b.jpg", 10), "a/b.jpg");
        let path = "pictures/of-the-summer/photo-edited-2.jpg";
        assert_eq!(shortened_path(path, 30), "pictures/o…/photo-edited-2.jpg");
        assert_eq!(shortened_path(path, 20), "…/photo-edited-2.jpg");
        assert_eq!(shortened_path(path, 10), "pho…-2.jpg");
        assert_eq!(shortened_path("harbour-at-night-edited-12.jpg", 20), "harbou…edited-12.jpg");
        assert_eq!(shortened_path("photo-edited-2.jpg", 18), "photo-edited-2.jpg");
        for columns in 1..40 {
            assert!(
                display_width(&shortened_path("日本語/日本語日本語.jpg", columns)) <= columns,
                "{columns}"
            );
        }
    }

    #[test]
    fn two_names_share_the_room_and_keep_their_ends() {
        let files = |input: &str, result: &str| Files { input: input.into(), result: result.into() };
        let long = "IMG_2026-01-31_harbour-at-night.jpg";
        let result = "IMG_2026-01-31_harbour-at-night-edited-2.jpg";
        assert_eq!(files(long, result).within(33), "IMG…ight.jpg → IMG_2…edited-2.jpg");
        assert_eq!(files("a.jpg", result).within(33), "a.jpg → IMG_2026…ght-edited-2.jpg");
        assert_eq!(files(long, "b.jpg").within(33), "IMG_2026…our-at-night.jpg → b.jpg");
        for columns in 1..80 {
            assert!(display_width(&files(long, result).within(columns)) <= columns, "{columns}");
        }
    }

    #[test]
    fn a_shortened_text_ends_with_an_ellipsis_and_fits() {
        assert_eq!(shortened("add a bird", 10), "add a bird");
        assert_eq!(shortened("add a bird", 6), "add a…");
        assert_eq!(display_width(&shortened("日本語日本語", 7)), 7);
    }
}

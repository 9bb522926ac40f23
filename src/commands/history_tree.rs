//! `seededit history --tree`: which result was made from which.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use serde_json::Value;
use textwrap::core::display_width;

use crate::error::Failure;
use crate::journal::{Current, Derived, Job, Journal, JournalError, State};
use crate::ui::{self, Ui};

use super::history_details::{output_path, summary};
use super::history_line::{shortened, shortened_path};
use super::named_results::{file_change, original_change, shown};
use super::reporting::stdout_failed;

/// The columns of a level.
const LEVEL: usize = 3;
/// The narrowest file name and prompt.
const MIN_WIDTH: usize = 8;

/// A job in its place.
struct Row<'a> {
    /// The lines that connect it with the rows above.
    branch: String,
    derived: &'a Derived,
}

impl Row<'_> {
    /// Whether it was made from the original.
    fn is_root(&self) -> bool {
        self.branch.chars().count() == LEVEL
    }
}

/// Prints these jobs, and all that they were made from, below their originals.
pub(super) fn print(jobs: Vec<Job>, journal: &Journal, ui: &Ui) -> Result<(), Failure> {
    let jobs = journal.with_ancestors(jobs)?;
    let (mut current, mut current_original) = (None, None);
    match journal.current()?.0 {
        Current::Result(job) => current = Some(job.intent.job),
        Current::Original(file) => current_original = Some(shown(file.path.as_path()).display().to_string()),
        Current::Nothing | Current::Removed => {}
    }
    for (picture, rows) in trees(&jobs) {
        if !ui.is_json() {
            let mark = if current_original.as_ref() == Some(&picture) { "@ " } else { "" };
            let picture = ui::sanitize(&picture);
            let newest = rows.iter().filter(|row| row.is_root()).min_by_key(|row| row.derived.listed.number);
            let change = match newest {
                Some(row) => original_change(&row.derived.listed.job, journal)?,
                None => None,
            };
            let lost = change.map_or(String::new(), |why| format!(" ({why})"));
            let picture = match ui.stdout_columns() {
                Some(columns) => shortened_path(&picture, columns.saturating_sub(mark.len() + lost.len())),
                None => picture.into_owned(),
            };
            ui.line(format!("{mark}{picture}{lost}")).map_err(stdout_failed)?;
        }
        for row in rows {
            let written = if ui.is_json() {
                ui.json(&record(row.derived, journal)?)
            } else {
                let job = &row.derived.listed.job;
                let is_current = current.as_ref() == Some(&job.intent.job);
                let lost = file_change(job, journal)?;
                ui.line(line(&row, is_current, lost, ui.stdout_columns()))
            };
            written.map_err(stdout_failed)?;
        }
    }
    Ok(())
}

/// The record of the list, and the id of the job whose result it was made from.
fn record(derived: &Derived, journal: &Journal) -> Result<Value, JournalError> {
    let job = &derived.listed.job;
    let mut record = summary(job, journal.chain_start(job)?.as_ref());
    record["made_from"] = derived.made_from.clone().into();
    Ok(record)
}

/// Groups jobs by their originals. That of the newest job comes first; below it, older jobs come first.
fn trees(jobs: &[Derived]) -> Vec<(String, Vec<Row<'_>>)> {
    let ids: HashSet<&str> = jobs.iter().map(|derived| derived.listed.job.intent.job.as_str()).collect();
    let mut children: HashMap<&str, Vec<&Derived>> = HashMap::new();
    let mut roots: Vec<&Derived> = Vec::new();
    for derived in jobs.iter().rev() {
        match derived.made_from.as_deref().filter(|id| ids.contains(id)) {
            Some(parent) => children.entry(parent).or_default().push(derived),
            None => roots.push(derived),
        }
    }
    let mut trees: Vec<(String, Vec<&Derived>)> = Vec::new();
    for root in roots {
        let picture = original(&root.listed.job);
        match trees.iter_mut().find(|(other, _)| *other == picture) {
            Some((_, jobs)) => jobs.push(root),
            None => trees.push((picture, vec![root])),
        }
    }
    let mut trees: Vec<(String, Vec<Row<'_>>)> = trees
        .into_iter()
        .map(|(picture, roots)| {
            let mut rows = Vec::new();
            add(&roots, "", &children, &mut rows);
            (picture, rows)
        })
        .collect();
    let newest = |rows: &[Row<'_>]| rows.iter().map(|row| row.derived.listed.number).min();
    trees.sort_by_key(|(_, rows)| newest(rows));
    trees
}

fn add<'a>(
    jobs: &[&'a Derived],
    above: &str,
    children: &HashMap<&str, Vec<&'a Derived>>,
    rows: &mut Vec<Row<'a>>,
) {
    for (index, derived) in jobs.iter().enumerate() {
        let is_last = index + 1 == jobs.len();
        let (end, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        rows.push(Row { branch: format!("{above}{end}"), derived });
        if let Some(jobs) = children.get(derived.listed.job.intent.job.as_str()) {
            add(jobs, &format!("{above}{below}"), children, rows);
        }
    }
}

/// The picture of a job that was made from no other one, as it is shown.
fn original(job: &Job) -> String {
    let path: Option<PathBuf> = job.intent.input_path.as_ref().map(|path| shown(path.as_path()));
    match path {
        Some(path) => path.display().to_string(),
        None if job.intent.input == "-" => "standard input".into(),
        None => job.intent.input.clone(),
    }
}

/// A line of at most `columns`; without them, it has the job's id, the whole path and the whole prompt. `lost` says why the
/// file is not the result any more.
fn line(row: &Row<'_>, is_current: bool, lost: Option<&str>, columns: Option<usize>) -> String {
    let Derived { listed, .. } = row.derived;
    let (job, number) = (&listed.job, listed.number);
    let mark = if is_current { "@ " } else { "" };
    let state = match job.state {
        State::Delivered | State::HandedOn => String::new(),
        state => format!("{state}: "),
    };
    let file = match output_path(job) {
        Some(path) => shown(path.as_path()).display().to_string(),
        None if job.state == State::HandedOn => "used by the next step".into(),
        None => "standard output".into(),
    };
    let file = ui::sanitize(&file).into_owned();
    let lost = lost.map_or(String::new(), |why| format!(" ({why})"));
    let prompt = ui::sanitize(&format!("{state}\"{}\"", job.intent.prompt)).into_owned();
    let Some(columns) = columns else {
        return format!("{}{}  {mark}{file}{lost}  {prompt}", row.branch, job.intent.job);
    };
    let start = format!("{}{number}  {mark}", shortened_branch(&row.branch, columns));
    let room = columns.saturating_sub(display_width(&start));
    // Where both do not fit, the name is worth more than the prompt.
    let most = if room < 3 * MIN_WIDTH { room.max(MIN_WIDTH) } else { room / 2 };
    let file = shortened_path(&file, most.saturating_sub(lost.len()).max(MIN_WIDTH.min(most))) + &lost;
    let left = room.saturating_sub(display_width(&file) + 2);
    if left < MIN_WIDTH {
        return format!("{start}{}", shortened(&file, room.max(MIN_WIDTH)));
    }
    format!("{start}{file}  {}", shortened(&prompt, left))
}

/// Leaves at least half of the line to what the branch leads to: of a deep branch, the first levels are left out.
fn shortened_branch(branch: &str, columns: usize) -> String {
    let levels = branch.chars().count() / LEVEL;
    let most = (columns / 2 / LEVEL).max(2);
    if levels <= most {
        return branch.to_owned();
    }
    let rest: String = branch.chars().skip((levels - most + 1) * LEVEL).collect();
    format!("…  {rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_branch_keeps_its_end() {
        let branch = "│  │     │  └─ ";
        assert_eq!(shortened_branch(branch, 80), branch);
        assert_eq!(shortened_branch(branch, 20), "…  │  └─ ");
        assert_eq!(shortened_branch(branch, 3), "…  └─ ");
    }
}

//! `--html`: one page about a run of several edits, which needs no other file.

mod page;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::edit::{Source, absolute};
use crate::error::{Audience, ErrorKind, Failure};
use crate::files::{Reservation, ReserveError, is_same_file, parent};
use crate::money::format_usd;

use super::preview::preview;
use super::task_report::{Provenance, TaskInfo, TaskReport};
use page::{Entry, Picture};

/// The longest side of a picture on the page, in pixels.
const LONGEST_SIDE: u32 = 900;
/// The most entries with pictures: about 80 MB. Browsers do not open much larger pages.
const MAX_WITH_PICTURES: usize = 400;

/// What of a path may not stand in a link as it is.
const IN_LINK: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A page that is written at the end of a run.
pub(super) struct HtmlReport {
    file: Reservation,
    title: String,
    /// Whether the results are those of a sandbox.
    is_sandbox: bool,
    outcomes: Vec<Outcome>,
}

/// What the page says about an edit. Its pictures are read when the page is written.
struct Outcome {
    /// The line of the manifest. The page has its order.
    line: Option<u64>,
    entry: Entry,
    before: Option<PathBuf>,
    after: Option<PathBuf>,
}

impl HtmlReport {
    /// Ensures that the page can be written to `path`. It replaces an earlier page or an empty file, but no other file.
    pub(super) fn ensure_possible(path: &Path, manifest: Option<&Path>) -> Result<(), Failure> {
        if path == Path::new("-") {
            return Err(
                Failure::usage("--html needs a file, not `-`").hint("name a file, such as report.html")
            );
        }
        let directory = parent(path);
        if !directory.is_dir() {
            return Err(Failure::input(format!("the directory {} does not exist", directory.display()))
                .hint("create it, or name another file with --html"));
        }
        let Ok(found) = fs::metadata(path) else { return Ok(()) };
        if manifest.is_some_and(|manifest| is_same_file(path, manifest)) {
            return Err(Failure::input("the page of --html would replace the manifest")
                .hint("name another file with --html"));
        }
        if !found.is_file() {
            return Err(Failure::input(format!("{} is not a regular file", path.display()))
                .hint("name another file with --html"));
        }
        let mut start = Vec::new();
        let read =
            File::open(path).and_then(|file| file.take(page::START.len() as u64).read_to_end(&mut start));
        read.map_err(|error| unwritable(path, error))?;
        if start.is_empty() || start == page::START.as_bytes() {
            return Ok(());
        }
        Err(Failure::input(format!("{} exists and is not an earlier page of --html", path.display()))
            .hint("name another file with --html, or delete that one"))
    }

    /// Starts a page about a manifest. Its file is reserved now, and written at the end.
    pub(super) fn create(
        path: &Path,
        manifest: Option<&str>,
        is_sandbox: bool,
    ) -> Result<HtmlReport, Failure> {
        // The file may have been created since the first check.
        HtmlReport::ensure_possible(path, None)?;
        let file = Reservation::acquire(path).map_err(|error| match error {
            ReserveError::Io(error) => unwritable(path, error),
            busy => {
                Failure::new(ErrorKind::Input, busy).hint("wait for it, or name another file with --html")
            }
        })?;
        Ok(HtmlReport {
            file,
            title: manifest.unwrap_or("edits").to_owned(),
            is_sandbox,
            outcomes: Vec::new(),
        })
    }

    /// Adds what became of a task. `paid_before` is what an earlier run paid for its result, in US dollars.
    pub(super) fn add(
        &mut self,
        source: &Source,
        task: &TaskInfo<'_>,
        report: &TaskReport,
        paid_before: Option<f64>,
        manifest: Option<&str>,
    ) {
        let mut entry = entry(task, report.step(), manifest);
        let mut after = None;
        match report {
            TaskReport::Result { job, delivery, provenance, list_price, .. } => {
                let price = match (provenance, delivery.paid.price, list_price.as_deref()) {
                    (Provenance::Copied | Provenance::Kept, _, _) => match paid_before {
                        Some(usd) => format!("$0.00: an earlier run paid {}", format_usd(usd)),
                        None => "$0.00: paid for by an earlier run".into(),
                    },
                    (_, Some(price), _) => format_usd(price.usd),
                    (_, None, Some("free")) => "free".into(),
                    (_, None, Some(list_price)) => format!("list price {list_price}"),
                    (_, None, None) => "unknown".into(),
                };
                entry.facts.extend([
                    ("price", price),
                    ("size", delivery.size.to_string()),
                    ("job", job.clone()),
                ]);
                after.clone_from(&delivery.path);
            }
            TaskReport::Skipped(skipped) => {
                entry.facts.push(("note", format!("{}; nothing was sent", skipped.message())));
                after = skipped.output().map(Path::to_owned);
            }
            TaskReport::Failed { job, failure } => {
                entry.failure =
                    Some((failure.message(), failure.hint_for(Audience::CommandLine).map(str::to_owned)));
                entry.facts.extend(job.clone().map(|job| ("job", job)));
                let price = failure.paid.as_ref().and_then(|paid| paid.price);
                entry.facts.extend(price.map(|price| ("price", format_usd(price.usd))));
            }
        }
        if let Some(path) = &after {
            entry.after = Some(Picture { name: path.display().to_string(), ..Picture::default() });
        }
        self.outcomes.push(Outcome { line: task.line, entry, before: file_of(source), after });
    }

    /// Adds a task that was not started.
    pub(super) fn add_left(&mut self, source: &Source, task: &TaskInfo<'_>, manifest: Option<&str>) {
        let mut entry = entry(task, None, manifest);
        entry.facts.push(("note", "not started; the same command continues with it".into()));
        self.outcomes.push(Outcome { line: task.line, entry, before: file_of(source), after: None });
    }

    /// Writes the page, completely or not at all.
    pub(super) fn write(self, summary: &str) -> Result<(), Failure> {
        let HtmlReport { mut file, title, is_sandbox, mut outcomes } = self;
        outcomes.sort_by_key(|outcome| outcome.line);
        let path = file.target().to_owned();
        let from = absolute(parent(&path));
        let mut html = page::head(&title, summary, is_sandbox);
        for (number, Outcome { mut entry, before, after, .. }) in outcomes.into_iter().enumerate() {
            let is_shown = number < MAX_WITH_PICTURES;
            for (picture, file) in [(&mut entry.before, before), (&mut entry.after, after)] {
                if let (Some(picture), Some(file)) = (picture, file) {
                    picture.link = Some(link(&from, &absolute(&file)));
                    picture.preview = is_shown.then(|| preview(&file, LONGEST_SIDE)).flatten();
                }
            }
            html.push_str(&entry.html());
        }
        html.push_str(&page::tail());
        let written = file.write(html.as_bytes()).and_then(|_| file.persist(true));
        written.map(drop).map_err(|error| unwritable(&path, error))
    }
}

/// An entry with what was asked for up to a step of a task; in all of its steps for `None`.
fn entry(task: &TaskInfo<'_>, step: Option<usize>, manifest: Option<&str>) -> Entry {
    let mut entry = Entry {
        before: Some(Picture { name: task.input.clone(), ..Picture::default() }),
        facts: vec![("row", task.origin(manifest))],
        ..Entry::default()
    };
    if let Some(request) = task.request(step.unwrap_or(0)) {
        entry.title = task.prompts(step).join(", then ");
        entry.facts.push(("model", request.model.to_owned()));
        entry.facts.extend(request.seed.map(|seed| ("seed", seed.to_string())));
    }
    entry
}

fn file_of(source: &Source) -> Option<PathBuf> {
    match source {
        Source::File(path) => Some(path.clone()),
        _ => None,
    }
}

/// A link from a directory to a file, both absolute: relative and percent-encoded.
fn link(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let down = to[common..]
        .iter()
        .map(|part| utf8_percent_encode(&part.as_os_str().to_string_lossy(), IN_LINK).to_string());
    up.chain(down).collect::<Vec<_>>().join("/")
}

fn unwritable(path: &Path, error: io::Error) -> Failure {
    let cause = anyhow::Error::new(error).context(format!("cannot write the page {}", path.display()));
    Failure::new(ErrorKind::Input, cause).hint("name a file that can be written to with --html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_relative_and_encoded() {
        let link = |from: &str, to: &str| link(Path::new(from), Path::new(to));
        assert_eq!(link("/a/b", "/a/b/c d.jpg"), "c%20d.jpg");
        assert_eq!(link("/a/b", "/a/x/#1?.jpg"), "../x/%231%3F.jpg");
        assert_eq!(link("/a/b", "/a/b/javascript:x"), "javascript%3Ax");
        assert_eq!(link("/", "/é.png"), "%C3%A9.png");
    }
}

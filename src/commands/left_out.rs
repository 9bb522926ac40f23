//! The pictures that an edit of several leaves out: why, and how that is reported.

use std::cell::RefCell;
use std::io;
use std::path::Path;

use crate::batch::UnreadablePicture;
use crate::batch::manifest::Fault;
use crate::edit::{OwnPicture, SourceError};
use crate::error::{ErrorKind, Failure};
use crate::error_chain::error_chain;
use crate::picture::HeaderError;
use crate::ui::{self, JobInfo, SkippedRecord, Ui};

use super::picture_search::looks_like_a_picture;

/// Why a picture is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// It is damaged, empty, missing, or may not be read.
    Unreadable,
    /// Its format is not read.
    Unsupported,
    /// It was named, and neither its name nor its content is that of a picture.
    NotAPicture,
    /// This program wrote it: mostly, as the result of an earlier edit.
    Result,
    /// It was given twice.
    Repeated,
    /// Its name begins with a dot.
    Hidden,
    /// A link to a directory is not followed.
    LinkedDirectory,
}

impl Reason {
    /// All of them, in the order in which they are counted.
    const ALL: [Reason; 7] = [
        Reason::Unreadable,
        Reason::Unsupported,
        Reason::NotAPicture,
        Reason::Result,
        Reason::Repeated,
        Reason::Hidden,
        Reason::LinkedDirectory,
    ];

    /// The name in records.
    fn name(self) -> &'static str {
        match self {
            Reason::Unreadable => "unreadable",
            Reason::Unsupported => "unsupported",
            Reason::NotAPicture => "not_a_picture",
            Reason::Result => "result",
            Reason::Repeated => "repeated",
            Reason::Hidden => "hidden",
            Reason::LinkedDirectory => "linked_directory",
        }
    }

    /// `2 unreadable`, `1 earlier result`
    fn counted(self, count: usize) -> String {
        match self {
            Reason::Result => ui::count(count, "earlier result"),
            Reason::LinkedDirectory if count == 1 => "1 linked directory".into(),
            Reason::LinkedDirectory => format!("{count} linked directories"),
            Reason::NotAPicture => format!("{count} not a picture"),
            other => format!("{count} {}", other.name()),
        }
    }

    /// Whether the user wanted the picture to be edited.
    pub(super) fn is_problem(self) -> bool {
        match self {
            Reason::Unreadable | Reason::Unsupported => true,
            Reason::NotAPicture
            | Reason::Result
            | Reason::Repeated
            | Reason::Hidden
            | Reason::LinkedDirectory => false,
        }
    }
}

/// A picture that is left out.
#[derive(Debug, Clone)]
pub(super) struct LeftOut {
    /// The name of the picture.
    input: String,
    pub(super) reason: Reason,
    /// The sentence about it, which names it.
    why: String,
    hint: Option<String>,
    /// The job that made it, if it is a result.
    job: Option<String>,
}

impl LeftOut {
    pub(super) fn new(path: &Path, reason: Reason, why: String) -> LeftOut {
        LeftOut { input: path.display().to_string(), reason, why, hint: None, job: None }
    }

    pub(super) fn hint(self, hint: &str) -> LeftOut {
        LeftOut { hint: Some(hint.to_owned()), ..self }
    }

    pub(super) fn result_of(path: &Path, job: String) -> LeftOut {
        let why = format!("{} is the result of an earlier edit", path.display());
        LeftOut { job: Some(job), ..LeftOut::new(path, Reason::Result, why) }
    }

    pub(super) fn answer_of(path: &Path, job: Option<String>) -> LeftOut {
        let why = format!("{} is the answer to an earlier edit", path.display());
        LeftOut { job, ..LeftOut::new(path, Reason::Result, why) }
    }

    /// A picture that says that this program wrote it.
    pub(super) fn own(name: String, OwnPicture { job }: OwnPicture) -> LeftOut {
        let why = format!("{name} was made by seededit, as its metadata says");
        LeftOut { input: name, reason: Reason::Result, why, hint: None, job }
    }

    /// A picture that planning could not use.
    pub(super) fn unreadable(UnreadablePicture { name, error }: UnreadablePicture) -> LeftOut {
        let reason = match &error {
            SourceError::Header {
                source: HeaderError::Raw | HeaderError::Unsupported(_) | HeaderError::OtherFormat(_),
                ..
            } => Reason::Unsupported,
            SourceError::Header {
                source: HeaderError::Unrecognized | HeaderError::NotAPicture(_), ..
            }
            | SourceError::Empty(_)
                if !looks_like_a_picture(Path::new(&name)) =>
            {
                Reason::NotAPicture
            }
            _ => Reason::Unreadable,
        };
        LeftOut { input: name, reason, why: error_chain(&error), hint: None, job: None }
    }

    /// Whether the user wanted it to be edited.
    pub(super) fn is_problem(&self) -> bool {
        self.reason.is_problem()
    }

    /// The sentence about it, which names it.
    pub(super) fn why(&self) -> &str {
        &self.why
    }

    /// The fault to report for it if nothing may be left out.
    pub(super) fn fault(&self) -> Fault {
        Fault { hint: self.hint.clone(), ..Fault::new(None, self.why.clone()) }.of(Some(self.input.clone()))
    }
}

/// All pictures that a run leaves out.
#[derive(Debug, Clone, Default)]
pub(super) struct AllLeftOut(RefCell<Vec<LeftOut>>);

impl AllLeftOut {
    pub(super) fn new(left_out: Vec<LeftOut>) -> AllLeftOut {
        AllLeftOut(RefCell::new(left_out))
    }

    pub(super) fn add(&self, left_out: LeftOut) {
        self.0.borrow_mut().push(left_out);
    }

    /// The faults to report if nothing may be left out.
    pub(super) fn problems(&self) -> Vec<Fault> {
        let all = self.0.borrow();
        all.iter().filter(|left_out| left_out.reason.is_problem()).map(LeftOut::fault).collect()
    }

    fn count(&self, reason: Reason) -> usize {
        self.0.borrow().iter().filter(|left_out| left_out.reason == reason).count()
    }

    /// `left out: 2 unreadable, 1 earlier result`; `None` if nothing is left out.
    pub(super) fn totals(&self) -> Option<String> {
        let counts = Reason::ALL.map(|reason| (reason, self.count(reason)));
        let parts: Vec<String> = counts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(reason, count)| reason.counted(count))
            .collect();
        (!parts.is_empty()).then(|| format!("left out: {}", parts.join(", ")))
    }

    /// Prints a record for each one with `--json`. Otherwise prints a note for each one that the user wanted to be
    /// edited, and one for each other reason.
    ///
    /// # Errors
    /// Fails if standard output cannot be written.
    pub(super) fn report(&self, ui: &Ui) -> io::Result<()> {
        let all = self.0.borrow();
        if ui.is_json() {
            return all.iter().try_for_each(|left_out| {
                ui.json(&SkippedRecord {
                    status: "skipped",
                    job: JobInfo::new(left_out.job.as_deref(), Some(&left_out.input)),
                    output: None,
                    reason: left_out.reason.name(),
                    message: left_out.why.as_str().into(),
                })
            });
        }
        for reason in Reason::ALL {
            let mut those = all.iter().filter(|left_out| left_out.reason == reason);
            if reason.is_problem() {
                those.for_each(|left_out| ui.note(&format!("left out: {}", left_out.why)));
            } else if let Some(first) = those.next() {
                let more = match those.count() {
                    0 => String::new(),
                    more => format!(", and {more} more"),
                };
                let advice = match reason {
                    Reason::Result => "; --include-results edits results again",
                    Reason::Hidden => "; name a hidden picture to edit it",
                    Reason::LinkedDirectory => "; name the directory to edit what is in it",
                    _ => "",
                };
                ui.note(&format!("left out: {}{more}{advice}", first.why));
            }
        }
        Ok(())
    }

    /// The failure of a run that succeeded otherwise, if pictures are left out that the user wanted to be edited.
    pub(super) fn failure(&self) -> Option<Failure> {
        let count = self.0.borrow().iter().filter(|left_out| left_out.reason.is_problem()).count();
        let is_one = count == 1;
        (count > 0).then(|| {
            let what =
                format!("{} {} left out", ui::count(count, "picture"), if is_one { "was" } else { "were" });
            Failure::new(ErrorKind::Partial, anyhow::anyhow!(what)).hint(if is_one {
                "fix it, then run the same command again"
            } else {
                "fix them, then run the same command again"
            })
        })
    }

    /// The failure of a run that has no picture left.
    pub(super) fn nothing_left(&self) -> Failure {
        let totals = self.totals().map_or(String::new(), |totals| format!(" ({totals})"));
        let failure = Failure::input(format!("no picture is left to edit{totals}"));
        if self.count(Reason::Result) > 0 {
            failure.hint("--include-results edits the results of earlier edits again")
        } else {
            failure.hint("nothing was sent; name other pictures")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(reasons: &[Reason]) -> AllLeftOut {
        let left_out = |reason: &Reason| LeftOut::new(Path::new("a.jpg"), *reason, "why".into());
        AllLeftOut::new(reasons.iter().map(left_out).collect())
    }

    #[test]
    fn totals_name_each_reason_once() {
        use Reason::{Hidden, LinkedDirectory, Repeated, Result, Unreadable};
        let found = all(&[Result, Unreadable, Result, Hidden, LinkedDirectory]);
        assert_eq!(
            found.totals().unwrap(),
            "left out: 1 unreadable, 2 earlier results, 1 hidden, 1 linked directory"
        );
        assert_eq!(all(&[]).totals(), None);
        assert_eq!(found.failure().unwrap().message(), "1 picture was left out");
        assert!(all(&[Result, Repeated, Hidden]).failure().is_none());
    }

    #[test]
    fn a_file_that_was_named_and_is_no_picture_by_name_and_content_is_no_picture_left_out() {
        let unreadable = |name: &str, source: HeaderError| {
            let error = SourceError::Header { name: name.into(), source };
            LeftOut::unreadable(UnreadablePicture { name: name.into(), error }).reason
        };
        assert_eq!(unreadable("README", HeaderError::Unrecognized), Reason::NotAPicture);
        assert_eq!(unreadable("a.jpg", HeaderError::Unrecognized), Reason::Unreadable);
        assert_eq!(unreadable("a.tif", HeaderError::Raw), Reason::Unsupported);
        assert_eq!(unreadable("a.jpg", HeaderError::OtherFormat("QOI")), Reason::Unsupported);
        assert_eq!(unreadable("a.html", HeaderError::NotAPicture("a web page")), Reason::NotAPicture);
    }
}

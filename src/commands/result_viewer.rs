//! `edit --show` and `edit --open`: results that are looked at as soon as they are there.

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::cli::EditArgs;
use crate::color::ColorWhen;
use crate::edit::Source;
use crate::env::Env;
use crate::error::Failure;
use crate::ui::Ui;

use super::show::{Screen, ensure_terminal};
use super::{offline, viewer};

/// What is done with results besides writing them.
pub(super) struct ResultViewer<'a> {
    shows: bool,
    opens: bool,
    color: ColorWhen,
    env: &'a Env,
    ui: &'a Ui,
}

impl<'a> ResultViewer<'a> {
    /// Checks before anything is paid that results can be shown.
    pub(super) fn new(
        args: &EditArgs,
        color: ColorWhen,
        env: &'a Env,
        ui: &'a Ui,
    ) -> Result<ResultViewer<'a>, Failure> {
        let takes_file =
            [("--show", args.show), ("--open", args.open)].into_iter().find(|(_, is_given)| *is_given);
        if let Some((flag, _)) = takes_file
            && args.output.as_deref() == Some(OsStr::new("-"))
        {
            return Err(Failure::usage(format!(
                "{flag} needs a file, and the result goes to standard output"
            ))
            .hint("name a file with -o"));
        }
        if args.show {
            ensure_terminal(env)?;
        }
        Ok(ResultViewer { shows: args.show, opens: args.open, color, env, ui })
    }

    /// Shows and opens results. They are saved, so that a failure is only mentioned.
    pub(super) fn view(&self, results: &[PathBuf]) {
        let mention = |failure: Failure| {
            self.ui.note(&format!("the result is saved, and cannot be shown: {}", failure.message()));
        };
        if self.shows && !results.is_empty() {
            match Screen::of_terminal(None, self.color, self.env) {
                Ok(screen) => {
                    let is_named = results.len() > 1;
                    for source in results.iter().cloned().map(Source::File) {
                        let shown = offline::read(&source)
                            .and_then(|picture| screen.show(&source, &picture, is_named, self.ui));
                        shown.unwrap_or_else(mention);
                    }
                }
                Err(failure) => mention(failure),
            }
        }
        if self.opens {
            results.iter().try_for_each(|result| viewer::open(result, self.env)).unwrap_or_else(mention);
        }
    }
}

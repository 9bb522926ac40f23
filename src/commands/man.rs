//! `seededit man`

use std::path::Path;
use std::{fs, io};

use crate::cli::ManArgs;
use crate::error::Failure;
use crate::error_chain::io_reason;
use crate::files::{Reservation, ReserveError};
use crate::man::{self, Page};
use crate::ui::{self, Ui};

use super::reporting::stdout_failed;

pub(super) fn run(args: &ManArgs, ui: &Ui) -> Result<u8, Failure> {
    if let Some(directory) = &args.out_dir {
        return write_all(directory, ui);
    }
    let roff = if args.command.is_empty() { man::combined() } else { page_of(&args.command)?.roff };
    ui.data(roff.as_bytes()).map_err(stdout_failed)?;
    if ui.stdout_columns().is_some() {
        let words: String = args.command.iter().map(|word| format!(" {word}")).collect();
        ui.note(&format!(
            "this is the source of a man page; `seededit man{words} | man -l -` shows it as one"
        ));
    }
    Ok(0)
}

/// Returns the page of a command: `history show`, `history-show` or `seededit-history-show`.
fn page_of(words: &[String]) -> Result<Page, Failure> {
    let typed = words.join("-");
    let name = match typed.strip_prefix("seededit-") {
        Some(_) => typed.clone(),
        None if typed == "seededit" => typed.clone(),
        None => format!("seededit-{typed}"),
    };
    man::pages().into_iter().find(|page| page.name == name).ok_or_else(|| {
        Failure::usage(format!("no man page for `{}`", words.join(" ")))
            .hint("`seededit --help` lists the commands")
    })
}

fn write_all(directory: &Path, ui: &Ui) -> Result<u8, Failure> {
    let failed = |path: &Path, error: io::Error| {
        Failure::input(format!("cannot write {}: {}", path.display(), io_reason(&error)))
            .hint("name a directory that you can write to with --out-dir")
    };
    if directory.exists() && !directory.is_dir() {
        return Err(Failure::input(format!(
            "cannot write {}: it is a file, not a directory",
            directory.display()
        ))
        .hint("name a directory for the pages; it is created if it is missing"));
    }
    fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
    let pages = man::pages();
    for page in &pages {
        let path = directory.join(format!("{}.1", page.name));
        write(&path, &page.roff).map_err(|error| failed(&path, error))?;
    }
    ui.success(&format!("{} written to {}", ui::count(pages.len(), "man page"), directory.display()));
    Ok(0)
}

/// Writes a page, completely or not at all.
fn write(path: &Path, roff: &str) -> io::Result<()> {
    let mut file = Reservation::acquire(path).map_err(|error| match error {
        ReserveError::Io(error) => error,
        busy => io::Error::other(busy),
    })?;
    file.write(roff.as_bytes())?;
    file.persist(true)?;
    Ok(())
}

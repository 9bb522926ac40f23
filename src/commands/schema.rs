//! `seededit schema`

use crate::cli::SchemaArgs;
use crate::error::Failure;
use crate::schema::{command_names, document, documents};
use crate::suggest::closest;
use crate::ui::Ui;

use super::reporting::stdout_failed;

pub(super) fn run(args: &SchemaArgs, ui: &Ui) -> Result<u8, Failure> {
    let words: Vec<&str> = args.command.iter().flat_map(|word| word.split_whitespace()).collect();
    let schema =
        if words.is_empty() { documents() } else { document(&words).ok_or_else(|| unknown(&words))? };
    // A value that was built of texts and numbers can always be written.
    let text = format!("{schema:#}\n");
    ui.data(text.as_bytes()).map_err(stdout_failed)?;
    Ok(0)
}

fn unknown(words: &[&str]) -> Failure {
    let typed = words.join(" ");
    let names = command_names();
    let failure = Failure::usage(format!("no command `{typed}`"));
    match closest(&typed, names.iter().map(String::as_str)) {
        Some(meant) => failure.hint(format!("did you mean `seededit schema {meant}`?")),
        None => failure.hint("`seededit --help` lists the commands"),
    }
}

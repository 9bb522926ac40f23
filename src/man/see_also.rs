//! Which pages lead to which.

use clap::Command;

use super::page_name;

/// The commands that are used together with a command.
const RELATED: [(&str, &[&str]); 23] = [
    ("edit", &["batch", "merge", "inspect", "recover", "history", "config", "sandbox"]),
    ("batch", &["edit", "recover", "history", "config", "sandbox"]),
    ("recover", &["edit", "batch", "history"]),
    ("merge", &["edit", "compare", "inspect", "history"]),
    ("show", &["compare", "sheet", "inspect"]),
    ("compare", &["show", "sheet", "merge"]),
    ("sheet", &["compare", "edit"]),
    ("history", &["recover", "replay", "undo"]),
    ("undo", &["redo", "edit", "history"]),
    ("redo", &["undo"]),
    ("replay", &["edit", "history", "undo"]),
    ("inspect", &["edit", "merge"]),
    ("models", &["edit", "config"]),
    ("balance", &["auth", "history"]),
    ("doctor", &["auth", "config", "models"]),
    ("config", &["auth"]),
    ("auth", &["config"]),
    ("sandbox", &["edit", "batch"]),
    ("mcp", &["edit", "skill", "recover", "history"]),
    ("skill", &["mcp", "edit"]),
    ("completions", &["man"]),
    ("schema", &["help"]),
    ("help", &["man"]),
];

/// Returns the names of the pages to see after that of a command: the page above, the pages below, those beside it if
/// it is a subcommand, and related ones. `parent` is the command above, if there is one.
pub(super) fn see_also(path: &str, command: &Command, parent: Option<&Command>) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let below = |path: &str, command: &Command| -> Vec<String> {
        let names = command.get_subcommands().map(Command::get_name);
        names.map(|name| format!("{path} {name}").trim_start().to_owned()).collect()
    };
    if !path.is_empty() {
        commands.push(String::new());
    }
    commands.extend(below(path, command));
    if let (Some((above, _)), Some(parent)) = (path.rsplit_once(' '), parent) {
        commands.push(above.to_owned());
        commands.extend(below(above, parent).into_iter().filter(|beside| beside != path));
    }
    let related = RELATED.iter().find(|(command, _)| *command == path);
    commands
        .extend(related.into_iter().flat_map(|(_, others)| others.iter().map(|other| (*other).to_owned())));
    commands.iter().map(|path| page_name(path)).collect()
}

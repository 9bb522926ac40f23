//! Which pages lead to which.

use clap::Command;

use super::page_name;

/// The commands that are used together with a command, by their words.
const RELATED: [(&str, &[&str]); 10] = [
    ("edit", &["batch", "merge", "inspect", "recover", "history", "config", "sandbox"]),
    ("batch", &["edit", "recover", "history", "config", "sandbox"]),
    ("recover", &["edit", "batch", "history"]),
    ("merge", &["edit", "inspect"]),
    ("history", &["recover"]),
    ("inspect", &["edit", "merge"]),
    ("config", &["auth"]),
    ("auth", &["config"]),
    ("sandbox", &["edit", "batch"]),
    ("completions", &["man"]),
];

/// Returns the names of the pages to see after that of a command: the page above, the pages below, those beside it if
/// it is a subcommand, and related ones. `parent` is the command above, if there is one.
pub(super) fn see_also(words: &str, command: &Command, parent: Option<&Command>) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    let below = |words: &str, command: &Command| -> Vec<String> {
        let names = command.get_subcommands().map(Command::get_name);
        names.map(|name| format!("{words} {name}").trim_start().to_owned()).collect()
    };
    if !words.is_empty() {
        commands.push(String::new());
    }
    commands.extend(below(words, command));
    if let (Some((above, _)), Some(parent)) = (words.rsplit_once(' '), parent) {
        commands.push(above.to_owned());
        commands.extend(below(above, parent).into_iter().filter(|beside| beside != words));
    }
    let related = RELATED.iter().find(|(command, _)| *command == words);
    commands
        .extend(related.into_iter().flat_map(|(_, others)| others.iter().map(|other| (*other).to_owned())));
    commands.iter().map(|words| page_name(words)).collect()
}

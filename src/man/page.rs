//! The sections of a page, in their order.

use clap::Command;

use crate::cli::sandbox::{FAULT_EXAMPLE, FAULT_SYNTAX};
use crate::env::VARIABLES;
use crate::error::{ErrorKind, SUCCESS};
use crate::sandbox::FAULT_TABLE;

use super::clap_parts;
use super::roff::{PARAGRAPH, bold, escape, inline, literal, section, term};
use super::scope::Scope;
use super::see_also::see_also;

/// The date of the newest version. Each release changes it.
const DATE: &str = "2026-11-28";

/// Flags that every command has; the combined page describes them once.
const GLOBAL_FLAGS: [&str; 5] = ["help", "version", "quiet", "verbose", "color"];

/// The page of one command.
pub(super) fn page(command: &Command, path: &str, parent: Option<&Command>) -> String {
    let mut page = title(&super::page_name(path));
    page += &clap_parts::introduction(command);
    page += &clap_parts::options(command);
    if command.has_subcommands() {
        page += &clap_parts::commands(command);
    }
    page += &after_options(command, path);
    page += &reference(Scope::of(command, path));
    page + &links(&see_also(path, command, parent))
}

/// The combined page: the program and all its commands.
pub(super) fn combined(program: &Command) -> String {
    let mut page = title("seededit");
    page += &clap_parts::introduction(program);
    page += &clap_parts::options(program);
    page += &after_options(program, "");
    for (command, path) in commands(program, "") {
        let own = command.clone().mut_args(|arg| {
            let is_global = GLOBAL_FLAGS.contains(&arg.get_id().as_str());
            arg.hide(is_global)
        });
        let part = clap_parts::short_introduction(&own)
            + &clap_parts::options(&own)
            + &after_options(command, &path);
        // What is a section of a command's own page is a subsection here.
        page += &section(&format!("seededit {path}").to_uppercase());
        page += &part.replace(".SH ", ".SS ");
    }
    page += &reference(Scope::of(program, ""));
    page + &links(&see_also("", program, None))
}

/// All commands below a command, each with its path, such as `history show`.
fn commands<'a>(command: &'a Command, path: &str) -> Vec<(&'a Command, String)> {
    let mut found = Vec::new();
    for subcommand in command.get_subcommands() {
        let path = format!("{path} {}", subcommand.get_name()).trim_start().to_owned();
        let below = commands(subcommand, &path);
        found.push((subcommand, path));
        found.extend(below);
    }
    found
}

/// The title, and how the text is set: without hyphens in names, and without stretched lines.
fn title(name: &str) -> String {
    let (name, version) = (escape(&name.to_uppercase()), env!("CARGO_PKG_VERSION"));
    format!(".TH \"{name}\" 1 \"{DATE}\" \"seededit {version}\" \"seededit Manual\"\n.nh\n.ad l\n")
}

/// What the help says after the options.
fn after_options(command: &Command, path: &str) -> String {
    if path == "sandbox" {
        return faults();
    }
    let help = command.get_after_long_help().or_else(|| command.get_after_help());
    examples(&help.map(ToString::to_string).unwrap_or_default())
}

fn faults() -> String {
    let mut faults = section("FAULTS") + &inline(FAULT_SYNTAX) + "\n";
    for fault in FAULT_TABLE {
        let typed = match fault.argument {
            "" => bold(&escape(fault.name)),
            argument => format!("{}\\fI{argument}\\fR", bold(&escape(&format!("{}=", fault.name)))),
        };
        faults += &term(&typed, fault.description);
    }
    faults + &examples(&format!("Examples:\n  seededit sandbox {FAULT_EXAMPLE}"))
}

/// The examples of a help text: blocks of a heading and indented lines.
fn examples(help: &str) -> String {
    let mut examples = String::new();
    for block in help.split("\n\n") {
        let Some((heading, lines)) = block.split_once(":\n") else { continue };
        match heading {
            // Both have sections of their own.
            "Exit codes" | "Topics" => continue,
            "Examples" => {}
            _ => examples += &format!("{PARAGRAPH}{}:\n", inline(heading)),
        }
        let lines: Vec<&str> = lines.lines().map(str::trim).collect();
        match heading {
            "Examples" => lines.iter().for_each(|line| examples += &example(line)),
            _ => examples += &literal(lines),
        }
    }
    match examples.strip_prefix(PARAGRAPH) {
        // A section begins with a paragraph anyway.
        Some(examples) => section("EXAMPLES") + examples,
        None => examples,
    }
}

/// A command; what it does, if that follows it on its line, comes before it as a comment.
fn example(line: &str) -> String {
    match line.split_once("  ") {
        Some((command, comment)) => literal([format!("# {}", comment.trim()).as_str(), command]),
        None => literal([line]),
    }
}

/// Variables, files and exit codes.
fn reference(scope: Scope) -> String {
    environment(scope) + &files(scope) + &exit_status(scope)
}

fn environment(scope: Scope) -> String {
    let mut environment = section("ENVIRONMENT");
    for variable in VARIABLES.iter().filter(|variable| scope.reads(variable)) {
        let names: Vec<String> = variable.names.iter().map(|name| bold(&escape(name))).collect();
        environment += &term(&names.join(", "), &format!("{}.", capitalized(variable.meaning)));
    }
    environment
}

fn files(scope: Scope) -> String {
    let mut files = section("FILES");
    let mut add = |directory: &str, name: &str, contents: &str| {
        files += &term(&format!("\\fI{}\\fR", escape(&format!("{directory}/seededit/{name}"))), contents);
    };
    add("~/.config", "config.toml", "Settings and profiles.");
    if scope.uses_key() {
        add("~/.config", "credentials.toml", "Keys.");
    }
    if scope.uses_journal() {
        add("~/.local/share", "journal.db", "The journal: all jobs with their prompts, prices and results.");
        add("~/.local/share", "spool/", "Answers as they were received, until they are delivered.");
        add("~/.local/share", "answers/", "Answers that were paid for and are not the delivered file.");
        add("~/.local/share", "sandbox/", "The same for the sandbox.");
    }
    let variables = if scope.uses_journal() {
        "`$XDG_CONFIG_HOME` and `$XDG_DATA_HOME` replace `~/.config` and `~/.local/share`. On macOS, both directories are \
         `~/Library/Application Support/seededit`. `SEEDEDIT_CONFIG_DIR` and `SEEDEDIT_DATA_DIR` name others."
    } else {
        "`$XDG_CONFIG_HOME` replaces `~/.config`. On macOS, the directory is `~/Library/Application Support/seededit`. \
         `SEEDEDIT_CONFIG_DIR` names another."
    };
    files + PARAGRAPH + &inline(variables) + "\n"
}

fn exit_status(scope: Scope) -> String {
    let row = |code: u8, meaning: &str| term(&bold(&code.to_string()), &format!("{}.", capitalized(meaning)));
    let failures = ErrorKind::ALL.into_iter().filter(|kind| scope.ends_with(*kind));
    let rows: String = failures.map(|kind| row(kind.exit_code(), kind.meaning())).collect();
    section("EXIT STATUS") + &row(0, SUCCESS) + &rows
}

fn links(names: &[String]) -> String {
    let links: Vec<String> = names.iter().map(|name| format!(".BR {} (1)", escape(name))).collect();
    section("SEE ALSO") + &links.join(",\n") + "\n"
}

/// `text` with a capital at its beginning.
fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

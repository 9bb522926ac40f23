//! The parts of a page that `clap_mangen` renders.

use std::io;

use clap::Command;
use clap_mangen::Man;

/// What `clap_mangen` puts before each part: how old formatters typeset an apostrophe.
const PREAMBLE: &str = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n";

/// Name, synopsis and description.
pub(super) fn introduction(command: &Command) -> String {
    let man = man(command);
    rendered(|out| {
        man.render_name_section(out)?;
        man.render_synopsis_section(out)?;
        man.render_description_section(out)
    })
}

/// Synopsis and description.
pub(super) fn short_introduction(command: &Command) -> String {
    let man = man(command);
    rendered(|out| {
        man.render_synopsis_section(out)?;
        man.render_description_section(out)
    })
}

/// Flags and arguments, with a subsection for each of their headings.
pub(super) fn options(command: &Command) -> String {
    let man = man(command);
    let options = rendered(|out| man.render_options_section(out));
    // A paragraph of its own, and values below the description; mandoc warns about breaks around empty lines.
    let mut options = options.replace(".br\n\n.br\n", ".IP\n").replace(".RS 14\n", ".RS 7\n");
    for heading in command.get_arguments().filter_map(|arg| arg.get_help_heading()) {
        options = options.replace(&format!(".SH {}\n", heading.to_uppercase()), &format!(".SS {heading}\n"));
    }
    options
}

/// The subcommands, with the names of their pages.
pub(super) fn commands(command: &Command) -> String {
    let man = man(command);
    rendered(|out| man.render_subcommands_section(out)).replace(".SH SUBCOMMANDS\n", ".SH COMMANDS\n")
}

/// With the usage of the help, which has the names of values, as the synopsis.
fn man(command: &Command) -> Man {
    let usage = command.clone().render_usage().to_string();
    let forms: Vec<&str> =
        usage.trim_start_matches("Usage:").lines().map(str::trim).filter(|form| !form.is_empty()).collect();
    Man::new(command.clone().override_usage(forms.join("\n")))
}

fn rendered(render: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut roff = Vec::new();
    // Writing to memory cannot fail.
    render(&mut roff).ok();
    let roff = String::from_utf8_lossy(&roff).replace(PREAMBLE, "").replace("\\*(Aq", "\\(aq");
    with_bold_words(&roff)
}

/// Sets words in backticks in bold.
fn with_bold_words(roff: &str) -> String {
    let set_line = |line: &str| {
        let parts: Vec<&str> = line.split('`').collect();
        // An odd number of backticks quotes nothing.
        if parts.len().is_multiple_of(2) {
            return line.to_owned();
        }
        let set = |(index, part): (usize, &&str)| match index % 2 {
            1 => super::roff::bold(part),
            _ => (*part).to_owned(),
        };
        parts.iter().enumerate().map(set).collect::<String>()
    };
    roff.lines().map(|line| set_line(line) + "\n").collect()
}

//! The man pages: their sections, their links, and what formatters say about them.

use std::collections::BTreeMap;
use std::fs;

use crate::support::{TestEnv, commands, printed};

/// All pages by name, as `man --out-dir` writes them.
fn pages() -> BTreeMap<String, String> {
    let env = TestEnv::new();
    env.command("man --out-dir man1").any_stderr().assert();
    let files = fs::read_dir(env.path("man1")).unwrap().map(|entry| entry.unwrap().path());
    let named = files.map(|path| {
        assert_eq!(path.extension().unwrap(), "1");
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
    });
    named.collect()
}

/// The name of the page of a command.
fn page_name(command: &str) -> String {
    format!("seededit {command}").trim_end().replace(' ', "-")
}

#[cfg(unix)]
#[test]
fn on_a_terminal_a_note_says_how_to_read_a_page() {
    use crate::support::Terminal;

    let env = TestEnv::new();
    let seen = Terminal::spawn(env.command("man history show").any_stderr(), 200).wait();
    assert!(seen.contains(".SH NAME"), "{seen:?}");
    let note = "this is the source of a man page; `seededit man history show | man -l -` shows it as one";
    assert!(seen.contains(note), "{seen:?}");
}

/// The headings of a page.
fn sections(page: &str) -> Vec<String> {
    page.lines()
        .filter_map(|line| line.strip_prefix(".SH "))
        .map(|title| title.trim_matches('"').to_owned())
        .collect()
}

/// The roff of one section.
fn section<'a>(page: &'a str, title: &str) -> &'a str {
    let quoted = format!("\n.SH \"{title}\"\n");
    let found = page.split_once(&quoted).or_else(|| page.split_once(&format!("\n.SH {title}\n")));
    let (_, rest) = found.unwrap_or_else(|| panic!("no {title}"));
    rest.split("\n.SH ").next().unwrap_or_default()
}

/// The pages that a page refers to.
fn links(page: &str) -> Vec<String> {
    let links = section(page, "SEE ALSO").lines().filter_map(|line| line.strip_prefix(".BR "));
    links.map(|link| link.split(" (1)").next().unwrap_or_default().replace("\\-", "-")).collect()
}

#[test]
#[ignore = "slow"]
fn every_command_has_a_page_that_is_printed_and_written() {
    let pages = pages();
    let names: Vec<String> = pages.keys().cloned().collect();
    let mut expected: Vec<String> = commands().iter().map(|command| page_name(command)).collect();
    expected.sort();
    assert_eq!(names, expected);
    for command in commands().iter().filter(|command| !command.is_empty()) {
        assert_eq!(printed(&format!("man {command}")), pages[&page_name(command)], "{command}");
    }
    assert_eq!(printed("man history-show"), pages["seededit-history-show"]);
    assert_eq!(printed("man seededit-history-show"), pages["seededit-history-show"]);
    assert_eq!(printed("man seededit"), pages["seededit"]);
}

#[test]
fn every_page_has_its_sections_in_order() {
    let order = [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "COMMANDS",
        "FAULTS",
        "EXAMPLES",
        "ENVIRONMENT",
        "FILES",
        "EXIT STATUS",
        "SEE ALSO",
    ];
    let pages = pages();
    for command in commands() {
        let page = &pages[&page_name(&command)];
        let help = printed(&format!("{command} --help"));
        let optional = |title: &str| match title {
            "COMMANDS" => help.contains("\nCommands:\n"),
            "FAULTS" => command == "sandbox",
            "EXAMPLES" => help.contains("\nExample") || help.contains("\nStart here"),
            _ => true,
        };
        let expected: Vec<&str> = order.into_iter().filter(|title| optional(title)).collect();
        assert_eq!(sections(page), expected, "{command}");
        assert!(page.contains(&format!("\n{} \\- ", page_name(&command).replace('-', "\\-"))), "{command}");
    }
}

#[test]
fn every_option_has_a_description() {
    for (name, page) in pages() {
        let mut lines = section(&page, "OPTIONS").lines();
        while let Some(line) = lines.next() {
            if line == ".TP" {
                let (option, description) = (lines.next().unwrap(), lines.next().unwrap());
                assert!(!description.starts_with('.') && !description.is_empty(), "{name}: {option}");
            }
        }
    }
}

#[test]
fn every_link_leads_to_another_page() {
    let pages = pages();
    for (name, page) in &pages {
        let links = links(page);
        assert!(!links.is_empty(), "{name}");
        for link in &links {
            assert!(pages.contains_key(link) && link != name, "{name} refers to {link}");
            assert_eq!(links.iter().filter(|other| *other == link).count(), 1, "{name} refers to {link}");
        }
        if name != "seededit" {
            assert!(links.contains(&"seededit".to_owned()), "{name}");
            let (above, _) = name.rsplit_once('-').unwrap();
            assert!(links.contains(&above.to_owned()), "{name}");
        }
    }
}

#[test]
fn pages_list_only_what_their_command_uses() {
    let pages = pages();
    let has = |command: &str, title: &str, term: &str| {
        let roff = format!("\\fB{}\\fR", term.replace('-', "\\-"));
        section(&pages[&page_name(command)], title).lines().any(|line| line.contains(&roff))
    };
    for (variable, with, without) in [
        ("NO_COLOR", &["", "edit", "config path", "completions"][..], &[][..]),
        (
            "SEEDEDIT_API_KEY",
            &["", "edit", "batch", "recover", "auth status"],
            &["merge", "history list", "config"],
        ),
        ("SEEDEDIT_MODEL", &["", "edit", "batch", "config list"], &["recover", "history", "config set"]),
        (
            "SEEDEDIT_PROFILE",
            &["edit", "config", "config get", "auth"],
            &["config set", "history list", "merge"],
        ),
        (
            "SEEDEDIT_SANDBOX",
            &["edit", "history forget", "auth login", "merge", "inspect"],
            &["models list", "sandbox", "config list"],
        ),
        (
            "SEEDEDIT_DATA_DIR",
            &["edit", "recover", "history show", "merge", "inspect"],
            &["auth login", "config"],
        ),
        ("https_proxy", &["edit", "auth login"], &["auth status", "history list", "sandbox"]),
        ("TMPDIR", &["", "batch"], &["edit", "recover"]),
    ] {
        for command in with {
            assert!(has(command, "ENVIRONMENT", variable), "{command} lacks {variable}");
        }
        for command in without {
            assert!(!has(command, "ENVIRONMENT", variable), "{command} has {variable}");
        }
    }
    let codes = |command: &str| -> Vec<u8> {
        let lines = section(&pages[&page_name(command)], "EXIT STATUS").lines();
        lines.filter_map(|line| line.strip_prefix("\\fB")?.strip_suffix("\\fR")?.parse().ok()).collect()
    };
    let all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 130, 143];
    for command in ["", "edit", "batch", "recover"] {
        assert_eq!(codes(command), all, "{command}");
    }
    assert_eq!(codes("auth login"), [0, 1, 2, 3, 4, 6, 7]);
    assert_eq!(codes("auth status"), [0, 1, 2, 3, 4]);
    assert_eq!(codes("history audit"), [0, 1, 2, 3, 4, 6, 7, 11]);
    for command in ["merge", "inspect", "history list", "history forget", "config set", "sandbox", "man"] {
        assert_eq!(codes(command), [0, 1, 2, 3], "{command}");
    }
    for command in ["completions", "help"] {
        assert_eq!(codes(command), [0, 1, 2], "{command}");
    }
    for (command, files) in [
        ("edit", &["config.toml", "credentials.toml", "journal.db"][..]),
        ("history show", &["config.toml", "journal.db"]),
        ("auth login", &["config.toml", "credentials.toml"]),
        ("inspect", &["config.toml", "journal.db"]),
    ] {
        let section = section(&pages[&page_name(command)], "FILES");
        for file in ["config.toml", "credentials.toml", "journal.db"] {
            assert_eq!(section.contains(file), files.contains(&file), "{command}: {file}");
        }
    }
}

#[test]
fn examples_are_commands_with_their_explanation_above() {
    let pages = pages();
    let examples = section(&pages["seededit-edit"], "EXAMPLES");
    let expected = "# from standard input\nseededit edit \\- \"at night\" \\-o out.png < in.png\n";
    assert!(examples.contains(expected), "{examples}");
    let examples = section(&pages["seededit-batch"], "EXAMPLES");
    assert!(examples.contains("\n{\"image\": \"a.jpg\", \"prompt\": \"add a bird\""), "{examples}");
}

#[test]
fn the_combined_page_describes_every_command_once() {
    let page = printed("man");
    assert!(page.starts_with(".TH "), "{}", &page[..40]);
    assert_eq!(page.matches("\n.TH ").count(), 0);
    let (beginning, end) = (
        ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES"],
        ["ENVIRONMENT", "FILES", "EXIT STATUS", "SEE ALSO"],
    );
    let command_sections = commands().into_iter().filter(|command| !command.is_empty());
    let command_sections = command_sections.map(|command| format!("SEEDEDIT {}", command.to_uppercase()));
    let expected: Vec<String> = beginning
        .map(str::to_owned)
        .into_iter()
        .chain(command_sections)
        .chain(end.map(str::to_owned))
        .collect();
    assert_eq!(sections(&page), expected);
    // Flags of all commands are described at the beginning only.
    assert_eq!(page.matches("\\fB\\-\\-quiet\\fR").count(), 1);
}

/// Every page, and the combined one.
fn all_pages() -> Vec<(String, String)> {
    pages().into_iter().chain([("seededit-all".to_owned(), printed("man"))]).collect()
}

#[test]
fn only_known_requests_begin_a_line_and_every_indent_is_closed() {
    const REQUESTS: [&str; 14] =
        [".TH", ".SH", ".SS", ".TP", ".PP", ".IP", ".br", ".RS", ".RE", ".nf", ".fi", ".nh", ".ad", ".BR"];
    for (name, page) in all_pages() {
        for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
            let request = line.split_whitespace().next().unwrap();
            assert!(REQUESTS.contains(&request), "{name}: {line}");
        }
        for (opening, closing) in [("\n.RS", "\n.RE"), ("\n.nf", "\n.fi")] {
            assert_eq!(page.matches(opening).count(), page.matches(closing).count(), "{name}: {opening}");
        }
    }
}

#[test]
fn an_unknown_page_is_a_usage_error() {
    TestEnv::new()
        .command("man history paint")
        .code(2)
        .stderr("error: no man page for `history paint`\nhint: `seededit --help` lists the commands\n")
        .assert();
    TestEnv::new().command("man edit --out-dir x").code(2).stderr_contains(&["cannot be used with"]).assert();
}

#[test]
fn pages_are_written_over_older_ones_into_a_directory_that_is_created() {
    let env = TestEnv::new();
    env.write("share/man1/seededit.1", "old");
    let run = env.command("man --out-dir share/man1");
    let count = commands().len();
    run.stderr(format!("✓ {count} man pages written to share/man1\n")).assert();
    assert!(env.read("share/man1/seededit.1").starts_with(b".TH "));
    assert_eq!(fs::read_dir(env.path("share/man1")).unwrap().count(), count, "no temporary file is left");
    env.command("man --out-dir new/man/man1 -q").assert();
    assert_eq!(fs::read_dir(env.path("new/man/man1")).unwrap().count(), count);

    env.write("file", "");
    env.command("man --out-dir file")
        .code(3)
        .stderr(
            "error: cannot write file: it is a file, not a directory\n\
             hint: name a directory for the pages; it is created if it is missing\n",
        )
        .assert();
    env.command("man --out-dir file/man1")
        .code(3)
        .stderr_contains(&["error: cannot write file/man1: "])
        .assert();
}

/// Readers of the pages, each skipped with a message where it is not installed.
#[cfg(unix)]
mod formatters {
    use std::io::{ErrorKind, Write as _};
    use std::process::{Command, Output};

    use super::{TestEnv, all_pages};

    fn output(command: &mut Command) -> Option<Output> {
        match command.output() {
            Ok(output) => Some(output),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let name = command.get_program().to_string_lossy().into_owned();
                writeln!(std::io::stderr(), "skipped: {name} is not installed").unwrap();
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn formatters_report_no_warning() {
        let env = TestEnv::new();
        for (name, page) in all_pages() {
            let path = env.write(format!("{name}.1"), page);
            for (formatter, args) in [
                ("mandoc", &["-T", "lint", "-W", "warning"][..]),
                ("groff", &["-K", "utf8", "-man", "-T", "utf8", "-ww", "-z"]),
            ] {
                let Some(output) = output(Command::new(formatter).args(args).arg(&path)) else { continue };
                let message = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
                assert!(output.status.success() && message.is_empty(), "{name}: {message}");
            }
        }
    }

    #[test]
    #[ignore = "slow"]
    fn pages_fit_a_terminal_of_80_columns() {
        let env = TestEnv::new();
        for (name, page) in all_pages() {
            let path = env.write(format!("{name}.1"), page);
            let mut command = Command::new("man");
            command.arg("-l").arg(&path).env("MANWIDTH", "80").env("PAGER", "cat").env("LC_ALL", "C.UTF-8");
            // Other implementations of `man` know no `-l`.
            let Some(output) = output(&mut command).filter(|output| output.status.success()) else { return };
            let text = String::from_utf8(output.stdout).unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
            for title in ["NAME", "SYNOPSIS", "ENVIRONMENT", "FILES", "EXIT STATUS", "SEE ALSO"] {
                assert!(text.lines().any(|line| line == title), "{name}: {title}");
            }
            for line in text.lines() {
                let columns = textwrap::core::display_width(line);
                assert!(columns <= 80, "{name}, {columns} columns: {line}");
            }
        }
    }
}

#[test]
fn the_date_of_the_pages_is_that_of_the_release() {
    let changelog = fs::read_to_string(format!("{}/CHANGELOG.md", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let heading = format!("## [{}] - ", env!("CARGO_PKG_VERSION"));
    let released = changelog.lines().find_map(|line| line.strip_prefix(heading.as_str()));
    let title = printed("man edit").lines().next().unwrap().to_owned();
    let date = title.split('"').nth(3).unwrap();
    assert_eq!(date.len(), "2026-01-31".len(), "{title}");
    // Until its release, a version has no date.
    assert_eq!(released.unwrap_or(date), date);
}

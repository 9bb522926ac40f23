//! `-h`, `--help`, and what is printed when arguments are missing.
//!
//! `SEEDEDIT_UPDATE=1 cargo test` rewrites the snapshots; read the difference before you commit it.

use crate::support::{TestEnv, commands, committed_names, ensure_committed, printed};

/// The widest line of any help, in columns.
const COLUMNS: usize = 80;

#[test]
fn the_committed_help_of_each_command_is_up_to_date() {
    let mut names = Vec::new();
    for command in commands() {
        let name = if command.is_empty() { "seededit".to_owned() } else { command.replace(' ', "-") };
        let name = format!("help-{name}.txt");
        ensure_committed(&format!("tests/snapshots/{name}"), &printed(&format!("{command} --help")));
        let short = printed(&format!("{command} -h"));
        assert!(short.contains("Usage: seededit"), "{command}");
        names.push(name);
    }
    names.sort();
    assert_eq!(committed_names("tests/snapshots"), names);
}

#[test]
fn help_in_a_pipe_fits_80_columns() {
    for command in commands() {
        for flag in ["-h", "--help"] {
            ensure_fits(&printed(&format!("{command} {flag}")), &format!("{command} {flag}"));
        }
    }
}

#[cfg(unix)]
#[test]
fn help_on_a_terminal_fits_80_columns() {
    use crate::support::Terminal;

    for command in commands() {
        for flag in ["-h", "--help"] {
            let env = TestEnv::new();
            let screen = Terminal::spawn(env.command(&format!("{command} {flag}")).any_stderr(), 80).wait();
            ensure_fits(&without_styles(&screen), &format!("{command} {flag}"));
        }
    }
}

fn ensure_fits(help: &str, whose: &str) {
    assert!(help.contains("Usage: seededit"), "{whose}: {help}");
    for line in help.lines() {
        let columns = textwrap::core::display_width(line);
        assert!(columns <= COLUMNS, "{whose}, {columns} columns: {line}");
    }
}

/// Removes the escape sequences that make text bold or underlined.
#[cfg(unix)]
fn without_styles(screen: &str) -> String {
    let mut parts = screen.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[test]
fn the_short_help_of_edit_fits_a_screen() {
    let help = printed("edit -h");
    assert!(help.lines().count() <= 40, "{help}");
    for flag in ["-o,", "-d,", "-p,", "-n,", "--seed", "--preserve", "--dry-run", "--sandbox"] {
        assert!(help.contains(flag), "{flag}");
    }
    assert!(help.contains("seededit edit --help"), "{help}");
}

#[test]
fn without_arguments_an_example_is_shown_and_the_exit_code_is_2() {
    for (args, first_step) in [
        ("", "seededit edit --sandbox photo.jpg \"add a bird\" -o out.jpg"),
        ("edit", "seededit edit --sandbox photo.jpg \"add a bird\" -o out.jpg"),
        ("batch", "seededit batch --sandbox edits.jsonl -d out/"),
        ("merge", "seededit merge photo.jpg edited.jpg -o merged.png"),
        ("show", "seededit show photo.jpg"),
        ("compare", "seededit compare photo.jpg edited.jpg"),
        ("sheet", "seededit sheet photo-edited-*.jpg -o sheet.png"),
        ("config", "seededit config list"),
        ("auth", "seededit auth login"),
    ] {
        let usage = format!("Usage: {}", format!("seededit {args}").trim_end());
        let output = TestEnv::new().command(args).code(2).stderr_contains(&[&usage, first_step]).assert();
        assert_eq!(output.stdout, b"");
    }
}

#[test]
fn the_help_says_that_the_default_model_was_withdrawn() {
    let help = printed("--help").replace('\n', " ");
    assert!(help.contains("withdrew SeedEdit 3.0, the default model, in January 2026"), "{help}");
    let help = printed("edit --help").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("default: the service's; see `seededit models`"), "{help}");
}

#[test]
fn the_help_of_batch_states_its_own_defaults() {
    let help = printed("batch --help").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("[default: derived from the row, the same in every run]"), "{help}");
    assert!(help.contains("[default: fail for a row with an output, rename otherwise]"), "{help}");
    assert!(!help.contains("[default: random]") && !help.contains("fail for -o"), "{help}");
}

#[test]
fn each_topic_of_help_is_printed_and_listed() {
    let list = printed("--help");
    for (topic, part) in [
        ("recipes", "\n  seededit edit photo.jpg \"add a bird\" --preserve -o preserved.png\n"),
        ("exit-codes", "\n    9  undelivered  paid for, not on disk"),
        ("environment", "\n  SEEDEDIT_API_KEY\n      the key for whichever service"),
    ] {
        let text = printed(&format!("help {topic}"));
        assert!(text.contains(part), "{text}");
        assert!(list.contains(&format!("\n  seededit help {topic} ")), "{list}");
    }
    TestEnv::new()
        .command("help paint")
        .code(2)
        .stderr(
            "error: no command or topic `paint`\nhint: `seededit --help` lists the commands and the topics\n",
        )
        .assert();
}

#[test]
fn help_of_a_command_is_what_its_flag_prints() {
    for command in commands() {
        assert_eq!(printed(&format!("help {command}")), printed(&format!("{command} --help")), "{command}");
    }
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = format!("seededit {}\n", env!("CARGO_PKG_VERSION"));
    TestEnv::new().command("--version").stdout(version.clone()).assert();
    TestEnv::new().command("-V").stdout(version).assert();
    TestEnv::new()
        .command("paint in.png")
        .code(2)
        .stderr_contains(&["unrecognized subcommand 'paint'"])
        .assert();
}

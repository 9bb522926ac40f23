//! Completions, the manual page and `--help`: what is committed is what the program prints.
//!
//! `SEEDEDIT_UPDATE=1 cargo test` writes the committed files anew; look at the difference then.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::TestEnv;

const SHELLS: [(&str, &str); 5] = [
    ("bash", "seededit.bash"),
    ("zsh", "_seededit"),
    ("fish", "seededit.fish"),
    ("powershell", "_seededit.ps1"),
    ("elvish", "seededit.elv"),
];

const COMMANDS: [&str; 24] = [
    "",
    "edit",
    "batch",
    "recover",
    "merge",
    "history",
    "history list",
    "history show",
    "history forget",
    "inspect",
    "config",
    "config get",
    "config set",
    "config unset",
    "config list",
    "config path",
    "auth",
    "auth login",
    "auth logout",
    "auth status",
    "sandbox",
    "completions",
    "man",
    "help",
];

fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Holds `printed` against a committed file, or writes that file when told to.
fn ensure_committed(path: &str, printed: &str) {
    let file = checkout(path);
    if std::env::var_os("SEEDEDIT_UPDATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, printed).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(
        committed == printed,
        "{path} is not what is printed; `SEEDEDIT_UPDATE=1 cargo test` writes it anew.\n{printed}"
    );
}

fn printed(args: &str) -> String {
    String::from_utf8(TestEnv::new().command(args).any_stdout().assert().stdout).unwrap()
}

#[test]
fn the_committed_completions_are_those_that_are_printed() {
    for (shell, file) in SHELLS {
        ensure_committed(&format!("completions/{file}"), &printed(&format!("completions {shell}")));
    }
    let mut names: Vec<_> =
        fs::read_dir(checkout("completions")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let mut expected = SHELLS.map(|(_, file)| file);
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn completions_know_values_and_files() {
    let bash = printed("completions bash");
    assert!(bash.contains("fail overwrite rename skip"), "the values of --if-exists");
    assert!(bash.contains("jpeg png webp"), "the values of --format");
    let zsh = printed("completions zsh");
    assert!(zsh.contains(":FILE:_files") || zsh.contains("_files"), "files");
}

#[cfg(unix)]
#[test]
fn bash_takes_its_completions_and_completes() {
    let script = checkout("completions/seededit.bash");
    let ask = "source \"$1\"; COMP_WORDS=(seededit edit --if-exists \"\"); COMP_CWORD=3; \
               _seededit seededit \"\" --if-exists; echo \"${COMPREPLY[@]}\"";
    let output = std::process::Command::new("bash").args(["--norc", "-c", ask, "bash"]).arg(script).output();
    // Not every machine has bash; one that has must get the four rules.
    if let Ok(output) = output {
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "fail overwrite rename skip");
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_files_and_not_dashes_after_edit_and_batch() {
    let script = checkout("completions/seededit.bash");
    let ask = "source \"$1\"; for command in edit batch merge inspect; do COMP_WORDS=(seededit $command \"\"); \
               COMP_CWORD=2; _seededit seededit \"\" $command; echo \"$command ${#COMPREPLY[@]}\"; done; \
               complete -p seededit";
    let output = std::process::Command::new("bash").args(["--norc", "-c", ask, "bash"]).arg(script).output();
    // Not every machine has bash; one that has must leave files to bash itself.
    if let Ok(output) = output {
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(printed.starts_with("edit 0\nbatch 0\nmerge 0\ninspect 0\n"), "{printed}");
        assert!(printed.contains("-o default"), "{printed}");
    }
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
fn a_shell_that_is_not_known_is_refused() {
    TestEnv::new().command("completions tcsh").code(2).stderr_contains(&["invalid value 'tcsh'"]).assert();
}

#[test]
fn the_help_of_each_command_is_the_committed_one() {
    for command in COMMANDS.iter().filter(|command| **command != "help") {
        let name = if command.is_empty() { "seededit".to_owned() } else { command.replace(' ', "-") };
        ensure_committed(&format!("tests/snapshots/help-{name}.txt"), &printed(&format!("{command} --help")));
        let short = printed(&format!("{command} -h"));
        assert!(short.contains("Usage: seededit"), "{command}");
    }
}

#[test]
fn every_command_has_its_help_here() {
    let listed = |help: &str| -> Vec<String> {
        let Some((_, commands)) = help.split_once("\nCommands:\n") else { return Vec::new() };
        let rows = commands.lines().take_while(|line| !line.is_empty());
        rows.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next().map(str::to_owned))
            .collect()
    };
    for command in listed(&printed("--help")) {
        assert!(COMMANDS.contains(&command.as_str()), "{command}");
        if command != "help" {
            for nested in listed(&printed(&format!("{command} -h"))).iter().filter(|nested| *nested != "help")
            {
                assert!(COMMANDS.contains(&format!("{command} {nested}").as_str()), "{command} {nested}");
            }
        }
    }
}

#[test]
fn help_fits_a_hundred_columns_and_ends_its_lines_cleanly() {
    for command in COMMANDS.iter().filter(|command| **command != "help") {
        for line in printed(&format!("{command} --help")).lines() {
            assert!(line.chars().count() <= 100, "{command}: {line}");
        }
    }
}

#[test]
fn the_version_is_the_packages() {
    let version = format!("seededit {}\n", env!("CARGO_PKG_VERSION"));
    TestEnv::new().command("--version").stdout(version.clone()).assert();
    TestEnv::new().command("-V").stdout(version).assert();
    TestEnv::new().command_with(Vec::<String>::new()).code(2).stderr_contains(&["Usage: seededit"]).assert();
    TestEnv::new()
        .command("paint in.png")
        .code(2)
        .stderr_contains(&["unrecognized subcommand 'paint'"])
        .assert();
}

#[test]
fn the_manual_page_is_roff_and_has_every_command() {
    let page = printed("man");
    assert!(page.starts_with(".ie ") || page.starts_with(".TH "), "{}", &page[..40]);
    assert_eq!(page.matches("\n.TH ").count() + usize::from(page.starts_with(".TH ")), 1);
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"] {
        assert_eq!(page.matches(&format!("\n.SH {section}\n")).count(), 1, "{section}");
    }
    for command in COMMANDS.iter().filter(|command| !command.is_empty() && **command != "help") {
        let heading = format!("\n.SH \"SEEDEDIT {}\"\n", command.to_uppercase());
        assert_eq!(page.matches(&heading).count(), 1, "{command}");
    }
    // A line that begins with a dot is a request, and these are all that there are.
    for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
        let request = line.split_whitespace().next().unwrap();
        assert!(
            [".ie", ".el", ".TH", ".SH", ".SS", ".TP", ".PP", ".IP", ".br", ".RS", ".RE", ".nf", ".fi"]
                .contains(&request),
            "{line}"
        );
    }
    for code in ["130, 143", "may have been charged"] {
        assert!(page.contains(code), "the exit codes are not in it");
    }
    let opened = page.matches("\n.RS").count();
    assert_eq!(opened, page.matches("\n.RE").count(), "indents are closed");
}

#[cfg(unix)]
#[test]
fn the_manual_page_is_taken_by_the_formatters_that_are_here() {
    let env = TestEnv::new();
    let page = env.write("seededit.1", printed("man"));
    for (formatter, args) in [
        ("mandoc", &["-T", "lint", "-W", "error"][..]),
        ("groff", &["-K", "utf8", "-man", "-T", "utf8", "-ww", "-z"]),
    ] {
        if let Ok(output) = std::process::Command::new(formatter).args(args).arg(&page).output() {
            let message = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            assert!(output.status.success() && message.is_empty(), "{formatter}: {message}");
        }
    }
}

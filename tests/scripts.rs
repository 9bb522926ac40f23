//! Completions, the manual page and `--help`: what is committed is what the program prints.
//!
//! `SEEDEDIT_UPDATE=1 cargo test` writes the committed files anew; look at the difference then.

use crate::support::{TestEnv, checkout, commands, committed_names, ensure_committed};

const SHELLS: [(&str, &str); 5] = [
    ("bash", "seededit.bash"),
    ("zsh", "_seededit"),
    ("fish", "seededit.fish"),
    ("powershell", "_seededit.ps1"),
    ("elvish", "seededit.elv"),
];

fn printed(args: &str) -> String {
    String::from_utf8(TestEnv::new().command(args).any_stdout().assert().stdout).unwrap()
}

#[test]
fn the_committed_completions_are_those_that_are_printed() {
    for (shell, file) in SHELLS {
        ensure_committed(&format!("completions/{file}"), &printed(&format!("completions {shell}")));
    }
    let mut expected = SHELLS.map(|(_, file)| file);
    expected.sort_unstable();
    assert_eq!(committed_names("completions"), expected);
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
fn a_shell_that_is_not_known_is_refused() {
    TestEnv::new().command("completions tcsh").code(2).stderr_contains(&["invalid value 'tcsh'"]).assert();
}

#[test]
fn the_manual_page_is_roff_and_has_every_command() {
    let page = printed("man");
    assert!(page.starts_with(".ie ") || page.starts_with(".TH "), "{}", &page[..40]);
    assert_eq!(page.matches("\n.TH ").count() + usize::from(page.starts_with(".TH ")), 1);
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"] {
        assert_eq!(page.matches(&format!("\n.SH {section}\n")).count(), 1, "{section}");
    }
    for command in commands().iter().filter(|command| !command.is_empty()) {
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

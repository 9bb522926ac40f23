//! Shell completions. The committed files equal what the program prints.
//!
//! `SEEDEDIT_UPDATE=1 cargo test` rewrites them; read the difference before you commit it.
use crate::support::{TestEnv, checkout, committed_names, ensure_committed, printed};

const SHELLS: [(&str, &str); 5] = [
    ("bash", "seededit.bash"),
    ("zsh", "_seededit"),
    ("fish", "seededit.fish"),
    ("powershell", "_seededit.ps1"),
    ("elvish", "seededit.elv"),
];

#[test]
fn the_committed_completions_are_up_to_date() {
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
fn bash_completes_values() {
    let script = checkout("completions/seededit.bash");
    let query = "source \"$1\"; COMP_WORDS=(seededit edit --if-exists \"\"); COMP_CWORD=3; \
               _seededit seededit \"\" --if-exists; echo \"${COMPREPLY[@]}\"";
    let output =
        std::process::Command::new("bash").args(["--norc", "-c", query, "bash"]).arg(script).output();
    // Skipped without bash.
    if let Ok(output) = output {
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "fail overwrite rename skip");
    }
}

#[cfg(unix)]
#[test]
fn bash_completes_files_and_not_dashes_after_edit_and_batch() {
    let script = checkout("completions/seededit.bash");
    let query = "source \"$1\"; for command in edit batch merge inspect; do COMP_WORDS=(seededit $command \"\"); \
               COMP_CWORD=2; _seededit seededit \"\" $command; echo \"$command ${#COMPREPLY[@]}\"; done; \
               complete -p seededit";
    let output =
        std::process::Command::new("bash").args(["--norc", "-c", query, "bash"]).arg(script).output();
    // Skipped without bash. No candidates and `-o default` make bash complete file names itself.
    if let Ok(output) = output {
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(printed.starts_with("edit 0\nbatch 0\nmerge 0\ninspect 0\n"), "{printed}");
        assert!(printed.contains("-o default"), "{printed}");
    }
}

#[test]
fn an_unknown_shell_is_refused() {
    TestEnv::new().command("completions tcsh").code(2).stderr_contains(&["invalid value 'tcsh'"]).assert();
}

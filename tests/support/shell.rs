//! Real shells with the completions of the program. A shell that is not installed is skipped with a message.

use std::io::Write as _;
use std::path::Path;

use super::committed::checkout;
use super::env::{Run, TestEnv};
use super::terminal::Terminal;

/// A shell that completes the values of arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    /// The name of the program.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        }
    }

    /// The committed completion script.
    pub(crate) fn script(self) -> String {
        let file = match self {
            Shell::Bash => "completions/seededit.bash",
            Shell::Zsh => "completions/_seededit",
            Shell::Fish => "completions/seededit.fish",
        };
        checkout(file).display().to_string()
    }

    /// Returns whether the shell is installed, and prints a message if it is not.
    pub(crate) fn is_installed(self) -> bool {
        let found = std::process::Command::new(self.name()).arg("-c").arg("exit 0").output().is_ok();
        if !found {
            // The harness hides what a passing test prints, but a skipped test has to be noticed.
            writeln!(std::io::stderr(), "skipped: {} is not installed", self.name()).unwrap();
        }
        found
    }

    /// Prepares a run of a script in this shell, with the program in `PATH`.
    fn run<'a>(self, env: &'a TestEnv, args: &[&str]) -> Run<'a> {
        let ours = Path::new(env!("CARGO_BIN_EXE_seededit")).parent().unwrap().to_owned();
        let usual = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(ours).chain(std::env::split_paths(&usual)));
        env.command("")
            .wrapped_in(self.name(), args)
            .env("PATH", path.unwrap())
            .env("HOME", env.work_dir())
            .env("LC_ALL", "C.UTF-8")
    }
}

/// Returns what bash's completion function puts into `COMPREPLY` at the end of `line`.
pub(crate) fn bash_candidates(env: &TestEnv, line: &str) -> Vec<String> {
    // bash cuts words at = as well.
    let words: Vec<String> = line
        .replace('=', " = ")
        .split(' ')
        .map(|word| format!("'{}'", word.replace('\'', r"'\''")))
        .collect();
    let script = format!(
        "source '{}'; COMP_WORDS=({}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_WORDBREAKS=' =:'; \
         _seededit seededit \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; \
         [[ ${{#COMPREPLY[@]}} == 0 ]] || printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        Shell::Bash.script(),
        words.join(" "),
    );
    lines(Shell::Bash.run(env, &["--norc", "--noprofile", "-c", &script]))
}

/// Returns what fish offers at the end of `line`: values with a tab and a description.
pub(crate) fn fish_candidates(env: &TestEnv, line: &str) -> Vec<String> {
    let script = format!("source '{}'; complete -C '{line}'", Shell::Fish.script());
    lines(Shell::Fish.run(env, &["--no-config", "-c", &script]))
}

fn lines(run: Run<'_>) -> Vec<String> {
    let output = String::from_utf8(run.any_stdout().assert().stdout).unwrap();
    output.lines().map(str::to_owned).collect()
}

/// A shell on a terminal, with the completions loaded. `seededit` is a function that prints its arguments
/// without a `/` at their end, which zsh removes by itself; the completions call the program.
pub(crate) struct Session<'a>(Terminal<'a>);

const PROMPT: &str = "READY> ";

impl<'a> Session<'a> {
    /// Starts bash or zsh.
    pub(crate) fn start(shell: Shell, env: &'a TestEnv) -> Session<'a> {
        let (command, load) = match shell {
            Shell::Bash => ("bash --norc --noprofile -i", ""),
            Shell::Zsh => ("zsh -f -i", "autoload -Uz compinit; compinit -u -D; "),
            Shell::Fish => panic!("`complete -C` answers for fish"),
        };
        // Shells that run scripts, like the first one here, drop an inherited prompt.
        let command = format!("exec env PS1='{PROMPT}' {command}");
        let run = shell.run(env, &["-c", &command]).any_stderr();
        let session = Session(Terminal::spawn_with_size(run, 120, 40));
        session.0.wait_for(PROMPT);
        // The quotes keep the echo of this line from looking like its output.
        session.0.type_text(&format!(
            "{load}source '{}'; seededit() {{ printf '<%s>' \"${{@%/}}\"; echo; }}; echo LOAD''ED\n",
            shell.script()
        ));
        session.0.wait_for("LOADED");
        session
    }

    /// Types `line`, TAB and Return. Waits until `seededit` has printed these arguments.
    pub(crate) fn ensure_becomes(&self, line: &str, arguments: &[&str]) {
        let printed: String = arguments.iter().map(|argument| format!("<{argument}>")).collect();
        self.ensure_prints(&format!("{line}\t\n"), &[&printed]);
    }

    /// Types `line` and TAB. Waits until all of `parts` are listed, and clears the line.
    pub(crate) fn ensure_lists(&self, line: &str, parts: &[&str]) {
        self.ensure_prints(&format!("{line}\t\t"), parts);
        self.0.type_text("\u{15}\n");
    }

    fn ensure_prints(&self, keys: &str, parts: &[&str]) {
        let before = self.0.screen().len();
        self.0.type_text(keys);
        for part in parts {
            self.0.wait_for_after(before, part);
        }
    }

    /// Ends the shell.
    pub(crate) fn end(self) {
        self.0.type_text("\u{15}exit 0\n");
        self.0.wait();
    }
}

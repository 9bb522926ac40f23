//! The first hour with the program, in terminals of several widths and kinds.

#![cfg(unix)]

use std::time::Duration;

use nix::sys::signal::Signal;
use rustix::termios::LocalModes;

use crate::support::{Run, Screen, Service, Terminal, TestEnv, rows, send_signal};

/// The usual width, and a narrow one.
const WIDTHS: [u16; 2] = [80, 40];
/// Wider than any line that is not wrapped.
const WIDE: u16 = 400;
/// The most columns that the indent of a continued line takes at 40 columns.
const INDENT: usize = 20;

/// A command of the first hour in the sandbox, with its exit code.
fn sandbox<'a>(env: &'a TestEnv, args: &[&str], code: i32) -> Run<'a> {
    env.command_with(args.iter().copied()).env("SEEDEDIT_SANDBOX", "1").code(code).any_stdout().any_stderr()
}

/// Runs a command on a terminal until it ends.
fn shown(run: Run<'_>, columns: u16) -> Screen {
    let screen = Screen::of(&Terminal::spawn(run, columns).wait(), columns);
    screen.ensure_usable();
    screen
}

/// Panics unless a command fits into terminals of all widths. It may say something else each time.
fn ensure_fits(env: &TestEnv, args: &[&str], code: i32) {
    for columns in WIDTHS {
        shown(sandbox(env, args, code), columns).ensure_fits(INDENT);
    }
}

/// Panics unless a command fits into terminals of all widths, and says the same in each.
fn ensure_says_the_same(env: &TestEnv, args: &[&str], code: i32) {
    let all = shown(sandbox(env, args, code), WIDE).words();
    assert!(!all.is_empty(), "{args:?} says nothing");
    for columns in WIDTHS {
        let screen = shown(sandbox(env, args, code), columns);
        screen.ensure_fits(INDENT);
        assert_eq!(screen.words(), all, "{args:?} at {columns} columns");
    }
}

/// An environment with an edit, and its result.
fn with_edit() -> TestEnv {
    let env = TestEnv::with_picture();
    sandbox(&env, &["edit", "in.png", "add a bird", "-o", "out.jpg", "-q"], 0).assert();
    env
}

/// Commands that print text in every color, with their exit codes.
const COLORFUL: [(&[&str], i32); 5] = [
    (&["edit"], 2),
    (&["edit", "in.png", "x", "--sise", "3"], 2),
    (&["edit", "missing.png", "x"], 3),
    (&["edit", "in.png", "add a bird", "-o", "out.jpg", "-f", "-v"], 0),
    (&["recover"], 0),
];

/// A run of three rows that takes a moment.
fn slow_batch<'a>(env: &'a TestEnv, service: &Service) -> Run<'a> {
    env.write_manifest(&rows(3));
    env.batch("-j 1", service).any_stdout().any_stderr()
}

fn slow_service(millis: u64) -> Service {
    Service::with_options(|options| options.latency = Duration::from_millis(millis))
}

/// Panics unless a terminal shows what is typed, and takes it line by line.
fn ensure_takes_input(modes: LocalModes) {
    assert!(modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG), "{modes:?}");
}

#[test]
fn help_and_mistakes_fit_narrow_terminals() {
    let env = TestEnv::with_picture();
    for (args, code) in [
        (&["edit", "in.png"][..], 2),
        (&["edit", "in.png", "x", "--sise", "3"], 2),
        (&["edit", "missing.png", "x"], 3),
        (&["edit", "in.png", "x", "-o", "a.bmp"], 3),
        (&["edit", "in.png", "x", "-m", "nano"], 3),
        (&["completions"], 2),
        (&["edt"], 2),
        (&["help", "exit-codes"], 0),
        (&["help", "environment"], 0),
    ] {
        ensure_says_the_same(&env, args, code);
    }
    // On a narrow terminal, clap writes below each other what is beside each other on a wide one.
    for (args, code) in [(&[][..], 2), (&["edit"], 2), (&["watch"], 2), (&["history", "-h"], 0)] {
        ensure_fits(&env, args, code);
    }
}

#[test]
fn what_is_there_is_described_on_narrow_terminals() {
    let env = with_edit();
    for args in [
        &["inspect", "in.png"][..],
        &["inspect", "out.jpg"],
        &["history", "show", "1"],
        &["history", "--cost"],
        &["config", "list"],
        &["auth", "status"],
        &["recover"],
        &["balance"],
    ] {
        ensure_says_the_same(&env, args, 0);
    }
    for args in [
        &["doctor"][..],
        &["history"],
        &["history", "--tree"],
        &["models"],
        &["edit", "in.png", "add a bird", "--dry-run"],
        &["replay", "@", "--seed", "4", "--dry-run", "-o", "new.jpg"],
    ] {
        ensure_fits(&env, args, 0);
    }
    for args in [["undo"], ["redo"]] {
        shown(sandbox(&env, &args, 0), 40).ensure_fits(INDENT);
    }
}

#[test]
fn an_edit_and_its_mistakes_fit_narrow_terminals() {
    for columns in WIDTHS {
        let env = TestEnv::with_picture();
        let edit = ["edit", "in.png", "add a bird", "-o", "out.jpg"];
        let first = shown(sandbox(&env, &edit, 0), columns);
        first.ensure_fits(INDENT);
        let words = first.words().join(" ");
        // The progress is gone.
        assert!(words.starts_with("note: this is the sandbox:") && words.contains("✓ out.jpg"), "{words}");
        assert!(!words.contains("waiting"), "{words}");
        let again = shown(sandbox(&env, &edit, 3), columns);
        again.ensure_fits(INDENT);
        let words = again.words().join(" ");
        assert!(words.starts_with("error: out.jpg exists hint: choose another name"), "{words}");
        for args in [["compare", "in.png", "out.jpg"], ["merge", "in.png", "out.jpg"]] {
            let mut args = args.to_vec();
            if args[0] == "merge" {
                args.extend(["-o", "merged.png"]);
            }
            shown(sandbox(&env, &args, 0), columns).ensure_fits(INDENT);
        }
    }
}

#[test]
fn a_question_fits_a_narrow_terminal_and_ctrl_c_leaves_it_usable() {
    let env = TestEnv::with_picture();
    let edit = ["edit", "in.png", "add a bird", "-n", "2", "-d", "results"];
    sandbox(&env, &edit, 0).assert();
    for columns in WIDTHS {
        let terminal = Terminal::spawn(sandbox(&env, &edit, 130), columns);
        terminal.wait_for("[y/N] ");
        terminal.signal(Signal::SIGINT);
        let (text, modes) = terminal.wait_with_modes();
        let screen = Screen::of(&text, columns);
        screen.ensure_fits(INDENT);
        screen.ensure_usable();
        ensure_takes_input(modes);
        let words = screen.words().join(" ");
        assert!(words.ends_with("[y/N] error: interrupted; nothing was sent"), "{words}");

        let terminal = Terminal::spawn(sandbox(&env, &edit, 0), columns);
        terminal.wait_for("[y/N] ");
        terminal.type_text("n\n");
        let screen = Screen::of(&terminal.wait(), columns);
        screen.ensure_fits(INDENT);
        let words = screen.words().join(" ");
        assert!(words.contains("[y/N] n") && words.contains("2 tasks: 0 made, 2 reused $0.00"), "{words}");
    }
}

/// Starts `auth login` in a shell on a terminal, until it reads a key. Returns the id of its process, too.
fn asks_for_key(env: &TestEnv) -> (Terminal<'_>, u32) {
    let login = env.command("auth login --no-verify").any_stdout().any_stderr();
    let terminal = Terminal::spawn_in_shell(login, 80);
    terminal.wait_for("(not shown): ");
    terminal.wait_until(|terminal| !terminal.modes().contains(LocalModes::ECHO));
    let screen = Screen::of(&terminal.screen(), 80);
    let process = screen.lines().iter().find_map(|line| line.strip_prefix("process ")?.parse().ok());
    (terminal, process.expect("the id of the process"))
}

/// Ends the shell after its command ended with `code`, and returns all lines.
fn ended_in_shell(terminal: Terminal<'_>, code: i32) -> Vec<String> {
    terminal.wait_for(&format!("ended with {code}"));
    ensure_takes_input(terminal.modes());
    terminal.type_text("\n");
    let screen = Screen::of(&terminal.wait(), 80);
    screen.ensure_usable();
    screen.lines()
}

#[test]
fn ctrl_c_while_a_key_is_typed_leaves_the_terminal_usable() {
    let env = TestEnv::new();
    let (terminal, _) = asks_for_key(&env);
    terminal.type_text("\u{3}");
    let lines = ended_in_shell(terminal, 130);
    let said = lines.iter().filter(|line| line.contains("interrupted; no key was stored"));
    assert_eq!(said.count(), 1, "{lines:?}");
    assert!(!env.config_dir().join("credentials.toml").exists());
}

#[test]
fn each_signal_that_ends_the_process_while_a_key_is_typed_leaves_the_terminal_usable() {
    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM, Signal::SIGUSR1] {
        let env = TestEnv::new();
        let (terminal, process) = asks_for_key(&env);
        terminal.type_text("half a key");
        send_signal(process, signal);
        let lines = ended_in_shell(terminal, 128 + signal as i32);
        assert!(!lines.iter().any(|line| line.contains("half a key")), "{lines:?}");
        assert!(!env.config_dir().join("credentials.toml").exists());
    }
}

#[test]
fn a_batch_that_is_interrupted_leaves_the_terminal_usable_with_one_line_that_says_so() {
    for columns in WIDTHS {
        let (env, service) = (TestEnv::with_picture(), slow_service(400));
        let terminal = Terminal::spawn(slow_batch(&env, &service).code(130), columns);
        terminal.wait_for("waiting for");
        terminal.signal(Signal::SIGINT);
        let (text, modes) = terminal.wait_with_modes();
        let screen = Screen::of(&text, columns);
        screen.ensure_fits(INDENT);
        screen.ensure_usable();
        ensure_takes_input(modes);
        let words = screen.words().join(" ");
        // What was in flight is saved. The warning about a second signal is gone.
        assert!(words.starts_with("✓ out/1.jpg") && !words.contains("Ctrl-C"), "{words}");
        assert_eq!(words.matches("interrupted").count(), 1, "{words}");
    }
}

#[test]
fn a_batch_follows_the_width_of_its_terminal() {
    let (env, service) = (TestEnv::with_picture(), slow_service(500));
    let terminal = Terminal::spawn(slow_batch(&env, &service), 100);
    terminal.wait_for("3 left");
    for columns in [40, 100, 24] {
        let before = terminal.screen().len();
        terminal.resize(columns);
        terminal.signal(Signal::SIGWINCH);
        // What was drawn before may be wider, so look at what is drawn from the second time on.
        terminal.wait_for_after(before, " left");
        let drawn = terminal.screen().len();
        terminal.wait_for_after(drawn, " left");
        let text = terminal.screen().split_off(drawn);
        let (_, whole) = text.split_once('\r').unwrap_or_default();
        Screen::of(whole.rsplit_once('\u{1b}').map_or(whole, |(whole, _)| whole), columns).ensure_fits(0);
    }
    let text = terminal.wait();
    assert!(text.contains("3 tasks: 3 made"), "{text:?}");
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn without_color_nothing_but_text_is_written() {
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let env = with_edit();
        for (args, code) in COLORFUL {
            // Progress is drawn by moving the cursor, whatever the colors.
            let run = sandbox(&env, args, code).env(name, value);
            let run = if args.contains(&"-f") { run.arg("--no-progress") } else { run };
            let text = Terminal::spawn(run, 80).wait();
            assert!(!text.contains('\u{1b}'), "{name}: {text:?}");
        }
    }
}

#[test]
fn colors_can_be_read_on_dark_and_on_light_backgrounds() {
    let env = with_edit();
    for (args, code) in COLORFUL {
        let seen = ["15;0", "0;15"].map(|colors| {
            let run = sandbox(&env, args, code).env("COLORFGBG", colors);
            shown(run, 80)
        });
        for screen in &seen {
            for style in screen.styles() {
                // Nothing sets a background, or text in black, white or gray, which may be the background. The others have
                // their colors from the terminal, as its user set them for its background.
                let allowed = ["", "0", "1", "2", "4", "31", "32", "33", "36"];
                assert!(allowed.contains(&style.as_str()), "{args:?}: {style}");
            }
        }
        assert!(!seen[0].styles().is_empty(), "{args:?}");
        if !args.contains(&"-v") {
            assert_eq!(seen[0].lines(), seen[1].lines());
        }
    }
}

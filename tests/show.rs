//! `show`: pictures in a terminal that answers questions.

#![cfg(unix)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{Rgb, RgbImage};
use nix::sys::signal::Signal;

use crate::support::{Service, Terminal, TestEnv, decode_rgb, encode_png, jpeg, png};

/// The last question, after which the program waits for answers.
const LAST_QUESTION: &str = "\x1b[c";
const KITTY: &str = "\x1b_Gi=31;OK\x1b\\";
const ATTRIBUTES: &str = "\x1b[?62;22c";

fn with_square() -> TestEnv {
    let env = TestEnv::new();
    let square =
        RgbImage::from_fn(4, 4, |x, y| if (x < 2) == (y < 2) { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) });
    env.write("square.png", encode_png(&square.into()));
    env
}

/// Shows a picture on a terminal that gives an answer. Returns what was written after the questions.
fn shown(
    env: &TestEnv,
    args: &str,
    vars: &[(&str, &str)],
    (columns, rows): (u16, u16),
    answer: &str,
) -> String {
    let run = vars.iter().fold(env.command(args).any_stderr(), |run, (name, value)| run.env(name, value));
    let terminal = Terminal::spawn_with_size(run, columns, rows);
    terminal.wait_for(LAST_QUESTION);
    terminal.type_text(answer);
    let screen = terminal.wait();
    let (_, drawn) = screen.split_once(LAST_QUESTION).unwrap();
    // Answers are not echoed.
    drawn.replace("\r\n", "\n")
}

/// The size of the PNG in a sequence of kitty's protocol.
fn kitty_picture(drawn: &str) -> RgbImage {
    let chunks = drawn.split("\x1b_G").skip(1);
    let data: String =
        chunks.map(|chunk| chunk.split_once(';').unwrap().1.split_once("\x1b\\").unwrap().0).collect();
    decode_rgb(&STANDARD.decode(data).unwrap())
}

#[test]
fn a_terminal_without_pictures_gets_half_blocks() {
    let env = with_square();
    let true_color = [("COLORTERM", "truecolor")];
    let drawn = shown(&env, "show square.png", &true_color, (80, 24), ATTRIBUTES);
    let line = |one: &str, other: &str| {
        format!("\x1b[38;2;{one}m\x1b[48;2;{one}m▀▀\x1b[38;2;{other}m\x1b[48;2;{other}m▀▀\x1b[0m\n")
    };
    let (red, blue) = ("250;0;0", "0;0;250");
    assert_eq!(drawn, line(red, blue) + &line(blue, red));
    let drawn = shown(&env, "show square.png", &[], (80, 24), ATTRIBUTES);
    assert!(drawn.starts_with("\x1b[38;5;196m\x1b[48;5;196m▀▀\x1b[38;5;21m"), "{drawn:?}");
}

#[test]
fn a_terminal_that_knows_pictures_gets_them() {
    let env = with_square();
    let drawn = shown(&env, "show square.png", &[], (80, 24), &format!("{KITTY}{ATTRIBUTES}"));
    assert!(drawn.starts_with("\x1b_Ga=T,f=100,q=2,"), "{drawn:?}");
    assert!(kitty_picture(&drawn) == decode_rgb(&env.read("square.png")));
    let drawn = shown(&env, "show square.png", &[], (80, 24), "\x1bP>|iTerm2 3.5.1\x1b\\\x1b[?62;4c");
    assert!(drawn.starts_with("\x1b]1337;File=inline=1;size="), "{drawn:?}");
    let drawn = shown(&env, "show square.png", &[], (80, 24), "\x1b[?62;4c");
    // 210 is red and 5 is blue, with the darker neighbors that dithering takes.
    assert!(drawn.starts_with("\x1bP0;1;0q\"1;1;4;4#0;2;0;0;0#1;"), "{drawn:?}");
    assert!(drawn.ends_with("\x1b\\\n"), "{drawn:?}");
}

#[test]
fn pictures_fit_into_the_terminal() {
    let env = TestEnv::new();
    env.write("large.jpg", jpeg(1600, 1200));
    for (columns, rows, expected) in
        [(80, 24, (61, 46)), (40, 24, (40, 30)), (40, 10, (24, 18)), (200, 12, (29, 22))]
    {
        let drawn = shown(&env, "show large.jpg", &[], (columns, rows), ATTRIBUTES);
        let lines: Vec<&str> = drawn.trim_end().lines().collect();
        let blocks = |line: &str| line.matches('▀').count();
        assert_eq!((blocks(lines[0]), 2 * lines.len()), expected, "{columns}×{rows}");
        assert!(lines.iter().all(|line| blocks(line) == expected.0));
        assert!(lines.len() < usize::from(rows));
    }
    // The size of a cell says how many pixels there are.
    let answer = format!("{KITTY}\x1b[6;32;16t{ATTRIBUTES}");
    let drawn = shown(&env, "show large.jpg", &[], (40, 24), &answer);
    assert_eq!(kitty_picture(&drawn).dimensions(), (640, 480));
    assert!(drawn.starts_with("\x1b_Ga=T,f=100,q=2,c=40,"), "{drawn:?}");
}

#[test]
fn a_silent_terminal_is_not_waited_for() {
    let env = with_square();
    let run = env.command("show square.png").any_stderr();
    let screen = Terminal::spawn(run, 80).wait();
    assert!(screen.contains('▀'), "{screen:?}");
}

#[test]
fn a_protocol_can_be_chosen() {
    let env = with_square();
    let run = env.command("show square.png --protocol blocks").any_stderr();
    let screen = Terminal::spawn(run, 80).wait();
    assert!(screen.starts_with("\x1b[38;5;196m"), "{screen:?}");
    let drawn = shown(&env, "show square.png --protocol sixel", &[("NO_COLOR", "1")], (80, 24), ATTRIBUTES);
    assert!(drawn.starts_with("\x1bP0;1;0q"), "{drawn:?}");
    env.command("show square.png --protocol gif")
        .code(2)
        .stderr_contains(&["kitty", "sixel", "blocks"])
        .assert();
}

#[test]
fn a_terminal_whose_cells_are_known_is_not_asked_about_a_chosen_protocol() {
    let env = TestEnv::new();
    env.write("large.jpg", jpeg(1600, 1200));
    let run = env.command("show large.jpg --protocol kitty").any_stderr();
    let screen = Terminal::spawn_with_pixels(run, (40, 24), (640, 768)).wait();
    assert!(screen.starts_with("\x1b_Ga=T,") && !screen.contains(LAST_QUESTION), "{screen:?}");
    assert_eq!(kitty_picture(screen.trim_end()).dimensions(), (640, 480));
}

#[test]
fn without_color_a_line_says_what_the_picture_is() {
    let env = with_square();
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let run = env.command("show square.png").env(name, value).any_stderr();
        let screen = Terminal::spawn(run, 80).wait();
        assert!(screen.starts_with("square.png  4×4 png, ") && !screen.contains('\x1b'), "{screen:?}");
    }
}

#[test]
fn pictures_never_go_into_a_pipe() {
    let env = with_square();
    for args in ["show square.png", "show square.png --protocol kitty"] {
        env.command(args)
            .code(2)
            .stderr_contains(&["standard output is not a terminal", "hint: run it in a terminal"])
            .assert();
    }
}

#[test]
fn several_pictures_have_their_names_and_a_damaged_one_does_not_stop_the_others() {
    let env = with_square();
    env.write("a.png", png(3, 2));
    let whole = env.read("square.png");
    env.write("cut.png", &whole[..whole.len() - 20]);
    let run = env.command("show a.png cut.png square.png --protocol blocks").code(3);
    let screen = Terminal::spawn(run.stderr_contains(&["cut.png is truncated"]), 80).wait();
    let places = ["a.png\r\n\x1b[38", "cut.png is truncated", "square.png\r\n\x1b[38"]
        .map(|text| screen.find(text).unwrap());
    assert!(places.is_sorted(), "{screen:?}");
}

#[test]
fn the_terminal_gets_its_modes_back_also_after_a_signal() {
    let env = with_square();
    for signal in [None, Some(Signal::SIGINT), Some(Signal::SIGTERM)] {
        let code = signal.map_or(0, |signal| 128 + signal as i32);
        let terminal = Terminal::spawn(env.command("show square.png").code(code).any_stderr(), 80);
        let before = terminal.modes();
        terminal.wait_for(LAST_QUESTION);
        assert_ne!(terminal.modes(), before);
        match signal {
            Some(signal) => terminal.signal(signal),
            None => terminal.type_text(ATTRIBUTES),
        }
        terminal.wait_until(|terminal| terminal.modes() == before);
        terminal.wait();
    }
}

#[test]
fn the_lines_above_a_picture_stay_in_view_unless_they_take_half_of_the_terminal() {
    let env = TestEnv::with_picture();
    env.edit("--sandbox -q").any_stdout().assert();
    for (rows, expected) in [(24, 22), (4, 2)] {
        // A note says which picture it is.
        let run = env.command("show @ --sandbox").any_stderr();
        let terminal = Terminal::spawn_with_size(run, 200, rows);
        terminal.wait_for(LAST_QUESTION);
        terminal.type_text(ATTRIBUTES);
        let screen = terminal.wait();
        assert_eq!(screen.lines().filter(|line| line.contains('▀')).count(), expected, "{screen:?}");
    }
}

#[test]
fn an_edit_shows_its_result() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = env.edit("--show --no-progress").service(&service).any_stderr();
    let terminal = Terminal::spawn(run, 80);
    terminal.wait_for(LAST_QUESTION);
    terminal.type_text(ATTRIBUTES);
    let screen = terminal.wait();
    let (before, drawn) = screen.split_once(LAST_QUESTION).unwrap();
    assert!(before.contains(" out.jpg  1152×864"), "{before:?}");
    // The lines above the picture stay in view, and so does the next line that the shell prints.
    assert_eq!((before.matches('\n').count() + drawn.matches('\n').count(), drawn.contains('▀')), (23, true));
    let run = env.command("edit in.png x --show --no-progress -o -").service(&service).code(2);
    run.stderr_contains(&["--show needs a file, and the result goes to standard output"]).assert();
    // In a script, nothing can be shown; that is known before anything is paid.
    env.edit("--show -f")
        .service(&service)
        .code(2)
        .stderr_contains(&["standard output is not a terminal"])
        .assert();
    service.ledger().ensure_counts(1, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn the_desktops_viewer_is_opened_and_not_waited_for() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, Instant};

    let env = with_square();
    env.command("show square.png --open").code(3).stderr_contains(&["there is no desktop here"]).assert();
    let nowhere = env.command("show square.png --open").env("DISPLAY", ":9").env("PATH", "/nonexistent");
    nowhere.code(3).stderr_contains(&["there is no xdg-open to open pictures with"]).assert();
    let script = env.write(
        "bin/xdg-open",
        "#!/bin/sh\nsleep 0.2\nprintf '%s' \"$1\" > opened.tmp\nmv opened.tmp opened\n",
    );
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", env.path("bin").display(), std::env::var("PATH").unwrap());
    env.command("show square.png --open").env("DISPLAY", ":9").env("PATH", path).assert();
    let started = Instant::now();
    while !env.path("opened").exists() {
        assert!(started.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(10));
    }
    let opened = String::from_utf8(env.read("opened")).unwrap();
    assert!(opened.ends_with("/work/square.png"), "{opened}");
    env.command("show missing.png --open")
        .env("DISPLAY", ":9")
        .code(3)
        .stderr_contains(&["missing.png"])
        .assert();
}

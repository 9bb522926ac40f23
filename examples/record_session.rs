//! Records the terminal session at the top of the README as an animated SVG.
//!
//! ```text
//! cargo build --release
//! cargo run --example record_session -- target/release/seededit docs/session.svg
//! ```
//!
//! Runs the commands below in the sandbox, in a temporary directory, on a terminal with 80 columns. Each line appears in
//! the picture at the time when it appeared on the terminal; only the typing is simulated. Unix only. Viewers without
//! animations show the finished session.

use std::error::Error;

#[cfg(not(unix))]
fn main() -> Result<(), Box<dyn Error>> {
    Err("recording needs a Unix terminal".into())
}

#[cfg(unix)]
fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let (Some(program), Some(picture)) = (args.next(), args.next()) else {
        return Err("usage: record_session PROGRAM SVG".into());
    };
    let session = recording::record(program.as_ref())?;
    std::fs::write(picture, svg::draw(&session))?;
    Ok(())
}

/// A line of the session, and the time when it appears.
#[cfg(unix)]
struct Line {
    /// Seconds from the start.
    at: f64,
    /// The text, with the terminal's color codes.
    text: String,
}

#[cfg(unix)]
mod recording {
    use std::error::Error;
    use std::fs::{self, File};
    use std::io::Read;
    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use nix::pty::{Winsize, openpty};

    use super::Line;

    const COMMANDS: [&str; 3] = [
        "seededit edit photo.jpg \"add a bird\" --seed 8 -o bird.jpg",
        "seededit edit photo.jpg \"add a bird\" --seed 8 --preserve -o full.png",
        "seededit history",
    ];
    const COLUMNS: u16 = 80;
    /// The time per typed character, in seconds.
    const KEY: f64 = 0.04;
    /// The pause before a command is typed, and again before it runs, in seconds.
    const PAUSE: f64 = 0.7;

    pub(super) fn record(program: &Path) -> Result<Vec<Line>, Box<dyn Error>> {
        let program = fs::canonicalize(program)?;
        let home = tempfile::tempdir()?;
        fs::copy("examples/harbour.jpg", home.path().join("photo.jpg"))?;
        // `TERM=dumb` disables progress bars, so no line is drawn twice. It disables colors, too, unless they are forced.
        fs::write(home.path().join("config.toml"), "color = \"always\"\n")?;
        let (mut lines, mut now) = (Vec::new(), 0.0);
        for command in COMMANDS {
            now += PAUSE;
            lines.push(Line { at: now, text: format!("\u{1b}[1m$\u{1b}[0m {command}") });
            now += KEY * command.len() as f64 + PAUSE;
            let script = command.replacen("seededit", "\"$SEEDEDIT\"", 1);
            let started = Instant::now();
            for (elapsed, text) in run(&program, &script, home.path(), started)? {
                lines.push(Line { at: now + elapsed, text });
            }
            now += started.elapsed().as_secs_f64();
        }
        Ok(lines)
    }

    /// Runs a command on a terminal. Returns its lines, each with the time since `started` in seconds.
    fn run(
        program: &Path,
        command: &str,
        home: &Path,
        started: Instant,
    ) -> Result<Vec<(f64, String)>, Box<dyn Error>> {
        let size = Winsize { ws_row: 24, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None)?;
        let end = || pty.slave.try_clone().map(Stdio::from);
        let mut child = Command::new("sh")
            .args(["-c", command])
            .current_dir(home)
            .env_clear()
            .env("SEEDEDIT", program)
            .env("SEEDEDIT_SANDBOX", "1")
            .env("SEEDEDIT_CONFIG_DIR", home)
            .env("SEEDEDIT_DATA_DIR", home.join("data"))
            .env("TERM", "dumb")
            .stdin(end()?)
            .stdout(end()?)
            .stderr(end()?)
            .spawn()?;
        drop(pty.slave);
        let (mut master, mut pending, mut lines) = (File::from(pty.master), Vec::new(), Vec::new());
        let mut chunk = [0; 4096];
        // When the other end closes, some systems return an error and others end of file.
        while let Ok(read @ 1..) = master.read(&mut chunk) {
            pending.extend_from_slice(&chunk[..read]);
            while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = pending.drain(..=end).collect();
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                lines.push((started.elapsed().as_secs_f64(), text));
            }
        }
        let status = child.wait()?;
        if status.success() { Ok(lines) } else { Err(format!("{command}: {status}").into()) }
    }
}

#[cfg(unix)]
mod svg {
    use std::fmt::Write as _;

    use super::Line;

    /// The height of a line and the width of a character, in pixels.
    const LINE: f64 = 20.0;
    const CHARACTER: f64 = 8.4;
    const COLUMNS: usize = 80;
    const MARGIN: f64 = 16.0;

    pub(super) fn draw(lines: &[Line]) -> String {
        let width = COLUMNS as f64 * CHARACTER + 2.0 * MARGIN;
        let rows: usize = lines.iter().map(|line| wrapped(&line.text).len()).sum();
        let height = rows as f64 * LINE + 2.0 * MARGIN;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" role=\"img\" aria-label=\"A terminal session with seededit\">\n<style>\n\
             text {{ font: 14px ui-monospace, Menlo, Consolas, monospace; fill: #d4d4d4; white-space: pre; \
             animation: appear 0.01s linear backwards; }}\n\
             @keyframes appear {{ from {{ opacity: 0 }} to {{ opacity: 1 }} }}\n\
             .b {{ font-weight: bold }} .d {{ opacity: 0.6 }}\n\
             .c31 {{ fill: #f48771 }} .c32 {{ fill: #89d185 }} .c33 {{ fill: #e2c08d }} .c36 {{ fill: #4fc1e9 }}\n\
             </style>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1e1e1e\"/>\n"
        );
        let mut row = 0;
        for line in lines {
            for part in wrapped(&line.text) {
                let y = MARGIN + LINE * (row as f64 + 0.75);
                let _ = writeln!(
                    svg,
                    "<text x=\"{MARGIN}\" y=\"{y:.0}\" style=\"animation-delay: {:.2}s\">{part}</text>",
                    line.at
                );
                row += 1;
            }
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// Converts a line to SVG text, one string per row of the terminal.
    fn wrapped(line: &str) -> Vec<String> {
        // Each row is a list of spans: a class and its text.
        let mut rows: Vec<Vec<(String, String)>> = vec![Vec::new()];
        let (mut class, mut column, mut rest) = (String::new(), 0, line);
        while let Some(character) = rest.chars().next() {
            if let Some((code, after)) = rest.strip_prefix("\u{1b}[").and_then(|code| code.split_once('m')) {
                class = classes(&class, code);
                rest = after;
                continue;
            }
            if column == COLUMNS {
                rows.push(Vec::new());
                column = 0;
            }
            let Some(row) = rows.last_mut() else { break };
            match row.last_mut().filter(|(of, _)| *of == class) {
                Some((_, text)) => text.push(character),
                None => row.push((class.clone(), character.to_string())),
            }
            column += 1;
            rest = &rest[character.len_utf8()..];
        }
        rows.iter().map(|row| row.iter().map(|(class, text)| span(class, text)).collect()).collect()
    }

    fn span(class: &str, text: &str) -> String {
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        if class.is_empty() { text } else { format!("<tspan class=\"{class}\">{text}</tspan>") }
    }

    /// The classes after a color code: bold, dim and the eight colors. An empty code or 0 resets all of them.
    fn classes(before: &str, code: &str) -> String {
        let mut all: Vec<String> = before.split_whitespace().map(str::to_owned).collect();
        for number in code.split(';') {
            match number {
                "" | "0" => all.clear(),
                "1" => all.push("b".into()),
                "2" => all.push("d".into()),
                color => all.push(format!("c{color}")),
            }
        }
        all.join(" ")
    }
}

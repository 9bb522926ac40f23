//! Runs on a pseudo-terminal, as a user sees them.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::termios::LocalModes;

use super::env::{Run, Running, TIMEOUT};

/// Makes the standard input of a command the terminal that controls it.
#[expect(
    unsafe_code,
    reason = "nothing safe runs between fork and exec, and `setsid` is not installed everywhere"
)]
fn control_terminal(command: &mut Command) {
    let prepare = || {
        rustix::process::setsid()?;
        Ok(rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?)
    };
    // SAFETY: both are system calls, which do not allocate.
    unsafe { command.pre_exec(prepare) };
}

/// Sends a signal to a process that a test started.
pub(crate) fn send_signal(process: u32, signal: Signal) {
    kill(Pid::from_raw(process.cast_signed()), signal).unwrap();
}

impl Running<'_> {
    /// Sends a signal to the process.
    pub(crate) fn signal(&self, which: Signal) {
        send_signal(self.id(), which);
    }
}

/// A run with all three streams on a terminal.
#[must_use = "a run has to be waited for"]
pub(crate) struct Terminal<'a> {
    run: Run<'a>,
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl<'a> Terminal<'a> {
    /// Starts `run` on a terminal with this number of columns.
    pub(crate) fn spawn(run: Run<'a>, columns: u16) -> Terminal<'a> {
        Terminal::spawn_with_size(run, columns, 24)
    }

    /// Starts `run` on a terminal of this size.
    pub(crate) fn spawn_with_size(run: Run<'a>, columns: u16, rows: u16) -> Terminal<'a> {
        let unknown = (0, 0);
        Terminal::spawn_with_pixels(run, (columns, rows), unknown)
    }

    /// Starts `run` on a terminal of this number of columns and rows, and of this width and height in pixels.
    pub(crate) fn spawn_with_pixels(
        run: Run<'a>,
        (columns, rows): (u16, u16),
        pixels: (u16, u16),
    ) -> Terminal<'a> {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: pixels.0, ws_ypixel: pixels.1 };
        Terminal::start(run, size, |_| {})
    }

    /// Starts a shell that runs `run` on the terminal that controls both, as a user's shell does. Afterwards the shell
    /// writes `ended with CODE`, and waits for a line. Before, it writes `process ID`, for [`send_signal`].
    ///
    /// A terminal whose controlling process ends is reset, so that only one whose shell goes on shows how `run` left it.
    pub(crate) fn spawn_in_shell(run: Run<'a>, columns: u16) -> Terminal<'a> {
        const SHELL: &str =
            r#"sh -c 'echo "process $$"; exec "$@"' sh "$@"; echo "ended with $?"; read line"#;
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        Terminal::start(run.wrapped_in("sh", &["-c", SHELL, "sh"]), size, control_terminal)
    }

    fn start(run: Run<'a>, size: Winsize, prepare: impl FnOnce(&mut Command)) -> Terminal<'a> {
        let pty = openpty(Some(&size), None).unwrap();
        let slave = || Stdio::from(pty.slave.try_clone().unwrap());
        let run = run.env_default("TERM", "xterm-256color");
        let mut command = run.command();
        prepare(&mut command);
        let child = command.stdin(slave()).stdout(slave()).stderr(slave()).spawn().unwrap();
        drop(pty.slave);
        let keyboard = File::from(pty.master);
        let (mut master, screen) = (keyboard.try_clone().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let written = Arc::clone(&screen);
        let reader = thread::spawn(move || {
            let mut chunk = [0; 4096];
            // When the other end closes, some systems return an error and others end of file.
            while let Ok(read @ 1..) = master.read(&mut chunk) {
                written.lock().unwrap().extend_from_slice(&chunk[..read]);
            }
        });
        Terminal { run, child, keyboard, screen, reader }
    }

    /// Makes the terminal wider or narrower.
    pub(crate) fn resize(&self, columns: u16) {
        let size = rustix::termios::Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&self.keyboard, size).unwrap();
    }

    /// Types `text`.
    pub(crate) fn type_text(&self, text: &str) {
        (&self.keyboard).write_all(text.as_bytes()).unwrap();
    }

    /// The local modes of the terminal: whether it echoes, and whether it waits for a line.
    pub(crate) fn modes(&self) -> LocalModes {
        rustix::termios::tcgetattr(&self.keyboard).unwrap().local_modes
    }

    /// Waits until something is the case.
    pub(crate) fn wait_until(&self, is_so: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !is_so(self) {
            assert!(started.elapsed() < Duration::from_secs(20), "not in time: {:?}", self.screen());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Everything that was written to the terminal so far.
    pub(crate) fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits until `text` has been written.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_for_after(0, text);
    }

    /// Waits until `text` has been written after the first `bytes` of the output.
    pub(crate) fn wait_for_after(&self, bytes: usize, text: &str) {
        let started = Instant::now();
        while !self.screen().get(bytes..).is_some_and(|new| new.contains(text)) {
            assert!(started.elapsed() < Duration::from_secs(20), "no {text:?} in {:?}", self.screen());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal to the process.
    pub(crate) fn signal(&self, which: Signal) {
        send_signal(self.child.id(), which);
    }

    /// Waits until the run ends and returns everything that was written. The expected standard error applies to all
    /// of it.
    pub(crate) fn wait(self) -> String {
        self.wait_with_modes().0
    }

    /// As [`Terminal::wait`]. Also returns the modes that the run left the terminal in.
    pub(crate) fn wait_with_modes(mut self) -> (String, LocalModes) {
        let started = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            if started.elapsed() > TIMEOUT {
                self.child.kill().ok();
                panic!("no end on the terminal: {:?}", self.screen());
            }
            thread::sleep(Duration::from_millis(5));
        };
        let modes = self.modes();
        self.reader.join().unwrap();
        let all = self.screen.lock().unwrap().clone();
        self.run.ensure_expected(code, b"", &all);
        (String::from_utf8_lossy(&all).into_owned(), modes)
    }
}

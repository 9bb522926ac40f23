//! A terminal to run the program on: what a person would see.

use std::fs::File;
use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::place::{PATIENCE, Run, Running};

/// Sends a signal to a process that a test started.
fn signal(process: u32, signal: Signal) {
    kill(Pid::from_raw(process.cast_signed()), signal).unwrap();
}

impl Running<'_> {
    /// Sends a signal to it.
    pub(crate) fn signal(&self, which: Signal) {
        signal(self.id(), which);
    }
}

/// A run on a terminal, with all three streams.
#[must_use = "a run has to be brought to its end"]
pub(crate) struct Terminal<'a> {
    run: Run<'a>,
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl<'a> Terminal<'a> {
    /// Starts `run` on a terminal of so many columns.
    pub(crate) fn start(run: Run<'a>, columns: u16) -> Terminal<'a> {
        Terminal::of_size(run, columns, 24)
    }

    /// Starts `run` on a terminal of so many columns and rows.
    pub(crate) fn of_size(run: Run<'a>, columns: u16, rows: u16) -> Terminal<'a> {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).unwrap();
        let end = || Stdio::from(pty.slave.try_clone().unwrap());
        let run = run.var_unless_set("TERM", "xterm-256color");
        let child = run.command().stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        drop(pty.slave);
        let keyboard = File::from(pty.master);
        let (mut master, screen) = (keyboard.try_clone().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let seen = Arc::clone(&screen);
        let reader = thread::spawn(move || {
            let mut chunk = [0; 4096];
            // The terminal's other end going away is an error on some systems and an end on others.
            while let Ok(read @ 1..) = master.read(&mut chunk) {
                seen.lock().unwrap().extend_from_slice(&chunk[..read]);
            }
        });
        Terminal { run, child, keyboard, screen, reader }
    }

    /// Makes the terminal wider or narrower.
    pub(crate) fn resize(&self, columns: u16) {
        let size = rustix::termios::Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&self.keyboard, size).unwrap();
    }

    /// All that was written to it so far.
    pub(crate) fn seen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits until `text` has been written.
    pub(crate) fn wait_for(&self, text: &str) {
        let started = Instant::now();
        while !self.seen().contains(text) {
            assert!(started.elapsed() < Duration::from_secs(20), "no {text:?} in {:?}", self.seen());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Sends a signal to the process.
    pub(crate) fn signal(&self, which: Signal) {
        signal(self.child.id(), which);
    }

    /// Waits for the end, and returns all that was written. What was said of standard error is held
    /// against it in transcript form.
    pub(crate) fn end(mut self) -> String {
        let started = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            if started.elapsed() > PATIENCE {
                self.child.kill().ok();
                panic!("no end on the terminal: {:?}", self.seen());
            }
            thread::sleep(Duration::from_millis(5));
        };
        self.reader.join().unwrap();
        let all = self.screen.lock().unwrap().clone();
        self.run.ensure_ended_well(code, b"", &all);
        String::from_utf8_lossy(&all).into_owned()
    }
}

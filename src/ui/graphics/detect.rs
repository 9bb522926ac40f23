//! Asks the terminal what it can draw.
//!
//! The last question is one that every terminal answers, so what came before its answer is all that will come.

use crate::env::Env;
use crate::picture::Size;

use super::Protocol;

/// What the terminal answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answers {
    /// Whether it knows the graphics protocol of kitty.
    kitty: bool,
    sixel: bool,
    /// Its name and version, as in `WezTerm 20240203`.
    version: String,
    /// The size of a cell in pixels.
    pub(super) cell: Option<Size>,
    /// Whether it answered the last question.
    is_complete: bool,
}

impl Answers {
    fn parse(bytes: &[u8]) -> Answers {
        let text = String::from_utf8_lossy(bytes);
        let between = |start: &str, end: &str| {
            let (_, rest) = text.split_once(start)?;
            rest.split_once(end).map(|(inner, _)| inner)
        };
        // Only `c` ends the attributes; `?` also starts other answers.
        let attributes = text.match_indices("\x1b[?").find_map(|(at, start)| {
            let rest = &text[at + start.len()..];
            let end = rest.find(|next: char| !next.is_ascii_digit() && next != ';')?;
            rest[end..].starts_with('c').then_some(&rest[..end])
        });
        let cell = between("\x1b[6;", "t").and_then(|cell| {
            let (height, width) = cell.split_once(';')?;
            let side = |side: &str| side.parse().ok().filter(|side| (1..=500).contains(side));
            Some(Size { width: side(width)?, height: side(height)? })
        });
        Answers {
            kitty: between("\x1b_Gi=31;", "\x1b\\") == Some("OK"),
            sixel: attributes.is_some_and(|attributes| attributes.split(';').any(|one| one == "4")),
            version: between("\x1bP>|", "\x1b\\").unwrap_or_default().to_owned(),
            cell,
            is_complete: attributes.is_some(),
        }
    }
}

/// Chooses the best protocol of those that the terminal knows.
pub(super) fn protocol(answers: &Answers, env: &Env) -> Protocol {
    const INLINE_IMAGES: [&str; 3] = ["iTerm2", "WezTerm", "mintty"];

    let is_iterm = INLINE_IMAGES.iter().any(|name| answers.version.starts_with(name))
        || env.var("TERM_PROGRAM").is_some_and(|program| program == "iTerm.app")
        || env.var("LC_TERMINAL").is_some_and(|program| program == "iTerm2");
    match answers {
        Answers { kitty: true, .. } => Protocol::Kitty,
        _ if is_iterm => Protocol::Iterm,
        Answers { sixel: true, .. } => Protocol::Sixel,
        _ => Protocol::Blocks,
    }
}

#[cfg(unix)]
pub(super) use unix::{ask, window};

#[cfg(unix)]
mod unix {
    use std::fs::{File, OpenOptions};
    use std::io::{self, Read, Write};
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use rustix::process::getpgrp;
    use rustix::termios::{
        LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcgetwinsize,
        tcsetattr, ttyname,
    };
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::{flag, low_level};

    use super::Answers;

    /// How long an answer may take. Over a slow connection, it takes as long as an echo.
    const TIMEOUT: Duration = Duration::from_millis(500);
    /// More than all answers.
    const MAX_BYTES: usize = 4096;
    /// Kitty's protocol with a picture of one pixel, the terminal's name, the size of a cell, and the attributes.
    const QUESTIONS: &[u8] = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[>q\x1b[16t\x1b[c";

    /// The columns and rows of the terminal on standard output, and its width and height in pixels, or 0.
    pub(in super::super) fn window() -> Option<((u32, u32), (u32, u32))> {
        let size = tcgetwinsize(io::stdout()).ok()?;
        let pair = |one: u16, other: u16| (u32::from(one), u32::from(other));
        Some((pair(size.ws_col, size.ws_row), pair(size.ws_xpixel, size.ws_ypixel)))
    }

    /// Asks the terminal on standard output. One that cannot be asked answers nothing.
    ///
    /// # Errors
    /// The signal that arrived meanwhile.
    pub(in super::super) fn ask() -> Result<Answers, i32> {
        let Ok(name) = ttyname(io::stdout(), Vec::new()) else { return Ok(Answers::default()) };
        let path = Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
        let Ok(terminal) = OpenOptions::new().read(true).write(true).open(path) else {
            return Ok(Answers::default());
        };
        // A process in the background would be stopped.
        if tcgetpgrp(&terminal).is_ok_and(|foreground| foreground != getpgrp()) {
            return Ok(Answers::default());
        }
        let signal = Signal::noted();
        let answers = QuietTerminal::new(&terminal).and_then(|mut quiet| quiet.ask(&signal));
        match signal.received() {
            0 => Ok(answers.unwrap_or_default()),
            received => Err(received),
        }
    }

    /// Signals that would end the process are noted, so that the terminal gets its modes back first.
    struct Signal {
        received: Arc<AtomicUsize>,
        ids: Vec<signal_hook::SigId>,
    }

    impl Signal {
        fn noted() -> Signal {
            let received = Arc::new(AtomicUsize::new(0));
            let register = |signal: i32| {
                flag::register_usize(signal, Arc::clone(&received), signal.unsigned_abs() as usize).ok()
            };
            let ids = [SIGHUP, SIGINT, SIGQUIT, SIGTERM].into_iter().filter_map(register).collect();
            Signal { received, ids }
        }

        fn received(&self) -> i32 {
            self.received.load(Ordering::Relaxed) as i32
        }
    }

    impl Drop for Signal {
        fn drop(&mut self) {
            for id in self.ids.drain(..) {
                low_level::unregister(id);
            }
            // Nothing is noted from now on, so signals do what they usually do.
            for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
                let _ = flag::register_conditional_default(
                    signal,
                    Arc::new(std::sync::atomic::AtomicBool::new(true)),
                );
            }
        }
    }

    /// A terminal that neither echoes answers nor waits for a line. It gets its modes back when this is dropped.
    struct QuietTerminal<'a> {
        terminal: &'a File,
        before: Termios,
    }

    impl QuietTerminal<'_> {
        fn new(terminal: &File) -> io::Result<QuietTerminal<'_>> {
            let before = tcgetattr(terminal)?;
            let mut quiet = before.clone();
            quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON);
            // A read ends after a tenth of a second without input.
            quiet.special_codes[SpecialCodeIndex::VMIN] = 0;
            quiet.special_codes[SpecialCodeIndex::VTIME] = 1;
            tcsetattr(terminal, OptionalActions::Now, &quiet)?;
            Ok(QuietTerminal { terminal, before })
        }

        fn ask(&mut self, signal: &Signal) -> io::Result<Answers> {
            let start = Instant::now();
            self.terminal.write_all(QUESTIONS)?;
            let (mut bytes, mut chunk) = (Vec::new(), [0; 256]);
            loop {
                let read = match self.terminal.read(&mut chunk) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
                    read => read?,
                };
                bytes.extend_from_slice(&chunk[..read]);
                let answers = Answers::parse(&bytes);
                let is_over = start.elapsed() > TIMEOUT || bytes.len() > MAX_BYTES;
                if answers.is_complete || is_over || signal.received() != 0 {
                    return Ok(answers);
                }
            }
        }
    }

    impl Drop for QuietTerminal<'_> {
        fn drop(&mut self) {
            let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
        }
    }
}

#[cfg(not(unix))]
pub(super) fn ask() -> Result<Answers, i32> {
    Ok(Answers::default())
}

#[cfg(not(unix))]
pub(super) fn window() -> Option<((u32, u32), (u32, u32))> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(answer: &str, vars: &[(&str, &str)]) -> Protocol {
        protocol(&Answers::parse(answer.as_bytes()), &Env::with_vars(vars.iter().copied()))
    }

    #[test]
    fn the_best_protocol_that_the_terminal_knows_is_chosen() {
        let kitty = "\x1b_Gi=31;OK\x1b\\\x1bP>|kitty(0.35.2)\x1b\\\x1b[6;20;10t\x1b[?62;c";
        assert_eq!(chosen(kitty, &[]), Protocol::Kitty);
        assert_eq!(Answers::parse(kitty.as_bytes()).cell, Some(Size { width: 10, height: 20 }));
        assert_eq!(chosen("\x1b_Gi=31;ENOTSUP\x1b\\\x1b[?62;4c", &[]), Protocol::Sixel);
        assert_eq!(chosen("\x1bP>|iTerm2 3.5.1\x1b\\\x1b[?62;4c", &[]), Protocol::Iterm);
        assert_eq!(chosen("\x1b[?62;4c", &[("TERM_PROGRAM", "iTerm.app")]), Protocol::Iterm);
        assert_eq!(chosen("\x1b[?64;1;2;4;6c", &[]), Protocol::Sixel);
        assert_eq!(chosen("\x1b[?64;1;24c", &[]), Protocol::Blocks);
        assert_eq!(chosen("", &[]), Protocol::Blocks);
    }

    #[test]
    fn the_answers_are_complete_after_the_last_one() {
        let is_complete = |text: &str| Answers::parse(text.as_bytes()).is_complete;
        assert!(is_complete("typed\x1b[?1;2c"));
        assert!(!is_complete("\x1b[?1;2") && !is_complete("\x1b[?25h") && !is_complete("abc"));
        assert!(is_complete("\x1b[?25h\x1b[?6c"));
        // A nonsensical cell is not used.
        assert_eq!(Answers::parse(b"\x1b[6;0;10t\x1b[?6c").cell, None);
    }
}

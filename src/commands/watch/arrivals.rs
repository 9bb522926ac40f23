//! Decides when a file that appeared is complete.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How many times longer an empty file has to stay unchanged: some programs create a file well before they write to it.
const EMPTY: u32 = 10;

/// What tells whether a file was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Stamp {
        Stamp { bytes: metadata.len(), modified: metadata.modified().ok() }
    }
}

/// The files that were seen, and what became of them.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    seen: HashMap<PathBuf, Seen>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    stamp: Stamp,
    /// Since when it has not changed.
    since: Instant,
    is_taken: bool,
}

impl Arrivals {
    /// Returns those of the files that have not changed for the time `settle`, and takes them: a file is returned again only
    /// after it has changed, or has been absent. An empty file has to stay unchanged for [`EMPTY`] times as long.
    pub(super) fn take<'a>(
        &mut self,
        files: impl Iterator<Item = (&'a Path, Stamp)>,
        now: Instant,
        settle: Duration,
    ) -> Vec<&'a Path> {
        let mut seen = HashMap::with_capacity(self.seen.len());
        let mut complete = Vec::new();
        for (path, stamp) in files {
            let known = self.seen.get(path).filter(|known| known.stamp == stamp);
            let mut file = known.copied().unwrap_or(Seen { stamp, since: now, is_taken: false });
            let settle = if stamp.bytes == 0 { EMPTY * settle } else { settle };
            let is_complete = now.duration_since(file.since) >= settle;
            if is_complete && !file.is_taken {
                file.is_taken = true;
                complete.push(path);
            }
            seen.insert(path.to_owned(), file);
        }
        self.seen = seen;
        complete
    }

    /// Returns a file again the next time, because nothing came of it.
    pub(super) fn give_back(&mut self, path: &Path) {
        if let Some(file) = self.seen.get_mut(path) {
            file.is_taken = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLE: Duration = Duration::from_secs(2);

    /// Lists files with these sizes at a second, and returns those that are complete.
    fn take(
        arrivals: &mut Arrivals,
        start: Instant,
        second: u64,
        files: &[(&'static str, u64)],
    ) -> Vec<String> {
        let files = files.iter().map(|(name, bytes)| {
            (Path::new(*name), Stamp { bytes: *bytes, modified: Some(SystemTime::UNIX_EPOCH) })
        });
        let taken = arrivals.take(files, start + Duration::from_secs(second), SETTLE);
        taken.into_iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn a_file_is_complete_once_it_has_not_changed_for_a_while() {
        let (mut arrivals, start) = (Arrivals::default(), Instant::now());
        assert_eq!(take(&mut arrivals, start, 0, &[("a", 10)]), [""; 0]);
        assert_eq!(take(&mut arrivals, start, 1, &[("a", 20), ("b", 5)]), [""; 0]);
        assert_eq!(take(&mut arrivals, start, 2, &[("a", 20), ("b", 5)]), [""; 0]);
        assert_eq!(take(&mut arrivals, start, 3, &[("a", 20), ("b", 5)]), ["a", "b"]);
        assert_eq!(take(&mut arrivals, start, 9, &[("a", 20), ("b", 5)]), [""; 0], "each is taken once");
    }

    #[test]
    fn a_file_is_taken_again_after_a_change_or_an_absence_or_if_nothing_came_of_it() {
        let (mut arrivals, start) = (Arrivals::default(), Instant::now());
        take(&mut arrivals, start, 0, &[("a", 10)]);
        assert_eq!(take(&mut arrivals, start, 2, &[("a", 10)]), ["a"]);
        assert_eq!(take(&mut arrivals, start, 3, &[("a", 11)]), [""; 0]);
        assert_eq!(take(&mut arrivals, start, 5, &[("a", 11)]), ["a"]);
        take(&mut arrivals, start, 6, &[]);
        take(&mut arrivals, start, 7, &[("a", 11)]);
        assert_eq!(take(&mut arrivals, start, 9, &[("a", 11)]), ["a"]);
        arrivals.give_back(Path::new("a"));
        assert_eq!(take(&mut arrivals, start, 10, &[("a", 11)]), ["a"]);
    }

    #[test]
    fn an_empty_file_takes_ten_times_as_long() {
        let (mut arrivals, start) = (Arrivals::default(), Instant::now());
        take(&mut arrivals, start, 0, &[("a", 0)]);
        assert_eq!(take(&mut arrivals, start, 19, &[("a", 0)]), [""; 0]);
        assert_eq!(take(&mut arrivals, start, 20, &[("a", 0)]), ["a"]);
    }
}

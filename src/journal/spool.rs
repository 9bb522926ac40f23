//! The spool: answers as they were received, each in a file beside the journal until its result is delivered. An answer may
//! be all that is left of a paid edit, so it is complete and durable before it is interpreted.
//!
//! A file is created, empty, before its request is sent, and its name is synced then. So an answer takes one sync. A file is
//! complete if it has the length and the hash that it states.
//!
//! The database has no answers. They contain signed links, and a link that was in the database is in its log until that
//! is emptied, which takes longer than an edit otherwise does. A file is just removed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::digest::sha256;
use crate::files::{create_private_dir, parent, sync_dir};

use super::attempt::{Answered, CallInfo, DamagedAnswer};
use super::open::JournalError;

/// The directory of spooled answers beside the journal.
const DIRECTORY: &str = "spool";
/// The suffix of a file that is being written.
pub(super) const PART: &str = ".part";
/// The first line of a file. Without it, the file is a body alone, as the first release wrote it.
const MAGIC: &[u8] = b"seededit-answer 1\n";
/// The width of the second line: the length of all that follows it, and a line break.
const LENGTH_LINE: usize = 21;

/// The third line of a file, as JSON. The body follows.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    /// The id of the request. Earlier releases did not state it.
    #[serde(default)]
    request: Option<String>,
    received: i64,
    status: u16,
    headers: String,
    cut: Option<String>,
    inference_id: Option<String>,
    usd: Option<f64>,
    credits: Option<f64>,
    /// The SHA-256 of the body.
    body: String,
}

/// Creates the file of an answer, before its request is sent. [`sync`] makes it durable.
pub(super) fn prepare(data: &Path, request_id: &str) -> io::Result<()> {
    let directory = data.join(DIRECTORY);
    create_synced_dir(&directory)?;
    private_file().open(directory.join(request_id)).map(drop)
}

/// Syncs the names of all files.
pub(super) fn sync(data: &Path) -> io::Result<()> {
    sync_dir(&data.join(DIRECTORY))
}

/// Writes and syncs an answer. If that fails, the spool has no such answer.
pub(super) fn write(data: &Path, request_id: &str, answered: &Answered) -> io::Result<()> {
    let Answered { received, status, headers, body, cut, call_info } = answered;
    let mut line = serde_json::to_vec(&Head {
        request: Some(request_id.to_owned()),
        received: *received,
        status: *status,
        headers: headers.clone(),
        cut: cut.clone(),
        inference_id: call_info.inference_id.clone(),
        usd: call_info.usd,
        credits: call_info.credits,
        body: sha256(body),
    })?;
    line.push(b'\n');
    let start = [MAGIC, format!("{:020}\n", line.len() + body.len()).as_bytes(), &line].concat();
    let (directory, path) = (data.join(DIRECTORY), path(data, request_id));
    create_synced_dir(&directory)?;
    let is_prepared = path.is_file();
    let written = private_file().open(&path).and_then(|mut file| {
        file.write_all(&start)?;
        file.write_all(body)?;
        file.sync_all()?;
        if is_prepared { Ok(()) } else { sync_dir(&directory) }
    });
    written.inspect_err(|_| remove(data, request_id))
}

fn create_synced_dir(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    create_private_dir(directory)?;
    sync_dir(parent(directory))
}

/// The options to create or empty a file that only its owner can read.
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes and syncs a file that only its owner can read, in a directory that is created if it is missing. Returns its path.
/// If that fails, there is no such file.
pub(super) fn write_file(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    create_synced_dir(directory)?;
    let (part, path) = (directory.join(format!("{name}{PART}")), directory.join(name));
    let written = private_file().open(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, &path)
    });
    if let Err(error) = written {
        let _ = fs::remove_file(&part);
        return Err(error);
    }
    sync_dir(directory)?;
    Ok(path)
}

/// What a file in the spool has.
#[derive(Debug, PartialEq)]
pub(super) struct Spooled {
    /// All but the body. `None` in a file that the first release wrote, and if it cannot be read.
    pub(super) head: Option<Answered>,
    /// The body, or what is left of it.
    pub(super) body: Vec<u8>,
    /// Why this is not the answer that was received, if it is not.
    pub(super) damage: Option<DamagedAnswer>,
}

/// Reads an answer back, or what is left of it.
pub(super) fn read(data: &Path, request_id: &str) -> Result<Spooled, JournalError> {
    let path = path(data, request_id);
    let bytes = match path.try_exists() {
        Ok(true) if path.is_file() => fs::read(&path),
        Ok(_) => {
            let damage = DamagedAnswer { path, is_missing: true };
            return Ok(Spooled { head: None, body: Vec::new(), damage: Some(damage) });
        }
        Err(error) => Err(error),
    };
    let bytes = bytes.map_err(|source| JournalError::Answer { path: path.clone(), source })?;
    let (head, body, is_whole) = parse(bytes, request_id);
    let damage = (!is_whole).then_some(DamagedAnswer { path, is_missing: false });
    Ok(Spooled { head, body, damage })
}

/// Returns the head, the body, and whether they are what was written. Nothing is left of the answer to another request.
fn parse(mut bytes: Vec<u8>, request_id: &str) -> (Option<Answered>, Vec<u8>, bool) {
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        // The first release stored only JSON.
        let is_body = bytes.trim_ascii_start().starts_with(b"{");
        return (None, bytes, is_body);
    };
    let head = rest.get(LENGTH_LINE..).and_then(|head| {
        let end = memchr::memchr(b'\n', head)?;
        Some((end, serde_json::from_slice::<Head>(&head[..end]).ok()?))
    });
    let Some((end, head)) = head else { return (None, bytes, false) };
    if head.request.as_ref().is_some_and(|request| request != request_id) {
        return (None, Vec::new(), false);
    }
    let body = bytes.split_off(MAGIC.len() + LENGTH_LINE + end + 1);
    let Head { received, status, headers, cut, inference_id, usd, credits, body: hash, .. } = head;
    let is_whole = sha256(&body) == hash;
    let call_info = CallInfo { inference_id, usd, credits };
    (Some(Answered { received, status, headers, body: Vec::new(), cut, call_info }), body, is_whole)
}

/// Whether there is a complete answer.
pub(super) fn has(data: &Path, request_id: &str) -> bool {
    is_complete(&path(data, request_id)).unwrap_or(false)
}

/// Whether a file has the length that it states. A process that was killed while it wrote the file left a shorter one.
fn is_complete(path: &Path) -> io::Result<bool> {
    // Opening anything else might wait forever.
    if !path.is_file() {
        return Ok(false);
    }
    let mut start = Vec::with_capacity(MAGIC.len() + LENGTH_LINE);
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    file.take((MAGIC.len() + LENGTH_LINE) as u64).read_to_end(&mut start)?;
    let Some(stated) = start.strip_prefix(MAGIC) else {
        // The start of the first line is not that of a body.
        return Ok(!MAGIC.starts_with(&start));
    };
    let stated =
        std::str::from_utf8(stated).ok().and_then(|line| line.strip_suffix('\n')?.parse::<u64>().ok());
    Ok(stated.is_some_and(|rest| start.len() as u64 + rest == length))
}

/// Removes an answer that is no longer needed.
pub(super) fn remove(data: &Path, request_id: &str) {
    // It may have been removed before.
    let _ = fs::remove_file(path(data, request_id));
}

/// Lists the request ids in the spool, and whether each answer is complete. Whatever else somebody left there is not listed,
/// and thus neither reported nor removed.
pub(super) fn list(data: &Path) -> Vec<(String, bool)> {
    let Ok(entries) = fs::read_dir(data.join(DIRECTORY)) else { return Vec::new() };
    let files = entries.flatten().filter(|entry| entry.path().is_file());
    let names = files.filter_map(|entry| entry.file_name().into_string().ok());
    let answers = names.map(|name| match name.strip_suffix(PART) {
        Some(request_id) => (request_id.to_owned(), false),
        None => {
            let is_complete = has(data, &name);
            (name, is_complete)
        }
    });
    answers.filter(|(name, _)| is_request_id(name)).collect()
}

/// Whether a name is the id of a request: `seededit-JOB-1`.
pub(super) fn is_request_id(name: &str) -> bool {
    let parts = name.strip_prefix("seededit-").and_then(|name| name.rsplit_once('-'));
    parts.is_some_and(|(job, attempt)| {
        let is_job = !job.is_empty() && job.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_job && !attempt.is_empty() && attempt.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Removes an incomplete answer.
pub(super) fn remove_incomplete(data: &Path, request_id: &str) {
    let _ = fs::remove_file(data.join(DIRECTORY).join(format!("{request_id}{PART}")));
    remove(data, request_id);
}

/// Request ids are letters, digits and dashes, so they are safe file names.
pub(super) fn path(data: &Path, request_id: &str) -> PathBuf {
    data.join(DIRECTORY).join(request_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(body: &[u8]) -> Answered {
        let call_info = CallInfo { inference_id: Some("i".into()), usd: Some(0.0315), credits: None };
        let headers = "a: 1\nb: 2".into();
        Answered {
            received: 5,
            status: 429,
            headers,
            body: body.to_vec(),
            cut: Some("why".into()),
            call_info,
        }
    }

    #[test]
    fn an_answer_is_read_back_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        for body in [&b"{\"data\":[]}\n"[..], b"", b"\n\xff\0"] {
            write(dir.path(), "r-1", &answered(body)).unwrap();
            let head = Some(Answered { body: Vec::new(), ..answered(body) });
            let whole = Spooled { head, body: body.to_vec(), damage: None };
            assert_eq!(read(dir.path(), "r-1").unwrap(), whole);
        }
    }

    #[test]
    fn an_answer_of_the_first_release_is_its_body() {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path(), "r-1").unwrap();
        fs::write(path(dir.path(), "r-1"), "{\"data\":[]}").unwrap();
        assert!(has(dir.path(), "r-1"));
        let whole = Spooled { head: None, body: b"{\"data\":[]}".to_vec(), damage: None };
        assert_eq!(read(dir.path(), "r-1").unwrap(), whole);
    }

    #[test]
    fn an_answer_that_was_written_in_part_is_not_complete() {
        let dir = tempfile::tempdir().unwrap();
        let id = "seededit-a-1";
        write(dir.path(), id, &answered(b"body")).unwrap();
        let file = path(dir.path(), id);
        let whole = fs::read(&file).unwrap();
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            assert!(!has(dir.path(), id), "{length}");
            assert_eq!(list(dir.path()), [(id.to_owned(), false)]);
            let left = read(dir.path(), id).unwrap();
            assert!(b"body".starts_with(&left.body) || left.head.is_none(), "{length}");
            assert_eq!(left.damage, Some(DamagedAnswer { path: file.clone(), is_missing: false }));
        }
        // Its last block was not written when the power failed.
        fs::write(&file, [&whole[..whole.len() - 1], b"\0"].concat()).unwrap();
        let left = read(dir.path(), id).unwrap();
        assert_eq!((left.body, left.damage.is_some()), (b"bod\0".to_vec(), true));
        assert_eq!(left.head, Some(Answered { body: Vec::new(), ..answered(b"body") }));
        // The answer to another request took its place.
        write(dir.path(), "seededit-b-1", &answered(b"other")).unwrap();
        fs::rename(path(dir.path(), "seededit-b-1"), &file).unwrap();
        let damage = Some(DamagedAnswer { path: file.clone(), is_missing: false });
        assert_eq!(
            read(dir.path(), "seededit-a-1").unwrap(),
            Spooled { head: None, body: Vec::new(), damage }
        );
        fs::remove_file(&file).unwrap();
        let damage = Some(DamagedAnswer { path: file, is_missing: true });
        assert_eq!(read(dir.path(), id).unwrap(), Spooled { head: None, body: Vec::new(), damage });
    }

    #[test]
    fn only_files_that_are_named_like_answers_are_listed() {
        let dir = tempfile::tempdir().unwrap();
        let spool = dir.path().join(DIRECTORY);
        fs::create_dir_all(spool.join("seededit-directory-1")).unwrap();
        for name in [
            "seededit-a-1",
            "seededit-b-12.part",
            "notes.txt",
            "seededit-a",
            "seededit--1",
            "seededit-a-x",
            "seededit-a.b-1",
            "r-1",
            "a-1.part",
        ] {
            fs::write(spool.join(name), "{}").unwrap();
        }
        let mut listed = list(dir.path());
        listed.sort();
        assert_eq!(listed, [("seededit-a-1".to_owned(), true), ("seededit-b-12".to_owned(), false)]);
    }
}

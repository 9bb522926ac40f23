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

use super::record::{Answered, CallInfo};

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

/// Reads an answer back. One that the first release wrote is a body, and `None` stands for all else.
pub(super) fn read(data: &Path, request_id: &str) -> io::Result<(Option<Answered>, Vec<u8>)> {
    let path = path(data, request_id);
    if !path.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    parse(fs::read(path)?)
}

fn parse(mut bytes: Vec<u8>) -> io::Result<(Option<Answered>, Vec<u8>)> {
    let Some(rest) = bytes.strip_prefix(MAGIC) else { return Ok((None, bytes)) };
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the spooled answer is damaged");
    let head = rest.get(LENGTH_LINE..).ok_or_else(damaged)?;
    let end = memchr::memchr(b'\n', head).ok_or_else(damaged)?;
    let parsed: Head = serde_json::from_slice(&head[..end]).map_err(|_| damaged())?;
    let body = bytes.split_off(MAGIC.len() + LENGTH_LINE + end + 1);
    let Head { received, status, headers, cut, inference_id, usd, credits, body: hash } = parsed;
    if sha256(&body) != hash {
        return Err(damaged());
    }
    let call_info = CallInfo { inference_id, usd, credits };
    Ok((Some(Answered { received, status, headers, body: Vec::new(), cut, call_info }), body))
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

/// Lists the request ids in the spool, and whether each answer is complete.
pub(super) fn list(data: &Path) -> Vec<(String, bool)> {
    let Ok(entries) = fs::read_dir(data.join(DIRECTORY)) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    names
        .map(|name| match name.strip_suffix(PART) {
            Some(request_id) => (request_id.to_owned(), false),
            None => {
                let is_complete = has(data, &name);
                (name, is_complete)
            }
        })
        .collect()
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
            let (head, found) = read(dir.path(), "r-1").unwrap();
            assert_eq!(head, Some(Answered { body: Vec::new(), ..answered(body) }));
            assert_eq!(found, body);
        }
    }

    #[test]
    fn an_answer_of_the_first_release_is_its_body() {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path(), "r-1").unwrap();
        fs::write(path(dir.path(), "r-1"), "{\"data\":[]}").unwrap();
        assert!(has(dir.path(), "r-1"));
        assert_eq!(read(dir.path(), "r-1").unwrap(), (None, b"{\"data\":[]}".to_vec()));
    }

    #[test]
    fn an_answer_that_was_written_in_part_is_not_complete() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "r-1", &answered(b"body")).unwrap();
        let file = path(dir.path(), "r-1");
        let whole = fs::read(&file).unwrap();
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            assert!(!has(dir.path(), "r-1"), "{length}");
            assert_eq!(list(dir.path()), [("r-1".to_owned(), false)]);
        }
        // Its last block was not written when the power failed.
        fs::write(&file, [&whole[..whole.len() - 1], b"\0"].concat()).unwrap();
        assert!(read(dir.path(), "r-1").is_err());
    }
}

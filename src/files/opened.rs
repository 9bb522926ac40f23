//! Files that are opened and read without waiting for somebody who may never write to them.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// A file to read. A pipe has a process that writes to it.
#[derive(Debug)]
pub struct Opened {
    /// What was read to find out whether there is anything to read.
    first: Option<u8>,
    file: File,
}

impl Opened {
    /// Opens a file, a pipe or a device.
    ///
    /// # Errors
    /// Those of the system. Also if it is a directory, a pipe that no process writes to, or something else that has
    /// nothing to read now, such as the log of the kernel: reading them would wait, perhaps for ever.
    pub fn new(path: &Path) -> io::Result<Opened> {
        let mut options = OpenOptions::new();
        options.read(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
        }
        let file = options.open(path)?;
        let found = file.metadata()?;
        if found.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if found.is_file() && found.len() > 0 {
            return Ok(Opened { first: None, file });
        }
        // What the system makes up, such as the files in /proc, has no length.
        let first = first_byte(&file)?;
        if is_pipe(&file)? {
            wait_from_now_on(&file)?;
        }
        Ok(Opened { first, file })
    }

    /// The file, if it is a regular one with content. Nothing of it was read.
    pub fn regular(&mut self) -> Option<&mut File> {
        let is_regular = self.file.metadata().is_ok_and(|found| found.is_file() && found.len() > 0);
        is_regular.then_some(&mut self.file)
    }

    /// The number of bytes of a regular file; 0 for anything else.
    pub fn length(&self) -> u64 {
        self.file.metadata().map_or(0, |found| found.len())
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match (self.first, buffer.first_mut()) {
            (Some(byte), Some(place)) => {
                *place = byte;
                self.first = None;
                Ok(1)
            }
            // Only a pipe is waited for.
            _ => self.file.read(buffer).map_err(|error| match error.kind() {
                io::ErrorKind::WouldBlock => io::Error::other("it is no file, and does not end"),
                _ => error,
            }),
        }
    }
}

/// Reads the first byte, if it is there already. A pipe whose writer is slower has none yet.
fn first_byte(mut file: &File) -> io::Result<Option<u8>> {
    let mut byte = [0];
    let is_pipe = is_pipe(file)?;
    match file.read(&mut byte) {
        Ok(0) if is_pipe => Err(io::Error::other("no process writes to this pipe")),
        Ok(count) => Ok((count > 0).then_some(byte[0])),
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        Err(_) if is_pipe => Ok(None),
        Err(_) => Err(io::Error::other("it is no file, and has nothing to read")),
    }
}

#[cfg(unix)]
fn is_pipe(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::FileTypeExt;
    Ok(file.metadata()?.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// Reads block from now on.
fn wait_from_now_on(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        let flags = rustix::fs::fcntl_getfl(file)?;
        rustix::fs::fcntl_setfl(file, flags - rustix::fs::OFlags::NONBLOCK)?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::process::Command;

    use super::*;

    fn pipe(directory: &Path) -> std::path::PathBuf {
        let path = directory.join("pipe");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    fn read(path: &Path) -> io::Result<String> {
        let mut text = String::new();
        Opened::new(path)?.read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn a_pipe_that_nobody_writes_to_is_an_error_and_not_a_wait() {
        let dir = tempfile::tempdir().unwrap();
        let error = read(&pipe(dir.path())).unwrap_err();
        assert_eq!(error.to_string(), "no process writes to this pipe");
    }

    #[test]
    fn a_pipe_is_read_to_its_end_whether_or_not_its_writer_has_begun() {
        let dir = tempfile::tempdir().unwrap();
        let path = pipe(dir.path());
        // For reading and writing, so that neither end waits for the other.
        let mut writer = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let reader = Opened::new(&path).unwrap();
        writer.write_all(b"later").unwrap();
        drop(writer);
        assert_eq!(io::read_to_string(reader).unwrap(), "later");

        let mut writer = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        writer.write_all(b"before").unwrap();
        let reader = Opened::new(&path).unwrap();
        drop(writer);
        assert_eq!(io::read_to_string(reader).unwrap(), "before");
    }

    #[test]
    fn what_is_no_pipe_is_not_waited_for() {
        use std::os::unix::fs::OpenOptionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = pipe(dir.path());
        let _writer = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        // Like the log of the kernel after its last line.
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let file = OpenOptions::new().read(true).custom_flags(flags).open(&path).unwrap();
        let error = io::read_to_string(Opened { first: Some(b'x'), file }).unwrap_err();
        assert_eq!(error.to_string(), "it is no file, and does not end");
    }

    #[test]
    fn files_with_and_without_content_are_read_and_directories_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        for content in ["", "x", "a longer text"] {
            fs::write(&path, content).unwrap();
            assert_eq!(read(&path).unwrap(), content);
        }
        assert_eq!(read(dir.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert!(read(Path::new("/dev/null")).unwrap().is_empty());
    }
}

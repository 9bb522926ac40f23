//! A server, a directory and manifests, and runs of the program with them.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::Result;
use crate::process::Program;
use crate::server::Server;

const SEEDEDIT: &str = env!("CARGO_BIN_EXE_seededit");
/// The size of a result in bytes where it does not matter.
pub(crate) const SMALL_RESULT: usize = 2_000;

/// A server, and a temporary directory with all files of a run.
pub(crate) struct Workload {
    directory: TempDir,
    server: Server,
    posts: Arc<AtomicU64>,
}

/// A row of a manifest, with paths relative to the directory.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) image: String,
    pub(crate) prompt: String,
    pub(crate) output: String,
}

impl Workload {
    /// Starts a server that answers each request after `latency` and delivers `result`.
    pub(crate) fn new(result: &[u8], latency: Duration) -> Result<Workload> {
        // In the build directory, which is on a disk. A temporary directory may be in memory.
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let posts = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&posts);
        let server = Server::start(result, move || {
            counter.fetch_add(1, Ordering::Relaxed);
            thread::sleep(latency);
        })?;
        Ok(Workload { directory, server, posts })
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// A path in the directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The data directory, which contains the journal.
    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The number of POST requests so far.
    pub(crate) fn posts(&self) -> u64 {
        self.posts.load(Ordering::Relaxed)
    }

    /// Writes `picture`. Returns `count` rows that edit it with different prompts, with outputs in the directory `name`.
    pub(crate) fn rows(&self, name: &str, picture: &[u8], count: usize) -> Result<Vec<Row>> {
        let image = format!("{name}.jpg");
        fs::write(self.path(&image), picture)?;
        let row = |number| Row {
            image: image.clone(),
            prompt: format!("Add {number} birds to the foreground of the photo."),
            output: format!("{name}/{number}.jpg"),
        };
        Ok((1..=count).map(row).collect())
    }

    /// Writes a manifest.
    pub(crate) fn manifest(&self, name: &str, rows: &[Row]) -> Result<PathBuf> {
        let path = self.path(&format!("{name}.jsonl"));
        let mut file = BufWriter::new(File::create(&path)?);
        for Row { image, prompt, output } in rows {
            let row = serde_json::json!({"image": image, "prompt": prompt, "output": output});
            writeln!(file, "{row}")?;
        }
        file.flush()?;
        Ok(path)
    }

    /// `seededit batch` with up to `jobs` edits in flight.
    pub(crate) fn batch(&self, manifest: &Path, jobs: u32) -> Program {
        Program::new(SEEDEDIT)
            .args(["batch", "--quiet", "-j", &jobs.to_string()])
            .args([manifest])
            .env("SEEDEDIT_API_KEY", "bench")
            .env("SEEDEDIT_BASE_URL", self.url())
            .env("SEEDEDIT_CONFIG_DIR", self.directory.path())
            .env("SEEDEDIT_DATA_DIR", self.data())
    }

    /// Fails unless the server got this number of POST requests, so that a benchmark measures the intended work.
    pub(crate) fn ensure_posts(&self, expected: u64) -> Result<()> {
        match self.posts() {
            posts if posts == expected => Ok(()),
            posts => Err(format!("the server got {posts} POST requests instead of {expected}").into()),
        }
    }
}

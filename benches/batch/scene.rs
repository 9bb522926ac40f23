//! What each measurement needs: a server, a directory, a manifest, and the program among them.

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
/// The length of a result, where it is not what is measured.
pub(crate) const SMALL: usize = 2_000;

/// A server with a latency, and a directory for all that a run reads and writes. Both vanish with it.
pub(crate) struct Scene {
    directory: TempDir,
    server: Server,
    posts: Arc<AtomicU64>,
}

/// A row of a manifest; its paths begin at the scene's directory.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) image: String,
    pub(crate) prompt: String,
    pub(crate) output: String,
}

impl Scene {
    /// With a server that answers each generation after `latency`, and then with `result`.
    pub(crate) fn new(result: &[u8], latency: Duration) -> Result<Scene> {
        // Beside the build, which lies on a disk, and not in memory as a temporary directory may.
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let posts = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&posts);
        let server = Server::start(result, move || {
            counted.fetch_add(1, Ordering::Relaxed);
            thread::sleep(latency);
        })?;
        Ok(Scene { directory, server, posts })
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// A path in its directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where the journal lies.
    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// How many generations were asked for so far.
    pub(crate) fn posts(&self) -> u64 {
        self.posts.load(Ordering::Relaxed)
    }

    /// Rows that ask so many things of one picture, with results in the directory `name`.
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

    /// Writes a manifest of these rows.
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

    /// `seededit batch` of a manifest, with so many at once.
    pub(crate) fn batch(&self, manifest: &Path, jobs: u32) -> Program {
        Program::new(SEEDEDIT)
            .args(["batch", "--quiet", "-j", &jobs.to_string()])
            .args([manifest])
            .env("SEEDEDIT_API_KEY", "bench")
            .env("SEEDEDIT_BASE_URL", self.url())
            .env("SEEDEDIT_CONFIG_DIR", self.directory.path())
            .env("SEEDEDIT_DATA_DIR", self.data())
    }

    /// Makes sure that the server was asked for so many generations: else something else was measured.
    pub(crate) fn ensure_posts(&self, expected: u64) -> Result<()> {
        match self.posts() {
            posts if posts == expected => Ok(()),
            posts => Err(format!("{posts} generations were asked for, and not {expected}").into()),
        }
    }
}

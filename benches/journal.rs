//! Measures the journal: the writes of one edit compared with the syncs that they wait for, and `seededit history` with
//! 100,000 jobs compared with `seededit --version`.
//!
//! Prints the results and never fails because of them.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]
#![expect(clippy::unwrap_used, reason = "an error ends the benchmark")]

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use seededit::testing::journal::{Answered, Artifact, Booking, CallInfo, Fidelity, Intent, JobLock, Journal};

/// The number of measurements per median of the writes.
const ROUNDS: usize = 101;
/// The number of jobs in the history.
const JOBS: u32 = 100_000;
/// The measured commands; the goal is 100 ms. `--grep nowhere` finds nothing, so it reads all jobs.
const COMMANDS: [&str; 7] = [
    "history",
    "history -n 1000",
    "history --since 1d",
    "history --status lost",
    "history show copy50000",
    "history --grep nowhere",
    "history --cost",
];

fn main() {
    // In the build directory, which is on a disk. A temporary directory may be in memory.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let journal = Journal::open(directory.path()).unwrap();
    let mut file = File::create(directory.path().join("syncs")).unwrap();
    let (mut writes, mut syncs) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        writes.push(timed(|| record_edit(&journal, directory.path(), round)));
        syncs.push(timed(|| {
            file.write_all(&[7; 4096]).unwrap();
            file.sync_all().unwrap();
        }));
    }
    drop(journal);
    let (writes, sync) = (median(&mut writes), median(&mut syncs));
    let rest = writes.saturating_sub(sync * 3);
    println!(
        "the journal's writes of one edit take as long as {:.1} syncs of the same disk",
        ratio(writes, sync)
    );
    println!("without its 3 syncs: {:.2} ms", rest.as_secs_f64() * 1e3);

    fill(directory.path());
    println!("with {JOBS} jobs, compared with --version:");
    for command in COMMANDS {
        let (mut times, mut versions) = (Vec::new(), Vec::new());
        for _ in 0..21 {
            times.push(timed(|| run(directory.path(), command)));
            versions.push(timed(|| run(directory.path(), "--version")));
        }
        let (time, version) = (median(&mut times), median(&mut versions));
        let millis = time.as_secs_f64() * 1e3;
        println!("{command:<26} {:>5.1} times, {millis:>4.0} ms", ratio(time, version));
    }
}

/// Performs all writes of one edit, in order.
fn record_edit(journal: &Journal, data: &Path, round: usize) {
    let (job, request_id) = (format!("bench{round}"), format!("seededit-bench{round}-1"));
    let claim = JobLock::acquire_with_space(data, &job, false).unwrap();
    let intent = Intent {
        job: job.clone(),
        created: 1_754_408_583_000,
        input: "in.png".into(),
        input_path: None,
        input_link: None,
        input_sha256: Some("0".repeat(64)),
        prompt: "add a bird".into(),
        model: "bytedance/seededit-3.0-i2i".into(),
        seed_sent: true,
        negative_prompt: None,
        references: Vec::new(),
        service: None,
        seed: 41,
        guidance_scale: None,
        watermark: None,
        response_format: None,
        size: None,
        base_url: "https://api.aimlapi.com".into(),
        path: "/v1/images/generations".into(),
        output: None,
        if_exists: "fail".into(),
        makes_directory: false,
        format: Some("jpg".into()),
        quality: None,
        processing: None,
        keys: seededit::testing::journal::JobKeys::default(),
    };
    assert_eq!(journal.begin(&intent, None).unwrap(), None);
    journal.mark_sent(&job, 1, &request_id, None, Booking::default(), 1).unwrap();
    let answered = Answered { received: 2, status: 200, body: vec![b' '; 700], ..Answered::default() };
    journal.record_answer(&job, &request_id, &answered, &claim).unwrap();
    let stored = Artifact {
        path: None,
        sha256: "0".repeat(64),
        bytes: 500_000,
        width: 1152,
        height: 864,
        format: "jpeg".into(),
        modified: None,
    };
    journal
        .mark_delivered(&job, &request_id, &stored, &CallInfo::default(), Fidelity::AsRequested, 3)
        .unwrap();
}

/// Adds many jobs in one transaction.
fn fill(data: &Path) {
    let connection = rusqlite::Connection::open(data.join("journal.db")).unwrap();
    let columns = |table: &str| -> String {
        let mut statement =
            connection.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
        let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        names
            .map(Result::unwrap)
            .filter(|name| !["id", "job", "request_id"].contains(&name.as_str()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (job, attempt) = (columns("job"), columns("attempt"));
    let numbers = format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {JOBS})");
    connection
        .execute_batch(&format!(
            "BEGIN;
             INSERT INTO job (id, {job}) {numbers} SELECT 'copy' || i, {job} FROM job, n WHERE id = 'bench0';
             INSERT INTO attempt (job, request_id, {attempt})
                 {numbers} SELECT 'copy' || i, 'copy-' || i, {attempt} FROM attempt, n WHERE job = 'bench0';
             UPDATE job SET created = created + CAST(substr(id, 5) AS INTEGER) WHERE id LIKE 'copy%';
             COMMIT;"
        ))
        .unwrap();
}

fn run(data: &Path, args: &str) {
    let status = Command::new(env!("CARGO_BIN_EXE_seededit"))
        .args(args.split(' '))
        .env("SEEDEDIT_DATA_DIR", data)
        .env("SEEDEDIT_CONFIG_DIR", data)
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success());
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

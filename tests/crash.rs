//! A crash or a failure at any system call, and `recover` after it.
//!
//! strace kills the program at the N-th call of a system call, or makes that call fail. Each run has its own
//! environment and its own service. Afterwards the test reads the journal and runs `recover`. Then:
//!
//! - There was at most one POST and at most one charge, and `recover` sent no POST.
//! - A charged job whose answer had arrived is delivered: its output has exactly the bytes that were served, or they are
//!   in the answer store.
//! - A charged job without an answer is listed as lost, with its id and price.
//! - A second `recover` finds nothing new.
//! - Nothing is left behind: no temporary file, no lock file, no spooled answer. As after every run in these tests,
//!   the key is in no file, and the signature of a link is only in the journal.
//!
//! A random sample of these points runs with the other tests. It prints its seed; `SEEDEDIT_SWEEP_SEED` repeats it.
//! The whole sweep covers every system call that a run makes:
//!
//! ```text
//! cargo test --test it the_whole_crash_sweep -- --ignored --nocapture
//! ```
//!
//! It prints the number of points and takes a few minutes. strace counts the calls of each thread separately: if two
//! threads make the same system call, the N-th call of either of them is hit.

#![expect(clippy::print_stdout, reason = "the test harness shows it only if a test fails")]
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{JobRow, Output, Run, Service, TestEnv, sha256};

/// The number of concurrent runs. Each one mostly waits for syncs and for its server.
const CONCURRENT_RUNS: usize = 6;
/// The sweep stops after this number of failures; more of them would not tell anything new.
const MAX_FAILURES: usize = 20;
/// More than the calls of one system call in any run.
const MAX_CALLS: usize = 5_000;

/// What strace does at the N-th call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Kills the process before the call.
    Kill,
    /// Makes this call fail.
    FailOnce(&'static str),
    /// Makes this call and all later calls of the same system call fail.
    FailFrom(&'static str),
}

impl Fault {
    fn injection(self, call: &str, number: usize) -> String {
        match self {
            Fault::Kill => format!("inject={call}:signal=SIGKILL:when={number}"),
            Fault::FailOnce(error) => format!("inject={call}:error={error}:when={number}"),
            Fault::FailFrom(error) => format!("inject={call}:error={error}:when={number}+"),
        }
    }
}

/// The run into which faults are injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scenario {
    /// An edit whose answer is a link.
    Edit,
    /// An edit whose answer contains the picture.
    InlineEdit,
    /// An edit whose result is not its answer, which is kept.
    ConvertedEdit,
    /// `recover` of a job that is answered but not downloaded.
    RecoverAnswered,
    /// `recover` of a job in doubt that was charged.
    RecoverUnknown,
    /// `recover` of a spooled answer that could not be saved.
    RecoverSpooled,
}

impl Scenario {
    const EDITS: [Scenario; 3] = [Scenario::Edit, Scenario::InlineEdit, Scenario::ConvertedEdit];
    const RECOVERIES: [Scenario; 3] =
        [Scenario::RecoverAnswered, Scenario::RecoverUnknown, Scenario::RecoverSpooled];

    /// Creates the environment and the service of the run, with the job to recover.
    fn set_up(self) -> (TestEnv, Service) {
        let env = TestEnv::with_picture();
        let service = match self {
            Scenario::Edit | Scenario::InlineEdit | Scenario::ConvertedEdit | Scenario::RecoverSpooled => {
                Service::new()
            }
            Scenario::RecoverAnswered => Service::with_faults(&["download-error=404:1"]),
            Scenario::RecoverUnknown => Service::with_faults(&["reset-after-charge"]),
        };
        match self {
            Scenario::Edit | Scenario::InlineEdit | Scenario::ConvertedEdit => {}
            Scenario::RecoverAnswered => {
                env.edit("-q --retries 0").service(&service).code(9).any_stderr().assert();
            }
            Scenario::RecoverUnknown => {
                env.edit("-q").service(&service).code(8).any_stderr().assert();
            }
            Scenario::RecoverSpooled => {
                let edit = env.edit("-q --response-format b64_json").service(&service).any_outcome();
                // Spooling the answer uses plain `rename`; `renameat2` is the one to the output.
                strace(edit, "renameat2", "inject=renameat2:error=EIO:when=1", &env).assert();
                assert_eq!(env.only_job().state, "answered");
                assert!(env.data_files().iter().any(|name| name.starts_with("spool/")));
            }
        }
        (env, service)
    }

    fn run<'a>(self, env: &'a TestEnv, service: &Service) -> Run<'a> {
        match self {
            Scenario::Edit => env.edit("--retries 0"),
            Scenario::InlineEdit => env.edit("--retries 0 --response-format b64_json"),
            Scenario::ConvertedEdit => env.edit("--retries 0 --quality 80"),
            _ => env.command("recover"),
        }
        .service(service)
        .any_outcome()
    }
}

/// Wraps `run` in strace, which injects a fault into one system call.
fn strace<'a>(run: Run<'a>, call: &str, injection: &str, env: &TestEnv) -> Run<'a> {
    let log = log(env);
    let trace = format!("trace={call}");
    let mut args = vec!["-qq", "-o", &log, "-e", &trace, "-e", "signal=none", "-e", injection];
    if injection.contains("SIGKILL") {
        // --seccomp-bpf would swallow the signal.
        args.push("-f");
    } else if call != "write" {
        args.extend(["-f", "--seccomp-bpf"]);
    }
    // Only the main thread writes to disk. Other threads write only to wake a thread, so `write` is traced without
    // `-f`.
    run.wrapped_in("strace", &args)
}

/// The log of strace, outside the directories that the tests check.
fn log(env: &TestEnv) -> String {
    env.config_dir().with_file_name("strace").to_string_lossy().into_owned()
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// The fault came before the job was recorded.
    NotStarted,
    /// It was certainly not charged.
    NotCharged,
    /// Neither the answer nor the usage log says whether it was charged.
    Unknown,
    /// It was delivered before the fault.
    DeliveredBefore,
    /// It was delivered by `recover`.
    Recovered,
    /// It was charged, and its answer never arrived.
    Lost,
    /// The run saved the result, but could not record that in the journal.
    SavedButListedAsLost,
}

/// Injects one fault and checks what follows. Returns `None` if the run makes fewer calls than `number`.
fn try_point(scenario: Scenario, fault: Fault, call: &str, number: usize) -> Option<Outcome> {
    let (env, service) = scenario.set_up();
    let point = format!("{scenario:?}, {fault:?} at {call} {number}");
    let output = strace(scenario.run(&env, &service), call, &fault.injection(call, number), &env).assert();
    let log = fs::read_to_string(log(&env)).unwrap_or_default();
    let injected = match fault {
        Fault::Kill => output.code.is_none(),
        _ => log.contains("INJECTED"),
    };
    if !injected {
        assert_eq!(
            output.code,
            Some(if scenario == Scenario::RecoverUnknown { 10 } else { 0 }),
            "{point}: {}",
            output.stderr
        );
    }
    fs::remove_file(self::log(&env)).ok();
    let setup_posts = if Scenario::EDITS.contains(&scenario) { 0 } else { 1 };
    if fault != Fault::Kill {
        ensure_documented_exit(&output, service.ledger().posts() - setup_posts, &point);
    }
    let outcome = ensure_recover_settles(scenario, &env, &service, fault, &point);
    injected.then_some(outcome)
}

/// Runs `recover` twice and checks every promise in the module documentation.
fn ensure_recover_settles(
    scenario: Scenario,
    env: &TestEnv,
    service: &Service,
    fault: Fault,
    point: &str,
) -> Outcome {
    let posts = service.ledger().posts();
    assert!(posts <= 1, "{point}: {posts} POSTs");
    let before = env.jobs();
    let was_answered = before.iter().any(|job| is_answered(job, env));

    let first = env.command("recover --json").service(service).any_outcome().assert();
    assert!(matches!(first.code, Some(0 | 8 | 10)), "{point}: recover: {:?}\n{}", first.code, first.stderr);
    let (jobs, ledger) = settle(env, service);
    assert_eq!(ledger.posts(), posts, "{point}: recover made a POST");
    assert!(ledger.charged() <= 1, "{point}: {ledger:?}");
    assert!(jobs.len() <= 1, "{point}: {jobs:?}");
    let charged = ledger.charged() == 1;
    let state = jobs.first().map(|job| job.state.as_str());
    match state {
        None => assert_eq!(posts, 0, "{point}: a POST that is not in the journal"),
        Some("refused") => assert!(!charged, "{point}: charged, but recorded as free: {jobs:?}"),
        Some("unknown") => {
            assert!(!charged, "{point}: the usage log has it, but the journal is in doubt: {jobs:?}")
        }
        Some("lost") => {
            assert!(charged && !was_answered, "{point}: lost, although it had been answered: {before:?}");
            if env.path("out.jpg").exists() {
                // The result was saved, but the journal could not be written. The run has reported that.
                assert!(fault != Fault::Kill, "{point}: saved before the answer was recorded");
                let served = ledger.charge(0)["result_sha256"].as_str().unwrap();
                ensure_answer_is_on_disk(scenario, env, served, fault, point);
            }
            let attempt = &jobs[0].attempts[0];
            let charge = ledger.charge(0);
            assert_eq!(attempt.inference_id.as_deref(), charge["inference_id"].as_str(), "{point}");
            assert_eq!(attempt.usd, charge["usd"].as_f64(), "{point}");
        }
        Some("delivered") => {
            let served = ledger.charge(0)["result_sha256"].as_str().unwrap();
            ensure_answer_is_on_disk(scenario, env, served, fault, point);
            assert_eq!(jobs[0].sha256, Some(sha256(&env.read("out.jpg"))), "{point}");
        }
        Some(other) => panic!("{point}: still {other} after recover: {}", first.stderr),
    }
    if was_answered {
        assert_eq!(state, Some("delivered"), "{point}: answered and not delivered: {}", first.stderr);
    }

    let second = env.command("recover --json").service(service).any_outcome().assert();
    let unknown = state == Some("unknown");
    assert_eq!(second.code, Some(if unknown { 8 } else { 0 }), "{point}: {}", second.stderr);
    assert_eq!(second.stdout.is_empty(), !unknown, "{point}: a second recover found something");
    assert_eq!(env.jobs(), jobs, "{point}: a second recover changed something");
    let after = service.ledger();
    assert_eq!((after.posts(), after.downloads()), (posts, ledger.downloads()), "{point}");

    let delivered = state == Some("delivered") || (state == Some("lost") && env.path("out.jpg").exists());
    let names: &[&str] = if delivered { &["in.png", "out.jpg"] } else { &["in.png"] };
    assert_eq!(env.file_names(), names, "{point}: left in the working directory");
    env.ensure_no_leftovers();
    match state {
        None => Outcome::NotStarted,
        Some("refused") => Outcome::NotCharged,
        Some("unknown") => Outcome::Unknown,
        Some("lost") if delivered => Outcome::SavedButListedAsLost,
        Some("lost") => Outcome::Lost,
        _ if before.iter().any(|job| job.state == "delivered") => Outcome::DeliveredBefore,
        _ => Outcome::Recovered,
    }
}

/// Checks that the answer of a delivered job is its result, or is kept beside the journal. A failing system call may be the
/// one that keeps it.
fn ensure_answer_is_on_disk(scenario: Scenario, env: &TestEnv, served: &str, fault: Fault, point: &str) {
    if scenario != Scenario::ConvertedEdit {
        return assert_eq!(sha256(&env.read_answer("out.jpg")), served, "{point}");
    }
    let kept: Vec<String> =
        env.data_files().into_iter().filter(|name| name.starts_with("answers/seededit-")).collect();
    assert!(kept.len() == 1 || kept.is_empty() && fault != Fault::Kill, "{point}: {kept:?}");
    for name in kept {
        assert_eq!(sha256(&fs::read(env.data_dir().join(name)).unwrap()), served, "{point}");
    }
}

/// Whether the disk holds the complete answer of a job.
fn is_answered(job: &JobRow, env: &TestEnv) -> bool {
    let spooled = |id: &String| {
        let bytes = fs::read(env.data_dir().join("spool").join(id)).unwrap_or_default();
        // After its name, an answer states the length of the rest, and then whether the connection ended before it did.
        let length = bytes.get(18..38).and_then(|text| std::str::from_utf8(text).ok()?.parse::<usize>().ok());
        let head = bytes.get(39..).and_then(|rest| rest.split(|byte| *byte == b'\n').next());
        let head: Option<Value> = head.and_then(|head| serde_json::from_slice(head).ok());
        let is_cut = head.is_none_or(|head| !head["cut"].is_null());
        length.is_some_and(|length| bytes.len() == 39 + length) && !is_cut
    };
    matches!(job.state.as_str(), "answered" | "delivered")
        || job.attempts.iter().any(|attempt| attempt.has_complete_answer || spooled(&attempt.request_id))
}

/// Checks that a run with a failing system call ended with a documented exit code that fits.
fn ensure_documented_exit(output: &Output, posts: u64, point: &str) {
    // The number of a wake-up write may differ between runs; see `wake_writes`.
    if output.stderr.contains("failed to wake I/O driver") {
        return;
    }
    match output.code {
        Some(0 | 8 | 9 | 10) => {}
        // 1: standard output could not be written. 127: the dynamic loader failed before the program started.
        Some(1 | 7 | 127) => {}
        Some(3) => assert_eq!(posts, 0, "{point}: exit 3 after a POST: {}", output.stderr),
        other => panic!("{point}: ended with {other:?}: {}", output.stderr),
    }
}

/// The journal and the ledger once they no longer change. A server whose client was killed may still be processing
/// the request; the usage log shows its outcome only afterwards.
fn settle(env: &TestEnv, service: &Service) -> (Vec<JobRow>, crate::support::Ledger) {
    let started = Instant::now();
    loop {
        let (jobs, ledger) = (env.jobs(), service.ledger());
        let unknown = jobs.iter().any(|job| job.state == "unknown");
        if !unknown || ledger.posts() == 0 || started.elapsed() > Duration::from_millis(400) {
            return (jobs, ledger);
        }
        if ledger.charged() == 1 {
            env.command("recover -q").service(service).any_outcome().assert();
        } else {
            thread::sleep(Duration::from_millis(40));
        }
    }
}

/// Whether strace is installed and may trace. If not, prints the reason to standard error.
fn strace_works() -> bool {
    let result = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "inject=openat:signal=SIGKILL:when=1", "true"])
        .output();
    let why = match result {
        Ok(output) if output.status.signal() == Some(9) => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    // The test harness hides the output of a passing test, but a skipped test has to be noticed.
    writeln!(std::io::stderr(), "skipped: the crash tests need strace, which does not work here: {why}")
        .unwrap();
    false
}

/// The names of all system calls that a run without faults makes.
fn system_calls(scenario: Scenario) -> Vec<String> {
    let (env, service) = scenario.set_up();
    let log = log(&env);
    scenario
        .run(&env, &service)
        .wrapped_in("strace", &["-f", "-qq", "-o", &log, "-e", "signal=none"])
        .assert();
    let log = fs::read_to_string(log).unwrap();
    let names: BTreeSet<String> = log
        .lines()
        .filter_map(|line| {
            let name = line.split_once(' ')?.1.trim_start().split_once('(')?.0;
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
                .then(|| name.to_owned())
        })
        // These calls start and end the process.
        .filter(|name| !matches!(name.as_str(), "execve" | "exit" | "exit_group"))
        .collect();
    names.into_iter().collect()
}

/// The system calls that access a disk or the network.
const FALLIBLE: &[&str] = &[
    "connect",
    "fallocate",
    "fdatasync",
    "flock",
    "fsync",
    "ftruncate",
    "link",
    "linkat",
    "mkdir",
    "openat",
    "pread64",
    "pwrite64",
    "read",
    "recvfrom",
    "rename",
    "renameat",
    "renameat2",
    "sendto",
    "unlink",
    "write",
    "writev",
];
/// Those that fail on a full disk.
const FAIL_ON_FULL_DISK: &[&str] = &[
    "fallocate",
    "fdatasync",
    "fsync",
    "ftruncate",
    "linkat",
    "mkdir",
    "openat",
    "pwrite64",
    "renameat2",
    "write",
];

/// The points of one fault at one system call: every `step`-th call from `first`, until the run ends without it.
#[derive(Debug, Clone)]
struct Series {
    scenario: Scenario,
    fault: Fault,
    call: String,
    first: usize,
    step: usize,
    /// The numbers of calls that do not access a disk.
    skipped: BTreeSet<usize>,
}

impl Series {
    fn new(scenario: Scenario, fault: Fault, call: &str, first: usize, step: usize) -> Series {
        let fails = fault != Fault::Kill;
        let skipped = if fails && call == "write" { wake_writes(scenario) } else { BTreeSet::new() };
        Series { scenario, fault, call: call.to_owned(), first, step, skipped }
    }
}

/// The numbers of the main thread's writes that only wake another thread. The kernel never fails those, and a network
/// library waits forever if they fail.
fn wake_writes(scenario: Scenario) -> BTreeSet<usize> {
    let (env, service) = scenario.set_up();
    let log = log(&env);
    let args = ["-y", "-qq", "-o", &log, "-e", "trace=write", "-e", "signal=none"];
    scenario.run(&env, &service).wrapped_in("strace", &args).assert();
    let log = fs::read_to_string(log).unwrap();
    (1..).zip(log.lines()).filter(|(_, line)| line.contains("anon_inode")).map(|(number, _)| number).collect()
}

/// Tries every point of every series, several at once. Counts the outcomes by scenario and fault.
fn sweep(series: Vec<Series>) -> BTreeMap<(String, Outcome), usize> {
    let (next, outcomes, failures) =
        (AtomicUsize::new(0), Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..CONCURRENT_RUNS {
            scope.spawn(|| {
                while let Some(series) = series.get(next.fetch_add(1, Ordering::SeqCst)) {
                    for number in (series.first..MAX_CALLS).step_by(series.step) {
                        if series.skipped.contains(&number) {
                            continue;
                        }
                        let result = std::panic::catch_unwind(|| {
                            try_point(series.scenario, series.fault, &series.call, number)
                        });
                        if failures.lock().unwrap().len() >= MAX_FAILURES {
                            return;
                        }
                        match result {
                            Ok(Some(outcome)) => {
                                let name = format!("{:?} {:?}", series.scenario, series.fault);
                                *outcomes.lock().unwrap().entry((name, outcome)).or_insert(0) += 1;
                            }
                            Ok(None) => break,
                            Err(_) => failures.lock().unwrap().push(format!("{series:?} at {number}")),
                        }
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} points failed:\n{}", failures.len(), failures.join("\n"));
    outcomes.into_inner().unwrap()
}

/// The number of points at which this fault was injected.
fn count(outcomes: &BTreeMap<(String, Outcome), usize>, fault: Fault) -> usize {
    let has_fault = |name: &String| name.ends_with(&format!(" {fault:?}"));
    outcomes.iter().filter(|((name, _), _)| has_fault(name)).map(|(_, count)| count).sum()
}

/// Prints the number of points per outcome. The test harness shows it only for a failing test or with `--nocapture`.
fn print_summary(outcomes: &BTreeMap<(String, Outcome), usize>, elapsed: Duration) {
    for ((name, outcome), count) in outcomes {
        println!("{name}: {count} points ended as {outcome:?}, as expected");
    }
    let all: usize = outcomes.values().sum();
    println!(
        "{all} points tried in {:.0} s: no edit was paid for twice, and no paid result was lost",
        elapsed.as_secs_f64()
    );
}

#[test]
#[ignore = "slow"]
fn a_sample_of_the_crash_sweep() {
    if !strace_works() {
        return;
    }
    let seed = std::env::var("SEEDEDIT_SWEEP_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(0..1_000_000));
    println!("a sample of the sweep; repeat it with SEEDEDIT_SWEEP_SEED={seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut series = Vec::new();
    let mut add = |scenario, fault, calls: &[&str], step: usize| {
        for call in calls {
            series.push(Series::new(scenario, fault, call, 1 + rng.usize(0..step), step));
        }
    };
    for scenario in Scenario::EDITS {
        add(scenario, Fault::Kill, &["fsync", "renameat2", "unlink", "writev"], 5);
        add(scenario, Fault::Kill, &["pwrite64", "write", "openat", "recvfrom", "fcntl"], 25);
        add(scenario, Fault::FailOnce("ENOSPC"), &["pwrite64", "write"], 20);
        add(scenario, Fault::FailFrom("ENOSPC"), &["pwrite64"], 20);
        add(scenario, Fault::FailFrom("EIO"), &["fsync"], 6);
    }
    for scenario in Scenario::RECOVERIES {
        add(scenario, Fault::Kill, &["fsync", "pwrite64", "write"], 12);
    }
    let started = Instant::now();
    let outcomes = sweep(series);
    print_summary(&outcomes, started.elapsed());
    assert!(
        count(&outcomes, Fault::Kill) > 10 && count(&outcomes, Fault::FailOnce("ENOSPC")) > 2,
        "too few faults were injected"
    );
}

#[test]
#[ignore = "takes minutes: cargo test --test it the_whole_crash_sweep -- --ignored --nocapture"]
fn the_whole_crash_sweep() {
    assert!(strace_works(), "the sweep needs strace");
    let started = Instant::now();
    let mut series = Vec::new();
    for scenario in Scenario::EDITS.into_iter().chain(Scenario::RECOVERIES) {
        for call in system_calls(scenario) {
            let mut add = |fault| series.push(Series::new(scenario, fault, &call, 1, 1));
            add(Fault::Kill);
            let mut fail = |error| {
                add(Fault::FailOnce(error));
                if call != "write" {
                    add(Fault::FailFrom(error));
                }
            };
            if FAIL_ON_FULL_DISK.contains(&call.as_str()) {
                fail("ENOSPC");
            }
            if FALLIBLE.contains(&call.as_str()) {
                fail("EIO");
            }
        }
    }
    let outcomes = sweep(series);
    print_summary(&outcomes, started.elapsed());
    assert!(
        count(&outcomes, Fault::Kill) > 1_000 && count(&outcomes, Fault::FailOnce("EIO")) > 300,
        "too few faults were injected"
    );
}

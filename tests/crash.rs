//! The program struck between any two system calls, and `recover` after it.
//!
//! strace kills it, or makes a call fail, at the N-th call of some name; each run has a place and a
//! service of its own. After the blow the journal is looked at, `recover` is run, and then it must
//! hold that
//!
//! - there was one POST at the most and one charge at the most, and `recover` made no POST;
//! - what was charged and had been answered is at its output, byte for byte what was served;
//! - what was charged and had not been answered is listed as lost, with its id and price;
//! - a second `recover` finds nothing new;
//! - nothing is left behind: no hidden file, no claim, no spooled answer; and (as after every run
//!   of the suite) the key is nowhere, and the signature of a link nowhere but in the journal.
//!
//! A sample of this runs with the other tests, chosen by a seed that is printed; `SEEDEDIT_SWEEP_SEED`
//! makes it choose the same again. The whole of it, every call of every name that a run makes, is
//!
//! ```text
//! cargo test --test it the_whole_crash_sweep -- --ignored --nocapture
//! ```
//!
//! which says how many points it tried, and takes a few minutes. strace counts the calls of each
//! thread by themselves: of a name that two threads call, the N-th call of either strikes.

#![expect(clippy::print_stdout, reason = "the harness shows it only where it matters")]
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

use crate::support::{JobRow, Output, Run, Service, TestEnv, sha256};

/// How many runs at once: each waits for syncs and for its server most of the time.
const AT_ONCE: usize = 6;
/// Who fails so often will not be saved by the rest.
const MOST_FAILURES: usize = 20;
/// No run makes so many calls of one name.
const MOST_CALLS: usize = 5_000;

/// What happens at the N-th call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    /// The process is killed before the call is made.
    Kill,
    /// This call fails.
    Fails(&'static str),
    /// This call fails, and so does every later one of its name.
    FailsFromThenOn(&'static str),
}

impl Blow {
    fn injection(self, call: &str, number: usize) -> String {
        match self {
            Blow::Kill => format!("inject={call}:signal=SIGKILL:when={number}"),
            Blow::Fails(error) => format!("inject={call}:error={error}:when={number}"),
            Blow::FailsFromThenOn(error) => format!("inject={call}:error={error}:when={number}+"),
        }
    }
}

/// What is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    /// An edit whose answer is a link.
    Edit,
    /// An edit whose answer carries the picture.
    InlineEdit,
    /// `recover` of a job that is answered and not downloaded.
    RecoverAnswered,
    /// `recover` of a job in doubt that was charged.
    RecoverUnknown,
    /// `recover` of an answer that was spooled and could not be saved.
    RecoverSpooled,
}

impl Victim {
    const EDITS: [Victim; 2] = [Victim::Edit, Victim::InlineEdit];
    const RECOVERIES: [Victim; 3] = [Victim::RecoverAnswered, Victim::RecoverUnknown, Victim::RecoverSpooled];

    /// A place and a service in which it is about to run.
    fn scene(self) -> (TestEnv, Service) {
        let env = TestEnv::with_picture();
        let service = match self {
            Victim::Edit | Victim::InlineEdit | Victim::RecoverSpooled => Service::new(),
            Victim::RecoverAnswered => Service::with_faults(&["download-error=404:1"]),
            Victim::RecoverUnknown => Service::with_faults(&["reset-after-charge"]),
        };
        match self {
            Victim::Edit | Victim::InlineEdit => {}
            Victim::RecoverAnswered => {
                env.edit("-q --retries 0").service(&service).code(9).any_stderr().assert();
            }
            Victim::RecoverUnknown => {
                env.edit("-q").service(&service).code(8).any_stderr().assert();
            }
            Victim::RecoverSpooled => {
                let edit = env.edit("-q --response-format b64_json").service(&service).any_outcome();
                // The answer was spooled by a plain rename; this is the one to the output.
                strace(edit, "renameat2", "inject=renameat2:error=EIO:when=1", &env).assert();
                assert_eq!(env.only_job().state, "answered");
                assert!(env.data_files().iter().any(|name| name.starts_with("spool/")));
            }
        }
        (env, service)
    }

    fn run<'a>(self, env: &'a TestEnv, service: &Service) -> Run<'a> {
        match self {
            Victim::Edit => env.edit("--retries 0"),
            Victim::InlineEdit => env.edit("--retries 0 --response-format b64_json"),
            _ => env.command("recover"),
        }
        .service(service)
        .any_outcome()
    }
}

/// `run` with one kind of call watched and struck.
fn strace<'a>(run: Run<'a>, call: &str, injection: &str, env: &TestEnv) -> Run<'a> {
    let log = log(env);
    let trace = format!("trace={call}");
    let mut args = vec!["-qq", "-o", &log, "-e", &trace, "-e", "signal=none", "-e", injection];
    if injection.contains("SIGKILL") {
        // Not with --seccomp-bpf, which swallows the signal.
        args.push("-f");
    } else if call != "write" {
        args.extend(["-f", "--seccomp-bpf"]);
    }
    // All that is written to a disk is written by the first thread; what others write wakes somebody.
    run.wrapped_in("strace", &args)
}

/// Where strace writes; beside the directories that are looked at.
fn log(env: &TestEnv) -> String {
    env.config_dir().with_file_name("strace").to_string_lossy().into_owned()
}

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// Struck before anything was written down.
    NeverBegun,
    /// Certainly not charged.
    Free,
    /// Nobody heard of it, or not yet.
    Unknown,
    /// Delivered before the blow.
    WasDelivered,
    /// Delivered by `recover`.
    Recovered,
    /// Charged, and the answer never came.
    Lost,
    /// Delivered by the run itself, whose journal could take down nothing of it.
    OnDiskAndListedAsLost,
}

/// Strikes once; none when the run makes fewer calls than that.
fn strike(victim: Victim, blow: Blow, call: &str, number: usize) -> Option<Fate> {
    let (env, service) = victim.scene();
    let what = format!("{victim:?}, {blow:?} at {call} {number}");
    let output = strace(victim.run(&env, &service), call, &blow.injection(call, number), &env).assert();
    let log = fs::read_to_string(log(&env)).unwrap_or_default();
    let struck = match blow {
        Blow::Kill => output.code.is_none(),
        _ => log.contains("INJECTED"),
    };
    if !struck {
        assert_eq!(
            output.code,
            Some(if victim == Victim::RecoverUnknown { 10 } else { 0 }),
            "{what}: {}",
            output.stderr
        );
    }
    fs::remove_file(self::log(&env)).ok();
    let before = if Victim::EDITS.contains(&victim) { 0 } else { 1 };
    if blow != Blow::Kill {
        ensure_sane(&output, service.ledger().posts() - before, &what);
    }
    let fate = ensure_the_promise(&env, &service, blow, &what);
    struck.then_some(fate)
}

/// Runs `recover`, and holds what there is then to the promise.
fn ensure_the_promise(env: &TestEnv, service: &Service, blow: Blow, what: &str) -> Fate {
    let posts = service.ledger().posts();
    assert!(posts <= 1, "{what}: {posts} POSTs");
    let was = env.jobs();
    let was_answered = was.iter().any(|entry| is_answered(entry, env));

    let first = env.command("recover --json").service(service).any_outcome().assert();
    assert!(matches!(first.code, Some(0 | 8 | 10)), "{what}: recover: {:?}\n{}", first.code, first.stderr);
    let (entries, ledger) = settled(env, service);
    assert_eq!(ledger.posts(), posts, "{what}: recover made a POST");
    assert!(ledger.charged() <= 1, "{what}: {ledger:?}");
    assert!(entries.len() <= 1, "{what}: {entries:?}");
    let charged = ledger.charged() == 1;
    let state = entries.first().map(|entry| entry.state.as_str());
    match state {
        None => assert_eq!(posts, 0, "{what}: a POST that is not written down"),
        Some("refused") => assert!(!charged, "{what}: charged and called free: {entries:?}"),
        Some("unknown") => assert!(!charged, "{what}: the log knows, and the journal does not: {entries:?}"),
        Some("lost") => {
            assert!(charged && !was_answered, "{what}: lost what had been answered: {was:?}");
            if env.path("out.jpg").exists() {
                // Saved, and the journal could take down nothing more: the run has said so.
                assert!(blow != Blow::Kill, "{what}: saved before the answer was written down");
                let served = ledger.charge(0)["result_sha256"].as_str().unwrap();
                assert_eq!(sha256(&env.read("out.jpg")), served, "{what}");
            }
            let attempt = &entries[0].attempts[0];
            let charge = ledger.charge(0);
            assert_eq!(attempt.inference_id.as_deref(), charge["inference_id"].as_str(), "{what}");
            assert_eq!(attempt.usd, charge["usd"].as_f64(), "{what}");
        }
        Some("delivered") => {
            let served = ledger.charge(0)["result_sha256"].as_str().unwrap();
            assert_eq!(sha256(&env.read("out.jpg")), served, "{what}");
            assert_eq!(entries[0].sha256.as_deref(), Some(served), "{what}");
        }
        Some(other) => panic!("{what}: still {other} after recover: {}", first.stderr),
    }
    if was_answered {
        assert_eq!(state, Some("delivered"), "{what}: answered and not delivered: {}", first.stderr);
    }

    let second = env.command("recover --json").service(service).any_outcome().assert();
    let unknown = state == Some("unknown");
    assert_eq!(second.code, Some(if unknown { 8 } else { 0 }), "{what}: {}", second.stderr);
    assert_eq!(second.stdout.is_empty(), !unknown, "{what}: a second recover found something");
    assert_eq!(env.jobs(), entries, "{what}: a second recover changed something");
    let after = service.ledger();
    assert_eq!((after.posts(), after.downloads()), (posts, ledger.downloads()), "{what}");

    let delivered = state == Some("delivered") || (state == Some("lost") && env.path("out.jpg").exists());
    let names: &[&str] = if delivered { &["in.png", "out.jpg"] } else { &["in.png"] };
    assert_eq!(env.file_names(), names, "{what}: left in the working directory");
    env.ensure_no_leftovers();
    match state {
        None => Fate::NeverBegun,
        Some("refused") => Fate::Free,
        Some("unknown") => Fate::Unknown,
        Some("lost") if delivered => Fate::OnDiskAndListedAsLost,
        Some("lost") => Fate::Lost,
        _ if was.iter().any(|entry| entry.state == "delivered") => Fate::WasDelivered,
        _ => Fate::Recovered,
    }
}

/// Whether the answer had arrived as far as the disk knows.
fn is_answered(entry: &JobRow, env: &TestEnv) -> bool {
    let spooled = |id: &String| env.data_dir().join("spool").join(id).exists();
    matches!(entry.state.as_str(), "answered" | "delivered")
        || entry.attempts.iter().any(|attempt| attempt.has_complete_answer || spooled(&attempt.request_id))
}

/// What a fault of the system made of a run: an end with a documented code that fits.
fn ensure_sane(output: &Output, posts: u64, what: &str) {
    // A write that was spared in one run may be another one in the next; see `wakes`.
    if output.stderr.contains("failed to wake I/O driver") {
        return;
    }
    match output.code {
        Some(0 | 8 | 9 | 10) => {}
        // 1: its output could not be written; 127: the loader never got as far as to start it.
        Some(1 | 7 | 127) => {}
        Some(3) => assert_eq!(posts, 0, "{what}: exit 3 after a POST: {}", output.stderr),
        other => panic!("{what}: ended with {other:?}: {}", output.stderr),
    }
}

/// The journal and the ledger once nothing moves any more: a server whose client was killed may still
/// be at work, and then the usage log tells what became of it.
fn settled(env: &TestEnv, service: &Service) -> (Vec<JobRow>, crate::support::Ledger) {
    let started = Instant::now();
    loop {
        let (entries, ledger) = (env.jobs(), service.ledger());
        let unknown = entries.iter().any(|entry| entry.state == "unknown");
        if !unknown || ledger.posts() == 0 || started.elapsed() > Duration::from_millis(400) {
            return (entries, ledger);
        }
        if ledger.charged() == 1 {
            env.command("recover -q").service(service).any_outcome().assert();
        } else {
            thread::sleep(Duration::from_millis(40));
        }
    }
}

/// Whether strace is here and may trace; says why not where it cannot be missed.
fn strace_works() -> bool {
    let tried = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "inject=openat:signal=SIGKILL:when=1", "true"])
        .output();
    let why = match tried {
        Ok(output) if output.status.signal() == Some(9) => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    // The harness hides what a passing test prints, but a skipped test has to be noticed.
    writeln!(std::io::stderr(), "skipped: the crash tests need strace, which does not work here: {why}")
        .unwrap();
    false
}

/// The names of all calls that an unharmed run makes.
fn calls(victim: Victim) -> Vec<String> {
    let (env, service) = victim.scene();
    let log = log(&env);
    victim.run(&env, &service).wrapped_in("strace", &["-f", "-qq", "-o", &log, "-e", "signal=none"]).assert();
    let log = fs::read_to_string(log).unwrap();
    let names: BTreeSet<String> = log
        .lines()
        .filter_map(|line| {
            let name = line.split_once(' ')?.1.trim_start().split_once('(')?.0;
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
                .then(|| name.to_owned())
        })
        // The first is where it begins, the others are where it ends.
        .filter(|name| !matches!(name.as_str(), "execve" | "exit" | "exit_group"))
        .collect();
    names.into_iter().collect()
}

/// Calls whose failing says something about a disk or a network.
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
/// Those of them that a full disk makes fail.
const GROWING: &[&str] = &[
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

/// One series of points: every N from `first`, `step` apart, until the run goes unharmed.
#[derive(Debug, Clone)]
struct Series {
    victim: Victim,
    blow: Blow,
    call: String,
    first: usize,
    step: usize,
    /// Where this is known not to be about a disk.
    spared: BTreeSet<usize>,
}

impl Series {
    fn new(victim: Victim, blow: Blow, call: &str, first: usize, step: usize) -> Series {
        let fails = blow != Blow::Kill;
        let spared = if fails && call == "write" { wakes(victim) } else { BTreeSet::new() };
        Series { victim, blow, call: call.to_owned(), first, step, spared }
    }
}

/// Which of the first thread's writes only wake another thread. The kernel never fails those, and a
/// network library whose wakes fail waits for ever.
fn wakes(victim: Victim) -> BTreeSet<usize> {
    let (env, service) = victim.scene();
    let log = log(&env);
    let args = ["-y", "-qq", "-o", &log, "-e", "trace=write", "-e", "signal=none"];
    victim.run(&env, &service).wrapped_in("strace", &args).assert();
    let log = fs::read_to_string(log).unwrap();
    (1..).zip(log.lines()).filter(|(_, line)| line.contains("anon_inode")).map(|(number, _)| number).collect()
}

/// Strikes at every point of every series, several at once; returns how many points came to what.
fn sweep(series: Vec<Series>) -> BTreeMap<(String, Fate), usize> {
    let (next, fates, failures) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(series) = series.get(next.fetch_add(1, Ordering::SeqCst)) {
                    for number in (series.first..MOST_CALLS).step_by(series.step) {
                        if series.spared.contains(&number) {
                            continue;
                        }
                        let tried = std::panic::catch_unwind(|| {
                            strike(series.victim, series.blow, &series.call, number)
                        });
                        if failures.lock().unwrap().len() >= MOST_FAILURES {
                            return;
                        }
                        match tried {
                            Ok(Some(fate)) => {
                                let name = format!("{:?} {:?}", series.victim, series.blow);
                                *fates.lock().unwrap().entry((name, fate)).or_insert(0) += 1;
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
    fates.into_inner().unwrap()
}

/// How many points were struck so.
fn struck(fates: &BTreeMap<(String, Fate), usize>, blow: Blow) -> usize {
    let so = |name: &String| name.ends_with(&format!(" {blow:?}"));
    fates.iter().filter(|((name, _), _)| so(name)).map(|(_, count)| count).sum()
}

/// Prints how many points of a sweep came to what. The harness shows that only for a test that fails, and with
/// `--nocapture`.
fn print_summary(fates: &BTreeMap<(String, Fate), usize>, elapsed: Duration) {
    for ((name, fate), count) in fates {
        println!("{name}: {count} points ended as {fate:?}, as they should");
    }
    let all: usize = fates.values().sum();
    println!(
        "{all} points tried in {:.0} s: no edit was paid for twice, and no paid result was lost",
        elapsed.as_secs_f64()
    );
}

#[test]
fn a_sample_of_the_crash_sweep() {
    if !strace_works() {
        return;
    }
    let seed = std::env::var("SEEDEDIT_SWEEP_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(0..1_000_000));
    println!("a sample of the sweep; repeat it with SEEDEDIT_SWEEP_SEED={seed}");
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut series = Vec::new();
    let mut add = |victim, blow, calls: &[&str], step: usize| {
        for call in calls {
            series.push(Series::new(victim, blow, call, 1 + dice.usize(0..step), step));
        }
    };
    for victim in Victim::EDITS {
        add(victim, Blow::Kill, &["fsync", "renameat2", "unlink", "writev"], 2);
        add(victim, Blow::Kill, &["pwrite64", "write", "openat", "recvfrom", "fcntl"], 9);
        add(victim, Blow::Fails("ENOSPC"), &["pwrite64", "write"], 7);
        add(victim, Blow::FailsFromThenOn("ENOSPC"), &["pwrite64"], 7);
        add(victim, Blow::FailsFromThenOn("EIO"), &["fsync"], 3);
    }
    for victim in Victim::RECOVERIES {
        add(victim, Blow::Kill, &["fsync", "pwrite64", "write"], 5);
    }
    let started = Instant::now();
    let fates = sweep(series);
    print_summary(&fates, started.elapsed());
    assert!(struck(&fates, Blow::Kill) > 30 && struck(&fates, Blow::Fails("ENOSPC")) > 5, "the blows miss");
}

#[test]
#[ignore = "takes minutes: cargo test --test it the_whole_crash_sweep -- --ignored --nocapture"]
fn the_whole_crash_sweep() {
    assert!(strace_works(), "the sweep needs strace");
    let started = Instant::now();
    let mut series = Vec::new();
    for victim in Victim::EDITS.into_iter().chain(Victim::RECOVERIES) {
        for call in calls(victim) {
            let mut add = |blow| series.push(Series::new(victim, blow, &call, 1, 1));
            add(Blow::Kill);
            let mut fail = |error| {
                add(Blow::Fails(error));
                if call != "write" {
                    add(Blow::FailsFromThenOn(error));
                }
            };
            if GROWING.contains(&call.as_str()) {
                fail("ENOSPC");
            }
            if FALLIBLE.contains(&call.as_str()) {
                fail("EIO");
            }
        }
    }
    let fates = sweep(series);
    print_summary(&fates, started.elapsed());
    assert!(struck(&fates, Blow::Kill) > 1_000 && struck(&fates, Blow::Fails("EIO")) > 300, "the blows miss");
}

//! Many jobs against a service with every kind of fault.

use std::fs;

use crate::support::{Service, TestEnv, rows};

/// Every kind of temporary fault except `corrupt-download`: JPEG has no checksum, and about one corrupt picture in forty
/// can still be decoded to its end.
const FAULTS: [&str; 21] = [
    "rate-limit",
    "server-error=500",
    "server-error=503",
    "reset-early",
    "reset-before-charge",
    "gateway=502",
    "empty=504",
    "reset-after-charge",
    "cut-answer=120",
    "gateway-after-charge=504",
    "html-200",
    "gzip-answer",
    "no-meta",
    "no-price",
    "inline",
    "several=2",
    "cut-download=2000",
    "truncated-download",
    "html-download",
    "download-error=500",
    "no-range",
];

/// The number of runs of a batch. One stops when three requests in a row may have been charged without a result.
const RUNS: usize = 20;

/// Runs a batch until it has nothing left to send, and then `recover`. Checks that every charged job is delivered or
/// lost, and that nothing is charged twice.
fn soak(count: usize, fault_rate: &str, seed: u64, env: &TestEnv) {
    let service = Service::with_options(|options| {
        options.faults =
            FAULTS.iter().map(|fault| format!("{fault}:{fault_rate}").parse().unwrap()).collect();
        options.fault_seed = seed;
        options.link_ttl = std::time::Duration::from_secs(86_400);
    });
    let rows = rows(count);
    env.write_manifest(&rows);
    for _ in 0..RUNS {
        let run = env.batch("-j 8 --give-up-after 2m", &service).any_outcome().timeout_minutes(8).assert();
        if !run.stderr.contains("nothing new was started") {
            break;
        }
    }
    env.command("recover -q").service(&service).any_outcome().timeout_minutes(5).assert();

    let ledger = service.ledger();
    let twice: Vec<_> = ledger.results().into_iter().filter(|(_, results)| results.len() > 1).collect();
    assert!(twice.is_empty(), "charged twice: {twice:?}");
    let jobs = env.jobs();
    let in_state = |state: &str| jobs.iter().filter(|job| job.state == state).count();
    let (delivered, lost) = (in_state("delivered"), in_state("lost"));
    assert_eq!(ledger.charged() as usize, delivered + lost, "delivered {delivered}, lost {lost}");
    assert_eq!(ledger.ensure_correct_pictures(env, &rows), delivered);
    for state in ["intent", "sent", "answered"] {
        assert_eq!(in_state(state), 0, "{state}");
    }
    // A request that was cut off before the service registered it has no row in the usage log and stays in doubt.
    let (free, unknown) = (in_state("refused"), in_state("unknown"));
    assert_eq!(delivered + lost + free + unknown, count);
    assert!(delivered > count / 2, "{delivered} of {count}");
    #[expect(clippy::print_stdout, reason = "shown with --nocapture")]
    {
        println!(
            "{count} jobs: {delivered} delivered, {lost} lost, {free} free, {unknown} in doubt, not charged"
        );
    }
    env.ensure_no_leftovers();
}

#[test]
#[ignore = "slow"]
fn every_charge_is_delivered_or_lost_and_nothing_is_charged_twice() {
    soak(60, "2%", 11, &TestEnv::with_picture());
}

/// The number of open files of a process, and its resident memory in KiB.
#[cfg(target_os = "linux")]
fn resource_usage(process: u32) -> Option<(usize, usize)> {
    let files = fs::read_dir(format!("/proc/{process}/fd")).ok()?.count();
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some((files, resident.split_whitespace().next()?.parse().ok()?))
}

#[test]
#[ignore = "takes minutes: cargo test --test it two_thousand_jobs -- --ignored --nocapture"]
fn two_thousand_jobs() {
    soak(2_000, "2%", 20_261, &TestEnv::with_picture());
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "takes minutes: cargo test --test it memory_and_open_files -- --ignored --nocapture"]
fn memory_and_open_files_do_not_grow() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(1_200));
    let run = env.batch("-j 8", &service).any_stdout().any_stderr().timeout_minutes(8).spawn();
    let usage_after = |charged: u64| loop {
        if service.ledger().charged() >= charged {
            break resource_usage(run.id()).unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    let (early, late) = (usage_after(200), usage_after(1_150));
    run.wait();
    #[expect(clippy::print_stdout, reason = "shown with --nocapture")]
    {
        println!("open files: {} and {}; memory: {} and {} KiB", early.0, late.0, early.1, late.1);
    }
    assert!(late.0 <= early.0 + 20, "open files: {early:?}, {late:?}");
    assert!(late.1 <= early.1 * 3 / 2, "memory: {early:?}, {late:?}");
}

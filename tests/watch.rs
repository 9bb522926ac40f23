//! `watch`: what appears in a directory is edited, once for its content.

#![cfg(unix)]

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{Run, Running, Service, TestEnv, may_mount, png};

/// A directory `inbox` with pictures of these widths.
fn inbox(pictures: &[(&str, u32)]) -> TestEnv {
    let env = TestEnv::new();
    fs::create_dir(env.path("inbox")).unwrap();
    for (name, width) in pictures {
        env.write(format!("inbox/{name}"), png(*width, 48));
    }
    env
}

fn watch<'a>(env: &'a TestEnv, service: &Service, extra: &str) -> Run<'a> {
    let args = "watch inbox -p x -d done --interval 20ms --settle 150ms";
    env.command(args).args(extra).service(service).any_stderr()
}

/// Waits until a file exists.
fn wait_for(env: &TestEnv, name: &str) {
    let started = Instant::now();
    while !env.path(name).exists() {
        assert!(started.elapsed() < Duration::from_secs(60), "{name} did not appear");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A run that does not outlive its test.
struct Watching<'a>(Option<Running<'a>>);

impl Watching<'_> {
    fn start(run: Run<'_>) -> Watching<'_> {
        Watching(Some(run.spawn()))
    }

    fn send(&self, signal: Signal) {
        if let Some(running) = &self.0 {
            kill(Pid::from_raw(running.id().cast_signed()), signal).unwrap();
        }
    }

    /// Waits until it ends by itself. Returns what it printed.
    fn wait(mut self) -> String {
        String::from_utf8(self.0.take().unwrap().wait().stdout).unwrap()
    }

    /// Interrupts it. Returns what it printed.
    fn interrupt(self) -> String {
        self.send(Signal::SIGINT);
        self.wait()
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.send(Signal::SIGKILL);
    }
}

#[test]
fn the_summary_counts_what_was_used_again_only_if_there_is_any() {
    let (env, service) = (inbox(&[("a.png", 48)]), Service::new());
    let running = watch(&env, &service, "--max-cost 1").code(130).any_stdout();
    let running = Watching::start(running.stderr_contains(&["\n1 result made  $0.0315"]));
    wait_for(&env, "done/a-edited.jpg");
    running.interrupt();
}

#[test]
fn what_is_left_out_has_a_record() {
    let (env, service) = (inbox(&[("b.png", 48)]), Service::new());
    env.write("inbox/a.jp2", "");
    let running = watch(&env, &service, "--max-cost 1 --json").code(130).any_stdout();
    let running = Watching::start(running);
    wait_for(&env, "done/b-edited.jpg");
    let printed = running.interrupt();
    assert!(printed.contains("\"status\":\"skipped\"") && printed.contains("\"reason\":\"unsupported\""));
    assert_eq!(printed.matches("a.jp2").count(), 2, "its path, and the message about it: {printed}");
}

#[test]
fn an_empty_file_is_reported() {
    let (env, service) = (inbox(&[("b.png", 48)]), Service::new());
    env.write("inbox/a.png", "");
    let running =
        env.command("watch inbox -p x -d done --max-cost 1 --settle 1ms --interval 50ms").service(&service);
    let running = Watching::start(running.code(130).any_stdout().stderr_contains(&["inbox/a.png is empty"]));
    wait_for(&env, "done/b-edited.jpg");
    running.interrupt();
}

#[test]
fn what_appears_is_edited_once_for_its_content_also_after_a_restart() {
    let (env, service) = (inbox(&[("a.png", 48)]), Service::new());
    let running = watch(&env, &service, "--max-cost 1").code(130).any_stdout();
    let running = Watching::start(running.stderr_contains(&["2 results made, 1 reused  $0.063"]));
    wait_for(&env, "done/a-edited.jpg");
    env.write("inbox/b.png", png(60, 48));
    wait_for(&env, "done/b-edited.jpg");
    env.write("inbox/copy.png", env.read("inbox/a.png"));
    wait_for(&env, "done/copy-edited.jpg");
    let printed = running.interrupt();
    assert_eq!(printed, "done/a-edited.jpg\ndone/b-edited.jpg\ndone/copy-edited.jpg\n");
    service.ledger().ensure_counts(2, 2);
    // The copy is no variation of the first picture if both are there from the beginning.
    let running = Watching::start(watch(&env, &service, "--max-cost 1").code(130).any_stdout());
    env.write("inbox/c.png", png(72, 48));
    wait_for(&env, "done/c-edited.jpg");
    assert!(running.interrupt().contains("done/c-edited.jpg\n"));
    service.ledger().ensure_counts(3, 3);
    assert_eq!(fs::read_dir(env.path("done")).unwrap().count(), 4);
}

#[test]
fn a_picture_that_is_not_complete_is_tried_again_when_it_changes() {
    let (env, service) = (inbox(&[("a.png", 48)]), Service::new());
    let whole = png(60, 48);
    env.write("inbox/late.png", &whole[..whole.len() / 2]);
    let running = watch(&env, &service, "--max-cost 1").code(130).any_stdout();
    let running = Watching::start(running.stderr_contains(&["inbox/late.png", "note: left out"]));
    wait_for(&env, "done/a-edited.jpg");
    env.write("inbox/late.png", &whole);
    wait_for(&env, "done/late-edited.jpg");
    running.interrupt();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn what_seededit_drew_is_left_alone_also_if_nothing_else_appears() {
    let (env, service) = (inbox(&[]), Service::new());
    env.write("in.png", png(48, 48));
    env.command("sheet in.png -o inbox/sheet.png -q").any_stdout().assert();
    let running = watch(&env, &service, "--max-cost 1").code(130).any_stdout();
    let note =
        "note: left out: inbox/sheet.png was made by seededit, as its metadata says; --include-results";
    let running = Watching::start(running.stderr_contains(&[note]));
    // Long enough for the sheet to be taken before.
    std::thread::sleep(Duration::from_millis(600));
    env.write("inbox/a.png", png(50, 48));
    wait_for(&env, "done/a-edited.jpg");
    assert_eq!(running.interrupt(), "done/a-edited.jpg\n");
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_fault_of_one_picture_does_not_stop_the_others() {
    let (env, service) = (inbox(&[("a.png", 48), ("thin.png", 400)]), Service::new());
    let running = watch(&env, &service, "--max-cost 1").code(130).any_stdout();
    let running = Watching::start(running.stderr_contains(&["aspect ratios"]));
    wait_for(&env, "done/a-edited.jpg");
    running.interrupt();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn the_limit_holds_for_the_whole_run() {
    let (env, service) = (inbox(&[("a.png", 48)]), Service::new());
    let running = watch(&env, &service, "--max-cost 0.04").code(5).stdout("done/a-edited.jpg\n");
    let running = Watching::start(running.stderr_contains(&["$0.0085 of --max-cost $0.04 is left"]));
    wait_for(&env, "done/a-edited.jpg");
    env.write("inbox/b.png", png(60, 48));
    running.wait();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn several_watchers_of_one_directory_pay_once() {
    let (env, service) = (inbox(&[("a.png", 48), ("b.png", 60)]), Service::new());
    let run = || watch(&env, &service, "--max-cost 1").code(130).any_stdout().may_leave_temporary_files();
    let running = [Watching::start(run()), Watching::start(run())];
    wait_for(&env, "done/a-edited.jpg");
    wait_for(&env, "done/b-edited.jpg");
    for running in running {
        running.interrupt();
    }
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_limit_and_a_directory_for_results_are_required() {
    let (env, service) = (inbox(&[]), Service::new());
    let refused = |args: &str, code: i32, message: &str| {
        env.command(args).service(&service).code(code).stderr_contains(&[message]).assert();
    };
    refused("watch inbox -p x -d done", 2, "add --max-cost, or --max-cost-per-day");
    refused("watch inbox -p x -d inbox --max-cost 1", 2, "give -d another directory");
    refused("watch inbox -p x --max-cost 1", 2, "--out-dir <DIR>");
    refused("watch gone -p x -d done --max-cost 1", 3, "cannot watch gone: no such file or directory");
    refused("watch inbox -d done --max-cost 1", 2, "--prompt <TEXT>");
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_dry_run_lists_what_is_there_and_ends() {
    let (env, service) = (inbox(&[("a.png", 48), ("b.png", 60)]), Service::new());
    let run = watch(&env, &service, "--max-cost 1 --price 0.0315 --dry-run").any_stdout();
    let printed = String::from_utf8(run.assert().stdout).unwrap();
    assert!(printed.contains("done/a-edited.jpg") && printed.contains("done/b-edited.jpg"), "{printed}");
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_directory_that_disappears_is_watched_again_when_it_is_back() {
    let (env, service) = (inbox(&[("a.png", 40)]), Service::new());
    let watching = Watching::start(watch(&env, &service, "--max-cost 1").any_stdout().code(130));
    wait_for(&env, "done/a-edited.jpg");
    fs::remove_dir_all(env.path("inbox")).unwrap();
    fs::remove_dir_all(env.path("done")).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    env.write("inbox/b.png", png(50, 48));
    wait_for(&env, "done/b-edited.jpg");
    watching.interrupt();
    service.ledger().ensure_counts(2, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_watch_whose_results_have_no_place_ends_and_a_new_one_edits_what_is_left() {
    if !may_mount() {
        return;
    }
    for (options, message) in [
        ("size=8k", "done/a-edited.jpg: the disk is full"),
        ("ro", "cannot write to the directory done: the file system is read-only\n"),
    ] {
        let (env, service) = (inbox(&[("a.png", 40), ("b.png", 50)]), Service::new());
        fs::create_dir(env.path("done")).unwrap();
        let script = format!("mount -t tmpfs -o {options} none done && exec \"$0\" \"$@\"");
        let run =
            watch(&env, &service, "--max-cost 1 -j 1").wrapped_in("unshare", &["-m", "sh", "-c", &script]);
        let code = if options == "ro" { 3 } else { 11 };
        run.code(code).stderr_contains(&[message]).assert();
        assert_eq!(service.ledger().posts(), 0);
        let watching = Watching::start(watch(&env, &service, "--max-cost 1").any_stdout().code(130));
        wait_for(&env, "done/b-edited.jpg");
        wait_for(&env, "done/a-edited.jpg");
        watching.interrupt();
    }
}

#[test]
fn a_picture_whose_edit_may_have_been_charged_names_what_pays_again() {
    let env = inbox(&[("a.png", 48)]);
    let service = Service::with_faults(&["reset-after-charge:1"]);
    let edit = env.command("edit inbox/a.png -p x -d done -q").service(&service);
    edit.code(8).any_stderr().assert();
    let job = env.only_job().id;
    env.write("inbox/b.png", png(60, 48));
    // It may be interrupted before the run ends, and then exits with the code of the failure.
    let running = watch(&env, &service, "--max-cost 1").any_outcome();
    let running = running.stderr_contains(&[
        &format!("job {job} is for the same edit, and may have been charged"),
        &format!("`seededit recover --pay-again {job} --base-url"),
    ]);
    let running = Watching::start(running);
    wait_for(&env, "done/b-edited.jpg");
    running.interrupt();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_picture_is_not_paid_for_again_whatever_became_of_its_result() {
    let (env, service) = (inbox(&[("a.png", 48), ("b.png", 60), ("c.png", 72)]), Service::new());
    let running = Watching::start(watch(&env, &service, "--max-cost 1").code(130).any_stdout());
    for name in ["a", "b", "c"] {
        wait_for(&env, &format!("done/{name}-edited.jpg"));
    }
    running.interrupt();
    service.ledger().ensure_counts(3, 3);
    fs::rename(env.path("done/a-edited.jpg"), env.path("a.jpg")).unwrap();
    fs::remove_file(env.path("done/b-edited.jpg")).unwrap();
    env.write("done/c-edited.jpg", "changed");

    let planned = watch(&env, &service, "--max-cost 1 --dry-run --json").any_stdout().assert();
    let planned = String::from_utf8(planned.stdout).unwrap();
    assert_eq!(planned.matches(r#""reason":"made_before""#).count(), 3);
    let running = watch(&env, &service, "--max-cost 1").code(130).any_stdout();
    let left_out = [
        "inbox/a.png: this edit was paid for before, by job ",
        "done/a-edited.jpg is not there any more; `seededit edit` pays for another one",
        "done/b-edited.jpg is not there any more",
        "done/c-edited.jpg was changed",
    ];
    let running = running.stderr_contains(&left_out);
    let running = Watching::start(running);
    env.write("inbox/d.png", png(84, 48));
    wait_for(&env, "done/d-edited.jpg");
    assert_eq!(running.interrupt(), "done/d-edited.jpg\n");
    service.ledger().ensure_counts(4, 4);
}

#[test]
fn a_picture_whose_result_was_lost_is_not_paid_for_again() {
    let (env, service) = (inbox(&[("a.png", 48)]), Service::with_faults(&["reset-after-charge:1"]));
    let lost = env.command("edit inbox/a.png -p x -q --retries 0 -o out.jpg").service(&service);
    lost.any_outcome().assert();
    env.command("recover").service(&service).any_outcome().assert();
    assert_eq!(env.only_job().state, "lost");
    let planned = watch(&env, &service, "--max-cost 1 --dry-run").any_stdout().assert();
    let planned = String::from_utf8(planned.stdout).unwrap();
    assert!(planned.contains("paid for before") && planned.contains("its result was lost"), "{planned}");
    let running = watch(&env, &service, "--max-cost 1").code(130).any_stdout();
    let running = Watching::start(running.stderr_contains(&["inbox/a.png: this edit was paid for before"]));
    env.write("inbox/b.png", png(60, 48));
    wait_for(&env, "done/b-edited.jpg");
    running.interrupt();
    service.ledger().ensure_counts(2, 2);
}

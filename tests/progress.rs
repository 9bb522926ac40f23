//! Progress on a terminal, and signals.

#![cfg(unix)]

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use seededit::testing::sandbox::RetryAfter;

use crate::support::{RawServer, Service, Terminal, TestEnv, png, rows, sha256};

/// A service with this latency.
fn slow_service(millis: u64, faults: &[&str]) -> Service {
    Service::with_options(|options| {
        options.latency = Duration::from_millis(millis);
        options.faults = faults.iter().map(|typed| typed.parse().unwrap()).collect();
    })
}

fn wait_for_the_post(service: &Service) {
    let started = Instant::now();
    while service.ledger().posts() == 0 {
        assert!(started.elapsed() < Duration::from_secs(20), "nothing was posted");
        std::thread::sleep(Duration::from_millis(5));
    }
    // The service counts a request when its head has arrived; wait for the rest.
    std::thread::sleep(Duration::from_millis(100));
}

fn wait_for_the_download(service: &Service) {
    let started = Instant::now();
    while service.ledger().downloads() == 0 {
        assert!(started.elapsed() < Duration::from_secs(20), "nothing was downloaded");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn wait_for_a_request(server: &RawServer) {
    let started = Instant::now();
    while server.requests().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(20), "nothing was requested");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The last text written to each line of a terminal, without escape sequences that move the cursor.
fn last_lines(seen: &str) -> String {
    seen.lines()
        .map(|line| line.rsplit(['\r', '\u{1b}']).next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_terminal_shows_each_phase_and_the_time_and_then_only_the_result() {
    let (env, service) = (TestEnv::with_picture(), slow_service(700, &["slow-download"]));
    let run = env.edit("--seed 1").service(&service).any_stderr();
    let terminal = Terminal::spawn(run, 80);
    terminal.wait_for("waiting for the picture  0.");
    terminal.wait_for("downloading");
    terminal.wait_for(" KiB of ");
    let seen = terminal.wait();
    assert!(seen.contains("0.5 s") || seen.contains("0.6 s"), "the time goes on: {seen:?}");
    let spinner = ["⠋", "⠙", "⠹", "⠁", "⠂", "⠉", "⠒"];
    assert!(spinner.iter().any(|frame| seen.contains(frame)), "{seen:?}");
    let result = seen.rfind("out.jpg  1152×864 jpeg").unwrap();
    for phase in ["waiting", "downloading"] {
        assert!(seen.rfind(phase).unwrap() < result, "{phase} is drawn after the result: {seen:?}");
    }
    assert!(last_lines(&seen).contains("out.jpg"), "{seen:?}");
}

#[test]
fn a_long_upload_shows_its_bytes() {
    let env = TestEnv::new();
    // More than the socket buffers can hold.
    let mut picture = png(40, 40);
    picture.resize(10 << 20, 0);
    env.write("in.png", picture);
    let server = RawServer::new(|connection| {
        connection.read_head();
        connection.skip(100_000);
        std::thread::sleep(Duration::from_millis(800));
        connection.reset();
    });
    // Without --keep-metadata, the bytes after the picture would not be uploaded.
    let run = env.edit("--keep-metadata --retries 0").base_url(&server.url()).code(7).any_stderr();
    let terminal = Terminal::spawn(run, 80);
    terminal.wait_for("uploading ");
    terminal.wait_for(" MiB of ");
    let seen = terminal.wait();
    assert!(seen.contains("nothing was charged"), "{seen:?}");
    assert_eq!(server.connections(), 1);
}

#[test]
fn the_request_is_the_same_with_a_progress_bar() {
    let (env, server) = (
        TestEnv::with_picture(),
        RawServer::always_sending(crate::support::answer(
            400,
            "application/json",
            b"{\"message\":\"seen\"}",
            "",
        )),
    );
    Terminal::spawn(env.edit("--seed 1").base_url(&server.url()).code(6).any_stderr(), 80).wait();
    env.edit("--seed 1").base_url(&server.url()).code(6).any_stderr().assert();
    let requests = server.requests();
    assert_eq!(requests[0].body, requests[1].body);
    let names = |n: usize| {
        let headers = requests[n].headers.iter().map(|(name, _)| name.clone());
        headers.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names(0), names(1));
    assert_eq!(requests[0].header("content-length"), requests[1].header("content-length"));
}

#[test]
fn resizing_the_terminal_does_not_break_the_run() {
    let (env, service) = (TestEnv::with_picture(), slow_service(700, &[]));
    let terminal = Terminal::spawn(env.edit("").service(&service).any_stderr(), 80);
    terminal.wait_for("waiting for the picture");
    for columns in [20, 200, 1, 80] {
        terminal.resize(columns);
        terminal.signal(Signal::SIGWINCH);
        std::thread::sleep(Duration::from_millis(120));
    }
    terminal.wait();
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
}

#[test]
fn no_progress_is_drawn_if_disabled() {
    for (extra, term) in [("-q", "xterm"), ("--json", "xterm"), ("--no-progress", "xterm"), ("", "dumb")] {
        let (env, service) = (TestEnv::with_picture(), slow_service(300, &[]));
        let run = env.edit(extra).service(&service).env("TERM", term).env("NO_COLOR", "1").any_stderr();
        let seen = Terminal::spawn(run, 80).wait();
        assert!(!seen.contains("waiting") && !seen.contains('\u{1b}'), "{extra} {term}: {seen:?}");
        let rest = seen.replace("\r\n", "\n");
        assert!(!rest.contains('\r'), "{extra} {term}: {seen:?}");
    }
}

#[test]
fn pictures_are_neither_written_to_nor_read_from_a_terminal() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = env.command("edit in.png -p x -o -").service(&service).code(3);
    Terminal::spawn(
        run.stderr_contains(&["standard output is a terminal, which cannot show a picture"]),
        200,
    )
    .wait();
    let run = env.command("edit - -p x").service(&service).code(3);
    Terminal::spawn(
        run.stderr_contains(&["the picture is to come from standard input, which is a terminal"]),
        200,
    )
    .wait();
    service.ledger().ensure_counts(0, 0);
}

/// What the first signal prints if there is no line of progress.
const STOPPING: &str = "stopping after the edit in flight; Ctrl-C again quits now and may lose a paid edit\n";

#[test]
fn one_signal_during_the_wait_saves_the_paid_result() {
    let terminated = STOPPING.replace("Ctrl-C again", "a second signal");
    for (signal, code, message) in [(Signal::SIGINT, 130, STOPPING), (Signal::SIGTERM, 143, &*terminated)] {
        let (env, service) = (TestEnv::with_picture(), slow_service(600, &[]));
        let running = env.edit("-q").service(&service).code(code).stdout("out.jpg\n").stderr(message).spawn();
        wait_for_the_post(&service);
        running.signal(signal);
        running.wait();
        assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
        service.ledger().ensure_counts(1, 1);
    }
}

#[test]
fn a_signal_on_a_terminal_saves_the_paid_result() {
    let (env, service) = (TestEnv::with_picture(), slow_service(600, &[]));
    let terminal = Terminal::spawn(env.edit("").service(&service).code(130).any_stderr(), 80);
    terminal.wait_for("waiting for the picture");
    terminal.signal(Signal::SIGINT);
    terminal.wait();
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
}

#[test]
fn two_signals_exit_at_once() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let (env, service) = (TestEnv::with_picture(), slow_service(30_000, &[]));
        let message = "was sent and may be charged; `seededit recover` checks it";
        let running = env
            .edit("-q")
            .service(&service)
            .code(code)
            .stderr_contains(&[message])
            .may_leave_temporary_files()
            .spawn();
        wait_for_the_post(&service);
        running.signal(signal);
        std::thread::sleep(Duration::from_millis(100));
        let signaled = Instant::now();
        running.signal(signal);
        running.wait();
        assert!(signaled.elapsed() < Duration::from_secs(5), "{:?}", signaled.elapsed());
        // The next run removes what was left behind.
        let service = Service::new();
        env.edit("-q").service(&service).stdout("out.jpg\n").assert();
    }
}

#[test]
fn the_last_line_names_the_job_that_was_sent() {
    let (env, service) = (TestEnv::with_picture(), slow_service(30_000, &[]));
    let running = env.edit("-q").service(&service).code(130).any_stderr().may_leave_temporary_files().spawn();
    wait_for_the_post(&service);
    running.signal(Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(100));
    running.signal(Signal::SIGINT);
    let output = running.wait();
    let job = env.only_job().id;
    assert_eq!(
        output.stderr,
        format!(
            "{STOPPING}\nquit; job {job} was sent and may be charged; `seededit recover` checks it and saves the result if it \
             can still be fetched\n"
        )
    );
}

#[test]
#[ignore = "slow"]
fn the_first_signal_prints_what_a_second_one_risks_in_every_mode_without_progress() {
    for extra in ["-q", "--json", "--no-progress", "-q --json"] {
        let (env, service) = (TestEnv::with_picture(), slow_service(600, &[]));
        let running =
            env.edit(extra).service(&service).code(130).any_stdout().stderr_contains(&[STOPPING]).spawn();
        wait_for_the_post(&service);
        running.signal(Signal::SIGINT);
        running.wait();
        let (env, service) = (TestEnv::with_picture(), slow_service(600, &[]));
        env.write_manifest(&rows(2));
        let message = "stopping after the edits in flight; Ctrl-C again quits now and may lose paid edits\n";
        let run = env.batch(&format!("-j 1 {extra}"), &service).code(130).any_stdout();
        let running = run.stderr_contains(&[message]).spawn();
        wait_for_the_post(&service);
        running.signal(Signal::SIGINT);
        running.wait();
    }
}

#[test]
#[ignore = "slow"]
fn on_a_narrow_terminal_the_first_signal_still_names_the_risk() {
    for columns in [40, 45, 50, 60] {
        let (env, service) = (TestEnv::with_picture(), slow_service(900, &[]));
        let terminal = Terminal::spawn(env.edit("").service(&service).code(130).any_stderr(), columns);
        terminal.wait_for("waiting for");
        terminal.signal(Signal::SIGINT);
        terminal.wait_for("Ctrl-C again");
        let seen = terminal.wait();
        assert!(seen.contains("may lose"), "{seen:?}");
    }
}

#[test]
fn two_signals_during_a_download_say_that_the_job_was_paid() {
    let (env, service) = (TestEnv::with_picture(), slow_service(0, &["slow-download"]));
    let run = env.edit("-v --no-progress").service(&service).code(130).any_stderr();
    let running = run.may_leave_temporary_files().spawn();
    wait_for_the_download(&service);
    running.signal(Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(100));
    running.signal(Signal::SIGINT);
    let output = running.wait();
    let job = env.only_job().id;
    let last = format!("\nquit; job {job} was paid; `seededit recover` fetches its result\n");
    assert!(output.stderr.contains("stopping after the download;"), "{}", output.stderr);
    assert!(output.stderr.ends_with(&last), "{}", output.stderr);
    env.command("recover").service(&service).any_stdout().any_stderr().assert();
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn two_signals_at_a_sandbox_server_name_the_command_that_finds_the_job() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| {
        options.latency = Duration::from_secs(30);
        options.is_marked = true;
    });
    for (command, what) in [("edit", "checks it while"), ("batch", "checks the edits in flight while")] {
        env.write_manifest(&rows(1));
        let run =
            if command == "edit" { env.edit("-q").service(&service) } else { env.batch("-q", &service) };
        let posts = service.ledger().posts();
        let running = run.code(130).any_stderr().may_leave_temporary_files().spawn();
        while service.ledger().posts() == posts {
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(100));
        running.signal(Signal::SIGINT);
        std::thread::sleep(Duration::from_millis(100));
        running.signal(Signal::SIGINT);
        let seen = running.wait().stderr;
        let hint = format!("`seededit recover --base-url {}` {what} the sandbox runs", service.url());
        assert!(seen.contains(&env.normalize(&hint)), "{seen}");
    }
}

#[test]
fn a_signal_while_the_picture_is_read_ends_the_edit_with_a_line() {
    let env = TestEnv::new();
    let host = RawServer::new(|connection| {
        connection.read_request();
        std::thread::sleep(Duration::from_secs(20));
    });
    let service = Service::new();
    let link = format!("{}/cat.png", host.url());
    let running = env
        .command_with(["edit", "--fetch", &link, "add a bird"])
        .service(&service)
        .code(130)
        .stderr("\ninterrupted; nothing was sent\n")
        .spawn();
    wait_for_a_request(&host);
    running.signal(Signal::SIGINT);
    running.wait();
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_result_that_was_saved_after_a_signal_has_a_note() {
    let (env, service) = (TestEnv::with_picture(), slow_service(600, &[]));
    let note = "note: interrupted after the request was sent; its result is saved\n";
    let run = env.edit("").service(&service).code(130).any_stdout().stderr_contains(&[STOPPING, note]);
    let running = run.spawn();
    wait_for_the_post(&service);
    running.signal(Signal::SIGINT);
    running.wait();
}

#[test]
fn a_line_of_progress_leaves_room_for_the_echo_of_ctrl_c() {
    for columns in [40, 80] {
        let (env, service) = (TestEnv::with_picture(), slow_service(600, &[]));
        let seen = Terminal::spawn(env.edit("").service(&service).any_stderr(), columns).wait();
        let drawn = seen.split(['\r', '\n']).filter(|line| line.contains("waiting for the picture"));
        for line in drawn {
            let text = line.split('\u{1b}').next().unwrap_or_default();
            assert!(text.chars().count() <= usize::from(columns) - 2, "{line:?}");
        }
    }
}

#[test]
fn a_signal_during_a_retry_wait_sends_nothing_more() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| {
        options.faults = vec!["rate-limit".parse().unwrap()];
        options.retry_after = Some(RetryAfter::Seconds(Duration::from_secs(100)));
    });
    let running = env.edit("-q --json").service(&service).code(130).any_stdout().any_stderr().spawn();
    wait_for_the_post(&service);
    running.signal(Signal::SIGINT);
    let record = running.wait().json();
    assert_eq!(
        (&record["error"]["kind"], &record["error"]["charged"]),
        (&"interrupted".into(), &"no".into())
    );
    service.ledger().ensure_counts(1, 0);
    assert_eq!(env.file_names(), ["in.png"]);
}

#[test]
#[ignore = "slow"]
fn the_total_line_is_visible_on_a_short_terminal() {
    let (env, service) = (TestEnv::with_picture(), slow_service(2500, &[]));
    env.write_manifest(&rows(8));
    let run = env.batch("-j 8", &service).any_stderr();
    let terminal = Terminal::spawn_with_size(run, 100, 5);
    terminal.wait_for("waiting for the picture");
    std::thread::sleep(Duration::from_millis(500));
    let before = terminal.screen().len();
    std::thread::sleep(Duration::from_millis(700));
    let drawn = terminal.screen().split_off(before);
    assert!(drawn.contains("8 left"), "{drawn:?}");
    terminal.wait();
}

#[test]
fn a_terminal_gets_one_line_for_each_result_and_a_pipe_gets_the_paths() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write_manifest(&rows(3));
    let seen = Terminal::spawn(env.batch("", &service).any_stderr(), 120).wait();
    let lines: Vec<&str> = seen.lines().filter(|line| line.contains(".jpg")).collect();
    let results = lines.iter().filter(|line| line.contains("✓")).count();
    assert_eq!(results, 3, "{seen:?}");
    let bare = lines.iter().filter(|line| !line.contains("1152×864") && !line.contains(':')).count();
    assert_eq!(bare, 0, "{seen:?}");
    // With -q, only the paths are printed.
    let quiet = Terminal::spawn(env.edit("-q --seed 1").service(&service).any_stderr(), 120).wait();
    assert_eq!(quiet.trim(), "out.jpg");
}

#[test]
fn messages_wrap_between_words_at_the_width_of_the_terminal() {
    let env = TestEnv::new();
    let run = env.command("edit missing.jpg x").code(3).any_stderr();
    let seen = Terminal::spawn(run, 40).wait();
    for line in seen.replace('\r', "").lines() {
        let plain = env.normalize(line);
        let plain: String =
            plain.split("\u{1b}[").map(|part| part.split_once('m').map_or(part, |(_, rest)| rest)).collect();
        assert!(plain.chars().count() <= 40, "{plain:?} in {seen:?}");
    }
    assert!(seen.contains("hint:"), "{seen:?}");
}

#[test]
#[ignore = "slow"]
fn after_ctrl_c_a_line_warns_of_a_second_one_and_the_summary_says_how_to_continue() {
    for columns in [80, 40] {
        let (env, service) = (TestEnv::with_picture(), slow_service(1500, &[]));
        env.write_manifest(&rows(6));
        let terminal = Terminal::spawn(env.batch("-j 2", &service).code(130).any_stderr(), columns);
        terminal.wait_for("waiting for");
        terminal.signal(Signal::SIGINT);
        terminal.wait_for("Ctrl-C again");
        let seen = terminal.wait();
        assert!(seen.contains("may lose"), "{seen:?}");
        assert!(seen.replace("\r\n", " ").contains("interrupted: run the same command again"), "{seen:?}");
    }
}

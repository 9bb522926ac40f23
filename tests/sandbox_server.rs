//! `seededit sandbox`: the stand-in service as a separate process.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{TestEnv, closed_port};

/// A running `seededit sandbox`.
struct SandboxProcess {
    child: Child,
    url: String,
}

impl SandboxProcess {
    fn new(args: &[&str]) -> SandboxProcess {
        let mut child = Command::new(env!("CARGO_BIN_EXE_seededit"))
            .arg("sandbox")
            .args(args)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        // The line is printed once connections are accepted. If the program fails, it prints none.
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        SandboxProcess { child, url: url.trim_end().to_owned() }
    }
}

impl Drop for SandboxProcess {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn the_first_line_is_the_url_and_edits_can_be_sent_to_it() {
    let (env, sandbox) = (TestEnv::with_picture(), SandboxProcess::new(&[]));
    assert!(sandbox.url.starts_with("http://127.0.0.1:"), "{}", sandbox.url);
    env.edit("-q").base_url(&sandbox.url).stdout("out.jpg\n").assert();
}

#[test]
fn two_sandboxes_can_run_at_once() {
    let (first, second) = (SandboxProcess::new(&[]), SandboxProcess::new(&[]));
    assert_ne!(first.url, second.url);
    for sandbox in [&first, &second] {
        let env = TestEnv::with_picture();
        env.edit("-q").base_url(&sandbox.url).stdout("out.jpg\n").assert();
    }
}

#[test]
fn faults_prices_and_keys_can_be_set() {
    let env = TestEnv::with_picture();
    let sandbox = SandboxProcess::new(&[
        "--fault",
        "rate-limit:1",
        "--retry-after",
        "0",
        "--price",
        "0.5",
        "--key",
        crate::support::KEY,
    ]);
    let record = env.edit("--json").base_url(&sandbox.url).any_stdout().any_stderr().assert().json();
    assert_eq!((&record["usd"], &record["attempts"]), (&0.5.into(), &2.into()));
    env.edit("-f").base_url(&sandbox.url).env("SEEDEDIT_API_KEY", "another").code(4).any_stderr().assert();
    let poor = SandboxProcess::new(&["--balance", "0.01"]);
    env.edit("-f")
        .base_url(&poor.url)
        .code(5)
        .stderr_contains(&[
            "error: You've run out of credits.",
            "hint: nothing was charged; start the sandbox again with a higher --balance",
        ])
        .assert();
}

#[test]
fn the_balance_of_a_sandbox_server_needs_no_key() {
    let (env, sandbox) = (TestEnv::new(), SandboxProcess::new(&["--balance", "12.5"]));
    let run = env.command("balance").base_url(&sandbox.url).env("SEEDEDIT_API_KEY", "");
    run.stdout("12.50 USD\n").assert();
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_sandbox_cleanly() {
    use nix::sys::signal::{Signal, kill};
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        let mut sandbox = SandboxProcess::new(&[]);
        kill(nix::unistd::Pid::from_raw(sandbox.child.id().cast_signed()), signal).unwrap();
        let started = Instant::now();
        let status = loop {
            match sandbox.child.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
            assert!(started.elapsed() < Duration::from_secs(20), "{signal} did not end it");
        };
        assert_eq!(status.code(), Some(0), "{signal}");
        let mut message = String::new();
        sandbox.child.stderr.take().unwrap().read_to_string(&mut message).unwrap();
        assert_eq!(message, "note: Ctrl-C ends it; send edits to it with --base-url and any key\n");
    }
}

#[test]
fn invalid_sandbox_options_are_refused() {
    let env = TestEnv::new();
    env.command("sandbox --fault rate-limt")
        .code(2)
        .stderr_contains(&["there is no fault called `rate-limt`"])
        .assert();
    env.command("sandbox --fault server-error")
        .code(2)
        .stderr_contains(&["`server-error` needs one of 500, 502, 503 and 504"])
        .assert();
    env.command("sandbox --listen 192.0.2.1:0")
        .code(3)
        .stderr_contains(&[
            "error: cannot listen on 192.0.2.1:0: the sandbox listens on loopback only",
            "hint: choose a free port",
        ])
        .assert();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    env.command_with(["sandbox", "--listen", &address])
        .code(3)
        .stderr_contains(&["error: cannot listen on 127.0.0.1:[port]"])
        .assert();
}

#[test]
fn jobs_of_a_sandbox_server_stay_out_of_the_real_journal() {
    let (env, sandbox) = (TestEnv::with_picture(), SandboxProcess::new(&["--price", "0.5"]));
    let note =
        format!("note: {} is a sandbox: the result is not the model's work", env.normalize(&sandbox.url));
    env.edit("--seed 4").base_url(&sandbox.url).any_stdout().stderr_contains(&[&note]).assert();
    env.command("history")
        .stderr("note: no jobs yet; the sandbox has a history of its own: `seededit history --sandbox`\n")
        .assert();
    let cost = env.command("history --sandbox --cost --json").any_stdout().assert();
    assert!(cost.json_lines().iter().all(|record| record["usd"] == 0.5), "{:?}", cost.json_lines());
    env.edit("--seed 4 --reuse").base_url(&sandbox.url).any_stdout().any_stderr().assert();
    assert_eq!(env.command("history --sandbox --json").any_stdout().assert().json_lines().len(), 1);
}

#[test]
fn jobs_of_a_sandbox_server_that_has_ended_are_given_up_or_dismissed() {
    let (env, sandbox) = (TestEnv::with_picture(), SandboxProcess::new(&["--fault", "html-200"]));
    let hint =
        "run `seededit recover --base-url http://127.0.0.1:[port]` to ask the sandbox what happened to it";
    env.edit("").base_url(&sandbox.url).code(8).stderr_contains(&[hint]).any_stdout().assert();
    env.command("recover")
        .stderr(
            "note: nothing to recover; the sandbox has a journal of its own, with unfinished jobs: \
             `seededit recover --sandbox`\n",
        )
        .assert();
    let job = || env.command("history --sandbox --json").any_stdout().assert().json();
    assert_eq!(job()["state"], "unknown");
    // While the server runs, another sandbox cannot know the outcome of the job.
    env.command("recover --sandbox").code(8).stderr_contains(&["seededit recover --base-url"]).assert();
    drop(sandbox);
    env.command("recover --sandbox").stderr_contains(&["is given up: its sandbox has stopped"]).assert();
    let name = job()["job"].as_str().unwrap().to_owned();
    env.command("history forget --yes --sandbox").arg(name).stderr_contains(&["1 job forgotten"]).assert();
    env.command("recover --sandbox").stderr("note: nothing to recover\n").assert();
}

#[test]
fn the_next_action_after_an_undelivered_result_is_right_for_the_sandbox() {
    let undelivered = |fault: &str, hints: &[&str]| {
        let (env, sandbox) = (TestEnv::with_picture(), SandboxProcess::new(&["--fault", fault]));
        let run = env.edit("-q --retries 0").base_url(&sandbox.url).code(9);
        run.stderr_contains(hints).assert();
    };
    undelivered(
        "download-error=500",
        &[
            "hint: in the sandbox, this cost nothing: run `seededit recover --base-url http://127.0.0.1:[port]` to fetch it \
           while the sandbox runs",
        ],
    );
    undelivered(
        "expired-link",
        &[
            "hint: in the sandbox, this cost nothing: `seededit recover --base-url http://127.0.0.1:[port]` tries it again \
             while the sandbox runs, or `seededit recover --pay-again ",
            " sends the edit again; the call was ",
        ],
    );
}

#[test]
fn every_hint_about_a_charge_in_the_sandbox_says_that_it_cost_nothing() {
    for (fault, code) in
        [("reset-after-charge", 8), ("html-200", 8), ("empty-data", 10), ("html-download", 9)]
    {
        let (env, sandbox) = (TestEnv::with_picture(), SandboxProcess::new(&["--fault", fault]));
        let start = "hint: in the sandbox, this cost nothing: ";
        let edit = || env.edit("-q --retries 0").base_url(&sandbox.url).any_stdout();
        edit().code(code).stderr_contains(&[start]).assert();
        env.write("m.jsonl", "{\"image\": \"in.png\", \"prompt\": \"y\", \"output\": \"y.jpg\"}\n");
        let batch = || env.command("batch m.jsonl -q --retries 0").base_url(&sandbox.url).any_stdout();
        batch().code(code).stderr_contains(&[start]).assert();
        batch().code(code).stderr_contains(&[start]).assert();
    }
}

#[test]
fn an_account_without_credit_in_the_sandbox_names_both_causes() {
    let (env, sandbox) = (TestEnv::with_picture(), SandboxProcess::new(&["--fault", "no-credits"]));
    let hint = "start the sandbox again with a higher --balance, or without the fault `no-credits`, then run";
    env.edit("-q").base_url(&sandbox.url).code(5).stderr_contains(&[hint]).assert();
}

#[test]
fn a_dry_run_in_the_sandbox_knows_the_price() {
    let env = TestEnv::with_picture();
    let price = || {
        let run = env.edit("--sandbox --dry-run --json").any_stdout();
        run.assert().json()["usd"].clone()
    };
    assert_eq!(price(), 0.0315);
    let sandbox = SandboxProcess::new(&["--price", "0.25"]);
    env.edit("-q").base_url(&sandbox.url).stdout("out.jpg\n").assert();
    std::fs::remove_file(env.path("out.jpg")).unwrap();
    assert_eq!(price(), 0.25, "the last price at any sandbox");
    env.write("m.jsonl", "{\"image\": \"in.png\", \"prompt\": \"x\", \"output\": \"x.jpg\"}\n");
    let plan = env.command("batch m.jsonl --sandbox --dry-run --json").any_stdout().assert().json_lines();
    assert_eq!(plan.last().unwrap()["usd"], 0.25);
}

#[test]
fn the_sandbox_draws_inside_the_region_with_its_label() {
    let env = TestEnv::new();
    env.write("in.png", crate::support::png(800, 600));
    let run = env.command_with(["edit", "in.png", "a red roof", "-o", "out.png"]);
    run.args("--sandbox -q --region 400x300+300+200").stdout("out.png\n").assert();
    let picture = |name: &str| image::load_from_memory(&env.read(name)).unwrap().into_rgb8();
    let (before, after) = (picture("in.png"), picture("out.png"));
    let in_region = |x: u32, y: u32| (300..700).contains(&x) && (200..500).contains(&y);
    let (mut red, mut dark) = (0, 0);
    for (x, y, pixel) in after.enumerate_pixels() {
        if !in_region(x, y) {
            assert_eq!(pixel, before.get_pixel(x, y), "{x}, {y}");
            continue;
        }
        let [r, g, b] = pixel.0;
        red += u32::from(r > 160 && g < 90 && b < 90);
        dark += u32::from(r < 60 && g < 60 && b < 60);
    }
    assert!(red > 4_000, "the sticker: {red} pixels");
    assert!(dark > 4_000, "the label: {dark} pixels");
}

#[test]
fn a_whole_picture_edit_is_reported_as_one() {
    let env = TestEnv::new();
    env.write("in.png", crate::support::png(800, 600));
    let run = env.command_with([
        "edit",
        "in.png",
        "at night",
        "-o",
        "out.png",
        "--preserve",
        "--json",
        "--sandbox",
    ]);
    assert_eq!(run.any_stdout().assert().json()["extent"], "whole");
}

#[test]
fn while_the_sandbox_is_selected_a_url_may_only_name_a_sandbox_server() {
    let (env, sandbox) = (TestEnv::with_picture(), SandboxProcess::new(&[]));
    let edit = |url: &str| env.edit("-q").args(&format!("--base-url {url}")).env("SEEDEDIT_SANDBOX", "1");
    edit(&sandbox.url).stdout("out.jpg\n").assert();
    let service = crate::support::Service::new();
    for url in [service.url(), "https://example.com/v1".into()] {
        let run = edit(&url).arg("-f").code(2);
        run.stderr_contains(&["SEEDEDIT_SANDBOX is set and --base-url names another service"]).assert();
    }
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn nothing_is_taken_from_an_answer_but_what_the_sandbox_drew() {
    let env = TestEnv::new();
    let picture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/harbour.jpg");
    env.write("harbour.jpg", std::fs::read(picture).unwrap());
    for prompt in ["add a boat", "add a bird"] {
        let args = [
            "edit",
            "harbour.jpg",
            prompt,
            "--seed",
            "8",
            "--sandbox",
            "--preserve",
            "-o",
            "out.png",
            "-f",
            "--json",
        ];
        let record = env.command_with(args).any_stdout().any_stderr().assert().json();
        // The object, and the label at the lower edge.
        let parts = record["parts"].as_array().unwrap();
        assert_eq!((parts.len(), &parts[1]["left"]), (2, &0.into()), "{prompt}: {parts:?}");
    }
}

#[test]
fn the_url_of_a_sandbox_server_counts_with_the_variable_of_the_sandbox() {
    let (env, sandbox) = (TestEnv::with_picture(), SandboxProcess::new(&["--fault", "html-200"]));
    let edit = |url: &str| env.edit("-q").env("SEEDEDIT_SANDBOX", "1").env("SEEDEDIT_BASE_URL", url);
    edit(&sandbox.url).code(8).any_stderr().assert();
    // Any other service stays out of reach.
    edit("https://example.com").stdout("out.jpg\n").assert();
}

#[test]
fn commands_say_that_a_sandbox_has_ended_and_how_to_start_it_again() {
    let env = TestEnv::with_picture();
    let (closed, _kept) = closed_port();
    let url = format!("http://{closed}");
    let hint = [
        "check whether a server runs at http://127.0.0.1:[port]: a sandbox ends with its command",
        "`seededit sandbox --listen 127.0.0.1:[port]` starts it again",
    ];
    for command in ["edit in.png x -o out.jpg", "balance", "models check"] {
        // A retry would only take time.
        for key in ["", "any-key-of-the-sandbox"] {
            let run = env.command(command).args("--base-url").arg(&url);
            let run = run.env("SEEDEDIT_RETRIES", "0").env("SEEDEDIT_API_KEY", key);
            let hints = run.code(7).stderr_contains(&hint).any_stdout().assert().stderr;
            assert!(!hints.contains("auth login"), "{command}: {hints}");
        }
        // A URL that is remembered is the same.
        env.write_config(&format!("base_url = \"{url}\"\nretries = 0\n"));
        env.command(command).code(7).stderr_contains(&hint).any_stdout().assert();
        env.write_config("");
    }
}

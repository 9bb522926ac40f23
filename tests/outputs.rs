//! Outputs: their paths, formats, and existing files.

use std::fs;

use seededit::testing::picture::{Format, Header, decode, ensure_complete};

use crate::support::{RawServer, Service, TestEnv, answer, as_delivered, png, sha256};

#[test]
fn without_an_output_the_result_is_written_beside_the_picture() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("album/cat.png", png(40, 40));
    let run = |name: &str| {
        env.command_with(["edit", "album/cat.png", "add a bird", "-q"])
            .service(&service)
            .stdout(name)
            .assert()
    };
    run("album/cat-edited.jpg\n");
    run("album/cat-edited-2.jpg\n");
    run("album/cat-edited-3.jpg\n");
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn an_output_directory_keeps_the_generated_name() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    fs::create_dir(env.path("results")).unwrap();
    for output in ["results", "results/"] {
        env.command_with(["edit", "in.png", "x", "-q", "--format", "png", "-o", output])
            .service(&service)
            .any_stdout()
            .assert();
    }
    assert!(env.path("results/in-edited.png").is_file());
    assert!(env.path("results/in-edited-2.png").is_file());
}

#[test]
fn the_missing_directory_of_an_output_is_created_except_in_a_dry_run() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let args = "edit in.png -p x -q -o new/deep/out.jpg";
    env.command(args).args("--dry-run").service(&service).any_stdout().any_stderr().assert();
    assert_eq!(env.file_names(), ["in.png"]);
    service.ledger().ensure_counts(0, 0);
    env.command(args).service(&service).stdout("new/deep/out.jpg\n").assert();
    env.command("edit in.png -p x -q -o in.png/out.jpg").service(&service).code(3).any_stderr().assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn standard_output_contains_only_the_picture() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = env.command_with(["edit", "in.png", "add a bird", "-o", "-", "--seed", "3"]).service(&service);
    let output = run
        .any_stdout()
        .stderr("✓ standard output  1152×864 jpeg, [amount]  $0.0315  [time]  seed 3\n")
        .assert();
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&as_delivered(&output.stdout)));
    assert_eq!(env.file_names(), ["in.png"]);
    let output = env.command("edit in.png -p x -q -o - --format png").service(&service).any_stdout().assert();
    assert_eq!(Format::sniff(&output.stdout), Some(Format::Png));
    ensure_complete(&output.stdout).unwrap();
}

#[test]
fn the_delivered_bytes_are_kept_for_a_jpeg() {
    for name in ["out.jpg", "out.jpeg", "OUT.JPG"] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        env.command_with(["edit", "in.png", "x", "-q", "-o", name])
            .service(&service)
            .stdout(format!("{name}\n"))
            .assert();
        assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer(name)), "{name}");
    }
}

#[test]
fn png_and_webp_results_have_the_same_pixels() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for name in ["a.jpg", "a.png", "a.webp"] {
        let args = ["edit", "in.png", "add a bird", "--seed", "5", "-q", "-o", name];
        env.command_with(args).service(&service).stdout(format!("{name}\n")).assert();
    }
    let pixels = |name: &str| decode(&env.read(name)).unwrap().image.to_rgb8();
    assert_eq!(Format::sniff(&env.read("a.png")), Some(Format::Png));
    assert_eq!(Format::sniff(&env.read("a.webp")), Some(Format::WebP));
    assert!(pixels("a.jpg") == pixels("a.png"), "PNG changed pixels");
    assert!(pixels("a.png") == pixels("a.webp"), "WebP changed pixels");
}

#[test]
fn quality_re_encodes_a_jpeg() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for (name, quality) in [("low.jpg", "10"), ("high.jpg", "100")] {
        let args = ["edit", "in.png", "x", "--seed", "5", "-q", "--quality", quality, "-o", name];
        env.command_with(args).service(&service).any_stdout().assert();
        ensure_complete(&env.read(name)).unwrap();
    }
    assert!(env.read("low.jpg").len() * 3 < env.read("high.jpg").len());
    assert_ne!(service.ledger().charge(1)["result_sha256"], sha256(&env.read_answer("high.jpg")));
}

#[test]
fn the_format_matches_the_extension_whatever_the_service_delivers() {
    // A service that returns a PNG although its documentation says JPEG.
    let picture = png(64, 48);
    let server = RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        if request.line.starts_with("GET") {
            connection.send(&answer(200, "image/png", &picture, ""));
        } else {
            let link = format!("http://{}/x.jpeg?X-Tos-Signature=s3cr3t", request.header("host").unwrap());
            let body = format!("{{\"data\":[{{\"url\":\"{link}\"}}]}}");
            connection.send(&answer(200, "application/json", body.as_bytes(), ""));
        }
        connection.finish();
    });
    let env = TestEnv::with_picture();
    env.edit("-q").base_url(&server.url()).stdout("out.jpg\n").assert();
    assert_eq!(Format::sniff(&env.read("out.jpg")), Some(Format::Jpeg));
    env.command("edit in.png -p x -q -o out.png").base_url(&server.url()).stdout("out.png\n").assert();
    assert_eq!(env.read_answer("out.png"), png(64, 48), "what is a PNG already is kept");
}

#[test]
fn an_output_that_exists_is_refused_before_anything_is_sent() {
    for extra in ["", "--if-exists fail"] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        env.write("out.jpg", "precious");
        env
            .edit(extra)
            .service(&service)
            .code(3)
            .stderr("error: out.jpg exists\nhint: choose another name, overwrite it with --force, or add a number to the name with --if-exists rename\n")
            .assert();
        service.ledger().ensure_counts(0, 0);
        assert_eq!(env.read("out.jpg"), b"precious");
    }
}

#[test]
fn an_output_is_overwritten_only_on_request() {
    for extra in ["-f -q", "--force -q", "--if-exists overwrite -q"] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        env.write("out.jpg", "precious");
        env.edit(extra).service(&service).stdout("out.jpg\n").assert();
        assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
    }
}

#[test]
fn an_existing_output_is_renamed_or_skipped_on_request() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("out.jpg", "precious");
    env.edit("--if-exists rename -q").service(&service).stdout("out-2.jpg\n").assert();
    env.edit("--if-exists rename -q").service(&service).stdout("out-3.jpg\n").assert();
    env.edit("--if-exists skip")
        .service(&service)
        .stdout("out.jpg\n")
        .stderr("note: out.jpg exists; nothing was sent\n")
        .assert();
    let output = env.edit("--if-exists skip --json").service(&service).any_stdout().assert();
    assert_eq!(output.json()["status"], "skipped");
    service.ledger().ensure_counts(2, 2);
    assert_eq!(env.read("out.jpg"), b"precious");
}

#[test]
fn an_existing_picture_is_replaced_only_by_a_complete_one() {
    let env = TestEnv::with_picture();
    env.write("out.jpg", "precious");
    let service = Service::with_faults(&["html-download"]);
    env.edit("-f --retries 0").service(&service).code(9).any_stderr().assert();
    assert_eq!(env.read("out.jpg"), b"precious");
    assert_eq!(env.file_names(), ["in.png", "out.jpg"]);
}

#[test]
fn an_output_created_during_the_call_is_not_replaced() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_millis(600));
    let running = env
        .edit("--seed 1")
        .service(&service)
        .stdout("out-2.jpg\n")
        .stderr_contains(&["note: out.jpg was created in the meantime; the result is out-2.jpg\n"])
        .spawn();
    while service.ledger().posts() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    env.write("out.jpg", "theirs");
    running.wait();
    assert_eq!(env.read("out.jpg"), b"theirs");
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out-2.jpg")));
}

#[test]
fn two_runs_do_not_write_the_same_output() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_millis(800));
    // While the first run waits, a temporary file reserves its output.
    let first = env.edit("-q").service(&service).stdout("out.jpg\n").spawn();
    while service.ledger().posts() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let other = TestEnv::with_picture();
    let output = env.path("out.jpg");
    other
        .command_with(["edit", "in.png", "x", "-o"])
        .arg(&output)
        .service(&service)
        .code(3)
        .stderr_contains(&[
            "error: another seededit is writing ",
            "hint: wait until it is done, or choose another output with -o\n",
        ])
        .assert();
    first.wait();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn the_same_seed_makes_the_same_picture_and_a_random_seed_is_reported() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let edit = |extra: &str, name: &str| {
        let args = ["edit", "in.png", "add a bird", "--json", "-o", name];
        let run = env.command_with(args.into_iter().chain(extra.split_whitespace())).service(&service);
        run.any_stdout().assert().json()
    };
    let first = edit("", "a.jpg");
    let again = edit(&format!("--seed {}", first["seed"]), "b.jpg");
    let other = edit("", "c.jpg");
    assert_eq!(first["seed"], again["seed"]);
    assert_eq!(env.read_answer("a.jpg"), env.read_answer("b.jpg"));
    assert_ne!(first["seed"], other["seed"]);
    assert_eq!(first["sha256"], sha256(&env.read("a.jpg")));
    assert_eq!(service.ledger().charge(0)["seed"], first["seed"]);
}

#[cfg(unix)]
#[test]
fn results_have_the_mode_of_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    for (umask, mode) in [("000", 0o666), ("022", 0o644), ("077", 0o600)] {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        let script = format!("umask {umask}; exec \"$0\" \"$@\"");
        env.edit("-q").service(&service).wrapped_in("sh", &["-c", &script]).stdout("out.jpg\n").assert();
        let found = fs::metadata(env.path("out.jpg")).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "umask {umask}");
    }
}

#[cfg(unix)]
#[test]
fn a_symlink_is_written_through_and_stays_a_symlink() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("real.jpg", "old");
    std::os::unix::fs::symlink("real.jpg", env.path("out.jpg")).unwrap();
    env.edit("-f -q").service(&service).any_stdout().assert();
    assert!(fs::symlink_metadata(env.path("out.jpg")).unwrap().is_symlink());
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("real.jpg")));
}

#[cfg(unix)]
#[test]
fn a_symlink_planted_at_the_temporary_file_is_not_followed() {
    let (env, service) = (
        TestEnv::with_picture(),
        Service::with_options(|options| options.latency = std::time::Duration::from_millis(500)),
    );
    // The name of the temporary file depends only on that of the output, so a first run shows it.
    let running = env.edit("-q").service(&service).stdout("out.jpg\n").spawn();
    let temporary = loop {
        let found = env.file_names().into_iter().find(|name| name.starts_with(".seededit-"));
        match found {
            Some(name) => break name,
            None => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
    };
    running.wait();
    let victim = env.write("victim", "precious");
    fs::remove_file(env.path("out.jpg")).unwrap();
    std::os::unix::fs::symlink(&victim, env.path(&temporary)).unwrap();
    env.edit("").service(&service).code(3).stderr_contains(&["error: cannot write out.jpg"]).assert();
    assert_eq!(env.read("victim"), b"precious");
    service.ledger().ensure_counts(1, 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_output_is_reported_as_paid() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.command("edit in.png -p x -o -")
        .service(&service)
        .wrapped_in("sh", &["-c", "exec \"$0\" \"$@\" > /dev/full"])
        .code(9)
        .stderr_contains(&["error: the result was paid for but could not be saved", "price $0.0315"])
        .assert();
}

#[test]
fn the_json_matches_the_header_of_the_result() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let output = env.command("edit in.png -p x --json -o a.webp").service(&service).any_stdout().assert();
    let (record, bytes) = (output.json(), env.read("a.webp"));
    let header = Header::read(&bytes).unwrap();
    assert_eq!(record["format"], "webp");
    assert_eq!(record["bytes"], bytes.len());
    assert_eq!(
        (&record["width"], &record["height"]),
        (&header.size.width.into(), &header.size.height.into())
    );
    assert_eq!(record["sha256"], sha256(&bytes));
}

#[test]
fn an_impossible_file_name_is_refused_before_anything_is_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let name = |length: usize| format!("{}.jpg", "x".repeat(length - 4));
    let refused = |row: serde_json::Value, flags: &str| {
        env.write_manifest(&[row]);
        env.batch(flags, &service)
            .code(3)
            .stderr_contains(&["m.jsonl:1: the name", "at most 255 bytes"])
            .assert();
    };
    let row = |output: String| serde_json::json!({"image": "in.png", "prompt": "x", "output": output});
    refused(row(format!("missing/{}", name(256))), "");
    refused(row(name(256)), "--force");
    refused(row(name(251)), "--if-exists rename");
    let mut chain = row(name(250));
    chain["then"] = serde_json::json!(["y"]);
    refused(chain, "");
    env.command_with(["edit", "in.png", "x", "-o", &name(256)])
        .service(&service)
        .code(3)
        .stderr_contains(&["at most 255"])
        .assert();
    service.ledger().ensure_counts(0, 0);
    env.write_manifest(&[row(format!("missing/{}", name(255)))]);
    env.batch_exits("", &service, 0);
}

//! `edit` with several pictures or several results.

use std::fs;

use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, png};

#[test]
fn several_pictures_share_a_prompt_and_an_output_directory() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("two.png", png(48, 64));
    let run =
        env.command_with(["edit", "in.png", "two.png", "-p", "add a bird", "-d", "new/out", "--seed", "7"]);
    run.service(&service)
        .stdout("new/out/in-edited.jpg\nnew/out/two-edited.jpg\n")
        .stderr_contains(&["2 tasks: 2 made  $0.063"])
        .assert();
    service.ledger().ensure_counts(2, 2);
    assert_eq!(service.ledger().charge(0)["seed"], 7);
}

#[test]
fn variations_have_consecutive_seeds_and_numbered_names() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run =
        env.command_with(["edit", "in.png", "x", "-n", "4", "--seed", "10", "--json"]).service(&service);
    let records = run.any_stdout().any_stderr().assert().json_lines();
    let found: Vec<_> =
        records.iter().map(|record| (record["output"].clone(), record["seed"].clone())).collect();
    let expected: Vec<_> = (1..=4).map(|n| (json!(format!("in-edited-{n}.jpg")), json!(9 + n))).collect();
    assert_eq!(found, expected);
    let mut pictures: Vec<_> = (1..=4).map(|n| env.read(format!("in-edited-{n}.jpg"))).collect();
    pictures.dedup();
    assert_eq!(pictures.len(), 4);
}

#[test]
fn names_follow_the_template() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let args =
        ["edit", "in.png", "x", "-n", "2", "--seed", "3", "--name", "{seed}_{stem}_{n}.png", "-d", "o"];
    env.command_with(args).service(&service).stdout("o/3_in_1.png\no/4_in_2.png\n").any_stderr().assert();
    assert!(env.read("o/3_in_1.png").starts_with(b"\x89PNG"));
    let run = env
        .command_with(["edit", "in.png", "x", "--name", "{stem}-{job}.{ext}", "--format", "webp"])
        .service(&service);
    let output = run.any_stderr().any_stdout().assert();
    assert_eq!(output.stdout.len(), "in-0123456789abcdef.webp\n".len());
}

#[test]
fn a_directory_is_mirrored() {
    let (env, service) = (TestEnv::new(), Service::new());
    for name in ["p/a.png", "p/sub/b.PNG", "p/sub/deep/c.png", "p/.hidden/d.png", "p/notes.txt", "p/.e.png"] {
        env.write(name, png(48, 48));
    }
    let run = |extra: &str| env.command("edit -R p -p x -d p/out").args(extra).service(&service).any_stderr();
    run("").stdout("p/out/a-edited.jpg\np/out/sub/b-edited.jpg\np/out/sub/deep/c-edited.jpg\n").assert();
    // Pictures in the output directory are not inputs.
    run("--pay-again")
        .stdout("p/out/a-edited-2.jpg\np/out/sub/b-edited-2.jpg\np/out/sub/deep/c-edited-2.jpg\n")
        .assert();
    fs::create_dir(env.path("empty")).unwrap();
    let run = env.command_with(["edit", "-R", "empty", "-p", "x", "-d", "o"]).service(&service).code(3);
    run.stderr_contains(&["no picture in empty"]).assert();
    let run = env.command_with(["edit", "p", "x"]).service(&service).code(3);
    run.stderr_contains(&["p is a directory", "-R"]).assert();
    service.ledger().ensure_counts(6, 6);
}

#[test]
fn two_edits_with_the_same_output_are_refused_before_anything_is_sent() {
    let (env, server) = (TestEnv::new(), RawServer::new(|_| {}));
    for name in ["a/x.png", "b/X.png"] {
        env.write(name, png(48, 48));
    }
    let run = env
        .command_with(["edit", "a/x.png", "b/X.png", "-p", "x", "-d", "out"])
        .base_url(&server.url())
        .code(3);
    run.stderr(
        "error: out/X-edited.jpg is the output of both a/x.png and b/X.png\n\
         hint: make the names differ: --name \"{stem}-edited-{seed}.{ext}\"\n\
         error: 1 fault\nhint: nothing was sent; fix it first\n",
    )
    .assert();
    let run = env
        .command_with(["edit", "a/x.png", "x", "-n", "2", "--name", "{stem}.{ext}"])
        .base_url(&server.url());
    run.code(3).stderr_contains(&["several results of a/x.png would be written to a/x.jpg"]).assert();
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_picture_that_is_refused_is_named_in_its_record_with_its_hint() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("p/a.png", png(48, 48));
    env.write("p/cut.png", &png(48, 48)[..200]);
    env.write("p/thin.png", png(14, 60));
    let run = env.command("edit -R p -p x -d o --json").service(&service).code(3).any_stdout().any_stderr();
    let records = run.assert().json_lines();
    let found: Vec<_> = records
        .iter()
        .map(|record| (record["input"].as_str(), record["error"]["hint"].as_str().unwrap_or_default()))
        .collect();
    let expected = [
        (Some("p/cut.png"), "get a new copy of the file"),
        (Some("p/thin.png"), "extend it with --fit pad, or crop it first"),
        (None, "nothing was sent; fix all of them first, or continue without: --skip-unreadable"),
    ];
    assert_eq!(found, expected);
    // So is one whose output is in the way.
    env.write("o/a-edited.jpg", "in the way");
    let args = ["edit", "p/a.png", "p/a.png", "-p", "x", "-d", "o", "--name", "{stem}-edited.{ext}"];
    let run = env.command_with(args).args("--if-exists fail --json").service(&service);
    let records = run.code(3).any_stdout().any_stderr().assert().json_lines();
    assert_eq!(records[0]["input"], "p/a.png");
    service.ledger().ensure_counts(0, 0);
}

/// The template that the hint suggests.
fn suggested_name(stderr: &str) -> String {
    let (_, rest) =
        stderr.split_once("hint: make the names differ: --name \"").unwrap_or_else(|| panic!("{stderr}"));
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn the_hint_for_equal_names_resolves_them() {
    let (env, service) = (TestEnv::new(), Service::new());
    for name in ["x.png", "a/y.png", "b/y.png"] {
        env.write(name, png(48, 48));
    }
    env.write("x.jpg", crate::support::jpeg(48, 48));
    for (arguments, expected) in [
        (&["x.png", "x.jpg", "--seed", "5"][..], "{stem}-edited-{ext_in}.{ext}"),
        (&["x.png", "x.jpg", "--seed", "5", "--name", "{stem}-{seed}.{ext}"], "{stem}-{seed}-{ext_in}.{ext}"),
        (&["x.png", "-n", "2", "--seed", "5", "--name", "{stem}.png"], "{stem}-{n}.png"),
        (
            &["x.png", "x.jpg", "-n", "2", "--seed", "5", "--name", "{stem}.{ext}"],
            "{stem}-{ext_in}-{n}.{ext}",
        ),
        (&["a/y.png", "b/y.png"], "{stem}-edited-{seed}.{ext}"),
        (&["a/y.png", "b/y.png", "--seed", "5"], "{stem}-edited-{job}.{ext}"),
    ] {
        let command = || {
            let all = ["edit", "-q", "-p", "z", "-d", "out"].iter().chain(arguments).copied();
            let kept: Vec<&str> = all.collect();
            kept
        };
        let refused = env.command_with(command()).service(&service).code(3).any_stderr().assert();
        let template = suggested_name(&refused.stderr);
        assert_eq!(template, expected, "{arguments:?}");
        let mut again = command();
        if let Some(at) = again.iter().position(|argument| *argument == "--name") {
            again.drain(at..at + 2);
        }
        again.extend(["--name", &template, "--dry-run"]);
        env.command_with(again).service(&service).any_stdout().any_stderr().assert();
    }
    // Rows that name the same output need other outputs.
    let row = |prompt: &str| serde_json::json!({"image": "x.png", "prompt": prompt, "output": "o.jpg"});
    env.write_manifest(&[row("a"), row("b")]);
    env.batch("", &service).code(3).stderr_contains(&["hint: give each row an output of its own"]).assert();
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn names_have_the_picture_s_name_and_the_columns_of_a_row() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = env.command_with(["edit", "in.png", "x", "-q", "--name", "{name}.{ext_in}.{ext}"]);
    run.service(&service).stdout("in.png.png.jpg\n").assert();
    env.write("m.csv", "id,image,Farbe & Holz\nA1,in.png,rot\nA2,in.png,../grün\n");
    let batch = |name: &str| {
        env.command_with(["batch", "m.csv", "-q", "-j1", "-p", "z", "-d", "o", "--name", name])
            .service(&service)
    };
    batch("{id} {Farbe & Holz}.{ext}").stdout("o/A1 rot.jpg\no/A2 -grün.jpg\n").assert();
    batch("{id}-{Farbe}.{ext}")
        .code(3)
        .stderr_contains(&["m.csv:2: the name of the result: the row has no value for {Farbe}"])
        .assert();
    let run = env.command_with(["edit", "in.png", "x", "--name", "{stem}-{Farbe}.{ext}"]).service(&service);
    run.code(2).stderr_contains(&["--name: there is no {Farbe}; there are {stem}, {name}, "]).assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn one_unreadable_picture_of_several_is_reported_and_nothing_is_sent() {
    let (env, server) = (TestEnv::with_picture(), RawServer::new(|_| {}));
    env.write("bad.png", "no picture");
    let run = env
        .command_with(["edit", "in.png", "bad.png", "gone.png", "-p", "x"])
        .base_url(&server.url())
        .code(3);
    run.stderr_contains(&["error: bad.png", "error: cannot read gone.png", "error: 2 faults"]).assert();
    assert_eq!(server.connections(), 0);
}

#[test]
fn some_failures_leave_the_other_results_and_exit_with_11() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["server-error=500:1"]));
    env.write("two.png", png(48, 64));
    let run =
        env.command_with(["edit", "in.png", "two.png", "-p", "x", "-d", "o", "--retries", "0", "-j", "1"]);
    run.service(&service)
        .code(11)
        .stdout("o/two-edited.jpg\n")
        .stderr_contains(&["error: in.png: Internal server error", "2 tasks: 1 made, 1 failed"])
        .assert();
}

#[test]
fn standard_input_can_have_several_variations() {
    let (env, service) = (TestEnv::new(), Service::new());
    let run = env
        .command_with(["edit", "-", "x", "-n", "2", "--seed", "1", "-d", "o"])
        .service(&service)
        .stdin(png(48, 48));
    run.stdout("o/stdin-edited-1.jpg\no/stdin-edited-2.jpg\n").any_stderr().assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn reuse_returns_an_earlier_result_at_no_cost_while_it_is_unchanged() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("--seed 4 -q").service(&service).any_stdout().assert();
    let copy = |output: &str| {
        env.command_with(["edit", "in.png", "add a bird", "--seed", "4", "--reuse", "--json", "-o", output])
            .service(&service)
    };
    for (output, price) in [("copy.jpg", "price: $0"), ("out.jpg", "")] {
        let args = ["edit", "in.png", "add a bird", "--seed", "4", "--reuse", "--dry-run", "-o", output];
        let output = env
            .command_with(args)
            .service(&service)
            .any_stdout()
            .stderr_contains(&["made this result"])
            .assert();
        let printed = String::from_utf8_lossy(&output.stdout);
        // The result exists at this output already, so there is nothing to send or to show.
        assert!(printed.contains(price) && printed.is_empty() == price.is_empty(), "{printed}");
    }
    let record = copy("copy.jpg").any_stdout().assert().json();
    assert_eq!(
        (&record["usd"], &record["reused"], &record["attempts"]),
        (&json!(0), &json!(true), &json!(0))
    );
    assert_eq!(env.read("copy.jpg"), env.read("out.jpg"));
    // The result itself as output is no conflict.
    let record = copy("out.jpg").any_stdout().assert().json();
    assert_eq!(record["output"], json!("out.jpg"));
    service.ledger().ensure_counts(1, 1);
    let run = env
        .command_with(["edit", "in.png", "add a bird", "--seed", "4", "--reuse", "-o", "third.png"])
        .service(&service);
    run.stdout("third.png\n").stderr_contains(&["nothing was sent  $0.00"]).assert();
    // Another seed and a changed result are paid for.
    let run = env
        .command_with(["edit", "in.png", "add a bird", "--seed", "5", "--reuse", "-o", "5.jpg"])
        .service(&service);
    run.any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(2, 2);
    env.write("out.jpg", "altered");
    copy("4.jpg").any_stdout().assert();
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn a_dry_run_of_several_lists_them() {
    let (env, server) = (TestEnv::with_picture(), RawServer::new(|_| {}));
    let run = env.command_with([
        "edit",
        "in.png",
        "x",
        "-n",
        "2",
        "--seed",
        "1",
        "--dry-run",
        "--price",
        "0.5",
        "-d",
        "o",
    ]);
    run.base_url(&server.url())
        .stdout("in.png → o/in-edited-1.jpg  seed 1\nin.png → o/in-edited-2.jpg  seed 2\n2 tasks: 2 to do, 0 done\n2 edits at $0.50: $1.00, as given with --price\n")
        .assert();
    assert_eq!((server.connections(), env.file_names()), (0, vec!["in.png".to_owned()]));
}

#[test]
fn the_summary_counts_reused_and_skipped_results() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for name in ["a.png", "b.png", "c.png"] {
        env.write(name, crate::support::png(u32::from(name.as_bytes()[0]), 90));
    }
    let edit = |rest: &str| {
        let args = format!("edit {rest} -p x --seed 5 --reuse");
        env.command(&args).service(&service).any_stdout()
    };
    edit("a.png b.png -d one").stderr_contains(&["2 tasks: 2 made  $0.063  "]).assert();
    edit("a.png b.png c.png -d two").stderr_contains(&["3 tasks: 1 made, 2 reused  $0.0315  "]).assert();
    edit("a.png b.png c.png -d two").stderr_contains(&["3 tasks: 0 made, 3 reused  $0.00  "]).assert();
    env.write("three/a-edited.jpg", "mine");
    let skipped = edit("a.png b.png -d three --if-exists skip");
    skipped.stderr_contains(&["2 tasks: 0 made, 1 reused, 1 skipped  $0.00  "]).assert();
    service.ledger().ensure_counts(3, 3);
}

#[cfg(unix)]
#[test]
#[ignore = "slow"]
fn the_line_of_a_run_counts_reused_results_as_done() {
    use crate::support::Terminal;

    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_millis(700));
    for name in ["a.png", "b.png", "c.png"] {
        env.write(name, crate::support::png(u32::from(name.as_bytes()[0]), 90));
    }
    let edit = |rest: &str| {
        let args = format!("edit {rest} -p x --seed 5 --reuse -j 1");
        env.command(&args).service(&service).any_stdout().any_stderr()
    };
    edit("a.png b.png -d one -q").assert();
    let terminal = Terminal::spawn(edit("a.png b.png c.png -d two"), 80);
    terminal.wait_for("2 done (2 reused), 1 left");
    terminal.wait();
}

#[test]
fn reuse_finds_an_earlier_result_at_its_destination() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q --seed 5").service(&service).any_stdout().assert();
    for _ in 0..2 {
        let args = ["edit", "in.png", "add a bird", "-o", "again.jpg", "--seed", "5", "--reuse", "-q"];
        env.command_with(args).service(&service).stdout("again.jpg\n").assert();
    }
    service.ledger().ensure_counts(1, 1);
}

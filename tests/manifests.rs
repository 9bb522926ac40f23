//! Manifests: all faults in all rows are reported before anything is sent.

use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, rows};

#[test]
fn a_fault_in_the_last_line_sends_nothing() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let mut all = rows(50);
    all.push(json!({"image": "gone.png", "prompt": "x"}));
    env.write_manifest(&all);
    env.batch("", &service)
        .code(3)
        .stderr(
            "error: m.jsonl:51: image: cannot read gone.png: no such file or directory\n\
             hint: check the path, which is relative to the manifest\n\
             error: 1 fault in m.jsonl\nhint: nothing was sent; fix it first\n",
        )
        .assert();
    service.ledger().ensure_counts(0, 0);
    assert!(!env.path("out").exists());
}

#[test]
fn all_faults_are_reported_with_their_lines() {
    let (env, server) = (TestEnv::with_picture(), RawServer::new(|_| {}));
    env.write("cut.png", &env.read("in.png")[..500]);
    env.write("taken.jpg", "");
    let lines = [
        r#"{"image":"in.png","prompt":"ok"}"#,
        r#"{"image":"in.png"}"#,
        r#"{"image":"in.png","prompt":"x","sede":1}"#,
        r#"not json"#,
        "",
        r#"{"image":"cut.png","prompt":"x"}"#,
        r#"{"image":"in.png","prompt":"x","output":"taken.jpg"}"#,
        r#"{"image":"in.png","prompt":"x","output":"a.jpg","id":"same"}"#,
        r#"{"image":"in.png","prompt":"x","output":"A.JPG","id":"same"}"#,
        r#"{"image":"in.png","prompt":"x","output":"a.bmp"}"#,
        r#"{"image":"in.png","prompt":"x","output":"in.png/a.jpg"}"#,
        r#"{"image":"in.png","prompt":"x","seed":2147483647,"count":2}"#,
    ];
    env.write("m.jsonl", lines.join("\n"));
    let run = env.command("batch m.jsonl").base_url(&server.url()).code(3);
    let message = run
        .stderr_contains(&[
            "m.jsonl:2: the row has no prompt",
            "m.jsonl:3: unknown field `sede`; did you mean `seed`?",
            "m.jsonl:4: not JSON: `o` at column 2 is unexpected; a quote or a comma may be missing",
            "m.jsonl:6: image: cut.png is truncated: its end is missing",
            "m.jsonl:12: seed: 2 variations from seed 2147483647 exceed the largest seed",
            "m.jsonl:7: taken.jpg exists",
            "m.jsonl:9: the id is already used by line 8",
            "m.jsonl:9: A.JPG is also the output of line 8",
            "m.jsonl:10: a.bmp does not name a supported output format",
            "m.jsonl:11: in.png is not a directory",
            "error: 10 faults in m.jsonl",
        ])
        .assert()
        .stderr;
    assert!(!message.contains("m.jsonl:1:") && !message.contains("m.jsonl:8:"), "{message}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn csv_and_json_lines_are_equivalent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write(
        "dir/m.csv",
        "image,prompt,output,seed,guidance_scale,watermark,count,then\r\n\
         ../in.png,\"say \"\"hi\"\", twice\",a.jpg,7,4.5,false,,\r\n\
         ../in.png,,b/,,,,2,at night\r\n",
    );
    let run = env.command("batch dir/m.csv -p all --json").service(&service).any_stdout().any_stderr();
    let records = run.assert().json_lines();
    let field = |number: usize, name: &str| records[number][name].clone();
    assert_eq!((field(0, "prompt"), field(0, "seed")), (json!("say \"hi\", twice"), json!(7)));
    assert_eq!((field(0, "guidance_scale"), field(0, "output")), (json!(4.5), json!("dir/a.jpg")));
    assert_eq!(field(0, "line"), json!(2));
    assert_eq!(
        (field(1, "output"), field(2, "output")),
        (json!("dir/b/in-edited-1.jpg"), json!("dir/b/in-edited-2.jpg"))
    );
    assert_eq!(field(2, "seed").as_u64().unwrap(), (field(1, "seed").as_u64().unwrap() + 1) % (1 << 31));
    service.ledger().ensure_counts(5, 5);
}

#[test]
fn a_manifest_from_standard_input_can_be_resumed() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let text: String = rows(2).iter().map(|row| format!("{row}\n")).collect();
    let run = || env.command("batch -").service(&service).stdin(&text).any_stderr();
    run().stdout("out/1.jpg\nout/2.jpg\n").assert();
    run().assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_file_that_is_not_a_manifest_is_refused() {
    let (env, server) = (TestEnv::with_picture(), RawServer::new(|_| {}));
    let run = |args: &str| env.command(args).base_url(&server.url()).code(3);
    run("batch gone.jsonl")
        .stderr_contains(&["cannot read the manifest gone.jsonl", "hint: name a file"])
        .assert();
    run("batch .").stderr_contains(&["cannot read the manifest ."]).assert();
    env.write_manifest(&rows(1));
    let overwriting = env.command("batch m.jsonl --report ./m.jsonl").base_url(&server.url()).code(3);
    overwriting.stderr_contains(&["the report would replace the manifest"]).assert();
    run("batch in.png -p x")
        .stderr(
            "error: in.png is a picture, and a batch reads a list of edits\n\
             hint: edit it with `seededit edit in.png PROMPT`, or name a file of JSON lines or CSV\n",
        )
        .assert();
    env.write("binary", [0xFF, 0x00, 0xFE]);
    run("batch binary").stderr_contains(&["binary:1: not UTF-8 text"]).assert();
    // This begins like UTF-16.
    env.write("binary", [0xFF, 0xFE, 0x00]);
    run("batch binary")
        .stderr_contains(&["cannot read the manifest binary: not UTF-16 text, although it begins like that"])
        .assert();
    env.command("batch -").base_url(&server.url()).stderr_contains(&["0 tasks: 0 made"]).assert();
    assert_eq!(server.connections(), 0);
}

/// Panics unless the rows are refused with this message before anything is sent or created.
fn ensure_refused(env: &TestEnv, rows: &[serde_json::Value], flags: &str, message: &[&str]) {
    let service = Service::new();
    env.write_manifest(rows);
    env.batch(flags, &service).code(3).stderr_contains(message).assert();
    service.ledger().ensure_counts(0, 0);
}

/// A row with this output.
fn row_to(output: &str) -> serde_json::Value {
    json!({"image": "in.png", "prompt": output, "output": output})
}

#[cfg(unix)]
#[test]
fn outputs_that_are_the_same_file_through_links_are_refused() {
    let env = TestEnv::with_picture();
    std::fs::create_dir_all(env.path("real/deep")).unwrap();
    std::os::unix::fs::symlink("real", env.path("link")).unwrap();
    std::os::unix::fs::symlink("real/deep", env.path("far")).unwrap();
    let message = ["m.jsonl:2: ", "is also the output of line 1"];
    ensure_refused(&env, &[row_to("real/a.jpg"), row_to("link/a.jpg")], "--force", &message);
    ensure_refused(&env, &[row_to("real/new/a.jpg"), row_to("link/new/a.jpg")], "--force", &message);
    ensure_refused(&env, &[row_to("real/a.jpg"), row_to("far/../a.jpg")], "--force", &message);
    assert!(!env.path("real/new").exists());
}

#[test]
fn an_output_that_conflicts_with_a_directory_or_a_step_is_refused() {
    let env = TestEnv::with_picture();
    let directory = ["m.jsonl:2: o/a.jpg must be a directory for the result of line 1"];
    ensure_refused(&env, &[row_to("o/a.jpg/b.jpg"), row_to("o/a.jpg")], "", &directory);
    let directory = ["m.jsonl:1: o/a.jpg must be a directory for the result of line 2"];
    ensure_refused(&env, &[row_to("o/a.jpg"), row_to("o/a.jpg/b.jpg")], "", &directory);
    let mut chain = row_to("both.jpg");
    chain["then"] = json!(["more"]);
    let step = ["m.jsonl:2: both-step1.jpg is also the output of a step of line 1"];
    ensure_refused(&env, &[chain, row_to("both-step1.jpg")], "--keep-steps", &step);
}

#[test]
fn an_output_that_is_also_an_input_is_refused() {
    let env = TestEnv::with_picture();
    env.write("q.png", crate::support::png(50, 40));
    let own = ["m.jsonl:1: in.png is the input of the row itself", "and pay for it"];
    ensure_refused(&env, &[json!({"image": "in.png", "prompt": "x", "output": "in.png"})], "--force", &own);
    let rows = [
        json!({"image": "in.png", "prompt": "x", "output": "q.png"}),
        json!({"image": "q.png", "prompt": "x", "output": "r.png"}),
    ];
    ensure_refused(&env, &rows, "--force", &["m.jsonl:1: q.png is the input of line 2"]);
    // `edit --force` may overwrite its own input, but not that of another edit.
    let service = Service::new();
    let edit = |args: &str| env.command(&format!("edit -q -p x -d . --force {args}")).service(&service);
    edit("in.png q.png --name {stem}.png").any_stdout().assert();
    env.write("a.png", crate::support::png(50, 40));
    env.write("a-edited.jpg", crate::support::jpeg(50, 40));
    edit("a.png a-edited.jpg")
        .code(3)
        .stderr_contains(&["a-edited.jpg is the input of another edit"])
        .assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn all_faults_of_a_row_are_reported_at_once() {
    let env = TestEnv::with_picture();
    let row =
        json!({"image": "gone.png", "seed": -1, "guidance_scale": 500, "count": 0, "id": "", "then": [" "]});
    let message = [
        "m.jsonl:1: the row has no prompt",
        "m.jsonl:1: seed: expected a whole number from 0 to 2147483647, found -1",
        "m.jsonl:1: guidance_scale: a guidance scale must be a number from 0 to 100, found 500",
        "m.jsonl:1: count: expected a whole number from 1 to 1000, found 0",
        "m.jsonl:1: then: the prompt is empty",
        "m.jsonl:1: id: expected",
        "m.jsonl:1: image: cannot read gone.png",
        "error: 7 faults in m.jsonl",
    ];
    ensure_refused(&env, &[row], "", &message);
    env.write("m.jsonl", r#"{"image":"in.png","prompt":"x","prompt":"y","output":"a.jpg","output":"b.jpg"}"#);
    let service = Service::new();
    let message = ["m.jsonl:1: prompt: given more than once", "m.jsonl:1: output: given more than once"];
    env.batch("", &service).code(3).stderr_contains(&message).assert();
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn faults_are_reported_in_the_order_of_the_rows() {
    let env = TestEnv::with_picture();
    env.write("out.jpg", "mine");
    let row = |id: &str, output: &str, seed: i64| json!({"image": "in.png", "prompt": "x", "id": id, "output": output, "seed": seed});
    let rows = [
        row("a", "out.jpg", 1),
        row("b", "b.jpg", -1),
        row("c", "c.jpg", 1),
        row("c", "d.jpg", 1),
        row("e", "e.jpg", -1),
        row("f", "c.jpg", 1),
    ];
    env.write_manifest(&rows);
    let run = env.command("batch m.jsonl --sandbox").code(3).any_stderr().assert();
    let lines: Vec<&str> =
        run.stderr.lines().filter_map(|line| line.strip_prefix("error: m.jsonl:")).collect();
    let starts = [
        "1: out.jpg exists",
        "2: seed: expected",
        "4: the id is already used by line 3",
        "5: seed: expected",
        "6: c.jpg is also the output of line 3",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:?}");
    assert!(lines.iter().zip(starts).all(|(line, start)| line.starts_with(start)), "{lines:?}");
}

#[test]
fn a_directory_that_no_row_needs_is_mentioned() {
    let env = TestEnv::with_picture();
    env.write_manifest(&[row_to("a.jpg")]);
    let note = "note: -d unused is not used: it is for rows without an `output`, and every row has one\n";
    let run = |flags: &str| env.command(&format!("batch m.jsonl --sandbox --dry-run {flags}")).any_stdout();
    run("-d unused").stderr_contains(&[note]).assert();
    run("").assert();
    env.write_manifest(&[row_to("a.jpg"), json!({"image": "in.png", "prompt": "y"})]);
    run("-d used").assert();
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_written_is_found_before_anything_is_sent() {
    let env = TestEnv::with_picture();
    let rows = [row_to("a.jpg"), row_to("/proc/zz.jpg"), row_to("/proc/yy.jpg"), row_to("/proc/new/xx.jpg")];
    let refused = "cannot write to the directory /proc:";
    let message = [&*format!("m.jsonl:2: {refused}"), &format!("m.jsonl:4: {refused}")];
    ensure_refused(&env, &rows, "", &message);
    assert_eq!(env.file_names(), ["in.png", "m.jsonl"]);
}

#[test]
fn a_misspelt_column_hides_no_other_fault() {
    let (env, server) = (TestEnv::with_picture(), RawServer::new(|_| {}));
    env.write(
        "m.csv",
        "image,promt,seed,then\nin.png,x,1,y\ngone.png,x,2,\nin.png,x,many,[oops\nin.png,x,3,z,more\nin.png,,4,\n",
    );
    let run = env.command("batch m.csv -p x --seed 1").base_url(&server.url()).code(3);
    run.stderr_contains(&[
        "m.csv:1: unknown column `promt`; did you mean `prompt`?",
        "m.csv:3: image: cannot read gone.png",
        "m.csv:4: then: begins with `[`",
        "m.csv:4: seed: expected",
        "m.csv:5: the header has 4 columns, but the row has 5",
        "m.csv:6: in-edited.jpg is also the output of line 2",
        "error: 6 faults in m.csv",
    ])
    .assert();
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_row_with_several_results_and_one_file_for_them_is_told_to_name_a_directory() {
    let env = TestEnv::with_picture();
    env.write_manifest(&[
        json!({"image": "in.png", "prompt": "x", "count": 2, "output": "out.jpg"}),
        json!({"image": "in.png", "prompt": "y", "count": 2, "output": "out/"}),
        json!({"image": "in.png", "prompt": "z", "output": "out.jpg"}),
    ]);
    let run = env.command("batch m.jsonl --sandbox --dry-run --json").code(3);
    let run = run.stderr_contains(&[
        "m.jsonl:1: several results of the row would be written to out.jpg",
        "hint: name a directory as its `output`, such as \"out/\"; --name says how the results in it are called",
        "m.jsonl:3: out.jpg is also the output of line 1",
    ]);
    let records = run.any_stdout().assert().json_lines();
    let found: Vec<_> =
        records.iter().map(|record| (record["status"].as_str().unwrap(), &record["line"])).collect();
    // Rows with faults are not listed as planned.
    let (one, two, three) = (json!(1), json!(2), json!(3));
    let rows = [("planned", &two), ("planned", &two), ("error", &one), ("error", &three)];
    assert_eq!(found[..4], rows, "{records:?}");
    let run = env.command("batch m.jsonl --sandbox --dry-run").code(3).any_stderr();
    let listed = String::from_utf8(run.any_stdout().assert().stdout).unwrap();
    assert!(
        listed.lines().all(|line| line.starts_with("line 2: ")) && listed.lines().count() == 2,
        "{listed}"
    );
}

#[test]
fn every_shard_finds_the_clashes_of_the_whole_manifest() {
    let (env, server) = (TestEnv::with_picture(), RawServer::new(|_| {}));
    let row = |prompt: usize, output: &str| json!({"image": "in.png", "prompt": prompt.to_string(), "output": output});
    let mut all: Vec<_> = (0..8).map(|number| row(number, &format!("{number}.jpg"))).collect();
    all.push(row(8, "3.jpg"));
    all.push(row(9, "4.jpg/below.jpg"));
    env.write_manifest(&all);
    for shard in 1..=4 {
        let run = env.command(&format!("batch m.jsonl --shard {shard}/4")).base_url(&server.url()).code(3);
        run.stderr_contains(&[
            "m.jsonl:9: 3.jpg is also the output of line 4",
            "m.jsonl:5: 4.jpg must be a directory for the result of line 10",
            "error: 2 faults in m.jsonl",
        ])
        .assert();
    }
    assert_eq!(server.connections(), 0);
}

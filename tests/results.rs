//! The names of results (`@`, `@2`, `@JOB`), and `undo` and `redo`.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Output, Service, TestEnv, sha256};

/// `edit PICTURE PROMPT` without a name for the result, and its record.
fn edit(env: &TestEnv, service: &Service, picture: &str, prompt: &str) -> Value {
    let run = env.command_with(["edit", picture, prompt, "--json"]).service(service);
    run.any_stdout().assert().json()
}

fn job(record: &Value) -> &str {
    record["job"].as_str().unwrap()
}

fn shown(env: &TestEnv, record: &Value) -> Value {
    env.command_with(["history", "show", job(record), "--json"]).any_stdout().assert().json()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What `undo` or `redo` prints.
fn step(env: &TestEnv, command: &str) -> Value {
    env.command(&format!("{command} --json")).any_stdout().assert().json()
}

#[test]
fn an_edit_of_the_last_result_continues_from_it_and_overwrites_nothing() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let first = edit(&env, &service, "in.png", "add a bird");
    assert_eq!(first["output"], "in-edited.jpg");
    let bytes = env.read("in-edited.jpg");

    let run = env.command_with(["edit", "@", "at night"]).service(&service).stdout("in-edited-2.jpg\n");
    let note =
        format!("note: the picture is in-edited.jpg, the result of job {}: \"add a bird\"\n", job(&first));
    run.stderr_contains(&[&note]).assert();
    let third = edit(&env, &service, "@", "in the rain");
    assert_eq!((&third["input"], &third["output"]), (&json!("in-edited-2.jpg"), &json!("in-edited-3.jpg")));
    assert_eq!(env.file_names(), ["in-edited-2.jpg", "in-edited-3.jpg", "in-edited.jpg", "in.png"]);
    assert_eq!(env.read("in-edited.jpg"), bytes);
    assert_eq!(shown(&env, &third)["input_sha256"], sha256(&env.read("in-edited-2.jpg")));
    service.ledger().ensure_counts(3, 3);
}

#[test]
fn the_result_of_a_result_in_another_directory_is_next_to_it() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("there/.keep", "");
    env.command_with(["edit", "in.png", "x", "-o", "there/a.jpg", "-q"])
        .service(&service)
        .any_stdout()
        .assert();
    assert_eq!(edit(&env, &service, "@", "y")["output"], "there/a-edited.jpg");
    // Without a rule that renames, the name could be that of the picture itself.
    let run = env.command_with(["edit", "@", "z", "-f", "--json"]).service(&service);
    assert_eq!(run.any_stdout().assert().json()["output"], "there/a-edited-edited.jpg");
}

#[test]
fn results_are_counted_back_or_named_by_their_jobs() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let first = edit(&env, &service, "in.png", "one");
    let refused = env.command_with(["edit", "in.png", "x", "--size", "1x1", "-q"]).service(&service);
    refused.code(3).any_stderr().assert();
    let second = edit(&env, &service, "in.png", "two");
    let named = |name: &str| {
        let run = env.command_with(["inspect", name, "--json"]);
        run.any_stdout().assert().json()["input"].as_str().unwrap().to_owned()
    };
    let (of_first, of_second) = (first["output"].as_str().unwrap(), second["output"].as_str().unwrap());
    for (name, file) in [
        ("@".to_owned(), of_second),
        ("@1".to_owned(), of_second),
        ("@2".to_owned(), of_first),
        (format!("@{}", job(&first)), of_first),
        (format!("@{}", &job(&second)[..10]), of_second),
    ] {
        assert_eq!(named(&name), file, "{name}");
    }
    let shown = env.command("history show @2 --json").any_stdout().assert().json();
    assert_eq!(shown["job"], first["job"]);
    for (name, message) in [
        ("@3", "error: no result `@3`: there are 2 results\n"),
        ("@0", "error: no result `@0`\n"),
        (
            "@zz",
            "error: no job `zz`\nhint: `seededit history` lists them; a file that is called `@zz` is `./@zz`\n",
        ),
    ] {
        let code = if name == "@0" { 2 } else { 3 };
        let run = env.command_with(["edit", name, "x"]).service(&service);
        run.code(code).stderr_contains(&[message]).assert();
    }
}

#[test]
fn a_file_that_is_called_like_a_result_is_reached_by_its_path() {
    let env = TestEnv::with_picture();
    fs::copy(env.path("in.png"), env.path("@")).unwrap();
    env.command("inspect @")
        .code(3)
        .stderr_contains(&["error: there is no result yet\n", "is `./@`"])
        .assert();
    let read = env.command("inspect ./@ --json").any_stdout().assert().json();
    assert_eq!(read["input"], "./@");
    fs::copy(env.path("in.png"), env.path("@a.png")).unwrap();
    env.command("inspect @a.png").any_stdout().assert();
}

#[test]
fn a_result_in_the_place_of_the_prompt_is_an_error_that_says_so() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for name in ["@", "@2"] {
        let run = env.command_with(["edit", "at night", name]).service(&service).code(2);
        let message = format!("error: the last argument is the prompt, and `{name}` is a result\n");
        run.stderr_contains(&[&message, "hint: put the prompt last"]).assert();
    }
    // A file with the prompt precedes the second result.
    env.write("2", "at night");
    assert_eq!(edit(&env, &service, "in.png", "@2")["prompt"], "at night");
}

#[test]
fn the_sandbox_has_results_of_its_own() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("--sandbox -q").any_stdout().assert();
    env.command("edit @ x").service(&service).code(3).stderr_contains(&["there is no result yet"]).assert();
    let run = env.command_with(["edit", "@", "at night", "--sandbox", "--json"]);
    assert_eq!(run.any_stdout().assert().json()["input"], "out.jpg");
    env.command("undo").code(3).stderr_contains(&["there is no result yet"]).assert();
    env.command("undo --sandbox").stdout("out.jpg\n").any_stderr().assert();
    let merged = env.command("merge in.png @ --sandbox -o merged.png --json").any_stdout().assert().json();
    assert_eq!(merged["edited"], "out.jpg");
    let run = env.command("merge in.png out.jpg --sandbox -o m.png").code(2);
    run.stderr_contains(&["--sandbox chooses a history"]).assert();
}

#[test]
fn a_result_that_is_gone_is_an_error_that_names_what_helps() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let record = edit(&env, &service, "in.png", "x");
    fs::remove_file(env.path("in-edited.jpg")).unwrap();
    let gone = format!("error: in-edited.jpg, the result of job {}, no longer exists\n", job(&record));
    let run = env.command("edit @ y").service(&service).code(3);
    run.stderr_contains(&[&gone, "hint: name the file if it was moved"]).assert();

    let args = ["edit", "in.png", "z", "--preserve", "-o", "kept.png", "-q"];
    env.command_with(args).service(&service).any_stdout().assert();
    fs::remove_file(env.path("kept.png")).unwrap();
    let run = env.command("edit @ y").service(&service).code(3);
    run.stderr_contains(&["kept.png, the result of job", "hint: its answer is kept: [data]/answers/"])
        .assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_result_that_was_changed_is_not_used_silently() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    edit(&env, &service, "in.png", "x");
    fs::copy(env.path("in.png"), env.path("in-edited.jpg")).unwrap();
    for flag in ["-q", "--json"] {
        let run = env.command_with(["edit", "@", "y", flag]).service(&service).code(3).any_stdout();
        run.stderr_contains(&["error: in-edited.jpg was changed since job", "name the file itself"]).assert();
    }
    service.ledger().ensure_counts(1, 1);
    let run = env.command("edit @ y").service(&service).any_stdout();
    run.stderr_contains(&["note: in-edited.jpg was changed since job"]).assert();
}

#[test]
fn a_result_without_a_file_is_not_replaced_by_an_older_one() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    edit(&env, &service, "in.png", "x");
    env.command("edit in.png y -o - -q").service(&service).any_stdout().assert();
    let run = env.command("edit @ z").service(&service).code(3);
    run.stderr_contains(&["went to standard output\n", "such as `@2`"]).assert();
    assert_eq!(edit(&env, &service, "@2", "z")["input"], "in-edited.jpg");
}

#[test]
fn a_job_without_a_result_is_an_error() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["expired-link"]));
    let failed = env.edit("--json").service(&service).code(9).any_stdout().any_stderr().assert().json();
    let run = env.command_with(["edit", &format!("@{}", job(&failed)), "x"]).service(&service).code(3);
    run.stderr_contains(&["has no result: it is answered\n", "hint: `seededit recover "]).assert();
}

#[test]
fn several_results_can_be_named_and_are_not_left_out() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    edit(&env, &service, "in.png", "one");
    edit(&env, &service, "in.png", "two");
    let run =
        env.command_with(["edit", "@", "@2", "-p", "at night", "-d", "out", "--json"]).service(&service);
    let records = run.any_stdout().any_stderr().assert().json_lines();
    let inputs: Vec<&Value> = records.iter().map(|record| &record["input"]).collect();
    assert_eq!(inputs, ["in-edited-2.jpg", "in-edited.jpg"]);
}

#[test]
fn an_earlier_result_that_is_used_again_is_the_last_one() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    edit(&env, &service, "in.png", "one");
    edit(&env, &service, "in.png", "two");
    env.command_with(["edit", "in.png", "one", "--reuse", "-q"]).service(&service).any_stdout().assert();
    assert_eq!(edit(&env, &service, "@", "x")["input"], "in-edited.jpg");
}

#[test]
fn undo_steps_back_to_the_original_and_redo_forward_again() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let first = edit(&env, &service, "in.png", "one");
    edit(&env, &service, "in.png", "unrelated");
    let second = edit(&env, &service, &format!("@{}", job(&first)), "two");
    assert_eq!(second["output"], "in-edited-3.jpg");
    let files = env.file_names();

    env.command("undo")
        .stdout("in-edited.jpg\n")
        .stderr(format!(
            "note: `@` is the result of job {}: \"one\"; `seededit undo` goes further back\n",
            job(&first)
        ))
        .assert();
    env.command("undo")
        .stdout("in.png\n")
        .stderr("note: `@` is the original again; `seededit redo` takes this back\n")
        .assert();
    let back = env.command("undo").code(3);
    back.stderr(
        "error: in.png is the original: nothing is before it\nhint: `seededit redo` goes forward again\n",
    )
    .assert();
    let shown = env.command("history show @").code(3);
    shown.stderr_contains(&["after `undo`, `@` is the original"]).assert();
    assert_eq!(step(&env, "redo")["picture"], "in-edited.jpg");
    assert_eq!(step(&env, "redo")["picture"], "in-edited-3.jpg");
    env.command("redo").code(3).stderr_contains(&["nothing was undone since the last result"]).assert();
    assert_eq!(env.file_names(), files);
    service.ledger().ensure_counts(3, 3);

    // Counting back is not affected by steps, and a new result is the last one.
    step(&env, "undo");
    step(&env, "undo");
    assert_eq!(edit(&env, &service, "@", "three")["input"], "in.png");
    env.command("redo").code(3).any_stderr().assert();
    assert_eq!(edit(&env, &service, "@2", "four")["input"], "in-edited-3.jpg");
}

#[test]
fn undo_and_redo_have_these_records() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let first = edit(&env, &service, "in.png", "one");
    edit(&env, &service, "@", "two");
    let of_first = json!({"status": "ok", "job": first["job"], "picture": "in-edited.jpg", "sha256": first["sha256"],
                          "prompt": "one", "original": false});
    assert_eq!(step(&env, "undo"), of_first);
    let original = json!({"status": "ok", "job": null, "picture": "in.png", "sha256": sha256(&env.read("in.png")),
                          "prompt": null, "original": true});
    assert_eq!(step(&env, "undo"), original);
    assert_eq!(step(&env, "redo"), of_first);
    env.command("redo").any_stdout().any_stderr().assert();
    let failed = env.command("redo --json").code(3).any_stdout().any_stderr().assert().json();
    assert_eq!(failed["error"]["kind"], "input");
}

#[test]
fn an_original_that_was_changed_or_is_gone_is_not_used_silently() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    edit(&env, &service, "in.png", "one");
    step(&env, "undo");
    fs::copy(env.path("in-edited.jpg"), env.path("in.png")).unwrap();
    let run = env.command("edit @ x -q").service(&service).code(3);
    run.stderr_contains(&["error: in.png was changed since it was edited"]).assert();
    fs::remove_file(env.path("in.png")).unwrap();
    let run = env.command("edit @ x").service(&service).code(3);
    run.stderr_contains(&["error: the original in.png no longer exists"]).assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn undo_says_that_a_newer_result_replaced_the_file_and_further_steps_lead_past_it() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let first = edit(&env, &service, "in.png", "one");
    let run = env.command_with(["edit", "@", "two", "-o", "in-edited.jpg", "-f", "--json"]).service(&service);
    let second = run.any_stdout().assert().json();
    let message = format!(
        "error: in-edited.jpg is no longer the result of job {}: job {} replaced it\nhint: name in-edited.jpg itself if \
         the picture that is there now is meant",
        job(&first),
        job(&second)
    );
    let further = "; `seededit undo` goes further back, `seededit redo` forward again\n";
    env.command("undo").code(3).stderr(format!("{message}{further}")).assert();
    for command in ["edit @ x", "edit @ x -q", "edit @2 x", "inspect @2", "show @2"] {
        let run = env.command(command).service(&service).code(3);
        run.stderr_contains(&[&message]).assert();
    }
    assert_eq!(step(&env, "undo")["picture"], "in.png");
    let failed = env.command("redo --json").code(3).any_stdout().any_stderr().assert().json();
    assert_eq!(failed["error"]["kind"], "input");
    assert_eq!(step(&env, "redo")["picture"], "in-edited.jpg");
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn undo_and_redo_say_that_a_file_is_missing_or_was_changed() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    edit(&env, &service, "in.png", "one");
    edit(&env, &service, "@", "two");
    env.write("in-edited.jpg", "changed");
    let run = env.command("undo").stdout("in-edited.jpg\n");
    run.stderr_contains(&["note: in-edited.jpg was changed since job", "note: `@` is the result of job"])
        .assert();
    fs::remove_file(env.path("in.png")).unwrap();
    let run = env.command("undo").code(3);
    let gone = "error: the original in.png no longer exists\n";
    run.stderr_contains(&[gone, "; `seededit redo` goes forward again\n"]).assert();
    // Nobody would read the note.
    let run = env.command("redo -q").code(3);
    run.stderr_contains(&["error: in-edited.jpg was changed since job"]).assert();
    fs::remove_file(env.path("in-edited-2.jpg")).unwrap();
    env.command("redo").code(3).stderr_contains(&["error: in-edited-2.jpg, the result of job"]).assert();
}

#[test]
fn undo_says_that_the_result_replaced_its_original() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let run = env.command_with(["edit", "in.png", "one", "-o", "in.png", "-f", "--json"]).service(&service);
    let record = run.any_stdout().assert().json();
    let replaced =
        format!("error: in.png is no longer the original: the result of job {} replaced it\n", job(&record));
    env.command("undo").code(3).stderr_contains(&[&replaced]).assert();
    env.command("edit @ x").service(&service).code(3).stderr_contains(&[&replaced]).assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn without_results_all_commands_say_in_which_history_they_looked() {
    let env = TestEnv::with_picture();
    for command in ["undo", "redo", "inspect @", "sheet @ @2 -o s.png", "show @2"] {
        let run = env.command(command).code(3);
        run.stderr_contains(&["error: there is no result yet\n", "results of the sandbox need --sandbox"])
            .assert();
        if command != "inspect @" {
            let run = env.command(command).arg("--sandbox").code(3);
            let message = "error: there is no result of the sandbox yet\n";
            run.stderr_contains(&[message, "those of a service need no --sandbox"]).assert();
        }
    }
    env.edit("--sandbox -q").any_stdout().assert();
    let run = env.command("redo --sandbox").code(3);
    run.stderr_contains(&["there is nothing to redo", "`seededit undo --sandbox`"]).assert();
    let run = env.command("sheet @ @2 -o s.png --sandbox").code(3).any_stderr();
    run.stderr_contains(&["no result `@2`: there is 1 result\n", "`seededit history --sandbox"]).assert();
}

#[test]
fn the_url_of_a_sandbox_server_selects_its_history_in_all_commands() {
    let env = TestEnv::with_picture();
    let server = Service::with_options(|options| options.is_marked = true);
    let with_server = |command: &str| env.command(command).service(&server);
    env.edit("-q").service(&server).any_stdout().assert();
    with_server("edit @ x -q -o second.jpg").any_stdout().assert();
    let listed = with_server("history --json").any_stdout().assert().json_lines();
    assert_eq!(listed.len(), 2);
    assert_eq!(with_server("inspect @ --json").any_stdout().assert().json()["input"], "second.jpg");
    with_server("history show @2 --json").any_stdout().assert();
    with_server("undo -q").stdout("out.jpg\n").assert();
    with_server("redo -q").stdout("second.jpg\n").assert();
    with_server("sheet @ @2 -o sheet.png -q").any_stdout().assert();
    env.command("undo").code(3).stderr_contains(&["there is no result yet"]).assert();
}

#[test]
fn steps_that_were_kept_are_stepped_back_to_and_others_are_passed_over() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("--then two --then three -q").service(&service).any_stdout().assert();
    assert_eq!(step(&env, "undo")["picture"], "in.png");
    env.edit("--then two -f --keep-steps -q").service(&service).any_stdout().assert();
    assert_eq!(step(&env, "undo")["picture"], "out-step1.jpg");
    assert_eq!(step(&env, "undo")["picture"], "in.png");
}

#[test]
fn a_picture_without_a_file_cannot_be_stepped_back_to() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let picture = env.read("in.png");
    let run = env.command("edit - x -o out.jpg -q").service(&service).stdin(picture);
    run.any_stdout().assert();
    let run = env.command("undo").code(3);
    run.stderr_contains(&["was made from standard input, which is no file\n"]).assert();
    assert_eq!(env.command("inspect @ --json").any_stdout().assert().json()["input"], "out.jpg");
}

#[test]
fn steps_of_several_processes_at_once_all_count() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for (picture, prompt) in [("in.png", "one"), ("@", "two"), ("@", "three"), ("@", "four")] {
        edit(&env, &service, picture, prompt);
    }
    let running: Vec<_> = (0..3).map(|_| env.command("undo -q").any_stdout().spawn()).collect();
    let mut printed: Vec<String> = running.into_iter().map(|run| text(&run.wait())).collect();
    assert_eq!(step(&env, "undo")["picture"], "in.png");
    // What a process prints can already include the step of another one.
    printed.sort();
    assert!(printed.contains(&"in-edited.jpg\n".to_owned()), "{printed:?}");
}

#[test]
fn every_one_of_edits_at_once_has_its_place_among_the_results() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let edits = ["a", "b", "c"].map(|name| {
        let output = format!("{name}.jpg");
        env.command_with(["edit", "in.png", name, "-o", &output, "-q"])
            .service(&service)
            .any_stdout()
            .may_leave_temporary_files()
            .spawn()
    });
    for run in edits {
        run.wait();
    }
    let output = |name: &str| {
        let job = env.command_with(["history", "show", name, "--json"]).any_stdout().assert().json();
        job["output"].as_str().unwrap().to_owned()
    };
    let mut outputs = ["@", "@2", "@3"].map(output);
    outputs.sort();
    let expected = ["a.jpg", "b.jpg", "c.jpg"].map(|name| env.path(name).to_str().unwrap().to_owned());
    assert_eq!(outputs, expected);
}

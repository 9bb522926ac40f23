//! Prompts: in words, from files and standard input, and with the columns of a row.

use serde_json::json;

use crate::support::{Service, TestEnv};

/// The prompts that were charged, in order.
fn prompts(service: &Service, count: usize) -> Vec<String> {
    let ledger = service.ledger();
    (0..count).map(|n| ledger.charge(n)["prompt"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_at_sign_reads_a_file_or_standard_input_and_two_are_one() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("my prompt.txt", "from a file\n");
    let edit = |args: &[&str], output: &str| {
        let all = ["edit", "in.png", "-q", "-o", output].into_iter().chain(args.iter().copied());
        env.command_with(all).service(&service).stdin("from standard input").any_stdout()
    };
    edit(&["-p", "@my prompt.txt"], "1.jpg").assert();
    edit(&["@my prompt.txt"], "2.jpg").assert();
    edit(&["-p", "@-"], "3.jpg").assert();
    edit(&["-p", "@@home"], "4.jpg").assert();
    edit(&["-p", "x", "--then", "@my prompt.txt"], "5.jpg").assert();
    assert_eq!(
        prompts(&service, 6),
        ["from a file", "from a file", "from standard input", "@home", "x", "from a file"]
    );
}

#[test]
fn the_name_of_a_file_is_not_a_prompt_however_it_is_given() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("prompt.txt", "from a file\n");
    std::fs::create_dir(env.path("night")).unwrap();
    env.write("m.jsonl", "{\"image\": \"in.png\"}\n");
    let refused = |args: &str, message: &str| {
        env.command(args).service(&service).code(3).stderr(message).assert();
    };
    let file = "error: prompt.txt is a file, not a prompt\n\
                hint: -p @prompt.txt reads the prompt from it; if you mean the words, pipe them in: -p @-\n";
    refused("edit in.png -p prompt.txt", file);
    refused("edit in.png prompt.txt", file);
    refused("batch m.jsonl -p prompt.txt", file);
    refused("edit in.png -p x --then prompt.txt", &file.replace("-p", "--then"));
    refused(
        "edit in.png night",
        "error: night is a directory, not a prompt\nhint: if you mean the words, say so: -p night\n",
    );
    refused(
        "edit in.png @home -o a.jpg",
        "error: cannot read the prompt from home: no such file or directory\nhint: check the path, or write @@ for words that begin with @\n",
    );
    // What the hint says.
    env.command("edit in.png -q -p @-").stdin("night").service(&service).stdout("in-edited.jpg\n").assert();
    // Results may be in a directory that is named after the prompt.
    env.command("edit in.png -q -p night -d night")
        .service(&service)
        .stdout("night/in-edited.jpg\n")
        .assert();
    assert_eq!(prompts(&service, 2), ["night", "night"]);
}

#[test]
fn a_prompt_that_cannot_be_read_is_explained() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("empty.txt", " \n");
    env.write("latin1.txt", b"caf\xe9");
    env.write("m.jsonl", "{\"image\": \"in.png\"}\n");
    for (args, code, message) in [
        ("edit in.png -p @gone.txt", 3, "cannot read the prompt from gone.txt: no such file or directory"),
        ("edit in.png -p @latin1.txt", 3, "a prompt is UTF-8 text"),
        ("edit in.png -p @empty.txt", 3, "the prompt is empty"),
        ("edit in.png -p @", 2, "-p @ names no file"),
        ("edit - -p @-", 2, "both the picture and the prompt are to come from standard input"),
        ("edit in.png -p @- --then @-", 2, "both the prompt and a prompt of --then are to come from"),
        ("batch - -p @-", 2, "both the manifest and the prompt are to come from standard input"),
        ("batch m.jsonl -p {color", 3, "a `{` or `}` has no partner"),
    ] {
        env.command(args).service(&service).code(code).stderr_contains(&[message]).assert();
    }
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn the_prompt_of_all_rows_has_their_columns() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("m.csv", "image,Wall Color,seed,SKU\nin.png,red,7,00042\nin.png,\"dark, blue\",8,00043\n");
    let batch = ["batch", "m.csv", "-q", "-j1", "--json", "-d", "out", "--name", "{seed}.{ext}", "-p"];
    let run = env.command_with(batch.into_iter().chain(["{wall_color} walls, {{{SKU}}}"]));
    let records = run.service(&service).any_stdout().assert().json_lines();
    assert_eq!(prompts(&service, 2), ["red walls, {00042}", "dark, blue walls, {00043}"]);
    assert_eq!(records[1]["prompt"], "dark, blue walls, {00043}");
    assert_eq!(records[1]["columns"], json!({"SKU": "00043", "Wall Color": "dark, blue"}));
    // The words decide what a row is, not where they are from.
    env.write("m.csv", "image,seed,prompt,SKU\nin.png,7,\"red walls, {00042}\",1\n");
    let run = env.command_with(batch.into_iter().chain(["unused"])).service(&service).any_stdout().assert();
    assert_eq!(run.json()["reused"], true);
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn links_in_the_columns_of_a_row_are_recorded_without_their_queries() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let link = "https://host.example/a.jpg?sig=0123";
    env.write("m.csv", format!("image,prompt,output,Shop\nin.png,a,out.jpg,see {link}\n"));
    let shown = json!({"Shop": "see https://host.example/a.jpg?…"});
    for extra in
        ["--dry-run", "", "--dry-run", "--if-exists skip --seed 3 --dry-run", "--if-exists skip --seed 3"]
    {
        let run = env.command("batch m.csv -q --json").args(extra).service(&service);
        let records = run.any_stdout().assert().json_lines();
        assert_eq!(records[0]["columns"], shown, "{extra}: {records:?}");
    }
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_missing_value_is_a_fault_of_its_row() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("m.csv", "image,colour\nin.png,red\nin.png,\n");
    let run = env.command_with(["batch", "m.csv", "-p", "{colour} {wood}"]).service(&service).code(3);
    run.stderr_contains(&[
        "m.csv:2: the prompt: the row has no value for {wood}",
        "m.csv:3: the prompt: the row has no value for {colour}",
        "nothing was sent",
    ])
    .assert();
    let run = env.command_with(["batch", "m.csv", "-p", "{color} curtains"]).service(&service).code(3);
    run.stderr_contains(&["m.csv:2: the prompt: the row has no value for {color}; did you mean {colour}?"])
        .assert();
    service.ledger().ensure_counts(0, 0);
}

/// In scripts, a prompt of a pipe and a failed one.
#[cfg(unix)]
#[test]
fn prompts_work_in_strict_scripts() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let script = "set -euo pipefail\n\
                  printf 'at night' | \"$@\" edit in.png -q -p @- -o night.jpg\n\
                  echo 'in {place}' > p.txt\n\
                  printf '{\"image\":\"in.png\",\"place\":\"rain\",\"output\":\"rain.jpg\"}' > m.jsonl\n\
                  \"$@\" batch m.jsonl -q -p @p.txt | cat\n\
                  if \"$@\" edit in.png -q -p @gone.txt 2>/dev/null; then exit 1; fi\n";
    let run = env.command("").service(&service).wrapped_in("bash", &["-c", script, "bash"]);
    run.stdout("night.jpg\nrain.jpg\n").assert();
    assert_eq!(prompts(&service, 2), ["at night", "in rain"]);
}

#[test]
fn a_column_in_braces_in_a_rows_own_prompt_is_mentioned_once() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let row = |prompt: &str| json!({"image": "in.png", "prompt": prompt, "output": format!("{}.jpg", prompt.len()), "color": "red"});
    env.write_manifest(&[row("a {sign}"), row("{color} curtains"), row("{color} chairs")]);
    let note = "note: m.jsonl:2: {color} is sent as it is: only -p and --then fill in columns\n";
    let run = env.batch("--dry-run", &service).any_stdout().stderr_contains(&[note]).assert();
    assert_eq!(run.stderr.matches("is sent as it is").count(), 1, "{}", run.stderr);
}

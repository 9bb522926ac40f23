//! Sources of pictures and prompts.

use std::ffi::OsString;
use std::io::Read;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::{RawServer, Service, TestEnv, answer, jpeg, json_answer, png, sha256};

#[test]
fn an_edit_uploads_a_picture_and_saves_the_result() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("--seed 7")
        .service(&service)
        .stdout("out.jpg\n")
        .stderr("✓ out.jpg  1152×864 jpeg, [amount]  $0.0315  [time]  seed 7\n")
        .assert();
    let ledger = service.ledger();
    ledger.ensure_counts(1, 1);
    assert_eq!(ledger.charge(0)["prompt"], "add a bird");
    assert_eq!(ledger.charge(0)["seed"], 7);
    assert_eq!(ledger.charge(0)["image_sha256"], sha256(&env.read("in.png")));
    assert_eq!(ledger.charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
    assert_eq!(env.file_names(), ["in.png", "out.jpg"]);
}

#[test]
fn the_built_in_sandbox_needs_no_key_and_no_server() {
    let env = TestEnv::with_picture();
    env.edit("--sandbox --seed 7")
        .stdout("out.jpg\n")
        .stderr(
            "note: this is the sandbox: the result is not the model's work, and nothing is paid\n\
             ✓ out.jpg  1152×864 jpeg, [amount]  $0.0315  [time]  seed 7\n",
        )
        .assert();
    env.edit("-f -q").env("SEEDEDIT_SANDBOX", "1").stdout("out.jpg\n").assert();
}

#[test]
fn the_built_in_sandbox_gets_no_real_key_and_no_other_service_is_contacted() {
    let (env, server) = (TestEnv::with_picture(), RawServer::always_sending(b"".as_slice()));
    env.write_config("model = \"another/model\"\n");
    env.edit("--sandbox -q").base_url(&server.url()).stdout("out.jpg\n").assert();
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_picture_is_read_from_standard_input() {
    let (env, service) = (TestEnv::new(), Service::new());
    let picture = jpeg(100, 60);
    env.command_with(["edit", "-", "add a bird", "-q"])
        .service(&service)
        .stdin(&picture)
        .stdout("stdin-edited.jpg\n")
        .assert();
    assert_eq!(service.ledger().charge(0)["image_sha256"], sha256(&picture));
}

#[test]
fn a_link_is_passed_to_the_service_unchanged() {
    let (env, service, elsewhere) =
        (TestEnv::new(), Service::new(), RawServer::always_sending(b"".as_slice()));
    let link = format!("{}/a%20cat.png?size=1&b=%2F", elsewhere.url());
    env.command_with(["edit", &link, "add a bird", "-q"])
        .service(&service)
        .stdout("a_20cat-edited.jpg\n")
        .assert();
    assert_eq!(service.ledger().charge(0)["image_sha256"], sha256(link.as_bytes()));
    assert_eq!(elsewhere.connections(), 0, "nobody asked for it to be fetched here");
}

#[test]
fn with_fetch_a_link_is_downloaded_and_its_bytes_are_sent() {
    let (env, service, picture) = (TestEnv::new(), Service::new(), png(80, 80));
    let host = RawServer::always_sending(answer(200, "image/webp", &picture, ""));
    let link = format!("{}/cat.webp?token=1", host.url());
    env.command_with(["edit", "--fetch", &link, "add a bird", "-q"])
        .service(&service)
        .stdout("cat-edited.jpg\n")
        .assert();
    assert_eq!(service.ledger().charge(0)["image_sha256"], sha256(&picture));
    assert_eq!(host.requests()[0].header("authorization"), None);
}

#[test]
fn a_link_that_cannot_be_fetched_costs_nothing() {
    let (env, service) = (TestEnv::new(), Service::new());
    let host = RawServer::always_sending(answer(404, "text/plain", b"", ""));
    env.command_with(["edit", "--fetch", &format!("{}/cat.png?token=1", host.url()), "add a bird"])
        .service(&service)
        .code(3)
        .stderr(
            "error: cannot fetch http://127.0.0.1:[port]/cat.png?…: there is no picture at the link (HTTP 404)\n\
             hint: check the link; without --fetch the service downloads it itself\n",
        )
        .assert();
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_data_uri_is_a_picture() {
    let (env, service, picture) = (TestEnv::new(), Service::new(), png(80, 80));
    // The media type in the URI is ignored.
    let uri = format!("data:image/GIF;base64,{}", STANDARD.encode(&picture));
    env.command_with(["edit", &uri, "add a bird", "-q"])
        .service(&service)
        .stdout("image-edited.jpg\n")
        .assert();
    assert_eq!(service.ledger().charge(0)["image_sha256"], sha256(&picture));
}

#[test]
fn the_format_is_detected_from_the_bytes_and_not_from_the_name() {
    let refusal = json_answer(400, &json!({"message": "seen", "statusCode": 400}), "");
    for (name, bytes, message) in
        [("a.png", jpeg(40, 40), "jpeg"), ("b.jpeg", png(40, 40), "png"), ("c", png(40, 40), "png")]
    {
        let (env, server) = (TestEnv::new(), RawServer::always_sending(refusal.clone()));
        env.write(name, &bytes);
        env.command_with(["edit", name, "add a bird"]).base_url(&server.url()).code(6).any_stderr().assert();
        let image = server.requests()[0].json()["image"].as_str().unwrap().to_owned();
        assert_eq!(image, format!("data:image/{message};base64,{}", STANDARD.encode(&bytes)), "{name}");
    }
}

#[test]
fn unusual_file_names_work() {
    let service = Service::new();
    let mut names: Vec<OsString> = [
        "a b.png",
        "./-x.png",
        "./-",
        "ünï 🐦.png",
        "no extension",
        "two.dots.png",
        "sub/in.png",
        ".hidden.png",
    ]
    .map(Into::into)
    .into();
    if cfg!(unix) {
        names.extend(["a\nb.png", "\u{202e}gnp.png", "data:x.png\\"].map(|name| format!("./{name}").into()));
    }
    #[cfg(target_os = "linux")]
    names.push(std::os::unix::ffi::OsStringExt::from_vec(b"bad\xff\xfe.png".to_vec()));
    for name in names {
        let env = TestEnv::new();
        env.write(&name, png(40, 40));
        let run = env.command_with(["edit", "-p", "add a bird", "-q", "--"]).arg(&name).service(&service);
        let output = run.any_stdout().assert();
        let line = output.stdout.strip_suffix(b"\n").unwrap();
        let path = std::path::Path::new(&name);
        let mut expected = path.file_stem().unwrap().to_owned();
        expected.push("-edited.jpg");
        let expected = path.with_file_name(expected);
        assert_eq!(line, expected.as_os_str().as_encoded_bytes(), "{name:?}");
        assert!(env.path(&expected).is_file(), "{name:?}");
    }
}

#[cfg(unix)]
#[test]
fn control_characters_in_a_name_are_escaped_on_the_terminal() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("a\u{1b}[2Jb.png", png(40, 40));
    let output = env
        .command_with(["edit", "a\u{1b}[2Jb.png", "add a bird", "--seed", "1"])
        .service(&service)
        .stdout("a\u{1b}[2Jb-edited.jpg\n")
        .stderr("✓ a\\u{1b}[2Jb-edited.jpg  1024×1024 jpeg, [amount]  $0.0315  [time]  seed 1\n")
        .assert();
    assert!(!output.stderr.contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn no_command_writes_control_characters_of_a_name_to_a_terminal() {
    use crate::support::Terminal;

    let hostile = "\u{1b}]0;title\u{7}\u{202e}";
    let env = TestEnv::new();
    let (picture, result) = (format!("a{hostile}.png"), format!("b{hostile}.png"));
    let (table, page) = (format!("d{hostile}.png"), format!("e{hostile}.html"));
    env.write(&picture, png(40, 40));
    env.write(
        "m.jsonl",
        json!({"image": picture, "prompt": hostile, "output": format!("c{hostile}.png")}).to_string(),
    );
    let (edit, prompt) = (["edit", &picture], format!("a bird{hostile}"));
    let with = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<String>>();
    for (code, args) in [
        (0, with(&[&edit[..], &[&prompt, "-o", &result, "--dry-run"]].concat())),
        (0, with(&[&edit[..], &[&prompt, "-o", &result, "--show"]].concat())),
        (3, with(&[&edit[..], &[&prompt, "-o", &result]].concat())),
        (0, with(&["batch", "m.jsonl", "--dry-run"])),
        (0, with(&["batch", "m.jsonl", "--html", &page])),
        (0, with(&["inspect", &picture])),
        (0, with(&["compare", &picture, &result])),
        (0, with(&["compare", &picture, &result, "-o", &table])),
        (0, with(&["sheet", &picture, "@", "-o", &table, "-f"])),
        (0, with(&["show", &picture, "@"])),
        (0, with(&["history"])),
        (0, with(&["history", "--tree"])),
        (0, with(&["history", "show", "@"])),
        (0, with(&["undo"])),
        (0, with(&["redo"])),
        (3, with(&["merge", &picture, &format!("none{hostile}.png"), "-o", "m.png"])),
    ] {
        let run =
            env.command_with(&args).code(code).any_stderr().env("SEEDEDIT_SANDBOX", "1").env("TERM", "dumb");
        let screen = Terminal::spawn(run, 80).wait();
        assert!(
            !screen.contains(['\u{7}', '\u{202e}']) && !screen.contains("\u{1b}]"),
            "{args:?}: {screen:?}"
        );
    }
}

#[test]
fn a_prompt_comes_from_a_flag_a_file_or_standard_input() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("prompt.txt", "from a file\n");
    env.command("edit in.png -q -p from-a-flag").service(&service).stdout("in-edited.jpg\n").assert();
    env.command("edit in.png -q --prompt-file prompt.txt")
        .service(&service)
        .stdout("in-edited-2.jpg\n")
        .assert();
    env.command("edit in.png -q --prompt-file -")
        .stdin("from\nstandard input")
        .service(&service)
        .stdout("in-edited-3.jpg\n")
        .assert();
    let ledger = service.ledger();
    let prompts: Vec<_> =
        (0..3).map(|n| ledger.charge(n)["prompt"].as_str().unwrap().trim().to_owned()).collect();
    assert_eq!(prompts, ["from-a-flag", "from a file", "from\nstandard input"]);
}

#[test]
fn a_prompt_may_begin_with_a_dash_after_a_double_dash() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.command_with(["edit", "-q", "--", "in.png", "-make it darker"])
        .service(&service)
        .stdout("in-edited.jpg\n")
        .assert();
    assert_eq!(service.ledger().charge(0)["prompt"], "-make it darker");
}

#[test]
fn standard_input_has_one_use() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.command("edit - --prompt-file -")
        .service(&service)
        .code(2)
        .stderr(
            "error: both the picture and the prompt are to come from standard input\n\
             hint: give one of them as an argument\n",
        )
        .assert();
    env.command("edit in.png -p x -o - --json")
        .service(&service)
        .code(2)
        .any_stdout()
        .stderr_contains(&["both the picture and JSON are to go to standard output"])
        .assert();
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_closed_pipe_does_not_fail_a_paid_run() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let mut child = Command::new(env!("CARGO_BIN_EXE_seededit"))
        .args(["edit", "in.png", "add a bird", "-o", "out.jpg"])
        .env_clear()
        .envs([("SEEDEDIT_CONFIG_DIR", env.config_dir()), ("SEEDEDIT_DATA_DIR", env.data_dir())])
        .envs([("SEEDEDIT_BASE_URL", service.url()), ("SEEDEDIT_API_KEY", crate::support::KEY.into())])
        .current_dir(env.work_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut message = String::new();
    child.stderr.take().unwrap().read_to_string(&mut message).unwrap();
    assert!(child.wait().unwrap().success(), "{message}");
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
}

//! Secrets: who gets the key, and over which connections.

use std::fs;

use serde_json::json;

use crate::support::{KEY, RawServer, Service, TestEnv, UntrustedServer, answer, json_answer};

#[test]
fn a_server_with_an_untrusted_certificate_gets_one_connection_and_no_key() {
    let (env, server) = (TestEnv::with_picture(), UntrustedServer::new());
    let run = env.edit("--json --retries 5").base_url(&server.url()).code(7).any_stdout();
    let output = run
        .stderr_contains(&[
            "error: no connection to the service: ",
            "hint: nothing was charged; check base_url",
        ])
        .assert();
    let record = output.json();
    assert_eq!(
        (&record["error"]["kind"], &record["error"]["charged"]),
        (&json!("unavailable"), &json!("no"))
    );
    assert_eq!(server.connections(), 1, "an untrusted certificate is not retried");
    assert!(server.received().is_empty(), "sent before the certificate was verified");
}

#[test]
fn a_result_is_not_downloaded_from_a_server_with_an_untrusted_certificate() {
    let server = UntrustedServer::new();
    let link = format!("{}/x.jpeg?X-Tos-Signature=5ecret", server.url());
    let api = RawServer::always_sending(json_answer(200, &json!({"data": [{"url": link}]}), ""));
    let env = TestEnv::with_picture();
    env.edit("--retries 0")
        .base_url(&api.url())
        .code(9)
        .stderr_contains(&["error: the result was paid for but could not be downloaded"])
        .assert();
    assert!(server.received().is_empty());
    assert_eq!(env.file_names(), ["in.png"]);
}

#[test]
fn plain_http_is_accepted_for_loopback_only() {
    let env = TestEnv::with_picture();
    for url in [
        "http://api.aimlapi.com",
        "http://192.168.0.1:8080",
        "http://127.0.0.1.example",
        "ftp://localhost",
        "api.aimlapi.com",
    ] {
        env.edit("").arg("--base-url").arg(url).env("SEEDEDIT_API_KEY", KEY).code(2).any_stderr().assert();
        env.edit("").base_url(url).code(3).stderr_contains(&["error: SEEDEDIT_BASE_URL: "]).assert();
        env.write_config(&format!("base_url = \"{url}\"\n"));
        env.edit("")
            .env("SEEDEDIT_API_KEY", KEY)
            .code(3)
            .stderr_contains(&["config.toml:1: base_url: "])
            .assert();
        env.write_config("");
    }
    for url in ["https://me:word@api.example", "https://api.example/?x=1"] {
        let output = env
            .edit("")
            .base_url(url)
            .code(3)
            .stderr_contains(&["a base URL must not have a user, a query or a fragment"])
            .assert();
        assert!(!output.stderr.contains("word"));
    }
}

#[test]
fn the_balance_call_does_not_follow_a_redirect_with_the_key() {
    let elsewhere = RawServer::always_sending(json_answer(200, &json!({"current_balance": 1}), ""));
    let to = format!("Location: {}/v2/billing\r\n", elsewhere.url());
    let service = RawServer::always_sending(answer(307, "text/plain", b"", &to));
    let env = TestEnv::new();
    env.command("auth login --with-token")
        .env("SEEDEDIT_BASE_URL", service.url())
        .stdin(KEY)
        .code(6)
        .stderr_contains(&["error: "])
        .assert();
    assert_eq!((service.connections(), elsewhere.connections()), (1, 0));
}

#[test]
fn loopback_requests_bypass_the_proxy() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let proxy = RawServer::always_sending(answer(502, "text/html", b"", ""));
    let mut run = env.edit("-q").service(&service).stdout("out.jpg\n");
    for name in ["HTTPS_PROXY", "https_proxy", "http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
        run = run.env(name, proxy.url());
    }
    run.assert();
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn a_proxy_is_used_for_the_service_and_sees_no_key() {
    let env = TestEnv::with_picture();
    let proxy = RawServer::always_sending(answer(502, "text/html", b"", ""));
    let run = env.edit("--json --retries 0").base_url("https://api.example").env("HTTPS_PROXY", proxy.url());
    let record = run.code(7).any_stdout().any_stderr().assert().json();
    assert_eq!(record["error"]["charged"], "no", "nothing is sent without a tunnel");
    let requests = proxy.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].line.starts_with("CONNECT api.example:443 "), "{}", requests[0].line);
    assert!(requests[0].headers.iter().all(|(_, value)| !value.contains(KEY)));
}

#[test]
fn a_proxy_that_is_not_understood_is_refused_before_anything_is_sent() {
    let env = TestEnv::with_picture();
    let elsewhere = RawServer::always_sending(answer(502, "text/html", b"", ""));
    let address = elsewhere.url().replace("http://", "");
    for (name, value) in [
        ("all_proxy", format!("socks://u:5ecretword@{address}")),
        ("HTTPS_PROXY", format!("htps://u:5ecretword@{address}")),
        ("https_proxy", format!("http://u:5ecret/word@{address}")),
    ] {
        let run = env.edit("-f").base_url("https://api.example").env(name, &value).code(3);
        let message = format!("error: the proxy in {name} cannot be used: ");
        let refused = run.stderr_contains(&[&message, "nothing was sent"]).assert();
        assert!(!refused.stderr.contains("5ecret"), "{}", refused.stderr);
        // Nothing leaves the built-in sandbox.
        env.edit("--sandbox -q --if-exists overwrite").env(name, &value).stdout("out.jpg\n").assert();
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn certificates_that_cannot_be_used_are_named_with_their_variable() {
    let env = TestEnv::with_picture();
    env.write("empty.pem", "");
    for (variable, value, why) in [
        ("SSL_CERT_FILE", "gone.pem", "which cannot be read: no such file or directory"),
        ("SSL_CERT_FILE", "empty.pem", "which has no certificate"),
        ("SSL_CERT_DIR", "gone", "which is not a directory"),
    ] {
        let run = env.edit("").base_url("https://api.example").env(variable, value).code(3);
        run.stderr_contains(&[&format!("error: {variable} names {value}, {why}"), "nothing was sent"])
            .assert();
    }
}

#[test]
fn a_socks_proxy_is_asked_for_the_service_by_name() {
    let env = TestEnv::with_picture();
    let (asked, questions) = std::sync::mpsc::channel();
    let asked = std::sync::Mutex::new(asked);
    let proxy = RawServer::new(move |connection| {
        // Version 5, one method: no authentication.
        connection.skip(3);
        connection.send(&[5, 0]);
        // Connect to a name: its length, the name, and the port.
        connection.skip(4);
        let length = connection.read_bytes(1)[0];
        let name = String::from_utf8(connection.read_bytes(length.into())).unwrap();
        let port = connection.read_bytes(2);
        let port = u16::from_be_bytes([port[0], port[1]]);
        asked.lock().unwrap().send(format!("{name}:{port}")).unwrap();
        // Refused by its rules.
        connection.send(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);
        connection.finish();
    });
    let url = proxy.url().replace("http://", "socks5h://");
    let run = env.edit("--json --retries 0").base_url("https://api.example").env("all_proxy", url);
    let record = run.code(7).any_stdout().any_stderr().assert().json();
    assert_eq!(record["error"]["charged"], "no");
    assert_eq!(questions.try_iter().collect::<Vec<_>>(), ["api.example:443"]);
}

#[test]
fn a_key_on_the_command_line_is_refused() {
    let env = TestEnv::with_picture();
    for flag in ["--key", "--api-key", "--token"] {
        env.edit("").arg(flag).arg("abc").code(2).stderr_contains(&["unexpected argument"]).assert();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_with_the_key_dumps_no_core() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_millis(500));
    let running = env.edit("-q").service(&service).stdout("out.jpg\n").spawn();
    while service.ledger().posts() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.id())).unwrap();
    running.wait();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>()[4..6], ["0", "0"], "{core}");
}

#[test]
fn a_key_in_an_answer_of_any_size_is_neither_shown_nor_stored() {
    let padding = "A".repeat(2 << 20);
    for body in [
        json!({"message": format!("no access for {KEY}"), "data": [{"b64_json": padding}]}),
        json!({KEY: "x", "message": format!("{KEY} {padding}")}),
        json!({"error": {"message": format!("bad key {KEY}"), "code": KEY}}),
    ] {
        for status in [200, 400, 502] {
            let server = RawServer::always_sending(json_answer(status, &body, ""));
            let env = TestEnv::with_picture();
            let run = env.edit("--retries 0").base_url(&server.url());
            run.any_outcome().may_leave_temporary_files().assert();
        }
    }
}

#[test]
fn a_key_in_an_answer_to_a_request_without_a_key_is_not_shown() {
    let body = json!({"message": format!("hello {KEY}"), KEY: "x"});
    let server = RawServer::always_sending(json_answer(400, &body, &format!("via: 1.1 {KEY}\r\n")));
    for command in ["models check", "doctor", "models check --json", "doctor --json"] {
        let env = TestEnv::new();
        let run = env.command(command).base_url(&server.url());
        let output = run.any_outcome().assert();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), output.stderr);
        assert!(said.contains("hello [key]") || command.contains("doctor"), "{command}: {said}");
    }
}

#[test]
fn a_key_of_13_characters_is_not_shown() {
    let key = "abcdefghijklm";
    let body = json!({"message": format!("no access for {key}")});
    let server = RawServer::always_sending(json_answer(401, &body, ""));
    let env = TestEnv::with_picture();
    let run = env.edit("").env("SEEDEDIT_BASE_URL", server.url()).env("SEEDEDIT_API_KEY", key).code(4);
    let output = run.stderr_contains(&["no access for [key]"]).assert();
    assert!(!output.stderr.contains(key));
    for job in fs::read_dir(env.data_dir()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let bytes = fs::read(job.path()).unwrap();
        assert!(!bytes.windows(key.len()).any(|part| part == key.as_bytes()), "{:?}", job.path());
    }
}

#[test]
fn a_link_in_the_place_of_any_argument_is_printed_without_its_query() {
    const LINK: &str = "https://x.invalid/z.png?sig=SIGNEDSECRET";
    let mut failures = Vec::new();
    for args in [
        "replay LINK",
        "replay @ LINK",
        "history LINK",
        "history show LINK",
        "history forget LINK --yes",
        "history --before LINK",
        "recover LINK",
        "recover --to LINK",
        "undo LINK",
        "edit in.png x -o LINK",
        "edit in.png x -d LINK",
        "edit in.png x --seed LINK",
        "edit in.png x --region LINK",
        "edit in.png x --size LINK",
        "edit in.png x --quality LINK",
        "edit in.png x --placement LINK",
        "edit in.png x --max-cost LINK",
        "edit in.png x -m LINK",
        "edit in.png x --service LINK",
        "edit in.png x --mask LINK",
        "edit in.png x --reference LINK",
        "edit in.png x --profile LINK",
        "edit in.png -p @LINK",
        "batch LINK",
        "batch LINK --report r.jsonl",
        "watch LINK -p x -d d --max-cost 1",
        "merge in.png in.png -o LINK",
        "merge in.png in.png -o out.png --mask-out LINK",
        "merge --job LINK -o out.png",
        "sheet in.png -o LINK",
        "compare in.png in.png -o LINK",
        "show LINK",
        "config set model LINK",
        "config set LINK x",
        "config get LINK",
        "models show LINK",
        "schema LINK",
        "help LINK",
        "completions LINK",
        "LINK",
        "--LINK",
    ] {
        for json in ["", " --json"] {
            let (env, args) = (TestEnv::with_picture(), format!("{args}{json}"));
            let words: Vec<String> = args.split(' ').map(|word| word.replace("LINK", LINK)).collect();
            let run = env.command_with(words.iter().map(String::as_str));
            let output = run.base_url("http://127.0.0.1:9").any_outcome().assert();
            let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), output.stderr);
            if printed.contains("SIGNEDSECRET") {
                failures.push(format!("{args}: {printed}"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

//! `mcp`: clients that make mistakes, that attack, or that are gone.

#![cfg(unix)]

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::{KEY, McpLines, Run, Service, TestEnv};

fn slow(latency: u64) -> Service {
    Service::with_options(|options| options.latency = Duration::from_millis(latency))
}

fn paying<'a>(env: &'a TestEnv, service: &Service) -> Run<'a> {
    env.command("mcp --max-cost 1").service(service)
}

fn edit() -> Value {
    json!({"picture": "in.png", "prompt": "add a bird", "output": "out.jpg", "accept_usd": 0.05})
}

fn wait_for_post(service: &Service) {
    let started = Instant::now();
    while service.ledger().posts() == 0 {
        assert!(started.elapsed() < Duration::from_secs(40), "nothing is sent");
        thread::sleep(Duration::from_millis(5));
    }
}

fn ping(id: impl Into<Value>) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": "ping"})
}

/// Panics unless the server still answers.
fn ensure_alive(session: &mut McpLines<'_>, id: i64) {
    session.send(&ping(id));
    assert_eq!(session.receive(), json!({"jsonrpc": "2.0", "id": id, "result": {}}));
}

/// The most memory that a process had, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn what_is_no_request_gets_an_error_and_the_session_goes_on() {
    let env = TestEnv::new();
    let mut session = McpLines::start(env.command("mcp --sandbox"));
    let call = |params: &Value| {
        json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}).to_string()
    };
    for (number, (line, code, id)) in [
        ("no json".to_owned(), -32700, Value::Null),
        ("{\"jsonrpc\":\"2.0\",\"id\":7,".to_owned(), -32700, Value::Null),
        ("[".repeat(100_000), -32700, Value::Null),
        ("\u{feff}\u{0}".to_owned(), -32700, Value::Null),
        ("[1, 2]".to_owned(), -32600, Value::Null),
        ("17".to_owned(), -32600, Value::Null),
        (json!({"id": 7, "method": "ping"}).to_string(), -32600, json!(7)),
        (json!({"jsonrpc": "2.0", "id": [7], "method": "ping"}).to_string(), -32600, Value::Null),
        (json!({"jsonrpc": "2.0", "id": 7, "method": "tools/fly"}).to_string(), -32601, json!(7)),
        (call(&json!({"name": "fly"})).replace("\"id\":7", "\"id\":8"), -32602, json!(8)),
        (call(&json!({"name": 5})).replace("\"id\":7", "\"id\":9"), -32602, json!(9)),
        (
            call(&json!({"name": "edit", "arguments": [1]})).replace("\"id\":7", "\"id\":10"),
            -32602,
            json!(10),
        ),
        (ping("x".repeat(300)).to_string(), -32600, Value::Null),
        (
            format!(
                r#"{{"jsonrpc":"2.0","id":11,"method":"ping","params":{}{}}}"#,
                "[".repeat(500),
                "]".repeat(500)
            ),
            -32600,
            json!(11),
        ),
        (r#"{"jsonrpc":"2.0","id":12,"method":"ping","params":{"x":1e999}}"#.into(), -32600, json!(12)),
    ]
    .into_iter()
    .enumerate()
    {
        session.send_bytes(format!("{line}\n").as_bytes());
        let answer = session.receive();
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(code), &id), "{line:.80}: {answer}");
        ensure_alive(&mut session, 100 + number as i64);
    }
    session.send_bytes(b"\n \r\n\xff\xfe\n");
    assert_eq!(session.receive()["error"]["code"], -32700);
    session.end();
}

#[test]
fn wrong_arguments_are_explained() {
    let env = TestEnv::with_picture();
    let mut session = McpLines::start(env.command("mcp --sandbox"));
    for (id, (tool, arguments, part)) in [
        ("edit", json!({"picture": "in.png"}), "`prompt` is missing; it has to be a text"),
        ("edit", json!({"picture": ["in.png"], "prompt": "x"}), "has to be a text"),
        (
            "edit",
            json!({"picture": "in.png", "prompt": "x", "accept_usd": "0.03"}),
            "has to be a number of at least 0",
        ),
        ("edit", json!({"picture": "in.png", "prompt": ""}), "prompt is empty"),
        (
            "edit",
            json!({"picture": "in.png", "prompt": "x", "sise": "1K"}),
            "no argument `sise`; did you mean `size`?",
        ),
        ("edit", json!({"picture": "in.png", "prompt": "x", "size": "huge"}), "huge"),
        ("edit", json!({"picture": "in.png", "prompt": "x", "region": "--force"}), "--force"),
        ("edit", json!({"picture": "in.png", "prompt": "x", "accept_usd": -1}), "-1"),
        ("edit", json!({"picture": "in.png", "prompt": "x", "accept_usd": 1e300}), "1e"),
        ("edit", json!({"picture": "in.png\u{0}", "prompt": "x"}), "null character"),
        ("edit", json!({"picture": ".", "prompt": "x"}), "is a directory"),
        ("history", json!({"status": "gone"}), "gone"),
        ("recover", json!({"jobs": ["--rerun"]}), "nothing to recover"),
    ]
    .into_iter()
    .enumerate()
    {
        session.call(id as i64, tool, &arguments);
        let result = session.receive()["result"].take();
        let text = result.to_string();
        assert!(text.contains(part), "no {part:?} in {text}");
        // Words of the parser.
        assert!(!["invalid type", "expected", "field"].iter().any(|word| text.contains(word)), "{text}");
        let record = &result["structuredContent"]["records"][0];
        if result["isError"] == true {
            assert!(record["error"]["kind"].is_string(), "{text}");
            let picture = arguments["picture"].as_str().unwrap_or_default();
            assert!(record["input"].as_str().unwrap_or_default().ends_with(picture), "{text}");
        }
    }
    session.end();
    assert_eq!(env.file_names(), ["in.png"]);
}

#[test]
#[ignore = "slow"]
fn a_message_that_is_too_long_is_refused_without_being_kept() {
    let env = TestEnv::with_picture();
    let mut session = McpLines::start(env.command("mcp --sandbox"));
    ensure_alive(&mut session, 1);
    #[cfg(target_os = "linux")]
    let before = peak_memory(session.id());
    let prompt = "x".repeat(48 << 20);
    for (id, ending) in [(2, ""), (3, r#","id":3"#)] {
        let beginning = if ending.is_empty() { r#""id":2,"# } else { "" };
        let line = format!(
            r#"{{{beginning}"method":"tools/call","params":{{"name":"edit","arguments":{{"prompt":"{}"}}}}{ending},"jsonrpc":"2.0"}}"#,
            &prompt[..(id as usize - 1) * (8 << 20)]
        );
        session.send_bytes(format!("{line}\n").as_bytes());
        let answer = session.receive();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(id), &json!(-32600)), "{answer}");
    }
    for (id, line) in [
        (json!(5), format!(r#"{{"id":5,"params":"{prompt}"}}"#)),
        (json!(6), format!(r#"{{"params":"{prompt}","id":6}}"#)),
        (Value::Null, format!(r#"{{"params":{{"x":"{prompt}","id":7}}}}"#)),
    ] {
        session.send_bytes(format!("{line}\n").as_bytes());
        let answer = session.receive();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&id, &json!(-32600)), "{answer}");
    }
    // Only the first and the last part are searched for it.
    session.send_bytes(format!("{}\n", "[".repeat(48 << 20)).as_bytes());
    assert_eq!(session.receive()["error"]["code"], -32600);
    ensure_alive(&mut session, 4);
    #[cfg(target_os = "linux")]
    {
        let grown = peak_memory(session.id()) - before;
        assert!(grown < 40 << 10, "{grown} KiB");
    }
    session.end();
}

#[test]
fn a_repeated_request_is_not_carried_out_twice() {
    let (env, service) = (TestEnv::with_picture(), slow(500));
    let mut session = McpLines::start(paying(&env, &service));
    session.call(5, "edit", &edit());
    session.call(5, "edit", &edit());
    // The first one is still to be answered, so this answer has no id.
    let refused = session.receive();
    assert_eq!((&refused["error"]["code"], refused.get("id")), (&json!(-32600), None), "{refused}");
    let done = session.receive();
    assert_eq!((&done["id"], &done["result"]["isError"]), (&json!(5), &json!(false)), "{done}");
    session.call(5, "edit", &edit());
    let refused = session.receive();
    assert_eq!((&refused["error"]["code"], &refused["id"]), (&json!(-32600), &json!(5)), "{refused}");
    session.end();
    service.ledger().ensure_counts(1, 1);
}

#[test]
#[ignore = "slow"]
fn too_many_calls_at_once_are_refused() {
    let (env, service) = (TestEnv::with_picture(), slow(1500));
    let mut session = McpLines::start(paying(&env, &service));
    for id in 0..18 {
        let mut arguments = edit();
        arguments["seed"] = id.into();
        arguments["output"] = format!("{id}.jpg").into();
        session.call(id, "edit", &arguments);
    }
    let answers: Vec<Value> = (0..18).map(|_| session.receive()).collect();
    let refused: Vec<&Value> =
        answers.iter().filter(|answer| answer.to_string().contains("too many calls")).collect();
    assert_eq!(refused.len(), 2, "{answers:?}");
    session.end();
    service.ledger().ensure_counts(16, 16);
}

#[test]
fn a_client_that_disappears_in_the_middle_of_a_payment_loses_nothing() {
    let (env, service) = (TestEnv::with_picture(), slow(700));
    let mut session = McpLines::start(paying(&env, &service));
    session.call(1, "edit", &edit());
    wait_for_post(&service);
    // Its end of both pipes is closed. The process ends by itself.
    session.end();
    service.ledger().ensure_counts(1, 1);
    let [job] = env.jobs().try_into().expect("one job");
    assert_eq!((job.state.as_str(), job.attempts.len()), ("delivered", 1));
    assert!(!env.read_answer("out.jpg").is_empty());
    env.command("recover").service(&service).stderr("note: nothing to recover\n").assert();
}

#[test]
fn a_client_that_disappears_while_the_result_cannot_be_fetched_can_recover_it() {
    let env = TestEnv::with_picture();
    let service = Service::with_options(|options| {
        options.latency = Duration::from_millis(500);
        options.faults = vec!["download-error=404:1".parse().unwrap()];
    });
    let mut session = McpLines::start(paying(&env, &service));
    session.call(1, "edit", &edit());
    wait_for_post(&service);
    session.end();
    let [job] = env.jobs().try_into().expect("one job");
    assert_eq!(job.state, "answered");
    env.command("recover").service(&service).any_stdout().any_stderr().assert();
    service.ledger().ensure_counts(1, 1);
    assert!(env.path("out.jpg").exists());
}

#[test]
fn an_edit_that_is_given_up_because_the_input_ended_says_so() {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["rate-limit:9"]));
    let mut session = McpLines::start(paying(&env, &service));
    session.call(1, "edit", &edit());
    wait_for_post(&service);
    // It waits for the next attempt.
    let messages = session.end();
    let [job] = env.jobs().try_into().expect("one job");
    let reason = job.reason.unwrap();
    assert!(reason.contains("the input of the server ended; nothing was charged"), "{reason}");
    assert!(messages.iter().all(|message| !message.to_string().contains("interrupted;")), "{messages:?}");
}

#[test]
fn a_signal_ends_the_server_after_the_edit_in_flight() {
    let (env, service) = (TestEnv::with_picture(), slow(700));
    let mut session = McpLines::start(paying(&env, &service).code(143));
    session.call(1, "edit", &edit());
    wait_for_post(&service);
    kill(Pid::from_raw(session.id().cast_signed()), Signal::SIGTERM).unwrap();
    session.wait();
    service.ledger().ensure_counts(1, 1);
    assert!(env.path("out.jpg").exists());
}

#[test]
fn a_client_that_sends_nothing_or_only_answers_is_no_failure() {
    let env = TestEnv::new();
    McpLines::start_silently(env.command("mcp --sandbox")).end();
    let mut session = McpLines::start_silently(env.command("mcp --sandbox"));
    for message in [
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 1, "result": {}}),
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}),
    ] {
        session.send(&message);
    }
    session.send(&ping(2));
    assert_eq!(session.receive()["id"], 2);
    session.end();
}

#[test]
fn a_request_before_the_session_says_that_initialize_is_missing() {
    let env = TestEnv::new();
    let mut session = McpLines::start_silently(env.command("mcp --sandbox"));
    for id in [1, 2] {
        session.call(id, "history", &json!({}));
        let refused = session.receive();
        assert_eq!((&refused["id"], &refused["error"]["code"]), (&json!(id), &json!(-32600)), "{refused}");
        assert!(refused["error"]["message"].to_string().contains("`initialize` is missing"), "{refused}");
    }
    session.initialize();
    session.call(3, "history", &json!({}));
    assert_eq!(session.receive()["result"]["isError"], false);
    session.end();
}

#[test]
fn a_reply_is_written_also_if_the_input_ends_at_once() {
    let env = TestEnv::new();
    let early = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let begins = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    }});
    // Each reply used to be lost in half of the runs.
    for _ in 0..8 {
        for (message, part) in [(&early, "`initialize` is missing"), (&begins, "serverInfo")] {
            let mut session = McpLines::start_silently(env.command("mcp --sandbox"));
            session.send(message);
            let [reply] = session.end().try_into().expect("one reply");
            assert!(reply["id"] == 1 && reply.to_string().contains(part), "{reply}");
        }
    }
}

#[test]
fn what_cannot_be_carried_out_is_explained_in_plain_words() {
    let env = TestEnv::new();
    let request = |method: &str, params: &Value| {
        json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
    };
    let mut early = McpLines::start_silently(env.command("mcp --sandbox"));
    early.send_bytes(format!("{}\n", request("initialize", &json!({}))).as_bytes());
    let message = early.receive()["error"]["message"].to_string();
    assert!(message.contains("`initialize` needs the parameters `protocolVersion`"), "{message}");
    early.end();

    let mut session = McpLines::start(env.command("mcp --sandbox"));
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{}{}}}"#,
        "[".repeat(500),
        "]".repeat(500)
    );
    for (line, part) in [
        ("no json".to_owned(), "the line is not JSON from byte 2 on; each message is one line of JSON"),
        ("{\"id\": 1,".to_owned(), "the line ends in the middle of its JSON"),
        ("[1, 2]".to_owned(), "it needs `\"jsonrpc\": \"2.0\"`, a `method`, and, for a request, an `id`"),
        (deep, "nested too deeply"),
        (
            request("tools/fly", &json!({})),
            "there is no method `tools/fly`, so nothing was done; this server has `init",
        ),
        (request("logging/setLevel", &json!({"level": "info"})), "there is no method `logging/setLevel`"),
        (request(&"x".repeat(5000), &json!({})), "xxx…`, so nothing"),
        (
            request("tools/call", &json!({"name": 5})),
            "needs a `name`, which is a text, and takes `arguments`",
        ),
        (
            request("tools/call", &json!({"name": "fly"})),
            "there is no tool `fly`; the tools are inspect, edit",
        ),
    ] {
        // Each id is used once.
        let line = line.replacen("\"id\":1,", &format!("\"id\":\"{:.30}\",", part.replace('"', "'")), 1);
        session.send_bytes(format!("{line}\n").as_bytes());
        let message = session.receive()["error"]["message"].take();
        let text = message.as_str().unwrap();
        assert!(text.contains(part) && text.len() < 400, "no {part:?} in {text}");
        assert!(!["expected", "line 1", "recursion"].iter().any(|word| text.contains(word)), "{text}");
    }
    session.end();
}

#[test]
fn a_request_that_states_its_version_begins_a_session() {
    let env = TestEnv::new();
    let mut session = McpLines::start_silently(env.command("mcp --sandbox"));
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    session.send(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}));
    let listed = session.receive();
    assert_eq!(listed["result"]["tools"].as_array().map(Vec::len), Some(6), "{listed}");
    session.end();
}

#[test]
fn a_key_that_is_refused_is_in_no_message() {
    let env = TestEnv::with_picture();
    let service = Service::with_faults(&["unauthorized:9"]);
    let mut session = McpLines::start(paying(&env, &service));
    session.call(1, "edit", &edit());
    let answer = session.receive().to_string();
    assert!(answer.contains("\\\"kind\\\":\\\"auth\\\"") && !answer.contains(KEY), "{answer}");
    session.end();
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let env = TestEnv::new();
    let refused = |args: &str, code: i32, part: &str| {
        env.command(args).code(code).stderr_contains(&[part]).assert();
    };
    refused("mcp --root gone", 3, "cannot use gone as root: no such file or directory");
    refused("mcp --max-cost much", 2, "much");
    refused("mcp --sandbox --base-url http://127.0.0.1:1", 2, "cannot be used with");
}

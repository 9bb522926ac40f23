//! The `auth` commands, and the order of key sources.

use std::fs;

use crate::support::{KEY, RawServer, Service, TestEnv, answer};

const STORED: &str = "✓ key k3yt… stored in [config]/credentials.toml\n";

#[test]
fn a_key_is_checked_with_the_free_balance_call_and_stored() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.command("auth login --with-token")
        .env("SEEDEDIT_BASE_URL", service.url())
        .stdin(format!("  {KEY}\n"))
        .stderr(format!("✓ the key is good; the balance is 1000.00 USD\n{STORED}"))
        .assert();
    service.ledger().ensure_counts(0, 0);
    env.command("auth status")
        .stdout("key k3yt… from [config]/credentials.toml, for https://api.aimlapi.com\n")
        .assert();
    env.edit("-q").env("SEEDEDIT_BASE_URL", service.url()).stdout("out.jpg\n").assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_rejected_key_is_not_stored() {
    let (env, service) = (TestEnv::new(), Service::with_faults(&[]));
    env.command("auth login --with-token")
        .env("SEEDEDIT_BASE_URL", service.url())
        .stdin("another-key-0123456789")
        .code(4)
        .stderr_contains(&[
            "error: This request requires a valid API key.",
            "hint: check the key, or store it without a check with --no-verify\n",
        ])
        .assert();
    assert!(!env.config_dir().join("credentials.toml").exists());
    env.command("auth status").code(4).stderr_contains(&["error: no API key\n"]).assert();
}

#[test]
fn a_key_that_cannot_be_checked_is_stored_only_with_no_verify() {
    let env = TestEnv::new();
    let server = RawServer::always_sending(answer(404, "text/html", b"<html>", ""));
    env.command("auth login --with-token")
        .env("SEEDEDIT_BASE_URL", server.url())
        .stdin(KEY)
        .code(6)
        .stderr_contains(&["error: the answer did not come from the service (HTTP 404)", "--no-verify"])
        .assert();
    assert_eq!(server.requests()[0].line, "GET /v2/billing HTTP/1.1");
    assert!(!env.config_dir().join("credentials.toml").exists());
    env.command("auth login --with-token --no-verify").stdin(KEY).stderr(STORED).assert();
}

#[test]
fn an_invalid_key_is_refused() {
    let env = TestEnv::new();
    let long = "k".repeat(8193);
    env.command("auth login --with-token --no-verify")
        .stdin(&long)
        .code(3)
        .stderr_contains(&["standard input has more than 8192 bytes, which is no key"])
        .assert();
    for input in ["", " \n", "two words", "tést-of-an-accent", "two\nlines"] {
        env.command("auth login --with-token --no-verify")
            .stdin(input)
            .code(3)
            .stderr_contains(&["error: the key ", "hint: copy it from the service's console, as one word\n"])
            .assert();
    }
    env.command("auth login")
        .code(2)
        .stderr_contains(&["standard input is not a terminal", "--with-token"])
        .assert();
    assert!(!env.config_dir().join("credentials.toml").exists());
}

#[test]
fn logging_out_removes_only_the_key() {
    let env = TestEnv::new();
    env.command("config set retries 1 --profile fast -q").assert();
    env.command("auth login --with-token --no-verify -q").stdin(KEY).assert();
    env.command("auth login --with-token --no-verify -q --profile fast").stdin(KEY).assert();
    env.command("auth logout").stderr("✓ key removed from [config]/credentials.toml\n").assert();
    env.command("auth logout").stderr("note: no key was stored in [config]/credentials.toml\n").assert();
    env.command("auth status").code(4).any_stderr().assert();
    env.command("auth status --profile fast").any_stdout().assert();
    env.command("auth logout --profile fast -q").assert();
    let left = fs::read_to_string(env.config_dir().join("credentials.toml")).unwrap();
    assert!(!left.contains("k3yt"), "{left}");
}

#[test]
fn at_most_four_characters_of_a_key_are_shown_and_none_of_a_short_one() {
    let env = TestEnv::new();
    let status = |key: &str| {
        let run = env.command("auth status --json").env("AIMLAPI_KEY", key);
        run.any_stdout().assert().json()
    };
    let long = status("0123456789abcdef");
    assert_eq!(
        (&long["key"], &long["source"], &long["origin"]),
        (&"0123…".into(), &"environment".into(), &"AIMLAPI_KEY".into())
    );
    assert_eq!(status("0123456789abcde")["key"], "…");
}

#[test]
fn key_sources_are_tried_in_order() {
    let env = TestEnv::new();
    env.command("auth login --with-token --no-verify -q").stdin("stored-stored-stored").assert();
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("key");
    fs::write(&file, "command-command-command\n").unwrap();
    if cfg!(unix) {
        env.command_with(["config", "set", "-q", "api_key_command", "cat"]).arg(&file).assert();
    }
    let names = ["SEEDEDIT_API_KEY", "AIMLAPI_API_KEY", "AIMLAPI_KEY", "AIML_API_KEY"];
    for first in 0..=names.len() {
        let mut run = env.command("auth status --json");
        for name in &names[first..] {
            run = run.env(name, format!("of-{name}-xxxx"));
        }
        let origin = run.any_stdout().assert().json()["origin"].clone();
        let expected = names.get(first).copied().unwrap_or(if cfg!(unix) { "api_key_command" } else { "" });
        if !expected.is_empty() {
            assert_eq!(origin, expected);
        }
    }
    env.command("config unset api_key_command -q").assert();
    let run = env.command("auth status --json").env("SEEDEDIT_API_KEY", "");
    assert_eq!(
        run.any_stdout().assert().json()["source"],
        "credentials",
        "an empty variable counts as unset"
    );
}

#[test]
fn a_variable_that_overrides_the_stored_key_is_reported() {
    let env = TestEnv::new();
    env.command("auth login --with-token --no-verify")
        .env("AIMLAPI_KEY", "0123456789abcdef")
        .stdin(KEY)
        .stderr(format!("{STORED}note: AIMLAPI_KEY is set and comes before the stored key\n"))
        .assert();
}

#[cfg(unix)]
#[test]
fn api_key_command_runs_without_a_shell() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("a key; rm -rf $HOME");
    fs::write(&file, format!("{KEY}\n")).unwrap();
    env.command_with(["config", "set", "-q", "api_key_command", "cat"]).arg(&file).assert();
    env.edit("-q").env("SEEDEDIT_BASE_URL", service.url()).stdout("out.jpg\n").assert();
    service.ledger().ensure_counts(1, 1);
}

#[cfg(unix)]
#[test]
fn a_failing_api_key_command_is_reported_and_nothing_is_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for (command, message) in [
        (&["false"][..], "error: api_key_command (false) failed (exit status: 1)"),
        (&["true"], "error: api_key_command (true) printed no valid key: the key is empty"),
        (&["no-such-program-here"], "error: api_key_command (no-such-program-here) could not be started"),
        (&["echo", "two words"], "error: api_key_command (echo) printed no valid key: "),
    ] {
        env.command_with(["config", "set", "-q", "api_key_command"].iter().chain(command)).assert();
        env.edit("")
            .env("SEEDEDIT_BASE_URL", service.url())
            .code(4)
            .stderr_contains(&[message, "hint: run the command yourself"])
            .assert();
    }
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_profile_with_its_own_service_never_gets_the_default_key() {
    let (env, server) =
        (TestEnv::with_picture(), RawServer::always_sending(answer(500, "text/plain", b"", "")));
    env.write_config(&format!("[profiles.other]\nbase_url = \"{}\"\n", server.url()));
    env.command("auth login --with-token --no-verify -q").stdin(KEY).assert();
    env.edit("--profile other").code(4).stderr_contains(&["error: no API key"]).assert();
    assert_eq!(server.connections(), 0);
    env.command("auth login --with-token --no-verify -q --profile other").stdin(KEY).assert();
    env.edit("--profile other").code(8).any_stderr().assert();
    assert_eq!(server.posts(), 1);
}

#[test]
fn an_invalid_credentials_file_is_named_and_not_quoted() {
    let env = TestEnv::with_picture();
    for text in ["api_key = \"topsecret", "api_key = 7\n", "api_key = \"two topsecret words\"\n"] {
        fs::write(env.config_dir().join("credentials.toml"), text).unwrap();
        let output = env.edit("").code(3).stderr_contains(&["[config]/credentials.toml"]).assert();
        assert!(!output.stderr.contains("topsecret"), "{}", output.stderr);
    }
}

#[test]
fn a_login_at_another_host_does_not_replace_the_key_of_the_service() {
    let env = TestEnv::new();
    env.command("auth login --with-token --no-verify -q").stdin(KEY).assert();
    let login =
        env.command("auth login --with-token --base-url http://127.0.0.1:9").stdin("other-key-0123456");
    let message =
        "error: a key for AI/ML API is stored, and one for http://127.0.0.1:[port] would replace it";
    login.code(3).stderr_contains(&[message, "--profile"]).assert();
    let status = env.command("auth status --json").any_stdout().assert().json();
    assert_eq!(status["key"], format!("{}…", &KEY[..4]));
}

#[test]
fn a_login_to_the_sandbox_stores_no_key() {
    let env = TestEnv::new();
    env
        .command("auth login --with-token --sandbox")
        .stdin(KEY)
        .stderr("✓ the key is good; the balance is 1000.00 USD\nnote: the sandbox takes any key, so nothing was stored\n")
        .assert();
    assert!(!env.config_dir().join("credentials.toml").exists());
}

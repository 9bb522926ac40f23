//! The `config` commands: values, their origins, and the file that stores them.

use std::fs;

use serde_json::Value;

use crate::support::TestEnv;

#[test]
fn all_settings_have_defaults() {
    let env = TestEnv::new();
    env.command("config list")
        .stdout(
            "service          aimlapi                                  (default)\n\
             base_url         https://api.aimlapi.com                  (default)\n\
             path             /v1/images/generations                   (default)\n\
             model            bytedance/seededit-3.0-i2i               (default)\n\
             successor        auto                                     (default)\n\
             timeout          5m                                       (default)\n\
             connect_timeout  10s                                      (default)\n\
             retries          3                                        (default)\n\
             response_format  -                                        (default)\n\
             watermark        -                                        (default)\n\
             guidance_scale   -                                        (default)\n\
             if_exists        -                                        (default)\n\
             metadata         -                                        (default)\n\
             region_context   -                                        (default)\n\
             answer_store     1 GB                                     (default)\n\
             max_cost         -                                        (default)\n\
             max_cost_per_day -                                        (default)\n\
             confirm_above    -                                        (default)\n\
             color            auto                                     (default)\n\
             api_key_command  -                                        (default)\n\
             profile          -                                        (default)\n",
        )
        .assert();
    assert!(fs::read_dir(env.config_dir()).unwrap().next().is_none(), "listing wrote a file");
}

#[test]
fn each_value_is_listed_with_its_origin() {
    let env = TestEnv::new();
    env.write_config(
        "model = \"from-file\"\nretries = 1\nprofile = \"ark\"\n\n[profiles.ark]\nretries = 2\ntimeout = \"1m\"\n",
    );
    let run = env.command("config list --json").env("SEEDEDIT_MODEL", "from-env");
    let rows = run.any_stdout().assert().json_lines();
    let row = |setting: &str| -> (Value, Value) {
        let row = rows.iter().find(|row| row["setting"] == setting).unwrap();
        (row["value"].clone(), row["origin"].clone())
    };
    assert_eq!(row("model"), ("from-env".into(), "SEEDEDIT_MODEL".into()));
    let (retries, origin) = row("retries");
    assert_eq!(retries, "2");
    assert!(origin.as_str().unwrap().contains("ark"), "{origin}");
    assert_eq!(row("timeout").0, "1m");
    assert_eq!(row("base_url").1, "default");
    env.command("config get retries").stdout("2\n").assert();
    env.command("config get timeout --profile ark").stdout("1m\n").assert();
    env.command("config get model").stdout("from-file\n").assert();
}

#[test]
fn setting_a_value_keeps_the_comments_of_the_file() {
    let env = TestEnv::new();
    env.write_config(
        "# mine\nmodel = \"old\" # why\n\n# patience\ntimeout = \"1m\"\n\n[profiles.ark] # the maker's\nretries = 1\n",
    );
    let message = |setting: &str| format!("✓ {setting} set in [config]/config.toml\n");
    env.command("config set model new").stderr_contains(&[&message("model")]).assert();
    env.command("config set retries 0 --profile ark").stderr(message("retries")).assert();
    env.command("config set watermark true -q").assert();
    let refused = env.command("config set max_cost_per_day -3").code(3).any_stderr().assert();
    assert!(
        refused.stderr.contains("max_cost_per_day") && refused.stderr.contains("not an amount"),
        "{}",
        refused.stderr
    );
    env.command("config unset timeout").stderr("✓ timeout removed from [config]/config.toml\n").assert();
    env.command("config unset timeout")
        .stderr("note: timeout was not set in [config]/config.toml\n")
        .assert();
    let text = fs::read_to_string(env.config_dir().join("config.toml")).unwrap();
    for kept in [
        "# mine\n",
        "model = \"new\" # why\n",
        "[profiles.ark] # the maker's\nretries = 0\n",
        "watermark = true\n",
    ] {
        assert!(text.contains(kept), "{kept:?} is not in\n{text}");
    }
    assert!(!text.contains("timeout"), "{text}");
}

#[test]
fn setting_a_value_creates_the_profile() {
    let env = TestEnv::new();
    env.command("config set base_url https://ark.example/api --profile ark -q").assert();
    env.command("config get base_url").stdout("https://api.aimlapi.com\n").assert();
    env.command("config get base_url")
        .env("SEEDEDIT_PROFILE", "ark")
        .stdout("https://ark.example/api\n")
        .assert();
    env.command("config list --profile nope")
        .code(3)
        .stderr("error: no profile `nope` in [config]/config.toml\nhint: the file has these profiles: ark\n")
        .assert();
    env.command("config list --profile akr")
        .code(3)
        .stderr("error: no profile `akr` in [config]/config.toml\nhint: did you mean `ark`?\n")
        .assert();
}

#[test]
fn an_invalid_value_is_not_written() {
    let env = TestEnv::new();
    env.write_config("model = \"good\"\n");
    for args in [
        "config set timeout soon",
        "config set retries 21",
        "config set guidance_scale 101",
        "config set base_url http://api.example",
        "config set watermark perhaps",
        "config set if_exists ask",
        "config set color red",
    ] {
        let setting = args.split(' ').nth(2).unwrap();
        env.command(args).code(3).stderr_contains(&[&format!("error: {setting}: ")]).assert();
    }
    env.command("config set nonsense 1").code(2).stderr_contains(&["nonsense"]).assert();
    env.command("config get modle")
        .code(2)
        .stderr_contains(&["modle", "a similar value exists: 'model'"])
        .assert();
    env.command("config set model a b")
        .code(2)
        .stderr_contains(&["error: model takes one value, not 2"])
        .assert();
    assert_eq!(fs::read_to_string(env.config_dir().join("config.toml")).unwrap(), "model = \"good\"\n");
}

#[test]
fn an_invalid_line_of_the_file_is_named() {
    for (text, message) in [
        (
            "model = \"a\"\n\ntimeuot = \"5m\"\n",
            "config.toml:3: `timeuot` is not a setting; did you mean `timeout`?",
        ),
        ("model = \"a\"\ntimeout = \"soon\"\n", "config.toml:2: timeout: not a duration"),
        ("\nretries = -1\n", "config.toml:2: retries: must be a whole number from 0 to 20"),
        ("model = \"a\nretries = 1\n", "config.toml:1: "),
        ("[profiles.x]\nprofile = \"y\"\n", "config.toml:2: `profile` belongs at the top of the file"),
        ("base_url = \"http://api.example\"\n", "config.toml:1: base_url: the key is sent over https only"),
        (
            "api_key = \"topsecret\"\n",
            "config.toml:1: a key does not belong here; store it with `seededit auth login`",
        ),
        ("api_key_command = \"pass show x\"\n", "config.toml:1: api_key_command"),
    ] {
        let env = TestEnv::new();
        env.write_config(text);
        let output = env
            .command("config list")
            .code(3)
            .stderr_contains(&["error: [config]/", message, "hint: fix that line"])
            .assert();
        assert!(!output.stderr.contains("topsecret"), "{}", output.stderr);
        let record = env.command("config list --json").code(3).any_stdout().any_stderr().assert().json();
        assert_eq!(record["error"]["kind"], "input");
    }
}

#[test]
fn an_invalid_variable_is_named() {
    let env = TestEnv::new();
    env.command("config list")
        .env("SEEDEDIT_BASE_URL", "http://api.example")
        .code(3)
        .stderr_contains(&[
            "error: SEEDEDIT_BASE_URL: the key is sent over https only",
            "hint: fix or unset SEEDEDIT_BASE_URL",
        ])
        .assert();
}

#[test]
fn the_path_is_printed_and_nothing_is_read_from_the_working_directory() {
    let env = TestEnv::new();
    env.command("config path").stdout("[config]/config.toml\n").assert();
    env.write("config.toml", "model = \"planted\"\n");
    env.write(".seededit.toml", "model = \"planted\"\n");
    fs::remove_file(env.path(".seededit.toml")).unwrap();
    env.command("config get model").stdout("bytedance/seededit-3.0-i2i\n").assert();
}

#[test]
fn a_setting_without_value_or_default_says_how_to_set_it() {
    let env = TestEnv::new();
    env
        .command("config get watermark")
        .code(3)
        .stderr("error: watermark is not set, and has no default\nhint: `seededit config set watermark VALUE` sets it\n")
        .assert();
}

#[cfg(unix)]
#[test]
fn files_are_readable_by_their_owner_only_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    for umask in ["000", "022", "077"] {
        let env = TestEnv::new();
        let config_dir = env.data_dir().join("not/yet/there");
        let script = format!("umask {umask}; exec \"$0\" \"$@\"");
        env.command("config set model x -q")
            .env("SEEDEDIT_CONFIG_DIR", &config_dir)
            .wrapped_in("sh", &["-c", &script])
            .assert();
        env.command("auth login --with-token --no-verify -q")
            .stdin(crate::support::KEY)
            .env("SEEDEDIT_CONFIG_DIR", &config_dir)
            .wrapped_in("sh", &["-c", &script])
            .assert();
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&config_dir.join("config.toml")), 0o600, "umask {umask}");
        assert_eq!(mode(&config_dir.join("credentials.toml")), 0o600, "umask {umask}");
        assert_eq!(mode(&config_dir), 0o700, "umask {umask}");
        assert_eq!(fs::read_dir(&config_dir).unwrap().count(), 2, "a temporary file was left behind");
    }
}

#[cfg(unix)]
#[test]
fn a_file_readable_by_others_is_made_private_when_it_is_written() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::new();
    env.write_config("model = \"a\"\n");
    let file = env.config_dir().join("config.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    env.command("config set model b -q").assert();
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_arguments_of_api_key_command_are_not_listed() {
    let env = TestEnv::new();
    env.command_with([
        "config",
        "set",
        "-q",
        "api_key_command",
        "--",
        "pass",
        "show",
        "--quiet",
        "private-name",
    ])
    .assert();
    let output = env.command("config list").any_stdout().assert();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("pass …") && !printed.contains("private-name"), "{printed}");
}

#[test]
fn a_missing_profile_cannot_become_the_default() {
    let env = TestEnv::new();
    let message = "no profile `wrk` in [config]/config.toml";
    env.command("config set profile wrk").code(3).stderr_contains(&[message]).assert();
    env.command("config set model m --profile work").any_stderr().assert();
    env.command("config set profile wrk").code(3).stderr_contains(&["did you mean `work`?"]).assert();
    env.command("config set profile work").any_stderr().assert();
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_written_is_reported_without_the_name_of_a_temporary_file() {
    // Root ignores permissions, but cannot create files in /proc.
    TestEnv::new()
        .command("config set model x")
        .env("SEEDEDIT_CONFIG_DIR", "/proc/self")
        .code(3)
        .stderr(
            "error: cannot write /proc/self/config.toml: no such file or directory\n\
             hint: check its permissions, or choose another directory with SEEDEDIT_CONFIG_DIR\n",
        )
        .assert();
}

#[test]
fn a_model_or_a_service_that_nobody_knows_is_stored_with_a_note() {
    let env = TestEnv::new();
    for (setting, value) in [("model", "unknown-model"), ("service", "unknown-service")] {
        let run = env.command(&format!("config set {setting} {value}"));
        run.stderr_contains(&["note: it cannot be used now: ", value, "; "]).assert();
        env.command(&format!("config unset {setting}")).any_stderr().assert();
    }
    let run = env.command("config set model seededit-3.0-i2i").any_stderr().assert();
    assert!(!run.stderr.contains("note:"), "{}", run.stderr);
    let similar = env.command("config set model bytedance/seededit-3.1-i2i");
    similar.stderr_contains(&["; did you mean `bytedance/seededit-3.0-i2i`?"]).assert();
    // Another host may have any model.
    env.write_config("base_url = \"https://images.example\"\n");
    let similar = env.command("config set model bytedance/seededit-3.1-i2i");
    let unknown = "note: no model `bytedance/seededit-3.1-i2i` at aimlapi, so it is sent as it is";
    similar.stderr_contains(&[unknown, "; did you mean `bytedance/seededit-3.0-i2i`?"]).assert();
}

#[test]
fn a_duration_without_a_unit_is_stored_with_a_note_about_it() {
    let env = TestEnv::new();
    let note = "note: a number without a unit is in seconds, so it is ";
    for (setting, value, is) in [("timeout", "90", "1m30s"), ("connect_timeout", "5", "5s")] {
        let run = env.command(&format!("config set {setting} {value}"));
        run.stderr_contains(&[&format!("{note}{is}\n")]).assert();
    }
    let run = env.command("config set timeout 5m").any_stderr().assert();
    assert!(!run.stderr.contains("note:"), "{}", run.stderr);
}

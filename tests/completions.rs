//! Completion: the committed scripts, and real shells.
//!
//! `SEEDEDIT_UPDATE=1 cargo test` rewrites the generated scripts; read the difference before you commit it.

use crate::support::{TestEnv, committed_names, ensure_committed, printed};

const SCRIPTS: [(&str, &str); 5] = [
    ("bash", "seededit.bash"),
    ("zsh", "_seededit"),
    ("fish", "seededit.fish"),
    ("powershell", "_seededit.ps1"),
    ("elvish", "seededit.elv"),
];

#[test]
fn the_committed_scripts_are_up_to_date() {
    for (shell, file) in SCRIPTS {
        ensure_committed(&format!("completions/{file}"), &printed(&format!("completions {shell}")));
    }
    let mut names = SCRIPTS.map(|(_, file)| file);
    names.sort_unstable();
    assert_eq!(committed_names("completions"), names);
}

#[test]
fn scripts_of_the_other_shells_contain_all_visible_commands_and_flags() {
    for shell in ["powershell", "elvish"] {
        let script = printed(&format!("completions {shell}"));
        for part in ["history", "forget", "--if-exists"] {
            assert!(script.contains(part), "{shell}: {part}");
        }
        assert!(!script.contains("__complete"), "{shell}");
    }
}

#[test]
fn an_unknown_shell_is_refused() {
    TestEnv::new().command("completions tcsh").code(2).stderr_contains(&["invalid value 'tcsh'"]).assert();
}

#[test]
fn the_end_of_a_models_name_is_offered_where_it_is_enough() {
    let env = TestEnv::new();
    let offered = |typed: &str| -> Vec<String> {
        let output = env.command_with(["__complete", "--", "edit", "-m", typed]).any_stdout().assert();
        let text = String::from_utf8(output.stdout).unwrap();
        let names = text.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned());
        names.filter(|name| name.starts_with(typed)).collect()
    };
    let ends = ["kontext-max/image-to-image", "kontext-pro/image-to-image"];
    assert_eq!(offered("kontext"), ends);
    assert_eq!(offered("flux/kontext-m"), ["flux/kontext-max/image-to-image"]);
    // Several models end with it.
    assert_eq!(offered("image-to-image"), [""; 0]);
    for end in ends {
        env.command_with(["models", "show", end]).any_stdout().assert();
    }
}

/// Completion has no side effects.
mod side_effects {
    use std::fs;
    use std::net::TcpListener;

    use rusqlite::Connection;

    use crate::support::{KEY, Service, TestEnv};

    /// Lines that complete something of each kind, with `_` for an empty word.
    const LINES: [&str; 12] = [
        "_",
        "edit _",
        "edit -",
        "edit --profile _",
        "edit --if-exists _",
        "config set profile _",
        "history show _",
        "history show 1",
        "history forget --sandbox _",
        "recover _",
        "recover --pay-again _",
        "sandbox --fault _",
    ];

    /// Completes each line as the scripts do. It must succeed in every environment.
    fn complete_each_line(env: &TestEnv, vars: &[(&str, &str)]) {
        for line in LINES {
            let words = line.split(' ').map(|word| if word == "_" { "" } else { word });
            let mut run = env.command_with(["__complete", "--"].into_iter().chain(words)).any_stdout();
            for (name, value) in vars {
                run = run.env(name, value);
            }
            run.assert();
        }
    }

    #[test]
    fn nothing_is_created_where_there_is_nothing() {
        let env = TestEnv::new();
        let (config, data) = (env.path("no-config"), env.path("no-data"));
        complete_each_line(
            &env,
            &[
                ("SEEDEDIT_CONFIG_DIR", config.to_str().unwrap()),
                ("SEEDEDIT_DATA_DIR", data.to_str().unwrap()),
            ],
        );
        complete_each_line(&env, &[]);
        assert_eq!(env.file_names(), [""; 0]);
        assert_eq!(env.data_files(), [""; 0]);
        assert_eq!(fs::read_dir(env.config_dir()).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_sent_and_no_key_is_fetched() {
        let env = TestEnv::new();
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        server.set_nonblocking(true).unwrap();
        let url = format!("http://{}", server.local_addr().unwrap());
        env.write_config(&format!("base_url = \"{url}\"\napi_key_command = [\"touch\", \"fetched\"]\n"));
        complete_each_line(&env, &[]);
        complete_each_line(&env, &[("SEEDEDIT_API_KEY", KEY)]);
        assert!(server.accept().is_err(), "something connected");
        assert_eq!(env.file_names(), [""; 0]);
    }

    #[test]
    fn broken_files_are_ignored_silently() {
        let env = TestEnv::new();
        for content in ["", "not toml [", "unknown = 1\n", "[profiles]\nx = 1\n"] {
            env.write_config(content);
            for journal in [&b""[..], b"not a database"] {
                fs::write(env.data_dir().join("journal.db"), journal).unwrap();
                complete_each_line(&env, &[]);
                assert_eq!(fs::read(env.data_dir().join("journal.db")).unwrap(), journal);
            }
        }
        fs::remove_file(env.data_dir().join("journal.db")).unwrap();
        fs::create_dir(env.data_dir().join("journal.db")).unwrap();
        complete_each_line(&env, &[]);
    }

    #[test]
    fn a_locked_journal_is_not_waited_for() {
        let (env, service) = (TestEnv::with_picture(), Service::new());
        env.edit("-q").service(&service).any_stdout().assert();
        let writer = Connection::open(env.data_dir().join("journal.db")).unwrap();
        writer.execute_batch("BEGIN EXCLUSIVE").unwrap();
        let started = std::time::Instant::now();
        let run = env.command_with(["__complete", "--", "history", "show", ""]);
        let output = String::from_utf8(run.any_stdout().assert().stdout).unwrap();
        assert!(output.contains("#1, just now, delivered: \"add a bird\"\n:nothing\n"), "{output}");
        assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
    }
}

#[cfg(unix)]
mod in_shells {
    use crate::support::{Service, Session, Shell, TestEnv, bash_candidates, fish_candidates, png};

    /// Two profiles, and a journal with two delivered jobs and one that may have been charged.
    fn env_with_jobs() -> TestEnv {
        let env = TestEnv::with_picture();
        env.write_config("[profiles.home]\n[profiles.work]\nbase_url = \"https://work.test\"\n");
        let service = Service::with_faults(&["reset-after-charge:1"]);
        let edit = |prompt, output| {
            env.command_with(["edit", "in.png", prompt, "-o", output, "-q"]).service(&service).any_stdout()
        };
        edit("in doubt", "a.jpg").code(8).any_stderr().assert();
        edit("add a bird", "b.jpg").assert();
        edit("at: 'night'", "c.jpg").assert();
        env
    }

    /// The ids of the jobs with this status, newest first.
    fn ids(env: &TestEnv, status: &str) -> Vec<String> {
        let listed = env.command("history --json --status").arg(status).any_stdout().any_stderr().assert();
        listed.json_lines().iter().map(|job| job["job"].as_str().unwrap().to_owned()).collect()
    }

    /// What is offered at the end of `line` in bash and in fish, without descriptions.
    fn offered(env: &TestEnv, line: &str) -> Vec<(Shell, Vec<String>)> {
        let mut found = Vec::new();
        if Shell::Bash.is_installed() {
            found.push((Shell::Bash, bash_candidates(env, line)));
        }
        if Shell::Fish.is_installed() {
            let candidates = fish_candidates(env, line).into_iter();
            let values = candidates.map(|line| line.split('\t').next().unwrap_or_default().to_owned());
            found.push((Shell::Fish, values.collect()));
        }
        found
    }

    fn ensure_offers(env: &TestEnv, line: &str, expected: &[&str]) {
        for (shell, candidates) in offered(env, line) {
            assert_eq!(candidates, expected, "{} {line}", shell.name());
        }
    }

    #[test]
    fn every_closed_set_of_values_is_offered() {
        let env = TestEnv::new();
        ensure_offers(&env, "seededit config set co", &["connect_timeout", "confirm_above", "color"]);
        ensure_offers(&env, "seededit config get ti", &["timeout"]);
        ensure_offers(&env, "seededit config unset -q ret", &["retries"]);
        for (line, values) in [
            ("seededit config set if_exists ", &["fail", "overwrite", "rename", "skip"][..]),
            ("seededit config set response_format ", &["url", "b64_json"]),
            ("seededit config set watermark ", &["true", "false"]),
            ("seededit config set color ", &["auto", "always", "never"]),
            ("seededit edit in.png --format ", &["jpeg", "png", "webp"]),
            ("seededit merge a b --format=", &["--format=jpeg", "--format=png", "--format=webp"]),
            ("seededit batch --fit ", &["convert", "pad"]),
            ("seededit completions ", &["bash", "elvish", "fish", "powershell", "zsh"]),
            ("seededit history --status de", &["delivered"]),
            ("seededit sandbox --fault cut-", &["cut-answer=", "cut-download="]),
            ("seededit sandbox --fault no-", &["no-credits", "no-meta", "no-price", "no-range"]),
            ("seededit man hist", &["history"]),
            ("seededit man history ", &["list", "show", "audit", "forget"]),
            ("seededit auth ", &["login", "logout", "status"]),
            ("seededit help re", &["recipes", "recover", "redo", "replay"]),
            ("seededit help e", &["exit-codes", "environment", "edit"]),
            ("seededit help history ", &["list", "show", "audit", "forget"]),
        ] {
            for (shell, candidates) in offered(&env, line) {
                // In bash, what precedes the = stays on the line.
                let value = |value: &&str| match shell {
                    Shell::Bash => value.trim_start_matches("--format=").to_owned(),
                    _ => (*value).to_owned(),
                };
                let expected: Vec<String> = values.iter().map(value).collect();
                assert_eq!(candidates, expected, "{} {line}", shell.name());
            }
        }
    }

    #[test]
    fn profiles_and_jobs_are_offered_where_they_apply() {
        let env = env_with_jobs();
        let (done, in_doubt) = (ids(&env, "delivered"), ids(&env, "unknown"));
        let (done, in_doubt): (Vec<&str>, Vec<&str>) =
            (done.iter().map(String::as_str).collect(), in_doubt.iter().map(String::as_str).collect());
        let all = [&done[..], &in_doubt[..]].concat();
        for line in
            ["edit --profile ", "config set profile ", "config list --profile ", "auth status --profile "]
        {
            ensure_offers(&env, &format!("seededit {line}"), &["home", "work"]);
        }
        ensure_offers(&env, "seededit history show ", &all);
        ensure_offers(&env, &format!("seededit history show {}", &done[1][..6]), &[done[1]]);
        ensure_offers(&env, &format!("seededit history forget {} ", done[0]), &[done[1], in_doubt[0]]);
        ensure_offers(&env, &format!("seededit replay {}", &done[1][..6]), &[done[1]]);
        ensure_offers(&env, "seededit recover ", &in_doubt);
        ensure_offers(&env, "seededit recover --pay-again ", &in_doubt);
        // The sandbox has a journal of its own.
        ensure_offers(&env, "seededit history show --sandbox ", &[]);
        // A running number: 3 is the oldest of three.
        for (shell, candidates) in offered(&env, "seededit history show 3") {
            assert_eq!(candidates[0], "3", "{}", shell.name());
        }
    }

    #[test]
    fn results_are_offered_where_a_picture_is_expected() {
        let env = env_with_jobs();
        let done: Vec<String> = ids(&env, "delivered").into_iter().map(|id| format!("@{id}")).collect();
        let with_last: Vec<&str> = std::iter::once("@").chain(done.iter().map(String::as_str)).collect();
        for line in [
            "edit @",
            "inspect @",
            "merge in.png @",
            "compare in.png @",
            "sheet @",
            "show @",
            "history show @",
            "replay @",
            "replay x @",
        ] {
            ensure_offers(&env, &format!("seededit {line}"), &with_last);
        }
        ensure_offers(&env, &format!("seededit edit {}", &done[1][..6]), &[&done[1]]);
        ensure_offers(&env, "seededit edit --sandbox @", &["@"]);
    }

    #[test]
    fn fish_shows_descriptions_of_values() {
        if !Shell::Fish.is_installed() {
            return;
        }
        let env = env_with_jobs();
        let jobs = fish_candidates(&env, "seededit history show ");
        assert!(jobs[0].ends_with("\t#1, just now, delivered: \"at: 'night'\""), "{jobs:?}");
        assert!(jobs[2].ends_with("\t#3, just now, unknown: \"in doubt\""), "{jobs:?}");
        let profiles = fish_candidates(&env, "seededit edit --profile ");
        assert_eq!(profiles, ["home", "work\thttps://work.test"]);
        let values = fish_candidates(&env, "seededit config set if_exists ov");
        assert_eq!(values, ["overwrite\tReplace it, atomically"]);
    }

    #[test]
    fn a_value_within_quotes_is_escaped_for_these_quotes() {
        if !Shell::Bash.is_installed() {
            return;
        }
        let env = TestEnv::new();
        env.write_config("[profiles.\"it's $5\"]\n");
        let candidates = |line: &str| bash_candidates(&env, line);
        assert_eq!(candidates("seededit edit --profile \"i"), [r"it's \$5"]);
        assert_eq!(candidates("seededit edit --profile 'i"), [r"it'\''s $5"]);
        assert_eq!(candidates("seededit edit --profile i"), [r"it\'s\ \$5"]);
    }

    #[test]
    fn free_text_completes_neither_values_nor_files() {
        let env = TestEnv::with_picture();
        for line in ["edit --seed ", "edit --region ", "config set timeout ", "batch --max-cost ", "unknown "]
        {
            ensure_offers(&env, &format!("seededit {line}"), &[]);
        }
    }

    fn with_files() -> TestEnv {
        let env = env_with_jobs();
        for name in ["a photo.png", "zoo/inner.png", "my dir/x.png"] {
            env.write(name, png(8, 8));
        }
        env
    }

    #[test]
    fn fish_completes_files_and_directories() {
        if !Shell::Fish.is_installed() {
            return;
        }
        let env = with_files();
        let values = |line: &str| -> Vec<String> {
            let candidates = fish_candidates(&env, line).into_iter();
            candidates.map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
        };
        for command in ["edit", "batch", "merge", "show", "compare", "sheet", "inspect"] {
            let found = values(&format!("seededit {command} "));
            assert_eq!(found, ["a photo.png", "b.jpg", "c.jpg", "in.png", "my dir/", "zoo/"], "{command}");
        }
        assert_eq!(values("seededit edit in.png --mask a"), ["a photo.png"]);
        assert_eq!(values("seededit edit -d "), ["my dir/", "zoo/"]);
        assert_eq!(values("seededit edit --out-dir=m"), ["--out-dir=my dir/"]);
    }

    #[test]
    #[ignore = "slow"]
    fn a_tab_on_a_terminal_completes_files_flags_and_values() {
        for shell in [Shell::Bash, Shell::Zsh] {
            if !shell.is_installed() {
                continue;
            }
            let env = with_files();
            let session = Session::start(shell, &env);
            for command in ["edit", "batch", "merge", "show", "compare", "sheet", "inspect"] {
                session.ensure_becomes(&format!("seededit {command} a"), &[command, "a photo.png"]);
                session.ensure_becomes(&format!("seededit {command} zoo/"), &[command, "zoo/inner.png"]);
                session.ensure_lists(&format!("seededit {command} "), &["b.jpg", "in.png", "zoo/"]);
            }
            session.ensure_becomes("seededit edit \"a p", &["edit", "a photo.png"]);
            session.ensure_becomes("seededit edit x --mask=a", &["edit", "x", "--mask=a photo.png"]);
            session.ensure_becomes("seededit edit x -d m", &["edit", "x", "-d", "my dir"]);
            session.ensure_becomes("seededit edit x --out-dir=m", &["edit", "x", "--out-dir=my dir"]);
            session.ensure_becomes("seededit edit x --pres", &["edit", "x", "--preserve"]);
            session.ensure_becomes("seededit hist", &["history"]);
            session.ensure_becomes("seededit edit --if-exists=o", &["edit", "--if-exists=overwrite"]);
            session.ensure_becomes("seededit config set if_", &["config", "set", "if_exists"]);
            session
                .ensure_becomes("seededit config set if_exists s", &["config", "set", "if_exists", "skip"]);
            session.ensure_becomes("seededit edit --profile w", &["edit", "--profile", "work"]);
            session.ensure_becomes("seededit sandbox --fault=cut-d", &["sandbox", "--fault=cut-download="]);
            let in_doubt = &ids(&env, "unknown")[0];
            session.ensure_becomes("seededit recover ", &["recover", in_doubt]);
            // Nothing fits, and no file is offered instead.
            session.ensure_becomes("seededit edit --seed ", &["edit", "--seed"]);
            let mut listed = vec![in_doubt.as_str()];
            if shell == Shell::Zsh {
                listed.push("-- #1, just now, delivered: \"at: 'night'\"");
                listed.push("-- #3, just now, unknown: \"in doubt\"");
            }
            session.ensure_lists("seededit history show ", &listed);
            session.ensure_lists("seededit config set if_exists ", &["fail", "overwrite", "rename", "skip"]);
            session.end();
        }
    }
}

#[test]
fn a_profile_that_looks_like_a_flag_is_offered_only_where_it_can_be_used() {
    let env = TestEnv::with_picture();
    env.write_config("[profiles.-work]\nmodel = \"kontext-pro\"\n[profiles.home]\nmodel = \"kontext-pro\"\n");
    let offered = |words: &[&str]| {
        let args = [&["__complete", "--", "edit"], words].concat();
        String::from_utf8(env.command_with(args).any_stdout().assert().stdout).unwrap()
    };
    assert_eq!(offered(&["--profile", ""]), "home\n:nothing\n");
    assert_eq!(offered(&["--profile="]), "--profile=-work\n--profile=home\n:nothing\n");
    let run = |profile: &str| env.command_with(["edit", "in.png", "x", "--dry-run", "-q", profile]);
    run("--profile=-work").any_stdout().assert();
}

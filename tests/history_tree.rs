//! `history --tree`: which result was made from which.

use std::fs;

use serde_json::Value;

use crate::support::{Service, TestEnv};

/// An original with two edits, one of which was edited twice further, and another original with a chain.
fn env_with_results(service: &Service) -> TestEnv {
    let env = TestEnv::with_picture();
    let edit = |args: &[&str]| {
        let run = env.command_with(["edit", "-q"].iter().chain(args)).service(service);
        run.any_stdout().assert();
    };
    edit(&["in.png", "add a bird"]);
    edit(&["in.png", "add a boat"]);
    edit(&["in-edited.jpg", "at night"]);
    fs::rename(env.path("in-edited.jpg"), env.path("bird.jpg")).unwrap();
    edit(&["bird.jpg", "in the rain", "-o", "rain.jpg"]);
    env.write("other.png", crate::support::png(50, 40));
    edit(&["other.png", "one", "--then", "two", "-o", "both.jpg"]);
    env
}

fn records(env: &TestEnv, args: &str) -> Vec<Value> {
    env.command(&format!("history --tree --json {args}")).any_stdout().assert().json_lines()
}

#[test]
fn results_are_below_the_pictures_that_they_were_made_from() {
    let service = Service::new();
    let env = env_with_results(&service);
    let output = env.command("history --tree").any_stdout().assert();
    let text = String::from_utf8(output.stdout).unwrap();
    let ids: Vec<String> =
        records(&env, "").iter().map(|record| record["job"].as_str().unwrap().to_owned()).collect();
    let [one, two, bird, night, rain, boat] = &ids[..] else { panic!("{ids:?}") };
    let expected = format!(
        "other.png\n\
         └─ {one}  used by the next step  \"one\"\n   \
            └─ {two}  @ both.jpg  \"two\"\n\
         in.png\n\
         ├─ {bird}  in-edited.jpg (missing)  \"add a bird\"\n\
         │  ├─ {night}  in-edited-edited.jpg  \"at night\"\n\
         │  └─ {rain}  rain.jpg  \"in the rain\"\n\
         └─ {boat}  in-edited-2.jpg  \"add a boat\"\n"
    );
    assert_eq!(text, expected);

    env.command("undo -q").stdout("other.png\n").assert();
    let text = String::from_utf8(env.command("history --tree").any_stdout().assert().stdout).unwrap();
    assert_eq!(text, expected.replace("@ ", "").replacen("other.png", "@ other.png", 1));
}

#[test]
fn files_that_are_not_the_result_any_more_are_marked() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for args in [&["one"][..], &["two", "-o", "in-edited.jpg", "-f"], &["three"]] {
        env.command_with(["edit", "in.png", "-q", "-p"].iter().chain(args))
            .service(&service)
            .any_stdout()
            .assert();
    }
    env.write("in-edited-2.jpg", "changed");
    let text = String::from_utf8(env.command("history --tree").any_stdout().assert().stdout).unwrap();
    for part in [
        "in-edited.jpg (replaced)  \"one\"",
        "in-edited.jpg  \"two\"",
        "@ in-edited-2.jpg (changed)  \"three\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn ancestors_of_what_is_listed_are_added() {
    let service = Service::new();
    let env = env_with_results(&service);
    let found = records(&env, "--grep rain");
    let [bird, rain] = &found[..] else { panic!("{found:?}") };
    assert_eq!((&rain["prompt"], &rain["made_from"]), (&"in the rain".into(), &bird["job"]));
    assert_eq!((&bird["prompt"], &bird["made_from"]), (&"add a bird".into(), &Value::Null));
    let listed = env.command("history --json --limit 1").any_stdout().assert().json();
    let mut record = records(&env, "--limit 1").pop().unwrap();
    record.as_object_mut().unwrap().remove("made_from").unwrap();
    assert_eq!(record, listed);
}

#[test]
fn a_tree_excludes_costs_and_may_be_empty() {
    let env = TestEnv::new();
    env.command("history --tree --cost").code(2).stderr_contains(&["cannot be used with"]).assert();
    env.command("history --tree").stderr("note: no jobs yet\n").assert();
}

#[cfg(unix)]
#[test]
fn a_tree_fits_a_terminal_however_deep_it_is() {
    use crate::support::Terminal;

    let (env, service) = (TestEnv::with_picture(), Service::new());
    let mut picture = "in.png".to_owned();
    for step in 0..16 {
        let run = env.command_with(["edit", &picture, &format!("step {step} of a long row"), "-q"]);
        run.service(&service).any_stdout().assert();
        picture = "@".to_owned();
    }
    for columns in [80, 40] {
        let seen = Terminal::spawn(env.command("history --tree").any_stderr(), columns).wait();
        let lines: Vec<&str> =
            seen.lines().filter(|line| line.contains(".jpg") || line.trim_end() == "in.png").collect();
        assert_eq!(lines.len(), 17, "{seen}");
        for line in &lines {
            let width = textwrap::core::display_width(line.trim_end());
            assert!(width <= usize::from(columns), "{width} columns: {line}");
        }
        assert!(lines[16].contains("└─ 1  @ in-edited-16.jpg"), "{}", lines[16]);
    }
}

#[test]
fn an_original_that_is_not_the_picture_any_more_is_marked() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let first = || {
        let text = String::from_utf8(env.command("history --tree").any_stdout().assert().stdout).unwrap();
        text.lines().next().unwrap().to_owned()
    };
    let original = env.read("in.png");
    env.command_with(["edit", "in.png", "one", "-q", "-o", "a.png"]).service(&service).any_stdout().assert();
    assert_eq!(first(), "in.png");
    env.write("in.png", crate::support::png(30, 30));
    assert_eq!(first(), "in.png (changed)");
    fs::remove_file(env.path("in.png")).unwrap();
    assert_eq!(first(), "in.png (missing)");
    env.write("in.png", original);
    let run = env.command_with(["edit", "in.png", "two", "-q", "-f", "-o", "in.png"]).service(&service);
    run.any_stdout().any_stderr().assert();
    assert_eq!(first(), "in.png (replaced)");
}

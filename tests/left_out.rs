//! Every file that looks like a picture is accounted for: done, left out with a reason, or failed.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::{RawServer, Service, TestEnv, jpeg, png};

/// Two pictures, and one of each file that is no picture for the edit.
fn env_with_folder() -> TestEnv {
    let env = TestEnv::new();
    env.write("p/a.png", png(48, 48));
    env.write("p/sub/b.png", png(50, 48));
    env.write("p/cut.jpg", &jpeg(64, 64)[..300]);
    env.write("p/empty.png", "");
    env.write("p/text.jpg", "no picture");
    env.write("p/raw.NEF", "raw");
    env.write("p/sub/old.jp2", "old");
    env.write("p/.hidden.png", png(48, 48));
    env.write("p/.git/object.png", png(48, 48));
    env.write("p/README", "about these pictures");
    env.write("p/notes.txt", "notes");
    env
}

/// The names of the pictures in records of skipped ones, by reason.
fn skipped(records: &[Value]) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::<String, Vec<String>>::new();
    for record in records.iter().filter(|record| record["status"] == "skipped") {
        assert!(record["output"].is_null() && record["message"].is_string(), "{record}");
        let text = |name: &str| record[name].as_str().unwrap().to_owned();
        found.entry(text("reason")).or_default().push(text("input"));
    }
    found
}

fn expected(reasons: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
    let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    reasons.iter().map(|(reason, names)| (reason.to_string(), owned(names))).collect()
}

#[test]
fn by_default_all_problems_of_a_folder_are_listed_and_nothing_is_sent() {
    let (env, server) = (env_with_folder(), RawServer::new(|_| {}));
    let run = env.command("edit -R p -p x -d out").base_url(&server.url()).code(3);
    let found = run.any_stderr().assert().stderr;
    for name in ["p/cut.jpg", "p/empty.png", "p/text.jpg", "p/raw.NEF", "p/sub/old.jp2"] {
        assert!(found.contains(&format!("error: {name}")), "{name}: {found}");
    }
    assert!(found.ends_with(
        "error: 5 faults\nhint: nothing was sent; fix all of them first, or continue without: --skip-unreadable\n"
    ));
    for name in ["a.png", "README", "notes.txt"] {
        assert!(!found.contains(name), "{name}: {found}");
    }
    assert_eq!((server.connections(), env.file_names()), (0, vec!["p".to_owned()]));
}

#[test]
fn skip_unreadable_edits_the_others_and_accounts_for_every_picture() {
    let (env, service) = (env_with_folder(), Service::new());
    let run = env.command("edit -R p -p x -d out --skip-unreadable --json").service(&service).code(11);
    let output = run
        .any_stdout()
        .stderr_contains(&[
            "error: 5 pictures were left out",
            "2 tasks: 2 made  $0.063  ",
            "; left out: 3 unreadable, 2 unsupported, 1 hidden\n",
        ])
        .assert();
    let records = output.json_lines();
    assert_eq!(
        skipped(&records),
        expected(&[
            ("hidden", &["p/.hidden.png"]),
            ("unreadable", &["p/cut.jpg", "p/empty.png", "p/text.jpg"]),
            ("unsupported", &["p/raw.NEF", "p/sub/old.jp2"]),
        ])
    );
    assert_eq!(records.iter().filter(|record| record["status"] == "ok").count(), 2);
    assert_eq!(records.len(), 8);
    assert!(output.stderr.trim_end().lines().last().unwrap().contains("left out"));
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_dry_run_accounts_for_every_picture_too() {
    let (env, server) = (env_with_folder(), RawServer::new(|_| {}));
    let run =
        env.command("edit -R p -p x -d out --skip-unreadable --dry-run").base_url(&server.url()).code(11);
    run.any_stdout()
        .stderr_contains(&[
            "note: left out: p/cut.jpg is truncated",
            "note: left out: p/raw.NEF is a raw file of a camera, which is not read",
            "note: left out: p/.hidden.png is hidden",
            "left out: 3 unreadable, 2 unsupported, 1 hidden\n",
        ])
        .assert();
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_folder_with_hidden_and_other_files_is_edited_with_exit_code_0() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("p/a.png", png(48, 48));
    env.write("p/._a.png", "metadata of another system");
    env.write("p/README", "text");
    env.command("edit -R p -p x -d out")
        .service(&service)
        .stdout("out/a-edited.jpg\n")
        .stderr_contains(&["note: left out: p/._a.png is hidden", "1 task: 1 made", "; left out: 1 hidden\n"])
        .assert();
}

#[test]
fn several_named_pictures_can_be_edited_without_the_damaged_ones() {
    let (env, service) = (env_with_folder(), Service::new());
    let args = "edit p/a.png p/cut.jpg p/README p/gone.png p/sub -p x -d out";
    let refused = env.command(args).service(&service).code(3).any_stderr().assert().stderr;
    assert!(refused.contains("error: 4 faults") && refused.contains("--skip-unreadable"), "{refused}");
    let run = env.command(args).args("--skip-unreadable --json").service(&service).code(11);
    let records = run.any_stdout().any_stderr().assert().json_lines();
    assert_eq!(
        skipped(&records),
        expected(&[("not_a_picture", &["p/README"]), ("unreadable", &["p/cut.jpg", "p/gone.png", "p/sub"]),])
    );
    // A file that is no picture was not wanted.
    let run = env.command("edit p/a.png p/README -p y -d out --skip-unreadable").service(&service);
    run.any_stdout().stderr_contains(&["; left out: 1 not a picture\n"]).assert();
    // Other faults are not skipped.
    let run = env.command("edit p/a.png p/cut.jpg -p x -d out --skip-unreadable --mask p/gone.png");
    run.service(&service).code(3).any_stderr().assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_run_without_a_picture_left_sends_nothing() {
    let (env, server) = (env_with_folder(), RawServer::new(|_| {}));
    let run = env.command("edit p/cut.jpg p/empty.png -p x -d out --skip-unreadable").base_url(&server.url());
    run.code(3)
        .stderr_contains(&[
            "error: no picture is left to edit (left out: 2 unreadable)",
            "hint: nothing was sent",
        ])
        .assert();
    // Nobody asked to go on without the only picture.
    let run = env.command("edit p/cut.jpg x --skip-unreadable").base_url(&server.url()).code(3);
    run.stderr_contains(&["error: p/cut.jpg is truncated"]).assert();
    assert_eq!(server.connections(), 0);
}

#[cfg(unix)]
#[test]
fn links_are_edited_once_and_those_that_lead_nowhere_are_reported() {
    use std::os::unix::fs::symlink;

    let (env, service) = (TestEnv::new(), Service::new());
    env.write("p/a.png", png(48, 48));
    env.write("elsewhere/b.png", png(50, 48));
    symlink("a.png", env.path("p/again.png")).unwrap();
    symlink("../elsewhere/b.png", env.path("p/linked.png")).unwrap();
    symlink("gone.png", env.path("p/dangling.png")).unwrap();
    symlink("loop.png", env.path("p/loop.png")).unwrap();
    symlink("../elsewhere", env.path("p/folder")).unwrap();
    let run = env.command("edit -R p -p x -d out --skip-unreadable --json").service(&service).code(11);
    let records = run.any_stdout().any_stderr().assert().json_lines();
    assert_eq!(
        skipped(&records),
        expected(&[
            ("linked_directory", &["p/folder"]),
            ("repeated", &["p/again.png"]),
            ("unreadable", &["p/dangling.png", "p/loop.png"]),
        ])
    );
    service.ledger().ensure_counts(2, 2);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_reported() {
    use std::os::unix::fs::PermissionsExt;

    let (env, service) = (TestEnv::new(), Service::new());
    for name in ["p/a.png", "p/closed.png", "p/shut/b.png"] {
        env.write(name, png(48, 48));
    }
    let set_mode = |name: &str, mode| {
        fs::set_permissions(env.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode("p/closed.png", 0);
    set_mode("p/shut", 0);
    // Nothing is closed to root.
    if fs::read_dir(env.path("p/shut")).is_err() {
        let refused =
            env.command("edit -R p -p x -d out").service(&service).code(3).any_stderr().assert().stderr;
        for name in ["p/closed.png", "p/shut"] {
            assert!(refused.contains(&format!("error: cannot read {name}: permission denied")), "{refused}");
        }
        let run = env.command("edit -R p -p x -d out --skip-unreadable --json").service(&service).code(11);
        let records = run.any_stdout().any_stderr().assert().json_lines();
        assert_eq!(skipped(&records), expected(&[("unreadable", &["p/shut", "p/closed.png"])]));
    }
    set_mode("p/shut", 0o700);
}

#[test]
fn the_same_file_given_twice_is_edited_once() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("two.png", png(50, 48));
    env.command("edit in.png two.png ./in.png -p x -d out")
        .service(&service)
        .stdout("out/in-edited.jpg\nout/two-edited.jpg\n")
        .stderr_contains(&[
            "note: left out: ./in.png is the same file as an earlier picture",
            "2 tasks: 2 made",
            "; left out: 1 repeated\n",
        ])
        .assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn results_are_not_edited_again_by_the_next_glob_or_folder() {
    let (env, service) = (TestEnv::new(), Service::new());
    for name in ["p/a.png", "p/b.png"] {
        env.write(name, png(u32::from(name.as_bytes()[2]), 90));
    }
    env.command("edit p/a.png p/b.png -p x -q").service(&service).any_stdout().assert();
    // A copy is the same result, wherever it is.
    fs::copy(env.path("p/a-edited.jpg"), env.path("p/copy.jpg")).unwrap();
    let glob = "p/a.png p/a-edited.jpg p/b.png p/b-edited.jpg p/copy.jpg";
    for arguments in [glob, "-R p"] {
        let run = env.command(&format!("edit {arguments} -p y -d out --json --dry-run")).service(&service);
        let output = run.any_stdout().stderr_contains(&["left out: 3 earlier results\n"]).assert();
        let records = output.json_lines();
        let mut results = skipped(&records).remove("result").unwrap();
        results.sort();
        assert_eq!(results, ["p/a-edited.jpg", "p/b-edited.jpg", "p/copy.jpg"]);
        assert!(records.iter().all(|record| record["status"] != "skipped" || record["job"].is_string()));
        assert_eq!(records.iter().filter(|record| record["status"] == "planned").count(), 2);
    }
    // A result that was changed since is a picture like any other.
    env.write("p/copy.jpg", jpeg(64, 64));
    let run = env.command(&format!("edit {glob} -p y -d out")).service(&service);
    run.any_stdout()
        .stderr_contains(&[
            "is the result of an earlier edit, and 1 more; --include-results",
            "3 tasks: 3 made",
        ])
        .assert();
    service.ledger().ensure_counts(5, 5);
}

/// Writes what was converted to another format with its metadata.
fn convert(env: &TestEnv, from: &str, to: &str) {
    use seededit::testing::picture::{
        Decoded, Encoding, Header, Metadata, MetadataRule, Stamp, StoredOrientation,
    };

    let bytes = env.read(from);
    let Decoded { image, colors, .. } = seededit::testing::picture::decode(&bytes).unwrap();
    let converted = seededit::testing::picture::encode(&image, &colors, Encoding::Png).unwrap();
    let original = Metadata::read(&bytes, Header::read(&bytes).unwrap().format);
    let stamp = Stamp {
        original: &original,
        rule: MetadataRule::Keep,
        orientation: StoredOrientation::Upright,
        answer: None,
        provenance: None,
        gain_map: None,
    };
    env.write(to, stamp.apply(converted.clone(), &Header::read(&converted).unwrap()).bytes);
}

#[test]
fn what_seededit_wrote_is_not_edited_by_the_next_glob_whatever_became_of_it() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("p/a.png", png(96, 90));
    let edit =
        "edit p/a.png x --preserve --keep-answer --mask-out p/mask.png --overlay p/overlay.jpg -o p/r.jpg -q";
    env.command(edit).service(&service).any_stdout().assert();
    convert(&env, "p/r.jpg", "p/converted.png");
    for command in [
        "merge p/a.png p/r.jpg -o p/merged.png -q",
        "sheet p/a.png p/r.jpg -o p/sheet.webp -q",
        "compare p/a.png p/r.jpg -o p/compared.jpg -q",
        "edit p/a.png z -o p/z.jpg -q",
        "edit p/a.png z --reuse -o p/again.webp -q",
    ] {
        env.command(command).service(&service).any_stdout().assert();
    }
    // A history is not always at hand.
    let elsewhere = TestEnv::new();
    for entry in fs::read_dir(env.path("p")).unwrap() {
        let name = format!("p/{}", entry.unwrap().file_name().to_string_lossy());
        elsewhere.write(&name, env.read(&name));
    }
    let answer = ["jpg", "png"].map(|extension| format!("p/r.answer.{extension}"));
    let answer = answer.into_iter().find(|name| env.path(name).exists()).unwrap();
    let mut own = vec![
        "p/compared.jpg",
        "p/converted.png",
        "p/mask.png",
        "p/merged.png",
        "p/overlay.jpg",
        "p/r.jpg",
        "p/sheet.webp",
        "p/z.jpg",
        "p/again.webp",
        &answer,
    ];
    own.sort_unstable();
    for env in [&env, &elsewhere] {
        let run = env.command("edit -R p -p y -d out --json --dry-run").service(&service);
        let records =
            run.any_stdout().stderr_contains(&["left out: 10 earlier results\n"]).assert().json_lines();
        let mut found = skipped(&records).remove("result").unwrap();
        found.sort();
        assert_eq!(found, own);
        assert_eq!(records.iter().filter(|record| record["status"] == "planned").count(), 1);
    }
    let planned = |arguments: &str| {
        let run = env.command(&format!("edit {arguments} -p y --fit pad --json --dry-run")).service(&service);
        let records = run.any_stdout().any_stderr().assert().json_lines();
        records.iter().filter(|record| record["status"] == "planned").count()
    };
    // The only picture that is named, and all if that is said.
    assert_eq!(planned("p/sheet.webp"), 1);
    assert_eq!(planned("p/merged.png -n 3 -d out"), 3);
    assert_eq!(planned("-R p -d out --include-results"), 11);
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_picture_beside_a_result_that_is_only_called_like_an_answer_is_edited() {
    let (env, service) = (TestEnv::new(), Service::new());
    for (name, width) in [("p/a.png", 48), ("p/a.answer.png", 50), ("p/b.answer.png", 52)] {
        env.write(name, png(width, 48));
    }
    let run = env.command("edit -R p -p y -d out").service(&service).any_stdout();
    run.stderr_contains(&["3 tasks: 3 made"]).assert();
}

#[test]
fn results_can_be_edited_on_purpose() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.command("edit in.png x -q").service(&service).any_stdout().assert();
    // The only picture, named: nobody can mean anything else.
    env.command("edit in-edited.jpg y -q -o again.jpg").service(&service).any_stdout().assert();
    env.command("edit in-edited.jpg again.jpg -p z -d out")
        .service(&service)
        .code(3)
        .stderr_contains(&[
            "error: no picture is left to edit (left out: 2 earlier results)",
            "hint: --include-results edits the results of earlier edits again",
        ])
        .assert();
    let run = env.command("edit in-edited.jpg again.jpg -p z -d out --include-results -q").service(&service);
    run.stdout("out/in-edited-edited.jpg\nout/again-edited.jpg\n").assert();
    service.ledger().ensure_counts(4, 4);
}

#[test]
fn a_result_of_the_sandbox_is_a_result_for_the_service_too() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.command("edit in.png x -q --sandbox").any_stdout().assert();
    let run = env.command("edit in.png in-edited.jpg -p x -d out").service(&service);
    run.any_stdout().stderr_contains(&["1 task: 1 made", "; left out: 1 earlier result\n"]).assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn nothing_is_sent_if_the_journal_cannot_tell_results_from_pictures() {
    let (env, server) = (TestEnv::with_picture(), RawServer::new(|_| {}));
    env.write("two.png", png(50, 48));
    fs::write(env.data_dir().join("journal.db"), "no database").unwrap();
    for extra in ["", "--dry-run"] {
        let run = env.command("edit in.png two.png -p x -d out").args(extra).base_url(&server.url()).code(3);
        run.any_stderr().assert();
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_picture_that_vanishes_after_it_was_checked_fails_and_the_others_are_edited() {
    let env = TestEnv::new();
    for name in ["a.png", "b.png"] {
        env.write(name, png(u32::from(name.as_bytes()[0]), 90));
    }
    // The first answer takes long enough to remove the second picture.
    let service = Service::with_options(|options| options.latency = std::time::Duration::from_millis(600));
    let run = env.command("edit a.png b.png -p x -d out -j 1 --json").service(&service).code(11);
    let running = run.any_stdout().any_stderr().spawn();
    for _ in 0..4_000 {
        if service.ledger().posts() > 0 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    fs::remove_file(env.path("b.png")).unwrap();
    let records = running.wait().json_lines();
    let found: Vec<_> =
        records.iter().map(|record| (record["input"].clone(), record["status"].clone())).collect();
    assert_eq!(found, [("a.png".into(), "ok".into()), ("b.png".into(), "error".into())]);
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn the_output_directory_may_be_the_folder_itself() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("p/a.png", png(48, 48));
    for prompt in ["x", "y"] {
        let run = env.command(&format!("edit -R p -p {prompt} -d p -q")).service(&service);
        run.any_stdout().assert();
    }
    service.ledger().ensure_counts(2, 2);
    assert!(env.path("p/a-edited-2.jpg").exists() && !env.path("p/a-edited-edited.jpg").exists());
}

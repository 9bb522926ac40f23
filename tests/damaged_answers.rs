//! Answers that were paid for, and whose files were changed or removed before their results were delivered.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Service, TestEnv, sha256};

/// An environment with a paid answer in the spool, its service, which refused the first download, the id of the job, and
/// the file.
fn paid() -> (TestEnv, Service, String, PathBuf) {
    let (env, service) = (TestEnv::with_picture(), Service::with_faults(&["download-error=404:1"]));
    env.edit("-q --retries 0").service(&service).code(9).any_stderr().assert();
    let job = env.only_job().id;
    let path = env.data_dir().join("spool").join(format!("seededit-{job}-1"));
    (env, service, job, path)
}

/// What messages say about the damage, and what does it to a file.
type Damage = (&'static str, fn(&Path));

/// Every way to damage an answer so that its link is gone.
fn damages() -> [Damage; 5] {
    fn rewrite(path: &Path, change: impl Fn(&mut Vec<u8>)) {
        let mut bytes = fs::read(path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    }
    [
        ("is missing", |path| fs::remove_file(path).unwrap()),
        ("was changed", |path| fs::write(path, "").unwrap()),
        ("was changed", |path| rewrite(path, |bytes| bytes.truncate(bytes.len() / 2))),
        ("was changed", |path| rewrite(path, |bytes| bytes.fill(0))),
        ("was changed", |path| {
            rewrite(path, |bytes| {
                let start = bytes.len() - 100;
                bytes[start..].fill(0);
            });
        }),
    ]
}

#[test]
#[ignore = "slow"]
fn a_damaged_answer_is_reported_with_what_to_do_and_kept() {
    for (what, damage) in damages() {
        let (env, service, _, path) = paid();
        let whole = fs::read(&path).unwrap();
        damage(&path);
        let left = fs::read(&path).ok();
        for command in ["recover", "history", "recover", "edit in.png -p y -o other.jpg -q", "recover"] {
            let run = env.command(command).service(&service).any_outcome().assert();
            if command == "recover" {
                assert_eq!(run.code, Some(9), "{what}: {}", run.stderr);
                for part in [what, "[data]/spool/seededit-[job]-1", "restore the file", "--pay-again"] {
                    assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
                }
            }
            assert_eq!(fs::read(&path).ok(), left, "{what}: {command}");
        }
        // Restored, it is as good as before.
        fs::write(&path, whole).unwrap();
        env.command("recover -q").service(&service).stdout("[work]/out.jpg\n").assert();
        assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
        service.ledger().ensure_counts(2, 2);
        env.ensure_no_leftovers();
    }
}

#[test]
#[ignore = "slow"]
fn an_edit_with_a_damaged_answer_can_be_paid_for_again() {
    for (_, damage) in damages() {
        let (env, service, job, path) = paid();
        damage(&path);
        let run = env.command_with(["recover", "-q", "--pay-again", &job]).service(&service);
        run.stdout("[work]/out.jpg\n").assert();
        service.ledger().ensure_counts(2, 2);
        env.ensure_no_leftovers();
    }
}

#[test]
fn an_edit_with_a_damaged_answer_can_be_forgotten() {
    let (env, _, job, path) = paid();
    fs::remove_file(path).unwrap();
    env.command("recover").any_outcome().assert();
    env.command_with(["history", "forget", "--yes", &job]).stderr("✓ 1 job forgotten\n").assert();
    assert!(env.jobs().is_empty());
}

#[test]
#[ignore = "slow"]
fn the_usage_log_says_what_an_answer_that_was_never_read_has_cost() {
    for (what, damage) in damages() {
        let (env, service, job, path) = paid();
        // The process died after it recorded the answer.
        env.execute_sql("UPDATE attempt SET outcome = 'open', usd = NULL, credits = NULL");
        damage(&path);
        // A log that does not list the call settles nothing.
        let another = Service::new();
        env.execute_sql(&format!("UPDATE job SET base_url = '{}'", another.url()));
        let run = env.command("recover --wait 0").service(&another).code(8);
        run.stderr_contains(&[what, "the usage log has no row for it yet", &job]).assert();
        // The service that charged it does.
        env.execute_sql(&format!("UPDATE job SET base_url = '{}'", service.url()));
        let run = env.command("recover").service(&service).code(9);
        run.stderr_contains(&[what, "--pay-again", "price $0.0315"]).assert();
        service.ledger().ensure_counts(1, 1);
    }
}

#[test]
fn a_damaged_answer_that_still_has_its_link_is_delivered() {
    let (env, service, _, path) = paid();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 2]).unwrap();
    let run = env.command("recover").service(&service).stdout("[work]/out.jpg\n");
    run.stderr_contains(&["check the picture", "was changed after it was received"]).assert();
    assert_eq!(service.ledger().charge(0)["result_sha256"], sha256(&env.read_answer("out.jpg")));
    service.ledger().ensure_counts(1, 1);
    env.ensure_no_leftovers();
}

#[cfg(unix)]
#[test]
fn an_answer_that_may_not_be_read_is_no_reason_for_another_journal() {
    use std::os::unix::fs::PermissionsExt;
    let (env, service, _, path) = paid();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_ok() {
        return; // root may read everything
    }
    let run = env.command("recover").service(&service).code(3);
    let output = run.stderr_contains(&["cannot read the answer", "make the file readable"]).assert();
    assert!(!output.stderr.contains("SEEDEDIT_DATA_DIR"), "{}", output.stderr);
}

#[test]
fn the_result_of_an_edit_that_is_paid_for_again_goes_elsewhere_if_there_is_a_file() {
    let (env, service, job, path) = paid();
    fs::remove_file(path).unwrap();
    env.write("out.jpg", "something else");
    let pay_again =
        |extra: &str| env.command(&format!("recover -q --pay-again {job} {extra}")).service(&service);
    pay_again("").code(3).stderr_contains(&["out.jpg exists"]).assert();
    service.ledger().ensure_counts(1, 1);
    pay_again("--to found").stdout("found/out.jpg\n").assert();
    service.ledger().ensure_counts(2, 2);
    assert_eq!(env.read("out.jpg"), b"something else");
}

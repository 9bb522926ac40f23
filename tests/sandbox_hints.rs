//! The commands in messages have `--sandbox` if the command of the user has it.

use std::fs;

use crate::support::TestEnv;

#[test]
fn the_commands_in_messages_have_the_flag_that_the_user_gave() {
    let env = TestEnv::with_picture();
    env.edit("--sandbox --seed 4 -q").any_stdout().assert();
    env.command("edit @ y --sandbox -q -o two.jpg").any_stdout().assert();
    fs::remove_file(env.path("in.png")).unwrap();
    for (args, code, hint) in [
        ("replay out.jpg", 3, "name the picture if it was moved: seededit replay --sandbox "),
        ("merge --job 2 -o merged.png", 3, " ORIGINAL -o FILE --sandbox`"),
        ("replay gone", 3, "`seededit history --sandbox` lists the jobs"),
    ] {
        let run = env.command(args).args("--sandbox").code(code);
        run.stderr_contains(&[hint]).assert();
        let record =
            env.command(args).args("--sandbox --json").code(code).any_stdout().any_stderr().assert().json();
        assert!(record["error"]["hint"].as_str().unwrap().contains(hint), "{record}");
        // The variable holds for further commands, too.
        let run = env.command(args).env("SEEDEDIT_SANDBOX", "1").code(code);
        let messages = run.any_stderr().assert().stderr;
        assert!(!messages.contains("seededit replay --sandbox"), "{messages}");
    }
}

#[test]
fn a_note_and_a_check_of_doctor_have_it_as_well() {
    let env = TestEnv::with_picture();
    env.edit("--sandbox --seed 4 -q").any_stdout().assert();
    env.command("undo --sandbox").any_stdout().stderr_contains(&["`seededit redo --sandbox`"]).assert();
    let data = env.data_dir().join("sandbox");
    let journal = rusqlite::Connection::open(data.join("journal.db")).unwrap();
    journal.execute("UPDATE job SET state = 'unknown'", []).unwrap();
    drop(journal);
    let found = env.command("doctor --sandbox").any_outcome().assert();
    let found = String::from_utf8(found.stdout).unwrap();
    assert!(found.contains("`seededit recover --sandbox` finishes what it can"), "{found}");
}

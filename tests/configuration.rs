//! `config`: settings, where they come from, and the file that keeps them.

use std::fs;

use serde_json::Value;

use crate::support::Place;

#[test]
fn everything_is_at_its_default_to_begin_with() {
    let place = Place::new();
    place
        .words("config list")
        .prints(
            "base_url         https://api.aimlapi.com                  (default)\n\
             path             /v1/images/generations                   (default)\n\
             model            bytedance/seededit-3.0-i2i               (default)\n\
             timeout          5m                                       (default)\n\
             connect_timeout  10s                                      (default)\n\
             retries          3                                        (default)\n\
             response_format  -                                        (default)\n\
             watermark        -                                        (default)\n\
             guidance_scale   -                                        (default)\n\
             if_exists        -                                        (default)\n\
             color            auto                                     (default)\n\
             api_key_command  -                                        (default)\n\
             profile          -                                        (default)\n",
        )
        .done();
    assert!(fs::read_dir(place.config()).unwrap().next().is_none(), "looking wrote something");
}

#[test]
fn each_value_is_listed_with_where_it_came_from() {
    let place = Place::new();
    place.configure(
        "model = \"from-file\"\nretries = 1\nprofile = \"ark\"\n\n[profiles.ark]\nretries = 2\ntimeout = \"1m\"\n",
    );
    let run = place.words("config list --json").var("SEEDEDIT_MODEL", "from-env");
    let rows = run.prints_anything().done().jsons();
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
    place.words("config get retries").prints("2\n").done();
    place.words("config get timeout --profile ark").prints("1m\n").done();
    place.words("config get model").prints("from-file\n").done();
}

#[test]
fn a_setting_that_is_set_is_kept_and_comments_stay() {
    let place = Place::new();
    place.configure(
        "# mine\nmodel = \"old\" # why\n\n# patience\ntimeout = \"1m\"\n\n[profiles.ark] # the maker's\nretries = 1\n",
    );
    let said = |setting: &str| format!("✓ {setting} set in [config]/config.toml\n");
    place.words("config set model new").says(said("model")).done();
    place.words("config set retries 0 --profile ark").says(said("retries")).done();
    place.words("config set watermark true -q").done();
    place.words("config unset timeout").says("✓ timeout removed from [config]/config.toml\n").done();
    place.words("config unset timeout").says("note: timeout was not set in [config]/config.toml\n").done();
    let text = fs::read_to_string(place.config().join("config.toml")).unwrap();
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
fn a_profile_is_made_when_something_is_set_in_it() {
    let place = Place::new();
    place.words("config set base_url https://ark.example/api --profile ark -q").done();
    place.words("config get base_url").prints("https://api.aimlapi.com\n").done();
    place
        .words("config get base_url")
        .var("SEEDEDIT_PROFILE", "ark")
        .prints("https://ark.example/api\n")
        .done();
    place
        .words("config list --profile nope")
        .exits(3)
        .says("error: no profile `nope` in [config]/config.toml\nhint: the file has these profiles: ark\n")
        .done();
    place
        .words("config list --profile akr")
        .exits(3)
        .says("error: no profile `akr` in [config]/config.toml\nhint: did you mean `ark`?\n")
        .done();
}

#[test]
fn a_value_that_the_setting_does_not_take_is_not_written() {
    let place = Place::new();
    place.configure("model = \"good\"\n");
    for args in [
        "config set timeout soon",
        "config set retries 21",
        "config set guidance_scale 11",
        "config set base_url http://api.example",
        "config set watermark perhaps",
        "config set if_exists ask",
        "config set color red",
    ] {
        let setting = args.split(' ').nth(2).unwrap();
        place.words(args).exits(3).saying(&[&format!("error: {setting}: ")]).done();
    }
    place.words("config set nonsense 1").exits(2).saying(&["nonsense"]).done();
    place.words("config get modle").exits(2).saying(&["modle", "a similar value exists: 'model'"]).done();
    place.words("config set model a b").exits(2).saying(&["error: model takes one value, not 2"]).done();
    assert_eq!(fs::read_to_string(place.config().join("config.toml")).unwrap(), "model = \"good\"\n");
}

#[test]
fn a_wrong_line_is_named() {
    for (text, said) in [
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
        let place = Place::new();
        place.configure(text);
        let done = place
            .words("config list")
            .exits(3)
            .saying(&["error: [config]/", said, "hint: fix that line"])
            .done();
        assert!(!done.said.contains("topsecret"), "{}", done.said);
        let record =
            place.words("config list --json").exits(3).prints_anything().says_anything().done().json();
        assert_eq!(record["error"]["kind"], "input");
    }
}

#[test]
fn a_variable_that_is_wrong_is_named() {
    let place = Place::new();
    place
        .words("config list")
        .var("SEEDEDIT_BASE_URL", "http://api.example")
        .exits(3)
        .saying(&[
            "error: SEEDEDIT_BASE_URL: the key is sent over https only",
            "hint: fix or unset SEEDEDIT_BASE_URL",
        ])
        .done();
}

#[test]
fn the_path_is_printed_and_nothing_is_read_from_the_working_directory() {
    let place = Place::new();
    place.words("config path").prints("[config]/config.toml\n").done();
    place.write("config.toml", "model = \"planted\"\n");
    place.write(".seededit.toml", "model = \"planted\"\n");
    fs::remove_file(place.path(".seededit.toml")).unwrap();
    place.words("config get model").prints("bytedance/seededit-3.0-i2i\n").done();
}

#[test]
fn what_is_not_set_and_has_no_default_says_how_to_set_it() {
    let place = Place::new();
    place
        .words("config get watermark")
        .exits(3)
        .says("error: watermark is not set, and has no default\nhint: `seededit config set watermark VALUE` sets it\n")
        .done();
}

#[cfg(unix)]
#[test]
fn the_files_are_for_their_owner_only_whatever_the_umask() {
    use std::os::unix::fs::PermissionsExt;
    for umask in ["000", "022", "077"] {
        let place = Place::new();
        let home = place.data().join("made/here");
        let script = format!("umask {umask}; exec \"$0\" \"$@\"");
        place
            .words("config set model x -q")
            .var("SEEDEDIT_CONFIG_DIR", &home)
            .under("sh", &["-c", &script])
            .done();
        place
            .words("auth login --with-token --no-verify -q")
            .input(crate::support::KEY)
            .var("SEEDEDIT_CONFIG_DIR", &home)
            .under("sh", &["-c", &script])
            .done();
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&home.join("config.toml")), 0o600, "umask {umask}");
        assert_eq!(mode(&home.join("credentials.toml")), 0o600, "umask {umask}");
        assert_eq!(mode(&home), 0o700, "umask {umask}");
        assert_eq!(fs::read_dir(&home).unwrap().count(), 2, "something was left behind");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_closed_when_it_is_written() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.configure("model = \"a\"\n");
    let file = place.config().join("config.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    place.words("config set model b -q").done();
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_words_of_a_command_are_not_listed() {
    let place = Place::new();
    place
        .run(["config", "set", "-q", "api_key_command", "--", "pass", "show", "--quiet", "private-name"])
        .done();
    let done = place.words("config list").prints_anything().done();
    let printed = String::from_utf8(done.stdout).unwrap();
    assert!(printed.contains("pass …") && !printed.contains("private-name"), "{printed}");
}

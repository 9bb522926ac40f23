//! `auth`, and the order in which keys are looked for.

use std::fs;

use crate::support::{KEY, Place, Service, Wire, answer};

const STORED: &str = "✓ key k3yt… stored in [config]/credentials.toml\n";

#[test]
fn a_key_is_checked_with_the_free_balance_call_and_stored() {
    let (place, service) = (Place::with_picture(), Service::new());
    place
        .words("auth login --with-token")
        .var("SEEDEDIT_BASE_URL", service.url())
        .input(format!("  {KEY}\n"))
        .says(format!("✓ the key is good; the balance is 1000.00 USD\n{STORED}"))
        .done();
    service.ledger().ensure(0, 0);
    place
        .words("auth status")
        .prints("key k3yt… from [config]/credentials.toml, for https://api.aimlapi.com\n")
        .done();
    place.edit("-q").var("SEEDEDIT_BASE_URL", service.url()).prints("out.jpg\n").done();
    service.ledger().ensure(1, 1);
}

#[test]
fn a_key_that_is_refused_is_not_stored() {
    let (place, service) = (Place::new(), Service::faulty(&[]));
    place
        .words("auth login --with-token")
        .var("SEEDEDIT_BASE_URL", service.url())
        .input("another-key-0123456789")
        .exits(4)
        .saying(&[
            "error: This request requires a valid API key.",
            "hint: check the key, or store it without a check with --no-verify\n",
        ])
        .done();
    assert!(!place.config().join("credentials.toml").exists());
    place.words("auth status").exits(4).saying(&["error: no API key\n"]).done();
}

#[test]
fn a_service_that_cannot_be_asked_does_not_store_the_key_but_on_demand() {
    let place = Place::new();
    let wire = Wire::answering(answer(404, "text/html", b"<html>", ""));
    place
        .words("auth login --with-token")
        .var("SEEDEDIT_BASE_URL", wire.url())
        .input(KEY)
        .exits(6)
        .saying(&["error: the answer did not come from the service (HTTP 404)", "--no-verify"])
        .done();
    assert_eq!(wire.requests()[0].line, "GET /v2/billing HTTP/1.1");
    assert!(!place.config().join("credentials.toml").exists());
    place.words("auth login --with-token --no-verify").input(KEY).says(STORED).done();
}

#[test]
fn what_is_no_key_is_refused() {
    let place = Place::new();
    for input in ["", " \n", "two words", "tést-of-an-accent", "two\nlines"] {
        place
            .words("auth login --with-token --no-verify")
            .input(input)
            .exits(3)
            .saying(&["error: the key ", "hint: copy it from the service's console, as one word\n"])
            .done();
    }
    place.words("auth login").exits(2).saying(&["standard input is not a terminal", "--with-token"]).done();
    assert!(!place.config().join("credentials.toml").exists());
}

#[test]
fn logging_out_removes_the_key_and_only_that() {
    let place = Place::new();
    place.words("config set retries 1 --profile fast -q").done();
    place.words("auth login --with-token --no-verify -q").input(KEY).done();
    place.words("auth login --with-token --no-verify -q --profile fast").input(KEY).done();
    place.words("auth logout").says("✓ key removed from [config]/credentials.toml\n").done();
    place.words("auth logout").says("note: no key was stored in [config]/credentials.toml\n").done();
    place.words("auth status").exits(4).says_anything().done();
    place.words("auth status --profile fast").prints_anything().done();
    place.words("auth logout --profile fast -q").done();
    let left = fs::read_to_string(place.config().join("credentials.toml")).unwrap();
    assert!(!left.contains("k3yt"), "{left}");
}

#[test]
fn at_most_four_characters_are_shown_and_none_of_a_short_key() {
    let place = Place::new();
    let status = |key: &str| {
        let run = place.words("auth status --json").var("AIMLAPI_KEY", key);
        run.prints_anything().done().json()
    };
    let long = status("0123456789abcdef");
    assert_eq!(
        (&long["key"], &long["source"], &long["origin"]),
        (&"0123…".into(), &"environment".into(), &"AIMLAPI_KEY".into())
    );
    assert_eq!(status("0123456789abcde")["key"], "…");
}

#[test]
fn sources_are_asked_in_their_order() {
    let place = Place::new();
    place.words("auth login --with-token --no-verify -q").input("stored-stored-stored").done();
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("key");
    fs::write(&file, "command-command-command\n").unwrap();
    if cfg!(unix) {
        place.run(["config", "set", "-q", "api_key_command", "cat"]).arg(&file).done();
    }
    let names = ["SEEDEDIT_API_KEY", "AIMLAPI_API_KEY", "AIMLAPI_KEY", "AIML_API_KEY"];
    for first in 0..=names.len() {
        let mut run = place.words("auth status --json");
        for name in &names[first..] {
            run = run.var(name, format!("of-{name}-xxxx"));
        }
        let origin = run.prints_anything().done().json()["origin"].clone();
        let expected = names.get(first).copied().unwrap_or(if cfg!(unix) { "api_key_command" } else { "" });
        if !expected.is_empty() {
            assert_eq!(origin, expected);
        }
    }
    place.words("config unset api_key_command -q").done();
    let run = place.words("auth status --json").var("SEEDEDIT_API_KEY", "");
    assert_eq!(run.prints_anything().done().json()["source"], "credentials", "set to nothing is not set");
}

#[test]
fn a_stored_key_that_a_variable_hides_is_told() {
    let place = Place::new();
    place
        .words("auth login --with-token --no-verify")
        .var("AIMLAPI_KEY", "0123456789abcdef")
        .input(KEY)
        .says(format!("{STORED}note: AIMLAPI_KEY is set and comes before the stored key\n"))
        .done();
}

#[cfg(unix)]
#[test]
fn a_command_prints_the_key_without_a_shell() {
    let (place, service) = (Place::with_picture(), Service::new());
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("a key; rm -rf $HOME");
    fs::write(&file, format!("{KEY}\n")).unwrap();
    place.run(["config", "set", "-q", "api_key_command", "cat"]).arg(&file).done();
    place.edit("-q").var("SEEDEDIT_BASE_URL", service.url()).prints("out.jpg\n").done();
    service.ledger().ensure(1, 1);
}

#[cfg(unix)]
#[test]
fn a_command_that_fails_costs_nothing_and_says_so() {
    let (place, service) = (Place::with_picture(), Service::new());
    for (words, said) in [
        (&["false"][..], "error: api_key_command (false) failed (exit status: 1)"),
        (&["true"], "error: api_key_command (true) printed no valid key: the key is empty"),
        (&["no-such-program-here"], "error: api_key_command (no-such-program-here) could not be started"),
        (&["echo", "two words"], "error: api_key_command (echo) printed no valid key: "),
    ] {
        place.run(["config", "set", "-q", "api_key_command"].iter().chain(words)).done();
        place
            .edit("")
            .var("SEEDEDIT_BASE_URL", service.url())
            .exits(4)
            .saying(&[said, "hint: run the command yourself"])
            .done();
    }
    service.ledger().ensure(0, 0);
}

#[test]
fn a_profile_with_a_service_of_its_own_is_not_shown_the_key_for_every_day() {
    let (place, wire) = (Place::with_picture(), Wire::answering(answer(500, "text/plain", b"", "")));
    place.configure(&format!("[profiles.other]\nbase_url = \"{}\"\n", wire.url()));
    place.words("auth login --with-token --no-verify -q").input(KEY).done();
    place.edit("--profile other").exits(4).saying(&["error: no API key"]).done();
    assert_eq!(wire.connections(), 0);
    place.words("auth login --with-token --no-verify -q --profile other").input(KEY).done();
    place.edit("--profile other").exits(8).says_anything().done();
    assert_eq!(wire.posts(), 1);
}

#[test]
fn a_credentials_file_that_is_none_is_named_and_not_quoted() {
    let place = Place::with_picture();
    for text in ["api_key = \"topsecret", "api_key = 7\n", "api_key = \"two topsecret words\"\n"] {
        fs::write(place.config().join("credentials.toml"), text).unwrap();
        let done = place.edit("").exits(3).saying(&["[config]/credentials.toml"]).done();
        assert!(!done.said.contains("topsecret"), "{}", done.said);
    }
}

#[test]
fn a_key_in_a_login_to_the_sandbox_is_not_stored() {
    let place = Place::new();
    place
        .words("auth login --with-token --sandbox")
        .input(KEY)
        .says("✓ the key is good; the balance is 1000.00 USD\nnote: the sandbox takes any key, so nothing was stored\n")
        .done();
    assert!(!place.config().join("credentials.toml").exists());
}

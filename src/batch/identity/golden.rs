//! Golden vectors of every identity that the journal stores.
//!
//! If a value changes, existing users pay again for rows that they have paid for. The values in `golden.txt` come from
//! the first release; never update them to match the code. They are labeled with the names that the functions had then.

use std::fmt::Debug;
use std::str::FromStr;

use super::*;
use crate::batch::given::Given;
use crate::batch::job_spec::PictureRef;
use crate::batch::resolve::picture_identity;
use crate::edit::Processing;
use crate::picture::fit::{FitOptions, FitPolicy, Metadata};
use crate::picture::merge::{AlphaMode, MergeOptions};
use crate::picture::restore::{EditArea, RestoreOptions, ResultMode};

const GOLDEN: &str = include_str!("golden.txt");

/// The SHA-256 of an empty file, as the identity of a picture.
const PICTURE: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const LINKS: [&str; 12] = [
    "https://example.com/a.png",
    "https://example.com/a.png?w=1&h=2",
    "https://example.com/a%20b.png#top",
    "https://example.com/?q=back\\slash",
    "https://example.com/?q=it's",
    "https://example.com/%22quoted%22.png",
    "https://example.com:8443/a.png",
    "http://127.0.0.1:9/a.png",
    "https://xn--bcher-kva.example/a.png",
    "https://example.com/%C3%A4.png",
    "https://example.com/#\"x\"",
    "data:image/png;base64,AAAA",
];

fn given<T: FromStr<Err: Debug>>(text: &str) -> Given<T> {
    text.parse().unwrap()
}

pub(super) fn spec() -> JobSpec {
    let picture = PictureRef::File("/pictures/in.png".into());
    JobSpec {
        line: Some(1),
        output: Some("out.jpg".into()),
        ..JobSpec::new(picture, given("add a bird"), given("bytedance/seededit-3.0-i2i"))
    }
}

fn defaults() -> RequestDefaults {
    RequestDefaults::new(crate::cards::Models::built_in("aimlapi").unwrap())
}

fn restored(mode: ResultMode, area: EditArea, merge: MergeOptions) -> Processing {
    Processing::new(FitOptions::default(), RestoreOptions { mode, area, merge })
}

fn processings() -> Vec<(&'static str, Processing)> {
    let none = MergeOptions::default;
    let region = |text: &str| EditArea::Region(text.parse().unwrap());
    let sent = FitOptions { policy: FitPolicy::Pad, metadata: Metadata::Keep, ..FitOptions::default() };
    vec![
        ("default", Processing::default()),
        ("sent otherwise", Processing::new(sent, RestoreOptions::default())),
        ("preserve", restored(ResultMode::Preserve, EditArea::All, none())),
        ("keep size", restored(ResultMode::KeepSize, EditArea::All, none())),
        ("region", restored(ResultMode::AsAnswered, region("400x300+500+200"), none())),
        ("region in percent", restored(ResultMode::AsAnswered, region("100%x30%+0+0"), none())),
        ("preserve in region", restored(ResultMode::Preserve, region("10x20%+0+5"), none())),
        (
            "threshold",
            restored(ResultMode::Preserve, EditArea::All, MergeOptions { threshold: Some(12.5), ..none() }),
        ),
        (
            "feather",
            restored(ResultMode::Preserve, EditArea::All, MergeOptions { feather: Some(3.0), ..none() }),
        ),
        (
            "alpha",
            restored(ResultMode::KeepSize, EditArea::All, MergeOptions { alpha: AlphaMode::Keep, ..none() }),
        ),
        (
            "everything",
            Processing::new(
                sent,
                RestoreOptions {
                    mode: ResultMode::Preserve,
                    area: region("1x1+0+0"),
                    merge: MergeOptions {
                        threshold: Some(0.1),
                        feather: Some(0.0),
                        alpha: AlphaMode::Keep,
                        ..none()
                    },
                },
            ),
        ),
    ]
}

fn discriminators() -> Vec<(&'static str, Discriminator<'static>)> {
    vec![
        ("seed 0", Discriminator::Seed(0)),
        ("seed 8", Discriminator::Seed(8)),
        ("largest seed", Discriminator::Seed(2_147_483_647)),
        ("id a", Discriminator::Id("a", 0)),
        ("id a, second variation", Discriminator::Id("a", 1)),
        ("id with quotes", Discriminator::Id("SKU \"12\"\\ü", 0)),
        ("empty id, last variation", Discriminator::Id("", 999)),
        ("first of its like", Discriminator::Ordinal(0, 0)),
        ("second of its like", Discriminator::Ordinal(1, 0)),
        ("first of its like, second variation", Discriminator::Ordinal(0, 1)),
        ("last of its like, last variation", Discriminator::Ordinal(u32::MAX, 999)),
    ]
}

fn endpoints() -> Vec<Endpoint> {
    [
        ("https://api.aimlapi.com", "/v1/images/generations"),
        ("https://api.example/", "/v1/images/generations"),
        ("https://api.example:8443/base", "/v1/images/generations"),
        ("http://127.0.0.1:8087", "/v1/images/generations"),
        ("https://api.example", "/api/v3/images/generations"),
    ]
    .into_iter()
    .map(|(base, path)| Endpoint { base: base.parse().unwrap(), path: path.parse().unwrap() })
    .collect()
}

/// Returns every vector as `function: input = value`.
fn vectors() -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |name: String, value: String| lines.push(format!("{name} = {value}"));

    for link in LINKS {
        let spec = JobSpec { picture: PictureRef::Uri(link.to_owned()), ..spec() };
        line(format!("picture_name: {link}"), picture_identity(&spec, None));
    }
    line("picture_name: a file's hash".into(), picture_identity(&spec(), Some(PICTURE)));

    let mut request = |name: &str, spec: &JobSpec, defaults: &RequestDefaults, picture: &str| {
        line(format!("base: {name}"), request_hash(spec, defaults, &Processing::default(), picture));
    };
    request("plain", &spec(), &defaults(), PICTURE);
    request("no picture", &spec(), &defaults(), "");
    request(
        "another prompt",
        &JobSpec { prompt: given("Füge \"Vögel\"\nhinzu"), ..spec() },
        &defaults(),
        PICTURE,
    );
    request("another model", &JobSpec { model: given("seededit-4"), ..spec() }, &defaults(), PICTURE);
    request("one step more", &JobSpec { then: vec![given("at night")], ..spec() }, &defaults(), PICTURE);
    // No row can have an empty prompt, but the first release hashed it.
    let then = vec![given("at night"), Given::with_text("", spec().prompt.value().clone())];
    request("two steps more", &JobSpec { then, ..spec() }, &defaults(), PICTURE);
    for scale in [1.0, 2.5, 5.0, 5.5, 7.25, 9.999, 10.0, 0.1 + 2.2] {
        let spec = JobSpec { guidance_scale: Some(scale.try_into().unwrap()), ..spec() };
        request(&format!("guidance {scale}"), &spec, &defaults(), PICTURE);
    }
    for mark in [true, false] {
        request(
            &format!("watermark {mark}"),
            &JobSpec { watermark: Some(mark), ..spec() },
            &defaults(),
            PICTURE,
        );
    }
    let adaptive = RequestDefaults { size: "adaptive".parse().ok(), ..defaults() };
    request("size", &spec(), &adaptive, PICTURE);
    let ignored = JobSpec {
        // What was paid for with a model is not paid for again with its successor.
        model: given("bytedance/seedream-5-0-pro"),
        replaces: Some(spec().model),
        line: None,
        seed: Some(8.try_into().unwrap()),
        count: 3,
        output: None,
        directory: Some("out".into()),
        id: Some("a".into()),
        picture: PictureRef::Stdin,
        ..spec()
    };
    request("what does not count", &ignored, &defaults(), PICTURE);

    for (name, processing) in processings() {
        line(format!("treatment: {name}"), processing.identity().unwrap_or_default());
        line(format!("base: treatment {name}"), request_hash(&spec(), &defaults(), &processing, PICTURE));
    }

    for (name, discriminator) in discriminators() {
        line(format!("content: {name}"), content_hash("base", discriminator));
        line(format!("drawn_seed: {name}"), drawn_seed("base", discriminator).to_string());
    }
    line("content: another base".into(), content_hash("", Discriminator::Seed(0)));

    for endpoint in endpoints() {
        let at = endpoint.generations();
        for text in ["", "0f"] {
            line(format!("key: {text:?} at {at}"), key(text, &endpoint));
            line(format!("result: {text:?} at {at}"), result_key(text, 8, &endpoint));
            line(format!("label: {text:?} at {at}"), label(b"/rows.jsonl", text, 0, &endpoint));
        }
        line(format!("label: not UTF-8 at {at}"), label(b"/r\xFFws.jsonl", "a", 7, &endpoint));
    }

    for (key, label, content) in [
        (None, None, None),
        (Some("k"), None, None),
        (Some("k"), Some("l"), Some("c")),
        (None, Some("l"), Some("c")),
    ] {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let keys = JobKeys { key: owned(key), label: owned(label), content: owned(content), request: None };
        for (step, is_last) in [(1, false), (2, false), (2, true)] {
            let JobKeys { key, label, content, .. } = step_keys(&keys, step, is_last);
            let shown = [key, label, content].map(|key| key.unwrap_or_else(|| "-".into())).join(" ");
            line(format!("of_step: {} {step} {is_last}", keys.key.as_deref().unwrap_or("-")), shown);
        }
    }

    for (shard, hash) in [
        ("1/1", PICTURE),
        ("1/2", PICTURE),
        ("2/2", PICTURE),
        ("1/8", PICTURE),
        ("3/8", PICTURE),
        ("1/3", "000000000000000"),
        ("1/3", "000000000000001"),
        ("2/3", "000000000000001"),
        ("3/3", "fffffffffffffff"),
        ("1/3", "fffffffffffffff"),
    ] {
        line(format!("shard: {shard} {hash}"), shard.parse::<Shard>().unwrap().contains(hash).to_string());
    }
    lines
}

#[test]
fn identities_are_those_of_the_first_release() {
    let (golden, now) = (GOLDEN.lines().collect::<Vec<_>>(), vectors());
    let changed: Vec<_> = now.iter().map(String::as_str).filter(|line| !golden.contains(line)).collect();
    assert!(changed.is_empty(), "users would pay again; the code now gives:\n{}", changed.join("\n"));
    assert_eq!(golden.len(), now.len(), "a golden vector is no longer checked");
}

#[test]
fn each_function_has_at_least_ten_vectors() {
    for function in [
        "picture_name",
        "base",
        "treatment",
        "content",
        "drawn_seed",
        "key",
        "result",
        "label",
        "of_step",
        "shard",
    ] {
        let count = GOLDEN.lines().filter(|line| line.starts_with(&format!("{function}: "))).count();
        assert!(count >= 10, "{function} has {count}");
    }
}

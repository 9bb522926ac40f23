//! The metadata of results: what is kept of the picture, and what is stated about the edit.

use std::fs::{self, FileTimes};
use std::io::Write;
use std::process::Command;
use std::time::{Duration, SystemTime};

use seededit::testing::picture::Format;
use serde_json::{Value, json};

use crate::support::{GPS_POSITION, KEY, Service, TestEnv, jpeg, photo, png, sha256};

/// A packet with an author, a city, an orientation, and the claim of a gain map.
const PACKET: &str = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" tiff:Orientation="6" photoshop:City="Berlin">
<dc:creator><rdf:Seq><rdf:li>A Person</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"#;

/// IPTC metadata with a headline, in Photoshop's resources.
const RESOURCES: &[u8] = b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x10\x1C\x02\x69\0\x0Ba headline!";

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], &length[..], payload].concat()
}

/// A rotated photo with all kinds of metadata.
fn described_photo() -> Vec<u8> {
    let photo = photo(640, 480, 6);
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0", PACKET.as_bytes()].concat();
    let segments = [segment(0xE1, &xmp), segment(0xED, RESOURCES), segment(0xFE, b"a comment")].concat();
    [&photo[..2], &segments, &photo[2..]].concat()
}

fn contains(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

fn inspected(env: &TestEnv, name: &str) -> Value {
    env.command_with(["inspect", name, "--json"]).any_stdout().assert().json()
}

#[test]
fn a_result_that_is_the_original_states_no_edit() {
    let env = TestEnv::new();
    env.write("in.jpg", described_photo());
    for name in ["same.jpg", "same.png"] {
        env.command_with(["merge", "in.jpg", "in.jpg", "-q", "-o", name]).any_stdout().any_stderr().assert();
        assert_eq!(inspected(&env, name)["provenance"]["digital_source_type"], Value::Null, "{name}");
    }
}

#[test]
fn a_picture_with_an_edit_keeps_its_metadata_in_every_format() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.jpg", described_photo());
    for name in ["out.jpg", "out.png", "out.webp"] {
        let args = ["edit", "in.jpg", "add a bird", "--preserve", "-q", "-o", name];
        env.command_with(args).service(&service).any_stdout().any_stderr().assert();
        let result = env.read(name);
        for kept in [GPS_POSITION, "A Person", "Berlin", "a comment"] {
            assert!(contains(&result, kept), "{name}: {kept}");
        }
        let record = inspected(&env, name);
        // A JPEG stays stored as it is, with its orientation.
        let stored = if name == "out.jpg" { (6, 640, 480) } else { (1, 480, 640) };
        assert_eq!(
            (&record["orientation"], &record["width"], &record["height"]),
            (&json!(stored.0), &json!(stored.1), &json!(stored.2))
        );
        assert_eq!((&record["metadata"]["exif"], &record["metadata"]["xmp"]), (&json!(true), &json!(true)));
        assert_eq!(record["metadata"]["iptc"], json!(name != "out.webp"), "{name}");
        assert_eq!(record["provenance"]["digital_source_type"], "compositeWithTrainedAlgorithmicMedia");
        assert_eq!(record["provenance"]["software"], "seededit");
        assert!(record["provenance"]["date"].as_str().unwrap().ends_with('Z'));
        assert_eq!(record["provenance"]["prompt"], Value::Null);
        for secret in [KEY, "X-Tos-Signature", "add a bird", "in.jpg"] {
            assert!(!contains(&result, secret), "{name}: {secret}");
        }
    }
}

#[test]
fn an_answer_keeps_what_is_safe_and_its_own_bytes_on_request() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.jpg", described_photo());
    let edit = |extra: &str, name: &str| {
        let args = ["edit", "in.jpg", "add a bird", "-q", "-o", name];
        let run = env.command_with(args.into_iter().chain(extra.split_whitespace())).service(&service);
        run.any_stdout().any_stderr().assert();
        env.read(name)
    };
    let safe = edit("", "safe.jpg");
    assert!(contains(&safe, "A Person") && contains(&safe, "DigitalSourceType"));
    assert!(!contains(&safe, "Berlin") && !contains(&safe, "a comment") && !contains(&safe, "headline"));
    let scaled = edit("--keep-size", "scaled.png");
    assert!(contains(&scaled, "A Person") && !contains(&scaled, "Berlin"));
    let all = edit("--metadata keep", "all.jpg");
    assert!(contains(&all, "Berlin") && contains(&all, "a comment"));
    edit("--metadata none", "none.jpg");
    env.command("config set metadata none").any_stderr().assert();
    edit("", "set.jpg");
    for (charge, name) in [(3, "none.jpg"), (4, "set.jpg")] {
        assert_eq!(service.ledger().charge(charge)["result_sha256"], sha256(&env.read(name)), "{name}");
    }
    let merged = |extra: &str| {
        let args = ["merge", "in.jpg", "all.jpg", "-f", "-q", "-o", "merged.png"];
        let run = env.command_with(args.into_iter().chain(extra.split_whitespace()));
        run.any_stdout().any_stderr().assert();
        env.read("merged.png")
    };
    assert!(!contains(&merged(""), "A Person"), "the setting is for all results");
    assert!(contains(&merged("--metadata keep"), "Berlin"));
    assert_eq!(inspected(&env, "merged.png")["provenance"]["date"], Value::Null);
    assert_eq!(merged("--metadata keep"), merged("--metadata keep"), "the clock is not in it");
}

#[test]
fn a_request_is_recorded_on_request_and_shown_by_inspect() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for name in ["out.png", "out.jpg", "out.webp"] {
        let args = ["edit", "in.png", "a \"red\" roof & größer", "--record", "--seed", "7", "-q", "-o", name];
        env.command_with(args).service(&service).any_stdout().assert();
        let provenance = &inspected(&env, name)["provenance"];
        assert_eq!(provenance["prompt"], "a \"red\" roof & größer");
        assert_eq!(provenance["model"], "bytedance/seededit-3.0-i2i");
        assert_eq!(provenance["seed"], "7");
        assert!(env.jobs().iter().any(|job| provenance["job"] == json!(job.id)));
        let shown = env.command_with(["inspect", name]).any_stdout().assert();
        let text = String::from_utf8(shown.stdout).unwrap();
        assert!(text.contains("\n  origin       compositeWithTrainedAlgorithmicMedia\n"), "{text}");
        assert!(text.contains("\n  software     seededit, 20"), "{text}");
        assert!(text.contains("\n  prompt       a \"red\" roof & größer\n"), "{text}");
    }
    assert!(contains(&env.read("out.png"), "parameters\0"));
}

#[test]
fn a_recovered_result_has_the_date_and_the_request_of_the_journal() {
    let (env, service) = (TestEnv::new(), Service::with_faults(&["download-error=404:1"]));
    env.write("in.jpg", described_photo());
    let args = ["edit", "in.jpg", "x", "--preserve", "--record", "--retries", "0", "-q", "-o", "out.png"];
    env.command_with(args).service(&service).code(9).any_stderr().assert();
    // Dates have whole seconds.
    std::thread::sleep(Duration::from_millis(1100));
    let run = env.command("recover -q").service(&service).stdout("[work]/out.png\n");
    run.any_stderr().assert();
    let shown =
        env.command_with(["history", "show", &env.only_job().id, "--json"]).any_stdout().assert().json();
    let sent = shown["attempts"][0]["sent"].as_str().unwrap().to_owned();
    let provenance = &inspected(&env, "out.png")["provenance"];
    assert_eq!(provenance["date"], format!("{}Z", &sent[..19]));
    assert_eq!((&provenance["prompt"], &provenance["job"]), (&json!("x"), &shown["job"]));
    assert!(contains(&env.read("out.png"), GPS_POSITION));
}

#[test]
fn a_reused_result_loses_what_is_not_to_be_kept() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.jpg", described_photo());
    let edit = |extra: &str, name: &str| {
        let args = ["edit", "in.jpg", "x", "--preserve", "--reuse", "--seed", "3", "-q", "-o", name];
        let run = env.command_with(args.into_iter().chain(extra.split_whitespace())).service(&service);
        run.any_stdout().any_stderr().assert();
        env.read(name)
    };
    let all = edit("", "all.png");
    assert!(edit("", "same.png") == all);
    let safe = edit("--metadata safe", "safe.png");
    assert!(contains(&safe, "A Person") && !contains(&safe, "Berlin"));
    assert!(!contains(&edit("--metadata none", "none.png"), "A Person"));
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_result_has_the_times_of_its_picture_on_request() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    let times = FileTimes::new().set_modified(time).set_accessed(time);
    let set = || fs::File::options().append(true).open(env.path("in.png")).unwrap().set_times(times).unwrap();
    set();
    env.edit("-q --keep-times").service(&service).stdout("out.jpg\n").assert();
    let found = fs::metadata(env.path("out.jpg")).unwrap();
    assert_eq!(found.modified().unwrap(), time);
    let shown = env.command_with(["history", "show", &env.only_job().id, "--json"]).any_stdout().assert();
    assert_eq!(shown.json()["file"], "unchanged");
    env.command("merge in.png out.jpg -q --keep-times -o m.png").any_stdout().any_stderr().assert();
    assert_eq!(fs::metadata(env.path("m.png")).unwrap().modified().unwrap(), time);
    env.command("edit - x -o a.jpg --keep-times")
        .stdin(png(64, 48))
        .service(&service)
        .code(2)
        .stderr(
            "error: --keep-times needs a file, and standard input is none\nhint: leave out --keep-times\n",
        )
        .assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn content_credentials_are_not_kept_and_that_is_reported() {
    let (env, service) = (TestEnv::new(), Service::new());
    let picture = jpeg(64, 48);
    let manifest = segment(0xEB, b"JP\0\x01\0\0\0\x01\0\0\0\x20jumb\0\0\0\x10jumdc2pa");
    env.write("in.jpg", [&picture[..2], &manifest, &picture[2..]].concat());
    let args = ["edit", "in.jpg", "x", "--preserve", "-o", "out.jpg", "--json"];
    let record = env.command_with(args).service(&service).any_stdout().any_stderr().assert().json();
    let left_out = json!(["the content credentials (C2PA), which are not valid for an edit"]);
    assert_eq!(record["left_out"], left_out);
    assert!(!contains(&env.read("out.jpg"), "c2pa"));
    assert_eq!(inspected(&env, "in.jpg")["metadata"]["content_credentials"], true);
}

#[test]
fn an_answer_with_content_credentials_stays_as_it_is() {
    let (env, picture) = (TestEnv::with_picture(), jpeg(64, 48));
    let manifest = segment(0xEB, b"JP\0\x01\0\0\0\x01\0\0\0\x20jumb\0\0\0\x10jumdc2pa");
    let answer = [&picture[..2], &manifest, &picture[2..]].concat();
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &answer);
    let body = json!({"data": [{"b64_json": base64}]});
    let server = crate::support::RawServer::always_sending(crate::support::json_answer(200, &body, ""));
    env.edit("-q").base_url(&server.url()).stdout("out.jpg\n").assert();
    assert!(env.read("out.jpg") == answer);
    let run = env.command("edit in.png x -q --record -o other.jpg").base_url(&server.url());
    run.stdout("other.jpg\n").any_stderr().assert();
    assert!(!contains(&env.read("other.jpg"), "c2pa"));
}

/// A photo of 640 × 480 pixels with a gain map behind it, as phones write them.
fn photo_with_gain_map() -> Vec<u8> {
    let packet = "http://ns.adobe.com/xap/1.0/\0<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
        <rdf:Description xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" hdrgm:Version=\"1.0\" \
        hdrgm:GainMapMax=\"2\"/></rdf:RDF>";
    let segment = segment(0xE1, packet.as_bytes());
    let with_packet = |jpeg: Vec<u8>| [&jpeg[..2], &segment, &jpeg[2..]].concat();
    let mut map = std::io::Cursor::new(Vec::new());
    let gray = image::GrayImage::from_pixel(160, 120, image::Luma([180]));
    gray.write_to(&mut map, image::ImageFormat::Jpeg).unwrap();
    [with_packet(jpeg(640, 480)), with_packet(map.into_inner())].concat()
}

#[test]
fn a_gain_map_stays_in_a_jpeg_and_is_reported_for_other_formats() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.jpg", photo_with_gain_map());
    assert_eq!(inspected(&env, "in.jpg")["metadata"]["gain_map"], true);
    let edit = |extra: &str, name: &str| {
        let args = ["edit", "in.jpg", "x", "--json", "-o", name];
        let run = env.command_with(args.into_iter().chain(extra.split_whitespace())).service(&service);
        run.any_stdout().any_stderr().assert().json()
    };
    let dropped = json!(["the gain map, so the result is SDR"]);
    for (extra, name, left_out) in [
        ("--region 100x100+0+0", "out.jpg", &Value::Null),
        ("--region 100x100+0+0", "out.png", &dropped),
        ("--keep-size", "scaled.jpg", &dropped),
    ] {
        assert_eq!(edit(extra, name)["left_out"], *left_out, "{name}");
        assert_eq!(inspected(&env, name)["metadata"]["gain_map"], json!(left_out.is_null()), "{name}");
        assert_eq!(contains(&env.read(name), "hdrgm:Version"), left_out.is_null(), "{name}");
    }
    let result = env.read("out.jpg");
    let map_at = (2..result.len()).rfind(|at| result[*at..].starts_with(b"\xFF\xD8\xFF")).unwrap();
    let map = image::load_from_memory(&result[map_at..]).unwrap().to_luma8();
    assert_eq!(map.dimensions(), (160, 120));
    assert!(map.get_pixel(5, 5).0[0] < 4, "no gain in the edit");
    assert!(map.get_pixel(100, 100).0[0].abs_diff(180) < 4);
    let length = format!("Item:Length=\"{}\"", result.len() - map_at);
    assert!(contains(&result, &length));
    if Command::new("exiftool").arg("-ver").output().is_ok() {
        let mut exiftool = Command::new("exiftool");
        let found = exiftool.args(["-b", "-MPImage2"]).arg(env.path("out.jpg")).output().unwrap();
        assert!(found.stdout == result[map_at..]);
    }
}

#[test]
fn exiftool_reads_what_is_written() {
    if Command::new("exiftool").arg("-ver").output().is_err() {
        // The test harness hides the output of a passing test, but a skipped test has to be noticed.
        let _ = writeln!(std::io::stderr(), "skipped: exiftool is not installed");
        return;
    }
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.jpg", described_photo());
    for name in ["out.jpg", "out.png", "out.webp"] {
        let args = ["edit", "in.jpg", "a roof", "--region", "100x100+0+0", "--record", "-q", "-o", name];
        env.command_with(args).service(&service).any_stdout().any_stderr().assert();
        let mut exiftool = Command::new("exiftool");
        let output = exiftool.args(["-j", "-G1", "-n"]).arg(env.path(name)).output().unwrap();
        let records: Value = serde_json::from_slice(&output.stdout).unwrap();
        let record = &records[0];
        assert_eq!(
            record["XMP-iptcExt:DigitalSourceType"],
            "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia",
            "{record}"
        );
        assert_eq!(record["XMP-dc:Creator"], "A Person", "{name}");
        assert_eq!(record["XMP-photoshop:City"], "Berlin", "{name}");
        assert_eq!(record["IFD0:Copyright"], GPS_POSITION, "{name}");
        // A JPEG stays stored as it is.
        assert_eq!(record["IFD0:Orientation"] == 6, name == "out.jpg", "{name}");
        assert_eq!(record["XMP-xmpMM:HistorySoftwareAgent"], "seededit", "{name}");
        assert_eq!(record["XMP-iptcExt:AIPromptInformation"], "a roof", "{name}");
        let headline = if name == "out.webp" { "XMP-photoshop:Headline" } else { "IPTC:Headline" };
        assert_eq!(record[headline], "a headline!", "{name}: {record}");
        let comment = match Format::from_extension(name.rsplit_once('.').unwrap().1) {
            Some(Format::Jpeg) => "File:Comment",
            Some(Format::Png) => "PNG:Comment",
            _ => "XMP-dc:Description",
        };
        assert_eq!(record[comment], "a comment", "{name}: {record}");
        let faults = [&record["ExifTool:Warning"], &record["ExifTool:Error"]];
        assert_eq!(faults, [&Value::Null; 2], "{name}: {record}");
    }
}

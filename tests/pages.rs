//! Files with several pictures: what is left out is said, and `--page` chooses.

use image::{DynamicImage, ImageFormat};
use serde_json::json;

use crate::support::{Service, TestEnv, animation, decode_rgb, encode_png};

const REDS: [u8; 3] = [10, 120, 230];

fn deep_png() -> Vec<u8> {
    encode_png(&DynamicImage::new_rgb16(320, 240))
}

#[test]
#[ignore = "slow"]
fn what_is_left_out_is_said_in_notes_and_records() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.gif", animation(&REDS));
    env.write("deep.png", deep_png());
    for (input, output, flags, left_out) in [
        ("in.gif", "a.jpg", "", Some("2 of 3 frames")),
        ("in.gif", "b.png", "--preserve", Some("2 of 3 frames")),
        ("deep.png", "c.jpg", "--preserve", Some("more than 8 bits per sample")),
        ("deep.png", "d.png", "--keep-size", Some("more than 8 bits per sample")),
        ("deep.png", "e.png", "--preserve", None),
    ] {
        let args = format!("edit {input} x --no-progress --seed 1 -o {output} {flags}");
        let planned = env.command(&args).args("--dry-run --json").service(&service);
        let planned = planned.any_stdout().any_stderr().assert().json();
        let run = env.command(&args).args("--json").service(&service);
        let record = run.any_stdout().any_stderr().assert().json();
        if let Some(left_out) = left_out {
            let note = format!("{input}: left out of the result: {left_out}");
            let run = env.command(&args).args("--force").service(&service);
            run.any_stdout().stderr_contains(&[&note]).assert();
        }
        let expected: Vec<&str> = left_out.into_iter().collect();
        assert_eq!(planned["left_out"], json!(expected), "{output}");
        let found = record.get("left_out").cloned().unwrap_or_else(|| json!([]));
        assert_eq!(found, json!(expected), "{output}");
    }
    let merged = env.command("merge deep.png deep.png -o merged.jpg --json");
    assert_eq!(
        merged.any_stdout().any_stderr().assert().json()["left_out"],
        json!(["more than 8 bits per sample"])
    );
    let record = env.command("inspect in.gif --json").any_stdout().assert().json();
    assert_eq!(record["frames"], json!(3));
    assert_eq!(record["left_out"], json!(["2 of 3 frames"]));
}

#[test]
fn a_frame_is_chosen_by_its_number_everywhere() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("in.gif", animation(&REDS));
    for (number, red) in (1..).zip(REDS) {
        // The edit of a region leaves the rest of the chosen frame.
        let args = format!("edit in.gif x -q --seed 1 --page {number} --region 60x60+10+10 -o {number}.png");
        env.command(&args).service(&service).any_stdout().assert();
        assert_eq!(decode_rgb(&env.read(format!("{number}.png"))).get_pixel(300, 200).0, [red, 0, 0]);
        let args = format!("merge in.gif in.gif --page {number} -q -o merged{number}.png");
        env.command(&args).any_stdout().any_stderr().assert();
        assert_eq!(decode_rgb(&env.read(format!("merged{number}.png"))).dimensions(), (320, 240));
    }
    // Another frame is another edit.
    env.command("edit in.gif x -q --seed 1 --page 2 --region 60x60+10+10 -o 2b.png --reuse")
        .service(&service)
        .any_stdout()
        .any_stderr()
        .assert();
    service.ledger().ensure_counts(3, 3);
    env.command("edit in.gif x -q --seed 1 --region 60x60+10+10 -o new.png --reuse")
        .service(&service)
        .any_stdout()
        .assert();
    service.ledger().ensure_counts(4, 4);
}

#[test]
fn a_page_of_a_recovered_edit_is_the_chosen_one() {
    let (env, service) = (TestEnv::new(), Service::with_faults(&["download-error=404:1"]));
    env.write("in.gif", animation(&REDS));
    env.command("edit in.gif x -q --retries 0 --page 3 --region 60x60+10+10 -o out.png")
        .service(&service)
        .code(9)
        .any_stderr()
        .assert();
    env.command("recover -q").service(&service).any_stdout().any_stderr().assert();
    assert_eq!(decode_rgb(&env.read("out.png")).get_pixel(300, 200).0, [REDS[2], 0, 0]);
}

#[test]
fn a_page_that_does_not_exist_is_refused_before_anything_is_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("in.gif", animation(&REDS));
    for (args, message) in [
        ("edit in.gif x --page 4 -o out.jpg", "there is no frame 4: the file has 3"),
        ("edit in.png x --page 2 -o out.jpg", "there is no picture 2: the file has 1"),
        ("inspect in.gif --page 9", "there is no frame 9: the file has 3"),
        ("merge in.gif in.gif --page 9 -o out.jpg", "there is no frame 9: the file has 3"),
    ] {
        env.command(args)
            .service(&service)
            .code(3)
            .stderr_contains(&[message, "hint: choose one with --page"])
            .assert();
    }
    env.write("m.csv", "image,prompt\nin.gif,x\n");
    env.command("batch m.csv --page 4")
        .service(&service)
        .code(3)
        .stderr_contains(&["there is no frame 4"])
        .assert();
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn an_animated_png_is_one_too() {
    let env = TestEnv::new();
    let mut still = std::io::Cursor::new(Vec::new());
    DynamicImage::new_rgb8(20, 10).write_to(&mut still, ImageFormat::Png).unwrap();
    let mut bytes = still.into_inner();
    let body = b"acTL\0\0\0\x02\0\0\0\0";
    let control = [&[0, 0, 0, 8][..], body, &crc32fast::hash(body).to_be_bytes()].concat();
    bytes.splice(33..33, control);
    env.write("in.png", bytes);
    let record = env.command("inspect in.png --json").any_stdout().assert().json();
    assert_eq!(record["left_out"], json!(["1 of 2 frames"]));
}

//! Checks before anything is sent: an edit that is bound to fail costs nothing.

use std::fs;

use crate::support::{KEY, RawServer, Service, TestEnv, answer, encode_png, jpeg, png, rows};

/// A server that must not be contacted.
fn unused_server() -> RawServer {
    RawServer::always_sending(answer(500, "text/plain", b"", ""))
}

/// An invalid edit: how to set it up, its arguments, and the expected message.
struct Case {
    name: &'static str,
    set_up: fn(&TestEnv),
    args: &'static [&'static str],
    error: &'static str,
    hint: &'static str,
}

fn nothing(_: &TestEnv) {}

/// A PNG whose header claims this size, with too few pixels for it.
fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(20, 20);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32fast::hash(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&crc);
    bytes
}

const SCALE: &str = "scale it down first; results have about one megapixel whatever you send";

const PAD: &str = "extend it with --fit pad, or crop it first";

const CASES: &[Case] = &[
    Case {
        name: "a missing picture",
        set_up: nothing,
        args: &["gone.png", "x"],
        error: "cannot read gone.png: ",
        hint: "check the path; the prompt is the last argument, or give it with -p",
    },
    Case {
        name: "a directory",
        set_up: |env| fs::create_dir(env.path("album")).unwrap(),
        args: &["album", "x"],
        error: "album is a directory",
        hint: "name a picture in it, or edit all its pictures with -R and -d DIR",
    },
    Case {
        name: "an empty file",
        set_up: |env| drop(env.write("a.png", "")),
        args: &["a.png", "x"],
        error: "a.png is empty",
        hint: "give the path of a picture",
    },
    Case {
        name: "a text file",
        set_up: |env| drop(env.write("a.png", "hello, I am not a picture at all")),
        args: &["a.png", "x"],
        error: "a.png: not a picture in a known format",
        hint: "use a JPEG, PNG, WebP, GIF, BMP, TIFF, HEIC, AVIF, JPEG XL, ICO or PSD picture",
    },
    Case {
        name: "a broken header",
        set_up: |env| drop(env.write("a.png", &png(40, 40)[..20])),
        args: &["a.png", "x"],
        error: "a.png: ",
        hint: "get a new copy of the file",
    },
    Case {
        name: "an unsupported format with --no-fit",
        set_up: |env| {
            let pixels = image::RgbImage::new(40, 40);
            pixels.save_with_format(env.path("a.png"), image::ImageFormat::WebP).unwrap();
        },
        args: &["a.png", "x", "--no-fit"],
        error: "a.png: the picture is webp, but the service takes jpeg or png",
        hint: "without --no-fit it would be converted from webp to jpeg",
    },
    Case {
        name: "a GIF without a frame",
        set_up: |env| drop(env.write("a.jpg", b"GIF89a\x28\x00\x28\x00\x00\x00\x00\x3b")),
        args: &["a.jpg", "x"],
        error: "a.jpg: the GIF file is damaged or incomplete (",
        hint: "get a new copy of the file",
    },
    Case {
        name: "a HEIC picture without an item",
        set_up: |env| drop(env.write("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")),
        args: &["a.heic", "x"],
        error: "a.heic: the HEIC file is damaged or incomplete (its structure cannot be read)",
        hint: "get a new copy of the file",
    },
    Case {
        name: "a raw file of a camera, which begins like a TIFF",
        set_up: |env| {
            drop(env.write("a.cr2", b"II*\0\x10\0\0\0CR\x02\0\0\0\0\0\0\0\0\0\0\0"));
        },
        args: &["a.cr2", "x"],
        error: "a.cr2: the file is a raw file of a camera",
        hint: "develop it first, for example with darktable or RawTherapee, and edit the JPEG or TIFF that it writes",
    },
    Case {
        name: "over 256 MiB",
        set_up: |env| fs::File::create(env.path("a.png")).unwrap().set_len((256 << 20) + 1).unwrap(),
        args: &["a.png", "x"],
        error: "a.png is larger than 256 MiB",
        hint: SCALE,
    },
    Case {
        name: "over 36 megapixels with --no-fit",
        set_up: |env| drop(env.write("a.png", png_claiming(6001, 6000))),
        args: &["a.png", "x", "--no-fit"],
        error: "a.png: the picture is 36.1 megapixels, but the service takes at most 36 megapixels",
        hint: "without --no-fit it would be converted from png to jpeg, scaled down from 6001×6000 to 1414×1414",
    },
    Case {
        name: "over 36 megapixels and incomplete",
        set_up: |env| drop(env.write("a.png", png_claiming(6001, 6000))),
        args: &["a.png", "x"],
        error: "a.png: the PNG file is damaged or incomplete (it has too few bytes for its dimensions)",
        hint: "get a new copy of the file",
    },
    Case {
        name: "a decompression bomb",
        set_up: |env| drop(env.write("a.png", png_claiming(60_000, 60_000))),
        args: &["a.png", "x"],
        error: "a.png: the picture has 60000×60000 pixels, more than 100 megapixels",
        hint: SCALE,
    },
    Case {
        name: "a decompression bomb with a mask that would be scaled to its size",
        set_up: |env| {
            env.write("a.png", png_claiming(2_000_000_000, 2_000_000_000));
            env.write(
                "mask.png",
                encode_png(&image::GrayImage::from_pixel(20, 20, image::Luma([255])).into()),
            );
        },
        args: &["a.png", "x", "--mask", "mask.png"],
        error: "a.png: the picture has 2000000000×2000000000 pixels, more than 100 megapixels",
        hint: SCALE,
    },
    Case {
        name: "a side of 14 pixels",
        set_up: |env| drop(env.write("a.png", png(14, 20))),
        args: &["a.png", "x"],
        error: "a.png: the picture is 14×20, but the service takes both sides over 14 pixels",
        hint: PAD,
    },
    Case {
        name: "an aspect ratio below 1:3",
        set_up: |env| drop(env.write("a.jpg", jpeg(100, 301))),
        args: &["a.jpg", "x"],
        error: "a.jpg: the picture is ",
        hint: PAD,
    },
    Case {
        name: "an aspect ratio above 3:1",
        set_up: |env| drop(env.write("a.jpg", jpeg(301, 100))),
        args: &["a.jpg", "x"],
        error: "a.jpg: the picture is ",
        hint: PAD,
    },
    Case {
        name: "an invalid data URI",
        set_up: nothing,
        args: &["data:image/png;base64,@@@", "x"],
        error: "data:image/png;base64,… is not a valid Base64 data URI",
        hint: "write it as a path, as https://host/picture.jpg, or as data:image/png;base64,…",
    },
    Case {
        name: "an invalid link",
        set_up: nothing,
        args: &["https://", "x"],
        error: "https:// is not a valid link",
        hint: "write it as a path, as https://host/picture.jpg, or as data:image/png;base64,…",
    },
    Case {
        name: "an empty prompt",
        set_up: nothing,
        args: &["in.png", ""],
        error: "the prompt is empty",
        hint: "say what to change, like \"add a bird\"",
    },
    Case {
        name: "a blank prompt",
        set_up: nothing,
        args: &["in.png", "-p", " \n\t"],
        error: "the prompt is empty",
        hint: "say what to change, like \"add a bird\"",
    },
    Case {
        name: "an empty prompt file",
        set_up: |env| drop(env.write("p.txt", "\n")),
        args: &["in.png", "--prompt-file", "p.txt"],
        error: "the prompt is empty",
        hint: "say what to change, like \"add a bird\"",
    },
    Case {
        name: "a missing prompt file",
        set_up: nothing,
        args: &["in.png", "--prompt-file", "p.txt"],
        error: "cannot read the prompt from p.txt: ",
        hint: "check the path; a prompt is UTF-8 text",
    },
    Case {
        name: "a picture instead of the prompt",
        set_up: |env| drop(env.write("b.png", png(40, 40))),
        args: &["in.png", "b.png"],
        error: "b.png is a file, not a prompt",
        hint: "name the pictures before the prompt; if you mean the words, pipe them in: -p @-",
    },
    Case {
        name: "an output that exists",
        set_up: |env| drop(env.write("out.jpg", "x")),
        args: &["in.png", "x", "-o", "out.jpg"],
        error: "out.jpg exists",
        hint: "choose another name, overwrite it with --force, or add a number to the name with --if-exists rename",
    },
    Case {
        name: "the picture itself as output",
        set_up: nothing,
        args: &["in.png", "x", "-o", "in.png"],
        error: "in.png exists",
        hint: "choose another name, overwrite it with --force, or add a number to the name with --if-exists rename",
    },
    Case {
        name: "an output directory that is a file",
        set_up: nothing,
        args: &["in.png", "x", "-o", "in.png/out.jpg"],
        error: "in.png is not a directory",
        hint: "choose another output with -o or -d",
    },
    Case {
        name: "an output with an unsupported extension",
        set_up: nothing,
        args: &["in.png", "x", "-o", "out.bmp"],
        error: "out.bmp does not name a supported output format",
        hint: "end the name with .jpg, .png or .webp",
    },
    Case {
        name: "an output without an extension",
        set_up: nothing,
        args: &["in.png", "x", "-o", "out"],
        error: "out does not name a supported output format",
        hint: "end the name with .jpg, .png or .webp, or choose a format with --format",
    },
    Case {
        name: "an extension and a --format that disagree",
        set_up: nothing,
        args: &["in.png", "x", "-o", "out.jpg", "--format", "png"],
        error: "out.jpg is a name for jpeg, but the chosen format is png",
        hint: "drop --format, or change the name",
    },
    Case {
        name: "a quality for a PNG",
        set_up: nothing,
        args: &["in.png", "x", "-o", "out.png", "--quality", "80"],
        error: "--quality is for JPEG; png is lossless",
        hint: "drop --quality, or write a JPEG",
    },
    Case {
        name: "a missing profile",
        set_up: nothing,
        args: &["in.png", "x", "--profile", "nope"],
        error: "no profile `nope` in [config]/config.toml",
        hint: "create one with `seededit config set --profile NAME SETTING VALUE`",
    },
    Case {
        name: "an invalid line in the configuration",
        set_up: |env| env.write_config("model = \"a\"\ntimout = \"5m\"\n"),
        args: &["in.png", "x"],
        error: "[config]/config.toml:2: `timout` is not a setting; did you mean `timeout`?",
        hint: "fix that line; `seededit config set --help` lists all settings",
    },
];

#[test]
#[ignore = "slow"]
fn foreseeable_failures_are_reported_with_a_hint_before_anything_is_sent() {
    let server = unused_server();
    for case in CASES {
        let env = TestEnv::with_picture();
        (case.set_up)(&env);
        let before = env.file_names();
        let run =
            env.command_with(["edit"].iter().chain(case.args)).base_url(&server.url()).code(3).any_stderr();
        let message = run.assert().stderr;
        assert!(message.starts_with(&format!("error: {}", case.error)), "{}: {message}", case.name);
        assert!(message.ends_with(&format!("\nhint: {}\n", case.hint)), "{}: {message}", case.name);
        assert_eq!(message.lines().count(), 2, "{}: {message}", case.name);
        // With --json the record says the same, and nothing is written either.
        let run =
            env.command_with(["edit", "--json"].iter().chain(case.args)).base_url(&server.url()).code(3);
        let record = run.any_stdout().stderr(message).assert().json();
        assert_eq!(record["error"]["kind"], "input", "{}", case.name);
        assert_eq!(record["error"]["charged"], "no", "{}", case.name);
        assert_eq!(env.file_names(), before, "{}", case.name);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn values_at_the_limits_are_accepted() {
    let server = unused_server();
    for (name, bytes) in [
        ("15.png", png(15, 45)),
        ("wide.jpg", jpeg(300, 100)),
        ("ten.png", {
            let mut bytes = png(40, 40);
            bytes.resize(10 * 1024 * 1024, 0);
            bytes
        }),
        ("36.png", encode_png(&image::GrayImage::new(6000, 6000).into())),
    ] {
        let env = TestEnv::new();
        env.write(name, bytes);
        env.command_with(["edit", "--dry-run", name, "x"]).base_url(&server.url()).any_stdout().assert();
    }
    assert_eq!(server.connections(), 0);
}

#[cfg(unix)]
#[test]
fn a_dry_run_notices_that_there_is_no_place_for_the_journal() {
    use std::os::unix::fs::PermissionsExt;
    let (env, server) = (TestEnv::with_picture(), unused_server());
    env.write("b.png", crate::support::png(80, 60));
    env.write("m.jsonl", "{\"image\": \"in.png\", \"prompt\": \"x\"}\n");
    fs::create_dir(env.path("locked")).unwrap();
    fs::set_permissions(env.path("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    // Root ignores permissions, but cannot create files in /proc.
    let is_root = fs::write(env.path("locked/probe"), "").is_ok();
    let locked = if is_root { "/proc/self".into() } else { env.path("locked") };
    for data in [locked.clone(), locked.join("new/directory")] {
        for args in ["edit in.png x", "edit in.png b.png -p x -d out", "batch m.jsonl"] {
            for extra in ["", "--dry-run"] {
                let run =
                    env.command(args).args(extra).env("SEEDEDIT_DATA_DIR", &data).base_url(&server.url());
                run.code(3).any_stdout().stderr_contains(&["cannot use the journal in ", "hint: "]).assert();
            }
        }
    }
    assert_eq!(server.connections(), 0);
}

#[cfg(unix)]
#[test]
fn missing_permissions_are_found_before_anything_is_sent() {
    use std::os::unix::fs::PermissionsExt;
    let (env, server) = (TestEnv::with_picture(), unused_server());
    fs::create_dir(env.path("locked")).unwrap();
    fs::set_permissions(env.path("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(env.path("locked/probe"), "").is_ok() {
        // Root ignores permissions, but cannot create files in /proc.
        env.write("b.png", crate::support::png(80, 60));
        for args in ["edit in.png -p x -o /proc/self/out.jpg", "edit in.png b.png -p x -d /proc/self/new"] {
            for extra in ["", "--dry-run"] {
                let run = env.command(args).args(extra).any_stdout().base_url(&server.url());
                run.code(3)
                    .stderr_contains(&["error: cannot write to the directory /proc/self: ", "hint: choose "])
                    .assert();
            }
        }
    } else {
        env.command("edit in.png -p x -o locked/out.jpg")
            .base_url(&server.url())
            .code(3)
            .stderr(
                "error: cannot write to the directory locked: permission denied\n\
                 hint: choose an output that you can write to with -o or -d\n",
            )
            .assert();
        env.write("b.png", crate::support::png(80, 60));
        for args in ["edit in.png -p x -o locked/out.jpg", "edit in.png b.png -p x -d locked/new"] {
            let run = env.command(args).args("--dry-run").any_stdout().base_url(&server.url());
            run.code(3)
                .stderr_contains(&["error: cannot write to the directory locked: permission denied"])
                .assert();
        }
        fs::set_permissions(env.path("in.png"), fs::Permissions::from_mode(0o000)).unwrap();
        env.command("edit in.png -p x")
            .base_url(&server.url())
            .code(3)
            .stderr(
                "error: cannot read in.png: permission denied\nhint: check the path and its permissions\n",
            )
            .assert();
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_wrong_command_line_is_a_usage_error_and_sends_nothing() {
    let (env, server) = (TestEnv::with_picture(), unused_server());
    for (args, message) in [
        (&["in.png", "x", "-g", "NaN"][..], "--guidance-scale"),
        (&["in.png", "x", "--seed", "-1"], "--seed"),
        (&["in.png", "x", "--seed", "2147483648"], "--seed"),
        (&["in.png", "x", "--quality", "0"], "--quality"),
        (&["in.png", "x", "--quality", "101"], "--quality"),
        (&["in.png", "x", "--size", "4Q"], "--size"),
        (&["in.png", "x", "--format", "gif"], "--format"),
        (&["in.png", "x", "--response-format", "png"], "--response-format"),
        (&["in.png", "x", "--retries", "21"], "--retries"),
        (&["in.png", "x", "--timeout", "0"], "--timeout"),
        (&["in.png", "x", "--timeout", "-5s"], "a duration cannot be negative; write it like `30s`"),
        (&["in.png", "x", "--connect-timeout", "-1"], "a duration cannot be negative"),
        (&["in.png", "x", "--if-exists", "ask"], "--if-exists"),
        (&["in.png", "x", "-f", "--if-exists", "skip"], "cannot be used with"),
        (&["in.png", "x", "-p", "x", "--prompt-file", "y"], "cannot be used with"),
        (&["in.png", "x", "--sandbox", "--base-url", "https://h.example"], "cannot be used with"),
        (&["in.png", "x", "-q", "-v"], "cannot be used with"),
        (&["in.png", "x", "--base-url", "http://api.example"], "https only"),
        (&["in.png"], "the prompt is missing"),
        (&["missing.png"], "the prompt is missing"),
        (&["add a bird"], "the picture is missing"),
        (
            &["in.png", "add", "a", "bird"],
            "hint: put the prompt in quotes: seededit edit in.png \"add a bird\"",
        ),
        (&["in.png", "x", "-n", "2", "-o", "out.jpg"], "-o names one output, and there are 2 results"),
        (&["-", "-", "x"], "several pictures are to come from standard input"),
        (&["in.png", "x", "-n", "0"], "not a whole number from 1 to 1000"),
        (&["in.png", "x", "-j", "0"], "not a whole number from 1 to 256"),
        (&["in.png", "x", "--name", "../{stem}"], "a name cannot contain a directory"),
        (&["in.png", "x", "--name", "same.jpg"], "every result would have the same name"),
        (&["in.png", "x", "--reuse", "--pay-again"], "cannot be used with"),
        (&["in.png", "x", "-R"], "--out-dir"),
        (&["in.png", "x", "--max-cost", "much"], "not an amount in US dollars"),
        (&[], "Usage"),
        (&["in.png", "x", "--preserve", "--keep-size"], "cannot be used with"),
        (&["in.png", "x", "--region", "1x1"], "a region is X,Y,WxH"),
        (&["in.png", "x", "--mask", "m.png", "--region", "1x1+0+0"], "cannot be used with"),
        (&["in.png", "x", "--preserve", "--threshold", "0"], "not a number from 1 to 255"),
        (&["in.png", "x", "--preserve", "--feather", "1001"], "not a number from 0 to 1000"),
        (&["in.png", "x", "--fit", "crop"], "possible values: convert, pad"),
        (&["in.png", "x", "--fit", "pad", "--no-fit"], "cannot be used with"),
        (&["in.png", "x", "--api-key", "abc"], "unexpected argument"),
    ] {
        let run = env.command_with(["edit"].iter().chain(args)).base_url(&server.url()).code(2);
        run.stderr_contains(&[message]).assert();
    }
    assert_eq!(server.connections(), 0);
    assert_eq!(env.file_names(), ["in.png"]);
}

#[test]
fn without_a_key_nothing_is_sent() {
    let (env, server) = (TestEnv::with_picture(), unused_server());
    env.edit("")
        .env("SEEDEDIT_BASE_URL", server.url())
        .code(4)
        .stderr(
            "error: no API key\n\
             hint: store one with `seededit auth login`, or set SEEDEDIT_API_KEY; --sandbox needs none\n",
        )
        .assert();
    env.edit("")
        .base_url(&server.url())
        .env("SEEDEDIT_API_KEY", format!("{KEY} and more"))
        .code(4)
        .stderr_contains(&[
            "error: SEEDEDIT_API_KEY does not hold a key",
            "hint: set SEEDEDIT_API_KEY to the key, or unset it\n",
        ])
        .assert();
    assert_eq!(server.connections(), 0);
}

#[test]
fn standard_input_that_is_not_a_picture_is_refused() {
    let (env, server) = (TestEnv::new(), unused_server());
    env.command("edit - -p x")
        .base_url(&server.url())
        .stdin(vec![7; 11 << 20])
        .code(3)
        .stderr_contains(&["error: standard input: not a picture in a known format\n"])
        .assert();
    env.command("edit - -p x")
        .base_url(&server.url())
        .code(3)
        .stderr_contains(&["error: standard input is empty\n"])
        .assert();
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_the_model_does_not_take_is_refused_before_anything_is_sent_with_models_that_take_it() {
    let (env, server) = (TestEnv::with_picture(), unused_server());
    let seededit = "bytedance/seededit-3.0-i2i";
    for (flags, problem) in [
        ("-g 11", format!("{seededit} takes guidance scales from 1 to 10, not 11; supported by ")),
        ("-g 0.9", format!("{seededit} takes guidance scales from 1 to 10, not 0.9; supported by ")),
        ("--size 4K", format!("{seededit} cannot return 4K: it takes adaptive; supported by ")),
        ("--negative-prompt blur", format!("{seededit} takes no negative prompt; supported by ")),
        ("-m reve/edit-image --seed 7", "reve/edit-image takes no seed; supported by ".into()),
        (
            "-m qwen-image-3-edit --watermark",
            "alibaba/qwen-image-3-edit cannot be asked for a watermark".into(),
        ),
    ] {
        env.edit(flags).base_url(&server.url()).code(3).stderr_contains(&[&problem]).assert();
        env.write_manifest(&rows(1));
        let batch = env.command(&format!("batch m.jsonl {flags}")).base_url(&server.url());
        batch.code(3).stderr_contains(&[&problem]).assert();
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn an_unknown_model_or_service_gets_a_suggestion() {
    let env = TestEnv::with_picture();
    env.edit("-m kontex-pro")
        .code(3)
        .stderr_contains(&[
            "no model `kontex-pro` at aimlapi",
            "did you mean `flux/kontext-pro/image-to-image`?",
        ])
        .assert();
    env.edit("--service opneai").code(3).stderr_contains(&["did you mean `openai`?"]).assert();
}

#[test]
fn a_dry_run_says_that_the_default_host_withdrew_the_default_model() {
    let env = TestEnv::with_picture();
    let withdrew =
        "withdrawn bytedance/seededit-3.0-i2i, so its successor bytedance/seedream-5-0-pro is used";
    env.edit("--dry-run").any_stdout().stderr_contains(&[withdrew, "--model"]).assert();
    env.write_manifest(&rows(2));
    let batch = env.command("batch m.jsonl --dry-run").any_stdout();
    let seen = batch.stderr_contains(&[withdrew]).assert().stderr;
    assert_eq!(seen.matches("withdrawn").count(), 1, "{seen}");
    // Another model, another host, and the sandbox are not affected.
    for elsewhere in ["--model kontext-pro", "--base-url https://host.invalid", "--sandbox", "-q", "--json"] {
        env.edit(&format!("--dry-run {elsewhere}")).any_stdout().assert();
    }
}

#[test]
fn a_nul_in_the_name_of_an_output_is_found_before_anything_is_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for output in ["a\0b.jpg", "a\0b/c.jpg"] {
        env.write_manifest(&[serde_json::json!({"image": "in.png", "prompt": "x", "output": output})]);
        for flag in ["--dry-run", "-q"] {
            let run = env.batch(flag, &service).code(3).any_stdout();
            run.stderr_contains(&["m.jsonl:1: cannot write a\\u{0}b", "nothing was sent"]).assert();
        }
    }
    service.ledger().ensure_counts(0, 0);
}

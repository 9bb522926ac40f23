//! `--preserve`, `--region`, `--mask` and `--keep-size`: results that are restored into the original.

use std::fs;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{GrayImage, Luma};
use seededit::testing::picture::{ChromaSubsampling, ColorSpace, Encoding, decode, encode};
use serde_json::{Value, json};

use crate::support::{
    RawServer, Service, TestEnv, decode_rgb, encode_png, gradient, gradient_png, json_answer, photo,
};

#[test]
fn preserve_keeps_the_size_and_the_unchanged_pixels() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(1600, 1200));
    let args = "edit photo.png -p x --preserve -o out.png --mask-out mask.png --seed 3 --json";
    let record = env.command(args).service(&service).any_stdout().any_stderr().assert().json();
    assert_eq!((&record["width"], &record["extent"]), (&json!(1600), &json!("parts")));
    assert!(record["identical"].as_f64().unwrap() > 0.85, "{record}");
    let (before, after) = (decode_rgb(&env.read("photo.png")), decode_rgb(&env.read("out.png")));
    let mask = decode(&env.read("mask.png")).unwrap().image.to_luma8();
    for ((was, is), cover) in before.pixels().zip(after.pixels()).zip(mask.pixels()) {
        assert!(cover.0[0] > 0 || was == is);
    }
    let differing = before.pixels().zip(after.pixels()).filter(|(was, is)| was != is).count();
    let changed = record["changed"].as_f64().unwrap();
    assert!(
        (changed - differing as f64 / (1600.0 * 1200.0)).abs() < 1e-9,
        "{changed} and {differing} pixels"
    );
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_region_uploads_its_area_and_keeps_the_rest() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(2400, 1800));
    let args = "edit photo.png -p x --region 600x400+1500+200 -o out.png -q";
    env.command(args).service(&service).stdout("out.png\n").assert();
    let (before, after) = (decode_rgb(&env.read("photo.png")), decode_rgb(&env.read("out.png")));
    for (x, y, pixel) in after.enumerate_pixels() {
        let inside = (1500..2100).contains(&x) && (200..600).contains(&y);
        assert!(inside || pixel == before.get_pixel(x, y), "{x} {y}");
    }
    assert!(before != after);
}

#[test]
fn the_uploaded_area_is_reported_before_anything_is_sent() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(2400, 1800));
    env.write("small.png", gradient_png(640, 480));
    let region = "-p x --region 600x400+1500+200 -o out.png";
    env.command(&format!("edit photo.png {region}"))
        .service(&service)
        .stdout("out.png\n")
        .stderr_contains(&["cropped to "])
        .assert();
    let planned = env.command(&format!("edit photo.png {region} -f --dry-run -q")).any_stdout().assert();
    let planned = String::from_utf8_lossy(&planned.stdout).into_owned();
    let upload = planned.lines().find(|line| line.starts_with("upload: ")).unwrap().to_owned();
    assert!(upload.ends_with(" of 2400×1800"), "{upload}");
    let args = "edit small.png -p x --region 100x100+0+0 -o small-out.png";
    env.command(args)
        .service(&service)
        .stdout("small-out.png\n")
        .stderr_contains(&["note: small.png: the whole picture is uploaded (640×480)"])
        .assert();
    let planned = env.command(&format!("{args} -f --dry-run -q")).any_stdout().assert();
    assert!(String::from_utf8_lossy(&planned.stdout).contains("upload: the whole picture, 640×480\n"));
    // Several edits report it, too.
    env.command("edit small.png -n 2 -p x --region 100x100+0+0 -d several/")
        .service(&service)
        .any_stdout()
        .stderr_contains(&["note: small.png: the whole picture is uploaded (640×480)"])
        .assert();
}

#[test]
#[ignore = "slow"]
fn each_form_of_a_region_changes_the_same_pixels() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(2400, 1800));
    let before = decode_rgb(&env.read("photo.png"));
    for (number, region) in
        ["960,360,480x450", "40%,20%,480x25%", "60%,810:960,20%", "480x450+960+360"].into_iter().enumerate()
    {
        let output = format!("{number}.png");
        let args = ["edit", "photo.png", "-p", "x", "--seed", "3", "--region", region, "-o", &output];
        let run = env.command_with(args).service(&service).any_stdout();
        run.stderr_contains(&["photo.png: the region is 480×450+960+360 of 2400×1800"]).assert();
        assert!(decode_rgb(&env.read(&output)) == decode_rgb(&env.read("0.png")), "{region}");
    }
    for (x, y, pixel) in decode_rgb(&env.read("0.png")).enumerate_pixels() {
        let inside = (960..1440).contains(&x) && (360..810).contains(&y);
        assert!(inside || pixel == before.get_pixel(x, y), "{x} {y}");
    }
    assert!(before != decode_rgb(&env.read("0.png")));
}

#[test]
fn a_small_region_is_enlarged_before_it_is_sent_and_scaled_back_into_its_place() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(2400, 1800));
    let args = "photo.png --region center,120x80 --region-context";
    env.command(&format!("edit {args} 50% -p x -o out.png"))
        .service(&service)
        .stdout("out.png\n")
        .stderr_contains(&[
            "the region is 120×80+1140+860 of 2400×1800",
            "cropped to 240×160+1080+820, enlarged from 240×160 to 1254×836",
        ])
        .assert();
    let (before, after) = (decode_rgb(&env.read("photo.png")), decode_rgb(&env.read("out.png")));
    assert!(before != after);
    for (x, y, pixel) in after.enumerate_pixels() {
        let inside = (1140..1260).contains(&x) && (860..940).contains(&y);
        assert!(inside || pixel == before.get_pixel(x, y), "{x} {y}");
    }
    let planned =
        env.command(&format!("edit {args} 0 -p x -o o.png --dry-run --json")).any_stdout().assert().json();
    let region = serde_json::json!({"x": 1140, "y": 860, "width": 120, "height": 80});
    assert_eq!((&planned["region"], &planned["uploaded"]), (&region, &region));
    let inspected = env.command(&format!("inspect {args} 10 --json")).any_stdout().assert().json();
    assert_eq!(inspected["region"], region);
    assert_eq!(inspected["uploaded"]["width"], 140);
    assert_eq!(inspected["sent"]["width"].as_u64().unwrap(), 1212);
    let text = env.command(&format!("inspect {args} 10")).any_stdout().assert().stdout;
    assert!(String::from_utf8_lossy(&text).contains("  upload       140×100+1130+850\n"));
}

#[test]
fn a_region_counts_in_the_upright_picture() {
    let env = TestEnv::new();
    // It is stored as 600×400 and displayed as 400×600.
    env.write("photo.jpg", photo(600, 400, 6));
    let args = "photo.jpg --region 0,50%,100%x50% --json";
    let inspected = env.command(&format!("inspect {args}")).any_stdout().assert().json();
    assert_eq!(inspected["region"], serde_json::json!({"x": 0, "y": 300, "width": 400, "height": 300}));
}

#[test]
fn rows_have_regions_with_surroundings_of_their_own_and_are_the_same_edits_as_with_flags() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(2400, 1800));
    let row = |region: &str, context: serde_json::Value, output: &str| {
        serde_json::json!({
            "image": "photo.png", "prompt": "x", "region": region, "region_context": context, "output": output
        })
    };
    env.write_manifest(&[
        row("center,120x80", "50%".into(), "one.png"),
        row("10%,10%:50%,50%", 7.into(), "two.png"),
    ]);
    let planned = env.batch("--dry-run", &service).any_stdout().assert().stdout;
    let planned = String::from_utf8(planned).unwrap();
    assert!(
        planned.contains("  region 120×80+1140+860, upload 240×160+1080+820 of 2400×1800\n"),
        "{planned}"
    );
    assert!(planned.contains("  region 960×720+240+180, upload 974×734+233+173 of 2400×1800\n"), "{planned}");
    let records = env.batch("--dry-run --json", &service).any_stdout().assert().json_lines();
    assert_eq!(records[1]["uploaded"], serde_json::json!({"x": 233, "y": 173, "width": 974, "height": 734}));
    env.batch("-q", &service).any_stdout().assert();
    service.ledger().ensure_counts(2, 2);

    let plain = serde_json::json!({"image": "photo.png", "prompt": "x", "output": "one.png"});
    env.write_manifest(&[plain]);
    env.batch("-q --region center,120x80 --region-context 50%", &service).any_stdout().assert();
    env.write_config("region_context = \"50%\"");
    env.batch("-q --region center,120x80", &service).any_stdout().assert();
    service.ledger().ensure_counts(2, 2);

    env.write_manifest(&[row("110%,0,5x5", 1.into(), "a.png")]);
    let message = "m.jsonl:1: region: in a region, 110% is more than the whole picture";
    env.batch("", &service).code(3).stderr_contains(&[message]).assert();
    env.write_manifest(&[serde_json::json!({"image": "photo.png", "prompt": "x", "region_context": "1%"})]);
    let message = "m.jsonl:1: region_context: is for results with region";
    env.batch("", &service).code(3).stderr_contains(&[message]).assert();
    env.write_manifest(&[row("2400,0,5x5", 1.into(), "a.png")]);
    let message = "the region 5x5+2400+0 is outside the picture, which is 2400×1800";
    env.batch("", &service).code(3).stderr_contains(&[message]).assert();
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_region_that_is_none_is_refused_with_its_fault_and_nothing_is_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for (region, code, message) in [
        ("64,0,5x5", 3, "the region 5x5+64+0 is outside the picture, which is 64×48"),
        ("50%,0:32,9", 3, "is empty in the picture, which is 64×48"),
        ("0x0+1+1", 2, "a region is at least one pixel wide and high, and 0x0+1+1 is empty"),
        ("101%,0,5x5", 2, "101% is more than the whole picture: a percentage is at most 100%"),
        ("NaN,0,5x5", 2, "`NaN` is neither a number of pixels"),
        ("-5,0,5x5", 2, "`-5` is neither a number of pixels"),
        ("99999999999,0,5x5", 2, "99999999999 is more pixels than any picture has"),
        ("everywhere", 2, "a region is X,Y,WxH, X1,Y1:X2,Y2, center,WxH or WxH+X+Y"),
    ] {
        let args = ["edit", "in.png", "-p", "x", "-o", "out.png", "--region", region];
        env.command_with(args).service(&service).code(code).stderr_contains(&[message]).assert();
    }
    for (args, message) in [
        ("--region-context 5", "--region-context is about what is uploaded around a --region"),
        ("--region center --region-context 2000%", "2000% is too much around a region"),
    ] {
        env.edit(args).service(&service).code(2).stderr_contains(&[message]).assert();
    }
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn invalid_restore_options_are_refused_and_nothing_is_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for (args, message) in [
        ("edit in.png -p x --region 10x10+5000+0 -o out.png", "is outside the picture"),
        ("edit in.png -p x --feather 4 -o out.png", "--feather is for results of --preserve and --region"),
        ("edit in.png -p x --threshold 9 -o out.png", "which only --preserve looks for"),
        ("edit in.png -p x --mask-out m.png -o out.png", "--mask-out needs a result that is restored into"),
        ("edit in.png -p x --overlay m.png -o out.png", "--overlay needs a result that is restored into"),
        ("edit in.png -p x --detail off --keep-size -o out.png", "--detail is for results of --preserve"),
        ("edit in.png -p x --mask in.txt -o out.png", "cannot read in.txt"),
        ("edit https://h.example/a.png -p x --preserve -o out.png", "downloaded by the service"),
        ("edit in.png -p x --alpha keep -o out.jpg", "a jpeg cannot be transparent"),
    ] {
        let code = if message.starts_with("--") || message.starts_with("which") { 2 } else { 3 };
        env.command(args).service(&service).code(code).stderr_contains(&[message]).assert();
    }
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_mask_protects_the_rest_of_the_picture() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(1000, 750));
    let mask = GrayImage::from_fn(1000, 750, |x, y| {
        Luma([if (f64::from(x) - 500.0).hypot(f64::from(y) - 350.0) < 200.0 { 255 } else { 0 }])
    });
    env.write("mask.png", encode_png(&mask.clone().into()));
    env.command("edit photo.png -p x --mask mask.png -o out.png -q")
        .service(&service)
        .stdout("out.png\n")
        .assert();
    let (before, after) = (decode_rgb(&env.read("photo.png")), decode_rgb(&env.read("out.png")));
    for ((was, is), cover) in before.pixels().zip(after.pixels()).zip(mask.pixels()) {
        assert!(cover.0[0] > 0 || was == is);
    }
    env.write("black.png", encode_png(&GrayImage::new(1000, 750).into()));
    env.command("edit photo.png -p x --mask black.png -o no.png")
        .service(&service)
        .code(3)
        .stderr_contains(&["black.png: it allows no change anywhere", "add --mask-invert"])
        .assert();
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn keep_size_scales_the_result_to_the_picture() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(500, 400));
    let args = "edit photo.png -p x --keep-size -o out.jpg";
    let planned =
        env.command(&format!("{args} --dry-run --json")).service(&service).any_stdout().assert().json();
    assert_eq!((&planned["width"], &planned["height"]), (&json!(500), &json!(400)));
    env.command(args)
        .service(&service)
        .stdout("out.jpg\n")
        .stderr_contains(&["out.jpg  500×400 jpeg"])
        .assert();
    assert_eq!(decode_rgb(&env.read("out.jpg")).dimensions(), (500, 400));
}

#[test]
fn a_recovered_result_is_restored_as_requested() {
    let (env, service) = (TestEnv::new(), Service::with_faults(&["download-error=404:1"]));
    env.write("photo.png", gradient_png(800, 600));
    let args = "edit photo.png -p x --region 50%x50%+0+0 -o out.png -q --retries 0";
    env.command(args).service(&service).code(9).any_stderr().assert();
    env.command("recover -q").service(&service).any_stdout().assert();
    let (before, after) = (decode_rgb(&env.read("photo.png")), decode_rgb(&env.read("out.png")));
    assert_eq!(after.dimensions(), (800, 600));
    assert!(before != after && before.get_pixel(700, 500) == after.get_pixel(700, 500));
    let job = env.command("history -n 1 --json").service(&service).any_stdout().assert().json();
    let show = format!("history show {}", job["job"].as_str().unwrap());
    let output = env.command(&show).service(&service).any_stdout().assert();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("processing") && text.contains("region 50%x50%+0+0"), "{text}");
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_recovered_result_without_its_original_is_delivered_as_received() {
    let (env, service) = (TestEnv::new(), Service::with_faults(&["download-error=404:1"]));
    env.write("photo.png", gradient_png(800, 600));
    let args = "edit photo.png -p x --preserve -o out.png -q --retries 0";
    env.command(args).service(&service).code(9).any_stderr().assert();
    fs::remove_file(env.path("photo.png")).unwrap();
    let run = env.command("recover --json").service(&service).code(11).any_stdout();
    let output = run.stderr_contains(&["error: the result could not be put into its picture"]).assert();
    let records = output.json_lines();
    let record = ok_and_failed(&records, "partial");
    assert_eq!((&record["status"], &record["restored"]), (&json!("ok"), &json!(false)));
    assert_eq!(decode_rgb(&env.read("out.png")).dimensions(), (1152, 864));
}

#[test]
fn another_result_mode_is_another_job_in_a_batch() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(400, 300));
    env.write("m.jsonl", "{\"image\":\"photo.png\",\"prompt\":\"x\",\"seed\":4,\"output\":\"out.png\"}\n");
    let run = |flags: &str, exit: i32| {
        let args = format!("batch m.jsonl -q {flags}");
        env.command(&args).service(&service).code(exit).any_stdout().any_stderr().assert();
    };
    run("--preserve", 0);
    assert_eq!(decode_rgb(&env.read("out.png")).dimensions(), (400, 300));
    run("--preserve", 0);
    service.ledger().ensure_counts(1, 1);
    run("--keep-size --force", 0);
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn each_kept_step_has_a_mask_of_its_own() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(640, 480));
    let args = "edit photo.png -p x --then y --preserve --keep-steps -q -o out.png --mask-out mask.png";
    let run = env.command(args).args("--overlay shown.jpg").service(&service);
    run.stdout("out-step1.jpg\nout.png\n").assert();
    let masks = ["mask-step1.png", "mask.png"].map(|name| decode(&env.read(name)).unwrap().image.to_luma8());
    assert!(masks[0] != masks[1]);
    // Every pixel outside of the mask of the last step is that of the original.
    let (before, after) = (decode_rgb(&env.read("photo.png")), decode_rgb(&env.read("out.png")));
    for ((was, is), cover) in before.pixels().zip(after.pixels()).zip(masks[1].pixels()) {
        assert!(cover.0[0] > 0 || was == is);
    }
    let pictures = ["shown-step1.jpg", "shown.jpg"].map(|name| decode_rgb(&env.read(name)));
    assert!(pictures[0] != pictures[1] && pictures.iter().all(|shown| shown.dimensions() == (640, 480)));
    let expected = "mask-step1.png mask.png out-step1.jpg out.png photo.png shown-step1.jpg shown.jpg";
    assert_eq!(env.file_names().join(" "), expected);
}

#[test]
fn masks_of_several_results_are_numbered_like_the_results() {
    let (env, service) = (TestEnv::new(), Service::with_faults(&["several=3"]));
    env.write("photo.png", gradient_png(640, 480));
    let args = "edit photo.png -p x --preserve -q -o out.png --mask-out mask.png";
    env.command(args).service(&service).stdout("out.png\nout-2.png\nout-3.png\n").assert();
    let expected = ["mask-2.png", "mask-3.png", "mask.png", "out-2.png", "out-3.png", "out.png", "photo.png"];
    assert_eq!(env.file_names(), expected);
}

#[test]
fn variations_with_mask_out_are_refused_before_anything_is_sent() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(640, 480));
    env.command("edit photo.png -p x -n 3 --preserve --mask-out mask.png")
        .service(&service)
        .code(2)
        .stderr_contains(&["--mask-out works with one result, and there are several"])
        .assert();
    service.ledger().ensure_counts(0, 0);
}

#[cfg(unix)]
#[test]
fn a_mask_that_cannot_be_written_has_a_record_after_that_of_its_result() {
    let env = TestEnv::new();
    env.write("photo.png", gradient_png(640, 480));
    let directory = env.path("masks");
    let service = Service::with_options(|options| options.latency = Duration::from_millis(800));
    let args = "edit photo.png -p x --preserve --json -o out.png --mask-out masks/m.png";
    let run = env.command(args).service(&service).code(1).any_stdout();
    let run = run.stderr_contains(&["cannot write masks/m.png", "the result itself is saved"]).spawn();
    while service.ledger().posts() < 1 {
        std::thread::sleep(Duration::from_millis(5));
    }
    fs::remove_dir_all(&directory).ok();
    fs::write(&directory, "").unwrap();
    let records = run.wait().json_lines();
    assert_eq!(records.len(), 2);
    let (result, failure) = (&records[0], &records[1]);
    assert_eq!((&result["status"], &failure["status"]), (&json!("ok"), &json!("error")));
    assert_eq!(result["job"], failure["job"]);
    assert_eq!((&failure["input"], &failure["error"]["charged"]), (&json!("photo.png"), &json!("yes")));
    assert_eq!(failure["error"]["exit_code"], 1);
}

#[test]
fn mask_out_never_overwrites_an_input_or_output() {
    let (env, service) = (TestEnv::with_edited_photo(640, 480), Service::new());
    env.write("mask.png", encode_png(&GrayImage::from_pixel(640, 480, Luma([255])).into()));
    for args in [
        "merge photo.png edited.jpg -o out.png -f --mask-out ./photo.png",
        "merge photo.png edited.jpg -o out.png -f --mask-out out.png",
        "edit photo.png -p x --preserve -o out.png -f --mask-out photo.png",
        "edit photo.png -p x --preserve -o out.png --mask-out ./out.png",
        "edit photo.png -p x --mask mask.png -o out.png -f --mask-out mask.png",
        "edit photo.png -p x --mask mask.png -o mask.png -f",
        "edit photo.png -p x --mask mask.png -o ./Mask.png -f",
        "merge photo.png edited.jpg -o edited.jpg -f",
        "merge photo.png edited.jpg -o ./EDITED.jpg -f",
        "edit photo.png -p x --preserve -o out.png --overlay ./out.png",
        "edit photo.png -p x --preserve -o out.png --mask-out m.png --overlay ./m.png",
    ] {
        env.command(args)
            .service(&service)
            .code(3)
            .stderr_contains(&["is used for something else here"])
            .assert();
    }
    env.command("edit photo.png -p x --preserve -o out.png --mask-out edited.jpg/m.png")
        .service(&service)
        .code(3)
        .stderr_contains(&["edited.jpg is not a directory"])
        .assert();
    service.ledger().ensure_counts(0, 0);
    assert_eq!(env.file_names(), ["edited.jpg", "mask.png", "photo.png"]);
}

#[cfg(unix)]
#[test]
fn only_the_picture_itself_can_be_replaced_also_through_links() {
    let env = TestEnv::with_edited_photo(640, 480);
    let [photo, edited] = ["photo.png", "edited.jpg"].map(|name| env.read(name));
    std::os::unix::fs::symlink("edited.jpg", env.path("answer.jpg")).unwrap();
    std::os::unix::fs::symlink("photo.png", env.path("picture.png")).unwrap();
    std::fs::hard_link(env.path("photo.png"), env.path("copy.png")).unwrap();
    std::fs::hard_link(env.path("edited.jpg"), env.path("other.jpg")).unwrap();
    env.command("merge photo.png edited.jpg -o answer.jpg --force")
        .code(3)
        .stderr_contains(&["edited.jpg is used for something else here", "needs a name of its own"])
        .assert();
    assert!(env.read("edited.jpg") == edited);
    // A name of the answer is replaced. The answer stays under its other name.
    env.command("merge photo.png edited.jpg -o other.jpg --force -q").stdout("other.jpg\n").assert();
    assert!(env.read("other.jpg") != edited && env.read("edited.jpg") == edited);

    env.command("merge picture.png edited.jpg -o photo.png").code(3).any_stderr().assert();
    env.command("merge photo.png edited.jpg -o picture.png --force -q").any_stdout().assert();
    assert!(env.read("photo.png") != photo && env.read("copy.png") == photo);
    assert!(env.path("picture.png").is_symlink());
}

#[test]
fn a_second_result_with_the_name_of_the_mask_is_kept_and_the_mask_gets_a_number() {
    for force in ["", "--force"] {
        let env = TestEnv::new();
        env.write("photo.png", gradient_png(400, 300));
        let results = [40, 200].map(|red| {
            let mut edited = gradient(400, 300);
            for x in 0..60 {
                edited.put_pixel(x, 20, image::Rgb([red, 0, 0]));
            }
            json!({"b64_json": STANDARD.encode(encode_png(&edited.into()))})
        });
        let answer = json_answer(200, &json!({"created": 1, "data": results}), "");
        let server = RawServer::always_sending(answer);
        let args = "edit photo.png -p x --preserve -o out.png --mask-out out-2.png";
        let run = env.command(args).args(force).base_url(&server.url());
        run.stdout("out.png\nout-2.png\n")
            .stderr_contains(&["note: a result has the name of the mask, so the mask is out-2-2.png"])
            .assert();
        assert_eq!(env.file_names(), ["out-2-2.png", "out-2-3.png", "out-2.png", "out.png", "photo.png"]);
        let is_mask = |name: &str| decode(&env.read(name)).unwrap().image.color() == image::ColorType::L8;
        assert_eq!(["out-2.png", "out-2-2.png", "out-2-3.png"].map(is_mask), [false, true, true]);
        assert_eq!(server.posts(), 1);
    }
}

#[test]
fn reuse_needs_the_same_format_of_a_result_with_pixels_of_its_original() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(400, 300));
    let run = |output: &str| {
        let args = format!("edit photo.png -p x --preserve --seed 5 --reuse -q -o {output}");
        env.command(&args).service(&service).any_stdout().assert();
    };
    run("one.jpg");
    run("two.jpg");
    service.ledger().ensure_counts(1, 1);
    // A JPEG has lost the pixels of the original that a PNG is to have.
    let other =
        env.command("edit photo.png -p x --preserve --seed 5 --reuse -q -o three.png").service(&service);
    other
        .code(3)
        .stderr_contains(&["one.jpg was encoded with other options", "`seededit merge --job "])
        .assert();
    service.ledger().ensure_counts(1, 1);
}

/// Checks that the records are that of a result that was paid for and that of a failure of this kind that belongs to
/// it. Returns the first.
fn ok_and_failed<'a>(records: &'a [Value], kind: &str) -> &'a Value {
    let [ok, failed] = records else { panic!("two records: {records:?}") };
    assert_eq!((&ok["job"], &ok["input"]), (&failed["job"], &failed["input"]));
    assert_eq!((&failed["status"], &failed["error"]["kind"]), (&json!("error"), &json!(kind)));
    assert_eq!((&failed["error"]["charged"], &failed["error"]["usd"]), (&json!("yes"), &Value::Null));
    ok
}

/// A picture, and a service whose answers have nothing in common with it.
fn nothing_to_preserve() -> (TestEnv, RawServer) {
    let env = TestEnv::new();
    env.write("photo.png", gradient_png(400, 300));
    let mut other = gradient(1152, 864);
    image::imageops::invert(&mut other);
    let encoding = Encoding::Jpeg { quality: 90, subsampling: ChromaSubsampling::Yuv420 };
    let picture = STANDARD.encode(encode(&other.into(), &ColorSpace::SRGB, encoding).unwrap());
    let answer = json_answer(200, &json!({"created": 1, "data": [{"b64_json": picture}]}), "");
    (env, RawServer::always_sending(answer))
}

#[test]
fn strict_also_applies_to_a_reused_result() {
    let (env, server) = nothing_to_preserve();
    let args = "edit photo.png -p x --preserve --reuse --seed 5";
    env.command(&format!("{args} -q -o first.png")).base_url(&server.url()).any_stdout().assert();
    // The first is at its output already, the second is copied.
    for extra in ["-o first.png", "-o copy.png"] {
        env.command(&format!("{args} --strict {extra}"))
            .base_url(&server.url())
            .code(3)
            .any_stdout()
            .stderr_contains(&[
                "error: most of the picture changed",
                "hint: nothing was sent; the result was paid for earlier",
            ])
            .assert();
        let json = env.command(&format!("{args} --strict --json {extra}")).base_url(&server.url()).code(3);
        let records = json.any_stdout().any_stderr().assert().json_lines();
        let ok = ok_and_failed(&records, "input");
        assert_eq!((&ok["reused"], &ok["usd"]), (&json!(true), &json!(0)));
        env.command(&format!("{args} -q {extra}")).base_url(&server.url()).any_stdout().assert();
    }
    assert_eq!(server.posts(), 1);
}

#[test]
fn a_result_that_preserves_nothing_is_saved_and_fails_with_strict() {
    let (env, server) = nothing_to_preserve();
    let args = "edit photo.png -p x --preserve --json";
    let records = env
        .command(&format!("{args} --strict -o strict.png"))
        .base_url(&server.url())
        .code(3)
        .any_stdout()
        .stderr_contains(&[
            "error: most of the picture changed",
            "hint: the result was paid for and is saved",
        ])
        .assert()
        .json_lines();
    let record = ok_and_failed(&records, "input");
    assert_eq!((&record["status"], &record["extent"]), (&json!("ok"), &json!("whole")));
    assert_eq!(decode_rgb(&env.read("strict.png")).dimensions(), (400, 300));
    env.command(&format!("{args} -o lax.png")).base_url(&server.url()).any_stdout().any_stderr().assert();
    env.command("edit photo.png -p x --strict -o no.png")
        .base_url(&server.url())
        .code(2)
        .any_stderr()
        .assert();
    assert_eq!(server.posts(), 2);
}

/// A service that returns a square picture, whatever the upload is, and that picture.
fn service_with_square_results() -> (Vec<u8>, RawServer) {
    let encoding = Encoding::Jpeg { quality: 90, subsampling: ChromaSubsampling::Yuv420 };
    let square = encode(&gradient(900, 900).into(), &ColorSpace::SRGB, encoding).unwrap();
    let answer = json!({"created": 1, "data": [{"b64_json": STANDARD.encode(&square)}]});
    (square, RawServer::always_sending(json_answer(200, &answer, "")))
}

#[test]
fn an_answer_that_cannot_be_restored_is_saved_as_received() {
    let env = TestEnv::new();
    env.write("photo.png", gradient_png(400, 300));
    let (square, server) = service_with_square_results();
    let run = env.command("edit photo.png -p x --preserve --json -o out.jpg").base_url(&server.url());
    let records = run
        .code(11)
        .any_stdout()
        .stderr_contains(&[
            "error: the result could not be put into its picture",
            "it was paid for and is saved",
        ])
        .assert()
        .json_lines();
    let record = ok_and_failed(&records, "partial");
    assert_eq!((&record["status"], &record["restored"]), (&json!("ok"), &json!(false)));
    assert_eq!(env.read_answer("out.jpg"), square);
    env.command("recover").base_url(&server.url()).stderr("note: nothing to recover\n").assert();
    assert_eq!(server.posts(), 1);
    // It is no result that can be used, so the same edit is another one. An unattended run does not pay again.
    fs::create_dir(env.path("inbox")).unwrap();
    fs::copy(env.path("photo.png"), env.path("inbox/photo.png")).unwrap();
    let watch = env.command("watch inbox -p x --preserve -d done --max-cost 1 --dry-run --json");
    let planned = watch.base_url(&server.url()).any_stdout().assert().json_lines();
    assert_eq!(planned[0]["reason"], "made_before", "{planned:?}");
    assert!(
        planned[0]["message"].as_str().unwrap().ends_with("out.jpg is as the service made it"),
        "{planned:?}"
    );
    for args in [
        "edit photo.png -p x --preserve -o again.jpg -q",
        "edit photo.png -p x --preserve --reuse -o third.jpg -q",
    ] {
        env.command(args).base_url(&server.url()).code(11).any_stdout().any_stderr().assert();
    }
    assert_eq!(server.posts(), 3);
}

#[test]
fn a_row_that_cannot_be_restored_is_paid_for_once() {
    let env = TestEnv::new();
    env.write("photo.png", gradient_png(400, 300));
    env.write("m.jsonl", "{\"image\":\"photo.png\",\"prompt\":\"x\",\"output\":\"out.jpg\"}\n");
    let (square, server) = service_with_square_results();
    let run = env.command("batch m.jsonl --preserve --json").base_url(&server.url());
    let records = run
        .code(11)
        .any_stdout()
        .stderr_contains(&["error: photo.png: the result could not be put into its picture"])
        .assert()
        .json_lines();
    let record = ok_and_failed(&records, "partial");
    assert_eq!((&record["status"], &record["restored"]), (&json!("ok"), &json!(false)));
    assert_eq!(env.read_answer("out.jpg"), square);
    env.command("batch m.jsonl --preserve").base_url(&server.url()).any_stdout().any_stderr().assert();
    assert_eq!(server.posts(), 1);
}

#[test]
fn fail_fast_counts_a_result_that_is_not_as_requested() {
    let env = TestEnv::new();
    for name in ["one.png", "two.png"] {
        env.write(name, gradient_png(400, 300));
    }
    let (_, server) = service_with_square_results();
    let run =
        env.command("edit one.png two.png -p x -d out --preserve --fail-fast -j 1").base_url(&server.url());
    run.code(11).any_stdout().stderr_contains(&["2 tasks: 1 made, 1 left"]).assert();
    assert_eq!(server.posts(), 1);
}

#[test]
fn no_change_is_reported_outside_the_region() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(1600, 1200));
    let args = "edit photo.png x -o out.png --preserve --seed 1 --region 500x400+300+300 --json";
    let record = env.command(args).service(&service).any_stdout().any_stderr().assert().json();
    let parts = record["parts"].as_array().unwrap();
    assert!(!parts.is_empty(), "{record}");
    for part in parts {
        let [left, top, width, height] =
            ["left", "top", "width", "height"].map(|side| part[side].as_i64().unwrap());
        assert!(left >= 300 && left + width <= 800 && top >= 300 && top + height <= 700, "{part}");
    }
}

#[test]
fn a_result_too_large_for_its_format_is_refused_before_it_is_paid_for() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("long.png", encode_png(&GrayImage::from_pixel(16_400, 40, Luma([90])).into()));
    let args = "edit long.png -p x --fit pad --preserve -o out.webp";
    env.command(args)
        .service(&service)
        .code(3)
        .stderr_contains(&["a webp has sides of 1 to 16383 pixels, not 16400×40", "hint: write a PNG"])
        .assert();
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn a_mask_cannot_be_an_output_or_a_link() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("mask.png", encode_png(&GrayImage::from_pixel(64, 48, Luma([255])).into()));
    env.write("m.jsonl", "{\"image\":\"in.png\",\"prompt\":\"x\",\"output\":\"mask.png\"}\n");
    let batch = env.command("batch m.jsonl --mask mask.png --force").service(&service).code(3);
    batch.stderr_contains(&["m.jsonl:1: ", "mask.png is also the mask"]).assert();
    for flags in
        ["--mask https://h.example/a.png?sig=1", "--preserve --mask-out https://h.example/a.png?sig=1"]
    {
        let args = format!("edit in.png -p x -o out.png {flags}");
        let output = env.command(&args).service(&service).code(3).stderr_contains(&["link"]).assert();
        assert!(!output.stderr.contains("sig"), "{}", output.stderr);
    }
    service.ledger().ensure_counts(0, 0);
}

/// Older releases delivered the result of a PNG as a JPEG unless the output's name said otherwise.
#[test]
fn a_batch_row_whose_png_became_a_jpeg_by_default_is_not_paid_for_again() {
    let (env, service) = (TestEnv::new(), Service::new());
    env.write("photo.png", gradient_png(400, 300));
    let rows = ["\"output\":\"one/\"", "\"output\":\"two/\""];
    let manifest = |rows: &[&str]| {
        rows.iter()
            .map(|row| format!("{{\"image\":\"photo.png\",\"prompt\":\"x\",{row}}}\n"))
            .collect::<String>()
    };
    env.write("m.jsonl", manifest(&rows));
    let args = "batch m.jsonl --preserve -q";
    env.command(args).args("--format jpeg").service(&service).any_stdout().assert();
    service.ledger().ensure_counts(2, 2);
    let again = || {
        let run = env.command(args).args("--json").service(&service).any_stdout().assert();
        let records = run.json_lines();
        assert!(records.iter().all(|record| record["reused"] == true), "{records:?}");
        records.iter().map(|record| record["output"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(again(), ["one/photo-edited.jpg", "two/photo-edited.jpg"]);
    // Identical rows differ only in their position.
    env.write("m.jsonl", manifest(&[rows[1], rows[0]]));
    assert_eq!(again(), ["two/photo-edited.jpg", "one/photo-edited.jpg"]);
    service.ledger().ensure_counts(2, 2);

    env.command("edit photo.png -p y --preserve -q").service(&service).stdout("photo-edited.png\n").assert();
    assert_eq!(decode_rgb(&env.read("photo-edited.png")).dimensions(), (400, 300));
}

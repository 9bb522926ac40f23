//! Rows with options of their own: the same as the flags, with the same names.

use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use serde_json::{Value, json};

use crate::support::{Service, TestEnv, png};

/// A mask of the size of `in.png` whose left part is white.
fn mask(white_columns: u32) -> Vec<u8> {
    let mask = GrayImage::from_fn(64, 48, |x, _| Luma([if x < white_columns { 255 } else { 0 }]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::from(mask).write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Runs the rows and returns their records.
fn run(env: &TestEnv, service: &Service, rows: &[Value], flags: &str) -> Vec<Value> {
    env.write_manifest(rows);
    env.batch(&format!("-j1 --json {flags}"), service).any_stderr().any_stdout().assert().json_lines()
}

#[test]
fn a_row_with_an_option_is_the_same_edit_as_one_with_the_flag() {
    let service = Service::new();
    let env = TestEnv::with_picture();
    env.write("mask.png", mask(20));
    for (fields, flags) in [
        (json!({"preserve": true, "format": "png"}), "--preserve --format png"),
        (json!({"region": "8,8,32x24", "region_context": 4}), "--region 8,8,32x24 --region-context 4"),
        (json!({"region": "32x24+8+8", "feather": 2.5}), "--region 32x24+8+8 --feather 2.5"),
        (json!({"mask": "mask.png", "mask_invert": true}), "--mask mask.png --mask-invert"),
        (json!({"keep_size": true, "quality": 80}), "--keep-size --quality 80"),
        (
            json!({"preserve": true, "threshold": 9, "alpha": "keep", "format": "webp"}),
            "--preserve --threshold 9 --alpha keep --format webp",
        ),
        (json!({"metadata": "none", "record": true}), "--metadata none --record"),
    ] {
        let plain = json!({"image": "in.png", "prompt": flags, "output": "out/"});
        let mut row = plain.clone();
        row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let first = run(&env, &service, &[row], "");
        // The same row by its flags is done already, so nothing more is paid.
        let second = run(&env, &service, &[plain], flags);
        for field in ["job", "sha256", "output", "width", "height", "format", "bytes"] {
            assert_eq!(first[0][field], second[0][field], "{flags}: {field}");
        }
        assert_eq!(second[0]["reused"], true, "{flags}");
    }
    service.ledger().ensure_counts(7, 7);
}

#[test]
fn each_row_has_its_own_mask_and_options_take_precedence_over_flags() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("masks/a.png", mask(16));
    env.write("masks/b.png", mask(40));
    env.write("c.png", mask(10));
    let rows = [
        json!({"image": "in.png", "prompt": "x", "mask": "masks/a.png", "output": "a.png"}),
        json!({"image": "in.png", "prompt": "x", "mask": "masks/b.png", "output": "b.png"}),
        json!({"image": "in.png", "prompt": "x", "output": "c-out.png"}),
        json!({"image": "in.png", "prompt": "x", "region": "10x48+50+0", "output": "d.png"}),
    ];
    let records = run(&env, &service, &rows, "--mask c.png");
    let rightmost = |record: &Value| {
        let parts = record["parts"].as_array().unwrap();
        let right = |part: &Value| part["left"].as_i64().unwrap() + part["width"].as_i64().unwrap();
        parts.iter().map(right).max().unwrap_or_default()
    };
    assert_eq!(records.len(), 4);
    for (record, limit) in records.iter().zip([16, 40, 10, 60]) {
        assert!(rightmost(record) <= limit, "{record}");
        assert_eq!((&record["width"], &record["height"]), (&json!(64), &json!(48)));
    }
    assert!(rightmost(&records[1]) > 16, "{}", records[1]);
    // All four differ, and are found again.
    run(&env, &service, &rows, "--mask c.png");
    service.ledger().ensure_counts(4, 4);
}

#[test]
fn another_mask_is_another_edit() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("mask.png", mask(16));
    let row = json!({"image": "in.png", "prompt": "x", "mask": "mask.png", "output": "a.png"});
    run(&env, &service, std::slice::from_ref(&row), "");
    env.write("mask.png", mask(17));
    let mut other = row;
    other["output"] = json!("b.png");
    run(&env, &service, &[other], "");
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn options_that_do_not_fit_are_faults_before_anything_is_sent() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write("gray.png", png(64, 48));
    env.write("mask.png", mask(16));
    let faults = [
        (json!({"region": "x"}), "region: a region is X,Y,WxH"),
        (json!({"region": "5x5+0+0", "mask": "mask.png"}), "region and mask: a row has one of them"),
        (json!({"mask": "gone.png"}), "the mask: cannot read gone.png"),
        (json!({"mask": "gray.png"}), "the mask gray.png"),
        (json!({"mask_invert": true}), "mask_from and mask_invert: the row has no mask"),
        (json!({"mask": "mask.png", "mask_from": "red"}), "mask_from: expected brightness or alpha"),
        (json!({"preserve": "yes"}), "preserve: expected true or false"),
        (json!({"keep_size": true, "preserve": true}), "keep_size: a result with preserve"),
        (json!({"threshold": 5}), "threshold: says what counts as an edit"),
        (json!({"feather": 5}), "feather: is for results with preserve or region"),
        (json!({"feather": 5000, "preserve": true}), "feather: expected a number from 0 to 1000"),
        (json!({"format": "bmp"}), "format: takes jpeg, png or webp"),
        (json!({"quality": 0}), "quality: expected a whole number from 1 to 100"),
        (json!({"quality": 50, "format": "png"}), "--quality is for JPEG"),
        (json!({"page": 2}), "image: in.png"),
        (json!({"size": "XL"}), "size: a size is WIDTHxHEIGHT"),
        (json!({"service": "fal"}), "service: the row is for `fal`, and this run uses `aimlapi`"),
        (json!({"alpha": "drop"}), "alpha: expected keep"),
        (json!({"preserv": true}), "unknown field `preserv`; did you mean `preserve`?"),
    ];
    let rows: Vec<Value> = faults
        .iter()
        .map(|(fields, _)| {
            let mut row = json!({"image": "in.png", "prompt": "x", "output": "out/"});
            row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            row
        })
        .collect();
    env.write_manifest(&rows);
    let messages: Vec<String> = faults
        .iter()
        .enumerate()
        .map(|(index, (_, message))| format!("m.jsonl:{}: {message}", index + 1))
        .collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    env.batch("", &service).code(3).stderr_contains(&messages).assert();
    service.ledger().ensure_counts(0, 0);
}

#[test]
fn the_service_of_the_run_may_be_named() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let row = json!({"image": "in.png", "prompt": "x", "service": "AIMLAPI", "output": "a.jpg"});
    run(&env, &service, &[row], "");
    service.ledger().ensure_counts(1, 1);
}

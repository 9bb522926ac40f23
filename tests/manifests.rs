//! Manifests: every fault of all of them is told before anything is sent.

use serde_json::json;

use crate::support::{Place, Service, Wire, rows};

#[test]
fn a_fault_in_the_last_line_sends_nothing() {
    let (place, service) = (Place::with_picture(), Service::new());
    let mut all = rows(50);
    all.push(json!({"image": "gone.png", "prompt": "x"}));
    place.manifest(&all);
    place
        .batch("", &service)
        .exits(3)
        .says(
            "error: m.jsonl:51: cannot read gone.png: no such file or directory\n\
             error: 1 fault in m.jsonl\nhint: nothing was sent; fix all of them first\n",
        )
        .done();
    service.ledger().ensure(0, 0);
    assert!(!place.path("out").exists());
}

#[test]
fn all_faults_are_told_each_with_its_line() {
    let (place, wire) = (Place::with_picture(), Wire::new(|_| {}));
    place.write("cut.png", &place.read("in.png")[..500]);
    place.write("taken.jpg", "");
    let lines = [
        r#"{"image":"in.png","prompt":"ok"}"#,
        r#"{"image":"in.png"}"#,
        r#"{"image":"in.png","prompt":"x","sede":1}"#,
        r#"not json"#,
        "",
        r#"{"image":"cut.png","prompt":"x"}"#,
        r#"{"image":"in.png","prompt":"x","output":"taken.jpg"}"#,
        r#"{"image":"in.png","prompt":"x","output":"a.jpg","id":"same"}"#,
        r#"{"image":"in.png","prompt":"x","output":"A.JPG","id":"same"}"#,
        r#"{"image":"in.png","prompt":"x","output":"a.bmp"}"#,
        r#"{"image":"in.png","prompt":"x","output":"in.png/a.jpg"}"#,
        r#"{"image":"in.png","prompt":"x","seed":2147483647,"count":2}"#,
    ];
    place.write("m.jsonl", lines.join("\n"));
    let run = place.words("batch m.jsonl").at(&wire.url()).exits(3);
    let said = run
        .saying(&[
            "m.jsonl:2: the row has no prompt",
            "m.jsonl:3: unknown field `sede`; did you mean `seed`?",
            "m.jsonl:4: not JSON: expected ident (column 2)",
            "m.jsonl:6: cut.png is truncated: its end is missing",
            "m.jsonl:12: 2 variations from seed 2147483647 exceed the largest seed",
            "m.jsonl:7: taken.jpg exists",
            "m.jsonl:9: the id is already used by line 8",
            "m.jsonl:9: A.JPG is also the output of line 8",
            "m.jsonl:10: a.bmp does not name a supported output format",
            "m.jsonl:11: in.png is not a directory",
            "error: 10 faults in m.jsonl",
        ])
        .done()
        .said;
    assert!(!said.contains("m.jsonl:1:") && !said.contains("m.jsonl:8:"), "{said}");
    assert_eq!(wire.connections(), 0);
}

#[test]
fn csv_says_the_same_as_json_lines() {
    let (place, service) = (Place::with_picture(), Service::new());
    place.write(
        "dir/m.csv",
        "image,prompt,output,seed,guidance_scale,watermark,count,then\r\n\
         ../in.png,\"say \"\"hi\"\", twice\",a.jpg,7,4.5,false,,\r\n\
         ../in.png,,b/,,,,2,at night\r\n",
    );
    let run = place.words("batch dir/m.csv -p all --json").on(&service).prints_anything().says_anything();
    let told = run.done().jsons();
    let field = |number: usize, name: &str| told[number][name].clone();
    assert_eq!((field(0, "prompt"), field(0, "seed")), (json!("say \"hi\", twice"), json!(7)));
    assert_eq!((field(0, "guidance_scale"), field(0, "output")), (json!(4.5), json!("dir/a.jpg")));
    assert_eq!(field(0, "line"), json!(2));
    assert_eq!(
        (field(1, "output"), field(2, "output")),
        (json!("dir/b/in-edited-1.jpg"), json!("dir/b/in-edited-2.jpg"))
    );
    assert_eq!(field(2, "seed").as_u64().unwrap(), (field(1, "seed").as_u64().unwrap() + 1) % (1 << 31));
    service.ledger().ensure(5, 5);
}

#[test]
fn a_manifest_comes_from_standard_input_and_is_resumed_from_there() {
    let (place, service) = (Place::with_picture(), Service::new());
    let text: String = rows(2).iter().map(|row| format!("{row}\n")).collect();
    let run = || place.words("batch -").on(&service).input(&text).says_anything();
    run().prints("out/1.jpg\nout/2.jpg\n").done();
    run().done();
    service.ledger().ensure(2, 2);
}

#[test]
fn a_manifest_that_is_none_says_so() {
    let (place, wire) = (Place::with_picture(), Wire::new(|_| {}));
    let run = |args: &str| place.words(args).at(&wire.url()).exits(3);
    run("batch gone.jsonl").saying(&["cannot read the manifest gone.jsonl", "hint: name a file"]).done();
    run("batch .").saying(&["cannot read the manifest ."]).done();
    place.manifest(&rows(1));
    let over = place.words("batch m.jsonl --report ./m.jsonl").at(&wire.url()).exits(3);
    over.saying(&["the report would replace the manifest"]).done();
    run("batch in.png").saying(&["in.png:1: not UTF-8 text"]).done();
    place.words("batch -").at(&wire.url()).saying(&["0 jobs: 0 made"]).done();
    assert_eq!(wire.connections(), 0);
}

/// Fails unless the rows are refused with what is said, before anything is sent or made.
fn refused(place: &Place, rows: &[serde_json::Value], flags: &str, said: &[&str]) {
    let service = Service::new();
    place.manifest(rows);
    place.batch(flags, &service).exits(3).saying(said).done();
    service.ledger().ensure(0, 0);
}

fn to(output: &str) -> serde_json::Value {
    json!({"image": "in.png", "prompt": output, "output": output})
}

#[cfg(unix)]
#[test]
fn outputs_that_are_one_file_behind_links_are_refused() {
    let place = Place::with_picture();
    std::fs::create_dir_all(place.path("real/deep")).unwrap();
    std::os::unix::fs::symlink("real", place.path("link")).unwrap();
    std::os::unix::fs::symlink("real/deep", place.path("far")).unwrap();
    let said = ["m.jsonl:2: ", "is also the output of line 1"];
    refused(&place, &[to("real/a.jpg"), to("link/a.jpg")], "--force", &said);
    refused(&place, &[to("real/new/a.jpg"), to("link/new/a.jpg")], "--force", &said);
    refused(&place, &[to("real/a.jpg"), to("far/../a.jpg")], "--force", &said);
    assert!(!place.path("real/new").exists());
}

#[test]
fn an_output_that_is_a_directory_or_a_step_of_another_is_refused() {
    let place = Place::with_picture();
    let directory = ["m.jsonl:2: o/a.jpg must be a directory for the result of line 1"];
    refused(&place, &[to("o/a.jpg/b.jpg"), to("o/a.jpg")], "", &directory);
    let directory = ["m.jsonl:1: o/a.jpg must be a directory for the result of line 2"];
    refused(&place, &[to("o/a.jpg"), to("o/a.jpg/b.jpg")], "", &directory);
    let mut chain = to("both.jpg");
    chain["then"] = json!(["more"]);
    let step = ["m.jsonl:2: both-step1.jpg is also the output of a step of line 1"];
    refused(&place, &[chain, to("both-step1.jpg")], "--keep-steps", &step);
}

#[test]
fn an_output_that_is_a_picture_of_the_same_manifest_is_refused() {
    let place = Place::with_picture();
    place.write("q.png", crate::support::png(50, 40));
    let own = ["m.jsonl:1: in.png is the input of the row itself", "and pay for it"];
    refused(&place, &[json!({"image": "in.png", "prompt": "x", "output": "in.png"})], "--force", &own);
    let rows = [
        json!({"image": "in.png", "prompt": "x", "output": "q.png"}),
        json!({"image": "q.png", "prompt": "x", "output": "r.png"}),
    ];
    refused(&place, &rows, "--force", &["m.jsonl:1: q.png is the input of line 2"]);
    // By hand, it is what was asked for; unless it is another one's picture.
    let service = Service::new();
    let edit = |words: &str| place.words(&format!("edit -q -p x -d . --force {words}")).on(&service);
    edit("in.png q.png --name {stem}.png").prints_anything().done();
    place.write("a.png", crate::support::png(50, 40));
    place.write("a-edited.jpg", crate::support::jpeg(50, 40));
    edit("a.png a-edited.jpg").exits(3).saying(&["a-edited.jpg is the input of another edit"]).done();
    service.ledger().ensure(2, 2);
}

#[test]
fn everything_that_is_wrong_with_a_row_is_told_at_once() {
    let place = Place::with_picture();
    let row =
        json!({"image": "gone.png", "seed": -1, "guidance_scale": 50, "count": 0, "id": "", "then": [" "]});
    let said = [
        "m.jsonl:1: the row has no prompt",
        "m.jsonl:1: seed: expected a whole number",
        "m.jsonl:1: count: expected",
        "m.jsonl:1: id: expected",
        "m.jsonl:1: cannot read gone.png",
        "error: 7 faults in m.jsonl",
    ];
    refused(&place, &[row], "", &said);
    place.write(
        "m.jsonl",
        r#"{"image":"in.png","prompt":"x","prompt":"y","output":"a.jpg","output":"b.jpg"}"#,
    );
    let service = Service::new();
    let said = ["m.jsonl:1: prompt: given more than once", "m.jsonl:1: output: given more than once"];
    place.batch("", &service).exits(3).saying(&said).done();
    service.ledger().ensure(0, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_directory_that_cannot_be_written_is_found_before_anything_is_sent() {
    let place = Place::with_picture();
    let rows = [to("a.jpg"), to("/proc/zz.jpg"), to("/proc/yy.jpg"), to("/proc/new/xx.jpg")];
    let said = ["m.jsonl:2: cannot write /proc:", "m.jsonl:4: cannot write /proc/new:"];
    refused(&place, &rows, "", &said);
    assert_eq!(place.names(), ["in.png", "m.jsonl"]);
}

//! Answers that were paid for and differ from the delivered file: the answer store, `--keep-answer`, and `merge --job`.

use std::fs;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, RgbImage};
use seededit::testing::picture::{ChromaSubsampling, ColorSpace, Encoding, encode};
use serde_json::{Value, json};

use crate::support::{
    Output, RawServer, Service, TestEnv, decode_rgb, gradient, gradient_png, jpeg, json_answer, sha256,
};

const PRESERVE: &str = "edit photo.png -p x --preserve --seed 3 -o out.png";

fn with_photo() -> TestEnv {
    let env = TestEnv::new();
    env.write("photo.png", gradient_png(480, 360));
    env
}

/// The files in the answer store, sorted.
fn stored(env: &TestEnv) -> Vec<PathBuf> {
    let names = env.data_files().into_iter().filter(|name| name.starts_with("answers/seededit-"));
    names.map(|name| env.data_dir().join(name)).collect()
}

fn only_stored(env: &TestEnv) -> PathBuf {
    let found = stored(env);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// `history show 1 --json`.
fn shown(env: &TestEnv) -> Value {
    env.command("history show 1 --json").any_stdout().assert().json()
}

/// A server whose answers contain these bytes as their picture.
fn server_with(picture: &[u8]) -> RawServer {
    let results = json!({"created": 1, "data": [{"b64_json": STANDARD.encode(picture)}]});
    RawServer::always_sending(json_answer(200, &results, ""))
}

/// A picture, and an answer that shows nothing else.
fn unedited_photo() -> (Vec<u8>, Vec<u8>) {
    (gradient_png(480, 360), as_jpeg(gradient(1152, 864)))
}

fn as_jpeg(picture: RgbImage) -> Vec<u8> {
    let encoding = Encoding::Jpeg { quality: 92, subsampling: ChromaSubsampling::Yuv420 };
    encode(&DynamicImage::from(picture), &ColorSpace::SRGB, encoding).unwrap()
}

#[test]
#[ignore = "slow"]
fn the_answer_is_kept_if_the_result_is_not_the_answer() {
    for args in
        ["--preserve", "--region 50%x50%+0+0", "--keep-size", "--quality 80 -o out.jpg", "--format webp"]
    {
        let (env, service) = (with_photo(), Service::new());
        let output = if args.contains("-o ") { "" } else { " -o out.dir/" };
        let args = format!("edit photo.png -p x --seed 3 {args}{output} --json");
        let record = env.command(&args).service(&service).any_stdout().any_stderr().assert().json();
        let path = only_stored(&env);
        assert_eq!(record["answer"], json!(path.to_str().unwrap()), "{args}");
        let served = service.ledger().charge(0)["result_sha256"].as_str().unwrap().to_owned();
        assert_eq!(sha256(&fs::read(&path).unwrap()), served, "{args}");
        let request = env.only_job().attempts[0].request_id.clone();
        assert_eq!(path.file_stem().unwrap().to_str().unwrap(), request);
        let bytes = fs::metadata(&path).unwrap().len();
        assert_eq!(shown(&env)["answers"], json!([{"path": path, "bytes": bytes, "complete": true}]));
    }
}

#[test]
fn an_answer_that_is_the_result_is_not_kept_twice() {
    let (env, service) = (with_photo(), Service::new());
    let run = env.command("edit photo.png -p x -o out.jpg --json").service(&service);
    let record = run.any_stdout().any_stderr().assert().json();
    assert!(record.get("answer").is_none());
    assert_eq!((stored(&env).len(), shown(&env)["answers"].clone()), (0, json!([])));
}

#[test]
fn history_shows_where_an_answer_is_and_forget_removes_it() {
    let (env, service) = (with_photo(), Service::new());
    env.command(PRESERVE).args("-q").service(&service).any_stdout().assert();
    let answer = only_stored(&env);
    let show = env.command("history show 1").any_stdout().assert().stdout;
    let show = String::from_utf8(show).unwrap();
    assert!(show.contains(&format!("answer       {}", answer.display())), "{show}");
    env.command("history forget 1 --yes").any_stderr().assert();
    assert!(stored(&env).is_empty());
}

#[test]
#[ignore = "slow"]
fn the_answer_is_also_kept_for_rows_variations_and_steps() {
    let (env, service) = (with_photo(), Service::new());
    env.write(
        "rows.jsonl",
        "{\"image\":\"photo.png\",\"prompt\":\"a\",\"output\":\"a.png\"}\n\
         {\"image\":\"photo.png\",\"prompt\":\"b\",\"output\":\"b.png\"}\n",
    );
    let run = env.command("batch rows.jsonl --preserve -q").service(&service);
    run.any_stdout().any_stderr().assert();
    assert_eq!(stored(&env).len(), 2);
    let run = env.command("edit photo.png -p x -n 2 --keep-size -d more -q").service(&service);
    run.any_stdout().any_stderr().assert();
    assert_eq!(stored(&env).len(), 4);
    // The first step is only the picture of the second one, whose result is its answer.
    let run = env.command("edit photo.png -p x --then y -o chain.jpg -q").service(&service);
    run.any_stdout().any_stderr().assert();
    assert_eq!(stored(&env).len(), 5);
}

#[test]
fn keep_answer_writes_the_answer_beside_its_result() {
    let (env, service) = (with_photo(), Service::new());
    let run = env.command(PRESERVE).args("--keep-answer --json").service(&service);
    let record = run.any_stdout().any_stderr().assert().json();
    assert_eq!(record["answer"], json!("out.answer.jpg"));
    assert_eq!(env.file_names(), ["out.answer.jpg", "out.png", "photo.png"]);
    assert_eq!(env.read("out.answer.jpg"), fs::read(only_stored(&env)).unwrap());
    // It is written even if the result is the answer with other metadata.
    let run = env.command("edit photo.png -p x -o plain.jpg --keep-answer -q").service(&service);
    run.any_stdout().assert();
    let served = service.ledger().charge(1)["result_sha256"].as_str().unwrap().to_owned();
    assert_eq!(sha256(&env.read("plain.answer.jpg")), served);
}

#[test]
fn keep_answer_refuses_an_existing_file_before_anything_is_sent() {
    let (env, service) = (with_photo(), Service::new());
    env.write("out.answer.jpg", "mine");
    let run = env.command(PRESERVE).args("--keep-answer").service(&service);
    run.code(3).stderr_contains(&["error: out.answer.jpg exists"]).assert();
    assert_eq!(service.ledger().posts(), 0);
    assert!(env.jobs().is_empty());
    let run = env.command(PRESERVE).args("--keep-answer --force -q").service(&service);
    run.stdout("out.png\n").assert();
    assert_eq!(env.read("out.answer.jpg"), fs::read(only_stored(&env)).unwrap());
    env.command("edit photo.png x --keep-answer -o -")
        .service(&service)
        .code(2)
        .stderr_contains(&["--keep-answer needs a file, and the result goes to standard output"])
        .assert();
}

#[test]
fn keep_answer_works_for_each_row_of_a_batch() {
    let (env, service) = (with_photo(), Service::new());
    env.write(
        "rows.jsonl",
        "{\"image\":\"photo.png\",\"prompt\":\"a\",\"output\":\"a.png\"}\n\
         {\"image\":\"photo.png\",\"prompt\":\"b\",\"output\":\"b.png\"}\n",
    );
    let run = env.command("batch rows.jsonl --preserve --keep-answer --json").service(&service);
    let records = run.any_stdout().any_stderr().assert().json_lines();
    let answers: Vec<&Value> = records.iter().filter_map(|record| record.get("answer")).collect();
    assert_eq!(answers.len(), 2);
    assert!(env.path("a.answer.jpg").exists() && env.path("b.answer.jpg").exists());
}

#[test]
fn recover_writes_the_answer_beside_its_result_too() {
    let (env, service) = (with_photo(), Service::with_faults(&["download-error=404:1"]));
    let run = env.command(PRESERVE).args("--keep-answer -q --retries 0").service(&service);
    run.code(9).any_stderr().assert();
    assert_eq!(env.file_names(), ["photo.png"]);
    env.command("recover -q").service(&service).any_stdout().assert();
    assert_eq!(env.file_names(), ["out.answer.jpg", "out.png", "photo.png"]);
    assert_eq!(env.read("out.answer.jpg"), fs::read(only_stored(&env)).unwrap());
}

#[test]
fn an_answer_that_shows_nothing_new_is_kept_and_strict_fails() {
    let env = TestEnv::new();
    let (photo, answer) = unedited_photo();
    env.write("photo.png", &photo);
    let server = server_with(&answer);
    let run = env.command(PRESERVE).base_url(&server.url());
    let stderr = run.stdout("out.png\n").any_stderr().assert().stderr;
    assert_eq!(decode_rgb(&env.read("out.png")), decode_rgb(&photo), "the result is the original");
    assert!(
        stderr.contains("note: the edit changed nothing visible; the result is the original"),
        "{stderr}"
    );
    assert!(stderr.contains("note: the answer is kept as "), "{stderr}");
    assert_eq!(fs::read(only_stored(&env)).unwrap(), answer);

    let run = env.command(PRESERVE).args("--force --strict --json").base_url(&server.url());
    let failed = run.code(3).any_stdout().any_stderr().assert();
    let [delivered, error] = &failed.json_lines()[..] else { panic!("{}", failed.stderr) };
    assert_eq!((&delivered["status"], &delivered["extent"]), (&json!("ok"), &json!("nothing")));
    assert_eq!(error["error"]["charged"], json!("yes"));
    let hint = error["error"]["hint"].as_str().unwrap();
    assert!(hint.starts_with("it was paid for; `seededit history show "), "{hint}");
}

#[test]
fn strict_applies_to_rows_of_a_batch_also_when_they_are_up_to_date() {
    let env = TestEnv::new();
    let (photo, answer) = unedited_photo();
    env.write("photo.png", &photo);
    env.write("rows.jsonl", "{\"image\":\"photo.png\",\"prompt\":\"a\",\"output\":\"a.png\"}\n");
    let server = server_with(&answer);
    for _ in 0..2 {
        let run = env.command("batch rows.jsonl --preserve --strict -q").base_url(&server.url());
        run.any_stdout()
            .code(11)
            .stderr_contains(&["the edit changed nothing visible, so the result is the original (--strict)"])
            .assert();
        assert!(env.path("a.png").exists());
    }
    assert_eq!(server.posts(), 1);
}

#[test]
fn merge_strict_refuses_a_result_that_is_the_original() {
    let env = with_photo();
    env.write("same.jpg", as_jpeg(gradient(800, 600)));
    env.command("merge photo.png same.jpg -o out.png --strict")
        .code(3)
        .stderr("error: the edit changed nothing visible, so the result would be the original\nhint: lower --threshold, or use the edited picture itself\n")
        .assert();
    assert!(!env.path("out.png").exists());
}

#[test]
#[ignore = "slow"]
fn merge_of_a_job_repeats_its_merge_for_free() {
    let (env, service) = (with_photo(), Service::new());
    env.command(PRESERVE).args("-q").service(&service).any_stdout().assert();
    let merge = |args: &str| env.command(&format!("merge --job 1 -q {args}")).any_stdout().assert();
    merge("-o again.png");
    assert_eq!(decode_rgb(&env.read("again.png")), decode_rgb(&env.read("out.png")));
    merge("-o soft.png --feather 60");
    assert!(decode_rgb(&env.read("soft.png")) != decode_rgb(&env.read("out.png")));
    assert_eq!(service.ledger().posts(), 1);
}

#[test]
fn a_merge_that_takes_the_place_of_a_result_is_the_result() {
    let (env, service) = (with_photo(), Service::new());
    let batch = |format: &str| {
        let row = format!(
            "{{\"image\":\"photo.png\",\"prompt\":\"x\",\"preserve\":true,\"format\":\"{format}\"}}\n"
        );
        env.write("rows.jsonl", row);
        env.command("batch rows.jsonl -d out -q").service(&service).any_stdout()
    };
    batch("png").assert();
    let job = env.only_job().id;
    let hint = format!("`seededit merge --job {job} -o FILE` makes it again for free");
    fs::remove_file(env.path("out/photo-edited.png")).unwrap();
    batch("png").code(11).stderr_contains(&["is missing, although job", &hint]).assert();
    env.command("merge --job 1 -q -o out/photo-edited.png").any_stdout().assert();
    batch("png").assert();
    batch("jpeg").code(11).stderr_contains(&["was encoded with other options", &hint]).assert();
    env.command("merge --job 1 -q -o out/photo-edited.jpg").any_stdout().assert();
    batch("jpeg").assert();
    // It is only another picture.
    env.command("merge --job 1 -q -o elsewhere.jpg").any_stdout().assert();
    batch("jpeg").assert();
    assert!(shown(&env)["output"].as_str().unwrap().ends_with("out/photo-edited.jpg"));
    service.ledger().ensure_counts(1, 1);
}

#[test]
fn a_merge_never_takes_the_place_of_a_result_that_is_the_answer() {
    let (env, service) = (with_photo(), Service::new());
    env.command("edit photo.png -p x --seed 3 -o plain.jpg -q").service(&service).any_stdout().assert();
    env.command("merge --job 1 -o plain.png -q").any_stdout().assert();
    assert!(shown(&env)["output"].as_str().unwrap().ends_with("plain.jpg"));
}

#[test]
#[ignore = "slow"]
fn merge_of_a_job_keeps_its_region() {
    let (env, service) = (with_photo(), Service::new());
    let args = "edit photo.png -p x --preserve --region 180x120+270+60 -o out.png -q";
    env.command(args).service(&service).any_stdout().assert();
    env.command("merge --job 1 -o again.png -q").any_stdout().assert();
    assert_eq!(decode_rgb(&env.read("again.png")), decode_rgb(&env.read("out.png")));
}

#[test]
#[ignore = "slow"]
fn merge_of_a_job_takes_a_result_that_is_the_answer() {
    let (env, service) = (with_photo(), Service::new());
    env.command("edit photo.png -p x --seed 3 -o plain.jpg -q").service(&service).any_stdout().assert();
    env.command("merge --job 1 -o merged.png -q").any_stdout().assert();
    env.command("merge photo.png plain.jpg -o named.png -q").any_stdout().assert();
    assert_eq!(env.read("merged.png"), env.read("named.png"));
}

#[test]
#[ignore = "slow"]
fn merge_of_a_later_step_takes_the_picture_of_the_first() {
    let (env, service) = (with_photo(), Service::new());
    let args = "edit photo.png -p x --then y --seed 3 -o chain.jpg -q";
    env.command(args).service(&service).any_stdout().assert();
    env.command("merge --job 1 -o merged.png -q").any_stdout().any_stderr().assert();
    env.command("merge photo.png chain.jpg -o named.png -q").any_stdout().any_stderr().assert();
    assert_eq!(env.read("merged.png"), env.read("named.png"));
}

#[test]
#[ignore = "slow"]
fn merge_of_a_job_says_what_is_missing() {
    let (env, service) = (with_photo(), Service::new());
    env.command(PRESERVE).args("-q").service(&service).any_stdout().assert();
    let merge = || env.command("merge --job 1 -o again.png");
    let job = env.only_job().id;
    fs::rename(env.path("photo.png"), env.path("moved.png")).unwrap();
    merge()
        .code(3)
        .stderr_contains(&["error: cannot read ", &format!("`seededit merge --job {job} ORIGINAL -o FILE`")])
        .assert();
    env.command("merge --job 1 moved.png -o again.png -q").any_stdout().assert();
    assert_eq!(decode_rgb(&env.read("again.png")), decode_rgb(&env.read("out.png")));
    env.write("photo.png", gradient_png(800, 600));
    merge()
        .code(3)
        .stderr_contains(&[&format!("photo.png has changed since job {job} was started")])
        .assert();
    fs::rename(env.path("moved.png"), env.path("photo.png")).unwrap();
    fs::remove_file(only_stored(&env)).unwrap();
    merge().code(3).stderr_contains(&[&format!("error: the answer to job {job} is not kept")]).assert();
    env.command("merge --job nonsense -o x.png").code(3).stderr_contains(&["no job `nonsense`"]).assert();
    env.command("merge photo.png -o x.png").code(2).any_stderr().assert();
    env.command("merge --job 1 photo.png out.png -o x.png").code(2).any_stderr().assert();
}

#[test]
fn a_damaged_picture_in_an_answer_is_kept() {
    let picture = jpeg(1152, 864);
    let start = &picture[..picture.len() / 2];
    let broken_text = format!("{}!?", STANDARD.encode(start));
    for data in [STANDARD.encode(start), broken_text] {
        let env = with_photo();
        let results = json!({"created": 1, "data": [{"b64_json": data}]});
        let server = RawServer::always_sending(json_answer(200, &results, ""));
        let run = env.command("edit photo.png -p x -o out.jpg").base_url(&server.url());
        run.code(10).stderr_contains(&["what arrived is kept as "]).assert();
        let kept = only_stored(&env);
        assert!(kept.to_str().unwrap().ends_with(".damaged.jpg"), "{}", kept.display());
        let bytes = fs::read(&kept).unwrap();
        assert!(picture.starts_with(&bytes) && bytes.len() + 3 > start.len());
        let show = shown(&env);
        assert_eq!((&show["state"], &show["answers"][0]["complete"]), (&json!("lost"), &json!(false)));
        assert!(show["message"].as_str().unwrap().contains(kept.to_str().unwrap()), "{show}");
    }
}

#[test]
fn a_damaged_download_is_kept() {
    let env = with_photo();
    let picture = jpeg(1152, 864);
    let half = picture[..picture.len() / 2].to_owned();
    let served = half.clone();
    let server = RawServer::new(move |connection| {
        let Some(request) = connection.read_request() else { return };
        let host = request.header("host").unwrap().to_owned();
        if request.line.starts_with("GET") {
            connection.send(&crate::support::answer(200, "image/jpeg", &served, ""));
        } else {
            let body = json!({"created": 1, "data": [{"url": format!("http://{host}/x.jpeg")}]});
            connection.send(&json_answer(200, &body, ""));
        }
        connection.finish();
    });
    let run = env.command("edit photo.png -p x -o out.jpg --retries 0").base_url(&server.url());
    run.code(9).any_stderr().assert();
    assert_eq!(fs::read(only_stored(&env)).unwrap(), half);
}

#[test]
fn the_store_can_be_limited_and_turned_off() {
    let (env, service) = (with_photo(), Service::new());
    env.write_config("answer_store = \"off\"\n");
    env.command(PRESERVE).args("-q").service(&service).any_stdout().assert();
    assert!(stored(&env).is_empty());
    env.write_config("answer_store = \"9 kB\"\n");
    env.command(PRESERVE)
        .args("-f")
        .service(&service)
        .stdout("out.png\n")
        .stderr_contains(&["is not kept: it is larger than answer_store (9 kB)"])
        .assert();
    env.write_config("answer_store = \"1 TB extra\"\n");
    env.command(PRESERVE).args("-f").code(3).stderr_contains(&["must be a size with a unit"]).assert();
}

#[test]
fn older_answers_give_way_to_newer_ones() {
    let (env, service) = (with_photo(), Service::new());
    let run = |output: &str| -> Output {
        let args = format!("edit photo.png -p x --keep-size --seed 3 -o {output} -q");
        env.command(&args).service(&service).any_stdout().assert()
    };
    run("a.png");
    let first = only_stored(&env);
    let length = fs::metadata(&first).unwrap().len();
    // Room for two of them.
    env.write_config(&format!("answer_store = \"{} B\"\n", length * 5 / 2));
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    fs::File::options().write(true).open(&first).unwrap().set_modified(old).unwrap();
    run("b.png");
    assert_eq!(stored(&env).len(), 2);
    run("c.png");
    assert_eq!(stored(&env).len(), 2);
    assert!(!first.exists());
}

#[test]
fn the_answer_to_an_unfinished_job_is_never_removed() {
    let (env, service) = (with_photo(), Service::new());
    env.command("edit photo.png -p x --keep-size -o a.png -q").service(&service).any_stdout().assert();
    let first = only_stored(&env);
    env.execute_sql("UPDATE job SET state = 'answered'");
    env.write_config(&format!("answer_store = \"{} B\"\n", fs::metadata(&first).unwrap().len() + 100));
    env.command("edit photo.png -p x --keep-size -o b.png -q --pay-again")
        .service(&service)
        .any_stdout()
        .any_stderr()
        .assert();
    assert!(first.exists());
}

#[test]
fn an_edit_does_not_fail_because_its_answer_cannot_be_kept() {
    let (env, service) = (with_photo(), Service::new());
    fs::create_dir_all(env.data_dir()).unwrap();
    fs::write(env.data_dir().join("answers"), "a file in the way").unwrap();
    env.command(PRESERVE)
        .service(&service)
        .stdout("out.png\n")
        .stderr_contains(&["note: the answer that the result was made of is not kept: "])
        .assert();
    assert_eq!(env.only_job().state, "delivered");
}

#[test]
fn the_answer_of_a_result_that_is_used_again_is_written_or_missed() {
    let (env, service) = (with_photo(), Service::new());
    env.write("b.png", gradient_png(400, 300));
    let edit = |extra: &str| {
        let args = format!("edit photo.png b.png -p x --preserve --seed 3 --reuse {extra}");
        env.command(&args).service(&service).any_stdout()
    };
    edit("-d out -q").assert();
    let answers = |directory: &str| -> Vec<String> {
        let files = fs::read_dir(env.path(directory)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.contains(".answer.")).collect();
        names.sort();
        names
    };
    assert!(answers("out").is_empty());
    let both = ["b-edited.answer.jpg", "photo-edited.answer.jpg"];
    // Beside the results that are there, once, and beside copies.
    for directory in ["out", "out", "copies"] {
        edit(&format!("--keep-answer -q -d {directory}")).assert();
        assert_eq!(answers(directory), both, "{directory}");
    }
    let kept: Vec<Vec<u8>> = stored(&env).iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(both.iter().all(|name| kept.contains(&env.read(format!("copies/{name}")))));
    // Without it in the store, that is said.
    stored(&env).iter().for_each(|path| fs::remove_file(path).unwrap());
    let note = "note: no answer was written beside more/b-edited.png: job ";
    edit("--keep-answer -d more").stderr_contains(&[note, "did not keep it"]).assert();
    assert!(answers("more").is_empty());
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn the_answers_of_rows_that_are_done_are_written() {
    let (env, service) = (with_photo(), Service::new());
    env.write(
        "m.jsonl",
        "{\"image\": \"photo.png\", \"prompt\": \"x\", \"preserve\": true, \"output\": \"o.png\"}\n",
    );
    env.batch("-q", &service).stdout("o.png\n").assert();
    env.batch("-q --keep-answer", &service).assert();
    assert_eq!(env.file_names(), ["m.jsonl", "o.answer.jpg", "o.png", "photo.png"]);
    service.ledger().ensure_counts(1, 1);
}

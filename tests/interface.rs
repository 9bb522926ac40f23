//! The interface for scripts: names of JSON fields and files. A change here breaks users' scripts, also if `src/schema` was
//! changed with it.

use serde_json::Value;

use crate::support::{KEY, Service, TestEnv, encode_png, gradient, gradient_png};

/// The field names of a JSON object, sorted and separated by spaces.
fn fields(record: &Value) -> String {
    record.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn first(records: Vec<Value>) -> Value {
    records.into_iter().next().unwrap()
}

#[test]
fn records_of_edits_keep_their_fields() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let ok = env.edit("--json").service(&service).any_stdout().any_stderr().assert().json();
    let plain = "attempts bytes credits elapsed_ms format guidance_scale height inference_id input job model output \
                 prompt seed sha256 status usd width";
    assert_eq!(fields(&ok), plain);

    let args = ["edit", "in.png", "add a bird", "-o", "kept.png", "--preserve", "--json"];
    let kept = env.command_with(args).service(&service).any_stdout().any_stderr().assert().json();
    assert_eq!(
        fields(&kept),
        "answer attempts bytes changed covered credits elapsed_ms extent format guidance_scale height identical inference_id input \
         job model output parts placed prompt seed sha256 status usd width"
    );

    let chain = env.edit("--json -f --then more").service(&service).any_stdout().assert().json();
    assert_eq!(fields(&chain), plain.replace("credits elapsed_ms", "credits earlier_steps elapsed_ms"));
    assert_eq!(fields(&chain["earlier_steps"][0]), "attempts job prompt usd");

    let skipped = env.edit("--json --if-exists skip").service(&service).any_stdout().assert().json();
    assert_eq!(fields(&skipped), "input job message output reason status");

    let failed = env.edit("--json").service(&service).code(3).any_stdout().any_stderr().assert().json();
    assert_eq!(fields(&failed), "error input job output status");
    assert_eq!(
        fields(&failed["error"]),
        "charged client_request_id exit_code hint http_status inference_id kind message request_id usd"
    );

    let planned = env.edit("--json --dry-run -f").service(&service).any_stdout().assert().json();
    assert_eq!(
        fields(&planned),
        "editable fitted height input job left_out output price_date price_source region request status uploaded usd usd_least width"
    );
    assert_eq!(fields(&planned["request"]), "body content_type method url");
}

#[test]
fn records_of_a_batch_keep_their_fields() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.write(
        "rows.jsonl",
        "{\"image\":\"in.png\",\"prompt\":\"add a bird\",\"id\":\"a\",\"output\":\"a.jpg\"}\n",
    );
    let run = env.command("batch rows.jsonl --json").service(&service);
    let row = run.any_stdout().any_stderr().assert().json();
    let named = "attempts bytes credits elapsed_ms format guidance_scale height id inference_id input job line model \
                 output prompt seed sha256 status usd width";
    assert_eq!(fields(&row), named);
    let run = env.command("batch rows.jsonl --json").service(&service);
    let again = run.any_stdout().any_stderr().assert().json();
    assert_eq!(fields(&again), named.replace("prompt seed", "prompt reused seed"));
}

#[test]
fn records_of_the_other_commands_keep_their_fields() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).any_stdout().assert();

    let listed = first(env.command("history --json").any_stdout().assert().json_lines());
    let job = listed["job"].as_str().unwrap().to_owned();
    let shown = env.command_with(["history", "show", &job, "--json"]).any_stdout().assert().json();
    assert_eq!(
        fields(&listed),
        "attempts charged created first_input first_prompt input job message model output prompt seed state step usd"
    );
    assert_eq!(
        fields(&shown),
        "answers attempts base_url bytes charged created file finished first_input first_prompt free_to_run_again guidance_scale \
         height input input_path input_sha256 job message model negative_prompt output prompt references response_format seed \
         service sha256 state step treatment usd watermark width"
    );
    assert_eq!(
        fields(&shown["attempts"][0]),
        "charged client_request_id credits http_status inference_id number sent usd"
    );
    let undone = env.command("undo --json").any_stdout().assert().json();
    assert_eq!(fields(&undone), "job original picture prompt sha256 status");
    let redone = env.command("redo --json").any_stdout().assert().json();
    assert_eq!(fields(&redone), fields(&undone));
    let spent = first(env.command("history --cost --json").any_stdout().assert().json_lines());
    assert_eq!(fields(&spent), "generations per period unpriced usd");

    let inspected = env.command("inspect in.png --json").any_stdout().assert().json();
    assert_eq!(
        fields(&inspected),
        "accepted alpha bytes checked format frames height input left_out limits metadata model orientation provenance refused \
         region result result_is_exact sent status uploaded width"
    );

    let run = env.command_with(["merge", "in.png", "out.jpg", "-o", "m.png", "--json"]);
    let merged = run.any_stdout().any_stderr().assert().json();
    assert_eq!(
        fields(&merged),
        "bytes changed covered edited extent format height identical left_out original output parts placed sha256 status width"
    );

    let run = env.command("compare in.png out.jpg --json");
    assert_eq!(
        fields(&run.any_stdout().assert().json()),
        "after after_size before before_size changed compared_size largest mean output status"
    );
    let run = env.command("sheet in.png out.jpg -o sheet.png --json");
    assert_eq!(
        fields(&run.any_stdout().assert().json()),
        "bytes columns format height output pictures status width"
    );

    let mut other = gradient(64, 48);
    image::imageops::invert(&mut other);
    env.write("other.png", encode_png(&other.into()));
    env.write("small.png", gradient_png(64, 48));
    let run = env.command("merge small.png other.png -o whole.png --placement exact --json");
    assert_eq!(
        fields(&run.any_stdout().any_stderr().assert().json()),
        "bytes changed covered detail edited extent format height identical left_out original output parts placed sha256 status \
         width"
    );

    let setting = first(env.command("config list --json").any_stdout().assert().json_lines());
    assert_eq!(fields(&setting), "origin setting value");

    let run = env.command("auth status --json").env("SEEDEDIT_API_KEY", KEY);
    assert_eq!(
        fields(&run.any_stdout().assert().json()),
        "base_url key origin profile service source status"
    );
}

#[test]
fn files_keep_their_names() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    env.edit("-q").service(&service).any_stdout().assert();
    assert!(env.data_files().contains(&"journal.db".to_owned()), "{:?}", env.data_files());
    env.command("config set retries 2").any_stderr().assert();
    assert!(env.config_dir().join("config.toml").is_file());
    let login = env.command("auth login --with-token --no-verify").stdin(KEY);
    login.any_stdout().any_stderr().assert();
    assert!(env.config_dir().join("credentials.toml").is_file());
    // The request id consists of the job's id and the number of the attempt.
    let job = env.only_job();
    assert_eq!(job.attempts[0].request_id, format!("seededit-{}-1", job.id));
}
